//! From node voltages in elimination order to results in the network's order and units.

use relight_model::outcome::{BranchState, BusState, FlowResult, FlowStatus, GeneratorState, Island};
use relight_model::{Branch, Network};

use crate::admittance::{Complex, dc_susceptance};
use crate::newton::Newton;
use crate::problem::{NodeKind, Problem};
use crate::reactive_limits::LimitState;
use crate::structure::Structure;
use crate::topology::Topology;

/// What results are made from.
pub(crate) struct View<'a> {
    pub network: &'a Network,
    pub structure: &'a Structure,
    pub topology: &'a Topology,
    pub problem: &'a Problem,
    /// Who holds a reactive limit, if limits are enforced.
    pub limits: Option<&'a LimitState>,
    /// Whether HVDC lines are in the problem.
    pub hvdc_lines: bool,
}

const DARK_BRANCH: BranchState = BranchState {
    in_service: false,
    p_from_mw: 0.0,
    q_from_mvar: 0.0,
    p_to_mw: 0.0,
    q_to_mvar: 0.0,
    loading_percent: None,
};

impl View<'_> {
    pub(crate) fn ac(
        &self,
        status: FlowStatus,
        iterations: u32,
        max_mismatch_pu: f64,
        mismatch_by_island: &[f64],
        newton: &Newton,
    ) -> FlowResult {
        let base = self.network.base_mva;
        let branches = self.branches(|k, branch| {
            let slots = self.structure.slots[k];
            let (from, to) = (newton.v[slots.from as usize], newton.v[slots.to as usize]);
            let (s_from, s_to) = self.structure.two_ports[k].flows(from, to);
            let mva = s_from[0].hypot(s_from[1]).max(s_to[0].hypot(s_to[1])) * base;
            BranchState {
                in_service: true,
                p_from_mw: s_from[0] * base,
                q_from_mvar: s_from[1] * base,
                p_to_mw: s_to[0] * base,
                q_to_mvar: s_to[1] * base,
                loading_percent: loading_percent(branch, mva),
            }
        });
        let buses = self.buses(|i| (newton.v[i][0].hypot(newton.v[i][1]), newton.theta[i]));
        let given = |i: usize| self.problem.given(i, newton.v[i]);
        let generators = self.generators(&newton.s, given, &newton.surplus, true);
        let free_q_mvar = |i: usize| (newton.s[i][1] - given(i)[1]) * base;
        let switches = self.switches(&buses, &branches, &generators, Some(&free_q_mvar));
        let islands = self.islands(mismatch_by_island);
        FlowResult { status, iterations, max_mismatch_pu, islands, buses, branches, generators, switches }
    }

    pub(crate) fn dc(&self, theta: &[f64], tolerance_pu: f64) -> FlowResult {
        let base = self.network.base_mva;
        let mut s: Vec<Complex> = vec![[0.0; 2]; theta.len()];
        let branches = self.branches(|k, branch| {
            let slots = self.structure.slots[k];
            let shift = branch.shift_deg.to_radians();
            let difference = theta[slots.from as usize] - theta[slots.to as usize] - shift;
            let p_mw = dc_susceptance(branch) * difference * base;
            let loading_percent = loading_percent(branch, p_mw.abs());
            BranchState { in_service: true, p_from_mw: p_mw, p_to_mw: -p_mw, loading_percent, ..DARK_BRANCH }
        });
        // What leaves each node, from the equations as solved: B θ with the shifters' part of the right-hand side.
        let pattern = self.structure.symbolic.pattern();
        let mut mismatch_by_island = vec![0.0f64; self.topology.islands.len()];
        for i in 0..theta.len() {
            let row = pattern.row(i);
            let leaving: f64 = self.problem.dc_b[row.clone()]
                .iter()
                .zip(&pattern.columns()[row])
                .map(|(b, &j)| b * theta[j as usize])
                .sum();
            let missing = self.problem.dc_p[i] - leaving;
            s[i][0] = -missing;
            if matches!(self.problem.kind[i], NodeKind::Pv | NodeKind::Pq) {
                let worst = &mut mismatch_by_island[self.problem.island[i] as usize];
                *worst = if missing.is_finite() { worst.max(missing.abs()) } else { f64::INFINITY };
            }
        }
        let worst = mismatch_by_island.iter().copied().fold(0.0, f64::max);
        let status = match self.topology.islands.iter().any(|i| !i.references.is_empty()) {
            false => FlowStatus::Dark,
            true if worst <= tolerance_pu => FlowStatus::Converged,
            true => FlowStatus::Diverged,
        };
        let buses = self.buses(|i| (1.0, theta[i]));
        let generators = self.generators(&s, |_| [0.0; 2], &[], false);
        let switches = self.switches(&buses, &branches, &generators, None);
        let islands = self.islands(&mismatch_by_island);
        FlowResult { status, iterations: 1, max_mismatch_pu: worst, islands, buses, branches, generators, switches }
    }

    fn islands(&self, mismatch_by_island: &[f64]) -> Vec<Island> {
        let islands = self.topology.islands.iter().zip(mismatch_by_island);
        islands
            .map(|(island, &mismatch)| Island {
                buses: island.buses,
                energized: !island.references.is_empty(),
                slack_bus: island.references.first().copied(),
                load_mw: island.load_mw,
                max_mismatch_pu: if island.references.is_empty() { 0.0 } else { mismatch },
            })
            .collect()
    }

    fn buses(&self, voltage: impl Fn(usize) -> (f64, f64)) -> Vec<BusState> {
        let nodes = self.structure.node_of_bus.iter().zip(&self.topology.island_of_bus);
        nodes
            .map(|(&node, &island)| {
                let energized = island.is_some_and(|k| !self.topology.islands[k as usize].references.is_empty());
                let (vm_pu, theta) = if energized { voltage(node as usize) } else { (0.0, 0.0) };
                BusState { vm_pu, va_deg: theta.to_degrees(), island, energized }
            })
            .collect()
    }

    fn branches(&self, flow: impl Fn(usize, &Branch) -> BranchState) -> Vec<BranchState> {
        let branches = self.network.branches.iter().enumerate();
        branches
            .map(|(k, branch)| {
                let node = self.structure.slots[k].from as usize;
                if self.topology.branch_on[k] && self.problem.is_live(node) { flow(k, branch) } else { DARK_BRANCH }
            })
            .collect()
    }

    /// Set points, and what the solution adds: at a reference the first generator takes the active rest, as in MATPOWER;
    /// where voltage is held, reactive power goes by each generator's range.
    fn generators(
        &self,
        s: &[Complex],
        given: impl Fn(usize) -> Complex,
        surplus: &[f64],
        reactive: bool,
    ) -> Vec<GeneratorState> {
        let base = self.network.base_mva;
        let mut states = vec![GeneratorState::default(); self.network.generators.len()];
        let mut at_node: Vec<Vec<usize>> = vec![Vec::new(); self.structure.nodes()];
        for (k, g) in self.network.generators.iter().enumerate().filter(|(k, _)| self.topology.generator_on[*k]) {
            let node = self.structure.node_of_bus[g.bus.i()] as usize;
            if !self.problem.is_live(node) {
                continue;
            }
            let share = self.problem.generator_share.get(k).copied().unwrap_or(0.0);
            let extra = surplus.get(self.problem.island[node] as usize).map_or(0.0, |s| s * share);
            states[k] = GeneratorState { p_mw: g.p_mw + extra * base, q_mvar: if reactive { g.q_mvar } else { 0.0 } };
            at_node[node].push(k);
        }
        for (node, here) in at_node.iter().enumerate().filter(|(_, here)| !here.is_empty()) {
            let rest = [s[node][0] - given(node)[0], s[node][1] - given(node)[1]];
            if self.problem.kind[node] == NodeKind::Slack {
                let shared: f64 = here.iter().map(|&k| states[k].p_mw - self.network.generators[k].p_mw).sum();
                states[here[0]].p_mw += rest[0] * base - shared;
            }
            if reactive && matches!(self.problem.kind[node], NodeKind::Slack | NodeKind::Pv) {
                let set: f64 = here.iter().map(|&k| self.network.generators[k].q_mvar).sum();
                self.split_reactive(here, set + rest[1] * base, &mut states);
            }
        }
        for (node, q_pu) in self.limits.iter().flat_map(|l| l.held()) {
            self.split_reactive(&at_node[node], q_pu * base, &mut states);
        }
        states
    }

    /// Splits `total_mvar` so that every generator stands at the same share of its range; evenly where a range is not
    /// finite or all are empty.
    fn split_reactive(&self, here: &[usize], total_mvar: f64, states: &mut [GeneratorState]) {
        let generators = here.iter().map(|&k| &self.network.generators[k]);
        let (low, width) =
            generators.fold((0.0, 0.0), |(low, width), g| (low + g.q_mvar_min, width + (g.q_mvar_max - g.q_mvar_min)));
        for &k in here {
            let g = &self.network.generators[k];
            states[k].q_mvar = if width > 0.0 && width.is_finite() && low.is_finite() {
                g.q_mvar_min + (total_mvar - low) * (g.q_mvar_max - g.q_mvar_min) / width
            } else {
                total_mvar / here.len() as f64
            };
        }
    }
}

fn loading_percent(branch: &Branch, mva: f64) -> Option<f64> {
    branch.rate_a_mva.map(|rate| 100.0 * mva / rate)
}
