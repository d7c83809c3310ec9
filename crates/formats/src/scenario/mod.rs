//! The scenario folder: `scenario.toml`, the network, feeders, profiles, districts, buildings, the map, the heat network,
//! weather, thermometers, damage.
//!
//! docs/formats/scenario.md lists every file and column. [`read`] and [`write()`] are inverse to each other: what was
//! written reads back as the same [`Scenario`], bit by bit, as long as rows are positions (as they are after reading).
//!
//! Demand lives in the feeders alone: load `k` of the network is the demand of feeder `k`. Where the network is a case
//! file, the loads of that file are replaced, and a load bus without any feeder is a warning.

mod buildings;
mod draft;
mod feeders;
mod grid;
mod heat;
mod heat_text;
mod map;
mod settings;
pub mod table;
mod templates;
mod text;
mod weather;
mod write;

pub use draft::{InitError, PEOPLE_PER_MW, draft, init};
pub use heat::buried_u_w_per_m_k;
pub use settings::SCHEMA;
pub use templates::write_templates;
pub use write::{Existing, WriteError, write};

use crate::{Reading, damage, read_network, source};
use jiff::tz::TimeZone;
use relight_model::{
    Assumption, BusKind, Class, Damage, DamageError, Feeder, Finding, Findings, Geography, HeatDamage, HeatDamageError,
    HeatNetwork, HeatSituation, Load, LoadModel, Network, Scenario, Situation, validate,
};
use settings::ScenarioFile;
use std::path::Path;

/// Tables of a network folder, as messages name them.
const TABLES: validate::Tables = validate::Tables {
    bus: "buses",
    branch: "branches",
    generator: "generators",
    load: "feeders",
    shunt: "shunts",
    hvdc_line: "hvdc_lines",
    storage: "storages",
    switch: "switches",
    several_references: false,
};

/// Load buses without feeder that a warning names.
const NAMED_BUSES_MAX: usize = 5;

/// Reads a scenario folder.
///
/// Findings name the file by its path as given in `dir`. Codes beside those of `model::validate`, the network readers and
/// the tables: `missing-folder`, `broken-toml`, `unknown-key`, `missing-key`, `wrong-type`, `unknown-schema`,
/// `unknown-time-zone`, `not-an-instant`, `outside-folder`, `missing-base`, `unknown-bus`, `unknown-class`,
/// `unknown-profile`, `unknown-district`, `unknown-feeder`, `duplicate-id`, `no-feeders`, `demand-not-planned`,
/// `people-differ`, `stale-assumption`, `unknown-damage`,
/// `duplicate-damage`, `unknown-junction`, `same-junction`, `unknown-generator`, `unknown-substation`, `no-substation`,
/// `heating-not-known`, `heating-differs`, `unknown-heating`, `no-curve`, `bad-curve`, `no-draw`, `unknown-building`,
/// `weather-not-covering`.
pub fn read(dir: &Path) -> Reading<Scenario> {
    let mut findings = Findings::default();
    let scenario = read_folder(dir, &mut findings);
    (if findings.has_errors() { None } else { scenario }, findings)
}

fn read_folder(dir: &Path, findings: &mut Findings) -> Option<Scenario> {
    if !dir.is_dir() {
        let shown = dir.display().to_string();
        let finding = match dir.exists() {
            true => Finding::error("missing-folder", "this is a file; a scenario is a folder"),
            false => Finding::error("missing-folder", "there is no such folder"),
        };
        let hint = "name the folder that holds scenario.toml; `relight init` makes one from a case file";
        findings.push(finding.file(shown).hint(hint));
        return None;
    }
    let file = read_settings(dir, findings)?;
    let (mut network, positions) = read_grid(dir, &file, findings)?;
    let zone = TimeZone::get(&file.time_zone).ok()?;
    let (districts, district_ids) = feeders::districts(dir, findings);
    let (profiles, profile_ids) = feeders::profiles(dir, &file.horizon, &zone, findings);
    let (feeders, feeder_ids) = feeders::feeders(dir, &network, &profile_ids, &district_ids, findings);
    let (heat, substation_ids) = heat::read(dir, &network, &feeder_ids, findings);
    let known = buildings::Known {
        districts: &district_ids,
        feeders: &feeder_ids,
        substations: &substation_ids,
        heat: heat.is_some(),
    };
    let (buildings, building_ids) = buildings::buildings(dir, &known, findings);
    let weather = weather::read(dir, &zone, &file.horizon, findings);
    let thermometers = buildings::thermometers(dir, &building_ids, findings);
    let mut geography = Geography { districts, buses: positions, buildings, ..Geography::default() };
    map::read(&dir.join("geography.geojson"), &district_ids, &mut geography, findings);
    let (damage, heat_damage) = read_damage(&dir.join("damage.json"), &network, heat.as_ref(), findings);
    demand_of_feeders(dir, &mut network, &feeders, findings);
    if !findings.has_errors() {
        check_network(dir, &file, &network, findings);
        compare_people(dir, &feeders, &geography, findings);
    }
    let assumptions = assumptions(dir, file.assumptions, &feeders, findings);
    Some(Scenario {
        name: file.name,
        name_uk: file.name_uk,
        time_zone: file.time_zone,
        horizon: file.horizon,
        as_of: file.as_of,
        revision: file.revision,
        network,
        feeders,
        profiles,
        class_weights: file.class_weights,
        geography,
        heat,
        weather,
        thermometers,
        damage,
        heat_damage,
        hvdc: file.hvdc,
        assumptions,
    })
}

fn read_settings(dir: &Path, findings: &mut Findings) -> Option<ScenarioFile> {
    let path = dir.join("scenario.toml");
    let text = match source::read_text(&path) {
        Ok(text) => text,
        Err(finding) => {
            findings.push(finding);
            return None;
        }
    };
    let (file, found) = settings::parse(&text);
    findings.extend(found.with_file(&path.display().to_string()));
    file
}

/// The network as its file or folder gives it, and where its buses stand.
fn read_grid(dir: &Path, file: &ScenarioFile, findings: &mut Findings) -> Option<(Network, grid::Positions)> {
    let path = dir.join(&file.network_file);
    let about =
        |code, message: &str| Finding::error(code, message).file(dir.join("scenario.toml").display().to_string());
    if !path.is_dir() {
        let (network, found) = read_network(&path);
        findings.extend(found);
        if file.base_mva.is_some() {
            let finding = Finding::warning("unused-key", "the case file gives the base power itself");
            findings
                .push(finding.file(dir.join("scenario.toml").display().to_string()).field("key", "network.base_mva"));
        }
        let network = network?;
        let positions = feeders::bus_positions(dir, &network, findings);
        return Some((network, positions));
    }
    let Some(base_mva) = file.base_mva else {
        let finding = about("missing-base", "a network given as tables needs its base power");
        let hint = "add base_mva = 100 to [network] if the tables' per-unit values are on 100 MVA";
        findings.push(finding.field("key", "network.base_mva").allowed("a number above 0, MVA").hint(hint));
        return None;
    };
    grid::read(&path, &file.network_name, base_mva, findings)
}

/// Replaces the network's loads by the feeders' demand. Demand of the file at buses without any feeder is named.
fn demand_of_feeders(dir: &Path, network: &mut Network, feeders: &[Feeder], findings: &mut Findings) {
    let mut fed = vec![false; network.buses.len()];
    feeders.iter().for_each(|f| fed[f.bus.i()] = true);
    let mut missed_mw = vec![0.0; network.buses.len()];
    for load in network.loads.iter().filter(|l| l.in_service && l.p_mw > 0.0 && !fed[l.bus.i()]) {
        if network.buses[load.bus.i()].kind != BusKind::Isolated {
            missed_mw[load.bus.i()] += load.p_mw;
        }
    }
    let missed: Vec<usize> = (0..fed.len()).filter(|&i| missed_mw[i] > 0.0).collect();
    if !missed.is_empty() {
        let total_mw: f64 = missed_mw.iter().sum();
        let mut names: Vec<String> =
            missed.iter().take(NAMED_BUSES_MAX).map(|&i| network.buses[i].id.to_string()).collect();
        if missed.len() > NAMED_BUSES_MAX {
            names.push(format!("and {} more", missed.len() - NAMED_BUSES_MAX));
        }
        let what = format!(
            "{total_mw:.1} MW at {} load buses of the network have no feeder and are not planned",
            missed.len()
        );
        findings.push(
            Finding::warning("demand-not-planned", what)
                .file(dir.join("feeders.csv").display().to_string())
                .field("buses", names.join(", "))
                .hint("add a feeder for each of these buses"),
        );
    }
    network.loads = feeders
        .iter()
        .zip(1..)
        .map(|(feeder, row)| Load {
            bus: feeder.bus,
            p_mw: feeder.p_mw,
            q_mvar: feeder.q_mvar,
            model: LoadModel::ConstantPower,
            in_service: true,
            row,
        })
        .collect();
}

/// `model::validate`, with the name of the file that holds each table. A case file has been checked by its reader.
fn check_network(dir: &Path, file: &ScenarioFile, network: &Network, findings: &mut Findings) {
    let folder = dir.join(&file.network_file);
    if !folder.is_dir() {
        return;
    }
    for finding in validate::network(network, &TABLES).iter() {
        let path = match finding.table.as_str() {
            "feeders" => dir.join("feeders.csv"),
            "" => dir.join("scenario.toml"),
            table => folder.join(table).with_extension("csv"),
        };
        findings.push(finding.clone().file(path.display().to_string()));
    }
}

fn read_damage(
    path: &Path,
    network: &Network,
    heat: Option<&HeatNetwork>,
    findings: &mut Findings,
) -> (Damage, HeatDamage) {
    if path.symlink_metadata().is_err() {
        return Default::default();
    }
    let shown = path.display().to_string();
    let bytes = match source::read_file(path) {
        Ok(bytes) => bytes,
        Err(finding) => {
            findings.push(finding);
            return Default::default();
        }
    };
    let (read, found) = damage::read_all(&bytes);
    findings.extend(found.with_file(&shown));
    let (damage, heat_damage) = read.unwrap_or_default();
    let mut misfit = |code, list: &'static str, value: String, allowed: String| {
        let finding = Finding::error(code, "the damage list does not fit the network").file(shown.clone());
        let hint = "name elements by the rows of this network, and of the heat network by their ids";
        findings.push(finding.field(list, value).allowed(allowed).hint(hint));
    };
    if let Err(e) = Situation::damaged(network, &damage) {
        match e {
            DamageError::RowOutOfRange { list, row, rows } => {
                misfit("unknown-damage", list, row.to_string(), format!("rows 1 to {rows} of the table"));
            }
            DamageError::UnknownBus { bus } => {
                misfit("unknown-damage", "buses", bus.to_string(), "ids of buses, not rows".to_owned());
            }
            DamageError::Twice { list, value } => {
                misfit("duplicate-damage", list, value.to_string(), "each element once".to_owned());
            }
        }
    }
    if let Err(e) = HeatSituation::damaged(heat.unwrap_or(&HeatNetwork::default()), &heat_damage) {
        let key = |list| damage::HEAT_KEYS.iter().find(|k| k.1 == list).map_or(list, |k| k.0);
        match e {
            HeatDamageError::Unknown { list, id } => {
                misfit("unknown-damage", key(list), id, format!("ids of heat/{list}.csv"));
            }
            HeatDamageError::Twice { list, id } => {
                misfit("duplicate-damage", key(list), id, "each element once".to_owned());
            }
        }
    }
    (damage, heat_damage)
}

/// People by district are told from `districts.csv`, people in the dark from feeders: they should be the same people.
fn compare_people(dir: &Path, feeders: &[Feeder], geography: &Geography, findings: &mut Findings) {
    let mut fed = vec![0u64; geography.districts.len()];
    for feeder in feeders {
        if let Some(district) = feeder.district {
            fed[district as usize] += u64::from(feeder.people);
        }
    }
    for (row, (district, &fed)) in (1..).zip(geography.districts.iter().zip(&fed)) {
        let people = u64::from(district.people);
        // A tenth: feeders cross the lines of districts, censuses are old.
        if fed.abs_diff(people) * 10 > people.max(fed) {
            findings.push(
                Finding::warning("people-differ", format!("the feeders of this district feed {fed} people"))
                    .file(dir.join("districts.csv").display().to_string())
                    .at("districts", row)
                    .field("people", people)
                    .allowed("within a tenth of the sum over its feeders")
                    .hint("check the columns people and district of feeders.csv"),
            );
        }
    }
}

/// What the folder states as assumed and what it leaves open. A statement that the data no longer bears out is dropped.
fn assumptions(dir: &Path, stated: Vec<Assumption>, feeders: &[Feeder], findings: &mut Findings) -> Vec<Assumption> {
    let constant = feeders.iter().all(|f| f.profile.is_none());
    let all_homes = feeders.iter().all(|f| f.class == Class::Homes);
    let mut kept = Vec::with_capacity(stated.len() + 1);
    for assumption in stated {
        let (key, holds) = match assumption {
            Assumption::ConstantDemand => ("constant_demand", constant),
            Assumption::AllHomes => ("all_homes", all_homes),
            _ => ("", true),
        };
        if holds {
            kept.push(assumption);
        } else {
            findings.push(
                Finding::warning("stale-assumption", "feeders.csv knows better; the statement is not shown")
                    .file(dir.join("scenario.toml").display().to_string())
                    .field("key", format!("assumed.{key}"))
                    .hint("remove the line"),
            );
        }
    }
    if constant && !feeders.is_empty() && !kept.contains(&Assumption::ConstantDemand) {
        kept.push(Assumption::ConstantDemand);
    }
    kept
}
