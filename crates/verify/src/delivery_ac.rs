//! The checks of a delivery that are of AC physics: all from voltages and shares.

use crate::circuit::{Complex, ends, polar};
use crate::delivery::{ALLOWED_DEG, ALLOWED_PU, Case};
use crate::remains::NOT_THERE;
use crate::verdict::{Check, Gauge};
use relight_model::BusIdx;

impl Case<'_> {
    /// Reactive limits, voltages, flows, balance and ratings.
    pub fn ac_checks(&self) -> [Check; 5] {
        let flows: Vec<Option<(Complex, Complex)>> =
            (0..self.network.branches.len()).map(|k| self.branch_live(k).then(|| self.ends(k))).collect();
        [self.reactive(), self.voltages(), self.flows_ac(&flows), self.balance_ac(&flows), self.ratings_ac(&flows)]
    }

    /// Power into the ends of a branch, p.u. (eq. 9).
    fn ends(&self, k: usize) -> (Complex, Complex) {
        let branch = &self.network.branches[k];
        let voltage = |bus: BusIdx| {
            let state = &self.delivery.buses[bus.i()];
            polar(state.vm_pu, state.va_deg)
        };
        ends(branch, voltage(branch.from), voltage(branch.to))
    }

    /// Generators keep their reactive limits; none is always allowed (eq. 5).
    fn reactive(&self) -> Check {
        let mut gauge = Gauge::new("reactive", "p.u.", ALLOWED_PU);
        for (unit, state) in self.network.generators.iter().zip(&self.delivery.generators) {
            let beyond = (unit.q_mvar_min.min(0.0) - state.q_mvar).max(state.q_mvar - unit.q_mvar_max.max(0.0));
            gauge.note(beyond / self.network.base_mva, || {
                format!("generator row {} at {}", unit.row, self.bus(unit.bus))
            });
        }
        gauge.done()
    }

    /// Magnitudes keep their limits (eq. 14); a closed switch holds one voltage.
    fn voltages(&self) -> Check {
        let mut gauge = Gauge::new("voltages", "p.u.", ALLOWED_PU);
        for (i, bus) in self.network.buses.iter().enumerate().filter(|(i, _)| self.live[*i]) {
            let vm_pu = self.delivery.buses[i].vm_pu;
            gauge.note((bus.vm_pu_min - vm_pu).max(vm_pu - bus.vm_pu_max), || self.bus(i.into()));
        }
        for s in self.network.switches.iter().filter(|s| s.closed) {
            let (a, b) = (&self.delivery.buses[s.from.i()], &self.delivery.buses[s.to.i()]);
            if self.live[s.from.i()] && self.live[s.to.i()] {
                let off = (a.vm_pu - b.vm_pu).abs().max((a.va_deg - b.va_deg).abs() * ALLOWED_PU / ALLOWED_DEG);
                gauge.note(off, || format!("switch row {}", s.row));
            }
        }
        gauge.done()
    }

    /// The flows and loadings that the answer states are those that its voltages cause.
    fn flows_ac(&self, flows: &[Option<(Complex, Complex)>]) -> Check {
        let mut gauge = Gauge::new("flows", "p.u.", ALLOWED_PU);
        let base = self.network.base_mva;
        for ((branch, state), flow) in self.network.branches.iter().zip(&self.delivery.branches).zip(flows) {
            let Some((from, to)) = *flow else { continue };
            for (stated, found) in
                [(state.p_from_mw, from.0), (state.q_from_mvar, from.1), (state.p_to_mw, to.0), (state.q_to_mvar, to.1)]
            {
                gauge.note((stated / base - found).abs(), || format!("branch row {}", branch.row));
            }
            if let (Some(rate), Some(percent)) = (branch.rate_a_mva.filter(|r| *r > 0.0), state.loading_percent) {
                let mva = from.0.hypot(from.1).max(to.0.hypot(to.1));
                let at = || format!("loading of branch row {}", branch.row);
                gauge.note((percent / 100.0 * rate / base - mva).abs(), at);
            }
        }
        gauge.done()
    }

    /// Active and reactive power balance at every node (eq. 15): loads at constant power, one share for both.
    fn balance_ac(&self, flows: &[Option<(Complex, Complex)>]) -> Check {
        let d = self.delivery;
        let base = self.network.base_mva;
        let mut sum = vec![(0.0, 0.0); self.network.buses.len()];
        let mut add = |bus: BusIdx, p: f64, q: f64| {
            let node = self.remains.node[bus.i()];
            if node != NOT_THERE {
                sum[node].0 += p;
                sum[node].1 += q;
            }
        };
        for (unit, state) in self.network.generators.iter().zip(&d.generators) {
            add(unit.bus, state.p_mw / base, state.q_mvar / base);
        }
        for (k, unit) in self.network.storages.iter().enumerate() {
            add(unit.bus, d.storage_p_mw[k] / base, d.storage_q_mvar[k] / base);
        }
        for (load, share) in self.network.loads.iter().zip(&d.load_served).filter(|(l, _)| l.in_service) {
            add(load.bus, -load.p_mw * share / base, -load.q_mvar * share / base);
        }
        for (shunt, share) in self.network.shunts.iter().zip(&d.shunt_served).filter(|(s, _)| s.in_service) {
            let square = d.buses[shunt.bus.i()].vm_pu.powi(2);
            add(shunt.bus, -shunt.g_mw * share * square / base, shunt.b_mvar * share * square / base);
        }
        for (k, line) in self.network.hvdc_lines.iter().enumerate() {
            if let Some(p_mw) = d.hvdc_p_from_mw[k] {
                let arrives_mw = p_mw - line.loss_mw - line.loss_share * p_mw;
                add(line.from, -p_mw / base, d.hvdc_q_from_mvar[k] / base);
                add(line.to, arrives_mw / base, d.hvdc_q_to_mvar[k] / base);
            }
        }
        for (branch, flow) in self.network.branches.iter().zip(flows) {
            if let Some((from, to)) = *flow {
                add(branch.from, -from.0, -from.1);
                add(branch.to, -to.0, -to.1);
            }
        }
        let mut gauge = Gauge::new("balance", "p.u.", ALLOWED_PU);
        for i in (0..self.network.buses.len()).filter(|&i| self.remains.there[i]) {
            let (p, q) = sum[self.remains.node[i]];
            gauge.note(p.abs(), || self.bus(i.into()));
            gauge.note(q.abs(), || self.bus(i.into()));
        }
        gauge.done()
    }

    /// No branch carries more apparent power at either end than its long-term rating (eq. 3).
    fn ratings_ac(&self, flows: &[Option<(Complex, Complex)>]) -> Check {
        let mut gauge = Gauge::new("ratings", "p.u.", ALLOWED_PU);
        for (branch, flow) in self.network.branches.iter().zip(flows) {
            let (Some((from, to)), Some(rate_mva)) = (*flow, branch.rate_a_mva) else { continue };
            for (end, name) in [(from, "from"), (to, "to")] {
                gauge.note(end.0.hypot(end.1) - rate_mva / self.network.base_mva, || {
                    format!("{name} end of branch row {}", branch.row)
                });
            }
        }
        gauge.done()
    }
}
