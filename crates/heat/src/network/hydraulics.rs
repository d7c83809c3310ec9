//! One Newton step of the hydraulics: equations (1) to (4) of the [module](super).

use super::friction::PipeShape;
use super::parts::Parts;
use super::structure::{Kind, Structure};
use relight_model::{HeatNetwork, PumpCurve};
use relight_numerics::{BlockLdl, SymmetricMatrix};

/// Standard gravity, m/s2.
pub(super) const GRAVITY_M_PER_S2: f64 = 9.806_65;
/// Least slope of a branch that is no pipe, Pa per kg/s. The pressure of such a branch is exact once the flow rests; the slope only
/// says how far one step goes.
const SLOPE_MIN: f64 = 0.1;
/// The same for pipes. Below it the rounding of pressures (1e-10 Pa of 1e6) would be seen in the flow.
const PIPE_SLOPE_MIN: f64 = 0.01;
/// Conductance of a branch whose flow is given, kg/(s Pa): too small to move water, enough to tie pressures.
const TIE: f64 = 1e-12;
/// Least head for the full flow of a substation, Pa: below it the law would be a jump.
const HEAD_MIN_PA: f64 = 100.0;
/// Steps after which branches change their regime one at a time (Murty 1974: least index first never cycles).
const ALL_AT_ONCE_STEPS: u32 = 40;

/// On which piece of its law a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Regime {
    /// Left out: no water can pass.
    Out,
    /// Flow follows from pressures.
    Law,
    /// A substation with all the flow that it wants.
    Full,
    /// Nothing flows, as it would flow backwards.
    Shut,
}

/// Where a pump's lift ends, and how steep its law is taken at least.
#[derive(Clone, Copy, Debug)]
struct PumpRange {
    end_m3_per_h: f64,
    slope_min: f64,
}

/// Flows and pressures, and the room for one step. Nodes are in elimination order.
#[derive(Debug)]
pub(super) struct Hydraulics {
    pub p_pa: Vec<f64>,
    pub m: Vec<f64>,
    pub regime: Vec<Regime>,
    /// Per branch up to the pumps: density, kg/m3; per pipe: viscosity, Pa s.
    pub density: Vec<f64>,
    pub viscosity: Vec<f64>,
    /// Per substation: flow that it wants, kg/s.
    pub full: Vec<f64>,
    pub shapes: Vec<PipeShape>,
    valves: Vec<f64>,
    pumps: Vec<PumpRange>,
    rise_m: Vec<f64>,
    root: Vec<f64>,
    conductance: Vec<f64>,
    constant: Vec<f64>,
    injected: Vec<f64>,
    matrix: SymmetricMatrix<1>,
    factors: BlockLdl<1>,
    rhs: Vec<[f64; 1]>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Largest change of a flow over its tolerance.
    pub change: f64,
    /// Whether a branch changed its regime.
    pub switched: bool,
}

impl Hydraulics {
    pub fn new(network: &HeatNetwork, structure: &Structure) -> Self {
        let (nodes, branches) = (structure.symbolic.nodes(), structure.branches.len());
        let stiff = structure.of(Kind::Pump).end;
        let height = |node: u32| network.junctions[structure.junctions()[node as usize] as usize].height_m;
        let mut injected = vec![0.0; nodes];
        for injection in &network.injections {
            injected[structure.node(injection.junction)] += injection.mdot_kg_per_s;
        }
        Self {
            p_pa: vec![0.0; nodes],
            m: vec![0.0; branches],
            regime: vec![Regime::Out; branches],
            density: vec![1000.0; stiff],
            viscosity: vec![1e-3; network.pipes.len()],
            full: vec![0.0; network.substations.len()],
            shapes: network
                .pipes
                .iter()
                .map(|p| PipeShape::new(p.length_m, p.d_inner_m, p.roughness_mm, p.zeta))
                .collect(),
            valves: network
                .valves
                .iter()
                .map(|v| v.zeta * PipeShape::new(0.0, v.d_inner_m, 0.0, 0.0).half_by_area2)
                .collect(),
            pumps: network.pumps.iter().map(|p| pump_range(&p.curve)).collect(),
            rise_m: structure.branches[..stiff].iter().map(|b| height(b.to) - height(b.from)).collect(),
            root: vec![0.0; network.pipes.len()],
            conductance: vec![0.0; branches],
            constant: vec![0.0; branches],
            injected,
            matrix: SymmetricMatrix::zeros(&structure.symbolic),
            factors: BlockLdl::new(&structure.symbolic),
            rhs: vec![[0.0]; nodes],
        }
    }

    /// Flow through a pump at which its law is begun, kg/s.
    pub fn pump_start(&self, pump: usize) -> f64 {
        let end = self.pumps[pump].end_m3_per_h;
        if end.is_finite() { 0.5 * end * 1000.0 / 3600.0 } else { 1.0 }
    }

    /// Linearises, solves and moves all flows and pressures by one step.
    pub fn step(
        &mut self,
        network: &HeatNetwork,
        structure: &Structure,
        parts: &Parts,
        running: &[bool],
        iteration: u32,
    ) -> Option<Step> {
        self.linearise(network, structure, running);
        self.assemble(structure, parts);
        self.factors.refactor(&structure.symbolic, &self.matrix).ok()?;
        self.factors.solve(&structure.symbolic, &mut self.rhs);
        for (p, x) in self.p_pa.iter_mut().zip(&self.rhs) {
            *p = x[0];
        }
        Some(self.advance(network, structure, iteration))
    }

    /// Equation (3) per branch: `conductance` and `constant`.
    fn linearise(&mut self, network: &HeatNetwork, structure: &Structure, running: &[bool]) {
        let (valve, pump) = (structure.of(Kind::Valve).start, structure.of(Kind::Pump).start);
        let (source, substation) = (structure.of(Kind::Source).start, structure.of(Kind::Substation).start);
        for b in 0..self.m.len() {
            let m = self.m[b];
            match self.regime[b] {
                Regime::Out => {
                    (self.conductance[b], self.constant[b]) = (0.0, 0.0);
                    continue;
                }
                Regime::Full | Regime::Shut => {
                    let branch = structure.branches[b];
                    let dp = self.p_pa[branch.from as usize] - self.p_pa[branch.to as usize];
                    (self.conductance[b], self.constant[b]) = (TIE, m - TIE * dp);
                    continue;
                }
                Regime::Law => {}
            }
            let (lost, slope) = if b < valve {
                let (density, viscosity) = (self.density[b], self.viscosity[b]);
                let (lost, slope) = self.shapes[b].loss_pa(network.friction, m, density, viscosity, &mut self.root[b]);
                (lost, slope.max(PIPE_SLOPE_MIN))
            } else if b < pump {
                let k = self.valves[b - valve] / self.density[b];
                (k * m * m.abs(), (2.0 * k * m.abs()).max(SLOPE_MIN))
            } else if b < source {
                if running[b - pump] {
                    self.pump(&network.pumps[b - pump].curve, b, b - pump)
                } else {
                    (0.0, SLOPE_MIN)
                }
            } else if b < substation {
                (-network.sources[b - source].lift_bar * 1e5, SLOPE_MIN)
            } else {
                let k = b - substation;
                let head = head_min_pa(network.substations[k].dp_bar_min);
                let share = m / self.full[k];
                (head * share * share, 2.0 * head / self.full[k] * share.max(1e-3))
            };
            let lost = if b < source { lost + self.static_pa(b) } else { lost };
            self.conductance[b] = 1.0 / slope;
            self.constant[b] = m - lost / slope;
        }
    }

    /// Pressure that the rise from end to end takes, Pa.
    fn static_pa(&self, b: usize) -> f64 {
        self.density[b] * GRAVITY_M_PER_S2 * self.rise_m[b]
    }

    fn pump(&self, curve: &PumpCurve, b: usize, k: usize) -> (f64, f64) {
        let per_m = 3600.0 / self.density[b];
        let range = self.pumps[k];
        let at = self.m[b] * per_m;
        let (lift_bar, _) = curve.lift_bar(at);
        let (_, slope) = curve.lift_bar(at.min(range.end_m3_per_h * (1.0 - 1e-9)));
        (-lift_bar * 1e5, ((-slope).max(range.slope_min) * 1e5 * per_m).max(SLOPE_MIN))
    }

    /// Equation (4): the matrix in elimination order, held and dry nodes as unit rows.
    fn assemble(&mut self, structure: &Structure, parts: &Parts) {
        self.matrix.clear();
        for node in 0..self.rhs.len() {
            (self.matrix.diagonal[node], self.rhs[node]) = match parts.held_pa[node] {
                Some(p) => ([[1.0]], [p]),
                None if parts.wet[node] => ([[0.0]], [self.injected[node]]),
                None => ([[1.0]], [0.0]),
            };
        }
        for (b, branch) in structure.branches.iter().enumerate() {
            let d = self.conductance[b];
            if d == 0.0 {
                continue;
            }
            let (from, to) = (branch.from as usize, branch.to as usize);
            let (held_from, held_to) = (parts.held_pa[from], parts.held_pa[to]);
            if held_from.is_none() {
                self.matrix.diagonal[from][0][0] += d;
                self.rhs[from][0] += held_to.map_or(0.0, |p| d * p) - self.constant[b];
            }
            if held_to.is_none() {
                self.matrix.diagonal[to][0][0] += d;
                self.rhs[to][0] += held_from.map_or(0.0, |p| d * p) + self.constant[b];
            }
            if held_from.is_none() && held_to.is_none() {
                self.matrix.upper[branch.entry as usize][0][0] -= d;
            }
        }
    }

    /// New flows by (3), and the regime that each branch is in then.
    fn advance(&mut self, network: &HeatNetwork, structure: &Structure, iteration: u32) -> Step {
        let pump = structure.of(Kind::Pump).start;
        let (source, substation) = (structure.of(Kind::Source).start, structure.of(Kind::Substation).start);
        let mut step = Step { change: 0.0, switched: false };
        for b in 0..self.m.len() {
            if self.regime[b] == Regime::Out {
                continue;
            }
            let branch = structure.branches[b];
            let dp = self.p_pa[branch.from as usize] - self.p_pa[branch.to as usize];
            let before = self.m[b];
            let mut m = self.constant[b] + self.conductance[b] * dp;
            if b >= pump {
                let may_switch = iteration < ALL_AT_ONCE_STEPS || !step.switched;
                let (regime, start) = if b >= substation {
                    let head = head_min_pa(network.substations[b - substation].dp_bar_min);
                    substation_regime(self.regime[b], before, m, dp, self.full[b - substation], head)
                } else {
                    let closed_pa = if b < source {
                        self.static_pa(b) - network.pumps[b - pump].curve.lift_bar(0.0).0 * 1e5
                    } else {
                        -network.sources[b - source].lift_bar * 1e5
                    };
                    let one_way = b >= source || !network.pumps[b - pump].bypass;
                    one_way_regime(self.regime[b], m, dp > closed_pa, one_way)
                };
                if regime != self.regime[b] && may_switch {
                    step.switched = true;
                    self.regime[b] = regime;
                    m = start;
                } else if regime == self.regime[b] {
                    m = start;
                }
            }
            self.m[b] = m;
            step.change = step.change.max((m - before).abs() / (1e-7 + 1e-9 * m.abs()));
        }
        step
    }

    /// Largest flow that does not balance at a node without held pressure, kg/s, recomputed from the flows. `surplus` becomes what
    /// leaves each node.
    pub fn mismatch(&self, structure: &Structure, parts: &Parts, surplus: &mut [f64]) -> f64 {
        for (node, out) in surplus.iter_mut().enumerate() {
            *out = if parts.wet[node] { -self.injected[node] } else { 0.0 };
        }
        for (b, branch) in structure.branches.iter().enumerate() {
            surplus[branch.from as usize] += self.m[b];
            surplus[branch.to as usize] -= self.m[b];
        }
        let free = (0..surplus.len()).filter(|&n| parts.held_pa[n].is_none());
        free.fold(0.0, |worst, n| surplus[n].abs().max(worst))
    }
}

/// Head for the full flow of a substation, Pa.
pub(super) fn head_min_pa(dp_bar_min: f64) -> f64 {
    (dp_bar_min * 1e5).max(HEAD_MIN_PA)
}

/// Next regime of a substation, and its flow: `m = full √(dp/head)` between nothing and `full`.
fn substation_regime(now: Regime, before: f64, m: f64, dp: f64, full: f64, head: f64) -> (Regime, f64) {
    match now {
        Regime::Law if m >= full => (Regime::Full, full),
        // The law has no flow below zero: go down by tens until it is clear that there is no head.
        Regime::Law if m <= 0.0 && dp <= 0.0 && before <= 1e-3 * full => (Regime::Shut, 0.0),
        Regime::Law => (Regime::Law, m.max(0.1 * before)),
        Regime::Full if dp < head && full > 0.0 => (Regime::Law, full),
        Regime::Full => (Regime::Full, full),
        Regime::Shut if dp > 0.0 && full > 0.0 => (Regime::Law, 0.5 * full * (dp / head).sqrt().min(1.0)),
        _ => (Regime::Shut, 0.0),
    }
}

/// Next regime of a branch with a check valve, and its flow.
fn one_way_regime(now: Regime, m: f64, opens: bool, one_way: bool) -> (Regime, f64) {
    match now {
        Regime::Law if one_way && m < 0.0 => (Regime::Shut, 0.0),
        Regime::Law => (Regime::Law, m),
        _ if opens => (Regime::Law, 0.0),
        _ => (Regime::Shut, 0.0),
    }
}

fn pump_range(curve: &PumpCurve) -> PumpRange {
    let closed_bar = curve.lift_bar(0.0).0;
    let lifts = |flow: f64| curve.lift_bar(flow).0 > 0.0;
    let mut high = 1.0;
    while lifts(high) && high < 1e7 {
        high *= 2.0;
    }
    if lifts(high) || closed_bar <= 0.0 {
        return PumpRange { end_m3_per_h: f64::INFINITY, slope_min: 0.0 };
    }
    let mut low = 0.0;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if lifts(middle) { low = middle } else { high = middle }
    }
    PumpRange { end_m3_per_h: high, slope_min: 0.02 * closed_bar / high }
}
