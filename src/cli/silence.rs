//! `foghorn silence`.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::alerts::matcher;
use super::client::{Format, Listed, Service, Target, all_by_beginning, print_json, read};
use super::{Exit, grid, moment};
use crate::unit::{ParseTimespanError, Timespan};

/// Arguments of `silence`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Silence alerts that match, for a time.
    Add(Add),
    /// List the silences that hide something, or will.
    List(List),
    /// End silences now.
    Expire(Expire),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn silence add rule=origin-5xx 'domain=~img.*' --for 2h --comment 'new disks'
  foghorn silence add origin-5xx --until 2026-12-01T06:00:00Z --comment migration
  foghorn silence add domain=www.example.com --with-alerts --comment 'we are on it'
  foghorn silence add severity=warning --for 1h --dry-run

MATCHER is LABEL=TEXT, LABEL!=TEXT, LABEL=~REGEX or LABEL!~REGEX; a name alone is a rule's. All must match.")]
#[command(group = clap::ArgGroup::new("length").args(["lasts", "until", "with_alerts"])
    .required(true).multiple(true))]
struct Add {
    /// What it hides.
    #[arg(required = true, value_name = "MATCHER")]
    matchers: Vec<String>,
    /// How long it lasts.
    #[arg(long = "for", value_name = "DURATION", value_parser = timespan, conflicts_with = "until")]
    lasts: Option<Timespan>,
    /// When it ends.
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    until: Option<DateTime<Utc>>,
    /// When it begins; now, if this is not given.
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    from: Option<DateTime<Utc>>,
    /// End it as soon as the alerts that it hides are over.
    #[arg(long)]
    with_alerts: bool,
    /// Why.
    #[arg(long, default_value = "")]
    comment: String,
    /// Who.
    #[arg(long, env = "USER", default_value = "", hide_env_values = true)]
    author: String,
    /// Only say what it would hide.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn silence list
  foghorn silence list --all --format json")]
struct List {
    /// Also those that are over.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn silence expire 3f2a9c1e")]
struct Expire {
    /// Their ids, or the beginnings of these.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    target: Target,
}

fn timespan(text: &str) -> Result<Timespan, ParseTimespanError> {
    text.parse()
}

/// A silence as the service lists it.
#[derive(Deserialize)]
struct Silence {
    id: String,
    state: String,
    matchers: Vec<String>,
    ends: DateTime<Utc>,
    with_alerts: bool,
    author: String,
    comment: String,
    hides: usize,
}

/// What a silence would hide.
#[derive(Deserialize)]
struct Preview {
    matchers: Vec<String>,
    starts: DateTime<Utc>,
    ends: DateTime<Utc>,
    standing: usize,
    hides: Vec<Hidden>,
    unknown: Vec<String>,
}

#[derive(Deserialize)]
struct Hidden {
    id: Option<String>,
    phase: String,
    rule: String,
    domain: String,
    severity: String,
}

/// Makes, lists or ends silences.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Add(add) => made(add),
        Command::List(list) => listed(list),
        Command::Expire(expire) => expired(expire),
    }
}

fn made(add: &Add) -> anyhow::Result<Exit> {
    let service = add.target.open()?;
    let matchers = add.matchers.iter().map(|text| matcher(text));
    let mut wish = Map::new();
    wish.insert("matchers".into(), matchers.collect());
    wish.insert("with_alerts".into(), add.with_alerts.into());
    wish.insert("comment".into(), add.comment.as_str().into());
    wish.insert("author".into(), add.author.as_str().into());
    let times = [("starts", add.from), ("ends", add.until)];
    for (name, time) in times {
        wish.extend(time.map(|time| (name.to_owned(), time.to_rfc3339().into())));
    }
    wish.extend(
        add.lasts
            .map(|lasts| ("for".to_owned(), lasts.to_string().into())),
    );
    let wish = Value::Object(wish);
    if add.dry_run {
        let answer = service.post(&["silences", "preview"], &wish)?;
        match add.target.format {
            Format::Json => print_json(&answer)?,
            Format::Human => {
                let looked: Preview = read(&answer)?;
                preview(&looked)?;
                doubt(&add.matchers, &looked)?;
            }
        }
        return Ok(Exit::Done);
    }
    match add.target.format {
        Format::Json => print_json(&service.post(&["silences"], &wish)?)?,
        Format::Human => {
            let preview: Preview = read(&service.post(&["silences", "preview"], &wish)?)?;
            let answer = service.post(&["silences"], &wish)?;
            let id: String = read(&answer["id"])?;
            writeln!(io::stdout(), "{id}")?;
            let (hides, standing) = (preview.hides.len(), preview.standing);
            writeln!(io::stderr(), "it matches {hides} of {standing} alerts now")?;
            doubt(&add.matchers, &preview)?;
        }
    }
    Ok(Exit::Done)
}

/// Says what may be amiss with matchers: names that are not there, and globs.
fn doubt(matchers: &[String], preview: &Preview) -> io::Result<()> {
    let mend = mend(matchers).filter(|_| preview.hides.is_empty());
    for doubt in preview.unknown.iter().chain(&mend) {
        writeln!(io::stderr(), "{doubt}")?;
    }
    Ok(())
}

/// Says what may be amiss with matchers of which one takes `*` for a glob's.
fn mend(matchers: &[String]) -> Option<String> {
    let starred = matchers.iter().find_map(|text| {
        let (name, value) = text.split_once('=')?;
        let is_plain = !name.ends_with('!') && !value.starts_with('~');
        (is_plain && value.contains('*')).then_some((name, value))
    });
    let (name, value) = starred?;
    let regex = value.replace('.', r"\.").replace('*', ".*");
    Some(format!(
        "`=` takes `*` for itself: write '{name}=~{regex}' if it stands for anything"
    ))
}

fn preview(preview: &Preview) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{}", preview.matchers.join(" "))?;
    writeln!(
        out,
        "from {} to {} would hide {} of {} alerts",
        moment::second(preview.starts),
        moment::second(preview.ends),
        preview.hides.len(),
        preview.standing
    )?;
    if preview.hides.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = preview
        .hides
        .iter()
        .map(|of| {
            [
                grid::short(of.id.as_deref().unwrap_or("-")),
                of.severity.clone(),
                of.rule.clone(),
                of.domain.clone(),
                of.phase.clone(),
            ]
        })
        .collect();
    grid::print(["id", "severity", "rule", "domain", "state"], &rows)
}

fn listed(list: &List) -> anyhow::Result<Exit> {
    let answer = list.target.open()?.get(&["silences"], &[])?;
    let silences: Vec<Value> = read(&answer)?;
    let is_wanted = |one: &&Value| list.all || one["state"] != json!("expired");
    let silences: Vec<Value> = silences.iter().filter(is_wanted).cloned().collect();
    if list.target.format == Format::Json {
        print_json(&Value::Array(silences))?;
        return Ok(Exit::Done);
    }
    if silences.is_empty() {
        writeln!(io::stdout(), "There are no silences.")?;
        return Ok(Exit::Done);
    }
    let silences: Vec<Silence> = read(&Value::Array(silences))?;
    let rows: Vec<_> = silences.iter().map(row).collect();
    let heads = ["id", "state", "matchers", "hides", "ends", "by", "comment"];
    grid::print(heads, &rows)?;
    Ok(Exit::Done)
}

fn row(of: &Silence) -> [String; 7] {
    let ends = of.ends.format("%m-%d %H:%M").to_string();
    [
        grid::short(&of.id),
        of.state.clone(),
        of.matchers.join(" "),
        of.hides.to_string(),
        if of.with_alerts {
            format!("alerts, {ends}")
        } else {
            ends
        },
        of.author.clone(),
        of.comment.clone(),
    ]
}

fn expired(expire: &Expire) -> anyhow::Result<Exit> {
    let service = expire.target.open()?;
    let listed = Listed {
        what: "silence",
        by: "foghorn silence list",
    };
    let ids = all_by_beginning(listed, &expire.ids, &ids(&service)?)?;
    let mut ended = Vec::new();
    let outcome = ids.into_iter().try_for_each(|id| {
        service.delete(&["silences", &id])?;
        ended.push(id);
        Ok(())
    });
    // Also if one could not be ended: the others have.
    match expire.target.format {
        Format::Json => print_json(&json!(ended))?,
        Format::Human => {
            for id in ended {
                writeln!(io::stdout(), "{id} has ended")?;
            }
        }
    }
    outcome.map(|()| Exit::Done)
}

/// Returns the ids of the silences that are not over.
fn ids(service: &Service) -> anyhow::Result<Vec<String>> {
    let silences: Vec<Silence> = read(&service.get(&["silences"], &[])?)?;
    let silences = silences.into_iter().filter(|one| one.state != "expired");
    Ok(silences.map(|one| one.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_a_glob_is_told_the_expression() {
        let mend = |matcher: &str| mend(&["origin-5xx".to_owned(), matcher.to_owned()]);
        assert_eq!(
            mend("domain=*.example.com").as_deref(),
            Some(
                r"`=` takes `*` for itself: write 'domain=~.*\.example\.com' if it stands for anything"
            )
        );
        for sound in ["domain=~.*", "domain!=*", "domain=img.example.com"] {
            assert_eq!(mend(sound), None, "{sound}");
        }
    }
}
