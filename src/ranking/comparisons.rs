//! Answers of one group as the methods get them: cleaned, numbered, in one order.
//!
//! It knows no method and no table.

mod order;

use std::cmp::Ordering;

/// Who won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The item shown on the left.
    Left,
    /// The item shown on the right.
    Right,
    /// Neither: half a win for each.
    Tie,
}

/// One answer, or a sum of equal answers, about two items of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The item on the left, `0..n_items`.
    pub left: u32,
    /// The item on the right, `0..n_items`.
    pub right: u32,
    /// The worker, a dense number within the group, or [`Comparison::UNKNOWN_WORKER`]; only tells workers
    /// apart.
    pub worker: u32,
    /// Who won.
    pub outcome: Outcome,
    /// How much the answer counts; finite, not negative. 0 means: as if it were absent.
    pub weight: f64,
}

impl Comparison {
    /// Nobody knows who answered: errors by worker take each such answer as a worker of its own.
    pub const UNKNOWN_WORKER: u32 = u32::MAX;

    /// Panics on an item number outside `0..n_items`, and on a weight that is none.
    pub(super) fn assert_valid(&self, n_items: usize) {
        let (_, high) = self.low_high();
        assert!((high as usize) < n_items, "item number out of range");
        assert!(
            self.weight.is_finite() && self.weight >= 0.0,
            "weight must be finite and not negative"
        );
    }

    /// Whether it says anything: two different items, and a weight.
    pub(super) fn tells(&self) -> bool {
        self.left != self.right && self.weight > 0.0
    }

    /// The two items, the smaller number first.
    pub(super) fn low_high(&self) -> (u32, u32) {
        (self.left.min(self.right), self.left.max(self.right))
    }

    /// The weight won by the item of the smaller number, and by the other one.
    pub(super) fn won_lost(&self) -> (f64, f64) {
        match self.outcome {
            Outcome::Tie => (0.5 * self.weight, 0.5 * self.weight),
            Outcome::Left if self.left < self.right => (self.weight, 0.0),
            Outcome::Right if self.right < self.left => (self.weight, 0.0),
            Outcome::Left | Outcome::Right => (0.0, self.weight),
        }
    }

    /// One order for every order of rows and every choice of sides: float sums depend on it.
    fn canonical_cmp(&self, other: &Self) -> Ordering {
        let items = |comparison: &Self| {
            let (low, high) = comparison.low_high();
            (u64::from(low) << 32) | u64::from(high)
        };
        let winner = |comparison: &Self| match comparison.outcome {
            Outcome::Left => comparison.left,
            Outcome::Right => comparison.right,
            Outcome::Tie => u32::MAX,
        };
        items(self)
            .cmp(&items(other))
            .then_with(|| winner(self).cmp(&winner(other)))
            .then_with(|| self.weight.total_cmp(&other.weight))
            .then_with(|| self.worker.cmp(&other.worker))
            .then_with(|| self.left.cmp(&other.left))
    }
}

/// The answers of one group, cleaned and in canonical order.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    n_items: usize,
    n_self_pairs: usize,
    comparisons: &'a [Comparison],
}

impl<'a> Outcomes<'a> {
    /// Drops self pairs and rows of weight 0, and sorts the rest in place: by pair of items, winner,
    /// weight, worker, side.
    ///
    /// The caller keeps the buffer, so that millions of groups need one.
    ///
    /// # Panics
    /// On an item number outside `0..n_items`, or a weight that is negative, infinite or NaN: the
    /// caller rejects such rows at its boundary, where it can name them.
    pub fn prepare(n_items: usize, comparisons: &'a mut Vec<Comparison>) -> Self {
        let n_self_pairs = clean(n_items, comparisons);
        order::sort_canonically(n_items, comparisons);
        Self {
            n_items,
            n_self_pairs,
            comparisons,
        }
    }

    /// The same without sorting: the rows stand in the order in which they were answered.
    ///
    /// # Panics
    /// As [`Outcomes::prepare`].
    pub fn in_time(n_items: usize, comparisons: &'a mut Vec<Comparison>) -> Self {
        let n_self_pairs = clean(n_items, comparisons);
        Self {
            n_items,
            n_self_pairs,
            comparisons,
        }
    }

    /// Rows that went through [`Outcomes::prepare`] before.
    pub(super) fn prepared(n_items: usize, comparisons: &'a [Comparison]) -> Self {
        Self {
            n_items,
            n_self_pairs: 0,
            comparisons,
        }
    }

    /// How many items the group has, those without any comparison included.
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// How many rows compared an item with itself; they were dropped.
    pub fn n_self_pairs(&self) -> usize {
        self.n_self_pairs
    }

    /// The comparisons in canonical order; two different items and a positive weight in each.
    pub fn comparisons(&self) -> &'a [Comparison] {
        self.comparisons
    }
}

/// Drops self pairs, which it counts, and rows of weight 0.
fn clean(n_items: usize, comparisons: &mut Vec<Comparison>) -> usize {
    assert!(
        u32::try_from(n_items).is_ok_and(|n_items| n_items < u32::MAX),
        "a group has fewer than 4,294,967,295 items"
    );
    let mut n_self_pairs = 0;
    let mut n_kept = 0;
    for comparison in comparisons.iter() {
        comparison.assert_valid(n_items);
        n_self_pairs += usize::from(comparison.left == comparison.right);
        n_kept += usize::from(comparison.tells());
    }
    if n_kept < comparisons.len() {
        comparisons.retain(Comparison::tells);
    }
    n_self_pairs
}
