//! `weather.csv` of a scenario: read by [`crate::weather`], checked against the horizon, written again.

use super::settings::instant_text;
use super::table::{Column, required};
use super::text::{csv_text, n};
use crate::weather;
use jiff::tz::TimeZone;
use relight_model::{Finding, Findings, Horizon, UtcSecond, WeatherSeries};
use std::path::Path;

pub(super) const FILE: &str = "weather.csv";
const COLUMNS: &[Column] = &[
    required("t"),
    required("t_out_c"),
    required("global_w_per_m2"),
    required("direct_normal_w_per_m2"),
    required("diffuse_w_per_m2"),
];

/// Reads the series, which must cover the horizon. Instants without an offset are local time of the scenario.
pub(super) fn read(dir: &Path, zone: &TimeZone, horizon: &Horizon, findings: &mut Findings) -> Option<WeatherSeries> {
    let path = dir.join(FILE);
    if path.symlink_metadata().is_err() {
        return None;
    }
    let (series, found) = weather::read(&path, zone);
    findings.extend(found);
    let series = series?;
    let end = horizon.at(horizon.steps);
    if series.start <= horizon.start && series.end() >= end {
        return Some(series);
    }
    let shown = |from: UtcSecond, to: UtcSecond| {
        let text = |at| instant_text(at).unwrap_or_default();
        format!("{} to {}", text(from), text(to))
    };
    findings.push(
        Finding::error("weather-not-covering", "the weather does not cover the horizon of the plan")
            .file(path.display().to_string())
            .field("t", shown(series.start, series.end()))
            .allowed(format!("{} or longer", shown(horizon.start, end)))
            .hint("take a longer series, or change the horizon in scenario.toml"),
    );
    None
}

/// The series as text. `None` if an instant is out of range.
pub(super) fn text(series: &WeatherSeries) -> Option<String> {
    let columns = if series.radiation.is_empty() { &COLUMNS[..2] } else { COLUMNS };
    let row = |k: usize| {
        let at = UtcSecond(series.start.0 + i64::from(series.step_s) * k as i64);
        let mut row = vec![instant_text(at)?, n(series.t_out_c[k])];
        if let Some(r) = series.radiation.get(k) {
            row.extend([r.global_w_per_m2, r.direct_normal_w_per_m2, r.diffuse_w_per_m2].map(n));
        }
        Some(row)
    };
    let rows: Option<Vec<Vec<String>>> = (0..series.t_out_c.len()).map(row).collect();
    Some(csv_text(columns, rows?.into_iter()))
}

/// What the table cannot hold, if there is any: what it is, and what it holds.
pub(super) fn unwritable(series: &WeatherSeries) -> Option<(&'static str, &'static str)> {
    if series.site.is_some() {
        return Some(("the place where weather was measured", "a series without its place"));
    }
    let whole = series.radiation.is_empty() || series.radiation.len() == series.t_out_c.len();
    (!whole || series.t_out_c.len() < 2)
        .then_some(("a weather series of fewer than two steps, or half of radiation", "two steps or more"))
}
