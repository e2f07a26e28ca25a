//! Diagnostics as SARIF 2.1.0, which code hosts and editors read.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; the names of
//! its properties stand in the functions that write them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Allowed, Code, Diagnostic, Edit, FileId, Files, Fix, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// How many bytes of a digest make a fingerprint: enough to tell any two findings apart.
const FINGERPRINT_BYTES: usize = 16;

/// What a log says.
#[derive(Clone, Copy)]
pub struct Log<'a> {
    /// The findings.
    pub told: &'a [Diagnostic],
    /// Those that are silenced in the files.
    pub allowed: &'a [Allowed],
    /// The files.
    pub files: &'a Files,
    /// The manual page of a code, as Markdown whose first line says what it is about.
    pub manual: fn(Code) -> Option<String>,
}

/// Returns the log as one JSON document without a line break at its end; results are sorted by
/// file, place and code.
pub fn render(log: &Log<'_>) -> String {
    let told = log.told.iter().map(|finding| (finding, None));
    let allowed = log.allowed.iter();
    let allowed = allowed.map(|silent| (&silent.finding, Some(silent.reason.as_str())));
    let mut all: Vec<(&Diagnostic, Option<&str>)> = told.chain(allowed).collect();
    all.sort_by(|(a, _), (b, _)| (&a.primary, a.code).cmp(&(&b.primary, b.code)));
    let codes: BTreeSet<Code> = all.iter().map(|(finding, _)| finding.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = all
        .iter()
        .map(|(finding, reason)| {
            let mut result = result(finding, log.files, &codes);
            let print = fingerprint(finding, log.files, &mut seen);
            result["partialFingerprints"] = json!({ "foghornFinding/v1": print });
            // Where one result says whether it is suppressed, all must.
            if !log.allowed.is_empty() {
                let silenced =
                    reason.map(|why| json!({ "kind": "inSource", "justification": why }));
                result["suppressions"] = silenced.into_iter().collect();
            }
            result
        })
        .collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(*code, log.manual)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "foghorn",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
    .to_string()
}

/// A `reportingDescriptor`.
fn rule(code: Code, manual: fn(Code) -> Option<String>) -> Value {
    let mut rule = json!({
        "id": code.as_str(),
        "defaultConfiguration": { "level": code.level().as_str() },
    });
    if let Some(page) = manual(code) {
        let (first, rest) = page.split_once('\n').unwrap_or((page.as_str(), ""));
        let found = rest.split("## Why").next().unwrap_or_default();
        let found = found.trim().trim_start_matches("## What it finds").trim();
        rule["shortDescription"] = json!({ "text": first });
        if !found.is_empty() {
            rule["fullDescription"] = json!({ "text": found });
        }
        rule["help"] = json!({ "text": page, "markdown": page });
    }
    rule
}

/// A `result`.
fn result(finding: &Diagnostic, files: &Files, codes: &[Code]) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": codes.binary_search(&finding.code).unwrap_or_default(),
        "level": finding.level.as_str(),
        "message": { "text": text },
        "locations": [location(finding.primary.file, finding.primary.span, files)],
    });
    if !finding.secondary.is_empty() {
        let related = (1..).zip(&finding.secondary).map(|(id, label)| {
            let mut place = location(label.file, label.span, files);
            place["id"] = json!(id);
            if !label.text.is_empty() {
                place["message"] = json!({ "text": label.text });
            }
            place
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &finding.fix {
        let help = finding.help.as_deref().unwrap_or("mend it");
        result["fixes"] = json!([self::fix(fix, help, files)]);
    }
    result
}

/// A `location`.
fn location(file: FileId, span: Span, files: &Files) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": artifact(file, files),
        "region": region(file, span, files),
    }})
}

/// An `artifactLocation`.
fn artifact(file: FileId, files: &Files) -> Value {
    json!({ "uri": uri(files.get(file).map_or("", |file| &file.name)) })
}

/// A `region`: lines and columns from 1, the end column behind the last character.
fn region(file: FileId, span: Span, files: &Files) -> Value {
    let Some(file) = files.get(file) else {
        return json!({ "startLine": 1 });
    };
    let (start, end) = (
        file.position(span.start()),
        file.position(span.end().max(span.start())),
    );
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// A `fix`: its edits by file.
fn fix(fix: &Fix, help: &str, files: &Files) -> Value {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.0 {
        by_file.entry(edit.file).or_default().push(edit);
    }
    let changes: Vec<Value> = by_file
        .iter()
        .map(|(file, edits)| {
            let replacements = edits.iter().map(|edit| {
                json!({
                    "deletedRegion": region(*file, edit.span, files),
                    "insertedContent": { "text": edit.text },
                })
            });
            json!({
                "artifactLocation": artifact(*file, files),
                "replacements": replacements.collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({ "description": { "text": help }, "artifactChanges": changes })
}

/// Returns what stays the same while lines move: a digest of the code, the file, the text of the
/// line and how many alike stand before.
fn fingerprint(
    finding: &Diagnostic,
    files: &Files,
    seen: &mut BTreeMap<(Code, FileId, String), u32>,
) -> String {
    let primary = &finding.primary;
    let line = files.get(primary.file).map_or("", |file| {
        let start = file.position(primary.span.start());
        let begin = file.text[..start.offset].rfind('\n').map_or(0, |at| at + 1);
        file.text[begin..].lines().next().unwrap_or_default().trim()
    });
    let nth = seen
        .entry((finding.code, primary.file, line.to_owned()))
        .or_default();
    *nth += 1;
    let name = files.get(primary.file).map_or("", |file| &file.name);
    let whole = format!("{}\n{name}\n{line}\n{nth}", finding.code);
    let digest = Sha256::digest(whole.as_bytes());
    let mut print = String::with_capacity(2 * FINGERPRINT_BYTES);
    for byte in digest.iter().take(FINGERPRINT_BYTES) {
        let _ = write!(print, "{byte:02x}");
    }
    print
}

/// Returns a path as the reference that it is: relative, or with `file:` if it begins at the root.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    if path.starts_with('/') {
        text.push_str("file://");
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    for byte in path.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if is_plain {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(code: Code) -> Option<String> {
        let page = "A title.\n\n## What it finds\n\nThis.\n\n## Why it matters\n\nThat.\n";
        (code == Code::TypeMismatch).then(|| page.to_owned())
    }

    fn log(told: &[Diagnostic], allowed: &[Allowed]) -> Value {
        let mut files = Files::default();
        files.add("a b.yaml", "# 警報\nrules: [5xx > 10]\n");
        let text = render(&Log {
            told,
            allowed,
            files: &files,
            manual: page,
        });
        serde_json::from_str(&text).unwrap()
    }

    fn finding() -> Diagnostic {
        let span = Span::new(17, 25);
        Diagnostic::new(Code::TypeMismatch, span, "no number").fix(Span::new(25, 25), "%")
    }

    #[test]
    fn a_result_has_its_place_in_characters_and_its_mend() {
        let run = &log(&[finding().help("write `10%`")], &[])["runs"][0];
        let result = &run["results"][0];
        assert_eq!(result["message"]["text"], "no number\nhelp: write `10%`");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.yaml");
        assert_eq!(
            place["region"],
            json!({"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 17})
        );
        let change = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(change["insertedContent"]["text"], "%");
        assert_eq!(
            run["tool"]["driver"]["rules"][0]["shortDescription"]["text"],
            "A title."
        );
        assert!(result.get("suppressions").is_none());
    }

    #[test]
    fn what_is_allowed_is_suppressed_with_its_reason() {
        let allowed = Allowed {
            finding: finding(),
            reason: "see wiki".to_owned(),
        };
        let log = log(&[finding()], &[allowed]);
        let results = &log["runs"][0]["results"];
        assert_eq!(results[0]["suppressions"], json!([]));
        assert_eq!(
            results[1]["suppressions"],
            json!([{"kind": "inSource", "justification": "see wiki"}])
        );
    }

    #[test]
    fn two_findings_on_lines_that_look_alike_have_fingerprints_of_their_own() {
        let log = log(&[finding(), finding()], &[]);
        let results = &log["runs"][0]["results"];
        assert_ne!(
            results[0]["partialFingerprints"],
            results[1]["partialFingerprints"]
        );
    }

    #[test]
    fn a_path_from_the_root_is_a_file_address() {
        assert_eq!(uri("/etc/a#b.yaml"), "file:///etc/a%23b.yaml");
        assert_eq!(uri("./rules.yaml"), "rules.yaml");
    }
}
