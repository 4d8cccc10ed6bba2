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
use crate::contract::{Kind, Need};
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
    /// Refuses what the footer already tells of a column's values: nulls where there must be none, integers
    /// beyond 32 bits. Notes where it does not tell.
    pub(super) fn check_values(&self, file: &InputFile, column: &mut MappedColumn) -> Result<()> {
        if !column.is_renamed_only {
            column.has_known_nulls = false;
            return Ok(());
        }
        let source = column.source_columns.join(".");
        for (row_group_idx, row_group) in self.metadata.row_groups().iter().enumerate() {
            let chunk = row_group
                .columns()
                .iter()
                .find(|chunk| chunk.column_path().string() == source);
            let Some(chunk) = chunk else {
                // A hive partition: its value stands in the path.
                column.has_known_nulls = false;
                continue;
            };
            let is_nullable = chunk.column_descr().max_def_level() > 0;
            let n_nulls = chunk.statistics().and_then(Statistics::null_count_opt);
            column.has_known_nulls &= !is_nullable || n_nulls.is_some();
            let problem = if column.need == Need::Always && n_nulls.unwrap_or(0) > 0 {
                format!(
                    "expected a value in every row, found {} nulls in row group {row_group_idx}; fill or drop these rows",
                    n_nulls.unwrap_or(0)
                )
            } else if let (Kind::Int32, Some(value)) =
                (column.kind, beyond_int32(chunk.statistics()))
            {
                format!(
                    "expected int32, found {value} in row group {row_group_idx}; map another column or an expression"
                )
            } else {
                continue;
            };
            return Err(Error::Corrupt {
                location: file.location.to_string(),
                problem: format!("column {source} ({}): {problem}", column.name),
            });
        }
        Ok(())
    }
}

/// The smallest or largest value of a 64-bit column, where it does not fit 32 bits.
fn beyond_int32(statistics: Option<&Statistics>) -> Option<i64> {
    let Some(Statistics::Int64(extremes)) = statistics else {
        return None;
    };
    [extremes.min_opt(), extremes.max_opt()]
        .into_iter()
        .flatten()
        .copied()
        .find(|value| i32::try_from(*value).is_err())
}
