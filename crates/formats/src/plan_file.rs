//! `plan.json`: a plan as a file. Written for people's scripts and read again by `relight verify`.
//!
//! Elements stand as columns in the network's order, so that the numbers of element `k` (row `k + 1`) are at position `k`
//! of each list. Numbers are written so that reading gives the same bits.

use crate::Reading;
use crate::plan_safety::SafetyFile;
use relight_model::outcome::{
    BoundBy, BranchState, BusState, Delivery, DeliveryStatus, FailureReason, Formulation, GeneratorState, Island,
    IslandFailure,
};
use relight_model::plan::{Coupling, Plan, Safety};
use relight_model::{
    Assumption, BranchIdx, BusIdx, Damage, Finding, Findings, Horizon, Scenario, Situation, UtcSecond,
};
use serde::{Deserialize, Serialize};

/// Schema of the file.
pub const SCHEMA: &str = "relight.plan/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    schema: String,
    /// Name of the scenario it was made from.
    scenario: String,
    horizon: HorizonFile,
    situation: SituationFile,
    assumptions: Vec<AssumptionItem>,
    /// What holds the steps together, where something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coupling: Option<CouplingFile>,
    /// What single outages would do, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    safety: Option<SafetyFile>,
    /// Position in `delivery` of each step.
    step_delivery: Vec<u32>,
    delivery: Vec<DeliveryFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HorizonFile {
    start: jiff::Timestamp,
    step_s: u32,
    steps: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SituationFile {
    as_of: jiff::Timestamp,
    revision: u64,
    branches: Vec<u32>,
    gens: Vec<u32>,
    buses: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CouplingFile {
    /// Per storage unit: at the beginning of each step and at the end of the last.
    storage_energy_mwh: Vec<Vec<f64>>,
    objective_mwh: f64,
    bound_mwh: f64,
    gap: f64,
}

#[derive(Serialize, Deserialize)]
struct AssumptionItem(#[serde(with = "AssumptionFile")] Assumption);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Assumption", tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum AssumptionFile {
    PeopleFromPower { people_per_mw: f64 },
    ConstantDemand,
    AllHomes,
    DcOnly,
    NoRepairs,
    PartialFeeders,
    NoHvdc,
    NoStorage,
    StorageMayEndEmpty,
    StorageKeepsEnergy,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DeliveryStatus", rename_all = "snake_case")]
enum StatusFile {
    Optimal,
    Feasible,
    Failed,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Formulation", rename_all = "snake_case")]
enum FormulationFile {
    Dc,
    Ac,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "BoundBy", rename_all = "snake_case")]
enum BoundByFile {
    Dc,
    Soc,
    Demand,
}

/// Plans of earlier versions were all DC, and did not say what proves their bound.
fn dc() -> BoundBy {
    BoundBy::Dc
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveryFile {
    #[serde(with = "FormulationFile")]
    formulation: Formulation,
    #[serde(with = "StatusFile")]
    status: DeliveryStatus,
    demand_mw: f64,
    served_mw: f64,
    objective_mw: f64,
    bound_mw: f64,
    #[serde(with = "BoundByFile", default = "dc")]
    bound_by: BoundBy,
    gap: f64,
    max_violation_pu: f64,
    feeder: FeederColumns,
    shunt_served: Vec<f64>,
    r#gen: GenColumns,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    storage: Option<StorageColumns>,
    bus: BusColumns,
    branch: BranchColumns,
    hvdc_p_from_mw: Vec<Option<f64>>,
    /// Absent where converters give no reactive power, as in DC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hvdc_q_mvar: Option<HvdcQColumns>,
    island: Vec<IslandFile>,
    failure: Vec<FailureItem>,
    #[serde(default)]
    opened_branch: Vec<u32>,
    #[serde(default)]
    darkened_bus: Vec<u32>,
    #[serde(default)]
    cost_per_hour: Option<f64>,
}

/// Reactive power that converters give.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HvdcQColumns {
    from: Vec<f64>,
    to: Vec<f64>,
}

/// An island left dark though it has a source.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailureItem {
    island: u32,
    #[serde(with = "FailureReasonFile")]
    reason: FailureReason,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FailureReason", tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum FailureReasonFile {
    LimitExceeded {
        #[serde(with = "BranchPosition")]
        branch: BranchIdx,
        p_mw: f64,
        p_mw_min: f64,
        p_mw_max: f64,
    },
    AnglesUndetermined,
    NoOperatingPoint {
        #[serde(with = "BusPosition")]
        bus: BusIdx,
        mismatch_pu: f64,
    },
    NotSolved,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "BranchIdx")]
struct BranchPosition(u32);

#[derive(Serialize, Deserialize)]
#[serde(remote = "BusIdx")]
struct BusPosition(u32);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeederColumns {
    demand_factor: Vec<f64>,
    served: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenColumns {
    p_mw: Vec<f64>,
    q_mvar: Vec<f64>,
}

/// Absent where no storage unit gives or takes anything.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StorageColumns {
    p_mw: Vec<f64>,
    q_mvar: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BusColumns {
    vm_pu: Vec<f64>,
    va_deg: Vec<f64>,
    island: Vec<Option<u32>>,
    energized: Vec<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BranchColumns {
    in_service: Vec<bool>,
    p_from_mw: Vec<f64>,
    q_from_mvar: Vec<f64>,
    p_to_mw: Vec<f64>,
    q_to_mvar: Vec<f64>,
    loading_percent: Vec<Option<f64>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IslandFile {
    buses: u32,
    energized: bool,
    slack_bus: Option<u32>,
    load_mw: f64,
    max_mismatch_pu: f64,
}

/// The plan as the text of `plan.json`.
///
/// # Errors
/// If a number of the plan is not finite or an instant is outside the years a calendar knows; neither happens to a plan
/// that passed `verify`.
pub fn write(scenario: &Scenario, plan: &Plan) -> Result<String, String> {
    let file = PlanFile {
        schema: SCHEMA.to_owned(),
        scenario: scenario.name.clone(),
        horizon: HorizonFile {
            start: timestamp(plan.horizon.start)?,
            step_s: plan.horizon.step_s,
            steps: plan.horizon.steps,
        },
        situation: SituationFile {
            as_of: timestamp(plan.situation.as_of)?,
            revision: plan.situation.revision,
            branches: rows(&plan.situation.branch_out),
            gens: rows(&plan.situation.generator_out),
            buses: marked(&plan.situation.bus_out).map(|i| scenario.network.buses[i].id.0).collect(),
        },
        assumptions: plan.assumptions.iter().cloned().map(AssumptionItem).collect(),
        coupling: plan.coupling.as_ref().map(|c| CouplingFile {
            storage_energy_mwh: c.storage_energy_mwh.clone(),
            objective_mwh: c.objective_mwh,
            bound_mwh: c.bound_mwh,
            gap: c.gap,
        }),
        safety: plan.safety.as_ref().map(SafetyFile::new),
        step_delivery: plan.delivery_of_step.clone(),
        delivery: plan.deliveries.iter().zip(&plan.demand_factors).map(|(d, f)| delivery_file(d, f)).collect(),
    };
    serde_json::to_string(&file).map_err(|e| e.to_string())
}

/// Reads `plan.json`; the scenario it belongs to says how long its lists must be.
pub fn read(bytes: &[u8], scenario: &Scenario) -> Reading<Plan> {
    let mut findings = Findings::default();
    let file: PlanFile = match serde_json::from_slice(bytes) {
        Ok(file) => file,
        Err(e) => {
            findings.push(
                Finding::error("bad-plan", format!("not a plan file: {e}"))
                    .at("", u32::try_from(e.line()).unwrap_or(0))
                    .allowed(SCHEMA)
                    .hint("give the folder that `relight plan` wrote, unchanged"),
            );
            return (None, findings);
        }
    };
    if file.schema != SCHEMA {
        findings.push(
            Finding::error("unknown-schema", "written by another version")
                .field("schema", &file.schema)
                .allowed(SCHEMA)
                .hint("plan again with this version"),
        );
        return (None, findings);
    }
    if file.scenario != scenario.name {
        findings.push(
            Finding::error("bad-plan", "the plan was made from another scenario")
                .field("scenario", &file.scenario)
                .allowed(format!("{:?}, as in the scenario beside it", scenario.name)),
        );
        return (None, findings);
    }
    match plan(file, scenario) {
        Ok(plan) => (Some(plan), findings),
        Err(finding) => {
            findings.push(*finding);
            (None, findings)
        }
    }
}

fn plan(file: PlanFile, scenario: &Scenario) -> Result<Plan, Box<Finding>> {
    let damage = Damage {
        branches: file.situation.branches,
        generators: file.situation.gens,
        buses: file.situation.buses.into_iter().map(relight_model::BusId).collect(),
    };
    let mut situation = Situation::damaged(&scenario.network, &damage)
        .map_err(|e| Box::new(Finding::error("bad-damage", e.to_string())))?;
    situation.as_of = UtcSecond(file.situation.as_of.as_second());
    situation.revision = file.situation.revision;
    let steps = file.horizon.steps as usize;
    length("step_delivery", file.step_delivery.len(), steps)?;
    if let Some(&k) = file.step_delivery.iter().find(|&&k| k as usize >= file.delivery.len()) {
        return Err(Box::new(
            Finding::error("bad-plan", "a step names a delivery that is not there")
                .field("step_delivery", k)
                .allowed(format!("below {}", file.delivery.len())),
        ));
    }
    if let Some(c) = &file.coupling {
        length("coupling.storage_energy_mwh", c.storage_energy_mwh.len(), scenario.network.storages.len())?;
        for energy in &c.storage_energy_mwh {
            length("coupling.storage_energy_mwh", energy.len(), steps + 1)?;
        }
    }
    let safety = safety(file.safety, file.delivery.len(), scenario)?;
    let mut deliveries = Vec::with_capacity(file.delivery.len());
    let mut demand_factors = Vec::with_capacity(file.delivery.len());
    for d in file.delivery {
        let (delivery, factors) = delivery(d, scenario)?;
        deliveries.push(delivery);
        demand_factors.push(factors);
    }
    Ok(Plan {
        horizon: Horizon {
            start: UtcSecond(file.horizon.start.as_second()),
            step_s: file.horizon.step_s,
            steps: file.horizon.steps,
        },
        situation,
        deliveries,
        demand_factors,
        delivery_of_step: file.step_delivery,
        coupling: file.coupling.map(|c| Coupling {
            storage_energy_mwh: c.storage_energy_mwh,
            objective_mwh: c.objective_mwh,
            bound_mwh: c.bound_mwh,
            gap: c.gap,
        }),
        safety,
        assumptions: file.assumptions.into_iter().map(|a| a.0).collect(),
    })
}

fn safety(file: Option<SafetyFile>, deliveries: usize, scenario: &Scenario) -> Result<Option<Safety>, Box<Finding>> {
    let Some(file) = file else { return Ok(None) };
    length("safety.margin", file.margin.len(), deliveries)?;
    file.read(&scenario.network).map(Some).map_err(|row| {
        let finding = Finding::error("bad-plan", "safety names a row that its table does not have");
        Box::new(finding.field("safety.row", row).allowed("1 to the rows of the table"))
    })
}

fn delivery(d: DeliveryFile, scenario: &Scenario) -> Result<(Delivery, Vec<f64>), Box<Finding>> {
    let network = &scenario.network;
    let (n, m, g) = (network.buses.len(), network.branches.len(), network.generators.len());
    length("feeder.served", d.feeder.served.len(), scenario.feeders.len())?;
    length("feeder.demand_factor", d.feeder.demand_factor.len(), scenario.feeders.len())?;
    length("shunt_served", d.shunt_served.len(), network.shunts.len())?;
    length("gen.p_mw", d.r#gen.p_mw.len(), g)?;
    length("gen.q_mvar", d.r#gen.q_mvar.len(), g)?;
    let storages = network.storages.len();
    if let Some(s) = &d.storage {
        length("storage.p_mw", s.p_mw.len(), storages)?;
        length("storage.q_mvar", s.q_mvar.len(), storages)?;
    }
    let storage = d.storage.unwrap_or(StorageColumns { p_mw: vec![0.0; storages], q_mvar: vec![0.0; storages] });
    length("bus.vm_pu", d.bus.vm_pu.len(), n)?;
    length("bus.va_deg", d.bus.va_deg.len(), n)?;
    length("bus.island", d.bus.island.len(), n)?;
    length("bus.energized", d.bus.energized.len(), n)?;
    length("hvdc_p_from_mw", d.hvdc_p_from_mw.len(), network.hvdc_lines.len())?;
    let lines = network.hvdc_lines.len();
    let hvdc_q = d.hvdc_q_mvar.unwrap_or_else(|| HvdcQColumns { from: vec![0.0; lines], to: vec![0.0; lines] });
    length("hvdc_q_mvar.from", hvdc_q.from.len(), lines)?;
    length("hvdc_q_mvar.to", hvdc_q.to.len(), lines)?;
    length("branch.in_service", d.branch.in_service.len(), m)?;
    length("branch.p_from_mw", d.branch.p_from_mw.len(), m)?;
    length("branch.q_from_mvar", d.branch.q_from_mvar.len(), m)?;
    length("branch.p_to_mw", d.branch.p_to_mw.len(), m)?;
    length("branch.q_to_mvar", d.branch.q_to_mvar.len(), m)?;
    length("branch.loading_percent", d.branch.loading_percent.len(), m)?;
    let delivery = Delivery {
        formulation: d.formulation,
        status: d.status,
        demand_mw: d.demand_mw,
        served_mw: d.served_mw,
        objective_mw: d.objective_mw,
        bound_mw: d.bound_mw,
        bound_by: d.bound_by,
        gap: d.gap,
        max_violation_pu: d.max_violation_pu,
        load_served: d.feeder.served,
        shunt_served: d.shunt_served,
        generators: (0..g).map(|k| GeneratorState { p_mw: d.r#gen.p_mw[k], q_mvar: d.r#gen.q_mvar[k] }).collect(),
        storage_p_mw: storage.p_mw,
        storage_q_mvar: storage.q_mvar,
        buses: (0..n)
            .map(|i| BusState {
                vm_pu: d.bus.vm_pu[i],
                va_deg: d.bus.va_deg[i],
                island: d.bus.island[i],
                energized: d.bus.energized[i],
            })
            .collect(),
        branches: (0..m)
            .map(|k| BranchState {
                in_service: d.branch.in_service[k],
                p_from_mw: d.branch.p_from_mw[k],
                q_from_mvar: d.branch.q_from_mvar[k],
                p_to_mw: d.branch.p_to_mw[k],
                q_to_mvar: d.branch.q_to_mvar[k],
                loading_percent: d.branch.loading_percent[k],
            })
            .collect(),
        hvdc_p_from_mw: d.hvdc_p_from_mw,
        hvdc_q_from_mvar: hvdc_q.from,
        hvdc_q_to_mvar: hvdc_q.to,
        failures: d.failure.into_iter().map(|f| IslandFailure { island: f.island, reason: f.reason }).collect(),
        islands: d.island.into_iter().map(|i| island(i, n)).collect::<Result<_, _>>()?,
        opened: positions("opened_branch", &d.opened_branch, m)?.map(BranchIdx).collect(),
        darkened: positions("darkened_bus", &d.darkened_bus, n)?.map(BusIdx).collect(),
        cost_per_hour: d.cost_per_hour,
    };
    Ok((delivery, d.feeder.demand_factor))
}

fn island(i: IslandFile, buses: usize) -> Result<Island, Box<Finding>> {
    if let Some(bus) = i.slack_bus.filter(|&b| b as usize >= buses) {
        return Err(Box::new(
            Finding::error("bad-plan", "an island's reference is no bus of the network")
                .field("slack_bus", bus)
                .allowed(format!("below {buses}")),
        ));
    }
    Ok(Island {
        buses: i.buses,
        energized: i.energized,
        slack_bus: i.slack_bus.map(BusIdx),
        load_mw: i.load_mw,
        max_mismatch_pu: i.max_mismatch_pu,
    })
}

/// Positions in a table of `rows` rows.
fn positions<'a>(field: &str, list: &'a [u32], rows: usize) -> Result<impl Iterator<Item = u32> + 'a, Box<Finding>> {
    match list.iter().find(|&&k| k as usize >= rows) {
        None => Ok(list.iter().copied()),
        Some(k) => Err(Box::new(
            Finding::error("bad-plan", format!("{field} names an element that the network does not have"))
                .field(field, k)
                .allowed(format!("below {rows}")),
        )),
    }
}

fn length(field: &str, found: usize, expected: usize) -> Result<(), Box<Finding>> {
    if found == expected {
        return Ok(());
    }
    Err(Box::new(
        Finding::error("bad-plan", format!("{field} has {found} entries"))
            .field(field, found)
            .allowed(format!("exactly {expected}, as in its scenario"))
            .hint("plan.json and the scenario beside it do not belong together, or one was changed"),
    ))
}

fn delivery_file(d: &Delivery, factors: &[f64]) -> DeliveryFile {
    DeliveryFile {
        formulation: d.formulation,
        status: d.status,
        demand_mw: d.demand_mw,
        served_mw: d.served_mw,
        objective_mw: d.objective_mw,
        bound_mw: d.bound_mw,
        bound_by: d.bound_by,
        gap: d.gap,
        max_violation_pu: d.max_violation_pu,
        feeder: FeederColumns { demand_factor: factors.to_vec(), served: d.load_served.clone() },
        shunt_served: d.shunt_served.clone(),
        r#gen: GenColumns {
            p_mw: d.generators.iter().map(|g| g.p_mw).collect(),
            q_mvar: d.generators.iter().map(|g| g.q_mvar).collect(),
        },
        storage: d
            .storage_p_mw
            .iter()
            .chain(&d.storage_q_mvar)
            .any(|x| *x != 0.0)
            .then(|| StorageColumns { p_mw: d.storage_p_mw.clone(), q_mvar: d.storage_q_mvar.clone() }),
        bus: BusColumns {
            vm_pu: d.buses.iter().map(|b| b.vm_pu).collect(),
            va_deg: d.buses.iter().map(|b| b.va_deg).collect(),
            island: d.buses.iter().map(|b| b.island).collect(),
            energized: d.buses.iter().map(|b| b.energized).collect(),
        },
        branch: BranchColumns {
            in_service: d.branches.iter().map(|b| b.in_service).collect(),
            p_from_mw: d.branches.iter().map(|b| b.p_from_mw).collect(),
            q_from_mvar: d.branches.iter().map(|b| b.q_from_mvar).collect(),
            p_to_mw: d.branches.iter().map(|b| b.p_to_mw).collect(),
            q_to_mvar: d.branches.iter().map(|b| b.q_to_mvar).collect(),
            loading_percent: d.branches.iter().map(|b| b.loading_percent).collect(),
        },
        hvdc_p_from_mw: d.hvdc_p_from_mw.clone(),
        hvdc_q_mvar: (d.hvdc_q_from_mvar.iter().chain(&d.hvdc_q_to_mvar))
            .any(|q| *q != 0.0)
            .then(|| HvdcQColumns { from: d.hvdc_q_from_mvar.clone(), to: d.hvdc_q_to_mvar.clone() }),
        opened_branch: d.opened.iter().map(|b| b.0).collect(),
        darkened_bus: d.darkened.iter().map(|b| b.0).collect(),
        cost_per_hour: d.cost_per_hour,
        failure: d.failures.iter().map(|f| FailureItem { island: f.island, reason: f.reason }).collect(),
        island: d
            .islands
            .iter()
            .map(|i| IslandFile {
                buses: i.buses,
                energized: i.energized,
                slack_bus: i.slack_bus.map(|b| b.0),
                load_mw: i.load_mw,
                max_mismatch_pu: i.max_mismatch_pu,
            })
            .collect(),
    }
}

fn marked(out: &[bool]) -> impl Iterator<Item = usize> + '_ {
    out.iter().enumerate().filter(|(_, o)| **o).map(|(i, _)| i)
}

fn rows(out: &[bool]) -> Vec<u32> {
    marked(out).map(|i| i as u32 + 1).collect()
}

fn timestamp(at: UtcSecond) -> Result<jiff::Timestamp, String> {
    jiff::Timestamp::from_second(at.0).map_err(|e| e.to_string())
}
