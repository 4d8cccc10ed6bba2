//! `evaluate`: ranking methods compared on answers held out, and with the truth where it is known.
//!
//! What is compared how is `ranking::evaluation`'s; nothing is published, nothing kept.

mod candidates;
mod coverage;
mod figures;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Float64Type;

use crate::args::EvaluateArguments;
use crate::commands::look::{all_columns, job_of, runner_with};
use crate::config::{Config, ProjectKind};
use crate::error::{Error, Result};
use crate::ranking::{EvaluationSettings, GroupTruth, evaluate, recommend};
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
    let job = job_of(config, arguments.as_of.as_deref()).await?;
    let runner = runner_with(&job, &["comparisons.votes"]).await?;
    let votes = include_str!("evaluate/votes.sql");
    let columns = all_columns(&runner, STEP, votes, &[]).await?;
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

/// The truth of each group's items, in the order of the panel's numbers.
async fn truths(runner: &Runner, ids: &Ids<'_>) -> Result<Vec<GroupTruth>> {
    let truth = include_str!("evaluate/truth.sql");
    let columns = all_columns(runner, STEP, truth, &[]).await?;
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
