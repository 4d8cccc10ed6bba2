//! Settled corners: who remembers what, when it is forgotten, and what a ban blocks.

use super::*;
use crate::quality::Scope;

fn watching_golden(history_size: usize) -> RuleBook {
    match history_size {
        0 => watching("GOLDEN_SET", "", "total_answers_count"),
        size => watching(
            "GOLDEN_SET",
            &format!(r#""history_size": {size}"#),
            "total_answers_count",
        ),
    }
}

fn totals(replay: &Replay<'_>) -> Vec<f64> {
    seen(replay, "total_answers_count")
}

#[test]
fn pools_a_b_c_c_remembers_a_and_not_b_which_has_an_empty_window() {
    let own = |history_size| watching_golden(history_size).rules;
    let book = book_of_pools(&[("A", own(10)), ("B", own(0)), ("C", own(20))]);
    let visits = [("A", 12), ("B", 5), ("C", 13)];
    let visited = visits
        .into_iter()
        .flat_map(|(pool_id, n)| std::iter::repeat_n(pool_id, n));
    let mut events: Vec<_> = (1..)
        .zip(visited)
        .map(|(minute, pool_id)| in_pool(answer(minute, 1.0), pool_id))
        .collect();
    let found = totals(&replay(&book, &mut events));
    let in_a = (1..=12).map(|n| f64::from(n.min(10)));
    let in_b = (1..=5).map(f64::from);
    let in_c = (13..=25).map(|n| f64::from(n.min(20)));
    assert_eq!(found, in_a.chain(in_b).chain(in_c).collect::<Vec<_>>());
}

#[test]
fn the_default_window_spans_the_pools_of_a_project_and_no_other_project() {
    let mut events = answers(&[1.0; 4]);
    events[1] = in_pool(events[1], "B");
    events[2] = in_pool(events[2], "X");
    events[2].project_id = "Q";
    let book = watching_golden(10);
    assert_eq!(totals(&replay(&book, &mut events)), [1., 2., 1., 3.]);
}

#[test]
fn an_empty_window_stays_in_its_pool() {
    let mut events = answers(&[1.0; 3]);
    events[1] = in_pool(events[1], "B");
    assert_eq!(
        totals(&replay(&watching_golden(0), &mut events)),
        [1., 1., 2.]
    );
}

#[test]
fn collectors_without_a_size_count_each_pool_alone() {
    let cases = [
        ("ANSWER_COUNT", "assignments_accepted_count"),
        ("SKIPPED_IN_ROW_ASSIGNMENTS", "skipped_in_row_count"),
    ];
    for (collector, key) in cases {
        let book = watching(collector, "", key);
        let kind = match collector {
            "ANSWER_COUNT" => EventKind::Submitted { reward_nano_usd: 0 },
            _ => EventKind::Skipped,
        };
        let mut events: Vec<_> = (1..=4).map(|minute| event(minute, kind)).collect();
        events[1] = in_pool(events[1], "B");
        let replay = replay(&book, &mut events);
        assert_eq!(seen(&replay, key), [1., 1., 2., 3.], "{collector}");
    }
}

#[test]
fn a_pools_own_rules_share_nothing_with_the_default_file_even_when_equal() {
    let mut book = watching_golden(10);
    book.pool_rules.insert("B".to_owned(), book.rules.clone());
    let mut events = answers(&[1.0; 4]);
    events[1] = in_pool(events[1], "B");
    events[2] = in_pool(events[2], "B");
    assert_eq!(totals(&replay(&book, &mut events)), [1., 1., 2., 2.]);
}

#[test]
fn equal_uuids_share_their_memory_across_all_pools_of_all_projects() {
    let with_uuid = |uuid: &str| {
        rules(&format!(
            r#"{{"configs": [{{"collector_config": {{"type": "GOLDEN_SET", "uuid": "{uuid}",
                "parameters": {{"history_size": 10}}}}, "rules": [{}]}}]}}"#,
            rule("total_answers_count EQ 9", &ban("POOL", 1))
        ))
    };
    let mut book = book_of_pools(&[("B", with_uuid("one")), ("C", with_uuid("two"))]);
    book.rules = with_uuid("one");
    let mut events = answers(&[1.0; 5]);
    let places = [("A", "P"), ("B", "Q"), ("C", "R"), ("D", "S"), ("B", "Q")];
    for (event, (pool_id, project_id)) in events.iter_mut().zip(places) {
        (event.pool_id, event.project_id) = (pool_id, project_id);
    }
    assert_eq!(totals(&replay(&book, &mut events)), [1., 2., 1., 3., 4.]);
}

#[test]
fn a_window_keeps_to_its_own_collector() {
    let uuid = |collector: &str, parameters: &str| {
        format!(
            r#"{{"collector_config": {{"type": "{collector}", "uuid": "one", "parameters": {{{parameters}}}}},
                "rules": [{{"conditions": [{{"key": "correct_answers_rate", "operator": "LT", "value": 30}}],
                            "action": {}}}]}}"#,
            ban("POOL", 1)
        )
    };
    let mut book = book(&[uuid("GOLDEN_SET", r#""history_size": 9"#)]);
    let own = uuid(
        "MAJORITY_VOTE",
        r#""history_size": 9, "answer_threshold": 2"#,
    );
    book.pool_rules.insert("B".to_owned(), rules_of(&[own]));
    let mut events = answers(&[1.0, 1.0]);
    events.push(in_pool(majority(3, 3, 2, 2), "B"));
    events.push(in_pool(answer(4, 1.0), "B"));
    events.push(answer(5, 1.0));
    assert_eq!(totals(&replay(&book, &mut events)), [1., 2., 1., 3.]);
}

#[test]
fn a_temporary_ban_clears_only_the_history_of_the_rule_that_opened_it() {
    let careless = rule(
        "total_answers_count GTE 2 AND correct_answers_rate LT 50",
        &ban("PROJECT", 1),
    );
    let other = rule("correct_answers_rate GT 99", &ban("POOL", 1));
    let book = book(&[golden_set(10, &[careless, other])]);
    let mut events = answers(&[0.0, 0.0]);
    events.push(answer(2000, 0.0)); // the second day
    let replay = replay(&book, &mut events);
    assert_eq!(ban_minutes(&replay), [2]);
    assert_eq!(seen_by("0.0", &replay, "total_answers_count"), [1., 2., 1.]);
    assert_eq!(seen_by("0.1", &replay, "total_answers_count"), [1., 2., 3.]);
}

#[test]
fn a_pause_clears_an_empty_window_and_keeps_a_filled_one() {
    let at_two = || rule("total_answers_count EQ 2", &ban("POOL", 1));
    for (history_size, expected) in [(0, [1., 2., 1.]), (10, [1., 2., 3.])] {
        let book = book(&[golden_set(history_size, &[at_two()])]);
        let mut events = answers(&[0.0, 0.0]);
        events.push(answer(2000, 0.0));
        assert_eq!(totals(&replay(&book, &mut events)), expected);
    }
}

#[test]
fn an_answer_taken_inside_a_ban_is_blocked_and_one_taken_before_it_counts() {
    let at_two = rule("total_answers_count EQ 2", &ban("PROJECT", 1));
    let book = book(&[golden_set(0, &[at_two])]);
    let mut events = answers(&[0.0; 3]); // the third is taken half a minute after the ban
    events.push(in_pool(answer(4, 0.0), "B")); // another pool of the banned project
    let mut taken_before = answer(5, 0.0);
    taken_before.created_at_us = MINUTE_US;
    let mut taken_at_start = answer(6, 0.0);
    taken_at_start.created_at_us = 2 * MINUTE_US;
    let mut other_project = answer(7, 0.0);
    (other_project.pool_id, other_project.project_id) = ("X", "Q");
    let mut taken_at_end = answer(3000, 0.0);
    taken_at_end.created_at_us = 6 * MINUTE_US + DAY_US;
    events.extend([taken_before, taken_at_start, other_project, taken_at_end]);
    let replay = replay(&book, &mut events);
    assert_eq!(look_minutes(&replay), [1, 2, 5, 6, 7, 3000]);
    assert_eq!(
        ban_minutes(&replay),
        [2, 6],
        "a rule that fires inside its own ban opens another"
    );
}

#[test]
fn known_bans_block_what_they_cover() {
    let (pool_id, project_id) = (Some("A"), Some("P"));
    let (started_at_us, will_expire_at_us) = (MINUTE_US, Some(3 * MINUTE_US));
    let count_seen = |scope, pool_id, project_id| {
        let known = KnownBan {
            scope,
            project_id,
            pool_id,
            started_at_us,
            will_expire_at_us,
        };
        let book = watching_golden(0);
        replay_with_bans(&book, &mut answers(&[1.0; 4]), &[known])
            .looks
            .len()
    };
    assert_eq!(count_seen(Scope::Pool, pool_id, project_id), 2);
    assert_eq!(count_seen(Scope::Project, None, project_id), 2);
    assert_eq!(count_seen(Scope::AllProjects, None, None), 2);
    assert_eq!(count_seen(Scope::System, None, None), 2);
    assert_eq!(count_seen(Scope::Pool, Some("B"), project_id), 4);
    assert_eq!(count_seen(Scope::Project, None, Some("Q")), 4);
    assert_eq!(count_seen(Scope::Pool, None, project_id), 4);
}

#[test]
fn a_short_ban_inside_a_long_one_does_not_end_it() {
    let known = |started, expires: Option<i64>| KnownBan {
        scope: Scope::Project,
        project_id: Some("P"),
        pool_id: None,
        started_at_us: started * MINUTE_US,
        will_expire_at_us: expires.map(|minute| minute * MINUTE_US),
    };
    let bans = [known(2, Some(3)), known(1, Some(100)), known(200, None)];
    let mut events: Vec<_> = [1, 50, 101, 102, 200, 9000]
        .map(|minute| answer(minute, 1.0))
        .into();
    let book = watching_golden(0);
    let replay = replay_with_bans(&book, &mut events, &bans);
    assert_eq!(look_minutes(&replay), [1, 101, 102, 200]);
}

#[test]
fn a_ban_ends_after_its_duration_and_carries_what_it_covers() {
    let parameters = [
        (
            r#""scope": "POOL", "duration_unit": "MINUTES", "duration": 5"#,
            Some(5 * MINUTE_US),
        ),
        (
            r#""scope": "PROJECT", "duration_unit": "HOURS", "duration": 2"#,
            Some(2 * HOUR_US),
        ),
        (
            r#""scope": "PROJECT", "duration_unit": "DAYS", "duration": 10"#,
            Some(10 * DAY_US),
        ),
        (
            r#""scope": "ALL_PROJECTS", "duration_unit": "PERMANENT", "duration": 10"#,
            None,
        ),
    ];
    for (parameters, duration_us) in parameters {
        let action = format!(r#"{{"type": "RESTRICTION_V2", "parameters": {{{parameters}}}}}"#);
        let book = book(&[golden_set(0, &[rule("total_answers_count EQ 1", &action)])]);
        let ban = replay(&book, &mut answers(&[1.0])).bans.remove(0);
        assert_eq!(ban.will_expire_at_us, duration_us.map(|us| MINUTE_US + us));
        assert_eq!(ban.pool_id.is_some(), ban.scope == Scope::Pool);
        assert_eq!(ban.project_id.is_some(), ban.scope != Scope::AllProjects);
    }
}

#[test]
fn the_older_restriction_counts_days_and_is_permanent_without_them() {
    for (days, duration_us) in [(r#", "duration_days": 3"#, Some(3 * DAY_US)), ("", None)] {
        let action =
            format!(r#"{{"type": "RESTRICTION", "parameters": {{"scope": "PROJECT"{days}}}}}"#);
        let book = book(&[golden_set(0, &[rule("total_answers_count EQ 1", &action)])]);
        let ban = replay(&book, &mut answers(&[1.0])).bans.remove(0);
        assert_eq!(ban.will_expire_at_us, duration_us.map(|us| MINUTE_US + us));
    }
}

#[test]
fn the_rest_of_a_page_does_not_enter_a_history_that_its_ban_cleared() {
    let at_two = rule("total_answers_count EQ 2", &ban("PROJECT", 1));
    let book = book(&[golden_set(10, &[at_two])]);
    let mut events = on_one_page(9, answers(&[0.0; 5]));
    events.push(answer(2000, 0.0));
    let replay = replay(&book, &mut events);
    assert_eq!(totals(&replay), [1., 2., 1.]);
    assert_eq!(replay.bans.len(), 1);
}

#[test]
fn a_rate_over_no_control_answers_meets_no_condition() {
    let action = ban("PROJECT", 1);
    let book = book(&[golden_set(
        0,
        &[
            rule("golden_set_correct_answers_rate LT 50", &action),
            rule("golden_set_correct_answers_rate NE 50", &action),
        ],
    )]);
    let mut events = [event(1, EventKind::Training { credit: 0.0 })];
    assert!(replay(&book, &mut events).bans.is_empty());
}

#[test]
fn every_rule_sees_the_answer_that_opened_an_earlier_rules_ban() {
    let at_one = rule("total_answers_count EQ 1", &ban("PROJECT", 1));
    let rules = [
        at_one.clone(),
        at_one,
        rule("total_answers_count EQ 1", &set_skill("9", 40)),
    ];
    let book = book(&[golden_set(0, &rules)]);
    let replay = replay(&book, &mut answers(&[1.0]));
    let rules_fired: Vec<_> = replay.bans.iter().map(|ban| ban.rule.as_str()).collect();
    assert_eq!(rules_fired, ["0.0", "0.1"]);
    let skill = &replay.skills[0];
    assert_eq!((skill.value, skill.exact_value), (40, 40.0));
}

#[test]
fn windows_of_pages_captchas_majorities_and_reviews_let_the_oldest_go() {
    let fast = watching(
        "ASSIGNMENT_SUBMIT_TIME",
        r#""history_size": 2, "fast_submit_threshold_seconds": 31"#,
        "total_submitted_count",
    );
    let mut slow_at_last = pages(4);
    slow_at_last[3].created_at_us -= MINUTE_US;
    let found = replay(&fast, &mut slow_at_last);
    assert_eq!(seen(&found, "total_submitted_count"), [1., 2., 2., 2.]);
    assert_eq!(seen(&found, "fast_submitted_count"), [1., 2., 2., 1.]);

    let captchas = watching("CAPTCHA", r#""history_size": 2"#, "stored_results_count");
    let mut entries = [captcha(1, true), captcha(2, false), captcha(3, false)];
    let found = replay(&captchas, &mut entries);
    assert_eq!(seen(&found, "stored_results_count"), [1., 2., 2.]);
    assert_eq!(seen(&found, "fail_rate"), [0., 50., 100.]);

    let votes = watching(
        "MAJORITY_VOTE",
        r#""history_size": 2, "answer_threshold": 2"#,
        "total_answers_count",
    );
    let mut judged = [
        majority(1, 5, 2, 2),
        majority(2, 6, 1, 2),
        majority(3, 7, 1, 1),
        majority(4, 8, 1, 2),
    ];
    let found = replay(&votes, &mut judged);
    assert_eq!(seen(&found, "total_answers_count"), [1., 2., 2.]);
    assert_eq!(seen(&found, "correct_answers_rate"), [100., 50., 0.]);

    let reviews = watching(
        "ACCEPTANCE_RATE",
        r#""history_size": 2"#,
        "total_assignments_count",
    );
    let mut verdicts = [
        review(1, 5, Verdict::Accept),
        review(2, 6, Verdict::Reject),
        review(3, 7, Verdict::Reject),
        review(1, 8, Verdict::Reject), // left the window: nothing to replace
        review(3, 9, Verdict::Accept),
    ];
    let found = replay(&reviews, &mut verdicts);
    assert_eq!(
        seen(&found, "total_assignments_count"),
        [1., 2., 2., 2., 2.]
    );
    assert_eq!(
        seen(&found, "rejected_assignments_rate"),
        [0., 50., 100., 100., 50.]
    );
}

#[test]
fn sums_do_not_drift_over_many_answers() {
    let book = watching_golden(7);
    let credits = [0.1, 0.2, 0.3, 0.7, 0.9, 0.123_457];
    let training = |minute: i64, credit| Event {
        assignment_id: "page",
        task_id: "task",
        ..event(minute, EventKind::Training { credit })
    };
    let mut events: Vec<_> = (0..50_000)
        .zip(credits.into_iter().cycle())
        .map(|(minute, credit)| training(minute, credit))
        .collect();
    events.extend((50_000..50_007).map(|minute| training(minute, 0.5)));
    let replay = replay(&book, &mut events);
    assert_eq!(seen(&replay, "correct_answers_rate").last(), Some(&50.0));
}
