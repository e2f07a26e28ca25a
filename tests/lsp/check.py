"""Holds the language server against a client that is not ours: that of pygls.

    python -m venv venv && venv/bin/pip install -r tests/lsp/requirements.txt
    venv/bin/python tests/lsp/check.py target/debug/foghorn

A session as editors have it, over standard input and output, with the protocol's types: the
shipped example is opened, broken, mended by what the server offers, and formatted. Every answer
is read by the client into the protocol's own types, so that one of another form fails.
Prints what was checked; exits with 1 if something does not hold.
"""

import asyncio
import sys
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = (ROOT / "rules.example.yaml").read_text(encoding="utf-8")
# How long one answer may take, in seconds: it has milliseconds of work.
PATIENCE = 60


class Editor(LanguageClient):
    """An editor with one open file."""

    def __init__(self, uri):
        super().__init__("foghorn-check", "1")
        self.uri, self.version, self.text = uri, 0, ""
        self.told = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params):
            if params.uri == self.uri:
                self.told.put_nowait(params)

    @property
    def document(self):
        return types.TextDocumentIdentifier(uri=self.uri)

    async def findings(self):
        """Waits for the findings in the newest text."""
        while True:
            told = await asyncio.wait_for(self.told.get(), PATIENCE)
            if told.version == self.version:
                return told.diagnostics

    async def open(self, text):
        self.version, self.text = 1, text
        item = types.TextDocumentItem(uri=self.uri, language_id="yaml", version=1, text=text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
        return await self.findings()

    async def replace(self, old, new):
        """Changes one piece of the text, as typing does."""
        start = self.text.index(old)
        change = types.TextDocumentContentChangePartial(
            range=types.Range(self.position(start), self.position(start + len(old))), text=new
        )
        self.version += 1
        self.text = self.text[:start] + new + self.text[start + len(old) :]
        document = types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        params = types.DidChangeTextDocumentParams(document, [change])
        self.text_document_did_change(params)
        return await self.findings()

    def position(self, offset):
        before = self.text[:offset].split("\n")
        column = len(before[-1].encode("utf-16-le")) // 2
        return types.Position(line=len(before) - 1, character=column)

    def at(self, piece, inside=0):
        """The place of a piece of the text, as params of a question."""
        place = self.position(self.text.index(piece) + inside)
        return {"text_document": self.document, "position": place}

    async def apply(self, edits):
        """Makes edits, the last of the text first."""
        lines = self.text.split("\n")

        def offset(place):
            line = lines[place.line]
            units = line.encode("utf-16-le")[: place.character * 2].decode("utf-16-le")
            return sum(len(before) + 1 for before in lines[: place.line]) + len(units)

        text = self.text
        for edit in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
            start, end = offset(edit.range.start), offset(edit.range.end)
            text = text[:start] + edit.new_text + text[end:]
        self.version, self.text = self.version + 1, text
        document = types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        change = types.TextDocumentContentChangeWholeDocument(text=text)
        params = types.DidChangeTextDocumentParams(document, [change])
        self.text_document_did_change(params)
        return await self.findings()


def errors(findings):
    return [one for one in findings if one.severity == types.DiagnosticSeverity.Error]


def holds(what, is_so, shown=""):
    if not is_so:
        raise SystemExit(f"does not hold: {what}\n{shown}")
    print(f"  {what}")


async def session(program):
    editor = Editor((ROOT / "rules.example.yaml").as_uri())
    await editor.start_io(program, "lsp")
    folder = types.WorkspaceFolder(uri=ROOT.as_uri(), name="foghorn")
    related = types.PublishDiagnosticsClientCapabilities(related_information=True)
    nested = types.DocumentSymbolClientCapabilities(hierarchical_document_symbol_support=True)
    documents = types.TextDocumentClientCapabilities(
        publish_diagnostics=related, document_symbol=nested
    )
    hello = await editor.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(text_document=documents),
            workspace_folders=[folder],
        )
    )
    holds("the server says what it is", hello.server_info.name == "foghorn", hello)
    editor.initialized(types.InitializedParams())

    findings = await editor.open(EXAMPLE)
    holds("the shipped example has no errors", not errors(findings), findings)

    findings = await editor.replace("5xx > 10% given", "5xx > 10 given")
    holds("a fault is told as it is typed", len(errors(findings)) == 1, findings)
    fault = errors(findings)[0]
    place = editor.position(editor.text.index("5xx > 10 given"))
    holds("it is told where it stands", fault.range.start.line == place.line, fault)
    holds("it is told by its code", fault.code == "type-mismatch", fault)
    actions = await editor.text_document_code_action_async(
        types.CodeActionParams(
            text_document=editor.document,
            range=fault.range,
            context=types.CodeActionContext(diagnostics=[fault]),
        )
    )
    mends = [one for one in actions if one.is_preferred]
    if mends:
        findings = await editor.apply(mends[0].edit.changes[editor.uri])
        holds("it is mended by what is offered", not errors(findings), editor.text)
    else:
        findings = await editor.replace("5xx > 10 given", "5xx > 10% given")
        holds("it is mended by hand", not errors(findings), findings)

    hover = await editor.text_document_hover_async(
        types.HoverParams(**editor.at("given requests >= 50 for 3m"))
    )
    said = hover.contents.value
    holds("a condition is explained", "for 3 minutes in a row" in said, said)
    hover = await editor.text_document_hover_async(types.HoverParams(**editor.at("settle: 5m")))
    holds("a key is explained", "minute" in hover.contents.value, hover)

    offers = await editor.text_document_completion_async(
        types.CompletionParams(**editor.at("gateway > 20%", len("gateway >")))
    )
    labels = {item.label for item in offers.items}
    holds("what may follow is offered", "10%" in labels and "and" not in labels, labels)
    offers = await editor.text_document_completion_async(
        types.CompletionParams(**editor.at("to: [oncall]", len("to: [on")))
    )
    labels = {item.label for item in offers.items}
    holds("receivers are offered", labels == {"oncall", "screen"}, labels)

    found = await editor.text_document_definition_async(
        types.DefinitionParams(**editor.at("gateway > 20%", 3))
    )
    line = EXAMPLE[: EXAMPLE.index("gateway: 502")].count("\n")
    holds("a name leads to its definition", found.range.start.line == line, found)

    symbols = await editor.text_document_document_symbol_async(
        types.DocumentSymbolParams(text_document=editor.document)
    )
    names = [symbol.name for symbol in symbols]
    holds("the outline has the rules", "origin-5xx" in names and "oncall" in names, names)

    await editor.replace("5xx > 10% given requests >= 50", "(5XX)>10% given requests>=50")
    edits = await editor.text_document_formatting_async(
        types.DocumentFormattingParams(
            text_document=editor.document,
            options=types.FormattingOptions(tab_size=2, insert_spaces=True),
        )
    )
    await editor.apply(edits)
    holds("formatting restores the canonical form", editor.text == EXAMPLE, edits)

    await editor.shutdown_async(None)
    editor.exit(None)
    await asyncio.wait_for(editor._server.wait(), PATIENCE)
    holds("it ends with status 0", editor._server.returncode == 0)


if __name__ == "__main__":
    print("a session with the client of pygls:")
    asyncio.run(session(sys.argv[1]))
