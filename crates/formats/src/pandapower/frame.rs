//! A table of pandapower or pandapipes: a pandas data frame as JSON, most often as JSON inside a JSON text, in "split" orientation.

use relight_model::{Finding, Findings};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// Most rows of one table.
const ROWS_MAX: usize = 5_000_000;
/// Most cells of a table of objects, whose rows may each name columns of their own.
const CELLS_MAX: usize = 50_000_000;

/// A table: columns by name, rows in file order, each with its pandas index.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub name: String,
    columns: HashMap<String, usize>,
    pub index: Vec<i64>,
    data: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Split {
    columns: Vec<Value>,
    index: Vec<Value>,
    data: Vec<Vec<Value>>,
}

impl Frame {
    /// Reads one entry of the net. `None` if it is no table; what is a table but broken is an error.
    pub fn parse(name: &str, entry: &Value, findings: &mut Findings) -> Option<Self> {
        let object = entry.as_object()?;
        if object.get("_class").and_then(Value::as_str) != Some("DataFrame") {
            return None;
        }
        let parsed = match object.get("_object") {
            Some(Value::String(text)) => serde_json::from_str::<Split>(text).map_err(|e| e.to_string()),
            Some(other) => Split::deserialize(other).map_err(|e| e.to_string()),
            None => Err("it has no _object".to_owned()),
        };
        let broken = |what: String| {
            Finding::error("broken-table", what)
                .at(name, 0)
                .allowed("columns, index and data of equal lengths (pandas \"split\")")
                .hint("save the net again with pandapower.to_json")
        };
        let split = match parsed {
            Ok(split) => split,
            Err(e) => {
                findings.push(broken(format!("the table cannot be read: {e}")));
                return None;
            }
        };
        let width = split.columns.len();
        if split.index.len() != split.data.len() || split.data.iter().any(|row| row.len() != width) {
            findings.push(broken("the table's parts do not fit each other".to_owned()));
            return None;
        }
        if split.data.len() > ROWS_MAX {
            findings.push(broken("the table is too long".to_owned()).allowed(format!("at most {ROWS_MAX} rows")));
            return None;
        }
        let Some(index) = split.index.iter().map(Value::as_i64).collect::<Option<Vec<i64>>>() else {
            // Tables of results or of user data may be indexed by text; elements never are.
            if !split.columns.iter().any(|c| c == "in_service") {
                return None;
            }
            findings.push(broken("the index of the table is not made of whole numbers".to_owned()));
            return None;
        };
        let columns = split.columns.iter().enumerate().filter_map(|(k, c)| c.as_str().map(|c| (c.to_owned(), k)));
        Some(Self { name: name.to_owned(), columns: columns.collect(), index, data: split.data })
    }

    /// A table of objects, one per row, each with its index under `id`. A row that is no object, or has no id, is an error.
    pub fn from_records(name: &str, records: &[Value], findings: &mut Findings) -> Self {
        let mut frame = Self { name: name.to_owned(), ..Self::default() };
        for record in records.iter().take(ROWS_MAX).filter_map(Value::as_object) {
            for key in record.keys() {
                let next = frame.columns.len();
                frame.columns.entry(key.clone()).or_insert(next);
            }
        }
        if records.len() > ROWS_MAX || records.len().saturating_mul(frame.columns.len()) > CELLS_MAX {
            let finding = Finding::error("broken-table", "the table is too large").at(name, 0);
            findings.push(finding.allowed(format!("at most {ROWS_MAX} rows and {CELLS_MAX} cells")));
            return frame;
        }
        for (row, record) in records.iter().enumerate() {
            let Some(id) = record.get("id").and_then(Value::as_i64) else {
                let finding = Finding::error("bad-row", "a row must be an object with a whole number as its id");
                findings.push(finding.at(name, row as u32 + 1).field("id", "").hint("export the file again"));
                continue;
            };
            let mut cells = vec![Value::Null; frame.columns.len()];
            for (key, value) in record.as_object().into_iter().flatten() {
                cells[frame.columns[key]] = value.clone();
            }
            frame.index.push(id);
            frame.data.push(cells);
        }
        frame
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether the table has the column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }

    /// All rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map(move |k| Row { frame: self, k })
    }

    /// Rows that are in service; all rows of a table that does not say.
    pub fn in_service(&self) -> usize {
        let said = self.columns.get("in_service");
        self.data.iter().filter(|row| said.is_none_or(|&c| row[c] != Value::Bool(false))).count()
    }
}

/// One row of a table.
#[derive(Clone, Copy)]
pub(crate) struct Row<'f> {
    frame: &'f Frame,
    /// Position, from 0.
    pub k: usize,
}

impl<'f> Row<'f> {
    /// The pandas index.
    pub fn index(self) -> i64 {
        self.frame.index[self.k]
    }

    /// Name in the file, or table and index.
    pub fn label(self) -> String {
        match self.text("name") {
            "" => format!("{} {}", self.frame.name, self.index()),
            name => name.to_owned(),
        }
    }

    /// Whether the table has the column.
    pub fn has(self, column: &str) -> bool {
        self.frame.has(column)
    }

    fn cell(self, column: &str) -> Option<&'f Value> {
        let &c = self.frame.columns.get(column)?;
        Some(&self.frame.data[self.k][c]).filter(|v| !v.is_null())
    }

    /// A text; empty if there is none.
    pub fn text(self, column: &str) -> &'f str {
        self.cell(column).and_then(Value::as_str).unwrap_or("")
    }

    /// A text or number as text; empty if there is none.
    pub fn shown(self, column: &str) -> String {
        match self.cell(column) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// A number, if there is one. (pandas writes NaN and infinity as null.)
    pub fn given(self, column: &str, findings: &mut Findings) -> Option<f64> {
        let value = self.cell(column)?;
        let number = match value {
            Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
            other => other.as_f64(),
        };
        if number.is_none() {
            self.fault(findings, "not-a-number", column, "this is no number", "a number");
        }
        number
    }

    /// A number, or the default where there is none.
    pub fn number_or(self, column: &str, default: f64, findings: &mut Findings) -> f64 {
        self.given(column, findings).unwrap_or(default)
    }

    /// A number that the element is meaningless without; 0 beside an error where there is none.
    pub fn number(self, column: &str, findings: &mut Findings) -> f64 {
        if self.cell(column).is_none() {
            if self.frame.has(column) {
                self.fault(findings, "empty-cell", column, "the value is missing", "a number");
            } else {
                self.fault(findings, "missing-column", column, "the column is missing", "a column of numbers");
            }
            return 0.0;
        }
        self.number_or(column, 0.0, findings)
    }

    /// A number above 0; 1 beside an error otherwise.
    pub fn positive(self, column: &str, findings: &mut Findings) -> f64 {
        let errors = findings.errors();
        let value = self.number(column, findings);
        if value > 0.0 {
            return value;
        }
        if findings.errors() == errors {
            self.fault(findings, "out-of-range", column, "out of range", "above 0");
        }
        1.0
    }

    /// A flag, or the default where there is none.
    pub fn flag(self, column: &str, default: bool, findings: &mut Findings) -> bool {
        match self.cell(column) {
            None => default,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => match other.as_f64() {
                Some(number) => number != 0.0,
                None => {
                    self.fault(findings, "not-a-flag", column, "this is neither true nor false", "true, false");
                    default
                }
            },
        }
    }

    /// A whole number such as an index of another table.
    pub fn whole(self, column: &str, findings: &mut Findings) -> Option<i64> {
        let value = self.number(column, findings);
        let whole = value as i64;
        if whole as f64 == value {
            return Some(whole);
        }
        self.fault(findings, "not-whole", column, "this is no whole number", "the index of a row");
        None
    }

    /// Pushes an error that names the cell.
    pub fn fault(self, findings: &mut Findings, code: &'static str, column: &str, what: &str, allowed: &str) {
        findings.push(
            Finding::error(code, format!("{what} (index {})", self.index()))
                .at(&self.frame.name, self.k as u32 + 1)
                .field(column, self.shown(column))
                .allowed(allowed)
                .hint("correct it where the net was made and save it again"),
        );
    }

    /// Pushes a note or warning that names the row.
    pub fn remark(self, findings: &mut Findings, finding: Finding, column: &str) {
        findings.push(finding.at(&self.frame.name, self.k as u32 + 1).field(column, self.shown(column)));
    }
}
