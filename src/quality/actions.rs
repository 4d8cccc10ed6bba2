//! What a rule does when it fires, read from the platform's JSON: restrictions, skills, verdicts, overlaps.
//!
//! It only describes; `replay` carries out.

use super::json::{Node, unknown};
use super::{Collector, KeyUnit, Verdict};
use crate::error::Result;

/// Types that the platform's schema lists without saying what they do.
const UNDOCUMENTED_ACTIONS: &[&str] = &[
    "CLEAN_ASSIGNMENTS_HISTORY",
    "CLEAN_COLLECTOR",
    "SET_POOL_COMPLETE",
];

/// The longest restriction that is not PERMANENT; keeps every end within the range of an instant.
const DAYS_MAX: i64 = 36_525;

const US_PER_MINUTE: i64 = 60_000_000;
const US_PER_HOUR: i64 = 60 * US_PER_MINUTE;
const US_PER_DAY: i64 = 24 * US_PER_HOUR;

/// What a rule does when it fires.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Closes access: `RESTRICTION_V2`, or the older `RESTRICTION`.
    Restrict(Restriction),
    /// `SET_SKILL`: gives the skill this value, 0..=100.
    SetSkill {
        /// The skill.
        skill_id: String,
        /// Its value.
        value: u8,
    },
    /// `SET_SKILL_FROM_OUTPUT_FIELD`: gives the skill the value of a rate.
    SetSkillFromField {
        /// The skill.
        skill_id: String,
        /// The position of the rate in the collector's keys.
        key_idx: usize,
    },
    /// `APPROVE_ALL_ASSIGNMENTS`, `REJECT_ALL_ASSIGNMENTS`: a verdict on the worker's undecided pages of the pool.
    Decide(Verdict),
    /// `CHANGE_OVERLAP`: so many more answers (or fewer) to the real tasks of the pages concerned.
    ChangeOverlap {
        /// Answers.
        delta: i32,
    },
}

/// A restriction that a rule imposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Where access is closed; never [`Scope::System`].
    pub scope: Scope,
    /// How long; none means until somebody lifts it.
    pub duration_us: Option<i64>,
    /// The requester's note; empty when there is none.
    pub comment: String,
}

/// Where a restriction closes access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One pool: a pause.
    Pool,
    /// Every pool of one project: a ban.
    Project,
    /// Every project of the requester: a ban.
    AllProjects,
    /// The whole platform: seen, never imposed by a rule.
    System,
}

impl Scope {
    const ALL: [Self; 4] = [Self::Pool, Self::Project, Self::AllProjects, Self::System];

    /// The platform's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pool => "POOL",
            Self::Project => "PROJECT",
            Self::AllProjects => "ALL_PROJECTS",
            Self::System => "SYSTEM",
        }
    }

    /// The scope that the platform calls by this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// Reads `{"type": …, "parameters": {…}}` as an action that rules of `collector` may take.
pub(super) fn parse_action(node: &Node<'_>, collector: &dyn Collector) -> Result<Action> {
    node.only(&["type", "parameters"])?;
    let type_node = node.required("type")?;
    let type_name = type_node.text()?;
    if UNDOCUMENTED_ACTIONS.contains(&type_name) {
        return Err(type_node.error(&format!(
            "the platform does not document what {type_name} does, so it cannot be replayed; remove this rule"
        )));
    }
    if !collector.actions().contains(&type_name) {
        return Err(type_node.error(&unknown("action", type_name, collector.actions())));
    }
    match type_name {
        "APPROVE_ALL_ASSIGNMENTS" => return parse_verdict(node, Verdict::Accept),
        "REJECT_ALL_ASSIGNMENTS" => return parse_verdict(node, Verdict::Reject),
        _ => {}
    }
    let parameters = node.required("parameters")?;
    match type_name {
        "RESTRICTION_V2" => parse_restriction(&parameters).map(Action::Restrict),
        "RESTRICTION" => parse_old_restriction(&parameters).map(Action::Restrict),
        "SET_SKILL" => parse_set_skill(&parameters),
        "SET_SKILL_FROM_OUTPUT_FIELD" => parse_skill_from_field(&parameters, collector),
        "CHANGE_OVERLAP" => parse_change_overlap(&parameters),
        _ => Err(type_node.error(&format!("{type_name} is not replayed"))),
    }
}

/// The requester's comment is for the worker; nothing is made of it.
fn parse_verdict(node: &Node<'_>, verdict: Verdict) -> Result<Action> {
    if let Some(parameters) = node.optional("parameters") {
        parameters.only(&["public_comment"])?;
    }
    Ok(Action::Decide(verdict))
}

fn parse_change_overlap(parameters: &Node<'_>) -> Result<Action> {
    parameters.only(&["delta", "open_pool"])?;
    let node = parameters.required("delta")?;
    let delta = node.whole()?;
    let in_range = i32::try_from(delta)
        .ok()
        .filter(|delta| delta.abs() <= 30_000);
    match in_range {
        Some(0) | None => Err(node.error(&format!(
            "expected a number of answers that is not 0, up to 30000, found {delta}"
        ))),
        Some(delta) => Ok(Action::ChangeOverlap { delta }),
    }
}

fn parse_restriction(parameters: &Node<'_>) -> Result<Restriction> {
    parameters.only(&["scope", "duration_unit", "duration", "private_comment"])?;
    let scope = parse_scope(parameters)?;
    let unit_names = ["MINUTES", "HOURS", "DAYS", "PERMANENT"];
    let unit_node = parameters.required("duration_unit")?;
    let unit_us = match unit_node.position_in("duration_unit", &unit_names)? {
        0 => Some(US_PER_MINUTE),
        1 => Some(US_PER_HOUR),
        2 => Some(US_PER_DAY),
        _ => None,
    };
    let duration_us = match unit_us {
        Some(unit_us) => Some(parse_duration_us(
            &parameters.required("duration")?,
            unit_us,
        )?),
        None => None,
    };
    let comment = parse_comment(parameters)?;
    Ok(Restriction {
        scope,
        duration_us,
        comment,
    })
}

/// The older shape: whole days, and none of them means permanent.
fn parse_old_restriction(parameters: &Node<'_>) -> Result<Restriction> {
    parameters.only(&["scope", "duration_days", "private_comment"])?;
    let scope = parse_scope(parameters)?;
    let duration_us = match parameters.optional("duration_days") {
        Some(node) => Some(parse_duration_us(&node, US_PER_DAY)?),
        None => None,
    };
    let comment = parse_comment(parameters)?;
    Ok(Restriction {
        scope,
        duration_us,
        comment,
    })
}

fn parse_scope(parameters: &Node<'_>) -> Result<Scope> {
    let scopes = [Scope::Pool, Scope::Project, Scope::AllProjects];
    let names = scopes.map(Scope::name);
    let position = parameters.required("scope")?.position_in("scope", &names)?;
    Ok(scopes[position])
}

fn parse_duration_us(node: &Node<'_>, unit_us: i64) -> Result<i64> {
    let duration = node.whole()?;
    if duration < 1 {
        return Err(node.error(&format!("expected at least 1, found {duration}")));
    }
    let duration_us = duration.checked_mul(unit_us);
    duration_us
        .filter(|duration_us| *duration_us <= DAYS_MAX * US_PER_DAY)
        .ok_or_else(|| {
            node.error(&format!(
                "{duration} is longer than {DAYS_MAX} days; use duration_unit PERMANENT"
            ))
        })
}

fn parse_comment(parameters: &Node<'_>) -> Result<String> {
    let node = parameters.optional("private_comment");
    node.map_or(Ok(String::new()), |node| node.text().map(str::to_owned))
}

fn parse_set_skill(parameters: &Node<'_>) -> Result<Action> {
    parameters.only(&["skill_id", "skill_value"])?;
    let skill_id = parameters.required("skill_id")?.identifier()?;
    let value_node = parameters.required("skill_value")?;
    let value = value_node.whole()?;
    match u8::try_from(value) {
        Ok(value) if value <= 100 => Ok(Action::SetSkill { skill_id, value }),
        _ => Err(value_node.error(&format!("expected 0..100, found {value}"))),
    }
}

fn parse_skill_from_field(parameters: &Node<'_>, collector: &dyn Collector) -> Result<Action> {
    parameters.only(&["skill_id", "from_field"])?;
    let skill_id = parameters.required("skill_id")?.identifier()?;
    let field_node = parameters.required("from_field")?;
    let field = match field_node.text()? {
        "wrong_answers_rate" => "incorrect_answers_rate", // the documents use both words
        field => field,
    };
    let keys = collector.keys();
    let is_field = |key: &super::Key| key.unit == KeyUnit::Percent && key.name == field;
    let Some(key_idx) = keys.iter().position(is_field) else {
        let rates = keys.iter().filter(|key| key.unit == KeyUnit::Percent);
        let names: Vec<&str> = rates.map(|key| key.name).collect();
        return Err(field_node.error(&unknown("rate", field, &names)));
    };
    Ok(Action::SetSkillFromField { skill_id, key_idx })
}
