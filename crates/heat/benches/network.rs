//! Times of the heat network engine, one thread: `cargo bench -p relight-heat --bench network`.
#![allow(clippy::unwrap_used)] // a panic here is a failed benchmark

#[allow(dead_code)]
#[path = "../tests/network/bench_nets.rs"]
mod bench_nets;

use relight_heat::network::{Settings, Solver, Structure, solve};
use relight_model::{HeatNetwork, HeatSituation, JunctionIdx};

fn main() {
    divan::main();
}

/// Analysis and solution from nothing, hydraulics and temperatures: 5,100 pipes, 50 loops.
#[divan::bench(sample_count = 30)]
fn cold_5100_pipes(bencher: divan::Bencher) {
    let Some(network) = bench_nets::net(5000, 50) else { return };
    let situation = HeatSituation::intact(&network);
    bencher.bench_local(|| {
        let state = solve(&network, &situation, &Settings::default());
        assert!(state.converged);
        state
    });
}

/// The same from the state of another situation: one pipe out and back again.
#[divan::bench(sample_count = 30)]
fn repeated_5100_pipes(bencher: divan::Bencher) {
    let Some(network) = bench_nets::net(5000, 50) else { return };
    let structure = Structure::new(&network);
    let mut solver = Solver::new(&network, &structure);
    let mut situation = HeatSituation::intact(&network);
    situation.pipe_out[network.pipes.len() - 1] = true;
    let start = solver.solve(&situation, &Settings::default(), None);
    let intact = HeatSituation::intact(&network);
    bencher.bench_local(|| {
        let state = solver.solve(&intact, &Settings::default(), Some(&start));
        assert!(state.converged);
        state
    });
}

/// Twenty of the looped nets of 5,100 pipes side by side on one plant: 102,000 pipes.
fn large() -> Option<HeatNetwork> {
    let one = bench_nets::net(5000, 50)?;
    let mut all = one.clone();
    let (plant_supply, plant_return) = (one.sources[0].supply_junction, one.sources[0].return_junction);
    for copy in 1..20 {
        let offset = all.junctions.len() as u32;
        let moved = |j: JunctionIdx| match j {
            j if j == plant_supply || j == plant_return => j,
            j => JunctionIdx(j.0 + offset),
        };
        let rename = |id: &str| format!("{id}/{copy}");
        all.junctions.extend(one.junctions.iter().map(|j| relight_model::Junction { id: rename(&j.id), ..j.clone() }));
        for pipe in &one.pipes {
            let mut pipe = pipe.clone();
            (pipe.id, pipe.from, pipe.to) = (rename(&pipe.id), moved(pipe.from), moved(pipe.to));
            all.pipes.push(pipe);
        }
        for substation in &one.substations {
            let mut s = substation.clone();
            s.id = rename(&s.id);
            (s.supply_junction, s.return_junction) = (moved(s.supply_junction), moved(s.return_junction));
            all.substations.push(s);
        }
    }
    Some(all)
}

#[divan::bench(sample_count = 5)]
fn cold_102000_pipes(bencher: divan::Bencher) {
    let Some(network) = large() else { return };
    let situation = HeatSituation::intact(&network);
    bencher.bench_local(|| {
        let state = solve(&network, &situation, &Settings::default());
        assert!(state.converged && network.pipes.len() > 100_000);
        state
    });
}

/// Every pipe and the plant of a net of 1,000 out, one after another.
#[divan::bench(args = [0, 10], sample_count = 3)]
fn every_outage_of_1000(bencher: divan::Bencher, loops: usize) {
    let Some(network) = bench_nets::net(1000, loops) else { return };
    let structure = Structure::new(&network);
    let mut solver = Solver::new(&network, &structure);
    let intact = HeatSituation::intact(&network);
    let whole = solver.solve(&intact, &Settings::default(), None);
    bencher.bench_local(|| {
        let mut cold = 0;
        for k in 0..=network.pipes.len() {
            let mut situation = intact.clone();
            match k {
                k if k < network.pipes.len() => situation.pipe_out[k] = true,
                _ => situation.source_out[0] = true,
            }
            let state = solver.solve(&situation, &Settings::default(), Some(&whole));
            assert!(state.converged);
            cold += state.consumers.iter().filter(|c| c.reason.is_some()).count();
        }
        cold
    });
}
