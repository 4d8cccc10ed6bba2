//! Task suites: what a verdict is, what is counted, and which rules ask for more answers.

use super::*;
use crate::quality::{Compensation, Raise, SuiteEvent, SuiteEventKind, replay_suite};

use SuiteEventKind::{DecidedByRule, Reviewed, Submitted};
use Verdict::{Accept, Reject};

fn on_suite(rules: &[String]) -> RuleBook {
    book(&[config("ASSIGNMENTS_ASSESSMENT", "", rules)])
}

fn suite_event(
    minute: i64,
    assignment_id: &'static str,
    kind: SuiteEventKind,
) -> SuiteEvent<'static> {
    SuiteEvent {
        pool_id: "A",
        assignment_id,
        at_us: minute * MINUTE_US,
        kind,
    }
}

fn minutes(raises: &[Raise<'_>]) -> Vec<i64> {
    raises.iter().map(|raise| raise.at_us / MINUTE_US).collect()
}

#[test]
fn an_acceptance_after_a_rejection_is_an_event_of_its_own() {
    let minutes_of = |event: &str, mut events: Vec<SuiteEvent<'static>>| {
        let options = ReplayOptions {
            compensation: Compensation::Each,
            ..ReplayOptions::default()
        };
        let rules = [rule(&format!("assessment_event EQ {event}"), &raise_by(1))];
        minutes(&replay_suite(&with(options, on_suite(&rules)), &mut events))
    };
    let reviewed = || {
        vec![
            suite_event(1, "one", Submitted),
            suite_event(2, "one", Reviewed(Accept)),
            suite_event(3, "one", Reviewed(Reject)),
            suite_event(4, "one", Reviewed(Accept)),
            suite_event(5, "one", Reviewed(Accept)),
        ]
    };
    assert_eq!(minutes_of("ACCEPT", reviewed()), [2, 5]);
    assert_eq!(minutes_of("REJECT", reviewed()), [3]);
    assert_eq!(minutes_of("ACCEPT_AFTER_REJECT", reviewed()), [4]);
    let by_rule = || {
        vec![
            suite_event(1, "one", Submitted),
            suite_event(2, "one", DecidedByRule(Reject)),
            suite_event(3, "one", Reviewed(Accept)),
        ]
    };
    let no_event = minutes_of("REJECT", by_rule());
    assert!(no_event.is_empty(), "a rule's verdict is no event");
    assert_eq!(minutes_of("ACCEPT_AFTER_REJECT", by_rule()), [3]);
}

#[test]
fn pages_are_counted_by_the_verdict_that_they_have_at_the_event() {
    let mut events = vec![
        suite_event(1, "one", Submitted),
        suite_event(1, "two", Submitted),
        suite_event(1, "three", Submitted),
        suite_event(1, "four", Submitted),
        suite_event(9, "five", Submitted), // later than the event
        suite_event(2, "two", DecidedByRule(Accept)),
        suite_event(3, "three", DecidedByRule(Reject)),
        suite_event(4, "one", Reviewed(Reject)),
    ];
    let exactly = "pending_assignments_count EQ 1 AND accepted_assignments_count EQ 1 \
                   AND rejected_assignments_count EQ 2 AND assessment_event EQ REJECT";
    let book = on_suite(&[rule(exactly, &raise_by(2))]);
    let raises = replay_suite(&book, &mut events);
    assert_eq!(minutes(&raises), [4]);
    assert_eq!((raises[0].assignment_id, raises[0].delta), ("one", 2));
}

#[test]
fn at_one_instant_pages_come_first_then_rules_then_reviews_a_rejection_before_an_acceptance() {
    let exactly = |events: &str, counts: &str| {
        rule(
            &format!("assessment_event EQ {events}{counts}"),
            &raise_by(1),
        )
    };
    let two_pages = " AND pending_assignments_count EQ 0 AND accepted_assignments_count EQ 2";
    let book = on_suite(&[exactly("ACCEPT_AFTER_REJECT", two_pages)]);
    let mut events = vec![
        suite_event(1, "one", Reviewed(Accept)),
        suite_event(1, "one", Reviewed(Reject)),
        suite_event(1, "two", DecidedByRule(Accept)),
        suite_event(1, "two", Submitted),
        suite_event(1, "one", Submitted),
    ];
    assert_eq!(minutes(&replay_suite(&book, &mut events)), [1]);
    let kinds: Vec<_> = events[3..].iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Reviewed(Reject), Reviewed(Accept)]);
}

#[test]
fn reviews_at_one_instant_go_page_by_page() {
    let first_accepted = "assessment_event EQ REJECT AND accepted_assignments_count EQ 0";
    let book = on_suite(&[rule(first_accepted, &raise_by(1))]);
    let mut events = vec![
        suite_event(1, "one", Submitted),
        suite_event(1, "two", Submitted),
        suite_event(2, "two", Reviewed(Accept)),
        suite_event(2, "one", Reviewed(Reject)),
    ];
    assert_eq!(minutes(&replay_suite(&book, &mut events)), [2]);
}

#[test]
fn a_page_is_compensated_once_unless_the_options_say_each_time() {
    let rejected = || rule("assessment_event EQ REJECT", &raise_by(1));
    let count = |compensation| {
        let options = ReplayOptions {
            compensation,
            ..ReplayOptions::default()
        };
        let book = with(options, on_suite(&[rejected(), rejected()]));
        let mut events = vec![
            suite_event(1, "one", Submitted),
            suite_event(2, "one", Reviewed(Reject)),
            suite_event(3, "one", Reviewed(Accept)),
            suite_event(4, "one", Reviewed(Reject)),
        ];
        replay_suite(&book, &mut events).len()
    };
    assert_eq!(count(Compensation::Once), 1);
    assert_eq!(count(Compensation::Each), 4);
}

#[test]
fn fewer_answers_make_up_for_nothing_and_are_asked_for_every_time() {
    let book = on_suite(&[
        rule("assessment_event EQ ACCEPT", &raise_by(-1)),
        rule("assessment_event EQ REJECT", &raise_by(2)),
    ]);
    let mut events = vec![
        suite_event(1, "one", Submitted),
        suite_event(2, "one", Reviewed(Accept)),
        suite_event(3, "one", Reviewed(Accept)),
        suite_event(4, "one", Reviewed(Reject)),
        suite_event(5, "one", Reviewed(Reject)),
    ];
    let raises = replay_suite(&book, &mut events);
    let deltas: Vec<_> = raises.iter().map(|raise| raise.delta).collect();
    assert_eq!(minutes(&raises), [2, 3, 4]);
    assert_eq!(deltas, [-1, -1, 2]);
}

#[test]
fn a_suite_follows_its_pools_own_rules_and_names_the_rule() {
    let mut book = on_suite(&[rule("assessment_event EQ REJECT", &raise_by(1))]);
    let own = [
        golden_set(0, &[rule("total_answers_count EQ 1", &ban("POOL", 1))]),
        config(
            "ASSIGNMENTS_ASSESSMENT",
            "",
            &[
                rule("assessment_event EQ ACCEPT", &raise_by(-1)),
                rule("assessment_event EQ REJECT", &raise_by(4)),
            ],
        ),
    ];
    book.pool_rules.insert("A".to_owned(), rules_of(&own));
    let mut events = vec![
        suite_event(1, "one", Submitted),
        suite_event(2, "one", Reviewed(Reject)),
    ];
    let raises = replay_suite(&book, &mut events);
    assert_eq!((raises[0].delta, raises[0].rule.as_str()), (4, "1.1"));
    assert_eq!(raises.len(), 1);
}
