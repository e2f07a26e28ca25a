//! The paragraph of a finding at one place, or at two of one line or of lines that are apart, as most
//! are: written at once.
//!
//! It is what the renderer of [all others](super::render) writes, which works out a picture first:
//! a sixth of the time of linting a large file with findings in half of its rules.

use std::fmt::Write as _;

use super::{Diagnostic, File, Files, LINES_MAX, Label, Level};

/// The longest line that is shown as it stands; of longer ones the renderer cuts something out. It
/// has 140 columns, and needs some of them for the number of the line.
const LINE_CHARS_MAX: usize = 120;
/// The most blanks that a line may begin with: of more the renderer cuts some out.
const BLANKS_MAX: usize = 20;

/// From how many lines on two are shown with nothing but a mark between them.
const APART_MIN: usize = 3;

/// Writes the paragraph without colours at the end of a report; writes nothing and returns `None`
/// where it takes more than this.
pub(super) fn write(diagnostic: &Diagnostic, files: &Files, report: &mut String) -> Option<()> {
    let Diagnostic {
        code,
        level,
        message,
        primary,
        secondary,
        help,
        fix: _,
        basis: _,
    } = diagnostic;
    let file = files.get(primary.file)?;
    let line = Line::at(file, primary)?;
    let lines = match secondary.as_slice() {
        [] => vec![line.one(primary)?],
        [other] if line.holds(other) => vec![line.two(primary, other)?],
        [other] => line.apart(file, primary, other)?,
        _ => return None,
    };
    let help = help.as_deref();
    if !is_shown(message) || !is_ascii(&file.name) || !help.is_none_or(is_shown) {
        return None;
    }
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let width = lines.last()?.number.to_string().len();
    let gap = " ".repeat(width);
    let (number, column) = (line.number, primary.span.start() - line.start + 1);
    // A `String` takes all that is written.
    let _ = write!(
        report,
        "{level}[{code}]: {message}\n{gap}--> {}:{number}:{column}\n{gap} |",
        file.name
    );
    for (
        at,
        Marked {
            number,
            text,
            marks,
        },
    ) in lines.iter().enumerate()
    {
        if 0 < at {
            report.push_str("\n...");
        }
        let _ = write!(report, "\n{number:>width$} | {text}");
        for marks in marks {
            let _ = write!(report, "\n{gap} | {marks}");
        }
    }
    if let Some(help) = help {
        let _ = write!(report, "\n{gap} |\n{gap} = help: {help}");
    }
    Some(())
}

/// Whether a text is written as it stands, one column for each character.
fn is_ascii(text: &str) -> bool {
    text.bytes().all(|b| (b' '..0x7F).contains(&b))
}

/// Whether a text of our own is written as it stands.
fn is_shown(text: &str) -> bool {
    is_ascii(text) || text.chars().all(|c| matches!(c, ' '..='~' | '…'))
}

/// A line that is shown.
struct Line<'t> {
    number: usize,
    start: usize,
    text: &'t str,
}

/// A line with what stands below it.
struct Marked<'t> {
    number: usize,
    text: &'t str,
    marks: Vec<String>,
}

impl<'t> Line<'t> {
    /// Returns the line in which a label stands, if it can be shown.
    fn at(file: &'t File, label: &Label) -> Option<Self> {
        let before = file.text.get(..label.span.start())?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let text = file.text[start..].lines().next()?;
        let blanks = text.len() - text.trim_start_matches(' ').len();
        let is_short = text.len() <= LINE_CHARS_MAX && blanks <= BLANKS_MAX && is_ascii(text);
        let number = file.position(label.span.start()).line;
        is_short.then_some(Self {
            number,
            start,
            text,
        })
    }

    /// Whether a label begins in this line.
    fn holds(&self, label: &Label) -> bool {
        (self.start..=self.start + self.text.len()).contains(&label.span.start())
    }

    fn marked(&self, marks: Vec<String>) -> Marked<'t> {
        Marked {
            number: self.number,
            text: self.text,
            marks,
        }
    }

    /// Returns the columns of a label, if it stands in this line.
    fn columns(&self, label: &Label) -> Option<(usize, usize)> {
        let from = label.span.start().checked_sub(self.start)?;
        let to = label.span.end().checked_sub(self.start)?;
        (from < to && to <= self.text.len() && is_ascii(&label.text)).then_some((from, to))
    }

    /// Returns the line for one label.
    fn one(&self, label: &Label) -> Option<Marked<'t>> {
        self.under(label, "^")
    }

    fn under(&self, label: &Label, mark: &str) -> Option<Marked<'t>> {
        let (from, to) = self.columns(label)?;
        let marks = format!("{}{}", " ".repeat(from), mark.repeat(to - from));
        Some(self.marked(vec![with_text(marks, &label.text)]))
    }

    /// Returns the lines for two labels that stand in two lines, with others between these.
    fn apart(&self, file: &'t File, label: &Label, other: &Label) -> Option<Vec<Marked<'t>>> {
        let line = Self::at(file, other).filter(|_| label.file == other.file)?;
        let between = self.number.abs_diff(line.number);
        if !(APART_MIN..LINES_MAX).contains(&between) {
            return None;
        }
        let (own, other) = (self.one(label)?, line.under(other, "-")?);
        Some(if self.number < line.number {
            vec![own, other]
        } else {
            vec![other, own]
        })
    }

    /// Returns the line for two labels of it, of which only the second has a text.
    fn two(&self, label: &Label, other: &Label) -> Option<Marked<'t>> {
        if label.file != other.file || !label.text.is_empty() || other.text.is_empty() {
            return None;
        }
        let ((from, to), (first, last)) = (self.columns(label)?, self.columns(other)?);
        let (marks, dashes) = ("^".repeat(to - from), "-".repeat(last - first));
        if to < first {
            let (before, between) = (" ".repeat(from), " ".repeat(first - to));
            let marks = format!("{before}{marks}{between}{dashes}");
            return Some(self.marked(vec![with_text(marks, &other.text)]));
        }
        if last < from && from < last + other.text.len() + 2 {
            // The text has no room beside its mark, and stands below it.
            let (before, between) = (" ".repeat(first), " ".repeat(from - last));
            return Some(self.marked(vec![
                format!("{before}{dashes}{between}{marks}"),
                format!("{before}|"),
                format!("{before}{}", other.text),
            ]));
        }
        None
    }
}

fn with_text(mut marks: String, text: &str) -> String {
    if !text.is_empty() {
        marks.push(' ');
        marks.push_str(text);
    }
    marks
}

#[cfg(test)]
mod tests {
    use annotate_snippets::Renderer;
    use annotate_snippets::renderer::DecorStyle;

    use super::*;
    use crate::diag::{Code, Span};

    fn written(found: &Diagnostic, files: &Files) -> Option<String> {
        let mut report = String::new();
        let is_written = write(found, files, &mut report).is_some();
        assert!(is_written || report.is_empty(), "{report}");
        is_written.then_some(report)
    }

    #[test]
    fn what_is_written_at_once_is_what_the_renderer_writes() {
        let renderer = Renderer::plain().decor_style(DecorStyle::Ascii);
        let lines = [
            "a",
            "    when: 5xx > 10%",
            "",
            "  x  ",
            &"y".repeat(LINE_CHARS_MAX),
            &format!("{}z", " ".repeat(BLANKS_MAX)),
        ];
        let mut compared = 0;
        for before in [0, 8, 9, 99, 12_345] {
            for line in lines {
                let mut files = Files::default();
                let head = "#\n".repeat(before);
                files.add("some/rules.yaml", format!("{head}{line}\nlast"));
                for from in 0..=line.len() {
                    for to in from..=line.len() {
                        if 3 < from && to % 5 != 0 {
                            continue;
                        }
                        let span = Span::new(head.len() + from, head.len() + to);
                        let plain = Diagnostic::new(Code::Slow, span, "a message, and more");
                        let labelled = plain.clone().label("here");
                        let helped = labelled.clone().help("write `x`, or …");
                        for found in [plain.clone().help("do it"), plain, labelled, helped] {
                            let group = super::super::draw(&found, &files);
                            let Some(text) = written(&found, &files) else {
                                continue;
                            };
                            assert_eq!(text, renderer.render(&[group]));
                            compared += 1;
                        }
                    }
                }
            }
        }
        assert!(1_000 < compared, "only {compared} were compared");
    }

    #[test]
    fn two_places_of_one_line_are_what_the_renderer_writes() {
        let renderer = Renderer::plain().decor_style(DecorStyle::Ascii);
        let line = "    when: 5xx > 10% and 2xx < 90% for 3m";
        let mut files = Files::default();
        files.add("rules.yaml", format!("rules:\n{line}\nlast"));
        let spans: Vec<Span> = (0..=line.len())
            .step_by(3)
            .flat_map(|from| [0, 1, 2, 7, 30].map(|length| Span::new(7 + from, 7 + from + length)))
            .filter(|span| span.end() <= 7 + line.len())
            .collect();
        let mut compared = 0;
        for span in &spans {
            for other in &spans {
                for text in [
                    "",
                    "x",
                    "this says it already, and more than that to the end",
                ] {
                    let found = Diagnostic::new(Code::Slow, *span, "a message").also(*other, text);
                    let found = found.help("write …");
                    if let Some(text) = written(&found, &files) {
                        let group = super::super::draw(&found, &files);
                        assert_eq!(text, renderer.render(&[group]));
                        compared += 1;
                    }
                }
            }
        }
        assert!(1_000 < compared, "only {compared} were compared");
    }

    #[test]
    fn places_of_two_lines_are_what_the_renderer_writes() {
        let renderer = Renderer::plain().decor_style(DecorStyle::Ascii);
        let mut compared = 0;
        for before in [0, 7, 8, 9, 95, 98, 99] {
            for between in [0, 1, 2, 3, 8, LINES_MAX - 2, LINES_MAX - 1, LINES_MAX] {
                let (head, middle) = ("#\n".repeat(before), "  x\n".repeat(between));
                let text = format!("{head}  when: 5xx > 1%\n{middle}  when: 4xx > 10%\nlast");
                let mut files = Files::default();
                files.add("rules.yaml", text.as_str());
                let at = |piece: &str| text.find(piece).unwrap();
                let (first, last) = (at("5xx"), at("4xx"));
                let (first, last) = (Span::new(first, first + 8), Span::new(last, last + 9));
                for (span, other) in [(first, last), (last, first)] {
                    for (label, text) in [("", "`a`"), ("x", "y"), ("x", ""), ("", "")] {
                        let found = Diagnostic::new(Code::Slow, span, "a message").label(label);
                        let found = found.also(other, text).help("do it");
                        if let Some(text) = written(&found, &files) {
                            let group = super::super::draw(&found, &files);
                            assert_eq!(text, renderer.render(&[group]));
                            compared += 1;
                        }
                    }
                }
            }
        }
        assert!(200 < compared, "only {compared} were compared");
    }

    #[test]
    fn lines_are_shown_alike_however_they_end() {
        let text = "rules:\n  when: 5xx >\n    10%\nlast";
        let whens = |text: &str| {
            let mut files = Files::default();
            files.add("rules.yaml", text);
            let at = |piece: &str| text.find(piece).unwrap();
            let end = at("10%") + 3;
            let spans = [
                Span::new(at("5xx"), at("5xx") + 5),
                Span::new(at("5xx"), end),
                Span::new(at("10%"), end),
            ];
            spans.map(|span| {
                let found = Diagnostic::new(Code::Slow, span, "a message");
                crate::diag::human::render(&[found], &files, crate::diag::human::Colour::Never)
            })
        };
        assert_eq!(whens(&text.replace('\n', "\r\n")), whens(text));
    }

    #[test]
    fn what_the_renderer_would_cut_is_left_to_it() {
        let mut files = Files::default();
        let long = "y".repeat(LINE_CHARS_MAX + 1);
        let deep = format!("{}z", " ".repeat(BLANKS_MAX + 1));
        files.add("rules.yaml", format!("{long}\n{deep}"));
        for at in [0, long.len() + 1 + BLANKS_MAX + 1] {
            let found = Diagnostic::new(Code::Slow, Span::new(at, at + 1), "a message");
            assert_eq!(written(&found, &files), None);
        }
    }
}
