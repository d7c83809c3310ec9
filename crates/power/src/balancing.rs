//! Balance shared by several generators of an island.
//!
//! One unknown λ per island: its generators give `αᵢ λ` beyond their set points, `Σ αᵢ = 1`, and the reference's active balance
//! is the equation for it. The Newton system is bordered, and solved with the same factors (block elimination):
//!
//! ```text
//! J z₁ = -F,   J z₂ = α                            over all rows but the reference's active one
//! Δλ   = (-Fᵣ - Jᵣ z₁) / (Jᵣ z₂ - αᵣ),             step = z₁ + Δλ z₂
//! ```

use relight_model::Network;
use relight_numerics::Symbolic;

use crate::Balancing;
use crate::admittance::{Complex, times, times_conjugate};
use crate::newton::Newton;
use crate::problem::{NodeKind, Problem};
use crate::structure::Structure;
use crate::topology::Topology;

/// Share of every generator, summing to 1 over each island that has any; empty if references balance alone.
///
/// Islands with several references keep them as they are: each of those gives what it must.
pub(crate) fn generator_shares(
    network: &Network,
    structure: &Structure,
    topology: &Topology,
    problem: &Problem,
    balancing: Balancing,
) -> Vec<f64> {
    if balancing == Balancing::Reference {
        return Vec::new();
    }
    let islands = topology.islands.len();
    let mut surplus = vec![0.0; islands];
    for ((&island, &kind), &p) in problem.island.iter().zip(&problem.kind).zip(&problem.dc_p) {
        if kind != NodeKind::Off {
            surplus[island as usize] += p;
        }
    }
    let mut share = vec![0.0; network.generators.len()];
    let mut total = vec![0.0; islands];
    for (k, g) in network.generators.iter().enumerate().filter(|(k, _)| topology.generator_on[*k]) {
        let node = structure.node_of_bus[g.bus.i()] as usize;
        let island = problem.island[node] as usize;
        if topology.islands[island].references.len() != 1 {
            continue;
        }
        let weight = match balancing {
            Balancing::Reference => 0.0,
            Balancing::Capacity => g.p_mw_max,
            Balancing::Headroom if surplus[island] > 0.0 => g.p_mw - g.p_mw_min,
            Balancing::Headroom => g.p_mw_max - g.p_mw,
        };
        if weight > 0.0 && weight.is_finite() {
            share[k] = weight;
            total[island] += weight;
        }
    }
    for (share, g) in share.iter_mut().zip(&network.generators) {
        if *share > 0.0 {
            *share /= total[problem.island[structure.node_of_bus[g.bus.i()] as usize] as usize];
        }
    }
    share
}

impl Newton {
    /// Adds `αᵢ λ` to the mismatches just evaluated, the reference's too; returns the largest of all.
    pub(crate) fn add_surplus(&mut self, problem: &Problem) -> f64 {
        let mut worst = 0.0f64;
        for i in 0..self.step.len() {
            let kind = problem.kind[i];
            if kind != NodeKind::Off && problem.shared(i) {
                if kind == NodeKind::Slack {
                    self.step[i][0] = problem.given(i, self.v[i])[0] - self.s[i][0];
                }
                self.step[i][0] += problem.share[i] * self.surplus[problem.island[i] as usize];
            }
            worst = worst.max(self.step[i][0].abs()).max(self.step[i][1].abs());
        }
        worst
    }

    /// Replaces `step`, which is `-F` with the references' active mismatch in place, by the step of the bordered system.
    pub(crate) fn solve_bordered(
        &mut self,
        symbolic: &Symbolic,
        problem: &Problem,
        trusted: bool,
        step: &mut [Complex],
    ) -> Result<(), Option<u32>> {
        let references: Vec<usize> =
            (0..step.len()).filter(|&i| problem.kind[i] == NodeKind::Slack && problem.shared(i)).collect();
        let missing: Vec<f64> = references.iter().map(|&r| std::mem::replace(&mut step[r][0], 0.0)).collect();
        self.solve(symbolic, problem, trusted, step)?;
        let mut border: Vec<Complex> = vec![[0.0; 2]; step.len()];
        for (i, b) in border.iter_mut().enumerate() {
            if matches!(problem.kind[i], NodeKind::Pv | NodeKind::Pq) {
                b[0] = problem.share[i];
            }
        }
        self.solve(symbolic, problem, trusted, &mut border)?;
        let mut change = vec![0.0; self.surplus.len()];
        for (&r, missing) in references.iter().zip(missing) {
            let (g1, g2) =
                (self.active_row(symbolic, problem, r, step), self.active_row(symbolic, problem, r, &border));
            change[problem.island[r] as usize] = (missing - g1) / (g2 - problem.share[r]);
        }
        for ((s, b), &island) in step.iter_mut().zip(&border).zip(&problem.island) {
            if let Some(&change) = change.get(island as usize) {
                *s = [s[0] + b[0] * change, s[1] + b[1] * change];
            }
        }
        self.surplus_step = change;
        Ok(())
    }

    /// Row of active power of node `r` times `x`, where `x` is zero at `r` itself.
    fn active_row(&self, symbolic: &Symbolic, problem: &Problem, r: usize, x: &[Complex]) -> f64 {
        let pattern = symbolic.pattern();
        let mut sum = 0.0;
        for at in pattern.row(r) {
            let j = pattern.columns()[at] as usize;
            let [a, b] = times_conjugate(self.v[r], times(problem.y[at], self.v[j]));
            sum += b * x[j][0] + a * x[j][1];
        }
        sum
    }
}

impl Problem {
    /// Whether the balance of the node's island is shared.
    fn shared(&self, i: usize) -> bool {
        self.island_shared.get(self.island[i] as usize).copied().unwrap_or(false)
    }
}
