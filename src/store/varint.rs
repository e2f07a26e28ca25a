//! Numbers as bytes: seven bits to a byte, the low ones first. Reading is total.

/// Why bytes cannot be read.
pub(super) type Unreadable = &'static str;

/// Appends a number.
pub(super) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while 0x7f < value {
        bytes.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

/// Appends the length of something.
pub(super) fn put_len(bytes: &mut Vec<u8>, len: usize) {
    put(bytes, len as u64);
}

/// Takes a number off the front.
#[inline]
pub(super) fn take(rest: &mut &[u8]) -> Result<u64, Unreadable> {
    // Most numbers are small.
    if let Some((&byte, tail)) = rest.split_first()
        && byte < 0x80
    {
        *rest = tail;
        return Ok(u64::from(byte));
    }
    take_long(rest)
}

fn take_long(rest: &mut &[u8]) -> Result<u64, Unreadable> {
    let mut value = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, tail) = rest.split_first().ok_or("it ends early")?;
        *rest = tail;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return Err("a number is too large");
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number is too long")
}

/// Takes the number of things of which each has at least one byte: no more room is made than
/// the bytes can fill.
pub(super) fn take_len(rest: &mut &[u8]) -> Result<usize, Unreadable> {
    let len = usize::try_from(take(rest)?).map_err(|_| "it has too many parts")?;
    if len > rest.len() {
        return Err("it ends early");
    }
    Ok(len)
}

/// Takes 0 or 1.
pub(super) fn take_flag(rest: &mut &[u8]) -> Result<bool, Unreadable> {
    match take(rest)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err("a flag is neither 0 nor 1"),
    }
}

/// Returns a number that is small if `value` is near 0 on either side.
pub(super) const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

/// Returns the number that [`zigzag`] was given.
pub(super) const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
