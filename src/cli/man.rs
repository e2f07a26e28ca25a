//! `foghorn man`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::Exit;

/// The pages' section: commands.
const SECTION: &str = "1";

const STATUSES: [(&str, &str); 4] = [
    ("0", "Done, and nothing wrong."),
    (
        "1",
        "It ran and found what it looks for: errors of a rules file, a test that fails, a file that is not formatted.",
    ),
    (
        "2",
        "It could not do its work, and said why: bad arguments, a file that cannot be read, no network. A start that is refused stays refused until somebody mends it.",
    ),
    (
        "3",
        "A part of the running service broke: a supervisor starts it again.",
    ),
];

const FILES: [(&str, &str); 7] = [
    (
        "rules.yaml",
        "The rules file, unless a command is given another.",
    ),
    ("rules.test.yaml", "Its rule tests, as `init` writes them."),
    (
        "foghorn.db",
        "The store, unless the rules file says otherwise with `store:`; foghorn.db-wal, foghorn.db-shm and foghorn.db.lock belong to it.",
    ),
    (
        "outbox/",
        "Mails as files, where the mail server is `file:outbox/`.",
    ),
    (
        "~/.aliyun/config.json",
        "Credentials of Alibaba Cloud's command line.",
    ),
    (
        "~/.alibabacloud/credentials",
        "Credentials of Alibaba Cloud's SDKs.",
    ),
    (
        "/run/secrets/",
        "Where `${file:/run/secrets/NAME}` in a rules file usually looks.",
    ),
];

const ENVIRONMENT: [(&str, &str); 21] = [
    (
        "FOGHORN_URL",
        "The address of the service that `status`, `alerts`, `ack`, `silence` and `dead-letters` talk to; http://127.0.0.1:9847 if it is not set.",
    ),
    ("FOGHORN_TOKEN", "The password of one of its users."),
    (
        "FOGHORN_LOG",
        "What `run` and `simulate` log: `info` (the default), `debug`, or directives such as `foghorn::daemon=debug`.",
    ),
    (
        "NO_COLOR",
        "If it is set and not empty, nothing is coloured.",
    ),
    (
        "HTTPS_PROXY",
        "The proxy of calls by HTTPS, but for those to loopback.",
    ),
    (
        "HTTP_PROXY",
        "The proxy of calls by HTTP, but for those to loopback.",
    ),
    ("NO_PROXY", "Hosts that are called without a proxy."),
    (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "The id of the account's key, with the next one.",
    ),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "The account's key."),
    (
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "The token of temporary keys.",
    ),
    (
        "ALIBABA_CLOUD_ROLE_ARN",
        "With the next two: a role, by OpenID Connect.",
    ),
    (
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        "The provider that vouches for it.",
    ),
    ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "The file with its token."),
    (
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "What the session of that role is called.",
    ),
    (
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
        "`true`: ~/.aliyun/config.json is not looked at.",
    ),
    (
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
        "Credentials elsewhere than in ~/.alibabacloud/credentials.",
    ),
    (
        "ALIBABA_CLOUD_PROFILE",
        "The profile in files of credentials.",
    ),
    (
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
        "`true`: the RAM role of the ECS instance is not asked for.",
    ),
    (
        "ALIBABA_CLOUD_ECS_METADATA",
        "The name of that role, so that it need not be looked up.",
    ),
    (
        "ALIBABA_CLOUD_IMDSV1_DISABLED",
        "`true`: the role is asked for with a token alone.",
    ),
    (
        "NAME",
        "Every variable that a rules file names as `${NAME}` or `${NAME:-default}`.",
    ),
];

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  foghorn man | man -l -
  foghorn man --out /usr/local/share/man/man1")]
pub struct Arguments {
    /// Write the page of every command into this folder, instead of printing the main one.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A manual page.
struct Page {
    /// The name of its file.
    file: String,
    text: Vec<u8>,
}

/// Prints the main page, or writes all pages.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let pages = pages().context("make the manual pages")?;
    let Some(folder) = &arguments.out else {
        if let Some(main) = pages.first() {
            io::stdout().lock().write_all(&main.text)?;
        }
        return Ok(Exit::Done);
    };
    write_all(folder, &pages)?;
    let shown = folder.display();
    writeln!(io::stderr(), "wrote {} pages into {shown}", pages.len())?;
    Ok(Exit::Done)
}

fn write_all(folder: &Path, pages: &[Page]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    for page in pages {
        let path = folder.join(&page.file);
        fs::write(&path, &page.text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// Returns all pages, the main one first.
fn pages() -> io::Result<Vec<Page>> {
    let mut main = super::Arguments::command().disable_help_subcommand(true);
    main.build();
    let mut commands = vec![main.clone()];
    let mut next = 0;
    // Commands have commands: a list instead of a function that calls itself.
    while let Some(command) = commands.get(next) {
        let below: Vec<Command> = command.get_subcommands().cloned().collect();
        commands.extend(below.into_iter().filter(|command| !command.is_hide_set()));
        next += 1;
    }
    let version = main.get_version().unwrap_or_default().to_owned();
    commands
        .iter()
        .map(|command| page(command, &version))
        .collect()
}

fn page(command: &Command, version: &str) -> io::Result<Page> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    let is_main = command.has_subcommands();
    let mut text = Vec::new();
    let man = Man::new(command.clone())
        .section(SECTION)
        .source(format!("foghorn {version}"))
        .manual("Foghorn");
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if is_main {
        man.render_subcommands_section(&mut text)?;
    }
    examples(command).to_writer(&mut text)?;
    section("EXIT STATUS", &STATUSES).to_writer(&mut text)?;
    if is_main {
        section("FILES", &FILES).to_writer(&mut text)?;
        section("ENVIRONMENT", &ENVIRONMENT).to_writer(&mut text)?;
    } else {
        let mut roff = Roff::new();
        roff.control("SH", ["SEE ALSO"]);
        roff.text([bold("foghorn"), roman(format!("({SECTION})"))]);
        roff.to_writer(&mut text)?;
    }
    let file = format!("{name}.{SECTION}");
    Ok(Page { file, text })
}

/// What stands below a command's options, line by line as it is.
fn examples(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let Some(after) = command.get_after_help() else {
        return roff;
    };
    roff.control("SH", ["NOTES AND EXAMPLES"]);
    roff.control("nf", []);
    for line in after.to_string().lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}

fn section(heading: &str, entries: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]);
    for (term, says) in entries {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*says)] as [Inline; 1]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(page: &Page) -> String {
        String::from_utf8(page.text.clone()).unwrap()
    }

    #[test]
    fn every_command_has_a_page_of_its_own() {
        let pages = pages().unwrap();
        let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        assert_eq!(files.first(), Some(&"foghorn.1"));
        let command = super::super::Arguments::command();
        for command in command.get_subcommands() {
            let file = format!("foghorn-{}.1", command.get_name());
            assert!(files.contains(&file.as_str()), "{file} of {files:?}");
        }
        for page in &pages {
            let text = text(page);
            for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
                assert!(
                    text.contains(&format!(".SH {heading}\n")),
                    "{}: {heading}",
                    page.file
                );
            }
            assert!(text.contains(".SH \"EXIT STATUS\"\n"), "{}", page.file);
        }
    }

    #[test]
    fn the_main_page_lists_statuses_files_and_the_environment() {
        let main = text(&pages().unwrap()[0]);
        for entries in [&STATUSES[..], &FILES, &ENVIRONMENT] {
            for (term, _) in entries {
                // Hyphens are escaped.
                let term = term.replace('-', "\\-");
                assert!(main.contains(&format!("\\fB{term}\\fR")), "{term}");
            }
        }
    }

    #[test]
    fn pages_go_into_a_folder_that_is_made_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("man/man1");
        run(&Arguments {
            out: Some(out.clone()),
        })
        .unwrap();
        let main = fs::read_to_string(out.join("foghorn.1")).unwrap();
        assert!(main.contains(".TH foghorn 1"), "{main}");
        assert!(out.join("foghorn-man.1").exists());
    }
}
