//! The past of a condition: a ring of truths, two bits each.

use super::cell::Cell;
use super::columns::{Planes, mask};

/// As many truths as it was made for, and a block more.
#[derive(Clone, Debug)]
pub(super) struct Truths {
    /// First the bits of those that are true, then the bits of those that are known.
    words: Vec<u64>,
    /// The bit that is put next.
    head: usize,
}

impl Truths {
    /// Returns a ring of `len` times the same truth, for blocks of at most `width` minutes.
    pub(super) fn filled(len: usize, width: usize, truth: Cell) -> Self {
        let words = (len + width).div_ceil(64);
        let fill = |is_set: bool| vec![if is_set { u64::MAX } else { 0 }; words];
        let mut planes = fill(truth == Cell::TRUE);
        planes.extend(fill(truth.is_known()));
        Self {
            words: planes,
            head: 0,
        }
    }

    /// Goes back to what [`filled`](Self::filled) made.
    pub(super) fn refill(&mut self, truth: Cell) {
        let len = self.len();
        let (trues, known) = self.words.split_at_mut(len);
        trues.fill(if truth == Cell::TRUE { u64::MAX } else { 0 });
        known.fill(if truth.is_known() { u64::MAX } else { 0 });
        self.head = 0;
    }

    /// How many words each of the two planes has.
    #[inline]
    fn len(&self) -> usize {
        self.words.len() / 2
    }

    /// Puts a block's truths in.
    pub(super) fn append(&mut self, truths: Planes<'_>, minutes: usize) {
        let len = self.len();
        let (trues, known) = self.words.split_at_mut(len);
        let mut head = self.head;
        for at in 0..minutes.div_ceil(64) {
            let count = (minutes - at * 64).min(64);
            put(trues, head, truths.trues[at], count);
            put(known, head, truths.known[at], count);
            head += count;
            if len * 64 <= head {
                head -= len * 64;
            }
        }
        self.head = head;
    }

    /// Puts one truth in.
    #[inline]
    pub(super) fn push(&mut self, truth: Cell) {
        let (word, bit) = (self.head / 64, self.head % 64);
        let len = self.len();
        let mut set = |word: usize, is_set: bool| {
            self.words[word] = self.words[word] & !(1 << bit) | u64::from(is_set) << bit;
        };
        set(word, truth == Cell::TRUE);
        set(len + word, truth.is_known());
        let head = self.head + 1;
        self.head = if head == len * 64 { 0 } else { head };
    }

    /// Returns the truth that was put in `back` truths ago.
    #[inline]
    pub(super) fn at(&self, back: usize) -> Cell {
        let len = self.len();
        let place = if back <= self.head {
            self.head - back
        } else {
            self.head + len * 64 - back
        };
        let (word, bit) = (place / 64, place % 64);
        if self.words[len + word] >> bit & 1 == 0 {
            Cell::UNKNOWN
        } else {
            Cell::truth(self.words[word] >> bit & 1 != 0)
        }
    }

    /// Returns 64 truths, the first of which was put in `back` truths ago.
    #[inline]
    pub(super) fn past(&self, back: usize) -> (u64, u64) {
        let len = self.len();
        let first = if back <= self.head {
            self.head - back
        } else {
            self.head + len * 64 - back
        };
        let (word, shift) = (first / 64, first % 64);
        let next = if word + 1 == len { 0 } else { word + 1 };
        let join = |plane: &[u64]| {
            if shift == 0 {
                plane[word]
            } else {
                plane[word] >> shift | plane[next] << (64 - shift)
            }
        };
        (join(&self.words[..len]), join(&self.words[len..]))
    }
}

/// Puts the first `count` bits of a word at `head` and after.
#[inline]
fn put(plane: &mut [u64], head: usize, bits: u64, count: usize) {
    let (word, shift) = (head / 64, head % 64);
    let (mask, bits) = (mask(count), bits & mask(count));
    plane[word] = plane[word] & !(mask << shift) | bits << shift;
    if 64 < shift + count {
        let next = if word + 1 == plane.len() { 0 } else { word + 1 };
        let kept = !(mask >> (64 - shift));
        plane[next] = plane[next] & kept | bits >> (64 - shift);
    }
}
