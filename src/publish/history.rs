//! The snapshots before, along the chain of commits.
//!
//! It compares nothing.

use super::Dataset;
use crate::error::{Error, Result};
use crate::manifest::Manifest;

/// Manifests of earlier snapshots, the newest first.
#[derive(Debug, Default)]
pub struct History {
    pub manifests: Vec<Manifest>,
    /// What could not be read.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// Follows the parents from a commit; a snapshot that two commits name counts once.
    ///
    /// A commit or a manifest that is not there any more, or is damaged, is a warning.
    ///
    /// # Errors
    /// [`Error::Storage`]: storage does not answer.
    pub async fn history(&self, newest: Option<u64>, n_snapshots_max: usize) -> Result<History> {
        let mut history = History::default();
        let mut next = newest;
        let mut seen: Vec<String> = Vec::new();
        while let Some(number) = next {
            if history.manifests.len() == n_snapshots_max {
                break;
            }
            let head = match self.commit(number).await {
                Ok(head) => head,
                Err(error) => {
                    history.skip(error)?;
                    break;
                }
            };
            next = head.commit.parent;
            if seen.contains(&head.commit.snapshot_id) {
                continue;
            }
            seen.push(head.commit.snapshot_id.clone());
            match self.snapshot(&head).await {
                Ok(snapshot) => history.manifests.push(snapshot.manifest),
                Err(error) => history.skip(error)?,
            }
        }
        Ok(history)
    }
}

impl History {
    fn skip(&mut self, error: Error) -> Result<()> {
        match error {
            Error::Missing { .. } | Error::Corrupt { .. } => {
                self.warnings.push(format!("not compared with: {error}"));
                Ok(())
            }
            other => Err(other),
        }
    }
}
