//! One thing that happened to a worker, and its words.
//!
//! Runs of them are told by `timeline`.

use serde::{Deserialize, Serialize};

use super::rule_words::{RuleWords, number};
use crate::manifest::AsOf;

/// What happened, in the order in which things at one instant are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// An earlier ban ended.
    BanEnd,
    /// A skill was set on the platform.
    GivenSkill,
    /// A page was handed in, skipped, or ran out of time.
    Page,
    Training,
    Golden,
    Majority,
    Captcha,
    /// A reviewer's verdict.
    Review,
    /// A page was accepted or rejected and nobody reviewed it.
    SilentVerdict,
    /// A rule looked at its statistics.
    Look,
    /// A rule set a skill.
    Skill,
    /// A rule accepted or rejected a page.
    Verdict,
    /// A rule gave a page out again.
    Raise,
    /// A ban began.
    Ban,
}

/// One row of the timeline; what does not apply is none.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Moment {
    pub(super) at: AsOf,
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pool_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assignment_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statistics: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_fired: Option<bool>,
    /// Whether a page was taken while a ban was in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_blocked: Option<bool>,
    /// How a page ended, a verdict, the reason of a raise, or the skill.
    #[serde(skip_serializing)]
    pub(super) label: Option<String>,
    /// A credit, votes for an answer, kept answers of a page, the value of a skill, or more answers wanted.
    #[serde(skip_serializing)]
    pub(super) value: Option<f64>,
    /// Votes for the answer that has most, or answers to real tasks of a page.
    #[serde(skip_serializing)]
    pub(super) value_max: Option<f64>,
    /// The position of the ban among the worker's bans: of its beginning, its end, and the look that opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(default)]
    pub(super) ban_idx: Option<usize>,
    #[serde(default)]
    pub(super) words: String,
}

impl Moment {
    /// The beginning or the end of a ban.
    pub(super) fn of_ban(at: AsOf, kind: Kind, ban_idx: usize, words: String) -> Self {
        Self {
            at,
            kind,
            project_id: None,
            pool_id: None,
            assignment_id: None,
            task_id: None,
            rule: None,
            statistics: None,
            is_fired: None,
            is_blocked: None,
            label: None,
            value: None,
            value_max: None,
            ban_idx: Some(ban_idx),
            words,
        }
    }

    /// Whether the credit is full, the captcha solved, or the answer with the majority.
    pub(super) fn is_right(&self) -> bool {
        let value = self.value.unwrap_or_default();
        match self.kind {
            Kind::Majority => Some(value) == self.value_max,
            _ => value >= 1.0,
        }
    }

    pub(super) fn label(&self) -> &str {
        self.label.as_deref().unwrap_or_default()
    }

    /// What happened, alone.
    pub(super) fn describe(&self, words: &RuleWords<'_>) -> String {
        let value = self.value.unwrap_or_default();
        let value_max = self.value_max.unwrap_or_default();
        let label = self.label();
        let right_or = |wrong: &str| if self.is_right() { "right" } else { wrong }.to_owned();
        match self.kind {
            Kind::Page => {
                let blocked = if self.is_blocked == Some(true) {
                    ", taken inside a ban"
                } else {
                    ""
                };
                let kept = format!("{value_max} answers to real tasks, {value} kept");
                format!("page {}{blocked}: {kept}", ending(label))
            }
            Kind::Golden | Kind::Training if value > 0.0 && value < 1.0 => {
                format!("partly right ({})", number(value))
            }
            Kind::Golden => format!("control answer {}", right_or("wrong")),
            Kind::Training => format!("training answer {} at once", right_or("not right")),
            Kind::Majority => {
                format!("{value} votes for this answer, {value_max} for the most frequent")
            }
            Kind::Captcha if self.is_right() => "captcha solved".to_owned(),
            Kind::Captcha => "captcha not solved".to_owned(),
            Kind::Review => format!("a reviewer says {label}"),
            Kind::SilentVerdict => format!("{label} without a review"),
            Kind::GivenSkill => format!("skill {label} set to {} on the platform", number(value)),
            Kind::Look => self.describe_look(words),
            Kind::Skill => format!(
                "skill {label} set to {} by {}",
                number(value),
                self.rule_name(words)
            ),
            Kind::Verdict => format!("a rule says {label}"),
            Kind::Raise => format!(
                "page given out again ({label}): {value:+} answers by {}",
                self.rule_name(words)
            ),
            Kind::Ban | Kind::BanEnd => self.words.clone(),
        }
    }

    fn describe_look(&self, words: &RuleWords<'_>) -> String {
        let (pool_id, rule) = (self.pool_id.as_deref(), self.rule.as_deref());
        let statistics = self.statistics.as_deref().unwrap_or_default();
        let Some(named) = words.find(pool_id, rule.unwrap_or_default()) else {
            return format!("{}: {statistics}", self.rule_name(words));
        };
        let conditions = named.conditions(statistics);
        if self.is_fired == Some(true) {
            format!("{} fired: {conditions}: {}", named.name, named.action())
        } else {
            format!("{} did not fire: {conditions}", named.name)
        }
    }

    /// The rule's full name where it is known.
    pub(super) fn rule_name(&self, words: &RuleWords<'_>) -> String {
        let rule = self.rule.as_deref().unwrap_or_default();
        let named = words.find(self.pool_id.as_deref(), rule);
        named.map_or_else(|| format!("rule {rule}"), |named| named.name)
    }
}

/// How a page ended, in words.
pub(super) fn ending(label: &str) -> &str {
    match label {
        "SUBMITTED" => "handed in",
        "SKIPPED" => "skipped",
        "EXPIRED" => "out of time",
        other => other,
    }
}
