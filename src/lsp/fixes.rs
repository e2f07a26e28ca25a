//! What an editor can do about a finding: make its mend, or say that it is known.

use super::address;
use super::documents::Text;
use super::findings::touch;
use super::sketch::{Cursor, Style};
use super::workspace::Unit;
use crate::diag::{Diagnostic, Level, Span};

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
    text: &Text,
    range: Span,
) -> Vec<Remedy<'u>> {
    let here = unit.findings.iter().filter(|finding| {
        let file = unit.files.get(finding.primary.file);
        let is_here = file.is_some_and(|file| address::plain(&file.name) == path);
        is_here && touch(finding.primary.span, range)
    });
    let mut found = Vec::new();
    for finding in here.take(FINDINGS_MAX) {
        found.extend(mend(unit, finding));
        if finding.level == Level::Warning {
            found.extend(silence(path, text, finding));
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
fn silence<'u>(path: &str, text: &Text, finding: &'u Diagnostic) -> Option<Remedy<'u>> {
    let at = finding.primary.span.start;
    let (whole, sketch) = (text.text.as_str(), text.sketch());
    let comment = format!("# foghorn: allow({}) reason", finding.code);
    let mut line = line_of(whole, at)?;
    // In a scalar of several lines a comment would be text.
    if let Cursor::Value(index) = sketch.at(whole, at)
        && let Some(scalar) = sketch.node(index)?.value
    {
        let is_long = whole
            .get(scalar.span.start..scalar.span.end)?
            .contains('\n');
        if is_long || scalar.style == Style::Block {
            line = line_of(whole, sketch.node(index)?.whole.start)?;
            return Some(remedy(path, finding, before(whole, line, &comment)));
        }
    }
    let written = whole.get(line.start..line.end)?;
    let end = Span::new(line.start + written.trim_end().len(), line.end);
    let is_taken = matches!(sketch.at(whole, end.start), Cursor::Comment(_));
    let edit = if is_taken {
        before(whole, line, &comment)
    } else {
        (Span::new(end.start, end.start), format!(" {comment}"))
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
    let written = text.get(line.start..line.end).unwrap_or_default();
    let indent = &written[..written.len() - written.trim_start().len()];
    let place = Span::new(line.start, line.start);
    (place, format!("{indent}{comment}\n"))
}

/// Returns the line that a byte is in, without its end.
fn line_of(text: &str, at: usize) -> Option<Span> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = &text[at..];
    let end = at + rest.find('\n').unwrap_or(rest.len());
    Some(Span::new(start, end))
}
