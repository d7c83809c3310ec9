//! How far to trust the page: age and revision of the data, the check, the quality of the answer, what was assumed.

use crate::html::Html;
use crate::numbers::{self, count, span};
use crate::page::Page;
use crate::text::{Both, Noun, Word, phrase};
use crate::times;
use relight_model::outcome::DeliveryStatus;
use relight_model::{Assumption, UtcSecond};

/// The line under the headline.
pub(crate) fn one_line(page: &Page<'_>) -> Both {
    let age = age(page);
    let revision = page.plan.situation.revision;
    let join = |as_of: &str, time: &str, revised: &str, age_word: &str, age: &str| {
        format!("{as_of} {time}; {revised} {revision}. {age_word}: {age}.")
    };
    let time = page.clock.full(page.plan.situation.as_of);
    Both {
        en: join(Word::AsOf.en(), &time.en, "revision", Word::Age.en(), &age.en),
        uk: join(Word::AsOf.uk(), &time.uk, "версія", Word::Age.uk(), &age.uk),
    }
}

fn age(page: &Page<'_>) -> Both {
    let seconds = page.settings.written_at.0.saturating_sub(page.plan.situation.as_of.0);
    if seconds < 0 { Word::AgeAhead.both() } else { span(seconds) }
}

/// The list of facts and the list of assumptions.
pub(crate) fn section(html: &mut Html, page: &Page<'_>) {
    html.raw("<div class=\"split even\"><dl>");
    let instant = |at: UtcSecond| {
        let (local, utc) = (page.clock.full(at), times::utc(at));
        Both { en: format!("{} = {utc}", local.en), uk: format!("{} = {utc}", local.uk) }
    };
    fact(html, Word::AsOf, &instant(page.plan.situation.as_of));
    fact(html, Word::Age, &age(page));
    fact(html, Word::Revision, &Both::same(page.plan.situation.revision.to_string()));
    fact(html, Word::Written, &instant(page.settings.written_at));
    let horizon = &page.plan.horizon;
    let (from, to) = (page.clock.short(horizon.at(0)), page.clock.short(horizon.at(horizon.steps)));
    let steps = count(u64::from(horizon.steps), Noun::Step);
    let step = span(i64::from(horizon.step_s));
    fact(
        html,
        Word::Covers,
        &phrase(Word::CoversValue, &[("from", &from), ("to", &to), ("steps", &steps), ("step", &step)]),
    );
    let checks = count(page.checked.checks as u64, Noun::CheckDone);
    let worst = numbers::tiny(page.checked.worst_violation_pu);
    fact(html, Word::Check, &phrase(Word::CheckPassed, &[("checks", &checks), ("worst", &worst)]));
    for quality in quality(page) {
        fact(html, Word::Quality, &quality);
    }
    if let Some(safety) = &page.plan.safety
        && let Some(now) = safety.margins.get(page.plan.delivery_of_step[0] as usize)
    {
        let number = |n: usize| Both::same(numbers::grouped(n as u64));
        let (cost, before, left) =
            (numbers::mw(now.extra_shed_mw), number(now.breaking_before.len()), number(now.unsafe_left.len()));
        let slots = [("cost", &cost), ("before", &before), ("left", &left)];
        fact(html, Word::SingleOutages, &phrase(Word::SingleOutagesValue, &slots));
    }
    html.raw("</dl><div><h3>").both(&Word::Assumed.both()).raw("</h3>");
    assumptions(html, page);
    html.raw("<ul class=\"notes\">");
    let physics = if page.is_dc() { Word::DcMeans } else { Word::AcMeans };
    html.both_in("<li", &physics.both(), "</li>");
    if !page.clock.known {
        let zone: String = page.scenario.time_zone.chars().take(60).collect();
        html.both_in("<li", &phrase(Word::UnknownZone, &[("zone", &Both::same(zone))]), "</li>");
    }
    html.raw("</ul></div></div>");
}

fn fact(html: &mut Html, head: Word, value: &Both) {
    html.both_in("<dt", &head.both(), "</dt>").both_in("<dd", value, "</dd>");
}

/// What the statuses of the steps say.
fn quality(page: &Page<'_>) -> Vec<Both> {
    let plan = page.plan;
    let steps = |status: DeliveryStatus| {
        plan.delivery_of_step.iter().filter(|d| plan.deliveries[**d as usize].status == status).count()
    };
    let (feasible, failed) = (steps(DeliveryStatus::Feasible), steps(DeliveryStatus::Failed));
    let number = |n: usize| Both::same(numbers::grouped(n as u64));
    let all = number(plan.delivery_of_step.len());
    let mut said = Vec::new();
    if feasible > 0 {
        let gap = plan.deliveries.iter().map(|d| d.gap).fold(0.0, f64::max);
        let slots = [("n", &number(feasible)), ("m", &all), ("gap", &numbers::percent(gap))];
        said.push(phrase(Word::Feasible, &slots));
    }
    if failed > 0 {
        said.push(phrase(Word::Failed, &[("n", &number(failed)), ("m", &all)]));
    }
    let now = plan.delivery(0);
    if !now.failures.is_empty() {
        said.push(phrase(Word::IslandsFailed, &[("n", &number(now.failures.len()))]));
    }
    if said.is_empty() {
        said.push(Word::Optimal.both());
    }
    said
}

/// Assumptions of the reading and of the plan, each once.
fn assumptions(html: &mut Html, page: &Page<'_>) {
    let mut told: Vec<&Assumption> = Vec::new();
    for assumption in page.scenario.assumptions.iter().chain(&page.plan.assumptions) {
        if !told.contains(&assumption) {
            told.push(assumption);
        }
    }
    if told.is_empty() {
        html.both_in("<p", &Word::NothingAssumed.both(), "</p>");
        return;
    }
    html.raw("<ul class=\"assumed\">");
    for assumption in told {
        html.both_in("<li", &sentence(assumption), "</li>");
    }
    html.raw("</ul>");
}

fn sentence(assumption: &Assumption) -> Both {
    match assumption {
        Assumption::PeopleFromPower { people_per_mw } => {
            let n = Both::same(numbers::people_text(*people_per_mw));
            phrase(Word::PeopleFromPower, &[("n", &n)])
        }
        Assumption::ConstantDemand => Word::ConstantDemand.both(),
        Assumption::AllHomes => Word::AllHomes.both(),
        Assumption::DcOnly => Word::DcOnly.both(),
        Assumption::NoRepairs => Word::NoRepairs.both(),
        Assumption::PartialFeeders => Word::PartialFeeders.both(),
        Assumption::NoHvdc => Word::NoHvdc.both(),
        Assumption::NoStorage => Word::NoStorage.both(),
        Assumption::StorageMayEndEmpty => Word::StorageMayEndEmpty.both(),
        Assumption::StorageKeepsEnergy => Word::StorageKeepsEnergy.both(),
    }
}
