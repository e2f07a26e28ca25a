//! Tokens that begin with a digit: numbers, proportions, classes of codes, durations.

use super::class;
use super::draft::Edit;
use super::token::{self, Fault, Lexed, Shape, Token, end_of, lex, word_end};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::words;
use crate::unit::{Decimal, Minutes, ParseDecimalError, ParseMinutesError, StatusSet};

/// How many digits a number has at the most of which nothing but its end is looked at: so many are
/// within every limit, also as minutes.
const PLAIN_DIGITS_MAX: usize = 4;

/// Reads the token at `at`, which is a digit, and returns where it ends.
pub(super) fn read(text: &str, at: usize, lexed: &mut Lexed) -> usize {
    if let Some(fault) = token::duration_with_comma(text, at, lexed) {
        let end = fault.mend.span.end();
        lexed.faults.push(fault);
        lexed.token(Shape::Duration, at, end);
        return end;
    }
    if let Some((shape, end)) = plain(&text.as_bytes()[at..]) {
        lexed.token(shape, at, at + end);
        return at + end;
    }
    if let Some((fault, end)) = class::wildcard(text, at) {
        lexed.faults.push(fault);
        lexed.token(Shape::Class, at, end);
        return end;
    }
    let end = end_of(text, at);
    let span = Span::new(at, end);
    let written = &text[at..end];
    if let Some((fault, token)) = before_word(written, at) {
        let end = token.span.end();
        lexed.faults.push(fault);
        lexed.tokens.push(token);
        return end;
    }
    if let Some(fault) = factor(text, span, lexed) {
        lexed.faults.push(fault);
        lexed.token(Shape::Number, at, end);
        return end;
    }
    let (body, percent) = match written.strip_suffix('%') {
        Some(body) => (body, true),
        None => (written, false),
    };
    let (shape, fault) = if body.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        decimal(body, percent, span)
    } else if class::first_digits(body).is_some() || class::is_nearly_one(body) {
        (Shape::Class, class::fault(body, percent, span))
    } else {
        let before = lexed.tokens.last().map_or("", |token| token.text(text));
        duration(body, percent, span, before)
    };
    lexed.faults.extend(fault);
    lexed.token(shape, at, end);
    end
}

/// `502`, `10%`, `5m`, `5xx`, and a sign or a blank that ends them: most are so, and have no fault.
fn plain(bytes: &[u8]) -> Option<(Shape, usize)> {
    let ends = |end: usize| matches!(bytes.get(end), None | Some(b' ' | b'\n' | b')' | b'|'));
    if let [b'1'..=b'5', b'x', b'x', ..] = bytes {
        return ends(3).then_some((Shape::Class, 3));
    }
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    match bytes.get(digits) {
        _ if digits > PLAIN_DIGITS_MAX => None,
        Some(b'%') if ends(digits + 1) => Some((Shape::Proportion, digits + 1)),
        Some(b'm') if bytes[0] != b'0' && ends(digits + 1) => Some((Shape::Duration, digits + 1)),
        _ => ends(digits).then_some((Shape::Integer, digits)),
    }
}

/// `50for`, `3of`, `5xxover`: a number or a class of codes, and a word that a space should part from
/// it.
fn before_word(written: &str, at: usize) -> Option<(Fault, Token)> {
    const WORDS: [&str; 8] = ["and", "or", "given", "for", "until", "of", "over", "offset"];
    let word = WORDS.into_iter().find(|word| {
        let before = written.strip_suffix(word);
        before.is_some_and(|before| !before.is_empty() && is_sound(before))
    })?;
    let before = written.strip_suffix(word)?;
    let mut token = *lex(before).tokens.first()?;
    token.span = Span::new(at, at + before.len());
    let span = Span::new(at, at + written.len());
    let fault = Fault::certain(span, "a space is missing", &format!("{before} {word}"));
    Some((fault, token))
}

/// Whether a text is one token.
fn is_sound(text: &str) -> bool {
    let lexed = lex(text);
    lexed.faults.is_empty() && lexed.tokens.len() == 1
}

/// `3x avg(…)`, `2.5x 4xx`: a number of times what stands behind it.
fn factor(text: &str, span: Span, lexed: &Lexed) -> Option<Fault> {
    let written = &text[span.range()];
    let number = written.strip_suffix(['x', 'X'])?;
    number.parse::<Decimal>().ok()?;
    let rest = text[span.end()..].trim_start_matches(' ');
    let word = &rest[..word_end(rest, 0)];
    let is_value = match rest.bytes().next()? {
        b'(' => true,
        b'0'..=b'9' => rest.len() < text.len() - span.end(),
        // `5x errors > 10%` has a class of codes and a word of prose.
        _ if words::is_name(word) => lexed.tokens.last()?.text(text).starts_with(['>', '<']),
        _ => words::is_function(word),
    };
    let message = format!("`{written}` is written `{number} *` here");
    is_value.then(|| Fault::certain(span, message, &format!("{number} *")))
}

fn decimal(body: &str, percent: bool, span: Span) -> (Shape, Option<Fault>) {
    let sign = if percent { "%" } else { "" };
    let shape = match (percent, body.contains('.')) {
        (true, _) => Shape::Proportion,
        (false, true) => Shape::Number,
        (false, false) => Shape::Integer,
    };
    let fault = match body.parse::<Decimal>() {
        Ok(_) => None,
        Err(ParseDecimalError::TooManyPlaces) => {
            let places = body.find('.').map_or(body.len(), |point| point + 10);
            let shorter: Result<Decimal, _> = body[..places].parse();
            let shorter = shorter.unwrap_or_default();
            let message = "a number has at most 9 decimals";
            Some(Fault::write(span, message, &format!("{shorter}{sign}")))
        }
        Err(ParseDecimalError::TooLarge) => {
            let message = "a number is at most 9000000000";
            Some(Fault::write(span, message, &format!("9000000000{sign}")))
        }
        Err(ParseDecimalError::Malformed) => {
            let mut parts = body.split('.');
            let whole = parts.next().unwrap_or("0");
            let places = parts.next().filter(|p| !p.is_empty()).unwrap_or("0");
            let message = if body.ends_with('.') {
                "a digit stands after the point"
            } else {
                "a number has one point"
            };
            let meant = format!("{whole}.{}", &places[..places.len().min(9)]);
            Some(Fault::write(span, message, &format!("{meant}{sign}")))
        }
    };
    (shape, fault)
}

fn duration(body: &str, percent: bool, span: Span, before: &str) -> (Shape, Option<Fault>) {
    if body.bytes().all(is_separated) {
        return (Shape::Integer, Some(separated(body, percent, span)));
    }
    let is_time = matches!(before, "for" | "over" | "offset" | "of");
    if let Some(number) = thousands(body).filter(|_| !percent && !is_time) {
        let message = "a number is written with all of its digits";
        return (Shape::Integer, Some(Fault::certain(span, message, &number)));
    }
    let value = body.parse::<Minutes>();
    if value.is_ok() && !percent {
        return (Shape::Duration, None);
    }
    let meant = duration_meant(body);
    let (code, message) = match value {
        Ok(_) => (Code::Syntax, "a duration has no `%`"),
        Err(ParseMinutesError::NotWhole) => (Code::Duration, "durations are whole minutes"),
        Err(ParseMinutesError::TooLong) => (Code::Duration, "the longest duration is `7d`"),
        Err(ParseMinutesError::Zero) if body.bytes().all(|b| !matches!(b, b'1'..=b'9')) => {
            (Code::Duration, "the shortest duration is `1m`")
        }
        Err(ParseMinutesError::Zero) => (Code::Duration, "a unit that is 0 is left out"),
        Err(ParseMinutesError::Order) => {
            (Code::Duration, "each unit stands once, the largest first")
        }
        Err(ParseMinutesError::NoUnit) => (Code::Syntax, "a number in the duration has no unit"),
        Err(_) if meant.is_some() => (Code::Syntax, "the units of a duration are d, h and m"),
        Err(_) if matches!(before, "for" | "over" | "offset") => {
            return (Shape::Duration, Some(no_duration(body, span)));
        }
        Err(_) if !percent && let Some(code) = misread_code(body) => {
            let message = format!("`{body}` has a letter where a digit was meant");
            return (Shape::Integer, Some(Fault::certain(span, message, &code)));
        }
        Err(_) => return (Shape::Integer, Some(unreadable(body, span))),
    };
    let mut fault = duration_fault(span, message, body, meant.as_deref().unwrap_or("7d"));
    fault.diagnostic.code = code;
    (Shape::Duration, Some(fault))
}

/// Returns the fault of a duration, with the one that was meant. Nobody has to be asked if that is
/// exactly as long, and each unit stands once, the largest first.
pub(super) fn duration_fault(span: Span, message: &str, written: &str, meant: &str) -> Fault {
    let (Some(read), Some(exact)) = (Read::of(written), Read::of(meant)) else {
        return Fault::write(span, message, meant);
    };
    let fault = match read.order {
        Order::Descending if read.seconds == exact.seconds => Fault::certain,
        Order::Descending | Order::Mixed => Fault::write,
        // Nobody adds up: one of them is too many, or a digit is lost.
        Order::Unclear => {
            let fault = Fault::write(span, message, meant);
            let diagnostic = fault.diagnostic.help("write for example `1h30m`");
            return Fault {
                diagnostic,
                ..fault
            };
        }
    };
    fault(span, message, meant)
}

/// Whether two durations side by side are one that was written apart: `1h 30m`.
pub(super) fn is_one(first: &str, second: &str) -> bool {
    let read = Read::of(&format!("{first}{second}"));
    read.is_some_and(|read| read.order == Order::Descending)
}

/// `1_000`
fn separated(body: &str, percent: bool, span: Span) -> Fault {
    let mut meant = body.replace('_', "");
    if percent {
        meant.push('%');
    }
    Fault::certain(span, "a number is written without separators", &meant)
}

fn is_separated(b: u8) -> bool {
    b.is_ascii_digit() || b == b'_' || b == b'.'
}

/// Returns the fault of a number behind some word that something unreadable is glued to: `1½h`.
pub(super) fn glued(text: &str, before: &str, number: Span) -> Fault {
    let rest = &text[number.start()..];
    let is_end = |c: char| c.is_whitespace() || "<>=!()|,+-*/&#'\"`".contains(c);
    let written = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    let unit = written.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let span = Span::new(number.start(), number.start() + written.len());
    let fault = unreadable(written, span);
    let digits = &text[number.range()];
    let unit = match (&written[unit.len()..], before) {
        ("", "for" | "over" | "offset") => "m",
        (unit, _) => unit,
    };
    let instead = format!("{digits}{unit}");
    let mend = Edit::replace(span, instead);
    Fault { mend, ..fault }
}

/// Returns the status code that was meant by `4o4`, `5O2` or `40l`.
fn misread_code(body: &str) -> Option<String> {
    let digit = |c: char| match c {
        'o' | 'O' => '0',
        'l' | 'I' => '1',
        _ => c,
    };
    let meant: String = body.chars().map(digit).collect();
    let code: u16 = meant.parse().ok()?;
    StatusSet::is_code(code).then_some(meant)
}

/// Returns the number that is written `5k` or `1e3`.
fn thousands(body: &str) -> Option<String> {
    let (digits, zeros) = match body.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, "3"),
        None => body.split_once('e')?,
    };
    let factor = Decimal::from_integer(10_i64.checked_pow(zeros.parse().ok()?)?)?;
    let number = digits.parse::<Decimal>().ok()?.checked_mul(factor)?;
    let number = number.to_string();
    // It would be read as a code.
    let is_code = number.parse().is_ok_and(StatusSet::is_code);
    (!number.contains('.') && !is_code).then_some(number)
}

/// `for 5am`
fn no_duration(body: &str, span: Span) -> Fault {
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let meant = duration_meant(&format!("{}m", &body[..digits]));
    let message = format!("`{body}` is no duration");
    Fault::write(span, message, meant.as_deref().unwrap_or("5m"))
}

fn unreadable(body: &str, span: Span) -> Fault {
    let digits: String = body.chars().filter(char::is_ascii_digit).take(9).collect();
    Fault {
        diagnostic: Diagnostic::new(
            Code::Syntax,
            span,
            format!("`{body}` is no number, proportion, code or duration"),
        )
        .help("write for example `3`, `10%`, `502`, `5xx` or `3m`"),
        mend: Edit::replace(span, digits),
    }
}

/// Returns the duration that a text such as `3min`, `90s` or `1.5h` means, rounded up to whole
/// minutes and kept within the limits; `None` if it is no duration at all.
pub(super) fn duration_meant(text: &str) -> Option<String> {
    let minute = Decimal::from_integer(60)?.units();
    let seconds = Read::of(text)?
        .seconds
        .min(Decimal::from_integer(WEEK_SECONDS)?);
    let minutes = u32::try_from((seconds.units() + minute - 1) / minute).ok()?;
    let minutes = minutes.clamp(1, Minutes::WEEK.get());
    Minutes::new(minutes).map(|minutes| minutes.to_string())
}

const WEEK_SECONDS: i64 = 604_800;

/// What a text such as `3min` or `1.5h` says.
struct Read {
    /// How long it is; a second more than a week for all that is longer.
    seconds: Decimal,
    order: Order,
}

/// How the units of a duration stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Each once, the largest first.
    Descending,
    /// Each once.
    Mixed,
    /// One of them more than once, or not said.
    Unclear,
}

impl Read {
    /// Reads a text; `None` if it is no duration at all.
    fn of(text: &str) -> Option<Self> {
        let beyond = Decimal::from_integer(WEEK_SECONDS + 1)?;
        let mut seconds = Decimal::ZERO;
        let (mut scales, mut order) = (Vec::new(), Order::Descending);
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let unit_end = tail
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let scale = match unit.to_ascii_lowercase().as_str() {
                "s" | "sec" | "secs" | "second" | "seconds" => 1,
                "m" | "min" | "mins" | "minute" | "minutes" => 60,
                "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
                "d" | "day" | "days" => 86_400,
                "w" | "wk" | "week" | "weeks" => WEEK_SECONDS,
                // A number without a unit at the end: minutes, as in `1h30`.
                "" if rest.len() < text.len() => 60,
                _ => return None,
            };
            let number = match number.parse::<Decimal>() {
                Ok(number) => number,
                Err(ParseDecimalError::TooLarge) => beyond,
                Err(_) => return None,
            };
            // Behind days it may be hours.
            let is_said = !unit.is_empty() || scales.last() == Some(&3600);
            if scales.contains(&scale) || !is_said {
                order = Order::Unclear;
            } else if order == Order::Descending && scales.last().is_some_and(|last| *last < scale)
            {
                order = Order::Mixed;
            }
            scales.push(scale);
            // No duration above a week is kept, so neither is anything of that size.
            let part = number
                .min(beyond)
                .checked_mul(Decimal::from_integer(scale)?);
            seconds = seconds
                .checked_add(part.unwrap_or(beyond).min(beyond))?
                .min(beyond);
            rest = tail;
        }
        Some(Self { seconds, order })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_by_a_faulty_duration_is_the_nearest_that_can_be_written() {
        for (text, meant) in [
            ("3min", Some("3m")),
            ("90s", Some("2m")),
            ("1m30m", Some("31m")),
            ("8d", Some("7d")),
            ("0m", Some("1m")),
            ("0h5m", Some("5m")),
            ("1.5h", Some("1h30m")),
            ("1h30", Some("1h30m")),
            ("99999999999999999999d", Some("7d")),
            ("3abc", None),
            ("1_000", None),
        ] {
            assert_eq!(duration_meant(text).as_deref(), meant, "{text}");
        }
    }
}
