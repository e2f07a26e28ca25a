//! The charts of a mail: what the store has of the last hour, and what the rule asks of it.
//!
//! Worked out when a mail is sent, from samples that stay as they were judged, up to the minute
//! that decided: so a mail that is tried again has the same charts. A chart is a help and never a
//! condition: where anything is missing there is none, and the mail goes without.

use crate::config::Config;
use crate::dispatch::{AlertView, Notification, State};
use crate::engine::{Evaluator, Observation, Plan};
use crate::lang::Program;
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Tier, Type};
use crate::pipeline::Kept;
use crate::receiver::chart::Threshold;
use crate::receiver::{Chart, pictured};
use crate::source::http::chain;
use crate::store::Store;
use crate::unit::{AccountName, Decimal, DomainName, Minute, Series};

/// How many minutes a chart shows.
const SPAN: i64 = 60;

/// Returns the charts of the alerts that a mail shows whole, as far as there are any.
pub async fn of(store: &Store, config: &Config, notification: &Notification) -> Vec<Chart> {
    let mut charts = Vec::new();
    for view in pictured(notification) {
        charts.extend(of_alert(store, config, view).await);
    }
    charts
}

async fn of_alert(store: &Store, config: &Config, view: &AlertView) -> Option<Chart> {
    let rule = config.rules.iter().find(|of| of.rule.name == view.rule)?;
    let compiled = &rule.rule.compiled;
    // If the rule was changed since, its threshold would be another one.
    let is_same =
        |tier: &&Tier| tier.severity.as_str() == view.severity && tier.text == view.condition;
    let tier = compiled.tiers.iter().find(is_same)?;
    let part = tier.parts.first()?;
    if view.domain.is_empty() || tier.fleet.is_some() || part.of == Type::Condition {
        return None;
    }
    let end: Minute = view.minute.parse().ok()?;
    let begin = Minute::from_epoch(end.epoch() - SPAN + 1)?;
    let first = Minute::from_epoch(begin.epoch() - i64::from(compiled.reach))?;
    let series = Series {
        account: AccountName::from(view.account.as_str()),
        domain: DomainName::from(view.domain.as_str()),
    };
    let kept = match store.samples(&series, first, end.next()).await {
        Ok(kept) => kept,
        Err(fault) => {
            tracing::warn!(error = %chain(&fault), "a mail goes without a chart: samples cannot be read");
            return None;
        }
    };
    let values = values(&config.program, part.node, &kept, (first, begin, end));
    let since: Option<Minute> = view.since.parse().ok();
    let ended: Option<Minute> = view.ended_at.as_ref().and_then(|at| at.parse().ok());
    let last = match view.state {
        State::Firing => Some(end),
        State::Resolved | State::Ended => ended,
    };
    let chart = Chart {
        alert: view.id.clone(),
        name: part.text.clone(),
        begin,
        values,
        is_percent: part.of == Type::Proportion,
        threshold: threshold(&config.program, tier.condition, part.node),
        firing: since.zip(last),
    };
    chart.is_worth_showing().then_some(chart)
}

/// Returns the values of a node at each minute from `begin` to `end`; it looks back to `first`.
fn values(
    program: &Program,
    node: NodeId,
    kept: &[(Minute, Kept)],
    (first, begin, end): (Minute, Minute, Minute),
) -> Vec<Option<Decimal>> {
    let (program, node) = program.only(node);
    let plan = Plan::new(&program);
    let mut evaluator = Evaluator::new(&plan);
    let mut kept = kept.iter().peekable();
    let mut values = Vec::new();
    for minute in first.until(end.next()) {
        let observation = match kept.next_if(|(at, _)| *at == minute) {
            None => Observation::Absent,
            Some((_, Kept::Unasked)) => Observation::Unasked,
            Some((_, Kept::Sample(sample))) => Observation::Sample(sample),
        };
        evaluator.advance(&plan, observation);
        if begin <= minute {
            values.push(evaluator.decimal(node));
        }
    }
    values
}

/// Returns the constant that a condition holds a value against, if there is one.
fn threshold(program: &Program, condition: NodeId, part: NodeId) -> Option<Threshold> {
    let node = |id: NodeId| program.nodes.get(id.0 as usize).copied();
    let constant = |id: NodeId| match node(id) {
        Some(Node::Literal(value)) => Some(value),
        _ => None,
    };
    let mut open = vec![condition];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let found = match node(id)? {
            Node::Compare(comparator, left, right) if left == part => {
                constant(right).map(|value| (comparator, value))
            }
            Node::Compare(comparator, left, right) if right == part => {
                constant(left).map(|value| (comparator.mirrored(), value))
            }
            _ => None,
        };
        if let Some((comparator, value)) = found {
            let comparator = symbol(comparator).to_owned();
            return Some(Threshold { comparator, value });
        }
        open.extend(node(id)?.operands());
    }
    None
}

const fn symbol(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Greater => ">",
        Comparator::GreaterOrEqual => ">=",
        Comparator::Less => "<",
        Comparator::LessOrEqual => "<=",
        Comparator::Equal => "==",
        Comparator::NotEqual => "!=",
    }
}
