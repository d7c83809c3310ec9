//! What the caller may choose.

/// Where the iteration starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Start {
    /// 1 p.u. (set points where voltage is held), every angle that of its island's reference.
    Flat,
    /// Magnitudes as in [`Start::Flat`], angles from a DC power flow.
    Dc,
    /// Magnitudes and angles of the network file (set points where voltage is held).
    File,
    /// [`Start::Dc`]; what does not converge from there goes on from the no-load voltages with damped steps and, in the
    /// end, a homotopy over the injections. See docs/methods/power_flow.md.
    #[default]
    Auto,
}

/// What to do with generators whose reactive power leaves its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReactiveLimits {
    /// Report it as it is (MATPOWER's default).
    #[default]
    Ignore,
    /// Hold the limit instead of the voltage, and return to the voltage when it allows. Reference buses are exempt.
    Enforce,
}

/// Who balances what the injections leave open (losses, the lost generators).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Balancing {
    /// The reference bus of each island.
    #[default]
    Reference,
    /// All generators in service of the island, by their headroom `p_mw_max - p_mw` when power is missing and by
    /// `p_mw - p_mw_min` when there is too much. Falls to the reference where there is no headroom at all.
    Headroom,
    /// All generators in service of the island, by `p_mw_max`.
    Capacity,
}

/// Settings of a power flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Largest mismatch accepted, p.u. of the network's base.
    pub tolerance_pu: f64,
    /// Newton iterations of one attempt.
    pub max_iterations: u32,
    /// Where the iteration starts.
    pub start: Start,
    /// Reactive limits.
    pub reactive_limits: ReactiveLimits,
    /// Who balances.
    pub balancing: Balancing,
    /// Whether HVDC lines take part (MATPOWER leaves them out by default).
    pub hvdc_lines: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance_pu: 1e-8,
            max_iterations: 30,
            start: Start::default(),
            reactive_limits: ReactiveLimits::default(),
            balancing: Balancing::default(),
            hvdc_lines: false,
        }
    }
}
