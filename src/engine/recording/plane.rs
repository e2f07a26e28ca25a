//! Bits for the minutes of a page.

use super::PAGE;

/// A bit for each minute of a page.
pub(super) type Plane = [u64; PAGE / 64];

/// Whether a bit is set.
pub(super) const fn bit(plane: &Plane, at: usize) -> bool {
    plane[at / 64] >> (at % 64) & 1 != 0
}

/// Sets a bit.
pub(super) const fn set(plane: &mut Plane, at: usize) {
    plane[at / 64] |= 1 << (at % 64);
}

/// Returns the place of the first bit that is set.
pub(super) fn first_of(plane: &Plane) -> Option<usize> {
    let word = plane.iter().position(|word| *word != 0)?;
    Some(word * 64 + plane[word].trailing_zeros() as usize)
}

/// Returns the place of the last bit that is set.
pub(super) fn last_of(plane: &Plane) -> Option<usize> {
    let word = plane.iter().rposition(|word| *word != 0)?;
    Some(word * 64 + 63 - plane[word].leading_zeros() as usize)
}

/// Returns 64 bits from `at` on; beyond the page there are none.
pub(super) fn window(plane: &Plane, at: usize) -> u64 {
    let (word, shift) = (at / 64, at % 64);
    let low = plane.get(word).map_or(0, |bits| bits >> shift);
    let high = plane.get(word + 1).copied().unwrap_or(0);
    if shift == 0 {
        low
    } else {
        low | high << (64 - shift)
    }
}
