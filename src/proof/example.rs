//! From a way in which all is so to minutes in round numbers that may show it.

use super::form::{ONE, Quantity, UNITS_MAX, WHOLE};
use super::model::Column;
use super::partition::Partition;
use super::search::Search;
use super::simplex::{Outcome, Side, Var};
use super::witness::{Part, Witness};
use crate::unit::Decimal;

/// Numbers that people take for round, the roundest first: 50, 10, 5, 1, … down to one unit.
fn steps() -> impl Iterator<Item = i128> {
    let tens = std::iter::successors(Some(10 * ONE), |ten| Some(ten / 10).filter(|ten| 0 < *ten));
    tens.flat_map(|ten| [ten, ten / 2]).filter(|step| 0 < *step)
}

/// Counts of responses of which many proportions are whole numbers of responses.
const TOTALS: [i128; 6] = [100, 200, 1_000, 10_000, 1_000_000, 1_000_000_000];

/// Returns minutes that are as the search left them, or nearly. `other` is a code in no set.
pub(super) fn minutes(
    search: &mut Search<'_, '_, '_>,
    partition: &Partition,
    other: Option<u16>,
) -> Vec<Witness> {
    // Also those that are only part of what was rounded.
    let columns = search.model.columns.clone();
    for column in columns {
        let quantity = &search.values().quantity(column.of).quantity;
        if matches!(
            quantity,
            Quantity::Proportion(..) | Quantity::Count(Some(_))
        ) {
            round(search, column.var);
        }
    }
    let of = |search: &Search<'_, '_, '_>, atoms: Option<&[Var]>| -> Vec<i128> {
        let atoms = atoms.unwrap_or_default().iter();
        atoms.map(|atom| search.model.value(*atom)).collect()
    };
    let proportions = of(search, search.model.atoms_of_proportions());
    let counts = of(search, search.model.atoms_of_counts(0));
    let codes: Vec<Option<u16>> = partition.codes().collect();
    let total = total(search);
    let mut found = vec![plain(&codes, &proportions, other)];
    if let Some((least, most)) = total {
        let middle = least.midpoint(most);
        for total in TOTALS.into_iter().chain([least, most, middle]) {
            if least <= total && total <= most {
                found.push(counted(&codes, &shares(&proportions, total), total, other));
                found.push(counted(&codes, &counts, total, other));
            }
        }
    }
    found.into_iter().flatten().collect()
}

/// Returns the minute that has one code alone.
pub(super) fn whole(code: Option<u16>, count: Option<u64>) -> [Part; 1] {
    [Part {
        code,
        proportion: Decimal::HUNDRED,
        count,
    }]
}

/// Returns the minute in which a code has this proportion, between 0 and 100 %, and another the
/// rest.
pub(super) fn at_level(
    (code, level): (Option<u16>, Decimal),
    other: Option<u16>,
    total: Option<u64>,
) -> [Part; 2] {
    let units = i128::from(level.units());
    let count = |units: i128| {
        let total = total.map(i128::from)?;
        u64::try_from(units * total / WHOLE).ok()
    };
    let rest = WHOLE - units;
    [
        Part {
            code,
            proportion: level,
            count: count(units),
        },
        Part {
            code: other,
            proportion: Decimal::from_wide_units(rest).unwrap_or(Decimal::ZERO),
            count: count(rest),
        },
    ]
}

/// Sets a variable to a round number near the middle of what it can be, if the rest allows that;
/// else to one near where the search left it.
fn round(search: &mut Search<'_, '_, '_>, var: Var) {
    let bounds = [Side::Low, Side::High].map(|side| search.model.simplex.bound(var, side));
    let [Some(low), Some(high)] = bounds else {
        return;
    };
    let (low, high) = (-(-low).div_euclid(2), high.div_euclid(2));
    let middle = low.midpoint(high);
    let value = search.model.value(var);
    let nearest = |step: i128| (middle + step / 2).div_euclid(step) * step;
    let below = |step: i128| value.div_euclid(step) * step;
    let first = steps()
        .map(nearest)
        .find(|value| low <= *value && *value <= high);
    let others = steps().flat_map(|step| [below(step), below(step) + step]);
    for value in first.into_iter().chain(others) {
        if low <= value && value <= high && is_set(search, var, value) {
            return;
        }
    }
}

/// Sets a variable, if the rest allows that.
fn is_set(search: &mut Search<'_, '_, '_>, var: Var, value: i128) -> bool {
    let mark = search.model.mark();
    let mut effort = *search.effort();
    let simplex = &mut search.model.simplex;
    let set = [Side::Low, Side::High].map(|side| simplex.limit(var, side, value * 2));
    let is_met = set == [Ok(Outcome::Open), Ok(Outcome::Open)]
        && simplex.check(&mut effort) == Ok(Outcome::Open);
    if !is_met {
        search.model.back_to(mark);
        // What is left is as it was: it can be met.
        let _ = search.model.simplex.check(&mut effort);
    }
    *search.effort() = effort;
    is_met
}

/// Returns between which bounds the number of responses lies, if counts are part of it.
fn total(search: &mut Search<'_, '_, '_>) -> Option<(i128, i128)> {
    let columns: Vec<Column> = search.model.live().collect();
    let mut found = None;
    for column in columns {
        let Quantity::Count(codes) = search.values().quantity(column.of).quantity else {
            continue;
        };
        let bound = |side| search.model.simplex.bound(column.var, side);
        let (low, high) = (
            bound(Side::Low)?.div_euclid(2),
            bound(Side::High)?.div_euclid(2),
        );
        found = match codes {
            None => return Some((low.max(1), high)),
            Some(_) => found.or(Some((1, UNITS_MAX / ONE))),
        };
    }
    found
}

/// Returns the minute of these proportions, without counts.
fn plain(codes: &[Option<u16>], atoms: &[i128], other: Option<u16>) -> Option<Witness> {
    let mut parts = Vec::new();
    let rest = WHOLE - atoms.iter().sum::<i128>();
    let named = codes.iter().copied().zip(atoms.iter().copied());
    for (code, units) in named.chain([(other, rest)]) {
        if units < 0 {
            return None;
        }
        if 0 < units {
            parts.push(Part {
                code,
                proportion: Decimal::from_wide_units(units)?,
                count: None,
            });
        }
    }
    parts.sort_by_key(|part| part.code);
    Some(Witness::Codes(parts))
}

/// Returns how many responses of a total these proportions are.
fn shares(atoms: &[i128], total: i128) -> Vec<i128> {
    let share = |units: &i128| (units * total + WHOLE / 2).div_euclid(WHOLE);
    atoms.iter().map(share).collect()
}

/// Returns the minute of these counts.
fn counted(
    codes: &[Option<u16>],
    counts: &[i128],
    total: i128,
    other: Option<u16>,
) -> Option<Witness> {
    let mut parts = Vec::new();
    let rest = total - counts.iter().sum::<i128>();
    let named = codes.iter().copied().zip(counts.iter().copied());
    for (code, count) in named.chain([(other, rest)]) {
        let responses = u64::try_from(count).ok()?;
        if 0 < count {
            parts.push(Part {
                code,
                proportion: Decimal::ratio(100 * count, total)?,
                count: Some(responses),
            });
        }
    }
    parts.sort_by_key(|part| part.code);
    Some(Witness::Codes(parts))
}
