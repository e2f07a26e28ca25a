//! An editor that writes down what it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::thread::{JoinHandle, spawn};

use foghorn::config::Surroundings;
use foghorn::lsp::{End, serve};
use serde_json::{Value, json};

/// The files of a disk, by path.
#[derive(Clone, Default)]
pub struct Disk(pub BTreeMap<String, String>);

impl Surroundings for Disk {
    fn variable(&self, name: &str) -> Option<String> {
        panic!("the server asks for the variable {name}")
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.0
            .get(path)
            .cloned()
            .ok_or("there is no such file".to_owned())
    }

    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        let (folder, name) = pattern.rsplit_once('/').unwrap();
        let (begin, end) = name.split_once('*').unwrap_or((name, ""));
        let is_meant = |path: &&String| {
            let (of, own) = path.rsplit_once('/').unwrap();
            let is_whole = name.contains('*') || own == name;
            of == folder && own.starts_with(begin) && own.ends_with(end) && is_whole
        };
        Ok(self.0.keys().filter(is_meant).cloned().collect())
    }
}

/// One side of a conversation with a server of its own.
pub struct Editor {
    input: Option<PipeWriter>,
    output: BufReader<PipeReader>,
    server: JoinHandle<std::io::Result<End>>,
    ids: i64,
    /// What was told without being asked, in order.
    pub told: Vec<Value>,
    versions: BTreeMap<String, i64>,
}

impl Editor {
    /// Starts a server and says nothing yet.
    pub fn silent(disk: Disk) -> Self {
        let (input, to_server) = pipe().unwrap();
        let (from_server, output) = pipe().unwrap();
        let input = BufReader::new(input);
        Self {
            input: Some(to_server),
            output: BufReader::new(from_server),
            server: spawn(move || serve(input, output, &disk)),
            ids: 0,
            told: Vec::new(),
            versions: BTreeMap::new(),
        }
    }

    /// Starts a server in the folder `/w` and says what most editors say.
    pub fn new(disk: Disk) -> Self {
        let capabilities = json!({
            "textDocument": {
                "publishDiagnostics": {"relatedInformation": true},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            },
        });
        let mut editor = Self::silent(disk);
        editor.begin(&capabilities);
        editor
    }

    /// Says hello; returns what the server says of itself.
    pub fn begin(&mut self, capabilities: &Value) -> Value {
        let folders = json!([{"uri": "file:///w", "name": "w"}]);
        let params = json!({
            "processId": null, "rootUri": "file:///w", "workspaceFolders": folders,
            "capabilities": capabilities,
        });
        let hello = self.ask("initialize", &params);
        self.notify("initialized", &json!({}));
        hello
    }

    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
    }

    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Asks, and returns the whole answer.
    pub fn answer(&mut self, method: &str, params: &Value) -> Value {
        self.ids += 1;
        let id = self.ids;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.receive().unwrap();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.told.push(message);
        }
    }

    /// Asks, and returns the result.
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Returns the next message; `None` at the end of the stream.
    pub fn receive(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                _ => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        Some(serde_json::from_slice(&body).unwrap())
    }

    /// Opens a file, and returns the findings in it.
    pub fn open(&mut self, path: &str, text: &str) -> Vec<Value> {
        self.versions.insert(path.to_owned(), 1);
        let document = json!({
            "uri": uri(path), "languageId": "yaml", "version": 1, "text": text,
        });
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
        self.findings(path)
    }

    /// Replaces a file's text, and returns the findings in it.
    pub fn write_anew(&mut self, path: &str, text: &str) -> Vec<Value> {
        self.change(path, &json!([{"text": text}]));
        self.findings(path)
    }

    pub fn change(&mut self, path: &str, changes: &Value) {
        let version = self.versions.get_mut(path).unwrap();
        *version += 1;
        let document = json!({"uri": uri(path), "version": *version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.notify("textDocument/didChange", &params);
    }

    /// Waits for the findings in a file's newest text.
    pub fn findings(&mut self, path: &str) -> Vec<Value> {
        let version = self.versions.get(path).copied();
        self.findings_of(path, version)
    }

    /// Waits for the findings in a version of a file; one that is not open has none.
    pub fn findings_of(&mut self, path: &str, version: Option<i64>) -> Vec<Value> {
        let is_meant = |message: &Value| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri(path)
                && params["version"].as_i64() == version
        };
        let place = self.told.iter().position(is_meant);
        let message = match place {
            Some(place) => self.told.remove(place),
            None => loop {
                let message = self.receive().unwrap();
                if is_meant(&message) {
                    break message;
                }
                self.told.push(message);
            },
        };
        message["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Asks about the place of the `│` in a text, which must be that of an open file.
    pub fn at(&mut self, method: &str, path: &str, text: &str) -> Value {
        let (line, column) = place(text);
        let position = json!({"line": line, "character": column});
        let params = json!({"textDocument": {"uri": uri(path)}, "position": position});
        self.ask(method, &params)
    }

    /// Opens a text and returns what could be written at its `│`, as words.
    pub fn offers(&mut self, path: &str, text: &str) -> BTreeSet<String> {
        let plain = text.replace('│', "");
        if self.versions.contains_key(path) {
            self.write_anew(path, &plain);
        } else {
            self.open(path, &plain);
        }
        let list = self.at("textDocument/completion", path, text);
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Asks what can be done about what is found in a file.
    pub fn actions(&mut self, path: &str, finding: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": {"uri": uri(path)}, "range": finding["range"],
            "context": {"diagnostics": [finding]},
        });
        let actions = self.ask("textDocument/codeAction", &params);
        actions.as_array().unwrap().clone()
    }

    /// Ends the conversation as the protocol says.
    pub fn end(mut self) {
        assert_eq!(self.ask("shutdown", &Value::Null), Value::Null);
        self.notify("exit", &Value::Null);
        assert_eq!(self.ended(), End::Told);
    }

    /// Says nothing more, and returns how the server ended.
    pub fn ended(mut self) -> End {
        drop(self.input.take());
        while self.receive().is_some() {}
        self.server.join().unwrap().unwrap()
    }
}

pub fn uri(path: &str) -> String {
    format!("file://{path}")
}

/// Returns the line and the column, in units of UTF-16, of the `│` in a text.
pub fn place(text: &str) -> (usize, usize) {
    let at = text.find('│').unwrap();
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (
        text[..at].matches('\n').count(),
        text[line..at].encode_utf16().count(),
    )
}

/// Makes the edits of one file, whose columns are those of ASCII.
pub fn edited(text: &str, edits: &Value) -> String {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let offset = |position: &Value| {
        let number = |key: &str| usize::try_from(position[key].as_u64().unwrap()).unwrap();
        starts[number("line")] + number("character")
    };
    let mut edits: Vec<&Value> = edits.as_array().unwrap().iter().collect();
    edits.sort_by_key(|edit| offset(&edit["range"]["start"]));
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        text.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text
}

/// Says findings in one line each: where, how grave, which, and what.
pub fn told(findings: &[Value]) -> String {
    let mut lines = String::new();
    for finding in findings {
        let at = |key: &str| {
            let position = &finding["range"][key];
            format!("{}:{}", position["line"], position["character"])
        };
        let severity = ["", "error", "warning", "information", "hint"];
        let grave = severity[usize::try_from(finding["severity"].as_u64().unwrap()).unwrap()];
        let code = finding["code"].as_str().unwrap();
        let message = finding["message"].as_str().unwrap().replace('\n', " | ");
        let (start, end) = (at("start"), at("end"));
        let _ = writeln!(lines, "{start}-{end} {grave} {code}: {message}");
    }
    lines
}
