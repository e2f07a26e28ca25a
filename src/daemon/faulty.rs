//! Which faulty samples are told and counted: each minute once, though polls overlap. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::agenda::Purpose;
use crate::source::{FaultySample, Span};
use crate::unit::{DomainName, Minute};

/// The faulty minutes of one account that were told and may be answered again.
#[derive(Clone, Debug, Default)]
pub struct ToldFaults(BTreeMap<DomainName, BTreeSet<Minute>>);

impl ToldFaults {
    /// Returns those of the faulty samples of an answer that were not told before, and takes them
    /// for told. Those without a minute are told each time.
    pub fn untold<'f>(
        &mut self,
        domain: &DomainName,
        (purpose, span): (Purpose, Span),
        faults: &'f [FaultySample],
    ) -> Vec<&'f FaultySample> {
        // Calls for the present overlap, and what lies before the last one is asked for once more
        // only by itself.
        if purpose != Purpose::Present {
            return faults.iter().collect();
        }
        let mut told = self.0.remove(domain).unwrap_or_default();
        told.retain(|minute| span.from <= *minute);
        let is_new = |fault: &&FaultySample| fault.minute.is_none_or(|at| told.insert(at));
        let untold = faults.iter().filter(is_new).collect();
        if !told.is_empty() {
            self.0.insert(domain.clone(), told);
        }
        untold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: i64) -> Minute {
        Minute::from_epoch(1_000_000 + n).unwrap()
    }

    #[test]
    fn a_faulty_minute_is_told_once_though_polls_overlap() {
        let mut told = ToldFaults::default();
        let mut untold = |domain: &str, purpose, from: i64, minutes: &[i64]| {
            let span = Span {
                from: minute(from),
                to: minute(from + 20),
            };
            let fault = |n: &i64| FaultySample {
                minute: Some(minute(*n)),
                what: String::new(),
            };
            let faults: Vec<FaultySample> = minutes.iter().map(fault).collect();
            let of = (purpose, span);
            told.untold(&DomainName::from(domain), of, &faults).len()
        };
        assert_eq!(untold("a", Purpose::Present, 0, &[3, 4]), 2);
        assert_eq!(untold("a", Purpose::Present, 1, &[3, 4, 20]), 1);
        assert_eq!(untold("b", Purpose::Present, 1, &[3, 4, 20]), 3);
        assert_eq!(untold("a", Purpose::Backfill, -60, &[-50]), 1);
        assert_eq!(untold("a", Purpose::Present, 21, &[]), 0);
        assert_eq!(told.0.keys().count(), 1, "old ones are forgotten");
    }
}
