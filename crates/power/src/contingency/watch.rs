//! Highest loading and extreme voltages of several outages at once, without storing any flow.
//!
//! Branches and buses are met in blocks. A block's values are formed for all lanes, only its largest is compared with what was
//! found so far, and only blocks with something above a limit are counted out.

use relight_model::outcome::FlowResult;
use relight_model::{BranchIdx, BusIdx, Network};

use crate::admittance::TwoPort;
use crate::contingency::LANES;
use crate::contingency::change::Change;
use crate::contingency::outcome::{Extremes, LIMIT_SLACK};
use crate::contingency::tree::Tree;
use crate::problem::{NodeKind, Problem};
use crate::structure::Structure;
use crate::topology::Topology;

const BLOCK: usize = 32;
const NONE: u32 = u32::MAX;

/// One value per lane.
pub(crate) type Lanes = [f64; LANES];

/// A branch with a rating that carries power before the outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchedBranch {
    pub from: u32,
    pub to: u32,
    pub branch: u32,
    pub two_port: TwoPort,
    /// Base over rating.
    pub per_rate: f64,
}

/// A bus with voltage before the outage.
#[derive(Debug, Clone, Copy)]
struct WatchedBus {
    node: u32,
    bus: u32,
    /// Squares of the magnitudes at which the bus counts as low or high.
    low: f64,
    high: f64,
}

/// What is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub branches: Vec<WatchedBranch>,
    /// Position in `branches`.
    at_branch: Vec<u32>,
    buses: Vec<WatchedBus>,
    /// Where the buses of each node start in `buses`.
    bus_start: Vec<u32>,
}

impl Watch {
    pub(crate) fn new(network: &Network, structure: &Structure, topology: &Topology, problem: &Problem) -> Self {
        let mut at_branch = vec![NONE; network.branches.len()];
        let mut branches = Vec::new();
        for (k, branch) in network.branches.iter().enumerate() {
            let slots = structure.slots[k];
            let carries = topology.branch_on[k] && problem.is_live(slots.from as usize);
            if let (Some(rate), true) = (branch.rate_a_mva, carries) {
                at_branch[k] = branches.len() as u32;
                let two_port = structure.two_ports[k];
                let per_rate = network.base_mva / rate;
                branches.push(WatchedBranch { from: slots.from, to: slots.to, branch: k as u32, two_port, per_rate });
            }
        }
        let mut buses = Vec::new();
        for (i, bus) in network.buses.iter().enumerate().filter(|(i, _)| topology.bus_alive[*i]) {
            let node = structure.node_of_bus[i];
            if problem.is_live(node as usize) {
                let low = (bus.vm_pu_min - LIMIT_SLACK).max(0.0);
                let high = bus.vm_pu_max + LIMIT_SLACK;
                buses.push(WatchedBus { node, bus: i as u32, low: low * low, high: high * high });
            }
        }
        buses.sort_by_key(|b| (b.node, b.bus));
        let mut bus_start = vec![0u32; structure.nodes() + 1];
        buses.iter().for_each(|b| bus_start[b.node as usize + 1] += 1);
        for i in 0..structure.nodes() {
            bus_start[i + 1] += bus_start[i];
        }
        Self { branches, at_branch, buses, bus_start }
    }

    /// The same figures from a full result.
    pub(crate) fn of_result(network: &Network, result: &FlowResult, dc: bool) -> Extremes {
        let mut e = Extremes::default();
        for (k, percent) in result.branches.iter().enumerate().filter_map(|(k, b)| Some((k, b.loading_percent?))) {
            e.overloads += u32::from(percent > 100.0 * (1.0 + LIMIT_SLACK));
            if e.max_loading.is_none_or(|(most, _)| percent > most) {
                e.max_loading = Some((percent, BranchIdx::from(k)));
            }
        }
        if dc {
            return e;
        }
        for (i, state) in result.buses.iter().enumerate().filter(|(_, s)| s.energized) {
            let (vm, bus) = (state.vm_pu, &network.buses[i]);
            e.low_voltages += u32::from(vm < bus.vm_pu_min - LIMIT_SLACK);
            e.high_voltages += u32::from(vm > bus.vm_pu_max + LIMIT_SLACK);
            if e.vm_min.is_none_or(|(least, _)| vm < least) {
                e.vm_min = Some((vm, BusIdx::from(i)));
            }
            if e.vm_max.is_none_or(|(most, _)| vm > most) {
                e.vm_max = Some((vm, BusIdx::from(i)));
            }
        }
        e
    }
}

/// What the outage of each lane takes out of what is watched.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    branches: [Vec<u32>; LANES],
    buses: [Vec<u32>; LANES],
    branch_block: Vec<bool>,
    bus_block: Vec<bool>,
}

impl Missing {
    pub(crate) fn new(watch: &Watch) -> Self {
        Self {
            branches: Default::default(),
            buses: Default::default(),
            branch_block: vec![false; watch.branches.len().div_ceil(BLOCK)],
            bus_block: vec![false; watch.buses.len().div_ceil(BLOCK)],
        }
    }

    pub(crate) fn clear(&mut self) {
        for (list, blocks) in [(&mut self.branches, &mut self.branch_block), (&mut self.buses, &mut self.bus_block)] {
            for list in list {
                list.iter().for_each(|&at| blocks[at as usize / BLOCK] = false);
                list.clear();
            }
        }
    }

    /// Takes out what `change` takes out of lane `m`.
    pub(crate) fn set(&mut self, watch: &Watch, tree: &Tree, m: usize, change: &Change) {
        let gone = change.nodes.iter().filter(|c| c.kind == NodeKind::Off).map(|c| c.node);
        for node in gone.chain(change.dark.iter().copied()) {
            let buses = watch.bus_start[node as usize]..watch.bus_start[node as usize + 1];
            self.buses[m].extend(buses);
            let branches = tree.branches_at(node).iter().map(|&k| watch.at_branch[k as usize]);
            self.branches[m].extend(branches.filter(|&at| at != NONE));
        }
        let branches = change.branches.iter().map(|&k| watch.at_branch[k as usize]);
        self.branches[m].extend(branches.filter(|&at| at != NONE));
        for (list, blocks) in
            [(&mut self.branches[m], &mut self.branch_block), (&mut self.buses[m], &mut self.bus_block)]
        {
            list.sort_unstable();
            list.dedup();
            list.iter().for_each(|&at| blocks[at as usize / BLOCK] = true);
        }
    }
}

/// Highest loading of each lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loadings {
    /// Largest value and the position of its branch in [`Watch::branches`]; `NONE` where nothing carries power.
    pub most: Lanes,
    pub at: [u32; LANES],
    /// Values above the first and the second limit of their branch.
    pub above: [[u32; 2]; LANES],
}

/// Finds the largest `value` over all watched branches but the missing ones. `limit_min` is below all limits that `limits` gives.
#[inline(always)]
pub(crate) fn loadings(
    watch: &Watch,
    missing: &Missing,
    value: impl Fn(&WatchedBranch, usize) -> Lanes,
    limit_min: f64,
    limits: impl Fn(usize) -> [f64; 2],
) -> Loadings {
    let mut found = Loadings { most: [-1.0; LANES], at: [NONE; LANES], above: [[0; 2]; LANES] };
    let mut values = [[0.0; LANES]; BLOCK];
    for (block, branches) in watch.branches.chunks(BLOCK).enumerate() {
        let first = block * BLOCK;
        let largest = fill(block, branches, missing, &value, &mut values);
        for m in 0..LANES {
            if largest[m] > found.most[m] {
                found.most[m] = largest[m];
                found.at[m] = block as u32;
            }
            if largest[m] > limit_min {
                for (p, v) in values[..branches.len()].iter().enumerate() {
                    let limits = limits(first + p);
                    found.above[m][0] += u32::from(v[m] > limits[0]);
                    found.above[m][1] += u32::from(v[m] > limits[1]);
                }
            }
        }
    }
    // The branch within the block.
    for m in 0..LANES {
        let block = found.at[m] as usize;
        if let Some(branches) = watch.branches.chunks(BLOCK).nth(block) {
            fill(block, branches, missing, &value, &mut values);
            let p = values[..branches.len()].iter().position(|v| v[m] == found.most[m]);
            found.at[m] = p.map_or(NONE, |p| (block * BLOCK + p) as u32);
        }
    }
    found
}

/// Values of one block, -1 for what is missing; returns the largest of each lane.
#[inline(always)]
fn fill(
    block: usize,
    branches: &[WatchedBranch],
    missing: &Missing,
    value: &impl Fn(&WatchedBranch, usize) -> Lanes,
    values: &mut [Lanes; BLOCK],
) -> Lanes {
    let first = block * BLOCK;
    let mut largest = [-1.0f64; LANES];
    for (p, (branch, store)) in branches.iter().zip(values.iter_mut()).enumerate() {
        *store = value(branch, first + p);
        for (most, v) in largest.iter_mut().zip(store.iter()) {
            *most = if *v > *most { *v } else { *most };
        }
    }
    if missing.branch_block[block] {
        largest = [-1.0; LANES];
        for (m, list) in missing.branches.iter().enumerate() {
            let from = list.partition_point(|&at| (at as usize) < first);
            for &at in list[from..].iter().take_while(|&&at| (at as usize) < first + branches.len()) {
                values[at as usize - first][m] = -1.0;
            }
        }
        for v in &values[..branches.len()] {
            for (most, v) in largest.iter_mut().zip(v) {
                *most = if *v > *most { *v } else { *most };
            }
        }
    }
    largest
}

/// Extreme voltages of each lane, into `extremes`; `v` holds the voltages by node.
pub(crate) fn voltages(watch: &Watch, missing: &Missing, v: &[[Lanes; 2]], extremes: &mut [Extremes; LANES]) {
    let (mut low, mut high) = ([f64::INFINITY; LANES], [-1.0f64; LANES]);
    let (mut low_at, mut high_at) = ([NONE; LANES], [NONE; LANES]);
    let mut squares = [[0.0; LANES]; BLOCK];
    for (block, buses) in watch.buses.chunks(BLOCK).enumerate() {
        let first = block * BLOCK;
        let (mut least, mut most) = ([f64::INFINITY; LANES], [-1.0f64; LANES]);
        let (mut below, mut above) = (f64::INFINITY, 0.0f64);
        // How far the block comes to its limits, over all lanes: whether counting is worth it.
        for (bus, store) in buses.iter().zip(squares.iter_mut()) {
            let [re, im] = &v[bus.node as usize];
            for m in 0..LANES {
                let s = re[m] * re[m] + im[m] * im[m];
                store[m] = s;
                least[m] = if s < least[m] { s } else { least[m] };
                most[m] = if s > most[m] { s } else { most[m] };
            }
            below = if bus.high < below { bus.high } else { below };
            above = if bus.low > above { bus.low } else { above };
        }
        let flagged = missing.bus_block[block];
        for m in 0..LANES {
            let gone = |p: usize| flagged && missing.buses[m].binary_search(&((first + p) as u32)).is_ok();
            if least[m] < low[m] || most[m] > high[m] || least[m] < above || most[m] > below {
                for (p, bus) in buses.iter().enumerate().filter(|(p, _)| !gone(*p)) {
                    let s = squares[p][m];
                    if s < low[m] {
                        (low[m], low_at[m]) = (s, bus.bus);
                    }
                    if s > high[m] {
                        (high[m], high_at[m]) = (s, bus.bus);
                    }
                    extremes[m].low_voltages += u32::from(s < bus.low);
                    extremes[m].high_voltages += u32::from(s > bus.high);
                }
            }
        }
    }
    for m in 0..LANES {
        let found = |s: f64, at: u32| (at != NONE).then(|| (s.sqrt(), BusIdx(at)));
        extremes[m].vm_min = found(low[m], low_at[m]);
        extremes[m].vm_max = found(high[m], high_at[m]);
    }
}
