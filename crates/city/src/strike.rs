//! The strike.
use relight_model::{Damage, Scenario};
/// Strike.
pub fn strike(_scenario: &Scenario, _seed: u64) -> Damage {
    Damage::default()
}
