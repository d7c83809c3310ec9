//! What a reader noticed: every message names file, row, field, value, allowed range and a hint.

use crate::printable::printable;
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the data is used as it is.
    Note,
    /// Something was left out or looks wrong; the rest is used.
    Warning,
    /// A plan from this data would be meaningless; nothing is computed or written.
    Error,
}

/// One remark about the input. Empty strings and zero rows mean "does not apply".
///
/// **Invariant**: made by the methods below, its texts hold no control characters: files are hostile, and a finding is shown
/// on terminals (see [`printable`]). Nor are they long: a file may put a megabyte into one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Stable short name of the kind of fault, such as `unknown-bus`; tests and scripts rely on it.
    pub code: &'static str,
    /// File in which it is.
    pub file: String,
    /// Table within the file (`branch`), empty for whole-file findings.
    pub table: String,
    /// 1-based row of that table, or line of the file where there is no table; 0 = none.
    pub row: u32,
    /// Field, with its unit.
    pub field: String,
    /// Value found, as written.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Characters of a value that are shown.
const VALUE_CHARS_MAX: usize = 80;
/// Characters of any other text that are shown; none of our own sentences comes near.
const TEXT_CHARS_MAX: usize = 1000;

/// The beginning of a text, fit for a terminal.
fn shown(text: &str, chars_max: usize) -> String {
    let end = text.char_indices().nth(chars_max).map_or(text.len(), |(at, _)| at);
    printable(&text[..end]).into_owned()
}

impl Finding {
    /// A finding with a severity, code and message; the rest is added by the methods below.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            file: String::new(),
            table: String::new(),
            row: 0,
            field: String::new(),
            value: String::new(),
            allowed: String::new(),
            message: shown(&message.into(), TEXT_CHARS_MAX),
            hint: String::new(),
        }
    }

    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Names the file.
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = printable(&file.into()).into_owned();
        self
    }

    /// Names the table and the 1-based row.
    pub fn at(mut self, table: impl Into<String>, row: u32) -> Self {
        self.table = shown(&table.into(), TEXT_CHARS_MAX);
        self.row = row;
        self
    }

    /// Names the field and the value found.
    pub fn field(mut self, field: impl Into<String>, value: impl fmt::Display) -> Self {
        self.field = shown(&field.into(), TEXT_CHARS_MAX);
        self.value = shown(&value.to_string(), VALUE_CHARS_MAX);
        self
    }

    /// Says what is allowed.
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = shown(&allowed.into(), TEXT_CHARS_MAX);
        self
    }

    /// Says what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = shown(&hint.into(), TEXT_CHARS_MAX);
        self
    }
}

impl fmt::Display for Finding {
    /// `file: branch row 7: r_pu = -1: message (allowed: ...); hint: ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}: ", self.file)?;
        }
        match (self.table.is_empty(), self.row) {
            (true, 0) => {}
            (true, line) => write!(f, "line {line}: ")?,
            (false, 0) => write!(f, "{}: ", self.table)?,
            (false, row) => write!(f, "{} row {row}: ", self.table)?,
        }
        if !self.field.is_empty() {
            write!(f, "{} = {}: ", self.field, if self.value.is_empty() { "(empty)" } else { &self.value })?;
        }
        write!(f, "{}", self.message)?;
        if !self.allowed.is_empty() {
            write!(f, " (allowed: {})", self.allowed)?;
        }
        if !self.hint.is_empty() {
            write!(f, "; hint: {}", self.hint)?;
        }
        Ok(())
    }
}

/// Findings of one reading, capped: a hostile file may hold a million faults, a person reads the first ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    list: Vec<Finding>,
    /// Findings that were counted but not kept.
    dropped: usize,
    errors: usize,
}

impl Findings {
    /// Findings kept at the most.
    pub const KEPT_MAX: usize = 200;

    /// Adds a finding. Once the list is full an error still takes the place of a lesser finding.
    pub fn push(&mut self, finding: Finding) {
        self.errors += usize::from(finding.severity == Severity::Error);
        if self.list.len() < Self::KEPT_MAX {
            self.list.push(finding);
            return;
        }
        self.dropped += 1;
        if finding.severity == Severity::Error
            && let Some(lesser) = self.list.iter().rposition(|f| f.severity < Severity::Error)
        {
            self.list[lesser] = finding;
        }
    }

    /// Adds all findings of another reading.
    pub fn extend(&mut self, other: Findings) {
        self.dropped += other.dropped;
        let kept_errors = other.list.iter().filter(|f| f.severity == Severity::Error).count();
        self.errors += other.errors - kept_errors;
        for finding in other.list {
            self.push(finding);
        }
    }

    /// Findings in the order they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.list.iter()
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Number of errors, the dropped ones included.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Number of findings that were counted but not kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether there is no finding.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Names the file in all findings that do not name one yet.
    pub fn with_file(mut self, file: &str) -> Self {
        for finding in &mut self.list {
            if finding.file.is_empty() {
                finding.file = printable(file).into_owned();
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_one_sentence_with_place_value_range_and_hint() {
        let f = Finding::error("negative-resistance", "resistance is negative")
            .file("case.m")
            .at("branch", 7)
            .field("r_pu", -1.0)
            .allowed("0 or more")
            .hint("check the sign");
        assert_eq!(
            f.to_string(),
            "case.m: branch row 7: r_pu = -1: resistance is negative (allowed: 0 or more); hint: check the sign"
        );
    }

    #[test]
    fn control_characters_of_a_file_do_not_reach_the_terminal() {
        let evil = "\u{1b}[2J\r\n\u{7}\u{9b}1m\u{202e}Київ";
        let finding = Finding::error("unknown-key", format!("no key {evil}"))
            .file(evil)
            .at(evil, 3)
            .field(evil, evil)
            .allowed(evil)
            .hint(evil);
        let mut findings = Findings::default();
        findings.push(Finding::note("n", "without a file"));
        let findings = findings.with_file(evil);
        for text in findings.iter().map(Finding::to_string).chain([finding.to_string()]) {
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
            assert!(text.contains("\\u{1b}[2J\\r\\n\\u{7}\\u{9b}1m\\u{202e}Київ"), "{text}");
        }
    }

    #[test]
    fn a_megabyte_in_a_cell_is_cut() {
        let long = "ї".repeat(1 << 20);
        let finding = Finding::error("e", &long).at(&long, 1).field(&long, &long).allowed(&long).hint(&long);
        assert_eq!(finding.value.chars().count(), 80);
        assert!(finding.to_string().chars().count() < 6000);
    }

    #[test]
    fn a_full_list_still_takes_an_error() {
        let mut findings = Findings::default();
        for _ in 0..Findings::KEPT_MAX + 5 {
            findings.push(Finding::warning("w", "lesser"));
        }
        assert!(!findings.has_errors());
        findings.push(Finding::error("e", "worse"));
        assert!(findings.has_errors());
        assert!(findings.iter().any(|f| f.code == "e"));
        assert_eq!(findings.iter().count(), Findings::KEPT_MAX);
        assert_eq!(findings.dropped(), 6);
    }
}
