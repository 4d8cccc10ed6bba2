//! Computes the flow's tables one after the other: plans a model, keeps its rows, runs its checks.
//!
//! It knows how tables are kept, and no word of what they mean.

mod errors;
mod processor;
mod questions;
mod sharing;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Int64Type, UInt64Type};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::TableProvider;
use datafusion::common::{ParamValues, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::SessionContext;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::checks::{self, Severity};
use crate::error::{Error, Result};
use crate::manifest::{Audit, Severity as AuditSeverity};
use crate::pipeline::{Kept, MODELS, Model, ROUNDS};
use crate::session::Engine;
use crate::spill::{Dealer, SpilledTable, write_stream};

use errors::external;
pub(crate) use errors::step_error;
pub(crate) use processor::Stopwatch;
pub(crate) use questions::typed;

/// Offending rows that a failed check shows.
const OFFENDING_ROWS_SHOWN: usize = 5;

/// Rounds after which the rules are taken never to come to rest; a few are usual.
const ROUNDS_MAX: usize = 1000;

/// What one table cost.
#[derive(Debug, Clone)]
pub(crate) struct StepReport {
    pub(crate) table: String,
    pub(crate) n_rows: Option<usize>,
    pub(crate) duration: Duration,
    /// Of the whole process, where the system tells.
    pub(crate) cpu: Option<Duration>,
}

/// Hears of the progress.
pub(crate) trait Progress: Send + Sync {
    fn started(&self, table: &str);
    fn finished(&self, step: &StepReport);
    fn warned(&self, table: &str, sentence: &str, rows: &str);
}

/// The tables of one run.
pub(crate) struct Runner {
    engine: Engine,
    session: SessionContext,
    folder: PathBuf,
    n_shards: usize,
    parameters: ParamValues,
    spilled: BTreeMap<String, Arc<SpilledTable>>,
    audits: Mutex<Vec<Audit>>,
}

impl Runner {
    /// A runner that keeps its tables below `folder`.
    pub(crate) async fn new(
        engine: &Engine,
        folder: PathBuf,
        n_shards: usize,
        parameters: ParamValues,
    ) -> Result<Self> {
        let session = engine.session(engine.n_threads);
        create_schemas(&session).await?;
        Ok(Self {
            engine: engine.clone(),
            session,
            folder,
            n_shards: n_shards.max(1),
            parameters,
            spilled: BTreeMap::new(),
            audits: Mutex::new(Vec::new()),
        })
    }

    /// The session that sees every table made so far.
    pub(crate) fn session(&self) -> &SessionContext {
        &self.session
    }

    /// What the checks warned of.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let is_warning = |audit: &&Audit| !audit.passed;
        self.audits()
            .iter()
            .filter(is_warning)
            .map(|audit| format!("{}: {}", audit.code, audit.observed))
            .collect()
    }

    /// Every check that ran, and how it ended.
    pub(crate) fn audits(&self) -> Vec<Audit> {
        self.audits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A table made by this run.
    pub(crate) fn table(&self, name: &str) -> Result<Arc<SpilledTable>> {
        self.spilled
            .get(name)
            .map(Arc::clone)
            .ok_or_else(|| Error::Bug(format!("{name} was not computed")))
    }

    /// Computes the models for which `is_wanted` says so, in order.
    pub(crate) async fn run(
        &mut self,
        is_wanted: impl Fn(&Model) -> bool,
        progress: &dyn Progress,
    ) -> Result<Vec<StepReport>> {
        let mut reports = Vec::new();
        for model in MODELS.iter().filter(|model| is_wanted(model)) {
            progress.started(&model.name());
            let stopwatch = Stopwatch::start();
            self.compute(model).await?;
            self.settle(model).await?;
            self.check(model, progress).await?;
            let n_rows = self.spilled.get(&model.name()).map(|table| table.n_rows());
            let report = stopwatch.report(&model.name(), n_rows);
            progress.finished(&report);
            reports.push(report);
        }
        Ok(reports)
    }

    /// Computes a model without its checks: for a look, not for publishing.
    pub(crate) async fn compute_unchecked(
        &mut self,
        model: &Model,
        progress: &dyn Progress,
    ) -> Result<()> {
        progress.started(&model.name());
        self.compute(model).await?;
        self.settle(model).await
    }

    /// After the last model of the rounds: repeats them until a round finds what it took for granted.
    async fn settle(&mut self, model: &Model) -> Result<()> {
        if model.name() != ROUNDS.found {
            return Ok(());
        }
        for _ in 0..ROUNDS_MAX {
            let found = self.table(ROUNDS.found)?;
            if self.fingerprint(ROUNDS.found).await? == self.fingerprint(ROUNDS.assumed).await? {
                return Ok(());
            }
            let (schema, table) = ROUNDS.assumed.split_once('.').unwrap_or_default();
            let kept = Arc::new(self.keep_for_next_round(&found)?);
            register(&self.session, schema, table, Arc::new(kept.whole()))?;
            self.spilled.insert(ROUNDS.assumed.to_owned(), kept);
            let is_first = |model: &&Model| model.name() == ROUNDS.first;
            let first_idx = MODELS.iter().position(|model| is_first(&model));
            for repeated in &MODELS[first_idx.unwrap_or_default()..] {
                self.compute(repeated).await?;
                if repeated.name() == ROUNDS.found {
                    break;
                }
            }
        }
        Err(Error::Check {
            name: ROUNDS.found.to_owned(),
            problem: format!(
                "the rules did not come to rest in {ROUNDS_MAX} rounds of majorities and bans; nothing was published"
            ),
        })
    }

    /// Moves the files of a table aside: the next round writes new ones in their place.
    fn keep_for_next_round(&self, found: &SpilledTable) -> Result<SpilledTable> {
        let folder = self.folder.join(ROUNDS.assumed);
        let failed = |error: std::io::Error| step_error(ROUNDS.assumed, error.into());
        let mut kept = found.clone();
        for (file_idx, file) in kept.shards.iter_mut().flatten().enumerate() {
            let path = folder.join(format!("part-{file_idx:05}.arrow"));
            std::fs::rename(&file.path, &path).map_err(failed)?;
            file.path = path;
        }
        Ok(kept)
    }

    /// The number of rows and the sum of their hashes: the same for the same rows in any order.
    async fn fingerprint(&self, table: &str) -> Result<(i64, u64)> {
        let sql = format!(
            "select count(*), coalesce(bit_xor(row_hash(assignment_id, concat(kind, ' ', cast(at as varchar)))), arrow_cast(0, 'UInt64')) from {table}"
        );
        let failed = |error| step_error(table, error);
        let frame = self.session.sql(&sql).await.map_err(failed)?;
        let rows = frame.collect().await.map_err(failed)?;
        let row = rows.first().filter(|batch| batch.num_rows() == 1);
        let row = row.ok_or_else(|| Error::Bug(format!("{table} cannot be counted")))?;
        Ok((
            row.column(0).as_primitive::<Int64Type>().value(0),
            row.column(1).as_primitive::<UInt64Type>().value(0),
        ))
    }

    /// Plans every model over empty tables of the ones before it, and every check.
    pub(crate) async fn plan_all(&self) -> Result<usize> {
        for model in MODELS {
            let frame = self.plan(&self.session, model).await?;
            let (schema, table) = model.table();
            let columns = Arc::new(frame.schema().as_arrow().clone());
            register(
                &self.session,
                schema,
                table,
                Arc::new(EmptyTable::new(columns)),
            )?;
            for check in checks::parse(model.checks, model.path)? {
                let planned = self.session.sql(&check.sql).await;
                planned.map_err(|error| {
                    step_error(&format!("the checks of {}", model.name()), error)
                })?;
            }
        }
        Ok(MODELS.len())
    }

    async fn compute(&mut self, model: &Model) -> Result<()> {
        let name = model.name();
        let table = match model.kept {
            Kept::View | Kept::ViewOfShard => {
                let frame = self.plan(&self.session, model).await?;
                let (schema, table) = model.table();
                return register(&self.session, schema, table, frame.into_view());
            }
            Kept::Redealt => self.compute_redealt(model).await,
            Kept::Whole => self.compute_whole(model).await,
            Kept::Dealt => self.compute_dealt(model).await,
            Kept::PerShard => self.compute_per_shard(model).await,
        };
        let table = Arc::new(table.map_err(|error| step_error(&name, error))?);
        let (schema, table_name) = model.table();
        register(&self.session, schema, table_name, Arc::new(table.whole()))?;
        self.spilled.insert(name, table);
        Ok(())
    }

    async fn plan(&self, session: &SessionContext, model: &Model) -> Result<DataFrame> {
        let frame = session.sql(model.sql).await;
        frame
            .and_then(|frame| frame.with_param_values(self.parameters.clone()))
            .map_err(|error| step_error(&model.name(), error))
    }

    fn table_folder(&self, model: &Model) -> Result<PathBuf, DataFusionError> {
        let folder = self.folder.join(model.name());
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    async fn compute_whole(&self, model: &Model) -> Result<SpilledTable, DataFusionError> {
        let frame = self.plan(&self.session, model).await.map_err(external)?;
        let plan = frame.create_physical_plan().await?;
        let schema = plan.schema();
        let folder = self.table_folder(model)?;
        let streams = execute_stream_partitioned(plan, self.session.task_ctx())?;
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

    async fn compute_dealt(&self, model: &Model) -> Result<SpilledTable, DataFusionError> {
        let frame = self.plan(&self.session, model).await.map_err(external)?;
        let plan = frame.create_physical_plan().await?;
        let schema = plan.schema();
        let folder = self.table_folder(model)?;
        let dealer = Arc::new(Dealer::new(&schema, &folder, self.n_shards)?);
        let streams = execute_stream_partitioned(plan, self.session.task_ctx())?;
        let writes = streams.into_iter().map(|stream| {
            let dealer = Arc::clone(&dealer);
            spawned(async move { dealer.deal_stream(stream).await })
        });
        futures::future::try_join_all(writes).await?;
        let dealer = Arc::into_inner(dealer)
            .ok_or_else(|| DataFusionError::Internal("a partition is still dealt".to_owned()))?;
        let shards = dealer.finish()?;
        Ok(SpilledTable { schema, shards })
    }

    async fn compute_redealt(&self, model: &Model) -> Result<SpilledTable, DataFusionError> {
        let folder = self.table_folder(model)?;
        let session = self.shard_session(0).await.map_err(external)?;
        let frame = self.plan(&session, model).await.map_err(external)?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let dealer = Arc::new(Dealer::new(&schema, &folder, self.n_shards)?);
        let shards = (0..self.n_shards).map(|shard_idx| {
            let dealer = Arc::clone(&dealer);
            async move {
                let session = self.shard_session(shard_idx).await.map_err(external)?;
                let frame = self.plan(&session, model).await.map_err(external)?;
                let plan = frame.create_physical_plan().await?;
                let stream = datafusion::physical_plan::execute_stream(plan, session.task_ctx())?;
                spawned(async move { dealer.deal_stream(stream).await }).await
            }
        });
        let dealt: Vec<()> = stream::iter(shards)
            .buffered(self.engine.n_threads)
            .try_collect()
            .await?;
        drop(dealt);
        let dealer = Arc::into_inner(dealer)
            .ok_or_else(|| DataFusionError::Internal("a shard is still dealt".to_owned()))?;
        let shards = dealer.finish()?;
        Ok(SpilledTable { schema, shards })
    }

    async fn compute_per_shard(&self, model: &Model) -> Result<SpilledTable, DataFusionError> {
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
        let session = self.shard_session(shard_idx).await.map_err(external)?;
        let frame = self.plan(&session, model).await.map_err(external)?;
        let plan = frame.create_physical_plan().await?;
        let schema = plan.schema();
        let stream = datafusion::physical_plan::execute_stream(plan, session.task_ctx())?;
        let file = spawned(write_stream(stream, path)).await?;
        Ok(SpilledTable {
            schema,
            shards: vec![file.into_iter().collect()],
        })
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

    async fn check(&self, model: &Model, progress: &dyn Progress) -> Result<()> {
        let name = model.name();
        for check in checks::parse(model.checks, model.path)? {
            let limited = format!("select * from ({}) limit {OFFENDING_ROWS_SHOWN}", check.sql);
            let frame = self
                .session
                .sql(&limited)
                .await
                .and_then(|frame| frame.with_param_values(self.parameters.clone()))
                .map_err(|error| step_error(&format!("the checks of {name}"), error))?;
            let rows = frame
                .collect()
                .await
                .map_err(|error| step_error(&format!("the checks of {name}"), error))?;
            let is_passed = rows.iter().all(|batch| batch.num_rows() == 0);
            self.audits
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Audit {
                    code: name.clone(),
                    severity: match check.severity {
                        Severity::Fail => AuditSeverity::Fail,
                        Severity::Warn => AuditSeverity::Warn,
                    },
                    passed: is_passed,
                    observed: check.sentence.clone(),
                });
            if is_passed {
                continue;
            }
            let shown = pretty_format_batches(&rows)
                .map_err(|error| step_error(&name, error.into()))?
                .to_string();
            match check.severity {
                Severity::Warn => {
                    progress.warned(&name, &check.sentence, &shown);
                }
                Severity::Fail => {
                    return Err(Error::Check {
                        name: format!("the check of {name}"),
                        problem: format!("{}; nothing was published\n{shown}", check.sentence),
                    });
                }
            }
        }
        Ok(())
    }
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

async fn create_schemas(session: &SessionContext) -> Result<()> {
    let mut schemas: Vec<&str> = MODELS.iter().map(|model| model.table().0).collect();
    schemas.dedup();
    for schema in schemas {
        create_schema(session, schema).await?;
    }
    Ok(())
}

/// Makes `schema` where it does not exist.
pub(crate) async fn create_schema(session: &SessionContext, schema: &str) -> Result<()> {
    session
        .sql(&format!("create schema if not exists \"{schema}\""))
        .await
        .map(|_| ())
        .map_err(|error| Error::Bug(format!("cannot create schema {schema}: {error}")))
}

/// Names `provider` in `session`.
pub(crate) fn register(
    session: &SessionContext,
    schema: &str,
    table: &str,
    provider: Arc<dyn TableProvider>,
) -> Result<()> {
    let reference = TableReference::partial(schema, table);
    let replaced = session.deregister_table(reference.clone());
    replaced
        .and_then(|_| session.register_table(reference, provider))
        .map(|_| ())
        .map_err(|error| Error::Bug(format!("cannot register {schema}.{table}: {error}")))
}
