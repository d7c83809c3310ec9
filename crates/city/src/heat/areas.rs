//! Which buildings share a substation, which substations a chamber of the mains, which chambers a plant.

use super::dwellings::{Dwelling, Warmed};
use super::station::Station;
use crate::Town;
use crate::geometry::{P, clustered};
use crate::random::Stream;

/// Buildings per chamber and per substation, on average, and the most on one substation.
const BLOCKS_PER_AREA: f64 = 95.0;
const BLOCKS_PER_GROUP: f64 = 3.0;
const BLOCKS_PER_GROUP_MAX: usize = 12;

/// Buildings behind one substation.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) at_km: P,
    /// Buildings within the city.
    pub(super) blocks: Vec<usize>,
    pub(super) heat_kw: f64,
}

/// What one chamber of the mains feeds.
#[derive(Clone, Debug)]
pub(super) struct Area {
    pub(super) at_km: P,
    pub(super) groups: Vec<Group>,
    pub(super) heat_kw: f64,
}

/// Areas of a city by district. Buildings that are warmed otherwise are in none.
pub(super) fn areas(town: &Town, dwellings: &[Dwelling], stream: &mut Stream) -> Vec<Area> {
    let mut areas = Vec::new();
    for cell in 0..town.layout.cells.len() {
        let mine = |&b: &usize| town.blocks[b].cell == cell && dwellings[b].warmed == Warmed::District;
        let blocks: Vec<usize> = (0..town.blocks.len()).filter(mine).collect();
        if blocks.is_empty() {
            continue;
        }
        let n = (blocks.len() as f64 / BLOCKS_PER_AREA).round().max(1.0) as usize;
        for (at_km, blocks) in split(town, dwellings, &blocks, n, stream) {
            let n = (blocks.len() as f64 / BLOCKS_PER_GROUP).ceil() as usize;
            let groups: Vec<Group> = split(town, dwellings, &blocks, n, stream)
                .into_iter()
                .flat_map(|(_, blocks)| {
                    blocks.chunks(BLOCKS_PER_GROUP_MAX).map(|b| group(town, dwellings, b)).collect::<Vec<_>>()
                })
                .collect();
            let heat_kw = groups.iter().map(|g| g.heat_kw).sum();
            areas.push(Area { at_km, groups, heat_kw });
        }
    }
    areas
}

/// Buildings in `n` clusters or fewer, with their middles.
fn split(town: &Town, dwellings: &[Dwelling], blocks: &[usize], n: usize, stream: &mut Stream) -> Vec<(P, Vec<usize>)> {
    let points: Vec<P> = blocks.iter().map(|&b| town.blocks[b].at_km).collect();
    let weights: Vec<f64> = blocks.iter().map(|&b| dwellings[b].heat_kw).collect();
    let (middles, owner) = clustered(&points, &weights, n, stream);
    let mut parts: Vec<(P, Vec<usize>)> = middles.into_iter().map(|at| (at, Vec::new())).collect();
    for (&block, o) in blocks.iter().zip(owner) {
        parts[o].1.push(block);
    }
    parts.retain(|p| !p.1.is_empty());
    parts
}

fn group(town: &Town, dwellings: &[Dwelling], blocks: &[usize]) -> Group {
    let middle = blocks.iter().fold(P::default(), |sum, &b| sum + town.blocks[b].at_km) * (1.0 / blocks.len() as f64);
    let heat_kw = blocks.iter().map(|&b| dwellings[b].heat_kw).sum();
    Group { at_km: middle, blocks: blocks.to_vec(), heat_kw }
}

/// Gives every area a plant: CHPs take the nearest ones as far as their heat reaches with its reserve, boiler houses are
/// built for what remains. Returns the areas of each station; new boiler houses are added to `stations`.
pub(super) fn zones(people: u32, areas: &[Area], stations: &mut Vec<Station>, stream: &mut Stream) -> Vec<Vec<usize>> {
    let mut zones = vec![Vec::new(); stations.len()];
    let mut taken = vec![false; areas.len()];
    let mut left_kw: Vec<f64> = stations.iter().map(|s| 1000.0 * s.heat_mw() / super::RESERVE).collect();
    let mut pairs: Vec<(f64, usize, usize)> = (0..stations.len())
        .flat_map(|s| (0..areas.len()).map(move |a| (s, a)))
        .map(|(s, a)| (stations[s].at_km.distance(areas[a].at_km), s, a))
        .collect();
    pairs.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    for (_, s, a) in pairs {
        if !taken[a] && areas[a].heat_kw <= left_kw[s] {
            taken[a] = true;
            left_kw[s] -= areas[a].heat_kw;
            zones[s].push(a);
        } else if !taken[a] {
            // What is farther out than the first area that does not fit is another plant's: zones stay in one piece.
            left_kw[s] = 0.0;
        }
    }
    let rest: Vec<usize> = (0..areas.len()).filter(|&a| !taken[a]).collect();
    if rest.is_empty() {
        return zones;
    }
    let points: Vec<P> = rest.iter().map(|&a| areas[a].at_km).collect();
    let weights: Vec<f64> = rest.iter().map(|&a| areas[a].heat_kw).collect();
    let n = (f64::from(people) / super::PEOPLE_PER_BOILER_HOUSE).round().max(1.0) as usize;
    let (middles, owner) = clustered(&points, &weights, n, stream);
    for (k, middle) in middles.into_iter().enumerate() {
        let mine: Vec<usize> = rest.iter().zip(&owner).filter(|&(_, &o)| o == k).map(|(&a, _)| a).collect();
        if !mine.is_empty() {
            let heat_kw = mine.iter().map(|&a| areas[a].heat_kw).sum();
            stations.push(Station::boiler_house(beside(middle, &mine, areas), heat_kw));
            zones.push(mine);
        }
    }
    zones
}

/// A boiler house stands a little off the chamber that is nearest to the middle of what it feeds.
fn beside(middle: P, mine: &[usize], areas: &[Area]) -> P {
    let nearest = mine.iter().map(|&a| areas[a].at_km).min_by(|x, y| x.distance(middle).total_cmp(&y.distance(middle)));
    nearest.unwrap_or(middle) + crate::geometry::p(0.12, 0.09)
}
