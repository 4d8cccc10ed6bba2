//! What the commands share that look at a log: its job, its tables, their rows. Nothing is published, nothing kept.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::concat_batches;
use datafusion::common::ScalarValue;

use crate::commands::nightly::use_threads;
use crate::config::Config;
use crate::error::Result;
use crate::job::{Job, RunRequest};
use crate::report;
use crate::runner::{Runner, step_error};

/// Finds the inputs, and reads the rules; `as_of` as it was typed.
pub(super) async fn job_of(config: Config, as_of: Option<&str>) -> Result<Job> {
    use_threads(config.run.threads);
    let request = RunRequest {
        as_of: as_of.map(str::parse).transpose()?,
        ..RunRequest::default()
    };
    Job::prepare(config, &request).await
}

/// A runner with these tables, by the configured rules.
pub(super) async fn runner_with(job: &Job, tables: &[&str]) -> Result<Runner> {
    let mut runner = job.runner_of_log().await?;
    let wanted = tables.iter().map(|table| (*table).to_owned()).collect();
    runner
        .compute_needed(wanted, &report::Display::new())
        .await?;
    Ok(runner)
}

/// All rows of a question, column by column; `what` is asked with the parameters `more`.
pub(super) async fn all_columns(
    runner: &Runner,
    what: &str,
    sql: &str,
    more: &[(&str, ScalarValue)],
) -> Result<Vec<ArrayRef>> {
    let failed = |error| step_error(what, error);
    let frame = runner.frame(what, sql, more).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await.map_err(failed)?;
    let rows = concat_batches(&schema, &batches).map_err(|error| failed(error.into()))?;
    Ok(rows.columns().to_vec())
}
