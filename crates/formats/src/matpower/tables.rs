//! Tables in brackets: numbers `[ ... ]` and strings `{ ... }`.

use super::columns::{STRING_LISTS, TABLES, TableKind};
use super::cursor::Cursor;
use super::expression::Evaluator;
use super::number;
use relight_model::{Finding, Findings};
use std::collections::HashMap;

/// Most columns of a row.
pub(super) const COLUMNS_MAX: usize = 4_096;
/// Most cells of a table.
const CELLS_MAX: usize = 50_000_000;
/// Faulty cells or rows after which the rest of a table is skipped.
const FAULTS_MAX: usize = 20;
/// Longest string of a list, bytes.
const STRING_BYTES_MAX: usize = 1_000;

/// What the statements of a file have made so far.
pub(super) struct Case {
    /// Name of the structure, `mpc` unless the function line says otherwise.
    pub root: String,
    /// Name of the function.
    pub name: String,
    /// Whether a version was given.
    pub version: Option<String>,
    pub base_mva: Option<f64>,
    /// Variables that hold one number.
    pub scalars: HashMap<String, f64>,
    /// The tables of [`TABLES`].
    pub tables: [Option<Table>; TABLES.len()],
    /// The lists of [`STRING_LISTS`].
    pub strings: [Option<Vec<String>>; STRING_LISTS.len()],
}

/// A table of numbers, row by row.
#[derive(Default)]
pub(super) struct Table {
    pub rows: usize,
    pub cols: usize,
    pub data: Vec<f64>,
}

impl Table {
    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.cols..(row + 1) * self.cols]
    }
}

/// Whether a table's closing bracket was found; where not, a finding says so already.
pub(super) type Closed = bool;

/// Reads `[ ... ]` with the cursor behind the opening bracket; leaves it behind the closing one, or at the end of the text.
pub(super) fn numbers<'a>(
    mut cursor: Cursor<'a>,
    case: &Case,
    kind: &TableKind,
    findings: &mut Findings,
) -> (Table, Cursor<'a>, Closed) {
    let mut reader = Numbers { case, kind, findings, table: Table::default(), width: 0, faults: 0 };
    let start = cursor;
    let mut closed = true;
    loop {
        match cursor.peek() {
            Some(b' ' | b'\t' | b'\r') => cursor.at += 1,
            Some(b'\n' | b';') => {
                reader.end_row(&cursor);
                cursor.at += 1;
            }
            Some(b']') => {
                reader.end_row(&cursor);
                cursor.at += 1;
                break;
            }
            Some(b'%' | b'#') => cursor.skip_line(),
            Some(b',') => {
                cursor.at += 1;
                cursor.skip_blanks();
                if matches!(cursor.peek(), Some(b',')) || reader.width == 0 {
                    reader.fault(&cursor, cursor.at, "a value is missing beside the comma");
                    reader.push(f64::NAN);
                }
            }
            Some(b'.') if cursor.text[cursor.at..].starts_with(b"...") => {
                cursor.skip_blanks();
            }
            None => {
                truncated(kind.name, &cursor, start.at, reader.findings);
                closed = false;
                break;
            }
            Some(_) => {
                if let Some(value) = plain_number(&mut cursor) {
                    reader.push(value);
                } else if !reader.expression(&mut cursor) {
                    truncated(kind.name, &cursor, start.at, reader.findings);
                    closed = false;
                    break;
                }
            }
        }
        if reader.faults > FAULTS_MAX || reader.table.data.len() > CELLS_MAX || reader.width > COLUMNS_MAX {
            reader.too_much(&cursor);
            skip_list(&mut cursor, b']');
            break;
        }
    }
    (reader.table, cursor, closed)
}

struct Numbers<'r> {
    case: &'r Case,
    kind: &'r TableKind,
    findings: &'r mut Findings,
    table: Table,
    /// Cells of the current row so far.
    width: usize,
    faults: usize,
}

impl Numbers<'_> {
    #[inline]
    fn push(&mut self, value: f64) {
        self.table.data.push(value);
        self.width += 1;
    }

    fn row(&self) -> u32 {
        u32::try_from(self.table.rows + 1).unwrap_or(u32::MAX)
    }

    #[inline]
    fn end_row(&mut self, cursor: &Cursor) {
        if self.width == 0 {
            return;
        }
        if self.table.rows == 0 {
            // Never less than the builder will index, even where the first row is the faulty one.
            self.table.cols = self.width.max(self.kind.columns_min);
        }
        if self.width < self.kind.columns_min || self.width != self.table.cols {
            self.bad_width(cursor);
            // The rest of the table is still checked: the row is brought to the width of the others.
            let start = self.table.data.len() - self.width;
            self.table.data.resize(start + self.table.cols, f64::NAN);
        }
        self.table.rows += 1;
        self.width = 0;
    }

    fn bad_width(&mut self, cursor: &Cursor) {
        let line = cursor.line();
        let few = self.width < self.kind.columns_min;
        let (code, message, allowed) = if few {
            ("too-few-columns", "the row has too few columns", format!("at least {}", self.kind.columns_min))
        } else {
            (
                "unequal-rows",
                "the row is longer or shorter than the first one",
                format!("{} as in row 1", self.table.cols),
            )
        };
        self.findings.push(
            Finding::error(code, format!("{message} (line {line})"))
                .at(self.kind.name, self.row())
                .field("columns", self.width)
                .allowed(allowed)
                .hint("check that the row is complete and that no value stands twice"),
        );
        self.faults += 1;
    }

    fn fault(&mut self, cursor: &Cursor, from: usize, why: &str) {
        let cell = cursor.excerpt(from);
        let cell = cell.split([' ', '\t', ';', ',', ']']).next().unwrap_or("");
        self.findings.push(
            Finding::error("bad-number", format!("no number: {why} (line {})", cursor.line_of(from)))
                .at(self.kind.name, self.row())
                .field(self.kind.column(self.width), cell)
                .allowed("a number or an expression of numbers such as 135/sqrt(3)")
                .hint("correct the cell"),
        );
        self.faults += 1;
    }

    /// A cell that is no plain number. `false` where a new statement begins: the table was never closed.
    fn expression(&mut self, cursor: &mut Cursor) -> bool {
        let from = cursor.at;
        let mut ahead = *cursor;
        if let Some(name) = ahead.name()
            && ((name == self.case.root && ahead.peek() == Some(b'.')) || name == "function")
            && self.width == 0
        {
            return false;
        }
        let mut evaluator = Evaluator::new(*cursor, self.case, true);
        let result = evaluator.sum().and_then(|value| value.as_scalar().ok_or_else(|| "one number is expected".into()));
        let mut end = evaluator.cursor;
        let delimited =
            matches!(end.peek(), None | Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b']' | b'%' | b'#'))
                || end.text[end.at..].starts_with(b"...");
        match result {
            Ok(value) if delimited => self.push(value),
            other => {
                let why = other.err().unwrap_or_else(|| "something stands behind the value".into());
                self.fault(cursor, from, &why);
                self.push(f64::NAN);
                // Never back, so that reading always ends.
                end.at = end.at.max(from);
                while !matches!(end.peek(), None | Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b']')) {
                    end.at += 1;
                }
            }
        }
        cursor.at = end.at;
        true
    }

    fn too_much(&mut self, cursor: &Cursor) {
        if self.faults > FAULTS_MAX {
            self.findings.push(
                Finding::error(
                    "too-many-faults",
                    format!("the rest of the table was not read (line {})", cursor.line()),
                )
                .at(self.kind.name, self.row())
                .hint("correct the faults named before this one"),
            );
        } else {
            self.findings.push(
                Finding::error("too-large", format!("the table is larger than any case (line {})", cursor.line()))
                    .at(self.kind.name, self.row())
                    .field("cells", self.table.data.len())
                    .allowed(format!("at most {COLUMNS_MAX} columns and {CELLS_MAX} cells"))
                    .hint("check that line ends and brackets are whole"),
            );
        }
    }
}

/// A number that ends its cell; the cursor moves behind it. `None`, and no move, where anything else follows.
#[inline]
fn plain_number(cursor: &mut Cursor) -> Option<f64> {
    let text = cursor.text;
    let sign = text[cursor.at];
    let signed = matches!(sign, b'-' | b'+');
    let start = cursor.at + usize::from(signed);
    let (value, len) = match text.get(start)? {
        b'0'..=b'9' | b'.' => number::unsigned(&text[start..])?,
        b'I' if text[start..].starts_with(b"Inf") => (f64::INFINITY, 3),
        b'N' if text[start..].starts_with(b"NaN") => (f64::NAN, 3),
        _ => return None,
    };
    let end = start + len;
    match text.get(end) {
        None | Some(b';' | b'\n' | b'\r' | b',' | b']' | b'%' | b'#') => {}
        Some(b' ' | b'\t') => {
            let mut next = end + 1;
            while matches!(text.get(next), Some(b' ' | b'\t')) {
                next += 1;
            }
            let operator = match text.get(next) {
                Some(b'*' | b'/' | b'^') => true,
                Some(b'+' | b'-') => matches!(text.get(next + 1), Some(b' ' | b'\t')),
                Some(b'.') => matches!(text.get(next + 1), Some(b'*' | b'/' | b'^' | b'.')),
                _ => false,
            };
            if operator {
                return None;
            }
        }
        Some(_) => return None,
    }
    cursor.at = end;
    Some(if sign == b'-' { -value } else { value })
}

/// Reads `{ 'a'; 'b' }` with the cursor behind the opening brace: the first string of each row.
pub(super) fn strings<'a>(
    mut cursor: Cursor<'a>,
    name: &str,
    findings: &mut Findings,
) -> (Vec<String>, Cursor<'a>, Closed) {
    let start = cursor.at;
    let mut list = Vec::new();
    let mut in_row = false;
    loop {
        match cursor.peek() {
            Some(b' ' | b'\t' | b'\r' | b',') => cursor.at += 1,
            Some(b';' | b'\n') => {
                in_row = false;
                cursor.at += 1;
            }
            Some(b'%' | b'#') => cursor.skip_line(),
            Some(b'.') if cursor.text[cursor.at..].starts_with(b"...") => {
                cursor.skip_blanks();
            }
            Some(b'}') => {
                cursor.at += 1;
                break;
            }
            Some(b'\'' | b'"') => {
                let from = cursor.at;
                match cursor.string() {
                    Some(text) if text.len() <= STRING_BYTES_MAX => {
                        if !std::mem::replace(&mut in_row, true) {
                            list.push(text);
                        }
                    }
                    other => {
                        let why = if other.is_some() { "the string is too long" } else { "the string is not closed" };
                        bad_string(&mut cursor, from, name, list.len(), why, findings);
                        return (list, cursor, true);
                    }
                }
            }
            None => {
                truncated(name, &cursor, start, findings);
                return (list, cursor, false);
            }
            Some(_) => {
                let from = cursor.at;
                bad_string(&mut cursor, from, name, list.len(), "a string in quotes is expected", findings);
                return (list, cursor, true);
            }
        }
    }
    (list, cursor, true)
}

fn bad_string(cursor: &mut Cursor, from: usize, name: &str, rows: usize, why: &str, findings: &mut Findings) {
    findings.push(
        Finding::error("bad-string", format!("{why} (line {})", cursor.line_of(from)))
            .at(name, u32::try_from(rows + 1).unwrap_or(u32::MAX))
            .field(name, cursor.excerpt(from))
            .allowed("a list such as { 'first'; 'second' }")
            .hint("close the quotes, or delete the list: relight does not need it"),
    );
    cursor.at = from;
    skip_list(cursor, b'}');
}

/// Skips to behind the bracket that ends a list, or to the end of the text.
fn skip_list(cursor: &mut Cursor, close: u8) {
    let rest = &cursor.text[cursor.at.min(cursor.text.len())..];
    cursor.at += rest.iter().position(|&b| b == close).map_or(rest.len(), |i| i + 1);
}

fn truncated(name: &str, cursor: &Cursor, start: usize, findings: &mut Findings) {
    findings.push(
        Finding::error(
            "truncated-table",
            format!("the table that begins in line {} is never closed", cursor.line_of(start)),
        )
        .at(name, 0)
        .allowed("a closing ] or } behind the last row")
        .hint("the file is cut off or a bracket was deleted: fetch it again"),
    );
}
