//! Maximum load delivery with full AC physics, island by island.
//!
//! | file | does |
//! |---|---|
//! | `problem` | the problem of an island in p.u. (eq. 1 to 7), shared with the cone relaxation |
//! | `form` | the same in boxes and in elimination order (eq. 8, 9) |
//! | `point` | an iterate; values of the constraints |
//! | `kkt` | Newton's equations, one 4x4 block per node (eq. 12 to 18) |
//! | `interior` | the interior point method |
//! | `start` | where it starts (eq. 19, 20) |
//! | `attempts` | the order of attempts on one island |
//! | `rescue` | which branches are opened where an island has no operating point |
//! | `answer` | back to the network's order and units |

mod answer;
mod attempts;
mod form;
mod interior;
mod kkt;
mod point;
pub(super) mod problem;
mod rescue;
mod start;

use super::DeliverSettings;
use super::topology::Topology;
use answer::{AcPoint, Answer};
use attempts::{Attempt, Effects, attempt};
use form::Goal;
use problem::{AcProblem, ac_problems};
use relight_model::outcome::{Delivery, FailureReason};
use relight_model::{BranchIdx, BusIdx, Network, Situation};

/// Rounds of opening branches in which an island must find an operating point.
const ROUNDS: u32 = 60;

/// The most weighted load that the network can carry, by AC physics.
pub(super) fn deliver(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    weights: &[f64],
) -> Delivery {
    let mut situation = situation.clone();
    let mut opened: Vec<BranchIdx> = Vec::new();
    let mut known: Vec<(AcProblem, AcPoint)> = Vec::new();
    let mut hopeless: Vec<(AcProblem, FailureReason)> = Vec::new();
    let mut effects = Effects::default();
    for round in 0.. {
        let topology = Topology::new(network, &situation);
        let problems = ac_problems(network, &topology, weights, settings.hvdc);
        let mut open = Vec::new();
        for problem in &problems {
            if known.iter().any(|(p, _)| p.same(problem)) || hopeless.iter().any(|(p, _)| p.same(problem)) {
                continue;
            }
            match attempt(problem, &Goal::Serve, None, &mut effects) {
                Attempt::Valid(point) => known.push((problem.clone(), *point)),
                Attempt::AtFault(fault) if round < ROUNDS => {
                    let charging = |k: u32| {
                        let branch = &network.branches[k as usize];
                        (branch.b_from_pu + branch.b_to_pu).abs()
                    };
                    open.extend(rescue::to_open(problem, &fault, charging));
                }
                Attempt::AtFault(fault) => {
                    let reason = fault.first().map_or(FailureReason::NotSolved, |&(node, mismatch_pu)| {
                        let bus = bus_of(network, &topology, problem, node);
                        FailureReason::NoOperatingPoint { bus, mismatch_pu }
                    });
                    hopeless.push((problem.clone(), reason));
                }
            }
        }
        if open.is_empty() {
            if std::env::var_os("RELIGHT_RUNS").is_some() {
                eprintln!("effects {effects:?} rounds {round} opened {} failures {}", opened.len(), hopeless.len());
            }
            return assemble(network, &topology, weights, &problems, &known, &hopeless, opened);
        }
        for branch in open {
            situation.branch_out[branch as usize] = true;
            opened.push(BranchIdx(branch));
        }
    }
    unreachable!("invariant: the last round opens nothing")
}

fn assemble(
    network: &Network,
    topology: &Topology,
    weights: &[f64],
    problems: &[AcProblem],
    known: &[(AcProblem, AcPoint)],
    hopeless: &[(AcProblem, FailureReason)],
    mut opened: Vec<BranchIdx>,
) -> Delivery {
    let mut answer = Answer::new(network, topology, weights);
    for problem in problems {
        let bound: f64 = problem.loads.iter().map(|l| l.worth).sum();
        if let Some((_, point)) = known.iter().find(|(p, _)| p.same(problem)) {
            answer.add(problem, point, bound);
        } else if let Some((_, reason)) = hopeless.iter().find(|(p, _)| p.same(problem)) {
            answer.give_up(problem, *reason, bound);
        }
    }
    opened.sort_unstable();
    answer.finish(opened)
}

/// A bus of a problem's node.
fn bus_of(network: &Network, topology: &Topology, problem: &AcProblem, node: u32) -> BusIdx {
    let of_problem = |island: &u32| problem.islands.binary_search(island).is_ok();
    let nodes = topology.island_of_node.iter().enumerate().filter(|(_, island)| of_problem(island));
    let wanted = nodes.map(|(k, _)| k as u32).nth(node as usize);
    let bus = topology.node_of_bus.iter().position(|&n| Some(n) == wanted);
    debug_assert!(bus.is_some_and(|b| b < network.buses.len()));
    BusIdx(bus.unwrap_or(0) as u32)
}
