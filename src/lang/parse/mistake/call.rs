//! Mistakes in `avg(…)`, `share(…)`, `burn(…)` and `requests(…)`.

use super::{Found, Refusal, certain, is_comparator, prometheus};
use crate::diag::{Code, Diagnostic, Span, changes};
use crate::lang::parse::draft::Edit;
use crate::lang::parse::token::Shape;
use crate::lang::words;

pub(super) fn explain(refusal: &Refusal<'_>) -> Option<Found> {
    unknown_function(refusal)
        .or_else(|| no_parentheses(refusal))
        .or_else(|| inside(refusal))
}

/// `avg(5xx over 5m > 3%`: a parenthesis is missing behind the window, where nothing but it can
/// stand; and what else is wrong with a call that is not closed.
pub(super) fn unclosed(refusal: &Refusal<'_>) -> Option<Found> {
    let open = refusal.opening()?;
    let function = refusal.text_of(open.checked_sub(1)?);
    let count = |sign: &str| {
        let words = (0..refusal.tokens.len()).map(|at| refusal.text_of(at));
        words.filter(|word| *word == sign).count()
    };
    let is_open = count(")") < count("(");
    let has_over = (open..refusal.at).any(|index| refusal.text_of(index) == "over");
    if !is_open || !has_over || !words::is_function(function) {
        return None;
    }
    let call = Call {
        refusal,
        function,
        open,
        has_over,
    };
    let ends = match refusal.shape(-1)? {
        Shape::Duration => function != "burn",
        Shape::Proportion => function == "burn",
        _ => false,
    };
    if !ends || matches!(refusal.word(0), Some("," | ")")) {
        return call.objective();
    }
    let written = refusal.piece(open - 1, refusal.at - 1);
    let fault = Diagnostic::new(
        Code::Syntax,
        refusal.tokens.get(open)?.span,
        "the parenthesis is not closed",
    );
    let fault = fault.help(format!("write `{written})`"));
    let mend = Edit::insert(refusal.span(-1).end(), ")").certain();
    Some((fault, Some(mend)))
}

/// `avg 5xx over 5m) > 3%`: a parenthesis is missing before the window.
pub(super) fn unopened(refusal: &Refusal<'_>) -> Option<Found> {
    let function = refusal.word(-1).filter(|word| words::is_function(word))?;
    let last = refusal.on_to(refusal.at, |_| false);
    let mut window = (refusal.at + 1..=last).map(|at| refusal.text_of(at));
    let is_closed = refusal.text_of(last + 1) == ")" && window.any(|word| word == "over");
    if !is_closed || function == "requests" || refusal.word(0) == Some("(") {
        return None;
    }
    let fault = refusal.fault(-1, format!("a parenthesis is missing after `{function}`"));
    let fault = fault.help(format!(
        "write `{function}({}`",
        refusal.piece(refusal.at, last + 1)
    ));
    let span = Span::new(refusal.span(-1).end(), refusal.span(0).start());
    Some((fault, Some(Edit::replace(span, "(").certain())))
}

/// `zscore(…)`
fn unknown_function(refusal: &Refusal<'_>) -> Option<Found> {
    let name = refusal.word(-1)?;
    if refusal.word(0)? != "(" || !words::is_name(name) {
        return None;
    }
    let fault = refusal.fault(-1, format!("there is no function `{name}`"));
    let mut fault = Diagnostic {
        code: Code::UnknownName,
        ..fault
    };
    let is_percentile = name
        .strip_prefix('p')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    if is_percentile {
        fault = fault.help("the percentiles are `p1` to `p99`");
        return Some((fault, Some(Edit::replace(refusal.span(-1), "p99"))));
    }
    let is_average = matches!(name, "mean" | "avg_over_time");
    // `averge`
    if is_average || changes(name, "average", 1).is_some() {
        return Some(certain(refusal.mended(fault, -1, "avg")));
    }
    if let Some(found) = prometheus::call(refusal, name, &fault) {
        return Some(found);
    }
    let meant = match name {
        "rate" | "irate" => Some("avg"),
        "delta" | "idelta" | "diff" => Some("change"),
        "std" | "stdev" | "sigma" => Some("stddev"),
        "count" | "count_over_time" | "total" => Some("sum"),
        _ => words::nearest_function(name),
    };
    if let Some(meant) = meant {
        let found = refusal.mended(fault, -1, meant);
        let is_only = words::is_nearest_function(name, meant);
        return Some(if is_only { certain(found) } else { found });
    }
    let all = words::AGGREGATES.join("`, `");
    let help = format!("the functions are `{all}`, `p1` to `p99`, `share` and `burn`");
    Some((
        fault.help(help),
        Some(Edit::replace(refusal.span(-1), "avg")),
    ))
}

/// `avg 5xx`
fn no_parentheses(refusal: &Refusal<'_>) -> Option<Found> {
    let function = refusal.word(-1)?;
    let needs = words::is_aggregate(function) || matches!(function, "share" | "burn");
    if !needs || refusal.word(0) == Some("(") {
        return None;
    }
    let message = format!("`{function}` is a function over a window");
    let fault = refusal.fault(-1, message);
    Some((
        fault.help(format!("write `{}`", example(function, "5xx"))),
        None,
    ))
}

/// A call that is open where the text was refused.
pub(super) struct Call<'a> {
    pub(super) refusal: &'a Refusal<'a>,
    pub(super) function: &'a str,
    /// The token of its `(`.
    pub(super) open: usize,
    /// Whether `over` stands between its `(` and the refused token.
    pub(super) has_over: bool,
}

fn inside(refusal: &Refusal<'_>) -> Option<Found> {
    let open = refusal.opening()?;
    let function = refusal.text_of(open.checked_sub(1)?);
    if !words::is_function(function) {
        return None;
    }
    let has_over = (open..refusal.at).any(|index| refusal.text_of(index) == "over");
    let call = Call {
        refusal,
        function,
        open,
        has_over,
    };
    call.empty()
        .or_else(|| call.over())
        .or_else(|| call.codes())
        .or_else(|| call.without_window())
        .or_else(|| call.objective())
        .or_else(|| call.condition())
}

impl Call<'_> {
    /// `avg()`, `avg(over 5m)`, `share(5xx over 5m, 99%)`
    fn empty(&self) -> Option<Found> {
        let refusal = self.refusal;
        let word = refusal.word(0)?;
        let message = if refusal.at == self.open + 1 && matches!(word, ")" | "over" | ",") {
            format!("`{}` needs what it is about", self.function)
        } else if word == "," && refusal.word(1) == Some("over") && !self.has_over {
            let message = "no comma stands before `over`";
            let mend = Edit::replace(refusal.span(0), " ").certain();
            return Some((refusal.fault(0, message).help("leave it out"), Some(mend)));
        } else if word == "," && self.has_over {
            format!("`{}` has nothing after its window", self.function)
        } else {
            return None;
        };
        let help = format!("write for example `{}`", example(self.function, "5xx"));
        Some((refusal.fault(0, message).help(help), None))
    }

    /// `avg(5xx ovre 5m)`: a word that a duration stands behind.
    fn over(&self) -> Option<Found> {
        let refusal = self.refusal;
        let word = refusal.word(0).filter(|word| words::is_name(word))?;
        if self.has_over
            || self.function == "requests"
            || refusal.at == self.open + 1
            || refusal.shape(1) != Some(Shape::Duration)
        {
            return None;
        }
        words::nearest(word, ["over"])?;
        let message = format!("`{word}` is no word that can stand here");
        Some(refusal.instead(0, message, "over"))
    }

    /// `burn(5xx + 502 over 1h, 99%)`: an argument that is more than codes.
    fn codes(&self) -> Option<Found> {
        let refusal = self.refusal;
        let takes_codes = matches!(self.function, "share" | "burn" | "requests");
        let word = refusal.word(0)?;
        let begins = refusal.at == self.open + 1;
        let goes_on = matches!(word, "+" | "-" | "*" | "/" | "or" | "and") || is_comparator(word);
        let is_joint = word == "," && refusal.shape(1).is_some_and(is_codes);
        if !takes_codes || self.has_over || !(begins || goes_on || is_joint) {
            return None;
        }
        let last = refusal.on_to(self.open + 1, |word| word == "over");
        let argument = self.open + 1..=last;
        let span = Span::new(
            refusal.tokens[self.open + 1].span.start(),
            refusal.tokens[last].span.end(),
        );
        let message = format!("`{}` takes status codes and nothing else", self.function);
        let fault = Diagnostic::new(Code::Syntax, span, message);
        let codes: Vec<&str> = argument
            .clone()
            .filter(|index| is_codes(refusal.tokens[*index].shape))
            .map(|index| refusal.text_of(index))
            .collect();
        let only_sums = argument
            .map(|index| (refusal.text_of(index), refusal.tokens[index].shape))
            .all(|(word, shape)| {
                is_codes(shape) || matches!(word, "+" | "or" | "and" | "," | "|" | "(" | ")")
            });
        if codes.is_empty() || !only_sums {
            return Some((fault.help("write codes such as `5xx` or `502|503`"), None));
        }
        let meant = codes.join("|");
        let fault = fault.help(format!("write `{meant}`"));
        Some((fault, Some(Edit::replace(span, meant).certain())))
    }

    /// `avg(5xx)`, `avg(5xx, 5m)`, `avg(5xx for 5m)`
    fn without_window(&self) -> Option<Found> {
        let refusal = self.refusal;
        if self.has_over || self.function == "requests" {
            return None;
        }
        let argument = refusal.piece(self.open + 1, refusal.at.checked_sub(1)?);
        let word = refusal.word(0)?;
        let message = format!("`{}` needs its window, after `over`", self.function);
        if refusal.shape(1) == Some(Shape::Duration) && matches!(word, "," | "for" | "in" | "last")
        {
            let window = refusal.word(1)?;
            let fault = refusal.fault(0, message);
            let fault = fault.help(format!("write `{argument} over {window}`"));
            return Some((
                fault,
                Some(Edit::replace(refusal.span(0), " over ").certain()),
            ));
        }
        if refusal.shape(0) == Some(Shape::Duration) {
            let fault = refusal
                .fault(0, message)
                .help(format!("write `{argument} over {word}`"));
            let at = refusal.span(0).start();
            return Some((fault, Some(Edit::insert(at, "over ").certain())));
        }
        if !matches!(word, ")" | ",") || argument.is_empty() {
            return None;
        }
        // `avg(5xx)/5m`
        if word == ")" && refusal.word(1) == Some("/") && refusal.shape(2) == Some(Shape::Duration)
        {
            let meant = format!("{}({argument} over {})", self.function, refusal.word(2)?);
            let span = refusal.tokens[self.open - 1].span.to(refusal.span(2));
            let fault = Diagnostic::new(Code::Syntax, span, message);
            let fault = fault.help(format!("write `{meant}`"));
            return Some((fault, Some(Edit::replace(span, meant))));
        }
        // `avg(5xx) over 5m`
        let is_behind = word == ")" && refusal.word(1) == Some("over");
        if is_behind && refusal.shape(2) == Some(Shape::Duration) {
            let window = refusal.word(2)?;
            let span = refusal.span(0).to(refusal.span(2));
            let fault = Diagnostic::new(Code::Syntax, span, "the window stands in the parentheses");
            let rest = if self.function == "burn" {
                ", 99.9%"
            } else {
                ""
            };
            let meant = format!(" over {window}{rest})");
            let fault = fault.help(format!("write `{}({argument}{meant}`", self.function));
            let mend = Edit::replace(span, meant);
            // Which objective, nobody has said.
            let is_whole = rest.is_empty();
            return Some((fault, Some(if is_whole { mend.certain() } else { mend })));
        }
        let function = Span::new(
            refusal.tokens[self.open - 1].span.start(),
            refusal.span(0).end(),
        );
        let fault = Diagnostic::new(Code::Syntax, function, message);
        let fault = fault.help(format!(
            "write for example `{}`",
            example(self.function, argument)
        ));
        let at = refusal.span(0).start();
        let window = if self.function == "burn" && word == ")" {
            " over 1h, 99.9%"
        } else {
            " over 5m"
        };
        Some((fault, Some(Edit::insert(at, window))))
    }

    /// `avg(5xx > 10% over 5m)`
    fn condition(&self) -> Option<Found> {
        let word = self.refusal.word(0)?;
        let is_joint = matches!(word, "and" | "or" | "not" | "given" | "for");
        if !is_joint && !is_comparator(word) {
            return None;
        }
        let message = format!("`{}` takes a value, not a condition", self.function);
        let fault = self.refusal.fault(0, message);
        Some((
            fault.help(format!(
                "compare the window: `{} > 10%`",
                example(self.function, "5xx")
            )),
            None,
        ))
    }
}

fn is_codes(shape: Shape) -> bool {
    matches!(shape, Shape::Class | Shape::Integer)
}

/// Returns how the function is written.
fn example(function: &str, argument: &str) -> String {
    match function {
        "burn" => format!("burn({argument} over 1h, 99.9%)"),
        "requests" => format!("requests({argument})"),
        _ => format!("{function}({argument} over 5m)"),
    }
}
