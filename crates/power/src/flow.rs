//! The power flow of a network: analysed once, solved for many situations.

use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{Network, Situation};
use thiserror::Error;

use crate::admittance::Complex;
use crate::attempts::Workbench;
use crate::dc::ScalarSolver;
use crate::newton::Newton;
use crate::problem::Problem;
use crate::reactive_limits::LimitState;
use crate::settings::{ReactiveLimits, Settings};
use crate::start::StartVoltages;
use crate::structure::{Structure, bus_alive, fused_groups};
use crate::topology::Topology;
use crate::{result, start};

/// Rounds of reactive limits; each is a full solution.
const LIMIT_ROUNDS_MAX: u32 = 40;

/// Settings that cannot be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum SettingsError {
    /// Tolerance not above zero, or not a number.
    #[error("tolerance_pu is {tolerance_pu}; allowed: above 0, such as 1e-8")]
    Tolerance {
        /// The value given.
        tolerance_pu: f64,
    },
    /// No iteration allowed.
    #[error("max_iterations is 0; allowed: at least 1, such as 30")]
    Iterations,
}

/// What a power flow leaves for studies that start from its solution.
pub(crate) struct Solved {
    pub structure: Structure,
    pub topology: Topology,
    pub problem: Problem,
    pub newton: Newton,
    pub scalar: ScalarSolver,
}

/// Outcome of [`PowerFlow::solve_voltages`]; the voltages stay inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoltageSummary {
    /// How it ended.
    pub status: FlowStatus,
    /// Newton iterations of all attempts together.
    pub iterations: u32,
    /// Largest mismatch over all live islands, evaluated at the voltages found, p.u.
    pub max_mismatch_pu: f64,
}

/// Power flow of one network under one choice of settings.
///
/// [`PowerFlow::new`] orders and analyses the graph of *all* branches. What a situation takes out changes values in that
/// pattern, never the pattern itself, so that solves reuse it; only damage that splits buses fused by switches analyses anew.
/// Every answer is a function of network, settings and situation alone, whatever was solved before.
#[derive(Debug, Clone)]
pub struct PowerFlow<'n> {
    network: &'n Network,
    settings: Settings,
    structure: Structure,
    newton: Newton,
    scalar: ScalarSolver,
    prepared: Option<Prepared>,
}

/// What is known of the situation last asked about.
#[derive(Debug, Clone)]
struct Prepared {
    situation: Situation,
    topology: Topology,
    problem: Problem,
    start: StartVoltages,
    start_v: Vec<Complex>,
    limits: Option<LimitState>,
}

impl<'n> PowerFlow<'n> {
    /// Analyses `network`.
    ///
    /// # Errors
    /// [`SettingsError`] for a tolerance or iteration count that makes no sense.
    pub fn new(network: &'n Network, settings: &Settings) -> Result<Self, SettingsError> {
        let tolerance_pu = settings.tolerance_pu;
        if tolerance_pu.is_nan() || tolerance_pu <= 0.0 {
            return Err(SettingsError::Tolerance { tolerance_pu });
        }
        if settings.max_iterations == 0 {
            return Err(SettingsError::Iterations);
        }
        let alive = bus_alive(network, &Situation::intact(network));
        let structure = Structure::new(network, fused_groups(network, &alive));
        Ok(Self {
            network,
            settings: *settings,
            newton: Newton::new(&structure.symbolic),
            scalar: ScalarSolver::new(&structure.symbolic),
            structure,
            prepared: None,
        })
    }

    /// The settings in use.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Throws the ordering and the symbolic factorisation away and makes them anew, for the timing of cold solves.
    pub fn analyse_anew(&mut self) {
        let groups = std::mem::take(&mut self.structure.group_of_bus);
        self.rebuild(groups);
    }

    fn rebuild(&mut self, group_of_bus: Vec<u32>) {
        self.structure = Structure::new(self.network, group_of_bus);
        self.newton = Newton::new(&self.structure.symbolic);
        self.scalar = ScalarSolver::new(&self.structure.symbolic);
    }

    /// Hands over everything known about the situation last solved.
    pub(crate) fn into_solved(self) -> Solved {
        let Prepared { topology, problem, .. } = self.prepared.expect("invariant: a situation was solved");
        Solved { structure: self.structure, topology, problem, newton: self.newton, scalar: self.scalar }
    }

    /// Finds islands, equations and start voltages of `situation`; does nothing if they are at hand.
    ///
    /// # Panics
    /// If the situation was made for another network.
    pub fn prepare(&mut self, situation: &Situation) {
        let network = self.network;
        assert!(
            situation.bus_out.len() == network.buses.len()
                && situation.branch_out.len() == network.branches.len()
                && situation.generator_out.len() == network.generators.len(),
            "situation of another network"
        );
        if self.prepared.as_ref().is_some_and(|p| p.situation == *situation) {
            return;
        }
        let alive = bus_alive(network, situation);
        if !self.groups_fit(&alive) {
            let groups = fused_groups(network, &alive);
            self.rebuild(groups);
        }
        let topology = Topology::on(network, situation, alive, &self.structure);
        let mut problem = Problem::new(network, &self.structure, &topology, &self.settings);
        let limits = (self.settings.reactive_limits == ReactiveLimits::Enforce)
            .then(|| LimitState::new(network, &self.structure, &topology, &problem));
        let start = Workbench {
            network,
            structure: &self.structure,
            topology: &topology,
            problem: &mut problem,
            newton: &mut self.newton,
            scalar: &mut self.scalar,
            settings: &self.settings,
        }
        .start();
        let start_v = start.complex(&problem);
        self.prepared = Some(Prepared { situation: situation.clone(), topology, problem, start, start_v, limits });
    }

    /// Whether live buses are fused as the structure has them. Dead buses may stay where they are.
    fn groups_fit(&self, alive: &[bool]) -> bool {
        let now = fused_groups(self.network, alive);
        // The same partition of the live buses: each group here is one group there, and the other way round.
        let mut there = vec![u32::MAX; now.len()];
        let mut here = vec![u32::MAX; now.len()];
        (0..now.len()).filter(|&i| alive[i]).all(|i| {
            let (a, b) = (now[i] as usize, self.structure.group_of_bus[i] as usize);
            if there[a] == u32::MAX && here[b] == u32::MAX {
                (there[a], here[b]) = (b as u32, a as u32);
            }
            there[a] as usize == b && here[b] as usize == a
        })
    }

    /// Solves the situation last prepared, from its start voltages, and keeps the voltages inside: what is timed as a warm
    /// solve. Dark before any [`PowerFlow::prepare`].
    pub fn solve_voltages(&mut self) -> VoltageSummary {
        let Some(p) = self.prepared.as_mut() else {
            return VoltageSummary { status: FlowStatus::Dark, iterations: 0, max_mismatch_pu: 0.0 };
        };
        let mut bench = Workbench {
            network: self.network,
            structure: &self.structure,
            topology: &p.topology,
            problem: &mut p.problem,
            newton: &mut self.newton,
            scalar: &mut self.scalar,
            settings: &self.settings,
        };
        if let Some(limits) = &mut p.limits {
            limits.undo(bench.problem);
        }
        let (mut iterations, mut max_mismatch_pu) = bench.solve(&p.start, &p.start_v);
        if let Some(limits) = &mut p.limits {
            for _ in 0..LIMIT_ROUNDS_MAX {
                let solved = bench.solved_islands();
                if !limits.update(bench.problem, bench.newton, &solved) {
                    break;
                }
                iterations += bench.resume(&solved, &p.start);
                max_mismatch_pu = bench.newton.evaluate(&self.structure.symbolic, bench.problem);
            }
        }
        let status = if p.topology.islands.iter().all(|i| i.references.is_empty()) {
            FlowStatus::Dark
        } else if max_mismatch_pu <= self.settings.tolerance_pu {
            FlowStatus::Converged
        } else {
            FlowStatus::Diverged
        };
        VoltageSummary { status, iterations, max_mismatch_pu }
    }

    /// AC power flow of `situation`. Where an island did not converge, its buses are reported at their start voltages, its
    /// mismatch says so, and the status is [`FlowStatus::Diverged`]; other islands are solved all the same.
    ///
    /// # Panics
    /// If the situation was made for another network.
    pub fn solve(&mut self, situation: &Situation) -> FlowResult {
        self.prepare(situation);
        let summary = self.solve_voltages();
        let p = self.prepared.as_mut().expect("invariant: prepared just above");
        // Voltages are reported as magnitude and angle: the mismatch is that of the reported numbers.
        self.newton.refresh_voltages();
        let mismatch_pu = self.newton.evaluate(&self.structure.symbolic, &p.problem);
        let by_island = self.newton.mismatch_by_island(&p.problem, p.topology.islands.len());
        let view = result::View {
            network: self.network,
            structure: &self.structure,
            topology: &p.topology,
            problem: &p.problem,
            limits: p.limits.as_ref(),
            hvdc_lines: self.settings.hvdc_lines,
        };
        let status = match summary.status {
            FlowStatus::Converged if mismatch_pu > self.settings.tolerance_pu => FlowStatus::Diverged,
            status => status,
        };
        view.ac(status, summary.iterations, mismatch_pu, &by_island, &self.newton)
    }

    /// DC power flow of `situation`: magnitudes 1, no losses, reactive power 0. Each island balances at its reference.
    ///
    /// # Panics
    /// If the situation was made for another network.
    pub fn solve_dc(&mut self, situation: &Situation) -> FlowResult {
        self.prepare(situation);
        let p = self.prepared.as_ref().expect("invariant: prepared just above");
        let angles = self.scalar.dc_angles(&self.structure.symbolic, &p.problem);
        let view = result::View {
            network: self.network,
            structure: &self.structure,
            topology: &p.topology,
            problem: &p.problem,
            limits: None,
            hvdc_lines: self.settings.hvdc_lines,
        };
        match angles {
            Ok(theta) => view.dc(&theta, self.settings.tolerance_pu),
            Err(_) => view.dc(&start::flat(&p.problem).theta, self.settings.tolerance_pu),
        }
    }
}
