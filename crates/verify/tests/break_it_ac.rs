//! A correct AC delivery passes; with any one number broken it does not. One break at least for every check.

use relight_model::outcome::{
    BoundBy, BranchState, BusState, Delivery, DeliveryStatus, Formulation, GeneratorState, Island,
};
use relight_model::plan::Plan;
use relight_model::*;
use relight_verify::{Verdict, verify_delivery, verify_plan};

const BASE_MVA: f64 = 100.0;
/// Voltages, p.u. and degrees, of buses 10 to 30: chosen, and all else made to fit. Buses 40 and 50 are dark.
const VOLTAGE: [(f64, f64); 3] = [(1.05, 0.0), (1.0, -4.0), (0.98, -10.5)];
const WEIGHTS: [f64; 4] = [2.0, 1.0, 1.0, 1.0];
const LOAD_SHARE: f64 = 0.8;
const SHUNT_SHARE: f64 = 0.5;
const HVDC_MW: f64 = 10.0;

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
        r_pu: 0.01,
        x_pu: 0.08,
        g_from_pu: 0.002,
        b_from_pu: 0.03,
        g_to_pu: 0.001,
        b_to_pu: 0.04,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva: Some(150.0),
        rate_b_mva: None,
        rate_c_mva: None,
        angle_deg_min: -20.0,
        angle_deg_max: 20.0,
        in_service: true,
        row,
    }
}

fn generator(bus: u32, row: u32, curve: CostCurve) -> Generator {
    Generator {
        name: String::new(),
        bus: BusIdx(bus),
        p_mw: 0.0,
        q_mvar: 0.0,
        p_mw_max: 200.0,
        p_mw_min: 10.0,
        q_mvar_max: 80.0,
        q_mvar_min: -80.0,
        vm_pu: 1.0,
        mbase_mva: 100.0,
        in_service: true,
        fuel: String::new(),
        cost: Some(Cost { startup: 0.0, shutdown: 0.0, curve }),
        ramp_mw_per_min: None,
        energy_mwh: None,
        row,
    }
}

/// Bus 10 with a generator; a line to bus 20 with loads and a shunt; from there a transformer of ratio 0.98 and 3° to bus 30
/// with a load and a generator; an HVDC line from 10 to 30. Bus 40 hangs on a line that is out. The answer opens the second
/// line from 10 to 20 and leaves bus 50 dark.
fn network() -> Network {
    let mut n = Network::empty("by hand", BASE_MVA);
    n.buses = (0..5).map(bus).collect();
    n.branches = vec![branch(0, 1, 1), branch(1, 2, 2), branch(2, 3, 3), branch(2, 4, 4), branch(0, 1, 5)];
    n.branches[1].kind = BranchKind::Transformer;
    (n.branches[1].tap, n.branches[1].shift_deg) = (0.98, 3.0);
    n.generators = vec![
        generator(0, 1, CostCurve::Polynomial(vec![0.01, 20.0, 100.0])),
        generator(2, 2, CostCurve::Piecewise(vec![(0.0, 50.0), (10.0, 150.0), (30.0, 550.0)])),
    ];
    let hvdc = HvdcLine {
        from: BusIdx(0),
        to: BusIdx(2),
        in_service: true,
        p_from_mw: 0.0,
        q_from_mvar: 0.0,
        q_to_mvar: 0.0,
        vm_from_pu: 1.0,
        vm_to_pu: 1.0,
        p_mw_min: 0.0,
        p_mw_max: 50.0,
        q_from_mvar_min: -5.0,
        q_from_mvar_max: 5.0,
        q_to_mvar_min: -5.0,
        q_to_mvar_max: 5.0,
        loss_mw: 0.5,
        loss_share: 0.02,
        row: 1,
    };
    n.hvdc_lines = vec![hvdc.clone(), HvdcLine { row: 2, ..hvdc }];
    n.shunts.push(Shunt { bus: BusIdx(1), g_mw: 4.0, b_mvar: 20.0, in_service: true, row: 1 });
    // What remains at buses 20 and 30 is what loads take there.
    let [line, transformer] = [0, 1].map(|k| flows_mva(&n.branches[k]));
    let square = VOLTAGE[1].0.powi(2);
    let at_20 = (
        -line[2] - transformer[0] - SHUNT_SHARE * 4.0 * square,
        -line[3] - transformer[1] + SHUNT_SHARE * 20.0 * square,
    );
    let at_30 = (-transformer[2] + 20.0 + (HVDC_MW - 0.5 - 0.02 * HVDC_MW), -transformer[3] + 5.0 - 4.0);
    for (bus, p_mw, q_mvar) in
        [(1, at_20.0 / LOAD_SHARE, at_20.1 / LOAD_SHARE), (2, at_30.0, at_30.1), (3, 5.0, 1.0), (4, 7.0, 1.0)]
    {
        let row = n.loads.len() as u32 + 1;
        let model = LoadModel::ConstantPower;
        n.loads.push(Load { bus: BusIdx(bus), p_mw, q_mvar, model, in_service: true, row });
    }
    n
}

/// P and Q into the from and the to end by the textbook's formulae in polar form, MW and Mvar.
fn flows_mva(b: &Branch) -> [f64; 4] {
    let ((vf, af), (vt, at)) = (VOLTAGE[b.from.i()], VOLTAGE[b.to.i()]);
    let z2 = b.r_pu * b.r_pu + b.x_pu * b.x_pu;
    let (g, bs) = (b.r_pu / z2, -b.x_pu / z2);
    let u = vf / b.tap;
    let (sin, cos) = (af - at - b.shift_deg).to_radians().sin_cos();
    [
        u * u * (g + b.g_from_pu) - u * vt * (g * cos + bs * sin),
        -u * u * (bs + b.b_from_pu) - u * vt * (g * sin - bs * cos),
        vt * vt * (g + b.g_to_pu) - u * vt * (g * cos - bs * sin),
        -vt * vt * (bs + b.b_to_pu) + u * vt * (g * sin + bs * cos),
    ]
    .map(|s| s * BASE_MVA)
}

fn situation(network: &Network) -> Situation {
    Situation::damaged(network, &Damage { branches: vec![3], ..Damage::default() }).expect("the list fits")
}

const DARK: BranchState = BranchState {
    in_service: false,
    p_from_mw: 0.0,
    q_from_mvar: 0.0,
    p_to_mw: 0.0,
    q_to_mvar: 0.0,
    loading_percent: None,
};

fn carried(b: &Branch) -> BranchState {
    let [p_from_mw, q_from_mvar, p_to_mw, q_to_mvar] = flows_mva(b);
    let mva = p_from_mw.hypot(q_from_mvar).max(p_to_mw.hypot(q_to_mvar));
    let loading_percent = b.rate_a_mva.map(|r| 100.0 * mva / r);
    BranchState { in_service: true, p_from_mw, q_from_mvar, p_to_mw, q_to_mvar, loading_percent }
}

fn delivery() -> Delivery {
    let n = network();
    let [line, transformer] = [0, 1].map(|k| carried(&n.branches[k]));
    // HVDC takes 10 MW at bus 10 and its converter gives 3 Mvar there.
    let given = GeneratorState { p_mw: line.p_from_mw + HVDC_MW, q_mvar: line.q_from_mvar - 3.0 };
    let load_served = vec![LOAD_SHARE, 1.0, 0.0, 0.0];
    let sum = |of: &dyn Fn(usize) -> f64| (0..4).map(of).sum::<f64>();
    let objective_mw = sum(&|k| WEIGHTS[k] * n.loads[k].p_mw * load_served[k]);
    let bound_mw = objective_mw + 1.0;
    let live = |k: usize| BusState { vm_pu: VOLTAGE[k].0, va_deg: VOLTAGE[k].1, island: Some(0), energized: true };
    let dark = |island| BusState { vm_pu: 0.0, va_deg: 0.0, island, energized: false };
    let island = |buses, energized| Island {
        buses,
        energized,
        slack_bus: energized.then_some(BusIdx(0)),
        load_mw: 0.0,
        max_mismatch_pu: 0.0,
    };
    Delivery {
        formulation: Formulation::Ac,
        status: DeliveryStatus::Feasible,
        demand_mw: sum(&|k| n.loads[k].p_mw),
        served_mw: sum(&|k| n.loads[k].p_mw * load_served[k]),
        objective_mw,
        bound_mw,
        bound_by: BoundBy::Soc,
        gap: 1.0 / bound_mw,
        max_violation_pu: 0.0,
        load_served,
        shunt_served: vec![SHUNT_SHARE],
        generators: vec![given, GeneratorState { p_mw: 20.0, q_mvar: 5.0 }],
        storage_p_mw: Vec::new(),
        storage_q_mvar: Vec::new(),
        buses: vec![live(0), live(1), live(2), dark(Some(1)), dark(None)],
        branches: vec![line, transformer, DARK, DARK, DARK],
        hvdc_p_from_mw: vec![Some(HVDC_MW), None],
        hvdc_q_from_mvar: vec![3.0, 0.0],
        hvdc_q_to_mvar: vec![-4.0, 0.0],
        islands: vec![island(3, true), island(1, false)],
        failures: Vec::new(),
        opened: vec![BranchIdx(4)],
        darkened: vec![BusIdx(4)],
        // At 20 MW the second generator is half way from 150 to 550.
        cost_per_hour: Some(0.01 * given.p_mw * given.p_mw + 20.0 * given.p_mw + 100.0 + 350.0),
    }
}

fn verdict(change: impl FnOnce(&mut Network, &mut Delivery)) -> Verdict {
    let (mut network, mut delivery) = (network(), delivery());
    change(&mut network, &mut delivery);
    verify_delivery(&network, &situation(&network), &delivery, Some(&WEIGHTS))
}

/// The check named fails and names the element; others may fail with it.
#[track_caller]
fn breaks(name: &str, at: &str, change: impl FnOnce(&mut Network, &mut Delivery)) {
    let verdict = verdict(change);
    let check = verdict.check(name).unwrap_or_else(|| panic!("no check {name}"));
    assert!(!verdict.passed && !check.passed, "{name} passed: {check}");
    assert!(check.at.contains(at), "{check}");
}

#[test]
fn a_correct_delivery_passes_every_check() {
    let v = verdict(|_, _| {});
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
    let names: Vec<&str> = v.checks.iter().map(|c| c.name).collect();
    let want = "shape islands energized shares dark generators storages reactive voltages flows balance ratings angle_limits hvdc sums bound cost";
    assert_eq!(names.join(" "), want);
    assert!(v.check("balance").unwrap().worst < 1e-12);
}

#[test]
fn shape() {
    breaks("shape", "hvdc lines: 1 values for 2 rows", |_, d| d.hvdc_q_from_mvar.truncate(1));
    breaks("shape", "hvdc lines: 0 values for 2 rows", |_, d| d.hvdc_q_to_mvar.clear());
    breaks("shape", "opened: position 4 of 5 rows, or twice", |_, d| d.opened.push(BranchIdx(4)));
    breaks("shape", "opened: position 5", |_, d| d.opened.push(BranchIdx(5)));
    breaks("shape", "darkened: position 9", |_, d| d.darkened.push(BusIdx(9)));
    breaks("shape", "darkened: position 4", |_, d| d.darkened.push(BusIdx(4)));
}

#[test]
fn what_the_answer_takes_out_is_out_and_nothing_else() {
    breaks("islands", "bus 50", |_, d| d.darkened.clear());
    breaks("islands", "bus 30", |_, d| d.opened.push(BranchIdx(1)));
    breaks("energized", "branch row 5", |_, d| d.opened.clear());
    breaks("energized", "branch row 5", |_, d| d.branches[4].in_service = true);
    breaks("dark", "branch row 5", |_, d| d.branches[4].q_to_mvar = 1e-3);
    breaks("dark", "load row 4 at bus 50", |_, d| d.load_served[3] = 0.5);
}

#[test]
fn energized() {
    breaks("energized", "bus 20", |_, d| d.buses[1].vm_pu = 0.0);
    breaks("energized", "bus 20", |_, d| d.buses[1].vm_pu = f64::NAN);
    breaks("energized", "bus 40", |_, d| d.buses[3].vm_pu = 1.0);
    breaks("energized", "bus 10", |n, _| n.generators.iter_mut().for_each(|g| g.p_mw_max = 0.0));
}

#[test]
fn shares_and_dark() {
    breaks("shares", "load row 2", |_, d| d.load_served[1] = 1.1);
    breaks("shares", "shunt row 1", |_, d| d.shunt_served[0] = -0.1);
    breaks("dark", "generator row 2", |n, _| n.generators[1].in_service = false);
    breaks("dark", "generator row 2", |n, d| {
        n.generators[1].in_service = false;
        d.generators[1].p_mw = 0.0;
    });
}

#[test]
fn generators() {
    breaks("generators", "generator row 2 at bus 30", |n, _| n.generators[1].p_mw_max = 19.0);
    breaks("generators", "generator row 2", |_, d| d.generators[1].p_mw = -1.0);
    breaks("reactive", "generator row 2 at bus 30", |n, _| n.generators[1].q_mvar_max = 4.9);
    breaks("reactive", "generator row 2", |n, d| {
        n.generators[1].q_mvar_min = 2.0;
        d.generators[1].q_mvar = -0.1;
    });
    breaks("reactive", "generator row 1", |_, d| d.generators[0].q_mvar = f64::NAN);
}

#[test]
fn voltages() {
    breaks("voltages", "bus 10", |n, _| n.buses[0].vm_pu_max = 1.049);
    breaks("voltages", "bus 30", |n, _| n.buses[2].vm_pu_min = 0.981);
    let closed = |from, to| Switch { from: BusIdx(from), to: BusIdx(to), closed: true, row: 1 };
    breaks("voltages", "switch row 1", |n, _| n.switches.push(closed(0, 1)));
    breaks("voltages", "switch row 1", |n, d| {
        n.switches.push(closed(0, 1));
        d.buses[1].vm_pu = d.buses[0].vm_pu;
    });
}

#[test]
fn flows() {
    breaks("flows", "branch row 1", |_, d| d.branches[0].p_from_mw += 0.01);
    breaks("flows", "branch row 2", |_, d| d.branches[1].q_from_mvar += 0.01);
    breaks("flows", "branch row 1", |_, d| d.branches[0].p_to_mw += 0.01);
    breaks("flows", "branch row 2", |_, d| d.branches[1].q_to_mvar = f64::NAN);
    breaks("flows", "loading of branch row 2", |_, d| d.branches[1].loading_percent = Some(10.0));
}

#[test]
fn balance() {
    breaks("balance", "bus", |_, d| d.buses[1].va_deg += 0.001);
    breaks("balance", "bus", |_, d| d.buses[2].vm_pu += 1e-5);
    breaks("balance", "bus", |_, d| d.buses[2].va_deg = f64::NAN);
    breaks("balance", "bus 20", |_, d| d.load_served[0] = 0.81);
    breaks("balance", "bus 20", |n, _| n.loads[0].q_mvar += 0.01);
    breaks("balance", "bus 20", |_, d| d.shunt_served[0] = 0.6);
    breaks("balance", "bus 20", |n, _| n.shunts[0].g_mw = 4.1);
    breaks("balance", "bus 20", |n, _| n.shunts[0].b_mvar = 20.1);
    breaks("balance", "bus 10", |_, d| d.generators[0].q_mvar += 0.01);
    breaks("balance", "bus 30", |_, d| d.generators[1].p_mw += 0.01);
    breaks("balance", "bus 10", |_, d| d.hvdc_q_from_mvar[0] = 2.9);
    breaks("balance", "bus 30", |_, d| d.hvdc_q_to_mvar[0] = -3.9);
    breaks("balance", "bus 30", |n, _| n.hvdc_lines[0].loss_mw = 0.6);
    breaks("balance", "bus 30", |n, _| n.hvdc_lines[0].loss_share = 0.03);
    breaks("balance", "bus", |_, d| d.hvdc_p_from_mw[1] = Some(0.0));
    breaks("balance", "bus", |n, _| n.branches[1].tap = 0.981);
    breaks("balance", "bus", |n, _| n.branches[1].shift_deg = 2.9);
    breaks("balance", "bus 20", |n, _| n.branches[1].g_from_pu += 1e-4);
    breaks("balance", "bus 10", |n, _| n.branches[0].b_from_pu += 1e-4);
    breaks("balance", "bus 30", |n, _| n.branches[1].g_to_pu += 1e-4);
    breaks("balance", "bus 20", |n, _| n.branches[0].b_to_pu += 1e-4);
    breaks("balance", "bus", |n, _| n.branches[0].r_pu = 0.0101);
}

#[test]
fn storage_counts_in_both_balances() {
    let storing = |p_mw, q_mvar| {
        move |n: &mut Network, d: &mut Delivery| {
            n.storages.push(Storage {
                bus: BusIdx(1),
                in_service: true,
                p_mw: 0.0,
                q_mvar: 0.0,
                energy_mwh: 5.0,
                energy_mwh_max: 10.0,
                charge_mw_max: 5.0,
                discharge_mw_max: 5.0,
                charge_efficiency: 0.9,
                discharge_efficiency: 0.9,
                q_mvar_min: -2.0,
                q_mvar_max: 2.0,
                row: 1,
            });
            d.storage_p_mw.push(p_mw);
            d.storage_q_mvar.push(q_mvar);
        }
    };
    assert!(verdict(storing(0.0, 0.0)).passed);
    breaks("balance", "bus 20", storing(1.0, 0.0));
    breaks("balance", "bus 20", storing(0.0, 1.0));
    breaks("storages", "storage row 1 at bus 20", storing(0.0, 2.1));
    breaks("storages", "storage row 1 at bus 20", storing(-5.1, 0.0));
}

#[test]
fn ratings() {
    // Either end of either branch: a rating between what its two ends carry is kept at one of them alone.
    let n = network();
    for k in [0, 1] {
        let [pf, qf, pt, qt] = flows_mva(&n.branches[k]);
        let (from, to) = (pf.hypot(qf), pt.hypot(qt));
        let at = format!("{} end of branch row {}", if from > to { "from" } else { "to" }, k + 1);
        breaks("ratings", &at, |n, _| n.branches[k].rate_a_mva = Some((from + to) / 2.0));
        breaks("ratings", &at, |n, _| n.branches[k].rate_a_mva = Some(0.0));
    }
}

#[test]
fn angle_limits() {
    breaks("angle_limits", "branch row 1", |n, _| n.branches[0].angle_deg_max = 3.9);
    breaks("angle_limits", "branch row 2", |n, _| n.branches[1].angle_deg_min = 6.6);
}

#[test]
fn hvdc() {
    breaks("hvdc", "hvdc line row 1", |n, _| n.hvdc_lines[0].q_from_mvar_max = 2.9);
    breaks("hvdc", "hvdc line row 1", |n, _| n.hvdc_lines[0].q_to_mvar_min = -3.9);
    breaks("hvdc", "hvdc line row 1", |n, _| n.hvdc_lines[0].p_mw_max = 9.0);
    breaks("hvdc", "hvdc line row 2", |_, d| d.hvdc_q_from_mvar[1] = 1.0);
    breaks("hvdc", "hvdc line row 2", |_, d| d.hvdc_q_to_mvar[1] = f64::NAN);
    breaks("hvdc", "hvdc line row 1", |n, _| n.hvdc_lines[0].in_service = false);
}

#[test]
fn sums_and_bound() {
    breaks("sums", "demand_mw", |_, d| d.demand_mw += 1.0);
    breaks("sums", "served_mw", |_, d| d.served_mw += 1.0);
    breaks("sums", "objective_mw", |_, d| d.objective_mw += 0.5);
    breaks("bound", "below", |_, d| {
        d.bound_mw = d.objective_mw - 0.1;
        d.gap = -0.1 / d.bound_mw;
    });
    breaks("bound", "gap", |_, d| d.gap = 0.0);
    breaks("bound", "status", |_, d| d.status = DeliveryStatus::Optimal);
    breaks("bound", "bound_by", |_, d| d.bound_by = BoundBy::Dc);
}

#[test]
fn cost() {
    breaks("cost", "cost_per_hour", |_, d| d.cost_per_hour = d.cost_per_hour.map(|c| c + 0.1));
    breaks("cost", "cost_per_hour", |_, d| d.cost_per_hour = Some(f64::NAN));
    breaks("cost", "cost_per_hour", |n, _| n.generators[1].cost = None);
    breaks("cost", "cost_per_hour", |n, _| {
        n.generators[1].cost.as_mut().unwrap().curve = CostCurve::Piecewise(vec![(0.0, 0.0), (10.0, 150.0)]);
    });
    // Beyond its last point a piece goes on: from 150 at 10 MW by 20 a MW it is 350 at 20 MW as well.
    let v = verdict(|n, _| {
        n.generators[1].cost.as_mut().unwrap().curve =
            CostCurve::Piecewise(vec![(0.0, 0.0), (5.0, 50.0), (10.0, 150.0)]);
    });
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
    assert!(verdict(|_, d| d.cost_per_hour = None).check("cost").is_none());
}

// --- plans ---

fn scenario() -> Scenario {
    let network = network();
    let feeder = |k: usize, load: &Load| Feeder {
        id: format!("F{k}"),
        name: String::new(),
        bus: load.bus,
        class: Class::Homes,
        queue: None,
        protected: false,
        people: 0,
        p_mw: load.p_mw,
        q_mvar: load.q_mvar,
        profile: None,
        district: None,
    };
    Scenario {
        name: String::new(),
        name_uk: String::new(),
        time_zone: "UTC".into(),
        horizon: Horizon { start: UtcSecond(0), step_s: 1800, steps: 2 },
        as_of: UtcSecond(0),
        revision: 1,
        feeders: network.loads.iter().enumerate().map(|(k, l)| feeder(k, l)).collect(),
        network,
        profiles: Vec::new(),
        class_weights: [1.0; Class::ALL.len()],
        geography: Geography::default(),
        damage: Damage { branches: vec![3], ..Damage::default() },
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        heat_damage: relight_model::HeatDamage::default(),
        hvdc: true,
        assumptions: Vec::new(),
    }
}

#[test]
fn a_plan_of_ac_deliveries_is_checked_as_ac() {
    let scenario = scenario();
    let mut unweighted = delivery();
    unweighted.objective_mw = unweighted.served_mw;
    unweighted.bound_mw = unweighted.served_mw + 1.0;
    unweighted.gap = 1.0 / unweighted.bound_mw;
    let mut plan = Plan {
        horizon: scenario.horizon,
        situation: situation(&scenario.network),
        deliveries: vec![unweighted],
        demand_factors: vec![vec![1.0; 4]],
        delivery_of_step: vec![0, 0],
        coupling: None,
        safety: None,
        assumptions: Vec::new(),
    };
    let v = verify_plan(&scenario, &plan);
    assert!(v.passed, "{:?}", v.failed().collect::<Vec<_>>());
    assert!(v.check("voltages").is_some());
    plan.deliveries[0].generators[1].q_mvar += 1.0;
    let v = verify_plan(&scenario, &plan);
    assert!(v.check("balance").is_some_and(|c| !c.passed && c.at == "bus 30, delivery 0"), "{v:?}");
}
