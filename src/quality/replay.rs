//! The replay itself: one worker's events in order, against every rule that applies, with bans that take effect.
//!
//! It does not touch answers: who drops what a ban covers decides elsewhere.
//! Conditions are level-triggered: a rule that still holds at the next event fires again.

mod admission;
mod consequences;

use std::collections::HashSet;

use super::bans::{BanCalendar, KnownBan};
use super::diary::Diary;
use super::memory::{Memory, Role};
use super::{
    BlockedAnswers, Event, EventKind, Granularity, InFlight, Mode, RepeatedControl, Replay,
    RuleBook, Verdict, WorkerEvent,
};

/// Whether what every rule saw is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Only what rules did.
    Off,
    /// Also every look.
    On,
}

/// Replays the rules over all events of one worker.
///
/// `events` may come in any order and are left sorted: by instant; at one instant skills set by others, pages (by
/// assignment, the end of a page before its answers by position), majorities, captchas, reviews. An event counts unless
/// its page was taken strictly inside a known or replayed ban that covers the pool; of several counting answers to one
/// control task only the first counts. A ban makes the rule that opened it forget every page up to that instant; a
/// pause of the pool does so only without `history_size`.
///
/// Cost: O(log bans) per event and O(1) amortised per event and history that hears it.
#[must_use]
pub fn replay_worker<'a>(
    book: &'a RuleBook,
    events: &mut [Event<'a>],
    known_bans: &[KnownBan<'a>],
    trace: Trace,
) -> Replay<'a> {
    events.sort_by(Event::replay_order);
    let mut pending_bans = known_bans.to_vec();
    pending_bans.sort_by_key(|ban| (ban.started_at_us, ban.scope, ban.project_id, ban.pool_id));
    pending_bans.reverse();
    let needs = book.needs();
    let mut worker = Worker {
        book,
        trace,
        lists_pages: needs.page_lists,
        memory: Memory::of(book, events),
        known_bans: BanCalendar::of(known_bans),
        pending_bans,
        diary: Diary::new(book.options),
        answered_controls: HashSet::new(),
        losses: Vec::new(),
        cleared: Vec::new(),
        decided: Vec::new(),
    };
    let mut rest: &[Event<'a>] = events;
    while let Some(first) = rest.first() {
        let n_same = 1 + rest[1..]
            .iter()
            .take_while(|event| first.is_same_page(event))
            .count();
        let (page, later) = rest.split_at(n_same);
        worker.see_page(page, later);
        rest = later;
    }
    worker.finish()
}

/// Access that the worker lost, and where.
#[derive(Debug)]
enum Loss<'a> {
    Ban(KnownBan<'a>),
    Skill {
        place_idx: usize,
        skill_id: &'a str,
        at_us: i64,
    },
}

#[derive(Debug)]
struct Worker<'a> {
    book: &'a RuleBook,
    trace: Trace,
    lists_pages: bool,
    memory: Memory<'a>,
    known_bans: BanCalendar,
    /// Known bans that did not begin yet, the next one last.
    pending_bans: Vec<KnownBan<'a>>,
    diary: Diary<'a>,
    answered_controls: HashSet<&'a str>,
    losses: Vec<Loss<'a>>,
    /// Histories that a ban clears once every rule saw the event, and the ban's start.
    cleared: Vec<(usize, i64)>,
    /// Pages that rules decided while an event was judged.
    decided: Vec<(Event<'a>, Verdict)>,
}

impl<'a> Worker<'a> {
    /// One page with its answers, or one event that is none of a page's.
    fn see_page(&mut self, page: &[Event<'a>], later: &[Event<'a>]) {
        let Some(first) = page.first() else {
            return;
        };
        if first.kind == EventKind::HandedInLater {
            self.admit(first);
            return;
        }
        self.begin_known_bans(first.at_us);
        self.diary.is_in_review = matches!(first.kind, EventKind::Review(_));
        if let EventKind::Skill { skill_id, value } = first.kind {
            self.diary.skills.set(skill_id, first.at_us, value);
            self.note_losses(skill_id, first.at_us);
            self.settle();
            return;
        }
        let is_blocked = self.is_blocked(first);
        let is_handed_in = matches!(first.kind, EventKind::Submitted { .. });
        if is_handed_in {
            self.admit(first);
            if is_blocked {
                self.diary.replay.blocked_pages.push(first.assignment_id);
            }
        }
        if is_blocked && self.book.options.blocked_answers == BlockedAnswers::Excluded {
            return;
        }
        if is_handed_in && self.lists_pages && !is_blocked {
            let place_idx = self.memory.place_idx(first);
            self.diary.list_page(place_idx, first);
        }
        let counted = self.counted(page);
        let n_answers = counted.iter().filter(|event| is_answer(event)).count();
        let mut n_seen = 0;
        for event in &counted {
            n_seen += usize::from(is_answer(event));
            let is_looked_at = match self.book.options.granularity {
                Granularity::Answer => true,
                Granularity::Page => !is_answer(event) || n_seen == n_answers,
            };
            self.see(event, is_looked_at);
        }
        if is_handed_in {
            self.see_training_page(first, &counted, later);
        }
    }

    /// Bans known from the platform take away access when they begin.
    fn begin_known_bans(&mut self, until_us: i64) {
        let has_begun = |ban: &KnownBan<'_>| ban.started_at_us <= until_us;
        while self.pending_bans.last().is_some_and(has_begun) {
            if let Some(ban) = self.pending_bans.pop() {
                self.losses.push(Loss::Ban(ban));
            }
        }
        self.settle();
    }

    fn is_blocked(&self, event: &Event<'a>) -> bool {
        if self.book.options.mode == Mode::Snapshot {
            return false;
        }
        let is_inside = |at_us: i64| {
            let (pool_id, project_id) = (event.pool_id, event.project_id);
            self.known_bans.blocks(pool_id, project_id, at_us)
                || self.diary.bans.blocks(pool_id, project_id, at_us)
        };
        let is_cut_off = || match self.book.options.in_flight {
            InFlight::Counted => false,
            InFlight::Blocked => is_inside(event.submitted_at_us),
        };
        is_inside(event.created_at_us) || is_cut_off()
    }

    /// The page's events without repeated answers to a control task.
    fn counted(&mut self, page: &[Event<'a>]) -> Vec<Event<'a>> {
        let is_every_counted = self.book.options.repeated_control == RepeatedControl::All;
        page.iter()
            .filter(|event| {
                !matches!(event.kind, EventKind::Golden { .. })
                    || is_every_counted
                    || self.answered_controls.insert(event.task_id)
            })
            .copied()
            .collect()
    }

    /// Shows an event to every rule that hears it, then carries out what follows from what they did.
    fn see(&mut self, event: &Event<'a>, is_looked_at: bool) {
        if let EventKind::Review(verdict) | EventKind::SilentVerdict(verdict) = event.kind {
            let place_idx = self.memory.place_idx(event);
            self.diary.note_verdict(place_idx, event, verdict);
        }
        let (_, routes) = self.memory.hear(event);
        // What is judged may change the memory, so that each is looked up anew.
        for route_idx in 0..routes.len() {
            let (states, routes) = self.memory.hear(event);
            let route = routes[route_idx];
            let state = &mut states[route.state_idx];
            let is_taken = state.remember(event, self.book.options.late_events);
            if is_taken && route.role == Role::Judges {
                self.judge(route.state_idx, event, is_looked_at);
            }
        }
        for (state_idx, until_us) in std::mem::take(&mut self.cleared) {
            self.memory.states[state_idx].forget(until_us);
        }
        self.settle();
    }

    fn judge(&mut self, state_idx: usize, event: &Event<'a>, is_looked_at: bool) {
        let state = &mut self.memory.states[state_idx];
        // Lost access is no window: what it leads to does not wait for the end.
        let is_loss = matches!(event.kind, EventKind::AccessLost { .. });
        let is_postponed = self.book.options.mode == Mode::Snapshot && !is_loss;
        if is_postponed {
            state.last_look = Some(*event);
        }
        let statistics = state.history.statistics();
        let is_fired = is_looked_at && !is_postponed && state.rule.is_met(&statistics);
        let (config_index, rule_index) = (state.config_index, state.rule_index);
        if is_fired {
            self.act(state_idx, event, &statistics);
        }
        if self.trace == Trace::On {
            self.diary.replay.looks.push(WorkerEvent {
                config_index,
                rule_index,
                pool_id: event.pool_id,
                project_id: event.project_id,
                at_us: event.at_us,
                statistics,
                is_fired,
            });
        }
    }

    fn finish(mut self) -> Replay<'a> {
        self.begin_known_bans(i64::MAX);
        if self.book.options.mode == Mode::Snapshot {
            for state_idx in 0..self.memory.states.len() {
                let state = &self.memory.states[state_idx];
                let Some(event) = state.last_look else {
                    continue;
                };
                let statistics = state.history.statistics();
                if state.rule.is_met(&statistics) {
                    self.act(state_idx, &event, &statistics);
                }
            }
            self.settle();
        }
        self.diary.replay
    }
}

fn is_answer(event: &Event<'_>) -> bool {
    matches!(
        event.kind,
        EventKind::Golden { .. } | EventKind::Training { .. }
    )
}
