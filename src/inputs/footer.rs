//! Reads the footer of one Parquet file and finds what is wrong with it before any row is read.
//!
//! It compares no files with each other.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::object_store::path::Path;
use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt};
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use datafusion::parquet::file::statistics::Statistics;

use super::mapping::MappedColumn;
use crate::error::{Error, Result};
use crate::storage::{InputFile, Storage};

/// The smallest file that can be Parquet: two magic words and a footer's length.
const PARQUET_BYTES_MIN: u64 = 12;

/// What a footer tells.
#[derive(Debug)]
pub(super) struct Footer {
    pub(super) n_rows: u64,
    pub(super) schema: SchemaRef,
    metadata: Arc<ParquetMetaData>,
}

/// Reads the footer of `file`.
pub(super) async fn read(file: &InputFile, storage: &Storage) -> Result<Footer> {
    let corrupt = |problem: String| Error::Corrupt {
        location: file.location.to_string(),
        problem,
    };
    if file.size < PARQUET_BYTES_MIN {
        return Err(corrupt(format!(
            "{} bytes are no Parquet file; the upload was cut off or the file was only touched: write it again or remove it",
            file.size
        )));
    }
    let (store, path) = storage.store(&file.location)?;
    let metadata = load_metadata(&*store, &path, file.size)
        .await
        .map_err(|problem| match problem {
            Unread::Storage(source) => Error::Storage {
                action: "read",
                location: file.location.to_string(),
                source: Box::new(source),
            },
            Unread::Damaged(error) => corrupt(format!(
                "its footer cannot be read ({error}); the file is cut off or no Parquet: write it again or remove it"
            )),
        })?;
    check_extents(&metadata, file)?;
    let file_metadata = metadata.file_metadata();
    let schema = parquet_to_arrow_schema(
        file_metadata.schema_descr(),
        file_metadata.key_value_metadata(),
    )
    .map_err(|error| corrupt(format!("its schema cannot be read: {error}")))?;
    let n_rows = u64::try_from(file_metadata.num_rows())
        .map_err(|_| corrupt("its footer counts fewer than no rows".to_owned()))?;
    let metadata = Arc::new(metadata);
    Ok(Footer {
        n_rows,
        schema: Arc::new(schema),
        metadata,
    })
}

/// Why there is no footer.
enum Unread {
    Storage(StoreError),
    Damaged(ParquetError),
}

/// Bytes at the end of a file that are read first: enough for most footers.
const TAIL_BYTES: u64 = 64 << 10;

async fn load_metadata(
    store: &dyn ObjectStore,
    path: &Path,
    n_file_bytes: u64,
) -> std::result::Result<ParquetMetaData, Unread> {
    let mut n_tail_bytes = TAIL_BYTES.min(n_file_bytes);
    loop {
        let tail = n_file_bytes - n_tail_bytes..n_file_bytes;
        let bytes = store.get_range(path, tail).await.map_err(Unread::Storage)?;
        let mut reader = ParquetMetaDataReader::new();
        match reader.try_parse_sized(&bytes, n_file_bytes) {
            Ok(()) => return reader.finish().map_err(Unread::Damaged),
            Err(ParquetError::NeedMoreData(needed))
                if needed as u64 > n_tail_bytes && needed as u64 <= n_file_bytes =>
            {
                n_tail_bytes = needed as u64;
            }
            Err(error) => return Err(Unread::Damaged(error)),
        }
    }
}

/// Every column chunk must lie inside the file.
fn check_extents(metadata: &ParquetMetaData, file: &InputFile) -> Result<()> {
    for (row_group_idx, row_group) in metadata.row_groups().iter().enumerate() {
        for chunk in row_group.columns() {
            let (start, length) = chunk.byte_range();
            if start.checked_add(length).is_none_or(|end| end > file.size) {
                return Err(Error::Corrupt {
                    location: file.location.to_string(),
                    problem: format!(
                        "column {} of row group {row_group_idx} ends beyond the file's {} bytes; the file is cut off: write it again",
                        chunk.column_path(),
                        file.size
                    ),
                });
            }
        }
    }
    Ok(())
}

impl Footer {
    /// Where the footer knows the extremes of an integer column, refuses those beyond 32 bits.
    pub(super) fn check_int32(&self, file: &InputFile, column: &MappedColumn) -> Result<()> {
        let [source] = column.source_columns.as_slice() else {
            return Ok(());
        };
        for (row_group_idx, row_group) in self.metadata.row_groups().iter().enumerate() {
            let chunk = row_group
                .columns()
                .iter()
                .find(|chunk| chunk.column_path().string() == *source);
            let Some(Statistics::Int64(extremes)) = chunk.and_then(|chunk| chunk.statistics())
            else {
                continue;
            };
            let found = [extremes.min_opt(), extremes.max_opt()];
            let too_large = found
                .into_iter()
                .flatten()
                .find(|value| i32::try_from(**value).is_err());
            if let Some(value) = too_large {
                return Err(Error::Corrupt {
                    location: file.location.to_string(),
                    problem: format!(
                        "column {source} ({}): expected int32, found {value} in row group {row_group_idx}; map another column or an expression",
                        column.name
                    ),
                });
            }
        }
        Ok(())
    }

    /// Where the footer counts nulls in a column that must have none, says so; what it does not count is
    /// checked by stage 1.
    pub(super) fn check_not_null(&self, file: &InputFile, column: &MappedColumn) -> Result<()> {
        let [source] = column.source_columns.as_slice() else {
            return Ok(());
        };
        if !column.is_renamed_only {
            return Ok(());
        }
        for (row_group_idx, row_group) in self.metadata.row_groups().iter().enumerate() {
            let chunk = row_group
                .columns()
                .iter()
                .find(|chunk| chunk.column_path().string() == *source);
            let n_nulls = chunk
                .and_then(|chunk| chunk.statistics())
                .and_then(|statistics| statistics.null_count_opt())
                .unwrap_or(0);
            if n_nulls > 0 {
                return Err(Error::Corrupt {
                    location: file.location.to_string(),
                    problem: format!(
                        "column {source}: expected a value in every row ({}), found {n_nulls} nulls in row group {row_group_idx}; fill or drop these rows",
                        column.name
                    ),
                });
            }
        }
        Ok(())
    }
}
