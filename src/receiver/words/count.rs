//! How many alerts of each kind there are.

use std::cmp::Reverse;

use super::{Counts, tone};
use crate::dispatch::AlertView;

/// Counts alerts by how loud they are.
pub(super) fn of<'a>(alerts: impl Iterator<Item = &'a AlertView>) -> Counts {
    let mut counts = Counts::new();
    for alert in alerts {
        *counts.entry(Reverse(tone(alert))).or_default() += 1;
    }
    counts
}
