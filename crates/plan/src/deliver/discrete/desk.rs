//! What is decided so far, and one delivery under it.

use super::super::ac::AcEffort;
use super::super::{Commitment, DeliverError, DeliverSettings, deliver_with_effort};
use relight_model::outcome::Delivery;
use relight_model::{BranchIdx, GeneratorIdx, Network, Situation};
use std::sync::atomic::Ordering;

/// Power below which a unit counts as giving nothing, MW.
const NOTHING_MW: f64 = 1e-6;

/// The network with the decisions taken so far.
pub(super) struct Desk<'a> {
    pub network: &'a Network,
    settings: &'a DeliverSettings<'a>,
    /// Worth of one MW of each load, as given.
    pub weights: Vec<f64>,
    /// What is out, with what was opened.
    pub situation: Situation,
    /// Branches opened by decision or for want of an operating point.
    pub opened: Vec<BranchIdx>,
    pub commitment: Vec<Commitment>,
    pub solves: u32,
    most_solves: u32,
    pub effort: AcEffort,
}

impl<'a> Desk<'a> {
    pub fn new(
        network: &'a Network,
        situation: &Situation,
        settings: &'a DeliverSettings<'a>,
        most_solves: u32,
    ) -> Self {
        let ones = || vec![1.0; network.loads.len()];
        Self {
            network,
            settings,
            weights: settings.weights.clone().unwrap_or_else(ones),
            situation: situation.clone(),
            opened: Vec::new(),
            commitment: vec![Commitment::Free; network.generators.len()],
            solves: 0,
            most_solves,
            effort: AcEffort::default(),
        }
    }

    /// Whether `more` solves are within the budget, and nobody asked to stop.
    pub fn may_solve(&self, more: u32) -> bool {
        self.solves + more <= self.most_solves && !self.settings.stop.is_some_and(|s| s.load(Ordering::Relaxed))
    }

    /// The delivery as if shares of feeders could be served and units could run at anything, with the bound if that was asked for.
    pub fn continuous(&mut self) -> Result<Delivery, DeliverError> {
        let settings = self.settings.clone();
        let d = self.count(deliver_with_effort(self.network, &self.situation, &settings)?);
        self.accept(&d);
        Ok(d)
    }

    /// The delivery under what is decided, with these weights and ranges of shares, started from `near`.
    pub fn solve(
        &mut self,
        weights: &[f64],
        shares: Option<Vec<(f64, f64)>>,
        near: &Delivery,
    ) -> Result<Delivery, DeliverError> {
        let settings = DeliverSettings {
            weights: Some(weights.to_vec()),
            shares,
            commitment: Some(self.commitment.clone()),
            near: Some(near),
            bound: false,
            ..self.settings.clone()
        };
        let solved = deliver_with_effort(self.network, &self.situation, &settings)?;
        Ok(self.count(solved))
    }

    fn count(&mut self, (delivery, effort): (Delivery, AcEffort)) -> Delivery {
        self.solves += 1;
        self.effort.add(&effort);
        delivery
    }

    /// What an answer opened for want of an operating point stays open in all that follows.
    pub fn accept(&mut self, delivery: &Delivery) {
        for branch in &delivery.opened {
            self.situation.branch_out[branch.i()] = true;
            self.opened.push(*branch);
        }
    }

    /// Worth of a delivery by the weights as given.
    pub fn worth_mw(&self, d: &Delivery) -> f64 {
        let loads = self.network.loads.iter().zip(&d.load_served).filter(|(l, _)| l.in_service);
        loads.zip(&self.weights).map(|((l, z), w)| w * l.p_mw.abs() * z).sum()
    }

    /// Units that are off by decision and give something in `continuous`.
    pub fn units_off(&self, continuous: &Delivery) -> Vec<GeneratorIdx> {
        let off =
            |k: &usize| self.commitment[*k] == Commitment::Off && continuous.generators[*k].p_mw.abs() > NOTHING_MW;
        (0..self.commitment.len()).filter(off).map(GeneratorIdx::from).collect()
    }
}
