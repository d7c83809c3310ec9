//! The grid of all cities: first a skeleton of stations and corridors, sized by DC flows; then a network, settled by AC flows.
//!
//! What holds afterwards holds by construction: corridors grow until the skeleton carries the winter peak with margin, also
//! without the largest plant of each city and without any single circuit; taps and capacitors follow the AC solution; and a
//! network that still had an overload or a voltage out of limits would not be returned.

mod equipment;
mod flow;
pub(crate) mod mesh;
mod network;
mod settle;
mod sizing;
mod sparse;

use crate::geometry::P;
use crate::stations::{GATE_SHARE, PEAK_MW_PER_PERSON};
use crate::{CityError, Town};
use equipment::{Equipment, LINE_110, LINE_330, LINE_750, UNIT_750_330, UNITS_330_110};
pub(crate) use network::Assembled;

/// What stands at a node of the skeleton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// 110 kV side of a substation.
    Substation(usize),
    /// 110 kV busbar of a CHP.
    Plant(usize),
    /// 110 kV side of a 330/110 kV station.
    Hub110(usize),
    /// 330 kV side of the same.
    Hub330(usize),
    /// 330 kV switchyard where the interconnection, or a power plant, feeds in.
    Gate(usize),
    /// 750 kV switchyard.
    Backbone,
}

/// A busbar of the skeleton.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Name of the station.
    pub(crate) name: String,
    pub(crate) kv: f64,
    pub(crate) at_km: P,
    pub(crate) city: usize,
    pub(crate) role: Role,
    pub(crate) load_mw: f64,
    pub(crate) p_mw_max: f64,
}

/// Parallel circuits or units between two nodes.
#[derive(Clone, Debug)]
pub(crate) struct Corridor {
    pub(crate) a: usize,
    pub(crate) b: usize,
    pub(crate) equipment: Equipment,
    pub(crate) circuits: u32,
    pub(crate) length_km: f64,
}

/// Stations and corridors of all cities.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skeleton {
    pub(crate) nodes: Vec<Node>,
    pub(crate) corridors: Vec<Corridor>,
}

/// Lines are longer than the straight way between their ends.
const LINE_DETOUR: f64 = 1.25;
/// Way around, in direct ways, from which on a line is built: at 110 kV, and between cities.
const DETOUR_110: f64 = 2.2;
const DETOUR_CITIES: f64 = 1.8;
/// Cities from which on the largest ones have a 750 kV ring.
const CITIES_WITH_BACKBONE: usize = 6;

/// Plans the grid of the towns and builds its network.
pub(crate) fn build(name: &str, towns: &[Town]) -> Result<Assembled, CityError> {
    let mut skeleton = skeleton(towns);
    sizing::size(&mut skeleton)?;
    for _ in 0..10 {
        let mut assembled = network::assemble(name, towns, &skeleton);
        let full = settle::settle(&mut assembled, &skeleton)?;
        if full.is_empty() {
            return Ok(assembled);
        }
        for corridor in full {
            skeleton.corridors[corridor].grow();
        }
    }
    Err(CityError::NotSettled { what: "corridors that carry the winter peak" })
}

/// Pairs of cities that a 330 kV line and a road join.
pub(crate) fn neighbouring_cities(centres: &[P]) -> Vec<(usize, usize)> {
    mesh::mesh(centres, DETOUR_CITIES)
}

impl Corridor {
    /// Capacity with `lost` circuits out, MVA.
    pub(crate) fn rate_mva(&self, lost: u32) -> f64 {
        f64::from(self.circuits - lost) * self.equipment.rate_mva()
    }

    /// One step more capacity: larger units before more units, more circuits before heavier conductors.
    pub(crate) fn grow(&mut self) {
        let first_more = matches!(self.equipment, Equipment::Line(_)) && self.circuits < 4;
        match self.equipment.stronger() {
            Some(stronger) if !first_more => {
                if matches!(self.equipment, Equipment::Line(_)) {
                    self.circuits = 2;
                }
                self.equipment = stronger;
            }
            _ => self.circuits += 1,
        }
    }
}

/// Nodes and corridors of all towns, before sizing.
fn skeleton(towns: &[Town]) -> Skeleton {
    let mut skeleton = Skeleton::default();
    let gates: Vec<Vec<usize>> = (0..towns.len()).map(|city| skeleton.add_town(towns, city)).collect();
    if towns.len() > 1 {
        skeleton.join_cities(towns, &gates);
    }
    if towns.len() >= CITIES_WITH_BACKBONE {
        skeleton.add_backbone(towns, &gates);
    }
    skeleton
}

impl Skeleton {
    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn line(&mut self, a: usize, b: usize, circuits: u32) {
        let kv = self.nodes[a].kv;
        let conductor = if kv > 700.0 {
            LINE_750
        } else if kv > 300.0 {
            LINE_330
        } else {
            LINE_110
        };
        let length_km = self.nodes[a].at_km.distance(self.nodes[b].at_km) * LINE_DETOUR;
        self.corridors.push(Corridor { a, b, equipment: Equipment::Line(conductor), circuits, length_km });
    }

    /// Adds the stations and corridors of one town; returns its gates.
    fn add_town(&mut self, towns: &[Town], city: usize) -> Vec<usize> {
        let town = &towns[city];
        let of = if town.settlement.name.is_empty() { String::new() } else { format!(" {}", town.settlement.name) };
        let node = |name: String, kv: f64, at_km: P, role: Role| Node {
            name,
            kv,
            at_km,
            city,
            role,
            load_mw: 0.0,
            p_mw_max: 0.0,
        };
        let peak_mw = f64::from(town.settlement.people) * PEAK_MW_PER_PERSON;
        let stations = &town.stations;
        let count = stations.gates_km.len();
        let gates: Vec<usize> = (0..count)
            .map(|k| {
                let word = if towns.len() > 1 { "Power plant" } else { "Interconnection" };
                let mut gate = node(format!("{word}{of} {}", k + 1), 330.0, stations.gates_km[k], Role::Gate(k));
                // A town whose only CHP fails lives on its gate alone.
                let share = if stations.plants.len() == 1 { 1.05 } else { GATE_SHARE };
                gate.p_mw_max = peak_mw * share / count as f64;
                self.add(gate)
            })
            .collect();
        let hubs: Vec<usize> = (0..stations.hubs_km.len())
            .map(|k| self.add(node(format!("Station{of} {}", k + 1), 330.0, stations.hubs_km[k], Role::Hub330(k))))
            .collect();
        let first_110 = self.nodes.len();
        for (k, &hub) in hubs.iter().enumerate() {
            let low = self.add(node(self.nodes[hub].name.clone(), 110.0, stations.hubs_km[k], Role::Hub110(k)));
            let equipment = Equipment::Transformer(UNITS_330_110[0]);
            self.corridors.push(Corridor { a: hub, b: low, equipment, circuits: 2, length_km: 0.0 });
        }
        for (k, plant) in stations.plants.iter().enumerate() {
            let mut chp = node(format!("CHP-{}{of}", k + 1), 110.0, plant.at_km, Role::Plant(k));
            chp.p_mw_max = plant.p_mw_max;
            self.add(chp);
        }
        for (k, substation) in stations.substations.iter().enumerate() {
            let name = format!("Substation {}", substation.name);
            let mut busbar = node(name, 110.0, substation.at_km, Role::Substation(k));
            busbar.load_mw = town.feeders.iter().filter(|f| f.substation == k).map(|f| f.p_mw).sum();
            self.add(busbar);
        }
        self.ring_330(&gates, &hubs, town.settlement.centre_km);
        self.mesh_110(first_110);
        gates
    }

    /// 330 kV: a ring through the stations in the order of their directions; every gate feeds the two nearest.
    fn ring_330(&mut self, gates: &[usize], hubs: &[usize], centre_km: P) {
        let mut ring = hubs.to_vec();
        let direction = |s: &Skeleton, i: usize| (s.nodes[i].at_km - centre_km).direction();
        ring.sort_by(|&a, &b| direction(self, a).total_cmp(&direction(self, b)).then(a.cmp(&b)));
        match ring.len() {
            1 => {}
            2 => self.line(ring[0], ring[1], 2),
            n => (0..n).for_each(|i| self.line(ring[i], ring[(i + 1) % n], 1)),
        }
        for &gate in gates {
            let away = |s: &Skeleton, i: usize| s.nodes[i].at_km.distance(s.nodes[gate].at_km);
            let mut near = hubs.to_vec();
            near.sort_by(|&a, &b| away(self, a).total_cmp(&away(self, b)).then(a.cmp(&b)));
            let circuits = if near.len() == 1 { 2 } else { 1 };
            near.truncate(2);
            for hub in near {
                self.line(gate, hub, circuits);
            }
        }
    }

    /// 110 kV: a mesh over all nodes from `first` on; what would be cut off by the loss of one line gets two.
    fn mesh_110(&mut self, first: usize) {
        let places: Vec<P> = self.nodes[first..].iter().map(|n| n.at_km).collect();
        let edges = mesh::mesh(&places, DETOUR_110);
        let alone = mesh::bridges(places.len(), &edges);
        for (&(a, b), alone) in edges.iter().zip(alone) {
            self.line(first + a, first + b, if alone { 2 } else { 1 });
        }
    }

    /// 330 kV double lines between the gates of neighbouring cities.
    fn join_cities(&mut self, towns: &[Town], gates: &[Vec<usize>]) {
        let centres: Vec<P> = towns.iter().map(|t| t.settlement.centre_km).collect();
        for (a, b) in neighbouring_cities(&centres) {
            let nearest = |from: usize, to: usize| {
                let away = |g: usize| self.nodes[g].at_km.distance(centres[to]);
                gates[from].iter().copied().min_by(|&x, &y| away(x).total_cmp(&away(y)))
            };
            if let (Some(x), Some(y)) = (nearest(a, b), nearest(b, a)) {
                self.line(x, y, 2);
            }
        }
    }

    /// A 750 kV ring through the largest third of the cities (they come first).
    fn add_backbone(&mut self, towns: &[Town], gates: &[Vec<usize>]) {
        let n = (towns.len() / 3).max(3);
        let middle = towns[..n].iter().fold(P::default(), |sum, t| sum + t.settlement.centre_km) * (1.0 / n as f64);
        let mut yards: Vec<usize> = (0..n)
            .map(|city| {
                let gate = gates[city][0];
                let yard = Node {
                    name: format!("Backbone {}", towns[city].settlement.name),
                    kv: 750.0,
                    role: Role::Backbone,
                    load_mw: 0.0,
                    p_mw_max: 0.0,
                    ..self.nodes[gate].clone()
                };
                let yard = self.add(yard);
                let equipment = Equipment::Transformer(UNIT_750_330);
                self.corridors.push(Corridor { a: yard, b: gate, equipment, circuits: 2, length_km: 0.0 });
                yard
            })
            .collect();
        let direction = |s: &Skeleton, i: usize| (s.nodes[i].at_km - middle).direction();
        yards.sort_by(|&a, &b| direction(self, a).total_cmp(&direction(self, b)).then(a.cmp(&b)));
        (0..n).for_each(|i| self.line(yards[i], yards[(i + 1) % n], 1));
    }
}
