//! What the editor can do, and what it is offered.

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
    /// Whether it shows other places beside a finding's own.
    pub(super) shows_related: bool,
    /// Whether it takes symbols that have others in them, with the place of the name alone.
    pub(super) nests_symbols: bool,
    /// Whether edits can say which version of a document they are for.
    pub(super) checks_versions: bool,
    /// Whether it can be asked to tell what changes on the disk.
    pub(super) can_watch: bool,
}

impl Default for Client {
    /// An editor that says nothing of itself.
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf16,
            folders: Vec::new(),
            shows_related: false,
            nests_symbols: false,
            checks_versions: false,
            can_watch: false,
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
        Self {
            encoding,
            folders: folders(params),
            shows_related: can("textDocument/publishDiagnostics/relatedInformation"),
            nests_symbols: can("textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            checks_versions: can("workspace/workspaceEdit/documentChanges"),
            can_watch: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
        }
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
