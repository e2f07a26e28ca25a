//! Whatever is answered, the files are clean, and their tests pass.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, Cursor, Write};

use clap::Parser as _;

use super::answers::{Answers, Sensitivity, Source};
use super::topic::Topic;
use super::{Arguments, Place, cases, check, collect, farewell, text, write};
use crate::config::{self, Environment, Surroundings};
use crate::daemon::setup;
use crate::engine::Rule;
use crate::lint;
use crate::replay::case::{self, Moment, MomentOutcome};

#[derive(Debug, clap::Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

fn arguments(line: &str) -> Arguments {
    let words = std::iter::once("init").chain(line.split_whitespace());
    Line::try_parse_from(words).unwrap().arguments
}

/// Answers a dialogue with these lines; returns what came of it and what was said.
fn dialogue(line: &str, input: &str) -> (Result<Answers, String>, String) {
    let mut input = Cursor::new(input.as_bytes().to_vec());
    let mut out = Vec::new();
    let ends: (&mut dyn BufRead, &mut dyn Write) = (&mut input, &mut out);
    let answers = collect(&arguments(line), Some(ends));
    let answers = answers.map_err(|why| format!("{why:#}"));
    (answers, String::from_utf8(out).unwrap())
}

fn unasked(line: &str) -> Result<Answers, String> {
    collect(&arguments(line), None).map_err(|why| format!("{why:#}"))
}

struct Written(Answers);

impl Surroundings for Written {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "SMTP_PASSWORD").then(|| "set".to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Ok(match path {
            "my rules.yaml" => text::rules(&self.0, "my rules.yaml"),
            _ => cases::tests(&self.0, "my rules.yaml"),
        })
    }

    fn glob(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// Every way in which the answers can differ.
fn combinations() -> Vec<Answers> {
    let lists: [&[&str]; 6] = [
        &[],
        &["www.example.com"],
        &["img.example.com", "1.example.com", "例子.example.com"],
        &["*.example.com", "!test-*"],
        &["!test-*"],
        &["*"],
    ];
    let mails: [(&[&str], Option<&str>, Option<&str>); 7] = [
        (&[], None, None),
        (&["oncall@example.com"], Some("file:outbox/"), None),
        (
            &["a@example.com", "b@example.org"],
            Some("smtps://mail.example.com:465"),
            Some("foghorn"),
        ),
        (
            &["a@example.com"],
            Some("smtp://mail.example.com"),
            Some("bot@example.net"),
        ),
        (
            &["a+b@example.com"],
            Some("smtp://mail.example.com:587"),
            Some("a: \"b\" #c"),
        ),
        (
            &["a@example.com"],
            Some("smtp://10.0.0.1:25?tls=none"),
            None,
        ),
        (&["a@example.com"], Some("smtp://[::1]?tls=none"), None),
    ];
    let mut all = Vec::new();
    for source in Source::ALL {
        for sensitivity in Sensitivity::ALL {
            for (i, domains) in lists.into_iter().enumerate() {
                // Domains and mails have nothing to do with each other: not all pairs are needed.
                for (email, server, user) in mails.into_iter().skip(i % 2).step_by(2) {
                    let owned = |list: &[&str]| list.iter().map(|&one| one.to_owned()).collect();
                    all.push(Answers {
                        source,
                        domains: owned(domains),
                        email: owned(email),
                        mail_server: server.map(str::to_owned),
                        mail_user: user.map(str::to_owned),
                        runbooks: (i % 3 != 0)
                            .then(|| "https://wiki.example.com/runbooks/".to_owned()),
                        sensitivity,
                    });
                }
            }
        }
    }
    all
}

#[test]
fn whatever_is_answered_the_rules_lint_clean() {
    for answers in combinations() {
        let world = Written(answers);
        let loaded = config::load("my rules.yaml", &world, Environment::Required).unwrap();
        let found = lint::run(&loaded);
        assert!(found.is_empty(), "{:?}\n{found:#?}", world.0);
        let config = loaded.config.unwrap();
        let rule = &config.rules[0];
        assert_eq!(
            rule.runbook_url.as_deref(),
            world
                .0
                .runbooks
                .as_ref()
                .map(|_| "https://wiki.example.com/runbooks/origin-5xx")
        );
        let text = text::rules(&world.0, "rules.yaml");
        let formatted = config::format(&text).unwrap();
        assert_eq!(formatted.text, text, "the conditions are canonical");
    }
}

#[test]
fn whatever_is_answered_the_tests_pass() {
    // Many answers make the same tests.
    let mut seen = BTreeSet::new();
    for answers in combinations() {
        if !seen.insert(cases::tests(&answers, "my rules.yaml")) {
            continue;
        }
        let world = Written(answers);
        let required = Environment::Required;
        let loaded = config::load_cases("my rules.test.yaml", &world, required).unwrap();
        assert!(loaded.diagnostics.is_empty(), "{:#?}", loaded.diagnostics);
        let config = loaded.rules.unwrap().config.unwrap();
        let setup = setup::of(&config);
        let rules = setup.rules();
        let cases = loaded.cases.unwrap();
        assert!(4 <= cases.len());
        let named = |rule: &Rule| {
            cases
                .iter()
                .any(|(case, _)| case.expect.iter().any(|event| event.rule == rule.name))
        };
        assert!(rules.iter().all(named), "a rule has no test: {:?}", world.0);
        for (case, _) in &cases {
            let moments = case::run(case, &setup);
            let is_right = |moment: &Moment| moment.outcome() == MomentOutcome::Right;
            assert!(moments.iter().all(is_right), "{}: {moments:#?}", case.name);
        }
    }
}

#[test]
fn enter_takes_every_default() {
    let (answers, _) = dialogue("", "\n\n\n\n\n");
    assert_eq!(answers, Ok(Answers::default()));
    assert_eq!(unasked("--yes"), Ok(Answers::default()));
}

#[test]
fn a_dialogue_reads_like_one() {
    let lines = "1\nwww.example.com, img.example.com\nops@example.com\nsmtps://mail.example.com\nfoghorn\nhttps://wiki.example.com/runbooks\nhigh\n";
    let (answers, said) = dialogue("", lines);
    let answers = answers.unwrap();
    assert_eq!(answers.source, Source::AliyunCdn);
    assert_eq!(answers.domains, ["www.example.com", "img.example.com"]);
    assert_eq!(answers.mail_user.as_deref(), Some("foghorn"));
    insta::assert_snapshot!(said + &text::rules(&answers, "rules.yaml"));
}

#[test]
fn what_an_option_answers_is_not_asked() {
    let (answers, said) = dialogue(
        "--source aliyun_dcdn --email a@example.com",
        "\nfile:outbox/\n\n\n",
    );
    assert_eq!(
        answers.unwrap().mail_server.as_deref(),
        Some("file:outbox/")
    );
    assert!(!said.contains("figures"), "{said}");
    assert!(!said.contains("logs in"), "a folder needs no login: {said}");
}

#[test]
fn a_bad_answer_is_asked_again_with_the_reason() {
    let lines = "aliyun\n1\nhttps://www.example.com/\nwww.example.com\nops\nops@example.com\n\nmail.example.com\nsmtps://mail.example.com\n\nwiki\n\n\n";
    let (answers, said) = dialogue("", lines);
    assert!(answers.is_ok(), "{answers:?}");
    let reasons = [
        "`aliyun` is none of",
        "`https://www.example.com/` is no name of a domain",
        "`ops` is no mail address",
        "this needs an answer",
        "`mail.example.com` is no mail server",
    ];
    for reason in reasons {
        assert!(said.contains(reason), "{reason}\n{said}");
    }
}

#[test]
fn nobody_is_asked_for_ever_and_the_end_of_input_is_no_answer() {
    let (answers, _) = dialogue("", &"9\n".repeat(9));
    assert!(answers.unwrap_err().contains("no answer of 5"));
    let (answers, _) = dialogue("", "1\n");
    assert!(answers.unwrap_err().contains("nothing is written"));
    let (answers, _) = dialogue("", &"x".repeat(1 << 20));
    assert!(answers.unwrap_err().contains("is longer than"));
}

#[test]
fn an_option_that_is_no_good_or_missing_is_told_by_its_name() {
    for (line, told) in [
        ("--domain a/b", "--domain: `a/b` is no name"),
        ("--domain=", "--domain: nothing is named; `all` would be"),
        ("--email=,", "--email: nothing is named; `nobody` would be"),
        ("--email a@example.com", "--mail-server is missing"),
        (
            "--mail-server file:outbox/",
            "--mail-server means nothing here",
        ),
        ("--mail-user foghorn", "--mail-user means nothing here"),
        (
            "--email ops --mail-server file:outbox/",
            "--email: `ops` is no mail address",
        ),
        ("--runbooks wiki", "--runbooks: "),
        ("--domain ${HOME}", "--domain: values from the environment"),
    ] {
        let found = unasked(line).unwrap_err();
        assert!(found.starts_with(told), "{line}: {found}");
    }
    let many: Vec<String> = (0..200).map(|n| format!("--domain d{n}")).collect();
    let many = many.join(" ");
    assert!(unasked(&many).unwrap_err().contains("at most 100"));
}

#[test]
fn no_answer_breaks_the_file() {
    for hostile in [
        "a\"b",
        "a'b",
        "a: b",
        "- a",
        "#a",
        "a\\",
        "{a}",
        "*a",
        "&a",
        "%a",
        "@",
        "a\u{85}b",
        "\u{feff}",
        "a\u{2028}b",
        "null",
        "~",
        "$",
        "{{ domain }}",
    ] {
        for topic in Topic::ALL {
            let mut answers = Answers {
                email: vec!["a@example.com".to_owned()],
                mail_server: Some("smtp://mail.example.com".to_owned()),
                ..Answers::default()
            };
            if check::take(topic, &mut answers, hostile).is_ok() {
                assert_eq!(check::all(&answers), Ok(()), "{topic:?} {hostile:?}");
            }
        }
    }
}

#[test]
fn the_tests_stand_beside_the_rules_under_their_name() {
    let beside = |file: &str| Place::of(file).map(|place| place.tests.display().to_string());
    assert_eq!(beside("rules.yaml").unwrap(), "rules.test.yaml");
    assert_eq!(
        beside("conf/my.rules.yml").unwrap(),
        "conf/my.rules.test.yml"
    );
    assert_eq!(beside("conf/rules").unwrap(), "conf/rules.test.yaml");
    for bad in ["", "/", "conf/", "..", "${X}.yaml", "a\nb"] {
        assert!(beside(bad).is_err(), "{bad:?}");
    }
    let place = Place::of("my rules.yaml").unwrap();
    let answers = Answers {
        mail_user: Some("foghorn".to_owned()),
        ..Answers::default()
    };
    insta::assert_snapshot!(farewell(&answers, &place), @r"
    Wrote my rules.yaml and my rules.test.yaml. Next:

      foghorn test --no-env 'my rules.test.yaml'
      SMTP_PASSWORD=… foghorn run 'my rules.yaml'
    ");
}

#[test]
fn whoever_gets_mails_is_to_be_sent_a_test_first() {
    let place = Place::of("rules.yaml").unwrap();
    let answers = Answers {
        email: vec!["ops@example.com".to_owned()],
        mail_user: Some("foghorn".to_owned()),
        ..Answers::default()
    };
    insta::assert_snapshot!(farewell(&answers, &place), @r"
    Wrote rules.yaml and rules.test.yaml. Next:

      foghorn test --no-env rules.test.yaml
      SMTP_PASSWORD=… foghorn notify oncall rules.yaml
      SMTP_PASSWORD=… foghorn run rules.yaml
    ");
}

#[test]
fn whoever_has_an_account_is_to_give_its_key_and_to_see_that_it_answers() {
    let place = Place::of("rules.yaml").unwrap();
    let answers = Answers {
        source: Source::AliyunCdn,
        ..Answers::default()
    };
    insta::assert_snapshot!(farewell(&answers, &place), @r"
    Wrote rules.yaml and rules.test.yaml. Next:

      foghorn test rules.test.yaml
      export ALIBABA_CLOUD_ACCESS_KEY_ID=… ALIBABA_CLOUD_ACCESS_KEY_SECRET=…
      foghorn backtest rules.yaml --from 1d
      foghorn run rules.yaml
    ");
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, tests) = (
        folder.path().join("rules.yaml"),
        folder.path().join("rules.test.yaml"),
    );
    let names = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let both = |text: &str, existing| write::both([(&rules, text), (&tests, text)], existing);
    fs::write(&tests, "mine").unwrap();
    // The second is there: the first is not left behind.
    let refused = both("new", write::Existing::Refuse).unwrap_err();
    assert!(format!("{refused:#}").contains("--force"), "{refused:#}");
    assert_eq!(names(), ["rules.test.yaml"]);
    assert_eq!(fs::read_to_string(&tests).unwrap(), "mine");
    both("new", write::Existing::Replace).unwrap();
    assert_eq!(names(), ["rules.test.yaml", "rules.yaml"]);
    assert_eq!(fs::read_to_string(&tests).unwrap(), "new");
    let paths = [rules.as_path(), tests.as_path()];
    assert!(write::may_write(&paths, write::Existing::Refuse).is_err());
    assert!(write::may_write(&paths, write::Existing::Replace).is_ok());
    let nowhere = folder.path().join("none/rules.yaml");
    assert!(write::may_write(&[&nowhere], write::Existing::Replace).is_err());
}
