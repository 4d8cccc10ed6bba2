//! One stored Parquet file: its bytes against the hash, its footer, and its rows one row group at a time.
//!
//! It reads by ranges, so that no file is in memory whole, and compares with nothing but the file's own entry.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::reader::{ChunkReader, Length};
use sha2::{Digest, Sha256};

use super::findings::Notes;
use crate::error::{Error, Result};
use crate::manifest::{AsOf, FileEntry, SCHEMA_VERSION, hex};
use crate::publish::conform::non_finite;
use crate::publish::shard::{METADATA_KEYS, created_by};
use crate::publish::{ROW_GROUP_ROWS_MAX, tables::column_entries};
use crate::storage::{Location, Storage};

/// Bytes hashed at a time.
const HASHED_BYTES: u64 = 8 << 20;
/// Length and magic word at the end of a file.
const FOOTER_END_BYTES: u64 = 8;

/// Reads ranges from a thread that may wait.
#[derive(Debug, Clone)]
pub(super) struct RangeReader {
    pub(super) storage: Arc<Storage>,
    pub(super) snapshot: Location,
    pub(super) runtime: tokio::runtime::Handle,
}

impl RangeReader {
    /// Must not be called on one of the runtime's own threads.
    fn read(&self, path: &str, start: u64, end: u64) -> Result<Bytes> {
        let location = self.snapshot.join(path);
        let read = self.storage.read_range(&location, start..end);
        self.runtime.block_on(read)
    }
}

/// A stored file whose footer was read.
#[derive(Debug)]
pub(super) struct StoredFile {
    pub(super) path: String,
    n_bytes: u64,
    metadata: ArrowReaderMetadata,
}

/// The bytes of a file from `start` on, as far as they were read.
#[derive(Debug)]
struct Window {
    start: u64,
    bytes: Bytes,
    n_file_bytes: u64,
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.n_file_bytes
    }
}

impl Window {
    fn after(&self, start: u64) -> Result<usize, ParquetError> {
        let offset = start.checked_sub(self.start).map(usize::try_from);
        match offset {
            Some(Ok(offset)) if offset <= self.bytes.len() => Ok(offset),
            _ => Err(ParquetError::EOF(format!(
                "byte {start} was not expected to be read"
            ))),
        }
    }
}

impl ChunkReader for Window {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.bytes.slice(self.after(start)?..).reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let offset = self.after(start)?;
        let end = offset.saturating_add(length);
        if end > self.bytes.len() {
            return Err(ParquetError::EOF(format!(
                "the bytes up to {end} were not read"
            )));
        }
        Ok(self.bytes.slice(offset..end))
    }
}

/// Whether the stored bytes are those that were written.
pub(super) fn has_its_hash(reader: &RangeReader, entry: &FileEntry) -> Result<bool> {
    let mut sha256 = Sha256::new();
    let mut start = 0;
    while start < entry.bytes {
        let end = entry.bytes.min(start + HASHED_BYTES);
        sha256.update(reader.read(&entry.path, start, end)?);
        start = end;
    }
    Ok(hex(&sha256.finalize()) == entry.sha256)
}

impl StoredFile {
    /// Reads the footer and holds it against entry and schema; `None` where its rows cannot be read so.
    pub(super) fn open(
        reader: &RangeReader,
        entry: &FileEntry,
        schema: &SchemaRef,
        as_of: AsOf,
        notes: &mut Notes,
    ) -> Result<Option<Self>> {
        let metadata = match read_footer(reader, entry)? {
            Ok(metadata) => metadata,
            Err(problem) => {
                notes.add_file("footer", &entry.path, &problem.to_string());
                return Ok(None);
            }
        };
        for problem in footer_problems(metadata.metadata(), entry, as_of) {
            notes.add_file("footer", &entry.path, &problem);
        }
        if metadata.schema().fields() != schema.fields() {
            let found = serde_json::to_string(&column_entries(metadata.schema()));
            let problem = format!("columns are {}", found.unwrap_or_default());
            notes.add_file("schema", &entry.path, &problem);
            return Ok(None);
        }
        Ok(Some(Self {
            path: entry.path.clone(),
            n_bytes: entry.bytes,
            metadata,
        }))
    }

    pub(super) fn n_row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// The rows of one row group in one batch, `columns` only.
    pub(super) fn row_group(
        &self,
        reader: &RangeReader,
        index: usize,
        columns: &[usize],
    ) -> Result<Result<RecordBatch, String>> {
        let row_group = self.metadata.metadata().row_group(index);
        let ranges = columns
            .iter()
            .map(|column| row_group.column(*column).byte_range());
        let start = ranges.clone().map(|(start, _)| start).min().unwrap_or(0);
        let end = ranges
            .map(|(start, length)| start + length)
            .max()
            .unwrap_or(0);
        if end > self.n_bytes {
            return Ok(Err(format!(
                "row group {index} lies beyond the end of the file"
            )));
        }
        let window = Window {
            start,
            bytes: reader.read(&self.path, start, end)?,
            n_file_bytes: self.n_bytes,
        };
        let n_rows = usize::try_from(row_group.num_rows()).unwrap_or(0);
        Ok(self
            .decode(window, index, n_rows, columns)
            .map_err(|error| error.to_string()))
    }

    fn decode(
        &self,
        window: Window,
        index: usize,
        n_rows: usize,
        columns: &[usize],
    ) -> Result<RecordBatch, Box<dyn std::error::Error>> {
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(window, self.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let rows = builder
            .with_projection(mask)
            .with_row_groups(vec![index])
            .with_batch_size(n_rows.max(1))
            .build()?;
        let batches = rows.collect::<Result<Vec<_>, _>>()?;
        let schema = Arc::new(self.metadata.schema().project(columns)?);
        Ok(concat_batches(&schema, &batches)?)
    }
}

fn read_footer(
    reader: &RangeReader,
    entry: &FileEntry,
) -> Result<Result<ArrowReaderMetadata, ParquetError>> {
    let n_bytes = entry.bytes;
    let Some(end_start) = n_bytes.checked_sub(FOOTER_END_BYTES) else {
        return Ok(Err(ParquetError::EOF(format!(
            "{n_bytes} bytes are no Parquet file"
        ))));
    };
    let end = reader.read(&entry.path, end_start, n_bytes)?;
    let n_footer_bytes = match end.get(..4).map(<[u8; 4]>::try_from) {
        Some(Ok(bytes)) => u64::from(u32::from_le_bytes(bytes)) + FOOTER_END_BYTES,
        _ => return Err(Error::Bug("a range is shorter than asked for".to_owned())),
    };
    let start = n_bytes.saturating_sub(n_footer_bytes);
    let window = Window {
        start,
        bytes: reader.read(&entry.path, start, n_bytes)?,
        n_file_bytes: n_bytes,
    };
    Ok(ArrowReaderMetadata::load(
        &window,
        ArrowReaderOptions::new(),
    ))
}

fn footer_problems(metadata: &ParquetMetaData, entry: &FileEntry, as_of: AsOf) -> Vec<String> {
    let file = metadata.file_metadata();
    let mut problems = Vec::new();
    if u64::try_from(file.num_rows()) != Ok(entry.rows) {
        problems.push(format!("{} rows, expected {}", file.num_rows(), entry.rows));
    }
    if metadata.num_row_groups() as u64 != entry.row_groups {
        problems.push(format!(
            "{} row groups, expected {}",
            metadata.num_row_groups(),
            entry.row_groups
        ));
    }
    let largest = metadata
        .row_groups()
        .iter()
        .map(RowGroupMetaData::num_rows)
        .max();
    if largest.is_some_and(|n_rows| n_rows > ROW_GROUP_ROWS_MAX as i64) {
        problems.push(format!("a row group has over {ROW_GROUP_ROWS_MAX} rows"));
    }
    if file.created_by() != Some(created_by().as_str()) {
        problems.push(format!("written by {:?}", file.created_by()));
    }
    let found: Vec<(&str, Option<&str>)> = file
        .key_value_metadata()
        .into_iter()
        .flatten()
        .map(|pair| (pair.key.as_str(), pair.value.as_deref()))
        .collect();
    let as_of = as_of.to_string();
    let values = [Some(SCHEMA_VERSION), Some(as_of.as_str())];
    if found != METADATA_KEYS.into_iter().zip(values).collect::<Vec<_>>() {
        problems.push(format!("key-value metadata {found:?}"));
    }
    problems
}

/// Looks for NaN and infinity in one row group, whose first row in the file is `first_row`.
pub(super) fn check_finite(path: &str, first_row: u64, batch: &RecordBatch, notes: &mut Notes) {
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some((index, value)) = non_finite(column) {
            let row = first_row + index as u64;
            let problem = format!("{} is {value} in row {row}", field.name());
            notes.add_file("finite_values", path, &problem);
        }
    }
}

/// The indexes of the columns that hold floats, lists of them too.
pub(super) fn float_columns(schema: &SchemaRef) -> Vec<usize> {
    let fields = schema.fields().iter().enumerate();
    fields
        .filter(|(_, field)| holds_floats(field.data_type()))
        .map(|(index, _)| index)
        .collect()
}

fn holds_floats(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(element) => holds_floats(element.data_type()),
        plain => plain.is_floating(),
    }
}
