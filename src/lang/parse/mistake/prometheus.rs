//! Functions of Prometheus that are others here.

use super::{Found, Refusal};
use crate::diag::Diagnostic;
use crate::lang::parse::draft::Edit;
use crate::lang::words;
use crate::unit::Decimal;

/// `increase(5xx over 5m)`, `quantile(0.95, 5xx over 5m)`: calls that are others here.
pub(super) fn call(refusal: &Refusal<'_>, name: &str, fault: &Diagnostic) -> Option<Found> {
    let first = refusal.at + 1;
    let last = refusal.on_to(first, |_| false);
    let span = refusal.span(-1).to(refusal.tokens.get(last + 1)?.span);
    let over = refusal.on_to(first, |word| word == "over");
    let has_window = refusal.text_of(over + 1) == "over" && over + 2 == last;
    let meant = match name {
        "increase" if has_window => {
            let (of, window) = (refusal.piece(first, over), refusal.text_of(last));
            if of.starts_with("requests") {
                format!("sum({of} over {window})")
            } else {
                format!("sum(requests({of}) over {window})")
            }
        }
        "increase" => "sum(requests(5xx) over 5m)".to_owned(),
        "rate" | "irate" if !has_window && first <= last => {
            format!("avg({} over 5m)", refusal.piece(first, last))
        }
        "quantile" | "percentile" | "quantile_over_time" | "histogram_quantile" => {
            let is_first = refusal.text_of(first + 1) == "," && has_window;
            let rank = percentile(refusal.text_of(first)).filter(|_| is_first);
            match rank {
                Some(rank) => format!("{rank}({})", refusal.piece(first + 2, last)),
                None => "p95(5xx over 5m)".to_owned(),
            }
        }
        _ => return None,
    };
    let fault = fault.clone().help(format!("write for example `{meant}`"));
    Some((fault, Some(Edit::replace(span, meant))))
}

/// Returns the function of a percentile that is written `0.95` or `95`.
fn percentile(written: &str) -> Option<String> {
    let number: Decimal = written.parse().ok()?;
    let rank = if number < Decimal::ONE {
        number.checked_mul(Decimal::HUNDRED)?
    } else {
        number
    };
    let name = format!("p{rank}");
    words::is_aggregate(&name).then_some(name)
}
