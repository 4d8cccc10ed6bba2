//! The job on real answers, by the script behind `make field`.
//!
//! The answers are not part of this repository; without them the test says so and passes.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use tempfile::TempDir;

use crate::binary::{finish, package};
use crate::published::Snapshot;
use crate::rows::read_files;

#[test]
fn real_answers_are_published_and_ranked() {
    let real = package().join("../shared/data");
    if !real.exists() {
        eprintln!("skipped: {} is absent", real.display());
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let mut command = Command::new(package().join("tests/field/run"));
    let command = command
        .arg(env!("CARGO_BIN_EXE_crowdrank"))
        .arg(folder.path());
    let ran = finish(command).succeeded();
    let current = |set: &str| Snapshot::current(&folder.path().join(set).join("published"));
    for set in ["music_sbs", "llmfao_crowd", "retail"] {
        assert!(ran.stdout.contains(&format!("== {set}")), "{ran}");
    }

    let music = current("music_sbs");
    assert_eq!(
        rejects(&music).get("golden"),
        Some(&520),
        "one side is the query in 520 rows"
    );
    let n_golden: i64 = music
        .rows("workers")
        .iter()
        .filter_map(|row| row.whole("n_golden"))
        .sum();
    assert_eq!(n_golden, 520);

    judge_bans(&music);
    judge_labels(&ran.stdout);

    let models = current("llmfao_crowd");
    assert_eq!(
        rejects(&models).values().sum::<usize>(),
        0,
        "every answer counts"
    );
    let n_items = models.rows("pointwise").len();
    // 59 models and 13 prompts, but not every model answered every prompt: counted in the file itself.
    assert_eq!(
        n_items, 750,
        "every model that a prompt was shown with is ranked"
    );

    let pairs = read_files(&[real.join("retail_copurchase.parquet")]);
    let best: BTreeMap<String, String> = pairs
        .iter()
        .filter(|row| row.whole("rank") == Some(1))
        .map(|row| (row.id("initial"), row.id("candidate")))
        .collect();
    let retail = current("retail").rows("pointwise");
    let first = || retail.iter().filter(|row| row.whole("rank") == Some(1));
    let n_right = first()
        .filter(|row| best.get(&row.id("query_id")) == Some(&row.id("item_id")))
        .count();
    assert!(
        n_right * 100 >= first().count() * 95,
        "{n_right} of {}",
        first().count()
    );
}

fn rejects(snapshot: &Snapshot) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in snapshot.rows("rejects") {
        *counts.entry(row.id("drop_reason")).or_default() += 1;
    }
    counts
}

/// Of 970 texts with a known truth; their control tasks are not among them.
fn judge_labels(printed: &str) {
    let right_share = |method: &str| {
        let line = printed
            .lines()
            .find(|line| line.starts_with(&format!("| {method} ")));
        let cells: Vec<&str> = line.expect("a line of the method").split('|').collect();
        cells[3].trim().parse::<f64>().expect("a share")
    };
    assert!(right_share("dawid_skene") > 0.72);
    assert!(right_share("by_skill") > right_share("majority") + 0.02);
}

/// Of 79 workers, by the rule of `tests/field/golden.json`.
fn judge_bans(music: &Snapshot) {
    let banned: BTreeSet<String> = music
        .rows("bans")
        .iter()
        .map(|ban| ban.id("worker_id"))
        .collect();
    assert_eq!(banned.len(), 17);
}
