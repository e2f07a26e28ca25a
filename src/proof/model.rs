//! The linear constraints of one line of search: quantities as variables, and what is always so
//! between them.
//!
//! A variable is twice its quantity, so that half a unit, which rounding may take or give, is
//! whole. What is always so between quantities that are known together is put in with them; what
//! is so only if both are known is put in for the line of search in which they are.

use super::atoms::Cut;
use super::facts::{self, Fact};
use super::form::{Frame, Linear, ONE, Quantity, QuantityId, Source, Term};
use super::partition::Partition;
use super::rational::gcd;
use super::simplex::{Effort, Outcome, Side, Simplex, Stop, Var};
use super::values::Values;
use crate::lang::program::Reduce;

/// Over which histories is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Histories {
    /// All of them.
    Any,
    /// Those in which every minute is like every other.
    Steady,
}

/// A quantity so many minutes ago, as a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) of: QuantityId,
    pub(super) back: u32,
    pub(super) var: Var,
}

pub(super) struct Model {
    pub(super) simplex: Simplex,
    pub(super) histories: Histories,
    pub(super) columns: Vec<Column>,
    /// Sums that have bounds, by their terms.
    pub(super) sums: Vec<(Vec<(i128, Var)>, Var)>,
    /// The columns that are known in this line of search.
    live: Vec<usize>,
    pub(super) partition: Option<Partition>,
    pub(super) atoms: Vec<(Cut, Vec<Var>)>,
}

/// How far a model was filled, to come back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    bounds: usize,
    live: usize,
}

impl Model {
    /// Returns the model of a question in which codes are cut like this.
    pub(super) fn new(histories: Histories, partition: Option<Partition>) -> Self {
        Self {
            simplex: Simplex::default(),
            histories,
            columns: Vec::new(),
            sums: Vec::new(),
            live: Vec::new(),
            partition,
            atoms: Vec::new(),
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            bounds: self.simplex.mark(),
            live: self.live.len(),
        }
    }

    pub(super) fn back_to(&mut self, mark: Mark) {
        self.simplex.back_to(mark.bounds);
        self.live.truncate(mark.live);
    }

    /// Returns the quantities that are known in this line of search.
    pub(super) fn live(&self) -> impl Iterator<Item = Column> + '_ {
        self.live.iter().map(|at| self.columns[*at])
    }

    /// Whether the bounds of the variable alone rule out that the sum is at least, or at most, so
    /// much.
    pub(super) fn is_ruled_out(&self, linear: &Linear, back: u32, side: Side, value: i128) -> bool {
        let [term] = linear.terms.as_slice() else {
            return linear.terms.is_empty() && !is_within(linear.constant, side, value);
        };
        let place = (term.of, term.back.saturating_add(back));
        let known = self.columns.iter().find(|c| (c.of, c.back) == place);
        let Some(column) = known.filter(|_| self.histories == Histories::Any) else {
            return false;
        };
        let (_, side, bound) = scaled(&[(term.factor, column.var)], side, value - linear.constant);
        self.simplex.is_against(column.var, side, bound)
    }

    /// Lets the sum, so many minutes ago, be at least or at most `value`, in units. All its
    /// quantities are known.
    pub(super) fn limit(
        &mut self,
        values: &mut Values<'_>,
        (linear, back): (&Linear, u32),
        (side, value): (Side, i128),
        effort: &mut Effort,
    ) -> Result<Outcome, Stop> {
        effort.spend(1 + linear.terms.len())?;
        let terms = self.terms(values, linear, back, effort)?;
        for (at, _) in &terms {
            if self.enliven(values, *at, effort)? == Outcome::Conflict {
                return Ok(Outcome::Conflict);
            }
        }
        let vars: Vec<(i128, Var)> = terms
            .iter()
            .map(|(at, factor)| (*factor, self.columns[*at].var))
            .collect();
        let bound = value - linear.constant;
        let Some(first) = terms.first().filter(|_| !vars.is_empty()) else {
            let is_met = is_within(0, side, bound);
            return Ok(if is_met {
                Outcome::Open
            } else {
                Outcome::Conflict
            });
        };
        let (vars, side, bound) = scaled(&vars, side, bound);
        if let [(1, var)] = vars.as_slice() {
            if self.simplex.limit(*var, side, bound)? == Outcome::Conflict {
                return Ok(Outcome::Conflict);
            }
            return self.follow(values, first.0, (side, bound / 2), effort);
        }
        let sum = self.sum(vars)?;
        self.simplex.limit(sum, side, bound)
    }

    /// What follows for the sides of a quotient from a bound of it.
    fn follow(
        &mut self,
        values: &mut Values<'_>,
        at: usize,
        (side, bound): (Side, i128),
        effort: &mut Effort,
    ) -> Result<Outcome, Stop> {
        let Column { of, back, .. } = self.columns[at];
        let Quantity::Ratio { top, bottom, .. } = &values.quantity(of).quantity else {
            return Ok(Outcome::Open);
        };
        let (top, bottom) = (top.clone(), bottom.clone());
        // A quotient is rounded by half a unit at most.
        let edge = match side {
            Side::Low => bound * 2 - 1,
            Side::High => bound * 2 + 1,
        };
        let (low, _) = facts::bounds_of(values, &bottom);
        let product = top.times(ONE * 2).and_then(|top| top.plus(&bottom, -edge));
        match product.filter(|_| 0 <= low) {
            Some(product) => self.limit(values, (&product, back), (side, 0), effort),
            None => Ok(Outcome::Open),
        }
    }

    /// Returns the columns of a sum, each once with its factor.
    fn terms(
        &mut self,
        values: &mut Values<'_>,
        linear: &Linear,
        back: u32,
        effort: &mut Effort,
    ) -> Result<Vec<(usize, i128)>, Stop> {
        let mut terms: Vec<(usize, i128)> = Vec::with_capacity(linear.terms.len());
        for term in &linear.terms {
            let Some(term) = self.meant(values, *term, back) else {
                continue;
            };
            let at = self.column(values, term.of, term.back, effort)?;
            match terms.iter_mut().find(|(other, _)| *other == at) {
                Some((_, factor)) => *factor += term.factor,
                None => terms.push((at, term.factor)),
            }
        }
        terms.retain(|(_, factor)| *factor != 0);
        Ok(terms)
    }

    /// Returns the term as it counts: in a steady history a window is worth what its minutes are.
    fn meant(&self, values: &mut Values<'_>, term: Term, back: u32) -> Option<Term> {
        if self.histories == Histories::Any {
            let back = term.back.saturating_add(back);
            return Some(Term { back, ..term });
        }
        let (codes, factor) = match values.quantity(term.of).quantity {
            Quantity::Fold(Source::Codes(_), _, Reduce::Stddev) => return None,
            Quantity::Fold(Source::Codes(codes), over, Reduce::Sum) => (codes, i128::from(over)),
            Quantity::Proportion(_, codes) | Quantity::Fold(Source::Codes(codes), ..) => (codes, 1),
            _ => return Some(Term { back: 0, ..term }),
        };
        Some(Term {
            factor: term.factor.checked_mul(factor)?,
            of: values.proportion(Frame::Minute, codes),
            back: 0,
        })
    }

    /// Returns the column of a quantity that there is one of.
    pub(super) fn known(&self, of: QuantityId, back: u32) -> Option<Column> {
        self.place(of, back).map(|at| self.columns[at])
    }

    /// Returns the place of a quantity's column, with what is always so between it and others.
    ///
    /// Without recursion, because roundings can stand within each other.
    pub(super) fn column(
        &mut self,
        values: &mut Values<'_>,
        of: QuantityId,
        back: u32,
        effort: &mut Effort,
    ) -> Result<usize, Stop> {
        let mut open = vec![(of, back)];
        loop {
            let Some(&(of, back)) = open.last() else {
                return Err(Stop::Width);
            };
            if let Some(at) = self.place(of, back) {
                open.pop();
                if open.is_empty() {
                    return Ok(at);
                }
                continue;
            }
            let inner = match &values.quantity(of).quantity {
                Quantity::Rounded { of, .. } => of.terms.clone(),
                _ => Vec::new(),
            };
            let before = open.len();
            for term in inner {
                if let Some(term) = self.meant(values, term, back)
                    && self.place(term.of, term.back).is_none()
                {
                    open.push((term.of, term.back));
                }
            }
            if open.len() == before {
                self.put(values, of, back, effort)?;
            }
        }
    }

    fn place(&self, of: QuantityId, back: u32) -> Option<usize> {
        let is_it = |column: &Column| (column.of, column.back) == (of, back);
        self.columns.iter().position(is_it)
    }

    fn put(
        &mut self,
        values: &mut Values<'_>,
        of: QuantityId,
        back: u32,
        effort: &mut Effort,
    ) -> Result<(), Stop> {
        effort.spend(1 + self.columns.len())?;
        let known = values.quantity(of);
        let var = self
            .simplex
            .column(Some(known.low * 2), Some(known.high * 2));
        let column = Column { of, back, var };
        for other in 0..self.columns.len() {
            let other = self.columns[other];
            for fact in facts::always(values, column, other) {
                self.fact(&fact)?;
            }
        }
        self.columns.push(column);
        match values.quantity(of).quantity.clone() {
            Quantity::Proportion(frame, codes) => {
                let slack = match frame {
                    Frame::Mean(_) | Frame::Spent(_) => 2,
                    Frame::Minute | Frame::Share(_) | Frame::Of(..) => 1,
                };
                self.cut(values, Cut::Proportions(frame, back), (var, codes), slack)
            }
            Quantity::Count(Some(codes)) => self.cut(values, Cut::Counts(back), (var, codes), 0),
            Quantity::Count(None) => match self.cut_at(Cut::Counts(back)) {
                Some(at) => self.whole(values, at),
                None => Ok(()),
            },
            Quantity::Rounded { of, by, miss, .. } => {
                let terms = self.terms(values, &of, back, effort)?;
                let mut row: Vec<(i128, Var)> = terms
                    .into_iter()
                    .map(|(at, factor)| (-factor, self.columns[at].var))
                    .collect();
                row.push((by, var));
                let (middle, slack) = (of.constant * 2, by * miss);
                self.simplex
                    .row(&row, (Some(middle - slack), Some(middle + slack)))?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Notes that a quantity is known in this line of search, and what follows.
    fn enliven(
        &mut self,
        values: &mut Values<'_>,
        at: usize,
        effort: &mut Effort,
    ) -> Result<Outcome, Stop> {
        if self.live.contains(&at) {
            return Ok(Outcome::Open);
        }
        effort.spend(1 + self.live.len())?;
        let column = self.columns[at];
        for other in 0..self.live.len() {
            let other = self.columns[self.live[other]];
            for Fact { terms, most } in facts::together(values, column, other) {
                let sum = self.sum(terms)?;
                if self.simplex.limit(sum, Side::High, most)? == Outcome::Conflict {
                    return Ok(Outcome::Conflict);
                }
            }
        }
        self.live.push(at);
        let Quantity::Ratio { bottom, .. } = &values.quantity(column.of).quantity else {
            return Ok(Outcome::Open);
        };
        let bottom = bottom.clone();
        match facts::bounds_of(values, &bottom) {
            // What is divided by is not 0.
            (low, _) if 0 <= low => {
                self.limit(values, (&bottom, column.back), (Side::Low, 1), effort)
            }
            (_, high) if high <= 0 => {
                self.limit(values, (&bottom, column.back), (Side::High, -1), effort)
            }
            _ => Ok(Outcome::Open),
        }
    }

    fn fact(&mut self, fact: &Fact) -> Result<(), Stop> {
        self.simplex.row(&fact.terms, (None, Some(fact.most)))?;
        Ok(())
    }

    fn sum(&mut self, terms: Vec<(i128, Var)>) -> Result<Var, Stop> {
        if let Some((_, var)) = self.sums.iter().find(|(known, _)| *known == terms) {
            return Ok(*var);
        }
        let var = self.simplex.row(&terms, (None, None))?;
        self.sums.push((terms, var));
        Ok(var)
    }

    /// Returns the value that a variable has, in units or counts, rounded down.
    pub(super) fn value(&self, var: Var) -> i128 {
        self.simplex.value(var).floor().div_euclid(2)
    }
}

/// Returns the same constraint in variables, with the smallest whole numbers and the first of its
/// factors above 0: quantities are whole, so a bound that is not is moved inwards.
fn scaled(terms: &[(i128, Var)], side: Side, bound: i128) -> (Vec<(i128, Var)>, Side, i128) {
    let mut terms = terms.to_vec();
    terms.sort_by_key(|(_, var)| *var);
    let shared = terms.iter().fold(0, |all, (factor, _)| gcd(all, *factor));
    let is_turned = terms.first().is_some_and(|(factor, _)| *factor < 0);
    let (side, bound, by) = match (side, is_turned) {
        (side, false) => (side, bound, shared),
        (Side::Low, true) => (Side::High, -bound, -shared),
        (Side::High, true) => (Side::Low, -bound, -shared),
    };
    for (factor, _) in &mut terms {
        *factor /= by;
    }
    let bound = match side {
        Side::Low => -((-bound).div_euclid(shared)),
        Side::High => bound.div_euclid(shared),
    };
    (terms, side, bound * 2)
}

fn is_within(value: i128, side: Side, bound: i128) -> bool {
    match side {
        Side::Low => bound <= value,
        Side::High => value <= bound,
    }
}
