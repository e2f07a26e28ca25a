//! A rules file with every condition in its canonical form, and nothing else touched.

use std::collections::{BTreeMap, BTreeSet};

use super::vocabulary::VOCABULARY;
use crate::diag::{Code, Diagnostic, Level, Span};
use crate::lang::{format_expr, format_when, tokens_of};
use crate::yaml::{self, Kind, Node, Scalar};

/// A file that was formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The file's new text; the old one where nothing was to do.
    pub text: String,
    /// What was replaced: places in the old text, ascending, each with its new text.
    pub edits: Vec<(Span, String)>,
    /// Conditions that are not in canonical form and were left alone, as warnings.
    pub skipped: Vec<Diagnostic>,
}

/// A scalar that holds an expression.
struct Condition<'n> {
    node: &'n Node<'n>,
    scalar: &'n Scalar<'n>,
    format: Form,
}

/// Writes an expression in its canonical form.
type Form = fn(&str) -> Result<String, Vec<Diagnostic>>;

/// Formats the conditions of a rules file or of a further file.
///
/// # Errors
///
/// What YAML or the language does not accept: such a file is not touched.
pub fn format(text: &str) -> Result<Formatted, Vec<Diagnostic>> {
    let yaml::Parsed {
        root, mut faults, ..
    } = yaml::parse(text, &VOCABULARY);
    let root = root.filter(|_| faults.is_empty());
    let mut formatted = Formatted {
        text: String::new(),
        edits: Vec::new(),
        skipped: Vec::new(),
    };
    let elsewhere = root.as_ref().map(elsewhere).unwrap_or_default();
    for condition in root.iter().flat_map(conditions) {
        let span = condition.node.span;
        match edit(text, &condition) {
            Ok(Some(_)) if elsewhere.contains(&span) => {
                formatted.skipped.push(also_elsewhere(span));
            }
            Ok(edit) => formatted.edits.extend(edit),
            Err(fault) if fault.level == Level::Warning => formatted.skipped.push(*fault),
            Err(fault) => faults.push(*fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    // What an alias repeats stands in the file once.
    formatted.edits.sort();
    formatted.edits.dedup();
    formatted.skipped.dedup();
    let wanted = std::mem::take(&mut formatted.edits);
    formatted.edits = sound(text, &wanted);
    let is_lost = |edit: &&(Span, String)| formatted.edits.binary_search(edit).is_err();
    let lost = wanted.iter().filter(is_lost);
    formatted
        .skipped
        .extend(lost.map(|(span, _)| unsound(*span)));
    formatted.text = with(text, &formatted.edits);
    Ok(formatted)
}

/// Returns a text with these edits made.
fn with(text: &str, edits: &[(Span, String)]) -> String {
    let (mut edited, mut done) = (String::with_capacity(text.len()), 0);
    for (span, new) in edits {
        edited.push_str(&text[done..span.start()]);
        edited.push_str(new);
        done = span.end();
    }
    edited + &text[done..]
}

/// Returns those of the edits after which the file says what it said: a line that begins with `-`
/// is read as one of a list, if nothing stands before it any more.
fn sound(text: &str, edits: &[(Span, String)]) -> Vec<(Span, String)> {
    if !changes_meaning(text, &with(text, edits)) {
        return edits.to_vec();
    }
    let (some, others) = edits.split_at(edits.len() / 2);
    if some.is_empty() {
        return Vec::new();
    }
    let mut kept = sound(text, some);
    kept.extend(sound(text, others));
    if changes_meaning(text, &with(text, &kept)) {
        kept.clear();
    }
    kept
}

/// Whether a file has nothing but `let:` and `rules:`, as a further file that another one names.
pub fn may_be_further(text: &str) -> bool {
    let root = yaml::parse(text, &VOCABULARY).root;
    let keys = |root: &Node| match &root.kind {
        Kind::Map(pairs) => pairs
            .iter()
            .all(|(key, _)| matches!(key.text(), Some("let" | "rules"))),
        Kind::Scalar(_) | Kind::List(_) | Kind::Unread => false,
    };
    root.as_ref().is_some_and(keys)
}

/// Returns the scalars that hold expressions, in the order of the file.
fn conditions<'n>(root: &'n Node<'n>) -> Vec<Condition<'n>> {
    let mut found = Vec::new();
    let mut take = |node: &'n Node<'n>, format: Form| {
        if let Kind::Scalar(scalar) = &node.kind
            && !node.is_null()
        {
            found.push(Condition {
                node,
                scalar,
                format,
            });
        }
    };
    if let Some(Kind::Map(names)) = value(root, "let").map(|node| &node.kind) {
        for (_, node) in names {
            take(node, format_expr);
        }
    }
    if let Some(Kind::List(rules)) = value(root, "rules").map(|node| &node.kind) {
        for when in rules.iter().filter_map(|rule| value(rule, "when")) {
            match &when.kind {
                Kind::Map(severities) => {
                    for (_, node) in severities {
                        take(node, format_when);
                    }
                }
                Kind::Scalar(_) | Kind::List(_) | Kind::Unread => take(when, format_when),
            }
        }
    }
    found.sort_by_key(|condition| condition.node.span);
    found
}

/// Returns the places of conditions that, by an alias, stand where no condition does as well.
fn elsewhere(root: &Node) -> BTreeSet<Span> {
    let mut left: BTreeMap<Span, usize> = BTreeMap::new();
    for condition in conditions(root) {
        *left.entry(condition.node.span).or_default() += 1;
    }
    let mut found = BTreeSet::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Scalar(_) => match left.get_mut(&node.span) {
                Some(0) => {
                    found.insert(node.span);
                }
                Some(count) => *count -= 1,
                None => {}
            },
            Kind::List(items) => open.extend(items),
            Kind::Map(pairs) => open.extend(pairs.iter().flat_map(|(key, of)| [key, of])),
            Kind::Unread => {}
        }
    }
    found
}

fn value<'n>(node: &'n Node<'n>, name: &str) -> Option<&'n Node<'n>> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let pair = pairs.iter().find(|(key, _)| key.text() == Some(name));
    pair.map(|(_, value)| value)
}

/// Returns the edit of one scalar; a warning where it has to be left alone.
fn edit(file: &str, condition: &Condition<'_>) -> Result<Option<(Span, String)>, Box<Diagnostic>> {
    let Condition {
        node,
        scalar,
        format,
    } = condition;
    let place = yaml::SourceMap::of(file, node.span, scalar);
    let refused = |faults: Vec<Diagnostic>| {
        let fault = faults.into_iter().next();
        let fault = fault.unwrap_or_else(|| unsound(node.span));
        let id = fault.primary.file;
        Box::new(fault.relocate(id, |span| place.locate(span)))
    };
    let meant = format(&scalar.text).map_err(refused)?;
    let content = yaml::content(file, node.span, scalar);
    let written = content.and_then(|content| file.get(content.range()));
    // The scalar's own text and what stands in the file must be the same tokens.
    let exact = written.filter(|written| tokens_of(written) == tokens_of(&scalar.text));
    let (Some(content), Some(written)) = (content, exact) else {
        return if meant == scalar.text.trim() {
            Ok(None)
        } else {
            Err(Box::new(left_alone(node.span, &meant)))
        };
    };
    let new = format(written).map_err(refused)?;
    if new == written {
        return Ok(None);
    }
    // Its blanks and parentheses can make it longer or deeper than what is read.
    let mut faults = format(&new).err().into_iter().flatten();
    match faults.find(|fault| fault.code == Code::Limit) {
        Some(fault) => Err(Box::new(beyond_limit(node.span, fault))),
        None => Ok(Some((content, new))),
    }
}

fn left_as_it_is(span: Span, why: &str) -> Diagnostic {
    let message = format!("this condition is left as it is: {why}");
    Diagnostic::new(Code::Syntax, span, message).warning()
}

fn also_elsewhere(span: Span) -> Diagnostic {
    let why = "by an alias it stands where no condition does as well";
    left_as_it_is(span, why).help("write it out in both places")
}

fn beyond_limit(span: Span, fault: Diagnostic) -> Diagnostic {
    let found = left_as_it_is(span, &format!("in its canonical form {}", fault.message));
    match fault.help {
        Some(help) => found.help(help),
        None => found,
    }
}

fn left_alone(span: Span, meant: &str) -> Diagnostic {
    let fault = left_as_it_is(span, "its escapes hide where its words stand");
    if meant.contains(['\n', '#']) {
        fault.help("write it without `\\`")
    } else {
        fault.help(format!("write it without `\\`: {meant}"))
    }
}

fn unsound(span: Span) -> Diagnostic {
    left_as_it_is(span, "YAML would read its canonical form as something else")
        .help("write it as a literal scalar, `|`")
}

/// Reads the new text again: every condition must say what it said, and all else be the same.
fn changes_meaning(old: &str, new: &str) -> bool {
    let Some(old) = yaml::parse(old, &VOCABULARY).root else {
        return false;
    };
    let yaml::Parsed { root, faults, .. } = yaml::parse(new, &VOCABULARY);
    let Some(new) = root.filter(|_| faults.is_empty()) else {
        return true;
    };
    let places = conditions(&old);
    let again = conditions(&new);
    let is_condition = |node: &Node| {
        places
            .binary_search_by_key(&node.span, |c| c.node.span)
            .is_ok()
    };
    let meant = |of: &Condition<'_>| {
        let text = (of.format)(&of.scalar.text).ok()?;
        Some(one_line(&text))
    };
    let mut both = places.iter().zip(&again);
    places.len() != again.len()
        || both.any(|(before, after)| meant(before) != meant(after))
        || !alike(&old, &new, &is_condition)
}

/// Returns a text's tokens, one blank between any two.
fn one_line(text: &str) -> String {
    tokens_of(text).join(" ")
}

/// Whether two trees are the same but for their conditions.
fn alike(old: &Node, new: &Node, is_condition: &impl Fn(&Node) -> bool) -> bool {
    match (&old.kind, &new.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => {
            a.style == b.style && (a.text == b.text || is_condition(old))
        }
        (Kind::List(a), Kind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, is_condition))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let pair = |((ak, av), (bk, bv)): (&(Node, Node), &(Node, Node))| {
                alike(ak, bk, is_condition) && alike(av, bv, is_condition)
            };
            a.len() == b.len() && a.iter().zip(b).all(pair)
        }
        (Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) | Kind::Unread, _) => false,
    }
}
