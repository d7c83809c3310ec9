//! Is a delivery possible, and does it say the truth about itself?

use crate::remains::{NOT_THERE, Remains};
use crate::verdict::{Check, Gauge, Verdict};
use relight_model::outcome::{BoundBy, Delivery, DeliveryStatus, Formulation};
use relight_model::{BusIdx, Cost, CostCurve, Network, Situation};

/// Deviation of a balance or a limit that does no harm, p.u.
pub const ALLOWED_PU: f64 = 1e-6;
/// Deviation of an angle limit that does no harm, degrees.
pub const ALLOWED_DEG: f64 = 1e-6;
/// Deviation of a share from 0 to 1, and of sums in proportion to their size.
pub const ALLOWED_SHARE: f64 = 1e-9;
/// Gap up to which a delivery may call itself optimal.
pub const GAP_OPTIMAL: f64 = 1e-6;

/// Checks a delivery by the physics it says it was made with (docs/methods/verify.md, eq. 1 to 9 and 14 to 16).
/// `weights` is the worth of one MW of each load; `None` = 1 for all.
///
/// Nothing of the answer is trusted: islands are found anew, flows and balances follow from voltages and shares alone. What
/// the answer opens or leaves dark is taken out first, as if it were damaged.
pub fn verify_delivery(
    network: &Network,
    situation: &Situation,
    delivery: &Delivery,
    weights: Option<&[f64]>,
) -> Verdict {
    let shape = shape(network, situation, delivery, weights);
    if !shape.passed {
        return Verdict::new(vec![shape]);
    }
    let remains = Remains::new(network, &left(situation, delivery));
    let case = Case { network, delivery, live: live(network, &remains, delivery), remains, weights };
    let mut checks =
        vec![shape, case.islands(), case.energized(), case.shares(), case.dark(), case.generators(), case.storages()];
    match delivery.formulation {
        Formulation::Dc => checks.extend([case.flows(), case.balance(), case.ratings()]),
        Formulation::Ac => checks.extend(case.ac_checks()),
    }
    checks.extend([case.angle_limits(), case.hvdc(), case.sums(), case.bound()]);
    checks.extend(case.cost());
    Verdict::new(checks)
}

pub(crate) struct Case<'a> {
    pub network: &'a Network,
    pub delivery: &'a Delivery,
    pub remains: Remains,
    /// Per bus: must have voltage.
    pub live: Vec<bool>,
    weights: Option<&'a [f64]>,
}

/// All vectors are as long as the network's tables; what is opened or left dark is in them, and named once.
fn shape(network: &Network, situation: &Situation, d: &Delivery, weights: Option<&[f64]>) -> Check {
    let mut gauge = Gauge::new("shape", "rows", 0.0);
    let mut same = |what: &str, have: usize, want: usize| {
        gauge.note((have as f64 - want as f64).abs(), || format!("{what}: {have} values for {want} rows"));
    };
    same("situation branches", situation.branch_out.len(), network.branches.len());
    same("situation generators", situation.generator_out.len(), network.generators.len());
    same("situation buses", situation.bus_out.len(), network.buses.len());
    same("loads", d.load_served.len(), network.loads.len());
    same("shunts", d.shunt_served.len(), network.shunts.len());
    same("generators", d.generators.len(), network.generators.len());
    same("storages", d.storage_p_mw.len(), network.storages.len());
    same("storages", d.storage_q_mvar.len(), network.storages.len());
    same("buses", d.buses.len(), network.buses.len());
    same("branches", d.branches.len(), network.branches.len());
    same("hvdc lines", d.hvdc_p_from_mw.len(), network.hvdc_lines.len());
    same("hvdc lines", d.hvdc_q_from_mvar.len(), network.hvdc_lines.len());
    same("hvdc lines", d.hvdc_q_to_mvar.len(), network.hvdc_lines.len());
    same("weights", weights.map_or(network.loads.len(), <[f64]>::len), network.loads.len());
    let mut named = |what: &str, positions: &mut dyn Iterator<Item = usize>, rows: usize| {
        let mut seen = vec![false; rows];
        for k in positions {
            let first = seen.get_mut(k).is_some_and(|seen| !std::mem::replace(seen, true));
            gauge.require(first, || format!("{what}: position {k} of {rows} rows, or twice"));
        }
    };
    named("opened", &mut d.opened.iter().map(|b| b.i()), network.branches.len());
    named("darkened", &mut d.darkened.iter().map(|b| b.i()), network.buses.len());
    gauge.done()
}

/// The situation with what the answer itself takes out.
fn left(situation: &Situation, d: &Delivery) -> Situation {
    let mut left = situation.clone();
    d.opened.iter().for_each(|b| left.branch_out[b.i()] = true);
    d.darkened.iter().for_each(|b| left.bus_out[b.i()] = true);
    left
}

/// A bus is live if its island has a source, unless the answer says that the island stays dark: serving nothing is safe.
fn live(network: &Network, remains: &Remains, d: &Delivery) -> Vec<bool> {
    let source = remains.has_source(network);
    let given_up = |bus: usize| d.buses[bus].island.is_some_and(|island| d.failures.iter().any(|f| f.island == island));
    (0..network.buses.len()).map(|i| remains.there[i] && source[remains.island[i]] && !given_up(i)).collect()
}

impl Case<'_> {
    pub fn bus(&self, bus: BusIdx) -> String {
        format!("bus {}", self.network.buses[bus.i()].id)
    }

    pub fn branch_live(&self, k: usize) -> bool {
        self.remains.branch[k] && self.live[self.network.branches[k].from.i()]
    }

    /// The answer's islands are those of the network: same island there, same island here, and the other way round.
    fn islands(&self) -> Check {
        let mut gauge = Gauge::new("islands", "", 0.0);
        let mut theirs = vec![None; self.remains.islands];
        let mut ours = vec![None; self.delivery.islands.len()];
        let mut buses = vec![0u32; self.delivery.islands.len()];
        for (i, state) in self.delivery.buses.iter().enumerate() {
            let own = self.remains.island[i];
            let at = || self.bus(i.into());
            match state.island.map(|s| s as usize) {
                None => gauge.require(own == NOT_THERE, at),
                Some(s) if s >= ours.len() || own == NOT_THERE => gauge.require(false, at),
                Some(s) => {
                    gauge.require(*theirs[own].get_or_insert(s) == s, at);
                    gauge.require(*ours[s].get_or_insert(own) == own, at);
                    buses[s] += 1;
                }
            }
        }
        gauge.require(self.delivery.islands.len() == self.remains.islands, || {
            format!("{} islands, not {}", self.remains.islands, self.delivery.islands.len())
        });
        for (s, island) in self.delivery.islands.iter().enumerate() {
            gauge.require(island.buses == buses[s], || format!("island {s}: {} buses, not {}", buses[s], island.buses));
        }
        gauge.done()
    }

    /// Voltage where a source is and nowhere else; branches in service exactly there.
    fn energized(&self) -> Check {
        let mut gauge = Gauge::new("energized", "", 0.0);
        for (i, state) in self.delivery.buses.iter().enumerate() {
            let voltage = match self.delivery.formulation {
                _ if !self.live[i] => state.vm_pu == 0.0,
                Formulation::Dc => state.vm_pu == 1.0,
                Formulation::Ac => state.vm_pu > 0.0,
            };
            gauge.require(state.energized == self.live[i] && voltage, || self.bus(i.into()));
            let island = state.island.and_then(|s| self.delivery.islands.get(s as usize));
            gauge.require(island.is_none_or(|x| x.energized == self.live[i]), || self.bus(i.into()));
        }
        for (k, state) in self.delivery.branches.iter().enumerate() {
            gauge.require(state.in_service == self.branch_live(k), || {
                format!("branch row {}", self.network.branches[k].row)
            });
        }
        gauge.done()
    }

    /// Shares lie in 0 to 1 (eq. 4).
    fn shares(&self) -> Check {
        let mut gauge = Gauge::new("shares", "", ALLOWED_SHARE);
        let outside = |s: f64| (-s).max(s - 1.0);
        for (load, &s) in self.network.loads.iter().zip(&self.delivery.load_served) {
            gauge.note(outside(s), || format!("load row {} at {}", load.row, self.bus(load.bus)));
        }
        for (shunt, &s) in self.network.shunts.iter().zip(&self.delivery.shunt_served) {
            gauge.note(outside(s), || format!("shunt row {} at {}", shunt.row, self.bus(shunt.bus)));
        }
        gauge.done()
    }

    /// Nothing is served, fed in or carried in the dark, or by what is out of service.
    fn dark(&self) -> Check {
        let mut gauge = Gauge::new("dark", "", 0.0);
        let d = self.delivery;
        for (load, &s) in self.network.loads.iter().zip(&d.load_served) {
            let off = !load.in_service || !self.live[load.bus.i()];
            gauge.note(if off { s.abs() } else { 0.0 }, || format!("load row {} at {}", load.row, self.bus(load.bus)));
        }
        for (shunt, &s) in self.network.shunts.iter().zip(&d.shunt_served) {
            let off = !shunt.in_service || !self.live[shunt.bus.i()];
            gauge.note(if off { s.abs() } else { 0.0 }, || {
                format!("shunt row {} at {}", shunt.row, self.bus(shunt.bus))
            });
        }
        for (k, (unit, state)) in self.network.generators.iter().zip(&d.generators).enumerate() {
            let off = !self.remains.generator[k] || !self.live[unit.bus.i()];
            let size = if off { state.p_mw.abs().max(state.q_mvar.abs()) } else { 0.0 };
            gauge.note(size, || format!("generator row {} at {}", unit.row, self.bus(unit.bus)));
        }
        for (k, (branch, state)) in self.network.branches.iter().zip(&d.branches).enumerate() {
            for carried in [state.p_from_mw, state.q_from_mvar, state.p_to_mw, state.q_to_mvar] {
                let size = if self.branch_live(k) { 0.0 } else { carried.abs() };
                gauge.note(size, || format!("branch row {}", branch.row));
            }
        }
        for (i, state) in d.buses.iter().enumerate() {
            gauge.note(if self.live[i] { 0.0 } else { state.va_deg.abs() }, || self.bus(i.into()));
        }
        gauge.done()
    }

    /// Generators keep their limits; off is always allowed (eq. 5).
    fn generators(&self) -> Check {
        let mut gauge = Gauge::new("generators", "p.u.", ALLOWED_PU);
        for (unit, state) in self.network.generators.iter().zip(&self.delivery.generators) {
            let beyond = (unit.p_mw_min.min(0.0) - state.p_mw).max(state.p_mw - unit.p_mw_max.max(0.0));
            gauge.note(beyond / self.network.base_mva, || {
                format!("generator row {} at {}", unit.row, self.bus(unit.bus))
            });
        }
        gauge.done()
    }

    /// Storage gives and takes within its limits, nothing in the dark or out of service (eq. 5); reactive power may be none.
    fn storages(&self) -> Check {
        let mut gauge = Gauge::new("storages", "p.u.", ALLOWED_PU);
        for (k, unit) in self.network.storages.iter().enumerate() {
            let (p_mw, q_mvar) = (self.delivery.storage_p_mw[k], self.delivery.storage_q_mvar[k]);
            let beyond = if unit.in_service && self.live[unit.bus.i()] {
                let p = (p_mw - unit.discharge_mw_max).max(-p_mw - unit.charge_mw_max);
                p.max(unit.q_mvar_min.min(0.0) - q_mvar).max(q_mvar - unit.q_mvar_max.max(0.0))
            } else {
                p_mw.abs().max(q_mvar.abs())
            };
            let at = || format!("storage row {} at {}", unit.row, self.bus(unit.bus));
            // A maximum passes over what is no number; a sum does not.
            gauge.note((beyond + 0.0 * (p_mw + q_mvar)) / self.network.base_mva, at);
        }
        gauge.done()
    }

    /// Flow of a live branch from the angles alone, MW (eq. 1). Resistance stands in where there is no reactance.
    fn flow_mw(&self, k: usize) -> f64 {
        let b = &self.network.branches[k];
        let x_pu = if b.x_pu == 0.0 { b.r_pu } else { b.x_pu };
        let deg = self.delivery.buses[b.from.i()].va_deg - self.delivery.buses[b.to.i()].va_deg - b.shift_deg;
        self.network.base_mva * deg.to_radians() / (x_pu * b.tap)
    }

    /// The flows that the answer states are those that its angles cause; switches keep one angle.
    fn flows(&self) -> Check {
        let mut gauge = Gauge::new("flows", "p.u.", ALLOWED_PU);
        for (k, state) in self.delivery.branches.iter().enumerate().filter(|(k, _)| self.branch_live(*k)) {
            let off = (state.p_from_mw - self.flow_mw(k)).abs().max((state.p_to_mw + self.flow_mw(k)).abs());
            gauge.note(off / self.network.base_mva, || format!("branch row {}", self.network.branches[k].row));
            if let (Some(rate), Some(percent)) =
                (self.network.branches[k].rate_a_mva.filter(|r| *r > 0.0), state.loading_percent)
            {
                let stated_mw = percent / 100.0 * rate;
                let at = || format!("loading of branch row {}", self.network.branches[k].row);
                gauge.note((stated_mw - self.flow_mw(k).abs()).abs() / self.network.base_mva, at);
            }
        }
        for s in self.network.switches.iter().filter(|s| s.closed) {
            let (a, b) = (&self.delivery.buses[s.from.i()], &self.delivery.buses[s.to.i()]);
            if self.live[s.from.i()] && self.live[s.to.i()] {
                gauge.note((a.va_deg - b.va_deg).abs(), || format!("switch row {}", s.row));
            }
        }
        gauge.done()
    }

    /// Power balances at every node (eq. 2).
    fn balance(&self) -> Check {
        let d = self.delivery;
        let mut sum_mw = vec![0.0; self.network.buses.len()];
        let mut add = |bus: BusIdx, mw: f64| {
            if self.remains.node[bus.i()] != NOT_THERE {
                sum_mw[self.remains.node[bus.i()]] += mw;
            }
        };
        self.network.generators.iter().zip(&d.generators).for_each(|(g, s)| add(g.bus, s.p_mw));
        self.network.storages.iter().zip(&d.storage_p_mw).for_each(|(u, p_mw)| add(u.bus, *p_mw));
        for (load, s) in self.network.loads.iter().zip(&d.load_served).filter(|(l, _)| l.in_service) {
            add(load.bus, -load.p_mw * s);
        }
        for (shunt, s) in self.network.shunts.iter().zip(&d.shunt_served).filter(|(l, _)| l.in_service) {
            add(shunt.bus, -shunt.g_mw * s);
        }
        for (line, p_mw) in self.network.hvdc_lines.iter().zip(&d.hvdc_p_from_mw) {
            if let Some(p_mw) = p_mw {
                add(line.from, -p_mw);
                add(line.to, p_mw - line.loss_mw - line.loss_share * p_mw);
            }
        }
        for k in (0..d.branches.len()).filter(|&k| self.branch_live(k)) {
            add(self.network.branches[k].from, -self.flow_mw(k));
            add(self.network.branches[k].to, self.flow_mw(k));
        }
        let mut gauge = Gauge::new("balance", "p.u.", ALLOWED_PU);
        for i in (0..self.network.buses.len()).filter(|&i| self.remains.there[i]) {
            gauge.note(sum_mw[self.remains.node[i]].abs() / self.network.base_mva, || self.bus(i.into()));
        }
        gauge.done()
    }

    /// No branch carries more than its long-term rating (eq. 3).
    fn ratings(&self) -> Check {
        let mut gauge = Gauge::new("ratings", "p.u.", ALLOWED_PU);
        for (k, branch) in self.network.branches.iter().enumerate().filter(|(k, _)| self.branch_live(*k)) {
            let beyond = self.flow_mw(k).abs() - branch.rate_a_mva.unwrap_or(f64::INFINITY);
            gauge.note(beyond / self.network.base_mva, || format!("branch row {}", branch.row));
        }
        gauge.done()
    }

    /// Angle differences keep their limits (eq. 3).
    fn angle_limits(&self) -> Check {
        let mut gauge = Gauge::new("angle_limits", "degrees", ALLOWED_DEG);
        for (_, b) in self.network.branches.iter().enumerate().filter(|(k, _)| self.branch_live(*k)) {
            let deg = self.delivery.buses[b.from.i()].va_deg - self.delivery.buses[b.to.i()].va_deg;
            gauge.note((b.angle_deg_min - deg).max(deg - b.angle_deg_max), || format!("branch row {}", b.row));
        }
        gauge.done()
    }

    /// HVDC lines run within their limits, between live islands, and make no energy (eq. 6). In AC the converters of a line
    /// that is used give reactive power within theirs.
    fn hvdc(&self) -> Check {
        let mut gauge = Gauge::new("hvdc", "p.u.", ALLOWED_PU);
        for (k, (line, p_mw)) in self.network.hvdc_lines.iter().zip(&self.delivery.hvdc_p_from_mw).enumerate() {
            let at = || format!("hvdc line row {}", line.row);
            let gives = p_mw.is_some() && self.delivery.formulation == Formulation::Ac;
            for (q_mvar, low, high) in [
                (self.delivery.hvdc_q_from_mvar[k], line.q_from_mvar_min, line.q_from_mvar_max),
                (self.delivery.hvdc_q_to_mvar[k], line.q_to_mvar_min, line.q_to_mvar_max),
            ] {
                let beyond = if gives { (low.min(0.0) - q_mvar).max(q_mvar - high.max(0.0)) } else { q_mvar.abs() };
                gauge.note(beyond / self.network.base_mva, at);
            }
            if let Some(p_mw) = *p_mw {
                gauge.require(line.in_service && self.live[line.from.i()] && self.live[line.to.i()], at);
                let gain = -(line.loss_mw + line.loss_share * p_mw);
                let beyond = (line.p_mw_min - p_mw).max(p_mw - line.p_mw_max).max(gain);
                gauge.note(beyond / self.network.base_mva, at);
            }
        }
        gauge.done()
    }

    /// Demand, served power and worth are the sums they claim to be (eq. 7), as a share of their size.
    fn sums(&self) -> Check {
        let (mut demand, mut served, mut worth) = (0.0, 0.0, 0.0);
        for (k, load) in self.network.loads.iter().enumerate() {
            let share = self.delivery.load_served[k];
            if load.in_service && self.network.buses[load.bus.i()].kind != relight_model::BusKind::Isolated {
                demand += load.p_mw.max(0.0);
            }
            served += load.p_mw.max(0.0) * share;
            worth += self.weights.map_or(1.0, |w| w[k]) * load.p_mw.abs() * share;
        }
        let mut gauge = Gauge::new("sums", "", ALLOWED_SHARE);
        let d = self.delivery;
        for (name, stated, found) in [
            ("demand_mw", d.demand_mw, demand),
            ("served_mw", d.served_mw, served),
            ("objective_mw", d.objective_mw, worth),
        ] {
            gauge.note((stated - found).abs() / found.abs().max(1.0), || {
                format!("{name}: {stated} stated, {found} found")
            });
        }
        gauge.done()
    }

    /// The bound is not below the point found and of its physics, the gap is the one it claims, and "optimal" means a small
    /// one (eq. 8).
    fn bound(&self) -> Check {
        let d = self.delivery;
        let mut gauge = Gauge::new("bound", "", ALLOWED_SHARE);
        let size = d.bound_mw.abs().max(1.0);
        gauge.note((d.objective_mw - d.bound_mw) / size, || "bound_mw below objective_mw".into());
        gauge.note((d.gap - (d.bound_mw - d.objective_mw) / size).abs(), || "gap".into());
        let physics = match d.formulation {
            Formulation::Dc => d.bound_by != BoundBy::Soc,
            Formulation::Ac => d.bound_by != BoundBy::Dc,
        };
        gauge.require(physics, || "bound_by: proven for other physics".into());
        gauge.require(d.status != DeliveryStatus::Optimal || (d.gap <= GAP_OPTIMAL && d.failures.is_empty()), || {
            "status".into()
        });
        gauge.done()
    }
    /// The cost of generation is what the curves of generators in service make of their power (eq. 16), as a share of its size.
    /// No check where none is stated.
    fn cost(&self) -> Option<Check> {
        let stated = self.delivery.cost_per_hour?;
        let units = self.network.generators.iter().zip(&self.delivery.generators).enumerate();
        let on = units.filter(|(k, (unit, _))| self.remains.generator[*k] && self.live[unit.bus.i()]);
        let found: f64 = on.filter_map(|(_, (unit, s))| unit.cost.as_ref().map(|c| cost_per_hour(c, s.p_mw))).sum();
        let mut gauge = Gauge::new("cost", "", ALLOWED_COST);
        gauge.note((stated - found).abs() / found.abs().max(1.0), || {
            format!("cost_per_hour: {stated} stated, {found} found")
        });
        Some(gauge.done())
    }
}

/// Deviation of the cost of generation, in proportion to its size.
const ALLOWED_COST: f64 = 1e-9;

/// What a generator costs per hour at `p_mw`. Beyond the ends of a piecewise curve its first or last piece goes on.
fn cost_per_hour(cost: &Cost, p_mw: f64) -> f64 {
    match &cost.curve {
        CostCurve::Polynomial(coefficients) => coefficients.iter().fold(0.0, |sum, c| sum * p_mw + c),
        CostCurve::Piecewise(points) => match points[..] {
            [] => 0.0,
            [(_, only)] => only,
            [..] => {
                let last = points.len() - 2;
                let piece = points[1..=last].iter().take_while(|(end, _)| *end < p_mw).count();
                let ((x0, y0), (x1, y1)) = (points[piece], points[piece + 1]);
                y0 + (y1 - y0) * (p_mw - x0) / (x1 - x0)
            }
        },
    }
}
