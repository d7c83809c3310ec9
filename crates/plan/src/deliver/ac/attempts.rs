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
const FAULT_SHARE: f64 = 1e-3;
/// What a share is off its end is rounding of the barrier up to this power, p.u.: then it is at the end.
const SNAP: f64 = 1e-8;
/// Share of what a neighbour served whose loss casts doubt on a start from it.
const DOUBT: f64 = 0.005;
/// Most iterations of a run.
const ITERATIONS: u32 = 300;
/// The same from a neighbour: where that takes longer, a start from the beginning is quicker.
const NEAR_ITERATIONS: u32 = 80;

/// What came of an island.
pub(super) enum Attempt {
    /// A valid point.
    Valid(AcPoint),
    /// None was found.
    AtFault(Fault),
}

/// What keeps an island from a valid point.
pub(super) struct Fault {
    /// Nodes (of the problem) that do not balance, with what they lack, p.u., worst first. Empty if stopped.
    pub nodes: Vec<(u32, f64)>,
    /// The point at which they lack it.
    pub point: Option<AcPoint>,
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
    /// Adds what another delivery took.
    pub(in crate::deliver) fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.iterations += other.iterations;
        self.factorisations += other.factorisations;
        self.rounds += other.rounds;
    }

    fn count(&mut self, run: &Run) {
        self.runs += 1;
        self.iterations += run.iterations;
        self.factorisations += run.factorisations;
    }
}

/// The starts, in the order in which they are tried. The voltages of the network without load solve nearly all; few loads served
/// and flat voltages most of the rest.
const STARTS: [Guess; 2] = [Guess { served: 0.9, mu: 0.1, graph: true }, Guess { served: 0.1, mu: 0.1, graph: false }];

/// One island under attempt.
pub(super) struct Island<'a> {
    pub problem: &'a AcProblem,
    pub goal: &'a Goal,
    /// Where to start first.
    pub near: Option<&'a AcPoint>,
    /// Whether it is what branches opened for want of an operating point leave: then the elastic form comes first.
    pub troubled: bool,
    pub stop: Option<&'a AtomicBool>,
}

/// Finds a valid point of an island, or what keeps it from one.
pub(super) fn attempt(island: &Island, effort: &mut AcEffort) -> Attempt {
    if !island.troubled {
        let form = Form::new(island.problem, island.goal, false);
        let mut best: Option<AcPoint> = None;
        for from in island.starts() {
            let (point, ending) = run(&form, &from, island.stop, effort);
            if ending == Ending::Stuck {
                continue;
            }
            let found = extract(&form, &point, ending == Ending::Optimal);
            let doubtful = island.doubtful(&from, &found);
            if best.as_ref().is_none_or(|b| island.worth(&found) > island.worth(b)) {
                best = Some(found);
            }
            if !doubtful {
                break;
            }
        }
        if let Some(point) = best {
            return Attempt::Valid(point);
        }
    }
    let mut fault = Fault { nodes: Vec::new(), point: None };
    if island.stop.is_some_and(|s| s.load(Ordering::Relaxed)) {
        return Attempt::AtFault(fault);
    }
    let form = Form::new(island.problem, island.goal, true);
    // Which branches are opened must not hang on a neighbour, in which some of them may be open already.
    let neighbours = island.starts().filter(|from| island.troubled || matches!(from, From::Guess(_)));
    for from in neighbours {
        let (point, ending) = run(&form, &from, island.stop, effort);
        let found = extract(&form, &point, ending == Ending::Optimal);
        if found.violation <= BALANCED / 10.0 {
            return Attempt::Valid(found);
        }
        let nodes = at_fault(&form, &point);
        let total = |f: &[(u32, f64)]| f.iter().map(|(_, r)| r).sum::<f64>();
        if fault.point.is_none() || total(&nodes) < total(&fault.nodes) {
            fault = Fault { nodes, point: Some(found) };
        }
        if island.troubled && ending != Ending::Stuck {
            break;
        }
    }
    Attempt::AtFault(fault)
}

/// Where a run starts.
enum From<'a> {
    Near(&'a AcPoint),
    Guess(&'static Guess),
}

impl<'a> Island<'a> {
    /// Worth of what a point serves.
    fn worth(&self, point: &AcPoint) -> f64 {
        self.problem.loads.iter().zip(&point.served).map(|(load, z)| load.worth * z).sum()
    }

    /// Whether another start may well do better: a neighbour's answer led to no optimum, or to much less than it served.
    fn doubtful(&self, from: &From, found: &AcPoint) -> bool {
        match from {
            From::Near(near) => !found.optimal || self.worth(found) < (1.0 - DOUBT) * self.worth(near),
            From::Guess(_) => false,
        }
    }

    fn starts(&self) -> impl Iterator<Item = From<'a>> {
        self.near.into_iter().map(From::Near).chain(STARTS.iter().map(From::Guess))
    }
}

fn run(form: &Form, from: &From, stop: Option<&AtomicBool>, effort: &mut AcEffort) -> (Point, Ending) {
    let (mut interior, mu, iterations) = match from {
        From::Near(near) => {
            let mut interior = Interior::new(form, start_near(form, near));
            interior.price(NEAR_MU);
            (interior, NEAR_MU, NEAR_ITERATIONS)
        }
        From::Guess(guess) => (Interior::new(form, start(form, guess)), guess.mu, ITERATIONS),
    };
    let run = interior.run(&Effort { mu, iterations, stop });
    effort.count(&run);
    (interior.point, run.ending)
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
    for ((k, load), z) in (at.load..).zip(&form.problem.loads).zip(&mut x[at.load..at.shunt]) {
        let size = load.p.hypot(load.q);
        for end in [form.lower[k], form.upper[k]] {
            if (*z - end).abs() * size <= SNAP {
                *z = end;
            }
        }
    }
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
