//! Mistakes in the objective of `burn(…)`.

use super::call::Call;
use super::{Found, Refusal, certain};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;
use crate::lang::words;
use crate::unit::Decimal;

impl Call<'_> {
    /// `burn(5xx over 1h)`, `burn(5xx over 1h, 99.9)`
    pub(super) fn objective(&self) -> Option<Found> {
        let refusal = self.refusal;
        if self.function != "burn" || !self.has_over {
            return None;
        }
        let word = refusal.word(0)?;
        let [before, here, next] = [-1, 0, 1].map(|offset| refusal.shape(offset));
        if before == Some(Shape::Duration) && here == Some(Shape::Proportion) {
            let message = "a comma stands before the objective of `burn`";
            let fault = refusal.fault(0, message).help(format!("write `, {word}`"));
            let mend = Edit::insert(refusal.span(-1).end(), ",").certain();
            return Some((fault, Some(mend)));
        }
        if refusal.word(-1) == Some(",")
            && here == Some(Shape::Word)
            && !words::is_word(word)
            && next == Some(Shape::Proportion)
        {
            let message = format!("`{word}` is no word of the language");
            let fault = refusal.fault(0, message).help("leave it out");
            return Some((fault, Some(Edit::replace(refusal.span(0), " "))));
        }
        if let Some(found) = with_comma(refusal) {
            return Some(found);
        }
        if refusal.word(-1) == Some(",")
            && matches!(refusal.shape(0), Some(Shape::Integer | Shape::Number))
        {
            let message = "the objective of `burn` is a proportion";
            let number: Decimal = word.parse().ok()?;
            // `0.999` is a fraction, and 1 can be a hundredth or the whole.
            let percent = number.checked_mul(Decimal::HUNDRED);
            return Some(match percent.filter(|_| number < Decimal::ONE) {
                Some(percent) => refusal.perhaps(0, message, &format!("{percent}%")),
                None if Decimal::ONE < number && number < Decimal::HUNDRED => {
                    refusal.instead(0, message, &format!("{word}%"))
                }
                None => {
                    let fault = refusal.fault(0, message).help("write for example `99.9%`");
                    (fault, Some(Edit::replace(refusal.span(0), "99.9%")))
                }
            });
        }
        if word != ")" || refusal.word(-1) == Some(",") {
            return None;
        }
        let argument = refusal.piece(self.open + 1, refusal.at - 1);
        let message = "`burn` needs the objective that it is measured by";
        let fault = refusal.fault(0, message);
        let fault = fault.help(format!("write for example `burn({argument}, 99.9%)`"));
        let at = refusal.span(0).start();
        Some((fault, Some(Edit::insert(at, ", 99.9%"))))
    }
}

/// `99,9%`
fn with_comma(refusal: &Refusal<'_>) -> Option<Found> {
    let (whole, places) = (refusal.word(0)?, refusal.word(2)?);
    let is_number = refusal.shape(0) == Some(Shape::Integer)
        && matches!(refusal.shape(2), Some(Shape::Integer | Shape::Proportion));
    let [first, comma, last] = [0, 1, 2].map(|offset| refusal.span(offset));
    let is_one = first.end() == comma.start() && comma.end() == last.start();
    let is_objective = refusal.word(-1) == Some(",") && refusal.word(1) == Some(",");
    if !is_objective || !is_one || !is_number || places.contains('.') {
        return None;
    }
    let meant = format!("{whole}.{}%", places.trim_end_matches('%'));
    let message = "the decimals stand behind a point";
    let mut fault = refusal.fault(0, message).help(format!("write `{meant}`"));
    fault.primary.span = refusal.span(0).to(refusal.span(2));
    let mend = Edit::replace(fault.primary.span, meant);
    Some(certain((fault, Some(mend))))
}
