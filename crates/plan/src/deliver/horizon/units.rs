//! What holds the steps of a horizon together, in per unit: storage units, and generators with a ramp or a limit of energy.

use super::HorizonSettings;
use super::programme::Active;
use crate::deliver::problem::{Element, Item, Problem};
use crate::deliver::topology::{NONE, Topology};
use relight_model::{BusIdx, Network};

/// A storage unit. Energies are in p.u. · h.
pub(super) struct StorageUnit {
    /// Its position in the network's table.
    pub storage: u32,
    node: u32,
    /// At the beginning.
    pub energy: f64,
    pub energy_max: f64,
    /// Least at the end.
    pub energy_end_min: f64,
    charge_max: f64,
    discharge_max: f64,
    /// Energy stored per p.u. taken in a step (eq. 2).
    pub stored_per_charge: f64,
    /// Energy gone per p.u. given in a step (eq. 2).
    pub gone_per_discharge: f64,
}

/// A generator that may not do in one step whatever it did in another.
pub(super) struct GeneratorUnit {
    /// Its position in the network's table.
    pub generator: u32,
    /// Most change from a step to the next, p.u.
    pub ramp: Option<f64>,
    /// Most energy over the horizon, p.u. · h.
    pub energy: Option<f64>,
}

impl StorageUnit {
    /// The trajectory nearest to a wished one that keeps the energy in its limits, and by how much the wished one would
    /// have overfilled the unit, p.u. · h. Both are net injections, p.u.
    pub fn possible(&self, wished: &[f64]) -> (Vec<f64>, f64) {
        let (mut energy, mut overfull) = (self.energy, 0.0f64);
        let step = |&x: &f64| {
            let x = if x > 0.0 {
                x.min(energy / self.gone_per_discharge)
            } else {
                let most = (self.energy_max - energy) / self.stored_per_charge;
                overfull = overfull.max((-x - most) * self.stored_per_charge);
                x.max(-most)
            };
            energy = (energy - self.energy_gone(x)).clamp(0.0, self.energy_max);
            x
        };
        let mut possible: Vec<f64> = wished.iter().map(step).collect();
        if energy < self.energy_end_min {
            // Rounding alone: the wished trajectory ends high enough.
            let given: f64 = possible.iter().map(|x| x.max(0.0) * self.gone_per_discharge).sum();
            let keep = 1.0 - ((self.energy_end_min - energy) / given.max(f64::MIN_POSITIVE)).min(1.0);
            possible.iter_mut().filter(|x| **x > 0.0).for_each(|x| *x *= keep);
        }
        (possible, overfull)
    }

    /// Energy that leaves the unit when it injects `x` for a step; negative when it charges.
    fn energy_gone(&self, x: f64) -> f64 {
        if x > 0.0 { x * self.gone_per_discharge } else { x * self.stored_per_charge }
    }
}

impl GeneratorUnit {
    /// The trajectory nearest to a wished one that keeps ramps and energy.
    pub fn possible(&self, wished: &[f64], step_h: f64) -> Vec<f64> {
        let mut before: Option<f64> = None;
        let step = |&p: &f64| {
            let p = match (before, self.ramp) {
                (Some(before), Some(ramp)) => p.clamp(before - ramp, before + ramp),
                _ => p,
            };
            before = Some(p);
            p
        };
        let mut possible: Vec<f64> = wished.iter().map(step).collect();
        if let Some(energy) = self.energy {
            let given: f64 = possible.iter().sum::<f64>() * step_h;
            if given > energy {
                // All steps alike: ramps only become smaller.
                possible.iter_mut().for_each(|p| *p *= energy / given);
            }
        }
        possible
    }

    /// The limits that a trajectory breaks by more than `allowed`, p.u.
    pub fn broken_by(&self, p: &[f64], step_h: f64, allowed: f64) -> Active {
        let steep = |t: &usize| self.ramp.is_some_and(|ramp| (p[t + 1] - p[*t]).abs() > ramp + allowed);
        let stock = self.energy.is_some_and(|energy| p.iter().sum::<f64>() * step_h > energy + allowed);
        Active { pairs: (0..p.len().saturating_sub(1)).filter(steep).collect(), stock }
    }

    /// All its limits.
    pub fn all(&self, steps: usize) -> Active {
        Active {
            pairs: if self.ramp.is_some() { (0..steps - 1).collect() } else { Vec::new() },
            stock: self.energy.is_some(),
        }
    }
}

/// The storage units of a group of islands that can do something. `first` is its problem in any step.
pub(super) fn storages(
    network: &Network,
    topology: &Topology,
    first: &Problem,
    s: &HorizonSettings,
) -> Vec<StorageUnit> {
    let base = network.base_mva;
    let unit = |(k, u): (usize, &relight_model::Storage)| {
        let node = node_of(topology, first, u.bus)?;
        (u.in_service && u.energy_mwh_max > 0.0).then(|| StorageUnit {
            storage: k as u32,
            node,
            energy: u.energy_mwh.min(u.energy_mwh_max) / base,
            energy_max: u.energy_mwh_max / base,
            energy_end_min: if s.keep_energy { u.energy_mwh.min(u.energy_mwh_max) / base } else { 0.0 },
            charge_max: u.charge_mw_max / base,
            discharge_max: u.discharge_mw_max / base,
            stored_per_charge: s.step_h * u.charge_efficiency,
            gone_per_discharge: s.step_h / u.discharge_efficiency,
        })
    };
    network.storages.iter().enumerate().filter_map(unit).filter(|u| u.charge_max + u.discharge_max > 0.0).collect()
}

/// The generators of a group whose ramp or energy can bind at all.
pub(super) fn generators(network: &Network, first: &Problem, steps: usize, s: &HorizonSettings) -> Vec<GeneratorUnit> {
    let base = network.base_mva;
    let unit = |item: &Item| {
        let Element::Generator(k) = item.element else { return None };
        let unit = &network.generators[k as usize];
        let ramp = unit.ramp_mw_per_min.map(|r| r * 60.0 * s.step_h / base).filter(|r| *r < item.high - item.low);
        let energy = unit.energy_mwh.map(|e| e / base).filter(|e| *e < item.high * s.step_h * steps as f64);
        (ramp.is_some() || energy.is_some()).then_some(GeneratorUnit { generator: k, ramp, energy })
    };
    first.items.iter().filter_map(unit).collect()
}

/// Adds what storage units take and give to a problem.
pub(super) fn add_storages(problem: &mut Problem, units: &[StorageUnit]) {
    for u in units {
        let item = |element, low, high| Item { node: u.node, element, low, high, value: 0.0, held: true, duty: 0.0 };
        if u.charge_max > 0.0 {
            problem.items.push(item(Element::Charge(u.storage), -u.charge_max, 0.0));
        }
        if u.discharge_max > 0.0 {
            problem.items.push(item(Element::Discharge(u.storage), 0.0, u.discharge_max));
        }
    }
}

/// Generators with a limit of energy do not take any.
pub(super) fn only_give(problem: &mut Problem, units: &[GeneratorUnit]) {
    for unit in units.iter().filter(|u| u.energy.is_some()) {
        let this = |item: &&mut Item| item.element == Element::Generator(unit.generator);
        problem.items.iter_mut().filter(this).for_each(|item| item.low = 0.0);
    }
}

/// Node of a bus within a problem; `None` if the bus is elsewhere. Nodes of a problem are numbered in the network's order.
fn node_of(topology: &Topology, problem: &Problem, bus: BusIdx) -> Option<u32> {
    let node = topology.node_of_bus[bus.i()];
    let inside = |island: &u32| problem.islands.binary_search(island).is_ok();
    if node == NONE || !inside(&topology.island_of_node[node as usize]) {
        return None;
    }
    Some(topology.island_of_node[..node as usize].iter().filter(|i| inside(i)).count() as u32)
}
