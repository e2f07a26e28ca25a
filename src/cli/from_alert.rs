//! `foghorn test --from-alert`: the time around an alert of the store, as a rule test.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context as _, bail};

use super::around::{Around, around, title};
use super::{Exit, load};
use crate::config::{self, Environment, Surroundings};
use crate::daemon::{Disk, setup};
use crate::diag::human::{self, Colour};
use crate::engine::Transition;
use crate::replay::case::happened;
use crate::replay::fact::Fact;
use crate::replay::record::is_alike;
use crate::samples::Samples;
use crate::store::{HistoryRow, Store};
use crate::unit::{DomainName, Minute, counted};

/// How many alerts are named where none, or more than one, is meant.
const NAMED_MAX: u32 = 8;
/// What the written test is called while it is read again.
const WRITTEN: &str = "(the written test)";

/// Writes the test of the alert whose id is, or begins with, `id`.
pub fn run(id: &str, path: &str, environment: Environment) -> anyhow::Result<Exit> {
    let Some(config) = load::rules_with(path, environment)?.config else {
        return Ok(Exit::Failed);
    };
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    let around = runtime.block_on(async {
        let store = Store::read(&config.store).await.context("open the store")?;
        let alert = find(&store, id).await?;
        around(&store, &alert, &config, path).await
    })?;
    let text = written(around, path, environment)?;
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Returns the beginning of the alert that is meant.
pub(super) async fn find(store: &Store, id: &str) -> anyhow::Result<HistoryRow> {
    let mut found = store
        .firings(id, NAMED_MAX)
        .await
        .context("read the store")?;
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let (said, some) = if found.is_empty() {
        let latest = store
            .firings("", NAMED_MAX)
            .await
            .context("read the store")?;
        let file = store.file();
        if latest.is_empty() {
            bail!("no alert has fired yet that {file} knows of");
        }
        let said = format!("no alert of {file} has the id `{id}`; the latest are");
        (said, latest)
    } else {
        (
            format!("the ids of several alerts begin with `{id}`"),
            found,
        )
    };
    let mut text = format!("{said}:");
    for row in some {
        let of = &row.transition;
        let _ = write!(text, "\n  {}  {}  {}", row.firing, of.fired, title(of));
    }
    bail!(text)
}

/// A test that is not written to a file yet.
struct Unwritten<'a>(&'a str);

impl Surroundings for Unwritten<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        Disk.variable(name)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        if path == WRITTEN {
            return Ok(self.0.to_owned());
        }
        Disk.file(path)
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        Disk.glob(pattern)
    }
}

/// Returns the text of the test. What it expects is what comes of it when it is read again, so that
/// it passes; where that is not what the service had, it says so.
fn written(around: Around<'_>, path: &str, environment: Environment) -> anyhow::Result<String> {
    let Around {
        alert,
        mut record,
        judged_from,
        is_changed,
    } = around;
    let draft = record.yaml(&[]);
    let loaded = config::load_cases(WRITTEN, &Unwritten(&draft), environment)?;
    let config = loaded
        .rules
        .as_ref()
        .and_then(|rules| rules.config.as_ref());
    let case = loaded.cases.as_ref().and_then(|cases| cases.first());
    let (Some(config), Some((case, _))) = (config, case) else {
        let faults = human::render(&loaded.diagnostics, &loaded.files, Colour::Never);
        bail!("these samples cannot be written as a test:\n{faults}");
    };
    let facts = happened(case, &setup::of(config));
    let differing = differing(&record.samples, &case.samples);
    if differing > 0 {
        record.comments.push(format!(
            "{} not to the last digit as recorded: rows cannot say more.",
            counted(differing, "minute")
        ));
    }
    if !facts.iter().any(|fact| is_the(fact, &alert, record.start)) {
        let begins = judged_from.filter(|from| record.start < *from && *from <= alert.fired);
        let why = match begins {
            _ if is_changed => format!("{path} was changed since"),
            Some(from) => format!(
                "the service judged it from {from} on, and a test judges from its first minute"
            ),
            None => format!("{path} was changed since, or samples are missing"),
        };
        let said = format!(
            "Over these samples {} does not fire at {}, as it did: {why}.",
            title(&alert),
            alert.fired
        );
        writeln!(io::stderr(), "foghorn: {said}")?;
        record.comments.push(format!("NOTE: {said}"));
    }
    Ok(record.yaml(&facts))
}

/// Returns how many minutes a rule could tell apart.
fn differing(recorded: &Samples, read: &Samples) -> usize {
    let differs = |domain: &DomainName, minute: &Minute, sample| {
        let other = read.get(domain).and_then(|minutes| minutes.get(minute));
        other.is_none_or(|other| !is_alike(sample, other))
    };
    let minutes = recorded.iter().flat_map(|(domain, minutes)| {
        minutes
            .iter()
            .map(move |(minute, sample)| (domain, minute, sample))
    });
    minutes
        .filter(|(domain, minute, sample)| differs(domain, minute, sample))
        .count()
}

/// Whether a fact is that the alert fires when it did.
fn is_the(fact: &Fact, alert: &Transition, start: Minute) -> bool {
    Fact::of(alert, start).is_some_and(|fired| fired.is_met_by(fact))
}
