//! Lines as they mostly are, read byte by byte.
//!
//! This takes what [`write_line`](super::write_line) writes and what other programs write in the same
//! order, with a space after colons and commas or without. Whatever else there may be, or may be
//! wrong, it leaves to the general reader: it never says that a line is faulty.

use super::digits::{self, Digits};
use super::line::parse_minute;
use crate::engine::Proportion;
use crate::unit::Minute;

/// Reads one line after the other, and keeps what they have in common.
#[derive(Debug, Default)]
pub(super) struct Quick {
    /// The last day that was read, and the first minute of it.
    day: [u8; DAY],
    begin: i64,
    /// The codes of the last line.
    pub(super) codes: Coded,
}

/// Codes as they mostly are: in ascending order, and all of them counted or none.
#[derive(Debug, Default)]
pub(super) struct Coded {
    pub(super) codes: Vec<u16>,
    /// As many as there are codes.
    pub(super) proportions: Vec<Proportion>,
    /// As many, or none.
    pub(super) counts: Vec<u64>,
}

impl Coded {
    pub(super) fn clear(&mut self) {
        self.codes.clear();
        self.proportions.clear();
        self.counts.clear();
    }
}

/// How many bytes of a minute name its day.
const DAY: usize = 10;
/// How many bytes a minute has.
const MINUTE: usize = 20;
/// How many units a percent has that has so many places.
const UNITS: [u64; 16] = units();
/// How many digits a number may have so that JSON's own keep it.
const DIGITS_MAX: usize = 15;

const fn units() -> [u64; 16] {
    let mut units = [1; 16];
    let mut places = 15;
    while 0 < places {
        units[places - 1] = units[places] * 10;
        places -= 1;
    }
    units
}

/// What is left of a line.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a [u8]);

/// Returns the domain of a line, and how many bytes there are before its minute.
pub(super) fn domain(line: &[u8]) -> Option<(&str, usize)> {
    let mut rest = Rest(line);
    rest.token(b'{')?;
    rest.key(b"\"domain\"")?;
    rest.token(b'"')?;
    // Names are kept in lower case.
    let plain = |byte: &u8| match byte {
        b'"' | b'\\' | b'A'..=b'Z' => false,
        byte => byte.is_ascii_graphic(),
    };
    let len = rest.0.iter().take_while(|byte| plain(byte)).count();
    let (domain, after) = rest.0.split_at(len);
    rest.0 = after;
    rest.token(b'"')?;
    rest.comma()?;
    let domain = std::str::from_utf8(domain).ok()?;
    (!domain.is_empty()).then(|| (domain, line.len() - rest.0.len()))
}

impl Quick {
    /// Reads what comes after a line's domain; its parts are in `parts` then, in ascending order.
    /// Returns the minute and what comes after the line.
    pub(super) fn read<'a>(&mut self, after_domain: &'a [u8]) -> Option<(Minute, &'a [u8])> {
        let mut rest = Rest(after_domain);
        rest.key(b"\"minute\"")?;
        rest.token(b'"')?;
        let minute = self.minute(rest.take(MINUTE)?)?;
        rest.token(b'"')?;
        rest.comma()?;
        rest.key(b"\"codes\"")?;
        self.codes.clear();
        self.codes.read(&mut rest)?;
        if rest.0.first() == Some(&b',') {
            rest.comma()?;
            rest.key(b"\"counts\"")?;
            self.codes.read_counts(&mut rest)?;
        }
        rest.token(b'}')?;
        if rest.0.first() == Some(&b'\r') {
            rest.token(b'\r')?;
        }
        if !rest.0.is_empty() {
            rest.token(b'\n')?;
        }
        Some((minute, rest.0))
    }

    fn minute(&mut self, text: &[u8]) -> Option<Minute> {
        let (day, time) = text.split_at_checked(DAY)?;
        let [b'T', h1, h2, b':', m1, m2, b':', b'0', b'0', b'Z'] = time else {
            return None;
        };
        let number = |tens: u8, ones: u8| {
            let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
            is_number.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        };
        let (hour, minute) = (number(*h1, *h2)?, number(*m1, *m2)?);
        if 23 < hour || 59 < minute {
            return None;
        }
        let of_day = hour * 60 + minute;
        if day != self.day {
            let first = parse_minute(std::str::from_utf8(text).ok()?).ok()?;
            self.begin = first.epoch() - of_day;
            self.day = day.try_into().ok()?;
        }
        Minute::from_epoch(self.begin + of_day)
    }
}

impl Coded {
    fn read(&mut self, rest: &mut Rest<'_>) -> Option<()> {
        rest.token(b'{')?;
        if rest.0.first() == Some(&b'}') {
            return rest.token(b'}');
        }
        let mut last = 0;
        loop {
            let code = rest.code()?;
            if code <= last {
                return None;
            }
            last = code;
            self.codes.push(code);
            self.proportions.push(rest.proportion()?);
            if rest.ends()? {
                return Some(());
            }
        }
    }

    /// Reads the counts of just those codes that there are.
    fn read_counts(&mut self, rest: &mut Rest<'_>) -> Option<()> {
        rest.token(b'{')?;
        for code in &self.codes {
            if rest.code()? != *code {
                return None;
            }
            self.counts.push(rest.count()?);
            if rest.ends()? {
                break;
            }
        }
        let is_whole = !self.counts.is_empty() && self.counts.len() == self.codes.len();
        is_whole.then_some(())
    }
}

impl<'a> Rest<'a> {
    #[inline]
    fn token(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        (*first == byte).then_some(())
    }

    #[inline]
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    #[inline]
    fn space(&mut self) {
        if let Some((b' ', rest)) = self.0.split_first() {
            self.0 = rest;
        }
    }

    #[inline]
    fn comma(&mut self) -> Option<()> {
        self.token(b',')?;
        self.space();
        Some(())
    }

    #[inline]
    fn key(&mut self, key: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(key)?;
        self.token(b':')?;
        self.space();
        Some(())
    }

    /// Reads a comma, or the end of an object and that it is one.
    #[inline]
    fn ends(&mut self) -> Option<bool> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        match first {
            b',' => {
                self.space();
                Some(false)
            }
            b'}' => Some(true),
            _ => None,
        }
    }

    /// Reads a code and its colon.
    #[inline]
    fn code(&mut self) -> Option<u16> {
        let [
            b'"',
            a @ b'1'..=b'5',
            b @ b'0'..=b'9',
            c @ b'0'..=b'9',
            b'"',
            b':',
            rest @ ..,
        ] = self.0
        else {
            return None;
        };
        let digit = |byte: &u8| u16::from(byte - b'0');
        self.0 = rest;
        self.space();
        Some(digit(a) * 100 + digit(b) * 10 + digit(c))
    }

    /// Reads digits, which may have a point among them.
    #[expect(
        clippy::inline_always,
        reason = "it is most of what reading a line takes"
    )]
    #[inline(always)]
    fn number(&mut self) -> Option<Digits> {
        let found = digits::short(self.0).or_else(|| digits::long(self.0))?;
        self.0 = self.0.get(found.bytes..)?;
        Some(found)
    }

    #[inline]
    fn proportion(&mut self) -> Option<Proportion> {
        let is_text = self.0.first() == Some(&b'"');
        if is_text {
            self.token(b'"')?;
        }
        let leads_with_nought = self.0.first() == Some(&b'0');
        let found = self.number()?;
        if is_text {
            self.token(b'"')?;
        } else if DIGITS_MAX < found.whole + found.places || (leads_with_nought && 1 < found.whole)
        {
            return None;
        }
        let unit = UNITS.get(found.places)?;
        let units = found.number.checked_mul(*unit)?;
        Proportion::from_units(i64::try_from(units).ok()?)
    }

    #[inline]
    fn count(&mut self) -> Option<u64> {
        let is_text = self.0.first() == Some(&b'"');
        if is_text {
            self.token(b'"')?;
        }
        let leads_with_nought = self.0.first() == Some(&b'0');
        let found = self.number()?;
        if is_text {
            self.token(b'"')?;
        } else if leads_with_nought && 1 < found.whole {
            return None;
        }
        (found.places == 0).then_some(found.number)
    }
}
