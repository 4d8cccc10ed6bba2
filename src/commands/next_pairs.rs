//! `next-pairs`: which pairs to ask the crowd next, as tasks to upload. Nothing is published, nothing kept.
//!
//! Which pairs tell most is `ranking::next_pairs`'s to say.

mod tasks;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::args::NextPairsArguments;
use crate::commands::look::{all_columns, job_of, runner_with};
use crate::config::{Config, ProjectKind};
use crate::error::{Error, Result};
use crate::ranking::{NextPair, PairRequest, next_pairs};
use crate::report;
use crate::runner::{Runner, step_error};
use crate::udaf::{Ids, NamedPanel, parse_options};

use tasks::{Task, Tasks};

/// How errors name what is asked here.
const STEP: &str = "the next pairs";

/// Decides between equally good pairs.
const SEED: u64 = 1;

pub(super) async fn run(arguments: &NextPairsArguments) -> Result<()> {
    let config = Config::load(&arguments.config.config, &arguments.config.settings)?;
    if config.project.kind != ProjectKind::SideBySide {
        return Err(Error::Usage(
            "next-pairs asks about pairs; a classification project has none (see relabel)"
                .to_owned(),
        ));
    }
    if arguments.budget == 0 {
        return Err(Error::Usage(
            "--budget: ask for one answer at least".to_owned(),
        ));
    }
    let form = tasks::Form::of(arguments.output.as_deref())?;
    let job = job_of(config, arguments.as_of.as_deref()).await?;
    let tables = [
        "comparisons.votes",
        "ingest.pages",
        "ingest.pools",
        "ranking.parameters",
    ];
    let runner = runner_with(&job, &tables).await?;
    let candidates = include_str!("next_pairs/candidates.sql");
    let columns = all_columns(&runner, STEP, candidates, &[]).await?;
    let n_rows = columns.first().map_or(0, |column| column.len());
    let named = NamedPanel::new(&columns, &(0..n_rows)).map_err(|error| step_error(STEP, error))?;
    let prices = prices(&runner).await?;
    let costs = costs(&named.ids, &prices);
    let chosen = next_pairs(
        &named.panel,
        &parse_options(&runner.fit_options()).map_err(|error| step_error(STEP, error))?,
        &PairRequest {
            budget: arguments.budget,
            per_query_max: arguments.per_query,
            per_item_max: arguments.per_item,
            costs,
            seed: SEED,
        },
    );
    let tasks = Tasks {
        tasks: chosen
            .iter()
            .map(|pair| task(pair, &named.ids, &prices))
            .collect(),
        columns: &job.config.inputs.responses.columns,
    };
    tasks.write(arguments.output.as_deref(), form)?;
    if chosen.len() < arguments.budget {
        tracing::warn!(
            "only {} answers: --per-query and --per-item allow no more about {} queries",
            chosen.len(),
            named.ids.queries.len()
        );
    }
    if let Some(path) = &arguments.output {
        report::line(&tasks.summary(path));
    }
    Ok(())
}

/// Where a query is asked, and at what price.
#[derive(Debug, Deserialize)]
struct Price {
    query_id: String,
    pool_id: String,
    answer_price_usd: Option<f64>,
}

async fn prices(runner: &Runner) -> Result<BTreeMap<String, Price>> {
    let rows: Vec<Price> = runner
        .ask(STEP, include_str!("next_pairs/prices.sql"), &[])
        .await?;
    Ok(rows
        .into_iter()
        .map(|price| (price.query_id.clone(), price))
        .collect())
}

/// The price of each query; none at all where some query has none: then an answer costs the same everywhere.
fn costs(ids: &Ids<'_>, prices: &BTreeMap<String, Price>) -> Option<Vec<f64>> {
    let cost = |query: &&str| {
        let price = prices.get(*query)?.answer_price_usd?;
        (price > 0.0 && price.is_finite()).then_some(price)
    };
    ids.queries.iter().map(cost).collect()
}

fn task(pair: &NextPair, ids: &Ids<'_>, prices: &BTreeMap<String, Price>) -> Task {
    let query_id = ids.queries[pair.group];
    let price = prices.get(query_id);
    let item = |number: u32| ids.items[pair.group][number as usize].to_owned();
    Task {
        query_id: query_id.to_owned(),
        left_item_id: item(pair.left),
        right_item_id: item(pair.right),
        pool_id: price.map(|price| price.pool_id.clone()),
        expected_information: pair.expected_information,
        win_probability: pair.win_probability,
        difference_se: pair.standard_error_of_difference,
        cost_usd: price.and_then(|price| price.answer_price_usd),
    }
}
