//! From tokens to the tree: durations, holds, objectives, counts, and the checks of their values
//! that no grammar makes.

use super::descent::{Descent, Read, Refused, spanned};
use super::token::Shape;
use super::wanted::Want;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::lang::ast::{Aggregate, Codes, Comparator, Expr, Fleet, Hold, Kind};
use crate::lang::words;
use crate::unit::{Decimal, Minutes};

impl Descent<'_> {
    pub(super) fn comparator(&mut self) -> Option<Comparator> {
        let comparator = match self.word() {
            ">" => Comparator::Greater,
            ">=" => Comparator::GreaterOrEqual,
            "<" => Comparator::Less,
            "<=" => Comparator::LessOrEqual,
            "==" => Comparator::Equal,
            "!=" => Comparator::NotEqual,
            _ => {
                self.wanted.note(Want::Comparison);
                return None;
            }
        };
        self.take();
        Some(comparator)
    }

    pub(super) fn proportion(&mut self) -> Read<Decimal> {
        let digits = match self.shape() {
            Some(Shape::Proportion) => self.word().strip_suffix('%'),
            _ => None,
        };
        let Some(value) = digits.and_then(|digits| digits.parse().ok()) else {
            return self.refuse(Want::Proportion);
        };
        self.take();
        Ok(value)
    }

    pub(super) fn duration(&mut self) -> Read<Minutes> {
        if self.shape() != Some(Shape::Duration) {
            return self.refuse(Want::Duration);
        }
        let value = self.word().parse().map_err(|_| Refused)?;
        self.take();
        Ok(value)
    }

    /// Returns a count; one beyond the range is as wrong as the largest.
    fn count(&mut self) -> Read<u32> {
        if self.shape() != Some(Shape::Integer) {
            return self.refuse(Want::Count);
        }
        let count = self.word().parse().unwrap_or(u32::MAX);
        self.take();
        Ok(count)
    }

    /// `offset 1d`, if it stands here.
    pub(super) fn shift(&mut self) -> Read<Option<Minutes>> {
        match self.takes("offset", Want::Offset) {
            Some(_) => self.duration().map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn range(&mut self, from: u16, to: u16, first: usize) -> Codes {
        if from > to {
            let message = format!("the range runs backwards, from {from} down to {to}");
            let fault = Diagnostic::new(Code::Syntax, self.since(first), message);
            self.faults.push(fault.write(format!("{to}..{from}")));
        }
        Codes::Range(from.min(to), from.max(to))
    }

    pub(super) fn objective(&mut self) -> Read<Decimal> {
        let objective = self.proportion()?;
        if Decimal::ZERO < objective && objective < Decimal::HUNDRED {
            return Ok(objective);
        }
        let message = if objective == Decimal::HUNDRED {
            "an objective of 100% leaves no error budget to burn"
        } else {
            "an objective is above 0% and below 100%"
        };
        let fault = Diagnostic::new(Code::Syntax, self.since(self.at - 1), message);
        self.faults.push(fault.help("write for example `99.9%`"));
        Decimal::from_integer(99).ok_or(Refused)
    }

    pub(super) fn hold(&mut self) -> Read<Hold> {
        let first = self.at;
        if self.shape() != Some(Shape::Integer) {
            let over = self.duration()?;
            return Ok(Hold { needed: None, over });
        }
        let written = self.word();
        let needed = self.count()?;
        self.must("of", Want::Of)?;
        let over = self.duration()?;
        let most = over.get();
        if (1..=most).contains(&needed) {
            let needed = Some(needed);
            return Ok(Hold { needed, over });
        }
        let span = self.since(first);
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
        Ok(Hold { needed: None, over })
    }

    /// Reads what follows the `on` of `on at least … domains`.
    pub(super) fn fleet(&mut self) -> Read<Spanned<Fleet>> {
        let first = self.at - 1;
        self.must("at", Want::At)?;
        self.must("least", Want::Least)?;
        let amount = self.at;
        let value = if self.shape() == Some(Shape::Proportion) {
            let part = self.proportion()?;
            let place = self.since(amount);
            self.must("of", Want::Of)?;
            self.part_of_fleet(part, place)
        } else {
            self.wanted.note(Want::Proportion);
            let number = self.count()?;
            if number == 0 {
                let place = self.since(amount);
                self.no_domain(place, "write `on at least 1 domains`, or more");
            }
            Fleet::Count(number.max(1))
        };
        self.must("domains", Want::Domains)?;
        Ok(Spanned {
            value,
            span: self.since(first),
        })
    }

    fn part_of_fleet(&mut self, part: Decimal, place: Span) -> Fleet {
        if part > Decimal::HUNDRED {
            let message = "more than all of the domains is asked for";
            let fault = Diagnostic::new(Code::Syntax, place, message);
            self.faults.push(fault.help("write at most `100%`"));
        } else if part == Decimal::ZERO {
            self.no_domain(place, "write more than `0%`");
        }
        Fleet::Proportion(part)
    }

    /// `502 or 503 > 10%`: codes that `or` joins to those of a comparison are told, and read as
    /// one set.
    pub(super) fn codes_by_or(&mut self, parts: Vec<Expr>) -> Vec<Expr> {
        let is_codes = |expr: &Expr| matches!(expr.value, Kind::Selector(_));
        if !parts.iter().any(is_codes) {
            return parts;
        }
        let (mut joined, mut sets) = (Vec::new(), Vec::<Expr>::new());
        for part in parts {
            match part.value {
                Kind::Selector(_) => sets.push(part),
                Kind::Comparison(comparator, left, right)
                    if !sets.is_empty() && is_codes(&left) =>
                {
                    sets.push(*left);
                    let (first, last) = (sets[0].span, sets[sets.len() - 1].span);
                    let each = sets.iter().map(|set| format!("{set} {comparator} {right}"));
                    let each = each.collect::<Vec<_>>().join(" or ");
                    let codes = sets.drain(..).flat_map(|set| match set.value {
                        Kind::Selector(codes) => codes,
                        _ => Vec::new(),
                    });
                    let left = spanned(Kind::Selector(codes.collect()), first.to(last));
                    let message = "codes are joined by `|`, and conditions by `or`";
                    let fault = Diagnostic::new(Code::Syntax, left.span, message);
                    self.faults.push(fault.help(format!(
                        "write `{left} {comparator} {right}` for all of them together, or `{each}`"
                    )));
                    let span = first.to(part.span);
                    let (left, right) = (Box::new(left), right);
                    joined.push(spanned(Kind::Comparison(comparator, left, right), span));
                }
                value => {
                    joined.append(&mut sets);
                    joined.push(spanned(value, part.span));
                }
            }
        }
        joined.append(&mut sets);
        joined
    }

    fn no_domain(&mut self, place: Span, help: &str) {
        let fault = Diagnostic::new(Code::Syntax, place, "no domain is needed for that");
        self.faults.push(fault.help(help));
    }
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
