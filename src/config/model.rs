//! What a rules file says, once it is read and checked.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;

pub use super::notify::Drill;
pub use super::password::Password;
pub use crate::dispatch::DomainLabels;
use crate::dispatch::{Calendar, Inhibition, ReceiverName, Route, Silence};
use crate::engine::Rule;
use crate::lang::{Names, Program};
use crate::unit::{AccountName, DomainName, GlobList, Timespan};

/// Everything that a rules file says.
///
/// Its `Debug` is an outline: what came from the environment is nowhere in it.
#[derive(Clone)]
pub struct Config {
    /// Where samples come from, at least one for `run`; files for lint and test may have none.
    pub sources: Vec<Source>,
    /// A minute is judged no sooner than this after its end. Default 5 m.
    pub settle: Timespan,
    /// And no later than this, if the source can be asked. Default 15 m.
    pub max_lateness: Timespan,
    /// How long samples are kept. Default 14 d.
    pub history: Timespan,
    /// Labels by domain: of the entries that match, later ones hold.
    pub labels: Vec<DomainLabels>,
    /// The main file's `let:` names.
    pub names: Names,
    /// The graph of all conditions.
    pub program: Arc<Program>,
    /// The rules, in the order of the file, further files sorted by name.
    pub rules: Vec<Alerting>,
    /// Whom to tell.
    pub notify: Notify,
    /// Where the store is. Default `sqlite:foghorn.db`.
    pub store: String,
    /// How soon after the first bad minute a person should be told. Default 15 m.
    pub objective: Timespan,
    /// The page and the API.
    pub web: Web,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<&str> = self.rules.iter().map(|r| r.rule.name.as_str()).collect();
        f.debug_struct("Config")
            .field("sources", &self.sources.len())
            .field("rules", &rules)
            .field("receivers", &self.notify.receivers.len())
            .field("routes", &self.notify.routes.len())
            .finish_non_exhaustive()
    }
}

/// A rule, and what is said when it fires.
#[derive(Clone, Debug)]
pub struct Alerting {
    /// What is judged.
    pub rule: Rule,
    /// Labels of its alerts.
    pub labels: Arc<BTreeMap<String, String>>,
    /// The template of its summary, if it has one.
    pub summary: Option<String>,
    /// Where to read what to do.
    pub runbook_url: Option<String>,
    /// When people are told of it; always, if it does not say.
    pub active_hours: Option<Calendar>,
}

/// One account of one source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name in labels and messages; default the kind.
    pub account: AccountName,
    /// Which domains it is asked for.
    pub domains: Domains,
    /// Calls per second. Default 5.
    pub rate: u32,
    /// What it is.
    pub kind: SourceKind,
}

/// What kind of source.
#[derive(Clone, Debug)]
pub enum SourceKind {
    /// Alibaba Cloud CDN or DCDN.
    Aliyun(Aliyun),
    /// The built-in simulator.
    Simulator(Simulator),
}

/// Settings of an Alibaba Cloud source.
#[derive(Clone, Debug)]
pub struct Aliyun {
    /// Which product.
    pub product: Product,
    /// Where its API is; default by product.
    pub endpoint: String,
    /// The file's own credentials; `None` looks where the official SDKs look.
    pub credentials: Option<Credentials>,
}

/// Products with the same API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// `aliyun_cdn`
    Cdn,
    /// `aliyun_dcdn`
    Dcdn,
}

/// Long-lived or temporary keys of an account; `Debug` shows none of them.
#[derive(Clone)]
pub struct Credentials {
    /// The key's id.
    pub access_key_id: String,
    /// The key itself.
    pub access_key_secret: SecretString,
    /// The token of temporary keys.
    pub security_token: Option<SecretString>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// Settings of the built-in simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulator {
    /// What its weather comes from. Default 1.
    pub seed: u64,
    /// How many simulated minutes pass in one. Default 1.
    pub speed: u32,
    /// The time at which the clock begins in a new store; an older store's clock goes on.
    /// Default the machine's.
    pub start: Option<chrono::DateTime<chrono::Utc>>,
    /// The text of a scenario, or `None` for the one that is built in.
    pub scenario: Option<String>,
}

/// Which domains a source is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domains {
    /// These.
    Listed(Vec<DomainName>),
    /// Those of the account that match, looked up anew every so often.
    Discovered {
        /// Which: includes first, then excludes as `!…`.
        globs: GlobList,
        /// How often the list is asked for. Default 10 m.
        every: Timespan,
    },
}

/// Whom to tell, and how.
#[derive(Clone, Debug)]
pub struct Notify {
    /// The mail server, if there are email receivers.
    pub email: Option<MailServer>,
    /// The receivers, by name.
    pub receivers: BTreeMap<ReceiverName, Vec<super::Channel>>,
    /// The routes, in order.
    pub routes: Vec<Route>,
    /// Which alerts mute which.
    pub inhibitions: Vec<Inhibition>,
    /// The silences, each under an id by its place.
    pub silences: Vec<Silence>,
    /// How long a delivery is retried. Default 24 h.
    pub give_up: Timespan,
    /// Who takes what a receiver could not be given.
    pub fallback: Vec<ReceiverName>,
    /// Tests that go out by a calendar.
    pub drills: Vec<Drill>,
    /// Pinged while all is well.
    pub watchdog: Option<Watchdog>,
}

/// A mail server and who it is spoken to as; `Debug` shows no login.
#[derive(Clone)]
pub struct MailServer {
    /// Where mails go.
    pub server: MailTransport,
    /// The login, if the server wants one.
    pub login: Option<(String, SecretString)>,
    /// The sender: an address, or a name with one.
    pub from: String,
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer")
            .field("has_login", &self.login.is_some())
            .finish_non_exhaustive()
    }
}

/// How mails leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTransport {
    /// As `.eml` files into a folder.
    Folder(String),
    /// By SMTP.
    Smtp {
        /// The server's name.
        host: String,
        /// Its port; defaults 465 for `smtps`, 587 for `smtp`, 25 without TLS.
        port: u16,
        /// How the connection is kept private.
        tls: Tls,
    },
}

/// How a connection to a mail server is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tls {
    /// From the first byte (`smtps://`).
    Wrapped,
    /// By STARTTLS, which the server must offer (`smtp://`).
    Required,
    /// Not at all, because the file asks for it (`?tls=none`).
    None,
}

/// Where to ping while all is well.
#[derive(Clone, Debug)]
pub struct Watchdog {
    /// The address.
    pub url: SecretString,
    /// How often. Default 1 m.
    pub every: Timespan,
}

/// Settings of the page and the API.
#[derive(Clone, Debug)]
pub struct Web {
    /// Where to listen. Default `127.0.0.1:9847`.
    pub listen: SocketAddr,
    /// What its address is from outside, for links.
    pub external_url: Option<String>,
    /// Who may look and act; if there is nobody, everybody may.
    pub users: BTreeMap<String, Password>,
    /// Whether it may listen beyond this machine though it has no users. Default not.
    pub is_open: bool,
}

impl Web {
    /// Whether other machines could look and act without a password, and the file does not say
    /// that this is meant.
    pub fn is_exposed(&self) -> bool {
        !self.listen.ip().is_loopback() && self.users.is_empty() && !self.is_open
    }
}

/// What a rules file may ask of the world around it.
///
/// The commands give the process's environment and files; tests give a map.
pub trait Surroundings {
    /// Returns the value of an environment variable, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
    /// Returns the content of a file, or why it cannot be had.
    ///
    /// # Errors
    ///
    /// A sentence that says what went wrong.
    fn file(&self, path: &str) -> Result<String, String>;
    /// Returns the paths that match a glob of further rules files, sorted.
    ///
    /// # Errors
    ///
    /// A sentence that says what went wrong.
    fn glob(&self, pattern: &str) -> Result<Vec<String>, String>;
}
