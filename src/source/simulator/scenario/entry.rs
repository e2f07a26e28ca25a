//! The entries of a scenario's lists, as they are written.

use serde::Deserialize;

use crate::unit::{GlobList, Minute, Timespan};

use super::super::refusal;
use super::period::{Cycle, Period};
use super::text::{Codes, Text};
use super::{Fault, FaultKind, Gap, Incident, Late, Shape, Share};

/// The longest wait of a fault: longer than any client waits.
const WAIT_MAX: Timespan = Timespan::from_seconds(600);
/// The longest lateness: a day, because the source keeps seven.
const LATE_MAX: Timespan = Timespan::from_seconds(86_400);
/// The longest cycle: the source keeps seven days.
const CYCLE_MAX: Timespan = Timespan::from_seconds(7 * 86_400);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IncidentText {
    domains: Option<Vec<String>>,
    codes: Codes,
    shape: Option<Shape>,
    traffic: Option<Text<Share>>,
    from: Option<Text<Minute>>,
    to: Option<Text<Minute>>,
    every: Option<Text<Timespan>>,
    offset: Option<Text<Timespan>>,
    r#for: Option<Text<Timespan>>,
}

impl TryFrom<IncidentText> for Incident {
    type Error = String;

    fn try_from(text: IncidentText) -> Result<Self, String> {
        Ok(Self {
            period: period(text.from, text.to, text.every, text.offset, text.r#for)?,
            domains: globs(text.domains),
            codes: text.codes.0,
            shape: text.shape.unwrap_or(Shape::Flat),
            traffic: text.traffic.map_or(Share::WHOLE, |traffic| traffic.0),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GapText {
    domains: Option<Vec<String>>,
    from: Option<Text<Minute>>,
    to: Option<Text<Minute>>,
    every: Option<Text<Timespan>>,
    offset: Option<Text<Timespan>>,
    r#for: Option<Text<Timespan>>,
}

impl TryFrom<GapText> for Gap {
    type Error = String;

    fn try_from(text: GapText) -> Result<Self, String> {
        Ok(Self {
            period: period(text.from, text.to, text.every, text.offset, text.r#for)?,
            domains: globs(text.domains),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LateText {
    by: Text<Timespan>,
    domains: Option<Vec<String>>,
    from: Option<Text<Minute>>,
    to: Option<Text<Minute>>,
    every: Option<Text<Timespan>>,
    offset: Option<Text<Timespan>>,
    r#for: Option<Text<Timespan>>,
}

impl TryFrom<LateText> for Late {
    type Error = String;

    fn try_from(text: LateText) -> Result<Self, String> {
        if LATE_MAX < text.by.0 {
            return Err(format!("`by` is at most {LATE_MAX}"));
        }
        Ok(Self {
            by: text.by.0,
            period: period(text.from, text.to, text.every, text.offset, text.r#for)?,
            domains: globs(text.domains),
        })
    }
}

/// The word of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Throttle,
    Error,
    Timeout,
    Garbage,
    Slow,
    Interval,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultText {
    fault: Kind,
    code: Option<String>,
    message: Option<String>,
    status: Option<u16>,
    retry_after: Option<Text<Timespan>>,
    after: Option<Text<Timespan>>,
    interval: Option<u32>,
    share: Option<Text<Share>>,
    domains: Option<Vec<String>>,
    from: Option<Text<Minute>>,
    to: Option<Text<Minute>>,
    every: Option<Text<Timespan>>,
    offset: Option<Text<Timespan>>,
    r#for: Option<Text<Timespan>>,
}

impl TryFrom<FaultText> for Fault {
    type Error = String;

    fn try_from(mut text: FaultText) -> Result<Self, String> {
        let share = text.share.map_or(Share::WHOLE, |share| share.0);
        if Share::WHOLE < share {
            return Err("the `share` of a fault is at most 100%".to_owned());
        }
        Ok(Self {
            kind: kind(&mut text)?,
            share,
            domains: text.domains.map(|domains| globs(Some(domains))),
            period: period(text.from, text.to, text.every, text.offset, text.r#for)?,
        })
    }
}

/// Takes what belongs to the kind out of the text; what is left over is refused.
fn kind(text: &mut FaultText) -> Result<FaultKind, String> {
    let kind = match text.fault {
        Kind::Throttle => FaultKind::Throttle {
            code: text.code.take().unwrap_or("Throttling.User".to_owned()),
            retry_after: text.retry_after.take().map(|span| span.0),
        },
        Kind::Error => refuse(text)?,
        Kind::Timeout => FaultKind::Wait(wait(text.after.take())?),
        Kind::Garbage => FaultKind::Garbage,
        Kind::Slow => FaultKind::Slow(wait(text.after.take())?),
        Kind::Interval => FaultKind::Interval(
            text.interval
                .take()
                .ok_or("a wrong DataInterval needs `interval`, in seconds")?,
        ),
    };
    let surplus = [
        ("code", text.code.is_some()),
        ("message", text.message.is_some()),
        ("status", text.status.is_some()),
        ("retry_after", text.retry_after.is_some()),
        ("after", text.after.is_some()),
        ("interval", text.interval.is_some()),
    ];
    match surplus.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(format!("this fault has no `{name}`")),
        None => Ok(kind),
    }
}

fn refuse(text: &mut FaultText) -> Result<FaultKind, String> {
    let code = text.code.take().ok_or("an error needs a `code`")?;
    let status = text.status.take();
    if status.is_some_and(|status| !(400..=599).contains(&status)) {
        return Err("the `status` of an error is from 400 to 599".to_owned());
    }
    if status.is_none() && refusal::known(&code).is_none() {
        return Err(format!(
            "the code `{code}` is not known, so it needs a `status`"
        ));
    }
    Ok(FaultKind::Refuse {
        code,
        message: text.message.take(),
        status,
    })
}

fn wait(after: Option<Text<Timespan>>) -> Result<Timespan, String> {
    match after {
        Some(Text(after)) if after <= WAIT_MAX => Ok(after),
        Some(_) => Err(format!("`after` is at most {WAIT_MAX}")),
        None => Err("this fault needs `after`: how long it takes".to_owned()),
    }
}

fn globs(domains: Option<Vec<String>>) -> GlobList {
    match domains {
        Some(domains) => GlobList::parse(domains.iter().map(String::as_str)),
        None => GlobList::all(),
    }
}

fn period(
    from: Option<Text<Minute>>,
    to: Option<Text<Minute>>,
    every: Option<Text<Timespan>>,
    offset: Option<Text<Timespan>>,
    length: Option<Text<Timespan>>,
) -> Result<Period, String> {
    let from = from.map(|from| from.0);
    let to = to.map(|to| to.0);
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        return Err("`to` must be after `from`".to_owned());
    }
    let length = length
        .map(|span| whole_minutes("for", span.0))
        .transpose()?;
    if length == Some(0) {
        return Err("`for` is at least 1m".to_owned());
    }
    let offset = offset
        .map(|span| whole_minutes("offset", span.0))
        .transpose()?;
    let every = every
        .map(|span| whole_minutes("every", span.0))
        .transpose()?;
    match (every, length) {
        (Some(every), Some(length)) => {
            if every < length {
                return Err("`for` is no longer than `every`".to_owned());
            }
            let offset = offset.unwrap_or(0);
            let cycle = Some(Cycle {
                every,
                offset,
                length,
            });
            Ok(Period { from, to, cycle })
        }
        (Some(_), None) => Err("`every` needs `for`: how long it lasts".to_owned()),
        (None, _) if offset.is_some() => Err("`offset` needs `every`".to_owned()),
        (None, Some(length)) => stretch(from, to, length),
        (None, None) => Ok(Period {
            from,
            to,
            cycle: None,
        }),
    }
}

fn stretch(from: Option<Minute>, to: Option<Minute>, length: u32) -> Result<Period, String> {
    let (Some(from), None) = (from, to) else {
        return Err("`for` needs `every`, or `from` without `to`".to_owned());
    };
    let to = Minute::containing(from.start() + Timespan::from_seconds(length * 60).delta());
    Ok(Period {
        from: Some(from),
        to: Some(to),
        cycle: None,
    })
}

fn whole_minutes(name: &str, span: Timespan) -> Result<u32, String> {
    if CYCLE_MAX < span {
        return Err(format!("`{name}` is at most {CYCLE_MAX}"));
    }
    if !span.seconds().is_multiple_of(60) {
        return Err(format!("`{name}` is in whole minutes"));
    }
    Ok(span.seconds() / 60)
}
