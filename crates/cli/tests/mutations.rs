//! Spoiled files, by the thousand, all the way: what still reads is computed, and each answer is verified or says that it
//! failed. None panics or hangs.
//!
//! `RELIGHT_MUTATIONS` sets how many of each (400 unless told); the seed of each is printed with whatever it breaks.

#[path = "../../formats/tests/spoil/mod.rs"]
mod spoil;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relight_brief::{BriefSettings, Checked, Lang};
use relight_formats::{matpower, plan_file};
use relight_model::outcome::{Delivery, DeliveryStatus, FlowStatus, Formulation};
use relight_model::{Network, Scenario, Situation};
use relight_plan::deliver::{DeliverSettings, deliver};
use relight_plan::timeline::{PlanOutcome, PlanSettings, limits_now, plan};
use relight_power::{PowerFlow, Settings};
use relight_verify::{FlowRules, Verdict, verify_delivery, verify_flow, verify_plan};
use spoil::{Good, Kind, count, spoil_files, spoil_folders};

/// How many AC flows and deliveries were proven.
#[derive(Default)]
struct Proven {
    flows: u64,
    deliveries: u64,
    failed_deliveries: u64,
}

#[test]
fn what_still_reads_is_solved_and_verified() {
    let intact = matpower::read(Kind::Matpower.source().as_bytes()).0.expect("a good file");
    let mut proven = Proven::default();
    let count = count(400);
    spoil_files(count, |good| match good {
        Good::Network(network) => proven.solve(&network, &Situation::intact(&network)),
        // A list that does not fit is refused by name; one that fits is a situation like any other.
        Good::Damage(damage) => match Situation::damaged(&intact, &damage) {
            Ok(situation) => proven.solve(&intact, &situation),
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        },
    });
    let Proven { flows, deliveries, failed_deliveries } = proven;
    eprintln!("proven: {flows} AC flows, {deliveries} deliveries, and {failed_deliveries} that say they failed");
    assert!(flows > count / 20 && deliveries > count / 20 && failed_deliveries < deliveries / 10);
}

impl Proven {
    /// Whatever a reader lets through must be fit for the engines, and their answers must be true.
    fn solve(&mut self, network: &Network, situation: &Situation) {
        let mut engine = PowerFlow::new(network, &Settings::default()).expect("default settings");
        let flow = engine.solve(situation);
        assert_passed("AC flow", &verify_flow(network, situation, &flow, &FlowRules::default()));
        self.flows += u64::from(flow.status == FlowStatus::Converged);
        let dc = engine.solve_dc(situation);
        assert_eq!(dc.branches.len(), network.branches.len());
        for hvdc in [false, true].into_iter().take(1 + usize::from(!network.hvdc_lines.is_empty())) {
            for formulation in [Formulation::Dc, Formulation::Ac] {
                let settings = DeliverSettings { formulation, hvdc, ..DeliverSettings::default() };
                let delivery = deliver(network, situation, &settings).expect("arguments of the same network");
                self.note(&delivery, &verify_delivery(network, situation, &delivery, None));
            }
        }
    }

    fn note(&mut self, delivery: &Delivery, verdict: &Verdict) {
        if delivery.status == DeliveryStatus::Failed {
            self.failed_deliveries += 1;
            return;
        }
        assert_passed("delivery", verdict);
        self.deliveries += 1;
    }
}

fn assert_passed(what: &str, verdict: &Verdict) {
    let failed: Vec<String> = verdict.failed().map(ToString::to_string).collect();
    assert!(verdict.passed && failed.is_empty(), "{what}: {failed:?}");
}

/// Found by spoiling: the flow counted what the check did not.
#[test]
fn the_charging_of_a_branch_from_a_bus_to_itself_counts() {
    let plain = matpower::read(Kind::Matpower.source().as_bytes()).0.expect("a good file");
    let mut looped = plain.clone();
    let mut branch = plain.branches[0].clone();
    (branch.to, branch.b_from_pu, branch.b_to_pu) = (branch.from, 0.05, 0.05);
    branch.row = plain.branches.len() as u32 + 1;
    looped.branches.push(branch);
    let flow = |network: &Network| {
        let situation = Situation::intact(network);
        let flow = PowerFlow::new(network, &Settings::default()).expect("default settings").solve(&situation);
        assert_eq!(flow.status, FlowStatus::Converged);
        assert_passed("AC flow", &verify_flow(network, &situation, &flow, &FlowRules::default()));
        flow
    };
    assert_ne!(flow(&plain).generators, flow(&looped).generators);
}

#[test]
fn scenario_folders_that_still_read_are_planned_verified_and_told() {
    let mut refused = 0;
    spoil_folders(count(400) / 4, |scenario| refused += u64::from(!plan_and_tell(&scenario)));
    eprintln!("{refused} scenarios whose damage list does not fit");
}

/// Plans a scenario, verifies, writes and reads the plan, renders the brief; `false` if its damage list does not fit.
fn plan_and_tell(scenario: &Scenario) -> bool {
    let Ok(situation) = Situation::damaged(&scenario.network, &scenario.damage) else { return false };
    let situation = Situation { as_of: scenario.as_of, revision: scenario.revision, ..situation };
    let settings = PlanSettings { formulation: Formulation::Ac, ..PlanSettings::default() };
    let planned = plan(scenario, &situation, &settings, &|_, _| {}).expect("weights that were read");
    let PlanOutcome::Done(plan) = planned else { panic!("nothing stops it") };
    let verdict = verify_plan(scenario, &plan);
    assert_passed("plan", &verdict);
    let text = plan_file::write(scenario, &plan).expect("a plan that passed");
    assert_eq!(plan_file::read(text.as_bytes(), scenario).0.as_ref(), Some(&plan), "differs after writing");
    let checked = Checked { passed: true, worst_violation_pu: 0.0, checks: verdict.checks.len() };
    let settings = BriefSettings { lang: Lang::En, written_at: scenario.as_of };
    let limits = limits_now(scenario, &plan);
    let html = relight_brief::render(scenario, &plan, &limits, &checked, &settings).expect("a plan that passed");
    assert!(html.ends_with("</html>\n"), "the page is whole");
    true
}

/// A plan folder may come from anywhere: whatever its numbers say, the check answers, and the brief refuses or renders.
#[test]
fn spoiled_plan_files_are_refused_or_judged() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/two_islands");
    let scenario = relight_formats::scenario::read(dir.as_ref()).0.expect("the example reads");
    let situation = Situation::damaged(&scenario.network, &scenario.damage).expect("its damage fits");
    let situation = Situation { as_of: scenario.as_of, revision: scenario.revision, ..situation };
    let settings = PlanSettings::default();
    let PlanOutcome::Done(plan) = plan(&scenario, &situation, &settings, &|_, _| {}).expect("weights that were read")
    else {
        panic!("nothing stops it")
    };
    let text = plan_file::write(&scenario, &plan).expect("a plan that passed");
    let (mut judged, mut caught) = (0, 0);
    for seed in 0..count(400) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Half of them any bytes, half of them one number that JSON can hold: those reach the check.
        let spoiled = if seed % 2 == 0 { spoil::mutate(&text, &mut random) } else { other_number(&text, &mut random) };
        let (read, findings) = plan_file::read(&spoiled, &scenario);
        assert_eq!(read.is_none(), findings.has_errors(), "seed {seed}");
        let Some(read) = read else { continue };
        judged += 1;
        let verdict = verify_plan(&scenario, &read);
        caught += u64::from(!verdict.passed);
        let checked = Checked { passed: verdict.passed, worst_violation_pu: 0.0, checks: verdict.checks.len() };
        let settings = BriefSettings { lang: Lang::Uk, written_at: scenario.as_of };
        let page = relight_brief::render(&scenario, &read, &[], &checked, &settings);
        assert!(verdict.passed || page.is_err(), "seed {seed}: a plan that failed was shown");
    }
    eprintln!("{judged} spoiled plans judged, {caught} of them refused by the check");
    assert!(caught > count(400) / 20);
}

/// The text with one of its numbers replaced by another.
fn other_number(text: &str, random: &mut ChaCha8Rng) -> Vec<u8> {
    let body = &text[text.find("\"horizon\"").expect("a plan has a horizon")..];
    let head = text.len() - body.len();
    let starts: Vec<usize> = body
        .match_indices([':', ',', '['])
        .map(|(at, _)| at + 1)
        .filter(|&at| body[at..].starts_with(|c: char| c.is_ascii_digit() || c == '-'))
        .collect();
    let start = head + starts[random.random_range(0..starts.len())];
    let end = start + text[start..].find([',', ']', '}']).expect("a number ends");
    let others = ["-1", "0", "1", "7", "0.5", "1e308", "-1e308", "1e-320", "4294967295", "null"];
    let other = others[random.random_range(0..others.len())];
    [&text[..start], other, &text[end..]].concat().into_bytes()
}
