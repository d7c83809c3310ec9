//! `relight flow CASE`: power flow of a case file.

use crate::args::{Common, FlowArgs, Lang, StartArg};
use crate::json::flow::{TimeS, flow};
use crate::report::{self, Outcome, Refused};
use crate::words::{mw, t};
use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{Damage, Finding, Network, Situation};
use relight_power::{Balancing, PowerFlow, ReactiveLimits, Settings, Start};
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Reads, solves, tells.
pub fn run(args: &FlowArgs, common: &Common) -> Outcome {
    if !(args.tolerance > 0.0 && args.tolerance <= 1.0) {
        return report::refuse(
            Finding::error("out-of-range", "the tolerance is out of range")
                .field("--tolerance", args.tolerance)
                .allowed("above 0, at most 1 p.u.")
                .hint("1e-8 is the default"),
            common.lang,
        );
    }
    let begin = Instant::now();
    let (network, situation) = read_case(&args.case, args.damage.as_deref(), common.lang)?;
    let read = begin.elapsed().as_secs_f64();
    let settings = settings(args);
    let begin = Instant::now();
    let mut engine = PowerFlow::new(&network, &settings)
        .or_else(|e| report::refuse(Finding::error("out-of-range", e.to_string()), common.lang))?;
    let setup = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let result = if args.dc { engine.solve_dc(&situation) } else { engine.solve(&situation) };
    let solve = begin.elapsed().as_secs_f64();
    let (warm, cold) = (repeat_warm(&mut engine, &situation, args), repeat_cold(&mut engine, args));
    let time_s = TimeS { read, setup, solve, solve_median: warm, solve_cold_median: cold };
    let good = result.status == FlowStatus::Converged;
    let text = || text(&network, &result, args.dc, common.lang);
    report::answer(common, &flow(&network, &result, args.dc, time_s), text)?;
    Ok(report::exit_code(good))
}

/// Median time of solves that keep what was analysed, s.
fn repeat_warm(engine: &mut PowerFlow, situation: &Situation, args: &FlowArgs) -> Option<f64> {
    let solve = || if args.dc { engine.solve_dc(situation).iterations } else { engine.solve_voltages().iterations };
    (args.repeat > 0).then(|| median_of(args.repeat, solve))
}

/// Median time of solves that order and analyse anew, s.
fn repeat_cold(engine: &mut PowerFlow, args: &FlowArgs) -> Option<f64> {
    let solve = || {
        engine.analyse_anew();
        engine.solve_voltages().iterations
    };
    (args.repeat > 0 && !args.dc).then(|| median_of(args.repeat, solve))
}

/// Median wall time of `n` runs, s.
fn median_of<T>(n: u32, mut run: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..n)
        .map(|_| {
            let begin = Instant::now();
            std::hint::black_box(run());
            begin.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Reads a case file and the damage done to it.
pub fn read_case(case: &Path, damage: Option<&Path>, lang: Lang) -> Result<(Network, Situation), Refused> {
    let network = report::accept(relight_formats::read_network(case), lang)?;
    let situation = match damage {
        None => Situation::intact(&network),
        Some(path) => read_situation(&network, path, lang)?,
    };
    Ok((network, situation))
}

/// Reads a damage list and applies it to a network.
fn read_situation(network: &Network, path: &Path, lang: Lang) -> Result<Situation, Refused> {
    let damage = read_damage(path, lang)?;
    situation(network, &damage, path, lang)
}

/// Reads a damage list.
pub fn read_damage(path: &Path, lang: Lang) -> Result<Damage, Refused> {
    let bytes = relight_formats::source::read_file(path).or_else(|finding| report::refuse(finding, lang))?;
    let (damage, findings) = relight_formats::damage::read(&bytes);
    report::accept((damage, findings.with_file(&path.display().to_string())), lang)
}

/// What a damage list leaves of a network; `file` is where the list came from.
pub fn situation(network: &Network, damage: &Damage, file: &Path, lang: Lang) -> Result<Situation, Refused> {
    Situation::damaged(network, damage)
        .or_else(|e| report::refuse(Finding::error("bad-damage", e.to_string()).file(file.display().to_string()), lang))
}

fn settings(args: &FlowArgs) -> Settings {
    Settings {
        tolerance_pu: args.tolerance,
        max_iterations: args.iterations,
        start: match args.start {
            None => Start::Auto,
            Some(StartArg::Flat) => Start::Flat,
            Some(StartArg::Dc) => Start::Dc,
            Some(StartArg::File) => Start::File,
        },
        reactive_limits: if args.q_limits { ReactiveLimits::Enforce } else { ReactiveLimits::Ignore },
        balancing: if args.distributed_slack { Balancing::Headroom } else { Balancing::Reference },
        hvdc_lines: args.hvdc,
    }
}

/// A screenful: how it ended, the islands, the extremes.
fn text(network: &Network, result: &FlowResult, dc: bool, lang: Lang) -> String {
    let mut out = String::new();
    let status = match result.status {
        FlowStatus::Converged => t(lang, "converged", "збіглося"),
        FlowStatus::Diverged => t(lang, "DIVERGED: no answer", "НЕ ЗБІГЛОСЯ: відповіді немає"),
        FlowStatus::Dark => t(lang, "DARK: no island has a source", "ТЕМРЯВА: жоден острів не має джерела"),
    };
    let name = if network.name.is_empty() { "case" } else { &network.name };
    let physics = if dc { "DC" } else { "AC" };
    let _ = writeln!(out, "{name}: {physics} {status}");
    let _ = writeln!(
        out,
        "  {:<28} {} / {:.1e} {}",
        t(lang, "iterations / mismatch", "ітерації / нев'язка"),
        result.iterations,
        result.max_mismatch_pu,
        t(lang, "p.u.", "в.о."),
    );
    let dark = result.islands.iter().filter(|i| !i.energized).count();
    let _ = writeln!(
        out,
        "  {:<28} {} ({} {})",
        t(lang, "islands", "острови"),
        result.islands.len(),
        dark,
        t(lang, "dark", "без напруги")
    );
    if result.status == FlowStatus::Converged {
        extremes(network, result, lang, &mut out);
    }
    out
}

fn extremes(network: &Network, result: &FlowResult, lang: Lang, out: &mut String) {
    let mw = mw(lang);
    let generated: f64 = result.generators.iter().map(|g| g.p_mw).sum();
    let losses: f64 = result.branches.iter().map(|b| b.p_from_mw + b.p_to_mw).sum();
    let _ = writeln!(out, "  {:<28} {generated:.1} {mw}", t(lang, "generation", "генерація"));
    let _ = writeln!(out, "  {:<28} {losses:.2} {mw}", t(lang, "branch losses", "втрати в гілках"));
    let live = || network.buses.iter().zip(&result.buses).filter(|(_, s)| s.energized);
    let by_vm = |a: &(_, &relight_model::outcome::BusState), b: &(_, &relight_model::outcome::BusState)| {
        a.1.vm_pu.total_cmp(&b.1.vm_pu)
    };
    if let (Some(low), Some(high)) = (live().min_by(by_vm), live().max_by(by_vm)) {
        let _ = writeln!(
            out,
            "  {:<28} {:.4} ({} {}) .. {:.4} ({} {})",
            t(lang, "voltage, p.u.", "напруга, в.о."),
            low.1.vm_pu,
            t(lang, "bus", "вузол"),
            low.0.id,
            high.1.vm_pu,
            t(lang, "bus", "вузол"),
            high.0.id
        );
    }
    let mut loaded: Vec<_> =
        network.branches.iter().zip(&result.branches).filter_map(|(b, s)| Some((s.loading_percent?, b))).collect();
    loaded.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.row.cmp(&b.1.row)));
    let over = loaded.iter().filter(|l| l.0 > 100.0).count();
    let _ = writeln!(out, "  {:<28} {over}", t(lang, "branches over their rating", "гілки понад номінал"));
    for (percent, branch) in loaded.iter().take(5) {
        let (from, to) = (network.buses[branch.from.i()].id, network.buses[branch.to.i()].id);
        let _ = writeln!(
            out,
            "    {percent:>6.1} %  {} {} ({from} - {to})",
            t(lang, "branch row", "рядок гілки"),
            branch.row
        );
    }
}
