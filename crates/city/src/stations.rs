//! Substations, plants, and the people they supply.

use crate::buildings::Block;
use crate::geometry::{P, clustered, p, shared_out, unit_at};
use crate::plan::{Layout, Settlement};
use crate::random::{Stream, Topic};

/// A 110/10 kV substation.
#[derive(Clone, Debug)]
pub(crate) struct Substation {
    /// Without the word "Substation".
    pub(crate) name: String,
    /// District within the city.
    pub(crate) cell: usize,
    pub(crate) at_km: P,
    /// People of its district who live in apartment buildings nearest to it, and its part of those who live in houses.
    pub(crate) people_in_houses: u32,
    pub(crate) people: u32,
}

/// A combined heat and power plant on 110 kV.
#[derive(Clone, Debug)]
pub(crate) struct Plant {
    pub(crate) at_km: P,
    pub(crate) p_mw_max: f64,
}

/// Stations of one city.
#[derive(Clone, Debug)]
pub(crate) struct Stations {
    pub(crate) substations: Vec<Substation>,
    /// Substation of each apartment building.
    pub(crate) of_block: Vec<usize>,
    pub(crate) plants: Vec<Plant>,
    /// 330/110 kV stations.
    pub(crate) hubs_km: Vec<P>,
    /// Where the 330 kV lines of the interconnection arrive.
    pub(crate) gates_km: Vec<P>,
}

/// Winter peak of all classes with electric heating, per person, MW. Published city peaks lie at 0.5 to 0.7 kW.
pub(crate) const PEAK_MW_PER_PERSON: f64 = 0.000_6;
/// People per 110/10 kV substation: 62 at three million, 29 MW each.
const PEOPLE_PER_SUBSTATION: f64 = 48_000.0;
/// Load per 330/110 kV station, MW.
const MW_PER_HUB: f64 = 330.0;
/// Capacity of all CHPs together, of the city's peak.
pub(crate) const PLANT_SHARE: f64 = 0.5;
/// Capacity of all gates together, of the city's peak: with the CHPs a reserve of a quarter.
pub(crate) const GATE_SHARE: f64 = 0.75;

/// Places the stations of a city.
pub(crate) fn stations(settlement: &Settlement, layout: &Layout, blocks: &[Block], part: usize, seed: u64) -> Stations {
    let mut stream = Stream::new(seed, Topic::Stations, part);
    let (substations, of_block) = substations(settlement, layout, blocks, &mut stream);
    let people = settlement.people;
    let peak_mw = f64::from(people) * PEAK_MW_PER_PERSON;
    let shares: &[f64] = match people {
        ..200_000 => &[1.0],
        200_000..1_000_000 => &[0.6, 0.4],
        _ => &[0.45, 0.33, 0.22],
    };
    let turn = stream.unit();
    let plants = shares
        .iter()
        .enumerate()
        .map(|(k, share)| {
            let angle = turn + (k as f64 + stream.between(-0.1, 0.1)) / shares.len() as f64;
            let mut at = unit_at(angle) * stream.between(0.62, 0.78);
            if layout.wet(at) {
                at = at + p(layout.river_half * 3.0, 0.0);
            }
            Plant { at_km: layout.warp.km(at), p_mw_max: peak_mw * PLANT_SHARE * share }
        })
        .collect();
    let hubs_km = hubs(settlement, &substations, peak_mw, &mut stream);
    let gates = match people {
        ..150_000 => 1,
        150_000..1_000_000 => 2,
        _ => 3,
    };
    let turn = stream.unit();
    let gates_km = (0..gates)
        .map(|k| {
            let angle = turn + (f64::from(k) + stream.between(-0.12, 0.12)) / f64::from(gates);
            settlement.centre_km + unit_at(angle) * (3.0 + settlement.radius_km * stream.between(1.12, 1.28))
        })
        .collect();
    Stations { substations, of_block, plants, hubs_km, gates_km }
}

fn substations(
    settlement: &Settlement,
    layout: &Layout,
    blocks: &[Block],
    stream: &mut Stream,
) -> (Vec<Substation>, Vec<usize>) {
    let total = (f64::from(settlement.people) / PEOPLE_PER_SUBSTATION).round().max(4.0) as u32;
    let cell_people: Vec<f64> = layout.cells.iter().map(|c| f64::from(c.people)).collect();
    let mut substations = Vec::new();
    let mut of_block = vec![0; blocks.len()];
    for (i, (cell, count)) in layout.cells.iter().zip(shared_out(total, &cell_people)).enumerate() {
        let mine: Vec<usize> = (0..blocks.len()).filter(|&b| blocks[b].cell == i).collect();
        let points: Vec<P> = mine.iter().map(|&b| blocks[b].at_km).collect();
        let weights: Vec<f64> = mine.iter().map(|&b| f64::from(blocks[b].people)).collect();
        let (places, owner) = clustered(&points, &weights, count.max(1) as usize, stream);
        let first = substations.len();
        let mut people = vec![0u32; places.len()];
        for ((&block, &o), _) in mine.iter().zip(&owner).zip(&points) {
            of_block[block] = first + o;
            people[o] += blocks[block].people;
        }
        let houses = cell.people - people.iter().sum::<u32>();
        let weights: Vec<f64> = people.iter().map(|&n| f64::from(n)).collect();
        for (k, (&at_km, in_houses)) in places.iter().zip(shared_out(houses, &weights)).enumerate() {
            substations.push(Substation {
                name: format!("{} {}", cell.name, k + 1),
                cell: i,
                at_km,
                people_in_houses: in_houses,
                people: people[k] + in_houses,
            });
        }
    }
    (substations, of_block)
}

/// 330/110 kV stations stand outward of the middle of what they feed: land for them is at the edge.
fn hubs(settlement: &Settlement, substations: &[Substation], peak_mw: f64, stream: &mut Stream) -> Vec<P> {
    let least = if settlement.people < 150_000 { 1.0 } else { 2.0 };
    let n = (peak_mw / MW_PER_HUB).round().max(least) as usize;
    let points: Vec<P> = substations.iter().map(|s| s.at_km).collect();
    let weights: Vec<f64> = substations.iter().map(|s| f64::from(s.people)).collect();
    let (middles, _) = clustered(&points, &weights, n, stream);
    let push = if n == 1 { p(0.8 * settlement.radius_km, 0.3 * settlement.radius_km) } else { P::default() };
    middles.iter().map(|&m| settlement.centre_km + (m - settlement.centre_km) * 1.3 + push).collect()
}
