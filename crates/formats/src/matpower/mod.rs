//! MATPOWER case files (`.m`, version 2): reader and writer.
//!
//! ```text
//! bytes ──cursor, number, expression──> tables and scalars ──statement──> Case ──network──> Network ──write──> text
//! ```
//!
//! A case file is a program. The reader executes the statements that case files consist of - tables, scalars, unit
//! conversions - and refuses every other one by its line. `docs/formats/matpower.md` lists what is read, how it is
//! mapped, and the codes of the findings. The format is described in the MATPOWER manual, appendix B; the storage table
//! is that of PowerModels.jl.

mod columns;
mod cursor;
mod expression;
mod network;
mod number;
mod statement;
mod tables;
mod write;

pub use write::{CannotHold, write};

use crate::{Reading, source};
use relight_model::{Findings, Network, validate};

/// Names of the tables in messages.
const TABLES: validate::Tables = validate::Tables {
    bus: "bus",
    branch: "branch",
    generator: "gen",
    load: "bus",
    shunt: "bus",
    hvdc_line: "dcline",
    storage: "storage",
    switch: "switch",
    several_references: false,
};

/// Reads a case. The network has passed [`validate::network`].
pub fn read(bytes: &[u8]) -> Reading<Network> {
    let mut findings = Findings::default();
    let text = match source::as_text(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(finding) => {
            findings.push(finding);
            return (None, findings);
        }
    };
    let case = statement::execute(text.as_bytes(), &mut findings);
    let network = network::build(case, &mut findings);
    if !findings.has_errors() {
        findings.extend(validate::network(&network, &TABLES));
    }
    if findings.has_errors() { (None, findings) } else { (Some(network), findings) }
}

#[cfg(test)]
mod tests;
