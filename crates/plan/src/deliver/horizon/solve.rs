//! From the problems of all steps to valid points and a proven bound: the order of attempts.

use super::programme::{Active, Solution, Together};
use super::units::{GeneratorUnit, StorageUnit, add_storages};
use crate::deliver::angles::Undetermined;
use crate::deliver::bound;
use crate::deliver::copper::Share;
use crate::deliver::dc::{Answer, largest_worth};
use crate::deliver::problem::{Element, Problem};
use crate::deliver::reduce::{Reduced, islands, reduce};
use crate::deliver::solve::{self, Physics, Point, Solved};
use std::sync::atomic::{AtomicBool, Ordering};

/// A group of islands over the horizon.
pub(super) struct Group<'a> {
    /// Per distinct demand, without storage.
    pub problems: Vec<Problem>,
    pub demand_of_step: &'a [u32],
    pub storages: Vec<StorageUnit>,
    pub generators: Vec<GeneratorUnit>,
    pub step_h: f64,
    pub base_mva: f64,
}

/// What came of a group.
pub(super) struct Outcome {
    /// Per step if `by_step`, per distinct demand if each step was solved on its own.
    pub solved: Vec<Solved>,
    pub by_step: bool,
    /// Proven upper bound of the worth of all steps, p.u.
    pub bound: f64,
}

/// Programmes solved at the most; usual are 1 to 6.
const ROUNDS_MAX: u32 = 20;
/// After so many programmes all limits of all generators are in.
const ROUNDS_PATIENT: u32 = 12;
/// A limit of a generator that is not in the programme may be missed by this much, p.u.: far less than verify allows.
const MISSED_PU: f64 = 1e-9;
/// Energy by which a unit may have charged and given at once to its own harm before directions are fixed, as a share of its size.
const OVERFULL_SHARE: f64 = 1e-6;
/// Quadratic cost of giving power unevenly, in units of the largest worth.
const EVEN: f64 = 1e-7;
/// Share of the worth of all demand that use of storage costs at the most, so that ties go to less use.
const WEAR_SHARE: f64 = 1e-7;

/// Solves a group; `None` if it was stopped.
///
/// First each step on its own, storage at rest: where that keeps every ramp and energy and serves all, nothing can be better.
/// Otherwise one programme over all steps. It begins small, as if no line had a limit and generators were free of ramps and
/// energies; what its answer breaks is added, and it is solved again. The answer is made exact as in a single step.
pub(super) fn solve(group: &mut Group, stop: Option<&AtomicBool>) -> Option<Outcome> {
    if group.storages.is_empty() && group.generators.is_empty() {
        let solved: Vec<Solved> = group.problems.iter().map(|p| solve::solve(p, group.base_mva)).collect();
        let bound = group.bound_alone(&solved);
        return Some(Outcome { solved, by_step: false, bound });
    }
    let stopped = || stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
    let mut active = vec![Active::default(); group.generators.len()];
    if let Some(alone) = group.alone() {
        let trajectories = group.trajectories(|t| point(&alone[group.demand_of_step[t] as usize]));
        active = group.broken(&trajectories);
        if !active.iter().any(Active::any) {
            return Some(Outcome { bound: group.bound_alone(&alone), solved: alone, by_step: false });
        }
    }
    group.problems.iter_mut().for_each(|p| add_storages(p, &group.storages));
    let asked: f64 = group.demand_of_step.iter().map(|&d| asked(&group.problems[d as usize])).sum();
    let mut search = Search { full: vec![false; group.problems.len()], active, directions: None, bound: asked };
    let physics: Result<Vec<Physics>, Undetermined> = group.problems.iter().map(Physics::new).collect();
    if let Ok(mut physics) = physics {
        for round in 0..ROUNDS_MAX {
            if stopped() {
                return None;
            }
            if round == ROUNDS_PATIENT {
                search.full.fill(true);
                search
                    .active
                    .iter_mut()
                    .zip(&group.generators)
                    .for_each(|(a, unit)| *a = unit.all(group.demand_of_step.len()));
            }
            match search.round(group, &mut physics, asked) {
                Round::Again => {}
                Round::Done(solved) => return Some(Outcome { solved, by_step: true, bound: search.bound }),
                Round::Failed => break,
            }
        }
    }
    Some(Outcome { solved: group.held_back(), by_step: false, bound: search.bound })
}

fn point(solved: &Solved) -> Option<&Point> {
    match solved {
        Solved::Valid(point, _) => Some(point),
        Solved::Failed(_) => None,
    }
}

/// What all items are worth at their better limits.
fn asked(problem: &Problem) -> f64 {
    problem.items.iter().map(|i| (i.value * i.low).max(i.value * i.high)).sum()
}

impl Group<'_> {
    fn problem(&self, step: usize) -> &Problem {
        &self.problems[self.demand_of_step[step] as usize]
    }

    /// Sum of the bounds of all steps, each solved on its own.
    fn bound_alone(&self, solved: &[Solved]) -> f64 {
        let bound = |&demand: &u32| match &solved[demand as usize] {
            Solved::Valid(_, bound) => *bound,
            Solved::Failed(_) => asked(&self.problems[demand as usize]),
        };
        self.demand_of_step.iter().map(bound).sum()
    }

    /// Each demand on its own, storage at rest; `None` where storage may make it better, or a demand has no valid point.
    fn alone(&self) -> Option<Vec<Solved>> {
        let mut all = Vec::with_capacity(self.problems.len());
        for problem in &self.problems {
            let solved = solve::solve(problem, self.base_mva);
            let found = point(&solved)?;
            let worth: f64 = problem.items.iter().zip(&found.items).map(|(i, x)| i.value * x).sum();
            if !self.storages.is_empty() && worth < asked(problem) * (1.0 - 1e-9) {
                return None;
            }
            all.push(solved);
        }
        Some(all)
    }

    /// Per generator unit: what it gives in each step, 0 where there is no point.
    fn trajectories<'p>(&self, point: impl Fn(usize) -> Option<&'p Point>) -> Vec<Vec<f64>> {
        let gives = |unit: &GeneratorUnit, t: usize| {
            let at = self.problem(t).items.iter().position(|i| i.element == Element::Generator(unit.generator));
            at.zip(point(t)).map_or(0.0, |(k, point)| point.items[k])
        };
        let over_steps = |unit| (0..self.demand_of_step.len()).map(|t| gives(unit, t)).collect();
        self.generators.iter().map(over_steps).collect()
    }

    /// Per generator unit: the limits that its trajectory breaks.
    fn broken(&self, trajectories: &[Vec<f64>]) -> Vec<Active> {
        let pairs = self.generators.iter().zip(trajectories);
        pairs.map(|(unit, p)| unit.broken_by(p, self.step_h, MISSED_PU)).collect()
    }

    /// Each demand on its own within limits that keep every ramp and energy whatever happens in other steps; storage at rest.
    /// Always possible, seldom good: for what the programme cannot do.
    fn held_back(&self) -> Vec<Solved> {
        let horizon_h = self.step_h * self.demand_of_step.len() as f64;
        let within = |problem: &Problem| {
            let mut problem = problem.clone();
            problem.items.retain(|i| !matches!(i.element, Element::Charge(_) | Element::Discharge(_)));
            for unit in &self.generators {
                for item in problem.items.iter_mut().filter(|i| i.element == Element::Generator(unit.generator)) {
                    item.low = 0.0;
                    item.high = item.high.min(unit.ramp.unwrap_or(f64::INFINITY));
                    item.high = item.high.min(unit.energy.map_or(f64::INFINITY, |e| e / horizon_h));
                }
            }
            solve::solve(&problem, self.base_mva)
        };
        self.problems.iter().map(within).collect()
    }
}

/// What the programme knows of so far.
struct Search {
    /// Per demand: whether its lines have limits.
    full: Vec<bool>,
    /// Per generator unit: which of its limits are in.
    active: Vec<Active>,
    /// Per storage unit and step: whether it may only give, or only take.
    directions: Option<Vec<Vec<bool>>>,
    /// Best bound so far.
    bound: f64,
}

enum Round {
    /// Something was missing and is in now.
    Again,
    /// A valid point for each step.
    Done(Vec<Solved>),
    /// The programme has no answer that can be made valid.
    Failed,
}

impl Search {
    fn round(&mut self, group: &Group, physics: &mut [Physics], asked: f64) -> Round {
        let problems = self.marked(group);
        let reduced: Vec<Reduced> =
            problems.iter().zip(&self.full).map(|(p, full)| if *full { reduce(p) } else { islands(p) }).collect();
        let worth = largest_worth(reduced.iter().flat_map(|r| &r.columns));
        let use_of_storage: f64 =
            problems[0].items.iter().filter(|i| storage_of(i.element).is_some()).map(|i| i.high - i.low).sum();
        let together = Together {
            problems: &problems,
            reduced: &reduced,
            demand_of_step: group.demand_of_step,
            storages: &group.storages,
            generators: group.generators.iter().zip(&self.active).filter(|(_, active)| active.any()).collect(),
            even: EVEN,
            step_h: group.step_h,
            worth,
            wear: WEAR_SHARE * asked
                / (worth * group.demand_of_step.len() as f64 * use_of_storage.max(f64::MIN_POSITIVE)),
            directions: self.directions.as_deref(),
        };
        let Some(mut solution) = together.solve() else { return Round::Failed };
        if self.directions.is_none() {
            self.bound = self.bound.min(together.bound(&solution));
        }
        let (netted, broken) = group.make_possible(&problems, &reduced, &mut solution.answers);
        let Some(mut points) = self.points(group, &problems, &reduced, physics, &solution) else {
            return Round::Failed;
        };
        if self.add_what_is_broken(group, physics, &points, broken) {
            return Round::Again;
        }
        if let (Some(directions), None) = (netted, &self.directions) {
            self.directions = Some(directions);
            return Round::Again;
        }
        if !pull_in(group.demand_of_step, physics, &mut points) {
            return Round::Failed;
        }
        let solved = points.into_iter().enumerate().map(|(t, point)| {
            let demand = group.demand_of_step[t] as usize;
            let bound = step_bound(&problems[demand], &reduced[demand], &solution.answers[t], &point);
            Solved::Valid(point, bound)
        });
        Round::Done(solved.collect())
    }

    /// The problems with the items marked whose injection other steps depend on.
    fn marked(&self, group: &Group) -> Vec<Problem> {
        let mut problems = group.problems.clone();
        let held = |k: u32| group.generators.iter().zip(&self.active).any(|(g, a)| a.any() && g.generator == k);
        for item in problems.iter_mut().flat_map(|p| &mut p.items) {
            if let Element::Generator(k) = item.element {
                item.held = held(k);
            }
        }
        problems
    }

    /// A balanced point for each step.
    fn points(
        &self,
        group: &Group,
        problems: &[Problem],
        reduced: &[Reduced],
        physics: &mut [Physics],
        solution: &Solution,
    ) -> Option<Vec<Point>> {
        let point = |(&demand, answer): (&u32, &Answer)| {
            let demand = demand as usize;
            let (items, links) = solve::exact(&problems[demand], &reduced[demand], answer);
            physics[demand].point(items, links).ok()
        };
        group.demand_of_step.iter().zip(&solution.answers).map(point).collect()
    }

    /// Adds line limits and generator limits that the points break, and those that held generators wished to break; says whether
    /// there were any.
    fn add_what_is_broken(
        &mut self,
        group: &Group,
        physics: &[Physics],
        points: &[Point],
        wished: Vec<Active>,
    ) -> bool {
        let mut found = false;
        for (&demand, point) in group.demand_of_step.iter().zip(points) {
            let demand = demand as usize;
            let way = physics[demand].way_to_rest(&point.theta, solve::VIOLATION_NEGLIGIBLE_PU);
            if !self.full[demand] && (way > solve::LOSS_SMALL || point.violation > solve::VIOLATION_MAX_PU) {
                self.full[demand] = true;
                found = true;
            }
        }
        let full = self.full.iter().filter(|full| **full).count();
        if !group.generators.is_empty() && 2 * full > self.full.len() {
            // Between a step with line limits and one without, generators jump for no reason but that.
            self.full.fill(true);
        }
        if found {
            // What generators do without those limits says little of what they will do with them.
            return true;
        }
        let broken = group.broken(&group.trajectories(|t| Some(&points[t])));
        let units = group.generators.iter().zip(&mut self.active);
        for (((unit, active), broken), wished) in units.zip(&broken).zip(&wished) {
            let known = active.any();
            let new = active.add(broken) | active.add(wished);
            if known && new {
                // Pair by pair a steep change only moves along: who breaks limits again gets all of them.
                *active = unit.all(group.demand_of_step.len());
            }
            found |= new;
        }
        found
    }
}

fn storage_of(element: Element) -> Option<u32> {
    match element {
        Element::Charge(k) | Element::Discharge(k) => Some(k),
        Element::Load(_) | Element::Shunt(_) | Element::Generator(_) => None,
    }
}

/// Position of the column of a held element.
fn column_of(problem: &Problem, reduced: &Reduced, element: Element) -> Option<usize> {
    reduced.columns.iter().position(|c| c.held && problem.items[c.items[0] as usize].element == element)
}

impl Group<'_> {
    /// Sets the injections of held columns to trajectories that keep energies and ramps exactly, storage either giving or
    /// taking. Where a unit had charged and given at once, so that either alone would overfill it: the directions it leans to.
    /// And the limits that held generators would have broken.
    fn make_possible(
        &self,
        problems: &[Problem],
        reduced: &[Reduced],
        answers: &mut [Answer],
    ) -> (Option<Vec<Vec<bool>>>, Vec<Active>) {
        // Per demand: where the columns of an element are.
        let columns = |element: Element| -> Vec<Option<usize>> {
            problems.iter().zip(reduced).map(|(p, r)| column_of(p, r, element)).collect()
        };
        let at = |columns: &[Option<usize>], t: usize| columns[self.demand_of_step[t] as usize];
        let steps = 0..self.demand_of_step.len();
        let mut overfull = false;
        let mut directions = Vec::with_capacity(self.storages.len());
        for unit in &self.storages {
            let (charge, discharge) =
                (columns(Element::Charge(unit.storage)), columns(Element::Discharge(unit.storage)));
            let read = |place: Option<usize>, t: usize, answers: &[Answer]| {
                place.map_or(0.0, |k| within(answers[t].columns[k], &reduced[self.demand_of_step[t] as usize], k))
            };
            let net = |t| read(at(&charge, t), t, answers) + read(at(&discharge, t), t, answers);
            let wished: Vec<f64> = steps.clone().map(net).collect();
            let (possible, beyond) = unit.possible(&wished);
            overfull |= beyond > OVERFULL_SHARE * unit.energy_max;
            for (t, x) in possible.iter().enumerate() {
                if let Some(k) = at(&charge, t) {
                    answers[t].columns[k] = x.min(0.0);
                }
                if let Some(k) = at(&discharge, t) {
                    answers[t].columns[k] = x.max(0.0);
                }
            }
            directions.push(wished.iter().map(|x| *x > 0.0).collect());
        }
        let mut broken = vec![Active::default(); self.generators.len()];
        for (unit, broken) in self.generators.iter().zip(&mut broken) {
            let place = columns(Element::Generator(unit.generator));
            if place.iter().any(Option::is_none) {
                continue; // not held so far
            }
            let read = |t: usize| {
                at(&place, t)
                    .map_or(0.0, |k| within(answers[t].columns[k], &reduced[self.demand_of_step[t] as usize], k))
            };
            let wished: Vec<f64> = steps.clone().map(read).collect();
            *broken = unit.broken_by(&wished, self.step_h, MISSED_PU);
            for (t, p) in unit.possible(&wished, self.step_h).into_iter().enumerate() {
                if let Some(k) = at(&place, t) {
                    answers[t].columns[k] = p;
                }
            }
        }
        (overfull.then_some(directions), broken)
    }
}

/// An injection of the solver within its limits.
fn within(x: f64, reduced: &Reduced, column: usize) -> f64 {
    let share = &reduced.columns[column].share;
    if x.is_finite() { x.clamp(share.low, share.high) } else { 0.0 }
}

/// Moves all steps towards rest by the same share (eq. 6), so that energies and ramps, too, stay in their limits. Whether the
/// points are valid then.
fn pull_in(demand_of_step: &[u32], physics: &mut [Physics], points: &mut [Point]) -> bool {
    if physics.iter().all(|p| p.rest_is_valid) {
        let way = |allowed: f64| {
            let ways = demand_of_step.iter().zip(points.iter());
            ways.map(|(&d, point)| physics[d as usize].way_to_rest(&point.theta, allowed)).fold(0.0, f64::max)
        };
        let mut t = way(solve::VIOLATION_NEGLIGIBLE_PU);
        if t > solve::LOSS_SMALL {
            t = way(solve::VIOLATION_HARMLESS_PU);
        }
        if t > 0.0 {
            for (&demand, point) in demand_of_step.iter().zip(points.iter_mut()) {
                let pull = |x: &[f64]| x.iter().map(|x| x * (1.0 - t)).collect::<Vec<_>>();
                match physics[demand as usize].point(pull(&point.items), pull(&point.links)) {
                    Ok(pulled) => *point = pulled,
                    Err(Undetermined) => return false,
                }
            }
        }
    }
    points.iter().all(|p| p.violation <= solve::VIOLATION_MAX_PU)
}

/// Proven bound of a single step whose held injections are as they are.
fn step_bound(problem: &Problem, reduced: &Reduced, answer: &Answer, point: &Point) -> f64 {
    let share = |k: usize| {
        let column = &reduced.columns[k];
        if !column.held {
            return column.share;
        }
        let x = point.items[column.items[0] as usize];
        Share { low: x, high: x, value: column.share.value }
    };
    bound::proven(problem, reduced, answer, share).min(asked(problem))
}
