//! The atoms of a minute's codes as variables: a set of codes is the sum of its atoms.

use super::form::{Frame, Quantity, WHOLE};
use super::model::{Column, Histories, Model};
use super::partition::Partition;
use super::simplex::{Stop, Var};
use super::values::Values;
use crate::unit::StatusSet;

/// Minutes whose atoms are variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Proportions(Frame, u32),
    Counts(u32),
}

impl Model {
    /// Ties a proportion or a count to the atoms of its codes.
    pub(super) fn cut(
        &mut self,
        values: &Values<'_>,
        cut: Cut,
        (var, codes): (Var, StatusSet),
        slack: i128,
    ) -> Result<(), Stop> {
        let Some(atoms) = self.partition.as_ref().map(Partition::len) else {
            return Ok(());
        };
        let at = if let Some(at) = self.cut_at(cut) {
            at
        } else {
            let most = matches!(cut, Cut::Proportions(..)).then_some(WHOLE * 2);
            let atoms: Vec<Var> = (0..atoms)
                .map(|_| self.simplex.column(Some(0), most))
                .collect();
            self.atoms.push((cut, atoms));
            let at = self.atoms.len() - 1;
            self.whole(values, at)?;
            at
        };
        // What is found in a steady history is a minute: its values are sums as they stand.
        let slack = match self.histories {
            Histories::Any => slack,
            Histories::Steady => 0,
        };
        let atoms = &self.atoms[at].1;
        let own = self.partition.iter().flat_map(|all| all.atoms_of(codes));
        let mut row: Vec<(i128, Var)> = own.map(|atom| (-1, atoms[atom])).collect();
        row.push((1, var));
        self.simplex.row(&row, (Some(-slack), Some(slack)))?;
        Ok(())
    }

    pub(super) fn cut_at(&self, cut: Cut) -> Option<usize> {
        self.atoms.iter().position(|(other, _)| *other == cut)
    }

    /// Lets atoms be at most the whole together.
    pub(super) fn whole(&mut self, values: &Values<'_>, at: usize) -> Result<(), Stop> {
        let (cut, atoms) = &self.atoms[at];
        let mut row: Vec<(i128, Var)> = atoms.iter().map(|atom| (1, *atom)).collect();
        let most = match cut {
            Cut::Proportions(..) => WHOLE * 2,
            Cut::Counts(back) => {
                let is_all = |column: &&Column| {
                    let quantity = &values.quantity(column.of).quantity;
                    column.back == *back && *quantity == Quantity::Count(None)
                };
                let Some(all) = self.columns.iter().find(is_all) else {
                    return Ok(());
                };
                row.push((-1, all.var));
                0
            }
        };
        self.simplex.row(&row, (None, Some(most)))?;
        Ok(())
    }

    /// Returns the atoms of the minute's proportions, if any are known.
    pub(super) fn atoms_of_proportions(&self) -> Option<&[Var]> {
        let at = self.cut_at(Cut::Proportions(Frame::Minute, 0))?;
        Some(&self.atoms[at].1)
    }

    /// Returns the atoms of a minute's counts, if any are known.
    pub(super) fn atoms_of_counts(&self, back: u32) -> Option<&[Var]> {
        let at = self.cut_at(Cut::Counts(back))?;
        Some(&self.atoms[at].1)
    }
}
