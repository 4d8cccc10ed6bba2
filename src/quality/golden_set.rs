//! `GOLDEN_SET`: how many control and training answers of the window were right.
//!
//! It does not judge answers: an event brings its credit with it.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::tally::{Tally, millionths};
use super::{
    Collector, Event, EventKind, GoldenRates, Hearing, History, Key, ON_RATES, Parameter,
    Parameters, PartialCredit, ReplayOptions, Statistics, Value,
};

const KEYS: &[Key] = &[
    Key::count("total_answers_count"),
    Key::percent("correct_answers_rate"),
    Key::percent("incorrect_answers_rate"),
    Key::count("golden_set_answers_count"),
    Key::percent("golden_set_correct_answers_rate"),
    Key::percent("golden_set_incorrect_answers_rate"),
];

#[derive(Debug)]
pub(super) struct GoldenSet;

impl Collector for GoldenSet {
    fn name(&self) -> &'static str {
        "GOLDEN_SET"
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn actions(&self) -> &'static [&'static str] {
        ON_RATES
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::HistorySize]
    }

    fn hears(&self, kind: &EventKind<'_>, _options: &ReplayOptions) -> Hearing {
        match kind {
            EventKind::Golden { .. } | EventKind::Training { .. } => Hearing::Judges,
            _ => Hearing::Ignores,
        }
    }

    fn history(&self, parameters: &Parameters, options: &ReplayOptions) -> Box<dyn History> {
        Box::new(Answers {
            history_size: parameters.history_size,
            golden_rates: options.golden_rates,
            partial_credit: options.partial_credit,
            ..Answers::default()
        })
    }
}

/// The answers of the window; without a size only their sums are kept.
#[derive(Debug, Default)]
struct Answers {
    history_size: Option<NonZeroUsize>,
    golden_rates: GoldenRates,
    partial_credit: PartialCredit,
    window: VecDeque<Answer>,
    all: Tally,
    control: Tally,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    is_control: bool,
    credit: i64,
}

impl History for Answers {
    fn push(&mut self, event: &Event<'_>) {
        let (credit, is_control) = match event.kind {
            EventKind::Golden { credit } => (credit, true),
            EventKind::Training { credit } => (credit, false),
            _ => return,
        };
        let answer = Answer {
            is_control: is_control || self.golden_rates == GoldenRates::ControlAndTraining,
            credit: self.worth(credit),
        };
        self.all.add(answer.credit);
        if answer.is_control {
            self.control.add(answer.credit);
        }
        let Some(history_size) = self.history_size else {
            return;
        };
        self.window.push_back(answer);
        if self.window.len() > history_size.get()
            && let Some(oldest) = self.window.pop_front()
        {
            self.all.remove(oldest.credit);
            if oldest.is_control {
                self.control.remove(oldest.credit);
            }
        }
    }

    fn clear(&mut self) {
        self.window.clear();
        self.all = Tally::default();
        self.control = Tally::default();
    }

    fn statistics(&self) -> Statistics {
        let values = [
            Value::Number(self.all.n_answers()),
            Value::of(self.all.correct_pct()),
            Value::of(self.all.incorrect_pct()),
            Value::Number(self.control.n_answers()),
            Value::of(self.control.correct_pct()),
            Value::of(self.control.incorrect_pct()),
        ];
        Statistics::new(KEYS, values)
    }
}

impl Answers {
    fn worth(&self, credit: f64) -> i64 {
        match self.partial_credit {
            PartialCredit::None if credit < 1.0 => 0,
            PartialCredit::None | PartialCredit::Weight => millionths(credit),
        }
    }
}
