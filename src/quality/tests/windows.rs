//! Settled corners: who remembers what, when it is forgotten, and what a ban blocks.

use super::*;
use crate::quality::{Granularity, KnownBan, Scope};

/// A rule that never fires, to look at statistics.
fn watcher() -> String {
    rule(
        "total_answers_count NE 0 AND correct_answers_rate EQ 99",
        &ban("POOL", 1),
    )
}

fn watching(history_size: usize) -> Rules {
    configs(&[config(history_size, &[watcher()])])
}

fn in_pool(mut event: Event<'static>, pool_id: &'static str) -> Event<'static> {
    event.pool_id = pool_id;
    event
}

fn totals(replay: &Replay<'_>) -> Vec<f64> {
    trace(replay, "total_answers_count")
}

#[test]
fn pools_a_b_c_c_remembers_a_and_not_b_which_has_an_empty_window() {
    let pools = [("A", watching(10)), ("B", watching(0)), ("C", watching(20))];
    let visits = [("A", 12), ("B", 5), ("C", 13)];
    let visited = visits
        .into_iter()
        .flat_map(|(pool_id, n)| std::iter::repeat_n(pool_id, n));
    let mut events: Vec<_> = (1..)
        .zip(visited)
        .map(|(minute, pool_id)| in_pool(answer(minute, 1.0), pool_id))
        .collect();
    let found = totals(&replay_with_pools(&pools, &mut events));
    let in_a = (1..=12).map(|n| f64::from(n.min(10)));
    let in_b = (1..=5).map(f64::from);
    let in_c = (13..=25).map(|n| f64::from(n.min(20)));
    assert_eq!(found, in_a.chain(in_b).chain(in_c).collect::<Vec<_>>());
}

#[test]
fn the_default_window_spans_the_pools_of_a_project_and_no_other_project() {
    let rules = watching(10);
    let mut events = answers(&[1.0; 4]);
    events[1] = in_pool(events[1], "B");
    events[2] = in_pool(events[2], "X");
    events[2].project_id = "Q";
    assert_eq!(totals(&replay(&rules, &mut events)), [1., 2., 1., 3.]);
}

#[test]
fn an_empty_window_stays_in_its_pool() {
    let mut events = answers(&[1.0; 3]);
    events[1] = in_pool(events[1], "B");
    assert_eq!(totals(&replay(&watching(0), &mut events)), [1., 1., 2.]);
}

#[test]
fn a_pools_own_rules_share_nothing_with_the_default_file_even_when_equal() {
    let own = BTreeMap::from([("B".to_owned(), watching(10))]);
    let mut events = answers(&[1.0; 4]);
    events[1] = in_pool(events[1], "B");
    events[2] = in_pool(events[2], "B");
    let replay = replay_worker(
        &watching(10),
        &own,
        ReplayOptions::default(),
        &mut events,
        &[],
    );
    assert_eq!(totals(&replay), [1., 1., 2., 2.]);
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
    let own = BTreeMap::from([
        ("B".to_owned(), with_uuid("one")),
        ("C".to_owned(), with_uuid("two")),
    ]);
    let mut events = answers(&[1.0; 5]);
    for (event, (pool_id, project_id)) in
        events
            .iter_mut()
            .zip([("A", "P"), ("B", "Q"), ("C", "R"), ("D", "S"), ("B", "Q")])
    {
        (event.pool_id, event.project_id) = (pool_id, project_id);
    }
    let default = with_uuid("one");
    let replay = replay_worker(&default, &own, ReplayOptions::default(), &mut events, &[]);
    assert_eq!(totals(&replay), [1., 2., 1., 3., 4.]);
}

#[test]
fn a_temporary_ban_clears_only_the_history_of_the_rule_that_opened_it() {
    let careless = rule(
        "total_answers_count GTE 2 AND correct_answers_rate LT 50",
        &ban("PROJECT", 1),
    );
    let rules = configs(&[config(10, &[careless, watcher()])]);
    let mut events = answers(&[0.0, 0.0]);
    events.push(answer(2000, 0.0)); // the second day
    let replay = replay(&rules, &mut events);
    let seen = |rule_index| -> Vec<f64> {
        let events = replay
            .events
            .iter()
            .filter(|event| event.rule_index == rule_index);
        events
            .filter_map(|event| event.statistics.get("total_answers_count"))
            .collect()
    };
    assert_eq!(ban_minutes(&replay), [2]);
    assert_eq!(seen(0), [1., 2., 1.]);
    assert_eq!(seen(1), [1., 2., 3.]);
}

#[test]
fn a_pause_clears_an_empty_window_and_keeps_a_filled_one() {
    let at_two = || rule("total_answers_count EQ 2", &ban("POOL", 1));
    for (history_size, expected) in [(0, [1., 2., 1.]), (10, [1., 2., 3.])] {
        let rules = configs(&[config(history_size, &[at_two()])]);
        let mut events = answers(&[0.0, 0.0]);
        events.push(answer(2000, 0.0));
        assert_eq!(totals(&replay(&rules, &mut events)), expected);
    }
}

#[test]
fn an_answer_taken_inside_a_ban_is_blocked_and_one_taken_before_it_counts() {
    let rules = configs(&[config(
        0,
        &[rule("total_answers_count EQ 2", &ban("PROJECT", 1))],
    )]);
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
    let replay = replay(&rules, &mut events);
    let minutes: Vec<i64> = replay
        .events
        .iter()
        .map(|event| event.at_us / MINUTE_US)
        .collect();
    assert_eq!(minutes, [1, 2, 5, 6, 7, 3000]);
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
        let options = ReplayOptions::default();
        let mut events = answers(&[1.0; 4]);
        replay_worker(
            &watching(0),
            &BTreeMap::new(),
            options,
            &mut events,
            &[known],
        )
        .events
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
    let options = ReplayOptions::default();
    let replay = replay_worker(&watching(0), &BTreeMap::new(), options, &mut events, &bans);
    let minutes: Vec<i64> = replay
        .events
        .iter()
        .map(|event| event.at_us / MINUTE_US)
        .collect();
    assert_eq!(minutes, [1, 101, 102, 200]);
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
            Some(120 * MINUTE_US),
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
        let rules = configs(&[config(0, &[rule("total_answers_count EQ 1", &action)])]);
        let ban = replay(&rules, &mut answers(&[1.0])).bans.remove(0);
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
        let rules = configs(&[config(0, &[rule("total_answers_count EQ 1", &action)])]);
        let ban = replay(&rules, &mut answers(&[1.0])).bans.remove(0);
        assert_eq!(ban.will_expire_at_us, duration_us.map(|us| MINUTE_US + us));
    }
}

#[test]
fn a_control_task_answered_twice_counts_once_by_its_first_answer() {
    let mut events = answers(&[1.0, 0.0, 0.0]);
    events[1].task_id = events[0].task_id;
    let replay = replay(&watching(0), &mut events);
    assert_eq!(trace(&replay, "correct_answers_rate"), [100., 50.]);
}

#[test]
fn the_rest_of_a_page_does_not_enter_a_history_that_its_ban_cleared() {
    let rules = configs(&[config(
        10,
        &[rule("total_answers_count EQ 2", &ban("PROJECT", 1))],
    )]);
    let mut events = answers(&[0.0; 5]);
    for (task_index, event) in (0..).zip(&mut events) {
        event.assignment_id = "page";
        event.task_index = task_index;
        event.submitted_at_us = 9 * MINUTE_US;
        event.created_at_us = MINUTE_US;
    }
    events.push(answer(2000, 0.0));
    let replay = replay(&rules, &mut events);
    assert_eq!(totals(&replay), [1., 2., 1.]);
    assert_eq!(replay.bans.len(), 1);
}

#[test]
fn page_granularity_jumps_over_counts_inside_a_page() {
    let rules = configs(&[config(
        0,
        &[rule("total_answers_count EQ 2", &ban("PROJECT", 1))],
    )]);
    let count_bans = |granularity| {
        let mut events = answers(&[0.0; 3]);
        for (task_index, event) in (0..).zip(&mut events) {
            event.assignment_id = "page";
            event.task_index = task_index;
            event.submitted_at_us = 9 * MINUTE_US;
            event.created_at_us = MINUTE_US;
        }
        let options = ReplayOptions {
            granularity,
            ..ReplayOptions::default()
        };
        replay_worker(&rules, &BTreeMap::new(), options, &mut events, &[])
            .bans
            .len()
    };
    assert_eq!(count_bans(Granularity::Answer), 1);
    assert_eq!(count_bans(Granularity::Page), 0);
}

#[test]
fn a_rate_over_no_control_answers_meets_no_condition() {
    let action = ban("PROJECT", 1);
    let rules = configs(&[config(
        0,
        &[
            rule("golden_set_correct_answers_rate LT 50", &action),
            rule("golden_set_correct_answers_rate NE 50", &action),
        ],
    )]);
    let mut events = answers(&[0.0]);
    events[0].kind = EventKind::Training;
    assert!(replay(&rules, &mut events).bans.is_empty());
}

#[test]
fn every_rule_sees_the_answer_that_opened_an_earlier_rules_ban() {
    let action = ban("PROJECT", 1);
    let at_one = rule("total_answers_count EQ 1", &action);
    let set_skill = r#"{"type": "SET_SKILL", "parameters": {"skill_id": "9", "skill_value": 40}}"#;
    let rules = configs(&[config(
        0,
        &[
            at_one.clone(),
            at_one,
            rule("total_answers_count EQ 1", set_skill),
        ],
    )]);
    let replay = replay(&rules, &mut answers(&[1.0]));
    let rules_fired: Vec<_> = replay.bans.iter().map(|ban| ban.rule.as_str()).collect();
    assert_eq!(rules_fired, ["0.0", "0.1"]);
    assert_eq!(
        (replay.skills[0].value, replay.skills[0].exact_value),
        (40, 40.0)
    );
}

#[test]
fn sums_do_not_drift_over_many_answers() {
    let rules = watching(7);
    let scores = [0.1, 0.2, 0.3, 0.7, 0.9, 0.123_457];
    let mut events = Vec::new();
    for minute in 0..200_000 {
        let mut event = answer(1, scores[usize::try_from(minute % 6).expect("small")]);
        event.kind = EventKind::Training;
        event.submitted_at_us = minute * MINUTE_US;
        events.push(event);
    }
    for minute in 200_000..200_007 {
        let mut event = answer(1, 0.5);
        event.kind = EventKind::Training;
        event.submitted_at_us = minute * MINUTE_US;
        events.push(event);
    }
    let replay = replay(&rules, &mut events);
    assert_eq!(trace(&replay, "correct_answers_rate").last(), Some(&50.0));
}

#[test]
fn nothing_in_gives_nothing_out() {
    assert_eq!(replay(&watching(3), &mut []), Replay::default());
    assert_eq!(
        replay(&Rules::default(), &mut answers(&[1.0])),
        Replay::default()
    );
}
