//! Which fault of the scenario strikes a request.

use crate::unit::{DomainName, Minute};

use super::dice::Purpose;
use super::refusal::{Refusal, known};
use super::scenario::{Fault, FaultKind, Share};
use super::weather::Weather;

/// Returns the first fault that strikes the call of this number, which is for these domains.
pub(super) fn strike<'a>(
    weather: &'a Weather,
    domains: &[DomainName],
    minute: Minute,
    number: i64,
) -> Option<&'a FaultKind> {
    let first = domains.first().map_or("", DomainName::as_str);
    let strikes = |(index, fault): &(usize, &Fault)| {
        let meant = fault
            .domains
            .as_ref()
            .is_none_or(|globs| domains.iter().any(|domain| globs.matches(domain.as_str())));
        let purpose = Purpose::Fault(*index);
        meant
            && fault.period.holds(minute)
            && weather.dice().happens(fault.share, purpose, first, number)
    };
    let mut faults = weather.scenario().faults.iter().enumerate();
    faults.find(strikes).map(|(_, fault)| &fault.kind)
}

/// Returns the error of a fault that refuses the call, if it is one.
pub(super) fn refusal(weather: &Weather, kind: &FaultKind, number: i64) -> Option<Refusal> {
    match kind {
        FaultKind::Throttle { code, retry_after } => {
            let mut refusal = Refusal::of(code);
            let half = Share::from_millionths(500_000);
            let busy = weather.dice().happens(half, Purpose::Form, "", number);
            refusal.status = if busy { 503 } else { 400 };
            refusal.retry_after_ms = retry_after.map(|span| u64::from(span.seconds()) * 1_000);
            Some(refusal)
        }
        FaultKind::Refuse {
            code,
            message,
            status,
        } => {
            let (usual, usual_status) = known(code).unwrap_or((code, 400));
            let message = message.clone().unwrap_or_else(|| usual.to_owned());
            Some(Refusal::new(code, message, status.unwrap_or(usual_status)))
        }
        FaultKind::Wait(_) | FaultKind::Garbage | FaultKind::Slow(_) | FaultKind::Interval(_) => {
            None
        }
    }
}

/// Returns what is sent for an answer that is none: a proxy's page, half an answer, or noise.
pub(super) fn garbage(weather: &Weather, number: i64) -> Vec<u8> {
    let drawn = weather.dice().draw(Purpose::Form, "garbage", number);
    match drawn % 3 {
        0 => b"<html><head><title>502 Bad Gateway</title></head></html>".to_vec(),
        1 => b"{\"RealTimeSrcHttpCodeData\":{\"UsageData\":[{\"Value\":{\"Real".to_vec(),
        _ => drawn.to_be_bytes().repeat(32),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;
    use super::*;

    fn struck(text: &str, domain: Option<&str>) -> usize {
        let weather = Weather::new(3, Scenario::parse(text).unwrap());
        let domains: Vec<DomainName> = domain.into_iter().map(DomainName::from).collect();
        let minute = "2026-11-22T10:00:00Z".parse().unwrap();
        let calls =
            (0..1_000).filter(|number| strike(&weather, &domains, minute, *number).is_some());
        calls.count()
    }

    #[test]
    fn a_fault_strikes_its_share_of_the_calls() {
        let some = struck("faults: [{fault: garbage, share: 20%}]", Some("a"));
        assert!((150..250).contains(&some), "{some}");
        assert_eq!(struck("faults: [{fault: garbage}]", None), 1_000);
    }

    #[test]
    fn a_fault_strikes_only_its_domains_and_its_time() {
        let text = "faults: [{fault: garbage, domains: [a*]}]";
        assert_eq!(struck(text, Some("abc")), 1_000);
        assert_eq!(struck(text, Some("b")), 0);
        assert_eq!(struck(text, None), 0);
        let text = "faults: [{fault: garbage, from: 2026-11-22T10:01:00Z}]";
        assert_eq!(struck(text, Some("a")), 0);
    }

    #[test]
    fn throttling_is_seen_with_both_statuses() {
        let text = "faults: [{fault: throttle, retry_after: 2s}]";
        let weather = Weather::new(3, Scenario::parse(text).unwrap());
        let kind = &weather.scenario().faults[0].kind;
        let statuses: std::collections::BTreeSet<u16> = (0..50)
            .map(|number| refusal(&weather, kind, number).unwrap())
            .inspect(|refusal| assert_eq!(refusal.retry_after_ms, Some(2_000)))
            .map(|refusal| refusal.status)
            .collect();
        assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [400, 503]);
    }
}
