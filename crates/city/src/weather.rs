//! The cold wave: hourly temperatures from two days before the horizon to a week after it.

use crate::geometry::{rounded, sin_turn};
use crate::random::{Stream, Topic};
use relight_model::{Horizon, UtcSecond, WeatherSeries};

/// Length of the series before the horizon, of the cold itself and after the beginning of the horizon, h.
const BEFORE_H: i64 = 48;
const COLD_H: f64 = 84.0;
const AFTER_H: i64 = 240;
/// Mean temperature two days before, during the cold, and at the end of the series, °C.
const MEAN_C: (f64, f64, f64) = (-14.0, -23.4, -9.0);
/// Half the range of a day, K, and the local hour of its coldest moment.
const DAY_K: f64 = 1.9;
const COLDEST_HOUR: f64 = 7.0;
/// Local time is two hours ahead of UTC.
const LOCAL_AHEAD_H: f64 = 2.0;
/// Slow weather: a new draw every so many hours, at most so many K, joined smoothly.
const KNOT_H: f64 = 12.0;
const SLOW_K: f64 = 1.0;

/// Temperatures: a mean that falls, stays and rises, the wave of the day, and slow weather. At -20 °C or below for the 72 h of
/// the horizon: `-23.4 + 1.9 + 1.0`.
pub(crate) fn weather(horizon: &Horizon, seed: u64) -> WeatherSeries {
    let mut stream = Stream::new(seed, Topic::Weather, 0);
    let knots: Vec<f64> =
        (0..=(BEFORE_H + AFTER_H) as usize / KNOT_H as usize + 1).map(|_| stream.between(-SLOW_K, SLOW_K)).collect();
    let start = UtcSecond(horizon.start.0 - 3600 * BEFORE_H);
    let t_out_c = (0..BEFORE_H + AFTER_H)
        .map(|k| {
            // Seconds of the day by the clock, so that the wave keeps its hour whatever the horizon's first is.
            let local_h = (start.0 + 3600 * k).rem_euclid(86_400) as f64 / 3600.0 + LOCAL_AHEAD_H;
            let day_k = -DAY_K * sin_turn((local_h - COLDEST_HOUR) / 24.0 + 0.25);
            let at = k as f64 / KNOT_H;
            let (i, t) = (at as usize, at - at.floor());
            let slow_k = knots[i] + (knots[i + 1] - knots[i]) * t * t * (3.0 - 2.0 * t);
            rounded(mean_c((k - BEFORE_H) as f64) + day_k + slow_k, 10.0)
        })
        .collect();
    WeatherSeries { start, step_s: 3600, t_out_c, radiation: Vec::new(), site: None }
}

/// Mean of the day, hours after the beginning of the horizon.
fn mean_c(at_h: f64) -> f64 {
    let (before, cold, after) = MEAN_C;
    match at_h {
        h if h < -6.0 => cold + (before - cold) * (-6.0 - h) / (BEFORE_H as f64 - 6.0),
        h if h < COLD_H => cold,
        h => cold + (after - cold) * (h - COLD_H) / (AFTER_H as f64 - COLD_H),
    }
}
