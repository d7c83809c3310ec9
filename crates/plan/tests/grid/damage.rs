//! Random damages, each from its seed alone.

use relight_model::{Network, Situation};

/// SplitMix64 (Steele, Lea & Flood 2014): a stream per seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The network with 2 to 40 % of its branches and generators out.
pub fn random(network: &Network, seed: u64) -> Situation {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let share = 0.02 + 0.38 * random.next();
    let mut situation = Situation::intact(network);
    for out in situation.branch_out.iter_mut().chain(&mut situation.generator_out) {
        *out = random.next() < share;
    }
    situation
}
