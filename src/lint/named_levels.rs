//! Two named levels that are exchanged: `high: 4%` and `low: 10%`.

use super::Checked;
use super::measures::{Threshold, level_of, meant};
use super::proofs::{Part, Tier};
use super::sides::{Compared, sides};
use crate::config::LetOutline;
use crate::diag::{Code, Diagnostic, Label};
use crate::lang::Names;
use crate::lang::ast::{Expr, Kind};

/// Adds what was found of an `until` on the wrong side; where two named levels put it there, it is told
/// where these are defined, and once for all rules that use them.
pub(super) fn tell(
    checked: &Checked<'_>,
    tier: &Tier<'_>,
    one: Diagnostic,
    found: &mut Vec<Diagnostic>,
) {
    let one = exchanged(checked, tier).unwrap_or(one);
    if !found.contains(&one) {
        found.push(one);
    }
}

/// Finds two named levels each of which stands where the other should.
fn exchanged(checked: &Checked<'_>, tier: &Tier<'_>) -> Option<Diagnostic> {
    let when = &tier.written.when;
    let condition = Part {
        node: tier.compiled.condition,
        expr: &when.condition,
    };
    let until = Part {
        node: tier.compiled.until?,
        expr: when.until.as_ref()?,
    };
    let of = |part| sides(&checked.proofs, tier.names, part);
    let ends = of(until);
    let firsts = of(condition);
    let mut pairs = firsts.iter().flat_map(|side| {
        let others = ends.iter().flat_map(|end| &end.compared);
        others.flat_map(|other| side.compared.iter().map(move |first| (first, other)))
    });
    pairs.find_map(|(first, other)| of_pair(checked, tier, first, other))
}

fn of_pair(
    checked: &Checked<'_>,
    tier: &Tier<'_>,
    first: &Compared<'_>,
    other: &Compared<'_>,
) -> Option<Diagnostic> {
    let (fires, ends) = (
        level_of(first.expr, false, tier.names)?,
        level_of(other.expr, false, tier.names)?,
    );
    let (own, end) = (name(first, tier.names)?, name(other, tier.names)?);
    let is_value = |a: &Threshold<'_>, b: &Threshold<'_>| {
        meant(a.measured, tier.names).unplaced() == meant(b.measured, tier.names).unplaced()
    };
    let is_turned = fires.is_above() && ends.is_below() && fires.level < ends.level
        || fires.is_below() && ends.is_above() && ends.level < fires.level;
    let is_plain = !first.is_negated && !other.is_negated;
    if own == end || !is_plain || !is_turned || !is_value(&fires, &ends) {
        return None;
    }
    let (own, end) = (
        definition(checked, tier, own)?,
        definition(checked, tier, end)?,
    );
    let (level, other) = (own.expr.as_ref()?, end.expr.as_ref()?);
    let (first, second) = (&own.name, &end.name);
    let message = format!(
        "`until` is on the wrong side: `{second}` is {other} and `{first}` {level}, and both are true between"
    );
    let mut found = end.place.finding(Code::UntilOverlap, message);
    found.secondary.push(Label {
        file: own.place.file,
        span: own.place.span,
        text: format!("`{first}` is what the condition compares with"),
    });
    Some(found.help(format!(
        "exchange the two: `{first}: {other}` and `{second}: {level}`"
    )))
}

/// Returns the name that a comparison has for its level, if that stands for a plain level.
fn name<'e>(part: &Compared<'e>, names: &Names) -> Option<&'e str> {
    let Kind::Comparison(_, a, b) = &part.expr.value else {
        return None;
    };
    let named = |side: &'e Expr| match &side.value {
        Kind::Name(name) => names
            .get(name)
            .filter(|(of, _)| is_level(of))
            .map(|_| &**name),
        _ => None,
    };
    named(a).or_else(|| named(b))
}

fn is_level(expr: &Expr) -> bool {
    matches!(expr.value, Kind::Proportion(_) | Kind::Number(_))
}

fn definition<'a>(checked: &Checked<'a>, tier: &Tier<'_>, name: &str) -> Option<&'a LetOutline> {
    let scopes = &checked.outline.scopes;
    let scopes = scopes
        .get(tier.rule.scope)
        .into_iter()
        .chain(scopes.first());
    let mut lets = scopes.flat_map(|scope| &scope.lets);
    lets.find(|definition| definition.name == name && definition.expr.is_some())
}
