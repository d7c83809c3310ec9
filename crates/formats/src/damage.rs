//! Damage lists: `{"branches":[row],"gens":[row],"buses":[id]}`, all keys optional; in a scenario also `"heat_pipes"`,
//! `"heat_pumps"` and `"heat_sources"`, lists of ids.

use crate::{Reading, source};
use relight_model::{BusId, Damage, Finding, Findings, HeatDamage};
use serde_json::Value;

/// Longest list: longer than any table that is planned.
const ENTRIES_MAX: usize = 20_000_000;

/// Keys of the heat network's elements, and the tables that their ids stand in.
pub(crate) const HEAT_KEYS: [(&str, &str); 3] =
    [("heat_pipes", "pipes"), ("heat_pumps", "pumps"), ("heat_sources", "sources")];
const ALLOWED: &str = "branches, gens, buses, heat_pipes, heat_pumps, heat_sources";
const LOOKS_LIKE: &str = "a damage list looks like {\"branches\":[3],\"gens\":[],\"buses\":[101]}";
/// Longest id, bytes: that of a cell of a table.
const ID_BYTES_MAX: usize = 4096;

/// Reads the damage list of a case file. Rows are 1-based rows of the case file's tables, buses are ids. What the list says
/// about a heat network is noted (`not-used`): a case file has none.
///
/// Findings: those of [`read_all`].
pub fn read(bytes: &[u8]) -> Reading<Damage> {
    let (read, mut findings) = read_all(bytes);
    let damage = read.map(|(damage, heat)| {
        if heat != HeatDamage::default() {
            let what = "damage of a heat network is not used here";
            findings.push(Finding::note("not-used", what).allowed("branches, gens, buses"));
        }
        damage
    });
    (damage, findings)
}

/// Reads the damage list of a scenario: the grid's and the heat network's.
///
/// Findings: `not-text`, `bad-json`, `not-an-object`, `unknown-key`, `not-a-list`, `not-an-integer`, `not-an-id`,
/// `out-of-range`, `too-large`; all of them errors. Whether the elements exist is judged against the networks by
/// [`relight_model::Situation::damaged`] and [`relight_model::HeatSituation::damaged`].
pub fn read_all(bytes: &[u8]) -> Reading<(Damage, HeatDamage)> {
    let mut findings = Findings::default();
    let text = match source::as_text(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(finding) => {
            findings.push(finding);
            return (None, findings);
        }
    };
    let damage = parse(text, &mut findings);
    if findings.has_errors() { (None, findings) } else { (Some(damage), findings) }
}

fn parse(text: &str, findings: &mut Findings) -> (Damage, HeatDamage) {
    let (mut damage, mut heat) = (Damage::default(), HeatDamage::default());
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(e) => {
            let line = u32::try_from(e.line()).unwrap_or(u32::MAX);
            let finding = Finding::error("bad-json", format!("this is no JSON: {e}"));
            findings.push(finding.at("", line).hint(LOOKS_LIKE));
            return (damage, heat);
        }
    };
    let Value::Object(keys) = value else {
        let finding = Finding::error("not-an-object", "a damage list is an object");
        findings.push(finding.allowed(ALLOWED).hint(LOOKS_LIKE));
        return (damage, heat);
    };
    for (key, value) in keys {
        match key.as_str() {
            "branches" => damage.branches = integers("branches", &value, findings),
            "gens" => damage.generators = integers("gens", &value, findings),
            "buses" => damage.buses = integers("buses", &value, findings).into_iter().map(BusId).collect(),
            "heat_pipes" => heat.pipes = ids("heat_pipes", &value, findings),
            "heat_pumps" => heat.pumps = ids("heat_pumps", &value, findings),
            "heat_sources" => heat.sources = ids("heat_sources", &value, findings),
            _ => findings.push(
                Finding::error("unknown-key", "a damage list has no such key")
                    .field("key", &key)
                    .allowed(ALLOWED)
                    .hint("check the spelling"),
            ),
        }
    }
    (damage, heat)
}

/// The entries of a key, if they are a list of sensible length.
fn list<'v>(key: &str, value: &'v Value, of: &str, findings: &mut Findings) -> &'v [Value] {
    match value {
        Value::Array(items) if items.len() <= ENTRIES_MAX => items,
        Value::Array(items) => {
            let finding = Finding::error("too-large", format!("{key} holds more entries than any table"));
            findings.push(finding.field(key, items.len()));
            &[]
        }
        _ => {
            let finding = Finding::error("not-a-list", format!("{key} is no list"));
            findings.push(finding.field(key, value).allowed(of).hint("write [ ] around it"));
            &[]
        }
    }
}

fn ids(key: &str, value: &Value, findings: &mut Findings) -> Vec<String> {
    let mut ids = Vec::new();
    for (item, place) in list(key, value, "a list of ids", findings).iter().zip(1u32..) {
        match item.as_str() {
            Some(id) if !id.is_empty() && id.len() <= ID_BYTES_MAX => ids.push(id.to_owned()),
            _ => findings.push(
                Finding::error("not-an-id", format!("entry of {key} is no id"))
                    .at(key, place)
                    .field(key, item)
                    .allowed("ids of the heat network's tables, as text")
                    .hint("put the id into double quotes"),
            ),
        }
    }
    ids
}

fn integers(key: &str, value: &Value, findings: &mut Findings) -> Vec<u32> {
    let items = list(key, value, "a list of whole numbers", findings);
    let mut numbers = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let place = u32::try_from(i + 1).unwrap_or(u32::MAX);
        match item.as_u64().map(u32::try_from) {
            Some(Ok(number)) if number > 0 => numbers.push(number),
            Some(_) => findings.push(
                Finding::error("out-of-range", format!("entry of {key} is out of range"))
                    .at(key, place)
                    .field(key, item)
                    .allowed("1 to 4294967295")
                    .hint("rows are counted from 1"),
            ),
            None => findings.push(
                Finding::error("not-an-integer", format!("entry of {key} is no whole number"))
                    .at(key, place)
                    .field(key, item)
                    .allowed("whole numbers from 1")
                    .hint("give rows and bus ids without quotes or decimals"),
            ),
        }
    }
    numbers
}

/// Writes the damage list of a case file; [`read`] returns the same.
pub fn write(damage: &Damage) -> String {
    write_all(damage, &HeatDamage::default())
}

/// Writes the damage list of a scenario; [`read_all`] returns the same. Without damage of the heat network it is the list of
/// a case file.
pub fn write_all(damage: &Damage, heat: &HeatDamage) -> String {
    let numbers = |items: &mut dyn Iterator<Item = u32>| items.map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let mut text = format!(
        "{{\"branches\":[{}],\"gens\":[{}],\"buses\":[{}]",
        numbers(&mut damage.branches.iter().copied()),
        numbers(&mut damage.generators.iter().copied()),
        numbers(&mut damage.buses.iter().map(|b| b.0)),
    );
    if *heat != HeatDamage::default() {
        for ((key, _), ids) in HEAT_KEYS.iter().zip([&heat.pipes, &heat.pumps, &heat.sources]) {
            let ids: Vec<String> = ids.iter().map(|id| Value::from(id.as_str()).to_string()).collect();
            text += &format!(",\"{key}\":[{}]", ids.join(","));
        }
    }
    text + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, code: &str) {
        let (damage, findings) = read(text.as_bytes());
        assert_eq!(damage, None, "{text}");
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [code], "{text}");
    }

    #[test]
    fn every_fault_has_a_name() {
        check("{", "bad-json");
        check("", "bad-json");
        check(&"[".repeat(100_000), "bad-json");
        check("[1]", "not-an-object");
        check(r#"{"lines":[1]}"#, "unknown-key");
        check(r#"{"gens":7}"#, "not-a-list");
        check(r#"{"gens":[1.5]}"#, "not-an-integer");
        check(r#"{"buses":["7"]}"#, "not-an-integer");
        check(r#"{"buses":[-1]}"#, "not-an-integer");
        check(r#"{"branches":[0]}"#, "out-of-range");
        check(r#"{"branches":[5000000000]}"#, "out-of-range");
        check(r#"{"heat_pipes":"P1"}"#, "not-a-list");
        check(r#"{"heat_pumps":[7]}"#, "not-an-id");
        check(r#"{"heat_sources":[""]}"#, "not-an-id");
    }

    #[test]
    fn all_keys_are_optional() {
        assert_eq!(read(b"{}").0, Some(Damage::default()));
        let damage = read(br#"{"gens":[2,1]}"#).0.unwrap();
        assert_eq!(damage.generators, [2, 1]);
        // The list of a scenario tells a case file's reader what it does not use.
        let (damage, findings) = read(br#"{"gens":[2],"heat_pipes":["P 1"]}"#);
        assert_eq!(damage.unwrap().generators, [2]);
        assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["not-used"]);
    }

    proptest! {
        #[test]
        fn written_and_read_again_is_the_same(
            branches in proptest::collection::vec(1u32.., 0..20),
            generators in proptest::collection::vec(1u32.., 0..20),
            buses in proptest::collection::vec(1u32.., 0..20),
            pipes in proptest::collection::vec("[^\u{0}]{1,8}", 0..5),
            sources in proptest::collection::vec("\\PC{1,8}", 0..5),
        ) {
            let damage = Damage { branches, generators, buses: buses.into_iter().map(BusId).collect() };
            prop_assert_eq!(read(write(&damage).as_bytes()).0, Some(damage.clone()));
            let heat = HeatDamage { pipes, pumps: Vec::new(), sources };
            let (again, findings) = read_all(write_all(&damage, &heat).as_bytes());
            prop_assert!(findings.is_empty());
            prop_assert_eq!(again, Some((damage, heat)));
        }
    }
}
