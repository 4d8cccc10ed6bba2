//! `export`, read back by readers that are not ours, and what it refuses.
//!
//! What they must see is in `tests/python/read_export.py`; the trainers themselves are in `tests/trainers`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary::{Ran, crowdrank, finish, package, python, text};
use crate::published::Snapshot;
use crate::shop::{Shop, files_below};

/// Ids and texts that hold what separates them in text files.
const HOSTILE_TEXTS: &str = r#"
[inputs.responses.columns]
query_id = "concat(query_id, chr(9), '|# \"')"
left_item_id = "concat(left_item_id, chr(9), '|# \"')"
right_item_id = "concat(right_item_id, chr(9), '|# \"')"
[inputs.products.columns]
product_id = "concat(product_id, chr(9), '|# \"')"
title = "concat('\"12\" disc', chr(10), chr(9), title, ' %20#|')"
"#;

/// The formats that the help names.
const FORMATS: [&str; 6] = [
    "letor",
    "catboost",
    "trl-jsonl",
    "recbole",
    "tfrecord",
    "elwc",
];

fn export(shop: &Shop, format: &str, more: &[&str]) -> (Ran, PathBuf) {
    let (config, folder) = (shop.config(), shop.path("exports").join(format));
    let mut arguments = vec!["export", "--config", text(&config), "--to", format];
    arguments.extend(more);
    arguments.push(text(&folder));
    (crowdrank(&arguments), folder)
}

fn names(folder: &Path) -> Vec<String> {
    let name = |path: &PathBuf| text(path.strip_prefix(folder).expect("below")).to_owned();
    files_below(folder).iter().map(name).collect()
}

fn assert_reads_back(shop: &Shop) {
    let Some(environment) = python() else {
        return;
    };
    let snapshot = Snapshot::current(&shop.path("published"));
    let script = package().join("tests/python/read_export.py");
    for format in FORMATS {
        let (ran, folder) = export(shop, format, &[]);
        ran.succeeded();
        let mut command = Command::new(environment.join("bin/python"));
        command
            .arg(&script)
            .arg(format)
            .arg(&folder)
            .arg(&snapshot.folder);
        let read = finish(&mut command).succeeded();
        assert!(read.stdout.contains(&format!("{format}: ok")), "{read}");
    }
}

#[test]
fn every_format_reads_back_to_the_published_rows() {
    let shop = Shop::generate("0.002", "11");
    shop.run(&[]).succeeded();
    assert_reads_back(&shop);
}

#[test]
fn ids_and_texts_full_of_separators_read_back_to_the_published_rows() {
    let shop = Shop::generate("0.002", "12");
    shop.configure("data/responses", HOSTILE_TEXTS);
    shop.run(&[]).succeeded();
    assert_reads_back(&shop);
}

#[test]
fn an_export_says_what_it_wrote_and_makes_only_the_splits_that_are_wanted() {
    let shop = Shop::generate("0.002", "13");
    shop.run(&[]).succeeded();
    let (ran, folder) = export(
        &shop,
        "letor",
        &["--split", "test,train", "--snapshot", "1"],
    );
    let ran = ran.succeeded();
    assert_eq!(
        names(&folder),
        [
            "features.txt",
            "test.group_weight.txt",
            "test.txt",
            "test.weight.txt",
            "train.group_weight.txt",
            "train.txt",
            "train.weight.txt",
        ]
    );
    let n_rows = Snapshot::current(&shop.path("published"))
        .rows("pointwise/train")
        .len();
    let has_rows =
        |line: &str| line.starts_with("train.txt ") && line.contains(&format!(" {n_rows} rows"));
    assert!(ran.stdout.lines().any(has_rows), "{ran}");
    assert!(ran.stdout.contains("exported commit 1 as letor"), "{ran}");
    // By its address alone, and for a second time the same bytes.
    let again = shop.path("again");
    let dataset = shop.path("published");
    let arguments = [
        "export",
        "--dataset",
        text(&dataset),
        "--to",
        "letor",
        text(&again),
    ];
    crowdrank(&arguments).succeeded();
    for name in names(&folder) {
        let read = |folder: &Path| std::fs::read(folder.join(&name)).expect("an exported file");
        assert_eq!(read(&folder), read(&again), "{name}");
    }
}

#[test]
fn a_file_that_is_not_the_promised_one_leaves_nothing_behind() {
    let shop = Shop::generate("0.001", "14");
    shop.run(&[]).succeeded();
    let snapshot = Snapshot::current(&shop.path("published"));
    let damaged = snapshot
        .folder
        .join("pairs/test/test-00000-of-00001.parquet");
    let mut bytes = std::fs::read(&damaged).expect("a published file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&damaged, bytes).expect("a damaged file");
    let (ran, folder) = export(&shop, "catboost", &[]);
    ran.refused(8)
        .explains(&["pairs/test/test-00000-of-00001.parquet", "SHA-256"]);
    assert!(names(&folder).is_empty(), "{:?}", names(&folder));
    // Pointwise is as it was, until the manifest itself is another.
    let (ran, folder) = export(&shop, "letor", &[]);
    ran.succeeded();
    std::fs::remove_dir_all(folder).expect("an exported folder");
    let manifest = snapshot.folder.join("manifest.json");
    let promised = std::fs::read_to_string(&manifest).expect("a manifest");
    std::fs::write(&manifest, promised + " ").expect("another manifest");
    let (ran, _) = export(&shop, "letor", &[]);
    ran.refused(8).explains(&["manifest.json", "commit 1"]);
}

#[test]
fn what_cannot_be_exported_is_refused_with_the_next_step() {
    let shop = Shop::generate("0.001", "15");
    let (ran, _) = export(&shop, "letor", &[]);
    ran.refused(4).explains(&["nothing is published"]);
    shop.run(&[]).succeeded();
    let (ran, _) = export(&shop, "svm", &[]);
    ran.refused(2).explains(&["letor", "elwc"]);
    let (ran, _) = export(&shop, "letor", &["--snapshot", "7"]);
    ran.refused(4).explains(&["00000000000000000007.json"]);
    let (ran, _) = export(&shop, "letor", &["--snapshot", "current~1"]);
    ran.refused(4).explains(&["no commit current~1"]);
    std::fs::create_dir_all(shop.path("exports/elwc/mine")).expect("a folder");
    let (ran, _) = export(&shop, "elwc", &[]);
    ran.refused(2).explains(&["mine", "empty folder"]);
}

#[test]
fn a_classification_has_nothing_to_rank() {
    let shop = Shop::generate("0.001", "16");
    let kind =
        "[project]\nkind = \"classification\"\n[labels]\noptions = [\"left\", \"right\", \"tie\"]";
    shop.configure("data/responses", kind);
    shop.run(&[]).succeeded();
    let (ran, folder) = export(&shop, "letor", &[]);
    ran.refused(2).explains(&["classification", "labels/"]);
    assert!(!folder.exists());
    // Two such snapshots can be compared all the same.
    let config = shop.config();
    let told = crowdrank(&["diff", "1", "1", "--config", text(&config)]).succeeded();
    assert!(told.stdout.contains("nothing changed"), "{told}");
}

#[test]
fn the_help_says_of_every_format_what_it_writes_and_how_to_read_it() {
    let help = crowdrank(&["export", "--help"]).succeeded();
    for format in FORMATS {
        assert!(help.stdout.contains(&format!("{format}: ")), "{help}");
    }
    assert_eq!(help.stdout.matches("Read it with").count(), FORMATS.len());
}
