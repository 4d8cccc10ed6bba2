//! Computes the flow's tables one after the other: plans a model, keeps its rows, runs its checks.
//!
//! It knows how tables are kept, and no word of what they mean.

mod errors;
mod kept;
mod needs;
mod processor;
mod questions;
mod rounds;
mod sharing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::TableProvider;
use datafusion::common::{ParamValues, ScalarValue, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use crate::checks::{self, Severity};
use crate::error::{Error, Result};
use crate::manifest::{Audit, Severity as AuditSeverity};
use crate::pipeline::{FIT_OPTIONS, Found, Kept, MODELS, Model};
use crate::session::Engine;
use crate::spill::SpilledTable;

pub(crate) use errors::step_error;
pub(crate) use needs::named_tables;
pub(crate) use processor::Stopwatch;
pub(crate) use questions::typed;

/// Offending rows that a failed check shows.
const OFFENDING_ROWS_SHOWN: usize = 5;

/// What one table cost.
#[derive(Debug, Clone)]
pub(crate) struct StepReport {
    pub(crate) table: String,
    pub(crate) n_rows: Option<usize>,
    pub(crate) duration: Duration,
    /// Of the whole process, where the system tells.
    pub(crate) cpu: Option<Duration>,
}

/// The one row of a table that finds a parameter.
#[derive(Debug, serde::Deserialize)]
struct FoundValue {
    value: String,
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
    /// Every table that is there, views too.
    computed: BTreeSet<String>,
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
            computed: BTreeSet::new(),
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
        self.make(model).await?;
        self.computed.insert(model.name());
        Ok(())
    }

    async fn make(&mut self, model: &Model) -> Result<()> {
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
        let is_finder = name == FIT_OPTIONS.table;
        self.spilled.insert(name, table);
        if is_finder {
            self.bind_found(&FIT_OPTIONS).await?;
        }
        Ok(())
    }

    /// Gives a parameter the value that a table found for it.
    async fn bind_found(&mut self, found: &Found) -> Result<()> {
        let sql = format!("select {} as value from {}", found.column, found.table);
        let rows: Vec<FoundValue> = self.ask(found.table, &sql, &[]).await?;
        if let (ParamValues::Map(values), Some(row)) =
            (&mut self.parameters, rows.into_iter().next())
        {
            let value = ScalarValue::Utf8(Some(row.value));
            values.insert(found.parameter.to_owned(), value.into());
        }
        Ok(())
    }

    /// How each query is fitted, once `ranking.parameters` is there.
    pub(crate) fn fit_options(&self) -> String {
        let bound = match &self.parameters {
            ParamValues::Map(values) => values.get(FIT_OPTIONS.parameter),
            ParamValues::List(_) => None,
        };
        let text = bound.and_then(|options| options.value().try_as_str().flatten());
        text.unwrap_or_default().to_owned()
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
                        Severity::Warn | Severity::Note => AuditSeverity::Warn,
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
                Severity::Note => {}
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
