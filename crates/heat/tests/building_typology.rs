//! What the typology makes of buildings: losses as published for towers, and its model in the limit of one exponential.

use relight_heat::building::rc::Drive;
use relight_heat::building::typology::{Envelope, T_SET_C};
use relight_heat::building::{one_node, physics};
use relight_model::{Building, BuildingKind, GeoPoint, Heating};

fn building(kind: BuildingKind, year: Option<u32>, floors: u32, area_m2: f64) -> Building {
    Building {
        id: "B".into(),
        at: GeoPoint { lon_deg: 30.5, lat_deg: 50.4 },
        district: 0,
        feeder: 0,
        floors,
        people: 100,
        kind,
        year,
        area_m2,
        heating: Heating::Unknown,
        electric_share: 0.0,
    }
}

/// The table of docs/methods/building.md.
const TABLE: [(BuildingKind, u32, u32, f64); 10] = [
    (BuildingKind::Panel, 1965, 5, 2700.0),
    (BuildingKind::Panel, 1980, 5, 2700.0),
    (BuildingKind::Panel, 1980, 9, 4000.0),
    (BuildingKind::Panel, 1980, 16, 6000.0),
    (BuildingKind::Panel, 1993, 9, 4000.0),
    (BuildingKind::Brick, 1950, 4, 2000.0),
    (BuildingKind::Brick, 1975, 9, 4000.0),
    (BuildingKind::Frame, 2005, 16, 8000.0),
    (BuildingKind::Frame, 2015, 24, 15000.0),
    (BuildingKind::House, 1970, 1, 90.0),
];

#[test]
fn towers_lose_what_is_published() {
    for (kind, year, floors, area_m2) in TABLE {
        let building = building(kind, Some(year), floors, area_m2);
        let (envelope, physics) = (Envelope::of(&building), physics(&building));
        println!(
            "| {} | {year} | {floors} | {area_m2} | {:.2} | {:.2} | {:.0} | {:.0} |",
            kind.name(),
            physics.loss_w_per_k / area_m2,
            physics.loss_w_per_k / envelope.volume_m3,
            42.0 * physics.loss_w_per_k / area_m2,
            physics.beta_h
        );
        let published = match (kind, year, floors) {
            (BuildingKind::Panel, 1980, 5) => Some((0.63, 88.0)),
            (BuildingKind::Panel, 1980, 9) => Some((0.52, 72.0)),
            (BuildingKind::Panel, 1980, 16) => Some((0.53, 73.0)),
            _ => None,
        };
        if let Some((w_per_m3_k, w_per_m2)) = published {
            let loss = physics.loss_w_per_k / envelope.volume_m3;
            let peak = 42.0 * physics.loss_w_per_k / area_m2;
            assert!((loss / w_per_m3_k - 1.0).abs() < 0.15, "{floors} floors: {loss} W/m3K for {w_per_m3_k}");
            assert!((peak / w_per_m2 - 1.0).abs() < 0.25, "{floors} floors: {peak} W/m2 for {w_per_m2}");
        }
    }
}

#[test]
fn any_building_has_finite_physics() {
    for kind in BuildingKind::ALL {
        for year in [None, Some(0), Some(1900), Some(1969), Some(2030), Some(u32::MAX)] {
            for (floors, area_m2) in [(0, 1.0), (1, 1e-3), (1, 1e9), (100, 50.0), (u32::MAX, 1e6)] {
                let physics = physics(&building(kind, year, floors, area_m2));
                assert!(physics.beta_h.is_finite() && physics.beta_h > 0.0, "{kind:?} {year:?} {floors} {area_m2}");
                assert!(physics.loss_w_per_k.is_finite() && physics.loss_w_per_k > 0.0);
            }
        }
    }
}

/// Hours to a temperature of the air, by steps of [`relight_heat::building::rc::Zone::step`].
fn hours_of_rc(kind: BuildingKind, stiff: f64, mark_c: f64) -> (f64, f64) {
    let building = building(kind, Some(1980), 9, 4000.0);
    let mut zone = Envelope::of(&building).zone();
    (zone.h_is, zone.h_ms) = (zone.h_is * stiff, zone.h_ms * stiff);
    let drive = Drive { t_out_c: -20.0, t_supply_c: -20.0, ..Drive::default() };
    let (mut t_mass_c, mut before_c) = (T_SET_C, T_SET_C);
    for hour in 0.. {
        let step = zone.step(t_mass_c, &drive, 0.0);
        t_mass_c = step.t_mass_next_c;
        // A step's air is its mean: the middle of the hour.
        if step.t_air_c <= mark_c {
            let part = (before_c - mark_c) / (before_c - step.t_air_c);
            let hours = f64::from(hour) - 0.5 + part;
            return (hours, one_node::hours_to(mark_c, T_SET_C, -20.0, zone.beta_h()).expect("it is reached"));
        }
        before_c = step.t_air_c;
    }
    unreachable!("the loop ends by returning");
}

#[test]
fn the_one_node_is_the_limit_of_stiff_couplings() {
    for kind in [BuildingKind::Panel, BuildingKind::Brick] {
        for mark_c in [12.0, 5.0, 0.0] {
            let (rc_h, one_node_h) = hours_of_rc(kind, 1e5, mark_c);
            assert!((rc_h - one_node_h).abs() < 0.02, "{kind:?} to {mark_c}: {rc_h} and {one_node_h}");
            // As it is, the air falls below the mass at once, and comes to the marks sooner.
            let (rc_h, one_node_h) = hours_of_rc(kind, 1.0, mark_c);
            println!("{} to {mark_c} C: {rc_h:.1} h, one node {one_node_h:.1} h", kind.name());
            assert!(rc_h < one_node_h && rc_h > one_node_h - 6.0, "{kind:?} to {mark_c}: {rc_h} and {one_node_h}");
        }
    }
}
