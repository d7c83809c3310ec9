//! What flows through closed switches. The power flow knows the buses they join as one node; here the node is taken apart.
//!
//! With `sᵢ` what the bus `i` gives to its switches (generation less loads, shunts and what enters its branches) and `C` the
//! incidence of closed switches, flows `f` from *from* to *to* obey `Cᵀ f = s`. That settles them where switches form a tree.
//! Around loops they share as equal, vanishing impedances do (the least `Σ f²`):
//!
//! ```text
//! L λ = s     L = Cᵀ C     f = C λ                                                                     (9)
//! ```

use std::collections::VecDeque;

use relight_model::outcome::{BranchState, BusState, GeneratorState, SwitchState};
use relight_model::{BusIdx, LoadModel, Network, Switch};
use relight_numerics::{Pattern, Symbolic};

use crate::admittance::{Complex, plus};
use crate::dc::ScalarSolver;
use crate::problem::NodeKind;
use crate::result::View;

impl View<'_> {
    /// States of all switches, from those of everything else. `free_q_mvar` says what a node gives beyond its set points,
    /// which matters where HVDC lines alone hold a voltage; `None` in DC, where there is no reactive power.
    pub(crate) fn switches(
        &self,
        buses: &[BusState],
        branches: &[BranchState],
        generators: &[GeneratorState],
        free_q_mvar: Option<&dyn Fn(usize) -> f64>,
    ) -> Vec<SwitchState> {
        let network = self.network;
        if network.switches.is_empty() {
            return Vec::new();
        }
        let mut s = vec![[0.0; 2]; buses.len()];
        let mut add = |bus: BusIdx, sign: f64, p_mw: f64, q_mvar: f64| {
            s[bus.i()] = plus(s[bus.i()], [sign * p_mw, if free_q_mvar.is_some() { sign * q_mvar } else { 0.0 }]);
        };
        // What is out or dark has a state of zeros, or is at a bus whose switches carry nothing.
        for (g, state) in network.generators.iter().zip(generators) {
            add(g.bus, 1.0, state.p_mw, state.q_mvar);
        }
        for storage in network.storages.iter().filter(|s| s.in_service) {
            add(storage.bus, 1.0, storage.p_mw, storage.q_mvar);
        }
        for load in network.loads.iter().filter(|l| l.in_service) {
            let vm_pu = buses[load.bus.i()].vm_pu;
            let factor = match load.model {
                LoadModel::ConstantPower => 1.0,
                LoadModel::ConstantCurrent => vm_pu,
                LoadModel::ConstantImpedance => vm_pu * vm_pu,
            };
            add(load.bus, -factor, load.p_mw, load.q_mvar);
        }
        for shunt in network.shunts.iter().filter(|s| s.in_service) {
            let vm_pu = buses[shunt.bus.i()].vm_pu;
            add(shunt.bus, -vm_pu * vm_pu, shunt.g_mw, -shunt.b_mvar);
        }
        for (branch, state) in network.branches.iter().zip(branches) {
            add(branch.from, -1.0, state.p_from_mw, state.q_from_mvar);
            add(branch.to, -1.0, state.p_to_mw, state.q_to_mvar);
        }
        if self.hvdc_lines {
            self.add_hvdc_ends(free_q_mvar, add);
        }
        let live: Vec<bool> = buses.iter().map(|b| b.energized).collect();
        flows(network, &self.structure.group_of_bus, &self.topology.bus_alive, &live, s)
    }

    /// Ends of HVDC lines as given. Where no generator does, those with a set point hold the voltage of their node, and
    /// share evenly what it takes.
    fn add_hvdc_ends(&self, free_q_mvar: Option<&dyn Fn(usize) -> f64>, mut add: impl FnMut(BusIdx, f64, f64, f64)) {
        let alive = &self.topology.bus_alive;
        let node_of = |bus: BusIdx| self.structure.node_of_bus[bus.i()] as usize;
        let mut has_generator = vec![false; self.structure.nodes()];
        for (g, _) in self.network.generators.iter().zip(&self.topology.generator_on).filter(|(_, on)| **on) {
            has_generator[node_of(g.bus)] = true;
        }
        let mut holders: Vec<BusIdx> = Vec::new();
        for line in self.network.hvdc_lines.iter().filter(|l| l.in_service && alive[l.from.i()] && alive[l.to.i()]) {
            add(line.from, 1.0, -line.p_from_mw, line.q_from_mvar);
            add(line.to, 1.0, line.p_from_mw - line.loss_mw - line.loss_share * line.p_from_mw, line.q_to_mvar);
            for (bus, vm_pu) in [(line.from, line.vm_from_pu), (line.to, line.vm_to_pu)] {
                let node = node_of(bus);
                if vm_pu > 0.0 && self.problem.kind[node] == NodeKind::Pv && !has_generator[node] {
                    holders.push(bus);
                }
            }
        }
        let Some(free_q_mvar) = free_q_mvar else { return };
        let mut count = vec![0.0; self.structure.nodes()];
        holders.iter().for_each(|&bus| count[node_of(bus)] += 1.0);
        for bus in holders {
            add(bus, 1.0, 0.0, free_q_mvar(node_of(bus)) / count[node_of(bus)]);
        }
    }
}

/// States of all switches. `group_of_bus` says which live buses are one node, `live` which buses have voltage, and `s` what
/// each bus gives to its switches, MW and Mvar. What `s` leaves over in a group - a mismatch - is spread over its buses.
fn flows(network: &Network, group_of_bus: &[u32], there: &[bool], live: &[bool], s: Vec<Complex>) -> Vec<SwitchState> {
    let closed = |w: &Switch| w.closed && there[w.from.i()] && there[w.to.i()];
    let blank = |w| SwitchState { closed: closed(w), p_from_mw: 0.0, q_from_mvar: 0.0 };
    let mut states: Vec<SwitchState> = network.switches.iter().map(blank).collect();
    let carries = |w: &Switch| closed(w) && w.from != w.to && live[w.from.i()];
    let carrying: Vec<usize> = (0..network.switches.len()).filter(|&k| carries(&network.switches[k])).collect();
    if carrying.is_empty() {
        return states;
    }
    let mut joined = Joined::new(network, carrying, s);
    joined.balance(group_of_bus);
    joined.strip_leaves(&mut states);
    joined.share_around_loops(group_of_bus, &mut states);
    states
}

/// The graph of switches that carry, and what its buses still have to give.
struct Joined<'n> {
    network: &'n Network,
    /// Positions of switches whose flow is not known yet.
    open: Vec<usize>,
    /// Per bus: its switches.
    at_bus: Vec<Vec<u32>>,
    s: Vec<Complex>,
}

impl<'n> Joined<'n> {
    fn new(network: &'n Network, carrying: Vec<usize>, s: Vec<Complex>) -> Self {
        let mut at_bus = vec![Vec::new(); network.buses.len()];
        for &k in &carrying {
            at_bus[network.switches[k].from.i()].push(k as u32);
            at_bus[network.switches[k].to.i()].push(k as u32);
        }
        Self { network, open: carrying, at_bus, s }
    }

    /// Makes what each group gives sum to zero.
    fn balance(&mut self, group_of_bus: &[u32]) {
        let mut sum = vec![([0.0; 2], 0.0); self.s.len()];
        let buses = || (0..group_of_bus.len()).filter(|&i| !self.at_bus[i].is_empty());
        for i in buses() {
            let (total, count) = &mut sum[group_of_bus[i] as usize];
            *total = plus(*total, self.s[i]);
            *count += 1.0;
        }
        let members: Vec<usize> = buses().collect();
        for i in members {
            let (total, count) = sum[group_of_bus[i] as usize];
            self.s[i] = plus(self.s[i], [-total[0] / count, -total[1] / count]);
        }
    }

    /// A bus with one switch left gives all it has through it. This does all there is to do in a tree, without rounding of
    /// potentials.
    fn strip_leaves(&mut self, states: &mut [SwitchState]) {
        let mut degree: Vec<usize> = self.at_bus.iter().map(Vec::len).collect();
        let mut known = vec![false; states.len()];
        let mut leaves: VecDeque<usize> = (0..degree.len()).filter(|&i| degree[i] == 1).collect();
        while let Some(leaf) = leaves.pop_front() {
            // The last two buses of a tree are leaves both; one switch serves them.
            let Some(&k) = self.at_bus[leaf].iter().find(|&&k| !known[k as usize]) else { continue };
            let k = k as usize;
            let switch = &self.network.switches[k];
            let given = self.s[leaf];
            let (inner, sign) = if switch.from.i() == leaf { (switch.to.i(), 1.0) } else { (switch.from.i(), -1.0) };
            // Sums instead of assignments, so that a flow of nothing is 0 and not -0.
            states[k].p_from_mw += sign * given[0];
            states[k].q_from_mvar += sign * given[1];
            self.s[inner] = plus(self.s[inner], given);
            known[k] = true;
            degree[leaf] = 0;
            degree[inner] -= 1;
            if degree[inner] == 1 {
                leaves.push_back(inner);
            }
        }
        self.open.retain(|&k| !known[k]);
    }

    /// Equation (9) on what is left; the first bus of each group is at `λ = 0`.
    fn share_around_loops(&self, group_of_bus: &[u32], states: &mut [SwitchState]) {
        let ends = |k: usize| (self.network.switches[k].from.i(), self.network.switches[k].to.i());
        let mut buses: Vec<usize> = self.open.iter().flat_map(|&k| [ends(k).0, ends(k).1]).collect();
        buses.sort_unstable();
        buses.dedup();
        if buses.is_empty() {
            return;
        }
        let mut node_of_bus = vec![0u32; self.s.len()];
        for (node, &bus) in buses.iter().enumerate() {
            node_of_bus[bus] = node as u32;
        }
        let edges: Vec<(u32, u32)> =
            self.open.iter().map(|&k| (node_of_bus[ends(k).0], node_of_bus[ends(k).1])).collect();
        let symbolic = Symbolic::new(&Pattern::from_edges(buses.len(), &edges));
        let new_of_old = symbolic.ordering().new_of_old();
        let pattern = symbolic.pattern();
        let mut l = vec![0.0; pattern.entries()];
        for &(a, b) in &edges {
            let (a, b) = (new_of_old[a as usize] as usize, new_of_old[b as usize] as usize);
            for (i, j, value) in [(a, a, 1.0), (a, b, -1.0), (b, a, -1.0), (b, b, 1.0)] {
                l[pattern.position(i, j).expect("invariant: every switch is in the pattern")] += value;
            }
        }
        let mut grounded = vec![false; buses.len()];
        let mut met = vec![false; self.s.len()];
        let mut given = vec![[0.0; 2]; buses.len()];
        for (node, &bus) in buses.iter().enumerate() {
            let new = new_of_old[node] as usize;
            let first = !std::mem::replace(&mut met[group_of_bus[bus] as usize], true);
            (grounded[new], given[new]) = (first, self.s[bus]);
        }
        let mut solver = ScalarSolver::new(&symbolic);
        let mut solve = |part: usize| {
            solver
                .solve(&symbolic, |at| l[at], |i| given[i][part], |i| grounded[i].then_some(0.0))
                .expect("invariant: the Laplacian of a connected graph with one bus grounded is positive definite")
        };
        let (p, q) = (solve(0), solve(1));
        for (&k, &(a, b)) in self.open.iter().zip(&edges) {
            let (a, b) = (new_of_old[a as usize] as usize, new_of_old[b as usize] as usize);
            states[k].p_from_mw = p[a] - p[b];
            states[k].q_from_mvar = q[a] - q[b];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_networks::{bus, ring};
    use crate::{PowerFlow, Settings};
    use relight_model::outcome::FlowStatus;
    use relight_model::{BusKind, Shunt, Situation};

    fn switch(from: u32, to: u32, closed: bool) -> Switch {
        Switch { from: BusIdx(from), to: BusIdx(to), closed, row: 0 }
    }

    /// The ring with buses 7 to 10 joined to bus 3, whose load moves to bus 9.
    fn joined(switches: Vec<Switch>) -> Network {
        let mut n = ring();
        for id in 8..=11 {
            n.buses.push(bus(id, BusKind::Pq));
        }
        n.loads[1].bus = BusIdx(9);
        n.shunts.push(Shunt { bus: BusIdx(8), g_mw: 2.0, b_mvar: 4.0, in_service: true, row: 1 });
        n.switches = switches;
        n
    }

    #[track_caller]
    fn near(state: &SwitchState, p_mw: f64, q_mvar: f64) {
        assert!((state.p_from_mw - p_mw).abs() < 1e-6 && (state.q_from_mvar - q_mvar).abs() < 1e-6, "{state:?}");
    }

    #[test]
    fn a_tree_carries_what_hangs_on_it() {
        // 3 - 7 - 8, 9 - 7 from the other side, 10 behind an open switch.
        let n = joined(vec![switch(3, 7, true), switch(7, 8, true), switch(9, 7, true), switch(10, 7, false)]);
        let mut flow = PowerFlow::new(&n, &Settings::default()).unwrap();
        let result = flow.solve(&Situation::intact(&n));
        assert_eq!(result.status, FlowStatus::Converged);
        let v2 = result.buses[3].vm_pu.powi(2);
        near(&result.switches[0], 30.0 + 2.0 * v2, 12.0 - 4.0 * v2);
        near(&result.switches[1], 2.0 * v2, -4.0 * v2);
        near(&result.switches[2], -30.0, -12.0);
        assert_eq!(result.switches[3], SwitchState::default());
        let dc = flow.solve_dc(&Situation::intact(&n));
        near(&dc.switches[0], 32.0, 0.0);
        near(&dc.switches[2], -30.0, 0.0);
    }

    #[test]
    fn parallel_paths_share_as_equal_impedances_do() {
        // Two ways from 3 to 9: directly, and over 7; the direct one twice. Conductances 1 + 1 and 1/2.
        let n = joined(vec![
            switch(3, 9, true),
            switch(9, 3, true),
            switch(3, 7, true),
            switch(7, 9, true),
            switch(7, 7, true),
            switch(7, 8, true),
        ]);
        let mut flow = PowerFlow::new(&n, &Settings::default()).unwrap();
        let s = flow.solve_dc(&Situation::intact(&n)).switches;
        // 30 MW to 9: 12, 12 and 6. 2 MW to 8 from 7: potentials 3 - 7 - 9 by hand.
        // λ3 = 0: 7: 2λ7 - λ9 = -2; 9: 3λ9 - λ7 = -30, so λ9 = -12.4, λ7 = -7.2.
        near(&s[0], 12.4, 0.0);
        near(&s[1], -12.4, 0.0);
        near(&s[2], 7.2, 0.0);
        near(&s[3], 5.2, 0.0);
        assert!(s[4].closed && s[4].p_from_mw == 0.0);
        near(&s[5], 2.0, 0.0);
    }

    #[test]
    fn out_or_dark_is_zero() {
        let n = joined(vec![switch(3, 7, true), switch(7, 9, true), switch(8, 10, true)]);
        let mut situation = Situation::intact(&n);
        situation.bus_out[7] = true;
        let mut flow = PowerFlow::new(&n, &Settings::default()).unwrap();
        let result = flow.solve(&situation);
        assert_eq!(result.switches[..2], [SwitchState::default(); 2]);
        // Bus 8 has a shunt, but no voltage.
        assert_eq!(result.switches[2], SwitchState { closed: true, ..SwitchState::default() });
    }
}
