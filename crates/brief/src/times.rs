//! Instants as local people read them, with the offset from UTC, right on the days the clock changes.

use crate::text::Both;
use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use relight_model::UtcSecond;

const MONTHS_EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_UK: [&str; 12] = [
    "січня",
    "лютого",
    "березня",
    "квітня",
    "травня",
    "червня",
    "липня",
    "серпня",
    "вересня",
    "жовтня",
    "листопада",
    "грудня",
];

/// A local time and its offset from UTC, s.
struct Local {
    civil: DateTime,
    offset_s: i32,
}

/// The scenario's time zone, or UTC where its name is unknown.
#[derive(Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    /// Whether the name was found.
    pub(crate) known: bool,
}

impl Clock {
    /// Looks up an IANA name.
    pub(crate) fn new(name: &str) -> Self {
        match TimeZone::get(name) {
            Ok(zone) => Self { zone, known: true },
            Err(_) => Self { zone: TimeZone::UTC, known: false },
        }
    }

    /// The local time of an instant; `None` beyond the years −9999 to 9999.
    fn local(&self, at: UtcSecond) -> Option<Local> {
        let instant = Timestamp::from_second(at.0).ok()?;
        let offset_s = self.zone.to_offset(instant).seconds();
        Some(Local { civil: self.zone.to_datetime(instant), offset_s })
    }

    /// "Tue 20 Jan 2026, 08:00 (UTC+2)".
    pub(crate) fn full(&self, at: UtcSecond) -> Both {
        let Some(z) = self.local(at) else { return beyond(at) };
        let (day, clock, offset) = (day(&z, true), hour_minute(&z), offset(&z));
        Both { en: format!("{}, {clock} ({offset})", day.en), uk: format!("{}, {clock} ({offset})", day.uk) }
    }

    /// "Tue 20 Jan, 08:00".
    pub(crate) fn short(&self, at: UtcSecond) -> Both {
        let Some(z) = self.local(at) else { return beyond(at) };
        let (day, clock) = (day(&z, false), hour_minute(&z));
        Both { en: format!("{}, {clock}", day.en), uk: format!("{}, {clock}", day.uk) }
    }

    /// "Tue 20 Jan".
    pub(crate) fn day(&self, at: UtcSecond) -> Both {
        self.local(at).map_or_else(|| beyond(at), |z| day(&z, false))
    }

    /// "08:00".
    pub(crate) fn hour_minute(&self, at: UtcSecond) -> String {
        self.local(at).map_or_else(|| at.0.to_string(), |z| hour_minute(&z))
    }

    /// Offset from UTC: "UTC+2".
    pub(crate) fn offset(&self, at: UtcSecond) -> String {
        self.local(at).map_or_else(|| "UTC".into(), |z| offset(&z))
    }

    /// Local hour and minute of the day.
    pub(crate) fn hour_and_minute(&self, at: UtcSecond) -> Option<(i8, i8)> {
        self.local(at).map(|z| (z.civil.hour(), z.civil.minute()))
    }

    /// ISO 8601 with offset, for CSV: "2026-01-20T08:00:00+02:00".
    pub(crate) fn iso_local(&self, at: UtcSecond) -> String {
        self.local(at).map_or_else(
            || at.0.to_string(),
            |z| {
                let (sign, minutes) = (if z.offset_s < 0 { '-' } else { '+' }, z.offset_s.abs() / 60);
                format!("{}{sign}{:02}:{:02}", z.civil.strftime("%Y-%m-%dT%H:%M:%S"), minutes / 60, minutes % 60)
            },
        )
    }
}

/// "2026-01-20 06:00 UTC".
pub(crate) fn utc(at: UtcSecond) -> String {
    match Timestamp::from_second(at.0) {
        Ok(t) => t.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => beyond(at).en,
    }
}

/// "2026-01-20T06:00:00Z", for CSV.
pub(crate) fn utc_iso(at: UtcSecond) -> String {
    match Timestamp::from_second(at.0) {
        Ok(t) => t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => at.0.to_string(),
    }
}

fn beyond(at: UtcSecond) -> Both {
    Both::same(format!("UTC {} s", at.0))
}

fn hour_minute(z: &Local) -> String {
    format!("{:02}:{:02}", z.civil.hour(), z.civil.minute())
}

fn day(z: &Local, year: bool) -> Both {
    let (en, uk) = match z.civil.weekday() {
        Weekday::Monday => ("Mon", "пн"),
        Weekday::Tuesday => ("Tue", "вт"),
        Weekday::Wednesday => ("Wed", "ср"),
        Weekday::Thursday => ("Thu", "чт"),
        Weekday::Friday => ("Fri", "пт"),
        Weekday::Saturday => ("Sat", "сб"),
        Weekday::Sunday => ("Sun", "нд"),
    };
    let month = usize::from(z.civil.month().unsigned_abs()) - 1;
    let year = if year { format!(" {}", z.civil.year()) } else { String::new() };
    Both {
        en: format!("{en} {} {}{year}", z.civil.day(), MONTHS_EN[month]),
        uk: format!("{uk} {} {}{year}", z.civil.day(), MONTHS_UK[month]),
    }
}

fn offset(z: &Local) -> String {
    let minutes = z.offset_s / 60;
    match (minutes, minutes.abs() % 60) {
        (0, _) => "UTC".into(),
        (_, 0) => format!("UTC{}{}", if minutes > 0 { '+' } else { '−' }, minutes.abs() / 60),
        (_, rest) => format!("UTC{}{}:{rest:02}", if minutes > 0 { '+' } else { '−' }, minutes.abs() / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_follows_the_clock_change() {
        let kyiv = Clock::new("Europe/Kyiv");
        assert!(kyiv.known);
        // 2026-03-29: at 01:00 UTC clocks go from 03:00 to 04:00.
        let change = UtcSecond(1_774_746_000);
        assert_eq!(utc(change), "2026-03-29 01:00 UTC");
        assert_eq!(kyiv.full(UtcSecond(change.0 - 60)).en, "Sun 29 Mar 2026, 02:59 (UTC+2)");
        assert_eq!(kyiv.full(change).uk, "нд 29 березня 2026, 04:00 (UTC+3)");
        // 2026-10-25: 03:00 comes twice; the offset tells the two apart.
        let again = UtcSecond(1_792_890_000);
        assert_eq!(kyiv.full(UtcSecond(again.0 - 3600)).en, "Sun 25 Oct 2026, 03:00 (UTC+3)");
        assert_eq!(kyiv.full(again).en, "Sun 25 Oct 2026, 03:00 (UTC+2)");
        assert_eq!(kyiv.iso_local(again), "2026-10-25T03:00:00+02:00");
    }

    #[test]
    fn unknown_zones_and_far_instants_are_said_not_guessed() {
        let nowhere = Clock::new("Nowhere/<b>");
        assert!(!nowhere.known);
        assert_eq!(nowhere.full(UtcSecond(0)).en, "Thu 1 Jan 1970, 00:00 (UTC)");
        assert_eq!(nowhere.full(UtcSecond(i64::MAX)).en, "UTC 9223372036854775807 s");
        assert_eq!(Clock::new("Asia/Kolkata").offset(UtcSecond(0)), "UTC+5:30");
    }
}
