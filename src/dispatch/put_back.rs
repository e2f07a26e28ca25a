//! A clock that is put back: what was noted of times that are yet to come would hold up what is to
//! be told until then, and is taken as of now.

use chrono::{DateTime, Utc};

use super::desk::Desk;
use super::group::{Group, GroupId};
use super::storm::STORM;
use super::story::Story;

/// Takes those times that are yet to come as of now; says whether there were any.
pub(super) fn put_back<'a>(
    times: impl Iterator<Item = &'a mut DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    let mut is_any = false;
    for time in times.filter(|time| now < **time) {
        *time = now;
        is_any = true;
    }
    is_any
}

impl Desk {
    /// Takes what was noted of times that are yet to come as of now.
    pub(super) fn forget_the_future(&mut self, now: DateTime<Utc>) {
        let groups = self.groups.iter_mut();
        let groups = groups.filter_map(|(id, group)| group.put_back(now).then(|| id.clone()));
        let groups: Vec<GroupId> = groups.collect();
        for id in groups {
            self.touch_group(&id);
        }
        let stories = self.stories.iter_mut();
        let stories = stories.filter_map(|(id, story)| story.put_back(now).then(|| id.clone()));
        let stories: Vec<String> = stories.collect();
        for id in stories {
            self.touch_story(&id);
        }
        let receivers = self.storms.put_back(now);
        let notes = receivers
            .iter()
            .map(|receiver| format!("{STORM}{receiver}"));
        self.unwritten.extend(notes);
        // What is due next was reckoned by those times.
        self.is_stirred = true;
    }
}

impl Group {
    fn put_back(&mut self, now: DateTime<Utc>) -> bool {
        let times = [&mut self.news, &mut self.sent, &mut self.clock];
        put_back(times.into_iter().flatten(), now)
    }
}

impl Story {
    fn put_back(&mut self, now: DateTime<Utc>) -> bool {
        let escalations = self.escalations.values_mut();
        let escalations = escalations.map(|escalation| &mut escalation.since);
        let times = escalations
            .chain(&mut self.muted)
            .chain(self.freed.as_mut().map(|(_, at)| at))
            .chain([&mut self.began, &mut self.updated]);
        put_back(times, now)
    }
}
