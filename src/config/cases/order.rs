//! Expected events of one alert that cannot follow each other: it fires, and then resolves.

use crate::diag::{Code, Diagnostic, Span};
use crate::replay::fact::{At, Fact, Happening, What};

/// Says of each alert which of its events is the first that cannot be; each event has its place.
pub(super) fn contradictions(events: &[(Fact, Span)]) -> Vec<Diagnostic> {
    let mut events: Vec<&(Fact, Span)> = events.iter().collect();
    events.sort_by(|(a, _), (b, _)| (&a.rule, &a.domain, a.at).cmp(&(&b.rule, &b.domain, b.at)));
    let alerts = events.chunk_by(|(a, _), (b, _)| (&a.rule, &a.domain) == (&b.rule, &b.domain));
    alerts.filter_map(of_alert).collect()
}

fn of_alert(events: &[&(Fact, Span)]) -> Option<Diagnostic> {
    let mut fired: Option<&(Fact, Span)> = None;
    for event in events {
        let (fact, span) = event;
        let What::Event(happening) = fact.what else {
            continue;
        };
        let word = happening.as_str();
        let found = |message: String| {
            let fault = Diagnostic::new(Code::Syntax, *span, message).warning();
            fault.help("`foghorn test` shows what happens, minute by minute")
        };
        match (happening, fired) {
            (Happening::Fired, None) => fired = Some(event),
            (Happening::Fired, Some((first, place))) => {
                let since = At(first.at);
                let message = format!(
                    "the alert fires since {since}, and cannot be `fired` again before it is `resolved`"
                );
                return Some(found(message).also(*place, "it fires from here"));
            }
            (Happening::Resolved, Some(_)) => fired = None,
            (Happening::SeverityChanged, Some(_)) => {}
            (Happening::Resolved | Happening::SeverityChanged, None) => {
                return Some(found(format!(
                    "the alert does not fire at {}, so that it cannot be `{word}`",
                    At(fact.at)
                )));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(events: &[(u32, &str, Happening)]) -> Vec<usize> {
        let fact = |(at, rule, happening): &(u32, &str, Happening)| Fact {
            at: *at,
            rule: (*rule).to_owned(),
            domain: None,
            what: What::Event(*happening),
            severity: None,
        };
        let places = events.iter().enumerate();
        let facts = places.map(|(place, event)| (fact(event), Span::new(place, place)));
        let found = contradictions(&facts.collect::<Vec<_>>());
        found
            .iter()
            .map(|fault| fault.primary.span.start())
            .collect()
    }

    #[test]
    fn an_alert_fires_before_it_resolves_and_once() {
        use Happening::{Fired, Resolved, SeverityChanged};
        let whole = [
            (9, "a", Resolved),
            (2, "a", Fired),
            (4, "a", SeverityChanged),
        ];
        assert_eq!(told(&whole), [0; 0]);
        assert_eq!(
            told(&[(2, "a", Fired), (2, "b", Resolved), (5, "a", Fired)]),
            [2, 1]
        );
        assert_eq!(
            told(&[
                (2, "a", Fired),
                (3, "a", Resolved),
                (5, "a", SeverityChanged)
            ]),
            [2]
        );
        assert_eq!(
            told(&[(2, "a", Fired), (2, "a", Fired), (3, "a", Resolved)]),
            [1]
        );
    }
}
