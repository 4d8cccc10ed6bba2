//! The replay itself: one worker's answers in order, against every rule that applies, with bans that take effect.
//!
//! It does not touch answers: who drops what a ban covers decides elsewhere.
//! Conditions are level-triggered: a rule that still holds at the next answer fires again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::actions::{Action, Restriction, Scope};
use super::bans::{BanCalendar, KnownBan};
use super::memory::{Memory, Role, State};
use super::rules::Rules;
use super::{Event, EventKind, Granularity, ReplayOptions, Statistics};

/// What the rules did to one worker, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay<'a> {
    /// Bans and pauses that rules opened.
    pub bans: Vec<Ban>,
    /// Skills that rules set, also to the value they had.
    pub skills: Vec<SkillChange>,
    /// What every rule saw.
    pub events: Vec<WorkerEvent<'a>>,
}

/// A ban that a rule opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Ban {
    /// Where access is closed.
    pub scope: Scope,
    /// For [`Scope::Pool`] and [`Scope::Project`].
    pub project_id: Option<String>,
    /// For [`Scope::Pool`].
    pub pool_id: Option<String>,
    /// When the page was handed in; microseconds since 1970, UTC.
    pub started_at_us: i64,
    /// When access comes back; none means never.
    pub will_expire_at_us: Option<i64>,
    /// `<config index>.<rule index>`, from 0, in the rules that apply to the pool.
    pub rule: String,
    /// What the rule saw, as text.
    pub statistics: String,
    /// The requester's note.
    pub comment: String,
}

/// One setting of a skill by a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct SkillChange {
    /// The skill.
    pub skill_id: String,
    /// 0..=100, not rounded.
    pub exact_value: f64,
    /// Rounded, halves up.
    pub value: i32,
    /// When the page was handed in; microseconds since 1970, UTC.
    pub at_us: i64,
    /// The pool of the page.
    pub pool_id: String,
    /// `<config index>.<rule index>`, from 0, in the rules that apply to the pool.
    pub rule: String,
    /// Whether this replay set the skill before.
    pub action: SkillAction,
}

/// Whether a skill is new to the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkillAction {
    /// The first setting of this skill in the replay.
    Create,
    /// Every later one.
    Modify,
}

impl SkillAction {
    /// The platform's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Modify => "MODIFY",
        }
    }
}

/// One answer as one rule saw it. Answers that only feed the window of another pool's rule have no row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkerEvent<'a> {
    /// The position of the collector in the rules that apply to the pool.
    pub config_index: usize,
    /// The position of the rule under its collector.
    pub rule_index: usize,
    /// The pool of the page.
    pub pool_id: &'a str,
    /// The project of the pool.
    pub project_id: &'a str,
    /// When the page was handed in; microseconds since 1970, UTC.
    pub at_us: i64,
    /// The collector's statistics after this answer, before the rule's ban clears them.
    pub statistics: Statistics,
    /// Whether the rule acted.
    pub is_fired: bool,
}

/// Replays the rules over all answers of one worker to control and training tasks.
///
/// A pool in `pool_rules` has its own rules instead of `rules`. `events` may come in any order and are left sorted by
/// (`submitted_at_us`, `assignment_id`, `task_index`, `task_id`). An answer counts unless its page was taken strictly
/// inside a known or replayed ban that covers the pool; of several counting answers to one control task only the first
/// counts. A ban makes the rule that opened it forget every answer up to that instant; a pause of the pool does so only
/// without `history_size`.
///
/// Cost: O(log bans) per page and O(1) amortised per answer and history that hears it.
#[must_use]
pub fn replay_worker<'a>(
    rules: &Rules,
    pool_rules: &BTreeMap<String, Rules>,
    options: ReplayOptions,
    events: &mut [Event<'a>],
    known_bans: &[KnownBan<'_>],
) -> Replay<'a> {
    events.sort_by(Event::replay_order);
    let mut worker = Worker {
        options,
        memory: Memory::of(rules, pool_rules, events),
        known_bans: BanCalendar::of(known_bans),
        diary: Diary::default(),
    };
    let mut answered_controls = HashSet::new();
    for page in events.chunk_by(is_same_page) {
        let answers = worker.counting_answers(page, &mut answered_controls);
        worker.see_page(&answers);
    }
    worker.diary.replay
}

fn is_same_page(event: &Event<'_>, next: &Event<'_>) -> bool {
    let page = |event: &Event<'_>| (event.submitted_at_us, event.created_at_us);
    event.assignment_id == next.assignment_id
        && event.pool_id == next.pool_id
        && event.project_id == next.project_id
        && page(event) == page(next)
}

#[derive(Debug)]
struct Worker<'r, 'a> {
    options: ReplayOptions,
    memory: Memory<'r, 'a>,
    known_bans: BanCalendar,
    diary: Diary<'a>,
}

impl<'a> Worker<'_, 'a> {
    fn counting_answers(
        &self,
        page: &[Event<'a>],
        answered_controls: &mut HashSet<&'a str>,
    ) -> Vec<Event<'a>> {
        let is_blocked = page.first().is_some_and(|event| {
            let (pool_id, project_id) = (event.pool_id, event.project_id);
            let taken_at_us = event.created_at_us;
            self.known_bans.blocks(pool_id, project_id, taken_at_us)
                || self.diary.bans.blocks(pool_id, project_id, taken_at_us)
        });
        if is_blocked {
            return Vec::new();
        }
        page.iter()
            .filter(|event| {
                event.kind != EventKind::Golden || answered_controls.insert(event.task_id)
            })
            .copied()
            .collect()
    }

    fn see_page(&mut self, answers: &[Event<'a>]) {
        for (position, event) in answers.iter().enumerate() {
            let is_judged = match self.options.granularity {
                Granularity::Answer => true,
                Granularity::Page => position + 1 == answers.len(),
            };
            self.see_answer(event, is_judged);
        }
    }

    fn see_answer(&mut self, event: &Event<'a>, is_judged: bool) {
        let (states, routes) = self.memory.hear(event);
        for route in routes {
            let state = &mut states[route.state_idx];
            if state.remember(event) && route.role == Role::Judges {
                self.diary.judge(state, event, is_judged);
            }
        }
    }
}

/// What happened so far, and what of it matters for what comes next.
#[derive(Debug, Default)]
struct Diary<'a> {
    replay: Replay<'a>,
    bans: BanCalendar,
    skill_ids: BTreeSet<String>,
}

impl<'a> Diary<'a> {
    fn judge(&mut self, state: &mut State<'_>, event: &Event<'a>, is_judged: bool) {
        let statistics = state.history.statistics();
        let is_fired = is_judged && state.rule.is_met(&statistics);
        self.replay.events.push(WorkerEvent {
            config_index: state.config_index,
            rule_index: state.rule_index,
            pool_id: event.pool_id,
            project_id: event.project_id,
            at_us: event.submitted_at_us,
            statistics,
            is_fired,
        });
        if !is_fired {
            return;
        }
        match &state.rule.action {
            Action::Restrict(restriction) => self.open_ban(state, event, restriction, &statistics),
            Action::SetSkill { skill_id, value } => {
                self.set_skill(state, event, skill_id, f64::from(*value));
            }
            Action::SetSkillFromField { skill_id, key_idx } => {
                if let Some(exact_value) = statistics.at(*key_idx) {
                    self.set_skill(state, event, skill_id, exact_value);
                }
            }
        }
    }

    fn open_ban(
        &mut self,
        state: &mut State<'_>,
        event: &Event<'a>,
        restriction: &Restriction,
        statistics: &Statistics,
    ) {
        let started_at_us = event.submitted_at_us;
        let end_us = |duration_us| started_at_us.saturating_add(duration_us);
        let (project_id, pool_id) = match restriction.scope {
            Scope::Pool => (Some(event.project_id), Some(event.pool_id)),
            Scope::Project => (Some(event.project_id), None),
            Scope::AllProjects | Scope::System => (None, None),
        };
        let ban = KnownBan {
            scope: restriction.scope,
            project_id,
            pool_id,
            started_at_us,
            will_expire_at_us: restriction.duration_us.map(end_us),
        };
        self.bans.insert(&ban);
        self.replay.bans.push(Ban {
            scope: ban.scope,
            project_id: project_id.map(str::to_owned),
            pool_id: pool_id.map(str::to_owned),
            started_at_us,
            will_expire_at_us: ban.will_expire_at_us,
            rule: rule_name(state),
            statistics: statistics.to_string(),
            comment: restriction.comment.clone(),
        });
        if restriction.scope != Scope::Pool || state.config.history_size.is_none() {
            state.forget(started_at_us);
        }
    }

    fn set_skill(
        &mut self,
        state: &State<'_>,
        event: &Event<'a>,
        skill_id: &str,
        exact_value: f64,
    ) {
        let action = if self.skill_ids.insert(skill_id.to_owned()) {
            SkillAction::Create
        } else {
            SkillAction::Modify
        };
        self.replay.skills.push(SkillChange {
            skill_id: skill_id.to_owned(),
            exact_value,
            value: (exact_value + 0.5).floor() as i32,
            at_us: event.submitted_at_us,
            pool_id: event.pool_id.to_owned(),
            rule: rule_name(state),
            action,
        });
    }
}

fn rule_name(state: &State<'_>) -> String {
    format!("{}.{}", state.config_index, state.rule_index)
}
