//! The conversation with an editor: what it may ask, in which order, and the answers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use gen_lsp_types::json_rpc::{Error, Id};
use gen_lsp_types::{
    Diagnostic, ErrorCodes, PublishDiagnosticsParams, VersionedTextDocumentIdentifier,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::capabilities::{Can, Client, offered};
use super::documents::Change;
use super::findings::{self, Manner, uri_of};
use super::position::Encoding;
use super::transport::{self, Incoming};
use super::workspace::{Role, Workspace};
use super::{address, requests};
use crate::config::Surroundings;

/// The code of a request before `initialize`.
const NOT_INITIALIZED: ErrorCodes = ErrorCodes::ServerNotInitialized;

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As the protocol says, after `shutdown`.
    Told,
    /// Without `shutdown`.
    Abrupt,
}

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Open,
    ShutDown,
}

/// One side of a conversation.
pub(super) struct Server<'a, W> {
    output: W,
    pub(super) workspace: Workspace<'a>,
    pub(super) client: Client,
    phase: Phase,
    /// Whether findings may have changed since they were sent.
    is_dirty: bool,
    /// What was sent, by path, each for which version of an open file.
    published: BTreeMap<String, (Option<i32>, Vec<Diagnostic>)>,
}

/// How a file was changed. A range that is none is a fault, and not the whole file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    text_document: VersionedTextDocumentIdentifier,
    content_changes: Vec<Change>,
}

/// Why a request has no answer.
pub(super) struct Refusal(ErrorCodes, String);

impl Refusal {
    fn of(code: ErrorCodes, why: impl Into<String>) -> Self {
        Self(code, why.into())
    }
}

/// What a request is answered with.
pub(super) type Answer = Result<Value, Refusal>;

impl<'a, W: Write> Server<'a, W> {
    /// Begins a conversation in which nothing was said yet.
    pub(super) fn new(output: W, disk: &'a dyn Surroundings) -> Self {
        Self {
            output,
            workspace: Workspace::new(disk),
            client: Client::default(),
            phase: Phase::Before,
            is_dirty: false,
            published: BTreeMap::new(),
        }
    }

    /// Whether there are findings to work out and to send.
    pub(super) fn is_dirty(&self) -> bool {
        self.is_dirty && self.phase == Phase::Open
    }

    /// Takes in what came, and answers it; returns how the conversation ended, if it did.
    pub(super) fn take(&mut self, incoming: Incoming) -> io::Result<Option<End>> {
        let message = match incoming {
            Incoming::Message(message) => message,
            Incoming::Faulty(why) => {
                let refusal = Refusal::of(ErrorCodes::ParseError, why);
                self.answer(&Id::Null, Err(refusal))?;
                return Ok(None);
            }
        };
        let id = message.get("id").cloned();
        let Some(method) = message.get("method").and_then(Value::as_str) else {
            // An answer to a question of ours, or nothing at all.
            let is_answer = message.get("result").or(message.get("error")).is_some();
            if !is_answer {
                let refusal = Refusal::of(ErrorCodes::InvalidRequest, "the message has no method");
                self.answer(&Id::Null, Err(refusal))?;
            }
            return Ok(None);
        };
        let params = message.get("params").cloned().unwrap_or(Value::Null);
        if let Some(id) = id {
            let id = serde_json::from_value(id).unwrap_or(Id::Null);
            let answer = self.request(method, params);
            self.answer(&id, answer)?;
            return Ok(None);
        }
        if method == "exit" {
            return Ok(Some(self.end()));
        }
        if self.phase == Phase::Open {
            self.notification(method, params)?;
        }
        Ok(None)
    }

    /// Says how a conversation ended that goes no further.
    pub(super) fn end(&self) -> End {
        match self.phase {
            Phase::ShutDown => End::Told,
            Phase::Before | Phase::Open => End::Abrupt,
        }
    }

    fn answer(&mut self, id: &Id, answer: Answer) -> io::Result<()> {
        let message = match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(Refusal(code, message)) => {
                let data = None;
                let error = Error {
                    code,
                    message,
                    data,
                };
                json!({"jsonrpc": "2.0", "id": id, "error": error})
            }
        };
        transport::write(&mut self.output, &message)
    }

    fn request(&mut self, method: &str, params: Value) -> Answer {
        match (self.phase, method) {
            (Phase::Before, "initialize") => {
                self.client = Client::of(&params);
                self.workspace.folders.clone_from(&self.client.folders);
                self.phase = Phase::Open;
                said(&offered(self.client.encoding))
            }
            (Phase::Before, _) => Err(Refusal::of(NOT_INITIALIZED, "`initialize` comes first")),
            (Phase::ShutDown, _) => {
                let why = "the server was told to shut down";
                Err(Refusal::of(ErrorCodes::InvalidRequest, why))
            }
            (Phase::Open, "initialize") => {
                let why = "`initialize` comes once";
                Err(Refusal::of(ErrorCodes::InvalidRequest, why))
            }
            (Phase::Open, "shutdown") => {
                self.phase = Phase::ShutDown;
                Ok(Value::Null)
            }
            (Phase::Open, "textDocument/hover") => requests::hover(self, &read(params)?),
            (Phase::Open, "textDocument/completion") => requests::completion(self, &read(params)?),
            (Phase::Open, "textDocument/definition") => requests::definition(self, &read(params)?),
            (Phase::Open, "textDocument/documentSymbol") => {
                Ok(requests::symbols(self, &read(params)?))
            }
            (Phase::Open, "textDocument/formatting") => requests::formatting(self, &read(params)?),
            (Phase::Open, "textDocument/codeAction") => Ok(requests::actions(self, &read(params)?)),
            (Phase::Open, _) => {
                let why = format!(
                    "there is no `{}`",
                    method.chars().take(100).collect::<String>()
                );
                Err(Refusal::of(ErrorCodes::MethodNotFound, why))
            }
        }
    }

    /// Takes in a notification. One that is not understood is passed over, as the protocol says.
    fn notification(&mut self, method: &str, params: Value) -> io::Result<()> {
        match method {
            "initialized" => return self.watch(),
            "textDocument/didOpen" => {
                if let Ok(opened) = read::<gen_lsp_types::DidOpenTextDocumentParams>(params) {
                    let document = opened.text_document;
                    let documents = &mut self.workspace.documents;
                    documents.open(document.uri, document.version, document.text);
                    self.workspace.moved();
                }
            }
            "textDocument/didChange" => {
                if let Ok(changed) = read::<Changed>(params) {
                    let document = changed.text_document;
                    let uri = document.text_document_identifier.uri;
                    let by = self.client.encoding;
                    let documents = &mut self.workspace.documents;
                    documents.change(&uri, document.version, changed.content_changes, by);
                    self.workspace.changed(&address::path_of(&uri));
                }
            }
            "textDocument/didClose" => {
                if let Ok(closed) = read::<gen_lsp_types::DidCloseTextDocumentParams>(params) {
                    self.workspace.documents.close(&closed.text_document.uri);
                    self.workspace.moved();
                }
            }
            "workspace/didChangeWorkspaceFolders" => {
                if let Ok(moved) = read::<gen_lsp_types::DidChangeWorkspaceFoldersParams>(params) {
                    let paths = |folders: Vec<gen_lsp_types::WorkspaceFolder>| -> Vec<String> {
                        folders
                            .iter()
                            .map(|folder| address::path_of(&folder.uri))
                            .collect()
                    };
                    let (added, removed) = (paths(moved.event.added), paths(moved.event.removed));
                    let folders = &mut self.workspace.folders;
                    folders.retain(|folder| !removed.contains(folder));
                    folders.extend(added);
                    self.workspace.moved();
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.workspace.moved(),
            _ => return Ok(()),
        }
        self.is_dirty = true;
        Ok(())
    }

    /// Asks to be told when rules files change on the disk, if the editor can tell.
    fn watch(&mut self) -> io::Result<()> {
        if !self.client.can(Can::Watch) {
            return Ok(());
        }
        let watched = json!({"watchers": [{"globPattern": "**/*.{yaml,yml}"}]});
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({"id": "watch", "method": method, "registerOptions": watched});
        let message = json!({
            "jsonrpc": "2.0",
            "id": "watch",
            "method": "client/registerCapability",
            "params": {"registrations": [registration]},
        });
        transport::write(&mut self.output, &message)
    }

    /// Works out the findings of all open files and sends those that are new.
    pub(super) fn publish(&mut self) -> io::Result<()> {
        self.is_dirty = false;
        let manner = self.manner();
        let open: Vec<String> = self
            .workspace
            .documents
            .paths()
            .map(str::to_owned)
            .collect();
        let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let mut used = BTreeSet::new();
        for path in &open {
            let main = match self.workspace.role(path) {
                Some(Role::Rules(main)) => main,
                Some(Role::Alone | Role::Cases) => path.clone(),
                Some(Role::Foreign) => {
                    found.entry(path.clone()).or_default();
                    continue;
                }
                None => continue,
            };
            let is_new = used.insert(main);
            if self.workspace.unit(path).is_none() || !is_new {
                continue;
            }
            let Some(unit) = self.workspace.known(path) else {
                continue;
            };
            for (path, shown) in findings::by_file(unit, &self.workspace.documents, manner) {
                let all = found.entry(path).or_default();
                let fresh: Vec<Diagnostic> =
                    shown.into_iter().filter(|one| !all.contains(one)).collect();
                all.extend(fresh);
            }
        }
        self.workspace.keep(&used);
        self.send(found)
    }

    fn send(&mut self, mut found: BTreeMap<String, Vec<Diagnostic>>) -> io::Result<()> {
        for path in self.published.keys() {
            found.entry(path.clone()).or_default();
        }
        for (path, diagnostics) in found {
            let document = self.workspace.documents.get(&path);
            let version = document.map(|document| document.version);
            // Of a file that is not open, nothing is said as long as there is nothing.
            let is_idle = document.is_none() && diagnostics.is_empty();
            let before = self.published.get(&path);
            if before.map_or(is_idle, |sent| *sent == (version, diagnostics.clone())) {
                continue;
            }
            let params = PublishDiagnosticsParams {
                uri: uri_of(&self.workspace.documents, &path),
                version,
                diagnostics: diagnostics.clone(),
            };
            let method = "textDocument/publishDiagnostics";
            let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
            transport::write(&mut self.output, &message)?;
            if is_idle {
                self.published.remove(&path);
            } else {
                self.published.insert(path, (version, diagnostics));
            }
        }
        Ok(())
    }

    /// Returns how this editor wants findings.
    pub(super) fn manner(&self) -> Manner {
        Manner {
            encoding: self.client.encoding,
            shows_related: self.client.can(Can::ShowRelated),
        }
    }

    /// Returns what columns count.
    pub(super) fn encoding(&self) -> Encoding {
        self.client.encoding
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params)
        .map_err(|error| Refusal::of(ErrorCodes::InvalidParams, error.to_string()))
}

/// Returns a value as the protocol writes it.
pub(super) fn said(value: &impl Serialize) -> Answer {
    serde_json::to_value(value)
        .map_err(|error| Refusal::of(ErrorCodes::InternalError, error.to_string()))
}
