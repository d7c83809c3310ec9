//! The bands: against closed forms, on hidden truths, on any number of threads, and with input that cannot be.

use draws::Draws;
use relight_heat::building::{
    BuildingPhysics, Case, Circulation, Course, ForecastError, ForecastSettings, forecast, one_node,
};
use relight_model::{Thermometer, UtcSecond};

/// A small generator, so that the tests need no other crate.
mod draws {
    /// SplitMix64 (Steele, Lea and Flood, 2014).
    pub struct Draws(pub u64);

    impl Draws {
        fn bits(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }

        /// Between 0 and 1, never either.
        pub fn unit(&mut self) -> f64 {
            ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        }

        /// Box and Muller.
        pub fn normal(&mut self) -> f64 {
            (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
        }
    }
}

const PHYSICS: BuildingPhysics =
    BuildingPhysics { beta_h: 60.0, beta_ln_sd: 0.541, loss_w_per_k: 7000.0, t_set_c: 20.0 };
const START: UtcSecond = UtcSecond(1_768_435_200);

fn case(share: &[f32]) -> Case<'_> {
    Case { physics: PHYSICS, t_start_c: 20.0, t_start_sd_k: 1.0, share, circulation: Circulation::WithHeat }
}

fn course(t_out_c: &[f64], step_s: u32) -> Course<'_> {
    Course { start: START, step_s, t_out_c, steps_before: 0 }
}

#[test]
fn without_spread_the_band_is_the_closed_form() {
    let (out, share) = (vec![-20.0; 144], vec![0.3f32; 144]);
    let physics = BuildingPhysics { beta_ln_sd: 0.0, ..PHYSICS };
    let one = Case { physics, t_start_sd_k: 0.0, ..case(&share) };
    let got = &forecast(&course(&out, 1800), &[one], &[], &ForecastSettings::default()).unwrap()[0];
    let t_inf = one_node::t_inf_c(-20.0, f64::from(0.3f32), 20.0);
    for series in [&got.t_indoor_c_p10, &got.t_indoor_c_p50, &got.t_indoor_c_p90] {
        assert_eq!(series.len(), 145);
        for (k, &t) in series.iter().enumerate() {
            let exact = one_node::t_after_c(20.0, t_inf, 60.0, k as f64 / 2.0);
            assert!((f64::from(t) - exact).abs() < 1e-3, "step {k}: {t} for {exact}");
        }
    }
    for (got, mark) in got.hours_to.iter().zip(relight_model::warm::MARKS_C) {
        match one_node::hours_to(mark, 20.0, t_inf, 60.0).filter(|&h| h < 72.0) {
            Some(h) => assert!(got.is_some_and(|got| (got - h).abs() < 0.01), "{mark}: {got:?} for {h}"),
            None => assert_eq!(*got, None, "{mark}"),
        }
    }
}

#[test]
fn the_band_of_a_lognormal_time_constant_is_exact() {
    // One temperature at the beginning: each quantile of the temperature is that of the time constant.
    let (out, share) = (vec![-20.0; 96], vec![0.0f32; 96]);
    let one = Case { t_start_sd_k: 0.0, ..case(&share) };
    let got = &forecast(&course(&out, 3600), &[one], &[], &ForecastSettings::default()).unwrap()[0];
    for hours in [1usize, 6, 12, 24, 48, 96] {
        for (series, z) in [(&got.t_indoor_c_p10, -1.2816), (&got.t_indoor_c_p50, 0.0), (&got.t_indoor_c_p90, 1.2816)] {
            let exact = one_node::t_after_c(20.0, -20.0, 60.0 * (0.541f64 * z).exp(), hours as f64);
            assert!((f64::from(series[hours]) - exact).abs() < 0.05, "{hours} h, {z}: {} for {exact}", series[hours]);
        }
    }
}

#[test]
fn reheating_stops_at_the_set_point() {
    let out = vec![-20.0; 96];
    let share: Vec<f32> = (0..96).map(|k| if k < 24 { 0.0 } else { 2.0 }).collect();
    let got = &forecast(&course(&out, 3600), &[case(&share)], &[], &ForecastSettings::default()).unwrap()[0];
    assert!(got.t_indoor_c_p50[24] < 9.0);
    assert!(got.t_indoor_c_p90.iter().skip(48).all(|&t| t < 20.001));
    assert!(got.t_indoor_c_p10[96] > 19.9);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let out: Vec<f64> = (0..72).map(|k| -15.0 + 5.0 * (f64::from(k) / 4.0).sin()).collect();
    let shares: Vec<Vec<f32>> = (0..17).map(|b| (0..72).map(|k| ((b * k) % 5) as f32 / 3.0).collect()).collect();
    let cases: Vec<Case<'_>> = shares.iter().map(|s| case(s)).collect();
    let reading =
        |k: u32| Thermometer { building: k % 17, at: UtcSecond(START.0 + i64::from(k) * 700), t_indoor_c: 18.0 };
    let readings: Vec<Thermometer> = (0..40).map(reading).collect();
    let with = |threads| {
        let settings = ForecastSettings { threads, ..ForecastSettings::default() };
        forecast(&course(&out, 3600), &cases, &readings, &settings).unwrap()
    };
    let one = with(1);
    for threads in [2, 3, 16, 100] {
        assert_eq!(with(threads), one);
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let (out, share) = (vec![-20.0; 4], vec![0.0f32; 4]);
    let settings = ForecastSettings::default();
    let at = |course: Course<'_>, case: Case<'_>| forecast(&course, &[case], &[], &settings).unwrap_err();
    let short = at(course(&out, 3600), case(&share[..3]));
    assert_eq!(short, ForecastError::Steps { building: 0, what: "share", found: 3, steps: 4 });
    let nan = Case { t_start_c: f64::NAN, ..case(&share) };
    assert!(matches!(at(course(&out, 3600), nan), ForecastError::Value { field: "t_start_c", .. }));
    let nan = [0.0, f32::NAN, 0.0, 0.0];
    assert!(matches!(at(course(&out, 3600), case(&nan)), ForecastError::Value { field: "share", .. }));
    assert!(matches!(at(course(&out, 0), case(&share)), ForecastError::Setting { field: "step_s", .. }));
    assert!(matches!(at(course(&[], 3600), case(&[])), ForecastError::Setting { field: "steps_before", .. }));
    assert!(matches!(at(course(&[f64::NAN; 4], 3600), case(&share)), ForecastError::Setting { field: "t_out_c", .. }));
    let stranger = Thermometer { building: 1, at: UtcSecond(0), t_indoor_c: 5.0 };
    let unknown = forecast(&course(&out, 3600), &[case(&share)], &[stranger], &settings).unwrap_err();
    assert_eq!(unknown, ForecastError::UnknownBuilding { thermometer: 0, building: 1 });
    for samples in [0, 100_001] {
        let settings = ForecastSettings { samples, ..settings };
        assert!(forecast(&course(&out, 3600), &[case(&share)], &[], &settings).is_err());
    }
    assert_eq!(forecast(&course(&out, 3600), &[], &[], &settings), Ok(vec![]));
}

/// One building: for the band without and with its thermometer, whether it covers the truth 24 h ahead, and how wide it is.
struct Trial {
    covered: [bool; 2],
    width_k: [f32; 2],
}

/// Six hours of two readings each, then a forecast; the truth has its own time constant and temperature.
fn trials(seed: u64, buildings: u32) -> Vec<Trial> {
    const BEFORE: usize = 6;
    const AHEAD: usize = 24;
    const STEPS: usize = BEFORE + 48;
    let mut draws = Draws(seed);
    let out: Vec<f64> = (0..STEPS).map(|k| -18.0 + 4.0 * (k as f64 / 24.0 * std::f64::consts::TAU).sin()).collect();
    let share: Vec<f32> = (0..STEPS).map(|k| if k < 40 { 0.0 } else { 0.4 }).collect();
    let cases = vec![case(&share); buildings as usize];
    let course = Course { steps_before: BEFORE, ..course(&out, 3600) };
    let (mut truth, mut readings) = (Vec::new(), Vec::new());
    for building in 0..buildings {
        let beta_h = PHYSICS.beta_h * (PHYSICS.beta_ln_sd * draws.normal()).exp();
        let mut t_c = 20.0 + draws.normal();
        for (k, (&out, &share)) in out.iter().zip(&share).enumerate().take(BEFORE + AHEAD) {
            let t_inf = one_node::t_inf_c(out, f64::from(share), 20.0);
            for minute in [10, 40].into_iter().filter(|_| k < BEFORE) {
                let t_indoor_c = one_node::t_after_c(t_c, t_inf, beta_h, minute as f64 / 60.0) + 0.5 * draws.normal();
                let at = UtcSecond(course.start.0 + k as i64 * 3600 + minute * 60);
                readings.push(Thermometer { building, at, t_indoor_c });
            }
            t_c = one_node::t_after_c(t_c, t_inf, beta_h, 1.0);
        }
        truth.push(t_c as f32);
    }
    let settings = ForecastSettings { threads: 2, ..ForecastSettings::default() };
    let without = forecast(&course, &cases, &[], &settings).expect("good input");
    let with = forecast(&course, &cases, &readings, &settings).expect("good input");
    let three = without.iter().zip(&with).zip(truth);
    three
        .map(|((without, with), truth)| {
            let bands = [without, with].map(|f| (f.t_indoor_c_p10[AHEAD], f.t_indoor_c_p90[AHEAD]));
            let covered = bands.map(|(low, high)| (low..=high).contains(&truth));
            Trial { covered, width_k: bands.map(|(low, high)| high - low) }
        })
        .collect()
}

#[test]
fn the_band_covers_hidden_truths_and_a_thermometer_halves_it() {
    for seed in 0..8 {
        let trials = trials(seed, 1126);
        let count = trials.len() as f64;
        let covered = [0, 1].map(|k| trials.iter().filter(|t| t.covered[k]).count() as f64 / count);
        let width_k = [0, 1].map(|k| trials.iter().map(|t| f64::from(t.width_k[k])).sum::<f64>() / count);
        println!(
            "seed {seed}: covered {covered:.3?}, mean width 24 h ahead {width_k:.2?} K (without, with a thermometer)"
        );
        assert!(covered.iter().all(|share| (0.75..=0.85).contains(share)), "seed {seed}: {covered:?}");
        assert!(width_k[1] <= 0.5 * width_k[0], "seed {seed}: {width_k:?}");
    }
}
