//! Brackets that YAML stumbles over, and what it reads within them: maps and lists of one line.

use serde_saphyr::granit_parser::ErrorKind;

use super::faults::quote;
use super::line::{Line, key_of};
use super::marks::{LINES_MAX, bare, begins_entry, begins_value, lines_up};
use super::vocabulary::Vocabulary;
use crate::diag::{Code, Diagnostic, Span, quoted};

/// Finds the bracket, or what stands within some, that YAML stumbled over.
pub(super) fn find(
    text: &str,
    at: usize,
    kind: &ErrorKind,
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let is_within = matches!(
        kind,
        ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
    );
    // One that is open to the end of the file is where YAML says that it stopped.
    let here = text[at..].chars().next();
    let here = here.filter(|_| matches!(kind, ErrorKind::UnclosedFlowCollection { .. }));
    let here = here.filter(|sign| matches!(sign, '[' | '{'));
    is_within
        .then(|| {
            let here = here.map(|sign| (at, sign));
            unclosed(
                text,
                here.or_else(|| opener(text, at, |_| false))?,
                vocabulary,
            )
        })
        .flatten()
        .or_else(|| Line::at(text, at).and_then(|line| codes_before(line, at)))
        .or_else(|| bracketed(text, at, vocabulary))
        .or_else(|| Line::at(text, at).and_then(|line| unopened(line, at)))
        .or_else(|| mismatched(text, at))
        .or_else(|| Line::at(text, at).and_then(|line| in_one_line(line, at, vocabulary)))
        .or_else(|| Line::at(text, at).and_then(|line| beside_comma(line, at)))
        .or_else(|| Line::at(text, at).and_then(|line| between_texts(line, at)))
        .or_else(|| {
            let is_outside = |line: Line<'_>| begins_entry(line, vocabulary);
            unclosed(text, opener(text, at, is_outside)?, vocabulary)
        })
}

/// `{502,503}`: returns the set of codes that was meant.
fn codes(written: &str) -> Option<String> {
    let inner = written.strip_prefix(['{', '['])?.strip_suffix(['}', ']'])?;
    let is_code = |code: &&str| {
        let digits = code.strip_suffix("xx").unwrap_or(code);
        let wanted = if digits.len() < code.len() { 1 } else { 3 };
        digits.len() == wanted && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let codes: Vec<&str> = inner.split(',').map(str::trim).collect();
    let is_set = codes.iter().all(is_code);
    is_set.then(|| codes.join("|"))
}

/// Says that a set of codes is written in another way.
fn of_codes(place: Span, written: &str, codes: &str) -> Diagnostic {
    let what = if written.starts_with('[') {
        "list"
    } else {
        "map"
    };
    let message = format!(
        "YAML reads {} as a {what}, and a set of codes was meant",
        quoted(written)
    );
    Diagnostic::new(Code::Syntax, place, message).write(codes)
}

/// `{when: {502,503} > 5%}`
fn codes_before(line: Line<'_>, at: usize) -> Option<Diagnostic> {
    let before = line.text.get(..at.checked_sub(line.start)?)?.trim_end();
    let begin = before.rfind(['{', '['])?;
    let codes = codes(&before[begin..])?;
    let is_value = before[..begin].trim_end().ends_with(':');
    let place = Span::new(line.start + begin, line.start + before.len());
    is_value.then(|| of_codes(place, &before[begin..], &codes))
}

/// `[a, b]]`: a bracket that closes nothing.
fn unopened(line: Line<'_>, at: usize) -> Option<Diagnostic> {
    let at = at.checked_sub(line.start)?;
    let is_closing = |at: &usize| {
        let sign = line.text.as_bytes().get(*at);
        sign.is_some_and(|sign| matches!(sign, b']' | b'}'))
    };
    let place = [Some(at), at.checked_sub(1)]
        .into_iter()
        .flatten()
        .find(is_closing)?;
    if !Brackets::of(line.text.get(..=place)?).is_unopened {
        return None;
    }
    let message = format!("this `{}` closes nothing", &line.text[place..=place]);
    let place = Span::new(line.start + place, line.start + place + 1);
    let fault = Diagnostic::new(Code::Syntax, place, message);
    Some(fault.help("remove it").fix(place, ""))
}

/// `summary: [CDN] the origin fails`
fn bracketed(text: &str, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    lines_up(text, at).take(2).find_map(|line| {
        let (column, key) = key_of(line)?;
        let behind = &line.text[column + key.len() + 1..];
        let value = behind.trim();
        let close = match value.chars().next()? {
            '{' if value.starts_with("{{") => return None,
            sign @ ('[' | '{') => closing(sign),
            _ => return None,
        };
        let end = Brackets::of(value).closed? + 1;
        if !value[..end].ends_with(close) {
            return None;
        }
        let rest = value[end..].trim_start();
        if rest.is_empty() || rest.starts_with(['#', ',', ']', '}']) {
            return None;
        }
        let start = line.start + line.text.len() - behind.trim_start().len();
        if let Some(codes) = codes(&value[..end]).filter(|_| !vocabulary.lists.contains(&key)) {
            return Some(of_codes(
                Span::new(start, start + end),
                &value[..end],
                &codes,
            ));
        }
        let what = if close == ']' { "a list" } else { "a map" };
        let message = format!(
            "YAML reads {} as {what}, and more stands behind it",
            quoted(&value[..end])
        );
        let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + end), message);
        let begins_key = rest
            .split_once(':')
            .is_some_and(|(key, _)| vocabulary.has_key(key));
        if begins_key {
            return Some(fault.help("begin another line with what stands behind it"));
        }
        if vocabulary.lists.contains(&key) {
            let help =
                format!("leave out what stands behind the `{close}`, or put a `#` before it");
            return Some(fault.help(help));
        }
        Some(quote(fault, Span::new(start, start + value.len()), value))
    })
}

/// `{domains:[a]}`, `{name: a when: b}`: a space or a comma that is missing within `{…}`.
fn in_one_line(line: Line<'_>, at: usize, vocabulary: &Vocabulary) -> Option<Diagnostic> {
    let before = line.text.get(..at.checked_sub(line.start)?)?;
    let behind = line.text[before.len()..].strip_prefix(':')?;
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begin = before.trim_end_matches(is_of_key);
    let key = &before[begin.len()..];
    let place = Span::new(line.start + begin.len(), at);
    if key.is_empty() || Brackets::of(before).open.is_empty() {
        return None;
    }
    if behind.starts_with(['[', '{']) {
        let message = format!("a space is missing behind `{key}:`");
        let fault = Diagnostic::new(Code::Syntax, place, message);
        let fault = fault.help(format!("write `{key}: {}…`", &behind[..1]));
        return Some(fault.fix(Span::new(at + 1, at + 1), " "));
    }
    let value = begin.trim_end();
    let is_behind_value = value.len() < begin.len() && !value.ends_with(['{', '[', ',', ':']);
    if !vocabulary.has_key(key) || !is_behind_value {
        return None;
    }
    let message = format!("a comma is missing before `{key}`");
    let end = line.start + value.len();
    let fault = Diagnostic::new(Code::Syntax, place, message).help(format!("write `, {key}:`"));
    Some(fault.fix(Span::new(end, end), ","))
}

/// `[a,, b]`, `[, a]`: a comma before which nothing stands.
fn beside_comma(line: Line<'_>, at: usize) -> Option<Diagnostic> {
    let (before, behind) = line.text.split_at_checked(at.checked_sub(line.start)?)?;
    let sign = before.trim_end().chars().next_back()?;
    if !behind.starts_with(',') || !matches!(sign, ',' | '[' | '{') {
        return None;
    }
    let place = Span::new(at, at + 1);
    let message = format!("nothing stands between this comma and the `{sign}` before it");
    let fault = Diagnostic::new(Code::Syntax, place, message);
    Some(
        fault
            .help("remove it, or write what is missing")
            .fix(place, ""),
    )
}

/// `{"name" "a"}`, `["a" "b"]`: two texts in quotes with nothing between them.
fn between_texts(line: Line<'_>, at: usize) -> Option<Diagnostic> {
    let (before, behind) = line.text.split_at_checked(at.checked_sub(line.start)?)?;
    let first = before.trim_end();
    let quote = first
        .chars()
        .next_back()
        .filter(|c| matches!(c, '"' | '\''))?;
    if !behind.starts_with(['"', '\'']) {
        return None;
    }
    let begin = first[..first.len() - 1].rfind(quote)?;
    let (_, around) = *Brackets::of(&first[..begin]).open.last()?;
    let is_value = first[..begin].trim_end().ends_with(':');
    let (sign, what) = if around == '{' && !is_value {
        (':', "colon")
    } else {
        (',', "comma")
    };
    let end = line.start + first.len();
    let message = format!("a {what} is missing behind {}", quoted(&first[begin..]));
    let place = Span::new(line.start + begin, end);
    let fault = Diagnostic::new(Code::Syntax, place, message);
    let help = format!("write {}", quoted(&format!("{}{sign}", &first[begin..])));
    Some(fault.help(help).fix(Span::new(end, end), sign.to_string()))
}

/// The brackets of lines that stand in no quotes and no comment.
#[derive(Default)]
struct Brackets {
    /// Those that are open, with their places.
    open: Vec<(usize, char)>,
    /// Where the first was closed of those that stand in no other, whatever closed it.
    closed: Option<usize>,
    /// The first that another kind of bracket closes.
    mismatched: Option<(usize, char)>,
    /// Whether one closes nothing.
    is_unopened: bool,
}

impl Brackets {
    fn of(line: &str) -> Self {
        let mut brackets = Self::default();
        brackets.read(line, 0);
        brackets
    }

    /// Reads a line, or what there is of it, that begins at a place.
    fn read(&mut self, line: &str, start: usize) {
        for (at, c) in bare(line) {
            match c {
                '[' | '{' => self.open.push((start + at, c)),
                ']' | '}' => self.close(start + at, c),
                _ => {}
            }
        }
    }

    fn close(&mut self, at: usize, sign: char) {
        let Some((opened, opening)) = self.open.pop() else {
            self.is_unopened = true;
            return;
        };
        if closing(opening) != sign && !self.is_unopened {
            self.mismatched.get_or_insert((opened, opening));
        }
        if self.open.is_empty() {
            self.closed.get_or_insert(at);
        }
    }
}

/// Returns what closes a bracket.
fn closing(opening: char) -> char {
    if opening == '[' { ']' } else { '}' }
}

/// `[{url: x]`: a bracket that another kind of bracket closes.
fn mismatched(text: &str, at: usize) -> Option<Diagnostic> {
    lines_up(text, at).take(2).find_map(|line| {
        let (opened, sign) = Brackets::of(line.text).mismatched?;
        let close = closing(sign);
        let other = if close == ']' { '}' } else { ']' };
        let start = line.start + opened;
        let message = format!("this `{sign}` is not closed");
        let fault = Diagnostic::new(Code::Syntax, Span::new(start, start + 1), message);
        Some(fault.help(format!("write `{close}` before the `{other}`")))
    })
}

/// `domains: [a, b` above another key.
fn unclosed(
    text: &str,
    (open, sign): (usize, char),
    vocabulary: &Vocabulary,
) -> Option<Diagnostic> {
    let close = closing(sign);
    let mut line = Line::at(text, open)?;
    // The last line that says something.
    let mut last = line;
    let outer = line.content().0;
    let mut brackets = Brackets::default();
    brackets.read(line.text.get(open - line.start..)?, open);
    for _ in 0..LINES_MAX {
        if brackets.closed.is_some() {
            return None;
        }
        let next = line.below(text);
        let goes_on = line.content().1.ends_with([',', '[', '{']);
        // What stands no deeper than the line of the bracket is not within it.
        let is_beside = |next: Line<'_>| next.content().0 <= outer;
        let ends =
            next.is_none_or(|next| begins_entry(next, vocabulary) && (!goes_on || is_beside(next)));
        if ends {
            let message = format!("this `{sign}` is not closed");
            let fault = Diagnostic::new(Code::Syntax, Span::new(open, open + 1), message);
            let fault = fault.help(format!("write `{close}` where its entries end"));
            let end = last.start + last.text.trim_end().len();
            let is_bare = !last.text.contains('#') && !goes_on && brackets.open.len() == 1;
            return Some(if is_bare {
                fault.fix(Span::new(end, end), close.to_string())
            } else {
                fault
            });
        }
        line = next?;
        if line.says_something() {
            last = line;
        }
        brackets.read(line.text, line.start);
    }
    None
}

/// Returns the bracket that is open before a place, where a list or map of YAML begins with it.
fn opener(text: &str, at: usize, is_outside: impl Fn(Line<'_>) -> bool) -> Option<(usize, char)> {
    for (above, line) in lines_up(text, at).enumerate() {
        let end = (at - line.start).min(line.text.len());
        let open = Brackets::of(line.text.get(..end)?).open;
        let begins = |(place, _): &(usize, char)| begins_value(line.text, *place);
        let Some((place, sign)) = open.into_iter().find(begins) else {
            // Above an entry of block style everything is closed.
            if 0 < above && is_outside(line) {
                return None;
            }
            continue;
        };
        return Some((line.start + place, sign));
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::yaml::marks::tests::told;

    #[test]
    fn a_bracket_that_is_not_closed_is_told_where_it_stands() {
        for (text, sign, mended) in [
            (
                "rules:\n  - name: a\n    domains: [a.b, c.d\n    when: 5xx > 1%\n",
                "[",
                "[a.b, c.d]\n",
            ),
            (
                "rules:\n  - name: a\n    labels: {team: web\n    when: 5xx > 1%\n",
                "{",
                "{team: web}\n",
            ),
            (
                "rules:\n  - name: a\n    domains: [\n      a.b,\n      c.d\n    when: 5xx > 1%\n",
                "[",
                "c.d]\n",
            ),
            (
                "rules:\n  - name: a\n    domains: [a.b, c.d\n  - name: b\n    when: 5xx > 1%\n",
                "[",
                "[a.b, c.d]\n",
            ),
            (
                "rules:\n  - name: a\n    labels:\n      - {a: b, c: d\n  - name: b\n    when: x\n",
                "{",
                "c: d}\n",
            ),
        ] {
            let told = told(text);
            assert_eq!(told.0, sign, "{text}");
            assert!(told.1.contains(mended), "{}", told.1);
        }
    }

    #[test]
    fn what_is_missing_within_brackets_is_told_with_what_to_write() {
        let rule = |body: &str| format!("rules:\n  - {{{body}}}\n");
        for (faulty, sound) in [
            ("name: a, domains:[b.c]", "name: a, domains: [b.c]"),
            ("name: a, labels:{b: c}", "name: a, labels: {b: c}"),
            ("name: a when: 5xx > 1%", "name: a, when: 5xx > 1%"),
            ("name: a, domains: [b,, c]", "name: a, domains: [b, c]"),
            (
                "name: a, when: {502,503} > 1%",
                "name: a, when: 502|503 > 1%",
            ),
            ("name: a, domains: [, c]", "name: a, domains: [ c]"),
            ("\"name\" \"a\", when: x", "\"name\": \"a\", when: x"),
            ("name: \"a\" \"when\": x", "name: \"a\", \"when\": x"),
            (
                "name: a, domains: ['b' 'c']",
                "name: a, domains: ['b', 'c']",
            ),
        ] {
            assert_eq!(told(&rule(faulty)).1, rule(sound), "{faulty}");
        }
    }
}
