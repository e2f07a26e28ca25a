"""Holds the JSON Schemas against the loader, with a validator that is not ours.

    python -m venv venv && venv/bin/pip install -r tests/schema/requirements.txt
    venv/bin/python tests/schema/check.py target/debug/foghorn

The schemas are sound by their draft's own schema. The files of the repository that are good are
good by them; files with a wrong key or word are not. And over thousands of small changes of
those files: what a schema refuses, lint refuses, and neither takes an unknown key.
Prints what was checked; exits with 1 if something does not hold.
"""

import copy
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parent.parent.parent
# Lint fixtures whose faults are of form: keys, words, or a value of the wrong kind.
FAULTY = ["duration", "no-effect", "type-mismatch", "typos", "unknown-name"]
# What the rules files name as variables.
VARIABLES = ["SMTP_PASSWORD", "HOOK_SECRET", "DING", "DING_SECRET", "FOGHORN_AK", "FOGHORN_SK", "FOGHORN_ADMIN",
             "SLACK_URL", "FEISHU_HOOK", "FEISHU_SECRET", "WECOM_KEY", "TEAMS_URL", "DISCORD_URL", "TELEGRAM_TOKEN",
             "PAGERDUTY_KEY", "OPSGENIE_KEY"]
# Findings of what the loader knows, and this version cannot do.
LATER = {"unsupported", "no-effect"}


class Loader(yaml.SafeLoader):
    """Reads YAML by the core schema of version 1.2, as editors do: keys are texts, and times
    and `no` are no types of their own."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        pairs = ((key, value) for key, value in node.value)
        return {self.key(key): self.construct_object(value, deep=True) for key, value in pairs}

    def key(self, node):
        if not isinstance(node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key that is no text", node.start_mark)
        return node.value


def resolver(kind, pattern, first):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{pattern})$"), list(first))


resolver("null", r"~|null|Null|NULL|", ["~", "n", "N", ""])
resolver("bool", r"true|True|TRUE|false|False|FALSE", "tTfF")
resolver("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789")
resolver("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789")
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: number(node.value))
Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def number(text):
    return int(text, 0) if re.match(r"0[xo]", text) else int(text)


def read(text):
    """Returns the value of a YAML text, or None if it is no YAML."""
    try:
        return yaml.load(text, Loader)
    except (yaml.YAMLError, ValueError):
        return None


def ask(program, *arguments):
    """Runs the program, with every variable set."""
    environment = {name: "https://x.example.com/" if name.endswith("_URL") else "x" for name in VARIABLES}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, cwd=ROOT)
    return done.stdout


def findings(program, paths):
    """Returns the errors that lint finds, by file, but for those of later versions."""
    found = {str(path): [] for path in paths}
    report = json.loads(ask(program, "lint", "--format", "json", *map(str, paths)))
    for one in report["diagnostics"]:
        if one["severity"] == "error" and one["code"] not in LATER:
            found[one["file"]].append(one["message"])
    return found


def places(value, path=()):
    """Yields the path of every value within a value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def replaced(value, path, change):
    """Returns a copy in which the value at a path is another."""
    if not path:
        return change
    value = copy.deepcopy(value)
    at(value, path[:-1])[path[-1]] = change
    return value


def changes(value):
    """Yields small changes of a file: each with what was done."""
    others = [None, True, 0, 1.5, "zzz", "5m", [], {}, ["zzz"], {"zzz": "zzz"}]
    for path in places(value):
        here = at(value, path)
        for other in others:
            yield f"{path} = {other!r}", replaced(value, path, copy.deepcopy(other))
        if isinstance(here, list):
            yield f"{path} twice", replaced(value, path, here + here)
            yield f"{path} + null", replaced(value, path, [*here, None])
            if len(here) == 1:
                yield f"{path} alone", replaced(value, path, here[0])
        else:
            yield f"{path} in a list", replaced(value, path, [here])
        if isinstance(here, dict):
            yield f"{path} + zzz", replaced(value, path, {**here, "zzz": 1})
            for key in here:
                rest = {k: v for k, v in here.items() if k != key}
                yield f"{path} - {key}", replaced(value, path, rest)


def main(program):
    failed = []

    def expect(what, holds):
        print(("ok     " if holds else "FAILED ") + what)
        if not holds:
            failed.append(what)

    schemas = {}
    for name, option in [("rules", []), ("tests", ["--tests"])]:
        schemas[name] = json.loads(ask(program, "schema", *option))
        Draft202012Validator.check_schema(schemas[name])
        expect(f"the schema of {name} is sound", True)
    validators = {name: Draft202012Validator(schema) for name, schema in schemas.items()}

    def faults(name, value):
        return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validators[name].iter_errors(value)]

    complete = ROOT / "tests/config/complete.yaml"
    good = [("rules", ROOT / "rules.example.yaml"), ("rules", complete), ("tests", ROOT / "rules.example.test.yaml")]
    with tempfile.TemporaryDirectory() as folder:
        ask(program, "init", "--yes", "--source", "aliyun_cdn", f"{folder}/rules.yaml")
        good += [("rules", Path(folder) / "rules.yaml"), ("tests", Path(folder) / "rules.test.yaml")]
        for name, path in good:
            found = faults(name, read(path.read_text()))
            expect(f"{path.name} is good by the schema of {name} {found or ''}", not found)

    fixtures = sorted((ROOT / "tests/lint").rglob("*.yaml"))
    errors = findings(program, fixtures)
    refused = set()
    for path in fixtures:
        value = read(path.read_text())
        if value is not None and faults("rules", value):
            refused.add(path.stem)
            expect(f"{path.name} is refused by both", bool(errors[str(path)]))
    for name in FAULTY:
        expect(f"{name}.yaml is refused by the schema", name in refused)

    with tempfile.TemporaryDirectory() as folder:
        sources = [complete, Path(__file__).parent / "every.yaml"]
        told = {}
        for path, errors in findings(program, sources).items():
            expect(f"{Path(path).name} is good before it is changed {errors or ''}", not errors)
        for source in sources:
            for what, value in changes(read(source.read_text())):
                path = Path(folder) / f"{len(told)}.yaml"
                # JSON is YAML, and says what is a text.
                path.write_text(json.dumps(value, ensure_ascii=False))
                told[str(path)] = (source.name, what, value)
        count = {"refused": 0, "unknown": 0}
        paths = list(told)
        for start in range(0, len(paths), 500):
            part = paths[start : start + 500]
            for path, errors in findings(program, part).items():
                source, what, value = told[path]
                found = faults("rules", value)
                count["refused"] += bool(found)
                if found and not errors:
                    expect(f"{source} {what}: the schema alone refuses it: {found}", False)
                if what.endswith("+ zzz") and any("no key `zzz`" in error for error in errors):
                    count["unknown"] += 1
                    if not found:
                        expect(f"{source} {what}: the loader alone refuses the key", False)
        print(f"       {len(told)} changed files, {count['refused']} refused, {count['unknown']} for a key")
        expect("the changes reach the schema", count["refused"] > 500 and count["unknown"] > 30)

    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
