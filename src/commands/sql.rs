//! `sql`: statements over inputs, stage tables and the published snapshot; a prompt when none is given.
//!
//! A stage is computed when a statement first names one of its tables, and only what it needs.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use datafusion::common::{ParamValues, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, Statement};
use futures::TryStreamExt;
use rustyline::error::ReadlineError;

use crate::args::{OutputFormat, SqlArguments};
use crate::commands::look::job_of;
use crate::commands::{read_parquet, worker_tables};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::job::{Vocabulary, register_published};
use crate::pipeline::{MODELS, Model};
use crate::report;
use crate::runner::{Runner, named_tables, step_error};
use crate::session::Engine;

pub(super) async fn run(arguments: SqlArguments) -> Result<()> {
    if arguments.config.is_none() && (!arguments.settings.is_empty() || arguments.as_of.is_some()) {
        return Err(Error::Usage("--set and --as-of need --config".to_owned()));
    }
    let text = read_statements(&arguments)?;
    let parameters = parse_parameters(&arguments.parameters)?;
    let mut prompt = match &arguments.config {
        None => {
            let mut config = Config::default();
            config.run.memory_limit.clone_from(&arguments.memory_limit);
            Prompt::without_inputs(&config)?
        }
        Some(path) => {
            let mut config = Config::load(path, &arguments.settings)?;
            let limit_of_file = config.run.memory_limit.take();
            config.run.memory_limit = arguments.memory_limit.clone().or(limit_of_file);
            Prompt::open(config, arguments.as_of.as_deref()).await?
        }
    };
    prompt.parameters = parameters;
    match text {
        Some(text) => prompt.run(&text, arguments.format).await,
        None => prompt.talk(arguments.format).await,
    }
}

/// What `-c`, `-f` or a pipe gives; none at a terminal.
fn read_statements(arguments: &SqlArguments) -> Result<Option<String>> {
    if let Some(text) = &arguments.command {
        return Ok(Some(text.clone()));
    }
    let (read, name) = match &arguments.file {
        Some(file) => (std::fs::read_to_string(file), file.display().to_string()),
        None if std::io::stdin().is_terminal() => return Ok(None),
        None => (
            std::io::read_to_string(std::io::stdin()),
            "stdin".to_owned(),
        ),
    };
    read.map(Some)
        .map_err(|error| Error::Usage(format!("cannot read statements from {name}: {error}")))
}

/// A session that computes stage tables when they are named.
pub(super) struct Prompt {
    session: SessionContext,
    stages: Option<Runner>,
    parameters: Vec<(String, ScalarValue)>,
}

impl Prompt {
    /// Functions only: `config` says what the engine may use.
    fn without_inputs(config: &Config) -> Result<Self> {
        let engine = Engine::new(config)?;
        let session = engine.session(engine.n_threads);
        read_parquet::register(&session, &engine);
        worker_tables::register(&session);
        Ok(Self::new(session, None))
    }

    /// Opens the inputs and the published snapshot of `config`.
    pub(super) async fn open(config: Config, as_of: Option<&str>) -> Result<Self> {
        let job = job_of(config, as_of).await?;
        let runner = job
            .runner(&ulid::Ulid::new().to_string(), Vocabulary::Current)
            .await?;
        let dataset = job.dataset()?;
        register_published(
            runner.session(),
            &job.engine,
            &job.storage,
            dataset.as_ref(),
        )
        .await?;
        let session = runner.session().clone();
        read_parquet::register(&session, &job.engine);
        worker_tables::register(&session);
        Ok(Self::new(session, Some(runner)))
    }

    fn new(session: SessionContext, stages: Option<Runner>) -> Self {
        Self {
            session,
            stages,
            parameters: Vec::new(),
        }
    }

    /// Runs statements separated by semicolons, and writes each result.
    pub(super) async fn run(&mut self, text: &str, format: OutputFormat) -> Result<()> {
        let statements = DFParser::parse_sql(text).map_err(not_sql)?;
        for statement in statements {
            self.run_one(statement, format).await?;
        }
        Ok(())
    }

    async fn run_one(&mut self, statement: Statement, format: OutputFormat) -> Result<()> {
        self.compute_named(&statement).await?;
        let state = self.session.state();
        let plan = state.statement_to_plan(statement).await.map_err(not_sql)?;
        let failed = |error| match step_error("the query", error) {
            Error::Step { source, .. } => Error::Usage(format!("the statement failed: {source}")),
            other => other,
        };
        let frame = self
            .session
            .execute_logical_plan(plan)
            .await
            .map_err(not_sql)?;
        let frame = if self.parameters.is_empty() {
            frame
        } else {
            frame
                .with_param_values(ParamValues::from(self.parameters.clone()))
                .map_err(not_sql)?
        };
        let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
        let Some(mut out) = report::stream(&schema, format)? else {
            let rows = frame.collect().await.map_err(failed)?;
            return report::rows(&schema, &rows, format);
        };
        let not_writable = |error| report::not_writable(&error, format);
        let mut batches = frame.execute_stream().await.map_err(failed)?;
        while let Some(batch) = batches.try_next().await.map_err(failed)? {
            if !out.write(&batch).map_err(not_writable)? {
                break;
            }
        }
        out.finish().map_err(not_writable)
    }

    /// Computes every table of the flow that the statement needs and that is not there yet.
    async fn compute_named(&mut self, statement: &Statement) -> Result<()> {
        let Some(runner) = &mut self.stages else {
            return Ok(());
        };
        let mut wanted = named_tables(&self.session, statement).map_err(not_sql)?;
        // A table function is told its table by text.
        let text = statement.to_string();
        let is_quoted = |name: &String| text.contains(&format!("'{name}'"));
        wanted.extend(MODELS.iter().map(Model::name).filter(is_quoted));
        runner.compute_needed(wanted, &report::Display::new()).await
    }

    /// Reads statements from the terminal until the end of input.
    async fn talk(&mut self, format: OutputFormat) -> Result<()> {
        let mut editor = rustyline::DefaultEditor::new().map_err(|error| {
            Error::Usage(format!("cannot open a prompt: {error}; give -c or -f"))
        })?;
        let mut waiting = String::new();
        loop {
            let mark = if waiting.is_empty() {
                "crowdrank> "
            } else {
                "      ...> "
            };
            // Reading the terminal blocks; nothing else runs meanwhile.
            match tokio::task::block_in_place(|| editor.readline(mark)) {
                Ok(line) => {
                    waiting.push_str(&line);
                    waiting.push('\n');
                }
                Err(ReadlineError::Interrupted) => waiting.clear(),
                Err(ReadlineError::Eof) if waiting.trim().is_empty() => return Ok(()),
                Err(ReadlineError::Eof) => waiting.push(';'),
                Err(error) => return Err(Error::Usage(format!("cannot read the prompt: {error}"))),
            }
            if matches!(waiting.trim(), "exit" | "quit" | "\\q" | "exit;" | "quit;") {
                return Ok(());
            }
            if !waiting.trim_end().ends_with(';') {
                continue;
            }
            let text = std::mem::take(&mut waiting);
            // The history is a comfort: a line that cannot be kept is not an error.
            if let Err(error) = editor.add_history_entry(text.trim()) {
                tracing::debug!(%error, "the line was not kept");
            }
            if let Err(error) = self.run(&text, format).await {
                report::problem(&error);
            }
        }
    }
}

/// Our own errors as they are; the engine's are about the statement.
fn not_sql(error: DataFusionError) -> Error {
    match step_error("the statement", error) {
        Error::Step { source, .. } => {
            Error::Usage(format!("the statement cannot be planned: {source}"))
        }
        other => other,
    }
}

/// Reads `name:type=value`.
fn parse_parameters(texts: &[String]) -> Result<Vec<(String, ScalarValue)>> {
    let parsed = texts.iter().map(|text| {
        let wrong = || {
            Error::Usage(format!(
                "--param {text}: write name:type=value with type text, bigint, double, bool, date or timestamp"
            ))
        };
        let (declared, value) = text.split_once('=').ok_or_else(wrong)?;
        let (name, kind) = declared.split_once(':').ok_or_else(wrong)?;
        let scalar = parse_scalar(kind, value).ok_or_else(wrong)?;
        Ok((name.to_owned(), scalar))
    });
    let by_name = parsed.collect::<Result<BTreeMap<_, _>>>()?;
    Ok(by_name.into_iter().collect())
}

fn parse_scalar(kind: &str, value: &str) -> Option<ScalarValue> {
    use datafusion::arrow::datatypes::DataType;
    let data_type = match kind.to_ascii_lowercase().as_str() {
        "text" | "varchar" | "string" => DataType::Utf8,
        "bigint" | "int" | "integer" | "smallint" => DataType::Int64,
        "double" | "float" | "real" => DataType::Float64,
        "bool" | "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" => crate::contract::timestamp_type(),
        _ => return None,
    };
    ScalarValue::try_from_string(value.to_owned(), &data_type).ok()
}
