//! Invented scenarios and plans for the tests and the example of this crate.
#![allow(dead_code, missing_docs)] // every user needs another part

use relight_model::outcome::{
    BoundBy, BranchState, BusState, Delivery, DeliveryStatus, Formulation, GeneratorState, Limit, LimitKind,
};
use relight_model::plan::Plan;
use relight_model::{
    Assumption, Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Class, Damage, District, Feeder, Generator, GeoPoint,
    Geography, HeatDamage, Horizon, Load, LoadModel, Network, Path, Scenario, Situation, UtcSecond,
};

/// 2026-01-20 06:00 UTC.
pub const START: UtcSecond = UtcSecond(1_768_888_800);

pub fn bus(id: u32, name: &str, base_kv: f64) -> Bus {
    Bus {
        id: BusId(id),
        name: name.into(),
        kind: if id == 1 { BusKind::Slack } else { BusKind::Pq },
        base_kv,
        vm_pu: 1.0,
        va_deg: 0.0,
        vm_pu_max: 1.1,
        vm_pu_min: 0.9,
        area: 1,
        zone: 1,
        row: id,
    }
}

pub fn branch(row: u32, name: &str, kind: BranchKind, from: usize, to: usize) -> Branch {
    Branch {
        name: name.into(),
        kind,
        from: BusIdx::from(from),
        to: BusIdx::from(to),
        r_pu: 0.01,
        x_pu: 0.1,
        g_from_pu: 0.0,
        b_from_pu: 0.0,
        g_to_pu: 0.0,
        b_to_pu: 0.0,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva: Some(120.0),
        rate_b_mva: None,
        rate_c_mva: None,
        angle_deg_min: f64::NEG_INFINITY,
        angle_deg_max: f64::INFINITY,
        in_service: true,
        row,
    }
}

pub fn generator(row: u32, name: &str, bus: usize, p_mw_max: f64) -> Generator {
    Generator {
        name: name.into(),
        bus: BusIdx::from(bus),
        p_mw: 0.0,
        q_mvar: 0.0,
        p_mw_max,
        p_mw_min: 0.0,
        q_mvar_max: 100.0,
        q_mvar_min: -100.0,
        vm_pu: 1.0,
        mbase_mva: 100.0,
        in_service: true,
        fuel: String::new(),
        cost: None,
        ramp_mw_per_min: None,
        energy_mwh: None,
        row,
    }
}

pub fn feeder(id: &str, bus: usize, class: Class, people: u32, p_mw: f64, district: Option<u32>) -> Feeder {
    Feeder {
        id: id.into(),
        name: String::new(),
        bus: BusIdx::from(bus),
        class,
        queue: None,
        protected: false,
        people,
        p_mw,
        q_mvar: 0.0,
        profile: None,
        district,
    }
}

pub fn loads(feeders: &[Feeder]) -> Vec<Load> {
    let load = |(k, f): (usize, &Feeder)| Load {
        bus: f.bus,
        p_mw: f.p_mw,
        q_mvar: f.q_mvar,
        model: LoadModel::ConstantPower,
        in_service: true,
        row: k as u32 + 1,
    };
    feeders.iter().enumerate().map(load).collect()
}

pub fn delivery(scenario: &Scenario, factors: &[f64], load_served: Vec<f64>) -> Delivery {
    let network = &scenario.network;
    let demand = |(f, x): (&Feeder, &f64)| (f.p_mw * x).max(0.0);
    let demand_mw: f64 = scenario.feeders.iter().zip(factors).map(demand).sum();
    let served_mw: f64 = scenario.feeders.iter().zip(factors).zip(&load_served).map(|(fx, s)| demand(fx) * s).sum();
    Delivery {
        formulation: Formulation::Dc,
        status: DeliveryStatus::Optimal,
        demand_mw,
        served_mw,
        objective_mw: served_mw,
        bound_mw: served_mw,
        bound_by: BoundBy::Dc,
        gap: 0.0,
        max_violation_pu: 1e-10,
        load_served,
        shunt_served: vec![],
        generators: vec![GeneratorState::default(); network.generators.len()],
        storage_p_mw: vec![0.0; network.storages.len()],
        storage_q_mvar: vec![0.0; network.storages.len()],
        buses: vec![BusState { vm_pu: 1.0, va_deg: 0.0, island: Some(0), energized: true }; network.buses.len()],
        branches: vec![
            BranchState {
                in_service: true,
                p_from_mw: 0.0,
                q_from_mvar: 0.0,
                p_to_mw: 0.0,
                q_to_mvar: 0.0,
                loading_percent: None,
            };
            network.branches.len()
        ],
        islands: vec![],
        hvdc_p_from_mw: vec![],
        hvdc_q_from_mvar: vec![],
        hvdc_q_to_mvar: vec![],
        failures: vec![],
        opened: vec![],
        darkened: vec![],
        cost_per_hour: None,
    }
}

pub fn scenario(network: Network, feeders: Vec<Feeder>, geography: Geography, steps: u32) -> Scenario {
    Scenario {
        name: "Sample Town".into(),
        name_uk: "Зразкове".into(),
        time_zone: "Europe/Kyiv".into(),
        horizon: Horizon { start: START, step_s: 1800, steps },
        as_of: UtcSecond(START.0 - 8100),
        revision: 7,
        network,
        feeders,
        profiles: vec![],
        class_weights: [1.0; Class::ALL.len()],
        geography,
        damage: Damage::default(),
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        heat_damage: HeatDamage::default(),
        hvdc: false,
        assumptions: vec![],
    }
}

fn point(lon_deg: f64, lat_deg: f64) -> GeoPoint {
    GeoPoint { lon_deg, lat_deg }
}

fn square(id: &str, name: &str, name_uk: &str, lon_deg: f64) -> District {
    District {
        id: id.into(),
        name: name.into(),
        name_uk: name_uk.into(),
        people: 4000,
        outline: vec![
            point(lon_deg, 50.0),
            point(lon_deg + 0.1, 50.0),
            point(lon_deg + 0.1, 50.08),
            point(lon_deg, 50.08),
        ],
    }
}

/// The six feeders of the table in `summary.rs`.
pub fn six_feeders() -> (Scenario, Plan) {
    let mut network = Network::empty("six", 100.0);
    network.buses = vec![bus(1, "Source", 110.0), bus(2, "West 10 kV", 10.0), bus(3, "East 10 kV", 10.0)];
    network.branches =
        vec![branch(1, "Source – West", BranchKind::Line, 0, 1), branch(2, "Source – East", BranchKind::Line, 0, 2)];
    network.generators = vec![generator(1, "Import", 0, 60.0), generator(2, "CHP-1", 2, 40.0)];
    let feeders = vec![
        feeder("W1", 1, Class::Homes, 1000, 10.0, Some(0)),
        feeder("W2", 1, Class::Homes, 3000, 20.0, Some(0)),
        feeder("W3", 1, Class::Hospital, 0, 2.0, Some(0)),
        feeder("E1", 2, Class::Homes, 2000, 15.0, Some(1)),
        feeder("E2", 2, Class::Hospital, 50, 1.0, Some(1)),
        feeder("X1", 0, Class::Industry, 0, 8.0, None),
    ];
    network.loads = loads(&feeders);
    let geography = Geography {
        districts: vec![square("w", "West", "Західний", 30.0), square("e", "East", "Східний", 30.1)],
        buses: vec![Some(point(30.1, 50.07)), Some(point(30.05, 50.04)), Some(point(30.15, 50.04))],
        ..Geography::default()
    };
    let mut scenario = scenario(network, feeders, geography, 4);
    scenario.damage = Damage { branches: vec![2], generators: vec![2], buses: vec![] };
    let (one, more) = (vec![1.0; 6], vec![1.5; 6]);
    let plan = Plan {
        horizon: scenario.horizon,
        situation: Situation {
            as_of: scenario.as_of,
            revision: scenario.revision,
            ..Situation::damaged(&scenario.network, &scenario.damage).expect("the damage fits")
        },
        deliveries: vec![
            delivery(&scenario, &one, vec![1.0, 0.25, 1.0, 0.0, 0.0, 0.5]),
            delivery(&scenario, &more, vec![0.5, 0.0, 1.0, 0.0, 0.9995, 0.5]),
        ],
        demand_factors: vec![one, more],
        delivery_of_step: vec![0, 0, 1, 1],
        coupling: None,
        safety: None,
        assumptions: vec![Assumption::DcOnly, Assumption::NoRepairs, Assumption::PartialFeeders],
    };
    (scenario, plan)
}

/// What limits the first step of [`six_feeders`].
pub fn six_limits() -> Vec<Limit> {
    let limit = |kind, row, name: &str, at_mw, limit_mw, lost_mw| Limit {
        kind,
        row,
        name: name.into(),
        at_mw,
        limit_mw,
        lost_mw,
    };
    vec![
        limit(LimitKind::BranchFull, 1, "Source – West", 21.0, 21.0, None),
        limit(LimitKind::GeneratorFull, 1, "Import", 60.0, 60.0, None),
        limit(LimitKind::IslandDark, 3, "", 0.0, 0.0, Some(16.0)),
    ]
}

/// A small invented generator of numbers in 0..1, so that samples need no further library.
fn noise(seed: u32) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
    for _ in 0..3 {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
    }
    f64::from(x) / f64::from(u32::MAX)
}

/// A town of `columns` by `rows` districts with four substations each, half of it badly hit, over 72 h.
pub fn town(columns: u32, rows: u32) -> (Scenario, Plan) {
    let corner = |c: u32, r: u32| {
        let (dx, dy) = (noise(c * 131 + r * 17 + 1) - 0.5, noise(c * 37 + r * 211 + 2) - 0.5);
        point(30.2 + 0.03 * (f64::from(c) + 0.35 * dx), 50.3 + 0.022 * (f64::from(r) + 0.35 * dy))
    };
    let mut geography = Geography::default();
    let mut network = Network::empty("town", 100.0);
    let mut feeders = Vec::new();
    network.buses.push(bus(1, "Grid 330", 330.0));
    geography.buses.push(Some(corner(0, 0)));
    network.generators = vec![generator(1, "Import North", 0, 900.0), generator(2, "CHP-2 unit 1", 0, 250.0)];
    for d in 0..columns * rows {
        let (c, r) = (d % columns, d / columns);
        geography.districts.push(District {
            id: format!("d{d}"),
            name: format!("Northfield {}", d + 1),
            name_uk: format!("Нагірний {}", d + 1),
            people: 0,
            outline: vec![corner(c, r), corner(c + 1, r), corner(c + 1, r + 1), corner(c, r + 1)],
        });
        for s in 0..4 {
            let at = network.buses.len();
            network.buses.push(bus(at as u32 + 1, &format!("Substation {} 10 kV", at), 10.0));
            network.branches.push(branch(at as u32, "", BranchKind::Transformer, 0, at));
            let low = corner(c, r);
            let (x, y) = (0.006 + 0.014 * f64::from(s % 2), 0.005 + 0.010 * f64::from(s / 2));
            geography.buses.push(Some(point(low.lon_deg + x, low.lat_deg + y)));
            for k in 0..8u32 {
                let class = if k < 5 { Class::Homes } else { Class::ALL[((k + d * 3 + s) % 9) as usize] };
                let people = if class == Class::Homes { 4000 + (noise(d * 40 + s * 8 + k) * 9000.0) as u32 } else { 0 };
                let id = format!("F{d}-{s}-{k}");
                feeders.push(feeder(&id, at, class, people, 2.0 + 6.0 * noise(k + d * 9 + s), Some(d)));
            }
        }
    }
    for d in 0..geography.districts.len() {
        let here = feeders.iter().filter(|f| f.district == Some(d as u32));
        geography.districts[d].people = here.map(|f| f.people).sum();
    }
    let path = |name: &str, points: Vec<GeoPoint>| Path { name: name.into(), points };
    for c in 0..=columns * 4 {
        let x = 30.2 + 0.0075 * f64::from(c);
        geography.streets.push(path("", vec![point(x, 50.3), point(x, 50.3 + 0.022 * f64::from(rows))]));
    }
    for r in 0..=rows * 4 {
        let y = 50.3 + 0.0055 * f64::from(r);
        geography.streets.push(path("", vec![point(30.2, y), point(30.2 + 0.03 * f64::from(columns), y)]));
    }
    let bank = |off: f64| {
        (0..=40).map(move |i| {
            let x = 30.19 + 0.03 * (f64::from(columns) + 0.6) * f64::from(i) / 40.0;
            point(x, 50.3 + 0.022 * f64::from(rows) * (0.5 + 0.1 * (f64::from(i) / 5.0).sin()) + off)
        })
    };
    geography.waters.push(path("River", bank(0.0015).chain(bank(-0.0015).rev()).collect()));
    network.loads = loads(&feeders);
    let hit: Vec<u32> = (0..columns * rows).filter(|d| noise(d + 900) < 0.3).collect();
    let mut scenario = scenario(network, feeders, geography, 144);
    scenario.damage = Damage {
        branches: hit.iter().flat_map(|d| [d * 4 + 1, d * 4 + 3]).collect(),
        generators: vec![2],
        buses: hit.iter().map(|d| BusId(d * 4 + 3)).collect(),
    };
    let plan = town_plan(&scenario);
    (scenario, plan)
}

fn town_plan(scenario: &Scenario) -> Plan {
    let situation = Situation {
        as_of: scenario.as_of,
        revision: scenario.revision,
        ..Situation::damaged(&scenario.network, &scenario.damage).expect("the damage fits")
    };
    let (mut deliveries, mut demand_factors) = (Vec::new(), Vec::new());
    for half_hour in 0..48 {
        let hour = f64::from(half_hour) / 2.0 + 8.0;
        let factor = 0.78 + 0.22 * ((hour - 19.0) / 24.0 * std::f64::consts::TAU).cos();
        let served = |(k, f): (usize, &Feeder)| {
            let at = f.bus.i();
            if situation.bus_out[at] || situation.branch_out[at - 1] {
                return 0.0;
            }
            let district = f.district.expect("all are in one");
            let short = noise(district + 77) * 0.9 * factor;
            if f.class == Class::Homes && noise(k as u32) < short { if k % 3 == 0 { 0.4 } else { 0.0 } } else { 1.0 }
        };
        let factors = vec![factor; scenario.feeders.len()];
        deliveries.push(delivery(scenario, &factors, scenario.feeders.iter().enumerate().map(served).collect()));
        demand_factors.push(factors);
    }
    Plan {
        horizon: scenario.horizon,
        situation,
        deliveries,
        demand_factors,
        delivery_of_step: (0..scenario.horizon.steps).map(|k| k % 48).collect(),
        coupling: None,
        safety: None,
        assumptions: vec![Assumption::DcOnly, Assumption::NoRepairs, Assumption::PartialFeeders, Assumption::NoStorage],
    }
}

/// What limits a [`town`].
pub fn town_limits(scenario: &Scenario) -> Vec<Limit> {
    let limit = |kind, row, at_mw, lost_mw| Limit { kind, row, name: String::new(), at_mw, limit_mw: at_mw, lost_mw };
    let mut limits = vec![limit(LimitKind::GeneratorFull, 1, 900.0, None)];
    limits.extend((0..9).map(|k| limit(LimitKind::BranchFull, 5 * k + 2, 63.0 - f64::from(k), None)));
    limits.extend(scenario.damage.buses.iter().map(|b| limit(LimitKind::BusOut, b.0, 0.0, Some(31.5))));
    limits
}

/// Three towns of twelve districts each, far apart.
pub fn country() -> (Scenario, Plan) {
    let (mut scenario, plan) = town(6, 6);
    for (d, district) in scenario.geography.districts.iter_mut().enumerate() {
        let (town, name) = (d / 12, ["Aston", "Borough", "Cliffe"][d / 12]);
        district.name = format!("{name}, quarter {d}");
        district.name_uk = String::new();
        for p in &mut district.outline {
            p.lon_deg += 4.0 * town as f64;
            p.lat_deg += 3.0 * (town % 2) as f64;
        }
    }
    scenario.geography.buses.clear();
    (scenario, plan)
}
