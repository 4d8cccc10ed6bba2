//! The sections `[quality]` and `[skills]`: which answers are believed, and how much.
//!
//! The rules themselves stand in a file of their own, which `job` reads.

use serde::{Deserialize, Serialize};

use super::overrides::did_you_mean;
pub use crate::quality::RateUnit;
use crate::quality::ReplayOptions;

/// Which answers are believed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quality {
    /// The platform's own `quality_control` JSON; none: no rule is replayed.
    pub rules: Option<String>,
    pub banned_answers: BannedAnswers,
    pub rate_unit: RateUnit,
    /// The largest share (above 0, up to 1) of a project's votes that one worker may have.
    pub worker_share_max: f64,
    /// Choices where the platform's documents are silent.
    pub options: ReplayOptions,
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            rules: None,
            banned_answers: BannedAnswers::DropBeforeBan,
            rate_unit: RateUnit::Percent,
            worker_share_max: 1.0,
            options: ReplayOptions::default(),
        }
    }
}

/// What a ban does to answers that were given outside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BannedAnswers {
    DropBeforeBan,
    ActiveAtAsOf,
    Keep,
}

impl BannedAnswers {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DropBeforeBan => "drop_before_ban",
            Self::ActiveAtAsOf => "active_at_as_of",
            Self::Keep => "keep",
        }
    }
}

impl Quality {
    /// The choices that a replay is told.
    #[must_use]
    pub fn replay_options(&self) -> ReplayOptions {
        let rate_unit = match self.rate_unit {
            RateUnit::Percent => self.options.rate_unit,
            RateUnit::Fraction => RateUnit::Fraction,
        };
        ReplayOptions {
            rate_unit,
            ..self.options
        }
    }

    pub(super) fn problem(&self) -> Option<String> {
        let share = self.worker_share_max;
        let is_share = share > 0.0 && share <= 1.0;
        (!is_share)
            .then(|| format!("quality.worker_share_max: {share} is not within 0 (excluded) .. 1"))
    }
}

/// How much each worker's answers count.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Skills {
    pub source: OneOrMany,
    pub weight: WeightRule,
    /// Workers whose skill is known and lower than this (0..100) are left out.
    pub minimum_skill: f64,
    /// How a worker model judges an answer: by scores in which it counts itself, or without it.
    pub own_answer: OwnAnswer,
}

impl Default for Skills {
    fn default() -> Self {
        Self {
            source: OneOrMany::One("golden".to_owned()),
            weight: WeightRule::LogOdds,
            minimum_skill: 0.0,
            own_answer: OwnAnswer::Counted,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Skills {
    pub(super) fn problem(&self) -> Option<String> {
        for name in self.source.names() {
            let is_input = name.strip_prefix("input:").is_some_and(|id| !id.is_empty());
            if !is_input && !SKILL_SOURCES.contains(&name) {
                return Some(format!(
                    "skills.source: unknown source \"{name}\"; one of {}, input:<skill_id>{}",
                    SKILL_SOURCES.join(", "),
                    did_you_mean(name, SKILL_SOURCES.iter().copied())
                ));
            }
        }
        if !(0.0..=100.0).contains(&self.minimum_skill) {
            return Some(format!(
                "skills.minimum_skill: {} is not within 0..100",
                self.minimum_skill
            ));
        }
        None
    }
}

/// Where a worker's skill can come from, besides `input:<skill_id>`.
const SKILL_SOURCES: [&str; 3] = ["golden", "majority", "exam"];

impl OneOrMany {
    /// The names, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::One(name) => vec![name],
            Self::Many(names) => names.iter().map(String::as_str).collect(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightRule {
    LogOdds,
    Linear,
    Equal,
    Model,
}

/// How a worker model judges an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnAnswer {
    /// By scores in which it counts itself: the model as published.
    Counted,
    /// By the scores without it: where queries have few answers, scores can agree with everybody.
    LeftOut,
}

impl OwnAnswer {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::LeftOut => "left_out",
        }
    }
}

impl WeightRule {
    /// The spelling in the configuration and in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LogOdds => "log_odds",
            Self::Linear => "linear",
            Self::Equal => "equal",
            Self::Model => "model",
        }
    }
}
