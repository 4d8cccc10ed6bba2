//! The skills of one worker over time.
//!
//! It does not know who sets them.

use std::collections::BTreeMap;

use super::SkillValue;

/// Every setting of every skill, in the order of time.
#[derive(Debug, Default)]
pub(super) struct SkillBook {
    settings: BTreeMap<Box<str>, Vec<(i64, f64)>>,
    skill_value: SkillValue,
}

impl SkillBook {
    pub(super) fn new(skill_value: SkillValue) -> Self {
        Self {
            skill_value,
            ..Self::default()
        }
    }

    /// Sets a skill, no earlier than it was set before; says whether it is new to the worker.
    pub(super) fn set(&mut self, skill_id: &str, at_us: i64, exact_value: f64) -> bool {
        let value = match self.skill_value {
            SkillValue::Exact => exact_value,
            SkillValue::Rounded => (exact_value + 0.5).floor(),
        };
        if let Some(settings) = self.settings.get_mut(skill_id) {
            settings.push((at_us, value));
            return false;
        }
        self.settings.insert(skill_id.into(), vec![(at_us, value)]);
        true
    }

    /// The value of a skill at that instant, set then or before.
    pub(super) fn value_at(&self, skill_id: &str, at_us: i64) -> Option<f64> {
        let settings = self.settings.get(skill_id)?;
        let n_set = settings.partition_point(|(set_at_us, _)| *set_at_us <= at_us);
        Some(settings[n_set.checked_sub(1)?].1)
    }

    /// The value that was set last.
    pub(super) fn latest(&self, skill_id: &str) -> Option<f64> {
        self.settings.get(skill_id)?.last().map(|(_, value)| *value)
    }

    /// The value that was set before the last.
    pub(super) fn before_latest(&self, skill_id: &str) -> Option<f64> {
        let settings = self.settings.get(skill_id)?;
        let earlier_idx = settings.len().checked_sub(2)?;
        Some(settings[earlier_idx].1)
    }
}
