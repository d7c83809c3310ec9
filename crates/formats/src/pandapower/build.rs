//! The network under construction: buses, auxiliary buses, open switches.

use super::frame::{Frame, Row};
use relight_model::{Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Findings, Network};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Network and what is needed to add to it.
pub(super) struct Builder<'a> {
    tables: &'a BTreeMap<String, Frame>,
    pub network: Network,
    pub f_hz: f64,
    pub findings: &'a mut Findings,
    /// Position of a bus by its pandapower index.
    position: HashMap<i64, BusIdx>,
    /// Open switches at the end of a branch: kind of branch (`l`, `t`, `t3`), its index, index of the bus.
    open: BTreeSet<(&'a str, i64, i64)>,
    next_id: u32,
}

impl<'a> Builder<'a> {
    pub fn new(
        tables: &'a BTreeMap<String, Frame>,
        name: String,
        base_mva: f64,
        f_hz: f64,
        findings: &'a mut Findings,
    ) -> Self {
        let network = Network::empty(name, base_mva);
        Self { tables, network, f_hz, findings, position: HashMap::new(), open: BTreeSet::new(), next_id: 1 }
    }

    /// Adds everything. Errors are among the findings.
    pub fn build(mut self) -> Network {
        self.buses();
        self.open_switches();
        self.lines();
        self.transformers();
        self.three_winding_transformers();
        self.impedances();
        self.switches();
        self.sources();
        self.loads();
        self.shunts();
        self.wards();
        self.dc_lines();
        self.storages();
        self.network
    }

    /// Rows of a table; none if the net does not have it.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.tables.get(table).into_iter().flat_map(Frame::rows)
    }

    fn buses(&mut self) {
        let mut zones: HashMap<String, u32> = HashMap::new();
        for row in self.rows("bus") {
            let Some(id) = u32::try_from(row.index()).ok().and_then(|i| i.checked_add(1)).filter(|&i| i < u32::MAX / 2)
            else {
                row.fault(self.findings, "out-of-range", "index", "the index is out of range", "0 to 2147483645");
                continue;
            };
            let zone = match row.shown("zone") {
                zone if zone.is_empty() => 1,
                zone => {
                    let next = zones.len() as u32 + 1;
                    *zones.entry(zone).or_insert(next)
                }
            };
            self.position.insert(row.index(), BusIdx::from(self.network.buses.len()));
            self.next_id = self.next_id.max(id + 1);
            let in_service = row.flag("in_service", true, self.findings);
            self.network.buses.push(Bus {
                id: BusId(id),
                name: row.text("name").to_owned(),
                kind: if in_service { BusKind::Pq } else { BusKind::Isolated },
                base_kv: row.positive("vn_kv", self.findings),
                vm_pu: 1.0,
                va_deg: 0.0,
                vm_pu_max: row.number_or("max_vm_pu", f64::INFINITY, self.findings),
                vm_pu_min: row.number_or("min_vm_pu", 0.0, self.findings),
                area: zone,
                zone,
                row: row.k as u32 + 1,
            });
        }
    }

    fn open_switches(&mut self) {
        for row in self.rows("switch") {
            let et = row.text("et");
            if !matches!(et, "b" | "l" | "t" | "t3") {
                row.fault(self.findings, "unknown-kind", "et", "unknown kind of switch", "b, l, t, t3");
            } else if et != "b" && !row.flag("closed", true, self.findings) {
                let element = row.whole("element", self.findings);
                if let (Some(element), Some(bus)) = (element, row.whole("bus", self.findings)) {
                    self.open.insert((et, element, bus));
                }
            }
        }
    }

    /// The bus that a cell names, or an error.
    pub fn bus(&mut self, row: Row<'_>, column: &str) -> Option<BusIdx> {
        let index = row.whole(column, self.findings)?;
        let found = self.position.get(&index).copied();
        if found.is_none() {
            row.fault(self.findings, "unknown-bus", column, "no such bus", "the index of a row of bus");
        }
        found
    }

    pub fn base_kv(&self, bus: BusIdx) -> f64 {
        self.network.buses[bus.i()].base_kv
    }

    pub fn is_isolated(&self, bus: BusIdx) -> bool {
        self.network.buses[bus.i()].kind == BusKind::Isolated
    }

    /// Whether the switch at this end of a branch is open.
    pub fn is_open(&mut self, et: &'static str, row: Row<'_>, column: &str) -> bool {
        let Some(bus) = row.whole(column, self.findings) else { return false };
        self.open.contains(&(et, row.index(), bus))
    }

    /// A new bus at which nothing but the end of a branch hangs.
    pub fn auxiliary_bus(&mut self, like: BusIdx, name: String) -> BusIdx {
        let at = BusIdx::from(self.network.buses.len());
        let Bus { base_kv, area, zone, .. } = self.network.buses[like.i()];
        self.network.buses.push(Bus {
            id: BusId(self.next_id),
            name,
            kind: BusKind::Pq,
            base_kv,
            vm_pu: 1.0,
            va_deg: 0.0,
            vm_pu_max: f64::INFINITY,
            vm_pu_min: 0.0,
            area,
            zone,
            row: at.0 + 1,
        });
        self.next_id += 1;
        at
    }

    /// Adds a branch at the next row.
    pub fn push_branch(&mut self, mut branch: Branch) {
        branch.row = self.network.branches.len() as u32 + 1;
        self.network.branches.push(branch);
    }
}

/// A branch without impedance, to be filled in.
pub(super) fn blank_branch(name: String, kind: BranchKind, from: BusIdx, to: BusIdx, in_service: bool) -> Branch {
    Branch {
        name,
        kind,
        from,
        to,
        r_pu: 0.0,
        x_pu: 0.0,
        g_from_pu: 0.0,
        b_from_pu: 0.0,
        g_to_pu: 0.0,
        b_to_pu: 0.0,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva: None,
        rate_b_mva: None,
        rate_c_mva: None,
        angle_deg_min: f64::NEG_INFINITY,
        angle_deg_max: f64::INFINITY,
        in_service,
        row: 0,
    }
}
