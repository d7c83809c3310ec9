//! An island that has no operating point with everything in it: which branches are opened so that the rest has one.
//!
//! The rule, stated in docs/methods/deliver_ac.md: at each bus that cannot balance, the branch is opened whose loss leaves the least
//! demand without a source; of equals, the one that charges most; of equals, the first. An unloaded dead end is thereby trimmed
//! first, at no cost. Then the rest is solved anew. An island that takes many rounds loses all branches of such a bus at once. Each
//! round opens something, so that this ends.

use super::problem::AcProblem;
use std::collections::VecDeque;

/// Positions of branches in the network's table to open, for the nodes at fault: one at each, or `all`.
pub(super) fn to_open(problem: &AcProblem, fault: &[(u32, f64)], all: bool, charging: impl Fn(u32) -> f64) -> Vec<u32> {
    let around = Around::new(problem);
    let mut open: Vec<u32> = Vec::new();
    let mut touched = vec![false; problem.nodes.len()];
    for &(node, _) in fault {
        if touched[node as usize] {
            continue;
        }
        let lines = around.lines(node);
        if all {
            for line in lines.iter().map(|&k| &problem.lines[k as usize]) {
                touched[line.from as usize] = true;
                touched[line.to as usize] = true;
                open.push(line.branch);
            }
            continue;
        }
        let cost = |&k: &u32| (around.darkened(problem, k), -charging(problem.lines[k as usize].branch), k);
        let best =
            lines.iter().map(cost).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        if let Some((_, _, k)) = best {
            let k = around.dead_end(problem, node).unwrap_or(k);
            // What was found of its other end is no longer true.
            let line = &problem.lines[k as usize];
            touched[line.from as usize] = true;
            touched[line.to as usize] = true;
            open.push(line.branch);
        }
    }
    // Two buses of one dead end ask for the same branch.
    open.sort_unstable();
    open.dedup();
    open
}

/// Lines at each node.
struct Around {
    start: Vec<u32>,
    lines: Vec<u32>,
}

impl Around {
    fn new(problem: &AcProblem) -> Self {
        let n = problem.nodes.len();
        let mut start = vec![0u32; n + 1];
        for line in &problem.lines {
            start[line.from as usize + 1] += 1;
            start[line.to as usize + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut lines = vec![0; start[n] as usize];
        for (k, line) in (0u32..).zip(&problem.lines) {
            for end in [line.from, line.to] {
                lines[next[end as usize] as usize] = k;
                next[end as usize] += 1;
            }
        }
        Self { start, lines }
    }

    fn lines(&self, node: u32) -> &[u32] {
        &self.lines[self.start[node as usize] as usize..self.start[node as usize + 1] as usize]
    }

    /// Where an unloaded dead end that ends at `node` begins: the last line on the way from it that nothing but it needs.
    fn dead_end(&self, problem: &AcProblem, mut node: u32) -> Option<u32> {
        let idle = |node: u32| {
            problem.loads.iter().all(|l| l.node != node || l.worth == 0.0)
                && problem.units.iter().all(|u| u.node != node || u.p_max <= 0.0)
        };
        let mut begin = None;
        let mut from = u32::MAX;
        while idle(node) {
            let mut onward = self.lines(node).iter().filter(|&&k| k != from);
            let (Some(&k), None) = (onward.next(), onward.next()) else { break };
            let line = &problem.lines[k as usize];
            begin = Some(k);
            from = k;
            node = if line.from == node { line.to } else { line.from };
        }
        begin
    }

    /// Demand that has no source, or more than its sources can give, once line `k` is open; 0 where the island stays whole.
    fn darkened(&self, problem: &AcProblem, k: u32) -> f64 {
        let line = &problem.lines[k as usize];
        let mut beyond = vec![false; problem.nodes.len()];
        let mut queue = VecDeque::from([line.to]);
        beyond[line.to as usize] = true;
        while let Some(node) = queue.pop_front() {
            for &other in self.lines(node).iter().filter(|&&other| other != k) {
                let l = &problem.lines[other as usize];
                let next = if l.from == node { l.to } else { l.from };
                if next == line.from {
                    return 0.0;
                }
                if !std::mem::replace(&mut beyond[next as usize], true) {
                    queue.push_back(next);
                }
            }
        }
        // Per side: worth of its loads against what its units can give, at the mean worth of its loads.
        let mut sides = [(0.0, 0.0, 0.0); 2];
        for load in &problem.loads {
            let side = &mut sides[usize::from(beyond[load.node as usize])];
            side.0 += load.worth;
            side.1 += load.p.abs();
        }
        for unit in &problem.units {
            sides[usize::from(beyond[unit.node as usize])].2 += unit.p_max;
        }
        sides.iter().map(|&(worth, p, give)| if p > give { worth * (1.0 - give / p) } else { 0.0 }).sum()
    }
}
