"""Single outages of branches beside lightsim2grid, in one run on the same cores: prints a Markdown table.

    python3 bench/contingency_peers.py SHARED PEERS_PYTHON [case ...]

SHARED is the folder of reference data (cases/); PEERS_PYTHON a Python with lightsim2grid (see SHARED/peers/README.md). Every
branch in service goes out once, in AC (to 1e-8 p.u., warm) and in DC, on one thread and on two. The programs take turns,
twice; the better median of each counts. lightsim2grid is asked to solve islanding outages too, and its rate is that
of what it says it solved; where it stops with an error, without them. Its time is that of `compute`: voltages alone. relight's is that of all outages
with loadings and extremes, without reading and without the solution of the situation itself, whose time stands beside it.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

CASES = ["case118", "case1354pegase", "case_ACTIVSg2000", "case2869pegase", "case9241pegase", "case_ACTIVSg10k"]
RELIGHT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "target", "release", "relight")
# Repeats, so that each measurement takes a second or so; above, fewer outages are asked of lightsim2grid.
REPEAT = {"case118": {"ac": 201, "dc": 2001}, "case1354pegase": {"ac": 5, "dc": 101}, "case_ACTIVSg2000": {"ac": 3, "dc": 51},
          "case2869pegase": {"ac": 3, "dc": 51}, "case9241pegase": {"ac": 1, "dc": 5}, "case_ACTIVSg10k": {"ac": 1, "dc": 5}}
SAMPLE_AC = {"case9241pegase": 1000, "case_ACTIVSg10k": 1000}


def environment():
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    return env | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def cores(threads):
    return ["taskset", "-c", ",".join(str(k) for k in range(threads))]


def relight(shared, case, physics, threads):
    with tempfile.TemporaryDirectory() as folder:
        answer = os.path.join(folder, "answer.json")
        command = cores(threads) + [os.environ.get("RELIGHT", RELIGHT), "contingency", os.path.join(shared, "cases", case + ".m"),
                                    "--kinds", "branch", "--threads", str(threads), "--json", answer,
                                    "--repeat", str(REPEAT.get(case, {}).get(physics, 1))]
        subprocess.run(command + (["--dc"] if physics == "dc" else []), capture_output=True, check=True)
        told = json.load(open(answer))
    assert told["complete"] and told["base"]["status"] == "converged", case
    return {"per_second": told["per_second"], "outages": told["listed"], "setup_ms": 1e3 * told["time_s"]["setup"],
            "diverged": sum(o["status"] == "diverged" for o in told["outages"]), "afresh": told["solved_afresh"]}


def peer_here(shared, case, physics, threads):
    """In the peers' Python: one measurement of lightsim2grid, as a line of JSON."""
    import warnings
    warnings.filterwarnings("ignore")
    import numpy as np
    from lightsim2grid.network import init_from_matpower
    from lightsim2grid.algorithm import AlgorithmType
    from lightsim2grid.lightsim2grid_cpp import ContingencyAnalysisCPP
    model = init_from_matpower(os.path.join(shared, "cases", case + ".m"))
    model.change_algorithm(AlgorithmType.NR_KLU)
    model.change_algorithm(AlgorithmType.DC_KLU)
    start = model.dc_pf(np.ones(model.total_bus(), complex), 10, 1e-6)
    tolerance_mva = 1e-6  # it reads MVA: 1e-8 p.u. on a base of 100
    voltages = model.ac_pf(start.copy(), 30, tolerance_mva)
    elements = list(model.get_lines()) + list(model.get_trafos())
    ids = [k for k, e in enumerate(elements) if e.connected_global]
    if physics == "ac" and case in SAMPLE_AC:
        ids = [ids[k] for k in np.unique(np.linspace(0, len(ids) - 1, SAMPLE_AC[case]).astype(int))]
    algorithm = AlgorithmType.NR_KLU if physics == "ac" else AlgorithmType.DC_KLU
    for islands in (True, False):
        times = []
        try:
            while len(times) < 3 or (len(times) < 15 and sum(times) < 2):
                analysis = ContingencyAnalysisCPP(model)
                analysis.change_algorithm(algorithm)
                analysis.handle_disconnected_grid = islands
                analysis.nb_thread = threads
                analysis.add_multiple_n1(ids)
                begin = time.perf_counter()
                analysis.compute(voltages.copy(), 20, tolerance_mva)
                times.append(time.perf_counter() - begin)
                if sum(times) > 25:
                    break
        except Exception:
            continue
        number = lambda x: int(x() if callable(x) else x)
        solved = number(analysis.nb_converged)
        print("ROW " + json.dumps({"per_second": solved / statistics.median(times), "asked": len(ids), "solved": solved,
                                   "islands": islands}))
        return
    sys.exit("lightsim2grid failed on " + case)


def peer(shared, python, case, physics, threads):
    command = cores(threads) + [python, os.path.abspath(__file__), "--peer", shared, case, physics, str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    rows = [json.loads(line[4:]) for line in done.stdout.splitlines() if line.startswith("ROW ")]
    assert rows, done.stderr[-2000:]
    return rows[0]


def main():
    if sys.argv[1] == "--peer":
        shared, case, physics, threads = sys.argv[2:6]
        return peer_here(shared, case, physics, int(threads))
    shared, python = os.path.abspath(sys.argv[1]), sys.argv[2]
    print("| case | outages | physics | threads | relight per s | setup ms | lightsim2grid per s | it solved | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for case in sys.argv[3:] or CASES:
        for physics in ("ac", "dc"):
            for threads in (1, 2):
                ours, theirs = [], []
                for _ in range(2):
                    ours.append(relight(shared, case, physics, threads))
                    theirs.append(peer(shared, python, case, physics, threads))
                a, b = (max(x, key=lambda r: r["per_second"]) for x in (ours, theirs))
                print("| %s | %d | %s | %d | %.0f | %.1f | %.0f | %d of %d%s | %.1f |" % (
                    case, a["outages"], physics.upper(), threads, a["per_second"], a["setup_ms"], b["per_second"], b["solved"],
                    b["asked"], "" if b["islands"] else ", no islanding", a["per_second"] / b["per_second"]), flush=True)


if __name__ == "__main__":
    main()
