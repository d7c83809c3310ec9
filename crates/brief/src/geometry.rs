//! From degrees to the pixels of a small map: projection, simplification, a place for a label.

use relight_model::{GeoPoint, Geography};

/// A point of the map, px, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Px {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Width of the map, px. All maps are this wide; the height follows the place, between the two limits.
pub(crate) const WIDTH: f64 = 720.0;
const HEIGHT_MIN: f64 = 320.0;
/// Most height of the map, px.
pub(crate) const HEIGHT_MAX: f64 = 760.0;
const MARGIN: f64 = 10.0;

/// Longest line that the simplification takes whole: it is quadratic at worst, and a hostile file may hold millions.
const POINTS_MAX: usize = 4000;

/// Equirectangular projection, true at the middle latitude: right enough for a city and fair for a country.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projection {
    lon_deg_min: f64,
    lat_deg_max: f64,
    /// Pixels per degree of latitude; of longitude times `squeeze`.
    scale: f64,
    squeeze: f64,
    offset_x: f64,
    offset_y: f64,
    /// Height of the map, px.
    pub(crate) height: f64,
}

impl Projection {
    /// Fits the outlines of the districts, or the buses where there are none. `None` if nothing spans an area.
    pub(crate) fn of(geography: &Geography) -> Option<Self> {
        let outlines = geography.districts.iter().flat_map(|d| &d.outline);
        let (mut min, mut max, mut seen) = extent(outlines);
        if seen == 0 {
            (min, max, seen) = extent(geography.buses.iter().flatten());
        }
        let squeeze = ((min.lat_deg + max.lat_deg) / 2.0).to_radians().cos().max(0.05);
        let (wide, high) = ((max.lon_deg - min.lon_deg) * squeeze, max.lat_deg - min.lat_deg);
        if seen < 2 || wide.max(high) < 1e-6 {
            return None;
        }
        let inner = WIDTH - 2.0 * MARGIN;
        let scale = (inner / wide.max(1e-9)).min((HEIGHT_MAX - 2.0 * MARGIN) / high.max(1e-9));
        let height = (high * scale + 2.0 * MARGIN).clamp(HEIGHT_MIN, HEIGHT_MAX);
        Some(Self {
            lon_deg_min: min.lon_deg,
            lat_deg_max: max.lat_deg,
            scale,
            squeeze,
            offset_x: (WIDTH - wide * scale) / 2.0,
            offset_y: (height - high * scale) / 2.0,
            height,
        })
    }

    /// Where a point lies on the map; `None` if it is no place on earth.
    pub(crate) fn place(&self, point: GeoPoint) -> Option<Px> {
        on_earth(&point).then_some(Px {
            x: self.offset_x + (point.lon_deg - self.lon_deg_min) * self.squeeze * self.scale,
            y: self.offset_y + (self.lat_deg_max - point.lat_deg) * self.scale,
        })
    }

    /// Whether a pixel is on the map.
    pub(crate) fn shows(&self, p: Px) -> bool {
        (0.0..=WIDTH).contains(&p.x) && (0.0..=self.height).contains(&p.y)
    }

    /// A line in pixels, without points that would not be seen. Points that are no place on earth are left out.
    pub(crate) fn line(&self, points: &[GeoPoint], closed: bool) -> Vec<Px> {
        let mut line: Vec<Px> = Vec::new();
        for p in points.iter().filter_map(|&p| self.place(p)) {
            // Far outside the map a coordinate only costs space.
            let p = Px { x: p.x.clamp(-WIDTH, 2.0 * WIDTH), y: p.y.clamp(-WIDTH, 2.0 * WIDTH) };
            if line.last().is_none_or(|last| distance(*last, p) > 0.25) {
                line.push(p);
            }
        }
        if line.len() > POINTS_MAX {
            let stride = line.len().div_ceil(POINTS_MAX);
            line = line.into_iter().step_by(stride).collect();
        }
        if closed {
            line.extend(line.first().copied());
        }
        let mut kept = simplified(&line, 0.35);
        if closed {
            kept.pop();
        }
        kept
    }
}

fn on_earth(point: &GeoPoint) -> bool {
    (-180.0..=180.0).contains(&point.lon_deg) && (-90.0..=90.0).contains(&point.lat_deg)
}

fn extent<'a>(points: impl Iterator<Item = &'a GeoPoint>) -> (GeoPoint, GeoPoint, usize) {
    let mut min = GeoPoint { lon_deg: f64::INFINITY, lat_deg: f64::INFINITY };
    let mut max = GeoPoint { lon_deg: f64::NEG_INFINITY, lat_deg: f64::NEG_INFINITY };
    let mut seen = 0;
    for p in points.filter(|p| on_earth(p)) {
        min = GeoPoint { lon_deg: min.lon_deg.min(p.lon_deg), lat_deg: min.lat_deg.min(p.lat_deg) };
        max = GeoPoint { lon_deg: max.lon_deg.max(p.lon_deg), lat_deg: max.lat_deg.max(p.lat_deg) };
        seen += 1;
    }
    (min, max, seen)
}

pub(crate) fn distance(a: Px, b: Px) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// Length of a line, px.
pub(crate) fn length(line: &[Px]) -> f64 {
    line.windows(2).map(|w| distance(w[0], w[1])).sum()
}

/// Distance of a point from the stretch between two others.
fn distance_to_stretch(p: Px, a: Px, b: Px) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let squared = dx * dx + dy * dy;
    let t = if squared > 0.0 { (((p.x - a.x) * dx + (p.y - a.y) * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
    distance(p, Px { x: a.x + t * dx, y: a.y + t * dy })
}

/// Douglas and Peucker 1973: keeps the points that lie further than `tolerance` from the line without them.
fn simplified(line: &[Px], tolerance: f64) -> Vec<Px> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let mut keep = vec![false; line.len()];
    (keep[0], keep[line.len() - 1]) = (true, true);
    let mut open = vec![(0, line.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let mut farthest = (0.0, first);
        for i in first + 1..last {
            let d = distance_to_stretch(line[i], line[first], line[last]);
            if d > farthest.0 {
                farthest = (d, i);
            }
        }
        if farthest.0 > tolerance {
            keep[farthest.1] = true;
            open.push((first, farthest.1));
            open.push((farthest.1, last));
        }
    }
    line.iter().zip(keep).filter(|(_, kept)| *kept).map(|(p, _)| *p).collect()
}

/// Whether a point lies inside a closed outline (even-odd rule).
pub(crate) fn inside(outline: &[Px], p: Px) -> bool {
    let mut inside = false;
    for (a, b) in outline.iter().zip(outline.iter().cycle().skip(1)) {
        if (a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_model::District;

    fn geography(points: &[(f64, f64)]) -> Geography {
        let outline = points.iter().map(|&(lon_deg, lat_deg)| GeoPoint { lon_deg, lat_deg }).collect();
        let district = District { id: "d".into(), name: "D".into(), name_uk: String::new(), people: 0, outline };
        Geography { districts: vec![district], ..Geography::default() }
    }

    #[test]
    fn the_place_fills_the_map_with_north_up() {
        let p = Projection::of(&geography(&[(30.0, 50.0), (30.4, 50.0), (30.4, 50.1), (30.0, 50.1)])).unwrap();
        let corner = |lon_deg, lat_deg| p.place(GeoPoint { lon_deg, lat_deg }).unwrap();
        let (south_west, north_east) = (corner(30.0, 50.0), corner(30.4, 50.1));
        assert!((south_west.x - MARGIN).abs() < 1e-9 && (north_east.x - (WIDTH - MARGIN)).abs() < 1e-9);
        assert!(north_east.y < south_west.y);
        // At 50° north a degree of longitude is about 0.643 of one of latitude.
        let ratio = (north_east.x - south_west.x) / (south_west.y - north_east.y);
        assert!((ratio - 4.0 * 50.05f64.to_radians().cos()).abs() < 1e-9);
    }

    #[test]
    fn places_without_area_or_off_the_earth_give_no_map() {
        assert!(Projection::of(&Geography::default()).is_none());
        assert!(Projection::of(&geography(&[(30.0, 50.0), (30.0, 50.0)])).is_none());
        assert!(Projection::of(&geography(&[(f64::NAN, 50.0), (1e300, 50.0), (30.0, f64::INFINITY)])).is_none());
        let thin = Projection::of(&geography(&[(30.0, 50.0), (30.0, 51.0)])).unwrap();
        assert!(thin.height <= HEIGHT_MAX && thin.place(GeoPoint { lon_deg: 30.0, lat_deg: 50.5 }).is_some());
    }

    #[test]
    fn simplification_keeps_corners_and_drops_the_rest() {
        let line: Vec<Px> = (0..=100).map(|i| Px { x: f64::from(i), y: if i < 50 { 0.0 } else { 20.0 } }).collect();
        let kept = simplified(&line, 0.35);
        assert_eq!(kept.iter().map(|p| p.x).collect::<Vec<_>>(), [0.0, 49.0, 50.0, 100.0]);
    }

    #[test]
    fn a_million_points_do_not_hang() {
        let p = Projection::of(&geography(&[(30.0, 50.0), (31.0, 51.0)])).unwrap();
        let zigzag: Vec<GeoPoint> = (0..1_000_000)
            .map(|i| GeoPoint { lon_deg: 30.0 + f64::from(i % 2), lat_deg: 50.0 + f64::from(i) * 1e-6 })
            .collect();
        assert!(p.line(&zigzag, true).len() <= POINTS_MAX + 1);
    }
}
