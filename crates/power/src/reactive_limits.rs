//! Generators that hold a reactive limit instead of their voltage.
//!
//! After a solution, every voltage-holding node whose generators leave their joint range `[Σ q_min, Σ q_max]` is given the
//! limit instead (all at once). A node at its upper limit whose voltage is above the set point, or at its lower limit with
//! the voltage below, takes its voltage back. Nodes that changed `CHANGES_MAX` times stay at their limit, so that the loop ends.

use relight_model::Network;

use crate::newton::Newton;
use crate::problem::{NodeKind, Problem};
use crate::structure::Structure;
use crate::topology::Topology;

/// Changes after which a node keeps its limit.
const CHANGES_MAX: u8 = 4;
/// Excess over a limit that counts, p.u.
const EXCESS_PU: f64 = 1e-6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holding {
    Voltage,
    UpperLimit,
    LowerLimit,
}

#[derive(Debug, Clone)]
struct Holder {
    node: usize,
    q_min: f64,
    q_max: f64,
    /// Reactive set points of its generators together, which are part of the node's given injection.
    q_set: f64,
    /// The node's given reactive injection with `q_set` in it.
    q_given: f64,
    holding: Holding,
    changes: u8,
}

/// The voltage-holding nodes of one situation and what they hold.
#[derive(Debug, Clone)]
pub(crate) struct LimitState {
    holders: Vec<Holder>,
}

impl LimitState {
    /// All nodes that hold a voltage with generators alone; per unit.
    pub(crate) fn new(network: &Network, structure: &Structure, topology: &Topology, problem: &Problem) -> Self {
        let mut holder_of_node = vec![usize::MAX; structure.nodes()];
        let mut holders: Vec<Holder> = Vec::new();
        for (g, _) in network.generators.iter().zip(&topology.generator_on).filter(|(_, on)| **on) {
            let node = structure.node_of_bus[g.bus.i()] as usize;
            if problem.kind[node] != NodeKind::Pv {
                continue;
            }
            if holder_of_node[node] == usize::MAX {
                holder_of_node[node] = holders.len();
                let holding = Holding::Voltage;
                holders.push(Holder {
                    node,
                    q_min: 0.0,
                    q_max: 0.0,
                    q_set: 0.0,
                    q_given: problem.s[node][1],
                    holding,
                    changes: 0,
                });
            }
            let h = &mut holders[holder_of_node[node]];
            h.q_min += g.q_mvar_min / network.base_mva;
            h.q_max += g.q_mvar_max / network.base_mva;
            h.q_set += g.q_mvar / network.base_mva;
        }
        Self { holders }
    }

    /// Changes what nodes hold to fit the solution in `newton`, in the islands that have one; returns whether anything
    /// changed.
    pub(crate) fn update(&mut self, problem: &mut Problem, newton: &mut Newton, solved: &[bool]) -> bool {
        let mut changed = false;
        for h in self.holders.iter_mut().filter(|h| solved[problem.island[h.node] as usize]) {
            let i = h.node;
            let vm = newton.v[i][0].hypot(newton.v[i][1]);
            let next = match h.holding {
                Holding::Voltage => {
                    let q = newton.s[i][1] - (problem.given(i, newton.v[i])[1] - h.q_set);
                    if q > h.q_max + EXCESS_PU {
                        Holding::UpperLimit
                    } else if q < h.q_min - EXCESS_PU {
                        Holding::LowerLimit
                    } else {
                        Holding::Voltage
                    }
                }
                Holding::UpperLimit if vm > problem.vm_set[i] && h.changes < CHANGES_MAX => Holding::Voltage,
                Holding::LowerLimit if vm < problem.vm_set[i] && h.changes < CHANGES_MAX => Holding::Voltage,
                same => same,
            };
            if next == h.holding {
                continue;
            }
            changed = true;
            h.changes += 1;
            h.holding = next;
            problem.s[i][1] = h.q_given_now();
            problem.kind[i] = if next == Holding::Voltage { NodeKind::Pv } else { NodeKind::Pq };
            if next == Holding::Voltage {
                newton.set_voltage(i, problem.vm_set[i], newton.theta[i]);
            }
        }
        changed
    }

    /// Nodes at a limit and what their generators give there, p.u.
    pub(crate) fn held(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.holders.iter().filter_map(|h| match h.holding {
            Holding::Voltage => None,
            Holding::UpperLimit => Some((h.node, h.q_max)),
            Holding::LowerLimit => Some((h.node, h.q_min)),
        })
    }

    /// Gives every node its voltage back in the problem.
    pub(crate) fn undo(&mut self, problem: &mut Problem) {
        for h in &mut self.holders {
            (h.holding, h.changes) = (Holding::Voltage, 0);
            problem.s[h.node][1] = h.q_given;
            problem.kind[h.node] = NodeKind::Pv;
        }
    }
}

impl Holder {
    /// The node's reactive injection for what it holds.
    fn q_given_now(&self) -> f64 {
        match self.holding {
            Holding::Voltage => self.q_given,
            Holding::UpperLimit => self.q_given - self.q_set + self.q_max,
            Holding::LowerLimit => self.q_given - self.q_set + self.q_min,
        }
    }
}
