//! What people read about the single outages that would break a delivery.

use crate::args::Lang;
use crate::words::{mw, t};
use relight_model::Network;
use relight_plan::deliver::preventive::{Breach, Harm, Secure};
use relight_power::contingency::Outage;
use std::fmt::Write;

/// Outages listed at the most.
const LISTED: usize = 8;

/// What safety costs, what would break the delivery without it, and what still does.
pub fn text(network: &Network, safe: &Secure, lang: Lang) -> String {
    let mut out = String::new();
    let mw = mw(lang);
    let _ = writeln!(
        out,
        "  {:<28} {:.1} {mw} ({} {:.1} {mw})",
        t(lang, "safety against outages costs", "безпека від відключень коштує"),
        safe.extra_shed_mw,
        t(lang, "without it served", "без неї подано"),
        safe.plain.served_mw
    );
    let lists = [
        (t(lang, "outages that would break it", "порушило б без неї"), &safe.breaking_before),
        (t(lang, "outages that still break it", "порушує й надалі"), &safe.unsafe_left),
    ];
    for (title, breaches) in lists {
        let _ = writeln!(out, "  {title:<28} {}", breaches.len());
        for breach in worst(breaches) {
            let _ = writeln!(out, "    {}", line(network, breach, lang));
        }
    }
    out
}

/// The worst of them, worst first.
pub fn worst(breaches: &[Breach]) -> impl Iterator<Item = &Breach> {
    let mut all: Vec<&Breach> = breaches.iter().collect();
    all.sort_by(|a, b| size(b).total_cmp(&size(a)));
    all.into_iter().take(LISTED)
}

/// How much an outage harms, MW; no flow at all is the worst.
fn size(breach: &Breach) -> f64 {
    match breach.harm {
        Harm::NoFlow => f64::INFINITY,
        Harm::Overload { at_mva, limit_mva, .. } => at_mva - limit_mva,
        Harm::Lost { lost_mw } => lost_mw,
        Harm::Headroom { missing_mw } => missing_mw,
    }
}

/// A line on one of them.
pub fn line(network: &Network, breach: &Breach, lang: Lang) -> String {
    let (kind, row, name) = match breach.outage {
        Outage::Branch(k) => {
            (t(lang, "branch, row", "гілка, рядок"), network.branches[k.i()].row, &network.branches[k.i()].name)
        }
        Outage::Generator(k) => {
            let unit = &network.generators[k.i()];
            (t(lang, "generator, row", "генератор, рядок"), unit.row, &unit.name)
        }
        Outage::Bus(k) | Outage::Substation(k) => {
            (t(lang, "bus, row", "вузол, рядок"), network.buses[k.i()].row, &network.buses[k.i()].name)
        }
    };
    let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
    let mw = mw(lang);
    let harm = match breach.harm {
        Harm::Overload { branch, at_mva, limit_mva, overloads } => {
            let mut harm = format!(
                "{} {}: {at_mva:.1} {} {limit_mva:.1} {}",
                t(lang, "overloads branch, row", "перевантажує гілку, рядок"),
                network.branches[branch.i()].row,
                t(lang, "of", "з"),
                t(lang, "MVA", "МВА")
            );
            if overloads > 1 {
                let _ = write!(harm, ", {} {}", t(lang, "and others:", "та інші:"), overloads - 1);
            }
            harm
        }
        Harm::Lost { lost_mw } => format!("{} {lost_mw:.1} {mw}", t(lang, "cuts off", "відрізає")),
        Harm::Headroom { missing_mw } => {
            format!("{} {missing_mw:.1} {mw}", t(lang, "the others lack", "решті бракує"))
        }
        Harm::NoFlow => t(lang, "no operating point afterwards", "після цього режиму немає").to_owned(),
    };
    format!("{kind} {row}{name}: {harm}")
}
