//! The plan of a city: how many people where, the river, the districts.
//!
//! Everything is drawn in a plane where the city is the unit disc and the river a straight strip; a smooth warp then bends
//! it onto the ground. What tiles the disc tiles the city, and nothing has to be clipped against a crooked river.

use crate::geometry::{P, Warp, clip, clustered, holds, p, shared_out, unit_at};
use crate::names;
use crate::random::{Stream, Topic};

/// A city and where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Settlement {
    /// Name in English; empty for a city that stands alone.
    pub(crate) name: String,
    /// Name in Ukrainian.
    pub(crate) name_uk: String,
    pub(crate) people: u32,
    pub(crate) centre_km: P,
    pub(crate) radius_km: f64,
}

/// People from whom on there is a country of several cities.
const COUNTRY_PEOPLE_MIN: u32 = 5_000_000;
/// People of an average city of a country, with its surroundings.
const PEOPLE_PER_CITY: f64 = 1_700_000.0;

/// Cities of the scenario, the largest first.
pub(crate) fn settlements(people: u32, seed: u64) -> Vec<Settlement> {
    // 3 million people on a disc of 13 km: 5,650 people per km2 of built-up area.
    let radius_km = |people: u32| 13.0 * (f64::from(people) / 3e6).sqrt();
    if people < COUNTRY_PEOPLE_MIN {
        let (name, name_uk) = (String::new(), String::new());
        return vec![Settlement { name, name_uk, people, centre_km: p(0.0, 0.0), radius_km: radius_km(people) }];
    }
    let mut stream = Stream::new(seed, Topic::Settlements, 0);
    let n = (f64::from(people) / PEOPLE_PER_CITY).ceil() as usize;
    // Between rank-size (1/k) and equality: 24 cities span 3.7 to 1 million.
    let weights: Vec<f64> = (0..n).map(|k| stream.between(0.95, 1.05) / (k as f64 + 2.0).sqrt()).collect();
    let mut parts = shared_out(people, &weights);
    parts.sort_by(|a, b| b.cmp(a));
    // 80 people per km2 of land.
    let land_km = 400.0 * (f64::from(people) / 4e7).sqrt();
    let mut centres: Vec<P> = Vec::with_capacity(n);
    for _ in 0..n {
        // The candidate that is farthest from all others: spread out, yet not a grid.
        let mut best = (f64::NEG_INFINITY, p(0.0, 0.0));
        for _ in 0..40 {
            let at = unit_at(stream.unit()) * (land_km * stream.unit().sqrt());
            let gap = centres.iter().map(|c| c.distance(at)).fold(land_km - at.norm() * 0.5, f64::min);
            if gap > best.0 {
                best = (gap, at);
            }
        }
        centres.push(best.1);
    }
    let mut order: Vec<usize> = (0..names::CITIES.len()).collect();
    stream.shuffle(&mut order);
    (0..n)
        .map(|k| {
            let (name, name_uk) =
                names::numbered(&names::CITIES, order[k % order.len()] + k / order.len() * order.len());
            Settlement { name, name_uk, people: parts[k], centre_km: centres[k], radius_km: radius_km(parts[k]) }
        })
        .collect()
}

/// A district in the plan.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) name_uk: String,
    pub(crate) people: u32,
    /// Convex, counter-clockwise, unit plane.
    pub(crate) polygon: Vec<P>,
    /// Distance of its middle from the centre of the city, city radii.
    pub(crate) remoteness: f64,
}

/// The plan of a city.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) warp: Warp,
    pub(crate) radius_km: f64,
    pub(crate) centre: P,
    /// The river is the strip around this x.
    pub(crate) river_x: f64,
    /// Half its width, city radii.
    pub(crate) river_half: f64,
    pub(crate) cells: Vec<Cell>,
}

impl Layout {
    /// Whether a point of the plan is in the river or on its banks.
    pub(crate) fn wet(&self, q: P) -> bool {
        (q.x - self.river_x).abs() < self.river_half * 1.6
    }

    /// How densely people live, relative to the mean.
    fn density(&self, q: P) -> f64 {
        1.0 / (0.35 + (q - self.centre).dot(q - self.centre))
    }
}

/// Number of districts: ten at three million.
pub(crate) fn district_count(people: u32) -> usize {
    ((10.0 * (f64::from(people) / 3e6).sqrt()).round() as usize).clamp(2, 16)
}

/// Lays out a city.
pub(crate) fn layout(settlement: &Settlement, part: usize, seed: u64) -> Layout {
    let mut stream = Stream::new(seed, Topic::Layout, part);
    let side = if stream.chance(0.5) { 1.0 } else { -1.0 };
    let river_x = side * stream.between(0.10, 0.24);
    let warp = Warp::new(&mut stream, settlement.radius_km, settlement.centre_km);
    let mut layout = Layout {
        warp,
        radius_km: settlement.radius_km,
        // The old town lies on the bank that has more room.
        centre: p(river_x - side * stream.between(0.14, 0.20), stream.between(-0.12, 0.12)),
        river_x,
        river_half: 0.021,
        cells: Vec::new(),
    };
    let n = district_count(settlement.people);
    let disc: Vec<P> = (0..96).map(|k| unit_at(f64::from(k) / 96.0)).collect();
    let banks = [clip(&disc, p(1.0, 0.0), river_x), clip(&disc, p(-1.0, 0.0), -river_x)];
    let samples = banks.each_ref().map(|bank| samples_in(bank, &layout, &mut stream));
    let weight = |samples: &[(P, f64)]| samples.iter().map(|s| s.1).sum::<f64>();
    let left_share = weight(&samples[0]) / (weight(&samples[0]) + weight(&samples[1]));
    let left = ((n as f64 * left_share).round() as usize).clamp(1, n - 1);
    let mut weights = Vec::new();
    for ((bank, samples), k) in banks.iter().zip(&samples).zip([left, n - left]) {
        let (points, densities): (Vec<P>, Vec<f64>) = samples.iter().copied().unzip();
        let (seeds, owner) = clustered(&points, &densities, k, &mut stream);
        for (i, &seed) in seeds.iter().enumerate() {
            let mut polygon = bank.clone();
            for (j, &other) in seeds.iter().enumerate() {
                if j != i {
                    let normal = other - seed;
                    polygon = clip(&polygon, normal, normal.dot(seed.toward(other, 0.5)));
                }
            }
            weights.push(owner.iter().zip(&densities).filter(|&(&o, _)| o == i).map(|(_, d)| d).sum());
            layout.cells.push(Cell {
                name: String::new(),
                name_uk: String::new(),
                people: 0,
                polygon,
                remoteness: seed.distance(layout.centre),
            });
        }
    }
    let people = shared_out(settlement.people, &weights);
    let mut order: Vec<usize> = (0..names::DISTRICTS.len()).collect();
    stream.shuffle(&mut order);
    for ((cell, people), name) in layout.cells.iter_mut().zip(people).zip(order) {
        let (en, uk) = names::numbered(&names::DISTRICTS, name);
        cell.people = people;
        (cell.name, cell.name_uk) = if settlement.name.is_empty() {
            (en, uk)
        } else {
            (format!("{}, {en}", settlement.name), format!("{}, {uk}", settlement.name_uk))
        };
    }
    layout
}

/// Points spread evenly over a bank with the density of people there.
fn samples_in(bank: &[P], layout: &Layout, stream: &mut Stream) -> Vec<(P, f64)> {
    let mut samples = Vec::new();
    for i in -20..=20 {
        for j in -20..=20 {
            let q = (p(f64::from(i), f64::from(j)) + p(stream.between(-0.5, 0.5), stream.between(-0.5, 0.5))) * 0.05;
            if holds(bank, q) {
                samples.push((q, layout.density(q)));
            }
        }
    }
    samples
}

/// Points on outlines are no farther apart than this before the warp, city radii.
const OUTLINE_STEP: f64 = 0.035;
/// Corners closer than this are the same.
const SAME_CORNER: f64 = 1e-7;

/// Outlines of the districts on the ground, km. Neighbours share every point of their common border, so that they tile.
pub(crate) fn outlines_km(layout: &Layout) -> Vec<Vec<P>> {
    let mut corners: Vec<P> = Vec::new();
    let mut index = |q: P| match corners.iter().position(|c| c.distance(q) < SAME_CORNER) {
        Some(known) => known,
        None => {
            corners.push(q);
            corners.len() - 1
        }
    };
    let rings: Vec<Vec<usize>> =
        layout.cells.iter().map(|cell| cell.polygon.iter().map(|&q| index(q)).collect()).collect();
    rings
        .iter()
        .map(|ring| {
            let mut outline = Vec::new();
            for (i, &a) in ring.iter().enumerate() {
                let b = ring[(i + 1) % ring.len()];
                // A corner of a neighbour may lie on this side: it must be a point of this outline too.
                let mut stops = vec![a];
                let mut between: Vec<(f64, usize)> =
                    (0..corners.len()).filter_map(|c| Some((on_segment(&corners, a, b, c)?, c))).collect();
                between.sort_by(|x, y| x.0.total_cmp(&y.0));
                stops.extend(between.iter().map(|&(_, c)| c));
                stops.push(b);
                for pair in stops.windows(2).filter(|pair| pair[0] != pair[1]) {
                    outline.extend(border(&corners, pair[0], pair[1]).map(|q| layout.warp.km(q)));
                }
            }
            outline
        })
        .collect()
}

/// How far along a→b corner `c` lies, if it lies between them.
fn on_segment(corners: &[P], a: usize, b: usize, c: usize) -> Option<f64> {
    if c == a || c == b {
        return None;
    }
    let along = corners[b] - corners[a];
    let length = along.norm();
    let (t, off) = ((corners[c] - corners[a]).dot(along) / length, (corners[c] - corners[a]).cross(along) / length);
    (off.abs() < SAME_CORNER && t > 0.0 && t < length).then_some(t)
}

/// Points from corner `a` up to, without, corner `b`. Both directions give the same points: they are counted from the lower.
fn border(corners: &[P], a: usize, b: usize) -> impl Iterator<Item = P> + '_ {
    let (low, high) = (a.min(b), a.max(b));
    let n = ((corners[low].distance(corners[high]) / OUTLINE_STEP).ceil() as usize).max(1);
    (0..n).map(move |k| {
        let from_low = if a == low { k } else { n - k };
        // The far corner itself, to the bit: low + (high - low) need not be high.
        if from_low == n { corners[high] } else { corners[low].toward(corners[high], from_low as f64 / n as f64) }
    })
}

/// Outline of the river on the ground, km: down one bank, up the other, and a little beyond the city at both ends.
pub(crate) fn river_km(layout: &Layout) -> Vec<P> {
    let bank = |x: f64| (-60..=60).map(move |k| p(x, f64::from(k) / 60.0 * 1.4));
    let right = bank(layout.river_x + layout.river_half).map(|q| layout.warp.km(q));
    let left: Vec<P> = bank(layout.river_x - layout.river_half).map(|q| layout.warp.km(q)).collect();
    right.chain(left.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::area;
    use std::collections::HashMap;

    fn sample(people: u32, seed: u64) -> Layout {
        layout(&settlements(people, seed)[0], 0, seed)
    }

    #[test]
    fn ten_districts_of_a_city_of_three_million_hold_all_its_people() {
        let city = sample(3_000_000, 1);
        assert_eq!(city.cells.len(), 10);
        assert_eq!(city.cells.iter().map(|c| c.people).sum::<u32>(), 3_000_000);
        assert!(city.cells.iter().all(|c| c.people > 100_000), "{:?}", city.cells);
    }

    #[test]
    fn districts_tile_the_city() {
        for (people, seed) in [(3_000_000, 1), (3_000_000, 2), (20_000, 3), (300_000, 4), (4_900_000, 5)] {
            let outlines = outlines_km(&sample(people, seed));
            // Every side is walked once, or once in each direction by two neighbours: no gap and no overlap.
            let bits = |q: P| (q.x.to_bits(), q.y.to_bits());
            let mut sides: HashMap<_, u32> = HashMap::new();
            for outline in &outlines {
                for i in 0..outline.len() {
                    *sides.entry((bits(outline[i]), bits(outline[(i + 1) % outline.len()]))).or_default() += 1;
                }
            }
            assert!(sides.values().all(|&n| n == 1));
            // What has no neighbour is the edge of the city: one closed line.
            let edge: HashMap<_, _> = sides.keys().filter(|(a, b)| !sides.contains_key(&(*b, *a))).copied().collect();
            let first = *edge.keys().next().unwrap();
            let around =
                std::iter::successors(Some(edge[&first]), |at| Some(edge[at]).filter(|_| *at != first)).count();
            assert_eq!(around, edge.len(), "seed {seed}");
            assert!(outlines.iter().all(|o| area(o) > 0.0));
        }
    }

    #[test]
    fn cities_of_a_country_are_apart_and_hold_all_people() {
        for people in [5_000_000, 12_345_678, 40_000_000] {
            let cities = settlements(people, 9);
            assert_eq!(cities.iter().map(|c| c.people).sum::<u32>(), people);
            for (i, a) in cities.iter().enumerate() {
                for b in &cities[..i] {
                    assert!(
                        a.name != b.name && a.centre_km.distance(b.centre_km) > 2.5 * (a.radius_km + b.radius_km) / 2.0
                    );
                }
            }
        }
    }
}
