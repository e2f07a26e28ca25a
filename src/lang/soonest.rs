//! How soon a condition can change after the first bad minute, or the first good one.

mod ramp;

use self::ramp::Ramp;
use super::ast::Comparator;
use super::program::{Node, NodeId, Program, Reduce, used_by};
use crate::unit::Decimal;

/// How many minutes it takes until a condition changes, and what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Soonest {
    /// How many, the first one included: 1 and those below.
    pub minutes: u32,
    /// Whether the last of them is one that the source has nothing for, which settles later.
    pub waits_for_absence: bool,
    /// How many a `for` adds.
    pub hold: u32,
    /// How many a window adds, such as `min` or a percentile.
    pub window: u32,
    /// How many an `offset` adds.
    pub offset: u32,
    /// Whether one minute is taken to move a window of several, such as a `share` or an average of
    /// requests: how many it takes depends on how much is in the others.
    pub may_take_more: bool,
}

/// What a condition becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Becomes {
    /// True, after minutes that are as bad as can be.
    True,
    /// False, after minutes that are as good as can be.
    False,
}

/// Returns how soon a condition can become true, or false; `None` if no minute changes it.
///
/// All minutes before are taken as extreme as can be the other way, and all from then on as extreme
/// as can be; a guard (`given`) as true already, and no minute as unknown: what a window need not
/// know, and `on_unknown: fire`, can make it sooner. An average or a sum of proportions takes the
/// minutes that bring it to a level that is given; where there is none, and of other windows whose
/// values have no known bounds, one minute counts for all.
pub fn soonest(program: &Program, condition: NodeId, becomes: Becomes) -> Option<Soonest> {
    // Operands stand before their users, so that the condition is the last of those it uses.
    let used = used_by(&program.nodes, [condition]);
    let mut moves: Vec<Moves> = Vec::with_capacity(used.len());
    let mut found = Moves::default();
    for id in &used {
        let of = |id: NodeId| {
            let place = used.binary_search(&id).ok();
            let known = place.and_then(|place| moves.get(place));
            known.copied().unwrap_or_default()
        };
        found = match without_requests(program, *id) {
            Some(moves) => moves,
            None => step(program.nodes[id.0 as usize], of),
        };
        moves.push(found);
    }
    match becomes {
        Becomes::True => found.up,
        Becomes::False => found.down,
    }
}

/// How soon a value can rise and fall, or a condition become true and false.
#[derive(Clone, Copy, Debug, Default)]
struct Moves {
    up: Option<Soonest>,
    down: Option<Soonest>,
    /// Of a value: between which bounds, if that is known.
    ramp: Option<Ramp>,
}

impl Moves {
    /// That there is nothing; that there is something is known as soon as it comes.
    const SILENCE: Self = Self {
        up: Some(Soonest {
            waits_for_absence: true,
            ..Soonest::AT_ONCE
        }),
        down: Some(Soonest::AT_ONCE),
        ramp: None,
    };

    fn turned(self) -> Self {
        Self {
            up: self.down,
            down: self.up,
            ramp: None,
        }
    }

    fn within(self, ramp: Option<Ramp>) -> Self {
        Self { ramp, ..self }
    }

    /// Either: whatever moves first.
    fn or(self, other: Self) -> Self {
        Self {
            up: first(self.up, other.up),
            down: first(self.down, other.down),
            ramp: None,
        }
    }

    fn each(self, up: impl Fn(Soonest) -> Soonest, down: impl Fn(Soonest) -> Soonest) -> Self {
        Self {
            up: self.up.map(up),
            down: self.down.map(down),
            ramp: self.ramp,
        }
    }

    /// Returns the moves of a window over it.
    fn through(self, reduce: Reduce, over: u32) -> Self {
        let (up, down) = window(reduce, over);
        let moves = self.each(|moves| moves.windowed(up), |moves| moves.windowed(down));
        let ramp = moves.ramp.and_then(|ramp| ramp.window(reduce, over));
        let moves = moves.within(ramp);
        match reduce {
            Reduce::Avg | Reduce::Sum | Reduce::Stddev => {
                moves.each(|up| up.by_one_of(over), |down| down.by_one_of(over))
            }
            Reduce::Min | Reduce::Max | Reduce::Percentile(_) => moves,
        }
    }

    /// Whether this is above `other`, or at least as high: how soon that becomes so.
    fn above(self, other: Self, is_at_least: bool) -> Self {
        let more = |of: Self, level: Self, (up_past, down_past): (bool, bool)| {
            let ramp = of.ramp.zip(level.ramp);
            let until = |is_past| ramp.and_then(|(ramp, level)| ramp.until(level, is_past));
            let up = until(up_past).map(|(up, _)| up);
            let down = until(down_past).map(|(_, down)| down);
            of.each(|moves| moves.ramped(up), |moves| moves.ramped(down))
        };
        // To be above, a rising side must pass a level or come to it, and the falling one as well;
        // to be so no longer is the reverse.
        let (becomes, ends) = (!is_at_least, is_at_least);
        let high = more(self, other, (becomes, ends));
        let low = more(other, self, (ends, becomes));
        high.or(low.turned())
    }
}

impl Soonest {
    /// The minute itself.
    const AT_ONCE: Self = Self {
        minutes: 1,
        waits_for_absence: false,
        hold: 0,
        window: 0,
        offset: 0,
        may_take_more: false,
    };

    /// Whether it only comes by an `offset`: what was so long ago has probably long been so.
    fn is_late(self) -> bool {
        0 < self.offset
    }

    fn held(self, more: u32) -> Self {
        Self {
            minutes: self.minutes.saturating_add(more),
            hold: self.hold.saturating_add(more),
            ..self
        }
    }

    fn windowed(self, more: u32) -> Self {
        Self {
            minutes: self.minutes.saturating_add(more),
            window: self.window.saturating_add(more),
            ..self
        }
    }

    /// Takes the minutes that it is known to take to a level, if it is.
    fn ramped(self, more: Option<u32>) -> Self {
        match more {
            Some(more) => Self {
                may_take_more: false,
                ..self.windowed(more)
            },
            None => self,
        }
    }

    fn by_one_of(self, over: u32) -> Self {
        Self {
            may_take_more: self.may_take_more || over > 1,
            ..self
        }
    }

    fn shifted(self, more: u32) -> Self {
        Self {
            minutes: self.minutes.saturating_add(more),
            offset: self.offset.saturating_add(more),
            ..self
        }
    }
}

fn step(node: Node, of: impl Fn(NodeId) -> Moves) -> Moves {
    let leaf = Moves {
        up: Some(Soonest::AT_ONCE),
        down: Some(Soonest::AT_ONCE),
        ramp: None,
    };
    match node {
        Node::Literal(value) => Moves::default().within(Some(Ramp::constant(value))),
        Node::Codes(_) => leaf.within(Some(Ramp::PROPORTION)),
        Node::Requests | Node::RequestsOf(_) => leaf,
        // One minute with enough requests decides a share.
        Node::Share(_, over) => leaf.each(|up| up.by_one_of(over), |down| down.by_one_of(over)),
        Node::NoData | Node::NoTraffic => Moves::SILENCE,
        Node::Offset(a, by) => of(a).each(|up| up.shifted(by), |down| down.shifted(by)),
        Node::Not(a) => of(a).turned(),
        Node::Negative(a) => of(a).turned().within(of(a).ramp.map(Ramp::negative)),
        Node::OrElse(a, b) => of(a).or(of(b)),
        Node::Add(a, b) => of(a).or(of(b)).within(ramp(of(a), of(b), Ramp::plus)),
        Node::Subtract(a, b) => {
            let minus = |a: Ramp, b: Ramp| a.plus(b.negative());
            let moves = of(a).or(of(b).turned());
            moves.within(ramp(of(a), of(b), minus))
        }
        // The sign of the other side decides which way it goes.
        Node::Multiply(a, b) | Node::Divide(a, b) => {
            let by = match node {
                Node::Multiply(..) => Ramp::times,
                _ => Ramp::divided,
            };
            let moves = of(a).or(of(b));
            let moves = moves.or(moves.turned());
            moves.within(ramp(of(a), of(b), by))
        }
        Node::Window(reduce, a, over) => of(a).through(reduce, over),
        Node::Compare(comparator, a, b) => {
            let (a, b) = (of(a), of(b));
            match comparator {
                Comparator::Greater => a.above(b, false),
                Comparator::GreaterOrEqual => a.above(b, true),
                Comparator::Less => b.above(a, false),
                Comparator::LessOrEqual => b.above(a, true),
                Comparator::Equal | Comparator::NotEqual => {
                    let moves = a.or(b);
                    moves.or(moves.turned())
                }
            }
        }
        Node::And(a, b) => all(of(a), of(b)),
        Node::Or(a, b) => all(of(a).turned(), of(b).turned()).turned(),
        Node::Given(a, guard) => match of(a) {
            Moves {
                up: None,
                down: None,
                ..
            } => of(guard),
            moves => moves,
        },
        Node::Hold {
            of: a,
            needed,
            over,
        } => of(a).each(|up| up.held(needed - 1), |down| down.held(over - needed)),
    }
}

/// Returns the moves of a comparison that says that there are no requests, or that there are some:
/// none are only where the source says so, as for `no traffic`.
fn without_requests(program: &Program, id: NodeId) -> Option<Moves> {
    let at = |id: NodeId| program.nodes[id.0 as usize];
    let Node::Compare(comparator, a, b) = at(id) else {
        return None;
    };
    let (comparator, level) = match (at(a), at(b)) {
        (Node::Requests, Node::Literal(level)) => (comparator, level),
        (Node::Literal(level), Node::Requests) => (comparator.mirrored(), level),
        _ => return None,
    };
    let is_zero = level == Decimal::ZERO;
    let is_below_one = Decimal::ZERO <= level && level < Decimal::ONE;
    let is_to_one = Decimal::ZERO < level && level <= Decimal::ONE;
    match comparator {
        Comparator::Equal if is_zero => Some(Moves::SILENCE),
        Comparator::LessOrEqual if is_below_one => Some(Moves::SILENCE),
        Comparator::Less if is_to_one => Some(Moves::SILENCE),
        Comparator::NotEqual if is_zero => Some(Moves::SILENCE.turned()),
        Comparator::Greater if is_below_one => Some(Moves::SILENCE.turned()),
        Comparator::GreaterOrEqual if is_to_one => Some(Moves::SILENCE.turned()),
        _ => None,
    }
}

/// Returns the ramp of two sides together.
fn ramp(a: Moves, b: Moves, of: impl Fn(Ramp, Ramp) -> Option<Ramp>) -> Option<Ramp> {
    a.ramp.zip(b.ramp).and_then(|(a, b)| of(a, b))
}

/// Returns how many bad minutes more than one a window needs, to rise and to fall.
fn window(reduce: Reduce, over: u32) -> (u32, u32) {
    match reduce {
        Reduce::Avg | Reduce::Sum | Reduce::Stddev => (0, 0),
        Reduce::Min => (over - 1, 0),
        Reduce::Max => (0, over - 1),
        Reduce::Percentile(rank) => {
            let place = (u64::from(over) * u64::from(rank)).div_ceil(100);
            let place = u32::try_from(place).unwrap_or(over).clamp(1, over);
            (over - place, place - 1)
        }
    }
}

/// Both: the last of what must become so; either way out.
fn all(a: Moves, b: Moves) -> Moves {
    let up = match (a.up, b.up) {
        // What is only late was probably so before the first bad minute.
        (Some(a), Some(b)) if a.is_late() != b.is_late() => Some(if a.is_late() { b } else { a }),
        (Some(a), Some(b)) => {
            let last = if a.minutes < b.minutes { b } else { a };
            Some(Soonest {
                waits_for_absence: a.waits_for_absence || b.waits_for_absence,
                ..last
            })
        }
        (a, b) => a.or(b),
    };
    Moves {
        up,
        down: first(a.down, b.down),
        ramp: None,
    }
}

fn first(a: Option<Soonest>, b: Option<Soonest>) -> Option<Soonest> {
    let when = |moves: Soonest| (moves.minutes, moves.waits_for_absence);
    match (a, b) {
        (Some(a), Some(b)) => Some(if when(b) < when(a) { b } else { a }),
        (a, b) => a.or(b),
    }
}
