//! `relight init DIR --network FILE`: a scenario folder from one's own case file.

use crate::args::{Common, InitArgs, Lang};
use crate::report::{self, Outcome};
use crate::words::{count, mw, t};
use relight_formats::scenario::InitError;
use relight_model::{Finding, Scenario};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Serialize)]
struct Init {
    schema: &'static str,
    folder: PathBuf,
    feeders: usize,
    people: u64,
    demand_mw: f64,
}

/// Reads the case, derives what can be derived, writes the folder with templates for the rest.
pub fn run(args: &InitArgs, common: &Common) -> Outcome {
    match relight_formats::scenario::init(&args.dir, &args.network, report::now()) {
        Ok(findings) => report::show(&findings, common.lang),
        Err(InitError::Network(findings)) => return report::accept((None, findings), common.lang),
        Err(e @ InitError::Write(_)) => {
            return report::refuse(Finding::error("not-writable", e.to_string()), common.lang);
        }
    }
    // What was written is what a plan will read: so it is read here, and its findings are told now.
    let scenario = report::accept(relight_formats::scenario::read(&args.dir), common.lang)?;
    let init = Init {
        schema: "relight.init/1",
        folder: args.dir.clone(),
        feeders: scenario.feeders.len(),
        people: scenario.feeders.iter().map(|f| u64::from(f.people)).sum(),
        demand_mw: scenario.network.demand_mw(),
    };
    report::answer(common, &init, || text(&scenario, &init, common.lang))?;
    Ok(ExitCode::SUCCESS)
}

fn text(scenario: &Scenario, init: &Init, lang: Lang) -> String {
    let mw = mw(lang);
    format!(
        "{}: {} {}, {:.1} {mw}, {} {}\n{}\n{} {}\n",
        scenario.name,
        init.feeders,
        t(lang, "feeders", "фідерів"),
        init.demand_mw,
        count(init.people),
        t(
            lang,
            "people (derived from power: correct feeders.csv)",
            "людей (виведено з потужності: виправте feeders.csv)"
        ),
        t(
            lang,
            "what was hit goes into damage.json (see damage.example.json); every table explains its columns",
            "що уражено - у damage.json (див. damage.example.json); кожна таблиця пояснює свої стовпці"
        ),
        t(lang, "next: relight plan", "далі: relight plan"),
        init.folder.display()
    )
}
