//! Filters of pools: their shapes, whom they admit, and what a log cannot tell.

use crate::quality::Filter;

fn parse(json: &str) -> (Filter, Vec<String>) {
    Filter::parse(json).expect("a filter")
}

fn mistake(json: &str) -> String {
    let error = Filter::parse(json).expect_err("a mistake");
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

fn condition(operator: &str, value: &str) -> String {
    format!(r#"{{"category": "skill", "key": "9", "operator": "{operator}"{value}}}"#)
}

/// Whether it admits workers without the skill, and with 59.7, 60 and 61 of it.
fn admitted(json: &str) -> [bool; 4] {
    let (filter, warnings) = parse(json);
    assert_eq!(warnings, Vec::<String>::new());
    [None, Some(59.7), Some(60.0), Some(61.0)].map(|value| {
        let skill = |skill_id: &str| value.filter(|_| skill_id == "9");
        filter.admits(&skill)
    })
}

#[test]
fn a_skill_is_compared_and_a_missing_one_meets_no_comparison() {
    let cases = [
        ("EQ", [false, false, true, false]),
        ("NE", [false, true, false, true]),
        ("GT", [false, false, false, true]),
        ("GTE", [false, false, true, true]),
        ("LT", [false, true, false, false]),
        ("LTE", [false, true, true, false]),
    ];
    for (operator, expected) in cases {
        let json = condition(operator, r#", "value": 60"#);
        assert_eq!(admitted(&json), expected, "{operator}");
    }
    let fractional = condition("GTE", r#", "value": 59.7"#);
    assert_eq!(admitted(&fractional), [false, true, true, true]);
}

#[test]
fn equal_to_nothing_is_without_the_skill_and_unequal_to_nothing_is_with_it() {
    for value in ["", r#", "value": null"#] {
        assert_eq!(
            admitted(&condition("EQ", value)),
            [true, false, false, false]
        );
        assert_eq!(admitted(&condition("NE", value)), [false, true, true, true]);
    }
    assert_eq!(
        mistake(&format!(r#"{{"and": [{}]}}"#, condition("GT", ""))),
        "and[0].operator: a condition without a value asks whether the worker has the skill: \
         EQ has not, NE has"
    );
}

#[test]
fn and_asks_for_every_part_and_or_for_some() {
    let (low, high) = (
        condition("LT", r#", "value": 60"#),
        condition("GT", r#", "value": 60"#),
    );
    let missing = condition("EQ", "");
    let nested = format!(
        r#"{{"and": [{{"or": [{low}, {high}, {missing}]}}, {{"or": [{high}, {missing}]}}]}}"#
    );
    assert_eq!(admitted(&nested), [true, false, false, true]);
    assert_eq!(
        admitted(&format!(r#"{{"and": [{low}, {high}]}}"#)),
        [false; 4]
    );
    for nothing in ["{}", r#"{"and": []}"#, r#"{"or": []}"#] {
        assert_eq!(admitted(nothing), [true; 4], "{nothing}");
    }
}

#[test]
fn what_a_log_does_not_tell_is_taken_as_met_and_said() {
    for category in ["profile", "computed"] {
        let unknowable = format!(
            r#"{{"category": "{category}", "key": "country", "operator": "EQ", "value": "FR"}}"#
        );
        let json = format!(r#"{{"and": [{unknowable}, {}]}}"#, condition("NE", ""));
        let (filter, warnings) = parse(&json);
        assert_eq!(
            warnings,
            [format!(
                "and[0]: a log does not tell a worker's {category}, so the condition is taken as met"
            )]
        );
        assert!(filter.admits(&|_| Some(1.0)));
        assert!(!filter.admits(&|_| None));
        assert!(!filter.mentions("country"));
        assert!(filter.mentions("9"));
    }
}

#[test]
fn a_filter_that_is_wrong_says_where() {
    assert!(mistake("{").starts_with("the filter is not valid JSON: EOF"));
    assert!(mistake("[]").ends_with("expected an object, found a list"));
    assert_eq!(
        mistake(r#"{"and": {}}"#),
        "and: expected a list, found an object"
    );
    assert_eq!(
        mistake(r#"{"and": [{"category": "skil", "key": "9", "operator": "EQ"}]}"#),
        "and[0].category: unknown category \"skil\"; one of skill, profile, computed; \
         did you mean \"skill\"?"
    );
    assert_eq!(
        mistake(r#"{"or": [{"category": "skill", "operator": "EQ"}]}"#),
        "or[0].key: missing"
    );
    assert_eq!(
        mistake(&condition("ATLEAST", "")),
        "operator: unknown operator \"ATLEAST\"; one of EQ, NE, GT, LT, GTE, LTE"
    );
    assert_eq!(
        mistake(&condition("EQ", r#", "value": "60""#)),
        "value: expected a number, found \"60\""
    );
    assert_eq!(
        mistake(r#"{"and": [], "or": []}"#),
        "and: unknown key \"and\"; one of category, key, operator, value"
    );
}
