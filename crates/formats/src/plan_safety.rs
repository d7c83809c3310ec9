//! Safety against single outages in `plan.json`: outages and harms by the rows of their tables.

use relight_model::plan::{Margin, Safety};
use relight_model::safety::{Breach, Harm, Outage};
use relight_model::{BranchIdx, BusIdx, GeneratorIdx, Network};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SafetyFile {
    branches: bool,
    gens: bool,
    /// For each delivery, in their order.
    pub(crate) margin: Vec<MarginFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarginFile {
    extra_shed_mw: f64,
    breaking_before: Vec<BreachFile>,
    unsafe_left: Vec<BreachFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BreachFile {
    out: Element,
    /// 1-based row of its table; substations: that of their first bus.
    row: u32,
    harm: HarmFile,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Element {
    Branch,
    Gen,
    Bus,
    Substation,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum HarmFile {
    Overload { branch_row: u32, at_mva: f64, limit_mva: f64, overloads: u32 },
    Lost { lost_mw: f64 },
    Headroom { missing_mw: f64 },
    NoFlow,
}

impl SafetyFile {
    pub(crate) fn new(safety: &Safety) -> Self {
        let breaches = |all: &[Breach]| all.iter().map(BreachFile::new).collect();
        let margin = |m: &Margin| MarginFile {
            extra_shed_mw: m.extra_shed_mw,
            breaking_before: breaches(&m.breaking_before),
            unsafe_left: breaches(&m.unsafe_left),
        };
        Self { branches: safety.branches, gens: safety.generators, margin: safety.margins.iter().map(margin).collect() }
    }

    /// What it says of this network; else the row that is not in its table.
    pub(crate) fn read(self, network: &Network) -> Result<Safety, u32> {
        let all = |files: Vec<BreachFile>| files.into_iter().map(|b| b.read(network)).collect::<Result<Vec<_>, _>>();
        let margin = |m: MarginFile| {
            Ok::<_, u32>(Margin {
                extra_shed_mw: m.extra_shed_mw,
                breaking_before: all(m.breaking_before)?,
                unsafe_left: all(m.unsafe_left)?,
            })
        };
        let margins = self.margin.into_iter().map(margin).collect::<Result<_, _>>()?;
        Ok(Safety { branches: self.branches, generators: self.gens, margins })
    }
}

impl BreachFile {
    fn new(breach: &Breach) -> Self {
        let (out, position) = match breach.outage {
            Outage::Branch(k) => (Element::Branch, k.0),
            Outage::Generator(k) => (Element::Gen, k.0),
            Outage::Bus(k) => (Element::Bus, k.0),
            Outage::Substation(k) => (Element::Substation, k.0),
        };
        let harm = match breach.harm {
            Harm::Overload { branch, at_mva, limit_mva, overloads } => {
                HarmFile::Overload { branch_row: branch.0 + 1, at_mva, limit_mva, overloads }
            }
            Harm::Lost { lost_mw } => HarmFile::Lost { lost_mw },
            Harm::Headroom { missing_mw } => HarmFile::Headroom { missing_mw },
            Harm::NoFlow => HarmFile::NoFlow,
        };
        Self { out, row: position + 1, harm }
    }

    fn read(self, network: &Network) -> Result<Breach, u32> {
        let position = |row: u32, rows: usize| row.checked_sub(1).filter(|&k| (k as usize) < rows).ok_or(row);
        let outage = match self.out {
            Element::Branch => Outage::Branch(BranchIdx(position(self.row, network.branches.len())?)),
            Element::Gen => Outage::Generator(GeneratorIdx(position(self.row, network.generators.len())?)),
            Element::Bus => Outage::Bus(BusIdx(position(self.row, network.buses.len())?)),
            Element::Substation => Outage::Substation(BusIdx(position(self.row, network.buses.len())?)),
        };
        let harm = match self.harm {
            HarmFile::Overload { branch_row, at_mva, limit_mva, overloads } => {
                let branch = BranchIdx(position(branch_row, network.branches.len())?);
                Harm::Overload { branch, at_mva, limit_mva, overloads }
            }
            HarmFile::Lost { lost_mw } => Harm::Lost { lost_mw },
            HarmFile::Headroom { missing_mw } => Harm::Headroom { missing_mw },
            HarmFile::NoFlow => Harm::NoFlow,
        };
        Ok(Breach { outage, harm })
    }
}
