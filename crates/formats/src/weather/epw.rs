//! EnergyPlus weather files: eight header lines, then one line for each step (EnergyPlus, Auxiliary Programs, "EPW data dictionary").
//!
//! A line's hour is the one that ends then, in standard time without daylight saving. A typical year strings together months of
//! different years: its instants then count on from the year of the first line.

use super::{RADIATION_W_PER_M2_MAX, STEPS_MAX, Sequence, T_OUT_C, YEARS, too_long, too_short};
use crate::Reading;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use relight_model::{Finding, Findings, GeoPoint, Radiation, UtcSecond, WeatherSeries, WeatherSite};

/// Lines before the data at the most: eight by the format, and some slack for comments.
const HEADER_LINES_MAX: usize = 100;
/// Values by which a file says that radiation is missing.
const RADIATION_MISSING: f64 = 9999.0;

/// One line of data.
#[derive(Clone, Copy)]
struct Line {
    row: u32,
    date: Date,
    /// Beginning of its step, minutes of the day.
    minute: i64,
    t_out_c: f64,
    radiation: Option<Radiation>,
}

/// Reads the file.
pub(super) fn parse(text: &str, file: &str) -> Reading<WeatherSeries> {
    let mut findings = Findings::default();
    let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1u32..);
    let header = header(&mut lines, &mut findings);
    let mut data = Vec::new();
    if let Some((_, records_per_hour)) = header {
        for (line, row) in lines.filter(|(line, _)| !line.trim().is_empty()) {
            if data.len() > STEPS_MAX || findings.errors() > crate::scenario::table::ERRORS_MAX {
                break;
            }
            data.extend(data_line(line, row, records_per_hour, &mut findings));
        }
        if data.len() > STEPS_MAX {
            findings.push(too_long(file));
        } else if data.len() < 2 && !findings.has_errors() {
            findings.push(too_short(file, data.len()));
        }
    }
    let (Some((site, records_per_hour)), false) = (header, findings.has_errors()) else {
        return (None, findings.with_file(file));
    };
    let step_s = 3600 / records_per_hour;
    let Some(start) = start(&data, i64::from(step_s), &mut findings) else { return (None, findings.with_file(file)) };
    let radiation: Vec<Radiation> = data.iter().map_while(|line| line.radiation).collect();
    let complete = radiation.len() == data.len();
    if !complete {
        let what = "radiation is missing in some lines, and is not used";
        findings.push(Finding::warning("radiation-incomplete", what).at("", data[radiation.len()].row));
    }
    let series = WeatherSeries {
        start: UtcSecond(start - (site.utc_offset_h * 3600.0).round() as i64),
        step_s,
        t_out_c: data.iter().map(|line| line.t_out_c).collect(),
        radiation: if complete { radiation } else { Vec::new() },
        site: Some(site),
    };
    (Some(series), findings.with_file(file))
}

/// Site and records per hour: the lines up to `DATA PERIODS`.
fn header<'t>(lines: &mut impl Iterator<Item = (&'t str, u32)>, findings: &mut Findings) -> Option<(WeatherSite, u32)> {
    let mut site = None;
    for (line, row) in lines.take(HEADER_LINES_MAX) {
        let mut cells = line.split(',').map(str::trim);
        match cells.next().map(str::to_ascii_uppercase).as_deref() {
            Some("LOCATION") => site = location(&cells.collect::<Vec<_>>(), row, findings),
            Some("DATA PERIODS") => {
                let records = cells.nth(1).unwrap_or("");
                let records_per_hour = records.parse().ok().filter(|n| (1..=60u32).contains(n) && 60 % n == 0);
                if records_per_hour.is_none() {
                    let what = "the number of records per hour is not one that divides 60";
                    let finding = Finding::error("bad-data-periods", what).at("", row);
                    findings.push(finding.field("records_per_hour", records).allowed("1, 2, 3, 4, 5, 6, ... 60"));
                }
                if site.is_none() && !findings.has_errors() {
                    break;
                }
                return site.zip(records_per_hour);
            }
            _ => {}
        }
    }
    if !findings.has_errors() {
        let what = "the header of a weather file is missing or incomplete";
        let finding = Finding::error("bad-location", what).allowed("LOCATION first, DATA PERIODS last");
        findings.push(finding.hint("fetch the file again"));
    }
    None
}

/// `city,state,country,source,WMO,latitude,longitude,zone,elevation`, after the keyword.
fn location(cells: &[&str], row: u32, findings: &mut Findings) -> Option<WeatherSite> {
    let mut get = |k: usize, field: &'static str, low: f64, high: f64| {
        let cell = cells.get(k).copied().unwrap_or("");
        let value = cell.parse::<f64>().ok().filter(|v| (low..=high).contains(v));
        if value.is_none() {
            let finding = Finding::error("bad-location", "the place of the weather station is not given").at("", row);
            findings.push(finding.field(field, cell).allowed(format!("{low} to {high}")).hint("mend the first line"));
        }
        value
    };
    let lat_deg = get(5, "latitude_deg", -90.0, 90.0);
    let lon_deg = get(6, "longitude_deg", -180.0, 180.0);
    let utc_offset_h = get(7, "utc_offset_h", -12.0, 14.0);
    let height_m = get(8, "height_m", -500.0, 9000.0);
    let at = GeoPoint { lon_deg: lon_deg?, lat_deg: lat_deg? };
    Some(WeatherSite { at, utc_offset_h: utc_offset_h?, height_m: height_m? })
}

fn data_line(line: &str, row: u32, records_per_hour: u32, findings: &mut Findings) -> Option<Line> {
    let cells: Vec<&str> = line.split(',').map(str::trim).take(20).collect();
    let mut number = |k: usize, field: &'static str, low: f64, high: f64| {
        let cell = cells.get(k).copied().unwrap_or("");
        let parsed = cell.parse::<f64>();
        let good = parsed.as_ref().is_ok_and(|v| (low..=high).contains(v));
        if !good {
            let (code, what) = match parsed {
                _ if cell.is_empty() => ("empty-cell", "the cell is empty"),
                Err(_) => ("not-a-number", "this is no number"),
                Ok(v) if !v.is_finite() => ("not-finite", "this is not a finite number"),
                Ok(v) if v < 0.0 && low >= 0.0 => ("negative", "this cannot be negative"),
                Ok(_) => ("out-of-range", "out of range"),
            };
            let finding = Finding::error(code, what).at("", row).field(field, cell).allowed(format!("{low} to {high}"));
            findings.push(finding.hint("99.9 stands for a missing temperature: fill it in from another source"));
        }
        parsed.ok().filter(|_| good)
    };
    let year = number(0, "year", f64::from(YEARS.0), f64::from(YEARS.1));
    let (month, day) = (number(1, "month", 1.0, 12.0), number(2, "day", 1.0, 31.0));
    let (hour, minute) = (number(3, "hour", 1.0, 24.0), number(4, "minute", 0.0, 60.0));
    let t_out_c = number(6, "t_out_c", T_OUT_C.0, T_OUT_C.1);
    let sun = [(13, "global_w_per_m2"), (14, "direct_normal_w_per_m2"), (15, "diffuse_w_per_m2")].map(|(k, field)| {
        let missing = cells.get(k).is_none_or(|c| c.is_empty() || c.parse() == Ok(RADIATION_MISSING));
        if missing { None } else { number(k, field, 0.0, RADIATION_W_PER_M2_MAX) }
    });
    let radiation = match sun {
        [Some(global_w_per_m2), Some(direct_normal_w_per_m2), Some(diffuse_w_per_m2)] => {
            Some(Radiation { global_w_per_m2, direct_normal_w_per_m2, diffuse_w_per_m2 })
        }
        _ => None,
    };
    let (year, month, day) = (year? as i16, month? as i8, day? as i8);
    let Ok(date) = Date::new(year, month, day) else {
        let finding = Finding::error("bad-instant", "this is no instant").at("", row);
        findings.push(finding.field("day", day).allowed("a day of that month").hint("mend the line"));
        return None;
    };
    // With one record an hour the minute is written as 0 or 60 by habit alone.
    let end = if records_per_hour == 1 { hour? as i64 * 60 } else { (hour? as i64 - 1) * 60 + minute? as i64 };
    Some(Line { row, date, minute: end - i64::from(60 / records_per_hour), t_out_c: t_out_c?, radiation })
}

/// Beginning of the first step in standard time, s since 1970. Checks that each line follows the one before: by its own year if
/// that works, else as a typical year, by month, day and hour alone.
fn start(data: &[Line], step_s: i64, findings: &mut Findings) -> Option<i64> {
    let seconds = |date: Date, minute: i64| {
        let midnight = TimeZone::UTC.to_timestamp(DateTime::from_parts(date, jiff::civil::Time::midnight())).ok()?;
        Some(midnight.as_second() + minute * 60)
    };
    let (first, last) = (data.first()?, data.last()?);
    let own: Vec<i64> = data.iter().map_while(|line| seconds(line.date, line.minute)).collect();
    if own.len() == data.len() && own.windows(2).all(|w| w[1] - w[0] == step_s) {
        return own.first().copied();
    }
    // A typical year has no 29 February, even if that month comes from a leap year. Its instants need a year without one.
    let leap_day = data.iter().any(|line| (line.date.month(), line.date.day()) == (2, 29));
    let mut year = first.date.year();
    while Date::new(year, 1, 1).ok()?.in_leap_year() != leap_day {
        year -= 1;
    }
    let begin = seconds(Date::new(year, first.date.month(), first.date.day()).ok()?, first.minute)?;
    let mut before = begin;
    let year_length_s = if leap_day { 366 } else { 365 } * 86_400;
    for line in &data[1..] {
        let date = Date::new(year, line.date.month(), line.date.day()).ok()?;
        let mut now = seconds(date, line.minute)?;
        // Over New Year the same months come again.
        if before - now > year_length_s / 2 {
            now += year_length_s * (1 + (before - now - year_length_s / 2) / year_length_s);
        }
        if let Some((code, what, hint)) = Sequence::of(before, now, step_s).fault() {
            let value = format!("{} {:02}:{:02}", line.date, line.minute.div_euclid(60), line.minute.rem_euclid(60));
            findings.push(Finding::error(code, what).at("", line.row).field("t", value).hint(hint));
        }
        before = now;
    }
    if findings.has_errors() {
        return None;
    }
    let what = format!("months of different years are strung together as the year {year}");
    let years = format!("{} to {}", first.date.year(), last.date.year());
    findings.push(Finding::note("typical-year", what).field("years", years));
    Some(begin)
}
