//! A key that does nothing where it stands.
//!
//! ## What it finds
//!
//! - `language` of a webhook whose format has no words of ours.
//! - Labels of `group_by` beside `...`, which is every label.
//! - A glob that takes domains away, as `!img.example.com` does, and a later one that takes all of
//!   them back: the last that matches decides. Where every source lists its domains, a name that takes
//!   away nothing because it is misspelt.
//! - A label of an entry of `labels:`, if a later entry has all of its domains and says it as well: of the
//!   entries that match a domain the last decides. A route that asks for it is shown with it.
//! - `repeat_interval:` of a route that is shorter than its `group_interval:`: no message of a group
//!   follows another sooner.
//!
//! ## Why it matters
//!
//! Whoever reads `language: zh` expects Chinese messages. `format: standard` and `format: alertmanager` send facts, which are the same in every language.
//! With `["!img.example.com", "*.example.com"]` the rule is about `img.example.com` all the same.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   receivers:
//!     hook:
//!       - webhook: {url: "http://127.0.0.1:8080/hook", language: zh}
//!   routes:
//!     - to: [hook]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% for 3m
//! notify:
//!   receivers:
//!     hook:
//!       - webhook: {url: "http://127.0.0.1:8080/hook"}
//!   routes:
//!     - to: [hook]
//! ```

use super::Checked;
use crate::config::GlobsOutline;
use crate::diag::{Code, Diagnostic};

/// How many findings are told: whoever has more begins with these.
const FINDINGS_MAX: usize = 100;

/// Finds the labels of domains that later entries always override.
pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let overridden = checked.overridden().iter();
    let told = overridden.filter_map(|((at, name), by)| {
        let (entry, other) = (&outline.labels[*at], &outline.labels[*by]);
        let (place, decides) = (entry.keys.get(*name)?, other.keys.get(*name)?);
        let message =
            format!("no domain has `{name}` from here: a later entry has all of these domains");
        let mut finding = place.finding(Code::NoEffect, message);
        finding.secondary.push(decides.label("this decides"));
        let is_known = !outline.hidden_labels.contains(*name);
        let is_same = entry.entry.labels.get(*name) == other.entry.labels.get(*name);
        Some(
            finding.help(match entry.domains.list == other.domains.list {
                _ if is_same && is_known => "leave it out here: the later entry says the same",
                true => "remove one of the two",
                false => "the last that matches decides: put this entry behind the other",
            }),
        )
    });
    checked.told(FINDINGS_MAX, told)
}

/// Finds the glob of a list that takes away nothing.
pub(super) fn undone(globs: &GlobsOutline) -> Option<Diagnostic> {
    let (at, by) = globs.list.undone()?;
    let is_of_file = globs.is_of_file();
    let ((glob, place), (other, _)) = (globs.globs.get(at)?, globs.globs.get(by)?);
    let message = format!("`{glob}` takes nothing away: `{other}` comes later and takes it back");
    let finding = place.finding(Code::NoEffect, message);
    is_of_file.then(|| finding.help(format!("write `{glob}` behind `{other}`")))
}
