//! From the points of all problems to one answer in the network's order and units.

use super::problem::{Element, Problem};
use super::solve::{Point, Solved};
use super::topology::{NONE, Topology};
use relight_model::outcome::{
    BoundBy, BranchState, BusState, Delivery, DeliveryStatus, Formulation, GeneratorState, IslandFailure,
};
use relight_model::{Network, Situation};

/// Gap up to which an answer counts as optimal.
pub(super) const GAP_OPTIMAL: f64 = 1e-6;

/// States another proven bound of a delivery, and what follows from it.
pub(super) fn bounded(delivery: &mut Delivery, bound_mw: f64, by: BoundBy) {
    (delivery.bound_mw, delivery.bound_by) = (bound_mw.max(delivery.objective_mw), by);
    delivery.gap = (delivery.bound_mw - delivery.objective_mw) / delivery.bound_mw.abs().max(1.0);
    if delivery.status == DeliveryStatus::Optimal && delivery.gap > GAP_OPTIMAL {
        delivery.status = DeliveryStatus::Feasible;
    }
}

/// Worth of all load, MW: a bound that needs no proof.
pub(super) fn worth_of_demand(network: &Network, weights: &[f64]) -> f64 {
    network.loads.iter().zip(weights).filter(|(l, _)| l.in_service).map(|(l, w)| w * l.p_mw.abs()).sum()
}

/// The answer under construction.
pub(super) struct Assembly<'a> {
    network: &'a Network,
    topology: &'a Topology,
    weights: &'a [f64],
    delivery: Delivery,
}

/// The answer that nothing is served: all in the dark.
pub(super) fn blank(network: &Network, topology: &Topology) -> Delivery {
    let dark_branch = BranchState {
        in_service: false,
        p_from_mw: 0.0,
        q_from_mvar: 0.0,
        p_to_mw: 0.0,
        q_to_mvar: 0.0,
        loading_percent: None,
    };
    let bus = |b: usize| BusState {
        vm_pu: 0.0,
        va_deg: 0.0,
        island: topology.island_of_bus(b.into()).map(|i| i as u32),
        energized: false,
    };
    Delivery {
        formulation: Formulation::Dc,
        status: DeliveryStatus::Optimal,
        demand_mw: network.demand_mw(),
        served_mw: 0.0,
        objective_mw: 0.0,
        bound_mw: 0.0,
        bound_by: BoundBy::Dc,
        gap: 0.0,
        max_violation_pu: 0.0,
        load_served: vec![0.0; network.loads.len()],
        shunt_served: vec![0.0; network.shunts.len()],
        generators: vec![GeneratorState::default(); network.generators.len()],
        storage_p_mw: vec![0.0; network.storages.len()],
        storage_q_mvar: vec![0.0; network.storages.len()],
        buses: (0..network.buses.len()).map(bus).collect(),
        branches: vec![dark_branch; network.branches.len()],
        hvdc_p_from_mw: vec![None; network.hvdc_lines.len()],
        hvdc_q_from_mvar: vec![0.0; network.hvdc_lines.len()],
        hvdc_q_to_mvar: vec![0.0; network.hvdc_lines.len()],
        islands: topology.islands.clone(),
        failures: Vec::new(),
        opened: Vec::new(),
        darkened: Vec::new(),
        cost_per_hour: None,
    }
}

impl<'a> Assembly<'a> {
    /// All in the dark.
    pub fn new(network: &'a Network, topology: &'a Topology, weights: &'a [f64]) -> Self {
        Self { network, topology, weights, delivery: blank(network, topology) }
    }

    /// Enters what came of a problem.
    pub fn add(&mut self, problem: &Problem, solved: &Solved) {
        match solved {
            Solved::Valid(point, bound) => {
                self.delivery.bound_mw += (bound - problem.duty()) * self.network.base_mva;
                self.delivery.max_violation_pu = self.delivery.max_violation_pu.max(point.violation);
                self.items(problem, point);
                self.angles(problem, point);
            }
            Solved::Failed(reason) => {
                // Nothing is proven about the island: all it asks for stays possible.
                self.delivery.bound_mw +=
                    (problem.items.iter().map(|i| (i.value * i.low).max(i.value * i.high)).sum::<f64>()
                        - problem.duty())
                        * self.network.base_mva;
                for &island in &problem.islands {
                    self.delivery.islands[island as usize].energized = false;
                    self.delivery.islands[island as usize].slack_bus = None;
                    self.delivery.failures.push(IslandFailure { island, reason: *reason });
                }
            }
        }
    }

    fn items(&mut self, problem: &Problem, point: &Point) {
        let base = self.network.base_mva;
        for (item, &x) in problem.items.iter().zip(&point.items) {
            match item.element {
                Element::Load(k) => {
                    let served = &mut self.delivery.load_served[k as usize];
                    *served = (*served - x * base / self.network.loads[k as usize].p_mw).clamp(0.0, 1.0);
                }
                Element::Shunt(k) => {
                    let whole = if item.low < 0.0 { item.low } else { item.high };
                    self.delivery.shunt_served[k as usize] = (x / whole).clamp(0.0, 1.0);
                }
                Element::Generator(k) => self.delivery.generators[k as usize].p_mw += x * base,
                Element::Charge(k) | Element::Discharge(k) => self.delivery.storage_p_mw[k as usize] += x * base,
            }
        }
        for (link, p) in problem.links.iter().zip(&point.links) {
            self.delivery.hvdc_p_from_mw[link.hvdc_line as usize] = Some(p * base);
        }
    }

    fn angles(&mut self, problem: &Problem, point: &Point) {
        // Nodes of a problem are numbered in the order of the network's nodes.
        let mut local = vec![NONE; self.topology.island_of_node.len()];
        let mut next = 0;
        for (node, island) in self.topology.island_of_node.iter().enumerate() {
            if problem.islands.binary_search(island).is_ok() {
                local[node] = next;
                next += 1;
            }
        }
        for (state, &node) in self.delivery.buses.iter_mut().zip(&self.topology.node_of_bus) {
            if node != NONE && local[node as usize] != NONE {
                state.energized = true;
                state.vm_pu = 1.0;
                state.va_deg = point.theta[local[node as usize] as usize].to_degrees();
            }
        }
        for line in &problem.lines {
            let p_mw = line.flow(&point.theta) * self.network.base_mva;
            let rate = self.network.branches[line.branch as usize].rate_a_mva;
            self.delivery.branches[line.branch as usize] = BranchState {
                in_service: true,
                p_from_mw: p_mw,
                q_from_mvar: 0.0,
                p_to_mw: -p_mw,
                q_to_mvar: 0.0,
                loading_percent: rate.filter(|&r| r > 0.0).map(|r| 100.0 * p_mw.abs() / r),
            };
        }
    }

    /// Sums up. Loads without active power and shunts without conductance are free in DC: they are in where there is voltage.
    pub fn finish(mut self, situation: &Situation) -> Delivery {
        let d = &mut self.delivery;
        for (k, load) in self.network.loads.iter().enumerate().filter(|(_, l)| l.in_service) {
            if load.p_mw == 0.0 {
                d.load_served[k] = f64::from(u8::from(d.buses[load.bus.i()].energized));
            }
            d.served_mw += load.p_mw.max(0.0) * d.load_served[k];
            d.objective_mw += self.weights[k] * load.p_mw.abs() * d.load_served[k];
        }
        for (k, shunt) in self.network.shunts.iter().enumerate().filter(|(_, s)| s.in_service && s.g_mw == 0.0) {
            d.shunt_served[k] = f64::from(u8::from(d.buses[shunt.bus.i()].energized));
        }
        debug_assert_eq!(situation.bus_out.len(), d.buses.len());
        let mismatch = super::balance::mismatch_pu(self.network, self.topology, d);
        for (state, &m) in d.buses.iter().zip(&mismatch) {
            if let Some(i) = state.island {
                let island = &mut d.islands[i as usize];
                island.max_mismatch_pu = island.max_mismatch_pu.max(m);
                d.max_violation_pu = d.max_violation_pu.max(m);
            }
        }
        // A bound below a point that exists is rounding.
        d.bound_mw = d.bound_mw.max(d.objective_mw);
        d.gap = (d.bound_mw - d.objective_mw) / d.bound_mw.abs().max(1.0);
        let live = self.topology.islands.iter().filter(|i| i.energized).count();
        d.status = if live > 0 && d.failures.len() == live {
            DeliveryStatus::Failed
        } else if d.failures.is_empty() && d.gap <= GAP_OPTIMAL {
            DeliveryStatus::Optimal
        } else {
            DeliveryStatus::Feasible
        };
        self.delivery
    }
}
