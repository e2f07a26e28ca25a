//! How soon a condition can be true after the first bad minute.

use super::ast::Comparator;
use super::program::{Node, NodeId, Program, Reduce};

/// What is known of how soon a condition becomes true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soonest {
    /// In how many minutes, the first bad one included; `None` if no minute changes it.
    pub minutes: Option<u32>,
    /// Whether it looks at minutes that the source has nothing for, which settle later.
    pub waits_for_absence: bool,
}

/// Returns how soon a condition can become true: every window is taken as filled with good
/// minutes, and every bad minute as bad as can be; a guard (`given`) as true already.
pub fn soonest(program: &Program, condition: NodeId) -> Soonest {
    let mut moves: Vec<Moves> = Vec::with_capacity(program.nodes.len());
    for node in program.nodes.iter().take(condition.0 as usize + 1) {
        let of = |id: NodeId| moves.get(id.0 as usize).copied().unwrap_or_default();
        let mut found = step(*node, of);
        found.absence |= node.operands().any(|id| of(id).absence);
        moves.push(found);
    }
    let found = moves.pop().unwrap_or_default();
    Soonest {
        minutes: found.up.map(|delay| delay.minutes),
        waits_for_absence: found.absence,
    }
}

/// How many minutes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Delay {
    minutes: u32,
    /// Whether it only comes by an `offset`: what was so long ago has probably long been so.
    is_late: bool,
}

/// How soon a value can rise and fall, or a condition become true and false.
#[derive(Clone, Copy, Debug, Default)]
struct Moves {
    up: Option<Delay>,
    down: Option<Delay>,
    absence: bool,
}

impl Moves {
    fn turned(self) -> Self {
        let (up, down) = (self.down, self.up);
        Self { up, down, ..self }
    }

    /// Either: whatever moves first.
    fn or(self, other: Self) -> Self {
        Self {
            up: first(self.up, other.up),
            down: first(self.down, other.down),
            absence: false,
        }
    }

    fn later(self, up: u32, down: u32) -> Self {
        Self {
            up: self.up.map(|delay| delay.later(up)),
            down: self.down.map(|delay| delay.later(down)),
            absence: false,
        }
    }
}

impl Delay {
    fn later(self, minutes: u32) -> Self {
        Self {
            minutes: self.minutes.saturating_add(minutes),
            ..self
        }
    }
}

fn step(node: Node, of: impl Fn(NodeId) -> Moves) -> Moves {
    let at_once = Some(Delay {
        minutes: 1,
        is_late: false,
    });
    let leaf = Moves {
        up: at_once,
        down: at_once,
        absence: false,
    };
    match node {
        Node::Literal(_) => Moves::default(),
        Node::Codes(_) | Node::Requests | Node::RequestsOf(_) | Node::Share(..) => leaf,
        Node::NoData | Node::NoTraffic => Moves {
            absence: true,
            ..leaf
        },
        Node::Offset(a, by) => {
            let late = |delay: Delay| Delay {
                minutes: delay.minutes.saturating_add(by),
                is_late: true,
            };
            let moves = of(a);
            Moves {
                up: moves.up.map(late),
                down: moves.down.map(late),
                absence: false,
            }
        }
        Node::Negative(a) | Node::Not(a) => of(a).turned(),
        Node::Add(a, b) | Node::OrElse(a, b) => of(a).or(of(b)),
        Node::Subtract(a, b) => of(a).or(of(b).turned()),
        // The sign of the other side decides which way it goes.
        Node::Multiply(a, b) | Node::Divide(a, b) => {
            let moves = of(a).or(of(b));
            moves.or(moves.turned())
        }
        Node::Window(reduce, a, over) => {
            let (up, down) = window(reduce, over);
            of(a).later(up, down)
        }
        Node::Compare(comparator, a, b) => {
            let (a, b) = (of(a), of(b));
            match comparator {
                Comparator::Greater | Comparator::GreaterOrEqual => a.or(b.turned()),
                Comparator::Less | Comparator::LessOrEqual => a.turned().or(b),
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
        } => of(a).later(needed - 1, over - needed),
    }
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
        (Some(a), Some(b)) if a.is_late != b.is_late => Some(if a.is_late { b } else { a }),
        (Some(a), Some(b)) => Some(if a.minutes < b.minutes { b } else { a }),
        (a, b) => a.or(b),
    };
    Moves {
        up,
        down: first(a.down, b.down),
        absence: false,
    }
}

fn first(a: Option<Delay>, b: Option<Delay>) -> Option<Delay> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.minutes < a.minutes { b } else { a }),
        (a, b) => a.or(b),
    }
}
