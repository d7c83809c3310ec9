//! The bound of a whole network, in MW.

use super::super::ac::problem::ac_problems;
use super::super::topology::Topology;
use super::super::{DeliverError, DeliverSettings, check};
use super::{SocStatus, bound};
use relight_model::{Network, Situation};

/// What no AC delivery of a network can beat.
#[derive(Clone, Debug, PartialEq)]
pub struct SocAnswer {
    /// Upper bound of Σ weight · |p| · served over all loads, MW. Loads of dark islands count as 0, and so do those of
    /// islands proven infeasible.
    pub bound_mw: f64,
    /// Per live island, or group of live islands that HVDC lines couple.
    pub islands: Vec<SocIsland>,
}

/// The bound of a live island.
#[derive(Clone, Debug, PartialEq)]
pub struct SocIsland {
    /// The islands it is about, by position in the order of their first bus, as in
    /// [`Delivery::islands`](relight_model::outcome::Delivery::islands).
    pub islands: Vec<u32>,
    /// Upper bound, MW.
    pub bound_mw: f64,
    /// How it was come by.
    pub status: SocStatus,
    /// Iterations of the solver.
    pub iterations: u32,
}

/// Bounds what any AC point of `network` in `situation` can be worth, all buses of live islands under voltage.
/// Of the settings, weights, HVDC lines and limits of shares count; the formulation must be AC where shares are limited.
///
/// # Errors
/// [`DeliverError`] where the arguments do not fit each other.
pub fn soc_bound(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
) -> Result<SocAnswer, DeliverError> {
    check(network, situation, settings)?;
    let topology = Topology::new(network, situation);
    let ones;
    let weights = match &settings.weights {
        Some(weights) => weights,
        None => {
            ones = vec![1.0; network.loads.len()];
            &ones
        }
    };
    let islands: Vec<SocIsland> = ac_problems(network, &topology, weights, settings.hvdc)
        .into_iter()
        .map(|mut problem| {
            if let Some(shares) = &settings.shares {
                for load in &mut problem.loads {
                    (load.least, load.most) = shares[load.load as usize];
                }
            }
            let found = bound(&problem);
            let bound_mw = found.bound_pu * network.base_mva;
            SocIsland { islands: problem.islands, bound_mw, status: found.status, iterations: found.iterations }
        })
        .collect();
    Ok(SocAnswer { bound_mw: islands.iter().map(|i| i.bound_mw).sum(), islands })
}
