//! In which minutes a part of a condition is asked to be so, in words.

use super::asked::Asked;
use super::decide::{Leaf, Within};
use super::spread::least;

/// Whether some of the demands stand in holds that the others do not stand in, so that it must be said when each is.
pub(super) fn differ(demands: &[(&Leaf<'_>, Asked)]) -> bool {
    let mut pairs = demands.windows(2);
    pairs.any(|pair| pair[0].0.holds != pair[1].0.holds)
}

/// Returns when a part that looks so many minutes back is asked to be so: `in each of the last 5 minutes`,
/// `2 minutes ago`; `None` where that takes more words.
pub(super) fn when(leaf: &Leaf<'_>, back: u32) -> Option<String> {
    match (leaf.holds.as_slice(), back) {
        ([], 0) => Some("now".to_owned()),
        ([], 1) => Some("a minute ago".to_owned()),
        ([], _) => Some(format!("{back} minutes ago")),
        ([_], 0) => held(&leaf.holds),
        _ => None,
    }
}

/// Returns in how many minutes a part is asked to be so, the innermost hold first; `None` where it is in no hold.
pub(super) fn held(holds: &[Within]) -> Option<String> {
    let (outer, inner) = holds.split_first()?;
    let inner = inner.iter().rev().map(|hold| minutes(hold, ""));
    let all: Vec<String> = inner.chain([minutes(outer, "the last ")]).collect();
    Some(all.join(", and that "))
}

fn minutes(within: &Within, last: &str) -> String {
    let Within { hold, asked, .. } = *within;
    let over = hold.over.get();
    let least = least((hold.needed.unwrap_or(over), over), asked);
    match least {
        _ if over == 1 => "in one minute".to_owned(),
        _ if least == over => format!("in each of {last}{over} minutes"),
        1 => format!("in at least one of {last}{over} minutes"),
        _ => format!("in at least {least} of {last}{over} minutes"),
    }
}
