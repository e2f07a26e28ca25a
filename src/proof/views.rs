//! What a line of search says of windows, in terms of the minutes that they look at.

use std::rc::Rc;

use super::cells::{Cells, MINUTE};
use super::form::{Form, Frame, Linear, Need, Quantity, Source, WHOLE};
use super::minutes::Kinds;
use super::model::Column;
use super::signs::{Sign, is_known};
use super::simplex::{Side, Simplex, Stop, Var};
use super::values::Values;
use crate::lang::program::Reduce;
use crate::unit::StatusSet;

/// A window whose value has bounds.
pub(super) struct View {
    pub(super) back: u32,
    pub(super) over: u32,
    pub(super) what: What,
    /// What each of its minutes has, and when that is known.
    pub(super) of: Rc<Form>,
    var: Var,
    /// The bounds of the variable that say more than what it is of, in doubled units.
    bounds: [(Side, Option<i128>); 2],
}

/// What a window makes of its minutes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Mean,
    Sum,
    /// The value of this rank, 0 the least and 100 the greatest.
    Rank(u8),
    /// The proportion of the responses with these codes.
    Share(StatusSet),
}

impl View {
    /// Returns the window that a column is of, if it is one whose minutes are looked at.
    pub(super) fn of(values: &mut Values<'_>, simplex: &Simplex, column: Column) -> Option<Self> {
        let known = values.quantity(column.of);
        let natural = [known.low * 2, known.high * 2];
        let (what, source, over) = match known.quantity {
            Quantity::Proportion(Frame::Mean(over), codes) => {
                (What::Mean, Source::Codes(codes), over)
            }
            Quantity::Proportion(Frame::Share(over), codes) => {
                (What::Share(codes), Source::Codes(codes), over)
            }
            Quantity::Fold(source, over, reduce) => {
                let what = match reduce {
                    Reduce::Avg => What::Mean,
                    Reduce::Sum => What::Sum,
                    Reduce::Min => What::Rank(0),
                    Reduce::Max => What::Rank(100),
                    Reduce::Percentile(rank) => What::Rank(rank),
                    Reduce::Stddev => return None,
                };
                (what, source, over)
            }
            _ => return None,
        };
        let of = match (what, source) {
            (What::Share(_), _) => Rc::new(counted(values)),
            (_, Source::Codes(codes)) => Rc::new(values.of_proportion(Frame::Minute, codes)),
            (_, Source::Node(node)) => values.form(node),
        };
        // What is known in some minutes of a kind only is not looked into.
        let is_open = Kinds::ALL.each().all(|kind| is_known(&of, kind).is_some());
        let is_own = of.linear.terms.iter().all(|term| term.back == 0);
        if !is_open || !is_own {
            return None;
        }
        let bound = |side, natural| {
            let bound = simplex.bound(column.var, side);
            (side, bound.filter(|bound| *bound != natural))
        };
        Some(Self {
            back: column.back,
            over,
            what,
            of,
            var: column.var,
            bounds: [bound(Side::Low, natural[0]), bound(Side::High, natural[1])],
        })
    }

    /// Whether it is of a mean that stands in a sum with others, so that no bound of its own says what it is.
    pub(super) fn is_mean_in_sum(&self) -> bool {
        self.what == What::Mean && self.bounds.iter().all(|(_, bound)| bound.is_none())
    }

    /// Returns what tells its minutes apart.
    pub(super) fn signs(&self) -> Vec<Sign> {
        let What::Rank(_) = self.what else {
            return Vec::new();
        };
        let bounds = self.bounds.iter();
        let signs = bounds.filter_map(|(side, bound)| Some(self.sign(*side, (*bound)?)));
        signs.collect()
    }

    fn sign(&self, side: Side, bound: i128) -> Sign {
        Sign::Level(Rc::clone(&self.of), side, bound)
    }

    /// Returns the cells of its minutes in which its values are known.
    fn known(&self, cells: &Cells, stretches: &[(u32, u32)]) -> Vec<usize> {
        let all = cells.all.iter().enumerate();
        let own = all.filter(|(_, cell)| {
            let (start, _) = stretches[cell.stretch];
            let is_within = self.back <= start && start < self.back + self.over;
            let kind = cell.kinds.each().next();
            is_within && kind.is_some_and(|kind| is_known(&self.of, kind) == Some(true))
        });
        own.map(|(at, _)| at).collect()
    }

    /// Lets the minutes be such that the window is within its bounds.
    pub(super) fn put(
        &self,
        values: &mut Values<'_>,
        cells: &mut Cells,
        stretches: &[(u32, u32)],
    ) -> Result<(), Stop> {
        let own = self.known(cells, stretches);
        let weights = |by: i128, cells: &Cells| -> Vec<(i128, Var)> {
            own.iter().map(|at| (by, cells.all[*at].weight)).collect()
        };
        let all = weights(MINUTE, cells);
        let few = i128::from(self.over.div_ceil(2));
        cells.row(&[], &all, (Side::Low, few * MINUTE))?;
        match self.what {
            What::Sum => {
                let mut row = sum(values, cells, &own, &self.of.linear)?;
                row.push((-1, self.var));
                let constant = weights(self.of.linear.constant * 2, cells);
                cells.row(&row, &constant, (Side::Low, 0))?;
                cells.row(&row, &constant, (Side::High, 0))
            }
            What::Mean => {
                for (side, bound) in self.bounds {
                    let Some(bound) = bound else { continue };
                    // A mean is rounded by half a unit at most.
                    let edge = bound + if side == Side::Low { -1 } else { 1 };
                    let row = sum(values, cells, &own, &self.of.linear)?;
                    let rest = weights(self.of.linear.constant * 2 - edge, cells);
                    cells.row(&row, &rest, (side, 0))?;
                }
                Ok(())
            }
            What::Share(codes) => self.put_share(values, cells, &own, codes),
            What::Rank(rank) => self.put_rank(cells, &own, i128::from(rank)),
        }
    }

    fn put_share(
        &self,
        values: &mut Values<'_>,
        cells: &mut Cells,
        own: &[usize],
        codes: StatusSet,
    ) -> Result<(), Stop> {
        let (some, all) = (values.count(Some(codes)), values.count(None));
        let whole = sum(values, cells, own, &Linear::one(all, 1))?;
        cells.row(&whole, &[], (Side::Low, 2))?;
        let part = sum(values, cells, own, &Linear::one(some, 1))?;
        for (side, bound) in self.bounds {
            let Some(bound) = bound else { continue };
            let edge = bound + if side == Side::Low { -1 } else { 1 };
            let mut row: Vec<(i128, Var)> = part
                .iter()
                .map(|(by, var)| (by * WHOLE * 2, *var))
                .collect();
            row.extend(
                whole
                    .iter()
                    .map(|(by, var)| (cells.wide(-by * edge, side), *var)),
            );
            cells.row(&row, &[], (side, 0))?;
        }
        Ok(())
    }

    /// Lets as many minutes be on the side of a bound as must be if the value of a rank is.
    fn put_rank(&self, cells: &mut Cells, own: &[usize], rank: i128) -> Result<(), Stop> {
        for (side, bound) in self.bounds {
            let Some(bound) = bound else { continue };
            let sign = self.sign(side, bound);
            // How often all minutes count, of a hundred, and how many must be beside.
            let (of_all, beside) = match (side, rank) {
                (Side::Low, 0) | (Side::High, 100) => (100, 0),
                (Side::Low, 100) | (Side::High, 0) => (0, 100),
                (Side::Low, _) => (100 - rank, 1),
                (Side::High, _) => (rank, 0),
            };
            let weight = |at: &usize| {
                let cell = &cells.all[*at];
                let is_beyond = cell.truth(&sign) == Some(false);
                let by = if is_beyond { -of_all } else { 100 - of_all };
                (by, cell.weight)
            };
            let row: Vec<(i128, Var)> = own.iter().map(weight).collect();
            cells.row(&row, &[], (Side::Low, beside * MINUTE))?;
        }
        Ok(())
    }

    /// Lets the window have exactly so many known minutes, with which its mean is a sum.
    pub(super) fn put_exactly(
        &self,
        values: &mut Values<'_>,
        cells: &mut Cells,
        (stretches, known): (&[(u32, u32)], u32),
    ) -> Result<(), Stop> {
        let own = self.known(cells, stretches);
        let known = i128::from(known);
        let all: Vec<(i128, Var)> = own.iter().map(|at| (1, cells.all[*at].weight)).collect();
        for side in [Side::Low, Side::High] {
            cells.row(&all, &[], (side, known * MINUTE))?;
        }
        let linear = &self.of.linear;
        let mut row = sum(values, cells, &own, linear)?;
        row.push((-known, self.var));
        let middle = -linear.constant * 2 * known;
        cells.row(&row, &[], (Side::Low, middle - known))?;
        cells.row(&row, &[], (Side::High, middle + known))
    }
}

/// Returns what is known where responses are counted.
fn counted(values: &mut Values<'_>) -> Form {
    let all = values.count(None);
    Form {
        linear: Linear::one(all, 1),
        needs: vec![(Need::Counted(None), 0)],
        ..Form::default()
    }
}

/// Returns what the minutes of some cells have of a sum together, without its constant.
pub(super) fn sum(
    values: &mut Values<'_>,
    cells: &mut Cells,
    own: &[usize],
    linear: &Linear,
) -> Result<Vec<(i128, Var)>, Stop> {
    let mut row = Vec::new();
    for at in own {
        row.extend(cells.terms(values, *at, linear, 0)?.unwrap_or_default());
    }
    Ok(row)
}
