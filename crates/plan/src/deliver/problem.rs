//! The delivery problem of one or several live islands, in per unit: what may be fed in where, and what lines may carry.

use super::topology::{NONE, Topology};
use super::{Commitment, DeliverSettings};
use relight_model::{Branch, Network};
use relight_numerics::DisjointSets;

/// What must be had is worth so many times more than anything else.
const DUTY: f64 = 1e3;
/// Part of what must be had that may be missing, for rounding.
const MISSING: f64 = 1e-6;

/// The problem. Nodes are numbered within it.
#[derive(Clone)]
pub(super) struct Problem {
    /// Islands it covers, positions in [`Topology::islands`]: one, or several that HVDC lines couple.
    pub islands: Vec<u32>,
    /// Per node: position in `islands` of the island it is in.
    pub island_of_node: Vec<u32>,
    /// Per island: the node whose angle is 0.
    pub reference: Vec<u32>,
    /// Everything that feeds in or takes out.
    pub items: Vec<Item>,
    /// Lines and transformers.
    pub lines: Vec<Line>,
    /// HVDC lines.
    pub links: Vec<Link>,
}

/// Something whose injection can be chosen within limits that include 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Item {
    pub node: u32,
    pub element: Element,
    /// Least injection, p.u., at most 0.
    pub low: f64,
    /// Most injection, p.u., at least 0.
    pub high: f64,
    /// What one p.u. of injection is worth: −weight for a load, +weight for a negative load, 0 for the rest.
    pub value: f64,
    /// Whether other steps of a horizon depend on what it injects: it is then never merged with others.
    pub held: bool,
    /// Of the worth of all of it, the part that is there only because it must be had; 0 for what need not.
    pub duty: f64,
}

/// Which element of the network an [`Item`] is, by position in its table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Element {
    Load(u32),
    Shunt(u32),
    Generator(u32),
    /// What a storage unit takes; its injection is not positive.
    Charge(u32),
    /// What a storage unit gives.
    Discharge(u32),
}

/// A branch: flow = b (θ_from − θ_to − shift), between `low` and `high`, all p.u. and rad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub branch: u32,
    pub from: u32,
    pub to: u32,
    pub b_pu: f64,
    pub shift_rad: f64,
    pub low: f64,
    pub high: f64,
}

impl Line {
    /// Flow, p.u.
    pub fn flow(&self, theta: &[f64]) -> f64 {
        self.b_pu * (theta[self.from as usize] - theta[self.to as usize] - self.shift_rad)
    }
}

/// An HVDC line: takes p at `from`, gives p (1 − loss_share) − loss at `to`; `low <= p <= high`, p.u.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    pub hvdc_line: u32,
    pub from: u32,
    pub to: u32,
    pub low: f64,
    pub high: f64,
    pub loss: f64,
    pub loss_share: f64,
}

impl Link {
    /// What arrives when `p` is sent, p.u.
    pub fn arrives(&self, p: f64) -> f64 {
        p * (1.0 - self.loss_share) - self.loss
    }
}

/// Susceptance of a branch in the DC model, p.u. Where there is no reactance the resistance stands in for it, so that power
/// can pass at all.
pub(super) fn susceptance_pu(branch: &Branch) -> f64 {
    let x_pu = if branch.x_pu == 0.0 { branch.r_pu } else { branch.x_pu };
    1.0 / (x_pu * branch.tap)
}

/// Least and most flow of a branch, p.u.: its rating, cut down to what its angle limits leave (eq. 4 and 5).
pub(super) fn flow_limits_pu(branch: &Branch, base_mva: f64) -> (f64, f64) {
    let rate = branch.rate_a_mva.map_or(f64::INFINITY, |mva| mva / base_mva);
    let at_angle = |deg: f64| susceptance_pu(branch) * (deg - branch.shift_deg).to_radians();
    let (a, b) = (at_angle(branch.angle_deg_min), at_angle(branch.angle_deg_max));
    ((-rate).max(a.min(b)), rate.min(a.max(b)))
}

/// One problem per live island, or per group of live islands that HVDC lines couple.
pub(super) fn problems(
    network: &Network,
    topology: &Topology,
    weights: &[f64],
    settings: &DeliverSettings,
) -> Vec<Problem> {
    let links = if settings.hvdc { usable_links(network, topology) } else { Vec::new() };
    let mut coupled = DisjointSets::new(topology.islands.len());
    for &(_, a, b) in &links {
        coupled.join(a as u32, b as u32);
    }
    let live: Vec<bool> = topology.islands.iter().map(|i| i.energized).collect();
    let (problem_of_island, count) = coupled.numbered(&live);
    let mut build = Builder::new(network, topology, problem_of_island, count);
    build.nodes();
    build.items(weights, settings);
    build.lines();
    build.links(&links);
    build.problems
}

/// HVDC lines in service between live islands, each with the islands of its ends. Beyond its own limits a line may not
/// send so little that its loss would turn negative: a line makes no energy.
fn usable_links(network: &Network, topology: &Topology) -> Vec<(usize, usize, usize)> {
    let live = |bus| topology.island_of_bus(bus).filter(|&i| topology.islands[i].energized);
    let ends = |k: usize| {
        let line = &network.hvdc_lines[k];
        let range = link_range_mw(line);
        (line.in_service && line.from != line.to && range.0 <= range.1)
            .then(|| Some((k, live(line.from)?, live(line.to)?)))
            .flatten()
    };
    (0..network.hvdc_lines.len()).filter_map(ends).collect()
}

/// Least and most that an HVDC line may send, MW.
pub(super) fn link_range_mw(line: &relight_model::HvdcLine) -> (f64, f64) {
    let least = if line.loss_share > 0.0 { -line.loss_mw / line.loss_share } else { f64::NEG_INFINITY };
    (line.p_mw_min.max(least), line.p_mw_max)
}

struct Builder<'a> {
    network: &'a Network,
    topology: &'a Topology,
    problem_of_island: Vec<u32>,
    /// Per node of the network: its number within its problem.
    local: Vec<u32>,
    problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    fn new(network: &'a Network, topology: &'a Topology, problem_of_island: Vec<u32>, count: usize) -> Self {
        let blank = || Problem {
            islands: Vec::new(),
            island_of_node: Vec::new(),
            reference: Vec::new(),
            items: Vec::new(),
            lines: Vec::new(),
            links: Vec::new(),
        };
        let problems = (0..count).map(|_| blank()).collect();
        let local = vec![NONE; topology.island_of_node.len()];
        Self { network, topology, problem_of_island, local, problems }
    }

    fn nodes(&mut self) {
        let mut island_in_problem = vec![NONE; self.topology.islands.len()];
        for (node, &island) in self.topology.island_of_node.iter().enumerate() {
            let problem = self.problem_of_island[island as usize];
            if problem == NONE {
                continue;
            }
            let problem = &mut self.problems[problem as usize];
            if island_in_problem[island as usize] == NONE {
                island_in_problem[island as usize] = problem.islands.len() as u32;
                problem.islands.push(island);
            }
            self.local[node] = problem.island_of_node.len() as u32;
            problem.island_of_node.push(island_in_problem[island as usize]);
        }
        for problem in &mut self.problems {
            let slack = |&i: &u32| self.topology.islands[i as usize].slack_bus;
            let node = |bus: relight_model::BusIdx| self.local[self.topology.node_of_bus[bus.i()] as usize];
            problem.reference = problem.islands.iter().filter_map(slack).map(node).collect();
        }
    }

    /// Problem and local node of a bus in a live island.
    fn place(&self, bus: relight_model::BusIdx) -> Option<(usize, u32)> {
        let problem = self.problem_of_island[self.topology.island_of_bus(bus)?];
        (problem != NONE).then(|| (problem as usize, self.local[self.topology.node_of_bus[bus.i()] as usize]))
    }

    /// Loads, shunts and generators (eq. 2, 3 and 6). What must be served or given is an item of its own, worth [`DUTY`]
    /// times the most that anything is: limits of all items then include 0, and what must be had comes before all else.
    fn items(&mut self, weights: &[f64], settings: &DeliverSettings) {
        let must = DUTY * weights.iter().fold(1.0f64, |m, w| m.max(*w));
        for (k, load) in self.network.loads.iter().enumerate().filter(|(_, l)| l.in_service && l.p_mw != 0.0) {
            let (least, most) = settings.shares.as_ref().map_or((0.0, 1.0), |shares| shares[k]);
            let (element, sign) = (Element::Load(k as u32), -load.p_mw.signum());
            self.item(
                load.bus,
                element,
                -load.p_mw * least,
                sign * must,
                (must - weights[k]) * load.p_mw.abs() * least,
            );
            self.item(load.bus, element, -load.p_mw * (most - least), sign * weights[k], 0.0);
        }
        for (k, shunt) in self.network.shunts.iter().enumerate().filter(|(_, s)| s.in_service && s.g_mw != 0.0) {
            self.item(shunt.bus, Element::Shunt(k as u32), -shunt.g_mw, 0.0, 0.0);
        }
        let commitment = |k: usize| settings.commitment.as_ref().map_or(Commitment::Free, |c| c[k]);
        for (k, unit) in self.network.generators.iter().enumerate().filter(|(k, _)| self.topology.generator_on[*k]) {
            let element = Element::Generator(k as u32);
            let least =
                if commitment(k) == Commitment::On { unit.p_mw_min.clamp(0.0, unit.p_mw_max.max(0.0)) } else { 0.0 };
            if commitment(k) != Commitment::Off {
                self.item(unit.bus, element, least, must, must * least);
                self.range(unit.bus, element, unit.p_mw_min.min(0.0), unit.p_mw_max.max(0.0) - least, 0.0, 0.0);
            }
        }
    }

    /// Adds what may inject anything between 0 and `whole_mw`, if it is not 0.
    fn item(&mut self, bus: relight_model::BusIdx, element: Element, whole_mw: f64, value: f64, duty_mw: f64) {
        if whole_mw != 0.0 {
            self.range(bus, element, whole_mw.min(0.0), whole_mw.max(0.0), value, duty_mw);
        }
    }

    fn range(&mut self, bus: relight_model::BusIdx, element: Element, low: f64, high: f64, value: f64, duty_mw: f64) {
        if let Some((problem, node)) = self.place(bus) {
            let base = self.network.base_mva;
            let (low, high, duty) = (low / base, high / base, duty_mw / base);
            self.problems[problem].items.push(Item { node, element, low, high, value, held: false, duty });
        }
    }

    fn lines(&mut self) {
        for (k, branch) in self.network.branches.iter().enumerate() {
            if !self.topology.branch_on[k] {
                continue;
            }
            if let (Some((problem, from)), Some((_, to))) = (self.place(branch.from), self.place(branch.to)) {
                let (low, high) = flow_limits_pu(branch, self.network.base_mva);
                let (b_pu, shift_rad) = (susceptance_pu(branch), branch.shift_deg.to_radians());
                self.problems[problem].lines.push(Line { branch: k as u32, from, to, b_pu, shift_rad, low, high });
            }
        }
    }

    fn links(&mut self, links: &[(usize, usize, usize)]) {
        let base = self.network.base_mva;
        for &(k, _, _) in links {
            let line = &self.network.hvdc_lines[k];
            if let (Some((problem, from)), Some((_, to))) = (self.place(line.from), self.place(line.to)) {
                let (low, high) = link_range_mw(line);
                self.problems[problem].links.push(Link {
                    hvdc_line: k as u32,
                    from,
                    to,
                    low: low / base,
                    high: high / base,
                    loss: line.loss_mw / base,
                    loss_share: line.loss_share,
                });
            }
        }
    }
}

impl Problem {
    /// The part of a worth, p.u., that what must be had adds beyond its own.
    pub fn duty(&self) -> f64 {
        self.items.iter().map(|i| i.duty).sum()
    }

    /// Whether injections, one per item, have all that must be had.
    pub fn has_its_duty(&self, items: &[f64]) -> bool {
        let met = |(i, x): (&Item, &f64)| i.duty <= 0.0 || x.abs() >= (1.0 - MISSING) * i.low.abs().max(i.high);
        self.items.iter().zip(items).all(met)
    }

    /// The problems of its islands, one by one, without HVDC lines.
    pub fn without_links(&self) -> Vec<Problem> {
        let mut number = vec![0u32; self.island_of_node.len()];
        let mut parts: Vec<Problem> = self
            .islands
            .iter()
            .map(|&island| Problem {
                islands: vec![island],
                island_of_node: Vec::new(),
                reference: Vec::new(),
                items: Vec::new(),
                lines: Vec::new(),
                links: Vec::new(),
            })
            .collect();
        for (node, &part) in self.island_of_node.iter().enumerate() {
            number[node] = parts[part as usize].island_of_node.len() as u32;
            parts[part as usize].island_of_node.push(0);
        }
        let part_of = |node: u32| self.island_of_node[node as usize] as usize;
        for item in &self.items {
            parts[part_of(item.node)].items.push(Item { node: number[item.node as usize], ..*item });
        }
        for line in &self.lines {
            let (from, to) = (number[line.from as usize], number[line.to as usize]);
            parts[part_of(line.from)].lines.push(Line { from, to, ..*line });
        }
        for (part, &reference) in parts.iter_mut().zip(&self.reference) {
            part.reference = vec![number[reference as usize]];
        }
        parts
    }
}
