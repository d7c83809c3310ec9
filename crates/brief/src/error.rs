//! Why no brief is written.

/// Why no brief is written. None of these is a matter of taste: each would put a wrong number before a tired reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    /// The independent check did not accept the plan.
    #[error("the plan did not pass the independent check; hint: nothing is shown before it does, run `relight verify`")]
    NotVerified,
    /// Two things that must have the same length have not.
    #[error(
        "plan and scenario do not fit: {what} has {found} entries (allowed: {expected}); hint: plan this scenario again"
    )]
    Length {
        /// What was counted.
        what: &'static str,
        /// Entries found.
        found: usize,
        /// Entries that would fit.
        expected: usize,
    },
    /// A position that points beyond its table.
    #[error(
        "{what} of entry {entry} points at position {position} (allowed: below {len}); hint: validate the scenario"
    )]
    Position {
        /// What points.
        what: &'static str,
        /// 0-based entry that points.
        entry: usize,
        /// Where it points.
        position: usize,
        /// Length of the table it points into.
        len: usize,
    },
    /// A number that is not finite or out of its range.
    #[error("{what} of entry {entry} is {value} (allowed: {allowed}); hint: plan this scenario again")]
    Number {
        /// What the number is.
        what: &'static str,
        /// 0-based entry.
        entry: usize,
        /// The number as text.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A horizon without steps or with steps of no length.
    #[error("the plan covers no time: {steps} steps of {step_s} s (allowed: 1 or more of each)")]
    NoHorizon {
        /// Steps.
        steps: u32,
        /// Length of a step, s.
        step_s: u32,
    },
}
