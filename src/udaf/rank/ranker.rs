//! Turns the rows of one group after the other into comparisons with dense numbers.
//!
//! It ranks nothing and keeps buffers only: millions of groups need one of each.

use super::numbering::Numbering;
use super::rows::Row;
use super::state::Names;
use crate::ranking::{Comparison, Outcomes, RowOrder};

/// The buffers of one task.
#[derive(Default)]
pub(super) struct Ranker {
    items: Numbering,
    workers: Numbering,
    comparisons: Vec<Comparison>,
}

impl Ranker {
    /// Numbers items and workers by byte order, so that nothing depends on the order of rows.
    pub(super) fn group<'a>(&'a mut self, rows: &[Row], names: &'a Names) -> Group<'a> {
        self.items.begin(names.items.len().min(2 * rows.len()));
        self.workers.begin(names.workers.len().min(rows.len()));
        self.comparisons.clear();
        self.comparisons.extend(rows.iter().map(|row| Comparison {
            left: self.items.place(row.left),
            right: self.items.place(row.right),
            worker: self.workers.place(row.worker),
            outcome: row.outcome,
            weight: row.weight,
        }));
        let items = self.items.sort(&names.items);
        let workers = self.workers.sort(&names.workers);
        for comparison in &mut self.comparisons {
            comparison.left = items[comparison.left as usize];
            comparison.right = items[comparison.right as usize];
            comparison.worker = workers[comparison.worker as usize];
        }
        Group {
            items: &self.items,
            workers: &self.workers,
            comparisons: &mut self.comparisons,
            names,
        }
    }
}

/// The answers of one group.
pub(super) struct Group<'a> {
    items: &'a Numbering,
    workers: &'a Numbering,
    comparisons: &'a mut Vec<Comparison>,
    names: &'a Names,
}

impl Group<'_> {
    /// The items' ids by number.
    pub(super) fn item_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        let texts = &self.names.items;
        self.items.members().map(|item| texts.text(item))
    }

    /// The workers' ids by number.
    pub(super) fn worker_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        let texts = &self.names.workers;
        self.workers.members().map(|worker| texts.text(worker))
    }

    /// The answers as they were given.
    pub(super) fn comparisons(&self) -> &[Comparison] {
        self.comparisons
    }

    /// The answers, cleaned, in the order that the method wants.
    pub(super) fn outcomes(&mut self, order: RowOrder) -> Outcomes<'_> {
        let n_items = self.items.members().len();
        match order {
            RowOrder::Canonical => Outcomes::prepare(n_items, self.comparisons),
            RowOrder::Time => Outcomes::in_time(n_items, self.comparisons),
        }
    }
}
