"""AC power flow beside lightsim2grid, rustpower and p3s, in one run on one thread: prints a Markdown table.

    python3 bench/flow_peers.py SHARED PEERS_PYTHON [case ...]

SHARED is the folder of reference data (cases/, peers/bench_flow.py); PEERS_PYTHON a Python that has the peers installed
(see SHARED/peers/README.md). Peers and relight take turns on the same core, twice; the better median of each counts.
warm: same start vector, symbolic analysis kept. cold: analysis thrown away before each solve. DC start, above 50,000
buses the file's. Tolerance 1e-8 p.u., mismatch recomputed.
"""
import json
import os
import subprocess
import sys

CASES = ["case118", "case1354pegase", "case_ACTIVSg2000", "case2869pegase", "case9241pegase", "case_ACTIVSg10k", "case_ACTIVSg70k"]
REPEAT = {"case118": 20001, "case_ACTIVSg70k": 15}
RELIGHT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "release", "relight")


def environment():
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    return env | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def relight(shared, case):
    start = "file" if case == "case_ACTIVSg70k" else "dc"
    command = ["taskset", "-c", "0", os.environ.get("RELIGHT", RELIGHT), "flow", os.path.join(shared, "cases", case + ".m"),
               "--start", start, "--repeat", str(REPEAT.get(case, 201)), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["status"] == "converged", case
    times = answer["time_s"]
    return {"warm": times["solve_median"] * 1e3, "cold": times["solve_cold_median"] * 1e3}


def peer(shared, python, name, case):
    command = ["taskset", "-c", "0", python, "bench_flow.py", name, case]
    # The script goes on to outages and time series, which are not asked for here: stop after the AC rows.
    process = subprocess.Popen(command, cwd=os.path.join(shared, "peers"), env=environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    found = {}
    for line in process.stdout:
        if line.startswith("ROW "):
            row = json.loads(line[4:])
            for kind in ("warm", "cold"):
                if row["task"].startswith("ac_" + kind) and "solved" not in row["task"] and "median_ms" in row:
                    found[kind] = row["median_ms"]
        if len(found) == 2:
            break
    process.kill()
    process.wait()
    return found


def best(old, new):
    return {k: min(v, new.get(k, v)) for k, v in old.items()} | {k: v for k, v in new.items() if k not in old}


def main():
    shared, python = sys.argv[1:3]
    names = {"ls": "lightsim2grid", "rp": "rustpower", "p3s": "p3s"}
    print("| case | | relight ms | " + " | ".join(n + " ms" for n in names.values()) + " | best peer / relight |")
    print("|---|---|---|" + "---|" * (len(names) + 1))
    for case in sys.argv[3:] or CASES:
        ours, theirs = {}, {name: {} for name in names}
        for _ in range(2):
            ours = best(ours, relight(shared, case))
            for name in names:
                theirs[name] = best(theirs[name], peer(shared, python, name, case))
        for kind in ("warm", "cold"):
            times = [theirs[name].get(kind) for name in names]
            ratio = min(t for t in times if t) / ours[kind]
            cells = " | ".join("%.3f" % t if t else "-" for t in times)
            print("| %s | %s | %.3f | %s | %.1f |" % (case, kind, ours[kind], cells, ratio), flush=True)


if __name__ == "__main__":
    main()
