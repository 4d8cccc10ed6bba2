//! What happens to a worker, and the order in which a replay sees it.
//!
//! It does not judge anything.

use std::cmp::Ordering;

/// A verdict on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The page is paid.
    Accept,
    /// The page is not paid.
    Reject,
}

impl Verdict {
    /// The platform's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
        }
    }
}

/// Why a worker lost access to a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossReason {
    /// A ban.
    Restriction,
    /// A skill that no longer meets the pool's filter.
    SkillChange,
}

impl LossReason {
    /// The platform's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Restriction => "RESTRICTION",
            Self::SkillChange => "SKILL_CHANGE",
        }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind<'a> {
    /// Somebody set a skill on the platform, to 0..=100.
    Skill {
        /// The skill.
        skill_id: &'a str,
        /// Its value.
        value: f64,
    },
    /// A page was handed in.
    Submitted {
        /// Its pay in billionths of a US dollar.
        reward_nano_usd: i64,
    },
    /// A page was handed in after the end of the log: only admission to it is judged.
    HandedInLater,
    /// A page was skipped.
    Skipped,
    /// A page ran out of time, or was left.
    Expired,
    /// A control task was answered, for a credit of 0 (wrong or empty) ..= 1; finite.
    Golden {
        /// Kept to a millionth.
        credit: f64,
    },
    /// A training task was answered, judged by its first attempt.
    Training {
        /// As for a control task.
        credit: f64,
    },
    /// A real task with the worker's answer reached its overlap.
    Majority {
        /// Votes for this worker's answer, its own included.
        n_agreeing: u32,
        /// Votes for the answer that has most.
        n_top: u32,
    },
    /// A captcha was shown.
    Captcha {
        /// Whether it was solved.
        is_solved: bool,
    },
    /// The requester accepted or rejected a page.
    Review(Verdict),
    /// A page with training tasks ended. Made by the replay, after its answers.
    TrainingPage {
        /// Training tasks on it.
        n_answers: u32,
        /// Their credit in millionths.
        credit: i64,
        /// Whether the worker took another such page of the pool later.
        is_next_available: bool,
    },
    /// A page was accepted or rejected and nobody reviewed it: by a rule, or when the time for a review was over.
    SilentVerdict(Verdict),
    /// The worker lost access to the pool. Made by the replay.
    AccessLost {
        /// Why.
        reason: LossReason,
        /// The skill that changed, where one did.
        skill_id: Option<&'a str>,
    },
}

/// Kinds of event.
pub(super) const N_CLASSES: usize = 13;

impl EventKind<'_> {
    /// The kind as a number below [`N_CLASSES`].
    pub(super) fn class(&self) -> usize {
        match self {
            Self::Skill { .. } => 0,
            Self::Submitted { .. } => 1,
            Self::Skipped => 2,
            Self::Expired => 3,
            Self::Golden { .. } => 4,
            Self::Training { .. } => 5,
            Self::Majority { .. } => 6,
            Self::Captcha { .. } => 7,
            Self::Review(_) => 8,
            Self::TrainingPage { .. } => 9,
            Self::SilentVerdict(_) => 10,
            Self::AccessLost { .. } => 11,
            Self::HandedInLater => 12,
        }
    }

    /// One kind of each class, to ask a collector which it hears.
    pub(super) fn samples() -> [EventKind<'static>; N_CLASSES] {
        [
            EventKind::Skill {
                skill_id: "",
                value: 0.0,
            },
            EventKind::Submitted { reward_nano_usd: 0 },
            EventKind::Skipped,
            EventKind::Expired,
            EventKind::Golden { credit: 0.0 },
            EventKind::Training { credit: 0.0 },
            EventKind::Majority {
                n_agreeing: 0,
                n_top: 0,
            },
            EventKind::Captcha { is_solved: false },
            EventKind::Review(Verdict::Accept),
            EventKind::TrainingPage {
                n_answers: 0,
                credit: 0,
                is_next_available: false,
            },
            EventKind::SilentVerdict(Verdict::Reject),
            EventKind::AccessLost {
                reason: LossReason::Restriction,
                skill_id: None,
            },
            EventKind::HandedInLater,
        ]
    }

    /// At one instant: what others set, pages with their answers, majorities, captchas, reviews.
    fn rank(&self) -> u8 {
        match self {
            Self::Skill { .. } => 0,
            Self::Submitted { .. }
            | Self::HandedInLater
            | Self::Skipped
            | Self::Expired
            | Self::Golden { .. }
            | Self::Training { .. }
            | Self::TrainingPage { .. } => 1,
            Self::Majority { .. } => 2,
            Self::Captcha { .. } => 3,
            Self::Review(_) | Self::SilentVerdict(_) | Self::AccessLost { .. } => 4,
        }
    }

    /// Whether it ends a page, rather than being an answer on one.
    fn is_page_end(&self) -> bool {
        matches!(
            self,
            Self::Submitted { .. } | Self::HandedInLater | Self::Skipped | Self::Expired
        )
    }

    /// Makes the order of inconsistent rows the same every time.
    fn tie_break(&self) -> (usize, i64, i64) {
        let (first, second) = match self {
            Self::Skill { value, .. } => (super::tally::millionths(*value), 0),
            Self::Submitted { reward_nano_usd } => (*reward_nano_usd, 0),
            Self::Golden { credit } | Self::Training { credit } => {
                (super::tally::millionths(*credit), 0)
            }
            Self::Majority { n_agreeing, n_top } => (i64::from(*n_agreeing), i64::from(*n_top)),
            Self::Captcha { is_solved } => (i64::from(*is_solved), 0),
            Self::Review(verdict) | Self::SilentVerdict(verdict) => {
                (i64::from(*verdict == Verdict::Accept), 0)
            }
            Self::HandedInLater
            | Self::Skipped
            | Self::Expired
            | Self::TrainingPage { .. }
            | Self::AccessLost { .. } => (0, 0),
        };
        (self.class(), first, second)
    }
}

/// One thing that happened to the worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event<'a> {
    /// The pool.
    pub pool_id: &'a str,
    /// The project of the pool.
    pub project_id: &'a str,
    /// The page; empty where there is none.
    pub assignment_id: &'a str,
    /// The position of the task on the page.
    pub task_index: i64,
    /// The task; empty where there is none.
    pub task_id: &'a str,
    /// When the page was taken (without a page: `at_us`); microseconds since 1970, UTC.
    pub created_at_us: i64,
    /// When the page ended (without a page: `at_us`), not before `created_at_us`; microseconds since 1970, UTC.
    pub submitted_at_us: i64,
    /// When the platform looks, not before `submitted_at_us`; microseconds since 1970, UTC.
    pub at_us: i64,
    /// What happened.
    pub kind: EventKind<'a>,
}

impl Event<'_> {
    /// Order of replay; what comes after `task_id` only makes the order of inconsistent rows the same every time.
    pub(super) fn replay_order(&self, other: &Self) -> Ordering {
        let is_answer = |event: &Self| !event.kind.is_page_end();
        self.at_us
            .cmp(&other.at_us)
            .then_with(|| self.kind.rank().cmp(&other.kind.rank()))
            .then_with(|| self.submitted_at_us.cmp(&other.submitted_at_us))
            .then_with(|| self.assignment_id.cmp(other.assignment_id))
            .then_with(|| is_answer(self).cmp(&is_answer(other)))
            .then_with(|| self.task_index.cmp(&other.task_index))
            .then_with(|| self.task_id.cmp(other.task_id))
            .then_with(|| self.created_at_us.cmp(&other.created_at_us))
            .then_with(|| self.pool_id.cmp(other.pool_id))
            .then_with(|| self.project_id.cmp(other.project_id))
            .then_with(|| self.skill_id().cmp(other.skill_id()))
            .then_with(|| self.kind.tie_break().cmp(&other.kind.tie_break()))
    }

    fn skill_id(&self) -> &str {
        match self.kind {
            EventKind::Skill { skill_id, .. } => skill_id,
            _ => "",
        }
    }

    /// Whether both are of one page's end: the end itself, or an answer on it.
    pub(super) fn is_same_page(&self, next: &Self) -> bool {
        self.kind.rank() == 1
            && next.kind.rank() == 1
            && self.assignment_id == next.assignment_id
            && self.pool_id == next.pool_id
            && self.project_id == next.project_id
            && self.at_us == next.at_us
            && self.created_at_us == next.created_at_us
    }
}
