//! What the proofs say of conditions, against the engine and against trying all samples.

use foghorn::lang::program::NodeId;
use foghorn::lang::{Compiler, Names, parse_expr};
use foghorn::proof::{Asked, EFFORT, Prover, Verdict};

/// Asks this of the texts, each `(condition, what is asked of it)`.
fn ask(claims: &[(&str, Asked)]) -> Verdict {
    let mut compiler = Compiler::default();
    let claims: Vec<(NodeId, Asked)> = claims
        .iter()
        .map(|(text, asked)| {
            let (expr, faults) = parse_expr(text);
            assert_eq!(faults, [], "{text}");
            let names = Names::default();
            (compiler.expr(&expr.unwrap(), &names).unwrap().0, *asked)
        })
        .collect();
    let program = compiler.finish();
    let mut prover = Prover::new(&program.nodes);
    let verdict = prover.ask(&claims, EFFORT);
    let witness = prover.witness(&claims, EFFORT);
    println!("{claims:?} {verdict:?} {}", witness.map(|w| w.to_string()).unwrap_or_default());
    verdict
}

/// Fails with all the texts for which something is not so.
fn all<T: std::fmt::Debug>(cases: impl IntoIterator<Item = T>, is_so: impl Fn(&T) -> bool) {
    let mut cases: Vec<T> = cases.into_iter().collect();
    cases.retain(|case| !is_so(case));
    assert!(cases.is_empty(), "{cases:#?}");
}

fn is_never_true(text: &str) -> bool {
    ask(&[(text, Asked::True)]) == Verdict::Impossible
}

fn implies(a: &str, b: &str) -> bool {
    ask(&[(a, Asked::True), (b, Asked::NotTrue)]) == Verdict::Impossible
}

#[test]
fn what_no_minute_can_be_is_never_true() {
    let cases = [
        "5xx > 100%",
        "5xx > 60% and 2xx > 50%",
        "500 > 20% and 5xx < 20%",
        "500 > 20% and 5xx <= 20%",
        "no data and 5xx > 1%",
        "5xx < 5% given 5xx > 10%",
        "5xx > 50% and 2xx >= 50%",
        "5xx > 40% and 4xx > 40% and 2xx > 40%",
        "5xx / 2 > 60%",
        "5xx * 3 == 100%",
        "5xx / 400..599 > 1",
        "5xx / 2xx > 1 and 5xx < 2xx",
        "5xx - 2xx > 10% and 2xx - 5xx > 10%",
        "avg(5xx over 5m) > 60% and avg(2xx over 5m) > 50%",
        "share(5xx over 5m) > 60% and share(2xx over 5m) > 50%",
        "min(5xx over 5m) > max(5xx over 5m)",
        "p90(5xx over 5m) < p50(5xx over 5m)",
        "max(5xx over 5m) < 10% and 5xx > 20%",
        "max(5xx over 1h) < 10% and avg(5xx over 5m offset 10m) > 20%",
        "stddev(5xx over 5m) > 50%",
        "sum(5xx over 5m) > 500%",
        "change(5xx over 5m) > 100%",
        "burn(5xx over 5m, 99%) > 100",
        "requests < 0",
        "requests == 0 and 5xx >= 0%",
        "no traffic and requests > 0",
        "requests(5xx) > requests",
        "requests(5xx) + requests(2xx) > requests",
        "5xx / 0 > 1%",
        "5xx > 10% and not (5xx > 10%)",
        "5xx * 0.3 > 10% and not (5xx * 0.3 > 10%)",
        "((5xx > 10%) for 3m) and 5xx < 5%",
        "((5xx > 10%) for 3m) and 5xx offset 2m < 5%",
        "((5xx > 10%) for 3m) and not ((5xx > 5%) for 2m)",
        "((5xx > 10%) for 3 of 5m) and ((5xx < 5%) for 3 of 5m)",
        "((((5xx > 10%) for 3m) and requests > 5) for 2m) and ((5xx < 5%) for 2m)",
        "2xx < 20% and 5xx < 20% and 100..199|300..499 < 20% and 100..599 > 90%",
    ];
    all(cases, |text| is_never_true(text));
}

#[test]
fn what_some_minute_can_be_is_not_called_never_true() {
    let cases = [
        "5xx >= 100%",
        "5xx > 10%",
        "5xx > 60% and 2xx >= 30%",
        "500 > 20% and 5xx > 20%",
        "5xx > 50% or 5xx > 100%",
        "5xx == 0.000000001%",
        "avg(5xx over 5m) > 60% and 2xx > 50%",
        "avg(5xx over 5m) > 60% and avg(2xx over 6m) > 50%",
        "5xx offset 5m > 60% and 2xx > 50%",
        "max(5xx over 5m) < 10% and 5xx offset 5m > 20%",
        "requests == 0 and no data",
        "5xx > 10% given requests >= 50",
        "((5xx > 10%) for 3m) and 5xx offset 3m < 5%",
        "((5xx > 10%) for 2 of 5m) and ((5xx < 5%) for 3 of 5m)",
        "not (5xx > 100%)",
        "5xx * 0.3 > 29.999999999%",
        "burn(5xx over 5m, 99%) >= 100",
        "500 == 0% and 501 == 0% and 500|501 > 0%",
    ];
    all(cases, |text| !is_never_true(text));
}

#[test]
fn a_condition_implies_what_holds_wherever_it_does() {
    let cases = [
        ("5xx > 20%", "5xx > 10%"),
        ("500 > 20%", "5xx > 10%"),
        ("5xx > 20%", "2xx < 80%"),
        ("(5xx > 20%) for 5m", "(5xx > 10%) for 3m"),
        ("(5xx > 20%) for 5m", "5xx > 10%"),
        ("(5xx > 10%) for 4 of 5m", "(5xx > 10%) for 2 of 3m"),
        ("(5xx > 10%) for 3 of 5m", "(5xx > 10%) for 3 of 6m"),
        ("avg(5xx over 5m) > 20%", "avg(5xx over 5m) > 10%"),
        ("max(5xx over 5m) < 10%", "max(500 over 5m) < 10%"),
        ("requests > 100", "requests > 50"),
        ("requests(5xx) > 100", "requests(5xx) > 50"),
        ("5xx > 20% given requests > 50", "5xx > 10% given requests > 20"),
        ("5xx > 20% given requests > 50", "5xx > 10%"),
        ("burn(5xx over 1h, 99.9%) > 14.4", "burn(5xx over 1h, 99.9%) > 6"),
        ("5xx / 400..599 > 0.5", "5xx / 400..599 > 0.3"),
        ("no traffic", "no data"),
    ];
    all(cases, |(a, b)| implies(a, b));
    let cases = [
        ("5xx > 10%", "5xx > 20%"),
        ("(5xx > 10%) for 3m", "(5xx > 20%) for 5m"),
        ("(5xx > 20%) for 3m", "(5xx > 10%) for 5m"),
        ("(5xx > 10%) for 3 of 5m", "(5xx > 10%) for 2 of 3m"),
        ("avg(5xx over 5m) > 20%", "avg(5xx over 6m) > 10%"),
        ("5xx > 20%", "5xx > 10% given requests > 20"),
        ("no data", "no traffic"),
        ("not (no data)", "5xx >= 0%"),
    ];
    all(cases, |(a, b)| !implies(a, b));
}
