//! Keys that people bring along from Prometheus and Alertmanager, and what they are here.

/// What a key of another program is here.
pub(super) struct Foreign {
    /// What is to be written instead.
    pub(super) help: &'static str,
    /// The key that says the same with the same value, if there is one.
    pub(super) meant: Option<&'static str>,
}

/// Returns what a key means that another program has in such a map.
pub(super) fn key(what: &str, name: &str) -> Option<Foreign> {
    let (help, meant) = match (what, name) {
        ("a rule", "alert") => ("a rule has a name: write `name`", Some("name")),
        ("a rule", "expr") => ("a rule says when it fires: write `when`", Some("when")),
        ("a rule", "for") => (
            "how long it must hold stands in the condition: `when: 5xx > 10% for 10m`",
            None,
        ),
        ("a rule", "keep_firing_for") => (
            "when it ends stands in the condition: `when: 5xx > 10% until 5xx < 5% for 10m`",
            None,
        ),
        ("a rule", "annotations") => (
            "`summary:` and `runbook_url:` stand in the rule itself",
            None,
        ),
        ("a rule", "record") => (
            "values are not recorded: give them a name under `let:`",
            None,
        ),
        ("a rules file", "groups") => (
            "this is how Prometheus groups rules: here they stand in `rules:` one after the other",
            None,
        ),
        ("a rules file", "rule_files") => (
            "further files stand in `rules:`, such as `rules: [rules.d/*.yaml]`",
            None,
        ),
        ("a rules file", "receivers" | "routes" | "silences") => {
            ("it stands under `notify:`", None)
        }
        ("a rules file", "route") => ("write `notify: {routes: […]}`", None),
        ("a rules file", "inhibit" | "inhibit_rules" | "inhibitions") => {
            ("write `notify: {inhibit: […]}`", None)
        }
        ("a rules file", "domains") => (
            "which domains are watched stands under `source:`, which of them a rule is about in the rule",
            None,
        ),
        _ => return None,
    };
    Some(Foreign { help, meant })
}
