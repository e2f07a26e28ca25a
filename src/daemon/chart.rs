//! The charts of a mail: what the store has of the last hour, and what the rule asks of it.
//!
//! Worked out when a mail is sent, from samples that stay as they were judged, up to the minute
//! that decided: so a mail that is tried again has the same charts. A chart is a help and never a
//! condition: where anything is missing there is none, and the mail goes without.

use crate::causes;
use crate::config::Config;
use crate::dispatch::{AlertView, Notification, State};
use crate::engine::{Evaluator, Observation, Plan};
use crate::lang::Program;
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId, Tier, Type};
use crate::pipeline::Kept;
use crate::receiver::chart::Threshold;
use crate::receiver::{Chart, pictured};
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
            tracing::warn!(error = %causes::of(&fault), "a mail goes without a chart: samples cannot be read");
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
    let (program, names) = program.part([node]);
    let Some(node) = names.get(&node).copied() else {
        return Vec::new();
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Part, Sample};
    use crate::lang::{Compiler, Names, parse_when};
    use crate::pipeline::{KeptSample, Step};
    use crate::unit::Severity;

    fn compiled(text: &str) -> (Program, Tier) {
        let (when, faults) = parse_when(text);
        assert!(faults.is_empty(), "{faults:?}");
        let mut compiler = Compiler::default();
        // Other rules come before it, so that its nodes are not the first.
        let (other, _) = parse_when("404 > 1% for 5m");
        let none = Names::default();
        compiler
            .rule(&[(Severity::Info, other.unwrap())], &none)
            .unwrap();
        let tiers = [(Severity::Critical, when.unwrap())];
        let mut compiled = compiler.rule(&tiers, &none).unwrap();
        (compiler.finish(), compiled.tiers.remove(0))
    }

    fn held_against(text: &str) -> Option<String> {
        let (program, tier) = compiled(text);
        let found = threshold(&program, tier.condition, tier.parts[0].node)?;
        Some(format!("{} {}", found.comparator, found.value))
    }

    #[test]
    fn the_threshold_is_the_constant_that_the_first_part_is_held_against() {
        for (text, expected) in [
            (
                "5xx > 10% given requests >= 50 for 3m until 5xx < 5%",
                Some("> 10"),
            ),
            (
                "avg(5xx over 5m) >= 2.5% and requests > 100",
                Some(">= 2.5"),
            ),
            ("10% < 5xx for 3 of 5m", Some("> 10")),
            ("requests < 50", Some("< 50")),
            ("5xx > avg(5xx over 1h)", None),
        ] {
            assert_eq!(held_against(text).as_deref(), expected, "{text}");
        }
    }

    fn minute(offset: i64) -> Minute {
        Minute::from_epoch(29_700_000 + offset).unwrap()
    }

    fn sample(percent: u8) -> Sample {
        let part = |code: u16, percent: u8| Part {
            code: Some(code),
            proportion: percent.to_string().parse().unwrap(),
            count: None,
        };
        Sample::new(vec![part(200, 100 - percent), part(502, percent)]).unwrap()
    }

    #[test]
    fn values_are_those_of_the_part_and_gaps_are_unknown() {
        let (program, tier) = compiled("max(5xx over 2m) > 10%");
        let kept = [
            (minute(0), Kept::Sample(sample(3))),
            (minute(1), Kept::Sample(sample(5))),
            (minute(2), Kept::Sample(sample(1))),
            (minute(4), Kept::Unasked),
            (minute(6), Kept::Sample(sample(2))),
        ];
        let span = (minute(0), minute(1), minute(6));
        let found = values(&program, tier.parts[0].node, &kept, span);
        let found: Vec<String> = found
            .into_iter()
            .map(|value| value.map_or("-".to_owned(), |value| value.to_string()))
            .collect();
        assert_eq!(found[..2], ["5", "5"], "{found:?}");
        assert_eq!(found.len(), 6);
        assert_eq!(found[3], "-", "{found:?}");
    }

    #[tokio::test]
    async fn an_alert_has_the_chart_of_its_hour_and_what_is_missing_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}/x.db", folder.path().display()))
            .await
            .unwrap();
        let series = Series {
            account: AccountName::from("main"),
            domain: DomainName::from("www.example.com"),
        };
        let samples = (0..200).map(|offset| KeptSample {
            series: series.clone(),
            minute: minute(offset),
            kept: Kept::Sample(sample(if offset < 190 { 1 } else { 20 })),
        });
        let step = Step {
            samples: samples.collect(),
            ..Step::default()
        };
        store.commit(&step).await.unwrap();
        let config =
            config("rules: [{name: origin-5xx, when: 5xx > 10% for 3m, severity: critical}]");
        let mut message = crate::dispatch::payload::example();
        message.alerts.truncate(1);
        let view = &mut message.alerts[0];
        view.minute = minute(192).to_string();
        view.since = minute(190).to_string();
        let charts = of(&store, &config, &message).await;
        assert_eq!(charts.len(), 1);
        let chart = &charts[0];
        assert_eq!((chart.begin, chart.end()), (minute(133), minute(192)));
        assert_eq!(chart.values[0], Decimal::from_integer(1));
        assert_eq!(chart.values[59], Decimal::from_integer(20));
        assert_eq!(chart.firing, Some((minute(190), minute(192))));
        assert!(chart.is_percent && chart.threshold.is_some());
        // A rule that was changed or removed since, an unknown domain, a time that is none.
        let changed =
            self::config("rules: [{name: origin-5xx, when: 5xx > 11% for 3m, severity: critical}]");
        assert!(of(&store, &changed, &message).await.is_empty());
        message.alerts[0].domain = "other.example.com".to_owned();
        assert!(of(&store, &config, &message).await.is_empty());
        message.alerts[0].minute = "soon".to_owned();
        assert!(of(&store, &config, &message).await.is_empty());
    }

    fn config(text: &str) -> Config {
        struct File(String);
        impl crate::config::Surroundings for File {
            fn variable(&self, _: &str) -> Option<String> {
                None
            }
            fn file(&self, _: &str) -> Result<String, String> {
                Ok(self.0.clone())
            }
            fn glob(&self, _: &str) -> Result<Vec<String>, String> {
                Ok(Vec::new())
            }
        }
        let file = File(text.to_owned());
        let loaded = crate::config::load("rules.yaml", &file, crate::config::Environment::Absent);
        loaded.unwrap().config.unwrap()
    }
}
