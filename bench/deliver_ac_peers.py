#!/usr/bin/env python3
"""AC maximum load delivery: relight beside CasADi + Ipopt (MUMPS) on the same damaged cases, one thread, in one run.

    python3 bench/deliver_ac_peers.py SHARED PEERS_PYTHON [CASE ...]

SHARED holds oracles/deliver and peers/acmld_ipopt.py; PEERS_PYTHON is a Python with casadi, numpy, scipy and clarabel. Needs
`cargo build --release -p relight-cli`. Ipopt's time is that inside its solver calls; relight's is that of building and solving
all islands, best of three, without the bound, which has a column of its own, as the peer's has.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

CASES = ["118_ieee", "300_ieee", "793_goc", "1354_pegase", "2000_goc", "2869_pegase", "10000_goc"]
HERE = os.path.dirname(os.path.abspath(__file__))
RELIGHT = os.path.join(HERE, "..", os.environ.get("CARGO_TARGET_DIR", "target"), "release", "relight")


def relight(case, damage, *options):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [RELIGHT, "deliver", case, "--damage", damage, "--threads", "1", "--json", out.name, *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.load(open(out.name))


def main():
    shared, python, cases = sys.argv[1], sys.argv[2], sys.argv[3:] or CASES
    deliver = os.path.join(shared, "oracles", "deliver")
    print("| case | relight s | Ipopt s | ratio | relight MW | Ipopt MW | islands Ipopt gave up | violation p.u. "
          "| bound MW | bound s | peer's bound s | gap % |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name in cases:
        case = os.path.join(deliver, "pglib", f"pglib_opf_case{name}.m")
        damage = os.path.join(deliver, "ac", "damage", f"{name}_1.json")
        runs = [relight(case, damage, "--formulation", "ac", "--no-bound") for _ in range(3)]
        bound = relight(case, damage, "--formulation", "soc")
        with tempfile.TemporaryDirectory() as scratch:
            table = os.path.join(scratch, "row.csv")
            peer = [python, os.path.join(shared, "peers", "acmld_ipopt.py"), case, "1", "--out", table,
                    "--sol", scratch, "--dmg", scratch]
            subprocess.run(peer, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            row = next(csv.DictReader(open(table)))
        best = min(r["time_s"]["solve"] for r in runs)
        ours, ipopt = runs[0]["objective_mw"], float(row["ipopt_s"])
        print(f"| {name} | {best:.4f} | {ipopt:.3f} | {ipopt / best:.1f} | {ours:.2f} | {float(row['obj_mw']):.2f} "
              f"| {row['islands_failed']} | {runs[0]['max_violation_pu']:.1e} | {bound['bound_mw']:.2f} "
              f"| {bound['time_s']['solve']:.2f} | {float(row['soc_s']):.2f} "
              f"| {100 * (bound['bound_mw'] - ours) / bound['bound_mw']:.3f} |", flush=True)
        assert all(r["verified"] for r in runs)


if __name__ == "__main__":
    main()
