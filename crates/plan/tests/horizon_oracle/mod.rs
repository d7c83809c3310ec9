//! The horizon as one linear programme, written down plainly: every bus, every line, every step. Shares no code with the engine.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SupportedConeT};
use relight_model::Scenario;

/// Rows under construction as triplets: those with = 0 on top, then those with ≤.
#[derive(Default)]
struct Lp {
    cost: Vec<f64>,
    equal: Vec<(Vec<(usize, f64)>, f64)>,
    at_most: Vec<(Vec<(usize, f64)>, f64)>,
}

impl Lp {
    fn column(&mut self, cost: f64, low: f64, high: f64) -> usize {
        let k = self.cost.len();
        self.cost.push(cost);
        if low.is_finite() {
            self.at_most.push((vec![(k, -1.0)], -low));
        }
        if high.is_finite() {
            self.at_most.push((vec![(k, 1.0)], high));
        }
        k
    }

    /// The best point.
    fn solve(self) -> Vec<f64> {
        let equalities = self.equal.len();
        let (mut rows, mut columns, mut values, mut right) = (vec![], vec![], vec![], vec![]);
        for (r, (entries, b)) in self.equal.iter().chain(&self.at_most).enumerate() {
            for &(k, v) in entries {
                rows.push(r);
                columns.push(k);
                values.push(v);
            }
            right.push(*b);
        }
        let a = CscMatrix::new_from_triplets(right.len(), self.cost.len(), rows, columns, values);
        let cones = [SupportedConeT::ZeroConeT(equalities), SupportedConeT::NonnegativeConeT(right.len() - equalities)];
        let settings = DefaultSettingsBuilder::default().verbose(false).build().expect("valid");
        let none = CscMatrix::zeros((self.cost.len(), self.cost.len()));
        let mut solver = DefaultSolver::new(&none, &self.cost, &a, &right, &cones, settings).expect("sizes agree");
        solver.solve();
        solver.solution.x
    }
}

/// Cost of a MW in or out of storage: breaks ties for less use of it.
const WEAR: f64 = 1e-6;

/// What the programme says.
pub struct Oracle {
    /// Most worth over the horizon.
    pub worth_mwh: f64,
    /// Whether a storage unit charges and gives in one step.
    pub burns: bool,
}

/// Most worth over the horizon of a scenario without HVDC lines, shunts, switches, shifters and damage whose every island
/// with a generator is live and every load positive.
///
/// `gives` says for each step whether storage may only give, or only take.
pub fn optimum(scenario: &Scenario, keep_energy: bool, gives: Option<&[bool]>) -> Oracle {
    let network = &scenario.network;
    let weights = scenario.weights_in_plan();
    let steps = scenario.horizon.steps as usize;
    let step_h = scenario.horizon.step_h();
    let live = live(scenario);
    let mut lp = Lp::default();
    let mut given: Vec<Vec<usize>> = vec![Vec::new(); network.generators.len()];
    let mut both = Vec::new();
    let mut energy: Vec<Option<usize>> = vec![None; network.storages.len()];
    for t in 0..steps {
        let mut balance: Vec<Vec<(usize, f64)>> = vec![Vec::new(); network.buses.len()];
        for (k, unit) in network.generators.iter().enumerate() {
            let p = lp.column(0.0, unit.p_mw_min.min(0.0), unit.p_mw_max);
            balance[unit.bus.i()].push((p, 1.0));
            given[k].push(p);
        }
        for (k, load) in network.loads.iter().enumerate().filter(|(_, l)| live[l.bus.i()]) {
            let served = lp.column(-weights[k], 0.0, load.p_mw * scenario.demand_factor(k, t));
            balance[load.bus.i()].push((served, -1.0));
        }
        let theta: Vec<usize> =
            (0..network.buses.len()).map(|_| lp.column(0.0, f64::NEG_INFINITY, f64::INFINITY)).collect();
        for branch in network.branches.iter().filter(|b| b.from != b.to) {
            let b = network.base_mva / branch.x_pu;
            let rate = branch.rate_a_mva.unwrap_or(f64::INFINITY);
            let flow = lp.column(0.0, -rate, rate);
            lp.equal.push((vec![(flow, 1.0), (theta[branch.from.i()], -b), (theta[branch.to.i()], b)], 0.0));
            balance[branch.from.i()].push((flow, -1.0));
            balance[branch.to.i()].push((flow, 1.0));
        }
        for (k, unit) in network.storages.iter().enumerate().filter(|(_, u)| live[u.bus.i()]) {
            let may = |gives_only: bool| gives.is_none_or(|g| g[t] == gives_only);
            let c = lp.column(WEAR, 0.0, if may(false) { unit.charge_mw_max } else { 0.0 });
            let d = lp.column(WEAR, 0.0, if may(true) { unit.discharge_mw_max } else { 0.0 });
            both.push((c, d));
            balance[unit.bus.i()].extend([(c, -1.0), (d, 1.0)]);
            let least = if keep_energy && t + 1 == steps { unit.energy_mwh } else { 0.0 };
            let after = lp.column(0.0, least, unit.energy_mwh_max);
            let mut row =
                vec![(after, 1.0), (c, -step_h * unit.charge_efficiency), (d, step_h / unit.discharge_efficiency)];
            let before = energy[k].replace(after);
            row.extend(before.map(|e| (e, -1.0)));
            lp.equal.push((row, if before.is_some() { 0.0 } else { unit.energy_mwh }));
        }
        lp.equal.extend(balance.into_iter().map(|row| (row, 0.0)));
    }
    for (unit, p) in network.generators.iter().zip(&given) {
        if let Some(ramp) = unit.ramp_mw_per_min {
            for pair in p.windows(2) {
                lp.at_most.push((vec![(pair[1], 1.0), (pair[0], -1.0)], ramp * 60.0 * step_h));
                lp.at_most.push((vec![(pair[0], 1.0), (pair[1], -1.0)], ramp * 60.0 * step_h));
            }
        }
        if let Some(most) = unit.energy_mwh {
            lp.at_most.push((p.iter().map(|&k| (k, step_h)).collect(), most));
        }
    }
    let cost = lp.cost.clone();
    let x = lp.solve();
    let worth = |k: usize| if cost[k] < 0.0 { -cost[k] * x[k] } else { 0.0 };
    Oracle {
        worth_mwh: step_h * (0..x.len()).map(worth).sum::<f64>(),
        burns: both.iter().any(|&(c, d)| x[c].min(x[d]) > 1e-3),
    }
}

/// Per bus: whether a generator is connected to it.
fn live(scenario: &Scenario) -> Vec<bool> {
    let network = &scenario.network;
    let mut live = vec![false; network.buses.len()];
    network.generators.iter().for_each(|g| live[g.bus.i()] = true);
    for _ in 0..network.buses.len() {
        for branch in &network.branches {
            let either = live[branch.from.i()] || live[branch.to.i()];
            (live[branch.from.i()], live[branch.to.i()]) = (either, either);
        }
    }
    live
}
