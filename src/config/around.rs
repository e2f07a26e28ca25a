//! What stands around `${…}` in a text that is a secret as a whole: it becomes a part of it.

use super::reader::Reader;
use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::dispatch::summary::is_invisible;
use crate::yaml::Node;

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
    let fault = match core {
        _ if is_comment && !raw.contains('#') => fault.help("write a `#` before what is a comment"),
        _ if core.contains(['"', '\\']) => fault.help(format!("write {} alone", quoted(core))),
        _ => fault.help(format!("write `\"{core}\"`")),
    };
    reader.push_placed(place.relocate(reader.file, fault));
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
