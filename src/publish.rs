//! Publishes a dataset: a run writes an immutable snapshot, and one new commit file makes it current.
//!
//! It computes no row: tables come in as streams of batches. Old snapshots are not removed here.
//!
//! Nothing is visible before the commit file: a crash at any earlier moment leaves the old state.

mod audits;
mod commit;
mod commit_name;
mod conform;
mod dictionaries;
mod encoding;
mod history;
mod in_flight;
mod kept;
pub mod layout;
mod row_groups;
mod run;
mod sealed;
mod shard;
mod tables;
mod upload;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use ulid::Ulid;

use crate::error::{Error, Result};
use crate::manifest::{
    AsOf, Commit, FileEntry, Manifest, ManifestInput, from_json, sha256_hex, to_json,
};
use crate::storage::{Location, Storage};
pub use audits::{AuditRules, Audited, Finding, ROWS_KEPT_MAX, SplitRule, audit_codes};
pub use commit_name::CommitName;
pub use history::History;
pub use run::{Ending, Run};
pub use sealed::{Outcome, Sealed};
pub use tables::{
    SPLITS, column_entries, column_meaning, is_in_splits, published_schema, row_meaning,
    table_names,
};
pub use writer::{TableSpec, TableWriter, WrittenTable};

/// `LightGBM` refuses larger groups.
pub const GROUP_ROWS_MAX: usize = 10_000;
/// Rows of a row group.
pub const ROW_GROUP_ROWS_MAX: usize = 131_072;
/// Plain bytes of a row group, before encoding.
pub const ROW_GROUP_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a file; real ones lie between two thirds and one and a half of it.
pub const SHARD_BYTES_TARGET: u64 = 128 << 20;
/// Below so many rows a table has one shard.
pub const SHARD_ROWS_MIN: u64 = 50_000;

/// A published dataset: the folder with `_commits` and `snapshots`.
#[derive(Debug, Clone)]
pub struct Dataset {
    storage: Arc<Storage>,
    output: Location,
    read_waits: &'static [Duration],
}

/// The current commit and the hash of its file, which the next commit repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What the file says.
    pub commit: Commit,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// What a run is going to publish.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// The fingerprint of inputs, configuration, SQL, rules and binary.
    pub run_key: String,
    /// The moment the snapshot stands for.
    pub as_of: AsOf,
    /// The inputs as listed; rows may still be 0.
    pub inputs: Vec<ManifestInput>,
    /// After this time nobody waits for the run any more.
    pub duration_max: Duration,
    /// Whether a snapshot of an earlier moment may replace one of a later moment.
    pub order: AsOfOrder,
    /// What the new commit may follow.
    pub follows: Follows,
}

/// Which commit a new one may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// Whatever is current when it lands.
    Any,
    /// Only the one that was current when the run began: the run continues its vocabularies, and a number
    /// given twice would mean two products.
    Parent,
}

/// Which commits a run may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOfOrder {
    /// Never a commit of a later moment.
    Forward,
    /// Any commit (`--allow-older`).
    AllowOlder,
}

/// Whether there is work to do.
#[derive(Debug)]
pub enum Begin {
    /// Write the tables.
    Run(Box<Run>),
    /// The current commit has the same run key: nothing was written.
    AlreadyPublished(Box<Commit>),
}

/// `_runs/<run_id>.json`: tells the garbage collection whose folder is young.
#[derive(Debug, Serialize)]
struct Intent<'a> {
    run_id: &'a str,
    run_key: &'a str,
    as_of: AsOf,
    snapshot: String,
    inputs: &'a [ManifestInput],
    host: String,
    process_id: u32,
    started_at: String,
    deadline: String,
}

/// A published snapshot: where it lies, and what it holds.
#[derive(Debug)]
pub struct Snapshot {
    pub location: Location,
    pub manifest: Manifest,
}

impl Snapshot {
    /// The files of one table; none where the snapshot lacks it.
    pub fn files(&self, table: &str) -> impl Iterator<Item = &FileEntry> {
        let prefix = format!("{table}/");
        let files = self.manifest.files.iter();
        files.filter(move |file| file.path.starts_with(&prefix))
    }
}

impl Dataset {
    /// The dataset at `output`, which need not exist yet.
    pub fn open(storage: Arc<Storage>, output: Location) -> Self {
        Self {
            storage,
            output,
            read_waits: commit::READ_WAITS,
        }
    }

    /// Where the dataset is.
    pub fn location(&self) -> &Location {
        &self.output
    }

    /// The commit with the highest number, `None` for a new dataset.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is unreadable or does not name its parent's true hash.
    pub async fn current(&self) -> Result<Option<Head>> {
        let listed = self
            .storage
            .list(&self.output.join(layout::COMMITS))
            .await?;
        let numbers = listed
            .iter()
            .filter_map(|object| layout::commit_number(&object.relative_path));
        let Some(number) = numbers.max() else {
            return Ok(None);
        };
        let head = self.commit(number).await?;
        if let (Some(parent), found) = (head.commit.parent, &head.commit.parent_sha256) {
            let parent_sha256 = self.commit(parent).await?.sha256;
            if found.as_ref() != Some(&parent_sha256) {
                return Err(self.broken(number, &format!("does not fit to commit {parent}")));
            }
        }
        Ok(Some(head))
    }

    /// One commit by its number.
    ///
    /// # Errors
    /// [`Error::Missing`] without such a commit, [`Error::Corrupt`] when its file does not make sense.
    pub async fn commit(&self, number: u64) -> Result<Head> {
        let location = self.output.join(&layout::commit_path(number));
        let bytes = self.storage.read(&location).await?;
        let commit: Commit = from_json(&location, &bytes)?;
        if commit.format_version > crate::manifest::FORMAT_VERSION {
            return Err(self.broken(number, "was written by a newer crowdrank"));
        }
        if commit.commit != number {
            return Err(self.broken(number, &format!("says it is commit {}", commit.commit)));
        }
        let sha256 = sha256_hex(&bytes);
        Ok(Head { commit, sha256 })
    }

    /// What a commit made visible.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when its manifest is not the committed one, or does not make sense.
    pub async fn snapshot(&self, head: &Head) -> Result<Snapshot> {
        let location = self.output.join(&head.commit.snapshot);
        let manifest_location = location.join(layout::MANIFEST);
        let bytes = self.storage.read(&manifest_location).await?;
        if sha256_hex(&bytes) != head.commit.manifest_sha256 {
            return Err(Error::Corrupt {
                location: manifest_location.to_string(),
                problem: format!("its SHA-256 is not that of commit {}", head.commit.commit),
            });
        }
        Ok(Snapshot {
            manifest: from_json(&manifest_location, &bytes)?,
            location,
        })
    }

    /// Looks whether the work is done already, else leaves an intent and starts a run.
    ///
    /// Only the current commit counts as done: after a rollback, or after another night, the same
    /// inputs are published again when asked for.
    ///
    /// # Errors
    /// [`Error::Race`] when the current commit is of a later moment and the order is forward.
    pub async fn begin(&self, plan: RunPlan) -> Result<Begin> {
        let head = self.current().await?;
        if let Some(head) = &head {
            if head.commit.run_key == plan.run_key {
                return Ok(Begin::AlreadyPublished(Box::new(head.commit.clone())));
            }
            check_order(&plan, head)?;
        }
        let run_id = Ulid::new().to_string();
        let snapshot_id = layout::snapshot_id(plan.as_of, &run_id);
        self.write_intent(&plan, &run_id, &snapshot_id).await?;
        let parent = head.map(|head| head.commit.commit);
        let run = Run::new(self.clone(), plan, run_id, snapshot_id, parent);
        Ok(Begin::Run(Box::new(run)))
    }

    async fn write_intent(&self, plan: &RunPlan, run_id: &str, snapshot_id: &str) -> Result<()> {
        let started_at = clock();
        let deadline = started_at + plan.duration_max;
        let intent = Intent {
            run_id,
            run_key: &plan.run_key,
            as_of: plan.as_of,
            snapshot: layout::snapshot_path(snapshot_id),
            inputs: &plan.inputs,
            host: host_name(),
            process_id: std::process::id(),
            started_at: clock_text(started_at),
            deadline: clock_text(deadline),
        };
        // The name is ours alone, so there is nothing to race for.
        let location = self.output.join(&layout::intent_path(run_id));
        self.storage.put(&location, to_json(&intent)?).await
    }

    fn broken(&self, number: u64, problem: &str) -> Error {
        Error::Corrupt {
            location: self.output.join(&layout::commit_path(number)).to_string(),
            problem: problem.to_owned(),
        }
    }
}

/// The clock, which only intents, `created_at` and `committed_at` may show.
fn clock() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

fn clock_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn check_order(plan: &RunPlan, head: &Head) -> Result<()> {
    if plan.order == AsOfOrder::Forward && head.commit.as_of > plan.as_of {
        return Err(Error::Race(format!(
            "commit {} is of {}, later than {}; --allow-older replaces it",
            head.commit.commit, head.commit.as_of, plan.as_of
        )));
    }
    Ok(())
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests;
