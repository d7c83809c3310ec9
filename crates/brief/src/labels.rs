//! Where the names stand on the map: inside their district, over no other name and over no symbol of something out.
//!
//! All sizes are in units of the map and large enough for a phone and for A4, so one placement holds for every medium.
//! A name is tried in one line and in two; where neither fits, a number stands for it and the key below the map tells it.

use crate::geometry::{Px, inside};
use crate::text::Both;

/// Size of letters, map units: 10 px on a phone 375 px wide, 6 pt in print.
pub(crate) const FONT: f64 = 21.0;

/// From one line to the next, map units.
pub(crate) const LINE: f64 = 22.0;

/// Plate around the letters, map units.
const PAD: f64 = 4.0;

/// Cells per side of the raster that says what lies inside a district.
const CELLS: usize = 40;

/// Least share of a label that lies inside its district.
const INSIDE_MIN: f64 = 0.82;

/// Reluctance to write the share beside the name, and to write a number for it.
const FLAT: f64 = 8.0;
const NUMBER: f64 = 1000.0;

/// Longest name on the map, characters; the table has it whole.
const NAME_MAX: usize = 24;

/// A rectangle around a middle, map units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plate {
    pub(crate) at: Px,
    pub(crate) half_x: f64,
    pub(crate) half_y: f64,
}

impl Plate {
    /// Whether two plates share any area.
    pub(crate) fn overlaps(&self, other: &Plate) -> bool {
        (self.at.x - other.at.x).abs() < self.half_x + other.half_x
            && (self.at.y - other.at.y).abs() < self.half_y + other.half_y
    }

    fn within(&self, frame: &Plate) -> bool {
        (self.at.x - frame.at.x).abs() + self.half_x <= frame.half_x
            && (self.at.y - frame.at.y).abs() + self.half_y <= frame.half_y
    }
}

/// What a label may not cover, or should not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub(crate) plate: Plate,
    /// Something is out there: it must be seen.
    pub(crate) matters: bool,
}

/// A label and the lines it shows, in each language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Label {
    pub(crate) plate: Plate,
    pub(crate) en: Vec<String>,
    pub(crate) uk: Vec<String>,
    /// Whether the lines are a number that the key tells.
    pub(crate) numbered: bool,
    /// What speaks against this shape before any place is looked at, in the measure of [`Raster::cost`].
    reluctance: f64,
}

/// What a label may say: the name in one line, in two, in two with what stands below beside its end, or a number.
fn shapes(name: &Both, below: Option<&Both>, number: &str) -> Vec<Label> {
    let label = |mut en: Vec<String>, mut uk: Vec<String>, below: Option<&Both>, reluctance| {
        en.extend(below.map(|b| b.en.clone()));
        uk.extend(below.map(|b| b.uk.clone()));
        let widest = en.iter().chain(&uk).map(|line| width(line)).fold(0.0, f64::max);
        let half_y = LINE * en.len().max(uk.len()) as f64 / 2.0 + PAD / 2.0;
        Label {
            plate: Plate { at: Px { x: 0.0, y: 0.0 }, half_x: widest / 2.0 + PAD, half_y },
            en,
            uk,
            numbered: reluctance == NUMBER,
            reluctance,
        }
    };
    let short = |name: &str| name.chars().take(NAME_MAX).collect::<String>();
    let (en, uk) = (short(&name.en), short(&name.uk));
    let mut shapes = Vec::new();
    if !en.is_empty() {
        shapes.push(label(vec![en.clone()], vec![uk.clone()], below, 0.0));
        let (en, uk) = (wrapped(&en), wrapped(&uk));
        if en.len() > 1 || uk.len() > 1 {
            shapes.push(label(en.clone(), uk.clone(), below, 0.0));
        }
        if let Some(below) = below {
            let beside = |mut name: Vec<String>, below: &str| {
                let last = name.pop().unwrap_or_default();
                name.push(format!("{last} {below}"));
                name
            };
            shapes.push(label(beside(en, &below.en), beside(uk, &below.uk), None, FLAT));
        }
    }
    shapes.push(label(vec![number.into()], vec![number.into()], below, NUMBER));
    shapes
}

/// A name in two lines of like width, or in one where it has no space.
fn wrapped(name: &str) -> Vec<String> {
    let halves = |i: usize| (name[..i].trim(), name[i..].trim());
    let best = name
        .match_indices(' ')
        .map(|(i, _)| halves(i))
        .filter(|(a, b)| !a.is_empty() && !b.is_empty())
        .min_by(|a, b| width(a.0).max(width(a.1)).total_cmp(&width(b.0).max(width(b.1))));
    best.map_or_else(|| vec![name.into()], |(a, b)| vec![a.into(), b.into()])
}

/// Width of bold letters, map units, rather too much: as wide as in DejaVu Sans, the widest font of the style.
fn width(line: &str) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | 'і' | 'ї' | 'І' | 'Ї' | '\'' | '’' | '.' | ',' | ' ' | '\u{202f}' => 0.42,
        'm' | 'w' | 'M' | 'W' | 'ш' | 'щ' | 'ж' | 'ю' | 'ф' | 'м' | 'Ш' | 'Щ' | 'Ж' | 'Ю' | 'Ф' | 'М' | '%' => {
            1.08
        }
        c if c.is_uppercase() => 0.86,
        // Scripts with square letters.
        c if u32::from(c) >= 0x2e80 => 1.1,
        _ => 0.72,
    };
    FONT * line.chars().map(em).sum::<f64>()
}

/// A district that wants its name on the map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) outline: &'a [Px],
    pub(crate) name: &'a Both,
    pub(crate) percent: &'a Both,
}

/// Labels of districts in the order given; `None` where not even a number fits. Small districts choose first.
pub(crate) fn in_districts(wanted: &[Wanted<'_>], symbols: &[Symbol], frame: &Plate) -> Vec<Option<Label>> {
    let rasters: Vec<Option<Raster>> = wanted.iter().map(|w| Raster::of(w.outline)).collect();
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let area = |i: usize| rasters[i].as_ref().map_or(0.0, |r| r.cell_x * r.cell_y);
    order.sort_by(|&a, &b| area(a).total_cmp(&area(b)).then(a.cmp(&b)));
    let mut labels: Vec<Option<Label>> = vec![None; wanted.len()];
    let mut taken: Vec<Plate> = Vec::new();
    for i in order {
        let Some(raster) = &rasters[i] else { continue };
        let near: Vec<&Symbol> = symbols.iter().filter(|s| s.plate.overlaps(&raster.extent())).collect();
        let number = (i + 1).to_string();
        let mut least = f64::INFINITY;
        for shape in shapes(wanted[i].name, Some(wanted[i].percent), &number) {
            let Some((plate, cost)) = raster.best(&shape.plate, &near, &taken, frame) else { continue };
            if cost + shape.reluctance < least {
                least = cost + shape.reluctance;
                labels[i] = Some(Label { plate, ..shape });
            }
        }
        taken.extend(labels[i].as_ref().map(|l| l.plate));
    }
    labels
}

/// Names beside circles, in the order given (the most important first); `None` where there is no room.
pub(crate) fn beside_circles(circles: &[(Px, f64, &Both)], frame: &Plate) -> Vec<Option<Label>> {
    let kept: Vec<Plate> = circles
        .iter()
        .map(|&(at, radius, _)| Plate { at, half_x: radius.max(1.3 * FONT), half_y: radius.max(LINE / 2.0) })
        .collect();
    let mut taken: Vec<Plate> = Vec::new();
    let mut labels = Vec::new();
    for (i, (_, _, name)) in circles.iter().enumerate() {
        let free = |plate: &Plate| {
            plate.within(frame)
                && !taken.iter().any(|t| t.overlaps(plate))
                && !kept.iter().any(|circle| circle.overlaps(plate))
        };
        let around = |shape: Label| {
            let Plate { half_x, half_y, .. } = shape.plate;
            let (x, y) = (kept[i].half_x + half_x, kept[i].half_y + half_y);
            let spots = [(0.0, y), (0.0, -y), (x, 0.0), (-x, 0.0), (0.6 * half_x, y), (-0.6 * half_x, y)];
            let spots = spots.into_iter().chain([(0.6 * half_x, -y), (-0.6 * half_x, -y)]);
            let plates =
                spots.map(|(dx, dy)| Plate { at: Px { x: kept[i].at.x + dx, y: kept[i].at.y + dy }, ..shape.plate });
            plates.into_iter().find(free).map(|plate| Label { plate, ..shape })
        };
        let label = shapes(name, None, &(i + 1).to_string()).into_iter().find_map(around);
        taken.extend(label.as_ref().map(|l| l.plate));
        labels.push(label);
    }
    labels
}

/// Which cells of its extent lie inside a district, summed so that the share of any rectangle takes four look-ups.
struct Raster {
    min: Px,
    cell_x: f64,
    cell_y: f64,
    /// Cells inside, left of and above a corner: `(CELLS + 1)²`, row by row.
    sums: Vec<u32>,
}

impl Raster {
    fn of(outline: &[Px]) -> Option<Self> {
        let (mut min, mut max) = (*outline.first()?, *outline.first()?);
        for p in outline {
            min = Px { x: min.x.min(p.x), y: min.y.min(p.y) };
            max = Px { x: max.x.max(p.x), y: max.y.max(p.y) };
        }
        let (cell_x, cell_y) = ((max.x - min.x) / CELLS as f64, (max.y - min.y) / CELLS as f64);
        // Narrower than one letter by one line: nothing fits.
        if cell_x * (CELLS as f64) < FONT || cell_y * (CELLS as f64) < LINE {
            return None;
        }
        let mut raster = Self { min, cell_x, cell_y, sums: vec![0; (CELLS + 1) * (CELLS + 1)] };
        for row in 0..CELLS {
            let mut in_row = 0;
            for column in 0..CELLS {
                in_row += u32::from(inside(outline, raster.cell(column, row)));
                raster.sums[(row + 1) * (CELLS + 1) + column + 1] =
                    raster.sums[row * (CELLS + 1) + column + 1] + in_row;
            }
        }
        Some(raster)
    }

    /// Middle of a cell.
    fn cell(&self, column: usize, row: usize) -> Px {
        Px { x: self.min.x + (column as f64 + 0.5) * self.cell_x, y: self.min.y + (row as f64 + 0.5) * self.cell_y }
    }

    fn extent(&self) -> Plate {
        let (half_x, half_y) = (self.cell_x * CELLS as f64 / 2.0, self.cell_y * CELLS as f64 / 2.0);
        Plate { at: Px { x: self.min.x + half_x, y: self.min.y + half_y }, half_x, half_y }
    }

    /// Share of a plate inside the district, to the resolution of the cells.
    fn share(&self, plate: &Plate) -> f64 {
        let edge = |value: f64, min: f64, cell: f64| ((value - min) / cell).round();
        let left = edge(plate.at.x - plate.half_x, self.min.x, self.cell_x);
        let right = edge(plate.at.x + plate.half_x, self.min.x, self.cell_x).max(left + 1.0);
        let top = edge(plate.at.y - plate.half_y, self.min.y, self.cell_y);
        let bottom = edge(plate.at.y + plate.half_y, self.min.y, self.cell_y).max(top + 1.0);
        let corner = |x: f64, y: f64| {
            let clamp = |v: f64| v.clamp(0.0, CELLS as f64) as usize;
            f64::from(self.sums[clamp(y) * (CELLS + 1) + clamp(x)])
        };
        let covered = corner(right, bottom) - corner(left, bottom) - corner(right, top) + corner(left, top);
        covered / ((right - left) * (bottom - top))
    }

    /// What speaks against a place: leaning out of the district, touching its edge, symbols covered.
    fn cost(&self, plate: &Plate, symbols: &[&Symbol]) -> f64 {
        let wider = Plate { half_x: plate.half_x + 10.0, half_y: plate.half_y + 10.0, ..*plate };
        let covered = symbols.iter().filter(|s| s.plate.overlaps(plate)).count() as f64;
        40.0 * (1.0 - self.share(plate)) + 10.0 * (1.0 - self.share(&wider)) + 3.0 * covered
    }

    /// The cheapest place of a plate among the cells, or none that is allowed.
    fn best(&self, plate: &Plate, symbols: &[&Symbol], taken: &[Plate], frame: &Plate) -> Option<(Plate, f64)> {
        let mut best: Option<(Plate, f64)> = None;
        let middle = self.extent().at;
        for cell in 0..CELLS * CELLS {
            let plate = Plate { at: self.cell(cell % CELLS, cell / CELLS), ..*plate };
            if self.share(&plate) < INSIDE_MIN || !plate.within(frame) {
                continue;
            }
            let covers = symbols.iter().any(|s| s.matters && s.plate.overlaps(&plate));
            if covers || taken.iter().any(|t| t.overlaps(&plate)) {
                continue;
            }
            let off = crate::geometry::distance(plate.at, middle) / (self.cell_x + self.cell_y) / CELLS as f64;
            let cost = self.cost(&plate, symbols) + off;
            if best.is_none_or(|b| cost < b.1) {
                best = Some((plate, cost));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Plate = Plate { at: Px { x: 360.0, y: 300.0 }, half_x: 360.0, half_y: 300.0 };

    fn square(x: f64, y: f64, wide: f64, high: f64) -> Vec<Px> {
        [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)].map(|(x, y)| Px { x, y }).into()
    }

    fn one(outline: &[Px], name: &str, symbols: &[Symbol]) -> Option<Label> {
        let (name, percent) = (Both::same(name), Both::same("42%"));
        in_districts(&[Wanted { outline, name: &name, percent: &percent }], symbols, &FRAME).remove(0)
    }

    #[test]
    fn a_name_takes_one_line_where_it_can_two_where_it_must_and_a_number_where_neither_fits() {
        let wide = one(&square(10.0, 10.0, 400.0, 80.0), "Lantern Ford", &[]).unwrap();
        assert_eq!((wide.en.join("|").as_str(), wide.numbered), ("Lantern Ford|42%", false));
        let narrow = one(&square(10.0, 10.0, 150.0, 120.0), "Lantern Ford", &[]).unwrap();
        assert_eq!(narrow.en.join("|"), "Lantern|Ford|42%");
        let flat = one(&square(10.0, 10.0, 140.0, 54.0), "Lantern Ford", &[]).unwrap();
        assert_eq!(flat.en.join("|"), "Lantern|Ford 42%");
        let small = one(&square(10.0, 10.0, 70.0, 60.0), "Lantern Ford", &[]).unwrap();
        assert_eq!((small.en.join("|").as_str(), small.numbered), ("1|42%", true));
        assert_eq!(one(&square(10.0, 10.0, 30.0, 30.0), "Lantern Ford", &[]), None);
        assert_eq!(one(&[], "Lantern Ford", &[]), None);
    }

    #[test]
    fn labels_stand_inside_their_district() {
        // A "U" whose centre of mass lies outside.
        let u = [(0., 0.), (150., 0.), (150., 300.), (350., 300.), (350., 0.), (500., 0.), (500., 420.), (0., 420.)];
        let outline: Vec<Px> = u.map(|(x, y)| Px { x, y }).into();
        let label = one(&outline, "Canal Row", &[]).unwrap();
        assert!(inside(&outline, label.plate.at) && !label.numbered, "{label:?}");
    }

    #[test]
    fn what_is_out_is_never_covered() {
        let outline = square(0.0, 0.0, 300.0, 200.0);
        let at = |x: f64, y: f64| Plate { at: Px { x, y }, half_x: 9.0, half_y: 9.0 };
        let symbols: Vec<Symbol> =
            (0..4).map(|k| Symbol { plate: at(70.0 + 50.0 * f64::from(k), 100.0), matters: true }).collect();
        let label = one(&outline, "Stonepit", &symbols).unwrap();
        assert!(symbols.iter().all(|s| !s.plate.overlaps(&label.plate)), "{label:?}");
    }

    #[test]
    fn no_two_labels_overlap() {
        let name = Both { en: "Lantern Ford".into(), uk: "Ліхтарний Брід".into() };
        let percent = Both::same("100%");
        // Every outline is given twice: two labels want the same room.
        let outlines: Vec<Vec<Px>> =
            (0..24).map(|k| square(f64::from(k % 4) * 170.0, f64::from(k / 4 % 3) * 190.0, 165.0, 185.0)).collect();
        let wanted: Vec<Wanted> =
            outlines.iter().map(|outline| Wanted { outline, name: &name, percent: &percent }).collect();
        let circles: Vec<(Px, f64, &Both)> =
            (0..40).map(|k| (Px { x: f64::from(k * 97 % 700), y: f64::from(k * 61 % 590) }, 12.0, &name)).collect();
        for labels in [in_districts(&wanted, &[], &FRAME), beside_circles(&circles, &FRAME)] {
            let shown: Vec<&Label> = labels.iter().flatten().collect();
            assert!(shown.len() > 12, "{}", shown.len());
            for (i, a) in shown.iter().enumerate() {
                assert!(a.plate.within(&FRAME));
                assert!(shown[..i].iter().all(|b| !a.plate.overlaps(&b.plate)), "{a:?}");
            }
        }
    }
}
