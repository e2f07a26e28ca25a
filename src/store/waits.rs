//! What messages that wait are about, by which a later one of their lane waits for an earlier one.

use sqlx::SqliteConnection;

use super::batch::Insert;
use super::settled;
use crate::dispatch::{CAUSE, Notification};

/// What stands between the parts of what a message is about: no name has it.
const APART: &str = "\u{1f}";

/// What a message waits by: its lane, a thing that it is about, its place.
pub(super) type Wait = (String, u32, String, i64);

/// Returns what a message is about: each of its alerts, whichever the firing, and its group.
pub(super) fn of(message: &Notification, seq: i64) -> Vec<Wait> {
    let alerts = message.alerts.iter().map(|alert| {
        let cause = alert.labels.get(CAUSE).map_or("", String::as_str);
        [&alert.rule, &alert.account, &alert.domain, cause].join(APART)
    });
    // A group's message need not show every alert of the group.
    let group = Some(format!("group{APART}{}", message.key)).filter(|_| !message.key.is_empty());
    let about = alerts.chain(group);
    about
        .map(|about| (message.receiver.clone(), message.channel, about, seq))
        .collect()
}

/// Notes what messages that wait are about.
pub(super) async fn insert(db: &mut SqliteConnection, waits: &[Wait]) -> Result<(), sqlx::Error> {
    let insert = Insert {
        head: "INSERT INTO outbox_alerts (receiver, channel, alert, seq)",
        columns: 4,
        // A message can show one alert twice.
        tail: "ON CONFLICT DO NOTHING",
    };
    let insert = insert.run(db, waits, |query, (receiver, channel, about, seq)| {
        let query = query.bind(receiver.clone()).bind(i64::from(*channel));
        query.bind(about.clone()).bind(*seq)
    });
    insert.await.map(|_| ())
}

/// Returns the messages that wait, as they are stored, and that a message waits for: those of its lane that
/// came before it and share an alert or the group.
pub(super) async fn earlier(
    db: &mut SqliteConnection,
    message: &Notification,
    seq: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let about: Vec<String> = of(message, seq).into_iter().map(|wait| wait.2).collect();
    let about = serde_json::to_string(&about).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let earlier = sqlx::query_scalar(
        "SELECT o.message FROM outbox AS o WHERE o.seq IN (
           SELECT seq FROM outbox_alerts WHERE receiver = $1 AND channel = $2 AND seq < $3
              AND alert IN (SELECT value FROM json_each($4)))",
    );
    let earlier = earlier
        .bind(message.receiver.clone())
        .bind(i64::from(message.channel));
    earlier.bind(seq).bind(about).fetch_all(db).await
}

/// Lets later messages wait no longer for alerts of a message that its receiver has taken: told alert
/// by alert, it goes by these, whatever else is of their group. Of those that were refused it is not
/// known yet whether anybody has heard.
pub(super) async fn keep_rest(
    db: &mut SqliteConnection,
    seq: i64,
    message: &str,
) -> Result<(), sqlx::Error> {
    let settled = settled::of_messages(db, &[seq]).await?.into_values().next();
    let message = serde_json::from_str::<Notification>(message).ok();
    let Some((settled, mut message)) = settled.zip(message) else {
        return Ok(());
    };
    settled::leave_out_taken(&mut message, &settled);
    message.key.clear();
    let passed = sqlx::query("DELETE FROM outbox_alerts WHERE seq = $1");
    passed.bind(seq).execute(&mut *db).await?;
    insert(db, &of(&message, seq)).await
}
