//! `let:`: names for expressions.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::{self, Meaning};
use crate::config::outline::{LetOutline, ScopeOutline, Written};
use crate::config::reader::Reader;
use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::lang::ast::Expr;
use crate::lang::{Compiler, Names, is_word, parse_expr};
use crate::yaml::{Kind, Node, SourceMap};

/// How many names one file may define: they are looked up, and held against each other.
const NAMES_MAX: usize = 1_000;

/// The names that the rules of one file may use.
#[derive(Clone, Default)]
pub(super) struct Scope {
    pub(super) names: Names,
    /// Names that are defined, but faulty: their users are not blamed.
    pub(super) broken: BTreeSet<String>,
    /// Whether `let:` is no map, so that nobody knows which names it was to define.
    pub(super) is_unread: bool,
    definitions: BTreeMap<String, Expr>,
    /// The index of its outline.
    pub(super) index: usize,
}

/// Where each name stands, and its text.
type Places = BTreeMap<String, (Span, SourceMap)>;

/// Reads the `let:` of one file on top of the main file's.
pub(super) fn read(
    reader: &mut Reader<'_>,
    node: Option<&Node>,
    outer: Option<&Scope>,
    compiler: &mut Compiler,
) -> Scope {
    let mut scope = outer.cloned().unwrap_or_default();
    let mut places: Places = BTreeMap::new();
    scope.is_unread |=
        node.is_some_and(|node| !matches!(node.kind, Kind::Map(_)) || node.lacks_parts());
    let pairs = node.map(|node| reader.pairs(node, "a map of names"));
    for (index, (name, key, value)) in pairs.unwrap_or_default().into_iter().enumerate() {
        if index >= NAMES_MAX {
            let message = format!("`let:` has at most {NAMES_MAX} names");
            let fault = Diagnostic::new(Code::Limit, key.span, message);
            reader.push(fault.help("put names that only some rules use into their further file"));
            break;
        }
        define(reader, &mut scope, &mut places, (name, key, value));
    }
    // What could not be read is defined all the same.
    scope
        .broken
        .extend(std::mem::take(&mut reader.unread_names));
    let mut lets: Vec<LetOutline> = Vec::with_capacity(places.len());
    for (name, (key, place)) in &places {
        lets.push(LetOutline {
            name: name.clone(),
            place: reader.at(*key),
            expr: None,
            written: Written::new(reader.file, place.clone()),
        });
    }
    lets.sort_by_key(|name| name.place);
    let (names, faults) = compiler.names(scope.definitions.clone());
    for (name, fault) in faults {
        // A fault in a name of the main file was told there.
        let Some((_, place)) = places.get(&name) else {
            continue;
        };
        scope.broken.insert(name);
        let file = reader.file;
        if !conditions::blames(&scope, &fault) {
            reader.push_placed(place.relocate(file, fault));
        }
    }
    scope.names = names;
    for name in &mut lets {
        let expr = scope.names.get(&name.name);
        name.expr = expr.map(|(expr, _)| expr.clone());
    }
    scope.index = reader.outline.scopes.len();
    reader.outline.scopes.push(ScopeOutline {
        names: scope.names.clone(),
        lets,
    });
    scope
}

fn define(
    reader: &mut Reader<'_>,
    scope: &mut Scope,
    places: &mut Places,
    (name, key, value): (&str, &Node, &Node),
) {
    if scope.definitions.contains_key(name) || scope.broken.contains(name) {
        let message = format!("{} is a name of the main file already", quoted(name));
        let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
        reader.push(fault.help("the main file's names hold here too; choose another name"));
        return;
    }
    if !is_name(name) {
        let message = format!("{} is no name for an expression", quoted(name));
        let fault = Diagnostic::new(Code::Syntax, key.span, message);
        let meant = name.to_ascii_lowercase().replace(['-', ' '], "_");
        let is_free =
            is_name(&meant) && !is_word(&meant) && !scope.definitions.contains_key(&meant);
        if !is_free {
            let help = "names have small letters, digits and `_`, and begin with a letter";
            reader.push(fault.help(help));
            return;
        }
        // Whoever uses it will find it, once it is called so.
        reader.push(fault.help(format!(
            "write `{meant}`: names have small letters, digits and `_`"
        )));
        scope.broken.insert(meant);
        return;
    }
    if is_word(name) {
        let message = format!("`{name}` is a word of the language and cannot be a name");
        let fault = Diagnostic::new(Code::Syntax, key.span, message);
        reader.push(fault.help(format!("call it for example `my_{name}`")));
        return;
    }
    let (expr, place, meaning) = conditions::parse(reader, value, parse_expr);
    match expr.filter(|_| meaning == Meaning::Known) {
        Some(expr) => {
            scope.definitions.insert(name.to_owned(), expr);
            places.insert(name.to_owned(), (key.span, place));
        }
        None => {
            scope.broken.insert(name.to_owned());
        }
    }
}

/// Whether a text can be a name of `let:`, unless it is a word of the language.
pub(in crate::config) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
