#!/usr/bin/env python3
"""Holds what `foghorn lint --format sarif` prints against the schema of SARIF 2.1.0.

    python tests/sarif/check.py FOGHORN FOLDER

FOGHORN is the program, FOLDER one for files that go away. The schema is the one of OASIS, as the
crate `serde-sarif` ships it. Besides, the places are held against those of `--format json`.
"""

import json
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]

MANIFEST = """
[package]
name = "schema"
version = "0.0.0"
edition = "2024"
[dependencies]
serde-sarif = "=0.8.0"
[workspace]
"""


def schema(folder):
    """Returns the schema, from the sources of the crate."""
    crate = folder / "schema"
    (crate / "src").mkdir(parents=True)
    (crate / "src/lib.rs").write_text("")
    (crate / "Cargo.toml").write_text(MANIFEST)
    command = ["cargo", "metadata", "--format-version", "1"]
    said = subprocess.run(command, cwd=crate, check=True, stdout=subprocess.PIPE).stdout
    packages = json.loads(said)["packages"]
    manifest = next(p["manifest_path"] for p in packages if p["name"] == "serde-sarif")
    found = json.loads((pathlib.Path(manifest).parent / "src/schema.json").read_text())
    assert "2.1.0" in found["title"], found["title"]
    return found


def lint(program, style, path):
    """Returns the report of a file."""
    command = [program, "lint", "--no-env", "--format", style, path.name]
    done = subprocess.run(command, cwd=path.parent, stdout=subprocess.PIPE)
    assert done.returncode in (0, 1), (path, done.returncode)
    return json.loads(done.stdout)


def places_of_log(log):
    """Returns code, line and columns of each result that is told."""
    for result in log["runs"][0]["results"]:
        if not result.get("suppressions"):
            region = result["locations"][0]["physicalLocation"]["region"]
            yield (
                result["ruleId"],
                (region["startLine"], region["startColumn"]),
                (region["endLine"], region["endColumn"]),
            )


def places_of_report(report):
    """Returns code, line and columns of each diagnostic."""
    for found in report["diagnostics"]:
        start, end = found["span"]["start"], found["span"]["end"]
        yield found["code"], (start["line"], start["column"]), (end["line"], end["column"])


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    validator = jsonschema.Draft7Validator(schema(folder))
    silenced = folder / "silenced.yaml"
    silenced.write_text(
        "rules:\n"
        "  # foghorn: allow(no-traffic-guard) a quiet domain is told as well\n"
        "  - {name: a, when: 5xx > 10% for 3m}\n"
    )
    files = sorted((ROOT / "tests/lint").glob("*.yaml"))
    files += [ROOT / "rules.example.yaml", silenced]
    results = suppressed = 0
    for path in files:
        log = lint(program, "sarif", path)
        faults = list(validator.iter_errors(log))
        for fault in faults:
            print(f"{path.name}: {fault.json_path}: {fault.message}", file=sys.stderr)
        if faults:
            return 1
        told = list(places_of_report(lint(program, "json", path)))
        assert list(places_of_log(log)) == told, path
        run = log["runs"][0]
        for result in run["results"]:
            rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
            assert rule["id"] == result["ruleId"], result
        prints = [result["partialFingerprints"]["foghornFinding/v1"] for result in run["results"]]
        assert len(set(prints)) == len(prints), path
        results += len(prints)
        suppressed += sum(1 for result in run["results"] if result.get("suppressions"))
    assert suppressed > 0
    print(f"{len(files)} logs with {results} results, {suppressed} of them suppressed, are SARIF 2.1.0")
    return 0


if __name__ == "__main__":
    sys.exit(main())
