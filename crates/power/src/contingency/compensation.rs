//! Solutions of a matrix that differs in a few block rows from one that is factored.
//!
//! With `J` factored as `L U`, `T` the nodes whose rows change, `E` the columns of the identity that belong to them and `D` the
//! changes as rows, the new matrix is `J' = J + E Dᵀ`. By the formula of Sherman, Morrison and Woodbury, applied between the
//! forward and the backward substitution (mid-compensation of Alsac, Stott & Tinney, Sparsity-oriented compensation methods
//! for modified network solutions, IEEE Trans. PAS-102, 1983):
//!
//! ```text
//! K  = I + Dᵀ J⁻¹ E                                     small and dense, once per outage                        (3)
//! y  = L⁻¹ b
//! u  = K⁻¹ Dᵀ U⁻¹ y                                     needs U⁻¹ y where D has columns alone                   (4)
//! x  = U⁻¹ (y - L⁻¹ E u)                                                                                        (5)
//! ```
//!
//! (3), (4) and the correction in (5) run along a few paths of the elimination tree; whole vectors are met in the two
//! substitutions of any solve, and nowhere else.

use relight_numerics::{Block, DenseLu, PathSolver, Paths, Symbolic};

/// Reciprocal of the growth from the inputs of [`Compensation::set`] to the smallest pivot that is put up with.
const PIVOT_MIN: f64 = 1e-9;

/// One block of `Dᵀ`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowChange<const N: usize> {
    /// Position in the list of nodes whose rows change.
    pub at: u32,
    /// Column: a node.
    pub column: u32,
    pub block: Block<N>,
}

/// The difference of one matrix from the factored one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compensation<const N: usize> {
    nodes: Vec<u32>,
    changes: Vec<RowChange<N>>,
    path: Vec<u32>,
    small: Option<DenseLu>,
    touched: Vec<u32>,
    dense: Vec<f64>,
    u: Vec<f64>,
}

impl<const N: usize> Compensation<N> {
    /// Prepares for rows `nodes` changed by `changes`; says whether the matrix is far enough from singular. `scratch` is zero
    /// before and after.
    pub(crate) fn set(
        &mut self,
        symbolic: &Symbolic,
        factors: &PathSolver<N>,
        paths: &mut Paths,
        scratch: &mut [[f64; N]],
        nodes: impl Iterator<Item = u32>,
        changes: &[RowChange<N>],
    ) -> bool {
        self.nodes.clear();
        self.nodes.extend(nodes);
        self.changes.clear();
        self.changes.extend_from_slice(changes);
        self.touched.clear();
        self.touched.extend_from_slice(&self.nodes);
        self.touched.extend(changes.iter().map(|c| c.column));
        paths.from_nodes(symbolic, &self.touched, &mut self.path);
        self.small = None;
        if changes.is_empty() {
            return true;
        }
        let order = N * self.nodes.len();
        self.dense.clear();
        self.dense.resize(order * order, 0.0);
        for (t, &node) in self.nodes.iter().enumerate() {
            let from = self.path.partition_point(|&i| i < node);
            for c in 0..N {
                scratch[node as usize][c] = 1.0;
                factors.forward(symbolic, &self.path[from..], scratch);
                factors.backward(symbolic, &self.path, scratch);
                let column = N * t + c;
                self.dense[column * order + column] += 1.0;
                for change in &self.changes {
                    let x = &scratch[change.column as usize];
                    for (r, row) in change.block.iter().enumerate() {
                        let product: f64 = row.iter().zip(x).map(|(d, x)| d * x).sum();
                        self.dense[(N * change.at as usize + r) * order + column] += product;
                    }
                }
                self.path.iter().for_each(|&i| scratch[i as usize] = [0.0; N]);
            }
        }
        let largest = self.dense.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        self.small = DenseLu::factor(order, &self.dense).ok();
        self.small.as_ref().is_some_and(|k| k.smallest_pivot() > PIVOT_MIN * largest)
    }

    /// Nodes that the correction reads and changes, ascending: all above the changed ones in the elimination tree.
    pub(crate) fn path(&self) -> &[u32] {
        &self.path
    }

    /// (4) and the correction of (5): reads `y` on the path, and subtracts `L⁻¹ E u` from it there.
    pub(crate) fn correct(
        &mut self,
        symbolic: &Symbolic,
        factors: &PathSolver<N>,
        scratch: &mut [[f64; N]],
        read: impl Fn(usize) -> [f64; N],
        mut subtract: impl FnMut(usize, [f64; N]),
    ) {
        let Some(small) = &self.small else { return };
        for &i in &self.path {
            scratch[i as usize] = read(i as usize);
        }
        factors.backward(symbolic, &self.path, scratch);
        self.u.clear();
        self.u.resize(N * self.nodes.len(), 0.0);
        for change in &self.changes {
            let x = &scratch[change.column as usize];
            for (r, row) in change.block.iter().enumerate() {
                self.u[N * change.at as usize + r] += row.iter().zip(x).map(|(d, x)| d * x).sum::<f64>();
            }
        }
        small.solve(&mut self.u);
        self.path.iter().for_each(|&i| scratch[i as usize] = [0.0; N]);
        for (&node, u) in self.nodes.iter().zip(self.u.chunks_exact(N)) {
            scratch[node as usize].copy_from_slice(u);
        }
        factors.forward(symbolic, &self.path, scratch);
        for &i in &self.path {
            subtract(i as usize, scratch[i as usize]);
            scratch[i as usize] = [0.0; N];
        }
    }
}
