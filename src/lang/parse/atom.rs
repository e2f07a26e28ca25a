//! From tokens to the tree: what stands by itself between operators.

use super::descent::{Descent, Read, Refused, spanned};
use super::token::Shape;
use super::values::aggregate;
use super::wanted::Want;
use crate::diag::Spanned;
use crate::lang::ast::{Codes, Expr, Kind, Selector};
use crate::lang::words;
use crate::unit::Minutes;

impl Descent<'_> {
    pub(super) fn atom(&mut self) -> Read<Expr> {
        let first = self.at;
        let kind = match (self.shape(), self.word()) {
            (Some(Shape::Proportion), _) => Kind::Proportion(self.proportion()?),
            (Some(Shape::Number), _) => self.number()?,
            (Some(Shape::Integer), word) if !is_code(word) => self.number()?,
            (Some(Shape::Integer | Shape::Class), _) => Kind::Selector(self.selector()?.value),
            (Some(Shape::Sign), "(") => {
                self.take();
                let inner = self.condition()?;
                self.must(")", Want::Close)?;
                inner.value
            }
            (Some(Shape::Word), "no") => self.absence()?,
            (Some(Shape::Word), "requests") => self.requests()?,
            (Some(Shape::Word), "share" | "burn") => return self.spent(),
            (Some(Shape::Word), word) if words::is_aggregate(word) => return self.window(),
            (Some(Shape::Word), word) if words::is_name(word) => self.named()?,
            _ => return self.refuse(Want::Value),
        };
        Ok(spanned(kind, self.since(first)))
    }

    fn number(&mut self) -> Read<Kind> {
        let value = self.word().parse().map_err(|_| Refused)?;
        self.take();
        Ok(Kind::Number(value))
    }

    fn absence(&mut self) -> Read<Kind> {
        self.take();
        if self.takes("data", Want::DataOrTraffic).is_some() {
            return Ok(Kind::NoData);
        }
        self.must("traffic", Want::DataOrTraffic)?;
        Ok(Kind::NoTraffic)
    }

    fn requests(&mut self) -> Read<Kind> {
        self.take();
        if self.takes("(", Want::Open).is_none() {
            return Ok(Kind::Requests(None));
        }
        let codes = self.selector()?.value;
        self.must(")", Want::Close)?;
        Ok(Kind::Requests(Some(codes)))
    }

    /// A selector that begins with a name: a name by itself may be any value.
    fn named(&mut self) -> Read<Kind> {
        let mut selector = self.selector()?.value;
        Ok(match (selector.pop(), selector.is_empty()) {
            (Some(only), true) => match only.value {
                Codes::Name(name) => Kind::Name(name),
                Codes::One(_) | Codes::Range(..) | Codes::Hundred(_) | Codes::Ten(_) => {
                    Kind::Selector(vec![only])
                }
            },
            (last, _) => {
                selector.extend(last);
                Kind::Selector(selector)
            }
        })
    }

    /// `avg(…)` and its kin: an `offset` inside is put around.
    fn window(&mut self) -> Read<Expr> {
        let first = self.at;
        let aggregate = aggregate(self.word()).ok_or(Refused)?;
        self.take();
        self.must("(", Want::Open)?;
        let of = Box::new(self.sum()?);
        self.must("over", Want::Over)?;
        let over = self.duration()?;
        let offset = self.shift()?;
        self.must(")", Want::Close)?;
        let span = self.since(first);
        let call = Kind::Window {
            aggregate,
            of,
            over,
        };
        Ok(around(spanned(call, span), offset))
    }

    /// `share(…)` and `burn(…)`: an `offset` inside is put around.
    fn spent(&mut self) -> Read<Expr> {
        let first = self.at;
        let is_burn = self.word() == "burn";
        self.take();
        self.must("(", Want::Open)?;
        let codes = Box::new(self.selector()?);
        self.must("over", Want::Over)?;
        let over = self.duration()?;
        let offset = self.shift()?;
        let call = if is_burn {
            self.must(",", Want::Comma)?;
            let objective = self.objective()?;
            Kind::Burn {
                codes,
                over,
                objective,
            }
        } else {
            Kind::Share { codes, over }
        };
        self.must(")", Want::Close)?;
        let span = self.since(first);
        Ok(around(spanned(call, span), offset))
    }

    pub(super) fn selector(&mut self) -> Read<Spanned<Selector>> {
        let first = self.at;
        let mut members = vec![self.codes()?];
        while self.takes("|", Want::MoreCodes).is_some() {
            members.push(self.codes()?);
        }
        Ok(Spanned {
            value: members,
            span: self.since(first),
        })
    }

    fn codes(&mut self) -> Read<Spanned<Codes>> {
        let first = self.at;
        let word = self.word();
        let value = match self.shape() {
            Some(Shape::Class) => self.class()?,
            Some(Shape::Integer) if is_code(word) => {
                let from = self.code()?;
                if self.takes("..", Want::MoreCodes).is_some() {
                    let to = self.code()?;
                    self.range(from, to, first)
                } else {
                    Codes::One(from)
                }
            }
            Some(Shape::Word) if words::is_name(word) => {
                self.take();
                Codes::Name(word.to_owned())
            }
            _ => return self.refuse(Want::Codes),
        };
        Ok(Spanned {
            value,
            span: self.since(first),
        })
    }

    fn class(&mut self) -> Read<Codes> {
        let digits = self.word().trim_end_matches(['x', 'X']);
        let number = digits.parse().map_err(|_| Refused)?;
        self.take();
        Ok(if digits.len() == 1 {
            Codes::Hundred(number)
        } else {
            Codes::Ten(number)
        })
    }

    fn code(&mut self) -> Read<u16> {
        if self.shape() != Some(Shape::Integer) || !is_code(self.word()) {
            return self.refuse(Want::Codes);
        }
        let code = self.word().parse().map_err(|_| Refused)?;
        self.take();
        Ok(code)
    }
}

/// Whether digits are a status code: three of them, from 100 on.
fn is_code(digits: &str) -> bool {
    digits.len() == 3 && matches!(digits.as_bytes()[0], b'1'..=b'5')
}

fn around(call: Expr, offset: Option<Minutes>) -> Expr {
    let span = call.span;
    match offset {
        Some(offset) => spanned(Kind::Offset(Box::new(call), offset), span),
        None => call,
    }
}
