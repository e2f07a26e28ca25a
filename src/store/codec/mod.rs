//! Many minutes as bytes: some 20 bytes for one with eight codes and counts.
//!
//! First the shapes, each once: the codes of a sample, which of them have counts, and how its
//! proportions are written. Then, in runs, which minute has which shape. Then the numbers, each
//! as its distance from what it is expected to be: a count from the last count of its code, a
//! proportion from what the counts give, rounded to the places that the source writes. Where all
//! proportions of a sample are as expected, which is the rule, they take no room. Nothing is rounded.
//!
//! Reading is total: any bytes give values or an error.

mod shape;

use std::collections::BTreeMap;

use super::varint::{Unreadable, put, put_len, take, take_len, unzigzag, zigzag};
use crate::engine::{Part, Proportion, Sample};
use crate::pipeline::Kept;

use shape::{
    COUNTED, EXACT, PLAIN, Shape, UNASKED, expected, put_shape, shape_of, step_of, take_shape,
};

/// How many codes have a last value of their own; further ones share theirs.
const MEMORY: usize = 1_024;

/// The last values of each code.
struct Memory {
    counts: [u64; MEMORY],
    proportions: [i64; MEMORY],
}

impl Memory {
    const fn new() -> Self {
        Self {
            counts: [0; MEMORY],
            proportions: [0; MEMORY],
        }
    }
}

fn slot(code: Option<u16>) -> usize {
    usize::from(code.unwrap_or(0)) % MEMORY
}

/// Appends minutes.
pub(super) fn put_minutes(bytes: &mut Vec<u8>, minutes: &[&Kept]) {
    let mut places: BTreeMap<Shape, usize> = BTreeMap::new();
    let mut shapes: Vec<Shape> = Vec::new();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for kept in minutes {
        let shape = shape_of(kept);
        let last = runs.last_mut().filter(|(at, _)| shapes[*at] == shape);
        if let Some((_, len)) = last {
            *len += 1;
            continue;
        }
        let at = *places.entry(shape).or_insert_with_key(|shape| {
            shapes.push(shape.clone());
            shapes.len() - 1
        });
        runs.push((at, 1));
    }
    put_len(bytes, shapes.len());
    for shape in &shapes {
        put_shape(bytes, shape);
    }
    put_len(bytes, runs.len());
    for (at, len) in &runs {
        put_len(bytes, *at);
        put_len(bytes, *len);
    }
    let mut memory = Memory::new();
    let mut rest = minutes.iter();
    for (at, len) in runs {
        for kept in rest.by_ref().take(len) {
            if let Kept::Sample(sample) = kept {
                put_sample(bytes, &shapes[at], sample, &mut memory);
            }
        }
    }
}

/// How much of a sample is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// All of it.
    Whole,
    /// What decides: beside counts, proportions are left at nought.
    Deciding,
}

/// Takes so many minutes off the front.
pub(super) fn take_minutes(rest: &mut &[u8], minutes: usize) -> Result<Vec<Kept>, Unreadable> {
    let mut read = Vec::with_capacity(minutes);
    each_minute(rest, minutes, Detail::Whole, |_, kept| {
        read.push(kept);
        Vec::new()
    })?;
    Ok(read)
}

/// Takes so many minutes off the front, and gives `each` their places and what they are. What that gives back
/// is room for the next.
pub(super) fn each_minute(
    rest: &mut &[u8],
    minutes: usize,
    detail: Detail,
    mut each: impl FnMut(usize, Kept) -> Vec<Part>,
) -> Result<(), Unreadable> {
    let shapes = (0..take_len(rest)?).map(|_| take_shape(rest));
    let shapes = shapes.collect::<Result<Vec<_>, _>>()?;
    let mut runs = Vec::new();
    let mut left = minutes;
    for _ in 0..take_len(rest)? {
        let shape = usize::try_from(take(rest)?).ok();
        let shape = shape.and_then(|at| shapes.get(at)).ok_or("no such shape")?;
        let len = usize::try_from(take(rest)?).map_err(|_| "it has too many minutes")?;
        left = left.checked_sub(len).ok_or("it has too many minutes")?;
        runs.push((shape, len));
    }
    if left != 0 {
        return Err("it has too few minutes");
    }
    let mut memory = Memory::new();
    let (mut at, mut room) = (0, Vec::new());
    for (shape, len) in runs {
        for _ in 0..len {
            let kept = if shape.kind == UNASKED {
                Kept::Unasked
            } else {
                let parts = std::mem::take(&mut room);
                Kept::Sample(take_sample(rest, shape, detail, (&mut memory, parts))?)
            };
            room = each(at, kept);
            at += 1;
        }
    }
    Ok(())
}

fn put_sample(bytes: &mut Vec<u8>, shape: &Shape, sample: &Sample, memory: &mut Memory) {
    for (part, (code, _)) in sample.parts().iter().zip(&shape.codes) {
        if let Some(count) = part.count {
            let last = &mut memory.counts[slot(*code)];
            put(bytes, zigzag(count.wrapping_sub(*last).cast_signed()));
            *last = count;
        }
    }
    if shape.kind == EXACT {
        return;
    }
    let step = step_of(shape.zeros);
    for (part, (code, _)) in sample.parts().iter().zip(&shape.codes) {
        let units = part.proportion.units();
        let guess = match (shape.kind, part.count, sample.requests()) {
            (COUNTED, Some(count), Some(total)) => expected(count, total, shape.zeros),
            _ => std::mem::replace(&mut memory.proportions[slot(*code)], units),
        };
        put(bytes, zigzag(units / step - guess / step));
    }
}

/// Takes a sample off the front; `parts` is room for it.
fn take_sample(
    rest: &mut &[u8],
    shape: &Shape,
    detail: Detail,
    (memory, mut parts): (&mut Memory, Vec<Part>),
) -> Result<Sample, Unreadable> {
    parts.clear();
    parts.reserve(shape.codes.len());
    let mut total = Some(0_u64);
    for (code, is_counted) in &shape.codes {
        let count = if *is_counted {
            let last = &mut memory.counts[slot(*code)];
            *last = last.wrapping_add(unzigzag(take(rest)?).cast_unsigned());
            Some(*last)
        } else {
            None
        };
        total = total
            .zip(count)
            .and_then(|(sum, count)| sum.checked_add(count));
        parts.push(Part {
            code: *code,
            proportion: Proportion::default(),
            count,
        });
    }
    let total = total.filter(|total| 0 < *total);
    if detail == Detail::Deciding && shape.kind != PLAIN && total.is_some() {
        if shape.kind == COUNTED {
            for _ in &parts {
                take(rest)?;
            }
        }
    } else {
        take_proportions(rest, shape, total, (memory, &mut parts))?;
    }
    // `Sample::new` takes the later of two parts first, so the parts go in backwards where there may be two.
    if !parts.is_sorted_by(|a, b| a.code < b.code) {
        parts.reverse();
    }
    Sample::new(parts).map_err(|_| "it has too many parts")
}

fn take_proportions(
    rest: &mut &[u8],
    shape: &Shape,
    total: Option<u64>,
    (memory, parts): (&mut Memory, &mut [Part]),
) -> Result<(), Unreadable> {
    let step = step_of(shape.zeros);
    for part in parts {
        let last = &mut memory.proportions[slot(part.code)];
        let guess = match (shape.kind, part.count, total) {
            (PLAIN, _, _) => *last,
            (_, Some(count), Some(total)) => expected(count, total, shape.zeros),
            _ => return Err("its counts are no counts"),
        };
        let distance = if shape.kind == EXACT {
            0
        } else {
            unzigzag(take(rest)?)
        };
        let units = (guess / step)
            .checked_add(distance)
            .and_then(|steps| steps.checked_mul(step));
        let proportion = units.and_then(Proportion::from_units);
        part.proportion = proportion.ok_or("a proportion is beyond its range")?;
        if shape.kind == PLAIN {
            *last = part.proportion.units();
        }
    }
    Ok(())
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

    fn kept() -> impl Strategy<Value = Kept> {
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
        let parts = prop::collection::vec(part, 0..12);
        let sample = parts.prop_map(|parts| Kept::Sample(Sample::new(parts).unwrap()));
        prop_oneof![9 => sample, 1 => Just(Kept::Unasked)]
    }

    fn packed(minutes: &[Kept]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_minutes(&mut bytes, &minutes.iter().collect::<Vec<_>>());
        bytes
    }

    /// Returns the minutes of a domain whose source writes its proportions with so many places.
    fn minutes(places: u32) -> Vec<Kept> {
        let counts: [u64; 8] = [9_551, 120, 300, 41, 7, 19, 3, 1];
        let codes = [200, 206, 301, 304, 404, 499, 502, 504];
        let minute = |at: u64| {
            let counts = counts.map(|count| count + count * (at * 7919 % 31) / 100);
            let total = counts.iter().sum();
            let parts = codes.into_iter().zip(counts).map(|(code, count)| Part {
                code: Some(code),
                proportion: Proportion::from_units(expected(count, total, 15 - places)).unwrap(),
                count: Some(count),
            });
            Kept::Sample(Sample::new(parts.collect()).unwrap())
        };
        (0..240).map(minute).collect()
    }

    proptest! {
        #[test]
        fn minutes_are_read_as_they_were_packed(minutes in prop::collection::vec(kept(), 0..20)) {
            let bytes = packed(&minutes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(take_minutes(&mut rest, minutes.len()), Ok(minutes));
            prop_assert_eq!(rest, &[] as &[u8]);
        }

        #[test]
        fn any_bytes_give_minutes_or_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            small in prop::collection::vec(0..6_u8, 0..64),
            minutes in 0..9_usize,
        ) {
            let _ = take_minutes(&mut bytes.as_slice(), minutes);
            let _ = take_minutes(&mut small.as_slice(), minutes);
        }

        #[test]
        fn cut_minutes_are_an_error(minutes in prop::collection::vec(kept(), 1..4)) {
            let bytes = packed(&minutes);
            for end in 0..bytes.len() {
                prop_assert!(take_minutes(&mut &bytes[..end], minutes.len()).is_err());
            }
        }
    }

    #[test]
    fn a_minute_of_eight_codes_takes_ten_bytes_or_twenty_if_the_source_writes_floats() {
        for places in [2, 6, 15] {
            let bytes = packed(&minutes(places)).len();
            assert!(bytes <= 240 * 11, "{places} places: {bytes}");
        }
        let floats = minutes(15).into_iter().zip(1..).map(|(kept, at)| {
            let Kept::Sample(sample) = kept else {
                return kept;
            };
            // The last digits of floats are not those of the counts.
            let drift = |part: &Part| Part {
                proportion: Proportion::from_units(part.proportion.units() + at % 7).unwrap(),
                ..*part
            };
            Kept::Sample(Sample::new(sample.parts().iter().map(drift).collect()).unwrap())
        });
        let bytes = packed(&floats.collect::<Vec<_>>()).len();
        assert!(bytes <= 240 * 20, "{bytes}");
    }
}
