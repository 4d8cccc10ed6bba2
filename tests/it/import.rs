//! A platform's export on its way in: import, check, run.
//!
//! Every quirk of the formats is tested beside the code; here the command, its words and its exit codes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use serde_json::json;
use tempfile::TempDir;

use crate::binary::{Ran, crowdrank, text};
use crate::published::Snapshot;
use crate::rows::{Value, read_files, write_file};
use crate::shop::files_below;

const WORKERS: usize = 4;
const QUERIES: usize = 12;
const CANDIDATES: [&str; 3] = ["best", "fair", "poor"];

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn written(path: PathBuf, content: &str) -> PathBuf {
    std::fs::write(&path, content).expect("a new file");
    path
}

/// Links of a query's picture and of its candidates.
fn link(query: usize, item: &str) -> String {
    format!("https://shop.example/{query}/{item}.jpg")
}

/// Every two candidates of every query, the better one left and right in turns, and the better one's side.
fn pairs() -> Vec<(usize, [&'static str; 2], &'static str)> {
    let mut pairs = Vec::new();
    for query in 0..QUERIES {
        for (left, right) in [(0, 1), (2, 1), (0, 2)] {
            let better = CANDIDATES[usize::min(left, right)];
            pairs.push((query, [CANDIDATES[left], CANDIDATES[right]], better));
        }
    }
    pairs
}

/// The streaming sample's encoding: pages of three tasks, the chosen link as the answer, a row that holds the
/// assignment's columns after each page, and one control task per worker.
fn tsv_export() -> String {
    let mut export = "INPUT:image\tINPUT:left_link\tINPUT:right_link\tOUTPUT:result\tGOLDEN:result\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\tASSIGNMENT:status\tASSIGNMENT:started\tASSIGNMENT:submitted\tASSIGNMENT:accepted\tASSIGNMENT:reward\tNOTE:mine\n".to_owned();
    let row = |query: usize, [left, right]: [&str; 2], better: &str, golden: &str| {
        let shown = ["it", left, right, better].map(|item| link(query, item));
        format!("{}\t{golden}\t\t\t\t\t\t\t\t\n", shown.join("\t"))
    };
    for worker in 0..WORKERS {
        for (number, page) in pairs().chunks(3).enumerate() {
            if number == 0 {
                let control = link(QUERIES, CANDIDATES[0]);
                export += &row(
                    QUERIES,
                    [CANDIDATES[0], CANDIDATES[2]],
                    CANDIDATES[0],
                    &control,
                );
            }
            for (query, sides, better) in page {
                export += &row(*query, *sides, better, "");
            }
            let minute = format!("2026-11-20T08:{number:02}");
            let page = format!("page-{worker}-{number}\tworker-{worker}\tAPPROVED");
            let times = format!("{minute}:00\t{minute}:50.250\t2026-11-21T00:00:00");
            export += &["\t\t\t\t\t", &page, "\t", &times, "\t0.05\t\n"].concat();
        }
    }
    export
}

/// The API's shape with LEFT and RIGHT.
fn json_export() -> String {
    let mut assignments = Vec::new();
    for worker in 0..WORKERS {
        for (number, page) in pairs().chunks(3).enumerate() {
            let tasks = page.iter().map(|(query, [left, right], _)| {
                json!({"id": format!("{query}-{left}-{right}"), "overlap": 4, "infinite_overlap": false,
                    "input_values": {"image": link(*query, "it"), "image_left": link(*query, left), "image_right": link(*query, right)}})
            });
            let solutions = page.iter().map(|(_, [left, _], better)| {
                let side = if left == better { "LEFT" } else { "RIGHT" };
                json!({"output_values": {"result": side}})
            });
            assignments.push(json!({"id": format!("page-{worker}-{number}"), "task_suite_id": format!("suite-{number}"),
                "pool_id": "77", "user_id": format!("worker-{worker}"), "status": "SUBMITTED", "reward": 0.05,
                "created": format!("2026-11-20T08:{number:02}:00"), "submitted": format!("2026-11-20T08:{number:02}:50"),
                "tasks": tasks.collect::<Vec<_>>(), "solutions": solutions.collect::<Vec<_>>()}));
        }
    }
    json!({"items": assignments, "has_more": false}).to_string()
}

/// A catalogue of all pictures.
fn write_products(path: &Path) {
    let names = ["it"].iter().chain(&CANDIDATES);
    let ids: Vec<String> = names
        .flat_map(|item| (0..=QUERIES).map(move |query| link(query, item)))
        .collect();
    let ids: ArrayRef = Arc::new(StringArray::from(ids));
    let titles = Arc::clone(&ids);
    let batch = RecordBatch::try_from_iter([("product_id", ids), ("title", titles)]);
    write_file(path, &batch.expect("columns of one length"));
}

/// Checks and runs what was imported into `shop`; the labels of the published candidates must be the planted ones.
fn check_and_publish(shop: &Path) -> Ran {
    let products = shop.with_extension("products.parquet");
    write_products(&products);
    let config = shop.join("crowdrank.toml");
    let catalogue = format!("inputs.products.urls=[\"{}\"]", text(&products));
    let arguments = ["--config", text(&config), "--set", &catalogue];
    crowdrank(&[&["check"], &arguments[..]].concat()).succeeded();
    let ran = crowdrank(&[&["run"], &arguments[..]].concat()).succeeded();
    let snapshot = Snapshot::current(&shop.join("published"));
    let rows = snapshot.rows("pointwise");
    assert_eq!(rows.len(), QUERIES * CANDIDATES.len(), "{ran}");
    for row in rows {
        let item = row.id("item_id");
        let rank = CANDIDATES
            .iter()
            .position(|name| item.ends_with(&format!("/{name}.jpg")));
        let rank = rank.expect("a candidate") as i64 + 1;
        assert_eq!(row.whole("rank"), Some(rank), "{item}");
    }
    ran
}

#[test]
fn a_tsv_export_with_chosen_links_is_imported_checked_and_published() {
    let folder = folder();
    let export = written(folder.path().join("results.tsv"), &tsv_export());
    let shop = folder.path().join("shop");
    let arguments = [
        "import",
        "toloka-tsv",
        text(&export),
        text(&shop),
        "--pool-id",
        "77",
    ];
    let ran = crowdrank(&arguments).succeeded();
    ran.explains(&[
        "query_id = INPUT:image",
        "answer = OUTPUT:result",
        "not imported: column NOTE:mine",
    ]);
    assert!(
        ran.stdout.contains("responses") && ran.stdout.contains("crowdrank check"),
        "{ran}"
    );

    let rows = read_files(&[shop.join("responses/part-00000.parquet")]);
    assert_eq!(rows.len(), WORKERS * (QUERIES * 3 + 1));
    let first = &rows[0];
    assert_eq!(first.text("assignment_id"), Some("page-0-0"));
    assert_eq!(first.text("task_kind"), Some("GOLDEN"));
    assert_eq!(first.text("golden_answer"), Some("left"));
    assert_eq!(first.text("answer"), Some("left"));
    assert_eq!(rows[2].text("task_kind"), Some("REAL"));
    assert_eq!(rows[2].text("answer"), Some("right"));
    assert_eq!(
        first.get("submitted_at"),
        &Value::Whole(1_763_625_650_250_000 + 365 * 86_400_000_000)
    );
    assert_eq!(
        read_files(&files_below(&shop.join("review_events"))).len(),
        WORKERS * QUERIES
    );

    crowdrank(&arguments)
        .refused(2)
        .explains(&["is not overwritten", "remove it first"]);
    check_and_publish(&shop);
}

#[test]
fn a_json_export_with_pools_is_imported_checked_and_published() {
    let folder = folder();
    let export = written(folder.path().join("assignments.json"), &json_export());
    let pool = json!([{"id": "77", "project_id": "5", "type": "REGULAR", "reward_per_assignment": 0.05,
        "defaults": {"default_overlap_for_new_task_suites": 4}, "filter": {"and": []},
        "quality_control": {"configs": [{"collector_config": {"type": "GOLDEN_SET", "parameters": {"history_size": 10}},
            "rules": [{"conditions": [{"key": "total_answers_count", "operator": "GT", "value": 4}],
                "action": {"type": "RESTRICTION_V2", "parameters": {"scope": "PROJECT", "duration": 1, "duration_unit": "DAYS"}}}]}]}}]);
    let pools = written(folder.path().join("pools.json"), &pool.to_string());
    let shop = folder.path().join("shop");
    let arguments = [
        "import",
        "toloka-json",
        text(&export),
        text(&shop),
        "--pools",
        text(&pools),
    ];
    let ran = crowdrank(&arguments).succeeded();
    ran.explains(&["left_item_id = INPUT:image_left", "answer = OUTPUT:result"]);
    let rows = read_files(&[shop.join("responses/part-00000.parquet")]);
    assert_eq!(rows[1].text("answer"), Some("right"));
    assert_eq!(rows[1].whole("overlap"), Some(4));
    assert!(!shop.join("review_events").exists());
    let pools = read_files(&files_below(&shop.join("pools")));
    assert_eq!(pools[0].text("project_id"), Some("5"));
    check_and_publish(&shop);
}

#[test]
fn a_damaged_export_is_refused_by_line_and_column_and_leaves_nothing() {
    let folder = folder();
    let broken = tsv_export().replacen("APPROVED", "LOST", 1);
    let export = written(folder.path().join("results.tsv"), &broken);
    let shop = folder.path().join("shop");
    let named = ["import", "toloka-tsv", text(&export), text(&shop)];
    let refused = crowdrank(&[&named[..], &["--pool-id", "77"]].concat()).refused(8);
    refused.explains(&["results.tsv", "line 6", "ASSIGNMENT:status", "LOST"]);
    assert!(!shop.exists(), "{refused}");
    crowdrank(&["import", "toloka-tsv", "/no/such/file.tsv", text(&shop)])
        .refused(4)
        .explains(&["/no/such/file.tsv"]);
}

#[test]
fn a_mistyped_import_is_a_usage_error_that_says_what_there_is() {
    let folder = folder();
    let export = written(folder.path().join("results.tsv"), &tsv_export());
    let shop = folder.path().join("shop");
    let named = ["import", "toloka-tsv", text(&export), text(&shop)];
    crowdrank(&named).refused(2).explains(&["--pool-id"]);
    crowdrank(&[&named[..], &["--pool-id", "1", "--query-field", "picture"]].concat())
        .refused(2)
        .explains(&["picture", "INPUT:image, INPUT:left_link"]);
    crowdrank(&["import", "toloka-xml", text(&export), text(&shop)]).refused(2);
    crowdrank(&["import", "toloka-tsv", text(&shop)]).refused(2);
    let help = crowdrank(&["import", "toloka-json", "--help"]).succeeded();
    assert!(help.stdout.contains("Examples:"), "{help}");
}
