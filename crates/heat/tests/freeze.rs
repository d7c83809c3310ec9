//! Pipes that freeze, against the stored table of closed forms.

use relight_heat::freeze::StandingPipe;
use std::path::PathBuf;

#[test]
fn pipes_freeze_by_the_table_to_a_thousandth_of_an_hour() {
    let root = std::env::var_os("RELIGHT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join("oracles/heat/analytic/pipe_freeze.json");
    let Ok(text) = std::fs::read_to_string(&path) else { return eprintln!("SKIPPED: {} is not there", path.display()) };
    let cases: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let (mut count, mut worst_h) = (0, 0.0f64);
    for case in cases.as_array().expect("a list") {
        let get = |key: &str| case[key].as_f64().expect("a number");
        let pipe = StandingPipe {
            d_inner_m: get("d_i"),
            d_outer_m: get("d_o"),
            insulation_m: get("ins_m"),
            insulation_w_per_m_k: get("k_ins"),
            film_w_per_m2_k: get("h_out"),
        };
        assert!((pipe.resistance_m_k_per_w() - get("R_mK_W")).abs() < 1e-4, "{case}");
        assert!((pipe.capacity_j_per_m_k() - get("C_J_mK")).abs() < 0.1, "{case}");
        let hours = pipe.hours(get("T_water0"), get("T_air")).expect("frost");
        for (got, expected) in [
            (hours.to_zero_h, "hours_to_0C"),
            (hours.to_slush_h, "hours_5pct_ice"),
            (hours.to_solid_h, "hours_full_ice"),
        ] {
            worst_h = worst_h.max((got - get(expected)).abs());
        }
        count += 1;
    }
    println!("{count} pipes, the worst off by {worst_h:.1e} h");
    assert!(count == 162 && worst_h < 1e-3, "{count}, {worst_h}");
}
