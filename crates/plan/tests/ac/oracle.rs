//! The same problems solved by others: Ipopt's AC deliveries, and the optimal power flows of the PGLib baseline.

use super::grid::delivered;
use super::{ac, pglib, shared};
use relight_model::{Network, Situation};
use relight_plan::deliver::{DeliverSettings, Objective};

/// Buses of the largest case whose cone bound is solved here too: it takes longer than the answer.
const BOUNDED: usize = 300;

/// The network after the damage list that comes with the oracle.
fn damaged(case: &str, network: &Network) -> Situation {
    let file = shared(&format!("oracles/deliver/ac/damage/{case}_1.json")).expect("a damage list");
    let damage = relight_formats::damage::read(&std::fs::read(file).expect("a file")).0.expect("a damage list");
    Situation::damaged(network, &damage).expect("it fits the case")
}

fn as_ipopt(cases: &[&str]) {
    let Some(table) = shared("oracles/deliver/ac/acmld.csv") else { return };
    let table = std::fs::read_to_string(table).expect("a table");
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let column = |name: &str| head.iter().position(|h| *h == name).expect("a column");
    let (case_column, found, proven) = (column("case"), column("obj_mw"), column("soc_mw"));
    let mut seen = 0;
    for row in lines.map(|l| l.split(',').collect::<Vec<_>>()).filter(|r| cases.contains(&r[case_column])) {
        let case = row[case_column];
        let network = pglib(case).expect("the case is there");
        let bound = network.buses.len() <= BOUNDED;
        let d = delivered(&network, &damaged(case, &network), &DeliverSettings { bound, ..ac() });
        let [found, proven] = [found, proven].map(|k| row[k].parse::<f64>().expect("a number"));
        assert!(d.objective_mw >= 0.999 * found, "{case}: {} MW, Ipopt finds {found}", d.objective_mw);
        assert!(d.failures.is_empty(), "{case}: {:?}", d.failures);
        assert!(d.max_violation_pu <= 1e-6, "{case}: {}", d.max_violation_pu);
        assert!(d.gap >= 0.0, "{case}: {}", d.gap);
        if d.opened.is_empty() {
            assert!(d.objective_mw <= proven * (1.0 + 1e-6), "{case}: {} MW beats the bound {proven}", d.objective_mw);
        }
        if bound {
            assert!((d.bound_mw - proven).abs() <= 1e-4 * proven, "{case}: bound {}, not {proven}", d.bound_mw);
        }
        seen += 1;
    }
    assert_eq!(seen, cases.len());
}

#[test]
fn small_deliveries_match_ipopt() {
    as_ipopt(&["14_ieee", "118_ieee", "300_ieee", "500_goc", "793_goc"]);
}

#[test]
fn deliveries_of_1354_buses_match_ipopt() {
    as_ipopt(&["1354_pegase"]);
}

#[test]
fn deliveries_of_2000_buses_match_ipopt() {
    as_ipopt(&["2000_goc"]);
}

#[test]
fn deliveries_of_2869_buses_match_ipopt() {
    as_ipopt(&["2869_pegase"]);
}

fn as_baseline(cases: &[&str]) {
    let Some(baseline) = shared("oracles/deliver/pglib/BASELINE.md") else { return };
    let baseline = std::fs::read_to_string(baseline).expect("a table");
    for case in cases {
        let name = format!("pglib_opf_case{case}");
        let row: Vec<&str> = baseline
            .lines()
            .map(|l| l.split('|').map(str::trim).collect::<Vec<_>>())
            .find(|r| r.get(1) == Some(&name.as_str()))
            .expect("a row of the baseline");
        // Case name, nodes, edges, DC, AC: the first such row is of typical operation.
        let want: f64 = row[5].parse().expect("a number");
        let network = pglib(case).expect("the case is there");
        let settings = DeliverSettings { objective: Objective::Cost, bound: false, ..ac() };
        let d = delivered(&network, &Situation::intact(&network), &settings);
        assert!(d.failures.is_empty() && d.opened.is_empty(), "{case}: {:?}", d.failures);
        let cost = d.cost_per_hour.expect("the cost was sought");
        assert!((cost - want).abs() <= 1e-4 * want, "{case}: {cost} per hour, the baseline says {want}");
        assert!(d.load_served.iter().zip(&network.loads).all(|(&z, l)| z == 1.0 || !l.in_service), "{case}");
    }
}

#[test]
fn least_cost_of_small_cases_matches_the_baseline() {
    as_baseline(&[
        "5_pjm",
        "14_ieee",
        "24_ieee_rts",
        "39_epri",
        "57_ieee",
        "73_ieee_rts",
        "118_ieee",
        "240_pserc",
        "300_ieee",
        "500_goc",
        "793_goc",
    ]);
}

#[test]
fn least_cost_of_1354_buses_matches_the_baseline() {
    as_baseline(&["1354_pegase"]);
}

#[test]
fn least_cost_of_2000_buses_matches_the_baseline() {
    as_baseline(&["2000_goc"]);
}
