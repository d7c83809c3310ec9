//! Damage as a list, and the situation it leaves.

use crate::{BusId, Network, UtcSecond};
use std::collections::HashMap;

/// What is out, in the numbers of the case file: the form in which damage is exchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// 1-based rows of the branch table.
    pub branches: Vec<u32>,
    /// 1-based rows of the generator table.
    pub generators: Vec<u32>,
    /// Ids of buses; a bus that is out takes all that is attached with it.
    pub buses: Vec<BusId>,
}

/// Why a damage list does not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DamageError {
    /// A row beyond the table, or 0.
    #[error("damage list: {list}: row {row} is not in the table (allowed: 1 to {rows}); hint: rows are counted from 1")]
    RowOutOfRange {
        /// `branches` or `gens`.
        list: &'static str,
        /// Row given.
        row: u32,
        /// Rows of the table.
        rows: usize,
    },
    /// A bus that the network does not have.
    #[error("damage list: buses: bus {bus} is not in the network; hint: give the bus id of the file, not its row")]
    UnknownBus {
        /// Id given.
        bus: BusId,
    },
    /// The same thing twice.
    #[error("damage list: {list}: {value} is named twice; hint: name each damaged element once")]
    Twice {
        /// `branches`, `gens` or `buses`.
        list: &'static str,
        /// Row or id given.
        value: u32,
    },
}

/// What is out at an instant. (The journal, folded up to that instant, will make it; a damage list does now.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Instant it describes.
    pub as_of: UtcSecond,
    /// Revision of the data it was made from.
    pub revision: u64,
    /// Per branch: out, beside what the network itself has out of service.
    pub branch_out: Vec<bool>,
    /// Per generator: out.
    pub generator_out: Vec<bool>,
    /// Per bus: out, with all that is attached.
    pub bus_out: Vec<bool>,
}

impl Situation {
    /// Nothing is out beside what the network itself has out of service.
    pub fn intact(network: &Network) -> Self {
        Self {
            as_of: UtcSecond(0),
            revision: 0,
            branch_out: vec![false; network.branches.len()],
            generator_out: vec![false; network.generators.len()],
            bus_out: vec![false; network.buses.len()],
        }
    }

    /// The situation that a damage list leaves. Rows that were already out of service may be listed.
    pub fn damaged(network: &Network, damage: &Damage) -> Result<Self, DamageError> {
        let mut situation = Self::intact(network);
        mark_rows("branches", &damage.branches, &mut situation.branch_out)?;
        mark_rows("gens", &damage.generators, &mut situation.generator_out)?;
        let position: HashMap<BusId, usize> = network.buses.iter().enumerate().map(|(i, b)| (b.id, i)).collect();
        for &bus in &damage.buses {
            let &i = position.get(&bus).ok_or(DamageError::UnknownBus { bus })?;
            if std::mem::replace(&mut situation.bus_out[i], true) {
                return Err(DamageError::Twice { list: "buses", value: bus.0 });
            }
        }
        Ok(situation)
    }
}

/// Marks 1-based rows. Rows equal positions + 1, since tables are kept whole and in file order.
fn mark_rows(list: &'static str, rows: &[u32], out: &mut [bool]) -> Result<(), DamageError> {
    for &row in rows {
        let len = out.len();
        let slot = (row as usize).checked_sub(1).and_then(|i| out.get_mut(i)).ok_or(DamageError::RowOutOfRange {
            list,
            row,
            rows: len,
        })?;
        if std::mem::replace(slot, true) {
            return Err(DamageError::Twice { list, value: row });
        }
    }
    Ok(())
}
