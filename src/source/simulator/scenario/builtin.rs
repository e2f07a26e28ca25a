//! The scenario that is built in: what someone sees who has no CDN at hand.

use std::collections::BTreeMap;

use crate::unit::{DomainName, GlobList, Timespan};

use super::period::{Cycle, Period};
use super::{Answers, Beyond, Gap, Incident, Order, Requests, Scenario, Shape, Share, Skew, Types};

/// The domains of the scenario, where nobody lists his own.
const DOMAINS: [&str; 4] = [
    "www.example.com",
    "img.example.com",
    "api.example.com",
    "static.example.com",
];

/// Returns the scenario for these domains, or for its own where there are none.
pub(super) fn scenario(domains: &[DomainName]) -> Scenario {
    let domains = if domains.is_empty() {
        DOMAINS.into_iter().map(DomainName::from).collect()
    } else {
        domains.to_vec()
    };
    let only = |domain: Option<&DomainName>| GlobList::parse(domain.map(DomainName::as_str));
    let (first, last) = (
        only(domains.first()),
        only(domains.get(1..).and_then(<[_]>::last)),
    );
    Scenario {
        requests: Requests::DEFAULT,
        background: background(),
        answers: Answers::DEFAULT,
        incidents: vec![Incident {
            period: every(20, 5, 6),
            domains: first,
            codes: BTreeMap::from([(502, percent(35))]),
            shape: Shape::Flat,
            traffic: Share::WHOLE,
        }],
        quiet: vec![Gap {
            period: every(60, 30, 3),
            domains: last,
        }],
        missing: Vec::new(),
        late: Vec::new(),
        faults: Vec::new(),
        domains,
    }
}

/// Returns the codes that always occur, where a scenario does not name its own.
pub(super) fn background() -> BTreeMap<u16, Share> {
    BTreeMap::from([
        (206, percent(2)),
        (304, percent(6)),
        (404, Share::from_millionths(8_000)),
        (500, Share::from_millionths(1_500)),
        (502, Share::from_millionths(1_000)),
        (504, Share::from_millionths(1_000)),
    ])
}

impl Requests {
    /// What a scenario has that does not say it.
    pub(super) const DEFAULT: Self = Self {
        night: 500,
        day: 1_500,
    };
}

impl Answers {
    /// What a scenario has that does not say otherwise: the source as it is today.
    pub(super) const DEFAULT: Self = Self {
        delay: Timespan::from_seconds(300),
        revise: true,
        counts: true,
        types: Types::Strings,
        order: Order::Newest,
        end_included: false,
        span_limit: Timespan::from_seconds(3_600),
        beyond: Beyond::Refuse,
        clock_skew: Skew::NONE,
        rate: None,
    };
}

const fn percent(percent: u32) -> Share {
    Share::from_millionths(percent * 10_000)
}

const fn every(every: u32, offset: u32, length: u32) -> Period {
    Period {
        from: None,
        to: None,
        cycle: Some(Cycle {
            every,
            offset,
            length,
        }),
    }
}
