//! `foghorn why`: a past alert from the store: the minutes that decided, who was told, and why.

mod json;
mod text;

use std::io::{self, Write as _};

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::explain::{self, minutes_of_store};
use super::from_alert::find;
use super::{Exit, load};
use crate::config::{BUILT_IN_RULES, Environment, Notify, Part};
use crate::dispatch::{AlertOutcome, Decided, Decision};
use crate::engine::{Event, Transition};
use crate::receiver::place_of;
use crate::replay::Dissected;
use crate::replay::table::{Row, State, Table};
use crate::store::{Delivery, HistoryFilter, HistoryRow, Lane, Store};

pub(super) use text::mutes;

/// How many transitions of one firing are shown.
const HISTORY_MAX: u32 = 10_000;
/// How many tries of one delivery are shown.
const TRIES_MAX: u32 = 100;

/// Arguments of `why`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn why 3f2a
  foghorn why 3f2a97c1 rules.yaml --store sqlite:/var/lib/foghorn/foghorn.db
  foghorn why 3f2a --format json

`foghorn alerts` has the ids of what fires, webhooks have them as `id`, and an alert's page has its
own in the address; how one begins is enough. Told an id that does not exist, this lists the
latest.")]
pub struct Arguments {
    /// The id of a firing, or the beginning of one.
    #[arg(value_name = "ALERT")]
    alert: String,
    /// The rules file.
    #[arg(value_name = "FILE", default_value = "rules.yaml")]
    file: String,
    /// The store, if it is not the one of the rules file.
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// A JSON document.
    Json,
}

/// All that the store knows of a firing.
struct Found {
    firing: String,
    /// What happened to it, in order.
    history: Vec<Transition>,
    /// What was decided of it, in order, with the tries of its deliveries.
    decisions: Vec<(Decision, Vec<Sent>)>,
}

/// A delivery and its tries, the first first.
struct Sent {
    id: String,
    /// By which channel it went, unless that is forgotten.
    lane: Option<Lane>,
    /// Where that leads, unless the rules file has it no more.
    place: Option<String>,
    tries: Vec<Delivery>,
    /// What came of this alert and when, if its receiver is told alert by alert and not all of the
    /// message was taken.
    own: Option<(DateTime<Utc>, AlertOutcome)>,
}

/// The minutes up to one that decided, or why they cannot be shown.
struct Decisive {
    of: Transition,
    minutes: Result<(Table, Dissected), String>,
}

/// Whether the minutes, which are judged by the rules file as it is now, end in the event that they are said to have
/// decided.
fn decides(of: &Transition, (table, dissected): &(Table, Dissected)) -> bool {
    let tiers = dissected.rule.compiled.tiers.iter().zip(&table.tiers);
    let fires = |row: &Row| match row.tally {
        Some(tally) => tally.is_enough(),
        None => matches!(row.state, State::Firing { .. }),
    };
    let firing = tiers.filter(|(_, shown)| shown.rows.last().is_some_and(fires));
    let highest = firing.map(|(tier, _)| tier.severity).max();
    match of.event {
        Event::Fired | Event::SeverityChanged { .. } => highest == Some(of.severity),
        Event::Resolved => highest.is_none(),
        Event::Ended { .. } => true,
    }
}

/// Says why an alert fired and who was told of it.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = Environment::Given(match arguments.store {
        Some(_) => &[],
        None => &[Part::Store],
    });
    let Some(config) = load::rules_with(&arguments.file, environment)?.config else {
        return Ok(Exit::Failed);
    };
    let address = arguments.store.as_deref().unwrap_or(&config.store);
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    let found = runtime.block_on(async {
        let store = Store::read(address).await.context("open the store")?;
        let row = find(&store, &arguments.alert).await?;
        look_up(&store, &config.notify, row).await
    })?;
    drop(runtime);
    let decisive = decisive(&found, &arguments.file, address);
    let text = match arguments.format {
        Format::Human => text::of(&found, &decisive, &arguments.file),
        Format::Json => json::of(&found, &decisive)?,
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

async fn look_up(store: &Store, notify: &Notify, row: HistoryRow) -> anyhow::Result<Found> {
    let filter = HistoryFilter {
        firing: Some(row.firing.clone()),
        ..HistoryFilter::default()
    };
    let history = store.alerts_history(&filter, HISTORY_MAX).await;
    let history = history.context("read the store")?.into_iter().rev();
    let mut decisions = Vec::new();
    let decided = store.decisions(&row.firing).await;
    for decision in decided.context("read the store")? {
        let mut sent = Vec::new();
        if let Decided::Told { deliveries, .. } = &decision.what {
            for id in deliveries {
                let tries = store.deliveries(Some(id), TRIES_MAX).await;
                let mut tries = tries.context("read the store")?;
                tries.reverse();
                let own = store.settled(id, &row.firing).await;
                let own = own.context("read the store")?;
                let lane = store.lane(id).await.context("read the store")?;
                sent.push(Sent {
                    id: id.clone(),
                    place: lane
                        .as_ref()
                        .and_then(|of| place_of(notify, &of.receiver, of.channel)),
                    lane,
                    tries,
                    own,
                });
            }
        }
        decisions.push((decision, sent));
    }
    Ok(Found {
        firing: row.firing,
        history: history.map(|row| row.transition).collect(),
        decisions,
    })
}

/// Returns the minutes of each transition that a condition decided.
fn decisive(found: &Found, file: &str, store: &str) -> Vec<Decisive> {
    let decided = found.history.iter().filter(|of| {
        let is_judged = !matches!(of.event, Event::Ended { .. });
        is_judged && !BUILT_IN_RULES.contains(&of.key.rule.as_str())
    });
    let minutes = |of: &Transition| {
        let (account, domain, _) = of.key.columns();
        let first = of.evidence.domains.first();
        let (account, domain) = match first.filter(|_| domain.is_empty()) {
            Some(series) => (series.account.as_str(), series.domain.as_str()),
            None => (account, domain),
        };
        let of_rule = (of.key.rule.as_str(), account, domain);
        match minutes_of_store(file, store, of_rule, of.minute) {
            Ok(Some(table)) => Ok(table),
            Ok(None) => Err(format!("{file} has faults")),
            Err(error) => Err(format!("{error:#}")),
        }
    };
    decided
        .map(|of| Decisive {
            of: of.clone(),
            minutes: minutes(of),
        })
        .collect()
}
