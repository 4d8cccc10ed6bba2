//! What the operator is told about a file that is wrong or doubtful.

use super::*;
use crate::quality::RateUnit;

const SKILL: &str = r#"{"type": "SET_SKILL", "parameters": {"skill_id": 5, "skill_value": 1}}"#;

fn parse(json: &str) -> Result<Vec<String>, String> {
    let parsed = Rules::parse(json, ReplayOptions::default());
    parsed.map(|(_, warnings)| warnings).map_err(|error| {
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    })
}

fn mistake(json: &str) -> String {
    parse(json).expect_err("a mistake")
}

fn with_rule(rule: &str) -> String {
    format!(r#"{{"configs": [{}]}}"#, config(10, &[rule.to_owned()]))
}

fn with_action(action: &str) -> String {
    with_rule(&rule("total_answers_count GT 3", action))
}

#[test]
fn an_unknown_operator_is_named_with_its_path_and_the_known_ones() {
    let good = rule("total_answers_count GT 3", SKILL);
    let bad = rule(
        "total_answers_count GT 3 AND correct_answers_rate LT 9 AND correct_answers_rate GREATER 3",
        SKILL,
    );
    let json = format!(
        r#"{{"configs": [{}, {}]}}"#,
        config(0, &[good]),
        config(0, &[bad])
    );
    assert_eq!(
        mistake(&json),
        "configs[1].rules[0].conditions[2].operator: unknown operator \"GREATER\"; \
         one of EQ, NE, GT, LT, GTE, LTE"
    );
}

#[test]
fn a_near_miss_brings_the_word_that_was_meant() {
    assert_eq!(
        mistake(&with_rule(&rule("total_answer_count GTE 3", SKILL))),
        "configs[0].rules[0].conditions[0].key: unknown key \"total_answer_count\"; one of \
         total_answers_count, correct_answers_rate, incorrect_answers_rate, \
         golden_set_answers_count, golden_set_correct_answers_rate, \
         golden_set_incorrect_answers_rate; did you mean \"total_answers_count\"?"
    );
    let json = r#"{"configs": [{"collector_config": {"type": "GOLDENSET"}, "rules": []}]}"#;
    assert!(
        mistake(json).ends_with("did you mean \"GOLDEN_SET\"?"),
        "{}",
        mistake(json)
    );
    assert_eq!(
        mistake(r#"{"config": []}"#),
        "config: unknown key \"config\"; one of configs; did you mean \"configs\"?"
    );
    let json = r#"{"configs": [{"collector_config": {"type": "GOLDEN_SET"}, "rule": []}]}"#;
    assert_eq!(
        mistake(json),
        "configs[0].rule: unknown key \"rule\"; one of collector_config, rules; did you mean \"rules\"?"
    );
}

#[test]
fn a_collector_of_the_next_version_is_not_called_unknown() {
    for name in PLATFORM_COLLECTORS {
        if COLLECTORS.iter().any(|collector| collector.name() == *name) {
            continue;
        }
        let json = format!(
            r#"{{"configs": [{{"collector_config": {{"type": "{name}"}}, "rules": []}}]}}"#
        );
        let expected = format!(
            "configs[0].collector_config.type: {name} is not replayed yet; \
             this version replays GOLDEN_SET; remove this entry of configs until then"
        );
        assert_eq!(mistake(&json), expected);
    }
}

#[test]
fn actions_that_cannot_be_replayed_say_why() {
    let path = "configs[0].rules[0].action.type: ";
    let cases = [
        (
            "CLEAN_COLLECTOR",
            "the platform does not document what CLEAN_COLLECTOR does, so it cannot be replayed; remove this rule",
        ),
        (
            "SET_POOL_COMPLETE",
            "the platform does not document what SET_POOL_COMPLETE does, so it cannot be replayed; remove this rule",
        ),
        (
            "APPROVE_ALL_ASSIGNMENTS",
            "APPROVE_ALL_ASSIGNMENTS comes with the next version; remove this rule until then",
        ),
        (
            "REJECT_ALL_ASSIGNMENTS",
            "REJECT_ALL_ASSIGNMENTS comes with the next version; remove this rule until then",
        ),
    ];
    for (name, problem) in cases {
        let action = format!(r#"{{"type": "{name}", "parameters": {{}}}}"#);
        assert_eq!(mistake(&with_action(&action)), format!("{path}{problem}"));
    }
    let unknown = mistake(&with_action(r#"{"type": "CHANGE_OVERLAP"}"#));
    assert!(unknown.starts_with(&format!(
        "{path}unknown action \"CHANGE_OVERLAP\"; one of RESTRICTION_V2,"
    )));
}

#[test]
fn parameters_are_checked_to_the_last_word() {
    let restriction = |parameters: &str| {
        let action = format!(r#"{{"type": "RESTRICTION_V2", "parameters": {{{parameters}}}}}"#);
        mistake(&with_action(&action))
    };
    let path = "configs[0].rules[0].action.parameters";
    assert_eq!(
        restriction(r#""scope": "SYSTEM", "duration_unit": "DAYS", "duration": 1"#),
        format!("{path}.scope: unknown scope \"SYSTEM\"; one of POOL, PROJECT, ALL_PROJECTS")
    );
    assert_eq!(
        restriction(r#""scope": "POOL", "duration_unit": "DAYS""#),
        format!("{path}.duration: missing")
    );
    assert_eq!(
        restriction(r#""scope": "POOL", "duration_unit": "DAYS", "duration": 0"#),
        format!("{path}.duration: expected at least 1, found 0")
    );
    assert_eq!(
        restriction(r#""scope": "POOL", "duration_unit": "DAYS", "duration": 99999999999999999"#),
        format!(
            "{path}.duration: 99999999999999999 is longer than 36525 days; use duration_unit PERMANENT"
        )
    );
    assert_eq!(
        restriction(r#""scope": "POOL", "duration_unit": "DAYS", "duration": 1, "comment": "x""#),
        format!(
            "{path}.comment: unknown key \"comment\"; one of scope, duration_unit, duration, private_comment"
        )
    );
    let action = r#"{"type": "SET_SKILL", "parameters": {"skill_id": "5", "skill_value": 101}}"#;
    assert_eq!(
        mistake(&with_action(action)),
        format!("{path}.skill_value: expected 0..100, found 101")
    );
    let action = skill_from("total_answers_count");
    assert!(mistake(&with_action(&action)).starts_with(&format!(
        "{path}.from_field: unknown rate \"total_answers_count\"; one of correct_answers_rate,"
    )));
    assert_eq!(
        parse(&with_action(&skill_from("wrong_answers_rate"))),
        Ok(vec![])
    );
}

#[test]
fn wrong_shapes_say_what_was_expected() {
    assert!(mistake("{").starts_with("the rules are not valid JSON: EOF"));
    assert_eq!(mistake("[]"), "the rules: expected an object, found a list");
    assert_eq!(mistake("{}"), "configs: missing");
    assert_eq!(
        mistake(r#"{"configs": 3}"#),
        "configs: expected a list, found 3"
    );
    assert_eq!(
        mistake(&with_rule(r#"{"conditions": [], "action": {}}"#)),
        "configs[0].rules[0].conditions: empty: such a rule would fire at every answer; add a condition"
    );
    assert_eq!(
        mistake(&with_rule(&rule("total_answers_count GT 2.5", SKILL))),
        "configs[0].rules[0].conditions[0].value: expected a whole number from 0, found 2.5"
    );
    let json = r#"{"configs": [{"collector_config": {"type": "GOLDEN_SET",
        "parameters": {"history_size": 0}}, "rules": []}]}"#;
    assert_eq!(
        mistake(json),
        "configs[0].collector_config.parameters.history_size: expected at least 1, found 0"
    );
}

#[test]
fn a_rate_that_looks_like_a_fraction_is_refused_until_the_unit_is_set() {
    let json = with_rule(&rule("incorrect_answers_rate GT 0.57", &ban("PROJECT", 1)));
    assert_eq!(
        mistake(&json),
        "configs[0].rules[0].conditions[0].value: rates are percent 0..100, and 0.57 lies \
         between 0 and 1; write 57 or set rate_unit = \"fraction\""
    );
    let fraction = ReplayOptions {
        rate_unit: RateUnit::Fraction,
        ..ReplayOptions::default()
    };
    let (rules, _) = Rules::parse(&json, fraction).expect("fractions");
    assert_eq!(rules.configs[0].rules[0].conditions[0].threshold, 57.0);
    let json = with_rule(&rule("incorrect_answers_rate GT 57", &ban("PROJECT", 1)));
    let error = Rules::parse(&json, fraction)
        .expect_err("a percentage")
        .to_string();
    assert!(
        error.ends_with("rate_unit is \"fraction\", and 57 lies outside 0..1"),
        "{error}"
    );
}

#[test]
fn equal_rates_are_equal_within_a_billionth() {
    let third = rule("correct_answers_rate EQ 33.3333333333", &ban("PROJECT", 1));
    let rules = configs(&[config(0, &[third])]);
    let mut events = answers(&[0.0, 0.0, 1.0]);
    assert_eq!(ban_minutes(&replay(&rules, &mut events)), [3]);
}

#[test]
fn a_condition_that_can_never_hold_is_a_warning() {
    let doubtful = [
        "total_answers_count GTE 11",
        "total_answers_count GT 10",
        "golden_set_answers_count EQ 11",
        "correct_answers_rate GT 100",
        "correct_answers_rate LT 0",
    ];
    for condition in doubtful {
        let warnings = parse(&with_rule(&rule(condition, SKILL))).expect("valid");
        assert_eq!(warnings.len(), 1, "{condition}");
    }
    let fine = [
        "total_answers_count GTE 10",
        "total_answers_count LT 11",
        "correct_answers_rate GTE 100",
    ];
    for condition in fine {
        assert_eq!(
            parse(&with_rule(&rule(condition, SKILL))),
            Ok(vec![]),
            "{condition}"
        );
    }
    assert_eq!(
        parse(&with_rule(&rule("total_answers_count GTE 11", SKILL))).expect("valid"),
        [
            "configs[0].rules[0].conditions[0]: total_answers_count GTE 11 can never take effect: history_size is 10"
        ]
    );
}

#[test]
fn the_rest_of_a_pools_quality_control_is_a_warning() {
    let json = r#"{"captcha_frequency": "LOW", "configs": [], "training_requirement": {}}"#;
    assert_eq!(
        parse(json).expect("valid"),
        [
            "captcha_frequency: not a rule, so it is not replayed",
            "training_requirement: not a rule, so it is not replayed",
        ]
    );
}
