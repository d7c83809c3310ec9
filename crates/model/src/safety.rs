//! Single outages, and what they would do to a delivery.

use crate::{BranchIdx, BusIdx, GeneratorIdx};

/// One thing that goes out, beside what the situation has out already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outage {
    /// A line or transformer.
    Branch(BranchIdx),
    /// A generator.
    Generator(GeneratorIdx),
    /// A bus, with all that is attached to it.
    Bus(BusIdx),
    /// All buses that closed switches join to this one, which is the first of them; at least two.
    Substation(BusIdx),
}

/// The kinds of [`Outage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OutageKind {
    /// [`Outage::Branch`].
    Branch,
    /// [`Outage::Generator`].
    Generator,
    /// [`Outage::Bus`].
    Bus,
    /// [`Outage::Substation`].
    Substation,
}

impl OutageKind {
    /// All kinds, in the order in which outages are listed.
    pub const ALL: [Self; 4] = [Self::Branch, Self::Generator, Self::Bus, Self::Substation];
}

impl Outage {
    /// Its kind.
    pub fn kind(self) -> OutageKind {
        match self {
            Self::Branch(_) => OutageKind::Branch,
            Self::Generator(_) => OutageKind::Generator,
            Self::Bus(_) => OutageKind::Bus,
            Self::Substation(_) => OutageKind::Substation,
        }
    }
}

/// An outage that breaks a delivery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// What goes out.
    pub outage: Outage,
    /// What it does.
    pub harm: Harm,
}

/// What an outage does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Harm {
    /// It overloads branches.
    Overload {
        /// The one that is furthest beyond its short-term rating in proportion.
        branch: BranchIdx,
        /// Its flow afterwards, MW in DC and MVA in AC.
        at_mva: f64,
        /// Its short-term rating, MVA.
        limit_mva: f64,
        /// Number of overloaded branches.
        overloads: u32,
    },
    /// It splits off what then is dark or short of power, or takes an island's only source.
    Lost {
        /// Served load that goes dark or is missing, MW.
        lost_mw: f64,
    },
    /// The generators left cannot make good for it.
    Headroom {
        /// What is missing, MW.
        missing_mw: f64,
    },
    /// AC: no power flow was found afterwards. DC: reactances cancel each other.
    NoFlow,
}
