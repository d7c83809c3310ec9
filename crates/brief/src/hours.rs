//! Supply over the horizon: the chart, and two tables that hold the same numbers.

use crate::chart;
use crate::html::Html;
use crate::numbers::{self, count, people_text};
use crate::page::{Page, cell, column};
use crate::summary::Tally;
use crate::text::{Both, Noun, Word, phrase};
use crate::times;

/// Rows of the table of hours; beyond, the CSV file holds them.
const ROWS_MAX: usize = 400;

/// Chart, blocks, hours.
pub(crate) fn section(html: &mut Html, page: &Page<'_>) {
    let horizon = &page.plan.horizon;
    let hours = (u64::from(horizon.steps) * u64::from(horizon.step_s)).div_ceil(3600);
    let block_h =
        [1, 2, 3, 6, 12, 24].into_iter().find(|h| hours.div_ceil(*h) <= 12).unwrap_or_else(|| hours.div_ceil(12));
    let heading = phrase(Word::Hours, &[("hours", &page.horizon_hours())]);
    html.both_in("<h2", &heading, "</h2>").raw("<div class=\"split chart-split");
    // Print shows the strips of hours in place of the blocks.
    html.raw(if block_h > 1 { " striped" } else { "" }).raw("\"><div>");
    chart::draw(html, page);
    clock_change(html, page);
    storage(html, page);
    html.raw("</div><div>");
    let caption = phrase(Word::BlockTable, &[("hours", &count(block_h, Noun::Hour)), ("dc", &page.dc_mark())]);
    table(html, page, steps_of(page, block_h), &caption);
    html.raw("</div></div>");
    if block_h > 1 {
        strips(html, page, hours);
        html.raw("<details class=\"fold\"><summary>").both(&Word::HourTable.both()).raw("</summary>");
        let rows = table(html, page, steps_of(page, 1), &Word::HourTable.both());
        if rows > ROWS_MAX {
            let count = |n: usize| Both::same(numbers::grouped(n as u64));
            let slots = [("n", &count(ROWS_MAX)), ("m", &count(rows))];
            html.both_in("<p class=\"note\"", &phrase(Word::Listed, &slots), "</p>");
        }
        html.raw("</details>");
    }
}

/// What storage does over the horizon, where there is any: energy at the start, at its fullest and at the end, and when it gives most.
fn storage(html: &mut Html, page: &Page<'_>) {
    let Some(coupling) = page.plan.coupling.as_ref().filter(|c| !c.storage_energy_mwh.is_empty()) else { return };
    let energy_mwh = |k: usize| coupling.storage_energy_mwh.iter().filter_map(|e| e.get(k)).sum::<f64>();
    let steps = page.plan.delivery_of_step.len();
    let p_mw = |k: usize| page.plan.delivery(k).storage_p_mw.iter().sum::<f64>();
    let most = (0..steps).fold(0, |best, k| if p_mw(k) > p_mw(best) { k } else { best });
    let number = |x: f64| numbers::mw(x);
    let slots = [
        ("start", &number(energy_mwh(0))),
        ("top", &number((0..=steps).map(energy_mwh).fold(0.0, f64::max))),
        ("end", &number(energy_mwh(steps))),
    ];
    html.raw("<p class=\"note\">").both(&phrase(Word::StorageEnergy, &slots));
    if steps > 0 && p_mw(most) > 0.05 {
        let slots = [("most", &number(p_mw(most))), ("at", &page.clock.short(page.plan.horizon.at(most as u32)))];
        html.raw(" ").both(&phrase(Word::StorageGives, &slots));
    }
    html.raw("</p>");
}

/// Hours side by side in a strip.
const STRIP: usize = 12;

/// The table of print, which cannot open a list: strips of twelve columns, four of them at most.
fn strips(html: &mut Html, page: &Page<'_>, hours: u64) {
    let widest = hours.div_ceil(4 * STRIP as u64);
    let column_h = [1, 2, 3, 6, 12, 24].into_iter().find(|h| *h >= widest).unwrap_or(widest);
    let steps = steps_of(page, column_h);
    let caption = phrase(Word::BlockTable, &[("hours", &count(column_h, Noun::Hour)), ("dc", &page.dc_mark())]);
    html.raw("<div class=\"strips\"><table class=\"numbers\"><caption>").both(&caption).raw("</caption>");
    let chunks: Vec<&[Tally]> = page.summary.steps.chunks(steps).take(4 * STRIP).collect();
    for (s, strip) in chunks.chunks(STRIP).enumerate() {
        let at = |k: usize| page.plan.horizon.at(((s * STRIP + k) * steps) as u32);
        html.raw("<tbody><tr>").both_in("<th scope=\"row\"", &page.clock.day(at(0)), "</th>");
        for k in 0..strip.len() {
            html.raw("<th scope=\"col\">").text(&page.clock.hour_minute(at(k))).raw("</th>");
        }
        html.raw("</tr>");
        let mut row = |word: Word, value: &dyn Fn(&Tally) -> f64, show: fn(f64) -> Both| {
            html.raw("<tr>").both_in("<th scope=\"row\"", &word.both(), "</th>");
            for chunk in strip {
                cell(html, &show(chunk.iter().map(value).sum::<f64>() / chunk.len() as f64));
            }
            html.raw("</tr>");
        };
        row(Word::DemandMw, &|t| t.demand_mw, numbers::mw);
        row(Word::ServedMw, &|t| t.served_mw, numbers::mw);
        if page.summary.now.people > 0.0 {
            row(Word::PeopleOff, &|t| t.people_off, |people| Both::same(people_text(people)));
        }
        html.raw("</tbody>");
    }
    html.raw("</table></div>");
}

/// Steps in so many hours; one where a step is longer.
fn steps_of(page: &Page<'_>, hours: u64) -> usize {
    ((hours * 3600) / u64::from(page.plan.horizon.step_s)).max(1) as usize
}

/// Means over chunks of steps; returns the number of rows there would be.
fn table(html: &mut Html, page: &Page<'_>, steps: usize, caption: &Both) -> usize {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"numbers\"><caption>").both(caption);
    html.raw("</caption><thead><tr>");
    [Word::From, Word::FromUtc, Word::DemandMw, Word::ServedMw, Word::MissingMw]
        .into_iter()
        .for_each(|w| column(html, w));
    let people = page.summary.now.people > 0.0;
    if people {
        column(html, Word::PeopleOff);
    }
    html.raw("</tr></thead><tbody>");
    for (k, chunk) in page.summary.steps.chunks(steps).take(ROWS_MAX).enumerate() {
        let mean = |of: fn(&Tally) -> f64| chunk.iter().map(of).sum::<f64>() / chunk.len() as f64;
        let (demand, served) = (mean(|t| t.demand_mw), mean(|t| t.served_mw));
        let at = page.plan.horizon.at((k * steps) as u32);
        html.raw("<tr>").both_in("<th scope=\"row\"", &page.clock.short(at), "</th>");
        html.raw("<td class=\"quiet\">").text(utc_hour(&times::utc(at))).raw("</td>");
        [demand, served, (demand - served).max(0.0)].into_iter().for_each(|mw| cell(html, &numbers::mw(mw)));
        if people {
            html.raw("<td class=\"main\">").text(&people_text(mean(|t| t.people_off))).raw("</td>");
        }
        html.raw("</tr>");
    }
    html.raw("</tbody></table></div>");
    page.summary.steps.len().div_ceil(steps)
}

/// "06:00" of "2026-01-20 06:00 UTC"; the whole where it has another form.
fn utc_hour(utc: &str) -> &str {
    utc.strip_suffix(" UTC").and_then(|s| s.rsplit_once(' ')).map_or(utc, |s| s.1)
}

fn clock_change(html: &mut Html, page: &Page<'_>) {
    let horizon = &page.plan.horizon;
    let (before, after) = (page.clock.offset(horizon.at(0)), page.clock.offset(horizon.at(horizon.steps)));
    if before != after {
        let slots = [("before", &Both::same(before)), ("after", &Both::same(after))];
        html.both_in("<p class=\"note\"", &phrase(Word::ClockChange, &slots), "</p>");
    }
}
