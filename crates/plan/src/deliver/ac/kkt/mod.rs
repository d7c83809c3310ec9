//! Newton's equations of the barrier problem, condensed to one 4x4 block per node (docs/methods/deliver_ac.md, eq. 12 to 18).
//!
//! Units, loads, shunts, HVDC lines, slacks and the bounds of voltages are eliminated where they stand, so that a node's block
//! holds (θ, v, multiplier of P, multiplier of Q). An inequality is eliminated into the blocks of its line too, as
//! Σ ∇h ∇hᵀ, until that product would drown the digits of the rest: then its line gets a node of its own (`hot`).

mod assemble;
mod solve;

use super::form::Form;
use super::point::{Point, Values};
use relight_numerics::{BlockLdl, Ordering, Pattern, Symbolic, SymmetricMatrix};

/// Regularisation of the multipliers: keeps a block invertible where a node has nothing to absorb power.
const DUAL_SHIFT: f64 = 1e-9;

/// A line whose Σ |∇h|² is beyond this gets its own node ...
const HOT: f64 = 1e8;
/// ... and with it all lines beyond this, so that the pattern changes seldom.
const WARM: f64 = 1e5;

const NONE: u32 = u32::MAX;

/// The equations, with room for everything they need.
pub(super) struct Kkt {
    symbolic: Symbolic,
    matrix: SymmetricMatrix<4>,
    factors: BlockLdl<4>,
    /// Row of the matrix of each node, and of each rated line (`NONE` unless hot).
    row: Vec<u32>,
    hot_row: Vec<u32>,
    /// Hot lines in the order of their rows.
    hot: Vec<u32>,
    /// Place of the block of each line, and of each HVDC line.
    line_block: Vec<u32>,
    link_block: Vec<u32>,
    /// Places of the blocks (hot line, its *from* node) and (hot line, its *to* node), by order in `hot`.
    hot_blocks: Vec<[u32; 2]>,
    /// Diagonal shift that the matrix holds at the moment.
    shift: f64,
    /// Per rated line: gradient by (θ_from − θ_to, v_from, v_to) of its two inequalities.
    gradient: Vec<[[f64; 3]; 2]>,
    /// y / s per inequality.
    sigma: Vec<f64>,
    /// 1 / (Σ of bounds + curvature) of each eliminated variable, 0 where fixed; Σ of bounds itself for voltages.
    compliance: Vec<f64>,
    /// ∇f + Jgᵀλ of each box variable (for voltages with the inequalities' part), without bounds.
    pub slope: Vec<f64>,
    /// The same of the angles.
    pub angle_slope: Vec<f64>,
    /// Cross derivative of each shunt's share and the voltage.
    shunt_cross: Vec<f64>,
    rhs: Vec<[f64; 4]>,
    solution: Vec<[f64; 4]>,
    rest: Vec<[f64; 4]>,
}

impl Kkt {
    /// Room for a form's equations, with no hot line.
    pub fn new(form: &Form) -> Self {
        let n = form.nodes();
        let mut kkt = Self {
            matrix: SymmetricMatrix::zeros(&form.symbolic),
            factors: BlockLdl::new(&form.symbolic),
            symbolic: form.symbolic.clone(),
            row: (0..n as u32).collect(),
            hot_row: vec![NONE; form.rated.len()],
            hot: Vec::new(),
            line_block: Vec::new(),
            link_block: Vec::new(),
            hot_blocks: Vec::new(),
            shift: 0.0,
            gradient: vec![[[0.0; 3]; 2]; form.rated.len()],
            sigma: vec![0.0; form.inequalities()],
            compliance: vec![0.0; form.places.end],
            slope: vec![0.0; form.places.end],
            angle_slope: vec![0.0; n],
            shunt_cross: vec![0.0; form.shunt_node.len()],
            rhs: vec![[0.0; 4]; n],
            solution: vec![[0.0; 4]; n],
            rest: vec![[0.0; 4]; n],
        };
        kkt.place_blocks(form);
        kkt
    }

    /// Gives the lines `hot` nodes of their own, each right after the end that is eliminated first.
    fn reshape(&mut self, form: &Form) {
        let n = form.nodes();
        let mut after: Vec<Vec<u32>> = vec![Vec::new(); n];
        for &r in &self.hot {
            let line = &form.lines[form.rated[r as usize].0 as usize];
            after[line.from.min(line.to) as usize].push(r);
        }
        self.hot.clear();
        let mut rows = 0u32;
        for (i, lines) in after.iter().enumerate() {
            self.row[i] = rows;
            rows += 1;
            for &r in lines {
                self.hot_row[r as usize] = rows;
                self.hot.push(r);
                rows += 1;
            }
        }
        let at = |node: u32| self.row[node as usize];
        let mut edges: Vec<(u32, u32)> = form.lines.iter().map(|l| (at(l.from), at(l.to))).collect();
        edges.extend(form.link_nodes.iter().map(|&(a, b)| (at(a), at(b))));
        for &r in &self.hot {
            let (line, row) = (&form.lines[form.rated[r as usize].0 as usize], self.hot_row[r as usize]);
            edges.extend([(row, at(line.from)), (row, at(line.to))]);
        }
        let rows = rows as usize;
        let pattern = Pattern::from_edges(rows, &edges);
        self.symbolic = Symbolic::with_ordering(&pattern, Ordering::natural(rows));
        self.matrix = SymmetricMatrix::zeros(&self.symbolic);
        self.factors = BlockLdl::new(&self.symbolic);
        for v in [&mut self.rhs, &mut self.solution, &mut self.rest] {
            v.clear();
            v.resize(rows, [0.0; 4]);
        }
        self.place_blocks(form);
    }

    fn place_blocks(&mut self, form: &Form) {
        let place = |a: u32, b: u32| {
            let at = self.matrix.position(a.min(b) as usize, a.max(b) as usize);
            at.expect("invariant: every line and link is an edge of the pattern") as u32
        };
        let at = |node: u32| self.row[node as usize];
        self.line_block = form.lines.iter().map(|l| place(at(l.from), at(l.to))).collect();
        self.link_block = form.link_nodes.iter().map(|&(a, b)| place(at(a), at(b))).collect();
        let ends = |&r: &u32| {
            let (line, row) = (&form.lines[form.rated[r as usize].0 as usize], self.hot_row[r as usize]);
            [place(row, at(line.from)), place(row, at(line.to))]
        };
        self.hot_blocks = self.hot.iter().map(ends).collect();
    }

    /// Fills the matrix and the slopes at a point.
    pub fn linearise(&mut self, form: &Form, point: &Point, values: &Values) {
        self.inequalities(form, point, values);
        self.matrix.clear();
        self.shift = 0.0;
        self.boxes(form, point);
        self.angle_slope.fill(0.0);
        for k in 0..form.lines.len() {
            self.line(form, point, values, k);
        }
        self.hot_lines(form);
        self.angle_limits(form, point);
        self.links(form, point);
        self.fix_angles(form);
        for d in &mut self.matrix.diagonal {
            for i in 0..4 {
                for j in 0..i {
                    d[i][j] = d[j][i];
                }
            }
        }
    }
}
