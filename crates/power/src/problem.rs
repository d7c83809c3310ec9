//! The equations of one situation: admittance matrix, injections and what each node holds. Per unit, elimination order.

use relight_model::{BusKind, LoadModel, Network};

use crate::Settings;
use crate::admittance::{Complex, dc_susceptance, plus};
use crate::structure::Structure;
use crate::topology::{NO_ISLAND, Topology};

/// What is given at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// Nothing to solve: out, isolated, dark, or frozen.
    Off,
    /// Voltage given.
    Slack,
    /// Active power and magnitude given.
    Pv,
    /// Power given.
    Pq,
}

/// Injections and set points of one situation.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// Bus admittance on the positions of the pattern.
    pub y: Vec<Complex>,
    pub kind: Vec<NodeKind>,
    /// Generation less constant-power load.
    pub s: Vec<Complex>,
    /// Constant-current load at 1 p.u.; empty if there is none in the network.
    pub s_current: Vec<Complex>,
    /// Magnitude held at Pv and Slack nodes; 1 elsewhere.
    pub vm_set: Vec<f64>,
    /// Angle of the reference of the node's island, radians; at a slack node its own.
    pub reference_angle: Vec<f64>,
    pub island: Vec<u32>,
    /// Share of each generator in balancing its island; empty if references balance everywhere.
    pub generator_share: Vec<f64>,
    /// The same, summed over the generators of each node.
    pub share: Vec<f64>,
    /// Whether the shares of an island sum to 1 (and not to 0).
    pub island_shared: Vec<bool>,
    /// Susceptance of the DC approximation on the positions of the pattern.
    pub dc_b: Vec<f64>,
    /// Net active injection of the DC approximation, with phase shifters as injections.
    pub dc_p: Vec<f64>,
}

impl Problem {
    pub(crate) fn new(network: &Network, structure: &Structure, topology: &Topology, settings: &Settings) -> Self {
        let n = structure.nodes();
        let entries = structure.symbolic.pattern().entries();
        let mut problem = Self {
            y: vec![[0.0; 2]; entries],
            kind: vec![NodeKind::Off; n],
            s: vec![[0.0; 2]; n],
            s_current: Vec::new(),
            vm_set: vec![1.0; n],
            reference_angle: vec![0.0; n],
            island: vec![NO_ISLAND; n],
            generator_share: Vec::new(),
            share: Vec::new(),
            island_shared: Vec::new(),
            dc_b: vec![0.0; entries],
            dc_p: vec![0.0; n],
        };
        problem.set_kinds(network, structure, topology);
        problem.add_branches(network, structure, topology);
        problem.add_loads(network, structure, topology);
        problem.add_sources(network, structure, topology);
        if settings.hvdc_lines {
            problem.add_hvdc_lines(network, structure, topology);
        }
        for (dc_p, s) in problem.dc_p.iter_mut().zip(&problem.s) {
            *dc_p += s[0];
        }
        for (dc_p, s) in problem.dc_p.iter_mut().zip(&problem.s_current) {
            *dc_p -= s[0];
        }
        problem.generator_share =
            crate::balancing::generator_shares(network, structure, topology, &problem, settings.balancing);
        if !problem.generator_share.is_empty() {
            problem.share = vec![0.0; n];
            problem.island_shared = vec![false; topology.islands.len()];
            for (g, &share) in network.generators.iter().zip(&problem.generator_share).filter(|(_, s)| **s > 0.0) {
                let node = structure.node_of_bus[g.bus.i()] as usize;
                problem.share[node] += share;
                problem.island_shared[problem.island[node] as usize] = true;
            }
        }
        problem
    }

    fn set_kinds(&mut self, network: &Network, structure: &Structure, topology: &Topology) {
        let mut angle_of_island = vec![0.0; topology.islands.len()];
        for (angle, island) in angle_of_island.iter_mut().zip(&topology.islands) {
            if let Some(bus) = island.references.first() {
                *angle = network.buses[bus.i()].va_deg.to_radians();
            }
        }
        for (i, island) in topology.island_of_bus.iter().enumerate() {
            let Some(k) = *island else { continue };
            let node = structure.node_of_bus[i] as usize;
            self.island[node] = k;
            if !topology.islands[k as usize].references.is_empty() {
                self.kind[node] = NodeKind::Pq;
                self.reference_angle[node] = angle_of_island[k as usize];
            }
        }
        for (g, _) in network.generators.iter().zip(&topology.generator_on).filter(|(_, on)| **on) {
            let node = structure.node_of_bus[g.bus.i()] as usize;
            let holds = matches!(network.buses[g.bus.i()].kind, BusKind::Pv | BusKind::Slack);
            if holds && self.kind[node] != NodeKind::Off {
                self.kind[node] = NodeKind::Pv;
                self.vm_set[node] = g.vm_pu; // the last generator of a bus wins, as in MATPOWER
            }
        }
        for &bus in topology.islands.iter().flat_map(|island| &island.references) {
            let node = structure.node_of_bus[bus.i()] as usize;
            if self.kind[node] == NodeKind::Pq {
                // The reference chosen is a generator on a bus that holds no voltage in the file; now it must.
                let set = network.generators.iter().zip(&topology.generator_on).filter(|(g, on)| **on && g.bus == bus);
                self.vm_set[node] = set.map(|(g, _)| g.vm_pu).next_back().unwrap_or(1.0);
            }
            self.kind[node] = NodeKind::Slack;
            self.reference_angle[node] = network.buses[bus.i()].va_deg.to_radians();
        }
    }

    fn add_branches(&mut self, network: &Network, structure: &Structure, topology: &Topology) {
        for (k, branch) in network.branches.iter().enumerate().filter(|(k, _)| topology.branch_on[*k]) {
            let (slots, y) = (structure.slots[k], structure.two_ports[k]);
            for (at, value) in [(slots.ff, y.ff), (slots.ft, y.ft), (slots.tf, y.tf), (slots.tt, y.tt)] {
                self.y[at as usize] = plus(self.y[at as usize], value);
            }
            let b = dc_susceptance(branch);
            for (at, value) in [(slots.ff, b), (slots.ft, -b), (slots.tf, -b), (slots.tt, b)] {
                self.dc_b[at as usize] += value;
            }
            let shifted = b * branch.shift_deg.to_radians();
            self.dc_p[slots.from as usize] += shifted;
            self.dc_p[slots.to as usize] -= shifted;
        }
    }

    fn add_loads(&mut self, network: &Network, structure: &Structure, topology: &Topology) {
        let base = network.base_mva;
        let diagonal = structure.symbolic.pattern().diagonal();
        let current = |l: &relight_model::Load| l.model == LoadModel::ConstantCurrent;
        if network.loads.iter().any(current) {
            self.s_current = vec![[0.0; 2]; structure.nodes()];
        }
        for load in network.loads.iter().filter(|l| l.in_service && topology.bus_alive[l.bus.i()]) {
            let node = structure.node_of_bus[load.bus.i()] as usize;
            let s = [load.p_mw / base, load.q_mvar / base];
            match load.model {
                LoadModel::ConstantPower => self.s[node] = [self.s[node][0] - s[0], self.s[node][1] - s[1]],
                LoadModel::ConstantCurrent => self.s_current[node] = plus(self.s_current[node], s),
                LoadModel::ConstantImpedance => {
                    let at = diagonal[node] as usize;
                    self.y[at] = plus(self.y[at], [s[0], -s[1]]); // S = |V|² conj(Y)
                    self.dc_p[node] -= s[0];
                }
            }
        }
        for shunt in network.shunts.iter().filter(|s| s.in_service && topology.bus_alive[s.bus.i()]) {
            let node = structure.node_of_bus[shunt.bus.i()] as usize;
            let at = diagonal[node] as usize;
            self.y[at] = plus(self.y[at], [shunt.g_mw / base, shunt.b_mvar / base]);
            self.dc_p[node] -= shunt.g_mw / base;
        }
    }

    fn add_sources(&mut self, network: &Network, structure: &Structure, topology: &Topology) {
        let base = network.base_mva;
        let generators = network.generators.iter().zip(&topology.generator_on).filter(|(_, on)| **on);
        let generators = generators.map(|(g, _)| (g.bus, g.p_mw, g.q_mvar));
        let storages = network.storages.iter().filter(|s| s.in_service && topology.bus_alive[s.bus.i()]);
        let storages = storages.map(|s| (s.bus, s.p_mw, s.q_mvar));
        for (bus, p_mw, q_mvar) in generators.chain(storages) {
            let node = structure.node_of_bus[bus.i()] as usize;
            self.s[node] = plus(self.s[node], [p_mw / base, q_mvar / base]);
        }
    }

    /// Both ends as injections; an end with a set point holds its voltage, as MATPOWER's dummy generators do.
    fn add_hvdc_lines(&mut self, network: &Network, structure: &Structure, topology: &Topology) {
        let alive = &topology.bus_alive;
        for line in network.hvdc_lines.iter().filter(|l| l.in_service && alive[l.from.i()] && alive[l.to.i()]) {
            let p_to_mw = line.p_from_mw - line.loss_mw - line.loss_share * line.p_from_mw;
            let ends = [
                (line.from, -line.p_from_mw, line.q_from_mvar, line.vm_from_pu),
                (line.to, p_to_mw, line.q_to_mvar, line.vm_to_pu),
            ];
            for (bus, p_mw, q_mvar, vm_pu) in ends {
                let node = structure.node_of_bus[bus.i()] as usize;
                self.s[node] = plus(self.s[node], [p_mw / network.base_mva, q_mvar / network.base_mva]);
                if self.kind[node] == NodeKind::Pq && vm_pu > 0.0 {
                    self.kind[node] = NodeKind::Pv;
                    self.vm_set[node] = vm_pu;
                }
            }
        }
    }

    /// Whether the node belongs to an island with a source.
    pub(crate) fn is_live(&self, node: usize) -> bool {
        self.kind[node] != NodeKind::Off
    }
}
