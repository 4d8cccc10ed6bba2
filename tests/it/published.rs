//! Reads a published dataset as any reader would: the highest commit, its manifest, its files.
//!
//! It uses none of the library's own readers.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::rows::{Row, read_files};

/// The snapshot that a dataset's current commit names.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) folder: PathBuf,
    pub(crate) commit: Value,
    pub(crate) manifest: Value,
}

impl Snapshot {
    /// The current snapshot of the dataset in `output`.
    pub(crate) fn current(output: &Path) -> Self {
        let commits = std::fs::read_dir(output.join("_commits")).expect("a folder of commits");
        let newest = commits
            .map(|entry| entry.expect("a readable folder").path())
            .max()
            .expect("a commit");
        let commit = read_json(&newest);
        let folder = output.join(commit["snapshot"].as_str().expect("a snapshot's folder"));
        let manifest = read_json(&folder.join("manifest.json"));
        Self {
            folder,
            commit,
            manifest,
        }
    }

    /// The fingerprint of the content.
    pub(crate) fn content_sha256(&self) -> &str {
        self.manifest["content_sha256"]
            .as_str()
            .expect("content_sha256 is text")
    }

    /// The rows of a table, or of one split as `pointwise/train`, in the order of the manifest.
    pub(crate) fn rows(&self, table: &str) -> Vec<Row> {
        let paths: Vec<PathBuf> = self
            .files()
            .filter(|(path, _)| path.starts_with(&format!("{table}/")))
            .map(|(path, _)| self.folder.join(path))
            .collect();
        assert!(!paths.is_empty(), "the manifest has no file of {table}");
        read_files(&paths)
    }

    /// Path and rows of every file in the manifest.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        let files = self.manifest["files"].as_array().expect("files is a list");
        files.iter().map(|file| {
            let path = file["path"].as_str().expect("a path");
            (path, file["rows"].as_u64().expect("a number of rows"))
        })
    }
}

fn read_json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("valid JSON")
}
