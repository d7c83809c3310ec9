//! The command line as typed. What it means is decided in the module of each verb.

use clap::{Args, Parser, Subcommand, ValueEnum};
use relight_model::UtcSecond;
use relight_plan::deliver::preventive::Against;
use std::path::PathBuf;

/// Plans the hours and days after a blow to power and heat: what can be carried, who has power, proven and published.
#[derive(Parser, Debug)]
#[command(name = "relight", version, arg_required_else_help = true, term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Options of all verbs.
    #[command(flatten)]
    pub common: Common,
}

/// Options of all verbs.
#[derive(Args, Debug, Clone)]
pub struct Common {
    /// Write the answer as JSON to this file; `-` is standard output.
    #[arg(long, global = true, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub json: Option<PathBuf>,
    /// Language of what people read.
    #[arg(long, global = true, value_enum, default_value = "en")]
    pub lang: Lang,
    /// Threads to use; the answer is the same with any number. Default: all cores.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
}

/// Language of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Ukrainian.
    Uk,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Make the synthetic Winter City, strike it, plan, check, write the brief, and say where it is.
    Demo(DemoArgs),
    /// The main job: a scenario folder in, a verified plan folder with the brief out.
    Plan(PlanArgs),
    /// Power flow of a case file: voltages, flows, islands.
    Flow(FlowArgs),
    /// Every single outage of a case or scenario: overloads, voltages, demand and people cut off.
    Contingency(ContingencyArgs),
    /// The most load that a damaged network can carry.
    Deliver(DeliverArgs),
    /// Synthetic cities.
    City {
        /// What to do with them.
        #[command(subcommand)]
        verb: CityVerb,
    },
    /// Make a scenario folder from one's own case file, with templates for what it does not say.
    Init(InitArgs),
    /// Check a plan folder independently of what made it.
    Verify(VerifyArgs),
}

/// Synthetic cities.
#[derive(Subcommand, Debug)]
pub enum CityVerb {
    /// Write a synthetic, fictional city or country as a scenario folder.
    New(CityNewArgs),
}

/// Options of `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Folder to write: `scenario/` and `plan/` go into it.
    #[arg(long, value_name = "DIR", default_value = "winter-city")]
    pub out: PathBuf,
    /// Replace what an earlier run wrote there.
    #[arg(long)]
    pub overwrite: bool,
    /// Inhabitants of the city.
    #[arg(long, value_name = "N", default_value_t = 3_000_000)]
    pub people: u32,
    /// Seed of the city and of the strike.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// Options of `plan`.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Scenario folder.
    #[arg(value_name = "DIR")]
    pub scenario: PathBuf,
    /// Folder to write the plan to. Default: `plan` inside the scenario folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an earlier plan there.
    #[arg(long)]
    pub overwrite: bool,
    /// Damage list to use instead of the folder's own damage.json.
    #[arg(long, value_name = "FILE")]
    pub damage: Option<PathBuf>,
    /// Physics of the plan.
    #[arg(long, value_enum, default_value = "auto")]
    pub formulation: FormulationArg,
    /// Serve each feeder whole or not at all in a step, instead of in part for a part of the time.
    #[arg(long)]
    pub whole_feeders: bool,
    /// Storage ends with at least the energy it begins with. Default: what is left counts for nothing.
    #[arg(long)]
    pub keep_energy: bool,
    #[command(flatten)]
    pub n_minus_one: NMinusOne,
    /// Instant that the age of the data counts to, such as 2026-01-20T06:00:00Z. Default: the clock.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub now: Option<UtcSecond>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if s > 0.0 && s <= 1e6 => Ok(s),
        Ok(_) => Err("allowed: above 0, to 1000000".into()),
        Err(e) => Err(e.to_string()),
    }
}

fn instant(text: &str) -> Result<UtcSecond, String> {
    text.parse::<jiff::Timestamp>().map(|at| UtcSecond(at.as_second())).map_err(|e| e.to_string())
}

/// Options of `flow`.
#[derive(Args, Debug)]
pub struct FlowArgs {
    /// Case file: MATPOWER .m, pandapower .json, power-grid-model .json, PSS/E .raw.
    #[arg(value_name = "CASE")]
    pub case: PathBuf,
    /// Active power and angles only.
    #[arg(long)]
    pub dc: bool,
    /// Where Newton's method starts. Default: the robust start, which tries several.
    #[arg(long, value_enum)]
    pub start: Option<StartArg>,
    /// Largest mismatch at any bus, p.u.
    #[arg(long, value_name = "PU", default_value_t = 1e-8)]
    pub tolerance: f64,
    /// Most Newton iterations of a run.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub iterations: u32,
    /// Damage list: what is out beside what the case has out of service.
    #[arg(long, value_name = "FILE")]
    pub damage: Option<PathBuf>,
    /// Keep generators within their reactive limits.
    #[arg(long)]
    pub q_limits: bool,
    /// Share what is missing among all generators by their headroom, not at the reference bus alone.
    #[arg(long)]
    pub distributed_slack: bool,
    /// Let HVDC lines carry their set points. Default: they are left out, as MATPOWER does.
    #[arg(long)]
    pub hvdc: bool,
    /// Solve N more times from the same start on one thread and tell the median.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub repeat: u32,
}

/// Where Newton's method starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StartArg {
    /// 1 p.u. (set points where held), angle of the reference.
    Flat,
    /// Angles of the DC power flow.
    Dc,
    /// What the file gives.
    File,
}

/// Options of `contingency`.
#[derive(Args, Debug)]
pub struct ContingencyArgs {
    /// Case file, or scenario folder (then people are counted, too).
    #[arg(value_name = "CASE")]
    pub case: PathBuf,
    /// Active power and angles only: fast, no statement about voltages.
    #[arg(long)]
    pub dc: bool,
    /// Look at all outages in DC, and in AC at those that DC finds to split or load the network.
    #[arg(long, conflicts_with = "dc")]
    pub screen: bool,
    /// Tell the N worst only: no answer or all dark, then most demand lost, then highest loading.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// What goes out, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "branch,gen,bus")]
    pub kinds: Vec<KindArg>,
    /// Damage list: what is out already. Default for a scenario folder: its own damage.json.
    #[arg(long, value_name = "FILE")]
    pub damage: Option<PathBuf>,
    /// Let HVDC lines carry their set points. Default: they are left out, as MATPOWER does.
    #[arg(long)]
    pub hvdc: bool,
    /// Stop after this many seconds with what is ready; the answer says what is missing.
    #[arg(long, value_name = "S")]
    pub time_limit: Option<f64>,
    /// Solve everything N more times and tell the median time.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub repeat: u32,
}

/// Kinds of outages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// Lines and transformers.
    Branch,
    /// Generators.
    Gen,
    /// Buses, with all that is attached.
    Bus,
    /// All buses that closed switches join, two at least.
    Substation,
}

/// Options of `deliver`.
#[derive(Args, Debug)]
pub struct DeliverArgs {
    /// Case file.
    #[arg(value_name = "CASE")]
    pub case: PathBuf,
    /// Physics. soc gives the bound alone.
    #[arg(long, value_enum, default_value = "auto")]
    pub formulation: FormulationArg,
    /// What is sought: the most served load, or (AC) the least cost of generation with all load served.
    #[arg(long, value_enum, default_value = "served")]
    pub objective: ObjectiveArg,
    /// Leave out the proven bound of an AC answer: it takes longer than the answer itself.
    #[arg(long)]
    pub no_bound: bool,
    /// Stop after this many seconds with the best valid point so far (AC).
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub time_limit: Option<f64>,
    /// Damage list.
    #[arg(long, value_name = "FILE")]
    pub damage: Option<PathBuf>,
    /// Each load on or off, not served in part; each generator off or at its minimum at least. Tells what that costs.
    #[arg(long)]
    pub discrete: bool,
    /// CSV with the columns bus,rank: rank 0 gets the most there is, then rank 1 without taking from it, ...; other buses last.
    #[arg(long, value_name = "FILE", conflicts_with = "discrete")]
    pub priority: Option<PathBuf>,
    /// Equal shares within each rank (or of all loads) as far as limits allow, then the most beyond.
    #[arg(long, conflicts_with = "discrete")]
    pub equal_share: bool,
    /// CSV with the columns bus,weight: worth of one MW at that bus; 1 elsewhere.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Let HVDC lines carry power within their limits. Default: they are left out.
    #[arg(long)]
    pub hvdc: bool,
    #[command(flatten)]
    pub n_minus_one: NMinusOne,
}

/// Kinds of outages that a delivery can be made safe against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecureKind {
    /// Lines and transformers.
    Branch,
    /// Generators.
    Gen,
}

/// Whether, and against what, an answer is made safe.
#[derive(Args, Debug)]
pub struct NMinusOne {
    /// Serve only what no single outage breaks, and tell which would and what that costs. Without kinds: branch,gen.
    #[arg(
        long = "n-1",
        value_name = "KINDS",
        value_enum,
        value_delimiter = ',',
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "branch,gen"
    )]
    kinds: Option<Vec<SecureKind>>,
}

impl NMinusOne {
    /// What is asked to be safe against.
    pub fn against(&self) -> Option<Against> {
        let has = |kind| self.kinds.as_ref().map(|k| k.contains(&kind));
        Some(Against { branches: has(SecureKind::Branch)?, generators: has(SecureKind::Gen)? })
    }
}

/// Physics of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormulationArg {
    /// DC where many situations are searched, AC for what is shown.
    Auto,
    /// Active power and angles only; fast, no statement about voltages.
    Dc,
    /// Second-order-cone relaxation: what no AC answer can beat, and no answer itself.
    Soc,
    /// Full alternating-current physics: voltages, reactive power, losses.
    Ac,
}

/// What a delivery seeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ObjectiveArg {
    /// The most worth of served load.
    Served,
    /// The least cost of generation with all load served: an optimal power flow.
    Cost,
}

/// Options of `city new`.
#[derive(Args, Debug)]
pub struct CityNewArgs {
    /// Folder to write.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Inhabitants, 20,000 to 40,000,000.
    #[arg(long, value_name = "N", default_value_t = 3_000_000)]
    pub people: u32,
    /// Seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Replace what an earlier run wrote there.
    #[arg(long)]
    pub overwrite: bool,
}

/// Options of `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Folder to make.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Case file of the network.
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
}

/// Options of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Plan folder.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
}
