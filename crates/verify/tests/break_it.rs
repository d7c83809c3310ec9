//! A correct answer passes; with any one number broken it does not. One break at least for every check.

use relight_model::outcome::{
    BoundBy, BranchState, BusState, Delivery, DeliveryStatus, FailureReason, FlowResult, FlowStatus, Formulation,
    GeneratorState, Island, IslandFailure,
};
use relight_model::plan::{Coupling, Plan};
use relight_model::*;
use relight_verify::{FlowRules, Verdict, verify_delivery, verify_flow, verify_plan};

fn bus(i: u32) -> Bus {
    Bus {
        id: BusId(10 * (i + 1)),
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
    }
}

fn branch(from: u32, to: u32, row: u32) -> Branch {
    Branch {
        name: String::new(),
        kind: BranchKind::Line,
        from: BusIdx(from),
        to: BusIdx(to),
        r_pu: 0.0,
        x_pu: 0.1,
        g_from_pu: 0.0,
        b_from_pu: 0.0,
        g_to_pu: 0.0,
        b_to_pu: 0.0,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva: Some(100.0),
        rate_b_mva: None,
        rate_c_mva: None,
        angle_deg_min: -20.0,
        angle_deg_max: 20.0,
        in_service: true,
        row,
    }
}

/// Generator at bus 10; a line of x = 0.1 to bus 20 with loads of 60 MW (weight 2) and 40 MW and a shunt of 10 MW; bus 30 with
/// a load of 5 MW hangs on a line that is out; an HVDC line from bus 20 to bus 10.
fn network() -> Network {
    let mut n = Network::empty("by hand", 100.0);
    n.buses = (0..3).map(bus).collect();
    n.branches = vec![branch(0, 1, 1), branch(1, 2, 2)];
    n.generators.push(Generator {
        name: String::new(),
        bus: BusIdx(0),
        p_mw: 50.0,
        q_mvar: 0.0,
        p_mw_max: 90.0,
        p_mw_min: 20.0,
        q_mvar_max: 50.0,
        q_mvar_min: -50.0,
        vm_pu: 1.0,
        mbase_mva: 100.0,
        in_service: true,
        fuel: String::new(),
        cost: None,
        ramp_mw_per_min: None,
        energy_mwh: None,
        row: 1,
    });
    for (row, bus, p_mw) in [(1, 1, 60.0), (2, 1, 40.0), (3, 2, 5.0)] {
        let model = LoadModel::ConstantPower;
        n.loads.push(Load { bus: BusIdx(bus), p_mw, q_mvar: 0.0, model, in_service: true, row });
    }
    n.shunts.push(Shunt { bus: BusIdx(1), g_mw: 10.0, b_mvar: 0.0, in_service: true, row: 1 });
    n.hvdc_lines.push(HvdcLine {
        from: BusIdx(1),
        to: BusIdx(0),
        in_service: true,
        p_from_mw: 0.0,
        q_from_mvar: 0.0,
        q_to_mvar: 0.0,
        vm_from_pu: 1.0,
        vm_to_pu: 1.0,
        p_mw_min: 0.0,
        p_mw_max: 50.0,
        q_from_mvar_min: 0.0,
        q_from_mvar_max: 0.0,
        q_to_mvar_min: 0.0,
        q_to_mvar_max: 0.0,
        loss_mw: 0.0,
        loss_share: 0.0,
        row: 1,
    });
    n
}

fn situation(network: &Network) -> Situation {
    Situation::damaged(network, &Damage { branches: vec![2], ..Damage::default() }).expect("the list fits")
}

const DARK: BranchState = BranchState {
    in_service: false,
    p_from_mw: 0.0,
    q_from_mvar: 0.0,
    p_to_mw: 0.0,
    q_to_mvar: 0.0,
    loading_percent: None,
};

/// Bus 10 at angle 0, bus 20 at `va_deg`, bus 30 in the dark.
fn bus_states(va_deg: f64) -> Vec<BusState> {
    let live = |va_deg| BusState { vm_pu: 1.0, va_deg, island: Some(0), energized: true };
    vec![live(0.0), live(va_deg), BusState { vm_pu: 0.0, va_deg: 0.0, island: Some(1), energized: false }]
}

fn islands() -> Vec<Island> {
    let island =
        |buses, energized, slack_bus, load_mw| Island { buses, energized, slack_bus, load_mw, max_mismatch_pu: 0.0 };
    vec![island(2, true, Some(BusIdx(0)), 100.0), island(1, false, None, 5.0)]
}

/// 60 MW in full, half of the 40 MW, the shunt in: 90 MW over the line, 0.09 rad.
fn delivery() -> Delivery {
    Delivery {
        formulation: Formulation::Dc,
        status: DeliveryStatus::Optimal,
        demand_mw: 105.0,
        served_mw: 80.0,
        objective_mw: 140.0,
        bound_mw: 140.0,
        bound_by: BoundBy::Dc,
        gap: 0.0,
        max_violation_pu: 0.0,
        load_served: vec![1.0, 0.5, 0.0],
        shunt_served: vec![1.0],
        generators: vec![GeneratorState { p_mw: 90.0, q_mvar: 0.0 }],
        storage_p_mw: Vec::new(),
        storage_q_mvar: Vec::new(),
        buses: bus_states(-0.09_f64.to_degrees()),
        branches: vec![
            BranchState { in_service: true, p_from_mw: 90.0, p_to_mw: -90.0, loading_percent: Some(90.0), ..DARK },
            DARK,
        ],
        hvdc_p_from_mw: vec![None],
        hvdc_q_from_mvar: vec![0.0],
        hvdc_q_to_mvar: vec![0.0],
        islands: islands(),
        failures: Vec::new(),
        opened: Vec::new(),
        darkened: Vec::new(),
        cost_per_hour: None,
    }
}

fn verdict(change: impl FnOnce(&mut Network, &mut Delivery)) -> Verdict {
    let (mut network, mut delivery) = (network(), delivery());
    change(&mut network, &mut delivery);
    verify_delivery(&network, &situation(&network), &delivery, Some(&[2.0, 1.0, 1.0]))
}

/// The check named fails and names the element; others may fail with it.
#[track_caller]
fn fails(verdict: &Verdict, name: &str, at: &str) {
    let check = verdict.check(name).unwrap_or_else(|| panic!("no check {name}"));
    assert!(!verdict.passed && !check.passed, "{name} passed: {check}");
    assert!(check.at.contains(at), "{check}");
    assert!(check.to_string().starts_with(&format!("{name}: ")), "{check}");
}

#[track_caller]
fn breaks(name: &str, at: &str, change: impl FnOnce(&mut Network, &mut Delivery)) {
    fails(&verdict(change), name, at);
}

#[test]
fn a_correct_delivery_passes_every_check() {
    let v = verdict(|_, _| {});
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
    assert_eq!(v.checks.len(), 14);
}

#[test]
fn shape() {
    breaks("shape", "loads: 2 values for 3 rows", |_, d| d.load_served.truncate(2));
    breaks("shape", "opened: position 2 of 2 rows", |_, d| d.opened.push(BranchIdx(2)));
    breaks("shape", "darkened: position 2 of 3 rows", |_, d| d.darkened = vec![BusIdx(2); 2]);
}

#[test]
fn islands_are_those_of_the_network() {
    breaks("islands", "bus 30", |_, d| d.buses[2].island = Some(0));
    breaks("islands", "bus 20", |_, d| d.buses[1].island = None);
    breaks("islands", "bus 20", |_, d| d.buses[1].island = Some(7));
    breaks("islands", "island 0", |_, d| d.islands[0].buses = 3);
    breaks("islands", "2 islands, not 3", |_, d| d.islands.push(d.islands[1].clone()));
}

#[test]
fn energized() {
    breaks("energized", "bus 30", |_, d| d.buses[2].energized = true);
    breaks("energized", "bus 10", |n, _| n.generators[0].p_mw_max = 0.0);
    breaks("energized", "branch row 2", |_, d| d.branches[1].in_service = true);
}

#[test]
fn an_island_given_up_must_be_dark() {
    let give_up = |d: &mut Delivery| d.failures.push(IslandFailure { island: 0, reason: FailureReason::NotSolved });
    breaks("energized", "bus 10", |_, d| give_up(d));
    breaks("dark", "generator row 1", |_, d| give_up(d));
    breaks("bound", "status", |_, d| give_up(d));
}

#[test]
fn shares() {
    breaks("shares", "load row 1 at bus 20", |_, d| d.load_served[0] = 1.001);
    breaks("shares", "load row 2", |_, d| d.load_served[1] = -0.1);
    breaks("shares", "shunt row 1", |_, d| d.shunt_served[0] = f64::NAN);
}

#[test]
fn dark() {
    breaks("dark", "load row 3 at bus 30", |_, d| d.load_served[2] = 0.1);
    breaks("dark", "load row 1", |n, _| n.loads[0].in_service = false);
    breaks("dark", "generator row 1", |n, _| n.generators[0].in_service = false);
    breaks("dark", "branch row 2", |_, d| d.branches[1].p_from_mw = 1.0);
    breaks("dark", "shunt row 1", |n, _| n.shunts[0].in_service = false);
}

#[test]
fn generators() {
    breaks("generators", "generator row 1 at bus 10", |n, _| n.generators[0].p_mw_max = 89.0);
    breaks("generators", "generator row 1", |_, d| d.generators[0].p_mw = -1.0);
}

#[test]
fn flows() {
    breaks("flows", "branch row 1", |_, d| d.branches[0].p_from_mw = 89.0);
    breaks("flows", "branch row 1", |_, d| d.branches[0].p_to_mw = -91.0);
    breaks("flows", "loading of branch row 1", |_, d| d.branches[0].loading_percent = Some(80.0));
    let closed = Switch { from: BusIdx(0), to: BusIdx(1), closed: true, row: 1 };
    breaks("flows", "switch row 1", |n, _| n.switches.push(closed));
}

#[test]
fn balance() {
    breaks("balance", "bus 20", |_, d| d.load_served[1] = 0.6);
    breaks("balance", "bus 10", |_, d| d.generators[0].p_mw = 80.0);
    breaks("balance", "bus", |_, d| d.buses[1].va_deg = 0.0);
    breaks("balance", "bus 20", |_, d| d.shunt_served[0] = 0.0);
    breaks("balance", "bus", |_, d| d.hvdc_p_from_mw[0] = Some(1.0));
    breaks("balance", "bus", |_, d| d.buses[1].va_deg = f64::NAN);
}

#[test]
fn ratings() {
    breaks("ratings", "branch row 1", |n, _| n.branches[0].rate_a_mva = Some(89.9));
}

#[test]
fn angle_limits() {
    breaks("angle_limits", "branch row 1", |n, _| n.branches[0].angle_deg_max = 5.0);
    breaks("angle_limits", "branch row 1", |n, _| n.branches[0].angle_deg_min = 5.2);
}

#[test]
fn hvdc() {
    breaks("hvdc", "hvdc line row 1", |_, d| d.hvdc_p_from_mw[0] = Some(51.0));
    breaks("hvdc", "hvdc line row 1", |_, d| d.hvdc_p_from_mw[0] = Some(-1.0));
    breaks("hvdc", "hvdc line row 1", |n, d| {
        n.hvdc_lines[0].from = BusIdx(2);
        d.hvdc_p_from_mw[0] = Some(0.0);
    });
    breaks("hvdc", "hvdc line row 1", |n, d| {
        n.hvdc_lines[0].p_mw_min = -10.0;
        n.hvdc_lines[0].loss_share = 0.1;
        d.hvdc_p_from_mw[0] = Some(-10.0);
    });
}

#[test]
fn hvdc_gives_no_reactive_power_in_dc() {
    breaks("hvdc", "hvdc line row 1", |n, d| {
        n.hvdc_lines[0].q_from_mvar_max = 5.0;
        d.hvdc_p_from_mw[0] = Some(0.0);
        d.hvdc_q_from_mvar[0] = 1.0;
    });
}

#[test]
fn what_the_answer_takes_out_is_out() {
    breaks("islands", "bus 20", |_, d| d.opened.push(BranchIdx(0)));
    breaks("islands", "bus 30", |_, d| d.darkened.push(BusIdx(2)));
    let v = verdict(|_, d| d.opened.push(BranchIdx(1)));
    assert!(v.passed, "a branch that is out already may be named: {:?}", v.failed().collect::<Vec<_>>());
}

#[test]
fn sums() {
    breaks("sums", "demand_mw", |_, d| d.demand_mw = 100.0);
    breaks("sums", "served_mw", |_, d| d.served_mw = 81.0);
    breaks("sums", "objective_mw", |_, d| d.objective_mw = 80.0);
}

#[test]
fn bound() {
    breaks("bound", "below", |_, d| d.bound_mw = 139.0);
    breaks("bound", "bound_by", |_, d| d.bound_by = BoundBy::Soc);
    breaks("bound", "gap", |_, d| {
        d.gap = 0.5;
        d.status = DeliveryStatus::Feasible;
    });
    breaks("bound", "status", |_, d| {
        d.bound_mw = 150.0;
        d.gap = 10.0 / 150.0;
    });
}

// --- plans ---

/// Three steps; the second load follows a profile 1, 0.5, 1, so that two deliveries do. The first feeder is protected.
fn scenario() -> Scenario {
    let feeder = |k: usize, load: &Load| Feeder {
        id: format!("F{k}"),
        name: String::new(),
        bus: load.bus,
        class: Class::Homes,
        queue: None,
        protected: k == 0,
        people: 0,
        p_mw: load.p_mw,
        q_mvar: 0.0,
        profile: (k == 1).then_some(0),
        district: None,
    };
    let network = network();
    let factor_by_step = vec![1.0, 0.5, 1.0];
    Scenario {
        name: String::new(),
        name_uk: String::new(),
        time_zone: "UTC".into(),
        horizon: Horizon { start: UtcSecond(0), step_s: 1800, steps: 3 },
        as_of: UtcSecond(0),
        revision: 1,
        feeders: network.loads.iter().enumerate().map(|(k, l)| feeder(k, l)).collect(),
        network,
        profiles: vec![Profile { id: "p".into(), factor_by_half_hour: Vec::new(), factor_by_step }],
        class_weights: [1.0; Class::ALL.len()],
        geography: Geography::default(),
        damage: Damage { branches: vec![2], ..Damage::default() },
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        heat_damage: relight_model::HeatDamage::default(),
        hvdc: false,
        assumptions: Vec::new(),
    }
}

fn plan() -> Plan {
    let scenario = scenario();
    // At half the profile the second load is 20 MW and served in full: the same flows.
    let mut second = delivery();
    second.load_served[1] = 1.0;
    second.demand_mw = 85.0;
    Plan {
        horizon: scenario.horizon,
        situation: situation(&scenario.network),
        deliveries: vec![delivery(), second],
        demand_factors: vec![vec![1.0, 1.0, 1.0], vec![1.0, 0.5, 1.0]],
        delivery_of_step: vec![0, 1, 0],
        coupling: None,
        safety: None,
        assumptions: Vec::new(),
    }
}

fn plan_verdict(change: impl FnOnce(&mut Scenario, &mut Plan)) -> Verdict {
    let (mut scenario, mut plan) = (scenario(), plan());
    change(&mut scenario, &mut plan);
    verify_plan(&scenario, &plan)
}

#[test]
fn a_correct_plan_passes_every_check() {
    let v = plan_verdict(|_, _| {});
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
    assert_eq!(v.checks.len(), 22);
}

#[test]
fn plan_coverage() {
    fails(&plan_verdict(|_, p| p.delivery_of_step.truncate(2)), "coverage", "2 of 3 steps");
    fails(&plan_verdict(|_, p| p.delivery_of_step[1] = 2), "coverage", "step 1");
    fails(&plan_verdict(|_, p| p.horizon.steps = 2), "coverage", "horizon");
    fails(&plan_verdict(|_, p| p.demand_factors[1].truncate(2)), "coverage", "delivery 1");
    fails(&plan_verdict(|s, _| s.feeders[0].bus = BusIdx(2)), "coverage", "feeder F0");
}

#[test]
fn plan_situation() {
    fails(&plan_verdict(|s, _| s.damage.generators.push(1)), "situation", "generator row 1");
    fails(&plan_verdict(|s, _| s.damage.branches.push(99)), "situation", "damage list");
    fails(&plan_verdict(|_, p| p.situation.bus_out.clear()), "situation", "bus row");
}

#[test]
fn plan_demand() {
    fails(&plan_verdict(|_, p| p.delivery_of_step[1] = 0), "demand", "feeder F1, step 1");
}

#[test]
fn plan_deliveries_are_checked_each_with_its_demand() {
    fails(&plan_verdict(|_, p| p.deliveries[1].load_served[1] = 0.5), "balance", "bus 20, delivery 1");
    fails(&plan_verdict(|_, p| p.deliveries[0].load_served[2] = 1.0), "dark", "load row 3 at bus 30, delivery 0");
}

#[test]
fn plan_protected() {
    // The same power, but taken from the protected feeder.
    let cut = |p: &mut Plan| p.deliveries[0].load_served = vec![40.0 / 60.0, 1.0, 0.0];
    fails(&plan_verdict(|_, p| cut(p)), "protected", "feeder F0, delivery 0");
}

// --- plans whose steps hang together ---

/// The generator gives 80, 90 and 80 MW, as storage at its bus gives 10, nothing and 10.
fn coupled(s: &mut Scenario, p: &mut Plan) {
    s.network.storages.push(Storage {
        bus: BusIdx(0),
        in_service: true,
        p_mw: 0.0,
        q_mvar: 0.0,
        energy_mwh: 12.5,
        energy_mwh_max: 15.0,
        charge_mw_max: 10.0,
        discharge_mw_max: 10.0,
        charge_efficiency: 0.8,
        discharge_efficiency: 0.8,
        q_mvar_min: 0.0,
        q_mvar_max: 0.0,
        row: 1,
    });
    s.network.generators[0].ramp_mw_per_min = Some(0.5);
    s.network.generators[0].energy_mwh = Some(125.0);
    for (delivery, p_mw) in p.deliveries.iter_mut().zip([10.0, 0.0]) {
        delivery.storage_p_mw = vec![p_mw];
        delivery.storage_q_mvar = vec![0.0];
        delivery.generators[0].p_mw -= p_mw;
    }
    let worth_mwh = 0.5 * p.delivery_of_step.iter().map(|&k| p.deliveries[k as usize].objective_mw).sum::<f64>();
    p.coupling = Some(Coupling {
        storage_energy_mwh: vec![vec![12.5, 6.25, 6.25, 0.0]],
        objective_mwh: worth_mwh,
        bound_mwh: worth_mwh,
        gap: 0.0,
    });
}

fn coupled_verdict(change: impl FnOnce(&mut Scenario, &mut Plan)) -> Verdict {
    plan_verdict(|s, p| {
        coupled(s, p);
        change(s, p);
    })
}

fn coupling(p: &mut Plan) -> &mut Coupling {
    p.coupling.as_mut().expect("it is coupled")
}

#[test]
fn a_correct_plan_with_storage_passes() {
    let v = coupled_verdict(|_, _| {});
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
}

#[test]
fn storage_power() {
    fails(&coupled_verdict(|s, _| s.network.storages[0].discharge_mw_max = 9.0), "storages", "storage row 1 at bus 10");
    fails(&coupled_verdict(|s, _| s.network.storages[0].in_service = false), "storages", "storage row 1");
    fails(&coupled_verdict(|s, _| s.network.storages[0].bus = BusIdx(2)), "storages", "storage row 1");
    fails(&coupled_verdict(|_, p| p.deliveries[0].storage_p_mw[0] = -11.0), "storages", "delivery 0");
    fails(&coupled_verdict(|_, p| p.deliveries[0].storage_p_mw[0] = 9.0), "balance", "bus 10, delivery 0");
    fails(&coupled_verdict(|_, p| p.deliveries[0].storage_p_mw.clear()), "shape", "storages");
    fails(&coupled_verdict(|_, p| p.deliveries[0].storage_p_mw[0] = f64::NAN), "storages", "storage row 1");
}

#[test]
fn storage_energy() {
    let check = "storage_energy";
    fails(&coupled_verdict(|s, _| s.network.storages[0].energy_mwh = 12.0), check, "storage row 1");
    fails(&coupled_verdict(|s, _| s.network.storages[0].energy_mwh_max = 12.0), check, "storage row 1, after 0 steps");
    fails(&coupled_verdict(|s, _| s.network.storages[0].discharge_efficiency = 0.7), check, "storage row 1");
    fails(&coupled_verdict(|_, p| coupling(p).storage_energy_mwh[0][2] = 7.0), check, "stated energy");
    fails(&coupled_verdict(|_, p| coupling(p).storage_energy_mwh.clear()), check, "storage row 1");
    fails(&coupled_verdict(|_, p| coupling(p).storage_energy_mwh[0].push(0.0)), check, "number of energies");
    fails(&coupled_verdict(|_, p| p.coupling = None), check, "storage row 1");
    fails(&coupled_verdict(|_, p| p.assumptions.push(Assumption::StorageKeepsEnergy)), check, "at the end");
}

#[test]
fn ramps_and_stocks() {
    fails(&coupled_verdict(|s, _| s.network.generators[0].ramp_mw_per_min = Some(0.3)), "ramps", "from step 0 to 1");
    fails(&coupled_verdict(|s, _| s.network.generators[0].energy_mwh = Some(124.0)), "stocks", "generator row 1");
}

#[test]
fn horizon_sums() {
    fails(&coupled_verdict(|_, p| coupling(p).objective_mwh -= 1.0), "horizon", "objective_mwh");
    fails(&coupled_verdict(|_, p| coupling(p).bound_mwh -= 1.0), "horizon", "bound_mwh below");
    fails(&coupled_verdict(|_, p| coupling(p).gap = 0.5), "horizon", "gap");
}

// --- flows ---

/// A lossless line of x = 0.1 between 1 p.u. at both ends carries sin(δ)/x; reactive power is made at both ends.
fn flow() -> (Network, FlowResult) {
    let mut n = network();
    n.loads.truncate(1);
    n.shunts.clear();
    let delta = 0.06_f64.asin();
    let q_mvar = 100.0 * (1.0 - delta.cos()) / 0.1;
    n.loads[0].q_mvar = -q_mvar;
    let line = BranchState {
        in_service: true,
        p_from_mw: 60.0,
        q_from_mvar: q_mvar,
        p_to_mw: -60.0,
        q_to_mvar: q_mvar,
        loading_percent: Some(60.0_f64.hypot(q_mvar)),
    };
    let flow = FlowResult {
        status: FlowStatus::Converged,
        iterations: 3,
        max_mismatch_pu: 0.0,
        islands: islands(),
        buses: bus_states(-delta.to_degrees()),
        branches: vec![line, DARK],
        generators: vec![GeneratorState { p_mw: 60.0, q_mvar }],
        switches: Vec::new(),
    };
    (n, flow)
}

fn flow_verdict(change: impl FnOnce(&mut Network, &mut FlowResult)) -> Verdict {
    let (mut network, mut flow) = flow();
    change(&mut network, &mut flow);
    verify_flow(&network, &situation(&network), &flow, &FlowRules::default())
}

#[test]
fn a_correct_flow_passes_every_check() {
    let v = flow_verdict(|_, _| {});
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
    assert_eq!(v.checks.len(), 5);
}

#[test]
fn flow_checks_fail_one_by_one() {
    fails(&flow_verdict(|_, f| f.buses.truncate(2)), "shape", "buses");
    fails(&flow_verdict(|_, f| f.buses[1].va_deg += 1e-4), "balance", "bus");
    fails(&flow_verdict(|_, f| f.buses[1].vm_pu = f64::NAN), "balance", "bus");
    fails(&flow_verdict(|n, _| n.branches[0].tap = 1.01), "balance", "bus");
    fails(&flow_verdict(|n, _| n.branches[0].shift_deg = 1.0), "balance", "bus");
    fails(&flow_verdict(|n, _| n.branches[0].b_to_pu = 0.1), "balance", "bus 20");
    fails(&flow_verdict(|_, f| f.branches[0].q_to_mvar += 0.1), "flows", "branch row 1");
    fails(&flow_verdict(|_, f| f.branches[0].loading_percent = Some(10.0)), "flows", "loading");
    fails(&flow_verdict(|_, f| f.buses[2].energized = true), "energized", "bus 30");
    fails(&flow_verdict(|_, f| f.branches[1].p_from_mw = 1.0), "energized", "branch row 2");
    fails(&flow_verdict(|n, _| n.generators[0].vm_pu = 1.02), "set_points", "generator row 1 at bus 10");
}

#[test]
fn flow_set_points_of_active_power_hold_away_from_references() {
    let moved = |n: &mut Network, f: &mut FlowResult| {
        n.buses[0].kind = BusKind::Pv;
        f.islands[0].slack_bus = Some(BusIdx(1));
    };
    fails(&flow_verdict(moved), "set_points", "generator row 1");
}

#[test]
fn flow_loads_follow_their_voltage() {
    // With 1.05 at both ends and all powers times its square, the solution stays one for constant impedance only.
    let scaled = |model| {
        flow_verdict(move |n, f| {
            n.loads[0].model = model;
            n.generators[0].vm_pu = 1.05;
            let square = 1.05_f64.powi(2);
            f.buses.iter_mut().for_each(|b| b.vm_pu *= 1.05);
            f.generators[0].p_mw *= square;
            f.generators[0].q_mvar *= square;
            let b = &mut f.branches[0];
            for p in [&mut b.p_from_mw, &mut b.q_from_mvar, &mut b.p_to_mw, &mut b.q_to_mvar] {
                *p *= square;
            }
            b.loading_percent = b.loading_percent.map(|p| p * square);
        })
    };
    assert!(scaled(LoadModel::ConstantImpedance).passed);
    fails(&scaled(LoadModel::ConstantPower), "balance", "bus 20");
    fails(&scaled(LoadModel::ConstantCurrent), "balance", "bus 20");
}

#[test]
fn a_diverged_flow_proves_nothing() {
    let v = flow_verdict(|_, f| {
        f.status = FlowStatus::Diverged;
        f.buses[1].va_deg = 90.0;
    });
    assert!(v.passed && v.check("balance").is_none());
}
