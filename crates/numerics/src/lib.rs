//! Sparse linear algebra on graphs: one small dense block per node and per edge.
//!
//! The crate serves matrices whose pattern is a fixed undirected graph and whose values change often: the Jacobian of a
//! power flow (2x2 per bus), a weighted Laplacian (1x1), a KKT system (4x4). The work is split by how often it is done:
//!
//! | step | type | when |
//! |---|---|---|
//! | which node is eliminated first | [`Ordering`] | once per graph |
//! | where fill appears | [`Symbolic`] | once per graph |
//! | numbers | [`BlockLu::refactor`] | per matrix, without allocation |
//! | solution | [`BlockLu::solve`] | per right-hand side, without allocation |
//!
//! [`BlockLu`] pivots inside diagonal blocks only, so that its pattern never moves. It therefore measures what it loses
//! ([`Quality`]); [`RobustLu`] watches these figures and the residual, refines once, and hands the matrix to
//! [`ThresholdLu`], which searches its pivots, where static pivots do not do.
//!
//! [`DisjointSets`] says which nodes hang together.
//!
//! Every routine works on one thread, and gives the same bytes for the same input.

mod block;
mod block_ldl;
mod block_lu;
mod block_matrix;
mod dense;
mod disjoint_sets;
mod lanes;
mod ordering;
mod paths;
mod pattern;
mod robust;
mod symbolic;
mod threshold_lu;

pub use block::Block;
pub use block_ldl::{BlockLdl, Inertia, SymmetricMatrix};
pub use block_lu::{BlockLu, FactorError, Quality, RowScatter};
pub use block_matrix::BlockMatrix;
pub use dense::{DenseLu, SingularMatrix};
pub use disjoint_sets::DisjointSets;
pub use lanes::{LaneFactors, LaneNumber};
pub use ordering::Ordering;
pub use paths::{PathSolver, Paths};
pub use pattern::Pattern;
pub use robust::{RobustLu, SolveReport};
pub use symbolic::Symbolic;
pub use threshold_lu::{ScalarMatrix, ThresholdLu};
