//! Every single outage: what is overloaded, which voltages leave their limits, how much demand goes dark.
//!
//! The situation is solved once. An outage changes few rows of its equations ([`change`]), and what it cuts off from its island
//! is known beforehand from one depth-first search ([`tree`]). The factors of the situation serve all outages through small
//! corrections ([`compensation`]): exactly in DC ([`dc`]), as the fixed Jacobian of an iteration in AC ([`ac`]), where
//! the mismatch at the voltages found decides and nothing else. What this quick way does not cover or does not bring to an
//! answer goes to a fresh power flow ([`afresh`]), so that answers are those of fresh power flows throughout.
//!
//! Outages are solved side by side, [`LANES`] on a thread, and no outage's numbers depend on its neighbours: the same
//! question gives the same bytes on any number of threads. docs/methods/contingency.md has the whole in one place.

mod ac;
mod afresh;
mod change;
mod compensation;
mod dc;
mod outcome;
mod run;
mod tree;
mod watch;

use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{BranchIdx, BusIdx, GeneratorIdx, Network, Situation};

pub use outcome::{Answer, Extremes, OutageResult};
pub use relight_model::safety::{Outage, OutageKind};
pub use run::Control;

use crate::flow::Solved;
use crate::problem::Problem;
use crate::settings::{Balancing, ReactiveLimits};
use crate::structure::Structure;
use crate::topology::Topology;
use crate::{PowerFlow, Settings, SettingsError};
use ac::AcBase;
use change::Before;
use dc::DcBase;
use tree::Tree;
use watch::Watch;

/// Outages that a thread solves side by side: four vectors of two doubles, or two of four singles.
pub(crate) const LANES: usize = 8;

/// Physics of the outages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Physics {
    /// Alternating current: voltages, reactive power, losses.
    #[default]
    Ac,
    /// Active power and angles alone.
    Dc,
    /// DC for all outages; AC for those that DC finds to load a branch beyond nine tenths of its rating and noticeably more
    /// than before, to split an island, or to cost demand.
    Screened,
}

/// Outages of one network in one situation.
#[derive(Debug, Clone)]
pub struct Contingency<'n> {
    network: &'n Network,
    settings: Settings,
    situation: Situation,
    physics: Physics,
    structure: Structure,
    topology: Topology,
    problem: Problem,
    tree: Tree,
    watch: Watch,
    /// People behind each load.
    people_by_load: Option<Vec<f64>>,
    /// `None` where the situation itself has no solution, or settings ask for what only a fresh solve does.
    ac: Option<AcBase>,
    dc: Option<DcBase>,
    base: BaseState,
}

/// The situation before any outage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaseState {
    /// How its power flow ended. Where it did not converge, each outage is tried on its own, which takes long.
    pub status: FlowStatus,
    /// Connected parts, those without voltage too.
    pub islands: u32,
    /// Loadings and voltages; `None` where the flow did not converge.
    pub extremes: Option<Extremes>,
}

impl<'n> Contingency<'n> {
    /// Solves `situation` and prepares for its outages. `people_by_load` says how many people each load feeds.
    ///
    /// # Errors
    /// [`SettingsError`], as for a power flow.
    ///
    /// # Panics
    /// If the situation, or `people_by_load`, was made for another network.
    pub fn new(
        network: &'n Network,
        situation: &Situation,
        settings: &Settings,
        physics: Physics,
        people_by_load: Option<&[f64]>,
    ) -> Result<Self, SettingsError> {
        assert!(people_by_load.is_none_or(|p| p.len() == network.loads.len()), "people of another network");
        let mut flow = PowerFlow::new(network, settings)?;
        let result = if physics == Physics::Dc { flow.solve_dc(situation) } else { flow.solve(situation) };
        let Solved { structure, topology, problem, mut newton, mut scalar } = flow.into_solved();
        let tree = Tree::new(network, &structure, &topology, &problem, people_by_load);
        let watch = Watch::new(network, &structure, &topology, &problem);
        let before =
            Before { network, settings, structure: &structure, topology: &topology, problem: &problem, tree: &tree };
        let quick = settings.balancing == Balancing::Reference && settings.reactive_limits == ReactiveLimits::Ignore;
        let ac = (physics != Physics::Dc && quick && result.status == FlowStatus::Converged)
            .then(|| newton.factors(&structure.symbolic, &problem))
            .flatten()
            .map(|(lu, v)| AcBase::new(&before, lu, v));
        let dc = (physics != Physics::Ac && result.status != FlowStatus::Dark)
            .then(|| {
                let theta = scalar.dc_angles(&structure.symbolic, &problem).ok()?;
                DcBase::new(&before, &watch, &theta)
            })
            .flatten();
        let base = base_state(network, &result, physics);
        Ok(Self {
            network,
            settings: *settings,
            situation: situation.clone(),
            physics,
            structure,
            topology,
            problem,
            tree,
            watch,
            people_by_load: people_by_load.map(<[f64]>::to_vec),
            ac,
            dc,
            base,
        })
    }

    /// The situation before any outage.
    pub fn base(&self) -> BaseState {
        self.base
    }

    /// All single outages of the kinds given, kind by kind in the order of [`OutageKind::ALL`], each in the order of its table.
    /// What is out already, or hangs on a bus that is out, is not listed. A substation is all buses that closed switches join,
    /// where that are two at least; it is listed at the first of them.
    pub fn list(&self, kinds: &[OutageKind]) -> Vec<Outage> {
        let mut outages = Vec::new();
        for kind in OutageKind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
            let (topology, structure) = (&self.topology, &self.structure);
            let on = |list: &'_ [bool]| (0..list.len()).filter(|&k| list[k]).collect::<Vec<_>>();
            match kind {
                OutageKind::Branch => {
                    outages.extend(on(&topology.branch_on).into_iter().map(|k| Outage::Branch(BranchIdx::from(k))));
                }
                OutageKind::Generator => {
                    outages.extend(
                        on(&topology.generator_on).into_iter().map(|k| Outage::Generator(GeneratorIdx::from(k))),
                    );
                }
                OutageKind::Bus => {
                    outages.extend(on(&topology.bus_alive).into_iter().map(|k| Outage::Bus(BusIdx::from(k))));
                }
                OutageKind::Substation => {
                    let first = |&k: &usize| structure.group_of_bus[k] as usize == k;
                    let several = |&k: &usize| self.tree.buses_at(structure.node_of_bus[k]) > 1;
                    let here = on(&topology.bus_alive).into_iter().filter(first).filter(several);
                    outages.extend(here.map(|k| Outage::Substation(BusIdx::from(k))));
                }
            }
        }
        outages
    }

    pub(crate) fn before(&self) -> Before<'_> {
        Before {
            network: self.network,
            settings: &self.settings,
            structure: &self.structure,
            topology: &self.topology,
            problem: &self.problem,
            tree: &self.tree,
        }
    }
}

fn base_state(network: &Network, result: &FlowResult, physics: Physics) -> BaseState {
    let solved = result.status == FlowStatus::Converged;
    BaseState {
        status: result.status,
        islands: result.islands.len() as u32,
        extremes: solved.then(|| Watch::of_result(network, result, physics == Physics::Dc)),
    }
}
