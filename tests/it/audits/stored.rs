//! Changes stored files as a defect would: the rows are rewritten and the run's entries follow.
//!
//! It writes with the engine's own Parquet writer, not with ours, which refuses what these tests need.

use std::path::PathBuf;
use std::sync::Arc;

use crowdrank::manifest::{FileEntry, sha256_hex};
use crowdrank::publish::WrittenTable;
use crowdrank::storage::Location;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{ArrowPrimitiveType, Int32Type};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::file::properties::WriterProperties;

use crate::rows::{taken, with_column};

/// The stored tables of one run.
pub(crate) struct Stored<'a> {
    folder: PathBuf,
    tables: &'a mut Vec<WrittenTable>,
}

/// How a rewritten file differs from a sound one beside its rows.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) created_by: Option<String>,
    /// The rows of each row group.
    pub(crate) row_group_rows: Vec<usize>,
}

impl<'a> Stored<'a> {
    pub(crate) fn new(snapshot: &Location, tables: &'a mut Vec<WrittenTable>) -> Self {
        Self {
            folder: PathBuf::from(snapshot.to_string()),
            tables,
        }
    }

    /// The path of the first file of a folder such as `pointwise/train`.
    pub(crate) fn path(&mut self, folder: &str) -> PathBuf {
        let path = self.entry(folder).path.clone();
        self.folder.join(path)
    }

    fn entry(&mut self, folder: &str) -> &mut FileEntry {
        let table = self
            .tables
            .iter_mut()
            .find(|table| table.spec.folder == folder);
        let files = &mut table.expect("a written table").files;
        assert_eq!(files.len(), 1, "a small table has one file");
        &mut files[0]
    }

    /// The rows of a table's only file.
    pub(crate) fn rows(&mut self, folder: &str) -> RecordBatch {
        let bytes = bytes::Bytes::from(std::fs::read(self.path(folder)).expect("a stored file"));
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).expect("a footer");
        let schema = Arc::clone(builder.schema());
        let batches: Vec<RecordBatch> = builder
            .build()
            .expect("rows")
            .map(|batch| batch.expect("rows"))
            .collect();
        concat_batches(&schema, &batches).expect("one batch")
    }

    /// Puts `rows` in the place of a table's rows.
    pub(crate) fn write(&mut self, folder: &str, rows: &RecordBatch) {
        let shape = Shape {
            created_by: None,
            row_group_rows: vec![rows.num_rows()],
        };
        self.write_shaped(folder, rows, &shape);
    }

    pub(crate) fn write_shaped(&mut self, folder: &str, rows: &RecordBatch, shape: &Shape) {
        let path = self.path(folder);
        let before = bytes::Bytes::from(std::fs::read(&path).expect("a stored file"));
        let before = ParquetRecordBatchReaderBuilder::try_new(before).expect("a footer");
        let before = before.metadata().file_metadata().clone();
        let created_by = shape.created_by.clone();
        let properties = WriterProperties::builder()
            .set_created_by(created_by.unwrap_or(before.created_by().expect("a writer").to_owned()))
            .set_key_value_metadata(before.key_value_metadata().cloned())
            .build();
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(Vec::new(), rows.schema(), options)
            .expect("a writer");
        let mut start = 0;
        for n_rows in &shape.row_group_rows {
            writer
                .write(&rows.slice(start, *n_rows))
                .expect("written rows");
            writer.flush().expect("a row group");
            start += n_rows;
        }
        let bytes = writer.into_inner().expect("a footer");
        std::fs::write(&path, &bytes).expect("a stored file");
        let qids = rows
            .column_by_name("qid")
            .map(|qids| qids.as_primitive::<Int32Type>().values().to_vec());
        let entry = self.entry(folder);
        entry.rows = rows.num_rows() as u64;
        entry.bytes = bytes.len() as u64;
        entry.sha256 = sha256_hex(&bytes);
        entry.row_groups = shape
            .row_group_rows
            .iter()
            .filter(|n_rows| **n_rows > 0)
            .count() as u64;
        if let Some(qids) = qids {
            (entry.qid_min, entry.qid_max) = (qids.first().copied(), qids.last().copied());
        }
    }

    /// Changes one column of a table.
    pub(crate) fn change(
        &mut self,
        folder: &str,
        column: &str,
        change: impl FnOnce(&RecordBatch, &ArrayRef) -> ArrayRef,
    ) {
        let rows = self.rows(folder);
        let changed = change(&rows, rows.column_by_name(column).expect("a column"));
        self.write(folder, &with_column(&rows, column, changed));
    }

    /// Changes the numbers of one column.
    pub(crate) fn change_numbers<T: ArrowPrimitiveType>(
        &mut self,
        folder: &str,
        column: &str,
        change: impl FnOnce(&mut Vec<T::Native>),
    ) where
        PrimitiveArray<T>: From<Vec<T::Native>>,
    {
        self.change(folder, column, |_, values| {
            let mut values = values.as_primitive::<T>().values().to_vec();
            change(&mut values);
            Arc::new(PrimitiveArray::<T>::from(values))
        });
    }

    /// Changes the texts of one column.
    pub(crate) fn change_texts(
        &mut self,
        folder: &str,
        column: &str,
        change: impl FnOnce(&mut Vec<String>),
    ) {
        self.change(folder, column, |_, values| {
            let texts = values.as_string::<i32>();
            let mut texts: Vec<String> = texts
                .iter()
                .map(|text| text.unwrap_or("").to_owned())
                .collect();
            change(&mut texts);
            Arc::new(StringArray::from(texts))
        });
    }

    /// Keeps these rows of a table only, in this order.
    pub(crate) fn take(&mut self, folder: &str, order: impl FnOnce(&RecordBatch) -> Vec<u64>) {
        let rows = self.rows(folder);
        let kept = taken(&rows, &order(&rows));
        self.write(folder, &kept);
    }

    pub(crate) fn set_all(&mut self, folder: &str, column: &str, value: bool) {
        self.change(folder, column, |_, values| {
            Arc::new(BooleanArray::from(vec![value; values.len()]))
        });
    }
}

/// The numbers of a column.
pub(crate) fn numbers<T: ArrowPrimitiveType>(rows: &RecordBatch, column: &str) -> Vec<T::Native> {
    let column = rows.column_by_name(column).expect("a column");
    column.as_primitive::<T>().values().to_vec()
}
