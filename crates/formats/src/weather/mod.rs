//! Weather series: a CSV table of instants and temperatures, and EnergyPlus weather files (EPW).
//!
//! A series is read as it is or refused: no gap is filled, nothing is sorted, no value is invented (`docs/formats/weather.md`).
//! Findings beside those of any table: `bad-instant`, `weather-gap`, `weather-order`, `weather-duplicate`, `weather-step`,
//! `weather-too-short`, `bad-location`, `bad-data-periods`, `radiation-incomplete`, `typical-year`.

mod csv;
mod epw;
mod onto;

pub use onto::{OntoError, moved, onto};

use crate::{Reading, source};
use jiff::tz::TimeZone;
use relight_model::{Finding, Findings, UtcSecond, WeatherSeries};
use std::path::Path;

/// Outdoor temperatures that are believed, °C: the records of the Earth are −89.2 and 56.7.
const T_OUT_C: (f64, f64) = (-90.0, 60.0);
/// Most radiation that is believed, W/m2: the sun sends 1,361 to 1,412 outside the air, clouds at the edge add a little.
const RADIATION_W_PER_M2_MAX: f64 = 1500.0;
/// Shortest and longest step, s.
const STEP_S: (i64, i64) = (60, 86_400);
/// Years that a series may lie in.
const YEARS: (i16, i16) = (1900, 2200);
/// Most steps: thirty years of hours, or half a year of minutes.
const STEPS_MAX: usize = 300_000;

/// Reads a weather file: EPW if its name ends so, else CSV.
///
/// `zone` is the time zone of instants that a CSV file gives without one; EPW names its own standard time. The value is `None`
/// only together with an error.
pub fn read(path: &Path, zone: &TimeZone) -> Reading<WeatherSeries> {
    match source::read_file(path) {
        Ok(bytes) => read_bytes(&bytes, &path.display().to_string(), zone),
        Err(finding) => {
            let mut findings = Findings::default();
            findings.push(finding);
            (None, findings)
        }
    }
}

/// [`read`] from bytes; `file` is the name in messages, and its ending decides the format.
pub fn read_bytes(bytes: &[u8], file: &str, zone: &TimeZone) -> Reading<WeatherSeries> {
    match source::as_text(bytes) {
        Ok(text) if file.to_ascii_lowercase().ends_with(".epw") => epw::parse(text, file),
        Ok(text) => csv::parse(text, file, zone),
        Err(finding) => {
            let mut findings = Findings::default();
            findings.push(finding.file(file));
            (None, findings)
        }
    }
}

/// How an instant follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sequence {
    Next,
    Gap,
    Duplicate,
    Backwards,
}

impl Sequence {
    fn of(before: i64, now: i64, step_s: i64) -> Self {
        match now - before {
            0 => Self::Duplicate,
            d if d < 0 => Self::Backwards,
            d if d == step_s => Self::Next,
            _ => Self::Gap,
        }
    }

    /// Code, sentence, hint; `None` where all is well.
    fn fault(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Next => None,
            Self::Gap => Some((
                "weather-gap",
                "the series does not go on in equal steps",
                "fill in the missing rows from another source",
            )),
            Self::Duplicate => Some(("weather-duplicate", "the instant stands there twice", "leave one of the rows")),
            Self::Backwards => {
                Some(("weather-order", "the instant lies before that of the row above", "sort the rows by time"))
            }
        }
    }
}

/// An instant for messages, UTC.
fn shown(at: UtcSecond) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(|_| format!("{} s", at.0), |t| t.to_string())
}

fn too_short(file: &str, steps: usize) -> Finding {
    Finding::error("weather-too-short", "a weather series has at least two steps")
        .file(file)
        .field("steps", steps)
        .allowed(format!("2 to {STEPS_MAX}"))
        .hint("check that the file is whole")
}

fn too_long(file: &str) -> Finding {
    Finding::error("too-many-rows", "the series is too long")
        .file(file)
        .allowed(format!("at most {STEPS_MAX} steps"))
        .hint("cut out the days that matter")
}
