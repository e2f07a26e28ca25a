//! What bounds of a minute's proportions say of its numbers of responses.
//!
//! Where responses are counted, a proportion is a part of them, rounded once: `5xx > 60%` says that more than that part
//! of all responses has these codes. As long as the level is a number, that is a sum of counts.

use std::collections::BTreeSet;

use super::cells::{MINUTE, of_whole, shares};
use super::form::{Frame, Linear, Quantity, Term};
use super::minutes::Kinds;
use super::model::Column;
use super::search::Search;
use super::simplex::{Effort, Side, Simplex, Stop, Var};
use crate::unit::StatusSet;

/// The bound of a sum of proportions of one minute, in doubled units.
type Bound = (Vec<(i128, StatusSet)>, (Side, i128));

impl Search<'_, '_, '_> {
    /// Returns the constraints with what bounds of proportions say of the counts of their minute, if there are any.
    pub(super) fn with_counts(&mut self, effort: &mut Effort) -> Result<Option<Simplex>, Stop> {
        let live: Vec<Column> = self.model.live().collect();
        // All responses alone leave each proportion open.
        let is_count = |column: &&Column| {
            let quantity = &self.context.values.quantity(column.of).quantity;
            matches!(quantity, Quantity::Count(Some(_)))
        };
        let counts = live.iter().filter(is_count).map(|column| column.back);
        let backs: BTreeSet<u32> = counts.collect();
        let mut simplex: Option<Simplex> = None;
        for back in backs {
            let kinds = self.minutes.kinds(back);
            let is = |others: Kinds| kinds.and(others.other()).is_none();
            let bounds = if is(Kinds::COUNTED.or(Kinds::HUGE)) {
                self.bounds_of_proportions(&live, back)
            } else {
                Vec::new()
            };
            if bounds.is_empty() {
                continue;
            }
            let is_counted = is(Kinds::COUNTED);
            if is_counted {
                self.count(&bounds, back, effort)?;
            }
            let simplex = match &mut simplex {
                Some(simplex) => simplex,
                empty => empty.insert(self.model.simplex.clone()),
            };
            self.put_counts(simplex, (&bounds, back), is_counted)?;
        }
        Ok(simplex)
    }

    /// Sees to it that there are columns of the counts.
    fn count(&mut self, bounds: &[Bound], back: u32, effort: &mut Effort) -> Result<(), Stop> {
        let sets = bounds.iter().flat_map(|(shares, _)| shares);
        let sets = sets.map(|(_, codes)| Some(*codes));
        for codes in sets.chain([None]) {
            let of = self.context.values.count(codes);
            self.model.column(self.context.values, of, back, effort)?;
        }
        Ok(())
    }

    fn put_counts(
        &mut self,
        simplex: &mut Simplex,
        (bounds, back): (&[Bound], u32),
        is_counted: bool,
    ) -> Result<(), Stop> {
        let whole = self.context.values.count(None);
        let whole = self.model.known(whole, back).map(|column| column.var);
        let atoms = self.model.atoms_of_counts(back).map(<[Var]>::to_vec);
        let all = match (whole, &atoms) {
            (Some(whole), _) if is_counted => whole,
            // The whole may be beyond the range of values, and its parts with it.
            (None, Some(atoms)) => {
                let all = simplex.column(Some(2), None);
                let mut row: Vec<(i128, Var)> = atoms.iter().map(|atom| (1, *atom)).collect();
                row.push((-1, all));
                simplex.row(&row, (None, Some(0)))?;
                all
            }
            _ => return Ok(()),
        };
        for (shares, (side, bound)) in bounds {
            let mut row: Vec<(i128, Var)> = Vec::new();
            for (factor, codes) in shares {
                let factor = factor.checked_mul(MINUTE).ok_or(Stop::Width)?;
                if is_counted {
                    let count = self.context.values.count(Some(*codes));
                    let count = self.model.known(count, back);
                    row.extend(count.map(|count| (factor, count.var)));
                } else if let (Some(atoms), Some(partition)) = (&atoms, &self.model.partition) {
                    let own = partition.atoms_of(*codes);
                    row.extend(own.map(|atom| (factor, atoms[atom])));
                }
            }
            let missed = shares.iter().map(|(factor, _)| factor.abs()).sum::<i128>();
            row.push((of_whole(-bound, *side, missed), all));
            let bounds = match side {
                Side::Low => (Some(0), None),
                Side::High => (None, Some(0)),
            };
            simplex.row(&once_each(row), bounds)?;
        }
        Ok(())
    }

    /// Returns the bounds that the line of search has put on proportions of a minute, and on sums of them.
    fn bounds_of_proportions(&self, live: &[Column], back: u32) -> Vec<Bound> {
        let values = &self.context.values;
        let is_own = |column: &&Column| {
            let quantity = &values.quantity(column.of).quantity;
            column.back == back && matches!(quantity, Quantity::Proportion(Frame::Minute, _))
        };
        let own: Vec<&Column> = live.iter().filter(is_own).collect();
        let term = |(factor, var): &(i128, Var)| {
            let column = own.iter().find(|column| column.var == *var)?;
            Some(Term {
                factor: *factor,
                of: column.of,
                back: 0,
            })
        };
        let alone = own.iter().map(|column| vec![(1, column.var)]);
        let alone = alone.map(|terms| (terms[0].1, terms));
        let sums = self
            .model
            .sums
            .iter()
            .map(|(terms, var)| (*var, terms.clone()));
        let mut found = Vec::new();
        for (var, terms) in alone.chain(sums) {
            let Some(terms) = terms.iter().map(term).collect::<Option<Vec<Term>>>() else {
                continue;
            };
            let linear = Linear { terms, constant: 0 };
            let Some(shares) = shares(values, &linear) else {
                continue;
            };
            for side in [Side::Low, Side::High] {
                let bound = self.model.simplex.bound(var, side);
                found.extend(bound.map(|bound| (shares.clone(), (side, bound))));
            }
        }
        found
    }
}

/// Returns the sum in which each variable stands once.
fn once_each(terms: Vec<(i128, Var)>) -> Vec<(i128, Var)> {
    let mut row: Vec<(i128, Var)> = Vec::with_capacity(terms.len());
    for (factor, var) in terms {
        match row.iter_mut().find(|(_, other)| *other == var) {
            Some((sum, _)) => *sum += factor,
            None => row.push((factor, var)),
        }
    }
    row.retain(|(factor, _)| *factor != 0);
    row
}
