//! The files of a scenario folder as text.

use super::buildings::{BUILDINGS, THERMOMETERS, heating_words};
use super::feeders::{BUS_POSITIONS, DISTRICTS, FEEDERS, PROFILES};
use super::grid::{BRANCHES, BUSES, GENERATORS, HVDC_LINES, SHUNTS, STORAGES, SWITCHES};
use super::settings::{SCHEMA, assumed_line, instant_text};
use super::table::Column;
use relight_model::{BranchKind, BusIdx, BusKind, Class, CostCurve, Network, Scenario};

/// `scenario.toml`. `base_mva` is given where the network is a folder of tables. `None` if an instant is out of range.
pub(super) fn scenario_toml(scenario: &Scenario, network_file: &str, base_mva: Option<f64>) -> Option<String> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!(
        "# A scenario of relight. docs/formats/scenario.md explains every file and key.\n\
         schema = \"{SCHEMA}\"\nname = {}\nname_uk = {}\ntime_zone = {}\nas_of = \"{}\"\nrevision = {}\nhvdc = {}\n",
        quoted(&scenario.name),
        quoted(&scenario.name_uk),
        quoted(&scenario.time_zone),
        instant_text(scenario.as_of)?,
        scenario.revision,
        scenario.hvdc,
    );
    let horizon = &scenario.horizon;
    text += &format!(
        "\n[horizon]\nstart = \"{}\"\nstep_minutes = {}\nsteps = {}\n\n[network]\nfile = {}\n",
        instant_text(horizon.start)?,
        horizon.step_s / 60,
        horizon.steps,
        quoted(network_file),
    );
    if let Some(base_mva) = base_mva {
        text += &format!("base_mva = {base_mva:?}\n");
        if scenario.network.name != scenario.name {
            text += &format!("name = {}\n", quoted(&scenario.network.name));
        }
    }
    text += "\n[weights]\n# Worth of one MW by class; homes are 1 by default.\n";
    for class in Class::ALL {
        text += &format!("{class} = {:?}\n", scenario.class_weights[class.i()]);
    }
    text += "\n[assumed]\n# Shown with every answer. Remove a line when you know better.\n";
    for assumption in &scenario.assumptions {
        text += &assumed_line(assumption);
        text.push('\n');
    }
    Some(text)
}

/// A CSV text from a header and rows of cells.
pub(super) fn csv_text(columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().comment(Some(b'#')).from_writer(Vec::new());
    // Writing into memory cannot fail, and every row below has as many cells as the header.
    let mut good = writer.write_record(columns.iter().map(|c| c.name)).is_ok();
    for row in rows {
        good &= writer.write_record(&row).is_ok();
    }
    debug_assert!(good, "rows are as wide as the header");
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The shortest decimal that reads back as the same number. A limit that does not exist is `inf` or `-inf`.
pub(super) fn n(value: f64) -> String {
    let plain = format!("{value}");
    let short = format!("{value:e}");
    if plain.len() > short.len() + 4 { short } else { plain }
}

pub(super) fn number_or_empty(value: Option<f64>) -> String {
    value.map_or_else(String::new, n)
}

/// Name and text of every table of the network folder; tables without rows are left out, except buses and branches.
pub(super) fn network_tables(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let network = &scenario.network;
    let mut tables = vec![("buses.csv", buses(scenario)), ("branches.csv", branches(network))];
    let mut add = |name, rows: usize, text: &dyn Fn() -> String| {
        if rows > 0 {
            tables.push((name, text()));
        }
    };
    add("generators.csv", network.generators.len(), &|| generators(network));
    add("shunts.csv", network.shunts.len(), &|| shunts(network));
    add("hvdc_lines.csv", network.hvdc_lines.len(), &|| hvdc_lines(network));
    add("storages.csv", network.storages.len(), &|| storages(network));
    add("switches.csv", network.switches.len(), &|| switches(network));
    tables
}

fn id(network: &Network, bus: BusIdx) -> String {
    network.buses[bus.i()].id.to_string()
}

fn buses(scenario: &Scenario) -> String {
    let positions = &scenario.geography.buses;
    // Without any position the two columns are left out: "nothing is known" and "no bus has one" read back as they were.
    let columns = if positions.is_empty() { &BUSES[..BUSES.len() - 2] } else { BUSES };
    csv_text(
        columns,
        scenario.network.buses.iter().enumerate().map(|(i, bus)| {
            let kind = match bus.kind {
                BusKind::Pq => "pq",
                BusKind::Pv => "pv",
                BusKind::Slack => "slack",
                BusKind::Isolated => "isolated",
            };
            let mut row = vec![bus.id.to_string(), bus.name.clone(), kind.to_owned()];
            row.extend([bus.base_kv, bus.vm_pu, bus.va_deg, bus.vm_pu_max, bus.vm_pu_min].map(n));
            row.extend([bus.area.to_string(), bus.zone.to_string()]);
            if !positions.is_empty() {
                row.extend([positions[i].map(|p| p.lon_deg), positions[i].map(|p| p.lat_deg)].map(number_or_empty));
            }
            row
        }),
    )
}

fn branches(network: &Network) -> String {
    csv_text(
        BRANCHES,
        network.branches.iter().map(|b| {
            let kind = match b.kind {
                BranchKind::Line => "line",
                BranchKind::Transformer => "transformer",
            };
            let mut row = vec![b.name.clone(), kind.to_owned(), id(network, b.from), id(network, b.to)];
            row.extend([b.r_pu, b.x_pu, b.g_from_pu, b.b_from_pu, b.g_to_pu, b.b_to_pu, b.tap, b.shift_deg].map(n));
            row.extend([b.rate_a_mva, b.rate_b_mva, b.rate_c_mva].map(number_or_empty));
            row.extend([b.angle_deg_min, b.angle_deg_max].map(n));
            row.push(b.in_service.to_string());
            row
        }),
    )
}

fn generators(network: &Network) -> String {
    csv_text(
        GENERATORS,
        network.generators.iter().map(|g| {
            let mut row = vec![g.name.clone(), id(network, g.bus)];
            row.extend([g.p_mw, g.q_mvar, g.p_mw_max, g.p_mw_min, g.q_mvar_max, g.q_mvar_min].map(n));
            row.extend([g.vm_pu, g.mbase_mva].map(n));
            row.extend([g.in_service.to_string(), g.fuel.clone()]);
            let joined = |parts: Vec<String>| parts.join(" ");
            row.extend(match &g.cost {
                None => ["", "", "", ""].map(str::to_owned),
                Some(cost) => {
                    let (polynomial, points) = match &cost.curve {
                        CostCurve::Polynomial(c) => (joined(c.iter().map(|&x| n(x)).collect()), String::new()),
                        CostCurve::Piecewise(p) => {
                            (String::new(), joined(p.iter().map(|&(mw, c)| format!("{}:{}", n(mw), n(c))).collect()))
                        }
                    };
                    [n(cost.startup), n(cost.shutdown), polynomial, points]
                }
            });
            row.extend([g.ramp_mw_per_min, g.energy_mwh].map(|limit| limit.map_or_else(String::new, n)));
            row
        }),
    )
}

fn shunts(network: &Network) -> String {
    csv_text(
        SHUNTS,
        network.shunts.iter().map(|s| vec![id(network, s.bus), n(s.g_mw), n(s.b_mvar), s.in_service.to_string()]),
    )
}

fn hvdc_lines(network: &Network) -> String {
    csv_text(
        HVDC_LINES,
        network.hvdc_lines.iter().map(|l| {
            let mut row = vec![id(network, l.from), id(network, l.to)];
            row.extend(
                [l.p_from_mw, l.q_from_mvar, l.q_to_mvar, l.vm_from_pu, l.vm_to_pu, l.p_mw_min, l.p_mw_max].map(n),
            );
            row.extend([l.q_from_mvar_min, l.q_from_mvar_max, l.q_to_mvar_min, l.q_to_mvar_max].map(n));
            row.extend([l.loss_mw, l.loss_share].map(n));
            row.push(l.in_service.to_string());
            row
        }),
    )
}

fn storages(network: &Network) -> String {
    csv_text(
        STORAGES,
        network.storages.iter().map(|s| {
            let mut row = vec![id(network, s.bus)];
            row.extend([s.p_mw, s.q_mvar, s.energy_mwh, s.energy_mwh_max, s.charge_mw_max, s.discharge_mw_max].map(n));
            row.extend([s.charge_efficiency, s.discharge_efficiency, s.q_mvar_min, s.q_mvar_max].map(n));
            row.push(s.in_service.to_string());
            row
        }),
    )
}

fn switches(network: &Network) -> String {
    csv_text(
        SWITCHES,
        network.switches.iter().map(|s| vec![id(network, s.from), id(network, s.to), s.closed.to_string()]),
    )
}

/// `feeders.csv`.
pub(super) fn feeders(scenario: &Scenario) -> String {
    csv_text(
        FEEDERS,
        scenario.feeders.iter().map(|f| {
            vec![
                f.id.clone(),
                f.name.clone(),
                id(&scenario.network, f.bus),
                f.class.to_string(),
                f.queue.clone().unwrap_or_default(),
                f.protected.to_string(),
                f.people.to_string(),
                n(f.p_mw),
                n(f.q_mvar),
                f.profile.map_or_else(String::new, |k| scenario.profiles[k as usize].id.clone()),
                f.district.map_or_else(String::new, |k| scenario.geography.districts[k as usize].id.clone()),
            ]
        }),
    )
}

/// `profiles.csv`.
pub(super) fn profiles(scenario: &Scenario) -> String {
    csv_text(
        PROFILES,
        scenario.profiles.iter().map(|p| {
            let factors = p.factor_by_half_hour.iter().map(|&f| n(f));
            std::iter::once(p.id.clone()).chain(factors).collect()
        }),
    )
}

/// `districts.csv`.
pub(super) fn districts(scenario: &Scenario) -> String {
    csv_text(
        DISTRICTS,
        scenario
            .geography
            .districts
            .iter()
            .map(|d| vec![d.id.clone(), d.name.clone(), d.name_uk.clone(), d.people.to_string()]),
    )
}

/// `buildings.csv`.
pub(super) fn buildings(scenario: &Scenario) -> String {
    let (districts, feeders) = (&scenario.geography.districts, &scenario.feeders);
    let substations = scenario.heat.as_ref().map_or(&[][..], |net| &net.substations);
    csv_text(
        BUILDINGS,
        scenario.geography.buildings.iter().map(|b| {
            let (heating, substation) = heating_words(b.heating);
            vec![
                b.id.clone(),
                n(b.at.lon_deg),
                n(b.at.lat_deg),
                districts[b.district as usize].id.clone(),
                feeders[b.feeder as usize].id.clone(),
                b.floors.to_string(),
                b.people.to_string(),
                b.kind.name().to_owned(),
                b.year.map_or_else(String::new, |year| year.to_string()),
                n(b.area_m2),
                heating.to_owned(),
                substation.map_or_else(String::new, |s| substations[s.i()].id.clone()),
                n(b.electric_share),
            ]
        }),
    )
}

/// `thermometers.csv`. `None` if an instant is out of range.
pub(super) fn thermometers(scenario: &Scenario) -> Option<String> {
    let buildings = &scenario.geography.buildings;
    let rows: Option<Vec<Vec<String>>> = (scenario.thermometers.iter())
        .map(|t| Some(vec![buildings[t.building as usize].id.clone(), instant_text(t.at)?, n(t.t_indoor_c)]))
        .collect();
    Some(csv_text(THERMOMETERS, rows?.into_iter()))
}

/// `bus_positions.csv`: the header alone where nothing is known.
pub(super) fn bus_positions(scenario: &Scenario) -> String {
    let known = scenario.network.buses.iter().zip(&scenario.geography.buses).filter_map(|(b, p)| p.map(|p| (b, p)));
    csv_text(BUS_POSITIONS, known.map(|(b, p)| vec![b.id.to_string(), n(p.lon_deg), n(p.lat_deg)]))
}
