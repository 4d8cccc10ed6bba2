//! The accumulator of a ranking: keeps every answer of every group in few bytes, ranks when asked.
//!
//! It chooses no method and builds no column.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, LargeBinaryArray};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use rayon::prelude::*;

use super::super::grouped_rows::{filtered, selected_groups};
use super::Ranking;
use super::ids::Ids;
use super::ranker::Ranker;
use super::results::{Piece, RankedGroups, as_lists};
use super::rows::{Neighbours, Row, Rows};
use super::state::{Decoder, encode};

/// Rows that one task ranks: a constant, so that the work is cut alike for any number of threads.
const ROWS_PER_TASK: usize = 4096;

/// Long ids are kept from one emission to the next up to this size: sorted input meets them again, but
/// memory must not grow with all ids there are.
const IDLE_ID_BYTES_MAX: usize = 4 << 20;

/// What the long ids of a row left over may need.
const ID_BYTES_PER_ROW: usize = 256;

/// All answers of all groups.
#[derive(Debug)]
pub(super) struct Answers {
    ranking: Arc<Ranking>,
    ids: Ids,
    rows: Rows,
    n_groups: usize,
}

impl Answers {
    pub(super) fn new(ranking: Arc<Ranking>) -> Self {
        Self {
            ranking,
            ids: Ids::default(),
            rows: Rows::default(),
            n_groups: 0,
        }
    }

    /// Reads every row of `values`, each of its group.
    fn keep(&mut self, values: &[ArrayRef], groups: &[usize]) -> Result<()> {
        let columns = self.ranking.columns(values)?;
        columns.check_items()?;
        for (row_idx, group) in groups.iter().enumerate() {
            let ids = columns.ids(row_idx, &mut self.ids);
            let outcome = columns.outcome(row_idx)?;
            let row = Row::new(ids, outcome, columns.weight(row_idx));
            self.rows.push(*group, row);
        }
        Ok(())
    }

    /// Takes out the rows of the groups to emit.
    fn take(&mut self, emit_to: EmitTo) -> Vec<Neighbours> {
        let n_emitted = match emit_to {
            EmitTo::All => self.n_groups,
            EmitTo::First(n_groups) => n_groups,
        };
        self.n_groups = self.n_groups.saturating_sub(n_emitted);
        self.rows.take(n_emitted)
    }

    /// Forgets the long ids that no row needs, where they are many.
    fn forget_ids(&mut self) {
        let n_bytes_needed = self.rows.len() * ID_BYTES_PER_ROW;
        if self.ids.size() <= IDLE_ID_BYTES_MAX.max(2 * n_bytes_needed) {
            return;
        }
        let known = std::mem::take(&mut self.ids);
        let mut bytes = Vec::new();
        for row in self.rows.iter_mut() {
            for id in [&mut row.left, &mut row.right, &mut row.worker] {
                bytes.clear();
                known.append(*id, &mut bytes);
                *id = self.ids.id(&bytes);
            }
        }
    }
}

/// Ranks neighbouring groups, many at once.
fn rank(ranking: &Ranking, ids: &Ids, neighbours: Neighbours) -> Result<Vec<Piece>> {
    let (rows, groups) = neighbours.in_group_order();
    let tasks = cut_into_tasks(&groups);
    let rank_task = |task: &Range<usize>| {
        let mut ranker = Ranker::default();
        let mut results = RankedGroups::default();
        for group in &groups[task.clone()] {
            results.push(ranking, &mut ranker.group(&rows[group.clone()], ids));
        }
        results.finish()
    };
    tasks.par_iter().map(rank_task).collect()
}

/// Neighbouring groups of about [`ROWS_PER_TASK`] rows together.
fn cut_into_tasks(groups: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut tasks = Vec::new();
    let mut start = 0;
    let mut n_rows = 0;
    for (group_idx, group) in groups.iter().enumerate() {
        n_rows += group.len();
        if n_rows >= ROWS_PER_TASK {
            tasks.push(start..group_idx + 1);
            start = group_idx + 1;
            n_rows = 0;
        }
    }
    if start < groups.len() {
        tasks.push(start..groups.len());
    }
    tasks
}

impl GroupsAccumulator for Answers {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.n_groups = total_num_groups;
        if let Some(predicate) = opt_filter {
            let groups = selected_groups(group_indices, predicate);
            return self.keep(&filtered(values, predicate)?, &groups);
        }
        self.keep(values, group_indices)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let taken = self.take(emit_to);
        let (ranking, ids) = (&self.ranking, &self.ids);
        let pieces: Vec<Vec<Piece>> = taken
            .into_par_iter()
            .map(|neighbours| rank(ranking, ids, neighbours))
            .collect::<Result<_>>()?;
        self.forget_ids();
        as_lists(pieces.into_iter().flatten().collect())
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut ranker = Ranker::default();
        let mut bytes = Vec::new();
        let mut offsets = vec![0_i64];
        for neighbours in self.take(emit_to) {
            let (rows, groups) = neighbours.in_group_order();
            for rows_of_group in groups {
                let group = ranker.group(&rows[rows_of_group], &self.ids);
                encode(&group, &mut bytes);
                offsets.push(bytes.len() as i64);
            }
        }
        self.forget_ids();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let states = LargeBinaryArray::try_new(offsets, bytes.into(), None)?;
        Ok(vec![Arc::new(states)])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.n_groups = total_num_groups;
        let [states] = values else {
            return internal_err!("a ranking has one state, not {}", values.len());
        };
        let mut decoder = Decoder::default();
        for (state, group) in states.as_binary::<i64>().iter().zip(group_indices) {
            let rows = &mut self.rows;
            let keep = |row| rows.push(*group, row);
            // A filter may leave a row without a state.
            state.map_or(Ok(()), |bytes| decoder.decode(bytes, &mut self.ids, keep))?;
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let n_rows = values.first().map_or(0, Array::len);
        let mut each = Self::new(Arc::clone(&self.ranking));
        let groups: Vec<usize> = (0..n_rows).collect();
        each.update_batch(values, &groups, opt_filter, n_rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.ids.size() + self.rows.size()
    }
}
