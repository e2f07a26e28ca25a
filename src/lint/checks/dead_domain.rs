//! Domains without samples.
//!
//! ## What it finds
//!
//! With `--data`: a domain that a source lists, and for which the recorded samples have no
//! minute with traffic.
//!
//! ## Why it matters
//!
//! It is mistyped, was moved, or is never asked for at the origin. Its rules guard nothing, and
//! every minute a call is spent on it.
//!
//! ## Example
//!
//! ```yaml
//! source:
//!   aliyun_cdn: {domains: [www.example.com, wwww.example.com]}
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! source:
//!   aliyun_cdn: {domains: [www.example.com]}
//! ```

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, nearest};
use crate::engine::Sample;
use crate::lint::history::Past;

pub(super) fn run(past: &Past<'_>) -> Vec<Diagnostic> {
    let recorded = past.samples.iter();
    let alive = recorded.filter(|(_, minutes)| minutes.values().any(Sample::has_codes));
    let alive: BTreeSet<&str> = alive.map(|(domain, _)| domain.as_str()).collect();
    let listed = past.outline.domain_places.iter();
    let dead = listed.filter(|(domain, _)| !alive.contains(domain.as_str()));
    dead.map(|(domain, place)| {
        let shown = if past.outline.hidden_texts.contains(domain.as_str()) {
            "a domain from the environment".to_owned()
        } else {
            format!("`{domain}`")
        };
        let message = format!("{shown} has no traffic in {} of samples", past.length());
        let finding = place.finding(Code::DeadDomain, message);
        let listed = |name: &&str| {
            !past
                .outline
                .domain_places
                .keys()
                .any(|d| d.as_str() == *name)
        };
        match nearest(
            domain.as_str(),
            alive.iter().copied().filter(|name| listed(name)),
        ) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("mend its name, or remove it"),
        }
    })
    .collect()
}
