//! What no delivery can beat: a bound from prices alone, by weak duality.

use super::angles::Angles;
use super::copper::{Share, box_max};
use super::dc;
use super::problem::{Line, Problem};
use super::reduce::Reduced;

/// A proven upper bound of Σ value·x from any prices (eq. 10 to 12); infinite where the prices prove nothing.
///
/// The prices of a solver fit the free angles only nearly. One Laplacian solve shifts the nodes' prices so that they fit; what
/// rounding leaves is charged at the largest angle that is possible. Rows over flows beyond those of the problem enter by
/// [`dc::Answer::flow_price`]; their right sides are the caller's to add. `share` gives the limits and worth of each column: its own,
/// or other ones that the bound is to hold for.
pub(super) fn proven(problem: &Problem, reduced: &Reduced, answer: &dc::Answer, share: impl Fn(usize) -> Share) -> f64 {
    let lines: Vec<Line> = reduced
        .ties
        .iter()
        .map(|t| Line { branch: 0, from: t.from, to: t.to, b_pu: t.b_pu, shift_rad: 0.0, low: 0.0, high: 0.0 })
        .collect();
    let Ok(shift) = Angles::new(reduced.nodes, &reduced.references, &lines)
        .solve(&angle_misfit(reduced, &answer.price, answer).iter().map(|g| -g).collect::<Vec<_>>())
    else {
        return f64::INFINITY;
    };
    let price: Vec<f64> = answer.price.iter().zip(&shift).map(|(p, s)| p + s).collect();
    let misfit = angle_misfit(reduced, &price, answer);
    let mut is_reference = vec![false; reduced.nodes];
    reduced.references.iter().for_each(|&r| is_reference[r as usize] = true);
    let mut sum = 0.0;
    for ((g, reach), is) in misfit.iter().zip(angle_reach(problem, reduced)).zip(is_reference) {
        if !is && *g != 0.0 {
            sum += g.abs() * reach;
        }
    }
    for (k, c) in reduced.columns.iter().enumerate() {
        let share = share(k);
        sum += box_max(share.value - price[c.node as usize], share.low, share.high);
    }
    for b in &reduced.bridges {
        sum += box_max(price[b.from as usize] - price[b.to as usize], b.low, b.high);
    }
    for l in &problem.links {
        let (from, to) =
            (price[reduced.node_of[l.from as usize] as usize], price[reduced.node_of[l.to as usize] as usize]);
        sum += box_max(from - (1.0 - l.loss_share) * to, l.low, l.high) + to * l.loss;
    }
    for ((t, y), m) in reduced.ties.iter().zip(&answer.angle_price).zip(&answer.flow_price) {
        sum += box_max(*y, t.angle_low, t.angle_high);
        sum -= (price[t.from as usize] - price[t.to as usize] - m) * t.shift_flow;
    }
    sum
}

/// What the Lagrangian's gradient by each angle lacks to 0.
fn angle_misfit(reduced: &Reduced, price: &[f64], answer: &dc::Answer) -> Vec<f64> {
    let mut misfit = vec![0.0; reduced.nodes];
    for ((t, y), m) in reduced.ties.iter().zip(&answer.angle_price).zip(&answer.flow_price) {
        let h = t.b_pu * (price[t.from as usize] - price[t.to as usize] - m) - y;
        misfit[t.from as usize] += h;
        misfit[t.to as usize] -= h;
    }
    misfit
}

/// How far from 0 each angle can be in any valid point: along a path from the reference, what each tie allows. A tie without
/// limits carries no more than all that is fed in, shifters included (a flow driven by angles through positive
/// susceptances runs in no circles).
fn angle_reach(problem: &Problem, reduced: &Reduced) -> Vec<f64> {
    let mut fed = reduced.columns.iter().map(|c| c.share.high.max(0.0)).sum::<f64>();
    fed += problem.links.iter().map(|l| l.high.abs().max(l.low.abs())).sum::<f64>();
    fed += reduced.ties.iter().map(|t| t.shift_flow.abs()).sum::<f64>();
    let mut neighbours: Vec<Vec<(u32, f64)>> = vec![Vec::new(); reduced.nodes];
    for t in &reduced.ties {
        let allowed = t.angle_low.abs().max(t.angle_high.abs()).min(fed / t.b_pu.abs());
        neighbours[t.from as usize].push((t.to, allowed));
        neighbours[t.to as usize].push((t.from, allowed));
    }
    let mut reach = vec![f64::INFINITY; reduced.nodes];
    let mut queue: std::collections::VecDeque<u32> = reduced.references.iter().copied().collect();
    queue.iter().for_each(|&r| reach[r as usize] = 0.0);
    while let Some(v) = queue.pop_front() {
        for &(w, allowed) in &neighbours[v as usize] {
            if reach[w as usize].is_infinite() {
                reach[w as usize] = reach[v as usize] + allowed;
                queue.push_back(w);
            }
        }
    }
    reach
}
