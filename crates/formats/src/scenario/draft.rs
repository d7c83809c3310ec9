//! A first scenario from a network alone: a feeder per load bus, people from power, everything else open to be filled in.

use super::settings::{STEP_MINUTES_DEFAULT, STEPS_DEFAULT};
use super::write::{self, Existing, WriteError};
use super::{templates, text};
use crate::{read_network, source};
use relight_model::{
    Assumption, BusIdx, BusKind, Class, Damage, District, Feeder, Finding, Findings, Geography, HeatDamage, Horizon,
    Load, LoadModel, Network, Scenario, UtcSecond,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// People per MW of demand where nothing better is known: 1 MW / 1,100 = 0.9 kW a person.
///
/// Stated rule, not a measurement. Demand at a winter peak, all classes counted, is some 0.6 kW a person where homes are
/// heated by district heat and gas, and 1.5 kW and more where they are heated by electricity; 0.9 kW lies between, so
/// that the head count is right within a factor of two. It is the same for every feeder, so shares of people are shares
/// of demand until `feeders.csv` is filled in.
pub const PEOPLE_PER_MW: f64 = 1100.0;

/// Drafts a scenario whose data is as of `as_of`; the horizon starts with the step under way and has the default steps.
///
/// One feeder per bus that has load in service, with id `F<bus>` and the sum of the bus's loads at 1 p.u. as constant
/// power; class homes, no queue, not protected. A district per area of the network if it has several. No positions.
pub fn draft(mut network: Network, name: &str, as_of: UtcSecond) -> Scenario {
    let feeders = feeders(&network);
    let districts = districts(&network, &feeders);
    let feeders: Vec<Feeder> = feeders
        .into_iter()
        .map(|mut feeder| {
            let area = network.buses[feeder.bus.i()].area;
            feeder.district = districts.iter().position(|d| d.id == district_id(area)).map(|k| k as u32);
            feeder
        })
        .collect();
    network.loads = feeders
        .iter()
        .zip(1..)
        .map(|(f, row)| Load {
            bus: f.bus,
            p_mw: f.p_mw,
            q_mvar: f.q_mvar,
            model: LoadModel::ConstantPower,
            in_service: true,
            row,
        })
        .collect();
    Scenario {
        name: name.to_owned(),
        name_uk: name.to_owned(),
        time_zone: "UTC".to_owned(),
        horizon: Horizon { start: step_begin(as_of), step_s: STEP_MINUTES_DEFAULT * 60, steps: STEPS_DEFAULT },
        as_of,
        revision: 1,
        network,
        feeders,
        profiles: Vec::new(),
        class_weights: Class::ALL.map(Class::default_weight),
        geography: Geography { districts, ..Geography::default() },
        damage: Damage::default(),
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        heat_damage: HeatDamage::default(),
        hvdc: false,
        assumptions: vec![
            Assumption::PeopleFromPower { people_per_mw: PEOPLE_PER_MW },
            Assumption::AllHomes,
            Assumption::ConstantDemand,
        ],
    }
}

fn feeders(network: &Network) -> Vec<Feeder> {
    let mut demand: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for load in network.loads.iter().filter(|l| l.in_service) {
        if network.buses[load.bus.i()].kind != BusKind::Isolated {
            let (p_mw, q_mvar) = demand.entry(load.bus.i()).or_default();
            *p_mw += load.p_mw;
            *q_mvar += load.q_mvar;
        }
    }
    demand
        .into_iter()
        .map(|(i, (p_mw, q_mvar))| Feeder {
            id: format!("F{}", network.buses[i].id),
            name: network.buses[i].name.trim().replace(char::is_control, " "),
            bus: BusIdx::from(i),
            class: Class::Homes,
            queue: None,
            protected: false,
            // A negative load is generation that is not metered: nobody lives on it. (`as` saturates.)
            people: (p_mw.max(0.0) * PEOPLE_PER_MW).round() as u32,
            p_mw,
            q_mvar,
            profile: None,
            district: None,
        })
        .collect()
}

fn district_id(area: u32) -> String {
    format!("A{area}")
}

/// A district for each area that has feeders, if there are several.
fn districts(network: &Network, feeders: &[Feeder]) -> Vec<District> {
    let mut people: BTreeMap<u32, u32> = BTreeMap::new();
    for feeder in feeders {
        let sum = people.entry(network.buses[feeder.bus.i()].area).or_default();
        *sum = sum.saturating_add(feeder.people);
    }
    if people.len() < 2 {
        return Vec::new();
    }
    people
        .into_iter()
        .map(|(area, people)| District {
            id: district_id(area),
            name: format!("Area {area}"),
            name_uk: format!("Район {area}"),
            people,
            outline: Vec::new(),
        })
        .collect()
}

/// Beginning of the default step that an instant lies in: people read schedules by the half-hour.
fn step_begin(at: UtcSecond) -> UtcSecond {
    UtcSecond(at.0 - at.0.rem_euclid(i64::from(STEP_MINUTES_DEFAULT * 60)))
}

/// Why [`init`] made no folder.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The network cannot be used; the findings say why.
    #[error("the network cannot be used")]
    Network(Findings),
    /// The folder cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Makes a scenario folder from a case file: the case file as it is, `scenario.toml`, `feeders.csv` from its loads, and
/// commented templates for everything else. Returns what was noticed about the network.
///
/// # Errors
/// See [`InitError`]; nothing is left behind then.
pub fn init(dir: &Path, network_path: &Path, as_of: UtcSecond) -> Result<Findings, InitError> {
    let (network, mut findings) = read_network(network_path);
    let Some(network) = network else { return Err(InitError::Network(findings)) };
    if network.loads.iter().any(|l| l.in_service && l.model != LoadModel::ConstantPower) {
        findings.push(
            Finding::note("constant-power", "loads that follow the voltage become feeders of constant power")
                .file(network_path.display().to_string()),
        );
    }
    let bytes = source::read_file(network_path).map_err(|finding| {
        let mut findings = Findings::default();
        findings.push(finding);
        InitError::Network(findings)
    })?;
    let stem = network_path.file_stem().and_then(|s| s.to_str()).unwrap_or("scenario");
    let name = if network.name.trim().is_empty() { stem.to_owned() } else { network.name.trim().to_owned() };
    let scenario = draft(network, &name, as_of);
    if scenario.feeders.is_empty() {
        let finding = Finding::error("no-feeders", "the network has no load in service: there is nothing to plan for");
        findings.push(finding.file(network_path.display().to_string()));
        return Err(InitError::Network(findings));
    }
    let case = case_name(network_path);
    let toml = text::scenario_toml(&scenario, &case, None).ok_or_else(|| WriteError::NotWritable {
        what: "an instant is out of range".to_owned(),
        allowed: "years 1900 to 2200",
    })?;
    let mut files: Vec<(PathBuf, Vec<u8>)> = vec![("scenario.toml".into(), toml.into_bytes()), (case.into(), bytes)];
    for (name, text) in templates::filled(&scenario) {
        files.push((name.into(), text.into_bytes()));
    }
    write::put(dir, &files, Existing::Keep)?;
    Ok(findings)
}

/// Name of the case file inside the folder: its own, unless that is taken by a file of the format.
fn case_name(path: &Path) -> String {
    match path.file_name().and_then(|n| n.to_str()) {
        Some(name) if !write::FILES.contains(&name) && !name.contains("example") => name.to_owned(),
        _ => format!("network.{}", path.extension().and_then(|e| e.to_str()).unwrap_or("m")),
    }
}
