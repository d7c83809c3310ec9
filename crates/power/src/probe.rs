use crate::*;
use relight_model::{Network, Situation};
use std::time::Instant;
pub fn run(network: &Network) {
    let situation = Situation::intact(network);
    let alive = structure::bus_alive(network, &situation);
    let groups = structure::fused_groups(network, &alive);
    let t = Instant::now();
    let st = structure::Structure::new(network, groups);
    let t_struct = t.elapsed();
    let top = topology::Topology::on(network, &situation, alive, &st);
    let t = Instant::now();
    let p = problem::Problem::new(network, &st, &top, &Settings::default());
    let t_prob = t.elapsed();
    println!("n={} fill={} updates={} entries={} structure {:?} problem {:?} islands {}", st.nodes(), st.symbolic.factor_entries(), st.symbolic.updates(), st.symbolic.pattern().entries(), t_struct, t_prob, top.islands.len());
    let mut sc = dc::ScalarSolver::new(&st.symbolic);
    let mut nw = newton::Newton::new(&st.symbolic);
    let nl = start::no_load(network, &st, &top, &p, &mut sc);
    let d = start::dc(&st, &p, &mut sc);
    let mut mix = nl.clone().unwrap();
    mix.theta = d.clone().unwrap().theta;
    for (name, s) in [("flat", Ok(start::flat(&p))), ("dc", d), ("file", Ok(start::file(network, &st, &p))), ("noload", nl), ("mix", Ok(mix))] {
        let s = s.unwrap();
        let mut ts = vec![];
        let mut a = None;
        for _ in 0..15 {
            nw.set_voltages(|i| s.vm[i], |i| s.theta[i]);
            let t = Instant::now();
            a = Some(nw.run(&st.symbolic, &p, 1e-8, 30));
            ts.push(t.elapsed());
        }
        ts.sort();
        println!("  {name}: {:?} median {:?} min {:?}", a.unwrap(), ts[7], ts[0]);
    }
    // parts
    let s = start::file(network, &st, &p);
    nw.set_voltages(|i| s.vm[i], |i| s.theta[i]);
    let med = |f: &mut dyn FnMut()| { let mut ts = vec![]; for _ in 0..15 { let t = Instant::now(); f(); ts.push(t.elapsed()); } ts.sort(); ts[7] };
    println!("  evaluate {:?}", med(&mut || { nw.evaluate(&st.symbolic, &p); }));
    println!("  find_step {:?}", med(&mut || { nw.find_step(&st.symbolic, &p).unwrap(); }));
    nw.zero_step();
    println!("  take_step {:?}", med(&mut || { nw.take_step(); }));
    let (r, so) = nw.parts(&st.symbolic, &p);
    println!("  refactor {:?} solve {:?} q {:?}", r, so, nw.quality(&st.symbolic,&p));
}
