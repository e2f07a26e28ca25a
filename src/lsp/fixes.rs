//! What an editor can do about a finding: make its mend, or say that it is known.

use super::address;
use super::documents::Draft;
use super::findings::touch;
use super::sketch::{Cursor, Style};
use super::workspace::{Role, Unit};
use crate::diag::{Diagnostic, Level, Span};
use crate::lint::may_be_allowed_in_a_comment;

/// How many findings are looked at for one answer.
const FINDINGS_MAX: usize = 50;

/// Something that can be done about a finding.
pub(super) struct Remedy<'u> {
    /// What it does.
    pub(super) title: String,
    /// What it is about.
    pub(super) finding: &'u Diagnostic,
    /// New texts: the path of a file, the place in it, the text.
    pub(super) edits: Vec<(String, Span, String)>,
    /// Whether it mends the finding, and does not only silence it.
    pub(super) is_mend: bool,
}

/// Returns what can be done about the findings that a range of a file touches.
pub(super) fn remedies<'u>(
    unit: &'u Unit,
    path: &str,
    text: &Draft,
    range: Span,
) -> Vec<Remedy<'u>> {
    let here = unit.findings.iter().filter(|finding| {
        let file = unit.files.get(finding.primary.file);
        let is_here = file.is_some_and(|file| address::plain(&file.name) == path);
        is_here && touch(finding.primary.span, range)
    });
    let mut found: Vec<Remedy<'u>> = Vec::new();
    for finding in here.take(FINDINGS_MAX) {
        let can_be_silenced = unit.role != Role::Cases
            && finding.level == Level::Warning
            && may_be_allowed_in_a_comment(finding.code);
        let silence = can_be_silenced.then(|| silence(path, text, finding));
        for remedy in mend(unit, finding).into_iter().chain(silence.flatten()) {
            // Two findings of one line are silenced by one comment.
            let is_same = |other: &Remedy<'_>| other.edits == remedy.edits;
            if !found.iter().any(is_same) {
                found.push(remedy);
            }
        }
    }
    found
}

fn mend<'u>(unit: &'u Unit, finding: &'u Diagnostic) -> Option<Remedy<'u>> {
    let fix = finding.fix.as_ref()?;
    let mut edits = Vec::new();
    for edit in &fix.0 {
        let path = address::plain(&unit.files.get(edit.file)?.name);
        edits.push((path, edit.span, edit.text.clone()));
    }
    let title = match (&finding.help, &fix.0[..]) {
        (Some(help), _) => help.clone(),
        (None, [edit]) if !edit.text.is_empty() => format!("write `{}`", edit.text),
        (None, _) => format!("mend `{}`", finding.code),
    };
    Some(Remedy {
        title,
        finding,
        edits,
        is_mend: true,
    })
}

/// Puts a comment at the end of the finding's line; before it, where the end is no place for one.
fn silence<'u>(path: &str, text: &Draft, finding: &'u Diagnostic) -> Option<Remedy<'u>> {
    let at = finding.primary.span.start();
    let (whole, sketch) = (text.text.as_str(), text.sketch());
    let comment = format!("# foghorn: allow({}) reason", finding.code);
    let mut line = line_of(whole, at)?;
    // In a scalar of several lines a comment would be text.
    if let Cursor::Value(index) = sketch.at(whole, at)
        && let Some(scalar) = sketch.node(index)?.value
    {
        let is_long = whole.get(scalar.span.range())?.contains('\n');
        if is_long || scalar.style == Style::Block {
            line = line_of(whole, sketch.node(index)?.whole.start())?;
            return Some(remedy(path, finding, before(whole, line, &comment)));
        }
    }
    let written = whole.get(line.range())?;
    let end = Span::new(line.start() + written.trim_end().len(), line.end());
    let is_taken = matches!(sketch.at(whole, end.start()), Cursor::Comment(_));
    let edit = if is_taken {
        before(whole, line, &comment)
    } else {
        (Span::new(end.start(), end.start()), format!(" {comment}"))
    };
    Some(remedy(path, finding, edit))
}

fn remedy<'u>(path: &str, finding: &'u Diagnostic, edit: (Span, String)) -> Remedy<'u> {
    let (span, text) = edit;
    Remedy {
        title: format!("allow `{}` here, for a reason", finding.code),
        finding,
        edits: vec![(path.to_owned(), span, text)],
        is_mend: false,
    }
}

/// Returns the edit that puts a comment on a line of its own before another.
fn before(text: &str, line: Span, comment: &str) -> (Span, String) {
    let written = text.get(line.range()).unwrap_or_default();
    let indent = &written[..written.len() - written.trim_start().len()];
    let place = Span::new(line.start(), line.start());
    (place, format!("{indent}{comment}\n"))
}

/// Returns the line that a byte is in, without its end.
fn line_of(text: &str, at: usize) -> Option<Span> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = &text[at..];
    let end = at + rest.find('\n').unwrap_or(rest.len());
    Some(Span::new(start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Files};

    /// Returns what can be done about findings, each with the line that its first edit makes.
    fn check(text: &str, findings: Vec<Diagnostic>) -> Vec<String> {
        let mut files = Files::default();
        files.add("/w/./rules.yaml", text);
        let unit = Unit::of(
            Role::Rules("/w/rules.yaml".to_owned()),
            None,
            files,
            findings,
        );
        let found = remedies(
            &unit,
            "/w/rules.yaml",
            &Draft::new(text),
            Span::new(0, text.len()),
        );
        let said = found.iter().map(|remedy| {
            let (path, span, new) = &remedy.edits[0];
            assert_eq!(path, "/w/rules.yaml");
            let mut text = text.to_owned();
            text.replace_range(span.range(), new);
            format!("{}: {}", remedy.title, text.replace('\n', "|"))
        });
        said.collect()
    }

    #[test]
    fn a_mend_is_made_and_a_warning_is_silenced_besides() {
        let text = "a: 5xx > 10\nb: 2\n";
        let at = Span::new(9, 11);
        let fault = Diagnostic::new(Code::TypeMismatch, at, "no unit");
        let mended = fault.clone().help("write `10%`").fix(at, "10%");
        assert_eq!(check(text, vec![fault]), [] as [&str; 0]);
        assert_eq!(
            check(text, vec![mended]),
            ["write `10%`: a: 5xx > 10%|b: 2|"]
        );
        let warning = Diagnostic::new(Code::Redundant, at, "no unit");
        let warning = warning.help("write `10%`").fix(at, "10%");
        let both = check(text, vec![warning.clone(), warning]);
        assert_eq!(both.len(), 2, "each is offered once: {both:?}");
        assert!(both[1].ends_with("a: 5xx > 10 # foghorn: allow(redundant) reason|b: 2|"));
        let (stopping, allowed) = (Code::HoldCount, Code::TypeMismatch);
        for (code, offered) in [(stopping, 1), (allowed, 2)] {
            let warning = Diagnostic::new(code, at, "no unit").warning();
            let warning = warning.help("write `10%`").fix(at, "10%");
            let told = check(text, vec![warning]);
            assert_eq!(
                told.len(),
                offered,
                "whether a comment silences it: {told:?}"
            );
        }
    }

    #[test]
    fn a_comment_is_put_where_it_is_no_text() {
        for (text, expected) in [
            ("r:\n  w: |\n    5xx > X\n", "r:|  # C|  w: ||    5xx > X|"),
            (
                "r:\n  w: 5xx > 1%\n    and X\n",
                "r:|  # C|  w: 5xx > 1%|    and X|",
            ),
            ("r: [X]  # ours\n", "# C|r: [X]  # ours|"),
            ("r: X\r\n", "r: X # C\r|"),
            ("r: X", "r: X # C"),
        ] {
            let at = text.find('X').unwrap();
            let finding = Diagnostic::new(Code::Unused, Span::new(at, at + 1), "it is idle");
            let expected = expected.replace('C', "foghorn: allow(unused) reason");
            let found = check(text, vec![finding]);
            assert_eq!(
                found,
                [format!("allow `unused` here, for a reason: {expected}")]
            );
        }
    }
}
