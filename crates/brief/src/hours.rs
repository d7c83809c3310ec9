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
    let heading = phrase(Word::Hours, &[("hours", &page.horizon_hours())]);
    html.both_in("<h2", &heading, "</h2>").raw("<div class=\"split chart-split\"><div>");
    chart::draw(html, &page.summary.steps, &page.plan.horizon, page.clock);
    clock_change(html, page);
    html.raw("</div><div>");
    let horizon = &page.plan.horizon;
    let hours = (u64::from(horizon.steps) * u64::from(horizon.step_s)).div_ceil(3600);
    let block_h =
        [1, 2, 3, 6, 12, 24].into_iter().find(|h| hours.div_ceil(*h) <= 12).unwrap_or_else(|| hours.div_ceil(12));
    let caption = phrase(Word::BlockTable, &[("hours", &count(block_h, Noun::Hour))]);
    table(html, page, steps_of(page, block_h), &caption);
    html.raw("</div></div>");
    if block_h > 1 {
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
