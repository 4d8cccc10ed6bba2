//! Writes the rows of one table into one Parquet file, in pieces of bounded size.
//!
//! It does not know any table's columns.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondBuilder};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use super::storage;
use crate::error::{Error, Result};

/// Rows gathered before they are handed to the Parquet writer.
pub(super) const BATCH_ROWS: usize = 8_192;

const ROWS_PER_ROW_GROUP: usize = 262_144;

/// Encoded bytes after which a row group ends early: fields may hold whole pages of text.
const ROW_GROUP_BYTES_MAX: usize = 64 << 20;

/// A table that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenTable {
    pub(crate) table: &'static str,
    pub(crate) n_rows: u64,
    pub(crate) n_bytes: u64,
}

/// The open file of a table.
pub(super) struct RowWriter {
    table: &'static str,
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
    n_rows: u64,
}

impl RowWriter {
    /// Makes `directory/table/part-00000.parquet`.
    pub(super) fn create(directory: &Path, table: &'static str, schema: Schema) -> Result<Self> {
        let folder = directory.join(table);
        fs::create_dir_all(&folder).map_err(|source| storage("make", &folder, source))?;
        let path = folder.join("part-00000.parquet");
        let file = File::create_new(&path).map_err(|source| storage("create", &path, source))?;
        let level = ZstdLevel::try_new(3).map_err(|error| Error::Bug(error.to_string()))?;
        // Nothing in the file depends on the day, the machine or the version of a library.
        let properties = WriterProperties::builder()
            .set_created_by("crowdrank".to_owned())
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(ROWS_PER_ROW_GROUP))
            .build();
        let schema = Arc::new(schema);
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|source| storage("write", &path, source))?;
        Ok(Self {
            table,
            path,
            schema,
            writer,
            n_rows: 0,
        })
    }

    /// Appends rows, given as columns in the order of the schema.
    pub(super) fn write(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| {
            Error::Bug(format!("a batch of {} does not fit: {error}", self.table))
        })?;
        let failed = |source| storage("write", &self.path, source);
        self.writer.write(&batch).map_err(failed)?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES_MAX {
            self.writer.flush().map_err(failed)?;
        }
        self.n_rows += batch.num_rows() as u64;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<WrittenTable> {
        let failed = |source| storage("write", &self.path, source);
        self.writer.finish().map_err(failed)?;
        self.writer
            .inner()
            .sync_all()
            .map_err(|source| storage("write", &self.path, source))?;
        Ok(WrittenTable {
            table: self.table,
            n_rows: self.n_rows,
            n_bytes: self.writer.bytes_written() as u64,
        })
    }
}

/// A finished column of times, with the time zone of the data model.
pub(super) fn instants(builder: &mut TimestampMicrosecondBuilder) -> ArrayRef {
    Arc::new(builder.finish().with_timezone("UTC"))
}
