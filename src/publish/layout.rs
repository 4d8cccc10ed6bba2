//! The names of everything below a dataset's folder.
//!
//! It reads and writes nothing.

use crate::manifest::AsOf;

/// The folder of commit files.
pub const COMMITS: &str = "_commits";
/// The folder of intents of runs in progress.
pub const RUNS: &str = "_runs";
/// The folder of offending rows of audits.
pub const AUDITS: &str = "_audits";
/// The verdicts of a run's audits.
pub const VERDICTS: &str = "audits.json";
/// A copy of the current commit for people.
pub const LATEST: &str = "latest.json";
/// What is in a snapshot, with hashes.
pub const MANIFEST: &str = "manifest.json";
/// The hashes again, for `sha256sum -c`.
pub const SHA256SUMS: &str = "SHA256SUMS";
/// Empty; written last into a snapshot.
pub const SUCCESS: &str = "_SUCCESS";
/// The snapshot explained.
pub const README: &str = "README.md";
/// The snapshot explained to machines, in the Croissant vocabulary.
pub const CROISSANT: &str = "croissant.json";
/// The run's report.
pub const REPORT: &str = "report.html";

/// The path of a commit file.
pub fn commit_path(number: u64) -> String {
    format!("{COMMITS}/{number:020}.json")
}

/// The number of a commit file's name; `None` for any other name.
pub fn commit_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    let is_number = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The path of a run's intent.
pub fn intent_path(run_id: &str) -> String {
    format!("{RUNS}/{run_id}.json")
}

/// The folder of what a run's audits kept.
pub fn audits_path(run_id: &str) -> String {
    format!("{AUDITS}/{run_id}")
}

/// The name of a run's snapshot.
pub fn snapshot_id(as_of: AsOf, run_id: &str) -> String {
    format!("{}-{run_id}", as_of.date())
}

/// The path of a snapshot's folder.
pub fn snapshot_path(snapshot_id: &str) -> String {
    format!("snapshots/{snapshot_id}")
}

/// The name of one shard, from 0.
pub fn shard_name(prefix: &str, index: usize, n_shards: usize) -> String {
    format!("{prefix}-{index:05}-of-{n_shards:05}.parquet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twenty_digits_are_a_commit() {
        assert_eq!(commit_path(42), "_commits/00000000000000000042.json");
        assert_eq!(commit_number("00000000000000000042.json"), Some(42));
        assert_eq!(commit_number("42.json"), None);
        assert_eq!(commit_number("0000000000000000004x.json"), None);
        assert_eq!(commit_number("99999999999999999999.json"), None);
    }
}
