//! `when:` and `severity:`: the conditions of a rule, one for each severity.

use std::collections::BTreeSet;

use super::conditions::{self, Meaning};
use super::lets::Scope;
use super::{Rules, SEVERITIES};
use crate::config::keys;
use crate::config::outline::{TierOutline, Written};
use crate::config::reader::{Fields, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::ast::When;
use crate::lang::parse_when;
use crate::lang::program::{self, Compiled};
use crate::unit::{Minutes, Severity};
use crate::yaml::{self, Kind, Node};

/// One severity's condition as it was read.
pub(super) struct TierRead {
    severity: Severity,
    when: Option<When>,
    meaning: Meaning,
    place: yaml::SourceMap,
    node_span: Span,
}

/// Reads `when:` and `severity:`; the least severity first.
pub(super) fn tiers(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Vec<TierRead>> {
    let severity = fields.get("severity");
    if fields.is_partial && fields.get("when").is_none() {
        return None;
    }
    let Some(node) = fields.get("when") else {
        let message = "the rule does not say when it fires";
        let severities = fields.pair("severity");
        if let Some((key, _)) = severities.filter(|(_, value)| value.has_keys())
            && fields.pair("when").is_none()
        {
            let fault = Diagnostic::new(Code::Syntax, key.span, message);
            let help = "a condition for each severity stands under `when:`";
            reader.push(fault.help(help).fix(key.span, "when"));
            return None;
        }
        let fault = Diagnostic::new(Code::Syntax, fields.head(reader.source), message);
        reader.push(fault.help("add `when: 5xx > 10% given requests >= 50 for 3m`"));
        return None;
    };
    let Kind::Map(_) = &node.kind else {
        let severity = severity.and_then(|node| reader.word(node, SEVERITIES));
        return Some(vec![tier(
            reader,
            severity.unwrap_or(Severity::Warning),
            node,
        )]);
    };
    if let Some(severity) = severity {
        let fault = Diagnostic::new(
            Code::Syntax,
            severity.span,
            "`severity:` stands beside several severities",
        );
        let place = reader.whole(node);
        reader.push(
            fault
                .also(place, "the severities are here")
                .help("remove `severity:`"),
        );
    }
    let conditions = reader.fields(node, "`when`", keys::TIERS)?;
    let mut tiers = Vec::new();
    for (word, severity) in SEVERITIES {
        if let Some((_, condition)) = conditions.pair(word) {
            let mut read = tier(reader, *severity, condition);
            if conditions.has_parts_of_when() {
                // They say more than stands here.
                read.meaning = Meaning::Open;
            }
            tiers.push(read);
        }
    }
    if tiers.is_empty() && node.has_keys() {
        // Each of the keys has been told.
        return None;
    }
    if tiers.is_empty() {
        let fault = Diagnostic::new(Code::Syntax, node.span, "`when` has no severity");
        reader
            .push(fault.help(
                "write the condition, or one for each severity: `{warning: …, critical: …}`",
            ));
        return None;
    }
    Some(tiers)
}

fn tier(reader: &mut Reader<'_>, severity: Severity, node: &Node) -> TierRead {
    let (when, place, meaning) = conditions::parse(reader, node, parse_when);
    TierRead {
        severity,
        when,
        meaning,
        place,
        node_span: node.span,
    }
}

/// Returns the severities of a rule, and whether it is one alert over many domains.
pub(super) fn severities(tiers: Option<&[TierRead]>) -> (BTreeSet<Severity>, Option<bool>) {
    let Some(tiers) = tiers else {
        return (BTreeSet::from([Severity::Warning]), None);
    };
    let is_fleet = tiers.iter().try_fold(false, |any, tier| {
        tier.when.as_ref().map(|when| any || when.fleet.is_some())
    });
    (tiers.iter().map(|tier| tier.severity).collect(), is_fleet)
}

/// Returns the outlines of the conditions that could be read.
pub(super) fn outlined(reader: &Reader<'_>, tiers: Option<Vec<TierRead>>) -> Vec<TierOutline> {
    let outline = |tier: TierRead| {
        Some(TierOutline {
            severity: tier.severity,
            when: tier.when?,
            written: Written::new(reader.file, tier.place),
            place: reader.at(tier.node_span),
        })
    };
    let tiers = tiers.unwrap_or_default();
    // Room for just these: most rules have one, and a list makes room for four at first.
    let mut outlined = Vec::with_capacity(tiers.len());
    outlined.extend(tiers.into_iter().filter_map(outline));
    outlined
}

/// What the conditions of a rule come to.
#[derive(Default)]
pub(super) struct Lowered {
    /// All of them; `None` if they cannot be compiled, or if not all of them are known.
    pub(super) whole: Option<Compiled>,
    /// Those that can be compiled and are known, where not all are.
    pub(super) sound: Vec<program::Tier>,
}

/// Compiles the conditions of a rule.
pub(super) fn compile(
    reader: &mut Reader<'_>,
    tiers: &[TierRead],
    scope: &Scope,
    rules: &mut Rules<'_>,
) -> Lowered {
    let whole = compile_all(reader, tiers, scope, rules);
    let sound = match whole {
        Some(_) => Vec::new(),
        None => compile_each(tiers, scope, rules),
    };
    Lowered { whole, sound }
}

/// Compiles each condition that can be by itself. What is wrong with the others has been told.
fn compile_each(tiers: &[TierRead], scope: &Scope, rules: &mut Rules<'_>) -> Vec<program::Tier> {
    if tiers.len() < 2 {
        return Vec::new();
    }
    let known = tiers.iter().filter(|tier| tier.meaning == Meaning::Known);
    let each = known.filter_map(|tier| {
        let when = (tier.severity, tier.when.as_ref()?);
        rules.compiler.rule(&[when], &scope.names).ok()
    });
    each.flat_map(|compiled| compiled.tiers).collect()
}

/// Compiles all conditions of a rule, and tells what is wrong with them.
fn compile_all(
    reader: &mut Reader<'_>,
    tiers: &[TierRead],
    scope: &Scope,
    rules: &mut Rules<'_>,
) -> Option<Compiled> {
    let whens: Vec<(Severity, &When)> = tiers
        .iter()
        .filter_map(|tier| Some((tier.severity, tier.when.as_ref()?)))
        .collect();
    let sound: Vec<&TierRead> = tiers.iter().filter(|tier| tier.when.is_some()).collect();
    if whens.is_empty() {
        return None;
    }
    match rules.compiler.rule(&whens, &scope.names) {
        Ok(compiled) => {
            let span = sound[0].node_span;
            if compiled.reach > rules.history.get() {
                let message = format!(
                    "the rule looks back {}, and `history:` keeps {}",
                    Minutes::new(compiled.reach)
                        .map(|m| m.to_string())
                        .unwrap_or_default(),
                    rules.history,
                );
                reader.push(
                    Diagnostic::new(Code::Duration, span, message).help("make `history:` longer"),
                );
            }
            // A tier that could not be read would be missing without a word.
            let is_known = |tier: &TierRead| tier.when.is_some() && tier.meaning == Meaning::Known;
            tiers.iter().all(is_known).then_some(compiled)
        }
        Err(faults) => {
            for (index, fault) in faults {
                let Some(tier) = sound.get(index) else {
                    continue;
                };
                if !conditions::blames(scope, &fault) {
                    reader.push_placed(tier.place.relocate(reader.file, fault));
                }
            }
            None
        }
    }
}
