//! Mails through a real mail server, which `.ci/smtp` starts.

use std::io::Write;
use std::path::{Path, PathBuf};

use foghorn::config::{MailServer, MailTransport, Tls};
use foghorn::receiver::SendError;

use super::{Parsed, is_passing, mail, mail_server};

/// The login that `.ci/smtp` gives to the server.
const LOGIN: (&str, &str) = ("foghorn", "fog and horn");

/// Where the server is: folder, then the ports of SMTPS, STARTTLS and plain.
fn server() -> Option<(PathBuf, [u16; 3])> {
    let setting = std::env::var("FOGHORN_TEST_SMTP").ok()?;
    let mut words = setting.split(',');
    let folder = PathBuf::from(words.next()?);
    let ports: Vec<u16> = words.map(|word| word.parse().unwrap()).collect();
    Some((folder, ports.try_into().unwrap()))
}

/// Says that a test was skipped. Written past the test harness, which would swallow it.
fn skipped() {
    let line = "skipped: FOGHORN_TEST_SMTP is not set; .ci/smtp starts a mail server and sets it\n";
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Returns the one mail that came under a delivery id. The server hands mails on after it has
/// answered, so this looks for a while.
async fn received(folder: &Path, id: &str) -> String {
    let inbox = folder.join("Maildir/new");
    for _ in 0..100 {
        let entries = std::fs::read_dir(&inbox).into_iter().flatten();
        let mails = entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        let ours = format!("Message-ID: <delivery.{id}@example.com>");
        let mut found: Vec<String> = mails.filter(|mail| mail.contains(&ours)).collect();
        assert!(found.len() <= 1, "{id} came twice");
        if let Some(mail) = found.pop() {
            return mail.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no mail of delivery {id} in {}", inbox.display())
}

#[tokio::test]
async fn a_real_server_takes_mails_by_smtps_starttls_and_plain() {
    let Some((folder, [wrapped, starttls, plain])) = server() else {
        return skipped();
    };
    for (port, tls, login, id) in [
        (wrapped, Tls::Wrapped, Some(LOGIN), "smtps"),
        (starttls, Tls::Required, Some(LOGIN), "starttls"),
        (plain, Tls::None, None, "plain"),
    ] {
        let id = format!("{id}-{}", std::process::id());
        let told = mail(&mail_server(port, tls, login), &id, "oncall@example.com").await;
        assert!(
            told.as_ref().is_ok_and(|t| t.answer.starts_with("250")),
            "{told:?}"
        );
        let mail = Parsed::read(&received(&folder, &id).await);
        assert_eq!(
            mail.head["subject"],
            "[CRITICAL] origin-5xx www.example.com: 5xx is 34.2%"
        );
        assert!(mail.parts[0].1.contains("zu viele Fehler – 源站"));
        assert!(mail.parts[1].1.contains("zu viele Fehler – 源站"));
    }
}

#[tokio::test]
async fn a_real_server_refuses_and_is_refused() {
    let Some((_, [wrapped, starttls, plain])) = server() else {
        return skipped();
    };
    let to = "oncall@example.com";
    let wrong = Some((LOGIN.0, "s3cr3t"));
    let result = mail(&mail_server(wrapped, Tls::Wrapped, wrong), "d1", to).await;
    is_passing(&result, "log in");
    let result = mail(&mail_server(starttls, Tls::Required, None), "d2", to).await;
    assert!(
        matches!(result, Err(SendError::Reject { .. })),
        "{result:?}"
    );
    let result = mail(&mail_server(plain, Tls::Required, Some(LOGIN)), "d3", to).await;
    is_passing(&result, "STARTTLS");
    // The certificate is for 127.0.0.1 and for no other name of this machine.
    let stranger = MailServer {
        server: MailTransport::Smtp {
            host: "localhost".into(),
            port: wrapped,
            tls: Tls::Wrapped,
        },
        ..mail_server(wrapped, Tls::Wrapped, Some(LOGIN))
    };
    is_passing(&mail(&stranger, "d4", to).await, "certificate");
    let result = mail(
        &mail_server(plain, Tls::None, None),
        "d5",
        "gone@example.com",
    )
    .await;
    assert!(
        matches!(result, Err(SendError::Reject { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn of_five_recipients_at_a_real_server_four_are_told_and_one_is_refused() {
    let Some((folder, [_, _, plain])) = server() else {
        return skipped();
    };
    let server = mail_server(plain, Tls::None, None);
    let names = ["a", "b", "gone", "c", "d"];
    let mut refused = Vec::new();
    for (n, name) in names.into_iter().enumerate() {
        let id = format!("five-{n}-{}", std::process::id());
        match mail(&server, &id, &format!("{name}@example.com")).await {
            Ok(told) => {
                assert!(told.answer.starts_with("250"), "{told:?}");
                received(&folder, &id).await;
            }
            Err(SendError::Reject { answer }) => refused.push(answer),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].contains("550"), "{refused:?}");
}

#[tokio::test]
async fn a_real_server_that_is_busy_is_asked_again_and_takes_the_mail_once() {
    let Some((folder, [_, _, plain])) = server() else {
        return skipped();
    };
    let server = mail_server(plain, Tls::None, None);
    let id = format!("busy-{}", std::process::id());
    // The server puts off whoever it sees for the first time.
    let to = format!("{id}@busy.example.com");
    is_passing(&mail(&server, &id, &to).await, "451");
    let told = mail(&server, &id, &to).await;
    assert!(
        told.as_ref().is_ok_and(|t| t.answer.starts_with("250")),
        "{told:?}"
    );
    received(&folder, &id).await;
}
