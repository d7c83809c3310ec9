//! From the points of all islands to one answer in the network's order and units.

use super::super::Objective;
use super::super::outcome::{GAP_OPTIMAL, blank};
use super::super::topology::{NONE, Topology};
use super::problem::{AcLine, AcProblem, Source};
use relight_model::outcome::{
    BoundBy, BranchState, Delivery, DeliveryStatus, FailureReason, Formulation, GeneratorState, IslandFailure,
};
use relight_model::{BranchIdx, BusIdx, CostCurve, Generator, Network};

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

/// Share of a sum that rounding and what `verify` allows in balances can make of it.
const ROUNDING: f64 = 1e-6;
/// The same in p.u., for what is worth next to nothing: at its limit of voltage a line carries the square root of what is amiss.
const ROUNDING_PU: f64 = 1e-4;

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
    pub fn new(network: &'a Network, topology: &'a Topology, weights: &'a [f64], by_cone: bool) -> Self {
        let mut delivery = blank(network, topology);
        delivery.formulation = Formulation::Ac;
        delivery.bound_by = if by_cone { BoundBy::Soc } else { BoundBy::Demand };
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
            match unit.source {
                Source::Generator(k) => {
                    d.generators[k as usize].p_mw = p * base;
                    d.generators[k as usize].q_mvar = q * base;
                }
                Source::HvdcFrom(k) => d.hvdc_q_from_mvar[k as usize] = q * base,
                Source::HvdcTo(k) => d.hvdc_q_to_mvar[k as usize] = q * base,
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
        for (state, node) in self.delivery.buses.iter_mut().zip(local_nodes(self.topology, problem)) {
            if let Some(i) = node {
                state.energized = true;
                state.vm_pu = point.vm[i as usize];
                state.va_deg = point.va[i as usize].to_degrees();
            }
        }
    }

    /// Flows of the problem's branches from the voltages as they are handed out. A branch between two buses that a closed
    /// switch joins has flows too, though it is no line of the problem.
    fn branches(&mut self, problem: &AcProblem) {
        let base = self.network.base_mva;
        let island = |bus: BusIdx| self.topology.island_of_bus(bus).map(|i| i as u32);
        for (k, branch) in self.network.branches.iter().enumerate().filter(|(k, _)| self.topology.branch_on[*k]) {
            if island(branch.from).is_none_or(|i| problem.islands.binary_search(&i).is_err()) {
                continue;
            }
            let [f, t] = [branch.from, branch.to].map(|b| &self.delivery.buses[b.i()]);
            let turn = (f.va_deg - t.va_deg).to_radians().sin_cos();
            let flows = AcLine::of(branch, 0, 0, 0, base).flows(f.vm_pu, t.vm_pu, turn);
            let [p_from_mw, q_from_mvar, p_to_mw, q_to_mvar] = flows.map(|s| s * base);
            let loading = p_from_mw.hypot(q_from_mvar).max(p_to_mw.hypot(q_to_mvar));
            self.delivery.branches[k] = BranchState {
                in_service: true,
                p_from_mw,
                q_from_mvar,
                p_to_mw,
                q_to_mvar,
                loading_percent: branch.rate_a_mva.filter(|&r| r > 0.0).map(|r| 100.0 * loading / r),
            };
        }
    }

    /// Sums up.
    pub fn finish(mut self, opened: Vec<BranchIdx>, objective: Objective) -> Delivery {
        let optimal = self.optimal;
        let d = &mut self.delivery;
        for (k, load) in self.network.loads.iter().enumerate().filter(|(_, l)| l.in_service) {
            d.served_mw += load.p_mw.max(0.0) * d.load_served[k];
            d.objective_mw += self.weights[k] * load.p_mw.abs() * d.load_served[k];
        }
        // A bound a hair below a point that exists is rounding; one that is more would be a fault, which `verify` finds.
        let rounding = ROUNDING * d.objective_mw + ROUNDING_PU * self.network.base_mva;
        if d.bound_mw < d.objective_mw && d.bound_mw > d.objective_mw - rounding {
            d.bound_mw = d.objective_mw;
        }
        d.gap = (d.bound_mw - d.objective_mw) / d.bound_mw.abs().max(1.0);
        let live = self.topology.islands.iter().filter(|i| i.energized).count();
        d.status = if live > 0 && d.failures.len() == live {
            DeliveryStatus::Failed
        } else if optimal && d.failures.is_empty() && d.gap <= GAP_OPTIMAL {
            DeliveryStatus::Optimal
        } else {
            DeliveryStatus::Feasible
        };
        if objective == Objective::Cost && d.failures.is_empty() {
            d.cost_per_hour = Some(cost_per_hour(self.network, d));
        }
        d.opened = opened;
        self.delivery
    }
}

/// Cost of what the generators of live islands give; those without a cost curve cost nothing.
fn cost_per_hour(network: &Network, d: &Delivery) -> f64 {
    let of = |(unit, p): (&Generator, f64)| match unit.cost.as_ref().map(|c| &c.curve) {
        Some(CostCurve::Polynomial(c)) => c.iter().fold(0.0, |sum, a| sum * p + a),
        _ => 0.0,
    };
    let live = network.generators.iter().zip(&d.generators);
    let live = live.filter(|(u, _)| u.in_service && d.buses[u.bus.i()].energized);
    live.map(|(u, s)| of((u, s.p_mw))).sum()
}

/// Per bus of the network: its node in `problem`. Nodes of a problem are numbered in the order of the network's nodes.
fn local_nodes<'t>(topology: &'t Topology, problem: &AcProblem) -> impl Iterator<Item = Option<u32>> + 't {
    let mut local = vec![NONE; topology.island_of_node.len()];
    let mut next = 0;
    for (node, island) in topology.island_of_node.iter().enumerate() {
        if problem.islands.binary_search(island).is_ok() {
            local[node] = next;
            next += 1;
        }
    }
    let of_node = move |&node: &u32| (node != NONE && local[node as usize] != NONE).then(|| local[node as usize]);
    topology.node_of_bus.iter().map(of_node)
}

/// Per node of a problem: the first of its buses.
pub(super) fn buses_of(topology: &Topology, problem: &AcProblem) -> Vec<u32> {
    let mut bus_of = vec![NONE; problem.nodes.len()];
    for (bus, node) in (0u32..).zip(local_nodes(topology, problem)) {
        if let Some(node) = node
            && bus_of[node as usize] == NONE
        {
            bus_of[node as usize] = bus;
        }
    }
    bus_of
}

/// What an earlier answer says of a problem. Nodes that it left dark have a magnitude of 0.
pub(super) fn recall(network: &Network, topology: &Topology, problem: &AcProblem, near: &Delivery) -> AcPoint {
    let base = network.base_mva;
    let buses = buses_of(topology, problem);
    let state = |&bus: &u32| &near.buses[bus as usize];
    let unit = |u: &super::problem::AcUnit| match u.source {
        Source::Generator(k) => near.generators[k as usize],
        _ => GeneratorState::default(),
    };
    let link = |l: &super::problem::AcLink| near.hvdc_p_from_mw.get(l.hvdc_line as usize).copied().flatten();
    AcPoint {
        va: buses.iter().map(|b| state(b).va_deg.to_radians()).collect(),
        vm: buses.iter().map(|b| state(b).vm_pu).collect(),
        p: problem.units.iter().map(|u| unit(u).p_mw / base).collect(),
        q: problem.units.iter().map(|u| unit(u).q_mvar / base).collect(),
        served: problem.loads.iter().map(|l| near.load_served[l.load as usize]).collect(),
        shunt: problem.shunts.iter().map(|s| near.shunt_served[s.shunt as usize]).collect(),
        link: problem.links.iter().map(|l| link(l).unwrap_or(0.0) / base).collect(),
        violation: f64::INFINITY,
        optimal: false,
    }
}
