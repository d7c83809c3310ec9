//! The brief: one page that a tired duty officer reads in a minute, and the same numbers for machines.
//!
//! ```text
//! Scenario ─┐
//! Plan     ─┼─> Summary ──> render: page (headline, map, tables, lists, chart, trust), one HTML string
//! limits   ─┤           └─> tables: districts, hours, feeders as CSV
//! Checked  ─┘
//! ```
//!
//! * The page is one file: no resource is loaded, it opens from a folder without internet, and its own content policy
//!   forbids everything but its style and one tiny script, named by its hash. Without scripts it reads the same.
//! * English and Ukrainian stand in one file; [`BriefSettings::lang`] says which one is shown first and printed.
//! * Text of the scenario is hostile: markup comes from literals of this crate only, everything else is escaped.
//! * Every figure comes from [`Summary`]; the map shows none that the tables do not hold.
//! * A DC figure is never shown as what can be served without the words "DC estimate".
//! * No clock is read: the caller says when the page is written.

mod chart;
mod districts;
mod elements;
mod error;
mod fit;
mod geometry;
mod hours;
mod html;
mod labels;
mod lists;
mod map;
mod numbers;
mod page;
mod places;
mod summary;
pub mod tables;
mod text;
mod times;
mod trust;

#[cfg(test)]
#[path = "../tests/sample/mod.rs"]
mod sample;

pub use error::BriefError;
pub use summary::{DistrictSummary, OUT_SHARE, SUPPLIED_SHARE, Summary, Supply, Tally};
pub use text::Lang;

use relight_model::outcome::Limit;
use relight_model::plan::Plan;
use relight_model::{Scenario, UtcSecond};

/// What the independent check found, in three numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checked {
    /// Whether every check passed.
    pub passed: bool,
    /// Largest violation found, p.u.
    pub worst_violation_pu: f64,
    /// Number of checks made.
    pub checks: usize,
}

/// How the page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BriefSettings {
    /// Language shown first; a reader can switch.
    pub lang: Lang,
    /// Instant at which the page is written: the age of the data counts to it.
    pub written_at: UtcSecond,
}

/// Writes the brief of a plan as one HTML file.
///
/// `limits` is what keeps the delivery of the first step from carrying more. Refuses a plan that did not pass the
/// independent check or does not fit its scenario.
pub fn render(
    scenario: &Scenario,
    plan: &Plan,
    limits: &[Limit],
    checked: &Checked,
    settings: &BriefSettings,
) -> Result<String, BriefError> {
    if !checked.passed {
        return Err(BriefError::NotVerified);
    }
    let summary = Summary::of(scenario, plan)?;
    let clock = times::Clock::new(&scenario.time_zone);
    let places = places::of(scenario, &summary);
    let page =
        page::Page { scenario, plan, limits, checked, settings, summary: &summary, places: &places, clock: &clock };
    Ok(page.write())
}
