//! Settled corners: verdicts by rules, known bans, losses of access, training, gates, and what happens at one instant.

use super::*;
use crate::quality::{Filter, Scope};

const FAST: &str = r#""fast_submit_threshold_seconds": 1"#;

fn on_pages(conditions: &str, action: &str) -> String {
    config("ASSIGNMENT_SUBMIT_TIME", FAST, &[rule(conditions, action)])
}

fn lost_to_a_ban() -> String {
    let lost = rule("pool_access_revoked_reason EQ RESTRICTION", &raise_by(1));
    config("USERS_ASSESSMENT", "", &[lost])
}

fn lost_by_skill(delta: i32) -> String {
    let lost = rule(
        "pool_access_revoked_reason EQ SKILL_CHANGE",
        &raise_by(delta),
    );
    config("USERS_ASSESSMENT", "", &[lost])
}

fn filter(json: &str) -> Filter {
    Filter::parse(json).expect("a filter").0
}

fn known(scope: Scope, started: i64, expires: i64) -> KnownBan<'static> {
    KnownBan {
        scope,
        project_id: Some("P"),
        pool_id: Some("A"),
        started_at_us: started * MINUTE_US,
        will_expire_at_us: Some(expires * MINUTE_US),
    }
}

#[test]
fn a_rule_decides_the_undecided_pages_of_the_pool_and_later_pages_trigger_it_again() {
    let book = book(&[on_pages("total_submitted_count GTE 3", REJECT_ALL)]);
    let mut events = pages(4);
    events.push(in_pool(submitted(1), "B"));
    events[4].assignment_id = "elsewhere";
    events.push(Event {
        at_us: 2 * MINUTE_US,
        ..review(1, 2, Verdict::Accept)
    });
    let replay = replay(&book, &mut events);
    let verdicts = [
        ("000002", Verdict::Reject, 3 * MINUTE_US),
        ("000003", Verdict::Reject, 3 * MINUTE_US),
        ("000004", Verdict::Reject, 4 * MINUTE_US),
    ];
    assert_eq!(replay.verdicts, verdicts);
}

#[test]
fn a_verdict_by_a_rule_is_no_review_event_and_stands_until_an_explicit_one() {
    let reviewed = rule("total_assignments_count GTE 1", &set_skill("9", 1));
    let book = book(&[
        on_pages("total_submitted_count EQ 2", REJECT_ALL),
        config("ACCEPTANCE_RATE", "", &[reviewed]),
        on_pages("total_submitted_count EQ 3", APPROVE_ALL),
    ]);
    let mut events = pages(3);
    events.push(review(1, 9, Verdict::Accept));
    let replay = replay(&book, &mut events);
    assert_eq!(seen_by("1.0", &replay, "total_assignments_count"), [1.]);
    let decided: Vec<_> = replay
        .verdicts
        .iter()
        .map(|(page, verdict, _)| (*page, *verdict))
        .collect();
    let expected = [
        ("000001", Verdict::Reject),
        ("000002", Verdict::Reject),
        ("000003", Verdict::Accept),
    ];
    assert_eq!(decided, expected);
}

#[test]
fn pay_that_a_rule_took_back_is_no_income() {
    let income = rule("income_sum_for_last_24_hours GT 99", &ban("POOL", 1));
    let book = book(&[
        on_pages("total_submitted_count EQ 2", REJECT_ALL),
        config("INCOME", "", &[income]),
    ]);
    let reward_nano_usd = 1_500_000_000;
    let paid = |minute| event(minute, EventKind::Submitted { reward_nano_usd });
    let replay = replay(&book, &mut [1, 2, 3].map(paid));
    let income = seen_by("1.0", &replay, "income_sum_for_last_24_hours");
    assert_eq!(income, [1.5, 3.0, 1.5]);
}

#[test]
fn a_ban_clears_the_income_of_its_rule() {
    let rich = rule("income_sum_for_last_24_hours GTE 2", &ban("POOL", 1));
    let book = book(&[config("INCOME", "", &[rich])]);
    let reward_nano_usd = 1_000_000_000;
    let paid = |minute| event(minute, EventKind::Submitted { reward_nano_usd });
    let mut events = [1, 2, 3].map(paid);
    events[2].created_at_us = 0; // taken before the ban
    let replay = replay(&book, &mut events);
    assert_eq!(seen(&replay, "income_sum_for_last_24_hours"), [1., 2., 1.]);
}

#[test]
fn income_of_exactly_24_hours_ago_is_over() {
    let book = watching("INCOME", "", "income_sum_for_last_24_hours");
    let reward_nano_usd = 1_000_000_000;
    let paid = |minute| event(minute, EventKind::Submitted { reward_nano_usd });
    let day = 24 * 60;
    let replay = replay(&book, &mut [1, 2, day + 1, day + 2].map(paid));
    let income = seen(&replay, "income_sum_for_last_24_hours");
    assert_eq!(income, [1., 2., 2., 2.]);
}

#[test]
fn a_captcha_inside_a_ban_does_not_count() {
    let book = watching("CAPTCHA", "", "stored_results_count");
    let bans = [known(Scope::Project, 1, 4)];
    let mut events: Vec<_> = (1..=5).map(|minute| captcha(minute, true)).collect();
    let replay = replay_with_bans(&book, &mut events, &bans);
    assert_eq!(look_minutes(&replay), [1, 4, 5]);
}

#[test]
fn a_review_or_majority_of_a_page_taken_inside_a_ban_does_not_count() {
    let votes = rule("total_answers_count GTE 9", &ban("POOL", 1));
    let reviews = rule("total_assignments_count GTE 9", &ban("POOL", 1));
    let book = book(&[
        config("MAJORITY_VOTE", r#""answer_threshold": 1"#, &[votes]),
        config("ACCEPTANCE_RATE", "", &[reviews]),
    ]);
    let bans = [known(Scope::Pool, 1, 4)];
    let mut events = [
        majority(2, 50, 1, 1),
        majority(5, 50, 1, 1),
        review(2, 60, Verdict::Accept),
        review(5, 60, Verdict::Accept),
    ];
    let replay = replay_with_bans(&book, &mut events, &bans);
    assert_eq!(look_minutes(&replay), [50, 60]);
}

#[test]
fn a_late_review_of_a_page_handed_in_before_the_ban_does_not_reopen_it() {
    let one_rejected = rule("rejected_assignments_rate GT 50", &ban("PROJECT", 1));
    let book = book(&[config("ACCEPTANCE_RATE", "", &[one_rejected])]);
    let mut events = pages(3);
    events.extend([
        review(1, 10, Verdict::Reject),
        review(2, 11, Verdict::Reject), // handed in before the ban of minute 10
    ]);
    let mut after = submitted(12);
    after.created_at_us = MINUTE_US; // in flight: taken before the ban, handed in after it
    events.push(after);
    events.push(Event {
        kind: review(12, 13, Verdict::Reject).kind,
        at_us: 13 * MINUTE_US,
        ..after
    });
    let replay = replay(&book, &mut events);
    assert_eq!(ban_minutes(&replay), [10, 13]);
}

#[test]
fn at_one_instant_pages_come_before_captchas_and_captchas_before_reviews() {
    let end = "total_submitted_count GTE 1";
    let solved = rule("stored_results_count GTE 1", &set_skill("2", 2));
    let reviewed = rule("total_assignments_count GTE 1", &set_skill("3", 3));
    let voted = rule("total_answers_count GTE 1", &set_skill("4", 4));
    let right = rule("correct_answers_rate GTE 0", &set_skill("5", 5));
    let book = book(&[
        config("ACCEPTANCE_RATE", "", &[reviewed]),
        config("CAPTCHA", "", &[solved]),
        config("MAJORITY_VOTE", r#""answer_threshold": 1"#, &[voted]),
        golden_set(0, &[right]),
        on_pages(end, &set_skill("1", 1)),
    ]);
    let mut events = [
        review(1, 2, Verdict::Accept),
        captcha(2, true),
        majority(1, 2, 1, 1),
        answer(2, 1.0),
        submitted(2),
        given_skill(2, "6", 6.0),
    ];
    let replay = replay(&book, &mut events);
    let skills: Vec<_> = replay
        .skills
        .iter()
        .map(|change| change.skill_id.as_str())
        .collect();
    assert_eq!(skills, ["1", "5", "4", "2", "3"]);
    assert_eq!(events[0].kind, given_skill(2, "6", 6.0).kind);
}

#[test]
fn pages_of_one_instant_go_by_assignment_and_their_answers_by_position_then_task() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let answer = |assignment_id, task_index, task_id, credit| Event {
        assignment_id,
        task_index,
        task_id,
        ..answer(5, credit)
    };
    let mut events = [
        answer("b", 0, "t4", 0.5),
        answer("a", 1, "t0", 1.0),
        answer("a", 0, "t3", 0.0),
        answer("a", 0, "t2", 1.0),
    ];
    let replay = replay(&book, &mut events);
    let tasks: Vec<_> = events.iter().map(|event| event.task_id).collect();
    assert_eq!(tasks, ["t2", "t3", "t0", "t4"]);
    let rates = seen(&replay, "correct_answers_rate");
    assert_close(&rates, &[100., 50., 200. / 3., 62.5]);
}

#[test]
fn a_known_ban_gives_out_again_the_pages_handed_in_before_it_even_when_nothing_follows() {
    let book = book(&[lost_to_a_ban()]);
    let raised_by = |bans: &[KnownBan<'static>]| {
        let mut in_another_project = in_pool(submitted(2), "X");
        in_another_project.project_id = "Q";
        in_another_project.assignment_id = "elsewhere";
        let mut events = [submitted(1), in_another_project, submitted(30)];
        raised(&replay_with_bans(&book, &mut events, bans))
    };
    assert_eq!(raised_by(&[known(Scope::Project, 10, 20)]), [("000001", 1)]);
    assert_eq!(raised_by(&[known(Scope::Pool, 10, 20)]), []);
    let everywhere = [("000001", 1), ("elsewhere", 1)];
    assert_eq!(raised_by(&[known(Scope::System, 10, 20)]), everywhere);
    let last = [known(Scope::Project, 90, 99)];
    assert_eq!(raised_by(&last), [("000001", 1), ("000030", 1)]);
    let twice = [
        known(Scope::Project, 10, 20),
        known(Scope::AllProjects, 90, 99),
    ];
    let each_page_once = [("000001", 1), ("000030", 1), ("elsewhere", 1)];
    assert_eq!(raised_by(&twice), each_page_once);
}

#[test]
fn blocked_pages_are_neither_decided_nor_given_out_again() {
    let third = "total_submitted_count EQ 2";
    let book = book(&[
        lost_to_a_ban(),
        on_pages(third, REJECT_ALL),
        on_pages(third, &ban("PROJECT", 1)),
    ]);
    let bans = [known(Scope::Pool, 1, 3)];
    let mut events = [submitted(1), submitted(2), submitted(5)];
    let replay = replay_with_bans(&book, &mut events, &bans);
    assert_eq!(replay.blocked_pages, ["000002"]);
    let decided: Vec<_> = replay.verdicts.iter().map(|(page, ..)| *page).collect();
    assert_eq!(decided, ["000001", "000005"]);
    assert_eq!(raised(&replay), [("000001", 1), ("000005", 1)]);
}

#[test]
fn skipped_and_expired_pages_are_neither_decided_nor_given_out_again_nor_blocked() {
    let book = book(&[
        lost_to_a_ban(),
        on_pages("total_submitted_count EQ 1", REJECT_ALL),
    ]);
    let bans = [known(Scope::Project, 3, 9)];
    let mut events = [
        event(1, EventKind::Skipped),
        event(2, EventKind::Expired),
        event(5, EventKind::Skipped),
        submitted(20),
    ];
    let replay = replay_with_bans(&book, &mut events, &bans);
    assert_eq!(replay.blocked_pages, [""; 0]);
    assert_eq!(raised(&replay), []);
    assert_eq!(replay.verdicts.len(), 1);
}

#[test]
fn each_setting_of_a_skill_is_a_loss_of_its_own() {
    let at_two = "total_submitted_count EQ 2";
    let twice = config(
        "ASSIGNMENT_SUBMIT_TIME",
        FAST,
        &[
            rule(at_two, &set_skill("9", 60)),
            rule(at_two, &set_skill("9", 50)),
        ],
    );
    let mut book = book(&[lost_by_skill(1), twice]);
    let at_least_70 = r#"{"category": "skill", "key": "9", "operator": "GTE", "value": 70}"#;
    book.filters.insert("A".to_owned(), filter(at_least_70));
    let mut events = pages(2);
    events.push(given_skill(0, "9", 75.0));
    assert_eq!(
        raised(&replay(&book, &mut events)),
        [("000001", 1), ("000002", 1)]
    );
}

#[test]
fn two_skills_lost_at_one_event_hide_no_loss_from_each_other() {
    let at_two = "total_submitted_count EQ 2";
    let both = config(
        "ASSIGNMENT_SUBMIT_TIME",
        FAST,
        &[
            rule(at_two, &set_skill("8", 0)),
            rule(at_two, &set_skill("9", 0)),
        ],
    );
    let lost = rule("skill_id EQ 8", &raise_by(1));
    let mut book = book(&[config("USERS_ASSESSMENT", "", &[lost]), both]);
    let asks_both = r#"{"and": [
        {"category": "skill", "key": "8", "operator": "GT", "value": 1},
        {"category": "skill", "key": "9", "operator": "GT", "value": 1}]}"#;
    book.filters.insert("A".to_owned(), filter(asks_both));
    let mut events = pages(2);
    events.extend([given_skill(0, "8", 9.0), given_skill(0, "9", 9.0)]);
    assert_eq!(
        raised(&replay(&book, &mut events)),
        [("000001", 1), ("000002", 1)]
    );
}

#[test]
fn a_skill_that_never_met_the_filter_or_still_does_is_no_loss() {
    let at_least_70 = r#"{"category": "skill", "key": "9", "operator": "GTE", "value": 70}"#;
    for (settings, expected) in [
        (&[75.0, 80.0, 70.0][..], 0),
        (&[60.0, 50.0], 0),
        (&[75.0, 69.9], 1),
        (&[75.0, 60.0, 50.0], 1),
    ] {
        let mut book = book(&[lost_by_skill(-1)]);
        book.filters.insert("A".to_owned(), filter(at_least_70));
        let mut events = pages(1);
        let given = (2..).zip(settings);
        events.extend(given.map(|(minute, value)| given_skill(minute, "9", *value)));
        let lost_page = [("000001", -1)];
        assert_eq!(raised(&replay(&book, &mut events)), lost_page[..expected]);
    }
}

#[test]
fn gaining_a_skill_that_must_be_missing_is_a_loss() {
    let mut book = book(&[lost_by_skill(1)]);
    let newcomer = r#"{"category": "skill", "key": "9", "operator": "EQ", "value": null}"#;
    book.filters.insert("A".to_owned(), filter(newcomer));
    let mut events = pages(2);
    let mut after_first = given_skill(1, "9", 3.0);
    after_first.at_us += 1;
    events.push(after_first);
    let replay = replay(&book, &mut events);
    assert_eq!(raised(&replay), [("000001", 1)]);
    assert_eq!(replay.unadmitted_pages, ["000002"]);
}

#[test]
fn the_gate_is_judged_when_the_page_is_taken_and_its_answers_still_count() {
    let mut book = watching("GOLDEN_SET", "", "total_answers_count");
    let has_skill = r#"{"category": "skill", "key": "9", "operator": "NE"}"#;
    book.filters.insert("A".to_owned(), filter(has_skill));
    let mut events = pages(3);
    events[2].created_at_us = 2 * MINUTE_US; // taken at the instant at which the skill is set
    events.extend(answers(&[1.0, 1.0]));
    events.push(given_skill(2, "9", 3.0)); // the second page was taken before, handed in just then
    let replay = replay(&book, &mut events);
    assert_eq!(replay.unadmitted_pages, ["000001", "000002"]);
    assert_eq!(seen(&replay, "total_answers_count"), [1., 2.]);
}

#[test]
fn a_pool_that_requires_itself_or_a_pool_never_visited_asks_as_written() {
    let json = r#"{"configs": [], "training_requirement":
        {"training_pool_id": "A", "training_passing_skill_value": 50}}"#;
    let mut book = book(&[]);
    book.rules = rules(json);
    let mut events = [submitted(1), in_pool(submitted(2), "B")];
    // Pool A is the training itself; nobody trained before B.
    assert_eq!(replay(&book, &mut events).unadmitted_pages, ["000002"]);
}

fn training_page(minute: i64, credits: &[f64]) -> Vec<Event<'static>> {
    let tasks: Vec<_> = credits
        .iter()
        .map(|credit| event(minute, EventKind::Training { credit: *credit }))
        .collect();
    let mut events = on_one_page(minute, tasks);
    let first = events[0];
    events.push(Event {
        kind: submitted(1).kind,
        ..first
    });
    events
}

#[test]
fn training_statistics_come_with_each_page_and_tell_whether_another_follows() {
    let count = rule(
        "submitted_assignments_count EQ 1",
        &skill_from("correct_answers_rate"),
    );
    let last = rule(
        "next_assignment_available EQ false AND total_answers_count GT 0",
        &skill_from("incorrect_answers_rate"),
    );
    let book = book(&[config("TRAINING", "", &[count, last])]);
    let mut events = training_page(5, &[1.0, 0.0]);
    events.extend(training_page(7, &[1.0, 1.0]));
    events.push(submitted(9)); // no training on it
    let replay = replay(&book, &mut events);
    assert_eq!(seen(&replay, "submitted_assignments_count"), [1., 2.]);
    assert_eq!(seen(&replay, "total_answers_count"), [2., 4.]);
    assert_eq!(seen(&replay, "correct_answers_rate"), [50., 75.]);
    assert_eq!(seen(&replay, "incorrect_answers_rate"), [50., 25.]);
    assert_eq!(seen(&replay, "next_assignment_available"), [1., 0.]);
    let skills: Vec<_> = replay
        .skills
        .iter()
        .map(|change| {
            (
                change.at_us / MINUTE_US,
                change.exact_value,
                change.rule.as_str(),
            )
        })
        .collect();
    assert_eq!(skills, [(5, 50., "0.0"), (7, 25., "0.1")]);
}

#[test]
fn a_control_task_answered_inside_a_ban_does_not_spend_its_first_answer() {
    let book = watching("GOLDEN_SET", "", "total_answers_count");
    let bans = [known(Scope::Pool, 1, 4)];
    let mut events = answers(&[0.0, 0.0, 1.0, 1.0, 0.5]);
    events[1].task_id = "control"; // blocked
    events[4].task_id = "control";
    let replay = replay_with_bans(&book, &mut events, &bans);
    assert_eq!(look_minutes(&replay), [1, 5]);
    assert_eq!(seen(&replay, "correct_answers_rate"), [0., 25.]);
}

#[test]
fn a_skill_that_stood_before_is_modified_by_the_first_rule_that_sets_it() {
    let book = book(&[on_pages("total_submitted_count EQ 1", &set_skill("9", 1))]);
    let mut events = pages(1);
    events.push(given_skill(0, "9", 50.0));
    let replay = replay(&book, &mut events);
    assert_eq!(replay.skills[0].action.name(), "MODIFY");
    assert_eq!(
        replay.skills.len(),
        1,
        "what others set is not the rules' doing"
    );
}

#[test]
fn without_a_trace_the_same_happens_and_no_look_is_kept() {
    let at_two = rule("total_answers_count EQ 2", &ban("PROJECT", 1));
    let book = book(&[golden_set(0, &[at_two])]);
    let mut traced = replay(&book, &mut answers(&[0.0; 3]));
    let silent = replay_worker(&book, &mut answers(&[0.0; 3]), &[], Trace::Off);
    assert!(silent.looks.is_empty());
    traced.looks.clear();
    assert_eq!(silent, traced);
}
