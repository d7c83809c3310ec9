//! The heat network of a scenario: the tables of the folder `heat`.

use super::feeders::{Ids, claim, must_refer, refer};
use super::grid::geo_point;
use super::table::{Column, Row, Table, optional, required};
use relight_model::{
    Draw, Findings, HeatNetwork, HeatSource, Junction, JunctionIdx, Network, Pipe, Pump, PumpCurve, SourceKind,
    Substation, Valve,
};
use std::path::Path;

pub(super) const JUNCTIONS: &[Column] = &[
    required("id"),
    optional("height_m"),
    optional("t_c"),
    optional("in_service"),
    optional("lon_deg"),
    optional("lat_deg"),
];
pub(super) const PIPES: &[Column] = &[
    required("id"),
    required("from"),
    required("to"),
    required("length_m"),
    required("d_inner_m"),
    optional("roughness_mm"),
    optional("zeta"),
    optional("u_w_per_m_k"),
    optional("t_ground_c"),
    optional("q_ext_w"),
    optional("in_service"),
    optional("insulation_mm"),
    optional("conductivity_w_per_m_k"),
];
pub(super) const VALVES: &[Column] =
    &[required("id"), required("from"), required("to"), required("d_inner_m"), optional("zeta"), optional("open")];
pub(super) const PUMPS: &[Column] = &[
    required("id"),
    required("from"),
    required("to"),
    optional("curve_bar"),
    optional("feeder"),
    optional("bypass"),
    optional("in_service"),
    optional("curve_points"),
];
pub(super) const SOURCES: &[Column] = &[
    required("id"),
    optional("name"),
    required("kind"),
    required("return_junction"),
    required("supply_junction"),
    required("heat_mw_max"),
    required("t_supply_c"),
    required("lift_bar"),
    optional("p_return_bar"),
    optional("feeder"),
    optional("generator"),
    optional("heat_per_power"),
    optional("heat_mw_alone"),
    optional("in_service"),
];
pub(super) const SUBSTATIONS: &[Column] = &[
    required("id"),
    required("supply_junction"),
    required("return_junction"),
    required("heat_kw"),
    optional("t_return_c"),
    optional("mdot_kg_per_s"),
    optional("dp_bar_min"),
    optional("t_return_c_min"),
    optional("feeder"),
    optional("in_service"),
];

/// Name of the folder.
pub(super) const FOLDER: &str = "heat";
/// Roughness of pipes of a heat network that has been in use, mm: the design value of the region's norms.
const ROUGHNESS_MM: f64 = 0.5;
/// Temperature of the ground around pipes in winter, °C.
const T_GROUND_C: f64 = 2.0;
/// Conductivity of pipe insulation that is not new, W/(m K): foam is 0.03, wet mineral wool twice this.
const INSULATION_W_PER_M_K: f64 = 0.04;
/// Conductivity of ground, W/(m K), and the cover over a pipe, m.
const GROUND_W_PER_M_K: f64 = 1.5;
const COVER_M: f64 = 0.8;
/// Head that a substation needs for its full flow, bar.
const DP_BAR_MIN: f64 = 0.5;
/// Temperature below which a substation cannot cool its water, °C.
const T_RETURN_C_MIN: f64 = 20.0;
/// Temperature of a junction before anything is known, °C.
const T_C: f64 = 60.0;

/// Numbers beyond are a mistake of units.
const LENGTH_M_MAX: f64 = 1e6;
const DIAMETER_M_MAX: f64 = 10.0;
const ANY: f64 = 1e9;
/// Temperatures of ground and of water, °C.
const GROUND_C: (f64, f64) = (-60.0, 100.0);
const WATER_C: (f64, f64) = (0.0, 250.0);

/// Reads the folder `heat`. `None` if it is not there, or if its tables have no row. With the positions of substations.
pub(super) fn read(
    dir: &Path,
    network: &Network,
    feeders: &Ids,
    findings: &mut Findings,
) -> (Option<HeatNetwork>, Ids) {
    let folder = dir.join(FOLDER);
    if folder.symlink_metadata().is_err() {
        return (None, Ids::new());
    }
    let mut reader = Reader { folder: &folder, junctions: Ids::new(), findings };
    let junctions = reader.junctions();
    let net = HeatNetwork {
        junctions,
        pipes: reader.table("pipes", PIPES, pipe, |p| &p.id).0,
        valves: reader.table("valves", VALVES, valve, |v| &v.id).0,
        pumps: reader.table("pumps", PUMPS, |row, ids| pump(row, ids, feeders), |p| &p.id).0,
        sources: reader.table("sources", SOURCES, |row, ids| source(row, ids, feeders, network), |s| &s.id).0,
        ..HeatNetwork::default()
    };
    let (substations, ids) =
        reader.table("substations", SUBSTATIONS, |row, ids| substation(row, ids, feeders), |s| &s.id);
    let net = HeatNetwork { substations, ..net };
    (Some(net).filter(|n| *n != HeatNetwork::default()), ids)
}

struct Reader<'a> {
    folder: &'a Path,
    junctions: Ids,
    findings: &'a mut Findings,
}

impl Reader<'_> {
    /// All other tables refer to this one: a folder without it is half a network.
    fn junctions(&mut self) -> Vec<Junction> {
        let (mut list, mut ids) = (Vec::new(), Ids::new());
        if let Some(table) = Table::open(&self.folder.join("junctions.csv"), "junctions", JUNCTIONS, self.findings) {
            table.each(self.findings, |row| {
                if let Some(junction) = junction(row)
                    && claim(row, &mut ids, &junction.id, list.len())
                {
                    list.push(junction);
                }
            });
        }
        self.junctions = ids;
        list
    }

    fn table<T>(
        &mut self,
        name: &'static str,
        columns: &'static [Column],
        read: impl Fn(&mut Row<'_, '_>, &Ids) -> Option<T>,
        id: impl Fn(&T) -> &String,
    ) -> (Vec<T>, Ids) {
        let (mut list, mut ids) = (Vec::new(), Ids::new());
        let path = self.folder.join(name).with_extension("csv");
        if let Some(table) = Table::open_if_there(&path, name, columns, self.findings) {
            table.each(self.findings, |row| {
                if let Some(one) = read(row, &self.junctions)
                    && claim(row, &mut ids, id(&one), list.len())
                {
                    list.push(one);
                }
            });
        }
        (list, ids)
    }
}

fn at_junction(row: &mut Row<'_, '_>, column: &'static str, junctions: &Ids) -> Option<JunctionIdx> {
    must_refer(row, column, junctions, "unknown-junction", "heat/junctions.csv").map(JunctionIdx)
}

/// Both ends of what connects two junctions; they must differ.
fn ends(
    row: &mut Row<'_, '_>,
    columns: [&'static str; 2],
    junctions: &Ids,
) -> (Option<JunctionIdx>, Option<JunctionIdx>) {
    let (from, to) = (at_junction(row, columns[0], junctions), at_junction(row, columns[1], junctions));
    if from.is_some() && from == to {
        let id = row.word(columns[1]).to_owned();
        row.fault(
            "same-junction",
            columns[1],
            &id,
            "both ends are the same junction",
            "two different junctions",
            "supply and return are junctions of their own",
        );
        return (from, None);
    }
    (from, to)
}

fn a_feeder(row: &mut Row<'_, '_>, feeders: &Ids) -> Option<Option<u32>> {
    refer(row, "feeder", feeders, "unknown-feeder", "feeders.csv")
}

fn junction(row: &mut Row<'_, '_>) -> Option<Junction> {
    let id = row.id("id");
    let height_m = row.number("height_m", Some(0.0), -1000.0, 9000.0);
    let t_c = row.number("t_c", Some(T_C), GROUND_C.0, WATER_C.1);
    let in_service = row.flag("in_service", true);
    let at = geo_point(row);
    Some(Junction { id: id?, height_m: height_m?, t_c: t_c?, at: at?, in_service: in_service? })
}

fn pipe(row: &mut Row<'_, '_>, junctions: &Ids) -> Option<Pipe> {
    let id = row.id("id");
    let (from, to) = ends(row, ["from", "to"], junctions);
    let length_m = row.above_zero("length_m", None, LENGTH_M_MAX);
    let d_inner_m = row.above_zero("d_inner_m", None, DIAMETER_M_MAX);
    let roughness_mm = row.number("roughness_mm", Some(ROUGHNESS_MM), 0.0, 1000.0);
    let zeta = row.number("zeta", Some(0.0), 0.0, ANY);
    let t_ground_c = row.number("t_ground_c", Some(T_GROUND_C), GROUND_C.0, GROUND_C.1);
    let q_ext_w = row.number("q_ext_w", Some(0.0), -ANY, ANY);
    let in_service = row.flag("in_service", true);
    let insulation_mm = row.number("insulation_mm", Some(0.0), 0.0, 10_000.0);
    let conductivity = row.above_zero("conductivity_w_per_m_k", Some(INSULATION_W_PER_M_K), 1000.0);
    let u_w_per_m_k = match row.word("u_w_per_m_k") {
        "" if row.word("insulation_mm").is_empty() => row.number("u_w_per_m_k", None, 0.0, ANY),
        "" => Some(buried_u_w_per_m_k(d_inner_m?, insulation_mm?, conductivity?)),
        _ => row.number("u_w_per_m_k", None, 0.0, ANY),
    };
    Some(Pipe {
        id: id?,
        from: from?,
        to: to?,
        length_m: length_m?,
        d_inner_m: d_inner_m?,
        roughness_mm: roughness_mm?,
        zeta: zeta?,
        u_w_per_m_k: u_w_per_m_k?,
        t_ground_c: t_ground_c?,
        q_ext_w: q_ext_w?,
        in_service: in_service?,
    })
}

/// Heat transfer of a buried pipe per length, W/(m K): insulation `ln(D/d) / (2 pi lambda)` and ground
/// `arcosh(2 h / D) / (2 pi lambda_ground)` in series (shape factor of a cylinder below a plane; EN 13941), with `h` the depth
/// of its axis under 0.8 m of cover. The wall is left out: steel resists ten thousand times less.
pub fn buried_u_w_per_m_k(d_inner_m: f64, insulation_mm: f64, conductivity_w_per_m_k: f64) -> f64 {
    let outer_m = d_inner_m + 2.0 * insulation_mm / 1000.0;
    let depth_m = COVER_M + outer_m / 2.0;
    let insulation = (outer_m / d_inner_m).ln() / conductivity_w_per_m_k;
    let ground = (2.0 * depth_m / outer_m).acosh() / GROUND_W_PER_M_K;
    2.0 * std::f64::consts::PI / (insulation + ground)
}

fn valve(row: &mut Row<'_, '_>, junctions: &Ids) -> Option<Valve> {
    let id = row.id("id");
    let (from, to) = ends(row, ["from", "to"], junctions);
    let d_inner_m = row.above_zero("d_inner_m", None, DIAMETER_M_MAX);
    let zeta = row.number("zeta", Some(0.0), 0.0, ANY);
    let open = row.flag("open", true);
    Some(Valve { id: id?, from: from?, to: to?, d_inner_m: d_inner_m?, zeta: zeta?, open: open? })
}

fn pump(row: &mut Row<'_, '_>, junctions: &Ids, feeders: &Ids) -> Option<Pump> {
    let id = row.id("id");
    let (from, to) = ends(row, ["from", "to"], junctions);
    let curve = curve(row);
    let feeder = a_feeder(row, feeders);
    let bypass = row.flag("bypass", false);
    let in_service = row.flag("in_service", true);
    Some(Pump {
        id: id?,
        from: from?,
        to: to?,
        curve: curve?,
        feeder: feeder?,
        bypass: bypass?,
        in_service: in_service?,
    })
}

/// Coefficients as they are, or a curve through points (m3/h : bar).
fn curve(row: &mut Row<'_, '_>) -> Option<PumpCurve> {
    const HINT: &str = "fill in curve_bar or curve_points, not both";
    const ALLOWED: &str =
        "one of: coefficients of bar over m3/h such as \"-0.0001 0 8\"; points m3/h:bar such as \"0:8 300:6\"";
    let (coefficients, points) = (row.word("curve_bar").to_owned(), row.word("curve_points").to_owned());
    let number = |word: &str| word.parse::<f64>().ok().filter(|x| x.is_finite() && x.abs() <= ANY);
    let coefficients_of = |text: &str| text.split_whitespace().map(number).collect::<Option<Vec<f64>>>();
    let points_of = |text: &str| {
        let point = |word: &str| word.split_once(':').and_then(|(q, h)| Some((number(q)?, number(h)?)));
        text.split_whitespace().map(point).collect::<Option<Vec<_>>>()
    };
    let read = match (coefficients.is_empty(), points.is_empty()) {
        (true, true) => {
            row.fault("no-curve", "curve_bar", "", "the pump has no curve", ALLOWED, HINT);
            return None;
        }
        (false, true) => coefficients_of(&coefficients).filter(|c| c.len() <= CURVE_NUMBERS_MAX),
        (true, false) => points_of(&points).filter(|p| p.len() <= CURVE_NUMBERS_MAX).and_then(|p| through(&p)),
        (false, false) => None,
    };
    let curve = read.map(|coefficients| PumpCurve { coefficients });
    if curve.as_ref().is_none_or(|c| c.lift_bar(0.0).0 <= 0.0) {
        let (column, text) = if points.is_empty() { ("curve_bar", coefficients) } else { ("curve_points", points) };
        row.fault("bad-curve", column, &text, "this is no curve of a pump that lifts", ALLOWED, HINT);
        return None;
    }
    curve
}

/// Most coefficients or points of a pump.
const CURVE_NUMBERS_MAX: usize = 64;

/// The curve through points: level through one, straight through two, from three on the parabola of least squares.
/// `None` where flows are negative or too few of them differ.
fn through(points: &[(f64, f64)]) -> Option<Vec<f64>> {
    if points.iter().any(|p| p.0 < 0.0) {
        return None;
    }
    let terms = points.len().min(3);
    // Normal equations in flows scaled to 1, so that they stay well conditioned.
    let scale = points.iter().map(|p| p.0).fold(0.0, f64::max).max(1.0);
    let mut a = [[0.0; 4]; 3];
    for &(flow, lift) in points {
        let powers = [1.0, flow / scale, (flow / scale) * (flow / scale)];
        for i in 0..terms {
            for j in 0..terms {
                a[i][j] += powers[i] * powers[j];
            }
            a[i][3] += powers[i] * lift;
        }
    }
    let mut x = eliminated(a, terms)?;
    x.iter_mut().zip([1.0, scale, scale * scale]).for_each(|(x, s)| *x /= s);
    Some(x[..terms].iter().rev().copied().collect())
}

/// Solves a symmetric positive definite system of at most three equations; `None` if it is singular.
fn eliminated(mut a: [[f64; 4]; 3], n: usize) -> Option<[f64; 3]> {
    let size = a[0][0].max(1.0);
    for k in 0..n {
        if a[k][k] <= 1e-9 * size {
            return None;
        }
        for i in k + 1..n {
            let factor = a[i][k] / a[k][k];
            let pivot = a[k];
            a[i].iter_mut().zip(pivot).for_each(|(x, p)| *x -= factor * p);
        }
    }
    let mut x = [0.0; 3];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * x[j]).sum();
        x[k] = (a[k][3] - known) / a[k][k];
    }
    Some(x)
}

fn source(row: &mut Row<'_, '_>, junctions: &Ids, feeders: &Ids, network: &Network) -> Option<HeatSource> {
    let id = row.id("id");
    let kind = source_kind(row);
    let (return_junction, supply_junction) = ends(row, ["return_junction", "supply_junction"], junctions);
    let heat_mw_max = row.above_zero("heat_mw_max", None, ANY);
    let t_supply_c = row.number("t_supply_c", None, WATER_C.0, WATER_C.1);
    let lift_bar = row.above_zero("lift_bar", None, 1000.0);
    let p_return_bar = if row.word("p_return_bar").is_empty() {
        Some(None)
    } else {
        row.above_zero("p_return_bar", None, 1000.0).map(Some)
    };
    let feeder = a_feeder(row, feeders);
    let generator = generator(row, network);
    let heat_per_power = row.number("heat_per_power", Some(0.0), 0.0, 1000.0);
    let heat_mw_alone = row.number("heat_mw_alone", Some(0.0), 0.0, ANY);
    let in_service = row.flag("in_service", true);
    Some(HeatSource {
        id: id?,
        name: row.raw("name").to_owned(),
        kind: kind?,
        return_junction: return_junction?,
        supply_junction: supply_junction?,
        heat_mw_max: heat_mw_max?,
        t_supply_c: t_supply_c?,
        lift_bar: lift_bar?,
        p_return_bar: p_return_bar?,
        feeder: feeder?,
        generator: generator?,
        heat_per_power: heat_per_power?,
        heat_mw_alone: heat_mw_alone?,
        in_service: in_service?,
    })
}

fn source_kind(row: &mut Row<'_, '_>) -> Option<SourceKind> {
    let word = row.id("kind")?;
    let kind = SourceKind::ALL.into_iter().find(|k| k.name() == word);
    if kind.is_none() {
        let allowed = SourceKind::ALL.map(SourceKind::name).join(", ");
        row.fault("unknown-kind", "kind", &word, "unknown kind of source", &allowed, "use one of these words");
    }
    kind
}

/// The generator that a plant's heat is tied to, by its row in the network; `Some(None)` where none is named.
fn generator(row: &mut Row<'_, '_>, network: &Network) -> Option<Option<u32>> {
    if row.word("generator").is_empty() {
        return Some(None);
    }
    let named = row.whole("generator", None, 1, u32::MAX)?;
    let found = network.generators.iter().position(|g| g.row == named);
    if found.is_none() {
        let allowed = format!("rows 1 to {} of the generator table", network.generators.len());
        let hint = "give the row of the table, counted from 1";
        row.fault("unknown-generator", "generator", &named.to_string(), "no such generator", &allowed, hint);
    }
    found.map(|k| Some(k as u32))
}

fn substation(row: &mut Row<'_, '_>, junctions: &Ids, feeders: &Ids) -> Option<Substation> {
    let id = row.id("id");
    let (supply_junction, return_junction) = ends(row, ["supply_junction", "return_junction"], junctions);
    let heat_kw = row.number("heat_kw", None, 0.0, ANY);
    let draw = draw(row);
    let dp_bar_min = row.number("dp_bar_min", Some(DP_BAR_MIN), 0.0, 1000.0);
    let t_return_c_min = row.number("t_return_c_min", Some(T_RETURN_C_MIN), WATER_C.0, WATER_C.1);
    let feeder = a_feeder(row, feeders);
    let in_service = row.flag("in_service", true);
    Some(Substation {
        id: id?,
        supply_junction: supply_junction?,
        return_junction: return_junction?,
        heat_kw: heat_kw?,
        draw: draw?,
        dp_bar_min: dp_bar_min?,
        t_return_c_min: t_return_c_min?,
        feeder: feeder?,
        in_service: in_service?,
    })
}

fn draw(row: &mut Row<'_, '_>) -> Option<Draw> {
    match (row.word("t_return_c").is_empty(), row.word("mdot_kg_per_s").is_empty()) {
        (false, true) => row.number("t_return_c", None, WATER_C.0, WATER_C.1).map(Draw::ReturnAt),
        (true, false) => row.number("mdot_kg_per_s", None, 0.0, ANY).map(Draw::Flow),
        _ => {
            let value = row.word("mdot_kg_per_s").to_owned();
            row.fault(
                "no-draw",
                "mdot_kg_per_s",
                &value,
                "a substation draws a given flow, or what lets its water leave at a given temperature",
                "one of t_return_c and mdot_kg_per_s",
                "fill in one of the two",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_meets_its_points() {
        assert_eq!(through(&[(100.0, 5.0)]), Some(vec![5.0]));
        let at = |c: &[f64], q: f64| c.iter().fold(0.0, |sum, c| sum * q + c);
        let line = through(&[(0.0, 8.0), (400.0, 4.0)]).unwrap();
        assert!((at(&line, 200.0) - 6.0).abs() < 1e-9 && line.len() == 2, "{line:?}");
        let parabola = through(&[(0.0, 8.0), (100.0, 7.9), (200.0, 7.6), (300.0, 7.1), (400.0, 6.4)]).unwrap();
        assert!((parabola[0] + 1e-5).abs() < 1e-12 && (at(&parabola, 400.0) - 6.4).abs() < 1e-9, "{parabola:?}");
        assert_eq!(through(&[(5.0, 8.0), (5.0, 4.0)]), None);
        assert_eq!(through(&[(-5.0, 8.0), (5.0, 4.0)]), None);
        assert_eq!(through(&[]), Some(vec![]));
    }

    #[test]
    fn heat_transfer_follows_from_insulation() {
        // DN100 with 40 mm of 0.04 W/(m K): insulation ln(1.8)/0.04 = 14.69, ground arcosh(2 * 0.89 / 0.18)/1.5 = 1.989.
        assert!((buried_u_w_per_m_k(0.1, 40.0, 0.04) - 0.3767).abs() < 1e-4);
        assert!(buried_u_w_per_m_k(1.4, 0.0, 0.04) > 2.0 * buried_u_w_per_m_k(1.4, 80.0, 0.04));
        assert!(buried_u_w_per_m_k(0.05, 40.0, 0.04) < buried_u_w_per_m_k(0.5, 40.0, 0.04));
    }
}
