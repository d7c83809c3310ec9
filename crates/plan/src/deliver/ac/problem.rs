//! The AC delivery problem of one live island (or of several that HVDC lines couple), in per unit and rad.
//!
//! Both the interior point method and the cone relaxation work on it. docs/methods/deliver_ac.md, eq. 1 to 7.

use super::super::problem::link_range_mw;
use super::super::topology::{NONE, Topology};
use relight_model::{Branch, BusIdx, Network};
use relight_numerics::DisjointSets;

/// The problem. Nodes are numbered within it.
#[derive(Clone, Debug)]
pub(in crate::deliver) struct AcProblem {
    /// Islands it covers, positions in [`Topology::islands`], ascending.
    pub islands: Vec<u32>,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Nodes whose angle is 0: one per island.
    pub references: Vec<u32>,
    /// Branches between two different nodes.
    pub lines: Vec<AcLine>,
    /// Loads, sorted by node.
    pub loads: Vec<AcLoad>,
    /// Shunts, sorted by node.
    pub shunts: Vec<AcShunt>,
    /// Generators and the converters of HVDC lines (which give reactive power alone), sorted by node.
    pub units: Vec<AcUnit>,
    /// HVDC lines.
    pub links: Vec<AcLink>,
}

/// A bus, or several that closed switches join.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) struct Node {
    /// Least voltage magnitude.
    pub vm_min: f64,
    /// Most voltage magnitude.
    pub vm_max: f64,
    /// Admittance of branches whose two ends are this node: a shunt that cannot be switched.
    pub g_fixed: f64,
    /// Its susceptance.
    pub b_fixed: f64,
}

/// A branch; its nodes are the problem's, or those of another numbering that says so: `S_f = |V_f|² conj(Yff) + V_f conj(V_t) conj(Yft)`, and the same from the other end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) struct AcLine {
    pub branch: u32,
    pub from: u32,
    pub to: u32,
    pub yff: (f64, f64),
    pub yft: (f64, f64),
    pub ytf: (f64, f64),
    pub ytt: (f64, f64),
    /// Turns ratio and phase shift of its transformer: what angles and magnitudes differ by without load.
    pub tap: f64,
    pub shift: f64,
    /// Most apparent power at either end; infinite without a rating.
    pub rate: f64,
    /// Least and most angle difference from − to; infinite where there is none.
    pub angle_min: f64,
    pub angle_max: f64,
}

/// How far the voltage bands of buses that switches join may miss each other: their middle then keeps both as `verify` asks.
const BANDS_MEET: f64 = 1e-7;

impl AcProblem {
    /// Nodes whose buses have no voltage in common, with what lies between their bands, p.u.
    pub fn nodes_without_voltage(&self) -> Vec<(u32, f64)> {
        let nodes = (0u32..).zip(&self.nodes).map(|(i, n)| (i, n.vm_min - n.vm_max));
        nodes.filter(|(_, apart)| *apart > BANDS_MEET).collect()
    }

    /// Whether both are about the same part of the network, in whatever numbering of islands.
    pub fn same(&self, other: &Self) -> bool {
        self.nodes == other.nodes
            && self.lines == other.lines
            && self.loads == other.loads
            && self.shunts == other.shunts
            && self.units == other.units
            && self.links == other.links
    }
}

impl AcLine {
    /// Branch `k` of the network's table between two nodes.
    pub fn of(branch: &Branch, k: u32, from: u32, to: u32, base_mva: f64) -> Self {
        let [yff, yft, ytf, ytt] = admittances(branch);
        Self {
            branch: k,
            from,
            to,
            yff,
            yft,
            ytf,
            ytt,
            tap: branch.tap,
            shift: branch.shift_deg.to_radians(),
            rate: branch.rate_a_mva.map_or(f64::INFINITY, |mva| mva / base_mva),
            angle_min: branch.angle_deg_min.to_radians(),
            angle_max: branch.angle_deg_max.to_radians(),
        }
    }

    /// Flows P and Q into the *from* end, P and Q into the *to* end, at magnitudes `vf`, `vt` and (sin, cos) of the angle
    /// difference.
    #[inline(always)]
    pub fn flows(&self, vf: f64, vt: f64, (sin, cos): (f64, f64)) -> [f64; 4] {
        let w = vf * vt;
        [
            self.yff.0 * vf * vf + w * (self.yft.0 * cos + self.yft.1 * sin),
            -self.yff.1 * vf * vf + w * (self.yft.0 * sin - self.yft.1 * cos),
            self.ytt.0 * vt * vt + w * (self.ytf.0 * cos - self.ytf.1 * sin),
            -self.ytt.1 * vt * vt - w * (self.ytf.0 * sin + self.ytf.1 * cos),
        ]
    }

    /// Gradients of the four flows by (θ_from − θ_to, v_from, v_to).
    #[inline(always)]
    pub fn gradients(&self, vf: f64, vt: f64, (sin, cos): (f64, f64)) -> [[f64; 3]; 4] {
        let w = vf * vt;
        let (a, b) = (self.yft.0 * cos + self.yft.1 * sin, self.yft.0 * sin - self.yft.1 * cos);
        let (c, d) = (self.ytf.0 * cos - self.ytf.1 * sin, self.ytf.0 * sin + self.ytf.1 * cos);
        [
            [-w * b, 2.0 * self.yff.0 * vf + vt * a, vf * a],
            [w * a, -2.0 * self.yff.1 * vf + vt * b, vf * b],
            [-w * d, vt * c, 2.0 * self.ytt.0 * vt + vf * c],
            [-w * c, -vt * d, -2.0 * self.ytt.1 * vt - vf * d],
        ]
    }

    /// Adds the second derivatives of Σ multiplier · flow by (θ, v_from, v_to), as an upper triangle.
    #[inline(always)]
    pub fn add_curvature(&self, bend: &mut [f64; 6], vf: f64, vt: f64, (sin, cos): (f64, f64), by: [f64; 4]) {
        let [a, b, c, d] = by;
        // Σ of all terms in v_from v_to: x cos θ + y sin θ.
        let x = a * self.yft.0 - b * self.yft.1 + c * self.ytf.0 - d * self.ytf.1;
        let y = a * self.yft.1 + b * self.yft.0 - c * self.ytf.1 - d * self.ytf.0;
        let (e, f) = (x * cos + y * sin, y * cos - x * sin);
        bend[0] -= vf * vt * e;
        bend[1] += vt * f;
        bend[2] += vf * f;
        bend[3] += 2.0 * (a * self.yff.0 - b * self.yff.1);
        bend[4] += e;
        bend[5] += 2.0 * (c * self.ytt.0 - d * self.ytt.1);
    }
}

/// A load of constant power factor, of which a share in 0 to 1 is served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) struct AcLoad {
    pub load: u32,
    pub node: u32,
    pub p: f64,
    pub q: f64,
    /// Worth of serving all of it: weight times |p|.
    pub worth: f64,
    /// Least and most share that may be served.
    pub least: f64,
    pub most: f64,
}

/// A shunt, of which a share in 0 to 1 is in: takes `g v²`, gives `b v²`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) struct AcShunt {
    pub shunt: u32,
    pub node: u32,
    pub g: f64,
    pub b: f64,
}

/// Whose reactive power a unit's is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) enum Source {
    Generator(u32),
    /// Converter at the *from* end of an HVDC line.
    HvdcFrom(u32),
    /// Converter at its *to* end.
    HvdcTo(u32),
}

/// Something that gives power within a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) struct AcUnit {
    pub source: Source,
    pub node: u32,
    pub p_min: f64,
    pub p_max: f64,
    pub q_min: f64,
    pub q_max: f64,
}

/// An HVDC line: takes p at `from`, gives p (1 − loss_share) − loss at `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::deliver) struct AcLink {
    pub hvdc_line: u32,
    pub from: u32,
    pub to: u32,
    pub p_min: f64,
    pub p_max: f64,
    pub loss: f64,
    pub loss_share: f64,
}

/// Admittances of a branch's pi circuit, `(g, b)`: Yff, Yft, Ytf, Ytt as [`Branch`] states them.
pub(in crate::deliver) fn admittances(branch: &Branch) -> [(f64, f64); 4] {
    let z2 = branch.r_pu * branch.r_pu + branch.x_pu * branch.x_pu;
    let (g, b) = (branch.r_pu / z2, -branch.x_pu / z2);
    let (sin, cos) = branch.shift_deg.to_radians().sin_cos();
    let tap = branch.tap;
    // −y / conj(tap e^{j shift}) = −y e^{j shift} / tap, and its mirror image.
    let turned = |sin: f64| (-(g * cos - b * sin) / tap, -(g * sin + b * cos) / tap);
    [
        ((g + branch.g_from_pu) / (tap * tap), (b + branch.b_from_pu) / (tap * tap)),
        turned(sin),
        turned(-sin),
        (g + branch.g_to_pu, b + branch.b_to_pu),
    ]
}

/// One problem per live island, or per group of live islands that HVDC lines couple.
pub(in crate::deliver) fn ac_problems(
    network: &Network,
    topology: &Topology,
    weights: &[f64],
    hvdc: bool,
) -> Vec<AcProblem> {
    let place = |bus: BusIdx| topology.island_of_bus(bus).filter(|&i| topology.islands[i].energized);
    let mut coupled = DisjointSets::new(topology.islands.len());
    let usable = |line: &relight_model::HvdcLine| {
        let (low, high) = link_range_mw(line);
        (hvdc && line.in_service && !topology.one_node(line.from, line.to) && low <= high)
            .then(|| place(line.from).zip(place(line.to)))
            .flatten()
    };
    for (a, b) in network.hvdc_lines.iter().filter_map(usable) {
        coupled.join(a as u32, b as u32);
    }
    let live: Vec<bool> = topology.islands.iter().map(|i| i.energized).collect();
    let (problem_of_island, count) = coupled.numbered(&live);
    let mut build = Builder::new(network, topology, problem_of_island, count);
    build.nodes();
    build.lines();
    build.loads(weights);
    build.shunts();
    build.units();
    for (k, line) in network.hvdc_lines.iter().enumerate().filter(|(_, l)| usable(l).is_some()) {
        build.link(k, line);
    }
    for problem in &mut build.problems {
        problem.loads.sort_by_key(|l| l.node);
        problem.shunts.sort_by_key(|s| s.node);
        problem.units.sort_by_key(|u| u.node);
    }
    build.problems
}

struct Builder<'a> {
    network: &'a Network,
    topology: &'a Topology,
    problem_of_island: Vec<u32>,
    /// Per node of the network: its number within its problem.
    local: Vec<u32>,
    problems: Vec<AcProblem>,
}

impl<'a> Builder<'a> {
    fn new(network: &'a Network, topology: &'a Topology, problem_of_island: Vec<u32>, count: usize) -> Self {
        let blank = || AcProblem {
            islands: Vec::new(),
            nodes: Vec::new(),
            references: Vec::new(),
            lines: Vec::new(),
            loads: Vec::new(),
            shunts: Vec::new(),
            units: Vec::new(),
            links: Vec::new(),
        };
        let local = vec![NONE; topology.island_of_node.len()];
        Self { network, topology, problem_of_island, local, problems: (0..count).map(|_| blank()).collect() }
    }

    fn nodes(&mut self) {
        for (node, &island) in self.topology.island_of_node.iter().enumerate() {
            let problem = self.problem_of_island[island as usize];
            if problem == NONE {
                continue;
            }
            let problem = &mut self.problems[problem as usize];
            if let Err(at) = problem.islands.binary_search(&island) {
                problem.islands.insert(at, island);
            }
            self.local[node] = problem.nodes.len() as u32;
            let free = Node { vm_min: 0.0, vm_max: f64::INFINITY, g_fixed: 0.0, b_fixed: 0.0 };
            problem.nodes.push(free);
        }
        for (i, bus) in self.network.buses.iter().enumerate() {
            if let Some((problem, node)) = self.place(i.into()) {
                let node = &mut self.problems[problem].nodes[node as usize];
                node.vm_min = node.vm_min.max(bus.vm_pu_min);
                node.vm_max = node.vm_max.min(bus.vm_pu_max);
            }
        }
        for problem in &mut self.problems {
            let slack = |&i: &u32| self.topology.islands[i as usize].slack_bus;
            let node = |bus: BusIdx| self.local[self.topology.node_of_bus[bus.i()] as usize];
            problem.references = problem.islands.iter().filter_map(slack).map(node).collect();
        }
    }

    /// Problem and local node of a bus in a live island.
    fn place(&self, bus: BusIdx) -> Option<(usize, u32)> {
        let problem = self.problem_of_island[self.topology.island_of_bus(bus)?];
        (problem != NONE).then(|| (problem as usize, self.local[self.topology.node_of_bus[bus.i()] as usize]))
    }

    fn lines(&mut self) {
        for (k, branch) in self.network.branches.iter().enumerate().filter(|(k, _)| self.topology.branch_on[*k]) {
            let (Some((problem, from)), Some((_, to))) = (self.place(branch.from), self.place(branch.to)) else {
                continue;
            };
            let line = AcLine::of(branch, k as u32, from, to, self.network.base_mva);
            let problem = &mut self.problems[problem];
            if from == to {
                let node = &mut problem.nodes[from as usize];
                for y in [line.yff, line.yft, line.ytf, line.ytt] {
                    node.g_fixed += y.0;
                    node.b_fixed += y.1;
                }
                // What circulates in it grows with v² alone, so that its rating is a limit of the voltage.
                let ends = [(line.yff, line.yft), (line.ytf, line.ytt)];
                let most = ends.iter().map(|(a, b)| (a.0 + b.0).hypot(a.1 + b.1)).fold(0.0, f64::max);
                if most > 0.0 && line.rate.is_finite() {
                    node.vm_max = node.vm_max.min((line.rate / most).sqrt());
                }
            } else {
                problem.lines.push(line);
            }
        }
    }

    fn loads(&mut self, weights: &[f64]) {
        let base = self.network.base_mva;
        let wanted = |l: &relight_model::Load| l.in_service && (l.p_mw != 0.0 || l.q_mvar != 0.0);
        for (k, load) in self.network.loads.iter().enumerate().filter(|(_, l)| wanted(l)) {
            if let Some((problem, node)) = self.place(load.bus) {
                let (p, q) = (load.p_mw / base, load.q_mvar / base);
                let worth = weights[k] * p.abs();
                self.problems[problem].loads.push(AcLoad { load: k as u32, node, p, q, worth, least: 0.0, most: 1.0 });
            }
        }
    }

    fn shunts(&mut self) {
        let base = self.network.base_mva;
        let wanted = |s: &relight_model::Shunt| s.in_service && (s.g_mw != 0.0 || s.b_mvar != 0.0);
        for (k, shunt) in self.network.shunts.iter().enumerate().filter(|(_, s)| wanted(s)) {
            if let Some((problem, node)) = self.place(shunt.bus) {
                let (g, b) = (shunt.g_mw / base, shunt.b_mvar / base);
                self.problems[problem].shunts.push(AcShunt { shunt: k as u32, node, g, b });
            }
        }
    }

    fn units(&mut self) {
        let base = self.network.base_mva;
        for (k, unit) in self.network.generators.iter().enumerate().filter(|(k, _)| self.topology.generator_on[*k]) {
            if let Some((problem, node)) = self.place(unit.bus) {
                self.problems[problem].units.push(AcUnit {
                    source: Source::Generator(k as u32),
                    node,
                    p_min: unit.p_mw_min.min(0.0) / base,
                    p_max: unit.p_mw_max.max(0.0) / base,
                    q_min: unit.q_mvar_min.min(0.0) / base,
                    q_max: unit.q_mvar_max.max(0.0) / base,
                });
            }
        }
    }

    fn link(&mut self, k: usize, line: &relight_model::HvdcLine) {
        let (Some((problem, from)), Some((_, to))) = (self.place(line.from), self.place(line.to)) else { return };
        let base = self.network.base_mva;
        let (low, high) = link_range_mw(line);
        let problem = &mut self.problems[problem];
        problem.links.push(AcLink {
            hvdc_line: k as u32,
            from,
            to,
            p_min: low / base,
            p_max: high / base,
            loss: line.loss_mw / base,
            loss_share: line.loss_share,
        });
        let mut converter = |source, node, low_mvar: f64, high_mvar: f64| {
            let (q_min, q_max) = (low_mvar.min(0.0) / base, high_mvar.max(0.0) / base);
            problem.units.push(AcUnit { source, node, p_min: 0.0, p_max: 0.0, q_min, q_max });
        };
        converter(Source::HvdcFrom(k as u32), from, line.q_from_mvar_min, line.q_from_mvar_max);
        converter(Source::HvdcTo(k as u32), to, line.q_to_mvar_min, line.q_to_mvar_max);
    }
}
