//! Equipment in words: what is out, and what limits the rest.

use crate::numbers;
use crate::text::{Both, Word, phrase};
use relight_model::outcome::{Delivery, Limit, LimitKind};
use relight_model::plan::Plan;
use relight_model::{Branch, BranchIdx, BranchKind, Bus, BusIdx, Generator, Scenario};
use std::collections::HashMap;

/// One piece of equipment for a list: its name and what to know about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) name: Both,
    pub(crate) detail: Option<Both>,
    /// What adds up where pieces are told together, MW.
    mw: Option<f64>,
    /// Sorts the list, largest first: MW or kV.
    weight: f64,
    row: u32,
}

/// A headed list of equipment, most important first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) head: Word,
    pub(crate) items: Vec<Item>,
    /// Pieces of equipment in the items: units of a plant are told in one.
    pub(crate) count: usize,
    /// Further equipment of the kind that is off only because of something else.
    pub(crate) also: usize,
}

impl Group {
    fn of(head: Word, mut items: Vec<Item>, also: usize) -> Self {
        sort(&mut items);
        Self { head, count: items.len(), items, also }
    }

    /// Pieces that differ only by their number become one item, "CHP-1: 3 of 4 units out"; `all` are the names of
    /// everything of the kind, so that the reader sees how much of it is left.
    fn told_together(mut self, all: impl Iterator<Item = String>, word: Word) -> Self {
        let mut of_stem: HashMap<String, usize> = HashMap::new();
        all.filter_map(|name| Some(stem(&name)?.to_string())).for_each(|stem| *of_stem.entry(stem).or_default() += 1);
        let mut groups: Vec<(Option<String>, Vec<Item>)> = Vec::new();
        let mut slot: HashMap<String, usize> = HashMap::new();
        for item in self.items {
            let stem = stem(&item.name.en).filter(|_| item.name.en == item.name.uk || word == Word::SectionsOf);
            match stem.map(str::to_string) {
                Some(stem) if slot.contains_key(&stem) => groups[slot[&stem]].1.push(item),
                Some(stem) => {
                    slot.insert(stem.clone(), groups.len());
                    groups.push((Some(stem), vec![item]));
                }
                None => groups.push((None, vec![item])),
            }
        }
        let told = |(stem_en, mut items): (Option<String>, Vec<Item>)| match stem_en {
            Some(stem_en) if items.len() > 1 => {
                let name = Both { uk: stem(&items[0].name.uk).unwrap_or(&stem_en).into(), en: stem_en };
                let number = |n: usize| Both::same(numbers::grouped(n as u64));
                let out = number(items.len());
                let all = number(of_stem.get(&name.en).copied().unwrap_or(0).max(items.len()));
                let slots = [("name", &name), ("out", &out), ("all", &all), ("n", &out)];
                let mw: Option<f64> = items.iter().map(|i| i.mw).sum();
                let lost = if word == Word::SectionsOf { Word::CutMw } else { Word::LostMw };
                let detail = mw.map(|mw| phrase(lost, &[("mw", &numbers::mw(mw))]));
                let first = items.swap_remove(0);
                vec![Item {
                    name: phrase(word, &slots),
                    detail: detail.or(first.detail),
                    mw,
                    weight: mw.unwrap_or(first.weight),
                    row: first.row,
                }]
            }
            _ => items,
        };
        self.items = groups.into_iter().flat_map(told).collect();
        sort(&mut self.items);
        self
    }
}

/// What a name says before the number of a unit, circuit or section: "CHP-1" of "CHP-1 unit 3"; none where nothing is left.
fn stem(name: &str) -> Option<&str> {
    let (head, number) = name.trim().rsplit_once(' ')?;
    let digits = number.trim_start_matches(['T', 'G', 'Т', 'Г', '№', '#']);
    let roman = number.chars().all(|c| matches!(c, 'I' | 'V' | 'X' | 'І'));
    let counted = digits.len() <= 3 && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if !(roman || counted) {
        return None;
    }
    let head = head.trim_end();
    let word = head.rsplit_once(' ').filter(|(_, last)| {
        ["unit", "block", "circuit", "section", "блок", "коло", "секція"].contains(&last.to_lowercase().as_str())
    });
    // "Station 3" is a name, "Station 3 T1" is a part of it: a bare number needs a word before it.
    let rest = match word {
        Some((rest, _)) => rest,
        None if digits.len() < number.len() || roman => head,
        None => return None,
    };
    let rest = rest.trim_end_matches([',', ' ', ':', '-', '–']);
    (!rest.is_empty()).then_some(rest)
}

/// What is out in the situation of a plan, beside what was out of service in the data before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outages {
    pub(crate) groups: Vec<Group>,
    pub(crate) branches_before: usize,
    pub(crate) generators_before: usize,
    /// Installed power of the sources that are left and of all that were in service, MW.
    pub(crate) sources_left_mw: f64,
    pub(crate) sources_mw: f64,
}

/// Name of a bus, or its id.
pub(crate) fn bus_name(bus: &Bus) -> Both {
    if bus.name.trim().is_empty() {
        phrase(Word::BusId, &[("id", &Both::same(bus.id.to_string()))])
    } else {
        Both::same(bus.name.trim())
    }
}

fn generator_name(scenario: &Scenario, generator: &Generator) -> Both {
    if !generator.name.trim().is_empty() {
        return Both::same(generator.name.trim());
    }
    let bus = bus_name(&scenario.network.buses[generator.bus.i()]);
    phrase(Word::GeneratorAt, &[("row", &Both::same(generator.row.to_string())), ("bus", &bus)])
}

fn branch_name(scenario: &Scenario, branch: &Branch) -> Both {
    if branch.name.trim().is_empty() { ends(scenario, branch.from, branch.to) } else { Both::same(branch.name.trim()) }
}

fn ends(scenario: &Scenario, from: BusIdx, to: BusIdx) -> Both {
    // Ends of HVDC lines are not among what `fit` checks: an end beyond the table has no name.
    let end = |bus: BusIdx| scenario.network.buses.get(bus.i()).map(bus_name).unwrap_or_default();
    phrase(Word::Between, &[("from", &end(from)), ("to", &end(to))])
}

/// The voltage of what has a name, unless the name says it: "Station 1 transformer 330/110 kV".
fn kilovolts(value: f64, name: &str) -> Option<Both> {
    let kv = numbers::mw(value);
    let said = name.split(|c: char| !c.is_ascii_digit() && c != '.').any(|number| number == kv.en);
    (value > 0.0 && !said).then(|| phrase(Word::AtVoltage, &[("kv", &kv)]))
}

/// Lists what is out, by kind.
pub(crate) fn outages(scenario: &Scenario, plan: &Plan) -> Outages {
    let network = &scenario.network;
    let situation = &plan.situation;
    let bus_out = |bus: BusIdx| situation.bus_out[bus.i()];
    let mut groups = vec![generators_out(scenario, plan), buses_out(scenario, plan)];
    for (kind, head) in [(BranchKind::Transformer, Word::TransformersOut), (BranchKind::Line, Word::LinesOut)] {
        let of_kind = || network.branches.iter().enumerate().filter(move |(_, b)| b.kind == kind && b.in_service);
        let items = of_kind().filter(|(i, _)| situation.branch_out[*i]).map(|(_, b)| branch_item(scenario, b));
        let with_bus =
            of_kind().filter(|(i, b)| !situation.branch_out[*i] && (bus_out(b.from) || bus_out(b.to))).count();
        let all = of_kind().map(|(_, b)| branch_name(scenario, b).en);
        groups.push(Group::of(head, items.collect(), with_bus).told_together(all, Word::PartsOut));
    }
    groups.retain(|g| !g.items.is_empty() || g.also > 0);
    let in_service = || network.generators.iter().enumerate().filter(|(_, g)| g.in_service && g.p_mw_max > 0.0);
    let left = in_service().filter(|(i, g)| !situation.generator_out[*i] && !bus_out(g.bus));
    Outages {
        groups,
        branches_before: network.branches.iter().filter(|b| !b.in_service).count(),
        generators_before: network.generators.iter().filter(|g| !g.in_service).count(),
        sources_left_mw: left.map(|(_, g)| g.p_mw_max).sum(),
        sources_mw: in_service().map(|(_, g)| g.p_mw_max).sum(),
    }
}

fn generators_out(scenario: &Scenario, plan: &Plan) -> Group {
    let situation = &plan.situation;
    let in_service = || scenario.network.generators.iter().enumerate().filter(|(_, g)| g.in_service);
    let out = in_service().filter(|(i, _)| situation.generator_out[*i]);
    let also = in_service().filter(|(i, g)| !situation.generator_out[*i] && situation.bus_out[g.bus.i()]).count();
    let items = out.map(|(_, g)| Item {
        name: generator_name(scenario, g),
        detail: Some(phrase(Word::LostMw, &[("mw", &numbers::mw(g.p_mw_max.max(0.0)))])),
        mw: Some(g.p_mw_max.max(0.0)),
        weight: g.p_mw_max,
        row: g.row,
    });
    let all = in_service().map(|(_, g)| generator_name(scenario, g).en);
    Group::of(Word::GeneratorsOut, items.collect(), also).told_together(all, Word::UnitsOut)
}

fn buses_out(scenario: &Scenario, plan: &Plan) -> Group {
    let out = scenario.network.buses.iter().zip(&plan.situation.bus_out).filter(|(_, out)| **out);
    Group::of(Word::BusesOut, out.map(|(bus, _)| bus_item(bus)).collect(), 0)
}

fn bus_item(bus: &Bus) -> Item {
    let detail = kilovolts(bus.base_kv, &bus.name);
    Item { detail, mw: None, name: bus_name(bus), weight: bus.base_kv, row: bus.row }
}

fn branch_item(scenario: &Scenario, branch: &Branch) -> Item {
    let kv = |bus: BusIdx| scenario.network.buses[bus.i()].base_kv;
    let high = kv(branch.from).max(kv(branch.to));
    let name = branch_name(scenario, branch);
    Item { detail: kilovolts(high, &name.en), name, mw: None, weight: high, row: branch.row }
}

fn sort(items: &mut [Item]) {
    items.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.row.cmp(&b.row)));
}

/// Lists what limits supply, by kind, those that cost most first.
pub(crate) fn limits(scenario: &Scenario, limits: &[Limit]) -> Vec<Group> {
    let kinds = [
        (LimitKind::BusOut, Word::KindBusOut),
        (LimitKind::IslandDark, Word::KindDark),
        (LimitKind::GeneratorFull, Word::KindGenerator),
        (LimitKind::BranchFull, Word::KindBranch),
        (LimitKind::AngleFull, Word::KindAngle),
        (LimitKind::HvdcFull, Word::KindHvdc),
    ];
    let mut groups = Vec::new();
    for (kind, head) in kinds {
        let items = limits.iter().filter(|l| l.kind == kind).map(|l| limit_item(scenario, l));
        let group = Group::of(head, items.collect(), 0);
        // The two busbar sections of a dark substation are one thing to the reader.
        groups.push(if kind == LimitKind::IslandDark {
            group.told_together(std::iter::empty(), Word::SectionsOf)
        } else {
            group
        });
    }
    groups.retain(|g| !g.items.is_empty());
    groups
}

/// What the plan switches off or leaves dark because no voltages hold otherwise, and in how many steps.
pub(crate) fn opened(scenario: &Scenario, plan: &Plan) -> Vec<Group> {
    let network = &scenario.network;
    let steps = |chosen: &dyn Fn(&Delivery) -> bool| {
        let n = (0..plan.delivery_of_step.len()).filter(|&k| chosen(plan.delivery(k))).count();
        let [n, m] = [n, plan.delivery_of_step.len()].map(|n| Both::same(numbers::grouped(n as u64)));
        Some(phrase(Word::InSteps, &[("n", &n), ("m", &m)]))
    };
    let mut branches: Vec<BranchIdx> = plan.deliveries.iter().flat_map(|d| d.opened.iter().copied()).collect();
    let mut buses: Vec<BusIdx> = plan.deliveries.iter().flat_map(|d| d.darkened.iter().copied()).collect();
    branches.sort();
    branches.dedup();
    buses.sort();
    buses.dedup();
    // Positions are not among what `fit` checks: one beyond the table has no name.
    let branches = branches.into_iter().filter_map(|b| Some((b, network.branches.get(b.i())?)));
    let branches = branches
        .map(|(b, branch)| Item { detail: steps(&|d| d.opened.contains(&b)), ..branch_item(scenario, branch) })
        .collect();
    let buses = buses.into_iter().filter_map(|b| Some((b, network.buses.get(b.i())?)));
    let buses = buses.map(|(b, bus)| Item { detail: steps(&|d| d.darkened.contains(&b)), ..bus_item(bus) }).collect();
    let mut groups = vec![Group::of(Word::KindOpened, branches, 0), Group::of(Word::KindDarkened, buses, 0)];
    groups.retain(|g| !g.items.is_empty());
    groups
}

fn limit_item(scenario: &Scenario, limit: &Limit) -> Item {
    let network = &scenario.network;
    let position = (limit.row as usize).checked_sub(1);
    let given = (!limit.name.trim().is_empty()).then(|| Both::same(limit.name.trim()));
    let row = || Both::same(limit.row.to_string());
    let name = match limit.kind {
        LimitKind::BranchFull | LimitKind::AngleFull => {
            let branch = position.and_then(|i| network.branches.get(i));
            given.or_else(|| branch.map(|b| branch_name(scenario, b))).unwrap_or_else(row)
        }
        LimitKind::GeneratorFull => {
            let generator = position.and_then(|i| network.generators.get(i));
            given.or_else(|| generator.map(|g| generator_name(scenario, g))).unwrap_or_else(row)
        }
        LimitKind::HvdcFull => {
            let line = position.and_then(|i| network.hvdc_lines.get(i));
            given.or_else(|| line.map(|l| ends(scenario, l.from, l.to))).unwrap_or_else(row)
        }
        LimitKind::IslandDark | LimitKind::BusOut => {
            let bus = position.and_then(|i| network.buses.get(i));
            let name = given.or_else(|| bus.map(bus_name)).unwrap_or_else(row);
            if limit.kind == LimitKind::IslandDark { phrase(Word::DarkAt, &[("bus", &name)]) } else { name }
        }
    };
    let word = if limit.kind == LimitKind::BranchFull { Word::CarriesMva } else { Word::CarriesMw };
    let carries = || phrase(word, &[("at", &numbers::mw(limit.at_mw)), ("limit", &numbers::mw(limit.limit_mw))]);
    let detail = match (limit.kind, limit.lost_mw) {
        (LimitKind::IslandDark | LimitKind::BusOut, None) => None,
        (_, Some(lost)) => Some(phrase(Word::CutMw, &[("mw", &numbers::mw(lost))])),
        // An angle limit has no limit in MW.
        (LimitKind::AngleFull, None) => Some(phrase(Word::LostMw, &[("mw", &numbers::mw(limit.at_mw))])),
        (_, None) => Some(carries()),
    };
    Item { name, detail, mw: limit.lost_mw, weight: limit.lost_mw.unwrap_or(limit.at_mw), row: limit.row }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn what_is_out_has_a_name_and_a_size() {
        let (scenario, plan) = sample::six_feeders();
        let out = outages(&scenario, &plan);
        let shown: Vec<_> = out.groups.iter().map(|g| (g.head, g.items[0].name.en.as_str())).collect();
        assert_eq!(shown, [(Word::GeneratorsOut, "CHP-1"), (Word::LinesOut, "Source – East")]);
        assert_eq!(out.groups[0].items[0].detail.as_ref().unwrap().uk, "40 МВт");
        assert_eq!((out.sources_left_mw, out.sources_mw), (60.0, 100.0));
    }

    #[test]
    fn what_hangs_on_a_lost_busbar_is_counted_but_not_listed_as_damage() {
        let (scenario, mut plan) = sample::six_feeders();
        plan.situation = relight_model::Situation::intact(&scenario.network);
        plan.situation.bus_out[2] = true;
        let out = outages(&scenario, &plan);
        let shown: Vec<_> = out.groups.iter().map(|g| (g.head, g.items.len(), g.also)).collect();
        assert_eq!(shown, [(Word::GeneratorsOut, 0, 1), (Word::BusesOut, 1, 0), (Word::LinesOut, 0, 1)]);
        assert_eq!(out.groups[1].items[0].detail, None, "the name says 10 kV already");
        assert_eq!(out.sources_left_mw, 60.0);
    }

    #[test]
    fn units_of_a_plant_are_told_together() {
        let (mut scenario, plan) = sample::six_feeders();
        let network = &mut scenario.network;
        network.generators = (1..=4).map(|k| sample::generator(k, &format!("CHP-1 unit {k}"), 1, 25.0)).collect();
        network.generators.push(sample::generator(5, "CHP-2", 1, 30.0));
        let mut situation = relight_model::Situation::intact(network);
        [0, 2, 3, 4].into_iter().for_each(|k| situation.generator_out[k] = true);
        let out = outages(&scenario, &Plan { situation, ..plan });
        let told: Vec<_> =
            out.groups[0].items.iter().map(|i| (i.name.en.as_str(), i.detail.as_ref().unwrap().en.as_str())).collect();
        assert_eq!(told, [("CHP-1: 3 of 4 units out", "75 MW"), ("CHP-2", "30 MW")]);
        assert_eq!(out.groups[0].items[0].name.uk, "CHP-1: не працюють блоки — 3 з 4");
        assert_eq!(out.groups[0].count, 4, "the heading counts units");
    }

    #[test]
    fn only_numbers_of_parts_are_taken_off_a_name() {
        let names =
            ["CHP-1 unit 3", "Line 330 kV A - B, circuit 2", "Station 1 transformer 330/110 kV T2", "Mill 2 10 kV II"];
        assert_eq!(
            names.map(stem),
            [Some("CHP-1"), Some("Line 330 kV A - B"), Some("Station 1 transformer 330/110 kV"), Some("Mill 2 10 kV")]
        );
        assert_eq!(["Station 3", "CHP-1", "unit 3", "", "T1", "Bus 1234"].map(stem), [None; 6]);
    }

    #[test]
    fn elements_without_a_name_are_called_by_their_ends_and_ids() {
        let (mut scenario, _) = sample::six_feeders();
        scenario.network.branches[0].name.clear();
        scenario.network.generators[0].name.clear();
        scenario.network.buses[2].name.clear();
        let mut given = sample::six_limits();
        given.iter_mut().for_each(|l| l.name.clear());
        given.push(Limit { row: 77, ..given[0].clone() });
        let groups = limits(&scenario, &given);
        let names: Vec<_> = groups.iter().flat_map(|g| &g.items).map(|i| i.name.en.as_str()).collect();
        assert_eq!(names, ["around bus 3", "source 1 at Source", "Source – West 10 kV", "77"]);
        let details: Vec<_> = groups.iter().map(|g| g.items[0].detail.as_ref().unwrap().en.as_str()).collect();
        assert_eq!(details, ["16 MW cut", "60 of 60 MW", "21 of 21 MVA"]);
    }
}
