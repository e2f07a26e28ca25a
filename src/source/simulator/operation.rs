//! Which operation a request asks for, and with what.

use chrono::{DateTime, TimeDelta, Utc};

use crate::unit::{DomainName, Minute};

use super::call::Call;
use super::refusal::Refusal;
use super::scenario::{Answers, Beyond};
use super::verify::parse_time;

/// The most domains of one call.
const DOMAINS_MAX: usize = 100;
/// How far back the source answers.
const REACH: TimeDelta = TimeDelta::days(7);
/// How much further back a request may ask without an error: a clock that is off by as much as
/// signatures allow must be able to ask for all seven days.
const REACH_GRACE: TimeDelta = TimeDelta::minutes(15);
/// The longest span in steps of 300 s, in minutes; longer ones have steps of 3600 s.
const FIVE_MINUTE_STEPS_MAX: i64 = 3 * 1_440;

/// What can be asked for. CDN and DCDN differ in names alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// The status codes of the origin, by minute.
    Codes,
    /// The domains of the account.
    Domains,
}

/// The operations, their names and their versions.
const OPERATIONS: [(&str, &str, Operation); 4] = [
    (
        "DescribeDomainRealTimeSrcHttpCodeData",
        "2018-05-10",
        Operation::Codes,
    ),
    (
        "DescribeDcdnDomainRealTimeSrcHttpCodeData",
        "2018-01-15",
        Operation::Codes,
    ),
    ("DescribeUserDomains", "2018-05-10", Operation::Domains),
    ("DescribeDcdnUserDomains", "2018-01-15", Operation::Domains),
];

impl Operation {
    /// Returns the operation that a call asks for.
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        let (action, version) = call.action();
        let action = action.ok_or_else(|| Refusal::missing("Action"))?;
        let version = version.ok_or_else(|| Refusal::missing("Version"))?;
        let known = OPERATIONS.iter().find(|(name, ..)| *name == action);
        match known {
            Some((_, right, operation)) if *right == version => Ok(*operation),
            Some(_) => Err(Refusal::of("InvalidVersion")),
            None => Err(Refusal::of("InvalidAction.NotFound")),
        }
    }
}

/// The minutes that are asked for, and in which steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestedSpan {
    /// The first minute.
    pub(super) from: Minute,
    /// The minute after the last.
    pub(super) to: Minute,
    /// What the answer calls its end.
    pub(super) end: Minute,
    /// How many minutes a point stands for: 1, 5 or 60.
    pub(super) step: i64,
}

impl RequestedSpan {
    /// Returns what a call asks for at `now`.
    pub(super) fn of(call: &Call, answers: &Answers, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let (start, end) = match (call.param("StartTime"), call.param("EndTime")) {
            (None, None) => (now - TimeDelta::hours(1), Minute::containing(now).start()),
            (Some(start), Some(end)) => (
                parse_time(start).ok_or_else(|| Refusal::of("InvalidStartTime.Malformed"))?,
                parse_time(end).ok_or_else(|| Refusal::of("InvalidEndTime.Malformed"))?,
            ),
            _ => return Err(Refusal::of("MissingParameter")),
        };
        if end <= start {
            return Err(Refusal::of("InvalidEndTime.Mismatch"));
        }
        if start < now - REACH - REACH_GRACE {
            return Err(Refusal::of("InvalidStartTime.ValueNotSupported"));
        }
        let from = Minute::containing(start);
        let end = match Minute::containing(end) {
            minute if minute.start() < end => minute.next(),
            minute => minute,
        };
        let span = end.epoch() - from.epoch();
        let step = if span <= i64::from(answers.span_limit.seconds()) / 60 {
            1
        } else if answers.beyond == Beyond::Refuse {
            return Err(Refusal::of("InvalidStartTime.ValueNotSupported"));
        } else if span <= FIVE_MINUTE_STEPS_MAX {
            5
        } else {
            60
        };
        let to = if answers.end_included {
            end.next()
        } else {
            end
        };
        Ok(Self {
            from: from.max(Minute::containing(now - REACH)),
            to: to.min(Minute::containing(now)),
            end,
            step,
        })
    }
}

/// Returns the domains that a call names, each of which the account has.
pub(super) fn domains(call: &Call, account: &[DomainName]) -> Result<Vec<DomainName>, Refusal> {
    let names = call
        .param("DomainName")
        .ok_or_else(|| Refusal::missing("DomainName"))?;
    let mut domains: Vec<DomainName> = Vec::new();
    for name in names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        if domains.len() == DOMAINS_MAX {
            let message = format!("A call is for at most {DOMAINS_MAX} domains.");
            return Err(Refusal::new("InvalidParameter", message, 400));
        }
        domains.push(DomainName::from(name));
    }
    domains.sort_unstable();
    domains.dedup();
    if domains.is_empty() {
        return Err(Refusal::missing("DomainName"));
    }
    if domains.iter().any(|domain| !account.contains(domain)) {
        return Err(Refusal::of("InvalidDomain.NotFound"));
    }
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::simulator::Scenario;

    fn call(params: &[(&str, &str)]) -> Call {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Call {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: params.iter().map(owned).collect(),
            form: Vec::new(),
            headers: Vec::new(),
            body_hash: String::new(),
        }
    }

    fn now() -> DateTime<Utc> {
        parse_time("2026-11-22T10:00:30Z").unwrap()
    }

    fn asked(scenario: &str, start: &str, end: &str) -> Result<RequestedSpan, String> {
        let call = call(&[("StartTime", start), ("EndTime", end)]);
        let answers = Scenario::parse(scenario).unwrap().answers;
        RequestedSpan::of(&call, &answers, now()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn without_times_it_is_the_last_hour() {
        let answers = Scenario::builtin().answers;
        let asked = RequestedSpan::of(&call(&[]), &answers, now()).unwrap();
        assert_eq!(asked.from.to_string(), "2026-11-22T09:00:00Z");
        assert_eq!(asked.to.to_string(), "2026-11-22T10:00:00Z");
        let single = RequestedSpan::of(&call(&[("EndTime", "x")]), &answers, now());
        assert_eq!(single.unwrap_err().code, "MissingParameter");
    }

    #[test]
    fn faulty_times_have_the_errors_of_the_source() {
        let (nine, ten) = ("2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z");
        for (start, end, code) in [
            ("x", ten, "InvalidStartTime.Malformed"),
            (nine, "2026-11-22 10:00", "InvalidEndTime.Malformed"),
            (nine, "2026-11-22T10:99:00Z", "InvalidEndTime.Malformed"),
            (ten, nine, "InvalidEndTime.Mismatch"),
            (ten, ten, "InvalidEndTime.Mismatch"),
            (
                "2026-11-22T08:59:00Z",
                ten,
                "InvalidStartTime.ValueNotSupported",
            ),
            (
                "2026-11-15T09:00:00Z",
                "2026-11-15T10:00:00Z",
                "InvalidStartTime.ValueNotSupported",
            ),
        ] {
            assert_eq!(
                asked("{}", start, end),
                Err(code.to_owned()),
                "{start} {end}"
            );
        }
        assert!(asked("{}", nine, ten).is_ok());
        assert!(asked("{}", "2026-11-15T10:00:00Z", "2026-11-15T11:00:00Z").is_ok());
    }

    #[test]
    fn longer_spans_are_coarsened_where_the_scenario_says_so() {
        let ten = "2026-11-22T10:00:00Z";
        let step = |scenario, start| asked(scenario, start, ten).map(|asked| asked.step);
        let coarsen = "beyond: coarsen";
        assert_eq!(step(coarsen, "2026-11-22T09:00:00Z"), Ok(1));
        assert_eq!(step(coarsen, "2026-11-22T08:00:00Z"), Ok(5));
        assert_eq!(step(coarsen, "2026-11-19T10:00:00Z"), Ok(5));
        assert_eq!(step(coarsen, "2026-11-19T09:00:00Z"), Ok(60));
        assert_eq!(step("span_limit: 24h", "2026-11-21T10:00:00Z"), Ok(1));
    }

    #[test]
    fn a_time_far_away_is_no_danger() {
        let last = "9999-12-31T23:59:59Z";
        assert!(asked("beyond: coarsen", "2026-11-22T08:00:00Z", last).is_ok());
        assert!(asked("{}", last, last).is_err());
        assert!(asked("{}", "0000-01-01T00:00:00Z", last).is_err());
    }

    #[test]
    fn an_unknown_domain_spoils_the_call() {
        let account = ["a.example.com", "b.example.com"].map(DomainName::from);
        let of = |names: &str| {
            domains(&call(&[("DomainName", names)]), &account).map_err(|refusal| refusal.code)
        };
        assert_eq!(of("B.example.com, a.example.com,").unwrap(), account);
        assert_eq!(
            of("a.example.com,x"),
            Err("InvalidDomain.NotFound".to_owned())
        );
        assert_eq!(of(","), Err("MissingDomainName".to_owned()));
        assert_eq!(of(&"a,".repeat(101)), Err("InvalidParameter".to_owned()));
    }
}
