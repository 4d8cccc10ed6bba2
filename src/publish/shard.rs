//! Joins encoded row groups to one Parquet file, and hashes its bytes as they arise.
//!
//! It decides neither where row groups end nor what the file is called, and stores nothing.

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::arrow_writer::ArrowColumnChunk;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::{KeyValue, SortingColumn};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use datafusion::parquet::file::writer::SerializedFileWriter;
use sha2::{Digest, Sha256};

use super::ROW_GROUP_ROWS_MAX;
use super::encoding::Encoder;
use crate::error::{Error, Result};
use crate::manifest::{AsOf, SCHEMA_VERSION, hex};
use crate::storage::blocking;

/// The column that files are sorted by.
pub(super) const SORTING_COLUMN: &str = "qid";

/// The key-value metadata of every file: nothing else may be in it.
pub(super) const METADATA_KEYS: [&str; 2] = ["schema_version", "as_of"];

/// Rows of a page at most: a full row group has four pages per column.
const PAGE_ROWS: usize = ROW_GROUP_ROWS_MAX / 4;

/// What every file names as its writer.
pub(super) fn created_by() -> String {
    format!("crowdrank version {}", env!("CARGO_PKG_VERSION"))
}

/// One file's bytes as they arise; they are taken out after each row group.
pub(super) struct ShardFile {
    /// Absent while a worker thread has it, and for good after a failure there.
    writer: Option<HashedWriter>,
}

struct HashedWriter {
    parquet: SerializedFileWriter<Vec<u8>>,
    sha256: Sha256,
    n_bytes: u64,
}

/// What a complete file is.
pub(super) struct ShardEnd {
    pub(super) last_bytes: Bytes,
    /// Bytes of the whole file.
    pub(super) n_bytes: u64,
    /// SHA-256 of the whole file, in hex.
    pub(super) sha256: String,
    pub(super) n_row_groups: u64,
}

impl ShardFile {
    pub(super) fn new(encoder: &Encoder) -> Result<Self> {
        let writer = HashedWriter {
            parquet: encoder.new_file()?,
            sha256: Sha256::new(),
            n_bytes: 0,
        };
        Ok(Self {
            writer: Some(writer),
        })
    }

    /// Adds a row group; returns the file's next bytes.
    pub(super) async fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<Bytes> {
        let mut writer = self.take_writer()?;
        let (writer, bytes) = blocking(move || {
            writer.append(chunks).map_err(bug)?;
            let bytes = writer.take_bytes().map_err(bug)?;
            Ok::<_, Error>((writer, bytes))
        })
        .await??;
        self.writer = Some(writer);
        Ok(bytes)
    }

    /// Ends the file.
    pub(super) async fn finish(&mut self) -> Result<ShardEnd> {
        let mut writer = self.take_writer()?;
        blocking(move || {
            let metadata = writer.parquet.finish().map_err(bug)?;
            let n_row_groups = metadata.num_row_groups() as u64;
            let last_bytes = writer.take_bytes().map_err(bug)?;
            Ok(ShardEnd {
                last_bytes,
                n_bytes: writer.n_bytes,
                sha256: hex(&writer.sha256.finalize()),
                n_row_groups,
            })
        })
        .await?
    }

    fn take_writer(&mut self) -> Result<HashedWriter> {
        let writer = self.writer.take();
        writer.ok_or_else(|| Error::Bug("a Parquet file was written after its end".to_owned()))
    }
}

impl HashedWriter {
    fn append(&mut self, chunks: Vec<ArrowColumnChunk>) -> ParquetResult<()> {
        let mut row_group = self.parquet.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        Ok(())
    }

    fn take_bytes(&mut self) -> ParquetResult<Bytes> {
        self.parquet.flush()?;
        let bytes = Bytes::from(std::mem::take(self.parquet.inner_mut()));
        self.sha256.update(&bytes);
        self.n_bytes += bytes.len() as u64;
        Ok(bytes)
    }
}

/// How every file of a table is written.
pub(super) fn properties(schema: &SchemaRef, as_of: AsOf) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(3).map_err(bug)?;
    let values = [SCHEMA_VERSION.to_owned(), as_of.to_string()];
    let metadata = METADATA_KEYS.iter().zip(values);
    let metadata = metadata.map(|(key, value)| KeyValue::new((*key).to_owned(), value));
    let builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(level))
        .set_created_by(created_by())
        .set_key_value_metadata(Some(metadata.collect()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        // Page statistics and offsets are the page index.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(false)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_sorting_columns(sorting_columns(schema)?);
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
pub(super) fn bug(error: ParquetError) -> Error {
    Error::Bug(format!("cannot encode Parquet: {error}"))
}
