//! Which samples of an account are faulty: each is counted once, though polls overlap, and each
//! cause is told when it begins and when it has ended. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::agenda::Purpose;
use super::ongoing::{Course, Ongoing, cause};
use crate::source::{FaultySample, MinuteRange};
use crate::unit::{DomainName, Minute};

/// The faulty samples of one account.
#[derive(Clone, Debug)]
pub struct FaultySamples {
    /// The minutes that were counted and may be answered again.
    counted: BTreeMap<DomainName, BTreeSet<Minute>>,
    causes: Ongoing,
}

impl FaultySamples {
    /// Returns an account that has none, in which a cause has ended when it was not heard of for
    /// so long.
    pub const fn new(quiet: Duration) -> Self {
        Self {
            counted: BTreeMap::new(),
            causes: Ongoing::new(quiet),
        }
    }

    /// Takes in what is faulty in an answer; returns how much of it was not counted before, and
    /// the first of each cause that begins. What has no minute is counted each time.
    pub fn take<'f>(
        &mut self,
        domain: &DomainName,
        of: (Purpose, MinuteRange),
        at: (Duration, DateTime<Utc>),
        faults: &'f [FaultySample],
    ) -> (u64, Vec<&'f FaultySample>) {
        let (mut count, mut begun) = (0, Vec::new());
        for (fault, is_new) in faults.iter().zip(self.uncounted(domain, of, faults)) {
            let times = u64::from(is_new);
            count += times;
            let named = (&*cause(&fault.what), &*fault.what);
            if self.causes.heard(domain, named, at, times) {
                begun.push(fault);
            }
        }
        (count, begun)
    }

    /// Notes that a request for a domain was answered; returns the causes that have ended.
    pub fn answered(&mut self, domain: &DomainName, sent: Duration) -> Vec<Course> {
        self.causes.answered(domain, sent)
    }

    /// Forgets a domain that is not asked for any more; returns the causes that have ended.
    pub fn forget(&mut self, domain: &DomainName) -> Vec<Course> {
        self.counted.remove(domain);
        self.causes.forget(domain)
    }

    /// Returns the causes that have not ended.
    pub fn courses(&self) -> impl Iterator<Item = &Course> {
        self.causes.courses()
    }

    /// Returns of each fault whether it was not counted before, and takes it for counted.
    fn uncounted(
        &mut self,
        domain: &DomainName,
        (purpose, span): (Purpose, MinuteRange),
        faults: &[FaultySample],
    ) -> Vec<bool> {
        // Calls for the present overlap, and what lies before the last one is asked for once more
        // only by itself.
        if purpose != Purpose::Present {
            return vec![true; faults.len()];
        }
        let before = self.counted.remove(domain).unwrap_or_default();
        let mut counted: BTreeSet<Minute> = before.range(span.from..).copied().collect();
        let is_new = |fault: &FaultySample| {
            let Some(minute) = fault.minute else {
                return true;
            };
            counted.insert(minute) && !before.contains(&minute)
        };
        let are_new = faults.iter().map(is_new).collect();
        if !counted.is_empty() {
            self.counted.insert(domain.clone(), counted);
        }
        are_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_mins(10);

    fn minute(n: i64) -> Minute {
        Minute::from_epoch(1_000_000 + n).unwrap()
    }

    fn faults(minutes: &[i64]) -> Vec<FaultySample> {
        let fault = |n: &i64| FaultySample {
            minute: Some(minute(*n)),
            what: format!("{}: its codes are no list", minute(*n)),
        };
        minutes.iter().map(fault).collect()
    }

    fn at(minutes: u64) -> (Duration, DateTime<Utc>) {
        (Duration::from_mins(minutes), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_faulty_minute_is_counted_once_though_polls_overlap() {
        let mut faulty = FaultySamples::new(QUIET);
        let mut count = |domain: &str, purpose, from: i64, minutes: &[i64]| {
            let span = MinuteRange {
                from: minute(from),
                to: minute(from + 20),
            };
            let (domain, of) = (DomainName::from(domain), (purpose, span));
            faulty.take(&domain, of, at(0), &faults(minutes)).0
        };
        assert_eq!(count("a", Purpose::Present, 0, &[3, 4]), 2);
        assert_eq!(count("a", Purpose::Present, 1, &[3, 4, 20]), 1);
        assert_eq!(count("b", Purpose::Present, 1, &[3, 4, 20]), 3);
        assert_eq!(count("a", Purpose::Present, 2, &[-90, 20]), 1);
        assert_eq!(count("a", Purpose::Present, 3, &[-90, 20]), 0);
        assert_eq!(count("a", Purpose::Backfill, -60, &[-50]), 1);
        assert_eq!(count("a", Purpose::Present, 21, &[]), 0);
        assert_eq!(faulty.counted.keys().count(), 1, "old ones are forgotten");
    }

    #[test]
    fn a_field_that_a_thousand_domains_have_wrong_each_minute_is_told_twice() {
        let mut faulty = FaultySamples::new(QUIET);
        let (mut begun, mut ended, mut count) = (0, Vec::new(), 0);
        for now in 0..40_u64 {
            let n = i64::try_from(now).unwrap();
            let span = MinuteRange {
                from: minute(n - 20),
                to: minute(n),
            };
            let bad: Vec<i64> = (n - 20..n).filter(|n| *n < 5).collect();
            let bad = faults(&bad);
            for domain in 0..1_000 {
                let domain = DomainName::from(format!("d{domain}").as_str());
                let of = (Purpose::Present, span);
                let (new, told) = faulty.take(&domain, of, at(now), &bad);
                count += new;
                begun += told.len();
                ended.extend(faulty.answered(&domain, at(now).0));
            }
        }
        assert_eq!((begun, ended.len()), (1, 1));
        assert_eq!(count, 1_000 * 25);
        assert_eq!((ended[0].times, ended[0].domains_most), (count, 1_000));
    }
}
