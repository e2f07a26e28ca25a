//! From the graph's value nodes to [`Form`]s.

use std::rc::Rc;

use super::form::{
    Form, Frame, Linear, Need, ONE, Quantity, QuantityId, Source, UNITS_MAX, WHOLE, joined,
};
use super::rational::gcd;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::unit::StatusSet;

/// The values of a graph that were looked at so far.
pub(super) struct Values<'a> {
    nodes: &'a [Node],
    forms: Vec<Option<Rc<Form>>>,
    quantities: Vec<Known>,
}

/// A quantity and the bounds of its values where they are known.
pub(super) struct Known {
    pub(super) quantity: Quantity,
    pub(super) low: i128,
    pub(super) high: i128,
}

/// The largest magnitude of a value whose deviation is worked out, in units.
const SPREAD_MAX: i128 = 1_000_000 * ONE;

impl<'a> Values<'a> {
    pub(super) fn new(nodes: &'a [Node]) -> Self {
        Self {
            nodes,
            forms: vec![None; nodes.len()],
            quantities: Vec::new(),
        }
    }

    pub(super) fn nodes(&self) -> &'a [Node] {
        self.nodes
    }

    pub(super) fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    pub(super) fn quantity(&self, id: QuantityId) -> &Known {
        &self.quantities[id.0 as usize]
    }

    /// Returns the form of a value; of a comparison that of its difference, left less right.
    ///
    /// Without recursion, because a sum can be as long as an expression.
    pub(super) fn form(&mut self, id: NodeId) -> Rc<Form> {
        let mut open = vec![id];
        while let Some(&top) = open.last() {
            if self.forms[top.0 as usize].is_some() {
                open.pop();
                continue;
            }
            let node = self.node(top);
            let before = open.len();
            open.extend(
                node.operands()
                    .filter(|of| self.forms[of.0 as usize].is_none()),
            );
            if open.len() == before {
                let form = self.made(top, node);
                self.forms[top.0 as usize] = Some(Rc::new(form));
                open.pop();
            }
        }
        self.done(id)
    }

    /// Returns the form of a value that was looked at before.
    pub(super) fn known_form(&self, id: NodeId) -> Option<&Form> {
        self.forms[id.0 as usize].as_deref()
    }

    /// Returns the place of a quantity that may have others like it.
    pub(super) fn place(&mut self, quantity: Quantity, low: i128, high: i128) -> QuantityId {
        let known = self.quantities.iter().rposition(|k| k.quantity == quantity);
        let place = known.unwrap_or_else(|| {
            self.quantities.push(Known {
                quantity,
                low,
                high,
            });
            self.quantities.len() - 1
        });
        QuantityId(u32::try_from(place).unwrap_or(u32::MAX))
    }

    pub(super) fn proportion(&mut self, frame: Frame, codes: StatusSet) -> QuantityId {
        let high = if codes.is_empty() { 0 } else { WHOLE };
        self.place(Quantity::Proportion(frame, codes), 0, high)
    }

    fn done(&self, id: NodeId) -> Rc<Form> {
        let form = self.forms[id.0 as usize].as_ref();
        form.map_or_else(|| Rc::new(never()), Rc::clone)
    }

    fn made(&mut self, id: NodeId, node: Node) -> Form {
        match node {
            Node::Literal(value) => Form::constant(value.units().into()),
            Node::Codes(codes) => self.of_proportion(Frame::Minute, codes),
            Node::Share(codes, over) => self.of_proportion(Frame::Share(over), codes),
            Node::Requests => self.of_count(None),
            Node::RequestsOf(codes) => self.of_count(Some(codes)),
            Node::Offset(of, by) => self.done(of).shifted(by),
            Node::Negative(of) => {
                let zero = Form::constant(0);
                self.sum(id, &zero, &self.done(of), -1)
            }
            Node::Add(a, b) => self.sum(id, &self.done(a), &self.done(b), 1),
            Node::Subtract(a, b) => self.sum(id, &self.done(a), &self.done(b), -1),
            Node::Multiply(a, b) => {
                let (a, b) = (self.done(a), self.done(b));
                match (a.as_constant(), b.as_constant()) {
                    (_, Some(factor)) => self.scaled(id, &a, (factor, ONE)),
                    (Some(factor), _) => self.scaled(id, &b, (factor, ONE)),
                    (None, None) => self.product(id, &a, &b),
                }
            }
            Node::Divide(a, b) => {
                let (a, b) = (self.done(a), self.done(b));
                match b.as_constant() {
                    Some(0) => never(),
                    Some(by) => self.scaled(id, &a, (ONE, by)),
                    None => self.ratio(id, &a, &b),
                }
            }
            Node::OrElse(a, b) => self.or_else(id, a, b),
            Node::Window(reduce, of, over) => self.window(id, reduce, of, over),
            Node::Compare(_, a, b) => {
                let (a, b) = (self.done(a), self.done(b));
                let needs = joined(&a.needs, &b.needs);
                let linear = a.linear.plus(&b.linear, -1);
                let linear =
                    linear.unwrap_or_else(|| self.opaque(id, -UNITS_MAX * 2, UNITS_MAX * 2));
                Form {
                    linear,
                    needs,
                    low: a.low - b.high,
                    high: a.high - b.low,
                }
            }
            Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::NoData
            | Node::NoTraffic
            | Node::Given(..)
            | Node::Hold { .. } => never(),
        }
    }

    fn opaque(&mut self, id: NodeId, low: i128, high: i128) -> Linear {
        Linear::one(self.place(Quantity::Opaque(id), low, high), 1)
    }

    fn of_proportion(&mut self, frame: Frame, codes: StatusSet) -> Form {
        let of = self.proportion(frame, codes);
        Form {
            linear: Linear::one(of, 1),
            needs: vec![(Need::Known(frame), 0)],
            low: 0,
            high: self.quantity(of).high,
        }
    }

    fn of_count(&mut self, codes: Option<StatusSet>) -> Form {
        let of = self.place(Quantity::Count(codes), 0, UNITS_MAX / ONE);
        Form {
            linear: Linear::one(of, ONE),
            needs: vec![(Need::Counted(codes), 0)],
            low: 0,
            high: UNITS_MAX,
        }
    }

    fn sum(&mut self, id: NodeId, a: &Form, b: &Form, sign: i128) -> Form {
        let (low, high) = if sign < 0 {
            (a.low - b.high, a.high - b.low)
        } else {
            (a.low + b.low, a.high + b.high)
        };
        let linear = a.linear.plus(&b.linear, sign);
        let linear = linear.unwrap_or_else(|| self.opaque(id, low, high));
        within(id, linear, joined(&a.needs, &b.needs), low, high)
    }

    /// Returns `of · top / bottom`, rounded; neither is a variable, and `bottom` is not 0.
    fn scaled(&mut self, id: NodeId, of: &Form, (top, bottom): (i128, i128)) -> Form {
        let shared = gcd(top, bottom) * if bottom < 0 { -1 } else { 1 };
        let (top, bottom) = (top / shared, bottom / shared);
        let ends = [of.low, of.high].map(|end| end.checked_mul(top));
        let [Some(a), Some(b)] = ends else {
            return self.unbounded(id, &of.needs);
        };
        let (low, high) = (half_even(a.min(b), bottom), half_even(a.max(b), bottom));
        let linear = match of.linear.times(top) {
            None => self.opaque(id, low, high),
            Some(exact) => match exact.divided(bottom) {
                Some(whole) => whole,
                None => {
                    let rounded = Quantity::Rounded {
                        node: id,
                        of: exact,
                        by: bottom,
                        miss: 1,
                    };
                    Linear::one(self.place(rounded, low, high), 1)
                }
            },
        };
        within(id, linear, of.needs.clone(), low, high)
    }

    /// Returns a value of which only its parts' needs are known.
    fn unbounded(&mut self, id: NodeId, needs: &[(Need, u32)]) -> Form {
        let linear = self.opaque(id, -UNITS_MAX, UNITS_MAX);
        within(id, linear, needs.to_vec(), -UNITS_MAX - 1, UNITS_MAX + 1)
    }

    fn product(&mut self, id: NodeId, a: &Form, b: &Form) -> Form {
        let ends = [
            (a.low, b.low),
            (a.low, b.high),
            (a.high, b.low),
            (a.high, b.high),
        ];
        // The sides are values of the language: their product fits.
        let ends = ends.map(|(a, b)| half_even(a.saturating_mul(b), ONE));
        let low = ends.iter().copied().min().unwrap_or(-UNITS_MAX);
        let high = ends.iter().copied().max().unwrap_or(UNITS_MAX);
        let linear = self.opaque(id, low, high);
        within(id, linear, joined(&a.needs, &b.needs), low, high)
    }

    fn ratio(&mut self, id: NodeId, a: &Form, b: &Form) -> Form {
        let is_plain = 0 <= a.low && 0 <= b.low;
        let low = if is_plain { 0 } else { -UNITS_MAX };
        let high = if is_plain && self.is_part(&a.linear, &b.linear) {
            ONE
        } else {
            UNITS_MAX
        };
        let quantity = Quantity::Ratio {
            node: id,
            top: a.linear.clone(),
            bottom: b.linear.clone(),
        };
        let of = self.place(quantity, low, high);
        let mut needs = joined(&a.needs, &b.needs);
        needs.push((Need::Defined(id), 0));
        Form {
            linear: Linear::one(of, 1),
            needs,
            low,
            high,
        }
    }

    /// Whether one value is never above the other: codes of one whole of which the others have
    /// all.
    fn is_part(&self, part: &Linear, whole: &Linear) -> bool {
        let ([a], [b], 0, 0) = (
            part.terms.as_slice(),
            whole.terms.as_slice(),
            part.constant,
            whole.constant,
        ) else {
            return false;
        };
        let is_same = a.factor == b.factor && 0 < a.factor && a.back == b.back;
        is_same
            && match (&self.quantity(a.of).quantity, &self.quantity(b.of).quantity) {
                (Quantity::Proportion(f, a), Quantity::Proportion(g, b)) => {
                    f == g && a.union(*b) == *b
                }
                (Quantity::Count(Some(a)), Quantity::Count(Some(b))) => a.union(*b) == *b,
                (Quantity::Count(_), Quantity::Count(None)) => true,
                _ => false,
            }
    }

    /// Recognises what `burn` is written with: the share, or else the mean.
    fn or_else(&mut self, id: NodeId, a: NodeId, b: NodeId) -> Form {
        if let (Node::Share(codes, over), Node::Window(Reduce::Avg, each, same)) =
            (self.node(a), self.node(b))
            && over == same
            && self.node(each) == Node::Codes(codes)
        {
            return self.of_proportion(Frame::Spent(over), codes);
        }
        self.unbounded(id, &[(Need::Defined(id), 0)])
    }

    fn window(&mut self, id: NodeId, reduce: Reduce, of: NodeId, over: u32) -> Form {
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

/// Returns a form whose value is unknown where it is beyond the range.
fn within(id: NodeId, linear: Linear, needs: Vec<(Need, u32)>, low: i128, high: i128) -> Form {
    let mut needs = needs;
    if low < -UNITS_MAX || UNITS_MAX < high {
        needs.push((Need::Defined(id), 0));
    }
    Form {
        linear,
        needs,
        low: low.clamp(-UNITS_MAX, UNITS_MAX),
        high: high.clamp(-UNITS_MAX, UNITS_MAX),
    }
}

/// Returns what is unknown at every minute.
fn never() -> Form {
    Form {
        needs: vec![(Need::Never, 0)],
        ..Form::default()
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

fn half_even(a: i128, b: i128) -> i128 {
    crate::unit::div_half_even(a, b)
}
