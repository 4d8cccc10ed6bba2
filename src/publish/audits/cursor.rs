//! Goes through one stored table group by group, with one row group in memory.
//!
//! It looks at nothing but the group numbers and whether numbers are finite.

use std::ops::Range;

use datafusion::arrow::datatypes::SchemaRef;

use super::file::{RangeReader, StoredFile, check_finite};
use super::findings::Notes;
use super::group::RowGroupRows;
use crate::error::Result;

/// Columns that no law reads: the longest texts of the dataset.
const UNREAD_COLUMNS: [&str; 3] = ["prompt", "chosen", "rejected"];

/// Consecutive rows of one row group with one `qid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) qid: i32,
    pub(super) rows: Range<usize>,
    /// The first of them in the whole table.
    pub(super) first_row: u64,
}

/// A place in one stored table.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    reader: &'a RangeReader,
    files: &'a [StoredFile],
    columns: Vec<usize>,
    file_idx: usize,
    next_row_group: usize,
    rows: Option<RowGroupRows>,
    n_rows: usize,
    place: usize,
    n_rows_before: u64,
    n_file_rows_before: u64,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(
        reader: &'a RangeReader,
        files: &'a [StoredFile],
        schema: &SchemaRef,
    ) -> Self {
        let is_read = |name: &str| !UNREAD_COLUMNS.contains(&name);
        let fields = schema.fields().iter().enumerate();
        Self {
            reader,
            files,
            columns: fields
                .filter(|(_, field)| is_read(field.name()))
                .map(|(index, _)| index)
                .collect(),
            file_idx: 0,
            next_row_group: 0,
            rows: None,
            n_rows: 0,
            place: 0,
            n_rows_before: 0,
            n_file_rows_before: 0,
        }
    }

    /// The rows that [`Run`] counts in.
    pub(super) fn rows(&self) -> Option<&RowGroupRows> {
        self.rows.as_ref()
    }

    /// The file that the rows stand in.
    pub(super) fn path(&self) -> &'a str {
        self.files.get(self.file_idx).map_or("", |file| &file.path)
    }

    /// The group at this place, `None` at the end of the table or where a row group cannot be read.
    pub(super) fn peek(&mut self, notes: &mut Notes) -> Result<Option<Run>> {
        while self.place == self.n_rows {
            if !self.load_next(notes)? {
                return Ok(None);
            }
        }
        let Some(rows) = &self.rows else {
            return Ok(None);
        };
        let qids = &rows.qids()?[self.place..];
        let Some(&qid) = qids.first() else {
            return Ok(None);
        };
        let n_rows = qids.iter().take_while(|other| **other == qid).count();
        Ok(Some(Run {
            qid,
            rows: self.place..self.place + n_rows,
            first_row: self.n_rows_before + self.place as u64,
        }))
    }

    pub(super) fn pass(&mut self, run: &Run) {
        self.place = run.rows.end;
    }

    fn load_next(&mut self, notes: &mut Notes) -> Result<bool> {
        self.n_rows_before += self.n_rows as u64;
        self.n_file_rows_before += self.n_rows as u64;
        (self.n_rows, self.place, self.rows) = (0, 0, None);
        let Some(mut file) = self.files.get(self.file_idx) else {
            return Ok(false);
        };
        while self.next_row_group == file.n_row_groups() {
            let Some(next) = self.files.get(self.file_idx + 1) else {
                return Ok(false);
            };
            file = next;
            self.file_idx += 1;
            (self.next_row_group, self.n_file_rows_before) = (0, 0);
        }
        let index = self.next_row_group;
        self.next_row_group += 1;
        match file.row_group(self.reader, index, &self.columns)? {
            Ok(batch) => {
                check_finite(&file.path, self.n_file_rows_before, &batch, notes);
                self.n_rows = batch.num_rows();
                self.rows = Some(RowGroupRows::new(batch));
                Ok(true)
            }
            Err(problem) => {
                notes.add_file("footer", &file.path, &problem);
                Ok(false)
            }
        }
    }
}
