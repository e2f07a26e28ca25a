//! Keys that stand twice in a map, one by one or as the beginning of another map.

use super::Reader;
use super::fields::Pair;
use crate::diag::{Code, Diagnostic, Span, quoted};
use crate::yaml::{Kind, Node, own_line};

/// How many keys are named that stand twice.
const NAMED_MAX: usize = 4;

impl Reader<'_> {
    /// Says which keys of a map stand twice: each with the first.
    pub(super) fn say_repeated(
        &mut self,
        map: &Node,
        head: Option<Pair<'_>>,
        repeated: &[(Pair<'_>, Pair<'_>)],
    ) {
        if let Some(fault) = self.another_item(map, head, repeated) {
            self.push(fault);
            return;
        }
        for ((name, key, value), (_, first, before)) in repeated {
            let message = format!("the key {} stands twice in one map", quoted(name));
            let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
            let fault = fault.also(first.span, "the first is here");
            if let Some(line) = self.goes_on((key, value), before) {
                let help = "remove this line: its list goes on with that of the first";
                self.push(fault.help(help).fix(line, ""));
                continue;
            }
            let is_named = matches!(&map.kind, Kind::Map(pairs)
                if pairs.iter().any(|(key, _)| key.text() == Some("name")));
            let is_item = self.is_item(map) && !is_named;
            let fault = fault.help(if is_item {
                format!("remove one of them, or write `- {name}: …` where another item begins")
            } else if self.say_other_things(value, before) {
                format!("move what stands under it to the first, and remove this `{name}:`")
            } else {
                "remove one of them".to_owned()
            });
            let line = own_line(self.source, key.span.to(value.span));
            let is_same = before.text().is_some() && before.text() == value.text();
            self.push(match line.filter(|_| is_same) {
                Some(line) => fault.fix(line, ""),
                None => fault,
            });
        }
    }

    /// Whether a map is an item of a list, of which each key has a line.
    fn is_item(&self, map: &Node) -> bool {
        let parts = self.source.split_at_checked(map.span.start());
        parts.is_some_and(|(before, behind)| before.ends_with("- ") && !behind.starts_with('{'))
    }

    /// Whether two values are both maps, or both lists, and not the same.
    fn say_other_things(&self, value: &Node, before: &Node) -> bool {
        let are_alike = match (&value.kind, &before.kind) {
            (Kind::Map(own), Kind::Map(other)) => !own.is_empty() && !other.is_empty(),
            (Kind::List(own), Kind::List(other)) => !own.is_empty() && !other.is_empty(),
            _ => false,
        };
        let written = |node: &Node| self.source.get(node.span.range()).map(str::trim);
        are_alike && written(value) != written(before)
    }

    /// Returns the line of a key that stands in the middle of a list, which it makes two of.
    fn goes_on(&self, (key, value): (&Node, &Node), before: &Node) -> Option<Span> {
        let (Kind::List(items), Kind::List(above)) = (&value.kind, &before.kind) else {
            return None;
        };
        let column = |items: &[Node]| {
            let start = items.first()?.span.start();
            let line = self
                .source
                .get(..start)?
                .rfind('\n')
                .map_or(0, |end| end + 1);
            let dash = self.source.get(line..start)?;
            dash.trim_start()
                .starts_with('-')
                .then(|| dash.len() - dash.trim_start().len())
        };
        let gap = self.source.get(before.span.end()..key.span.start())?;
        let is_next = gap.trim().is_empty() && column(items)? == column(above)?;
        own_line(
            self.source,
            key.span.to(Span::new(key.span.end(), key.span.end() + 1)),
        )
        .filter(|_| is_next)
    }

    /// Says that several keys of an item of a list stand twice: the dash of the next is missing, or the
    /// line with it.
    fn another_item(
        &self,
        map: &Node,
        head: Option<Pair<'_>>,
        repeated: &[(Pair<'_>, Pair<'_>)],
    ) -> Option<Diagnostic> {
        let ((name, key, _), (_, first, _)) = *repeated.first()?;
        let is_item = self.is_item(map);
        let begins =
            |(_, (_, first, _)): &(Pair<'_>, Pair<'_>)| first.span.start() < key.span.start();
        if repeated.len() < 2 || !is_item || !repeated.iter().all(begins) {
            return None;
        }
        let mut names: Vec<&str> = Vec::new();
        for ((name, ..), _) in repeated {
            if NAMED_MAX < names.len() {
                break;
            }
            if !names.contains(name) {
                names.push(name);
            }
        }
        let named = names.iter().take(NAMED_MAX);
        let named: Vec<String> = named.map(|name| quoted(name)).collect();
        let rest = if NAMED_MAX < names.len() {
            " and others"
        } else {
            ""
        };
        let named = match named.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) if rest.is_empty() => format!("{} and {last}", others.join(", ")),
            _ => named.join(", ") + rest,
        };
        let stands = if names.len() == 1 { "stands" } else { "stand" };
        let message = format!("{named} {stands} more than once in one item of the list");
        let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
        let fault = fault.also(first.span, format!("the first {} is here", quoted(name)));
        let (item, ..) = head?;
        if item != name {
            let help =
                format!("if another item begins here, write its `- {item}: …` above this line");
            return Some(fault.help(help));
        }
        let dash = Span::new(key.span.start().checked_sub(2)?, key.span.start());
        let fault = fault.help(format!("if another item begins here, write `- {name}:`"));
        let is_blank = self.source.get(dash.range()) == Some("  ");
        Some(if is_blank {
            fault.fix(dash, "- ")
        } else {
            fault
        })
    }
}
