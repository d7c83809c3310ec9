//! What the strike does to heat: plants that are down make none, and mains beside what was hit are torn.

use crate::geometry::{P, ground_km};
use crate::random::{Stream, Topic};
use relight_model::{HeatDamage, HeatNetwork, Scenario};

/// Mains torn beside every plant that is down.
const MAINS_PER_PLANT: usize = 2;
/// Chance that a hit substation tears a main within this distance, km, and the most that are torn so.
const BESIDE_SUBSTATION: f64 = 0.3;
const BESIDE_KM: f64 = 1.0;
const MAINS_MAX: usize = 6;
/// Inner diameter from which on a pipe is a main, m.
const MAIN_M: f64 = 0.3;

/// The strike on the heat network of a scenario whose grid has been struck.
///
/// Sources whose generator is out are out: what takes a unit takes its heat. Beside a plant that has lost all its units, and
/// beside some of the substations that were hit, mains are torn, supply and return together. Depends on the scenario and the
/// seed alone; a scenario without heat network stays whole.
pub fn strike_heat(scenario: &Scenario, seed: u64) -> HeatDamage {
    let Some(net) = &scenario.heat else { return HeatDamage::default() };
    let mut stream = Stream::new(seed, Topic::HeatStrike, 0);
    let out = |generator: Option<u32>| generator.is_some_and(|g| scenario.damage.generators.contains(&(g + 1)));
    let mut torn = Torn { trenches: trenches(net), chosen: Vec::new() };
    for bus in plants_down(scenario) {
        torn.nearest(bus, f64::INFINITY, MAINS_PER_PLANT);
    }
    let most = torn.chosen.len() + MAINS_MAX;
    for (bus, at) in scenario.network.buses.iter().zip(&scenario.geography.buses) {
        let hit = scenario.damage.buses.contains(&bus.id) && stream.chance(BESIDE_SUBSTATION);
        if let Some(at) = at.filter(|_| hit && torn.chosen.len() < most) {
            torn.nearest(ground_km(at), BESIDE_KM, 1);
        }
    }
    HeatDamage {
        pipes: torn.pipes(net),
        pumps: Vec::new(),
        sources: net.sources.iter().filter(|s| out(s.generator)).map(|s| s.id.clone()).collect(),
    }
}

/// Places of the plants that have lost all generators that heat is tied to.
fn plants_down(scenario: &Scenario) -> Vec<P> {
    let network = &scenario.network;
    let tied = scenario.heat.iter().flat_map(|net| net.sources.iter().filter_map(|s| s.generator));
    let mut buses: Vec<usize> = tied.map(|g| network.generators[g as usize].bus.i()).collect();
    buses.dedup();
    let runs = |bus: usize| {
        network
            .generators
            .iter()
            .zip(1u32..)
            .any(|(g, row)| g.bus.i() == bus && !scenario.damage.generators.contains(&row))
    };
    let at = |bus: usize| scenario.geography.buses.get(bus).copied().flatten().map(ground_km);
    buses.into_iter().filter(|&b| !runs(b)).filter_map(at).collect()
}

/// Mains with their middles: positions of pipes that share a trench.
fn trenches(net: &HeatNetwork) -> Vec<(P, Vec<usize>)> {
    let mut list: Vec<(P, Vec<usize>)> = Vec::new();
    let mut ends: Option<(P, P)> = None;
    for (k, pipe) in net.pipes.iter().enumerate().filter(|(_, p)| p.d_inner_m >= MAIN_M) {
        let at = |j: relight_model::JunctionIdx| net.junctions[j.i()].at.map(ground_km);
        let (Some(from), Some(to)) = (at(pipe.from), at(pipe.to)) else { continue };
        // The return lies behind its supply in the table, the other way round.
        match list.last_mut() {
            Some((_, pipes)) if ends == Some((to, from)) && pipes.len() == 1 => pipes.push(k),
            _ => list.push((from.toward(to, 0.5), vec![k])),
        }
        ends = Some((from, to));
    }
    list
}

struct Torn {
    trenches: Vec<(P, Vec<usize>)>,
    /// Positions in `trenches`.
    chosen: Vec<usize>,
}

impl Torn {
    /// Tears the `n` mains nearest to a place, within a distance.
    fn nearest(&mut self, at: P, within_km: f64, n: usize) {
        let away = |&k: &usize| self.trenches[k].0.distance(at);
        let mut order: Vec<usize> =
            (0..self.trenches.len()).filter(|k| !self.chosen.contains(k) && away(k) <= within_km).collect();
        order.sort_by(|a, b| away(a).total_cmp(&away(b)).then(a.cmp(b)));
        self.chosen.extend(order.into_iter().take(n));
    }

    fn pipes(&self, net: &HeatNetwork) -> Vec<String> {
        let mut rows: Vec<usize> = self.chosen.iter().flat_map(|&k| self.trenches[k].1.iter().copied()).collect();
        rows.sort_unstable();
        rows.into_iter().map(|k| net.pipes[k].id.clone()).collect()
    }
}
