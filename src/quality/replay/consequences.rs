//! What follows when a rule fires: bans, skills, verdicts, overlaps, and access that is lost by them.
//!
//! It does not decide when a rule fires.

use super::{Loss, Worker};
use crate::quality::actions::{Action, Scope};
use crate::quality::bans::KnownBan;
use crate::quality::{Event, EventKind, HistoryClearing, LossReason, Statistics};

impl<'a> Worker<'a> {
    /// Carries out the action of a rule that met these statistics.
    pub(super) fn act(&mut self, state_idx: usize, event: &Event<'a>, statistics: &Statistics) {
        let state = &self.memory.states[state_idx];
        match &state.rule.action {
            Action::Restrict(restriction) => {
                let ban = self.diary.open_ban(state, event, restriction, statistics);
                self.diary.bans.insert(&ban);
                if ban.scope != Scope::Pool {
                    self.losses.push(Loss::Ban(ban));
                }
                self.forget(state_idx, &ban);
            }
            Action::SetSkill { skill_id, value } => {
                let exact_value = f64::from(*value);
                self.diary.set_skill(state, event, skill_id, exact_value);
                self.note_losses(skill_id, event.at_us);
            }
            Action::SetSkillFromField { skill_id, key_idx } => {
                if let Some(exact_value) = statistics.at(*key_idx).number() {
                    self.diary.set_skill(state, event, skill_id, exact_value);
                    self.note_losses(skill_id, event.at_us);
                }
            }
            Action::Decide(verdict) => {
                let verdict = *verdict;
                let place_idx = self.memory.place_idx(event);
                let pages = self.diary.decide(place_idx, event.at_us, verdict);
                let at_us = event.at_us;
                let decided = pages
                    .into_iter()
                    .map(|page| (Event { at_us, ..page }, verdict));
                self.decided.extend(decided);
            }
            Action::ChangeOverlap { delta } => {
                let delta = *delta;
                if let EventKind::AccessLost { reason, .. } = event.kind {
                    let place_idx = self.memory.place_idx(event);
                    let state = &self.memory.states[state_idx];
                    self.diary
                        .raise(place_idx, state, event.at_us, delta, reason);
                }
            }
        }
    }

    /// A ban clears; a pause of the pool clears only what has no size.
    fn forget(&mut self, state_idx: usize, ban: &KnownBan<'_>) {
        let state = &self.memory.states[state_idx];
        if ban.scope == Scope::Pool && state.config.parameters.history_size.is_some() {
            return;
        }
        let family = state.family;
        let until_us = ban.started_at_us;
        match self.book.options.history_clearing {
            HistoryClearing::Rule => self.cleared.push((state_idx, until_us)),
            HistoryClearing::Collector => {
                let states = self.memory.states.iter().enumerate();
                let relatives = states.filter(|(_, state)| state.family == family);
                self.cleared
                    .extend(relatives.map(|(idx, _)| (idx, until_us)));
            }
        }
    }

    /// Carries out what follows from actions: incomes without rejected pages, and access that is lost.
    pub(super) fn settle(&mut self) {
        for (page, verdict) in std::mem::take(&mut self.decided) {
            let kind = EventKind::SilentVerdict(verdict);
            self.see(&Event { kind, ..page }, false);
        }
        for loss in std::mem::take(&mut self.losses) {
            if self.lists_pages {
                self.lose(&loss);
            }
        }
    }

    fn lose(&mut self, loss: &Loss<'a>) {
        match loss {
            Loss::Ban(ban) => {
                let kind = EventKind::AccessLost {
                    reason: LossReason::Restriction,
                    skill_id: None,
                };
                for place_idx in 0..self.memory.places.len() {
                    if ban.takes_back(self.memory.places[place_idx].project_id) {
                        self.see_loss(place_idx, ban.started_at_us, kind);
                    }
                }
            }
            Loss::Skill {
                place_idx,
                skill_id,
                at_us,
            } => {
                let kind = EventKind::AccessLost {
                    reason: LossReason::SkillChange,
                    skill_id: Some(skill_id),
                };
                self.see_loss(*place_idx, *at_us, kind);
            }
        }
    }

    fn see_loss(&mut self, place_idx: usize, at_us: i64, kind: EventKind<'a>) {
        let place = &self.memory.places[place_idx];
        let event = Event {
            pool_id: place.pool_id,
            project_id: place.project_id,
            assignment_id: "",
            task_index: 0,
            task_id: "",
            created_at_us: at_us,
            submitted_at_us: at_us,
            at_us,
            kind,
        };
        self.see(&event, true);
    }

    /// Notes the pools that the setting just made shuts the worker out of; the next setting would hide it.
    pub(super) fn note_losses(&mut self, skill_id: &'a str, at_us: i64) {
        if !self.lists_pages {
            return;
        }
        for place_idx in 0..self.memory.places.len() {
            if self.is_shut_out(place_idx, skill_id) {
                self.losses.push(Loss::Skill {
                    place_idx,
                    skill_id,
                    at_us,
                });
            }
        }
    }

    /// Whether the last setting of the skill took away what the pool's filter asks for.
    fn is_shut_out(&self, place_idx: usize, changed: &str) -> bool {
        let Some(filter) = self.memory.places[place_idx].gate.filter else {
            return false;
        };
        let skills = &self.diary.skills;
        let now = |skill_id: &str| skills.latest(skill_id);
        let before = |skill_id: &str| {
            if skill_id == changed {
                skills.before_latest(skill_id)
            } else {
                skills.latest(skill_id)
            }
        };
        filter.mentions(changed) && filter.admits(&before) && !filter.admits(&now)
    }
}
