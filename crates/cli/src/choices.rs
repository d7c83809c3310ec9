//! `relight deliver` with choices beyond shares and weights: whole feeders, priorities, safety
//! against single outages. What they cost is told with the answer.

use crate::args::{DeliverArgs, Lang};
use crate::deliver::safety;
use crate::json::choices::{DiscreteJson, PriorityJson};
use crate::report::{self, Refused};
use crate::words::{mw, t};
use relight_model::outcome::Delivery;
use relight_model::{Network, Situation};
use relight_plan::deliver::preventive::{Secure, secure};
use relight_plan::deliver::{
    AcEffort, DeliverError, DeliverSettings, DiscreteChoices, DiscreteReport, Priorities, PriorityReport,
    deliver_by_priority, deliver_discrete, deliver_with_effort,
};
use relight_verify::{Verdict, verify_delivery, verify_discrete};
use std::fmt::Write;

/// A delivery, what it took, and what its choices cost.
pub struct Chosen {
    pub delivery: Delivery,
    pub effort: AcEffort,
    discrete: Option<DiscreteReport>,
    priorities: Option<PriorityReport>,
    /// Where safety against single outages was asked for.
    pub safe: Option<Secure>,
}

/// The priorities that the arguments name; equal shares alone make one class of all loads.
pub fn read_priorities(args: &DeliverArgs, network: &Network, lang: Lang) -> Result<Option<Priorities>, Refused> {
    let rank = match &args.priority {
        Some(path) => {
            let ranks = report::accept(relight_formats::ranks::read(path, network), lang)?;
            network.loads.iter().map(|l| ranks[l.bus.i()]).collect()
        }
        None if args.equal_share => vec![0; network.loads.len()],
        None => return Ok(None),
    };
    Ok(Some(Priorities { rank, equal_share: args.equal_share }))
}

/// Solves as the arguments ask.
pub fn solve(
    args: &DeliverArgs,
    priorities: Option<&Priorities>,
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
) -> Result<Chosen, DeliverError> {
    if let Some(against) = args.n_minus_one.against() {
        let others = [(args.discrete, "--discrete"), (priorities.is_some(), "priorities")];
        if let Some(&(_, second)) = others.iter().find(|(asked, _)| *asked) {
            return Err(DeliverError::NotTogether { first: "--n-1", second });
        }
        let safe = secure(network, situation, settings, against)?;
        let (delivery, effort) = (safe.delivery.clone(), AcEffort::default());
        return Ok(Chosen { delivery, effort, discrete: None, priorities: None, safe: Some(safe) });
    }
    if args.discrete {
        let choices = DiscreteChoices::default();
        let (delivery, report) = deliver_discrete(network, situation, settings, &choices)?;
        return Ok(Chosen { delivery, effort: report.effort, discrete: Some(report), priorities: None, safe: None });
    }
    if let Some(priorities) = priorities {
        let (delivery, report) = deliver_by_priority(network, situation, settings, priorities)?;
        return Ok(Chosen { delivery, effort: report.effort, discrete: None, priorities: Some(report), safe: None });
    }
    let (delivery, effort) = deliver_with_effort(network, situation, settings)?;
    Ok(Chosen { delivery, effort, discrete: None, priorities: None, safe: None })
}

impl Chosen {
    /// The independent check, of whole choices where they were asked for.
    pub fn verify(&self, network: &Network, situation: &Situation, weights: Option<&[f64]>) -> Verdict {
        let check = if self.discrete.is_some() { verify_discrete } else { verify_delivery };
        check(network, situation, &self.delivery, weights)
    }

    pub fn discrete_json(&self, network: &Network) -> Option<DiscreteJson> {
        self.discrete.as_ref().map(|report| DiscreteJson::new(network, report))
    }

    pub fn priority_json(&self) -> Option<PriorityJson> {
        self.priorities.as_ref().map(PriorityJson::new)
    }

    /// Lines for people on what the choices cost.
    pub fn text(&self, network: &Network, lang: Lang) -> String {
        let mut out = self.safe.as_ref().map_or_else(String::new, |safe| safety::text(network, safe, lang));
        if let Some(r) = &self.discrete {
            let _ = writeln!(
                out,
                "  {:<28} {:.1} {} ({:.2} %), {} {}",
                t(lang, "lost to whole feeders", "втрачено через цілі фідери"),
                r.loss_mw,
                mw(lang),
                r.loss_percent,
                t(lang, "units off below their minimum:", "блоків вимкнено через мінімум:"),
                r.units_off.len()
            );
        }
        if let Some(r) = &self.priorities {
            let price = t(lang, "price of priorities", "ціна пріоритетів");
            let _ = writeln!(out, "  {price:<28} {:.1} {}", r.price_mw, mw(lang));
            for class in &r.classes {
                let share = if class.demand_mw > 0.0 { 100.0 * class.served_mw / class.demand_mw } else { 100.0 };
                let _ = write!(
                    out,
                    "    {} {}: {:.1} {} {:.1} {} ({share:.1} %)",
                    t(lang, "rank", "ранг"),
                    class.rank,
                    class.served_mw,
                    t(lang, "of", "з"),
                    class.demand_mw,
                    mw(lang)
                );
                if let Some(least) = class.least_share {
                    let _ = write!(out, ", {} {:.1} %", t(lang, "least share", "найменша частка"), 100.0 * least);
                }
                out.push('\n');
            }
        }
        out
    }
}
