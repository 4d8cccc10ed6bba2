//! Turns the rows of one group after the other into comparisons with dense numbers.
//!
//! It ranks nothing and keeps buffers only: millions of groups need one of each.

use super::super::panels::is_weight;
use super::Order;
use super::columns::INSTANT_BYTES;
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
        // What is no weight stays until the answers are cleaned: a state must not lose the row.
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

    /// Drops the rows whose weight is none; how many there were.
    pub(super) fn reject(&mut self) -> usize {
        let n_rows = self.comparisons.len();
        self.comparisons.retain(|row| is_weight(row.weight));
        n_rows - self.comparisons.len()
    }

    /// Makes each answer of an unknown worker one of a worker of its own, for errors by worker.
    pub(super) fn separate_unknown_workers(&mut self) {
        // The empty id comes first in byte order.
        if self.workers.members().next() == Some(Id::EMPTY) {
            for comparison in self.comparisons.iter_mut().filter(|row| row.worker == 0) {
                comparison.worker = Comparison::UNKNOWN_WORKER;
            }
        }
    }

    /// The answers, cleaned, in this order; rows without a weight were rejected before.
    pub(super) fn outcomes(&mut self, order: Order) -> Outcomes<'_> {
        let n_items = self.items.members().len();
        match order {
            Order::Canonical => Outcomes::prepare(n_items, self.comparisons),
            Order::AsGiven => Outcomes::in_time(n_items, self.comparisons),
            Order::ByInstant => {
                self.sort_by_instant();
                Outcomes::in_time(n_items, self.comparisons)
            }
        }
    }

    /// Sorts by instant, with which the workers' ids begin, and numbers the workers without it.
    fn sort_by_instant(&mut self) {
        self.comparisons.sort_unstable_by(|one, other| {
            let key = |row: &Comparison| (row.worker, row.left, row.right, row.outcome);
            key(one)
                .cmp(&key(other))
                .then_with(|| one.weight.total_cmp(&other.weight))
        });
        let worker_of = |id: Id| {
            let mut bytes = Vec::new();
            self.ids.append(id, &mut bytes);
            bytes.split_off(INSTANT_BYTES.min(bytes.len()))
        };
        let workers: Vec<Vec<u8>> = self.workers.members().map(worker_of).collect();
        let mut different = workers.clone();
        different.sort_unstable();
        different.dedup();
        for comparison in self.comparisons.iter_mut() {
            let worker = &workers[comparison.worker as usize];
            comparison.worker = different.partition_point(|known| known < worker) as u32;
        }
    }
}
