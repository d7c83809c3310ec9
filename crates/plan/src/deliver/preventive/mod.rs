//! The preventive margin: which single outages would break a delivery, and the least extra shedding after which none does.
//!
//! Nothing is switched or redispatched between an outage and its harm, except that remaining generators make good for a lost
//! one within their headroom. In per unit, for each outage `k` (docs/methods/preventive.md derives it):
//!
//! ```text
//! (1) |f_l + D_lk f_k| ≤ R_l            branch k out, not a bridge: each branch l left keeps its short-term rating
//! (2) Σ p ≤ Σ p̄ − p̄_k                   generator k out: what remains of its island can give as much
//! (3) bridge k out: no constraint       told with what it costs; no shedding short of all of it would help
//! ```
//!
//! | file | does |
//! |---|---|
//! | `guard` | (1) to (3) at a given point: what breaks it |
//! | `rounds` | the linear programme with (2) and, round by round, the rows of (1) that are violated |
//! | `ac` | the same question for AC deliveries: the safe DC point sets limits, AC outages check |

mod ac;
mod guard;
mod rounds;

use super::outcome::Assembly;
use super::problem::{Element, Problem, problems};
use super::solve::{Physics, Point, Solved};
use super::topology::Topology;
use super::{DeliverError, DeliverSettings, Objective, check, solve_dc};
use guard::Guard;
use relight_model::outcome::{Delivery, Formulation};
use relight_model::safety::Outage;
pub use relight_model::safety::{Breach, Harm};
use relight_model::{BranchIdx, Network, Situation};
use rounds::{Effort, Secured};
use std::sync::atomic::{AtomicBool, Ordering};

/// Which single outages a delivery is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Against {
    /// Every line and transformer in service that is no bridge.
    pub branches: bool,
    /// Every generator in service that is not the only source of its island.
    pub generators: bool,
}

impl Default for Against {
    /// All of them.
    fn default() -> Self {
        Self { branches: true, generators: true }
    }
}

/// A delivery that no single outage breaks, but those listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Secure {
    /// The delivery.
    pub delivery: Delivery,
    /// The delivery without regard to outages, which it is compared with.
    pub plain: Delivery,
    /// What safety costs: served power that the plain delivery has more, MW. Where weights differ it can be negative.
    pub extra_shed_mw: f64,
    /// The same in worth: what is least.
    pub extra_shed_worth_mw: f64,
    /// Linear programmes solved beyond the plain delivery's.
    pub rounds: u32,
    /// Rows of (1) and (2) in the last of them, all islands.
    pub constraints: u32,
    /// What would break the plain delivery.
    pub breaking_before: Vec<Breach>,
    /// What still breaks this one: bridges and single sources, what holds not even with nothing fed in, what AC finds beyond
    /// DC, or anything where a stop came before the end.
    pub unsafe_left: Vec<Breach>,
}

/// The most weighted load that can be served so that no single outage breaks the delivery.
///
/// DC: `delivery.bound_mw` is proven for the problem with (1) and (2), so that the shedding is the least within the gap
/// stated. AC: the safe DC point limits shares and generators (`ac`), which is no proof of being least.
///
/// # Errors
/// [`DeliverError`] as [`super::deliver`]; and where least cost, limits of shares or a commitment are asked for besides.
pub fn secure(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    against: Against,
) -> Result<Secure, DeliverError> {
    check(network, situation, settings)?;
    let others = [
        (settings.objective == Objective::Cost, "least cost"),
        (settings.shares.is_some(), "limits of shares"),
        (settings.commitment.is_some(), "a commitment of generators"),
    ];
    if let Some(&(_, second)) = others.iter().find(|(asked, _)| *asked) {
        return Err(DeliverError::NotTogether { first: "safety against single outages", second });
    }
    let weights = settings.weights_of(network);
    Ok(match settings.formulation {
        Formulation::Dc => {
            let asked =
                Asked { network, situation, weights: &weights, hvdc: settings.hvdc, stop: settings.stop, against };
            secure_dc(&asked, &short_term_mva(network))
        }
        Formulation::Ac => ac::secure(network, situation, settings, &weights, against),
    })
}

/// Which single outages would break a delivery of `network` in `situation`, by the physics it was made with; branches first,
/// each kind in the order of its table.
///
/// # Errors
/// [`DeliverError::Length`] where the three are not of one network.
pub fn breaking(
    network: &Network,
    situation: &Situation,
    delivery: &Delivery,
    against: Against,
) -> Result<Vec<Breach>, DeliverError> {
    check(network, situation, &DeliverSettings { near: Some(delivery), ..DeliverSettings::default() })?;
    let rate_mva = short_term_mva(network);
    Ok(match delivery.formulation {
        Formulation::Dc => breaking_powers(network, situation, delivery, against, &rate_mva, true),
        Formulation::Ac => ac::breaking(network, situation, delivery, against, &rate_mva),
    })
}

/// Per branch: what it may carry after an outage, MVA; infinite without a rating. A short-term rating below the lasting one
/// is none: what holds for hours holds for minutes.
fn short_term_mva(network: &Network) -> Vec<f64> {
    let of = |b: &relight_model::Branch| {
        b.rate_a_mva.map_or(f64::INFINITY, |a| b.rate_b_mva.map_or(a, |short| short.max(a)))
    };
    network.branches.iter().map(of).collect()
}

/// What is asked of the DC engine.
#[derive(Clone, Copy)]
struct Asked<'a> {
    network: &'a Network,
    situation: &'a Situation,
    weights: &'a [f64],
    hvdc: bool,
    stop: Option<&'a AtomicBool>,
    against: Against,
}

impl Asked<'_> {
    fn stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

fn secure_dc(asked: &Asked, rate_mva: &[f64]) -> Secure {
    let Asked { network, situation, weights, .. } = *asked;
    let topology = Topology::new(network, situation);
    let settings = DeliverSettings { hvdc: asked.hvdc, ..DeliverSettings::default() };
    let (mut plain, mut safe) =
        (Assembly::new(network, &topology, weights), Assembly::new(network, &topology, weights));
    let (mut before, mut left, mut effort) = (Vec::new(), Vec::new(), Effort::default());
    for (problem, solved) in solve_dc(network, &topology, weights, &settings) {
        plain.add(&problem, &solved);
        let Solved::Valid(point, bound) = solved else {
            safe.add(&problem, &solved);
            continue;
        };
        let Ok(mut guard) = Guard::new(network, &problem, asked.against, rate_mva) else {
            // The angles were determined for the plain delivery; they are not for its reduced network.
            before.extend(problem.lines.iter().map(|l| no_flow(l.branch)));
            left.extend(problem.lines.iter().map(|l| no_flow(l.branch)));
            safe.add(&problem, &Solved::Valid(point, bound));
            continue;
        };
        before.extend(guard.breaches(&point));
        let Secured { point, bound } = rounds::secure(&mut guard, point, bound, asked, &mut effort);
        left.extend(guard.breaches(&point));
        safe.add(&problem, &Solved::Valid(point, bound));
    }
    let (plain, delivery) = (plain.finish(situation), safe.finish(situation));
    told(plain, delivery, effort, before, left)
}

fn no_flow(branch: u32) -> Breach {
    Breach { outage: Outage::Branch(BranchIdx(branch)), harm: Harm::NoFlow }
}

fn told(plain: Delivery, delivery: Delivery, effort: Effort, before: Vec<Breach>, left: Vec<Breach>) -> Secure {
    Secure {
        extra_shed_mw: plain.served_mw - delivery.served_mw,
        extra_shed_worth_mw: plain.objective_mw - delivery.objective_mw,
        rounds: effort.rounds,
        constraints: effort.constraints,
        breaking_before: in_order(before),
        unsafe_left: in_order(left),
        delivery,
        plain,
    }
}

fn in_order(mut breaches: Vec<Breach>) -> Vec<Breach> {
    breaches.sort_by_key(|b| b.outage);
    breaches
}

/// What breaks a delivery as far as its active powers tell: flows (where asked, by DC), what bridges split off, headroom.
fn breaking_powers(
    network: &Network,
    situation: &Situation,
    delivery: &Delivery,
    against: Against,
    rate_mva: &[f64],
    flows: bool,
) -> Vec<Breach> {
    let situation = &left_of(situation, delivery);
    let topology = Topology::new(network, situation);
    let weights = vec![1.0; network.loads.len()];
    let hvdc = delivery.hvdc_p_from_mw.iter().any(Option::is_some);
    let settings = DeliverSettings { hvdc, ..DeliverSettings::default() };
    let mut breaches = Vec::new();
    for problem in problems(network, &topology, &weights, &settings) {
        let off = problem.links.iter().any(|l| delivery.hvdc_p_from_mw[l.hvdc_line as usize].is_none());
        for problem in if off { problem.without_links() } else { vec![problem] } {
            let failed =
                |b: usize| topology.island_of_bus(b.into()).is_some_and(|i| problem.islands.contains(&(i as u32)));
            if !(0..network.buses.len()).any(|b| failed(b) && delivery.buses[b].energized) {
                continue;
            }
            let (items, links) = powers(network, &problem, delivery);
            let guard = Guard::new(network, &problem, against, rate_mva);
            match (guard, Physics::new(&problem).and_then(|mut p| p.point(items, links))) {
                (Ok(mut guard), Ok(point)) if flows => breaches.extend(guard.breaches(&point)),
                (Ok(guard), Ok(point)) => breaches.extend(guard.losses(&point)),
                _ => breaches.extend(problem.lines.iter().map(|l| no_flow(l.branch))),
            }
        }
    }
    in_order(breaches)
}

/// The situation with what the delivery opened or left dark.
fn left_of(situation: &Situation, delivery: &Delivery) -> Situation {
    let mut left = situation.clone();
    delivery.opened.iter().for_each(|b| left.branch_out[b.i()] = true);
    delivery.darkened.iter().for_each(|b| left.bus_out[b.i()] = true);
    left
}

/// Injections of a problem's items and HVDC lines in a delivery, p.u.
fn powers(network: &Network, problem: &Problem, delivery: &Delivery) -> (Vec<f64>, Vec<f64>) {
    let base = network.base_mva;
    let of_item = |element: Element| match element {
        Element::Load(k) => -network.loads[k as usize].p_mw * delivery.load_served[k as usize] / base,
        Element::Shunt(k) => -network.shunts[k as usize].g_mw * delivery.shunt_served[k as usize] / base,
        Element::Generator(k) => delivery.generators[k as usize].p_mw / base,
        Element::Charge(k) | Element::Discharge(k) => delivery.storage_p_mw[k as usize] / base,
    };
    let link = |l: &super::problem::Link| delivery.hvdc_p_from_mw[l.hvdc_line as usize].unwrap_or(0.0) / base;
    (problem.items.iter().map(|i| of_item(i.element)).collect(), problem.links.iter().map(link).collect())
}

/// A point as the guard reads it.
fn flows(problem: &Problem, point: &Point) -> Vec<f64> {
    problem.lines.iter().map(|l| l.flow(&point.theta)).collect()
}
