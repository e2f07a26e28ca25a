//! More domains than can be polled once a minute.
//!
//! ## What it finds
//!
//! A source that lists more domains than its `rate:` can ask for in a minute. The API answers
//! for one domain a call, so that 5 calls per second are 300 domains a minute.
//!
//! ## Why it matters
//!
//! Every domain is asked in turn. What takes longer than a minute makes the data of each domain
//! older by as much, and alerts later.
//!
//! ## Example
//!
//! A source that lists 900 domains, with
//!
//! ```yaml
//! rate: 5
//! ```
//!
//! polls each of them every three minutes.
//!
//! ## Instead
//!
//! ```yaml
//! rate: 10
//! ```
//!
//! is all that an account has. Beyond, list the domains that matter, or let several accounts
//! share the work.

use super::Checked;
use crate::config::{Domains, SourceKind};
use crate::diag::{Code, Diagnostic};

/// How many calls per second an account of Alibaba Cloud has.
/// Source: Alibaba Cloud CDN API reference, `DescribeDomainRealTimeSrcHttpCodeData`.
const ACCOUNT_RATE: u32 = 10;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let sources = checked.outline.sources.iter();
    let found = sources.filter_map(|(source, place)| {
        let Domains::Listed(domains) = &source.domains else {
            return None;
        };
        let seconds = domains.len().div_ceil(source.rate as usize);
        if seconds <= 60 {
            return None;
        }
        let message = format!(
            "{} domains at {} per second take {} to poll: the data is that much older",
            domains.len(),
            match source.rate {
                1 => "1 call".to_owned(),
                rate => format!("{rate} calls"),
            },
            duration(seconds),
        );
        let needed = domains.len().div_ceil(60);
        let is_limited = matches!(source.kind, SourceKind::Aliyun(_));
        let help = if is_limited && needed > ACCOUNT_RATE as usize {
            format!("an account has {ACCOUNT_RATE} calls per second: list fewer domains, or share them among accounts")
        } else {
            format!("write `rate: {needed}`")
        };
        Some(place.finding(Code::Budget, message).help(help))
    });
    found.collect()
}

fn duration(seconds: usize) -> String {
    match (seconds / 60, seconds % 60) {
        (1, 0) => "a minute".to_owned(),
        (minutes, 0) => format!("{minutes} minutes"),
        (1, rest) => format!("a minute and {rest} seconds"),
        (minutes, rest) => format!("{minutes} minutes and {rest} seconds"),
    }
}
