//! Dice that fall the same way for the same seed. Not for anything that must be hard to guess.

use std::time::Duration;

/// Numbers from a seed, by `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// The dice of round number `round` of `seed`: each round can be repeated without those before it.
    pub(crate) fn of_round(seed: u64, round: u64) -> Self {
        let mut dice = Self { state: seed };
        let first = dice.next();
        Self { state: first ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15) }
    }

    /// From 0 to `end`, `end` itself excluded; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// True `parts` times in `of`.
    pub(crate) fn chance(&mut self, parts: u64, of: u64) -> bool {
        self.below(of) < parts
    }

    /// A time shorter than so many milliseconds, to the microsecond.
    pub(crate) fn shorter_than_ms(&mut self, limit_ms: u64) -> Duration {
        Duration::from_micros(self.below(limit_ms * 1_000))
    }

    /// Other dice, which fall on their own.
    pub(super) fn fork(&mut self) -> Self {
        Self { state: self.next() }
    }

    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let at = self.below(others.len() as u64 + 1);
        usize::try_from(at).ok().and_then(|at| others.get(at)).copied().unwrap_or(first)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_falls_the_same_way_each_time() {
        let throw = |seed, round| {
            let mut dice = Dice::of_round(seed, round);
            [dice.below(1_000_000), dice.below(1_000_000), dice.below(1_000_000)]
        };
        assert_eq!(throw(1, 7), throw(1, 7));
        assert_ne!(throw(1, 7), throw(1, 8));
        assert_ne!(throw(1, 7), throw(2, 7));
        assert_eq!(Dice::of_round(1, 1).below(0), 0);
    }
}
