//! `TRAINING`: how well the worker did on the training pages of a pool, by first attempts.
//!
//! The platform does not document it; the keys are those of its own client's tests.

use super::tally::Tally;
use super::{
    Collector, Event, EventKind, Hearing, History, Key, KeyUnit, ON_RATES, Parameters,
    ReplayOptions, Statistics, Value,
};

const KEYS: &[Key] = &[
    Key::count("submitted_assignments_count"),
    Key::count("total_answers_count"),
    Key::percent("correct_answers_rate"),
    Key::percent("incorrect_answers_rate"),
    Key {
        name: "next_assignment_available",
        unit: KeyUnit::Flag,
    },
];

#[derive(Debug)]
pub(super) struct Training;

impl Collector for Training {
    fn name(&self) -> &'static str {
        "TRAINING"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_RATES
    }

    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::TrainingPage { .. } => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, _parameters: &Parameters, _options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Lessons::default())
    }
}

#[derive(Debug, Default)]
struct Lessons {
    n_pages: usize,
    tally: Tally,
    is_next_available: bool,
}

impl History for Lessons {
    fn push(&mut self, event: &Event<'_>) {
        let EventKind::TrainingPage {
            n_answers,
            credit,
            is_next_available,
        } = event.kind
        else {
            return;
        };
        self.n_pages += 1;
        self.tally.add_many(n_answers, credit);
        self.is_next_available = is_next_available;
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn statistics(&self) -> Statistics {
        let values = [
            Value::count(self.n_pages),
            Value::Number(self.tally.n_answers()),
            Value::of(self.tally.correct_pct()),
            Value::of(self.tally.incorrect_pct()),
            Value::Number(f64::from(u8::from(self.is_next_available))),
        ];
        Statistics::new(KEYS, values)
    }
}
