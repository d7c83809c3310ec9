//! `relight contingency CASE`: every single outage, what it overloads and whom it leaves in the dark.

mod text;

use crate::args::{Common, ContingencyArgs, KindArg};
use crate::flow::{read_case, read_damage, situation};
use crate::json::contingency::{Listed, TimeS, contingency};
use crate::report::{self, Outcome, Refused};
use crate::words::t;
use relight_model::outcome::FlowStatus;
use relight_model::{Finding, Network, Situation};
use relight_power::Settings;
use relight_power::contingency::{Answer, Contingency, Control, Outage, OutageKind, OutageResult, Physics};
use std::cmp::Ordering;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Reads, solves all outages, tells.
pub fn run(args: &ContingencyArgs, common: &Common) -> Outcome {
    if args.time_limit.is_some_and(|s| !(s > 0.0 && s <= 1e7)) {
        return report::refuse(
            Finding::error("out-of-range", "the time limit is out of range")
                .field("--time-limit", args.time_limit.unwrap_or_default())
                .allowed("above 0, at most 1e7 s")
                .hint("leave it out to solve every outage"),
            common.lang,
        );
    }
    let begin = Instant::now();
    let asked = read(args, common)?;
    let read = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let settings = Settings { hvdc_lines: args.hvdc || asked.hvdc, ..Settings::default() };
    let people = asked.people_by_load.as_deref();
    let study = Contingency::new(&asked.network, &asked.situation, &settings, physics(args), people)
        .or_else(|e| report::refuse(Finding::error("out-of-range", e.to_string()), common.lang))?;
    let outages = study.list(&kinds(args));
    let setup = begin.elapsed().as_secs_f64();
    let (answer, solve, solve_median) = solve(&study, &outages, args, common);
    let listed = Listed { outages: outages.len(), physics: physics(args) };
    let mut ranked = answer.outages.clone();
    ranked.sort_by(worse_first);
    if let Some(top) = args.top {
        ranked.truncate(top as usize);
    }
    let told = if args.top.is_some() { &ranked } else { &answer.outages };
    let time_s = TimeS { read, setup, solve, solve_median };
    let json = contingency(&asked.network, &study, &listed, &answer, told, time_s);
    let all = text::Told { network: &asked.network, study: &study, listed: &listed, answer: &answer, ranked: &ranked };
    report::answer(common, &json, || text::text(&all, args.top, common.lang))?;
    Ok(report::exit_code(study.base().status == FlowStatus::Converged))
}

/// What is studied.
struct Asked {
    network: Network,
    situation: Situation,
    people_by_load: Option<Vec<f64>>,
    hvdc: bool,
}

/// A case file, or a scenario folder with its damage and its people at full demand.
fn read(args: &ContingencyArgs, common: &Common) -> Result<Asked, Refused> {
    if !args.case.is_dir() {
        let (network, situation) = read_case(&args.case, args.damage.as_deref(), common.lang)?;
        return Ok(Asked { network, situation, people_by_load: None, hvdc: false });
    }
    let scenario = report::accept(relight_formats::scenario::read(&args.case), common.lang)?;
    let file = args.damage.clone().unwrap_or_else(|| args.case.join("damage.json"));
    let damage = match &args.damage {
        Some(file) => read_damage(file, common.lang)?,
        None => scenario.damage,
    };
    let situation = situation(&scenario.network, &damage, &file, common.lang)?;
    let people_by_load = Some(scenario.feeders.iter().map(|f| f64::from(f.people)).collect());
    Ok(Asked { network: scenario.network, situation, people_by_load, hvdc: scenario.hvdc })
}

fn physics(args: &ContingencyArgs) -> Physics {
    match (args.dc, args.screen) {
        (true, _) => Physics::Dc,
        (false, true) => Physics::Screened,
        (false, false) => Physics::Ac,
    }
}

fn kinds(args: &ContingencyArgs) -> Vec<OutageKind> {
    let kind = |k: &KindArg| match k {
        KindArg::Branch => OutageKind::Branch,
        KindArg::Gen => OutageKind::Generator,
        KindArg::Bus => OutageKind::Bus,
        KindArg::Substation => OutageKind::Substation,
    };
    args.kinds.iter().map(kind).collect()
}

/// Solves once with the bar, and as often again as `--repeat` says; the answer, its time and the median of the others, s.
fn solve(
    study: &Contingency<'_>,
    outages: &[Outage],
    args: &ContingencyArgs,
    common: &Common,
) -> (Answer, f64, Option<f64>) {
    let bar = report::progress(outages.len() as u64, t(common.lang, "outages", "відключення"));
    let stop = AtomicBool::new(false);
    let limit = args.time_limit.map(Duration::from_secs_f64);
    let begin = Instant::now();
    let progress = |done: usize, total: usize| {
        if limit.is_some_and(|limit| begin.elapsed() > limit) {
            stop.store(true, Relaxed);
        }
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let threads = report::threads(common);
    let answer = study.run(outages, &Control { threads, stop: Some(&stop), progress: &progress });
    let first = begin.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let again = || {
        let begin = Instant::now();
        std::hint::black_box(study.run(outages, &Control { threads, ..Control::default() }));
        begin.elapsed().as_secs_f64()
    };
    let mut times: Vec<f64> = (0..args.repeat).map(|_| again()).collect();
    times.sort_by(f64::total_cmp);
    (answer, first, times.get(times.len() / 2).copied())
}

/// Worst first: nothing left or no answer, then most demand lost, then highest loading, then lowest voltage.
fn worse_first(a: &OutageResult, b: &OutageResult) -> Ordering {
    let unsolved = |r: &OutageResult| match r.status {
        FlowStatus::Dark => 2,
        FlowStatus::Diverged => 1,
        FlowStatus::Converged => 0,
    };
    let loading = |r: &OutageResult| r.extremes.and_then(|e| e.max_loading).map_or(0.0, |l| l.0);
    let lowest = |r: &OutageResult| r.extremes.and_then(|e| e.vm_min).map_or(f64::INFINITY, |v| v.0);
    unsolved(b)
        .cmp(&unsolved(a))
        .then(b.lost_mw.total_cmp(&a.lost_mw))
        .then(loading(b).total_cmp(&loading(a)))
        .then(lowest(a).total_cmp(&lowest(b)))
        .then(a.outage.cmp(&b.outage))
}
