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
#[allow(clippy::needless_range_loop, reason = "blocks are written by row and column, as in the equations")]
mod kkt;
mod point;
pub(super) mod problem;
mod rescue;
mod start;

pub use attempts::AcEffort;

use super::soc::bound;
use super::topology::Topology;
use super::{Commitment, DeliverSettings, Objective};
use answer::{AcPoint, Answer};
use attempts::{Attempt, Fault, Island, attempt};
use form::Goal;
use problem::{AcProblem, Source, ac_problems};
use relight_model::outcome::{Delivery, FailureReason};
use relight_model::{BranchIdx, BusIdx, CostCurve, Network, Situation};
use std::sync::atomic::Ordering;

/// Rounds that open one branch at a bus at fault; later ones open all of them.
const PATIENCE: u32 = 10;
/// Rounds of opening branches in which an island must find an operating point.
const ROUNDS: u32 = 200;

/// The most weighted load that the network can carry, by AC physics; or all load at least cost.
pub(super) fn deliver(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    weights: &[f64],
) -> (Delivery, AcEffort) {
    let mut search =
        Search { network, settings, weights, settled: Vec::new(), hint: None, effort: AcEffort::default() };
    let mut situation = situation.clone();
    let mut opened: Vec<BranchIdx> = Vec::new();
    let mut hvdc = settings.hvdc;
    loop {
        let topology = Topology::new(network, &situation);
        let problems = search.problems(&topology, hvdc);
        let faults = search.solve(&problems, &topology);
        if faults.iter().any(|(problem, _)| !problem.links.is_empty()) {
            // HVDC lines may have to send more than their islands can give: then they stay off.
            hvdc = false;
            continue;
        }
        let mut open = Vec::new();
        search.remember(&faults, &topology);
        for (problem, Fault { nodes: fault, .. }) in faults {
            if !fault.is_empty() && search.effort.rounds < ROUNDS && search.may_open(problem) {
                open.extend(rescue::to_open(problem, &fault, search.effort.rounds >= PATIENCE, |k| {
                    let branch = &network.branches[k as usize];
                    (branch.b_from_pu + branch.b_to_pu).abs()
                }));
            } else {
                search.give_up(problem, &fault, &topology);
            }
        }
        if open.is_empty() {
            return (search.assemble(&topology, &problems, opened), search.effort);
        }
        search.effort.rounds += 1;
        for branch in open {
            situation.branch_out[branch as usize] = true;
            opened.push(BranchIdx(branch));
        }
    }
}

/// Islands solved so far. An island that a later round leaves as it is is not solved again.
struct Search<'a> {
    network: &'a Network,
    settings: &'a DeliverSettings<'a>,
    weights: &'a [f64],
    settled: Vec<(AcProblem, Result<AcPoint, FailureReason>)>,
    /// Where islands without an operating point came closest to one: the next round starts there.
    hint: Option<Delivery>,
    effort: AcEffort,
}

impl Search<'_> {
    fn settled(&self, problem: &AcProblem) -> Option<&Result<AcPoint, FailureReason>> {
        self.settled.iter().find(|(p, _)| p.same(problem)).map(|(_, answer)| answer)
    }

    /// The problems of what a round leaves, with the limits that the settings set.
    fn problems(&self, topology: &Topology, hvdc: bool) -> Vec<AcProblem> {
        let mut problems = ac_problems(self.network, topology, self.weights, hvdc);
        for problem in &mut problems {
            if let Some(shares) = &self.settings.shares {
                for load in &mut problem.loads {
                    (load.least, load.most) = shares[load.load as usize];
                }
            }
            if self.settings.objective == Objective::Cost {
                self.as_dispatch(problem);
            }
            self.commit(problem);
        }
        problems
    }

    /// All load is served, and a generator that is in service runs.
    fn as_dispatch(&self, problem: &mut AcProblem) {
        let base = self.network.base_mva;
        for load in &mut problem.loads {
            load.least = load.most;
        }
        for unit in &mut problem.units {
            if let Source::Generator(k) = unit.source {
                let g = &self.network.generators[k as usize];
                (unit.p_min, unit.p_max) = (g.p_mw_min / base, g.p_mw_max / base);
                (unit.q_min, unit.q_max) = (g.q_mvar_min / base, g.q_mvar_max / base);
            }
        }
    }

    /// A unit that is off gives nothing; one that runs gives its minimum at least.
    fn commit(&self, problem: &mut AcProblem) {
        let Some(commitment) = &self.settings.commitment else { return };
        for unit in &mut problem.units {
            let Source::Generator(k) = unit.source else { continue };
            match commitment[k as usize] {
                Commitment::Free => {}
                Commitment::Off => (unit.p_min, unit.p_max, unit.q_min, unit.q_max) = (0.0, 0.0, 0.0, 0.0),
                Commitment::On => {
                    unit.p_min = (self.network.generators[k as usize].p_mw_min / self.network.base_mva).min(unit.p_max);
                }
            }
        }
    }

    fn goal(&self, problem: &AcProblem) -> Goal {
        if self.settings.objective == Objective::Served {
            return Goal::Serve;
        }
        let base = self.network.base_mva;
        let polynomial = |source: Source| match source {
            Source::Generator(k) => match &self.network.generators[k as usize].cost {
                // From coefficients of MW, highest power first, to those of p.u., lowest first.
                Some(cost) => match &cost.curve {
                    CostCurve::Polynomial(c) => {
                        c.iter().rev().enumerate().map(|(power, a)| a * base.powi(power as i32)).collect()
                    }
                    CostCurve::Piecewise(_) => Vec::new(),
                },
                None => Vec::new(),
            },
            _ => Vec::new(),
        };
        Goal::Cost(problem.units.iter().map(|u| polynomial(u.source)).collect())
    }

    /// Solves what is not settled; returns the problems without a valid point, and why.
    fn solve<'p>(&mut self, problems: &'p [AcProblem], topology: &Topology) -> Vec<(&'p AcProblem, Fault)> {
        let mut faults = Vec::new();
        for problem in problems {
            if self.settled(problem).is_some() {
                continue;
            }
            let nodes = problem.nodes_without_voltage();
            if !nodes.is_empty() {
                faults.push((problem, Fault { nodes, point: None }));
                continue;
            }
            let near = self.hint.as_ref().or(self.settings.near);
            let near = near.map(|near| answer::recall(self.network, topology, problem, near));
            let island = Island {
                problem,
                goal: &self.goal(problem),
                near: near.as_ref(),
                troubled: self.effort.rounds > 0,
                stop: self.settings.stop,
            };
            match attempt(&island, &mut self.effort) {
                Attempt::Valid(point) => self.settled.push((problem.clone(), Ok(point))),
                Attempt::AtFault(fault) => faults.push((problem, fault)),
            }
        }
        faults
    }

    fn remember(&mut self, faults: &[(&AcProblem, Fault)], topology: &Topology) {
        let mut hint = Answer::new(self.network, topology, self.weights, false);
        for (problem, fault) in faults {
            if let Some(point) = &fault.point {
                hint.add(problem, point, 0.0);
            }
        }
        self.hint = Some(hint.finish(Vec::new(), Objective::Served));
    }

    /// Opening branches may help only where nothing has to be served.
    fn may_open(&self, problem: &AcProblem) -> bool {
        !problem.lines.is_empty() && problem.loads.iter().all(|l| l.least == 0.0)
    }

    fn give_up(&mut self, problem: &AcProblem, fault: &[(u32, f64)], topology: &Topology) {
        let reason = fault.first().map_or(FailureReason::NotSolved, |&(node, mismatch_pu)| {
            let bus = answer::buses_of(topology, problem)[node as usize];
            FailureReason::NoOperatingPoint { bus: BusIdx(bus), mismatch_pu }
        });
        self.settled.push((problem.clone(), Err(reason)));
    }

    fn assemble(&self, topology: &Topology, problems: &[AcProblem], opened: Vec<BranchIdx>) -> Delivery {
        // The relaxation takes longer than the answer: whoever stops does not want to wait for it.
        let stopped = self.settings.stop.is_some_and(|s| s.load(Ordering::Relaxed));
        let by_cone = self.settings.bound && self.settings.objective == Objective::Served && !stopped;
        let mut answer = Answer::new(self.network, topology, self.weights, by_cone);
        for problem in problems {
            let limit = if by_cone { bound(problem).bound_pu } else { problem.loads.iter().map(|l| l.worth).sum() };
            match self.settled(problem).expect("invariant: every problem was solved or given up") {
                Ok(point) => answer.add(problem, point, limit),
                Err(reason) => answer.give_up(problem, *reason, limit),
            }
        }
        answer.finish(opened, self.settings.objective)
    }
}
