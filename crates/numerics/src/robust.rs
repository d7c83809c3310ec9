//! A solve that checks itself: static pivots first, then refinement, then a pivot search.

use crate::block::Block;
use crate::{BlockLu, BlockMatrix, FactorError, Quality, ScalarMatrix, SingularMatrix, Symbolic, ThresholdLu};

/// Backward error above which a solution is refined once: some hundreds of rounding errors.
const REFINE_ABOVE: f64 = 1e-13;
/// Backward error above which, after refinement, the matrix goes to [`ThresholdLu`].
const FALL_BACK_ABOVE: f64 = 1e-10;
/// Candidates of at least this share of the largest keep the diagonal in [`ThresholdLu`].
const PIVOT_THRESHOLD: f64 = 0.1;

/// What one solve took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SolveReport {
    /// Component-wise backward error of the solution returned (Arioli, Demmel & Duff 1989, eq. 2.4 and 2.9): the largest
    /// `|b - A x|ᵢ / (|A| |x| + |b|)ᵢ`, with `|A[i,:]| |x|∞` in place of `|b|ᵢ` where the divisor is rounding noise.
    pub backward_error: f64,
    /// Whether a refinement step was kept.
    pub refined: bool,
    /// Whether the scalar factorisation with pivot search gave the solution.
    pub fell_back: bool,
}

/// Block LU, residual check, one refinement step and the scalar fallback, with all the storage they need.
#[derive(Debug, Clone)]
pub struct RobustLu<const N: usize> {
    lu: BlockLu<N>,
    static_pivots: Result<Quality, FactorError>,
    fallback: Option<ThresholdLu>,
    residual: Vec<[f64; N]>,
    candidate: Vec<[f64; N]>,
}

impl<const N: usize> RobustLu<N> {
    /// Room for factors on `symbolic`.
    pub fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.nodes();
        Self {
            lu: BlockLu::new(symbolic),
            static_pivots: Err(FactorError { position: 0 }),
            fallback: None,
            residual: vec![[0.0; N]; n],
            candidate: vec![[0.0; N]; n],
        }
    }

    /// Factors `a` with static pivots. A block without an inverse is no error yet: [`RobustLu::solve`] then falls back.
    pub fn factor(&mut self, symbolic: &Symbolic, a: &BlockMatrix<N>) -> Option<Quality> {
        self.fallback = None;
        self.static_pivots = self.lu.refactor(symbolic, a);
        self.static_pivots.ok()
    }

    /// Solves `A x = b` for the matrix last given to [`RobustLu::factor`], which is passed again for the residual.
    ///
    /// # Errors
    /// [`SingularMatrix`] where the pivot search too finds no pivot.
    pub fn solve(
        &mut self,
        symbolic: &Symbolic,
        a: &BlockMatrix<N>,
        b: &[[f64; N]],
        x: &mut [[f64; N]],
    ) -> Result<SolveReport, SingularMatrix> {
        if self.static_pivots.is_ok() && self.fallback.is_none() {
            x.copy_from_slice(b);
            self.lu.solve(symbolic, x);
            let report = self.refine(symbolic, a, b, x, false);
            if report.backward_error <= FALL_BACK_ABOVE {
                return Ok(report);
            }
        }
        if self.fallback.is_none() {
            let scalar = ScalarMatrix::from_blocks(symbolic.pattern(), a);
            self.fallback = Some(ThresholdLu::factor(&scalar, PIVOT_THRESHOLD)?);
        }
        self.apply(symbolic, b, x, true);
        Ok(self.refine(symbolic, a, b, x, true))
    }

    fn apply(&self, symbolic: &Symbolic, b: &[[f64; N]], x: &mut [[f64; N]], fell_back: bool) {
        match &self.fallback {
            Some(lu) if fell_back => {
                let solved = lu.solve(b.as_flattened());
                x.as_flattened_mut().copy_from_slice(&solved);
            }
            _ => {
                x.copy_from_slice(b);
                self.lu.solve(symbolic, x);
            }
        }
    }

    /// One step of iterative refinement, kept only if it lowers the backward error.
    fn refine(
        &mut self,
        symbolic: &Symbolic,
        a: &BlockMatrix<N>,
        b: &[[f64; N]],
        x: &mut [[f64; N]],
        fell_back: bool,
    ) -> SolveReport {
        let mut residual = std::mem::take(&mut self.residual);
        let mut candidate = std::mem::take(&mut self.candidate);
        a.residual(symbolic.pattern(), x, b, &mut residual);
        let before = backward_error(symbolic, a, b, x, &residual);
        let mut report = SolveReport { backward_error: before, refined: false, fell_back };
        if before.is_finite() && before > REFINE_ABOVE {
            self.apply(symbolic, &residual, &mut candidate, fell_back);
            for (c, x) in candidate.iter_mut().zip(x.iter()) {
                for (c, x) in c.iter_mut().zip(x) {
                    *c += x;
                }
            }
            a.residual(symbolic.pattern(), &candidate, b, &mut residual);
            let after = backward_error(symbolic, a, b, &candidate, &residual);
            if after < before {
                x.copy_from_slice(&candidate);
                report.backward_error = after;
                report.refined = true;
            }
        }
        self.residual = residual;
        self.candidate = candidate;
        report
    }
}

/// See [`SolveReport::backward_error`]. NaN in the solution gives infinity.
fn backward_error<const N: usize>(
    symbolic: &Symbolic,
    a: &BlockMatrix<N>,
    b: &[[f64; N]],
    x: &[[f64; N]],
    residual: &[[f64; N]],
) -> f64 {
    let pattern = symbolic.pattern();
    let x_size = x.as_flattened().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let noise = 1000.0 * f64::EPSILON * (N * pattern.nodes()) as f64;
    let mut worst = 0.0f64;
    for i in 0..pattern.nodes() {
        let row = pattern.row(i);
        let blocks: &[Block<N>] = &a.values[row.clone()];
        for r in 0..N {
            let (mut product, mut size) = (0.0, 0.0);
            for (a, &j) in blocks.iter().zip(&pattern.columns()[row.clone()]) {
                for (a, x) in a[r].iter().zip(&x[j as usize]) {
                    product += (a * x).abs();
                    size += a.abs();
                }
            }
            let own = b[i][r].abs();
            let mut divisor = product + own;
            if divisor <= noise * (size * x_size + own) {
                divisor = product + size * x_size;
            }
            let error = residual[i][r].abs();
            if !error.is_finite() || !divisor.is_finite() {
                return f64::INFINITY;
            }
            if error > 0.0 {
                worst = worst.max(error / divisor);
            }
        }
    }
    worst
}
