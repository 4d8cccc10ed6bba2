//! One stored Parquet file: what its bytes, its footer and its rows say.
//!
//! It compares with nothing outside the file but its own entry.

use bytes::Bytes;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type, SchemaRef};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::Problem;
use crate::manifest::{AsOf, FileEntry, SCHEMA_VERSION, sha256_hex};
use crate::publish::conform::non_finite;
use crate::publish::shard::{METADATA_KEYS, SORTING_COLUMN, created_by};
use crate::publish::{ROW_GROUP_ROWS_MAX, tables::column_entries};

/// The columns of row numbers.
const PAIR_ROW_COLUMNS: [&str; 2] = ["chosen_row", "rejected_row"];

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct FileFacts {
    pub(super) problems: Vec<Problem>,
    /// `None` without rows or without the column.
    pub(super) qids: Option<Qids>,
    /// The smallest and the largest row number of the pairs.
    pub(super) pair_rows: Option<(i64, i64)>,
}

/// The group numbers of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Qids {
    pub(super) first: i32,
    pub(super) last: i32,
    /// Whether each is its predecessor or one more.
    pub(super) is_dense: bool,
}

impl FileFacts {
    pub(super) fn broken(code: &'static str, problem: String) -> Self {
        Self {
            problems: vec![(code, problem)],
            ..Self::default()
        }
    }

    fn add(&mut self, code: &'static str, problem: String) {
        self.problems.push((code, problem));
    }
}

/// Checks the bytes of one file; a file whose hash is wrong is not looked into.
pub(super) fn inspect(
    bytes: Bytes,
    entry: &FileEntry,
    schema: &SchemaRef,
    as_of: AsOf,
) -> FileFacts {
    let path = &entry.path;
    if bytes.len() as u64 != entry.bytes {
        let problem = format!("{path}: {} bytes, expected {}", bytes.len(), entry.bytes);
        return FileFacts::broken("stored_bytes", problem);
    }
    if sha256_hex(&bytes) != entry.sha256 {
        return FileFacts::broken("stored_bytes", format!("{path}: the SHA-256 differs"));
    }
    let builder = match ParquetRecordBatchReaderBuilder::try_new(bytes) {
        Ok(builder) => builder,
        Err(error) => return FileFacts::broken("footer", format!("{path}: {error}")),
    };
    let mut facts = FileFacts::default();
    for problem in footer_problems(builder.metadata(), entry, as_of) {
        facts.add("footer", format!("{path}: {problem}"));
    }
    if builder.schema().fields() != schema.fields() {
        let found = serde_json::to_string(&column_entries(builder.schema()));
        let problem = format!("{path}: columns are {}", found.unwrap_or_default());
        facts.add("schema", problem);
        return facts;
    }
    if let Err(problem) = look_at_rows(&mut facts, path, schema, builder) {
        facts.add("footer", format!("{path}: {problem}"));
    }
    facts
}

fn footer_problems(metadata: &ParquetMetaData, entry: &FileEntry, as_of: AsOf) -> Vec<String> {
    let file = metadata.file_metadata();
    let mut problems = Vec::new();
    if u64::try_from(file.num_rows()) != Ok(entry.rows) {
        problems.push(format!("{} rows, expected {}", file.num_rows(), entry.rows));
    }
    if metadata.num_row_groups() as u64 != entry.row_groups {
        problems.push(format!(
            "{} row groups, expected {}",
            metadata.num_row_groups(),
            entry.row_groups
        ));
    }
    let largest = metadata
        .row_groups()
        .iter()
        .map(RowGroupMetaData::num_rows)
        .max();
    if largest.is_some_and(|n_rows| n_rows > ROW_GROUP_ROWS_MAX as i64) {
        problems.push(format!("a row group has over {ROW_GROUP_ROWS_MAX} rows"));
    }
    if file.created_by() != Some(created_by().as_str()) {
        problems.push(format!("written by {:?}", file.created_by()));
    }
    let found: Vec<(&str, Option<&str>)> = file
        .key_value_metadata()
        .into_iter()
        .flatten()
        .map(|pair| (pair.key.as_str(), pair.value.as_deref()))
        .collect();
    let as_of = as_of.to_string();
    let values = [Some(SCHEMA_VERSION), Some(as_of.as_str())];
    if found != METADATA_KEYS.into_iter().zip(values).collect::<Vec<_>>() {
        problems.push(format!("key-value metadata {found:?}"));
    }
    problems
}

/// Reads the columns that can be wrong: floats, group numbers, row numbers of pairs.
fn look_at_rows(
    facts: &mut FileFacts,
    path: &str,
    schema: &SchemaRef,
    builder: ParquetRecordBatchReaderBuilder<Bytes>,
) -> Result<(), Box<dyn std::error::Error>> {
    let is_looked_at = |index: &usize| {
        let field = schema.field(*index);
        let name = field.name().as_str();
        PAIR_ROW_COLUMNS.contains(&name)
            || name == SORTING_COLUMN
            || holds_floats(field.data_type())
    };
    let columns: Vec<usize> = (0..schema.fields().len()).filter(is_looked_at).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let starts = row_group_starts(builder.metadata());
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    let mut n_rows = 0;
    for batch in builder
        .with_projection(mask)
        .with_batch_size(8192)
        .build()?
    {
        let batch = batch?;
        look_at_floats(facts, path, &batch, n_rows);
        look_at_groups(facts, path, &batch, n_rows, &starts);
        look_at_pairs(facts, &batch);
        n_rows += batch.num_rows();
    }
    Ok(())
}

fn look_at_floats(facts: &mut FileFacts, path: &str, batch: &RecordBatch, n_rows_before: usize) {
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let Some((index, value)) = non_finite(column) {
            let row = n_rows_before + index;
            let problem = format!("{path}: {} is {value} in row {row}", field.name());
            facts.add("finite_values", problem);
        }
    }
}

/// Follows the group numbers; `starts` are the first rows of the row groups.
fn look_at_groups(
    facts: &mut FileFacts,
    path: &str,
    batch: &RecordBatch,
    n_rows_before: usize,
    starts: &[usize],
) {
    let column = batch.column_by_name(SORTING_COLUMN);
    let Some(column) = column.and_then(|column| column.as_primitive_opt::<Int32Type>()) else {
        return;
    };
    for (index, &qid) in column.values().iter().enumerate() {
        let Some(qids) = &mut facts.qids else {
            facts.qids = Some(Qids {
                first: qid,
                last: qid,
                is_dense: true,
            });
            continue;
        };
        let last = qids.last;
        qids.is_dense &= qid == last || last.checked_add(1) == Some(qid);
        qids.last = qid;
        let row = n_rows_before + index;
        if qid < last {
            facts.add(
                "groups",
                format!("{path}: qid {qid} follows {last} in row {row}"),
            );
        } else if qid == last && starts.binary_search(&row).is_ok() {
            facts.add(
                "groups",
                format!("{path}: group {qid} crosses a row group in row {row}"),
            );
        }
    }
}

fn look_at_pairs(facts: &mut FileFacts, batch: &RecordBatch) {
    for name in PAIR_ROW_COLUMNS {
        let Some(column) = batch.column_by_name(name) else {
            continue;
        };
        for &row in column.as_primitive::<Int64Type>().values() {
            let (first, last) = facts.pair_rows.unwrap_or((row, row));
            facts.pair_rows = Some((first.min(row), last.max(row)));
        }
    }
}

fn holds_floats(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(element) => holds_floats(element.data_type()),
        plain => plain.is_floating(),
    }
}

fn row_group_starts(metadata: &ParquetMetaData) -> Vec<usize> {
    let sizes = metadata
        .row_groups()
        .iter()
        .map(|row_group| usize::try_from(row_group.num_rows()).unwrap_or(0));
    sizes
        .scan(0, |start, n_rows| {
            let this = *start;
            *start += n_rows;
            Some(this)
        })
        .collect()
}
