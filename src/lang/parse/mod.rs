//! From text to tree.
//!
//! A pass over the tokens finds what is none and checks the limits; then a recursive descent reads
//! them by the productions of `grammar/condition.pest`. Where it refuses a token, the mistake is
//! named in the language's own words. A mistake whose mend is plain is mended in a copy of the
//! text and reading goes on, so that one run tells all of them.
//!
//! The grammar itself is run by the tests alone, which hold the descent to it: a parser that is
//! made of it takes many times as long.

mod atom;
mod character;
mod chinese;
mod class;
mod datadog;
mod descent;
mod draft;
mod elsewhere;
#[cfg(test)]
mod grammar_tests;
#[cfg(test)]
mod mend_tests;
mod mistake;
pub(super) mod nesting;
mod next;
mod numeral;
mod promql;
mod sign;
mod token;
mod values;
mod wanted;

use self::descent::{Descent, Read};
use self::draft::Draft;
pub use self::next::{Form, may_follow};
use self::token::{Fault, Lexed};
pub(super) use self::token::{Shape, Token, lex};
use super::ast::{Expr, When};
use super::clip::clip;
use crate::diag::{Code, Diagnostic, Span};

/// How many bytes an expression may have. The longest that people write have some hundred, and
/// what is read in one step must be short.
pub const EXPRESSION_MAX: usize = 4096;

/// How often a text is mended and read again: more mistakes than these nobody reads at once.
const ROUNDS_MAX: usize = 12;

/// How many faults of single tokens are told.
const FAULTS_MAX: usize = 12;

/// Reads a whole `when:` of one severity; what is given with errors is only fit for more checks.
///
/// The place of a part in parentheses includes them.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime, and any is asked for"
)]
pub fn parse_when(text: &str) -> (Option<When>, Vec<Diagnostic>) {
    read(text, Form::When, |descent| descent.when())
}

/// Reads a condition or a value, as `let:` and `eval` take it.
///
/// The place of a part in parentheses includes them.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime, and any is asked for"
)]
pub fn parse_expr(text: &str) -> (Option<Expr>, Vec<Diagnostic>) {
    read(text, Form::Alone, |descent| descent.alone())
}

fn read<T>(
    text: &str,
    whole: Form,
    production: fn(&mut Descent<'_>) -> Read<T>,
) -> (Option<T>, Vec<Diagnostic>) {
    if text.len() > EXPRESSION_MAX {
        let message = format!("the expression is longer than {EXPRESSION_MAX} bytes");
        let fault = Diagnostic::new(Code::Limit, Span::new(0, text.len()), message);
        return (
            None,
            vec![fault.help("take parts of it out into names (`let:`)")],
        );
    }
    let mut draft = Draft::new(text);
    let mut told = Vec::new();
    let mut found = None;
    for _ in 0..ROUNDS_MAX {
        if !told.is_empty() && draft.text.trim().is_empty() {
            // What stood there is told.
            break;
        }
        let outcome = once(&draft, whole, production);
        if !matches!(outcome, Outcome::Read(..))
            && let Some(fault) = promql::find(text).or_else(|| datadog::find(text))
        {
            return (None, vec![clip(fault)]);
        }
        match outcome {
            Outcome::Read(value, faults) => {
                found = Some(value).filter(|_| !draft.is_guessed());
                told.extend(faults);
                break;
            }
            Outcome::Mended(faults) => {
                let faults: Vec<Fault> = faults.into_iter().take(FAULTS_MAX).collect();
                let place = |fault: &Fault| {
                    let file = fault.diagnostic.primary.file;
                    let diagnostic = fault.diagnostic.clone();
                    let placed = diagnostic.relocate(file, |span| draft.place(span));
                    match draft.fix(&fault.mend) {
                        Some((span, text)) => placed.fix(span, text),
                        None => placed,
                    }
                };
                let fresh: Vec<Diagnostic> = faults
                    .iter()
                    .map(place)
                    .filter(|fault| !told.contains(fault))
                    .collect();
                if fresh.is_empty() {
                    break;
                }
                told.extend(fresh);
                draft.apply(faults.into_iter().map(|fault| fault.mend).collect());
            }
            Outcome::Refused(fault) => {
                let file = fault.primary.file;
                told.push(fault.relocate(file, |span| draft.place(span)));
                break;
            }
        }
        if draft.text.len() > 2 * EXPRESSION_MAX {
            break;
        }
    }
    let told = without_commas(text, told);
    (found, told.into_iter().map(clip).collect())
}

/// Returns faults by place, without those of full-width commas that are told for what they join.
fn without_commas(text: &str, mut told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    told.sort_by_key(|fault| fault.primary.span);
    let is_comma = |span: Span| matches!(text.get(span.range()), Some("，" | "、"));
    let is_within =
        |inner: Span, outer: Span| outer.start() <= inner.start() && inner.end() <= outer.end();
    let mut seen = Vec::new();
    let places: Vec<Span> = told.iter().map(|fault| fault.primary.span).collect();
    for (at, place) in places.iter().enumerate() {
        let mut others = places.iter().enumerate().filter(|(other, _)| *other != at);
        let is_told = others.any(|(_, other)| is_within(*place, *other));
        seen.push(is_comma(*place) && is_told && told[at].message.contains("full-width"));
    }
    let mut seen = seen.into_iter();
    told.retain(|_| !seen.next().unwrap_or_default());
    told
}

/// What one reading of the draft gives.
enum Outcome<T> {
    /// All of it, with faults in places of the written text.
    Read(T, Vec<Diagnostic>),
    /// Mistakes that can be mended, in places of the draft.
    Mended(Vec<Fault>),
    /// A mistake behind which nothing can be told, in places of the draft.
    Refused(Diagnostic),
}

fn once<T>(
    draft: &Draft<'_>,
    whole: Form,
    production: fn(&mut Descent<'_>) -> Read<T>,
) -> Outcome<T> {
    let text = draft.text.as_ref();
    let Lexed { tokens, faults } = token::lex(text);
    if !faults.is_empty() {
        return Outcome::Mended(faults);
    }
    if let Some(fault) = nesting::too_deep(text, &tokens) {
        return Outcome::Refused(fault);
    }
    let mut descent = Descent::new(draft, &tokens);
    match production(&mut descent) {
        Ok(value) => Outcome::Read(value, descent.faults),
        Err(_) => match mistake::explain(whole, text, &tokens, (descent.at, descent.wanted)) {
            (diagnostic, Some(mend)) => Outcome::Mended(vec![Fault { diagnostic, mend }]),
            (diagnostic, None) => Outcome::Refused(diagnostic),
        },
    }
}
