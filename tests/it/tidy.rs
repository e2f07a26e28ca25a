//! What the source text keeps to: who may import whom, a pure core, short files.
//!
//! The tables are data, so that a new edge or exception is a line that somebody decides on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The rooms from the top of the house down, each with those that it imports. A room imports
/// only rooms above it.
const ROOMS: [(&str, &[&str]); 22] = [
    // Words.
    ("unit", &[]),
    ("diag", &["unit"]),
    // The core.
    ("lang", &["unit", "diag"]),
    ("proof", &["unit", "diag", "lang"]),
    ("engine", &["unit", "lang"]),
    ("dispatch", &["unit", "lang", "engine"]),
    ("pipeline", &["unit", "lang", "engine", "dispatch"]),
    // Files.
    ("yaml", &["diag"]),
    ("samples", &["unit", "engine"]),
    (
        "replay",
        &[
            "unit", "diag", "lang", "engine", "dispatch", "pipeline", "samples",
        ],
    ),
    (
        "config",
        &[
            "unit", "diag", "lang", "engine", "dispatch", "yaml", "samples", "replay",
        ],
    ),
    (
        "lint",
        &[
            "unit", "diag", "lang", "proof", "engine", "dispatch", "pipeline", "samples", "replay",
            "config",
        ],
    ),
    // Edges, which do not know each other; but a request is signed with the time, and whoever calls
    // others tells their faults in the same words.
    ("clock", &[]),
    ("causes", &[]),
    (
        "source",
        &["unit", "engine", "yaml", "config", "clock", "causes"],
    ),
    ("store", &["unit", "lang", "engine", "dispatch", "pipeline"]),
    ("receiver", &["unit", "dispatch", "config", "causes"]),
    // The shell.
    ("telemetry", &[]),
    (
        "web",
        &[
            "unit",
            "diag",
            "lang",
            "engine",
            "dispatch",
            "pipeline",
            "samples",
            "config",
            "clock",
            "store",
            "receiver",
            "telemetry",
        ],
    ),
    (
        "daemon",
        &[
            "unit",
            "diag",
            "lang",
            "engine",
            "dispatch",
            "pipeline",
            "config",
            "clock",
            "causes",
            "source",
            "store",
            "receiver",
            "telemetry",
            "web",
        ],
    ),
    ("lsp", &["unit", "diag", "lang", "config", "lint"]),
    (
        "cli",
        &[
            "unit", "diag", "lang", "proof", "engine", "dispatch", "pipeline", "config", "lint",
            "samples", "replay", "clock", "causes", "source", "store", "receiver", "daemon", "lsp",
        ],
    ),
];

/// The rooms whose results depend on their arguments alone: core and files.
const PURE: [&str; 12] = [
    "unit", "diag", "lang", "proof", "engine", "dispatch", "pipeline", "yaml", "config", "lint",
    "samples", "replay",
];

/// What the pure rooms do not name, and why.
const IMPURE: [(&str, &str); 15] = [
    ("tokio", "the core has no tasks"),
    ("std::fs", "files are read at the edges"),
    ("File::", "files are read at the edges"),
    ("std::net::Tcp", "the network is at the edges"),
    ("std::net::Udp", "the network is at the edges"),
    ("std::env", "the environment is an argument"),
    ("std::process", "the core starts nothing"),
    ("std::thread", "the core has no threads"),
    ("Instant", "the time is an argument"),
    ("SystemTime", "the time is an argument"),
    ("Utc::now", "the time is an argument"),
    ("HashMap", "its order is not part of the text"),
    ("HashSet", "its order is not part of the text"),
    ("RandomState", "a seed is an argument"),
    ("getrandom", "a seed is an argument"),
];

/// Words that only some places may use: the word, the beginnings of their paths, and why.
const RESERVED: [(&str, &[&str], &str); 8] = [
    (
        "serde_saphyr",
        &["src/yaml/"],
        "only the reader of YAML knows the library behind it",
    ),
    ("sqlx", &["src/store/"], "only the store knows SQL"),
    (
        "anyhow",
        &["src/cli/", "src/daemon/"],
        "elsewhere a fault is an enum, whose variants callers can tell apart",
    ),
    (
        "lettre",
        &["src/receiver/", "src/config/notify/mail.rs"],
        "only receivers send mail; the rules file's addresses are read as mail programs read them",
    ),
    (
        "reqwest",
        &["src/source/", "src/receiver/", "src/daemon/"],
        "only edges call others",
    ),
    (
        "axum",
        &["src/web/", "src/source/simulator/"],
        "only the pages and the simulator serve",
    ),
    (
        "DefaultHasher",
        &["src/pipeline/intake.rs"],
        "digests that never leave the process",
    ),
    (
        "process::exit",
        &[],
        "a program ends by returning from `main`",
    ),
];

/// Where floats are, and why they decide nothing.
const FLOATS: [(&str, &str); 9] = [
    ("src/receiver/chart/mod.rs", "a picture for people"),
    ("src/receiver/chart/scale.rs", "a picture for people"),
    ("src/receiver/chart/canvas.rs", "a picture for people"),
    ("src/receiver/chart/glyphs.rs", "a picture for people"),
    (
        "src/engine/estimate.rs",
        "an estimate of a quotient or a root, which whole numbers make exact",
    ),
    (
        "src/unit/decimal.rs",
        "a value to draw or to count, on its way out",
    ),
    (
        "src/samples/scalar.rs",
        "JSON's own number, kept as its text",
    ),
    (
        "src/source/aliyun/wire/loose.rs",
        "JSON's own number, kept as its text",
    ),
    (
        "src/source/simulator/answer.rs",
        "a proportion written as JSON's number, when types drift",
    ),
];

/// The most lines of a file, without its tests: more do not fit a sitting.
const LINES_MAX: usize = 400;

/// A file of the source: its path from the project's folder, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    /// The room that the file is of, unless it is the map or the program.
    fn room(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        let first = inner.split('/').next()?;
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (!["lib", "main"].contains(&room)).then_some(room)
    }

    /// How deep its module is: 1 for a room's own file.
    fn depth(&self) -> usize {
        self.path.matches('/').count() - usize::from(self.path.ends_with("/mod.rs"))
    }

    /// Whether all of it is tests.
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
    }

    /// Its text without the tests at its end.
    fn body(&self) -> &str {
        let tests = self.text.find("\n#[cfg(test)]\nmod tests {");
        tests.map_or(self.text.as_str(), |at| &self.text[..at])
    }

    /// The lines of its body that are code, with their numbers and without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.body().lines().enumerate();
        lines
            .map(|(at, line)| (at + 1, line.split("//").next().unwrap_or_default()))
            .filter(|(_, line)| !line.trim().is_empty())
    }
}

/// Returns the Rust files below a folder of the project, by path.
fn files(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Returns the source without the files that are all tests.
fn sources() -> Vec<File> {
    let mut found = files("src");
    found.retain(|file| !file.is_test());
    assert!(100 < found.len(), "the source is found");
    found
}

/// Whether a line has a word, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let ends = word.ends_with(is_part);
        !(before.is_some_and(is_part) || ends && after.is_some_and(is_part))
    })
}

/// Fails with all that was found, if anything was.
fn none(found: &[String]) {
    let mut told = String::new();
    for one in found {
        let _ = writeln!(told, "  {one}");
    }
    assert!(found.is_empty(), "\n{told}");
}

/// Returns which rooms each room imports, each with the first place that does.
fn edges() -> BTreeMap<(String, String), String> {
    let mut edges = BTreeMap::new();
    for file in sources() {
        let Some(room) = file.room() else { continue };
        for (number, line) in file.code() {
            for (at, begin) in line.match_indices("crate::") {
                let rest = &line[at + begin.len()..];
                let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                let other = &rest[..end.unwrap_or(rest.len())];
                if other != room {
                    edges
                        .entry((room.to_owned(), other.to_owned()))
                        .or_insert_with(|| format!("{}:{number}", file.path));
                }
            }
        }
    }
    edges
}

#[test]
fn a_room_imports_only_what_the_table_allows() {
    let table: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut found = Vec::new();
    for ((room, other), place) in edges() {
        let allowed = table.get(room.as_str());
        if !allowed.is_some_and(|allowed| allowed.contains(&other.as_str())) {
            found.push(format!(
                "{place}: `{room}` imports `{other}`, which is not in ROOMS"
            ));
        }
    }
    none(&found);
}

#[test]
fn the_table_has_only_edges_that_there_are() {
    let edges = edges();
    let mut found = Vec::new();
    for (room, others) in ROOMS {
        for other in others {
            if !edges.contains_key(&(room.to_owned(), (*other).to_owned())) {
                found.push(format!(
                    "`{room}` imports nothing of `{other}`: take it out of ROOMS"
                ));
            }
        }
    }
    none(&found);
}

#[test]
fn imports_go_one_way() {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (room, others) in ROOMS {
        for other in others {
            if !seen.contains(other) {
                found.push(format!("`{room}` imports `{other}`, which is further down"));
            }
        }
        seen.insert(room);
    }
    none(&found);
}

#[test]
fn every_room_is_in_the_table() {
    let rooms: BTreeSet<_> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    let sources = sources();
    let there: BTreeSet<_> = sources
        .iter()
        .filter_map(File::room)
        .map(str::to_owned)
        .collect();
    assert_eq!(there, rooms);
}

#[test]
fn imports_name_the_room_so_that_they_can_be_checked() {
    let mut found = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            let supers = line.matches("super::").count();
            if line.contains("crate::{") || line.contains("crate::*") {
                found.push(format!("{}:{number}: one `use` for each room", file.path));
            }
            if file.room().is_some() && file.depth() <= supers {
                found.push(format!("{}:{number}: `super` leaves the room", file.path));
            }
        }
    }
    none(&found);
}

#[test]
fn the_core_reads_no_file_no_clock_and_no_chance() {
    let mut found = Vec::new();
    for file in sources() {
        if !file.room().is_some_and(|room| PURE.contains(&room)) {
            continue;
        }
        for (number, line) in file.code() {
            for (word, why) in IMPURE {
                if has_word(line, word) {
                    found.push(format!("{}:{number}: `{word}`: {why}", file.path));
                }
            }
        }
    }
    none(&found);
}

#[test]
fn some_words_stay_in_their_rooms() {
    let mut found = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            for (word, places, why) in RESERVED {
                let is_allowed = places.iter().any(|place| file.path.starts_with(place));
                if has_word(line, word) && !is_allowed {
                    found.push(format!("{}:{number}: `{word}`: {why}", file.path));
                }
            }
        }
    }
    none(&found);
}

#[test]
fn floats_are_only_where_nothing_is_decided() {
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    for file in sources() {
        for (number, line) in file.code() {
            let is_float = ["f32", "f64", "to_f64"]
                .iter()
                .any(|word| has_word(line, word));
            if is_float && FLOATS.iter().any(|(path, _)| *path == file.path) {
                used.insert(file.path.clone());
            } else if is_float {
                found.push(format!("{}:{number}: a float", file.path));
            }
        }
    }
    for (path, _) in FLOATS.iter().filter(|(path, _)| !used.contains(*path)) {
        found.push(format!("{path} has no float: take it out of FLOATS"));
    }
    none(&found);
}

#[test]
fn a_file_fits_a_sitting_and_says_what_it_is() {
    let mut found = Vec::new();
    for file in files("src").iter().chain(&files("tests")) {
        let lines = file.body().lines().count();
        let is_long = LINES_MAX < lines && !file.is_test();
        if is_long {
            found.push(format!("{} has {lines} lines without its tests", file.path));
        }
        if !file.text.starts_with("//! ") {
            found.push(format!("{} does not begin with `//!`", file.path));
        }
    }
    none(&found);
}

#[test]
fn nothing_is_put_off() {
    // Written apart, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
        concat!("should", "_panic"),
        concat!("#[all", "ow("),
    ];
    let mut found = Vec::new();
    for file in files("src").iter().chain(&files("tests")) {
        for (number, line) in file.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                found.push(format!("{}:{}: `{word}`", file.path, number + 1));
            }
        }
    }
    none(&found);
}

#[test]
fn the_name_of_a_test_is_a_sentence() {
    let mut found = Vec::new();
    for file in files("src").iter().chain(&files("tests")) {
        let mut is_test = false;
        for (number, line) in file.text.lines().map(str::trim).enumerate() {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            }
            let name = line.trim_start_matches("async ").strip_prefix("fn ");
            let Some(name) = name.and_then(|rest| rest.split('(').next()) else {
                continue;
            };
            if is_test && (name.starts_with("test_") || name.split('_').count() < 3) {
                found.push(format!(
                    "{}:{}: `{name}` is no sentence",
                    file.path,
                    number + 1
                ));
            }
            is_test = false;
        }
    }
    none(&found);
}
