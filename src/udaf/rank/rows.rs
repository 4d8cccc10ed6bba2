//! Rows of many groups, 48 bytes each, kept beside those of neighbouring groups as they arrive.
//!
//! So results need no copy of everything in group order: one bucket of groups is sorted at a time, and
//! its memory goes when it is done. Blocks never move: there is no slack of doubled vectors.

use std::collections::VecDeque;
use std::ops::Range;

use super::ids::Id;
use crate::ranking::Outcome;

/// One answer; its ids belong to the accumulator's [`super::ids::Ids`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) left: Id,
    pub(super) right: Id,
    pub(super) worker: Id,
    /// The group's place in its bucket.
    group: u16,
    pub(super) outcome: Outcome,
    pub(super) weight: f64,
}

impl Row {
    pub(super) fn new([left, right, worker]: [Id; 3], outcome: Outcome, weight: f64) -> Self {
        Self {
            left,
            right,
            worker,
            group: 0,
            outcome,
            weight,
        }
    }
}

/// Groups of a bucket: few enough that its rows fit the processor's cache, and a `u16` tells them apart.
const GROUPS_PER_BUCKET: usize = 4096;

/// Rows of a block.
const ROWS_PER_BLOCK: usize = 256;

/// All rows, by group.
#[expect(clippy::struct_field_names, reason = "counts begin with n_ everywhere")]
#[derive(Debug, Default)]
pub(super) struct Rows {
    buckets: VecDeque<Bucket>,
    /// Groups that were taken: the engine numbers the others from 0 again, we do not.
    n_taken: usize,
    n_blocks: usize,
    n_rows: usize,
}

/// Rows of neighbouring groups, in order of arrival.
#[derive(Debug, Default)]
struct Bucket {
    blocks: Vec<Vec<Row>>,
}

impl Bucket {
    /// Whether a block was added.
    fn push(&mut self, row: Row) -> bool {
        if let Some(block) = self.blocks.last_mut()
            && block.len() < ROWS_PER_BLOCK
        {
            block.push(row);
            return false;
        }
        let mut block = Vec::with_capacity(ROWS_PER_BLOCK);
        block.push(row);
        self.blocks.push(block);
        true
    }
}

impl Rows {
    /// Adds a row of `group`, numbered without those that were taken.
    pub(super) fn push(&mut self, group: usize, row: Row) {
        let group = group + self.n_taken;
        let bucket_idx = group / GROUPS_PER_BUCKET - self.n_taken / GROUPS_PER_BUCKET;
        if bucket_idx >= self.buckets.len() {
            self.buckets.resize_with(bucket_idx + 1, Bucket::default);
        }
        let row = Row {
            group: (group % GROUPS_PER_BUCKET) as u16,
            ..row
        };
        let is_longer = self.buckets[bucket_idx].push(row);
        self.n_blocks += usize::from(is_longer);
        self.n_rows += 1;
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.n_rows
    }

    /// Bytes of memory held.
    pub(super) fn size(&self) -> usize {
        self.n_blocks * (ROWS_PER_BLOCK * size_of::<Row>() + size_of::<Vec<Row>>())
            + self.buckets.capacity() * size_of::<Bucket>()
    }

    /// Takes out the first `n_groups` groups; the others are numbered from 0 from now on.
    pub(super) fn take(&mut self, n_groups: usize) -> Vec<Neighbours> {
        let end = self.n_taken + n_groups;
        let mut taken = Vec::with_capacity(n_groups / GROUPS_PER_BUCKET + 2);
        while self.n_taken < end {
            let first = self.n_taken % GROUPS_PER_BUCKET;
            let next = (self.n_taken - first + GROUPS_PER_BUCKET).min(end);
            let groups = first..first + (next - self.n_taken);
            let bucket = if groups.end == GROUPS_PER_BUCKET {
                self.buckets.pop_front().unwrap_or_default()
            } else {
                self.split_first(groups.end)
            };
            self.n_taken = next;
            taken.push(Neighbours {
                groups,
                blocks: bucket.blocks,
            });
        }
        let rows_left = self.buckets.iter().flat_map(|bucket| &bucket.blocks);
        (self.n_blocks, self.n_rows) = rows_left.fold((0, 0), |(n_blocks, n_rows), block| {
            (n_blocks + 1, n_rows + block.len())
        });
        if self.n_rows == 0 {
            *self = Self::default();
        }
        taken
    }

    /// The rows of the first bucket whose groups are below `end`; the others stay.
    fn split_first(&mut self, end: usize) -> Bucket {
        let Some(first) = self.buckets.front_mut() else {
            return Bucket::default();
        };
        let mut taken = Bucket::default();
        let mut kept = Bucket::default();
        for row in std::mem::take(first).blocks.into_iter().flatten() {
            let part = if usize::from(row.group) < end {
                &mut taken
            } else {
                &mut kept
            };
            part.push(row);
        }
        *first = kept;
        taken
    }

    /// Every row left, to change its ids.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        let buckets = self.buckets.iter_mut();
        buckets.flat_map(|bucket| bucket.blocks.iter_mut().flatten())
    }
}

/// Neighbouring groups that were taken out.
#[derive(Debug)]
pub(super) struct Neighbours {
    groups: Range<usize>,
    blocks: Vec<Vec<Row>>,
}

impl Neighbours {
    /// Their rows in group order, within a group in order of arrival, and where each group's rows stand.
    pub(super) fn in_group_order(self) -> (Vec<Row>, Vec<Range<usize>>) {
        let place = |row: &Row| usize::from(row.group) - self.groups.start;
        let mut ranges = vec![0..0; self.groups.len()];
        for row in self.blocks.iter().flatten() {
            ranges[place(row)].end += 1;
        }
        let mut n_rows = 0;
        for range in &mut ranges {
            let length = range.end;
            // Until the rows stand in place, a range ends where its next row goes.
            *range = n_rows..n_rows;
            n_rows += length;
        }
        let Some(any) = self.blocks.first().and_then(|block| block.first()) else {
            return (Vec::new(), ranges);
        };
        let mut rows = vec![*any; n_rows];
        for block in &self.blocks {
            for row in block {
                let range = &mut ranges[place(row)];
                rows[range.end] = *row;
                range.end += 1;
            }
        }
        (rows, ranges)
    }
}
