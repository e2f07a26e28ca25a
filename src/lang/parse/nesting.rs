//! How deep a text nests, and whether its parentheses match: found before anything recurses.

use super::draft::Edit;
use super::token::{Fault, Shape, Token};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::NODES_MAX;

/// How deep parentheses, windows, `not` and unary `-` may nest. A person loses count long before,
/// and the parser's stack is safe.
pub(crate) const DEPTH_MAX: u32 = 64;

/// How many operators `+ - * /` a text may have. Each step of a chain is a node of its own, so a
/// longer chain is no rule; and what walks trees need not go deeper.
const OPERATORS_MAX: usize = NODES_MAX;

/// Returns the fault of a text that nests too deep, which is not read any further.
pub(super) fn too_deep(text: &str, tokens: &[Token]) -> Option<Diagnostic> {
    // Nothing nests deeper than there are words: most conditions end here.
    if tokens.len() <= DEPTH_MAX as usize {
        return None;
    }
    let is_operator = |token: &&Token| {
        token.shape == Shape::Sign && matches!(token.text(text), "+" | "-" | "*" | "/")
    };
    let mut depth = Depth::default();
    for (i, token) in tokens.iter().enumerate() {
        let before = || Some(tokens[i.checked_sub(1)?].text(text));
        if depth.after(token.text(text), token.shape, before) > DEPTH_MAX {
            return Some(limit(token.span));
        }
    }
    if tokens.len() <= OPERATORS_MAX {
        return None;
    }
    let beyond = tokens.iter().filter(is_operator).nth(OPERATORS_MAX)?;
    let message = format!("more than {OPERATORS_MAX} values are joined here");
    let fault = Diagnostic::new(Code::Limit, beyond.span, message);
    Some(fault.help("take parts of it out into names (`let:`)"))
}

/// Returns the fault of a part that nests too deep.
pub(crate) fn limit(span: Span) -> Diagnostic {
    let message = format!("the expression nests more than {DEPTH_MAX} deep");
    Diagnostic::new(Code::Limit, span, message).help("take parts of it out into names (`let:`)")
}

/// How deep the reading is.
#[derive(Default)]
struct Depth {
    /// What each open parenthesis adds, and the prefixes that stood before it.
    open: Vec<(u32, u32, u32)>,
    below: u32,
    nots: u32,
    minuses: u32,
}

impl Depth {
    /// Takes in a token and returns how deep it stands.
    fn after<'t>(
        &mut self,
        token: &str,
        shape: Shape,
        before: impl Fn() -> Option<&'t str>,
    ) -> u32 {
        match token {
            "(" => {
                // The parentheses of `requests(…)` hold codes, which cannot nest.
                let own = u32::from(before() != Some("requests"));
                self.open.push((own, self.nots, self.minuses));
                self.below += own + self.nots + self.minuses;
                (self.nots, self.minuses) = (0, 0);
            }
            ")" => {
                if let Some((own, nots, minuses)) = self.open.pop() {
                    self.below -= own + nots + minuses;
                    (self.nots, self.minuses) = (nots, 0);
                }
            }
            "not" => self.nots += 1,
            "-" if !before().is_some_and(ends_operand) => self.minuses += 1,
            "and" | "or" | "given" | "for" | "until" => (self.nots, self.minuses) = (0, 0),
            _ if shape != Shape::Sign => self.minuses = 0,
            _ => {}
        }
        self.below + self.nots + self.minuses
    }
}

/// Whether a `-` behind this token is between two operands.
fn ends_operand(token: &str) -> bool {
    let is_joint = matches!(
        token,
        "and" | "or" | "not" | "given" | "for" | "until" | "over" | "of" | "offset" | "on" | "no"
    );
    !is_joint && token.ends_with(|c: char| c == ')' || c == '%' || c == '_' || c.is_alphanumeric())
}

/// Returns the fault of the first parenthesis that has no partner.
pub(super) fn unmatched(text: &str, tokens: &[Token]) -> Option<Fault> {
    let mut open: Vec<&Token> = Vec::new();
    for token in tokens {
        match token.text(text) {
            "(" => open.push(token),
            ")" if open.pop().is_none() => {
                let message = "nothing is open that this parenthesis could close";
                return Some(Fault::remove(token.span, message, "leave out the `)`"));
            }
            _ => {}
        }
    }
    let first = open.pop()?;
    let end = tokens.last().map_or(0, |token| token.span.end());
    let message = "the parenthesis is not closed";
    let diagnostic = Diagnostic::new(Code::Syntax, first.span, message)
        .help("write `)` where what it holds ends");
    Some(Fault {
        diagnostic,
        mend: Edit::insert(end, ")"),
    })
}
