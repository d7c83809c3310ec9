#!/usr/bin/env python3
"""Optima of DC maximum load delivery by HiGHS: the oracle of crates/plan/tests/pglib.rs.

    python bench/deliver_dc_highs.py SHARED crates/plan/tests/oracle/deliver_dc_highs.csv

SHARED is the folder that holds oracles/deliver. Needs numpy, scipy and highspy. Written apart from the engine: its own
reader, one programme over all islands, flows put in, simplex at 1e-9. The problem is that of docs/methods/deliver_dc.md.

damage: `list` is oracles/deliver/ac/damage/CASE_1.json; `hashK` (K = 1, 2) takes out the rows r (from 1) of the branch table with
mix(r + 100000 K) < 2^32 / 10, and of the generator table with mix(r + 100000 K + 50000) likewise.
weights: `ones`; `spread`: 10^(mix(row of the bus) mod 4).
"""
import glob
import json
import os
import re
import sys

import highspy
import numpy as np
import scipy.sparse as sp


def mix(x):
    """32-bit mixing (lowbias32 of C. Wellons)."""
    x &= 0xFFFFFFFF
    x ^= x >> 16
    x = x * 0x7FEB352D & 0xFFFFFFFF
    x ^= x >> 15
    x = x * 0x846CA68B & 0xFFFFFFFF
    return x ^ x >> 16


def read(path):
    text = re.sub(r"%[^\n]*", "", open(path, encoding="utf-8").read())
    tables = {}
    for name in ("bus", "gen", "branch"):
        body = re.search(r"mpc\.%s\s*=\s*\[(.*?)\]" % name, text, re.S).group(1)
        tables[name] = np.array([[float(v) for v in row.split()] for row in re.split(r"[;\n]", body) if row.strip()])
    return float(re.search(r"mpc\.baseMVA\s*=\s*([\d.]+)", text).group(1)), tables


def damage(kind, folder, case, tables):
    branches, gens = len(tables["branch"]), len(tables["gen"])
    if kind == "list":
        lists = json.load(open(os.path.join(folder, "ac", "damage", case + "_1.json")))
        return set(lists["branches"]), set(lists["gens"])
    k = 100000 * int(kind[-1])
    hit = lambda x: mix(x) < 2**32 // 10
    return {r for r in range(1, branches + 1) if hit(r + k)}, {r for r in range(1, gens + 1) if hit(r + k + 50000)}


def solve(base, t, out, weights):
    bus, gen, br = t["bus"], t["gen"], t["branch"]
    n = len(bus)
    there = bus[:, 1] != 4
    at = {int(b): i for i, b in enumerate(bus[:, 0])}
    f, to = (np.array([at[int(b)] for b in br[:, c]]) for c in (0, 1))
    on = (br[:, 10] > 0) & there[f] & there[to] & (f != to)
    on[[r - 1 for r in out[0]]] = False
    br, f, to = br[on], f[on], to[on]
    gb = np.array([at[int(b)] for b in gen[:, 0]])
    gon = (gen[:, 7] > 0) & there[gb]
    gon[[r - 1 for r in out[1]]] = False
    gen, gb = gen[gon], gb[gon]
    parts, part = sp.csgraph.connected_components(sp.coo_matrix((np.ones(len(f)), (f, to)), (n, n)), directed=False)
    live_part = np.zeros(parts, bool)
    live_part[part[gb[gen[:, 8] > 0]]] = True
    live = live_part[part] & there
    reference = {}
    for g in np.argsort(-gen[:, 8], kind="stable"):
        reference.setdefault(part[gb[g]], gb[g])
    load = np.flatnonzero(live & (bus[:, 2] != 0))
    shunt = np.flatnonzero(live & (bus[:, 4] != 0))
    units = np.flatnonzero(live[gb])
    lines = np.flatnonzero(live[f])
    br, f, to = br[lines], f[lines], to[lines]
    m = len(br)
    x = np.where(br[:, 3] == 0, br[:, 2], br[:, 3])
    b = 1 / (x * np.where(br[:, 8] == 0, 1, br[:, 8]))
    shift = np.deg2rad(br[:, 9])
    rate = np.where(br[:, 5] > 0, br[:, 5], np.inf) / base
    low, high = np.deg2rad(br[:, 11]), np.deg2rad(br[:, 12])
    free = (br[:, 11] == 0) & (br[:, 12] == 0)
    low[free | (br[:, 11] <= -360)], high[free | (br[:, 12] >= 360)] = -np.inf, np.inf
    at_low, at_high = np.where(b > 0, b * (low - shift), b * (high - shift)), np.where(b > 0, b * (high - shift), b * (low - shift))
    flow_low, flow_high = np.maximum(-rate, at_low), np.minimum(rate, at_high)

    # Columns: z of loads, s of shunts, p of units, theta of buses. Rows: balances, flows.
    e = np.arange(m)
    incidence = sp.csr_matrix((np.r_[np.ones(m), -np.ones(m)], (np.r_[e, e], np.r_[f, to])), (m, n))
    flow = sp.diags(b) @ incidence
    pick = lambda rows, values: sp.csr_matrix((values, (rows, np.arange(len(rows)))), (n, len(rows)))
    balance = sp.hstack([
        pick(load, -bus[load, 2] / base), pick(shunt, -bus[shunt, 4] / base), pick(gb[units], np.ones(len(units))), -incidence.T @ flow])
    a = sp.vstack([balance, sp.hstack([sp.csr_matrix((m, balance.shape[1] - n)), flow])]).tocsc()
    give = incidence.T @ (b * shift)
    row_low = np.r_[-give, flow_low + b * shift]
    row_high = np.r_[-give, flow_high + b * shift]
    col_low = np.r_[np.zeros(len(load) + len(shunt)), np.minimum(0, gen[units, 9]) / base, np.full(n, -np.inf)]
    col_high = np.r_[np.ones(len(load) + len(shunt)), np.maximum(0, gen[units, 8]) / base, np.full(n, np.inf)]
    first = len(load) + len(shunt) + len(units)
    for p in range(parts):
        if live_part[p]:
            col_low[first + reference[p]] = col_high[first + reference[p]] = 0
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = a.shape[1], a.shape[0]
    model.col_cost_ = np.r_[weights[load] * np.abs(bus[load, 2]) / base, np.zeros(a.shape[1] - len(load))]
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_lower_, model.col_upper_, model.row_lower_, model.row_upper_ = col_low, col_high, row_low, row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = a.indptr, a.indices, a.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(option, 1e-9)
    solver.passModel(model)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
    return base * solver.getInfo().objective_function_value


def main(shared, out_path):
    with open(out_path, "w", encoding="utf-8") as out_file:
        write(shared, lambda line: print(line, file=out_file, flush=True))


def write(shared, line):
    folder = os.path.join(shared, "oracles", "deliver")
    line("case,damage,weights,objective_mw")
    for path in sorted(glob.glob(os.path.join(folder, "pglib", "*.m")), key=os.path.getsize):
        case = os.path.basename(path)[len("pglib_opf_case"):-2]
        base, tables = read(path)
        listed = os.path.exists(os.path.join(folder, "ac", "damage", case + "_1.json"))
        for kind in (["list"] if listed else []) + ["hash1", "hash2"]:
            out = damage(kind, folder, case, tables)
            for name in ("ones", "spread"):
                rows = np.arange(1, len(tables["bus"]) + 1)
                weights = np.array([10.0 ** (mix(int(r)) % 4) if name == "spread" else 1.0 for r in rows])
                line("%s,%s,%s,%.12g" % (case, kind, name, solve(base, tables, out, weights)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
