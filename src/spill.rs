//! Tables of a run in progress: Arrow files on local disk, whole or cut into shards by query, worker or task.
//!
//! A shard holds whole queries (or workers, or tasks), in ascending ranges of the key; what a model computes per query
//! can so be computed shard by shard in bounded memory, and the shards in order are the table in order.

mod folder;
mod scan;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

pub(crate) use folder::{SpillFolder, remove_open_folders};
pub(crate) use scan::{SpilledFiles, read_batches};

/// The columns that shards can be cut by: uniform 64-bit keys. A table has one of them.
const SHARD_COLUMNS: [&str; 3] = ["query_key", "worker_key", "task_key"];

/// Rows that a shard's writer gathers before it writes them as one batch.
const SHARD_BATCH_ROWS: usize = 8192;

/// One Arrow file.
#[derive(Debug, Clone)]
pub(crate) struct SpilledFile {
    pub(crate) path: PathBuf,
    pub(crate) n_rows: usize,
}

/// One table: its schema and the files of each shard; a table that is not cut has one shard.
#[derive(Debug, Clone)]
pub(crate) struct SpilledTable {
    pub(crate) schema: SchemaRef,
    pub(crate) shards: Vec<Vec<SpilledFile>>,
}

impl SpilledTable {
    pub(crate) fn n_rows(&self) -> usize {
        self.shards.iter().flatten().map(|file| file.n_rows).sum()
    }

    /// The whole table.
    pub(crate) fn whole(&self) -> SpilledFiles {
        self.files(self.shards.concat())
    }

    /// One shard of it.
    pub(crate) fn shard(&self, shard_idx: usize) -> SpilledFiles {
        self.files(self.shards[shard_idx].clone())
    }

    fn files(&self, files: Vec<SpilledFile>) -> SpilledFiles {
        SpilledFiles {
            schema: Arc::clone(&self.schema),
            files,
        }
    }
}

/// Writes one file, which appears only when it has rows.
pub(crate) struct SpillWriter {
    path: PathBuf,
    schema: SchemaRef,
    writer: Option<FileWriter<BufWriter<File>>>,
    n_rows: usize,
}

impl SpillWriter {
    pub(crate) fn new(path: PathBuf, schema: SchemaRef) -> Self {
        Self {
            path,
            schema,
            writer: None,
            n_rows: 0,
        }
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if self.writer.is_none() {
            let file = BufWriter::with_capacity(1 << 18, File::create(&self.path)?);
            self.writer = Some(FileWriter::try_new(file, &self.schema)?);
        }
        if let Some(writer) = &mut self.writer {
            writer.write(batch)?;
        }
        self.n_rows += batch.num_rows();
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Option<SpilledFile>> {
        let Some(mut writer) = self.writer else {
            return Ok(None);
        };
        writer.finish()?;
        drop(writer);
        Ok(Some(SpilledFile {
            path: self.path,
            n_rows: self.n_rows,
        }))
    }
}

/// Writes a stream to `path` as it comes.
pub(crate) async fn write_stream(
    mut stream: SendableRecordBatchStream,
    path: PathBuf,
) -> Result<Option<SpilledFile>> {
    let mut writer = SpillWriter::new(path, stream.schema());
    while let Some(batch) = stream.next().await {
        writer.write(&batch?)?;
    }
    writer.finish()
}

/// The open files of a table that is being dealt: one per shard, shared by all partitions.
pub(crate) struct Dealer {
    key_idx: usize,
    shards: Vec<Mutex<ShardBuffer>>,
}

impl Dealer {
    /// Opens `n_shards` files below `folder`.
    pub(crate) fn new(schema: &SchemaRef, folder: &Path, n_shards: usize) -> Result<Self> {
        let key_idx = SHARD_COLUMNS
            .iter()
            .find_map(|name| schema.index_of(name).ok())
            .ok_or_else(|| exec_datafusion_err!("a dealt table needs one of {SHARD_COLUMNS:?}"))?;
        let shards = (0..n_shards)
            .map(|shard_idx| {
                let path = folder.join(format!("shard-{shard_idx:05}.arrow"));
                Mutex::new(ShardBuffer {
                    writer: SpillWriter::new(path, Arc::clone(schema)),
                    waiting: Vec::new(),
                    n_waiting: 0,
                })
            })
            .collect();
        Ok(Self { key_idx, shards })
    }

    /// Deals the rows of one partition; their order among the partitions is left open.
    pub(crate) async fn deal_stream(&self, mut stream: SendableRecordBatchStream) -> Result<()> {
        while let Some(batch) = stream.next().await {
            deal(&batch?, self.key_idx, &self.shards)?;
        }
        Ok(())
    }

    /// Completes every file; one list per shard.
    pub(crate) fn finish(self) -> Result<Vec<Vec<SpilledFile>>> {
        self.shards
            .into_iter()
            .map(|shard| {
                let mut shard = shard.into_inner().unwrap_or_else(PoisonError::into_inner);
                shard.flush()?;
                Ok(shard.writer.finish()?.into_iter().collect())
            })
            .collect()
    }
}

/// What waits for one shard's file.
struct ShardBuffer {
    writer: SpillWriter,
    waiting: Vec<RecordBatch>,
    n_waiting: usize,
}

impl ShardBuffer {
    fn flush(&mut self) -> Result<()> {
        if self.n_waiting > 0 {
            let batch = concat_batches(&self.writer.schema, &self.waiting)?;
            self.writer.write(&batch)?;
            self.waiting.clear();
            self.n_waiting = 0;
        }
        Ok(())
    }
}

/// Cuts one batch: rows are put in shard order once, then each shard takes its slice.
fn deal(batch: &RecordBatch, key_idx: usize, shards: &[Mutex<ShardBuffer>]) -> Result<()> {
    let n_shards = shards.len();
    if n_shards == 1 {
        return lock(&shards[0]).writer.write(batch);
    }
    let keys = batch
        .column(key_idx)
        .as_primitive_opt::<UInt64Type>()
        .ok_or_else(|| exec_datafusion_err!("a shard key must be an unsigned 64-bit number"))?;
    if keys.null_count() > 0 {
        return Err(exec_datafusion_err!("a shard key must not be null"));
    }
    let shard_of = |key: u64| ((u128::from(key) * n_shards as u128) >> 64) as usize;
    let mut starts = vec![0_usize; n_shards + 1];
    for key in keys.values() {
        starts[shard_of(*key) + 1] += 1;
    }
    for shard_idx in 0..n_shards {
        starts[shard_idx + 1] += starts[shard_idx];
    }
    let mut next = starts.clone();
    let mut order = vec![0_u32; batch.num_rows()];
    for (row_idx, key) in keys.values().iter().enumerate() {
        let position = &mut next[shard_of(*key)];
        order[*position] = row_idx as u32;
        *position += 1;
    }
    let dealt = take_record_batch(batch, &UInt32Array::from(order))?;
    for (shard_idx, shard) in shards.iter().enumerate() {
        let n_rows = starts[shard_idx + 1] - starts[shard_idx];
        if n_rows == 0 {
            continue;
        }
        let mut shard = lock(shard);
        shard.waiting.push(dealt.slice(starts[shard_idx], n_rows));
        shard.n_waiting += n_rows;
        if shard.n_waiting >= SHARD_BATCH_ROWS {
            shard.flush()?;
        }
    }
    Ok(())
}

fn lock(shard: &Mutex<ShardBuffer>) -> MutexGuard<'_, ShardBuffer> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
