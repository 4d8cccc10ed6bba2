//! `diff`: what it says of two nights that differ in a few answers, in nothing, or in what must never change.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use serde_json::Value;

use crate::binary::{Ran, crowdrank, text};
use crate::published::Snapshot;
use crate::rows::{read_one_batch, taken, with_column, write_file};
use crate::shop::{Shop, files_below};

/// Nothing that answers of others could move.
const ONLY_OWN_ANSWERS: &str = r#"
[skills]
weight = "equal"
[ranking]
position_bias = "off"
"#;

fn diff(shop: &Shop, arguments: &[&str]) -> Ran {
    let config = shop.config();
    let mut all = vec!["-q", "diff"];
    all.extend(arguments);
    all.extend(["--config", text(&config)]);
    crowdrank(&all).succeeded()
}

fn diff_as_json(shop: &Shop, before: &str, after: &str) -> Value {
    let ran = diff(shop, &[before, after, "--json"]);
    serde_json::from_str(&ran.stdout).expect("a JSON document")
}

/// The line of a table.
fn table<'a>(difference: &'a Value, name: &str) -> &'a Value {
    let tables = difference["tables"].as_array().expect("tables");
    let mut tables = tables.iter();
    tables
        .find(|table| table["table"] == name)
        .unwrap_or_else(|| panic!("no {name}: {difference}"))
}

/// Repeats the first published answers of some queries, as a worker whom nobody saw before.
fn answer_again(shop: &Shop, queries: &[&str]) {
    let batch = read_one_batch(&files_below(&shop.path("data/responses")));
    let texts = |name: &str| {
        batch
            .column_by_name(name)
            .expect("a column")
            .as_string::<i32>()
            .clone()
    };
    let (query_ids, kinds, statuses, answers) = (
        texts("query_id"),
        texts("task_kind"),
        texts("status"),
        texts("answer"),
    );
    let is_counted = |row: usize| {
        kinds.value(row) == "REAL"
            && ["ACCEPTED", "SUBMITTED"].contains(&statuses.value(row))
            && ["left", "right"].contains(&answers.value(row))
    };
    let first_of = |query: &&str| {
        let mut rows = 0..batch.num_rows();
        rows.find(|&row| is_counted(row) && query_ids.value(row) == *query)
    };
    let rows: Vec<u64> = queries
        .iter()
        .map(|query| first_of(query).expect("an answer to each query") as u64)
        .collect();
    let mut added = taken(&batch, &rows);
    for (column, name) in [
        ("assignment_id", "again"),
        ("worker_id", "newcomer"),
        ("task_suite_id", "again"),
    ] {
        let names: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..rows.len()).map(|row| format!("{name}-{row}")),
        ));
        added = with_column(&added, column, names);
    }
    write_file(&shop.path("data/responses/added.parquet"), &added);
}

#[test]
fn new_answers_change_their_queries_and_nothing_else() {
    let shop = Shop::generate("0.002", "21");
    shop.configure("data/responses", ONLY_OWN_ANSWERS);
    shop.run(&[]).succeeded();
    let rows = Snapshot::current(&shop.path("published")).rows("lists");
    let queries: BTreeSet<String> = rows.iter().map(|row| row.id("query_id")).collect();
    let chosen: Vec<&str> = queries
        .iter()
        .skip(1)
        .step_by(3)
        .take(2)
        .map(String::as_str)
        .collect();
    answer_again(&shop, &chosen);
    shop.run(&[]).succeeded();

    let difference = diff_as_json(&shop, "1", "current");
    let changes = &difference["queries"];
    assert_eq!(
        changes["new_answers"]["first"],
        serde_json::json!(chosen),
        "{difference}"
    );
    for other in ["moved", "only_before", "only_after"] {
        assert_eq!(changes[other]["n_queries"], 0, "{other}: {difference}");
    }
    assert_eq!(changes["n_same"], queries.len() - chosen.len());
    let pairs = table(&difference, "pairs");
    let n_votes = pairs["changed_columns"].as_array().expect("columns");
    let n_votes = n_votes.iter().find(|column| column["column"] == "n_votes");
    assert_eq!(
        n_votes.expect("n_votes changed")["n_changed"],
        chosen.len(),
        "{pairs}"
    );
    for untouched in ["items", "queries", "bans"] {
        let change = table(&difference, untouched);
        assert_eq!(change["n_same"], change["n_after"], "{change}");
    }
    assert_eq!(table(&difference, "workers")["n_only_after"], 2);
    assert_eq!(difference["broken_promises"], serde_json::json!([]));

    let told = diff(&shop, &["current~1", "2"]).stdout;
    let expected = format!(
        "queries with new answers                   2  {}",
        chosen.join(", ")
    );
    assert!(told.contains(&expected), "{told}");
    assert!(!told.contains("warning"), "{told}");
    let one_name = diff(&shop, &["1", "2", "--names", "1"]).stdout;
    assert!(
        one_name.contains(&format!("2  {}, and 1 more", chosen[0])),
        "{one_name}"
    );
}

#[test]
fn a_snapshot_does_not_differ_from_itself() {
    let shop = Shop::generate("0.002", "22");
    shop.run(&[]).succeeded();
    let told = diff(&shop, &["current", "1"]).stdout;
    assert!(told.contains("nothing changed"), "{told}");
    let difference = diff_as_json(&shop, "1", "1");
    assert_eq!(difference["has_same_content"], true);
    assert_eq!(difference["settings"], serde_json::json!([]));
    for change in difference["tables"].as_array().expect("tables") {
        assert_eq!(change["n_same"], change["n_before"], "{change}");
        assert_eq!(change["n_same"], change["n_after"], "{change}");
    }
}

#[test]
fn a_query_that_changed_its_split_is_a_warning() {
    let shop = Shop::generate("0.002", "23");
    shop.run(&[]).succeeded();
    shop.run(&["--set", "training.split_salt=another"])
        .succeeded();
    let difference = diff_as_json(&shop, "1", "2");
    let promise = &difference["broken_promises"][0];
    assert_eq!(
        promise["problem"], "queries changed their split",
        "{difference}"
    );
    let changed = difference["settings"].as_array().expect("settings");
    assert!(
        changed
            .iter()
            .any(|setting| setting["name"] == "config_sha256"),
        "{difference}"
    );
    let told = diff(&shop, &["1", "2"]).stdout;
    assert!(told.contains("warning "), "{told}");
    assert!(told.contains("queries changed their split"), "{told}");
}

#[test]
fn candidates_that_left_are_counted_and_the_vocabulary_keeps_them() {
    let shop = Shop::generate("0.002", "24");
    shop.run(&[]).succeeded();
    let batch = read_one_batch(&files_below(&shop.path("data/responses")));
    let query_ids = batch
        .column_by_name("query_id")
        .expect("a column")
        .as_string::<i32>();
    let left_out = query_ids.value(0);
    let kept: Vec<u64> = (0..batch.num_rows())
        .filter(|&row| query_ids.value(row) != left_out)
        .map(|row| row as u64)
        .collect();
    write_file(
        &shop.path("fewer/responses/part.parquet"),
        &taken(&batch, &kept),
    );
    shop.configure("fewer/responses", "");
    shop.run(&["--allow-older"]).succeeded();
    let difference = diff_as_json(&shop, "1", "2");
    let gone = &difference["queries"]["only_before"];
    assert_eq!(gone["first"], serde_json::json!([left_out]), "{difference}");
    assert_eq!(table(&difference, "queries")["n_only_before"], 0);
    assert_eq!(difference["broken_promises"], serde_json::json!([]));
    // The other way round the query is new.
    let difference = diff_as_json(&shop, "2", "1");
    assert_eq!(difference["queries"]["only_after"]["n_queries"], 1);
    diff_refuses(&shop, &["1", "latest"], 2);
    diff_refuses(&shop, &["1", "3"], 4);
}

fn diff_refuses(shop: &Shop, commits: &[&str], code: i32) {
    let config = shop.config();
    let mut all = vec!["diff"];
    all.extend(commits);
    all.extend(["--config", text(&config)]);
    crowdrank(&all).refused(code);
}
