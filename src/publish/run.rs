//! One attempt to publish: tables are written, sealed with manifest and hashes, and committed.
//!
//! It computes no hash of an input and no row; dropping it at any moment publishes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::audits::{AuditRules, Audited, Finding, StoredSnapshot};
use super::kept;
use super::layout::{CROISSANT, MANIFEST, README, REPORT, SHA256SUMS, SUCCESS};
use super::sealed::{Outcome, Sealed, audit_manifest};
use super::tables::{SPLITS, column_entries};
use super::writer::{TableSpec, TableWriter, WrittenTable};
use super::{AsOfOrder, Dataset, RunPlan, clock, clock_text, layout};
use crate::error::{Error, Result};
use crate::manifest::{
    AsOf, Audit, FORMAT_VERSION, FileEntry, LedgerLine, Manifest, ManifestInput, Ranking, Severity,
    SplitEntry, content_sha256, sha256_hex, to_json,
};
use crate::refusal::{Refusal, Verdict};
use crate::storage::Location;

/// A run between its intent and its commit.
#[derive(Debug)]
pub struct Run {
    pub(super) dataset: Dataset,
    pub(super) plan: RunPlan,
    /// A ULID.
    pub(super) id: String,
    pub(super) snapshot_id: String,
    pub(super) parent: Option<u64>,
    pub(super) snapshot: Location,
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
    /// Figures that later snapshots are compared with.
    pub statistics: BTreeMap<String, f64>,
    /// What became of every row.
    pub ledger: Vec<LedgerLine>,
    /// `README.md`.
    pub readme: String,
    /// `croissant.json`.
    pub croissant: String,
    /// `report.html`.
    pub report: String,
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

    /// Whether an older state may replace a newer one.
    pub fn order(&self) -> AsOfOrder {
        self.plan.order
    }

    /// The moment that the snapshot stands for.
    pub fn as_of(&self) -> AsOf {
        self.plan.as_of
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

    /// Audits by the default rules, then seals.
    ///
    /// # Errors
    /// As [`Run::audit`] and [`Run::seal_audited`].
    pub async fn seal(self, tables: &[WrittenTable], ending: Ending) -> Result<Sealed> {
        let audited = self.audit(tables, &AuditRules::default()).await?;
        self.seal_audited(audited, ending).await
    }

    /// Makes the tables durable and audits the stored bytes; the caller may add findings of its own.
    ///
    /// # Errors
    /// Only when storage does not answer.
    pub async fn audit(&self, tables: &[WrittenTable], rules: &AuditRules) -> Result<Audited> {
        let files = tables.iter().flat_map(|table| &table.files);
        let mut table_paths: Vec<&str> = files.map(|file| file.path.as_str()).collect();
        table_paths.sort_unstable();
        self.make_durable(&table_paths).await?;
        let stored = StoredSnapshot {
            storage: Arc::clone(&self.dataset.storage),
            location: self.snapshot.clone(),
            as_of: self.plan.as_of,
        };
        Ok(Audited {
            findings: stored.audit(tables, rules).await?,
            tables: tables.to_vec(),
        })
    }

    /// Adds manifest and hashes to tables that passed every audit.
    ///
    /// # Errors
    /// [`Error::Refused`] for failed audits; the folder stays for a look, offending rows beside it.
    pub async fn seal_audited(self, audited: Audited, mut ending: Ending) -> Result<Sealed> {
        let storage = &self.dataset.storage;
        let Audited {
            tables,
            mut findings,
        } = audited;
        let bare = |audit: Audit| Finding {
            audit,
            rows: Vec::new(),
        };
        findings.push(bare(audit_ledger(&ending.ledger)));
        findings.push(bare(audit_manifest()));
        findings.extend(ending.audits.drain(..).map(bare));
        let verdicts = self.keep_rows(&findings).await?;
        if let Some(refusal) = Refusal::of(&verdicts) {
            return Err(Error::Refused(Box::new(refusal)));
        }
        let audits = findings.into_iter().map(|finding| finding.audit).collect();
        let mut texts: Vec<(&str, Bytes)> = [
            (README, &mut ending.readme),
            (CROISSANT, &mut ending.croissant),
            (REPORT, &mut ending.report),
        ]
        .map(|(name, text)| (name, Bytes::from(std::mem::take(text))))
        .into();
        let mut files: Vec<FileEntry> = tables
            .iter()
            .flat_map(|table| table.files.iter().cloned())
            .collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let manifest = self.manifest(&tables, files, audits, ending);
        texts.push((MANIFEST, to_json(&manifest)?));
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
            texts,
            manifest,
            verdicts,
        })
    }

    /// Keeps the offending rows of failed audits and warnings for a look.
    pub(super) async fn keep_rows(&self, findings: &[Finding]) -> Result<Vec<Verdict>> {
        let folder = self.dataset.output.join(&layout::audits_path(&self.id));
        kept::keep_rows(&self.dataset.storage, &folder, findings).await
    }

    /// Says again how every audit ended.
    pub(super) async fn keep_verdicts(&self, verdicts: &[Verdict]) -> Result<()> {
        let folder = self.dataset.output.join(&layout::audits_path(&self.id));
        kept::keep_verdicts(&self.dataset.storage, &folder, verdicts).await
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
            statistics: ending.statistics,
            ledger: ending.ledger,
        }
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
