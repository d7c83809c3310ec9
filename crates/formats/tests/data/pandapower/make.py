"""Makes the nets of this folder with pandapower and solves them: see README.md."""

import json
import warnings

import numpy as np
import pandapower as pp
import pandapower.networks as nw
from pandapower.toolbox import clear_result_tables

warnings.filterwarnings("ignore")


def zoo():
    """Everything that the reader knows, in one net of invented equipment."""
    net = pp.create_empty_network("zoo", f_hz=50.0, sn_mva=10.0)
    hv, hv2, mv, mv2, lv, out, tip, back = (
        pp.create_bus(net, v, name=n, zone=z, max_vm_pu=1.1, min_vm_pu=0.9)
        for v, n, z in [(110, "hv", "a"), (110, "hv2", "a"), (20, "mv", "b"), (20, "mv2", "b"), (0.4, "lv", "b"),
                        (20, "out", "c"), (20, "tip", "b"), (10, "back", "c")]
    )
    pp.create_ext_grid(net, hv, vm_pu=1.02, va_degree=15.0)
    line = dict(r_ohm_per_km=0.12, x_ohm_per_km=0.39, c_nf_per_km=9.5, max_i_ka=0.6)
    cable = dict(r_ohm_per_km=0.16, x_ohm_per_km=0.12, c_nf_per_km=270.0, max_i_ka=0.3)
    pp.create_line_from_parameters(net, hv, hv2, 25.0, parallel=2, g_us_per_km=0.3, df=0.9, name="overhead", **line)
    pp.create_line_from_parameters(net, mv, mv2, 3.0, name="cable", **cable)
    open_line = pp.create_line_from_parameters(net, mv, mv2, 4.0, name="open at mv2", **cable)
    pp.create_line_from_parameters(net, mv, out, 5.0, name="to a bus out of service", **cable)
    both = pp.create_line_from_parameters(net, mv, mv2, 2.0, name="open at both", **cable)
    pp.create_line_from_parameters(net, mv, mv2, 2.0, name="off", in_service=False, **cable)
    net.bus.loc[out, "in_service"] = False
    trafo = dict(sn_mva=25.0, vn_hv_kv=112.0, vn_lv_kv=20.5, vkr_percent=0.5, vk_percent=11.0, pfe_kw=18.0, i0_percent=0.09)
    common = dict(tap_neutral=0, tap_min=-9, tap_max=9)
    pp.create_transformer_from_parameters(net, hv2, mv, shift_degree=150, tap_side="hv", tap_pos=3, tap_step_percent=1.5,
                                          tap_step_degree=0.0, tap_changer_type="Ratio", name="hv tap", **common, **trafo)
    pp.create_transformer_from_parameters(net, hv2, mv, shift_degree=150, tap_side="lv", tap_pos=-2, tap_step_percent=1.2,
                                          tap_step_degree=20.0, tap_changer_type="Symmetrical", name="oblique lv tap",
                                          parallel=2, **common, **trafo)
    pp.create_transformer_from_parameters(net, hv2, mv, shift_degree=149.0, tap_side="hv", tap_pos=2, tap_step_percent=0.0,
                                          tap_step_degree=0.5, tap_changer_type="Ideal", name="phase shifter", **common,
                                          **trafo)
    pp.create_transformer_from_parameters(net, hv2, mv, shift_degree=150, tap_side="lv", tap_pos=4, tap_step_percent=2.0,
                                          tap_step_degree=0.0, tap_changer_type=None, name="tap without type", **common,
                                          **trafo)
    idle = pp.create_transformer_from_parameters(net, hv2, mv, shift_degree=150, name="open at mv", **trafo)
    pp.create_transformer_from_parameters(net, mv2, lv, sn_mva=0.63, vn_hv_kv=20.0, vn_lv_kv=0.4, vkr_percent=1.2,
                                          vk_percent=6.0, pfe_kw=1.1, i0_percent=0.24, shift_degree=30, name="20/0.4")
    three = dict(vn_hv_kv=110.0, vn_mv_kv=20.0, vn_lv_kv=10.0, sn_hv_mva=40.0, sn_mv_mva=25.0, sn_lv_mva=15.0,
                 vk_hv_percent=10.5, vk_mv_percent=6.5, vk_lv_percent=17.0, vkr_hv_percent=0.3, vkr_mv_percent=0.31,
                 vkr_lv_percent=0.35, pfe_kw=30.0, i0_percent=0.1, shift_mv_degree=150.0, shift_lv_degree=150.0)
    tap3 = dict(tap_neutral=0, tap_min=-10, tap_max=10, tap_step_percent=1.2, tap_step_degree=0.0, tap_changer_type="Ratio")
    pp.create_transformer3w_from_parameters(net, hv, mv2, back, tap_side="hv", tap_pos=-2, name="hv tap", **three, **tap3)
    pp.create_transformer3w_from_parameters(net, hv, mv2, back, tap_side="mv", tap_pos=1, tap_at_star_point=True,
                                            name="star tap", **three, **tap3)
    third = pp.create_transformer3w_from_parameters(net, hv, mv2, back, name="open at lv", **three)
    pp.create_switch(net, mv2, open_line, et="l", closed=False)
    pp.create_switch(net, mv, both, et="l", closed=False)
    pp.create_switch(net, mv2, both, et="l", closed=False)
    pp.create_switch(net, mv, idle, et="t", closed=False)
    pp.create_switch(net, back, third, et="t3", closed=False)
    pp.create_switch(net, mv2, tip, et="b", closed=True, z_ohm=0.05)
    tip2 = pp.create_bus(net, 20, name="tip2", zone="b")
    alone = pp.create_bus(net, 20, name="alone")
    pp.create_switch(net, tip, tip2, et="b", closed=True)
    pp.create_switch(net, tip, alone, et="b", closed=False)
    pp.create_impedance(net, mv, tip2, rft_pu=0.02, xft_pu=0.09, sn_mva=5.0, gf_pu=0.001, bf_pu=0.002, gt_pu=0.003,
                        bt_pu=0.004)
    pp.create_load(net, mv, 8.0, 2.5, name="plain", scaling=0.9)
    pp.create_load(net, mv2, 5.0, 1.5, const_z_p_percent=30, const_i_p_percent=20, const_z_q_percent=50,
                   const_i_q_percent=10, name="ZIP")
    pp.create_load(net, lv, 0.2, 0.05, name="off", in_service=False)
    pp.create_load(net, lv, 0.25, 0.05, name="street")
    pp.create_sgen(net, tip2, 1.5, q_mvar=-0.2, scaling=0.8, type="PV", name="roofs")
    pp.create_gen(net, back, p_mw=6.0, vm_pu=1.01, min_q_mvar=-5, max_q_mvar=6, name="plant", scaling=0.9)
    pp.create_shunt(net, mv, q_mvar=-1.2, p_mw=0.01, vn_kv=21.0, step=2, max_step=3)
    pp.create_ward(net, tip, ps_mw=0.3, qs_mvar=0.1, pz_mw=0.2, qz_mvar=-0.1)
    pp.create_xward(net, hv2, ps_mw=2.0, qs_mvar=0.5, pz_mw=0.4, qz_mvar=0.2, r_ohm=1.5, x_ohm=40.0, vm_pu=1.0)
    pp.create_storage(net, tip2, p_mw=0.4, max_e_mwh=2.0, q_mvar=0.1, soc_percent=40, min_p_mw=-0.5, max_p_mw=0.6)
    pp.create_motor(net, mv, pn_mech_mw=0.5, cos_phi=0.85, efficiency_percent=93, loading_percent=80)
    pp.create_asymmetric_load(net, lv, p_a_mw=0.03, p_b_mw=0.02, p_c_mw=0.01, q_a_mvar=0.01)
    pp.create_dcline(net, hv2, back, p_mw=3.0, loss_percent=1.5, loss_mw=0.05, vm_from_pu=1.0, vm_to_pu=1.01,
                     max_p_mw=5.0)
    return net


NETS = {
    "zoo": zoo,
    "example_simple": nw.example_simple,
    "example_multivoltage": nw.example_multivoltage,
    "case9": nw.case9,
    "case30": nw.case30,
    "case118": nw.case118,
    "cigre_mv": lambda: nw.create_cigre_network_mv(with_der="pv_wind"),
}

for name, make in NETS.items():
    net = make()
    net.std_types = {}
    clear_result_tables(net)
    pp.to_json(net, f"{name}.json")
    # dcline set points decide over pv buses; Q limits are off, as by default.
    pp.runpp(net, tolerance_mva=1e-10, max_iteration=50)
    with open(f"{name}.voltages.csv", "w") as out:
        out.write("bus,vm_pu,va_deg\n")
        for index, vm_pu, va_deg in net.res_bus[["vm_pu", "va_degree"]].itertuples():
            out.write(f"{index},,\n" if np.isnan(vm_pu) else f"{index},{vm_pu!r},{va_deg!r}\n")
    print(name, len(net.bus), net.converged, json.dumps(float(net.res_bus.vm_pu.min())))
