//! The canonical form of an expression with its comments and line breaks where they were.
//!
//! The tokens that are written are exactly those of the printed tree, so that nothing can
//! change its meaning. They are aligned with the tokens as they were written, and whatever
//! stood between two of these with a line break in it stands there again.

use std::collections::VecDeque;

use super::ast::{Expr, When};
use super::parse::{Shape, Token, lex, parse_expr, parse_when};
use super::print::Number;
use crate::diag::Diagnostic;
use crate::unit::{Decimal, Minutes};

/// Returns a whole `when:` in its canonical form, without blanks around it.
///
/// # Errors
///
/// The faults of the text.
pub fn format_when(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (when, faults) = parse_when(text.trim());
    canonical(text, when.map(|when: When| when.to_string()), faults)
}

/// Returns a condition or a value in its canonical form, without blanks around it.
///
/// # Errors
///
/// The faults of the text.
pub fn format_expr(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (expr, faults) = parse_expr(text.trim());
    canonical(text, expr.map(|expr: Expr| expr.to_string()), faults)
}

/// Returns the tokens of a text: two texts with the same ones say the same.
pub(crate) fn tokens_of(text: &str) -> Vec<&str> {
    let tokens = lex(text).tokens;
    tokens.iter().map(|token| token.text(text)).collect()
}

fn canonical(
    text: &str,
    printed: Option<String>,
    faults: Vec<Diagnostic>,
) -> Result<String, Vec<Diagnostic>> {
    match printed {
        Some(printed) if faults.is_empty() => Ok(lay_out(text.trim(), &printed)),
        _ => Err(faults),
    }
}

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A written token is a printed one.
    Keep,
    /// A written token is not printed.
    Drop,
    /// A printed token was not written.
    Add,
}

/// Writes the tokens of `printed` with the comments and line breaks of `text`.
fn lay_out(text: &str, printed: &str) -> String {
    let (written, wanted) = (lex(text).tokens, lex(printed).tokens);
    let steps = align(&names(text, &written), &names(printed, &wanted));
    let mut page = Page::default();
    let (mut from, mut next) = (0, 0);
    // Where a parenthesis is added before a token, it stands behind what stood before that.
    let mut opening: VecDeque<usize> = VecDeque::new();
    for step in steps {
        if step == Step::Add {
            if wanted[next].text(printed) == "(" {
                opening.push_back(next);
            } else {
                page.token(printed, &wanted, next, "");
            }
            next += 1;
            continue;
        }
        let token = written[from];
        page.pass(
            &text[if from == 0 {
                0
            } else {
                written[from - 1].span.end()
            }..token.span.start()],
        );
        from += 1;
        if step == Step::Keep {
            let gap = std::mem::take(&mut page.passed);
            let mut gap = gap.as_str();
            for place in opening.drain(..) {
                page.token(printed, &wanted, place, gap);
                gap = "";
            }
            page.token(printed, &wanted, next, gap);
            next += 1;
        }
    }
    let end = written.last().map_or(0, |token| token.span.end());
    page.pass(&text[end..]);
    let rest = page.passed.trim_end();
    page.text + rest
}

/// What is written so far.
#[derive(Default)]
struct Page {
    text: String,
    /// What stood between the last token that was kept and the next.
    passed: String,
}

impl Page {
    /// Writes a printed token behind a gap; one without a line break is as it is printed.
    fn token(&mut self, printed: &str, wanted: &[Token], place: usize, gap: &str) {
        // Nothing is broken before the first token; a comment there stays.
        let gap = if place == 0 { gap.trim_start() } else { gap };
        if gap.contains('\n') {
            self.text.push_str(gap);
        } else if let Some(before) = place.checked_sub(1) {
            let blank = wanted[before].span.end()..wanted[place].span.start();
            self.text.push_str(&printed[blank]);
        }
        self.text.push_str(wanted[place].text(printed));
    }

    /// Takes in what stands before a token. A line on which only dropped tokens stood goes.
    fn pass(&mut self, gap: &str) {
        let last_line = self.passed.rfind('\n').map(|at| at + 1);
        let own_line = last_line.filter(|at| self.passed[*at..].trim().is_empty());
        let rest = match (own_line, gap.split_once('\n')) {
            (Some(line), Some((head, tail))) if head.trim().is_empty() => {
                self.passed.truncate(line);
                tail
            }
            _ => gap,
        };
        self.passed.push_str(rest);
        self.passed = without_ends(&self.passed);
    }
}

/// Returns a gap without the blanks at the ends of its lines.
fn without_ends(gap: &str) -> String {
    let mut lines: Vec<&str> = gap.split('\n').collect();
    let last = lines.pop().unwrap_or_default();
    let mut text = String::with_capacity(gap.len());
    for line in lines {
        text.push_str(line.trim_end());
        text.push_str(if line.ends_with('\r') { "\r\n" } else { "\n" });
    }
    text + last
}

/// Returns the tokens in canonical form, each by itself.
fn names(text: &str, tokens: &[Token]) -> Vec<String> {
    let name = |token: &Token| {
        let written = token.text(text);
        let canonical = match token.shape {
            Shape::Class => Some(written.to_ascii_lowercase()),
            Shape::Duration => written.parse().ok().map(|m: Minutes| m.to_string()),
            Shape::Number => written.parse().ok().map(|d: Decimal| Number(d).to_string()),
            Shape::Proportion => {
                let value = written.trim_end_matches('%').parse().ok();
                value.map(|value: Decimal| format!("{value}%"))
            }
            Shape::Integer => written.parse().ok().map(|d: Decimal| d.to_string()),
            Shape::Word | Shape::Sign => None,
        };
        canonical.unwrap_or_else(|| written.to_owned())
    };
    tokens.iter().map(name).collect()
}

/// Returns the steps from one list to the other that keep the most.
fn align(written: &[String], wanted: &[String]) -> Vec<Step> {
    let pairs = written.iter().zip(wanted);
    let head = pairs.take_while(|(a, b)| a == b).count();
    let (written, wanted) = (&written[head..], &wanted[head..]);
    let pairs = written.iter().rev().zip(wanted.iter().rev());
    let tail = pairs.take_while(|(a, b)| a == b).count();
    let written = &written[..written.len() - tail];
    let wanted = &wanted[..wanted.len() - tail];
    // How many can be kept from each pair of places on: an expression has at most 4096 bytes.
    let width = wanted.len() + 1;
    let mut kept = vec![0_u16; (written.len() + 1) * width];
    for i in (0..written.len()).rev() {
        for j in (0..wanted.len()).rev() {
            kept[i * width + j] = if written[i] == wanted[j] {
                kept[(i + 1) * width + j + 1] + 1
            } else {
                kept[(i + 1) * width + j].max(kept[i * width + j + 1])
            };
        }
    }
    let mut steps = vec![Step::Keep; head];
    let (mut i, mut j) = (0, 0);
    while i < written.len() || j < wanted.len() {
        let step = if i == written.len() {
            Step::Add
        } else if j == wanted.len() {
            Step::Drop
        } else if written[i] == wanted[j] {
            Step::Keep
        } else if kept[(i + 1) * width + j] >= kept[i * width + j + 1] {
            Step::Drop
        } else {
            Step::Add
        };
        i += usize::from(step != Step::Add);
        j += usize::from(step != Step::Drop);
        steps.push(step);
    }
    steps.resize(steps.len() + tail, Step::Keep);
    steps
}
