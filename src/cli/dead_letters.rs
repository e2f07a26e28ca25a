//! `foghorn dead-letters`.

use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{Format, Listed, Target, all_by_beginning, print_json, read};
use super::{Exit, grid};

/// How many are asked for: as many as the service gives.
const LIMIT: usize = 1_000;

/// Arguments of `dead-letters`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the messages that were given up: which alerts were not told, and why.
    List(List),
    /// Send them again, under the same delivery ids; of a message that was taken in part, the rest.
    Resend(Resend),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn dead-letters list")]
struct List {
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn dead-letters resend --all
  foghorn dead-letters resend 1b9d3e77

Exit status: 1 if some cannot be sent again, such as those whose channel the rules file has no more,
or that only tell of the end of what their channel was never told.")]
struct Resend {
    /// Their ids, or the beginnings of these.
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<String>,
    /// All of them.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    #[command(flatten)]
    target: Target,
}

/// A message that was given up.
#[derive(Deserialize)]
struct Letter {
    id: String,
    receiver: String,
    place: Option<String>,
    attempts: u32,
    answer: String,
    not_told: Vec<NotTold>,
    taken: usize,
}

/// Alerts of it that were not told for one reason.
#[derive(Deserialize)]
struct NotTold {
    why: String,
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    rule: String,
    account: String,
    domain: String,
}

/// Lists dead letters, or has them sent again.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::List(list) => listed(list),
        Command::Resend(resend) => resent(resend),
    }
}

fn listed(list: &List) -> anyhow::Result<Exit> {
    let answer = list
        .target
        .open()?
        .get(&["dead-letters"], &[("limit", &LIMIT.to_string())])?;
    if list.target.format == Format::Json {
        print_json(&answer)?;
        return Ok(Exit::Done);
    }
    let letters: Vec<Letter> = read(&answer)?;
    if letters.is_empty() {
        writeln!(io::stdout(), "No message was given up.")?;
        return Ok(Exit::Done);
    }
    let rows: Vec<_> = letters.iter().map(row).collect();
    grid::print(["id", "receiver", "tries", "about"], &rows)?;
    writeln!(io::stdout(), "\nWhy:")?;
    for letter in &letters {
        write!(io::stdout(), "{}", why(letter))?;
    }
    Ok(Exit::Done)
}

/// Says why a message was given up: for each reason which alerts were not told.
fn why(of: &Letter) -> String {
    let place = of.place.as_deref();
    let place = place.unwrap_or("a channel that the rules file has no more");
    let head = format!("{}  {}: {place}", grid::short(&of.id), of.receiver);
    // A message that cannot be read names no alerts.
    if of.not_told.is_empty() {
        return format!("{head}: {}\n", of.answer);
    }
    let lines = of.not_told.iter().map(|NotTold { why, alerts }| {
        let about: Vec<String> = alerts.iter().map(Alert::about).collect();
        format!("{head}: {}: {why}\n", about.join(", "))
    });
    let taken = match of.taken {
        0 => String::new(),
        1 => format!("{head}: 1 other alert of this message was taken\n"),
        many => format!("{head}: {many} other alerts of this message were taken\n"),
    };
    lines.chain([taken]).collect()
}

/// Returns the alerts that were not told.
fn about(of: &Letter) -> Vec<String> {
    let alerts = of.not_told.iter().flat_map(|group| &group.alerts);
    alerts.map(Alert::about).collect()
}

impl Alert {
    fn about(&self) -> String {
        let place = [&self.domain, &self.account];
        let place = place.into_iter().find(|place| !place.is_empty());
        let place = place.map_or(String::new(), |place| format!(" {place}"));
        format!("{}{place}", self.rule)
    }
}

fn row(of: &Letter) -> [String; 4] {
    [
        grid::short(&of.id),
        of.receiver.clone(),
        of.attempts.to_string(),
        about(of).join(", "),
    ]
}

/// What became of messages that were to be sent again.
#[derive(Default, Deserialize, Serialize)]
struct Resent {
    resent: Vec<String>,
    not_resent: Vec<NotResent>,
}

/// A message that cannot be sent again.
#[derive(Deserialize, Serialize)]
struct NotResent {
    id: String,
    why: String,
}

fn resent(resend: &Resend) -> anyhow::Result<Exit> {
    let service = resend.target.open()?;
    let mut done = Resent::default();
    let mut outcome = Ok(());
    let letters: Vec<Letter> =
        read(&service.get(&["dead-letters"], &[("limit", &LIMIT.to_string())])?)?;
    if resend.all {
        done = read(&service.post(&["dead-letters", "resend"], &json!({}))?)?;
    } else {
        let ids: Vec<String> = letters.iter().map(|letter| letter.id.clone()).collect();
        let listed = Listed {
            what: "message that was given up with the id",
            by: "foghorn dead-letters list",
        };
        let chosen = all_by_beginning(listed, &resend.ids, &ids)?;
        // In the order in which they were given up, so that stories are told in theirs.
        let chosen = ids.into_iter().rev().filter(|id| chosen.contains(id));
        outcome = chosen.into_iter().try_for_each(|id| {
            let one = service.post(&["dead-letters", &id, "resend"], &json!({}))?;
            let one: Resent = read(&one)?;
            done.resent.extend(one.resent);
            done.not_resent.extend(one.not_resent);
            Ok(())
        });
    }
    // Also if one could not be asked for: the others are sent.
    match resend.target.format {
        Format::Json => print_json(&serde_json::to_value(&done)?)?,
        Format::Human => {
            write!(io::stdout(), "{}", told(&done, &letters))?;
            if resend.all {
                let status = service.get(&["status"], &[])?;
                let tried = done.resent.len() + done.not_resent.len();
                let dead: usize = read(&status["messages"]["dead"])?;
                let others = others(tried, dead.saturating_sub(done.not_resent.len()));
                write!(io::stderr(), "{others}")?;
            }
        }
    }
    let exit = if done.not_resent.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    };
    outcome.map(|()| exit)
}

/// Says which messages are sent again, and which cannot be and why.
fn told(done: &Resent, letters: &[Letter]) -> String {
    let mut text = format!("{} sent again\n", count(done.resent.len()));
    let line = |id: &str, why: Option<&str>| {
        let letter = letters.iter().find(|letter| letter.id == id);
        let about = letter.into_iter().flat_map(|letter| {
            // A message that cannot be read names no alerts.
            let about = Some(about(letter).join(", ")).filter(|about| !about.is_empty());
            [Some(letter.receiver.clone()), about]
        });
        let why = why.map(|why| format!("not sent again: {why}"));
        let parts: Vec<String> = about.chain([why]).flatten().collect();
        format!("{}  {}\n", grid::short(id), parts.join(": "))
    };
    text.extend(done.resent.iter().map(|id| line(id, None)));
    let not_resent = done.not_resent.iter();
    text.extend(not_resent.map(|NotResent { id, why }| line(id, Some(why))));
    text
}

/// Says that there were more than are sent again at a time, if there were.
fn others(resent: usize, dead: usize) -> String {
    match dead {
        0 => String::new(),
        // They were all that there were: what is given up now was refused again.
        _ if resent < LIMIT => String::new(),
        dead => format!(
            "{} still given up: repeat this for the next {LIMIT}\n",
            count(dead)
        ),
    }
}

fn count(messages: usize) -> String {
    match messages {
        1 => "1 message is".to_owned(),
        many => format!("{many} messages are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_very_many_is_said() {
        assert_eq!(others(1_000, 0), "");
        assert_eq!(others(3, 2), "", "they were refused again");
        assert_eq!(
            others(1_000, 234),
            "234 messages are still given up: repeat this for the next 1000\n"
        );
    }
}
