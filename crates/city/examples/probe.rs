//! Figures of a generated city.
use std::time::Instant;
fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<u64>().unwrap());
    let people = args.next().unwrap_or(3_000_000) as u32;
    let seed = args.next().unwrap_or(1);
    let t = Instant::now();
    let s = relight_city::generate(&relight_city::CitySettings { people, seed });
    let dt = t.elapsed();
    match s {
        Err(e) => println!("{people} {seed}: {e} {dt:?}"),
        Ok(s) => {
            let n = &s.network;
            println!(
                "{people} seed {seed}: {:?} buses {} branches {} gens {} loads {} shunts {} buildings {} streets {} districts {} demand {:.1} capacity {:.1}",
                dt,
                n.buses.len(),
                n.branches.len(),
                n.generators.len(),
                n.loads.len(),
                n.shunts.len(),
                s.geography.buildings.len(),
                s.geography.streets.len(),
                s.geography.districts.len(),
                n.demand_mw(),
                n.generators.iter().map(|g| g.p_mw_max).sum::<f64>()
            );
            let d = &s.damage;
            println!(
                "  damage: branches {} generators {} buses {}",
                d.branches.len(),
                d.generators.len(),
                d.buses.len()
            );
            if std::env::var("LIST").is_ok() {
                for b in &d.branches {
                    println!("  {}", n.branches[*b as usize - 1].name);
                }
                for b in &d.generators {
                    println!("  {}", n.generators[*b as usize - 1].name);
                }
                for b in &d.buses {
                    println!("  {}", n.buses[b.0 as usize - 1].name);
                }
            }
        }
    }
}
