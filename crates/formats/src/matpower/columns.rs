//! Tables of a case and their columns, in MATPOWER's order and by MATPOWER's names (manual, appendix B).

/// A table that relight uses.
pub(super) struct TableKind {
    /// Field of the case structure.
    pub name: &'static str,
    /// Columns a row must have at least.
    pub columns_min: usize,
    /// Names of the columns, for messages.
    pub columns: &'static [&'static str],
}

impl TableKind {
    /// Name of a 0-based column.
    pub fn column(&self, column: usize) -> String {
        self.columns.get(column).map_or_else(|| format!("column {}", column + 1), |&c| c.to_owned())
    }
}

pub(super) const BUS: usize = 0;
pub(super) const GEN: usize = 1;
pub(super) const BRANCH: usize = 2;
pub(super) const GENCOST: usize = 3;
pub(super) const DCLINE: usize = 4;
pub(super) const STORAGE: usize = 5;

/// All numeric tables that relight uses; the constants above are positions here.
pub(super) const TABLES: [TableKind; 6] = [
    TableKind {
        name: "bus",
        columns_min: 13,
        columns: &[
            "bus_i", "type", "Pd", "Qd", "Gs", "Bs", "area", "Vm", "Va", "baseKV", "zone", "Vmax", "Vmin", "lam_P",
            "lam_Q", "mu_Vmax", "mu_Vmin",
        ],
    },
    TableKind {
        name: "gen",
        columns_min: 10,
        columns: &[
            "bus", "Pg", "Qg", "Qmax", "Qmin", "Vg", "mBase", "status", "Pmax", "Pmin", "Pc1", "Pc2", "Qc1min",
            "Qc1max", "Qc2min", "Qc2max", "ramp_agc", "ramp_10", "ramp_30", "ramp_q", "apf",
        ],
    },
    TableKind {
        name: "branch",
        columns_min: 11,
        columns: &[
            "fbus", "tbus", "r", "x", "b", "rateA", "rateB", "rateC", "ratio", "angle", "status", "angmin", "angmax",
            "Pf", "Qf", "Pt", "Qt",
        ],
    },
    TableKind { name: "gencost", columns_min: 4, columns: &["model", "startup", "shutdown", "n"] },
    TableKind {
        name: "dcline",
        columns_min: 17,
        columns: &[
            "fbus", "tbus", "status", "Pf", "Pt", "Qf", "Qt", "Vf", "Vt", "Pmin", "Pmax", "QminF", "QmaxF", "QminT",
            "QmaxT", "loss0", "loss1",
        ],
    },
    TableKind {
        name: "storage",
        columns_min: 17,
        columns: &[
            "storage_bus",
            "ps",
            "qs",
            "energy",
            "energy_rating",
            "charge_rating",
            "discharge_rating",
            "charge_efficiency",
            "discharge_efficiency",
            "thermal_rating",
            "qmin",
            "qmax",
            "r",
            "x",
            "p_loss",
            "q_loss",
            "status",
        ],
    },
];

pub(super) const BUS_NAME: usize = 0;
pub(super) const GENFUEL: usize = 1;
pub(super) const GEN_NAME: usize = 2;
pub(super) const BRANCH_NAME: usize = 3;

/// Lists of strings that relight uses: field, and the table whose rows they name. The last two are relight's own.
pub(super) const STRING_LISTS: [(&str, usize); 4] =
    [("bus_name", BUS), ("genfuel", GEN), ("gen_name", GEN), ("branch_name", BRANCH)];

type Constants = &'static [(&'static str, u32)];

/// Names that MATPOWER's functions `idx_bus` and so on give to types and 1-based columns, in the order they return them.
pub(super) const INDEX_FUNCTIONS: [(&str, Constants); 4] = [
    (
        "idx_bus",
        &[
            ("PQ", 1),
            ("PV", 2),
            ("REF", 3),
            ("NONE", 4),
            ("BUS_I", 1),
            ("BUS_TYPE", 2),
            ("PD", 3),
            ("QD", 4),
            ("GS", 5),
            ("BS", 6),
            ("BUS_AREA", 7),
            ("VM", 8),
            ("VA", 9),
            ("BASE_KV", 10),
            ("ZONE", 11),
            ("VMAX", 12),
            ("VMIN", 13),
            ("LAM_P", 14),
            ("LAM_Q", 15),
            ("MU_VMAX", 16),
            ("MU_VMIN", 17),
        ],
    ),
    (
        "idx_brch",
        &[
            ("F_BUS", 1),
            ("T_BUS", 2),
            ("BR_R", 3),
            ("BR_X", 4),
            ("BR_B", 5),
            ("RATE_A", 6),
            ("RATE_B", 7),
            ("RATE_C", 8),
            ("TAP", 9),
            ("SHIFT", 10),
            ("BR_STATUS", 11),
            ("PF", 14),
            ("QF", 15),
            ("PT", 16),
            ("QT", 17),
            ("MU_SF", 18),
            ("MU_ST", 19),
            ("ANGMIN", 12),
            ("ANGMAX", 13),
            ("MU_ANGMIN", 20),
            ("MU_ANGMAX", 21),
        ],
    ),
    (
        "idx_gen",
        &[
            ("GEN_BUS", 1),
            ("PG", 2),
            ("QG", 3),
            ("QMAX", 4),
            ("QMIN", 5),
            ("VG", 6),
            ("MBASE", 7),
            ("GEN_STATUS", 8),
            ("PMAX", 9),
            ("PMIN", 10),
            ("MU_PMAX", 22),
            ("MU_PMIN", 23),
            ("MU_QMAX", 24),
            ("MU_QMIN", 25),
            ("PC1", 11),
            ("PC2", 12),
            ("QC1MIN", 13),
            ("QC1MAX", 14),
            ("QC2MIN", 15),
            ("QC2MAX", 16),
            ("RAMP_AGC", 17),
            ("RAMP_10", 18),
            ("RAMP_30", 19),
            ("RAMP_Q", 20),
            ("APF", 21),
        ],
    ),
    (
        "idx_cost",
        &[
            ("PW_LINEAR", 1),
            ("POLYNOMIAL", 2),
            ("MODEL", 1),
            ("STARTUP", 2),
            ("SHUTDOWN", 3),
            ("NCOST", 4),
            ("COST", 5),
        ],
    ),
];

/// The constants that such a function returns. (`idx_dcline` returns a structure and is not evaluated.)
pub(super) fn index_function(name: &str) -> Option<Constants> {
    INDEX_FUNCTIONS.iter().find(|(f, _)| *f == name).map(|&(_, list)| list)
}
