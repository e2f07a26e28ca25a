//! What the protocol says of the order of things, and what happens when an editor does not keep
//! to it.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use foghorn::lsp::End;
use serde_json::{Value, json};

use super::editor::{Disk, Editor, told, uri};

const PATH: &str = "/w/rules.yaml";

#[test]
fn what_is_not_understood_is_refused_and_the_server_goes_on() {
    let mut editor = Editor::new(Disk::default());
    let answer = editor.answer("textDocument/rename", &json!({}));
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    let answer = editor.answer("textDocument/hover", &json!({"position": 7}));
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    for odd in [
        "{]}",
        "\"x\"",
        "[]",
        "{}",
        "null",
        "{\"id\": {}, \"method\": \"x\"}",
        &"[".repeat(9999),
    ] {
        editor.write(format!("Content-Length: {}\r\n\r\n{odd}", odd.len()).as_bytes());
        let message = editor.receive().unwrap();
        assert!(message["error"]["code"].is_i64(), "{odd}: {message}");
    }
    editor.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    editor.notify("$/setTrace", &json!({"value": "off"}));
    editor.notify("textDocument/didChange", &json!([1, 2]));
    editor.notify("textDocument/didOpen", &Value::Null);
    editor.send(&json!({"jsonrpc": "2.0", "id": 99, "result": null}));
    let nowhere =
        json!({"textDocument": {"uri": "file:///w/none"}, "position": {"line": 0, "character": 0}});
    for method in ["hover", "completion", "definition"] {
        let method = format!("textDocument/{method}");
        assert!(editor.ask(&method, &nowhere).is_null(), "{method}");
    }
    let text = "rules:\n  - name: a\n    when: 5xx > 10%\n";
    let findings = told(&editor.open(PATH, text));
    assert!(!findings.contains(" error "), "{findings}");
    editor.end();
}

#[test]
fn the_conversation_has_a_beginning_and_an_end() {
    let mut editor = Editor::silent(Disk::default());
    let answer = editor.answer("textDocument/hover", &json!({}));
    assert_eq!(answer["error"]["code"], -32002, "{answer}");
    editor.begin(&json!({"general": 3, "workspace": []}));
    let answer = editor.answer("initialize", &json!({}));
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
    editor.ask("shutdown", &Value::Null);
    let answer = editor.answer("textDocument/hover", &json!({}));
    assert_eq!(answer["error"]["code"], -32600, "{answer}");
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.ended(), End::Told);

    let mut editor = Editor::new(Disk::default());
    editor.notify("exit", &Value::Null);
    assert_eq!(editor.ended(), End::Abrupt);
    assert_eq!(Editor::new(Disk::default()).ended(), End::Abrupt);
}

#[test]
fn the_program_ends_with_the_status_that_the_protocol_wants() {
    let said = |messages: &[Value]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_foghorn"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        for message in messages {
            let body = message.to_string();
            let framed = format!("Content-Length: {}\r\n\r\n{body}", body.len());
            std::io::Write::write_all(&mut input, framed.as_bytes()).unwrap();
        }
        drop(input);
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let initialize =
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}});
    let shutdown = json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"});
    let exit = json!({"jsonrpc": "2.0", "method": "exit"});
    let (status, out) = said(&[initialize.clone(), shutdown, exit.clone()]);
    assert_eq!(status, Some(0), "{out}");
    assert!(
        out.starts_with("Content-Length: ") && out.contains("hoverProvider"),
        "{out}"
    );
    assert_eq!(said(&[initialize, exit]).0, Some(1));
    assert_eq!(said(&[]).0, Some(1));
}

#[test]
fn who_types_on_in_a_large_file_gets_the_findings_of_the_newest_text() {
    let mut text = "rules:\n".to_owned();
    let mut rules = 0;
    while text.len() < 1 << 18 {
        rules += 1;
        let _ = writeln!(
            text,
            "  - name: r{rules}\n    when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m\n    summary: a sentence that makes the rule as long as they are"
        );
    }
    let mut editor = Editor::new(Disk::default());
    editor.open(PATH, &text);
    for count in 0..30 {
        let start = json!({"line": 1, "character": 10});
        let range = json!({"start": start, "end": start});
        let letter = if count == 29 { "?" } else { "x" };
        editor.change(PATH, &json!([{"range": range, "text": letter}]));
    }
    let findings = told(&editor.findings(PATH));
    assert!(findings.contains("1:10-1:42 error syntax"), "{findings}");
    editor.end();
}

#[test]
fn no_keystroke_breaks_the_server() {
    let text = "\
let: {gateway: 502|503}
rules:
  - name: a # foghorn: allow(no-hysteresis) it is so
    when: |
      5xx > 10% # so
      and gateway > 1%
    domains: [\"*.example.com\", '!x']
notify:
  receivers: {a: [console: {}]}
  routes: [{match: {severity: critical}, to: [a]}]
";
    let mut editor = Editor::new(Disk::default());
    editor.open(PATH, "");
    let document = json!({"uri": uri(PATH)});
    for end in (0..text.len()).step_by(7).chain([text.len()]) {
        editor.change(PATH, &json!([{"text": &text[..end]}]));
        let line = text[..end].matches('\n').count();
        for character in [0, 4, 11, 1000] {
            let position = json!({"line": line, "character": character});
            let params = json!({"textDocument": document, "position": position});
            for method in ["hover", "completion", "definition"] {
                editor.ask(&format!("textDocument/{method}"), &params);
            }
        }
        let whole =
            json!({"start": {"line": 0, "character": 0}, "end": {"line": line, "character": 9}});
        let params =
            json!({"textDocument": document, "range": whole, "context": {"diagnostics": []}});
        editor.ask("textDocument/codeAction", &params);
        editor.ask(
            "textDocument/documentSymbol",
            &json!({"textDocument": document}),
        );
    }
    editor.end();
}
