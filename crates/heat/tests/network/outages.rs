//! Every single outage of the nets of 1,000: an answer that obeys the laws, and a label for everyone who is cold.

use crate::balance;
use crate::bench_nets::{junction, net};
use relight_heat::network::{Settings, Solver, Structure};
use relight_model::warm::{ColdReason, Supplied};
use relight_model::{HeatNetwork, HeatSituation, JunctionIdx, Pump, PumpCurve};

/// The net with two pumping stations behind the plant: the plant lifts 8 bar, one pump adds 4 to the supply and is needed, one with
/// a bypass adds up to 1 to the return.
fn with_pumps(loops: usize) -> Option<HeatNetwork> {
    let mut net = net(1000, loops)?;
    let source = &mut net.sources[0];
    source.lift_bar = 8.0;
    let (supply, back) = (source.supply_junction, source.return_junction);
    let mut station = |id: &str, bypass, curve: [f64; 3]| {
        net.junctions.push(junction(id.to_owned()));
        let inner = JunctionIdx::from(net.junctions.len() - 1);
        let curve = PumpCurve { coefficients: curve.to_vec() };
        net.pumps.push(Pump { id: id.into(), from: inner, to: inner, curve, feeder: None, bypass, in_service: true });
        inner
    };
    let (before, after) = (station("supply", false, [-1e-9, 0.0, 4.1]), station("return", true, [-1e-9, 0.0, 1.0]));
    (net.pumps[0].from, net.pumps[0].to) = (before, supply);
    (net.pumps[1].from, net.pumps[1].to) = (back, after);
    net.sources[0].supply_junction = before;
    net.sources[0].return_junction = after;
    net.sources[0].p_return_bar = Some(5.0);
    Some(net)
}

fn every_outage(loops: usize) {
    let Some(network) = with_pumps(loops) else { return };
    let structure = Structure::new(&network);
    let mut solver = Solver::new(&network, &structure);
    let settings = Settings::default();
    let intact = HeatSituation::intact(&network);
    let whole = solver.solve(&intact, &settings, None);
    balance::check(&network, &intact, &whole);
    assert!(whole.consumers.iter().all(|c| c.supplied == Supplied::Full));
    let (mut steps, mut labels) = (0, [0usize; 6]);
    let count = network.pipes.len() + network.pumps.len() + network.sources.len();
    let start = std::time::Instant::now();
    let mut states = Vec::new();
    for k in 0..count {
        let mut situation = intact.clone();
        let pumps = k.checked_sub(network.pipes.len());
        match pumps.map(|p| (p, p.checked_sub(network.pumps.len()))) {
            None => situation.pipe_out[k] = true,
            Some((p, None)) => situation.pump_out[p] = true,
            Some((_, Some(s))) => situation.source_out[s] = true,
        }
        let state = solver.solve(&situation, &settings, Some(&whole));
        steps += state.iterations;
        states.push((situation, state));
    }
    let took = start.elapsed();
    for (situation, state) in &states {
        balance::check(&network, situation, state);
        for consumer in &state.consumers {
            assert!(consumer.dp_bar.is_none_or(|dp| dp >= -1e-9), "{consumer:?}");
            if let Some(reason) = consumer.reason {
                labels[reason as usize] += 1;
            }
        }
    }
    let cold = |k: usize, reason| states[k].1.consumers.iter().filter(|c| c.reason == Some(reason)).count();
    // Without the plant all are without a source; without its pump all are cut off; the bypass leaves all with water.
    let consumers = network.substations.len();
    assert_eq!(cold(count - 1, ColdReason::NoSource), consumers);
    assert_eq!(cold(network.pipes.len(), ColdReason::CutOff), consumers);
    assert!(states[network.pipes.len() + 1].1.consumers.iter().all(|c| c.mdot_kg_per_s > 0.0));
    // In a tree each pipe is somebody's only way.
    let harmless =
        (0..network.pipes.len()).filter(|&k| states[k].1.consumers.iter().all(|c| c.reason.is_none())).count();
    assert_eq!(harmless == 0, loops == 0);
    eprintln!(
        "{loops} loops: {count} outages, {steps} steps, {took:?}; labels (off, cut, source, head, cold): {labels:?}"
    );
}

#[test]
fn of_the_tree() {
    every_outage(0);
}

#[test]
fn of_the_looped_net() {
    every_outage(10);
}
