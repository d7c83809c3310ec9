//! Random numbers that stay: one ChaCha20 stream for each topic and city.
//!
//! A topic that is added later has a stream of its own, so what a seed gave before does not change. For the same reason
//! nothing here leans on distributions of another crate: they may change between versions, the cipher may not.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the numbers are for. The discriminant is the stream: it must never change, nor be used again for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// Cities of a country: sizes and places.
    Settlements = 1,
    /// Shape of a city, its river and its districts.
    Layout = 2,
    /// Streets.
    Streets = 3,
    /// Apartment buildings.
    Buildings = 4,
    /// Substations, plants and their places.
    Stations = 5,
    /// Feeders.
    Feeders = 6,
    /// The strike.
    Strike = 7,
    /// Years of buildings, the heat network, the lie of the land.
    Heat = 8,
    /// The strike on the heat network.
    HeatStrike = 9,
    /// Weather.
    Weather = 10,
}

/// A stream of random numbers.
pub(crate) struct Stream(ChaCha20Rng);

impl Stream {
    /// The stream of a topic in part `part` (a city) of the scenario with this seed.
    pub(crate) fn new(seed: u64, topic: Topic, part: usize) -> Self {
        let mut key = *b"................relight-city-one";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(part as u64).to_le_bytes());
        let mut rng = ChaCha20Rng::from_seed(key);
        rng.set_stream(topic as u64);
        Self(rng)
    }

    /// Uniform in [0, 1), with 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n; 0 for n = 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Fisher-Yates shuffle.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_apart_and_never_change() {
        let first = |seed, topic, part| Stream::new(seed, topic, part).0.next_u64();
        assert_ne!(first(1, Topic::Layout, 0), first(1, Topic::Streets, 0));
        assert_ne!(first(1, Topic::Layout, 0), first(1, Topic::Layout, 1));
        assert_ne!(first(1, Topic::Layout, 0), first(2, Topic::Layout, 0));
        // Written down once: a change here changes every city ever made.
        assert_eq!(first(1, Topic::Layout, 0), 5_511_813_896_855_477_047);
    }

    #[test]
    fn below_stays_below() {
        let mut stream = Stream::new(7, Topic::Strike, 0);
        assert!((0..1000).all(|_| stream.below(3) < 3));
        assert_eq!(stream.below(0), 0);
    }
}
