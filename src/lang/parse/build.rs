//! From what the grammar accepted to the tree. Its smallest parts are read in `values`.

use pest::iterators::{Pair, Pairs};

use super::draft::Draft;
use super::grammar::Rule;
use super::token::Token;
use super::values::{aggregate, comparator, duration, proportion};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::lang::ast::{Codes, Expr, Kind, Operator, When};

/// Builds trees, and notes what is wrong with their values.
///
/// `None` stands for pairs that the grammar cannot give.
pub(super) struct Builder<'a> {
    pub(super) draft: &'a Draft,
    pub(super) tokens: &'a [Token],
    pub(super) faults: Vec<Diagnostic>,
}

impl Builder<'_> {
    /// Builds a whole `when:` from the pairs of [`Rule::whole`].
    pub(super) fn when(&mut self, pairs: Pairs<'_, Rule>) -> Option<When> {
        let (mut conditions, mut fleet) = (Vec::new(), None);
        for pair in pairs {
            match pair.as_rule() {
                Rule::condition => conditions.push(self.expr(pair)?),
                Rule::fleet => fleet = Some(self.fleet(pair)?),
                _ => {}
            }
        }
        let mut conditions = conditions.into_iter();
        Some(When {
            condition: conditions.next()?,
            until: conditions.next(),
            fleet,
        })
    }

    /// Builds any part of an expression.
    pub(super) fn expr(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let pair = innermost(pair);
        let span = self.span(&pair);
        let production = pair.as_rule();
        let kind = match production {
            Rule::condition => return self.condition(pair),
            Rule::any | Rule::all => return self.joined(pair),
            Rule::comparison => {
                let mut inner = pair.into_inner();
                let left = self.expr(inner.next()?)?;
                let comparator = comparator(inner.next()?.as_str())?;
                let right = self.expr(inner.next()?)?;
                Kind::Comparison(comparator, Box::new(left), Box::new(right))
            }
            Rule::sum | Rule::product => return self.arithmetic(pair),
            Rule::negation | Rule::unary => {
                let of = Box::new(self.expr(pair.into_inner().nth(1)?)?);
                let is_not = production == Rule::negation;
                if is_not {
                    Kind::Not(of)
                } else {
                    Kind::Negative(of)
                }
            }
            Rule::shifted => {
                let mut inner = pair.into_inner();
                let of = self.expr(inner.next()?)?;
                Kind::Offset(Box::new(of), duration(inner.next()?.into_inner().nth(1)?)?)
            }
            // What is left of an atom is a condition in parentheses: they are in its place.
            Rule::atom => self.expr(pair.into_inner().nth(1)?)?.value,
            Rule::proportion => Kind::Proportion(proportion(&pair)?),
            Rule::number => Kind::Number(pair.as_str().parse().ok()?),
            Rule::absence => match pair.into_inner().nth(1)?.as_rule() {
                Rule::data_word => Kind::NoData,
                _ => Kind::NoTraffic,
            },
            Rule::requests => match pair.into_inner().nth(2) {
                Some(codes) => Kind::Requests(Some(self.selector(codes)?.value)),
                None => Kind::Requests(None),
            },
            Rule::selector => self.selection(pair)?,
            Rule::window | Rule::share | Rule::burn => return self.window(pair),
            _ => return None,
        };
        Some(Spanned { value: kind, span })
    }

    fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        let first_is_open = is_open_or(&first);
        let of = self.expr(first)?;
        let (mut guard, mut hold) = (None, None);
        let mut guard_is_open = false;
        while let Some(word) = inner.next() {
            let next = inner.next()?;
            if word.as_rule() == Rule::given_word {
                guard_is_open = is_open_or(&next);
                guard = Some((self.expr(next)?, self.span(&word)));
            } else {
                hold = Some((self.hold(next)?, self.span(&word)));
            }
        }
        let close = |mut of: Expr, guard: Option<Expr>| {
            if let Some(guard) = guard {
                of = spanned(Kind::Given(Box::new(of), Box::new(guard)), span);
            }
            match hold {
                Some((hold, _)) => spanned(Kind::For(Box::new(of), hold), span),
                None => of,
            }
        };
        if let Some((_, word)) = hold.filter(|_| guard_is_open) {
            let (guard, _) = guard.clone()?;
            let whole = close(of.clone(), Some(guard.clone()));
            let last = with_last(guard, |last| close(last, None));
            let part = spanned(Kind::Given(Box::new(of.clone()), Box::new(last)), span);
            self.faults.push(two_readings("for", word, &whole, &part));
        } else if first_is_open && (guard.is_some() || hold.is_some()) {
            let (name, word) = match (&guard, hold) {
                (None, Some((_, word))) => ("for", word),
                (Some((_, word)), _) => ("given", *word),
                (None, None) => ("given", span),
            };
            let guard = guard.as_ref().map(|(guard, _)| guard);
            let whole = close(of.clone(), guard.cloned());
            let part = with_last(of.clone(), |last| close(last, guard.cloned()));
            self.faults.push(two_readings(name, word, &whole, &part));
        }
        Some(close(of, guard.map(|(guard, _)| guard)))
    }

    /// `a or b or c`, `a and b and c`: what is joined alike in parentheses joins in.
    fn joined(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        let is_or = pair.as_rule() == Rule::any;
        let mut parts = Vec::new();
        for operand in pair.into_inner().step_by(2) {
            let part = self.expr(operand)?;
            match part.value {
                Kind::Or(more) if is_or => parts.extend(more),
                Kind::And(more) if !is_or => parts.extend(more),
                value => parts.push(spanned(value, part.span)),
            }
        }
        let kind = if is_or {
            Kind::Or(parts)
        } else {
            Kind::And(parts)
        };
        Some(spanned(kind, span))
    }

    /// A chain such as `a + b - c` leans to the left.
    fn arithmetic(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let mut inner = pair.into_inner();
        let mut left = self.expr(inner.next()?)?;
        while let Some(operator) = inner.next() {
            let operator = match operator.as_rule() {
                Rule::plus => Operator::Add,
                Rule::minus => Operator::Subtract,
                Rule::times => Operator::Multiply,
                _ => Operator::Divide,
            };
            let right = self.expr(inner.next()?)?;
            let span = left.span.to(right.span);
            let kind = Kind::Arithmetic(operator, Box::new(left), Box::new(right));
            left = spanned(kind, span);
        }
        Some(left)
    }

    /// `avg(…)`, `share(…)` and `burn(…)`: an `offset` inside is put around.
    fn window(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let span = self.span(&pair);
        let production = pair.as_rule();
        let mut inner = pair.into_inner();
        let function = inner.next()?;
        let argument = inner.nth(1)?;
        let argument_span = self.span(&argument);
        let (mut value, mut selector) = (None, None);
        if production == Rule::window {
            value = Some(self.expr(argument)?);
        } else {
            selector = Some(self.selector(argument)?);
        }
        let over = duration(inner.nth(1)?)?;
        let (mut offset, mut objective) = (None, None);
        for rest in inner {
            match rest.as_rule() {
                Rule::shift => offset = Some(duration(rest.into_inner().nth(1)?)?),
                Rule::proportion => objective = Some(self.objective(&rest)?),
                _ => {}
            }
        }
        let codes = selector.map(|codes| Spanned {
            value: codes.value,
            span: argument_span,
        });
        let kind = match (value, codes, objective) {
            (Some(of), _, _) => Kind::Window {
                aggregate: aggregate(function.as_str())?,
                of: Box::new(of),
                over,
            },
            (None, Some(codes), Some(objective)) => Kind::Burn {
                codes,
                over,
                objective,
            },
            (None, Some(codes), None) => Kind::Share { codes, over },
            (None, None, _) => return None,
        };
        let call = spanned(kind, span);
        Some(match offset {
            Some(offset) => spanned(Kind::Offset(Box::new(call), offset), span),
            None => call,
        })
    }

    /// A selector as a value: a name by itself may be any value.
    fn selection(&mut self, pair: Pair<'_, Rule>) -> Option<Kind> {
        let selector = self.selector(pair)?.value;
        Some(match selector.as_slice() {
            [
                Spanned {
                    value: Codes::Name(name),
                    ..
                },
            ] => Kind::Name(name.clone()),
            _ => Kind::Selector(selector),
        })
    }

    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // A rule whose last part is optional has looked for it beyond the blanks.
        let after = self
            .tokens
            .partition_point(|token| token.span.start < span.end());
        let end = after
            .checked_sub(1)
            .map_or(span.end(), |last| self.tokens[last].span.end);
        self.draft
            .place(Span::new(span.start(), end.min(span.end())))
    }
}

fn spanned(value: Kind, span: Span) -> Expr {
    Spanned { value, span }
}

/// Goes down through productions that add nothing to their one part.
fn innermost(mut pair: Pair<'_, Rule>) -> Pair<'_, Rule> {
    loop {
        let layer = matches!(
            pair.as_rule(),
            Rule::condition
                | Rule::any
                | Rule::all
                | Rule::negation
                | Rule::comparison
                | Rule::sum
                | Rule::product
                | Rule::unary
                | Rule::shifted
                | Rule::atom
        );
        let mut inner = pair.clone().into_inner();
        match (inner.next(), inner.next()) {
            (Some(only), None) if layer => pair = only,
            _ => return pair,
        }
    }
}

fn is_open_or(pair: &Pair<'_, Rule>) -> bool {
    pair.clone().into_inner().nth(1).is_some()
}

fn with_last(mut expr: Expr, change: impl FnOnce(Expr) -> Expr) -> Expr {
    if let Kind::Or(parts) = &mut expr.value
        && let Some(last) = parts.pop()
    {
        parts.push(change(last));
    }
    expr
}

fn two_readings(word: &str, place: Span, whole: &Expr, part: &Expr) -> Diagnostic {
    let message = format!("after an `or`, parentheses must say what `{word}` is about");
    Diagnostic::new(Code::Syntax, place, message).help(format!("write `{whole}`, or `{part}`"))
}
