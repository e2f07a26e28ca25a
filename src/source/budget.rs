//! How often an account is called, and how soon after a fault: pure, with the time passed in.
//!
//! All times are durations since a start that the caller chooses, such as the start of the
//! process; they must not go backwards, and what does is taken as no time passed.

use std::time::Duration;

/// The tokens of one account: as many calls per second as the rate says, saved up for a second.
///
/// Throttling halves the rate, down to a tenth; it comes back step by step while nothing more is
/// throttled. All domains of the account share one budget, because the source counts that way.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Calls per 1000 s, when all is well.
    full: u64,
    /// The same, now.
    rate: u64,
    /// Millionths of a call that are saved up.
    saved: u64,
    /// Up to when `saved` and `rate` are reckoned.
    at: Duration,
    /// When the rate takes its next step back up.
    recover_at: Duration,
    /// No call before this.
    paused_until: Duration,
    /// When the rate was halved last.
    halved_at: Option<Duration>,
}

/// The rate that the rules file has by default: half of what the source grants an account.
pub const RATE_DEFAULT: u32 = 5;
/// Millionths of a call in a call.
const CALL: u64 = 1_000_000;
/// How long the rate stays as it is before it takes a step back up.
const RECOVERY_STEP: Duration = Duration::from_secs(30);
/// The rate comes back in so many steps, and never falls below one of them.
const RECOVERY_STEPS: u64 = 10;
/// How long an account rests after throttling, if the source says nothing.
const REST_DEFAULT: Duration = Duration::from_secs(1);
/// The longest rest that a source may ask for: beyond it, samples are lost.
const REST_MAX: Duration = Duration::from_mins(10);

impl Budget {
    /// Returns the budget of so many calls per second, with a second's worth saved up; 0 is
    /// taken as 1.
    pub fn new(now: Duration, calls_per_second: u32) -> Self {
        let full = u64::from(calls_per_second.max(1)) * 1_000;
        Self {
            full,
            rate: full,
            saved: Self::saved_max(full),
            at: now,
            recover_at: now,
            paused_until: now,
            halved_at: None,
        }
    }

    /// Takes one call.
    ///
    /// # Errors
    ///
    /// How long to wait before asking again, always more than zero. Nothing is reserved.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        self.advance(now);
        if now < self.paused_until {
            return Err(self.paused_until.saturating_sub(now));
        }
        if let Some(rest) = self.saved.checked_sub(CALL) {
            self.saved = rest;
            return Ok(());
        }
        // A rate of one per 1000 s fills one millionth in a millisecond.
        let missing = CALL - self.saved;
        Err(Duration::from_millis(missing.div_ceil(self.rate)))
    }

    /// Takes in that a call was throttled: halves the rate and rests, for as long as the source
    /// said or a second. What was saved up is gone.
    ///
    /// A call that was sent before the rate was halved last tells nothing of the rate of now, so
    /// that many that were under way together halve it once.
    pub fn slow_down(&mut self, (sent, now): (Duration, Duration), retry_after: Option<Duration>) {
        self.advance(now);
        self.saved = 0;
        if self.halved_at.is_none_or(|at| at < sent) {
            self.rate = (self.rate / 2).max(self.step());
            self.halved_at = Some(now);
        }
        self.recover_at = now.saturating_add(RECOVERY_STEP);
        let rest = retry_after.unwrap_or(REST_DEFAULT).min(REST_MAX);
        self.pause_until(now.saturating_add(rest));
    }

    /// Allows no call before `time`; an earlier pause does not shorten a later one.
    pub fn pause_until(&mut self, time: Duration) {
        self.paused_until = self.paused_until.max(time);
    }

    /// Returns the calls per 1000 s that are allowed now.
    pub const fn calls_per_1000_s(&self) -> u64 {
        self.rate
    }

    /// Reckons what was saved up and how far the rate came back, up to `now`.
    fn advance(&mut self, now: Duration) {
        while self.rate < self.full && self.recover_at <= now {
            self.fill_to(self.recover_at);
            self.rate = (self.rate + self.step()).min(self.full);
            self.recover_at = self.recover_at.saturating_add(RECOVERY_STEP);
        }
        self.fill_to(now);
    }

    fn fill_to(&mut self, now: Duration) {
        let Some(passed) = now.checked_sub(self.at) else {
            return;
        };
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let filled = passed_ms.saturating_mul(self.rate);
        self.saved = self
            .saved
            .saturating_add(filled)
            .min(Self::saved_max(self.rate));
        // Only whole milliseconds are reckoned; the rest of one is kept for the next time.
        self.at += Duration::from_millis(passed_ms);
    }

    /// What a second saves up, and never less than one call.
    fn saved_max(rate: u64) -> u64 {
        (rate * 1_000).max(CALL)
    }

    fn step(&self) -> u64 {
        (self.full / RECOVERY_STEPS).max(1)
    }
}

/// How long to wait after passing faults: twice as long after each, with jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first fault.
    pub first: Duration,
    /// The longest wait after any number of faults.
    pub longest: Duration,
}

impl Backoff {
    /// For sources: soon enough that a minute is still asked for in time.
    pub const SOURCE: Self = Self {
        first: Duration::from_secs(1),
        longest: Duration::from_mins(1),
    };

    /// Returns how long to wait after so many faults in a row (1 is the first): between half and
    /// the whole of the doubled wait, as `seed` decides.
    pub fn wait(self, faults: u32, seed: u64) -> Duration {
        let doublings = faults.saturating_sub(1).min(31);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        let whole_ms = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX);
        let half_ms = whole_ms / 2;
        let jitter_ms = mix(seed, u64::from(faults)) % (whole_ms - half_ms + 1);
        Duration::from_millis(half_ms + jitter_ms)
    }
}

/// Spreads two numbers over all 64 bits: the finalizer of `SplitMix64`.
const fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Takes as many calls as there are between two times, by waiting as told.
    fn calls(budget: &mut Budget, from: Duration, to: Duration) -> u32 {
        let (mut now, mut taken) = (from, 0);
        while now < to {
            match budget.take(now) {
                Ok(()) => taken += 1,
                Err(wait) => now += wait,
            }
        }
        taken
    }

    #[test]
    fn a_second_is_saved_up_and_then_the_rate_holds() {
        let mut budget = Budget::new(ms(0), 5);
        for _ in 0..5 {
            assert_eq!(budget.take(ms(0)), Ok(()));
        }
        assert_eq!(budget.take(ms(0)), Err(ms(200)));
        assert_eq!(budget.take(ms(199)), Err(ms(1)));
        assert_eq!(budget.take(ms(200)), Ok(()));
        assert_eq!(calls(&mut budget, ms(201), ms(10_201)), 50);
        assert_eq!(calls(&mut budget, ms(1_000_000), ms(1_000_001)), 5);
    }

    #[test]
    fn throttling_halves_the_rate_which_comes_back_step_by_step() {
        let mut budget = Budget::new(ms(0), 5);
        budget.slow_down((ms(0), ms(0)), None);
        assert_eq!(budget.calls_per_1000_s(), 2_500);
        assert_eq!(budget.take(ms(0)), Err(ms(1_000)));
        assert_eq!(budget.take(ms(999)), Err(ms(1)));
        assert_eq!(budget.take(ms(1_000)), Ok(()));
        let _ = budget.take(ms(30_000));
        assert_eq!(budget.calls_per_1000_s(), 3_000);
        let _ = budget.take(ms(60_000));
        assert_eq!(budget.calls_per_1000_s(), 3_500);
        let _ = budget.take(ms(3_600_000));
        assert_eq!(budget.calls_per_1000_s(), 5_000);
    }

    #[test]
    fn the_rate_never_falls_below_a_tenth() {
        let mut budget = Budget::new(ms(0), 5);
        for n in 0..100 {
            budget.slow_down((ms(n), ms(n)), Some(ms(0)));
        }
        assert_eq!(budget.calls_per_1000_s(), 500);
        assert_eq!(budget.take(ms(99)), Err(ms(2_000)));
        assert_eq!(budget.take(ms(2_099)), Ok(()));
        assert_eq!(budget.take(ms(2_099)), Err(ms(2_000)));
    }

    #[test]
    fn calls_that_were_under_way_together_halve_the_rate_once() {
        let mut budget = Budget::new(ms(0), 10);
        for n in 0..7 {
            budget.slow_down((ms(n), ms(100 + n)), Some(ms(500)));
        }
        assert_eq!(budget.calls_per_1000_s(), 5_000);
        assert_eq!(budget.take(ms(106)), Err(ms(500)));
        budget.slow_down((ms(700), ms(800)), None);
        assert_eq!(budget.calls_per_1000_s(), 2_500);
    }

    #[test]
    fn the_source_says_how_long_the_account_rests_but_not_for_ever() {
        let mut budget = Budget::new(ms(0), 5);
        budget.slow_down((ms(0), ms(0)), Some(ms(4_321)));
        assert_eq!(budget.take(ms(0)), Err(ms(4_321)));
        budget.slow_down((ms(0), ms(0)), Some(Duration::MAX));
        assert_eq!(budget.take(ms(0)), Err(REST_MAX));
        budget.pause_until(ms(5));
        assert_eq!(budget.take(ms(0)), Err(REST_MAX));
    }

    #[test]
    fn a_time_that_goes_back_gives_nothing() {
        let mut budget = Budget::new(ms(1_000), 1);
        assert_eq!(budget.take(ms(1_000)), Ok(()));
        assert_eq!(budget.take(ms(0)), Err(ms(1_000)));
        assert_eq!(budget.take(ms(1_999)), Err(ms(1)));
        assert_eq!(budget.take(Duration::MAX), Ok(()));
        assert_eq!(Budget::new(ms(0), 0).calls_per_1000_s(), 1_000);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_by_half() {
        for seed in 0..100 {
            for (faults, whole) in [(0, 1), (1, 1), (2, 2), (3, 4), (7, 60), (u32::MAX, 60)] {
                let wait = Backoff::SOURCE.wait(faults, seed);
                let whole = Duration::from_secs(whole);
                assert!(whole / 2 <= wait && wait <= whole, "{faults} {wait:?}");
            }
        }
        let waits: std::collections::BTreeSet<Duration> =
            (0..100).map(|seed| Backoff::SOURCE.wait(3, seed)).collect();
        assert!(waits.len() > 50);
        assert_eq!(Backoff::SOURCE.wait(3, 7), Backoff::SOURCE.wait(3, 7));
    }
}
