//! `USERS_ASSESSMENT`: why the worker lost access to the pool.
//!
//! It remembers the last loss only: there is nothing to count.

use super::{
    Collector, Event, EventKind, Hearing, History, Key, KeyUnit, LossReason, ON_LOSSES, Parameters,
    ReplayOptions, Statistics, Value,
};

const REASONS: &[&str] = &["RESTRICTION", "SKILL_CHANGE"];

const KEYS: &[Key] = &[
    Key {
        name: "pool_access_revoked_reason",
        unit: KeyUnit::Word(REASONS),
    },
    Key {
        name: "skill_id",
        unit: KeyUnit::SkillId,
    },
];

#[derive(Debug)]
pub(super) struct UsersAssessment;

impl Collector for UsersAssessment {
    fn name(&self) -> &'static str {
        "USERS_ASSESSMENT"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_LOSSES
    }

    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::AccessLost { .. } => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, _parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Loss::default())
    }
}

#[derive(Debug, Default)]
struct Loss {
    reason: Option<LossReason>,
    skill_id: Option<Box<str>>,
}

impl History for Loss {
    fn push(&mut self, event: &Event<'_>) {
        if let EventKind::AccessLost { reason, skill_id } = event.kind {
            self.reason = Some(reason);
            self.skill_id = skill_id.map(Into::into);
        }
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn statistics(&self) -> Statistics {
        let reason = self
            .reason
            .map_or(Value::Unknown, |reason| Value::Word(reason.name()));
        let skill_id = self.skill_id.clone().map_or(Value::Unknown, Value::Id);
        Statistics::new(KEYS, [reason, skill_id])
    }
}
