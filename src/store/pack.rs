//! A minute by itself, as stores of format 1 kept it.
//!
//! A version byte, a kind byte, then for a sample the number of its parts and each part: its
//! code as the distance from the one before, its count (after a flag, where some parts may have
//! none), and its proportion. Numbers are
//! varints, seven bits to a byte, the low ones first. A proportion is either its difference
//! from what the counts give (which is rarely more than a last digit), or its digits and the
//! number of zeros behind them; whichever makes the whole shorter. Nothing is rounded.
//!
//! Reading is total: any bytes give a value or an error.

#[cfg(test)]
use super::varint::{put, zigzag};
use super::varint::{take, take_flag, unzigzag};
use crate::engine::{Part, Proportion, Sample};
use crate::pipeline::Kept;

/// The version of the form.
const VERSION: u8 = 1;

const UNASKED: u8 = 0;
/// A sample with proportions as digits.
const DIGITS: u8 = 1;
/// A sample with proportions as differences; each part has a count and the total is not 0.
const DIFFERENCES: u8 = 2;

/// 100 % in the units of a [`Proportion`].
const WHOLE: i128 = 100_000_000_000_000_000;
/// Codes are counted from here, so that the first distance is never 0: that is a part without one.
const CODE_BASE: u16 = 99;
/// The bits of a proportion's digits that hold its sign and the number of zeros.
const DIGITS_SHIFT: u32 = 5;
/// The most zeros that are taken off; 15 fit, as a proportion has 15 places.
const ZEROS_MAX: u64 = 15;

/// Returns the compact form.
#[cfg(test)]
pub(super) fn pack(kept: &Kept) -> Vec<u8> {
    let sample = match kept {
        Kept::Unasked => return vec![VERSION, UNASKED],
        Kept::Sample(sample) => sample,
    };
    let digits = pack_parts(DIGITS, sample, |part, _| digits_of(part.proportion));
    let Some(total) = sample.requests().filter(|total| 0 < *total) else {
        return digits;
    };
    let differences = pack_parts(DIFFERENCES, sample, |part, count| {
        zigzag(part.proportion.units() - derived(count, total))
    });
    if differences.len() <= digits.len() {
        differences
    } else {
        digits
    }
}

/// Reads the compact form.
///
/// # Errors
///
/// What is wrong with the bytes.
pub(super) fn unpack(bytes: &[u8]) -> Result<Kept, &'static str> {
    let (&version, rest) = bytes.split_first().ok_or("it is empty")?;
    let (&kind, mut rest) = rest.split_first().ok_or("it ends early")?;
    if version != VERSION {
        return Err("its version is unknown");
    }
    let kept = match kind {
        UNASKED => Kept::Unasked,
        DIGITS | DIFFERENCES => Kept::Sample(unpack_sample(kind, &mut rest)?),
        _ => return Err("its kind is unknown"),
    };
    if rest.is_empty() {
        Ok(kept)
    } else {
        Err("bytes are left over")
    }
}

#[cfg(test)]
fn pack_parts(kind: u8, sample: &Sample, proportion: impl Fn(&Part, u64) -> u64) -> Vec<u8> {
    let mut bytes = vec![VERSION, kind];
    put(&mut bytes, sample.parts().len() as u64);
    let mut previous = CODE_BASE;
    for part in sample.parts() {
        // Parts are sorted by code, those without one first.
        let code = part.code.filter(|code| CODE_BASE < *code);
        let distance = code.map_or(0, |code| code - previous);
        previous = code.unwrap_or(previous);
        put(&mut bytes, u64::from(distance));
        if kind == DIGITS {
            put(&mut bytes, u64::from(part.count.is_some()));
        }
        if let Some(count) = part.count {
            put(&mut bytes, count);
        }
        put(&mut bytes, proportion(part, part.count.unwrap_or(0)));
    }
    bytes
}

fn unpack_sample(kind: u8, rest: &mut &[u8]) -> Result<Sample, &'static str> {
    let len = usize::try_from(take(rest)?).map_err(|_| "it has too many parts")?;
    // Each part has at least two bytes: no more room is made than the bytes can fill.
    if len > rest.len() {
        return Err("it ends early");
    }
    let mut read = Vec::with_capacity(len);
    let mut previous = CODE_BASE;
    for _ in 0..len {
        let code = code_after(&mut previous, take(rest)?)?;
        let counted = kind == DIFFERENCES || take_flag(rest)?;
        let count = if counted { Some(take(rest)?) } else { None };
        read.push((code, count, take(rest)?));
    }
    let total = read
        .iter()
        .try_fold(0_u64, |sum, (_, count, _)| sum.checked_add((*count)?));
    let parts = read.into_iter().map(|(code, count, raw)| {
        let units = match (kind, count, total) {
            (DIFFERENCES, Some(count), Some(total)) if 0 < total => {
                derived(count, total).checked_add(unzigzag(raw))
            }
            (DIGITS, _, _) => units_of(raw),
            _ => return Err("its counts are no counts"),
        };
        let proportion = units
            .and_then(Proportion::from_units)
            .ok_or("a proportion is beyond its range")?;
        Ok(Part {
            code,
            proportion,
            count,
        })
    });
    // `Sample::new` takes the later of two parts first, so the parts go in backwards.
    let parts = parts.rev().collect::<Result<Vec<_>, &'static str>>()?;
    Sample::new(parts).map_err(|_| "it has too many parts")
}

fn code_after(previous: &mut u16, distance: u64) -> Result<Option<u16>, &'static str> {
    if distance == 0 {
        return Ok(None);
    }
    let code = u16::try_from(distance)
        .ok()
        .and_then(|distance| previous.checked_add(distance))
        .ok_or("a code is beyond its range")?;
    *previous = code;
    Ok(Some(code))
}

/// Returns the proportion that the counts give, rounded down.
fn derived(count: u64, total: u64) -> i64 {
    let units = WHOLE * i128::from(count) / i128::from(total.max(1));
    i64::try_from(units).unwrap_or(i64::MAX)
}

#[cfg(test)]
fn digits_of(proportion: Proportion) -> u64 {
    let mut digits = proportion.units().unsigned_abs();
    let mut zeros = 0;
    while zeros < ZEROS_MAX && digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
        zeros += 1;
    }
    let sign = u64::from(proportion.units() < 0);
    digits << DIGITS_SHIFT | zeros << 1 | sign
}

fn units_of(raw: u64) -> Option<i64> {
    let zeros = u32::try_from(raw >> 1 & ZEROS_MAX).ok()?;
    let digits = i64::try_from(raw >> DIGITS_SHIFT).ok()?;
    let units = digits.checked_mul(10_i64.checked_pow(zeros)?)?;
    Some(if raw & 1 == 1 { -units } else { units })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proportion() -> impl Strategy<Value = Proportion> {
        let any = -1_000_000_000..=100_000_001_000_000_000_i64;
        let round = (0..=10_000_i64).prop_map(|hundredths| hundredths * 10_000_000_000_000);
        prop_oneof![any, round].prop_map(|units| Proportion::from_units(units).unwrap())
    }

    fn sample() -> impl Strategy<Value = Sample> {
        let code = prop_oneof![9 => (100..=599_u16).prop_map(Some), 1 => Just(None)];
        let count = prop_oneof![
            5 => (0..100_000_u64).prop_map(Some),
            1 => any::<u64>().prop_map(Some),
            1 => Just(None),
        ];
        let part = (code, proportion(), count).prop_map(|(code, proportion, count)| Part {
            code,
            proportion,
            count,
        });
        prop::collection::vec(part, 0..12).prop_map(|parts| Sample::new(parts).unwrap())
    }

    proptest! {
        #[test]
        fn a_sample_is_read_as_it_was_packed(sample in sample()) {
            let kept = Kept::Sample(sample);
            prop_assert_eq!(unpack(&pack(&kept)), Ok(kept));
        }

        #[test]
        fn any_bytes_give_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = unpack(&bytes);
            let _ = unpack(&[&[VERSION, DIGITS], bytes.as_slice()].concat());
            let _ = unpack(&[&[VERSION, DIFFERENCES], bytes.as_slice()].concat());
        }

        #[test]
        fn a_cut_sample_is_an_error(sample in sample()) {
            let bytes = pack(&Kept::Sample(sample));
            for end in 0..bytes.len() {
                prop_assert!(unpack(&bytes[..end]).is_err());
            }
        }
    }

    #[test]
    fn a_minute_that_nobody_could_ask_for_is_two_bytes() {
        assert_eq!(unpack(&pack(&Kept::Unasked)), Ok(Kept::Unasked));
        assert_eq!(pack(&Kept::Unasked).len(), 2);
    }

    #[test]
    fn eight_codes_fit_in_a_hundred_bytes() {
        let counts: [u64; 8] = [9_551, 120, 300, 41, 7, 19, 3, 1];
        let total: u64 = counts.iter().sum();
        let sample = |counted: bool| {
            let codes = [200, 206, 301, 304, 404, 499, 502, 504];
            let parts = codes.into_iter().zip(counts).map(|(code, count)| Part {
                code: Some(code),
                // The source writes floats, whose last digits are not those of the counts.
                proportion: Proportion::from_units(derived(count, total) + 7).unwrap(),
                count: counted.then_some(count),
            });
            Kept::Sample(Sample::new(parts.collect()).unwrap())
        };
        let (counted, uncounted) = (pack(&sample(true)).len(), pack(&sample(false)).len());
        assert!(counted <= 35, "{counted}");
        assert!(uncounted <= 100, "{uncounted}");
    }
}
