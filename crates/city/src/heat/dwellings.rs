//! What kind of house every apartment building is, and how much heat it needs.

use crate::buildings::Block;
use crate::geometry::rounded;
use crate::plan::Layout;
use crate::random::Stream;
use relight_model::{Building, BuildingKind};

/// What warms a building.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Warmed {
    District,
    Own,
    Electric,
}

/// A building as the heat network sees it.
#[derive(Clone, Debug)]
pub(super) struct Dwelling {
    pub(super) year: u32,
    pub(super) kind: BuildingKind,
    pub(super) area_m2: f64,
    /// At the design temperature.
    pub(super) heat_kw: f64,
    pub(super) warmed: Warmed,
}

/// Share of panel-age buildings that are of brick nevertheless.
const BRICK_SHARE: f64 = 0.25;
/// Share of low buildings with a boiler of their own, and of all buildings heated by electricity.
const OWN_SHARE: f64 = 0.03;
const ELECTRIC_SHARE: f64 = 0.01;

/// Furnishes the buildings of a city. Every building takes the same number of draws.
pub(super) fn dwellings(layout: &Layout, blocks: &[Block], stream: &mut Stream) -> Vec<Dwelling> {
    blocks
        .iter()
        .map(|block| {
            let draws: [f64; 5] = std::array::from_fn(|_| stream.unit());
            let year = year(block.floors, layout.cells[block.cell].remoteness.min(1.0), draws[0], draws[1]);
            let kind = match Building::usual_kind(Some(year), block.floors) {
                BuildingKind::Panel if draws[2] < BRICK_SHARE => BuildingKind::Brick,
                kind => kind,
            };
            let per_person_m2 = Building::AREA_M2_PER_PERSON * (0.88 + 0.24 * draws[3]);
            let area_m2 = rounded(f64::from(block.people.max(10)) * per_person_m2, 0.1);
            let warmed = match draws[4] {
                x if x < ELECTRIC_SHARE => Warmed::Electric,
                x if x > 1.0 - OWN_SHARE && block.floors <= 5 => Warmed::Own,
                _ => Warmed::District,
            };
            let heat_kw = rounded(area_m2 * design_w_per_m2(year, block.floors) / 1000.0, 10.0);
            Dwelling { year, kind, area_m2, heat_kw, warmed }
        })
        .collect()
}

/// Old low houses in the middle, the panels of their decades around it, the tallest are the youngest.
fn year(floors: u32, remoteness: f64, which: f64, within: f64) -> u32 {
    let (from, to) = match floors {
        0..=5 if which < 0.55 * (1.0 - remoteness) => (1890.0, 1956.0),
        0..=5 => (1957.0, 1972.0),
        6..=9 => (1968.0, 1993.0),
        10..=16 => (1976.0, 2001.0),
        _ => (1998.0, 2022.0),
    };
    (from + (to - from) * within) as u32
}

/// Heat per floor area at -22 °C, W/m2: estimates for 5, 9 and 16 floors of the panel age; later norms ask for half of that.
fn design_w_per_m2(year: u32, floors: u32) -> f64 {
    match (year, floors) {
        (2008.., _) => 42.0,
        (1997.., _) => 55.0,
        (_, ..=5) => 88.0,
        (_, ..=9) => 72.0,
        _ => 73.0,
    }
}
