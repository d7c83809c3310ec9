//! Records of a RAW file: free-format fields, quotes, comments, sections that end with a lone 0.

use relight_model::{Finding, Findings};

/// One record with its place in the file.
#[derive(Clone, Debug)]
pub(super) struct Record<'t> {
    fields: Vec<&'t str>,
    pub section: &'static str,
    /// Number of the record in its section, from 1.
    pub row: u32,
    /// Line of the file, from 1.
    pub line: u32,
}

/// Fields of a line: divided by commas or blanks, quoted ones without their quotes; `/` begins a comment.
fn split(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = line.trim_start();
    // Whether a comma has just been read: then an empty field follows if the next thing is a comma too.
    let mut after_comma = true;
    while let Some(first) = rest.chars().next() {
        match first {
            '/' => break,
            ',' => {
                if after_comma {
                    fields.push("");
                }
                after_comma = true;
                rest = rest[1..].trim_start();
                continue;
            }
            '\'' | '"' => {
                let inner = &rest[1..];
                let end = inner.find(first).unwrap_or(inner.len());
                fields.push(inner[..end].trim());
                rest = inner.get(end + 1..).unwrap_or("");
            }
            _ => {
                let end = rest.find(|c: char| c == ',' || c == '/' || c.is_whitespace()).unwrap_or(rest.len());
                fields.push(&rest[..end]);
                rest = &rest[end..];
            }
        }
        after_comma = false;
        rest = rest.trim_start();
    }
    fields
}

/// Walks through the lines of a file, section by section.
pub(super) struct Lines<'t> {
    lines: std::str::Lines<'t>,
    line: u32,
    ended: bool,
    cut: bool,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { lines: text.lines(), line: 0, ended: false, cut: false }
    }

    /// The next line as it stands.
    pub fn raw(&mut self) -> Option<&'t str> {
        self.line += 1;
        self.lines.next()
    }

    /// The next line as a record, whatever it says.
    pub fn continued(&mut self, section: &'static str, row: u32, findings: &mut Findings) -> Option<Record<'t>> {
        match self.raw() {
            Some(line) => Some(Record { fields: split(line), section, row, line: self.line }),
            None => {
                self.ended = true;
                findings.push(
                    Finding::error("truncated-table", "the file ends within a record")
                        .at(section, row)
                        .hint("export or fetch the file again"),
                );
                None
            }
        }
    }

    /// The next record of a section; `None` at its end, at `Q`, and at the end of the file.
    pub fn record(&mut self, section: &'static str, row: u32) -> Option<Record<'t>> {
        while !self.ended {
            let Some(line) = self.raw() else {
                (self.ended, self.cut) = (true, true);
                break;
            };
            let trimmed = line.trim();
            if trimmed == "Q" || trimmed == "q" {
                self.ended = true;
                break;
            }
            let fields = split(line);
            match fields.first() {
                // A quoted name may be 0, a number may not: it ends the section.
                Some(&"0") if trimmed.starts_with('0') => return None,
                None => {}
                Some(_) => return Some(Record { fields, section, row, line: self.line }),
            }
        }
        None
    }

    /// Whether the file ended without saying so, by the end of a section or by `Q`.
    pub fn cut(&self) -> bool {
        self.cut
    }
}

impl<'t> Record<'t> {
    /// A field as text; empty if it is absent.
    pub fn text(&self, k: usize) -> &'t str {
        self.fields.get(k).copied().unwrap_or("")
    }

    /// A number; an absent field has the default of the format.
    pub fn number(&self, k: usize, name: &str, default: f64, findings: &mut Findings) -> f64 {
        let text = self.text(k);
        if text.is_empty() {
            return default;
        }
        // Fortran writes exponents with D as well.
        let value = text.parse::<f64>().or_else(|_| text.replace(['D', 'd'], "E").parse::<f64>());
        match value {
            Ok(value) if value.is_finite() => value,
            Ok(_) => {
                self.fault(findings, "not-finite", name, text, "this is not a finite number", "a number");
                default
            }
            Err(_) => {
                self.fault(findings, "not-a-number", name, text, "this is no number", "a number");
                default
            }
        }
    }

    /// A number that the record is meaningless without.
    pub fn required(&self, k: usize, name: &str, findings: &mut Findings) -> f64 {
        if self.text(k).is_empty() {
            self.fault(findings, "too-few-columns", name, "", "the record ends before this field", "a number");
            return 0.0;
        }
        self.number(k, name, 0.0, findings)
    }

    /// A whole number such as a code; an absent field has the default.
    pub fn whole(&self, k: usize, name: &str, default: i64, findings: &mut Findings) -> i64 {
        let value = self.number(k, name, default as f64, findings);
        if value.fract() != 0.0 || value.abs() > 1e9 {
            self.fault(findings, "not-whole", name, self.text(k), "this is no whole number", "a whole number");
            return default;
        }
        value as i64
    }

    /// Pushes an error that names the field.
    pub fn fault(
        &self,
        findings: &mut Findings,
        code: &'static str,
        name: &str,
        value: &str,
        what: &str,
        allowed: &str,
    ) {
        self.push(findings, Finding::error(code, what), name, value, allowed);
    }

    /// Pushes a finding that names the field and the line.
    pub fn push(&self, findings: &mut Findings, mut finding: Finding, name: &str, value: &str, allowed: &str) {
        finding.message = format!("{} (line {} of the file)", finding.message, self.line);
        findings.push(finding.at(self.section, self.row).field(name, value).allowed(allowed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_divided_by_commas_or_blanks_and_end_at_a_slash() {
        assert_eq!(split(" 1,'A, / B ' , 3 / comment, 4"), ["1", "A, / B", "3"]);
        assert_eq!(split("1 2\t3"), ["1", "2", "3"]);
        assert_eq!(split("1,,3,"), ["1", "", "3"]);
        assert_eq!(split(",2"), ["", "2"]);
        assert_eq!(split("'open"), ["open"]);
        assert_eq!(split("  / only a comment"), Vec::<&str>::new());
        assert_eq!(split("'Ж',\"x\"5"), ["Ж", "x", "5"]);
    }

    #[test]
    fn a_section_ends_at_a_lone_zero_and_the_file_at_q() {
        let mut lines = Lines::new("1,2\n\n'0',3\n0 / END\n7\nQ\n8\n");
        assert_eq!(lines.record("bus", 1).unwrap().text(1), "2");
        assert_eq!(lines.record("bus", 2).unwrap().text(0), "0");
        assert!(lines.record("bus", 3).is_none());
        assert_eq!(lines.record("load", 1).unwrap().line, 5);
        assert!(lines.record("load", 2).is_none() && lines.record("load", 3).is_none() && !lines.cut());
        assert!(Lines::new("").record("bus", 1).is_none());
    }
}
