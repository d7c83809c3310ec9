//! Arithmetic as it stands in case files, evaluated while it is parsed: `135/sqrt(3)`, `mpc.bus(:, [PD QD]) / 1e3`.
//!
//! ```text
//! sum     = product { ("+" | "-") product }
//! product = unary { ("*" | "/" | ".*" | "./") unary }
//! unary   = { "+" | "-" } power
//! power   = primary { ("^" | ".^") { "+" | "-" } primary }        left-associative, binds tighter than the sign
//! primary = number | "(" sum ")" | "[" primary... "]" | name | name "(" sum ")" | mpc.baseMVA | mpc.TABLE [ "(" rows "," columns ")" ]
//! ```
//!
//! Only what is certain to mean here what it means there is evaluated; anything else is an error with the reason.

use super::columns::TABLES;
use super::cursor::Cursor;
use super::number;
use super::tables::Case;

/// Deepest nesting of brackets and signs.
const DEPTH_MAX: usize = 64;

/// A value: a scalar is a 1x1 matrix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub rows: usize,
    pub cols: usize,
    /// Row by row.
    pub data: Vec<f64>,
}

impl Matrix {
    pub fn scalar(value: f64) -> Self {
        Self { rows: 1, cols: 1, data: vec![value] }
    }

    pub fn as_scalar(&self) -> Option<f64> {
        if self.data.len() == 1 { Some(self.data[0]) } else { None }
    }

    fn map(mut self, f: impl Fn(f64) -> f64) -> Self {
        self.data.iter_mut().for_each(|v| *v = f(*v));
        self
    }

    /// Element by element; one side may be a scalar. `None` where the shapes differ.
    fn zip(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Option<Self> {
        if let Some(b) = other.as_scalar() {
            return Some(self.map(|a| f(a, b)));
        }
        if let Some(a) = self.as_scalar() {
            return Some(other.map(|b| f(a, b)));
        }
        ((self.rows, self.cols) == (other.rows, other.cols)).then(|| Self {
            rows: self.rows,
            cols: self.cols,
            data: self.data.iter().zip(&other.data).map(|(&a, &b)| f(a, b)).collect(),
        })
    }
}

/// Why an expression was not evaluated.
pub(super) type Refusal = String;

/// Which elements of a table `(rows, columns)` means.
pub(super) struct Selection {
    /// 0-based row; `None` = all.
    pub row: Option<usize>,
    /// 0-based columns.
    pub columns: Vec<usize>,
}

/// Evaluates expressions at a cursor.
pub(super) struct Evaluator<'e, 'a> {
    pub cursor: Cursor<'a>,
    pub case: &'e Case,
    /// Inside `[ ]` a blank ends an element: `1 -2` is two, `1 - 2` is one.
    blank_separates: bool,
    depth: usize,
}

impl<'e, 'a> Evaluator<'e, 'a> {
    pub fn new(cursor: Cursor<'a>, case: &'e Case, blank_separates: bool) -> Self {
        Self { cursor, case, blank_separates, depth: 0 }
    }

    /// An expression.
    pub fn sum(&mut self) -> Result<Matrix, Refusal> {
        self.deeper()?;
        let mut value = self.product()?;
        while let Some(operator) = self.operator(b"+-") {
            let right = self.product()?;
            value = match operator {
                b'+' => value.zip(right, |a, b| a + b),
                _ => value.zip(right, |a, b| a - b),
            }
            .ok_or("the two sides differ in size")?;
        }
        self.depth -= 1;
        Ok(value)
    }

    fn product(&mut self) -> Result<Matrix, Refusal> {
        let mut value = self.unary()?;
        loop {
            let elementwise = self.dotted(b"*/");
            let Some(operator) = self.operator(b"*/") else { return Ok(value) };
            let right = self.unary()?;
            // `*` and `/` between two matrices are matrix algebra, which no unit conversion needs; a matrix as divisor is one too.
            let scalar = right.as_scalar().is_some() || (operator == b'*' && value.as_scalar().is_some());
            if !elementwise && !scalar {
                return Err("matrix product or quotient; use .* or ./ for each element".into());
            }
            value = match operator {
                b'*' => value.zip(right, |a, b| a * b),
                _ => value.zip(right, |a, b| a / b),
            }
            .ok_or("the two sides differ in size")?;
        }
    }

    fn unary(&mut self) -> Result<Matrix, Refusal> {
        let mut negative = false;
        loop {
            self.cursor.skip_blanks();
            match self.cursor.peek() {
                Some(b'-') => negative = !negative,
                Some(b'+') => {}
                _ => break,
            }
            self.cursor.at += 1;
        }
        let value = self.power()?;
        Ok(if negative { value.map(|v| -v) } else { value })
    }

    fn power(&mut self) -> Result<Matrix, Refusal> {
        let mut value = self.primary()?;
        loop {
            let elementwise = self.dotted(b"^");
            if self.operator(b"^").is_none() {
                return Ok(value);
            }
            let mut sign = 1.0;
            while let Some(operator @ (b'+' | b'-')) = self.cursor.peek() {
                sign = if operator == b'-' { -sign } else { sign };
                self.cursor.at += 1;
            }
            let exponent = self.primary()?;
            if !elementwise && (value.as_scalar().is_none() || exponent.as_scalar().is_none()) {
                return Err("power of a matrix; use .^ for each element".into());
            }
            value = value.zip(exponent, |a, b| a.powf(sign * b)).ok_or("the two sides differ in size")?;
        }
    }

    fn primary(&mut self) -> Result<Matrix, Refusal> {
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            Some(b'(') => {
                self.cursor.at += 1;
                let value = self.inside(b')')?;
                Ok(value)
            }
            Some(b'[') => self.row_vector(),
            Some(b'0'..=b'9' | b'.') => {
                let (value, len) = number::unsigned(&self.cursor.text[self.cursor.at..]).ok_or("no number")?;
                self.cursor.at += len;
                Ok(Matrix::scalar(value))
            }
            _ => self.named(),
        }
    }

    /// An expression up to a closing bracket, where blanks mean nothing.
    fn inside(&mut self, close: u8) -> Result<Matrix, Refusal> {
        let outside = std::mem::replace(&mut self.blank_separates, false);
        let value = self.sum()?;
        self.blank_separates = outside;
        if self.cursor.take(close) { Ok(value) } else { Err(format!("'{}' is missing", char::from(close))) }
    }

    /// `[PD, QD]`: scalars side by side.
    fn row_vector(&mut self) -> Result<Matrix, Refusal> {
        self.deeper()?;
        self.cursor.at += 1;
        let outside = std::mem::replace(&mut self.blank_separates, true);
        let mut data = Vec::new();
        loop {
            self.cursor.skip_blanks();
            match self.cursor.peek() {
                Some(b',') => self.cursor.at += 1,
                Some(b']') => break,
                Some(b';' | b'\n' | b'%' | b'#') | None => return Err("a list of one row is expected".into()),
                _ => data.push(self.sum()?.as_scalar().ok_or("a list inside a list")?),
            }
            if data.len() > super::tables::COLUMNS_MAX {
                return Err("the list is too long".into());
            }
        }
        self.cursor.at += 1;
        self.blank_separates = outside;
        self.depth -= 1;
        Ok(Matrix { rows: 1, cols: data.len(), data })
    }

    fn named(&mut self) -> Result<Matrix, Refusal> {
        let start = self.cursor.at;
        let Some(name) = self.cursor.name() else {
            return Err(format!("'{}' is no number", self.cursor.excerpt(start).chars().take(20).collect::<String>()));
        };
        if name == self.case.root {
            return self.field();
        }
        let constant = match name {
            "Inf" | "inf" | "INF" => Some(f64::INFINITY),
            "NaN" | "nan" | "NAN" => Some(f64::NAN),
            "pi" => Some(std::f64::consts::PI),
            _ => None,
        };
        if let Some(value) = self.case.scalars.get(name).copied().or(constant) {
            return if self.cursor.peek() == Some(b'(') {
                Err(format!("{name} is no table"))
            } else {
                Ok(Matrix::scalar(value))
            };
        }
        let function: fn(f64) -> f64 = match name {
            "sqrt" => f64::sqrt,
            "sin" => f64::sin,
            "cos" => f64::cos,
            "tan" => f64::tan,
            "asin" => f64::asin,
            "acos" => f64::acos,
            "atan" => f64::atan,
            "exp" => f64::exp,
            "log" => f64::ln,
            "abs" => f64::abs,
            _ => return Err(format!("{name} is not known")),
        };
        if self.cursor.peek() != Some(b'(') {
            return Err(format!("{name} needs a value in parentheses"));
        }
        self.cursor.at += 1;
        Ok(self.inside(b')')?.map(function))
    }

    /// After `mpc`: `.baseMVA`, `.bus(1, BASE_KV)`, `.bus(:, PD)`.
    fn field(&mut self) -> Result<Matrix, Refusal> {
        if self.cursor.peek() != Some(b'.') {
            return Err("the whole case is no value".into());
        }
        self.cursor.at += 1;
        let name = self.cursor.name().ok_or("a field name is missing")?;
        if name == "baseMVA" {
            return self.case.base_mva.map(Matrix::scalar).ok_or_else(|| "baseMVA is not set yet".into());
        }
        let kind = TABLES.iter().position(|t| t.name == name).ok_or_else(|| format!("table {name} is not known"))?;
        if self.cursor.peek() != Some(b'(') {
            return Err(format!("a part of table {name} is expected, such as {name}(:, 3)"));
        }
        let selection = self.selection(kind)?;
        let table = self.case.tables[kind].as_ref().ok_or("the table is not set yet")?;
        let rows = selection.row.map_or(0..table.rows, |r| r..r + 1);
        let cols = selection.columns.len();
        let mut data = Vec::with_capacity(rows.len() * cols);
        for row in rows.clone() {
            data.extend(selection.columns.iter().map(|&c| table.data[row * table.cols + c]));
        }
        Ok(Matrix { rows: rows.len(), cols, data })
    }

    /// `(rows, columns)` of a table that exists: rows are `:` or one row; columns one, a list or a range.
    pub fn selection(&mut self, kind: usize) -> Result<Selection, Refusal> {
        if !self.cursor.take(b'(') {
            return Err("'(' is missing".into());
        }
        self.deeper()?;
        let (table_rows, table_cols) = self.case.tables[kind].as_ref().map_or((0, 0), |t| (t.rows, t.cols));
        let outside = std::mem::replace(&mut self.blank_separates, false);
        let row = if self.cursor.take(b':') {
            None
        } else {
            let row = self.sum()?.as_scalar().ok_or("one row or : is expected")?;
            Some(index(row, table_rows, "row")?)
        };
        if !self.cursor.take(b',') {
            return Err("rows and columns are expected, such as (:, 3)".into());
        }
        let columns: Vec<usize> = if self.cursor.take(b':') {
            (0..table_cols).collect()
        } else {
            let list = self.sum()?;
            if self.cursor.take(b':') {
                let first = index(list.as_scalar().ok_or("a range of lists")?, table_cols, "column")?;
                let last = index(self.sum()?.as_scalar().ok_or("a range of lists")?, table_cols, "column")?;
                (first..=last).collect()
            } else {
                list.data.iter().map(|&c| index(c, table_cols, "column")).collect::<Result<_, _>>()?
            }
        };
        self.blank_separates = outside;
        self.depth -= 1;
        if self.cursor.take(b')') { Ok(Selection { row, columns }) } else { Err("')' is missing".into()) }
    }

    /// Takes one of the operators if it comes next; in a table a sign after a blank and before a value begins the next element.
    fn operator(&mut self, set: &[u8]) -> Option<u8> {
        let back = self.cursor.at;
        let blank = self.cursor.skip_blanks();
        if let Some(byte) = self.cursor.peek().filter(|b| set.contains(b)) {
            let begins_element = self.blank_separates
                && blank
                && matches!(byte, b'+' | b'-')
                && !matches!(self.cursor.peek_at(1), Some(b' ' | b'\t'));
            if !begins_element {
                self.cursor.at += 1;
                return Some(byte);
            }
        }
        self.cursor.at = back;
        None
    }

    /// Takes the point of `.*`, `./` or `.^`, if one of these is in the set; the rest is left to [`Self::operator`].
    fn dotted(&mut self, set: &[u8]) -> bool {
        let back = self.cursor.at;
        self.cursor.skip_blanks();
        let dotted = self.cursor.peek() == Some(b'.') && self.cursor.peek_at(1).is_some_and(|b| set.contains(&b));
        self.cursor.at = if dotted { self.cursor.at + 1 } else { back };
        dotted
    }

    fn deeper(&mut self) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(format!("nested deeper than {DEPTH_MAX}")) } else { Ok(()) }
    }
}

/// A 1-based index as a position.
fn index(value: f64, len: usize, what: &str) -> Result<usize, Refusal> {
    if value.fract() == 0.0 && value >= 1.0 && value <= len as f64 {
        Ok(value as usize - 1)
    } else {
        Err(format!("{what} {value} is not in the table (1 to {len})"))
    }
}
