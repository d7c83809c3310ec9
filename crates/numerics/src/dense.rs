//! Dense LU with partial pivoting, for small systems and as the judge of the sparse ones.

use thiserror::Error;

/// A matrix without a usable pivot in the named column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("matrix of order {order} is singular: no finite non-zero pivot in column {column}")]
pub struct SingularMatrix {
    /// Number of rows.
    pub order: usize,
    /// First column without a pivot.
    pub column: usize,
}

/// P A = L U of a dense square matrix (Golub & Van Loan, Matrix Computations, 4th ed., algorithm 3.4.1).
#[derive(Debug, Clone)]
pub struct DenseLu {
    order: usize,
    factors: Vec<f64>,
    pivots: Vec<usize>,
}

impl DenseLu {
    /// Factors the row-major matrix `a` of `order * order` values.
    ///
    /// # Errors
    /// [`SingularMatrix`] where a column has no finite non-zero pivot.
    ///
    /// # Panics
    /// If `a` has another length.
    pub fn factor(order: usize, a: &[f64]) -> Result<Self, SingularMatrix> {
        assert_eq!(a.len(), order * order, "dense matrix of order {order} given {} values", a.len());
        let mut f = a.to_vec();
        let mut pivots = Vec::with_capacity(order);
        for k in 0..order {
            let mut p = k;
            for i in k + 1..order {
                if f[i * order + k].abs() > f[p * order + k].abs() {
                    p = i;
                }
            }
            let pivot = f[p * order + k];
            if pivot == 0.0 || !pivot.is_finite() {
                return Err(SingularMatrix { order, column: k });
            }
            if p != k {
                for j in 0..order {
                    f.swap(k * order + j, p * order + j);
                }
            }
            pivots.push(p);
            let (top, below) = f.split_at_mut((k + 1) * order);
            let pivot_row = &top[k * order..];
            for row in below.chunks_exact_mut(order) {
                let l = row[k] / pivot;
                row[k] = l;
                for j in k + 1..order {
                    row[j] -= l * pivot_row[j];
                }
            }
        }
        Ok(Self { order, factors: f, pivots })
    }

    /// The smallest pivot, by absolute value; infinity for a matrix of order 0.
    pub fn smallest_pivot(&self) -> f64 {
        (0..self.order).fold(f64::INFINITY, |m, k| m.min(self.factors[k * self.order + k].abs()))
    }

    /// Replaces the right-hand side `x` by the solution.
    pub fn solve(&self, x: &mut [f64]) {
        let n = self.order;
        for (k, &p) in self.pivots.iter().enumerate() {
            x.swap(k, p);
        }
        for i in 0..n {
            let row = &self.factors[i * n..(i + 1) * n];
            let (done, rest) = x.split_at_mut(i);
            rest[0] -= row[..i].iter().zip(done.iter()).map(|(l, y)| l * y).sum::<f64>();
        }
        for i in (0..n).rev() {
            let row = &self.factors[i * n..(i + 1) * n];
            let sum: f64 = row[i + 1..].iter().zip(&x[i + 1..n]).map(|(u, y)| u * y).sum();
            x[i] = (x[i] - sum) / row[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swaps_rows_where_the_first_pivot_is_zero() {
        let lu = DenseLu::factor(3, &[0.0, 2.0, 1.0, 1.0, 1.0, 0.0, 4.0, 0.0, -1.0]).unwrap();
        let mut x = [7.0, 3.0, 1.0]; // A (1, 2, 3)
        lu.solve(&mut x);
        for (got, want) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((got - want).abs() < 1e-14, "{x:?}");
        }
    }

    #[test]
    fn says_which_column_is_singular() {
        let err = DenseLu::factor(2, &[1.0, 2.0, 2.0, 4.0]).unwrap_err();
        assert_eq!(err, SingularMatrix { order: 2, column: 1 });
        assert!(DenseLu::factor(1, &[f64::NAN]).is_err());
    }
}
