//! A quick hash.

use std::hash::Hasher;

/// A hash that mixes each word in by a multiplication: for values that nobody chooses to collide.
///
/// Values that differ in one word never have the same hash.
#[derive(Clone, Copy, Debug, Default)]
pub struct MixedHash(u64);

impl Hasher for MixedHash {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut whole = [0; 8];
            whole[..word.len()].copy_from_slice(word);
            self.write_u64(u64::from_le_bytes(whole));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word.cast_unsigned());
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word.cast_unsigned() as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash as _;

    use proptest::prelude::*;

    use super::*;

    fn hash(words: &[u64]) -> u64 {
        let mut hash = MixedHash::default();
        words.hash(&mut hash);
        hash.finish()
    }

    proptest! {
        #[test]
        fn one_word_that_differs_makes_another_hash(
            mut words in prop::collection::vec(any::<u64>(), 1..20),
            place in any::<prop::sample::Index>(),
            bits in 1_u64..,
        ) {
            let before = hash(&words);
            let place = place.index(words.len());
            words[place] ^= bits;
            prop_assert_ne!(hash(&words), before);
        }
    }
}
