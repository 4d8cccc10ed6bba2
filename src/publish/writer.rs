//! Writes one table folder: checked rows in, Parquet shards with known hashes out.
//!
//! It commits nothing: what it wrote is invisible until a commit names the snapshot.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use futures::{Stream, StreamExt, pin_mut};

use super::conform::conform;
use super::encoding::{EncodedRowGroup, Encoder};
use super::in_flight::InFlight;
use super::layout::shard_name;
use super::row_groups::{Limits, RowGroup, RowGroupCutter};
use super::shard::{SORTING_COLUMN, ShardFile};
use super::tables::published_schema;
use super::upload::{PART_BYTES, Upload};
use super::{GROUP_ROWS_MAX, ROW_GROUP_BYTES_MAX, ROW_GROUP_ROWS_MAX};
use super::{SHARD_BYTES_TARGET, SHARD_ROWS_MIN};
use crate::error::{Error, Result};
use crate::manifest::{AsOf, FileEntry};
use crate::storage::{Location, Storage};

/// What to write: one table, or one split of a table.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The table's name, which is also its first folder.
    pub table: String,
    /// Below the snapshot: `pointwise/train`, `items`.
    pub folder: String,
    /// The first part of the file names: `train`, `items`.
    pub prefix: String,
    /// The columns of every file.
    pub schema: SchemaRef,
    /// The column whose changes separate groups; without one, every row is a group.
    pub group_column: Option<usize>,
    /// A larger group is an error.
    pub group_rows_max: usize,
    /// The exact number of rows that will come; the number of shards follows from it.
    pub n_rows: u64,
}

impl TableSpec {
    /// One split of `pointwise`, `pairs` or `lists`, grouped by `qid`.
    ///
    /// Only `pointwise` groups are limited to [`GROUP_ROWS_MAX`] rows (its items); those of `pairs`
    /// must fit into a row group.
    /// `features` are the feature columns of `pointwise`.
    pub fn of_split(table: &str, split: &str, n_rows: u64, features: &[String]) -> Result<Self> {
        let schema = Arc::new(published_schema(table, features)?);
        Ok(Self {
            table: table.to_owned(),
            folder: format!("{table}/{split}"),
            prefix: split.to_owned(),
            group_column: schema.index_of(SORTING_COLUMN).ok(),
            schema,
            group_rows_max: if table == "pairs" {
                ROW_GROUP_ROWS_MAX
            } else {
                GROUP_ROWS_MAX
            },
            n_rows,
        })
    }

    /// A table without splits and groups.
    pub fn of_table(table: &str, n_rows: u64) -> Result<Self> {
        Ok(Self {
            table: table.to_owned(),
            folder: table.to_owned(),
            prefix: table.to_owned(),
            schema: Arc::new(published_schema(table, &[])?),
            group_column: None,
            group_rows_max: GROUP_ROWS_MAX,
            n_rows,
        })
    }
}

/// What was written.
#[derive(Debug, Clone)]
pub struct WrittenTable {
    /// What was asked for.
    pub spec: TableSpec,
    /// Its files in row order, at least one.
    pub files: Vec<FileEntry>,
}

impl WrittenTable {
    /// Rows in all files.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Size of all files.
    #[must_use]
    pub fn n_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Writes one table folder: rows are cut as they come, row groups are encoded on the thread pool, and what is encoded
/// goes into the files in row order.
///
/// In memory are at most the row groups of [`InFlight`], one more that is cut or appended, one batch and the upload's
/// parts.
///
/// Number and borders of the shards depend on the rows alone. The first row group is encoded before
/// its file has a name: its bytes per row and the promised number of rows give the number of
/// shards, so names can say `-of-00008` without a rename, which buckets do not have.
pub struct TableWriter {
    storage: Arc<Storage>,
    snapshot: Location,
    spec: TableSpec,
    pub(super) sharding: Sharding,
    pub(super) in_flight: InFlight,
    pub(super) part_bytes: usize,
    pub(super) cutter: RowGroupCutter,
    as_of: AsOf,
    /// Made for the first row group or file.
    encoder: Option<Arc<Encoder>>,
    n_rows: u64,
    n_shards: Option<usize>,
    shard: Option<Shard>,
    files: Vec<FileEntry>,
}

/// How large a file should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sharding {
    pub(super) bytes_target: u64,
    /// More shards than rows justify would leave some empty.
    pub(super) rows_min: u64,
}

impl Sharding {
    /// The number of shards: rows times the bytes per row of the first row group, over the target.
    pub(super) fn n_shards(self, n_rows: u64, n_sample_rows: u64, n_sample_bytes: u64) -> u64 {
        let n_sample_rows = u128::from(n_sample_rows.max(1));
        let n_bytes = u128::from(n_rows) * u128::from(n_sample_bytes) / n_sample_rows;
        let target = u128::from(self.bytes_target);
        let nearest = u64::try_from((n_bytes + target / 2) / target).unwrap_or(u64::MAX);
        nearest.min(n_rows / self.rows_min).max(1)
    }
}

/// The file being written. It has a name once its first bytes are known.
struct Shard {
    file: ShardFile,
    upload: Option<Upload>,
    path: String,
    n_rows: u64,
    qids: Option<(i32, i32)>,
}

impl Shard {
    fn count(&mut self, row_group: &EncodedRowGroup) {
        self.n_rows += row_group.n_rows;
        self.qids = match (self.qids, row_group.qids) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (None, qids) | (qids, None) => qids,
        };
    }
}

impl TableWriter {
    pub(super) fn new(
        storage: Arc<Storage>,
        snapshot: Location,
        spec: TableSpec,
        as_of: AsOf,
    ) -> Self {
        let limits = Limits {
            rows: ROW_GROUP_ROWS_MAX,
            bytes: ROW_GROUP_BYTES_MAX,
            group_rows: spec.group_rows_max,
        };
        Self {
            cutter: RowGroupCutter::new(&spec.folder, spec.group_column, limits),
            as_of,
            encoder: None,
            storage,
            snapshot,
            spec,
            sharding: Sharding {
                bytes_target: SHARD_BYTES_TARGET,
                rows_min: SHARD_ROWS_MIN,
            },
            part_bytes: PART_BYTES,
            in_flight: InFlight::new(rayon::current_num_threads() + 1),
            n_rows: 0,
            n_shards: None,
            shard: None,
            files: Vec::new(),
        }
    }

    /// Lets the row groups that are encoded at the same time have so many plain bytes together, or be one alone.
    /// Encoding takes up to as much again.
    #[must_use]
    pub fn with_bytes_in_flight(mut self, n_bytes_max: u64) -> Self {
        self.in_flight.n_bytes_max = n_bytes_max;
        self
    }

    /// Writes a whole stream; on any error the running upload is aborted.
    pub async fn write_all<E: Into<Error>>(
        mut self,
        batches: impl Stream<Item = Result<RecordBatch, E>>,
    ) -> Result<WrittenTable> {
        pin_mut!(batches);
        while let Some(batch) = batches.next().await {
            let written = match batch {
                Ok(batch) => self.write(&batch).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = written {
                self.abort().await;
                return Err(error);
            }
        }
        self.finish().await
    }

    /// Takes the next rows, in any batch size.
    ///
    /// # Errors
    /// [`Error::Check`] when the rows break the table's promise, [`Error::Storage`] when they cannot
    /// be written; then call [`TableWriter::abort`].
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = conform(&self.spec.folder, &self.spec.schema, batch, self.n_rows)?;
        self.n_rows += batch.num_rows() as u64;
        if self.n_rows > self.spec.n_rows {
            return Err(self.wrong_row_count());
        }
        self.cutter.push(batch)?;
        self.write_complete().await
    }

    /// Completes the last file; an empty table gets one file without rows.
    pub async fn finish(mut self) -> Result<WrittenTable> {
        if let Err(error) = self.finish_files().await {
            self.abort().await;
            return Err(error);
        }
        Ok(WrittenTable {
            spec: self.spec,
            files: self.files,
        })
    }

    /// Gives up; files that are already complete stay for the garbage collection.
    pub async fn abort(self) {
        if let Some(upload) = self.shard.and_then(|shard| shard.upload) {
            upload.abort().await;
        }
    }

    async fn finish_files(&mut self) -> Result<()> {
        self.cutter.end();
        self.write_complete().await?;
        if self.n_rows != self.spec.n_rows {
            return Err(self.wrong_row_count());
        }
        if let Some(rest) = self.cutter.rest() {
            self.write_row_group(rest).await?;
        }
        while let Some(oldest) = self.in_flight.pop() {
            self.append(oldest.finish().await?).await?;
        }
        if self.files.is_empty() && self.shard.is_none() {
            self.shard = Some(self.new_shard()?);
        }
        self.close_shard().await
    }

    async fn write_complete(&mut self) -> Result<()> {
        while let Some(row_group) = self.cutter.next_complete()? {
            self.write_row_group(row_group).await?;
        }
        Ok(())
    }

    async fn write_row_group(&mut self, row_group: RowGroup) -> Result<()> {
        while self.in_flight.is_full_for(&row_group)
            && let Some(oldest) = self.in_flight.pop()
        {
            self.append(oldest.finish().await?).await?;
        }
        let encoding = self.encoder()?.start(row_group);
        if self.n_shards.is_some() {
            self.in_flight.push(encoding);
            return Ok(());
        }
        // The next cuts depend on this row group.
        self.append(encoding.finish().await?).await
    }

    async fn append(&mut self, row_group: EncodedRowGroup) -> Result<()> {
        let mut shard = match self.shard.take() {
            Some(shard) => shard,
            None => self.new_shard()?,
        };
        let (n_rows, ends_shard) = (row_group.n_rows, row_group.ends_shard);
        shard.count(&row_group);
        let appended = shard.file.append(row_group.chunks).await;
        self.shard = Some(shard);
        let bytes = appended?;
        if self.n_shards.is_none() {
            let n_bytes = bytes.len() as u64;
            let n_shards = self.sharding.n_shards(self.spec.n_rows, n_rows, n_bytes);
            self.cutter.set_shards(self.spec.n_rows, n_shards);
            self.n_shards = Some(usize::try_from(n_shards).unwrap_or(usize::MAX));
        }
        self.upload(bytes).await?;
        if ends_shard {
            self.close_shard().await?;
        }
        Ok(())
    }

    /// Sends bytes of the current shard; the first ones give it its name.
    async fn upload(&mut self, bytes: Bytes) -> Result<()> {
        let Some(shard) = &mut self.shard else {
            return Err(Error::Bug("bytes of no file".to_owned()));
        };
        let upload = match &mut shard.upload {
            Some(upload) => upload,
            none => {
                let n_shards = self.n_shards.unwrap_or(1);
                let name = shard_name(&self.spec.prefix, self.files.len(), n_shards);
                shard.path = format!("{}/{name}", self.spec.folder);
                let location = self.snapshot.join(&shard.path);
                none.insert(Upload::new(&self.storage, location, self.part_bytes)?)
            }
        };
        upload.write(bytes).await
    }

    async fn close_shard(&mut self) -> Result<()> {
        let Some(shard) = &mut self.shard else {
            return Ok(());
        };
        let end = shard.file.finish().await?;
        self.upload(end.last_bytes).await?;
        let Some(shard) = self.shard.take() else {
            return Ok(());
        };
        let Some(upload) = shard.upload else {
            return Err(Error::Bug("a file without bytes".to_owned()));
        };
        upload.finish().await?;
        self.files.push(FileEntry {
            path: shard.path,
            rows: shard.n_rows,
            bytes: end.n_bytes,
            sha256: end.sha256,
            row_groups: end.n_row_groups,
            qid_min: shard.qids.map(|(first, _)| first),
            qid_max: shard.qids.map(|(_, last)| last),
        });
        Ok(())
    }

    fn encoder(&mut self) -> Result<Arc<Encoder>> {
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => none.insert(Arc::new(Encoder::new(&self.spec.schema, self.as_of)?)),
        };
        Ok(Arc::clone(encoder))
    }

    fn new_shard(&mut self) -> Result<Shard> {
        let encoder = self.encoder()?;
        Ok(Shard {
            file: ShardFile::new(&encoder)?,
            upload: None,
            path: String::new(),
            n_rows: 0,
            qids: None,
        })
    }

    fn wrong_row_count(&self) -> Error {
        Error::Bug(format!(
            "{}: {} rows were promised, {} came",
            self.spec.folder, self.spec.n_rows, self.n_rows
        ))
    }
}
