//! The `let:` names of a file: each checked once, before any rule uses it.

use std::collections::{BTreeMap, BTreeSet};

use super::Compiler;
use super::graph::Graph;
use super::lower::{Holds, Lowering};
use crate::diag::{Code, Diagnostic, Span, Spanned, changes, is_slip};
use crate::lang::ast::{Codes, Expr, Kind};
use crate::lang::program::Type;
use crate::lang::words;
use crate::unit::StatusSet;

/// The `let:` names that an expression may use.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, Definition>);

#[derive(Clone, Debug)]
struct Definition {
    expr: Expr,
    /// `None` while it is unchecked, and if it is faulty.
    known: Option<Known>,
}

/// What is known of a name whose definition is sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) of: Type,
    /// How deep it nests.
    pub(super) depth: u32,
    /// Its codes, if it names just codes.
    pub(super) codes: Option<StatusSet>,
}

/// What stands behind a name.
pub(super) enum Meaning<'a> {
    Unknown,
    /// Its definition has faults of its own, which were told there.
    Faulty,
    Sound(&'a Expr, Known),
}

impl Names {
    /// Returns the names and the faults of their definitions (cycles, names that do not exist,
    /// types, words of the language), each with the name of the definition that it is in; places
    /// are in the definition's own text.
    ///
    /// What uses a faulty name does not compile, without a fault of its own.
    pub fn check(definitions: BTreeMap<String, Expr>) -> (Self, Vec<(String, Diagnostic)>) {
        Compiler::default().names(definitions)
    }

    /// Checks names, of which so many were `sought` already.
    pub(super) fn check_further(
        definitions: BTreeMap<String, Expr>,
        sought: &mut usize,
    ) -> (Self, Vec<(String, Diagnostic)>) {
        let mut faults = Vec::new();
        for (name, expr) in definitions.iter().filter(|(name, _)| !words::is_name(name)) {
            faults.push((name.clone(), bad_name(name, expr.span)));
        }
        let (order, cyclic) = order(&definitions, &mut faults);
        let unchecked = |expr| Definition { expr, known: None };
        let mut names = Self(
            definitions
                .into_iter()
                .map(|(name, expr)| (name, unchecked(expr)))
                .collect(),
        );
        let mut graph = Graph::default();
        graph.sought = *sought;
        for name in order.iter().filter(|name| !cyclic.contains(*name)) {
            let Some(definition) = names.0.get(name) else {
                continue;
            };
            let mut lowering = Lowering::new(&mut graph, &names, Holds::Kept);
            let value = lowering.expr(&definition.expr);
            let told = std::mem::take(&mut lowering.faults);
            let known = value.filter(|_| told.is_empty()).map(|value| Known {
                of: value.of,
                depth: value.depth,
                codes: names.codes_of(&definition.expr),
            });
            faults.extend(told.into_iter().map(|fault| (name.clone(), fault)));
            if let Some(definition) = names.0.get_mut(name) {
                definition.known = known;
            }
        }
        *sought = graph.sought;
        (names, faults)
    }

    /// Returns what a name stands for and its type; `None` if it does not exist or is faulty.
    pub fn get(&self, name: &str) -> Option<(&Expr, Type)> {
        match self.meaning(name) {
            Meaning::Sound(expr, known) => Some((expr, known.of)),
            Meaning::Unknown | Meaning::Faulty => None,
        }
    }

    /// Returns the codes that a selector selects; `None` if one of its names is not of just
    /// codes.
    pub fn codes(&self, selector: &[Spanned<Codes>]) -> Option<StatusSet> {
        selector.iter().try_fold(StatusSet::EMPTY, |all, member| {
            Some(all.union(match &member.value {
                Codes::One(code) => StatusSet::range(*code, *code),
                Codes::Range(first, last) => StatusSet::range(*first, *last),
                Codes::Hundred(digit) => StatusSet::range(digit * 100, digit * 100 + 99),
                Codes::Ten(digits) => StatusSet::range(digits * 10, digits * 10 + 9),
                Codes::Name(name) => match self.meaning(name) {
                    Meaning::Sound(_, known) => known.codes?,
                    Meaning::Unknown | Meaning::Faulty => return None,
                },
            }))
        })
    }

    pub(super) fn meaning(&self, name: &str) -> Meaning<'_> {
        match self.0.get(name) {
            None => Meaning::Unknown,
            Some(Definition { known: None, .. }) => Meaning::Faulty,
            Some(Definition {
                expr,
                known: Some(known),
            }) => Meaning::Sound(expr, *known),
        }
    }

    /// Returns the name that `name` was probably meant to be.
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        // Of one letter each is another name.
        let is_told_apart = |name: &&str| 1 < name.len();
        let known = self.0.keys().map(String::as_str).filter(is_told_apart);
        // What somebody chose to call something is farther from what it is not.
        let most = (name.chars().count() / 3).max(1);
        let is_near = |meant: &&str| changes(name, meant, most).is_some();
        words::nearest(name, known).filter(|meant| is_told_apart(&name) && is_near(meant))
    }

    /// Whether `name` is a slip of `meant`, and no other name, and no word of the language, is as
    /// near.
    pub(super) fn is_only_nearest(&self, name: &str, meant: &str) -> bool {
        if !is_slip(name, meant) {
            return false;
        }
        let is_nearer = |other: &str| words::is_nearer(name, meant, other);
        self.0.keys().all(|other| is_nearer(other)) && words::words().all(is_nearer)
    }

    /// Returns the codes that an expression names; `None` if it is anything but codes.
    pub(super) fn codes_of(&self, expr: &Expr) -> Option<StatusSet> {
        match &expr.value {
            Kind::Selector(selector) => self.codes(selector),
            Kind::Name(name) => match self.meaning(name) {
                Meaning::Sound(_, known) => known.codes,
                Meaning::Unknown | Meaning::Faulty => None,
            },
            _ => None,
        }
    }
}

fn bad_name(name: &str, span: Span) -> Diagnostic {
    if words::is_word(name) {
        let message = format!("`{name}` is a word of the language and cannot be a name");
        return Diagnostic::new(Code::Syntax, span, message)
            .help(format!("call it for example `my_{name}`"));
    }
    let message = format!("`{name}` cannot be a name");
    Diagnostic::new(Code::Syntax, span, message)
        .help("a name is lower case: a letter, then letters, digits and `_`")
}

/// How far the search for an order has come with a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Done,
}

/// Returns the names so that each stands behind those that it uses, and those that use themselves.
///
/// Without recursion, because a chain of names can be as long as the file.
fn order(
    definitions: &BTreeMap<String, Expr>,
    faults: &mut Vec<(String, Diagnostic)>,
) -> (Vec<String>, BTreeSet<String>) {
    let uses: BTreeMap<&str, Vec<(&str, Span)>> = definitions
        .iter()
        .map(|(name, expr)| (name.as_str(), expr.names()))
        .collect();
    let (mut ordered, mut cyclic) = (Vec::new(), BTreeSet::new());
    let mut marks: BTreeMap<&str, Mark> = BTreeMap::new();
    for root in uses.keys() {
        if marks.contains_key(root) {
            continue;
        }
        marks.insert(root, Mark::Open);
        let mut path: Vec<(&str, usize)> = vec![(root, 0)];
        while let Some((name, next)) = path.last_mut() {
            let name = *name;
            let Some((used, span)) = uses.get(name).and_then(|uses| uses.get(*next)) else {
                marks.insert(name, Mark::Done);
                ordered.push(name.to_owned());
                path.pop();
                continue;
            };
            *next += 1;
            match marks.get(used) {
                None if uses.contains_key(used) => {
                    marks.insert(used, Mark::Open);
                    path.push((used, 0));
                }
                Some(Mark::Open) => {
                    let from = path.iter().position(|(open, _)| open == used).unwrap_or(0);
                    let ring: Vec<&str> = path[from..].iter().map(|(name, _)| *name).collect();
                    faults.push((name.to_owned(), cycle(&ring, used, *span)));
                    cyclic.extend(ring.iter().map(|name| (*name).to_owned()));
                }
                Some(Mark::Done) | None => {}
            }
        }
    }
    (ordered, cyclic)
}

fn cycle(ring: &[&str], used: &str, span: Span) -> Diagnostic {
    let mut way = ring.join("` → `");
    if ring.len() > 8 {
        way = format!(
            "{}` → … → `{}",
            ring[..4].join("` → `"),
            ring[ring.len() - 1]
        );
    }
    let message = format!("`{used}` uses itself: `{way}` → `{used}`");
    Diagnostic::new(Code::Cycle, span, message)
        .help("one of them must not use the other: write out what is meant instead of its name")
}
