//! The rules of all files: those of the main file, or of the further files that it names.

use std::collections::{BTreeMap, BTreeSet};

use super::Rules;
use super::lets::{self, Scope};
use crate::config::keys;
use crate::config::load::{reader, salvage};
use crate::config::reader::{Fields, Reader};
use crate::config::secret::Part;
use crate::diag::{Code, Diagnostic, Files, Level};
use crate::lang::Compiler;
use crate::unit::{Minutes, Timespan};
use crate::yaml::{Kind, Node};

/// What a rule has at least.
const MINIMAL_RULE: &str = r#"{name: origin-5xx, when: "5xx > 10% given requests >= 50 for 3m"}"#;

/// How many further files one file may name.
const FILES_MAX: usize = 1_000;
/// How many globs name them: each is a look into a folder.
const PATTERNS_MAX: usize = 1_000;

/// Reads the rules of the main file or of its further files.
pub(in crate::config) fn all_rules<'l>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    files: &mut Files,
    (history, domain_labels): (Timespan, &'l BTreeSet<String>),
) -> Rules<'l> {
    let mut compiler = Compiler::default();
    // What is not there may be what could not be read.
    let unread = fields.is_partial.then(Node::unread);
    let names = fields.get("let").or(unread.as_ref());
    let scope = lets::read(reader, names, None, &mut compiler);
    let mut rules = Rules {
        compiler,
        sound: Vec::new(),
        history: Minutes::new(history.seconds() / 60).unwrap_or(Minutes::ONE),
        domain_labels,
        names: BTreeMap::new(),
        main_names: scope.names.clone(),
    };
    let Some((key, node)) = fields.pair("rules") else {
        if fields.is_foreign || !reader.environment.goes_by(Part::Rules) {
            return rules;
        }
        let head = fields.head(reader.source);
        let fault = Diagnostic::new(Code::Syntax, head, "the file has no `rules:`");
        reader.missing(fields, fault.help(format!("add `rules: [{MINIMAL_RULE}]`")));
        return rules;
    };
    if node.is_null() {
        let message = "there are no rules beneath `rules:`";
        let fault = Diagnostic::new(Code::Syntax, key.span, message);
        reader.push(fault.help(format!(
            "add `- {MINIMAL_RULE}`, or write `rules: []` if there are none on purpose"
        )));
        return rules;
    }
    let items = reader.items(node, "a list of rules, or of globs of further files");
    let is_glob = |item: &&Node| matches!(item.kind, Kind::Scalar(_)) && !item.is_null();
    let globs: Vec<&Node> = items.iter().filter(is_glob).collect();
    if globs.is_empty() {
        super::read(reader, items, &scope, &mut rules);
        return rules;
    }
    let is_condition = |node: &&&Node| {
        let text = node.text().unwrap_or_default();
        text.contains(['<', '>']) && !text.contains(".yaml") && !text.contains(".yml")
    };
    let condition = globs.iter().find(is_condition);
    if condition.is_some() || globs.len() < items.len() {
        let fault = |node: &Node, message| Diagnostic::new(Code::TypeMismatch, node.span, message);
        reader.push(match condition {
            Some(node) => fault(node, "a rule has a name, and its condition behind `when:`")
                .help("write `- name: origin-5xx`, and `when: …` below it"),
            None => fault(globs[0], "`rules:` lists rules or further files, not both")
                .help("put the rules into a further file of their own"),
        });
        let inline: Vec<Node> = items
            .iter()
            .filter(|item| !is_glob(item))
            .cloned()
            .collect();
        super::read(reader, &inline, &scope, &mut rules);
        return rules;
    }
    further_files(reader, &globs, files, &scope, &mut rules);
    rules
}

fn further_files(
    reader: &mut Reader<'_>,
    globs: &[&Node],
    files: &mut Files,
    scope: &Scope,
    rules: &mut Rules<'_>,
) {
    // A glob like `*.yaml` matches the main file too, which is no further file of itself.
    let main = files.get(reader.file).map(|file| file.name.clone());
    let main = main.unwrap_or_default();
    if globs.len() > PATTERNS_MAX {
        let message = format!("`rules:` has at most {PATTERNS_MAX} globs of further files");
        let fault = Diagnostic::new(Code::Limit, globs[PATTERNS_MAX].span, message);
        reader.push(fault.help("name a folder of them at once: `rules: [rules.d/*.yaml]`"));
        return;
    }
    let mut paths: BTreeMap<String, &Node> = BTreeMap::new();
    for node in globs {
        let Some(text) = reader.set_text(node, "a glob of further files") else {
            continue;
        };
        match reader.surroundings.glob(&reader.beside(&text.value)) {
            Ok(found) if found.iter().all(|path| *path == main) => {
                let mut fault = Diagnostic::new(
                    Code::UnknownName,
                    text.span,
                    format!("no file matches {}", text.shown()),
                );
                if text.value.contains(['*', '?']) {
                    fault.level = Level::Warning;
                }
                reader.push(fault.help("paths begin in the folder of this file"));
            }
            Ok(found) => {
                let further = found.into_iter().filter(|path| *path != main);
                paths.extend(further.map(|path| (path, *node)));
            }
            Err(why) => {
                let message = format!("{} cannot be looked for: {why}", text.shown());
                let fault = Diagnostic::new(Code::UnknownName, text.span, message);
                reader.push(fault.help("paths begin in the folder of this file"));
            }
        }
    }
    if paths.len() > FILES_MAX {
        let message = format!(
            "these are {} further files, and {FILES_MAX} is the most",
            paths.len()
        );
        reader.fault(Code::Limit, globs[0].span, message);
        return;
    }
    for (path, node) in paths {
        match reader.surroundings.file(&path) {
            Ok(text) => further_file(reader, &path, &text, files, (scope, &mut *rules)),
            Err(why) => reader.fault(
                Code::UnknownName,
                node.span,
                format!("`{path}` cannot be read: {why}"),
            ),
        }
    }
}

fn further_file(
    main: &mut Reader<'_>,
    path: &str,
    text: &str,
    files: &mut Files,
    (scope, rules): (&Scope, &mut Rules<'_>),
) {
    let id = files.add(path, text);
    let read = salvage(path, text, main.as_if);
    let mut reader = reader(id, path, text, main.surroundings, main.environment);
    reader.faults = std::mem::take(&mut main.faults);
    reader.faults_max = main.faults_max;
    reader.budget = main.budget;
    reader.outline = std::mem::take(&mut main.outline);
    reader.take_read(read.faults, read.names);
    if let Some(node) = read.root.filter(|node| !node.is_null())
        && let Some(fields) = reader.fields(&node, "a further file", keys::FURTHER)
    {
        let scope = lets::read(
            &mut reader,
            fields.get("let"),
            Some(scope),
            &mut rules.compiler,
        );
        if let Some(list) = fields.get("rules") {
            let items = reader.items(list, "a list of rules");
            super::read(&mut reader, items, &scope, rules);
        }
    }
    main.faults = reader.faults;
    main.budget = reader.budget;
    main.outline = reader.outline;
}
