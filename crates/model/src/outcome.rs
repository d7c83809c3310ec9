//! What engines answer about one situation: flows and deliveries. "Diverged", "dark" and "stopped" are outcomes, not errors.

use crate::{BranchIdx, BusIdx};

/// How a power flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowStatus {
    /// Every live island meets the mismatch tolerance.
    Converged,
    /// At least one live island does not.
    Diverged,
    /// No island has a source.
    Dark,
}

/// A connected part of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Island {
    /// Number of its buses.
    pub buses: u32,
    /// Whether it has a source.
    pub energized: bool,
    /// Its angle reference; `None` when dark.
    pub slack_bus: Option<BusIdx>,
    /// Sum of its in-service loads, MW.
    pub load_mw: f64,
    /// Largest recomputed mismatch of its buses, p.u.; 0 when dark.
    pub max_mismatch_pu: f64,
}

/// State of a bus. In the dark, `vm_pu` and `va_deg` are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusState {
    /// Voltage magnitude, p.u.
    pub vm_pu: f64,
    /// Voltage angle, degrees.
    pub va_deg: f64,
    /// Position of its island; `None` for a bus that is out or isolated.
    pub island: Option<u32>,
    /// Whether it has voltage.
    pub energized: bool,
}

/// State of a branch. Out of service or in the dark, all is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BranchState {
    /// In service and in an energised island.
    pub in_service: bool,
    /// Active power into the *from* end, MW.
    pub p_from_mw: f64,
    /// Reactive power into the *from* end, Mvar.
    pub q_from_mvar: f64,
    /// Active power into the *to* end, MW.
    pub p_to_mw: f64,
    /// Reactive power into the *to* end, Mvar.
    pub q_to_mvar: f64,
    /// Larger apparent power of the two ends over the long-term rating, percent; `None` without rating.
    pub loading_percent: Option<f64>,
}

/// State of a switch between two buses, which has no impedance. Open, out or in the dark, its flow is 0.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct SwitchState {
    /// Whether it joins its buses: closed, and both buses are there.
    pub closed: bool,
    /// Active power into the *from* side, MW; what leaves the *to* side is the same.
    pub p_from_mw: f64,
    /// Reactive power into the *from* side, Mvar; what leaves the *to* side is the same.
    pub q_from_mvar: f64,
}

/// State of a generator.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct GeneratorState {
    /// Active power, MW.
    pub p_mw: f64,
    /// Reactive power, Mvar.
    pub q_mvar: f64,
}

/// Answer of a power flow. Vectors are as long as the network's, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowResult {
    /// How it ended.
    pub status: FlowStatus,
    /// Newton iterations of the main run.
    pub iterations: u32,
    /// Largest recomputed mismatch over all live islands, p.u.
    pub max_mismatch_pu: f64,
    /// Islands.
    pub islands: Vec<Island>,
    /// Buses.
    pub buses: Vec<BusState>,
    /// Branches.
    pub branches: Vec<BranchState>,
    /// Generators.
    pub generators: Vec<GeneratorState>,
    /// Switches.
    pub switches: Vec<SwitchState>,
}

/// Physics a delivery was computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formulation {
    /// Active power and angles only. Not a bound on what AC can carry.
    Dc,
    /// Full alternating-current physics: voltages, reactive power, losses.
    Ac,
}

impl Formulation {
    /// Name in results.
    pub fn name(self) -> &'static str {
        match self {
            Formulation::Dc => "dc",
            Formulation::Ac => "ac",
        }
    }
}

/// What proves the bound of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundBy {
    /// Weak duality of the DC linear programme: a bound within the DC model only.
    Dc,
    /// Second-order-cone relaxation of the AC problem: no AC point of the same network can be worth more.
    Soc,
    /// What all demand in live islands is worth: nothing else was computed.
    Demand,
}

impl BoundBy {
    /// Name in results.
    pub fn name(self) -> &'static str {
        match self {
            BoundBy::Dc => "dc",
            BoundBy::Soc => "soc",
            BoundBy::Demand => "demand",
        }
    }
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Optimal within the stated gap.
    Optimal,
    /// A valid point whose gap is larger than asked; the bound says by how much.
    Feasible,
    /// No valid point was found before a limit was reached: nothing is served.
    Failed,
}

/// Most weighted load that a damaged network can carry at one instant. Vectors are in the network's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Physics used.
    pub formulation: Formulation,
    /// How it ended.
    pub status: DeliveryStatus,
    /// Sum of positive loads as given, MW.
    pub demand_mw: f64,
    /// Sum of positive loads as served, MW.
    pub served_mw: f64,
    /// Objective: sum of weight · |p| · served over all loads, MW.
    pub objective_mw: f64,
    /// Proven upper bound of the objective, MW; `bound_by` says what proves it, and so for which physics it holds.
    pub bound_mw: f64,
    /// What proves the bound.
    pub bound_by: BoundBy,
    /// (bound − objective) / max(1, |bound|).
    pub gap: f64,
    /// Largest violation of a constraint, recomputed, p.u.
    pub max_violation_pu: f64,
    /// Per load: share served, 0 to 1.
    pub load_served: Vec<f64>,
    /// Per shunt: share in operation, 0 to 1.
    pub shunt_served: Vec<f64>,
    /// Per generator.
    pub generators: Vec<GeneratorState>,
    /// Per storage unit: active power given to the network, MW; negative when charging, 0 where storage takes no part.
    pub storage_p_mw: Vec<f64>,
    /// Per storage unit: reactive power given to the network, Mvar; 0 in DC.
    pub storage_q_mvar: Vec<f64>,
    /// Per bus.
    pub buses: Vec<BusState>,
    /// Per branch.
    pub branches: Vec<BranchState>,
    /// Per HVDC line: power that leaves its *from* bus, MW; `None` where the line is off or HVDC is not used.
    pub hvdc_p_from_mw: Vec<Option<f64>>,
    /// Per HVDC line: reactive power that its converter gives to its *from* bus, Mvar; 0 where the line is not used, and in DC.
    pub hvdc_q_from_mvar: Vec<f64>,
    /// The same at its *to* bus.
    pub hvdc_q_to_mvar: Vec<f64>,
    /// Islands.
    pub islands: Vec<Island>,
    /// Islands that have a source and yet are left dark; empty in all but odd cases.
    pub failures: Vec<IslandFailure>,
    /// Branches that the answer opens, since no valid point exists with them: `islands` and all else hold without them.
    pub opened: Vec<BranchIdx>,
    /// Buses that the answer leaves without voltage for the same reason: as if they were out.
    pub darkened: Vec<BusIdx>,
    /// Cost of generation per hour, in the currency of the file, where that was minimised.
    pub cost_per_hour: Option<f64>,
}

/// An island that has a source and yet is left dark, because no valid point was found in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IslandFailure {
    /// Its position in [`Delivery::islands`].
    pub island: u32,
    /// Why.
    pub reason: FailureReason,
}

/// Why no valid point was found in an island.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FailureReason {
    /// A phase shifter drives more through a branch than its limits allow, and no injection was found that helps.
    LimitExceeded {
        /// The branch that is furthest beyond its limits when nothing is fed in or taken out.
        branch: BranchIdx,
        /// What it then carries, MW.
        p_mw: f64,
        /// Least it may carry, MW.
        p_mw_min: f64,
        /// Most it may carry, MW.
        p_mw_max: f64,
    },
    /// The angles are not determined: reactances in the island cancel each other.
    AnglesUndetermined,
    /// Even with nothing served, no voltages were found that keep the limits; the balance of this bus is furthest off.
    NoOperatingPoint {
        /// The bus furthest from a balance.
        bus: BusIdx,
        /// How far, p.u.
        mismatch_pu: f64,
    },
    /// The solver stopped without a valid point.
    NotSolved,
}

/// What kind of thing keeps a delivery from carrying more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitKind {
    /// A line or transformer that carries what it may. `row` is of the branch table.
    BranchFull,
    /// A line or transformer at its limit of angle difference. `row` is of the branch table.
    AngleFull,
    /// A generator that gives what it can. `row` is of the generator table.
    GeneratorFull,
    /// An HVDC line that carries what it may. `row` is of its table.
    HvdcFull,
    /// A connected part without any source. `row` is the bus row of the bus with the largest load in it.
    IslandDark,
    /// A bus that is out, with the loads on it. `row` is of the bus table.
    BusOut,
}

/// One thing that keeps a delivery from carrying more.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What kind of thing it is; says which table `row` counts in.
    pub kind: LimitKind,
    /// 1-based row of the element in its table.
    pub row: u32,
    /// Name of the element as the file gives it; empty if none.
    pub name: String,
    /// Active power it carries or gives, MW, not negative; of a branch the apparent power at its fuller end, MVA (in DC its
    /// active power); 0 for what is dark or out.
    pub at_mw: f64,
    /// The most it may carry or give in this situation, MW; 0 for what is dark or out.
    pub limit_mw: f64,
    /// Demand that goes unserved for this reason alone, MW; `None` where it cannot be told apart from other reasons
    /// (a full branch or generator shares its part with others).
    pub lost_mw: Option<f64>,
}
