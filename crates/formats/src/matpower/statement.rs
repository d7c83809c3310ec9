//! The statements of a case file: tables, scalars, and the few lines of arithmetic that convert units.
//!
//! What is recognised is executed exactly. Whatever else could change the case is refused with its line: a case with
//! unconverted units looks plausible and is wrong by a thousand.

use super::columns::{INDEX_FUNCTIONS, STRING_LISTS, TABLES, index_function};
use super::cursor::Cursor;
use super::expression::{Evaluator, Matrix, Refusal};
use super::tables::{Case, numbers, strings};
use relight_model::{Finding, Findings};

/// Refused statements after which the rest of the file is not looked at.
const REFUSED_MAX: usize = 10;
/// Errors of any kind after which the rest of the file is not looked at. Each message counts lines up to its place: without
/// an end to that, a hostile file of a million faults would take hours.
const ERRORS_MAX: usize = 100;
/// Fields that are reported as not used.
const NOTES_MAX: usize = 50;
/// Names of variables kept.
const SCALARS_MAX: usize = 10_000;

/// Executes all statements of a file.
pub(super) fn execute(text: &[u8], findings: &mut Findings) -> Case {
    let mut case = Case {
        root: "mpc".to_owned(),
        name: String::new(),
        version: None,
        base_mva: None,
        scalars: std::collections::HashMap::new(),
        tables: Default::default(),
        strings: Default::default(),
    };
    let mut cursor = Cursor::new(text);
    let (mut refused, mut notes) = (0, 0);
    loop {
        cursor.skip_to_statement();
        if cursor.peek().is_none() || refused >= REFUSED_MAX || findings.errors() >= ERRORS_MAX {
            return case;
        }
        let start = cursor.at;
        let mut statement = Statement { cursor, case: &mut case, findings, notes: &mut notes };
        let outcome = statement.run();
        cursor = statement.cursor;
        match outcome {
            Ok(Next::Go) => {}
            Ok(Next::Stop) => return case,
            Err(why) => {
                refuse(&cursor, start, &why, findings);
                refused += 1;
                cursor.at = start;
                if !cursor.skip_statement() {
                    return case;
                }
                // A statement that begins with its own end would be met for ever.
                cursor.at = cursor.at.max(start + 1);
            }
        }
    }
}

enum Next {
    Go,
    Stop,
}

fn refuse(cursor: &Cursor, start: usize, why: &str, findings: &mut Findings) {
    findings.push(
        Finding::error("unknown-conversion", format!("this statement is not understood: {why}"))
            .at("", cursor.line_of(start))
            .field("statement", cursor.excerpt(start))
            .allowed("tables, numbers, and conversions such as mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3")
            .hint("run the conversion once and save the case with its result"),
    );
}

struct Statement<'s, 'a> {
    cursor: Cursor<'a>,
    case: &'s mut Case,
    findings: &'s mut Findings,
    /// Fields reported as not used so far.
    notes: &'s mut usize,
}

impl Statement<'_, '_> {
    fn run(&mut self) -> Result<Next, Refusal> {
        if self.cursor.peek() == Some(b'[') {
            self.index_names()?;
            return self.end();
        }
        let Some(name) = self.cursor.name() else { return Err("no statement begins like this".into()) };
        match name {
            "function" => {
                self.function()?;
                return self.end();
            }
            "return" | "end" | "endfunction" if self.cursor.at_statement_end() => return Ok(Next::Stop),
            "define_constants" if self.cursor.at_statement_end() => {
                let constants = INDEX_FUNCTIONS.iter().flat_map(|(_, list)| list.iter());
                self.case.scalars.extend(constants.map(|&(name, value)| (name.to_owned(), f64::from(value))));
                return Ok(Next::Go);
            }
            "if" | "for" | "while" | "switch" | "try" | "else" | "elseif" | "case" | "otherwise" | "do" | "until" => {
                return Err("conditions and loops are not evaluated".into());
            }
            _ => {}
        }
        if name == self.case.root && self.cursor.peek() == Some(b'.') {
            self.cursor.at += 1;
            return self.assign_field();
        }
        self.assignment_sign()?;
        if name == self.case.root {
            return Err("the case is made by something else than tables".into());
        }
        let value = self.expression()?.as_scalar().ok_or("only single numbers are kept in variables")?;
        if self.case.scalars.len() >= SCALARS_MAX {
            return Err("too many variables".into());
        }
        self.case.scalars.insert(name.to_owned(), value);
        self.end()
    }

    /// The end of a statement that was understood up to here.
    fn end(&mut self) -> Result<Next, Refusal> {
        if self.cursor.at_statement_end() { Ok(Next::Go) } else { Err("something stands behind it".into()) }
    }

    fn assignment_sign(&mut self) -> Result<(), Refusal> {
        if self.cursor.take(b'=') && self.cursor.peek() != Some(b'=') { Ok(()) } else { Err("no assignment".into()) }
    }

    fn expression(&mut self) -> Result<Matrix, Refusal> {
        let mut evaluator = Evaluator::new(self.cursor, self.case, false);
        let value = evaluator.sum();
        self.cursor = evaluator.cursor;
        value
    }

    /// `function mpc = name`; several results are version 1 of the format.
    fn function(&mut self) -> Result<(), Refusal> {
        self.cursor.skip_blanks();
        if self.cursor.peek() == Some(b'[') {
            return Err("a function with several results is version 1 of the case format".into());
        }
        let root = self.cursor.name().ok_or("the function has no result")?;
        self.assignment_sign()?;
        self.cursor.skip_blanks();
        self.case.name = self.cursor.name().ok_or("the function has no name")?.to_owned();
        self.case.root = root.to_owned();
        if self.cursor.take(b'(') && !self.cursor.take(b')') {
            return Err("a case with parameters is no fixed case".into());
        }
        Ok(())
    }

    /// `[PQ, PV, ...] = idx_bus`
    fn index_names(&mut self) -> Result<(), Refusal> {
        self.cursor.at += 1;
        let mut names = Vec::new();
        loop {
            self.cursor.skip_blanks();
            match self.cursor.peek() {
                Some(b',') => self.cursor.at += 1,
                Some(b']') => break,
                Some(b'~') => {
                    self.cursor.at += 1;
                    names.push("~");
                }
                _ => names.push(self.cursor.name().ok_or("a list of names is expected")?),
            }
        }
        self.cursor.at += 1;
        self.assignment_sign()?;
        self.cursor.skip_blanks();
        let function = self.cursor.name().ok_or("a function is expected")?;
        let constants = index_function(function).ok_or_else(|| format!("{function} is not known"))?;
        if names.len() > constants.len() {
            return Err(format!("{function} gives {} numbers, not {}", constants.len(), names.len()));
        }
        for (name, &(_, value)) in names.iter().zip(constants) {
            if *name != "~" {
                self.case.scalars.insert((*name).to_owned(), f64::from(value));
            }
        }
        Ok(())
    }

    /// After `mpc.`
    fn assign_field(&mut self) -> Result<Next, Refusal> {
        let name = self.cursor.name().ok_or("a field name is missing")?;
        if let Some(kind) = TABLES.iter().position(|t| t.name == name) {
            return self.assign_table(kind);
        }
        if let Some(list) = STRING_LISTS.iter().position(|l| l.0 == name) {
            self.assignment_sign()?;
            if !self.cursor.take(b'{') {
                return Err("a list in braces is expected".into());
            }
            let (strings, cursor, closed) = strings(self.cursor, name, self.findings);
            self.cursor = cursor;
            self.case.strings[list] = Some(strings);
            return if closed { self.end() } else { Ok(Next::Go) };
        }
        match name {
            "baseMVA" => {
                self.assignment_sign()?;
                let value = self.expression()?.as_scalar().ok_or("one number is expected")?;
                self.case.base_mva = Some(value);
                self.end()
            }
            "version" => {
                self.assignment_sign()?;
                self.cursor.skip_blanks();
                let version = match self.cursor.string() {
                    Some(text) => text,
                    None => self.expression()?.as_scalar().ok_or("one number is expected")?.to_string(),
                };
                self.case.version = Some(version);
                self.end()
            }
            "name" => {
                self.assignment_sign()?;
                self.cursor.skip_blanks();
                self.case.name = self.cursor.string().ok_or("a string is expected")?;
                self.end()
            }
            _ => self.unused_field(name),
        }
    }

    /// `mpc.bus = [ ... ]` or `mpc.bus(:, [PD, QD]) = ...`
    fn assign_table(&mut self, kind: usize) -> Result<Next, Refusal> {
        if self.cursor.peek() == Some(b'(') {
            return self.convert(kind);
        }
        self.assignment_sign()?;
        if !self.cursor.take(b'[') {
            return Err("a table in brackets is expected".into());
        }
        if self.case.tables[kind].is_some() {
            return Err("the table is given twice".into());
        }
        let (table, cursor, closed) = numbers(self.cursor, self.case, &TABLES[kind], self.findings);
        self.cursor = cursor;
        self.case.tables[kind] = Some(table);
        if closed { self.end() } else { Ok(Next::Go) }
    }

    /// `mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3`
    fn convert(&mut self, kind: usize) -> Result<Next, Refusal> {
        if self.case.tables[kind].is_none() {
            return Err("the table is not given before".into());
        }
        let mut evaluator = Evaluator::new(self.cursor, self.case, false);
        let selection = evaluator.selection(kind)?;
        self.cursor = evaluator.cursor;
        self.assignment_sign()?;
        let value = self.expression()?;
        // Checked before anything is changed, so that a refused statement changes nothing.
        self.end()?;
        let table = self.case.tables[kind].as_mut().ok_or("the table is not given before")?;
        let rows = selection.row.map_or(0..table.rows, |r| r..r + 1);
        let scalar = value.as_scalar();
        if scalar.is_none() && (value.rows, value.cols) != (rows.len(), selection.columns.len()) {
            return Err("the two sides differ in size".into());
        }
        for (r, row) in rows.enumerate() {
            for (c, &column) in selection.columns.iter().enumerate() {
                table.data[row * table.cols + column] = scalar.unwrap_or_else(|| value.data[r * value.cols + c]);
            }
        }
        Ok(Next::Go)
    }

    /// A field that relight does not know: nothing that is used can depend on it, so it may hold anything.
    fn unused_field(&mut self, name: &str) -> Result<Next, Refusal> {
        let start = self.cursor;
        if !self.cursor.skip_statement() {
            self.findings.push(
                Finding::error("truncated-table", format!("what begins in line {} is never closed", start.line()))
                    .at(name, 0)
                    .allowed("a closing ] or } behind the last row")
                    .hint("the file is cut off or a bracket was deleted: fetch it again"),
            );
        }
        *self.notes += 1;
        if *self.notes <= NOTES_MAX {
            let message = format!("relight does not use this field (line {})", start.line());
            self.findings.push(Finding::note("not-used", message).at(name, 0));
        }
        Ok(Next::Go)
    }
}
