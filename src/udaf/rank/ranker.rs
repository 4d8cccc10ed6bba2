//! Turns the rows of one group after the other into comparisons with dense numbers.
//!
//! It ranks nothing and keeps buffers only: millions of groups need one of each.

use super::ids::{Id, Ids};
use super::numbering::Numbering;
use super::rows::Row;
use crate::ranking::{Comparison, Outcomes};

/// The buffers of one task.
#[derive(Default)]
pub(super) struct Ranker {
    items: Numbering,
    workers: Numbering,
    comparisons: Vec<Comparison>,
}

impl Ranker {
    /// Numbers items and workers by byte order, so that nothing depends on the order of rows.
    pub(super) fn group<'a>(&'a mut self, rows: &[Row], ids: &'a Ids) -> Group<'a> {
        self.items.begin(2 * rows.len());
        self.workers.begin(rows.len());
        self.comparisons.clear();
        self.comparisons.extend(rows.iter().map(|row| Comparison {
            left: self.items.place(row.left),
            right: self.items.place(row.right),
            worker: self.workers.place(row.worker),
            outcome: row.outcome,
            weight: row.weight,
        }));
        let items = self.items.sort(ids);
        let workers = self.workers.sort(ids);
        for comparison in &mut self.comparisons {
            comparison.left = items[comparison.left as usize];
            comparison.right = items[comparison.right as usize];
            comparison.worker = workers[comparison.worker as usize];
        }
        Group {
            items: &self.items,
            workers: &self.workers,
            comparisons: &mut self.comparisons,
            ids,
        }
    }
}

/// The answers of one group.
pub(super) struct Group<'a> {
    items: &'a Numbering,
    workers: &'a Numbering,
    comparisons: &'a mut Vec<Comparison>,
    ids: &'a Ids,
}

impl Group<'_> {
    /// What the ids of items and workers stand for.
    pub(super) fn ids(&self) -> &Ids {
        self.ids
    }

    /// The items by number.
    pub(super) fn items(&self) -> impl ExactSizeIterator<Item = Id> {
        self.items.members()
    }

    /// The workers by number.
    pub(super) fn workers(&self) -> impl ExactSizeIterator<Item = Id> {
        self.workers.members()
    }

    /// The answers as they were given.
    pub(super) fn comparisons(&self) -> &[Comparison] {
        self.comparisons
    }

    /// The answers, cleaned and ordered.
    pub(super) fn outcomes(&mut self) -> Outcomes<'_> {
        Outcomes::prepare(self.items.members().len(), self.comparisons)
    }
}
