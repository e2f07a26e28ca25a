//! A key that does nothing where it stands.
//!
//! ## What it finds
//!
//! - `language` of a webhook whose format has no words of ours.
//! - Labels of `group_by` beside `...`, which is every label.
//! - A glob that takes domains away, as `!img.example.com` does, and a later one that takes all of
//!   them back: the last that matches decides.
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

use crate::config::GlobsOutline;
use crate::diag::{Code, Diagnostic};

/// Finds the glob of a list that takes away nothing.
pub(super) fn undone(globs: &GlobsOutline) -> Option<Diagnostic> {
    let (at, by) = globs.list.undone()?;
    let is_of_file = globs.list.texts().count() == globs.globs.len();
    let ((glob, place), (other, _)) = (globs.globs.get(at)?, globs.globs.get(by)?);
    let message = format!("`{glob}` takes nothing away: `{other}` comes later and takes it back");
    let finding = place.finding(Code::NoEffect, message);
    is_of_file.then(|| finding.help(format!("write `{glob}` behind `{other}`")))
}
