//! Symmetric indefinite factorisation by blocks, on the pattern of a graph, with its inertia.
//!
//! With `A = Uᵀ D⁻¹ U` by blocks (D the pivot blocks, U block upper triangular with D on its diagonal), row `i` of U follows
//! from the rows above it whose pattern holds `i`:
//!
//! ```text
//! X[j,i]  = D[j]⁻¹ U[j,i]                            for j in column i of U, ascending                    (1)
//! w[k]   −= X[j,i]ᵀ U[j,k]                            for k ≥ i in row j of U; w starts as A[i, i..]        (2)
//! D[i]    = w[i],   U[i,k] = w[k]                                                                        (3)
//! ```
//!
//! Half the work of an LU. By Sylvester's law the inertia of A is the sum of those of the pivot blocks: an interior point
//! method reads from it whether its step is one of descent. Pivots are searched inside blocks alone (1x1 and 2x2, Bunch &
//! Parlett 1971), so the pattern never moves; whoever calls watches the residual.

use crate::block::{self, Block};
use crate::{FactorError, Symbolic};

/// The upper triangle of a symmetric matrix in elimination order, on a [`Symbolic`]'s pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricMatrix<const N: usize> {
    /// Diagonal blocks, symmetric.
    pub diagonal: Vec<Block<N>>,
    /// Blocks right of the diagonal, row after row, where [`SymmetricMatrix::columns`] says.
    pub upper: Vec<Block<N>>,
    start: Vec<u32>,
    columns: Vec<u32>,
}

impl<const N: usize> SymmetricMatrix<N> {
    /// The zero matrix.
    pub fn zeros(symbolic: &Symbolic) -> Self {
        let (n, pattern) = (symbolic.nodes(), symbolic.pattern());
        let mut start = vec![0u32];
        let mut columns = Vec::with_capacity(pattern.entries() / 2);
        for i in 0..n {
            columns.extend(pattern.columns()[pattern.row(i)].iter().filter(|&&j| j as usize > i));
            start.push(columns.len() as u32);
        }
        Self { diagonal: vec![block::zero(); n], upper: vec![block::zero(); columns.len()], start, columns }
    }

    /// Position in `upper` of the block in row `i`, column `j > i` (elimination order), if the pattern holds it.
    pub fn position(&self, i: usize, j: usize) -> Option<usize> {
        let row = self.start[i] as usize..self.start[i + 1] as usize;
        self.columns[row.clone()].binary_search(&(j as u32)).ok().map(|at| row.start + at)
    }

    /// Sets every block to zero.
    pub fn clear(&mut self) {
        self.diagonal.fill(block::zero());
        self.upper.fill(block::zero());
    }

    /// `residual = b − A x`, all in elimination order.
    pub fn residual(&self, x: &[[f64; N]], b: &[[f64; N]], residual: &mut [[f64; N]]) {
        residual.copy_from_slice(b);
        for i in 0..self.diagonal.len() {
            let row = self.start[i] as usize..self.start[i + 1] as usize;
            let xi = x[i];
            let mut r = residual[i];
            block::subtract_apply(&mut r, &self.diagonal[i], &xi);
            for (a, &j) in self.upper[row.clone()].iter().zip(&self.columns[row]) {
                block::subtract_apply(&mut r, a, &x[j as usize]);
                block::subtract_apply_transposed(&mut residual[j as usize], a, &xi);
            }
            residual[i] = r;
        }
    }
}

/// Numbers of positive and of negative eigenvalues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Inertia {
    /// Positive ones.
    pub positive: usize,
    /// Negative ones.
    pub negative: usize,
}

/// Factors on a [`Symbolic`] pattern; made once, refilled by [`BlockLdl::refactor`].
#[derive(Debug, Clone)]
pub struct BlockLdl<const N: usize> {
    /// U right of its diagonal.
    upper: Vec<Block<N>>,
    /// X of (1), at the same places.
    scaled: Vec<Block<N>>,
    diagonal_inverse: Vec<Block<N>>,
    /// Per row: the entry whose column comes next.
    next: Vec<u32>,
    /// One dense row; all zero between calls.
    work: Vec<Block<N>>,
}

impl<const N: usize> BlockLdl<N> {
    /// Room for the factors on `symbolic`.
    pub fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.nodes();
        Self {
            upper: vec![block::zero(); symbolic.factor_entries()],
            scaled: vec![block::zero(); symbolic.factor_entries()],
            diagonal_inverse: vec![block::zero(); n],
            next: vec![0; n],
            work: vec![block::zero(); n],
        }
    }

    /// Factors `a`, which lies on `symbolic`, and counts the signs of its eigenvalues.
    ///
    /// # Errors
    /// [`FactorError`] at the first pivot block without an inverse, or where a NaN or overflow got there.
    pub fn refactor(&mut self, symbolic: &Symbolic, a: &SymmetricMatrix<N>) -> Result<Inertia, FactorError> {
        let mut inertia = Inertia::default();
        self.next.copy_from_slice(&symbolic.upper_start[..symbolic.nodes()]);
        for i in 0..symbolic.nodes() {
            let row = a.start[i] as usize..a.start[i + 1] as usize;
            for (&j, value) in a.columns[row.clone()].iter().zip(&a.upper[row]) {
                self.work[j as usize] = *value;
            }
            let pivot = self.eliminate(symbolic, i, a.diagonal[i]);
            let Some((inverse, negative)) = invert_symmetric(&pivot) else {
                self.work.fill(block::zero());
                return Err(FactorError { position: i });
            };
            inertia.negative += negative;
            inertia.positive += N - negative;
            self.diagonal_inverse[i] = inverse;
            let upper = symbolic.upper_row(i);
            for (&j, u) in symbolic.upper_columns[upper.clone()].iter().zip(&mut self.upper[upper]) {
                *u = std::mem::replace(&mut self.work[j as usize], block::zero());
            }
        }
        Ok(inertia)
    }

    /// Steps (1) and (2) for row `i`; returns its pivot block. Two rows of one supernode are taken at once, so that `w[k]`
    /// is loaded and stored once for both.
    #[inline(always)]
    fn eliminate(&mut self, symbolic: &Symbolic, i: usize, mut pivot: Block<N>) -> Block<N> {
        let rows = &symbolic.lower_columns[symbolic.lower_row(i)];
        let work = self.work.as_mut_slice();
        let mut p = 0;
        while p < rows.len() {
            let j = rows[p] as usize;
            let at = self.next[j] as usize;
            let end = symbolic.upper_start[j + 1] as usize;
            self.next[j] += 1;
            let x = block::product(&self.diagonal_inverse[j], &self.upper[at]);
            self.scaled[at] = x;
            subtract_transposed_product(&mut pivot, &x, &self.upper[at]);
            let columns = &symbolic.upper_columns[at + 1..end];
            let first = &self.upper[at + 1..end];
            if p + 1 < rows.len() && rows[p + 1] as usize == j + 1 && symbolic.chain[j] > 1 {
                // Row j + 1 has the same pattern beyond i.
                let at = self.next[j + 1] as usize;
                self.next[j + 1] += 1;
                let y = block::product(&self.diagonal_inverse[j + 1], &self.upper[at]);
                self.scaled[at] = y;
                subtract_transposed_product(&mut pivot, &y, &self.upper[at]);
                let second = &self.upper[at + 1..at + 1 + first.len()];
                for ((&k, u), v) in columns.iter().zip(first).zip(second) {
                    let mut w = work[k as usize];
                    subtract_transposed_product(&mut w, &x, u);
                    subtract_transposed_product(&mut w, &y, v);
                    work[k as usize] = w;
                }
                p += 2;
                continue;
            }
            for (&k, u) in columns.iter().zip(first) {
                subtract_transposed_product(&mut work[k as usize], &x, u);
            }
            p += 1;
        }
        pivot
    }

    /// Replaces the right-hand side `x` (elimination order) by the solution of `A x = b`.
    pub fn solve(&self, symbolic: &Symbolic, x: &mut [[f64; N]]) {
        for j in 0..symbolic.nodes() {
            let row = symbolic.upper_row(j);
            let y = x[j];
            for (&k, s) in symbolic.upper_columns[row.clone()].iter().zip(&self.scaled[row]) {
                block::subtract_apply_transposed(&mut x[k as usize], s, &y);
            }
        }
        for j in (0..symbolic.nodes()).rev() {
            let row = symbolic.upper_row(j);
            let mut y = block::apply(&self.diagonal_inverse[j], &x[j]);
            for (&k, s) in symbolic.upper_columns[row.clone()].iter().zip(&self.scaled[row]) {
                block::subtract_apply(&mut y, s, &x[k as usize]);
            }
            x[j] = y;
        }
    }
}

/// `c -= aᵀ b`.
#[inline(always)]
fn subtract_transposed_product<const N: usize>(c: &mut Block<N>, a: &Block<N>, b: &Block<N>) {
    for k in 0..N {
        for i in 0..N {
            for j in 0..N {
                c[i][j] -= a[k][i] * b[k][j];
            }
        }
    }
}

/// Ratio of a diagonal entry to the largest off-diagonal one from which it is a pivot: (1 + √17) / 8 (Bunch & Parlett 1971).
const PIVOT_RATIO: f64 = 0.640_388_203_202_208;

/// Inverse of a symmetric block, and the number of its negative eigenvalues; `None` where it is singular or not finite.
///
/// The sweep operator (Dempster 1969) on 1x1 and 2x2 pivots in the order of Bunch & Parlett: swept in all, A is −A⁻¹. A 2x2
/// pivot of that order has one eigenvalue of either sign. Of the input the upper triangle counts.
pub(crate) fn invert_symmetric<const N: usize>(a: &Block<N>) -> Option<(Block<N>, usize)> {
    let mut m: Block<N> = std::array::from_fn(|i| std::array::from_fn(|j| a[i.min(j)][i.max(j)]));
    let mut open = [true; N];
    let (mut left, mut negative) = (N, 0);
    while left > 0 {
        let (mut k, mut largest) = (usize::MAX, -1.0);
        let (mut r, mut s, mut beside) = (0, 0, 0.0);
        for i in (0..N).filter(|&i| open[i]) {
            if m[i][i].abs() > largest {
                (k, largest) = (i, m[i][i].abs());
            }
            for j in (i + 1..N).filter(|&j| open[j]) {
                if m[i][j].abs() > beside {
                    (r, s, beside) = (i, j, m[i][j].abs());
                }
            }
        }
        if k == usize::MAX {
            return None;
        }
        if largest >= PIVOT_RATIO * beside {
            let d = m[k][k];
            if d == 0.0 {
                return None;
            }
            negative += usize::from(d < 0.0);
            sweep(&mut m, k, 1.0 / d);
            open[k] = false;
            left -= 1;
        } else {
            negative += 1;
            sweep_pair(&mut m, r, s);
            (open[r], open[s]) = (false, false);
            left -= 2;
        }
    }
    let mut probe = 0.0;
    for row in &mut m {
        for v in row {
            *v = -*v;
            probe += *v * 0.0;
        }
    }
    (probe == 0.0).then_some((m, negative))
}

#[inline(always)]
fn sweep<const N: usize>(m: &mut Block<N>, k: usize, scale: f64) {
    let row = m[k];
    for i in 0..N {
        if i != k {
            let f = row[i] * scale;
            for j in 0..N {
                m[i][j] -= f * row[j];
            }
            m[i][k] = f;
        }
    }
    for j in 0..N {
        m[k][j] = row[j] * scale;
    }
    m[k][k] = -scale;
}

#[inline(always)]
fn sweep_pair<const N: usize>(m: &mut Block<N>, r: usize, s: usize) {
    let (row_r, row_s) = (m[r], m[s]);
    let (a, b, c) = (row_r[r], row_r[s], row_s[s]);
    let scale = 1.0 / (a * c - b * b);
    let (ia, ib, ic) = (c * scale, -b * scale, a * scale);
    for i in 0..N {
        if i != r && i != s {
            let f = row_r[i] * ia + row_s[i] * ib;
            let g = row_r[i] * ib + row_s[i] * ic;
            for j in 0..N {
                m[i][j] -= f * row_r[j] + g * row_s[j];
            }
            (m[i][r], m[i][s]) = (f, g);
        }
    }
    for j in 0..N {
        if j != r && j != s {
            m[r][j] = row_r[j] * ia + row_s[j] * ib;
            m[s][j] = row_r[j] * ib + row_s[j] * ic;
        }
    }
    (m[r][r], m[r][s], m[s][r], m[s][s]) = (-ia, -ib, -ib, -ic);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    /// Multiplies back.
    fn check<const N: usize>(a: Block<N>, want_negative: usize) {
        let (inverse, negative) = invert_symmetric(&a).unwrap();
        let p = block::product(&a, &inverse);
        for (i, row) in p.iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                assert!((v - f64::from(u8::from(i == j))).abs() < 1e-12, "{p:?}");
            }
        }
        assert_eq!(negative, want_negative);
    }

    #[test]
    fn blocks_with_known_signs() {
        check([[2.0, 0.0], [0.0, -3.0]], 1);
        check([[0.0, 1.0], [1.0, 0.0]], 1);
        check([[0.0, 0.0, 3.0, 1.0], [0.0, 0.0, 1.0, 2.0], [3.0, 1.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]], 2);
        check([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]], 0);
        check([[-4.0, 1.0, 0.0], [1.0, -3.0, 1.0], [0.0, 1.0, -2.0]], 3);
        assert!(invert_symmetric(&[[1.0, 2.0], [2.0, 4.0]]).is_none());
        assert!(invert_symmetric(&[[0.0, 0.0], [0.0, 0.0]]).is_none());
        assert!(invert_symmetric(&[[f64::NAN, 0.0], [0.0, 1.0]]).is_none());
    }

    /// A saddle-point matrix of a graph: inertia as theory says, solution by the residual.
    #[test]
    fn saddle_point_matrix_of_a_graph() {
        let n = 40u32;
        let mut edges: Vec<(u32, u32)> = (1..n).map(|i| (i, (i * 7 + 3) % i)).collect();
        edges.extend((0..n).map(|i| (i, (i * i + 5) % n)));
        let symbolic = Symbolic::new(&Pattern::from_edges(n as usize, &edges));
        let mut a = SymmetricMatrix::<4>::zeros(&symbolic);
        let mut seed = 1u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        for d in &mut a.diagonal {
            for (i, j) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
                d[i][j] = if j == i + 2 { 8.0 } else { random() };
                d[j][i] = d[i][j];
            }
            (d[0][0], d[1][1]) = (30.0 + random(), 30.0 + random());
        }
        for u in &mut a.upper {
            for (i, row) in u.iter_mut().enumerate() {
                for (j, v) in row.iter_mut().enumerate() {
                    *v = if i >= 2 && j >= 2 { 0.0 } else { random() };
                }
            }
        }
        let mut ldl = BlockLdl::new(&symbolic);
        let inertia = ldl.refactor(&symbolic, &a).unwrap();
        assert_eq!(inertia, Inertia { positive: 80, negative: 80 });
        let b: Vec<[f64; 4]> = (0..n).map(|_| [random(), random(), random(), random()]).collect();
        let mut x = b.clone();
        ldl.solve(&symbolic, &mut x);
        let mut r = b.clone();
        a.residual(&x, &b, &mut r);
        assert!(r.iter().flatten().all(|v| v.abs() < 1e-11), "{r:?}");
        // The same room serves again, to the same bytes.
        let again = ldl.refactor(&symbolic, &a).unwrap();
        let mut y = b.clone();
        ldl.solve(&symbolic, &mut y);
        assert_eq!((again, y), (inertia, x));
    }
}
