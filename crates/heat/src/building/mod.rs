//! How buildings cool and warm.
