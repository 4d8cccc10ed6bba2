//! How rules are read and replayed where the platform's documents contradict each other or are silent.
//!
//! Every choice has a name; the default of each is the first of its words. What they do stands where it is done.

use serde::{Deserialize, Serialize};

/// The choices, as they stand under `[quality.options]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayOptions {
    /// The unit of rate thresholds in a rules file.
    pub rate_unit: RateUnit,
    /// How often conditions on answers are looked at.
    pub granularity: Granularity,
    /// When rules act.
    pub mode: Mode,
    /// Which pools share a window of the default rules.
    pub history_scope: HistoryScope,
    /// What a ban clears.
    pub history_clearing: HistoryClearing,
    /// What a majority or review that comes after a ban does to the cleared history.
    pub late_events: LateEvents,
    /// Whether work inside a replayed ban enters windows.
    pub blocked_answers: BlockedAnswers,
    /// A page taken before a ban and handed in inside it.
    pub in_flight: InFlight,
    /// What a page that ran out of time does to skips in a row.
    pub expired_page: PageExpired,
    /// Which pages `ANSWER_COUNT` counts.
    pub answer_count: AnswerCounted,
    /// What the statistics `golden_set_*` of `GOLDEN_SET` cover.
    pub golden_rates: GoldenRates,
    /// What a known solution with a weight below 1 is worth.
    pub partial_credit: PartialCredit,
    /// Several answers of a worker to one control task.
    pub repeated_control: RepeatedControl,
    /// The pay of pages that were rejected meanwhile.
    pub rejected_income: RejectedIncome,
    /// A second verdict on a page.
    pub reviewed_again: ReviewedAgain,
    /// Which value of a skill conditions and filters see.
    pub skill_value: SkillValue,
    /// How often one page is given out again.
    pub compensation: Compensation,
    /// Votes that are enough for a majority at the end of the log where a task never reached its overlap; 0: none are.
    pub majority_min_overlap: u32,
}

/// The unit of rate thresholds in a rules file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// 0..=100; a threshold strictly between 0 and 1 is refused as a likely mistake.
    #[default]
    Percent,
    /// 0..=1; a threshold above 1 is refused.
    Fraction,
}

/// How often conditions on answers are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// After every answer: a count passes through every value.
    #[default]
    Answer,
    /// After the last answer of a page.
    Page,
}

/// When rules act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// At every event, as the platform does live.
    #[default]
    Replay,
    /// Once, on what is remembered after the last event; bans clear and block nothing.
    Snapshot,
}

/// Which pools share a window of the default rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryScope {
    /// The pools of one project.
    #[default]
    Project,
    /// All pools.
    Everywhere,
}

/// What a ban clears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryClearing {
    /// The history of the rule that opened it.
    #[default]
    Rule,
    /// The histories of all rules of its collector.
    Collector,
}

/// What a majority or review that comes after a ban does to the cleared history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateEvents {
    /// Nothing, where the page was handed in before the ban.
    #[default]
    Forgotten,
    /// It enters.
    Counted,
}

/// Whether work inside a replayed ban enters windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedAnswers {
    /// No: live it would not have been done.
    #[default]
    Excluded,
    /// Yes.
    Counted,
}

/// A page taken before a ban and handed in inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InFlight {
    /// Counts: the worker had it already.
    #[default]
    Counted,
    /// Is blocked.
    Blocked,
}

/// What a page that ran out of time does to skips in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageExpired {
    /// Nothing.
    #[default]
    Neutral,
    /// It ends them.
    Reset,
}

/// Which pages `ANSWER_COUNT` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerCounted {
    /// Those handed in.
    #[default]
    Submitted,
    /// Those that stand accepted, at every review.
    Accepted,
}

/// What the statistics `golden_set_*` of `GOLDEN_SET` cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoldenRates {
    /// Control tasks.
    #[default]
    Control,
    /// Control and training tasks.
    ControlAndTraining,
}

/// What a known solution with a weight below 1 is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialCredit {
    /// Its weight.
    #[default]
    Weight,
    /// Nothing.
    None,
}

/// Several answers of a worker to one control task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedControl {
    /// The first counts.
    #[default]
    First,
    /// All count.
    All,
}

/// The pay of pages that were rejected meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectedIncome {
    /// Is no income.
    #[default]
    Excluded,
    /// Is income.
    Counted,
}

/// A second verdict on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewedAgain {
    /// Takes the place of the first in the window.
    #[default]
    Replaces,
    /// Is one more reviewed page.
    Adds,
}

/// Which value of a skill conditions and filters see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillValue {
    /// As computed.
    #[default]
    Exact,
    /// Rounded to a whole number, halves up.
    Rounded,
}

/// How often one page is given out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensation {
    /// Once, whatever rules fire.
    #[default]
    Once,
    /// Once for every rule that fires.
    Each,
}
