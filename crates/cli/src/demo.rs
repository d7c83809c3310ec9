//! `relight demo`: the synthetic Winter City, struck, planned, checked, and the brief written.

use crate::args::{Common, DemoArgs};
use crate::plan::Place;
use crate::report::{self, Outcome};
use crate::words::t;
use relight_model::outcome::Formulation;
use std::time::Instant;

/// Makes the city, then does what `relight plan` does.
pub fn run(args: &DemoArgs, common: &Common) -> Outcome {
    let lang = common.lang;
    let begin = Instant::now();
    let scenario = crate::city::make(args.people, args.seed, lang)?;
    crate::city::write(&args.out.join("scenario"), &scenario, args.overwrite, lang)?;
    // What a user does next with the folder must give the same plan: so the demo plans from the folder, not from memory.
    let scenario = report::accept(relight_formats::scenario::read(&args.out.join("scenario")), lang)?;
    let situation = crate::plan::situation(&scenario, &args.out.join("scenario/damage.json"), lang)?;
    let read = begin.elapsed().as_secs_f64();
    let out = args.out.join("plan");
    // A fictional city has a fictional clock: the brief is written when the strike is known.
    let place = Place { out: &out, overwrite: args.overwrite, written_at: scenario.as_of };
    let choice =
        crate::plan::Choice { formulation: Formulation::Ac, whole_feeders: false, keep_energy: false, against: None };
    let summary = crate::plan::make(&scenario, &situation, &place, &choice, read, common)?;
    report::answer(common, &summary, || {
        let note = t(
            lang,
            "Winter City is fictional: no real place, no real asset.",
            "Зимове місто вигадане: жодного справжнього місця чи об'єкта.",
        );
        format!("{}{note}\n", crate::plan::text(&summary, lang))
    })?;
    Ok(report::exit_code(summary.verified))
}
