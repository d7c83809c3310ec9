//! Batches of updates: for each scenario, new values of some attributes.

use super::document::{self, Tables, row_number};
use crate::Reading;
use relight_model::{Finding, Findings};
use serde_json::Value;
use std::collections::HashMap;

/// Most scenarios of a batch.
const SCENARIOS_MAX: usize = 1_000_000;

/// The changes of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    tables: Tables,
}

pub(super) fn read(bytes: &[u8]) -> Reading<Vec<Update>> {
    let mut findings = Findings::default();
    let Some(mut document) = document::parse(bytes, "update", &mut findings) else { return (None, findings) };
    let scenarios = match document.data.take() {
        Value::Array(scenarios) => scenarios,
        // A single update is a batch of one.
        single => vec![single],
    };
    if scenarios.len() > SCENARIOS_MAX {
        findings.push(
            Finding::error("too-large", "the batch has more scenarios than are read")
                .field("scenarios", scenarios.len())
                .allowed(format!("at most {SCENARIOS_MAX}")),
        );
        return (None, findings);
    }
    let updates = scenarios.into_iter().map(|data| Update { tables: document.tables(data, &mut findings) }).collect();
    if findings.has_errors() { (None, findings) } else { (Some(updates), findings) }
}

impl Update {
    /// Overwrites attributes by id; a row without id changes the component's row of the same position.
    pub(super) fn apply(&self, tables: &mut Tables, findings: &mut Findings) {
        for (component, changes) in &self.tables {
            let rows = tables.get_mut(component).map_or(&mut [][..], Vec::as_mut_slice);
            let by_id: HashMap<i64, usize> =
                rows.iter().enumerate().filter_map(|(i, row)| Some((row.get("id")?.as_i64()?, i))).collect();
            for (i, change) in changes.iter().enumerate() {
                let place = match change.get("id").filter(|id| !id.is_null()) {
                    Some(id) => id.as_i64().and_then(|id| by_id.get(&id).copied()),
                    None => (changes.len() == rows.len()).then_some(i),
                };
                let Some(row) = place.and_then(|place| rows.get_mut(place)) else {
                    findings.push(
                        Finding::error("unknown-id", format!("the update changes a {component} that the grid lacks"))
                            .at(component.clone(), row_number(i))
                            .field("id", change.get("id").unwrap_or(&Value::Null))
                            .allowed("an id of the input, or one row without id for each of the component's rows")
                            .hint("check that the update belongs to this input"),
                    );
                    continue;
                };
                for (attribute, value) in change.iter().filter(|(_, value)| !value.is_null()) {
                    row.insert(attribute.clone(), value.clone());
                }
            }
        }
    }
}
