//! Rules files of the shapes that people write, and the same conditions for Prometheus.
//!
//! There, the proportions of codes are the gauge `cdn_code_percent{domain, code}`, the requests
//! `cdn_requests{domain}`. A hold is `for`, a window a subquery by minutes; what a `let:` stands
//! for is written out; and `until` keeps an alert by way of `ALERTS`, for want of a word of its own.

use std::fmt::Write as _;

/// How many rules a domain has: as many as there are shapes, and a few more.
const RULES_PER_DOMAIN: usize = 10;
/// How many rules a group of Prometheus has.
const RULES_PER_GROUP: usize = 100;

/// A rules file, and its conditions as a file of alerting rules.
pub(crate) struct Generated {
    pub(crate) yaml: String,
    pub(crate) prometheus: String,
}

/// Codes as both write them.
const CODES: [(&str, &str); 6] = [
    ("5xx", "5.."),
    ("502|503|504", "502|503|504"),
    ("500..504", "50[0-4]"),
    ("4xx", "4.."),
    ("404", "404"),
    ("52x", "52."),
];

/// One condition, as both write it.
struct Condition {
    ours: String,
    theirs: String,
    /// `for`, in minutes.
    hold: u64,
}

/// Numbers that a seed decides (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn from(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        least + (mixed ^ (mixed >> 31)) % (most - least + 1)
    }

    fn codes(&mut self) -> (&'static str, &'static str) {
        let index = self.from(0, CODES.len() as u64 - 1);
        CODES[usize::try_from(index).unwrap_or(0)]
    }
}

/// Returns so many rules.
pub(crate) fn rules(seed: u64, count: usize) -> Generated {
    let mut dice = Dice(seed);
    let mut yaml = String::from("let:\n  gateway: 502|503|504\n  failed: 5xx - 501\nrules:\n");
    let mut prometheus = String::from("groups:\n");
    for index in 0..count {
        let domain = format!("s{}.example.com", index / RULES_PER_DOMAIN);
        if index % RULES_PER_GROUP == 0 {
            let _ = writeln!(
                prometheus,
                "  - name: group{}\n    rules:",
                index / RULES_PER_GROUP
            );
        }
        rule(&mut dice, index, &domain, (&mut yaml, &mut prometheus));
    }
    Generated { yaml, prometheus }
}

fn rule(
    dice: &mut Dice,
    index: usize,
    domain: &str,
    (yaml, prometheus): (&mut String, &mut String),
) {
    let name = format!("rule-{index}");
    let _ = writeln!(yaml, "  - name: {name}");
    let tiers: &[&str] = match index % RULES_PER_DOMAIN {
        7 => &["warning", "critical"],
        _ => &["warning"],
    };
    if let [_, _] = tiers {
        let _ = writeln!(yaml, "    when:");
    }
    let codes = dice.codes();
    for (step, severity) in (0..).zip(tiers) {
        let condition = condition(dice, index, step, (domain, codes));
        if let [_] = tiers {
            let _ = writeln!(yaml, "    when: {}", condition.ours);
        } else {
            let _ = writeln!(yaml, "      {severity}: {}", condition.ours);
        }
        let _ = write!(
            prometheus,
            "      - alert: {name}\n        expr: {}\n        for: {}m\n        labels: {{severity: {severity}, team: web}}\n        annotations: {{summary: \"{{{{ $labels.domain }}}} fails\"}}\n",
            condition.theirs, condition.hold,
        );
    }
    if let [only] = tiers {
        let _ = writeln!(yaml, "    severity: {only}");
    }
    let _ = write!(
        yaml,
        "    domains: [\"{domain}\"]\n    labels: {{team: web}}\n    summary: \"{{{{ domain }}}} fails\"\n"
    );
}

/// Returns a condition of the shape that the index has; a later step asks for more.
fn condition(
    dice: &mut Dice,
    index: usize,
    step: u64,
    (domain, (ours, theirs)): (&str, (&'static str, &str)),
) -> Condition {
    let at_least = dice.from(5, 30) + 30 * step;
    let (hold, calm) = (dice.from(2, 9), dice.from(3, 9));
    let requests = dice.from(2, 20) * 10;
    let terms = Terms {
        index,
        ours,
        share: share(domain, theirs),
        enough: format!("sum(cdn_requests{{domain=\"{domain}\"}}) >= {requests}"),
        at_least,
        below: at_least.div_ceil(2),
        hold,
        calm,
        requests,
    };
    let (ours, theirs) = match index % RULES_PER_DOMAIN {
        0 | 7 => terms.held(),
        1 => terms.guarded(),
        2 | 3 => terms.kept(),
        4 => terms.averaged(),
        5 => terms.compared_with_yesterday(),
        6 => terms.joined(domain),
        8 => terms.counted(domain),
        _ => terms.peak(domain, theirs),
    };
    Condition { ours, theirs, hold }
}

/// The proportion of some codes, as Prometheus writes it.
fn share(domain: &str, codes: &str) -> String {
    format!("sum(cdn_code_percent{{domain=\"{domain}\",code=~\"{codes}\"}})")
}

/// What a condition is made of.
struct Terms {
    index: usize,
    /// Codes.
    ours: &'static str,
    /// Their proportion.
    share: String,
    /// That there are enough requests.
    enough: String,
    at_least: u64,
    below: u64,
    hold: u64,
    calm: u64,
    requests: u64,
}

/// A condition, as each of the two writes it.
type Pair = (String, String);

impl Terms {
    fn held(&self) -> Pair {
        let Self {
            ours,
            share,
            at_least,
            hold,
            ..
        } = self;
        (
            format!("{ours} > {at_least}% for {hold}m"),
            format!("{share} > {at_least}"),
        )
    }

    fn guarded(&self) -> Pair {
        let Self {
            ours,
            share,
            at_least,
            hold,
            requests,
            enough,
            ..
        } = self;
        (
            format!("{ours} > {at_least}% given requests >= {requests} for {hold}m"),
            format!("{share} > {at_least} and {enough}"),
        )
    }

    fn kept(&self) -> Pair {
        let Self {
            ours, below, calm, ..
        } = self;
        let (begin, begins) = self.guarded();
        (
            format!("{begin} until {ours} < {below}% for {calm}m"),
            format!("{begins} {}", self.unless(&self.share)),
        )
    }

    fn averaged(&self) -> Pair {
        let Self {
            ours,
            share,
            at_least,
            below,
            hold,
            calm,
            requests,
            enough,
            ..
        } = self;
        let mean = format!("avg({ours} over 5m)");
        let means = format!("avg_over_time({share}[5m:1m])");
        (
            format!(
                "{mean} > {at_least}% given requests >= {requests} for {hold}m until {mean} < {below}% for {calm}m"
            ),
            format!("{means} > {at_least} and {enough} {}", self.unless(&means)),
        )
    }

    fn compared_with_yesterday(&self) -> Pair {
        let Self {
            ours,
            share,
            below,
            hold,
            requests,
            enough,
            ..
        } = self;
        let mean = format!("avg({ours} over 10m");
        let means = format!("avg_over_time({share}[10m:1m]");
        (
            format!(
                "{mean}) > 2 * {mean} offset 1d) + {below}% given requests >= {requests} for {hold}m"
            ),
            format!("{means}) > 2 * {means} offset 1d) + {below} and {enough}"),
        )
    }

    fn joined(&self, domain: &str) -> Pair {
        let Self { at_least, hold, .. } = self;
        let rest = 100 - at_least;
        let (gateway, good) = (share(domain, "502|503|504"), share(domain, "2.."));
        (
            format!("gateway > {at_least}% and 2xx < {rest}% for {hold}m"),
            format!("{gateway} > {at_least} and {good} < {rest}"),
        )
    }

    fn counted(&self, domain: &str) -> Pair {
        let Self {
            at_least,
            hold,
            calm,
            ..
        } = self;
        let minutes = hold + calm;
        let (all, one) = (share(domain, "5.."), share(domain, "501"));
        (
            format!("failed > {at_least}% for {hold} of {minutes}m"),
            format!("sum_over_time((({all} - {one}) > bool {at_least})[{minutes}m:1m]) >= {hold}"),
        )
    }

    fn peak(&self, domain: &str, codes: &str) -> Pair {
        let Self {
            ours,
            share,
            at_least,
            requests,
            ..
        } = self;
        let many = requests * 5;
        (
            format!("max({ours} over 15m) > {at_least}% or requests({ours}) > {many}"),
            format!(
                "max_over_time({share}[15m:1m]) > {at_least} or sum(cdn_code_requests{{domain=\"{domain}\",code=~\"{codes}\"}}) > {many}"
            ),
        )
    }

    /// What keeps an alert until a value was low for a while.
    fn unless(&self, value: &str) -> String {
        let Self {
            index, below, calm, ..
        } = self;
        format!(
            "or on() (ALERTS{{alertname=\"rule-{index}\",alertstate=\"firing\"}} unless on() min_over_time(({value} < bool {below})[{calm}m:1m]) == 1)"
        )
    }
}
