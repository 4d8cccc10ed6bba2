//! `GOLDEN_SET`: how many control and training answers of the window were right.
//!
//! It does not judge answers: an event brings its credit with it.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::{Collector, Event, EventKind, History, Key, KeyUnit, Statistics};

/// Sums are whole millionths of an answer: adding and removing them in any number never drifts.
const MILLIONTHS: f64 = 1e6;

const KEYS: &[Key] = &[
    count("total_answers_count"),
    percent("correct_answers_rate"),
    percent("incorrect_answers_rate"),
    count("golden_set_answers_count"),
    percent("golden_set_correct_answers_rate"),
    percent("golden_set_incorrect_answers_rate"),
];

const fn count(name: &'static str) -> Key {
    let unit = KeyUnit::Count;
    Key { name, unit }
}

const fn percent(name: &'static str) -> Key {
    let unit = KeyUnit::Percent;
    Key { name, unit }
}

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
        &[
            "RESTRICTION_V2",
            "RESTRICTION",
            "SET_SKILL",
            "SET_SKILL_FROM_OUTPUT_FIELD",
            "APPROVE_ALL_ASSIGNMENTS",
            "REJECT_ALL_ASSIGNMENTS",
        ]
    }

    fn hears(&self, kind: EventKind) -> bool {
        match kind {
            EventKind::Golden | EventKind::Training => true,
        }
    }

    fn history(&self, history_size: Option<NonZeroUsize>) -> Box<dyn History> {
        Box::new(Answers {
            history_size,
            ..Answers::default()
        })
    }
}

/// The answers of the window; without a size only their sums are kept.
#[derive(Debug, Default)]
struct Answers {
    history_size: Option<NonZeroUsize>,
    window: VecDeque<(EventKind, i64)>,
    all: Tally,
    control: Tally,
}

impl History for Answers {
    fn push(&mut self, event: &Event<'_>) {
        let answer = (event.kind, (event.score * MILLIONTHS).round() as i64);
        self.count(answer, 1);
        let Some(history_size) = self.history_size else {
            return;
        };
        self.window.push_back(answer);
        if self.window.len() > history_size.get()
            && let Some(oldest) = self.window.pop_front()
        {
            self.count(oldest, -1);
        }
    }

    fn clear(&mut self) {
        self.window.clear();
        self.all = Tally::default();
        self.control = Tally::default();
    }

    fn statistics(&self) -> Statistics {
        let values = [
            Some(self.all.n_answers as f64),
            self.all.correct_pct(),
            self.all.incorrect_pct(),
            Some(self.control.n_answers as f64),
            self.control.correct_pct(),
            self.control.incorrect_pct(),
        ];
        Statistics::new(KEYS, values)
    }
}

impl Answers {
    fn count(&mut self, (kind, credit): (EventKind, i64), sign: i64) {
        self.all.add(credit, sign);
        if kind == EventKind::Golden {
            self.control.add(credit, sign);
        }
    }
}

/// A number of answers and their credit in millionths.
#[derive(Debug, Default)]
struct Tally {
    n_answers: i64,
    credit: i64,
}

impl Tally {
    fn add(&mut self, credit: i64, sign: i64) {
        self.n_answers += sign;
        self.credit += sign * credit;
    }

    fn correct_pct(&self) -> Option<f64> {
        self.share_pct(self.credit)
    }

    fn incorrect_pct(&self) -> Option<f64> {
        self.share_pct(self.full_credit() - self.credit)
    }

    fn full_credit(&self) -> i64 {
        self.n_answers * 1_000_000
    }

    /// 100·part/whole in one rounding, so that 6 of 10 is 60 exactly.
    fn share_pct(&self, part: i64) -> Option<f64> {
        let whole = self.full_credit();
        (whole > 0).then(|| (100 * part) as f64 / whole as f64)
    }
}
