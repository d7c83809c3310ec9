//! Contract of the scenario folder: what is read, what is refused and how, what is written.

#![allow(clippy::unwrap_used)] // a test stops at what it does not expect

use relight_formats::scenario::{self, Existing, InitError, PEOPLE_PER_MW, WriteError};
use relight_model::{
    Assumption, BranchKind, BuildingKind, Class, Draw, Finding, GeoPoint, HeatDamage, HeatNetwork, HeatSource, Heating,
    Junction, JunctionIdx, Pipe, Pump, PumpCurve, Radiation, Scenario, Severity, SourceKind, Substation, SubstationIdx,
    Thermometer, UtcSecond, Valve, WeatherSeries,
};
use std::fs;
use std::path::{Path, PathBuf};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two_islands")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::write(&target, fs::read(&path).unwrap()).unwrap() }
    }
}

fn read_good(dir: &Path) -> Scenario {
    let (scenario, findings) = scenario::read(dir);
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{shown:#?}");
    scenario.unwrap()
}

#[test]
fn the_example_reads_without_any_finding() {
    let s = read_good(&example());
    assert_eq!((s.name.as_str(), s.name_uk.as_str(), s.revision), ("Two Banks", "Два береги", 3));
    assert_eq!((s.horizon.step_s, s.horizon.steps, s.horizon.start), (1800, 48, UtcSecond(1_768_888_800)));
    assert_eq!((s.network.buses.len(), s.network.branches.len(), s.network.generators.len()), (6, 5, 2));
    assert_eq!((s.feeders.len(), s.network.loads.len(), s.profiles.len()), (8, 8, 2));
    assert_eq!(s.network.branches[1].kind, BranchKind::Transformer);
    assert_eq!((s.network.branches[1].tap, s.network.branches[0].tap), (0.98, 1.0));
    assert_eq!(s.network.branches[0].rate_b_mva, None);
    assert_eq!(s.feeders[3].name, "Mill, Saw & Sons");
    assert_eq!(s.feeders[0].class, Class::Hospital);
    assert!(s.feeders[0].protected && s.feeders[0].queue.is_none());
    assert_eq!(s.class_weights[Class::Industry.i()], 0.3);
    assert_eq!(s.class_weights[Class::Hospital.i()], 100.0);
    assert_eq!(s.geography.buses[0], Some(GeoPoint { lon_deg: -29.52, lat_deg: 50.02 }));
    assert_eq!(s.geography.districts[1].outline.len(), 4);
    assert_eq!((s.geography.waters.len(), s.geography.streets.len(), s.geography.buildings.len()), (1, 1, 2));
    assert_eq!(s.damage.branches, [3]);
    assert!(s.assumptions.is_empty());
    // 06:00 UTC is 08:00 in Kyiv: half-hour 16 of the profile.
    assert_eq!((s.demand_factor(1, 0), s.demand_factor(0, 0)), (0.76, 1.0));
    assert_eq!(s.network.loads[5].p_mw, 17.0);
    assert_eq!(s.network.loads[5].row, 6);
}

#[test]
fn written_and_read_again_is_the_same() {
    let original = read_good(&example());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/copy");
    scenario::write(&path, &original, Existing::Keep).unwrap();
    assert_eq!(read_good(&path), original);

    // Everything that can be there, with numbers that have no short decimal and names that want quotes.
    let mut rich = original;
    rich.name = "Quotes \" and \\ and\ttab".to_owned();
    rich.assumptions =
        vec![Assumption::NoHvdc, Assumption::PeopleFromPower { people_per_mw: 1100.0 }, Assumption::DcOnly];
    rich.hvdc = true;
    rich.feeders[0].id = "#1".to_owned();
    rich.feeders[1].name = " blanks, \"quotes\" ".to_owned();
    rich.feeders[2].p_mw = 0.1 + 0.2;
    rich.network.loads[2].p_mw = 0.1 + 0.2;
    rich.network.buses[2].vm_pu_max = f64::INFINITY;
    rich.network.branches[0].r_pu = 1e-7 / 3.0;
    rich.network.branches[0].angle_deg_min = -30.0;
    rich.network.branches[0].rate_b_mva = Some(1234.5678901234567);
    rich.network.generators[0].q_mvar_max = f64::INFINITY;
    rich.network.generators[0].cost = Some(relight_model::Cost {
        startup: 10.0,
        shutdown: 0.0,
        curve: relight_model::CostCurve::Polynomial(vec![0.01, 20.0 / 3.0, 0.0]),
    });
    rich.network.generators[1].cost = Some(relight_model::Cost {
        startup: 0.0,
        shutdown: 1.5,
        curve: relight_model::CostCurve::Piecewise(vec![(0.0, 0.0), (10.0, 250.5)]),
    });
    rich.network.switches.push(relight_model::Switch {
        from: relight_model::BusIdx(0),
        to: relight_model::BusIdx(1),
        closed: false,
        row: 1,
    });
    rich.network.hvdc_lines.push(relight_model::HvdcLine {
        from: relight_model::BusIdx(1),
        to: relight_model::BusIdx(3),
        in_service: true,
        p_from_mw: 10.0,
        q_from_mvar: 1.0,
        q_to_mvar: -1.0,
        vm_from_pu: 1.0,
        vm_to_pu: 1.01,
        p_mw_min: -20.0,
        p_mw_max: 20.0,
        q_from_mvar_min: f64::NEG_INFINITY,
        q_from_mvar_max: 5.0,
        q_to_mvar_min: -5.0,
        q_to_mvar_max: f64::INFINITY,
        loss_mw: 0.2,
        loss_share: 0.01,
        row: 1,
    });
    rich.network.generators[0].ramp_mw_per_min = Some(1.5);
    rich.network.generators[1].energy_mwh = Some(640.0);
    rich.network.storages.push(relight_model::Storage {
        bus: relight_model::BusIdx(2),
        in_service: false,
        p_mw: -1.0,
        q_mvar: 0.5,
        energy_mwh: 3.0,
        energy_mwh_max: 10.0,
        charge_mw_max: 2.0,
        discharge_mw_max: 4.0,
        charge_efficiency: 0.95,
        discharge_efficiency: 0.9,
        q_mvar_min: -1.0,
        q_mvar_max: 1.0,
        row: 1,
    });
    rich.geography.buses[4] = None;
    warm(&mut rich);
    scenario::write(&path, &rich, Existing::Replace).unwrap();
    // Not assert_eq: two scenarios side by side help nobody.
    assert!(read_good(&path) == rich, "what is read differs from what was written");
}

/// Gives a scenario everything that heat can have, with numbers that have no short decimal.
fn warm(scenario: &mut Scenario) {
    let at = GeoPoint { lon_deg: -29.5, lat_deg: 1.0 / 3.0 };
    let junction = |id: &str, at| Junction { id: id.to_owned(), height_m: 0.1 + 0.2, t_c: 55.5, at, in_service: true };
    let pipe = |id: &str, from, to| Pipe {
        id: id.to_owned(),
        from: JunctionIdx(from),
        to: JunctionIdx(to),
        length_m: 1000.0 / 3.0,
        d_inner_m: 0.207,
        roughness_mm: 0.5,
        zeta: 1.25,
        u_w_per_m_k: 0.43,
        t_ground_c: -1.5,
        q_ext_w: 7.0,
        in_service: true,
    };
    let substation = |id: &str, draw| Substation {
        id: id.to_owned(),
        supply_junction: JunctionIdx(2),
        return_junction: JunctionIdx(3),
        heat_kw: 412.7,
        draw,
        dp_bar_min: 0.7,
        t_return_c_min: 18.0,
        feeder: None,
        in_service: true,
    };
    let plant = HeatSource {
        id: "CHP, east".into(),
        name: "ТЕЦ \"Схід\"".into(),
        kind: SourceKind::Chp,
        return_junction: JunctionIdx(1),
        supply_junction: JunctionIdx(0),
        heat_mw_max: 30.0,
        t_supply_c: 120.0,
        lift_bar: 6.1,
        p_return_bar: Some(2.4),
        feeder: None,
        generator: Some(1),
        heat_per_power: 1.6,
        heat_mw_alone: 1.2,
        in_service: true,
    };
    let pump = Pump {
        id: "PS1".into(),
        from: JunctionIdx(0),
        to: JunctionIdx(4),
        curve: PumpCurve { coefficients: vec![-6.1e-7, 0.0, 2.4] },
        feeder: Some(4),
        bypass: true,
        in_service: false,
    };
    let valve = |id: &str, open| Valve {
        id: id.to_owned(),
        from: JunctionIdx(0),
        to: JunctionIdx(2),
        d_inner_m: 0.1,
        zeta: 0.5,
        open,
    };
    scenario.heat = Some(HeatNetwork {
        junctions: ["S0", "R0", "S1", "R1", "S0 behind"]
            .iter()
            .zip([Some(at), None, None, Some(at), None])
            .map(|(id, at)| junction(id, at))
            .collect(),
        pipes: vec![pipe("P1S", 0, 2), pipe("P1R", 3, 1)],
        valves: vec![valve("V1", true), valve("V2", false)],
        pumps: vec![pump],
        sources: vec![plant],
        substations: vec![
            substation("H1", Draw::ReturnAt(60.0)),
            Substation { feeder: Some(1), ..substation("H2", Draw::Flow(3.7)) },
        ],
        ..HeatNetwork::default()
    });
    let buildings = &mut scenario.geography.buildings;
    (buildings[0].kind, buildings[0].year) = (BuildingKind::Brick, Some(1931));
    (buildings[0].area_m2, buildings[0].electric_share) = (5000.0 / 3.0, 0.15);
    (buildings[0].heating, buildings[1].heating) = (Heating::District(SubstationIdx(1)), Heating::Stove);
    let radiation = Radiation { global_w_per_m2: 80.5, direct_normal_w_per_m2: 1.0 / 3.0, diffuse_w_per_m2: 40.0 };
    let start = UtcSecond(scenario.horizon.start.0 - 7200);
    let t_out_c: Vec<f64> = (0..30).map(|k| -20.0 - f64::from(k) / 7.0).collect();
    let radiation = vec![radiation; t_out_c.len()];
    scenario.weather = Some(WeatherSeries { start, step_s: 3600, t_out_c, radiation, site: None });
    let reading =
        |building, hours: i64, t_indoor_c| Thermometer { building, at: UtcSecond(start.0 + 3600 * hours), t_indoor_c };
    scenario.thermometers = vec![reading(1, 0, 18.4), reading(0, 1, 17.0), reading(0, 1, 17.2)];
    scenario.heat_damage =
        HeatDamage { pipes: vec!["P1R".into()], pumps: vec!["PS1".into()], sources: vec!["CHP, east".into()] };
}

#[test]
fn only_a_scenario_is_replaced_and_other_peoples_files_stay() {
    let original = read_good(&example());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    fs::create_dir(&path).unwrap();
    scenario::write(&path, &original, Existing::Keep).unwrap(); // an empty folder is taken
    let refused = scenario::write(&path, &original, Existing::Keep).unwrap_err();
    assert!(matches!(refused, WriteError::NotEmpty { is_scenario: true, .. }));
    assert!(refused.to_string().contains("replaced"), "{refused}");

    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::write(path.join("network/stale.csv"), "old").unwrap();
    scenario::write(&path, &original, Existing::Replace).unwrap();
    assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
    assert!(!path.join("network/stale.csv").exists());
    assert_eq!(read_good(&path), original);

    let other = dir.path().join("photos");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("a.jpg"), "x").unwrap();
    let refused = scenario::write(&other, &original, Existing::Replace).unwrap_err();
    assert!(matches!(refused, WriteError::NotEmpty { is_scenario: false, .. }), "{refused}");
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing temporary is left: {names:?}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_left() {
    let original = read_good(&example());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let refused = scenario::write(&file, &original, Existing::Replace).unwrap_err();
    assert!(matches!(refused, WriteError::NotAFolder { .. }), "{refused}");
    let refused = scenario::write(&file.join("below"), &original, Existing::Keep).unwrap_err();
    assert!(refused.to_string().contains("cannot be written") && refused.to_string().contains("hint"), "{refused}");
    let mut broken = original.clone();
    broken.feeders[0].id = " ".to_owned();
    let refused = scenario::write(&dir.path().join("new"), &broken, Existing::Keep).unwrap_err();
    assert!(matches!(refused, WriteError::NotWritable { .. }), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// Replaces `old` by `new` in a file of a copy of the example and returns the first error, or else the first finding.
fn spoil(file: &str, old: &str, new: &str) -> Finding {
    let dir = tempfile::tempdir().unwrap();
    copy(&example(), dir.path());
    spoil_in(dir.path(), file, old, new)
}

/// The same in a folder that may be spoiled.
fn spoil_in(folder: &Path, file: &str, old: &str, new: &str) -> Finding {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old} is not in {file}");
    fs::write(&path, text.replacen(old, new, 1)).unwrap();
    let (scenario, findings) = scenario::read(folder);
    assert_eq!(scenario.is_none(), findings.has_errors());
    let error = findings.iter().find(|f| f.severity == Severity::Error);
    let first = error.or_else(|| findings.iter().next()).expect("a finding").clone();
    if first.code != "weather-not-covering" {
        assert!(first.file.ends_with(file.rsplit('/').next().unwrap()), "{first}");
    }
    first
}

/// Code, row, field and value of what a change leads to; it must be an error with a message.
fn check(file: &str, old: &str, new: &str, expected: (&str, u32, &str, &str)) {
    let f = spoil(file, old, new);
    assert_eq!((f.code, f.row, f.field.as_str(), f.value.as_str()), expected, "{f}");
    assert_eq!(f.severity, Severity::Error);
    assert!(!f.allowed.is_empty() || !f.hint.is_empty(), "{f}");
}

#[test]
fn bad_feeders_are_named() {
    let header = "id,name,bus,class,queue,protected,people,p_mw,q_mvar,profile,district";
    check("feeders.csv", header, &header.replace(',', ";"), ("wrong-delimiter", 0, "delimiter", ";"));
    check("feeders.csv", header, &header.replace(',', "\t"), ("wrong-delimiter", 0, "delimiter", "tab"));
    check("feeders.csv", "class", "klass", ("missing-column", 0, "column", "class"));
    check("feeders.csv", "homes,1.1", "houses,1.1", ("unknown-class", 2, "class", "houses"));
    check("feeders.csv", "14000", "-14000", ("negative", 2, "people", "-14000"));
    check("feeders.csv", "14000", "14000.5", ("not-whole", 2, "people", "14000.5"));
    check("feeders.csv", "14000", "NaN", ("not-finite", 2, "people", "NaN"));
    check("feeders.csv", "14000", "", ("empty-cell", 2, "people", ""));
    check("feeders.csv", "14000,11", "14000,NaN", ("not-finite", 2, "p_mw", "NaN"));
    check("feeders.csv", "14000,11", "14000,1e308", ("out-of-range", 2, "p_mw", "1e308"));
    check("feeders.csv", "14000,11", "14000,inf", ("not-finite", 2, "p_mw", "inf"));
    check("feeders.csv", "14000,11", "14000,\"11,5\"", ("not-a-number", 2, "p_mw", "11,5"));
    check("feeders.csv", "E1,East homes,5", "E1,East homes,55", ("unknown-bus", 6, "bus", "55"));
    check("feeders.csv", "homes,west", "villas,west", ("unknown-profile", 2, "profile", "villas"));
    check("feeders.csv", "homes,west", "homes,north", ("unknown-district", 2, "district", "north"));
    check("feeders.csv", "W3,", "W2,", ("duplicate-id", 3, "id", "W2"));
    check("feeders.csv", ",west\nW2", "\nW2", ("too-few-columns", 1, "cells", "10"));
    check("feeders.csv", "1.1,,", "1.1,maybe,", ("not-a-flag", 2, "protected", "maybe"));
}

#[test]
fn bad_tables_beside_the_feeders_are_named() {
    check("districts.csv", "26500", "-1", ("negative", 1, "people", "-1"));
    check("districts.csv", "east,East", "west,East", ("duplicate-id", 2, "id", "west"));
    check("profiles.csv", "homes,0.55", "homes,-0.55", ("negative", 2, "f0000", "-0.55"));
    check("profiles.csv", "homes,0.55", "homes,NaN", ("not-finite", 2, "f0000", "NaN"));
    check("profiles.csv", ",f2330", "", ("missing-column", 0, "column", "f2330"));
    check("buildings.csv", "west,W2", "west,W9", ("unknown-feeder", 1, "feeder", "W9"));
    check("buildings.csv", "west,W2", ",W2", ("empty-cell", 1, "district", ""));
    check("buildings.csv", "-29.503", "-290.503", ("out-of-range", 1, "lon_deg", "-290.503"));
    check("network/branches.csv", "River line,line,2,4", "River line,line,2,44", ("unknown-bus", 3, "to", "44"));
    check("network/branches.csv", "2,4,0.01,0.04", "2,4,0,0", ("zero-impedance", 3, "x_pu", "0"));
    check("network/branches.csv", "2,4,0.01,0.04", "2,4,-0.01,0.04", ("negative-resistance", 3, "r_pu", "-0.01"));
    check("network/branches.csv", ",90,", ",-90,", ("negative", 3, "rate_a_mva", "-90"));
    check("network/buses.csv", "2,West 110", "1,West 110", ("duplicate-bus", 2, "id", "1"));
    check("network/buses.csv", "slack", "pv", ("no-reference", 0, "", ""));
    check("network/buses.csv", "6,East Plant 10,pv", "6,East Plant 10,slack", ("several-references", 6, "id", "6"));
    check("network/buses.csv", "slack", "swing", ("unknown-kind", 1, "kind", "swing"));
    check("network/generators.csv", "1,60,", "1,NaN,", ("not-finite", 1, "p_mw", "NaN"));
    check("damage.json", "[3]", "[9]", ("unknown-damage", 0, "branches", "9"));
    check("geography.geojson", "\"id\":\"west\"", "\"id\":\"up\"", ("unknown-district", 1, "id", "up"));
}

/// [`check`] on a folder that has everything that heat can have.
fn check_warm(file: &str, old: &str, new: &str, expected: (&str, u32, &str, &str)) {
    let mut scenario = read_good(&example());
    warm(&mut scenario);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("warm");
    scenario::write(&folder, &scenario, Existing::Keep).unwrap();
    let f = spoil_in(&folder, file, old, new);
    assert_eq!((f.code, f.row, f.field.as_str(), f.value.as_str()), expected, "{f}");
    assert!(!f.allowed.is_empty() || !f.hint.is_empty(), "{f}");
}

#[test]
fn bad_heat_is_named() {
    check_warm("heat/pipes.csv", ",0.207,", ",0,", ("not-positive", 1, "d_inner_m", "0"));
    check_warm("heat/pipes.csv", ",0.207,", ",-0.2,", ("negative", 1, "d_inner_m", "-0.2"));
    check_warm("heat/pipes.csv", ",333.3333333333333,", ",0,", ("not-positive", 1, "length_m", "0"));
    check_warm("heat/pipes.csv", ",333.3333333333333,", ",NaN,", ("not-finite", 1, "length_m", "NaN"));
    check_warm("heat/pipes.csv", "P1R,R1,R0", "P1R,R1,R9", ("unknown-junction", 2, "to", "R9"));
    check_warm("heat/pipes.csv", "P1R,R1,R0", "P1R,R1,R1", ("same-junction", 2, "to", "R1"));
    check_warm("heat/pipes.csv", "P1R", "P1S", ("duplicate-id", 2, "id", "P1S"));
    check_warm("heat/pipes.csv", ",0.43,-1.5", ",,-1.5", ("empty-cell", 1, "u_w_per_m_k", ""));
    check_warm("heat/junctions.csv", "R0,", "S0,", ("duplicate-id", 2, "id", "S0"));
    check_warm("heat/junctions.csv", "55.5", "NaN", ("not-finite", 1, "t_c", "NaN"));
    check_warm("heat/pumps.csv", "-0.00000061 0 2.4", "", ("no-curve", 1, "curve_bar", ""));
    check_warm(
        "heat/pumps.csv",
        "-0.00000061 0 2.4",
        "-0.00000061 0 -2.4",
        ("bad-curve", 1, "curve_bar", "-0.00000061 0 -2.4"),
    );
    check_warm("heat/pumps.csv", "-0.00000061 0 2.4", "2 bar", ("bad-curve", 1, "curve_bar", "2 bar"));
    check_warm("heat/pumps.csv", ",W5,", ",W9,", ("unknown-feeder", 1, "feeder", "W9"));
    check_warm("heat/sources.csv", ",30,120,", ",0,120,", ("not-positive", 1, "heat_mw_max", "0"));
    check_warm("heat/sources.csv", ",30,120,", ",,120,", ("empty-cell", 1, "heat_mw_max", ""));
    check_warm("heat/sources.csv", ",chp,", ",coal,", ("unknown-kind", 1, "kind", "coal"));
    check_warm("heat/sources.csv", ",R0,S0,", ",R0,R0,", ("same-junction", 1, "supply_junction", "R0"));
    check_warm("heat/sources.csv", ",2,1.6,", ",3,1.6,", ("unknown-generator", 1, "generator", "3"));
    check_warm("heat/substations.csv", ",60,,", ",,,", ("no-draw", 1, "mdot_kg_per_s", ""));
    check_warm("heat/substations.csv", "H1,S1,R1", "H1,S1,S1", ("same-junction", 1, "return_junction", "S1"));
    check_warm("buildings.csv", ",1666.6666666666667,", ",0,", ("not-positive", 1, "area_m2", "0"));
    check_warm("buildings.csv", "district,H2", "district,H7", ("unknown-substation", 1, "substation", "H7"));
    check_warm("buildings.csv", "district,H2", "own,H2", ("heating-differs", 1, "heating", "own"));
    check_warm("buildings.csv", "stove", "coal", ("unknown-heating", 2, "heating", "coal"));
    check_warm("buildings.csv", "district,H2", "district,", ("no-substation", 1, "substation", ""));
    check_warm("buildings.csv", "brick,1931", "mud,1931", ("unknown-kind", 1, "kind", "mud"));
    check_warm("thermometers.csv", "east-1", "east-9", ("unknown-building", 1, "building", "east-9"));
    check_warm("thermometers.csv", "18.4", "184", ("out-of-range", 1, "t_indoor_c", "184"));
    check_warm("thermometers.csv", "2026-01-20T04:00:00Z", "tonight", ("not-an-instant", 1, "at", "tonight"));
    check_warm("damage.json", "\"P1R\"", "\"P9\"", ("unknown-damage", 0, "heat_pipes", "P9"));
    check_warm("damage.json", "[\"PS1\"]", "[\"PS1\",\"PS1\"]", ("duplicate-damage", 0, "heat_pumps", "PS1"));
    check_warm("weather.csv", ",-20.142857142857142,", ",NaN,", ("not-finite", 2, "t_out_c", "NaN"));
    let covered = "2026-01-20T04:00:00Z to 2026-01-21T10:00:00Z";
    check_warm("scenario.toml", "steps = 48", "steps = 144", ("weather-not-covering", 0, "t", covered));
}

#[test]
fn insulation_points_and_silence_have_their_defaults() {
    let mut scenario = read_good(&example());
    warm(&mut scenario);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("warm");
    scenario::write(&folder, &scenario, Existing::Keep).unwrap();
    let pipes = "id,from,to,length_m,d_inner_m,insulation_mm\nP1S,S0,S1,100,0.1,40\nP1R,R1,R0,100,0.1,40\n";
    fs::write(folder.join("heat/pipes.csv"), pipes).unwrap();
    let pumps = "id,from,to,curve_points\nPS1,S0,S0 behind,0:8 400:4\n";
    fs::write(folder.join("heat/pumps.csv"), pumps).unwrap();
    let buildings = "id,lon_deg,lat_deg,district,feeder,floors,people,substation\n\
                     west-1,-29.503,50.012,west,W2,9,216,H1\neast-1,-29.435,50.012,east,E1,16,380,\n";
    fs::write(folder.join("buildings.csv"), buildings).unwrap();
    let (read, findings) = scenario::read(&folder);
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["heating-not-known"]);
    let read = read.unwrap();
    let net = read.heat.unwrap();
    assert!((net.pipes[0].u_w_per_m_k - scenario::buried_u_w_per_m_k(0.1, 40.0, 0.04)).abs() < 1e-12);
    assert_eq!((net.pipes[0].roughness_mm, net.pipes[0].zeta), (0.5, 0.0));
    assert!((net.pumps[0].curve.lift_bar(200.0).0 - 6.0).abs() < 1e-9 && !net.pumps[0].bypass);
    let [west, east] = &read.geography.buildings[..] else { panic!("two buildings") };
    assert_eq!((west.heating, east.heating), (Heating::District(SubstationIdx(0)), Heating::Unknown));
    assert_eq!((west.kind, west.area_m2), (BuildingKind::Panel, 216.0 * 24.0));
}

#[test]
fn bad_settings_are_named_with_their_line() {
    check("scenario.toml", "revision = 3", "revison = 3", ("unknown-key", 7, "key", "revison"));
    check("scenario.toml", "steps = 48", "step = 48", ("unknown-key", 12, "key", "step"));
    check("scenario.toml", "homes = 1.0", "houses = 1.0", ("unknown-key", 19, "key", "houses"));
    check("scenario.toml", "Europe/Kyiv", "Europe/Atlantis", ("unknown-time-zone", 5, "time_zone", "Europe/Atlantis"));
    check("scenario.toml", "05:30:00Z", "05:30", ("not-an-instant", 6, "as_of", "2026-01-20T05:30"));
    check(
        "scenario.toml",
        "step_minutes = 30",
        "step_minutes = 25",
        ("out-of-range", 11, "horizon.step_minutes", "25"),
    );
    check("scenario.toml", "step_minutes = 30", "step_minutes = 3", ("out-of-range", 11, "horizon.step_minutes", "3"));
    check("scenario.toml", "steps = 48", "steps = 20000", ("out-of-range", 12, "horizon.steps", "20000"));
    check("scenario.toml", "steps = 48", "steps = \"48\"", ("wrong-type", 12, "horizon.steps", "string"));
    check("scenario.toml", "homes = 1.0", "homes = 0", ("out-of-range", 19, "weights.homes", "0"));
    check("scenario.toml", "homes = 1.0", "homes = nan", ("not-finite", 19, "weights.homes", "nan"));
    check("scenario.toml", "base_mva = 100", "", ("missing-base", 0, "key", "network.base_mva"));
    check(
        "scenario.toml",
        "file = \"network\"",
        "file = \"../network\"",
        ("outside-folder", 15, "network.file", "../network"),
    );
    check("scenario.toml", "scenario/1", "scenario/9", ("unknown-schema", 2, "schema", "relight.scenario/9"));
    check("scenario.toml", "name = \"Two Banks\"", "", ("missing-key", 0, "key", "name"));
    let broken = spoil("scenario.toml", "name = \"Two Banks\"", "name = Two Banks");
    assert_eq!((broken.code, broken.row), ("broken-toml", 3));
    assert!(!broken.hint.is_empty());
}

#[test]
fn absent_empty_and_binary_files_are_named() {
    let code = |change: &dyn Fn(&Path)| {
        let dir = tempfile::tempdir().unwrap();
        copy(&example(), dir.path());
        change(dir.path());
        let (scenario, findings) = scenario::read(dir.path());
        assert!(scenario.is_none());
        findings.iter().next().unwrap().code
    };
    assert_eq!(code(&|d| fs::remove_dir_all(d).unwrap()), "missing-folder");
    assert_eq!(code(&|d| fs::remove_file(d.join("scenario.toml")).unwrap()), "missing-file");
    assert_eq!(code(&|d| fs::remove_file(d.join("feeders.csv")).unwrap()), "missing-file");
    assert_eq!(code(&|d| fs::remove_dir_all(d.join("network")).unwrap()), "missing-file");
    assert_eq!(code(&|d| fs::remove_file(d.join("network/buses.csv")).unwrap()), "missing-file");
    assert_eq!(code(&|d| fs::write(d.join("feeders.csv"), "").unwrap()), "empty-file");
    assert_eq!(code(&|d| fs::write(d.join("feeders.csv"), b"id\0\xFF").unwrap()), "not-text");
    assert_eq!(code(&|d| fs::write(d.join("damage.json"), b"{\"branch\":[1]}").unwrap()), "unknown-key");
    let big = |d: &Path| fs::File::create(d.join("buildings.csv")).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(code(&big), "file-too-large");
    let (nothing, findings) = scenario::read(&example().join("scenario.toml"));
    assert!(nothing.is_none() && findings.iter().next().unwrap().code == "missing-folder");
}

#[test]
fn what_the_data_outgrew_is_no_longer_stated() {
    let f = spoil("scenario.toml", "[weights]", "[assumed]\nall_homes = true\n[weights]");
    assert_eq!((f.code, f.severity), ("stale-assumption", Severity::Warning));
    let f = spoil("districts.csv", "26500", "80000");
    assert_eq!((f.code, f.row), ("people-differ", 1));
}

const CASE: &str = "function mpc = tiny
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;
2 1 50 10 0 5 1 1 0 110 1 1.1 0.9;
7 1 -3 0 0 0 2 1 0 110 1 1.1 0.9;
8 1 20 4 0 0 2 1 0 110 1 1.1 0.9;
];
mpc.gen = [1 60 0 50 -50 1 100 1 100 0;];
mpc.branch = [
1 2 0.01 0.1 0 100 0 0 0 0 1 -360 360;
2 7 0.01 0.1 0 100 0 0 0 0 1 -360 360;
7 8 0.01 0.1 0 100 0 0 0 0 1 -360 360;
];
";

#[test]
fn init_makes_a_scenario_that_reads_without_findings() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("tiny.m");
    fs::write(&case, CASE).unwrap();
    let folder = dir.path().join("scenario");
    let findings = scenario::init(&folder, &case, UtcSecond(1_768_888_800)).unwrap();
    assert!(findings.is_empty(), "{:?}", findings.iter().collect::<Vec<_>>());
    assert_eq!(fs::read(folder.join("tiny.m")).unwrap(), CASE.as_bytes());
    let s = read_good(&folder);
    let feeders: Vec<_> = s.feeders.iter().map(|f| (f.id.as_str(), f.people, f.p_mw, f.district)).collect();
    assert_eq!(feeders, [("F2", 55_000, 50.0, Some(0)), ("F7", 0, -3.0, Some(1)), ("F8", 22_000, 20.0, Some(1))]);
    assert_eq!(s.geography.districts.iter().map(|d| d.people).collect::<Vec<_>>(), [55_000, 22_000]);
    assert!(s.assumptions.contains(&Assumption::PeopleFromPower { people_per_mw: PEOPLE_PER_MW }));
    assert!(s.assumptions.contains(&Assumption::AllHomes) && s.assumptions.contains(&Assumption::ConstantDemand));
    assert_eq!((s.network.shunts[0].row, s.horizon.steps), (2, 144));
    // The draft is what its folder says.
    let network = relight_formats::read_network(&case).0.unwrap();
    assert_eq!(scenario::draft(network, "tiny", UtcSecond(1_768_888_800)), s);

    assert!(scenario::write_templates(&folder).unwrap().is_empty());
    fs::remove_file(folder.join("profiles.csv")).unwrap();
    assert_eq!(scenario::write_templates(&folder).unwrap(), ["profiles.csv"]);
    assert_eq!(read_good(&folder), s);

    let again = scenario::init(&folder, &case, UtcSecond(0)).unwrap_err();
    assert!(matches!(again, InitError::Write(WriteError::NotEmpty { .. })), "{again}");
    let absent = scenario::init(&dir.path().join("x"), Path::new("/nowhere/a.m"), UtcSecond(0)).unwrap_err();
    assert!(matches!(&absent, InitError::Network(f) if f.iter().next().unwrap().code == "missing-file"));
    assert!(!dir.path().join("x").exists());
}

#[test]
fn the_example_rows_of_the_templates_read_once_they_are_uncommented() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("tiny.m");
    fs::write(&case, CASE).unwrap();
    let folder = dir.path().join("scenario");
    scenario::init(&folder, &case, UtcSecond(1_768_888_800)).unwrap();
    for file in ["feeders.csv", "profiles.csv", "districts.csv", "buildings.csv", "bus_positions.csv"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let (comments, table): (Vec<&str>, Vec<&str>) = text.lines().partition(|l| l.starts_with('#'));
        let columns = table[0].split(',').count();
        let examples: Vec<&str> =
            comments.iter().map(|l| &l[2..]).filter(|l| l.split(',').count() == columns).collect();
        assert!(!examples.is_empty(), "{file} has no example row");
        let examples = examples.join("\n").replace(",hospital,d1", ",homes,d1");
        fs::write(folder.join(file), format!("{}\n{examples}\n", table.join("\n"))).unwrap();
    }
    let (scenario, findings) = scenario::read(&folder);
    assert!(!findings.has_errors(), "{:?}", findings.iter().map(ToString::to_string).collect::<Vec<_>>());
    let scenario = scenario.unwrap();
    assert_eq!((scenario.feeders.len(), scenario.profiles.len()), (5, 1));
    assert_eq!((scenario.geography.buildings.len(), scenario.geography.buses.len()), (1, 4));
}

#[test]
fn the_templates_of_heat_read_once_their_examples_are_uncommented() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("tiny.m");
    fs::write(&case, CASE).unwrap();
    let folder = dir.path().join("scenario");
    scenario::init(&folder, &case, UtcSecond(1_768_888_800)).unwrap();
    for file in ["pipes", "valves", "pumps", "sources", "substations"] {
        let path = folder.join("heat").join(file).with_extension("csv");
        let text = fs::read_to_string(&path).unwrap();
        let (comments, table): (Vec<&str>, Vec<&str>) = text.lines().partition(|l| l.starts_with('#'));
        let columns = table[0].split(',').count();
        let example = comments.iter().map(|l| &l[2..]).find(|l| l.split(',').count() == columns);
        fs::write(&path, format!("{}\n{}\n", table[0], example.expect(file).replace("F7-1", "F8"))).unwrap();
    }
    let path = folder.join("heat/junctions.csv");
    let rows: Vec<String> = ["J1S", "J1R", "J2S", "J2R", "J3S"].iter().map(|id| format!("{id},0")).collect();
    fs::write(&path, format!("id,height_m\n{}\n", rows.join("\n"))).unwrap();
    let net = read_good(&folder).heat.unwrap();
    let counts = (net.junctions.len(), net.pipes.len(), net.valves.len(), net.pumps.len(), net.sources.len());
    assert_eq!((counts, net.substations.len()), ((5, 1, 1, 1, 1), 1));
}

#[test]
fn demand_of_a_case_without_feeder_is_told_in_megawatts() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("tiny.m");
    fs::write(&case, CASE).unwrap();
    let folder = dir.path().join("scenario");
    scenario::init(&folder, &case, UtcSecond(0)).unwrap();
    let path = folder.join("feeders.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().filter(|l| !l.starts_with("F8")).collect::<Vec<_>>().join("\n")).unwrap();
    let (scenario, findings) = scenario::read(&folder);
    let finding = findings.iter().find(|f| f.code == "demand-not-planned").unwrap();
    assert!(finding.message.contains("20.0 MW at 1 load bus"), "{finding}");
    assert_eq!(finding.value, "8");
    assert_eq!(scenario.unwrap().network.loads.len(), 2);
}
