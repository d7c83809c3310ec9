//! Attributes of a row, checked: numbers, ids, nodes, taps. Each fault is a finding with component, row and attribute.

use super::document::number;
use super::network::{Builder, Row};
use super::transformer::Tap;
use relight_model::{BusIdx, Finding};
use serde_json::Value;

impl Builder<'_> {
    pub(super) fn missing(&mut self, row: &Row, key: &str) {
        self.findings.push(
            Finding::error("missing-attribute", format!("{key} is missing"))
                .at(row.component, row.number)
                .field(key, "")
                .hint("give it in the input or, for a batch, in every update"),
        );
    }

    /// A number, `None` where it is absent; an error, and `None`, where it is none.
    pub(super) fn optional(&mut self, row: &Row, key: &str) -> Option<f64> {
        number(row.attributes.get(key)).unwrap_or_else(|value| {
            self.findings.push(
                Finding::error("bad-number", format!("{key} is no number"))
                    .at(row.component, row.number)
                    .field(key, value)
                    .hint("correct the value"),
            );
            None
        })
    }

    /// A number; an error, and NaN, where it is absent.
    pub(super) fn required(&mut self, row: &Row, key: &str) -> f64 {
        match number(row.attributes.get(key)) {
            Ok(None) => {
                self.missing(row, key);
                f64::NAN
            }
            _ => self.optional(row, key).unwrap_or(f64::NAN),
        }
    }

    /// A number above 0, or NaN with an error.
    pub(super) fn positive(&mut self, row: &Row, key: &str) -> f64 {
        let value = self.required(row, key);
        if value <= 0.0 {
            self.findings.push(
                Finding::error("out-of-range", format!("{key} must be above 0"))
                    .at(row.component, row.number)
                    .field(key, value)
                    .allowed("above 0")
                    .hint("check the unit"),
            );
            return f64::NAN;
        }
        value
    }

    pub(super) fn status(&mut self, row: &Row, key: &str) -> bool {
        let value = self.required(row, key);
        if value != 0.0 && value != 1.0 && !value.is_nan() {
            self.findings.push(
                Finding::error("out-of-range", format!("{key} must be 0 or 1"))
                    .at(row.component, row.number)
                    .field(key, value)
                    .allowed("0 or 1"),
            );
        }
        value == 1.0
    }

    /// The component's id, if it is a whole number that no other component has.
    pub(super) fn id(&mut self, row: &Row) -> Option<i64> {
        let value = row.attributes.get("id").unwrap_or(&Value::Null);
        let id = value.as_i64().filter(|id| i32::try_from(*id).is_ok());
        let finding = match id {
            Some(id) if self.ids.insert(id) => return Some(id),
            Some(_) => Finding::error("duplicate-id", "another component has this id already").allowed("each id once"),
            None => Finding::error("not-an-integer", "an id is a whole number of 32 bits"),
        };
        let hint = "give every component an id of its own";
        self.findings.push(finding.at(row.component, row.number).field("id", value).hint(hint));
        None
    }

    pub(super) fn node(&mut self, row: &Row, key: &str) -> Option<BusIdx> {
        let Some(value) = row.attributes.get(key).filter(|v| !v.is_null()) else {
            self.missing(row, key);
            return None;
        };
        let node = value.as_i64().and_then(|id| self.places.nodes.get(&id).copied());
        if node.is_none() {
            self.findings.push(
                Finding::error("unknown-bus", format!("node {value} is not in the file"))
                    .at(row.component, row.number)
                    .field(key, value)
                    .allowed("an id of a node")
                    .hint("add the node or correct the id"),
            );
        }
        node
    }

    /// The two nodes of a branch and whether it is connected to them.
    pub(super) fn ends(&mut self, row: &Row) -> Option<([BusIdx; 2], [bool; 2])> {
        let nodes = (self.node(row, "from_node"), self.node(row, "to_node"));
        let connected = [self.status(row, "from_status"), self.status(row, "to_status")];
        Some(([nodes.0?, nodes.1?], connected))
    }

    pub(super) fn tap(&mut self, row: &Row) -> Tap {
        let nominal = self.optional(row, "tap_nom").unwrap_or(0.0);
        let tap = Tap {
            position: self.optional(row, "tap_pos").unwrap_or(nominal),
            min: self.required(row, "tap_min"),
            max: self.required(row, "tap_max"),
            nominal,
            size_v: self.required(row, "tap_size"),
        };
        let limited = tap.limited();
        if limited.position != tap.position {
            self.findings.push(
                Finding::warning("out-of-range", "the tap position is beyond the last one, which is taken")
                    .at(row.component, row.number)
                    .field("tap_pos", tap.position)
                    .allowed(format!("{} to {}", tap.min, tap.max)),
            );
        }
        limited
    }

    /// Degrees of a clock number; odd ones need exactly one star winding.
    pub(super) fn shift_deg(&mut self, row: &Row, clock: &str, windings: [&str; 2]) -> f64 {
        let hours = self.required(row, clock);
        let star = windings.map(|key| matches!(self.required(row, key), 0.0 | 1.0));
        let odd = hours % 2.0 == 1.0;
        if !hours.is_nan() && (hours.fract() != 0.0 || !(0.0..=12.0).contains(&hours) || odd == (star[0] == star[1])) {
            self.findings.push(
                Finding::error("bad-clock", "this clock number is not possible with these windings")
                    .at(row.component, row.number)
                    .field(clock, hours)
                    .allowed("0 to 12; odd with one star winding, even with two or none")
                    .hint("check the winding types"),
            );
        }
        hours % 12.0 * 30.0
    }

    /// A value that follows the tap: `key`, `key_min`, `key_max`.
    pub(super) fn tapped(&mut self, row: &Row, key: &str, tap: &Tap) -> f64 {
        let nominal = self.required(row, key);
        let at_min = self.optional(row, &format!("{key}_min")).unwrap_or(nominal);
        let at_max = self.optional(row, &format!("{key}_max")).unwrap_or(nominal);
        tap.interpolate(nominal, at_min, at_max)
    }

    /// Voltages of the windings with the tap's steps, V. `tap_side` counts from `first_side`.
    pub(super) fn winding_v<const N: usize>(
        &mut self,
        row: &Row,
        tap: &Tap,
        keys: [&str; N],
        first_side: f64,
    ) -> [f64; N] {
        let mut voltages = keys.map(|key| self.positive(row, key));
        let side = self.required(row, "tap_side") - first_side;
        match voltages.get_mut(side.max(0.0) as usize) {
            Some(voltage) if side.fract() == 0.0 && side >= 0.0 => *voltage += tap.added_v(),
            _ => self.findings.push(
                Finding::error("out-of-range", "there is no such side")
                    .at(row.component, row.number)
                    .field("tap_side", side + first_side)
                    .allowed(format!("{first_side} to {}", first_side + N as f64 - 1.0)),
            ),
        }
        voltages
    }
}
