//! The DC approximation: magnitudes 1, losses none, angles from one linear solve.
//!
//! `Σⱼ bᵢⱼ (θᵢ - θⱼ - shiftᵢⱼ) = Pᵢ` with `b = 1/(x tap)` (MATPOWER manual, section 3.7); shunts take their `g_mw`.

use relight_numerics::{BlockMatrix, RobustLu, SingularMatrix, Symbolic};

use crate::problem::{NodeKind, Problem};

/// Scalar factors on the structure's pattern.
#[derive(Debug, Clone)]
pub(crate) struct ScalarSolver {
    matrix: BlockMatrix<1>,
    lu: RobustLu<1>,
    right_hand_side: Vec<[f64; 1]>,
    solution: Vec<[f64; 1]>,
}

impl ScalarSolver {
    pub(crate) fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.nodes();
        Self {
            matrix: BlockMatrix::zeros(symbolic.pattern()),
            lu: RobustLu::new(symbolic),
            right_hand_side: vec![[0.0]; n],
            solution: vec![[0.0]; n],
        }
    }

    /// Solves `A x = b` where `fixed` says which nodes have given values; `a` by position of the pattern, `b` by node.
    ///
    /// # Errors
    /// [`SingularMatrix`], its column being a node.
    pub(crate) fn solve(
        &mut self,
        symbolic: &Symbolic,
        a: impl Fn(usize) -> f64,
        b: impl Fn(usize) -> f64,
        fixed: impl Fn(usize) -> Option<f64>,
    ) -> Result<Vec<f64>, SingularMatrix> {
        let pattern = symbolic.pattern();
        for i in 0..pattern.nodes() {
            let row = pattern.row(i);
            let given = fixed(i);
            self.right_hand_side[i] = [given.unwrap_or_else(|| b(i))];
            for at in row {
                self.matrix.values[at] = [[match given {
                    Some(_) => f64::from(u8::from(at == pattern.diagonal()[i] as usize)),
                    None => a(at),
                }]];
            }
        }
        self.lu.factor(symbolic, &self.matrix);
        self.lu.solve(symbolic, &self.matrix, &self.right_hand_side, &mut self.solution)?;
        Ok(self.solution.iter().map(|x| x[0]).collect())
    }

    /// Angles of the DC power flow, radians; 0 in the dark.
    ///
    /// # Errors
    /// As [`ScalarSolver::solve`].
    pub(crate) fn dc_angles(&mut self, symbolic: &Symbolic, problem: &Problem) -> Result<Vec<f64>, SingularMatrix> {
        self.solve(
            symbolic,
            |at| problem.dc_b[at],
            |i| problem.dc_p[i],
            |i| match problem.kind[i] {
                NodeKind::Off => Some(0.0),
                NodeKind::Slack => Some(problem.reference_angle[i]),
                NodeKind::Pv | NodeKind::Pq => None,
            },
        )
    }
}
