//! Priorities beside weights: one class after another, and equal shares within a class. docs/methods/deliver_choices.md, eq. 7 to 11.
//!
//! Every stage is a delivery in which the classes before keep what they have: least shares of their loads. The last one is the
//! answer, a delivery like any other. Works with both formulations.

use super::ac::AcEffort;
use super::outcome::{bounded, worth_of_demand};
use super::{Commitment, DeliverError, DeliverSettings, Objective, check, deliver_with_effort};
use relight_model::outcome::{BoundBy, Delivery};
use relight_model::{Network, Scenario, Situation};

/// How loads come one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priorities {
    /// Class of each load, in the network's order: 0 is served first.
    pub rank: Vec<u32>,
    /// Whether the loads of a class get equal shares as far as limits allow, before it gets the most beyond.
    pub equal_share: bool,
}

/// What one class got.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassReport {
    /// Its rank.
    pub rank: u32,
    /// What it asks for, MW.
    pub demand_mw: f64,
    /// What it gets, MW.
    pub served_mw: f64,
    /// With equal shares: the least share of any of its loads in an island that is not dark; `None` without, or if it has none.
    pub least_share: Option<f64>,
}

/// What priorities cost against weights.
#[derive(Clone, Debug, PartialEq)]
pub struct PriorityReport {
    /// Served by weights, MW.
    pub weighted_served_mw: f64,
    /// What priorities serve less, MW; negative where the weights left more unserved.
    pub price_mw: f64,
    /// What they serve less by worth (weight times MW).
    pub price_worth_mw: f64,
    /// Classes that have a load, in order.
    pub classes: Vec<ClassReport>,
    /// Deliveries solved.
    pub solves: u32,
    /// What the AC method took for them.
    pub effort: AcEffort,
}

/// Part of the share it has that a load of an earlier class may lose in a later stage: room for the solver.
pub const GIVEN_UP: f64 = 1e-6;
/// Difference up to which the share of equals is found.
pub const SHARE_FOUND: f64 = 1e-3;
/// What later classes weigh while an earlier one is served, so that of equal answers the better for them is taken.
const LOOKAHEAD: f64 = 1e-2;
/// Least weight of a class in a stage.
const LOOKAHEAD_LEAST: f64 = 1e-6;
/// What all loads of a class must get for it to count as served, as a part.
const SERVED: f64 = 1.0 - 1e-6;
/// Part of its class that a stage may miss of the most of it.
const MOST: f64 = 1e-5;

/// Serves one class after another.
///
/// `settings.weights` are those of the answer that prices are against, and weigh loads within a class; limits of shares, a
/// commitment and least cost do not go together with priorities.
///
/// # Errors
/// [`DeliverError`] where the arguments do not fit each other.
pub fn deliver_by_priority(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    priorities: &Priorities,
) -> Result<(Delivery, PriorityReport), DeliverError> {
    check(network, situation, settings)?;
    let rows = network.loads.len();
    if priorities.rank.len() != rows {
        return Err(DeliverError::Length { what: "ranks", given: priorities.rank.len(), rows });
    }
    let conflicts = [
        (settings.shares.is_some(), "limits of shares"),
        (settings.commitment.as_ref().is_some_and(|c| c.contains(&Commitment::On)), "a unit that must run"),
        (settings.objective == Objective::Cost, "least cost"),
    ];
    if let Some(&(_, second)) = conflicts.iter().find(|(asked, _)| *asked) {
        return Err(DeliverError::NotTogether { first: "priorities", second });
    }
    let mut stages = Stages::new(network, situation, settings, priorities)?;
    let mut classes: Vec<u32> = priorities.rank.clone();
    classes.sort_unstable();
    classes.dedup();
    for &class in &classes {
        stages.serve(class)?;
    }
    Ok(stages.finish(&classes))
}

impl Priorities {
    /// The order of classes in a scenario: protected feeders first, then as [`relight_model::Class::ALL`].
    pub fn by_class(scenario: &Scenario, equal_share: bool) -> Self {
        let rank = |f: &relight_model::Feeder| if f.protected { 0 } else { 1 + f.class.i() as u32 };
        Self { rank: scenario.feeders.iter().map(rank).collect(), equal_share }
    }
}

struct Stages<'a> {
    network: &'a Network,
    situation: Situation,
    settings: &'a DeliverSettings<'a>,
    priorities: &'a Priorities,
    weights: Vec<f64>,
    weighted: Delivery,
    /// Least share of each load so far.
    floor: Vec<f64>,
    at: Delivery,
    opened: Vec<relight_model::BranchIdx>,
    solves: u32,
    effort: AcEffort,
}

impl<'a> Stages<'a> {
    fn new(
        network: &'a Network,
        situation: &Situation,
        settings: &'a DeliverSettings<'a>,
        priorities: &'a Priorities,
    ) -> Result<Self, DeliverError> {
        let (weighted, effort) = deliver_with_effort(network, situation, settings)?;
        let mut situation = situation.clone();
        // Lines that have to be open for an operating point stay open in all stages.
        weighted.opened.iter().for_each(|b| situation.branch_out[b.i()] = true);
        Ok(Self {
            network,
            situation,
            settings,
            priorities,
            weights: settings.weights.clone().unwrap_or_else(|| vec![1.0; network.loads.len()]),
            opened: weighted.opened.clone(),
            floor: vec![0.0; network.loads.len()],
            at: weighted.clone(),
            weighted,
            solves: 1,
            effort,
        })
    }

    fn of_class(&self, class: u32) -> impl Iterator<Item = usize> + '_ {
        let loads = self.network.loads.iter().zip(&self.priorities.rank).enumerate();
        loads.filter(move |(_, (load, rank))| load.in_service && **rank == class).map(|(k, _)| k)
    }

    /// Worth of a class in a delivery, by the weights within it.
    fn worth_mw(&self, class: u32, d: &Delivery) -> f64 {
        self.of_class(class).map(|k| self.weights[k] * self.network.loads[k].p_mw.abs() * d.load_served[k]).sum()
    }

    /// A delivery with the shares so far kept. `lookahead` is what the next class weighs against `class`; 0 = nothing.
    fn solve(&mut self, class: u32, lookahead: f64, floor: &[f64]) -> Result<Delivery, DeliverError> {
        let weight = |(rank, weight): (&u32, &f64)| match rank.cmp(&class) {
            std::cmp::Ordering::Greater if lookahead == 0.0 => 0.0,
            std::cmp::Ordering::Greater => {
                let steps = (rank - class).min(9) as i32;
                weight * lookahead.powi(steps).max(LOOKAHEAD_LEAST)
            }
            std::cmp::Ordering::Equal => *weight,
            std::cmp::Ordering::Less => weight * LOOKAHEAD,
        };
        let settings = DeliverSettings {
            weights: Some(self.priorities.rank.iter().zip(&self.weights).map(weight).collect()),
            shares: Some(floor.iter().map(|f| (*f, 1.0)).collect()),
            bound: false,
            near: Some(&self.at),
            ..self.settings.clone()
        };
        self.solves += 1;
        let (solved, effort) = deliver_with_effort(self.network, &self.situation, &settings)?;
        self.effort.add(&effort);
        Ok(solved)
    }

    /// Goes on from an answer. Branches that it opened for want of an operating point stay open.
    fn take(&mut self, d: Delivery) {
        for branch in &d.opened {
            self.situation.branch_out[branch.i()] = true;
            self.opened.push(*branch);
        }
        self.at = d;
    }

    /// Gives a class the most, equally first if asked for, and keeps what it has got.
    fn serve(&mut self, class: u32) -> Result<(), DeliverError> {
        if !self.all_served(class) {
            if self.priorities.equal_share {
                self.equal(class)?;
            }
            let floor = self.floor.clone();
            let best = self.solve(class, LOOKAHEAD, &floor)?;
            if !self.valid(&best) {
                return Ok(());
            }
            self.take(best);
            if !self.all_served(class) {
                // Lookahead may have cost the class something: the most it can have decides.
                let most = self.solve(class, 0.0, &floor)?;
                let lost = self.worth_mw(class, &most) - self.worth_mw(class, &self.at);
                if self.valid(&most) && lost > MOST * self.worth_mw(class, &most) {
                    self.take(most);
                }
            }
        }
        for k in self.of_class(class).collect::<Vec<_>>() {
            self.floor[k] = self.floor[k].max((self.at.load_served[k] * (1.0 - GIVEN_UP)).clamp(0.0, 1.0));
        }
        Ok(())
    }

    /// Whether all loads of a class that have voltage are served whole.
    fn all_served(&self, class: u32) -> bool {
        let live = |&k: &usize| self.network.loads[k].p_mw != 0.0 && self.island(&self.at, k).is_some();
        self.of_class(class).filter(live).all(|k| self.at.load_served[k] >= SERVED)
    }

    /// Whether an answer keeps what was promised: no more islands without a valid point than by weights.
    fn valid(&self, d: &Delivery) -> bool {
        d.failures.len() <= self.weighted.failures.len()
    }

    /// Raises the least share of a class, per island, as far as limits allow: bisection (eq. 10), from the mean share of an
    /// answer without equal shares, which no least share can exceed if that answer is the best.
    fn equal(&mut self, class: u32) -> Result<(), DeliverError> {
        let floor = self.floor.clone();
        let most = self.solve(class, 0.0, &floor)?;
        let islands = most.islands.len();
        let loads: Vec<(usize, usize)> =
            self.of_class(class).filter_map(|k| Some((k, self.island(&most, k)?))).collect();
        let (mut asked, mut served) = (vec![0.0; islands], vec![0.0; islands]);
        for &(k, island) in &loads {
            let worth_mw = self.weights[k] * self.network.loads[k].p_mw.abs();
            asked[island] += worth_mw;
            served[island] += worth_mw * most.load_served[k];
        }
        let mean = |i: usize| if asked[i] > 0.0 { (served[i] / asked[i]).min(1.0) } else { 1.0 };
        let mut low = vec![0.0; islands];
        let mut high: Vec<f64> = (0..islands).map(mean).collect();
        for &(k, island) in &loads {
            high[island] = high[island].max(floor[k].min(1.0));
        }
        let mut first = true;
        while (0..islands).any(|i| high[i] - low[i] > SHARE_FOUND) {
            // Where no limit is in the way the mean share, less what losses differ by, is at once right.
            let part = if first { 1.0 - SHARE_FOUND / 2.0 } else { 0.5 };
            first = false;
            let tried: Vec<f64> = (0..islands).map(|i| low[i] + part * (high[i] - low[i])).collect();
            let mut with = floor.clone();
            loads.iter().for_each(|&(k, island)| with[k] = with[k].max(tried[island]));
            let d = self.solve(class, 0.0, &with)?;
            let met = |island: usize| {
                loads
                    .iter()
                    .filter(|l| l.1 == island)
                    .all(|&(k, _)| d.load_served[k] >= with[k] * (1.0 - GIVEN_UP) - 1e-9)
            };
            for (i, &t) in tried.iter().enumerate() {
                let side = if met(i) { &mut low } else { &mut high };
                side[i] = t;
            }
        }
        loads.iter().for_each(|&(k, island)| self.floor[k] = self.floor[k].max(low[island]));
        Ok(())
    }

    /// Island of a load in an answer, if it has voltage.
    fn island(&self, d: &Delivery, k: usize) -> Option<usize> {
        let bus = &d.buses[self.network.loads[k].bus.i()];
        bus.island.filter(|_| bus.energized).map(|i| i as usize)
    }

    fn finish(self, classes: &[u32]) -> (Delivery, PriorityReport) {
        let report = |&class: &u32| {
            let sum = |f: &dyn Fn(usize) -> f64| self.of_class(class).map(f).sum::<f64>();
            let live = self.of_class(class).filter(|&k| self.island(&self.at, k).is_some());
            let least = live.map(|k| self.at.load_served[k]).fold(f64::INFINITY, f64::min);
            ClassReport {
                rank: class,
                demand_mw: sum(&|k| self.network.loads[k].p_mw.max(0.0)),
                served_mw: sum(&|k| self.network.loads[k].p_mw.max(0.0) * self.at.load_served[k]),
                least_share: (self.priorities.equal_share && least.is_finite()).then_some(least),
            }
        };
        let classes = classes.iter().map(report).collect();
        let mut d = self.at.clone();
        let loads = self.network.loads.iter().zip(&self.weights).zip(&d.load_served).filter(|((l, _), _)| l.in_service);
        d.objective_mw = loads.map(|((l, w), z)| w * l.p_mw.abs() * z).sum();
        let same_lines = self.opened.len() == self.weighted.opened.len();
        if same_lines {
            bounded(&mut d, self.weighted.bound_mw, self.weighted.bound_by);
        } else {
            bounded(&mut d, worth_of_demand(self.network, &self.weights), BoundBy::Demand);
        }
        d.opened = self.opened;
        let report = PriorityReport {
            weighted_served_mw: self.weighted.served_mw,
            price_mw: self.weighted.served_mw - d.served_mw,
            price_worth_mw: self.weighted.objective_mw - d.objective_mw,
            classes,
            solves: self.solves,
            effort: self.effort,
        };
        (d, report)
    }
}
