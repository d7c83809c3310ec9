//! Choices that are whole: a feeder is on or off, a unit with a minimum is off or runs above it, a line that may be opened is
//! open or closed. docs/methods/deliver_choices.md states the rules and equations.
//!
//! | file | does |
//! |---|---|
//! | `desk` | what is decided so far, and one delivery under it |
//! | `units` | which units run, which lines are opened (eq. 2, 3) |
//! | `feeders` | which feeders are on (eq. 4 to 7) |
//!
//! The answer is a delivery like any other: its last step is a solve in which every share is fixed, so that nothing of it rests
//! on rounding. The way there is deterministic and counted in solves, not in time.

mod desk;
mod feeders;
mod units;

use super::ac::AcEffort;
use super::outcome::GAP_OPTIMAL;
use super::{DeliverError, DeliverSettings, Objective, check};
use desk::Desk;
use relight_model::outcome::{BoundBy, Delivery, DeliveryStatus};
use relight_model::{BranchIdx, GeneratorIdx, Network, Situation};

/// What may be chosen beside feeders and units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscreteChoices {
    /// Branches that may be opened where that serves more, tried in this order.
    pub openable: Vec<BranchIdx>,
    /// Most deliveries that may be solved. The search for better choices ends there; a valid answer takes up to six.
    pub solves: u32,
}

impl Default for DiscreteChoices {
    /// No line is opened; 24 solves.
    fn default() -> Self {
        Self { openable: Vec::new(), solves: 24 }
    }
}

/// What whole choices cost against shares of feeders and units without a minimum. Both deliveries are AC where AC is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct DiscreteReport {
    /// Served with shares, MW.
    pub continuous_served_mw: f64,
    /// Worth of what is served with shares, weight times MW.
    pub continuous_objective_mw: f64,
    /// What is served less, MW; negative where more MW of less worth are served.
    pub loss_mw: f64,
    /// The same in percent of what is served with shares.
    pub loss_percent: f64,
    /// Loss of worth, percent of the worth with shares.
    pub loss_worth_percent: f64,
    /// Units with a minimum that are off and would give something if they could run below it.
    pub units_off: Vec<GeneratorIdx>,
    /// Branches of [`DiscreteChoices::openable`] that are opened.
    pub opened: Vec<BranchIdx>,
    /// Deliveries solved.
    pub solves: u32,
    /// What the AC method took for them.
    pub effort: AcEffort,
}

/// The most weighted load with every feeder (load of the network) on or off and every unit off or at its minimum at least.
///
/// `settings` are those of [`super::deliver`]; its `near` may be the answer of a neighbouring situation, whole or not.
///
/// # Errors
/// [`DeliverError`] where the arguments do not fit each other; limits of shares, a commitment and least cost do not go together
/// with whole choices.
pub fn deliver_discrete(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    choices: &DiscreteChoices,
) -> Result<(Delivery, DiscreteReport), DeliverError> {
    check(network, situation, settings)?;
    let conflicts = [
        (settings.shares.is_some(), "limits of shares"),
        (settings.commitment.is_some(), "a given commitment"),
        (settings.objective == Objective::Cost, "least cost"),
    ];
    if let Some(&(_, second)) = conflicts.iter().find(|(asked, _)| *asked) {
        return Err(DeliverError::NotTogether { first: "whole feeders", second });
    }
    let rows = network.branches.len();
    if let Some(branch) = choices.openable.iter().find(|b| b.i() >= rows) {
        return Err(DeliverError::Length { what: "branches that may be opened", given: branch.i() + 1, rows });
    }
    let mut desk = Desk::new(network, situation, settings, choices.solves);
    let continuous = desk.continuous()?;
    let opened = units::open_what_helps(&mut desk, &choices.openable, &continuous)?;
    let committed = units::commit(&mut desk, opened.1)?;
    let whole = feeders::whole(&mut desk, committed)?;
    let delivery = stated(&desk, whole, &continuous, opened.0.is_empty());
    let report = report(&desk, &continuous, &delivery, opened.0);
    Ok((delivery, report))
}

/// The answer with its sums by the weights as given, and with the bound of the continuous problem, which it cannot beat while it
/// has the same lines to work with.
fn stated(desk: &Desk, mut d: Delivery, continuous: &Delivery, same_lines: bool) -> Delivery {
    let network = desk.network;
    (d.served_mw, d.objective_mw) = (0.0, 0.0);
    let mut demand_worth_mw = 0.0;
    for (k, load) in network.loads.iter().enumerate().filter(|(_, l)| l.in_service) {
        // DC answers are whole to rounding.
        d.load_served[k] = d.load_served[k].round();
        d.served_mw += load.p_mw.max(0.0) * d.load_served[k];
        d.objective_mw += desk.weights[k] * load.p_mw.abs() * d.load_served[k];
        demand_worth_mw += desk.weights[k] * load.p_mw.abs();
    }
    let mut opened = desk.opened.clone();
    opened.append(&mut d.opened);
    d.opened = opened;
    (d.bound_mw, d.bound_by) = if same_lines && d.opened.len() == continuous.opened.len() {
        (continuous.bound_mw, continuous.bound_by)
    } else {
        (demand_worth_mw, BoundBy::Demand)
    };
    d.bound_mw = d.bound_mw.max(d.objective_mw);
    d.gap = (d.bound_mw - d.objective_mw) / d.bound_mw.abs().max(1.0);
    if d.status != DeliveryStatus::Failed {
        let optimal = d.failures.is_empty() && d.gap <= GAP_OPTIMAL;
        d.status = if optimal { DeliveryStatus::Optimal } else { DeliveryStatus::Feasible };
    }
    d
}

fn report(desk: &Desk, continuous: &Delivery, d: &Delivery, opened: Vec<BranchIdx>) -> DiscreteReport {
    let percent = |loss: f64, of: f64| if of > 0.0 { 100.0 * loss / of } else { 0.0 };
    let loss_mw = continuous.served_mw - d.served_mw;
    DiscreteReport {
        continuous_served_mw: continuous.served_mw,
        continuous_objective_mw: continuous.objective_mw,
        loss_mw,
        loss_percent: percent(loss_mw, continuous.served_mw),
        loss_worth_percent: percent(continuous.objective_mw - d.objective_mw, continuous.objective_mw),
        units_off: desk.units_off(continuous),
        opened,
        solves: desk.solves,
        effort: desk.effort,
    }
}
