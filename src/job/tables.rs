//! Hands the finished tables to the dataset writer, in the published order and types.
//!
//! It orders and filters; what the rows are was decided by the models.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float32Array, RecordBatch};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{Float32Type, Int64Type, SchemaRef};
use datafusion::error::DataFusionError;
use futures::StreamExt;

use crate::config::ProjectKind;
use crate::error::{Error, Result};
use crate::manifest::LedgerLine;
use crate::publish::{Run, SPLITS, TableSpec, TableWriter, WrittenTable};
use crate::runner::{Runner, register, step_error};
use crate::session::Engine;
use crate::spill::SpilledFiles;

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

/// Writes every table of such a project; several at the same time.
pub(super) async fn write_all(
    runner: &Runner,
    engine: &Engine,
    run: &Run,
    kind: ProjectKind,
    features: &[String],
) -> Result<Vec<WrittenTable>> {
    let mut jobs = Vec::new();
    let own: &[(&str, &str)] = match kind {
        ProjectKind::SideBySide => &RANKING_TABLES,
        ProjectKind::Classification => &LABEL_TABLES,
    };
    if kind == ProjectKind::SideBySide {
        for (table, model) in SPLIT_TABLES {
            for split in SPLITS {
                jobs.push((table, model, Some(split)));
            }
        }
    }
    jobs.extend(own.iter().map(|(table, model)| (*table, *model, None)));
    jobs.extend(WHOLE_TABLES.map(|(table, model)| (table, model, None)));
    let writes = jobs.into_iter().map(|(table, model, split)| async move {
        let source = Source {
            runner,
            engine,
            model,
            split,
            features,
        };
        source.write(table, run).await
    });
    futures::stream::iter(writes)
        .buffered(engine.n_threads.max(1))
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect()
}

/// The rows of one published table, or of one split of it.
struct Source<'a> {
    runner: &'a Runner,
    engine: &'a Engine,
    model: &'a str,
    split: Option<&'a str>,
    /// The feature columns of `pointwise`.
    features: &'a [String],
}

impl Source<'_> {
    async fn write(&self, table: &str, run: &Run) -> Result<WrittenTable> {
        let n_rows = self.n_rows().await?;
        let spec = match self.split {
            Some(split) => TableSpec::of_split(table, split, n_rows, self.features)?,
            None => TableSpec::of_table(table, n_rows)?,
        };
        let schema = Arc::clone(&spec.schema);
        let mut writer = run.table_writer(spec);
        let spilled = self.runner.table(self.model)?;
        for shard_idx in 0..spilled.shards.len() {
            let files = spilled.shard(shard_idx);
            if let Err(error) = self.write_shard(files, &schema, &mut writer).await {
                writer.abort().await;
                return Err(error);
            }
        }
        writer.finish().await
    }

    fn condition(&self) -> String {
        self.split
            .map_or_else(String::new, |split| format!(" where split = '{split}'"))
    }

    async fn n_rows(&self) -> Result<u64> {
        let sql = format!("select count(*) from {}{}", self.model, self.condition());
        let count = self
            .runner
            .session()
            .sql(&sql)
            .await
            .map_err(|error| step_error(self.model, error))?
            .collect()
            .await
            .map_err(|error| step_error(self.model, error))?;
        let n_rows = count
            .first()
            .and_then(|batch| batch.column(0).as_primitive_opt::<Int64Type>())
            .map_or(0, |column| column.value(0));
        u64::try_from(n_rows).map_err(|_| Error::Bug("a table has fewer than no rows".to_owned()))
    }

    /// One partition over one shard's files, which stand in the published order.
    async fn write_shard(
        &self,
        files: SpilledFiles,
        schema: &SchemaRef,
        writer: &mut TableWriter,
    ) -> Result<()> {
        let failed = |error: DataFusionError| step_error(self.model, error);
        let session = self.engine.session(1);
        register(&session, "public", "shard", Arc::new(files))?;
        // The features of a row are one list until here.
        let is_feature = |name: &&String| self.features.contains(name);
        let names = schema.fields().iter().map(|field| field.name());
        let mut columns: Vec<String> = names
            .filter(|name| !is_feature(name))
            .map(|name| format!("\"{name}\""))
            .collect();
        let has_features = schema
            .fields()
            .iter()
            .any(|field| is_feature(&field.name()));
        if has_features {
            columns.push(FEATURE_LIST.to_owned());
        }
        let sql = format!(
            "select {} from shard{}",
            columns.join(", "),
            self.condition()
        );
        let frame = session.sql(&sql).await.map_err(failed)?;
        let mut stream = frame.execute_stream().await.map_err(failed)?;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(failed)?;
            let batch = if has_features {
                with_feature_columns(&batch, self.features)?
            } else {
                batch
            };
            let published = cast_batch(&batch, schema).map_err(|error| failed(error.into()))?;
            writer.write(&published).await?;
        }
        Ok(())
    }
}

/// The list column of `training.pointwise` that becomes the feature columns.
const FEATURE_LIST: &str = "features";

/// The batch with a column for each feature instead of the list of them.
fn with_feature_columns(batch: &RecordBatch, features: &[String]) -> Result<RecordBatch> {
    let wrong = || {
        Error::Bug(format!(
            "{FEATURE_LIST} are not {} numbers a row",
            features.len()
        ))
    };
    let (idx, _) = batch
        .schema_ref()
        .fields()
        .find(FEATURE_LIST)
        .ok_or_else(wrong)?;
    let list = batch.column(idx).as_list_opt::<i32>().ok_or_else(wrong)?;
    let offsets = list.value_offsets();
    let is_whole = |ends: &[i32]| (ends[1] - ends[0]) as usize == features.len();
    if list.null_count() > 0 || !offsets.windows(2).all(is_whole) {
        return Err(wrong());
    }
    let values = list
        .values()
        .as_primitive_opt::<Float32Type>()
        .ok_or_else(wrong)?
        .values();
    let starts = || {
        offsets[..batch.num_rows()]
            .iter()
            .map(|start| *start as usize)
    };
    let columns = batch
        .schema_ref()
        .fields()
        .iter()
        .map(|field| field.name().clone());
    let mut columns: Vec<(String, ArrayRef)> =
        columns.zip(batch.columns().iter().cloned()).collect();
    columns.remove(idx);
    columns.extend(features.iter().enumerate().map(|(feature_idx, name)| {
        let column = starts().map(|start| values[start + feature_idx]);
        let column: ArrayRef = Arc::new(Float32Array::from_iter_values(column));
        (name.clone(), column)
    }));
    RecordBatch::try_from_iter(columns).map_err(|error| Error::Bug(error.to_string()))
}

/// Casts to the published types; a value that does not fit is an error.
fn cast_batch(
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> std::result::Result<RecordBatch, datafusion::arrow::error::ArrowError> {
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
        .collect::<std::result::Result<_, _>>()?;
    // Nulls in required columns are the writer's to refuse, with row and column.
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect();
    let nullable = datafusion::arrow::datatypes::Schema::new(fields);
    RecordBatch::try_new(Arc::new(nullable), columns)
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
