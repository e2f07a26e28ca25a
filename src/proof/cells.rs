//! Minutes that are alike in what is asked of them, taken together.
//!
//! What windows and holds say of their minutes is said of sums over cells: how many minutes a cell has, and what its
//! minutes have of each quantity together. What is so of each minute is so of the sum, with every number as often as
//! there are minutes, so that a minute of which nothing is known needs no choice: it counts in no sum.

use super::atoms::Cut;
use super::facts::{self, Fact};
use super::form::{Frame, Linear, Quantity, QuantityId, WHOLE};
use super::minutes::Kinds;
use super::model::Column;
use super::partition::Partition;
use super::rational::gcd;
use super::signs::{Sign, Truth, meaning};
use super::simplex::{Side, Simplex, Stop, Var};
use super::values::Values;
use crate::unit::StatusSet;

/// What the weight of a cell has for each of its minutes: quantities are doubled, see `model.rs`, so that a
/// proportion is at most the weight.
pub(super) const MINUTE: i128 = WHOLE * 2;

/// What the numbers of a rough look are whole multiples of: a hundredth of a percent.
const GRAIN: i128 = MINUTE / 10_000;

/// How exactly bounds are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// To the last unit.
    Exact,
    /// Bounds may be wider, so that numbers stay small.
    Rough,
}

/// How deep roundings may stand within each other.
const DEPTH_MAX: usize = 8;

/// Some minutes of a stretch.
#[derive(Clone)]
pub(super) struct Cell {
    pub(super) stretch: usize,
    /// The kinds that its minutes may be of, of which the same is known.
    pub(super) kinds: Kinds,
    pub(super) truths: Vec<(Sign, Truth)>,
    /// How many minutes it has, each counted as [`MINUTE`].
    pub(super) weight: Var,
    /// The sums of what its minutes have.
    columns: Vec<Column>,
    atoms: Vec<(Cut, Vec<Var>)>,
}

impl Cell {
    pub(super) fn truth(&self, sign: &Sign) -> Truth {
        let known = self.truths.iter().find(|(other, _)| other == sign);
        known.and_then(|(_, truth)| *truth)
    }
}

/// The cells of a question, and what is so of them.
#[derive(Clone)]
pub(super) struct Cells {
    pub(super) simplex: Simplex,
    pub(super) all: Vec<Cell>,
    partition: Option<Partition>,
    /// Whether responses are counted in the question.
    has_counts: bool,
    grain: Grain,
}

impl Cells {
    pub(super) fn new(
        simplex: Simplex,
        partition: Option<Partition>,
        has_counts: bool,
        grain: Grain,
    ) -> Self {
        Self {
            grain,
            simplex,
            all: Vec::new(),
            partition,
            has_counts,
        }
    }

    /// Adds a cell of up to so many minutes, with what its truths say.
    pub(super) fn add(
        &mut self,
        values: &mut Values<'_>,
        (stretch, minutes): (usize, u32),
        kinds: Kinds,
        truths: Vec<(Sign, Truth)>,
    ) -> Result<(), Stop> {
        let most = MINUTE * i128::from(minutes);
        let weight = self.simplex.column(Some(0), Some(most));
        let at = self.all.len();
        self.all.push(Cell {
            stretch,
            kinds,
            truths: truths.clone(),
            weight,
            columns: Vec::new(),
            atoms: Vec::new(),
        });
        for (sign, truth) in truths {
            let Some(truth) = truth else { continue };
            let (form, limits) = meaning(values, &sign, truth);
            for (side, bound) in limits {
                self.limit(values, at, &form.linear, (side, bound))?;
            }
        }
        Ok(())
    }

    /// Lets each minute of a cell have at least or at most so much of a sum, in doubled units.
    fn limit(
        &mut self,
        values: &mut Values<'_>,
        at: usize,
        linear: &Linear,
        (side, bound): (Side, i128),
    ) -> Result<(), Stop> {
        let Some(terms) = self.terms(values, at, linear, 0)? else {
            return Ok(());
        };
        let weight = self.all[at].weight;
        let rest = linear.constant * 2 - bound;
        self.row(&terms, &[(rest, weight)], (side, 0))?;
        let is_counted = self.has_counts && self.all[at].kinds == Kinds::COUNTED;
        if !is_counted {
            return Ok(());
        }
        let Some(shares) = shares(values, linear) else {
            return Ok(());
        };
        let all = values.count(None);
        let all = self.value(values, at, all, 0)?;
        let mut row = Vec::with_capacity(shares.len() + 1);
        for (factor, codes) in &shares {
            let count = values.count(Some(*codes));
            row.push((*factor * MINUTE, self.value(values, at, count, 0)?));
        }
        let missed = shares.iter().map(|(factor, _)| factor.abs()).sum::<i128>();
        row.push((self.wide(of_whole(rest, side, missed), side), all));
        self.row(&row, &[], (side, 0))
    }

    /// Returns the columns of a sum of what one minute has; `None` where it looks at other minutes.
    pub(super) fn terms(
        &mut self,
        values: &mut Values<'_>,
        at: usize,
        linear: &Linear,
        depth: usize,
    ) -> Result<Option<Vec<(i128, Var)>>, Stop> {
        if linear.terms.iter().any(|term| term.back != 0) {
            return Ok(None);
        }
        let mut found = Vec::with_capacity(linear.terms.len());
        for term in &linear.terms {
            found.push((term.factor, self.value(values, at, term.of, depth)?));
        }
        Ok(Some(found))
    }

    /// Returns what the minutes of a cell have of a quantity together.
    pub(super) fn value(
        &mut self,
        values: &mut Values<'_>,
        at: usize,
        of: QuantityId,
        depth: usize,
    ) -> Result<Var, Stop> {
        let (weight, kinds) = (self.all[at].weight, self.all[at].kinds);
        if let Some(known) = self.all[at].columns.iter().find(|column| column.of == of) {
            return Ok(known.var);
        }
        let known = values.quantity(of);
        let (low, high) = (known.low, known.high);
        let var = self
            .simplex
            .column((0 <= low).then_some(0), (high <= 0).then_some(0));
        self.row(&[(1, var)], &[(-2 * high, weight)], (Side::High, 0))?;
        if low != 0 {
            self.row(&[(1, var)], &[(-2 * low, weight)], (Side::Low, 0))?;
        }
        let column = Column { of, back: 0, var };
        for other in 0..self.all[at].columns.len() {
            let other = self.all[at].columns[other];
            let facts = facts::always(values, column, other);
            let facts = facts
                .into_iter()
                .chain(facts::together(values, column, other));
            for Fact { terms, most } in facts {
                self.row(&terms, &[(-most, weight)], (Side::High, 0))?;
            }
        }
        self.all[at].columns.push(column);
        match values.quantity(of).quantity.clone() {
            Quantity::Proportion(Frame::Minute, codes) => {
                self.cut(values, at, Cut::Proportions(Frame::Minute, 0), (var, codes))?;
            }
            Quantity::Count(_) if kinds == Kinds::EMPTY => {
                self.row(&[(1, var)], &[], (Side::High, 0))?;
            }
            Quantity::Count(None) if kinds == Kinds::COUNTED => {
                self.row(&[(1, var)], &[(-2, weight)], (Side::Low, 0))?;
            }
            Quantity::Count(Some(codes)) if kinds == Kinds::COUNTED => {
                self.cut(values, at, Cut::Counts(0), (var, codes))?;
            }
            Quantity::Rounded { of, by, miss, .. } if depth < DEPTH_MAX => {
                if let Some(terms) = self.terms(values, at, &of, depth + 1)? {
                    let mut row: Vec<(i128, Var)> =
                        terms.into_iter().map(|(f, var)| (-f, var)).collect();
                    row.push((by, var));
                    let (middle, slack) = (of.constant * 2, by * miss);
                    self.row(&row, &[(slack - middle, weight)], (Side::Low, 0))?;
                    self.row(&row, &[(-slack - middle, weight)], (Side::High, 0))?;
                }
            }
            _ => {}
        }
        Ok(var)
    }

    /// Ties a proportion or a count to the atoms of its codes.
    fn cut(
        &mut self,
        values: &mut Values<'_>,
        at: usize,
        cut: Cut,
        (var, codes): (Var, StatusSet),
    ) -> Result<(), Stop> {
        let Some(partition) = self.partition.clone() else {
            return Ok(());
        };
        let weight = self.all[at].weight;
        let known = self.all[at].atoms.iter().find(|(other, _)| *other == cut);
        let atoms = if let Some((_, atoms)) = known {
            atoms.clone()
        } else {
            let atoms = (0..partition.len()).map(|_| self.simplex.column(Some(0), None));
            let atoms: Vec<Var> = atoms.collect();
            self.all[at].atoms.push((cut, atoms.clone()));
            let mut row: Vec<(i128, Var)> = atoms.iter().map(|atom| (1, *atom)).collect();
            if let Cut::Counts(_) = cut {
                let all = values.count(None);
                row.push((-1, self.value(values, at, all, 0)?));
                self.row(&row, &[], (Side::High, 0))?;
            } else {
                self.row(&row, &[(-MINUTE, weight)], (Side::High, 0))?;
            }
            atoms
        };
        let own = partition.atoms_of(codes);
        let mut row: Vec<(i128, Var)> = own.map(|atom| (-1, atoms[atom])).collect();
        row.push((1, var));
        // A proportion is rounded by itself, counts add up.
        let slack = i128::from(!matches!(cut, Cut::Counts(_)));
        self.row(&row, &[(slack, weight)], (Side::Low, 0))?;
        self.row(&row, &[(-slack, weight)], (Side::High, 0))
    }

    /// Returns the factor of what is not below 0 in a sum that is at least or at most something: where numbers are
    /// rough, one that asks for no more.
    pub(super) const fn wide(&self, factor: i128, side: Side) -> i128 {
        match (self.grain, side) {
            (Grain::Exact, _) => factor,
            (Grain::Rough, Side::Low) => -((-factor).div_euclid(GRAIN)) * GRAIN,
            (Grain::Rough, Side::High) => factor.div_euclid(GRAIN) * GRAIN,
        }
    }

    /// Lets a sum be at least or at most `bound`. Of the weights, it takes so much for each minute.
    pub(super) fn row(
        &mut self,
        terms: &[(i128, Var)],
        weights: &[(i128, Var)],
        (side, bound): (Side, i128),
    ) -> Result<(), Stop> {
        let weights = weights.iter();
        let weights = weights.map(|(by, weight)| (self.wide(*by, side), *weight));
        let weights: Vec<(i128, Var)> = weights.collect();
        let shared = weights.iter().fold(MINUTE, |all, (by, _)| gcd(all, *by));
        let scale = MINUTE / shared;
        let mut row: Vec<(i128, Var)> = Vec::with_capacity(terms.len() + weights.len());
        let scaled = terms.iter().map(|(f, var)| (f.checked_mul(scale), *var));
        let weights = weights.iter().map(|(by, var)| (Some(by / shared), *var));
        for (factor, var) in scaled.chain(weights) {
            let factor = factor.ok_or(Stop::Width)?;
            match row.iter_mut().find(|(_, other)| *other == var) {
                Some((sum, _)) => *sum += factor,
                None => row.push((factor, var)),
            }
        }
        let shared = row.iter().fold(bound, |all, (factor, _)| gcd(all, *factor));
        if 1 < shared && bound == 0 {
            for (factor, _) in &mut row {
                *factor /= shared;
            }
        }
        row.retain(|(factor, _)| *factor != 0);
        row.sort_unstable_by_key(|(_, var)| *var);
        let bound = bound.checked_mul(scale).ok_or(Stop::Width)?;
        let bounds = match side {
            Side::Low => (Some(bound), None),
            Side::High => (None, Some(bound)),
        };
        self.simplex.row(&row, bounds)?;
        Ok(())
    }
}

/// Returns the factor of all responses in what a bound of a sum of proportions says of counts, where proportions are
/// rounded by half a unit each.
pub(super) const fn of_whole(rest: i128, side: Side, missed: i128) -> i128 {
    match side {
        Side::Low => rest + missed,
        Side::High => rest - missed,
    }
}

/// Returns the codes of a sum of proportions of the minute, with their factors; `None` of another sum.
pub(super) fn shares(values: &Values<'_>, linear: &Linear) -> Option<Vec<(i128, StatusSet)>> {
    let each = linear.terms.iter().map(|term| {
        let Quantity::Proportion(Frame::Minute, codes) = values.quantity(term.of).quantity else {
            return None;
        };
        (term.back == 0).then_some((term.factor, codes))
    });
    let shares: Vec<_> = each.collect::<Option<_>>()?;
    (!shares.is_empty()).then_some(shares)
}
