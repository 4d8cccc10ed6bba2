//! Cuts a stream of rows into Parquet row groups and shards; the cuts depend on the rows alone.
//!
//! It encodes and copies nothing. A group of rows never crosses a cut, however the rows were batched.

use std::collections::VecDeque;
use std::ops::Range;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int32Type};

use crate::error::{Error, Result};

/// What a row group may hold at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Rows of a row group.
    pub(super) rows: usize,
    /// Plain bytes of a row group: fixed widths, and texts with four bytes of length each.
    pub(super) bytes: u64,
    /// Rows of one group.
    pub(super) group_rows: usize,
}

/// Rows of one row group, as slices of the batches they came in.
#[derive(Debug)]
pub(super) struct RowGroup {
    pub(super) batches: Vec<RecordBatch>,
    pub(super) n_rows: u64,
    /// Plain bytes, as [`Limits`] counts them.
    pub(super) n_bytes: u64,
    /// Whether a shard ends after it.
    pub(super) ends_shard: bool,
}

/// A place between two rows: what lies before it in the whole table.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    n_rows: u64,
    n_bytes: u64,
}

/// Holds at most one row group, one batch and one group.
#[derive(Debug)]
pub(super) struct RowGroupCutter {
    table: String,
    group_column: Option<usize>,
    pub(super) limits: Limits,
    /// The rows at whose number, or at the end of the group there, a shard ends.
    shard_ends: VecDeque<u64>,
    /// The rows after `open`.
    batches: VecDeque<RecordBatch>,
    /// The end of all rows so far, and the group that they end in.
    end: Place,
    last_group: Option<i32>,
    /// The ends of complete groups after `taken`.
    group_ends: VecDeque<Place>,
    /// The start of the open row group.
    open: Place,
    /// The end of the groups that the open row group has.
    taken: Place,
}

impl RowGroupCutter {
    /// A cutter whose groups are runs of one number; without a group column every row is a group.
    pub(super) fn new(table: &str, group_column: Option<usize>, limits: Limits) -> Self {
        Self {
            table: table.to_owned(),
            group_column,
            limits,
            shard_ends: VecDeque::new(),
            batches: VecDeque::new(),
            end: Place::default(),
            last_group: None,
            group_ends: VecDeque::new(),
            open: Place::default(),
            taken: Place::default(),
        }
    }

    /// Divides `n_rows` evenly into shards. Called once the first row group is out: no cut that was
    /// made before may depend on it.
    pub(super) fn set_shards(&mut self, n_rows: u64, n_shards: u64) {
        self.shard_ends = (1..n_shards)
            .map(|shard| n_rows * shard / n_shards)
            .collect();
    }

    /// Takes the next rows.
    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let widths = Widths::of(&batch);
        match self.group_column {
            None => {
                for row in 0..batch.num_rows() {
                    self.pass(&widths, row..row + 1);
                    self.group_ends.push_back(self.end);
                }
            }
            Some(group_column) => self.find_groups(&batch, group_column, &widths)?,
        }
        self.batches.push_back(batch);
        let complete = self.group_ends.back().unwrap_or(&self.taken);
        let n_waiting_rows = self.end.n_rows - complete.n_rows;
        if n_waiting_rows > self.limits.group_rows as u64 {
            return Err(self.too_many_rows(complete.n_rows, n_waiting_rows));
        }
        Ok(())
    }

    /// Says that no rows follow: what waits for the rest of its group is complete.
    pub(super) fn end(&mut self) {
        if self.last_group.take().is_some() {
            self.group_ends.push_back(self.end);
        }
    }

    /// The next complete row group, `None` until more rows come.
    pub(super) fn next_complete(&mut self) -> Result<Option<RowGroup>> {
        while let Some(&group_end) = self.group_ends.front() {
            self.check_group(group_end)?;
            let is_full = group_end.n_rows - self.open.n_rows > self.limits.rows as u64
                || group_end.n_bytes - self.open.n_bytes > self.limits.bytes;
            if is_full && self.taken.n_rows > self.open.n_rows {
                return Ok(Some(self.emit(false)));
            }
            self.group_ends.pop_front();
            self.taken = group_end;
            let is_shard_full = |shard_end: &u64| self.taken.n_rows >= *shard_end;
            if self.shard_ends.front().is_some_and(is_shard_full) {
                self.shard_ends.pop_front();
                return Ok(Some(self.emit(true)));
            }
        }
        Ok(None)
    }

    /// The last, incomplete row group, `None` when nothing is left.
    pub(super) fn rest(&mut self) -> Option<RowGroup> {
        (self.taken.n_rows > self.open.n_rows).then(|| self.emit(false))
    }

    /// Finds where groups end; the last group of the batch stays open, more of it may come.
    fn find_groups(
        &mut self,
        batch: &RecordBatch,
        group_column: usize,
        widths: &Widths,
    ) -> Result<()> {
        let groups = batch
            .column(group_column)
            .as_primitive_opt::<Int32Type>()
            .ok_or_else(|| Error::Bug(format!("{}: groups are no int32", self.table)))?
            .values();
        let mut start = 0;
        for run in groups.chunk_by(|left, right| left == right) {
            let group = run.first().copied();
            if self.last_group.is_some() && self.last_group != group {
                self.group_ends.push_back(self.end);
            }
            self.last_group = group;
            self.pass(widths, start..start + run.len());
            start += run.len();
        }
        Ok(())
    }

    /// Moves the end behind these rows.
    fn pass(&mut self, widths: &Widths, rows: Range<usize>) {
        self.end.n_rows += rows.len() as u64;
        self.end.n_bytes += widths.n_bytes(rows);
    }

    fn check_group(&self, group_end: Place) -> Result<()> {
        let n_rows = group_end.n_rows - self.taken.n_rows;
        if n_rows > self.limits.group_rows.min(self.limits.rows) as u64 {
            return Err(self.too_many_rows(self.taken.n_rows, n_rows));
        }
        let n_bytes = group_end.n_bytes - self.taken.n_bytes;
        if n_bytes > self.limits.bytes {
            return Err(Error::Check {
                name: self.table.clone(),
                problem: format!(
                    "a group of {n_rows} rows after row {} has {n_bytes} bytes; a row group holds \
                     {}, and a group is never cut",
                    self.taken.n_rows, self.limits.bytes
                ),
            });
        }
        Ok(())
    }

    fn too_many_rows(&self, first_row: u64, n_rows: u64) -> Error {
        Error::Check {
            name: self.table.clone(),
            problem: format!(
                "a group after row {first_row} has {n_rows} rows or more; at most {} are allowed",
                self.limits.group_rows.min(self.limits.rows)
            ),
        }
    }

    /// Gives the rows between `open` and `taken` out.
    fn emit(&mut self, ends_shard: bool) -> RowGroup {
        let n_rows = self.taken.n_rows - self.open.n_rows;
        let n_bytes = self.taken.n_bytes - self.open.n_bytes;
        self.open = self.taken;
        let mut batches = Vec::new();
        let mut n_missing = n_rows as usize;
        while n_missing > 0
            && let Some(batch) = self.batches.pop_front()
        {
            if batch.num_rows() > n_missing {
                let rest = batch.slice(n_missing, batch.num_rows() - n_missing);
                self.batches.push_front(rest);
            }
            let batch = batch.slice(0, batch.num_rows().min(n_missing));
            n_missing -= batch.num_rows();
            batches.push(batch);
        }
        RowGroup {
            batches,
            n_rows,
            n_bytes,
            ends_shard,
        }
    }
}

/// What the rows of a batch take: the widths of its fixed columns together, and the others.
struct Widths<'a> {
    fixed: u64,
    varying: Vec<&'a dyn Array>,
}

impl<'a> Widths<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        let columns = batch.columns().iter().map(AsRef::as_ref);
        let (varying, fixed): (Vec<&dyn Array>, Vec<&dyn Array>) =
            columns.partition(|column| is_varying(column.data_type()));
        Self {
            fixed: fixed.iter().map(|column| n_bytes(*column, 0..1)).sum(),
            varying,
        }
    }

    /// The plain size of some rows.
    fn n_bytes(&self, rows: Range<usize>) -> u64 {
        let varying = self.varying.iter();
        let varying: u64 = varying.map(|column| n_bytes(*column, rows.clone())).sum();
        self.fixed * rows.len() as u64 + varying
    }
}

fn is_varying(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::List(_))
}

/// The plain size of some rows of a column.
fn n_bytes(column: &dyn Array, rows: Range<usize>) -> u64 {
    let n_rows = rows.len() as u64;
    match column.data_type() {
        DataType::Utf8 => {
            let offsets = column.as_string::<i32>().value_offsets();
            4 * n_rows + u64::from(offsets[rows.end].abs_diff(offsets[rows.start]))
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let offsets = list.value_offsets();
            let elements = offsets[rows.start] as usize..offsets[rows.end] as usize;
            4 * n_rows + n_bytes(list.values(), elements)
        }
        fixed => n_rows * fixed.primitive_width().unwrap_or(1) as u64,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int32Array};
    use datafusion::arrow::datatypes::Int32Type;

    use super::*;

    const LIMITS: Limits = Limits {
        rows: 10,
        bytes: 1000,
        group_rows: 8,
    };

    /// Groups of the given sizes, as values 0, 0, 1, ...
    fn rows(group_sizes: &[usize]) -> RecordBatch {
        let values = group_sizes
            .iter()
            .enumerate()
            .flat_map(|(group, size)| std::iter::repeat_n(i32::try_from(group).unwrap(), *size));
        let column: ArrayRef = Arc::new(Int32Array::from_iter_values(values));
        RecordBatch::try_from_iter([("qid", column)]).unwrap()
    }

    fn cut(
        batch: &RecordBatch,
        batch_rows: usize,
        limits: Limits,
    ) -> Result<Vec<(Vec<i32>, bool)>> {
        let n_rows = batch.num_rows();
        let mut cutter = RowGroupCutter::new("table", Some(0), limits);
        cutter.set_shards(n_rows as u64, 2);
        let mut groups = Vec::new();
        for start in (0..n_rows).step_by(batch_rows) {
            cutter.push(batch.slice(start, batch_rows.min(n_rows - start)))?;
            while let Some(group) = cutter.next_complete()? {
                groups.push(group);
            }
        }
        cutter.end();
        while let Some(group) = cutter.next_complete()? {
            groups.push(group);
        }
        groups.extend(cutter.rest());
        let values = |group: &RowGroup| {
            let columns = group.batches.iter().map(|batch| batch.column(0));
            let values = columns.flat_map(|column| column.as_primitive::<Int32Type>().values());
            (values.copied().collect(), group.ends_shard)
        };
        Ok(groups.iter().map(values).collect())
    }

    #[test]
    fn cuts_lie_between_groups_and_ignore_the_batches() {
        let batch = rows(&[3, 8, 1, 1, 8, 2, 7, 3]);
        let whole = cut(&batch, 1000, LIMITS).unwrap();
        let sizes: Vec<usize> = whole.iter().map(|(values, _)| values.len()).collect();
        assert_eq!(sizes, [3, 10, 8, 9, 3]);
        let shard_ends: Vec<bool> = whole.iter().map(|(_, ends)| *ends).collect();
        assert_eq!(
            shard_ends,
            [false, false, true, false, false],
            "row 16 is in the third"
        );
        for batch_rows in 1..=12 {
            assert_eq!(
                cut(&batch, batch_rows, LIMITS).unwrap(),
                whole,
                "{batch_rows}"
            );
        }
    }

    #[test]
    fn bytes_cut_as_rows_do_and_a_group_too_large_is_refused() {
        let limits = Limits {
            bytes: 20,
            ..LIMITS
        };
        let sizes: Vec<usize> = cut(&rows(&[2, 2, 2, 1]), 3, limits)
            .unwrap()
            .iter()
            .map(|(values, _)| values.len())
            .collect();
        assert_eq!(sizes, [4, 3]);
        for limits in [limits, LIMITS] {
            for batch_rows in [1, 4, 100] {
                let n_rows = if limits.bytes == 20 { 6 } else { 9 };
                let error = cut(&rows(&[1, n_rows, 1]), batch_rows, limits).unwrap_err();
                assert_eq!(error.exit_code(), 3);
            }
        }
    }

    #[test]
    fn plain_bytes_count_texts_and_lists() {
        let texts: ArrayRef =
            Arc::new(datafusion::arrow::array::StringArray::from(vec!["", "abc"]));
        let lists: ArrayRef = Arc::new(datafusion::arrow::array::ListArray::from_iter_primitive::<
            Int32Type,
            _,
            _,
        >([Some(vec![Some(1), Some(2)]), Some(vec![])]));
        let batch = RecordBatch::try_from_iter([("texts", texts), ("lists", lists)]).unwrap();
        let widths = Widths::of(&batch);
        let row_bytes = |row| widths.n_bytes(row..row + 1);
        assert_eq!(
            [row_bytes(0), row_bytes(1), widths.n_bytes(0..2)],
            [16, 11, 27]
        );
    }
}
