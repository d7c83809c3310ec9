//! `relight deliver CASE`: the most load that a damaged network can carry.

pub mod safety;

use crate::args::{Common, DeliverArgs, FormulationArg, Lang, ObjectiveArg};
use crate::flow::read_case;
use crate::json::deliver::{TimeS, bound as bound_to_json, deliver as to_json};
use crate::report::{self, Outcome, Refused};
use crate::stop;
use crate::words::{mw, t};
use relight_model::outcome::{BoundBy, Delivery, DeliveryStatus, Formulation, Limit};
use relight_model::{Finding, Network};
use relight_plan::deliver::{DeliverError, DeliverSettings, Objective, SocAnswer, SocStatus, soc_bound};
use relight_plan::limits;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// Reads, solves, checks, tells.
pub fn run(args: &DeliverArgs, common: &Common) -> Outcome {
    let begin = Instant::now();
    let (network, situation) = read_case(&args.case, args.damage.as_deref(), common.lang)?;
    let weights = match &args.weights {
        Some(path) => Some(read_weights(&network, path, common.lang)?),
        None => None,
    };
    let read = begin.elapsed().as_secs_f64();
    let settings = DeliverSettings {
        formulation: if args.formulation == FormulationArg::Dc { Formulation::Dc } else { Formulation::Ac },
        objective: match args.objective {
            ObjectiveArg::Served => Objective::Served,
            ObjectiveArg::Cost => Objective::Cost,
        },
        bound: !args.no_bound,
        weights: weights.clone(),
        hvdc: args.hvdc,
        stop: Some(stop::flag(args.time_limit)),
        ..DeliverSettings::default()
    };
    let begin = Instant::now();
    if args.formulation == FormulationArg::Soc {
        if args.n_minus_one.against().is_some() {
            let error = DeliverError::NotTogether { first: "--n-1", second: "--formulation soc, a bound alone," };
            return cannot(&error, common.lang);
        }
        let bound = soc_bound(&network, &situation, &settings).or_else(|e| cannot(&e, common.lang))?;
        let json = bound_to_json(&network, &bound, TimeS { read, solve: begin.elapsed().as_secs_f64() });
        report::answer(common, &json, || bound_text(&network, &bound, common.lang))?;
        return Ok(report::exit_code(true));
    }
    let priorities = crate::choices::read_priorities(args, &network, common.lang)?;
    let chosen = crate::choices::solve(args, priorities.as_ref(), &network, &situation, &settings)
        .or_else(|e| cannot(&e, common.lang))?;
    let delivery = &chosen.delivery;
    let solve = begin.elapsed().as_secs_f64();
    let verdict = chosen.verify(&network, &situation, weights.as_deref());
    let binding = limits(&network, &situation, delivery);
    let json = to_json(&network, &chosen, &binding, verdict.passed, TimeS { read, solve });
    report::answer(common, &json, || {
        text(&network, delivery, &binding, verdict.passed, common.lang) + &chosen.text(&network, common.lang)
    })?;
    Ok(report::exit_code(verdict.passed && delivery.status != DeliveryStatus::Failed))
}

fn cannot<T>(error: &DeliverError, lang: Lang) -> Result<T, Refused> {
    report::refuse(Finding::error("cannot-deliver", error.to_string()), lang)
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
        match d.formulation {
            Formulation::Dc => t(lang, "DC estimate (voltages not checked),", "оцінка DC (напруги не перевірено),"),
            Formulation::Ac => t(lang, "AC,", "AC,"),
        }
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
        match d.bound_by {
            BoundBy::Dc => t(lang, "proven DC bound (gap)", "доведена межа DC (розрив)"),
            BoundBy::Soc => t(lang, "proven AC bound (gap)", "доведена межа AC (розрив)"),
            BoundBy::Demand => t(lang, "all demand, no bound (gap)", "весь попит, без межі (розрив)"),
        },
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
    if let Some(cost) = d.cost_per_hour {
        let _ = writeln!(out, "  {:<28} {cost:.2}", t(lang, "cost per hour", "вартість за годину"));
    }
    if !d.opened.is_empty() {
        let rows: Vec<String> = d.opened.iter().map(|b| network.branches[b.i()].row.to_string()).collect();
        let _ = writeln!(
            out,
            "  {:<28} {}",
            t(lang, "opened, or no voltages hold", "відкрито, інакше немає напруг"),
            rows.join(", ")
        );
    }
    let dark = d.islands.iter().filter(|i| !i.energized).count();
    let _ = writeln!(
        out,
        "  {:<28} {} ({dark} {})",
        t(lang, "islands", "острови"),
        d.islands.len(),
        t(lang, "dark", "без напруги")
    );
    let short = d.served_mw < d.demand_mw * (1.0 - 1e-6);
    if d.formulation == Formulation::Ac && short && limits.is_empty() {
        let unseen = t(
            lang,
            "voltages or reactive power; nothing is full",
            "напруги чи реактивна потужність; нічого не заповнено",
        );
        let _ = writeln!(out, "  {:<28} {unseen}", t(lang, "what limits it", "що обмежує"));
    } else {
        let _ = writeln!(out, "  {:<28} {}", t(lang, "what limits it", "що обмежує"), limits.len());
    }
    for limit in limits.iter().take(8) {
        let _ = writeln!(out, "    {}", crate::words::limit(limit, lang));
    }
    out
}

fn bound_text(network: &Network, bound: &SocAnswer, lang: Lang) -> String {
    let mut out = String::new();
    let name = if network.name.is_empty() { "case" } else { &network.name };
    let _ = writeln!(
        out,
        "{name}: {} {:.1} {}",
        t(lang, "no AC answer can serve more than", "жодна відповідь AC не подасть більше ніж"),
        bound.bound_mw,
        mw(lang)
    );
    let infeasible = bound.islands.iter().filter(|i| i.status == SocStatus::Infeasible).count();
    let _ = writeln!(
        out,
        "  {:<28} {} ({infeasible} {})",
        t(lang, "live islands", "острови з джерелом"),
        bound.islands.len(),
        t(lang, "proven to have no operating point", "доведено: режиму немає")
    );
    out
}
