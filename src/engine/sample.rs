//! What a source says of one domain in one minute.

use std::str::FromStr;

use crate::unit::{Decimal, StatusSet};

/// A proportion as a source writes it, in percent, read to 15 places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Proportion(i64);

/// How many units make one percent: fifteen places.
const PERCENT: i64 = 1_000_000_000_000_000;
/// How far a proportion may lie outside 0 to 100 %: a millionth.
const TOLERANCE: i64 = PERCENT / 1_000_000;

impl Proportion {
    /// Returns the proportion of so many 10⁻¹⁵ percent, or `None` if it is faulty: below 0 or
    /// above 100 % by more than a millionth.
    pub const fn from_units(units: i64) -> Option<Self> {
        if units < -TOLERANCE || units > 100 * PERCENT + TOLERANCE {
            None
        } else {
            Some(Self(units))
        }
    }

    /// Returns the number of 10⁻¹⁵ percent.
    pub const fn units(self) -> i64 {
        self.0
    }
}

/// Why a text is no [`Proportion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseProportionError {
    /// Not a decimal number.
    #[error("a proportion is a decimal number")]
    Malformed,
    /// Below 0 or above 100.
    #[error("a proportion lies between 0 and 100")]
    OutOfRange,
}

/// The longest text of a proportion: the source writes at most 20 characters.
const PROPORTION_LEN_MAX: usize = 64;

impl FromStr for Proportion {
    type Err = ParseProportionError;

    /// Reads a decimal, with an exponent where there is one, rounded half to even at the
    /// fifteenth place.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        use ParseProportionError::{Malformed, OutOfRange};
        if text.len() > PROPORTION_LEN_MAX {
            return Err(Malformed);
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.parse::<i32>().map_err(|_| Malformed)?)
            }
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + places.len() == 0 || !all_digits(whole) || !all_digits(places) {
            return Err(Malformed);
        }
        let significant = format!("{whole}{places}");
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self(0));
        }
        let places = i32::try_from(places.len()).map_err(|_| Malformed)?;
        let scale = exponent.saturating_sub(places).saturating_add(15);
        let units = shift_half_even(significant, scale).ok_or(OutOfRange)?;
        Self::from_units(if negative { -units } else { units }).ok_or(OutOfRange)
    }
}

/// Returns `digits · 10^scale`, rounded half to even; `None` where that is beyond any proportion.
fn shift_half_even(digits: &str, scale: i32) -> Option<i64> {
    let len = i32::try_from(digits.len()).ok()?;
    if len.saturating_add(scale) > 18 {
        return None;
    }
    if scale >= 0 {
        let zeros = "0".repeat(usize::try_from(scale).ok()?);
        return format!("{digits}{zeros}").parse().ok();
    }
    if len + scale < 0 {
        return Some(0);
    }
    let (kept, dropped) = digits.split_at(usize::try_from(len + scale).ok()?);
    let floor: i64 = format!("0{kept}").parse().ok()?;
    let half = format!("5{}", "0".repeat(dropped.len() - 1));
    let up = match dropped.cmp(half.as_str()) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => floor % 2 != 0,
        std::cmp::Ordering::Less => false,
    };
    Some(floor + i64::from(up))
}

/// One code's part in a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The status code, or `None` for what is no number from 100 to 599: it counts in the whole
    /// and is selected by nothing.
    pub code: Option<u16>,
    /// Its proportion of the responses.
    pub proportion: Proportion,
    /// How many responses had it, where the source says.
    pub count: Option<u64>,
}

/// The origin's responses of one domain in one minute. Without parts, there was no traffic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sample {
    parts: Vec<Part>,
    /// The sum of the counts, if each part has one and they are not all 0.
    total: Option<u64>,
}

/// Why parts are no [`Sample`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// More parts than a minute can have.
    #[error("a minute has at most {SAMPLE_PARTS_MAX} codes")]
    TooManyParts,
}

/// The most codes of one minute: every status code there is, and as many that are none.
pub const SAMPLE_PARTS_MAX: usize = 1_000;

impl Sample {
    /// Returns the sample of these parts, sorted by code. Of two parts with one code the later
    /// one holds; parts without a code are all kept.
    ///
    /// # Errors
    ///
    /// [`SampleError::TooManyParts`] beyond [`SAMPLE_PARTS_MAX`].
    pub fn new(mut parts: Vec<Part>) -> Result<Self, SampleError> {
        if parts.len() > SAMPLE_PARTS_MAX {
            return Err(SampleError::TooManyParts);
        }
        if !parts.is_sorted_by(|a, b| a.code < b.code) {
            parts.reverse();
            parts.sort_by_key(|part| part.code);
            parts.dedup_by(|later, first| later.code.is_some() && later.code == first.code);
        }
        let total = parts
            .iter()
            .try_fold(0_u64, |sum, part| sum.checked_add(part.count?))
            .filter(|total| *total > 0);
        Ok(Self { parts, total })
    }

    /// Returns the parts, sorted by code, for their room to be used again.
    pub fn into_parts(self) -> Vec<Part> {
        self.parts
    }

    /// Returns the parts, sorted by code.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether there was traffic.
    pub fn has_codes(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Returns how many responses there were: 0 without traffic, `None` if the source did not
    /// count.
    pub fn requests(&self) -> Option<u64> {
        if self.parts.is_empty() {
            Some(0)
        } else {
            self.total
        }
    }

    /// Returns how many responses had one of these codes, `None` if the source did not count.
    pub fn requests_of(&self, codes: &StatusSet) -> Option<u64> {
        self.requests()?;
        Some(self.selected(codes).filter_map(|part| part.count).sum())
    }

    /// Returns the proportion of these codes, in percent; `None` without traffic.
    ///
    /// Counts decide where there are any; else the written proportions are summed and the sum
    /// rounded to 9 places.
    pub fn proportion_of(&self, codes: &StatusSet) -> Option<Decimal> {
        if self.parts.is_empty() {
            return None;
        }
        if let Some(total) = self.total {
            let selected: u64 = self.selected(codes).filter_map(|part| part.count).sum();
            return Decimal::ratio(100 * i128::from(selected), i128::from(total));
        }
        let units: i128 = self
            .selected(codes)
            .map(|part| i128::from(part.proportion.0))
            .sum();
        Decimal::ratio(units, i128::from(PERCENT))
    }

    fn selected<'a>(&'a self, codes: &'a StatusSet) -> impl Iterator<Item = &'a Part> {
        self.parts
            .iter()
            .filter(|part| part.code.is_some_and(|code| codes.contains(code)))
    }
}

/// What is known of a minute of one domain once it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation<'a> {
    /// The source answered with this, which may be empty.
    Sample(&'a Sample),
    /// The source was asked, and has nothing for the minute.
    Absent,
    /// Nobody knows: the source could not be asked while it still had the minute.
    Unasked,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> i64 {
        text.parse::<Proportion>().unwrap().units()
    }

    #[test]
    fn proportions_are_read_to_fifteen_places() {
        assert_eq!(units("33.333333333333336"), 33_333_333_333_333_336);
        assert_eq!(units("0.0000000000000005"), 0);
        assert_eq!(units("0.0000000000000015"), 2);
        assert_eq!(units("0.00000000000000051"), 1);
        assert_eq!(units("1e-7"), 100_000_000);
        assert_eq!(units("1.5e1"), 15 * PERCENT);
        assert_eq!(units("100"), 100 * PERCENT);
        assert_eq!(units("-0.0000001"), -100_000_000);
    }

    #[test]
    fn faulty_proportions_are_refused() {
        use ParseProportionError::{Malformed, OutOfRange};
        for (text, error) in [
            ("", Malformed),
            (".", Malformed),
            ("x", Malformed),
            ("NaN", Malformed),
            ("1e", Malformed),
            ("101", OutOfRange),
            ("-0.1", OutOfRange),
            ("1e999999999", OutOfRange),
            ("1e99999999999", Malformed),
        ] {
            assert_eq!(text.parse::<Proportion>(), Err(error), "{text}");
        }
        assert_eq!(units("1e-999999999"), 0);
    }

    #[test]
    fn counts_of_some_codes_only_are_no_counts() {
        let part = |code, count| Part {
            code: Some(code),
            proportion: Proportion(50 * PERCENT),
            count,
        };
        let sample = Sample::new(vec![part(200, Some(1)), part(502, None)]).unwrap();
        assert_eq!(sample.requests(), None);
        let codes = StatusSet::range(500, 599);
        assert_eq!(sample.proportion_of(&codes).unwrap().to_string(), "50");
    }
}
