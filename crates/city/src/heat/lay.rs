//! Lays the planned mains as pipes, with plants, pumping stations and substations.

use super::areas::Area;
use super::bore::{Bore, DENSITY_KG_PER_M3, ROUGHNESS_MM, pick};
use super::mains::{Plan, length_m, mains, streets};
use super::station::Station;
use super::{DP_BAR_MIN, T_GROUND_C, T_RETURN_C, T_RETURN_C_MIN, Terrain};
use crate::geometry::{P, geo, rounded};
use relight_model::{
    Draw, HeatNetwork, HeatSource, Junction, JunctionIdx, Pipe, Pump, PumpCurve, SourceKind, Substation, Valve,
};

/// Heat capacity of water, kJ/(kg K), and what supply water loses on its way at the most, K.
const KJ_PER_KG_K: f64 = 4.2;
const COOLED_K: f64 = 4.0;
/// Head in hand at the farthest substation: a share of the losses, and bar.
const HEAD_MARGIN: (f64, f64) = (1.15, 0.45);
/// A plant's own pumps give no more than what this share of its areas needs, and no more than this share of the most that any
/// needs; areas beyond have a pumping station. Zones with fewer areas than the last number have none.
const REACHED: (f64, f64, usize) = (0.8, 0.67, 6);
/// Lift of a pump at no flow, over that at its design flow.
const SHUT_OFF: f64 = 1.2;
/// Length of the pipes inside a plant, m.
const YARD_M: f64 = 60.0;
/// Gradient of pipes inside a plant and of ties, Pa/m, and the share of the smaller zone's flow that a tie carries.
const YARD_PA_PER_M: f64 = 60.0;
const TIE_SHARE: f64 = 0.3;
/// Pressure above the highest point of a zone's return, bar, and of a metre of water, bar.
const P_RETURN_BAR: f64 = 2.5;
const BAR_PER_M: f64 = 0.097;

/// The two ends of a place: supply and return.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) supply: JunctionIdx,
    pub(super) back: JunctionIdx,
}

/// A substation that was laid: its position, and the buildings (within the city) behind it.
pub(super) struct Laid {
    pub(super) substation: usize,
    pub(super) blocks: Vec<usize>,
}

/// A zone that was laid, for the ties between zones.
pub(super) struct Zone {
    pub(super) chambers: Vec<(P, Ends)>,
    mdot_kg_per_s: f64,
}

/// The network as it is being laid.
pub(super) struct Layer<'a> {
    pub(super) net: HeatNetwork,
    terrain: &'a Terrain,
    places: usize,
    trenches: usize,
    /// Where pumping stations and sources of this city stand, for their feeders.
    pub(super) pumps_km: Vec<P>,
    pub(super) sources_km: Vec<P>,
}

impl<'a> Layer<'a> {
    /// Goes on with a network of other cities.
    pub(super) fn on(net: HeatNetwork, terrain: &'a Terrain, places: usize, trenches: usize) -> Self {
        Self { net, terrain, places, trenches, pumps_km: Vec::new(), sources_km: Vec::new() }
    }

    /// Counters of places and trenches so far.
    pub(super) fn counters(&self) -> (usize, usize) {
        (self.places, self.trenches)
    }

    fn junction(&mut self, id: String, at_km: P, t_c: f64) -> JunctionIdx {
        let height_m = self.terrain.height_m(at_km);
        self.net.junctions.push(Junction { id, height_m, t_c, at: Some(geo(at_km)), in_service: true });
        JunctionIdx::from(self.net.junctions.len() - 1)
    }

    fn place(&mut self, at_km: P, t_supply_c: f64) -> Ends {
        self.places += 1;
        let k = self.places;
        Ends {
            supply: self.junction(format!("J{k:05}S"), at_km, t_supply_c),
            back: self.junction(format!("J{k:05}R"), at_km, T_RETURN_C),
        }
    }

    /// A supply pipe from `a` to `b` and the return pipe back.
    fn pipes(&mut self, a: Ends, b: Ends, bore: Bore, length_m: f64, zeta: f64) {
        self.trenches += 1;
        let k = self.trenches;
        for (id, from, to) in [(format!("P{k:05}S"), a.supply, b.supply), (format!("P{k:05}R"), b.back, a.back)] {
            self.net.pipes.push(Pipe {
                id,
                from,
                to,
                length_m,
                d_inner_m: bore.d_inner_m,
                roughness_mm: ROUGHNESS_MM,
                zeta,
                u_w_per_m_k: bore.u_w_per_m_k,
                t_ground_c: T_GROUND_C,
                q_ext_w: 0.0,
                in_service: true,
            });
        }
    }

    fn trenches(&mut self, plan: &Plan, ends: &[Ends]) {
        for t in &plan.trenches {
            for _ in 0..t.beside {
                self.pipes(ends[t.a], ends[t.b], t.bore, t.length_m, t.zeta);
            }
        }
    }

    /// Lays everything that hangs on one plant. Returns its substations, and what ties need.
    pub(super) fn zone(&mut self, station: &Station, areas: &[&Area]) -> (Vec<Laid>, Zone) {
        let kg_per_s_per_kw = 1.0 / (KJ_PER_KG_K * (station.t_supply_c - COOLED_K - T_RETURN_C));
        let mains = mains(station.at_km, areas, kg_per_s_per_kw);
        let ends: Vec<Ends> = mains.at_km.iter().map(|&at| self.place(at, station.t_supply_c)).collect();
        self.trenches(&mains, &ends);
        let streets: Vec<Plan> = areas.iter().map(|a| streets(a.at_km, &a.groups, kg_per_s_per_kw)).collect();
        let needs: Vec<f64> = streets
            .iter()
            .zip(&mains.dp_bar[1..])
            .map(|(plan, &dp_bar)| {
                let farthest = dp_bar + plan.dp_bar.iter().copied().fold(0.0, f64::max);
                2.0 * farthest * HEAD_MARGIN.0 + DP_BAR_MIN + HEAD_MARGIN.1
            })
            .collect();
        let lift_bar = lift_bar(&needs);
        let mut laid = Vec::new();
        for (k, (area, plan)) in areas.iter().zip(&streets).enumerate() {
            let mdot = area.heat_kw * kg_per_s_per_kw;
            let root = self.root(ends[k + 1], area.at_km, needs[k] - lift_bar, mdot, station.t_supply_c);
            let mut at: Vec<Ends> = vec![root];
            at.extend(plan.at_km[1..].iter().map(|&q| self.place(q, station.t_supply_c)));
            self.trenches(plan, &at);
            for (group, end) in area.groups.iter().zip(&at[1..]) {
                laid.push(Laid { substation: self.substation(*end, group.heat_kw), blocks: group.blocks.clone() });
            }
        }
        let places: Vec<P> =
            areas.iter().flat_map(|a| std::iter::once(a.at_km).chain(a.groups.iter().map(|g| g.at_km))).collect();
        self.sources(station, ends[0], lift_bar, &places);
        let chambers = mains.at_km.iter().copied().zip(ends).skip(1).collect();
        let mdot_kg_per_s = areas.iter().map(|a| a.heat_kw).sum::<f64>() * kg_per_s_per_kw;
        (laid, Zone { chambers, mdot_kg_per_s })
    }

    /// The chamber itself, or what lies behind its pumping station.
    fn root(&mut self, chamber: Ends, at_km: P, lacking_bar: f64, mdot_kg_per_s: f64, t_supply_c: f64) -> Ends {
        if lacking_bar <= 0.0 {
            return chamber;
        }
        self.places += 1;
        let supply = self.junction(format!("J{:05}S", self.places), at_km, t_supply_c);
        let design_m3_per_h = mdot_kg_per_s / DENSITY_KG_PER_M3 * 3600.0;
        let lift_bar = rounded((lacking_bar + 1.0).ceil(), 1.0);
        let falling = rounded((SHUT_OFF - 1.0) * lift_bar / (design_m3_per_h * design_m3_per_h), 1e12);
        self.net.pumps.push(Pump {
            id: format!("PS{:03}", self.net.pumps.len() + 1),
            from: chamber.supply,
            to: supply,
            curve: PumpCurve { coefficients: vec![-falling, 0.0, rounded(SHUT_OFF * lift_bar, 100.0)] },
            feeder: None,
            bypass: true,
            in_service: true,
        });
        self.pumps_km.push(at_km);
        Ends { supply, back: chamber.back }
    }

    fn substation(&mut self, end: Ends, heat_kw: f64) -> usize {
        let k = self.net.substations.len();
        self.net.substations.push(Substation {
            id: format!("H{:05}", k + 1),
            supply_junction: end.supply,
            return_junction: end.back,
            heat_kw: rounded(heat_kw, 10.0),
            draw: Draw::ReturnAt(T_RETURN_C),
            dp_bar_min: DP_BAR_MIN,
            t_return_c_min: T_RETURN_C_MIN,
            feeder: None,
            in_service: true,
        });
        k
    }

    /// Units of a plant, each on pipes of its own to the header: so the flow through each is one of the network.
    fn sources(&mut self, station: &Station, header: Ends, lift_bar: f64, places: &[P]) {
        let lowest = self.terrain.height_m(station.at_km);
        let highest = places.iter().map(|&at| self.terrain.height_m(at)).fold(lowest, f64::max);
        let p_return_bar = rounded(P_RETURN_BAR + BAR_PER_M * (highest - lowest), 10.0);
        for (k, unit) in station.units.iter().enumerate() {
            let mut end = header;
            if station.units.len() > 1 {
                end = self.place(station.at_km, station.t_supply_c);
                let mdot = 1000.0 * unit.heat_mw_max / (KJ_PER_KG_K * (station.t_supply_c - T_RETURN_C));
                let (bore, _) = pick(mdot, YARD_PA_PER_M);
                self.pipes(end, header, bore, YARD_M, 3.0);
            }
            let kind = match station.kind {
                SourceKind::Chp => "CHP",
                _ => "BH",
            };
            let count = self.net.sources.iter().filter(|s| s.kind == station.kind).count();
            self.net.sources.push(HeatSource {
                id: format!("{kind}{:02}", count + 1),
                name: unit.name.clone(),
                kind: station.kind,
                return_junction: end.back,
                supply_junction: end.supply,
                heat_mw_max: unit.heat_mw_max,
                t_supply_c: station.t_supply_c,
                lift_bar,
                p_return_bar: (k == 0).then_some(p_return_bar),
                feeder: None,
                generator: unit.generator,
                heat_per_power: if unit.generator.is_some() { super::CHP_TURBINE_HEAT_PER_POWER } else { 0.0 },
                heat_mw_alone: unit.heat_mw_alone,
                in_service: true,
            });
            self.sources_km.push(station.at_km);
        }
    }

    /// A tie between two zones where their chambers are nearest: pipes up to closed valves.
    pub(super) fn tie(&mut self, a: &Zone, b: &Zone) {
        let pairs = a.chambers.iter().flat_map(|&x| b.chambers.iter().map(move |&y| (x, y)));
        let nearest = pairs.min_by(|(a, b), (c, d)| a.0.distance(b.0).total_cmp(&c.0.distance(d.0)));
        let Some(((from_km, from), (to_km, to))) = nearest else { return };
        let (bore, _) = pick(TIE_SHARE * a.mdot_kg_per_s.min(b.mdot_kg_per_s), YARD_PA_PER_M);
        let end = self.place(to_km, super::T_RETURN_C);
        self.pipes(from, end, bore, length_m(from_km, to_km), 3.0);
        let k = self.net.valves.len() / 2 + 1;
        for (id, from, to) in [(format!("TV{k:03}S"), end.supply, to.supply), (format!("TV{k:03}R"), end.back, to.back)]
        {
            self.net.valves.push(Valve { id, from, to, d_inner_m: bore.d_inner_m, zeta: 0.5, open: false });
        }
    }
}

/// Lift of a plant's pumps, to 0.1 bar.
fn lift_bar(needs: &[f64]) -> f64 {
    let mut sorted = needs.to_vec();
    sorted.sort_by(f64::total_cmp);
    let most = sorted.last().copied().unwrap_or(DP_BAR_MIN);
    let (share_of_areas, share_of_most, areas_min) = REACHED;
    let need = match sorted.len() {
        n if n < areas_min => most,
        n => sorted[((n as f64 * share_of_areas) as usize).min(n - 1)].min(share_of_most * most),
    };
    (need * 10.0).ceil() / 10.0
}
