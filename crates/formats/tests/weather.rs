//! Weather files: the ones that are right are read in full, and every fault has its name.

use jiff::tz::TimeZone;
use relight_formats::weather::{onto, read, read_bytes};
use relight_model::{Findings, UtcSecond, WeatherSeries};
use std::path::PathBuf;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a known zone")
}

fn csv(text: &str) -> (Option<WeatherSeries>, Findings) {
    read_bytes(text.as_bytes(), "weather.csv", &TimeZone::UTC)
}

fn codes(text: &str) -> Vec<&'static str> {
    let (series, findings) = csv(text);
    assert_eq!(series.is_none(), findings.has_errors());
    findings.iter().map(|f| f.code).collect()
}

#[test]
fn a_table_is_read_with_and_without_zones() {
    let (series, findings) =
        csv("t,t_out_c\n2026-01-15 00:00:00,-20\n2026-01-15T01:00:00,-21.5\n2026-01-15T02:00Z,-22\n");
    assert!(findings.is_empty(), "{findings:?}");
    let series = series.unwrap();
    assert_eq!((series.start, series.step_s), (UtcSecond(1_768_435_200), 3600));
    assert_eq!(series.t_out_c, [-20.0, -21.5, -22.0]);
    let local = b"t,t_out_c\n2026-01-15 02:00,-20\n2026-01-15 02:30,-21\n2026-01-15T03:00+02:00,-22\n";
    let series = read_bytes(local, "w.csv", &zone("Europe/Kyiv")).0.unwrap();
    assert_eq!((series.start, series.step_s, series.t_out_c.len()), (UtcSecond(1_768_435_200), 1800, 3));
}

#[test]
fn an_hour_that_clocks_repeat_is_two_hours_and_one_that_they_skip_is_none() {
    // Kyiv set its clocks back on 2025-10-26 at 04:00 and forward on 2026-03-29 at 03:00.
    let autumn = b"t,t_out_c\n2025-10-26 02:00,1\n2025-10-26 03:00,2\n2025-10-26 03:00,3\n2025-10-26 04:00,4\n";
    let (series, findings) = read_bytes(autumn, "w.csv", &zone("Europe/Kyiv"));
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(series.unwrap().t_out_c, [1.0, 2.0, 3.0, 4.0]);
    let spring = b"t,t_out_c\n2026-03-29 02:00,1\n2026-03-29 03:00,2\n2026-03-29 04:00,3\n";
    let (series, findings) = read_bytes(spring, "w.csv", &zone("Europe/Kyiv"));
    assert_eq!((series, findings.iter().map(|f| f.code).collect::<Vec<_>>()), (None, vec!["bad-instant"]));
}

#[test]
fn every_fault_of_a_table_has_its_code() {
    let table = |rows: &str| codes(&format!("t,t_out_c\n2026-01-15 00:00,-20\n2026-01-15 01:00,-20\n{rows}"));
    assert!(table("2026-01-15 02:00,-20\n").is_empty());
    assert_eq!(table("2026-01-15 03:00,-20\n2026-01-15 04:00,-20\n"), ["weather-gap"]);
    assert_eq!(table("2026-01-15 01:00,-20\n2026-01-15 02:00,-20\n"), ["weather-duplicate"]);
    assert_eq!(table("2026-01-14 23:00,-20\n"), ["weather-order"]);
    assert_eq!(table("2026-01-15 02:00,NaN\n"), ["not-finite"]);
    assert_eq!(table("2026-01-15 02:00,\n"), ["empty-cell"]);
    assert_eq!(table("2026-01-15 02:00,253\n"), ["out-of-range"]);
    assert_eq!(table("yesterday,-20\n"), ["bad-instant"]);
    assert_eq!(table(",-20\n"), ["empty-cell"]);
    assert_eq!(table("9999-01-15 02:00,-20\n"), ["bad-instant"]);
    assert_eq!(codes("t,t_out_c\n2026-01-15 00:00,-20\n"), ["weather-too-short"]);
    assert_eq!(codes("t,t_out_c\n2026-01-15,-20\n2026-01-17,-20\n"), ["weather-step"]);
    assert_eq!(codes("t,t_out_c\n2026-01-15 00:00,1\n2026-01-15 00:00,1\n2026-01-15 01:00,1\n"), ["weather-duplicate"]);
    assert_eq!(codes("t;t_out_c\n2026-01-15 00:00;-20\n"), ["wrong-delimiter"]);
    let sun = "t,t_out_c,global_w_per_m2\n2026-01-15 00:00,-20,0\n2026-01-15 01:00,-20,0\n";
    assert_eq!(codes(sun), ["radiation-incomplete"]);
    let long: String = (0..300_002).map(|k| format!("{},1\n", jiff::Timestamp::from_second(k * 60).unwrap())).collect();
    assert_eq!(codes(&format!("t,t_out_c\n{long}")), ["too-many-rows"]);
}

#[test]
fn a_message_says_where_and_what_is_expected() {
    let (_, findings) = csv("t,t_out_c\n2026-01-15 00:00,-20\n2026-01-15 01:00,-20\n2026-01-15 05:00,-20\n");
    let text = findings.iter().next().unwrap().to_string();
    for part in ["weather.csv", "row 3", "line 4", "2026-01-15 05:00", "2026-01-15T02:00:00Z", "hint"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_table_with_radiation_carries_it() {
    let (series, findings) = csv("t,t_out_c,global_w_per_m2,direct_normal_w_per_m2,diffuse_w_per_m2\n\
         2026-01-15 10:00,-20,100,250,40\n2026-01-15 11:00,-19,150,300,50\n");
    assert!(findings.is_empty(), "{findings:?}");
    let series = series.unwrap();
    assert_eq!((series.radiation[1].global_w_per_m2, series.radiation[1].diffuse_w_per_m2), (150.0, 50.0));
    let halves = onto(&series, series.start, 1800, 4).unwrap();
    assert_eq!(halves.radiation[3], series.radiation[1]);
}

const HEADER: &str =
    "LOCATION,Here,X,Y,Z,1,50.0,36.3,2.0,150\nDESIGN CONDITIONS,0\nDATA PERIODS,1,1,Data,Sunday,1/1,12/31\n";

fn epw_line(y: u32, m: u32, d: u32, h: u32, t: &str, sun: &str) -> String {
    format!("{y},{m},{d},{h},0,?,{t},-5,80,100000,0,0,200,{sun},0\n")
}

fn epw(data: &str) -> (Option<WeatherSeries>, Vec<&'static str>) {
    let (series, findings) = read_bytes(format!("{HEADER}{data}").as_bytes(), "x.EPW", &TimeZone::UTC);
    (series, findings.iter().map(|f| f.code).collect())
}

#[test]
fn a_line_of_an_epw_is_the_hour_that_ends_then_in_standard_time() {
    let line = |h, t: &str| epw_line(2026, 1, 15, h, t, "10,20,5");
    let (series, codes) = epw(&(line(1, "-7.5") + &line(2, "-8")));
    assert!(codes.is_empty(), "{codes:?}");
    let series = series.unwrap();
    assert_eq!((series.start, series.step_s), (UtcSecond(1_768_435_200 - 7200), 3600));
    assert_eq!(series.t_out_c, [-7.5, -8.0]);
    assert_eq!(series.radiation[0].direct_normal_w_per_m2, 20.0);
    assert_eq!(series.site.map(|s| (s.at.lon_deg, s.utc_offset_h)), Some((36.3, 2.0)));
}

#[test]
fn every_fault_of_an_epw_has_its_code() {
    let line = |h, t: &str| epw_line(2026, 1, 15, h, t, "10,20,5");
    let two = line(1, "1") + &line(2, "1");
    let with = |more: &str| epw(&(two.clone() + more));
    assert_eq!(with(&line(4, "1")).1, ["weather-gap"]);
    assert_eq!(with(&line(2, "1")).1, ["weather-duplicate"]);
    assert_eq!(with(&line(1, "1")).1, ["weather-order"]);
    assert_eq!(with(&line(3, "99.9")).1, ["out-of-range"]);
    assert_eq!(with(&line(3, "nan")).1, ["not-finite"]);
    assert_eq!(with(&line(3, "warm")).1, ["not-a-number"]);
    assert_eq!(with(&line(25, "1")).1, ["out-of-range"]);
    assert_eq!(with(&epw_line(2026, 2, 30, 1, "1", "0,0,0")).1, ["bad-instant"]);
    assert_eq!(with(&epw_line(2026, 1, 15, 3, "1", "9999,0,0")).1, ["radiation-incomplete"]);
    assert_eq!(with(&epw_line(2026, 1, 15, 3, "1", "-5,0,0")).1, ["negative"]);
    assert_eq!(with("2026,1,15\n").1, ["empty-cell", "empty-cell", "empty-cell"]);
    assert_eq!(epw(&line(1, "1")).1, ["weather-too-short"]);
    let header = |text: &str| {
        let (series, findings) = read_bytes(text.as_bytes(), "x.epw", &TimeZone::UTC);
        assert_eq!(series, None);
        findings.iter().map(|f| f.code).collect::<Vec<_>>()
    };
    assert_eq!(header("nothing\n"), ["bad-location"]);
    assert_eq!(header(&two), ["bad-location"]);
    assert_eq!(header("DATA PERIODS,1,1,Data\n2026,1,1,1,0\n"), ["bad-location"]);
    assert_eq!(header("LOCATION,a,b,c,d,1,95,200,30,150\n"), ["bad-location"; 3]);
    assert_eq!(header(&HEADER.replace("PERIODS,1,1", "PERIODS,1,7")), ["bad-data-periods"]);
}

#[test]
fn a_typical_year_counts_on_over_its_months() {
    // December 1999, then January of the leap year 1996, as typical years do.
    let mut data = String::new();
    for day in 27..=31 {
        data.extend((1..=24).map(|h| epw_line(1999, 12, day, h, "-3", "0,0,0")));
    }
    data.extend((1..=24).map(|h| epw_line(1996, 1, 1, h, "-4", "0,0,0")));
    let (series, codes) = epw(&data);
    assert_eq!(codes, ["typical-year"]);
    let series = series.unwrap();
    assert_eq!((series.t_out_c.len(), series.end().0 - series.start.0), (144, 144 * 3600));
}

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RELIGHT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let found = Some(root.join(path)).filter(|p| p.exists());
    if found.is_none() {
        eprintln!("SKIPPED: {path} is not in the shared folder ({})", root.display());
    }
    found
}

#[test]
fn the_reference_files_are_read_in_full() {
    if let Some(path) = shared("data/weather/kharkiv_2012_coldwave_hourly.csv") {
        let (series, findings) = read(&path, &TimeZone::UTC);
        assert!(findings.is_empty(), "{findings:?}");
        let series = series.unwrap();
        assert_eq!((series.t_out_c.len(), series.start, series.step_s), (720, UtcSecond(1_327_190_400), 3600));
        assert_eq!(series.t_out_c.iter().copied().fold(f64::INFINITY, f64::min), -26.2);
    }
    for (file, height_m) in [("725650TYCST.epw", 1650.0), ("DRYCOLDTMY.epw", 1611.0)] {
        let Some(path) = shared(&format!("data/weather/{file}")) else { continue };
        let (series, findings) = read(&path, &TimeZone::UTC);
        assert!(findings.iter().all(|f| f.code == "typical-year"), "{findings:?}");
        let series = series.unwrap();
        assert_eq!((series.t_out_c.len(), series.radiation.len()), (8760, 8760), "{file}");
        assert_eq!(series.site.map(|s| (s.height_m, s.utc_offset_h)), Some((height_m, -7.0)));
    }
}

mod hostile {
    use super::{HEADER, csv, epw_line};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;
    use relight_formats::weather::read_bytes;

    fn good_epw() -> String {
        let lines = (1..=24).map(|h| epw_line(2026, 1, 15, h, "-7.5", "10,20,5"));
        HEADER.to_owned() + &lines.collect::<String>()
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_series_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for file in ["w.csv", "w.epw"] {
                let (series, findings) = read_bytes(&bytes, file, &TimeZone::UTC);
                prop_assert_eq!(series.is_none(), findings.has_errors());
            }
        }

        #[test]
        fn spoiled_files_give_a_whole_series_or_an_error(at in 0usize..2000, with in "[0-9,.:\\-+TZeinfNa \n]{0,6}", drop in 0usize..8) {
            let table: String = (0..24).map(|h| format!("2026-01-15 {h:02}:00,-20.5\n")).collect();
            for (file, good) in [("w.csv", "t,t_out_c\n".to_owned() + &table), ("w.epw", good_epw())] {
                let from = at % good.len();
                let to = (from + drop).min(good.len());
                let spoiled = format!("{}{with}{}", &good[..from], &good[to..]);
                let (series, findings) = read_bytes(spoiled.as_bytes(), file, &TimeZone::UTC);
                prop_assert_eq!(series.is_none(), findings.has_errors());
                if let Some(series) = series {
                    prop_assert!(series.t_out_c.len() >= 2 && series.t_out_c.iter().all(|t| t.abs() <= 90.0));
                    prop_assert!(series.radiation.is_empty() || series.radiation.len() == series.t_out_c.len());
                }
            }
        }
    }

    #[test]
    fn a_step_that_overflows_does_not_panic() {
        assert!(csv("t,t_out_c\n1900-01-01T00:00Z,1\n2200-12-31T23:00Z,1\n").0.is_none());
    }
}
