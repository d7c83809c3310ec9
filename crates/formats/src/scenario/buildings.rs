//! Buildings with what warms them, and thermometers in them.

use super::feeders::{Ids, PEOPLE_MAX, claim, must_refer, refer, required_point};
use super::settings::{INSTANT_ALLOWED, instant_of};
use super::table::{Column, Row, Table, optional, required};
use relight_model::{Building, BuildingKind, Finding, Findings, Heating, SubstationIdx, Thermometer};
use std::path::Path;

pub(super) const BUILDINGS: &[Column] = &[
    required("id"),
    required("lon_deg"),
    required("lat_deg"),
    required("district"),
    required("feeder"),
    required("floors"),
    required("people"),
    optional("kind"),
    optional("year"),
    optional("area_m2"),
    optional("heating"),
    optional("substation"),
    optional("electric_share"),
];
pub(super) const THERMOMETERS: &[Column] = &[required("building"), required("at"), required("t_indoor_c")];

/// Years in which a building may have been built.
const YEARS: (u32, u32) = (1000, 2200);
/// Largest building, m2.
const AREA_M2_MAX: f64 = 1e8;
/// Indoor temperatures beyond are a broken thermometer, °C.
const INDOOR_C: (f64, f64) = (-60.0, 60.0);

/// Positions of what a building refers to.
pub(super) struct Known<'a> {
    pub(super) districts: &'a Ids,
    pub(super) feeders: &'a Ids,
    pub(super) substations: &'a Ids,
    /// Whether the scenario has a heat network.
    pub(super) heat: bool,
}

/// `buildings.csv`.
pub(super) fn buildings(dir: &Path, known: &Known<'_>, findings: &mut Findings) -> (Vec<Building>, Ids) {
    let (mut list, mut ids) = (Vec::new(), Ids::new());
    let path = dir.join("buildings.csv");
    if let Some(table) = Table::open_if_there(&path, "buildings", BUILDINGS, findings) {
        table.each(findings, |row| {
            let building = building(row, known);
            if let Some(building) = building
                && claim(row, &mut ids, &building.id, list.len())
            {
                list.push(building);
            }
        });
    }
    let unknown: Vec<&Building> = list.iter().filter(|b| b.heating == Heating::Unknown).collect();
    if known.heat && !unknown.is_empty() {
        let what = format!("{} buildings do not say what warms them; no plan for heat counts them", unknown.len());
        findings.push(
            Finding::note("heating-not-known", what)
                .file(path.display().to_string())
                .field("buildings", unknown.iter().take(5).map(|b| b.id.as_str()).collect::<Vec<_>>().join(", "))
                .allowed("district with a substation, own, stove, electric")
                .hint("fill in heating, or substation"),
        );
    }
    (list, ids)
}

fn building(row: &mut Row<'_, '_>, known: &Known<'_>) -> Option<Building> {
    let id = row.id("id");
    let at = required_point(row);
    let district = must_refer(row, "district", known.districts, "unknown-district", "districts.csv");
    let feeder = must_refer(row, "feeder", known.feeders, "unknown-feeder", "feeders.csv");
    let floors = row.whole("floors", None, 0, 1000);
    let people = row.whole("people", None, 0, PEOPLE_MAX);
    let year =
        if row.word("year").is_empty() { Some(None) } else { row.whole("year", None, YEARS.0, YEARS.1).map(Some) };
    let kind = kind(row);
    let usual_area_m2 = f64::from(people.unwrap_or(1).max(1)) * Building::AREA_M2_PER_PERSON;
    let area_m2 = row.above_zero("area_m2", Some(usual_area_m2), AREA_M2_MAX);
    let heating = heating(row, known.substations);
    // Where electricity warms the house, all of its heat is electric.
    let usual_share = if heating == Some(Heating::Electric) { 1.0 } else { 0.0 };
    let electric_share = row.number("electric_share", Some(usual_share), 0.0, 1.0);
    let (floors, year) = (floors?, year?);
    Some(Building {
        id: id?,
        at: at?,
        district: district?,
        feeder: feeder?,
        floors,
        people: people?,
        kind: kind?.unwrap_or_else(|| Building::usual_kind(year, floors)),
        year,
        area_m2: area_m2?,
        heating: heating?,
        electric_share: electric_share?,
    })
}

/// `Some(None)` where the cell is empty.
fn kind(row: &mut Row<'_, '_>) -> Option<Option<BuildingKind>> {
    let word = row.word("kind").to_owned();
    if word.is_empty() {
        return Some(None);
    }
    let kind = BuildingKind::ALL.into_iter().find(|k| k.name() == word);
    if kind.is_none() {
        let allowed = BuildingKind::ALL.map(BuildingKind::name).join(", ");
        row.fault("unknown-kind", "kind", &word, "unknown kind of building", &allowed, "leave it empty if unknown");
    }
    kind.map(Some)
}

/// Words of the column `heating` beside `district`.
const WORDS: [(&str, Heating); 3] = [("own", Heating::Own), ("stove", Heating::Stove), ("electric", Heating::Electric)];

/// The word that says what warms a building, and the cell of its substation.
pub(super) fn heating_words(heating: Heating) -> (&'static str, Option<SubstationIdx>) {
    match heating {
        Heating::District(substation) => ("district", Some(substation)),
        Heating::Unknown => ("", None),
        other => (WORDS.iter().find(|w| w.1 == other).map_or("", |w| w.0), None),
    }
}

fn heating(row: &mut Row<'_, '_>, substations: &Ids) -> Option<Heating> {
    const ALLOWED: &str = "district with a substation; own, stove or electric without";
    let word = row.word("heating").to_owned();
    let substation = refer(row, "substation", substations, "unknown-substation", "heat/substations.csv")?;
    match (word.as_str(), substation) {
        ("" | "district", Some(substation)) => Some(Heating::District(SubstationIdx(substation))),
        ("", None) => Some(Heating::Unknown),
        ("district", None) => {
            row.warn(
                "no-substation",
                "substation",
                "",
                "the building is on district heat, but on no substation: no plan for heat counts it",
                "name its substation, or say own, stove or electric",
            );
            Some(Heating::Unknown)
        }
        (word, substation) => match (WORDS.iter().find(|w| w.0 == word), substation) {
            (Some(&(_, heating)), None) => Some(heating),
            (Some(_), Some(_)) => {
                let hint = "empty the cell of the substation, or say district";
                row.fault("heating-differs", "heating", word, "the building has a substation", ALLOWED, hint);
                None
            }
            (None, _) => {
                row.fault("unknown-heating", "heating", word, "unknown way of heating", ALLOWED, "check the spelling");
                None
            }
        },
    }
}

/// `thermometers.csv`, in the order of time; readings of one instant stay in the order of the table.
pub(super) fn thermometers(dir: &Path, building_ids: &Ids, findings: &mut Findings) -> Vec<Thermometer> {
    let mut list = Vec::new();
    let path = dir.join("thermometers.csv");
    if let Some(table) = Table::open_if_there(&path, "thermometers", THERMOMETERS, findings) {
        table.each(findings, |row| {
            let building = must_refer(row, "building", building_ids, "unknown-building", "buildings.csv");
            let at = row.id("at").and_then(|written| {
                let at = instant_of(&written);
                if at.is_none() {
                    let hint = "end it with Z for UTC, or with an offset such as +02:00";
                    row.fault("not-an-instant", "at", &written, "this is no instant", INSTANT_ALLOWED, hint);
                }
                at
            });
            let t_indoor_c = row.number("t_indoor_c", None, INDOOR_C.0, INDOOR_C.1);
            if let (Some(building), Some(at), Some(t_indoor_c)) = (building, at, t_indoor_c) {
                list.push(Thermometer { building, at, t_indoor_c });
            }
        });
    }
    list.sort_by_key(|t| t.at);
    list
}
