//! When a delivery that failed is tried again: the one schedule of retries.
//!
//! Pure: the same delivery gives the same times wherever they are worked out, so that they can be
//! stored, and the jitter comes from the delivery id, so that many deliveries do not come back
//! at once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::unit::{Fnv64, Timespan};

/// The first delay: long enough for a connection that broke, short for a person who waits.
const FIRST: Duration = Duration::from_secs(4);
/// The longest delay of the schedule: after an outage of hours the message comes in minutes.
const DELAY_MAX: Duration = Duration::from_mins(5);
/// The longest wait that a receiver may ask for; a mistaken header must not silence alerts.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// Returns how long to wait after the failure of try `attempt`, counted from 1.
///
/// Delays double from 4 s to 5 min, each between its half and its whole by the delivery's own
/// jitter. If the receiver asked for a longer wait, that is kept, up to an hour.
pub fn delay(attempt: u32, delivery: &str, retry_after: Option<Duration>) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let whole = FIRST.saturating_mul(1 << doublings).min(DELAY_MAX);
    let own = jittered(whole, delivery, attempt);
    own.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX))
}

/// Returns a time between the half and the whole, which the name and the number alone decide.
pub(super) fn jittered(whole: Duration, name: &str, number: u32) -> Duration {
    let half = whole / 2;
    let mut hash = Fnv64::default();
    hash.write(name.as_bytes());
    hash.write(&number.to_be_bytes());
    // The low bits of the hash are well mixed; a thousandth is fine enough for a jitter.
    let thousandths = u32::try_from(hash.finish() % 1_000).unwrap_or(0);
    half + half * thousandths / 1_000
}

/// Returns when to try again after try `attempt` failed at `now`, or `None` to give up.
///
/// A delivery is retried for `give_up` since it was decided at `decided`; the last try is made
/// when that time is up, however long the delay before it would have been.
pub fn next_try(
    now: DateTime<Utc>,
    decided: DateTime<Utc>,
    give_up: Timespan,
    attempt: u32,
    delivery: &str,
    retry_after: Option<Duration>,
) -> Option<DateTime<Utc>> {
    let deadline = decided + give_up.delta();
    if deadline <= now {
        return None;
    }
    let wait = delay(attempt, delivery, retry_after);
    let next = now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero());
    Some(next.min(deadline))
}

/// Reads the header `Retry-After`: seconds, or a date of HTTP; anything else is not there.
///
/// Source: RFC 9110, 10.2.3.
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit mean a very long wait, which is capped all the same.
        let seconds = value.parse().unwrap_or(u64::from(u32::MAX));
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    let wait = (date.to_utc() - now).to_std().unwrap_or_default();
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn delays_grow_to_the_cap_and_stay_there() {
        for attempt in 1..200 {
            let wait = delay(attempt, "d1", None);
            let whole = FIRST
                .saturating_mul(2_u32.saturating_pow(attempt - 1))
                .min(DELAY_MAX);
            assert!(whole / 2 <= wait && wait <= whole, "{attempt}: {wait:?}");
        }
        assert!(delay(0, "d1", None) <= FIRST);
        assert!(delay(u32::MAX, "d1", None) <= DELAY_MAX);
    }

    #[test]
    fn the_jitter_is_the_deliverys_own() {
        assert_eq!(delay(5, "d1", None), delay(5, "d1", None));
        assert_ne!(delay(5, "d1", None), delay(5, "d2", None));
    }

    #[test]
    fn a_wait_that_the_receiver_asks_for_is_kept_up_to_an_hour() {
        let minutes = |n| Some(Duration::from_mins(n));
        assert_eq!(delay(1, "d", minutes(20)), Duration::from_mins(20));
        assert_eq!(delay(1, "d", minutes(2_000)), RETRY_AFTER_MAX);
        assert!(delay(7, "d", Some(Duration::ZERO)) >= Duration::from_secs(100));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = time("2026-11-22T10:00:00Z");
        let seconds = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(3_600));
        assert_eq!(seconds("Sun, 22 Nov 2026 10:02:00 GMT"), Some(120));
        assert_eq!(seconds("Sun, 22 Nov 2026 09:02:00 GMT"), Some(0));
        for text in ["", "-1", "1.5", "soon", "Sun, 99 Nov 2026 10:02:00 GMT"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_try_is_made_when_the_time_is_up() {
        let decided = time("2026-11-22T10:00:00Z");
        let give_up = Timespan::from_seconds(3_600);
        let next = |now: &str| next_try(time(now), decided, give_up, 9, "d", None);
        assert!(next("2026-11-22T10:10:00Z").unwrap() <= time("2026-11-22T10:15:00Z"));
        assert_eq!(
            next("2026-11-22T10:59:59Z"),
            Some(time("2026-11-22T11:00:00Z"))
        );
        assert_eq!(next("2026-11-22T11:00:00Z"), None);
    }
}
