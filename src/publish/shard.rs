//! Writes one Parquet file: encodes row groups, hashes the bytes and uploads them as they come.
//!
//! It decides neither where row groups end nor what the file is called.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::object_store::buffered::BufWriter;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::arrow::async_writer::AsyncFileWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{KeyValue, SortingColumn};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use datafusion::parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use super::ROW_GROUP_ROWS_MAX;
use crate::error::{Error, Result};
use crate::manifest::{AsOf, SCHEMA_VERSION, hex};
use crate::storage::{Location, Storage, blocking, failed};

/// The column that files are sorted by.
pub(super) const SORTING_COLUMN: &str = "qid";

/// The key-value metadata of every file: nothing else may be in it.
pub(super) const METADATA_KEYS: [&str; 2] = ["schema_version", "as_of"];

/// What every file names as its writer.
pub(super) fn created_by() -> String {
    format!("crowdrank version {}", env!("CARGO_PKG_VERSION"))
}

/// Encodes the row groups of one file in memory; the bytes are taken out after each of them.
pub(super) struct ShardEncoder {
    /// Absent while a worker thread has it, and for good after a failure there.
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl ShardEncoder {
    pub(super) fn new(schema: &SchemaRef, as_of: AsOf) -> Result<Self> {
        let properties = properties(schema, as_of)?;
        // Without the Arrow schema the file has no metadata but ours.
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options)
            .map_err(bug)?;
        Ok(Self {
            writer: Some(writer),
        })
    }

    /// Adds the batch as one row group; returns the file's next bytes.
    pub(super) async fn row_group(&mut self, batch: RecordBatch) -> Result<Bytes> {
        let mut writer = self.take_writer()?;
        let (writer, bytes) = blocking(move || {
            writer.write(&batch).map_err(bug)?;
            writer.flush().map_err(bug)?;
            let bytes = take_bytes(&mut writer)?;
            Ok::<_, Error>((writer, bytes))
        })
        .await??;
        self.writer = Some(writer);
        Ok(bytes)
    }

    /// Ends the file; returns its last bytes and its number of row groups.
    pub(super) async fn finish(&mut self) -> Result<(Bytes, u64)> {
        let mut writer = self.take_writer()?;
        blocking(move || {
            let metadata = writer.finish().map_err(bug)?;
            let n_row_groups = metadata.num_row_groups() as u64;
            Ok((take_bytes(&mut writer)?, n_row_groups))
        })
        .await?
    }

    fn take_writer(&mut self) -> Result<ArrowWriter<Vec<u8>>> {
        let writer = self.writer.take();
        writer.ok_or_else(|| Error::Bug("a Parquet file was written after its end".to_owned()))
    }
}

fn take_bytes(writer: &mut ArrowWriter<Vec<u8>>) -> Result<Bytes> {
    writer
        .sync()
        .map_err(|error| Error::Bug(format!("cannot take encoded bytes: {error}")))?;
    Ok(Bytes::from(std::mem::take(writer.inner_mut())))
}

fn properties(schema: &SchemaRef, as_of: AsOf) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(3).map_err(bug)?;
    let values = [SCHEMA_VERSION.to_owned(), as_of.to_string()];
    let metadata = METADATA_KEYS.iter().zip(values);
    let metadata = metadata.map(|(key, value)| KeyValue::new((*key).to_owned(), value));
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(level))
        .set_created_by(created_by())
        .set_key_value_metadata(Some(metadata.collect()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        // Page statistics and offsets are the page index.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(false)
        .set_dictionary_enabled(true)
        .set_sorting_columns(sorting_columns(schema)?);
    for field in schema.fields() {
        // Nearly every score differs: a dictionary would be built only to be thrown away.
        match field.data_type() {
            DataType::Float32 | DataType::Float64 => {
                let path = ColumnPath::from(field.name().as_str());
                builder = builder.set_column_dictionary_enabled(path, false);
            }
            DataType::List(element) if element.data_type().is_floating() => {
                let names = [field.name().as_str(), "list", element.name()];
                let path = ColumnPath::new(names.map(str::to_owned).to_vec());
                builder = builder.set_column_dictionary_enabled(path, false);
            }
            _ => {}
        }
    }
    Ok(builder.build())
}

fn sorting_columns(schema: &SchemaRef) -> Result<Option<Vec<SortingColumn>>> {
    // Every published column, list or not, is one Parquet column: the indexes agree.
    let Ok(index) = schema.index_of(SORTING_COLUMN) else {
        return Ok(None);
    };
    let column_idx = i32::try_from(index).map_err(|error| Error::Bug(error.to_string()))?;
    Ok(Some(vec![SortingColumn {
        column_idx,
        descending: false,
        nulls_first: false,
    }]))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err passes")]
fn bug(error: ParquetError) -> Error {
    Error::Bug(format!("cannot encode Parquet: {error}"))
}

/// Uploads one file and hashes what passes; small files in one request, large ones in parts.
pub(super) struct ShardUpload {
    location: Location,
    writer: BufWriter,
    sha256: Sha256,
    n_bytes: u64,
}

impl ShardUpload {
    pub(super) fn new(storage: &Storage, location: Location) -> Result<Self> {
        let (store, path) = storage.store(&location)?;
        Ok(Self {
            location,
            writer: BufWriter::new(store, path),
            sha256: Sha256::new(),
            n_bytes: 0,
        })
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.sha256.update(&bytes);
        self.n_bytes += bytes.len() as u64;
        let put = self.writer.put(bytes).await;
        put.map_err(|error| failed("write", &self.location, error))
    }

    /// Completes the object; returns its size in bytes and its SHA-256 in hex.
    pub(super) async fn finish(mut self) -> Result<(u64, String)> {
        let completed = AsyncFileWriter::complete(&mut self.writer).await;
        if let Err(error) = completed {
            return Err(Error::Storage {
                action: "write",
                location: self.location.to_string(),
                source: Box::new(error),
            });
        }
        Ok((self.n_bytes, hex(&self.sha256.finalize())))
    }

    /// Gives the parts up, as far as the store still listens.
    pub(super) async fn abort(mut self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!(location = %self.location, %error, "cannot abort an upload");
        }
    }
}
