//! Feeders of a city: what each feeds, how much, in which queue; and which apartment building hangs on which.

use crate::buildings::Block;
use crate::geometry::{rounded, shared_out};
use crate::plan::Layout;
use crate::random::{Stream, Topic};
use crate::stations::{PEAK_MW_PER_PERSON, Stations};
use relight_model::Class;

/// A feeder before the network has its buses.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    /// Substation within the city.
    pub(crate) substation: usize,
    /// 10 kV section of the substation, 0 or 1.
    pub(crate) section: usize,
    pub(crate) class: Class,
    pub(crate) queue: Option<&'static str>,
    pub(crate) people: u32,
    pub(crate) p_mw: f64,
    pub(crate) q_mvar: f64,
}

/// Queues of the rotation.
pub const QUEUES: [&str; 12] = ["1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2", "5.1", "5.2", "6.1", "6.2"];

/// How a class takes part in a city.
struct Part {
    class: Class,
    /// Of the city's peak.
    power_share: f64,
    /// People per feeder of this class.
    people_per_feeder: f64,
    /// Reactive over active power.
    tan_phi: f64,
    noun: &'static str,
}

/// 1,800 feeders and 0.6 kW per person at three million; shares sum to 1.
const PARTS: [Part; 9] = [
    Part { class: Class::Hospital, power_share: 0.025, people_per_feeder: 50_000.0, tan_phi: 0.35, noun: "Hospital" },
    Part { class: Class::Water, power_share: 0.030, people_per_feeder: 100_000.0, tan_phi: 0.55, noun: "Water works" },
    Part { class: Class::Heat, power_share: 0.045, people_per_feeder: 43_000.0, tan_phi: 0.50, noun: "Heat point" },
    Part {
        class: Class::Emergency,
        power_share: 0.005,
        people_per_feeder: 100_000.0,
        tan_phi: 0.35,
        noun: "Rescue station",
    },
    Part {
        class: Class::Telecom,
        power_share: 0.010,
        people_per_feeder: 75_000.0,
        tan_phi: 0.30,
        noun: "Telephone exchange",
    },
    Part {
        class: Class::Shelter,
        power_share: 0.025,
        people_per_feeder: 50_000.0,
        tan_phi: 0.40,
        noun: "Metro shelter",
    },
    Part { class: Class::Homes, power_share: 0.500, people_per_feeder: 3_200.0, tan_phi: 0.25, noun: "Homes" },
    Part {
        class: Class::Commerce,
        power_share: 0.200,
        people_per_feeder: 8_700.0,
        tan_phi: 0.35,
        noun: "Shops and offices",
    },
    Part { class: Class::Industry, power_share: 0.160, people_per_feeder: 13_000.0, tan_phi: 0.50, noun: "Works" },
];

/// Whether a plan must never cut this class while its bus has power.
pub(crate) fn protected(class: Class) -> bool {
    !matches!(class, Class::Homes | Class::Commerce | Class::Industry)
}

/// Drafts the feeders of a city, sorted by substation, section and class, and tells the feeder of each building.
pub(crate) fn feeders(
    people: u32,
    layout: &Layout,
    stations: &Stations,
    blocks: &[Block],
    part: usize,
    seed: u64,
) -> (Vec<Draft>, Vec<usize>) {
    let mut stream = Stream::new(seed, Topic::Feeders, part);
    let mut drafts = Vec::new();
    let mut homes_of = vec![Vec::new(); stations.substations.len()];
    let mut of_block = vec![0; blocks.len()];
    for part in &PARTS {
        let first = drafts.len();
        for (substation, n) in
            feeders_by_substation(part, people, layout, stations, &mut stream).into_iter().enumerate()
        {
            for _ in 0..n {
                if part.class == Class::Homes {
                    homes_of[substation].push(drafts.len());
                }
                drafts.push(Draft {
                    name: String::new(),
                    substation,
                    section: 0,
                    class: part.class,
                    queue: None,
                    people: 0,
                    p_mw: 0.0,
                    q_mvar: 0.0,
                });
            }
        }
        if part.class == Class::Homes {
            house(stations, blocks, &homes_of, &mut drafts, &mut of_block);
        }
        power(part, people, &mut drafts[first..], &mut stream);
    }
    sections(stations.substations.len(), &mut drafts);
    let order = sorted(&mut drafts);
    of_block.iter_mut().for_each(|f| *f = order[*f]);
    name(layout, stations, &mut drafts);
    queues(&mut drafts);
    (drafts, of_block)
}

/// Number of feeders of a class on each substation.
fn feeders_by_substation(
    part: &Part,
    people: u32,
    layout: &Layout,
    stations: &Stations,
    stream: &mut Stream,
) -> Vec<u32> {
    let n = (f64::from(people) / part.people_per_feeder).round().max(1.0) as u32;
    let substations = &stations.substations;
    let remoteness = |s: usize| layout.cells[substations[s].cell].remoteness;
    let weight = |s: usize, stream: &mut Stream| {
        let people = f64::from(substations[s].people);
        match part.class {
            Class::Homes => people,
            Class::Commerce => people * (1.7 - remoteness(s)).max(0.4) * stream.between(0.7, 1.3),
            Class::Industry => people * (0.25 + remoteness(s)) * stream.between(0.2, 1.8),
            _ => people * stream.between(0.4, 1.6),
        }
    };
    let weights: Vec<f64> = (0..substations.len()).map(|s| weight(s, stream)).collect();
    match part.class {
        // Each section of each substation feeds homes, also in a town of 20,000.
        Class::Homes => shared_out(n, &weights).into_iter().map(|k| k.max(4)).collect(),
        Class::Commerce => shared_out(n, &weights).into_iter().map(|k| k.max(1)).collect(),
        _ => shared_out(n, &weights),
    }
}

/// People of each substation to its feeders: buildings by direction around the substation, as cables leave it; houses evenly.
fn house(stations: &Stations, blocks: &[Block], homes_of: &[Vec<usize>], drafts: &mut [Draft], of_block: &mut [usize]) {
    let mut blocks_of = vec![Vec::new(); homes_of.len()];
    for (block, &substation) in stations.of_block.iter().enumerate() {
        blocks_of[substation].push(block);
    }
    for (s, substation) in stations.substations.iter().enumerate() {
        let homes = &homes_of[s];
        let evenly = vec![1.0; homes.len()];
        for (&feeder, people) in homes.iter().zip(shared_out(substation.people_in_houses, &evenly)) {
            drafts[feeder].people = people;
        }
        let direction = |b: usize| (blocks[b].at_km - substation.at_km).direction();
        blocks_of[s].sort_by(|&a, &b| direction(a).total_cmp(&direction(b)).then(a.cmp(&b)));
        let total = f64::from((substation.people - substation.people_in_houses).max(1));
        let mut before = 0.0;
        for &block in &blocks_of[s] {
            let people = f64::from(blocks[block].people);
            let k = ((before + people / 2.0) / total * homes.len() as f64) as usize;
            let feeder = homes[k.min(homes.len() - 1)];
            before += people;
            drafts[feeder].people += blocks[block].people;
            of_block[block] = feeder;
        }
    }
}

/// Power of the feeders of one class: sums to its share of the city's peak.
fn power(part: &Part, people: u32, drafts: &mut [Draft], stream: &mut Stream) {
    let weights: Vec<f64> = drafts
        .iter()
        .map(|d| match part.class {
            Class::Homes => f64::from(d.people.max(1)) * stream.between(0.85, 1.15),
            _ => stream.between(0.6, 1.4),
        })
        .collect();
    let total_mw = f64::from(people) * PEAK_MW_PER_PERSON * part.power_share;
    let sum: f64 = weights.iter().sum();
    for (draft, weight) in drafts.iter_mut().zip(weights) {
        draft.p_mw = rounded(total_mw * weight / sum, 1e4);
        draft.q_mvar = rounded(draft.p_mw * part.tan_phi, 1e4);
    }
}

/// Puts the feeders of each substation on its two sections, the largest first, each on the lighter one.
fn sections(substations: usize, drafts: &mut [Draft]) {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by(|&a, &b| drafts[b].p_mw.total_cmp(&drafts[a].p_mw).then(a.cmp(&b)));
    let mut load_mw = vec![[0.0; 2]; substations];
    for i in order {
        let on = &mut load_mw[drafts[i].substation];
        let lighter = usize::from(on[1] < on[0]);
        on[lighter] += drafts[i].p_mw;
        drafts[i].section = lighter;
    }
}

/// Sorts by substation, section and class; returns the new place of each.
fn sorted(drafts: &mut Vec<Draft>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|&i| (drafts[i].substation, drafts[i].section, drafts[i].class, i));
    let mut place = vec![0; drafts.len()];
    for (to, &from) in order.iter().enumerate() {
        place[from] = to;
    }
    *drafts = order.into_iter().map(|i| drafts[i].clone()).collect();
    place
}

fn name(layout: &Layout, stations: &Stations, drafts: &mut [Draft]) {
    let mut seen = [0; PARTS.len()];
    for draft in drafts {
        let k = draft.class.i();
        seen[k] += 1;
        let district = &layout.cells[stations.substations[draft.substation].cell].name;
        draft.name = format!("{} {}, {district}", PARTS[k].noun, seen[k]);
    }
}

/// Gives every feeder that may be cut a queue: the largest first, each to the queue with the least power so far.
fn queues(drafts: &mut [Draft]) {
    let mut order: Vec<usize> = (0..drafts.len()).filter(|&i| !protected(drafts[i].class)).collect();
    order.sort_by(|&a, &b| drafts[b].p_mw.total_cmp(&drafts[a].p_mw).then(a.cmp(&b)));
    let mut load_mw = [0.0; QUEUES.len()];
    for i in order {
        let mut least = 0;
        for q in 1..QUEUES.len() {
            if load_mw[q] < load_mw[least] {
                least = q;
            }
        }
        load_mw[least] += drafts[i].p_mw;
        drafts[i].queue = Some(QUEUES[least]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_in_the_order_of_the_classes_and_sum_to_one() {
        assert!(PARTS.iter().enumerate().all(|(i, part)| part.class.i() == i));
        assert!((PARTS.iter().map(|p| p.power_share).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
