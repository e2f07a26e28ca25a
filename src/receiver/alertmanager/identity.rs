//! What an alert is to Alertmanager and its clients: a set of labels, and the name of that set.
//!
//! All that speaks in Alertmanager's words goes by these: what peers are told, `format:
//! alertmanager`, and the API that its clients read.

use std::collections::BTreeMap;

use crate::dispatch::AlertView;
use crate::unit::Fnv64;

/// Returns the labels of an alert; as there, a label without a value is none. Its rule is
/// `alertname`.
pub fn labels(view: &AlertView) -> BTreeMap<String, String> {
    let own = view.labels.iter();
    let mut labels: BTreeMap<String, String> = own
        .map(|(name, value)| (label_name(name), value.clone()))
        .collect();
    for (name, value) in [
        ("alertname", &view.rule),
        ("account", &view.account),
        ("domain", &view.domain),
        ("severity", &view.severity),
    ] {
        labels.insert(name.to_owned(), value.clone());
    }
    labels.retain(|_, value| !value.is_empty());
    labels
}

/// Returns a label's name as every version of Alertmanager takes it.
fn label_name(name: &str) -> String {
    let sound = |(at, c): (usize, char)| match c {
        'a'..='z' | 'A'..='Z' | '_' => c,
        '0'..='9' if 0 < at => c,
        _ => '_',
    };
    name.chars().enumerate().map(sound).collect()
}

/// Returns Prometheus' name of a label set: FNV-1a over names and values, each with a byte that
/// no UTF-8 has.
pub fn fingerprint(labels: &BTreeMap<String, String>) -> String {
    let mut hash = Fnv64::default();
    for (name, value) in labels {
        for text in [name, value] {
            hash.write(text.as_bytes());
            hash.write(&[0xFF]);
        }
    }
    format!("{:016x}", hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_prometheus() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            fingerprint(&pairs.map(|(n, v)| ((*n).into(), (*v).into())).collect())
        };
        // Source: prometheus/common, model/signature_test.go.
        let worked = of(&[("name", "garland, briggs"), ("fear", "love is not enough")]);
        assert_eq!(worked, format!("{:016x}", 5_799_056_148_416_392_346_u64));
        assert_eq!(of(&[]), format!("{:016x}", 14_695_981_039_346_656_037_u64));
        let alert = [
            ("alertname", "Origin5xxHigh"),
            ("domain", "img.example.com"),
            ("severity", "page"),
        ];
        assert_eq!(of(&alert), "e9ff3bffb0d77b47");
    }
}
