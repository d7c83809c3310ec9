//! Does a plan keep what holds its steps together: energies of storage, ramps, stocks?

use crate::delivery::{ALLOWED_PU, ALLOWED_SHARE};
use crate::verdict::{Check, Gauge};
use relight_model::outcome::Delivery;
use relight_model::plan::Plan;
use relight_model::{Assumption, Scenario, Storage};

/// The checks over all steps of a plan whose deliveries have the network's shape (docs/methods/verify.md, eq. 17 to 21).
pub(crate) fn checks(scenario: &Scenario, plan: &Plan) -> Vec<Check> {
    let over = Over { scenario, plan, step_h: plan.horizon.step_h() };
    vec![over.storage_energy(), over.ramps(), over.stocks(), over.sums()]
}

struct Over<'a> {
    scenario: &'a Scenario,
    plan: &'a Plan,
    step_h: f64,
}

impl Over<'_> {
    fn steps(&self) -> impl Iterator<Item = &Delivery> {
        (0..self.plan.delivery_of_step.len()).map(|step| self.plan.delivery(step))
    }

    /// Energy follows from the powers, stays within its limits, and is what the plan states (eq. 17 and 18).
    fn storage_energy(&self) -> Check {
        let mut gauge = Gauge::new("storage_energy", "p.u. h", ALLOWED_PU);
        let base_mva = self.scenario.network.base_mva;
        let stated = self.plan.coupling.as_ref().map(|c| &c.storage_energy_mwh);
        let keeps = self.plan.assumptions.contains(&Assumption::StorageKeepsEnergy);
        for (k, unit) in self.scenario.network.storages.iter().enumerate() {
            let energy_mwh = self.energy_mwh(k, unit);
            for (t, &e) in energy_mwh.iter().enumerate() {
                let beyond = (-e).max(e - unit.energy_mwh_max) / base_mva;
                gauge.note(beyond, || format!("storage row {}, after {t} steps", unit.row));
                let stated = match stated {
                    Some(stated) => stated.get(k).and_then(|s| s.get(t)).copied(),
                    // A plan that states no energies leaves them as they are.
                    None => Some(unit.energy_mwh),
                };
                let off = stated.map_or(f64::INFINITY, |s| (s - e).abs() / base_mva);
                gauge.note(off, || format!("stated energy of storage row {}, after {t} steps", unit.row));
            }
            if keeps && let (Some(first), Some(last)) = (energy_mwh.first(), energy_mwh.last()) {
                gauge.note((first - last) / base_mva, || format!("storage row {} at the end", unit.row));
            }
        }
        let lengths = stated.is_none_or(|s| {
            s.len() == self.scenario.network.storages.len()
                && s.iter().all(|e| e.len() == self.plan.delivery_of_step.len() + 1)
        });
        gauge.require(lengths, || "number of energies".into());
        gauge.done()
    }

    /// Energy at the beginning of each step and at the end, MWh.
    fn energy_mwh(&self, k: usize, unit: &Storage) -> Vec<f64> {
        let mut energy_mwh = vec![unit.energy_mwh];
        for (t, delivery) in self.steps().enumerate() {
            let p_mw = delivery.storage_p_mw[k];
            let taken_mw = (-p_mw).max(0.0) * unit.charge_efficiency;
            let given_mw = p_mw.max(0.0) / unit.discharge_efficiency;
            energy_mwh.push(energy_mwh[t] + self.step_h * (taken_mw - given_mw));
        }
        energy_mwh
    }

    /// No generator changes faster than it can from a step to the next (eq. 19). The first step is free.
    fn ramps(&self) -> Check {
        let mut gauge = Gauge::new("ramps", "p.u.", ALLOWED_PU);
        for (k, unit) in self.scenario.network.generators.iter().enumerate() {
            let Some(ramp) = unit.ramp_mw_per_min else { continue };
            let p_mw: Vec<f64> = self.steps().map(|d| d.generators[k].p_mw).collect();
            for (t, pair) in p_mw.windows(2).enumerate() {
                let beyond = (pair[1] - pair[0]).abs() - ramp * 60.0 * self.step_h;
                gauge.note(beyond / self.scenario.network.base_mva, || {
                    format!("generator row {}, from step {t} to {}", unit.row, t + 1)
                });
            }
        }
        gauge.done()
    }

    /// No generator gives more energy over the horizon than it has (eq. 20).
    fn stocks(&self) -> Check {
        let mut gauge = Gauge::new("stocks", "p.u. h", ALLOWED_PU);
        for (k, unit) in self.scenario.network.generators.iter().enumerate() {
            let Some(energy_mwh) = unit.energy_mwh else { continue };
            let given_mwh: f64 = self.steps().map(|d| d.generators[k].p_mw.max(0.0) * self.step_h).sum();
            gauge.note((given_mwh - energy_mwh) / self.scenario.network.base_mva, || {
                format!("generator row {}", unit.row)
            });
        }
        gauge.done()
    }

    /// Worth over the horizon is the sum it claims to be, not above its bound, and the gap is the one it claims (eq. 21).
    fn sums(&self) -> Check {
        let mut gauge = Gauge::new("horizon", "", ALLOWED_SHARE);
        if let Some(coupling) = &self.plan.coupling {
            let found = self.steps().map(|d| d.objective_mw * self.step_h).sum::<f64>();
            let size = coupling.bound_mwh.abs().max(1.0);
            gauge.note((coupling.objective_mwh - found).abs() / found.abs().max(1.0), || "objective_mwh".into());
            gauge.note((coupling.objective_mwh - coupling.bound_mwh) / size, || "bound_mwh below objective_mwh".into());
            gauge.note((coupling.gap - (coupling.bound_mwh - coupling.objective_mwh) / size).abs(), || "gap".into());
        }
        gauge.done()
    }
}
