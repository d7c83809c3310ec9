//! Is an AC power flow a solution?

use crate::circuit::{Complex, ends, polar};
use crate::remains::{NOT_THERE, Remains};
use crate::verdict::{Check, Gauge, Verdict};
use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{Branch, BusIdx, BusKind, LoadModel, Network, Situation};

/// What a power flow was asked to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowRules {
    /// Mismatch accepted, p.u.
    pub tolerance_pu: f64,
    /// Whether HVDC lines take part.
    pub hvdc_lines: bool,
    /// Whether every generator keeps its active power, but for those of the reference. Not so where all share the balance.
    pub active_power_held: bool,
    /// Whether every generator keeps its voltage. Not so where reactive limits are enforced.
    pub voltage_held: bool,
}

impl Default for FlowRules {
    /// As a power flow without options is asked: 1e-8 p.u., no HVDC, set points held.
    fn default() -> Self {
        Self { tolerance_pu: 1e-8, hvdc_lines: false, active_power_held: true, voltage_held: true }
    }
}

/// Deviation of stated flows and set points that does no harm, p.u.
const STATED_PU: f64 = 1e-7;

/// Checks an AC power flow that says it converged: mismatches, flows, set points (docs/methods/verify.md, eq. 9 to 11).
///
/// All is recomputed from the voltages. A flow that says it diverged or is dark has nothing to prove; its voltages must still
/// be absent where no generator is.
pub fn verify_flow(network: &Network, situation: &Situation, flow: &FlowResult, rules: &FlowRules) -> Verdict {
    let shape = shape(network, situation, flow);
    if !shape.passed {
        return Verdict::new(vec![shape]);
    }
    let remains = Remains::new(network, situation);
    let case = Case { network, flow, remains, rules };
    let mut checks = vec![shape, case.energized()];
    if flow.status == FlowStatus::Converged {
        checks.extend([case.balance(), case.flows(), case.set_points()]);
    }
    Verdict::new(checks)
}

fn shape(network: &Network, situation: &Situation, flow: &FlowResult) -> Check {
    let mut gauge = Gauge::new("shape", "rows", 0.0);
    let mut same = |what: &str, have: usize, want: usize| {
        gauge.note((have as f64 - want as f64).abs(), || format!("{what}: {have} values for {want} rows"));
    };
    same("situation branches", situation.branch_out.len(), network.branches.len());
    same("situation generators", situation.generator_out.len(), network.generators.len());
    same("situation buses", situation.bus_out.len(), network.buses.len());
    same("buses", flow.buses.len(), network.buses.len());
    same("branches", flow.branches.len(), network.branches.len());
    same("generators", flow.generators.len(), network.generators.len());
    gauge.done()
}

struct Case<'a> {
    network: &'a Network,
    flow: &'a FlowResult,
    remains: Remains,
    rules: &'a FlowRules,
}

impl Case<'_> {
    fn bus(&self, bus: usize) -> String {
        format!("bus {}", self.network.buses[bus].id)
    }

    fn live(&self, bus: BusIdx) -> bool {
        self.flow.buses[bus.i()].energized
    }

    fn branch_live(&self, k: usize) -> bool {
        (self.remains.branch[k] || self.remains.looped[k]) && self.live(self.network.branches[k].from)
    }

    /// Whole islands have voltage or none, none without a generator; what is out carries nothing.
    fn energized(&self) -> Check {
        let mut gauge = Gauge::new("energized", "", 0.0);
        let mut generator = vec![false; self.remains.islands];
        for (g, _) in self.network.generators.iter().zip(&self.remains.generator).filter(|(_, on)| **on) {
            generator[self.remains.island[g.bus.i()]] = true;
        }
        let mut of_island = vec![None; self.remains.islands];
        for (i, state) in self.flow.buses.iter().enumerate() {
            let island = self.remains.island[i];
            if island == NOT_THERE {
                gauge.require(!state.energized && state.vm_pu == 0.0, || self.bus(i));
                continue;
            }
            gauge.require(*of_island[island].get_or_insert(state.energized) == state.energized, || self.bus(i));
            gauge.require(!state.energized || generator[island], || self.bus(i));
            gauge.require(state.energized || state.vm_pu == 0.0, || self.bus(i));
        }
        for (k, state) in self.flow.branches.iter().enumerate() {
            let at = || format!("branch row {}", self.network.branches[k].row);
            gauge.require(state.in_service == self.branch_live(k), at);
            let carries =
                state.p_from_mw != 0.0 || state.p_to_mw != 0.0 || state.q_from_mvar != 0.0 || state.q_to_mvar != 0.0;
            gauge.require(self.branch_live(k) || !carries, at);
        }
        for (k, (unit, state)) in self.network.generators.iter().zip(&self.flow.generators).enumerate() {
            let on = self.remains.generator[k] && self.live(unit.bus);
            gauge.require(on || (state.p_mw == 0.0 && state.q_mvar == 0.0), || format!("generator row {}", unit.row));
        }
        gauge.done()
    }

    fn voltage(&self, bus: BusIdx) -> Complex {
        polar(self.flow.buses[bus.i()].vm_pu, self.flow.buses[bus.i()].va_deg)
    }

    /// Power into both ends of a branch, p.u. (eq. 9).
    fn ends(&self, branch: &Branch) -> (Complex, Complex) {
        ends(branch, self.voltage(branch.from), self.voltage(branch.to))
    }

    /// Active and reactive power balance at every live node (eq. 10).
    fn balance(&self) -> Check {
        let base = self.network.base_mva;
        let mut sum = vec![(0.0, 0.0); self.network.buses.len()];
        let mut add = |bus: BusIdx, p: f64, q: f64| {
            if let Some(sum) = sum.get_mut(self.remains.node[bus.i()]) {
                *sum = (sum.0 + p, sum.1 + q);
            }
        };
        for (unit, state) in self.network.generators.iter().zip(&self.flow.generators) {
            add(unit.bus, state.p_mw / base, state.q_mvar / base);
        }
        for load in self.network.loads.iter().filter(|l| l.in_service && self.live(l.bus)) {
            let vm_pu = self.flow.buses[load.bus.i()].vm_pu;
            let factor = match load.model {
                LoadModel::ConstantPower => 1.0,
                LoadModel::ConstantCurrent => vm_pu,
                LoadModel::ConstantImpedance => vm_pu * vm_pu,
            };
            add(load.bus, -load.p_mw * factor / base, -load.q_mvar * factor / base);
        }
        for shunt in self.network.shunts.iter().filter(|s| s.in_service && self.live(s.bus)) {
            let square = self.flow.buses[shunt.bus.i()].vm_pu.powi(2);
            add(shunt.bus, -shunt.g_mw * square / base, shunt.b_mvar * square / base);
        }
        for unit in self.network.storages.iter().filter(|s| s.in_service && self.live(s.bus)) {
            add(unit.bus, unit.p_mw / base, unit.q_mvar / base);
        }
        for (_, branch) in self.network.branches.iter().enumerate().filter(|(k, _)| self.branch_live(*k)) {
            let (from, to) = self.ends(branch);
            add(branch.from, -from.0, -from.1);
            add(branch.to, -to.0, -to.1);
        }
        let mut free_q = vec![false; self.network.buses.len()];
        if self.rules.hvdc_lines {
            for line in self
                .network
                .hvdc_lines
                .iter()
                .filter(|l| l.in_service && self.remains.there[l.from.i()] && self.remains.there[l.to.i()])
            {
                let p_to = line.p_from_mw - line.loss_mw - line.loss_share * line.p_from_mw;
                add(line.from, -line.p_from_mw / base, line.q_from_mvar / base);
                add(line.to, p_to / base, line.q_to_mvar / base);
                // Converters hold voltage; their reactive power is not part of the answer.
                for end in [line.from, line.to] {
                    free_q[self.remains.node[end.i()]] = true;
                }
            }
        }
        let mut gauge = Gauge::new("balance", "p.u.", self.rules.tolerance_pu);
        for i in (0..self.network.buses.len()).filter(|&i| self.live(i.into())) {
            let node = self.remains.node[i];
            let off = if free_q[node] { sum[node].0.abs() } else { sum[node].0.abs().max(sum[node].1.abs()) };
            gauge.note(off, || self.bus(i));
        }
        gauge.done()
    }

    /// Stated branch flows are those that the voltages cause.
    fn flows(&self) -> Check {
        let mut gauge = Gauge::new("flows", "p.u.", STATED_PU);
        for (k, state) in self.flow.branches.iter().enumerate().filter(|(k, _)| self.branch_live(*k)) {
            let branch = &self.network.branches[k];
            let (from, to) = self.ends(branch);
            let base = self.network.base_mva;
            let off = [
                (state.p_from_mw, from.0),
                (state.q_from_mvar, from.1),
                (state.p_to_mw, to.0),
                (state.q_to_mvar, to.1),
            ];
            let worst = off.iter().map(|(stated, found)| (stated / base - found).abs()).fold(0.0, f64::max);
            let worst = if off.iter().any(|(s, f)| s.is_nan() || f.is_nan()) { f64::NAN } else { worst };
            gauge.note(worst, || format!("branch row {}", branch.row));
            if let (Some(rate), Some(percent)) = (branch.rate_a_mva.filter(|r| *r > 0.0), state.loading_percent) {
                let mva = from.0.hypot(from.1).max(to.0.hypot(to.1));
                gauge.note((percent / 100.0 * rate / base - mva).abs(), || {
                    format!("loading of branch row {}", branch.row)
                });
            }
        }
        gauge.done()
    }

    /// Generators keep their active power and voltage, but for the active power at references (eq. 11).
    fn set_points(&self) -> Check {
        let mut gauge = Gauge::new("set_points", "p.u.", STATED_PU);
        let node = |bus: BusIdx| self.remains.node[bus.i()];
        let mut is_reference = vec![false; self.network.buses.len()];
        let of_kind = (0..self.network.buses.len()).filter(|&i| self.network.buses[i].kind == BusKind::Slack);
        let references = self.flow.islands.iter().filter_map(|i| i.slack_bus).chain(of_kind.map(BusIdx::from));
        for bus in references.filter(|b| self.remains.there[b.i()]) {
            is_reference[node(bus)] = true;
        }
        let on = |k: usize| self.remains.generator[k] && self.live(self.network.generators[k].bus);
        // Several generators at one node may disagree: one of them must be right.
        let mut nearest = vec![f64::INFINITY; self.network.buses.len()];
        for (_, unit) in self.network.generators.iter().enumerate().filter(|(k, _)| on(*k)) {
            let off = (unit.vm_pu - self.flow.buses[unit.bus.i()].vm_pu).abs();
            nearest[node(unit.bus)] = nearest[node(unit.bus)].min(off);
        }
        for (k, unit) in self.network.generators.iter().enumerate().filter(|(k, _)| on(*k)) {
            let at = || format!("generator row {} at {}", unit.row, self.bus(unit.bus.i()));
            if self.rules.active_power_held && !is_reference[node(unit.bus)] {
                gauge.note((self.flow.generators[k].p_mw - unit.p_mw).abs() / self.network.base_mva, at);
            }
            if self.rules.voltage_held && self.network.buses[unit.bus.i()].kind != BusKind::Pq {
                gauge.note(nearest[node(unit.bus)], at);
            }
        }
        gauge.done()
    }
}
