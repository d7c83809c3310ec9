//! One outage as a power flow of its own: what the quick way is measured by, and what stands in where it does not reach.

use relight_model::outcome::FlowStatus;
use relight_model::{Network, Situation};

use crate::contingency::Contingency;
use crate::contingency::outcome::OutageResult;
use crate::contingency::watch::Watch;
use crate::{PowerFlow, Settings};
use relight_model::safety::Outage;

/// A power flow for outages, made when the first one needs it.
#[derive(Debug)]
pub(crate) struct Afresh<'n> {
    flow: Option<PowerFlow<'n>>,
}

impl<'n> Afresh<'n> {
    pub(crate) fn new() -> Self {
        Self { flow: None }
    }

    pub(crate) fn solve(&mut self, study: &Contingency<'n>, outage: Outage, dc: bool) -> OutageResult {
        let network: &'n Network = study.network;
        let situation = study.situation_with(outage);
        let settings: &Settings = &study.settings;
        let flow = self
            .flow
            .get_or_insert_with(|| PowerFlow::new(network, settings).expect("invariant: the settings served the base"));
        let result = if dc { flow.solve_dc(&situation) } else { flow.solve(&situation) };
        let (mut lost_mw, mut lost_people) = (0.0, 0.0);
        for (k, load) in network.loads.iter().enumerate().filter(|(_, l)| l.in_service) {
            let node = study.structure.node_of_bus[load.bus.i()] as usize;
            let before = study.topology.bus_alive[load.bus.i()] && study.problem.is_live(node);
            if before && !result.buses[load.bus.i()].energized {
                lost_mw += load.p_mw.max(0.0);
                lost_people += study.people_by_load.as_ref().map_or(0.0, |p| p[k]);
            }
        }
        let solved = result.status == FlowStatus::Converged;
        OutageResult {
            outage,
            status: result.status,
            islands: result.islands.len() as u32,
            dark_islands: result.islands.iter().filter(|i| !i.energized).count() as u32,
            lost_mw,
            lost_people: study.people_by_load.as_ref().map(|_| lost_people),
            extremes: solved.then(|| Watch::of_result(network, &result, dc)),
        }
    }
}

impl Contingency<'_> {
    /// The situation with `outage` in it.
    pub fn situation_with(&self, outage: Outage) -> Situation {
        let mut situation = self.situation.clone();
        match outage {
            Outage::Branch(k) => situation.branch_out[k.i()] = true,
            Outage::Generator(k) => situation.generator_out[k.i()] = true,
            Outage::Bus(k) => situation.bus_out[k.i()] = true,
            Outage::Substation(k) => {
                let node = self.structure.node_of_bus[k.i()];
                let members = situation.bus_out.iter_mut().zip(&self.structure.node_of_bus);
                members.filter(|(_, n)| **n == node).for_each(|(out, _)| *out = true);
            }
        }
        situation
    }
}
