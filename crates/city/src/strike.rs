//! The strike: after a seven-hour alert a CHP is down, stations around it are hit, and so are the ways in for power.
//!
//! It is a pattern, not a scatter: hits start at one CHP and go outward. It goes on until the wanted share of the peak is
//! lost, measured by [`max_flow`](crate::max_flow), and leaves out single hits that would overshoot.

use crate::geometry::{P, ground_km};
use crate::max_flow::served_mw;
use crate::random::{Stream, Topic};
use relight_model::{BranchKind, BusIdx, Damage, Network, Scenario, Situation};
use std::collections::BTreeMap;

/// Share of the peak that is lost at the end: at least, and at most.
const LOST: (f64, f64) = (0.36, 0.44);
/// The same within each city of a country that is hit: others are spared.
const LOST_IN_CITY: (f64, f64) = (0.60, 0.72);
/// How far a town may be struck beyond the wanted share where its pieces are too coarse to meet it.
const COARSE: f64 = 0.06;
/// Share of a city's load on substations that are hit outright, unless nothing else remains to be hit.
const ON_HIT_SUBSTATIONS_MAX: f64 = 0.10;

/// What one hit takes out.
#[derive(Clone, Debug)]
enum Hit {
    Generators(Vec<usize>),
    Branches(Vec<usize>),
    Bus(usize),
}

/// Strikes a generated scenario: rows and ids that are out at its `as_of`.
///
/// Depends on the network, the places of its buses and the seed alone. About 36 to 44 % of the peak demand cannot be carried
/// afterwards. A scenario of other origin is struck by the same rules as far as it has CHPs on 110 kV, 330/110 kV stations
/// and 110/10 kV substations; one without any of them stays whole.
pub fn strike(scenario: &Scenario, seed: u64) -> Damage {
    let mut stream = Stream::new(seed, Topic::Strike, 0);
    let network = &scenario.network;
    let at_km: Vec<P> = (0..network.buses.len())
        .map(|i| scenario.geography.buses.get(i).copied().flatten().map_or(P::default(), ground_km))
        .collect();
    let mut cities: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, bus) in network.buses.iter().enumerate() {
        cities.entry(bus.area).or_default().push(i);
    }
    let several = cities.len() > 1;
    let mut struck = Struck { network, at_km: &at_km, situation: Situation::intact(network) };
    let mut areas: Vec<(u32, P)> = cities.iter().map(|(&area, buses)| (area, struck.middle(buses))).collect();
    // One of the larger cities is the middle of it; the others follow by distance.
    let first = areas[stream.below(areas.len().div_ceil(3))].1;
    areas.sort_by(|a, b| a.1.distance(first).total_cmp(&b.1.distance(first)).then(a.0.cmp(&b.0)));
    for (area, _) in areas {
        if !several {
            struck.city(area, Some(area), LOST, &mut stream);
            break;
        }
        let before = struck.situation.clone();
        struck.city(area, Some(area), LOST_IN_CITY, &mut stream);
        let lost = struck.lost(None);
        if lost > LOST.1 {
            // The last city is hit less hard: by what the whole country still lacks.
            struck.situation = before;
            struck.city(area, None, LOST, &mut stream);
        }
        if lost >= LOST.0 {
            break;
        }
    }
    struck.damage()
}

/// The scenario as it is being struck.
struct Struck<'a> {
    network: &'a Network,
    at_km: &'a [P],
    situation: Situation,
}

impl Struck<'_> {
    fn middle(&self, buses: &[usize]) -> P {
        buses.iter().fold(P::default(), |sum, &i| sum + self.at_km[i]) * (1.0 / buses.len() as f64)
    }

    /// Share of the demand of a city, or of all, that capacities do not let through.
    fn lost(&self, area: Option<u32>) -> f64 {
        let part = |i: usize| area.is_none_or(|a| self.network.buses[i].area == a);
        let (served, demand) = served_mw(self.network, &self.situation, part);
        if demand > 0.0 { 1.0 - served / demand } else { 0.0 }
    }

    /// Strikes one city until the share lost in `measured` (the city, or everywhere) lies within `wanted`.
    fn city(&mut self, area: u32, measured: Option<u32>, wanted: (f64, f64), stream: &mut Stream) {
        let plants = self.plants(area);
        let Some(&(largest_mw, _, _)) = plants.first() else { return };
        let large: Vec<_> = plants.iter().filter(|p| p.0 >= 0.6 * largest_mw).collect();
        let (_, bus, generators) = large[stream.below(large.len())];
        let epicentre = self.at_km[*bus];
        self.set(&Hit::Generators(generators.clone()), true);
        let others: Vec<_> = plants.iter().filter(|p| p.1 != *bus).cloned().collect();
        let (pattern, filler) = self.sequence(area, epicentre, &others);
        let mut lost = self.lost(measured);
        let all = pattern.iter().map(|hit| (hit, 0.0));
        // Where a town's pieces are coarse, a little more than wanted will do.
        let fill = [0.0, COARSE].into_iter().flat_map(|more| filler.iter().map(move |hit| (hit, more)));
        for (hit, more) in all.chain(fill) {
            if lost >= wanted.0 {
                return;
            }
            if self.is_out(hit) {
                continue;
            }
            self.set(hit, true);
            let then = self.lost(measured);
            if then > wanted.1 + more {
                self.set(hit, false);
            } else {
                lost = then;
            }
        }
    }

    /// CHPs of a city: capacity, bus and generators, the largest first.
    fn plants(&self, area: u32) -> Vec<(f64, usize, Vec<usize>)> {
        let mut plants: BTreeMap<usize, (f64, Vec<usize>)> = BTreeMap::new();
        for (k, generator) in self.network.generators.iter().enumerate() {
            let i = generator.bus.i();
            if self.network.buses[i].area == area && self.network.buses[i].base_kv < 200.0 {
                let plant = plants.entry(i).or_default();
                plant.0 += generator.p_mw_max;
                plant.1.push(k);
            }
        }
        let mut list: Vec<_> = plants.into_iter().map(|(bus, (mw, units))| (mw, bus, units)).collect();
        list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        list
    }

    /// Hits around the epicentre in their order: stations, substations and ways in by turns, each kind by distance; then
    /// single units of the other CHPs, the other ways in and the stations spared so far. And what fills up
    /// where a town is too small for all that: more substations and single transformers.
    fn sequence(&self, area: u32, epicentre: P, others: &[(f64, usize, Vec<usize>)]) -> (Vec<Hit>, Vec<Hit>) {
        let mut hubs = self.corridors(area, epicentre, |from, to, kind| {
            kind == BranchKind::Transformer && from > 300.0 && (100.0..200.0).contains(&to)
        });
        let ways_in = self.corridors(area, epicentre, |from, to, kind| {
            kind == BranchKind::Line && (300.0..400.0).contains(&from) && (300.0..400.0).contains(&to)
        });
        let (few, rest) = self.substations(area, epicentre);
        // Half of the stations are spared as long as anything else can be hit.
        let spared = hubs.split_off(hubs.len().div_ceil(2));
        let (mut few, mut hub, mut way) = (few.into_iter(), hubs.into_iter(), ways_in.into_iter());
        let mut hits = Vec::new();
        while hub.len() + few.len() > 0 {
            hits.extend(hub.next());
            hits.extend(few.by_ref().take(2));
            hits.extend(way.next());
            hits.extend(few.next());
        }
        let units = others.iter().flat_map(|p| p.2.iter().map(|&k| Hit::Generators(vec![k])));
        hits.extend(units);
        hits.extend(way);
        hits.extend(spared);
        let transformers = self.corridors(area, epicentre, |from, to, kind| {
            kind == BranchKind::Transformer && (100.0..200.0).contains(&from) && to < 20.0
        });
        let filler = rest.into_iter().chain(transformers).collect();
        (hits, filler)
    }

    /// Branches of a kind with an end in the city, parallel ones together, by distance from the epicentre.
    fn corridors(&self, area: u32, epicentre: P, wanted: impl Fn(f64, f64, BranchKind) -> bool) -> Vec<Hit> {
        let bus = |i: usize| &self.network.buses[i];
        let mut groups: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (k, branch) in self.network.branches.iter().enumerate() {
            let (f, t) = (branch.from.i(), branch.to.i());
            if bus(f).area == area && bus(t).area == area && wanted(bus(f).base_kv, bus(t).base_kv, branch.kind) {
                groups.entry((f, t)).or_default().push(k);
            }
        }
        let middle = |&(f, t): &(usize, usize)| self.at_km[f].toward(self.at_km[t], 0.5).distance(epicentre);
        let mut list: Vec<_> = groups.into_iter().collect();
        list.sort_by(|a, b| middle(&a.0).total_cmp(&middle(&b.0)).then(a.0.cmp(&b.0)));
        list.into_iter().map(|(_, rows)| Hit::Branches(rows)).collect()
    }

    /// Substations by distance: those near the epicentre that may be hit outright, and the rest.
    fn substations(&self, area: u32, epicentre: P) -> (Vec<Hit>, Vec<Hit>) {
        let mut load_mw: BTreeMap<usize, f64> = BTreeMap::new();
        let mut high_of = BTreeMap::new();
        for branch in self.network.branches.iter().filter(|b| b.kind == BranchKind::Transformer) {
            let (f, t) = (branch.from.i(), branch.to.i());
            if self.network.buses[f].area == area && self.network.buses[t].base_kv < 20.0 {
                high_of.insert(t, f);
                load_mw.entry(f).or_default();
            }
        }
        for load in &self.network.loads {
            if let Some(high) = high_of.get(&load.bus.i()) {
                *load_mw.entry(*high).or_default() += load.p_mw;
            }
        }
        let total: f64 = load_mw.values().sum();
        let mut order: Vec<(usize, f64)> = load_mw.into_iter().collect();
        let away = |i: usize| self.at_km[i].distance(epicentre);
        order.sort_by(|a, b| away(a.0).total_cmp(&away(b.0)).then(a.0.cmp(&b.0)));
        let mut sum = 0.0;
        let few = order
            .iter()
            .take_while(|(_, mw)| {
                sum += mw;
                sum <= ON_HIT_SUBSTATIONS_MAX * total
            })
            .count();
        let hit = |list: &[(usize, f64)]| list.iter().map(|&(i, _)| Hit::Bus(i)).collect();
        (hit(&order[..few]), hit(&order[few..]))
    }

    /// Whether all of a hit is out already, or hangs on a bus that is.
    fn is_out(&self, hit: &Hit) -> bool {
        match hit {
            Hit::Generators(rows) => rows.iter().all(|&k| self.situation.generator_out[k]),
            Hit::Branches(rows) => rows.iter().all(|&k| {
                let branch = &self.network.branches[k];
                let dead = |bus: BusIdx| self.situation.bus_out[bus.i()];
                self.situation.branch_out[k] || dead(branch.from) || dead(branch.to)
            }),
            Hit::Bus(i) => self.situation.bus_out[*i],
        }
    }

    fn set(&mut self, hit: &Hit, out: bool) {
        match hit {
            Hit::Generators(rows) => rows.iter().for_each(|&k| self.situation.generator_out[k] = out),
            Hit::Branches(rows) => rows.iter().for_each(|&k| self.situation.branch_out[k] = out),
            Hit::Bus(i) => self.situation.bus_out[*i] = out,
        }
    }

    fn damage(&self) -> Damage {
        let rows = |out: &[bool]| (1..).zip(out).filter(|(_, out)| **out).map(|(row, _)| row).collect();
        Damage {
            branches: rows(&self.situation.branch_out),
            generators: rows(&self.situation.generator_out),
            buses: self
                .network
                .buses
                .iter()
                .zip(&self.situation.bus_out)
                .filter(|(_, o)| **o)
                .map(|(b, _)| b.id)
                .collect(),
        }
    }
}
