//! `MAJORITY_VOTE`: how often the worker's answers agreed with those of most others, once a task had them all.
//!
//! Counting the votes of a task is `ballots`'.

use super::tally::{CreditWindow, credit_of};
use super::{
    Collector, Event, EventKind, Hearing, History, Key, ON_RATES, Parameter, Parameters,
    ReplayOptions, Statistics,
};

const KEYS: &[Key] = &[
    Key::count("total_answers_count"),
    Key::percent("correct_answers_rate"),
    Key::percent("incorrect_answers_rate"),
];

#[derive(Debug)]
pub(super) struct MajorityVote;

impl Collector for MajorityVote {
    fn name(&self) -> &'static str {
        "MAJORITY_VOTE"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_RATES
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::HistorySize, Parameter::AnswerThreshold]
    }

    /// A task without a majority is heard too: `Agreements` leaves it out, and so no condition is looked at anew.
    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::Majority { .. } => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Agreements {
            answer_threshold: parameters.answer_threshold,
            window: CreditWindow::new(parameters.history_size),
        })
    }
}

#[derive(Debug)]
struct Agreements {
    answer_threshold: u32,
    window: CreditWindow,
}

impl History for Agreements {
    fn takes(&self, event: &Event<'_>) -> bool {
        matches!(event.kind, EventKind::Majority { n_top, .. } if n_top >= self.answer_threshold)
    }

    fn push(&mut self, event: &Event<'_>) {
        if let EventKind::Majority { n_agreeing, .. } = event.kind {
            let is_right = n_agreeing >= self.answer_threshold;
            self.window.push(credit_of(is_right));
        }
    }

    fn clear(&mut self) {
        self.window.clear();
    }

    fn statistics(&self) -> Statistics {
        self.window.tally.statistics(KEYS)
    }
}
