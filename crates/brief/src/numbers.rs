//! Numbers as people read them: rounded, grouped, with the right form of the noun.

use crate::text::{Both, Noun};

/// Narrow no-break space: groups thousands in both languages and never breaks a number over two lines.
pub(crate) const THIN: char = '\u{202f}';

/// Digits in groups of three; numbers of four digits are grouped too, so that columns line up.
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len());
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(digit);
    }
    out
}

/// People to three significant digits: more would pretend to know who is at home.
pub(crate) fn people(value: f64) -> u64 {
    let whole = value.max(0.0).round() as u64;
    let mut step = 1u64;
    while whole / step >= 1000 {
        step *= 10;
    }
    (whole.saturating_add(step / 2)) / step * step
}

/// People, rounded and grouped, without the noun.
pub(crate) fn people_text(value: f64) -> String {
    grouped(people(value))
}

/// A count with its noun: "1 людина", "2 людини", "5 людей".
pub(crate) fn count(value: u64, noun: Noun) -> Both {
    let en = if value == 1 { noun.en()[0] } else { noun.en()[1] };
    let uk = noun.uk()[form(value)];
    Both { en: format!("{} {en}", grouped(value)), uk: format!("{} {uk}", grouped(value)) }
}

/// A count with its noun in the genitive, as after "of" / "з": "з 21 людини", "з 5 людей".
pub(crate) fn count_of(value: u64, noun: Noun) -> Both {
    let en = if value == 1 { noun.en()[0] } else { noun.en()[1] };
    let uk = noun.uk_of()[usize::from(form(value) != 0)];
    Both { en: format!("{} {en}", grouped(value)), uk: format!("{} {uk}", grouped(value)) }
}

/// Form of a Ukrainian noun after a number: 0 one (1, 21), 1 few (2–4, 22–24), 2 many (0, 5–20, 25–30).
/// Source: Unicode CLDR, plural rules for `uk`.
pub(crate) fn form(value: u64) -> usize {
    match (value % 10, value % 100) {
        (1, rest) if rest != 11 => 0,
        (2..=4, rest) if !(12..=14).contains(&rest) => 1,
        _ => 2,
    }
}

/// Power in MW without unit: whole from 100 on, one decimal below. Never "0" for what is not nothing.
pub(crate) fn mw(value: f64) -> Both {
    if value.abs() >= 99.95 {
        let sign = if value < 0.0 { "−" } else { "" };
        return Both::same(format!("{sign}{}", grouped(value.abs().round() as u64)));
    }
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded == 0.0 && value > 1e-6 {
        return Both { en: "< 0.1".into(), uk: "< 0,1".into() };
    }
    decimal(if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") })
}

/// A share in percent: whole numbers; a little is not nothing and nearly all is not all.
pub(crate) fn percent(share: f64) -> Both {
    let shown = match share {
        s if s <= 0.0 => "0".to_string(),
        s if s < 0.005 => "< 1".to_string(),
        s if s >= 1.0 => "100".to_string(),
        s if s >= 0.995 => "> 99".to_string(),
        s => format!("{:.0}", s * 100.0),
    };
    Both { en: format!("{shown}%"), uk: format!("{shown}{THIN}%") }
}

/// A small number such as a violation: two digits and a power of ten.
pub(crate) fn tiny(value: f64) -> Both {
    if value == 0.0 { Both::same("0") } else { decimal(format!("{value:.1e}")) }
}

/// A number written with a point in English and a comma in Ukrainian.
pub(crate) fn decimal(written: String) -> Both {
    Both { uk: written.replace('.', ","), en: written }
}

/// A span of time in its two largest units; negative spans count as 0.
pub(crate) fn span(seconds: i64) -> Both {
    let minutes = (seconds.max(0) as u64).saturating_add(30) / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let parts = match (days, hours) {
        (0, 0) => vec![(minutes, "min", "хв")],
        (0, _) => vec![(hours, "h", "год"), (minutes, "min", "хв")],
        _ => vec![(days, "d", "дн."), (hours, "h", "год")],
    };
    let first = parts[0].0;
    let kept: Vec<_> = parts.into_iter().filter(|p| p.0 > 0 || first == 0).collect();
    let join = |pick: fn(&(u64, &'static str, &'static str)) -> &'static str| {
        kept.iter().map(|p| format!("{} {}", grouped(p.0), pick(p))).collect::<Vec<_>>().join(" ")
    };
    Both { en: join(|p| p.1), uk: join(|p| p.2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_with_narrow_spaces() {
        let shown: Vec<_> = [0, 999, 1000, 12_345, 1_240_000].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1\u{202f}000", "12\u{202f}345", "1\u{202f}240\u{202f}000"]);
    }

    #[test]
    fn people_keep_three_digits() {
        let shown = [0.0, 0.6, 7.4, 999.4, 1004.0, 1_236_400.0, 3_000_000.0, 9_996.0].map(people);
        assert_eq!(shown, [0, 1, 7, 999, 1000, 1_240_000, 3_000_000, 10_000]);
    }

    #[test]
    fn ukrainian_nouns_follow_their_number() {
        let shown = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111, 112, 122].map(|n| count(n, Noun::Person).uk);
        let nouns: Vec<_> = shown.iter().map(|s| s.split(' ').nth(1).unwrap()).collect();
        let (one, few, many) = ("людина", "людини", "людей");
        assert_eq!(
            nouns,
            [many, one, few, few, many, many, many, many, one, few, many, one, many, many, few],
            "0 1 2 4 5 11 12 14 21 22 25 101 111 112 122"
        );
        assert_eq!(count_of(1, Noun::Person).uk, "1 людини");
        assert_eq!(count_of(2, Noun::Person).uk, "2 людей");
        assert_eq!(count_of(21, Noun::Feeder).uk, "21 фідера");
        assert_eq!(count(1, Noun::Person).en, "1 person");
    }

    #[test]
    fn a_little_is_not_nothing_and_nearly_all_is_not_all() {
        assert_eq!([0.0, 0.001, 0.42, 0.999, 1.0].map(|s| percent(s).en), ["0%", "< 1%", "42%", "> 99%", "100%"]);
        assert_eq!(percent(0.42).uk, "42\u{202f}%");
        assert_eq!(
            [0.0, 0.01, 7.0, 7.25, 99.96, 1790.4].map(|x| mw(x).uk),
            ["0", "< 0,1", "7", "7,3", "100", "1\u{202f}790"]
        );
    }

    #[test]
    fn spans_use_their_two_largest_units() {
        let shown = [-5, 20, 1800, 7200, 8100, 90_000, 172_800].map(|s| span(s).en);
        assert_eq!(shown, ["0 min", "0 min", "30 min", "2 h", "2 h 15 min", "1 d 1 h", "2 d"]);
        assert_eq!(span(8100).uk, "2 год 15 хв");
    }
}
