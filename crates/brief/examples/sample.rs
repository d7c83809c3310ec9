//! Writes `brief.html` and its three CSV tables for an invented town into the folder named first.

#[path = "../tests/sample/mod.rs"]
mod sample;

use relight_brief::{BriefSettings, Checked, Lang, Summary, render, tables};
use relight_model::UtcSecond;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).ok_or("usage: sample FOLDER [columns rows]")?);
    let size = |n: usize, otherwise: u32| std::env::args().nth(n).map_or(Ok(otherwise), |a| a.parse());
    let (scenario, plan) = sample::town(size(2, 4)?, size(3, 3)?);
    let checked = Checked { passed: true, worst_violation_pu: 3.2e-10, checks: 48_213 };
    let settings = BriefSettings { lang: Lang::En, written_at: UtcSecond(scenario.as_of.0 + 8_400) };
    let limits = sample::town_limits(&scenario);
    std::fs::write(folder.join("brief.html"), render(&scenario, &plan, &limits, &checked, &settings)?)?;
    let summary = Summary::of(&scenario, &plan)?;
    std::fs::write(folder.join("districts.csv"), tables::districts_csv(&scenario, &summary))?;
    std::fs::write(folder.join("hours.csv"), tables::hours_csv(&scenario, &plan, &summary))?;
    std::fs::write(folder.join("feeders.csv"), tables::feeders_csv(&scenario, &plan)?)?;
    Ok(())
}
