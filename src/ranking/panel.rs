//! The answers of many groups at once, for what is learnt across them: workers, sides, ties, priors.
//!
//! It computes nothing.

use super::{Comparison, Outcomes};

/// Many groups, one after the other. 24 bytes per answer and 12 per group.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    comparisons: Vec<Comparison>,
    /// Group g has the comparisons `offsets[g]..offsets[g + 1]`.
    offsets: Vec<usize>,
    n_items: Vec<u32>,
    n_workers: usize,
}

impl Panel {
    /// No groups yet; the workers of all groups are numbered `0..n_workers`.
    #[must_use]
    pub fn new(n_workers: usize) -> Self {
        Self {
            offsets: vec![0],
            n_workers,
            ..Self::default()
        }
    }

    /// Adds a group, cleaned and ordered as by [`Outcomes::prepare`] (which see for panics); empties `comparisons`.
    ///
    /// Items are numbered within the group, workers across all of them.
    pub fn push(&mut self, n_items: u32, comparisons: &mut Vec<Comparison>) {
        let outcomes = Outcomes::prepare(n_items as usize, comparisons);
        self.comparisons.extend_from_slice(outcomes.comparisons());
        comparisons.clear();
        self.offsets.push(self.comparisons.len());
        self.n_items.push(n_items);
    }

    /// How many groups there are.
    #[must_use]
    pub fn n_groups(&self) -> usize {
        self.n_items.len()
    }

    /// How many workers the groups share.
    #[must_use]
    pub fn n_workers(&self) -> usize {
        self.n_workers
    }

    /// All comparisons, group after group.
    #[must_use]
    pub fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }

    /// One group.
    #[must_use]
    pub fn group(&self, group_idx: usize) -> Outcomes<'_> {
        let rows = self.offsets[group_idx]..self.offsets[group_idx + 1];
        Outcomes::prepared(self.n_items[group_idx] as usize, &self.comparisons[rows])
    }
}
