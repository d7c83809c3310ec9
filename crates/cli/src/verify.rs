//! `relight verify PLAN`: checks a plan folder independently of what made it.

use crate::args::{Common, Lang, VerifyArgs};
use crate::report::{self, Outcome};
use crate::words::t;
use relight_verify::{Verdict, verify_plan};
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct CheckRow<'a> {
    name: &'a str,
    passed: bool,
    worst: f64,
    allowed: f64,
    unit: &'a str,
    at: &'a str,
}

#[derive(Serialize)]
struct Verified<'a> {
    schema: &'static str,
    passed: bool,
    checks: Vec<CheckRow<'a>>,
}

/// Reads the plan and the scenario beside it, recomputes, tells.
pub fn run(args: &VerifyArgs, common: &Common) -> Outcome {
    let scenario = report::accept(relight_formats::scenario::read(&args.plan.join("scenario")), common.lang)?;
    let file = args.plan.join("plan.json");
    let bytes = relight_formats::source::read_file(&file).or_else(|f| report::refuse(f, common.lang))?;
    let (plan, findings) = relight_formats::plan_file::read(&bytes, &scenario);
    let plan = report::accept((plan, findings.with_file(&file.display().to_string())), common.lang)?;
    let verdict = verify_plan(&scenario, &plan);
    let json = Verified {
        schema: "relight.verify/1",
        passed: verdict.passed,
        checks: verdict
            .checks
            .iter()
            .map(|c| CheckRow {
                name: c.name,
                passed: c.passed,
                worst: c.worst,
                allowed: c.allowed,
                unit: c.unit,
                at: &c.at,
            })
            .collect(),
    };
    report::answer(common, &json, || text(&verdict, common.lang))?;
    Ok(report::exit_code(verdict.passed))
}

/// One line a check.
pub fn text(verdict: &Verdict, lang: Lang) -> String {
    let mut out = String::new();
    for check in &verdict.checks {
        let mark = if check.passed { t(lang, "ok", "так") } else { t(lang, "FAILED", "НІ") };
        let _ = writeln!(
            out,
            "{mark:>7}  {:<16} {:>8.1e} <= {:.0e} {:<5} {}",
            check.name, check.worst, check.allowed, check.unit, check.at
        );
    }
    let end = if verdict.passed {
        t(lang, "the plan holds", "план витримує перевірку")
    } else {
        t(lang, "the plan does NOT hold", "план НЕ витримує перевірки")
    };
    let _ = writeln!(out, "{end}");
    out
}
