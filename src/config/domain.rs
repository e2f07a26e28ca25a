//! Names of domains, and globs that could match one; what was meant by a text that is neither.

use crate::diag::{Code, Diagnostic, Span, quoted};

/// How long a part of a name may be. Source: RFC 1035, section 2.3.4.
const LABEL_CHARS_MAX: usize = 63;
/// How long a name may be. Source: RFC 1035, section 2.3.4.
const NAME_BYTES_MAX: usize = 253;

/// Whether a text can be the name of a domain. The source calls one for all names below another
/// `.example.com`.
pub(super) fn is_name(text: &str) -> bool {
    let bare = text.strip_prefix('.').unwrap_or(text);
    text.len() <= NAME_BYTES_MAX && bare.split('.').all(|part| is_part(part, is_of_name))
}

/// Whether a name of a domain can match a glob.
pub(crate) fn is_glob(text: &str) -> bool {
    // Of [a name](is_name) for all names below another.
    let text = text.strip_prefix('.').unwrap_or(text);
    let is_of_glob = |c: char| is_of_name(c) || matches!(c, '*' | '?');
    text.split('.').all(|part| is_part(part, is_of_glob))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

fn is_part(part: &str, is_of: impl Fn(char) -> bool) -> bool {
    !part.is_empty()
        && part.chars().count() <= LABEL_CHARS_MAX
        && !part.starts_with('-')
        && part.chars().all(is_of)
}

/// Says that no domain can match what stands at a place, which is no [glob](is_glob) of domains.
pub(crate) fn stranger(span: Span, text: &str) -> Diagnostic {
    let message = match text.trim() {
        "" | "!" => "an empty glob matches no domain".to_owned(),
        _ => format!("no domain can be called {}", quoted(text)),
    };
    Meant::of(text).help(Diagnostic::new(Code::NoDomain, span, message))
}

/// What was meant by a text that no domain is called, and no glob of domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    /// One glob.
    One(String),
    /// Several, which were written as one.
    Several(Vec<String>),
    /// To leave out what the glob matches.
    LeftOut(String),
    /// A glob, and not a regular expression.
    NoExpression(String),
    /// Nobody knows.
    Unknown,
}

impl Meant {
    /// Returns what was meant by a text, of which every part that is named [can match](is_glob).
    pub(crate) fn of(text: &str) -> Self {
        let (sign, text) = match text.strip_prefix('!') {
            Some(rest) => ("!", rest.trim()),
            None => ("", text.trim()),
        };
        let signed = |text: String| format!("{sign}{text}");
        if let Some(rest) = text.strip_prefix('-').filter(|rest| is_glob(rest)) {
            return Self::LeftOut(rest.to_owned());
        }
        if let Some(meant) = without_expression(text).filter(|meant| is_glob(meant)) {
            return Self::NoExpression(signed(meant));
        }
        let parts = match choices(text) {
            Some(parts) => parts.into_iter().map(signed).collect(),
            // The sign is that of the first alone.
            None => signed(text.to_owned())
                .split([',', ';', ' ', '，', '、', '；'])
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect::<Vec<String>>(),
        };
        // Items of a list whose dashes lack their blank are one text to YAML.
        let is_list = 1 < parts.len() && parts.iter().all(|part| part.starts_with('-'));
        let bare = |part: &'_ String| match part.strip_prefix('-') {
            Some(rest) if is_list => rest.to_owned(),
            _ => part.clone(),
        };
        let parts: Vec<String> = parts.iter().map(bare).collect();
        let of_part = |part: &String| match part.strip_prefix('!') {
            Some(rest) => host(rest).map(|host| format!("!{host}")),
            None => host(part),
        };
        let meant: Option<Vec<String>> = parts.iter().map(of_part).collect();
        match meant {
            Some(meant) if 1 < meant.len() => Self::Several(meant),
            Some(mut meant) => meant.pop().map_or(Self::Unknown, Self::One),
            None => Self::Unknown,
        }
    }

    /// Says what is to be written instead.
    pub(crate) fn help(&self, fault: Diagnostic) -> Diagnostic {
        match self {
            Self::One(glob) => fault.help(format!("write `{glob}`")),
            Self::Several(globs) => fault.help(format!("write a list of them: `{}`", list(globs))),
            Self::LeftOut(glob) => fault.help(format!("to leave domains out, write `\"!{glob}\"`")),
            Self::NoExpression(glob) => fault.help(format!(
                "globs are no regular expressions, `*` stands for any characters: write `{glob}`"
            )),
            Self::Unknown => {
                fault.help("write a name, `www.example.com`, or a glob, `*.example.com`")
            }
        }
    }
}

/// Returns globs as a list of YAML.
pub(crate) fn list(globs: &[String]) -> String {
    let quoted: Vec<String> = globs.iter().map(|glob| format!("\"{glob}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

/// `^www\.example\.com$`, `.*\.example\.com`
fn without_expression(text: &str) -> Option<String> {
    let is_one = text.contains('\\') || text.starts_with('^') || text.ends_with('$');
    let bare = text.trim_start_matches('^').trim_end_matches('$');
    is_one.then(|| {
        bare.replace("\\.", "\u{0}")
            .replace(".*", "*")
            .replace('\u{0}', ".")
    })
}

/// `{www,img}.example.com`
fn choices(text: &str) -> Option<Vec<String>> {
    let (before, rest) = text.split_once('{')?;
    let (inner, behind) = rest.split_once('}')?;
    let all = inner
        .split(',')
        .map(|one| format!("{before}{}{behind}", one.trim()));
    Some(all.collect())
}

/// Returns the name or glob that an address is about, or a text with signs around it.
fn host(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A question mark is one character of a glob, unless an address goes on behind it.
    let host = if is_glob(rest) { rest } else { host };
    // A `!` left out would turn what it says round.
    let bare = host.trim_matches(|c: char| !is_of_name(c) && !matches!(c, '*' | '?' | '!'));
    let (name, port) = bare.split_once(':').unwrap_or((bare, ""));
    let is_port = port.chars().all(|c| c.is_ascii_digit());
    (is_port && is_glob(name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_domain_can_be_called_is_no_glob_of_domains() {
        for glob in [
            "www.example.com",
            "*",
            "*.example.com",
            "img?.a.b",
            ".example.com",
            "münchen.de",
            "_x.a",
        ] {
            assert!(is_glob(glob), "{glob}");
        }
        for text in [
            "",
            "a, b",
            "https://a.b/",
            "-a.b",
            "{a,b}.c",
            "a.b]",
            "a..b",
            "a.b.",
            "a b",
            "a.b:443",
        ] {
            assert!(!is_glob(text), "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_found_where_it_is_plain() {
        let one = |text: &str| Meant::One(text.to_owned());
        let several =
            |texts: &[&str]| Meant::Several(texts.iter().map(|t| (*t).to_owned()).collect());
        assert_eq!(
            Meant::of("https://www.example.com/a?b=c"),
            one("www.example.com")
        );
        assert_eq!(Meant::of("www.example.com:443"), one("www.example.com"));
        assert_eq!(Meant::of("www.example.com]"), one("www.example.com"));
        assert_eq!(Meant::of("!www.example.com/"), one("!www.example.com"));
        assert_eq!(Meant::of("a.b, *.c"), several(&["a.b", "*.c"]));
        assert_eq!(Meant::of("a.b、*.c"), several(&["a.b", "*.c"]));
        assert_eq!(Meant::of("-a.b -c.d"), several(&["a.b", "c.d"]));
        assert_eq!(Meant::of("*.c, !d.c"), several(&["*.c", "!d.c"]));
        assert_eq!(Meant::of("!d.c, *.c"), several(&["!d.c", "*.c"]));
        assert_eq!(Meant::of("!{d,e}.c"), several(&["!d.c", "!e.c"]));
        assert_eq!(Meant::of("*.c (!d.c)"), Meant::Unknown);
        assert_eq!(Meant::of("{www,img}.a.b"), several(&["www.a.b", "img.a.b"]));
        assert_eq!(
            Meant::of("-static.a.b"),
            Meant::LeftOut("static.a.b".to_owned())
        );
        assert_eq!(
            Meant::of(r"^.*\.a\.b$"),
            Meant::NoExpression("*.a.b".to_owned())
        );
        assert_eq!(Meant::of(""), Meant::Unknown);
        assert_eq!(Meant::of("a.b|c.d"), Meant::Unknown);
    }
}
