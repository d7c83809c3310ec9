//! `relight deliver` with choices beyond shares and weights: whole feeders. What it costs is told with the answer.

use crate::args::{DeliverArgs, Lang};
use crate::json::choices::DiscreteJson;
use crate::words::{mw, t};
use relight_model::outcome::Delivery;
use relight_model::{Network, Situation};
use relight_plan::deliver::{
    AcEffort, DeliverError, DeliverSettings, DiscreteChoices, DiscreteReport, deliver_discrete, deliver_with_effort,
};
use relight_verify::{Verdict, verify_delivery, verify_discrete};
use std::fmt::Write;

/// A delivery, what it took, and what its choices cost.
pub struct Chosen {
    pub delivery: Delivery,
    pub effort: AcEffort,
    discrete: Option<DiscreteReport>,
}

/// Solves as the arguments ask.
pub fn solve(
    args: &DeliverArgs,
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
) -> Result<Chosen, DeliverError> {
    if args.discrete {
        let choices = DiscreteChoices::default();
        let (delivery, report) = deliver_discrete(network, situation, settings, &choices)?;
        return Ok(Chosen { delivery, effort: report.effort, discrete: Some(report) });
    }
    let (delivery, effort) = deliver_with_effort(network, situation, settings)?;
    Ok(Chosen { delivery, effort, discrete: None })
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

    /// Lines for people on what the choices cost.
    pub fn text(&self, lang: Lang) -> String {
        let mut out = String::new();
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
        out
    }
}
