//! One Parquet file of a snapshot, read as the manifest promises it: size, SHA-256 and number of rows.
//!
//! A whole file is in memory, never a whole table: files are written near 128 MiB.

use bytes::Bytes;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Sink;
use crate::error::{Error, Result};
use crate::manifest::{FileEntry, sha256_hex};
use crate::storage::Location;

/// Rows that a sink gets at once.
const BATCH_ROWS: usize = 8192;

/// A file's bytes, and what the manifest says of them.
pub(super) struct StoredFile {
    pub(super) bytes: Bytes,
    pub(super) entry: FileEntry,
    pub(super) location: Location,
}

impl StoredFile {
    /// Gives all rows to `sink`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the file is not the one that the manifest lists.
    pub(super) fn feed(self, sink: &mut dyn Sink) -> Result<()> {
        let Self {
            bytes,
            entry,
            location,
        } = self;
        let corrupt = |problem: String| Error::Corrupt {
            location: location.to_string(),
            problem: format!(
                "{problem}; the manifest promises another file: get the snapshot anew"
            ),
        };
        if bytes.len() as u64 != entry.bytes {
            return Err(corrupt(format!(
                "{} bytes, not {}",
                bytes.len(),
                entry.bytes
            )));
        }
        if sha256_hex(&bytes) != entry.sha256 {
            return Err(corrupt("the SHA-256 differs".to_owned()));
        }
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build())
            .map_err(|error| corrupt(error.to_string()))?;
        let mut n_rows: u64 = 0;
        for batch in reader {
            let batch = batch.map_err(|error| corrupt(error.to_string()))?;
            n_rows += batch.num_rows() as u64;
            sink.write(&batch)?;
        }
        if n_rows != entry.rows {
            return Err(corrupt(format!("{n_rows} rows, not {}", entry.rows)));
        }
        Ok(())
    }
}
