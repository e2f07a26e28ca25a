//! An `until` that cannot hold.
//!
//! ## What it finds
//!
//! An `until` that no sample can make true; with `on_unknown: clear`, where an unknown one counts
//! as true, only one that is false in every minute.
//!
//! ## Why it matters
//!
//! Once the alert fires it never ends by itself: with `until`, the condition's being false is not
//! enough.
//!
//! ## Example
//!
//! ```yaml
//! when: 5xx > 10% until 5xx < 0%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when: 5xx > 10% until 5xx < 5%
//! ```

use super::super::proofs::Tier;
use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::engine::OnUnknown;
use crate::proof::Asked;

pub(super) fn run(checked: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(node), Some(until)) = (tier.compiled.until, &tier.written.when.until) else {
        return;
    };
    let ends = match tier.rule.on_unknown {
        OnUnknown::Hold | OnUnknown::Fire => Asked::True,
        OnUnknown::Clear => Asked::NotFalse,
    };
    if checked.proofs.is_impossible(tier.at, &[(node, ends)]) {
        let what = "the alert never resolves: its `until` is never true";
        let otherwise = "write a level that is reached when all is well again";
        found.push(tier.told(until, ends, (Code::NeverResolves, what), otherwise));
    }
}
