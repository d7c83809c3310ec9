//! Bands of 1,126 blocks over 240 hours with 1,000 samples each; with and without a thermometer in every block.

use divan::Bencher;
use relight_heat::building::{BuildingPhysics, Case, Circulation, Course, ForecastSettings, forecast};
use relight_model::{Thermometer, UtcSecond};

const BLOCKS: u32 = 1126;
const HOURS: usize = 240;

fn main() {
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, threads: usize, readings_per_block: i64) {
    let t_out_c: Vec<f64> = (0..HOURS).map(|k| -18.0 + 4.0 * (k as f64 / 24.0 * std::f64::consts::TAU).sin()).collect();
    let share: Vec<f32> = (0..HOURS).map(|k| if k < 100 { 0.1 } else { 1.2 }).collect();
    let case = |k: u32| Case {
        physics: BuildingPhysics {
            beta_h: 35.0 + f64::from(k % 40),
            beta_ln_sd: 0.541,
            loss_w_per_k: 7000.0,
            t_set_c: 20.0,
        },
        t_start_c: 20.0,
        t_start_sd_k: 1.0,
        share: &share,
        circulation: Circulation::WithHeat,
    };
    let cases: Vec<Case<'_>> = (0..BLOCKS).map(case).collect();
    let reading = |building, k| Thermometer { building, at: UtcSecond(k * 1800), t_indoor_c: 20.0 - 0.3 * k as f64 };
    let readings: Vec<Thermometer> =
        (0..readings_per_block).flat_map(|k| (0..BLOCKS).map(move |building| reading(building, k))).collect();
    let course = Course { start: UtcSecond(0), step_s: 3600, t_out_c: &t_out_c, steps_before: 0 };
    let settings = ForecastSettings { threads, ..ForecastSettings::default() };
    bencher.bench(|| forecast(&course, &cases, &readings, &settings).expect("good input"));
}

#[divan::bench(args = [1, 2], sample_count = 5)]
fn blocks(bencher: Bencher<'_, '_>, threads: usize) {
    run(bencher, threads, 0);
}

#[divan::bench(args = [1, 2], sample_count = 5)]
fn blocks_with_thermometers(bencher: Bencher<'_, '_>, threads: usize) {
    run(bencher, threads, 12);
}
