//! `relight.deliver/1`: the answer of `relight deliver --json`.

use super::choices::{DiscreteJson, PriorityJson};
use super::{BranchRow, BusRow, GenRow, IslandRow, branch_rows, bus_rows, gen_rows, island_rows};
use crate::choices::Chosen;
use relight_model::Network;
use relight_model::outcome::{DeliveryStatus, Limit, LimitKind};
use relight_plan::deliver::preventive::{Breach, Harm, Secure};
use relight_plan::deliver::{SocAnswer, SocIsland, SocStatus};
use relight_power::contingency::Outage;
use serde::Serialize;

/// Wall times, s.
#[derive(Serialize)]
pub struct TimeS {
    /// Reading files.
    pub read: f64,
    /// Building and solving the problem, all islands.
    pub solve: f64,
}

#[derive(Serialize)]
struct LoadRow {
    bus: u32,
    p_mw: f64,
    q_mvar: f64,
    served: f64,
}

#[derive(Serialize)]
struct ShuntRow {
    bus: u32,
    served: f64,
}

#[derive(Serialize)]
struct LimitRow {
    kind: &'static str,
    row: u32,
    at_mw: f64,
    limit_mw: f64,
    lost_mw: Option<f64>,
}

/// What the AC method took; all 0 for DC.
#[derive(Serialize)]
struct Effort {
    runs: u32,
    iterations: u32,
    factorisations: u32,
    rounds: u32,
}

/// The answer.
#[derive(Serialize)]
pub struct Deliver {
    schema: &'static str,
    case: String,
    formulation: &'static str,
    status: &'static str,
    demand_mw: f64,
    served_mw: f64,
    objective_mw: f64,
    bound_mw: f64,
    bound_by: &'static str,
    gap: f64,
    cost_per_hour: Option<f64>,
    max_violation_pu: f64,
    verified: bool,
    opened_branch_rows: Vec<u32>,
    darkened_buses: Vec<u32>,
    effort: Effort,
    #[serde(skip_serializing_if = "Option::is_none")]
    discrete: Option<DiscreteJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priorities: Option<PriorityJson>,
    load: Vec<LoadRow>,
    shunt: Vec<ShuntRow>,
    r#gen: Vec<GenRow>,
    bus: Vec<BusRow>,
    branch: Vec<BranchRow>,
    islands: Vec<IslandRow>,
    limits: Vec<LimitRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n_minus_one: Option<NMinusOne>,
    time_s: TimeS,
}

/// What safety against single outages costs, and which outages it is about.
#[derive(Serialize)]
struct NMinusOne {
    served_without_mw: f64,
    extra_shed_mw: f64,
    extra_shed_worth_mw: f64,
    rounds: u32,
    constraints: u32,
    breaking_before: Vec<BreachRow>,
    unsafe_left: Vec<BreachRow>,
}

#[derive(Serialize)]
struct BreachRow {
    kind: &'static str,
    row: u32,
    harm: &'static str,
    /// The branch that is overloaded most, and its flow and rating, MVA.
    branch_row: Option<u32>,
    at_mva: Option<f64>,
    limit_mva: Option<f64>,
    overloads: u32,
    /// Load that goes dark or is missing, MW.
    lost_mw: Option<f64>,
}

fn n_minus_one(network: &Network, secure: &Secure) -> NMinusOne {
    let rows = |all: &[Breach]| all.iter().map(|b| breach_row(network, b)).collect();
    NMinusOne {
        served_without_mw: secure.plain.served_mw,
        extra_shed_mw: secure.extra_shed_mw,
        extra_shed_worth_mw: secure.extra_shed_worth_mw,
        rounds: secure.rounds,
        constraints: secure.constraints,
        breaking_before: rows(&secure.breaking_before),
        unsafe_left: rows(&secure.unsafe_left),
    }
}

fn breach_row(network: &Network, breach: &Breach) -> BreachRow {
    let (kind, row) = match breach.outage {
        Outage::Branch(k) => ("branch", network.branches[k.i()].row),
        Outage::Generator(k) => ("gen", network.generators[k.i()].row),
        Outage::Bus(k) => ("bus", network.buses[k.i()].row),
        Outage::Substation(k) => ("substation", network.buses[k.i()].row),
    };
    let blank = BreachRow {
        kind,
        row,
        harm: "no_flow",
        branch_row: None,
        at_mva: None,
        limit_mva: None,
        overloads: 0,
        lost_mw: None,
    };
    match breach.harm {
        Harm::Overload { branch, at_mva, limit_mva, overloads } => BreachRow {
            harm: "overload",
            branch_row: Some(network.branches[branch.i()].row),
            at_mva: Some(at_mva),
            limit_mva: Some(limit_mva),
            overloads,
            ..blank
        },
        Harm::Lost { lost_mw } => BreachRow { harm: "lost", lost_mw: Some(lost_mw), ..blank },
        Harm::Headroom { missing_mw } => BreachRow { harm: "headroom", lost_mw: Some(missing_mw), ..blank },
        Harm::NoFlow => blank,
    }
}

/// Puts a delivery into its JSON form. `load[].p_mw` is the demand as given; times `served` it is what is carried.
pub fn deliver(network: &Network, chosen: &Chosen, limits: &[Limit], verified: bool, time_s: TimeS) -> Deliver {
    let id = |bus: relight_model::BusIdx| network.buses[bus.i()].id.0;
    let (d, effort) = (&chosen.delivery, chosen.effort);
    Deliver {
        schema: "relight.deliver/1",
        case: network.name.clone(),
        formulation: d.formulation.name(),
        status: status_name(d.status),
        demand_mw: d.demand_mw,
        served_mw: d.served_mw,
        objective_mw: d.objective_mw,
        bound_mw: d.bound_mw,
        bound_by: d.bound_by.name(),
        gap: d.gap,
        max_violation_pu: d.max_violation_pu,
        verified,
        cost_per_hour: d.cost_per_hour,
        opened_branch_rows: d.opened.iter().map(|b| network.branches[b.i()].row).collect(),
        darkened_buses: d.darkened.iter().map(|&b| id(b)).collect(),
        effort: Effort {
            runs: effort.runs,
            iterations: effort.iterations,
            factorisations: effort.factorisations,
            rounds: effort.rounds,
        },
        discrete: chosen.discrete_json(network),
        priorities: chosen.priority_json(),
        load: network
            .loads
            .iter()
            .zip(&d.load_served)
            .map(|(l, &served)| LoadRow { bus: id(l.bus), p_mw: l.p_mw, q_mvar: l.q_mvar, served })
            .collect(),
        shunt: network
            .shunts
            .iter()
            .zip(&d.shunt_served)
            .map(|(s, &served)| ShuntRow { bus: id(s.bus), served })
            .collect(),
        r#gen: gen_rows(network, &d.generators),
        bus: bus_rows(network, &d.buses),
        branch: branch_rows(network, &d.branches),
        islands: island_rows(network, &d.islands),
        limits: limits.iter().map(limit_row).collect(),
        n_minus_one: chosen.safe.as_ref().map(|s| n_minus_one(network, s)),
        time_s,
    }
}

/// `relight.bound/1`: what no AC delivery can beat.
#[derive(Serialize)]
pub struct Bound {
    schema: &'static str,
    case: String,
    bound_mw: f64,
    islands: Vec<BoundRow>,
    time_s: TimeS,
}

#[derive(Serialize)]
struct BoundRow {
    islands: Vec<u32>,
    bound_mw: f64,
    status: &'static str,
    iterations: u32,
}

/// Puts a bound into its JSON form.
pub fn bound(network: &Network, answer: &SocAnswer, time_s: TimeS) -> Bound {
    let status = |s: SocStatus| match s {
        SocStatus::Solved => "solved",
        SocStatus::Almost => "almost_solved",
        SocStatus::Infeasible => "infeasible",
        SocStatus::NotSolved => "not_solved",
    };
    let row = |i: &SocIsland| BoundRow {
        islands: i.islands.clone(),
        bound_mw: i.bound_mw,
        status: status(i.status),
        iterations: i.iterations,
    };
    Bound {
        schema: "relight.bound/1",
        case: network.name.clone(),
        bound_mw: answer.bound_mw,
        islands: answer.islands.iter().map(row).collect(),
        time_s,
    }
}

fn limit_row(l: &Limit) -> LimitRow {
    LimitRow { kind: limit_name(l.kind), row: l.row, at_mw: l.at_mw, limit_mw: l.limit_mw, lost_mw: l.lost_mw }
}

fn limit_name(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::BranchFull => "branch_full",
        LimitKind::AngleFull => "angle_full",
        LimitKind::GeneratorFull => "generator_full",
        LimitKind::HvdcFull => "hvdc_full",
        LimitKind::IslandDark => "island_dark",
        LimitKind::BusOut => "bus_out",
    }
}

/// Name of a status in JSON.
pub fn status_name(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Optimal => "optimal",
        DeliveryStatus::Feasible => "feasible",
        DeliveryStatus::Failed => "failed",
    }
}
