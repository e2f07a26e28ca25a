//! One minute of a rule test: from the parts of its rows to a sample, and back.

use std::collections::BTreeMap;

use crate::engine::{Part, Proportion, Sample};

/// The code of what the rows of a minute leave.
pub const REST: u16 = 200;

/// How many units make one hundred percent.
pub(super) const WHOLE: i64 = 100 * PERCENT;
/// How many units make one percent.
pub(super) const PERCENT: i64 = 1_000_000_000_000_000;
/// How far the parts of a minute that has a row of [`REST`] may be from 100 %: sources round each.
pub(super) const SLACK: i64 = PERCENT;
/// By how much a proportion may be below 0.
const TOLERANCE: i64 = PERCENT / 1_000_000;

/// The parts of a minute by code, in percent; `None` is what has no code from 100 to 599.
pub type Parts = BTreeMap<Option<u16>, Proportion>;

/// Why the rows of a minute make no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinuteFault {
    /// They add up to more than 100 %.
    Beyond,
    /// They include [`REST`], and do not add up to 100 %.
    Short,
}

/// Returns the sample of a minute: these parts, and the rest [`REST`]; if that is among them, they
/// stand as they are. With `requests`, each part has a count, rounded to the nearest; what rounding
/// leaves is [`REST`] as well.
///
/// # Errors
///
/// A [`MinuteFault`].
pub fn sample(parts: &Parts, requests: Option<u64>) -> Result<Sample, MinuteFault> {
    let rest = WHOLE.saturating_sub(sum(parts.values().copied()));
    let stated = parts.get(&Some(REST));
    let rest = match stated {
        Some(_) if rest.saturating_abs() <= SLACK => 0,
        Some(_) if rest > 0 => return Err(MinuteFault::Short),
        Some(_) | None if rest < -TOLERANCE => return Err(MinuteFault::Beyond),
        Some(_) | None => rest,
    };
    let mut left = requests;
    let mut made = Vec::with_capacity(parts.len() + 1);
    for (code, proportion) in parts.iter().filter(|(code, _)| **code != Some(REST)) {
        let count = requests.map(|requests| {
            let count = count(*proportion, requests).min(left.unwrap_or(0));
            left = left.map(|left| left - count);
            count
        });
        made.push(Part {
            code: *code,
            proportion: *proportion,
            count,
        });
    }
    made.push(Part {
        code: Some(REST),
        proportion: stated
            .copied()
            .or(Proportion::from_units(rest))
            .unwrap_or_default(),
        count: left,
    });
    Ok(Sample::new(made).unwrap_or_default())
}

/// Returns what parts add up to, in units; they may be many times the whole.
pub(super) fn sum(parts: impl Iterator<Item = Proportion>) -> i64 {
    parts.fold(0, |sum: i64, part| sum.saturating_add(part.units()))
}

/// Returns how many of so many requests a proportion is, rounded to the nearest.
pub fn count(proportion: Proportion, requests: u64) -> u64 {
    let units = i128::from(proportion.units()) * i128::from(requests);
    let rounded = crate::unit::div_half_even(units, i128::from(WHOLE));
    u64::try_from(rounded).unwrap_or(0)
}

/// Whether a proportion of so many requests is a whole number of them.
pub fn is_whole(proportion: Proportion, requests: u64) -> bool {
    i128::from(proportion.units()) * i128::from(requests) % i128::from(WHOLE) == 0
}

/// Returns a part of so many requests in percent, in the fewest digits that [`count`] reads as
/// `part` again; never more than it is, so that parts do not add up to more than 100 %.
///
/// `part` is at most `requests`, and `requests` at least 1.
pub(super) fn shortest(part: u64, requests: u64) -> Proportion {
    let exact = i128::from(part) * i128::from(WHOLE) / i128::from(requests.max(1));
    let exact = i64::try_from(exact).unwrap_or(WHOLE);
    let mut step = PERCENT;
    loop {
        let cut = Proportion::from_units(exact - exact % step).unwrap_or_default();
        if step == 1 || count(cut, requests) == part {
            return cut;
        }
        step /= 10;
    }
}
