//! `relight plan DIR`: the main job. Scenario folder in; a plan that passed its independent check, and the brief, out.

use crate::args::{Common, FormulationArg, Lang, PlanArgs};
use crate::deliver::safety;
use crate::flow::read_damage;
use crate::plan_folder::{self, Contents};
use crate::report::{self, Outcome, Refused};
use crate::stop;
use crate::words::{count, mw, t};
use relight_model::outcome::{BoundBy, Delivery, Formulation};
use relight_model::plan::{Coupling, Plan, Safety};
use relight_model::safety::Breach;
use relight_model::{Finding, Scenario, Situation, UtcSecond};
use relight_plan::deliver::preventive::Against;
use relight_plan::timeline::{PlanOutcome, PlanSettings, limits_now, plan};
use relight_verify::{Verdict, verify_plan};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Reads the scenario, plans, checks, writes the plan folder.
pub fn run(args: &PlanArgs, common: &Common) -> Outcome {
    let choice = Choice {
        formulation: formulation(args.formulation, common.lang)?,
        keep_energy: args.keep_energy,
        whole_feeders: args.whole_feeders,
        against: args.n_minus_one.against(),
    };
    let begin = Instant::now();
    let mut scenario = report::accept(relight_formats::scenario::read(&args.scenario), common.lang)?;
    let file = args.damage.clone().unwrap_or_else(|| args.scenario.join("damage.json"));
    if args.damage.is_some() {
        // The plan folder keeps the scenario that was planned: with this damage.
        scenario.damage = read_damage(&file, common.lang)?;
    }
    let situation = situation(&scenario, &file, common.lang)?;
    let read = begin.elapsed().as_secs_f64();
    let out = args.out.clone().unwrap_or_else(|| args.scenario.join("plan"));
    let place = Place { out: &out, overwrite: args.overwrite, written_at: args.now.unwrap_or_else(report::now) };
    let summary = make(&scenario, &situation, &place, &choice, read, common)?;
    report::answer(common, &summary, || text(&summary, common.lang))?;
    Ok(report::exit_code(summary.verified))
}

/// Physics of what is shown.
fn formulation(asked: FormulationArg, lang: Lang) -> Result<Formulation, Refused> {
    match asked {
        FormulationArg::Auto | FormulationArg::Ac => Ok(Formulation::Ac),
        FormulationArg::Dc => Ok(Formulation::Dc),
        FormulationArg::Soc => report::refuse(
            Finding::error("soc-is-no-plan", "the cone relaxation gives a bound, not a plan")
                .field("--formulation", "soc")
                .allowed("auto, dc, ac")
                .hint("an AC plan states that bound"),
            lang,
        ),
    }
}

/// The situation that a scenario's damage leaves, as of when the scenario is known.
pub fn situation(scenario: &Scenario, file: &Path, lang: Lang) -> Result<Situation, Refused> {
    let left = crate::flow::situation(&scenario.network, &scenario.damage, file, lang)?;
    Ok(Situation { as_of: scenario.as_of, revision: scenario.revision, ..left })
}

/// What a plan run says: `relight.plan-summary/1`. The plan itself is `plan.json` in the folder.
#[derive(Serialize)]
pub struct Summary {
    schema: &'static str,
    scenario: String,
    #[serde(skip)]
    scenario_uk: String,
    folder: PathBuf,
    brief: PathBuf,
    /// Whether the independent check passed.
    pub verified: bool,
    formulation: &'static str,
    people: u64,
    people_without_power_now: u64,
    demand_now_mw: f64,
    served_now_mw: f64,
    demand_mwh: f64,
    served_mwh: f64,
    max_gap: f64,
    /// What proves the bounds that `max_gap` is against, weakest of all deliveries.
    bound_by: &'static str,
    /// Rows of the branches that any delivery opens, because no voltages hold with them.
    opened_branch_rows: Vec<u32>,
    max_violation_pu: f64,
    deliveries: usize,
    steps: u32,
    /// Where storage, ramps or limits of energy hold the steps together.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupling: Option<CouplingSummary>,
    /// Where safety against single outages was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    n_minus_one: Option<SafetySummary>,
    time_s: TimeS,
}

#[derive(Serialize)]
struct CouplingSummary {
    /// Worth of what is served over the horizon, and what proven bound it has within the DC model.
    objective_mwh: f64,
    bound_mwh: f64,
    gap: f64,
    /// All storage units, at the beginning and at the end.
    storage_energy_start_mwh: f64,
    storage_energy_end_mwh: f64,
    /// What they gave to the network over the horizon.
    storage_given_mwh: f64,
}

#[derive(Serialize)]
struct SafetySummary {
    /// Served energy that safety costs over the horizon, and power in the first step.
    extra_shed_mwh: f64,
    extra_shed_now_mw: f64,
    /// Outages that would break the first step without regard to them, and that still do.
    breaking_before_now: usize,
    unsafe_left_now: usize,
    /// The same over all steps: distinct outages.
    unsafe_left: usize,
    /// What people read of the first step's worst.
    #[serde(skip)]
    worst: Vec<(String, String)>,
}

#[derive(Serialize)]
struct TimeS {
    read: f64,
    plan: f64,
    verify: f64,
    write: f64,
}

/// Where and when a plan is written.
pub struct Place<'a> {
    /// The plan folder.
    pub out: &'a Path,
    /// Whether an earlier plan there may go.
    pub overwrite: bool,
    /// Instant that the age of the data counts to.
    pub written_at: UtcSecond,
}

/// What was chosen about planning.
pub struct Choice {
    /// Physics of what is shown.
    pub formulation: Formulation,
    /// Whether each feeder is served whole or not at all in a step.
    pub whole_feeders: bool,
    /// Whether storage must end with at least the energy that it begins with.
    pub keep_energy: bool,
    /// Single outages that no delivery may be broken by.
    pub against: Option<Against>,
}

/// Plans one situation of a scenario, checks the plan and writes it. `read_s` is what reading took, for the record.
pub fn make(
    scenario: &Scenario,
    situation: &Situation,
    place: &Place,
    choice: &Choice,
    read_s: f64,
    common: &Common,
) -> Result<Summary, Refused> {
    // Before the work, not after it: a folder that cannot be written is found at once.
    let staging = plan_folder::Staging::begin(place.out, place.overwrite, common.lang)?;
    let begin = Instant::now();
    let plan = compute(scenario, situation, choice, common)?;
    let plan_s = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let verdict = verify_plan(scenario, &plan);
    if !verdict.passed {
        return refuse_plan(&verdict, common.lang);
    }
    let verify_s = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let limits = limits_now(scenario, &plan);
    let contents = Contents { scenario, plan: &plan, verdict: &verdict, limits: &limits, written_at: place.written_at };
    plan_folder::write(staging, &contents, common.lang)?;
    let times = TimeS { read: read_s, plan: plan_s, verify: verify_s, write: begin.elapsed().as_secs_f64() };
    Ok(summary(&contents, place.out, times))
}

fn compute(scenario: &Scenario, situation: &Situation, choice: &Choice, common: &Common) -> Result<Plan, Refused> {
    let bar = report::progress(0, t(common.lang, "planning", "планування"));
    let settings = PlanSettings {
        formulation: choice.formulation,
        whole_feeders: choice.whole_feeders,
        keep_energy: choice.keep_energy,
        against: choice.against,
        threads: report::threads(common),
        stop: Some(stop::flag(None)),
    };
    let planned = plan(scenario, situation, &settings, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    match planned {
        Ok(PlanOutcome::Done(plan)) => Ok(plan),
        Ok(PlanOutcome::Stopped { done, total }) => {
            let message = format!("planning was stopped after {done} of {total} deliveries");
            report::refuse(Finding::error("stopped", message).hint("run it again"), common.lang)
        }
        Err(e) => report::refuse(Finding::error("cannot-plan", e.to_string()), common.lang),
    }
}

/// A plan that fails its check is never shown; what failed is.
fn refuse_plan<T>(verdict: &Verdict, lang: Lang) -> Result<T, Refused> {
    eprint!("{}", crate::verify::text(verdict, lang));
    report::refuse(
        Finding::error("not-verified", "the independent check refuses this plan; it is not written")
            .hint("this is a fault of the program: please report it with the scenario"),
        lang,
    )
}

fn summary(contents: &Contents, out: &Path, time_s: TimeS) -> Summary {
    let Contents { scenario, plan, verdict, .. } = contents;
    let now = plan.delivery(0);
    let step_h = plan.horizon.step_h();
    let energy = |mw: fn(&relight_model::outcome::Delivery) -> f64| {
        (0..plan.horizon.steps as usize).map(|k| mw(plan.delivery(k)) * step_h).sum::<f64>()
    };
    let without: f64 =
        scenario.feeders.iter().zip(&now.load_served).map(|(f, served)| f64::from(f.people) * (1.0 - served)).sum();
    Summary {
        schema: "relight.plan-summary/1",
        scenario: scenario.name.clone(),
        scenario_uk: scenario.name_uk.clone(),
        folder: out.to_owned(),
        brief: out.join("brief.html"),
        verified: verdict.passed,
        formulation: now.formulation.name(),
        people: scenario.feeders.iter().map(|f| u64::from(f.people)).sum(),
        people_without_power_now: without.round() as u64,
        demand_now_mw: now.demand_mw,
        served_now_mw: now.served_mw,
        demand_mwh: energy(|d| d.demand_mw),
        served_mwh: energy(|d| d.served_mw),
        max_gap: plan.deliveries.iter().map(|d| d.gap).fold(0.0, f64::max),
        bound_by: bound_by(&plan.deliveries).name(),
        opened_branch_rows: opened_branch_rows(scenario, &plan.deliveries),
        max_violation_pu: plan.deliveries.iter().map(|d| d.max_violation_pu).fold(0.0, f64::max),
        deliveries: plan.deliveries.len(),
        steps: plan.horizon.steps,
        coupling: plan.coupling.as_ref().map(|c| coupling(plan, c)),
        n_minus_one: plan.safety.as_ref().map(|s| safety_summary(scenario, plan, s)),
        time_s,
    }
}

/// What holds for the bounds of all deliveries: a bound by demand alone proves least, one within DC says nothing of AC.
fn bound_by(deliveries: &[Delivery]) -> BoundBy {
    let any = |by| deliveries.iter().any(|d| d.bound_by == by);
    [BoundBy::Demand, BoundBy::Dc].into_iter().find(|&by| any(by)).unwrap_or(BoundBy::Soc)
}

fn opened_branch_rows(scenario: &Scenario, deliveries: &[Delivery]) -> Vec<u32> {
    let opened = deliveries.iter().flat_map(|d| &d.opened);
    let mut rows: Vec<u32> = opened.map(|b| scenario.network.branches[b.i()].row).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn coupling(plan: &Plan, c: &Coupling) -> CouplingSummary {
    let stored = |of: fn(&Vec<f64>) -> Option<&f64>| c.storage_energy_mwh.iter().filter_map(of).sum();
    let given = |d: &relight_model::outcome::Delivery| d.storage_p_mw.iter().map(|p| p.max(0.0)).sum::<f64>();
    CouplingSummary {
        objective_mwh: c.objective_mwh,
        bound_mwh: c.bound_mwh,
        gap: c.gap,
        storage_energy_start_mwh: stored(|e| e.first()),
        storage_energy_end_mwh: stored(|e| e.last()),
        storage_given_mwh: (0..plan.delivery_of_step.len()).map(|k| given(plan.delivery(k))).sum::<f64>()
            * plan.horizon.step_h(),
    }
}

fn safety_summary(scenario: &Scenario, plan: &Plan, safety: &Safety) -> SafetySummary {
    let now = &safety.margins[plan.delivery_of_step[0] as usize];
    let mut left: Vec<_> = safety.margins.iter().flat_map(|m| &m.unsafe_left).map(|b| b.outage).collect();
    left.sort_unstable();
    left.dedup();
    let shed = plan.delivery_of_step.iter().map(|&d| safety.margins[d as usize].extra_shed_mw);
    let tell = |b: &Breach, lang| safety::line(&scenario.network, b, lang);
    SafetySummary {
        extra_shed_mwh: shed.sum::<f64>() * plan.horizon.step_h(),
        extra_shed_now_mw: now.extra_shed_mw,
        breaking_before_now: now.breaking_before.len(),
        unsafe_left_now: now.unsafe_left.len(),
        unsafe_left: left.len(),
        worst: safety::worst(&now.unsafe_left).map(|b| (tell(b, Lang::En), tell(b, Lang::Uk))).collect(),
    }
}

/// What the duty officer reads on the terminal.
pub fn text(s: &Summary, lang: Lang) -> String {
    let mut out = String::new();
    let mw = mw(lang);
    let _ = writeln!(out, "{}", t(lang, &s.scenario, &s.scenario_uk));
    let _ = writeln!(
        out,
        "  {:<30} {} {} {}",
        t(lang, "people without power now", "людей без світла зараз"),
        count(s.people_without_power_now),
        t(lang, "of", "з"),
        count(s.people)
    );
    let _ = writeln!(
        out,
        "  {:<30} {:.0} {} {:.0} {mw} ({})",
        t(lang, "power carried now", "потужність зараз"),
        s.served_now_mw,
        t(lang, "of", "з"),
        s.demand_now_mw,
        if s.formulation == Formulation::Ac.name() {
            t(
                lang,
                "AC: voltages, reactive power and losses checked",
                "AC: напруги, реактивну потужність і втрати перевірено",
            )
        } else {
            t(lang, "DC estimate, voltages not checked", "оцінка DC, напруги не перевірено")
        }
    );
    let share = if s.demand_mwh > 0.0 { 100.0 * s.served_mwh / s.demand_mwh } else { 100.0 };
    let _ = writeln!(
        out,
        "  {:<30} {share:.1} % {}",
        t(lang, "energy over the horizon", "енергія за період плану"),
        t(lang, "of demand", "від попиту")
    );
    if let Some(c) = &s.coupling {
        let mwh = t(lang, "MWh", "МВт·год");
        let _ = writeln!(
            out,
            "  {:<30} {:.0} {mwh} {}, {:.0} {}; {} {:.0} {mwh}; {} {:.0e}",
            t(lang, "storage", "накопичувачі"),
            c.storage_energy_start_mwh,
            t(lang, "at the start", "на початку"),
            c.storage_energy_end_mwh,
            t(lang, "at the end", "наприкінці"),
            t(lang, "given", "віддано"),
            c.storage_given_mwh,
            t(lang, "gap over the horizon (DC)", "розрив за період (DC)"),
            c.gap
        );
    }
    let _ = writeln!(
        out,
        "  {:<30} {} ({:.0e} {}; {} {:.0e})",
        t(lang, "independent check", "незалежна перевірка"),
        t(lang, "passed", "пройдено"),
        s.max_violation_pu,
        t(lang, "p.u.", "в.о."),
        match s.bound_by {
            by if by == BoundBy::Soc.name() => t(lang, "gap to the proven AC bound", "розрив до доведеної межі AC"),
            by if by == BoundBy::Dc.name() => t(lang, "gap to the proven DC bound", "розрив до доведеної межі DC"),
            _ => t(lang, "gap to all demand, no bound", "розрив до всього попиту, без межі"),
        },
        s.max_gap
    );
    if !s.opened_branch_rows.is_empty() {
        let rows: Vec<String> = s.opened_branch_rows.iter().map(u32::to_string).collect();
        let _ = writeln!(
            out,
            "  {:<30} {}",
            t(lang, "to open, or no voltages hold", "вимкнути, інакше немає напруг"),
            rows.join(", ")
        );
    }
    if let Some(n) = &s.n_minus_one {
        out.push_str(&safety_text(n, lang));
    }
    let time = s.time_s.read + s.time_s.plan + s.time_s.verify + s.time_s.write;
    let _ = writeln!(out, "  {:<30} {time:.1} s", t(lang, "time", "час"));
    let _ = writeln!(out, "{} {}", t(lang, "brief:", "довідка:"), s.brief.display());
    out
}

fn safety_text(n: &SafetySummary, lang: Lang) -> String {
    let mut out = String::new();
    let (mw, mwh) = (mw(lang), t(lang, "MWh", "МВт·год"));
    let _ = writeln!(
        out,
        "  {:<30} {:.0} {mw} {}, {:.0} {mwh} {}",
        t(lang, "safety against outages costs", "безпека від відключень коштує"),
        n.extra_shed_now_mw,
        t(lang, "now", "зараз"),
        n.extra_shed_mwh,
        t(lang, "over the horizon", "за період")
    );
    let _ = writeln!(
        out,
        "  {:<30} {} {}, {} {} ({} {})",
        t(lang, "outages that break it now", "порушило б зараз"),
        n.breaking_before_now,
        t(lang, "without it", "без неї"),
        n.unsafe_left_now,
        t(lang, "still do", "порушує й надалі"),
        n.unsafe_left,
        t(lang, "over the horizon", "за період")
    );
    for (en, uk) in &n.worst {
        let _ = writeln!(out, "    {}", t(lang, en, uk));
    }
    out
}
