//! What can be typed to look at answers, workers and rankings without publishing; no behaviour.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConfigArguments;

const WHATIF_EXAMPLES: &str = "\
Examples:
  crowdrank whatif --config crowdrank.toml --rules rules.json stricter.json
  crowdrank whatif --config crowdrank.toml --rules none rules.json --as-of 2026-11-20 --json

The first rule set is what the others are compared with; the word none stands for no rule at all. A file is read like
quality.rules, in its place; rules that a pool brings with it hold in every column. What is counted:
  lost to quality control     dropped as rejected, blocked_by_ban, before_ban, not_admitted, skill_below_minimum or
                              over_worker_cap; they were paid unless rejected: the reward of the page, by real answer
  right on control tasks      the share of right answers of each worker to all control tasks of the log, each worker
                              counted as often as answers of the worker are kept
  agree with the majority     of the kept answers to a pair (or task) that has several, those that are the most
                              frequent one there; Krippendorff's alpha: the same beyond chance
  Kendall's tau               of the candidates' order with that of the first, by query, averaged: 1 is the same order";

#[derive(Debug, Args)]
#[command(after_help = WHATIF_EXAMPLES)]
pub struct WhatifArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Files of rules to replay; the first is the baseline.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// The moment to judge at; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  crowdrank explain worker W000012 --config crowdrank.toml
  crowdrank explain worker w_0f8ad2b0c1d94f6e7a8b9c0d --config crowdrank.toml --json
  crowdrank explain pair P0001 P0417 P0033 --config crowdrank.toml
  crowdrank explain method bradley_terry

A published pseudonym (w_...) is found again with the same CROWDRANK_WORKER_KEY. The text groups what rules saw
without acting; --json has every event.";

#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArguments {
    #[command(subcommand)]
    pub subject: ExplainSubject,
}

#[derive(Debug, Subcommand)]
pub enum ExplainSubject {
    /// Everything that the rules saw of a worker and did, in the order of time
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Worker(ExplainWorkerArguments),
    /// The answers, workers, weights and arithmetic behind the comparison of two candidates
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Pair(ExplainPairArguments),
    /// Formula, symbols, source and cost of a ranking method; without a name: the list
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Method(ExplainMethodArguments),
}

#[derive(Debug, Args)]
pub struct ExplainPairArguments {
    /// The query: the initial product.
    #[arg(value_name = "QUERY")]
    pub query_id: String,
    /// One candidate.
    #[arg(value_name = "A")]
    pub first_item_id: String,
    /// The other one.
    #[arg(value_name = "B")]
    pub second_item_id: String,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// The moment to judge at; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExplainMethodArguments {
    /// A name of the list.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  crowdrank evaluate --config crowdrank.toml
  crowdrank evaluate --config crowdrank.toml --methods bradley_terry,win_rate,elo --json
  crowdrank evaluate --coverage

A fifth of the answers is held out by a hash of each answer, so that every run holds out the same; each method is
fitted to the rest. log loss: mean of -log(probability of what was answered), in nats; a coin has 0.693. accuracy:
share of held-out answers whose winner was scored higher; ties and equal scores count half. calibration: mean
distance between predicted and observed shares over ten bins of equal size; calibrated log loss: with all scores
stretched by one factor learnt from the other answers, which is how methods are compared. With inputs.truth also Kendall's tau-b,
NDCG and the share of queries whose best candidate is ranked first, fitted to all answers. Intervals: 95 %,
200 bootstrap samples of queries.";

#[derive(Debug, Args)]
#[command(after_help = EVALUATE_EXAMPLES)]
pub struct EvaluateArguments {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE", required_unless_present = "coverage")]
    pub config: Option<PathBuf>,
    /// Override one value, such as `skills.weight=model`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// The methods to compare; default: all.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub methods: Vec<String>,
    /// The moment to judge at; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// How many candidates NDCG looks at.
    #[arg(long, default_value_t = 5, value_name = "K")]
    pub ndcg_at: usize,
    /// Another seed holds out other answers.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Instead: simulate graphs with known scores, and count how often the 95 % intervals hold them.
    #[arg(long, conflicts_with_all = ["config", "methods"])]
    pub coverage: bool,
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

const NEXT_PAIRS_EXAMPLES: &str = "\
Examples:
  crowdrank next-pairs --config crowdrank.toml --budget 5000 --output tasks.tsv
  crowdrank next-pairs --config crowdrank.toml --budget 5000 --per-query 4 --per-item 2 --output tasks.parquet

Chosen one after the other: the answer that is expected to tell most about the order of a query's candidates, by the
covariance of their scores after the answers chosen before it; dear pools count by what an answer costs. The file's
ending says how it is written: .tsv, .csv, .parquet or .json; without --output a table is printed.";

#[derive(Debug, Args)]
#[command(after_help = NEXT_PAIRS_EXAMPLES)]
pub struct NextPairsArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// How many answers to ask for.
    #[arg(long, value_name = "N")]
    pub budget: usize,
    /// At most so many answers about one query.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub per_query: usize,
    /// At most so many answers about one candidate of a query.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub per_item: usize,
    /// The file to write; it must not exist.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The moment to judge at; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExplainWorkerArguments {
    /// The worker's id, or its published pseudonym.
    #[arg(value_name = "ID")]
    pub worker_id: String,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// The moment to judge at; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}
