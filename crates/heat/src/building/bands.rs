//! P10, P50 and P90 of the indoor temperatures of many buildings over a horizon.
//!
//! Each building is one node ([`super::one_node`]) whose time constant nobody knows well: lognormal around its typology, together
//! with the temperature at the beginning. Both are taken at evenly spread quantiles, not at random; thermometers narrow them
//! ([`super::posterior`]). All samples run side by side: one multiplication and two additions for each sample and step.

use super::normal;
use super::posterior::{self, Prior, Reading};
use super::typology::BuildingPhysics;
use crate::freeze;
use relight_model::warm::{BuildingForecast, MARKS_C};
use relight_model::{Thermometer, UtcSecond};

/// Samples per building at the most.
pub const SAMPLES_MAX: usize = 100_000;
/// Bins of the histogram that finds quantiles: an error below a five-hundredth of the range of all samples.
const BINS: usize = 512;

/// The time that all buildings share.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// Beginning of the first step.
    pub start: UtcSecond,
    /// Length of a step, s; above 0.
    pub step_s: u32,
    /// Outdoor temperature of each step, °C.
    pub t_out_c: &'a [f64],
    /// Steps that lie before the horizon: readings of that time count, forecasts begin after it. 0 = none.
    pub steps_before: usize,
}

/// Whether the water of a building's heating moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Circulation<'a> {
    /// It moves whenever heat comes.
    #[default]
    WithHeat,
    /// It moves in these steps.
    Steps(&'a [bool]),
    /// The building has no water that heats it (a stove, electricity): there is nothing to drain.
    NoWater,
}

/// One building.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What it loses and stores.
    pub physics: BuildingPhysics,
    /// Indoor temperature at the beginning of the course, °C: the middle of what is possible.
    pub t_start_c: f64,
    /// Its standard deviation, K.
    pub t_start_sd_k: f64,
    /// Heat given in each step over the heat that would hold the set point then; above 1 = reheating, never beyond the set point.
    pub share: &'a [f32],
    /// Whether its water moves.
    pub circulation: Circulation<'a>,
}

/// How to compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastSettings {
    /// Samples per building, 1 to [`SAMPLES_MAX`].
    pub samples: usize,
    /// Standard deviation of a thermometer against the building, K; above 0.
    pub reading_sd_k: f64,
    /// Threads; the answer does not depend on them.
    pub threads: usize,
}

impl Default for ForecastSettings {
    fn default() -> Self {
        Self { samples: 1000, reading_sd_k: 0.5, threads: 1 }
    }
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// A list does not fit the course.
    #[error("building {building}: {what} has {found} steps, the course has {steps}")]
    Steps {
        /// Position of the building.
        building: usize,
        /// `share` or `circulation`.
        what: &'static str,
        /// Its length.
        found: usize,
        /// That of the course.
        steps: usize,
    },
    /// A value that no building or course has.
    #[error("building {building}: {field} = {value}; allowed: {allowed}")]
    Value {
        /// Position of the building.
        building: usize,
        /// Field, with its unit.
        field: &'static str,
        /// Value.
        value: f64,
        /// Range.
        allowed: &'static str,
    },
    /// A value of course or settings that cannot be.
    #[error("{field} = {value}; allowed: {allowed}")]
    Setting {
        /// Field, with its unit.
        field: &'static str,
        /// Value.
        value: f64,
        /// Range.
        allowed: &'static str,
    },
    /// A thermometer of a building that is not there.
    #[error("thermometer {thermometer}: there is no building {building}")]
    UnknownBuilding {
        /// Position of the thermometer.
        thermometer: usize,
        /// Building that it names.
        building: u32,
    },
}

/// How a building is driven, step by step.
#[derive(Clone, Debug, Default)]
pub(super) struct Path<'a> {
    /// Length of a step, h.
    pub step_h: f64,
    /// Where it tends to, °C.
    pub t_inf_c: &'a [f64],
    /// Above what heating stops, °C; infinite where it cannot come so far.
    pub limit_c: &'a [f64],
}

/// One step of one node, `left` = e^(−step / beta): equation (1) of [`super::one_node`], and no heating beyond the limit. What is
/// warmer than that already falls towards it.
pub(super) fn next_c(t_c: f64, left: f64, t_inf_c: f64, limit_c: f64) -> f64 {
    let free = t_inf_c + (t_c - t_inf_c) * left;
    if limit_c.is_finite() { free.min(limit_c + (t_c - limit_c).max(0.0) * left) } else { free }
}

/// Forecasts of all buildings, in their order; `thermometers` name buildings by position, in the order of time.
///
/// Readings outside the course are not used. Time grows with buildings, steps and samples; memory beyond the answer is that of one
/// building per thread.
///
/// # Errors
/// [`ForecastError`]: a value that is not finite or out of range, a list of another length, an unknown building.
pub fn forecast(
    course: &Course<'_>,
    cases: &[Case<'_>],
    thermometers: &[Thermometer],
    settings: &ForecastSettings,
) -> Result<Vec<BuildingForecast>, ForecastError> {
    check(course, cases, settings)?;
    let readings = readings(course, cases.len(), thermometers)?;
    let samples = settings.samples;
    let z_beta: Vec<f64> = (0..samples).map(|k| normal::quantile((k as f64 + 0.5) / samples as f64)).collect();
    // The golden ratio's multiples fill the unit interval evenly, and independently of the first coordinate's order.
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let z_start: Vec<f64> = (0..samples).map(|k| normal::quantile(((k as f64 + 0.5) * GOLDEN).fract())).collect();
    let normals = (z_beta.as_slice(), z_start.as_slice());
    let mut forecasts: Vec<BuildingForecast> = vec![empty(); cases.len()];
    let part = cases.len().div_ceil(settings.threads).max(1);
    std::thread::scope(|scope| {
        let mut parts = cases.chunks(part).zip(readings.chunks(part)).zip(forecasts.chunks_mut(part));
        let first = parts.next();
        for ((cases, readings), out) in parts {
            scope.spawn(move || run(course, cases, readings, settings, normals, out));
        }
        if let Some(((cases, readings), out)) = first {
            run(course, cases, readings, settings, normals, out);
        }
    });
    Ok(forecasts)
}

fn empty() -> BuildingForecast {
    BuildingForecast {
        t_indoor_c_p10: Vec::new(),
        t_indoor_c_p50: Vec::new(),
        t_indoor_c_p90: Vec::new(),
        hours_to: [None; MARKS_C.len()],
        drain_by: None,
    }
}

fn check(course: &Course<'_>, cases: &[Case<'_>], settings: &ForecastSettings) -> Result<(), ForecastError> {
    let steps = course.t_out_c.len();
    let setting = |field, value: f64, good: bool, allowed| {
        if good { Ok(()) } else { Err(ForecastError::Setting { field, value, allowed }) }
    };
    setting("step_s", f64::from(course.step_s), course.step_s > 0, "above 0")?;
    setting(
        "steps_before",
        course.steps_before as f64,
        course.steps_before < steps,
        "less than the steps of the course",
    )?;
    setting("samples", settings.samples as f64, (1..=SAMPLES_MAX).contains(&settings.samples), "1 to 100000")?;
    setting("threads", settings.threads as f64, settings.threads > 0, "1 or more")?;
    setting("reading_sd_k", settings.reading_sd_k, in_range(settings.reading_sd_k, 1e-3, 100.0), "0.001 to 100")?;
    for &t_out_c in course.t_out_c {
        setting("t_out_c", t_out_c, in_range(t_out_c, -150.0, 150.0), "-150 to 150")?;
    }
    for (building, case) in cases.iter().enumerate() {
        let BuildingPhysics { beta_h, beta_ln_sd, t_set_c, .. } = case.physics;
        let value = |field, value: f64, low, high, allowed| {
            if in_range(value, low, high) {
                Ok(())
            } else {
                Err(ForecastError::Value { building, field, value, allowed })
            }
        };
        value("beta_h", beta_h, 1e-3, 1e6, "0.001 to 1000000")?;
        value("beta_ln_sd", beta_ln_sd, 0.0, 3.0, "0 to 3")?;
        value("t_set_c", t_set_c, -50.0, 100.0, "-50 to 100")?;
        value("t_start_c", case.t_start_c, -150.0, 150.0, "-150 to 150")?;
        value("t_start_sd_k", case.t_start_sd_k, 0.0, 50.0, "0 to 50")?;
        let fits = |what, found: usize| {
            if found == steps { Ok(()) } else { Err(ForecastError::Steps { building, what, found, steps }) }
        };
        fits("share", case.share.len())?;
        if let Circulation::Steps(moves) = case.circulation {
            fits("circulation", moves.len())?;
        }
        for &share in case.share {
            value("share", f64::from(share), 0.0, 1e3, "0 to 1000")?;
        }
    }
    Ok(())
}

fn in_range(value: f64, low: f64, high: f64) -> bool {
    (low..=high).contains(&value)
}

/// Readings of each building within the course, in the order of time.
fn readings(
    course: &Course<'_>,
    buildings: usize,
    thermometers: &[Thermometer],
) -> Result<Vec<Vec<Reading>>, ForecastError> {
    let mut lists = vec![Vec::new(); buildings];
    for (thermometer, reading) in thermometers.iter().enumerate() {
        let Some(list) = lists.get_mut(reading.building as usize) else {
            return Err(ForecastError::UnknownBuilding { thermometer, building: reading.building });
        };
        let Some(seconds) = reading.at.0.checked_sub(course.start.0).and_then(|s| u64::try_from(s).ok()) else {
            continue;
        };
        let step = usize::try_from(seconds / u64::from(course.step_s)).unwrap_or(usize::MAX);
        if step < course.t_out_c.len() && reading.t_indoor_c.is_finite() {
            let hours = (seconds % u64::from(course.step_s)) as f64 / 3600.0;
            list.push(Reading { step, hours, t_c: reading.t_indoor_c });
        }
    }
    for list in &mut lists {
        list.sort_by(|a, b| a.step.cmp(&b.step).then(a.hours.total_cmp(&b.hours)));
    }
    Ok(lists)
}

/// The buildings of one thread.
fn run(
    course: &Course<'_>,
    cases: &[Case<'_>],
    readings: &[Vec<Reading>],
    settings: &ForecastSettings,
    normals: (&[f64], &[f64]),
    out: &mut [BuildingForecast],
) {
    let steps = course.t_out_c.len();
    let step_h = f64::from(course.step_s) / 3600.0;
    let mut left = vec![0.0f32; settings.samples];
    let mut t_c = vec![0.0f32; settings.samples];
    let (mut t_inf_c, mut limit_c) = (vec![0.0; steps], vec![0.0; steps]);
    for ((case, readings), out) in cases.iter().zip(readings).zip(out) {
        drive(course, case, &mut t_inf_c, &mut limit_c);
        let path = Path { step_h, t_inf_c: &t_inf_c, limit_c: &limit_c };
        let prior = Prior {
            beta_h: case.physics.beta_h,
            beta_ln_sd: case.physics.beta_ln_sd,
            t_start_c: case.t_start_c,
            t_start_sd_k: case.t_start_sd_k,
            reading_sd_k: settings.reading_sd_k,
        };
        posterior::sample(&prior, &path, readings, normals, |k, beta_h, t_start_c| {
            left[k] = (-step_h / beta_h).exp() as f32;
            t_c[k] = t_start_c as f32;
        });
        bands(&path, course.steps_before, &left, &mut t_c, out);
        deadlines(course, case, step_h, out);
    }
}

/// Where a building tends to in each step, and where its heating stops.
fn drive(course: &Course<'_>, case: &Case<'_>, t_inf_c: &mut [f64], limit_c: &mut [f64]) {
    let t_set_c = case.physics.t_set_c;
    for (k, (&t_out_c, &share)) in course.t_out_c.iter().zip(case.share).enumerate() {
        t_inf_c[k] = super::one_node::t_inf_c(t_out_c, f64::from(share), t_set_c);
        limit_c[k] = if share > 1.0 && t_set_c > t_out_c { t_set_c } else { f64::INFINITY };
    }
}

/// Runs all samples through the course and writes the quantiles of the horizon.
fn bands(path: &Path<'_>, steps_before: usize, left: &[f32], t_c: &mut [f32], out: &mut BuildingForecast) {
    let steps = path.t_inf_c.len();
    let series = [&mut out.t_indoor_c_p10, &mut out.t_indoor_c_p50, &mut out.t_indoor_c_p90];
    let [p10, p50, p90] = series.map(|series| {
        series.reserve_exact(steps - steps_before + 1);
        series
    });
    for step in 0..=steps {
        if step >= steps_before {
            let [cold, middle, warm] = quantiles(t_c, [0.1, 0.5, 0.9]);
            p10.push(cold);
            p50.push(middle);
            p90.push(warm);
        }
        if step < steps {
            advance(t_c, left, path.t_inf_c[step] as f32, path.limit_c[step] as f32);
        }
    }
}

/// [`next_c`] of all samples.
fn advance(t_c: &mut [f32], left: &[f32], t_inf_c: f32, limit_c: f32) {
    if limit_c.is_finite() {
        for (t, &left) in t_c.iter_mut().zip(left) {
            let free = t_inf_c + (*t - t_inf_c) * left;
            let limit = limit_c + (*t - limit_c).max(0.0) * left;
            *t = if free < limit { free } else { limit };
        }
    } else {
        for (t, &left) in t_c.iter_mut().zip(left) {
            *t = t_inf_c + (*t - t_inf_c) * left;
        }
    }
}

/// Quantiles of values, rising `parts`: a histogram between the least and the most, and a straight line within the bin.
fn quantiles<const N: usize>(values: &[f32], parts: [f32; N]) -> [f32; N] {
    let (low, high) = range(values);
    let width = (high - low) / BINS as f32;
    // Also where all values are alike, and the width drowns in rounding.
    if width <= 1e-7 {
        return [0.5 * (low + high); N];
    }
    let mut bins = [0u32; BINS];
    let scale = BINS as f32 / (high - low);
    for &value in values {
        bins[(((value - low) * scale) as usize).min(BINS - 1)] += 1;
    }
    let (mut bin, mut below) = (0, 0u32);
    parts.map(|part| {
        let goal = part * values.len() as f32;
        while bin + 1 < BINS && ((below + bins[bin]) as f32) < goal {
            below += bins[bin];
            bin += 1;
        }
        low + width * (bin as f32 + (goal - below as f32) / bins[bin].max(1) as f32)
    })
}

/// Least and greatest value; in lanes, which the compiler turns into vectors.
fn range(values: &[f32]) -> (f32, f32) {
    const LANES: usize = 16;
    let (mut low, mut high) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    for chunk in values.chunks(LANES) {
        for ((low, high), &value) in low.iter_mut().zip(&mut high).zip(chunk) {
            *low = if value < *low { value } else { *low };
            *high = if value > *high { value } else { *high };
        }
    }
    (low.into_iter().fold(f32::INFINITY, f32::min), high.into_iter().fold(f32::NEG_INFINITY, f32::max))
}

/// Hours to the marks in the middle, and the hour to drain by the cold tenth.
fn deadlines(course: &Course<'_>, case: &Case<'_>, step_h: f64, out: &mut BuildingForecast) {
    out.hours_to = MARKS_C.map(|mark| hours_until_below(&out.t_indoor_c_p50, step_h, mark));
    let before = course.steps_before;
    let heated = |step: usize| case.share[before + step] > 0.0;
    let moves = |step: usize| match case.circulation {
        Circulation::Steps(moves) => moves[before + step],
        _ => heated(step),
    };
    if case.circulation != Circulation::NoWater {
        let horizon = UtcSecond(course.start.0 + before as i64 * i64::from(course.step_s));
        let hours = freeze::drain_h(&out.t_indoor_c_p10, &course.t_out_c[before..], step_h, heated, moves);
        out.drain_by = hours.map(|h| UtcSecond(horizon.0 + (h * 3600.0) as i64));
    }
}

/// Hours until a series comes down to a temperature, by straight lines between its values. `None` = not within it.
pub fn hours_until_below(t_c: &[f32], step_h: f64, mark_c: f64) -> Option<f64> {
    if f64::from(*t_c.first()?) <= mark_c {
        return Some(0.0);
    }
    let step = t_c.windows(2).position(|ends| f64::from(ends[1]) <= mark_c)?;
    let (begin, end) = (f64::from(t_c[step]), f64::from(t_c[step + 1]));
    Some((step as f64 + (begin - mark_c) / (begin - end)) * step_h)
}
