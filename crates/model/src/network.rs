//! The electrical network. Units and signs are stated once, in the crate's documentation.

use crate::{BusId, BusIdx};

/// An electrical network as read from a case file or scenario folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Name of the case; empty if the file gives none.
    pub name: String,
    /// Base of all per-unit power, MVA, above 0.
    pub base_mva: f64,
    /// Buses, in file order.
    pub buses: Vec<Bus>,
    /// Lines and transformers, in file order.
    pub branches: Vec<Branch>,
    /// Generators, in file order.
    pub generators: Vec<Generator>,
    /// Loads; several may hang on one bus. In a scenario, load `k` is the demand of feeder `k`.
    pub loads: Vec<Load>,
    /// Shunts.
    pub shunts: Vec<Shunt>,
    /// Direct-current lines between two buses.
    pub hvdc_lines: Vec<HvdcLine>,
    /// Storage units.
    pub storages: Vec<Storage>,
    /// Bus-to-bus switches without impedance: a closed switch makes one node of its two buses.
    pub switches: Vec<Switch>,
}

impl Network {
    /// A network without elements.
    pub fn empty(name: impl Into<String>, base_mva: f64) -> Self {
        Self {
            name: name.into(),
            base_mva,
            buses: Vec::new(),
            branches: Vec::new(),
            generators: Vec::new(),
            loads: Vec::new(),
            shunts: Vec::new(),
            hvdc_lines: Vec::new(),
            storages: Vec::new(),
            switches: Vec::new(),
        }
    }

    /// Sum of the positive in-service loads on buses that are not isolated, MW.
    pub fn demand_mw(&self) -> f64 {
        self.loads
            .iter()
            .filter(|l| l.in_service && self.buses[l.bus.i()].kind != BusKind::Isolated)
            .map(|l| l.p_mw.max(0.0))
            .sum()
    }
}

/// What a bus is to the power flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusKind {
    /// Active and reactive power given (MATPOWER type 1).
    Pq,
    /// Active power and voltage magnitude given, if a generator there is in service (type 2).
    Pv,
    /// Angle reference of its island (type 3).
    Slack,
    /// Taken out, with all that is attached to it (type 4).
    Isolated,
}

/// A node of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    /// Id in the file.
    pub id: BusId,
    /// Name; empty if none.
    pub name: String,
    /// Role in the power flow.
    pub kind: BusKind,
    /// Nominal voltage, kV, line to line; 0 where unknown.
    pub base_kv: f64,
    /// Voltage magnitude that the file gives as a start, p.u.
    pub vm_pu: f64,
    /// Voltage angle that the file gives as a start, and the reference angle of a slack bus, degrees.
    pub va_deg: f64,
    /// Highest allowed magnitude, p.u.
    pub vm_pu_max: f64,
    /// Lowest allowed magnitude, p.u.
    pub vm_pu_min: f64,
    /// Area number of the file.
    pub area: u32,
    /// Loss zone number of the file.
    pub zone: u32,
    /// 1-based row of the bus table.
    pub row: u32,
}

/// Line or transformer; both are the same pi circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchKind {
    /// Overhead line or cable: tap 1, no shift.
    Line,
    /// Transformer or phase shifter.
    Transformer,
}

/// A line or transformer: series impedance between two shunts, an ideal transformer at the *from* end.
///
/// With `y = 1/(r + jx)` and `t = tap · e^{j shift}`: `Yff = (y + g_from + j b_from)/tap²`, `Yft = −y/conj(t)`,
/// `Ytf = −y/t`, `Ytt = y + g_to + j b_to` (MATPOWER manual, section 3.2, with the charging split in two).
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Name; empty if none.
    pub name: String,
    /// Line or transformer.
    pub kind: BranchKind,
    /// Bus of the *from* end.
    pub from: BusIdx,
    /// Bus of the *to* end.
    pub to: BusIdx,
    /// Series resistance, p.u., not negative.
    pub r_pu: f64,
    /// Series reactance, p.u.; may be negative (series capacitors, star points of three-winding transformers).
    pub x_pu: f64,
    /// Shunt conductance at the *from* end, inside the ideal transformer, p.u.
    pub g_from_pu: f64,
    /// Shunt susceptance at the *from* end, inside the ideal transformer, p.u.
    pub b_from_pu: f64,
    /// Shunt conductance at the *to* end, p.u.
    pub g_to_pu: f64,
    /// Shunt susceptance at the *to* end, p.u.
    pub b_to_pu: f64,
    /// Off-nominal turns ratio, above 0; 1 for a line.
    pub tap: f64,
    /// Phase shift, degrees; positive delays the *to* end.
    pub shift_deg: f64,
    /// Long-term rating of the apparent power at either end, MVA; `None` = unlimited.
    pub rate_a_mva: Option<f64>,
    /// Short-term rating, MVA; `None` = unlimited.
    pub rate_b_mva: Option<f64>,
    /// Emergency rating, MVA; `None` = unlimited.
    pub rate_c_mva: Option<f64>,
    /// Lowest allowed angle difference from − to, degrees; −∞ = none.
    pub angle_deg_min: f64,
    /// Highest allowed angle difference from − to, degrees; ∞ = none.
    pub angle_deg_max: f64,
    /// In service in the file.
    pub in_service: bool,
    /// 1-based row of the branch table.
    pub row: u32,
}

/// A generator, or anything else that holds a voltage.
#[derive(Clone, Debug, PartialEq)]
pub struct Generator {
    /// Name; empty if none.
    pub name: String,
    /// Its bus.
    pub bus: BusIdx,
    /// Set point of active power, MW.
    pub p_mw: f64,
    /// Start value of reactive power, Mvar.
    pub q_mvar: f64,
    /// Most active power, MW.
    pub p_mw_max: f64,
    /// Least active power while running, MW.
    pub p_mw_min: f64,
    /// Most reactive power, Mvar.
    pub q_mvar_max: f64,
    /// Least reactive power, Mvar.
    pub q_mvar_min: f64,
    /// Voltage set point, p.u.
    pub vm_pu: f64,
    /// Machine base, MVA.
    pub mbase_mva: f64,
    /// In service in the file.
    pub in_service: bool,
    /// Fuel or kind as the file names it; empty if none.
    pub fuel: String,
    /// Cost of running, if given.
    pub cost: Option<Cost>,
    /// Most change of active power, up or down, MW per minute, above 0; `None` = unlimited. Holds between the steps of a horizon.
    pub ramp_mw_per_min: Option<f64>,
    /// Energy it can give over the horizon of a plan, MWh: a reservoir, a stock of fuel; `None` = unlimited.
    pub energy_mwh: Option<f64>,
    /// 1-based row of the generator table.
    pub row: u32,
}

/// What a generator costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Cost of a start.
    pub startup: f64,
    /// Cost of a stop.
    pub shutdown: f64,
    /// Cost per hour over output.
    pub curve: CostCurve,
}

/// Cost per hour as a function of MW.
#[derive(Clone, Debug, PartialEq)]
pub enum CostCurve {
    /// Coefficients, highest power first.
    Polynomial(Vec<f64>),
    /// Points (MW, cost per hour).
    Piecewise(Vec<(f64, f64)>),
}

/// How a load follows the voltage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadModel {
    /// Same power at any voltage.
    ConstantPower,
    /// Power proportional to the magnitude.
    ConstantCurrent,
    /// Power proportional to the square of the magnitude.
    ConstantImpedance,
}

/// A load.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Its bus.
    pub bus: BusIdx,
    /// Active power taken at 1 p.u., MW; negative for unmetered generation.
    pub p_mw: f64,
    /// Reactive power taken at 1 p.u., Mvar.
    pub q_mvar: f64,
    /// Dependence on voltage.
    pub model: LoadModel,
    /// In service in the file.
    pub in_service: bool,
    /// 1-based row of the table it came from (in MATPOWER files, the bus table).
    pub row: u32,
}

/// A shunt: `g_mw` taken and `b_mvar` given, both at 1 p.u.
#[derive(Clone, Debug, PartialEq)]
pub struct Shunt {
    /// Its bus.
    pub bus: BusIdx,
    /// Active power taken at 1 p.u., MW.
    pub g_mw: f64,
    /// Reactive power given at 1 p.u., Mvar.
    pub b_mvar: f64,
    /// In service in the file.
    pub in_service: bool,
    /// 1-based row of the table it came from (in MATPOWER files, the bus table).
    pub row: u32,
}

/// A direct-current line: takes `p_from_mw` at its *from* end, gives `p_from_mw − loss` at its *to* end.
#[derive(Clone, Debug, PartialEq)]
pub struct HvdcLine {
    /// Bus of the sending end.
    pub from: BusIdx,
    /// Bus of the receiving end.
    pub to: BusIdx,
    /// In service in the file.
    pub in_service: bool,
    /// Power that leaves the *from* bus into the line, MW; may be negative.
    pub p_from_mw: f64,
    /// Reactive power given to the *from* bus, Mvar.
    pub q_from_mvar: f64,
    /// Reactive power given to the *to* bus, Mvar.
    pub q_to_mvar: f64,
    /// Voltage set point at the *from* bus, p.u.
    pub vm_from_pu: f64,
    /// Voltage set point at the *to* bus, p.u.
    pub vm_to_pu: f64,
    /// Least `p_from_mw`, MW.
    pub p_mw_min: f64,
    /// Most `p_from_mw`, MW.
    pub p_mw_max: f64,
    /// Least reactive power at *from*, Mvar.
    pub q_from_mvar_min: f64,
    /// Most reactive power at *from*, Mvar.
    pub q_from_mvar_max: f64,
    /// Least reactive power at *to*, Mvar.
    pub q_to_mvar_min: f64,
    /// Most reactive power at *to*, Mvar.
    pub q_to_mvar_max: f64,
    /// Constant loss, MW.
    pub loss_mw: f64,
    /// Loss per MW sent.
    pub loss_share: f64,
    /// 1-based row of its table.
    pub row: u32,
}

/// A storage unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Storage {
    /// Its bus.
    pub bus: BusIdx,
    /// In service in the file.
    pub in_service: bool,
    /// Power given to the network at the moment, MW; negative when charging.
    pub p_mw: f64,
    /// Reactive power given to the network at the moment, Mvar.
    pub q_mvar: f64,
    /// Energy stored at the moment, MWh.
    pub energy_mwh: f64,
    /// Most energy, MWh.
    pub energy_mwh_max: f64,
    /// Most charging power, MW.
    pub charge_mw_max: f64,
    /// Most discharging power, MW.
    pub discharge_mw_max: f64,
    /// Share of the power taken that is stored, in (0, 1].
    pub charge_efficiency: f64,
    /// Share of the energy taken out that reaches the network, in (0, 1].
    pub discharge_efficiency: f64,
    /// Least reactive power, Mvar.
    pub q_mvar_min: f64,
    /// Most reactive power, Mvar.
    pub q_mvar_max: f64,
    /// 1-based row of its table.
    pub row: u32,
}

/// A switch between two buses, without impedance.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// One side.
    pub from: BusIdx,
    /// Other side.
    pub to: BusIdx,
    /// Closed in the file.
    pub closed: bool,
    /// 1-based row of its table.
    pub row: u32,
}
