//! How many calls an account may make: a bucket of tokens that refills by time.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket that holds a second's worth of calls.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: u32,
    /// How many thousandths of a call there are.
    thousandths: u64,
    filled: Instant,
}

impl Bucket {
    /// Returns a full bucket.
    pub(super) fn full(per_second: u32, now: Instant) -> Self {
        Self {
            per_second,
            thousandths: u64::from(per_second) * 1_000,
            filled: now,
        }
    }

    /// Takes one call out.
    ///
    /// # Errors
    ///
    /// How long to wait for the next one, if there is none.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let passed_ms = now.saturating_duration_since(self.filled).as_millis();
        let passed_ms = u64::try_from(passed_ms).unwrap_or(u64::MAX);
        let rate = u64::from(self.per_second);
        if 0 < passed_ms {
            let more = passed_ms.saturating_mul(rate);
            self.thousandths = self.thousandths.saturating_add(more).min(rate * 1_000);
            self.filled = now;
        }
        if self.thousandths < 1_000 {
            let wait_ms = (1_000 - self.thousandths).div_ceil(rate.max(1));
            return Err(Duration::from_millis(wait_ms));
        }
        self.thousandths -= 1_000;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_has_as_many_calls_as_the_rate() {
        let mut bucket = Bucket::full(10, Instant::now());
        for _ in 0..10 {
            assert_eq!(bucket.take(Instant::now()), Ok(()));
        }
        assert_eq!(bucket.take(Instant::now()), Err(Duration::from_millis(100)));
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(bucket.take(Instant::now()), Ok(()));
        assert!(bucket.take(Instant::now()).is_err());
        tokio::time::advance(Duration::from_hours(1)).await;
        let taken = (0..100).filter(|_| bucket.take(Instant::now()).is_ok());
        assert_eq!(taken.count(), 10);
    }
}
