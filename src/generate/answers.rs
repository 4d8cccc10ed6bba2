//! How each kind of worker answers.
//!
//! It does not know time or money; a page's facts are in `pages`.

use super::crowd::Worker;
use super::kinds::Kind;
use super::random::{Stream, exponential};
use super::tasks::{KnownTask, Task};

/// An answer as the platform records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Left,
    Right,
    Tie,
    Error,
}

impl Answer {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::Error => "error",
        }
    }

    /// The answer of a known task, right or wrong.
    pub(super) fn of_known(task: &KnownTask, is_right: bool) -> Self {
        if task.is_left_better == is_right {
            Self::Left
        } else {
            Self::Right
        }
    }
}

/// Share of answers such as "picture broken" of those who look at the pictures.
const ERROR_SHARE: f64 = 0.01;

/// The answer to a real pair.
pub(super) fn answer_real(worker: &Worker, task: &Task, stream: &mut Stream) -> Answer {
    match worker.kind {
        Kind::Honest | Kind::Sloppy | Kind::Picker => {
            if stream.chance(ERROR_SHARE) {
                return Answer::Error;
            }
            preference(worker.discrimination * task.gap, 0.2, stream)
        }
        Kind::Colluder => preference(worker.discrimination * task.rumour_gap, 0.05, stream),
        Kind::Bot | Kind::Spammer | Kind::AlwaysLeft => answer_blindly(worker.kind, stream),
    }
}

/// The answer to an obvious pair.
pub(super) fn answer_known(worker: &Worker, task: &KnownTask, stream: &mut Stream) -> Answer {
    match worker.kind {
        Kind::Honest | Kind::Sloppy | Kind::Picker => {
            let is_right = stream.chance(worker.accuracy);
            if !is_right && stream.chance(0.15) {
                return Answer::Tie;
            }
            Answer::of_known(task, is_right)
        }
        Kind::Colluder => {
            let is_faithful = stream.chance(0.97);
            Answer::of_known(task, task.is_rumour_right == is_faithful)
        }
        Kind::Bot | Kind::Spammer | Kind::AlwaysLeft => answer_blindly(worker.kind, stream),
    }
}

fn answer_blindly(kind: Kind, stream: &mut Stream) -> Answer {
    let draw = stream.unit();
    match kind {
        Kind::AlwaysLeft if draw < 0.98 => Answer::Left,
        Kind::AlwaysLeft => Answer::Right,
        _ if draw < 0.465 => Answer::Left,
        _ if draw < 0.93 => Answer::Right,
        _ if draw < 0.99 => Answer::Tie,
        _ => Answer::Error,
    }
}

/// Whether a reviewer sees at a glance that an answer to a real pair is wrong.
pub(super) fn is_evidently_wrong(answer: Answer, task: &Task) -> bool {
    /// A log-strength gap at which one candidate clearly does not belong.
    const EVIDENT_GAP_MIN: f64 = 2.5;
    match answer {
        Answer::Left => task.gap <= -EVIDENT_GAP_MIN,
        Answer::Right => task.gap >= EVIDENT_GAP_MIN,
        Answer::Tie | Answer::Error => false,
    }
}

/// Davidson (1970): left, right and tie in the ratio `e^(x/2) : e^(-x/2) : tie_weight`.
fn preference(scaled_gap: f64, tie_weight: f64, stream: &mut Stream) -> Answer {
    let left = exponential(scaled_gap / 2.0);
    let right = 1.0 / left;
    let draw = stream.unit() * (left + right + tie_weight);
    if draw < left {
        Answer::Left
    } else if draw < left + right {
        Answer::Right
    } else {
        Answer::Tie
    }
}
