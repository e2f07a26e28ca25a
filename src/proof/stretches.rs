//! What windows and holds say together of the single minutes that they look at.
//!
//! A line of search whose comparisons can be met one by one is looked at once more, minute by minute: the minutes that
//! its windows and holds look at are cut into stretches in which all of them look at every minute or at none, and the
//! minutes of a stretch into [cells](super::cells) by their kind and by what the holds ask of them. How many minutes a
//! cell has is a variable that need not be whole, so that what is ruled out here is ruled out in every history.
//!
//! Rules that look at no window and at no earlier minute do not come here, and what takes longer than its effort is left open.

use std::collections::BTreeSet;

use super::cells::{Cell, Cells, Grain, MINUTE};
use super::form::{Frame, Linear, Need, Quantity};
use super::holds::Held;
use super::minutes::{Kinds, Knowledge};
use super::model::{Column, Histories};
use super::search::Search;
use super::simplex::{Effort, Outcome, Side, Simplex, Stop, Var};
use super::views::{View, sum};

/// How many steps the looks of one question take together, see [`EFFORT`](super::EFFORT).
pub(super) const EFFORT: u32 = 150_000;

/// How many stretches are looked at.
const STRETCHES_MAX: usize = 24;

/// In how many ways known minutes are dealt out to windows whose means are added up.
const WAYS_MAX: u32 = 36;

/// What there is of a line of search to be looked at.
pub(super) struct Seen {
    pub(super) views: Vec<View>,
    /// The quantities of single minutes.
    pub(super) points: Vec<Column>,
    /// Each with how many minutes before its own it looks.
    pub(super) held: Vec<(Held, u32)>,
    /// Windows that are known or unknown, each with where it starts and how many of its minutes must be.
    pub(super) marks: Vec<(u32, u32, Knowledge)>,
    pub(super) has_counts: bool,
    /// Where each stretch starts, how many minutes ago, and how many minutes it has.
    pub(super) stretches: Vec<(u32, u32)>,
}

impl Search<'_, '_, '_> {
    /// Looks whether there can be single minutes such that all is so.
    pub(super) fn within_stretches(&mut self) -> Outcome {
        if self.context.histories == Histories::Steady {
            return Outcome::Open;
        }
        let mut effort = self.context.look;
        let outcome = self.look(&mut effort);
        self.context.look = effort;
        // What is too much to be looked at is left open.
        outcome.unwrap_or(Outcome::Open)
    }

    fn look(&mut self, effort: &mut Effort) -> Result<Outcome, Stop> {
        let mut simplex = self.with_counts(effort)?;
        if let Some(simplex) = &mut simplex
            && simplex.check(effort)? == Outcome::Conflict
        {
            return Ok(Outcome::Conflict);
        }
        let Some(seen) = self.seen() else {
            return Ok(Outcome::Open);
        };
        let simplex = simplex.unwrap_or_else(|| self.model.simplex.clone());
        match self.look_at(&seen, (simplex.clone(), Grain::Exact), effort) {
            Err(Stop::Width) => self.look_at(&seen, (simplex, Grain::Rough), effort),
            outcome => outcome,
        }
    }

    fn look_at(
        &mut self,
        seen: &Seen,
        (simplex, grain): (Simplex, Grain),
        effort: &mut Effort,
    ) -> Result<Outcome, Stop> {
        let mut cells = self.cells(seen, (simplex, grain))?;
        self.put(seen, &mut cells)?;
        effort.spend(cells.all.len() * 16)?;
        if cells.simplex.check(effort)? == Outcome::Conflict {
            return Ok(Outcome::Conflict);
        }
        self.with_known_minutes(seen, &cells, effort)
    }

    /// Returns the quantities that are known, with those that are rounded in them.
    fn columns(&self) -> Vec<Column> {
        let mut open: Vec<Column> = self.model.live().collect();
        let mut found: Vec<Column> = Vec::new();
        while let Some(column) = open.pop() {
            if found.iter().any(|other| other.var == column.var) {
                continue;
            }
            found.push(column);
            if let Quantity::Rounded { of, .. } = &self.context.values.quantity(column.of).quantity
            {
                let inner = of.terms.iter();
                let place = |back: u32| column.back.saturating_add(back);
                open.extend(inner.filter_map(|term| self.model.known(term.of, place(term.back))));
            }
        }
        found
    }

    /// Returns what there is to be looked at, if that is more than one thing.
    fn seen(&mut self) -> Option<Seen> {
        let (mut views, mut points, mut has_counts) = (Vec::new(), Vec::new(), false);
        let columns = self.columns();
        for column in &columns {
            let quantity = &self.context.values.quantity(column.of).quantity;
            has_counts |= matches!(
                quantity,
                Quantity::Count(_) | Quantity::Proportion(Frame::Share(_), _)
            );
            match quantity {
                Quantity::Proportion(Frame::Minute, _) | Quantity::Count(_) => points.push(*column),
                _ => views.extend(View::of(self.context.values, &self.model.simplex, *column)),
            }
        }
        has_counts |= views.iter().any(|view| {
            let of = &view.of.needs;
            of.iter().any(|(need, _)| matches!(need, Need::Counted(_)))
        });
        // Holds of the minute that all look at are compared by their shared minutes alone: so most rules are.
        if views.is_empty() && points.iter().all(|point| point.back == 0) {
            return None;
        }
        let held = self.held.clone().into_iter();
        let held = held.map(|held| self.looked_at(held));
        let held: Vec<(Held, u32)> = held.collect();
        if views.len() + held.len() == 0 || views.len() + held.len() + points.len() < 2 {
            return None;
        }
        let spans = views.iter().map(|view| (view.back, view.over));
        let spans: Vec<(u32, u32)> = spans
            .chain(held.iter().map(|(held, _)| (held.back, held.over)))
            .collect();
        let marks = self
            .minutes
            .marks()
            .iter()
            .filter_map(|(need, back, known)| match need {
                Need::Known(Frame::Mean(over)) => Some((*back, *over, *known)),
                _ => None,
            });
        let marks: Vec<_> = marks.collect();
        let alone = points.iter().map(|point| point.back);
        let alone: BTreeSet<u32> = alone.chain(self.minutes.restricted()).collect();
        let stretches = stretches(&spans, &marks, &alone);
        (stretches.len() <= STRETCHES_MAX).then_some(Seen {
            views,
            points,
            held,
            marks,
            has_counts,
            stretches,
        })
    }

    /// Lets the cells be what holds, windows and single minutes say.
    fn put(&mut self, seen: &Seen, cells: &mut Cells) -> Result<(), Stop> {
        let is_over = |cell: &Cell, back: u32, over: u32| {
            let (start, _) = seen.stretches[cell.stretch];
            back <= start && start < back + over
        };
        for of in &seen.held {
            let held = &of.0;
            if held.is_throughout() {
                continue;
            }
            let own = cells.all.iter().filter(|cell| {
                is_over(cell, held.back, held.over) && self.may_be(of, &cell.truths)
            });
            let own: Vec<(i128, Var)> = own.map(|cell| (1, cell.weight)).collect();
            cells.row(&own, &[], (Side::Low, i128::from(held.least) * MINUTE))?;
        }
        for (back, over, known) in &seen.marks {
            let is_whole = (*back..back + over).all(|at| {
                seen.stretches
                    .iter()
                    .any(|(start, n)| *start <= at && at < start + n)
            });
            let own = cells.all.iter().filter(|cell| {
                is_over(cell, *back, *over) && !cell.kinds.and(Kinds::CODES).is_none()
            });
            let own: Vec<(i128, Var)> = own.map(|cell| (1, cell.weight)).collect();
            let few = i128::from(over.div_ceil(2));
            match known {
                _ if !is_whole => {}
                Knowledge::Known => cells.row(&own, &[], (Side::Low, few * MINUTE))?,
                Knowledge::Unknown => cells.row(&own, &[], (Side::High, (few - 1) * MINUTE))?,
            }
        }
        for view in &seen.views {
            view.put(self.context.values, cells, &seen.stretches)?;
        }
        for point in &seen.points {
            let Some(stretch) = seen.stretches.iter().position(|at| *at == (point.back, 1)) else {
                continue;
            };
            let own = cells.all.iter().enumerate();
            let own = own.filter(|(_, cell)| cell.stretch == stretch);
            let own: Vec<usize> = own.map(|(at, _)| at).collect();
            let of = Linear::one(point.of, 1);
            // A single minute is one of the cells, so that each must be within the bounds.
            for side in [Side::Low, Side::High] {
                let Some(bound) = self.model.simplex.bound(point.var, side) else {
                    continue;
                };
                for at in &own {
                    let term = sum(self.context.values, cells, &[*at], &of)?;
                    let weight = cells.all[*at].weight;
                    cells.row(&term, &[(-bound, weight)], (side, 0))?;
                }
            }
            let mut row = sum(self.context.values, cells, &own, &of)?;
            row.push((-1, point.var));
            cells.row(&row, &[], (Side::Low, 0))?;
            cells.row(&row, &[], (Side::High, 0))?;
        }
        Ok(())
    }

    /// Looks once more with every number of known minutes that the windows can have whose means are added up.
    fn with_known_minutes(
        &mut self,
        seen: &Seen,
        cells: &Cells,
        effort: &mut Effort,
    ) -> Result<Outcome, Stop> {
        let mut windows: Vec<(u32, u32)> = Vec::new();
        let mut ways = 1_u32;
        for view in seen.views.iter().filter(|view| view.is_mean_in_sum()) {
            let window = (view.back, view.over);
            let counts = view.over / 2 + 1;
            if !windows.contains(&window) && ways.saturating_mul(counts) <= WAYS_MAX {
                ways *= counts;
                windows.push(window);
            }
        }
        if windows.is_empty() {
            return Ok(Outcome::Open);
        }
        for mut way in 0..ways {
            let mut cells = cells.clone();
            for (back, over) in &windows {
                let counts = over / 2 + 1;
                let known = over - way % counts;
                way /= counts;
                let same = seen.views.iter().filter(|view| {
                    (view.back, view.over) == (*back, *over) && view.is_mean_in_sum()
                });
                for view in same {
                    let values = &mut *self.context.values;
                    view.put_exactly(values, &mut cells, (&seen.stretches, known))?;
                }
            }
            effort.spend(cells.all.len() * 4)?;
            if cells.simplex.check(effort)? == Outcome::Open {
                return Ok(Outcome::Open);
            }
        }
        Ok(Outcome::Conflict)
    }
}

/// Cuts the minutes of the spans where one of them starts or ends, and around the minutes that are looked at alone.
fn stretches(
    spans: &[(u32, u32)],
    marks: &[(u32, u32, Knowledge)],
    alone: &BTreeSet<u32>,
) -> Vec<(u32, u32)> {
    let marks = marks.iter().map(|(back, over, _)| (*back, *over));
    let all = spans.iter().copied().chain(marks);
    let ends = all.flat_map(|(back, over)| [back, back + over]);
    let alone = alone.iter().flat_map(|at| [*at, at + 1]);
    let cuts: BTreeSet<u32> = ends.chain(alone).collect();
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let pieces = cuts.windows(2).map(|pair| (pair[0], pair[1] - pair[0]));
    let is_seen = |(start, _): &(u32, u32)| {
        let mut spans = spans.iter();
        spans.any(|(back, over)| back <= start && *start < back + over)
    };
    pieces.filter(is_seen).collect()
}
