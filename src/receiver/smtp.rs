//! Mails by SMTP: one connection, one message and one recipient for each try.
//!
//! Each recipient is a delivery of their own, so that one who is unknown or put off keeps nobody
//! else from being told, and what became of each is in the store. The steps are our own, so that
//! it is known at which of them a server refused.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Delivered, SendError, ToolsError};
use crate::causes;
use crate::config::Tls;
use crate::dispatch::summary::one_line;

/// How long a connection may take, without what is said by it.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// How long a connection may take with the server's greeting. Some servers keep strangers waiting.
const GREETING_MAX: Duration = Duration::from_secs(75);
/// How long a whole try may take. Servers scan mails before they answer.
const TRY_MAX: Duration = Duration::from_mins(2);
/// How long is waited for the server's farewell.
const FAREWELL_MAX: Duration = Duration::from_secs(5);
/// Where TLS is spoken from the first byte on. Source: RFC 8314, 7.3.
const TLS_PORT: u16 = 465;
/// How much of a server's answer is kept, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// A mail server.
pub(super) struct Relay {
    host: String,
    port: u16,
    privacy: Privacy,
    login: Option<Credentials>,
}

enum Privacy {
    Wrapped(TlsParameters),
    Required(TlsParameters),
    None,
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
        })
    }

    /// Sends a mail to a recipient.
    pub(super) async fn send(
        &self,
        from: &Address,
        to: &Address,
        mail: &[u8],
    ) -> Result<Delivered, SendError> {
        let transaction = tokio::time::timeout(TRY_MAX, self.transaction(from, to, mail));
        let (answer, mut connection) = match transaction.await {
            Ok(tried) => tried?,
            Err(_) => return Err(self.retry("no answer in time")),
        };
        // The mail is taken: a server that stalls now must not cause a retry.
        let _ = tokio::time::timeout(FAREWELL_MAX, connection.abort()).await;
        Ok(Delivered { answer })
    }

    async fn transaction(
        &self,
        from: &Address,
        to: &Address,
        mail: &[u8],
    ) -> Result<(String, AsyncSmtpConnection), SendError> {
        let mut connection = self.connect().await?;
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        let mut parameters = Vec::new();
        if !ascii(from) || !ascii(to) {
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
        let sender = connection
            .command(Mail::new(Some(from.clone()), parameters))
            .await;
        sender.map_err(|error| self.by_code("the sender", &error))?;
        let recipient = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
        recipient.map_err(|error| self.by_code("the recipient", &error))?;
        let ready = connection.command(Data).await;
        ready.map_err(|error| self.by_code("the mail", &error))?;
        let taken = connection.message(mail).await;
        let taken = taken.map_err(|error| self.by_code("the mail", &error))?;
        let lines: Vec<&str> = taken.message().collect();
        let answer = format!("{} {}", taken.code(), lines.join(" "));
        Ok((one_line(&answer, ANSWER_CHARS_MAX), connection))
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
        let waits_for_tls = self.waits_for_tls();
        let mut connection = match tokio::time::timeout(GREETING_MAX, connected).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) if waits_for_tls => {
                return Err(self.retry(&format!("connect: {}{WRAP}", short(&error))));
            }
            Ok(Err(error)) => return Err(self.passing("connect", &error)),
            Err(_) if waits_for_tls => return Err(self.retry(&format!("no answer in time{WRAP}"))),
            Err(_) => return Err(self.retry("no answer in time")),
        };
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

    /// Whether the server waits for TLS, where the file has it begin without.
    fn waits_for_tls(&self) -> bool {
        self.port == TLS_PORT && !matches!(self.privacy, Privacy::Wrapped(_))
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
        let why = short(error);
        self.retry(&format!("{step}: {why}{}", mend(&why)))
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

/// What to do about a server that waits for TLS where none is spoken.
const WRAP: &str = "; on port 465 servers speak TLS from the beginning: write smtps://";

/// Returns what to do about a fault whose words are those of a library.
fn mend(why: &str) -> &'static str {
    if why.contains("InvalidContentType") {
        "; no TLS is spoken there: for STARTTLS, as on port 587, write smtp://"
    } else if why.contains("No compatible authentication mechanism") {
        "; the server offers no login by PLAIN or LOGIN here: many do so by TLS alone, with smtps:// or STARTTLS, \
         and some want none, without `user:`"
    } else {
        causes::mend_of_trust(why)
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
    fn a_port_for_tls_from_the_beginning_is_told_where_the_file_begins_without() {
        let waits = |port, tls| {
            let relay = Relay::open("mail.example.com", port, tls, None).unwrap();
            relay.waits_for_tls()
        };
        assert!(waits(465, Tls::Required) && waits(465, Tls::None));
        assert!(!waits(465, Tls::Wrapped) && !waits(587, Tls::Required));
    }

    #[test]
    fn faults_of_tls_have_their_mend() {
        let wrapped = "Connection error: received corrupt message of type InvalidContentType";
        assert!(mend(wrapped).contains("write smtp://"));
        for untrusted in [
            "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
            "invalid peer certificate: UnknownIssuer",
        ] {
            assert!(mend(untrusted).contains("have an authority sign it"));
        }
        let no_login = "internal client error: No compatible authentication mechanism was found";
        assert!(mend(no_login).contains("by TLS alone"));
        assert_eq!(mend("connection refused"), "");
    }
}
