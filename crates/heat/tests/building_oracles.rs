//! Cooling and single hours against stored tables: closed forms, and another implementation of ISO 13790.

use relight_heat::building::one_node::{hours_to, t_after_c, t_inf_c};
use relight_heat::building::rc::{Drive, MASS_TO_SURFACE_W_PER_M2_K, SURFACE_TO_AIR_W_PER_M2_K, SetPoints, Zone};
use serde_json::Value;
use std::path::PathBuf;

fn oracle(name: &str) -> Option<Value> {
    let root = std::env::var_os("RELIGHT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join("oracles/heat/analytic").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn cooling_follows_the_table_to_a_thousandth_of_an_hour() {
    let Some(cases) = oracle("lumped_cooling.json") else { return };
    let (mut checked, mut worst_h) = (0, 0.0f64);
    for case in cases.as_array().expect("a list") {
        let get = |key: &str| number(&case[key]);
        let t_inf = t_inf_c(get("t_out"), get("heat_share"), 20.0);
        assert!((t_inf - get("t_inf")).abs() < 1e-9, "{case}");
        for (hours, expected) in case["t_after"].as_object().expect("a map") {
            let got = t_after_c(get("t_in0"), t_inf, get("beta_h"), hours.parse().expect("hours"));
            assert!((got - number(expected)).abs() < 1e-4, "{case} after {hours}: {got}");
        }
        for (mark, expected) in case["hours_to"].as_object().expect("a map") {
            let got = hours_to(mark.parse().expect("a temperature"), get("t_in0"), t_inf, get("beta_h"));
            match (got, expected.as_f64()) {
                (Some(got), Some(expected)) => worst_h = worst_h.max((got - expected).abs()),
                (got, expected) => assert_eq!(got, expected, "{case} to {mark}"),
            }
            checked += 1;
        }
    }
    println!("{checked} times, the worst off by {worst_h:.1e} h");
    assert!(checked == 560 && worst_h < 1e-3, "{checked}, {worst_h}");
}

/// The zone of the stored cases: its inner surfaces are those of the room, its walls carry no correction for the mass.
fn zone(building: &Value) -> Zone {
    let get = |key: &str| number(&building[key]);
    let (depth, width, height) = (get("room_depth"), get("room_width"), get("room_height"));
    let area_m2 = depth * width;
    let area_total_m2 = 2.0 * (area_m2 + height * (depth + width));
    let area_mass_m2 = 2.5 * area_m2;
    let changes_per_h = get("ach_vent") + get("ach_infl");
    let recovered = get("ach_vent") / changes_per_h * get("ventilation_efficiency");
    Zone {
        area_m2,
        h_ve: 1200.0 * (1.0 - recovered) * area_m2 * height * changes_per_h / 3600.0,
        h_is: SURFACE_TO_AIR_W_PER_M2_K * area_total_m2,
        h_w: get("u_windows") * get("window_area"),
        h_ms: MASS_TO_SURFACE_W_PER_M2_K * area_mass_m2,
        h_em: get("u_walls") * (get("external_envelope_area") - get("window_area")),
        capacity_j_per_k: get("thermal_capacitance_per_floor_area") * area_m2,
        area_mass_m2,
        area_total_m2,
    }
}

#[test]
fn single_hours_are_those_of_another_implementation() {
    let Some(stored) = oracle("rc5r1c.json") else { return };
    let cases = stored["cases"].as_array().expect("a list");
    for case in cases {
        let (inputs, building, expected) = (&case["inputs"], &case["building"], &case["expected"]);
        let zone = zone(building);
        let drive = Drive {
            t_out_c: number(&inputs["t_out"]),
            t_supply_c: number(&inputs["t_out"]),
            internal_w: number(&inputs["internal_gains"]),
            solar_w: number(&inputs["solar_gains"]),
        };
        let set = SetPoints {
            heat_c: number(&building["t_set_heating"]),
            cool_c: number(&building["t_set_cooling"]),
            heat_w_max: number(&building["max_heating_energy_per_floor_area"]) * zone.area_m2,
            cool_w_max: -number(&building["max_cooling_energy_per_floor_area"]) * zone.area_m2,
        };
        let (heat_w, step) = zone.held(number(&inputs["t_m_prev"]), &drive, &set);
        let name = &case["name"];
        // Expected values are rounded to two digits.
        assert!((step.t_mass_c - number(&expected["t_m"])).abs() < 0.01, "{name}: mass {}", step.t_mass_c);
        assert!((heat_w - number(&expected["energy_demand"])).abs() < 0.01, "{name}: {heat_w} W");
    }
    println!("{} hours", cases.len());
    assert_eq!(cases.len(), 17);
}
