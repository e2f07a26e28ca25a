//! Decimal numbers of a few digits, read eight bytes at once.
//!
//! Numbers of a sample differ in length, so that a loop over digits is guessed wrongly at almost each
//! of them; what is done here does not depend on what the digits are.

/// A decimal number without its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    /// The digits, before and after the point.
    pub(super) number: u64,
    /// How many stand before the point.
    pub(super) whole: usize,
    /// How many stand after it.
    pub(super) places: usize,
    /// How many bytes it has.
    pub(super) bytes: usize,
}

/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHEST: u64 = 0x80 * ONES;

/// Reads digits, which may have a point among them, from a text that goes on for eight bytes or more.
/// Returns `None` where they do not end within these, or there are none before or after a point.
#[inline]
pub(super) fn short(text: &[u8]) -> Option<Digits> {
    let word = u64::from_le_bytes(*text.first_chunk()?);
    let (digits, whole) = leading(word);
    if whole == 0 || 7 < whole {
        return None;
    }
    if text.get(whole) != Some(&b'.') {
        return Some(Digits {
            number: number(digits, whole),
            whole,
            places: 0,
            bytes: whole,
        });
    }
    // The point is taken out from between the digits, and nought, which is none, comes in at the end.
    let before = (1 << (8 * whole)) - 1;
    let (digits, all) = leading((word & before) | ((word >> 8) & !before));
    (whole < all && all < 7).then(|| Digits {
        number: number(digits, all),
        whole,
        places: all - whole,
        bytes: all + 1,
    })
}

/// Reads digits as [`short`] does, however many they are, as long as the number fits.
#[cold]
pub(super) fn long(text: &[u8]) -> Option<Digits> {
    let (mut number, mut whole, mut bytes) = (0_u64, None, 0);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                number = number.checked_mul(10)?;
                number = number.checked_add(u64::from(byte - b'0'))?;
            }
            b'.' if whole.is_none() => whole = Some(bytes),
            _ => break,
        }
        bytes += 1;
    }
    let places = whole.map_or(0, |whole| bytes - whole - 1);
    let found = Digits {
        number,
        whole: whole.unwrap_or(bytes),
        places,
        bytes,
    };
    (0 < found.whole && (0 < places || whole.is_none())).then_some(found)
}

/// Returns the bytes less those of the digit nought, and how many of the first are digits.
const fn leading(word: u64) -> (u64, usize) {
    let digits = word ^ (0x30 * ONES);
    // A digit is less than ten; what a byte carries over changes only bytes after one that is none.
    let others = (digits.wrapping_add(0x76 * ONES) | digits) & HIGHEST;
    (digits, others.trailing_zeros() as usize / 8)
}

/// Returns the number that so many digits make, the first of them in the lowest byte.
const fn number(digits: u64, len: usize) -> u64 {
    // Two numbers at a time become one of twice as many digits.
    let ones = digits << (8 * (8 - len));
    let pairs = ones.wrapping_mul(10).wrapping_add(ones >> 8);
    let even = pairs & 0x0000_00ff_0000_00ff;
    let odd = (pairs >> 16) & 0x0000_00ff_0000_00ff;
    let high = even.wrapping_mul(100 + (1_000_000 << 32));
    let low = odd.wrapping_mul(1 + (10_000 << 32));
    high.wrapping_add(low) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text is read as, digit by digit, of at most so many bytes.
    fn plain(text: &str, bytes_max: usize) -> Option<Digits> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let mut pieces = text[..end].splitn(2, '.');
        let (before, after) = (pieces.next()?, pieces.next());
        let after = after.map(|after| {
            let end = after.find('.').unwrap_or(after.len());
            &after[..end]
        });
        let bytes = before.len() + after.map_or(0, |after| after.len() + 1);
        let all = format!("{before}{}", after.unwrap_or(""));
        let is_short = bytes <= bytes_max && !before.is_empty() && after != Some("");
        is_short.then(|| Digits {
            number: all.parse().unwrap(),
            whole: before.len(),
            places: all.len() - before.len(),
            bytes,
        })
    }

    #[test]
    fn numbers_are_read_as_digit_by_digit() {
        for before in [
            "", "0", "7", "00", "10", "99", "100", "123456", "1234567", "12345678",
        ] {
            for after in ["", ".", ".0", ".5", ".0625", ".99999", ".123456", ".5.5"] {
                for end in [
                    "\"xxxxxxxx",
                    ",xxxxxxxx",
                    "/xxxxxxxx",
                    ":xxxxxxxx",
                    "\u{ff}xxxxxxx",
                ] {
                    let text = format!("{before}{after}{end}");
                    assert_eq!(short(text.as_bytes()), plain(&text, 7), "{text}");
                    assert_eq!(long(text.as_bytes()), plain(&text, 20), "{text}");
                }
            }
        }
        assert_eq!(short(b"12345678"), None);
        assert_eq!(long(b"12345678").unwrap().number, 12_345_678);
        assert_eq!(long(b"99999999999999999999"), None);
        assert_eq!(short(b"97.9134"), None, "there are no eight bytes");
    }

    #[test]
    fn every_number_of_two_places_is_read() {
        for hundredths in 0..=10_000_u64 {
            let text = format!("{}.{:02}\"      ", hundredths / 100, hundredths % 100);
            let found = short(text.as_bytes()).unwrap();
            assert_eq!((found.number, found.places), (hundredths, 2), "{text}");
        }
    }
}
