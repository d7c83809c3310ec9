//! The cone programme of an island (docs/methods/deliver_soc.md, eq. 7), in Clarabel's form: minimise cost·x subject to
//! A x + s = right, s in a product of cones.

use super::super::ac::problem::{AcLoad, AcProblem, AcUnit, Node};
use super::complex::Complex;
use super::pairs::{Pair, pairs};
use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT;
use std::ops::Range;

/// The programme, and where things stand in it.
///
/// Columns: w of each node; P', Q', ℓ' of each pair; then what nodes take and give.
/// Rows with s = 0: balance of P at each node, of Q at each node, voltage drop of each pair. Rows with s ≥ 0: `angle_rows`,
/// then boxes. Cones: `rating_rows`, three for each rated end, then four for each pair.
pub(super) struct Programme {
    pub pairs: Vec<Pair>,
    pub a: CscMatrix<f64>,
    pub right: Vec<f64>,
    pub cost: Vec<f64>,
    pub cones: Vec<SupportedConeT<f64>>,
    pub angle_rows: Range<usize>,
    pub rating_rows: Range<usize>,
    /// Per load of the problem: its column. Equal ones share one.
    pub column_of_load: Vec<u32>,
    /// Per load of the problem: what its column is when all of it is served.
    pub whole_load: Vec<f64>,
}

impl Programme {
    /// Column of P' of a pair; Q' and ℓ' follow.
    pub fn column_of_pair(nodes: usize, pair: usize) -> usize {
        nodes + 3 * pair
    }

    /// Whether all its numbers are.
    pub fn is_finite(&self) -> bool {
        self.a.nzval.iter().chain(&self.right).chain(&self.cost).all(|v| v.is_finite())
    }
}

/// Sum of a linear expression: (column, coefficient).
type Terms<'a> = &'a [(usize, f64)];

/// Rows of one kind under construction.
#[derive(Default)]
struct Rows {
    row: Vec<u32>,
    column: Vec<u32>,
    value: Vec<f64>,
    right: Vec<f64>,
}

impl Rows {
    fn add(&mut self, row: usize, column: usize, value: f64) {
        if value != 0.0 {
            self.row.push(row as u32);
            self.column.push(column as u32);
            self.value.push(value);
        }
    }

    /// A row of its own: terms + s = right.
    fn push(&mut self, terms: Terms, right: f64) {
        for &(column, value) in terms {
            self.add(self.right.len(), column, value);
        }
        self.right.push(right);
    }
}

/// Builds the programme. Loads are worth `worth_unit` times less than they are.
pub(super) fn programme(problem: &AcProblem, worth_unit: f64) -> Programme {
    let pairs = pairs(problem);
    let nodes = problem.nodes.len();
    let mut build = Builder {
        problem,
        nodes,
        cost: vec![0.0; nodes + 3 * pairs.len()],
        zero: Rows { right: vec![0.0; 2 * nodes], ..Rows::default() },
        angles: Rows::default(),
        boxes: Rows::default(),
        ratings: Rows::default(),
        cones: Rows::default(),
    };
    build.nodes();
    for (k, pair) in pairs.iter().enumerate() {
        build.pair(k, pair);
    }
    build.shunts();
    build.units();
    build.links();
    let (column_of_load, whole_load) = build.loads(worth_unit);
    build.finish(pairs, column_of_load, whole_load)
}

struct Builder<'a> {
    problem: &'a AcProblem,
    nodes: usize,
    cost: Vec<f64>,
    zero: Rows,
    angles: Rows,
    boxes: Rows,
    ratings: Rows,
    cones: Rows,
}

impl Builder<'_> {
    /// A new column within [low, high].
    fn column(&mut self, low: f64, high: f64) -> usize {
        let column = self.cost.len();
        self.cost.push(0.0);
        self.limit(column, low, high);
        column
    }

    fn limit(&mut self, column: usize, low: f64, high: f64) {
        if high.is_finite() {
            self.boxes.push(&[(column, 1.0)], high);
        }
        if low.is_finite() {
            self.boxes.push(&[(column, -1.0)], -low);
        }
    }

    fn takes(&mut self, node: u32, column: usize, power: Complex) {
        self.zero.add(node as usize, column, power.re);
        self.zero.add(self.nodes + node as usize, column, power.im);
    }

    fn nodes(&mut self) {
        for (i, node) in self.problem.nodes.iter().enumerate() {
            let (low, high) = w_limits(node);
            self.limit(i, low, high);
            self.takes(i as u32, i, Complex::new(node.g_fixed, -node.b_fixed));
        }
    }

    fn pair(&mut self, k: usize, pair: &Pair) {
        let p = Programme::column_of_pair(self.nodes, k);
        let (from, to) = (pair.from as usize, pair.to as usize);
        let columns = [from, to, p, p + 1, p + 2];
        let (z, scale) = (pair.z, pair.scale);
        let z_square = z.re * z.re + z.im * z.im;
        self.zero.push(
            &[
                (to, 1.0),
                (from, -pair.kappa),
                (p, 2.0 * z.re * scale),
                (p + 1, 2.0 * z.im * scale),
                (p + 2, -z_square * scale * scale),
            ],
            0.0,
        );
        for line in &pair.lines {
            for (power, node) in line.ends.iter().zip([pair.from, pair.to]) {
                for (&column, &c) in columns.iter().zip(&power.0) {
                    self.takes(node, column, c);
                }
                if line.rate.is_finite() {
                    self.ratings.push(&[], 1.0);
                    let terms = |part: fn(Complex) -> f64| {
                        columns.iter().zip(power.0).map(move |(&c, x)| (c, -part(x) / line.rate)).collect::<Vec<_>>()
                    };
                    self.ratings.push(&terms(|x| x.re), 0.0);
                    self.ratings.push(&terms(|x| x.im), 0.0);
                }
            }
        }
        for (limit, sign) in angle_limits(pair) {
            let turn = (pair.tap * Complex::polar(1.0, -limit)).scaled(sign);
            let by_flow = -(turn * z.conj()).scaled(scale);
            self.angles.push(&[(from, turn.im * pair.kappa), (p, by_flow.im), (p + 1, by_flow.re)], 0.0);
        }
        self.cones.push(&[(p + 2, -1.0), (from, -pair.kappa)], 0.0);
        self.cones.push(&[(p + 2, -1.0), (from, pair.kappa)], 0.0);
        self.cones.push(&[(p, -2.0)], 0.0);
        self.cones.push(&[(p + 1, -2.0)], 0.0);
    }

    /// s w for a share s in 0 to 1 is anything in 0 to w (eq. 4).
    fn shunts(&mut self) {
        for s in &self.problem.shunts {
            let column = self.column(0.0, f64::INFINITY);
            self.boxes.push(&[(column, 1.0), (s.node as usize, -1.0)], 0.0);
            self.takes(s.node, column, Complex::new(s.g, -s.b));
        }
    }

    /// Units of one node are one: boxes add up.
    fn units(&mut self) {
        for units in self.problem.units.chunk_by(|a, b| a.node == b.node) {
            let sum = |of: fn(&AcUnit) -> f64| units.iter().map(of).sum::<f64>();
            let node = units[0].node;
            for (low, high, gives) in [
                (sum(|u| u.p_min), sum(|u| u.p_max), Complex::ONE),
                (sum(|u| u.q_min), sum(|u| u.q_max), Complex::new(0.0, 1.0)),
            ] {
                if low < high {
                    let column = self.column(low, high);
                    self.takes(node, column, -gives);
                }
            }
        }
    }

    fn links(&mut self) {
        for l in &self.problem.links {
            let column = self.column(l.p_min, l.p_max);
            self.takes(l.from, column, Complex::ONE);
            self.takes(l.to, column, Complex::new(l.loss_share - 1.0, 0.0));
            self.zero.right[l.to as usize] -= l.loss;
        }
    }

    /// Loads of one node that take P and Q alike and are worth the same are one.
    fn loads(&mut self, worth_unit: f64) -> (Vec<u32>, Vec<f64>) {
        let loads = &self.problem.loads;
        let mut column_of_load = vec![0; loads.len()];
        let mut whole_load = vec![0.0; loads.len()];
        let mut order: Vec<usize> = (0..loads.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&loads[a], &loads[b]);
            let (ka, kb) = (kind(a, worth_unit), kind(b, worth_unit));
            a.node.cmp(&b.node).then_with(|| {
                ka.iter().zip(&kb).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
            })
        });
        let alike = |a: &usize, b: &usize| {
            let (a, b) = (&loads[*a], &loads[*b]);
            a.node == b.node
                && kind(a, worth_unit)
                    .iter()
                    .zip(kind(b, worth_unit))
                    .all(|(x, y)| (x - y).abs() <= ALIKE * (1.0 + y.abs()))
        };
        for group in order.chunk_by(alike) {
            let first = &loads[group[0]];
            let sum =
                |share: fn(&AcLoad) -> f64| group.iter().map(|&k| share(&loads[k]) * size(&loads[k])).sum::<f64>();
            let column = self.column(sum(|l| l.least), sum(|l| l.most));
            let whole = sum(|_| 1.0);
            let [p, q, worth] = kind(first, worth_unit);
            self.cost[column] = -worth;
            self.takes(first.node, column, Complex::new(p, q));
            for &k in group {
                column_of_load[k] = column as u32;
                whole_load[k] = whole;
            }
        }
        (column_of_load, whole_load)
    }

    fn finish(self, pairs: Vec<Pair>, column_of_load: Vec<u32>, whole_load: Vec<f64>) -> Programme {
        let sections = [&self.zero, &self.angles, &self.boxes, &self.ratings, &self.cones];
        let mut start = [0; 6];
        for (k, rows) in sections.iter().enumerate() {
            start[k + 1] = start[k] + rows.right.len();
        }
        let mut cones =
            vec![SupportedConeT::ZeroConeT(start[1]), SupportedConeT::NonnegativeConeT(start[3] - start[1])];
        cones.extend((0..self.ratings.right.len() / 3).map(|_| SupportedConeT::SecondOrderConeT(3)));
        cones.extend(pairs.iter().map(|_| SupportedConeT::SecondOrderConeT(4)));
        Programme {
            pairs,
            a: matrix(&sections, &start, self.cost.len()),
            right: sections.iter().flat_map(|s| s.right.iter().copied()).collect(),
            cost: self.cost,
            cones,
            angle_rows: start[1]..start[2],
            rating_rows: start[3]..start[4],
            column_of_load,
            whole_load,
        }
    }
}

/// Loads whose kinds differ by less are one to the solver; the bound is taken of each for itself.
const ALIKE: f64 = 1e-12;

fn size(load: &AcLoad) -> f64 {
    load.p.hypot(load.q)
}

/// P, Q and worth per unit of apparent power.
fn kind(load: &AcLoad, worth_unit: f64) -> [f64; 3] {
    let size = size(load);
    [load.p / size, load.q / size, load.worth / worth_unit / size]
}

/// Least and most w = v² of a node.
pub(super) fn w_limits(node: &Node) -> (f64, f64) {
    (node.vm_min.max(0.0).powi(2), node.vm_max.powi(2))
}

/// The limits of a pair's angle as (limit, sign): sign · sin(δ − limit) ≤ 0. Only where both are within a quarter turn, where
/// W lies on the right side of both lines (eq. 6).
fn angle_limits(pair: &Pair) -> impl Iterator<Item = (f64, f64)> {
    let quarter = std::f64::consts::FRAC_PI_2;
    let both = pair.angle_min > -quarter && pair.angle_max < quarter;
    [(pair.angle_max, 1.0), (pair.angle_min, -1.0)].into_iter().filter(move |_| both)
}

/// Compressed columns, rows ascending in each.
fn matrix(sections: &[&Rows; 5], start: &[usize; 6], columns: usize) -> CscMatrix<f64> {
    let mut column_start = vec![0usize; columns + 1];
    for column in sections.iter().flat_map(|s| &s.column) {
        column_start[*column as usize + 1] += 1;
    }
    for c in 0..columns {
        column_start[c + 1] += column_start[c];
    }
    let mut next = column_start.clone();
    let entries = column_start[columns];
    let mut cell = vec![(0usize, 0.0f64); entries];
    for (rows, &start) in sections.iter().zip(start) {
        for ((&row, &column), &value) in rows.row.iter().zip(&rows.column).zip(&rows.value) {
            cell[next[column as usize]] = (start + row as usize, value);
            next[column as usize] += 1;
        }
    }
    let (mut row, mut value, mut first) = (Vec::with_capacity(entries), Vec::with_capacity(entries), vec![0]);
    for c in 0..columns {
        let cells = &mut cell[column_start[c]..column_start[c + 1]];
        cells.sort_by_key(|(row, _)| *row);
        let begin = row.len();
        for &(r, v) in cells.iter() {
            if row.len() > begin && row.last() == Some(&r) {
                *value.last_mut().expect("invariant: a row has a value") += v;
            } else {
                row.push(r);
                value.push(v);
            }
        }
        first.push(row.len());
    }
    CscMatrix::new(sections.iter().map(|s| s.right.len()).sum(), columns, first, row, value)
}
