//! Sizes the corridors by DC flows: more circuits until the winter peak passes with margin.

use super::sparse::Symmetric;
use super::{Role, Skeleton};
use crate::CityError;

/// CHPs run at this part of their capacity at winter peak.
pub(crate) const PLANT_DISPATCH: f64 = 0.9;
/// Losses that the gates cover on top of the demand.
pub(crate) const LOSSES: f64 = 1.02;
/// Loading allowed with all in service, with the largest CHP of each city out, and with one circuit out. AC flows add reactive
/// power and losses to these.
const LOADING_MAX: [f64; 3] = [0.60, 0.85, 0.92];

/// Grows the corridors until they carry the peak in all cases.
pub(crate) fn size(skeleton: &mut Skeleton) -> Result<(), CityError> {
    let intact = injections_mw(skeleton, false);
    let without_plant = injections_mw(skeleton, true);
    for _ in 0..60 {
        let mut full = over(skeleton, &flows(skeleton, &intact, None)?, LOADING_MAX[0], None);
        full.extend(over(skeleton, &flows(skeleton, &without_plant, None)?, LOADING_MAX[1], None));
        if full.is_empty() {
            full = single_outages(skeleton, &intact)?;
        }
        full.sort_unstable();
        full.dedup();
        if full.is_empty() {
            return Ok(());
        }
        for corridor in full {
            skeleton.corridors[corridor].grow();
        }
    }
    Err(CityError::NotSettled { what: "the size of corridors" })
}

/// Power into the skeleton at each node, MW. Every city covers its own demand. The sum is 0.
fn injections_mw(skeleton: &Skeleton, largest_plant_out: bool) -> Vec<f64> {
    let cities = skeleton.nodes.iter().map(|n| n.city + 1).max().unwrap_or(0);
    let (mut load, mut plants, mut largest, mut gates) =
        (vec![0.0; cities], vec![0.0; cities], vec![0.0f64; cities], vec![0.0; cities]);
    for node in &skeleton.nodes {
        load[node.city] += node.load_mw;
        match node.role {
            Role::Plant(_) => {
                plants[node.city] += node.p_mw_max;
                largest[node.city] = largest[node.city].max(node.p_mw_max);
            }
            Role::Gate(_) => gates[node.city] += node.p_mw_max,
            _ => {}
        }
    }
    skeleton
        .nodes
        .iter()
        .map(|node| {
            let c = node.city;
            let (share, running) = if largest_plant_out {
                (1.0, plants[c] - largest[c])
            } else {
                (PLANT_DISPATCH, PLANT_DISPATCH * plants[c])
            };
            match node.role {
                Role::Plant(_) if largest_plant_out && node.p_mw_max == largest[c] => 0.0,
                Role::Plant(_) => share * node.p_mw_max,
                Role::Gate(_) => (LOSSES * load[c] - running) * node.p_mw_max / gates[c],
                _ => -LOSSES * node.load_mw,
            }
        })
        .collect()
}

/// DC state of the skeleton: angle of each node, rad, on the base power.
struct Flows {
    angle: Vec<f64>,
    mw: Vec<f64>,
}

fn flows(skeleton: &Skeleton, injections_mw: &[f64], outage: Option<(usize, &Flows)>) -> Result<Flows, CityError> {
    let n = skeleton.nodes.len();
    let mut diagonal = vec![0.0; n];
    let admittance: Vec<f64> = skeleton
        .corridors
        .iter()
        .enumerate()
        .map(|(k, c)| {
            let circuits = c.circuits - u32::from(outage.is_some_and(|o| o.0 == k));
            f64::from(circuits) * super::equipment::BASE_MVA / c.equipment.x_pu(c.length_km)
        })
        .collect();
    let mut pairs = Vec::with_capacity(admittance.len());
    for (c, &b) in skeleton.corridors.iter().zip(&admittance) {
        diagonal[c.a] += b;
        diagonal[c.b] += b;
        pairs.push((c.a, c.b, -b));
    }
    let matrix = Symmetric::new(diagonal, &pairs, |i| i == 0);
    let mut angle = outage.map_or_else(|| vec![0.0; n], |o| o.1.angle.clone());
    if !matrix.solve(injections_mw, &mut angle, if outage.is_some() { 1e-4 } else { 1e-8 }) {
        return Err(CityError::NotSettled { what: "the DC flow of the skeleton" });
    }
    let mw = skeleton.corridors.iter().zip(admittance).map(|(c, b)| b * (angle[c.a] - angle[c.b])).collect();
    Ok(Flows { angle, mw })
}

/// Corridors loaded beyond `allowed`.
fn over(skeleton: &Skeleton, flows: &Flows, allowed: f64, outage: Option<usize>) -> Vec<usize> {
    (0..skeleton.corridors.len())
        .filter(|&k| {
            let rate = skeleton.corridors[k].rate_mva(u32::from(outage == Some(k)));
            flows.mw[k].abs() > allowed * rate
        })
        .collect()
}

/// Corridors that one circuit's outage would overload. An outage moves power only where the circuit carried some.
fn single_outages(skeleton: &Skeleton, intact: &[f64]) -> Result<Vec<usize>, CityError> {
    let base = flows(skeleton, intact, None)?;
    let mut full = Vec::new();
    for (k, corridor) in skeleton.corridors.iter().enumerate() {
        let per_circuit = base.mw[k].abs() / f64::from(corridor.circuits);
        if per_circuit > 0.25 * corridor.equipment.rate_mva() {
            full.extend(over(skeleton, &flows(skeleton, intact, Some((k, &base)))?, LOADING_MAX[2], Some(k)));
        }
    }
    Ok(full)
}
