//! Hands the finished tables to the dataset writer, in the published order and types.
//!
//! It orders and filters; what the rows are was decided by the models.

mod feature_columns;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::kernels::cmp::eq;
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use futures::StreamExt;
use tokio::sync::mpsc;

use crate::config::ProjectKind;
use crate::error::{Error, Result};
use crate::manifest::LedgerLine;
use crate::publish::{Run, SPLITS, TableSpec, TableWriter, WrittenTable};
use crate::runner::{Runner, step_error};
use crate::session::Engine;
use crate::spill::{SpilledFile, read_batches};
use feature_columns::{FEATURE_LIST, with_feature_columns};

/// The column of spilled tables that says where a row is published.
const SPLIT: &str = "split";

/// Tables in splits, and the model that each comes from.
const SPLIT_TABLES: [(&str, &str); 3] = [
    ("pointwise", "training.pointwise"),
    ("pairs", "training.pairs"),
    ("lists", "training.lists"),
];

/// Tables without splits.
const WHOLE_TABLES: [(&str, &str); 5] = [
    ("workers", "publish.workers"),
    ("bans", "publish.bans"),
    ("skill_history", "publish.skill_history"),
    ("relabel", "publish.relabel"),
    ("rejects", "publish.rejects"),
];

/// Tables that only a ranking has.
const RANKING_TABLES: [(&str, &str); 3] = [
    ("items", "publish.items"),
    ("queries", "publish.queries"),
    ("categories", "publish.categories"),
];

/// Tables that only a classification has.
const LABEL_TABLES: [(&str, &str); 1] = [("labels", "publish.labels")];

/// Tables written side by side: while one is read or uploaded, row groups of the other are encoded.
const N_TABLES_AT_ONCE: usize = 2;

/// Batches that a table's reader may be ahead of its writers.
const N_BATCHES_AHEAD: usize = 4;

/// Row groups of one writer that are encoded at the same time may take this part of the engine's memory pool, which
/// has little else to do by then: six writers are open, and what is encoded is about as large again.
const IN_FLIGHT_DIVISOR: u64 = 12;

/// Writes every table of such a project, two at the same time; each with all threads.
pub(super) async fn write_all(
    runner: &Runner,
    engine: &Engine,
    run: &Run,
    kind: ProjectKind,
    features: &[String],
) -> Result<Vec<WrittenTable>> {
    let own: &[(&str, &str)] = match kind {
        ProjectKind::SideBySide => &RANKING_TABLES,
        ProjectKind::Classification => &LABEL_TABLES,
    };
    let in_splits: &[(&str, &str)] = match kind {
        ProjectKind::SideBySide => &SPLIT_TABLES,
        ProjectKind::Classification => &[],
    };
    let source = |table, model| Source {
        runner,
        engine,
        table,
        model,
        features,
    };
    let in_splits = in_splits
        .iter()
        .map(|(table, model)| (source(*table, *model), &SPLITS[..]));
    let whole = own.iter().chain(&WHOLE_TABLES);
    let whole = whole.map(|(table, model)| (source(*table, *model), &[][..]));
    let writes = in_splits
        .chain(whole)
        .map(|(source, splits)| async move { source.write(splits, run).await });
    // Not stopped at the first error: every writer then finishes, or gives its upload up.
    let written: Vec<Result<Vec<WrittenTable>>> = futures::stream::iter(writes)
        .buffered(N_TABLES_AT_ONCE)
        .collect()
        .await;
    let mut tables = Vec::new();
    for of_table in written {
        tables.extend(of_table?);
    }
    Ok(tables)
}

/// The rows of one published table.
struct Source<'a> {
    runner: &'a Runner,
    engine: &'a Engine,
    table: &'a str,
    model: &'a str,
    /// The feature columns of `pointwise`.
    features: &'a [String],
}

impl Source<'_> {
    /// Writes the rows of each split to its own folder, or all rows where the table has no splits.
    async fn write(&self, splits: &'static [&'static str], run: &Run) -> Result<Vec<WrittenTable>> {
        let spilled = self.runner.table(self.model)?;
        let specs = if splits.is_empty() {
            vec![TableSpec::of_table(self.table, spilled.n_rows() as u64)?]
        } else {
            let n_rows = self.n_rows_per_split().await?;
            let spec = |split: &&str| {
                let n_rows = n_rows.get(*split).copied().unwrap_or(0);
                TableSpec::of_split(self.table, split, n_rows, self.features)
            };
            splits.iter().map(spec).collect::<Result<_>>()?
        };
        let Some(spec) = specs.first() else {
            return Ok(Vec::new());
        };
        let reading = Reading {
            schema: Arc::clone(&spec.schema),
            splits,
            features: feature_columns::names_in(&spec.schema, self.features),
        };
        let files = spilled.shards.concat();
        let mut rows = reading.start(&spilled.schema, files)?;
        let n_bytes_max = self.engine.pool_bytes as u64 / IN_FLIGHT_DIVISOR;
        let writer = |spec| run.table_writer(spec).with_bytes_in_flight(n_bytes_max);
        let mut writers: Vec<TableWriter> = specs.into_iter().map(writer).collect();
        if let Err(error) = self.write_rows(&mut rows, &mut writers).await {
            abort(writers).await;
            return Err(error);
        }
        finish(writers).await
    }

    async fn write_rows(
        &self,
        rows: &mut mpsc::Receiver<Result<Vec<RecordBatch>, DataFusionError>>,
        writers: &mut [TableWriter],
    ) -> Result<()> {
        while let Some(parts) = rows.recv().await {
            let parts = parts.map_err(|error| step_error(self.model, error))?;
            for (writer, part) in writers.iter_mut().zip(parts) {
                writer.write(&part).await?;
            }
        }
        Ok(())
    }

    async fn n_rows_per_split(&self) -> Result<BTreeMap<String, u64>> {
        let failed = |error: DataFusionError| step_error(self.model, error);
        let sql = format!(
            "select cast(split as varchar), count(*) from {} group by split",
            self.model
        );
        let frame = self.runner.session().sql(&sql).await.map_err(failed)?;
        let mut n_rows_per_split = BTreeMap::new();
        for batch in frame.collect().await.map_err(failed)? {
            let splits = batch.column(0).as_string::<i32>();
            let counts = batch.column(1).as_primitive::<Int64Type>();
            for (split, n_rows) in splits.iter().zip(counts.values()) {
                let split = split.unwrap_or_default().to_owned();
                n_rows_per_split.insert(split, n_rows.unsigned_abs());
            }
        }
        Ok(n_rows_per_split)
    }
}

async fn abort(writers: Vec<TableWriter>) {
    for writer in writers {
        writer.abort().await;
    }
}

async fn finish(writers: Vec<TableWriter>) -> Result<Vec<WrittenTable>> {
    let mut written = Vec::new();
    let mut writers = writers.into_iter();
    while let Some(writer) = writers.next() {
        match writer.finish().await {
            Ok(table) => written.push(table),
            Err(error) => {
                abort(writers.collect()).await;
                return Err(error);
            }
        }
    }
    Ok(written)
}

/// How the spilled rows of a table become published ones.
struct Reading {
    schema: SchemaRef,
    /// The splits that rows are divided into; none where the table has none.
    splits: &'static [&'static str],
    /// Columns that are one list until here.
    features: Vec<String>,
}

impl Reading {
    /// Reads the files one after the other, as they stand in the published order, on a thread of its own: each message
    /// has the next rows of every split.
    fn start(
        self,
        spilled: &Schema,
        files: Vec<SpilledFile>,
    ) -> Result<mpsc::Receiver<Result<Vec<RecordBatch>, DataFusionError>>> {
        let mut names: Vec<&str> = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .filter(|name| self.features.iter().all(|feature| feature != name))
            .collect();
        if !self.features.is_empty() {
            names.push(FEATURE_LIST);
        }
        if !self.splits.is_empty() {
            names.push(SPLIT);
        }
        let columns: Vec<usize> = names
            .iter()
            .map(|name| spilled.index_of(name))
            .collect::<Result<_, _>>()
            .map_err(|error| Error::Bug(format!("a published table lacks a column: {error}")))?;
        let (sender, receiver) = mpsc::channel(N_BATCHES_AHEAD);
        tokio::task::spawn_blocking(move || {
            let batches = files
                .iter()
                .flat_map(|file| read_batches(file, Some(columns.clone())));
            for batch in batches {
                let parts = batch.and_then(|batch| Ok(self.parts(&batch)?));
                let is_failed = parts.is_err();
                // Nobody listens any more once the table was given up.
                if sender.blocking_send(parts).is_err() || is_failed {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    fn parts(&self, batch: &RecordBatch) -> Result<Vec<RecordBatch>, ArrowError> {
        let published = if self.features.is_empty() {
            cast_batch(batch, &self.schema)?
        } else {
            cast_batch(&with_feature_columns(batch, &self.features)?, &self.schema)?
        };
        let Some(split_of_row) = batch.column_by_name(SPLIT) else {
            return Ok(vec![published]);
        };
        let split_of_row = cast(split_of_row, &DataType::Utf8)?;
        let part = |split: &&str| {
            let is_in_split = eq(&split_of_row, &StringArray::new_scalar(*split))?;
            filter_record_batch(&published, &is_in_split)
        };
        self.splits.iter().map(part).collect()
    }
}

/// Casts to the published types; a value that does not fit is an error.
fn cast_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| {
            let column = batch.column(batch.schema().index_of(field.name())?);
            cast_with_options(column, field.data_type(), &options)
        })
        .collect::<Result<_, _>>()?;
    // Nulls in required columns are the writer's to refuse, with row and column.
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// What each stage did with its rows, from the input to the votes of the published groups.
pub(super) async fn ledger(runner: &Runner, n_responses: u64) -> Result<Vec<LedgerLine>> {
    let failed = |error: DataFusionError| step_error("publish.ledger", error);
    let sql = "select stage, drop_reason, n_rows from publish.ledger";
    let frame = runner.session().sql(sql).await.map_err(failed)?;
    let mut dropped: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for batch in frame.collect().await.map_err(failed)? {
        let stages = batch.column(0).as_string::<i32>();
        let reasons = batch.column(1).as_string::<i32>();
        let counts = batch.column(2).as_primitive::<Int64Type>();
        for row_idx in 0..batch.num_rows() {
            let n_rows = u64::try_from(counts.value(row_idx)).unwrap_or(0);
            dropped
                .entry(stages.value(row_idx).to_owned())
                .or_default()
                .insert(reasons.value(row_idx).to_owned(), n_rows);
        }
    }
    let mut rows_in = n_responses;
    let mut lines = Vec::new();
    for stage in ["ingest", "quality", "skills", "training"] {
        let dropped = dropped.remove(stage).unwrap_or_default();
        let rows_out = rows_in.saturating_sub(dropped.values().sum());
        lines.push(LedgerLine {
            stage: stage.to_owned(),
            rows_in,
            rows_out,
            dropped,
        });
        rows_in = rows_out;
    }
    Ok(lines)
}
