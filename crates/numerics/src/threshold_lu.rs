//! Scalar sparse LU that searches its pivots: slower than [`BlockLu`](crate::BlockLu), and safe where that is not.
//!
//! Left-looking, one column at a time (Gilbert & Peierls 1988): the non-zeros of column `j` of the factors are the nodes
//! reachable in the graph of L from the non-zeros of `A[:, j]`, found by a depth-first search, so that the work is
//! proportional to the arithmetic. Pivots by threshold: the diagonal entry is kept while it is at least `threshold` times
//! the largest candidate of its column, else the largest is taken.

use crate::{BlockMatrix, Pattern, SingularMatrix};

const NOT_YET: u32 = u32::MAX;

/// A square sparse matrix by columns.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarMatrix {
    order: usize,
    column_start: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl ScalarMatrix {
    /// The block matrix written out: component `r` of node `i` becomes unknown `N i + r`. Stored zeros are dropped.
    pub fn from_blocks<const N: usize>(pattern: &Pattern, a: &BlockMatrix<N>) -> Self {
        let order = N * pattern.nodes();
        let mut m = Self { order, column_start: vec![0], rows: Vec::new(), values: Vec::new() };
        for j in 0..pattern.nodes() {
            for c in 0..N {
                // The pattern is symmetric: the rows of column j are the columns of row j.
                for &i in &pattern.columns()[pattern.row(j)] {
                    let at = pattern.position(i as usize, j).expect("invariant: patterns are symmetric");
                    for (r, row) in a.values[at].iter().enumerate() {
                        if row[c] != 0.0 {
                            m.rows.push(N as u32 * i + r as u32);
                            m.values.push(row[c]);
                        }
                    }
                }
                m.column_start.push(m.rows.len());
            }
        }
        m
    }

    /// Number of rows and columns.
    pub fn order(&self) -> usize {
        self.order
    }

    fn column(&self, j: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let at = self.column_start[j]..self.column_start[j + 1];
        self.rows[at.clone()].iter().zip(&self.values[at]).map(|(&i, &v)| (i as usize, v))
    }
}

/// Columns that grow at the end.
#[derive(Debug, Clone, Default)]
struct Columns {
    start: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl Columns {
    fn push(&mut self, row: u32, value: f64) {
        self.rows.push(row);
        self.values.push(value);
    }

    fn close(&mut self) {
        self.start.push(self.rows.len());
    }

    fn column(&self, k: usize) -> impl DoubleEndedIterator<Item = (usize, f64)> + '_ {
        let at = self.start[k]..self.start[k + 1];
        self.rows[at.clone()].iter().zip(&self.values[at]).map(|(&i, &v)| (i as usize, v))
    }
}

/// `P A = L U` with threshold pivoting; columns in the order given (order them for sparsity beforehand).
#[derive(Debug, Clone)]
pub struct ThresholdLu {
    /// Rows as pivot positions, without the unit diagonal.
    lower: Columns,
    /// Rows as pivot positions, above the diagonal.
    upper: Columns,
    pivots: Vec<f64>,
    position_of_row: Vec<u32>,
}

/// The depth-first search of one column: its marks, stack and result.
struct Reach {
    mark: Vec<u32>,
    stack: Vec<(u32, usize)>,
    order: Vec<u32>,
}

impl Reach {
    /// Rows reachable from `from` through pivoted columns of L, appended to `order` in postorder.
    fn visit(&mut self, from: u32, column: u32, position_of_row: &[u32], lower: &Columns) {
        if self.mark[from as usize] == column {
            return;
        }
        self.mark[from as usize] = column;
        self.stack.push((from, 0));
        while let Some((row, done)) = self.stack.pop() {
            let k = position_of_row[row as usize];
            let mut next = None;
            if k != NOT_YET {
                let at = lower.start[k as usize]..lower.start[k as usize + 1];
                for (step, &child) in lower.rows[at].iter().enumerate().skip(done) {
                    if self.mark[child as usize] != column {
                        self.mark[child as usize] = column;
                        next = Some((step + 1, child));
                        break;
                    }
                }
            }
            match next {
                Some((step, child)) => {
                    self.stack.push((row, step));
                    self.stack.push((child, 0));
                }
                None => self.order.push(row),
            }
        }
    }
}

impl ThresholdLu {
    /// Factors `a`; `threshold` in (0, 1], 1 being partial pivoting.
    ///
    /// # Errors
    /// [`SingularMatrix`] where a column has no finite non-zero candidate.
    pub fn factor(a: &ScalarMatrix, threshold: f64) -> Result<Self, SingularMatrix> {
        let n = a.order;
        let mut lu = Self {
            lower: Columns { start: vec![0], ..Columns::default() },
            upper: Columns { start: vec![0], ..Columns::default() },
            pivots: Vec::with_capacity(n),
            position_of_row: vec![NOT_YET; n],
        };
        let mut x = vec![0.0; n];
        let mut reach = Reach { mark: vec![NOT_YET; n], stack: Vec::new(), order: Vec::new() };
        for j in 0..n {
            reach.order.clear();
            for (i, v) in a.column(j) {
                reach.visit(i as u32, j as u32, &lu.position_of_row, &lu.lower);
                x[i] = v;
            }
            lu.column(j, &reach.order, &mut x, threshold)?;
        }
        for row in &mut lu.lower.rows {
            *row = lu.position_of_row[*row as usize];
        }
        Ok(lu)
    }

    /// Eliminates column `j`, whose values are in `x` on the rows of `reach`, and picks its pivot. Leaves `x` zero.
    fn column(&mut self, j: usize, reach: &[u32], x: &mut [f64], threshold: f64) -> Result<(), SingularMatrix> {
        let singular = SingularMatrix { order: self.position_of_row.len(), column: j };
        let mut best = (NOT_YET, 0.0f64);
        for &row in reach.iter().rev() {
            let v = x[row as usize];
            let k = self.position_of_row[row as usize];
            if k != NOT_YET {
                for (i, l) in self.lower.column(k as usize) {
                    x[i] -= l * v;
                }
                self.upper.push(k, v);
            } else if !v.is_finite() {
                return Err(singular);
            } else if v.abs() > best.1 {
                best = (row, v.abs());
            }
        }
        if best.0 == NOT_YET {
            return Err(singular);
        }
        let on_diagonal = self.position_of_row[j] == NOT_YET && x[j].abs() >= threshold * best.1;
        let pivot_row = if on_diagonal { j } else { best.0 as usize };
        let pivot = x[pivot_row];
        self.position_of_row[pivot_row] = j as u32;
        self.pivots.push(pivot);
        for &row in reach {
            // Rows keep their own numbers in L until all pivots are known.
            if self.position_of_row[row as usize] == NOT_YET && x[row as usize] != 0.0 {
                self.lower.push(row, x[row as usize] / pivot);
            }
            x[row as usize] = 0.0;
        }
        self.lower.close();
        self.upper.close();
        Ok(())
    }

    /// The solution of `A x = b`.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.pivots.len();
        let mut x = vec![0.0; n];
        for (&k, &v) in self.position_of_row.iter().zip(b) {
            x[k as usize] = v;
        }
        for k in 0..n {
            let v = x[k];
            for (i, l) in self.lower.column(k) {
                x[i] -= l * v;
            }
        }
        for k in (0..n).rev() {
            x[k] /= self.pivots[k];
            let v = x[k];
            for (i, u) in self.upper.column(k) {
                x[i] -= u * v;
            }
        }
        x
    }
}
