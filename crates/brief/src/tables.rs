//! The figures of the brief for machines: CSV (RFC 4180, UTF-8, comma, decimal point), headers with units, unrounded.

use crate::summary::{self, Summary};
use crate::times::{self, Clock};
use relight_model::plan::Plan;
use relight_model::{Class, Scenario};

/// One row per district, then what lies outside all, then the total. "Now" is the first step of the plan.
///
/// Columns: `district`, `name`, `name_uk`, `people`, `people_off_now`, `people_off_max`, `people_off_mean`, `demand_mw_now`,
/// `served_mw_now`, then per class `<class>_feeders` and `<class>_feeders_cut_now` (served to less than 99.9 %).
pub fn districts_csv(scenario: &Scenario, summary: &Summary) -> String {
    let mut csv = Csv::default();
    let head = ["district", "name", "name_uk", "people", "people_off_now", "people_off_max", "people_off_mean"];
    head.into_iter().chain(["demand_mw_now", "served_mw_now"]).for_each(|h| csv.text(h));
    for class in Class::ALL {
        csv.text(&format!("{class}_feeders"));
        csv.text(&format!("{class}_feeders_cut_now"));
    }
    csv.end_row();
    let most = summary.steps.iter().map(|t| t.people_off).fold(0.0, f64::max);
    let rows = summary.districts.iter().map(|d| {
        let names = match d.district.map(|i| &scenario.geography.districts[i]) {
            Some(district) => [district.id.as_str(), &district.name, &district.name_uk],
            None => ["", "outside all districts", "поза районами"],
        };
        (names, &d.now, d.people_off_max, d.people_off_mean, &d.now_by_class)
    });
    let total = (["", "total", "разом"], &summary.now, most, summary.people_off_mean, &summary.classes);
    for (names, now, people_off_max, people_off_mean, classes) in rows.chain([total]) {
        names.into_iter().for_each(|n| csv.text(n));
        csv.number(now.people, 0);
        [now.people_off, people_off_max, people_off_mean].into_iter().for_each(|n| csv.number(n, 1));
        [now.demand_mw, now.served_mw].into_iter().for_each(|n| csv.number(n, 4));
        for class in classes {
            csv.number(f64::from(class.feeders), 0);
            csv.number(f64::from(class.feeders_cut()), 0);
        }
        csv.end_row();
    }
    csv.text
}

/// One row per step of the plan.
///
/// Columns: `start_utc`, `start_local` (ISO 8601 with offset), `demand_mw`, `served_mw`, `people_off`, `feeders_out`,
/// `feeders_part`, `branches_opened` (rows in the table of branches, separated by spaces: what must be switched off because no
/// voltages hold with it), `buses_darkened` (their numbers: what is left without voltage for the same reason).
pub fn hours_csv(scenario: &Scenario, plan: &Plan, summary: &Summary) -> String {
    let clock = Clock::new(&scenario.time_zone);
    let mut csv = Csv::default();
    ["start_utc", "start_local", "demand_mw", "served_mw", "people_off", "feeders_out", "feeders_part"]
        .into_iter()
        .chain(["branches_opened", "buses_darkened"])
        .for_each(|h| csv.text(h));
    csv.end_row();
    for (k, step) in summary.steps.iter().enumerate() {
        let at = plan.horizon.at(k as u32);
        csv.text(&times::utc_iso(at));
        csv.text(&clock.iso_local(at));
        [step.demand_mw, step.served_mw].into_iter().for_each(|n| csv.number(n, 4));
        csv.number(step.people_off, 1);
        [step.feeders_out, step.feeders_part].into_iter().for_each(|n| csv.number(f64::from(n), 0));
        let delivery = plan.delivery(k);
        let network = &scenario.network;
        csv.text(&listed(delivery.opened.iter().filter_map(|b| network.branches.get(b.i())).map(|b| b.row)));
        csv.text(&listed(delivery.darkened.iter().filter_map(|b| network.buses.get(b.i())).map(|b| b.id)));
        csv.end_row();
    }
    csv.text
}

/// One row per feeder.
///
/// Columns: `feeder`, `name`, `district`, `class`, `queue`, `bus`, `people`, `p_mw` (at profile factor 1),
/// `served_share_by_step`. The last one is a list of runs `steps*share` separated by spaces: `4*0 44*1 96*0.25` is 4
/// steps without supply, 44 with all of it, 96 with a quarter. Refuses a plan that does not fit its scenario, as
/// [`Summary::of`] does.
pub fn feeders_csv(scenario: &Scenario, plan: &Plan) -> Result<String, crate::BriefError> {
    crate::fit::check(scenario, plan)?;
    let mut csv = Csv::default();
    ["feeder", "name", "district", "class", "queue", "bus", "people", "p_mw", "served_share_by_step"]
        .into_iter()
        .for_each(|h| csv.text(h));
    csv.end_row();
    for (k, feeder) in scenario.feeders.iter().enumerate() {
        csv.text(&feeder.id);
        csv.text(&feeder.name);
        csv.text(feeder.district.map_or("", |d| &scenario.geography.districts[d as usize].id));
        csv.text(feeder.class.name());
        csv.text(feeder.queue.as_deref().unwrap_or(""));
        csv.text(&scenario.network.buses[feeder.bus.i()].id.to_string());
        csv.number(f64::from(feeder.people), 0);
        csv.number(feeder.p_mw, 6);
        csv.text(&runs(plan, k));
        csv.end_row();
    }
    Ok(csv.text)
}

fn listed(numbers: impl Iterator<Item = impl ToString>) -> String {
    numbers.map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
}

/// Shares of a feeder over the steps as runs.
fn runs(plan: &Plan, feeder: usize) -> String {
    let mut runs: Vec<(usize, String)> = Vec::new();
    for &delivery in &plan.delivery_of_step {
        let share = shortest(summary::share(plan, delivery as usize, feeder), 4);
        match runs.last_mut() {
            Some((steps, last)) if *last == share => *steps += 1,
            _ => runs.push((1, share)),
        }
    }
    runs.iter().map(|(steps, share)| format!("{steps}*{share}")).collect::<Vec<_>>().join(" ")
}

/// A number with at most so many decimals and no trailing zeros.
fn shortest(value: f64, decimals: i32) -> String {
    let scale = 10f64.powi(decimals);
    // `+ 0.0` turns a negative zero into a plain one.
    format!("{}", (value * scale).round() / scale + 0.0)
}

/// Fields with a comma, quote or line break are quoted. Texts that a spreadsheet would take for a formula get an apostrophe
/// before them: a feeder named `=HYPERLINK(...)` must not run when the table is opened.
#[derive(Default)]
struct Csv {
    text: String,
    /// Whether the row has a field already.
    begun: bool,
}

impl Csv {
    fn text(&mut self, field: &str) {
        self.separate();
        let guard = if looks_like_formula(field) { "'" } else { "" };
        if field.contains([',', '"', '\n', '\r']) {
            self.text.push('"');
            self.text.push_str(guard);
            self.text.push_str(&field.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(guard);
            self.text.push_str(field);
        }
    }

    fn number(&mut self, value: f64, decimals: i32) {
        self.separate();
        self.text.push_str(&shortest(value, decimals));
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            self.text.push(',');
        }
    }

    fn end_row(&mut self) {
        self.text.push('\n');
        self.begun = false;
    }
}

/// Spreadsheets compute what begins like this, after spaces and line breaks too, and in their full-width forms
/// (OWASP, "CSV injection"). A lone dash, the usual "none", is no formula.
fn looks_like_formula(field: &str) -> bool {
    let field = field.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    field.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && field != "-"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn districts_hold_the_hand_counted_numbers() {
        let (mut scenario, plan) = sample::six_feeders();
        scenario.geography.districts[0].name = "West, \"upper\"".into();
        let csv = districts_csv(&scenario, &Summary::of(&scenario, &plan).unwrap());
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[0].starts_with("district,name,name_uk,people,people_off_now,people_off_max,people_off_mean,"));
        assert!(lines[1].starts_with("w,\"West, \"\"upper\"\"\",Західний,4000,2250,3500,2875,32,17,1,0,"), "{csv}");
        assert!(lines[3].starts_with(",outside all districts,поза районами,0,0,0,0,8,4,"), "{csv}");
        assert!(lines[4].starts_with(",total,разом,6050,4300,5500,4900,56,21,2,1,"), "{csv}");
        assert!(lines.iter().skip(2).all(|l| l.split(',').count() == 9 + 18), "{csv}");
    }

    #[test]
    fn hours_are_in_both_clocks() {
        let (scenario, mut plan) = sample::six_feeders();
        plan.deliveries[1].opened = vec![relight_model::BranchIdx(1), relight_model::BranchIdx(0)];
        plan.deliveries[1].darkened = vec![relight_model::BusIdx(2)];
        let csv = hours_csv(&scenario, &plan, &Summary::of(&scenario, &plan).unwrap());
        let rows: Vec<_> = csv.lines().collect();
        assert_eq!(rows.len(), 5);
        assert_eq!(rows[1], "2026-01-20T06:00:00Z,2026-01-20T08:00:00+02:00,56,21,4300,2,2,,");
        assert_eq!(rows[3], "2026-01-20T07:00:00Z,2026-01-20T09:00:00+02:00,84,17.9993,5500,2,2,2 1,3");
    }

    #[test]
    fn feeders_tell_their_steps_in_runs() {
        let (scenario, plan) = sample::six_feeders();
        let csv = feeders_csv(&scenario, &plan).unwrap();
        let rows: Vec<_> = csv.lines().collect();
        assert_eq!(rows.len(), 7);
        assert_eq!(rows[1], "W1,,w,homes,,2,1000,10,2*1 2*0.5");
        assert_eq!(rows[5], "E2,,e,hospital,,3,50,1,2*0 2*0.9995");
        assert_eq!(rows[6], "X1,,,industry,,1,0,8,4*0.5");
    }

    #[test]
    fn names_cannot_become_formulas_and_numbers_stay() {
        let (mut scenario, plan) = sample::six_feeders();
        let names = ["=1+1", "+380", "-cmd|' /C calc'!A0", "@SUM(A1)", " \t=HYPERLINK(\"http://x\",\"y\")", "-"];
        scenario.feeders.iter_mut().zip(names).for_each(|(f, name)| f.name = name.into());
        scenario.geography.districts[0].name = "=A1".into();
        let feeders = feeders_csv(&scenario, &plan).unwrap();
        for guarded in
            ["W1,'=1+1,w,", ",'+380,", ",'-cmd|' /C calc'!A0,", ",'@SUM(A1),", ",\"' \t=HYPERLINK(\"\"http", ",-,"]
        {
            assert!(feeders.contains(guarded), "{guarded} in {feeders}");
        }
        let districts = districts_csv(&scenario, &Summary::of(&scenario, &plan).unwrap());
        assert!(districts.contains("\nw,'=A1,Західний,4000,"), "{districts}");
        let mut csv = Csv::default();
        csv.number(-1.5, 1);
        assert_eq!(csv.text, "-1.5");
    }
}
