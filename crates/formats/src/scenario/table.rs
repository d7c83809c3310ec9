//! CSV tables with a header: columns by name, cells by type, a finding for everything that is not as documented.
//!
//! A table is UTF-8 with commas; a byte order mark, CRLF, quoted cells and lines that begin with `#` are fine. Rows are
//! data rows counted from 1 (comments and the header do not count); messages name the line of the file as well.

use crate::source;
use relight_model::{Finding, Findings};
use std::path::Path;

/// Most data rows of one table: buildings of a country of 40 million people are some 200,000.
pub const ROWS_MAX: u32 = 5_000_000;
/// Longest cell, bytes.
pub const CELL_BYTES_MAX: usize = 4096;
/// Errors after which the rest of a table is not read: nobody corrects them one by one.
pub const ERRORS_MAX: usize = 10_000;
/// Most columns of one table.
pub const COLUMNS_MAX: usize = 200;

/// A column that a table may have.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in the header, with its unit.
    pub name: &'static str,
    /// Whether the table is useless without it.
    pub required: bool,
}

/// A column without which the table is useless.
pub const fn required(name: &'static str) -> Column {
    Column { name, required: true }
}

/// A column that may be absent.
pub const fn optional(name: &'static str) -> Column {
    Column { name, required: false }
}

/// A CSV file whose header has been matched with the columns that relight knows.
pub struct Table {
    bytes: Vec<u8>,
    /// As shown in messages.
    file: String,
    name: &'static str,
    columns: &'static [Column],
    /// For each known column, its position in the file.
    position: Vec<Option<usize>>,
}

impl Table {
    /// Reads a file and its header. `None` after an error, which is then among the findings.
    pub fn open(path: &Path, name: &'static str, columns: &'static [Column], findings: &mut Findings) -> Option<Self> {
        match source::read_text(path) {
            Ok(text) => Self::parse(text.into_bytes(), path.display().to_string(), name, columns, findings),
            Err(finding) => {
                findings.push(finding);
                None
            }
        }
    }

    /// [`Self::open`] for a file that may be absent: absent is `None` without a finding.
    pub fn open_if_there(
        path: &Path,
        name: &'static str,
        columns: &'static [Column],
        findings: &mut Findings,
    ) -> Option<Self> {
        // `symlink_metadata`: a dangling link is a fault of the folder, not an absent table.
        if path.symlink_metadata().is_err() { None } else { Self::open(path, name, columns, findings) }
    }

    /// Matches the header of CSV bytes with the known columns.
    pub fn parse(
        mut bytes: Vec<u8>,
        file: String,
        name: &'static str,
        columns: &'static [Column],
        findings: &mut Findings,
    ) -> Option<Self> {
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        let mut table = Self { bytes, file, name, columns, position: vec![None; columns.len()] };
        let errors = findings.errors();
        let header = match table.reader().headers() {
            Ok(header) => header.iter().map(|h| h.trim().to_owned()).collect::<Vec<_>>(),
            Err(e) => {
                findings.push(table.csv_error(&e));
                return None;
            }
        };
        table.match_header(&header, findings);
        (findings.errors() == errors).then_some(table)
    }

    /// Whether the file has the column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().zip(&self.position).any(|(c, p)| c.name == column && p.is_some())
    }

    /// Calls `visit` for each data row, in order.
    pub fn each<'t>(&'t self, findings: &mut Findings, mut visit: impl FnMut(&mut Row<'_, 't>)) {
        let mut reader = self.reader();
        let mut record = csv::StringRecord::new();
        let width = reader.headers().map_or(0, csv::StringRecord::len);
        let (mut row, errors) = (0, findings.errors());
        loop {
            if findings.errors() - errors > ERRORS_MAX {
                let what = format!("more than {ERRORS_MAX} errors: the rest of the table is not read");
                return findings.push(Finding::error("too-many-errors", what).file(&self.file).at(self.name, row));
            }
            match reader.read_record(&mut record) {
                Ok(true) => row += 1,
                Ok(false) => return,
                Err(e) => return findings.push(self.csv_error(&e)),
            }
            let line = record.position().map_or(0, csv::Position::line);
            let mut cells = Row { table: self, record: &record, row, line, findings };
            if row > ROWS_MAX {
                return cells.error(
                    "too-many-rows",
                    "",
                    "",
                    "the table is too long",
                    &format!("at most {ROWS_MAX} rows"),
                );
            }
            if record.len() != width {
                let (code, hint) = if record.len() < width {
                    ("too-few-columns", "an empty cell still needs its comma")
                } else {
                    ("too-many-columns", "put a cell that holds a comma into double quotes")
                };
                let allowed = format!("{width} cells, as many as the header");
                cells.fault(
                    code,
                    "cells",
                    &record.len().to_string(),
                    "the row does not fit the header",
                    &allowed,
                    hint,
                );
            } else if let Some(cell) = record.iter().find(|c| c.len() > CELL_BYTES_MAX) {
                let allowed = format!("at most {CELL_BYTES_MAX} bytes");
                cells.fault("cell-too-long", "cell", cell, "a cell is too long", &allowed, "is a quote missing?");
            } else {
                visit(&mut cells);
            }
        }
    }

    fn reader(&self) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new().flexible(true).comment(Some(b'#')).from_reader(self.bytes.as_slice())
    }

    fn csv_error(&self, error: &csv::Error) -> Finding {
        let line = error.position().map_or(0, csv::Position::line);
        Finding::error("broken-csv", format!("the table cannot be read: {error}"))
            .file(&self.file)
            .at("", u32::try_from(line).unwrap_or(u32::MAX))
            .hint("write it as UTF-8 text with commas")
    }

    fn names(&self, which: impl Fn(&Column) -> bool) -> String {
        self.columns.iter().filter(|c| which(c)).map(|c| c.name).collect::<Vec<_>>().join(", ")
    }

    fn match_header(&mut self, header: &[String], findings: &mut Findings) {
        let at_header = |code, message: &str| Finding::error(code, message).file(&self.file).at(self.name, 0);
        if header.len() > COLUMNS_MAX {
            findings.push(
                at_header("too-many-columns", "the header has too many columns")
                    .field("columns", header.len())
                    .allowed(format!("at most {COLUMNS_MAX}")),
            );
            return;
        }
        if header.iter().all(String::is_empty) {
            let columns = self.names(|c| c.required);
            findings.push(at_header("no-header", "the table has no header").allowed(columns).hint("name the columns"));
            return;
        }
        if let Some(delimiter) = self.other_delimiter(header) {
            findings.push(
                at_header("wrong-delimiter", "the columns are not divided by commas")
                    .field("delimiter", if delimiter == '\t' { "tab".to_owned() } else { delimiter.to_string() })
                    .allowed("comma")
                    .hint("save as CSV with commas, and with a point as the decimal mark"),
            );
            return;
        }
        for (i, title) in header.iter().enumerate() {
            match self.columns.iter().position(|c| c.name == title) {
                Some(k) if self.position[k].is_some() => findings.push(
                    at_header("duplicate-column", "the column stands there twice")
                        .field("column", title)
                        .allowed("each column once")
                        .hint("remove one of the two"),
                ),
                Some(k) => self.position[k] = Some(i),
                None => findings.push(
                    Finding::warning("unknown-column", "the column is not known and not used")
                        .file(&self.file)
                        .at(self.name, 0)
                        .field("column", title)
                        .allowed(self.names(|_| true))
                        .hint("check the spelling, or remove it"),
                ),
            }
        }
        for (column, position) in self.columns.iter().zip(&self.position) {
            if column.required && position.is_none() {
                findings.push(
                    Finding::error("missing-column", "a column is missing")
                        .file(&self.file)
                        .at(self.name, 0)
                        .field("column", column.name)
                        .allowed(format!("required: {}", self.names(|c| c.required)))
                        .hint("add it to the header and to every row"),
                );
            }
        }
    }

    /// The mark that divides the header's columns, if it is none of ours: a single title that another mark splits into
    /// pieces of which one is a known column.
    fn other_delimiter(&self, header: &[String]) -> Option<char> {
        if header.iter().any(|title| self.columns.iter().any(|c| c.name == title)) {
            return None;
        }
        let known = |piece: &str| self.columns.iter().any(|c| c.name == piece.trim().trim_matches('"'));
        [';', '\t', '|', ' ']
            .into_iter()
            .find(|&mark| header.iter().any(|title| title.contains(mark) && title.split(mark).any(known)))
    }
}

/// One data row. Getters push a finding and return `None` when a cell is not as documented.
pub struct Row<'r, 't> {
    table: &'t Table,
    record: &'r csv::StringRecord,
    /// Number of the data row, from 1.
    pub row: u32,
    line: u64,
    findings: &'r mut Findings,
}

impl Row<'_, '_> {
    /// The cell as written; empty if the column is absent.
    pub fn raw(&self, column: &'static str) -> &str {
        let k = self.table.columns.iter().position(|c| c.name == column);
        debug_assert!(k.is_some(), "column {column} is not in the list of the table");
        k.and_then(|k| self.table.position[k]).and_then(|i| self.record.get(i)).unwrap_or("")
    }

    /// The cell without surrounding blanks.
    pub fn word(&self, column: &'static str) -> &str {
        self.raw(column).trim()
    }

    /// A cell that must not be empty, without surrounding blanks.
    pub fn id(&mut self, column: &'static str) -> Option<String> {
        let word = self.word(column).to_owned();
        if word.is_empty() {
            self.empty(column);
            return None;
        }
        Some(word)
    }

    /// A number in a range; an empty cell is `default`, or an error where there is none.
    pub fn number(&mut self, column: &'static str, default: Option<f64>, low: f64, high: f64) -> Option<f64> {
        let word = self.word(column).to_owned();
        if word.is_empty() {
            if default.is_none() {
                self.empty(column);
            }
            return default;
        }
        let Ok(value) = word.parse::<f64>() else {
            let hint =
                if word.contains(',') { "write a point as the decimal mark" } else { "write digits alone, no unit" };
            self.fault("not-a-number", column, &word, "this is no number", &range_text(low, high), hint);
            return None;
        };
        // Infinity is a word of limits only: `high` or `low` then says so.
        if !(value.is_finite() || value == high || value == low) {
            let hint = "leave the cell empty where nothing is known";
            self.fault("not-finite", column, &word, "this is not a finite number", &range_text(low, high), hint);
            return None;
        }
        if value < low || value > high {
            let hint = if value < 0.0 { "check the sign" } else { "check the unit and the column" };
            let code = if value < 0.0 && low >= 0.0 { "negative" } else { "out-of-range" };
            let what = if code == "negative" { "this cannot be negative" } else { "out of range" };
            self.fault(code, column, &word, what, &range_text(low, high), hint);
            return None;
        }
        Some(value)
    }

    /// A number above 0; an empty cell is `default`, or an error where there is none.
    pub fn above_zero(&mut self, column: &'static str, default: Option<f64>, high: f64) -> Option<f64> {
        let value = self.number(column, default, 0.0, high)?;
        if value > 0.0 {
            return Some(value);
        }
        let word = self.word(column).to_owned();
        let allowed = format!("above 0, at most {high}");
        self.fault("not-positive", column, &word, "this must be above 0", &allowed, "check the value and its unit");
        None
    }

    /// A limit that may be infinite: an empty cell, `inf` or `-inf`.
    pub fn limit(&mut self, column: &'static str, none: f64) -> Option<f64> {
        self.number(column, Some(none), f64::NEG_INFINITY, f64::INFINITY)
    }

    /// A whole number in a range; an empty cell is `default`, or an error where there is none.
    pub fn whole(&mut self, column: &'static str, default: Option<u32>, low: u32, high: u32) -> Option<u32> {
        let word = self.word(column).to_owned();
        if word.is_empty() {
            if default.is_none() {
                self.empty(column);
            }
            return default;
        }
        if let Ok(value) = word.parse::<u32>()
            && (low..=high).contains(&value)
        {
            return Some(value);
        }
        let allowed = format!("whole number, {low} to {high}");
        match word.parse::<f64>() {
            Err(_) => self.fault("not-a-number", column, &word, "this is no number", &allowed, "write digits alone"),
            Ok(v) if !v.is_finite() => {
                self.fault("not-finite", column, &word, "not a finite number", &allowed, "give a number")
            }
            Ok(v) if v < 0.0 => {
                self.fault("negative", column, &word, "this cannot be negative", &allowed, "check the sign")
            }
            Ok(v) if v.fract() != 0.0 => {
                self.fault("not-whole", column, &word, "this is no whole number", &allowed, "round it")
            }
            Ok(_) => self.fault("out-of-range", column, &word, "out of range", &allowed, "check the column"),
        }
        None
    }

    /// `true` or `false` (`1`, `0`, `yes`, `no` too); an empty cell is `default`.
    pub fn flag(&mut self, column: &'static str, default: bool) -> Option<bool> {
        let word = self.word(column).to_ascii_lowercase();
        match word.as_str() {
            "" => Some(default),
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => {
                self.fault(
                    "not-a-flag",
                    column,
                    &word,
                    "this is neither true nor false",
                    "true, false",
                    "write true or false",
                );
                None
            }
        }
    }

    /// Pushes an error that names the cell.
    pub fn fault(&mut self, code: &'static str, column: &str, value: &str, what: &str, allowed: &str, hint: &str) {
        let finding = Finding::error(code, format!("{what} (line {} of the file)", self.line))
            .file(&self.table.file)
            .at(self.table.name, self.row)
            .field(column, value)
            .allowed(allowed)
            .hint(hint);
        self.findings.push(finding);
    }

    /// [`Self::fault`] without a hint.
    fn error(&mut self, code: &'static str, column: &str, value: &str, what: &str, allowed: &str) {
        self.fault(code, column, value, what, allowed, "");
    }

    /// Pushes a warning that names the cell.
    pub fn warn(&mut self, code: &'static str, column: &str, value: &str, what: &str, hint: &str) {
        let finding = Finding::warning(code, format!("{what} (line {} of the file)", self.line))
            .file(&self.table.file)
            .at(self.table.name, self.row)
            .field(column, value)
            .hint(hint);
        self.findings.push(finding);
    }

    fn empty(&mut self, column: &str) {
        self.fault("empty-cell", column, "", "the cell is empty", "a value in every row", "fill it in");
    }
}

fn range_text(low: f64, high: f64) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{low} to {high}"),
        (true, false) => format!("{low} or more"),
        (false, true) => format!("{high} or less"),
        (false, false) => "a number, or empty for no limit".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[required("id"), required("p_mw"), optional("name")];

    fn rows(text: &str) -> (Vec<(String, Option<f64>, String)>, Findings) {
        let mut findings = Findings::default();
        let mut rows = Vec::new();
        if let Some(table) = Table::parse(text.as_bytes().to_vec(), "t.csv".into(), "t", COLUMNS, &mut findings) {
            table.each(&mut findings, |row| {
                let id = row.id("id").unwrap_or_default();
                let p_mw = row.number("p_mw", None, 0.0, 1e6);
                rows.push((id, p_mw, row.raw("name").to_owned()));
            });
        }
        (rows, findings)
    }

    fn codes(text: &str) -> Vec<&'static str> {
        rows(text).1.iter().map(|f| f.code).collect()
    }

    #[test]
    fn comments_quotes_bom_and_crlf_are_fine() {
        let (got, findings) =
            rows("\u{feff}# a comment\r\nid, p_mw ,name\r\n# F0,1\r\nF1, 2.5 ,\"a, b\"\r\n\r\nF2,1e1,c\r\n");
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(got, [("F1".into(), Some(2.5), "a, b".into()), ("F2".into(), Some(10.0), "c".into())]);
    }

    #[test]
    fn every_fault_of_a_table_has_its_code() {
        assert_eq!(codes(""), ["no-header"]);
        assert_eq!(codes("# only a comment\n"), ["no-header"]);
        assert_eq!(codes("id;p_mw;name\nF1;2;x\n"), ["wrong-delimiter"]);
        assert_eq!(codes("id\tp_mw\nF1\t2\n"), ["wrong-delimiter"]);
        assert_eq!(codes("id,name\nF1,x\n"), ["missing-column"]);
        assert_eq!(codes("id,p_mw,p_mw\nF1,1,1\n"), ["duplicate-column"]);
        assert_eq!(codes("id,p_mw,colour\nF1,1,red\n"), ["unknown-column"]);
        assert_eq!(codes("id,p_mw\nF1\n"), ["too-few-columns"]);
        assert_eq!(codes("id,p_mw\nF1,2,3\n"), ["too-many-columns"]);
        assert_eq!(codes("id,p_mw\n,2\n"), ["empty-cell"]);
        assert_eq!(codes("id,p_mw\nF1,\n"), ["empty-cell"]);
        assert_eq!(codes("id,p_mw\nF1,two\n"), ["not-a-number"]);
        assert_eq!(codes("id,p_mw\nF1,NaN\n"), ["not-finite"]);
        assert_eq!(codes("id,p_mw\nF1,inf\n"), ["not-finite"]);
        assert_eq!(codes("id,p_mw\nF1,1e308\n"), ["out-of-range"]);
        assert_eq!(codes("id,p_mw\nF1,-1\n"), ["negative"]);
        assert_eq!(codes(&format!("id,p_mw\n{},1\n", "x".repeat(CELL_BYTES_MAX + 1))), ["cell-too-long"]);
        assert_eq!(codes(&"a,".repeat(COLUMNS_MAX + 1)), ["too-many-columns"]);
    }

    #[test]
    fn a_table_of_faults_is_given_up() {
        let (got, findings) = rows(&format!("id,p_mw\n{}", "F,x\n".repeat(ERRORS_MAX + 100)));
        assert_eq!((got.len(), findings.errors()), (ERRORS_MAX + 1, ERRORS_MAX + 2));
    }

    #[test]
    fn a_message_names_row_line_value_range_and_hint() {
        let (_, findings) = rows("# note\nid,p_mw\nF1,1\nF2,\"2,5\"\n");
        assert_eq!(
            findings.iter().next().unwrap().to_string(),
            "t.csv: t row 2: p_mw = 2,5: this is no number (line 4 of the file) (allowed: 0 to 1000000); \
             hint: write a point as the decimal mark"
        );
    }
}
