//! The time: the only place that reads it.
//!
//! The service asks a [`Clock`], so that a built-in simulator can run it faster than the world,
//! and tests can drive it with tokio's paused time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// What time it is, for the service.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's time.
    System,
    /// A time that began at `origin` and passes `speed` times as fast as the machine's.
    Running {
        /// What time it was at `since`.
        origin: DateTime<Utc>,
        /// When the time began to run, by tokio's clock.
        since: Instant,
        /// How many seconds pass in one, at least 1.
        speed: u32,
    },
}

impl Clock {
    /// Returns a clock that shows `origin` now and runs at `speed`; 0 is taken as 1.
    pub fn running(origin: DateTime<Utc>, speed: u32) -> Self {
        Self::Running {
            origin,
            since: Instant::now(),
            speed: speed.max(1),
        }
    }

    /// Returns the time.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => system_now(),
            Self::Running {
                origin,
                since,
                speed,
            } => {
                let passed = since.elapsed().saturating_mul(*speed);
                *origin + TimeDelta::from_std(passed).unwrap_or(TimeDelta::MAX)
            }
        }
    }

    /// Returns how many seconds of this clock pass in one of the machine's.
    pub const fn speed(&self) -> u32 {
        match self {
            Self::System => 1,
            Self::Running { speed, .. } => *speed,
        }
    }

    /// Returns how long the machine waits for `span` to pass on this clock.
    pub fn machine_time(&self, span: Duration) -> Duration {
        span / self.speed()
    }

    /// Waits until this clock shows `time`; returns at once if it is past.
    pub async fn sleep_until(&self, time: DateTime<Utc>) {
        let left = (time - self.now()).to_std().unwrap_or_default();
        tokio::time::sleep(self.machine_time(left)).await;
    }
}

/// How long something takes, by the machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins to count.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the time"
    )]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Returns how long it has counted.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time"
)]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_running_clock_keeps_its_speed() {
        let origin = DateTime::UNIX_EPOCH;
        let clock = Clock::running(origin, 60);
        clock.sleep_until(origin + TimeDelta::minutes(10)).await;
        assert!(clock.now() >= origin + TimeDelta::minutes(10));
        assert!(clock.now() < origin + TimeDelta::minutes(11));
    }
}
