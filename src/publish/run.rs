//! One attempt to publish: tables are written, sealed with manifest and hashes, and committed.
//!
//! It computes no hash of an input and no row; dropping it at any moment publishes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::commit::{Landed, Proposal};
use super::layout::{CROISSANT, LATEST, MANIFEST, README, REPORT, SHA256SUMS, SUCCESS};
use super::tables::{SPLITS, column_entries};
use super::writer::{TableSpec, TableWriter, WrittenTable};
use super::{Dataset, RunPlan, audit_tables, clock, clock_text, layout};
use crate::error::{Error, Result};
use crate::manifest::{
    Audit, Commit, FORMAT_VERSION, FileEntry, LedgerLine, Manifest, ManifestInput, Ranking,
    Severity, SplitEntry, content_sha256, from_json, sha256_hex, to_json,
};
use crate::storage::Location;

/// A run between its intent and its commit.
#[derive(Debug)]
pub struct Run {
    dataset: Dataset,
    plan: RunPlan,
    /// A ULID.
    id: String,
    snapshot_id: String,
    parent: Option<u64>,
    snapshot: Location,
}

/// What the caller knows about the snapshot, for its manifest and its readers.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// What was read, with rows.
    pub inputs: Vec<ManifestInput>,
    /// SHA-256 of the configuration, in hex.
    pub config_sha256: String,
    /// SHA-256 of all SQL, in hex.
    pub sql_sha256: String,
    /// How the scores were made.
    pub ranking: Ranking,
    /// The names of the feature columns, in order.
    pub features: Vec<String>,
    /// Audits of the caller; a failed one stops the run here.
    pub audits: Vec<Audit>,
    /// What became of every row.
    pub ledger: Vec<LedgerLine>,
    /// `README.md`.
    pub readme: String,
    /// `croissant.json`.
    pub croissant: String,
    /// `report.html`.
    pub report: String,
}

/// A snapshot whose every byte is stored, audited and durable, but which nobody sees.
#[derive(Debug)]
pub struct Sealed {
    run: Run,
    manifest_sha256: String,
    /// What was sealed.
    pub manifest: Manifest,
}

/// How a run ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The snapshot is current.
    Published(Commit),
    /// Another run published the same meanwhile; this one's folder is left to the garbage
    /// collection.
    AlreadyPublished(Commit),
}

impl Run {
    pub(super) fn new(
        dataset: Dataset,
        plan: RunPlan,
        id: String,
        snapshot_id: String,
        parent: Option<u64>,
    ) -> Self {
        let snapshot = dataset.output.join(&layout::snapshot_path(&snapshot_id));
        Self {
            dataset,
            plan,
            id,
            snapshot_id,
            parent,
            snapshot,
        }
    }

    /// The run's ULID.
    pub fn run_id(&self) -> &str {
        &self.id
    }

    /// The commit that was current at the beginning: stable `idx` continue from its snapshot.
    pub fn parent(&self) -> Option<u64> {
        self.parent
    }

    /// The name of the snapshot: `<as_of day>-<run_id>`.
    pub fn snapshot_id(&self) -> &str {
        &self.snapshot_id
    }

    /// The folder of the snapshot.
    pub fn snapshot(&self) -> &Location {
        &self.snapshot
    }

    /// A writer of one table folder; several may write at the same time.
    pub fn table_writer(&self, spec: TableSpec) -> TableWriter {
        let storage = Arc::clone(&self.dataset.storage);
        TableWriter::new(storage, self.snapshot.clone(), spec, self.plan.as_of)
    }

    /// Seals and commits.
    pub async fn finish(self, tables: &[WrittenTable], ending: Ending) -> Result<Outcome> {
        self.seal(tables, ending).await?.commit().await
    }

    /// Makes the tables durable, audits the stored bytes, and adds manifest and hashes.
    ///
    /// # Errors
    /// [`Error::Check`] for the first failed audit; the folder stays for a look.
    pub async fn seal(self, tables: &[WrittenTable], mut ending: Ending) -> Result<Sealed> {
        let storage = &self.dataset.storage;
        let mut files: Vec<FileEntry> = Vec::new();
        for table in tables {
            files.extend(table.files.iter().cloned());
        }
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let table_paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        self.make_durable(&table_paths).await?;

        let mut audits = audit_tables(storage, &self.snapshot, tables, self.plan.as_of).await?;
        audits.push(audit_ledger(&ending.ledger));
        audits.append(&mut ending.audits);
        stop_at_failure(&audits)?;

        let mut texts: Vec<(&str, Bytes)> = [
            (README, &mut ending.readme),
            (CROISSANT, &mut ending.croissant),
            (REPORT, &mut ending.report),
        ]
        .map(|(name, text)| (name, Bytes::from(std::mem::take(text))))
        .into();
        let manifest = self.manifest(tables, files, audits, ending);
        let manifest_bytes = to_json(&manifest)?;
        let manifest_sha256 = sha256_hex(&manifest_bytes);
        texts.push((MANIFEST, manifest_bytes));
        let sums = sha256sums(&manifest.files, &texts);
        texts.push((SHA256SUMS, Bytes::from(sums)));
        texts.push((SUCCESS, Bytes::new()));
        let names: Vec<&str> = texts.iter().map(|(name, _)| *name).collect();
        for (name, bytes) in &texts {
            let location = self.snapshot.join(name);
            storage.put(&location, bytes.clone()).await?;
        }
        self.make_durable(&names).await?;
        Ok(Sealed {
            run: self,
            manifest_sha256,
            manifest,
        })
    }

    /// Files of the snapshot first, then their folders from the deepest up to the dataset's own.
    async fn make_durable(&self, paths: &[&str]) -> Result<()> {
        let mut folders = BTreeSet::from([String::new()]);
        for path in paths {
            for (end, _) in path.match_indices('/') {
                folders.insert(path[..end].to_owned());
            }
        }
        let mut locations: Vec<Location> =
            paths.iter().map(|path| self.snapshot.join(path)).collect();
        // A folder sorts before what it holds.
        locations.extend(
            folders
                .iter()
                .rev()
                .map(|folder| self.snapshot.join(folder)),
        );
        locations.push(self.snapshot.parent());
        locations.push(self.dataset.output.clone());
        self.dataset.storage.fsync(&locations).await
    }

    fn manifest(
        &self,
        tables: &[WrittenTable],
        files: Vec<FileEntry>,
        audits: Vec<Audit>,
        ending: Ending,
    ) -> Manifest {
        let schemas: BTreeMap<_, _> = tables
            .iter()
            .map(|table| (table.spec.table.clone(), column_entries(&table.spec.schema)))
            .collect();
        Manifest {
            format_version: FORMAT_VERSION,
            snapshot_id: self.snapshot_id.clone(),
            content_sha256: content_sha256(&files),
            parent: self.parent,
            as_of: self.plan.as_of,
            run_key: self.plan.run_key.clone(),
            created_at: clock_text(clock()),
            binary_version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: ending.inputs,
            config_sha256: ending.config_sha256,
            sql_sha256: ending.sql_sha256,
            ranking: ending.ranking,
            splits: splits(tables),
            files,
            schemas,
            features: ending.features,
            audits,
            ledger: ending.ledger,
        }
    }
}

impl Sealed {
    /// Makes the snapshot current.
    ///
    /// # Errors
    /// See the crate's exit codes: [`Error::Race`] when a later moment was committed meanwhile or
    /// others kept winning, [`Error::Unknown`] when the store cannot say whether the commit landed.
    pub async fn commit(self) -> Result<Outcome> {
        let run = &self.run;
        let proposal = Proposal {
            plan: &run.plan,
            run_id: &run.id,
            snapshot_id: &run.snapshot_id,
            op: "publish",
            manifest_sha256: &self.manifest_sha256,
            parent: run.parent,
        };
        let landed = run.dataset.land(&proposal).await?;
        let outcome = match landed {
            Landed::Ours(commit) => {
                if let Err(error) = run.dataset.point_latest_at(&commit).await {
                    tracing::warn!(%error, "{LATEST} lags behind");
                }
                Outcome::Published(commit)
            }
            Landed::Same(commit) => Outcome::AlreadyPublished(commit),
        };
        let intent = run.dataset.output.join(&layout::intent_path(&run.id));
        if let Err(error) = run.dataset.storage.delete(&intent).await {
            tracing::warn!(%error, "an intent stays until the garbage collection");
        }
        Ok(outcome)
    }
}

impl Dataset {
    /// Repeats a commit in `latest.json`, unless a higher one is there.
    async fn point_latest_at(&self, commit: &Commit) -> Result<()> {
        let location = self.output.join(LATEST);
        let found = match self.storage.read(&location).await {
            Ok(bytes) => from_json::<Commit>(&location, &bytes).ok(),
            Err(Error::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        if found.is_some_and(|found| found.commit >= commit.commit) {
            return Ok(());
        }
        self.storage.put(&location, to_json(commit)?).await
    }
}

fn splits(tables: &[WrittenTable]) -> Vec<SplitEntry> {
    let mut splits = Vec::new();
    for name in SPLITS {
        let pointwise = tables
            .iter()
            .find(|table| table.spec.table == "pointwise" && table.spec.prefix == name);
        let Some(table) = pointwise else { continue };
        let qid_max = table.files.iter().filter_map(|file| file.qid_max).max();
        splits.push(SplitEntry {
            name: name.to_owned(),
            queries: qid_max.map_or(0, |qid| u64::from(qid.unsigned_abs()) + 1),
            rows: table.files.iter().map(|file| file.rows).sum(),
        });
    }
    splits
}

fn audit_ledger(ledger: &[LedgerLine]) -> Audit {
    let wrong = ledger
        .iter()
        .find(|line| line.rows_in != line.rows_out + line.dropped.values().sum::<u64>());
    Audit {
        code: "ledger".to_owned(),
        severity: Severity::Fail,
        passed: wrong.is_none(),
        observed: match wrong {
            Some(line) => format!(
                "stage {}: {} rows in, {} out, {} dropped",
                line.stage,
                line.rows_in,
                line.rows_out,
                line.dropped.values().sum::<u64>()
            ),
            None => format!("{} stages add up", ledger.len()),
        },
    }
}

fn stop_at_failure(audits: &[Audit]) -> Result<()> {
    let failed = audits
        .iter()
        .find(|audit| !audit.passed && audit.severity == Severity::Fail);
    match failed {
        Some(audit) => Err(Error::Check {
            name: audit.code.clone(),
            problem: audit.observed.clone(),
        }),
        None => Ok(()),
    }
}

/// The lines that `sha256sum -c` reads, sorted by path.
fn sha256sums(files: &[FileEntry], texts: &[(&str, Bytes)]) -> String {
    let mut hashes: BTreeMap<&str, String> = BTreeMap::new();
    for file in files {
        hashes.insert(&file.path, file.sha256.clone());
    }
    for (name, bytes) in texts {
        hashes.insert(name, sha256_hex(bytes));
    }
    let lines = hashes
        .iter()
        .map(|(path, hash)| format!("{hash}  {path}\n"));
    lines.collect()
}
