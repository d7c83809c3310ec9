//! One matrix, several right-hand sides side by side: `M` lanes.
//!
//! `x[i][r][m]` is component `r` of node `i` of lane `m`. The factors are read once for all lanes, and every operation is the
//! same for all of them, which is what vector units want. What a lane gets depends on that lane alone, bit by bit.

use std::ops::{Add, Mul, Sub};

use crate::block::Block;
use crate::{BlockLu, Symbolic};

/// A number that lanes are made of: `f64`, or `f32` where an approximate solution will do (a correction step).
pub trait LaneNumber: Copy + Add<Output = Self> + Mul<Output = Self> + Sub<Output = Self> {
    /// The nearest number of this kind.
    fn rounded(value: f64) -> Self;
}

impl LaneNumber for f64 {
    fn rounded(value: f64) -> Self {
        value
    }
}

impl LaneNumber for f32 {
    fn rounded(value: f64) -> Self {
        value as f32
    }
}

/// A copy of the factors of a [`BlockLu`] in another number type.
#[derive(Debug, Clone)]
pub struct LaneFactors<T, const N: usize> {
    lower: Vec<[[T; N]; N]>,
    upper: Vec<[[T; N]; N]>,
    diagonal_inverse: Vec<[[T; N]; N]>,
}

impl<T: LaneNumber, const N: usize> LaneFactors<T, N> {
    /// Copies the factors at hand in `lu`.
    pub fn new(lu: &BlockLu<N>) -> Self {
        let copy = |blocks: &[Block<N>]| blocks.iter().map(|b| b.map(|row| row.map(T::rounded))).collect();
        Self { lower: copy(&lu.lower), upper: copy(&lu.upper), diagonal_inverse: copy(&lu.diagonal_inverse) }
    }

    /// `x ← L⁻¹ x` in all lanes.
    pub fn forward<const M: usize>(&self, symbolic: &Symbolic, x: &mut [[[T; M]; N]]) {
        for i in 0..symbolic.nodes() {
            let row = symbolic.lower_row(i);
            let mut y = x[i];
            for (&k, l) in symbolic.lower_columns[row.clone()].iter().zip(&self.lower[row]) {
                subtract_apply(&mut y, l, &x[k as usize]);
            }
            x[i] = y;
        }
    }

    /// `x ← U⁻¹ x` in all lanes.
    pub fn backward<const M: usize>(&self, symbolic: &Symbolic, x: &mut [[[T; M]; N]]) {
        for i in (0..symbolic.nodes()).rev() {
            let row = symbolic.upper_row(i);
            let mut y = x[i];
            for (&j, u) in symbolic.upper_columns[row.clone()].iter().zip(&self.upper[row]) {
                subtract_apply(&mut y, u, &x[j as usize]);
            }
            let d = &self.diagonal_inverse[i];
            for (z, d) in x[i].iter_mut().zip(d) {
                for m in 0..M {
                    let mut sum = d[0] * y[0][m];
                    for k in 1..N {
                        sum = sum + d[k] * y[k][m];
                    }
                    z[m] = sum;
                }
            }
        }
    }
}

#[inline(always)]
fn subtract_apply<T: LaneNumber, const N: usize, const M: usize>(
    y: &mut [[T; M]; N],
    a: &[[T; N]; N],
    x: &[[T; M]; N],
) {
    for (y, a) in y.iter_mut().zip(a) {
        for (&a, x) in a.iter().zip(x) {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = *y - a * x;
            }
        }
    }
}
