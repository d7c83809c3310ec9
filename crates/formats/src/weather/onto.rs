//! A series laid onto the steps of a horizon.

use super::{STEPS_MAX, shown};
use relight_model::{Radiation, UtcSecond, WeatherSeries};

/// Why a series cannot be laid onto a horizon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OntoError {
    /// It begins too late or ends too early.
    #[error(
        "the weather series covers {series_from} to {series_to}, the plan needs {wanted_from} to {wanted_to}; \
         hint: give a longer series, or move it"
    )]
    NotCovered {
        /// Beginning of the series, UTC.
        series_from: String,
        /// Its end.
        series_to: String,
        /// Beginning of the horizon, UTC.
        wanted_from: String,
        /// Its end.
        wanted_to: String,
    },
    /// The horizon has no steps, too many, or steps of no length.
    #[error(
        "a horizon of {steps} steps of {step_s} s cannot be covered; allowed: 1 to {STEPS_MAX} steps of 1 s and more"
    )]
    Horizon {
        /// Steps.
        steps: u32,
        /// Length of a step, s.
        step_s: u32,
    },
}

/// Cuts a series to `steps` steps of `step_s` from `start` on. A step that meets several steps of the series takes their mean over
/// time; one within a single step takes its value, bit by bit.
///
/// # Errors
/// [`OntoError`] where the series does not cover the horizon.
pub fn onto(series: &WeatherSeries, start: UtcSecond, step_s: u32, steps: u32) -> Result<WeatherSeries, OntoError> {
    if steps == 0 || step_s == 0 || steps as usize > STEPS_MAX {
        return Err(OntoError::Horizon { steps, step_s });
    }
    let end = UtcSecond(start.0.saturating_add(i64::from(step_s) * i64::from(steps)));
    if series.step_s == 0 || start.0 < series.start.0 || end.0 > series.end().0 {
        return Err(OntoError::NotCovered {
            series_from: shown(series.start),
            series_to: shown(series.end()),
            wanted_from: shown(start),
            wanted_to: shown(end),
        });
    }
    let spans = (0..steps).map(|k| start.0 + i64::from(k) * i64::from(step_s)).map(|at| (at, at + i64::from(step_s)));
    let mean =
        |value: &dyn Fn(usize) -> f64| spans.clone().map(|span| mean_over(series, span, value)).collect::<Vec<_>>();
    let radiation = if series.radiation.len() == series.t_out_c.len() {
        let global = mean(&|k| series.radiation[k].global_w_per_m2);
        let direct = mean(&|k| series.radiation[k].direct_normal_w_per_m2);
        let diffuse = mean(&|k| series.radiation[k].diffuse_w_per_m2);
        let three = global.into_iter().zip(direct).zip(diffuse);
        three
            .map(|((global_w_per_m2, direct_normal_w_per_m2), diffuse_w_per_m2)| Radiation {
                global_w_per_m2,
                direct_normal_w_per_m2,
                diffuse_w_per_m2,
            })
            .collect()
    } else {
        Vec::new()
    };
    Ok(WeatherSeries { start, step_s, t_out_c: mean(&|k| series.t_out_c[k]), radiation, site: series.site })
}

/// The same weather at another time: its first step begins at `start`. Radiation stays true to the hour of the day only if that
/// moves the series by whole days, and to the season only if by whole years.
pub fn moved(series: &WeatherSeries, start: UtcSecond) -> WeatherSeries {
    WeatherSeries { start, ..series.clone() }
}

/// Mean over `from..to`, both s, within the series.
fn mean_over(series: &WeatherSeries, (from, to): (i64, i64), value: &dyn Fn(usize) -> f64) -> f64 {
    let step_s = i64::from(series.step_s);
    let position = |at: i64| usize::try_from((at - series.start.0).div_euclid(step_s)).unwrap_or(0);
    let (first, last) = (position(from), position(to - 1));
    if first == last {
        return value(first);
    }
    let overlap_s = |k: usize| {
        let begin = series.start.0 + k as i64 * step_s;
        ((begin + step_s).min(to) - begin.max(from)) as f64
    };
    (first..=last).map(|k| value(k) * overlap_s(k)).sum::<f64>() / (to - from) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> WeatherSeries {
        WeatherSeries {
            start: UtcSecond(3600),
            step_s: 3600,
            t_out_c: vec![-1.1, -2.0, -4.0],
            radiation: vec![],
            site: None,
        }
    }

    #[test]
    fn shorter_steps_repeat_and_longer_ones_take_the_mean() {
        let on = |start, step_s, steps| onto(&series(), UtcSecond(start), step_s, steps).map(|s| s.t_out_c);
        assert_eq!(on(3600, 1800, 6), Ok(vec![-1.1, -1.1, -2.0, -2.0, -4.0, -4.0]));
        assert_eq!(on(7200, 7200, 1), Ok(vec![-3.0]));
        assert_eq!(on(5400 + 3600, 2400, 1).map(|v| (v[0] * 3.0).round()), Ok(-8.0)); // (30 min of -2, 10 of -4) / 40
    }

    #[test]
    fn a_horizon_beyond_the_series_says_what_is_needed() {
        let at = |start, steps| onto(&series(), UtcSecond(start), 3600, steps);
        assert!(at(3600, 3).is_ok());
        for (start, steps) in [(0, 3), (3600, 4), (i64::MAX - 5, 3), (i64::MIN, 1)] {
            assert!(matches!(at(start, steps), Err(OntoError::NotCovered { .. })), "{start} {steps}");
        }
        assert!(at(0, 3).is_err_and(|e| e.to_string().contains("1970-01-01T00:00:00Z")));
        assert_eq!(at(3600, 0), Err(OntoError::Horizon { steps: 0, step_s: 3600 }));
        assert_eq!(moved(&series(), UtcSecond(9)).end(), UtcSecond(9 + 3 * 3600));
    }
}
