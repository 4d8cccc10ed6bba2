//! Cuts a stream of rows into Parquet row groups and shards; the cuts depend on the rows alone.
//!
//! It encodes nothing. A group of rows never crosses a cut, however the rows were batched.

use std::collections::VecDeque;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::{concat_batches, partition};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;

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

/// Rows of one row group, in one batch.
#[derive(Debug)]
pub(super) struct RowGroup {
    pub(super) batch: RecordBatch,
    /// Whether a shard ends after it.
    pub(super) ends_shard: bool,
}

/// Rows whose groups are complete, not yet given to a row group.
#[derive(Debug)]
struct Piece {
    batch: RecordBatch,
    /// The end row of each group.
    ends: Vec<usize>,
    /// Plain bytes of the rows before each row, and of all rows at last.
    bytes_before: Vec<u64>,
    n_groups_done: usize,
    /// The first row that is in no finished row group and not in `open`.
    start: usize,
}

/// Holds at most one row group, one batch and one group.
#[derive(Debug)]
pub(super) struct RowGroupCutter {
    table: String,
    schema: SchemaRef,
    group_column: Option<usize>,
    limits: Limits,
    /// The rows at whose number, or at the end of the group there, a shard ends.
    shard_ends: VecDeque<u64>,
    /// The last group of the rows so far; more of it may come.
    tail: Option<RecordBatch>,
    pieces: VecDeque<Piece>,
    open: Vec<RecordBatch>,
    n_open_rows: usize,
    n_open_bytes: u64,
    n_taken_rows: u64,
}

impl RowGroupCutter {
    /// A cutter of rows of `schema`; without a group column every row is a group.
    pub(super) fn new(
        table: &str,
        schema: SchemaRef,
        group_column: Option<usize>,
        limits: Limits,
    ) -> Self {
        Self {
            table: table.to_owned(),
            schema,
            group_column,
            limits,
            shard_ends: VecDeque::new(),
            tail: None,
            pieces: VecDeque::new(),
            open: Vec::new(),
            n_open_rows: 0,
            n_open_bytes: 0,
            n_taken_rows: 0,
        }
    }

    /// Divides `n_rows` evenly into shards. Called once the first row group is out: no cut that was
    /// made before may depend on it.
    pub(super) fn set_shards(&mut self, n_rows: u64, n_shards: u64) {
        self.shard_ends = (1..n_shards)
            .map(|shard| n_rows * shard / n_shards)
            .collect();
    }

    /// Takes the next rows, already under the schema.
    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let Some(group_column) = self.group_column else {
            let ends = (1..=batch.num_rows()).collect();
            self.push_piece(batch, ends);
            return Ok(());
        };
        let rows = match self.tail.take() {
            Some(tail) => concat_batches(&self.schema, [&tail, &batch]).map_err(bug)?,
            None => batch,
        };
        let groups = partition(&[std::sync::Arc::clone(rows.column(group_column))])
            .map_err(bug)?
            .ranges();
        let tail_start = groups.last().map_or(0, |group| group.start);
        let tail = rows.slice(tail_start, rows.num_rows() - tail_start);
        if tail.num_rows() > self.limits.group_rows {
            return Err(self.too_many_rows(tail.num_rows()));
        }
        self.tail = Some(tail);
        let ends: Vec<usize> = groups
            .iter()
            .map(|group| group.end)
            .filter(|end| *end <= tail_start)
            .collect();
        if !ends.is_empty() {
            self.push_piece(rows.slice(0, tail_start), ends);
        }
        Ok(())
    }

    /// Says that no rows follow: what waits for the rest of its group is complete.
    pub(super) fn end(&mut self) {
        if let Some(tail) = self.tail.take() {
            let ends = vec![tail.num_rows()];
            self.push_piece(tail, ends);
        }
    }

    /// The next complete row group, `None` until more rows come.
    pub(super) fn next_complete(&mut self) -> Result<Option<RowGroup>> {
        while let Some(mut piece) = self.pieces.pop_front() {
            if let Some(ends_shard) = self.take_groups(&mut piece)? {
                self.pieces.push_front(piece);
                return self.emit(ends_shard).map(Some);
            }
        }
        Ok(None)
    }

    /// The last, incomplete row group, `None` when nothing is left.
    pub(super) fn rest(&mut self) -> Result<Option<RowGroup>> {
        if self.n_open_rows == 0 {
            return Ok(None);
        }
        self.emit(false).map(Some)
    }

    /// Opens groups of the piece until the row group is complete: then says whether a shard ends.
    fn take_groups(&mut self, piece: &mut Piece) -> Result<Option<bool>> {
        let mut taken = piece.ends[..piece.n_groups_done]
            .last()
            .copied()
            .unwrap_or(0);
        while let Some(&end) = piece.ends.get(piece.n_groups_done) {
            let n_rows = end - taken;
            let n_bytes = piece.bytes_before[end] - piece.bytes_before[taken];
            self.check_group(n_rows, n_bytes)?;
            let is_full = self.n_open_rows + n_rows > self.limits.rows
                || self.n_open_bytes + n_bytes > self.limits.bytes;
            if is_full && self.n_open_rows > 0 {
                self.open_rows(piece, taken);
                return Ok(Some(false));
            }
            self.n_open_rows += n_rows;
            self.n_open_bytes += n_bytes;
            self.n_taken_rows += n_rows as u64;
            piece.n_groups_done += 1;
            taken = end;
            let is_shard_full = |shard_end: &u64| self.n_taken_rows >= *shard_end;
            if self.shard_ends.front().is_some_and(is_shard_full) {
                self.shard_ends.pop_front();
                self.open_rows(piece, taken);
                return Ok(Some(true));
            }
        }
        self.open_rows(piece, taken);
        Ok(None)
    }

    fn open_rows(&mut self, piece: &mut Piece, end: usize) {
        if end > piece.start {
            self.open
                .push(piece.batch.slice(piece.start, end - piece.start));
            piece.start = end;
        }
    }

    fn check_group(&self, n_rows: usize, n_bytes: u64) -> Result<()> {
        if n_rows > self.limits.group_rows.min(self.limits.rows) {
            return Err(self.too_many_rows(n_rows));
        }
        if n_bytes > self.limits.bytes {
            return Err(Error::Check {
                name: self.table.clone(),
                problem: format!(
                    "a group of {n_rows} rows after row {} has {n_bytes} bytes; a row group holds \
                     {}, and a group is never cut",
                    self.n_taken_rows, self.limits.bytes
                ),
            });
        }
        Ok(())
    }

    fn too_many_rows(&self, n_rows: usize) -> Error {
        Error::Check {
            name: self.table.clone(),
            problem: format!(
                "a group after row {} has {n_rows} rows or more; at most {} are allowed",
                self.n_taken_rows,
                self.limits.group_rows.min(self.limits.rows)
            ),
        }
    }

    fn emit(&mut self, ends_shard: bool) -> Result<RowGroup> {
        let batch = concat_batches(&self.schema, &self.open).map_err(bug)?;
        self.open.clear();
        (self.n_open_rows, self.n_open_bytes) = (0, 0);
        Ok(RowGroup { batch, ends_shard })
    }

    fn push_piece(&mut self, batch: RecordBatch, ends: Vec<usize>) {
        let bytes_before = bytes_before_rows(&batch);
        self.pieces.push_back(Piece {
            batch,
            ends,
            bytes_before,
            n_groups_done: 0,
            start: 0,
        });
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err passes")]
fn bug(error: ArrowError) -> Error {
    Error::Bug(format!("cannot cut rows: {error}"))
}

/// Running sums of the rows' plain sizes: one more than there are rows.
fn bytes_before_rows(batch: &RecordBatch) -> Vec<u64> {
    let mut sizes = vec![0_u64; batch.num_rows()];
    for column in batch.columns() {
        add_bytes(column, &mut sizes);
    }
    let mut total = 0;
    let sums = sizes.into_iter().map(|size| {
        total += size;
        total
    });
    std::iter::once(0).chain(sums).collect()
}

fn add_bytes(column: &dyn Array, sizes: &mut [u64]) {
    match column.data_type() {
        DataType::Utf8 => {
            let offsets = column.as_string::<i32>().value_offsets();
            for (size, ends) in sizes.iter_mut().zip(offsets.windows(2)) {
                *size += 4 + u64::from(ends[1].abs_diff(ends[0]));
            }
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>();
            let mut element_sizes = vec![0; list.values().len()];
            add_bytes(list.values(), &mut element_sizes);
            for (size, ends) in sizes.iter_mut().zip(list.value_offsets().windows(2)) {
                let elements = &element_sizes[ends[0] as usize..ends[1] as usize];
                *size += 4 + elements.iter().sum::<u64>();
            }
        }
        fixed => {
            let width = fixed.primitive_width().unwrap_or(1) as u64;
            for size in sizes {
                *size += width;
            }
        }
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
        let mut cutter = RowGroupCutter::new("table", batch.schema(), Some(0), limits);
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
        groups.extend(cutter.rest()?);
        let values = |group: &RowGroup| {
            let column = group.batch.column(0).as_primitive::<Int32Type>();
            (column.values().to_vec(), group.ends_shard)
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
        assert_eq!(bytes_before_rows(&batch), [0, 16, 27]);
    }
}
