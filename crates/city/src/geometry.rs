//! Points, convex clipping, the warp that makes straight things crooked, and the way to longitude and latitude.
//!
//! Sines come from a polynomial of our own: the platform's library may differ in the last bit, and the same seed must give
//! the same bytes everywhere. Sums, products, quotients and square roots are exact by IEEE 754.

use crate::random::Stream;
use relight_model::GeoPoint;
use std::f64::consts::TAU;

/// A point or vector in a plane. Units are those of the plane: city radii in the plan, km on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) struct P {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

pub(crate) const fn p(x: f64, y: f64) -> P {
    P { x, y }
}

impl std::ops::Add for P {
    type Output = P;
    fn add(self, o: P) -> P {
        p(self.x + o.x, self.y + o.y)
    }
}

impl std::ops::Sub for P {
    type Output = P;
    fn sub(self, o: P) -> P {
        p(self.x - o.x, self.y - o.y)
    }
}

impl std::ops::Mul<f64> for P {
    type Output = P;
    fn mul(self, k: f64) -> P {
        p(self.x * k, self.y * k)
    }
}

impl P {
    pub(crate) fn dot(self, o: P) -> f64 {
        self.x * o.x + self.y * o.y
    }

    pub(crate) fn cross(self, o: P) -> f64 {
        self.x * o.y - self.y * o.x
    }

    pub(crate) fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    pub(crate) fn distance(self, o: P) -> f64 {
        (self - o).norm()
    }

    /// Turned a quarter to the left.
    pub(crate) fn left(self) -> P {
        p(-self.y, self.x)
    }

    pub(crate) fn toward(self, o: P, share: f64) -> P {
        self + (o - self) * share
    }

    /// A number in [0, 4) that grows with the direction's angle, without an arctangent.
    pub(crate) fn direction(self) -> f64 {
        let sum = self.x.abs() + self.y.abs();
        if sum == 0.0 {
            return 0.0;
        }
        let t = self.x / sum;
        if self.y >= 0.0 { 1.0 - t } else { 3.0 + t }
    }
}

/// Sine of an angle in turns, to 1e-11.
pub(crate) fn sin_turn(turns: f64) -> f64 {
    let mut t = turns - turns.round();
    // Fold into a quarter turn, where the series is short.
    if t > 0.25 {
        t = 0.5 - t;
    } else if t < -0.25 {
        t = -0.5 - t;
    }
    let x = t * TAU;
    let s = x * x;
    let mut term = x;
    let mut sum = x;
    for k in 1..=8 {
        let n = f64::from(2 * k);
        term *= -s / (n * (n + 1.0));
        sum += term;
    }
    sum
}

/// Unit vector at an angle in turns.
pub(crate) fn unit_at(turns: f64) -> P {
    p(sin_turn(turns + 0.25), sin_turn(turns))
}

/// The part of a convex polygon on which `normal · q <= limit`.
pub(crate) fn clip(polygon: &[P], normal: P, limit: f64) -> Vec<P> {
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (i, &a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        let (da, db) = (normal.dot(a) - limit, normal.dot(b) - limit);
        if da <= 0.0 {
            kept.push(a);
        }
        if (da < 0.0 && db > 0.0) || (da > 0.0 && db < 0.0) {
            kept.push(a.toward(b, da / (da - db)));
        }
    }
    kept
}

/// The part of the line `at + t · along` inside a convex polygon, as the two values of `t`.
pub(crate) fn chord(polygon: &[P], at: P, along: P) -> Option<(f64, f64)> {
    let mut range = (f64::NEG_INFINITY, f64::INFINITY);
    for (i, &a) in polygon.iter().enumerate() {
        let edge = polygon[(i + 1) % polygon.len()] - a;
        // Inside is to the left of every edge of a counter-clockwise polygon.
        let (slope, height) = (edge.cross(along), edge.cross(at - a));
        if slope == 0.0 {
            if height < 0.0 {
                return None;
            }
        } else if slope > 0.0 {
            range.0 = range.0.max(-height / slope);
        } else {
            range.1 = range.1.min(-height / slope);
        }
    }
    (range.0 < range.1 && range.0.is_finite() && range.1.is_finite()).then_some(range)
}

/// Whether a convex counter-clockwise polygon holds the point.
pub(crate) fn holds(polygon: &[P], q: P) -> bool {
    (0..polygon.len()).all(|i| (polygon[(i + 1) % polygon.len()] - polygon[i]).cross(q - polygon[i]) >= 0.0)
}

/// Signed area, positive counter-clockwise.
#[cfg(test)]
pub(crate) fn area(polygon: &[P]) -> f64 {
    (0..polygon.len()).map(|i| polygon[i].cross(polygon[(i + 1) % polygon.len()])).sum::<f64>() / 2.0
}

/// A bending of the plane: smooth, and one-to-one because no wave is steep enough to fold it (the products of amplitude and
/// wave number sum to less than 1). What tiles before tiles after.
#[derive(Clone, Debug)]
pub(crate) struct Warp {
    waves: Vec<Wave>,
    /// Shift along x as a function of y: the meanders of the river. A shear folds nothing however steep it is.
    meanders: Vec<(f64, f64, f64)>,
    axis: P,
    scale_km: f64,
    centre_km: P,
}

#[derive(Clone, Debug)]
struct Wave {
    per_unit: P,
    phase: f64,
    push: P,
}

impl Warp {
    /// A random warp of the unit disc onto a city of this radius.
    pub(crate) fn new(stream: &mut Stream, scale_km: f64, centre_km: P) -> Self {
        let mut waves = Vec::new();
        for (length, amplitude, count) in [(1.7, 0.030, 2), (0.9, 0.010, 2), (0.38, 0.0028, 2)] {
            for _ in 0..count {
                waves.push(Wave {
                    per_unit: unit_at(stream.unit()) * (1.0 / (length * stream.between(0.85, 1.2))),
                    phase: stream.unit(),
                    push: unit_at(stream.unit()) * amplitude,
                });
            }
        }
        let meanders = [(2.3, 0.14), (1.1, 0.045), (0.45, 0.008)]
            .map(|(length, push)| (1.0 / (length * stream.between(0.85, 1.15)), stream.unit(), push))
            .to_vec();
        Self { waves, meanders, axis: unit_at(stream.between(-0.06, 0.06)), scale_km, centre_km }
    }

    /// Where a point of the plan lies on the ground, km.
    pub(crate) fn km(&self, q: P) -> P {
        let mut at = q;
        for wave in &self.waves {
            at = at + wave.push * sin_turn(wave.per_unit.dot(q) + wave.phase);
        }
        let bent = at.y;
        for &(per_unit, phase, push) in &self.meanders {
            at.x += push * sin_turn(per_unit * bent + phase);
        }
        let turned = p(at.x * self.axis.x - at.y * self.axis.y, at.x * self.axis.y + at.y * self.axis.x);
        self.centre_km + turned * self.scale_km
    }
}

/// Latitude of the origin, degrees. Open ocean, far from any coast, so that nobody takes the city for a real place.
const ORIGIN_LAT_DEG: f64 = 48.0;
/// Longitude of the origin, degrees.
const ORIGIN_LON_DEG: f64 = -30.0;
/// Length of a degree of latitude, km.
const KM_PER_DEG: f64 = 111.2;
/// Cosine of the origin's latitude.
const ORIGIN_COS: f64 = 0.669_131;

/// Longitude and latitude of a place given in km from the origin, to a millionth of a degree (0.1 m).
pub(crate) fn geo(at_km: P) -> GeoPoint {
    GeoPoint {
        lon_deg: rounded(ORIGIN_LON_DEG + at_km.x / (KM_PER_DEG * ORIGIN_COS), 1e6),
        lat_deg: rounded(ORIGIN_LAT_DEG + at_km.y / KM_PER_DEG, 1e6),
    }
}

/// Back from longitude and latitude to km from the origin.
pub(crate) fn ground_km(at: GeoPoint) -> P {
    p((at.lon_deg - ORIGIN_LON_DEG) * KM_PER_DEG * ORIGIN_COS, (at.lat_deg - ORIGIN_LAT_DEG) * KM_PER_DEG)
}

/// Rounded to a multiple of `1 / per_unit`.
pub(crate) fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

/// Divides a whole number in proportion to weights, so that the parts sum to it exactly (largest remainders).
pub(crate) fn shared_out(total: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    if weights.is_empty() {
        return Vec::new();
    }
    let exact: Vec<f64> = weights
        .iter()
        .map(|w| if sum > 0.0 { f64::from(total) * w / sum } else { f64::from(total) / weights.len() as f64 })
        .collect();
    let mut parts: Vec<u32> = exact.iter().map(|e| e.floor() as u32).collect();
    let mut missing = i64::from(total) - parts.iter().map(|&n| i64::from(n)).sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| (exact[b] - exact[b].floor()).total_cmp(&(exact[a] - exact[a].floor())).then(a.cmp(&b)));
    for &i in order.iter().cycle().take(weights.len() * 2) {
        if missing <= 0 {
            break;
        }
        parts[i] += 1;
        missing -= 1;
    }
    parts
}

/// Weighted k-means: the place of each of `k` centres and the centre of each point. Every centre owns at least one point if
/// there are as many distinct ones.
pub(crate) fn clustered(points: &[P], weights: &[f64], k: usize, stream: &mut Stream) -> (Vec<P>, Vec<usize>) {
    let k = k.min(points.len()).max(1);
    let mut centres = vec![points[stream.below(points.len())]];
    let mut gap: Vec<f64> = points.iter().map(|q| q.distance(centres[0])).collect();
    while centres.len() < k {
        let next = (0..points.len()).max_by(|&a, &b| gap[a].total_cmp(&gap[b]).then(b.cmp(&a))).unwrap_or(0);
        centres.push(points[next]);
        for (g, q) in gap.iter_mut().zip(points) {
            *g = g.min(q.distance(points[next]));
        }
    }
    let mut owner = nearest(points, &centres);
    for _ in 0..8 {
        let mut sum = vec![(p(0.0, 0.0), 0.0); centres.len()];
        for ((q, &w), &o) in points.iter().zip(weights).zip(&owner) {
            sum[o] = (sum[o].0 + *q * w, sum[o].1 + w);
        }
        for (centre, (moment, weight)) in centres.iter_mut().zip(sum) {
            if weight > 0.0 {
                *centre = moment * (1.0 / weight);
            }
        }
        owner = nearest(points, &centres);
    }
    (centres, owner)
}

fn nearest(points: &[P], centres: &[P]) -> Vec<usize> {
    let closest = |q: &P| {
        let mut best = (f64::INFINITY, 0);
        for (i, centre) in centres.iter().enumerate() {
            let d = (*q - *centre).dot(*q - *centre);
            if d < best.0 {
                best = (d, i);
            }
        }
        best.1
    };
    points.iter().map(closest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Topic;

    #[test]
    fn sine_of_our_own_is_a_sine() {
        for k in -400..400 {
            let t = f64::from(k) * 0.013;
            assert!((sin_turn(t) - (t * TAU).sin()).abs() < 1e-10, "{t}");
        }
    }

    #[test]
    fn shares_sum_exactly() {
        assert_eq!(shared_out(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(shared_out(7, &[0.0, 0.0]).iter().sum::<u32>(), 7);
        assert_eq!(shared_out(40_000_000, &[0.1, 1e9, 3.3]).iter().sum::<u32>(), 40_000_000);
    }

    #[test]
    fn clipping_a_square_halves_it_and_a_chord_crosses_it() {
        let square = [p(0.0, 0.0), p(1.0, 0.0), p(1.0, 1.0), p(0.0, 1.0)];
        assert!((area(&clip(&square, p(1.0, 0.0), 0.5)) - 0.5).abs() < 1e-12);
        assert_eq!(chord(&square, p(0.5, 0.5), p(1.0, 0.0)), Some((-0.5, 0.5)));
        assert_eq!(chord(&square, p(0.5, 2.0), p(1.0, 0.0)), None);
        assert!(holds(&square, p(0.2, 0.9)) && !holds(&square, p(0.2, 1.1)));
    }

    #[test]
    fn a_warp_folds_nothing() {
        for seed in 0..50 {
            let warp = Warp::new(&mut Stream::new(seed, Topic::Layout, 0), 1.0, p(0.0, 0.0));
            let h = 1e-5;
            for i in -30..=30 {
                for j in -30..=30 {
                    let q = p(f64::from(i) / 25.0, f64::from(j) / 25.0);
                    let (at, dx, dy) = (warp.km(q), warp.km(q + p(h, 0.0)), warp.km(q + p(0.0, h)));
                    assert!((dx - at).cross(dy - at) > 0.2 * h * h, "seed {seed} folds at {q:?}");
                }
            }
        }
    }

    #[test]
    fn direction_grows_with_the_angle() {
        let numbers: Vec<f64> = (0..100).map(|k| unit_at(f64::from(k) / 100.0).direction()).collect();
        assert!(numbers.windows(2).all(|w| w[0] < w[1]));
    }
}
