//! The steps of a horizon by other physics, within what the DC answer over the horizon leaves to each.
//!
//! Each step is one delivery: storage may give up to what the DC answer has it give, a unit with a limit of energy likewise, and
//! what storage charges is a load of the largest weight. What then breaks a ramp or an energy is capped lower and computed again.
//! A unit that does not fit after a few rounds is held to what always fits: a generator to one ramp, storage to rest.

use super::{Demands, HorizonDelivery, HorizonSettings, set_demand};
use crate::deliver::{DeliverError, DeliverSettings, deliver};
use crate::work::{Work, each};
use relight_model::outcome::{Delivery, DeliveryStatus, Formulation};
use relight_model::{Cost, Generator, Load, LoadModel, Network, Situation};

/// What a step may do, MW.
#[derive(Clone, PartialEq)]
struct Caps {
    /// Per generator: most active power.
    generator_p_mw_max: Vec<f64>,
    /// Per storage unit: what it may give, or, negative, take.
    storage_p_mw: Vec<f64>,
}

/// Rounds after which a unit that still does not fit is held to what always fits.
const ROUNDS_PATIENT: u32 = 4;
/// A ramp or energy may be missed by this much, p.u.: a tenth of what verify allows.
const MISSED_PU: f64 = 1e-7;
/// Gap up to which a delivery may call itself optimal.
const GAP_OPTIMAL: f64 = 1e-6;

/// Computes every step of `over` with `formulation`; `Ok(None)` if it was stopped. The bound stays that of `over`.
///
/// # Errors
/// [`DeliverError`] where the arguments do not fit each other.
pub fn deliver_within(
    network: &Network,
    situation: &Situation,
    demands: Demands,
    over: &HorizonDelivery,
    (settings, formulation): (&HorizonSettings, Formulation),
    work: &Work,
) -> Result<Option<HorizonDelivery>, DeliverError> {
    let steps = Steps { network, situation, demands, settings, formulation };
    let mut caps: Vec<Caps> = over.delivery_of_step.iter().map(|&k| steps.caps(&over.deliveries[k as usize])).collect();
    let mut made: Vec<Option<Delivery>> = vec![None; caps.len()];
    for round in 0.. {
        let missing: Vec<usize> = (0..made.len()).filter(|&t| made[t].is_none()).collect();
        let ready = each(missing.len(), work, |k| steps.delivery(missing[k], &caps[missing[k]]));
        if ready.len() < missing.len() {
            return Ok(None);
        }
        for (&t, delivery) in missing.iter().zip(ready) {
            made[t] = Some(delivery?);
        }
        let deliveries: Vec<&Delivery> = made.iter().flatten().collect();
        let tighter = steps.tightened(&deliveries, &caps, round >= ROUNDS_PATIENT);
        for (t, tighter) in
            tighter.into_iter().enumerate().filter(|(t, tighter)| *tighter != caps[*t]).collect::<Vec<_>>()
        {
            caps[t] = tighter;
            made[t] = None;
        }
        if made.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(Some(HorizonDelivery {
        delivery_of_step: (0..made.len() as u32).collect(),
        deliveries: made.into_iter().flatten().collect(),
        demand_of_delivery: demands.of_step.to_vec(),
        bound_mwh: over.bound_mwh,
    }))
}

struct Steps<'a> {
    network: &'a Network,
    situation: &'a Situation,
    demands: Demands<'a>,
    settings: &'a HorizonSettings<'a>,
    formulation: Formulation,
}

impl Steps<'_> {
    fn caps(&self, delivery: &Delivery) -> Caps {
        let most = |(unit, state): (&Generator, &relight_model::outcome::GeneratorState)| {
            if unit.energy_mwh.is_some() { state.p_mw.clamp(0.0, unit.p_mw_max.max(0.0)) } else { unit.p_mw_max }
        };
        let units = self.network.generators.iter().zip(&delivery.generators);
        Caps { generator_p_mw_max: units.map(most).collect(), storage_p_mw: delivery.storage_p_mw.clone() }
    }

    /// One step. Storage stands in for by a generator or a load behind the network's own; a battery alone makes nothing live.
    fn delivery(&self, step: usize, caps: &Caps) -> Result<Delivery, DeliverError> {
        let own = (self.network.generators.len(), self.network.loads.len());
        let mut network = self.network.clone();
        set_demand(&mut network, self.network, &self.demands.factors[self.demands.of_step[step] as usize]);
        let demand_mw = network.demand_mw();
        for (unit, &most) in network.generators.iter_mut().zip(&caps.generator_p_mw_max) {
            unit.p_mw_max = most;
            unit.p_mw_min = if unit.energy_mwh.is_some() { 0.0 } else { unit.p_mw_min.min(most) };
        }
        let mut weights = self.settings.weights.map_or_else(|| vec![1.0; own.1], <[f64]>::to_vec);
        let heaviest = weights.iter().copied().fold(1.0, f64::max);
        let mut situation = self.situation.clone();
        let mut stands_in = vec![None; self.network.storages.len()];
        for (k, &p_mw) in caps.storage_p_mw.iter().enumerate() {
            if p_mw > 0.0 {
                stands_in[k] = Some(network.generators.len());
                network.generators.push(self.gives(k, p_mw));
                situation.generator_out.push(false);
            } else if p_mw < 0.0 {
                stands_in[k] = Some(network.loads.len());
                let bus = self.network.storages[k].bus;
                let model = LoadModel::ConstantPower;
                network.loads.push(Load { bus, p_mw: -p_mw, q_mvar: 0.0, model, in_service: true, row: 0 });
                weights.push(heaviest);
            }
        }
        let hvdc = self.settings.hvdc;
        let choice = DeliverSettings {
            formulation: self.formulation,
            weights: Some(weights.clone()),
            hvdc,
            ..DeliverSettings::default()
        };
        let mut delivery = deliver(&network, &situation, &choice)?;
        if !self.sources_hold(&delivery) {
            let rest = Caps { storage_p_mw: vec![0.0; caps.storage_p_mw.len()], ..caps.clone() };
            return self.delivery(step, &rest);
        }
        for (k, place) in stands_in.into_iter().enumerate() {
            let Some(place) = place else { continue };
            if caps.storage_p_mw[k] > 0.0 {
                delivery.storage_p_mw[k] = delivery.generators[place].p_mw;
                delivery.storage_q_mvar[k] = delivery.generators[place].q_mvar;
            } else {
                delivery.storage_p_mw[k] = caps.storage_p_mw[k] * delivery.load_served[place];
                if let Some(island) = delivery.buses[self.network.storages[k].bus.i()].island {
                    delivery.islands[island as usize].load_mw += caps.storage_p_mw[k];
                }
            }
        }
        delivery.generators.truncate(own.0);
        delivery.load_served.truncate(own.1);
        delivery.demand_mw = demand_mw;
        summed(&network.loads[..own.1], &weights, &mut delivery);
        Ok(delivery)
    }

    /// A storage unit that gives, as a generator.
    fn gives(&self, k: usize, p_mw: f64) -> Generator {
        let unit = &self.network.storages[k];
        Generator {
            name: String::new(),
            bus: unit.bus,
            p_mw,
            q_mvar: 0.0,
            p_mw_max: p_mw,
            p_mw_min: 0.0,
            q_mvar_max: unit.q_mvar_max,
            q_mvar_min: unit.q_mvar_min,
            vm_pu: 1.0,
            mbase_mva: self.network.base_mva,
            in_service: true,
            fuel: String::new(),
            cost: None::<Cost>,
            ramp_mw_per_min: None,
            energy_mwh: None,
            row: 0,
        }
    }

    /// Whether every island with voltage has a generator of the network that can give power.
    fn sources_hold(&self, delivery: &Delivery) -> bool {
        let mut source = vec![false; delivery.islands.len()];
        for (k, unit) in self.network.generators.iter().enumerate() {
            let on = unit.in_service && !self.situation.generator_out[k] && unit.p_mw_max > 0.0;
            if let (true, Some(island)) = (on, delivery.buses[unit.bus.i()].island) {
                source[island as usize] = true;
            }
        }
        delivery.islands.iter().zip(source).all(|(island, source)| !island.energized || source)
    }

    /// Caps under which ramps and energies that these deliveries break would hold.
    fn tightened(&self, deliveries: &[&Delivery], caps: &[Caps], hold: bool) -> Vec<Caps> {
        let mut caps = caps.to_vec();
        let allowed_mw = MISSED_PU * self.network.base_mva;
        for (k, unit) in self.network.generators.iter().enumerate() {
            let Some(ramp) = unit.ramp_mw_per_min.map(|r| r * 60.0 * self.settings.step_h) else { continue };
            for t in 1..deliveries.len() {
                let (before, after) = (deliveries[t - 1].generators[k].p_mw, deliveries[t].generators[k].p_mw);
                if (after - before).abs() <= ramp + allowed_mw {
                    continue;
                }
                if hold {
                    caps.iter_mut().for_each(|c| c.generator_p_mw_max[k] = c.generator_p_mw_max[k].min(ramp));
                    break;
                }
                let (high, low) = if after > before { (t, before) } else { (t - 1, after) };
                let cap = &mut caps[high].generator_p_mw_max[k];
                *cap = cap.min(low.max(0.0) + ramp);
            }
        }
        for (k, unit) in self.network.storages.iter().enumerate() {
            let mut energy_mwh = unit.energy_mwh;
            for (t, delivery) in deliveries.iter().enumerate() {
                let p_mw = delivery.storage_p_mw[k];
                let most_mw = energy_mwh * unit.discharge_efficiency / self.settings.step_h;
                let least_mw = -(unit.energy_mwh_max - energy_mwh) / (unit.charge_efficiency * self.settings.step_h);
                let fits = p_mw.clamp(least_mw.min(0.0), most_mw.max(0.0));
                if (p_mw - fits).abs() > allowed_mw {
                    caps[t].storage_p_mw[k] = if hold { 0.0 } else { fits };
                }
                let per_mw = if fits > 0.0 { 1.0 / unit.discharge_efficiency } else { unit.charge_efficiency };
                energy_mwh -= fits * per_mw * self.settings.step_h;
            }
            if self.settings.keep_energy && energy_mwh < unit.energy_mwh - allowed_mw {
                // It took less than planned: then it gives less, or rests.
                let keep = if hold { 0.0 } else { 0.9 };
                caps.iter_mut().map(|c| &mut c.storage_p_mw[k]).filter(|p| **p > 0.0).for_each(|p| *p *= keep);
            }
        }
        caps
    }
}

/// Sums of a delivery over the network's own loads.
fn summed(loads: &[Load], weights: &[f64], delivery: &mut Delivery) {
    let served = || loads.iter().zip(&delivery.load_served);
    delivery.served_mw = served().map(|(l, s)| l.p_mw.max(0.0) * s).sum();
    delivery.objective_mw = served().zip(weights).map(|((l, s), w)| w * l.p_mw.abs() * s).sum();
    delivery.bound_mw = delivery.bound_mw.max(delivery.objective_mw);
    delivery.gap = (delivery.bound_mw - delivery.objective_mw) / delivery.bound_mw.abs().max(1.0);
    if delivery.status == DeliveryStatus::Optimal && delivery.gap > GAP_OPTIMAL {
        delivery.status = DeliveryStatus::Feasible;
    }
}
