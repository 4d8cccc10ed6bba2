//! The worked examples of the specification, by number.

use super::*;
use crate::quality::{
    Filter, SkillAction, SuiteEvent, SuiteEventKind, judge_ballots, replay_suite,
};

const THIRD: f64 = 100.0 / 3.0;

fn at_us(day: i64, hour: i64) -> i64 {
    day * DAY_US + hour * HOUR_US
}

fn at(event: Event<'static>, at_us: i64) -> Event<'static> {
    Event {
        created_at_us: at_us - SECOND_US,
        submitted_at_us: at_us,
        at_us,
        ..event
    }
}

#[test]
fn example_01_golden_window_sets_the_skill_from_the_third_answer_on() {
    let skill = rule(
        "total_answers_count GTE 3",
        &skill_from("correct_answers_rate"),
    );
    let book = book(&[golden_set(10, &[skill])]);
    let credits = [1., 0., 1., 1., 0., 1., 1., 0., 0., 0., 1., 1.];
    let replay = replay(&book, &mut answers(&credits));
    let changes = replay.skills.iter();
    let exact: Vec<f64> = changes.map(|change| change.exact_value).collect();
    let two_thirds = 200. / 3.;
    let expected = [
        two_thirds,
        75.,
        60.,
        two_thirds,
        500. / 7.,
        62.5,
        500. / 9.,
        50.,
        50.,
        60.,
    ];
    assert_close(&exact, &expected);
    let changes = replay.skills.iter();
    let minutes: Vec<i64> = changes.map(|change| change.at_us / MINUTE_US).collect();
    assert_eq!(minutes, (3..=12).collect::<Vec<_>>());
    let rounded: Vec<i32> = replay.skills.iter().map(|change| change.value).collect();
    assert_eq!(rounded, [67, 75, 60, 67, 71, 63, 56, 50, 50, 60]);
    assert_eq!(replay.skills[9].exact_value.to_bits(), 60f64.to_bits());
    let actions: Vec<_> = replay.skills.iter().map(|change| change.action).collect();
    assert_eq!(actions[0], SkillAction::Create);
    assert!(
        actions[1..]
            .iter()
            .all(|action| *action == SkillAction::Modify)
    );
    assert_eq!(replay.skills[0].skill_id, "77");
    assert!(replay.bans.is_empty());
}

#[test]
fn example_02_two_windows_ban_at_the_twelfth_answer_and_not_at_sixty_percent() {
    let careless = "total_answers_count GTE 4 AND correct_answers_rate LT 60";
    let skill = rule(
        "total_answers_count GTE 3",
        &skill_from("correct_answers_rate"),
    );
    let book = book(&[
        golden_set(5, &[rule(careless, &ban("PROJECT", 10))]),
        golden_set(10, &[skill]),
    ]);
    let credits = [1., 1., 0., 1., 1., 1., 1., 1., 0., 0., 1., 0.];
    let replay = replay(&book, &mut answers(&credits));
    let rates = seen(&replay, "correct_answers_rate");
    assert_close(&rates[3..], &[75., 80., 80., 80., 100., 80., 60., 60., 40.]);
    assert_eq!(ban_minutes(&replay), [12]);
    assert_eq!(replay.bans[0].rule, "0.0");
    assert_eq!(replay.bans[0].comment, "careless");
    assert_eq!(
        replay.bans[0].statistics,
        "total_answers_count=5 correct_answers_rate=40 incorrect_answers_rate=60 \
         golden_set_answers_count=5 golden_set_correct_answers_rate=40 \
         golden_set_incorrect_answers_rate=60"
    );
    let last = replay.skills.last().expect("a skill");
    let found = (last.exact_value, last.value, last.rule.as_str());
    assert_eq!(found, (60.0, 60, "1.0"));
}

#[test]
fn example_03_training_answers_count_in_the_total_and_not_in_the_control_statistics() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let mut page = on_one_page(9, answers(&[1., 0., 0.]));
    page[1].kind = EventKind::Training { credit: 0.0 }; // first wrong, then right
    let replay = replay(&book, &mut page);
    let statistics = &replay.looks[2].statistics;
    assert_eq!(statistics.get("total_answers_count"), Some(3.0));
    assert_close(&seen(&replay, "correct_answers_rate")[2..], &[THIRD]);
    let expected = [
        ("golden_set_answers_count", 2.0),
        ("golden_set_correct_answers_rate", 50.0),
        ("golden_set_incorrect_answers_rate", 50.0),
    ];
    for (key, value) in expected {
        assert_eq!(statistics.get(key), Some(value), "{key}");
    }
}

#[test]
fn example_04_half_credit_counts_half() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let replay = replay(&book, &mut answers(&[1.0, 0.5, 0.0]));
    assert_eq!(seen(&replay, "correct_answers_rate")[2], 50.0);
    assert_eq!(seen(&replay, "incorrect_answers_rate")[2], 50.0);
}

/// The share of votes with the majority of each worker, after the tasks of `votes[task][worker]`.
fn agreement(votes: &[&[&'static str]], overlap: u32, threshold: u32) -> Vec<Vec<f64>> {
    let n_workers = votes[0].len();
    let mut events: Vec<Vec<Event<'static>>> = vec![Vec::new(); n_workers];
    for (task_idx, answers) in votes.iter().enumerate() {
        let ballot_box = votes::ballot_box(task_idx, answers, overlap);
        for judged in judge_ballots(ballot_box) {
            let worker_idx: usize = judged.ballot.worker_id[1..].parse().expect("a number");
            let minute = judged.ballot.submitted_at_us / MINUTE_US;
            let event = majority(minute, minute, judged.n_agreeing, judged.n_top);
            let at_us = judged.at_us;
            events[worker_idx].push(Event { at_us, ..event });
        }
    }
    let parameters = format!(r#""answer_threshold": {threshold}"#);
    let skill = rule(
        "total_answers_count GTE 1",
        &skill_from("correct_answers_rate"),
    );
    let book = book(&[config("MAJORITY_VOTE", &parameters, &[skill])]);
    let of_worker = |events: &mut Vec<Event<'static>>| {
        let replay = replay(&book, events);
        let totals = seen(&replay, "total_answers_count");
        let last_total = totals.last().copied().unwrap_or_default();
        let last_skill = replay.skills.last().map(|change| change.exact_value);
        [Some(last_total), last_skill]
            .into_iter()
            .flatten()
            .collect()
    };
    events.iter_mut().map(of_worker).collect()
}

#[test]
fn example_05_tasks_without_a_majority_are_dropped_for_everybody() {
    let votes: [&[&str]; 5] = [
        &["OK", "BAD", "OK", "BAD", "OK"],
        &["BAD", "OK", "OK", "BAD", "404"],
        &["404", "OK", "404", "OK", "OK"],
        &["OK", "BAD", "OK", "404", "404"],
        &["OK", "BAD", "OK", "404", "OK"],
    ];
    let expected = [200. / 3., THIRD, 200. / 3., THIRD, 100.];
    for (found, skill) in agreement(&votes, 5, 3).iter().zip(expected) {
        assert_close(found, &[3.0, skill]);
    }
}

#[test]
fn example_06_with_a_low_threshold_several_answers_are_right_at_once() {
    let found = agreement(&[&["OK", "OK", "BAD", "BAD", "404"]], 5, 2);
    let right = vec![1.0, 100.0];
    let expected = [&right, &right, &right, &right, &vec![1.0, 0.0]];
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn example_07_nothing_is_judged_before_the_overlap_is_full() {
    assert_eq!(agreement(&[&["OK", "OK"]], 3, 2), [[0.0], [0.0]]);
    let found = agreement(&[&["OK", "OK", "BAD"]], 3, 2);
    assert_eq!(found, [[1.0, 100.0], [1.0, 100.0], [1.0, 0.0]]);
}

/// Pages a minute apart that took so many milliseconds.
fn timed(milliseconds: &[i64]) -> Vec<Event<'static>> {
    let mut events = pages(milliseconds.len() as i64);
    for (event, elapsed_ms) in events.iter_mut().zip(milliseconds) {
        event.created_at_us = event.submitted_at_us - 1000 * elapsed_ms;
    }
    events
}

#[test]
fn example_08_fast_pages_are_those_below_the_threshold_and_ban_at_the_tenth() {
    let many_fast = "total_submitted_count EQ 10 AND fast_submitted_count GTE 4";
    let parameters = r#""history_size": 10, "fast_submit_threshold_seconds": 3"#;
    let many_fast = rule(many_fast, &ban("PROJECT", 10));
    let book = book(&[config("ASSIGNMENT_SUBMIT_TIME", parameters, &[many_fast])]);
    let times = [2900, 3000, 2000, 10_000, 1000, 9000, 8000, 7000, 2500, 6000];
    let found = replay(&book, &mut timed(&times));
    let n_fast = seen(&found, "fast_submitted_count");
    assert_eq!(n_fast, [1., 1., 2., 2., 3., 3., 3., 3., 4., 4.]);
    assert_eq!(ban_minutes(&found), [10]);
    let will_expire_at_us = found.bans[0].will_expire_at_us;
    assert_eq!(will_expire_at_us, Some(10 * MINUTE_US + 10 * DAY_US));
    let found = replay(&book, &mut timed(&times[..9]));
    assert!(found.bans.is_empty());
}

#[test]
fn example_08b_a_fractional_second_below_the_threshold_is_fast() {
    let parameters = r#""history_size": 10, "fast_submit_threshold_seconds": 15"#;
    let three_fast = rule("fast_submitted_count GTE 3", &ban("PROJECT", 5));
    let book = book(&[config("ASSIGNMENT_SUBMIT_TIME", parameters, &[three_fast])]);
    let times = [20_000, 14_000, 16_000, 14_900, 15_000, 3000];
    let replay = replay(&book, &mut timed(&times));
    let n_fast = seen(&replay, "fast_submitted_count");
    assert_eq!(n_fast, [0., 1., 1., 2., 2., 3.]);
    assert_eq!(ban_minutes(&replay), [6]);
    let will_expire_at_us = replay.bans[0].will_expire_at_us;
    assert_eq!(will_expire_at_us, Some(6 * MINUTE_US + 5 * DAY_US));
}

#[test]
fn example_09_captchas_ban_at_seventy_percent_of_ten_and_not_above_or_before() {
    let failing = rule(
        "stored_results_count EQ 10 AND success_rate LTE 70",
        &ban("PROJECT", 3),
    );
    let book = book(&[config("CAPTCHA", r#""history_size": 10"#, &[failing])]);
    let entries = |n_right: i64, n_wrong: i64| -> Vec<Event<'static>> {
        let n_entries = n_right + n_wrong;
        (1..=n_entries)
            .map(|minute| captcha(minute, minute <= n_right))
            .collect()
    };
    let seven = replay(&book, &mut entries(7, 3));
    assert_eq!(ban_minutes(&seven), [10]);
    assert_eq!(
        seven.bans[0].statistics,
        "stored_results_count=10 success_rate=70 fail_rate=30"
    );
    let will_expire_at_us = seven.bans[0].will_expire_at_us;
    assert_eq!(will_expire_at_us, Some(10 * MINUTE_US + 3 * DAY_US));
    assert!(replay(&book, &mut entries(8, 2)).bans.is_empty());
    assert!(replay(&book, &mut entries(0, 9)).bans.is_empty());
}

#[test]
fn example_10_a_page_handed_in_ends_a_row_of_skips_and_one_that_expired_does_not() {
    let three = rule("skipped_in_row_count GTE 3", &ban("PROJECT", 1));
    let book = book(&[config("SKIPPED_IN_ROW_ASSIGNMENTS", "", &[three])]);
    let row = |between: EventKind<'static>| -> Vec<Event<'static>> {
        (1..=6)
            .map(|minute| {
                event(
                    minute,
                    if minute == 3 {
                        between
                    } else {
                        EventKind::Skipped
                    },
                )
            })
            .collect()
    };
    let found = replay(&book, &mut row(EventKind::Submitted { reward_nano_usd: 0 }));
    assert_eq!(
        seen(&found, "skipped_in_row_count"),
        [1., 2., 0., 1., 2., 3.]
    );
    assert_eq!(ban_minutes(&found), [6]);
    let found = replay(&book, &mut row(EventKind::Expired));
    assert_eq!(seen(&found, "skipped_in_row_count"), [1., 2., 2., 3.]);
    assert_eq!(ban_minutes(&found), [4]);
}

#[test]
fn example_11_one_page_a_day_is_a_pause_that_clears_the_count() {
    let one = rule("assignments_accepted_count EQ 1", &ban("POOL", 1));
    let lost = rule("pool_access_revoked_reason EQ RESTRICTION", &raise_by(1));
    let book = book(&[
        config("ANSWER_COUNT", "", &[one]),
        config("USERS_ASSESSMENT", "", &[lost]),
    ]);
    let days = [at_us(0, 10), at_us(0, 12), at_us(1, 11)];
    let mut events: Vec<_> = pages(3)
        .into_iter()
        .zip(days)
        .map(|(page, day)| at(page, day))
        .collect();
    let replay = replay(&book, &mut events);
    let spans: Vec<_> = replay
        .bans
        .iter()
        .map(|ban| (ban.started_at_us, ban.will_expire_at_us))
        .collect();
    let expected = [
        (at_us(0, 10), Some(at_us(1, 10))),
        (at_us(1, 11), Some(at_us(2, 11))),
    ];
    assert_eq!(spans, expected);
    assert_eq!(replay.blocked_pages, ["000002"]);
    assert_eq!(seen(&replay, "assignments_accepted_count"), [1., 1.]);
    assert_eq!(raised(&replay), [], "a pause gives nothing out again");
}

#[test]
fn example_12_income_is_that_of_one_pool_in_the_last_24_hours() {
    let rich = rule("income_sum_for_last_24_hours GT 5", &ban("PROJECT", 1));
    let book = book(&[config("INCOME", "", &[rich])]);
    let paid = |name: i64, hour: i64, reward_nano_usd| {
        let page = event(name, EventKind::Submitted { reward_nano_usd });
        at(page, at_us(0, hour))
    };
    let two_usd = 2_000_000_000;
    let mut in_three_pools = [
        paid(1, 0, two_usd),
        in_pool(paid(2, 8, two_usd), "B"),
        in_pool(paid(3, 16, two_usd), "C"),
    ];
    let found = replay(&book, &mut in_three_pools);
    assert_eq!(seen(&found, "income_sum_for_last_24_hours"), [2., 2., 2.]);
    assert!(found.bans.is_empty());

    let in_one_pool = || {
        [
            paid(1, 0, 2_600_000_000),
            paid(2, 20, 2_500_000_000),
            paid(3, 25, 2_500_000_000),
        ]
    };
    let found = replay(&book, &mut in_one_pool());
    assert_eq!(seen(&found, "income_sum_for_last_24_hours"), [2.6, 5.1]);
    assert_eq!(found.bans.len(), 1);
    assert_eq!(found.bans[0].started_at_us, at_us(0, 20));

    let watching = watching("INCOME", "", "income_sum_for_last_24_hours");
    let found = replay(&watching, &mut in_one_pool());
    assert_eq!(
        seen(&found, "income_sum_for_last_24_hours"),
        [2.6, 5.1, 5.0]
    );
}

#[test]
fn example_13_rejections_ban_at_the_fifth_review() {
    let rejected = rule(
        "total_assignments_count GT 2 AND rejected_assignments_rate GT 50",
        &ban("PROJECT", 15),
    );
    let book = book(&[config("ACCEPTANCE_RATE", "", &[rejected])]);
    let mut events = pages(7); // the sixth and the seventh are not reviewed
    let verdicts = [
        Verdict::Accept,
        Verdict::Reject,
        Verdict::Accept,
        Verdict::Reject,
        Verdict::Reject,
    ];
    for (page, verdict) in (1..).zip(verdicts) {
        events.push(review(page, 100 + page, verdict));
    }
    let replay = replay(&book, &mut events);
    let rates = seen(&replay, "rejected_assignments_rate");
    assert_close(&rates, &[0., 50., THIRD, 50., 60.]);
    let totals = seen(&replay, "total_assignments_count");
    assert_eq!(totals, [1., 2., 3., 4., 5.]);
    assert_eq!(ban_minutes(&replay), [105]);
    let will_expire_at_us = replay.bans[0].will_expire_at_us;
    assert_eq!(will_expire_at_us, Some(105 * MINUTE_US + 15 * DAY_US));
}

#[test]
fn example_14_a_rejected_page_raises_the_overlap_of_its_suite_by_one() {
    let rejected = rule("assessment_event EQ REJECT", &raise_by(1));
    let book = book(&[config("ASSIGNMENTS_ASSESSMENT", "", &[rejected])]);
    let suite_event = |minute, assignment_id, kind| SuiteEvent {
        pool_id: "A",
        assignment_id,
        at_us: minute * MINUTE_US,
        kind,
    };
    let mut events = vec![
        suite_event(1, "of worker 1", SuiteEventKind::Submitted),
        suite_event(2, "of worker 1", SuiteEventKind::Reviewed(Verdict::Reject)),
    ];
    let need = |n_answers: i32, events: &mut [SuiteEvent<'static>]| {
        let raises = replay_suite(&book, events);
        1 + raises.iter().map(|raise| raise.delta).sum::<i32>() - n_answers
    };
    assert_eq!(need(1, &mut events), 1);
    let raises = replay_suite(&book, &mut events);
    assert_eq!(raises.len(), 1);
    assert_eq!(raises[0].assignment_id, "of worker 1");
    assert_eq!((raises[0].delta, raises[0].reason), (1, "rejected"));
    assert_eq!(raises[0].at_us, 2 * MINUTE_US);
    assert_eq!(raises[0].rule, "0.0");
    events.push(suite_event(3, "of worker 2", SuiteEventKind::Submitted));
    events.push(suite_event(
        4,
        "of worker 2",
        SuiteEventKind::Reviewed(Verdict::Accept),
    ));
    assert_eq!(need(2, &mut events), 0);
    assert_eq!(replay_suite(&book, &mut events).len(), 1);
}

#[test]
fn example_15_a_ban_gives_out_again_the_pages_of_the_worker_and_a_pause_does_not() {
    let lost = rule("pool_access_revoked_reason EQ RESTRICTION", &raise_by(1));
    for (scope, expected) in [("PROJECT", 3), ("ALL_PROJECTS", 3), ("POOL", 0)] {
        let three = rule("assignments_accepted_count EQ 3", &ban(scope, 10));
        let book = book(&[
            config("ANSWER_COUNT", "", &[three]),
            config("USERS_ASSESSMENT", "", std::slice::from_ref(&lost)),
        ]);
        let replay = replay(&book, &mut pages(3));
        assert_eq!(replay.bans.len(), 1);
        let every_page = [("000001", 1), ("000002", 1), ("000003", 1)];
        assert_eq!(raised(&replay), every_page[..expected], "{scope}");
        for raise in &replay.raises {
            assert_eq!(raise.reason, "banned");
            assert_eq!(raise.at_us, 3 * MINUTE_US);
            assert_eq!(raise.rule, "1.0");
        }
        assert!(replay.blocked_pages.is_empty());
    }
}

#[test]
fn example_16_a_skill_below_the_filter_gives_out_again_every_page_of_the_pool() {
    let lost = |skill_id| {
        let condition =
            format!("pool_access_revoked_reason EQ SKILL_CHANGE AND skill_id EQ {skill_id}");
        rule(&condition, &raise_by(1))
    };
    let from_rate = r#"{"type": "SET_SKILL_FROM_OUTPUT_FIELD",
        "parameters": {"skill_id": 2626, "from_field": "correct_answers_rate"}}"#;
    let filter = r#"{"and": [{"or": [{"category": "skill", "key": "2626", "operator": "GTE", "value": 70}]}]}"#;
    for (skill_id, n_raised) in [(2626, 3), (9999, 0)] {
        let mut book = book(&[
            golden_set(0, &[rule("total_answers_count GTE 3", from_rate)]),
            config("USERS_ASSESSMENT", "", &[lost(skill_id)]),
        ]);
        let (filter, _) = Filter::parse(filter).expect("a filter");
        book.filters.insert("A".to_owned(), filter);
        let mut events = vec![given_skill(0, "2626", 75.0)];
        events.extend(pages(4));
        events.extend(answers(&[1., 1., 0.]));
        events.push(in_pool(submitted(9), "B")); // no filter: not lost
        let replay = replay(&book, &mut events);
        assert_close(&[replay.skills[0].exact_value], &[200. / 3.]);
        // The fourth page is handed in after the loss.
        let lost_pages = [("000001", 1), ("000002", 1), ("000003", 1)];
        assert_eq!(raised(&replay), lost_pages[..n_raised], "{skill_id}");
        assert!(
            replay
                .raises
                .iter()
                .all(|raise| raise.reason == "skill_lost")
        );
        assert_eq!(replay.unadmitted_pages, ["000004"]);
    }
}

#[test]
fn example_17_the_training_gate_admits_at_the_level_required_and_not_below() {
    for (required, unadmitted) in [(80, &[][..]), (81, &["000009"][..])] {
        let json = format!(
            r#"{{"configs": [], "training_requirement":
                {{"training_pool_id": "T", "training_passing_skill_value": {required}}}}}"#
        );
        let book = book_of_pools(&[("A", rules(&json))]);
        let credits = [1., 1., 0., 1., 1.]; // the third was declined at first
        let mut events = on_one_page(5, answers(&credits));
        for (event, credit) in events.iter_mut().zip(credits) {
            event.kind = EventKind::Training { credit };
        }
        let first = events[0];
        events.push(Event {
            task_index: -1,
            ..Event {
                kind: EventKind::Submitted { reward_nano_usd: 0 },
                ..first
            }
        });
        let mut events: Vec<_> = events
            .into_iter()
            .map(|event| in_pool(event, "T"))
            .collect();
        events.push(submitted(9));
        assert_eq!(replay(&book, &mut events).unadmitted_pages, unadmitted);
    }
}
