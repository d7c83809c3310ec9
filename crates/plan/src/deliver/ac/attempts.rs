//! The order of attempts on one island: starts that differ, then the elastic form, which says where it cannot balance.

use super::answer::AcPoint;
use super::form::{Form, Goal};
use super::interior::{Effort, Ending, Interior, Run};
use super::point::{Point, Values};
use super::problem::AcProblem;
use super::start::{Guess, NEAR_MU, start, start_near};
use std::sync::atomic::{AtomicBool, Ordering};

/// Relief of all balances together up to which an island counts as balanced, p.u.
const BALANCED: f64 = 1e-6;
/// A bus is at fault whose relief is at least this share of the largest.
const FAULT_SHARE: f64 = 0.1;
/// Most iterations of a run.
const ITERATIONS: u32 = 300;

/// What came of an island.
pub(super) enum Attempt {
    /// A valid point.
    Valid(Box<AcPoint>),
    /// None was found; the nodes (of the problem) at fault with what they lack, p.u., worst first. Empty if stopped.
    AtFault(Vec<(u32, f64)>),
}

/// What an AC delivery took, over all islands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AcEffort {
    /// Runs of the interior point method.
    pub runs: u32,
    /// Its iterations.
    pub iterations: u32,
    /// Its factorisations.
    pub factorisations: u32,
    /// Rounds in which branches were opened.
    pub rounds: u32,
}

impl AcEffort {
    fn count(&mut self, run: &Run) {
        self.runs += 1;
        self.iterations += run.iterations;
        self.factorisations += run.factorisations;
    }
}

/// The starts, in the order in which they are tried. The voltages of the network without load solve nearly all; few loads served
/// and flat voltages most of the rest.
const STARTS: [Guess; 2] = [Guess { served: 0.9, mu: 0.1, graph: true }, Guess { served: 0.1, mu: 0.1, graph: false }];

/// Finds a valid point of an island, or what keeps it from one.
pub(super) fn attempt(
    problem: &AcProblem,
    goal: &Goal,
    near: Option<&AcPoint>,
    stop: Option<&AtomicBool>,
    effort: &mut AcEffort,
) -> Attempt {
    let form = Form::new(problem, goal, false);
    if let Some(near) = near {
        let mut interior = Interior::new(&form, start_near(&form, near));
        let run = interior.run(&Effort { mu: NEAR_MU, iterations: ITERATIONS, stop });
        effort.count(&run);
        if run.ending != Ending::Stuck {
            return Attempt::Valid(Box::new(extract(&form, &interior.point, run.ending == Ending::Optimal)));
        }
    }
    for guess in &STARTS {
        let mut interior = Interior::new(&form, start(&form, guess));
        let run = interior.run(&Effort { mu: guess.mu, iterations: ITERATIONS, stop });
        effort.count(&run);
        if run.ending != Ending::Stuck {
            return Attempt::Valid(Box::new(extract(&form, &interior.point, run.ending == Ending::Optimal)));
        }
    }
    if stop.is_some_and(|s| s.load(Ordering::Relaxed)) {
        return Attempt::AtFault(Vec::new());
    }
    let form = Form::new(problem, goal, true);
    let mut fault = Vec::new();
    for guess in &STARTS {
        let mut interior = Interior::new(&form, start(&form, guess));
        let run = interior.run(&Effort { mu: guess.mu, iterations: ITERATIONS, stop });
        effort.count(&run);
        let point = extract(&form, &interior.point, run.ending == Ending::Optimal);
        if point.violation <= BALANCED / 10.0 {
            return Attempt::Valid(Box::new(point));
        }
        let found = at_fault(&form, &interior.point);
        let total = |f: &[(u32, f64)]| f.iter().map(|(_, r)| r).sum::<f64>();
        if fault.is_empty() || total(&found) < total(&fault) {
            fault = found;
        }
    }
    Attempt::AtFault(fault)
}

/// Nodes whose balance needs relief.
fn at_fault(form: &Form, point: &Point) -> Vec<(u32, f64)> {
    let mut values = Values::new(form);
    values.evaluate(form, &point.va, &point.x);
    let relief = |&i: &u32| {
        let r = &point.x[form.places.relief + 4 * i as usize..][..4];
        let lacks = values.balance[i as usize];
        (r[1] - r[0]).abs() + (r[3] - r[2]).abs() + lacks[0].abs() + lacks[1].abs()
    };
    let mut fault: Vec<(u32, f64)> =
        (0u32..).zip(form.position.iter().map(relief)).filter(|(_, r)| *r > BALANCED / 10.0).collect();
    fault.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let least = FAULT_SHARE * fault.first().map_or(0.0, |f| f.1);
    fault.retain(|f| f.1 >= least);
    fault
}

/// A point in the problem's own numbering, its violation evaluated anew and without relief.
fn extract(form: &Form, point: &Point, optimal: bool) -> AcPoint {
    let at = form.places;
    let by_node = |v: &[f64]| form.position.iter().map(|&i| v[i as usize]).collect();
    let mut x = point.x.clone();
    x[at.relief..].fill(0.0);
    let mut values = Values::new(form);
    values.evaluate(form, &point.va, &x);
    let off = values.balance.iter().flatten().fold(0.0f64, |m, g| m.max(g.abs()));
    AcPoint {
        va: by_node(&point.va),
        vm: by_node(&x[..form.nodes()]),
        p: x[at.p..at.q].to_vec(),
        q: x[at.q..at.load].to_vec(),
        served: x[at.load..at.shunt].to_vec(),
        shunt: x[at.shunt..at.link].to_vec(),
        link: x[at.link..at.relief].to_vec(),
        violation: values.beyond.iter().fold(off, |m, &h| m.max(h)),
        optimal,
    }
}
