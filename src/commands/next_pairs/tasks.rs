//! Pairs to ask, written as tasks: a sheet for the platform, or a table with all that is known of them.
//!
//! It chooses none of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use crate::args::OutputFormat;
use crate::error::{Error, Result};
use crate::report;

/// One answer to ask for.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) query_id: String,
    pub(super) left_item_id: String,
    pub(super) right_item_id: String,
    pub(super) pool_id: Option<String>,
    /// Nats.
    pub(super) expected_information: f64,
    /// Of the left item.
    pub(super) win_probability: f64,
    pub(super) difference_se: f64,
    pub(super) cost_usd: Option<f64>,
}

/// All of them, the most telling first.
pub(super) struct Tasks<'a> {
    pub(super) tasks: Vec<Task>,
    /// What the columns of the answers are called at their source.
    pub(super) columns: &'a BTreeMap<String, String>,
}

/// How they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Tab-separated INPUT: columns alone, as platforms take them.
    Sheet,
    /// Every column.
    Table(OutputFormat),
}

impl Form {
    /// By the ending of the file; without a file a table to read.
    ///
    /// # Errors
    /// [`Error::Usage`] for another ending, and for a file that is there already.
    pub(super) fn of(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Table(OutputFormat::Table));
        };
        if path.exists() {
            return Err(Error::Usage(format!(
                "--output: {} exists; nothing is overwritten",
                path.display()
            )));
        }
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("tsv") => Ok(Self::Sheet),
            Some("csv") => Ok(Self::Table(OutputFormat::Csv)),
            Some("parquet") => Ok(Self::Table(OutputFormat::Parquet)),
            Some("json") => Ok(Self::Table(OutputFormat::Json)),
            _ => Err(Error::Usage(format!(
                "--output: {} ends in none of .tsv, .csv, .parquet, .json",
                path.display()
            ))),
        }
    }
}

/// What a platform calls the fields of a task.
const INPUT_PREFIX: &str = "INPUT:";

impl Tasks<'_> {
    pub(super) fn write(&self, path: Option<&Path>, form: Form) -> Result<()> {
        let (format, rows) = match form {
            Form::Sheet => (OutputFormat::Tsv, self.sheet()),
            Form::Table(format) => (format, self.table()),
        };
        let rows = rows.map_err(|error| Error::Bug(format!("the tasks are no table: {error}")))?;
        let schema = rows.schema();
        let Some(path) = path else {
            return report::rows(&schema, &[rows], format);
        };
        let failed = |error: std::io::Error| {
            Error::Usage(format!(
                "--output: cannot write {}: {error}",
                path.display()
            ))
        };
        let bytes = report::encoded(&schema, &[rows], format)?;
        let mut file = File::create_new(path).map_err(failed)?;
        file.write_all(&bytes)
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }

    /// A sentence on the whole.
    pub(super) fn summary(&self, path: &Path) -> String {
        let mut queries: Vec<&str> = self
            .tasks
            .iter()
            .map(|task| task.query_id.as_str())
            .collect();
        queries.sort_unstable();
        queries.dedup();
        let cost: Option<f64> = self.tasks.iter().map(|task| task.cost_usd).sum();
        let cost = cost.map_or_else(String::new, |cost| format!(", about {cost:.2} US dollars"));
        format!(
            "{}: {} answers about {} queries{cost}",
            path.display(),
            self.tasks.len(),
            queries.len()
        )
    }

    /// The source's own name of a field, such as `INPUT:initial_product`.
    fn input_name(&self, canonical: &str) -> String {
        let mapped = self.columns.get(canonical);
        let own = mapped.filter(|source| source.starts_with(INPUT_PREFIX));
        own.cloned()
            .unwrap_or_else(|| format!("{INPUT_PREFIX}{canonical}"))
    }

    fn texts(&self, value: fn(&Task) -> Option<&str>) -> ArrayRef {
        Arc::new(self.tasks.iter().map(value).collect::<StringArray>())
    }

    fn sheet(&self) -> std::result::Result<RecordBatch, datafusion::arrow::error::ArrowError> {
        let fields = ["query_id", "left_item_id", "right_item_id"]
            .map(|name| Field::new(self.input_name(name), DataType::Utf8, false));
        let columns = vec![
            self.texts(|task| Some(&task.query_id)),
            self.texts(|task| Some(&task.left_item_id)),
            self.texts(|task| Some(&task.right_item_id)),
        ];
        RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns)
    }

    fn table(&self) -> std::result::Result<RecordBatch, datafusion::arrow::error::ArrowError> {
        let numbers = |value: fn(&Task) -> Option<f64>| -> ArrayRef {
            Arc::new(self.tasks.iter().map(value).collect::<Float64Array>())
        };
        let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
        let number = |name: &str, nullable| Field::new(name, DataType::Float64, nullable);
        let fields = vec![
            text("query_id", false),
            text("left_item_id", false),
            text("right_item_id", false),
            text("pool_id", true),
            number("expected_information", false),
            number("win_probability", false),
            number("difference_se", false),
            number("cost_usd", true),
        ];
        let columns = vec![
            self.texts(|task| Some(&task.query_id)),
            self.texts(|task| Some(&task.left_item_id)),
            self.texts(|task| Some(&task.right_item_id)),
            self.texts(|task| task.pool_id.as_deref()),
            numbers(|task| Some(task.expected_information)),
            numbers(|task| Some(task.win_probability)),
            numbers(|task| Some(task.difference_se)),
            numbers(|task| task.cost_usd),
        ];
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}
