//! Reads back what was stored and checks it against what was meant: bytes, footers, groups, rows.
//!
//! It repairs nothing and judges no label: only what can be seen in the files.

mod file;

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};

use super::SPLITS;
use super::writer::WrittenTable;
use crate::error::{Error, Result};
use crate::manifest::{AsOf, Audit, FileEntry, Severity};
use crate::storage::{Location, Storage, blocking};
use file::FileFacts;

/// How many files are in memory at once, whole: about twice the shard size each while decoding.
const N_FILES_AT_ONCE: usize = 2;

/// Every audit, in the order of the manifest.
const CODES: [&str; 7] = [
    "stored_files",
    "stored_bytes",
    "footer",
    "schema",
    "finite_values",
    "groups",
    "pair_rows",
];

/// What an audit saw: its code and a sentence.
type Problem = (&'static str, String);

/// Reads every file of the snapshot and checks it.
///
/// - `stored_files`: the table folders hold exactly the listed files.
/// - `stored_bytes`: size and SHA-256 of each.
/// - `footer`: rows, row groups and their limits, writer and metadata.
/// - `schema`: names, types and nullability; a required column then cannot hold a null.
/// - `finite_values`: no NaN or infinity.
/// - `groups`: `qid` ascends and no group crosses a row group or a file; dense from 0 in `pointwise`.
/// - `pair_rows`: `chosen_row` and `rejected_row` lie inside the split's `pointwise`.
///
/// # Errors
/// Only when a file cannot be read at all; what is wrong in a file is a failed audit.
pub async fn audit_tables(
    storage: &Storage,
    snapshot: &Location,
    tables: &[WrittenTable],
    as_of: AsOf,
) -> Result<Vec<Audit>> {
    let mut problems = stored_file_problems(storage, snapshot, tables).await?;
    for table in tables {
        let facts = table_facts(storage, snapshot, table, as_of).await?;
        for file in &facts {
            problems.extend(file.problems.iter().cloned());
        }
        problems.extend(group_problems(table, &facts));
        problems.extend(pair_problems(table, &facts, tables));
    }
    let n_files: usize = tables.iter().map(|table| table.files.len()).sum();
    let audit = |code: &str| {
        let mut of_code = problems.iter().filter(|(found, _)| *found == code);
        let first = of_code.next();
        let n_more = of_code.count();
        Audit {
            code: code.to_owned(),
            severity: Severity::Fail,
            passed: first.is_none(),
            observed: match first {
                None => format!("{n_files} files"),
                Some((_, problem)) if n_more == 0 => problem.clone(),
                Some((_, problem)) => format!("{problem}, and {n_more} more"),
            },
        }
    };
    Ok(CODES.into_iter().map(audit).collect())
}

async fn stored_file_problems(
    storage: &Storage,
    snapshot: &Location,
    tables: &[WrittenTable],
) -> Result<Vec<Problem>> {
    let mut expected: Vec<&str> = tables
        .iter()
        .flat_map(|table| table.files.iter().map(|file| file.path.as_str()))
        .collect();
    expected.sort_unstable();
    let stored = storage.list(snapshot).await?;
    let is_in_folder = |path: &str| path.contains('/');
    let foreign = stored
        .iter()
        .map(|object| object.relative_path.as_str())
        .filter(|path| is_in_folder(path) && expected.binary_search(path).is_err())
        .map(|path| ("stored_files", format!("{path} is no file of this run")));
    let twice = expected
        .windows(2)
        .filter(|paths| paths[0] == paths[1])
        .map(|paths| ("stored_files", format!("{} was written twice", paths[0])));
    Ok(foreign.chain(twice).collect())
}

async fn table_facts(
    storage: &Storage,
    snapshot: &Location,
    table: &WrittenTable,
    as_of: AsOf,
) -> Result<Vec<FileFacts>> {
    let facts = table.files.iter().map(|entry| {
        let (entry, schema) = (entry.clone(), Arc::clone(&table.spec.schema));
        async move { file_facts(storage, snapshot, entry, schema, as_of).await }
    });
    futures::stream::iter(facts)
        .buffered(N_FILES_AT_ONCE)
        .try_collect()
        .await
}

async fn file_facts(
    storage: &Storage,
    snapshot: &Location,
    entry: FileEntry,
    schema: SchemaRef,
    as_of: AsOf,
) -> Result<FileFacts> {
    match storage.read(&snapshot.join(&entry.path)).await {
        Ok(bytes) => blocking(move || file::inspect(bytes, &entry, &schema, as_of)).await,
        Err(Error::Missing { .. }) => Ok(FileFacts::broken(
            "stored_files",
            format!("{} is not there", entry.path),
        )),
        Err(error) => Err(error),
    }
}

/// Whether the groups of consecutive files follow each other.
fn group_problems(table: &WrittenTable, facts: &[FileFacts]) -> Vec<Problem> {
    let is_dense = table.spec.table == "pointwise";
    let mut problems = Vec::new();
    let mut last: Option<i32> = None;
    for (entry, file) in table.files.iter().zip(facts) {
        let Some(qids) = &file.qids else { continue };
        let fits = match last {
            None => !is_dense || qids.first == 0,
            Some(last) if is_dense => last.checked_add(1) == Some(qids.first),
            Some(last) => qids.first > last,
        };
        if !fits || (is_dense && !qids.is_dense) {
            let wanted = if is_dense {
                "dense from 0"
            } else {
                "ascending"
            };
            problems.push(("groups", format!("{}: qid is not {wanted}", entry.path)));
        }
        last = Some(qids.last);
    }
    problems
}

/// Whether row numbers of pairs point into the split they belong to.
fn pair_problems(
    table: &WrittenTable,
    facts: &[FileFacts],
    tables: &[WrittenTable],
) -> Vec<Problem> {
    let split = &table.spec.prefix;
    if table.spec.table != "pairs" || !SPLITS.contains(&split.as_str()) {
        return Vec::new();
    }
    let folder = format!("pointwise/{split}");
    let pointwise = tables.iter().find(|table| table.spec.folder == folder);
    let n_rows: u64 = pointwise.map_or(0, |table| table.files.iter().map(|file| file.rows).sum());
    let is_inside = |row: i64| u64::try_from(row).is_ok_and(|row| row < n_rows);
    let outside = |row: &i64| !is_inside(*row);
    let mut problems = Vec::new();
    for (entry, file) in table.files.iter().zip(facts) {
        let mut ends = file
            .pair_rows
            .iter()
            .flat_map(|(first, last)| [*first, *last]);
        if let Some(row) = ends.find(outside) {
            let problem = format!("{}: row {row} of {n_rows} in {folder}", entry.path);
            problems.push(("pair_rows", problem));
        }
    }
    problems
}
