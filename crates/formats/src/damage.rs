//! Damage lists: `{"branches":[row],"gens":[row],"buses":[id]}`, all keys optional.

use crate::{Reading, source};
use relight_model::{BusId, Damage, Finding, Findings};
use serde_json::Value;

/// Longest list: longer than any table that is planned.
const ENTRIES_MAX: usize = 20_000_000;

/// Reads a damage list. Rows are 1-based rows of the case file's tables, buses are ids.
///
/// Findings: `not-text`, `bad-json`, `not-an-object`, `unknown-key`, `not-a-list`, `not-an-integer`, `out-of-range`,
/// `too-large`; all of them errors. Whether the rows exist is judged against a network by
/// [`relight_model::Situation::damaged`].
pub fn read(bytes: &[u8]) -> Reading<Damage> {
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

fn parse(text: &str, findings: &mut Findings) -> Damage {
    let mut damage = Damage::default();
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(e) => {
            let line = u32::try_from(e.line()).unwrap_or(u32::MAX);
            findings.push(
                Finding::error("bad-json", format!("this is no JSON: {e}"))
                    .at("", line)
                    .hint("a damage list looks like {\"branches\":[3],\"gens\":[],\"buses\":[101]}"),
            );
            return damage;
        }
    };
    let Value::Object(keys) = value else {
        findings.push(
            Finding::error("not-an-object", "a damage list is an object")
                .allowed("branches, gens, buses")
                .hint("a damage list looks like {\"branches\":[3],\"gens\":[],\"buses\":[101]}"),
        );
        return damage;
    };
    for (key, value) in keys {
        match key.as_str() {
            "branches" => damage.branches = integers("branches", &value, findings),
            "gens" => damage.generators = integers("gens", &value, findings),
            "buses" => damage.buses = integers("buses", &value, findings).into_iter().map(BusId).collect(),
            _ => findings.push(
                Finding::error("unknown-key", "a damage list has no such key")
                    .field("key", &key)
                    .allowed("branches, gens, buses")
                    .hint("check the spelling"),
            ),
        }
    }
    damage
}

fn integers(key: &str, value: &Value, findings: &mut Findings) -> Vec<u32> {
    let Value::Array(items) = value else {
        findings.push(
            Finding::error("not-a-list", format!("{key} is no list"))
                .field(key, value)
                .allowed("a list of whole numbers")
                .hint("write [ ] around it"),
        );
        return Vec::new();
    };
    if items.len() > ENTRIES_MAX {
        findings.push(
            Finding::error("too-large", format!("{key} holds more entries than any table")).field(key, items.len()),
        );
        return Vec::new();
    }
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

/// Writes a damage list; [`read`] returns the same.
pub fn write(damage: &Damage) -> String {
    let list = |items: &mut dyn Iterator<Item = u32>| items.map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    format!(
        "{{\"branches\":[{}],\"gens\":[{}],\"buses\":[{}]}}\n",
        list(&mut damage.branches.iter().copied()),
        list(&mut damage.generators.iter().copied()),
        list(&mut damage.buses.iter().map(|b| b.0)),
    )
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
    }

    #[test]
    fn all_keys_are_optional() {
        assert_eq!(read(b"{}").0, Some(Damage::default()));
        let damage = read(br#"{"gens":[2,1]}"#).0.unwrap();
        assert_eq!(damage.generators, [2, 1]);
    }

    proptest! {
        #[test]
        fn written_and_read_again_is_the_same(
            branches in proptest::collection::vec(1u32.., 0..20),
            generators in proptest::collection::vec(1u32.., 0..20),
            buses in proptest::collection::vec(1u32.., 0..20),
        ) {
            let damage = Damage { branches, generators, buses: buses.into_iter().map(BusId).collect() };
            prop_assert_eq!(read(write(&damage).as_bytes()).0, Some(damage));
        }
    }
}
