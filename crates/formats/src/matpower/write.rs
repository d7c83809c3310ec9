//! Writes a network as a case file. What such a file cannot hold is an error, and nothing is written.

use relight_model::{Branch, BranchKind, BusKind, Cost, CostCurve, LoadModel, Network};
use std::fmt::Write;

/// Something in a network that a case file has no place for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{table} row {row}: a MATPOWER case cannot hold {what}; hint: {hint}")]
pub struct CannotHold {
    /// `bus`, `branch`, `gen`, `load`, `shunt`, `switch`, or empty for the whole network.
    pub table: &'static str,
    /// 1-based position in that table of the network.
    pub row: usize,
    /// What has no place.
    pub what: String,
    /// What to do about it.
    pub hint: &'static str,
}

const SCENARIO: &str = "write a scenario folder instead";

/// The network as text that [`super::read`] reads as the same network: bit for bit, and with the same names.
///
/// Two things follow the file rather than the network: `row` counts the rows written, and loads and shunts come back in
/// the order of their buses.
///
/// # Errors
/// [`CannotHold`] names the first thing that has no place: switches, several loads or shunts on one bus, those that are
/// zero, out of service or depend on the voltage otherwise, branches whose two ends differ, limits of 0 where 0 means
/// "none", and names with control characters.
pub fn write(network: &Network) -> Result<String, CannotHold> {
    if !network.switches.is_empty() {
        return Err(cannot("switch", 0, "switches", SCENARIO));
    }
    let mut out = String::with_capacity(160 * (network.buses.len() + network.branches.len()) + 1000);
    let identifier = is_identifier(&network.name);
    let function = if identifier { network.name.as_str() } else { "relight_case" };
    let _ = writeln!(out, "function mpc = {function}\nmpc.version = '2';");
    if !identifier {
        let _ = writeln!(out, "mpc.name = {};", quoted("", 0, &network.name)?);
    }
    let _ = writeln!(out, "mpc.baseMVA = {};", number(network.base_mva));
    buses(network, &mut out)?;
    generators(network, &mut out)?;
    branches(network, &mut out)?;
    costs(network, &mut out)?;
    hvdc_lines(network, &mut out);
    storages(network, &mut out);
    names(&mut out, "bus_name", "bus", network.buses.iter().map(|b| b.name.as_str()))?;
    names(&mut out, "genfuel", "gen", network.generators.iter().map(|g| g.fuel.as_str()))?;
    names(&mut out, "gen_name", "gen", network.generators.iter().map(|g| g.name.as_str()))?;
    names(&mut out, "branch_name", "branch", network.branches.iter().map(|b| b.name.as_str()))?;
    Ok(out)
}

fn cannot(table: &'static str, position: usize, what: impl Into<String>, hint: &'static str) -> CannotHold {
    CannotHold { table, row: position + 1, what: what.into(), hint }
}

fn is_identifier(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The shortest decimal that is read as the same double.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Inf".to_owned() } else { "-Inf".to_owned() }
    } else if magnitude != 0.0 && !(1e-5..1e15).contains(&magnitude) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

fn row(out: &mut String, cells: &[f64]) {
    for &cell in cells {
        let _ = write!(out, "\t{}", number(cell));
    }
    out.push_str(";\n");
}

/// Per bus the values of its one load or shunt.
fn one_a_bus<T>(
    network: &Network,
    table: &'static str,
    items: &[T],
    take: impl Fn(&T) -> Result<(usize, f64, f64), String>,
) -> Result<Vec<(f64, f64)>, CannotHold> {
    let mut at_bus = vec![(0.0, 0.0); network.buses.len()];
    for (i, item) in items.iter().enumerate() {
        let (bus, a, b) = take(item).map_err(|what| cannot(table, i, what, SCENARIO))?;
        if a == 0.0 && b == 0.0 {
            return Err(cannot(table, i, format!("a {table} of zero"), "remove it first"));
        }
        if at_bus[bus] != (0.0, 0.0) {
            let hint = "add the ones of a bus up first";
            return Err(cannot(table, i, format!("a second {table} on bus {}", network.buses[bus].id), hint));
        }
        at_bus[bus] = (a, b);
    }
    Ok(at_bus)
}

fn buses(network: &Network, out: &mut String) -> Result<(), CannotHold> {
    let load = one_a_bus(network, "load", &network.loads, |l| match (l.model, l.in_service) {
        (LoadModel::ConstantPower, true) => Ok((l.bus.i(), l.p_mw, l.q_mvar)),
        (_, false) => Err("a load out of service".to_owned()),
        _ => Err("a load that depends on the voltage".to_owned()),
    })?;
    let shunt = one_a_bus(network, "shunt", &network.shunts, |s| {
        if s.in_service { Ok((s.bus.i(), s.g_mw, s.b_mvar)) } else { Err("a shunt out of service".to_owned()) }
    })?;
    out.push_str("\n%\tbus_i\ttype\tPd\tQd\tGs\tBs\tarea\tVm\tVa\tbaseKV\tzone\tVmax\tVmin\nmpc.bus = [\n");
    for (i, bus) in network.buses.iter().enumerate() {
        let kind = match bus.kind {
            BusKind::Pq => 1.0,
            BusKind::Pv => 2.0,
            BusKind::Slack => 3.0,
            BusKind::Isolated => 4.0,
        };
        row(
            out,
            &[
                f64::from(bus.id.0),
                kind,
                load[i].0,
                load[i].1,
                shunt[i].0,
                shunt[i].1,
                f64::from(bus.area),
                bus.vm_pu,
                bus.va_deg,
                bus.base_kv,
                f64::from(bus.zone),
                bus.vm_pu_max,
                bus.vm_pu_min,
            ],
        );
    }
    out.push_str("];\n");
    Ok(())
}

fn generators(network: &Network, out: &mut String) -> Result<(), CannotHold> {
    // The columns up to RAMP_AGC are there where a ramp is known; MATPOWER reads 0 as none.
    let ramps = network.generators.iter().any(|g| g.ramp_mw_per_min.is_some());
    let more = if ramps { "\tPc1\tPc2\tQc1min\tQc1max\tQc2min\tQc2max\tramp_agc" } else { "" };
    out.push_str("\n%\tbus\tPg\tQg\tQmax\tQmin\tVg\tmBase\tstatus\tPmax\tPmin");
    out.push_str(more);
    out.push_str("\nmpc.gen = [\n");
    for (i, g) in network.generators.iter().enumerate() {
        if g.energy_mwh.is_some() {
            return Err(cannot("gen", i, "a limit of energy", "take it off, or write a scenario folder"));
        }
        let mut cells = vec![
            f64::from(network.buses[g.bus.i()].id.0),
            g.p_mw,
            g.q_mvar,
            g.q_mvar_max,
            g.q_mvar_min,
            g.vm_pu,
            g.mbase_mva,
            f64::from(u8::from(g.in_service)),
            g.p_mw_max,
            g.p_mw_min,
        ];
        if ramps {
            cells.extend([0.0; 6]);
            cells.push(g.ramp_mw_per_min.unwrap_or(0.0));
        }
        row(out, &cells);
    }
    out.push_str("];\n");
    Ok(())
}

/// Ratio column: 0 says "line".
fn ratio(branch: &Branch, i: usize) -> Result<f64, CannotHold> {
    match branch.kind {
        BranchKind::Transformer => Ok(branch.tap),
        BranchKind::Line if branch.tap == 1.0 && branch.shift_deg == 0.0 => Ok(0.0),
        BranchKind::Line => Err(cannot("branch", i, "a line with tap or shift", "call it a transformer")),
    }
}

fn angle_limits(branch: &Branch, i: usize) -> Result<(f64, f64), CannotHold> {
    let (min, max) = (branch.angle_deg_min, branch.angle_deg_max);
    let lost = (min.is_finite() && min <= -360.0) || (max.is_finite() && max >= 360.0) || (min == 0.0 && max == 0.0);
    if lost {
        return Err(cannot("branch", i, "angle limits of 0 and 0, or of 360 degrees and more", "take them off"));
    }
    Ok((if min == f64::NEG_INFINITY { -360.0 } else { min }, if max == f64::INFINITY { 360.0 } else { max }))
}

fn branches(network: &Network, out: &mut String) -> Result<(), CannotHold> {
    out.push_str(
        "\n%\tfbus\ttbus\tr\tx\tb\trateA\trateB\trateC\tratio\tangle\tstatus\tangmin\tangmax\nmpc.branch = [\n",
    );
    for (i, b) in network.branches.iter().enumerate() {
        if b.g_from_pu != 0.0 || b.g_to_pu != 0.0 {
            return Err(cannot("branch", i, "shunt conductance of a branch", SCENARIO));
        }
        let b_pu = b.b_from_pu + b.b_to_pu;
        if b.b_from_pu != b.b_to_pu || b_pu / 2.0 != b.b_from_pu {
            return Err(cannot("branch", i, "charging that differs between the two ends", SCENARIO));
        }
        let mut rates = [0.0; 3];
        for (slot, rate) in rates.iter_mut().zip([b.rate_a_mva, b.rate_b_mva, b.rate_c_mva]) {
            *slot = match rate {
                None => 0.0,
                Some(rate) if rate != 0.0 && rate.is_finite() => rate,
                Some(_) => {
                    return Err(cannot("branch", i, "a rating of 0 or infinity", "open the branch, or use none"));
                }
            };
        }
        let (min, max) = angle_limits(b, i)?;
        row(
            out,
            &[
                f64::from(network.buses[b.from.i()].id.0),
                f64::from(network.buses[b.to.i()].id.0),
                b.r_pu,
                b.x_pu,
                b_pu,
                rates[0],
                rates[1],
                rates[2],
                ratio(b, i)?,
                b.shift_deg,
                f64::from(u8::from(b.in_service)),
                min,
                max,
            ],
        );
    }
    out.push_str("];\n");
    Ok(())
}

fn costs(network: &Network, out: &mut String) -> Result<(), CannotHold> {
    if network.generators.iter().all(|g| g.cost.is_none()) {
        return Ok(());
    }
    let none = Cost { startup: 0.0, shutdown: 0.0, curve: CostCurve::Polynomial(Vec::new()) };
    let mut rows = Vec::with_capacity(network.generators.len());
    for (i, g) in network.generators.iter().enumerate() {
        if g.cost.as_ref() == Some(&none) {
            return Err(cannot("gen", i, "a cost without coefficients", "use no cost"));
        }
        let cost = g.cost.as_ref().unwrap_or(&none);
        let (model, count, values) = match &cost.curve {
            CostCurve::Polynomial(c) => (2.0, c.len(), c.clone()),
            CostCurve::Piecewise(points) => (1.0, points.len(), points.iter().flat_map(|&(x, y)| [x, y]).collect()),
        };
        let mut cells = vec![model, cost.startup, cost.shutdown, count as f64];
        cells.extend(values);
        rows.push(cells);
    }
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    out.push_str("\n%\tmodel\tstartup\tshutdown\tn\t...\nmpc.gencost = [\n");
    for mut cells in rows {
        cells.resize(width, 0.0);
        row(out, &cells);
    }
    out.push_str("];\n");
    Ok(())
}

fn hvdc_lines(network: &Network, out: &mut String) {
    if network.hvdc_lines.is_empty() {
        return;
    }
    out.push_str(
        "\n%\tfbus\ttbus\tstatus\tPf\tPt\tQf\tQt\tVf\tVt\tPmin\tPmax\tQminF\tQmaxF\tQminT\tQmaxT\tloss0\tloss1\n",
    );
    out.push_str("mpc.dcline = [\n");
    for d in &network.hvdc_lines {
        row(
            out,
            &[
                f64::from(network.buses[d.from.i()].id.0),
                f64::from(network.buses[d.to.i()].id.0),
                f64::from(u8::from(d.in_service)),
                d.p_from_mw,
                d.p_from_mw - d.loss_mw - d.loss_share * d.p_from_mw,
                d.q_from_mvar,
                d.q_to_mvar,
                d.vm_from_pu,
                d.vm_to_pu,
                d.p_mw_min,
                d.p_mw_max,
                d.q_from_mvar_min,
                d.q_from_mvar_max,
                d.q_to_mvar_min,
                d.q_to_mvar_max,
                d.loss_mw,
                d.loss_share,
            ],
        );
    }
    out.push_str("];\n");
}

fn storages(network: &Network, out: &mut String) {
    if network.storages.is_empty() {
        return;
    }
    out.push_str(
        "\n%\tstorage_bus\tps\tqs\tenergy\tenergy_rating\tcharge_rating\tdischarge_rating\tcharge_efficiency\
         \tdischarge_efficiency\tthermal_rating\tqmin\tqmax\tr\tx\tp_loss\tq_loss\tstatus\nmpc.storage = [\n",
    );
    for s in &network.storages {
        let bus = f64::from(network.buses[s.bus.i()].id.0);
        let in_service = f64::from(u8::from(s.in_service));
        let power = [bus, 0.0 - s.p_mw, 0.0 - s.q_mvar, s.energy_mwh, s.energy_mwh_max, s.charge_mw_max];
        let limits = [s.discharge_mw_max, s.charge_efficiency, s.discharge_efficiency, f64::INFINITY];
        let rest = [s.q_mvar_min, s.q_mvar_max, 0.0, 0.0, 0.0, 0.0, in_service];
        row(out, &[&power[..], &limits, &rest].concat());
    }
    out.push_str("];\n");
}

/// A list of strings, left out where all are empty.
fn names<'a>(
    out: &mut String,
    field: &str,
    table: &'static str,
    list: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), CannotHold> {
    if list.clone().all(str::is_empty) {
        return Ok(());
    }
    let _ = writeln!(out, "\nmpc.{field} = {{");
    for (i, name) in list.enumerate() {
        let _ = writeln!(out, "\t{};", quoted(table, i, name)?);
    }
    out.push_str("};\n");
    Ok(())
}

fn quoted(table: &'static str, position: usize, text: &str) -> Result<String, CannotHold> {
    if text.len() > 1_000 || text.chars().any(char::is_control) {
        return Err(cannot(table, position, "a name over 1000 bytes or with control characters", "shorten the name"));
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}
