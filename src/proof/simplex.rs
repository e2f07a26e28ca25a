//! Whether linear constraints can all be met: the simplex method over exact fractions.
//!
//! Every variable may have a least and a greatest value; a row is a variable that is a sum of
//! others. Bounds are set while a search goes down and taken back when it returns; columns and
//! rows stay. Bland's rule, the least index first, keeps it from going round in circles.

use std::cmp::Ordering;

use super::rational::Rational;

/// A variable of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Var(pub(super) usize);

/// Which bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The least value.
    Low,
    /// The greatest value.
    High,
}

/// Why the work ends without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The effort is spent.
    Effort,
    /// A number does not fit 128 bits.
    Width,
}

/// How many steps may still be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort(pub(super) u32);

impl Effort {
    /// Takes `steps` of what is left.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        let left = u32::try_from(steps)
            .ok()
            .and_then(|n| self.0.checked_sub(n));
        self.0 = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Stop::Effort)
    }
}

/// Whether the constraints can still be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// They can, as far as was looked.
    Open,
    /// They cannot.
    Conflict,
}

type Terms = Vec<(Var, Rational)>;

#[derive(Clone, Debug, Default)]
pub(super) struct Simplex {
    values: Vec<Rational>,
    low: Vec<Option<i128>>,
    high: Vec<Option<i128>>,
    /// The row of each variable that is a sum of others.
    row_of: Vec<Option<usize>>,
    rows: Vec<Row>,
    trail: Vec<(Var, Side, Option<i128>)>,
}

/// `basic` is the sum of the terms, which are in ascending order and have no 0 among them.
#[derive(Clone, Debug)]
struct Row {
    basic: Var,
    terms: Terms,
}

impl Simplex {
    /// Returns a new variable between two bounds, of which the first is not above the second.
    pub(super) fn column(&mut self, low: Option<i128>, high: Option<i128>) -> Var {
        let least = low.unwrap_or(0).max(0);
        let value = high.map_or(least, |high| least.min(high));
        self.variable(
            Rational::whole(low.map_or(value, |low| low.max(value))),
            (low, high),
        )
    }

    /// Returns a new variable that is the sum of the terms, each variable of which stands once.
    pub(super) fn row(
        &mut self,
        terms: &[(i128, Var)],
        bounds: (Option<i128>, Option<i128>),
    ) -> Result<Var, Stop> {
        let mut sum = Terms::new();
        for (factor, var) in terms {
            let factor = Rational::whole(*factor);
            match self.row_of[var.0] {
                Some(row) => add_scaled(&mut sum, factor, &self.rows[row].terms)?,
                None => add_scaled(&mut sum, factor, &[(*var, Rational::ONE)])?,
            }
        }
        let mut value = Rational::ZERO;
        for (var, factor) in &sum {
            value = fits(value.add(fits(factor.mul(self.values[var.0]))?))?;
        }
        let basic = self.variable(value, bounds);
        self.row_of[basic.0] = Some(self.rows.len());
        self.rows.push(Row { basic, terms: sum });
        Ok(basic)
    }

    /// Returns how many bounds were set, to come back to.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Takes back all bounds that were set since.
    pub(super) fn back_to(&mut self, mark: usize) {
        while mark < self.trail.len() {
            if let Some((var, side, bound)) = self.trail.pop() {
                *self.bound_mut(var, side) = bound;
            }
        }
    }

    pub(super) fn bound(&self, var: Var, side: Side) -> Option<i128> {
        match side {
            Side::Low => self.low[var.0],
            Side::High => self.high[var.0],
        }
    }

    pub(super) fn value(&self, var: Var) -> Rational {
        self.values[var.0]
    }

    /// Whether a bound would contradict the opposite one.
    pub(super) fn is_against(&self, var: Var, side: Side, bound: i128) -> bool {
        match side {
            Side::Low => self.high[var.0].is_some_and(|high| high < bound),
            Side::High => self.low[var.0].is_some_and(|low| bound < low),
        }
    }

    /// Sets a bound until it is taken back.
    pub(super) fn limit(&mut self, var: Var, side: Side, bound: i128) -> Result<Outcome, Stop> {
        if self.is_against(var, side, bound) {
            return Ok(Outcome::Conflict);
        }
        let before = self.bound(var, side);
        let is_weaker = before.is_some_and(|before| match side {
            Side::Low => bound <= before,
            Side::High => before <= bound,
        });
        if is_weaker {
            return Ok(Outcome::Open);
        }
        self.trail.push((var, side, before));
        *self.bound_mut(var, side) = Some(bound);
        if self.row_of[var.0].is_none() && self.broken(var)?.is_some() {
            self.set(var, Rational::whole(bound))?;
        }
        Ok(Outcome::Open)
    }

    /// Finds values within all bounds, or shows that there are none.
    pub(super) fn check(&mut self, effort: &mut Effort) -> Result<Outcome, Stop> {
        loop {
            let mut worst: Option<(Var, usize, Side)> = None;
            for (at, row) in self.rows.iter().enumerate() {
                let is_earlier = worst.is_none_or(|(var, ..)| row.basic < var);
                if is_earlier && let Some(side) = self.broken(row.basic)? {
                    worst = Some((row.basic, at, side));
                }
            }
            let Some((basic, row, side)) = worst else {
                return Ok(Outcome::Open);
            };
            let Some(entering) = self.entering(row, side)? else {
                return Ok(Outcome::Conflict);
            };
            let Some(bound) = self.bound(basic, side) else {
                return Ok(Outcome::Open);
            };
            effort.spend(self.pivot_cost(entering))?;
            self.pivot(row, entering, Rational::whole(bound))?;
        }
    }

    fn variable(&mut self, value: Rational, (low, high): (Option<i128>, Option<i128>)) -> Var {
        self.values.push(value);
        self.low.push(low);
        self.high.push(high);
        self.row_of.push(None);
        Var(self.values.len() - 1)
    }

    fn bound_mut(&mut self, var: Var, side: Side) -> &mut Option<i128> {
        match side {
            Side::Low => &mut self.low[var.0],
            Side::High => &mut self.high[var.0],
        }
    }

    /// Returns the bound that the variable's value lies beyond.
    fn broken(&self, var: Var) -> Result<Option<Side>, Stop> {
        let value = self.values[var.0];
        if let Some(low) = self.low[var.0]
            && fits(value.cmp_whole(low))? == Ordering::Less
        {
            return Ok(Some(Side::Low));
        }
        if let Some(high) = self.high[var.0]
            && fits(value.cmp_whole(high))? == Ordering::Greater
        {
            return Ok(Some(Side::High));
        }
        Ok(None)
    }

    /// Returns the first variable of the row that can move so that the row's own comes nearer to
    /// its bound.
    fn entering(&self, row: usize, side: Side) -> Result<Option<Var>, Stop> {
        for (var, factor) in &self.rows[row].terms {
            let upwards = (side == Side::Low) != factor.is_negative();
            let value = self.values[var.0];
            let (limit, order) = if upwards {
                (self.high[var.0], Ordering::Less)
            } else {
                (self.low[var.0], Ordering::Greater)
            };
            match limit {
                None => return Ok(Some(*var)),
                Some(limit) if fits(value.cmp_whole(limit))? == order => return Ok(Some(*var)),
                Some(_) => {}
            }
        }
        Ok(None)
    }

    /// Moves a variable that is no sum, and with it the sums that it is in.
    fn set(&mut self, var: Var, value: Rational) -> Result<(), Stop> {
        let by = fits(value.sub(self.values[var.0]))?;
        self.values[var.0] = value;
        for row in &self.rows {
            if let Ok(at) = row.terms.binary_search_by_key(&var, |(var, _)| *var) {
                let moved = fits(row.terms[at].1.mul(by))?;
                let basic = row.basic.0;
                self.values[basic] = fits(self.values[basic].add(moved))?;
            }
        }
        Ok(())
    }

    /// How many terms a change of places touches.
    fn pivot_cost(&self, entering: Var) -> usize {
        let has = |row: &&Row| row.terms.iter().any(|(var, _)| *var == entering);
        let touched = self.rows.iter().filter(has);
        touched.map(|row| row.terms.len() + 1).sum::<usize>() + self.rows.len()
    }

    /// Lets the row's own variable and `entering` change places, the first at `value`.
    fn pivot(&mut self, row: usize, entering: Var, value: Rational) -> Result<(), Stop> {
        let basic = self.rows[row].basic;
        let mut terms = std::mem::take(&mut self.rows[row].terms);
        let Ok(at) = terms.binary_search_by_key(&entering, |(var, _)| *var) else {
            return Err(Stop::Width);
        };
        let (_, factor) = terms.remove(at);
        let inverse = fits(factor.inverse())?;
        let by = fits(fits(value.sub(self.values[basic.0]))?.mul(inverse))?;
        for (_, factor) in &mut terms {
            *factor = fits(fits(factor.mul(inverse))?.neg())?;
        }
        let place = terms.partition_point(|(var, _)| *var < basic);
        terms.insert(place, (basic, inverse));
        self.values[basic.0] = value;
        self.values[entering.0] = fits(self.values[entering.0].add(by))?;
        for other in 0..self.rows.len() {
            if other == row {
                continue;
            }
            let found = self.rows[other]
                .terms
                .binary_search_by_key(&entering, |(var, _)| *var);
            let Ok(at) = found else { continue };
            let (_, factor) = self.rows[other].terms.remove(at);
            let owner = self.rows[other].basic.0;
            self.values[owner] = fits(self.values[owner].add(fits(factor.mul(by))?))?;
            add_scaled(&mut self.rows[other].terms, factor, &terms)?;
        }
        self.rows[row] = Row {
            basic: entering,
            terms,
        };
        self.row_of[basic.0] = None;
        self.row_of[entering.0] = Some(row);
        Ok(())
    }
}

/// Adds `factor` times the terms to a sum; both are in ascending order.
fn add_scaled(sum: &mut Terms, factor: Rational, terms: &[(Var, Rational)]) -> Result<(), Stop> {
    let mut merged = Terms::with_capacity(sum.len() + terms.len());
    let mut left = sum.iter().copied().peekable();
    for (var, value) in terms {
        let mut value = fits(value.mul(factor))?;
        while let Some(before) = left.next_if(|(other, _)| other < var) {
            merged.push(before);
        }
        if let Some((_, before)) = left.next_if(|(other, _)| other == var) {
            value = fits(value.add(before))?;
        }
        if !value.is_zero() {
            merged.push((*var, value));
        }
    }
    merged.extend(left);
    *sum = merged;
    Ok(())
}

fn fits<T>(value: Option<T>) -> Result<T, Stop> {
    value.ok_or(Stop::Width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(simplex: &mut Simplex) -> Outcome {
        simplex.check(&mut Effort(10_000)).unwrap()
    }

    #[test]
    fn bounds_that_add_up_to_too_much_are_a_conflict() {
        let mut simplex = Simplex::default();
        let a = simplex.column(Some(0), Some(100));
        let b = simplex.column(Some(0), Some(100));
        let sum = simplex.row(&[(1, a), (1, b)], (None, Some(100))).unwrap();
        simplex.limit(a, Side::Low, 60).unwrap();
        let mark = simplex.mark();
        simplex.limit(b, Side::Low, 50).unwrap();
        assert_eq!(check(&mut simplex), Outcome::Conflict);
        simplex.back_to(mark);
        assert_eq!(check(&mut simplex), Outcome::Open);
        simplex.limit(b, Side::Low, 40).unwrap();
        assert_eq!(check(&mut simplex), Outcome::Open);
        assert_eq!(simplex.value(sum), Rational::whole(100));
    }

    #[test]
    fn opposite_bounds_of_one_variable_are_a_conflict_at_once() {
        let mut simplex = Simplex::default();
        let a = simplex.column(None, None);
        assert_eq!(simplex.limit(a, Side::Low, 5), Ok(Outcome::Open));
        assert_eq!(simplex.limit(a, Side::High, 4), Ok(Outcome::Conflict));
        assert_eq!(simplex.limit(a, Side::High, 5), Ok(Outcome::Open));
    }

    #[test]
    fn a_row_over_rows_is_written_in_columns() {
        let mut simplex = Simplex::default();
        let a = simplex.column(Some(0), Some(10));
        let b = simplex.column(Some(0), Some(10));
        let sum = simplex.row(&[(1, a), (1, b)], (None, None)).unwrap();
        let difference = simplex.row(&[(1, sum), (-2, b)], (None, None)).unwrap();
        simplex.limit(difference, Side::Low, 10).unwrap();
        assert_eq!(check(&mut simplex), Outcome::Open);
        simplex.limit(b, Side::Low, 1).unwrap();
        assert_eq!(check(&mut simplex), Outcome::Conflict);
    }

    #[test]
    fn the_work_ends_when_the_effort_is_spent() {
        let mut simplex = Simplex::default();
        let a = simplex.column(Some(0), None);
        let sum = simplex.row(&[(1, a)], (None, None)).unwrap();
        simplex.limit(sum, Side::Low, 1).unwrap();
        assert_eq!(simplex.check(&mut Effort(1)), Err(Stop::Effort));
    }
}
