//! What was found, as editors show it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gen_lsp_types::{
    Diagnostic as Shown, DiagnosticRelatedInformation, DiagnosticSeverity as Severity,
    DiagnosticTag, Location, Uri,
};

use super::address;
use super::documents::{Documents, Draft};
use super::position::Encoding;
use super::spot::Spot;
use super::workspace::{Role, Unit};
use crate::diag::{Code, Diagnostic, Files, Label, Level, Span};
use crate::lang::is_name;

/// What findings say that they come from.
const SOURCE: &str = "foghorn";

/// How an editor wants findings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// What columns count.
    pub(super) encoding: Encoding,
    /// Whether it shows other places beside a finding's own.
    pub(super) shows_related: bool,
}

/// Returns the findings of a unit by file; each file that was read is there.
pub(super) fn by_file(
    unit: &Unit,
    documents: &Documents,
    manner: Manner,
) -> BTreeMap<String, Vec<Shown>> {
    let page = Page::of(unit, documents, manner);
    let mut found: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
    for file in unit.files.iter() {
        found.entry(address::plain(&file.name)).or_default();
    }
    for finding in &unit.findings {
        if let Some((path, shown)) = page.show(finding) {
            found.entry(path).or_default().push(shown);
        }
    }
    found
}

/// The files of a unit, with what positions are worked out from.
pub(super) struct Page<'u> {
    unit: &'u Unit,
    texts: Vec<Option<Draft>>,
    uris: Vec<Uri>,
    manner: Manner,
}

impl<'u> Page<'u> {
    /// Lays out the files in which there are findings.
    pub(super) fn of(unit: &'u Unit, documents: &Documents, manner: Manner) -> Self {
        let files = unit.files.iter();
        let uris = files.map(|file| uri_of(documents, &address::plain(&file.name)));
        let mut texts: Vec<Option<Draft>> = Vec::new();
        texts.resize_with(unit.files.iter().count(), || None);
        let labels = unit.findings.iter().flat_map(labels_of);
        for label in labels {
            let place = label.file.0 as usize;
            if let (Some(slot), Some(file)) = (texts.get_mut(place), unit.files.get(label.file)) {
                slot.get_or_insert_with(|| Draft::new(&*file.text));
            }
        }
        Self {
            unit,
            texts,
            uris: uris.collect(),
            manner,
        }
    }

    /// Returns a finding as it is shown, and the path of its file.
    pub(super) fn show(&self, finding: &Diagnostic) -> Option<(String, Shown)> {
        let primary = &finding.primary;
        let location = self.location(primary)?;
        let path = path_of(&self.unit.files, primary)?;
        let mut message = finding.message.clone();
        if !primary.text.is_empty() {
            let _ = write!(message, "\n{}", primary.text);
        }
        if let Some(help) = &finding.help {
            let _ = write!(message, "\nhelp: {help}");
        }
        let severity = self.severity(finding);
        if severity == Severity::Information {
            message.push_str("\nno rules file was found that names this one and could define it");
        }
        let related = finding.secondary.iter().filter_map(|label| {
            let location = self.location(label)?;
            let message = label.text.clone();
            Some(DiagnosticRelatedInformation { location, message })
        });
        let related: Vec<_> = related.collect();
        let is_shown = self.manner.shows_related && !related.is_empty();
        let shown = Shown {
            range: location.range,
            severity: Some(severity),
            code: Some(finding.code.as_str().to_owned().into()),
            code_description: None,
            source: Some(SOURCE.to_owned()),
            message: message.into(),
            tags: (finding.code == Code::Unused).then(|| vec![DiagnosticTag::Unnecessary]),
            related_information: is_shown.then_some(related),
            data: None,
        };
        Some((path, shown))
    }

    /// Returns how grave a finding is here. What the service's environment or a main file that
    /// is not known decide is said, and not held against the file.
    fn severity(&self, finding: &Diagnostic) -> Severity {
        let text = self.text(&finding.primary).unwrap_or_default();
        if finding.code == Code::Secret && text.starts_with("${") {
            return Severity::Hint;
        }
        if self.unit.role == Role::Alone && self.may_be_elsewhere(finding, text) {
            return Severity::Information;
        }
        match finding.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
        }
    }

    /// Whether what a finding misses could stand in a main file: a name, a domain's label.
    fn may_be_elsewhere(&self, finding: &Diagnostic, text: &str) -> bool {
        match finding.code {
            Code::Template => true,
            Code::UnknownName if is_name(text) => {
                let place = self.texts.get(finding.primary.file.0 as usize);
                let Some(Some(file)) = place else {
                    return false;
                };
                let at = Spot::at(file, &self.unit.role, finding.primary.span.start());
                let is_called = file.text[finding.primary.span.end()..].starts_with('(');
                at.expression().is_some() && !is_called
            }
            _ => false,
        }
    }

    fn text(&self, label: &Label) -> Option<&str> {
        let file = self.unit.files.get(label.file)?;
        file.text.get(label.span.range())
    }

    fn location(&self, label: &Label) -> Option<Location> {
        let place = label.file.0 as usize;
        let text = self.texts.get(place)?.as_ref()?;
        let range = text
            .lines()
            .range(&text.text, label.span, self.manner.encoding);
        let uri = self.uris.get(place)?.clone();
        Some(Location { uri, range })
    }
}

fn labels_of(finding: &Diagnostic) -> impl Iterator<Item = &Label> {
    std::iter::once(&finding.primary).chain(&finding.secondary)
}

fn path_of(files: &Files, label: &Label) -> Option<String> {
    Some(address::plain(&files.get(label.file)?.name))
}

/// Returns the address of a file, as the editor writes it if it is open.
pub(super) fn uri_of(documents: &Documents, path: &str) -> Uri {
    let open = documents.get(path).map(|document| document.uri.clone());
    open.unwrap_or_else(|| address::uri_of(path))
}

/// Whether two places have a byte or a bound in common.
pub(super) fn touch(a: Span, b: Span) -> bool {
    a.start() <= b.end() && b.start() <= a.end()
}
