//! What is out and what limits supply, as short lists that open.

use crate::elements::{self, Group, Item};
use crate::html::Html;
use crate::numbers::{self, count};
use crate::page::Page;
use crate::text::{Both, Noun, Word, phrase};

/// Items of a kind shown at once.
const SHOWN: usize = 6;

/// Items of a kind in a list that opens.
const ITEMS_MAX: usize = 300;

/// What is out, by kind.
pub(crate) fn outages(html: &mut Html, page: &Page<'_>) {
    let out = elements::outages(page.scenario, page.plan);
    if out.groups.is_empty() {
        html.both_in("<p", &Word::NothingOut.both(), "</p>");
    }
    groups(html, &out.groups);
    if out.sources_mw > 0.0 {
        let slots = [("left", &numbers::mw(out.sources_left_mw)), ("all", &numbers::mw(out.sources_mw))];
        html.both_in("<p", &phrase(Word::SourcesLeft, &slots), "</p>");
    }
    if out.branches_before + out.generators_before > 0 {
        let lines = count(out.branches_before as u64, Noun::Branch);
        let generators = count(out.generators_before as u64, Noun::Generator);
        let slots = [("lines", &lines), ("generators", &generators)];
        html.both_in("<p class=\"note\"", &phrase(Word::OutBefore, &slots), "</p>");
    }
}

/// What limits supply now.
pub(crate) fn limits(html: &mut Html, page: &Page<'_>) {
    let now = &page.summary.now;
    // A tenth of a kilowatt is the solver's noise.
    let missing = now.demand_mw - now.served_mw > 1e-4;
    match (missing, page.limits.is_empty()) {
        (false, _) => html.both_in("<p", &phrase(Word::NoLimit, &[("dc", &page.dc_mark())]), "</p>"),
        (true, true) => {
            let why = if page.is_dc() { Word::LimitUnknown } else { Word::LimitVoltage };
            html.both_in("<p", &why.both(), "</p>")
        }
        (true, false) => {
            groups(html, &elements::limits(page.scenario, page.limits));
            let flows = if page.is_dc() { Word::DcLimits } else { Word::AcLimits };
            html.both_in("<p class=\"note\"", &flows.both(), "</p>")
        }
    };
    groups(html, &elements::opened(page.scenario, page.plan));
}

fn groups(html: &mut Html, groups: &[Group]) {
    for group in groups {
        html.raw("<h3>").both(&group.head.both()).raw(" <span class=\"count\">");
        html.text(&numbers::grouped(group.count as u64)).raw("</span></h3>");
        let (first, rest) = group.items.split_at(group.items.len().min(SHOWN));
        items(html, first);
        if !rest.is_empty() {
            let n = Both::same(numbers::grouped(rest.len() as u64));
            html.raw("<details><summary>").both(&phrase(Word::AndMore, &[("n", &n)])).raw("</summary>");
            items(html, &rest[..rest.len().min(ITEMS_MAX)]);
            if rest.len() > ITEMS_MAX {
                let left = Both::same(numbers::grouped((rest.len() - ITEMS_MAX) as u64));
                html.both_in("<p class=\"note\"", &phrase(Word::AndMore, &[("n", &left)]), "</p>");
            }
            html.raw("</details>");
        }
        if group.also > 0 {
            let n = Both::same(numbers::grouped(group.also as u64));
            html.both_in("<p class=\"note\"", &phrase(Word::OutWithBus, &[("n", &n)]), "</p>");
        }
    }
}

fn items(html: &mut Html, items: &[Item]) {
    if items.is_empty() {
        return;
    }
    html.raw("<ul class=\"items\">");
    for item in items {
        html.raw("<li>").both(&short(&item.name));
        if let Some(detail) = &item.detail {
            html.both_in(" <span class=\"detail\"", detail, "</span>");
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
}

/// A name of a megabyte would bury the page.
fn short(name: &Both) -> Both {
    let cut =
        |s: &str| if s.chars().count() > 80 { s.chars().take(79).chain(['…']).collect() } else { s.to_string() };
    Both { en: cut(&name.en), uk: cut(&name.uk) }
}
