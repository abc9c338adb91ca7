//! How late a tick is on purpose.

use sha2::{Digest, Sha256};

use crate::ident::Ident;
use crate::time::{Span, Timestamp};

/// How late the tick at `tick` of the schedule `name` is: at least nothing and less than `jitter`.
///
/// The same arguments give the same delay, so a restart changes nothing. `seed` tells homes and workflows apart, so that
/// schedules with the same rule do not all start at once.
#[must_use]
pub fn delay(seed: u64, name: &Ident, tick: Timestamp, jitter: Span) -> Span {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(tick.0.to_le_bytes());
    hash.update(name.as_str());
    let digest = hash.finalize();
    let random = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    // The high half of the product lies evenly between 0 and the jitter.
    let millis = (u128::from(random) * u128::from(jitter.as_millis())) >> 64;
    Span::from_millis(u64::try_from(millis).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Span = Span::from_secs(60);

    fn delays(seed: u64, name: &str) -> Vec<u64> {
        let name = Ident::new(name).unwrap();
        let tick = |n: i64| Timestamp(n * 3_600_000_000);
        (0..6000).map(|n| delay(seed, &name, tick(n), MINUTE).as_millis()).collect()
    }

    #[test]
    fn the_same_tick_has_the_same_delay() {
        assert_eq!(delays(7, "a"), delays(7, "a"));
        let name = Ident::new("nightly").unwrap();
        // Written down, because a delay must also survive an update.
        assert_eq!(delay(1, &name, Timestamp(0), MINUTE), Span::from_millis(4808));
    }

    #[test]
    fn delays_differ_by_seed_and_by_name() {
        assert_ne!(delays(7, "a"), delays(8, "a"));
        assert_ne!(delays(7, "a"), delays(7, "b"));
    }

    #[test]
    fn delays_are_well_spread_and_shorter_than_the_jitter() {
        let mut of_second = [0_u32; 60];
        for millis in delays(7, "a") {
            of_second[usize::try_from(millis / 1000).unwrap()] += 1;
        }
        // 100 each are expected; ten standard deviations to either side.
        assert!(of_second.iter().all(|count| (30..200).contains(count)), "{of_second:?}");
    }

    #[test]
    fn no_jitter_is_no_delay() {
        let name = Ident::new("a").unwrap();
        assert_eq!(delay(1, &name, Timestamp(5), Span::ZERO), Span::ZERO);
    }
}
