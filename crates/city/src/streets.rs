//! Streets: avenues out of the centre, ring roads, and a grid of its own in every district, with gaps.
//!
//! Avenues and rings cross the river, on bridges; the streets of a district end at its bank.

use crate::geometry::{P, chord, clip, p, unit_at};
use crate::names;
use crate::plan::{Cell, Layout};
use crate::random::{Stream, Topic};

/// Streets of a city in its plan.
pub(crate) struct Streets {
    /// Through roads, with names.
    pub(crate) main: Vec<(String, Vec<P>)>,
    /// Straight pieces of local streets, by district.
    pub(crate) local: Vec<Vec<(P, P)>>,
    /// Distance between neighbouring local streets, by district, city radii.
    pub(crate) spacing: Vec<f64>,
}

/// Longest straight piece before the warp, city radii: the warp bends it only at its points.
const STEP: f64 = 0.06;

/// Draws the streets of a city; `coarse` widens the grid (a country shows many cities at once).
pub(crate) fn streets(layout: &Layout, part: usize, seed: u64, coarse: f64) -> Streets {
    let mut stream = Stream::new(seed, Topic::Streets, part);
    let mut main = Vec::new();
    avenues(layout, &mut stream, &mut main);
    rings(layout, &mut stream, &mut main);
    let mut spacing = Vec::new();
    let local = layout
        .cells
        .iter()
        .map(|cell| {
            let gap = coarse * (0.16 + 0.02 * layout.radius_km) / layout.radius_km * (0.55 + cell.remoteness);
            spacing.push(gap);
            grid(layout, cell, gap, &mut stream)
        })
        .collect();
    Streets { main, local, spacing }
}

fn avenues(layout: &Layout, stream: &mut Stream, main: &mut Vec<(String, Vec<P>)>) {
    let n = if layout.radius_km > 4.0 { 9 } else { 5 };
    let turn = stream.unit();
    for k in 0..n {
        let along = unit_at(turn + (f64::from(k) + stream.between(-0.18, 0.18)) / f64::from(n));
        // To the edge of the disc: |centre + t along| = 1.
        let b = layout.centre.dot(along);
        let reach = -b + (b * b + 1.0 - layout.centre.dot(layout.centre)).sqrt();
        let start = 0.05;
        main.push((
            names::AVENUES[k as usize % names::AVENUES.len()].to_owned(),
            pieces(layout.centre + along * start, layout.centre + along * reach),
        ));
    }
}

fn rings(layout: &Layout, stream: &mut Stream, main: &mut Vec<(String, Vec<P>)>) {
    let radii: &[f64] = match layout.radius_km {
        r if r > 8.0 => &[0.22, 0.46, 0.72, 0.95],
        r if r > 3.0 => &[0.30, 0.62, 0.95],
        _ => &[0.55],
    };
    for (k, &radius) in radii.iter().enumerate() {
        // Inner rings go around the old town, the outer one around the city.
        let middle = layout.centre * (1.0 - radius).max(0.0);
        let radius = radius.min(0.97) * stream.between(0.97, 1.0);
        let around = (radius * 100.0).ceil().max(24.0) as u32;
        let ring = (0..=around).map(|i| middle + unit_at(f64::from(i % around) / f64::from(around)) * radius).collect();
        main.push((format!("Ring Road {}", k + 1), ring));
    }
}

/// Points of a straight road.
fn pieces(a: P, b: P) -> Vec<P> {
    let n = (a.distance(b) / STEP).ceil().max(1.0) as usize;
    (0..=n).map(|k| a.toward(b, k as f64 / n as f64)).collect()
}

/// The streets of one district: two families of lines, clipped to it, with pieces left out.
fn grid(layout: &Layout, cell: &Cell, gap: f64, stream: &mut Stream) -> Vec<(P, P)> {
    let mut room = cell.polygon.clone();
    let bank = layout.river_half * 1.7;
    if cell.polygon.iter().all(|q| q.x <= layout.river_x + 1e-9) {
        room = clip(&room, p(1.0, 0.0), layout.river_x - bank);
    } else {
        room = clip(&room, p(-1.0, 0.0), -(layout.river_x + bank));
    }
    let axis = unit_at(stream.between(-0.12, 0.12));
    let mut streets = Vec::new();
    for along in [axis, axis.left()] {
        let across = along.left();
        let low = room.iter().map(|q| across.dot(*q)).fold(f64::INFINITY, f64::min);
        let high = room.iter().map(|q| across.dot(*q)).fold(f64::NEG_INFINITY, f64::max);
        let mut offset = low + gap * stream.between(0.3, 0.7);
        while offset < high {
            if let Some((from, to)) = chord(&room, across * offset, along) {
                with_gaps(cell, across * offset, along, (from, to), gap, stream, &mut streets);
            }
            offset += gap * stream.between(0.75, 1.35);
        }
    }
    streets
}

/// One line of the grid, cut into runs of a few blocks, some of which nobody built.
fn with_gaps(
    cell: &Cell,
    at: P,
    along: P,
    range: (f64, f64),
    gap: f64,
    stream: &mut Stream,
    streets: &mut Vec<(P, P)>,
) {
    let mut from = range.0;
    while range.1 - from > 0.3 * gap {
        let to = (from + gap * stream.between(2.0, 6.0)).min(range.1);
        if !stream.chance(0.08 + 0.22 * cell.remoteness) {
            streets.push((at + along * from, at + along * to));
        }
        from = to;
    }
}

impl Streets {
    /// All streets on the ground, km, with their names. Runs that meet end to end are joined.
    pub(crate) fn on_ground_km(&self, layout: &Layout) -> Vec<(String, Vec<P>)> {
        let bend = |points: &[P]| points.iter().map(|&q| layout.warp.km(q)).collect::<Vec<_>>();
        let mut ways: Vec<(String, Vec<P>)> =
            self.main.iter().map(|(name, points)| (name.clone(), bend(points))).collect();
        for district in &self.local {
            let mut open: Option<(P, Vec<P>)> = None;
            for &(a, b) in district {
                match &mut open {
                    Some((end, points)) if *end == a => {
                        points.extend(pieces(a, b).into_iter().skip(1));
                        *end = b;
                    }
                    _ => {
                        if let Some((_, points)) = open.replace((b, pieces(a, b))) {
                            ways.push((String::new(), bend(&points)));
                        }
                    }
                }
            }
            if let Some((_, points)) = open {
                ways.push((String::new(), bend(&points)));
            }
        }
        ways
    }
}
