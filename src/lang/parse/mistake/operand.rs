//! Mistakes between operands: one is missing, or what joins two.

use super::{
    Found, Refusal, certain, duration, ends_comparison, ends_condition, is_comparator, is_operator,
    turned,
};
use crate::diag::Span;
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;
use crate::lang::words;
use crate::unit::{Decimal, StatusSet};

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    reserved(refusal)
        .or_else(|| counted(refusal))
        .or_else(|| codes(refusal))
        .or_else(|| decimal_comma(refusal))
        .or_else(|| missing(refusal))
        .or_else(|| behind_operand(refusal))
}

/// `edge`, `origin`
fn reserved(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal
        .word(0)
        .filter(|word| matches!(*word, "edge" | "origin"))?;
    let fault = refusal.fault(0, format!("`{word}` is a word that is kept for later"));
    Some((
        fault.help("all codes are those of the origin: leave it out"),
        None,
    ))
}

/// `5xx > 10 requests`, `5xx count > 10`: a number of responses, as one would say it.
fn counted(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    let is_count = matches!(
        word,
        "requests" | "responses" | "answers" | "errors" | "hits" | "count" | "counts"
    );
    if !is_count {
        return None;
    }
    let first = refusal.back_to(ends_comparison);
    let is_code = |at: usize| {
        let shape = refusal.tokens.get(at).map(|token| token.shape);
        matches!(shape, Some(Shape::Class)) || {
            let word = refusal.text_of(at);
            word == "|" || word == ".." || word.parse().is_ok_and(StatusSet::is_code)
        }
    };
    // Behind the level, or before the comparison.
    let (last, comparator, level, end) = if refusal.word(-2).is_some_and(is_comparator) {
        (refusal.at.checked_sub(3)?, -2, -1, refusal.at)
    } else if refusal.word(1).is_some_and(is_comparator) {
        (refusal.at.checked_sub(1)?, 1, 2, refusal.at + 2)
    } else {
        return None;
    };
    if first > last || !(first..=last).all(is_code) || refusal.shape(level)? != Shape::Integer {
        return None;
    }
    let (codes, sign) = (refusal.piece(first, last), refusal.word(comparator)?);
    let meant = format!("requests({codes}) {sign} {}", refusal.word(level)?);
    let fault = refusal.fault(0, "a number of responses is asked of `requests(…)`");
    let fault = fault.help(format!("write `{meant}`"));
    let span = refusal.tokens.get(first)?.span;
    let span = span.to(refusal.tokens.get(end)?.span);
    Some((fault, Some(Edit::replace(span, meant).certain())))
}

/// `500..600`, `502|10%`, `5xx..504`
fn codes(refusal: &Refusal<'_>) -> Option<Found> {
    let (before, word) = (refusal.word(-1)?, refusal.word(0));
    if before == ".." || (word == Some("..") && refusal.shape(-1) != Some(Shape::Word)) {
        let offset = if before == ".." { 0 } else { -1 };
        let written = refusal.word(offset);
        let number = written.and_then(|written| written.parse().ok());
        let message = match (written, number) {
            (Some(written), Some(code)) if !StatusSet::is_code(code) => {
                format!("`{written}` is no status code: they are 100 to 599")
            }
            _ => "a range goes from a status code to a status code".to_owned(),
        };
        let mend = written.map(|_| Edit::replace(refusal.span(offset), "599"));
        let fault = refusal
            .fault(offset, message)
            .help("write for example `500..504`");
        return Some((fault, mend.filter(|_| number.is_some() && offset == 0)));
    }
    if before == "|"
        && let Some(written) = word.filter(|_| refusal.shape(0) == Some(Shape::Integer))
    {
        let message = format!("`{written}` is no status code: they are 100 to 599");
        let fault = refusal
            .fault(0, message)
            .help("write for example `502|503`");
        return Some((fault, Some(Edit::replace(refusal.span(0), "599"))));
    }
    if before == "|" {
        let fault = refusal.fault(0, "after `|` more status codes stand");
        return Some((
            fault.help("write for example `502|503`; conditions are joined by `or`"),
            None,
        ));
    }
    if word == Some("|") {
        let fault = refusal.fault(0, "`|` joins status codes and nothing else");
        let help =
            "write for example `502|503`, without parentheses; conditions are joined by `or`";
        return Some((fault.help(help), None));
    }
    None
}

/// `0,5%`, `502,503`
fn decimal_comma(refusal: &Refusal<'_>) -> Option<Found> {
    let (whole, places) = (refusal.word(-1)?, refusal.word(1)?);
    let is_number = refusal.shape(-1) == Some(Shape::Integer)
        && matches!(refusal.shape(1), Some(Shape::Integer | Shape::Proportion));
    if refusal.word(0)? != "," || !is_number {
        return None;
    }
    let mut span = Span::new(refusal.span(-1).start(), refusal.span(1).end());
    let is_code = |text: &str| text.parse().is_ok_and(StatusSet::is_code);
    // `1,000` is hardly anything but a thousand, and `0,500` hardly anything but a half.
    let is_thousand = places.len() == 3 && !places.ends_with('%') && !whole.starts_with('0');
    // The groups behind further commas.
    let mut groups = |is_group: &dyn Fn(&str) -> bool| {
        let mut found = vec![whole, places];
        let mut next = 2;
        while refusal.word(next) == Some(",")
            && let Some(group) = refusal.word(next + 1).filter(|group| is_group(group))
            && refusal.shape(next + 1) == Some(Shape::Integer)
        {
            found.push(group);
            span = Span::new(span.start(), refusal.span(next + 1).end());
            next += 2;
        }
        found
    };
    let (meant, message, is_certain) = if is_code(whole) && is_code(places) {
        let codes = groups(&is_code).join("|");
        (codes, "codes are joined by `|`", true)
    } else if is_thousand {
        let digits = groups(&|group| group.len() == 3).concat();
        (digits, "a number has no comma in it", false)
    } else {
        let message = "the decimals stand behind a point";
        (format!("{whole}.{places}"), message, true)
    };
    let mut fault = refusal.fault(0, message).help(format!("write `{meant}`"));
    fault.primary.span = span;
    let found = (fault, Some(Edit::replace(span, meant)));
    Some(if is_certain { certain(found) } else { found })
}

/// An operator, `and`, `not`, … that nothing follows, or nothing stands before.
fn missing(refusal: &Refusal<'_>) -> Option<Found> {
    let after = refusal.word(-1);
    let word = refusal.word(0);
    let begins = word.is_some_and(|word| begins_operand(word, refusal.shape(0)));
    if begins {
        return None;
    }
    let wanted = match after {
        Some(word) if is_comparator(word) || is_operator(word) => "a value",
        None | Some("and" | "or" | "not" | "given" | "until") => "a condition",
        Some("(") => "an expression",
        Some(_) => return None,
    };
    let message = match (after, word) {
        (Some(after), _) => format!("{wanted} is missing after `{after}`"),
        (None, Some(word)) => format!("{wanted} is missing before `{word}`"),
        (None, None) => format!("{wanted} is missing"),
    };
    // `5xx < 3% or 5m`
    if let (Some("or"), Some(time)) = (after, word)
        && refusal.shape(0) == Some(Shape::Duration)
    {
        let message = format!("`or` joins conditions, and `{time}` is a duration");
        let fault = refusal
            .fault(-1, message)
            .help(format!("write `for {time}`"));
        return Some((fault, Some(Edit::replace(refusal.span(-1), "for"))));
    }
    if let Some(word @ ("for" | "offset")) = word
        && let Some(found) = turned::find(refusal, word)
    {
        return Some(found);
    }
    let help = match (after, wanted) {
        (Some("until"), _) => {
            let end = end_of(refusal).unwrap_or_else(|| "5xx < 5%".to_owned());
            format!("write when it resolves, for example `until {end} for 5m`")
        }
        (Some("given"), _) => {
            "write when it can be judged, for example `given requests >= 50`".to_owned()
        }
        (_, "a value") => "write for example `10%`, `5xx` or `avg(5xx over 5m)`".to_owned(),
        _ => "write for example `5xx > 10%`".to_owned(),
    };
    let offset = if after.is_some() { -1 } else { 0 };
    Some((refusal.fault(offset, message).help(help), None))
}

/// Something that cannot follow an operand.
fn behind_operand(refusal: &Refusal<'_>) -> Option<Found> {
    let word = refusal.word(0)?;
    let shape = refusal.shape(0)?;
    if word == "," {
        return Some(comma(refusal));
    }
    if shape == Shape::Duration {
        return duration::behind_operand(refusal);
    }
    if word == "not" {
        let message = "`not` stands before a condition";
        let help = "write for example `not (5xx > 10%)`";
        return Some((refusal.fault(0, message).help(help), None));
    }
    if let Some(found) = behind_hold(refusal, word) {
        return Some(found);
    }
    if shape == Shape::Word && words::is_name(word) {
        if refusal.word(1).is_some_and(is_comparator) {
            let message = format!("`{word}` stands between a value and its comparison");
            let fault = refusal.fault(0, message).help("leave it out");
            return Some((fault, Some(Edit::replace(refusal.span(0), " "))));
        }
        let message = format!("`{word}` is no word that can stand here");
        let behind = refusal.word(1);
        let goes_on = behind.is_some_and(|behind| begins_operand(behind, refusal.shape(1)));
        if let Some(meant) = sign_meant(word).filter(|_| goes_on) {
            return Some(refusal.instead(0, message, meant));
        }
        let is_of_domains = behind == Some("at") || refusal.word(2) == Some("domains");
        if word.len() == 1 && !goes_on && !is_of_domains {
            let fault = refusal.fault(0, message).help("leave it out");
            return Some((fault, Some(Edit::replace(refusal.span(0), " "))));
        }
        let is_time = refusal.shape(1) == Some(Shape::Duration)
            || refusal.word(2) == Some("of")
                && refusal.shape(1) == Some(Shape::Integer)
                && refusal.shape(3) == Some(Shape::Duration);
        if let Some(meant) = joint_meant(word, is_time) {
            return Some(refusal.perhaps(0, message, meant));
        }
        // A word of prose at the beginning, such as `if` or `when`.
        if refusal.at == 1 || !begins_operand(word, Some(shape)) {
            return None;
        }
        let help = "join conditions with `and` or `or`; a condition is held by `for 3m`";
        return Some((refusal.fault(0, message).help(help), None));
    }
    if !begins_operand(word, Some(shape)) {
        return None;
    }
    let before = refusal.word(-1)?;
    if refusal.at == 1 && words::is_name(before) {
        let message = format!("`{before}` is no word of the language");
        let fault = refusal
            .fault(-1, message)
            .help("leave it out, or compare it if it is a name");
        return Some((fault, Some(Edit::replace(refusal.span(-1), " "))));
    }
    let message = format!("between `{before}` and `{word}` something is missing");
    let help = "values are compared (`5xx > 10%`), and conditions joined by `and` or `or`";
    Some((refusal.fault(0, message).help(help), None))
}

/// `5xx > 10% for 3m gateway < 5%`: another condition behind one that is held.
fn behind_hold(refusal: &Refusal<'_>, word: &str) -> Option<Found> {
    let is_held = refusal.shape(-1) == Some(Shape::Duration)
        && (refusal.word(-2) == Some("for")
            || refusal.word(-2) == Some("of") && refusal.word(-4) == Some("for"));
    let last = refusal.on_to(refusal.at, ends_condition);
    let mut words = (refusal.at..=last).map(|at| refusal.text_of(at));
    let is_condition = words.any(|word| is_comparator(word) || word == "no");
    // `for 3m resolved 5xx < 5%`
    let is_prose = words::is_name(word) && !refusal.word(1).is_some_and(is_comparator);
    let is_until = (0..refusal.tokens.len()).any(|at| refusal.text_of(at) == "until");
    if !is_held || !is_condition || is_prose || is_until || refusal.opening().is_some() {
        return None;
    }
    let before = refusal.word(-1)?;
    let message = format!("between `{before}` and `{word}` something is missing");
    let last = refusal.on_to(refusal.at, |word| word == "on");
    let behind = refusal.piece(refusal.at, last);
    let help = format!("write `until {behind}`, if that is when the alert resolves");
    Some((refusal.fault(0, message).help(help), None))
}

/// `5xx > 10%, for 3m`, `5xx > 10%, 4xx > 5%`
fn comma(refusal: &Refusal<'_>) -> Found {
    let fault = refusal.fault(0, "`,` joins nothing here");
    if refusal.word(1).is_some_and(|word| !ends_condition(word)) {
        return (fault.help("conditions are joined by `and` or `or`"), None);
    }
    let mend = Edit::replace(refusal.span(0), " ").certain();
    (fault.help("leave it out"), Some(mend))
}

/// Returns the sign that a word between two operands stands for.
fn sign_meant(word: &str) -> Option<&'static str> {
    Some(match word {
        "plus" => "+",
        "minus" => "-",
        "times" | "x" => "*",
        "is" | "equals" | "eq" => "==",
        "above" | "exceeds" | "gt" => ">",
        "below" | "lt" => "<",
        "ge" | "gte" => ">=",
        "le" | "lte" => "<=",
        "ne" => "!=",
        _ => return None,
    })
}

/// Returns the word that was probably meant between two operands, or before a time.
fn joint_meant(word: &str, is_time: bool) -> Option<&'static str> {
    if is_time && let Some(meant) = words::nearest(word, ["for", "offset"]) {
        return Some(meant);
    }
    let meant = match word {
        "in" | "within" | "during" if is_time => Some("for"),
        "resolve" | "resolves" | "resolved" | "recover" | "recovers" | "till" => Some("until"),
        "if" | "when" | "where" | "provided" => Some("given"),
        "unless" => Some("and not"),
        _ => None,
    };
    let joints = ["and", "or", "for", "until", "offset", "on", "given"];
    meant.or_else(|| words::nearest(word, joints))
}

pub(super) fn begins_operand(word: &str, shape: Option<Shape>) -> bool {
    match shape {
        Some(Shape::Word) => {
            words::is_name(word) || words::is_function(word) || matches!(word, "no" | "not")
        }
        Some(Shape::Sign) => matches!(word, "(" | "-"),
        Some(Shape::Duration) | None => false,
        Some(_) => true,
    }
}

/// Returns an end for the first comparison of codes with a level that was read: half of that, or half
/// of what is left of the whole.
fn end_of(refusal: &Refusal<'_>) -> Option<String> {
    let shape = |index: usize| refusal.tokens.get(index).map(|token| token.shape);
    let is_codes = |index: usize| matches!(shape(index), Some(Shape::Class | Shape::Integer));
    let at = (1..refusal.at).find(|at| {
        is_comparator(refusal.text_of(*at))
            && is_codes(*at - 1)
            && shape(*at + 1) == Some(Shape::Proportion)
    })?;
    let mut first = at - 1;
    while 2 <= first && refusal.text_of(first - 1) == "|" && is_codes(first - 2) {
        first -= 2;
    }
    let codes = refusal.piece(first, at - 1);
    let level: Decimal = refusal.text_of(at + 1).trim_end_matches('%').parse().ok()?;
    let half = |of: Decimal| of.checked_div(Decimal::from_integer(2)?);
    let (sign, level) = match refusal.text_of(at) {
        ">" | ">=" => ("<", half(level)?),
        "<" | "<=" => (">", half(level.checked_add(Decimal::HUNDRED)?)?),
        _ => return None,
    };
    Some(format!("{codes} {sign} {level}%"))
}
