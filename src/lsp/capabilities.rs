//! What the editor can do, and what it is offered.

use std::collections::BTreeSet;

use gen_lsp_types::{
    ChangeNotifications, CodeActionKind, CodeActionOptions, CompletionOptions, InitializeResult,
    PositionEncodingKind, ServerCapabilities, ServerInfo, TextDocumentSyncKind,
    TextDocumentSyncOptions, Uri, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};
use serde_json::Value;

use super::address;
use super::position::Encoding;

/// How many folders may be open.
const FOLDERS_MAX: usize = 100;

/// What is known of an editor.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// What columns count.
    pub(super) encoding: Encoding,
    /// The folders that are open.
    pub(super) folders: Vec<String>,
    can: BTreeSet<Can>,
}

/// What an editor may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Can {
    /// Show other places beside a finding's own.
    ShowRelated,
    /// Take symbols that may hold others, with the place of the name alone.
    NestSymbols,
    /// Take edits that say for which version of a document they are.
    CheckVersions,
    /// Tell what changes on the disk, if it is asked to.
    Watch,
}

/// Where an editor says what it can.
const CAPABILITIES: [(Can, &str); 4] = [
    (
        Can::ShowRelated,
        "textDocument/publishDiagnostics/relatedInformation",
    ),
    (
        Can::NestSymbols,
        "textDocument/documentSymbol/hierarchicalDocumentSymbolSupport",
    ),
    (
        Can::CheckVersions,
        "workspace/workspaceEdit/documentChanges",
    ),
    (
        Can::Watch,
        "workspace/didChangeWatchedFiles/dynamicRegistration",
    ),
];

impl Default for Client {
    /// An editor that says nothing of itself.
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf16,
            folders: Vec::new(),
            can: BTreeSet::new(),
        }
    }
}

impl Client {
    /// Reads what an editor says of itself. It is looked up key by key: one that is not as the
    /// protocol has it does not keep the others from being read.
    pub(super) fn of(params: &Value) -> Self {
        let can = |path: &str| {
            let path = format!("/capabilities/{path}");
            params.pointer(&path).and_then(Value::as_bool) == Some(true)
        };
        let encodings = params.pointer("/capabilities/general/positionEncodings");
        let encodings = encodings.and_then(Value::as_array);
        let is_utf8 = encodings.is_some_and(|all| all.iter().any(|one| one == "utf-8"));
        let encoding = if is_utf8 {
            Encoding::Utf8
        } else {
            Encoding::Utf16
        };
        let known = CAPABILITIES.into_iter().filter(|(_, path)| can(path));
        Self {
            encoding,
            folders: folders(params),
            can: known.map(|(what, _)| what).collect(),
        }
    }

    /// Whether it can do something.
    pub(super) fn can(&self, what: Can) -> bool {
        self.can.contains(&what)
    }
}

fn folders(params: &Value) -> Vec<String> {
    let listed = params.get("workspaceFolders").and_then(Value::as_array);
    let listed = listed
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("uri"));
    let mut uris: Vec<&str> = listed.filter_map(Value::as_str).collect();
    if uris.is_empty() {
        uris.extend(params.get("rootUri").and_then(Value::as_str));
    }
    let path = |uri: &str| address::path_of(&Uri(uri.to_owned()));
    uris.into_iter().take(FOLDERS_MAX).map(path).collect()
}

/// Returns what an editor is offered.
pub(super) fn offered(encoding: Encoding) -> InitializeResult {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(true.into()),
        ..TextDocumentSyncOptions::default()
    };
    let triggers = [" ", "(", "|", "[", ","].map(str::to_owned).to_vec();
    let completion = CompletionOptions {
        trigger_characters: Some(triggers),
        ..CompletionOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
        ..CodeActionOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(ChangeNotifications::Bool(true)),
    };
    let capabilities = ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(sync.into()),
        hover_provider: Some(true.into()),
        completion_provider: Some(completion),
        definition_provider: Some(true.into()),
        document_symbol_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        code_action_provider: Some(actions.into()),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(folders),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    };
    let server_info = Some(ServerInfo {
        name: "foghorn".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
    });
    InitializeResult {
        capabilities,
        server_info,
    }
}
