//! A ring of truths, two bits each.

use super::cell::Cell;

/// Truths in one word.
const PER_WORD: usize = 32;

/// As many truths as it was made for.
#[derive(Clone, Debug)]
pub(super) struct Truths(Vec<u64>);

impl Truths {
    /// Returns a ring of `len` times the same truth.
    pub(super) fn filled(len: usize, truth: Cell) -> Self {
        let pair = encode(truth);
        let word = (0..PER_WORD).fold(0, |word, at| word | pair << (at * 2));
        Self(vec![word; len.div_ceil(PER_WORD)])
    }

    #[inline]
    pub(super) fn at(&self, slot: usize) -> Cell {
        match self.0[slot / PER_WORD] >> (slot % PER_WORD * 2) & 3 {
            0 => Cell::FALSE,
            1 => Cell::TRUE,
            _ => Cell::UNKNOWN,
        }
    }

    #[inline]
    pub(super) fn put(&mut self, slot: usize, truth: Cell) {
        let (word, shift) = (&mut self.0[slot / PER_WORD], slot % PER_WORD * 2);
        *word = *word & !(3 << shift) | encode(truth) << shift;
    }
}

#[inline]
fn encode(truth: Cell) -> u64 {
    match truth {
        Cell::FALSE => 0,
        Cell::TRUE => 1,
        _ => 2,
    }
}
