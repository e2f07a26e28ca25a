//! What happened to alerts, kept for people.

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::batch::Insert;
use super::rows::{alert_key, minute, subject_word, unreadable};
use super::{Store, StoreError};
use crate::engine::{Event, Evidence, PartValue, Transition};
use crate::lang::program::Type;
use crate::unit::{AccountName, Decimal, DomainName, Minute, Series};

/// Which transitions are wanted. Each `None` wants all.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    /// Of this firing.
    pub firing: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this domain.
    pub domain: Option<String>,
    /// Of this minute or later.
    pub from: Option<Minute>,
    /// Of a minute before this one.
    pub to: Option<Minute>,
    /// Kept before this one: the [`HistoryRow::seq`] of the last row of the page before.
    pub before: Option<i64>,
}

/// A transition as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Its place in the order in which transitions were kept.
    pub seq: i64,
    /// The id of the firing.
    pub firing: String,
    /// What happened.
    pub transition: Transition,
}

impl Store {
    /// Returns the transitions that match, the one that was kept last first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError::History`] if the database fails.
    pub async fn alerts_history(
        &self,
        filter: &HistoryFilter,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, firing, rule, subject, account, domain, cause, minute, event, detail,
                    severity, since, fired, evidence
             FROM transitions
             WHERE ($1 IS NULL OR firing = $1) AND ($2 IS NULL OR rule = $2)
               AND ($3 IS NULL OR domain = $3) AND ($4 IS NULL OR $4 <= minute)
               AND ($5 IS NULL OR minute < $5) AND ($6 IS NULL OR seq < $6)
             ORDER BY seq DESC LIMIT $7",
        );
        let rows = rows.bind(filter.firing.clone()).bind(filter.rule.clone());
        let rows = rows.bind(filter.domain.clone());
        let rows = rows
            .bind(filter.from.map(Minute::epoch))
            .bind(filter.to.map(Minute::epoch));
        let rows = rows.bind(filter.before).bind(i64::from(limit));
        let rows = rows.fetch_all(&self.reader).await;
        rows.and_then(|rows| rows.iter().map(history_row).collect())
            .map_err(|error| StoreError::History(self.fault(error)))
    }

    /// Returns the beginnings of the firings whose ids begin so, the one that was kept last first,
    /// at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError::History`] if the database fails.
    pub async fn firings(
        &self,
        beginning: &str,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, firing, rule, subject, account, domain, cause, minute, event, detail,
                    severity, since, fired, evidence
             FROM transitions
             WHERE event = 'fired' AND substr(firing, 1, length($1)) = $1
             ORDER BY seq DESC LIMIT $2",
        );
        let rows = rows.bind(beginning.to_owned()).bind(i64::from(limit));
        let rows = rows.fetch_all(&self.reader).await;
        rows.and_then(|rows| rows.iter().map(history_row).collect())
            .map_err(|error| StoreError::History(self.fault(error)))
    }
}

/// Keeps transitions, as far as they are not kept already.
pub(super) async fn insert_transitions(
    db: &mut SqliteConnection,
    transitions: &[Transition],
) -> Result<(), sqlx::Error> {
    if transitions.is_empty() {
        return Ok(());
    }
    let last = sqlx::query_scalar("SELECT COALESCE(MAX(seq), 0) FROM transitions");
    let last: i64 = last.fetch_one(&mut *db).await?;
    let mut rows = Vec::with_capacity(transitions.len());
    for (seq, transition) in (last + 1..).zip(transitions) {
        let evidence = serde_json::to_string(&StoredEvidence::from(&transition.evidence))
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        rows.push((seq, transition, evidence));
    }
    let insert = Insert {
        head: "INSERT INTO transitions (seq, firing, rule, subject, account, domain, cause,
               minute, event, detail, severity, since, fired, evidence)",
        columns: 14,
        tail: "ON CONFLICT (firing, minute, event) DO NOTHING",
    };
    let insert = insert.run(db, &rows, |query, (seq, transition, evidence)| {
        let key = &transition.key;
        let (account, domain, cause) = key.columns();
        let (event, detail) = event_columns(&transition.event);
        let query = query.bind(*seq).bind(key.firing_id(transition.fired));
        let query = query
            .bind(key.rule.clone())
            .bind(subject_word(&key.subject));
        let query = query.bind(account.to_owned()).bind(domain.to_owned());
        let query = query.bind(cause.to_owned()).bind(transition.minute.epoch());
        let query = query.bind(event).bind(detail.to_owned());
        let query = query.bind(transition.severity.as_str());
        let query = query
            .bind(transition.since.epoch())
            .bind(transition.fired.epoch());
        query.bind(evidence.clone())
    });
    insert.await.map(|_| ())
}

fn event_columns(event: &Event) -> (&'static str, &str) {
    match event {
        Event::Fired => ("fired", ""),
        Event::SeverityChanged { from } => ("severity_changed", from.as_str()),
        Event::Resolved => ("resolved", ""),
        Event::Ended { reason } => ("ended", reason),
    }
}

fn history_row(row: &SqliteRow) -> Result<HistoryRow, sqlx::Error> {
    let detail: &str = row.try_get(9)?;
    let event = match row.try_get::<&str, _>(8)? {
        "fired" => Event::Fired,
        "severity_changed" => Event::SeverityChanged {
            from: detail.parse().map_err(|()| unreadable(9, "no severity"))?,
        },
        "resolved" => Event::Resolved,
        "ended" => Event::Ended {
            reason: detail.to_owned(),
        },
        _ => return Err(unreadable(8, "no event")),
    };
    let severity = row.try_get::<&str, _>(10)?.parse();
    let evidence: StoredEvidence = serde_json::from_str(row.try_get(13)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(HistoryRow {
        seq: row.try_get(0)?,
        firing: row.try_get(1)?,
        transition: Transition {
            key: alert_key(row, 2)?,
            minute: minute(row, 7)?,
            event,
            severity: severity.map_err(|()| unreadable(10, "no severity"))?,
            since: minute(row, 11)?,
            fired: minute(row, 12)?,
            evidence: evidence.try_into()?,
        },
    })
}

/// The version of [`StoredEvidence`].
const EVIDENCE_VERSION: u32 = 1;

/// Evidence as the database keeps it. Decimals are whole numbers of billionths.
#[derive(Serialize, Deserialize)]
struct StoredEvidence {
    version: u32,
    values: Vec<StoredValue>,
    peak: Option<i64>,
    /// Accounts and domains.
    domains: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct StoredValue {
    text: String,
    of: StoredType,
    value: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredType {
    Proportion,
    Number,
    Condition,
}

impl From<&Evidence> for StoredEvidence {
    fn from(evidence: &Evidence) -> Self {
        let values = evidence.values.iter().map(|part| StoredValue {
            text: part.text.clone(),
            of: match part.of {
                Type::Proportion => StoredType::Proportion,
                Type::Number => StoredType::Number,
                Type::Condition => StoredType::Condition,
            },
            value: part.value.map(Decimal::units),
        });
        let domains = evidence.domains.iter();
        Self {
            version: EVIDENCE_VERSION,
            values: values.collect(),
            peak: evidence.peak.map(Decimal::units),
            domains: domains
                .map(|series| (series.account.to_string(), series.domain.to_string()))
                .collect(),
        }
    }
}

impl TryFrom<StoredEvidence> for Evidence {
    type Error = sqlx::Error;

    fn try_from(stored: StoredEvidence) -> Result<Self, sqlx::Error> {
        if stored.version != EVIDENCE_VERSION {
            return Err(unreadable(13, "evidence of an unknown version"));
        }
        let values = stored.values.into_iter().map(|part| PartValue {
            text: part.text,
            of: match part.of {
                StoredType::Proportion => Type::Proportion,
                StoredType::Number => Type::Number,
                StoredType::Condition => Type::Condition,
            },
            value: part.value.and_then(Decimal::from_units),
        });
        let domains = stored.domains.iter().map(|(account, domain)| Series {
            account: AccountName::from(account.as_str()),
            domain: DomainName::from(domain.as_str()),
        });
        Ok(Self {
            values: values.collect(),
            peak: stored.peak.and_then(Decimal::from_units),
            domains: domains.collect(),
            before: None,
        })
    }
}
