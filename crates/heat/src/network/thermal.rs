//! Temperatures for given flows: equations (5) to (8) of the [module](super).

use super::fluid::Properties;
use super::hydraulics::{Hydraulics, Regime};
use super::parts::Parts;
use super::structure::{Kind, Structure};
use relight_model::{Draw, HeatNetwork, Pipe, Substation};
use relight_numerics::{BlockLu, BlockMatrix};

/// Flow below which water is taken to stand, kg/s.
pub(super) const STANDS_KG_PER_S: f64 = 1e-7;
/// Least spread between supply and return for which a substation's flow is sized, K.
const SPREAD_K_MIN: f64 = 5.0;
/// A substation's flow limiter: least spread over that of its design.
const SPREAD_SHARE_MIN: f64 = 0.5;
/// Rounds of the coupled solution.
const ROUNDS_MAX: u32 = 60;
/// Where temperatures are kept while they are not yet consistent, °C.
const SANE_C: (f64, f64) = (-50.0, 300.0);

/// Temperatures, and the room to find them. Nodes are in elimination order.
#[derive(Debug)]
pub(super) struct Thermal {
    /// Per node, °C; where water stands, what it was before.
    pub t_c: Vec<f64>,
    /// Per node: whether water passes.
    pub passes: Vec<bool>,
    /// Per branch: temperature at which water leaves it, °C.
    pub out_c: Vec<f64>,
    /// Whether sources run at their limit, or water runs in circles: then nodes are solved for together.
    coupled: bool,
    /// Highest temperature that anything is fed with, °C: what substations are designed for.
    design_c: f64,
    weight: Vec<f64>,
    enthalpy: Vec<f64>,
    waits: Vec<u32>,
    ready: Vec<u32>,
    together: Option<Box<Together>>,
}

/// Room to solve for all nodes together; made when it is first needed.
#[derive(Debug)]
struct Together {
    matrix: BlockMatrix<1>,
    factors: BlockLu<1>,
    x: Vec<[f64; 1]>,
}

/// What a temperature pass needs to know.
pub(super) struct Pass<'a> {
    pub network: &'a HeatNetwork,
    pub structure: &'a Structure,
    pub parts: &'a Parts,
    pub properties: &'a Properties,
    pub hydraulics: &'a Hydraulics,
    /// What each node gives to its branches beyond what they bring and what is injected, kg/s: positive where a held pressure feeds.
    pub surplus: &'a [f64],
}

impl Thermal {
    pub fn new(network: &HeatNetwork, structure: &Structure) -> Self {
        let (nodes, branches) = (structure.symbolic.nodes(), structure.branches.len());
        let sources = network.sources.iter().map(|s| s.t_supply_c);
        let design_c = sources.chain(network.fixed_pressures.iter().map(|f| f.t_c)).fold(f64::NEG_INFINITY, f64::max);
        Self {
            t_c: vec![0.0; nodes],
            passes: vec![false; nodes],
            out_c: vec![0.0; branches],
            coupled: false,
            design_c,
            weight: vec![0.0; nodes],
            enthalpy: vec![0.0; nodes],
            waits: vec![0; nodes],
            ready: Vec::with_capacity(nodes),
            together: None,
        }
    }

    /// Temperatures before anything is known: those of the junctions.
    pub fn begin(&mut self, network: &HeatNetwork, structure: &Structure) {
        for (t, &junction) in self.t_c.iter_mut().zip(structure.junctions()) {
            *t = network.junctions[junction as usize].t_c;
        }
        for (k, b) in structure.of(Kind::Source).enumerate() {
            self.out_c[b] = network.sources[k].t_supply_c;
        }
        self.passes.fill(false);
        self.coupled = false;
    }

    /// Flow that a substation wants with water of temperature `t_c`, kg/s: equation (8).
    pub fn full_flow(&self, substation: &Substation, t_c: f64, properties: &Properties) -> f64 {
        match substation.draw {
            Draw::Flow(m) => m.max(0.0),
            Draw::ReturnAt(t_return_c) => {
                let design_k = SPREAD_SHARE_MIN * (self.design_c - t_return_c);
                let spread = (t_c - t_return_c).max(design_k).max(SPREAD_K_MIN);
                let cp = properties.mean_heat_capacity_j_per_kg_k(t_c, t_c - spread);
                (substation.heat_kw * 1e3 / (cp * spread)).max(0.0)
            }
        }
    }

    /// Temperature of the design supply, °C, or of the junction where nothing feeds the network.
    pub fn design_c(&self, junction_c: f64) -> f64 {
        if self.design_c.is_finite() { self.design_c } else { junction_c }
    }

    /// Temperatures that belong to the flows; returns the largest change of one, K.
    pub fn update(&mut self, pass: &Pass<'_>) -> f64 {
        let mut change = 0.0;
        if !self.coupled {
            let (swept, complete) = self.sweep(pass);
            let (moved, limited) = self.sources(pass);
            change = swept.max(moved);
            self.coupled = !complete || limited;
        }
        if self.coupled { self.solve_together(pass).max(change) } else { change }
    }

    /// (5) and (6) from node to node in the order of flow. Whether every node was reached (no circles).
    fn sweep(&mut self, pass: &Pass<'_>) -> (f64, bool) {
        let (s, m) = (pass.structure, &pass.hydraulics.m);
        let sources = s.of(Kind::Source);
        self.boundary(pass);
        self.waits.fill(0);
        let mut moving = 0;
        for (b, branch) in s.branches.iter().enumerate() {
            if m[b].abs() <= STANDS_KG_PER_S || sources.contains(&b) {
                continue;
            }
            let down = if m[b] > 0.0 { branch.to } else { branch.from };
            self.waits[down as usize] += 1;
            moving += 1;
        }
        self.ready.clear();
        self.ready.extend((0..self.waits.len() as u32).filter(|&n| self.waits[n as usize] == 0));
        let (mut next, mut change) = (0, 0.0f64);
        while next < self.ready.len() {
            let node = self.ready[next] as usize;
            next += 1;
            change = change.max(self.mix(node, pass.properties));
            for &b in s.at(node) {
                let b = b as usize;
                let (branch, size) = (s.branches[b], m[b].abs());
                let (up, down) = if m[b] > 0.0 { (branch.from, branch.to) } else { (branch.to, branch.from) };
                if up as usize != node || size <= STANDS_KG_PER_S || sources.contains(&b) {
                    continue;
                }
                self.out_c[b] = outlet_c(pass, b, self.t_c[node]);
                self.bring(down as usize, size, self.out_c[b], pass.properties);
                self.waits[down as usize] -= 1;
                moving -= 1;
                if self.waits[down as usize] == 0 {
                    self.ready.push(down);
                }
            }
        }
        (change, moving == 0)
    }

    /// Begins the sums of (6) with what comes from sources and from outside.
    fn boundary(&mut self, pass: &Pass<'_>) {
        let (n, s, p) = (pass.network, pass.structure, pass.properties);
        self.weight.fill(0.0);
        self.enthalpy.fill(0.0);
        for b in s.of(Kind::Source).filter(|&b| pass.hydraulics.m[b] > STANDS_KG_PER_S) {
            self.bring(s.branches[b].to as usize, pass.hydraulics.m[b], self.out_c[b], p);
        }
        for (node, m, t_c) in outside(n, s, pass.parts, pass.surplus) {
            self.bring(node, m, t_c, p);
        }
    }

    fn bring(&mut self, node: usize, m: f64, t_c: f64, properties: &Properties) {
        if self.weight[node] == 0.0 {
            // The first inflow is the guess for the mixture, and the mixture itself where it stays alone.
            self.passes[node] = false;
            self.enthalpy[node] = m * properties.enthalpy_j_per_kg(t_c);
        } else {
            self.enthalpy[node] += m * properties.enthalpy_j_per_kg(t_c);
        }
        self.weight[node] += m;
    }

    /// (6) at a node; returns the change of its temperature, K.
    fn mix(&mut self, node: usize, properties: &Properties) -> f64 {
        self.passes[node] = self.weight[node] > 0.0;
        if !self.passes[node] {
            return 0.0;
        }
        let before = self.t_c[node];
        self.t_c[node] = properties.temperature_c(self.enthalpy[node] / self.weight[node], before);
        (self.t_c[node] - before).abs()
    }

    /// (7): outlet temperatures of the sources. Largest change, K, and whether one runs at its limit.
    fn sources(&mut self, pass: &Pass<'_>) -> (f64, bool) {
        let (mut change, mut any) = (0.0f64, false);
        for b in pass.structure.of(Kind::Source).filter(|&b| pass.hydraulics.m[b] > STANDS_KG_PER_S) {
            let return_c = self.t_c[pass.structure.branches[b].from as usize];
            let (out_c, limited) = source_c(pass, b, return_c);
            change = change.max((out_c - self.out_c[b]).abs());
            any |= limited;
            self.out_c[b] = out_c;
        }
        (change, any)
    }

    /// (5) to (7) for all nodes at once: each outlet is linear in its inlet, `a T + c`, on the piece where it is. Returns the
    /// largest change from before, K.
    fn solve_together(&mut self, pass: &Pass<'_>) -> f64 {
        let s = pass.structure;
        let symbolic = &s.symbolic;
        let mut together = self.together.take().unwrap_or_else(|| {
            Box::new(Together {
                matrix: BlockMatrix::zeros(symbolic.pattern()),
                factors: BlockLu::new(symbolic),
                x: vec![[0.0]; symbolic.nodes()],
            })
        });
        let mut first_change = None;
        for _ in 0..ROUNDS_MAX {
            let Together { matrix, factors, x } = &mut *together;
            self.assemble(pass, matrix, x);
            if factors.refactor(symbolic, matrix).is_err() {
                break;
            }
            factors.solve(symbolic, x);
            let mut change = 0.0f64;
            for (node, x) in x.iter().enumerate().filter(|&(n, _)| self.passes[n]) {
                let t_c = x[0].clamp(SANE_C.0, SANE_C.1);
                change = change.max((t_c - self.t_c[node]).abs());
                self.t_c[node] = t_c;
            }
            first_change.get_or_insert(change);
            if change < 1e-9 {
                break;
            }
        }
        self.together = Some(together);
        for b in 0..s.branches.len() {
            let m = pass.hydraulics.m[b];
            let branch = s.branches[b];
            let up = if m > 0.0 { branch.from } else { branch.to };
            if m.abs() > STANDS_KG_PER_S {
                self.out_c[b] = outlet_c(pass, b, self.t_c[up as usize]);
            }
        }
        first_change.unwrap_or(0.0)
    }

    /// The linear equations of one round: Σ w (T_out − T_node) = 0 at each node with w = m times the mean heat capacity.
    fn assemble(&mut self, pass: &Pass<'_>, a: &mut BlockMatrix<1>, x: &mut [[f64; 1]]) {
        let (s, p) = (pass.structure, pass.properties);
        let pattern = s.symbolic.pattern();
        a.clear();
        x.fill([0.0]);
        self.passes.fill(false);
        for (node, m, t_c) in outside(pass.network, s, pass.parts, pass.surplus) {
            let w = m * p.mean_heat_capacity_j_per_kg_k(t_c, self.t_c[node]);
            a.values[pattern.diagonal()[node] as usize][0][0] += w;
            x[node][0] += w * t_c;
            self.passes[node] = true;
        }
        for (b, branch) in s.branches.iter().enumerate() {
            let m = pass.hydraulics.m[b];
            if m.abs() <= STANDS_KG_PER_S {
                continue;
            }
            let (up, down) = if m > 0.0 { (branch.from, branch.to) } else { (branch.to, branch.from) };
            let (up, down) = (up as usize, down as usize);
            let in_c = self.t_c[up];
            let out_c = outlet_c(pass, b, in_c);
            let slope = outlet_slope(pass, b, in_c, out_c);
            let w = m.abs() * p.mean_heat_capacity_j_per_kg_k(out_c, self.t_c[down]);
            a.values[pattern.diagonal()[down] as usize][0][0] += w;
            if let Some(at) = pattern.position(down, up) {
                a.values[at][0][0] -= w * slope;
            }
            x[down][0] += w * (out_c - slope * in_c);
            self.passes[down] = true;
        }
        for (node, passes) in self.passes.iter().enumerate().filter(|(_, passes)| !**passes) {
            debug_assert!(!passes);
            a.values[pattern.diagonal()[node] as usize][0][0] = 1.0;
            x[node][0] = self.t_c[node];
        }
    }
}

/// What flows in from outside: node, kg/s, °C.
fn outside<'a>(
    network: &'a HeatNetwork,
    structure: &'a Structure,
    parts: &'a Parts,
    surplus: &'a [f64],
) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    let fixed = network.fixed_pressures.iter().enumerate().filter_map(move |(k, f)| {
        let node = structure.node(f.junction);
        // Of several at one junction the first gives the water.
        let first = !network.fixed_pressures[..k].iter().any(|g| g.junction == f.junction);
        (first && parts.wet[node] && surplus[node] > STANDS_KG_PER_S).then(|| (node, surplus[node], f.t_c))
    });
    let given = network.injections.iter().filter_map(move |i| {
        let node = structure.node(i.junction);
        let fed = parts.wet[node] && i.mdot_kg_per_s > STANDS_KG_PER_S;
        fed.then(|| (node, i.mdot_kg_per_s, network.junctions[i.junction.i()].t_c))
    });
    fixed.chain(given)
}

/// Temperature at which water that enters a branch at `in_c` leaves it, °C.
fn outlet_c(pass: &Pass<'_>, b: usize, in_c: f64) -> f64 {
    let s = pass.structure;
    let pipes = s.of(Kind::Pipe).end;
    if b < pipes {
        return pipe_outlet_c(&pass.network.pipes[b], pass.hydraulics.m[b].abs(), in_c, pass.properties).0;
    }
    if s.of(Kind::Source).contains(&b) {
        return source_c(pass, b, in_c).0;
    }
    let substations = s.of(Kind::Substation);
    if substations.contains(&b) {
        let k = b - substations.start;
        let heat_w = substation_heat_w(pass, k, in_c);
        let h = pass.properties.enthalpy_j_per_kg(in_c) - heat_w / pass.hydraulics.m[b];
        return if heat_w > 0.0 { pass.properties.temperature_c(h, in_c) } else { in_c };
    }
    in_c
}

/// How the outlet follows the inlet on the piece of its law where it is.
fn outlet_slope(pass: &Pass<'_>, b: usize, in_c: f64, out_c: f64) -> f64 {
    let s = pass.structure;
    let pipes = s.of(Kind::Pipe).end;
    if b < pipes {
        return pipe_outlet_c(&pass.network.pipes[b], pass.hydraulics.m[b].abs(), in_c, pass.properties).1;
    }
    if s.of(Kind::Source).contains(&b) {
        let source = &pass.network.sources[b - s.of(Kind::Source).start];
        return if out_c == source.t_supply_c && in_c < out_c { 0.0 } else { 1.0 };
    }
    let substations = s.of(Kind::Substation);
    if substations.contains(&b) {
        let least_c = pass.network.substations[b - substations.start].t_return_c_min;
        // A little below 1: where sources at their limit face demands without any loss, the matrix would be singular.
        return if in_c > least_c && out_c <= least_c + 1e-9 { 0.0 } else { 1.0 - 1e-7 };
    }
    1.0
}

/// (5): outlet of a pipe, °C, and its derivative by the inlet. The heat capacity is the mean between both ends, so that what the
/// water loses is exactly what the wall passes.
pub(super) fn pipe_outlet_c(pipe: &Pipe, m: f64, in_c: f64, properties: &Properties) -> (f64, f64) {
    let conducted = pipe.u_w_per_m_k * pipe.length_m;
    if conducted == 0.0 && pipe.q_ext_w == 0.0 {
        return (in_c, 1.0);
    }
    let mut out_c = in_c;
    let mut kept = 1.0;
    for _ in 0..8 {
        let cp = properties.mean_heat_capacity_j_per_kg_k(in_c, out_c);
        let next = if conducted > 1e-9 {
            kept = (-conducted / (m * cp)).exp();
            let rest_c = pipe.t_ground_c + pipe.q_ext_w / conducted;
            rest_c + (in_c - rest_c) * kept
        } else {
            in_c + pipe.q_ext_w / (m * cp)
        };
        let moved = (next - out_c).abs();
        out_c = next.clamp(SANE_C.0 - 300.0, SANE_C.1 + 1000.0);
        if moved < 1e-10 {
            break;
        }
    }
    (out_c, kept)
}

/// (7): outlet of a source, °C, and whether its heat is too little for its set point.
fn source_c(pass: &Pass<'_>, b: usize, return_c: f64) -> (f64, bool) {
    let source = &pass.network.sources[b - pass.structure.of(Kind::Source).start];
    if return_c >= source.t_supply_c {
        return (return_c, false);
    }
    let p = pass.properties;
    let most_j_per_kg = source.heat_mw_max * 1e6 / pass.hydraulics.m[b];
    let h = p.enthalpy_j_per_kg(return_c);
    if p.enthalpy_j_per_kg(source.t_supply_c) - h <= most_j_per_kg {
        return (source.t_supply_c, false);
    }
    (p.temperature_c(h + most_j_per_kg, return_c), true)
}

/// (8): heat that a substation takes from water at `in_c`, W.
pub(super) fn substation_heat_w(pass: &Pass<'_>, k: usize, in_c: f64) -> f64 {
    let substation = &pass.network.substations[k];
    let b = pass.structure.of(Kind::Substation).start + k;
    let (m, full) = (pass.hydraulics.m[b], pass.hydraulics.full[k]);
    if m <= STANDS_KG_PER_S || in_c <= substation.t_return_c_min {
        return 0.0;
    }
    let share = if pass.hydraulics.regime[b] == Regime::Full { 1.0 } else { (m / full).min(1.0) };
    let p = pass.properties;
    let most_w = m * (p.enthalpy_j_per_kg(in_c) - p.enthalpy_j_per_kg(substation.t_return_c_min));
    (substation.heat_kw * 1e3 * share).min(most_w).max(0.0)
}
