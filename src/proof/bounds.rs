//! Between which bounds a sum of proportions lies: those of one whole are 100 % together at the
//! most, so `5xx + 2xx` is never above that.

use super::form::{Form, Frame, Quantity, WHOLE};
use super::prover::Prover;
use crate::unit::StatusSet;

/// How many terms are looked at: of a longer sum the bounds are those of its terms.
const TERMS_MAX: usize = 12;

/// Proportions of one whole, each so many times.
type Parts = Vec<(StatusSet, i128)>;

impl Prover<'_> {
    /// Returns the least and the largest value, in units, as near as is known.
    pub(super) fn bounds(&self, form: &Form) -> (i128, i128) {
        let own = self.summed(form);
        own.map_or((form.low, form.high), |(low, high)| {
            (low.max(form.low), high.min(form.high))
        })
    }

    fn summed(&self, form: &Form) -> Option<(i128, i128)> {
        let terms = &form.linear.terms;
        let mut wholes: Vec<((Frame, u32), Parts)> = Vec::new();
        for term in terms.iter().take(TERMS_MAX + 1) {
            let Quantity::Proportion(frame, codes) = self.quantity(term.of) else {
                return None;
            };
            let place = (*frame, term.back);
            let part = (*codes, term.factor);
            match wholes.iter_mut().find(|(other, _)| *other == place) {
                Some((_, parts)) => parts.push(part),
                None => wholes.push((place, vec![part])),
            }
        }
        if TERMS_MAX < terms.len() {
            return None;
        }
        let constant = form.linear.constant;
        wholes
            .iter()
            .try_fold((constant, constant), |(low, high), (_, parts)| {
                let (least, most) = of_one_whole(parts)?;
                let low = low.checked_add(least.checked_mul(WHOLE)?)?;
                Some((low, high.checked_add(most.checked_mul(WHOLE)?)?))
            })
    }
}

/// Returns how often the whole counts at the least and at the most: all of it may be of one code.
fn of_one_whole(parts: &Parts) -> Option<(i128, i128)> {
    let codes = 100..=599;
    let (mut least, mut most) = (0, 0);
    for code in codes {
        let own = parts.iter().filter(|(codes, _)| codes.contains(code));
        let mut times = own.map(|(_, factor)| *factor);
        let times = times.try_fold(0_i128, i128::checked_add)?;
        (least, most) = (least.min(times), most.max(times));
    }
    Some((least, most))
}
