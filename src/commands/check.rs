//! `check`: everything that can be wrong before a row is read.

use crate::args::CheckArguments;
use crate::config::Config;
use crate::error::Result;
use crate::job::Job;
use crate::report;

pub(super) async fn run(arguments: &CheckArguments) -> Result<()> {
    let config = Config::load(&arguments.config.config, &arguments.config.settings)?;
    let job = Job::inspect(config).await?;
    for input in &job.inputs.found {
        report::line(&format!(
            "ok  inputs.{:<14} {:>4} files {:>12} rows",
            input.contract.table,
            input.files.len(),
            input.n_rows()
        ));
    }
    let n_features = job.inputs.features().columns().len();
    report::line(&format!(
        "ok  training.features     {n_features:>4} columns"
    ));
    let n_models = job.plan_all().await?;
    report::line(&format!("ok  sql                   {n_models:>4} models"));
    for warning in &job.rule_warnings {
        report::line(&format!("warn  {warning}"));
    }
    report::line("ok  configuration and rules");
    Ok(())
}
