//! Replay of the platform's quality-control rules that remember: bans and skills of one worker from an ordered log.
//!
//! It knows no tables and no files: the caller groups the log by worker, hands over slices, and stores what comes back.
//!
//! A further collector is one file in `quality/` plus two lines here: its `mod` and its row in [`COLLECTORS`].

mod actions;
mod bans;
mod golden_set;
mod json;
mod memory;
mod replay;
mod rules;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroUsize;

pub use actions::{Action, Restriction, Scope};
pub use bans::KnownBan;
pub use replay::{Ban, Replay, SkillAction, SkillChange, WorkerEvent, replay_worker};
pub use rules::{Condition, Config, Operator, Rule, Rules};

/// Every collector that this version replays.
pub const COLLECTORS: &[&dyn Collector] = &[&golden_set::GoldenSet];

/// Every collector type of the platform: one that is absent from [`COLLECTORS`] is refused by name, not as unknown.
const PLATFORM_COLLECTORS: &[&str] = &[
    "GOLDEN_SET",
    "MAJORITY_VOTE",
    "ASSIGNMENT_SUBMIT_TIME",
    "SKIPPED_IN_ROW_ASSIGNMENTS",
    "ANSWER_COUNT",
    "INCOME",
    "CAPTCHA",
    "ACCEPTANCE_RATE",
    "ASSIGNMENTS_ASSESSMENT",
    "USERS_ASSESSMENT",
    "TRAINING",
];

/// The most statistics that one collector has.
pub const KEYS_MAX: usize = 6;

/// A source of statistics about a worker, on which conditions are put.
pub trait Collector: fmt::Debug + Sync {
    /// The platform's type, such as `GOLDEN_SET`.
    fn name(&self) -> &'static str;

    /// The statistics that a condition may name, at most [`KEYS_MAX`].
    fn keys(&self) -> &'static [Key];

    /// The types of action that its rules may take.
    fn actions(&self) -> &'static [&'static str];

    /// Whether such an event enters its history.
    fn hears(&self, kind: EventKind) -> bool;

    /// An empty history of the last `history_size` events, or of all events when there is no size.
    fn history(&self, history_size: Option<NonZeroUsize>) -> Box<dyn History>;
}

/// What one rule remembers of one worker. Each method costs O(1), amortised, whatever the window's length.
pub trait History: fmt::Debug {
    /// Takes in the next event; the oldest leaves when the window is full.
    fn push(&mut self, event: &Event<'_>);

    /// Forgets everything.
    fn clear(&mut self);

    /// The statistics of what is remembered, in the order of [`Collector::keys`].
    fn statistics(&self) -> Statistics;
}

/// One statistic of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name in a condition.
    pub name: &'static str,
    /// What its values are.
    pub unit: KeyUnit,
}

/// What the values of a statistic are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUnit {
    /// Whole events of the window, so never more than `history_size`.
    Count,
    /// 0..=100, not rounded.
    Percent,
}

/// The statistics of one rule after one event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    keys: &'static [Key],
    values: [Option<f64>; KEYS_MAX],
}

impl Statistics {
    /// Pairs `keys` with `values` by position; `None` is a rate over no events. Values beyond the keys are ignored.
    pub fn new(keys: &'static [Key], values: [Option<f64>; KEYS_MAX]) -> Self {
        Self { keys, values }
    }

    /// The value of the statistic of that name.
    pub fn get(&self, name: &str) -> Option<f64> {
        let key_idx = self.keys.iter().position(|key| key.name == name)?;
        self.values[key_idx]
    }

    /// Name and value, in the collector's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Option<f64>)> + '_ {
        self.keys.iter().map(|key| key.name).zip(self.values)
    }

    fn at(&self, key_idx: usize) -> Option<f64> {
        self.values[key_idx]
    }
}

/// `total_answers_count=4 correct_answers_rate=25 …`; a rate over no events is left out.
impl fmt::Display for Statistics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.iter().filter_map(|(name, value)| Some((name, value?)));
        for (position, (name, value)) in known.enumerate() {
            let separator = if position == 0 { "" } else { " " };
            write!(formatter, "{separator}{name}={value}")?;
        }
        Ok(())
    }
}

/// How rules are read and replayed where the platform's documents contradict each other or are silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayOptions {
    /// The unit of rate thresholds in the rules.
    pub rate_unit: RateUnit,
    /// How often conditions are looked at.
    pub granularity: Granularity,
}

/// The unit of rate thresholds in a rules file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// 0..=100; a threshold strictly between 0 and 1 is refused as a likely mistake.
    #[default]
    Percent,
    /// 0..=1; a threshold above 1 is refused.
    Fraction,
}

/// How often conditions are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// After every answer: a count passes through every value.
    #[default]
    Answer,
    /// After the last answer of a page.
    Page,
}

/// What a worker answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A control task.
    Golden,
    /// A training task, by its first attempt.
    Training,
}

/// One answer of the worker to a control or training task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event<'a> {
    /// The pool of the page.
    pub pool_id: &'a str,
    /// The project of the pool.
    pub project_id: &'a str,
    /// The page.
    pub assignment_id: &'a str,
    /// The position of the task on the page.
    pub task_index: i64,
    /// The task.
    pub task_id: &'a str,
    /// When the worker took the page; microseconds since 1970, UTC.
    pub created_at_us: i64,
    /// When the worker handed the page in, not before `created_at_us`; microseconds since 1970, UTC.
    pub submitted_at_us: i64,
    /// Control or training.
    pub kind: EventKind,
    /// Credit of the answer, 0 (wrong or empty) ..= 1; finite. Kept to a millionth.
    pub score: f64,
}

impl Event<'_> {
    /// Order of replay; the fields after `task_id` only make the order of inconsistent rows the same every time.
    fn replay_order(&self, other: &Self) -> Ordering {
        self.submitted_at_us
            .cmp(&other.submitted_at_us)
            .then_with(|| self.assignment_id.cmp(other.assignment_id))
            .then_with(|| self.task_index.cmp(&other.task_index))
            .then_with(|| self.task_id.cmp(other.task_id))
            .then_with(|| self.created_at_us.cmp(&other.created_at_us))
            .then_with(|| self.pool_id.cmp(other.pool_id))
            .then_with(|| self.project_id.cmp(other.project_id))
            .then_with(|| self.kind.cmp(&other.kind))
            .then_with(|| self.score.total_cmp(&other.score))
    }
}
