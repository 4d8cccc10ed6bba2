//! The whole flow through the binary: the same content whatever the machine does, and the content that the
//! specification asks for, computed a second time by a slow twin.
//!
//! It does not test single models.

mod compare;
mod dirt;
mod expected;
mod fit;
mod judge;

use std::collections::BTreeMap;
use std::path::Path;

use judge::{Inputs, Judged, Settings, judge};

use crate::binary::{package, text};
use crate::published::Snapshot;
use crate::rows::{read_files, read_one_batch, taken, write_file};
use crate::shop::{Shop, files_below};

#[test]
fn the_content_is_the_same_for_any_threads_batches_and_memory() {
    let shop = Shop::generate("0.005", "1");
    let reference = shop.publish_into("published", &[]);
    let reference = Snapshot::current(&reference);
    let ways: [&[&str]; 6] = [
        &["run.threads=1"],
        &["run.threads=2", "run.batch_size=1000"],
        &["run.threads=4", "run.batch_size=8192"],
        &["run.threads=3", "run.batch_size=17"],
        &["run.memory_limit=256MiB"],
        &[
            "run.memory_limit=1GiB",
            "run.threads=1",
            "run.batch_size=1000",
        ],
    ];
    for (number, settings) in ways.iter().enumerate() {
        let arguments: Vec<&str> = settings.iter().flat_map(|s| ["--set", s]).collect();
        let output = shop.publish_into(&format!("published-{number}"), &arguments);
        let snapshot = Snapshot::current(&output);
        assert_same_files(&reference, &snapshot, &settings.join(" "));
    }
}

#[test]
fn the_content_is_the_same_for_any_order_and_number_of_input_files() {
    let shop = Shop::generate("0.005", "2");
    let reference = Snapshot::current(&shop.publish_into("published", &[]));
    let responses = read_one_batch(&files_below(&shop.path("data/responses")));
    let mut order: Vec<u64> = (0..responses.num_rows() as u64).collect();
    order.sort_by_key(|row_idx| shuffled(*row_idx));
    let part_rows = order.len().div_ceil(3);
    for (part, indices) in order.chunks(part_rows).enumerate() {
        // The last rows come in the file that is listed first.
        let name = format!("again/responses/{}.parquet", ["z", "m", "a"][part]);
        write_file(&shop.path(&name), &taken(&responses, indices));
    }
    shop.configure("again/responses", "");
    let output = shop.publish_into("published-again", &[]);
    assert_same_files(&reference, &Snapshot::current(&output), "shuffled files");
}

#[test]
fn the_ledger_adds_up_and_known_tasks_make_no_labels() {
    let shop = Shop::generate("0.005", "3");
    let snapshot = Snapshot::current(&shop.publish_into("published", &[]));
    let responses = read_files(&files_below(&shop.path("data/responses")));
    let ledger = snapshot.manifest["ledger"].as_array().expect("a ledger");
    let mut n_dropped = 0;
    for line in ledger {
        let whole = |name: &str| line[name].as_u64().expect("a number of rows");
        let dropped = line["dropped"].as_object().expect("reasons");
        let n_of_line: u64 = dropped.values().filter_map(serde_json::Value::as_u64).sum();
        assert_eq!(whole("rows_in"), whole("rows_out") + n_of_line, "{line}");
        n_dropped += n_of_line;
    }
    let first = ledger.first().expect("a line");
    assert_eq!(first["rows_in"].as_u64(), Some(responses.len() as u64));
    assert_eq!(n_dropped as usize, snapshot.rows("rejects").len());

    let task_of_pair: Vec<(String, String)> = responses
        .iter()
        .filter(|row| row.text("task_kind") != Some("REAL"))
        .map(|row| (row.id("assignment_id"), row.id("task_id")))
        .collect();
    let rejected: Vec<(String, String)> = snapshot
        .rows("rejects")
        .iter()
        .map(|row| (row.id("assignment_id"), row.id("task_id")))
        .collect();
    let rejected: std::collections::BTreeSet<_> = rejected.into_iter().collect();
    assert!(!task_of_pair.is_empty(), "the shop has control tasks");
    assert!(task_of_pair.iter().all(|key| rejected.contains(key)));
}

#[test]
fn a_slow_recomputation_from_the_specification_agrees() {
    let shop = Shop::generate("0.005", "4");
    check_against_twin(&shop, "data/responses", Settings::default());
}

#[test]
fn a_slow_recomputation_agrees_with_a_control_task_rule_and_a_minimum_skill() {
    let shop = Shop::generate("0.02", "5");
    let settings = Settings {
        has_golden_rule: true,
        minimum_skill: 60.0,
    };
    check_against_twin(&shop, "data/responses", settings);
}

#[test]
fn a_slow_recomputation_agrees_on_answers_with_every_flaw() {
    let shop = Shop::generate("0.005", "6");
    let inputs = inputs(&shop, "data/responses");
    let judged = judge(&inputs, Settings::default());
    dirt::spoil(&shop, &judged, "spoilt/responses");
    shop.configure("spoilt/responses", "");
    check_against_twin(&shop, "spoilt/responses", Settings::default());
}

/// Publishes and compares with the twin.
fn check_against_twin(shop: &Shop, responses: &str, settings: Settings) {
    let minimum_skill = format!("skills.minimum_skill={:.1}", settings.minimum_skill);
    let rules = package().join("tests/it/pipeline/golden_rules.json");
    let rules = format!("quality.rules={}", text(&rules));
    let mut arguments = vec!["--set", &minimum_skill];
    if settings.has_golden_rule {
        arguments.extend(["--set", &rules]);
    }
    let snapshot = Snapshot::current(&shop.publish_into("published", &arguments));
    let inputs = inputs(shop, responses);
    let judged = judge(&inputs, settings);
    let expected = expected::expect(&judged);
    let n_votes: usize = expected
        .splits
        .values()
        .flatten()
        .map(|group| group.n_votes)
        .sum();
    assert_eq!(
        n_votes + expected.rejects.len(),
        inputs.responses.len(),
        "the twin's own ledger"
    );
    compare_bans(&snapshot, &judged);
    compare_workers(&snapshot, &judged);
    compare::compare(&snapshot, &expected);
}

fn inputs(shop: &Shop, responses: &str) -> Inputs {
    let read = |folder: &str| read_files(&files_below(&shop.path(folder)));
    Inputs {
        responses: read(responses),
        pools: read("data/pools"),
        restrictions: read("data/restrictions"),
    }
}

fn compare_bans(snapshot: &Snapshot, judged: &Judged) {
    let mut found: Vec<String> = snapshot
        .rows("bans")
        .iter()
        .map(|row| {
            let (start, end) = (row.whole("started_at"), row.whole("will_expire_at"));
            let (worker, scope) = (row.id("worker_id"), row.id("scope"));
            format!("{worker} {scope} {start:?} {end:?} {}", row.id("source"))
        })
        .collect();
    let mut expected: Vec<String> = judged
        .bans
        .iter()
        .map(|ban| {
            let (start, end) = (Some(ban.started_at), ban.until);
            format!(
                "{} {} {start:?} {end:?} {}",
                ban.worker, ban.scope, ban.source
            )
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "bans, found and expected");
}

fn compare_workers(snapshot: &Snapshot, judged: &Judged) {
    let mut n_votes: BTreeMap<String, i64> = BTreeMap::new();
    for answer in judged.kept() {
        *n_votes.entry(answer.worker.clone()).or_default() += 1;
    }
    let rows = snapshot.rows("workers");
    assert!(!rows.is_empty(), "workers are published");
    for row in rows {
        let worker = row.id("worker_id");
        let golden = judged.golden.iter().find(|((id, _), _)| *id == worker);
        let golden = golden.map(|(_, golden)| *golden).unwrap_or_default();
        let whole = |column: &str| row.whole(column).unwrap_or(0);
        assert_eq!(whole("n_golden"), golden.n, "{worker}: n_golden");
        assert_eq!(
            whole("n_golden_correct"),
            golden.n_correct,
            "{worker}: n_golden_correct"
        );
        let expected = n_votes.get(&worker).copied().unwrap_or(0);
        assert_eq!(whole("n_votes"), expected, "{worker}: n_votes");
    }
}

fn assert_same_files(reference: &Snapshot, snapshot: &Snapshot, how: &str) {
    let different: Vec<_> = reference.manifest["files"]
        .as_array()
        .expect("files")
        .iter()
        .zip(snapshot.manifest["files"].as_array().expect("files"))
        .filter(|(reference, found)| reference["sha256"] != found["sha256"])
        .map(|(reference, _)| &reference["path"])
        .collect();
    assert!(different.is_empty(), "{how}: other bytes in {different:?}");
    assert_eq!(
        reference.content_sha256(),
        snapshot.content_sha256(),
        "{how}"
    );
}

/// A fixed scramble of row numbers.
fn shuffled(row_idx: u64) -> u64 {
    (row_idx + 1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
}

#[test]
fn table_folders_hold_parquet_files_only_and_every_hash_is_right() {
    let shop = Shop::generate("0.005", "7");
    let snapshot = Snapshot::current(&shop.publish_into("published", &[]));
    let listed: Vec<String> = snapshot.files().map(|(path, _)| path.to_owned()).collect();
    for path in files_below(&snapshot.folder) {
        let relative = path
            .strip_prefix(&snapshot.folder)
            .expect("below the folder");
        if relative.parent() != Some(Path::new("")) {
            let relative = text(relative).to_owned();
            assert!(
                listed.contains(&relative),
                "{relative} is not in the manifest"
            );
        }
    }
    let sums = std::fs::read_to_string(snapshot.folder.join("SHA256SUMS")).expect("SHA256SUMS");
    for file in snapshot.manifest["files"].as_array().expect("files") {
        let path = file["path"].as_str().expect("a path");
        let bytes = std::fs::read(snapshot.folder.join(path)).expect("a listed file");
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        let hex = digest
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert_eq!(file["sha256"].as_str(), Some(hex.as_str()), "{path}");
        assert!(
            sums.contains(&format!("{hex}  {path}")),
            "{path} in SHA256SUMS"
        );
    }
    assert_eq!(snapshot.commit["commit"].as_u64(), Some(1));
}
