//! `relight`: reads the damage, computes a plan that is physically possible, proves it, and writes the brief.

mod args;
mod choices;
mod city;
mod contingency;
mod deliver;
mod demo;
mod findings_uk;
mod flow;
mod init;
mod json;
mod plan;
mod plan_folder;
mod report;
mod stop;
mod verify;
mod words;

use args::{CityVerb, Cli, Verb};
use clap::Parser;
use std::process::ExitCode;

/// Exit codes: 0 done, 1 refused input or no answer, 2 wrong usage (clap's own).
fn main() -> ExitCode {
    let Cli { verb, common } = Cli::parse();
    let outcome = match verb {
        Verb::Demo(args) => demo::run(&args, &common),
        Verb::Plan(args) => plan::run(&args, &common),
        Verb::Flow(args) => flow::run(&args, &common),
        Verb::Contingency(args) => contingency::run(&args, &common),
        Verb::Deliver(args) => deliver::run(&args, &common),
        Verb::City { verb: CityVerb::New(args) } => city::run(&args, &common),
        Verb::Init(args) => init::run(&args, &common),
        Verb::Verify(args) => verify::run(&args, &common),
    };
    outcome.unwrap_or(ExitCode::from(1))
}
