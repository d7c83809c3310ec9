//! What the program says to people, English and Ukrainian side by side.

use crate::args::Lang;
use relight_model::outcome::{Limit, LimitKind};
use relight_model::{Finding, Severity};

/// Picks the text of a language.
pub fn t<'a>(lang: Lang, en: &'a str, uk: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Uk => uk,
    }
}

/// Megawatts.
pub fn mw(lang: Lang) -> &'static str {
    t(lang, "MW", "МВт")
}

/// Word for a severity.
pub fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Error => t(lang, "error", "помилка"),
        Severity::Warning => t(lang, "warning", "увага"),
        Severity::Note => t(lang, "note", "примітка"),
    }
}

/// "and n more".
pub fn more_findings(n: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!("... and {n} more findings"),
        Lang::Uk => format!("... і ще зауважень: {n}"),
    }
}

/// What follows from errors.
pub fn nothing_written(errors: usize, lang: Lang) -> String {
    match lang {
        Lang::En if errors == 1 => "refused because of 1 error; nothing was written".to_owned(),
        Lang::En => format!("refused because of {errors} errors; nothing was written"),
        Lang::Uk => format!("відхилено, помилок: {errors}; нічого не записано"),
    }
}

/// A finding as one line. Place, field and value stand as in the file; the words follow the language.
pub fn finding(f: &Finding, lang: Lang) -> String {
    match lang {
        Lang::En => f.to_string(),
        Lang::Uk => crate::findings_uk::line(f),
    }
}

/// Thousands separated by a narrow no-break space.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

/// One thing that limits a delivery, as a line.
pub fn limit(l: &Limit, lang: Lang) -> String {
    let kind = match l.kind {
        LimitKind::BranchFull => t(lang, "branch full, row", "гілка на межі, рядок"),
        LimitKind::AngleFull => t(lang, "branch at its angle limit, row", "гілка на межі кута, рядок"),
        LimitKind::GeneratorFull => t(lang, "generator at its most, row", "генератор на максимумі, рядок"),
        LimitKind::HvdcFull => t(lang, "HVDC line full, row", "лінія постійного струму на межі, рядок"),
        LimitKind::IslandDark => t(lang, "part without a source, bus row", "частина без джерела, рядок вузла"),
        LimitKind::BusOut => t(lang, "bus out, row", "вузол вимкнено, рядок"),
    };
    let mut line = format!("{kind} {}", l.row);
    if !l.name.is_empty() {
        line.push_str(&format!(" ({})", l.name));
    }
    if l.limit_mw > 0.0 {
        let unit = if l.kind == LimitKind::BranchFull { t(lang, "MVA", "МВА") } else { mw(lang) };
        line.push_str(&format!(": {:.1} {} {:.1} {}", l.at_mw, t(lang, "of", "з"), l.limit_mw, unit));
    }
    if let Some(lost) = l.lost_mw {
        line.push_str(&format!(", {} {lost:.1} {}", t(lang, "lost", "втрачено"), mw(lang)));
    }
    line
}
