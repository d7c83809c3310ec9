//! Outages in AC: Newton's method with the Jacobian of the situation before, several outages side by side.
//!
//! Every outage starts from the voltages `V₀` before it. Its Jacobian `J'` at `V₀` differs from the factored `J` in the rows of
//! the nodes it touches, which [`super::compensation`] accounts for, and is kept over all iterations (the chord or "dishonest"
//! Newton method; Kelley, Iterative Methods for Linear and Nonlinear Equations, 1995, section 5.4):
//!
//! ```text
//! J' (Δθ, ΔVm/Vm) = Sg' - S'(V)
//! V ← V (1 + ΔVm/Vm) (1 + jΔθ/2) / (1 - jΔθ/2)                                                               (9)
//! ```
//!
//! (9) turns `V` by `2 atan(Δθ/2)`, which is `Δθ` up to the third order and keeps magnitudes exactly; no sine is taken. Each
//! iteration shrinks the mismatch by about the relative change of `J` that the outage causes. It costs one evaluation and two
//! substitutions for [`LANES`] outages at once: factors, admittances and pattern are read once for all of them. The step is
//! computed in single precision, the mismatch in double: an error of the step is an error of the next mismatch, and gone
//! after the next step. Where the mismatch does not shrink, the outage is solved afresh.

use relight_model::BranchIdx;
use relight_numerics::{BlockLu, LaneFactors, PathSolver, Paths};

use crate::admittance::{Complex, plus, times, times_conjugate};
use crate::contingency::LANES;
use crate::contingency::change::{Before, Change};
use crate::contingency::compensation::{Compensation, RowChange};
use crate::contingency::outcome::{Extremes, LIMIT_SLACK};
use crate::contingency::watch::{Lanes, Missing, Watch, loadings, voltages};
use crate::newton::block_of_kind;
use crate::problem::{NodeKind, Problem};
use relight_model::safety::Outage;

/// Iterations after which an outage is solved afresh.
const ITERATIONS_MAX: u32 = 24;
/// Least shrinking of the mismatch, over two iterations, that is worth going on.
const SHRINK_MIN: f64 = 0.5;
/// Share of the tolerance that is iterated to, so that another way of summing up does not cross it.
const TARGET_SHARE: f64 = 0.9;

const NONE: u32 = u32::MAX;

/// Everything that all outages share.
#[derive(Debug, Clone)]
pub(crate) struct AcBase {
    factors: PathSolver<2>,
    lanes: LaneFactors<f32, 2>,
    v: Vec<Complex>,
}

impl AcBase {
    /// From the voltages of the situation and the factors of the Jacobian there.
    pub(crate) fn new(before: &Before<'_>, lu: &BlockLu<2>, v: &[Complex]) -> Self {
        Self { factors: PathSolver::new(&before.structure.symbolic, lu), lanes: LaneFactors::new(lu), v: v.to_vec() }
    }
}

impl AcBase {
    /// Voltage of a node before the outage.
    pub(crate) fn voltage(&self, node: u32) -> Complex {
        self.v[node as usize]
    }
}

/// A node that an outage touches, with its row of the admittance matrix afterwards.
#[derive(Debug, Clone, Copy)]
struct Touched {
    node: u32,
    kind: NodeKind,
    s: Complex,
    /// Where its row starts in [`Lane::y`].
    start: u32,
}

/// One outage.
#[derive(Debug, Clone)]
struct Lane {
    change: Change,
    touched: Vec<Touched>,
    y: Vec<Complex>,
    compensation: Compensation<2>,
    iterating: bool,
    converged: bool,
}

/// What a worker needs for one batch.
#[derive(Debug, Clone)]
pub(crate) struct AcWorker {
    v: Vec<[Lanes; 2]>,
    x: Vec<[[f32; LANES]; 2]>,
    scratch: Vec<[f64; 2]>,
    paths: Paths,
    rows: Vec<RowChange<2>>,
    lanes: Vec<Lane>,
    /// Per node: 1 + its position in `special`, or 0.
    special_at: Vec<u32>,
    /// Per node that any lane touches: position in that lane's `touched`.
    special: Vec<(u32, [u32; LANES])>,
    missing: Missing,
}

/// What the AC flow says about one outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AcFinding {
    pub islands: u32,
    pub dark_islands: u32,
    pub lost: [f64; 2],
    /// `None`: to be solved afresh.
    pub extremes: Option<Extremes>,
}

impl AcWorker {
    pub(crate) fn new(before: &Before<'_>, watch: &Watch) -> Self {
        let n = before.structure.nodes();
        let lane = Lane {
            change: Change::default(),
            touched: Vec::new(),
            y: Vec::new(),
            compensation: Compensation::default(),
            iterating: false,
            converged: false,
        };
        Self {
            v: vec![[[0.0; LANES]; 2]; n],
            x: vec![[[0.0; LANES]; 2]; n],
            scratch: vec![[0.0; 2]; n],
            paths: Paths::new(n),
            rows: Vec::new(),
            lanes: vec![lane; LANES],
            special_at: vec![0; n],
            special: Vec::new(),
            missing: Missing::new(watch),
        }
    }

    /// Solves up to [`LANES`] outages at once.
    pub(crate) fn solve(
        &mut self,
        before: &Before<'_>,
        watch: &Watch,
        base: &AcBase,
        outages: &[Outage],
        found: &mut Vec<AcFinding>,
    ) {
        let symbolic = &before.structure.symbolic;
        self.clear();
        for m in 0..LANES {
            let lane = &mut self.lanes[m];
            (lane.iterating, lane.converged) = (false, false);
            let Some(&outage) = outages.get(m) else { continue };
            lane.change.set(before, outage);
            if !lane.change.afresh && self.begin(before, base, m) {
                self.lanes[m].iterating = true;
                self.missing.set(watch, before.tree, m, &self.lanes[m].change);
            }
        }
        // The first step: its right-hand side is zero but at the touched nodes, and so are most of its forward half.
        base.lanes.backward(symbolic, &mut self.x);
        for ((v, before), x) in self.v.iter_mut().zip(&base.v).zip(&self.x) {
            *v = turned(&before.map(|part| [part; LANES]), x);
        }
        self.iterate(before, base);
        let extremes = self.extremes(watch);
        for (lane, extremes) in self.lanes.iter().zip(extremes).take(outages.len()) {
            let c = &lane.change;
            found.push(AcFinding {
                islands: c.islands,
                dark_islands: c.dark_islands,
                lost: [c.lost_mw, c.lost_people],
                extremes: lane.converged.then_some(extremes),
            });
        }
    }

    fn clear(&mut self) {
        self.x.fill([[0.0; LANES]; 2]);
        for (node, _) in self.special.drain(..) {
            self.special_at[node as usize] = 0;
        }
        self.missing.clear();
    }

    /// Sets lane `m` up for its change: rows, compensation, and `L⁻¹` of the first right-hand side; `false` where the
    /// Jacobian is singular.
    fn begin(&mut self, before: &Before<'_>, base: &AcBase, m: usize) -> bool {
        let Before { structure, problem, .. } = *before;
        let symbolic = &structure.symbolic;
        let pattern = symbolic.pattern();
        let lane = &mut self.lanes[m];
        lane.touched.clear();
        lane.y.clear();
        self.rows.clear();
        for (at, c) in lane.change.nodes.iter().enumerate() {
            let i = c.node as usize;
            let row = pattern.row(i);
            let start = lane.y.len();
            lane.y.extend_from_slice(&problem.y[row.clone()]);
            for &k in &lane.change.branches {
                let (slots, two_port) = (structure.slots[k as usize], structure.two_ports[k as usize]);
                let mut take = |position: u32, value: Complex| {
                    let y = &mut lane.y[start + position as usize - row.start];
                    *y = [y[0] - value[0], y[1] - value[1]];
                };
                if slots.from == c.node {
                    take(slots.ff, two_port.ff);
                    take(slots.ft, two_port.ft);
                }
                if slots.to == c.node {
                    take(slots.tf, two_port.tf);
                    take(slots.tt, two_port.tt);
                }
            }
            let s = [problem.s[i][0] - c.lost[0], problem.s[i][1] - c.lost[1]];
            let touched = Touched { node: c.node, kind: c.kind, s, start: start as u32 };
            lane.touched.push(touched);
            let y = &lane.y[start..];
            let now = at_node(pattern, i, y, &base.v);
            let then = at_node(pattern, i, &problem.y[row.clone()], &base.v);
            for (p, y) in row.zip(y) {
                let j = pattern.columns()[p] as usize;
                let v = (base.v[i], base.v[j]);
                let new = block_of_kind(problem, c.kind, (i, j), v, *y, now);
                let old = block_of_kind(problem, problem.kind[i], (i, j), v, problem.y[p], then);
                let block = [0, 1].map(|r| [new[r][0] - old[r][0], new[r][1] - old[r][1]]);
                if block != [[0.0; 2]; 2] {
                    self.rows.push(RowChange { at: at as u32, column: j as u32, block });
                }
            }
        }
        for &node in &lane.change.dark {
            lane.touched.push(Touched { node, kind: NodeKind::Off, s: [0.0; 2], start: 0 });
        }
        let nodes = lane.change.nodes.iter().map(|c| c.node);
        if !lane.compensation.set(symbolic, &base.factors, &mut self.paths, &mut self.scratch, nodes, &self.rows) {
            return false;
        }
        for touched in &lane.touched {
            let y = &lane.y[touched.start as usize..];
            let missing = touched.missing(pattern, problem, y, |j| base.v[j]);
            if missing != [0.0; 2] {
                self.scratch[touched.node as usize] = missing;
            }
        }
        base.factors.forward(symbolic, lane.compensation.path(), &mut self.scratch);
        for &i in lane.compensation.path() {
            let y = std::mem::take(&mut self.scratch[i as usize]);
            set(&mut self.x[i as usize], m, y);
        }
        self.correct(before, base, m);
        self.mark_special(m);
        true
    }

    /// The compensation between the two substitutions, in lane `m`.
    fn correct(&mut self, before: &Before<'_>, base: &AcBase, m: usize) {
        let Self { lanes, x, scratch, .. } = self;
        let cells = std::cell::Cell::from_mut(&mut x[..]).as_slice_of_cells();
        let read = |i: usize| get(&cells[i].get(), m);
        lanes[m].compensation.correct(&before.structure.symbolic, &base.factors, scratch, read, |i, c| {
            let mut x = cells[i].get();
            let y = get(&x, m);
            set(&mut x, m, [y[0] - c[0], y[1] - c[1]]);
            cells[i].set(x);
        });
    }

    fn mark_special(&mut self, m: usize) {
        for (p, touched) in self.lanes[m].touched.iter().enumerate() {
            let at = &mut self.special_at[touched.node as usize];
            if *at == 0 {
                self.special.push((touched.node, [NONE; LANES]));
                *at = self.special.len() as u32;
            }
            self.special[*at as usize - 1].1[m] = p as u32;
        }
    }

    fn iterate(&mut self, before: &Before<'_>, base: &AcBase) {
        let symbolic = &before.structure.symbolic;
        let target = TARGET_SHARE * before.settings.tolerance_pu;
        let mut previous = [[f64::INFINITY; LANES]; 2];
        for _ in 0..ITERATIONS_MAX {
            let worst = self.evaluate(before);
            let mut open = false;
            for m in 0..LANES {
                let lane = &mut self.lanes[m];
                if lane.iterating {
                    lane.converged = worst[m] <= target;
                    // Written so that NaN ends it.
                    lane.iterating = !lane.converged && worst[m] < SHRINK_MIN * previous[0][m];
                    open |= lane.iterating;
                }
            }
            if !open {
                return;
            }
            previous = [previous[1], worst];
            let keep: [f32; LANES] = std::array::from_fn(|m| f32::from(u8::from(self.lanes[m].iterating)));
            if keep.contains(&0.0) {
                // A lane at rest takes no step, whatever stands in it.
                for x in self.x.as_flattened_mut() {
                    for (x, keep) in x.iter_mut().zip(&keep) {
                        *x = if *keep == 0.0 { 0.0 } else { *x };
                    }
                }
            }
            base.lanes.forward(symbolic, &mut self.x);
            for m in 0..LANES {
                if self.lanes[m].iterating {
                    self.correct(before, base, m);
                }
            }
            base.lanes.backward(symbolic, &mut self.x);
            for (v, x) in self.v.iter_mut().zip(&self.x) {
                *v = turned(v, x);
            }
        }
        self.lanes.iter_mut().for_each(|lane| lane.iterating = false);
    }

    /// Writes what is missing at every node into `x`; returns the largest of each lane, infinity where it is not a number.
    fn evaluate(&mut self, before: &Before<'_>) -> Lanes {
        let problem = before.problem;
        let pattern = before.structure.symbolic.pattern();
        let (mut worst, mut probe) = ([0.0f64; LANES], [0.0f64; LANES]);
        for i in 0..self.v.len() {
            let special = self.special_at[i];
            let kind = problem.kind[i];
            if special == 0 && matches!(kind, NodeKind::Slack | NodeKind::Off) {
                self.x[i] = [[0.0; LANES]; 2];
                continue;
            }
            let row = pattern.row(i);
            let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
            for (y, &j) in problem.y[row.clone()].iter().zip(&pattern.columns()[row]) {
                let [vr, vi] = &self.v[j as usize];
                for m in 0..LANES {
                    re[m] += y[0] * vr[m] - y[1] * vi[m];
                    im[m] += y[0] * vi[m] + y[1] * vr[m];
                }
            }
            let [vr, vi] = &self.v[i];
            let mut missing = [[0.0; LANES]; 2];
            let s = problem.s[i];
            for m in 0..LANES {
                missing[0][m] = s[0] - (vr[m] * re[m] + vi[m] * im[m]);
                missing[1][m] = s[1] - (vi[m] * re[m] - vr[m] * im[m]);
            }
            if let Some(c) = problem.s_current.get(i) {
                for m in 0..LANES {
                    let vm = (vr[m] * vr[m] + vi[m] * vi[m]).sqrt();
                    missing[0][m] -= vm * c[0];
                    missing[1][m] -= vm * c[1];
                }
            }
            match kind {
                NodeKind::Pq => {}
                NodeKind::Pv => missing[1] = [0.0; LANES],
                NodeKind::Slack | NodeKind::Off => missing = [[0.0; LANES]; 2],
            }
            if special != 0 {
                self.replace_touched(pattern, problem, special, &mut missing);
            }
            for m in 0..LANES {
                let (p, q) = (missing[0][m].abs(), missing[1][m].abs());
                let larger = if p > q { p } else { q };
                worst[m] = if larger > worst[m] { larger } else { worst[m] };
                probe[m] += (missing[0][m] + missing[1][m]) * 0.0;
            }
            self.x[i] = missing.map(|part| part.map(|v| v as f32));
        }
        for m in 0..LANES {
            worst[m] = if probe[m] == 0.0 { worst[m] } else { f64::INFINITY };
        }
        worst
    }

    /// Puts in what is missing at a node in the lanes that touch it.
    fn replace_touched(
        &self,
        pattern: &relight_numerics::Pattern,
        problem: &Problem,
        special: u32,
        missing: &mut [Lanes; 2],
    ) {
        for (m, &p) in self.special[special as usize - 1].1.iter().enumerate().filter(|(_, p)| **p != NONE) {
            let lane = &self.lanes[m];
            let touched = &lane.touched[p as usize];
            let y = &lane.y[touched.start as usize..];
            let here = touched.missing(pattern, problem, y, |j| [self.v[j][0][m], self.v[j][1][m]]);
            (missing[0][m], missing[1][m]) = (here[0], here[1]);
        }
    }

    /// Loadings and voltages of all lanes; meaningless in those that did not converge.
    fn extremes(&self, watch: &Watch) -> [Extremes; LANES] {
        let mut extremes = [Extremes::default(); LANES];
        if !self.lanes.iter().any(|lane| lane.converged) {
            return extremes;
        }
        let limit = (1.0 + LIMIT_SLACK) * (1.0 + LIMIT_SLACK);
        let seen = loadings(
            watch,
            &self.missing,
            |w, _| {
                let y = &w.two_port;
                let ([fr, fi], [tr, ti]) = (&self.v[w.from as usize], &self.v[w.to as usize]);
                let scale = w.per_rate * w.per_rate;
                std::array::from_fn(|m| {
                    let (from, to) = ([fr[m], fi[m]], [tr[m], ti[m]]);
                    let i_from = plus(times(y.ff, from), times(y.ft, to));
                    let i_to = plus(times(y.tf, from), times(y.tt, to));
                    // |S|² = |V|² |I|²
                    let a = square(from) * square(i_from);
                    let b = square(to) * square(i_to);
                    scale * if a > b { a } else { b }
                })
            },
            1.0,
            |_| [limit, f64::INFINITY],
        );
        for (m, e) in extremes.iter_mut().enumerate() {
            e.max_loading =
                watch.branches.get(seen.at[m] as usize).map(|w| (100.0 * seen.most[m].sqrt(), BranchIdx(w.branch)));
            e.overloads = seen.above[m][0];
        }
        voltages(watch, &self.missing, &self.v, &mut extremes);
        extremes
    }
}

impl Touched {
    /// What is missing at the node for its injections given, at voltages `v`; `y` begins with its row.
    fn missing(
        &self,
        pattern: &relight_numerics::Pattern,
        problem: &Problem,
        y: &[Complex],
        v: impl Fn(usize) -> Complex,
    ) -> Complex {
        if matches!(self.kind, NodeKind::Slack | NodeKind::Off) {
            return [0.0; 2];
        }
        let i = self.node as usize;
        let columns = &pattern.columns()[pattern.row(i)];
        let current = columns.iter().zip(y).fold([0.0; 2], |sum, (&j, y)| plus(sum, times(*y, v(j as usize))));
        let s = times_conjugate(v(i), current);
        let mut missing = [self.s[0] - s[0], self.s[1] - s[1]];
        if let Some(c) = problem.s_current.get(i) {
            let vm = v(i)[0].hypot(v(i)[1]);
            missing = [missing[0] - vm * c[0], missing[1] - vm * c[1]];
        }
        if self.kind == NodeKind::Pv {
            missing[1] = 0.0;
        }
        missing
    }
}

/// What flows from node `i` into its row `y` of the admittance matrix.
fn at_node(pattern: &relight_numerics::Pattern, i: usize, y: &[Complex], v: &[Complex]) -> Complex {
    let columns = &pattern.columns()[pattern.row(i)];
    let current = columns.iter().zip(y).fold([0.0; 2], |sum, (&j, y)| plus(sum, times(*y, v[j as usize])));
    times_conjugate(v[i], current)
}

fn square(z: Complex) -> f64 {
    z[0] * z[0] + z[1] * z[1]
}

fn get(x: &[[f32; LANES]; 2], m: usize) -> Complex {
    [f64::from(x[0][m]), f64::from(x[1][m])]
}

fn set(x: &mut [[f32; LANES]; 2], m: usize, y: Complex) {
    (x[0][m], x[1][m]) = (y[0] as f32, y[1] as f32);
}

/// Equation (9) in all lanes.
#[inline(always)]
fn turned(v: &[Lanes; 2], step: &[[f32; LANES]; 2]) -> [Lanes; 2] {
    let mut out = [[0.0; LANES]; 2];
    for m in 0..LANES {
        let half = 0.5 * f64::from(step[0][m]);
        let square = half * half;
        let size = (1.0 + f64::from(step[1][m])) / (1.0 + square);
        let (cos, sin) = (size * (1.0 - square), size * (half + half));
        out[0][m] = v[0][m] * cos - v[1][m] * sin;
        out[1][m] = v[0][m] * sin + v[1][m] * cos;
    }
    out
}
