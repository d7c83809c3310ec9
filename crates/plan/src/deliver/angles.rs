//! Angles and flows that given injections cause: one Laplacian solve (eq. 1), the same factors for any number of them.

use super::problem::Line;
use relight_numerics::{BlockMatrix, Pattern, RobustLu, Symbolic};

/// The factored Laplacian of a set of nodes and lines, with the angle of each reference node held at 0.
pub(super) struct Angles {
    symbolic: Symbolic,
    matrix: BlockMatrix<1>,
    lu: RobustLu<1>,
    /// In elimination order.
    is_reference: Vec<bool>,
}

/// The reactances cancel each other, so that the angles are not determined.
#[derive(Debug)]
pub(super) struct Undetermined;

impl Angles {
    /// Factors the Laplacian. Each connected part needs one reference.
    pub fn new(nodes: usize, references: &[u32], lines: &[Line]) -> Self {
        let edges: Vec<(u32, u32)> = lines.iter().map(|l| (l.from, l.to)).collect();
        let symbolic = Symbolic::new(&Pattern::from_edges(nodes, &edges));
        let place = symbolic.ordering().new_of_old();
        let pattern = symbolic.pattern();
        let mut is_reference = vec![false; nodes];
        references.iter().for_each(|&r| is_reference[place[r as usize] as usize] = true);
        let mut matrix = BlockMatrix::zeros(pattern);
        for (node, _) in is_reference.iter().enumerate().filter(|(_, is)| **is) {
            matrix.values[pattern.diagonal()[node] as usize] = [[1.0]];
        }
        for line in lines.iter().filter(|l| l.from != l.to) {
            let (from, to) = (place[line.from as usize] as usize, place[line.to as usize] as usize);
            for (a, b) in [(from, to), (to, from)] {
                if is_reference[a] {
                    continue;
                }
                matrix.values[pattern.diagonal()[a] as usize][0][0] += line.b_pu;
                if !is_reference[b] {
                    let at = pattern.position(a, b).expect("invariant: every line is an edge of the pattern");
                    matrix.values[at][0][0] -= line.b_pu;
                }
            }
        }
        let mut lu = RobustLu::new(&symbolic);
        lu.factor(&symbolic, &matrix);
        Self { symbolic, matrix, lu, is_reference }
    }

    /// θ with L θ = `injection` at every node that is no reference, rad; 0 at references.
    pub fn solve(&mut self, injection: &[f64]) -> Result<Vec<f64>, Undetermined> {
        let place = self.symbolic.ordering();
        let sides = place.old_of_new().iter().zip(&self.is_reference);
        let b: Vec<[f64; 1]> = sides.map(|(&old, &is)| [if is { 0.0 } else { injection[old as usize] }]).collect();
        let mut x = vec![[0.0]; b.len()];
        self.lu.solve(&self.symbolic, &self.matrix, &b, &mut x).map_err(|_| Undetermined)?;
        let theta: Vec<f64> = place.new_of_old().iter().map(|&new| x[new as usize][0]).collect();
        if theta.iter().all(|t| t.is_finite()) { Ok(theta) } else { Err(Undetermined) }
    }
}

/// Adds what phase shifts feed in: a shifted line acts like b·shift entering at its *from* node, leaving at *to*.
pub(super) fn add_shift_injections(lines: &[Line], injection: &mut [f64]) {
    for line in lines.iter().filter(|l| l.shift_rad != 0.0) {
        injection[line.from as usize] += line.b_pu * line.shift_rad;
        injection[line.to as usize] -= line.b_pu * line.shift_rad;
    }
}
