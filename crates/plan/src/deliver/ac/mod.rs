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
//! | `answer` | back to the network's order and units |

mod answer;
mod form;
mod interior;
mod kkt;
mod point;
pub(super) mod problem;
mod start;

use super::DeliverSettings;
use super::topology::Topology;
use answer::{AcPoint, Answer, Dark};
use form::{Form, Goal};
use interior::{Effort, Ending, Interior};
use problem::{AcProblem, ac_problems};
use relight_model::outcome::{Delivery, FailureReason};
use relight_model::{Network, Situation};
use start::{Guess, start};

/// The most weighted load that the network can carry, by AC physics.
pub(super) fn deliver(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    weights: &[f64],
) -> Delivery {
    let topology = Topology::new(network, situation);
    let mut answer = Answer::new(network, &topology, weights);
    for problem in ac_problems(network, &topology, weights, settings.hvdc) {
        let bound: f64 = problem.loads.iter().map(|l| l.worth).sum();
        match solve(&problem) {
            Ok(point) => answer.add(&problem, &point, bound),
            Err(dark) => answer.give_up(&problem, dark, bound),
        }
    }
    answer.finish()
}

fn solve(problem: &AcProblem) -> Result<AcPoint, Dark> {
    let form = Form::new(problem, &Goal::Serve, false);
    let guess = Guess { served: 0.9, mu: 0.1, graph: true };
    let mut interior = Interior::new(&form, start(&form, &guess));
    let run = interior.run(&Effort { mu: guess.mu, iterations: 300, stop: None });
    if std::env::var_os("RELIGHT_RUNS").is_some() {
        eprintln!("nodes {} lines {} {:?}", problem.nodes.len(), problem.lines.len(), run);
    }
    if run.ending == Ending::Stuck {
        return Err(Dark { reason: FailureReason::NotSolved });
    }
    Ok(extract(&form, &interior.point, run.violation, run.ending == Ending::Optimal))
}

/// A point in the problem's own numbering.
fn extract(form: &Form, point: &point::Point, violation: f64, optimal: bool) -> AcPoint {
    let at = form.places;
    let by_node = |v: &[f64]| form.position.iter().map(|&i| v[i as usize]).collect();
    AcPoint {
        va: by_node(&point.va),
        vm: by_node(&point.x[..form.nodes()]),
        p: point.x[at.p..at.q].to_vec(),
        q: point.x[at.q..at.load].to_vec(),
        served: point.x[at.load..at.shunt].to_vec(),
        shunt: point.x[at.shunt..at.link].to_vec(),
        link: point.x[at.link..at.relief].to_vec(),
        violation,
        optimal,
    }
}
