//! The reviews agree with the statuses and times of the log.

use super::*;
use crate::generate::schedule::MICROSECONDS_PER_DAY;

/// The events of each judged page, in the order of the file.
fn events_by_page(log: &Log) -> BTreeMap<&str, Vec<ReviewEvent>> {
    let mut events: BTreeMap<&str, Vec<ReviewEvent>> = BTreeMap::new();
    for event in &log.reviews {
        let of_page = events.entry(&event.assignment).or_default();
        of_page.push(event.clone());
    }
    events
}

/// The first row of each page that was handed in for pay.
fn handed_in(log: &Log) -> impl Iterator<Item = &Response> {
    let rows = log.responses.iter();
    rows.filter(|row| row.position == 0 && row.pool.starts_with("week-") && row.times[1].is_some())
}

#[test]
fn review_events_are_the_times_of_the_log_in_order() {
    let mut events = events_by_page(&DEMO);
    let mut n_appealed = 0;
    for row in handed_in(&DEMO) {
        let [_, submitted, accepted, rejected, _, _] = row.times;
        let found = events.remove(row.assignment.as_str()).unwrap_or_default();
        let found: Vec<(&str, i64)> = found.iter().map(|e| (e.event.as_str(), e.at)).collect();
        let mut expected = Vec::new();
        expected.extend(rejected.map(|at| ("REJECT", at)));
        expected.extend(accepted.map(|at| ("ACCEPT", at)));
        if found.is_empty() {
            // Nobody looked: accepted after a day, if the log goes on for a day.
            let unseen_at = submitted.unwrap() + MICROSECONDS_PER_DAY;
            let is_over = unseen_at <= WINDOW_END;
            assert_eq!(accepted, is_over.then_some(unseen_at), "{row:?}");
            assert_eq!(rejected, None, "{row:?}");
        } else {
            assert_eq!(found, expected, "{row:?}");
            let times: Vec<i64> = expected.iter().map(|(_, at)| *at).collect();
            assert!(times[0] > submitted.unwrap() && times.is_sorted());
            let is_accepted = found.last().unwrap().0 == "ACCEPT";
            assert_eq!(
                row.status,
                if is_accepted { "ACCEPTED" } else { "REJECTED" }
            );
            n_appealed += usize::from(found.len() == 2);
        }
    }
    assert!(events.is_empty(), "events of pages never handed in");
    assert!(n_appealed > 0);
}

#[test]
fn a_fifth_is_judged_and_mistakes_are_turned_down() {
    let events = events_by_page(&DEMO);
    let mut n_pages = 0.0;
    let mut judged: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for row in handed_in(&DEMO) {
        n_pages += 1.0;
        if let Some(events) = events.get(row.assignment.as_str()) {
            let count = judged.entry(&DEMO.kinds[&row.worker]).or_default();
            count.0 += f64::from(u8::from(events[0].event == "REJECT"));
            count.1 += 1.0;
        }
    }
    let share = events.len() as f64 / n_pages;
    assert!((0.18..0.22).contains(&share), "{share}");
    let share = |kind: &str| judged[kind].0 / judged[kind].1;
    assert!(share("honest") < 0.04, "{judged:?}");
    assert!(share("sloppy") < 0.2, "{judged:?}");
    for kind in ["bot", "spammer", "always_left", "colluder"] {
        assert!(share(kind) > 0.25, "{kind}: {judged:?}");
    }
}
