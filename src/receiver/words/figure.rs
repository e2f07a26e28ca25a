//! What a chart says, for those who do not see it, and what its parts are, for those who do.

use std::fmt::Write as _;

use crate::config::Language;
use crate::receiver::chart::Chart;
use crate::unit::{Decimal, Minute};

/// Returns the text that stands for a chart: `5xx from 09:14 to 10:13 UTC: between 1% and 40%,
/// now 34%; threshold > 10%`.
pub(in crate::receiver) fn alternative(chart: &Chart, language: Language) -> String {
    let known: Vec<Decimal> = chart.values.iter().flatten().copied().collect();
    let show = |value: Option<&Decimal>| value.map_or(String::new(), |v| shown(*v, chart));
    let (least, most) = (show(known.iter().min()), show(known.iter().max()));
    let last = chart.values.last().and_then(Option::as_ref);
    let (from, to) = (clock(chart.begin), clock(chart.end()));
    let threshold = chart
        .threshold
        .as_ref()
        .map(|t| format!("{} {}", t.comparator, shown(t.value, chart)));
    let name = &chart.name;
    let mut text = match language {
        Language::En => format!("{name} from {from} to {to} UTC: between {least} and {most}"),
        Language::Zh => format!("{name}，{from} 至 {to} UTC：介于 {least} 与 {most} 之间"),
    };
    if last.is_some() {
        let now = show(last);
        let _ = match language {
            Language::En => write!(text, ", in the end {now}"),
            Language::Zh => write!(text, "，最后为 {now}"),
        };
    }
    if let Some(threshold) = threshold {
        let _ = match language {
            Language::En => write!(text, "; threshold {threshold}"),
            Language::Zh => write!(text, "；阈值 {threshold}"),
        };
    }
    text
}

/// Returns the line below a chart.
pub(in crate::receiver) fn caption(chart: &Chart, language: Language) -> String {
    let (from, to) = (clock(chart.begin), clock(chart.end()));
    let name = &chart.name;
    let mut text = match language {
        Language::En => format!("{name}, {from} to {to} UTC"),
        Language::Zh => format!("{name}，{from} 至 {to} UTC"),
    };
    let threshold = (chart.threshold.is_some()).then_some(match language {
        Language::En => "dashed: the threshold",
        Language::Zh => "虚线为阈值",
    });
    let firing = (chart.firing.is_some()).then_some(match language {
        Language::En => "shaded: since the run of bad minutes began",
        Language::Zh => "阴影为异常持续的时段",
    });
    for part in [threshold, firing].into_iter().flatten() {
        text.push_str(match language {
            Language::En => "; ",
            Language::Zh => "；",
        });
        text.push_str(part);
    }
    text
}

fn shown(value: Decimal, chart: &Chart) -> String {
    let unit = if chart.is_percent { "%" } else { "" };
    format!("{value:.1}{unit}")
}

fn clock(minute: Minute) -> String {
    minute.start().format("%H:%M").to_string()
}
