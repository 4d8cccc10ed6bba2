//! The card of a published snapshot: every table, column and file is on it, and its lines are Python.
//!
//! That the lines do what they say is for `make test-trainers`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::binary::{finish, python, text};
use crate::published::Snapshot;
use crate::shop::Shop;

fn read(snapshot: &Snapshot, name: &str) -> String {
    std::fs::read_to_string(snapshot.folder.join(name)).expect("a readable file of the snapshot")
}

/// The tables of the manifest with the names of their columns.
fn tables(snapshot: &Snapshot) -> Vec<(String, Vec<String>)> {
    let schemas = snapshot.manifest["schemas"].as_object().expect("schemas");
    let columns = |listed: &Value| -> Vec<String> {
        let listed = listed.as_array().expect("a list of columns").iter();
        listed
            .map(|column| column["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    schemas
        .iter()
        .map(|(table, listed)| (table.clone(), columns(listed)))
        .collect()
}

/// The lines between a heading and the next one.
fn section<'a>(card: &'a str, heading: &str) -> &'a str {
    let (_, after) = card
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no {heading} on the card"));
    after.split("\n##").next().unwrap_or(after)
}

fn assert_every_table_is_described(snapshot: &Snapshot, card: &str) {
    let (yaml, _) = card[4..].split_once("\n---\n").expect("front matter");
    for (table, columns) in tables(snapshot) {
        let prefix = format!("{table}/");
        let has_rows = snapshot
            .files()
            .any(|(path, rows)| path.starts_with(&prefix) && rows > 0);
        let is_listed = yaml.contains(&format!("- config_name: {table}\n  data_files:\n"));
        assert_eq!(is_listed, has_rows, "{table}");
        let described = section(card, &format!("### {table}"));
        for column in columns {
            let rows = described.lines();
            let mut rows = rows.filter(|row| row.starts_with(&format!("| `{column}` | ")));
            let row = rows.next().unwrap_or_else(|| panic!("{table}.{column}"));
            assert!(row.ends_with(". |"), "no sentence: {row}");
        }
    }
    let counted: u64 = yaml
        .lines()
        .filter_map(|line| line.trim().strip_prefix("num_examples: "))
        .map(|rows| rows.parse::<u64>().expect("a number"))
        .sum();
    assert_eq!(counted, snapshot.files().map(|(_, rows)| rows).sum::<u64>());
}

/// Every reason of the manifest's ledger has a row with its count and a sentence.
fn assert_every_dropped_answer_is_explained(snapshot: &Snapshot, card: &str) {
    let told = section(card, "## What became of every answer");
    let mut n_reasons = 0;
    for line in snapshot.manifest["ledger"].as_array().expect("a ledger") {
        for (reason, n_rows) in line["dropped"].as_object().expect("reasons") {
            let n_rows = n_rows.as_u64().expect("a count");
            let row = told
                .lines()
                .find(|row| row.contains(&format!("`{reason}`")));
            let row = row.unwrap_or_else(|| panic!("{reason} is not explained"));
            let digits: String = row.chars().filter(|c| *c != ',').collect();
            assert!(digits.contains(&format!("| {n_rows} |")), "{row}");
            assert!(row.ends_with(". |"), "no sentence: {row}");
            n_reasons += 1;
        }
    }
    assert!(n_reasons >= 3, "only {n_reasons} reasons in the sample");
}

/// The lines of every Python block.
fn python_blocks(card: &str) -> Vec<&str> {
    let blocks = card.split("\n```python\n").skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap_or(rest))
        .collect()
}

fn assert_blocks_compile(environment: &Path, blocks: &[&str]) {
    for block in blocks {
        let mut command = Command::new(environment.join("bin/python"));
        let compile = "import sys; compile(sys.argv[1], 'block', 'exec')";
        finish(command.args(["-c", compile, block])).succeeded();
    }
}

fn assert_croissant_knows_every_file(snapshot: &Snapshot) {
    let croissant: Value = serde_json::from_str(&read(snapshot, "croissant.json")).expect("JSON");
    let listed = croissant["distribution"].as_array().expect("files");
    let hashes: BTreeSet<(&str, &str)> = listed
        .iter()
        .filter_map(|entry| Some((entry["contentUrl"].as_str()?, entry["sha256"].as_str()?)))
        .collect();
    let files = snapshot.manifest["files"].as_array().expect("files");
    let stored: BTreeSet<(&str, &str)> = files
        .iter()
        .filter_map(|file| Some((file["path"].as_str()?, file["sha256"].as_str()?)))
        .collect();
    assert_eq!(hashes, stored);
    let record_sets = croissant["recordSet"].as_array().expect("record sets");
    let described: BTreeSet<(&str, usize)> = record_sets
        .iter()
        .map(|set| {
            let fields = set["field"].as_array().expect("fields");
            let columns = fields.iter().filter(|field| field["name"] != "split");
            (set["name"].as_str().expect("a name"), columns.count())
        })
        .collect();
    let tables = tables(snapshot);
    let published = tables
        .iter()
        .map(|(table, columns)| (table.as_str(), columns.len()));
    assert_eq!(described, published.collect());
}

#[test]
fn a_card_describes_every_table_column_file_and_dropped_answer() {
    let shop = Shop::generate("0.005", "8");
    let snapshot = Snapshot::current(&shop.publish_into("published", &[]));
    let card = read(&snapshot, "README.md");
    assert!(card.starts_with("---\n"), "{card}");
    assert_every_table_is_described(&snapshot, &card);
    assert_every_dropped_answer_is_explained(&snapshot, &card);
    assert_croissant_knows_every_file(&snapshot);
    let sums = read(&snapshot, "SHA256SUMS");
    for name in ["README.md", "croissant.json", "report.html"] {
        assert!(sums.contains(&format!("  {name}\n")), "{sums}");
    }
    let blocks = python_blocks(&card);
    assert_eq!(blocks.len(), 10, "nine readers, and how to find the newest");
    if let Some(environment) = python() {
        assert_blocks_compile(&environment, &blocks);
    }
}

#[test]
fn a_card_tells_nothing_of_threads_folders_or_the_clock() {
    let shop = Shop::generate("0.003", "8");
    let told = ["1", "2"].map(|threads| {
        let setting = format!("run.threads={threads}");
        let output = shop.publish_into(&format!("by_{threads}"), &["--set", &setting]);
        let snapshot = Snapshot::current(&output);
        let id = snapshot.manifest["snapshot_id"].as_str().expect("an id");
        ["README.md", "croissant.json", "report.html"].map(|name| {
            let said = read(&snapshot, name);
            assert!(
                !said.contains(text(&shop.path(""))),
                "{name} names a folder"
            );
            said.replace(id, "this snapshot")
        })
    });
    assert_eq!(told[0], told[1]);
}
