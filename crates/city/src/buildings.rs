//! Apartment buildings along the streets, and the people in them.

use crate::geometry::{P, holds, shared_out};
use crate::plan::Layout;
use crate::random::{Stream, Topic};
use crate::streets::Streets;

/// An apartment building before it has a feeder.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) at_km: P,
    /// District within the city.
    pub(crate) cell: usize,
    pub(crate) floors: u32,
    pub(crate) people: u32,
}

/// People per apartment building of the whole city: 12,000 buildings at three million.
const PEOPLE_PER_BLOCK: f64 = 250.0;
/// People who live in apartment buildings, in the middle of the city and one radius away; the others live in houses.
const IN_BLOCKS: (f64, f64) = (0.93, 0.77);

/// Places the apartment buildings of a city.
pub(crate) fn blocks(layout: &Layout, streets: &Streets, part: usize, seed: u64) -> Vec<Block> {
    let mut stream = Stream::new(seed, Topic::Buildings, part);
    let mut blocks = Vec::new();
    for (i, cell) in layout.cells.iter().enumerate() {
        let share = IN_BLOCKS.0 + (IN_BLOCKS.1 - IN_BLOCKS.0) * cell.remoteness.min(1.0);
        let people = (f64::from(cell.people) * share).round() as u32;
        let n = ((f64::from(cell.people) / PEOPLE_PER_BLOCK).round() as usize).max(12);
        let first = blocks.len();
        let mut weights = Vec::with_capacity(n);
        for _ in 0..n {
            let floors = floors(cell.remoteness, &mut stream);
            // A staircase has 15 to 25 people a floor; low blocks have more staircases.
            weights.push(f64::from(floors) * stream.between(14.0, 26.0) * if floors <= 5 { 1.5 } else { 1.0 });
            let at = place(layout, streets, i, &mut stream);
            blocks.push(Block { at_km: layout.warp.km(at), cell: i, floors, people: 0 });
        }
        for (block, people) in blocks[first..].iter_mut().zip(shared_out(people, &weights)) {
            block.people = people;
        }
    }
    blocks
}

/// Old low blocks in the middle, towers further out.
fn floors(remoteness: f64, stream: &mut Stream) -> u32 {
    let out = remoteness.min(1.0);
    let shares = [(5, 0.50 - 0.20 * out), (9, 0.34), (16, 0.12 + 0.14 * out), (25, 0.04 + 0.06 * out)];
    let mut left = stream.unit();
    for (floors, share) in shares {
        left -= share;
        if left < 0.0 {
            return floors;
        }
    }
    5
}

/// A place beside a street of the district, dry.
fn place(layout: &Layout, streets: &Streets, cell: usize, stream: &mut Stream) -> P {
    let polygon = &layout.cells[cell].polygon;
    let local = &streets.local[cell];
    let middle = polygon.iter().fold(P::default(), |sum, &q| sum + q) * (1.0 / polygon.len() as f64);
    for _ in 0..40 {
        let at = if local.is_empty() {
            middle.toward(polygon[stream.below(polygon.len())], stream.unit() * 0.9)
        } else {
            let (a, b) = local[stream.below(local.len())];
            let side = if stream.chance(0.5) { 1.0 } else { -1.0 };
            let off = (b - a).left() * (side * streets.spacing[cell] * stream.between(0.12, 0.38) / a.distance(b));
            a.toward(b, stream.unit()) + off
        };
        // A little inward: on the ground borders are curves, and outlines their chords.
        if holds(polygon, middle.toward(at, 1.02)) && !layout.wet(at) {
            return at;
        }
    }
    middle
}
