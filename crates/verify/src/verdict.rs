//! What a check found.

use std::fmt;

/// The outcome of all checks of one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether every check passed.
    pub passed: bool,
    /// Each check, in a fixed order.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was checked, such as `balance`; stable.
    pub name: &'static str,
    /// Largest deviation found, in the unit that `unit` names.
    pub worst: f64,
    /// Largest deviation allowed.
    pub allowed: f64,
    /// Unit of both, such as `p.u.`.
    pub unit: &'static str,
    /// `worst <= allowed`.
    pub passed: bool,
    /// Element with the largest deviation, such as `bus 7`; empty if there is none.
    pub at: String,
}

impl Verdict {
    pub(crate) fn new(checks: Vec<Check>) -> Self {
        Self { passed: checks.iter().all(|c| c.passed), checks }
    }

    /// The check of that name; `None` if there is none.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|c| c.name == name)
    }

    /// Checks that did not pass.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|c| !c.passed)
    }
}

impl fmt::Display for Check {
    /// `balance: 3e-2 p.u. at bus 7 (allowed: 1e-6)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.3e} {}", self.name, self.worst, self.unit)?;
        if !self.at.is_empty() {
            write!(f, " at {}", self.at)?;
        }
        write!(f, " (allowed: {:.0e})", self.allowed)
    }
}

/// A check under way: keeps the largest deviation and where it was.
pub(crate) struct Gauge {
    name: &'static str,
    unit: &'static str,
    allowed: f64,
    worst: f64,
    at: String,
}

impl Gauge {
    pub fn new(name: &'static str, unit: &'static str, allowed: f64) -> Self {
        Self { name, unit, allowed, worst: 0.0, at: String::new() }
    }

    /// Notes a deviation. One that is no number is the worst of all.
    pub fn note(&mut self, deviation: f64, at: impl FnOnce() -> String) {
        let deviation = if deviation.is_nan() { f64::INFINITY } else { deviation };
        if deviation > self.worst {
            self.worst = deviation;
            self.at = at();
        }
    }

    /// Notes that something must be and is not: a deviation of 1.
    pub fn require(&mut self, holds: bool, at: impl FnOnce() -> String) {
        if !holds {
            self.note(1.0, at);
        }
    }

    pub fn done(self) -> Check {
        let passed = self.worst <= self.allowed;
        Check { name: self.name, worst: self.worst, allowed: self.allowed, unit: self.unit, passed, at: self.at }
    }
}
