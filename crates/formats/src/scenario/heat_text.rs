//! The tables of the folder `heat` as text, and what they cannot hold.

use super::heat::{JUNCTIONS, PIPES, PUMPS, SOURCES, SUBSTATIONS, VALVES};
use super::text::{csv_text, n, number_or_empty};
use relight_model::{Draw, Fluid, Friction, HeatNetwork, JunctionIdx, Scenario};

/// Name and text of every table of the folder; tables without rows are left out, except junctions.
pub(super) fn tables(scenario: &Scenario, net: &HeatNetwork) -> Vec<(&'static str, String)> {
    let mut tables = vec![("junctions.csv", junctions(net))];
    let mut add = |name, rows: usize, text: &dyn Fn() -> String| {
        if rows > 0 {
            tables.push((name, text()));
        }
    };
    add("pipes.csv", net.pipes.len(), &|| pipes(net));
    add("valves.csv", net.valves.len(), &|| valves(net));
    add("pumps.csv", net.pumps.len(), &|| pumps(scenario, net));
    add("sources.csv", net.sources.len(), &|| sources(scenario, net));
    add("substations.csv", net.substations.len(), &|| substations(scenario, net));
    tables
}

/// What the tables cannot hold, if there is any: what it is, and what they hold.
pub(super) fn unwritable(net: &HeatNetwork) -> Option<(&'static str, &'static str)> {
    if net.fluid != Fluid::Water || net.friction != Friction::default() {
        return Some(("a heat network of another fluid or friction law", "water, friction by Colebrook and White"));
    }
    if !net.fixed_pressures.is_empty() || !net.injections.is_empty() {
        return Some(("a given pressure or flow of a heat network", "sources and substations"));
    }
    if net.junctions.is_empty() {
        return Some(("a heat network without junctions", "no heat network, or one with junctions"));
    }
    if net.pumps.iter().any(|p| p.curve.coefficients.is_empty()) {
        return Some(("a pump without curve", "at least one coefficient"));
    }
    None
}

fn junctions(net: &HeatNetwork) -> String {
    csv_text(
        JUNCTIONS,
        net.junctions.iter().map(|j| {
            let mut row = vec![j.id.clone(), n(j.height_m), n(j.t_c), j.in_service.to_string()];
            row.extend([j.at.map(|p| p.lon_deg), j.at.map(|p| p.lat_deg)].map(number_or_empty));
            row
        }),
    )
}

fn id(net: &HeatNetwork, junction: JunctionIdx) -> String {
    net.junctions[junction.i()].id.clone()
}

fn feeder(scenario: &Scenario, feeder: Option<u32>) -> String {
    feeder.map_or_else(String::new, |k| scenario.feeders[k as usize].id.clone())
}

fn pipes(net: &HeatNetwork) -> String {
    // What insulation there is stands in u_w_per_m_k.
    csv_text(
        &PIPES[..PIPES.len() - 2],
        net.pipes.iter().map(|p| {
            let mut row = vec![p.id.clone(), id(net, p.from), id(net, p.to)];
            row.extend(
                [p.length_m, p.d_inner_m, p.roughness_mm, p.zeta, p.u_w_per_m_k, p.t_ground_c, p.q_ext_w].map(n),
            );
            row.push(p.in_service.to_string());
            row
        }),
    )
}

fn valves(net: &HeatNetwork) -> String {
    csv_text(
        VALVES,
        net.valves
            .iter()
            .map(|v| vec![v.id.clone(), id(net, v.from), id(net, v.to), n(v.d_inner_m), n(v.zeta), v.open.to_string()]),
    )
}

fn pumps(scenario: &Scenario, net: &HeatNetwork) -> String {
    csv_text(
        &PUMPS[..PUMPS.len() - 1],
        net.pumps.iter().map(|p| {
            let curve: Vec<String> = p.curve.coefficients.iter().map(|&c| n(c)).collect();
            vec![
                p.id.clone(),
                id(net, p.from),
                id(net, p.to),
                curve.join(" "),
                feeder(scenario, p.feeder),
                p.bypass.to_string(),
                p.in_service.to_string(),
            ]
        }),
    )
}

fn sources(scenario: &Scenario, net: &HeatNetwork) -> String {
    csv_text(
        SOURCES,
        net.sources.iter().map(|s| {
            let mut row = vec![s.id.clone(), s.name.clone(), s.kind.name().to_owned()];
            row.extend([id(net, s.return_junction), id(net, s.supply_junction)]);
            row.extend([s.heat_mw_max, s.t_supply_c, s.lift_bar].map(n));
            row.extend([number_or_empty(s.p_return_bar), feeder(scenario, s.feeder)]);
            // Rows are counted anew on writing, as those of all tables.
            row.push(s.generator.map_or_else(String::new, |k| (k + 1).to_string()));
            row.extend([s.heat_per_power, s.heat_mw_alone].map(n));
            row.push(s.in_service.to_string());
            row
        }),
    )
}

fn substations(scenario: &Scenario, net: &HeatNetwork) -> String {
    csv_text(
        SUBSTATIONS,
        net.substations.iter().map(|s| {
            let mut row = vec![s.id.clone(), id(net, s.supply_junction), id(net, s.return_junction), n(s.heat_kw)];
            row.extend(match s.draw {
                Draw::ReturnAt(t_c) => [n(t_c), String::new()],
                Draw::Flow(mdot) => [String::new(), n(mdot)],
            });
            row.extend([s.dp_bar_min, s.t_return_c_min].map(n));
            row.extend([feeder(scenario, s.feeder), s.in_service.to_string()]);
            row
        }),
    )
}
