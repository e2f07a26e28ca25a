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

use super::super::numbers;
use super::super::proofs::{Tier, explained};
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
        let reason = tier.reason(until, ends);
        let what = "the alert never resolves: its `until` is never true";
        let finding = explained(Code::NeverResolves, what, until, reason.as_ref());
        let demands = reason.as_ref().map_or(&[][..], |reason| &reason.demands);
        let number = numbers::advice(until, tier.names, demands);
        let otherwise = "write a level that is reached when all is well again";
        let help = number.unwrap_or_else(|| otherwise.to_owned());
        found.push(tier.written.written.relocate(finding.help(help)));
    }
}
