//! Why some demands cannot go together, in one sentence.

use super::asked::Asked;
use super::decide::Leaf;
use super::form::{Form, Frame, Need, Quantity, UNITS_MAX, WHOLE};
use super::moments;
use super::prover::Prover;
use super::simplex::Side;
use super::told::{Bound, bound};
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::lang::program::{Node, NodeId};
use crate::unit::Decimal;

/// Returns the sentence, without a full stop.
pub(super) fn of(prover: &mut Prover<'_>, demands: &[(&Leaf<'_>, Asked)]) -> String {
    if let [(leaf, _)] = demands
        && let Some(told) = constant(prover, leaf)
    {
        return told;
    }
    let bounds = demands
        .iter()
        .map(|(leaf, asked)| bound(prover, leaf, *asked));
    let mut bounds: Option<Vec<Bound>> = bounds.collect();
    let is_of_times = moments::differ(demands)
        || bounds
            .as_deref()
            .is_some_and(|all| all.iter().any(|bound| bound.back != all[0].back));
    if is_of_times {
        bounds = bounds.and_then(|bounds| with_times(demands, bounds));
    }
    let told = match bounds.as_deref() {
        Some([only]) => alone(only),
        Some(all) => added(all).or_else(|| match all {
            [a, b] => together(a, b).or_else(|| part(a, b)).or_else(|| part(b, a)),
            _ => None,
        }),
        None => without_data(prover, demands),
    };
    let told = told.or_else(|| match demands {
        [(leaf, asked)] => beyond(prover, leaf, *asked).or_else(|| above(prover, leaf, *asked)),
        _ => None,
    });
    told.unwrap_or_else(|| all_of(demands))
}

/// Says of each bound when it is so; `None` where that takes more words.
fn with_times(demands: &[(&Leaf<'_>, Asked)], bounds: Vec<Bound>) -> Option<Vec<Bound>> {
    let timed = bounds.into_iter().zip(demands);
    let timed = timed.map(|(bound, (leaf, _))| {
        Some(Bound {
            when: Some(moments::when(leaf, bound.back)?),
            subject: bound.then.clone(),
            ..bound
        })
    });
    timed.collect()
}

/// A comparison of what is the same in every minute: `502 > 10`, where the code is a number.
fn constant(prover: &mut Prover<'_>, leaf: &Leaf<'_>) -> Option<String> {
    let form = prover.form(leaf.node);
    if !matches!(leaf.expr.value, Kind::Comparison(..))
        || !form.linear.terms.is_empty()
        || !form.needs.is_empty()
    {
        return None;
    }
    let (_, sides) = compared(prover, leaf, Asked::True)?;
    let is_literal =
        |(_, node): &SideOf<'_>| matches!(prover.nodes()[node.0 as usize], Node::Literal(_));
    let is_proportion = |(side, _): &SideOf<'_>| matches!(side.value, Kind::Proportion(_));
    let what = if sides.iter().all(is_literal) && !sides.iter().any(is_proportion) {
        "two plain numbers"
    } else {
        "what is the same in every minute"
    };
    Some(format!("`{}` compares {what}", leaf.expr))
}

/// One demand that is beyond what there is.
fn alone(bound: &Bound) -> Option<String> {
    let is_proportion = matches!(bound.quantity, Quantity::Proportion(..));
    if is_proportion && WHOLE <= bound.value && bound.side() != Some(Side::High) {
        return Some("a proportion is never above 100%".to_owned());
    }
    if bound.value <= 0 && bound.side() != Some(Side::Low) {
        return Some(if is_proportion {
            "a proportion is never below 0%".to_owned()
        } else {
            "a count is never below 0".to_owned()
        });
    }
    None
}

/// A value that is compared with more, or less, than it can ever be: `5xx / 2 > 60%`.
fn beyond(prover: &mut Prover<'_>, leaf: &Leaf<'_>, asked: Asked) -> Option<String> {
    let (comparator, [left, right]) = compared(prover, leaf, asked)?;
    let is_level = |side: &SideOf<'_>| match side.0.value {
        // Which of the two a name stands for is not known here.
        Kind::Name(_) => false,
        _ => matches!(prover.nodes()[side.1.0 as usize], Node::Literal(_)),
    };
    let ((value, node), level, comparator) = match (is_level(&left), is_level(&right)) {
        (_, true) => (left, right, comparator),
        (true, false) => (right, left, comparator.mirrored()),
        (false, false) => return None,
    };
    // `144` looks like a status code, and is a number here.
    let unit = match level.0.value {
        Kind::Proportion(_) => "%",
        _ => "",
    };
    let form = prover.form(node);
    if form.needs.iter().any(|(need, _)| *need == Need::Never) {
        return None;
    }
    let (low, high) = prover.bounds(&form);
    let asked = match prover.nodes()[level.1.0 as usize] {
        Node::Literal(level) => i128::from(level.units()),
        _ => return None,
    };
    let (how, end, is_beyond) = match comparator {
        Comparator::Greater | Comparator::GreaterOrEqual => ("above", high, high <= asked),
        Comparator::Less | Comparator::LessOrEqual => ("below", low, asked <= low),
        Comparator::Equal | Comparator::NotEqual => return None,
    };
    // It can be impossible for another reason: `5xx / 5xx` is 1 and nothing else.
    if !is_beyond {
        return None;
    }
    if end < form.high && how == "above" && end == WHOLE {
        return Some(format!(
            "`{value}` is never above 100%: all codes are 100% together"
        ));
    }
    let end = Decimal::from_wide_units(end).filter(|_| end.abs() < UNITS_MAX)?;
    Some(format!("`{value}` is never {how} {end}{unit}"))
}

/// Codes that are compared with a whole of which they are a part: `500 > 5xx`.
fn above(prover: &mut Prover<'_>, leaf: &Leaf<'_>, asked: Asked) -> Option<String> {
    let (comparator, [left, right]) = compared(prover, leaf, asked)?;
    let (part, whole) = match comparator {
        Comparator::Greater | Comparator::GreaterOrEqual => (left, right),
        Comparator::Less | Comparator::LessOrEqual => (right, left),
        Comparator::Equal | Comparator::NotEqual => return None,
    };
    let mut quantity = |node| {
        let form = prover.form(node);
        let [term] = form.linear.terms.as_slice() else {
            return None;
        };
        match prover.quantity(term.of) {
            Quantity::Proportion(frame, codes) => Some((*frame, term.back, *codes)),
            _ => None,
        }
    };
    let ((frame, back, some), (other, same, all)) = (quantity(part.1)?, quantity(whole.1)?);
    let is_part = (frame, back) == (other, same) && some.union(all) == all;
    let (part, whole) = (part.0.to_string(), whole.0.to_string());
    is_part.then(|| {
        if part == whole {
            format!("`{part}` is neither more nor less than itself")
        } else {
            format!("`{part}` is part of `{whole}`, and never more")
        }
    })
}

/// A side of a comparison, and its node.
type SideOf<'e> = (&'e Expr, NodeId);

/// Returns how the sides of a comparison are asked to stand to each other.
fn compared<'e>(
    prover: &Prover<'_>,
    leaf: &Leaf<'e>,
    asked: Asked,
) -> Option<(Comparator, [SideOf<'e>; 2])> {
    let Kind::Comparison(written, left, right) = &leaf.expr.value else {
        return None;
    };
    let Node::Compare(_, a, b) = prover.nodes()[leaf.node.0 as usize] else {
        return None;
    };
    let comparator = match asked {
        Asked::True | Asked::NotFalse => *written,
        Asked::False | Asked::NotTrue => written.opposite(),
    };
    Some((comparator, [(left, a), (right, b)]))
}

/// Several parts of one whole that are together more than it.
fn added(bounds: &[Bound]) -> Option<String> {
    let first = bounds.first()?;
    let is_apart = |(at, bound): (usize, &Bound)| {
        let others = bounds.iter().skip(at + 1);
        (bound.side() == Some(Side::Low) || bound.comparator == Comparator::Equal)
            && bound.is_beside(first)
            && others
                .clone()
                .all(|other| bound.codes().intersection(other.codes()).is_empty())
    };
    let is_sum = 1 < bounds.len() && bounds.iter().enumerate().all(is_apart);
    let texts: Vec<String> = bounds.iter().map(Bound::text).collect();
    is_sum.then(|| format!("{} add up to more than 100%", listed(&texts)))
}

/// Two demands on one quantity.
fn together(a: &Bound, b: &Bound) -> Option<String> {
    let is_timed = a.when.is_some();
    let is_same = a.quantity == b.quantity && (a.back == b.back || is_timed);
    is_same.then(|| {
        let at_once = if is_timed { "" } else { " at once" };
        let (subject, a, b) = (&a.subject, a.phrase(), b.phrase());
        format!("`{subject}` cannot be {a} and {b}{at_once}")
    })
}

/// A part that is more than that of which it is a part.
fn part(part: &Bound, whole: &Bound) -> Option<String> {
    let is_part = part.is_beside(whole) && part.codes().union(whole.codes()) == whole.codes();
    is_part.then(|| {
        format!(
            "`{}` is part of `{}`, which cannot be {} while `{}` is {}",
            part.subject,
            whole.subject,
            whole.phrase(),
            part.subject,
            part.phrase()
        )
    })
}

/// A minute that has nothing, and a comparison of proportions in it.
fn without_data(prover: &mut Prover<'_>, demands: &[(&Leaf<'_>, Asked)]) -> Option<String> {
    let [(a, asked_a), (b, asked_b)] = demands else {
        return None;
    };
    let ((nothing, asked), (compared, of_it)) = match a.expr.value {
        Kind::NoData | Kind::NoTraffic => ((a, asked_a), (b, asked_b)),
        _ => ((b, asked_b), (a, asked_a)),
    };
    let is_known = matches!(of_it, Asked::True | Asked::False);
    let form: std::rc::Rc<Form> = prover.form(compared.node);
    let needs_codes = form.needs.contains(&(Need::Known(Frame::Minute), 0));
    if *asked != Asked::True || !is_known || !needs_codes {
        return None;
    }
    match nothing.expr.value {
        Kind::NoData => Some("a minute without data has no proportions".to_owned()),
        Kind::NoTraffic => Some("a minute without traffic has no proportions".to_owned()),
        _ => None,
    }
}

/// Returns the sentence where of some demands one would be enough, without a full stop.
pub(super) fn of_choice(demands: &[(&Leaf<'_>, Asked)]) -> String {
    let texts = texts(demands).join(", ");
    format!("whichever side is taken, no minute can have what it asks for: {texts}")
}

/// What is said where nothing shorter is.
fn all_of(demands: &[(&Leaf<'_>, Asked)]) -> String {
    match texts(demands).as_slice() {
        [only] => format!("{only} is never so"),
        all if moments::differ(demands) => {
            format!("these cannot all be so: {}", all.join(", "))
        }
        all => format!("no minute can have all of these: {}", all.join(", ")),
    }
}

fn texts(demands: &[(&Leaf<'_>, Asked)]) -> Vec<String> {
    let differ = moments::differ(demands);
    let text = |(leaf, asked): &(&Leaf<'_>, Asked)| match (&leaf.expr.value, asked) {
        (_, Asked::True | Asked::NotFalse) => format!("`{}`", leaf.expr),
        (Kind::Comparison(comparator, a, b), Asked::False | Asked::NotTrue) => {
            format!("`{a} {} {b}`", comparator.opposite())
        }
        (_, Asked::False | Asked::NotTrue) => format!("`not {}`", leaf.expr),
    };
    let timed = |demand: &(&Leaf<'_>, Asked)| {
        let held = moments::held(&demand.0.holds).filter(|_| differ);
        let held = held.map(|held| format!(" {held}"));
        text(demand) + &held.unwrap_or_default()
    };
    demands.iter().map(timed).collect()
}

/// Writes `a, b and c`.
fn listed(texts: &[String]) -> String {
    match texts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => texts.concat(),
    }
}
