//! What stands around a value by mistake and becomes a part of it: signs, and words that were to be a comment.

use super::reader::{Origin, Reader, Text};
use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::dispatch::summary::is_invisible;
use crate::yaml::{Kind, Node, Style};

/// How the names of files end that a store has.
const FILE_ENDS: [&str; 4] = [".db", ".db3", ".sqlite", ".sqlite3"];

/// The signs that close, each behind the one that opens.
const PAIRS: [(char, char); 8] = [
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('<', '>'),
    ('"', '"'),
    ('\'', '\''),
    ('“', '”'),
    ('‘', '’'),
];

/// Tells quotes, brackets, commas and blanks outside `${…}`, and words behind a blank. Letters right
/// beside it may be meant, and so may whatever stands between two of them.
pub(super) fn of_secret(reader: &mut Reader<'_>, node: &Node) {
    let Some((raw, put_in)) = node.text().and_then(|raw| Some((raw, put_in(raw)?))) else {
        return;
    };
    let (before, behind) = (&raw[..put_in.start()], &raw[put_in.end()..]);
    let are_signs = |text: &str| !text.is_empty() && text.chars().all(is_sign);
    let is_comment = behind.starts_with(char::is_whitespace) && !are_signs(behind);
    let before = Some(before).filter(|text| are_signs(text));
    let behind = Some(behind).filter(|text| are_signs(text) || is_comment);
    let place = reader.place(node);
    let spans = [
        before.map(|_| Span::new(0, put_in.start())),
        behind.map(|_| Span::new(put_in.end(), raw.len())),
    ];
    let mut spans = spans.into_iter().flatten();
    let Some(first) = spans.next() else { return };
    let named: Vec<String> = before.into_iter().chain(behind).map(shown).collect();
    let becomes = if named.len() == 1 {
        "becomes"
    } else {
        "become"
    };
    let core = &raw[put_in.range()];
    let message = format!(
        "{} outside {} {becomes} a part of the secret",
        named.join(" and "),
        quoted(core)
    );
    let fault = Diagnostic::new(Code::Secret, first, message).warning();
    let fault = spans.fold(fault, |fault, span| fault.also(span, "and this"));
    let help = if is_comment && !raw.contains('#') {
        "write a `#` before what is a comment".to_owned()
    } else if core.contains(['"', '\\']) {
        format!("write {} alone", quoted(core))
    } else {
        format!("write `\"{core}\"`")
    };
    let fault = fault.help(help);
    reader.push_placed(place.relocate(reader.file, fault));
}

/// Tells what stands at the end of a name or a path of the file and was hardly meant: a bracket or a quote
/// that nothing in it opens, a comma, and words that were to be a comment.
pub(super) fn of_name(reader: &mut Reader<'_>, node: &Node, text: &Text, what: &str) {
    // Whoever writes quotes means what stands in them.
    let is_plain = matches!(&node.kind, Kind::Scalar(scalar) if scalar.style == Style::Plain);
    if text.origin != Origin::File || !is_plain {
        return;
    }
    let value = text.value.as_str();
    let (kept, help) = match without_words(value) {
        Some(kept) => (kept, "; a `#` begins a comment"),
        None => (without_closing(value), ""),
    };
    if kept.is_empty() || kept.len() == value.len() {
        return;
    }
    let span = Span::new(kept.len(), value.len());
    let message = format!("{} is a part of {what} here", quoted(&value[kept.len()..]));
    let fault = Diagnostic::new(Code::Syntax, span, message).warning();
    let fault = fault.help(format!("write `{kept}`{help}"));
    let place = reader.place(node);
    reader.push_placed(place.relocate(reader.file, fault));
}

/// Returns a text without the words behind several blanks, or behind the name of a file.
fn without_words(text: &str) -> Option<&str> {
    let mut at = 0;
    while let Some(found) = text[at..].find(char::is_whitespace) {
        let (before, blank) = text.split_at(at + found);
        let words = blank.trim_start();
        let is_wide = blank.chars().take_while(|c| c.is_whitespace()).count() > 1;
        let is_whole = FILE_ENDS.iter().any(|end| before.ends_with(end));
        if !words.is_empty() && (is_wide || is_whole) {
            return Some(before);
        }
        at = text.len() - words.len();
    }
    None
}

/// Returns a text without the signs at its end that close what is not open, or separate it from nothing.
fn without_closing(text: &str) -> &str {
    let mut kept = text;
    while let Some(last) = kept.chars().next_back() {
        let before = &kept[..kept.len() - last.len_utf8()];
        let is_stray = match PAIRS.iter().find(|(_, close)| *close == last) {
            Some((open, _)) => !before.contains(*open),
            None => matches!(last, ',' | ';'),
        };
        if !is_stray {
            break;
        }
        kept = before.trim_end();
    }
    kept
}

/// Returns the place of all that is put in, with what stands between.
fn put_in(raw: &str) -> Option<Span> {
    let last = raw.rfind("${")?;
    let length = raw[last..].find('}')? + 1;
    Some(Span::new(raw.find("${")?, last + length))
}

/// Whether it is a sign that stands around texts, and not in them.
fn is_sign(c: char) -> bool {
    const SIGNS: &str = "\"'`“”„‘’«»,;，；、。()[]{}<>（）【】「」『』《》\\";
    c.is_whitespace() || is_invisible(c) || SIGNS.contains(c)
}

/// Returns signs for a message, and words for those that cannot be seen.
fn shown(text: &str) -> String {
    let is_unseen = |c: char| c.is_whitespace() || is_invisible(c);
    match text {
        " " => "a space".to_owned(),
        _ if text.chars().all(|c| c == ' ') => "spaces".to_owned(),
        _ if text.chars().all(|c| matches!(c, '\n' | '\r')) => "a line break".to_owned(),
        _ if text.chars().all(is_unseen) => "a blank".to_owned(),
        _ => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_put_in_goes_from_the_first_to_the_last() {
        let put_in = |raw: &str| put_in(raw).map(|span| raw[span.range()].to_owned());
        assert_eq!(put_in("“${P}”").as_deref(), Some("${P}"));
        assert_eq!(put_in("${A} ${B:-x},").as_deref(), Some("${A} ${B:-x}"));
        assert_eq!(put_in("${A:-${B}}").as_deref(), Some("${A:-${B}"));
        assert_eq!(put_in("${A"), None);
        assert_eq!(put_in("A}"), None);
    }

    #[test]
    fn words_that_were_to_be_a_comment_are_known_by_what_stands_before() {
        for (text, kept) in [
            ("sqlite:a.db  or another", Some("sqlite:a.db")),
            ("sqlite:a.db --- rules", Some("sqlite:a.db")),
            ("sqlite:My Data/a.db x", Some("sqlite:My Data/a.db")),
            ("main   the account", Some("main")),
            ("sqlite:My Data/a.db", None),
            ("sqlite:a.db ", None),
            ("the main account", None),
        ] {
            assert_eq!(without_words(text), kept, "{text}");
        }
    }

    #[test]
    fn what_closes_nothing_at_the_end_is_left_out() {
        for (text, kept) in [
            ("main]", "main"),
            ("main\"},", "main"),
            ("main”", "main"),
            ("main (old)", "main (old)"),
            ("[main]", "[main]"),
            ("\"main\"", "\"main\""),
            ("main", "main"),
        ] {
            assert_eq!(without_closing(text), kept, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        for (text, named) in [
            ("\u{a0}", "a blank"),
            ("\u{200b}", "a blank"),
            (" ", "a space"),
            ("\n", "a line break"),
            ("  the password", "`the password`"),
            ("\",", "`\",`"),
        ] {
            assert_eq!(shown(text), named);
        }
    }
}
