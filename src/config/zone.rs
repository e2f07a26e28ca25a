//! Time zones by their names, and what was meant by a name that is none.

use super::reader::{Origin, Reader};
use crate::diag::{Code, Diagnostic, nearest};
use crate::unit::Zone;
use crate::yaml::Node;

/// What people call a zone that has another name, in small letters.
const OTHERS: [(&str, &str); 6] = [
    ("asia/beijing", "Asia/Shanghai"),
    ("beijing", "Asia/Shanghai"),
    ("china", "Asia/Shanghai"),
    ("china standard time", "Asia/Shanghai"),
    ("z", "UTC"),
    ("local", "UTC"),
];

/// How long `CST` and its like are.
const ABBREVIATED_CHARS_MAX: usize = 4;

/// Reads the name of a time zone.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Zone> {
    let text = reader.set_text(node, "the name of a time zone")?;
    let zone = text.value.parse::<Zone>().ok();
    if zone.is_none() {
        let message = format!("{} is no time zone", text.shown());
        let fault = Diagnostic::new(Code::Syntax, text.span, message);
        let is_asked = text.origin == Origin::File && !reader.is_full();
        let meant = is_asked.then(|| meant(&text.value)).flatten();
        reader.push(match meant {
            Some(Meant::Name(name)) => fault.write(name),
            Some(Meant::Near(name)) => fault.help(format!("did you mean `{name}`?")),
            Some(Meant::Offset(name)) => fault.help(format!(
                "write the name of a place, such as Asia/Shanghai, or `{name}`, whose sign counts the other way"
            )),
            None => fault.help("write its name: Asia/Shanghai, Europe/Berlin, UTC"),
        });
    }
    if text.origin == Origin::File
        && let Some(rest) = text
            .value
            .strip_prefix("Etc/GMT+")
            .filter(|_| zone.is_some())
        && rest != "0"
    {
        let message = format!(
            "{} is {rest} hours behind UTC: its sign counts the other way",
            text.shown()
        );
        let fault = Diagnostic::new(Code::Syntax, text.span, message).warning();
        reader.push(fault.help(format!(
            "write the name of a place, such as Asia/Shanghai; {rest} hours ahead is `Etc/GMT-{rest}`"
        )));
    }
    zone
}

/// What was meant by a name that no zone has.
#[derive(Debug, PartialEq, Eq)]
enum Meant {
    /// This zone and no other.
    Name(String),
    /// Perhaps this zone.
    Near(String),
    /// The zone that is so many hours from UTC.
    Offset(String),
}

fn meant(text: &str) -> Option<Meant> {
    let written = text.trim().to_ascii_lowercase().replace(' ', "_");
    let names = Zone::names();
    let find = |is_it: fn(&str, &str) -> bool| {
        let mut names = names.iter();
        names.find(|name| is_it(&name.to_ascii_lowercase(), &written))
    };
    if let Some(name) = find(|name, written| name == written) {
        return Some(Meant::Name(name.clone()));
    }
    if let Some(offset) = offset(&written) {
        return Some(Meant::Offset(offset));
    }
    let others = OTHERS
        .iter()
        .find(|(other, _)| other.replace(' ', "_") == written);
    if let Some((_, name)) = others {
        return Some(Meant::Near((*name).to_owned()));
    }
    // The place alone: `Shanghai`.
    if let Some(name) = find(|name, written| name.rsplit('/').next() == Some(written)) {
        return Some(Meant::Near(name.clone()));
    }
    // Abbreviations mean several zones, and what is near to one is none of them.
    if text.chars().count() <= ABBREVIATED_CHARS_MAX {
        return None;
    }
    let near = nearest(text, names.iter().map(String::as_str))?;
    Some(Meant::Near(near.to_owned()))
}

/// `GMT+8`, `UTC+08:00`, `+8`
fn offset(written: &str) -> Option<String> {
    let rest = written.trim_start_matches("utc").trim_start_matches("gmt");
    let (sign, digits) = match (rest.strip_prefix('+'), rest.strip_prefix('-')) {
        (Some(digits), _) => ('-', digits),
        (None, Some(digits)) => ('+', digits),
        (None, None) => return None,
    };
    let hours = digits
        .strip_suffix(":00")
        .or_else(|| digits.strip_suffix("00"));
    let hours: u32 = hours.unwrap_or(digits).parse().ok()?;
    let name = format!("Etc/GMT{sign}{hours}");
    name.parse::<Zone>().is_ok().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_that_was_meant_is_named() {
        assert_eq!(
            meant("asia/shanghai"),
            Some(Meant::Name("Asia/Shanghai".to_owned()))
        );
        assert_eq!(
            meant("Asia/Shangai"),
            Some(Meant::Near("Asia/Shanghai".to_owned()))
        );
        assert_eq!(
            meant("Shanghai"),
            Some(Meant::Near("Asia/Shanghai".to_owned()))
        );
        assert_eq!(
            meant("America/New York"),
            Some(Meant::Name("America/New_York".to_owned()))
        );
        assert_eq!(meant("GMT+8"), Some(Meant::Offset("Etc/GMT-8".to_owned())));
        assert_eq!(
            meant("UTC+08:00"),
            Some(Meant::Offset("Etc/GMT-8".to_owned()))
        );
        assert_eq!((meant("somewhere else"), meant("CST")), (None, None));
    }
}
