//! What could have stood where a text was refused, in the language's own words.

/// Something that could have stood at a token, in the order in which messages list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    End,
    Proportion,
    Count,
    Duration,
    Codes,
    Value,
    Comparison,
    Operator,
    MoreCodes,
    Comma,
    Open,
    Close,
    And,
    Or,
    For,
    Of,
    Until,
    Over,
    Offset,
    On,
    At,
    Least,
    DataOrTraffic,
    Domains,
    Given,
}

impl Want {
    const ALL: [Self; 25] = [
        Self::End,
        Self::Proportion,
        Self::Count,
        Self::Duration,
        Self::Codes,
        Self::Value,
        Self::Comparison,
        Self::Operator,
        Self::MoreCodes,
        Self::Comma,
        Self::Open,
        Self::Close,
        Self::And,
        Self::Or,
        Self::For,
        Self::Of,
        Self::Until,
        Self::Over,
        Self::Offset,
        Self::On,
        Self::At,
        Self::Least,
        Self::DataOrTraffic,
        Self::Domains,
        Self::Given,
    ];

    const fn in_words(self) -> &'static str {
        match self {
            Self::End => "the end",
            Self::Proportion => "a proportion such as `10%`",
            Self::Count => "a count",
            Self::Duration => "a duration such as `5m`",
            Self::Codes => "codes such as `5xx`",
            Self::Value => "a value such as `5xx` or `10%`",
            Self::Comparison => "a comparison such as `>`",
            Self::Operator => "an operator such as `+`",
            Self::MoreCodes => "`|` and more codes",
            Self::Comma => "`,`",
            Self::Open => "`(`",
            Self::Close => "`)`",
            Self::And => "`and`",
            Self::Or => "`or`",
            Self::For => "`for`",
            Self::Of => "`of`",
            Self::Until => "`until`",
            Self::Over => "`over`",
            Self::Offset => "`offset`",
            Self::On => "`on at least … domains`",
            Self::At => "`at`",
            Self::Least => "`least`",
            Self::DataOrTraffic => "`data` or `traffic`",
            Self::Domains => "`domains`",
            Self::Given => "`given`",
        }
    }
}

/// All that could have stood at a token: a bit for each [`Want`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Wanted(u32);

impl Wanted {
    pub(super) fn note(&mut self, want: Want) {
        self.0 |= 1 << want as u32;
    }

    /// Lists it all: `a`, `b` or `c`.
    pub(super) fn in_words(self) -> String {
        let is_wanted = |want: &Want| self.0 & (1 << *want as u32) != 0;
        let wants = Want::ALL.into_iter().filter(is_wanted);
        let mut words: Vec<&str> = wants.map(Want::in_words).collect();
        let last = words.pop().unwrap_or("a condition");
        if words.is_empty() {
            last.to_owned()
        } else {
            format!("{} or {last}", words.join(", "))
        }
    }
}
