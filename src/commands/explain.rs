//! `explain`: what the rules saw and did, traced to the answers. Nothing is published, nothing kept.
//!
//! What is asked stands in `explain/*.sql`, the rules in words in `explain/rule_words.rs`.

mod method;
mod moments;
mod pair;
mod rule_words;
mod story;
mod telling;
mod timeline;
mod worker;

use crate::args::{ExplainArguments, ExplainSubject, ExplainWorkerArguments};
use crate::commands::look::job_of;
use crate::config::Config;
use crate::error::Result;
use crate::pipeline::MODELS;
use crate::report;
use crate::runner::step_error;

use rule_words::RuleWords;
use story::Story;

pub(super) async fn run(arguments: &ExplainArguments) -> Result<()> {
    match &arguments.subject {
        ExplainSubject::Worker(worker) => explain_worker(worker).await,
        ExplainSubject::Pair(named) => pair::explain(named).await,
        ExplainSubject::Method(named) => method::explain(named),
    }
}

async fn explain_worker(arguments: &ExplainWorkerArguments) -> Result<()> {
    let config = Config::load(&arguments.config.config, &arguments.config.settings)?;
    let job = job_of(config, arguments.as_of.as_deref()).await?;
    let mut runner = job.runner_of_log().await?;
    let worker = worker::find(&runner, &arguments.worker_id).await?;
    let progress = report::Display::new();
    // A majority needs all workers, so that one worker's story needs everybody's.
    for model in MODELS {
        if ["ingest", "quality", "skills"].contains(&model.table().0) {
            runner.compute_unchecked(model, &progress).await?;
        }
    }
    drop(progress);
    // The looks come in the replay's order as long as nobody deals them to several partitions.
    let one_partition = "set datafusion.execution.target_partitions = 1";
    let setting = runner.session().sql(one_partition).await;
    setting.map_err(|error| step_error("the story of a worker", error))?;
    let book = job.rule_book()?;
    let words = RuleWords::new(&book);
    let story = Story::gather(&runner, worker, job.as_of, &words).await?;
    if arguments.json {
        report::json(&story)?;
    } else {
        for line in telling::lines(&story, &words) {
            report::line(&line);
        }
    }
    Ok(())
}
