//! A sealed snapshot: every byte is stored and audited, and one commit away from being visible.
//!
//! It writes nothing into the snapshot any more.

use bytes::Bytes;

use super::Dataset;
use super::commit::{Landed, Proposal};
use super::layout::{self, LATEST, MANIFEST};
use super::run::Run;
use crate::error::{Error, Result};
use crate::manifest::{Audit, Commit, Manifest, Severity, from_json, sha256_hex, to_json};
use crate::refusal::{Refusal, Verdict};
use crate::storage::Location;

/// A snapshot whose every byte is stored, audited and durable, but which nobody sees.
#[derive(Debug)]
pub struct Sealed {
    pub(super) run: Run,
    pub(super) texts: Vec<(&'static str, Bytes)>,
    /// What was sealed.
    pub manifest: Manifest,
    /// Every audit, and where its offending rows are kept.
    pub verdicts: Vec<Verdict>,
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

impl Sealed {
    /// Where the snapshot is.
    pub fn snapshot(&self) -> &Location {
        &self.run.snapshot
    }

    /// Makes the snapshot current, once what was sealed is what storage gives back.
    ///
    /// # Errors
    /// [`Error::Refused`] by the audit `manifest` where it is not.
    /// See the crate's exit codes: [`Error::Race`] when a later moment was committed meanwhile or
    /// others kept winning, [`Error::Unknown`] when the store cannot say whether the commit landed.
    pub async fn commit(self) -> Result<Outcome> {
        self.check_sealed().await?;
        let run = &self.run;
        let proposal = Proposal {
            plan: &run.plan,
            run_id: &run.id,
            snapshot_id: &run.snapshot_id,
            op: "publish",
            manifest_sha256: &self.manifest_sha256(),
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

    fn manifest_sha256(&self) -> String {
        let manifest = self.texts.iter().find(|(name, _)| *name == MANIFEST);
        manifest.map_or_else(String::new, |(_, bytes)| sha256_hex(bytes))
    }

    /// Reads manifest and hashes again, and lists the folder: each file as the manifest says, and no other.
    async fn check_sealed(&self) -> Result<()> {
        let mut problem = None;
        let (storage, snapshot) = (&self.run.dataset.storage, &self.run.snapshot);
        for (name, bytes) in &self.texts {
            match storage.read(&snapshot.join(name)).await {
                Ok(stored) if stored == bytes => {}
                Ok(_) => problem = Some(format!("{name} is not what was written")),
                Err(Error::Missing { .. }) => problem = Some(format!("{name} is not there")),
                Err(error) => return Err(error),
            }
        }
        let mut expected: Vec<(&str, u64)> = self
            .texts
            .iter()
            .map(|(name, bytes)| (*name, bytes.len() as u64))
            .chain(
                self.manifest
                    .files
                    .iter()
                    .map(|file| (file.path.as_str(), file.bytes)),
            )
            .collect();
        expected.sort_unstable();
        let listed = storage.list(snapshot).await?;
        let found = listed
            .iter()
            .map(|object| (object.relative_path.as_str(), object.bytes));
        if problem.is_none() && !found.eq(expected) {
            problem = Some("the folder does not hold the files of the manifest".to_owned());
        }
        let Some(problem) = problem else {
            return Ok(());
        };
        let finding = Audit {
            passed: false,
            observed: problem,
            ..audit_manifest()
        };
        let mut verdicts = vec![Verdict::of(finding)];
        let others = self.verdicts.iter();
        verdicts.extend(
            others
                .filter(|verdict| verdict.audit.code != "manifest")
                .cloned(),
        );
        self.run.keep_verdicts(&verdicts).await?;
        Err(Refusal::of(&verdicts).map_or_else(
            || Error::Bug("a failed audit refuses nothing".to_owned()),
            |refusal| Error::Refused(Box::new(refusal)),
        ))
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

/// Stands in the manifest that it is about: nobody sees that manifest where it does not hold.
pub(super) fn audit_manifest() -> Audit {
    Audit {
        code: "manifest".to_owned(),
        severity: Severity::Fail,
        passed: true,
        observed: "read again before the commit".to_owned(),
    }
}
