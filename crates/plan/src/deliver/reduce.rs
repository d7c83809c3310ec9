//! A smaller problem with the same optimum: what hangs on a bridge that cannot be full is moved to the other side,
//! parallel lines are one, and what is worth the same at the same node is one column.

use super::copper::Share;
use super::problem::Problem;
use super::topology::NONE;
use relight_numerics::DisjointSets;
use std::collections::BTreeMap;

/// The reduced problem.
pub(super) struct Reduced {
    /// Per node of the problem: its node here.
    pub node_of: Vec<u32>,
    /// Number of nodes here.
    pub nodes: usize,
    /// What can be injected, sorted by node.
    pub columns: Vec<Column>,
    /// Lines whose loss would cut the network in two; their flow follows from what is injected beyond them.
    pub bridges: Vec<Bridge>,
    /// All other lines, parallel ones as one.
    pub ties: Vec<Tie>,
    /// Nodes whose angle is 0: one for each part that `ties` connect.
    pub references: Vec<u32>,
    /// Per line of the problem: its position in `ties`, [`NONE`] if it is in none.
    pub tie_of_line: Vec<u32>,
}

/// Items of the same worth at the same node.
pub(super) struct Column {
    pub node: u32,
    pub share: Share,
    /// Positions in [`Problem::items`].
    pub items: Vec<u32>,
    /// One item whose injection other steps of a horizon depend on.
    pub held: bool,
}

/// A line whose flow is free of angles, between `low` and `high`, p.u.
#[derive(Clone, Copy)]
pub(super) struct Bridge {
    pub from: u32,
    pub to: u32,
    pub low: f64,
    pub high: f64,
}

/// Parallel lines: total flow = b (θ_from − θ_to) − shift_flow, while angle_low ≤ θ_from − θ_to ≤ angle_high.
#[derive(Clone, Copy)]
pub(super) struct Tie {
    pub from: u32,
    pub to: u32,
    pub b_pu: f64,
    pub shift_flow: f64,
    pub angle_low: f64,
    pub angle_high: f64,
}

impl Tie {
    /// Least and most total flow that the angle limits leave, p.u.
    pub fn flow_limits(&self) -> (f64, f64) {
        let (a, b) = (self.b_pu * self.angle_low - self.shift_flow, self.b_pu * self.angle_high - self.shift_flow);
        (a.min(b), a.max(b))
    }
}

/// What a line is to the graph.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// On a cycle.
    Meshed,
    /// A bridge that may be full.
    Bridge,
    /// A bridge that cannot be full whatever is injected.
    FreeBridge,
}

/// Reduces a problem.
pub(super) fn reduce(problem: &Problem) -> Reduced {
    let role = roles(problem);
    let mut merged = DisjointSets::new(problem.island_of_node.len());
    for (line, _) in problem.lines.iter().zip(&role).filter(|(_, r)| **r == Role::FreeBridge) {
        merged.join(line.from, line.to);
    }
    let (node_of, nodes) = merged.numbered(&vec![true; problem.island_of_node.len()]);
    let at = |node: u32| node_of[node as usize];
    let mut bridges = Vec::new();
    let mut ties: BTreeMap<(u32, u32), Tie> = BTreeMap::new();
    let mut parts = DisjointSets::new(nodes);
    for (line, role) in problem.lines.iter().zip(&role) {
        let (from, to) = (at(line.from), at(line.to));
        if from == to {
            continue;
        }
        if *role == Role::Bridge {
            bridges.push(Bridge { from, to, low: line.low, high: line.high });
            continue;
        }
        parts.join(from, to);
        let sign = if from < to { 1.0 } else { -1.0 };
        let angle = |flow: f64| sign * (flow / line.b_pu + line.shift_rad);
        let (a, b) = (angle(line.low), angle(line.high));
        let tie = ties.entry((from.min(to), from.max(to))).or_insert(Tie {
            from: from.min(to),
            to: from.max(to),
            b_pu: 0.0,
            shift_flow: 0.0,
            angle_low: f64::NEG_INFINITY,
            angle_high: f64::INFINITY,
        });
        tie.b_pu += line.b_pu;
        tie.shift_flow += sign * line.b_pu * line.shift_rad;
        tie.angle_low = tie.angle_low.max(a.min(b));
        tie.angle_high = tie.angle_high.min(a.max(b));
    }
    let references = (0..nodes as u32).filter(|&n| parts.find(n) == n).collect();
    let columns = columns(problem, &node_of);
    let ties: Vec<Tie> = ties.into_values().collect();
    let tie_of_line = problem.lines.iter().zip(&role).map(|(line, role)| {
        let ends = (at(line.from).min(at(line.to)), at(line.from).max(at(line.to)));
        // Ties are in the order of their ends.
        let found = ties.binary_search_by_key(&ends, |t| (t.from, t.to));
        found.ok().filter(|_| *role == Role::Meshed).map_or(NONE, |t| t as u32)
    });
    let tie_of_line = tie_of_line.collect();
    Reduced { node_of, nodes, columns, bridges, ties, references, tie_of_line }
}

/// Reduces a problem as if no line had a limit: each island is one node.
pub(super) fn islands(problem: &Problem) -> Reduced {
    let node_of = problem.island_of_node.clone();
    let columns = columns(problem, &node_of);
    let nodes = problem.islands.len();
    let references = (0..nodes as u32).collect();
    let tie_of_line = vec![NONE; problem.lines.len()];
    Reduced { node_of, nodes, columns, bridges: Vec::new(), ties: Vec::new(), references, tie_of_line }
}

fn columns(problem: &Problem, node_of: &[u32]) -> Vec<Column> {
    let mut order: Vec<u32> = (0..problem.items.len() as u32).collect();
    let key = |k: u32| {
        let item = &problem.items[k as usize];
        (node_of[item.node as usize], item.value)
    };
    let held = |k: u32| problem.items[k as usize].held;
    order.sort_by(|&a, &b| key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)).then(held(a).cmp(&held(b))));
    let mut columns: Vec<Column> = Vec::new();
    for k in order {
        let item = &problem.items[k as usize];
        let (node, value) = key(k);
        let like = |c: &&mut Column| c.node == node && c.share.value == value && !c.held && !item.held;
        match columns.last_mut().filter(like) {
            Some(column) => {
                column.share.low += item.low;
                column.share.high += item.high;
                column.items.push(k);
            }
            None => {
                let share = Share { low: item.low, high: item.high, value };
                columns.push(Column { node, share, items: vec![k], held: item.held });
            }
        }
    }
    columns
}

/// Finds bridges (Tarjan 1974) and which of them no injection can fill.
///
/// All of a bridge's flow comes from what is injected on either side of it, so that it lies between the sums of the least
/// and of the most that each side can inject, cut down by the bridges within that side.
fn roles(problem: &Problem) -> Vec<Role> {
    let walk = Walk::new(problem);
    let mut range = injection_ranges(problem);
    let mut role = vec![Role::Meshed; problem.lines.len()];
    // Sums of the raw ranges below each node, and of its whole island, for what lies on the far side.
    let mut below = range.clone();
    for &v in walk.preorder.iter().rev() {
        if let Some((parent, _)) = walk.parent(v) {
            let (low, high) = below[v];
            below[parent].0 += low;
            below[parent].1 += high;
        }
    }
    let mut whole = below.clone();
    for &v in &walk.preorder {
        if let Some((parent, _)) = walk.parent(v) {
            whole[v] = whole[parent];
        }
    }
    for &v in walk.preorder.iter().rev() {
        let Some((parent, edge)) = walk.parent(v) else { continue };
        let (mut low, mut high) = range[v];
        if walk.by_bridge(v) {
            let line = &problem.lines[edge];
            let (least, most) = if line.from as usize == v { (line.low, line.high) } else { (-line.high, -line.low) };
            low = low.max(below[v].1 - whole[v].1);
            high = high.min(below[v].0 - whole[v].0);
            role[edge] = if low >= least && high <= most { Role::FreeBridge } else { Role::Bridge };
            low = low.max(least);
            high = high.min(most);
        }
        range[parent].0 += low;
        range[parent].1 += high;
    }
    role
}

/// Per node: least and most that all its items and HVDC ends can inject.
fn injection_ranges(problem: &Problem) -> Vec<(f64, f64)> {
    let mut range = vec![(0.0, 0.0); problem.island_of_node.len()];
    let mut add = |node: u32, low: f64, high: f64| {
        range[node as usize].0 += low;
        range[node as usize].1 += high;
    };
    problem.items.iter().for_each(|i| add(i.node, i.low, i.high));
    for link in &problem.links {
        add(link.from, -link.high, -link.low);
        add(link.to, link.arrives(link.low), link.arrives(link.high));
    }
    range
}

/// A depth-first walk over all nodes.
pub(super) struct Walk {
    /// Nodes in the order in which they are met: parents before children.
    pub preorder: Vec<usize>,
    number: Vec<u32>,
    /// Smallest number that the subtree of a node reaches without the edge to its parent.
    low_link: Vec<u32>,
    parent_edge: Vec<Option<(u32, u32)>>,
}

impl Walk {
    /// Node and line by which the walk came to `v`.
    pub fn parent(&self, v: usize) -> Option<(usize, usize)> {
        self.parent_edge[v].map(|(p, e)| (p as usize, e as usize))
    }

    /// Whether the line by which the walk came to `v` is a bridge.
    pub fn by_bridge(&self, v: usize) -> bool {
        self.parent_edge[v].is_some() && self.low_link[v] == self.number[v]
    }

    /// Without recursion, since radial networks are thousands of nodes deep.
    pub fn new(problem: &Problem) -> Self {
        let n = problem.island_of_node.len();
        let neighbours = Neighbours::new(problem);
        let mut walk = Self {
            preorder: Vec::with_capacity(n),
            number: vec![NONE; n],
            low_link: vec![NONE; n],
            parent_edge: vec![None; n],
        };
        let mut next = neighbours.start[..n].to_vec();
        let mut stack = Vec::new();
        for root in 0..n {
            if walk.number[root] != NONE {
                continue;
            }
            walk.enter(root);
            stack.push(root);
            while let Some(&v) = stack.last() {
                let at = next[v];
                if at == neighbours.start[v + 1] {
                    stack.pop();
                    if let Some((parent, _)) = walk.parent(v) {
                        walk.low_link[parent] = walk.low_link[parent].min(walk.low_link[v]);
                    }
                    continue;
                }
                next[v] += 1;
                let (w, edge) = neighbours.list[at];
                if walk.number[w as usize] == NONE {
                    walk.parent_edge[w as usize] = Some((v as u32, edge));
                    walk.enter(w as usize);
                    stack.push(w as usize);
                } else if walk.parent_edge[v].is_none_or(|(_, e)| e != edge) {
                    walk.low_link[v] = walk.low_link[v].min(walk.number[w as usize]);
                }
            }
        }
        walk
    }

    fn enter(&mut self, v: usize) {
        self.number[v] = self.preorder.len() as u32;
        self.low_link[v] = self.number[v];
        self.preorder.push(v);
    }
}

/// Neighbours of each node with the line between, one after the other.
struct Neighbours {
    start: Vec<usize>,
    list: Vec<(u32, u32)>,
}

impl Neighbours {
    fn new(problem: &Problem) -> Self {
        let n = problem.island_of_node.len();
        let lines = || problem.lines.iter().enumerate().filter(|(_, l)| l.from != l.to);
        let mut start = vec![0; n + 1];
        for (_, line) in lines() {
            start[line.from as usize + 1] += 1;
            start[line.to as usize + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let mut fill = start.clone();
        let mut list = vec![(0, 0); start[n]];
        for (k, line) in lines() {
            for (a, b) in [(line.from, line.to), (line.to, line.from)] {
                list[fill[a as usize]] = (b, k as u32);
                fill[a as usize] += 1;
            }
        }
        Self { start, list }
    }
}
