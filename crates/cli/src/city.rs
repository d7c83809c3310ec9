//! `relight city new DIR`: a synthetic city or country as a scenario folder.

use crate::args::{CityNewArgs, Common, Lang};
use crate::report::{self, Outcome, Refused};
use crate::words::{count, mw, t};
use relight_city::{CitySettings, generate};
use relight_formats::scenario::{Existing, WriteError};
use relight_model::{Finding, Scenario};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Serialize)]
struct City {
    schema: &'static str,
    folder: PathBuf,
    seed: u64,
    people: u32,
    districts: usize,
    buses: usize,
    branches: usize,
    feeders: usize,
    buildings: usize,
    demand_mw: f64,
    damaged: usize,
}

/// Makes the city and writes it.
pub fn run(args: &CityNewArgs, common: &Common) -> Outcome {
    let scenario = make(args.people, args.seed, common.lang)?;
    write(&args.dir, &scenario, args.overwrite, common.lang)?;
    let damage = &scenario.damage;
    let city = City {
        schema: "relight.city/1",
        folder: args.dir.clone(),
        seed: args.seed,
        people: args.people,
        districts: scenario.geography.districts.len(),
        buses: scenario.network.buses.len(),
        branches: scenario.network.branches.len(),
        feeders: scenario.feeders.len(),
        buildings: scenario.geography.buildings.len(),
        demand_mw: scenario.network.demand_mw(),
        damaged: damage.branches.len() + damage.generators.len() + damage.buses.len(),
    };
    report::answer(common, &city, || text(&scenario, &city, common.lang))?;
    Ok(ExitCode::SUCCESS)
}

/// Generates the city.
pub fn make(people: u32, seed: u64, lang: Lang) -> Result<Scenario, Refused> {
    let settings = CitySettings { people, seed };
    generate(&settings).or_else(|e| {
        report::refuse(
            Finding::error("cannot-make-city", e.to_string())
                .field("--people", people)
                .allowed("20000 to 40000000")
                .hint("3000000 is Winter City's own size"),
            lang,
        )
    })
}

/// Writes the scenario folder.
pub fn write(dir: &Path, scenario: &Scenario, overwrite: bool, lang: Lang) -> Result<(), Refused> {
    let existing = if overwrite { Existing::Replace } else { Existing::Keep };
    relight_formats::scenario::write(dir, scenario, existing).or_else(|e| match e {
        WriteError::NotEmpty { is_scenario: true, .. } => report::refuse_existing(dir, lang),
        e => report::refuse(Finding::error("not-writable", e.to_string()), lang),
    })
}

fn text(scenario: &Scenario, city: &City, lang: Lang) -> String {
    let mw = mw(lang);
    let name = t(lang, &scenario.name, &scenario.name_uk);
    format!(
        "{name}: {} {}, {:.0} {mw}, {} {}, {} {}\n{} {}\n",
        count(city.people.into()),
        t(lang, "people", "людей"),
        city.demand_mw,
        city.buses,
        t(lang, "buses", "вузлів"),
        city.feeders,
        t(lang, "feeders", "фідерів"),
        t(lang, "next: relight plan", "далі: relight plan"),
        city.folder.display()
    )
}
