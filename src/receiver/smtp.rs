//! Mails by SMTP: one connection and one message for each try.
//!
//! The steps are our own, because each recipient has an answer of his own: one who is unknown
//! must not keep the others from being told. Who took the mail or was refused for good is
//! remembered, so that a retry for those whom the server put off tells nobody twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Delivered, SendError, ToolsError};
use crate::config::Tls;
use crate::dispatch::summary::one_line;

/// How long a connection may take, with its TLS.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// How long a whole try may take. Servers scan mails before they answer.
const TRY_MAX: Duration = Duration::from_mins(2);
/// How long is waited for the server's farewell.
const FAREWELL_MAX: Duration = Duration::from_secs(5);
/// How much of a server's answer is kept, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// How many half-told deliveries are remembered; beyond it the first ids are forgotten, and
/// somebody may be told twice.
const SETTLED_MAX: usize = 1_000;

/// A mail server.
pub(super) struct Relay {
    host: String,
    port: u16,
    privacy: Privacy,
    login: Option<Credentials>,
    /// By delivery, who needs no further try.
    settled: Mutex<BTreeMap<String, Settled>>,
}

enum Privacy {
    Wrapped(TlsParameters),
    Required(TlsParameters),
    None,
}

/// Those of a delivery's recipients who need no further try.
#[derive(Clone, Debug, Default)]
struct Settled {
    taken: BTreeSet<String>,
    refused: BTreeMap<String, String>,
}

/// What a try came to.
#[derive(Debug, Default)]
struct Outcome {
    taken: Vec<String>,
    refused: Vec<(String, String)>,
    put_off: Vec<(String, String)>,
    answer: String,
}

impl Relay {
    /// Prepares for a mail server; nothing is connected yet.
    pub(super) fn open(
        host: &str,
        port: u16,
        tls: Tls,
        login: Option<&(String, SecretString)>,
    ) -> Result<Self, ToolsError> {
        let parameters =
            || TlsParameters::new(host.to_owned()).map_err(|source| ToolsError::MailTls { source });
        let privacy = match tls {
            Tls::Wrapped => Privacy::Wrapped(parameters()?),
            Tls::Required => Privacy::Required(parameters()?),
            Tls::None => Privacy::None,
        };
        let login = login.map(|(user, password)| {
            Credentials::new(user.clone(), password.expose_secret().to_owned())
        });
        Ok(Self {
            host: host.to_owned(),
            port,
            privacy,
            login,
            settled: Mutex::default(),
        })
    }

    /// Sends a mail to those of the recipients who need it still.
    pub(super) async fn send(
        &self,
        delivery: &str,
        from: &Address,
        to: &[Address],
        mail: &[u8],
    ) -> Result<Delivered, SendError> {
        let settled = self.settled().remove(delivery).unwrap_or_default();
        let done = |address: &&Address| {
            let name = address.to_string();
            settled.taken.contains(&name) || settled.refused.contains_key(&name)
        };
        let open: Vec<Address> = to.iter().filter(|a| !done(a)).cloned().collect();
        let transaction = tokio::time::timeout(TRY_MAX, self.transaction(from, &open, mail));
        let tried = match transaction.await {
            Ok(tried) => tried,
            Err(_) => Err(self.retry("no answer in time")),
        };
        match tried {
            Ok((outcome, mut connection)) => {
                // What is decided is decided: a server that stalls now must not cause a retry.
                let _ = tokio::time::timeout(FAREWELL_MAX, connection.abort()).await;
                self.conclude(delivery, settled, outcome)
            }
            Err(error) => {
                self.remember(delivery, settled);
                Err(error)
            }
        }
    }

    async fn transaction(
        &self,
        from: &Address,
        to: &[Address],
        mail: &[u8],
    ) -> Result<(Outcome, AsyncSmtpConnection), SendError> {
        let mut connection = self.connect().await?;
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        let unicode = !ascii(from) || !to.iter().all(ascii);
        let mut parameters = Vec::new();
        if unicode {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                connection.abort().await;
                return Err(SendError::Reject {
                    answer: format!("{} takes ASCII addresses only", self.place()),
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let greeting = connection
            .command(Mail::new(Some(from.clone()), parameters))
            .await;
        greeting.map_err(|error| self.by_code("the sender", &error))?;
        let mut outcome = Outcome::default();
        for address in to {
            let name = address.to_string();
            match connection
                .command(Rcpt::new(address.clone(), Vec::new()))
                .await
            {
                Ok(_) => outcome.taken.push(name),
                Err(error) if error.is_permanent() => outcome.refused.push((name, short(&error))),
                Err(error) if error.is_transient() => outcome.put_off.push((name, short(&error))),
                Err(error) => return Err(self.passing("name the recipients", &error)),
            }
        }
        if !outcome.taken.is_empty() {
            let ready = connection.command(Data).await;
            ready.map_err(|error| self.by_code("the mail", &error))?;
            let taken = connection.message(mail).await;
            let taken = taken.map_err(|error| self.by_code("the mail", &error))?;
            let lines: Vec<&str> = taken.message().collect();
            outcome.answer = one_line(
                &format!("{} {}", taken.code(), lines.join(" ")),
                ANSWER_CHARS_MAX,
            );
        }
        Ok((outcome, connection))
    }

    /// Connects, as privately as the file asks for, and logs in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let hello = ClientId::default();
        let wrapped = match &self.privacy {
            Privacy::Wrapped(parameters) => Some(parameters.clone()),
            Privacy::Required(_) | Privacy::None => None,
        };
        let target = (self.host.as_str(), self.port);
        let connected =
            AsyncSmtpConnection::connect_tokio1(target, Some(CONNECT_MAX), &hello, wrapped, None);
        let mut connection = connected
            .await
            .map_err(|error| self.passing("connect", &error))?;
        if let Privacy::Required(parameters) = &self.privacy {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(self.retry(
                    "the server offers no STARTTLS, and nothing is sent without it; \
                     `?tls=none` would ask for that",
                ));
            }
            let upgraded = connection.starttls(parameters.clone(), &hello).await;
            upgraded.map_err(|error| self.passing("start TLS", &error))?;
        }
        if let Some(login) = &self.login {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            if let Err(error) = connection.auth(&mechanisms, login).await {
                connection.abort().await;
                // Also servers whose directory is down say that the password is wrong.
                return Err(self.passing("log in", &error));
            }
        }
        Ok(connection)
    }

    /// Decides what a try means for the delivery.
    fn conclude(
        &self,
        delivery: &str,
        mut settled: Settled,
        outcome: Outcome,
    ) -> Result<Delivered, SendError> {
        settled.taken.extend(outcome.taken);
        settled.refused.extend(outcome.refused);
        let list = |answers: Vec<(String, String)>| {
            let lines: Vec<String> = answers
                .iter()
                .map(|(a, why)| format!("{a}: {why}"))
                .collect();
            lines.join("; ")
        };
        let refused = list(settled.refused.clone().into_iter().collect());
        if !outcome.put_off.is_empty() {
            let waiting = list(outcome.put_off);
            self.remember(delivery, settled);
            return Err(self.retry(&format!("put off {waiting}")));
        }
        if settled.taken.is_empty() {
            let answer = format!("{} refused {refused}", self.place());
            return Err(SendError::Reject { answer });
        }
        let mut answer = outcome.answer;
        if !refused.is_empty() {
            tracing::warn!(
                delivery.id = delivery,
                "the mail server refused some recipients: {refused}"
            );
            answer = format!("{answer} (refused {refused})");
        }
        Ok(Delivered { answer })
    }

    fn remember(&self, delivery: &str, who: Settled) {
        if who.taken.is_empty() && who.refused.is_empty() {
            return;
        }
        let mut settled = self.settled();
        settled.insert(delivery.to_owned(), who);
        while settled.len() > SETTLED_MAX {
            settled.pop_first();
        }
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Settled>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> String {
        format!("mail server {}:{}", self.host, self.port)
    }

    fn retry(&self, what: &str) -> SendError {
        SendError::Retry {
            after: None,
            answer: format!("{}: {what}", self.place()),
        }
    }

    fn passing(&self, step: &str, error: &Error) -> SendError {
        self.retry(&format!("{step}: {}", short(error)))
    }

    /// Decides by the server's code: 5xx is said of this message and will be said again.
    fn by_code(&self, what: &str, error: &Error) -> SendError {
        if error.is_permanent() {
            let answer = format!("{} refused {what}: {}", self.place(), short(error));
            SendError::Reject { answer }
        } else {
            self.passing(&format!("offer {what}"), error)
        }
    }
}

/// Returns what a fault says, in few words. It never holds the login: servers do not repeat it.
fn short(error: &Error) -> String {
    one_line(&error.to_string(), ANSWER_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_half_told_deliveries_are_remembered() {
        let relay = Relay::open("127.0.0.1", 25, Tls::None, None).unwrap();
        relay.remember("nobody", Settled::default());
        assert!(relay.settled().is_empty());
        for n in 0..=SETTLED_MAX {
            let taken = BTreeSet::from(["a@example.com".to_owned()]);
            let refused = BTreeMap::new();
            relay.remember(&format!("{n:05}"), Settled { taken, refused });
        }
        assert_eq!(relay.settled().len(), SETTLED_MAX);
        assert!(!relay.settled().contains_key("00000"));
    }
}
