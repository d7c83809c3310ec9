//! ASHRAE 140 (BESTEST), the free-floating cases: a room of 8 m by 6 m by 2.7 m with windows to the south, nothing heated or cooled.
//!
//! | case | what it tests of the model |
//! |---|---|
//! | 600FF | light: gains of the sun, losses; the mass hardly matters |
//! | 650FF | the same with night ventilation: how air couples to the mass |
//! | 680FF | the same with walls and roof insulated: gains over small losses |
//! | 900FF, 950FF, 980FF | the same three with heavy walls and floor: the one capacity |
//! | 960 | not run: two zones with a heavy wall between them; the model has one zone |

use relight_heat::building::rc::{
    Drive, MASS_TO_SURFACE_W_PER_M2_K, SURFACE_TO_AIR_W_PER_M2_K, SURFACES_PER_FLOOR, Zone,
};
use relight_heat::building::sun::{Element, Skin, Surface, incident};
use relight_model::{UtcSecond, WeatherSeries};
use std::path::PathBuf;

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RELIGHT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let found = Some(root.join(path)).filter(|p| p.exists());
    if found.is_none() {
        eprintln!("SKIPPED: {path} is not in the shared folder ({})", root.display());
    }
    found
}

fn weather(file: &str) -> Option<WeatherSeries> {
    let path = shared(&format!("data/weather/{file}"))?;
    relight_formats::weather::read(&path, &jiff::tz::TimeZone::UTC).0
}

/// Inner parts that store heat: area (m2) and effective capacity (J/(m2 K)), ISO 13786 for a day's period from the standard's layers.
type Store = [(f64, f64); 3];

const FLOOR_M2: f64 = 48.0;
const VOLUME_M3: f64 = 129.6;
const WALLS_M2: f64 = 63.6;
/// Walls and roof of plasterboard before insulation, floor of timber.
const LIGHT: Store = [(WALLS_M2, 9_884.0), (FLOOR_M2, 8_800.0), (FLOOR_M2, 19_340.0)];
/// Walls of concrete block, roof as before, floor of concrete.
const HEAVY: Store = [(WALLS_M2, 108_516.0), (FLOOR_M2, 8_800.0), (FLOOR_M2, 109_082.0)];

/// U-values in W/(m2 K), with the surface coefficients of an edition of the standard.
struct Edition {
    u_wall: f64,
    u_roof: f64,
    u_floor: f64,
    u_window: f64,
}

/// To which the ranges for 725650TYCST belong.
const EDITION_2020: Edition = Edition { u_wall: 0.534, u_roof: 0.327, u_floor: 0.0377, u_window: 3.1 };
/// To which those for DRYCOLD belong.
// The roof has nothing to do with 1/pi.
#[allow(clippy::approx_constant)]
const EDITION_2017: Edition = Edition { u_wall: 0.514, u_roof: 0.318, u_floor: 0.039, u_window: 3.0 };

#[derive(Clone, Copy)]
struct CaseSpec {
    name: &'static str,
    heavy: bool,
    insulated: bool,
    night_air: bool,
}

const CASES: [CaseSpec; 6] = [
    CaseSpec { name: "600FF", heavy: false, insulated: false, night_air: false },
    CaseSpec { name: "650FF", heavy: false, insulated: false, night_air: true },
    CaseSpec { name: "680FF", heavy: false, insulated: true, night_air: false },
    CaseSpec { name: "900FF", heavy: true, insulated: false, night_air: false },
    CaseSpec { name: "950FF", heavy: true, insulated: false, night_air: true },
    CaseSpec { name: "980FF", heavy: true, insulated: true, night_air: false },
];

fn elements(case: &CaseSpec, edition: &Edition) -> Vec<Element> {
    let (u_wall, u_roof) = if case.insulated { (0.150, 0.100) } else { (edition.u_wall, edition.u_roof) };
    let part = |tilt_deg, azimuth_deg, area_m2, u_w_per_m2_k, skin| Element {
        surface: Surface { tilt_deg, azimuth_deg },
        area_m2,
        u_w_per_m2_k,
        skin,
    };
    let wall = |azimuth_deg, area_m2| part(90.0, azimuth_deg, area_m2, u_wall, Skin::Opaque(0.6));
    vec![
        wall(0.0, 21.6),
        wall(90.0, 16.2),
        wall(180.0, 9.6),
        wall(270.0, 16.2),
        part(0.0, 180.0, FLOOR_M2, u_roof, Skin::Opaque(0.6)),
        part(90.0, 180.0, 12.0, edition.u_window, Skin::Glass(0.789)),
    ]
}

/// The zone by the standard's own rules; its air as dense as at the height of the station.
fn zone(case: &CaseSpec, edition: &Edition, air_kg_per_m3: f64, fan: bool) -> Zone {
    let store = if case.heavy { HEAVY } else { LIGHT };
    // 12.3.1.1 and 12.2.2: C = sum A kappa, A_m = C^2 / sum A kappa^2.
    let capacity_j_per_k: f64 = store.iter().map(|(area, kappa)| area * kappa).sum();
    let area_mass_m2 = capacity_j_per_k.powi(2) / store.iter().map(|(area, kappa)| area * kappa.powi(2)).sum::<f64>();
    let elements = elements(case, edition);
    let opaque = |e: &&Element| matches!(e.skin, Skin::Opaque(_));
    let h_floor = edition.u_floor * FLOOR_M2;
    let h_op = elements.iter().filter(opaque).map(|e| e.u_w_per_m2_k * e.area_m2).sum::<f64>() + h_floor;
    let h_w = elements.iter().filter(|e| !opaque(e)).map(|e| e.u_w_per_m2_k * e.area_m2).sum();
    let h_ms = MASS_TO_SURFACE_W_PER_M2_K * area_mass_m2;
    let area_total_m2 = SURFACES_PER_FLOOR * FLOOR_M2;
    let air_m3_per_h = 0.5 * VOLUME_M3 + if fan { 1703.16 } else { 0.0 };
    Zone {
        area_m2: FLOOR_M2,
        h_ve: air_kg_per_m3 * 1005.0 * air_m3_per_h / 3600.0,
        h_is: SURFACE_TO_AIR_W_PER_M2_K * area_total_m2,
        h_w,
        h_ms,
        h_em: 1.0 / (1.0 / h_op - 1.0 / h_ms),
        capacity_j_per_k,
        area_mass_m2,
        area_total_m2,
    }
}

/// Highest, lowest and mean temperature of the air over the year, °C. The year runs twice, so that its beginning does not matter.
fn float(case: &CaseSpec, edition: &Edition, weather: &WeatherSeries) -> [f64; 3] {
    let site = weather.site.expect("EPW names its site");
    let air_kg_per_m3 = 1.2 * (-site.height_m / 8430.0).exp();
    let (still, fan) = (zone(case, edition, air_kg_per_m3, false), zone(case, edition, air_kg_per_m3, true));
    let elements = elements(case, edition);
    let mut t_mass_c = 20.0;
    let (mut high, mut low, mut sum) = (f64::NEG_INFINITY, f64::INFINITY, 0.0);
    for year in 0..2 {
        for (hour, (&t_out_c, radiation)) in weather.t_out_c.iter().zip(&weather.radiation).enumerate() {
            let middle = UtcSecond(weather.start.0 + hour as i64 * 3600 + 1800);
            let solar_w = elements.iter().map(|e| e.gain_w(&incident(radiation, &site, middle, &e.surface))).sum();
            let drive = Drive { t_out_c, t_supply_c: t_out_c, internal_w: 200.0, solar_w };
            let night = case.night_air && !(7..18).contains(&(hour % 24));
            let step = if night { &fan } else { &still }.step(t_mass_c, &drive, 0.0);
            t_mass_c = step.t_mass_next_c;
            if year == 1 {
                high = high.max(step.t_air_c);
                low = low.min(step.t_air_c);
                sum += step.t_air_c;
            }
        }
    }
    [high, low, sum / weather.t_out_c.len() as f64]
}

/// Highest, lowest and mean temperature: the least and the most that the programs of the standard give, °C.
type Ranges = [Option<(f64, f64)>; 3];

const WHAT: [&str; 3] = ["highest", "lowest", "mean"];

/// Where the model lies outside, and by how much, K. One capacity behind one conductance cannot follow a night of many layers: light
/// rooms fall too far before the morning, and so do heavy ones in a long cold spell. Nothing was tuned to hide it. Another
/// implementation of the same standard (Modelica Buildings, ISO13790) has −9.2 for 680FF and 0.3 for 900FF on 725650TYCST.
const OUTSIDE: [(&str, &str, &str, f64); 9] = [
    ("725650TYCST.epw", "650FF", "mean", 0.2),
    ("725650TYCST.epw", "680FF", "lowest", 1.4),
    ("725650TYCST.epw", "900FF", "lowest", 2.0),
    ("725650TYCST.epw", "900FF", "mean", 0.2),
    ("725650TYCST.epw", "950FF", "highest", 0.3),
    ("725650TYCST.epw", "980FF", "lowest", 0.5),
    ("DRYCOLDTMY.epw", "600FF", "lowest", 0.8),
    ("DRYCOLDTMY.epw", "650FF", "lowest", 0.4),
    ("DRYCOLDTMY.epw", "950FF", "lowest", 0.4),
];

/// The table's columns Min and Max in the row of a case.
fn published(table: &str, case: &str) -> Option<(f64, f64)> {
    let path = shared(&format!("oracles/heat/bestest/std140_tf_output-section_7_table_{table}.md"))?;
    let text = std::fs::read_to_string(path).expect("a readable table");
    let header: Vec<&str> = text.lines().nth(1).expect("a header").split('|').map(str::trim).collect();
    let row = text.lines().find(|line| line.trim_start_matches(['|', ' ']).starts_with(case)).expect("the case's row");
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let get = |name| header.iter().position(|h| *h == name).and_then(|k| cells[k].parse().ok());
    Some((get("Min").expect("a number"), get("Max").expect("a number")))
}

/// ASHRAE 140-2017 and before, as other validations state them; no means there.
fn published_for_drycold(case: &str) -> Ranges {
    match case {
        "600FF" => [Some((64.9, 69.5)), Some((-18.8, -15.6)), None],
        "650FF" => [Some((63.2, 68.2)), Some((-23.0, -21.6)), None],
        "900FF" => [Some((41.8, 44.8)), Some((-6.4, -1.6)), None],
        "950FF" => [Some((35.5, 38.5)), Some((-20.2, -18.6)), None],
        _ => [None; 3],
    }
}

fn compare(file: &str, edition: &Edition, ranges: impl Fn(&str) -> Ranges) {
    let Some(weather) = weather(file) else { return };
    for case in &CASES {
        let got = float(case, edition, &weather);
        for ((got, range), what) in got.into_iter().zip(ranges(case.name)).zip(WHAT) {
            let Some((low, high)) = range else { continue };
            // The tables are rounded to a tenth.
            let beyond_k = (low - got).max(got - high).max(0.0);
            println!("{file} {} {what}: {got:.1}, published {low} to {high}, beyond by {beyond_k:.2}", case.name);
            let known = OUTSIDE.iter().find(|k| (k.0, k.1, k.2) == (file, case.name, what));
            match known {
                None => assert!(beyond_k <= 0.05, "{file} {} {what}: {got}", case.name),
                Some(known) => {
                    assert!(
                        beyond_k > 0.05,
                        "{file} {} {what} is within the range now: take it off the list",
                        case.name
                    );
                    assert!(beyond_k <= known.3, "{file} {} {what}: {got}, beyond by {beyond_k}", case.name);
                }
            }
        }
    }
}

#[test]
fn free_floating_rooms_of_the_2020_edition() {
    compare("725650TYCST.epw", &EDITION_2020, |case| {
        ["b8_05a", "b8_05b", "b8_05c"].map(|table| published(table, case))
    });
}

#[test]
fn free_floating_rooms_of_the_2017_edition() {
    compare("DRYCOLDTMY.epw", &EDITION_2017, published_for_drycold);
}
