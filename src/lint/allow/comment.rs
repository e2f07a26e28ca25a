//! What a comment to the linter says.

use chrono::NaiveDate;

use super::may_be_allowed_in_a_comment;
use crate::config::DAY_NAMES;
use crate::diag::{Code, Diagnostic, Span, nearest};

/// What people write for `allow`, from other linters.
const FOREIGN: [&str; 8] = [
    "ignore", "disable", "silence", "suppress", "skip", "expect", "noqa", "nolint",
];

/// How many codes one comment may name.
const CODES_MAX: usize = 64;

/// What a comment comes to.
#[derive(Default)]
pub(super) struct Comment {
    /// What it allows, if it can be read and has not ended.
    pub(super) allow: Option<Allow>,
    /// What is wrong with it; places count from its `#`.
    pub(super) faults: Vec<Diagnostic>,
}

/// What a comment allows.
pub(super) struct Allow {
    /// The codes, each with its place.
    pub(super) codes: Vec<(Code, Span)>,
    /// Why; empty if it does not say.
    pub(super) reason: String,
}

impl Comment {
    fn faulty(fault: Diagnostic) -> Self {
        Self {
            allow: None,
            faults: vec![fault],
        }
    }
}

/// Reads a comment from its `#` on.
pub(super) fn read(text: &str, today: Option<NaiveDate>) -> Comment {
    let Some((word, after)) = verb(text) else {
        return Comment::default();
    };
    let written = &text[word.range()];
    let rest = &text[after..];
    if written != "allow" {
        let is_meant = rest.starts_with('(')
            || FOREIGN.contains(&written)
            || nearest(written, ["allow"]).is_some();
        if !is_meant {
            return Comment::default();
        }
        let fault = fault(word, format!("`{written}` is no word to the linter"));
        return Comment::faulty(if rest.starts_with('(') {
            fault.write("allow")
        } else {
            fault.help(example(rest))
        });
    }
    let colon = text[..word.start()].trim_end();
    if !colon.ends_with(':') {
        let message = "a colon is missing behind `foghorn`";
        return Comment::faulty(fault(Span::new(0, word.end()), message).help(example(rest)));
    }
    let Some(list) = rest.strip_prefix('(') else {
        let message = "what is allowed stands in parentheses";
        return Comment::faulty(fault(word, message).help(example(rest)));
    };
    let Some(close) = list.find(')') else {
        let open = Span::new(after, after + 1);
        return Comment::faulty(fault(open, "this parenthesis is not closed").help(example(rest)));
    };
    let (codes, mut faults) = codes(&list[..close], after + 1);
    let end = after + 1 + close + 1;
    let (until, reason) = match until(text, end) {
        Ok(tail) => tail,
        Err(fault) => return Comment::faulty(*fault),
    };
    if !reason.contains(char::is_alphanumeric) {
        let message = "this `allow` gives no reason";
        let help = "say behind it why this is right here: `# foghorn: allow(CODE) reason`";
        faults.push(fault(Span::new(word.start(), end), message).help(help));
    }
    if let Some((day, span)) = until
        && today.is_some_and(|today| day < today)
    {
        let message = format!("this `allow` has ended: it held until {day}");
        let help = "mend what it silenced, or give it another date";
        faults.push(fault(span, message).help(help));
        return Comment {
            allow: None,
            faults,
        };
    }
    let reason = reason.to_owned();
    Comment {
        allow: Some(Allow { codes, reason }),
        faults,
    }
}

fn fault(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::UnusedAllow, span, message)
}

/// Says how such a comment is written, with the code that stands in it, if one does.
fn example(text: &str) -> String {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let code = words.find(|word| Code::named(word).is_some());
    let code = code.unwrap_or("CODE");
    format!("write `# foghorn: allow({code}) reason`")
}

/// Returns the place of the word behind `foghorn:`, and where the text goes on behind it; `None`
/// where the comment says something else about Foghorn.
fn verb(text: &str) -> Option<(Span, usize)> {
    let skip = |at: usize| at + (text[at..].len() - text[at..].trim_start().len());
    let sign = text.len() - text.trim_start_matches('#').len();
    let name = skip(sign);
    let behind = name + "foghorn".len();
    let has_colon = text.get(skip(behind)..)?.starts_with(':');
    let at = if has_colon {
        skip(skip(behind) + 1)
    } else {
        skip(behind)
    };
    let is_word = |c: char| c.is_ascii_alphabetic();
    let end = text[at..]
        .find(|c| !is_word(c))
        .map_or(text.len(), |i| at + i);
    let after = skip(end);
    // Without the colon, only what cannot be prose.
    let speaks = has_colon || (text[at..end] == *"allow" && text[after..].starts_with('('));
    (speaks && end > at).then_some((Span::new(at, end), after))
}

/// Reads the codes between the parentheses; `base` is where they begin.
fn codes(list: &str, base: usize) -> (Vec<(Code, Span)>, Vec<Diagnostic>) {
    let (mut codes, mut faults) = (Vec::new(), Vec::new());
    let mut at = base;
    for item in list.split(',').take(CODES_MAX) {
        let written = item.trim();
        let start = at + (item.len() - item.trim_start().len());
        let span = Span::new(start, start + written.len());
        at += item.len() + 1;
        let Some(code) = Code::named(written) else {
            faults.push(unknown(written, span));
            continue;
        };
        if may_be_allowed_in_a_comment(code) {
            codes.push((code, span));
            continue;
        }
        let why = if code.stops_a_run() {
            "a file with this fault is refused"
        } else {
            "mend the `allow` that it is about"
        };
        faults.push(fault(span, format!("`{code}` cannot be silenced: {why}")).help("remove it"));
    }
    (codes, faults)
}

fn unknown(written: &str, span: Span) -> Diagnostic {
    let lower = written.to_ascii_lowercase().replace('_', "-");
    let known = Code::ALL.iter().map(|code| code.as_str());
    let fault = |message: String| fault(span, message);
    if written.is_empty() {
        return fault("no code is named".to_owned())
            .help("name what is allowed: `foghorn lint --list`");
    }
    let fault = fault(format!("there is no code `{}`", clipped(written)));
    match nearest(&lower, known) {
        Some(near) => fault.write(near),
        None => fault.help("`foghorn lint --list` lists the codes"),
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The last day of an `allow` and its place, if it has one.
type Until = Option<(NaiveDate, Span)>;

/// Reads what stands behind the codes: `until` and a date, if they are there, and the reason.
fn until(text: &str, at: usize) -> Result<(Until, &str), Box<Diagnostic>> {
    let reason =
        |from: usize| text[from..].trim_matches(|c: char| c.is_whitespace() || "-–—:,".contains(c));
    let start = at + (text[at..].len() - text[at..].trim_start().len());
    if let Some(fault) = misspelt_until(text, start) {
        return Err(Box::new(fault));
    }
    let Some(rest) = text[start..].strip_prefix("until") else {
        return Ok((None, reason(at)));
    };
    let day_start = text.len() - rest.trim_start().len();
    let day = rest.split_whitespace().next().unwrap_or_default();
    let day = day.trim_end_matches([',', ':', ';', '.']);
    // `until the new origin is there` is a reason, and so is `until may be it works`.
    let behind = rest.trim_start()[day.len()..].trim_start();
    let is_time = day.starts_with(|c: char| c.is_ascii_digit()) || is_time(day, behind);
    if !rest.starts_with(' ') || !is_time {
        return Ok((None, reason(at)));
    }
    let span = Span::new(day_start, day_start + day.len());
    let Ok(date) = NaiveDate::parse_from_str(day, "%Y-%m-%d") else {
        let message = format!("`{}` is no date", clipped(day));
        let fault = fault(span, message).help("write it like 2027-01-31");
        return Err(Box::new(fault));
    };
    Ok((Some((date, span)), reason(span.end())))
}

/// `until: 2027-01-31`, `Until 2027-01-31`, `til 2027-01-31`: a last day that would be a part of
/// the reason, and never come.
fn misspelt_until(text: &str, start: usize) -> Option<Diagnostic> {
    const MEANT: [&str; 5] = ["until", "untill", "til", "till", "expires"];
    let rest = &text[start..];
    let length = rest.find(|c: char| !c.is_ascii_alphabetic())?;
    let word = &rest[..length];
    if !MEANT.contains(&word.to_ascii_lowercase().as_str()) {
        return None;
    }
    let day = rest[length..].trim_start_matches([' ', ':', '=']);
    let between = &rest[length..rest.len() - day.len()];
    let date = day.split_whitespace().next().unwrap_or_default();
    let is_date = date.starts_with(|c: char| c.is_ascii_digit()) && date.contains(['-', '/', '.']);
    if !is_date || (word == "until" && between.starts_with(' ') && between.trim().is_empty()) {
        return None;
    }
    let span = Span::new(start, start + length + between.len());
    let message = format!(
        "`{}` gives no last day",
        rest[..span.end() - start].trim_end()
    );
    let fault =
        fault(span, message).help("write `until 2027-01-31`, with a space and in small letters");
    Some(fault.fix(span, "until "))
}

/// Whether a word, with what stands behind it, is a point in time that is no date.
fn is_time(word: &str, behind: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let is_numbered = behind.starts_with(|c: char| c.is_ascii_digit());
    let next = || {
        let unit = behind.split(|c: char| !c.is_ascii_alphabetic()).next();
        unit.is_some_and(|unit| PERIODS.contains(&unit) || DAY_NAMES.contains(&unit))
    };
    match word.as_str() {
        "today" | "tomorrow" | "tonight" => true,
        "next" => next(),
        _ if DAY_NAMES.contains(&word.as_str()) => true,
        _ => is_numbered && word.get(..3).is_some_and(|begin| MONTHS.contains(&begin)),
    }
}

/// What `next` may stand before.
const PERIODS: [&str; 5] = ["week", "month", "quarter", "year", "sprint"];
/// How the months begin, which are only meant with a number behind them.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (Vec<&'static str>, String, Vec<String>) {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23);
        let Comment { allow, faults } = read(text, today);
        let faults = faults.into_iter().map(|fault| {
            let span = fault.primary.span;
            format!("{} [{}]", fault.message, &text[span.range()])
        });
        let codes = allow.iter().flat_map(|allow| &allow.codes);
        let codes = codes.map(|(code, _)| code.as_str()).collect();
        let reason = allow
            .as_ref()
            .map_or(String::new(), |allow| allow.reason.clone());
        (codes, reason, faults.collect())
    }

    #[test]
    fn a_comment_names_codes_a_date_and_a_reason() {
        let sound = |text| {
            let (codes, reason, faults) = said(text);
            assert_eq!(faults, Vec::<String>::new(), "{text}");
            (codes.join(" "), reason)
        };
        let expected = |codes: &str, reason: &str| (codes.to_owned(), reason.to_owned());
        for (text, codes, reason) in [
            ("# foghorn: allow(slow) see wiki", "slow", "see wiki"),
            ("#foghorn:allow( slow,coarse ) - why", "slow coarse", "why"),
            (
                "# foghorn: allow(slow) until 2026-11-23 it is moved",
                "slow",
                "it is moved",
            ),
            (
                "# foghorn: allow(slow) until the move",
                "slow",
                "until the move",
            ),
            (
                "# foghorn: allow(slow) until next door is quiet",
                "slow",
                "until next door is quiet",
            ),
            (
                "# foghorn: allow(slow) until may be somebody mends it",
                "slow",
                "until may be somebody mends it",
            ),
            ("# Foghorn: rules of the shop", "", ""),
            ("# foghorn is our alerting", "", ""),
        ] {
            assert_eq!(sound(text), expected(codes, reason), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_comment_is_said_at_its_place() {
        for (text, told) in [
            (
                "# foghorn: allow(slow)",
                "this `allow` gives no reason [allow(slow)]",
            ),
            (
                "# foghorn: allow(slwo) why",
                "there is no code `slwo` [slwo]",
            ),
            (
                "# foghorn: allow(hold-count) why",
                "`hold-count` cannot be silenced: a file with this fault is refused [hold-count]",
            ),
            (
                "# foghorn: alow(slow) why",
                "`alow` is no word to the linter [alow]",
            ),
            (
                "# foghorn: ignore slow",
                "`ignore` is no word to the linter [ignore]",
            ),
            (
                "# foghorn: allow slow",
                "what is allowed stands in parentheses [allow]",
            ),
            (
                "# foghorn: allow(slow why",
                "this parenthesis is not closed [(]",
            ),
            (
                "# foghorn allow(slow) why",
                "a colon is missing behind `foghorn` [# foghorn allow]",
            ),
            (
                "# foghorn: allow(slow) until 2026-11-22 why",
                "this `allow` has ended: it held until 2026-11-22 [2026-11-22]",
            ),
            (
                "# foghorn: allow(slow) until 2026-13-01 why",
                "`2026-13-01` is no date [2026-13-01]",
            ),
            (
                "# foghorn: allow(slow) until tomorrow",
                "`tomorrow` is no date [tomorrow]",
            ),
            (
                "# foghorn: allow(slow) until Jan 31, 2027 why",
                "`Jan` is no date [Jan]",
            ),
            (
                "# foghorn: allow(slow) until next week",
                "`next` is no date [next]",
            ),
            ("# foghorn: allow() why", "no code is named []"),
        ] {
            assert_eq!(said(text).2, [told], "{text}");
        }
    }

    #[test]
    fn a_last_day_that_is_misspelt_is_no_part_of_the_reason() {
        for (text, told) in [
            (
                "# foghorn: allow(slow) until: 2025-01-31 why",
                "`until:` gives no last day [until: ]",
            ),
            (
                "# foghorn: allow(slow) Until 2025-01-31 why",
                "`Until` gives no last day [Until ]",
            ),
            (
                "# foghorn: allow(slow) until=2025-01-31 why",
                "`until=` gives no last day [until=]",
            ),
            (
                "# foghorn: allow(slow) til 2025-01-31 why",
                "`til` gives no last day [til ]",
            ),
        ] {
            assert_eq!(said(text).2, [told], "{text}");
        }
    }
}
