//! Reads back what was stored and holds it against what was meant: bytes, footers, and the laws of every query.
//!
//! It repairs nothing, and sees the files only: what needs other tables is the caller's to check.
//!
//! - `stored_files`: the table folders hold exactly the listed files.
//! - `stored_bytes`: size and SHA-256 of each.
//! - `footer`: rows, row groups and their limits, writer and metadata; every row group can be decoded.
//! - `schema`: names, types and nullability; a required column then cannot hold a null.
//! - `finite_values`: no NaN or infinity.
//! - the laws of [`laws`], over `pointwise`, `lists` and `pairs` of each split side by side.

mod cursor;
mod file;
mod findings;
mod group;
mod laws;
mod walk;

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};

use super::writer::WrittenTable;
use super::{SPLITS, is_in_splits};
use crate::error::Result;
use crate::manifest::{AsOf, FileEntry, Severity};
use crate::storage::{Location, Storage, StoredObject, blocking};
use file::{RangeReader, StoredFile, check_finite, float_columns, has_its_hash};
use findings::Notes;
pub use findings::{Finding, ROWS_KEPT_MAX};
use laws::LAWS;
use walk::{OpenTable, SplitTables, walk};

/// How many files are read at once; of each, a row group is in memory.
const N_FILES_AT_ONCE: usize = 2;
/// How many splits are walked at once; of each, a row group of three tables is in memory.
const N_SPLITS_AT_ONCE: usize = 2;

/// The audits of single files, in the order of the manifest.
const FILE_CODES: [&str; 5] = [
    "stored_files",
    "stored_bytes",
    "footer",
    "schema",
    "finite_values",
];

/// What the stored tables are held against, beyond what always holds.
#[derive(Debug, Clone)]
pub struct AuditRules {
    /// How queries came into their splits.
    pub splits: SplitRule,
    /// How far NDCG@5 of a constant scorer may lie from that of a random order.
    pub order_tolerance: f64,
    /// What a query with equal labels means: some ways to label allow it.
    pub equal_labels: Severity,
}

/// How queries came into their splits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitRule {
    /// By the hash of their id; the first bucket that is no longer train, and the first that is test.
    ByQuery {
        salt: String,
        train_end: u64,
        validation_end: u64,
    },
    /// Queries that share an item go together.
    ByComponent,
}

impl Default for AuditRules {
    fn default() -> Self {
        Self {
            splits: SplitRule::ByQuery {
                salt: "crowdrank".to_owned(),
                train_end: 8000,
                validation_end: 9000,
            },
            order_tolerance: 0.03,
            equal_labels: Severity::Fail,
        }
    }
}

/// Everything that laws are opened with.
#[derive(Debug, Clone)]
struct Rules {
    asked: AuditRules,
    as_of: AsOf,
}

/// Stored tables, and what audits found in them.
#[derive(Debug)]
pub struct Audited {
    /// What was written and read back.
    pub tables: Vec<WrittenTable>,
    /// In the order of the manifest; a law is absent where files were too damaged to read.
    pub findings: Vec<Finding>,
}

impl Audited {
    /// Whether the files hold what was written, so that their rows can be read.
    pub fn is_readable(&self) -> bool {
        let is_damaged = |finding: &Finding| {
            !finding.audit.passed && FILE_CODES.contains(&finding.audit.code.as_str())
        };
        !self.findings.iter().any(is_damaged)
    }
}

/// The codes of all audits of stored files, in the order of the manifest.
pub fn audit_codes() -> impl Iterator<Item = &'static str> {
    FILE_CODES
        .into_iter()
        .chain(LAWS.iter().map(|law| law.code))
}

/// Where a snapshot's files are, and how they are read.
#[derive(Debug, Clone)]
pub(super) struct StoredSnapshot {
    pub(super) storage: Arc<Storage>,
    pub(super) location: Location,
    pub(super) as_of: AsOf,
}

impl StoredSnapshot {
    /// Reads every file of the snapshot and checks it.
    ///
    /// # Errors
    /// Only when storage does not answer; what is wrong in a file is a finding.
    pub(super) async fn audit(
        &self,
        tables: &[WrittenTable],
        asked: &AuditRules,
    ) -> Result<Vec<Finding>> {
        let listed = self.storage.list(&self.location).await?;
        let mut notes = listing_notes(&listed, tables);
        let rules = Rules {
            asked: asked.clone(),
            as_of: self.as_of,
        };
        let n_files: usize = tables.iter().map(|table| table.files.len()).sum();
        let mut is_walked = false;
        // A file that is not there, or of another size, cannot be read as listed.
        if !notes.is_offended("stored_files") && !notes.is_offended("stored_bytes") {
            let opened = self.open_tables(tables, &mut notes).await?;
            is_walked = FILE_CODES.iter().all(|code| !notes.is_offended(code));
            if is_walked {
                notes.append(self.walk_splits(tables, opened, &rules).await?);
            }
        }
        let mut findings: Vec<Finding> = FILE_CODES
            .into_iter()
            .map(|code| notes.finding(code, Severity::Fail, &format!("{n_files} files")))
            .collect();
        if is_walked {
            let judged = LAWS.iter().map(|law| {
                let severity = (law.severity)(&rules);
                notes.finding(law.code, severity, "every query")
            });
            findings.extend(judged);
        }
        Ok(findings)
    }

    /// Opens every file, several at a time, and looks at all that a file alone can tell.
    async fn open_tables(
        &self,
        tables: &[WrittenTable],
        notes: &mut Notes,
    ) -> Result<Vec<Vec<StoredFile>>> {
        let mut opened = Vec::new();
        for table in tables {
            let is_walked = is_walked(table);
            let opens = table.files.iter().map(|entry| {
                let looked_at = LookedAt {
                    reader: self.reader(),
                    entry: entry.clone(),
                    schema: Arc::clone(&table.spec.schema),
                    as_of: self.as_of,
                    is_walked,
                };
                blocking(move || looked_at.look())
            });
            let files: Vec<Result<(Option<StoredFile>, Notes)>> = futures::stream::iter(opens)
                .buffered(N_FILES_AT_ONCE)
                .try_collect()
                .await?;
            let mut of_table = Vec::new();
            for file in files {
                let (file, of_file) = file?;
                notes.append(of_file);
                of_table.extend(file);
            }
            opened.push(of_table);
        }
        Ok(opened)
    }

    async fn walk_splits(
        &self,
        tables: &[WrittenTable],
        opened: Vec<Vec<StoredFile>>,
        rules: &Rules,
    ) -> Result<Notes> {
        let mut by_folder: Vec<(&WrittenTable, Vec<StoredFile>)> =
            tables.iter().zip(opened).collect();
        let mut take = |table: &str, split: &str| -> OpenTable {
            let folder = format!("{table}/{split}");
            let place = by_folder
                .iter()
                .position(|(table, _)| table.spec.folder == folder);
            place.map_or_else(OpenTable::default, |place| {
                let (table, files) = by_folder.swap_remove(place);
                OpenTable {
                    schema: Arc::clone(&table.spec.schema),
                    files,
                }
            })
        };
        let splits = SPLITS.map(|split| SplitTables {
            split,
            pointwise: take("pointwise", split),
            lists: take("lists", split),
            pairs: take("pairs", split),
        });
        let walks = splits.into_iter().map(|split| {
            let (reader, rules) = (self.reader(), rules.clone());
            blocking(move || walk(&reader, &split, &rules))
        });
        let walked: Vec<Result<Notes>> = futures::stream::iter(walks)
            .buffered(N_SPLITS_AT_ONCE)
            .try_collect()
            .await?;
        let mut notes = Notes::default();
        for of_split in walked {
            notes.append(of_split?);
        }
        Ok(notes)
    }

    fn reader(&self) -> RangeReader {
        RangeReader {
            storage: Arc::clone(&self.storage),
            snapshot: self.location.clone(),
            runtime: tokio::runtime::Handle::current(),
        }
    }
}

/// Whether the laws read the table's rows, so that nothing else has to.
fn is_walked(table: &WrittenTable) -> bool {
    let spec = &table.spec;
    SPLITS.contains(&spec.prefix.as_str()) && is_in_splits(&spec.table)
}

/// One file, and what it is held against.
struct LookedAt {
    reader: RangeReader,
    entry: FileEntry,
    schema: SchemaRef,
    as_of: AsOf,
    is_walked: bool,
}

impl LookedAt {
    fn look(&self) -> Result<(Option<StoredFile>, Notes)> {
        let mut notes = Notes::default();
        let (reader, entry) = (&self.reader, &self.entry);
        if !has_its_hash(reader, entry)? {
            // Nobody knows what damaged bytes do to a decoder.
            notes.add_file("stored_bytes", &entry.path, "the SHA-256 differs");
            return Ok((None, notes));
        }
        let opened = StoredFile::open(reader, entry, &self.schema, self.as_of, &mut notes)?;
        let columns = float_columns(&self.schema);
        if let Some(file) = &opened
            && !self.is_walked
            && !columns.is_empty()
        {
            let mut n_rows = 0;
            for index in 0..file.n_row_groups() {
                match file.row_group(reader, index, &columns)? {
                    Ok(batch) => {
                        check_finite(&file.path, n_rows, &batch, &mut notes);
                        n_rows += batch.num_rows() as u64;
                    }
                    Err(problem) => notes.add_file("footer", &file.path, &problem),
                }
            }
        }
        Ok((opened, notes))
    }
}

/// What the listing of the snapshot's folder tells.
fn listing_notes(listed: &[StoredObject], tables: &[WrittenTable]) -> Notes {
    let mut notes = Notes::default();
    let mut expected: Vec<&FileEntry> = tables.iter().flat_map(|table| &table.files).collect();
    expected.sort_by(|left, right| left.path.cmp(&right.path));
    for entry in &expected {
        let path = entry.path.as_str();
        let found = listed.binary_search_by(|object| object.relative_path.as_str().cmp(path));
        match found.map(|index| listed[index].bytes) {
            Err(_) => notes.add_file("stored_files", path, "it is not there"),
            Ok(n_bytes) if n_bytes != entry.bytes => {
                let problem = format!("{n_bytes} bytes, expected {}", entry.bytes);
                notes.add_file("stored_bytes", path, &problem);
            }
            Ok(_) => {}
        }
    }
    for twice in expected.windows(2).filter(|two| two[0].path == two[1].path) {
        notes.add_file("stored_files", &twice[0].path, "it was written twice");
    }
    let is_foreign = |path: &str| {
        path.contains('/')
            && expected
                .binary_search_by(|entry| entry.path.as_str().cmp(path))
                .is_err()
    };
    for object in listed
        .iter()
        .filter(|object| is_foreign(&object.relative_path))
    {
        notes.add_file(
            "stored_files",
            &object.relative_path,
            "it is no file of this run",
        );
    }
    notes
}
