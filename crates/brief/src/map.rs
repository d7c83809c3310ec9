//! The map: districts shaded, hatched and labelled by the share of people without power, water, streets, substations.
//!
//! Shade and hatching say the same, so that the map reads in black and white and without telling colours apart; every
//! number on it stands in the table of districts too.

use crate::geometry::{self, Projection, Px, WIDTH};
use crate::html::Html;
use crate::labels::{self, FONT, LINE, Label, Plate, Symbol, Wanted};
use crate::numbers;
use crate::page::Page;
use crate::places::Place;
use crate::summary::{self, Summary, Supply, Tally};
use crate::text::{Both, Word, phrase};
use relight_model::plan::Plan;
use relight_model::{GeoPoint, Scenario};
use std::collections::HashMap;

/// Most streets' points, districts, labels and substations drawn, for the size of the file and for the eye.
const STREET_POINTS_MAX: usize = 9000;
const OUTLINE_POINTS_MAX: usize = 40_000;
const WATER_POINTS_MAX: usize = 10_000;
const DISTRICTS_MAX: usize = 600;
const LABELS_MAX: usize = 60;
const STATIONS_MAX: usize = 300;

/// Rim around a map of places, px: their names reach beyond their middles.
const RIM_X: f64 = 56.0;

/// Size of the symbols of substations, as drawn here to as shown: large enough for a phone.
const SYMBOL_SCALE: f64 = 1.35;

/// Upper ends of the bands of share without power, and the class that shades them.
const BANDS: [(f64, &str); 5] = [(0.01, "b0"), (0.25, "b1"), (0.5, "b2"), (0.75, "b3"), (f64::INFINITY, "b4")];

/// Hatchings of the bands, from none to dense crosses; the legend uses them too.
const PATTERNS: &str = "<defs>\
<pattern id=\"b1\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\"><rect width=\"9\" height=\"9\" fill=\"#fdf1e0\"/>\
<circle cx=\"2\" cy=\"2\" r=\".9\" fill=\"#7a4a1c\"/></pattern>\
<pattern id=\"b2\" width=\"10\" height=\"10\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"10\" height=\"10\" fill=\"#fbdcb4\"/><path d=\"M0 0V10\" stroke=\"#8a4a12\" stroke-width=\"1.6\"/></pattern>\
<pattern id=\"b3\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"5\" height=\"5\" fill=\"#f3b67c\"/><path d=\"M0 0V5\" stroke=\"#7a3208\" stroke-width=\"1.8\"/></pattern>\
<pattern id=\"b4\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"5\" height=\"5\" fill=\"#d9814a\"/><path d=\"M0 0V5M0 0H5\" stroke=\"#4a1a04\" stroke-width=\"2\"/></pattern>\
</defs>";

/// Draws the map, or says why there is none.
pub(crate) fn draw(html: &mut Html, page: &Page<'_>) {
    let &Page { scenario, plan, summary, places, .. } = page;
    let geography = &scenario.geography;
    let outlined = geography.districts.iter().filter(|d| d.outline.len() >= 3).count();
    if outlined == 0 && geography.buses.iter().flatten().next().is_none() {
        html.both_in("<p class=\"note\"", &Word::NoMapGeography.both(), "</p>");
        return;
    }
    let Some(projection) = Projection::of(geography) else {
        html.both_in("<p class=\"note\"", &Word::NoMapExtent.both(), "</p>");
        return;
    };
    // Circles and names of places reach beyond the middles of their districts.
    let (rim_x, rim_y) = if places.is_empty() { (0.0, 0.0) } else { (RIM_X, 28.0) };
    let (wide, high) = (WIDTH + 2.0 * rim_x, projection.height + 2.0 * rim_y);
    html.raw("<figure class=\"map\"><svg viewBox=\"").number(-rim_x).raw(" ").number(-rim_y).raw(" ");
    html.number(wide).raw(" ").number(high);
    html.raw("\" role=\"img\" aria-labelledby=\"map-title map-desc\"><title id=\"map-title\">");
    title(html, &Word::MapTitle.both());
    html.raw("</title><desc id=\"map-desc\">");
    title(html, &Word::MapDesc.both());
    html.raw("</desc>").raw(PATTERNS);
    html.raw("<rect class=\"land\" x=\"").number(-rim_x).raw("\" y=\"").number(-rim_y);
    html.raw("\" width=\"").number(wide).raw("\" height=\"").number(high).raw("\"/>");
    let outlines = outlines(scenario, summary, &projection);
    if places.is_empty() {
        outlines.iter().for_each(|o| shade(html, scenario, summary, o));
    }
    waters(html, scenario, &projection);
    let streets = streets(html, scenario, &projection);
    let (mut stations, stations_all) = stations_shown(scenario, plan, &projection);
    let key = if places.is_empty() {
        for district in &outlines {
            html.raw("<path class=\"edge\" d=\"").with(|h| path(h, &district.line, true)).raw("\"/>");
        }
        let (labels, names) = district_labels(scenario, summary, &outlines, &stations, projection.height);
        // A symbol half under a name reads as something else; what is out is never under one.
        stations.retain(|s| s.is_out() || !labels.iter().flatten().any(|l| l.plate.overlaps(&s.plate())));
        draw_stations(html, &stations);
        draw_labels(html, &labels);
        numbered(&labels, &names)
    } else {
        // Hundreds of symbols would cover the places.
        stations.clear();
        let middle = Px { x: WIDTH / 2.0, y: projection.height / 2.0 };
        let frame = Plate { at: middle, half_x: wide / 2.0, half_y: high / 2.0 };
        draw_places(html, places, &frame)
    };
    html.raw("</svg>").with(|h| number_key(h, &key)).with(|h| legend(h, places.is_empty()));
    html.raw("<figcaption class=\"note\">");
    let count = |n: usize| Both::same(numbers::grouped(n as u64));
    html.both(&phrase(
        Word::Drawn,
        &[
            ("streets", &count(streets)),
            ("streets_all", &count(geography.streets.len())),
            ("stations", &count(stations.len())),
            ("stations_all", &count(stations_all)),
            ("districts", &count(outlines.len())),
            ("districts_all", &count(geography.districts.len())),
        ],
    ));
    if !places.is_empty() {
        html.raw(" ").both(&phrase(Word::PlacesDrawn, &[("n", &count(places.len()))]));
    }
    let without = geography.districts.len() - outlined;
    if without > 0 {
        let slots = [("n", &count(without)), ("m", &count(geography.districts.len()))];
        html.raw(" ").both(&phrase(Word::NoOutlines, &slots));
    }
    html.raw("</figcaption></figure>");
}

/// Both languages in a place that cannot hold elements.
fn title(html: &mut Html, both: &Both) {
    html.text(&both.en);
    if both.uk != both.en {
        html.raw(" / ").text(&both.uk);
    }
}

struct Outline {
    /// Position in the summary's districts.
    district: usize,
    line: Vec<Px>,
}

/// Outlines in pixels, those with most people first where not all can be drawn, then back in the scenario's order.
fn outlines(scenario: &Scenario, summary: &Summary, projection: &Projection) -> Vec<Outline> {
    let mut order: Vec<usize> = (0..scenario.geography.districts.len()).collect();
    order.sort_by(|&a, &b| summary.districts[b].now.people.total_cmp(&summary.districts[a].now.people).then(a.cmp(&b)));
    let (mut outlines, mut points) = (Vec::new(), 0);
    for district in order {
        let line = projection.line(&scenario.geography.districts[district].outline, true);
        points += line.len();
        if line.len() >= 3 && points <= OUTLINE_POINTS_MAX && outlines.len() < DISTRICTS_MAX {
            outlines.push(Outline { district, line });
        }
    }
    outlines.sort_by_key(|o| o.district);
    outlines
}

fn shade(html: &mut Html, scenario: &Scenario, summary: &Summary, outline: &Outline) {
    let tally = &summary.districts[outline.district].now;
    html.raw("<path class=\"")
        .raw(band(tally.off_share()))
        .raw("\" d=\"")
        .with(|h| path(h, &outline.line, true))
        .raw("\"><title>");
    let district = &scenario.geography.districts[outline.district];
    let name = Both::of(&district.name, &district.name_uk);
    tooltip(html, &name, tally);
    html.raw("</title></path>");
}

/// Class that shades a share of people without power.
fn band(share: f64) -> &'static str {
    BANDS.iter().find(|b| share < b.0).map_or(BANDS[BANDS.len() - 1].1, |b| b.1)
}

/// "Name: 80% · 132 000" in both languages.
fn tooltip(html: &mut Html, name: &Both, tally: &Tally) {
    let (off, percent) = (numbers::people_text(tally.people_off), numbers::percent(tally.off_share()));
    let line = |name: &str, percent: &str| format!("{name}: {percent} · {off}");
    title(html, &Both { en: line(&name.en, &percent.en), uk: line(&name.uk, &percent.uk) });
}

/// Places of a country as circles, their area by people, with their share; returns the key to those numbered.
fn draw_places(html: &mut Html, places: &[Place], frame: &Plate) -> Vec<(usize, Both)> {
    let most = places.iter().map(|p| p.now.people).fold(1.0, f64::max);
    let mut order: Vec<&Place> = places.iter().collect();
    order.sort_by(|a, b| b.now.people.total_cmp(&a.now.people));
    let radius = |place: &Place| (34.0 * (place.now.people / most).sqrt()).max(6.0);
    for place in &order {
        html.raw("<circle class=\"place ").raw(band(place.now.off_share())).raw("\" cx=\"").number(place.at.x);
        html.raw("\" cy=\"").number(place.at.y).raw("\" r=\"").number(radius(place)).raw("\"><title>");
        tooltip(html, &place.name, &place.now);
        html.raw("</title></circle>");
    }
    order.truncate(LABELS_MAX);
    let circles: Vec<(Px, f64, &Both)> = order.iter().map(|p| (p.at, radius(p), &p.name)).collect();
    let labels = labels::beside_circles(&circles, frame);
    for place in &order {
        let percent = numbers::percent(place.now.off_share());
        for (open, percent) in
            [("<g lang=\"en\" class=\"share\">", &percent.en), ("<g lang=\"uk\" class=\"share\">", &percent.uk)]
        {
            html.raw(open).raw("<text x=\"").number(place.at.x).raw("\" y=\"").number(place.at.y + 0.35 * FONT);
            html.raw("\">").text(percent).raw("</text></g>");
        }
    }
    draw_labels(html, &labels);
    numbered(&labels, &order.iter().map(|p| p.name.clone()).collect::<Vec<_>>())
}

/// Path data with relative steps in tenths of a pixel: half the size of absolute ones.
fn path(html: &mut Html, line: &[Px], closed: bool) {
    let tenths = |p: &Px| ((p.x * 10.0).round(), (p.y * 10.0).round());
    let mut at = (0.0, 0.0);
    for (i, p) in line.iter().enumerate() {
        let to = tenths(p);
        html.raw(match i {
            0 => "M",
            1 => "l",
            _ => " ",
        });
        html.number((to.0 - at.0) / 10.0).raw(" ").number((to.1 - at.1) / 10.0);
        at = to;
    }
    html.raw(if closed { "z" } else { "" });
}

fn waters(html: &mut Html, scenario: &Scenario, projection: &Projection) {
    let mut points = 0;
    for water in &scenario.geography.waters {
        let line = projection.line(&water.points, true);
        points += line.len();
        if line.len() < 3 || points > WATER_POINTS_MAX {
            continue;
        }
        html.raw("<path class=\"water\" d=\"").with(|h| path(h, &line, true)).raw("\">");
        if !water.name.is_empty() {
            html.raw("<title>").text(&water.name).raw("</title>");
        }
        html.raw("</path>");
    }
}

/// Draws the longest streets in one path; returns how many.
fn streets(html: &mut Html, scenario: &Scenario, projection: &Projection) -> usize {
    let mut lines: Vec<(f64, Vec<Px>)> = scenario
        .geography
        .streets
        .iter()
        .map(|s| projection.line(&s.points, false))
        .filter(|line| line.len() >= 2 && line.iter().any(|&p| projection.shows(p)))
        .map(|line| (geometry::length(&line), line))
        .filter(|(length, _)| *length >= 4.0)
        .collect();
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut drawn, mut points) = (0, 0);
    html.raw("<path class=\"street\" d=\"");
    for (_, line) in &lines {
        points += line.len();
        if points > STREET_POINTS_MAX {
            break;
        }
        path(html, line, false);
        drawn += 1;
    }
    html.raw("\"/>");
    drawn
}

/// All that stands at one place: the buses of a substation share their position.
struct Station {
    at: Px,
    name: Both,
    demand_mw: f64,
    served_mw: f64,
    bus_out: bool,
    generators: u32,
    generators_out: u32,
}

impl Station {
    /// Whether something is out here that the map must show.
    fn is_out(&self) -> bool {
        self.supply() == Supply::Out || self.generators_out > 0
    }

    /// The room its symbol takes.
    fn plate(&self) -> Plate {
        let half = SYMBOL_SCALE * if self.generators_out > 0 { 16.0 } else { 7.5 };
        Plate { at: self.at, half_x: half, half_y: half }
    }

    fn supply(&self) -> Supply {
        match (self.demand_mw > 0.0, self.bus_out) {
            (true, _) => Supply::of(self.served_mw / self.demand_mw),
            (false, true) => Supply::Out,
            (false, false) => Supply::Full,
        }
    }

    /// Switching stations without load say nothing to the reader unless something is out there.
    fn matters(&self) -> bool {
        self.demand_mw > 0.0 || self.bus_out || self.generators_out > 0
    }
}

fn stations(scenario: &Scenario, plan: &Plan, projection: &Projection) -> Vec<Station> {
    let key = |p: GeoPoint| (p.lon_deg.to_bits(), p.lat_deg.to_bits());
    let mut by_place: HashMap<(u64, u64), usize> = HashMap::new();
    let mut stations: Vec<Station> = Vec::new();
    let mut station_of_bus: Vec<Option<usize>> = vec![None; scenario.network.buses.len()];
    for (i, at) in scenario.geography.buses.iter().enumerate() {
        let Some((place, at)) = at.and_then(|p| Some((key(p), projection.place(p)?))) else { continue };
        let slot = *by_place.entry(place).or_insert_with(|| {
            let bus = &scenario.network.buses[i];
            stations.push(Station {
                at,
                name: crate::elements::bus_name(bus),
                demand_mw: 0.0,
                served_mw: 0.0,
                bus_out: false,
                generators: 0,
                generators_out: 0,
            });
            stations.len() - 1
        });
        stations[slot].bus_out |= plan.situation.bus_out[i];
        station_of_bus[i] = Some(slot);
    }
    let now = plan.delivery_of_step[0] as usize;
    for (k, feeder) in scenario.feeders.iter().enumerate() {
        if let Some(slot) = station_of_bus[feeder.bus.i()] {
            let demand_mw = summary::demand_mw(scenario, plan, now, k);
            stations[slot].demand_mw += demand_mw;
            stations[slot].served_mw += demand_mw * summary::share(plan, now, k);
        }
    }
    for (k, generator) in scenario.network.generators.iter().enumerate().filter(|(_, g)| g.in_service) {
        if let Some(slot) = station_of_bus[generator.bus.i()] {
            stations[slot].generators += 1;
            let out = plan.situation.generator_out[k] || plan.situation.bus_out[generator.bus.i()];
            stations[slot].generators_out += u32::from(out);
        }
    }
    stations
}

/// Substations to draw, the worst first, and how many there are: the worst and largest where not all can be drawn.
fn stations_shown(scenario: &Scenario, plan: &Plan, projection: &Projection) -> (Vec<Station>, usize) {
    let mut stations = stations(scenario, plan, projection);
    stations.retain(Station::matters);
    let all = stations.len();
    stations.retain(|s| projection.shows(s.at));
    stations.sort_by(|a, b| a.supply().cmp(&b.supply()).then(b.demand_mw.total_cmp(&a.demand_mw)));
    stations.truncate(STATIONS_MAX);
    (stations, all)
}

/// Draws the substations, the worst last and so on top.
fn draw_stations(html: &mut Html, stations: &[Station]) {
    for station in stations.iter().rev() {
        let supply = station.supply();
        html.raw("<g class=\"station\" transform=\"translate(")
            .number(station.at.x)
            .raw(" ")
            .number(station.at.y)
            .raw(") scale(1.35)\">");
        html.raw(symbol(supply)).raw("<title>").with(|h| title(h, &station.name));
        if station.demand_mw > 0.0 {
            let slots = [("served", &numbers::mw(station.served_mw)), ("demand", &numbers::mw(station.demand_mw))];
            html.raw(": ").with(|h| title(h, &phrase(Word::MwOf, &slots)));
        }
        html.raw("</title>").raw(if station.generators_out > 0 { PLANT_OUT } else { "" }).raw("</g>");
    }
}

/// Symbols differ in shape and fill, not in colour alone.
fn symbol(supply: Supply) -> &'static str {
    match supply {
        Supply::Full => "<circle class=\"full\" r=\"5\"/>",
        Supply::Part => "<circle class=\"full\" r=\"6\"/><path class=\"dark\" d=\"M0-6A6 6 0 0 0 0 6z\"/>",
        Supply::Out => {
            "<rect class=\"dark\" x=\"-6.5\" y=\"-6.5\" width=\"13\" height=\"13\"/>\
             <path class=\"cross\" d=\"M-4-4 4 4M4-4-4 4\"/>"
        }
    }
}

const PLANT_OUT: &str = "<path class=\"plant\" d=\"M0-16 14 9H-14z\"/><path class=\"bolt\" d=\"M-4-3 4 6M4-3-4 6\"/>";

/// Labels of the districts with most people, and their names; numbers of the key follow this order.
fn district_labels(
    scenario: &Scenario,
    summary: &Summary,
    outlines: &[Outline],
    stations: &[Station],
    height: f64,
) -> (Vec<Option<Label>>, Vec<Both>) {
    let mut shown: Vec<&Outline> = outlines.iter().collect();
    let people = |o: &Outline| summary.districts[o.district].now.people;
    shown.sort_by(|a, b| people(b).total_cmp(&people(a)).then(a.district.cmp(&b.district)));
    shown.truncate(LABELS_MAX);
    let name = |o: &&Outline| {
        let district = &scenario.geography.districts[o.district];
        if district.name.trim().is_empty() {
            Both::same(&district.id)
        } else {
            Both::of(&district.name, &district.name_uk)
        }
    };
    let names: Vec<Both> = shown.iter().map(name).collect();
    let percents: Vec<Both> =
        shown.iter().map(|o| numbers::percent(summary.districts[o.district].now.off_share())).collect();
    let wanted: Vec<Wanted<'_>> = shown
        .iter()
        .zip(&names)
        .zip(&percents)
        .map(|((o, name), percent)| Wanted { outline: &o.line, name, percent })
        .collect();
    let symbols: Vec<Symbol> = stations.iter().map(|s| Symbol { plate: s.plate(), matters: s.is_out() }).collect();
    let frame = Plate { at: Px { x: WIDTH / 2.0, y: height / 2.0 }, half_x: WIDTH / 2.0, half_y: height / 2.0 };
    (labels::in_districts(&wanted, &symbols, &frame), names)
}

/// Labels on plates that hide the streets beneath, in both languages.
fn draw_labels(html: &mut Html, labels: &[Option<Label>]) {
    for label in labels.iter().flatten() {
        for (open, lines) in
            [("<g lang=\"en\" class=\"label\">", &label.en), ("<g lang=\"uk\" class=\"label\">", &label.uk)]
        {
            let Plate { at, half_x, .. } = label.plate;
            let high = LINE * lines.len() as f64;
            html.raw(open).raw("<rect x=\"").number(at.x - half_x).raw("\" y=\"").number(at.y - high / 2.0);
            html.raw("\" width=\"").number(2.0 * half_x).raw("\" height=\"").number(high).raw("\" rx=\"4\"/>");
            for (k, line) in lines.iter().enumerate() {
                // Letters stand on their base line, about a quarter above the foot of their line.
                let base = at.y - high / 2.0 + LINE * (k as f64 + 0.78);
                html.raw("<text x=\"").number(at.x).raw("\" y=\"").number(base).raw("\">").text(line).raw("</text>");
            }
            html.raw("</g>");
        }
    }
}

/// The names behind the numbers on the map.
fn numbered(labels: &[Option<Label>], names: &[Both]) -> Vec<(usize, Both)> {
    let numbered =
        |(i, label): (usize, &Option<Label>)| label.as_ref().filter(|l| l.numbered).map(|_| (i + 1, names[i].clone()));
    labels.iter().enumerate().filter_map(numbered).collect()
}

fn number_key(html: &mut Html, key: &[(usize, Both)]) {
    if key.is_empty() {
        return;
    }
    html.raw("<ul class=\"legend numbers-key\">");
    for (number, name) in key {
        html.raw("<li><b>").text(&number.to_string()).raw("</b> ").both(name).raw("</li>");
    }
    html.raw("</ul>");
}

fn legend(html: &mut Html, with_stations: bool) {
    html.raw("<ul class=\"legend\"><li class=\"head\">").both(&Word::Legend.both()).raw("</li>");
    let swatch = [
        "<li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"b0\" width=\"26\" height=\"16\"/></svg>",
        "<li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"b1\" width=\"26\" height=\"16\"/></svg>",
        "<li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"b2\" width=\"26\" height=\"16\"/></svg>",
        "<li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"b3\" width=\"26\" height=\"16\"/></svg>",
        "<li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"b4\" width=\"26\" height=\"16\"/></svg>",
    ];
    let range = |text: &str| Both { en: format!("{text}%"), uk: format!("{text}{}%", numbers::THIN) };
    let texts = [Word::LegendNone.both(), range("1–25"), range("25–50"), range("50–75"), range("75–100")];
    for (swatch, text) in swatch.into_iter().zip(&texts) {
        html.raw(swatch).both(text).raw("</li>");
    }
    html.raw("</ul>");
    if !with_stations {
        return;
    }
    html.raw("<ul class=\"legend\">");
    for (mark, word) in [
        (symbol(Supply::Full), Word::SubstationFull),
        (symbol(Supply::Part), Word::SubstationPart),
        (symbol(Supply::Out), Word::SubstationOut),
        (PLANT_OUT, Word::PlantOut),
    ] {
        html.raw("<li><svg class=\"key\" viewBox=\"-16 -17 32 27\" aria-hidden=\"true\">").raw(mark).raw("</svg>");
        html.both(&word.both()).raw("</li>");
    }
    html.raw("</ul>");
}
