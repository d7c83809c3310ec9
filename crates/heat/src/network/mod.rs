//! Water and heat in a network.
