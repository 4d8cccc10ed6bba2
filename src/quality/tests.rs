//! Behaviour of the replay: the documents' worked examples, the settled corners, and a slow reference that agrees.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    reason = "a test stops at the first surprise, and exact values are the point"
)]

mod examples;
mod mistakes;
mod reference;
mod windows;

use std::collections::BTreeMap;

use super::{
    COLLECTORS, Event, EventKind, KEYS_MAX, PLATFORM_COLLECTORS, Replay, ReplayOptions, Rules,
    replay_worker,
};

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 86_400_000_000;

fn rules(json: &str) -> Rules {
    let (rules, warnings) = Rules::parse(json, ReplayOptions::default()).expect("valid rules");
    assert_eq!(warnings, Vec::<String>::new());
    rules
}

/// One `GOLDEN_SET` entry of `configs`; `history_size` 0 leaves it empty.
fn config(history_size: usize, rules: &[String]) -> String {
    let parameters = match history_size {
        0 => String::new(),
        size => format!(r#", "parameters": {{"history_size": {size}}}"#),
    };
    let rules = rules.join(",");
    format!(r#"{{"collector_config": {{"type": "GOLDEN_SET"{parameters}}}, "rules": [{rules}]}}"#)
}

fn configs(configs: &[String]) -> Rules {
    rules(&format!(r#"{{"configs": [{}]}}"#, configs.join(",")))
}

/// `conditions` such as `total_answers_count GTE 3 AND correct_answers_rate LT 60`.
fn rule(conditions: &str, action: &str) -> String {
    let condition = |text: &str| {
        let words: Vec<&str> = text.split(' ').collect();
        let (key, operator, value) = (words[0], words[1], words[2]);
        format!(r#"{{"key": "{key}", "operator": "{operator}", "value": {value}}}"#)
    };
    let conditions: Vec<String> = conditions.split(" AND ").map(condition).collect();
    let conditions = conditions.join(",");
    format!(r#"{{"conditions": [{conditions}], "action": {action}}}"#)
}

fn ban(scope: &str, days: i64) -> String {
    format!(
        r#"{{"type": "RESTRICTION_V2", "parameters": {{"scope": "{scope}", "duration_unit": "DAYS",
            "duration": {days}, "private_comment": "careless"}}}}"#
    )
}

fn skill_from(field: &str) -> String {
    format!(
        r#"{{"type": "SET_SKILL_FROM_OUTPUT_FIELD", "parameters": {{"skill_id": "77", "from_field": "{field}"}}}}"#
    )
}

/// A control answer alone on its page, handed in at minute `minute`, half a minute after it was taken.
fn answer(minute: i64, score: f64) -> Event<'static> {
    let name: &'static str = format!("{minute:06}").leak();
    Event {
        pool_id: "A",
        project_id: "P",
        assignment_id: name,
        task_index: 0,
        task_id: name,
        created_at_us: minute * MINUTE_US - MINUTE_US / 2,
        submitted_at_us: minute * MINUTE_US,
        kind: EventKind::Golden,
        score,
    }
}

/// One answer a minute, from minute 1.
fn answers(scores: &[f64]) -> Vec<Event<'static>> {
    (1..)
        .zip(scores)
        .map(|(minute, score)| answer(minute, *score))
        .collect()
}

fn replay<'a>(rules: &Rules, events: &mut [Event<'a>]) -> Replay<'a> {
    replay_worker(
        rules,
        &BTreeMap::new(),
        ReplayOptions::default(),
        events,
        &[],
    )
}

fn replay_with_pools<'a>(pool_rules: &[(&str, Rules)], events: &mut [Event<'a>]) -> Replay<'a> {
    let own = |(pool_id, rules): &(&str, Rules)| ((*pool_id).to_owned(), rules.clone());
    let pool_rules = pool_rules.iter().map(own).collect();
    replay_worker(
        &Rules::default(),
        &pool_rules,
        ReplayOptions::default(),
        events,
        &[],
    )
}

/// A statistic after each event that the first rule saw.
fn trace(replay: &Replay<'_>, key: &str) -> Vec<f64> {
    let first_rule = replay.events.iter().filter(|event| event.rule_index == 0);
    first_rule
        .map(|event| event.statistics.get(key).expect("a value"))
        .collect()
}

fn ban_minutes(replay: &Replay<'_>) -> Vec<i64> {
    replay
        .bans
        .iter()
        .map(|ban| ban.started_at_us / MINUTE_US)
        .collect()
}

#[test]
fn every_collector_is_the_platforms_and_stands_once() {
    for (position, collector) in COLLECTORS.iter().enumerate() {
        assert!(PLATFORM_COLLECTORS.contains(&collector.name()));
        assert!(collector.keys().len() <= KEYS_MAX);
        let earlier = &COLLECTORS[..position];
        assert!(earlier.iter().all(|other| other.name() != collector.name()));
    }
}

#[test]
fn the_default_rules_have_no_mistake_and_no_doubt() {
    let default = rules(include_str!("../../data/rules/default.json"));
    let mut careless = answers(&[0.0; 5]);
    assert_eq!(ban_minutes(&replay(&default, &mut careless)), [4]);
}
