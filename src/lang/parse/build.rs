//! From what the grammar accepted to the tree, with the checks of values that no grammar makes.

use pest::iterators::{Pair, Pairs};

use super::draft::Draft;
use super::grammar::Rule;
use super::token::Token;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::lang::ast::{
    Aggregate, Codes, Comparator, Expr, Fleet, Hold, Kind, Operator, Selector, When,
};
use crate::lang::{NODES_MAX, words};
use crate::unit::{Decimal, Minutes};

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

    /// A chain such as `a + b - c` leans to the left. Each of its steps is a node of its own, so
    /// one longer than a rule may be is cut: what walks trees must not go that deep.
    fn arithmetic(&mut self, pair: Pair<'_, Rule>) -> Option<Expr> {
        let mut inner = pair.into_inner();
        let mut left = self.expr(inner.next()?)?;
        let mut length = chain_length(&left);
        while let Some(operator) = inner.next() {
            let operator = match operator.as_rule() {
                Rule::plus => Operator::Add,
                Rule::minus => Operator::Subtract,
                Rule::times => Operator::Multiply,
                _ => Operator::Divide,
            };
            let right = self.expr(inner.next()?)?;
            let span = left.span.to(right.span);
            length += 1;
            if length > NODES_MAX {
                let message = format!("more than {NODES_MAX} values are joined here");
                let fault = Diagnostic::new(Code::Limit, span, message);
                self.faults.push(fault.help("make several rules of it"));
                return Some(left);
            }
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

    fn selector(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Selector>> {
        let span = self.span(&pair);
        let members: Option<Selector> = pair
            .into_inner()
            .filter(|member| member.as_rule() == Rule::codes)
            .map(|member| self.codes(member))
            .collect();
        Some(Spanned {
            value: members?,
            span,
        })
    }

    fn codes(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Codes>> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        let value = match first.as_rule() {
            Rule::name => Codes::Name(first.as_str().to_owned()),
            Rule::class => {
                let digits = first.as_str().trim_end_matches(['x', 'X']);
                let number = digits.parse().ok()?;
                if digits.len() == 1 {
                    Codes::Hundred(number)
                } else {
                    Codes::Ten(number)
                }
            }
            _ => {
                let from: u16 = first.as_str().parse().ok()?;
                match inner.nth(1) {
                    Some(last) => self.range(from, last.as_str().parse().ok()?, span),
                    None => Codes::One(from),
                }
            }
        };
        Some(Spanned { value, span })
    }

    fn range(&mut self, from: u16, to: u16, span: Span) -> Codes {
        if from > to {
            let message = format!("the range runs backwards, from {from} down to {to}");
            let fault = Diagnostic::new(Code::Syntax, span, message);
            self.faults
                .push(fault.help(format!("write `{to}..{from}`")));
        }
        Codes::Range(from.min(to), from.max(to))
    }

    fn objective(&mut self, pair: &Pair<'_, Rule>) -> Option<Decimal> {
        let objective = proportion(pair)?;
        if Decimal::ZERO < objective && objective < Decimal::HUNDRED {
            return Some(objective);
        }
        let message = if objective == Decimal::HUNDRED {
            "an objective of 100% leaves no error budget to burn"
        } else {
            "an objective is above 0% and below 100%"
        };
        let fault = Diagnostic::new(Code::Syntax, self.span(pair), message);
        self.faults.push(fault.help("write for example `99.9%`"));
        Decimal::from_integer(99)
    }

    fn hold(&mut self, pair: Pair<'_, Rule>) -> Option<Hold> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let first = inner.next()?;
        if first.as_rule() == Rule::duration {
            let over = duration(first)?;
            return Some(Hold { needed: None, over });
        }
        let needed = count(&first);
        let over = duration(inner.nth(1)?)?;
        let most = over.get();
        if (1..=most).contains(&needed) {
            let needed = Some(needed);
            return Some(Hold { needed, over });
        }
        let written = first.as_str();
        let fault = if needed == 0 {
            let message = format!("0 of {most} minutes is always so: nothing would be held");
            Diagnostic::new(Code::HoldCount, span, message).help(format!(
                "write a count from 1 to {most}, such as `1 of {over}`"
            ))
        } else {
            let message = format!("{over} has only {most} minutes, so {written} can never be");
            Diagnostic::new(Code::HoldCount, span, message)
                .help(format!("write `{over}` for all of them, or a longer time"))
        };
        self.faults.push(fault);
        Some(Hold { needed: None, over })
    }

    fn fleet(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Fleet>> {
        let span = self.span(&pair);
        let amount = pair.into_inner().nth(3)?;
        let place = self.span(&amount);
        let mut fault = |message: &str, help: &str| {
            let fault = Diagnostic::new(Code::Syntax, place, message);
            self.faults.push(fault.help(help));
        };
        let value = if amount.as_rule() == Rule::proportion {
            let part = proportion(&amount)?;
            if part > Decimal::HUNDRED {
                fault(
                    "more than all of the domains is asked for",
                    "write at most `100%`",
                );
            } else if part == Decimal::ZERO {
                fault("no domain is needed for that", "write more than `0%`");
            }
            Fleet::Proportion(part)
        } else {
            let number = count(&amount);
            if number == 0 {
                fault(
                    "no domain is needed for that",
                    "write `on at least 1 domains`, or more",
                );
            }
            Fleet::Count(number.max(1))
        };
        Some(Spanned { value, span })
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
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

/// How many operators a chain has so far.
fn chain_length(mut expr: &Expr) -> usize {
    let mut length = 0;
    while let Kind::Arithmetic(_, left, _) = &expr.value {
        length += 1;
        expr = left;
    }
    length
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

fn comparator(text: &str) -> Option<Comparator> {
    Some(match text {
        ">" => Comparator::Greater,
        ">=" => Comparator::GreaterOrEqual,
        "<" => Comparator::Less,
        "<=" => Comparator::LessOrEqual,
        "==" => Comparator::Equal,
        "!=" => Comparator::NotEqual,
        _ => return None,
    })
}

fn aggregate(word: &str) -> Option<Aggregate> {
    Some(match word {
        "avg" => Aggregate::Avg,
        "sum" => Aggregate::Sum,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "median" => Aggregate::Median,
        "stddev" => Aggregate::Stddev,
        "change" => Aggregate::Change,
        _ => Aggregate::Percentile(words::percentile(word)?),
    })
}

fn proportion(pair: &Pair<'_, Rule>) -> Option<Decimal> {
    pair.as_str().strip_suffix('%')?.parse().ok()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "pairs are handed on as they are read"
)]
fn duration(pair: Pair<'_, Rule>) -> Option<Minutes> {
    pair.as_str().parse().ok()
}

/// Returns a count; one beyond the range is as wrong as the largest.
fn count(pair: &Pair<'_, Rule>) -> u32 {
    pair.as_str().parse().unwrap_or(u32::MAX)
}
