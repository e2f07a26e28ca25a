//! Random expressions that are well typed, for the laws that hold for all of them.
//!
//! They are trees as the parser gives them: without places, without repeats in sets, and
//! without an `and` directly in an `and`. Their `to_string` is canonical text.

use foghorn::diag::{Span, Spanned};
use foghorn::lang::ast::{
    Aggregate, Codes, Comparator, Expr, Fleet, Hold, Kind, Operator, Selector, When,
};
use foghorn::unit::{Decimal, Minutes};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn at<T>(value: T) -> Spanned<T> {
    let span = Span::default();
    Spanned { value, span }
}

/// Conditions that nest at most `depth` productions deep.
pub fn condition(depth: u32) -> BoxedStrategy<Expr> {
    let compare = |side: fn(u32) -> BoxedStrategy<Expr>| {
        let sides = (comparator(), side(depth.min(3)), side(depth.min(3)));
        sides.prop_map(|(comparator, a, b)| {
            at(Kind::Comparison(comparator, Box::new(a), Box::new(b)))
        })
    };
    let leaf = prop_oneof![
        8 => compare(proportion),
        4 => compare(number),
        1 => Just(at(Kind::NoData)),
        1 => Just(at(Kind::NoTraffic)),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = move || condition(depth - 1);
    prop_oneof![
        4 => leaf,
        2 => vec(below(), 2..4).prop_map(|parts| at(Kind::And(flat(parts, true)))),
        2 => vec(below(), 2..4).prop_map(|parts| at(Kind::Or(flat(parts, false)))),
        1 => below().prop_map(|of| at(Kind::Not(Box::new(of)))),
        1 => (below(), below())
            .prop_map(|(of, guard)| at(Kind::Given(Box::new(of), Box::new(guard)))),
        2 => (below(), hold()).prop_map(|(of, hold)| at(Kind::For(Box::new(of), hold))),
    ]
    .boxed()
}

/// Values in percent.
pub fn proportion(depth: u32) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        4 => selector().prop_map(|codes| at(Kind::Selector(codes))),
        2 => decimal().prop_map(|value| at(Kind::Proportion(value))),
        1 => (selector(), minutes())
            .prop_map(|(codes, over)| at(Kind::Share { codes: Box::new(at(codes)), over })),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = move || proportion(depth - 1);
    prop_oneof![
        3 => leaf,
        2 => any_type(below()),
        1 => (select(vec![Operator::Add, Operator::Subtract]), below(), below())
            .prop_map(|(operator, a, b)| arithmetic(operator, a, b)),
        1 => (below(), number(depth - 1))
            .prop_map(|(a, b)| arithmetic(Operator::Multiply, a, b)),
        1 => (number(depth - 1), below())
            .prop_map(|(a, b)| arithmetic(Operator::Multiply, a, b)),
    ]
    .boxed()
}

/// Plain numbers.
pub fn number(depth: u32) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        2 => decimal().prop_map(|value| at(Kind::Number(value))),
        2 => option::of(selector()).prop_map(|codes| at(Kind::Requests(codes))),
        1 => (selector(), minutes(), 1_i64..100_000_000_000).prop_map(|(codes, over, units)| {
            let objective = Decimal::from_units(units).unwrap();
            at(Kind::Burn { codes: Box::new(at(codes)), over, objective })
        }),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let below = move || number(depth - 1);
    let operators = vec![
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
    ];
    prop_oneof![
        3 => leaf,
        2 => any_type(below()),
        1 => (select(operators), below(), below())
            .prop_map(|(operator, a, b)| arithmetic(operator, a, b)),
        1 => (proportion(depth - 1), proportion(depth - 1))
            .prop_map(|(a, b)| arithmetic(Operator::Divide, a, b)),
    ]
    .boxed()
}

/// Whole rules of one severity.
pub fn when() -> impl Strategy<Value = When> {
    let fleet = prop_oneof![
        (1_u32..1000).prop_map(Fleet::Count),
        (1_i64..=100_000_000_000)
            .prop_map(|units| Fleet::Proportion(Decimal::from_units(units).unwrap())),
    ];
    (condition(3), option::of(condition(2)), option::of(fleet)).prop_map(
        |(condition, until, fleet)| When {
            condition,
            until,
            fleet: fleet.map(at),
        },
    )
}

/// What keeps the type of its part.
fn any_type(of: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    let aggregate = prop_oneof![
        select(vec![
            Aggregate::Avg,
            Aggregate::Sum,
            Aggregate::Min,
            Aggregate::Max,
            Aggregate::Median,
            Aggregate::Stddev,
            Aggregate::Change,
        ]),
        (1_u8..=99).prop_map(Aggregate::Percentile),
    ];
    (of, option::of(aggregate), minutes(), any::<bool>()).prop_map(
        |(of, aggregate, over, is_offset)| {
            let of = Box::new(of);
            at(match aggregate {
                Some(aggregate) => Kind::Window {
                    aggregate,
                    of,
                    over,
                },
                None if is_offset => Kind::Offset(of, over),
                None => Kind::Negative(of),
            })
        },
    )
}

fn arithmetic(operator: Operator, a: Expr, b: Expr) -> Expr {
    at(Kind::Arithmetic(operator, Box::new(a), Box::new(b)))
}

/// Takes in the parts of those that are joined alike.
fn flat(parts: Vec<Expr>, is_and: bool) -> Vec<Expr> {
    let open = |part: Expr| match part.value {
        Kind::And(more) if is_and => more,
        Kind::Or(more) if !is_and => more,
        _ => vec![part],
    };
    parts.into_iter().flat_map(open).collect()
}

fn selector() -> impl Strategy<Value = Selector> {
    let code = 100_u16..600;
    let codes = prop_oneof![
        code.clone().prop_map(Codes::One),
        (code.clone(), code).prop_map(|(a, b)| Codes::Range(a.min(b), a.max(b))),
        (1_u16..6).prop_map(Codes::Hundred),
        (10_u16..60).prop_map(Codes::Ten),
    ];
    vec(codes, 1..4).prop_map(|codes| {
        let mut members: Selector = Vec::new();
        for member in codes.into_iter().map(at) {
            if !members.contains(&member) {
                members.push(member);
            }
        }
        members
    })
}

fn hold() -> impl Strategy<Value = Hold> {
    (minutes(), option::of(any::<u32>())).prop_map(|(over, needed)| Hold {
        needed: needed.map(|needed| needed % over.get() + 1),
        over,
    })
}

fn minutes() -> impl Strategy<Value = Minutes> {
    prop_oneof![1_u32..100, 1_u32..=10_080].prop_map(|minutes| Minutes::new(minutes).unwrap())
}

fn decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (0_i64..1000).prop_map(|value| Decimal::from_integer(value).unwrap()),
        (0_i64..9_000_000_000_000_000_000).prop_map(|units| Decimal::from_units(units).unwrap()),
    ]
}

fn comparator() -> impl Strategy<Value = Comparator> {
    select(vec![
        Comparator::Greater,
        Comparator::GreaterOrEqual,
        Comparator::Less,
        Comparator::LessOrEqual,
        Comparator::Equal,
        Comparator::NotEqual,
    ])
}
