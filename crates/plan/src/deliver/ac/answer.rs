//! From the points of all islands to one answer in the network's order and units.

use super::super::outcome::{GAP_OPTIMAL, blank};
use super::super::topology::{NONE, Topology};
use super::problem::{AcProblem, Source};
use relight_model::outcome::{
    BoundBy, BranchState, Delivery, DeliveryStatus, FailureReason, Formulation, IslandFailure,
};
use relight_model::{BranchIdx, Network};

/// A valid point of one problem, in the problem's numbering, p.u. and rad.
#[derive(Clone, Debug)]
pub(in crate::deliver) struct AcPoint {
    pub va: Vec<f64>,
    pub vm: Vec<f64>,
    /// Per unit.
    pub p: Vec<f64>,
    pub q: Vec<f64>,
    /// Per load: share served.
    pub served: Vec<f64>,
    /// Per shunt: share in.
    pub shunt: Vec<f64>,
    /// Per HVDC line: what it takes at its *from* end.
    pub link: Vec<f64>,
    /// Largest violation of a constraint.
    pub violation: f64,
    /// Whether it is (locally) the best.
    pub optimal: bool,
}

/// The answer under construction.
pub(super) struct Answer<'a> {
    network: &'a Network,
    topology: &'a Topology,
    weights: &'a [f64],
    delivery: Delivery,
    optimal: bool,
}

impl<'a> Answer<'a> {
    /// All in the dark.
    pub fn new(network: &'a Network, topology: &'a Topology, weights: &'a [f64]) -> Self {
        let mut delivery = blank(network, topology);
        delivery.formulation = Formulation::Ac;
        delivery.bound_by = BoundBy::Demand;
        Self { network, topology, weights, delivery, optimal: true }
    }

    /// Enters the point of a problem, and a proven bound of its worth, p.u.
    pub fn add(&mut self, problem: &AcProblem, point: &AcPoint, bound: f64) {
        self.optimal &= point.optimal;
        self.delivery.bound_mw += bound * self.network.base_mva;
        self.delivery.max_violation_pu = self.delivery.max_violation_pu.max(point.violation);
        self.voltages(problem, point);
        self.branches(problem);
        let (d, base) = (&mut self.delivery, self.network.base_mva);
        for (load, z) in problem.loads.iter().zip(&point.served) {
            d.load_served[load.load as usize] = z.clamp(0.0, 1.0);
        }
        for (shunt, s) in problem.shunts.iter().zip(&point.shunt) {
            d.shunt_served[shunt.shunt as usize] = s.clamp(0.0, 1.0);
        }
        for (unit, (p, q)) in problem.units.iter().zip(point.p.iter().zip(&point.q)) {
            if let Source::Generator(k) = unit.source {
                d.generators[k as usize].p_mw = p * base;
                d.generators[k as usize].q_mvar = q * base;
            }
        }
        for (link, p) in problem.links.iter().zip(&point.link) {
            d.hvdc_p_from_mw[link.hvdc_line as usize] = Some(p * base);
        }
    }

    /// Enters a problem that has no valid point.
    pub fn give_up(&mut self, problem: &AcProblem, reason: FailureReason, bound: f64) {
        self.delivery.bound_mw += bound * self.network.base_mva;
        for &island in &problem.islands {
            self.delivery.islands[island as usize].energized = false;
            self.delivery.islands[island as usize].slack_bus = None;
            self.delivery.failures.push(IslandFailure { island, reason });
        }
    }

    fn voltages(&mut self, problem: &AcProblem, point: &AcPoint) {
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
                let i = local[node as usize] as usize;
                state.energized = true;
                state.vm_pu = point.vm[i];
                state.va_deg = point.va[i].to_degrees();
            }
        }
    }

    /// Flows of the problem's branches from the voltages as they are handed out.
    fn branches(&mut self, problem: &AcProblem) {
        let base = self.network.base_mva;
        for line in &problem.lines {
            let branch = &self.network.branches[line.branch as usize];
            let [f, t] = [branch.from, branch.to].map(|b| &self.delivery.buses[b.i()]);
            let turn = (f.va_deg - t.va_deg).to_radians().sin_cos();
            let [pf, qf, pt, qt] = line.flows(f.vm_pu, t.vm_pu, turn).map(|s| s * base);
            let loading = pf.hypot(qf).max(pt.hypot(qt));
            self.delivery.branches[line.branch as usize] = BranchState {
                in_service: true,
                p_from_mw: pf,
                q_from_mvar: qf,
                p_to_mw: pt,
                q_to_mvar: qt,
                loading_percent: branch.rate_a_mva.filter(|&r| r > 0.0).map(|r| 100.0 * loading / r),
            };
        }
    }

    /// Sums up.
    pub fn finish(mut self, opened: Vec<BranchIdx>) -> Delivery {
        let optimal = self.optimal;
        let d = &mut self.delivery;
        for (k, load) in self.network.loads.iter().enumerate().filter(|(_, l)| l.in_service) {
            d.served_mw += load.p_mw.max(0.0) * d.load_served[k];
            d.objective_mw += self.weights[k] * load.p_mw.abs() * d.load_served[k];
        }
        d.gap = (d.bound_mw - d.objective_mw) / d.bound_mw.abs().max(1.0);
        let live = self.topology.islands.iter().filter(|i| i.energized).count();
        d.status = if live > 0 && d.failures.len() == live { DeliveryStatus::Failed } else { DeliveryStatus::Feasible };
        self.delivery
    }
}
