//! What thermometers tell about a building's time constant and temperature.
//!
//! Given the time constant, the indoor temperature is linear in the one at the beginning: the readings are a Kalman filter of one
//! state, and what they say of the time constant is its likelihood. So the posterior needs a grid over ln(beta) alone: nothing
//! degenerates, however many readings there are, and nothing is drawn at random.
//!
//! ```text
//! y_j = m_j + s_j (t_0 − mu_0) + e_j       e_j ~ N(0, r²)                                 (1)
//! S_j = s_j² P + r²,  v_j = y_j − m_j − s_j (mu − mu_0),  K = P s_j / S_j                  (2)
//! mu ← mu + K v_j,    P ← P (1 − K s_j),   ln L ← ln L − (ln S_j + v_j² / S_j) / 2         (3)
//! ```
//!
//! `m_j` is the temperature at the time of reading j from the mean beginning, `s_j` what a degree there still matters.

use super::bands::{Path, next_c};

/// Points of the grid.
const POINTS: usize = 401;
/// Half width of the first grid, standard deviations of ln(beta).
const WIDE: f64 = 4.5;
/// Log likelihood below the best at which the second grid ends: e^-18 of the density there.
const NEGLIGIBLE: f64 = 18.0;

/// A reading within the course.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Step in which it was taken.
    pub step: usize,
    /// Hours from the beginning of that step.
    pub hours: f64,
    /// What it showed, °C.
    pub t_c: f64,
}

/// The prior.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    pub beta_h: f64,
    pub beta_ln_sd: f64,
    pub t_start_c: f64,
    pub t_start_sd_k: f64,
    pub reading_sd_k: f64,
}

/// One point of the grid.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    /// ln(beta / prior) in standard deviations.
    z: f64,
    /// ln of prior times likelihood.
    log_weight: f64,
    /// Temperature at the beginning, given this beta: mean and standard deviation.
    t_c: f64,
    sd_k: f64,
}

/// Writes equally likely pairs of time constant (h) and temperature at the beginning (°C). `z_beta` are rising normal quantiles of as
/// many equal parts, `z_start` normal values that are spread evenly against them.
pub(super) fn sample(
    prior: &Prior,
    path: &Path<'_>,
    readings: &[Reading],
    (z_beta, z_start): (&[f64], &[f64]),
    mut write: impl FnMut(usize, f64, f64),
) {
    let beta_h = |z: f64| prior.beta_h * (prior.beta_ln_sd * z).exp();
    if readings.is_empty() || prior.beta_ln_sd == 0.0 {
        let given = if readings.is_empty() { None } else { Some(at(prior, path, readings, 0.0)) };
        let (t_c, sd_k) = given.map_or((prior.t_start_c, prior.t_start_sd_k), |p| (p.t_c, p.sd_k));
        for (k, (&z, &z_start)) in z_beta.iter().zip(z_start).enumerate() {
            write(k, beta_h(z), t_c + sd_k * z_start);
        }
        return;
    }
    let mut grid = [Point::default(); POINTS];
    fill(&mut grid, prior, path, readings, -WIDE, WIDE);
    let (low, high) = support(&grid);
    fill(&mut grid, prior, path, readings, low, high);
    // The distribution of z: trapezoids of the density, and the quantiles by linear steps between them.
    let best = grid.iter().map(|p| p.log_weight).fold(f64::NEG_INFINITY, f64::max);
    let weight = |p: &Point| (p.log_weight - best).exp();
    let mut sum = [0.0; POINTS];
    for k in 1..POINTS {
        sum[k] = sum[k - 1] + 0.5 * (weight(&grid[k - 1]) + weight(&grid[k]));
    }
    let (count, total) = (z_beta.len(), sum[POINTS - 1]);
    let mut right = 1;
    for (k, &z_start) in z_start.iter().enumerate().take(count) {
        let goal = total * (k as f64 + 0.5) / count as f64;
        while right + 1 < POINTS && sum[right] < goal {
            right += 1;
        }
        let (a, b) = (&grid[right - 1], &grid[right]);
        let part = ((goal - sum[right - 1]) / (sum[right] - sum[right - 1]).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let mix = |x: f64, y: f64| x + part * (y - x);
        write(k, beta_h(mix(a.z, b.z)), mix(a.t_c, b.t_c) + mix(a.sd_k, b.sd_k) * z_start);
    }
}

fn fill(grid: &mut [Point; POINTS], prior: &Prior, path: &Path<'_>, readings: &[Reading], low: f64, high: f64) {
    for (k, point) in grid.iter_mut().enumerate() {
        *point = at(prior, path, readings, low + (high - low) * k as f64 / (POINTS - 1) as f64);
    }
}

/// Where the density is more than negligible, one point wider at both ends.
fn support(grid: &[Point; POINTS]) -> (f64, f64) {
    let best = grid.iter().map(|p| p.log_weight).fold(f64::NEG_INFINITY, f64::max);
    let matters = |p: &Point| p.log_weight > best - NEGLIGIBLE;
    let first = grid.iter().position(matters).unwrap_or(0);
    let last = grid.iter().rposition(matters).unwrap_or(POINTS - 1);
    (grid[first.saturating_sub(1)].z, grid[(last + 1).min(POINTS - 1)].z)
}

/// The filter for one time constant: (1) to (3).
fn at(prior: &Prior, path: &Path<'_>, readings: &[Reading], z: f64) -> Point {
    let beta_h = prior.beta_h * (prior.beta_ln_sd * z).exp();
    let whole = (-path.step_h / beta_h).exp();
    let (mut m, mut s, mut step) = (prior.t_start_c, 1.0, 0);
    let (mut mu, mut p) = (prior.t_start_c, prior.t_start_sd_k.powi(2));
    let mut log_weight = -0.5 * z * z;
    for reading in readings {
        while step < reading.step {
            m = next_c(m, whole, path.t_inf_c[step], path.limit_c[step]);
            s *= whole;
            step += 1;
        }
        let left = (-reading.hours / beta_h).exp();
        let m_j = next_c(m, left, path.t_inf_c[step], path.limit_c[step]);
        let s_j = s * left;
        let variance = s_j * s_j * p + prior.reading_sd_k.powi(2);
        let surprise = reading.t_c - m_j - s_j * (mu - prior.t_start_c);
        let gain = p * s_j / variance;
        mu += gain * surprise;
        p *= 1.0 - gain * s_j;
        log_weight -= 0.5 * (variance.ln() + surprise * surprise / variance);
    }
    Point { z, log_weight, t_c: mu, sd_k: p.max(0.0).sqrt() }
}
