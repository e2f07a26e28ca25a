//! From tokens to the tree: conditions. The parts below `offset` are read in `atom`, the smallest
//! in `values`.
//!
//! Each function here reads one production of `grammar/condition.pest`, and one token ahead tells
//! it which way to go. So nothing is read twice, and the token that has no way is the mistake.

use super::draft::Draft;
use super::token::{Shape, Token};
use super::wanted::{Want, Wanted};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::lang::ast::{Expr, Hold, Kind, Operator, When};

/// The text cannot be read on: the [`Descent`] stands at the token that has no way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// What is read, unless the text is refused.
pub(super) type Read<T> = Result<T, Refused>;

/// Reads a text from its first token to its last, and notes what is wrong with its values.
pub(super) struct Descent<'a> {
    draft: &'a Draft<'a>,
    tokens: &'a [Token],
    /// The token that is read next.
    pub(super) at: usize,
    /// What could have stood at that token, as far as was asked.
    pub(super) wanted: Wanted,
    pub(super) faults: Vec<Diagnostic>,
}

/// What joins conditions.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    Or,
    And,
}

/// Some conditions in a row.
struct Row {
    expr: Expr,
    /// Whether there are several, without parentheses around them.
    is_open: bool,
}

impl<'a> Descent<'a> {
    pub(super) fn new(draft: &'a Draft<'a>, tokens: &'a [Token]) -> Self {
        Self {
            draft,
            tokens,
            at: 0,
            wanted: Wanted::default(),
            faults: Vec::new(),
        }
    }

    /// Reads a whole `when:`.
    pub(super) fn when(&mut self) -> Read<When> {
        let condition = self.condition()?;
        let until = match self.takes("until", Want::Until) {
            Some(_) => Some(self.condition()?),
            None => None,
        };
        let fleet = match self.takes("on", Want::On) {
            Some(_) => Some(self.fleet()?),
            None => None,
        };
        self.end()?;
        Ok(When {
            condition,
            until,
            fleet,
        })
    }

    /// Reads a condition or a value by itself.
    pub(super) fn alone(&mut self) -> Read<Expr> {
        let expr = self.condition()?;
        self.end()?;
        Ok(expr)
    }

    pub(super) fn condition(&mut self) -> Read<Expr> {
        let first = self.at;
        let of = self.row(Joint::Or)?;
        let guard = match self.takes("given", Want::Given) {
            Some(word) => Some((self.row(Joint::Or)?, word)),
            None => None,
        };
        let hold = match self.takes("for", Want::For) {
            Some(word) => Some((self.hold()?, word)),
            None => None,
        };
        if guard.is_none() && hold.is_none() {
            return Ok(of.expr);
        }
        Ok(self.held(of, guard, hold, self.since(first)))
    }

    /// Puts a guard and a hold around a row, which may be about the whole row or its last part.
    fn held(
        &mut self,
        of: Row,
        guard: Option<(Row, Span)>,
        hold: Option<(Hold, Span)>,
        span: Span,
    ) -> Expr {
        let close = |mut of: Expr, guard: Option<Expr>| {
            if let Some(guard) = guard {
                of = spanned(Kind::Given(Box::new(of), Box::new(guard)), span);
            }
            match hold {
                Some((hold, _)) => spanned(Kind::For(Box::new(of), hold), span),
                None => of,
            }
        };
        match (&guard, hold) {
            (Some((guard, _)), Some((_, word))) if guard.is_open => {
                let (of, guard) = (of.expr.clone(), guard.expr.clone());
                let whole = close(of.clone(), Some(guard.clone()));
                let part = close(beside_guard(of, guard), None);
                self.faults.push(two_readings("for", word, &part, &whole));
            }
            (Some((_, word)), _) if of.is_open => {
                let guard = guard.as_ref().map(|(guard, _)| guard.expr.clone());
                let whole = close(of.expr.clone(), guard.clone());
                let part = with_last(of.expr.clone(), |last| close(last, guard));
                self.faults
                    .push(two_readings("given", *word, &whole, &part));
            }
            (None, Some((_, word))) if of.is_open => {
                let whole = close(of.expr.clone(), None);
                let part = with_last(of.expr.clone(), |last| close(last, None));
                self.faults.push(two_readings("for", word, &whole, &part));
            }
            _ => {}
        }
        close(of.expr, guard.map(|(guard, _)| guard.expr))
    }

    /// `a or b or c`, `a and b and c`: what is joined alike in parentheses joins in.
    fn row(&mut self, joint: Joint) -> Read<Row> {
        let first = self.at;
        let (word, want) = match joint {
            Joint::Or => ("or", Want::Or),
            Joint::And => ("and", Want::And),
        };
        let expr = self.member(joint)?;
        if self.takes(word, want).is_none() {
            let is_open = false;
            return Ok(Row { expr, is_open });
        }
        let mut parts = Vec::new();
        joint.join(&mut parts, expr);
        loop {
            let expr = self.member(joint)?;
            joint.join(&mut parts, expr);
            if self.takes(word, want).is_none() {
                break;
            }
        }
        let span = self.since(first);
        if joint == Joint::Or {
            parts = self.codes_by_or(parts);
            if parts.len() == 1
                && let Some(expr) = parts.pop()
            {
                let is_open = false;
                return Ok(Row { expr, is_open });
            }
        }
        let kind = match joint {
            Joint::Or => Kind::Or(parts),
            Joint::And => Kind::And(parts),
        };
        Ok(Row {
            expr: spanned(kind, span),
            is_open: true,
        })
    }

    fn member(&mut self, joint: Joint) -> Read<Expr> {
        match joint {
            Joint::Or => self.row(Joint::And).map(|row| row.expr),
            Joint::And => self.negation(),
        }
    }

    fn negation(&mut self) -> Read<Expr> {
        let first = self.at;
        if self.takes("not", Want::Value).is_none() {
            return self.comparison();
        }
        let of = Box::new(self.negation()?);
        Ok(spanned(Kind::Not(of), self.since(first)))
    }

    fn comparison(&mut self) -> Read<Expr> {
        let first = self.at;
        let left = self.sum()?;
        let Some(comparator) = self.comparator() else {
            return Ok(left);
        };
        let right = self.sum()?;
        let kind = Kind::Comparison(comparator, Box::new(left), Box::new(right));
        Ok(spanned(kind, self.since(first)))
    }

    pub(super) fn sum(&mut self) -> Read<Expr> {
        const OPERATORS: [(&str, Operator); 2] = [("+", Operator::Add), ("-", Operator::Subtract)];
        self.chain(Self::product, OPERATORS)
    }

    fn product(&mut self) -> Read<Expr> {
        const OPERATORS: [(&str, Operator); 2] =
            [("*", Operator::Multiply), ("/", Operator::Divide)];
        self.chain(Self::unary, OPERATORS)
    }

    /// A chain such as `a + b - c` leans to the left.
    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Read<Expr>,
        operators: [(&str, Operator); 2],
    ) -> Read<Expr> {
        let mut left = operand(self)?;
        loop {
            let found = operators
                .into_iter()
                .find(|(sign, _)| self.takes(sign, Want::Operator).is_some());
            let Some((_, operator)) = found else {
                return Ok(left);
            };
            let right = operand(self)?;
            let span = left.span.to(right.span);
            let kind = Kind::Arithmetic(operator, Box::new(left), Box::new(right));
            left = spanned(kind, span);
        }
    }

    fn unary(&mut self) -> Read<Expr> {
        let first = self.at;
        if self.takes("-", Want::Value).is_none() {
            return self.shifted();
        }
        let of = Box::new(self.unary()?);
        Ok(spanned(Kind::Negative(of), self.since(first)))
    }

    fn shifted(&mut self) -> Read<Expr> {
        let first = self.at;
        let of = self.atom()?;
        let Some(by) = self.shift()? else {
            return Ok(of);
        };
        Ok(spanned(Kind::Offset(Box::new(of), by), self.since(first)))
    }

    /// Returns the text of the next token; empty at the end.
    pub(super) fn word(&self) -> &'a str {
        let token = self.tokens.get(self.at);
        token.map_or("", |token| token.text(&self.draft.text))
    }

    /// Returns what the next token is.
    pub(super) fn shape(&self) -> Option<Shape> {
        self.tokens.get(self.at).map(|token| token.shape)
    }

    /// Takes the next token, whatever it is.
    pub(super) fn take(&mut self) {
        self.at += 1;
        self.wanted = Wanted::default();
    }

    /// Takes the next token and returns its place, if it is this word or sign; if not, this one
    /// could have stood there.
    pub(super) fn takes(&mut self, word: &str, want: Want) -> Option<Span> {
        if self.word() != word {
            self.wanted.note(want);
            return None;
        }
        self.take();
        Some(self.since(self.at - 1))
    }

    /// Takes the next token, which must be this word or sign.
    pub(super) fn must(&mut self, word: &str, want: Want) -> Read<()> {
        self.takes(word, want).map(|_| ()).ok_or(Refused)
    }

    /// Refuses the next token.
    pub(super) fn refuse<T>(&mut self, want: Want) -> Read<T> {
        self.wanted.note(want);
        Err(Refused)
    }

    fn end(&mut self) -> Read<()> {
        if self.at < self.tokens.len() {
            return self.refuse(Want::End);
        }
        Ok(())
    }

    /// Returns the place in the written text from one token up to the last that was taken.
    pub(super) fn since(&self, first: usize) -> Span {
        let start = self.tokens.get(first).map_or(0, |token| token.span.start());
        let last = self.tokens.get(self.at.saturating_sub(1));
        let end = last.map_or(start, |token| token.span.end());
        self.draft.place(Span::new(start, end))
    }
}

impl Joint {
    /// Puts a condition at the end of a row, or its parts if it is joined in the same way.
    fn join(self, row: &mut Vec<Expr>, expr: Expr) {
        match (self, expr.value) {
            (Self::Or, Kind::Or(parts)) | (Self::And, Kind::And(parts)) => row.extend(parts),
            (_, value) => row.push(spanned(value, expr.span)),
        }
    }
}

pub(super) fn spanned(value: Kind, span: Span) -> Expr {
    Spanned { value, span }
}

fn with_last(mut expr: Expr, change: impl FnOnce(Expr) -> Expr) -> Expr {
    if let Kind::Or(parts) = &mut expr.value
        && let Some(last) = parts.pop()
    {
        parts.push(change(last));
    }
    expr
}

/// Returns `(a given g) or b` for `a given g or b`: few mean `or b` as a part of the guard.
fn beside_guard(of: Expr, guard: Expr) -> Expr {
    let span = of.span.to(guard.span);
    let given = |guard: Expr| {
        let span = of.span.to(guard.span);
        spanned(Kind::Given(Box::new(of), Box::new(guard)), span)
    };
    match guard.value {
        Kind::Or(mut sides) if 1 < sides.len() => {
            let first = sides.remove(0);
            sides.insert(0, given(first));
            spanned(Kind::Or(sides), span)
        }
        _ => given(guard),
    }
}

fn two_readings(word: &str, place: Span, whole: &Expr, part: &Expr) -> Diagnostic {
    let message = format!("after an `or`, parentheses must say what `{word}` is about");
    Diagnostic::new(Code::Syntax, place, message).help(format!("write `{whole}`, or `{part}`"))
}
