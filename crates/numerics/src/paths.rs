//! Solves whose right-hand side is zero at most nodes, or of which a few components are wanted.
//!
//! A right-hand side that is not zero at node `i` alone fills `L⁻¹ b` on the path from `i` to the root of the elimination
//! tree, and component `i` of a solution needs those on the same path only (Gilbert & Peierls, SIAM J. Sci. Stat. Comput. 9,
//! 1988; for power networks Tinney, Brandwajn & Chan, Sparse Vector Methods, IEEE Trans. PAS-104, 1985). A path has some tens
//! of nodes where the network has thousands.

use crate::block::{self, Block};
use crate::{BlockLu, Symbolic};

/// L of a [`BlockLu`] by columns, for forward substitution along paths. Made from factors at hand, and valid with them only.
#[derive(Debug, Clone)]
pub struct PathSolver<const N: usize> {
    /// `L[j, k]` for `k` ascending and `j` in row `k` of U.
    lower_by_column: Vec<Block<N>>,
    upper: Vec<Block<N>>,
    diagonal_inverse: Vec<Block<N>>,
}

impl<const N: usize> PathSolver<N> {
    /// Takes over the factors in `lu`.
    pub fn new(symbolic: &Symbolic, lu: &BlockLu<N>) -> Self {
        let mut next: Vec<u32> = symbolic.upper_start[..symbolic.nodes()].to_vec();
        let mut lower_by_column = vec![block::zero(); symbolic.factor_entries()];
        // Rows ascend, so each column is filled from the top.
        for i in 0..symbolic.nodes() {
            let row = symbolic.lower_row(i);
            for (&k, l) in symbolic.lower_columns[row.clone()].iter().zip(&lu.lower[row]) {
                lower_by_column[next[k as usize] as usize] = *l;
                next[k as usize] += 1;
            }
        }
        Self { lower_by_column, upper: lu.upper.clone(), diagonal_inverse: lu.diagonal_inverse.clone() }
    }

    /// `y ← L⁻¹ y`, where `y` is zero at all nodes that are not on `path`. The path ascends, and holds with every node all
    /// nodes above it in the elimination tree ([`Paths::from_nodes`]).
    pub fn forward(&self, symbolic: &Symbolic, path: &[u32], y: &mut [[f64; N]]) {
        for &k in path {
            let yk = y[k as usize];
            let row = symbolic.upper_row(k as usize);
            for (&j, l) in symbolic.upper_columns[row.clone()].iter().zip(&self.lower_by_column[row]) {
                block::subtract_apply(&mut y[j as usize], l, &yk);
            }
        }
    }

    /// Hands out the entries `L[j, k]` of column `k` with their rows `j`, ascending.
    #[inline]
    pub fn scatter(&self, symbolic: &Symbolic, k: usize, mut take: impl FnMut(usize, &Block<N>)) {
        let row = symbolic.upper_row(k);
        for (&j, l) in symbolic.upper_columns[row.clone()].iter().zip(&self.lower_by_column[row]) {
            take(j as usize, l);
        }
    }

    /// `x ← U⁻¹ x` at the nodes of `path`; other nodes are neither read nor written.
    pub fn backward(&self, symbolic: &Symbolic, path: &[u32], x: &mut [[f64; N]]) {
        for &i in path.iter().rev() {
            let row = symbolic.upper_row(i as usize);
            let mut y = x[i as usize];
            for (&j, u) in symbolic.upper_columns[row.clone()].iter().zip(&self.upper[row]) {
                block::subtract_apply(&mut y, u, &x[j as usize]);
            }
            x[i as usize] = block::apply(&self.diagonal_inverse[i as usize], &y);
        }
    }

    /// The inverse of the diagonal block of U at a node.
    pub fn diagonal_inverse(&self, i: usize) -> &Block<N> {
        &self.diagonal_inverse[i]
    }
}

/// Finds the nodes on the paths from given nodes to the root.
#[derive(Debug, Clone)]
pub struct Paths {
    mark: Vec<u32>,
    stamp: u32,
}

impl Paths {
    /// For a graph of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self { mark: vec![0; nodes], stamp: 0 }
    }

    /// Puts into `path` all nodes on the paths from `nodes` to their roots, each once, ascending.
    ///
    /// # Panics
    /// If a node is out of range.
    pub fn from_nodes(&mut self, symbolic: &Symbolic, nodes: &[u32], path: &mut Vec<u32>) {
        path.clear();
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.mark.fill(0);
            self.stamp = 1;
        }
        for &node in nodes {
            let mut at = Some(node);
            while let Some(k) = at.filter(|&k| self.mark[k as usize] != self.stamp) {
                self.mark[k as usize] = self.stamp;
                path.push(k);
                at = symbolic.parent(k as usize);
            }
        }
        path.sort_unstable();
    }
}

impl Symbolic {
    /// The node above `k` in the elimination tree; `None` at a root.
    #[inline]
    pub fn parent(&self, k: usize) -> Option<u32> {
        let row = self.upper_row(k);
        self.upper_columns[row].first().copied()
    }
}
