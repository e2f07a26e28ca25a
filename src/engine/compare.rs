//! Comparisons: of two numbers, of bounds, and of rows over a block.

use super::bounds::Bounds;
use super::columns::{Out, Row};
use crate::lang::ast::Comparator;

/// Returns how values of some bounds compare with those of others, if they all do so.
pub(super) fn decides(how: Comparator, a: Option<Bounds>, b: Option<Bounds>) -> Option<bool> {
    let (a, b) = (a?, b?);
    if a.is_none() || b.is_none() {
        return Some(false);
    }
    let order = |is_true: bool, is_false: bool| (is_true || is_false).then_some(is_true);
    let is_apart = a.high < b.low || b.high < a.low;
    let is_same = a.low == b.high && a.high == b.low;
    match how {
        Comparator::Greater => order(b.high < a.low, a.high <= b.low),
        Comparator::GreaterOrEqual => order(b.high <= a.low, a.high < b.low),
        Comparator::Less => order(a.high < b.low, b.high <= a.low),
        Comparator::LessOrEqual => order(a.high <= b.low, b.high < a.low),
        Comparator::Equal => order(is_same, is_apart),
        Comparator::NotEqual => order(is_apart, is_same),
    }
}

/// Compares two rows.
pub(super) fn compare(how: Comparator, a: Row<'_>, b: Row<'_>, out: Out<'_>) {
    for ((a, b), known) in a.known.iter().zip(b.known).zip(&mut *out.known) {
        *known = a & b;
    }
    let pairs = Pairs(a.cells, b.cells);
    match how {
        Comparator::Greater => pairs.bits(out, |a, b| b < a),
        Comparator::GreaterOrEqual => pairs.bits(out, |a, b| b <= a),
        Comparator::Less => pairs.bits(out, |a, b| a < b),
        Comparator::LessOrEqual => pairs.bits(out, |a, b| a <= b),
        Comparator::Equal => pairs.bits(out, |a, b| a == b),
        Comparator::NotEqual => pairs.bits(out, |a, b| a != b),
    }
}

struct Pairs<'a>(&'a [i64], &'a [i64]);

impl Pairs<'_> {
    #[inline]
    fn bits(self, out: Out<'_>, is_true: impl Fn(i64, i64) -> bool) {
        let chunks = self.0.chunks(64).zip(self.1.chunks(64));
        for ((a, b), (word, known)) in chunks.zip(out.trues.iter_mut().zip(out.known)) {
            let mut truths = [0; 64];
            for ((a, b), truth) in a.iter().zip(b).zip(&mut truths) {
                *truth = u8::from(is_true(*a, *b));
            }
            *word = pack(&truths) & *known;
        }
    }
}

/// Returns the bits of truths that are 0 or 1.
#[inline]
fn pack(truths: &[u8; 64]) -> u64 {
    /// Brings the lowest bit of each byte into the highest byte, one beside the other.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut word = 0;
    for (at, eight) in truths.as_chunks::<8>().0.iter().enumerate() {
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
        word |= gathered << (at * 8);
    }
    word
}

/// Compares a row with a literal.
pub(super) fn test(how: Comparator, of: Row<'_>, against: i64, out: &mut Out<'_>) {
    out.known.copy_from_slice(of.known);
    match how {
        Comparator::Greater => bits(of.cells, out, |a| against < a),
        Comparator::GreaterOrEqual => bits(of.cells, out, |a| against <= a),
        Comparator::Less => bits(of.cells, out, |a| a < against),
        Comparator::LessOrEqual => bits(of.cells, out, |a| a <= against),
        Comparator::Equal => bits(of.cells, out, |a| a == against),
        Comparator::NotEqual => bits(of.cells, out, |a| a != against),
    }
}

#[inline]
fn bits(cells: &[i64], out: &mut Out<'_>, is_true: impl Fn(i64) -> bool) {
    for (cells, (word, known)) in cells.chunks(64).zip(out.trues.iter_mut().zip(&*out.known)) {
        let mut truths = [0; 64];
        for (cell, truth) in cells.iter().zip(&mut truths) {
            *truth = u8::from(is_true(*cell));
        }
        *word = pack(&truths) & *known;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_truth_has_its_bit() {
        for word in [0, 1, u64::MAX, 1 << 63, 0x0123_4567_89ab_cdef] {
            let truths = std::array::from_fn(|at| u8::from(word >> at & 1 == 1));
            assert_eq!(pack(&truths), word);
        }
    }

    #[test]
    fn bounds_decide_what_all_values_between_them_do() {
        use Comparator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let bounds = || (0..4).flat_map(|low| (low..4).map(move |high| Bounds { low, high }));
        for (a, b) in bounds().flat_map(|a| bounds().map(move |b| (a, b))) {
            for how in [Greater, GreaterOrEqual, Less, LessOrEqual, Equal, NotEqual] {
                let pairs = || (a.low..=a.high).flat_map(|x| (b.low..=b.high).map(move |y| (x, y)));
                let all = |truth: bool| pairs().all(|(x, y)| how.holds(x, y) == truth);
                let expected = if all(true) {
                    Some(true)
                } else {
                    all(false).then_some(false)
                };
                assert_eq!(
                    decides(how, Some(a), Some(b)),
                    expected,
                    "{how:?} {a:?} {b:?}"
                );
            }
        }
    }
}
