//! LU factorisation by blocks, on the pattern of a graph, with pivots kept in their places.
//!
//! With `A = L U`, L unit lower and U upper block triangular, row `i` of the factors is found from the rows above it
//! (Duff, Erisman & Reid, Direct Methods for Sparse Matrices, 2nd ed., section 10.6, here by blocks):
//!
//! ```text
//! w       = A[i, :]                                   scattered into a dense row of blocks
//! L[i,k]  = w[k] D[k]⁻¹,   w[j] -= L[i,k] U[k,j]       for k in row i of L, ascending, and j in row k of U       (1)
//! D[i]    = w[i],          U[i,j] = w[j]               for j > i                                                 (2)
//! ```
//!
//! In (1) rows k, k+1, ... of U with the same pattern (a supernode) are taken two at a time, so that `w[j]` is loaded and
//! stored once for both. Rows of L and U are contiguous; the dense row is the one place that is indexed indirectly.

use thiserror::Error;

use crate::block::{self, Block, Largest};
use crate::{BlockMatrix, Symbolic};

/// A diagonal block without an inverse: the matrix is singular, or needs pivots from outside the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("diagonal block {position} (in elimination order) has no inverse")]
pub struct FactorError {
    /// Position in the elimination order.
    pub position: usize,
}

/// How much a factorisation with fixed pivots may have lost. Both figures are 1 to 1e3 for well-behaved matrices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Row-wise growth: the largest over all block rows `i` of `(Σₖ |L[i,k]| |U[k,:]| + |U[i,:]|) / |A[i,:]|` in the
    /// maximum norm. Times the machine epsilon it bounds the row-wise backward error of the factors (Higham, Accuracy and
    /// Stability of Numerical Algorithms, 2nd ed., theorem 9.3).
    pub growth: f64,
    /// The largest condition `N max|D| max|D⁻¹|` of a pivot block.
    pub pivot_condition: f64,
}

impl Quality {
    /// Whether a solve with these factors, without refinement, keeps about `digits` of the 15 to 16 decimal digits.
    pub fn keeps_digits(&self, digits: i32) -> bool {
        // Written so that NaN is no.
        self.growth.max(self.pivot_condition) <= 10f64.powi(15 - digits)
    }
}

/// The dense row into which the caller adds the blocks of one row of its matrix.
#[derive(Debug)]
pub struct RowScatter<'a, const N: usize> {
    work: &'a mut [Block<N>],
    largest: Largest<N>,
}

impl<const N: usize> RowScatter<'_, N> {
    /// Sets the block in column `j` (elimination order), which must be an entry of the pattern's row. Each once.
    #[inline(always)]
    pub fn set(&mut self, j: usize, value: Block<N>) {
        self.largest.see(&value);
        self.work[j] = value;
    }
}

/// Factors of a block matrix on a [`Symbolic`] pattern; made once, refilled by [`BlockLu::refactor`].
#[derive(Debug, Clone)]
pub struct BlockLu<const N: usize> {
    pub(crate) lower: Vec<Block<N>>,
    pub(crate) upper: Vec<Block<N>>,
    pub(crate) diagonal_inverse: Vec<Block<N>>,
    /// max |U[k, :]|, for the growth figure.
    row_size: Vec<f64>,
    /// One dense row; all zero between calls.
    work: Vec<Block<N>>,
}

impl<const N: usize> BlockLu<N> {
    /// Room for the factors on `symbolic`.
    pub fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.nodes();
        Self {
            lower: vec![block::zero(); symbolic.factor_entries()],
            upper: vec![block::zero(); symbolic.factor_entries()],
            diagonal_inverse: vec![block::zero(); n],
            row_size: vec![0.0; n],
            work: vec![block::zero(); n],
        }
    }

    /// Factors the matrix `a`, whose blocks lie on `symbolic.pattern()`.
    ///
    /// # Errors
    /// [`FactorError`] at the first diagonal block without an inverse, or where a NaN or overflow got there.
    pub fn refactor(&mut self, symbolic: &Symbolic, a: &BlockMatrix<N>) -> Result<Quality, FactorError> {
        let pattern = symbolic.pattern();
        self.refactor_rows(symbolic, |i, row| {
            let at = pattern.row(i);
            for (&j, value) in pattern.columns()[at.clone()].iter().zip(&a.values[at]) {
                row.set(j as usize, *value);
            }
        })
    }

    /// Factors the matrix whose row `i` (elimination order) `fill` writes into the row it is given. Rows come in order,
    /// each once, and need not be stored anywhere else.
    ///
    /// # Errors
    /// As [`BlockLu::refactor`].
    pub fn refactor_rows(
        &mut self,
        symbolic: &Symbolic,
        mut fill: impl FnMut(usize, &mut RowScatter<'_, N>),
    ) -> Result<Quality, FactorError> {
        let mut quality = Quality { growth: 1.0, pivot_condition: 1.0 };
        for i in 0..symbolic.nodes() {
            let mut row = RowScatter { work: &mut self.work, largest: Largest::new() };
            fill(i, &mut row);
            let largest = row.largest.get();
            let eliminated = self.eliminate(symbolic, i);
            let Some((own, condition)) = self.gather(symbolic, i) else {
                self.work.fill(block::zero());
                return Err(FactorError { position: i });
            };
            let growth = (eliminated + own) / largest;
            quality.growth = if growth > quality.growth { growth } else { quality.growth };
            quality.pivot_condition =
                if condition > quality.pivot_condition { condition } else { quality.pivot_condition };
        }
        Ok(quality)
    }

    /// Step (1) for row `i`; returns Σₖ |L[i,k]| |U[k,:]|.
    #[inline(always)]
    fn eliminate(&mut self, symbolic: &Symbolic, i: usize) -> f64 {
        let lower = symbolic.lower_row(i);
        let columns = &symbolic.lower_columns[lower.clone()];
        let store = &mut self.lower[lower];
        let work = self.work.as_mut_slice();
        let mut size = 0.0;
        let mut p = 0;
        while p < columns.len() {
            let k = columns[p] as usize;
            let first = block::product(&work[k], &self.diagonal_inverse[k]);
            work[k] = block::zero();
            store[p] = first;
            size += block::max_abs(&first) * self.row_size[k];
            let upper = symbolic.upper_row(k);
            if symbolic.chain[k] == 1 || k + 1 == i {
                for (&j, u) in symbolic.upper_columns[upper.clone()].iter().zip(&self.upper[upper]) {
                    block::subtract_product(&mut work[j as usize], &first, u);
                }
                p += 1;
                continue;
            }
            let (u_next, u_first) = self.upper[upper].split_first().expect("invariant: a chained row is not empty");
            block::subtract_product(&mut work[k + 1], &first, u_next);
            let second = block::product(&work[k + 1], &self.diagonal_inverse[k + 1]);
            work[k + 1] = block::zero();
            store[p + 1] = second;
            size += block::max_abs(&second) * self.row_size[k + 1];
            let upper = symbolic.upper_row(k + 1);
            let columns = &symbolic.upper_columns[upper.clone()];
            for ((&j, u), v) in columns.iter().zip(u_first).zip(&self.upper[upper]) {
                let mut w = work[j as usize];
                block::subtract_product(&mut w, &first, u);
                block::subtract_product(&mut w, &second, v);
                work[j as usize] = w;
            }
            p += 2;
        }
        size
    }

    /// Step (2) for row `i`; returns max |U[i,:]| and the condition of the pivot block.
    #[inline(always)]
    fn gather(&mut self, symbolic: &Symbolic, i: usize) -> Option<(f64, f64)> {
        let diagonal = self.work[i];
        self.work[i] = block::zero();
        let inverse = block::inverse(&diagonal)?;
        let mut largest = Largest::new();
        largest.see(&diagonal);
        let condition = N as f64 * largest.get() * block::max_abs(&inverse);
        self.diagonal_inverse[i] = inverse;
        let upper = symbolic.upper_row(i);
        for (&j, u) in symbolic.upper_columns[upper.clone()].iter().zip(&mut self.upper[upper]) {
            let w = self.work[j as usize];
            self.work[j as usize] = block::zero();
            largest.see(&w);
            *u = w;
        }
        let largest = largest.get();
        self.row_size[i] = largest;
        Some((largest, condition))
    }

    /// Replaces the right-hand side `x` (elimination order) by the solution of `A x = b`.
    pub fn solve(&self, symbolic: &Symbolic, x: &mut [[f64; N]]) {
        for i in 0..symbolic.nodes() {
            let row = symbolic.lower_row(i);
            let mut y = x[i];
            for (&k, l) in symbolic.lower_columns[row.clone()].iter().zip(&self.lower[row]) {
                block::subtract_apply(&mut y, l, &x[k as usize]);
            }
            x[i] = y;
        }
        for i in (0..symbolic.nodes()).rev() {
            let row = symbolic.upper_row(i);
            let mut y = x[i];
            for (&j, u) in symbolic.upper_columns[row.clone()].iter().zip(&self.upper[row]) {
                block::subtract_apply(&mut y, u, &x[j as usize]);
            }
            x[i] = block::apply(&self.diagonal_inverse[i], &y);
        }
    }

    /// Replaces `x` by the solution of `Aᵀ x = b`, with the same factors.
    pub fn solve_transposed(&self, symbolic: &Symbolic, x: &mut [[f64; N]]) {
        for i in 0..symbolic.nodes() {
            let mut z = [0.0; N];
            for (k, row) in self.diagonal_inverse[i].iter().enumerate() {
                for (z, d) in z.iter_mut().zip(row) {
                    *z += d * x[i][k];
                }
            }
            x[i] = z;
            let row = symbolic.upper_row(i);
            for (&j, u) in symbolic.upper_columns[row.clone()].iter().zip(&self.upper[row]) {
                block::subtract_apply_transposed(&mut x[j as usize], u, &z);
            }
        }
        for i in (0..symbolic.nodes()).rev() {
            let z = x[i];
            let row = symbolic.lower_row(i);
            for (&k, l) in symbolic.lower_columns[row.clone()].iter().zip(&self.lower[row]) {
                block::subtract_apply_transposed(&mut x[k as usize], l, &z);
            }
        }
    }

    /// Replaces `M` right-hand sides at once by their solutions: `x[i][r][m]` is component `r` of node `i` of side `m`.
    /// The factors are read once for all of them.
    pub fn solve_many<const M: usize>(&self, symbolic: &Symbolic, x: &mut [[[f64; M]; N]]) {
        for i in 0..symbolic.nodes() {
            let row = symbolic.lower_row(i);
            let mut y = x[i];
            for (&k, l) in symbolic.lower_columns[row.clone()].iter().zip(&self.lower[row]) {
                subtract_apply_many(&mut y, l, &x[k as usize]);
            }
            x[i] = y;
        }
        for i in (0..symbolic.nodes()).rev() {
            let row = symbolic.upper_row(i);
            let mut y = x[i];
            for (&j, u) in symbolic.upper_columns[row.clone()].iter().zip(&self.upper[row]) {
                subtract_apply_many(&mut y, u, &x[j as usize]);
            }
            let mut z = [[0.0; M]; N];
            for (z, d) in z.iter_mut().zip(&self.diagonal_inverse[i]) {
                for (d, y) in d.iter().zip(&y) {
                    for (z, y) in z.iter_mut().zip(y) {
                        *z += d * y;
                    }
                }
            }
            x[i] = z;
        }
    }
}

#[inline(always)]
fn subtract_apply_many<const N: usize, const M: usize>(y: &mut [[f64; M]; N], a: &Block<N>, x: &[[f64; M]; N]) {
    for (y, a) in y.iter_mut().zip(a) {
        for (a, x) in a.iter().zip(x) {
            for (y, x) in y.iter_mut().zip(x) {
                *y -= a * x;
            }
        }
    }
}
