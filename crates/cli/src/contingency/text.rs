//! What a dispatcher reads: how many outages do harm, of what kind, and the worst of them, one line each.

use crate::args::Lang;
use crate::json::contingency::Listed;
use crate::words::{count, mw, t};
use relight_model::Network;
use relight_model::outcome::FlowStatus;
use relight_power::contingency::{Answer, Contingency, Extremes, Outage, OutageResult, Physics};
use std::fmt::Write;

/// Outages that are shown where `--top` does not say.
const SHOWN: usize = 10;

/// Everything there is to tell.
pub struct Told<'a> {
    pub network: &'a Network,
    pub study: &'a Contingency<'a>,
    pub listed: &'a Listed,
    pub answer: &'a Answer,
    /// Worst first.
    pub ranked: &'a [OutageResult],
}

/// A screenful.
pub fn text(told: &Told<'_>, top: Option<u32>, lang: Lang) -> String {
    let mut out = String::new();
    let network = told.network;
    let name = if network.name.is_empty() { "case" } else { &network.name };
    let physics = match told.listed.physics {
        Physics::Dc => t(lang, "DC estimate, voltages not checked", "оцінка DC, напруги не перевірено"),
        Physics::Screened => t(lang, "screened by DC, then AC", "відбір за DC, далі AC"),
        Physics::Ac => "AC",
    };
    let _ = writeln!(out, "{name}: {}, {physics}", t(lang, "every single outage", "кожне поодиноке відключення"));
    before(told, lang, &mut out);
    if told.answer.not_done > 0 {
        let _ = writeln!(out, "  {}", t(lang, "NOT COMPLETE: stopped before the end", "НЕПОВНО: зупинено до кінця"));
    }
    tally(told, lang, &mut out);
    let worst: Vec<&OutageResult> =
        told.ranked.iter().filter(|r| harms(r)).take(top.map_or(SHOWN, |n| n as usize)).collect();
    if !worst.is_empty() {
        let _ = writeln!(
            out,
            "{}",
            t(lang, "worst first (what goes out: what follows)", "найгірші спочатку (що вимикається: що з того)")
        );
    }
    for (k, result) in worst.iter().enumerate() {
        let _ = writeln!(out, "  {:>3}. {}", k + 1, line(network, result, lang));
    }
    out
}

/// One figure with its words.
fn row(out: &mut String, words: &str, figure: &str) {
    let _ = writeln!(out, "  {words:<38} {figure}");
}

fn before(told: &Told<'_>, lang: Lang, out: &mut String) {
    let base = told.study.base();
    let mut state = match base.status {
        FlowStatus::Converged => t(lang, "converged", "збіглося").to_owned(),
        FlowStatus::Diverged => t(lang, "DIVERGED: no answer", "НЕ ЗБІГЛОСЯ: відповіді немає").to_owned(),
        FlowStatus::Dark => t(lang, "DARK: no island has a source", "ТЕМРЯВА: жоден острів не має джерела").to_owned(),
    };
    if let Some(e) = base.extremes {
        for part in troubles(told.network, &e, lang) {
            let _ = write!(state, "; {part}");
        }
    }
    row(out, t(lang, "before any outage", "до відключень"), &state);
}

fn tally(told: &Told<'_>, lang: Lang, out: &mut String) {
    let answer = told.answer;
    row(out, t(lang, "outages listed", "відключень у списку"), &count(told.listed.outages as u64));
    if told.listed.physics == Physics::Screened {
        let words = t(lang, "found harmless by DC, no AC", "за DC нешкідливі, без AC");
        row(out, words, &count(answer.screened_out as u64));
    }
    if answer.not_done > 0 {
        row(out, t(lang, "not looked at", "не розглянуто"), &count(answer.not_done as u64));
    }
    let number = |which: &dyn Fn(&OutageResult) -> bool| answer.outages.iter().filter(|r| which(r)).count() as u64;
    let with = |which: fn(&Extremes) -> bool| number(&|r| r.extremes.is_some_and(|e| which(&e)));
    let lines = [
        (t(lang, "leave nothing with power", "знеструмлюють усе"), number(&|r| r.status == FlowStatus::Dark)),
        (
            t(lang, "without an answer (diverged)", "без відповіді (не збіглося)"),
            number(&|r| r.status == FlowStatus::Diverged),
        ),
        (t(lang, "cut demand off", "знеструмлюють споживачів"), number(&|r| r.lost_mw > 0.0)),
        (t(lang, "overload a branch", "перевантажують гілку"), with(|e| e.overloads > 0)),
        (
            t(lang, "put a voltage outside its limits", "виводять напругу за межі"),
            with(|e| e.low_voltages + e.high_voltages > 0),
        ),
        (t(lang, "do no harm", "без наслідків"), number(&|r| !harms(r))),
    ];
    for (words, figure) in lines {
        row(out, words, &count(figure));
    }
}

fn harms(r: &OutageResult) -> bool {
    let limits = r.extremes.is_some_and(|e| e.overloads + e.low_voltages + e.high_voltages > 0);
    r.status != FlowStatus::Converged || r.lost_mw > 0.0 || limits
}

/// `LOST 90.0 MW (3 parts, 1 dark); OVERLOAD 131.0 % on branch row 7 (3 - 5)  <-  bus 69 (row 69)`
fn line(network: &Network, r: &OutageResult, lang: Lang) -> String {
    let mut parts: Vec<String> = Vec::new();
    match r.status {
        FlowStatus::Dark => parts.push(t(lang, "ALL DARK", "УСЕ ЗНЕСТРУМЛЕНО").to_owned()),
        FlowStatus::Diverged => parts.push(t(lang, "NO ANSWER (diverged)", "ВІДПОВІДІ НЕМАЄ (не збіглося)").to_owned()),
        FlowStatus::Converged => {}
    }
    if r.lost_mw > 0.0 {
        let mut lost = format!("{} {:.1} {}", t(lang, "LOST", "ВТРАЧЕНО"), r.lost_mw, mw(lang));
        if let Some(people) = r.lost_people {
            let _ = write!(lost, ", {} {}", count(people.round() as u64), t(lang, "people", "людей"));
        }
        parts.push(lost);
    }
    if let Some(e) = &r.extremes {
        parts.extend(troubles(network, e, lang));
    }
    format!("{:<32} {}", outage(network, r.outage, lang), parts.join("; "))
}

/// What is beyond a limit.
fn troubles(network: &Network, e: &Extremes, lang: Lang) -> Vec<String> {
    let mut parts = Vec::new();
    if let (Some((percent, branch)), true) = (e.max_loading, e.overloads > 0) {
        let b = &network.branches[branch.i()];
        parts.push(format!(
            "{} {percent:.0} % {} {} ({} - {}){}",
            t(lang, "OVERLOAD", "ПЕРЕВАНТАЖЕННЯ"),
            t(lang, "branch row", "рядок гілки"),
            b.row,
            network.buses[b.from.i()].id,
            network.buses[b.to.i()].id,
            further(e.overloads, lang)
        ));
    }
    let voltages = [
        (e.low_voltages, e.vm_min, t(lang, "LOW VOLTAGE", "НИЗЬКА НАПРУГА")),
        (e.high_voltages, e.vm_max, t(lang, "HIGH VOLTAGE", "ВИСОКА НАПРУГА")),
    ];
    for (number, extreme, words) in voltages {
        if let (Some((vm, bus)), true) = (extreme, number > 0) {
            let id = network.buses[bus.i()].id;
            let (unit, at) = (t(lang, "p.u.", "в.о."), t(lang, "bus", "вузол"));
            parts.push(format!("{words} {vm:.3} {unit} {at} {id}{}", further(number, lang)));
        }
    }
    parts
}

fn further(number: u32, lang: Lang) -> String {
    match number {
        0 | 1 => String::new(),
        n => format!(" (+{} {})", n - 1, t(lang, "more", "ще")),
    }
}

fn outage(network: &Network, outage: Outage, lang: Lang) -> String {
    match outage {
        Outage::Branch(k) => {
            let b = &network.branches[k.i()];
            let (from, to) = (network.buses[b.from.i()].id, network.buses[b.to.i()].id);
            format!("{} {} ({from} - {to})", t(lang, "branch row", "рядок гілки"), b.row)
        }
        Outage::Generator(k) => {
            let g = &network.generators[k.i()];
            let (row, at) = (t(lang, "generator row", "рядок генератора"), t(lang, "bus", "вузол"));
            format!("{row} {} ({at} {})", g.row, network.buses[g.bus.i()].id)
        }
        Outage::Bus(k) => {
            let b = &network.buses[k.i()];
            format!("{} {} ({} {})", t(lang, "bus", "вузол"), b.id, t(lang, "row", "рядок"), b.row)
        }
        Outage::Substation(k) => {
            let b = &network.buses[k.i()];
            format!(
                "{} {} ({} {})",
                t(lang, "substation of bus", "підстанція вузла"),
                b.id,
                t(lang, "row", "рядок"),
                b.row
            )
        }
    }
}
