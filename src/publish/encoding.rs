//! Encodes row groups to Parquet column chunks, several at a time on the thread pool, each on its own.
//!
//! It decides neither where row groups end nor which file they go to. What it makes of a row group
//! depends on its rows and on those of the table's first row group alone.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{Field, Int32Type, SchemaRef};
use datafusion::parquet::arrow::ArrowSchemaConverter;
use datafusion::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use datafusion::parquet::file::properties::WriterPropertiesPtr;
use datafusion::parquet::file::writer::SerializedFileWriter;
use datafusion::parquet::schema::types::SchemaDescriptor;
use tokio::sync::oneshot;

use super::dictionaries::pays;
use super::row_groups::RowGroup;
use super::shard::{SORTING_COLUMN, bug, properties};
use crate::error::{Error, Result};
use crate::manifest::AsOf;

/// A row group as it will stand in a file.
pub(super) struct EncodedRowGroup {
    pub(super) chunks: Vec<ArrowColumnChunk>,
    pub(super) n_rows: u64,
    /// The first and the last `qid`; none without rows or without the column.
    pub(super) qids: Option<(i32, i32)>,
    /// Whether a shard ends after it.
    pub(super) ends_shard: bool,
}

/// A row group that the thread pool works on.
pub(super) struct Encoding {
    encoded: oneshot::Receiver<Result<EncodedRowGroup>>,
    /// Plain bytes of its rows.
    pub(super) n_bytes: u64,
}

impl Encoding {
    /// The row group, when it is there.
    pub(super) async fn finish(self) -> Result<EncodedRowGroup> {
        let ended_early = |_| Error::Bug("a worker thread ended early".to_owned());
        self.encoded.await.map_err(ended_early)?
    }
}

/// Encodes the row groups of one table.
pub(super) struct Encoder {
    schema: SchemaRef,
    file_schema: SchemaDescriptor,
    properties: WriterPropertiesPtr,
    /// Set by the first row group, which nothing else of its table runs beside.
    columns: OnceLock<ArrowRowGroupWriterFactory>,
}

impl Encoder {
    pub(super) fn new(schema: &SchemaRef, as_of: AsOf) -> Result<Self> {
        let file_schema = ArrowSchemaConverter::new().convert(schema).map_err(bug)?;
        if file_schema.num_columns() != schema.fields().len() {
            let problem = "a published column is not one Parquet column";
            return Err(Error::Bug(problem.to_owned()));
        }
        Ok(Self {
            schema: Arc::clone(schema),
            file_schema,
            properties: Arc::new(properties(schema, as_of)?),
            columns: OnceLock::new(),
        })
    }

    /// A file without row groups yet.
    pub(super) fn new_file(&self) -> Result<SerializedFileWriter<Vec<u8>>> {
        let schema = self.file_schema.root_schema_ptr();
        SerializedFileWriter::new(Vec::new(), schema, Arc::clone(&self.properties)).map_err(bug)
    }

    /// Lets the thread pool encode a row group; it is given up when nobody waits for it any more.
    pub(super) fn start(self: &Arc<Self>, row_group: RowGroup) -> Encoding {
        let (sender, encoded) = oneshot::channel();
        let n_bytes = row_group.n_bytes;
        let table = Arc::clone(self);
        rayon::spawn(move || {
            if sender.is_closed() {
                return;
            }
            // A panic would end the process; without its answer the table fails as any other.
            let encoded = catch_unwind(AssertUnwindSafe(|| table.encode(&row_group)));
            drop(row_group);
            if let Ok(encoded) = encoded
                && sender.send(encoded).is_err()
            {
                tracing::debug!("a row group was encoded for a table that was given up");
            }
        });
        Encoding { encoded, n_bytes }
    }

    fn encode(&self, row_group: &RowGroup) -> Result<EncodedRowGroup> {
        let fields = self.schema.fields();
        let writers = self.column_writers(&row_group.batches)?;
        let mut chunks = Vec::with_capacity(fields.len());
        for ((index, field), writer) in fields.iter().enumerate().zip(writers) {
            // Pages end where the encoder was called, so it is called once, however the rows came.
            let column = column(&row_group.batches, index)?;
            chunks.push(chunk(writer, field, &column)?);
        }
        Ok(EncodedRowGroup {
            chunks,
            n_rows: row_group.n_rows,
            qids: qids_of(&row_group.batches),
            ends_shard: row_group.ends_shard,
        })
    }

    /// Writers of one row group. Where dictionaries pay, the table's first row group decides for all: the rows of a
    /// table follow hashes, so what comes later looks alike.
    fn column_writers(&self, batches: &[RecordBatch]) -> Result<Vec<ArrowColumnWriter>> {
        let columns = if let Some(columns) = self.columns.get() {
            columns
        } else {
            let chosen = self.choose_dictionaries(batches)?;
            self.columns.get_or_init(|| chosen)
        };
        columns.create_column_writers(0).map_err(bug)
    }

    fn choose_dictionaries(&self, batches: &[RecordBatch]) -> Result<ArrowRowGroupWriterFactory> {
        let mut properties = self.properties.as_ref().clone().into_builder();
        for (index, column) in self.file_schema.columns().iter().enumerate() {
            let columns = batches.iter().map(|batch| batch.column(index).as_ref());
            let path = column.path().clone();
            properties = properties.set_column_dictionary_enabled(path, pays(columns));
        }
        let properties = Arc::new(properties.build());
        let schema = self.file_schema.root_schema_ptr();
        let nowhere = SerializedFileWriter::new(io::sink(), schema, properties).map_err(bug)?;
        Ok(ArrowRowGroupWriterFactory::new(
            &nowhere,
            Arc::clone(&self.schema),
        ))
    }
}

fn column(batches: &[RecordBatch], index: usize) -> Result<ArrayRef> {
    let columns: Vec<&dyn Array> = batches
        .iter()
        .map(|batch| batch.column(index).as_ref())
        .collect();
    if let ([_], Some(batch)) = (&columns[..], batches.first()) {
        return Ok(Arc::clone(batch.column(index)));
    }
    concat(&columns).map_err(|error| Error::Bug(format!("cannot join rows: {error}")))
}

fn chunk(
    mut writer: ArrowColumnWriter,
    field: &Field,
    column: &ArrayRef,
) -> Result<ArrowColumnChunk> {
    for leaf in compute_leaves(field, column).map_err(bug)? {
        writer.write(&leaf).map_err(bug)?;
    }
    writer.close().map_err(bug)
}

/// The first and the last `qid` of rows that are sorted by it.
fn qids_of(batches: &[RecordBatch]) -> Option<(i32, i32)> {
    let qids = |batch: &RecordBatch| {
        let column = batch.column_by_name(SORTING_COLUMN)?;
        let qids = column.as_primitive_opt::<Int32Type>()?.values();
        Some((*qids.first()?, *qids.last()?))
    };
    let (first, _) = qids(batches.first()?)?;
    let (_, last) = qids(batches.last()?)?;
    Some((first, last))
}
