//! Writes the rows of one table into `part-NNNNN.parquet` files of about a million rows.
//!
//! It does not know any table's columns, and never replaces a file that is already there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;

use super::WrittenTable;
use crate::error::{Cause, Error, Result};

/// Rows gathered before they are handed to the Parquet writer.
pub(super) const BATCH_ROWS: usize = 8_192;

const ROWS_PER_FILE: u64 = 1_000_000;
/// Beyond so many rows there are two files at least, so that readers meet more than one.
const ROWS_OF_ONE_FILE_MAX: u64 = 20_000;
const ROWS_PER_ROW_GROUP: usize = 262_144;

/// Rows of one table that wait to be written.
pub(super) trait Rows: Default {
    /// Rows gathered so far.
    fn len(&self) -> usize;
    /// Takes them as columns, in the order of the table's schema.
    fn take(&mut self) -> Vec<ArrayRef>;
}

/// A table that is written row by row: it gathers a batch and hands it on.
pub(super) struct RowWriter<R> {
    writer: PartWriter,
    rows: R,
}

impl<R: Rows> RowWriter<R> {
    /// Nothing is gathered yet.
    pub(super) fn new(writer: PartWriter) -> Self {
        Self {
            writer,
            rows: R::default(),
        }
    }

    /// Lets `push` append a few rows.
    pub(super) fn push(&mut self, push: impl FnOnce(&mut R)) -> Result<()> {
        push(&mut self.rows);
        if self.rows.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is left and closes the last file.
    pub(super) fn finish(mut self) -> Result<WrittenTable> {
        self.flush()?;
        self.writer.finish()
    }

    fn flush(&mut self) -> Result<()> {
        let batch = self.writer.batch(self.rows.take())?;
        self.writer.write(&batch)
    }
}

/// The open table.
pub(super) struct PartWriter {
    table: &'static str,
    folder: PathBuf,
    schema: SchemaRef,
    properties: WriterProperties,
    rows_per_file: u64,
    n_files_planned: u64,
    open: Option<OpenPart>,
    written: WrittenTable,
}

struct OpenPart {
    path: PathBuf,
    writer: ArrowWriter<File>,
    n_rows: u64,
}

impl PartWriter {
    /// Makes the table's folder, which must be absent or empty.
    pub(super) fn create(
        directory: &Path,
        table: &'static str,
        schema: Schema,
        n_rows_expected: u64,
    ) -> Result<Self> {
        let folder = directory.join(table);
        fs::create_dir_all(&folder).map_err(|source| storage("make", &folder, source))?;
        let mut entries =
            fs::read_dir(&folder).map_err(|source| storage("list", &folder, source))?;
        if entries.next().is_some() {
            return Err(Error::Usage(format!(
                "{} is not empty; name another directory, or remove it first",
                folder.display()
            )));
        }
        let n_files_min = if n_rows_expected > ROWS_OF_ONE_FILE_MAX {
            2
        } else {
            1
        };
        let n_files_planned =
            ((n_rows_expected + ROWS_PER_FILE / 2) / ROWS_PER_FILE).max(n_files_min);
        let properties = properties(&schema)?;
        Ok(Self {
            table,
            folder,
            schema: Arc::new(schema),
            properties,
            rows_per_file: n_rows_expected.div_ceil(n_files_planned).max(1),
            n_files_planned,
            open: None,
            written: WrittenTable {
                table,
                n_rows: 0,
                n_bytes: 0,
                n_files: 0,
            },
        })
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Appends rows; a new file begins where the last one is full.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut start = 0;
        while start < batch.num_rows() {
            let mut part = match self.open.take() {
                Some(part) => part,
                None => self.open_part()?,
            };
            let n_free = self.rows_per_file.saturating_sub(part.n_rows) as usize;
            let n_left = batch.num_rows() - start;
            // The count was an estimate: the last planned file takes what is over.
            let is_last_file = self.written.n_files + 1 >= self.n_files_planned;
            let n_now = if is_last_file {
                n_left
            } else {
                n_left.min(n_free)
            };
            part.writer
                .write(&batch.slice(start, n_now))
                .map_err(|source| storage("write", &part.path, source))?;
            part.n_rows += n_now as u64;
            start += n_now;
            if !is_last_file && part.n_rows >= self.rows_per_file {
                self.close(part)?;
            } else {
                self.open = Some(part);
            }
        }
        Ok(())
    }

    /// Closes the last file. A table without rows gets one file, for its schema.
    pub(super) fn finish(mut self) -> Result<WrittenTable> {
        if self.open.is_none() && self.written.n_files == 0 {
            self.open = Some(self.open_part()?);
        }
        if let Some(part) = self.open.take() {
            self.close(part)?;
        }
        Ok(self.written)
    }

    fn open_part(&self) -> Result<OpenPart> {
        let path = self
            .folder
            .join(format!("part-{:05}.parquet", self.written.n_files));
        let file = File::create_new(&path).map_err(|source| storage("create", &path, source))?;
        let writer = ArrowWriter::try_new(file, self.schema(), Some(self.properties.clone()))
            .map_err(|source| storage("write", &path, source))?;
        Ok(OpenPart {
            path,
            writer,
            n_rows: 0,
        })
    }

    fn close(&mut self, part: OpenPart) -> Result<()> {
        let OpenPart {
            path,
            mut writer,
            n_rows,
        } = part;
        writer
            .finish()
            .map_err(|source| storage("write", &path, source))?;
        self.written.n_bytes += writer.bytes_written() as u64;
        self.written.n_rows += n_rows;
        self.written.n_files += 1;
        Ok(())
    }

    /// Builds a batch of this table's columns.
    pub(super) fn batch(&self, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
        RecordBatch::try_new(self.schema(), columns)
            .map_err(|error| Error::Bug(format!("a batch of {} does not fit: {error}", self.table)))
    }
}

/// Nothing in the file depends on the day, the machine or the version of a library.
fn properties(schema: &Schema) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(1).map_err(|error| Error::Bug(error.to_string()))?;
    let mut properties = WriterProperties::builder()
        .set_created_by("crowdrank".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROWS_PER_ROW_GROUP));
    for field in schema.fields() {
        // Different in nearly every row: a dictionary would be given up half way, at a cost.
        if matches!(
            field.name().as_str(),
            "task_id" | "image_url" | "url" | "title"
        ) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::PLAIN);
        }
    }
    Ok(properties.build())
}

fn storage(action: &'static str, path: &Path, source: impl Into<Cause>) -> Error {
    Error::Storage {
        action,
        location: path.display().to_string(),
        source: source.into(),
    }
}
