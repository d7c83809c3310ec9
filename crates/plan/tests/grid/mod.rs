//! Small networks made by hand, for the tests of this crate. Power in MW on a base of 100 MVA.

#![allow(dead_code)] // each test file uses a part

pub mod damage;

use relight_model::outcome::Delivery;
use relight_model::{
    Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Generator, HvdcLine, Load, LoadModel, Network, Shunt, Situation,
    Storage, Switch,
};
use relight_plan::deliver::{DeliverSettings, deliver};

/// A network of `n` buses, ids 1 to n, the first the angle reference.
pub fn buses(n: u32) -> Network {
    let mut network = Network::empty("by hand", 100.0);
    for i in 0..n {
        network.buses.push(Bus {
            id: BusId(i + 1),
            name: String::new(),
            kind: if i == 0 { BusKind::Slack } else { BusKind::Pq },
            base_kv: 110.0,
            vm_pu: 1.0,
            va_deg: 0.0,
            vm_pu_max: 1.1,
            vm_pu_min: 0.9,
            area: 1,
            zone: 1,
            row: i + 1,
        });
    }
    network
}

/// Adds a line between two bus ids.
pub fn line(network: &mut Network, from: u32, to: u32, x_pu: f64, rate_mva: Option<f64>) -> &mut Branch {
    let row = network.branches.len() as u32 + 1;
    network.branches.push(Branch {
        name: String::new(),
        kind: BranchKind::Line,
        from: BusIdx(from - 1),
        to: BusIdx(to - 1),
        r_pu: 0.0,
        x_pu,
        g_from_pu: 0.0,
        b_from_pu: 0.0,
        g_to_pu: 0.0,
        b_to_pu: 0.0,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva: rate_mva,
        rate_b_mva: None,
        rate_c_mva: None,
        angle_deg_min: f64::NEG_INFINITY,
        angle_deg_max: f64::INFINITY,
        in_service: true,
        row,
    });
    network.branches.last_mut().expect("just pushed")
}

/// Adds a generator that may give between two limits.
pub fn generator(network: &mut Network, bus: u32, p_mw_min: f64, p_mw_max: f64) {
    let row = network.generators.len() as u32 + 1;
    network.generators.push(Generator {
        name: String::new(),
        bus: BusIdx(bus - 1),
        p_mw: 0.0,
        q_mvar: 0.0,
        p_mw_max,
        p_mw_min,
        q_mvar_max: 0.0,
        q_mvar_min: 0.0,
        vm_pu: 1.0,
        mbase_mva: 100.0,
        in_service: true,
        fuel: String::new(),
        cost: None,
        ramp_mw_per_min: None,
        energy_mwh: None,
        row,
    });
}

/// Adds a load.
pub fn load(network: &mut Network, bus: u32, p_mw: f64) {
    let row = network.loads.len() as u32 + 1;
    let (bus, model) = (BusIdx(bus - 1), LoadModel::ConstantPower);
    network.loads.push(Load { bus, p_mw, q_mvar: 0.0, model, in_service: true, row });
}

/// Adds a shunt that takes `g_mw`.
pub fn shunt(network: &mut Network, bus: u32, g_mw: f64) {
    let row = network.shunts.len() as u32 + 1;
    network.shunts.push(Shunt { bus: BusIdx(bus - 1), g_mw, b_mvar: 0.0, in_service: true, row });
}

/// Adds a closed switch.
pub fn switch(network: &mut Network, from: u32, to: u32) {
    let row = network.switches.len() as u32 + 1;
    network.switches.push(Switch { from: BusIdx(from - 1), to: BusIdx(to - 1), closed: true, row });
}

/// Adds an HVDC line.
pub fn hvdc(network: &mut Network, from: u32, to: u32, p_mw_min: f64, p_mw_max: f64, loss_mw: f64, loss_share: f64) {
    let row = network.hvdc_lines.len() as u32 + 1;
    network.hvdc_lines.push(HvdcLine {
        from: BusIdx(from - 1),
        to: BusIdx(to - 1),
        in_service: true,
        p_from_mw: 0.0,
        q_from_mvar: 0.0,
        q_to_mvar: 0.0,
        vm_from_pu: 1.0,
        vm_to_pu: 1.0,
        p_mw_min,
        p_mw_max,
        q_from_mvar_min: 0.0,
        q_from_mvar_max: 0.0,
        q_to_mvar_min: 0.0,
        q_to_mvar_max: 0.0,
        loss_mw,
        loss_share,
        row,
    });
}

/// Delivers, and has the answer checked: no test of this crate accepts one that `verify` does not.
pub fn delivered(network: &Network, situation: &Situation, settings: &DeliverSettings) -> Delivery {
    let delivery = deliver(network, situation, settings).expect("arguments fit each other");
    let verdict = relight_verify::verify_delivery(network, situation, &delivery, settings.weights.as_deref());
    let failed: Vec<String> = verdict.failed().map(ToString::to_string).collect();
    assert!(verdict.passed, "verify refuses: {failed:?}\n{delivery:?}");
    delivery
}

/// As [`delivered`], with nothing out and default settings.
pub fn intact(network: &Network) -> Delivery {
    delivered(network, &Situation::intact(network), &DeliverSettings::default())
}

/// Asserts that two figures agree to 1e-6 of their size.
#[track_caller]
pub fn close(have: f64, want: f64) {
    assert!((have - want).abs() <= 1e-6 * want.abs().max(1.0), "{have}, not {want}");
}

/// Adds a storage unit with 0.9 of efficiency each way.
pub fn storage(network: &mut Network, bus: u32, power_mw: f64, energy_mwh: f64, energy_mwh_max: f64) {
    let row = network.storages.len() as u32 + 1;
    network.storages.push(Storage {
        bus: BusIdx(bus - 1),
        in_service: true,
        p_mw: 0.0,
        q_mvar: 0.0,
        energy_mwh,
        energy_mwh_max,
        charge_mw_max: power_mw,
        discharge_mw_max: power_mw,
        charge_efficiency: 0.9,
        discharge_efficiency: 0.9,
        q_mvar_min: 0.0,
        q_mvar_max: 0.0,
        row,
    });
}
