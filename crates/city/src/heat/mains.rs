//! The mains of one plant's zone before they are pipes: which way they go, what they carry, what that costs in pressure.

use super::areas::{Area, Group};
use super::bore::{Bore, pick};
use crate::geometry::P;
use crate::grid::mesh::mesh;

/// Way around, in direct ways, from which on a main closes a loop.
const DETOUR: f64 = 1.8;
/// Pipes are longer than the straight way, and shorter than this they are not, m.
const LENGTH_DETOUR: f64 = 1.25;
const LENGTH_M_MIN: f64 = 15.0;
/// Pressure that the longest way of the mains may cost, supply and return together, bar, and the gradients that it leads to.
const MAINS_DP_BAR: f64 = 7.0;
const MAINS_PA_PER_M: (f64, f64) = (15.0, 60.0);
/// The same in the streets.
const STREET_DP_BAR: f64 = 3.0;
const STREET_PA_PER_M: (f64, f64) = (20.0, 80.0);
/// Flow of a main that closes a loop, of the smaller of the flows at its ends.
const LOOP_SHARE: f64 = 0.5;
/// Local losses: bends, compensators and valves of a pipe, and more with its length.
const ZETA: (f64, f64) = (1.0, 0.01);

/// A pair of pipes between two places of a plan, or several beside each other.
#[derive(Clone, Debug)]
pub(super) struct Trench {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) length_m: f64,
    pub(super) zeta: f64,
    pub(super) bore: Bore,
    pub(super) beside: usize,
    /// Design flow of the way through it, kg/s.
    pub(super) mdot_kg_per_s: f64,
}

/// Places, what joins them, and the design loss of pressure from place 0 to each, one way, bar.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) at_km: Vec<P>,
    pub(super) trenches: Vec<Trench>,
    pub(super) dp_bar: Vec<f64>,
}

/// Mains from a plant (place 0) to its areas, in loops.
pub(super) fn mains(plant: P, areas: &[&Area], kg_per_s_per_kw: f64) -> Plan {
    let at_km: Vec<P> = std::iter::once(plant).chain(areas.iter().map(|a| a.at_km)).collect();
    let edges = mesh(&at_km, DETOUR);
    let mut mdot: Vec<f64> = std::iter::once(0.0).chain(areas.iter().map(|a| a.heat_kw * kg_per_s_per_kw)).collect();
    let tree = Tree::shortest(&at_km, &edges);
    tree.gather(&mut mdot);
    let pa_per_m = tree.pa_per_m(MAINS_DP_BAR, MAINS_PA_PER_M);
    let trenches = edges.iter().map(|&(a, b)| {
        let flow = match (tree.parent[b] == Some(a), tree.parent[a] == Some(b)) {
            (true, _) => mdot[b],
            (_, true) => mdot[a],
            _ => LOOP_SHARE * mdot[a].min(mdot[b]),
        };
        trench(&at_km, (a, b), flow, pa_per_m)
    });
    let trenches: Vec<Trench> = trenches.collect();
    plan(at_km, trenches, &tree)
}

/// The tree of street pipes from a chamber (place 0) to the substations of its area.
pub(super) fn streets(chamber: P, groups: &[Group], kg_per_s_per_kw: f64) -> Plan {
    let at_km: Vec<P> = std::iter::once(chamber).chain(groups.iter().map(|g| g.at_km)).collect();
    let tree = Tree::least(&at_km);
    let mut mdot: Vec<f64> = std::iter::once(0.0).chain(groups.iter().map(|g| g.heat_kw * kg_per_s_per_kw)).collect();
    tree.gather(&mut mdot);
    let pa_per_m = tree.pa_per_m(STREET_DP_BAR, STREET_PA_PER_M);
    let joins = tree.order.iter().filter_map(|&b| Some((tree.parent[b]?, b)));
    let trenches = joins.map(|(a, b)| trench(&at_km, (a, b), mdot[b], pa_per_m)).collect();
    plan(at_km, trenches, &tree)
}

fn trench(at_km: &[P], (a, b): (usize, usize), mdot_kg_per_s: f64, pa_per_m: f64) -> Trench {
    let length_m = length_m(at_km[a], at_km[b]);
    let (bore, beside) = pick(mdot_kg_per_s, pa_per_m);
    let zeta = crate::geometry::rounded(ZETA.0 + ZETA.1 * length_m, 10.0);
    Trench { a, b, length_m, zeta, bore, beside, mdot_kg_per_s }
}

/// Length of a pipe between two places, whole metres.
pub(super) fn length_m(a: P, b: P) -> f64 {
    (a.distance(b) * 1000.0 * LENGTH_DETOUR).round().max(LENGTH_M_MIN)
}

fn plan(at_km: Vec<P>, trenches: Vec<Trench>, tree: &Tree) -> Plan {
    let mut dp_bar = vec![0.0; at_km.len()];
    for &b in &tree.order {
        let Some(a) = tree.parent[b] else { continue };
        let joins = |t: &&Trench| (t.a, t.b) == (a, b) || (t.a, t.b) == (b, a);
        let loss_pa = trenches
            .iter()
            .find(joins)
            .map_or(0.0, |t| t.bore.dp_pa(t.mdot_kg_per_s / t.beside as f64, t.length_m, t.zeta));
        dp_bar[b] = dp_bar[a] + loss_pa / 1e5;
    }
    Plan { at_km, trenches, dp_bar }
}

/// Ways from place 0 to all others.
struct Tree {
    parent: Vec<Option<usize>>,
    /// Places in an order in which parents come first.
    order: Vec<usize>,
    way_m: Vec<f64>,
}

impl Tree {
    /// Shortest ways (Dijkstra 1959) along edges that join all places.
    fn shortest(at_km: &[P], edges: &[(usize, usize)]) -> Self {
        let mut neighbours = vec![Vec::new(); at_km.len()];
        for &(a, b) in edges {
            let length = length_m(at_km[a], at_km[b]);
            neighbours[a].push((b, length));
            neighbours[b].push((a, length));
        }
        Self::grow(at_km.len(), |at, way| {
            neighbours[at].iter().map(|&(next, length)| (next, way + length, way + length)).collect()
        })
    }

    /// The least spanning tree (Prim 1957) of places that may all be joined.
    fn least(at_km: &[P]) -> Self {
        Self::grow(at_km.len(), |at, way| {
            let join = |next: usize| {
                let length = length_m(at_km[at], at_km[next]);
                (next, length, way + length)
            };
            (0..at_km.len()).map(join).collect()
        })
    }

    /// Grows a tree from place 0: always by the place with the least cost. `offers` lists, for a place that has just been
    /// joined and its way, places beside it with the cost and the way of joining them there.
    fn grow(n: usize, offers: impl Fn(usize, f64) -> Vec<(usize, f64, f64)>) -> Self {
        let mut tree = Self { parent: vec![None; n], order: Vec::with_capacity(n), way_m: vec![0.0; n] };
        let mut cost = vec![f64::INFINITY; n];
        let mut done = vec![false; n];
        cost[0] = 0.0;
        while let Some(at) =
            (0..n).filter(|&i| !done[i] && cost[i] < f64::INFINITY).min_by(|&i, &j| cost[i].total_cmp(&cost[j]))
        {
            done[at] = true;
            tree.order.push(at);
            for (next, price, way) in offers(at, tree.way_m[at]) {
                if !done[next] && price < cost[next] {
                    cost[next] = price;
                    tree.parent[next] = Some(at);
                    tree.way_m[next] = way;
                }
            }
        }
        tree
    }

    /// Gradient at which the longest way there and back costs a pressure, with a fifth for local losses, within a range.
    fn pa_per_m(&self, dp_bar: f64, (least, most): (f64, f64)) -> f64 {
        let longest_m = self.way_m.iter().copied().fold(1.0, f64::max);
        (dp_bar * 1e5 / (2.0 * 1.2 * longest_m)).clamp(least, most)
    }

    /// Turns what each place draws into what passes it on the way outward.
    fn gather(&self, mdot: &mut [f64]) {
        for &b in self.order.iter().rev() {
            if let Some(a) = self.parent[b] {
                mdot[a] += mdot[b];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::p;

    #[test]
    fn a_square_of_areas_gets_a_loop_and_all_its_water() {
        let area = |x, y| Area { at_km: p(x, y), groups: Vec::new(), heat_kw: 10_000.0 };
        let areas = [area(1.0, 0.0), area(1.0, 1.0), area(0.0, 1.0)];
        let plan = mains(p(0.0, 0.0), &areas.iter().collect::<Vec<_>>(), 0.004);
        assert_eq!(plan.trenches.len(), 4, "{:?}", plan.trenches);
        let out: f64 = plan.trenches.iter().filter(|t| t.a == 0 || t.b == 0).map(|t| t.mdot_kg_per_s).sum();
        assert!((out - 120.0).abs() < 1e-9, "{out}");
        assert!(plan.dp_bar[2] > plan.dp_bar[1] && plan.dp_bar[0] == 0.0);
    }

    #[test]
    fn street_pipes_are_a_tree_of_all_substations() {
        let group = |x, y| Group { at_km: p(x, y), blocks: Vec::new(), heat_kw: 1000.0 };
        let groups: Vec<Group> = (0..30).map(|k| group(f64::from(k % 6) * 0.1, f64::from(k / 6) * 0.1)).collect();
        let plan = streets(p(-0.1, 0.0), &groups, 0.004);
        assert_eq!(plan.trenches.len(), 30);
        assert!(plan.dp_bar[1..].iter().all(|&dp| dp > 0.0 && dp < 3.0), "{:?}", plan.dp_bar);
    }
}
