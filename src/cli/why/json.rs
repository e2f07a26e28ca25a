//! What is known of a firing, for programs.

use serde_json::{Value, json};

use super::{Decisive, Found, Sent, decides};
use crate::dispatch::AlertOutcome;
use crate::engine::{Event, Transition};
use crate::replay::Dissected;
use crate::replay::table::Table;
use crate::store::TryOutcome;

/// Returns all of it as one document.
pub(super) fn of(found: &Found, decisive: &[Decisive]) -> anyhow::Result<String> {
    let first = found.history.first();
    let (account, domain, _) = first.map_or(("", "", ""), |of| of.key.columns());
    let mut decisions = Vec::new();
    for (decision, sent) in &found.decisions {
        let mut said = serde_json::to_value(&decision.what)?;
        said["at"] = json!(decision.at);
        if let Some(deliveries) = said.get_mut("deliveries") {
            *deliveries = sent.iter().map(delivery).collect();
        }
        decisions.push(said);
    }
    let document = json!({
        "alert": found.firing,
        "rule": first.map(|of| &of.key.rule),
        "account": account,
        "domain": domain,
        "history": found.history.iter().map(transition).collect::<Vec<_>>(),
        "minutes": decisive.iter().map(minutes).collect::<Vec<_>>(),
        "decisions": decisions,
    });
    Ok(format!("{document}\n"))
}

fn delivery(sent: &Sent) -> Value {
    let tries = sent.tries.iter().map(|of| {
        let outcome = match of.outcome {
            TryOutcome::Delivered => "delivered",
            TryOutcome::Retry => "retry",
            TryOutcome::Dead => "dead",
        };
        json!({"at": of.at, "outcome": outcome, "answer": of.answer})
    });
    let own = sent.own.as_ref().map(|(at, own)| {
        let outcome = match own {
            AlertOutcome::Taken(_) => "taken",
            AlertOutcome::Refused(_) => "refused",
            AlertOutcome::Failed(_) => "failed",
        };
        json!({"at": at, "outcome": outcome, "answer": own.answer()})
    });
    json!({
        "id": sent.id,
        "channel": sent.lane.as_ref().map(|lane| lane.channel),
        "place": sent.place,
        "tries": tries.collect::<Vec<_>>(),
        "alert": own,
    })
}

fn transition(of: &Transition) -> Value {
    let (event, reason) = match &of.event {
        Event::Fired => ("fired", None),
        Event::SeverityChanged { .. } => ("severity_changed", None),
        Event::Resolved => ("resolved", None),
        Event::Ended { reason } => ("ended", Some(reason)),
    };
    let values = of.evidence.values.iter().map(|part| {
        let value = part.value.map(|value| value.to_string());
        json!({"text": part.text, "value": value})
    });
    json!({
        "minute": of.minute.to_string(),
        "event": event,
        "reason": reason,
        "severity": of.severity.as_str(),
        "since": of.since.to_string(),
        "fired_at": of.fired.to_string(),
        "values": values.collect::<Vec<_>>(),
    })
}

/// Returns the minutes up to one that decided: for each severity what each part was.
fn minutes(decisive: &Decisive) -> Value {
    let at = decisive.of.minute.to_string();
    match &decisive.minutes {
        Ok(minutes) => {
            let (table, dissected) = minutes;
            json!({
                "at": at,
                "decides": decides(&decisive.of, minutes),
                "severities": severities(table, dissected),
            })
        }
        Err(why) => json!({"at": at, "why_not": why}),
    }
}

fn severities(table: &Table, dissected: &Dissected) -> Vec<Value> {
    let tiers = dissected.rule.compiled.tiers.iter();
    let tiers = tiers.zip(&dissected.anatomies).zip(&table.tiers);
    let severity = tiers.map(|((tier, anatomy), of)| {
        let rows = table.minutes.iter().zip(&of.rows);
        let rows = rows.map(|((minute, _), row)| {
            let parts = anatomy.clauses.iter().zip(&row.cells);
            let parts =
                parts.map(|(clause, cell)| json!({"text": clause.text, "truth": cell.truth}));
            json!({
                "minute": minute.to_string(),
                "condition": row.condition,
                "until": row.until,
                "parts": parts.collect::<Vec<_>>(),
            })
        });
        json!({
            "severity": tier.severity.as_str(),
            "condition": tier.text,
            "rows": rows.collect::<Vec<_>>(),
        })
    });
    severity.collect()
}
