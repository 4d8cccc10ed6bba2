//! What can be typed; no behaviour.

mod inspect;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use inspect::{
    EvaluateArguments, ExplainArguments, ExplainMethodArguments, ExplainPairArguments,
    ExplainSubject, ExplainWorkerArguments, NextPairsArguments, WhatifArguments,
};

const EXAMPLES: &str = "\
Examples:
  crowdrank demo                                 a whole shop, ranked and published, in seconds
  crowdrank check --config crowdrank.toml        is everything in place for tonight?
  crowdrank run --config crowdrank.toml          the nightly job
  crowdrank sql --config crowdrank.toml -c \"select drop_reason, count(*) from quality.decisions group by 1\"

Exit codes: 0 published or up to date, 2 usage, 3 check failed, 4 input missing, 5 lost a race,
6 storage unavailable, 7 out of memory or disk, 8 input corrupt, 9 commit unknown, 130/143 stopped.";

/// Turns raw crowd answers into ranked training sets.
#[derive(Debug, Parser)]
#[command(name = "crowdrank", version, after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Arguments {
    /// How progress and errors are written to stderr.
    #[arg(long, value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// Only warnings and errors on stderr.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run: the nightly job, from the inputs to a published snapshot
    Run(RunArguments),
    /// Run: make a seeded shop, run the whole job on it, and say how well the truth was recovered
    Demo(DemoArguments),
    /// Inspect: are configuration, rules, SQL and input schemas in order? Reads no answers
    Check(CheckArguments),
    /// Inspect: several rule sets replayed on the same answers, side by side; publishes nothing
    Whatif(WhatifArguments),
    /// Inspect: ranking methods compared on answers held out, and on the truth where it is known
    Evaluate(EvaluateArguments),
    /// Inspect: why a worker was banned or a candidate ranked, traced to the answers; what a method computes
    Explain(ExplainArguments),
    /// Inspect: which pairs to ask the crowd next, as tasks to upload
    NextPairs(NextPairsArguments),
    /// Inspect: ad-hoc SQL over the inputs, every stage table and the published snapshot
    Sql(SqlArguments),
    /// Data: write a seeded shop as Parquet, at any size
    Generate(GenerateArguments),
    /// Data: turn a platform's export into Parquet inputs and a starting configuration
    Import(ImportArguments),
}

/// The configuration and what overrides it.
#[derive(Debug, Clone, Args)]
pub struct ConfigArguments {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Override one value, such as `ranking.method=win_rate`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  crowdrank check --config crowdrank.toml\n  crowdrank check --config crowdrank.toml --set quality.rules=stricter.json"
)]
pub struct CheckArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
}

const RUN_EXAMPLES: &str = "\
Examples:
  crowdrank run --config crowdrank.toml
  crowdrank run --config crowdrank.toml --as-of 2026-11-20T00:00:00Z
  crowdrank run --config crowdrank.toml --from 2026-11-01 --to 2026-11-20 --set ranking.method=win_rate
  crowdrank run --config crowdrank.toml --json | jq .audits";

#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// The moment that the snapshot stands for; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Only answers on pages taken on this day or later (2026-11-01).
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only answers on pages taken on this day or earlier.
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Publish although the current snapshot stands for a later moment.
    #[arg(long)]
    pub allow_older: bool,
    /// Say on stdout in one JSON object how the run ended, with every audit; also when audits refuse it.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  crowdrank demo\n  crowdrank demo /tmp/shop --seed 7")]
pub struct DemoArguments {
    /// The folder to make; it must be empty or an earlier demo.
    #[arg(default_value = "crowdrank-demo")]
    pub directory: PathBuf,
    /// The same seed makes the same shop.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  crowdrank generate --scale 1 --seed 7 /tmp/shop     about a million answers"
)]
pub struct GenerateArguments {
    /// 1 is about a million answers.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// The same seed makes the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The folder to write to.
    pub directory: PathBuf,
}

const IMPORT_EXAMPLES: &str = "\
Examples:
  crowdrank import toloka-tsv assignments.tsv shop --pool-id 1234
  crowdrank import toloka-json assignments.json shop --pools pools.json
  crowdrank import toloka-tsv a.tsv b.tsv shop --pool-id 1234 --query-field image --left-field left_link \\
      --right-field right_link --answer-field result

The folder gets responses/ (and pools/, review_events/) and a crowdrank.toml to complete. What is not named is
detected and said. Answers become left, right, tie or error, whether the export has sides, letters or chosen items.";

#[derive(Debug, Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub struct ImportArguments {
    #[command(subcommand)]
    pub export: ImportExport,
}

#[derive(Debug, Subcommand)]
pub enum ImportExport {
    /// Results of a pool, downloaded as TSV: one row per task
    #[command(after_help = IMPORT_EXAMPLES)]
    TolokaTsv(ImportFiles),
    /// Assignments as the API gives them: a list, an object with items, or one assignment per line
    #[command(after_help = IMPORT_EXAMPLES)]
    TolokaJson(ImportFiles),
}

#[derive(Debug, Args)]
pub struct ImportFiles {
    /// The files of the export.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The folder to make or to fill; nothing in it is overwritten.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The pool of pages that do not say theirs; a TSV file never does.
    #[arg(long, value_name = "ID")]
    pub pool_id: Option<String>,
    /// The project of all pages.
    #[arg(long, value_name = "ID")]
    pub project_id: Option<String>,
    /// The pools as the API gives them (JSON), with their own rules.
    #[arg(long, value_name = "FILE")]
    pub pools: Option<PathBuf>,
    /// What the crowd was asked; default: side by side where two fields look like two sides.
    #[arg(long, value_enum)]
    pub kind: Option<ImportKind>,
    /// The INPUT field of the initial product.
    #[arg(long, value_name = "FIELD")]
    pub query_field: Option<String>,
    /// The INPUT field of the left item.
    #[arg(long, value_name = "FIELD")]
    pub left_field: Option<String>,
    /// The INPUT field of the right item.
    #[arg(long, value_name = "FIELD")]
    pub right_field: Option<String>,
    /// The OUTPUT field of the answer; in a classification several make one answer together.
    #[arg(long = "answer-field", value_name = "FIELD")]
    pub answer_fields: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ImportKind {
    SideBySide,
    Classification,
}

const SQL_EXAMPLES: &str = "\
Examples:
  crowdrank sql -c \"select count(*) from read_parquet('answers/*.parquet')\"
  crowdrank sql --config crowdrank.toml -c \"select * from skills.workers order by weight\" --format csv
  crowdrank sql --config crowdrank.toml -f report.sql --param day:date=2026-11-20
  crowdrank sql -c \"select unnest(bradley_terry(l, r, o)) from (values ('a','b','left'), ('b','c','tie')) as t(l, r, o)\"

Tables: source.* (inputs, canonical), ingest.*, quality.*, skills.*, comparisons.*, ranking.*, training.*,
publish.*, published.* (the current snapshot), read_parquet('glob'). Only the stages that a query needs are computed.
--format arrow is the IPC stream format. `show functions` lists all functions; those of ours rank (explain method tells
how), label, or replay rules. Table functions: read_parquet('glob'), and noisy_bradley_terry('t'),
crowd_bradley_terry('t') with ..._workers('t'): a worker model over a table of query_id, left_item_id,
right_item_id, outcome, worker_id (and weight).";

#[derive(Debug, Args)]
#[command(after_help = SQL_EXAMPLES)]
pub struct SqlArguments {
    /// The configuration file; without it only `read_parquet` and the functions are there.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Override one value of the configuration; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// The memory to get by with, such as 4GiB; default: `run.memory_limit`, or 70 % of the machine's.
    #[arg(long, value_name = "SIZE")]
    pub memory_limit: Option<String>,
    /// Statements to run, separated by semicolons.
    #[arg(short = 'c', value_name = "SQL")]
    pub command: Option<String>,
    /// A file of statements to run.
    #[arg(short = 'f', value_name = "FILE", conflicts_with = "command")]
    pub file: Option<PathBuf>,
    /// How results are written to stdout.
    #[arg(long, value_enum, default_value = "table")]
    pub format: OutputFormat,
    /// A value for $name; TYPE is text, bigint, double, bool, date or timestamp; may be repeated.
    #[arg(long = "param", value_name = "NAME:TYPE=VALUE")]
    pub parameters: Vec<String>,
    /// The moment that stage tables stand for; default: the latest event in the responses.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Table,
    Csv,
    Tsv,
    Json,
    Ndjson,
    Markdown,
    Parquet,
    Arrow,
}
