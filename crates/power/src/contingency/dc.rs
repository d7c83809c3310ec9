//! Outages in the DC approximation: one factorisation for all of them.
//!
//! With `B θ = p` before the outage and `f` the flows, removing branch `k` from node `s` to `t` leaves the nodes `s` and `t`
//! with what the branch carried, and changes `B` by rank one. With `a = e_s - e_t`, `y = L⁻¹ a` and `D` the pivots of `B = L D Lᵀ`:
//!
//! ```text
//! (B - b_k a aᵀ) Δθ = f_k a                                                                                    (6)
//! Δθ = α B⁻¹ a,         α = f_k / (1 - b_k aᵀ B⁻¹ a),        aᵀ B⁻¹ a = yᵀ D⁻¹ y                                (7)
//! f'_l = f_l + b_l (Δθ_from - Δθ_to)                         all l but k                                       (8)
//! ```
//!
//! (Stott & Alsac 1974, Fast decoupled load flow; the ratio of (8) to `f_k` is the line outage distribution factor; for several
//! branches at once Guo, Fu, Li & Shahidehpour, Direct calculation of line outage distribution factors, IEEE Trans. Power
//! Syst. 24, 2009.) `y` lives on two paths of the elimination tree; what remains of a solve is one backward substitution. A
//! bridge makes (7) singular; there, and where nodes go or references move, rows are replaced as in
//! [`super::compensation`], with the same sparse vectors.

use relight_model::BranchIdx;
use relight_numerics::{BlockLu, BlockMatrix, LaneFactors, PathSolver, Paths, Symbolic};

use crate::admittance::dc_susceptance;
use crate::contingency::LANES;
use crate::contingency::change::{Before, Change};
use crate::contingency::compensation::{Compensation, RowChange};
use crate::contingency::outcome::{Extremes, LIMIT_SLACK};
use crate::contingency::watch::{Lanes, Loadings, Missing, Watch, loadings};
use crate::problem::NodeKind;
use relight_model::safety::Outage;

/// Distance of `b_k aᵀ B⁻¹ a` from 1 below which the branch as good as holds its island together.
const RADIAL: f64 = 1e-7;
/// Digits that the factors must keep.
const DIGITS_KEPT: i32 = 8;
/// A branch that an outage brings above this share of its rating ...
const RAISED_SHARE: f64 = 0.9;
/// ... and by at least this share above where it was, is a reason to look closer.
const RAISED_BY: f64 = 0.02;

/// What stands above a root; larger than any node.
const ABOVE_ROOT: u32 = u32::MAX;

/// Flow of a watched branch before the outage, over its rating, and its change per radian.
#[derive(Debug, Clone, Copy)]
struct Share {
    flow: f64,
    per_radian: f64,
}

/// Everything that all outages share.
#[derive(Debug, Clone)]
pub(crate) struct DcBase {
    factors: PathSolver<1>,
    lanes: LaneFactors<f64, 1>,
    /// Flow of each branch, p.u.
    pub flow: Vec<f64>,
    shares: Vec<Share>,
    /// Share of its rating at which each watched branch counts as raised.
    raised_at: Vec<f64>,
}

/// What a worker needs for one batch.
#[derive(Debug, Clone)]
pub(crate) struct DcWorker {
    x: Vec<[Lanes; 1]>,
    scratch: Vec<[f64; 1]>,
    paths: Paths,
    compensation: Compensation<1>,
    /// Nodes from both ends of a branch up to the root.
    path: Vec<u32>,
    rows: Vec<RowChange<1>>,
    /// Right-hand side at the nodes that change.
    side: Vec<f64>,
    change: Change,
    missing: Missing,
}

/// What the DC flow says about one outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DcFinding {
    pub islands: u32,
    pub dark_islands: u32,
    pub lost: [f64; 2],
    /// `None`: to be solved afresh.
    pub extremes: Option<Extremes>,
    /// Branches that the outage brings near or above their rating.
    pub raised: u32,
}

impl DcBase {
    /// From the angles `theta` of the situation; `None` where static pivots do not do.
    pub(crate) fn new(before: &Before<'_>, watch: &Watch, theta: &[f64]) -> Option<Self> {
        let Before { network, structure, topology, problem, .. } = *before;
        let symbolic = &structure.symbolic;
        let pattern = symbolic.pattern();
        let solved = |i: usize| matches!(problem.kind[i], NodeKind::Pv | NodeKind::Pq);
        let mut matrix = BlockMatrix::<1>::zeros(pattern);
        for i in 0..pattern.nodes() {
            for at in pattern.row(i) {
                let j = pattern.columns()[at] as usize;
                // References and dark nodes are taken out by row and column, so that the matrix stays symmetric.
                matrix.values[at] = [[match (i == j, solved(i) && solved(j)) {
                    (_, true) => problem.dc_b[at],
                    (true, false) => 1.0,
                    (false, false) => 0.0,
                }]];
            }
        }
        let mut lu = BlockLu::new(symbolic);
        lu.refactor(symbolic, &matrix).ok().filter(|q| q.keeps_digits(DIGITS_KEPT))?;
        let mut flow = vec![0.0; network.branches.len()];
        for (k, branch) in network.branches.iter().enumerate().filter(|(k, _)| topology.branch_on[*k]) {
            let slots = structure.slots[k];
            if problem.is_live(slots.from as usize) {
                let difference = theta[slots.from as usize] - theta[slots.to as usize] - branch.shift_deg.to_radians();
                flow[k] = dc_susceptance(branch) * difference;
            }
        }
        let share = |w: &crate::contingency::watch::WatchedBranch| Share {
            flow: flow[w.branch as usize] * w.per_rate,
            per_radian: dc_susceptance(&network.branches[w.branch as usize]) * w.per_rate,
        };
        let shares: Vec<Share> = watch.branches.iter().map(share).collect();
        let raised_at = shares.iter().map(|s| RAISED_SHARE.max(s.flow.abs() + RAISED_BY)).collect();
        Some(Self { factors: PathSolver::new(symbolic, &lu), lanes: LaneFactors::new(&lu), flow, shares, raised_at })
    }
}

impl DcWorker {
    pub(crate) fn new(before: &Before<'_>, watch: &Watch) -> Self {
        let n = before.structure.nodes();
        Self {
            x: vec![[[0.0; LANES]; 1]; n],
            scratch: vec![[0.0]; n],
            paths: Paths::new(n),
            compensation: Compensation::default(),
            path: Vec::new(),
            rows: Vec::new(),
            side: Vec::new(),
            change: Change::default(),
            missing: Missing::new(watch),
        }
    }

    /// Looks at up to [`LANES`] outages at once.
    pub(crate) fn solve(
        &mut self,
        before: &Before<'_>,
        watch: &Watch,
        base: &DcBase,
        outages: &[Outage],
        found: &mut Vec<DcFinding>,
    ) {
        let symbolic = &before.structure.symbolic;
        self.x.fill([[0.0; LANES]; 1]);
        self.missing.clear();
        let first = found.len();
        for (m, &outage) in outages.iter().enumerate() {
            self.change.set(before, outage);
            let solved = !self.change.afresh && self.sparse_side(before, base, outage, m);
            if solved {
                self.missing.set(watch, before.tree, m, &self.change);
            }
            let c = &self.change;
            found.push(DcFinding {
                islands: c.islands,
                dark_islands: c.dark_islands,
                lost: [c.lost_mw, c.lost_people],
                extremes: solved.then(Extremes::default),
                raised: 0,
            });
        }
        base.lanes.backward(symbolic, &mut self.x);
        let seen = self.loadings(watch, base);
        for (m, finding) in found[first..].iter_mut().enumerate() {
            let Some(extremes) = &mut finding.extremes else { continue };
            if let Some(watched) = watch.branches.get(seen.at[m] as usize) {
                extremes.max_loading = Some((100.0 * seen.most[m], BranchIdx(watched.branch)));
            }
            extremes.overloads = seen.above[m][0];
            finding.raised = seen.above[m][1];
        }
    }

    /// Equation (8) for all lanes.
    fn loadings(&self, watch: &Watch, base: &DcBase) -> Loadings {
        let x = &self.x;
        loadings(
            watch,
            &self.missing,
            |w, k| {
                let share = base.shares[k];
                let ([from], [to]) = (&x[w.from as usize], &x[w.to as usize]);
                std::array::from_fn(|m| (share.flow + share.per_radian * (from[m] - to[m])).abs())
            },
            RAISED_SHARE,
            |k| [1.0 + LIMIT_SLACK, base.raised_at[k]],
        )
    }

    /// Forms `L⁻¹` of the right-hand side in lane `m`, with the compensation in it; `false` where that is singular.
    fn sparse_side(&mut self, before: &Before<'_>, base: &DcBase, outage: Outage, m: usize) -> bool {
        let Before { network, structure, problem, .. } = *before;
        let symbolic = &structure.symbolic;
        let solved = |node: u32| matches!(problem.kind[node as usize], NodeKind::Pv | NodeKind::Pq);
        let c = &self.change;
        if let (Outage::Branch(k), 1, 2) = (outage, c.branches.len(), c.nodes.len())
            && c.nodes.iter().all(|n| n.kind == problem.kind[n.node as usize])
            && c.islands as usize == before.topology.islands.len()
        {
            let b = dc_susceptance(&network.branches[k.i()]);
            let ends = [structure.slots[k.i()].from, structure.slots[k.i()].to].map(|i| solved(i).then_some(i));
            return self.rank_one(symbolic, base, ends, b, base.flow[k.i()], m);
        }
        // A reference that becomes an ordinary node is not in the symmetric matrix.
        if c.nodes.iter().any(|n| !solved(n.node) && n.kind != problem.kind[n.node as usize] && n.kind != NodeKind::Off)
        {
            return false;
        }
        self.rows.clear();
        self.side.clear();
        self.side.resize(c.nodes.len(), 0.0);
        for (at, n) in c.nodes.iter().enumerate().filter(|(_, n)| solved(n.node)) {
            if matches!(n.kind, NodeKind::Slack | NodeKind::Off) {
                let pattern = symbolic.pattern();
                for p in pattern.row(n.node as usize) {
                    let j = pattern.columns()[p];
                    let unit = f64::from(u8::from(j == n.node));
                    if solved(j) && problem.dc_b[p] != unit {
                        self.rows.push(RowChange { at: at as u32, column: j, block: [[unit - problem.dc_b[p]]] });
                    }
                }
                continue;
            }
            self.side[at] -= n.lost[0];
            for &k in &c.branches {
                let slots = structure.slots[k as usize];
                let (other, sign) = match (slots.from == n.node, slots.to == n.node) {
                    (true, false) => (slots.to, 1.0),
                    (false, true) => (slots.from, -1.0),
                    _ => continue,
                };
                let b = dc_susceptance(&network.branches[k as usize]);
                self.side[at] += sign * base.flow[k as usize];
                self.rows.push(RowChange { at: at as u32, column: n.node, block: [[-b]] });
                if solved(other) {
                    self.rows.push(RowChange { at: at as u32, column: other, block: [[b]] });
                }
            }
        }
        let Self { compensation, paths, rows, side, change, x, scratch, .. } = self;
        let nodes = change.nodes.iter().map(|n| n.node);
        if !compensation.set(symbolic, &base.factors, paths, scratch, nodes, rows) {
            return false;
        }
        for (n, side) in change.nodes.iter().zip(side) {
            scratch[n.node as usize][0] = *side;
        }
        base.factors.forward(symbolic, compensation.path(), scratch);
        for &i in compensation.path() {
            x[i as usize][0][m] = std::mem::take(&mut scratch[i as usize][0]);
        }
        let cells = std::cell::Cell::from_mut(&mut x[..]).as_slice_of_cells();
        let read = |i: usize| [cells[i].get()[0][m]];
        compensation.correct(symbolic, &base.factors, scratch, read, |i, correction| {
            let mut lanes = cells[i].get();
            lanes[0][m] -= correction[0];
            cells[i].set(lanes);
        });
        compensation.path().iter().all(|&i| x[i as usize][0][m].is_finite())
    }

    /// Equation (7), with `y` in lane `m`. Ends that are references are `None`.
    fn rank_one(
        &mut self,
        symbolic: &Symbolic,
        base: &DcBase,
        ends: [Option<u32>; 2],
        b: f64,
        flow: f64,
        m: usize,
    ) -> bool {
        let Self { x, path, .. } = self;
        let [mut first, mut second] = ends.map(|end| end.unwrap_or(ABOVE_ROOT));
        for (end, sign) in [(first, 1.0), (second, -1.0)] {
            if end != ABOVE_ROOT {
                x[end as usize][0][m] = sign;
            }
        }
        // Both paths at once, lowest node first; where they meet they go on as one.
        path.clear();
        let mut product = 0.0;
        while first.min(second) != ABOVE_ROOT {
            let i = first.min(second);
            path.push(i);
            let y = x[i as usize][0][m];
            product += y * y * base.factors.diagonal_inverse(i as usize)[0][0];
            base.factors.scatter(symbolic, i as usize, |j, l| x[j][0][m] -= l[0][0] * y);
            let parent = symbolic.parent(i as usize).unwrap_or(ABOVE_ROOT);
            first = if first == i { parent } else { first };
            second = if second == i { parent } else { second };
        }
        let distance = 1.0 - b * product;
        let good = distance.abs() > RADIAL && distance.is_finite();
        let alpha = if good { flow / distance } else { 0.0 };
        for &i in path.iter() {
            x[i as usize][0][m] *= alpha;
        }
        good
    }
}
