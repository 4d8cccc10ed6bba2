//! Behaviour of the replay: the documents' worked examples, the settled corners, and a slow reference that agrees.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    reason = "a test stops at the first surprise, and exact values are the point"
)]

mod agreement;
mod corners;
mod examples;
mod filters;
mod mistakes;
mod options;
mod random_logs;
mod reference;
mod suites;
mod votes;
mod windows;

use super::{
    COLLECTORS, Event, EventKind, KEYS_MAX, KnownBan, Replay, ReplayOptions, RuleBook, Rules,
    Trace, Verdict, replay_worker,
};

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;

fn rules(json: &str) -> Rules {
    let (rules, warnings) = Rules::parse(json, ReplayOptions::default()).expect("valid rules");
    assert_eq!(warnings, Vec::<String>::new());
    rules
}

/// One entry of `configs`; `parameters` such as `"history_size": 10`, empty for none.
fn config(collector: &str, parameters: &str, rules: &[String]) -> String {
    let rules = rules.join(",");
    format!(
        r#"{{"collector_config": {{"type": "{collector}", "parameters": {{{parameters}}}}}, "rules": [{rules}]}}"#
    )
}

/// One `GOLDEN_SET` entry of `configs`; `history_size` 0 leaves it empty.
fn golden_set(history_size: usize, rules: &[String]) -> String {
    match history_size {
        0 => config("GOLDEN_SET", "", rules),
        size => config("GOLDEN_SET", &format!(r#""history_size": {size}"#), rules),
    }
}

fn rules_of(configs: &[String]) -> Rules {
    rules(&format!(r#"{{"configs": [{}]}}"#, configs.join(",")))
}

/// A default file with these entries.
fn book(configs: &[String]) -> RuleBook {
    RuleBook {
        rules: rules_of(configs),
        ..RuleBook::default()
    }
}

fn book_of_pools(pools: &[(&str, Rules)]) -> RuleBook {
    let own = |(pool_id, rules): &(&str, Rules)| ((*pool_id).to_owned(), rules.clone());
    RuleBook {
        pool_rules: pools.iter().map(own).collect(),
        ..RuleBook::default()
    }
}

fn with(options: ReplayOptions, mut book: RuleBook) -> RuleBook {
    book.options = options;
    book
}

/// `conditions` such as `total_answers_count GTE 3 AND correct_answers_rate LT 60`; words need no quotes.
fn rule(conditions: &str, action: &str) -> String {
    let condition = |text: &str| {
        let words: Vec<&str> = text.split(' ').collect();
        let (key, operator, value) = (words[0], words[1], words[2]);
        let is_json = serde_json::from_str::<serde_json::Value>(value).is_ok();
        let value = if is_json {
            value.to_owned()
        } else {
            format!("\"{value}\"")
        };
        format!(r#"{{"key": "{key}", "operator": "{operator}", "value": {value}}}"#)
    };
    let conditions: Vec<String> = conditions.split(" AND ").map(condition).collect();
    let conditions = conditions.join(",");
    format!(r#"{{"conditions": [{conditions}], "action": {action}}}"#)
}

/// A rule that never fires, to look at statistics.
fn watcher(count_key: &str) -> String {
    rule(&format!("{count_key} EQ 999999"), &ban("POOL", 1))
}

/// A default file with one entry and a rule that never fires.
fn watching(collector: &str, parameters: &str, count_key: &str) -> RuleBook {
    let json = format!(
        r#"{{"configs": [{}]}}"#,
        config(collector, parameters, &[watcher(count_key)])
    );
    let (rules, _) = Rules::parse(&json, ReplayOptions::default()).expect("valid rules");
    RuleBook {
        rules,
        ..RuleBook::default()
    }
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

fn set_skill(skill_id: &str, value: u8) -> String {
    format!(
        r#"{{"type": "SET_SKILL", "parameters": {{"skill_id": "{skill_id}", "skill_value": {value}}}}}"#
    )
}

fn raise_by(delta: i32) -> String {
    format!(
        r#"{{"type": "CHANGE_OVERLAP", "parameters": {{"delta": {delta}, "open_pool": true}}}}"#
    )
}

const REJECT_ALL: &str =
    r#"{"type": "REJECT_ALL_ASSIGNMENTS", "parameters": {"public_comment": "no"}}"#;
const APPROVE_ALL: &str = r#"{"type": "APPROVE_ALL_ASSIGNMENTS"}"#;

/// Something in pool A of project P on a page of its own, which ended at `minute` and was taken half a minute earlier.
fn event(minute: i64, kind: EventKind<'static>) -> Event<'static> {
    let name: &'static str = format!("{minute:06}").leak();
    Event {
        pool_id: "A",
        project_id: "P",
        assignment_id: name,
        task_index: 0,
        task_id: name,
        created_at_us: minute * MINUTE_US - MINUTE_US / 2,
        submitted_at_us: minute * MINUTE_US,
        at_us: minute * MINUTE_US,
        kind,
    }
}

/// A control answer alone on its page.
fn answer(minute: i64, credit: f64) -> Event<'static> {
    event(minute, EventKind::Golden { credit })
}

/// One control answer a minute, from minute 1.
fn answers(credits: &[f64]) -> Vec<Event<'static>> {
    (1..)
        .zip(credits)
        .map(|(minute, credit)| answer(minute, *credit))
        .collect()
}

/// A page handed in for nothing.
fn submitted(minute: i64) -> Event<'static> {
    event(minute, EventKind::Submitted { reward_nano_usd: 0 })
}

/// One page a minute, from minute 1.
fn pages(n_pages: i64) -> Vec<Event<'static>> {
    (1..=n_pages).map(submitted).collect()
}

/// A verdict at `minute` on the page of `page_minute`.
fn review(page_minute: i64, minute: i64, verdict: Verdict) -> Event<'static> {
    Event {
        at_us: minute * MINUTE_US,
        ..event(page_minute, EventKind::Review(verdict))
    }
}

/// A task of the page of `page_minute` that reached its overlap at `minute`.
fn majority(page_minute: i64, minute: i64, n_agreeing: u32, n_top: u32) -> Event<'static> {
    Event {
        at_us: minute * MINUTE_US,
        ..event(page_minute, EventKind::Majority { n_agreeing, n_top })
    }
}

fn captcha(minute: i64, is_solved: bool) -> Event<'static> {
    Event {
        assignment_id: "",
        task_id: "",
        created_at_us: minute * MINUTE_US,
        ..event(minute, EventKind::Captcha { is_solved })
    }
}

/// A skill that somebody set on the platform.
fn given_skill(minute: i64, skill_id: &'static str, value: f64) -> Event<'static> {
    Event {
        assignment_id: "",
        task_id: "",
        pool_id: "",
        project_id: "",
        created_at_us: minute * MINUTE_US,
        ..event(minute, EventKind::Skill { skill_id, value })
    }
}

fn in_pool(event: Event<'static>, pool_id: &'static str) -> Event<'static> {
    Event { pool_id, ..event }
}

/// The same events on one page, taken at minute 1 and handed in at `minute`.
fn on_one_page(minute: i64, mut events: Vec<Event<'static>>) -> Vec<Event<'static>> {
    let name: &'static str = format!("page {minute}").leak();
    for (task_index, event) in (0..).zip(&mut events) {
        event.assignment_id = name;
        event.task_index = task_index;
        event.created_at_us = MINUTE_US;
        event.submitted_at_us = minute * MINUTE_US;
        event.at_us = minute * MINUTE_US;
    }
    events
}

/// The book lives on, so that events and results borrow from nothing else.
fn replay(book: &RuleBook, events: &mut [Event<'static>]) -> Replay<'static> {
    replay_with_bans(book, events, &[])
}

fn replay_with_bans(
    book: &RuleBook,
    events: &mut [Event<'static>],
    bans: &[KnownBan<'static>],
) -> Replay<'static> {
    replay_worker(Box::leak(Box::new(book.clone())), events, bans, Trace::On)
}

/// A statistic after each event that the rule `<config index>.<rule index>` saw.
fn seen_by(rule: &str, replay: &Replay<'_>, key: &str) -> Vec<f64> {
    let is_its = |look: &&super::WorkerEvent<'_>| {
        format!("{}.{}", look.config_index, look.rule_index) == rule
    };
    let looks = replay.looks.iter().filter(is_its);
    looks
        .map(|look| look.statistics.get(key).expect("a value"))
        .collect()
}

/// A statistic after each event that the first rule saw.
fn seen(replay: &Replay<'_>, key: &str) -> Vec<f64> {
    seen_by("0.0", replay, key)
}

fn look_minutes(replay: &Replay<'_>) -> Vec<i64> {
    let minutes = replay.looks.iter().map(|look| look.at_us / MINUTE_US);
    minutes.collect()
}

fn ban_minutes(replay: &Replay<'_>) -> Vec<i64> {
    let minutes = replay.bans.iter().map(|ban| ban.started_at_us / MINUTE_US);
    minutes.collect()
}

/// Page and change of each raise.
fn raised<'a>(replay: &Replay<'a>) -> Vec<(&'a str, i32)> {
    let raises = replay.raises.iter();
    raises
        .map(|raise| (raise.assignment_id, raise.delta))
        .collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(difference < 1e-12, "{found} is not {expected}");
    }
}

#[test]
fn every_collector_of_the_platform_stands_once() {
    let names: Vec<&str> = COLLECTORS
        .iter()
        .map(|collector| collector.name())
        .collect();
    assert_eq!(
        names,
        [
            "GOLDEN_SET",
            "MAJORITY_VOTE",
            "ASSIGNMENT_SUBMIT_TIME",
            "SKIPPED_IN_ROW_ASSIGNMENTS",
            "ANSWER_COUNT",
            "INCOME",
            "CAPTCHA",
            "ACCEPTANCE_RATE",
            "ASSIGNMENTS_ASSESSMENT",
            "USERS_ASSESSMENT",
            "TRAINING",
        ]
    );
    for collector in COLLECTORS {
        assert!(collector.keys().len() <= KEYS_MAX);
    }
}

#[test]
fn the_default_rules_have_no_mistake_and_no_doubt() {
    let default = RuleBook {
        rules: rules(include_str!("../../data/rules/default.json")),
        ..RuleBook::default()
    };
    let mut careless = answers(&[0.0; 5]);
    assert_eq!(ban_minutes(&replay(&default, &mut careless)), [4]);
}

#[test]
fn nothing_in_gives_nothing_out() {
    let watching = watching("GOLDEN_SET", "", "total_answers_count");
    assert_eq!(replay(&watching, &mut []), Replay::default());
    let no_rules = RuleBook::default();
    assert_eq!(replay(&no_rules, &mut answers(&[1.0])), Replay::default());
}
