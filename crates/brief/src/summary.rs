//! Who is without power, where and when: the plan added up by district, class and step.
//!
//! A feeder served to a share *s* counts `people · (1 − s)` people without power and `p · s` MW served. Every figure of
//! the page, the map and the CSV tables is read from here, so that they cannot differ.

use crate::error::BriefError;
use crate::fit;
use relight_model::plan::Plan;
use relight_model::{BusKind, Class, Scenario};

/// Shares this close to 0 or 1 are taken as 0 or 1: the solver's noise, times three million people, would show.
const SHARE_NOISE: f64 = 1e-6;

/// From this share on a feeder counts as supplied.
pub const SUPPLIED_SHARE: f64 = 0.999;

/// Below this share a feeder counts as out.
pub const OUT_SHARE: f64 = 0.001;

/// How a feeder or a substation is supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Supply {
    /// Share below [`OUT_SHARE`].
    Out,
    /// Share between the two.
    Part,
    /// Share of [`SUPPLIED_SHARE`] or more.
    Full,
}

impl Supply {
    /// Supply by share.
    pub fn of(share: f64) -> Self {
        match share {
            s if s >= SUPPLIED_SHARE => Supply::Full,
            s if s < OUT_SHARE => Supply::Out,
            _ => Supply::Part,
        }
    }
}

/// Sums over a group of feeders at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// People the feeders feed.
    pub people: f64,
    /// People without power: sum of people · (1 − share served).
    pub people_off: f64,
    /// Feeders.
    pub feeders: u32,
    /// Feeders served below [`OUT_SHARE`].
    pub feeders_out: u32,
    /// Feeders served in part.
    pub feeders_part: u32,
    /// Demand, MW; feeders that give power count 0.
    pub demand_mw: f64,
    /// Demand served, MW.
    pub served_mw: f64,
}

impl Tally {
    /// Share of the people without power, 0 to 1; 0 without people.
    pub fn off_share(&self) -> f64 {
        if self.people > 0.0 { (self.people_off / self.people).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Feeders not fully supplied.
    pub fn feeders_cut(&self) -> u32 {
        self.feeders_out + self.feeders_part
    }

    fn add_feeder(&mut self, people: f64, demand_mw: f64, share: f64) {
        self.people += people;
        self.people_off += people * (1.0 - share);
        self.feeders += 1;
        match Supply::of(share) {
            Supply::Out => self.feeders_out += 1,
            Supply::Part => self.feeders_part += 1,
            Supply::Full => {}
        }
        self.demand_mw += demand_mw;
        self.served_mw += demand_mw * share;
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.people += other.people;
        self.people_off += other.people_off;
        self.feeders += other.feeders;
        self.feeders_out += other.feeders_out;
        self.feeders_part += other.feeders_part;
        self.demand_mw += other.demand_mw;
        self.served_mw += other.served_mw;
    }
}

/// One district, or what lies outside all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct DistrictSummary {
    /// Position in the geography; `None` = outside all districts.
    pub district: Option<usize>,
    /// All classes, in the first step.
    pub now: Tally,
    /// By class in the order of [`Class::ALL`], in the first step.
    pub now_by_class: [Tally; Class::ALL.len()],
    /// Most people without power in any one step.
    pub people_off_max: f64,
    /// People without power, mean over the horizon.
    pub people_off_mean: f64,
}

/// The plan added up. "Now" is its first step.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Everything, in the first step.
    pub now: Tally,
    /// By class in the order of [`Class::ALL`], in the first step.
    pub classes: [Tally; Class::ALL.len()],
    /// Districts in the order of the geography, then what lies outside all, if anything does.
    pub districts: Vec<DistrictSummary>,
    /// Everything, per step.
    pub steps: Vec<Tally>,
    /// The step with most people without power (the first of them); by MW not served where nobody is counted.
    pub worst_step: usize,
    /// People without power, mean over the horizon.
    pub people_off_mean: f64,
    /// Energy asked for over the horizon, MWh.
    pub demand_mwh: f64,
    /// Energy served over the horizon, MWh.
    pub served_mwh: f64,
}

impl Summary {
    /// Adds up a plan. Refuses one that does not fit its scenario.
    pub fn of(scenario: &Scenario, plan: &Plan) -> Result<Self, BriefError> {
        fit::check(scenario, plan)?;
        let districts = scenario.geography.districts.len();
        let outside = scenario.feeders.iter().any(|f| f.district.is_none());
        let groups = districts + usize::from(outside);
        let per_delivery: Vec<Vec<Tally>> =
            (0..plan.deliveries.len()).map(|d| by_group(scenario, plan, d, groups)).collect();
        let total = |delivery: usize| {
            let mut sum = Tally::default();
            per_delivery[delivery].iter().for_each(|t| sum.add(t));
            sum
        };
        let totals: Vec<Tally> = (0..plan.deliveries.len()).map(total).collect();
        let steps: Vec<Tally> = plan.delivery_of_step.iter().map(|&d| totals[d as usize]).collect();
        let now_by_class = by_group_and_class(scenario, plan, plan.delivery_of_step[0] as usize, groups);
        let districts: Vec<DistrictSummary> = (0..groups)
            .map(|g| {
                let off = |&d: &u32| per_delivery[d as usize][g].people_off;
                DistrictSummary {
                    district: (g < districts).then_some(g),
                    now: per_delivery[plan.delivery_of_step[0] as usize][g],
                    now_by_class: now_by_class[g],
                    people_off_max: plan.delivery_of_step.iter().map(off).fold(0.0, f64::max),
                    people_off_mean: plan.delivery_of_step.iter().map(off).sum::<f64>() / steps.len() as f64,
                }
            })
            .collect();
        let mut classes = [Tally::default(); Class::ALL.len()];
        for district in &districts {
            classes.iter_mut().zip(&district.now_by_class).for_each(|(sum, t)| sum.add(t));
        }
        let step_h = plan.horizon.step_h();
        Ok(Self {
            now: steps[0],
            classes,
            districts,
            worst_step: worst(&steps),
            people_off_mean: steps.iter().map(|t| t.people_off).sum::<f64>() / steps.len() as f64,
            demand_mwh: steps.iter().map(|t| t.demand_mw).sum::<f64>() * step_h,
            served_mwh: steps.iter().map(|t| t.served_mw).sum::<f64>() * step_h,
            steps,
        })
    }
}

/// Share of a feeder served in a delivery, 0 to 1, without the solver's noise.
pub(crate) fn share(plan: &Plan, delivery: usize, feeder: usize) -> f64 {
    match plan.deliveries[delivery].load_served[feeder] {
        s if s <= SHARE_NOISE => 0.0,
        s if s >= 1.0 - SHARE_NOISE => 1.0,
        s => s,
    }
}

/// Demand of a feeder in a delivery, MW, counted as [`relight_model::Network::demand_mw`] does: what gives power, is
/// switched off in the data or hangs on an isolated bus asks for nothing.
pub(crate) fn demand_mw(scenario: &Scenario, plan: &Plan, delivery: usize, feeder: usize) -> f64 {
    let load = &scenario.network.loads[feeder];
    if !load.in_service || scenario.network.buses[load.bus.i()].kind == BusKind::Isolated {
        return 0.0;
    }
    (scenario.feeders[feeder].p_mw * plan.demand_factors[delivery][feeder]).max(0.0)
}

fn by_group(scenario: &Scenario, plan: &Plan, delivery: usize, groups: usize) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); groups];
    for (k, feeder) in scenario.feeders.iter().enumerate() {
        let group = feeder.district.map_or(groups - 1, |d| d as usize);
        let (demand, share) = (demand_mw(scenario, plan, delivery, k), share(plan, delivery, k));
        tallies[group].add_feeder(f64::from(feeder.people), demand, share);
    }
    tallies
}

fn by_group_and_class(
    scenario: &Scenario,
    plan: &Plan,
    delivery: usize,
    groups: usize,
) -> Vec<[Tally; Class::ALL.len()]> {
    let mut tallies = vec![[Tally::default(); Class::ALL.len()]; groups];
    for (k, feeder) in scenario.feeders.iter().enumerate() {
        let group = feeder.district.map_or(groups - 1, |d| d as usize);
        let (demand, share) = (demand_mw(scenario, plan, delivery, k), share(plan, delivery, k));
        tallies[group][feeder.class.i()].add_feeder(f64::from(feeder.people), demand, share);
    }
    tallies
}

fn worst(steps: &[Tally]) -> usize {
    let counted = steps.iter().any(|t| t.people_off > 0.0);
    let badness = |t: &Tally| if counted { t.people_off } else { t.demand_mw - t.served_mw };
    let mut worst = 0;
    for (k, step) in steps.iter().enumerate() {
        if badness(step) > badness(&steps[worst]) {
            worst = k;
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// Six feeders, counted by hand. Two districts and one feeder outside both:
    ///
    /// | feeder | district | class    | people | MW | served now | served in the second delivery |
    /// |--------|----------|----------|--------|----|------------|-------------------------------|
    /// | 0      | West     | homes    |   1000 | 10 | 1          | 0.5                           |
    /// | 1      | West     | homes    |   3000 | 20 | 0.25       | 0                             |
    /// | 2      | West     | hospital |      0 |  2 | 1          | 1                             |
    /// | 3      | East     | homes    |   2000 | 15 | 0          | 0                             |
    /// | 4      | East     | hospital |     50 |  1 | 0          | 0.9995                        |
    /// | 5      | outside  | industry |      0 |  8 | 0.5        | 0.5                           |
    ///
    /// Steps: first delivery twice at factor 1, second delivery twice at factor 1.5.
    #[test]
    fn the_sums_are_those_counted_by_hand() {
        let (scenario, plan) = sample::six_feeders();
        let s = Summary::of(&scenario, &plan).unwrap();
        let west = &s.districts[0];
        assert_eq!((west.now.people, west.now.people_off), (4000.0, 2250.0));
        assert_eq!((west.now.feeders, west.now.feeders_out, west.now.feeders_part), (3, 0, 1));
        assert_eq!((west.now.demand_mw, west.now.served_mw), (32.0, 17.0));
        assert_eq!(west.people_off_max, 3500.0);
        assert_eq!(west.people_off_mean, (2250.0 + 3500.0) / 2.0);
        let east = &s.districts[1];
        assert_eq!((east.now.people, east.now.people_off), (2050.0, 2050.0));
        assert_eq!(east.now_by_class[Class::Hospital.i()].feeders_out, 1);
        assert!((east.people_off_max - 2050.0).abs() < 1e-9);
        let outside = &s.districts[2];
        assert_eq!((outside.district, outside.now.feeders_part, outside.now.people), (None, 1, 0.0));
        assert_eq!((s.now.people, s.now.people_off), (6050.0, 4300.0));
        assert_eq!((s.now.demand_mw, s.now.served_mw), (56.0, 21.0));
        let second_off = 3500.0 + 2000.0 + 50.0 * 0.0005;
        assert!((s.steps[2].people_off - second_off).abs() < 1e-9);
        assert_eq!(s.steps[2].feeders_out, 2);
        assert_eq!(s.worst_step, 2, "the first of the two worst steps");
        assert!((s.people_off_mean - (4300.0 + second_off) / 2.0).abs() < 1e-9);
        assert_eq!(s.demand_mwh, (2.0 * 56.0 + 2.0 * 84.0) * 0.5);
        assert_eq!(s.classes[Class::Homes.i()].people_off, 4250.0);
    }

    #[test]
    fn classes_districts_and_total_agree() {
        let (scenario, plan) = sample::six_feeders();
        let s = Summary::of(&scenario, &plan).unwrap();
        let mut by_class = Tally::default();
        s.classes.iter().for_each(|t| by_class.add(t));
        let mut by_district = Tally::default();
        s.districts.iter().for_each(|d| by_district.add(&d.now));
        assert_eq!(by_class, by_district);
        assert_eq!(by_class, s.now);
    }

    #[test]
    fn solver_noise_is_not_shown_as_people() {
        let (scenario, mut plan) = sample::six_feeders();
        plan.deliveries[0].load_served = vec![1.0 - 1e-8, 1.0, 1.0, 1e-9, 0.0, 1.0];
        let s = Summary::of(&scenario, &plan).unwrap();
        assert_eq!(s.districts[0].now.people_off, 0.0);
        assert_eq!(s.districts[1].now.people_off, 2050.0);
    }

    #[test]
    fn without_people_the_worst_step_is_by_power() {
        let (mut scenario, plan) = sample::six_feeders();
        scenario.feeders.iter_mut().for_each(|f| f.people = 0);
        assert_eq!(Summary::of(&scenario, &plan).unwrap().worst_step, 2);
    }
}
