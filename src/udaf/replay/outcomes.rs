//! What a replay gives back, as columns: what rules did, or every look of a rule.
//!
//! It replays nothing.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, BooleanBuilder};
use datafusion::arrow::datatypes::{DataType, Fields};

use crate::contract::timestamp_type;
use crate::quality::{Replay, Trace};
use crate::udaf::columns::{instants, numbers, texts, wholes};
use crate::udaf::grouped_rows::fields_of;

/// The columns of a result.
pub(super) fn result_fields(trace: Trace) -> Fields {
    let text = || DataType::Utf8;
    match trace {
        Trace::Off => fields_of(&[
            ("kind", text(), false),
            ("assignment_id", text(), true),
            ("scope", text(), true),
            ("project_id", text(), true),
            ("pool_id", text(), true),
            ("rule", text(), true),
            ("statistics", text(), true),
            ("skill_id", text(), true),
            ("action", text(), true),
            ("exact_value", DataType::Float64, true),
            ("value", DataType::Int32, true),
            ("is_after_review", DataType::Boolean, true),
            ("at", timestamp_type(), true),
            ("will_expire_at", timestamp_type(), true),
        ]),
        Trace::On => fields_of(&[
            ("config_index", DataType::Int32, false),
            ("rule_index", DataType::Int32, false),
            ("pool_id", text(), false),
            ("project_id", text(), false),
            ("at", timestamp_type(), false),
            ("statistics", text(), false),
            ("is_fired", DataType::Boolean, false),
        ]),
    }
}

/// One thing that a rule did, or a page that it did not let count; what does not apply is none.
#[derive(Default)]
struct Outcome<'a> {
    kind: &'static str,
    assignment_id: Option<&'a str>,
    scope: Option<&'static str>,
    project_id: Option<&'a str>,
    pool_id: Option<&'a str>,
    rule: Option<&'a str>,
    statistics: Option<&'a str>,
    skill_id: Option<&'a str>,
    action: Option<&'static str>,
    exact_value: Option<f64>,
    value: Option<i32>,
    is_after_review: Option<bool>,
    at_us: Option<i64>,
    will_expire_at_us: Option<i64>,
}

fn outcomes_of<'a>(replay: &'a Replay<'_>) -> Vec<Outcome<'a>> {
    let bans = replay.bans.iter().map(|ban| Outcome {
        kind: "BAN",
        scope: Some(ban.scope.name()),
        project_id: ban.project_id.as_deref(),
        pool_id: ban.pool_id.as_deref(),
        rule: Some(&ban.rule),
        statistics: Some(&ban.statistics),
        at_us: Some(ban.started_at_us),
        will_expire_at_us: ban.will_expire_at_us,
        ..Outcome::default()
    });
    let skills = replay.skills.iter().map(|skill| Outcome {
        kind: "SKILL",
        pool_id: Some(&skill.pool_id),
        rule: Some(&skill.rule),
        skill_id: Some(&skill.skill_id),
        action: Some(skill.action.name()),
        exact_value: Some(skill.exact_value),
        value: Some(skill.value),
        at_us: Some(skill.at_us),
        ..Outcome::default()
    });
    let verdicts = replay
        .verdicts
        .iter()
        .map(|(assignment_id, verdict, at_us)| Outcome {
            kind: "VERDICT",
            assignment_id: Some(assignment_id),
            action: Some(verdict.name()),
            at_us: Some(*at_us),
            ..Outcome::default()
        });
    let raises = replay.raises.iter().map(|raise| Outcome {
        kind: "RAISE",
        assignment_id: Some(raise.assignment_id),
        rule: Some(&raise.rule),
        action: Some(raise.reason),
        value: Some(raise.delta),
        is_after_review: Some(raise.is_after_review),
        at_us: Some(raise.at_us),
        ..Outcome::default()
    });
    let page = |kind: &'static str| {
        move |assignment_id: &&'a str| Outcome {
            kind,
            assignment_id: Some(assignment_id),
            ..Outcome::default()
        }
    };
    let blocked = replay.blocked_pages.iter().map(page("BLOCKED"));
    let unadmitted = replay.unadmitted_pages.iter().map(page("NOT_ADMITTED"));
    bans.chain(skills)
        .chain(verdicts)
        .chain(raises)
        .chain(blocked)
        .chain(unadmitted)
        .collect()
}

pub(super) fn outcomes_as_columns(replays: &[Replay<'_>]) -> (Vec<usize>, Vec<ArrayRef>) {
    let outcomes: Vec<Vec<Outcome<'_>>> = replays.iter().map(outcomes_of).collect();
    let all = || outcomes.iter().flatten();
    let columns = vec![
        texts(all().map(|outcome| Some(outcome.kind))),
        texts(all().map(|outcome| outcome.assignment_id)),
        texts(all().map(|outcome| outcome.scope)),
        texts(all().map(|outcome| outcome.project_id)),
        texts(all().map(|outcome| outcome.pool_id)),
        texts(all().map(|outcome| outcome.rule)),
        texts(all().map(|outcome| outcome.statistics)),
        texts(all().map(|outcome| outcome.skill_id)),
        texts(all().map(|outcome| outcome.action)),
        numbers(all().map(|outcome| outcome.exact_value)),
        wholes(all().map(|outcome| outcome.value)),
        Arc::new(
            all()
                .map(|outcome| outcome.is_after_review)
                .collect::<BooleanArray>(),
        ),
        instants(all().map(|outcome| outcome.at_us)),
        instants(all().map(|outcome| outcome.will_expire_at_us)),
    ];
    (outcomes.iter().map(Vec::len).collect(), columns)
}

pub(super) fn looks_as_columns(replays: &[Replay<'_>]) -> (Vec<usize>, Vec<ArrayRef>) {
    let looks = || replays.iter().flat_map(|replay| &replay.looks);
    let mut is_fired = BooleanBuilder::new();
    looks().for_each(|look| is_fired.append_value(look.is_fired));
    let index = |value: usize| i32::try_from(value).ok();
    let columns: Vec<ArrayRef> = vec![
        wholes(looks().map(|look| index(look.config_index))),
        wholes(looks().map(|look| index(look.rule_index))),
        texts(looks().map(|look| Some(look.pool_id))),
        texts(looks().map(|look| Some(look.project_id))),
        instants(looks().map(|look| Some(look.at_us))),
        texts(looks().map(|look| Some(look.statistics.to_string()))),
        Arc::new(is_fired.finish()),
    ];
    (
        replays.iter().map(|replay| replay.looks.len()).collect(),
        columns,
    )
}
