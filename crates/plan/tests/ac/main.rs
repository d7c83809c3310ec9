//! AC deliveries: closed forms, an independent solver's values, what must hold for any network, and what has no operating point.

#[path = "../grid/mod.rs"]
mod grid;

mod closed_forms;
mod odd_networks;
mod oracle;
mod properties;
mod rescue;
mod settings;
mod survey;

use relight_model::outcome::{Delivery, Formulation};
use relight_model::{Network, Situation};
use relight_plan::deliver::DeliverSettings;
use std::path::PathBuf;

/// Settings of these tests: AC, with its bound.
fn ac() -> DeliverSettings<'static> {
    DeliverSettings { formulation: Formulation::Ac, ..DeliverSettings::default() }
}

/// The AC delivery with nothing out; `verify` accepts it.
fn intact(network: &Network) -> Delivery {
    grid::delivered(network, &Situation::intact(network), &ac())
}

/// Lets a generator give and take reactive power.
fn reactive(network: &mut Network, generator: usize, q_mvar: f64) {
    network.generators[generator].q_mvar_min = -q_mvar;
    network.generators[generator].q_mvar_max = q_mvar;
}

/// Agreement with a closed form: the method prices the spread of generation at 1e-3 of a served MW, its barrier ends at 1e-9.
#[track_caller]
fn close(have_mw: f64, want_mw: f64) {
    assert!((have_mw - want_mw).abs() <= 1e-5 * want_mw.abs() + 1e-5, "{have_mw}, not {want_mw}");
}

/// A folder of the reference material; `None` where it is absent, which is said loudly.
fn shared(below: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("RELIGHT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from).join(below);
    if !folder.exists() {
        eprintln!("SKIPPED: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// A PGLib case.
fn pglib(case: &str) -> Option<Network> {
    let file = shared(&format!("oracles/deliver/pglib/pglib_opf_case{case}.m"))?;
    Some(relight_formats::read_network(&file).0.expect("the case reads"))
}
