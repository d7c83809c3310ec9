"""Makes the pandapipes nets of this folder, with what pandapipes finds for them. Needs pandapipes 0.16."""

import csv

import pandapipes as pp


def write(name, net):
    pp.pipeflow(net, mode="bidirectional", friction_model="nikuradse", tol_p=1e-9, tol_m=1e-9, tol_T=1e-9, iter=200)
    for table in [t for t in net if t.startswith("_") or t.startswith("res_")]:
        if table.startswith("_"):
            del net[table]
    with open(f"{name}.junctions.csv", "w", newline="") as f:
        rows = csv.writer(f, lineterminator="\n")
        rows.writerow(["junction", "p_bar", "t_k"])
        for index, row in net.res_junction.iterrows():
            rows.writerow([index, row.p_bar, row.t_k])
    with open(f"{name}.pipes.csv", "w", newline="") as f:
        rows = csv.writer(f, lineterminator="\n")
        rows.writerow(["pipe", "mdot_kg_per_s", "t_from_k", "t_to_k"])
        for index, row in net.res_pipe.iterrows():
            rows.writerow([index, row.mdot_from_kg_per_s, row.t_from_k, row.t_to_k])
    pp.to_json(net, f"{name}.json")


def district():
    """A circulation pump, a loop, consumers of four kinds, a heat exchanger, valves of both kinds."""
    net = pp.create_empty_network(fluid="water")
    j = [pp.create_junction(net, pn_bar=5, tfluid_k=330, height_m=h) for h in [0, 2, 5, 3, 0, 2, 5, 3, 1, 1, 4, 4]]
    pp.create_circ_pump_const_pressure(net, j[4], j[0], p_flow_bar=7, plift_bar=3, t_flow_k=363.15)

    def pipe(a, b, km, d, **more):
        return pp.create_pipe_from_parameters(
            net, j[a], j[b], km, inner_diameter_mm=d, k_mm=0.2, u_w_per_m2k=1.5, text_k=278.15, **more
        )

    pipe(0, 1, 0.4, 125, outer_diameter_mm=140)
    pipe(1, 2, 0.3, 100)
    supply = pipe(2, 3, 0.2, 80, loss_coefficient=1.5)
    pipe(3, 1, 0.35, 80)
    pipe(5, 4, 0.4, 125, outer_diameter_mm=140)
    pipe(6, 5, 0.3, 100, sections=3)
    pipe(7, 6, 0.2, 80)
    pipe(5, 7, 0.35, 80)
    pp.create_valve(net, j[2], j[10], "ju", inner_diameter_mm=65, loss_coefficient=0.8)
    pp.create_valve(net, j[2], supply, "pi", inner_diameter_mm=65, loss_coefficient=0.5)
    pp.create_heat_consumer(net, j[1], j[5], qext_w=150e3, controlled_mdot_kg_per_s=1.4)
    pp.create_heat_consumer(net, j[10], j[11], qext_w=200e3, treturn_k=325.15)
    pp.create_heat_consumer(net, j[3], j[7], qext_w=90e3, deltat_k=28)
    pp.create_heat_exchanger(net, j[11], j[6], qext_w=15e3, inner_diameter_mm=65, loss_coefficient=2.0)
    pp.create_pipe_from_parameters(
        net, j[8], j[9], 0.1, inner_diameter_mm=50, k_mm=0.1, u_w_per_m2k=0, text_k=278.15, in_service=False
    )
    write("district", net)


def open_net():
    """External grid, pump, sink, source, storage: flows that are given from outside."""
    net = pp.create_empty_network(fluid="water")
    j = [pp.create_junction(net, pn_bar=3, tfluid_k=313.15) for _ in range(5)]
    pp.create_ext_grid(net, j[0], p_bar=3, t_k=343.15)
    pp.create_pump(net, j[0], j[1], std_type="P1")
    for a, b in [(1, 2), (2, 3), (3, 4), (4, 1)]:
        pp.create_pipe_from_parameters(
            net, j[a], j[b], 0.3, inner_diameter_mm=60, k_mm=0.1, u_w_per_m2k=5, text_k=283.15
        )
    pp.create_sink(net, j[2], 1.5, scaling=0.8)
    pp.create_sink(net, j[3], 0.7)
    pp.create_mass_storage(net, j[4], 0.3)
    write("open", net)


district()
open_net()
