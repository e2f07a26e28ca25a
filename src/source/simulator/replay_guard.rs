//! The nonces that were used, so that no request is taken twice.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use crate::unit::Fnv64;

/// The most nonces that are remembered: beyond, the oldest are forgotten. At the ten calls per
/// second that an account may make, half an hour has 18 000.
const NONCES_MAX: usize = 100_000;
/// How long a nonce is remembered: no longer than its timestamp is good for, on both sides.
const KEPT: TimeDelta = TimeDelta::minutes(30);

/// Remembers nonces by a hash of each.
#[derive(Debug, Default)]
pub(super) struct ReplayGuard {
    seen: BTreeSet<u64>,
    order: VecDeque<(DateTime<Utc>, u64)>,
}

/// A nonce that was used already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replayed;

impl ReplayGuard {
    /// Remembers a nonce of this key.
    ///
    /// # Errors
    ///
    /// [`Replayed`] if it is remembered already.
    pub(super) fn admit(
        &mut self,
        now: DateTime<Utc>,
        access_key_id: &str,
        nonce: &str,
    ) -> Result<(), Replayed> {
        while let Some((at, old)) = self.order.front().copied()
            && (at + KEPT < now || NONCES_MAX <= self.order.len())
        {
            self.order.pop_front();
            self.seen.remove(&old);
        }
        let mut hash = Fnv64::default();
        for part in [access_key_id, nonce] {
            hash.write(&(part.len() as u64).to_be_bytes());
            hash.write(part.as_bytes());
        }
        let hash = hash.finish();
        if !self.seen.insert(hash) {
            return Err(Replayed);
        }
        self.order.push_back((now, hash));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_until_it_is_forgotten() {
        let mut guard = ReplayGuard::default();
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(guard.admit(now, "id", "a"), Ok(()));
        assert_eq!(guard.admit(now, "id", "a"), Err(Replayed));
        assert_eq!(guard.admit(now, "other", "a"), Ok(()));
        assert_eq!(guard.admit(now + TimeDelta::minutes(31), "id", "a"), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut guard = ReplayGuard::default();
        let now = DateTime::UNIX_EPOCH;
        for i in 0..=NONCES_MAX {
            assert_eq!(guard.admit(now, "id", &i.to_string()), Ok(()));
        }
        assert_eq!(guard.order.len(), NONCES_MAX);
        assert_eq!(guard.seen.len(), NONCES_MAX);
    }
}
