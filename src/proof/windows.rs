//! The values of windows.

use super::form::{Form, Frame, Linear, Need, ONE, Quantity, Source, UNITS_MAX, WHOLE};
use super::values::{Values, never, within};
use crate::lang::program::{Node, NodeId, Reduce};
use crate::unit::StatusSet;

/// The largest magnitude of a value whose deviation is worked out, in units.
const SPREAD_MAX: i128 = 1_000_000 * ONE;

impl Values<'_> {
    pub(super) fn window(&mut self, id: NodeId, reduce: Reduce, of: NodeId, over: u32) -> Form {
        let inner = self.done(of);
        if inner.needs.contains(&(Need::Never, 0)) {
            return never();
        }
        if over == 1 && reduce != Reduce::Stddev {
            return (*inner).clone();
        }
        if let Some(value) = inner.as_constant() {
            return constant_window(reduce, value, over);
        }
        if let [term] = inner.linear.terms.as_slice()
            && inner.needs == [(Need::Known(Frame::Minute), term.back)]
            && (term.factor, inner.linear.constant) == (1, 0)
            && let Quantity::Proportion(Frame::Minute, codes) = self.quantity(term.of).quantity
        {
            return self.codes_window(reduce, codes, over).shifted(term.back);
        }
        if reduce == Reduce::Avg
            && let Some(mean) = self.mean(id, &inner, over)
        {
            return mean;
        }
        let (low, high) = fold_bounds(reduce, (inner.low, inner.high), over);
        let of = self.place(Quantity::Fold(Source::Node(of), over, reduce), low, high);
        let Node::Window(_, source, _) = self.node(id) else {
            return never();
        };
        let needs = vec![(Need::Known(Frame::Of(source, over)), 0)];
        let is_wide =
            reduce == Reduce::Stddev && (inner.low < -SPREAD_MAX || SPREAD_MAX < inner.high);
        let mut form = within(id, Linear::one(of, 1), needs, low, high);
        if is_wide && !form.needs.contains(&(Need::Defined(id), 0)) {
            form.needs.push((Need::Defined(id), 0));
        }
        form
    }

    fn codes_window(&mut self, reduce: Reduce, codes: StatusSet, over: u32) -> Form {
        let frame = Frame::Mean(over);
        if reduce == Reduce::Avg {
            return self.of_proportion(frame, codes);
        }
        let high = if codes.is_empty() { 0 } else { WHOLE };
        let (low, high) = fold_bounds(reduce, (0, high), over);
        let of = self.place(
            Quantity::Fold(Source::Codes(codes), over, reduce),
            low,
            high,
        );
        Form {
            linear: Linear::one(of, 1),
            needs: vec![(Need::Known(frame), 0)],
            low,
            high,
        }
    }

    /// Returns the mean of a sum of one minute's proportions: but for rounding, the sum of their
    /// means.
    fn mean(&mut self, id: NodeId, inner: &Form, over: u32) -> Option<Form> {
        let back = inner.linear.terms.first()?.back;
        if inner.needs != [(Need::Known(Frame::Minute), back)] {
            return None;
        }
        let mut of = Linear {
            terms: Vec::new(),
            constant: inner.linear.constant,
        };
        let mut miss = 1_i128;
        for term in &inner.linear.terms {
            let Quantity::Proportion(Frame::Minute, codes) = self.quantity(term.of).quantity else {
                return None;
            };
            let mean = self.proportion(Frame::Mean(over), codes);
            of = of.plus(&Linear::one(mean, 1), term.factor)?;
            miss = miss.checked_add(term.factor.checked_abs()?)?;
        }
        let rounded = Quantity::Rounded {
            node: id,
            of,
            by: 1,
            miss,
        };
        let of = self.place(rounded, inner.low, inner.high);
        let form = Form {
            linear: Linear::one(of, 1),
            needs: vec![(Need::Known(Frame::Mean(over)), 0)],
            low: inner.low,
            high: inner.high,
        };
        Some(form.shifted(back))
    }
}

fn constant_window(reduce: Reduce, value: i128, over: u32) -> Form {
    match reduce {
        Reduce::Avg | Reduce::Min | Reduce::Max | Reduce::Percentile(_) => Form::constant(value),
        Reduce::Sum => match value * i128::from(over) {
            sum if sum.abs() <= UNITS_MAX => Form::constant(sum),
            _ => never(),
        },
        Reduce::Stddev if value.abs() <= SPREAD_MAX => Form::constant(0),
        Reduce::Stddev => never(),
    }
}

/// Returns between which bounds a window's value lies if its values lie between these.
fn fold_bounds(reduce: Reduce, (low, high): (i128, i128), over: u32) -> (i128, i128) {
    let (few, all) = (i128::from(over.div_ceil(2)), i128::from(over));
    match reduce {
        Reduce::Avg | Reduce::Min | Reduce::Max | Reduce::Percentile(_) => (low, high),
        Reduce::Sum => ((low * few).min(low * all), (high * few).max(high * all)),
        Reduce::Stddev => (0, (high - low) / 2),
    }
}
