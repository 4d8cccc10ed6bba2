//! `evaluate`: ranking methods compared on answers held out, and with the truth where it is known.
//!
//! What is compared how is `ranking::evaluation`'s; nothing is published, nothing kept.

mod candidates;
mod coverage;
mod figures;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Float64Type;

use crate::args::EvaluateArguments;
use crate::commands::nightly::use_threads;
use crate::config::{Config, ProjectKind};
use crate::error::{Error, Result};
use crate::job::{Job, RunRequest};
use crate::pipeline::MODELS;
use crate::ranking::{EvaluationSettings, GroupTruth, evaluate, recommend};
use crate::report;
use crate::runner::{Runner, step_error};
use crate::udaf::{Ids, NamedKeyedPanel};

use candidates::Candidates;
use figures::Figures;

/// How errors name what is asked here.
const STEP: &str = "the evaluation";

pub(super) async fn run(arguments: &EvaluateArguments) -> Result<()> {
    if arguments.coverage {
        return coverage::run(arguments);
    }
    let Some(path) = &arguments.config else {
        return Err(Error::Usage(
            "evaluate needs --config, or --coverage".to_owned(),
        ));
    };
    let config = Config::load(path, &arguments.settings)?;
    if config.project.kind != ProjectKind::SideBySide {
        return Err(Error::Usage(
            "evaluate compares ranking methods; a classification project has none".to_owned(),
        ));
    }
    let candidates = Candidates::choose(&config, &arguments.methods)?;
    use_threads(config.run.threads);
    let request = RunRequest {
        as_of: arguments.as_of.as_deref().map(str::parse).transpose()?,
        ..RunRequest::default()
    };
    let job = Job::prepare(config, &request).await?;
    let runner = runner_with_votes(&job).await?;
    let columns = all_columns(&runner, include_str!("evaluate/votes.sql")).await?;
    let named = NamedKeyedPanel::new(&columns).map_err(|error| step_error(STEP, error))?;
    let truths = match job.inputs.table("truth") {
        Some(_) => Some(truths(&runner, &named.ids).await?),
        None => None,
    };
    let settings = EvaluationSettings {
        salt: arguments.seed,
        ndcg_at: arguments.ndcg_at,
        ..EvaluationSettings::default()
    };
    let all = candidates.all();
    let compared = evaluate(&named.panel, truths.as_deref(), &all, &settings);
    let recommended = recommend(&compared.evaluations);
    let figures = Figures::new(&job, &compared, recommended, &settings);
    figures.print(arguments.json)
}

/// The votes of a run, and what they were made of.
pub(super) async fn runner_with_votes(job: &Job) -> Result<Runner> {
    let mut runner = job.runner_of_log().await?;
    let progress = report::Display::new();
    for model in MODELS {
        let is_before_votes = ["ingest", "quality", "skills"].contains(&model.table().0);
        let is_wanted = ["comparisons.votes", "ranking.parameters"].contains(&&*model.name());
        if is_before_votes || is_wanted {
            runner.compute_unchecked(model, &progress).await?;
        }
    }
    Ok(runner)
}

/// All rows of a question, column by column.
pub(super) async fn all_columns(runner: &Runner, sql: &str) -> Result<Vec<ArrayRef>> {
    let failed = |error| step_error(STEP, error);
    let frame = runner.frame(STEP, sql, &[]).await?;
    let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
    let batches: Vec<RecordBatch> = frame.collect().await.map_err(failed)?;
    let rows = concat_batches(&schema, &batches).map_err(|error| failed(error.into()))?;
    Ok(rows.columns().to_vec())
}

/// The truth of each group's items, in the order of the panel's numbers.
async fn truths(runner: &Runner, ids: &Ids<'_>) -> Result<Vec<GroupTruth>> {
    let columns = all_columns(runner, include_str!("evaluate/truth.sql")).await?;
    let [queries, items, scores] = &columns[..] else {
        return Err(Error::Bug("the truth has three columns".to_owned()));
    };
    let (queries, items) = (queries.as_string::<i32>(), items.as_string::<i32>());
    let scores = scores.as_primitive::<Float64Type>();
    let mut truths: Vec<Vec<Option<f64>>> = ids
        .items
        .iter()
        .map(|items| vec![None; items.len()])
        .collect();
    for row_idx in 0..scores.len() {
        let query = queries.value(row_idx);
        let Ok(group_idx) = ids.queries.binary_search(&query) else {
            continue;
        };
        if let Ok(item_idx) = ids.items[group_idx].binary_search(&items.value(row_idx)) {
            truths[group_idx][item_idx] =
                Some(scores.value(row_idx)).filter(|score| score.is_finite());
        }
    }
    Ok(truths.into_iter().map(Some).collect())
}
