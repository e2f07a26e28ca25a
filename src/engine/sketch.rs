//! What is known of a step over a block before it is worked out, and whether it has to be.
//!
//! A row of values is at first only [bounded](State::Bounded). What bounds decide, such as a comparison
//! with a number that lies beyond them, is there at once; what they do not decide waits until
//! somebody asks for it, and then asks for its operands. Most blocks are calm, and of a calm block hardly
//! anything is asked.

use super::bounds::Bounds;
use super::columns::{Columns, State, is_full, is_void};
use super::compare::decides;
use super::evaluator::Evaluator;
use super::plan::{Plan, Step, Work};
use super::point::{Point, multiply};
use super::sliding::sliding;
use super::span::{Known, Span};

impl Evaluator {
    /// Notes what is known of a step's row without working it out; where nothing is missing, it is
    /// worked out.
    #[inline]
    pub(super) fn sketch(&mut self, plan: &Plan, step: &Step) {
        match step.work {
            Work::Point(point) if point.is_condition() => {
                if missing(&self.columns, self.minutes, step.work).is_none() {
                    self.work(plan, step.place, step.work);
                }
            }
            Work::Point(point) => {
                if let Some(bounds) = point_bounds(point, &self.columns) {
                    self.columns.know_where(step.place, point, self.minutes);
                    self.columns.set_bounds(step.place, bounds, State::Bounded);
                }
            }
            Work::Back { ring, minutes: ago } => {
                let past = self.rings.zones(ring).around(self.minutes + ago, ago);
                if past.unknowns == 0 || past.known() == 0 {
                    self.columns.know_all(step.place, past.bounds);
                }
            }
            Work::Window { window } => {
                let sliding = sliding(&self.rings, plan.windows[window], self.minutes);
                if let Some(Span { bounds, known }) = sliding.span(&mut self.room) {
                    self.columns.know_all(step.place, bounds);
                    if known == Known::Some {
                        sliding.note_known(self.columns.cells_mut(step.place).1);
                    }
                }
            }
            Work::Narrow(_)
            | Work::BackTruth { .. }
            | Work::Share { .. }
            | Work::Hold { .. }
            | Work::Rank { .. } => self.demand(plan, step.place),
        }
    }

    /// Works a row out over the block, unless it is there, and what it is made of.
    pub(super) fn demand(&mut self, plan: &Plan, row: usize) {
        if self.columns.is_whole(row) {
            return;
        }
        let mut asked = std::mem::take(&mut self.asked);
        asked.push(row);
        while let Some(row) = asked.last().copied() {
            let work = plan.work.get(row).copied().flatten();
            let Some(work) = work.filter(|_| !self.columns.is_whole(row)) else {
                asked.pop();
                continue;
            };
            if let Some(operand) = missing(&self.columns, self.minutes, work) {
                asked.push(operand);
            } else {
                self.work(plan, row, work);
                asked.pop();
            }
        }
        self.asked = asked;
    }
}

/// Returns an operand that has to be there before a row can be worked out, if one is missing.
fn missing(columns: &Columns, minutes: usize, work: Work) -> Option<usize> {
    let one = |row: usize| (!columns.is_whole(row)).then_some(row);
    let two = |a: usize, b: usize| one(a).or_else(|| one(b));
    let is_constant = |row: usize, truth: bool| {
        let planes = columns.planes(row);
        columns.is_whole(row)
            && is_full(planes.known, minutes)
            && if truth {
                is_full(planes.trues, minutes)
            } else {
                is_void(planes.trues, minutes)
            }
    };
    let two_unless = |truth: bool, a: usize, b: usize| {
        let is_decided = is_constant(a, truth) || is_constant(b, truth);
        if is_decided { None } else { two(a, b) }
    };
    let point = match work {
        Work::Point(point) => point,
        Work::Hold { of, .. } => return one(of),
        Work::Rank { of, rank, .. } => {
            let is_decided = decides(rank.how, columns.bounds(of), Some(rank.bounds()));
            return if is_decided.is_some() { None } else { one(of) };
        }
        Work::Narrow(_)
        | Work::Back { .. }
        | Work::BackTruth { .. }
        | Work::Window { .. }
        | Work::Share { .. } => return None,
    };
    match point {
        Point::Negative(of) | Point::Scale(of, _) | Point::Not(of) => one(of),
        Point::Add(a, b)
        | Point::Subtract(a, b)
        | Point::Multiply(a, b)
        | Point::Divide(a, b)
        | Point::OrElse(a, b) => two(a, b),
        Point::Compare(how, a, b) => match decides(how, columns.bounds(a), columns.bounds(b)) {
            Some(_) => None,
            None => two(a, b),
        },
        Point::Test(how, of, against) => {
            match decides(how, columns.bounds(of), Some(Bounds::point(against))) {
                Some(_) => None,
                None => one(of),
            }
        }
        Point::And(a, b) => two_unless(false, a, b),
        Point::Or(a, b) => two_unless(true, a, b),
        Point::Given(of, guard) => one(guard).or_else(|| {
            let is_void = is_void(columns.planes(guard).trues, minutes);
            if is_void { None } else { one(of) }
        }),
    }
}

/// Returns the bounds of what is made of bounded values, if it is known wherever they are.
fn point_bounds(point: Point, columns: &Columns) -> Option<Bounds> {
    let of = |row: usize| columns.bounds(row);
    let both = |a: usize, b: usize| Some((of(a)?, of(b)?));
    let is_nothing = |a: Bounds, b: Bounds| a.is_none() || b.is_none();
    match point {
        Point::Negative(row) => {
            let Bounds { low, high } = of(row)?;
            Some(if high < low {
                Bounds::NONE
            } else {
                Bounds {
                    low: -high,
                    high: -low,
                }
            })
        }
        Point::Add(a, b) => match both(a, b)? {
            (a, b) if is_nothing(a, b) => Some(Bounds::NONE),
            (a, b) => {
                let ((a_low, a_high), (b_low, b_high)) = (a.wide(), b.wide());
                Bounds::in_range(a_low + b_low, a_high + b_high)
            }
        },
        Point::Subtract(a, b) => match both(a, b)? {
            (a, b) if is_nothing(a, b) => Some(Bounds::NONE),
            (a, b) => {
                let ((a_low, a_high), (b_low, b_high)) = (a.wide(), b.wide());
                Bounds::in_range(a_low - b_high, a_high - b_low)
            }
        },
        Point::Scale(row, scale) => {
            let bounds = of(row)?;
            if bounds.is_none() {
                return Some(bounds);
            }
            let (a, b) = (scale.product(bounds.low), scale.product(bounds.high));
            let is_known = a.is_known() && b.is_known();
            is_known.then(|| Bounds::of(a).join(Bounds::of(b)))
        }
        Point::Multiply(a, b) => {
            let (a, b) = both(a, b)?;
            product(a, b)
        }
        Point::OrElse(a, b) => {
            let (a, b) = both(a, b)?;
            Some(a.join(b))
        }
        // It is unknown where the divisor is nought, which bounds cannot tell; and conditions have none.
        Point::Divide(..)
        | Point::Compare(..)
        | Point::Test(..)
        | Point::And(..)
        | Point::Or(..)
        | Point::Not(_)
        | Point::Given(..) => None,
    }
}

fn product(a: Bounds, b: Bounds) -> Option<Bounds> {
    if a.is_none() || b.is_none() {
        return Some(Bounds::NONE);
    }
    let mut bounds = Bounds::NONE;
    for (a, b) in [
        (a.low, b.low),
        (a.low, b.high),
        (a.high, b.low),
        (a.high, b.high),
    ] {
        let corner = multiply(a, b);
        if !corner.is_known() {
            return None;
        }
        bounds = bounds.join(Bounds::of(corner));
    }
    Some(bounds)
}
