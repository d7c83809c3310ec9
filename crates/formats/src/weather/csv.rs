//! A table `t,t_out_c`, with radiation if known.

use super::{RADIATION_W_PER_M2_MAX, STEP_S, STEPS_MAX, Sequence, T_OUT_C, YEARS, shown, too_long, too_short};
use crate::Reading;
use crate::scenario::table::{Column, Row, Table, optional, required};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use relight_model::{Finding, Findings, Radiation, UtcSecond, WeatherSeries};

const GLOBAL: &str = "global_w_per_m2";
const DIRECT: &str = "direct_normal_w_per_m2";
const DIFFUSE: &str = "diffuse_w_per_m2";
const COLUMNS: &[Column] = &[required("t"), required("t_out_c"), optional(GLOBAL), optional(DIRECT), optional(DIFFUSE)];

/// Reads the table. An instant is the beginning of its step.
pub(super) fn parse(text: &str, file: &str, zone: &TimeZone) -> Reading<WeatherSeries> {
    let mut findings = Findings::default();
    let Some(table) = Table::parse(text.as_bytes().to_vec(), file.to_owned(), "weather", COLUMNS, &mut findings) else {
        return (None, findings);
    };
    let radiation_columns = [GLOBAL, DIRECT, DIFFUSE].into_iter().filter(|c| table.has(c)).count();
    if matches!(radiation_columns, 1 | 2) {
        let what = "radiation is used only where all three of its columns are there";
        let columns = format!("{GLOBAL}, {DIRECT}, {DIFFUSE}");
        findings.push(Finding::warning("radiation-incomplete", what).file(file).at("weather", 0).allowed(columns));
    }
    let mut series = Growing::default();
    table.each(&mut findings, |row| {
        let at = instant(row, zone, series.last);
        let t_out_c = row.number("t_out_c", None, T_OUT_C.0, T_OUT_C.1);
        let radiation = if radiation_columns == 3 { radiation(row) } else { None };
        if let (Some(at), Some(t_out_c)) = (at, t_out_c) {
            series.push(row, at, t_out_c, radiation);
        }
    });
    if series.t_out_c.len() > STEPS_MAX {
        findings.push(too_long(file));
    }
    if series.t_out_c.len() < 2 && !findings.has_errors() {
        findings.push(too_short(file, series.t_out_c.len()));
    }
    if findings.has_errors() {
        return (None, findings);
    }
    (series.finish(), findings)
}

/// The series as far as it has been read.
#[derive(Default)]
struct Growing {
    start: i64,
    last: Option<i64>,
    step_s: Option<i64>,
    t_out_c: Vec<f64>,
    radiation: Vec<Radiation>,
}

impl Growing {
    fn push(&mut self, row: &mut Row<'_, '_>, at: i64, t_out_c: f64, radiation: Option<Radiation>) {
        let Some(last) = self.last else {
            (self.start, self.last) = (at, Some(at));
            return self.keep(t_out_c, radiation);
        };
        let first_step = self.step_s.is_none();
        let step_s = *self.step_s.get_or_insert(at - last);
        let sequence = Sequence::of(last, at, step_s);
        let value = row.word("t").to_owned();
        if let Some((code, what, hint)) = sequence.fault() {
            let next = if step_s > 0 { UtcSecond(last.saturating_add(step_s)) } else { UtcSecond(last) };
            row.fault(code, "t", &value, what, &format!("{} here", shown(next)), hint);
            if first_step {
                self.step_s = None;
            }
        } else if first_step && !(STEP_S.0..=STEP_S.1).contains(&step_s) {
            let allowed = format!("steps of {} to {} s", STEP_S.0, STEP_S.1);
            let what = "the step of the series is too short or too long";
            row.fault("weather-step", "t", &value, what, &allowed, "hourly data is best");
        }
        self.last = Some(at);
        self.keep(t_out_c, radiation);
    }

    fn keep(&mut self, t_out_c: f64, radiation: Option<Radiation>) {
        // One more than the limit shows that there are too many.
        if self.t_out_c.len() <= STEPS_MAX {
            self.t_out_c.push(t_out_c);
            self.radiation.extend(radiation);
        }
    }

    fn finish(self) -> Option<WeatherSeries> {
        let step_s = u32::try_from(self.step_s?).ok()?;
        Some(WeatherSeries {
            start: UtcSecond(self.start),
            step_s,
            t_out_c: self.t_out_c,
            radiation: self.radiation,
            site: None,
        })
    }
}

fn radiation(row: &mut Row<'_, '_>) -> Option<Radiation> {
    let mut get = |column| row.number(column, None, 0.0, RADIATION_W_PER_M2_MAX);
    let (global, direct, diffuse) = (get(GLOBAL), get(DIRECT), get(DIFFUSE));
    Some(Radiation { global_w_per_m2: global?, direct_normal_w_per_m2: direct?, diffuse_w_per_m2: diffuse? })
}

/// The cell `t` as seconds UTC: with an offset or `Z` as it says, else local time of `zone`.
///
/// When clocks are set back an hour stands twice in local time: its second appearance is the one that follows the first.
fn instant(row: &mut Row<'_, '_>, zone: &TimeZone, last: Option<i64>) -> Option<i64> {
    let word = row.word("t").to_owned();
    let allowed =
        format!("an instant of the years {} to {}, such as 2026-01-15 06:00 or 2026-01-15T06:00:00Z", YEARS.0, YEARS.1);
    if word.is_empty() {
        row.fault("empty-cell", "t", "", "the cell is empty", &allowed, "fill it in");
        return None;
    }
    let at = match word.parse::<Timestamp>() {
        Ok(at) => Some(at.as_second()),
        Err(_) => word.parse::<DateTime>().ok().and_then(|civil| local(civil, zone, last)),
    };
    let years = |at: &i64| {
        Timestamp::from_second(*at).is_ok_and(|t| (YEARS.0..=YEARS.1).contains(&TimeZone::UTC.to_datetime(t).year()))
    };
    let at = at.filter(years);
    if at.is_none() {
        let hint = "an hour that clocks leap over in spring does not exist in local time: give UTC with a Z";
        row.fault("bad-instant", "t", &word, "this is no instant", &allowed, hint);
    }
    at
}

fn local(civil: DateTime, zone: &TimeZone, last: Option<i64>) -> Option<i64> {
    let seconds = |offset: jiff::tz::Offset| offset.to_timestamp(civil).ok().map(Timestamp::as_second);
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => seconds(offset),
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Fold { before, after } => {
            let first = seconds(before)?;
            if last.is_some_and(|last| last >= first) { seconds(after) } else { Some(first) }
        }
    }
}
