//! Commented tables that a person fills in. [`super::read`] ignores the comments.

use super::table::Column;
use super::write::WriteError;
use super::{buildings, heat, text};
use relight_model::Scenario;
use std::fs;
use std::io::Write;
use std::path::Path;

const FEEDERS: &str = "\
# Feeders: what can be switched off on its own. One row each. All demand of the plan stands here.
# id        text, unique
# name      text, may be empty
# bus       id of the bus it hangs on, as in the network
# class     hospital, water, heat, emergency, telecom, shelter, homes, commerce, industry
# queue     queue of the rotation such as 1.1 (any text), empty = in no queue
# protected true = never cut by a plan as long as its bus has power; empty = false
# people    people it feeds, whole number, 0 or more
# p_mw      active power at profile factor 1, MW (negative = unmetered generation)
# q_mvar    reactive power at profile factor 1, Mvar; empty = 0
# profile   id of a row of profiles.csv, empty = constant demand
# district  id of a row of districts.csv, empty = in none
# Several feeders may share a bus: split a bus's power among them, as in these examples.
# F7-1,Central hospital,7,hospital,,true,0,1.2,0.3,hospital,d1
# F7-2,River street,7,homes,3.1,false,4100,3.7,0.9,homes,d1
";

const PROFILES: &str = "\
# Demand profiles: factor on a feeder's p_mw and q_mvar for each half-hour of the local day, 0 to 100.
# id     text, unique; feeders.csv names it
# f0000  factor from 00:00 to 00:30 local time; f0030 from 00:30 to 01:00; and so on to f2330
# Example (1 = the evening peak):
# homes,0.55,0.52,0.50,0.49,0.48,0.48,0.48,0.49,0.50,0.52,0.55,0.60,0.66,0.72,0.76,0.77,0.76,0.74,0.72,0.71,0.70,0.70,0.70,0.70,0.71,0.71,0.70,0.70,0.71,0.73,0.76,0.81,0.87,0.92,0.96,0.98,1.00,1.00,0.99,0.97,0.95,0.92,0.88,0.83,0.77,0.71,0.65,0.60
";

const DISTRICTS: &str = "\
# Districts: consequences are counted by them. feeders.csv names them.
# id      text, unique
# name    name in English
# name_uk name in Ukrainian; empty = as name
# people  people who live there, whole number, 0 or more
# Outlines for the map stand in geography.geojson: Polygon features with properties kind = \"district\" and id, in WGS 84;
# kind = \"water\" (Polygon) and kind = \"street\" (LineString) are drawn too.
# d1,Old Town,Старе місто,310000
";

const BUILDINGS: &str = "\
# Apartment buildings.
# id       text, unique
# lon_deg  longitude, degrees east, WGS 84
# lat_deg  latitude, degrees north
# district id of a row of districts.csv
# feeder   id of the row of feeders.csv that feeds it
# floors   whole number
# people   people who live there, whole number, 0 or more
# kind     panel, brick, frame, house; empty = what is usual for its year and floors
# year     year in which it was built; empty = not known
# area_m2  heated floor area, above 0; empty = 24 m2 a person
# heating  district, own (boiler or stove that needs power), stove, electric; empty = district if it has a substation
# substation     id of a row of heat/substations.csv; empty = on none
# electric_share share of its heat from electric heaters at all times, 0 to 1; empty = 0, or 1 where heating is electric
# b1,-29.4766,48.0501,d1,F7-2,9,216,panel,1978,5200,own,,0
";

const BUS_POSITIONS: &str = "\
# Where substations stand, for the map. Buses that are not named are not drawn.
# bus     id of the bus, as in the network
# lon_deg longitude in degrees east (WGS 84)
# lat_deg latitude in degrees north
# 7,-29.4789,48.0489
";

const JUNCTIONS: &str = "\
# Junctions of the heat network, those of supply and those of return. Without rows there is no heat network.
# id  text, unique; the other tables of this folder name it
# height_m above any common level; t_c before anything is known; lon_deg, lat_deg for the map
# J1S,31.5,110,true,-29.4766,48.0501
";

const PIPES: &str = "\
# Pipes. A supply and a return pipe in one trench are two rows.
# from, to  ids of junctions.csv; length_m and d_inner_m (inner diameter) above 0
# roughness_mm empty = 0.5; zeta sum of local loss coefficients, empty = 0
# u_w_per_m_k  heat transfer to the ground per metre; or leave it empty and give insulation_mm
# P1S,J1S,J2S,350,0.207,0.5,2,,2,0,true,70,0.04
";

const VALVES: &str = "\
# Valves. open = true or false; zeta is the loss coefficient when open.
# V1S,J1S,J3S,0.207,0.5,false
";

const PUMPS: &str = "\
# Pumping stations. from = suction side, to = pressure side; feeder = id of the row of feeders.csv that drives it.
# curve_points  m3/h:bar such as 0:8 300:6; or curve_bar, coefficients of bar over m3/h, highest power first
# bypass        true = water passes when it stands
# PS1,J2S,J3S,,F7-1,true,true,0:4 300:3
";

const SOURCES: &str = "\
# Plants and boiler houses. kind = chp, boiler_house, mobile.
# heat_mw_max most heat, MW; t_supply_c; lift_bar pressure that its pumps add
# p_return_bar pressure that it holds at its return junction; empty = another source of the net does
# feeder      row of feeders.csv that drives it; empty = makes its own power
# generator   row of the network's generator table that its heat is tied to, with heat_per_power MW per MW
# BH1,Boiler house 1,boiler_house,J1R,J1S,40,105,6,3,F7-1,,0,0,true
";

const SUBSTATIONS: &str = "\
# Substations of buildings; buildings.csv names them. heat_kw is the heat at the design temperature.
# t_return_c temperature at which its water leaves; or mdot_kg_per_s, a given flow
# dp_bar_min head for its full flow, empty = 0.5; feeder that drives its pumps, empty = needs none
# H1,J2S,J2R,412,60,,0.5,20,,true
";

const THERMOMETERS: &str = "\
# What thermometers in buildings showed. building = id of buildings.csv; at = instant with offset.
# b1,2026-01-20T06:00:00Z,17.5
";

/// What is out. Rows are 1-based rows of the network's tables; buses are ids. Copy it to `damage.json` to use it.
const DAMAGE: &str = "{\"branches\": [1], \"gens\": [], \"buses\": []}\n";

/// Files of [`super::init`] beside `scenario.toml` and the case: feeders and districts with rows, the others empty.
pub(super) fn filled(scenario: &Scenario) -> Vec<(&'static str, String)> {
    vec![
        ("feeders.csv", FEEDERS.to_owned() + &text::feeders(scenario)),
        ("profiles.csv", PROFILES.to_owned() + &text::profiles(scenario)),
        ("districts.csv", DISTRICTS.to_owned() + &text::districts(scenario)),
        ("buildings.csv", BUILDINGS.to_owned() + &text::buildings(scenario)),
        ("bus_positions.csv", BUS_POSITIONS.to_owned() + &text::bus_positions(scenario)),
        ("heat/junctions.csv", JUNCTIONS.to_owned() + &header(heat::JUNCTIONS)),
        ("heat/pipes.csv", PIPES.to_owned() + &header(heat::PIPES)),
        ("heat/valves.csv", VALVES.to_owned() + &header(heat::VALVES)),
        ("heat/pumps.csv", PUMPS.to_owned() + &header(heat::PUMPS)),
        ("heat/sources.csv", SOURCES.to_owned() + &header(heat::SOURCES)),
        ("heat/substations.csv", SUBSTATIONS.to_owned() + &header(heat::SUBSTATIONS)),
        ("thermometers.csv", THERMOMETERS.to_owned() + &header(buildings::THERMOMETERS)),
        ("damage.example.json", DAMAGE.to_owned()),
    ]
}

fn header(columns: &[Column]) -> String {
    columns.iter().map(|c| c.name).collect::<Vec<_>>().join(",") + "\n"
}

/// Writes commented templates of all tables that are not in the folder yet; returns the names of those written.
///
/// # Errors
/// [`WriteError::Io`].
pub fn write_templates(dir: &Path) -> Result<Vec<&'static str>, WriteError> {
    let empty = super::draft(relight_model::Network::empty("", 100.0), "", relight_model::UtcSecond(0));
    let mut written = Vec::new();
    for (name, text) in filled(&empty) {
        let path = dir.join(name);
        let failed = |source| WriteError::Io { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(failed)?;
                written.push(name);
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(failed(e)),
        }
    }
    Ok(written)
}
