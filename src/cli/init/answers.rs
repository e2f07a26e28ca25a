//! What `init` was answered.

/// How many domains and addresses are taken: who has more writes them into the file.
pub(super) const LIST_MAX: usize = 100;

/// What the files are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) source: Source,
    /// Names and globs; none are all domains of the account.
    pub(super) domains: Vec<String>,
    /// Addresses; none leave the console alone.
    pub(super) email: Vec<String>,
    pub(super) mail_server: Option<String>,
    pub(super) mail_user: Option<String>,
    /// The address that the names of rules are put behind, if there are runbooks.
    pub(super) runbooks: Option<String>,
    pub(super) sensitivity: Sensitivity,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            source: Source::Simulator,
            domains: Vec::new(),
            email: Vec::new(),
            mail_server: None,
            mail_user: None,
            runbooks: None,
            sensitivity: Sensitivity::Normal,
        }
    }
}

impl Answers {
    /// Whether the domains are looked up in the account, by globs.
    pub(super) fn is_discovered(&self) -> bool {
        let is_glob = |name: &String| name.starts_with('!') || name.contains(['*', '?']);
        match self.source {
            Source::AliyunCdn | Source::AliyunDcdn => {
                self.domains.is_empty() || self.domains.iter().any(is_glob)
            }
            Source::Simulator => self.domains.iter().any(is_glob),
        }
    }
}

/// Where figures come from; written as in the rules file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Source {
    /// Alibaba Cloud CDN.
    #[value(name = "aliyun_cdn")]
    AliyunCdn,
    /// Alibaba Cloud DCDN.
    #[value(name = "aliyun_dcdn")]
    AliyunDcdn,
    /// Built in: made-up traffic, to try things out without an account.
    Simulator,
}

impl Source {
    pub(super) const ALL: [Self; 3] = [Self::AliyunCdn, Self::AliyunDcdn, Self::Simulator];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::AliyunCdn => "aliyun_cdn",
            Self::AliyunDcdn => "aliyun_dcdn",
            Self::Simulator => "simulator",
        }
    }

    pub(super) const fn says(self) -> &'static str {
        match self {
            Self::AliyunCdn => "Alibaba Cloud CDN",
            Self::AliyunDcdn => "Alibaba Cloud DCDN",
            Self::Simulator => "built in: made-up traffic, to try things out without an account",
        }
    }
}

/// How soon the rules speak up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Sensitivity {
    /// Clear outages alone.
    Low,
    /// Outages, and what is clearly unusual.
    Normal,
    /// Small rises too.
    High,
}

impl Sensitivity {
    pub(super) const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    pub(super) const fn says(self) -> &'static str {
        match self {
            Self::Low => "clear outages alone",
            Self::Normal => "outages, and what is clearly unusual",
            Self::High => "small rises too",
        }
    }
}
