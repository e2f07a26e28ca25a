//! The words of messages in Simplified Chinese.

use super::alert::{Names, extent};
use super::{Counts, Tone, is_test, minutes, title};
use crate::config::Language;
use crate::dispatch::summary::one_line;
use crate::dispatch::{Acknowledgement, AlertView, CAUSE, Notification, Reason, State};
use crate::unit::{Minute, Severity};

/// The longest badge, in characters.
const BADGE_CHARS_MAX: usize = 20;
/// How many minutes an hour and a day have.
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// What stands in a summary whose template failed, between what is told instead and the fault.
const UNRENDERED: &str = " (the rule's summary could not be rendered: ";

pub(super) const NAMES: Names = Names {
    whereabouts: "位置",
    since: "开始时间",
    value: "当前值",
    began: "开始时间",
    over: "恢复时间",
    judged_until: "判定截止",
    value_now: "当前值",
    last_value: "最后的值",
    against: "对比值",
    worst: "最差值",
    condition: "条件",
    also: "其他指标",
    labels: "标签",
    taken: "已认领",
    runbook: "处理手册",
    acknowledge: "认领",
    silence: "静默",
    look: "查看详情",
    unknown: "未知",
};

/// What the service itself says of why an alert ended, and of the alerts that it makes by itself.
const KNOWN: [(&str, &str); 4] = [
    ("the rule was removed", "规则已删除"),
    ("the account is watched no longer", "该账号已不再监控"),
    ("the domain is watched no longer", "该域名已不再监控"),
    ("The cause is gone.", "原因已消除。"),
];

pub(super) fn badge(alert: &AlertView) -> String {
    match alert.state {
        State::Firing => severity(&alert.severity),
        State::Resolved => "已恢复".to_owned(),
        State::Ended => "已终止".to_owned(),
    }
}

fn severity(word: &str) -> String {
    match word.parse() {
        Ok(Severity::Critical) => "严重".to_owned(),
        Ok(Severity::Warning) => "警告".to_owned(),
        Ok(Severity::Info) => "提示".to_owned(),
        Err(()) => one_line(word, BADGE_CHARS_MAX),
    }
}

pub(super) fn subject(notification: &Notification, worst: &AlertView) -> String {
    let more = match notification.alerts.len() {
        1 => String::new(),
        all => format!(" 等 {all} 条告警"),
    };
    let now = plain(worst);
    let end = match (worst.state, notification.reason) {
        (State::Firing, Reason::Changed) => {
            format!("：级别变为{}，{now}", severity(&worst.severity))
        }
        (State::Firing, Reason::Reminder) => format!("：仍在告警，{now}"),
        (State::Firing, Reason::Escalation) => format!("：无人认领，{now}"),
        (State::Firing, Reason::Acknowledged) => format!("：已认领，{now}"),
        (State::Firing, Reason::Unmuted) => format!("：静默已结束，{now}"),
        (State::Firing, Reason::Flapping) => format!("：反复告警，{now}"),
        (State::Firing, Reason::Settled) => format!("：已趋于稳定，{now}"),
        (
            State::Firing,
            Reason::First
            | Reason::Added
            | Reason::PartlyResolved
            | Reason::Resolved
            | Reason::Ended
            | Reason::Past
            | Reason::Digest
            | Reason::Test,
        ) => format!("：{now}"),
        (State::Resolved, Reason::Past) => format!("：历史告警，持续 {}", lasted(worst)),
        (State::Resolved, Reason::Flapping) => "：反复告警".to_owned(),
        (State::Resolved, _) => format!("：持续 {}", lasted(worst)),
        (State::Ended, _) => format!("：不再判定，{}", why(worst)),
    };
    let test = if is_test(notification) {
        "[测试] "
    } else {
        ""
    };
    let badge = badge(worst);
    let title = title(worst, Language::Zh);
    format!("{test}[{badge}] {title}{more}{end}")
}

pub(super) fn brief(alert: &AlertView) -> String {
    match alert.state {
        State::Firing => plain(alert),
        State::Resolved => format!("已恢复，持续 {}", lasted(alert)),
        State::Ended => format!("不再判定，{}", why(alert)),
    }
}

/// What an alert is about in a few words: `5xx 为 34.2%`.
fn plain(alert: &AlertView) -> String {
    let part = alert.values.first().map_or("", |part| part.text.as_str());
    match (part.is_empty(), alert.value.is_empty()) {
        // Of a rule over many domains the value is how many of them fire.
        (false, false) if alert.domain.is_empty() && part == "domains" => {
            format!("{} 个域名正在告警", alert.value)
        }
        (true, _) => alert.rule.clone(),
        (false, true) => format!("{part} 未知"),
        (false, false) => format!("{part} 为 {}", alert.value),
    }
}

pub(super) const fn headline(reason: Reason) -> &'static str {
    match reason {
        Reason::First => "以下告警已触发。",
        Reason::Added => "新增以下告警。",
        Reason::Changed => "以下告警的级别有变化。",
        Reason::PartlyResolved => "部分告警已恢复，其余仍在告警。",
        Reason::Resolved => "以下告警已恢复。",
        Reason::Ended => "以下告警无法继续判定，这并不表示已恢复。",
        Reason::Past => "以下告警在数据无法获取期间触发并结束。",
        Reason::Reminder => "提醒：以下告警仍未恢复。",
        Reason::Escalation => "以下告警无人认领，现升级通知。",
        Reason::Acknowledged => "以下告警已有人认领。",
        Reason::Unmuted => "以下告警的静默已结束，目前仍在告警。",
        Reason::Flapping => "以下告警反复触发和恢复，稳定之前不再逐次通知。",
        Reason::Settled => "以下告警曾反复触发和恢复，现已稳定。",
        Reason::Digest => "短时间内消息过多，现合并为一条。",
        Reason::Test => "这是一条测试消息。",
    }
}

pub(super) fn counts(counts: &Counts) -> String {
    let all: usize = counts.values().sum();
    format!("共 {all} 条告警：{}", list(counts))
}

pub(super) fn rest(counts: &Counts) -> String {
    let more: usize = counts.values().sum();
    format!("另有 {more} 条未列出：{}。", list(counts))
}

fn list(counts: &Counts) -> String {
    let words: Vec<String> = counts
        .iter()
        .map(|(tone, count)| {
            let word = match tone.0 {
                Tone::Firing(Severity::Critical) => "严重",
                Tone::Firing(Severity::Warning) => "警告",
                Tone::Firing(Severity::Info) => "提示",
                Tone::Unknown => "已终止",
                Tone::Over => "已恢复",
            };
            format!("{word} {count} 条")
        })
        .collect();
    words.join("，")
}

pub(super) fn lead(notification: &Notification, alert: &AlertView) -> String {
    match (extent(notification, alert), &alert.ended_at) {
        (None, _) => String::new(),
        (Some((from, to)), None) => format!("已持续 {}", duration(from, to)),
        (Some((from, to)), Some(_)) => format!("持续 {}", duration(from, to)),
    }
}

pub(super) fn sentence(notification: &Notification, alert: &AlertView) -> String {
    let test = if is_test(notification) {
        "这是一条测试消息。"
    } else {
        ""
    };
    let now = plain(alert);
    let happened = match (alert.state, notification.reason) {
        (State::Firing, Reason::Changed) => {
            format!("级别变为{}：{now}。", severity(&alert.severity))
        }
        (State::Firing, Reason::Reminder) => format!("告警仍未恢复：{now}。"),
        (State::Firing, Reason::Escalation) => format!("告警无人认领：{now}。"),
        (State::Firing, Reason::Acknowledged) => format!("告警已有人认领：{now}。"),
        (State::Firing, Reason::Unmuted) => format!("静默已结束，目前仍在告警：{now}。"),
        (State::Firing, Reason::Flapping) => {
            format!("告警反复触发和恢复，稳定之前不再逐次通知。目前正在告警：{now}。")
        }
        (State::Firing, Reason::Settled) => {
            format!("告警曾反复触发和恢复，现已稳定，正在告警：{now}。")
        }
        (
            State::Firing,
            Reason::First
            | Reason::Added
            | Reason::PartlyResolved
            | Reason::Resolved
            | Reason::Ended
            | Reason::Past
            | Reason::Digest
            | Reason::Test,
        ) => format!("告警触发：{now}。"),
        (State::Resolved, Reason::Past) => {
            format!("告警在数据无法获取期间触发并恢复，持续 {}。", lasted(alert))
        }
        (State::Resolved, Reason::Flapping) => {
            "告警反复触发和恢复，稳定之前不再逐次通知。目前已恢复。".to_owned()
        }
        (State::Resolved, Reason::Settled) => {
            format!(
                "告警曾反复触发和恢复，现已稳定：已恢复，持续 {}。",
                lasted(alert)
            )
        }
        (State::Resolved, _) => format!("告警已恢复，持续 {}。", lasted(alert)),
        (State::Ended, _) => format!(
            "告警无法继续判定：{}。这并不表示已恢复，站点是否正常目前未知。",
            why(alert)
        ),
    };
    format!("{test}{happened}")
}

/// Returns the summary: the rule's own text, or what the service says by itself, in Chinese.
pub(super) fn summary(alert: &AlertView) -> String {
    if let Some((_, fault)) = alert.summary.split_once(UNRENDERED) {
        let fault = fault.trim_end_matches(')');
        return format!("{}（规则的摘要模板渲染失败：{fault}）", plain(alert));
    }
    // The words of the built-in alerts; what the source said stays as it said it.
    let account = &alert.account;
    let cause = alert.labels.get(CAUSE).map_or("", String::as_str);
    match (alert.rule.as_str(), alert.state) {
        ("source-late", State::Firing) => format!(
            "账号 {account} 的接口有应答，但长时间没有任何域名的状态码数据：可能没有回源流量，也可能是数据延迟。规则保持原有状态，请对照 CDN 控制台核实。"
        ),
        ("source-failing", State::Firing) => {
            let said = alert.summary.split_once(": ").map_or("", |(_, said)| said);
            let whose = match cause {
                "domains" => "部分域名的数据",
                _ => "数据",
            };
            format!("无法获取账号 {account} 的{whose}：{said}")
        }
        ("rule-blind", State::Firing) => format!(
            "规则 {cause} 无法判定：有样本，但所需的值持续未知。请检查数据源是否提供该规则所需的数据。"
        ),
        _ => known(&alert.summary),
    }
}

/// Returns a time with how long it had been by then: `2026-11-22 10:00 UTC（持续 13 分钟）`.
pub(super) fn after(at: &str, from: &str, to: &str) -> String {
    format!("{at}（持续 {}）", span(from, to))
}

pub(super) fn acknowledged(ack: &Acknowledgement, at: &str) -> String {
    let comment = if ack.comment.is_empty() {
        String::new()
    } else {
        format!("：{}", ack.comment)
    };
    format!("{}，{at}{comment}", ack.by)
}

fn why(alert: &AlertView) -> String {
    match alert.end_reason.as_str() {
        "" => "原因未知".to_owned(),
        reason => known(reason.trim_end_matches('.')),
    }
}

fn known(text: &str) -> String {
    let found = KNOWN.iter().find(|(english, _)| *english == text);
    found.map_or(text, |(_, chinese)| chinese).to_owned()
}

fn lasted(alert: &AlertView) -> String {
    span(&alert.since, alert.ended_at.as_deref().unwrap_or_default())
}

fn span(from: &str, to: &str) -> String {
    match minutes(from, to) {
        Some((from, to)) => duration(from, to),
        None => "时长未知".to_owned(),
    }
}

/// Returns how long it is from one minute to another: `1 小时 12 分钟`.
fn duration(from: Minute, to: Minute) -> String {
    let minutes = (to.epoch() - from.epoch()).max(0);
    let parts = [
        (minutes / DAY, "天"),
        (minutes % DAY / HOUR, "小时"),
        (minutes % HOUR, "分钟"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if words.is_empty() {
        "0 分钟".to_owned()
    } else {
        words.join(" ")
    }
}
