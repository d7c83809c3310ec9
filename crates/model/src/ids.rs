//! Ids that people know and positions that engines use. Both are newtypes, so that they cannot be mixed up.

use std::fmt;

/// Id of a bus as its file gives it, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusId(pub u32);

macro_rules! position {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The position as an index into its vector.
            #[inline]
            pub fn i(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            /// Positions fit 32 bits: readers refuse larger tables.
            #[inline]
            fn from(position: usize) -> Self {
                debug_assert!(position <= u32::MAX as usize);
                Self(position as u32)
            }
        }
    )*};
}
pub(crate) use position;

position! {
    /// Position of a bus in [`crate::Network::buses`].
    BusIdx,
    /// Position of a branch in [`crate::Network::branches`].
    BranchIdx,
    /// Position of a generator in [`crate::Network::generators`].
    GeneratorIdx,
    /// Position of a feeder in [`crate::Scenario::feeders`].
    FeederIdx,
}

impl fmt::Display for BusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An instant: whole seconds since 1970-01-01 00:00 UTC. Local time exists at the edges only (command line, brief).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcSecond(pub i64);
