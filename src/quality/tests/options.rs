//! Each option: what its default does, and what its other word does.

use super::*;
use crate::quality::{
    AnswerCounted, BlockedAnswers, Compensation, Filter, GoldenRates, Granularity, HistoryClearing,
    HistoryScope, InFlight, LateEvents, Mode, PageExpired, PartialCredit, RateUnit, RejectedIncome,
    RepeatedControl, ReviewedAgain, SkillValue,
};

/// What a statistic was at each look, by default and under other options.
fn both(
    book: &RuleBook,
    events: &[Event<'static>],
    key: &str,
    other: ReplayOptions,
) -> [Vec<f64>; 2] {
    [ReplayOptions::default(), other].map(|options| {
        let book = with(options, book.clone());
        seen(&replay(&book, &mut events.to_vec()), key)
    })
}

fn options() -> ReplayOptions {
    ReplayOptions::default()
}

#[test]
fn the_words_of_the_options_are_those_of_the_configuration() {
    let words = r#"{
        "rate_unit": "fraction", "granularity": "page", "mode": "snapshot",
        "history_scope": "everywhere", "history_clearing": "collector",
        "late_events": "counted", "blocked_answers": "counted", "in_flight": "blocked",
        "expired_page": "reset", "answer_count": "accepted",
        "golden_rates": "control_and_training", "partial_credit": "none",
        "repeated_control": "all", "rejected_income": "counted", "reviewed_again": "adds",
        "skill_value": "rounded", "compensation": "each", "majority_min_overlap": 2}"#;
    let read: ReplayOptions = serde_json::from_str(words).expect("options");
    let expected = ReplayOptions {
        rate_unit: RateUnit::Fraction,
        granularity: Granularity::Page,
        mode: Mode::Snapshot,
        history_scope: HistoryScope::Everywhere,
        history_clearing: HistoryClearing::Collector,
        late_events: LateEvents::Counted,
        blocked_answers: BlockedAnswers::Counted,
        in_flight: InFlight::Blocked,
        expired_page: PageExpired::Reset,
        answer_count: AnswerCounted::Accepted,
        golden_rates: GoldenRates::ControlAndTraining,
        partial_credit: PartialCredit::None,
        repeated_control: RepeatedControl::All,
        rejected_income: RejectedIncome::Counted,
        reviewed_again: ReviewedAgain::Adds,
        skill_value: SkillValue::Rounded,
        compensation: Compensation::Each,
        majority_min_overlap: 2,
    };
    assert_eq!(read, expected);
    let none: ReplayOptions = serde_json::from_str("{}").expect("options");
    assert_eq!(none, ReplayOptions::default());
    assert!(serde_json::from_str::<ReplayOptions>(r#"{"granulatity": "page"}"#).is_err());
}

#[test]
fn granularity_page_jumps_over_counts_inside_a_page() {
    let at_two = rule("total_answers_count EQ 2", &ban("PROJECT", 1));
    let book = book(&[golden_set(0, &[at_two])]);
    let count_bans = |granularity| {
        let book = with(
            ReplayOptions {
                granularity,
                ..options()
            },
            book.clone(),
        );
        let mut events = on_one_page(9, answers(&[0.0; 3]));
        replay(&book, &mut events).bans.len()
    };
    assert_eq!(count_bans(Granularity::Answer), 1);
    assert_eq!(count_bans(Granularity::Page), 0);
}

#[test]
fn granularity_page_still_looks_at_the_end_of_each_page() {
    let one_page = rule("total_submitted_count EQ 1", &ban("POOL", 1));
    let parameters = r#""fast_submit_threshold_seconds": 1"#;
    let at_two = rule("total_answers_count EQ 3", &ban("PROJECT", 1));
    let book = book(&[
        config("ASSIGNMENT_SUBMIT_TIME", parameters, &[one_page]),
        golden_set(0, &[at_two]),
    ]);
    let granularity = Granularity::Page;
    let book = with(
        ReplayOptions {
            granularity,
            ..options()
        },
        book,
    );
    let mut events = on_one_page(9, answers(&[0.0; 3]));
    let end = Event {
        kind: submitted(1).kind,
        ..events[0]
    };
    events.push(end);
    let replay = replay(&book, &mut events);
    let rules: Vec<_> = replay.bans.iter().map(|ban| ban.rule.as_str()).collect();
    assert_eq!(rules, ["0.0", "1.0"]);
}

#[test]
fn mode_snapshot_acts_once_on_the_last_window_and_its_bans_block_and_clear_nothing() {
    let careless = rule(
        "total_answers_count GTE 2 AND correct_answers_rate LT 50",
        &ban("PROJECT", 1),
    );
    let skill = rule(
        "total_answers_count GTE 1",
        &skill_from("correct_answers_rate"),
    );
    let book = book(&[golden_set(4, &[careless.clone(), careless, skill])]);
    let mut events = answers(&[0., 0., 0., 0., 1.]);
    let live = replay(&book, &mut events);
    assert_eq!(ban_minutes(&live), [2, 2]);
    assert_eq!(live.skills.len(), 2);
    for history_clearing in [HistoryClearing::Rule, HistoryClearing::Collector] {
        let mode = Mode::Snapshot;
        let snapshot = ReplayOptions {
            mode,
            history_clearing,
            ..options()
        };
        let book = with(snapshot, book.clone());
        let found = replay(&book, &mut events);
        assert_eq!(ban_minutes(&found), [5, 5]);
        assert_eq!(found.bans[1].rule, "0.1");
        assert!(
            found.bans[0]
                .statistics
                .starts_with("total_answers_count=4 correct_answers_rate=25 ")
        );
        let skills: Vec<f64> = found
            .skills
            .iter()
            .map(|change| change.exact_value)
            .collect();
        assert_eq!(skills, [25.0]);
    }
}

#[test]
fn mode_snapshot_gives_out_again_the_pages_of_those_it_bans() {
    let three = rule("assignments_accepted_count GTE 3", &ban("PROJECT", 10));
    let lost = rule("pool_access_revoked_reason EQ RESTRICTION", &raise_by(2));
    let book = book(&[
        config("ANSWER_COUNT", "", &[three]),
        config("USERS_ASSESSMENT", "", &[lost]),
    ]);
    let mode = Mode::Snapshot;
    let book = with(ReplayOptions { mode, ..options() }, book);
    let replay = replay(&book, &mut pages(4));
    assert_eq!(ban_minutes(&replay), [4]);
    let every_page = [("000001", 2), ("000002", 2), ("000003", 2), ("000004", 2)];
    assert_eq!(raised(&replay), every_page);
}

#[test]
fn history_scope_everywhere_spans_all_projects() {
    let book = watching("GOLDEN_SET", r#""history_size": 9"#, "total_answers_count");
    let mut events = answers(&[1.0; 3]);
    events[1].project_id = "Q";
    events[1].pool_id = "X";
    let history_scope = HistoryScope::Everywhere;
    let other = ReplayOptions {
        history_scope,
        ..options()
    };
    let found = both(&book, &events, "total_answers_count", other);
    assert_eq!(found, [vec![1., 1., 2.], vec![1., 2., 3.]]);
}

#[test]
fn history_clearing_collector_clears_its_other_rules_after_all_saw_the_event() {
    let at_two = rule("total_answers_count EQ 2", &ban("PROJECT", 1));
    let other_rule = rule("total_answers_count EQ 2", &set_skill("9", 1));
    let separate = rule("total_answers_count EQ 9", &ban("POOL", 1));
    let book = book(&[
        golden_set(10, &[at_two, other_rule]),
        golden_set(10, &[separate]),
    ]);
    let mut events = answers(&[0.0, 0.0]);
    events.push(answer(2000, 0.0));
    let counts = |history_clearing| {
        let book = with(
            ReplayOptions {
                history_clearing,
                ..options()
            },
            book.clone(),
        );
        let replay = replay(&book, &mut events.clone());
        assert_eq!(
            replay.skills.len(),
            1,
            "the second rule saw the second answer"
        );
        ["0.0", "0.1", "1.0"].map(|rule| seen_by(rule, &replay, "total_answers_count"))
    };
    let (cleared, kept) = (vec![1., 2., 1.], vec![1., 2., 3.]);
    assert_eq!(
        counts(HistoryClearing::Rule),
        [cleared.clone(), kept.clone(), kept.clone()]
    );
    assert_eq!(
        counts(HistoryClearing::Collector),
        [cleared.clone(), cleared, kept]
    );
}

#[test]
fn late_events_counted_enter_the_history_that_a_ban_cleared() {
    let two_wrong = rule(
        "total_answers_count GTE 2 AND correct_answers_rate LT 50",
        &ban("PROJECT", 1),
    );
    let book = book(&[config(
        "MAJORITY_VOTE",
        r#""answer_threshold": 2"#,
        &[two_wrong],
    )]);
    let events = [
        majority(1, 10, 1, 2),
        majority(2, 11, 1, 2),
        majority(3, 20, 2, 2), // handed in before the ban of minute 11, judged after it
        majority(4, 10_000, 2, 2),
    ];
    let late_events = LateEvents::Counted;
    let other = ReplayOptions {
        late_events,
        ..options()
    };
    let found = both(&book, &events, "total_answers_count", other);
    assert_eq!(found, [vec![1., 2.], vec![1., 2., 1., 2.]]);
}

#[test]
fn blocked_answers_counted_enter_windows_and_are_still_named() {
    let at_two = rule("total_answers_count EQ 2", &ban("PROJECT", 1));
    let parameters = r#""fast_submit_threshold_seconds": 1"#;
    let third = rule("total_submitted_count EQ 3", &set_skill("9", 1));
    let book = book(&[
        golden_set(0, &[at_two]),
        config("ASSIGNMENT_SUBMIT_TIME", parameters, &[third]),
    ]);
    let replayed = |blocked_answers| {
        let book = with(
            ReplayOptions {
                blocked_answers,
                ..options()
            },
            book.clone(),
        );
        let mut events = pages(3);
        events.extend(answers(&[0.0; 3]));
        let replay = replay(&book, &mut events);
        assert_eq!(replay.blocked_pages, ["000003"]);
        (seen(&replay, "total_answers_count"), replay.skills.len())
    };
    assert_eq!(replayed(BlockedAnswers::Excluded), (vec![1., 2.], 0));
    assert_eq!(replayed(BlockedAnswers::Counted), (vec![1., 2., 1.], 1));
}

#[test]
fn in_flight_blocked_blocks_a_page_taken_before_a_ban_and_handed_in_inside_it() {
    let first = rule("total_submitted_count EQ 1", &ban("PROJECT", 1));
    let parameters = r#""fast_submit_threshold_seconds": 1"#;
    let book = book(&[config("ASSIGNMENT_SUBMIT_TIME", parameters, &[first])]);
    let blocked = |in_flight| {
        let book = with(
            ReplayOptions {
                in_flight,
                ..options()
            },
            book.clone(),
        );
        let mut in_flight = submitted(2);
        in_flight.created_at_us = 0;
        let mut at_the_instant = submitted(3);
        at_the_instant.created_at_us = 0;
        at_the_instant.submitted_at_us = MINUTE_US;
        at_the_instant.at_us = MINUTE_US;
        let mut events = [submitted(1), in_flight, at_the_instant];
        replay(&book, &mut events).blocked_pages
    };
    assert_eq!(blocked(InFlight::Counted), [""; 0]);
    assert_eq!(blocked(InFlight::Blocked), ["000002"]);
}

#[test]
fn expired_page_reset_ends_a_row_of_skips() {
    let book = watching("SKIPPED_IN_ROW_ASSIGNMENTS", "", "skipped_in_row_count");
    let events = [
        event(1, EventKind::Skipped),
        event(2, EventKind::Expired),
        event(3, EventKind::Skipped),
    ];
    let expired_page = PageExpired::Reset;
    let other = ReplayOptions {
        expired_page,
        ..options()
    };
    let found = both(&book, &events, "skipped_in_row_count", other);
    assert_eq!(found, [vec![1., 1., 2.], vec![1., 0., 1.]]);
}

#[test]
fn answer_count_accepted_counts_each_page_that_stands_accepted_once() {
    let book = watching("ANSWER_COUNT", "", "assignments_accepted_count");
    let mut events = pages(3);
    events.extend([
        review(1, 11, Verdict::Accept),
        review(2, 12, Verdict::Reject),
        review(1, 13, Verdict::Reject),
        review(1, 14, Verdict::Accept),
        review(2, 15, Verdict::Accept),
        review(2, 16, Verdict::Accept),
    ]);
    let answer_count = AnswerCounted::Accepted;
    let other = ReplayOptions {
        answer_count,
        ..options()
    };
    let found = both(&book, &events, "assignments_accepted_count", other);
    assert_eq!(found, [vec![1., 2., 3.], vec![1., 1., 0., 1., 2., 2.]]);
}

#[test]
fn answer_count_accepted_counts_pages_that_a_rule_accepted_at_the_next_review() {
    let approve = rule("total_submitted_count EQ 2", APPROVE_ALL);
    let parameters = r#""fast_submit_threshold_seconds": 1"#;
    let count = rule("assignments_accepted_count EQ 3", &set_skill("9", 1));
    let book = book(&[
        config("ASSIGNMENT_SUBMIT_TIME", parameters, &[approve]),
        config("ANSWER_COUNT", "", &[count]),
    ]);
    let answer_count = AnswerCounted::Accepted;
    let book = with(
        ReplayOptions {
            answer_count,
            ..options()
        },
        book,
    );
    let mut events = pages(3);
    events.push(review(3, 11, Verdict::Accept));
    let replay = replay(&book, &mut events);
    assert_eq!(seen_by("1.0", &replay, "assignments_accepted_count"), [3.]);
    assert_eq!(replay.skills.len(), 1);
}

#[test]
fn a_page_accepted_by_a_rule_after_a_ban_is_late_by_the_instant_of_the_verdict() {
    let one = rule("assignments_accepted_count EQ 1", &ban("POOL", 1));
    let approve = rule("total_submitted_count EQ 3", APPROVE_ALL);
    let parameters = r#""fast_submit_threshold_seconds": 1"#;
    let book = book(&[
        config("ANSWER_COUNT", "", &[one]),
        config("ASSIGNMENT_SUBMIT_TIME", parameters, &[approve]),
    ]);
    let counts = |late_events| {
        let answer_count = AnswerCounted::Accepted;
        let options = ReplayOptions {
            late_events,
            answer_count,
            ..options()
        };
        let mut events = pages(2);
        events.push(review(1, 10, Verdict::Accept)); // the ban of minute 10 forgets both pages
        events.push(submitted(5000)); // accepts the second and this one
        events.push(review(5000, 5001, Verdict::Accept));
        let replay = replay(&with(options, book.clone()), &mut events);
        seen(&replay, "assignments_accepted_count")
    };
    assert_eq!(counts(LateEvents::Forgotten), [1., 1.]);
    assert_eq!(counts(LateEvents::Counted), [1., 2.]);
}

#[test]
fn golden_rates_control_and_training_cover_both() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let events = [
        answer(1, 1.0),
        event(2, EventKind::Training { credit: 0.0 }),
    ];
    let golden_rates = GoldenRates::ControlAndTraining;
    let other = ReplayOptions {
        golden_rates,
        ..options()
    };
    let key = "golden_set_correct_answers_rate";
    assert_eq!(
        both(&book, &events, key, other),
        [vec![100., 100.], vec![100., 50.]]
    );
    let key = "golden_set_answers_count";
    assert_eq!(
        both(&book, &events, key, other),
        [vec![1., 1.], vec![1., 2.]]
    );
}

#[test]
fn partial_credit_none_takes_a_weighted_solution_for_wrong() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let partial_credit = PartialCredit::None;
    let other = ReplayOptions {
        partial_credit,
        ..options()
    };
    let found = both(&book, &answers(&[1.0, 0.5]), "correct_answers_rate", other);
    assert_eq!(found, [vec![100., 75.], vec![100., 50.]]);
}

#[test]
fn repeated_control_all_counts_every_answer_to_a_control_task() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let mut events = answers(&[1.0, 0.0, 0.0]);
    events[1].task_id = events[0].task_id;
    let repeated_control = RepeatedControl::All;
    let other = ReplayOptions {
        repeated_control,
        ..options()
    };
    let found = both(&book, &events, "correct_answers_rate", other);
    assert_close(&found[0], &[100., 50.]);
    assert_close(&found[1], &[100., 50., 100. / 3.]);
}

#[test]
fn rejected_income_counted_keeps_the_pay_of_rejected_pages() {
    let book = watching("INCOME", "", "income_sum_for_last_24_hours");
    let paid = |minute| {
        event(
            minute,
            EventKind::Submitted {
                reward_nano_usd: 1_000_000_000,
            },
        )
    };
    let mut events: Vec<_> = [1, 2, 5, 9].map(paid).into();
    events.extend([
        review(1, 3, Verdict::Reject),
        review(2, 4, Verdict::Reject),
        review(2, 6, Verdict::Reject),
        review(2, 7, Verdict::Accept),
    ]);
    let rejected_income = RejectedIncome::Counted;
    let other = ReplayOptions {
        rejected_income,
        ..options()
    };
    let found = both(&book, &events, "income_sum_for_last_24_hours", other);
    assert_eq!(found, [vec![1., 2., 1., 3.], vec![1., 2., 3., 4.]]);
}

#[test]
fn reviewed_again_adds_takes_a_second_verdict_for_another_page() {
    let book = watching("ACCEPTANCE_RATE", "", "total_assignments_count");
    let mut events = pages(2);
    events.extend([
        review(1, 11, Verdict::Reject),
        review(2, 12, Verdict::Accept),
        review(1, 13, Verdict::Accept),
    ]);
    let reviewed_again = ReviewedAgain::Adds;
    let other = ReplayOptions {
        reviewed_again,
        ..options()
    };
    let found = both(&book, &events, "total_assignments_count", other);
    assert_eq!(found, [vec![1., 2., 2.], vec![1., 2., 3.]]);
    let found = both(&book, &events, "accepted_assignments_rate", other);
    assert_eq!(found[0], [0., 50., 100.]);
    assert_close(&found[1], &[0., 50., 200. / 3.]);
}

#[test]
fn skill_value_rounded_is_what_filters_see_and_not_what_is_reported() {
    let skill = rule(
        "total_answers_count GTE 1",
        &skill_from("correct_answers_rate"),
    );
    let mut book = book(&[golden_set(0, &[skill])]);
    let filter = r#"{"category": "skill", "key": "77", "operator": "GTE", "value": 67}"#;
    let (filter, _) = Filter::parse(filter).expect("a filter");
    book.filters.insert("B".to_owned(), filter);
    let mut events = answers(&[1.0, 1.0, 0.0]);
    events.push(in_pool(submitted(9), "B"));
    let unadmitted = |skill_value| {
        let book = with(
            ReplayOptions {
                skill_value,
                ..options()
            },
            book.clone(),
        );
        let replay = replay(&book, &mut events.clone());
        let last = replay.skills.last().expect("a skill");
        assert_close(&[last.exact_value], &[200. / 3.]);
        assert_eq!(last.value, 67);
        replay.unadmitted_pages.len()
    };
    assert_eq!(unadmitted(SkillValue::Exact), 1);
    assert_eq!(unadmitted(SkillValue::Rounded), 0);
}

#[test]
fn compensation_each_gives_a_page_out_again_for_every_rule_that_fires() {
    let twice = rule("assignments_accepted_count GTE 1", &ban("PROJECT", 1));
    let lost = |delta| {
        rule(
            "pool_access_revoked_reason EQ RESTRICTION",
            &raise_by(delta),
        )
    };
    let book = book(&[
        config("ANSWER_COUNT", "", &[twice]),
        config("USERS_ASSESSMENT", "", &[lost(1), lost(3)]),
    ]);
    let raises = |compensation| {
        let book = with(
            ReplayOptions {
                compensation,
                ..options()
            },
            book.clone(),
        );
        let mut later = submitted(5000);
        later.created_at_us = 4000 * MINUTE_US;
        let replay = replay(&book, &mut [submitted(1), later]);
        assert_eq!(ban_minutes(&replay), [1, 5000]);
        raised(&replay)
    };
    let once = [("000001", 1), ("005000", 1)];
    assert_eq!(raises(Compensation::Once), once);
    let each = [
        ("000001", 1),
        ("000001", 3),
        ("000001", 1),
        ("005000", 1),
        ("000001", 3),
        ("005000", 3),
    ];
    assert_eq!(raises(Compensation::Each), each);
}

#[test]
fn a_ban_that_asks_for_fewer_answers_uses_up_no_compensation() {
    let lost = |delta| {
        rule(
            "pool_access_revoked_reason EQ RESTRICTION",
            &raise_by(delta),
        )
    };
    let banned = rule("assignments_accepted_count GTE 1", &ban("PROJECT", 1));
    let book = book(&[
        config("ANSWER_COUNT", "", &[banned]),
        config("USERS_ASSESSMENT", "", &[lost(-1), lost(2), lost(4)]),
    ]);
    let replay = replay(&book, &mut [submitted(1)]);
    assert_eq!(raised(&replay), [("000001", -1), ("000001", 2)]);
}
