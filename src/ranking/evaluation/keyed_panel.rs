//! Answers with what an evaluation needs beside them: a key that decides who is held out, and a time.
//!
//! It neither splits nor fits; a `Panel` is the same without keys.

use std::cmp::Ordering;

use super::super::{Comparison, Outcome, Panel};

/// An answer, its key and its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyedAnswer {
    /// Items numbered within the group, workers across all groups; a worker may be unknown.
    pub comparison: Comparison,
    /// A hash of what the answer is (query, items, worker, outcome, or the ids of page and task), never
    /// of where it stands: then the same answers are held out in any order of rows.
    pub key: u64,
    /// When it was given, in any unit; only methods that learn from one answer after the other look.
    pub time: i64,
}

impl KeyedAnswer {
    /// By time; the rest makes the order total, so that it does not depend on the order of rows.
    fn time_cmp(&self, other: &Self) -> Ordering {
        let rest = |answer: &Self| {
            let Comparison {
                left,
                right,
                worker,
                outcome,
                ..
            } = answer.comparison;
            (answer.time, answer.key, left, right, outcome, worker)
        };
        let weights = (&self.comparison.weight, &other.comparison.weight);
        rest(self)
            .cmp(&rest(other))
            .then_with(|| weights.0.total_cmp(weights.1))
    }

    /// What the left side got: 1 won, ½ tie, 0 lost.
    pub(super) fn target(&self) -> f64 {
        match self.comparison.outcome {
            Outcome::Left => 1.0,
            Outcome::Tie => 0.5,
            Outcome::Right => 0.0,
        }
    }
}

/// Many groups of answers, each in the order of time. 40 bytes per answer and 12 per group.
#[derive(Debug, Clone, Default)]
pub struct KeyedPanel {
    answers: Vec<KeyedAnswer>,
    /// Group g has the answers `offsets[g]..offsets[g + 1]`.
    offsets: Vec<usize>,
    n_items: Vec<u32>,
    n_workers: usize,
}

/// One group of a panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyedGroup<'a> {
    pub(super) n_items: usize,
    pub(super) answers: &'a [KeyedAnswer],
}

impl KeyedPanel {
    /// No groups yet; the workers of all groups are numbered `0..n_workers`.
    #[must_use]
    pub fn new(n_workers: usize) -> Self {
        Self {
            offsets: vec![0],
            n_workers,
            ..Self::default()
        }
    }

    /// Adds a group and empties `answers`; self pairs and answers of weight 0 are dropped.
    ///
    /// # Panics
    /// On an item number outside `0..n_items`, a worker outside `0..n_workers`, or a weight that is
    /// negative, infinite or NaN: the caller rejects such rows at its boundary.
    pub fn push(&mut self, n_items: u32, answers: &mut Vec<KeyedAnswer>) {
        for KeyedAnswer { comparison, .. } in answers.iter() {
            comparison.assert_valid(n_items as usize);
            assert!(
                (comparison.worker as usize) < self.n_workers
                    || comparison.worker == Comparison::UNKNOWN_WORKER,
                "worker number out of range"
            );
        }
        answers.retain(|answer| answer.comparison.tells());
        answers.sort_unstable_by(KeyedAnswer::time_cmp);
        self.answers.append(answers);
        self.offsets.push(self.answers.len());
        self.n_items.push(n_items);
    }

    /// How many groups there are.
    #[must_use]
    pub fn n_groups(&self) -> usize {
        self.n_items.len()
    }

    /// How many answers count.
    #[must_use]
    pub fn n_answers(&self) -> usize {
        self.answers.len()
    }

    pub(super) fn group(&self, group_idx: usize) -> KeyedGroup<'_> {
        KeyedGroup {
            n_items: self.n_items[group_idx] as usize,
            answers: &self.answers[self.offsets[group_idx]..self.offsets[group_idx + 1]],
        }
    }

    /// The answers that are wanted, without keys.
    pub(super) fn panel_of(&self, is_wanted: impl Fn(&KeyedAnswer) -> bool) -> Panel {
        let mut panel = Panel::new(self.n_workers);
        let mut comparisons = Vec::new();
        for group_idx in 0..self.n_groups() {
            let group = self.group(group_idx);
            let wanted = group.answers.iter().filter(|answer| is_wanted(answer));
            comparisons.extend(wanted.map(|answer| answer.comparison));
            panel.push(group.n_items as u32, &mut comparisons);
        }
        panel
    }
}
