//! What a situation leaves of a network, found by a walk of its own.

use relight_model::{BusIdx, BusKind, Network, Situation};

/// What is there, and what hangs together. Nothing here is taken from the answer under check.
pub(crate) struct Remains {
    /// Per bus: neither out nor isolated.
    pub there: Vec<bool>,
    /// Per branch: in service with both ends there. A branch from a bus to itself is not.
    pub branch: Vec<bool>,
    /// Per branch: in service from a bus that is there to itself. It joins and carries nothing, yet its charging counts in an
    /// AC flow.
    pub looped: Vec<bool>,
    /// Per generator: in service on a bus that is there.
    pub generator: Vec<bool>,
    /// Per bus: a number that the buses of its island share; `usize::MAX` for a bus that is not there.
    pub island: Vec<usize>,
    /// Per bus: a number that the buses joined to it by closed switches share; `usize::MAX` for a bus that is not there.
    pub node: Vec<usize>,
    /// Number of islands.
    pub islands: usize,
}

/// Mark of a bus that is not there.
pub(crate) const NOT_THERE: usize = usize::MAX;

impl Remains {
    pub fn new(network: &Network, situation: &Situation) -> Self {
        let there: Vec<bool> = (0..network.buses.len())
            .map(|i| network.buses[i].kind != BusKind::Isolated && !situation.bus_out[i])
            .collect();
        let both = |a: BusIdx, b: BusIdx| there[a.i()] && there[b.i()] && a != b;
        let branch: Vec<bool> = (0..network.branches.len())
            .map(|k| {
                let b = &network.branches[k];
                b.in_service && !situation.branch_out[k] && both(b.from, b.to)
            })
            .collect();
        let looped = (network.branches.iter().zip(&situation.branch_out))
            .map(|(b, out)| b.in_service && !out && b.from == b.to && there[b.from.i()])
            .collect();
        let generator = (0..network.generators.len())
            .map(|k| {
                let g = &network.generators[k];
                g.in_service && !situation.generator_out[k] && there[g.bus.i()]
            })
            .collect();
        let mut links: Vec<Vec<usize>> = vec![Vec::new(); there.len()];
        let mut join = |a: BusIdx, b: BusIdx| {
            links[a.i()].push(b.i());
            links[b.i()].push(a.i());
        };
        for s in network.switches.iter().filter(|s| s.closed && both(s.from, s.to)) {
            join(s.from, s.to);
        }
        let (node, _) = flood(&there, &links);
        let mut join = |a: BusIdx, b: BusIdx| {
            links[a.i()].push(b.i());
            links[b.i()].push(a.i());
        };
        for b in network.branches.iter().zip(&branch).filter(|(_, on)| **on).map(|(b, _)| b) {
            join(b.from, b.to);
        }
        let (island, islands) = flood(&there, &links);
        Self { there, branch, looped, generator, island, node, islands }
    }

    /// Per island: whether a generator there can give power.
    pub fn has_source(&self, network: &Network) -> Vec<bool> {
        let mut source = vec![false; self.islands];
        for (g, _) in network.generators.iter().zip(&self.generator).filter(|(_, on)| **on) {
            source[self.island[g.bus.i()]] |= g.p_mw_max > 0.0;
        }
        source
    }
}

/// Numbers what hangs together, in the order of its first bus.
fn flood(there: &[bool], links: &[Vec<usize>]) -> (Vec<usize>, usize) {
    let mut number = vec![NOT_THERE; there.len()];
    let mut count = 0;
    let mut queue = Vec::new();
    for start in 0..there.len() {
        if !there[start] || number[start] != NOT_THERE {
            continue;
        }
        number[start] = count;
        queue.push(start);
        while let Some(bus) = queue.pop() {
            for &next in &links[bus] {
                if number[next] == NOT_THERE {
                    number[next] = count;
                    queue.push(next);
                }
            }
        }
        count += 1;
    }
    (number, count)
}
