//! What can be typed about published snapshots; no behaviour.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::export::{FORMATS, pages};
use crate::publish::{CommitName, SPLITS};

/// Where the dataset is.
#[derive(Debug, Clone, Args)]
pub struct DatasetArguments {
    /// The configuration file (TOML) whose output.url is the dataset.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "dataset",
        conflicts_with = "dataset"
    )]
    pub config: Option<PathBuf>,
    /// Override one value, such as `run.memory_limit=2GiB`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "config")]
    pub settings: Vec<String>,
    /// The dataset itself, where there is no configuration: a folder or `s3://bucket/key`.
    #[arg(long, value_name = "URL")]
    pub dataset: Option<String>,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  crowdrank export --config crowdrank.toml --to letor /tmp/letor
  crowdrank export --dataset s3://training/complementary --to catboost --split train,validation pools
  crowdrank export --config crowdrank.toml --snapshot current~1 --to elwc yesterday";

fn export_pages() -> String {
    format!(
        "{EXPORT_EXAMPLES}\n\nEvery file is held against size, SHA-256 and rows of the manifest while it is read; memory does not \
         grow with the snapshot. The folder is local; a file gets its name when all are complete.\n{}",
        pages()
    )
}

fn format_names() -> PossibleValuesParser {
    let named = |format: &&dyn crate::export::Format| {
        PossibleValue::new(format.name()).help(format.summary())
    };
    PossibleValuesParser::new(FORMATS.iter().map(named))
}

#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES, after_long_help = export_pages())]
pub struct ExportArguments {
    #[command(flatten)]
    pub dataset: DatasetArguments,
    /// Who is going to read it.
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    pub to: String,
    /// The commit to export: its number, current, or current~1 for the one before.
    #[arg(long, value_name = "COMMIT", default_value = "current")]
    pub snapshot: CommitName,
    /// The splits to export; default: all.
    #[arg(
        long = "split",
        value_delimiter = ',',
        value_name = "SPLITS",
        value_parser = PossibleValuesParser::new(SPLITS)
    )]
    pub splits: Vec<String>,
    /// The folder to make or to fill; it must be empty.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  crowdrank diff current~1 current --config crowdrank.toml
  crowdrank diff 41 42 --dataset s3://training/complementary --json

Rows are held against each other by the key of their table. What follows from other columns is no change: qid,
positions and row numbers, and as_of. A query has new answers when a candidate's n_comparisons or the votes
of a pair differ; without, its scores moved because weights of workers did. A warning stands where a promise is
broken: a query keeps its split, an item its idx, a category its code. Exit code 0 also where they differ.";

#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffArguments {
    /// The commit before: its number, current, or current~1 for the one before it.
    #[arg(value_name = "A")]
    pub before: CommitName,
    /// The commit after.
    #[arg(value_name = "B")]
    pub after: CommitName,
    #[command(flatten)]
    pub dataset: DatasetArguments,
    /// How many queries of each kind are named.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub names: usize,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}
