//! Why two candidates of a query stand as they do: the answers, the workers, the weights, the arithmetic.
//!
//! What the answers say is `ranking::pair_story`'s; what is asked of the tables stands in `pair/*.sql`.

mod telling;

use datafusion::common::ScalarValue;
use serde::{Deserialize, Serialize};

use crate::args::ExplainPairArguments;
use crate::commands::look::{all_columns, job_of, runner_with};
use crate::config::{Config, ProjectKind};
use crate::error::{Error, Result};
use crate::job::Job;
use crate::manifest::AsOf;
use crate::ranking::{PairStory, pair_story};
use crate::report;
use crate::runner::{Runner, step_error};
use crate::udaf::{NamedPanel, parse_options};

/// How errors name what is asked here.
const STEP: &str = "the story of a pair";

/// Everything that is told.
#[derive(Debug, Serialize)]
struct Story {
    query_id: String,
    first_item_id: String,
    second_item_id: String,
    as_of: AsOf,
    method: String,
    fit_options: String,
    answers: Vec<Answer>,
    scores: Vec<Score>,
    /// None where no vote about the two, or about one of them, is left.
    evidence: Option<telling::Evidence>,
}

/// An answer about the two.
#[expect(clippy::struct_field_names, reason = "the columns of the question")]
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    worker_id: String,
    left_item_id: String,
    right_item_id: String,
    answer: Option<String>,
    chosen_item_id: Option<String>,
    drop_reason: Option<String>,
    skill: Option<f64>,
    weight: Option<f64>,
    is_kept: bool,
    submitted_at: Option<String>,
}

/// A candidate of the query.
#[expect(clippy::struct_field_names, reason = "the columns of the question")]
#[derive(Debug, Serialize, Deserialize)]
struct Score {
    item_id: String,
    score: Option<f64>,
    score_se: Option<f64>,
    score_lo: Option<f64>,
    score_hi: Option<f64>,
    rank: Option<i64>,
    rank_lo: Option<i64>,
    rank_hi: Option<i64>,
    n_comparisons: i64,
    n_workers: i64,
    status: String,
}

pub(super) async fn explain(arguments: &ExplainPairArguments) -> Result<()> {
    if arguments.first_item_id == arguments.second_item_id {
        return Err(Error::Usage("name two different candidates".to_owned()));
    }
    let config = Config::load(&arguments.config.config, &arguments.config.settings)?;
    if config.project.kind != ProjectKind::SideBySide {
        return Err(Error::Usage(
            "a classification project has no pairs to explain".to_owned(),
        ));
    }
    let job = job_of(config, arguments.as_of.as_deref()).await?;
    let runner = runner_with(&job, &["ranking.scores"]).await?;
    let story = gather(&runner, &job, arguments).await?;
    if arguments.json {
        report::json(&story)?;
    } else {
        for line in telling::lines(&story) {
            report::line(&line);
        }
    }
    Ok(())
}

async fn gather(runner: &Runner, job: &Job, arguments: &ExplainPairArguments) -> Result<Story> {
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let names = [
        ("query_id", text(&arguments.query_id)),
        ("first_item_id", text(&arguments.first_item_id)),
        ("second_item_id", text(&arguments.second_item_id)),
    ];
    let scores: Vec<Score> = runner
        .ask(STEP, include_str!("pair/scores.sql"), &names)
        .await?;
    let answers: Vec<Answer> = runner
        .ask(STEP, include_str!("pair/answers.sql"), &names)
        .await?;
    for item_id in [&arguments.first_item_id, &arguments.second_item_id] {
        let is_known = scores.iter().any(|score| score.item_id == *item_id);
        if !is_known && answers.is_empty() {
            return Err(unknown(&arguments.query_id, item_id, &scores));
        }
    }
    let fit_options = runner.fit_options();
    let evidence = evidence(runner, &names, arguments, &fit_options).await?;
    Ok(Story {
        query_id: arguments.query_id.clone(),
        first_item_id: arguments.first_item_id.clone(),
        second_item_id: arguments.second_item_id.clone(),
        as_of: job.as_of,
        method: job.config.ranking.fit_method().to_owned(),
        fit_options,
        answers,
        scores,
        evidence: evidence.map(|story| telling::Evidence::new(&story)),
    })
}

/// What the votes of the query say about the two, under the Bradley–Terry model.
async fn evidence(
    runner: &Runner,
    names: &[(&str, ScalarValue)],
    arguments: &ExplainPairArguments,
    fit_options: &str,
) -> Result<Option<PairStory>> {
    let failed = |error| step_error(STEP, error);
    let columns = all_columns(runner, STEP, include_str!("pair/votes.sql"), names).await?;
    let n_rows = columns.first().map_or(0, |column| column.len());
    let votes = NamedPanel::new(&columns, &(0..n_rows)).map_err(failed)?;
    let Some(items) = votes.ids.items.first() else {
        return Ok(None);
    };
    let number = |id: &String| items.binary_search(&id.as_str()).ok();
    let (Some(first), Some(second)) = (
        number(&arguments.first_item_id),
        number(&arguments.second_item_id),
    ) else {
        return Ok(None);
    };
    let parameters = parse_options(fit_options).map_err(failed)?;
    let outcomes = votes.panel.group(0);
    Ok(Some(pair_story(
        &outcomes,
        first as u32,
        second as u32,
        &parameters,
    )))
}

fn unknown(query_id: &str, item_id: &str, scores: &[Score]) -> Error {
    if scores.is_empty() {
        return Error::Usage(format!(
            "no answer about the query \"{query_id}\" counts; see quality.decisions for why"
        ));
    }
    let known: Vec<&str> = scores.iter().map(|score| score.item_id.as_str()).collect();
    Error::Usage(format!(
        "\"{item_id}\" is no candidate of \"{query_id}\"; these are: {}",
        known.join(", ")
    ))
}
