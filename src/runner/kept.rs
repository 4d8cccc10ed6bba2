//! Computes one model and keeps its rows in files: whole, dealt to shards, or shard by shard.
//!
//! Which way is the model's to say.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::SessionContext;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::errors::external;
use super::{Runner, create_schemas, register};
use crate::error::Result;
use crate::pipeline::{Kept, MODELS, Model};
use crate::spill::{Dealer, SpilledTable, write_stream};

impl Runner {
    pub(super) async fn compute_whole(
        &self,
        model: &Model,
    ) -> Result<SpilledTable, DataFusionError> {
        let folder = self.table_folder(model)?;
        let (schema, streams) = self.partitions(model).await?;
        let writes = streams.into_iter().enumerate().map(|(idx, stream)| {
            let path = folder.join(format!("part-{idx:05}.arrow"));
            spawned(write_stream(stream, path))
        });
        let files = futures::future::try_join_all(writes).await?;
        Ok(SpilledTable {
            schema,
            shards: vec![files.into_iter().flatten().collect()],
        })
    }

    pub(super) async fn compute_dealt(
        &self,
        model: &Model,
    ) -> Result<SpilledTable, DataFusionError> {
        let folder = self.table_folder(model)?;
        let (schema, streams) = self.partitions(model).await?;
        let dealer = Arc::new(Dealer::new(&schema, &folder, self.n_shards)?);
        let writes = streams.into_iter().map(|stream| dealt(&dealer, stream));
        futures::future::try_join_all(writes).await?;
        all_dealt(schema, dealer)
    }

    /// The rows that the model makes of everything, in several streams.
    async fn partitions(
        &self,
        model: &Model,
    ) -> Result<(SchemaRef, Vec<SendableRecordBatchStream>), DataFusionError> {
        let frame = self.plan(&self.session, model).await.map_err(external)?;
        let plan = frame.create_physical_plan().await?;
        let schema = plan.schema();
        let streams = execute_stream_partitioned(plan, self.session.task_ctx())?;
        Ok((schema, streams))
    }

    pub(super) async fn compute_redealt(
        &self,
        model: &Model,
    ) -> Result<SpilledTable, DataFusionError> {
        let folder = self.table_folder(model)?;
        let session = self.shard_session(0).await.map_err(external)?;
        let frame = self.plan(&session, model).await.map_err(external)?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let dealer = Arc::new(Dealer::new(&schema, &folder, self.n_shards)?);
        stream::iter(0..self.n_shards)
            .map(|shard_idx| self.deal_shard(model, shard_idx, &dealer))
            .buffered(self.engine.n_threads)
            .try_for_each(|()| std::future::ready(Ok(())))
            .await?;
        all_dealt(schema, dealer)
    }

    async fn deal_shard(
        &self,
        model: &Model,
        shard_idx: usize,
        dealer: &Arc<Dealer>,
    ) -> Result<(), DataFusionError> {
        let stream = self.shard_stream(model, shard_idx).await?;
        dealt(dealer, stream).await
    }

    pub(super) async fn compute_per_shard(
        &self,
        model: &Model,
    ) -> Result<SpilledTable, DataFusionError> {
        let folder = self.table_folder(model)?;
        let computed: Vec<SpilledTable> = stream::iter(0..self.n_shards)
            .map(|shard_idx| {
                let path = folder.join(format!("shard-{shard_idx:05}.arrow"));
                self.compute_shard(model, shard_idx, path)
            })
            .buffered(self.engine.n_threads)
            .try_collect()
            .await?;
        let schema = computed
            .first()
            .map(|table| Arc::clone(&table.schema))
            .ok_or_else(|| DataFusionError::Internal("there is no shard".to_owned()))?;
        let shards = computed
            .into_iter()
            .flat_map(|table| table.shards)
            .collect();
        Ok(SpilledTable { schema, shards })
    }

    async fn compute_shard(
        &self,
        model: &Model,
        shard_idx: usize,
        path: PathBuf,
    ) -> Result<SpilledTable, DataFusionError> {
        let stream = self.shard_stream(model, shard_idx).await?;
        let schema = stream.schema();
        let file = spawned(write_stream(stream, path)).await?;
        Ok(SpilledTable {
            schema,
            shards: vec![file.into_iter().collect()],
        })
    }

    /// The rows that the model makes of one shard.
    async fn shard_stream(
        &self,
        model: &Model,
        shard_idx: usize,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let session = self.shard_session(shard_idx).await.map_err(external)?;
        let frame = self.plan(&session, model).await.map_err(external)?;
        frame.execute_stream().await
    }

    /// A session of the tables made so far: of those that are cut, one shard.
    async fn shard_session(&self, shard_idx: usize) -> Result<SessionContext> {
        let session = self.engine.session(1);
        create_schemas(&session).await?;
        for (name, table) in &self.spilled {
            let (schema, table_name) = name.split_once('.').unwrap_or(("", name));
            let files = if table.shards.len() == 1 {
                table.whole()
            } else {
                table.shard(shard_idx)
            };
            register(&session, schema, table_name, Arc::new(files))?;
        }
        for model in MODELS
            .iter()
            .filter(|model| model.kept == Kept::ViewOfShard)
        {
            let (schema, table) = model.table();
            if self
                .session
                .table_exist(TableReference::partial(schema, table))
                .unwrap_or(false)
            {
                let frame = self.plan(&session, model).await?;
                register(&session, schema, table, frame.into_view())?;
            }
        }
        Ok(session)
    }
}

/// Deals the rows of one stream.
async fn dealt(
    dealer: &Arc<Dealer>,
    stream: SendableRecordBatchStream,
) -> Result<(), DataFusionError> {
    let dealer = Arc::clone(dealer);
    spawned(async move { dealer.deal_stream(stream).await }).await
}

/// The table, once every stream was dealt.
fn all_dealt(schema: SchemaRef, dealer: Arc<Dealer>) -> Result<SpilledTable, DataFusionError> {
    let dealer = Arc::into_inner(dealer)
        .ok_or_else(|| DataFusionError::Internal("a stream is still dealt".to_owned()))?;
    let shards = dealer.finish()?;
    Ok(SpilledTable { schema, shards })
}

/// Runs `work` on the thread pool.
async fn spawned<T: Send + 'static>(
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, DataFusionError> {
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(work);
    match tasks.join_next().await {
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(DataFusionError::ExecutionJoin(Box::new(error))),
        None => Err(DataFusionError::Internal("a task vanished".to_owned())),
    }
}
