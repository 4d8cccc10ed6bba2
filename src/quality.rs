//! Replay of the platform's quality-control rules that remember: what the rules do to one worker, from an ordered log.
//!
//! It knows no tables and no files: the caller groups the log by worker, hands over slices, and stores what comes back.
//! Only a majority needs more than one worker: [`judge_ballots`] makes those events, task by task.
//!
//! A further collector is one file in `quality/` plus two lines here: its `mod` and its row in [`COLLECTORS`].

mod acceptance_rate;
mod actions;
mod answer_count;
mod assignments_assessment;
mod ballots;
mod bans;
mod captcha;
mod diary;
mod events;
mod filter;
mod golden_set;
mod income;
mod json;
mod majority_vote;
mod memory;
mod options;
mod replay;
mod rule_book;
mod rules;
mod skills;
mod skipped_in_row;
mod statistics;
mod submit_time;
mod suites;
mod tally;
#[cfg(test)]
mod tests;
mod training;
mod users_assessment;

use std::fmt;

pub use actions::{Action, Restriction, Scope};
pub use ballots::{Ballot, BallotBox, Judged, judge_ballots};
pub use bans::KnownBan;
pub use diary::{Ban, Replay, SkillAction, SkillChange, WorkerEvent};
pub use events::{Event, EventKind, LossReason, Verdict};
pub use filter::Filter;
pub use options::{
    AnswerCounted, BlockedAnswers, Compensation, GoldenRates, Granularity, HistoryClearing,
    HistoryScope, InFlight, LateEvents, Mode, PageExpired, PartialCredit, RateUnit, RejectedIncome,
    RepeatedControl, ReplayOptions, ReviewedAgain, SkillValue,
};
pub use replay::{Trace, replay_worker};
pub use rule_book::{Gate, Needs, RuleBook};
pub use rules::{Condition, Config, Operator, Parameter, Parameters, Rule, Rules, Threshold};
pub use statistics::{KEYS_MAX, Key, KeyUnit, Statistics, Value};
pub use suites::{Raise, SuiteEvent, SuiteEventKind, replay_suite};

/// Every collector of the platform.
pub const COLLECTORS: &[&dyn Collector] = &[
    &golden_set::GoldenSet,
    &majority_vote::MajorityVote,
    &submit_time::SubmitTime,
    &skipped_in_row::SkippedInRow,
    &answer_count::AnswerCount,
    &income::Income,
    &captcha::Captcha,
    &acceptance_rate::AcceptanceRate,
    &assignments_assessment::AssignmentsAssessment,
    &users_assessment::UsersAssessment,
    &training::Training,
];

/// A source of statistics about a worker, on which conditions are put.
pub trait Collector: fmt::Debug + Sync {
    /// The platform's type, such as `GOLDEN_SET`.
    fn name(&self) -> &'static str;

    /// The statistics that a condition may name, at most [`KEYS_MAX`].
    fn keys(&self) -> &'static [Key];

    /// The types of action that its rules may take.
    fn actions(&self) -> &'static [&'static str];

    /// The parameters that its configuration may hold.
    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    /// What such an event is to it.
    fn hears(&self, kind: &EventKind<'_>, options: &ReplayOptions) -> Hearing;

    /// An empty history.
    fn history(&self, parameters: &Parameters, options: &ReplayOptions) -> Box<dyn History>;
}

/// What an event is to a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// Nothing.
    Ignores,
    /// It changes what is remembered; no condition is looked at.
    Remembers,
    /// It changes what is remembered, and the conditions are looked at.
    Judges,
}

/// What one rule remembers of one worker. Each method costs O(1), amortised, whatever the window's length.
pub trait History: fmt::Debug {
    /// Whether such an event, of a kind that its collector hears, is one of those that count.
    fn takes(&self, _event: &Event<'_>) -> bool {
        true
    }

    /// Takes in the next event, one that it takes; the oldest leaves when the window is full.
    fn push(&mut self, event: &Event<'_>);

    /// Forgets everything.
    fn clear(&mut self);

    /// The statistics of what is remembered, in the order of [`Collector::keys`].
    fn statistics(&self) -> Statistics;
}

/// Restrictions and skills.
const BANS_AND_SKILLS: [&str; 4] = [
    "RESTRICTION_V2",
    "RESTRICTION",
    "SET_SKILL",
    "SET_SKILL_FROM_OUTPUT_FIELD",
];

/// Verdicts on all pages of the worker.
const VERDICTS: [&str; 2] = ["APPROVE_ALL_ASSIGNMENTS", "REJECT_ALL_ASSIGNMENTS"];

/// What a collector of rates may do.
const ON_RATES: &[&str] = &[
    BANS_AND_SKILLS[0],
    BANS_AND_SKILLS[1],
    BANS_AND_SKILLS[2],
    BANS_AND_SKILLS[3],
    VERDICTS[0],
    VERDICTS[1],
];

/// What a collector of counts alone may do: it has no rate to make a skill of.
const ON_COUNTS: &[&str] = &[
    BANS_AND_SKILLS[0],
    BANS_AND_SKILLS[1],
    BANS_AND_SKILLS[2],
    VERDICTS[0],
    VERDICTS[1],
];

/// What a collector of losses may do.
const ON_LOSSES: &[&str] = &["CHANGE_OVERLAP"];
