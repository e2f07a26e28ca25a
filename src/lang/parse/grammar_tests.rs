//! The grammar against the descent: both take the same texts, and refuse the others at the same
//! token.

use pest::Parser as _;
use pest::error::InputLocation;
use pest_derive::Parser;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::descent::Descent;
use super::draft::Draft;
use super::{nesting, token};

#[derive(Parser)]
#[grammar = "grammar/condition.pest"]
struct Grammar;

/// Texts of every production, from which neighbours are made that are mostly wrong.
const TEXTS: [&str; 12] = [
    "5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m",
    "502|503|50x|gateway > 1.5% or 500..504 >= 2% for 3 of 5m on at least 2 domains",
    "(5xx > 10% and not (4xx > 3% or no data)) for 3m on at least 50% of domains",
    "avg(5xx over 5m) > 2 * avg(5xx over 5m offset 1d) + 1%",
    "p95(5xx - 502 over 1h) / 3 > 1% given share(5xx over 5m) > 1%",
    "burn(5xx over 1h, 99.9%) > 14.4 and burn(5xx over 5m offset 1h, 99.9%) > 14.4",
    "requests(5xx) > 200 given requests > 100 until no traffic",
    "change(requests over 5m) < -50 * 1.5 or not not errors",
    "-(-5xx) offset 7d != 0% # a comment\n and 600 > 3",
    "5xx",
    "(((no data)))",
    "",
];

/// Tokens to put in.
const TOKENS: [&str; 52] = [
    "5xx", "50x", "502", "600", "0502", "10%", "0%", "1.5", "3", "0", "3m", "1h30m", "requests",
    "share", "burn", "avg", "p95", "p0", "change", "gateway", "edge", "origin", "ordinary", "no",
    "data", "traffic", "not", "and", "or", "given", "for", "of", "until", "over", "offset", "on",
    "at", "least", "domains", "(", ")", ",", "|", "..", ">", "<=", "==", "+", "-", "*", "/",
    "# c\n",
];

/// A change of a text's tokens.
#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    Remove(Index),
    Swap(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), select(&TOKENS)).prop_map(|(at, token)| Change::Insert(at, token)),
        (any::<Index>(), select(&TOKENS)).prop_map(|(at, token)| Change::Replace(at, token)),
        any::<Index>().prop_map(Change::Remove),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

/// A text of the language or a neighbour of one, its tokens apart or as close as they come.
fn text() -> impl Strategy<Value = String> {
    let changes = proptest::collection::vec(change(), 0..5);
    (select(&TEXTS), changes, select(&[" ", " ", ""])).prop_map(|(text, changes, gap)| {
        let tokens = token::lex(text).tokens;
        let mut words: Vec<&str> = tokens.iter().map(|token| token.text(text)).collect();
        for change in changes {
            match change {
                Change::Insert(at, token) => words.insert(at.index(words.len() + 1), token),
                Change::Replace(at, token) if !words.is_empty() => {
                    let at = at.index(words.len());
                    words[at] = token;
                }
                Change::Remove(at) if !words.is_empty() => {
                    words.remove(at.index(words.len()));
                }
                Change::Swap(a, b) if !words.is_empty() => {
                    let (a, b) = (a.index(words.len()), b.index(words.len()));
                    words.swap(a, b);
                }
                Change::Replace(..) | Change::Remove(_) | Change::Swap(..) => {}
            }
        }
        words.join(gap)
    })
}

/// Returns the token at which the grammar refuses a text, or `None` where it takes it.
fn refused_by_grammar(start: Rule, text: &str, tokens: &[token::Token]) -> Option<usize> {
    let error = Grammar::parse(start, text).err()?;
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    Some(tokens.partition_point(|token| token.span.end() <= at))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, max_global_rejects: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_descent_takes_what_the_grammar_takes_and_refuses_at_the_same_token(text in text()) {
        let lexed = token::lex(&text);
        prop_assume!(lexed.faults.is_empty());
        prop_assume!(nesting::too_deep(&text, &lexed.tokens).is_none());
        let draft = Draft::new(&text);
        let mut descent = Descent::new(&draft, &lexed.tokens);
        let refused = descent.when().is_err().then_some(descent.at);
        prop_assert_eq!(refused, refused_by_grammar(Rule::whole, &text, &lexed.tokens), "{}", text);
        let mut descent = Descent::new(&draft, &lexed.tokens);
        let refused = descent.alone().is_err().then_some(descent.at);
        prop_assert_eq!(refused, refused_by_grammar(Rule::alone, &text, &lexed.tokens), "{}", text);
    }
}
