//! Counting windows that every collector of rates shares: exact sums over the last N events, or over all.
//!
//! It does not know what is counted.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use super::{Key, Statistics, Value};

/// Sums are whole millionths of an answer: adding and removing them in any number never drifts.
const MILLIONTHS: f64 = 1e6;

/// A credit of 0..=1 in millionths.
pub(super) fn millionths(credit: f64) -> i64 {
    (credit * MILLIONTHS).round() as i64
}

/// A full credit or none.
pub(super) fn credit_of(is_success: bool) -> i64 {
    if is_success { 1_000_000 } else { 0 }
}

/// A number of answers and their credit in millionths.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    n_answers: i64,
    credit: i64,
}

impl Tally {
    pub(super) fn add(&mut self, credit: i64) {
        self.n_answers += 1;
        self.credit += credit;
    }

    pub(super) fn add_many(&mut self, n_answers: u32, credit: i64) {
        self.n_answers += i64::from(n_answers);
        self.credit += credit;
    }

    pub(super) fn remove(&mut self, credit: i64) {
        self.n_answers -= 1;
        self.credit -= credit;
    }

    pub(super) fn n_answers(&self) -> f64 {
        self.n_answers as f64
    }

    /// For a collector whose keys are a count, the percentage of successes and that of failures.
    pub(super) fn statistics(&self, keys: &'static [Key]) -> Statistics {
        let values = [
            Value::Number(self.n_answers()),
            Value::of(self.correct_pct()),
            Value::of(self.incorrect_pct()),
        ];
        Statistics::new(keys, values)
    }

    pub(super) fn correct_pct(&self) -> Option<f64> {
        self.share_pct(self.credit)
    }

    pub(super) fn incorrect_pct(&self) -> Option<f64> {
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

/// The credits of the last events; without a size only their sum is kept.
#[derive(Debug, Default)]
pub(super) struct CreditWindow {
    history_size: Option<NonZeroUsize>,
    credits: VecDeque<i64>,
    pub(super) tally: Tally,
}

impl CreditWindow {
    pub(super) fn new(history_size: Option<NonZeroUsize>) -> Self {
        Self {
            history_size,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, credit: i64) {
        self.tally.add(credit);
        let Some(history_size) = self.history_size else {
            return;
        };
        self.credits.push_back(credit);
        if self.credits.len() > history_size.get()
            && let Some(oldest) = self.credits.pop_front()
        {
            self.tally.remove(oldest);
        }
    }

    pub(super) fn clear(&mut self) {
        self.credits.clear();
        self.tally = Tally::default();
    }
}
