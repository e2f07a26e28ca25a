//! Names of a template that begin with `$`, as those of Prometheus do.

use crate::diag::{Diagnostic, Span};

/// How many are looked at in one template.
const FOUND_MAX: usize = 16;

/// Adds to a fault at a `$` what is to be written for each that the template has.
pub(super) fn without(text: &str, fault: Diagnostic) -> Diagnostic {
    let Some(found) = all(text).filter(|found| !found.is_empty()) else {
        return fault.help(
            "names have no `$` here: write for example `{{ value }}` or `{{ labels.team }}`",
        );
    };
    let mut written: Vec<String> = Vec::new();
    for (_, meant) in &found {
        let meant = format!("`{{{{ {meant} }}}}`");
        if !written.contains(&meant) {
            written.push(meant);
        }
    }
    let help = format!("names have no `$` here: write {}", written.join(" and "));
    let fault = fault.help(help);
    found
        .into_iter()
        .fold(fault, |fault, (span, meant)| fault.fix(span, meant))
}

/// Returns where the names stand and what each is called here; `None` if that is not known of one.
fn all(text: &str) -> Option<Vec<(Span, &str)>> {
    let signs = text.match_indices('$').map(|(at, _)| at);
    let in_braces = signs.filter(|at| {
        let before = &text[..*at];
        before.rfind("{{").max(before.rfind("{%")) > before.rfind("}}").max(before.rfind("%}"))
    });
    in_braces.take(FOUND_MAX).map(|at| of(text, at)).collect()
}

fn of(text: &str, at: usize) -> Option<(Span, &str)> {
    let rest = &text[at + 1..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
    let name = &rest[..end.unwrap_or(rest.len())];
    let meant = match name.split_once('.') {
        None if name == "value" => name,
        Some(("labels", "alertname")) => "rule",
        Some(("labels", label @ ("rule" | "severity" | "account" | "domain"))) => label,
        Some(("labels", label)) if !label.is_empty() && !label.contains('.') => name,
        _ => return None,
    };
    Some((Span::new(at, at + 1 + name.len()), meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_in_braces_is_known_without_its_sign() {
        let told = |text| {
            let found = all(text)?;
            let meant: Vec<&str> = found.into_iter().map(|(_, meant)| meant).collect();
            Some(meant.join(" "))
        };
        for (text, meant) in [
            ("{{ $labels.domain }}: {{ $value }}", Some("domain value")),
            (
                "{{ $labels.alertname }} {{ $labels.team }}",
                Some("rule labels.team"),
            ),
            ("$5 {{ value }}", Some("")),
            ("{{ $value }} {{ $externalURL }}", None),
            ("{{ $labels }}", None),
        ] {
            assert_eq!(told(text).as_deref(), meant, "{text}");
        }
    }
}
