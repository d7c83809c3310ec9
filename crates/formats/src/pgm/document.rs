//! The JSON of power-grid-model: components as objects, or as rows of a list whose attributes are named once.

use crate::source;
use relight_model::{Finding, Findings};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Largest JSON text, bytes: as parsed values it takes some sixteen times as much memory.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Rows of each component type, attribute by attribute.
pub(super) type Tables = BTreeMap<String, Vec<Map<String, Value>>>;

/// Whether the bytes look like this format: the word `is_batch`, which other network files in JSON do not have.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
    has(b"\"is_batch\"") && !has(b"\"_module\"")
}

/// The `data` of a document, and the names of attributes of rows in list form.
pub(super) struct Document {
    pub data: Value,
    attributes: BTreeMap<String, Vec<String>>,
}

/// Parses the frame of a document; `kind` is `input` or `update`.
pub(super) fn parse(bytes: &[u8], kind: &str, findings: &mut Findings) -> Option<Document> {
    let mut fail = |finding: Finding| {
        findings.push(finding);
        None
    };
    if bytes.len() > BYTES_MAX {
        return fail(
            Finding::error("file-too-large", "the file is larger than any known case")
                .field("size_bytes", bytes.len())
                .allowed(format!("at most {BYTES_MAX} bytes")),
        );
    }
    let text = match source::as_text(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(finding) => return fail(finding),
    };
    let mut document: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(document)) => document,
        Ok(_) => return fail(not_this_format("the file is no object")),
        Err(e) => {
            let line = u32::try_from(e.line()).unwrap_or(u32::MAX);
            let finding = Finding::error("bad-json", format!("this is no JSON: {e}")).at("", line);
            return fail(finding.hint("the file is cut off or was edited: export it again"));
        }
    };
    match document.get("type").and_then(Value::as_str) {
        Some(found) if found == kind => {}
        found => {
            let finding = not_this_format("the file holds another kind of data set");
            return fail(finding.field("type", found.unwrap_or("")).allowed(kind));
        }
    }
    let Some(data) = document.remove("data") else { return fail(not_this_format("the file has no data")) };
    let mut attributes = BTreeMap::new();
    if let Some(Value::Object(lists)) = document.remove("attributes") {
        for (component, list) in lists {
            match serde_json::from_value::<Vec<String>>(list) {
                Ok(list) => drop(attributes.insert(component, list)),
                Err(_) => {
                    let finding = Finding::error("bad-attributes", "attributes are no list of names").at(component, 0);
                    return fail(finding.hint("name the attributes of list rows in their order"));
                }
            }
        }
    }
    Some(Document { data, attributes })
}

fn not_this_format(message: &str) -> Finding {
    Finding::error("not-power-grid-model", message).hint("export the grid with power-grid-model's own serializer")
}

impl Document {
    /// Rows of one data set: the whole of an input, or one scenario of an update.
    pub fn tables(&self, data: Value, findings: &mut Findings) -> Tables {
        let mut tables = Tables::new();
        let Value::Object(components) = data else {
            findings.push(not_this_format("data is no object of components"));
            return tables;
        };
        for (component, rows) in components {
            let Value::Array(rows) = rows else {
                findings.push(
                    Finding::error("not-a-list", "the component is no list of rows")
                        .at(component.clone(), 0)
                        .field(component.clone(), &rows)
                        .hint("write [ ] around it"),
                );
                continue;
            };
            let rows = rows.into_iter().enumerate();
            let table = rows.filter_map(|(i, row)| self.row(&component, i, row, findings)).collect();
            tables.insert(component, table);
        }
        tables
    }

    fn row(&self, component: &str, i: usize, row: Value, findings: &mut Findings) -> Option<Map<String, Value>> {
        let number = row_number(i);
        match row {
            Value::Object(row) => Some(row),
            Value::Array(values) => {
                let names = self.attributes.get(component).map_or(&[][..], Vec::as_slice);
                if names.len() != values.len() {
                    findings.push(
                        Finding::error("unequal-lengths", "the row does not have one value an attribute")
                            .at(component, number)
                            .field("values", values.len())
                            .allowed(format!("{}, as named in attributes", names.len()))
                            .hint("complete the row or the list of attributes"),
                    );
                    return None;
                }
                Some(names.iter().cloned().zip(values).collect())
            }
            other => {
                findings.push(
                    Finding::error("bad-row", "a row is an object or a list")
                        .at(component, number)
                        .field(component, other)
                        .hint("see the format's description of data sets"),
                );
                None
            }
        }
    }
}

pub(super) fn row_number(i: usize) -> u32 {
    u32::try_from(i + 1).unwrap_or(u32::MAX)
}

/// One number of a row, or the sum of its phases. `None` where it is absent or null.
///
/// # Errors
/// The value, where it is no number.
pub(super) fn number(value: Option<&Value>) -> Result<Option<f64>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(n)) => n.as_f64().map(Some).ok_or_else(|| n.to_string()),
        Some(Value::Array(phases)) if phases.len() == 3 => {
            let mut sum = 0.0;
            for phase in phases {
                match phase {
                    Value::Null => return Ok(None),
                    Value::Number(n) => sum += n.as_f64().ok_or_else(|| n.to_string())?,
                    other => return Err(other.to_string()),
                }
            }
            Ok(Some(sum))
        }
        Some(Value::String(word)) => match word.as_str() {
            "nan" => Ok(None),
            "inf" | "+inf" => Ok(Some(f64::INFINITY)),
            "-inf" => Ok(Some(f64::NEG_INFINITY)),
            _ => Err(word.clone()),
        },
        Some(other) => Err(other.to_string()),
    }
}
