//! `foghorn init`: a few questions, and a rules file with its tests that are clean.
//!
//! What is asked is in `topic`, how in `ask`; `text` and `cases` make the two files of the
//! answers, and `check` holds them against the loader and lint before anything is written.

mod answers;
mod ask;
mod cases;
mod check;
#[cfg(test)]
mod tests;
mod text;
mod topic;
mod write;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Exit;
use answers::{Answers, Sensitivity, Source};
use topic::Topic;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn init
  foghorn init --yes --source simulator
  foghorn init --yes --source aliyun_cdn --domain www.example.com --email oncall@example.com \\
    --mail-server smtps://mail.example.com:465 --mail-user foghorn

What no option answers is asked on a terminal. Without a terminal, or with --yes, the defaults
hold: the simulator, all domains of the account, the console, no runbooks, normal. Beside
rules.yaml a file with rule tests is written, rules.test.yaml.")]
pub struct Arguments {
    /// The rules file to write.
    #[arg(default_value = "rules.yaml")]
    file: String,
    /// Where the figures come from.
    #[arg(long, value_enum)]
    source: Option<Source>,
    /// A domain to watch, or a glob such as `*.example.com`; may be given several times.
    #[arg(long, value_name = "NAME")]
    domain: Vec<String>,
    /// Who gets mails, beside the console; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    email: Vec<String>,
    /// The mail server: `smtps://host:465`, `smtp://host:587`, `smtp://host:25?tls=none` or
    /// `file:outbox/`.
    #[arg(long, value_name = "SERVER")]
    mail_server: Option<String>,
    /// Who logs in at the mail server, with the password in `SMTP_PASSWORD`.
    #[arg(long, value_name = "NAME")]
    mail_user: Option<String>,
    /// Where runbooks are: each critical rule links to its name below this address.
    #[arg(long, value_name = "URL")]
    runbooks: Option<String>,
    /// How soon the rules speak up.
    #[arg(long, value_enum)]
    sensitivity: Option<Sensitivity>,
    /// Ask nothing: what is not given takes its default.
    #[arg(long, short)]
    yes: bool,
    /// Overwrite files that are there.
    #[arg(long)]
    force: bool,
}

/// Asks what is not given, and writes the two files.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = Place::of(&arguments.file)?;
    let existing = if arguments.force {
        write::Existing::Replace
    } else {
        write::Existing::Refuse
    };
    write::may_write(&[&place.rules, &place.tests], existing)?;
    let is_asked = !arguments.yes && io::stdin().is_terminal() && io::stderr().is_terminal();
    let answers = if is_asked {
        let mut dialogue = Some((io::stdin().lock(), io::stderr().lock()));
        let dialogue = dialogue
            .as_mut()
            .map(|(input, out)| (input as &mut dyn BufRead, out as &mut dyn Write));
        collect(arguments, dialogue)?
    } else {
        collect(arguments, None)?
    };
    let (rules, tests) = (
        text::rules(&answers, &place.name),
        cases::tests(&answers, &place.name),
    );
    write::both([(&place.rules, &rules), (&place.tests, &tests)], existing)?;
    write!(io::stdout().lock(), "{}", farewell(&answers, &place))?;
    Ok(Exit::Done)
}

/// The two files.
#[derive(Debug)]
struct Place {
    rules: PathBuf,
    tests: PathBuf,
    /// The rules file's name, as the tests call it.
    name: String,
}

impl Place {
    fn of(file: &str) -> anyhow::Result<Self> {
        let rules = PathBuf::from(file);
        let name = rules.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|_| !file.ends_with('/')) else {
            bail!("`{file}` is no name of a file");
        };
        // What the test file says of it would be read as a reference.
        if name.contains("${") || name.chars().any(char::is_control) {
            bail!(
                "`{}` cannot be the name of a rules file",
                name.escape_debug()
            );
        }
        let beside = match name.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() => format!("{stem}.test.{end}"),
            _ => format!("{name}.test.yaml"),
        };
        let name = name.to_owned();
        let tests = rules.with_file_name(beside);
        Ok(Self { rules, tests, name })
    }
}

/// Returns the answers: those of the options, and those of a dialogue or the defaults.
fn collect(
    arguments: &Arguments,
    mut dialogue: Option<(&mut dyn BufRead, &mut dyn Write)>,
) -> anyhow::Result<Answers> {
    let mut answers = Answers::default();
    for topic in Topic::ALL {
        let applies = topic.applies(&answers);
        match (given(arguments, topic), &mut dialogue) {
            (Some(text), _) if applies => {
                let taken = check::take(topic, &mut answers, &text);
                taken.map_err(|why| anyhow::anyhow!("{}: {why}", topic.option()))?;
            }
            (Some(_), _) => bail!("{} means nothing here: {}", topic.option(), topic.needs()),
            (None, Some((input, out))) if applies => {
                ask::one(*input, *out, topic, &mut answers)?;
            }
            (None, None) if applies && topic.default().is_none() => {
                bail!("{} is missing: {}", topic.option(), topic.explains());
            }
            (None, _) => {}
        }
    }
    Ok(answers)
}

fn given(arguments: &Arguments, topic: Topic) -> Option<String> {
    let joined = |list: &[String]| (!list.is_empty()).then(|| list.join(" "));
    match topic {
        Topic::Source => arguments.source.map(|source| source.as_str().to_owned()),
        Topic::Domains => joined(&arguments.domain),
        Topic::Email => joined(&arguments.email),
        Topic::MailServer => arguments.mail_server.clone(),
        Topic::MailUser => arguments.mail_user.clone(),
        Topic::Runbooks => arguments.runbooks.clone(),
        Topic::Sensitivity => arguments.sensitivity.map(|level| level.as_str().to_owned()),
    }
}

/// Says what was written and what comes next.
fn farewell(answers: &Answers, place: &Place) -> String {
    let (rules, tests) = (shell(&place.rules), shell(&place.tests));
    let (option, password) = if answers.mail_user.is_some() {
        ("--no-env ", "SMTP_PASSWORD=… ")
    } else {
        ("", "")
    };
    // Before the first alert is the time to see whether mails arrive.
    let notify = if answers.email.is_empty() {
        String::new()
    } else {
        format!("  {password}foghorn notify {} {rules}\n", text::MAILED)
    };
    // So it is to see whether the account answers.
    let account = match answers.source {
        Source::Simulator => String::new(),
        Source::AliyunCdn | Source::AliyunDcdn => format!(
            "  export ALIBABA_CLOUD_ACCESS_KEY_ID=… ALIBABA_CLOUD_ACCESS_KEY_SECRET=…\n  foghorn backtest {rules} --from 1d\n"
        ),
    };
    format!(
        "Wrote {} and {}. Next:\n\n  foghorn test {option}{tests}\n{notify}{account}  {password}foghorn run {rules}\n",
        place.rules.display(),
        place.tests.display(),
    )
}

/// Returns a path as a shell takes it.
fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~');
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
