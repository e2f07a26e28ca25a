//! What fired and ended while minutes were caught up with.

use super::*;

#[test]
fn thousands_of_past_alerts_are_told_in_messages_that_can_be_read_the_worst_first() {
    let plan = plan(vec![Route::new(
        Match::new(),
        vec![name("ops"), name("duty")],
    )]);
    let past: Vec<AlertView> = (0..1_200)
        .map(|n| {
            let view = view("r", &format!("d{n:04}"), 0, State::Resolved, 2);
            let severity = if n < 1_190 { "warning" } else { "critical" };
            AlertView {
                severity: severity.to_owned(),
                ..view
            }
        })
        .collect();
    let (told, decisions) = plan.digest(&past, begin());
    let sizes = told
        .iter()
        .map(|m| (m.receiver.as_str(), m.channel, m.alerts.len()));
    let sizes: Vec<_> = sizes.collect();
    assert_eq!(sizes.len(), 9);
    assert_eq!(
        sizes[..3],
        [("duty", 0, 500), ("duty", 1, 500), ("duty", 0, 500)]
    );
    assert_eq!(sizes[8], ("ops", 0, 200));
    let ids: std::collections::BTreeSet<_> = told.iter().map(|m| &m.id).collect();
    assert_eq!(ids.len(), 9);
    let critical = told[0].alerts.iter().filter(|a| a.severity == "critical");
    assert_eq!(critical.count(), 10);
    // Each of them is said to have been told, to both receivers.
    assert_eq!(decisions.len(), 2 * past.len());
    let of_duty = Decided::Told {
        deliveries: vec![told[0].id.clone(), told[1].id.clone()],
        receiver: "duty".to_owned(),
        reason: Reason::Past,
        group: String::new(),
        with: 499,
    };
    let worst = &told[0].alerts[0].id;
    let of_worst = decisions.iter().find(|d| d.firing == *worst);
    assert_eq!(of_worst.map(|d| &d.what), Some(&of_duty));
    assert!(plan.digest(&[], begin()).0.is_empty());
}
