//! What the rules did to one worker, and what of it matters for what comes next.
//!
//! It does not decide when a rule fires.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::actions::{Restriction, Scope};
use super::bans::{BanCalendar, KnownBan};
use super::memory::State;
use super::skills::SkillBook;
use super::{Compensation, Event, LossReason, Raise, ReplayOptions, Statistics, Verdict};

/// What the rules did to one worker, in the order in which it happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay<'a> {
    /// Bans and pauses that rules opened.
    pub bans: Vec<Ban>,
    /// Skills that rules set, also to the value they had.
    pub skills: Vec<SkillChange>,
    /// Pages that rules accepted or rejected, and when; microseconds since 1970, UTC.
    pub verdicts: Vec<(&'a str, Verdict, i64)>,
    /// Pages whose real tasks rules gave out again.
    pub raises: Vec<Raise<'a>>,
    /// Pages handed in that live would not have been taken: a ban was in force.
    pub blocked_pages: Vec<&'a str>,
    /// Pages handed in by a worker whom the pool's filter does not admit.
    pub unadmitted_pages: Vec<&'a str>,
    /// What every rule saw, where that is asked for.
    pub looks: Vec<WorkerEvent<'a>>,
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
    /// When the rule fired; microseconds since 1970, UTC.
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
    /// When the rule fired; microseconds since 1970, UTC.
    pub at_us: i64,
    /// The pool of the event.
    pub pool_id: String,
    /// `<config index>.<rule index>`, from 0, in the rules that apply to the pool.
    pub rule: String,
    /// Whether the worker had the skill before.
    pub action: SkillAction,
}

/// Whether a skill is new to the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkillAction {
    /// The first setting of this skill.
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

/// One event as one rule saw it. Events that only feed the window of another pool's rule have no row.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerEvent<'a> {
    /// The position of the collector in the rules that apply to the pool.
    pub config_index: usize,
    /// The position of the rule under its collector.
    pub rule_index: usize,
    /// The pool.
    pub pool_id: &'a str,
    /// The project of the pool.
    pub project_id: &'a str,
    /// When the rule looked; microseconds since 1970, UTC.
    pub at_us: i64,
    /// The collector's statistics after this event, before the rule's ban clears them.
    pub statistics: Statistics,
    /// Whether the rule acted.
    pub is_fired: bool,
}

/// A page handed in, as far as verdicts and raises need it.
#[derive(Clone, Debug)]
pub(super) struct Page<'a> {
    pub(super) event: Event<'a>,
    pub(super) verdict: Option<Verdict>,
}

/// The replay so far.
#[derive(Debug)]
pub(super) struct Diary<'a> {
    pub(super) replay: Replay<'a>,
    pub(super) bans: BanCalendar,
    pub(super) skills: SkillBook,
    /// By place, in the order in which they were handed in.
    pages: BTreeMap<usize, Vec<Page<'a>>>,
    /// Where a page stands in the list of its place.
    page_indices: HashMap<(usize, &'a str), usize>,
    /// Whether what happens follows from a review.
    pub(super) is_in_review: bool,
    compensated: HashSet<&'a str>,
    options: ReplayOptions,
}

impl<'a> Diary<'a> {
    pub(super) fn new(options: ReplayOptions) -> Self {
        Self {
            replay: Replay::default(),
            bans: BanCalendar::default(),
            skills: SkillBook::new(options.skill_value),
            pages: BTreeMap::new(),
            page_indices: HashMap::new(),
            is_in_review: false,
            compensated: HashSet::new(),
            options,
        }
    }

    /// Lists a page handed in.
    pub(super) fn list_page(&mut self, place_idx: usize, event: &Event<'a>) {
        let page = Page {
            event: *event,
            verdict: None,
        };
        let pages = self.pages.entry(place_idx).or_default();
        let key = (place_idx, event.assignment_id);
        self.page_indices.entry(key).or_insert(pages.len());
        pages.push(page);
    }

    /// Notes a verdict on a page that is listed.
    pub(super) fn note_verdict(&mut self, place_idx: usize, event: &Event<'a>, verdict: Verdict) {
        let page_idx = self.page_indices.get(&(place_idx, event.assignment_id));
        let pages = self.pages.get_mut(&place_idx);
        if let (Some(page_idx), Some(pages)) = (page_idx, pages) {
            pages[*page_idx].verdict = Some(verdict);
        }
    }

    /// Decides all undecided pages of a pool; gives back those it decided.
    pub(super) fn decide(
        &mut self,
        place_idx: usize,
        at_us: i64,
        verdict: Verdict,
    ) -> Vec<Event<'a>> {
        let mut decided = Vec::new();
        let pages = self.pages.entry(place_idx).or_default();
        for page in pages.iter_mut().filter(|page| page.verdict.is_none()) {
            page.verdict = Some(verdict);
            let row = (page.event.assignment_id, verdict, at_us);
            self.replay.verdicts.push(row);
            decided.push(page.event);
        }
        decided
    }

    /// Gives out again the real tasks of all pages of a pool.
    pub(super) fn raise(
        &mut self,
        place_idx: usize,
        state: &State<'_>,
        at_us: i64,
        delta: i32,
        reason: LossReason,
    ) {
        let pages = self.pages.get(&place_idx).map_or(&[][..], Vec::as_slice);
        for page in pages {
            // Fewer answers make up for nothing.
            let is_spent = delta > 0 && !self.compensated.insert(page.event.assignment_id);
            if is_spent && self.options.compensation == Compensation::Once {
                continue;
            }
            self.replay.raises.push(Raise {
                assignment_id: page.event.assignment_id,
                delta,
                reason: match reason {
                    LossReason::Restriction => "banned",
                    LossReason::SkillChange => "skill_lost",
                },
                is_after_review: self.is_in_review,
                at_us,
                rule: rule_name(state),
            });
        }
    }

    pub(super) fn open_ban(
        &mut self,
        state: &State<'_>,
        event: &Event<'a>,
        restriction: &Restriction,
        statistics: &Statistics,
    ) -> KnownBan<'a> {
        let started_at_us = event.at_us;
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
        ban
    }

    pub(super) fn set_skill(
        &mut self,
        state: &State<'_>,
        event: &Event<'a>,
        skill_id: &str,
        exact_value: f64,
    ) {
        let action = if self.skills.set(skill_id, event.at_us, exact_value) {
            SkillAction::Create
        } else {
            SkillAction::Modify
        };
        self.replay.skills.push(SkillChange {
            skill_id: skill_id.to_owned(),
            exact_value,
            value: (exact_value + 0.5).floor() as i32,
            at_us: event.at_us,
            pool_id: event.pool_id.to_owned(),
            rule: rule_name(state),
            action,
        });
    }
}

/// `<config index>.<rule index>`.
fn rule_name(state: &State<'_>) -> String {
    format!("{}.{}", state.config_index, state.rule_index)
}
