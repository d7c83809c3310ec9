//! `geography.geojson`: outlines of districts, water, streets.

use super::feeders::Ids;
use crate::source;
use geojson::{Feature, FeatureCollection, GeoJson, Geometry, GeometryValue, JsonObject, JsonValue, Position};
use relight_model::{Finding, Findings, GeoPoint, Geography, Path};

/// Most features: streets of a country.
const FEATURES_MAX: usize = 2_000_000;

/// Reads the map into `geography`, whose districts are known by then.
pub(super) fn read(path: &std::path::Path, district_ids: &Ids, geography: &mut Geography, findings: &mut Findings) {
    if path.symlink_metadata().is_err() {
        return;
    }
    let file = path.display().to_string();
    let text = match source::read_text(path) {
        Ok(text) => text,
        Err(finding) => return findings.push(finding),
    };
    let mut inner = Findings::default();
    parse(text.trim_start_matches('\u{feff}'), district_ids, geography, &mut inner);
    findings.extend(inner.with_file(&file));
}

fn parse(text: &str, district_ids: &Ids, geography: &mut Geography, findings: &mut Findings) {
    let collection = match text.parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(collection)) => collection,
        Ok(_) => {
            return findings.push(
                Finding::error("not-geojson", "the map is no FeatureCollection")
                    .allowed("a GeoJSON FeatureCollection")
                    .hint("export it as GeoJSON in WGS 84 (RFC 7946)"),
            );
        }
        Err(e) => {
            let message: String = e.to_string().chars().take(200).collect();
            return findings.push(
                Finding::error("not-geojson", format!("the map is no GeoJSON: {message}"))
                    .allowed("a GeoJSON FeatureCollection")
                    .hint("export it as GeoJSON in WGS 84 (RFC 7946)"),
            );
        }
    };
    if collection.features.len() > FEATURES_MAX {
        return findings.push(
            Finding::error("too-many-rows", "the map has too many features")
                .field("features", collection.features.len())
                .allowed(format!("at most {FEATURES_MAX}")),
        );
    }
    for (i, feature) in collection.features.iter().enumerate() {
        let mut one = FeatureReader { feature, row: i as u32 + 1, findings };
        one.read(district_ids, geography);
    }
}

struct FeatureReader<'a> {
    feature: &'a Feature,
    row: u32,
    findings: &'a mut Findings,
}

impl FeatureReader<'_> {
    fn read(&mut self, district_ids: &Ids, geography: &mut Geography) {
        let Some(kind) = self.text("kind") else {
            return self.warn("unknown-kind", "kind", "", "the feature has no kind and is not used");
        };
        match kind.as_str() {
            "district" => self.district(district_ids, geography),
            "water" => {
                if let Some(points) = self.outline() {
                    geography.waters.push(Path { name: self.text("name").unwrap_or_default(), points });
                }
            }
            "street" => {
                if let Some(points) = self.line() {
                    geography.streets.push(Path { name: self.text("name").unwrap_or_default(), points });
                }
            }
            other => self.warn("unknown-kind", "kind", other, "the kind is not known; the feature is not used"),
        }
    }

    fn district(&mut self, district_ids: &Ids, geography: &mut Geography) {
        let id = self.text("id").unwrap_or_default();
        let Some(&position) = district_ids.get(&id) else {
            return self.error("unknown-district", "id", &id, "no such district", "an id of districts.csv");
        };
        let Some(points) = self.outline() else { return };
        let outline = &mut geography.districts[position as usize].outline;
        if outline.is_empty() {
            *outline = points;
        } else {
            self.error("duplicate-id", "id", &id, "the district has an outline already", "one outline a district");
        }
    }

    /// Outer ring of a polygon without the repeated first point.
    fn outline(&mut self) -> Option<Vec<GeoPoint>> {
        let rings: &[Vec<Position>] = match self.feature.geometry.as_ref().map(|g| &g.value) {
            Some(GeometryValue::Polygon { coordinates }) => coordinates,
            Some(GeometryValue::MultiPolygon { coordinates }) => {
                let largest = coordinates.iter().max_by_key(|polygon| polygon.first().map_or(0, Vec::len))?;
                if coordinates.len() > 1 {
                    let parts = coordinates.len().to_string();
                    self.warn("several-parts", "parts", &parts, "only the part with the longest outline is used");
                }
                largest
            }
            other => {
                let found = other.map_or("no geometry", GeometryValue::type_name).to_owned();
                self.error("wrong-geometry", "geometry", &found, "an outline is needed", "Polygon");
                return None;
            }
        };
        if rings.len() > 1 {
            let holes = (rings.len() - 1).to_string();
            self.warn("several-parts", "holes", &holes, "holes of the outline are not used");
        }
        let mut points = self.points(rings.first().map_or(&[], Vec::as_slice))?;
        if points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        if points.len() < 3 {
            let count = points.len().to_string();
            self.error("wrong-geometry", "points", &count, "an outline needs three points", "3 or more");
            return None;
        }
        Some(points)
    }

    fn line(&mut self) -> Option<Vec<GeoPoint>> {
        match self.feature.geometry.as_ref().map(|g| &g.value) {
            Some(GeometryValue::LineString { coordinates }) => self.points(coordinates),
            other => {
                let found = other.map_or("no geometry", GeometryValue::type_name).to_owned();
                self.error("wrong-geometry", "geometry", &found, "a line is needed", "LineString");
                None
            }
        }
    }

    fn points(&mut self, positions: &[Position]) -> Option<Vec<GeoPoint>> {
        let mut points = Vec::with_capacity(positions.len());
        for position in positions {
            match *position.as_slice() {
                [lon_deg, lat_deg, ..] if lon_deg.abs() <= 180.0 && lat_deg.abs() <= 90.0 => {
                    points.push(GeoPoint { lon_deg, lat_deg });
                }
                ref other => {
                    let found = format!("{other:?}");
                    let allowed = "longitude -180 to 180, then latitude -90 to 90, degrees (WGS 84)";
                    self.error("out-of-range", "coordinates", &found, "this is no place on Earth", allowed);
                    return None;
                }
            }
        }
        Some(points)
    }

    /// A property as text; numbers count as text, since many tools write ids as numbers.
    fn text(&self, key: &str) -> Option<String> {
        match self.feature.property(key)? {
            JsonValue::String(text) => Some(text.clone()),
            JsonValue::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn error(&mut self, code: &'static str, field: &str, value: &str, what: &str, allowed: &str) {
        let finding = Finding::error(code, what).at("features", self.row).field(field, value).allowed(allowed);
        self.findings.push(finding);
    }

    fn warn(&mut self, code: &'static str, field: &str, value: &str, what: &str) {
        let allowed = "kind = district, water or street";
        self.findings.push(Finding::warning(code, what).at("features", self.row).field(field, value).allowed(allowed));
    }
}

/// The map as GeoJSON text; `None` if there is nothing to draw.
pub(super) fn text(geography: &Geography) -> Option<String> {
    let districts = geography.districts.iter().filter(|d| !d.outline.is_empty()).map(|district| {
        let properties = [("kind", "district"), ("id", &district.id), ("name", &district.name)];
        feature(&properties, outline(&district.outline))
    });
    let waters = geography.waters.iter().map(|w| feature(&[("kind", "water"), ("name", &w.name)], outline(&w.points)));
    let streets = geography.streets.iter().map(|s| {
        let line = GeometryValue::LineString { coordinates: s.points.iter().map(position).collect() };
        feature(&[("kind", "street"), ("name", &s.name)], line)
    });
    let features: Vec<Feature> = districts.chain(waters).chain(streets).collect();
    if features.is_empty() {
        return None;
    }
    let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[\n");
    // One feature a line, so that a difference of two maps can be read.
    for (i, feature) in FeatureCollection::new(features).features.iter().enumerate() {
        text.push_str(if i == 0 { "" } else { ",\n" });
        text.push_str(&feature.to_string());
    }
    text.push_str("\n]}\n");
    Some(text)
}

fn feature(properties: &[(&str, &str)], geometry: GeometryValue) -> Feature {
    let properties: JsonObject =
        properties.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| ((*k).to_owned(), JsonValue::from(*v))).collect();
    Feature {
        bbox: None,
        geometry: Some(Geometry::new(geometry)),
        id: None,
        properties: Some(properties),
        foreign_members: None,
    }
}

fn outline(points: &[GeoPoint]) -> GeometryValue {
    GeometryValue::Polygon { coordinates: vec![points.iter().chain(points.first()).map(position).collect()] }
}

fn position(point: &GeoPoint) -> Position {
    Position::from([point.lon_deg, point.lat_deg])
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_model::District;

    fn read_text(text: &str) -> (Geography, Vec<&'static str>) {
        let district =
            District {
                id: "d1".into(), name: "One".into(), name_uk: "Один".into(), people: 5, outline: Vec::new()
            };
        let mut geography = Geography { districts: vec![district], ..Geography::default() };
        let mut findings = Findings::default();
        parse(text, &Ids::from([("d1".to_owned(), 0)]), &mut geography, &mut findings);
        (geography, findings.iter().map(|f| f.code).collect())
    }

    fn one(kind: &str, id: &str, geometry: &str) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"kind":"{kind}","id":"{id}"}},"geometry":{geometry}}}]}}"#
        )
    }

    const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[30,50],[31,50],[31,51],[30,50]]]}"#;

    #[test]
    fn a_map_reads_and_comes_back() {
        let (mut geography, codes) = read_text(&one("district", "d1", SQUARE));
        assert_eq!((codes.len(), geography.districts[0].outline.len()), (0, 3));
        let point = |lon_deg, lat_deg| GeoPoint { lon_deg, lat_deg };
        let points = vec![point(30.1, 50.2), point(0.1 + 0.2, 1.0 / 3.0), point(30.3, 50.0)];
        geography.waters.push(Path { name: "Річка \"A\"".into(), points: points.clone() });
        geography.streets.push(Path { name: String::new(), points });
        let (again, codes) = read_text(&text(&geography).unwrap());
        assert_eq!((again, codes.len()), (geography, 0));
    }

    #[test]
    fn every_fault_of_a_map_has_its_code() {
        assert_eq!(read_text("{").1, ["not-geojson"]);
        assert_eq!(read_text(SQUARE).1, ["not-geojson"]);
        assert_eq!(read_text(&one("district", "d9", SQUARE)).1, ["unknown-district"]);
        assert_eq!(read_text(&one("moat", "", SQUARE)).1, ["unknown-kind"]);
        assert_eq!(read_text(&one("street", "", SQUARE)).1, ["wrong-geometry"]);
        assert_eq!(read_text(&one("water", "", r#"{"type":"Polygon","coordinates":[]}"#)).1, ["wrong-geometry"]);
        let far = r#"{"type":"LineString","coordinates":[[300,50],[31,50]]}"#;
        assert_eq!(read_text(&one("street", "", far)).1, ["out-of-range"]);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read_text(&deep).1, ["not-geojson"]);
    }
}
