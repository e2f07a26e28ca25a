//! Which connections there is room for: where it is full, the one that has kept its place for the
//! longest without a request gives it to the next. So whoever opens connections and says nothing
//! keeps nobody else out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Room for so many connections.
#[derive(Clone, Debug)]
pub(super) struct Room {
    most: usize,
    places: Arc<Mutex<Places>>,
}

#[derive(Debug, Default)]
struct Places {
    next: u64,
    taken: BTreeMap<u64, Taken>,
}

#[derive(Debug)]
struct Taken {
    state: State,
    /// Since when it is so.
    since: Instant,
    leave: CancellationToken,
}

/// What a connection does. Whoever waits for an answer is the last to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// It is silent, or a request of it is not all there, or its answer is on the way.
    Silent,
    /// A request is being answered.
    Asked,
}

/// The place of one connection, which is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    number: u64,
    leave: CancellationToken,
    room: Room,
}

impl Room {
    /// Returns room for so many connections.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            places: Arc::default(),
        }
    }

    /// Takes a place; where none is free, that of another one.
    pub(super) fn enter(&self) -> Place {
        let mut places = self.places();
        while self.most <= places.taken.len() {
            let longest = places.taken.iter();
            let longest = longest.min_by_key(|(_, taken)| (taken.state, taken.since));
            let Some(number) = longest.map(|(number, _)| *number) else {
                break;
            };
            if let Some(taken) = places.taken.remove(&number) {
                taken.leave.cancel();
            }
        }
        let (number, leave) = (places.next, CancellationToken::new());
        places.next += 1;
        let taken = Taken {
            state: State::Silent,
            since: Instant::now(),
            leave: leave.clone(),
        };
        places.taken.insert(number, taken);
        Place {
            number,
            leave,
            room: self.clone(),
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until another one has this place.
    pub(super) async fn left(&self) {
        self.leave.cancelled().await;
    }

    /// Notes that the head of a request has come.
    pub(super) fn asked(&self) {
        self.change(State::Asked);
    }

    /// Notes that a request was answered.
    pub(super) fn answered(&self) {
        self.change(State::Silent);
    }

    fn change(&self, state: State) {
        if let Some(taken) = self.room.places().taken.get_mut(&self.number) {
            (taken.state, taken.since) = (state, Instant::now());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.places().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Returns which of some connections still have their places.
    fn staying<const N: usize>(places: &[&Place; N]) -> [bool; N] {
        places.map(|place| !place.leave.is_cancelled())
    }

    async fn enter(room: &Room) -> Place {
        tokio::time::advance(Duration::from_secs(1)).await;
        room.enter()
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_been_silent_for_the_longest_makes_room_and_who_waits_for_an_answer_does_not() {
        let room = Room::new(3);
        let (asked, silent) = (enter(&room).await, enter(&room).await);
        let answered = enter(&room).await;
        asked.asked();
        let next = enter(&room).await;
        let all = [&asked, &silent, &answered, &next];
        assert_eq!(staying(&all), [true, false, true, true]);
        tokio::time::advance(Duration::from_secs(1)).await;
        answered.asked();
        answered.answered();
        let last = enter(&room).await;
        let all = [&asked, &answered, &next, &last];
        assert_eq!(staying(&all), [true, true, false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_wait_for_an_answer_the_first_of_them_makes_room() {
        let room = Room::new(2);
        let (a, b) = (enter(&room).await, enter(&room).await);
        b.asked();
        tokio::time::advance(Duration::from_secs(1)).await;
        a.asked();
        let c = enter(&room).await;
        assert_eq!(staying(&[&a, &b, &c]), [true, false, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_when_its_connection_is_over() {
        let room = Room::new(2);
        let (a, b) = (enter(&room).await, enter(&room).await);
        drop(b);
        let c = enter(&room).await;
        assert_eq!(staying(&[&a, &c]), [true, true]);
        assert_eq!(room.places().taken.len(), 2);
    }
}
