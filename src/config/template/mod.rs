//! Templates of `summary:` and of the bodies of webhooks: parsed, and tried against the names and values that there will be.

mod braces;
mod cut;
mod dollars;
mod elsewhere;
mod fleets;
mod growth;
mod texts;
mod tokens;
mod trial;
mod words;

use minijinja::{Environment, Error, ErrorKind};

pub(super) use self::elsewhere::{NO_TEMPLATE, no_template};
pub(super) use self::trial::Shown;
use super::reader::{Origin, Reader, Text};
use super::secret::{Part, within};
use crate::diag::{Code, Diagnostic, Span, nearest, only_nearest, quoted};
use crate::dispatch::payload::{self, BODY_FUEL, BODY_VARIABLES};
use crate::dispatch::summary::{self, FUEL, TEMPLATE_BYTES_MAX, VARIABLES};
use crate::lang::program::Compiled;
use crate::yaml::{Kind, Node, SourceMap, Style};

/// What is said of a faulty template that may not be shown.
const HIDDEN: &str =
    "the template is faulty; its text is not shown, because a part comes from the environment";

/// The filters of templates, the short names `d` and `e` left out.
const FILTERS: &str = "abs attr bool capitalize count default dictsort escape first float format groupby indent \
    int items join last length lines list lower map max min pprint reject rejectattr replace \
    reverse round safe select selectattr sort split string sum title tojson trim unique \
    upper urlencode";

/// How many names are listed where one does not exist.
const NAMED_MAX: usize = 12;

/// Returns what templates are tried in: the places of errors are known.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = summary::environment();
    environment.set_debug(true);
    environment
}

/// Reads a template; `labels` are the names of the labels that its alerts can have.
pub(super) fn read<'l>(
    reader: &mut Reader<'_>,
    node: &Node,
    compiled: Option<&Compiled>,
    labels: impl Iterator<Item = &'l String>,
) -> Option<String> {
    let text = within(reader, Part::Telling, |reader| {
        reader.set_text(node, "a template")
    })?;
    let place = match text.origin {
        Origin::File => reader.place(node),
        Origin::Elsewhere | Origin::Unset => SourceMap::whole(node.span),
    };
    if let Some(fault) = cut::at_comment(reader.source, node) {
        reader.push(fault);
    }
    let shown = compiled.and_then(trial::shown);
    let known = (shown, text.value);
    if reader.sound_templates.contains(&known) {
        return Some(known.1);
    }
    let text = Text {
        value: known.1,
        ..text
    };
    if text.value.len() > TEMPLATE_BYTES_MAX {
        reader.fault(Code::Limit, node.span, "a template is at most 8 KiB");
        return None;
    }
    let labels: Vec<String> = labels.cloned().collect();
    let fuel = &mut reader.budget.template_fuel;
    let Tried { faults, holds } = check(&reader.templates, &text.value, compiled, &labels, fuel);
    let is_sound = faults.is_empty();
    let mut warnings = Vec::new();
    if is_sound && text.origin == Origin::File {
        warnings = braces::single(&text.value);
        if matches!(&node.kind, Kind::Scalar(scalar) if scalar.style == Style::Plain) {
            warnings.extend(braces::lone_quote(&text.value));
        }
        warnings.extend(words::strange(&text.value));
        if shown == Some(Shown::Domains) {
            warnings.extend(fleets::empty(&text.value));
        }
    }
    if is_sound && warnings.is_empty() && shown.is_some() && holds == Holds::Everywhere {
        reader.sound_templates.insert((shown, text.value.clone()));
    }
    for warning in warnings {
        reader.push_placed(place.relocate(reader.file, warning));
    }
    for fault in faults {
        let mut fault = place.relocate(reader.file, fault);
        if text.origin != Origin::File {
            HIDDEN.clone_into(&mut fault.message);
            (fault.help, fault.fix) = (None, None);
        }
        reader.push(fault);
    }
    is_sound.then_some(text.value)
}

/// What came of trying a template.
struct Tried {
    faults: Vec<Diagnostic>,
    holds: Holds,
}

/// For which rules that is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// For the rule that it was tried for.
    Here,
    /// For every rule whose values are of the same type: the template looks at no label, and at
    /// no value by its text.
    Everywhere,
}

impl Tried {
    fn here(faults: Vec<Diagnostic>) -> Self {
        let holds = Holds::Here;
        Self { faults, holds }
    }
}

/// Reads the template of a webhook's body, and tries it on a made-up message: what comes out
/// must be JSON.
pub(super) fn body(reader: &mut Reader<'_>, node: &Node, text: Text) -> Option<String> {
    let place = match text.origin {
        Origin::File => reader.place(node),
        Origin::Elsewhere | Origin::Unset => SourceMap::whole(node.span),
    };
    // Whoever has templates beyond all measure gets the last of them taken as they are.
    if reader.budget.template_fuel < BODY_FUEL {
        return Some(text.value);
    }
    reader.budget.template_fuel -= BODY_FUEL;
    let Some(mut fault) = body_fault(&text.value) else {
        return Some(text.value);
    };
    if text.origin != Origin::File {
        HIDDEN.clone_into(&mut fault.message);
        (fault.help, fault.fix) = (None, None);
    }
    let fault = place.relocate(reader.file, fault);
    reader.push(fault);
    None
}

fn body_fault(text: &str) -> Option<Diagnostic> {
    if let Some(fault) = growth::of(text) {
        return Some(fault);
    }
    let mut environment = payload::environment();
    environment.set_debug(true);
    let template = match environment.template_from_named_str("body", text) {
        Ok(template) => template,
        Err(error) => return Some(fault_of(text, &error)),
    };
    let globals: Vec<&str> = environment.globals().map(|(name, _)| name).collect();
    let unknown = template.undeclared_variables(false).into_iter();
    let is_known =
        |name: &String| BODY_VARIABLES.contains(&name.as_str()) || globals.contains(&name.as_str());
    if let Some(name) = unknown.filter(|name| !is_known(name)).min() {
        return Some(unknown_variable(text, &name, &BODY_VARIABLES));
    }
    let rendered = match payload::render(text, &payload::example()) {
        Ok(rendered) => rendered,
        Err(error) => {
            let mut fault = fault_of(text, &error);
            if error.kind() == ErrorKind::UndefinedError {
                fault.help = Some(format!("there are {}", BODY_VARIABLES.join(", ")));
            }
            return Some(fault);
        }
    };
    let error = serde_json::from_str::<serde::de::IgnoredAny>(&rendered).err()?;
    let message = format!("what this template makes is no JSON: {error}");
    let fault = Diagnostic::new(Code::Template, Span::new(0, text.len()), message);
    Some(fault.help("a value brings its own quotes: write `{\"text\": {{ alerts[0].summary }}}`"))
}

fn check(
    environment: &Environment<'_>,
    text: &str,
    compiled: Option<&Compiled>,
    labels: &[String],
    fuel: &mut u64,
) -> Tried {
    // Before anything else: what is constant is worked out as soon as the library reads it.
    if let Some(fault) = growth::of(text) {
        let calculated = texts::calculated(text);
        let faults = if calculated.is_empty() {
            vec![fault]
        } else {
            calculated
        };
        return Tried::here(faults);
    }
    let template = match environment.template_from_named_str("summary", text) {
        Ok(template) => template,
        Err(error) => return Tried::here(vec![fault_of(text, &error)]),
    };
    let globals: Vec<&str> = environment.globals().map(|(name, _)| name).collect();
    let mut unknown: Vec<String> = template.undeclared_variables(false).into_iter().collect();
    let is_of_rule = |name: &String| matches!(name.as_str(), "values" | "labels");
    let holds = if unknown.iter().any(is_of_rule) {
        Holds::Here
    } else {
        Holds::Everywhere
    };
    unknown.retain(|name| !VARIABLES.contains(&name.as_str()) && !globals.contains(&name.as_str()));
    unknown.sort();
    if !unknown.is_empty() {
        let unknown = unknown
            .iter()
            .map(|name| unknown_variable(text, name, &VARIABLES));
        return Tried::here(unknown.collect());
    }
    // Without a sound condition nobody knows the parts, and `values` cannot be tried.
    let Some(compiled) = compiled else {
        return Tried::here(Vec::new());
    };
    // Whoever has templates beyond all measure gets the last of them parsed, but not tried.
    if *fuel < FUEL {
        return Tried::here(Vec::new());
    }
    let faults = match trial::render(&template, compiled, labels) {
        Ok(spent) => {
            *fuel -= spent.min(*fuel);
            texts::calculated(text)
        }
        Err(error) => {
            // How far one with an error came is not known; most end at once.
            *fuel -= match error.kind() {
                ErrorKind::OutOfFuel => FUEL,
                _ => FUEL / 4,
            };
            let mut fault = fault_of(text, &error);
            if error.kind() == ErrorKind::UndefinedError
                && let Some(help) = undefined(text, fault.primary.span, compiled, labels)
            {
                fault.help = Some(help);
            }
            vec![fault]
        }
    };
    Tried { faults, holds }
}

/// Returns which values or labels there are where one is asked for that does not exist.
fn undefined(text: &str, span: Span, compiled: &Compiled, labels: &[String]) -> Option<String> {
    let written = text.get(span.range())?;
    if written.contains("values") {
        let mut parts: Vec<&str> = Vec::new();
        for part in compiled.tiers.iter().flat_map(|tier| &tier.parts) {
            if !parts.contains(&part.text.as_str()) {
                parts.push(&part.text);
            }
        }
        let quote = |text: &&str| format!("`{{{{ values['{text}'] }}}}`");
        let shown: Vec<String> = parts.iter().take(NAMED_MAX).map(quote).collect();
        return (!shown.is_empty()).then(|| format!("this rule has {}", shown.join(", ")));
    }
    if !written.contains("labels") {
        return None;
    }
    let mut names: Vec<&str> = labels.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(NAMED_MAX);
    Some(if names.is_empty() {
        "this rule has no labels, nor has a domain: add `labels: {…}` to it, or leave this out"
            .to_owned()
    } else {
        format!(
            "the labels of the rule and its domains are {}",
            names.join(", ")
        )
    })
}

fn unknown_variable(text: &str, name: &str, known: &[&str]) -> Diagnostic {
    let span = word_in(text, name);
    let fault = Diagnostic::new(
        Code::Template,
        span,
        format!("a template has no {}", quoted(name)),
    );
    match nearest(name, known.iter().copied()) {
        Some(near) => {
            let help = format!("did you mean `{near}`?");
            match only_nearest(name, known.iter().copied()) {
                // Only where the name itself was found is there something to replace.
                Some(only) if text.get(span.range()) == Some(name) => {
                    fault.help(help).fix(span, only)
                }
                _ => fault.help(help),
            }
        }
        None => fault.help(format!("there are {}", known.join(", "))),
    }
}

/// Finds a name that stands as a word of its own.
fn word_in(text: &str, name: &str) -> Span {
    let found = text.match_indices(name).find(|(at, _)| {
        !text[..*at].ends_with(is_of_name) && !text[at + name.len()..].starts_with(is_of_name)
    });
    found.map_or(Span::new(0, text.len()), |(at, _)| {
        Span::new(at, at + name.len())
    })
}

fn fault_of(text: &str, error: &Error) -> Diagnostic {
    let span = error.range().map_or(Span::new(0, text.len()), |range| {
        whole_characters(text, &range)
    });
    if error.kind() == ErrorKind::SyntaxError
        && let Some((span, meant)) = texts::without_quotes(text, span)
    {
        let message = "the text of a value stands in brackets and quotes";
        let fault = Diagnostic::new(Code::Template, span, message);
        return fault.help(format!("write `{meant}`"));
    }
    let what = match error.kind() {
        ErrorKind::SyntaxError => "this is no template".to_owned(),
        kind => kind.to_string(),
    };
    let message = match error.detail() {
        Some(detail) if error.kind() != ErrorKind::SyntaxError => detail.to_owned(),
        Some(detail) => format!("{what}: {detail}"),
        None => what,
    };
    let fault = Diagnostic::new(Code::Template, span, message);
    match error.kind() {
        ErrorKind::UndefinedError => fault.help(
            "`values` has the compared parts by their text, `labels` the labels of the rule and its domains",
        ),
        ErrorKind::InvalidOperation => fault.help(
            "`value`, `peak` and `values` are texts with their units, such as `34.2%`: write them as they are, `{{ value }}`",
        ),
        ErrorKind::SyntaxError if text[span.start()..].starts_with('.') && !text[..span.start()].ends_with(is_of_name) => {
            fault.help("names have no `.` before them here: write for example `{{ domain }}` or `{{ labels.team }}`")
        }
        ErrorKind::SyntaxError if is_open(error, "variable block") => {
            fault.help("close it by `}}`, as in `{{ domain }}`")
        }
        ErrorKind::SyntaxError if is_open(error, "end of block") => {
            fault.help("close it: `{% if … %}` by `{% endif %}`, `{% for … %}` by `{% endfor %}`")
        }
        ErrorKind::SyntaxError if text[span.start()..].starts_with('$') => {
            dollars::without(text, fault)
        }
        ErrorKind::SyntaxError => {
            fault.help("values stand in `{{ … }}`, conditions in `{% if … %}` and `{% endif %}`")
        }
        ErrorKind::UnknownFilter => unknown_filter(text, span.start(), fault),
        _ => fault,
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Says which filter was meant by the name that stands there.
fn unknown_filter(text: &str, at: usize, fault: Diagnostic) -> Diagnostic {
    let name = text[at..]
        .split(|c| !is_of_name(c))
        .next()
        .unwrap_or_default();
    let Some(near) = nearest(name, FILTERS.split(' ')) else {
        return fault.help("the filters are those of Jinja, such as `upper`, `join` or `default`");
    };
    let fault = fault.help(format!("did you mean `{near}`?"));
    match only_nearest(name, FILTERS.split(' ')) {
        Some(only) => fault.fix(Span::new(at, at + name.len()), only),
        None => fault,
    }
}

/// Whether the end of something is missing.
fn is_open(error: &Error, what: &str) -> bool {
    let detail = error.detail().unwrap_or_default();
    detail.contains("expected end of") && detail.contains(what)
}

/// Widens a range to whole characters: an unexpected one is told with its first byte alone.
fn whole_characters(text: &str, range: &std::ops::Range<usize>) -> Span {
    let bound = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=range.start.min(text.len())).rev().find(bound);
    let end = (range.end.max(range.start)..=text.len()).find(bound);
    Span::new(start.unwrap_or(0), end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_much_of_little_is_told_before_the_library_reads_it() {
        let told = |text: &str| {
            let tried = check(&environment(), text, None, &[], &mut 0);
            let messages = tried.faults.into_iter().map(|fault| fault.message);
            messages.collect::<Vec<_>>()
        };
        let of_body = |text: &str| body_fault(text).unwrap().message;
        // The library would tell the tag, had it read so far.
        for much in [
            "{{ [0] ~ [1] * 9 }}",
            "{% set a = [[1], [2]] %}{{ a ~ 'x' * 9 }}",
        ] {
            let alone = growth::of(much).unwrap().message;
            let text = format!("{much}{{% nothing %}}");
            assert_eq!(of_body(&text), alone);
            assert_eq!((told(&text), told(&text).len()), (told(much), 1));
        }
    }

    #[test]
    fn the_filters_that_are_named_are_those_that_there_are() {
        let environment = environment();
        let is_unknown = |name: &str| {
            let text = format!("{{{{ 'a' | {name} }}}}");
            let rendered = environment.render_str(&text, ());
            rendered.is_err_and(|error| error.kind() == ErrorKind::UnknownFilter)
        };
        assert!(is_unknown("jion"));
        for name in FILTERS.split(' ') {
            assert!(!is_unknown(name), "{name}");
        }
    }
}
