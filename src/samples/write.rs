//! Samples as lines.

use serde_json::{Map, Value};

use crate::engine::{Proportion, Sample};
use crate::unit::{DomainName, Minute};

/// Places of a proportion.
const PLACES: usize = 15;
/// How many units make one percent.
const PERCENT: u64 = 10_u64.pow(15);

/// Returns the line of a sample, without a line break. Read again, it gives the same sample.
///
/// A code that is none is written as a dash, because what it was is not kept; a further one
/// has a number after it.
pub fn write_line(domain: &DomainName, minute: Minute, sample: &Sample) -> String {
    let mut codes = Map::new();
    let mut counts = Map::new();
    // Samples keep such parts in the reverse of the order in which they came.
    let mut nameless = sample.parts().iter().filter(|p| p.code.is_none()).count();
    for part in sample.parts() {
        let code = match part.code {
            Some(code) => code.to_string(),
            None if nameless == 1 => "-".to_owned(),
            None => format!("-{nameless:03}"),
        };
        nameless -= usize::from(part.code.is_none());
        if let Some(count) = part.count {
            counts.insert(code.clone(), Value::from(count));
        }
        codes.insert(code, Value::from(percent(part.proportion)));
    }
    let mut line = format!(
        r#"{{"domain":{},"minute":"{minute}","codes":{}"#,
        Value::from(domain.as_str()),
        Value::Object(codes)
    );
    if !counts.is_empty() {
        line.push_str(",\"counts\":");
        line.push_str(&Value::Object(counts).to_string());
    }
    line.push('}');
    line
}

/// Returns a proportion in percent, in its shortest form.
pub fn percent(proportion: Proportion) -> String {
    let units = proportion.units().unsigned_abs();
    let sign = if proportion.units() < 0 { "-" } else { "" };
    let (whole, rest) = (units / PERCENT, units % PERCENT);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{rest:0PLACES$}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}
