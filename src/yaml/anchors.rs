//! Aliases whose anchor does not stand before them, and texts that YAML takes for such.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::faults::quote;
use super::tree::without_quote;
use crate::diag::{Code, Diagnostic, Span, nearest, quoted};

/// How many aliases are compared with the anchors of a file: whoever has more begins with these.
const COMPARED_MAX: usize = 100;

/// The anchors that a text may have, wherever they stand.
pub(super) struct Anchors<'t> {
    text: &'t str,
    names: OnceCell<BTreeSet<&'t str>>,
}

impl<'t> Anchors<'t> {
    pub(super) const fn of(text: &'t str) -> Self {
        let names = OnceCell::new();
        Self { text, names }
    }

    fn names(&self) -> &BTreeSet<&'t str> {
        self.names.get_or_init(|| names(self.text))
    }

    /// Whether a text that begins with `*` is the alias of an anchor.
    pub(super) fn has(&self, written: &str) -> bool {
        let name = written.strip_prefix('*');
        name.is_some_and(|name| self.names().contains(name))
    }

    /// Says of a text that begins with `*` that it is the alias of nothing: an alias, or
    /// `*.example.com`, of which YAML makes one.
    pub(super) fn alias(&self, span: Span, written: &str, before: usize) -> Diagnostic {
        let name = written.strip_prefix('*').unwrap_or(written);
        if name.is_empty() || !name.bytes().all(is_of_name) {
            let message = format!(
                "YAML reads {} as an alias, because it begins with `*`",
                quoted(written)
            );
            let fault = Diagnostic::new(Code::Syntax, span, message);
            return quote(
                fault.label("no anchor has this name"),
                span,
                without_quote(written),
            );
        }
        // Quotes would make a text of what was meant to be what the anchor names.
        if self.has(written) {
            let message = format!("the anchor {} comes later", quoted(&format!("&{name}")));
            let fault = Diagnostic::new(Code::Syntax, span, message);
            return fault.help("an alias stands behind what it repeats");
        }
        let message = format!("no anchor is called {}", quoted(name));
        let fault = Diagnostic::new(Code::Syntax, span, message);
        let compared = (before < COMPARED_MAX).then(|| self.names().iter().copied());
        match nearest(name, compared.into_iter().flatten()) {
            Some(near) => fault.help(format!("did you mean `*{near}`?")),
            None => fault.help("write what it stands for, or an anchor before it: `&name`"),
        }
    }
}

/// Returns what stands behind each `&` that may begin an anchor.
fn names(text: &str) -> BTreeSet<&str> {
    let begins = text.match_indices('&').filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '[' | '{' | ','))
    });
    let names = begins.filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.bytes().position(|b| !is_of_name(b));
        let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let is_end = behind.chars().next().is_none_or(char::is_whitespace);
        (is_end && !name.is_empty()).then_some(name)
    });
    names.collect()
}

/// Whether people write this in the name of an anchor; YAML allows more.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_found_and_other_ampersands_are_none() {
        let text = "a: &one [x]\nb: {c: &two y, d: [&three-3 z]}\n- &four\n e: p && q R&D &.x & z";
        let found: Vec<&str> = names(text).into_iter().collect();
        assert_eq!(found, ["four", "one", "three-3", "two"]);
    }
}
