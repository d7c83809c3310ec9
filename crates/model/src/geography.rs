//! Where things are. Engines never look at it; maps and counts by district do.

use crate::Building;

/// A point, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoPoint {
    /// Longitude, degrees east, −180 to 180.
    pub lon_deg: f64,
    /// Latitude, degrees north, −90 to 90.
    pub lat_deg: f64,
}

/// A part of the city or country by which consequences are reported.
#[derive(Clone, Debug, PartialEq)]
pub struct District {
    /// Id, unique in the scenario.
    pub id: String,
    /// Name in English.
    pub name: String,
    /// Name in Ukrainian; the English one where the file gives none.
    pub name_uk: String,
    /// People who live there.
    pub people: u32,
    /// Closed outline without holes; the first point is not repeated. Empty if unknown.
    pub outline: Vec<GeoPoint>,
}

/// A line on the map: a street, or the outline of a river or lake.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Name; empty if none.
    pub name: String,
    /// Its points.
    pub points: Vec<GeoPoint>,
}

/// The geography of a scenario. All parts may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Geography {
    /// Districts.
    pub districts: Vec<District>,
    /// Water, as closed outlines.
    pub waters: Vec<Path>,
    /// Streets.
    pub streets: Vec<Path>,
    /// Position of every bus of the network; empty, or as long as the bus list.
    pub buses: Vec<Option<GeoPoint>>,
    /// Apartment buildings.
    pub buildings: Vec<Building>,
}
