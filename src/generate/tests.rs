//! What the written files promise, read back from the files.
//!
//! It does not test the draws themselves: `random` and `crowd` do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::sync::LazyLock;

use datafusion::arrow::array::{Array, AsArray, BooleanArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use super::schedule::{WINDOW_END, WINDOW_START};
use super::*;

mod reviewed;
mod traces;

/// One row of the log, the columns that the tests need.
#[derive(Clone, Debug, Default)]
struct Response {
    assignment: String,
    suite: String,
    pool: String,
    position: i32,
    worker: String,
    status: String,
    times: [Option<i64>; 6],
    task: String,
    kind: String,
    query: String,
    left: String,
    right: String,
    answer: Option<String>,
    first_answer: Option<String>,
    golden_answer: Option<String>,
}

fn written(shop: &Shop) -> (TempDir, Written) {
    let directory = TempDir::new().unwrap();
    let written = write_shop(shop, directory.path()).unwrap();
    (directory, written)
}

fn batches(directory: &Path, table: &str) -> Vec<RecordBatch> {
    let mut paths: Vec<_> = fs::read_dir(directory.join(table))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path| {
        let file = File::open(path).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(
            builder.metadata().file_metadata().created_by(),
            Some("crowdrank")
        );
        builder.build().unwrap().map(|batch| batch.unwrap())
    };
    paths.into_iter().flat_map(read).collect()
}

fn text(batch: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column
        .iter()
        .map(|value| value.map(str::to_owned))
        .collect()
}

fn responses(directory: &Path) -> Vec<Response> {
    let mut rows = Vec::new();
    for batch in batches(directory, "responses") {
        let start = rows.len();
        rows.resize(start + batch.num_rows(), Response::default());
        let rows = &mut rows[start..];
        let set = |column: &str| text(&batch, column).into_iter();
        for (row, value) in rows.iter_mut().zip(set("assignment_id")) {
            row.assignment = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("task_suite_id")) {
            row.suite = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("pool_id")) {
            row.pool = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("worker_id")) {
            row.worker = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("status")) {
            row.status = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("task_id")) {
            row.task = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("task_kind")) {
            row.kind = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("query_id")) {
            row.query = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("left_item_id")) {
            row.left = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("right_item_id")) {
            row.right = value.unwrap();
        }
        for (row, value) in rows.iter_mut().zip(set("answer")) {
            row.answer = value;
        }
        for (row, value) in rows.iter_mut().zip(set("first_answer")) {
            row.first_answer = value;
        }
        for (row, value) in rows.iter_mut().zip(set("golden_answer")) {
            row.golden_answer = value;
        }
        let positions = batch.column_by_name("task_index").unwrap();
        for (row, value) in rows.iter_mut().zip(positions.as_primitive::<Int32Type>()) {
            row.position = value.unwrap();
        }
        let names = [
            "created",
            "submitted",
            "accepted",
            "rejected",
            "skipped",
            "expired",
        ];
        for (time_idx, name) in names.iter().enumerate() {
            let column = batch.column_by_name(&format!("{name}_at")).unwrap();
            let values = column.as_primitive::<TimestampMicrosecondType>();
            for (row, value) in rows.iter_mut().zip(values) {
                row.times[time_idx] = value;
            }
        }
    }
    rows
}

/// What the platform recorded in one shop.
struct Log {
    responses: Vec<Response>,
    captchas: Vec<CaptchaEvent>,
    reviews: Vec<ReviewEvent>,
    /// The planted kind of each worker.
    kinds: BTreeMap<String, String>,
}

struct CaptchaEvent {
    worker: String,
    pool: String,
    at: i64,
    is_solved: bool,
}

#[derive(Clone, Debug)]
struct ReviewEvent {
    assignment: String,
    at: i64,
    event: String,
}

fn log(directory: &Path) -> Log {
    let mut captchas = Vec::new();
    for batch in batches(directory, "captcha_events") {
        let is_solved: &BooleanArray = batch.column_by_name("is_solved").unwrap().as_boolean();
        let instants = instants(&batch, "at");
        let rows = text(&batch, "worker_id").into_iter();
        let rows = rows.zip(text(&batch, "pool_id")).zip(&instants);
        for (((worker, pool), at), is_solved) in rows.zip(is_solved) {
            captchas.push(CaptchaEvent {
                worker: worker.unwrap(),
                pool: pool.unwrap(),
                at: at.unwrap(),
                is_solved: is_solved.unwrap(),
            });
        }
    }
    let mut reviews = Vec::new();
    for batch in batches(directory, "review_events") {
        let rows = text(&batch, "assignment_id").into_iter();
        for ((assignment, event), at) in
            rows.zip(text(&batch, "event")).zip(&instants(&batch, "at"))
        {
            reviews.push(ReviewEvent {
                assignment: assignment.unwrap(),
                at: at.unwrap(),
                event: event.unwrap(),
            });
        }
    }
    Log {
        responses: responses(directory),
        captchas,
        reviews,
        kinds: kinds(directory),
    }
}

fn instants(batch: &RecordBatch, column: &str) -> TimestampMicrosecondArray {
    let column = batch.column_by_name(column).unwrap();
    column.as_primitive::<TimestampMicrosecondType>().clone()
}

/// One demo log for all tests that only read it.
static DEMO: LazyLock<Log> = LazyLock::new(|| {
    let (directory, _) = written(&Shop::demo(5));
    log(directory.path())
});

fn kinds(directory: &Path) -> BTreeMap<String, String> {
    let pair = |batch: &RecordBatch| {
        text(batch, "worker_id")
            .into_iter()
            .zip(text(batch, "kind"))
    };
    let all = batches(directory, "workers_truth");
    let pairs = all.iter().flat_map(pair);
    pairs
        .map(|(worker, kind)| (worker.unwrap(), kind.unwrap()))
        .collect()
}

fn truth(directory: &Path) -> BTreeMap<(String, String), f64> {
    use datafusion::arrow::datatypes::Float64Type;
    let mut truth = BTreeMap::new();
    for batch in batches(directory, "truth") {
        let scores = batch
            .column_by_name("score")
            .unwrap()
            .as_primitive::<Float64Type>()
            .clone();
        let keys = text(&batch, "query_id")
            .into_iter()
            .zip(text(&batch, "item_id"));
        for ((query, item), score) in keys.zip(scores.values()) {
            truth.insert((query.unwrap(), item.unwrap()), *score);
        }
    }
    truth
}

/// Every file below a directory with its bytes.
fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in fs::read_dir(directory).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}

/// Share of answered tasks of a kind that `is_right` calls right, per kind of worker.
fn accuracy_by_kind(
    directory: &Path,
    task_kind: &str,
    is_right: impl Fn(&Response) -> Option<bool>,
) -> BTreeMap<String, f64> {
    let kinds = kinds(directory);
    let mut counts: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for row in responses(directory)
        .iter()
        .filter(|row| row.kind == task_kind)
    {
        let Some(is_right) = is_right(row) else {
            continue;
        };
        let count = counts.entry(kinds[&row.worker].clone()).or_default();
        count.0 += f64::from(u8::from(is_right));
        count.1 += 1.0;
    }
    counts
        .into_iter()
        .map(|(kind, (right, all))| (kind, right / all))
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let shop = Shop::at_scale(0.03, 1).unwrap();
    let (first, _) = written(&shop);
    let (second, _) = written(&shop);
    let (other, _) = written(&Shop { seed: 2, ..shop });
    assert!(bytes(first.path()) == bytes(second.path()));
    let (first, other) = (bytes(first.path()), bytes(other.path()));
    for (name, content) in &first {
        // Pools depend on no draw.
        assert_eq!(
            content == &other[name],
            name.starts_with("pools/"),
            "{name}"
        );
    }
}

#[test]
fn a_shop_has_the_promised_size_and_number_of_files() {
    for (shop, rows) in [
        (Shop::demo(3), 40_000.0),
        (Shop::at_scale(0.001, 3).unwrap(), 1_000.0),
        (Shop::at_scale(0.05, 3).unwrap(), 50_000.0),
    ] {
        let (directory, written) = written(&shop);
        let table = written.table("responses").unwrap();
        let ratio = table.n_rows as f64 / rows;
        // How many pages the few pickers skip depends on the seed.
        assert!((ratio - 1.0).abs() < 0.07, "{ratio} {shop:?}");
        assert_eq!(table.n_files, if rows > 20_000.0 { 2 } else { 1 });
        for table in &written.tables {
            let batches = batches(directory.path(), table.table);
            let n_rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
            assert_eq!(n_rows as u64, table.n_rows, "{}", table.table);
            let files = bytes(directory.path());
            let prefix = format!("{}/", table.table);
            let sizes = files.iter().filter(|(name, _)| name.starts_with(&prefix));
            let n_bytes: usize = sizes.map(|(_, content)| content.len()).sum();
            assert_eq!(n_bytes as u64, table.n_bytes, "{}", table.table);
        }
    }
}

#[test]
fn the_smallest_crowd_does_all_the_work() {
    let shop = Shop {
        n_queries: 40,
        n_products: 80,
        overlap: 2,
        n_workers: 10,
        ..Shop::demo(6)
    };
    let (directory, _) = written(&shop);
    let rows = responses(directory.path());
    let answered = rows
        .iter()
        .filter(|row| row.kind == "REAL" && row.answer.is_some());
    assert_eq!(answered.count(), 40 * 22 * 2);
}

#[test]
fn required_columns_have_no_null_and_every_status_has_its_time() {
    let (directory, written) = written(&Shop::demo(4));
    for table in &written.tables {
        for batch in batches(directory.path(), table.table) {
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                assert!(field.is_nullable() || column.null_count() == 0, "{field}");
            }
        }
    }
    let mut statuses = BTreeSet::new();
    for row in responses(directory.path()) {
        let [_, submitted, accepted, rejected, skipped, expired] =
            row.times.map(|time| time.is_some());
        let expected = match row.status.as_str() {
            "SUBMITTED" => (true, false, false, false, false),
            // Accepted after an appeal: both times stand.
            "ACCEPTED" => (true, true, rejected, false, false),
            "REJECTED" => (true, false, true, false, false),
            "SKIPPED" => (false, false, false, true, false),
            "EXPIRED" => (false, false, false, false, true),
            _ => (false, false, false, false, false),
        };
        assert_eq!(
            (submitted, accepted, rejected, skipped, expired),
            expected,
            "{row:?}"
        );
        assert_eq!(row.answer.is_some(), submitted, "{row:?}");
        assert_eq!(row.golden_answer.is_none(), row.kind == "REAL");
        let inside = WINDOW_START..=WINDOW_END;
        assert!(
            row.times.iter().flatten().all(|time| inside.contains(time)),
            "{row:?}"
        );
        statuses.insert(row.status);
    }
    assert_eq!(statuses.len(), 6, "{statuses:?}");
}

#[test]
fn a_real_task_gets_its_overlap_of_distinct_workers_and_a_worker_sees_a_task_once() {
    let shop = Shop::demo(5);
    let mut answerers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in DEMO.responses.iter().cloned() {
        assert!(
            seen.insert((row.worker.clone(), row.task.clone())),
            "{row:?}"
        );
        if row.kind == "REAL" && row.answer.is_some() {
            answerers.entry(row.task).or_default().insert(row.worker);
        }
    }
    let n_tasks = shop.n_queries * u64::from(shop.pairs_per_query);
    assert_eq!(answerers.len() as u64, n_tasks);
    assert!(
        answerers
            .values()
            .all(|workers| workers.len() == shop.overlap as usize)
    );
}

#[test]
fn the_pages_of_a_worker_follow_each_other_and_begin_with_training() {
    let mut pages: BTreeMap<(String, i64), (i64, String, String)> = BTreeMap::new();
    for row in DEMO.responses.iter().cloned() {
        let [created, submitted, _, _, skipped, expired] = row.times;
        let ended = submitted.or(skipped).or(expired).unwrap_or(WINDOW_END);
        let page = (ended, row.assignment, row.kind);
        let known = pages
            .entry((row.worker, created.unwrap()))
            .or_insert(page.clone());
        assert_eq!(known.1, page.1, "two pages begin at the same time");
    }
    let mut last: Option<(String, i64)> = None;
    for ((worker, created), (ended, _, kind)) in pages {
        match last.filter(|(last_worker, _)| *last_worker == worker) {
            Some((_, last_ended)) => assert!(created > last_ended),
            None => assert_eq!(kind, "TRAINING"),
        }
        last = Some((worker, ended));
    }
}

#[test]
fn a_paid_page_is_one_suite_with_positions_from_zero_and_one_or_two_golden_tasks() {
    let mut pages: BTreeMap<String, Vec<Response>> = BTreeMap::new();
    for row in DEMO.responses.iter().cloned() {
        pages.entry(row.assignment.clone()).or_default().push(row);
    }
    for page in pages.values() {
        let positions: Vec<i32> = page.iter().map(|row| row.position).collect();
        let expected: Vec<i32> = (0..).take(page.len()).collect();
        assert_eq!(positions, expected);
        assert!(
            page.iter()
                .all(|row| row.suite == page[0].suite && row.worker == page[0].worker)
        );
        let n_golden = page.iter().filter(|row| row.kind == "GOLDEN").count();
        match page[0].pool.as_str() {
            "training" => assert!(page.iter().all(|row| row.kind == "TRAINING")),
            "exam" => assert_eq!(n_golden, page.len()),
            _ => assert!((1..=2).contains(&n_golden)),
        }
    }
}

#[test]
fn golden_accuracy_is_ordered_as_planned() {
    let (directory, _) = written(&Shop::at_scale(0.05, 8).unwrap());
    let accuracy = accuracy_by_kind(directory.path(), "GOLDEN", |row| {
        row.answer
            .as_ref()
            .map(|answer| Some(answer) == row.golden_answer.as_ref())
    });
    let within = |kind: &str, low: f64, high: f64| (low..high).contains(&accuracy[kind]);
    assert!(within("honest", 0.92, 0.97), "{accuracy:?}");
    assert!(within("sloppy", 0.74, 0.86), "{accuracy:?}");
    assert!(within("picker", 0.88, 0.97), "{accuracy:?}");
    assert!(within("bot", 0.38, 0.53), "{accuracy:?}");
    assert!(within("spammer", 0.38, 0.53), "{accuracy:?}");
    assert!(within("always_left", 0.42, 0.58), "{accuracy:?}");
    assert!(within("colluder", 0.36, 0.54), "{accuracy:?}");
}

#[test]
fn an_honest_answer_on_a_real_pair_is_right_four_times_in_five() {
    let (directory, _) = written(&Shop::at_scale(0.05, 9).unwrap());
    let truth = truth(directory.path());
    let accuracy = accuracy_by_kind(directory.path(), "REAL", |row| {
        let score = |item: &String| truth[&(row.query.clone(), item.clone())];
        let is_left_better = score(&row.left) > score(&row.right);
        match row.answer.as_deref() {
            Some("left") => Some(is_left_better),
            Some("right") => Some(!is_left_better),
            _ => None,
        }
    });
    assert!((0.77..0.84).contains(&accuracy["honest"]), "{accuracy:?}");
    assert!((0.62..0.75).contains(&accuracy["sloppy"]), "{accuracy:?}");
    // Who takes easy pages only is right more often.
    assert!(accuracy["picker"] > accuracy["honest"], "{accuracy:?}");
    assert!((0.47..0.53).contains(&accuracy["bot"]), "{accuracy:?}");
    assert!((0.47..0.53).contains(&accuracy["spammer"]), "{accuracy:?}");
    assert!(
        (0.47..0.53).contains(&accuracy["always_left"]),
        "{accuracy:?}"
    );
    assert!((0.30..0.50).contains(&accuracy["colluder"]), "{accuracy:?}");
}

#[test]
fn nobody_works_during_a_ban() {
    let (directory, _) = written(&Shop::demo(10));
    let mut starts: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for row in responses(directory.path()) {
        starts
            .entry(row.worker)
            .or_default()
            .insert(row.times[0].unwrap());
    }
    let mut n_bans = 0;
    for batch in batches(directory.path(), "restrictions") {
        let spans = instants(&batch, "created_at")
            .into_iter()
            .zip(&instants(&batch, "will_expire_at"))
            .collect::<Vec<_>>();
        for (worker, (from, to)) in text(&batch, "worker_id").into_iter().zip(spans) {
            let ban = from.unwrap()..to.unwrap_or(WINDOW_END);
            assert!(starts[&worker.unwrap()].range(ban).next().is_none());
            n_bans += 1;
        }
    }
    assert!((3..=6).contains(&n_bans), "{n_bans}");
}

#[test]
fn what_cannot_be_made_is_refused() {
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1_001.0, 0.000_9] {
        assert!(
            matches!(Shop::at_scale(scale, 1), Err(Error::Usage(_))),
            "{scale}"
        );
    }
    let demo = Shop::demo(1);
    let directory = TempDir::new().unwrap();
    for shop in [
        Shop {
            pairs_per_query: 6,
            ..demo.clone()
        },
        Shop {
            pairs_per_query: 29,
            ..demo.clone()
        },
        Shop {
            overlap: 0,
            ..demo.clone()
        },
        Shop {
            n_workers: 19,
            ..demo.clone()
        },
        Shop {
            n_products: 299,
            ..demo.clone()
        },
    ] {
        assert!(
            matches!(write_shop(&shop, directory.path()), Err(Error::Usage(_))),
            "{shop:?}"
        );
    }
}

#[test]
fn a_table_that_is_already_there_is_not_touched() {
    let (directory, _) = written(&Shop::at_scale(0.001, 1).unwrap());
    let before = bytes(directory.path());
    let again = write_shop(&Shop::at_scale(0.001, 2).unwrap(), directory.path());
    assert!(matches!(again, Err(Error::Usage(_))));
    assert!(before == bytes(directory.path()));
}
