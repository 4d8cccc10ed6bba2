//! What the operator is told about a file that is wrong or doubtful.

use super::*;
use crate::quality::{Mode, RateUnit, Threshold};

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
    format!(r#"{{"configs": [{}]}}"#, golden_set(10, &[rule.to_owned()]))
}

fn with_action(action: &str) -> String {
    with_rule(&rule("total_answers_count GT 3", action))
}

/// One rule of a collector.
fn of_collector(collector: &str, parameters: &str, conditions: &str, action: &str) -> String {
    let rule = rule(conditions, action);
    format!(
        r#"{{"configs": [{}]}}"#,
        config(collector, parameters, &[rule])
    )
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
        golden_set(0, &[good]),
        golden_set(0, &[bad])
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
fn actions_that_the_platform_does_not_document_are_refused_for_every_collector() {
    for name in [
        "CLEAN_ASSIGNMENTS_HISTORY",
        "CLEAN_COLLECTOR",
        "SET_POOL_COMPLETE",
    ] {
        let action = format!(r#"{{"type": "{name}", "parameters": {{}}}}"#);
        let problem = format!(
            "configs[0].rules[0].action.type: the platform does not document what {name} does, \
             so it cannot be replayed; remove this rule"
        );
        assert_eq!(mistake(&with_action(&action)), problem);
        let json = of_collector("USERS_ASSESSMENT", "", "skill_id EQ 1", &action);
        assert_eq!(mistake(&json), problem);
    }
}

#[test]
fn an_action_that_a_collector_cannot_take_is_refused_and_those_it_can_are_named() {
    let counts = [
        (
            "ASSIGNMENT_SUBMIT_TIME",
            r#""fast_submit_threshold_seconds": 1"#,
            "fast_submitted_count",
        ),
        ("SKIPPED_IN_ROW_ASSIGNMENTS", "", "skipped_in_row_count"),
        ("ANSWER_COUNT", "", "assignments_accepted_count"),
        ("INCOME", "", "income_sum_for_last_24_hours"),
    ];
    let path = "configs[0].rules[0].action.type: unknown action";
    let without_rates = "one of RESTRICTION_V2, RESTRICTION, SET_SKILL, \
                         APPROVE_ALL_ASSIGNMENTS, REJECT_ALL_ASSIGNMENTS";
    for (collector, parameters, key) in counts {
        let json = of_collector(
            collector,
            parameters,
            &format!("{key} EQ 3"),
            &skill_from("x"),
        );
        let expected = format!("{path} \"SET_SKILL_FROM_OUTPUT_FIELD\"; {without_rates}");
        assert!(mistake(&json).starts_with(&expected), "{}", mistake(&json));
    }
    let rates = [
        ("GOLDEN_SET", "", "correct_answers_rate"),
        (
            "MAJORITY_VOTE",
            r#""answer_threshold": 2"#,
            "correct_answers_rate",
        ),
        ("CAPTCHA", "", "fail_rate"),
        ("ACCEPTANCE_RATE", "", "rejected_assignments_rate"),
        ("TRAINING", "", "incorrect_answers_rate"),
    ];
    for (collector, parameters, key) in rates {
        let condition = format!("{key} GT 3");
        for action in [
            &skill_from(key),
            REJECT_ALL,
            APPROVE_ALL,
            &ban("POOL", 1),
            SKILL,
        ] {
            let json = of_collector(collector, parameters, &condition, action);
            assert_eq!(parse(&json), Ok(vec![]), "{collector} {action}");
        }
        let json = of_collector(collector, parameters, &condition, &raise_by(1));
        let expected = format!("{path} \"CHANGE_OVERLAP\"; one of RESTRICTION_V2,");
        assert!(mistake(&json).starts_with(&expected), "{}", mistake(&json));
    }
    for (collector, condition) in [
        ("ASSIGNMENTS_ASSESSMENT", "assessment_event EQ REJECT"),
        ("USERS_ASSESSMENT", "skill_id EQ 5"),
    ] {
        assert_eq!(
            mistake(&of_collector(collector, "", condition, &ban("POOL", 1))),
            format!("{path} \"RESTRICTION_V2\"; one of CHANGE_OVERLAP")
        );
    }
}

#[test]
fn a_parameter_that_a_collector_does_not_have_is_refused() {
    let cases = [
        ("GOLDEN_SET", r#""answer_threshold": 2"#),
        ("MAJORITY_VOTE", r#""answer_threshold": 2, "history": 9"#),
        (
            "ASSIGNMENT_SUBMIT_TIME",
            r#""fast_submit_threshold_seconds": 2, "historysize": 9"#,
        ),
        ("SKIPPED_IN_ROW_ASSIGNMENTS", r#""history_size": 9"#),
        ("ANSWER_COUNT", r#""history_size": 9"#),
        ("INCOME", r#""history_size": 9"#),
        ("CAPTCHA", r#""answer_threshold": 2"#),
        ("ACCEPTANCE_RATE", r#""fast_submit_threshold_seconds": 2"#),
        ("TRAINING", r#""history_size": 9"#),
        (
            "ASSIGNMENTS_ASSESSMENT",
            r#""history_size": 9, "answer_threshold": 2"#,
        ),
        ("USERS_ASSESSMENT", r#""answer_threshold": 2"#),
    ];
    for (collector, parameters) in cases {
        let json = format!(r#"{{"configs": [{}]}}"#, config(collector, parameters, &[]));
        let problem = mistake(&json);
        let path = "configs[0].collector_config.parameters.";
        assert!(problem.starts_with(path), "{collector}: {problem}");
        assert!(
            problem.contains(": unknown key \""),
            "{collector}: {problem}"
        );
    }
}

#[test]
fn a_required_parameter_that_is_missing_is_named() {
    let path = "configs[0].collector_config";
    for (collector, name) in [
        ("MAJORITY_VOTE", "answer_threshold"),
        ("ASSIGNMENT_SUBMIT_TIME", "fast_submit_threshold_seconds"),
    ] {
        let json = format!(
            r#"{{"configs": [{{"collector_config": {{"type": "{collector}"}}, "rules": []}}]}}"#
        );
        assert_eq!(
            mistake(&json),
            format!("{path}: parameters.{name} is missing")
        );
        let json = format!(
            r#"{{"configs": [{}]}}"#,
            config(collector, r#""history_size": 5"#, &[])
        );
        assert_eq!(mistake(&json), format!("{path}.parameters.{name}: missing"));
    }
}

#[test]
fn thresholds_of_votes_and_seconds_lie_in_their_ranges() {
    let problem = |collector: &str, parameters: &str| {
        mistake(&format!(
            r#"{{"configs": [{}]}}"#,
            config(collector, parameters, &[])
        ))
    };
    let path = "configs[0].collector_config.parameters";
    assert_eq!(
        problem("MAJORITY_VOTE", r#""answer_threshold": 0"#),
        format!("{path}.answer_threshold: expected at least 1 vote, found 0")
    );
    assert_eq!(
        problem("MAJORITY_VOTE", r#""answer_threshold": 1.5"#),
        format!("{path}.answer_threshold: expected a whole number, found 1.5")
    );
    for seconds in ["0", "-1", "31536001"] {
        let parameters = format!(r#""fast_submit_threshold_seconds": {seconds}"#);
        assert_eq!(
            problem("ASSIGNMENT_SUBMIT_TIME", &parameters),
            format!(
                "{path}.fast_submit_threshold_seconds: \
                 expected seconds above 0 and up to a year, found {seconds}"
            )
        );
    }
}

#[test]
fn a_history_size_on_a_collector_of_losses_is_ignored_and_said() {
    for (collector, condition) in [
        ("ASSIGNMENTS_ASSESSMENT", "assessment_event EQ REJECT"),
        ("USERS_ASSESSMENT", "skill_id EQ 5"),
    ] {
        let json = of_collector(collector, r#""history_size": 9"#, condition, &raise_by(1));
        let expected = format!(
            "configs[0].collector_config.parameters.history_size: \
             {collector} has no window, so it is ignored"
        );
        assert_eq!(parse(&json), Ok(vec![expected]));
    }
}

#[test]
fn words_identifiers_and_flags_know_equality_only() {
    let cases = [
        (
            "ASSIGNMENTS_ASSESSMENT",
            "assessment_event",
            "REJECT",
            raise_by(1),
        ),
        (
            "USERS_ASSESSMENT",
            "pool_access_revoked_reason",
            "RESTRICTION",
            raise_by(1),
        ),
        ("USERS_ASSESSMENT", "skill_id", "17", raise_by(1)),
        (
            "TRAINING",
            "next_assignment_available",
            "true",
            SKILL.to_owned(),
        ),
    ];
    for (collector, key, value, action) in cases {
        for operator in ["NE", "GT", "LT", "GTE", "LTE"] {
            let condition = format!("{key} {operator} {value}");
            assert_eq!(
                mistake(&of_collector(collector, "", &condition, &action)),
                format!(
                    "configs[0].rules[0].conditions[0].operator: {key} knows EQ only, found {operator}"
                )
            );
        }
        let condition = format!("{key} EQ {value}");
        assert_eq!(
            parse(&of_collector(collector, "", &condition, &action)),
            Ok(vec![])
        );
    }
    let path = "configs[0].rules[0].conditions[0].value";
    let unknown = of_collector(
        "ASSIGNMENTS_ASSESSMENT",
        "",
        "assessment_event EQ REJECTED",
        &raise_by(1),
    );
    assert_eq!(
        mistake(&unknown),
        format!(
            "{path}: unknown value \"REJECTED\"; one of ACCEPT, ACCEPT_AFTER_REJECT, REJECT; did you mean \"REJECT\"?"
        )
    );
    let not_a_flag = of_collector("TRAINING", "", "next_assignment_available EQ 1", SKILL);
    assert_eq!(
        mistake(&not_a_flag),
        format!("{path}: expected true or false, found 1")
    );
    let not_a_skill = of_collector("USERS_ASSESSMENT", "", "skill_id EQ 1.5", &raise_by(1));
    assert_eq!(
        mistake(&not_a_skill),
        format!("{path}: expected an identifier, found 1.5")
    );
}

#[test]
fn an_overlap_changes_by_a_whole_number_that_is_not_zero() {
    let with_delta = |delta: &str| {
        let action = format!(r#"{{"type": "CHANGE_OVERLAP", "parameters": {{"delta": {delta}}}}}"#);
        of_collector("USERS_ASSESSMENT", "", "skill_id EQ 5", &action)
    };
    let path = "configs[0].rules[0].action.parameters.delta";
    for delta in ["0", "30001", "-30001", "99999999999"] {
        assert_eq!(
            mistake(&with_delta(delta)),
            format!(
                "{path}: expected a number of answers that is not 0, up to 30000, found {delta}"
            )
        );
    }
    assert_eq!(
        mistake(&with_delta("0.5")),
        format!("{path}: expected a whole number, found 0.5")
    );
    for delta in ["1", "-1", "30000"] {
        assert_eq!(parse(&with_delta(delta)), Ok(vec![]));
    }
    let action = r#"{"type": "CHANGE_OVERLAP", "parameters": {"open_pool": true}}"#;
    let json = of_collector("USERS_ASSESSMENT", "", "skill_id EQ 5", action);
    assert_eq!(mistake(&json), format!("{path}: missing"));
}

#[test]
fn a_training_requirement_is_read_to_the_last_word() {
    let with_requirement = |requirement: &str| {
        format!(r#"{{"configs": [], "training_requirement": {{{requirement}}}}}"#)
    };
    let path = "training_requirement";
    assert_eq!(
        mistake(&with_requirement(r#""training_pool_id": "7""#)),
        format!("{path}.training_passing_skill_value: missing")
    );
    assert_eq!(
        mistake(&with_requirement(
            r#""training_pool_id": "7", "training_passing_skill_value": 101"#
        )),
        format!("{path}.training_passing_skill_value: expected 0..100, found 101")
    );
    assert_eq!(
        mistake(&with_requirement(r#""training_passing_skill_value": 80"#)),
        format!("{path}.training_pool_id: missing")
    );
    let json = with_requirement(r#""training_pool_id": 7, "training_passing_skill_value": 80"#);
    let rules = rules(&json);
    let requirement = rules.training_requirement.expect("a requirement");
    assert_eq!(requirement.training_pool_id, "7");
    assert_eq!(requirement.passing_pct, 80.0);
}

#[test]
fn conditions_that_exclude_each_other_are_a_warning() {
    let warns = |conditions: &str| {
        let warnings = parse(&with_rule(&rule(conditions, SKILL))).expect("valid");
        let key = conditions.split(' ').next().expect("a key");
        if let [warning] = warnings.as_slice() {
            assert_eq!(
                *warning,
                format!(
                    "configs[0].rules[0]: two conditions on {key} exclude each other, \
                     so the rule can never take effect"
                )
            );
        }
        !warnings.is_empty()
    };
    for contradiction in [
        "correct_answers_rate LT 40 AND correct_answers_rate GT 40",
        "correct_answers_rate LT 40 AND correct_answers_rate GTE 40",
        "correct_answers_rate EQ 40 AND correct_answers_rate NE 40",
        "correct_answers_rate EQ 40 AND correct_answers_rate EQ 41",
        "total_answers_count GT 3 AND total_answers_count LT 4",
        "total_answers_count LTE 2 AND total_answers_count GTE 5",
    ] {
        assert!(warns(contradiction), "{contradiction}");
    }
    for possible in [
        "correct_answers_rate LTE 40 AND correct_answers_rate GTE 40",
        "correct_answers_rate GT 40 AND correct_answers_rate LT 41",
        "total_answers_count GT 3 AND total_answers_count LT 5",
        "total_answers_count NE 3 AND total_answers_count NE 4",
        "total_answers_count GTE 3 AND correct_answers_rate LT 3",
        "total_answers_count GT 3 AND total_answers_count GT 5",
    ] {
        assert!(!warns(possible), "{possible}");
    }
    let words = "assessment_event EQ ACCEPT AND assessment_event EQ REJECT";
    let json = of_collector("ASSIGNMENTS_ASSESSMENT", "", words, &raise_by(1));
    assert_eq!(parse(&json).expect("valid").len(), 1);
    let flags = "next_assignment_available EQ true AND next_assignment_available EQ false";
    let json = of_collector("TRAINING", "", flags, SKILL);
    assert_eq!(parse(&json).expect("valid").len(), 1);
}

#[test]
fn a_book_says_whose_rules_are_wrong_or_doubtful() {
    let mistake = |json: &str| RuleBook::parse(json).expect_err("a mistake").to_string();
    assert_eq!(
        mistake(r#"{"rules": {}}"#),
        "quality.rules: configs: missing"
    );
    assert_eq!(
        mistake(r#"{"pools": {"17": {}}}"#),
        "pools.quality_control of pool 17: configs: missing"
    );
    assert_eq!(
        mistake(r#"{"filters": {"17": {"and": 3}}}"#),
        "pools.filter of pool 17: and: expected a list, found 3"
    );
    assert!(
        mistake(r#"{"options": {"mode": "live"}}"#)
            .starts_with("rules are not of the expected JSON: ")
    );
    let json = r#"{
        "rules": {"configs": [], "captcha_frequency": "LOW"},
        "pools": {"17": {"configs": [], "checkpoints_config": {}}},
        "filters": {"17": {"category": "profile", "key": "country", "operator": "EQ", "value": "FR"}},
        "options": {"mode": "snapshot"}}"#;
    let (book, warnings) = RuleBook::parse(json).expect("a book");
    assert_eq!(book.options.mode, Mode::Snapshot);
    assert!(book.pool_rules.contains_key("17") && book.filters.contains_key("17"));
    assert_eq!(
        warnings,
        [
            "quality.rules: captcha_frequency: not a rule, so it is not replayed",
            "pools.quality_control of pool 17: checkpoints_config: not a rule, so it is not replayed",
            "pools.filter of pool 17: the rules: a log does not tell a worker's profile, \
             so the condition is taken as met",
        ]
    );
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
    let threshold = &rules.configs[0].rules[0].conditions[0].threshold;
    assert_eq!(*threshold, Threshold::Number(57.0));
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
    let book = book(&[golden_set(0, &[third])]);
    let mut events = answers(&[0.0, 0.0, 1.0]);
    assert_eq!(ban_minutes(&replay(&book, &mut events)), [3]);
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
    let json = r#"{"captcha_frequency": "LOW", "configs": [], "checkpoints_config": {}}"#;
    assert_eq!(
        parse(json).expect("valid"),
        [
            "captcha_frequency: not a rule, so it is not replayed",
            "checkpoints_config: not a rule, so it is not replayed",
        ]
    );
}
