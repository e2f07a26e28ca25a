//! What minutes have in common: which codes, which of them have counts, and how proportions are written.

use crate::engine::{Part, Proportion, SAMPLE_PARTS_MAX};
use crate::pipeline::Kept;
use crate::store::varint::{Unreadable, put, put_len, take, take_flag, take_len};

pub(super) const UNASKED: u64 = 0;
/// Each part has a count, and their sum is neither 0 nor too large.
pub(super) const COUNTED: u64 = 1;
/// The same, and each proportion is as the counts give it.
pub(super) const EXACT: u64 = 2;
/// Anything else.
pub(super) const PLAIN: u64 = 3;

/// 100 % in the units of a [`Proportion`].
const WHOLE: u128 = 100_000_000_000_000_000;
/// A proportion has so many places.
const ZEROS_MAX: u32 = 15;
/// Codes are counted from here, so that the first distance is never 0: that is a part without one.
const CODE_BASE: u16 = 99;

/// What minutes have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    pub(super) kind: u64,
    /// How many zeros all proportions end with: what the source does not write.
    pub(super) zeros: u32,
    /// The codes, and whether each has a count.
    pub(super) codes: Vec<(Option<u16>, bool)>,
}

/// Returns the shape of a minute.
pub(super) fn shape_of(kept: &Kept) -> Shape {
    let Kept::Sample(sample) = kept else {
        return Shape {
            kind: UNASKED,
            zeros: 0,
            codes: Vec::new(),
        };
    };
    let parts = sample.parts();
    let written = parts.iter().map(|part| zeros_of(part.proportion));
    let zeros = written.min().unwrap_or(ZEROS_MAX);
    let kind = match sample.requests().filter(|total| 0 < *total) {
        Some(total) => {
            let is_exact = |part: &Part| {
                let count = part.count.unwrap_or(0);
                part.proportion.units() == expected(count, total, zeros)
            };
            if parts.iter().all(is_exact) {
                EXACT
            } else {
                COUNTED
            }
        }
        None => PLAIN,
    };
    let codes = parts.iter().map(|part| {
        let code = part.code.filter(|code| CODE_BASE < *code);
        (code, part.count.is_some())
    });
    Shape {
        kind,
        zeros,
        codes: codes.collect(),
    }
}

/// Appends a shape.
pub(super) fn put_shape(bytes: &mut Vec<u8>, shape: &Shape) {
    put(bytes, shape.kind);
    if shape.kind == UNASKED {
        return;
    }
    put(bytes, u64::from(shape.zeros));
    put_len(bytes, shape.codes.len());
    let mut previous = CODE_BASE;
    for (code, is_counted) in &shape.codes {
        // Parts are sorted by code, those without one first.
        put(bytes, u64::from(code.map_or(0, |code| code - previous)));
        previous = code.unwrap_or(previous);
        if shape.kind == PLAIN {
            put(bytes, u64::from(*is_counted));
        }
    }
}

/// Takes a shape off the front.
pub(super) fn take_shape(rest: &mut &[u8]) -> Result<Shape, Unreadable> {
    let kind = take(rest)?;
    if PLAIN < kind {
        return Err("its kind is unknown");
    }
    let (mut zeros, mut codes) = (0, Vec::new());
    if kind != UNASKED {
        let places = u32::try_from(take(rest)?).ok();
        let places = places.filter(|places| *places <= ZEROS_MAX);
        zeros = places.ok_or("a proportion is beyond its range")?;
        let len = take_len(rest)?;
        if SAMPLE_PARTS_MAX < len {
            return Err("it has too many parts");
        }
        let mut previous = CODE_BASE;
        for _ in 0..len {
            let code = match take(rest)? {
                0 => None,
                distance => {
                    let distance = u16::try_from(distance).ok();
                    let code = distance.and_then(|distance| previous.checked_add(distance));
                    previous = code.ok_or("a code is beyond its range")?;
                    code
                }
            };
            codes.push((code, kind != PLAIN || take_flag(rest)?));
        }
    }
    Ok(Shape { kind, zeros, codes })
}

/// Returns how many zeros the digits of a proportion end with.
fn zeros_of(proportion: Proportion) -> u32 {
    let mut digits = proportion.units();
    if digits == 0 {
        return ZEROS_MAX;
    }
    let mut zeros = 0;
    while zeros < ZEROS_MAX && digits % 10 == 0 {
        digits /= 10;
        zeros += 1;
    }
    zeros
}

/// Returns the units of the last place that is written.
pub(super) const fn step_of(zeros: u32) -> i64 {
    // Ten to the fifteenth is far from the end of the range.
    10_i64.pow(zeros)
}

/// Returns the proportion that the counts give, rounded half up to the places that are written.
pub(super) fn expected(count: u64, total: u64, zeros: u32) -> i64 {
    /// The places of [`WHOLE`], in two halves.
    const HALVES: (u64, u64) = (1_000_000_000, 100_000_000);
    /// So large may a count be that a half's worth of it fits in 64 bits.
    const COUNT_MAX: u64 = u64::MAX / HALVES.0;
    let units = if total <= COUNT_MAX && count <= total {
        let (first, rest) = (count * HALVES.0 / total, count * HALVES.0 % total);
        first * HALVES.1 + rest * HALVES.1 / total
    } else {
        let units = WHOLE * u128::from(count) / u128::from(total.max(1));
        u64::try_from(units).unwrap_or(u64::MAX)
    };
    let units = i64::try_from(units).unwrap_or(i64::MAX);
    if zeros == 0 {
        return units;
    }
    let step = step_of(zeros);
    units.saturating_add(step / 2) / step * step
}
