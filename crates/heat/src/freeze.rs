//! When water that stands in a pipe freezes.
