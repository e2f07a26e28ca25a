//! The canonical form that `fmt` writes, in texts and in files.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use foghorn::config;
use foghorn::lang::{format_expr, format_when, parse_when};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::generate;

/// What is formatted, and how.
const FORMS: &[(&str, &str)] = &[
    ("5XX>10%for 3m", "5xx > 10% for 3m"),
    ("502|503 | 502|503 >2.50%", "502|503 > 2.5%"),
    ("avg( 50X over 90m )>10.0%", "avg(50x over 1h30m) > 10%"),
    (
        "5xx > 10% and requests >= 50 for 3m",
        "(5xx > 10% and requests >= 50) for 3m",
    ),
    (
        "5xx > 10% and 4xx > 1% given requests >= 050",
        "(5xx > 10% and 4xx > 1%) given requests >= 50",
    ),
    ("((5xx > 10%))", "5xx > 10%"),
    (
        "(5xx > 10%) and ((4xx > 1%) and no  data)",
        "5xx > 10% and 4xx > 1% and no data",
    ),
    (
        "avg(5xx over 5m offset 60m) > 1%",
        "avg(5xx over 5m) offset 1h > 1%",
    ),
    (
        "burn(5xx over 60m offset 5m,99.90%)>14.40",
        "burn(5xx over 1h, 99.9%) offset 5m > 14.4",
    ),
    ("requests >= 200.00", "requests >= 200.0"),
    ("- 5xx>-( - 1%)", "-5xx > --1%"),
    (
        "(5xx > 10%) until(5xx<5%)on at least 5.0% of domains",
        "5xx > 10% until 5xx < 5% on at least 5% of domains",
    ),
    // Comments and line breaks stand where they were.
    (
        "5XX>1%   # one\n  and requests>50 # two\nfor 3m",
        "(5xx > 1%   # one\n  and requests > 50) # two\nfor 3m",
    ),
    (
        "# why\n5xx>1% or no data  # end",
        "# why\n5xx > 1% or no data  # end",
    ),
    ("(\n  5xx > 1%\n)\nand no data", "5xx > 1%\nand no data"),
    ("( # deep\n  5xx > 1%\n)", "# deep\n  5xx > 1%"),
    ("5xx > 1%  \r\nand   no data", "5xx > 1%\r\nand no data"),
    ("502\n|502|503 > 1%", "502\n|503 > 1%"),
];

#[test]
fn every_form_has_one_way_to_be_written() {
    for (written, canonical) in FORMS {
        assert_eq!(format_when(written).unwrap(), *canonical, "{written:?}");
        assert_eq!(format_when(canonical).unwrap(), *canonical, "again");
    }
    assert_eq!(format_expr(" 502 |503").unwrap(), "502|503");
    assert_eq!(format_expr("( 5xx )*( 2 )").unwrap(), "5xx * 2");
}

#[test]
fn a_text_with_faults_is_not_formatted() {
    let faults = format_when("5xx > 10% and for 3m").unwrap_err();
    assert!(!faults.is_empty());
    assert!(format_expr("").is_err());
}

/// Puts other blanks between the tokens of a canonical text: each blank becomes another one, and
/// signs get blanks beside them.
fn loosen(text: &str, blanks: &[&str], picks: &[Index]) -> String {
    let mut picks = picks.iter().cycle();
    let mut blank = || picks.next().map_or("", |pick| *pick.get(blanks));
    let mut loose = String::new();
    for c in text.chars() {
        match c {
            // A blank that parts two words must stay one.
            ' ' => loose.push_str(blank()),
            '(' | ')' | '|' | ',' => {
                loose.push_str(blank());
                loose.push(c);
                loose.push_str(blank());
            }
            _ => loose.push(c),
        }
    }
    loose
}

const BLANKS: &[&str] = &[" ", "  ", "\t "];
const BREAKS: &[&str] = &[" ", "  ", "\n", " \n  ", " # why\n", "\n# (a\n\n ", "\r\n"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn without_comments_and_breaks_the_form_is_the_printed_one(
        when in generate::when(),
        picks in proptest::collection::vec(any::<Index>(), 1..40),
        wrap in select(vec![0, 1, 2]),
    ) {
        let canonical = when.to_string();
        prop_assume!(canonical.len() < 1200);
        let loose = loosen(&canonical, BLANKS, &picks);
        prop_assert_eq!(format_when(&loose).unwrap(), canonical.clone());
        let condition = when.condition.to_string();
        let wrapped = format!("{}{condition}{}", "(".repeat(wrap), ")".repeat(wrap));
        prop_assert_eq!(format_expr(&wrapped).unwrap(), condition);
    }

    #[test]
    fn formatting_keeps_the_meaning_the_comments_and_is_done_once(
        when in generate::when(),
        picks in proptest::collection::vec(any::<Index>(), 1..40),
    ) {
        let canonical = when.to_string();
        let loose = loosen(&format!("({})", when.condition), BREAKS, &picks)
            + &canonical[when.condition.to_string().len()..];
        prop_assume!(loose.len() < 4000);
        let once = format_when(&loose).unwrap();
        prop_assert_eq!(format_when(&once).unwrap(), once.clone());
        let (parsed, faults) = parse_when(&once);
        prop_assert!(faults.is_empty());
        prop_assert_eq!(parsed.unwrap().to_string(), canonical);
        let comments = |text: &str| text.matches('#').count();
        prop_assert_eq!(comments(&once), comments(&loose));
    }
}

const FILE: &str = "\
# A comment.
let:
  gateway:   502 |503|502      # kept
  bad: 'gateway>1%'
rules:
  - name: plain
    when: 5XX>10% given requests>=50 for 90m   # kept, too
    summary: \"5XX>1%  stays\"
  - {name: flow, when: {warning: (5XX > 1%), critical: \"5xx>10%\"}}
  - name: several-lines
    when: avg( 5xx   over 5m )>1%
      and   bad
  - name: folded
    when: >-
      5xx > 1%
      and requests>50   for 3m
  - name: literal
    when: |
      5XX>1%      # one
        and bad   # two

      for 3m
";

const FORMATTED: &str = "\
# A comment.
let:
  gateway:   502|503      # kept
  bad: 'gateway > 1%'
rules:
  - name: plain
    when: 5xx > 10% given requests >= 50 for 1h30m   # kept, too
    summary: \"5XX>1%  stays\"
  - {name: flow, when: {warning: 5xx > 1%, critical: \"5xx > 10%\"}}
  - name: several-lines
    when: avg(5xx over 5m) > 1%
      and bad
  - name: folded
    when: >-
      (5xx > 1%
      and requests > 50) for 3m
  - name: literal
    when: |
      (5xx > 1%      # one
        and bad)   # two

      for 3m
";

#[test]
fn every_kind_of_scalar_is_formatted_and_the_rest_stays() {
    let formatted = config::format(FILE).unwrap();
    assert_eq!(formatted.text, FORMATTED);
    assert!(formatted.skipped.is_empty());
    let again = config::format(FORMATTED).unwrap();
    assert!(again.edits.is_empty());
    assert_eq!(again.text, FORMATTED);
    let crlf = config::format(&FILE.replace('\n', "\r\n")).unwrap();
    assert_eq!(crlf.text, FORMATTED.replace('\n', "\r\n"));
}

#[test]
fn a_scalar_with_escapes_is_left_alone_and_said() {
    let text = "rules:\n  - {name: a, when: \"5xx\\x3e1%\"}\n";
    let formatted = config::format(text).unwrap();
    assert_eq!(formatted.text, text);
    assert_eq!(formatted.skipped.len(), 1);
    let help = formatted.skipped[0].help.clone().unwrap();
    assert!(help.ends_with(": 5xx > 1%"), "{help}");
}

#[test]
fn a_condition_whose_canonical_form_yaml_reads_otherwise_is_left_alone_and_said() {
    let kept = "let:\n  low: ( -\n    (\n    5xx ))\n";
    let rule = |when: &str| format!("rules:\n  - {{name: a, when: {when}}}\n");
    let formatted = config::format(&(kept.to_owned() + &rule("5XX>1%"))).unwrap();
    assert_eq!(formatted.text, kept.to_owned() + &rule("5xx > 1%"));
    let [told] = formatted.skipped.as_slice() else {
        panic!("{:?}", formatted.skipped)
    };
    assert_eq!(
        told.message,
        "this condition is left as it is: YAML would read its canonical form as something else"
    );
    assert_eq!(told.primary.span.start(), kept.find("( -").unwrap());
    let literal = "let:\n  low: |\n    ( -\n    (\n    5xx ))\n";
    let formatted = config::format(literal).unwrap();
    assert_eq!(formatted.text, "let:\n  low: |\n    -\n    5xx\n");
}

#[test]
fn a_text_that_is_no_condition_is_never_changed() {
    for (text, expected) in [
        (
            "rules: [{name: a, labels: {is: &c \"5XX>1%\"}, when: *c}]\n",
            None,
        ),
        (
            "rules: [{name: a, when: &c \"5XX>1%\", summary: *c}]\n",
            None,
        ),
        (
            "rules: [{name: a, when: &w {critical: 5XX>1%}, labels: *w}]\n",
            None,
        ),
        (
            "rules: [{name: a, when: &c 5XX>1%}, {name: b, when: {critical: *c}}]\n",
            Some("rules: [{name: a, when: &c 5xx > 1%}, {name: b, when: {critical: *c}}]\n"),
        ),
    ] {
        let formatted = config::format(text).unwrap();
        assert_eq!(formatted.text, expected.unwrap_or(text));
        let told: Vec<&str> = formatted.skipped.iter().map(|one| &*one.message).collect();
        let is_told = told
            == [
                "this condition is left as it is: by an alias it stands where no condition does as well",
            ];
        assert_eq!(is_told, expected.is_none(), "{text}: {told:?}");
    }
}

#[test]
fn a_condition_that_would_pass_a_limit_is_left_alone_and_said() {
    let long: Vec<String> = (0..350).map(|_| "5xx>10%".to_owned()).collect();
    let long = long.join(" or ");
    assert!(long.len() > 3_600 && long.len() < 4_096, "{}", long.len());
    let deep = format!("{}(5xx > 1% and 4xx > 1% for 3m)", "not ".repeat(63));
    for (condition, limit) in [
        (long, "longer than 4096 bytes"),
        (deep, "more than 64 deep"),
    ] {
        let text =
            format!("rules:\n  - {{name: a, when: {condition}}}\n  - {{name: b, when: 5XX>1%}}\n");
        let formatted = config::format(&text).unwrap();
        assert_eq!(formatted.text, text.replace("5XX>1%", "5xx > 1%"));
        let told = &formatted.skipped[0];
        assert!(told.message.contains(limit), "{}", told.message);
        assert!(told.help.as_deref().unwrap().contains("let:"));
    }
}

#[test]
fn the_shipped_files_are_in_canonical_form() {
    for text in [
        include_str!("../../rules.example.yaml"),
        include_str!("../config/complete.yaml"),
    ] {
        assert_eq!(config::format(text).unwrap().text, text);
    }
}

fn foghorn(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foghorn"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn a_folder_stands_for_its_rules_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in [
        "a.yaml",
        "b.yml",
        "rules.test.yaml",
        ".hidden.yaml",
        "c.txt",
    ] {
        fs::write(path(name), FILE).unwrap();
    }
    fs::create_dir(path("empty")).unwrap();
    let write = foghorn(&["fmt", ".", "empty"], folder.path());
    assert_eq!(write.status.code(), Some(2));
    let said = String::from_utf8(write.stderr).unwrap();
    assert!(
        said.contains("read empty: the folder has no `.yaml` or `.yml` file"),
        "{said}"
    );
    for (name, text) in [
        ("a.yaml", FORMATTED),
        ("b.yml", FORMATTED),
        ("rules.test.yaml", FILE),
        (".hidden.yaml", FILE),
        ("c.txt", FILE),
    ] {
        assert_eq!(fs::read_to_string(path(name)).unwrap(), text, "{name}");
    }
}

#[test]
fn the_command_checks_writes_and_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yaml");
    fs::write(&path, FILE).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

    let check = foghorn(&["fmt", "--check", "rules.yaml"], folder.path());
    assert_eq!(check.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(check.stdout).unwrap());
    let printed = foghorn(&["fmt", "--stdout", "rules.yaml"], folder.path());
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), FORMATTED);
    assert_eq!(fs::read_to_string(&path).unwrap(), FILE);

    let write = foghorn(&["fmt", "rules.yaml"], folder.path());
    assert_eq!(write.status.code(), Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), FORMATTED);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let check = foghorn(&["fmt", "--check", "rules.yaml"], folder.path());
    assert_eq!((check.status.code(), check.stdout.len()), (Some(0), 0));

    for faulty in [
        "rules: [{name: a, when: 5XX > 10}]",
        "rules: [{name: a, when: 5XX >}]",
        "rules: [{name: a, when: 5XX > 1%}, ",
        "rules: [{name: a, when: 5XX > 1%, whenn: 1}]\nsettle: 5m",
    ] {
        fs::write(&path, faulty).unwrap();
        let refused = foghorn(&["fmt", "rules.yaml"], folder.path());
        assert_eq!(refused.status.code(), Some(2), "{faulty}");
        assert!(!refused.stderr.is_empty());
        assert_eq!(fs::read_to_string(&path).unwrap(), faulty);
    }
    let further = "rules: [{name: a, when: of_the_main_file>1%}]\n";
    fs::write(&path, further).unwrap();
    let write = foghorn(&["fmt", "rules.yaml"], folder.path());
    assert_eq!(write.status.code(), Some(0));
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        further.replace('>', " > ")
    );
}

#[test]
fn further_files_are_formatted_with_the_file_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let (main, further) = (
        "let: {bad: 502|503}\nrules: [\"rules.d/*.yaml\"]\n",
        "rules: [{name: a, when: bad>1%}]\n",
    );
    fs::create_dir(folder.path().join("rules.d")).unwrap();
    let path = folder.path().join("rules.d/a.yaml");
    fs::write(folder.path().join("rules.yaml"), main).unwrap();
    fs::write(&path, further).unwrap();
    let check = foghorn(
        &["fmt", "--check", "rules.yaml", "rules.d/a.yaml"],
        folder.path(),
    );
    let diff = String::from_utf8(check.stdout).unwrap();
    assert_eq!(check.status.code(), Some(1));
    assert_eq!(diff.matches("+rules:").count(), 1, "each once: {diff}");
    let printed = foghorn(&["fmt", "--stdout", "rules.yaml"], folder.path());
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), main);
    let write = foghorn(&["fmt", "rules.yaml"], folder.path());
    assert_eq!(write.status.code(), Some(0));
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        further.replace('>', " > ")
    );
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_from_being_formatted() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.yaml");
    fs::write(&good, "rules: [{name: a, when: 5XX>1%}]\n").unwrap();
    fs::write(folder.path().join("bad.yaml"), b"\xff\xfe").unwrap();
    let arguments = ["fmt", "bad.yaml", "missing.yaml", "good.yaml"];
    let output = foghorn(&arguments, folder.path());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("foghorn: read bad.yaml: "), "{told}");
    assert!(told.contains("foghorn: read missing.yaml: "), "{told}");
    let text = fs::read_to_string(&good).unwrap();
    assert_eq!(text, "rules: [{name: a, when: 5xx > 1%}]\n");
}

#[test]
fn standard_input_is_formatted_as_it_comes() {
    let formatted = |arguments: &[&str], text: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_foghorn"))
            .arg("fmt")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(text).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let text = b"rules: [{name: a, when: 5XX>1%}]\n";
    let told = (Some(0), "rules: [{name: a, when: 5xx > 1%}]\n".to_owned());
    assert_eq!(formatted(&["--stdout", "/dev/stdin"], text), told);
    assert_eq!(formatted(&["-"], text), told);
    assert_eq!(formatted(&["--stdout", "-", "-"], text), told);
    let (status, diff) = formatted(&["--check", "-"], text);
    assert_eq!(status, Some(1));
    assert!(
        diff.contains("+rules: [{name: a, when: 5xx > 1%}]\n"),
        "{diff}"
    );
    assert_eq!(formatted(&["-"], b"rules: [{"), (Some(2), String::new()));
}
