//! For how long nothing happens but what samples bring and what is due.

use super::Pipeline;
use super::blind::BLIND_AFTER;
use super::series::SeriesState;

impl Pipeline {
    /// Returns for how many minutes nothing can happen by itself, if all sources go on to give
    /// codes, but what alerts bring and what is [due](Self::due); 0 while something is kept back,
    /// fails, or has yet to be rebuilt.
    pub fn rests(&self) -> u32 {
        let waits = |state: &SeriesState| state.is_stale || !state.warming.is_empty();
        let is_busy = !self.telling.keeps_nothing_back()
            || 0 < self.blindness.len()
            || !self.failing.is_empty()
            || !self.stale.is_empty()
            || !self.lost.is_empty()
            || !self.changed.is_empty()
            || self.accounts.values().any(|of| of.unlisted.is_some())
            || self.series.values().any(waits);
        if is_busy {
            return 0;
        }
        // A rule that becomes unknown now is told of no sooner than this.
        let unknown = self.series.values().flat_map(|state| &state.unknown_for);
        let longest = unknown.map(|(_, minutes)| *minutes).max().unwrap_or(0);
        (BLIND_AFTER - 1).saturating_sub(longest)
    }
}
