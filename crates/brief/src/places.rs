//! Places of a country: where districts are too small to be seen, those that lie together are drawn and told as one.

use crate::geometry::{Projection, Px, distance};
use crate::summary::{Summary, Tally};
use crate::text::Both;
use relight_model::{District, Scenario};
use std::collections::BTreeMap;

/// Fewer districts than this are always drawn one by one.
const DISTRICTS_FEW: usize = 24;

/// Districts are too small to be seen when the middle one of them, by size, is narrower than this, px.
const SEEN_PX: f64 = 24.0;

/// Districts this close belong to one place, px from middle to middle.
const TOGETHER_PX: f64 = 20.0;

/// A place spans no more than this, px from its most populous district to any other.
const PLACE_PX_MAX: f64 = 120.0;

/// Beyond this many districts, those with fewest people are left to the tables: finding neighbours is quadratic.
const DISTRICTS_MAX: usize = 3000;

/// Most places drawn and listed; the rest is one row.
const PLACES_MAX: usize = 120;

/// Districts that lie together on the map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// What the names of its districts begin with, or the name of the most populous one.
    pub(crate) name: Both,
    /// Its middle, weighted by people.
    pub(crate) at: Px,
    /// Number of its districts.
    pub(crate) districts: usize,
    /// Its feeders, in the first step.
    pub(crate) now: Tally,
    /// People without power, mean over the horizon.
    pub(crate) people_off_mean: f64,
}

/// Places, most people without power first, at most [`PLACES_MAX`]; empty where districts can be seen one by one.
pub(crate) fn of(scenario: &Scenario, summary: &Summary) -> Vec<Place> {
    let Some(projection) = Projection::of(&scenario.geography) else { return Vec::new() };
    let mut spots: Vec<(usize, Px, f64)> =
        scenario.geography.districts.iter().enumerate().filter_map(|(i, d)| spot(i, d, &projection)).collect();
    let mut sizes: Vec<f64> = spots.iter().map(|s| s.2).collect();
    sizes.sort_by(f64::total_cmp);
    if spots.len() < DISTRICTS_FEW || sizes[sizes.len() / 2] >= SEEN_PX {
        return Vec::new();
    }
    let people = |i: usize| summary.districts[i].now.people;
    spots.sort_by(|a, b| people(b.0).total_cmp(&people(a.0)).then(a.0.cmp(&b.0)));
    spots.truncate(DISTRICTS_MAX);
    let groups = grouped(&spots);
    // A country tiled with districts has no places: chains of neighbours would make it one.
    if groups.iter().any(|g| g.iter().any(|s| distance(s.1, g[0].1) > PLACE_PX_MAX)) {
        return Vec::new();
    }
    let mut places: Vec<Place> = groups.into_iter().map(|g| place(scenario, summary, &g)).collect();
    // Stable: equals stay in the order of their largest district.
    places.sort_by(|a, b| b.now.people_off.total_cmp(&a.now.people_off));
    places.truncate(PLACES_MAX);
    places
}

/// Middle and size of a district on the map.
fn spot(i: usize, district: &District, projection: &Projection) -> Option<(usize, Px, f64)> {
    let line = projection.line(&district.outline, false);
    let first = *line.first()?;
    let (mut min, mut max) = (first, first);
    for p in &line {
        min = Px { x: min.x.min(p.x), y: min.y.min(p.y) };
        max = Px { x: max.x.max(p.x), y: max.y.max(p.y) };
    }
    let middle = Px { x: (min.x + max.x) / 2.0, y: (min.y + max.y) / 2.0 };
    Some((i, middle, (max.x - min.x).max(max.y - min.y)))
}

/// Groups of spots that chains of short distances connect, by union-find with path halving.
fn grouped(spots: &[(usize, Px, f64)]) -> Vec<Vec<(usize, Px)>> {
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    let mut parent: Vec<usize> = (0..spots.len()).collect();
    for a in 0..spots.len() {
        for b in a + 1..spots.len() {
            if distance(spots[a].1, spots[b].1) <= TOGETHER_PX {
                let (ra, rb) = (root(&mut parent, a), root(&mut parent, b));
                parent[ra.max(rb)] = ra.min(rb);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<(usize, Px)>> = BTreeMap::new();
    for (i, spot) in spots.iter().enumerate() {
        groups.entry(root(&mut parent, i)).or_default().push((spot.0, spot.1));
    }
    groups.into_values().collect()
}

fn place(scenario: &Scenario, summary: &Summary, group: &[(usize, Px)]) -> Place {
    let (mut now, mut people_off_mean) = (Tally::default(), 0.0);
    let (mut x, mut y, mut weight) = (0.0, 0.0, 0.0);
    for (district, at) in group {
        let d = &summary.districts[*district];
        now.add(&d.now);
        people_off_mean += d.people_off_mean;
        let w = d.now.people + 1.0;
        (x, y, weight) = (x + w * at.x, y + w * at.y, weight + w);
    }
    let districts: Vec<&District> = group.iter().map(|g| &scenario.geography.districts[g.0]).collect();
    let en: Vec<&str> = districts.iter().map(|d| d.name.as_str()).collect();
    let uk: Vec<&str> =
        districts.iter().map(|d| if d.name_uk.is_empty() { d.name.as_str() } else { d.name_uk.as_str() }).collect();
    Place {
        name: Both { en: shared(&en), uk: shared(&uk) },
        at: Px { x: x / weight, y: y / weight },
        districts: group.len(),
        now,
        people_off_mean,
    }
}

/// What all names begin with, up to a comma ("Rookhill, Northgate" and "Rookhill, Foundry" share "Rookhill"); the first
/// name where they share nothing.
fn shared(names: &[&str]) -> String {
    let head = |name: &str| name.split_once(',').map(|n| n.0.trim().to_string());
    let first = head(names[0]);
    match first {
        Some(first) if names.len() > 1 && names.iter().all(|n| head(n).as_ref() == Some(&first)) => first,
        _ => names[0].to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn districts_of_a_city_stand_for_themselves() {
        let (scenario, plan) = sample::town(4, 3);
        assert!(of(&scenario, &Summary::of(&scenario, &plan).unwrap()).is_empty());
    }

    #[test]
    fn districts_that_cannot_be_seen_become_places_that_add_up() {
        let (scenario, plan) = sample::country();
        let summary = Summary::of(&scenario, &plan).unwrap();
        let places = of(&scenario, &summary);
        assert_eq!(places.len(), 3);
        assert_eq!(places.iter().map(|p| p.districts).sum::<usize>(), 36);
        let mut names: Vec<&str> = places.iter().map(|p| p.name.en.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Aston", "Borough", "Cliffe"]);
        let off: f64 = places.iter().map(|p| p.now.people_off).sum();
        assert!((off - summary.now.people_off).abs() < 1e-6);
        assert!(places.windows(2).all(|w| w[0].now.people_off >= w[1].now.people_off));
    }

    #[test]
    fn a_country_tiled_with_districts_is_not_one_place() {
        let (scenario, plan) = sample::town(40, 40);
        assert!(of(&scenario, &Summary::of(&scenario, &plan).unwrap()).is_empty());
    }

    #[test]
    fn names_that_share_nothing_give_the_largest() {
        assert_eq!(shared(&["Rookhill, Northgate", "Rookhill, Foundry"]), "Rookhill");
        assert_eq!(shared(&["Rookhill, Northgate", "Hazelport, Foundry"]), "Rookhill, Northgate");
        assert_eq!(shared(&["Ash"]), "Ash");
        assert_eq!(shared(&["Ash, West"]), "Ash, West");
    }
}
