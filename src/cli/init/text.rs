//! The rules file that answers make.

use std::fmt::Write as _;

use super::answers::{Answers, Sensitivity, Source};
use crate::config::is_in_the_clear;

/// The variable of the mail server's password.
pub(super) const PASSWORD: &str = "SMTP_PASSWORD";
/// The receiver that mails go to.
pub(super) const MAILED: &str = "oncall";
/// What the simulator serves unless somebody names domains.
const SIMULATED: [&str; 3] = ["www.example.com", "img.example.com", "api.example.com"];
/// Where the comments behind keys begin.
const COMMENT_COLUMN: usize = 35;

/// What stands for a runbook where there is none: who writes it adds its address.
const NO_RUNBOOK: &str =
    "  # foghorn: allow(no-runbook) there is none yet; `runbook_url:` is where its address goes";

/// What stands above a mail server to which mails go in the clear: whoever names it has said so.
const IN_THE_CLEAR: &str = "    # foghorn: allow(insecure) `tls=none` is wanted here; whoever is on the way can read the mails";

/// The conditions of the rules.
pub(super) struct Conditions {
    pub(super) warning: &'static str,
    pub(super) critical: &'static str,
    /// Of `client-errors`, which clear outages do without.
    pub(super) client: Option<&'static str>,
}

/// Returns the conditions of a sensitivity.
pub(super) const fn conditions(sensitivity: Sensitivity) -> Conditions {
    match sensitivity {
        Sensitivity::Low => Conditions {
            warning: "5xx > 20% given requests >= 50 for 5m until 5xx < 10% for 5m",
            critical: "5xx > 50% given requests >= 50 for 5m until 5xx < 30% for 5m",
            client: None,
        },
        Sensitivity::Normal => Conditions {
            warning: "5xx > 5% given requests >= 50 for 5m until 5xx < 3% for 5m",
            critical: "5xx > 20% given requests >= 50 for 3m until 5xx < 10% for 5m",
            client: Some("4xx > 50% given requests >= 50 for 5m until 4xx < 30% for 5m"),
        },
        Sensitivity::High => Conditions {
            // Among fifty requests one failure is 2 % already.
            warning: "5xx > 2% given requests >= 200 for 5m until 5xx < 1% for 5m",
            critical: "5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m",
            client: Some("4xx > 30% given requests >= 50 for 5m until 4xx < 20% for 5m"),
        },
    }
}

/// Returns the rules file, which will have this name.
pub(super) fn rules(answers: &Answers, name: &str) -> String {
    let mut text = head(name);
    text.push_str("source:\n");
    source(&mut text, answers);
    text.push_str("\nrules:\n");
    judged(&mut text, answers);
    text.push_str("\nnotify:\n");
    told(&mut text, answers);
    text
}

fn head(name: &str) -> String {
    format!(
        "# What Foghorn watches, and whom it tells. Begun by `foghorn init`; yours to change.
#
#     foghorn lint {name}
#
# says what is wrong with this file, and `foghorn schema` what can stand in it.

"
    )
}

/// Appends a key with its value, and a comment behind it.
fn line(text: &mut String, line: &str, comment: &str) {
    let _ = writeln!(text, "{line:COMMENT_COLUMN$}# {comment}");
}

fn source(text: &mut String, answers: &Answers) {
    let (product, kind) = match answers.source {
        Source::AliyunCdn => ("cdn", ("Domain", "User")),
        Source::AliyunDcdn => ("dcdn", ("DcdnDomain", "DcdnUser")),
        Source::Simulator => {
            text.push_str("  simulator:\n");
            domains(text, answers);
            line(
                text,
                "    speed: 30",
                "simulated minutes in one, so that alerts come soon",
            );
            return;
        }
    };
    let _ = writeln!(text, "  {}:", answers.source.as_str());
    line(text, "    account: main", "its name in labels and messages");
    domains(text, answers);
    let (domain, user) = kind;
    let _ = writeln!(
        text,
        "    # The account's key is looked for where the official SDKs look: in
    # ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, in the files of
    # `aliyun configure` and the SDKs, and in the RAM role of the instance. Or it stands here:
    # credentials: {{access_key_id: \"${{FOGHORN_AK}}\", access_key_secret: \"${{FOGHORN_SK}}\"}}
    # It needs {product}:Describe{domain}RealTimeSrcHttpCodeData and, to look up domains,
    # {product}:Describe{user}Domains.
    # endpoint: https://{product}.ap-southeast-1.aliyuncs.com     # for accounts overseas"
    );
}

fn domains(text: &mut String, answers: &Answers) {
    if answers.is_discovered() {
        let (exclude, include): (Vec<&str>, Vec<&str>) = answers
            .domains
            .iter()
            .map(String::as_str)
            .partition(|name| name.starts_with('!'));
        let include = if include.is_empty() {
            vec!["*"]
        } else {
            include
        };
        text.push_str(
            "    discover:                      # every domain of the account that matches\n",
        );
        items(text, "      include", &include);
        let exclude: Vec<&str> = exclude.iter().map(|name| &name[1..]).collect();
        if !exclude.is_empty() {
            items(text, "      exclude", &exclude);
        }
    } else if answers.domains.is_empty() {
        items(text, "    domains", &SIMULATED);
    } else {
        let names: Vec<&str> = answers.domains.iter().map(String::as_str).collect();
        items(text, "    domains", &names);
    }
}

fn items(text: &mut String, key: &str, items: &[&str]) {
    let indent = key.len() - key.trim_start().len() + 2;
    let _ = writeln!(text, "{key}:");
    for item in items {
        let _ = writeln!(text, "{:indent$}- {}", "", scalar(item));
    }
}

fn judged(text: &mut String, answers: &Answers) {
    let conditions = conditions(answers.sensitivity);
    let (allowed, runbook) = match &answers.runbooks {
        Some(runbooks) => {
            let address = format!("{}/origin-5xx", runbooks.trim_end_matches('/'));
            (
                String::new(),
                format!("    runbook_url: {}\n", scalar(&address)),
            )
        }
        None => (format!("{NO_RUNBOOK}\n"), String::new()),
    };
    let _ = write!(text, "  # Two severities are one alert, which shows the worse of those that hold. `given` leaves out
  # minutes with few requests, in which one failure is a high percentage; `until` is the way back.
{allowed}  - name: origin-5xx
    when:
      warning: {}
      critical: {}
    summary: \"{{{{ domain }}}}: {{{{ values['5xx'] }}}} of the origin's answers are 5xx\"
{runbook}", conditions.warning, conditions.critical);
    let Some(client) = conditions.client else {
        return;
    };
    let _ = write!(
        text,
        "
  # A deployment that lost its paths, or somebody who tries out addresses.
  - name: client-errors
    when: {client}
    summary: \"{{{{ domain }}}}: {{{{ values['4xx'] }}}} of the origin's answers are 4xx\"

  # For ten minutes no request reached the origin, though at this time yesterday many did.
  - name: origin-silent
    when: {SILENT}
    summary: \"{{{{ domain }}}}: no requests to the origin since {{{{ since }}}}\"
"
    );
}

/// The condition of `origin-silent`.
const SILENT: &str = "(no data for 10m) and avg(requests over 10m) offset 1d > 50";

fn told(text: &mut String, answers: &Answers) {
    let Some(first) = answers.email.first() else {
        text.push_str(
            "  receivers:
    screen:
      - console: {}
  routes:                          # from the top; the first that matches takes the alert
    - to: [screen]
",
        );
        return;
    };
    let server = answers.mail_server.as_deref().unwrap_or("file:outbox/");
    let host = first.rsplit('@').next().unwrap_or_default();
    let address = match answers.mail_user.as_deref() {
        Some(user) if user.contains('@') => user.to_owned(),
        _ => format!("foghorn@{host}"),
    };
    text.push_str("  email:\n");
    if is_in_the_clear(server) {
        let _ = writeln!(text, "{IN_THE_CLEAR}");
    }
    let _ = writeln!(text, "    server: {}", scalar(server));
    if let Some(user) = &answers.mail_user {
        let _ = writeln!(
            text,
            "    user: {}\n    password: ${{{PASSWORD}}}",
            scalar(user)
        );
    }
    let from = scalar(&format!("Foghorn <{address}>"));
    let _ = writeln!(
        text,
        "    from: {from}\n  receivers:\n    {MAILED}:\n      - email:"
    );
    let to: Vec<&str> = answers.email.iter().map(String::as_str).collect();
    items(text, "          to", &to);
    let _ = write!(
        text,
        "    screen:
      - console: {{}}
  routes:                          # from the top; the first that matches takes the alert
    - to: [{MAILED}, screen]
  # An address elsewhere that is pinged while all is well, so that its silence is the alarm:
  # watchdog: {{url: \"${{HEARTBEAT_URL}}\", every: 1m}}
",
    );
}

/// Returns a text as a YAML scalar: as it is where that is safe, in quotes otherwise.
pub(super) fn scalar(text: &str) -> String {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '/' | ':');
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_word = matches!(text, "null" | "true" | "false");
    if begins && !is_word && !text.ends_with(':') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        // JSON's strings are YAML's.
        serde_json::Value::from(text).to_string()
    }
}
