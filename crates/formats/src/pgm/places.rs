//! Where each component of the file went, so that results can be told in the file's ids and units.

use relight_model::{BranchIdx, BusIdx, Network};
use std::collections::BTreeMap;

/// A network, and where each component of the file went.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The network.
    pub network: Network,
    /// Ids of the file to positions in the network.
    pub places: Places,
}

/// Ids of the file to positions in the network. Buses that are in no `nodes` entry are auxiliary: ideal sources, open ends
/// of branches, star points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// `node`.
    pub nodes: BTreeMap<i64, BusIdx>,
    /// `line`, `transformer`, `generic_branch`.
    pub branches: BTreeMap<i64, BranchPlace>,
    /// `link`.
    pub links: BTreeMap<i64, LinkPlace>,
    /// `three_winding_transformer`: its three sides; their *from* ends are the nodes.
    pub three_winding: BTreeMap<i64, [BranchPlace; 3]>,
    /// `source`.
    pub sources: BTreeMap<i64, SourcePlace>,
    /// `sym_load`, `sym_gen`, `asym_load`, `asym_gen`.
    pub loads: BTreeMap<i64, LoadPlace>,
    /// `shunt`: position in [`Network::shunts`].
    pub shunts: BTreeMap<i64, usize>,
}

/// Where a branch went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BranchPlace {
    /// The branch.
    pub branch: BranchIdx,
    /// Node of the *from* end; the branch itself may end at an auxiliary bus instead.
    pub from_node: BusIdx,
    /// Node of the *to* end, or the star point.
    pub to_node: BusIdx,
    /// Connected at the *from* end.
    pub from_connected: bool,
    /// Connected at the *to* end.
    pub to_connected: bool,
}

/// Where a link went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkPlace {
    /// Position in [`Network::switches`], *from* and *to* as in the file.
    pub switch: usize,
    /// Connected at the *from* end.
    pub from_connected: bool,
    /// Connected at the *to* end. The switch is closed if both ends are connected.
    pub to_connected: bool,
}

/// Where a source went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourcePlace {
    /// Its internal impedance, from the ideal voltage to its node. Power given to the node is minus what enters the branch's
    /// *to* end.
    pub branch: BranchIdx,
    /// Its node.
    pub node: BusIdx,
}

/// Where a load or generator went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadPlace {
    /// Position in [`Network::loads`]. A generator is a negative load.
    pub load: usize,
    /// Whether the file counts its power as given to the node.
    pub is_generator: bool,
}
