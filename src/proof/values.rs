//! From the graph's value nodes to [`Form`]s.

use std::rc::Rc;

use super::form::{Form, Frame, Linear, Need, ONE, Quantity, QuantityId, UNITS_MAX, WHOLE, joined};
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

    pub(super) fn count(&mut self, codes: Option<StatusSet>) -> QuantityId {
        self.place(Quantity::Count(codes), 0, UNITS_MAX / ONE)
    }

    pub(super) fn done(&self, id: NodeId) -> Rc<Form> {
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

    pub(super) fn of_proportion(&mut self, frame: Frame, codes: StatusSet) -> Form {
        let of = self.proportion(frame, codes);
        Form {
            linear: Linear::one(of, 1),
            needs: vec![(Need::Known(frame), 0)],
            low: 0,
            high: self.quantity(of).high,
        }
    }

    fn of_count(&mut self, codes: Option<StatusSet>) -> Form {
        let of = self.count(codes);
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
            Some(exact) => exact.divided(bottom).unwrap_or_else(|| {
                let rounded = Quantity::Rounded {
                    node: id,
                    of: exact,
                    by: bottom,
                    miss: 1,
                };
                Linear::one(self.place(rounded, low, high), 1)
            }),
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
}

/// Returns a form whose value is unknown where it is beyond the range.
pub(super) fn within(
    id: NodeId,
    linear: Linear,
    needs: Vec<(Need, u32)>,
    low: i128,
    high: i128,
) -> Form {
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
pub(super) fn never() -> Form {
    Form {
        needs: vec![(Need::Never, 0)],
        ..Form::default()
    }
}

fn half_even(a: i128, b: i128) -> i128 {
    crate::unit::div_half_even(a, b)
}
