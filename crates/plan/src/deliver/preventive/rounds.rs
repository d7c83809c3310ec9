//! The linear programme with the rows that outages need, found round by round.
//!
//! A row of (1) has two entries in the flows of ties, `f_l = g_l F_t + c_l` for a line within its tie, so that no dense row of
//! injections ever exists. Rows only ever join; the last programme is solved for all of them, and none beyond them is violated:
//! its optimum is that of the programme with all rows (Kelley 1960).

use super::Asked;
use super::guard::{After, Guard};
use crate::deliver::bound;
use crate::deliver::copper::Share;
use crate::deliver::dc::{self, Answer, Block, Held, Programme};
use crate::deliver::problem::Element;
use crate::deliver::solve::{Physics, Point, VIOLATION_MAX_PU, exact};
use std::collections::HashSet;

/// Most rows of (1) that a round adds, the most violated first.
const ROWS_PER_ROUND: usize = 400;
/// Most rounds. Usual are 2 to 8.
const ROUNDS_MAX: u32 = 100;

/// What it took, summed over problems.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effort {
    pub rounds: u32,
    pub constraints: u32,
}

/// A point with a proven bound of the worth of safe ones, p.u.
pub(super) struct Secured {
    pub point: Point,
    pub bound: f64,
}

/// `sign × (f_l + D f_k) ≤ R_l`.
#[derive(Clone, Copy)]
struct Cut {
    outage: u32,
    line: u32,
    factor: f64,
    sign: f64,
}

/// The best safe point of a guarded problem, from its best point without regard to outages and the bound of that.
pub(super) fn secure(guard: &mut Guard, point: Point, bound: f64, asked: &Asked, effort: &mut Effort) -> Secured {
    let mut best = Secured { point, bound };
    let mut cuts: Vec<Cut> = Vec::new();
    let mut known = HashSet::new();
    let mut reserved = false;
    for _ in 0..ROUNDS_MAX {
        let more = violated(guard, &best.point, &known);
        let short = lacks_reserve(guard, &best.point);
        if (more.is_empty() && (reserved || !short)) || asked.stopped() {
            break;
        }
        known.extend(more.iter().map(|c| (c.outage, c.line, c.sign > 0.0)));
        cuts.extend(more);
        reserved = true;
        effort.rounds += 1;
        let Some(next) = solve(guard, &cuts, best.bound) else { break };
        best = next;
    }
    if reserved {
        effort.constraints += cuts.len() as u32 + guard.reserve.iter().filter(|r| r.is_finite()).count() as u32;
    }
    best
}

/// The rows of (1) that a point violates and that are not known yet: the worst of each outage and line come first.
fn violated(guard: &mut Guard, point: &Point, known: &HashSet<(u32, u32, bool)>) -> Vec<Cut> {
    if !guard.against.branches {
        return Vec::new();
    }
    let flow = super::flows(&guard.problem, point);
    let mut over: Vec<After> = Vec::new();
    guard.overloads(&flow, |a| over.push(a), |_| {});
    over.retain(|a| !a.hopeless && !known.contains(&(a.outage, a.line, a.flow > 0.0)));
    let excess = |a: &After| a.flow.abs() - guard.rate[a.line as usize];
    over.sort_by(|a, b| excess(b).total_cmp(&excess(a)));
    over.truncate(ROWS_PER_ROUND);
    let cut = |a: &After| Cut { outage: a.outage, line: a.line, factor: a.factor, sign: a.flow.signum() };
    over.iter().map(cut).collect()
}

/// Whether generators give more than (2) allows.
fn lacks_reserve(guard: &Guard, point: &Point) -> bool {
    let mut given = vec![0.0; guard.reserve.len()];
    for (item, x) in guard.problem.items.iter().zip(&point.items) {
        if matches!(item.element, Element::Generator(_)) {
            given[guard.problem.island_of_node[item.node as usize] as usize] += x;
        }
    }
    given.iter().zip(&guard.reserve).any(|(p, r)| p > r)
}

/// Solves the programme with the rows given. `None` where the solver finds no valid point.
fn solve(guard: &Guard, cuts: &[Cut], bound_before: f64) -> Option<Secured> {
    let (problem, reduced) = (&guard.problem, &guard.reduced);
    let worth = dc::largest_worth(&reduced.columns);
    let first_row = Block::rows(reduced);
    let reserves: Vec<usize> = (0..guard.reserve.len()).filter(|&i| guard.reserve[i].is_finite()).collect();
    let mut row_of_island = vec![None; guard.reserve.len()];
    let mut p = Programme::new(first_row, reserves.len() + cuts.len());
    for (r, &island) in reserves.iter().enumerate() {
        row_of_island[island] = Some((first_row + r) as u32);
        p.right[first_row + r] = guard.reserve[island];
    }
    let first_cut = first_row + reserves.len();
    p.rows_of_tie = vec![Vec::new(); reduced.ties.len()];
    let mut entries_of_cut = Vec::with_capacity(cuts.len());
    for (r, cut) in cuts.iter().enumerate() {
        let (entries, right) = row(guard, cut);
        p.right[first_cut + r] = right;
        for &(tie, value) in &entries {
            p.rows_of_tie[tie as usize].push(((first_cut + r) as u32, value));
        }
        entries_of_cut.push(entries);
    }
    let right: Vec<f64> = p.right[first_row..].to_vec();
    let held = |c: &crate::deliver::reduce::Column| {
        let island = problem.island_of_node[problem.items[c.items[0] as usize].node as usize] as usize;
        Held { entries: row_of_island[island].map(|row| (row, 1.0)).into_iter().collect(), ..Held::default() }
    };
    let block = p.block(problem, reduced, worth, 0, |_| 0.0, held);
    let found = p.solve();
    let mut answer = block.answer(problem, reduced, worth, &found);
    if answer.infeasible {
        return None;
    }
    let price: Vec<f64> = found.z[first_row..first_row + right.len()].iter().map(|z| z.max(0.0) * worth).collect();
    for (entries, y) in entries_of_cut.iter().zip(&price[reserves.len()..]) {
        entries.iter().for_each(|&(tie, value)| answer.flow_price[tie as usize] += y * value);
    }
    let mut reserve_price = vec![0.0; guard.reserve.len()];
    reserves.iter().zip(&price).for_each(|(&island, y)| reserve_price[island] = *y);
    let share = |k: usize| {
        let column = &reduced.columns[k];
        let island = problem.island_of_node[problem.items[column.items[0] as usize].node as usize] as usize;
        let price = if column.held { reserve_price[island] } else { 0.0 };
        Share { value: column.share.value - price, ..column.share }
    };
    let proven =
        bound::proven(problem, reduced, &answer, share) + price.iter().zip(&right).map(|(y, r)| y * r).sum::<f64>();
    let point = point(guard, &answer)?;
    Some(Secured { point, bound: if proven < bound_before { proven } else { bound_before } })
}

/// Entries of a cut in the flows of ties, and its right side.
///
/// A line within its tie: `f = b (±δ − φ)` with `δ = (F + s) / b_tie`, hence `f = ±(b / b_tie) (F + s) − b φ`.
fn row(guard: &Guard, cut: &Cut) -> (Vec<(u32, f64)>, f64) {
    let mut entries: Vec<(u32, f64)> = Vec::with_capacity(2);
    let mut right = guard.rate[cut.line as usize];
    for (k, factor) in [(cut.line, cut.sign), (cut.outage, cut.sign * cut.factor)] {
        let line = &guard.problem.lines[k as usize];
        let at = guard.reduced.tie_of_line[k as usize];
        let tie = &guard.reduced.ties[at as usize];
        let along = if guard.reduced.node_of[line.from as usize] == tie.from { 1.0 } else { -1.0 };
        let share = along * line.b_pu / tie.b_pu;
        right -= factor * (share * tie.shift_flow - line.b_pu * line.shift_rad);
        match entries.iter_mut().find(|(tie, _)| *tie == at) {
            Some((_, value)) => *value += factor * share,
            None => entries.push((at, factor * share)),
        }
    }
    (entries, right)
}

/// A valid point from a solver's answer.
fn point(guard: &Guard, answer: &Answer) -> Option<Point> {
    let problem = &guard.problem;
    let (mut items, links) = exact(problem, &guard.reduced, answer);
    // Held generators inject what the solver says, to its tolerance: they take what is left of the balance by their room.
    let mut surplus = vec![0.0; problem.islands.len()];
    let island = |node: u32| problem.island_of_node[node as usize] as usize;
    problem.items.iter().zip(&mut items).for_each(|(item, x)| {
        *x = x.clamp(item.low, item.high);
        surplus[island(item.node)] += *x;
    });
    for (link, &p) in problem.links.iter().zip(&links) {
        surplus[island(link.from)] -= p;
        surplus[island(link.to)] += link.arrives(p);
    }
    let room = |item: &crate::deliver::problem::Item, x: f64| match item.element {
        Element::Generator(_) if surplus[island(item.node)] > 0.0 => x - item.low,
        Element::Generator(_) => item.high - x,
        _ => 0.0,
    };
    let mut rooms = vec![0.0; problem.islands.len()];
    problem.items.iter().zip(&items).for_each(|(item, &x)| rooms[island(item.node)] += room(item, x));
    let moved: Vec<f64> = problem.items.iter().zip(&items).map(|(item, &x)| room(item, x)).collect();
    for ((item, x), room) in problem.items.iter().zip(&mut items).zip(moved) {
        let i = island(item.node);
        if rooms[i] > 0.0 {
            *x -= surplus[i].signum() * room * (surplus[i].abs() / rooms[i]).min(1.0);
        }
    }
    let mut physics = Physics::new(problem).ok()?;
    let point = physics.point(items, links).ok().map(|point| physics.pulled_in(point))?;
    (point.violation <= VIOLATION_MAX_PU).then_some(point)
}
