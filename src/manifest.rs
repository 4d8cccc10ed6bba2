//! What a snapshot and a commit say about themselves: the JSON of `manifest.json` and of commit files.
//!
//! It reads and writes no file; `publish` does.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The version of both JSON formats; a reader refuses what is higher.
pub const FORMAT_VERSION: u32 = 1;

/// The version of the published columns, kept in every Parquet file.
pub const SCHEMA_VERSION: &str = "1";

/// The moment a snapshot stands for: RFC 3339 in UTC; a bare day means its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AsOf(pub DateTime<Utc>);

impl AsOf {
    /// The day of the moment, `2026-11-20`.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0.date_naive()
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl FromStr for AsOf {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(moment.to_utc()));
        }
        let day: NaiveDate = text.parse().map_err(|_| {
            Error::Usage(format!(
                "{text:?} is no moment; write 2026-11-20 or 2026-11-20T00:00:00Z"
            ))
        })?;
        Ok(Self(day.and_time(NaiveTime::MIN).and_utc()))
    }
}

impl TryFrom<String> for AsOf {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<AsOf> for String {
    fn from(as_of: AsOf) -> Self {
        as_of.to_string()
    }
}

/// One file below `_commits/`; the highest number is the current state of the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// [`FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// The number in the file's name, from 1.
    pub commit: u64,
    /// `<as_of day>-<run_id>`.
    pub snapshot_id: String,
    /// The snapshot's folder, relative to the dataset.
    pub snapshot: String,
    /// The commit before, null for the first.
    pub parent: Option<u64>,
    /// SHA-256 of the parent's file, in hex.
    pub parent_sha256: Option<String>,
    /// The run that wrote this commit.
    pub run_id: String,
    /// The fingerprint of inputs, configuration and binary.
    pub run_key: String,
    /// The moment the snapshot stands for.
    pub as_of: AsOf,
    /// `publish` or `rollback`.
    pub op: String,
    /// SHA-256 of the snapshot's `manifest.json`, in hex.
    pub manifest_sha256: String,
    /// RFC 3339, from the clock.
    pub committed_at: String,
}

/// `manifest.json` of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// `<as_of day>-<run_id>`.
    pub snapshot_id: String,
    /// SHA-256 over the sorted `path sha256` lines of all Parquet files, in hex.
    pub content_sha256: String,
    /// The commit that was current when the run began, null for none.
    pub parent: Option<u64>,
    /// The moment the snapshot stands for.
    pub as_of: AsOf,
    /// The fingerprint of inputs, configuration and binary.
    pub run_key: String,
    /// RFC 3339, from the clock.
    pub created_at: String,
    /// The binary's version.
    pub binary_version: String,
    /// What was read.
    pub inputs: Vec<ManifestInput>,
    /// SHA-256 of the configuration, in hex.
    pub config_sha256: String,
    /// SHA-256 of all SQL, in hex.
    pub sql_sha256: String,
    /// How the scores were made.
    pub ranking: Ranking,
    /// Every Parquet file, sorted by path.
    pub files: Vec<FileEntry>,
    /// The columns of every table.
    pub schemas: BTreeMap<String, Vec<ColumnEntry>>,
    /// The sizes of the splits of `pointwise`, in the order train, validation, test.
    pub splits: Vec<SplitEntry>,
    /// The names of the feature columns, in order.
    pub features: Vec<String>,
    /// What was checked before the commit.
    pub audits: Vec<Audit>,
    /// Figures of the snapshot that later ones are compared with: counts and shares.
    #[serde(default)]
    pub statistics: BTreeMap<String, f64>,
    /// What became of every row.
    pub ledger: Vec<LedgerLine>,
}

/// One input file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestInput {
    /// The canonical table it belongs to.
    pub table: String,
    /// Where it was read, without secrets.
    pub url: String,
    /// Its size.
    pub bytes: u64,
    /// The store's version tag.
    pub etag: Option<String>,
    /// Its rows.
    pub rows: u64,
}

/// The ranking method and its settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// A name of the method list.
    pub method: String,
    /// The method's own settings.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// When the iteration stops.
    pub tolerance: f64,
    /// Imaginary wins and losses of each item; none where the prior is of another kind.
    pub prior: Option<f64>,
}

/// One Parquet file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the snapshot's folder.
    pub path: String,
    /// Rows in the file.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Row groups in the file.
    pub row_groups: u64,
    /// The first group's number, null for a table without `qid` and for an empty file.
    pub qid_min: Option<i32>,
    /// The last group's number.
    pub qid_max: Option<i32>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnEntry {
    /// The column's name.
    pub name: String,
    /// The Arrow type, as Arrow writes it.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether the column may hold nulls.
    pub nullable: bool,
}

/// The size of one split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitEntry {
    /// `train`, `validation` or `test`.
    pub name: String,
    /// Groups in `pointwise`.
    pub queries: u64,
    /// Rows in `pointwise`.
    pub rows: u64,
}

/// How bad a failed audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is published.
    Fail,
    /// It is reported.
    Warn,
}

/// One audit and what it saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// A stable name.
    pub code: String,
    /// What a failure means.
    pub severity: Severity,
    /// Whether it held.
    pub passed: bool,
    /// What was seen, in words.
    pub observed: String,
}

/// What one stage did with its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The stage.
    pub stage: String,
    /// Rows that came in.
    pub rows_in: u64,
    /// Rows that went on.
    pub rows_out: u64,
    /// Rows dropped, by reason.
    pub dropped: BTreeMap<String, u64>,
}

/// SHA-256 of `bytes`, as 64 lower-case hex digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| DIGITS[usize::from(digit)]).collect()
}

/// The fingerprint of a snapshot's content: SHA-256 over the lines `path sha256`, sorted by path.
#[must_use]
pub fn content_sha256(files: &[FileEntry]) -> String {
    let mut lines: Vec<String> = files
        .iter()
        .map(|file| format!("{} {}\n", file.path, file.sha256))
        .collect();
    lines.sort();
    sha256_hex(lines.concat().as_bytes())
}

/// Indented JSON with a newline at the end, keys in the order of the fields.
pub fn to_json<T: Serialize>(value: &T) -> Result<Bytes> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Bug(format!("cannot write JSON: {error}")))?;
    text.push('\n');
    Ok(Bytes::from(text))
}

/// Reads JSON that `location` held.
pub fn from_json<T: DeserializeOwned>(location: &impl fmt::Display, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::Corrupt {
        location: location.to_string(),
        problem: format!("not the expected JSON: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_means_its_midnight_and_moments_compare() {
        let day: AsOf = "2026-11-20".parse().unwrap();
        let moment: AsOf = "2026-11-20T03:00:00.5+02:00".parse().unwrap();
        assert_eq!(day.to_string(), "2026-11-20T00:00:00Z");
        assert_eq!(moment.to_string(), "2026-11-20T01:00:00.500Z");
        assert!(day < moment);
        assert_eq!("yesterday".parse::<AsOf>().unwrap_err().exit_code(), 2);
    }

    #[test]
    fn content_does_not_depend_on_the_order_of_files() {
        let file = |path: &str| FileEntry {
            path: path.to_owned(),
            rows: 1,
            bytes: 1,
            sha256: sha256_hex(path.as_bytes()),
            row_groups: 1,
            qid_min: None,
            qid_max: None,
        };
        let (first, second) = (file("a"), file("b"));
        let forward = content_sha256(&[first.clone(), second.clone()]);
        assert_eq!(forward, content_sha256(&[second, first]));
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
