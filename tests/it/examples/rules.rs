//! Quality-control rules as the platform writes them, from a sentence each.
//!
//! What they do is not known here.

use serde_json::{Value, json};

/// A collector with its parameters and rules.
pub(super) fn collector(name: &str, parameters: &Value, rules: &[Value]) -> Value {
    json!({
        "collector_config": {"type": name, "parameters": parameters},
        "rules": rules,
    })
}

/// A rule from conditions such as `total_answers_count GTE 3 AND correct_answers_rate LT 60`.
pub(super) fn rule(conditions: &str, action: &Value) -> Value {
    let parse = |condition: &str| {
        let words: Vec<&str> = condition.split_whitespace().collect();
        let [key, operator, value] = words[..] else {
            panic!("a condition is three words: {condition}");
        };
        let value = value.parse::<i64>().map_or(json!(value), |n| json!(n));
        json!({"key": key, "operator": operator, "value": value})
    };
    let conditions: Vec<Value> = conditions.split(" AND ").map(parse).collect();
    json!({"conditions": conditions, "action": action})
}

/// A ban of so many days.
pub(super) fn ban(scope: &str, days: i64) -> Value {
    json!({
        "type": "RESTRICTION_V2",
        "parameters": {"scope": scope, "duration_unit": "DAYS", "duration": days},
    })
}

/// A skill from a statistic.
pub(super) fn skill_from(skill: &str, statistic: &str) -> Value {
    json!({
        "type": "SET_SKILL_FROM_OUTPUT_FIELD",
        "parameters": {"skill_id": skill, "from_field": statistic},
    })
}

/// A skill of always the same value.
pub(super) fn skill(skill: &str, value: i64) -> Value {
    json!({
        "type": "SET_SKILL",
        "parameters": {"skill_id": skill, "skill_value": value},
    })
}

/// More answers for the tasks of a page.
pub(super) fn more_answers(delta: i64) -> Value {
    json!({
        "type": "CHANGE_OVERLAP",
        "parameters": {"delta": delta, "open_pool": true},
    })
}

/// One more answer for every page of a worker who loses access for this reason.
pub(super) fn one_more_answer_after(loss: &str) -> Value {
    let one_more = rule(loss, &more_answers(1));
    collector("USERS_ASSESSMENT", &json!({}), &[one_more])
}

/// The loss of access by a ban.
pub(super) const BANNED: &str = "pool_access_revoked_reason EQ RESTRICTION";
