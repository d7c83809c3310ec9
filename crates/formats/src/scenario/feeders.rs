//! The tables beside the network: districts, profiles, feeders, positions of buses.

use super::grid::{BusTable, Positions, geo_point};
use super::table::{Column, Row, Table, optional, required};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use relight_model::{Class, District, Feeder, Findings, GeoPoint, Horizon, Network, Profile, UtcSecond};
use std::collections::HashMap;
use std::path::Path;

pub(super) const DISTRICTS: &[Column] = &[required("id"), required("name"), optional("name_uk"), required("people")];
pub(super) const FEEDERS: &[Column] = &[
    required("id"),
    optional("name"),
    required("bus"),
    required("class"),
    optional("queue"),
    optional("protected"),
    required("people"),
    required("p_mw"),
    optional("q_mvar"),
    optional("profile"),
    optional("district"),
];
pub(super) const BUS_POSITIONS: &[Column] = &[required("bus"), required("lon_deg"), required("lat_deg")];

/// `id`, then one column for each half-hour of the local day.
pub(super) const PROFILES: &[Column] = &PROFILE_COLUMNS;
const PROFILE_COLUMNS: [Column; 49] = {
    let mut columns = [required("id"); 49];
    let mut k = 0;
    while k < 48 {
        columns[k + 1] = required(HALF_HOURS[k]);
        k += 1;
    }
    columns
};
pub(super) const HALF_HOURS: [&str; 48] = [
    "f0000", "f0030", "f0100", "f0130", "f0200", "f0230", "f0300", "f0330", "f0400", "f0430", "f0500", "f0530",
    "f0600", "f0630", "f0700", "f0730", "f0800", "f0830", "f0900", "f0930", "f1000", "f1030", "f1100", "f1130",
    "f1200", "f1230", "f1300", "f1330", "f1400", "f1430", "f1500", "f1530", "f1600", "f1630", "f1700", "f1730",
    "f1800", "f1830", "f1900", "f1930", "f2000", "f2030", "f2100", "f2130", "f2200", "f2230", "f2300", "f2330",
];

/// Highest factor of a profile: demand a hundred times the rated one is a mistake of units.
const FACTOR_MAX: f64 = 100.0;
/// Largest feeder, MW.
const FEEDER_MW_MAX: f64 = 1e6;
/// More people than this at one feeder, building or district are a mistake.
pub(super) const PEOPLE_MAX: u32 = 1_000_000_000;

/// Positions by id.
pub(super) type Ids = HashMap<String, u32>;

/// Takes up an id, or says where it stands already.
pub(super) fn claim(row: &mut Row<'_, '_>, ids: &mut Ids, id: &str, position: usize) -> bool {
    let position = position as u32;
    if let Some(&first) = ids.get(id) {
        let what = format!("the id stands in row {} already", first + 1);
        row.fault("duplicate-id", "id", id, &what, "each id once", "give it an id of its own");
        return false;
    }
    ids.insert(id.to_owned(), position);
    true
}

/// What a cell refers to, or a finding; `None` for an empty cell.
pub(super) fn refer(
    row: &mut Row<'_, '_>,
    column: &'static str,
    ids: &Ids,
    code: &'static str,
    table: &str,
) -> Option<Option<u32>> {
    let id = row.word(column).to_owned();
    if id.is_empty() {
        return Some(None);
    }
    let found = ids.get(&id).copied();
    if found.is_none() {
        let allowed = format!("an id of {table}");
        row.fault(
            code,
            column,
            &id,
            &format!("no such {column}"),
            &allowed,
            "check the spelling; ids are case-sensitive",
        );
    }
    found.map(Some)
}

/// [`refer`] for a cell that must not be empty.
pub(super) fn must_refer(
    row: &mut Row<'_, '_>,
    column: &'static str,
    ids: &Ids,
    code: &'static str,
    table: &str,
) -> Option<u32> {
    row.id(column)?;
    refer(row, column, ids, code, table)?
}

/// `districts.csv`, outlines still empty.
pub(super) fn districts(dir: &Path, findings: &mut Findings) -> (Vec<District>, Ids) {
    let (mut list, mut ids) = (Vec::new(), Ids::new());
    if let Some(table) = Table::open_if_there(&dir.join("districts.csv"), "districts", DISTRICTS, findings) {
        table.each(findings, |row| {
            let (id, people) = (row.id("id"), row.whole("people", None, 0, PEOPLE_MAX));
            let name = row.raw("name").to_owned();
            let name_uk = Some(row.raw("name_uk")).filter(|n| !n.is_empty()).unwrap_or(&name).to_owned();
            if let Some(id) = id
                && claim(row, &mut ids, &id, list.len())
            {
                list.push(District { id, name, name_uk, people: people.unwrap_or_default(), outline: Vec::new() });
            }
        });
    }
    (list, ids)
}

/// `profiles.csv`, with the factor of each step of the horizon.
pub(super) fn profiles(dir: &Path, horizon: &Horizon, zone: &TimeZone, findings: &mut Findings) -> (Vec<Profile>, Ids) {
    let (mut list, mut ids) = (Vec::new(), Ids::new());
    if let Some(table) = Table::open_if_there(&dir.join("profiles.csv"), "profiles", PROFILES, findings) {
        let weights = half_hours_of_steps(horizon, zone);
        table.each(findings, |row| {
            let id = row.id("id");
            let factors: Vec<Option<f64>> = HALF_HOURS.iter().map(|c| row.number(c, None, 0.0, FACTOR_MAX)).collect();
            if let Some(id) = id
                && claim(row, &mut ids, &id, list.len())
                && let Some(factor_by_half_hour) = factors.into_iter().collect::<Option<Vec<f64>>>()
            {
                let factor_by_step = factor_by_step(&factor_by_half_hour, &weights);
                list.push(Profile { id, factor_by_half_hour, factor_by_step });
            }
        });
    }
    (list, ids)
}

/// For each step, the half-hours of the local day that it covers and the seconds it spends in each.
type StepHalfHours = Vec<Vec<(usize, u32)>>;

/// Walks each step in UTC and asks the time zone for the local half-hour: right on days of 23 and 25 hours too.
fn half_hours_of_steps(horizon: &Horizon, zone: &TimeZone) -> StepHalfHours {
    const HALF_HOUR_S: i64 = 1800;
    (0..horizon.steps)
        .map(|step| {
            let UtcSecond(mut now) = horizon.at(step);
            let end = now + i64::from(horizon.step_s);
            let mut pieces: Vec<(usize, u32)> = Vec::new();
            while now < end {
                let local = local_second_of_day(now, zone);
                let half_hour = (local / HALF_HOUR_S) as usize;
                let piece = (HALF_HOUR_S - local % HALF_HOUR_S).min(end - now);
                match pieces.iter_mut().find(|(k, _)| *k == half_hour) {
                    Some((_, seconds)) => *seconds += piece as u32,
                    None => pieces.push((half_hour, piece as u32)),
                }
                now += piece;
            }
            pieces
        })
        .collect()
}

fn local_second_of_day(instant: i64, zone: &TimeZone) -> i64 {
    let local: civil::DateTime = match Timestamp::from_second(instant) {
        Ok(instant) => zone.to_datetime(instant),
        // Settings admit the years 1900 to 2200 alone, which jiff knows.
        Err(_) => civil::DateTime::MIN,
    };
    i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second())
}

/// Mean of the factors over the time a step spends in each half-hour; a step inside one half-hour takes its factor.
fn factor_by_step(factor_by_half_hour: &[f64], steps: &StepHalfHours) -> Vec<f64> {
    steps
        .iter()
        .map(|pieces| match pieces.as_slice() {
            [(only, _)] => factor_by_half_hour[*only],
            _ => {
                let total_s: f64 = pieces.iter().map(|(_, s)| f64::from(*s)).sum();
                pieces.iter().map(|(k, s)| factor_by_half_hour[*k] * f64::from(*s)).sum::<f64>() / total_s
            }
        })
        .collect()
}

/// `feeders.csv`. Without it there is nothing to plan for.
pub(super) fn feeders(
    dir: &Path,
    network: &Network,
    profile_ids: &Ids,
    district_ids: &Ids,
    findings: &mut Findings,
) -> (Vec<Feeder>, Ids) {
    let (mut list, mut ids) = (Vec::new(), Ids::new());
    let Some(table) = Table::open(&dir.join("feeders.csv"), "feeders", FEEDERS, findings) else { return (list, ids) };
    let buses = BusTable::new(network);
    table.each(findings, |row| {
        let feeder = feeder(row, &buses, profile_ids, district_ids);
        if let Some(feeder) = feeder
            && claim(row, &mut ids, &feeder.id, list.len())
        {
            list.push(feeder);
        }
    });
    if list.is_empty() && !findings.has_errors() {
        let finding =
            relight_model::Finding::error("no-feeders", "the table has no feeder: there is nothing to plan for");
        findings.push(finding.file(dir.join("feeders.csv").display().to_string()).hint("add a row for each feeder"));
    }
    (list, ids)
}

fn feeder(row: &mut Row<'_, '_>, buses: &BusTable, profile_ids: &Ids, district_ids: &Ids) -> Option<Feeder> {
    let id = row.id("id");
    let bus = buses.get(row, "bus");
    let class = row.id("class").and_then(|word| {
        let class = word.parse::<Class>().ok();
        if class.is_none() {
            let allowed = Class::ALL.map(Class::name).join(", ");
            row.fault(
                "unknown-class",
                "class",
                &word,
                "unknown class",
                &allowed,
                "use one of these words, in lower case",
            );
        }
        class
    });
    let protected = row.flag("protected", false);
    let people = row.whole("people", None, 0, PEOPLE_MAX);
    let p_mw = row.number("p_mw", None, -FEEDER_MW_MAX, FEEDER_MW_MAX);
    let q_mvar = row.number("q_mvar", Some(0.0), -FEEDER_MW_MAX, FEEDER_MW_MAX);
    let profile = refer(row, "profile", profile_ids, "unknown-profile", "profiles.csv");
    let district = refer(row, "district", district_ids, "unknown-district", "districts.csv");
    Some(Feeder {
        id: id?,
        name: row.raw("name").to_owned(),
        bus: bus?,
        class: class?,
        queue: Some(row.word("queue")).filter(|q| !q.is_empty()).map(str::to_owned),
        protected: protected?,
        people: people?,
        p_mw: p_mw?,
        q_mvar: q_mvar?,
        profile: profile?,
        district: district?,
    })
}

/// A place that must be given.
pub(super) fn required_point(row: &mut Row<'_, '_>) -> Option<GeoPoint> {
    row.id("lon_deg")?;
    row.id("lat_deg")?;
    geo_point(row)?
}

/// `bus_positions.csv`, for a network that is a case file.
pub(super) fn bus_positions(dir: &Path, network: &Network, findings: &mut Findings) -> Positions {
    let path = dir.join("bus_positions.csv");
    let Some(table) = Table::open_if_there(&path, "bus_positions", BUS_POSITIONS, findings) else { return Vec::new() };
    let buses = BusTable::new(network);
    let mut positions: Positions = vec![None; network.buses.len()];
    let mut any = false;
    table.each(findings, |row| {
        let (bus, point) = (buses.get(row, "bus"), required_point(row));
        if let (Some(bus), Some(point)) = (bus, point) {
            any = true;
            if positions[bus.i()].replace(point).is_some() {
                let id = row.word("bus").to_owned();
                row.fault("duplicate-id", "bus", &id, "the bus has a position already", "each bus once", "remove one");
            }
        }
    });
    // A template without rows says nothing about positions.
    if any { positions } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(start: &str, step_minutes: u32, steps: u32) -> StepHalfHours {
        let start = UtcSecond(start.parse::<Timestamp>().unwrap().as_second());
        let horizon = Horizon { start, step_s: step_minutes * 60, steps };
        half_hours_of_steps(&horizon, &TimeZone::get("Europe/Kyiv").unwrap())
    }

    fn first(pieces: &StepHalfHours) -> Vec<usize> {
        pieces.iter().map(|p| p[0].0).collect()
    }

    #[test]
    fn steps_follow_local_time_over_the_days_of_23_and_25_hours() {
        // 29 March 2026: 03:00 local does not exist, 02:30 is followed by 04:00.
        assert_eq!(first(&steps("2026-03-29T00:00:00Z", 30, 4)), [4, 5, 8, 9]);
        // 25 October 2026: 03:00 to 04:00 local comes twice.
        assert_eq!(first(&steps("2026-10-25T00:00:00Z", 30, 6)), [6, 7, 6, 7, 8, 9]);
        // Winter: UTC+2.
        assert_eq!(first(&steps("2026-01-20T22:00:00Z", 30, 2)), [0, 1]);
    }

    #[test]
    fn long_steps_take_the_mean_of_what_they_cover_and_short_ones_their_half_hour() {
        let factors: Vec<f64> = (0..48).map(f64::from).collect();
        assert_eq!(factor_by_step(&factors, &steps("2026-01-20T22:00:00Z", 60, 2)), [0.5, 2.5]);
        assert_eq!(factor_by_step(&factors, &steps("2026-01-20T22:00:00Z", 1440, 1)), [23.5]);
        assert_eq!(factor_by_step(&factors, &steps("2026-01-20T22:00:00Z", 10, 4)), [0.0, 0.0, 0.0, 1.0]);
        // A step that starts off the half-hour: 15 of its 30 minutes in each.
        assert_eq!(factor_by_step(&factors, &steps("2026-01-20T22:15:00Z", 30, 1)), [0.5]);
    }

    #[test]
    fn the_columns_of_profiles_are_the_half_hours_in_order() {
        for (k, column) in PROFILES.iter().skip(1).enumerate() {
            assert_eq!(column.name, format!("f{:02}{:02}", k / 2, k % 2 * 30));
        }
    }
}
