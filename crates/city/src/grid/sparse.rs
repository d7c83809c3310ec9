//! Symmetric positive systems on a graph, by conjugate gradients: all the linear algebra that planning a grid needs.
//!
//! The engines have a fast direct solver; the generator must not depend on it, since it is what engines are tested with.

/// A symmetric matrix: diagonal, and off-diagonal rows in compressed form. Rows with a zero diagonal are fixed to 0.
pub(crate) struct Symmetric {
    diagonal: Vec<f64>,
    start: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
}

impl Symmetric {
    /// From a diagonal and off-diagonal pairs (each given once). `fixed` unknowns are held at 0.
    pub(crate) fn new(mut diagonal: Vec<f64>, pairs: &[(usize, usize, f64)], fixed: impl Fn(usize) -> bool) -> Self {
        let n = diagonal.len();
        for (i, d) in diagonal.iter_mut().enumerate() {
            if fixed(i) {
                *d = 0.0;
            }
        }
        let kept = || pairs.iter().filter(|&&(a, b, _)| a != b && diagonal[a] != 0.0 && diagonal[b] != 0.0);
        let mut start = vec![0; n + 1];
        for &(a, b, _) in kept() {
            start[a + 1] += 1;
            start[b + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let (mut column, mut value) = (vec![0; start[n]], vec![0.0; start[n]]);
        let mut next = start.clone();
        for &(a, b, v) in kept() {
            for (row, col) in [(a, b), (b, a)] {
                (column[next[row]], value[next[row]]) = (col, v);
                next[row] += 1;
            }
        }
        Self { diagonal, start, column, value }
    }

    fn row_times(&self, i: usize, x: &[f64]) -> f64 {
        let mut sum = self.diagonal[i] * x[i];
        for k in self.start[i]..self.start[i + 1] {
            sum += self.value[k] * x[self.column[k]];
        }
        sum
    }

    /// Solves for `x` from the start that it holds, to a residual of `tolerance` times the right side's norm (Hestenes and
    /// Stiefel 1952, preconditioned with the diagonal). Returns whether it got there.
    pub(crate) fn solve(&self, right: &[f64], x: &mut [f64], tolerance: f64) -> bool {
        let n = right.len();
        let free = |i: usize| self.diagonal[i] != 0.0;
        let mut residual: Vec<f64> =
            (0..n).map(|i| if free(i) { right[i] - self.row_times(i, x) } else { 0.0 }).collect();
        let scaled =
            |r: &[f64]| -> Vec<f64> { (0..n).map(|i| if free(i) { r[i] / self.diagonal[i] } else { 0.0 }).collect() };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let small = (0..n).filter(|&i| free(i)).map(|i| right[i] * right[i]).sum::<f64>().sqrt() * tolerance;
        let mut z = scaled(&residual);
        let mut direction = z.clone();
        let mut rz = dot(&residual, &z);
        for _ in 0..20 * n + 200 {
            if dot(&residual, &residual).sqrt() <= small {
                return true;
            }
            let image: Vec<f64> = (0..n).map(|i| if free(i) { self.row_times(i, &direction) } else { 0.0 }).collect();
            let curvature = dot(&direction, &image);
            if curvature <= 0.0 || !curvature.is_finite() {
                return false;
            }
            let step = rz / curvature;
            for i in 0..n {
                x[i] += step * direction[i];
                residual[i] -= step * image[i];
            }
            z = scaled(&residual);
            let next = dot(&residual, &z);
            for i in 0..n {
                direction[i] = z[i] + next / rz * direction[i];
            }
            rz = next;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_springs() {
        let n = 50;
        let pairs: Vec<_> = (1..n).map(|i| (i - 1, i, -2.0)).collect();
        let mut diagonal = vec![4.0; n];
        diagonal[n - 1] = 2.0;
        let matrix = Symmetric::new(diagonal, &pairs, |i| i == 0);
        let mut right = vec![0.0; n];
        right[n - 1] = 1.0;
        let mut x = vec![0.0; n];
        assert!(matrix.solve(&right, &mut x, 1e-12));
        assert!((0..n).all(|i| (x[i] - i as f64 / 2.0).abs() < 1e-8));
    }
}
