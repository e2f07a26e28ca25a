//! The answers to an editor's questions: from its positions to bytes, and back.

use std::collections::BTreeMap;
use std::io::Write;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CompletionItem, CompletionItemTextEdit, CompletionList,
    Documentation, Hover, InsertTextMode, Location, MarkupContent, MarkupKind, Position, Range,
    SymbolKind, TextDocumentIdentifier, TextDocumentPositionParams, TextEdit,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::capabilities::Can;
use super::completion::{Offer, completion as offers};
use super::definition::{defined_in, named};
use super::documents::Draft;
use super::findings::{Page, uri_of};
use super::fixes::{Remedy, remedies};
use super::server::{Answer, Server, said};
use super::spot::Spot;
use super::symbols::{Of, Symbol, symbols as symbols_of};
use super::workspace::Role;
use super::{address, hover as shown};
use crate::config;
use crate::diag::Span;
use crate::lang::Names;

/// A document, whatever else is said of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    text_document: TextDocumentIdentifier,
}

/// A range of a document, and which actions are wanted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AskedRange {
    text_document: TextDocumentIdentifier,
    range: Range,
    #[serde(default)]
    context: Value,
}

/// Says what there is to say of a place.
pub(super) fn hover<W: Write>(
    server: &mut Server<'_, W>,
    at: &TextDocumentPositionParams,
) -> Answer {
    let encoding = server.encoding();
    let path = address::path_of(&at.text_document.uri);
    server.workspace.unit(&path);
    let Some(spot) = spot(server, &path, at.position) else {
        return Ok(Value::Null);
    };
    let none = Names::default();
    let unit = server.workspace.known(&path);
    let names = unit.and_then(|unit| unit.names(&path)).unwrap_or(&none);
    let Some((said_of_it, span)) = shown::hover(&spot, names) else {
        return Ok(Value::Null);
    };
    let contents = MarkupContent {
        kind: MarkupKind::Markdown,
        value: said_of_it,
    };
    let lines = server
        .workspace
        .documents
        .get(&path)
        .map(|d| d.text.lines());
    said(&Hover {
        contents: contents.into(),
        range: lines.map(|lines| lines.range(spot.text, span, encoding)),
    })
}

/// Offers what could be written at a place.
pub(super) fn completion<W: Write>(
    server: &mut Server<'_, W>,
    at: &TextDocumentPositionParams,
) -> Answer {
    let encoding = server.encoding();
    let path = address::path_of(&at.text_document.uri);
    let others = others(server, &path);
    let others: Vec<&Draft> = others.iter().map(|(_, text)| text).collect();
    let Some(spot) = spot(server, &path, at.position) else {
        return Ok(Value::Null);
    };
    let (offers, span) = offers(&spot, &others);
    let lines = server
        .workspace
        .documents
        .get(&path)
        .map(|d| d.text.lines());
    let Some(range) = lines.map(|lines| lines.range(spot.text, span, encoding)) else {
        return Ok(Value::Null);
    };
    let items = offers.into_iter().enumerate();
    said(&CompletionList {
        items: items
            .map(|(place, offer)| item(offer, place, range))
            .collect(),
        ..CompletionList::default()
    })
}

fn item(offer: Offer, place: usize, range: Range) -> CompletionItem {
    let new_text = offer.text;
    CompletionItem {
        filter_text: Some(offer.label.clone()),
        label: offer.label,
        kind: Some(offer.shape),
        // Where it goes on in the next line, that is indented as it must be.
        insert_text_mode: new_text.contains('\n').then_some(InsertTextMode::AsIs),
        documentation: offer.says.map(Documentation::String),
        sort_text: Some(format!("{place:04}")),
        text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit {
            range,
            new_text,
        })),
        ..CompletionItem::default()
    }
}

/// Says where what stands at a place is defined.
pub(super) fn definition<W: Write>(
    server: &mut Server<'_, W>,
    at: &TextDocumentPositionParams,
) -> Answer {
    let encoding = server.encoding();
    let path = address::path_of(&at.text_document.uri);
    let others = others(server, &path);
    let Some(named) = spot(server, &path, at.position).and_then(|spot| named(&spot)) else {
        return Ok(Value::Null);
    };
    let documents = &server.workspace.documents;
    let location = |path: &str, text: &Draft| {
        let span = defined_in(text, &named)?;
        let range = text.lines().range(&text.text, span, encoding);
        let uri = uri_of(documents, path);
        Some(Location { uri, range })
    };
    let own = documents.get(&path);
    let own = own.and_then(|document| location(&path, &document.text));
    let mut others = others.iter();
    said(&own.or_else(|| others.find_map(|(path, text)| location(path, text))))
}

/// Lists what a file defines.
pub(super) fn symbols<W: Write>(server: &mut Server<'_, W>, asked: &Asked) -> Value {
    let path = address::path_of(&asked.text_document.uri);
    let is_ours = server.workspace.role(&path) != Some(Role::Foreign);
    let document = server.workspace.documents.get(&path);
    let Some(document) = document.filter(|_| is_ours) else {
        return Value::Null;
    };
    let text = &document.text;
    let encoding = server.encoding();
    let range = |span| text.lines().range(&text.text, span, encoding);
    let nests = server.client.can(Can::NestSymbols);
    let listed = symbols_of(text).into_iter().map(|symbol| {
        let (kind, whole) = (kind_of(&symbol), range(symbol.whole));
        if nests {
            let name = range(symbol.span);
            let Symbol { name: label, detail, .. } = symbol;
            json!({"name": label, "detail": detail, "kind": kind, "range": whole, "selectionRange": name})
        } else {
            let location = Location {
                uri: document.uri.clone(),
                range: whole,
            };
            json!({"name": symbol.name, "kind": kind, "location": location})
        }
    });
    listed.collect()
}

/// Returns the edits that put every condition into its canonical form.
pub(super) fn formatting<W: Write>(server: &mut Server<'_, W>, asked: &Asked) -> Answer {
    let path = address::path_of(&asked.text_document.uri);
    let is_ours = server.workspace.role(&path) != Some(Role::Foreign);
    let document = server.workspace.documents.get(&path);
    let Some(document) = document.filter(|_| is_ours) else {
        return Ok(Value::Null);
    };
    let text = &document.text;
    // What does not parse is not touched; the findings say why.
    let Ok(formatted) = config::format(&text.text) else {
        return Ok(Value::Null);
    };
    let encoding = server.encoding();
    let edits = formatted
        .edits
        .into_iter()
        .map(|(span, new_text)| TextEdit {
            range: text.lines().range(&text.text, span, encoding),
            new_text,
        });
    said(&edits.collect::<Vec<_>>())
}

/// Offers what can be done about the findings in a range.
pub(super) fn actions<W: Write>(server: &mut Server<'_, W>, asked: &AskedRange) -> Value {
    let only = asked.context.get("only").and_then(Value::as_array);
    let is_wanted = |kinds: &Vec<Value>| kinds.iter().any(|kind| kind == "quickfix" || kind == "");
    let path = address::path_of(&asked.text_document.uri);
    server.workspace.unit(&path);
    let documents = &server.workspace.documents;
    let unit = server.workspace.known(&path);
    let (Some(document), Some(unit)) = (documents.get(&path), unit) else {
        return Value::Null;
    };
    if !only.is_none_or(is_wanted) {
        return json!([]);
    }
    let text = &document.text;
    let offset = |position| text.lines().offset(&text.text, position, server.encoding());
    let range = Span::new(offset(asked.range.start), offset(asked.range.end));
    let page = Page::of(unit, documents, server.manner());
    let found = remedies(unit, &path, text, range);
    let actions = found.into_iter().filter_map(|remedy| {
        let diagnostic = page.show(remedy.finding).map(|(_, shown)| shown);
        let action = CodeAction {
            title: remedy.title.clone(),
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: diagnostic.map(|one| vec![one]),
            is_preferred: remedy.is_mend.then_some(true),
            ..CodeAction::default()
        };
        let mut action = serde_json::to_value(action).ok()?;
        action["edit"] = edit(server, &remedy)?;
        Some(action)
    });
    actions.collect()
}

/// Returns the edits of a remedy in the form that the editor takes.
fn edit<W: Write>(server: &Server<'_, W>, remedy: &Remedy<'_>) -> Option<Value> {
    let encoding = server.encoding();
    let documents = &server.workspace.documents;
    let mut by_file: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    for (path, span, new) in &remedy.edits {
        let read;
        let text = if let Some(document) = documents.get(path) {
            &document.text
        } else {
            read = server.workspace.text(path)?;
            &read
        };
        by_file.entry(path).or_default().push(TextEdit {
            range: text.lines().range(&text.text, *span, encoding),
            new_text: new.clone(),
        });
    }
    if server.client.can(Can::CheckVersions) {
        let changes = by_file.iter().map(|(path, edits)| {
            let version = documents.get(path).map(|document| document.version);
            let document = json!({"uri": uri_of(documents, path), "version": version});
            json!({"textDocument": document, "edits": edits})
        });
        return Some(json!({"documentChanges": changes.collect::<Vec<_>>()}));
    }
    let changes = by_file
        .iter()
        .map(|(path, edits)| (uri_of(documents, path).0, json!(edits)));
    Some(json!({"changes": changes.collect::<serde_json::Map<_, _>>()}))
}

/// Returns what is at a position of an open file that was read.
fn spot<'s, W: Write>(
    server: &'s Server<'_, W>,
    path: &str,
    position: Position,
) -> Option<Spot<'s>> {
    let role = &server.workspace.known(path)?.role;
    let encoding = server.encoding();
    let text = &server.workspace.documents.get(path)?.text;
    let offset = text.lines().offset(&text.text, position, encoding);
    Some(Spot::at(text, role, offset))
}

/// Returns the other files that an open one belongs with, by path. Which these are was perhaps
/// found out before the last keystrokes, so that nobody waits for a large file to be read.
fn others<W: Write>(server: &mut Server<'_, W>, path: &str) -> Vec<(String, Draft)> {
    if server.workspace.known(path).is_none() {
        server.workspace.unit(path);
    }
    let Some(unit) = server.workspace.known(path) else {
        return Vec::new();
    };
    let paths = unit.paths();
    let others = paths.into_iter().filter(|other| other != path);
    others
        .filter_map(|other| {
            let text = server.workspace.text(&other)?;
            Some((other, text))
        })
        .collect()
}

fn kind_of(symbol: &Symbol) -> SymbolKind {
    match symbol.of {
        Of::Let => SymbolKind::Variable,
        Of::Rule => SymbolKind::Event,
        Of::Receiver => SymbolKind::Interface,
        Of::Test => SymbolKind::Method,
    }
}
