//! Arithmetic of one dense `N` x `N` block.

/// A dense block, row by row.
pub type Block<const N: usize> = [[f64; N]; N];

pub(crate) const fn zero<const N: usize>() -> Block<N> {
    [[0.0; N]; N]
}

/// `a * b`.
#[inline(always)]
pub(crate) fn product<const N: usize>(a: &Block<N>, b: &Block<N>) -> Block<N> {
    let mut c = zero::<N>();
    for i in 0..N {
        for k in 0..N {
            for j in 0..N {
                c[i][j] += a[i][k] * b[k][j];
            }
        }
    }
    c
}

/// `c -= a * b`.
#[inline(always)]
pub(crate) fn subtract_product<const N: usize>(c: &mut Block<N>, a: &Block<N>, b: &Block<N>) {
    for i in 0..N {
        for k in 0..N {
            for j in 0..N {
                c[i][j] -= a[i][k] * b[k][j];
            }
        }
    }
}

/// `y -= a * x`.
#[inline(always)]
pub(crate) fn subtract_apply<const N: usize>(y: &mut [f64; N], a: &Block<N>, x: &[f64; N]) {
    for i in 0..N {
        for k in 0..N {
            y[i] -= a[i][k] * x[k];
        }
    }
}

/// `y -= aᵀ * x`.
#[inline(always)]
pub(crate) fn subtract_apply_transposed<const N: usize>(y: &mut [f64; N], a: &Block<N>, x: &[f64; N]) {
    for k in 0..N {
        for i in 0..N {
            y[i] -= a[k][i] * x[k];
        }
    }
}

/// `a * x`.
#[inline(always)]
pub(crate) fn apply<const N: usize>(a: &Block<N>, x: &[f64; N]) -> [f64; N] {
    let mut y = [0.0; N];
    for i in 0..N {
        for k in 0..N {
            y[i] += a[i][k] * x[k];
        }
    }
    y
}

/// Largest absolute entries of a column, by lanes, so that the comparisons of a row run side by side. NaN is passed over
/// (the pivot search meets it).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Largest<const N: usize>([f64; N]);

impl<const N: usize> Largest<N> {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self([0.0; N])
    }

    #[inline(always)]
    pub(crate) fn see(&mut self, a: &Block<N>) {
        for row in a {
            for (m, v) in self.0.iter_mut().zip(row) {
                // Not f64::max, whose care for NaN costs instructions here.
                *m = if v.abs() > *m { v.abs() } else { *m };
            }
        }
    }

    #[inline(always)]
    pub(crate) fn get(self) -> f64 {
        let mut largest = 0.0;
        for v in self.0 {
            largest = if v > largest { v } else { largest };
        }
        largest
    }
}

/// Largest absolute entry.
#[inline(always)]
pub(crate) fn max_abs<const N: usize>(a: &Block<N>) -> f64 {
    let mut largest = Largest::new();
    largest.see(a);
    largest.get()
}

/// The inverse of `a`, or `None` where it is singular to working precision, overflows or holds a NaN.
///
/// 1x1 and 2x2 by Cramer's rule, which is forward stable up to order two (Higham, Accuracy and Stability of Numerical
/// Algorithms, 2nd ed., section 1.10.1); larger blocks by Gauss-Jordan elimination with partial pivoting.
#[inline(always)]
pub(crate) fn inverse<const N: usize>(a: &Block<N>) -> Option<Block<N>> {
    let mut inv = zero::<N>();
    match N {
        1 => inv[0][0] = 1.0 / a[0][0],
        2 => {
            let det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
            let scale = 1.0 / det;
            inv[0][0] = a[1][1] * scale;
            inv[0][1] = -a[0][1] * scale;
            inv[1][0] = -a[1][0] * scale;
            inv[1][1] = a[0][0] * scale;
        }
        _ => inv = gauss_jordan(a)?,
    }
    // A sum of products with zero is zero unless an entry is NaN or infinite: one test for all entries.
    let mut probe = 0.0;
    for row in &inv {
        for &v in row {
            probe += v * 0.0;
        }
    }
    (probe == 0.0).then_some(inv)
}

fn gauss_jordan<const N: usize>(a: &Block<N>) -> Option<Block<N>> {
    let mut m = *a;
    let mut inv = zero::<N>();
    for (i, row) in inv.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for k in 0..N {
        let mut p = k;
        for i in k + 1..N {
            if m[i][k].abs() > m[p][k].abs() {
                p = i;
            }
        }
        if m[p][k] == 0.0 || !m[p][k].is_finite() {
            return None;
        }
        m.swap(k, p);
        inv.swap(k, p);
        let scale = 1.0 / m[k][k];
        for j in 0..N {
            m[k][j] *= scale;
            inv[k][j] *= scale;
        }
        for i in 0..N {
            if i != k {
                let f = m[i][k];
                for j in 0..N {
                    m[i][j] -= f * m[k][j];
                    inv[i][j] -= f * inv[k][j];
                }
            }
        }
    }
    Some(inv)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_inverse<const N: usize>(a: &Block<N>) {
        let p = product(a, &inverse(a).unwrap());
        for (i, row) in p.iter().enumerate() {
            for (j, &v) in row.iter().enumerate() {
                let want = if i == j { 1.0 } else { 0.0 };
                assert!((v - want).abs() < 1e-12, "{p:?}");
            }
        }
    }

    #[test]
    fn inverses_with_zero_leading_entry() {
        check_inverse(&[[0.0, 2.0], [3.0, 1.0]]);
        check_inverse(&[[-4.0]]);
        check_inverse(&[[0.0, 0.0, 1.0], [2.0, 0.0, 5.0], [0.0, 3.0, 0.0]]);
    }

    #[test]
    fn refuses_what_has_no_inverse() {
        assert!(inverse(&[[1.0, 2.0], [2.0, 4.0]]).is_none());
        assert!(inverse(&[[0.0]]).is_none());
        assert!(inverse(&[[f64::NAN, 0.0], [0.0, 1.0]]).is_none());
        assert!(inverse(&[[0.0, 0.0, 1.0], [0.0, 0.0, 5.0], [0.0, 3.0, 0.0]]).is_none());
    }
}
