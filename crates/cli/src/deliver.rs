//! `relight deliver CASE`: the most load that a damaged network can carry.

use crate::args::{Common, DeliverArgs, FormulationArg, Lang};
use crate::flow::read_case;
use crate::json::deliver::{TimeS, deliver as to_json};
use crate::report::{self, Outcome, Refused};
use crate::words::{mw, t};
use relight_model::outcome::{Delivery, DeliveryStatus, Formulation, Limit};
use relight_model::{Finding, Network};
use relight_plan::deliver::{DeliverSettings, deliver};
use relight_plan::limits;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Reads, solves, checks, tells.
pub fn run(args: &DeliverArgs, common: &Common) -> Outcome {
    let formulation = match args.formulation {
        FormulationArg::Ac => Formulation::Ac,
        _ => Formulation::Dc,
    };
    let begin = Instant::now();
    let (network, situation) = read_case(&args.case, args.damage.as_deref(), common.lang)?;
    let weights = match &args.weights {
        Some(path) => Some(read_weights(&network, path, common.lang)?),
        None => None,
    };
    let read = begin.elapsed().as_secs_f64();
    let settings =
        DeliverSettings { weights: weights.clone(), hvdc: args.hvdc, formulation, ..DeliverSettings::default() };
    let begin = Instant::now();
    let delivery = deliver(&network, &situation, &settings)
        .or_else(|e| report::refuse(Finding::error("cannot-deliver", e.to_string()), common.lang))?;
    let solve = begin.elapsed().as_secs_f64();
    let verdict = relight_verify::verify_delivery(&network, &situation, &delivery, weights.as_deref());
    let binding = limits(&network, &situation, &delivery);
    let json = to_json(&network, &delivery, &binding, verdict.passed, TimeS { read, solve });
    report::answer(common, &json, || text(&network, &delivery, &binding, verdict.passed, common.lang))?;
    Ok(report::exit_code(verdict.passed && delivery.status != DeliveryStatus::Failed))
}

/// Refuses physics that is not there yet.
pub fn only_dc(formulation: FormulationArg, lang: Lang) -> Result<(), Refused> {
    let name = match formulation {
        FormulationArg::Dc => return Ok(()),
        FormulationArg::Soc => "soc",
        FormulationArg::Ac => "ac",
    };
    report::refuse(
        Finding::error("not-in-this-version", "this version computes DC deliveries only")
            .field("--formulation", name)
            .allowed("dc")
            .hint("a DC figure says nothing about voltages and may be too high"),
        lang,
    )
}

/// Reads `bus,weight` and gives each load the weight of its bus; 1 where none is given.
fn read_weights(network: &Network, path: &Path, lang: Lang) -> Result<Vec<f64>, Refused> {
    let weights = report::accept(relight_formats::weights::read(path, network), lang)?;
    Ok(network.loads.iter().map(|l| weights[l.bus.i()]).collect())
}

fn text(network: &Network, d: &Delivery, limits: &[Limit], verified: bool, lang: Lang) -> String {
    let mut out = String::new();
    let name = if network.name.is_empty() { "case" } else { &network.name };
    let status = match d.status {
        DeliveryStatus::Optimal => t(lang, "optimal", "оптимально"),
        DeliveryStatus::Feasible => t(lang, "feasible, see the gap", "допустимо, див. розрив"),
        DeliveryStatus::Failed => t(lang, "FAILED: nothing is served", "НЕВДАЧА: нічого не подано"),
    };
    let _ = writeln!(
        out,
        "{name}: {} {status}",
        t(lang, "DC estimate (voltages not checked),", "оцінка DC (напруги не перевірено),")
    );
    let mw = mw(lang);
    let share = if d.demand_mw > 0.0 { 100.0 * d.served_mw / d.demand_mw } else { 100.0 };
    let _ = writeln!(
        out,
        "  {:<28} {:.1} {} {:.1} {mw} ({share:.1} %)",
        t(lang, "served", "подано"),
        d.served_mw,
        t(lang, "of", "з"),
        d.demand_mw
    );
    let _ = writeln!(
        out,
        "  {:<28} {:.1} {mw} ({:.1e})",
        t(lang, "proven DC bound (gap)", "доведена межа DC (розрив)"),
        d.bound_mw,
        d.gap
    );
    let _ = writeln!(
        out,
        "  {:<28} {} ({:.1e} {})",
        t(lang, "independent check", "незалежна перевірка"),
        if verified { t(lang, "passed", "пройдено") } else { t(lang, "FAILED", "НЕ ПРОЙДЕНО") },
        d.max_violation_pu,
        t(lang, "p.u.", "в.о.")
    );
    let dark = d.islands.iter().filter(|i| !i.energized).count();
    let _ = writeln!(
        out,
        "  {:<28} {} ({dark} {})",
        t(lang, "islands", "острови"),
        d.islands.len(),
        t(lang, "dark", "без напруги")
    );
    let _ = writeln!(out, "  {:<28} {}", t(lang, "what limits it", "що обмежує"), limits.len());
    for limit in limits.iter().take(8) {
        let _ = writeln!(out, "    {}", crate::words::limit(limit, lang));
    }
    out
}
