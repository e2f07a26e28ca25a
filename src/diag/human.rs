//! Diagnostics for people, in the look of rustc.

mod short;

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Rank, Origin, Renderer, Snippet,
};

use super::{Diagnostic, File, FileId, Files, Label, Level, Span};

/// The longest line that is shown: longer ones are no text that people wrote.
const LINE_BYTES_MAX: usize = 1_000;
/// How long a paragraph is, more or less.
const PARAGRAPH_BYTES: usize = 384;
/// How far apart two places may be, in lines, and be shown as one piece of text.
const LINES_MAX: usize = 400;

/// Whether the report has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// For a terminal.
    Always,
    /// For a file or a pipe.
    Never,
}

/// Returns the report, sorted by file, place and code: a paragraph for each diagnostic, with an
/// empty line after it; without diagnostics nothing.
pub fn render(diagnostics: &[Diagnostic], files: &Files, colour: Colour) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by(|a, b| super::by_place(a, b));
    let renderer = match colour {
        Colour::Always => Renderer::styled(),
        Colour::Never => Renderer::plain(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut report = String::with_capacity(diagnostics.len() * PARAGRAPH_BYTES);
    for diagnostic in sorted {
        let plain = match colour {
            Colour::Never => short::write(diagnostic, files, &mut report),
            Colour::Always => None,
        };
        if plain.is_none() {
            report.push_str(&renderer.render(&[draw(diagnostic, files)]));
        }
        report.push_str("\n\n");
    }
    report
}

fn draw<'a>(diagnostic: &'a Diagnostic, files: &'a Files) -> Group<'a> {
    let rank = match diagnostic.level {
        Level::Error => Rank::ERROR,
        Level::Warning => Rank::WARNING,
    };
    let title = rank
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    let mut labels: Vec<(AnnotationKind, &Label)> =
        vec![(AnnotationKind::Primary, &diagnostic.primary)];
    labels.extend(
        diagnostic
            .secondary
            .iter()
            .map(|label| (AnnotationKind::Context, label)),
    );
    while let Some(file) = labels.first().map(|(_, label)| label.file) {
        let (here, elsewhere): (Vec<_>, Vec<_>) = labels
            .into_iter()
            .partition(|(_, label)| label.file == file);
        group = place(group, files, file, &here);
        labels = elsewhere;
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Rank::HELP.message(help.as_str()));
    }
    group
}

/// Shows the lines of one file that the labels are in.
fn place<'a>(
    group: Group<'a>,
    files: &'a Files,
    id: FileId,
    labels: &[(AnnotationKind, &'a Label)],
) -> Group<'a> {
    let Some(file) = files.get(id) else {
        return group;
    };
    let spans = labels
        .iter()
        .map(|(_, label)| clamp(&file.text, label.span));
    let whole = spans.clone().reduce(Span::to).unwrap_or_default();
    let first = spans.clone().next().unwrap_or_default();
    let lines = file.position(whole.end()).line - file.position(whole.start()).line;
    if 1 < labels.len() && LINES_MAX <= lines {
        // Each is shown by itself, and not the lines between them.
        let alone = |group, label| place(group, files, id, std::slice::from_ref(label));
        return labels.iter().fold(group, alone);
    }
    let window = lines_around(&file.text, whole);
    let shown = &file.text[window.clone()];
    let too_long = shown.lines().any(|line| line.len() > LINE_BYTES_MAX);
    if shown.is_empty() || too_long || shown.lines().count() > LINES_MAX {
        let at = file.position(first.start());
        return group.element(
            Origin::path(file.name.as_str())
                .line(at.line)
                .char_column(at.column),
        );
    }
    let annotations = labels.iter().zip(spans).map(|((kind, label), span)| {
        let range = span.start() - window.start..span.end() - window.start;
        let annotation: Annotation<'a> = kind.span(range);
        match label.text.as_str() {
            "" => annotation,
            text => annotation.label(text),
        }
    });
    let snippet = Snippet::source(shown)
        .line_start(file.position(window.start).line)
        .path(file.name.as_str())
        .annotations(annotations);
    group.element(snippet)
}

/// Moves a span into the text and onto the bounds of characters.
fn clamp(text: &str, span: Span) -> Span {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start());
    Span::new(start, floor(span.end()).max(start))
}

/// Returns the whole lines that a span touches, without the end of the last.
fn lines_around(text: &str, span: Span) -> Range<usize> {
    let start = text[..span.start()]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text[span.end()..]
        .find('\n')
        .map_or(text.len(), |newline| span.end() + newline);
    let rest = &text[span.end()..end];
    let end = end - (rest.len() - rest.trim_end_matches('\r').len());
    start..end.max(start)
}
