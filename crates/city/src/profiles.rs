//! Demand over a winter day, by class.

use relight_model::{Class, Horizon, Profile};

/// Factor at each full local hour of a working day in deep winter; the day's largest is 1 or a little less.
///
/// Shapes follow published load curves of large cities: homes peak in the evening, with electric heaters on all night; shops
/// and offices by day; works in one long shift; pumps, heat points and exchanges hardly change.
const BY_HOUR: [(Class, [f64; 24]); 9] = [
    (
        Class::Hospital,
        [
            0.72, 0.70, 0.70, 0.70, 0.71, 0.74, 0.80, 0.88, 0.95, 0.99, 1.00, 1.00, 0.98, 0.98, 0.97, 0.95, 0.93, 0.92,
            0.90, 0.88, 0.85, 0.82, 0.78, 0.75,
        ],
    ),
    (
        Class::Water,
        [
            0.66, 0.62, 0.60, 0.60, 0.64, 0.74, 0.88, 0.98, 1.00, 0.95, 0.90, 0.86, 0.85, 0.84, 0.83, 0.84, 0.87, 0.92,
            0.97, 1.00, 0.99, 0.94, 0.84, 0.74,
        ],
    ),
    (
        Class::Heat,
        [
            0.94, 0.95, 0.96, 0.97, 0.98, 1.00, 1.00, 0.99, 0.97, 0.95, 0.93, 0.91, 0.90, 0.89, 0.89, 0.90, 0.92, 0.94,
            0.95, 0.96, 0.96, 0.95, 0.94, 0.94,
        ],
    ),
    (
        Class::Emergency,
        [
            0.82, 0.80, 0.79, 0.79, 0.80, 0.83, 0.88, 0.93, 0.97, 1.00, 1.00, 0.99, 0.98, 0.98, 0.98, 0.98, 0.98, 0.99,
            0.99, 0.97, 0.94, 0.91, 0.88, 0.85,
        ],
    ),
    (
        Class::Telecom,
        [
            0.93, 0.92, 0.92, 0.92, 0.92, 0.93, 0.94, 0.96, 0.98, 0.99, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00,
            1.00, 1.00, 0.99, 0.98, 0.96, 0.94,
        ],
    ),
    (
        Class::Shelter,
        [
            0.58, 0.55, 0.54, 0.54, 0.58, 0.72, 0.88, 0.98, 1.00, 0.94, 0.86, 0.82, 0.82, 0.82, 0.84, 0.88, 0.94, 1.00,
            1.00, 0.93, 0.84, 0.78, 0.70, 0.63,
        ],
    ),
    (
        Class::Homes,
        [
            0.62, 0.56, 0.53, 0.52, 0.53, 0.57, 0.68, 0.78, 0.78, 0.72, 0.68, 0.67, 0.68, 0.68, 0.69, 0.73, 0.82, 0.93,
            0.99, 1.00, 0.98, 0.93, 0.83, 0.71,
        ],
    ),
    (
        Class::Commerce,
        [
            0.36, 0.34, 0.33, 0.33, 0.34, 0.37, 0.46, 0.62, 0.80, 0.92, 0.98, 1.00, 1.00, 0.99, 0.99, 0.99, 0.98, 0.96,
            0.90, 0.80, 0.66, 0.54, 0.45, 0.39,
        ],
    ),
    (
        Class::Industry,
        [
            0.62, 0.60, 0.59, 0.59, 0.60, 0.66, 0.78, 0.92, 0.99, 1.00, 1.00, 0.99, 0.94, 0.98, 0.99, 0.98, 0.93, 0.86,
            0.80, 0.76, 0.73, 0.70, 0.67, 0.64,
        ],
    ),
];

/// Local time is two hours ahead of UTC: winter time of `Europe/Kyiv`. No horizon of the generator meets a clock change.
const LOCAL_AHEAD_S: i64 = 2 * 3600;

/// One profile for each class, in the order of [`Class::ALL`].
pub(crate) fn profiles(horizon: &Horizon) -> Vec<Profile> {
    BY_HOUR
        .iter()
        .map(|(class, hours)| {
            let factor_by_half_hour: Vec<f64> = (0..48)
                .map(|h| {
                    let (now, next) = (hours[h / 2], hours[(h / 2 + 1) % 24]);
                    let between = if h % 2 == 0 { now } else { (now + next) / 2.0 };
                    (between * 1000.0).round() / 1000.0
                })
                .collect();
            let factor_by_step = (0..horizon.steps)
                .map(|k| {
                    let of_day_s = (horizon.at(k).0 + LOCAL_AHEAD_S).rem_euclid(86_400);
                    factor_by_half_hour[(of_day_s / 1800) as usize]
                })
                .collect();
            Profile { id: class.name().to_owned(), factor_by_half_hour, factor_by_step }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_model::UtcSecond;

    #[test]
    fn homes_peak_at_seven_in_the_evening_local_time() {
        // 06:00 UTC is 08:00 local.
        let horizon = Horizon { start: UtcSecond(1_768_888_800), step_s: 1800, steps: 144 };
        let all = profiles(&horizon);
        assert!(all.iter().zip(Class::ALL).all(|(p, c)| p.id == c.name() && p.factor_by_half_hour.len() == 48));
        let homes = &all[Class::Homes.i()];
        assert_eq!(homes.factor_by_half_hour[38], 1.0);
        assert_eq!(homes.factor_by_step[22], 1.0, "11 h after the start");
        assert_eq!(homes.factor_by_step[22], homes.factor_by_step[22 + 48]);
        assert!(all.iter().all(|p| p.factor_by_half_hour.iter().all(|&f| f > 0.0 && f <= 1.0)));
    }
}
