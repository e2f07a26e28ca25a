//! What the store would keep of the steps of a pipeline.

use std::collections::BTreeMap;

use foghorn::dispatch::{AlertView, Decision, Notification, Reason, State};
use foghorn::engine::{AlertKey, Event, Transition};
use foghorn::pipeline::{
    AlertRow, FleetLeft, Forgotten, Kept, Need, Remembered, RuleMark, SeriesMark, Step,
};
use foghorn::unit::{Minute, Series};

/// Everything that steps left behind, as one transaction each.
#[derive(Clone, Debug, Default)]
pub struct Store {
    pub samples: BTreeMap<Series, BTreeMap<Minute, Kept>>,
    pub marks: BTreeMap<Series, SeriesMark>,
    pub rules: BTreeMap<String, RuleMark>,
    pub alerts: BTreeMap<AlertKey, String>,
    pub notes: BTreeMap<String, String>,
    pub left: Vec<FleetLeft>,
    pub transitions: Vec<Transition>,
    pub outbox: Vec<Notification>,
    pub decisions: Vec<Decision>,
    pub forgotten: Option<Forgotten>,
}

impl Store {
    /// Forgets samples before a minute, but for what rules of that reach need.
    pub fn forget(&mut self, forgotten: Forgotten) {
        for (series, mark) in &self.marks {
            let from = forgotten.covered(mark.covered_from, mark.next);
            let kept = self.samples.entry(series.clone()).or_default();
            kept.retain(|minute, _| from <= *minute);
        }
        self.forgotten = Some(forgotten);
    }

    pub fn commit(&mut self, step: &Step) {
        for kept in &step.samples {
            let of_series = self.samples.entry(kept.series.clone()).or_default();
            of_series
                .entry(kept.minute)
                .or_insert_with(|| kept.kept.clone());
        }
        for mark in &step.series {
            self.marks.insert(mark.series.clone(), mark.clone());
        }
        for series in &step.series_removed {
            self.marks.remove(series);
        }
        for name in &step.rules_removed {
            self.rules.remove(name);
        }
        for rule in &step.rules {
            self.rules.insert(rule.name.clone(), rule.clone());
        }
        for AlertRow { key, state } in &step.alerts {
            match state {
                Some(text) => self.alerts.insert(key.clone(), text.clone()),
                None => self.alerts.remove(key),
            };
        }
        self.left.extend(step.fleet_left.iter().cloned());
        for (name, text) in &step.notes {
            match text {
                Some(text) => self.notes.insert(name.clone(), text.clone()),
                None => self.notes.remove(name),
            };
        }
        for transition in &step.transitions {
            self.add_transition(transition);
        }
        self.decisions.extend(step.decisions.iter().cloned());
        for message in &step.outbox {
            self.add_message(message);
        }
    }

    fn add_transition(&mut self, transition: &Transition) {
        let same = |known: &&Transition| {
            known.key == transition.key
                && known.minute == transition.minute
                && known.event == transition.event
        };
        assert_eq!(self.transitions.iter().find(same), None, "happens once");
        let of_alert = |known: &&Transition| known.key == transition.key;
        let last = self.transitions.iter().rfind(of_alert);
        let was_firing = last
            .is_some_and(|last| matches!(last.event, Event::Fired | Event::SeverityChanged { .. }));
        assert_eq!(
            was_firing,
            transition.event != Event::Fired,
            "an alert fires, and then ends: {transition:?}"
        );
        self.transitions.push(transition.clone());
    }

    fn add_message(&mut self, message: &Notification) {
        let same = |known: &Notification| known.id == message.id;
        assert!(!self.outbox.iter().any(same), "told once: {message:?}");
        assert!(
            !message.alerts.is_empty(),
            "tells of something: {message:?}"
        );
        let before: Vec<&AlertView> = self
            .outbox
            .iter()
            .filter(|known| {
                (&known.receiver, known.channel) == (&message.receiver, message.channel)
            })
            .flat_map(|known| &known.alerts)
            .collect();
        let heard = |view: &AlertView| before.iter().rfind(|told| told.id == view.id);
        for view in &message.alerts {
            let is_over = heard(view).is_some_and(|told| told.state != State::Firing);
            assert!(
                message.reason == Reason::Settled || !is_over,
                "what is over is told no more: {message:?}"
            );
        }
        let fires = |view: &AlertView| view.state == State::Firing;
        let mut alerts = message.alerts.iter();
        let holds = match message.reason {
            Reason::First | Reason::Added => alerts.any(|of| fires(of) && heard(of).is_none()),
            Reason::Changed => alerts.any(|of| {
                let told = heard(of).filter(|told| fires(of) && fires(told));
                told.is_some_and(|told| told.severity != of.severity)
            }),
            Reason::Reminder => alerts.all(|of| fires(of) && heard(of).is_some()),
            Reason::PartlyResolved | Reason::Resolved | Reason::Ended => {
                alerts.all(|of| !fires(of))
            }
            _ => true,
        };
        assert!(holds, "the reason is true of its alerts: {message:?}");
        self.outbox.push(message.clone());
    }

    pub fn read(&self, need: &Need) -> Vec<(Minute, Kept)> {
        let kept = self.samples.get(&need.series).into_iter();
        kept.flat_map(|of_series| of_series.range(need.from..need.to))
            .map(|(minute, kept)| (*minute, kept.clone()))
            .collect()
    }

    pub fn remembered(&self) -> Remembered {
        let alerts = self.alerts.iter().map(|(key, text)| AlertRow {
            key: key.clone(),
            state: Some(text.clone()),
        });
        let mut series: Vec<SeriesMark> = self.marks.values().cloned().collect();
        if let Some(forgotten) = self.forgotten {
            for mark in &mut series {
                mark.forget(forgotten);
            }
        }
        Remembered {
            series,
            rules: self.rules.values().cloned().collect(),
            alerts: alerts.collect(),
            notes: self.notes.clone(),
        }
    }

    /// What happened, as comparable lines: of the rules of the file, or of the built-in ones.
    pub fn events(&self, is_built_in: bool) -> Vec<String> {
        let is_its = |t: &&Transition| {
            foghorn::pipeline::BUILT_IN.contains(&t.key.rule.as_str()) == is_built_in
        };
        let mut lines: Vec<String> = self.transitions.iter().filter(is_its).map(line).collect();
        lines.sort();
        lines
    }
}

/// A transition as a line, without its account.
pub fn line(of: &Transition) -> String {
    let (_, domain, cause) = of.key.columns();
    let (rule, minute) = (&of.key.rule, of.minute);
    format!(
        "{minute} {rule} {domain}{cause} {:?} {} since {} fired {} peak {:?}",
        of.event, of.severity, of.since, of.fired, of.evidence.peak
    )
}
