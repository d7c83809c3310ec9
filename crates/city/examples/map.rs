//! Draws a generated city as SVG on standard output: `cargo run -p relight-city --example map -- 3000000 1 > map.svg`.

use relight_city::{CitySettings, generate};
use relight_model::{BranchKind, GeoPoint, Scenario, Situation};
use std::fmt::Write;

/// Width of the picture, px.
const WIDTH: f64 = 1400.0;
const FILLS: [&str; 6] = ["#eef3e2", "#f6ecd9", "#e6eef5", "#f3e6ea", "#ebe8f4", "#e4f1ec"];

struct Frame {
    west: f64,
    north: f64,
    px_per_deg: (f64, f64),
}

impl Frame {
    fn of(scenario: &Scenario) -> (Self, f64) {
        let points: Vec<GeoPoint> = scenario.geography.buses.iter().flatten().copied().collect();
        let outlines = scenario.geography.districts.iter().flat_map(|d| d.outline.iter().copied());
        let all: Vec<GeoPoint> = points.into_iter().chain(outlines).collect();
        let range = |f: fn(&GeoPoint) -> f64| {
            all.iter().map(f).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
        };
        let ((west, east), (south, north)) = (range(|g| g.lon_deg), range(|g| g.lat_deg));
        let x = WIDTH / (east - west) * 0.94;
        let y = x / 0.669;
        let margin = 0.03 * (east - west);
        (Self { west: west - margin, north: north + margin, px_per_deg: (x, y) }, (north - south + 2.0 * margin) * y)
    }

    fn at(&self, g: GeoPoint) -> (f64, f64) {
        ((g.lon_deg - self.west) * self.px_per_deg.0, (self.north - g.lat_deg) * self.px_per_deg.1)
    }

    fn way(&self, points: &[GeoPoint]) -> String {
        points.iter().fold(String::new(), |mut text, &g| {
            let (x, y) = self.at(g);
            let _ = write!(text, "{x:.1},{y:.1} ");
            text
        })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<u64>());
    let mut next = |default| numbers.next().unwrap_or(Ok(default));
    let (people, seed) = (u32::try_from(next(3_000_000)?)?, next(1)?);
    let scenario = generate(&CitySettings { people, seed })?;
    print!("{}", draw(&scenario)?);
    Ok(())
}

fn draw(scenario: &Scenario) -> Result<String, Box<dyn std::error::Error>> {
    let (frame, height) = Frame::of(scenario);
    let geography = &scenario.geography;
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height:.0}' font-family='sans-serif'><rect width='100%' height='100%' fill='#fbfaf7'/>\n"
    );
    for (k, district) in geography.districts.iter().enumerate() {
        let fill = FILLS[k % FILLS.len()];
        writeln!(
            svg,
            "<polygon points='{}' fill='{fill}' stroke='#998' stroke-width='1.5'/>",
            frame.way(&district.outline)
        )?;
    }
    for water in &geography.waters {
        writeln!(svg, "<polygon points='{}' fill='#a9cfe8'/>", frame.way(&water.points))?;
    }
    for street in &geography.streets {
        let (colour, width) = if street.name.is_empty() { ("#c9c4b8", 0.8) } else { ("#9a917c", 2.2) };
        let points = frame.way(&street.points);
        writeln!(svg, "<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='{width}'/>")?;
    }
    if geography.buildings.len() < 50_000 {
        for building in &geography.buildings {
            let (x, y) = frame.at(building.at);
            writeln!(svg, "<rect x='{x:.1}' y='{y:.1}' width='1.6' height='1.6' fill='#b08d6a'/>")?;
        }
    }
    grid(scenario, &frame, &mut svg)?;
    for district in &geography.districts {
        let n = district.outline.len() as f64;
        let sum = district.outline.iter().fold((0.0, 0.0), |s, &g| (s.0 + frame.at(g).0, s.1 + frame.at(g).1));
        let (x, y) = (sum.0 / n, sum.1 / n);
        writeln!(
            svg,
            "<text x='{x:.0}' y='{y:.0}' text-anchor='middle' font-size='15' stroke='#fff' stroke-width='3' paint-order='stroke'>{}</text>",
            district.name
        )?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn grid(scenario: &Scenario, frame: &Frame, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let network = &scenario.network;
    let situation = Situation::damaged(network, &scenario.damage)?;
    let place = |bus: usize| scenario.geography.buses[bus].map_or((0.0, 0.0), |g| frame.at(g));
    for (k, branch) in network.branches.iter().enumerate().filter(|(_, b)| b.kind == BranchKind::Line) {
        let ((x1, y1), (x2, y2)) = (place(branch.from.i()), place(branch.to.i()));
        let kv = network.buses[branch.from.i()].base_kv;
        let (colour, width) = if kv > 700.0 {
            ("#7a1fa2", 3.0)
        } else if kv > 300.0 {
            ("#0b6e4f", 2.2)
        } else {
            ("#1f4e9e", 1.2)
        };
        let dash = if situation.branch_out[k] { " stroke-dasharray='3 4'" } else { "" };
        writeln!(
            svg,
            "<line x1='{x1:.1}' y1='{y1:.1}' x2='{x2:.1}' y2='{y2:.1}' stroke='{colour}' stroke-width='{width}'{dash}/>"
        )?;
    }
    for (i, bus) in network.buses.iter().enumerate().filter(|(_, b)| b.base_kv > 20.0) {
        let (x, y) = place(i);
        let side = if bus.base_kv > 300.0 { 9.0 } else { 5.0 };
        let plant = network.generators.iter().enumerate().any(|(k, g)| g.bus.i() == i && situation.generator_out[k]);
        let lame = network.branches.iter().enumerate().any(|(k, b)| {
            b.kind == BranchKind::Transformer && situation.branch_out[k] && (b.from.i() == i || b.to.i() == i)
        });
        let colour = if situation.bus_out[i] || plant {
            "#d00000"
        } else if lame {
            "#f08000"
        } else {
            "#20242c"
        };
        let (x, y) = (x - side / 2.0, y - side / 2.0);
        writeln!(svg, "<rect x='{x:.1}' y='{y:.1}' width='{side}' height='{side}' fill='{colour}'/>")?;
    }
    Ok(())
}
