//! A building as one node: the limit of [`super::rc`] for stiff couplings, with closed forms.
//!
//! ```text
//! dt/dz = (t_inf − t) / beta      t(z) = t_inf + (t_0 − t_inf) e^(−z / beta)      (1)
//! t_inf = t_out + share (t_set − t_out)                                           (2)
//! z(t)  = beta ln((t_0 − t_inf) / (t − t_inf))                                    (3)
//! ```
//!
//! `share` is the heat given over the heat that holds `t_set` at that outdoor temperature.

/// Temperature that is reached in the end, °C: equation (2). Without need of heat (`t_out_c` above `t_set_c`) it is that outside.
pub fn t_inf_c(t_out_c: f64, share: f64, t_set_c: f64) -> f64 {
    t_out_c + share * (t_set_c - t_out_c).max(0.0)
}

/// Indoor temperature after `hours`, °C: equation (1).
pub fn t_after_c(t_0_c: f64, t_inf_c: f64, beta_h: f64, hours: f64) -> f64 {
    t_inf_c + (t_0_c - t_inf_c) * (-hours / beta_h).exp()
}

/// Hours until a temperature is reached: equation (3). `None` if it never is; 0 if it is that already.
pub fn hours_to(t_c: f64, t_0_c: f64, t_inf_c: f64, beta_h: f64) -> Option<f64> {
    if t_c == t_0_c {
        return Some(0.0);
    }
    let ratio = (t_0_c - t_inf_c) / (t_c - t_inf_c);
    (ratio.is_finite() && ratio > 1.0).then(|| beta_h * ratio.ln())
}

/// Share of the steady load that brings a building from `t_0_c` to `t_set_c` in `hours`: (1) solved for the share.
///
/// From 5 °C at −20 °C and 60 h: 2.7 for 12 h, 1.8 for 24 h, 1.3 for 48 h. Infinite for no time; below 1 where it is too warm
/// already. `None` without need of heat.
pub fn reheat_share(t_0_c: f64, t_set_c: f64, t_out_c: f64, beta_h: f64, hours: f64) -> Option<f64> {
    if t_set_c <= t_out_c {
        return None;
    }
    let left = (-hours / beta_h).exp();
    let t_inf = (t_set_c - t_0_c * left) / (1.0 - left);
    Some((t_inf - t_out_c) / (t_set_c - t_out_c))
}

/// Hours in which a share of the steady load brings a building from `t_0_c` to `t_set_c`. `None` if it never does.
pub fn reheat_h(t_0_c: f64, t_set_c: f64, t_out_c: f64, beta_h: f64, share: f64) -> Option<f64> {
    hours_to(t_set_c, t_0_c, t_inf_c(t_out_c, share, t_set_c), beta_h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reheating_takes_the_known_shares() {
        for (hours, share) in [(12.0, 2.7), (24.0, 1.8), (48.0, 1.3)] {
            let got = reheat_share(5.0, 20.0, -20.0, 60.0, hours).unwrap();
            assert!((got - share).abs() < 0.05, "{hours} h: {got}");
            let back = reheat_h(5.0, 20.0, -20.0, 60.0, got).unwrap();
            assert!((back - hours).abs() < 1e-9, "{back}");
        }
        assert_eq!(reheat_h(5.0, 20.0, -20.0, 60.0, 1.0), None);
        assert_eq!(reheat_share(5.0, 20.0, 21.0, 60.0, 5.0), None);
    }

    #[test]
    fn shares_hold_the_known_temperatures() {
        assert_eq!(t_inf_c(-20.0, 0.625, 20.0), 5.0);
        assert_eq!(t_inf_c(-20.0, 0.7, 20.0), 8.0);
        assert_eq!(t_inf_c(25.0, 0.7, 20.0), 25.0);
    }

    #[test]
    fn what_is_not_reached_has_no_hour() {
        assert_eq!(hours_to(16.0, 20.0, 16.0, 60.0), None);
        assert_eq!(hours_to(16.0, 20.0, 17.0, 60.0), None);
        assert_eq!(hours_to(21.0, 20.0, -20.0, 60.0), None);
        assert_eq!(hours_to(20.0, 20.0, 20.0, 60.0), Some(0.0));
    }
}
