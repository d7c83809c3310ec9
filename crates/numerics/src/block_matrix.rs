//! A sparse matrix of dense blocks on a [`Pattern`].

use crate::Pattern;
use crate::block::{self, Block};

/// Blocks in the order of a pattern's entries. The pattern itself is passed along, so that many matrices share one.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockMatrix<const N: usize> {
    /// One block per entry of the pattern.
    pub values: Vec<Block<N>>,
}

impl<const N: usize> BlockMatrix<N> {
    /// The zero matrix on `pattern`.
    pub fn zeros(pattern: &Pattern) -> Self {
        Self { values: vec![block::zero(); pattern.entries()] }
    }

    /// Sets every block to zero.
    pub fn clear(&mut self) {
        self.values.fill(block::zero());
    }

    /// `residual = b - A x`.
    pub fn residual(&self, pattern: &Pattern, x: &[[f64; N]], b: &[[f64; N]], residual: &mut [[f64; N]]) {
        for i in 0..pattern.nodes() {
            let row = pattern.row(i);
            let mut r = b[i];
            for (a, &j) in self.values[row.clone()].iter().zip(&pattern.columns()[row]) {
                block::subtract_apply(&mut r, a, &x[j as usize]);
            }
            residual[i] = r;
        }
    }

    /// Row sums of absolute values, the largest of them: the infinity norm.
    pub fn norm_inf(&self, pattern: &Pattern) -> f64 {
        let mut norm = 0.0f64;
        for i in 0..pattern.nodes() {
            let mut sum = [0.0; N];
            for a in &self.values[pattern.row(i)] {
                for (s, row) in sum.iter_mut().zip(a) {
                    *s += row.iter().map(|v| v.abs()).sum::<f64>();
                }
            }
            norm = sum.into_iter().fold(norm, f64::max);
        }
        norm
    }
}
