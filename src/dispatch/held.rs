//! What the pipeline keeps back, until it is freed.

use chrono::{DateTime, Utc};

use super::desk::Desk;
use super::mute::Hold;
use super::notification::AlertView;

impl Desk {
    /// Returns the firings that the pipeline keeps back, and why.
    pub fn held(&self) -> impl Iterator<Item = (&AlertView, Hold)> {
        let stories = self.held.iter().filter_map(|id| self.stories.get(id));
        stories.filter_map(|story| Some((&story.view, story.hold?)))
    }

    /// Keeps a firing back that nobody has heard of.
    pub fn keep_back(&mut self, id: &str, hold: Hold) {
        if let Some(story) = self.stories.get_mut(id) {
            story.hold = Some(hold);
            self.held.insert(id.to_owned());
            self.touch_story(id);
            self.is_stirred = true;
        }
    }

    /// Keeps a firing back no longer.
    pub fn free(&mut self, id: &str, now: DateTime<Utc>) {
        if let Some(story) = self.stories.get_mut(id) {
            story.freed = story.hold.take().map(|hold| (hold, now));
            self.held.remove(id);
            self.touch_story(id);
            self.is_stirred = true;
        }
    }

    /// Returns what kept a firing back until it was freed, and when that was, if nobody has heard of it yet.
    pub fn freed(&self, id: &str) -> Option<(Hold, DateTime<Utc>)> {
        let story = self.stories.get(id).filter(|story| story.is_untold());
        story?.freed
    }
}
