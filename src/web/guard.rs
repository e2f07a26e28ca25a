//! Who guesses passwords is refused for a while.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// How many wrong passwords an address may try within [`WINDOW`]: a person mistypes a few times.
const FAILURES_MAX: u32 = 10;
/// For how long failures count, and an address that has too many is refused.
const WINDOW: Duration = Duration::from_mins(1);
/// How many addresses are remembered. When there are more, the one that failed longest ago goes.
const ADDRESSES_MAX: usize = 4_096;

/// The failures of the last minute, by address.
#[derive(Debug, Default)]
pub(super) struct Guard {
    failures: BTreeMap<IpAddr, Failures>,
}

#[derive(Debug)]
struct Failures {
    count: u32,
    since: Instant,
}

impl Guard {
    /// Returns for how long an address is refused, if it is.
    pub(super) fn refuses(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let failures = self.failures.get(&network(address))?;
        let left = WINDOW.checked_sub(now.saturating_duration_since(failures.since))?;
        (FAILURES_MAX <= failures.count && !left.is_zero()).then_some(left)
    }

    /// Counts a wrong password.
    pub(super) fn failed(&mut self, address: IpAddr, now: Instant) {
        let address = network(address);
        if let Some(known) = self.failures.get_mut(&address)
            && now.saturating_duration_since(known.since) < WINDOW
        {
            known.count += 1;
            if known.count == FAILURES_MAX {
                known.since = now;
            }
            return;
        }
        if ADDRESSES_MAX <= self.failures.len() {
            let oldest = self.failures.iter().min_by_key(|(_, known)| known.since);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                self.failures.remove(&oldest);
            }
        }
        let first = Failures {
            count: 1,
            since: now,
        };
        self.failures.insert(address, first);
    }
}

/// Whoever has one IPv6 address has the 2⁶⁴ beside it as well.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_that_guesses_is_refused_for_a_minute_and_no_other_is() {
        let (mut guard, now) = (Guard::default(), Instant::now());
        for _ in 1..FAILURES_MAX {
            guard.failed(ip("192.0.2.1"), now);
        }
        assert_eq!(guard.refuses(ip("192.0.2.1"), now), None);
        guard.failed(ip("192.0.2.1"), now);
        assert_eq!(guard.refuses(ip("192.0.2.1"), now), Some(WINDOW));
        assert_eq!(guard.refuses(ip("::ffff:192.0.2.1"), now), Some(WINDOW));
        assert_eq!(guard.refuses(ip("192.0.2.2"), now), None);
        assert_eq!(guard.refuses(ip("192.0.2.1"), now + WINDOW), None);
        guard.failed(ip("192.0.2.1"), now + WINDOW);
        assert_eq!(guard.refuses(ip("192.0.2.1"), now + WINDOW), None);
    }

    #[test]
    fn a_network_of_many_addresses_is_one() {
        let (mut guard, now) = (Guard::default(), Instant::now());
        for last in 0..FAILURES_MAX {
            guard.failed(ip(&format!("2001:db8:1:2::{last}")), now);
        }
        assert!(guard.refuses(ip("2001:db8:1:2:ffff::1"), now).is_some());
        assert!(guard.refuses(ip("2001:db8:1:3::1"), now).is_none());
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let (mut guard, now) = (Guard::default(), Instant::now());
        for n in 0..u32::try_from(ADDRESSES_MAX).unwrap() + 100 {
            let at = now + Duration::from_millis(u64::from(n));
            guard.failed(IpAddr::V4(n.into()), at);
        }
        assert_eq!(guard.failures.len(), ADDRESSES_MAX);
        assert!(!guard.failures.contains_key(&IpAddr::V4(0.into())));
    }
}
