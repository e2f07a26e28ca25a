//! The smallest parts of a tree: codes, holds, objectives, counts, and the checks of their values
//! that no grammar makes.

use pest::iterators::Pair;

use super::build::Builder;
use super::grammar::Rule;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::lang::ast::{Aggregate, Codes, Comparator, Fleet, Hold, Selector};
use crate::lang::words;
use crate::unit::{Decimal, Minutes};

impl Builder<'_> {
    pub(super) fn selector(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Selector>> {
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
            self.faults.push(fault.write(format!("{to}..{from}")));
        }
        Codes::Range(from.min(to), from.max(to))
    }

    pub(super) fn objective(&mut self, pair: &Pair<'_, Rule>) -> Option<Decimal> {
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

    pub(super) fn hold(&mut self, pair: Pair<'_, Rule>) -> Option<Hold> {
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

    pub(super) fn fleet(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<Fleet>> {
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
}

pub(super) fn comparator(text: &str) -> Option<Comparator> {
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

pub(super) fn aggregate(word: &str) -> Option<Aggregate> {
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

pub(super) fn proportion(pair: &Pair<'_, Rule>) -> Option<Decimal> {
    pair.as_str().strip_suffix('%')?.parse().ok()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "pairs are handed on as they are read"
)]
pub(super) fn duration(pair: Pair<'_, Rule>) -> Option<Minutes> {
    pair.as_str().parse().ok()
}

/// Returns a count; one beyond the range is as wrong as the largest.
fn count(pair: &Pair<'_, Rule>) -> u32 {
    pair.as_str().parse().unwrap_or(u32::MAX)
}
