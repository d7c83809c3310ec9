//! CSV tables with one value for a bus, as weights and ranks are.

use crate::scenario::table::{Column, Row, Table};
use relight_model::{Findings, Network};
use std::collections::HashMap;
use std::path::Path;

/// Reads a table with a column `bus` and what `value` reads of a row: in the order of the network's buses, `None` where the
/// file names no such bus. `what` names the table in findings.
///
/// Findings beside those of any table: `unknown-bus`, `duplicate-bus`.
pub fn read<T: Clone>(
    path: &Path,
    network: &Network,
    what: &'static str,
    columns: &'static [Column],
    value: impl Fn(&mut Row<'_, '_>) -> Option<T>,
) -> (Vec<Option<T>>, Findings) {
    let mut findings = Findings::default();
    let mut values = vec![None; network.buses.len()];
    let position: HashMap<u32, usize> = network.buses.iter().enumerate().map(|(i, b)| (b.id.0, i)).collect();
    let mut seen = vec![false; network.buses.len()];
    if let Some(table) = Table::open(path, what, columns, &mut findings) {
        table.each(&mut findings, |row| {
            let bus = row.whole("bus", None, 1, u32::MAX);
            let (Some(bus), Some(value)) = (bus, value(row)) else { return };
            let mut fault =
                |code, message, allowed, hint| row.fault(code, "bus", &bus.to_string(), message, allowed, hint);
            match position.get(&bus) {
                None => {
                    let hint = "give the bus id of the case file, not its row";
                    fault("unknown-bus", "the network has no such bus", "a bus of the case", hint);
                }
                Some(&i) if std::mem::replace(&mut seen[i], true) => {
                    fault("duplicate-bus", "the bus is named twice", "each bus once", "keep one row");
                }
                Some(&i) => values[i] = Some(value),
            }
        });
    }
    (values, findings)
}
