//! Reader of power-grid-model's JSON: a grid in SI units, and batches of updates to it.
//!
//! ```text
//! input.json ──document──> Input ──network──> Case (Network + Places)
//! update_batch.json ─────> Update ──┘   (the same, for each scenario)
//! ```
//!
//! The physics follows that project's documentation of its components: <https://power-grid-model.readthedocs.io>,
//! "Components". `docs/formats/power-grid-model.md` says what is read and how it is mapped.
//!
//! # Equations
//! With `S` the base power and `U_f`, `U_t` the rated voltages of the two nodes (line to line):
//!
//! 1. line: `z = (r1 + j x1) S/U_f²`, shunt `y = 2π·50·c1 (tan1 + j) U_f²/S`, half of it at each end;
//! 2. transformer, `u1`, `u2` with the tap's steps: `|z| = |uk| u2²/sn`, `r = pk u2²/sn²`, `x = sign(uk) √(|z|² − r²)`,
//!    all over `U_t²/S`; shunt `|y| = i0 sn/u2²`, `g = p0/u2²`, `b = −√(|y|² − g²)`, times `U_t²/S`, half of it at each
//!    end; ratio `(u1/u2)/(U_f/U_t)` and shift `30° clock` at the *from* end;
//! 3. source: an ideal voltage `u_ref ∠ u_ref_angle` behind `|z| = S/sk`, `r/x = rx_ratio`;
//! 4. link: none; its nodes are one. That project gives it `y = (1 + j) 10⁸` at a base of 1 MVA, which stands for as much.
//!
//! The ideal voltage of a source and the open end of a branch that is connected at one end only become buses of their own.

mod attributes;
mod document;
mod network;
mod places;
mod transformer;
mod update;

pub use places::{BranchPlace, Case, LinkPlace, LoadPlace, Places, SourcePlace};
pub use update::Update;

use crate::Reading;
use document::Tables;
use relight_model::{Findings, validate};

/// Names of the tables in messages.
const TABLES: validate::Tables = validate::Tables {
    bus: "node",
    branch: "branch",
    generator: "source",
    load: "load or generator",
    shunt: "shunt",
    hvdc_line: "",
    storage: "",
    switch: "link",
    several_references: true,
};

/// A grid as its file gives it, before anything is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    tables: Tables,
}

/// Whether the bytes look like power-grid-model's JSON rather than another network in JSON.
pub fn looks_like(bytes: &[u8]) -> bool {
    document::looks_like(bytes)
}

/// Reads a grid and makes its network.
pub fn read(bytes: &[u8]) -> Reading<Case> {
    let (input, mut findings) = read_input(bytes);
    let Some(input) = input else { return (None, findings) };
    let (case, more) = input.case();
    findings.extend(more);
    (case, findings)
}

/// Reads a grid without making a network of it: updates can then be applied first.
pub fn read_input(bytes: &[u8]) -> Reading<Input> {
    let mut findings = Findings::default();
    let Some(mut document) = document::parse(bytes, "input", &mut findings) else { return (None, findings) };
    let data = document.data.take();
    let tables = document.tables(data, &mut findings);
    if findings.has_errors() { (None, findings) } else { (Some(Input { tables }), findings) }
}

/// Reads a batch of updates, one for each scenario.
pub fn read_updates(bytes: &[u8]) -> Reading<Vec<Update>> {
    update::read(bytes)
}

impl Input {
    /// The network of this grid. It has passed [`validate::network`].
    pub fn case(&self) -> Reading<Case> {
        let mut findings = Findings::default();
        let case = network::build(&self.tables, &mut findings);
        if !findings.has_errors() {
            findings.extend(validate::network(&case.network, &TABLES));
        }
        if findings.has_errors() { (None, findings) } else { (Some(case), findings) }
    }

    /// This grid with an update applied to it. An id that the grid does not have is an error, `unknown-id`.
    pub fn updated(&self, update: &Update) -> Reading<Input> {
        let mut findings = Findings::default();
        let mut tables = self.tables.clone();
        update.apply(&mut tables, &mut findings);
        if findings.has_errors() { (None, findings) } else { (Some(Input { tables }), findings) }
    }
}

#[cfg(test)]
mod tests;
