//! Warm and cold AC solves and DC, on a ladder of rings; real cases are timed by `relight flow --repeat`.

use divan::Bencher;
use relight_model::{BusKind, Network, Situation};
use relight_power::{PowerFlow, Settings};

#[allow(dead_code)]
#[path = "../src/test_networks.rs"]
mod test_networks;
use test_networks::{branch, bus, generator, load};

fn main() {
    divan::main();
}

/// Two long lines of `n` buses with rungs, a generator every 20 buses, small loads everywhere.
fn case(n: u32) -> Network {
    let mut net = Network::empty("ladder", 100.0);
    for i in 0..2 * n {
        let kind = match i {
            0 => BusKind::Slack,
            i if i % 20 == 10 => BusKind::Pv,
            _ => BusKind::Pq,
        };
        net.buses.push(bus(i + 1, kind));
        if kind == BusKind::Pq {
            net.loads.push(load(i, 2.0 + f64::from(i % 7), 0.5));
        } else {
            net.generators.push(generator(i, 95.0, 200.0));
        }
    }
    for i in 0..n - 1 {
        net.branches.push(branch(i, i + 1, 0.002, 0.02));
        net.branches.push(branch(n + i, n + i + 1, 0.002, 0.02));
        if i % 3 == 0 {
            net.branches.push(branch(i, n + i, 0.001, 0.03));
        }
    }
    net
}

#[divan::bench(args = [100, 1_000, 10_000])]
fn warm(bencher: Bencher, n: u32) {
    let network = case(n);
    let mut flow = PowerFlow::new(&network, &Settings::default()).expect("good settings");
    flow.prepare(&Situation::intact(&network));
    bencher.bench_local(|| flow.solve_voltages());
}

#[divan::bench(args = [100, 1_000, 10_000])]
fn cold(bencher: Bencher, n: u32) {
    let network = case(n);
    let mut flow = PowerFlow::new(&network, &Settings::default()).expect("good settings");
    flow.prepare(&Situation::intact(&network));
    bencher.bench_local(|| {
        flow.analyse_anew();
        flow.solve_voltages()
    });
}

#[divan::bench(args = [100, 1_000, 10_000])]
fn direct_current(bencher: Bencher, n: u32) {
    let network = case(n);
    let situation = Situation::intact(&network);
    let mut flow = PowerFlow::new(&network, &Settings::default()).expect("good settings");
    bencher.bench_local(|| flow.solve_dc(&situation));
}
