//! Water and heat in a network: pressures, flows and temperatures at one instant.
//!
//! # Equations
//!
//! With m the flow of a branch from i to j, and z heights:
//!
//! ```text
//! Σ m into a node − Σ m out of it + injection = 0                                              (1)
//! p_i − p_j = f(m)                                                                             (2)
//!   pipe, valve    f = Darcy's loss (see friction) + ρ g (z_j − z_i)
//!   pump           f = −lift(m) + ρ g (z_j − z_i), and m ≥ 0 by its check valve; freely passed if it stands with a bypass
//!   source         f = −lift, and m ≥ 0
//!   substation     m = m_full for dp ≥ dp_min,  m_full √(dp/dp_min) for 0 < dp < dp_min,  0 for dp ≤ 0
//! m' = m + (p_i − p_j − f(m)) / f'(m)                                                          (3)
//! A D Aᵀ p = injections − A (m − D f(m)),   D = diag(1 / f'(m))                                (4)
//! ```
//!
//! (3) and (4) are Newton's method for (1) and (2) together: the global gradient method (Todini & Pilati 1988, in Computer
//! Applications in Water Supply, vol. 1). Its matrix (4) is symmetric, positive definite, and has the pattern of the graph. A branch
//! whose law has corners (substations, check valves) carries the piece on which it is; (4) is solved for these pieces, then each
//! branch moves to the piece where its new flow or head belongs. Flows balance exactly after every step.
//!
//! Temperatures follow the flow from node to node. With h the enthalpy and cp its mean slope between the ends:
//!
//! ```text
//! T_out = T_g' + (T_in − T_g') exp(−u L / (m cp)),  T_g' = T_ground + q_ext / (u L)            (5)  pipe
//! h(T_node) = Σ m h(T_out) / Σ m  over what flows in                                           (6)  mixing
//! T_out = min(T_supply, T(h(T_in) + heat_max / m))                                             (7)  source
//! heat = min(demand · m/m_full, m (h(T_in) − h(T_return,min))),  T_out = T(h(T_in) − heat/m)   (8)  substation
//!   m_full as given, or demand / (cp · max(T_in − T_return, half of the design spread, 5 K))
//! ```
//!
//! (5) to (7) are passed in the order of flow; where a source is at its limit, or water runs in circles, all nodes are solved for
//! together. One step of the hydraulics and one pass of the temperatures alternate until neither moves: density, viscosity and the
//! flows that substations want follow the temperatures.

mod fluid;
mod friction;
mod hydraulics;
mod outcome;
mod parts;
mod structure;
mod thermal;

pub use fluid::Properties;
pub use structure::Structure;

use hydraulics::{Hydraulics, Regime};
use parts::Parts;
use relight_model::warm::HeatState;
use relight_model::{HeatNetwork, HeatSituation};
use structure::Kind;
use thermal::{Pass, Thermal};

/// Speed of the water in a pipe where nothing is known yet, m/s.
const SPEED_M_PER_S: f64 = 0.5;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Most Newton steps.
    pub iterations_max: u32,
    /// Largest change of a temperature in the last step, K.
    pub t_tolerance_k: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { iterations_max: 200, t_tolerance_k: 1e-6 }
    }
}

/// Solves one situation. Whoever has many keeps a [`Solver`].
///
/// # Panics
/// As [`Solver::new`].
pub fn solve(network: &HeatNetwork, situation: &HeatSituation, settings: &Settings) -> HeatState {
    let structure = Structure::new(network);
    Solver::new(network, &structure).solve(situation, settings, None)
}

/// A network with the room to solve one situation after another.
#[derive(Debug)]
pub struct Solver<'n> {
    network: &'n HeatNetwork,
    structure: &'n Structure,
    properties: Properties,
    hydraulics: Hydraulics,
    thermal: Thermal,
    surplus: Vec<f64>,
    /// Per pipe: temperature for which density and viscosity stand, °C.
    priced_c: Vec<f64>,
}

impl<'n> Solver<'n> {
    /// Room for a network, which has passed validation.
    ///
    /// # Panics
    /// If `structure` was made of a network with other junctions or branches.
    pub fn new(network: &'n HeatNetwork, structure: &'n Structure) -> Self {
        assert!(structure.fits(network), "the structure belongs to another network");
        Self {
            network,
            structure,
            properties: Properties::new(&network.fluid),
            hydraulics: Hydraulics::new(network, structure),
            thermal: Thermal::new(network, structure),
            surplus: vec![0.0; structure.symbolic.nodes()],
            priced_c: vec![f64::NAN; network.pipes.len()],
        }
    }

    /// What the fluid is like over temperature.
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// Pressures, flows and temperatures in a situation. `start` is a state of the same tables from which to begin, such as that of a
    /// similar situation; it changes how long the answer takes, and the answer within the tolerances alone.
    pub fn solve(&mut self, situation: &HeatSituation, settings: &Settings, start: Option<&HeatState>) -> HeatState {
        let parts = parts::find(self.network, self.structure, situation);
        let running: Vec<bool> = (self.network.pumps.iter().enumerate())
            .map(|(k, p)| p.in_service && !situation.pump_out.get(k).copied().unwrap_or(false))
            .collect();
        self.begin(&parts, start);
        let (mut iterations, mut converged) = (0, !parts.held_pa.iter().any(Option::is_some));
        while !converged && iterations < settings.iterations_max {
            self.price(iterations == 0);
            let step = self.hydraulics.step(self.network, self.structure, &parts, &running, iterations);
            iterations += 1;
            let Some(step) = step else { break };
            self.hydraulics.mismatch(self.structure, &parts, &mut self.surplus);
            let moved_k = self.temperatures(&parts);
            converged = iterations > 1 && !step.switched && step.change <= 1.0 && moved_k <= settings.t_tolerance_k;
        }
        let mismatch = self.hydraulics.mismatch(self.structure, &parts, &mut self.surplus);
        let pass = Pass {
            network: self.network,
            structure: self.structure,
            parts: &parts,
            properties: &self.properties,
            hydraulics: &self.hydraulics,
            surplus: &self.surplus,
        };
        outcome::state(&pass, &self.thermal, converged, iterations, mismatch)
    }

    /// Flows, regimes and temperatures from which to begin.
    fn begin(&mut self, parts: &Parts, start: Option<&HeatState>) {
        let (n, s) = (self.network, self.structure);
        let start =
            start.filter(|x| x.consumers.len() == n.substations.len() && x.pipe_mdot_kg_per_s.len() == n.pipes.len());
        self.thermal.begin(n, s);
        let design_c: Vec<f64> = n.junctions.iter().map(|j| self.thermal.design_c(j.t_c)).collect();
        for (t, &junction) in self.thermal.t_c.iter_mut().zip(s.junctions()) {
            let known = start.and_then(|x| x.t_c.get(junction as usize).copied().flatten());
            *t = known.unwrap_or(design_c[junction as usize]);
        }
        self.hydraulics.p_pa.fill(0.0);
        for (b, m) in self.hydraulics.m.iter_mut().enumerate() {
            self.hydraulics.regime[b] = if parts.live[b] { Regime::Law } else { Regime::Out };
            *m = 0.0;
        }
        self.want(f64::INFINITY);
        for (b, kind) in
            [Kind::Pipe, Kind::Valve, Kind::Pump, Kind::Source].into_iter().flat_map(|k| s.of(k).map(move |b| (b, k)))
        {
            if !parts.live[b] {
                continue;
            }
            let k = b - s.of(kind).start;
            let known = start.and_then(|x| match kind {
                Kind::Pipe => x.pipe_mdot_kg_per_s.get(k),
                Kind::Valve => x.valve_mdot_kg_per_s.get(k),
                Kind::Pump => x.pump_mdot_kg_per_s.get(k),
                _ => x.source_mdot_kg_per_s.get(k),
            });
            self.hydraulics.m[b] = match (known, kind) {
                (Some(&m), _) => m,
                (None, Kind::Pipe) => {
                    let d = n.pipes[k].d_inner_m;
                    SPEED_M_PER_S * 1000.0 * std::f64::consts::FRAC_PI_4 * d * d
                }
                (None, Kind::Pump) => self.hydraulics.pump_start(k),
                (None, _) => 0.0,
            };
        }
        for (k, b) in s.of(Kind::Substation).enumerate().filter(|&(_, b)| parts.live[b]) {
            let full = self.hydraulics.full[k];
            let known = start.map(|x| x.consumers[k].mdot_kg_per_s).filter(|&m| m > 0.0 && m < full * (1.0 - 1e-6));
            self.hydraulics.regime[b] = if known.is_some() { Regime::Law } else { Regime::Full };
            self.hydraulics.m[b] = known.unwrap_or(full);
        }
    }

    /// Density and viscosity for the temperatures as they are.
    fn price(&mut self, all: bool) {
        let (s, n) = (self.structure, self.network);
        for b in 0..s.of(Kind::Pump).end {
            let branch = s.branches[b];
            let m = self.hydraulics.m[b];
            let up = if m >= 0.0 { branch.from } else { branch.to };
            let mut t_c = self.thermal.t_c[up as usize];
            if b >= n.pipes.len() {
                self.hydraulics.density[b] = self.properties.density_kg_per_m3(t_c);
                continue;
            }
            if !all && m.abs() > thermal::STANDS_KG_PER_S {
                t_c = 0.5 * (t_c + self.thermal.out_c[b]);
            }
            // Far below what a pressure could show, and most pipes rest after a few steps.
            if all || (t_c - self.priced_c[b]).abs() > 1e-6 {
                self.priced_c[b] = t_c;
                self.hydraulics.density[b] = self.properties.density_kg_per_m3(t_c);
                self.hydraulics.viscosity[b] = self.properties.viscosity_pa_s(t_c);
            }
        }
    }

    /// Temperatures for the flows as they are, and the flows that substations want then. Largest change, K.
    fn temperatures(&mut self, parts: &Parts) -> f64 {
        let pass = Pass {
            network: self.network,
            structure: self.structure,
            parts,
            properties: &self.properties,
            hydraulics: &self.hydraulics,
            surplus: &self.surplus,
        };
        let moved_k = self.thermal.update(&pass);
        self.want(moved_k);
        moved_k
    }

    /// Full flows of the substations for the temperatures as they are.
    fn want(&mut self, moved_k: f64) {
        if moved_k == 0.0 {
            return;
        }
        for (k, b) in self.structure.of(Kind::Substation).enumerate() {
            let t_c = self.thermal.t_c[self.structure.branches[b].from as usize];
            let full = self.thermal.full_flow(&self.network.substations[k], t_c, &self.properties);
            let before = std::mem::replace(&mut self.hydraulics.full[k], full);
            match self.hydraulics.regime[b] {
                Regime::Full => self.hydraulics.m[b] = full,
                Regime::Law if before > 0.0 => self.hydraulics.m[b] *= full / before,
                _ => {}
            }
        }
    }
}
