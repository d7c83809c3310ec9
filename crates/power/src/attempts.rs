//! From a start to a solution, island by island: what to try, and in what order.

use relight_model::Network;

use crate::admittance::Complex;
use crate::dc::ScalarSolver;
use crate::newton::{Attempt, Ending, Newton};
use crate::problem::{NodeKind, Problem};
use crate::settings::{Settings, Start};
use crate::start::{self, StartVoltages};
use crate::structure::Structure;
use crate::topology::Topology;

/// Mismatch at which magnitudes are let go after the angles alone were solved, p.u.
const HELD_TOLERANCE_PU: f64 = 1e-3;
/// Newton iterations of one step of the homotopy.
const CORRECTOR_ITERATIONS: u32 = 8;
/// Shortest step of the homotopy.
const HOMOTOPY_STEP_MIN: f64 = 1.0 / 128.0;
/// Mismatch beyond which an island that broke is told from its healthy neighbours, p.u.
const BROKEN_PU: f64 = 1e6;

/// Everything that an attempt works on.
pub(crate) struct Workbench<'a> {
    pub network: &'a Network,
    pub structure: &'a Structure,
    pub topology: &'a Topology,
    pub problem: &'a mut Problem,
    pub newton: &'a mut Newton,
    pub scalar: &'a mut ScalarSolver,
    pub settings: &'a Settings,
}

impl Workbench<'_> {
    /// The voltages from which [`Workbench::solve`] sets out; flat where a linear start has no solution.
    pub(crate) fn start(&mut self) -> StartVoltages {
        let flat = start::flat(self.problem);
        match self.settings.start {
            Start::Flat => flat,
            Start::File => start::file(self.network, self.structure, self.problem),
            Start::Dc => start::dc(self.structure, self.problem, self.scalar).unwrap_or(flat),
            Start::Auto => {
                let mut start = self.no_load().unwrap_or(flat);
                if let Ok(dc) = start::dc(self.structure, self.problem, self.scalar) {
                    start.theta = dc.theta;
                }
                start
            }
        }
    }

    fn no_load(&mut self) -> Option<StartVoltages> {
        start::no_load(self.network, self.structure, self.topology, self.problem, self.scalar).ok()
    }

    /// Solves all live islands from `start`, whose voltages as complex numbers are `v`; returns iterations and the largest
    /// mismatch and leaves the voltages in `newton`. Islands that did not converge are left at the start.
    pub(crate) fn solve(&mut self, start: &StartVoltages, v: &[Complex]) -> (u32, f64) {
        let symbolic = &self.structure.symbolic;
        let (tolerance, max_iterations) = (self.target_pu(), self.settings.max_iterations);
        self.newton.surplus.clear();
        self.newton.surplus.resize(self.topology.islands.len(), 0.0);
        self.newton.copy_voltages(v, &start.theta);
        // The usual case, without any bookkeeping by island.
        let first = self.newton.run(symbolic, self.problem, tolerance, max_iterations);
        if first.ending == Ending::Converged {
            return (first.iterations, first.mismatch_pu);
        }
        let mut open = self.live_islands();
        let mut iterations = first.iterations;
        iterations += self.close_and_go_on(&mut open, first, |newton, problem| {
            newton.run(symbolic, problem, tolerance, max_iterations)
        });
        if self.settings.start == Start::Auto && open.contains(&true) {
            iterations += self.solve_gently(&mut open, start);
        }
        self.reset(&open, start);
        (iterations, self.newton.evaluate(symbolic, self.problem))
    }

    /// Mismatch to iterate to: a little below the tolerance, so that the last rounding of the result does not cross it.
    fn target_pu(&self) -> f64 {
        0.9 * self.settings.tolerance_pu
    }

    fn live_islands(&self) -> Vec<bool> {
        self.topology.islands.iter().map(|i| !i.references.is_empty()).collect()
    }

    /// From the no-load voltages: first angles alone, then damped steps; and where that fails, the homotopy.
    fn solve_gently(&mut self, open: &mut [bool], start: &StartVoltages) -> u32 {
        let structure = self.structure;
        let (tolerance, max_iterations) = (self.target_pu(), self.settings.max_iterations);
        let gentle = self.no_load().unwrap_or_else(|| start.clone());
        self.reset(open, &gentle);
        let mut iterations = self.attempt(open, |newton, problem| {
            let held = angles_with_magnitudes_held(newton, structure, problem, max_iterations);
            let free = newton.run_damped(&structure.symbolic, problem, tolerance, 2 * max_iterations);
            Attempt { iterations: held.iterations + free.iterations, ..free }
        });
        if open.contains(&true) {
            self.reset(open, &gentle);
            iterations += self.attempt(open, |newton, problem| homotopy(newton, structure, problem, tolerance));
        }
        iterations
    }

    /// Goes on from the voltages at hand, after set points changed in `islands`. Those that do not converge any more are
    /// left at `start`.
    pub(crate) fn resume(&mut self, islands: &[bool], start: &StartVoltages) -> u32 {
        let mut open = islands.to_vec();
        let symbolic = &self.structure.symbolic;
        let (tolerance, max_iterations) = (self.target_pu(), self.settings.max_iterations);
        let mut iterations =
            self.attempt(&mut open, |newton, problem| newton.run_damped(symbolic, problem, tolerance, max_iterations));
        if self.settings.start == Start::Auto && open.contains(&true) {
            iterations += self.solve_gently(&mut open, start);
        }
        self.reset(&open, start);
        iterations
    }

    /// Which islands live and meet the tolerance at the voltages at hand.
    pub(crate) fn solved_islands(&mut self) -> Vec<bool> {
        self.newton.evaluate(&self.structure.symbolic, self.problem);
        let mismatch = self.newton.mismatch_by_island(self.problem, self.topology.islands.len());
        let solved = self.live_islands().into_iter().zip(mismatch);
        solved.map(|(live, mismatch)| live && mismatch <= self.settings.tolerance_pu).collect()
    }

    /// Sets the voltages of the islands still open.
    fn reset(&mut self, open: &[bool], start: &StartVoltages) {
        for i in 0..self.structure.nodes() {
            if open.get(self.problem.island[i] as usize) == Some(&true) {
                self.newton.set_voltage(i, start.vm[i], start.theta[i]);
                self.newton.surplus[self.problem.island[i] as usize] = 0.0;
            }
        }
    }

    /// Runs `method` on the islands still open, all others frozen, and closes those that converged. An island that breaks
    /// is frozen too, and the rest goes on.
    fn attempt(&mut self, open: &mut [bool], method: impl Fn(&mut Newton, &mut Problem) -> Attempt) -> u32 {
        let attempt = self.run_frozen(open, &method);
        attempt.iterations + self.close_and_go_on(open, attempt, method)
    }

    /// Runs `method` with all islands frozen but the `running` ones.
    fn run_frozen(&mut self, running: &[bool], method: impl Fn(&mut Newton, &mut Problem) -> Attempt) -> Attempt {
        let kinds = self.problem.kind.clone();
        for (kind, &island) in self.problem.kind.iter_mut().zip(&self.problem.island) {
            if running.get(island as usize) != Some(&true) {
                *kind = NodeKind::Off;
            }
        }
        let attempt = method(self.newton, self.problem);
        self.problem.kind = kinds;
        attempt
    }

    /// After an `attempt` on the islands open: closes those that converged, leaves those that broke, and runs `method`
    /// on the rest until none breaks any more.
    fn close_and_go_on(
        &mut self,
        open: &mut [bool],
        mut attempt: Attempt,
        method: impl Fn(&mut Newton, &mut Problem) -> Attempt,
    ) -> u32 {
        let mut running = open.to_vec();
        let mut iterations = 0;
        loop {
            self.newton.evaluate(&self.structure.symbolic, self.problem);
            let mismatch = self.newton.mismatch_by_island(self.problem, open.len());
            let mut broke = false;
            for k in 0..open.len() {
                if running[k] && mismatch[k] <= self.settings.tolerance_pu {
                    (open[k], running[k]) = (false, false);
                } else if running[k] && (mismatch[k] > BROKEN_PU || attempt.ending == Ending::Broken(Some(k as u32))) {
                    (running[k], broke) = (false, true);
                }
            }
            if !broke || !running.contains(&true) {
                return iterations; // done, or stalled, where more of the same would do nothing
            }
            attempt = self.run_frozen(&running, &method);
            iterations += attempt.iterations;
        }
    }
}

/// Solves active power for the angles with every magnitude held where it is: a gentle problem, since the active balance
/// alone is nearly convex in the angles. It brings power to where it goes before voltages have to carry it.
fn angles_with_magnitudes_held(
    newton: &mut Newton,
    structure: &Structure,
    problem: &mut Problem,
    max_iterations: u32,
) -> Attempt {
    let kinds = problem.kind.clone();
    for kind in problem.kind.iter_mut().filter(|k| **k == NodeKind::Pq) {
        *kind = NodeKind::Pv;
    }
    let before = (newton.v.clone(), newton.theta.clone());
    let mut held = newton.run(&structure.symbolic, problem, HELD_TOLERANCE_PU, max_iterations);
    if held.ending != Ending::Converged {
        (newton.v, newton.theta) = before;
        newton.surplus.fill(0.0);
        let damped = newton.run_damped(&structure.symbolic, problem, HELD_TOLERANCE_PU, max_iterations);
        held = Attempt { iterations: held.iterations + damped.iterations, ..damped };
    }
    problem.kind = kinds;
    held
}

/// Moves the injections from what the voltages at hand imply to what is given, `s(λ) = (1 - λ) s₀ + λ s`, first the active
/// ones with magnitudes held, then the reactive ones; each step is corrected by Newton and halved when that fails.
fn homotopy(newton: &mut Newton, structure: &Structure, problem: &mut Problem, tolerance: f64) -> Attempt {
    let kinds = problem.kind.clone();
    for kind in problem.kind.iter_mut().filter(|k| **k == NodeKind::Pq) {
        *kind = NodeKind::Pv;
    }
    let active = follow(newton, structure, problem, HELD_TOLERANCE_PU);
    problem.kind = kinds;
    if active.ending != Ending::Converged {
        return active;
    }
    let reactive = follow(newton, structure, problem, tolerance);
    Attempt { iterations: active.iterations + reactive.iterations, ..reactive }
}

fn follow(newton: &mut Newton, structure: &Structure, problem: &mut Problem, tolerance: f64) -> Attempt {
    let symbolic = &structure.symbolic;
    let target = problem.s.clone();
    let mut attempt =
        Attempt { ending: Ending::Stalled, iterations: 0, mismatch_pu: newton.evaluate(symbolic, problem) };
    if !attempt.mismatch_pu.is_finite() {
        return attempt;
    }
    // What is missing at the start is given away at λ = 0.
    let gift = newton.step.clone();
    let (mut reached, mut stride, mut iterations) = (0.0f64, 0.25f64, 0);
    while reached < 1.0 && stride >= HOMOTOPY_STEP_MIN {
        let next = (reached + stride).min(1.0);
        let before = (newton.v.clone(), newton.theta.clone(), newton.surplus.clone());
        for ((s, target), gift) in problem.s.iter_mut().zip(&target).zip(&gift) {
            *s = [target[0] - (1.0 - next) * gift[0], target[1] - (1.0 - next) * gift[1]];
        }
        attempt = newton.run(symbolic, problem, tolerance, CORRECTOR_ITERATIONS);
        iterations += attempt.iterations;
        if attempt.ending == Ending::Converged {
            reached = next;
            stride *= 2.0;
        } else {
            (newton.v, newton.theta, newton.surplus) = before;
            stride *= 0.5;
        }
    }
    problem.s = target;
    Attempt { iterations, ..attempt }
}
