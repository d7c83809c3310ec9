//! Tables of who is without power: by district (the map's equal), by class, by both.

use crate::html::Html;
use crate::numbers::{self, people_text};
use crate::page::{Page, cell, column};
use crate::places::Place;
use crate::summary::{DistrictSummary, Tally};
use crate::text::{Both, Word, class_word, class_word_short, phrase};
use relight_model::Class;

/// Rows shown at once; the rest folds into a list that opens.
const ROWS_SHOWN: usize = 14;

/// Rows in a list that opens; beyond, the CSV file holds them.
const ROWS_MAX: usize = 400;

/// By district, most people without power first.
pub(crate) fn by_district(html: &mut Html, page: &Page<'_>) {
    let districts = sorted(page);
    if page.scenario.geography.districts.is_empty() {
        html.both_in("<p class=\"note\"", &Word::NoDistricts.both(), "</p>");
    } else {
        if page.places.is_empty() {
            district_table(html, page, &districts, ROWS_SHOWN);
        } else {
            place_table(html, page);
        }
        if districts.len() > ROWS_SHOWN {
            let n = Both::same(numbers::grouped(districts.len() as u64));
            html.raw("<details class=\"fold\"><summary>")
                .both(&phrase(Word::AllDistricts, &[("n", &n)]))
                .raw("</summary>");
            district_table(html, page, &districts, ROWS_MAX);
            listed(html, districts.len());
            html.raw("</details>");
        }
    }
    html.both_in("<p class=\"note\"", &Word::RoundedNote.both(), "</p>");
    let census: f64 = page.scenario.geography.districts.iter().map(|d| f64::from(d.people)).sum();
    let fed = page.summary.now.people;
    // More than one in a hundred apart is worth a word; less is rounding of the sources.
    if census > 0.0 && (census - fed).abs() > 0.01 * census.max(fed) {
        let slots = [("census", &Both::same(people_text(census))), ("fed", &Both::same(people_text(fed)))];
        html.both_in("<p class=\"note\"", &phrase(Word::Census, &slots), "</p>");
    }
}

fn sorted<'a>(page: &Page<'a>) -> Vec<&'a DistrictSummary> {
    let mut districts: Vec<&DistrictSummary> = page.summary.districts.iter().collect();
    // What lies outside all districts comes last; ties stay in the scenario's order.
    let missing = |t: &Tally| t.demand_mw - t.served_mw;
    districts.sort_by(|a, b| {
        (a.district.is_none().cmp(&b.district.is_none()))
            .then(b.now.people_off.total_cmp(&a.now.people_off))
            .then(missing(&b.now).total_cmp(&missing(&a.now)))
    });
    districts
}

fn name(page: &Page<'_>, district: &DistrictSummary) -> Both {
    match district.district.map(|i| &page.scenario.geography.districts[i]) {
        Some(d) if d.name.trim().is_empty() => Both::same(d.id.as_str()),
        Some(d) => Both::of(&d.name, &d.name_uk),
        None => Word::Outside.both(),
    }
}

fn district_table(html: &mut Html, page: &Page<'_>, districts: &[&DistrictSummary], shown: usize) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\"><caption>")
        .both(&Word::DistrictTable.both());
    html.raw("</caption><thead><tr>");
    [Word::District, Word::OffNow, Word::Share, Word::OfPeople, Word::OffMost]
        .into_iter()
        .for_each(|w| column(html, w));
    // Print leaves the mean out for the width of the page.
    html.both_in("<th scope=\"col\" class=\"mean\"", &Word::OffMean.both(), "</th>");
    [Word::MwServed, Word::MwDemand].into_iter().for_each(|w| column(html, w));
    html.raw("</tr></thead><tbody>");
    for district in districts.iter().take(shown) {
        let d = (&district.now, district.people_off_max, district.people_off_mean);
        district_row(html, &name(page, district), d);
    }
    if districts.len() > shown {
        let rest = &districts[shown..];
        let mut now = Tally::default();
        rest.iter().for_each(|d| now.add(&d.now));
        // The most at any one time does not add up over districts, so it is left open.
        let mean = rest.iter().map(|d| d.people_off_mean).sum();
        let n = Both::same(numbers::grouped(rest.len() as u64));
        district_row(html, &phrase(Word::OtherDistricts, &[("n", &n)]), (&now, f64::NAN, mean));
    }
    html.raw("</tbody><tfoot>");
    let most = page.summary.steps.iter().map(|t| t.people_off).fold(0.0, f64::max);
    district_row(html, &Word::Total.both(), (&page.summary.now, most, page.summary.people_off_mean));
    html.raw("</tfoot></table></div>");
}

/// Places of a country, the map's equal there; every place that the map draws has its row.
fn place_table(html: &mut Html, page: &Page<'_>) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\"><caption>").both(&Word::PlaceTable.both());
    html.raw("</caption><thead><tr>");
    [Word::Place, Word::OffNow, Word::Share, Word::OfPeople, Word::OffMean].into_iter().for_each(|w| column(html, w));
    html.raw("</tr></thead><tbody>");
    let row = |html: &mut Html, name: &Both, now: &Tally, mean: f64| {
        html.raw("<tr>").both_in("<th scope=\"row\"", name, "</th>").raw("<td class=\"main\">");
        html.text(&people_text(now.people_off)).raw("</td>");
        cell(html, &if now.people > 0.0 { numbers::percent(now.off_share()) } else { Both::same("–") });
        [now.people, mean].into_iter().for_each(|n| cell(html, &Both::same(people_text(n))));
        html.raw("</tr>");
    };
    page.places.iter().for_each(|p| row(html, &p.name, &p.now, p.people_off_mean));
    // Districts without an outline, what lies outside all, and places beyond those listed.
    let listed = |of: fn(&Place) -> f64| page.places.iter().map(of).sum::<f64>();
    let rest = Tally {
        people: page.summary.now.people - listed(|p| p.now.people),
        people_off: (page.summary.now.people_off - listed(|p| p.now.people_off)).max(0.0),
        ..Tally::default()
    };
    if rest.people >= 0.5 {
        row(html, &Word::Elsewhere.both(), &rest, page.summary.people_off_mean - listed(|p| p.people_off_mean));
    }
    html.raw("</tbody><tfoot>");
    row(html, &Word::Total.both(), &page.summary.now, page.summary.people_off_mean);
    html.raw("</tfoot></table></div>");
}

fn district_row(html: &mut Html, name: &Both, (now, most, mean): (&Tally, f64, f64)) {
    html.raw("<tr>").both_in("<th scope=\"row\"", name, "</th>");
    html.raw(if now.people_off >= 0.5 { "<td class=\"main\">" } else { "<td>" });
    html.text(&people_text(now.people_off)).raw("</td>");
    cell(html, &if now.people > 0.0 { numbers::percent(now.off_share()) } else { Both::same("–") });
    cell(html, &Both::same(people_text(now.people)));
    cell(html, &Both::same(if most.is_nan() { "–".into() } else { people_text(most) }));
    html.raw("<td class=\"mean\">").text(&people_text(mean)).raw("</td>");
    cell(html, &numbers::mw(now.served_mw));
    cell(html, &numbers::mw(now.demand_mw));
    html.raw("</tr>");
}

/// By class, most urgent first; classes that no feeder has are left out.
pub(crate) fn by_class(html: &mut Html, page: &Page<'_>) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\"><caption>").both(&Word::ClassTable.both());
    html.raw("</caption><thead><tr>");
    let columns = [Word::Class, Word::FeedersOut, Word::FeedersPart, Word::Feeders, Word::OffNow];
    columns.into_iter().chain([Word::MwServed, Word::MwDemand]).for_each(|w| column(html, w));
    html.raw("</tr></thead><tbody>");
    for class in present(page) {
        class_row(html, &class_word(class).both(), &page.summary.classes[class.i()]);
    }
    html.raw("</tbody><tfoot>").with(|h| class_row(h, &Word::Total.both(), &page.summary.now));
    html.raw("</tfoot></table></div>");
}

fn present(page: &Page<'_>) -> Vec<Class> {
    Class::ALL.into_iter().filter(|c| page.summary.classes[c.i()].feeders > 0).collect()
}

fn class_row(html: &mut Html, name: &Both, tally: &Tally) {
    html.raw("<tr>").both_in("<th scope=\"row\"", name, "</th>");
    for cut in [tally.feeders_out, tally.feeders_part] {
        html.raw(if cut > 0 { "<td class=\"main\">" } else { "<td>" });
        html.text(&numbers::grouped(u64::from(cut))).raw("</td>");
    }
    cell(html, &Both::same(numbers::grouped(u64::from(tally.feeders))));
    cell(html, &Both::same(if tally.people > 0.0 { people_text(tally.people_off) } else { "–".into() }));
    cell(html, &numbers::mw(tally.served_mw));
    cell(html, &numbers::mw(tally.demand_mw));
    html.raw("</tr>");
}

/// By district and class: feeders without full supply, and people in a list that opens.
pub(crate) fn by_both(html: &mut Html, page: &Page<'_>) {
    if page.scenario.geography.districts.is_empty() {
        return;
    }
    let districts = sorted(page);
    let classes = present(page);
    let feeders = |t: &Tally| match (t.feeders, t.feeders_cut()) {
        (0, _) => (false, String::new()),
        (all, cut) => (cut > 0, format!("{}/{}", numbers::grouped(cut.into()), numbers::grouped(all.into()))),
    };
    cross(html, page, &districts, &classes, (Word::CrossTable, ROWS_SHOWN), &feeders);
    let with_people: Vec<Class> =
        classes.iter().copied().filter(|c| page.summary.classes[c.i()].people > 0.0).collect();
    if with_people.is_empty() {
        return;
    }
    let people = |t: &Tally| match t.people > 0.0 {
        true => (t.people_off >= 0.5, people_text(t.people_off)),
        false => (false, String::new()),
    };
    html.raw("<details class=\"fold\"><summary>").both(&Word::CrossPeople.both()).raw("</summary>");
    cross(html, page, &districts, &with_people, (Word::CrossPeople, ROWS_MAX), &people);
    listed(html, districts.len());
    html.raw("</details>");
}

fn cross(
    html: &mut Html,
    page: &Page<'_>,
    districts: &[&DistrictSummary],
    classes: &[Class],
    (caption, shown): (Word, usize),
    text: &dyn Fn(&Tally) -> (bool, String),
) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers cross\"><caption>").both(&caption.both());
    html.raw("</caption><thead><tr>").with(|h| column(h, Word::District));
    classes.iter().for_each(|c| column(html, class_word_short(*c)));
    html.raw("</tr></thead><tbody>");
    for district in districts.iter().take(shown) {
        cross_row(html, &name(page, district), classes, &district.now_by_class, text);
    }
    if districts.len() > shown {
        let mut rest = [Tally::default(); Class::ALL.len()];
        for district in &districts[shown..] {
            rest.iter_mut().zip(&district.now_by_class).for_each(|(sum, t)| sum.add(t));
        }
        let n = Both::same(numbers::grouped((districts.len() - shown) as u64));
        cross_row(html, &phrase(Word::OtherDistricts, &[("n", &n)]), classes, &rest, text);
    }
    html.raw("</tbody><tfoot>");
    cross_row(html, &Word::Total.both(), classes, &page.summary.classes, text);
    html.raw("</tfoot></table></div>");
}

fn cross_row(
    html: &mut Html,
    name: &Both,
    classes: &[Class],
    tallies: &[Tally; Class::ALL.len()],
    text: &dyn Fn(&Tally) -> (bool, String),
) {
    html.raw("<tr>").both_in("<th scope=\"row\"", name, "</th>");
    for class in classes {
        let (main, text) = text(&tallies[class.i()]);
        html.raw(if main { "<td class=\"main\">" } else { "<td class=\"quiet\">" }).text(&text).raw("</td>");
    }
    html.raw("</tr>");
}

fn listed(html: &mut Html, rows: usize) {
    if rows > ROWS_MAX {
        let count = |n: usize| Both::same(numbers::grouped(n as u64));
        let slots = [("n", &count(ROWS_MAX)), ("m", &count(rows))];
        html.both_in("<p class=\"note\"", &phrase(Word::Listed, &slots), "</p>");
    }
}
