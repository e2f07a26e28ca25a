//! A storm through everything: the pipeline, the store on disk and the sender's own logic, with
//! receivers that fail and vanish and a process that dies all the time. Time is an argument.
//!
//! What arrives is held against a run in which nothing goes wrong: the same messages under the
//! same ids, each alert's story in order, and nothing twice but what nobody could know had arrived.
//! The dice are seeded; only how far a call gets before the process dies is the machine's.

mod servers;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use foghorn::dispatch::State;
use foghorn::store::Lane;

use servers::{Arrival, MANAGER};
use world::{Chaos, World};

/// What one channel was told of one alert, in order, without what came again.
type Stories = BTreeMap<(Lane, String), Vec<(String, State)>>;

/// The messages by lane and id, as they came first.
fn messages(arrivals: &[Arrival]) -> BTreeMap<(Lane, String), String> {
    let mut first = BTreeMap::new();
    for arrival in arrivals {
        let key = (arrival.lane.clone(), arrival.message.id.clone());
        let body = serde_json::to_string(&arrival.message).unwrap();
        match first.get(&key) {
            None => {
                first.insert(key, body);
            }
            Some(before) => assert_eq!(*before, body, "what comes again is the same"),
        }
    }
    first
}

fn stories(arrivals: &[Arrival]) -> Stories {
    let mut seen = BTreeSet::new();
    let mut stories = Stories::new();
    for arrival in arrivals {
        if !seen.insert((arrival.lane.clone(), arrival.message.id.clone())) {
            continue;
        }
        for alert in &arrival.message.alerts {
            let key = format!("{} {}", alert.rule, alert.domain);
            let story = stories.entry((arrival.lane.clone(), key)).or_default();
            story.push((alert.id.clone(), alert.state));
        }
    }
    stories
}

/// No channel hears of an end whose beginning it has not heard of; but the fallback may, which is
/// told of what others could not be told, and one that refused a beginning may in a message that
/// tells of other alerts of the group as well.
fn check_beginnings(stories: &Stories) {
    for ((lane, alert), story) in stories {
        let mut fired = BTreeSet::new();
        for (firing, state) in story {
            if *state == State::Firing {
                fired.insert(firing);
            } else if lane.receiver != MANAGER && !servers::may_refuse(lane) {
                assert!(fired.contains(firing), "{lane:?} {alert}: {story:?}");
            }
        }
    }
}

/// Each alert's story is told to the end: the last word on each firing is that it is over.
fn check_ends(stories: &Stories) -> usize {
    let mut firings = BTreeSet::new();
    // Of a receiver that refuses some, the manager hears the rest: both of them have a part.
    let whole = |lane: &Lane| lane.receiver != MANAGER && !servers::may_refuse(lane);
    for ((lane, alert), story) in stories.iter().filter(|((lane, _), _)| whole(lane)) {
        let last: BTreeMap<&String, State> = story
            .iter()
            .map(|(firing, state)| (firing, *state))
            .collect();
        for (firing, state) in last {
            assert_eq!(state, State::Resolved, "{lane:?} {alert}: {story:?}");
            firings.insert(firing.clone());
        }
    }
    firings.len()
}

fn differences<K: Ord + std::fmt::Debug, V>(
    some: &BTreeMap<K, V>,
    others: &BTreeMap<K, V>,
) -> Vec<String> {
    let missing = some.keys().filter(|key| !others.contains_key(*key));
    missing.map(|key| format!("{key:?}")).take(5).collect()
}

#[tokio::test]
async fn a_storm_arrives_whole_in_order_and_under_its_ids_however_often_the_process_dies() {
    let mut calm = World::new(Chaos::None).await;
    calm.run().await;
    let mut stormy = World::new(Chaos::Seed(1)).await;
    stormy.run().await;

    let (wanted, got) = (
        messages(&calm.servers.arrivals),
        messages(&stormy.servers.arrivals),
    );
    let (wanted_stories, got_stories) = (
        stories(&calm.servers.arrivals),
        stories(&stormy.servers.arrivals),
    );
    let firings = check_ends(&wanted_stories);
    let counts = &stormy.servers.counts;
    println!(
        "{} domains, {firings} firings, {} messages in the uninterrupted run; {} messages after {} deaths \
         ({} of them while judging, {} between a send and its note): {} tries, {} failed, {} without an answer, {} refused, \
         {} came again",
        world::DOMAINS,
        wanted.len(),
        got.len(),
        stormy.deaths,
        stormy.deaths_judging,
        stormy.deaths_after_send,
        counts.tries,
        counts.failed,
        counts.silent,
        counts.refused,
        counts.again,
    );
    assert_eq!(calm.servers.counts.again, 0);
    assert!(firings >= 1_000, "{firings}");
    assert!(stormy.deaths >= 30 && stormy.deaths_after_send >= 5);
    assert!(stormy.deaths_judging >= 3, "{}", stormy.deaths_judging);
    assert!(stormy.deaths_between >= 5, "{}", stormy.deaths_between);
    assert!(counts.failed > counts.tries / 5 && counts.silent > 0 && counts.again > 0);
    assert_eq!(differences(&wanted, &got), Vec::<String>::new(), "lost");
    assert_eq!(differences(&got, &wanted), Vec::<String>::new(), "invented");
    assert!(wanted == got, "the same messages");
    check_beginnings(&got_stories);
    check_ends(&got_stories);
    for (of, story) in &wanted_stories {
        assert_eq!(got_stories.get(of), Some(story), "{of:?}");
    }
}
