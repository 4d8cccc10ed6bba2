//! The publisher against a disk and a bucket, with crashes, races, lost answers and damage.

mod lawful;
mod laws;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::{
    ArrayRef, Date32Array, Float32Array, Int8Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::path::Path as ObjectPath;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use futures::stream::{self, BoxStream};

use super::*;
use crate::manifest::{Audit, LedgerLine, Manifest, Severity, content_sha256};

/// `pointwise` rows with groups of the given sizes, for the writer alone: they obey no law of a published query.
fn pointwise(group_sizes: &[usize]) -> RecordBatch {
    let mut qids = Vec::new();
    let mut positions = Vec::new();
    for (qid, size) in (0_i32..).zip(group_sizes) {
        for position in 0..i32::try_from(*size).unwrap() {
            qids.push(qid);
            positions.push(position);
        }
    }
    let n_rows = qids.len();
    let scores: Vec<f32> = qids.iter().map(|qid| (*qid as f32).sin()).collect();
    let texts = |values: &[i32]| -> ArrayRef {
        let texts = values.iter().map(|value| Some(format!("product {value}")));
        Arc::new(texts.collect::<StringArray>())
    };
    let integers = |values: &[i32]| -> ArrayRef { Arc::new(Int32Array::from(values.to_vec())) };
    let floats = |value: f32| -> ArrayRef { Arc::new(Float32Array::from(vec![value; n_rows])) };
    let columns: Vec<ArrayRef> = vec![
        texts(&qids),
        integers(&qids),
        texts(&positions),
        Arc::new(Int64Array::from_iter_values(
            positions.iter().map(|p| i64::from(*p)),
        )),
        integers(&positions),
        Arc::new(Int8Array::from(vec![3; n_rows])),
        Arc::new(Float32Array::from(scores)),
        floats(-1.0),
        floats(1.0),
        integers(&positions),
        integers(&vec![7; n_rows]),
        integers(&vec![2; n_rows]),
        floats(0.5),
        floats(0.5),
        Arc::new(Date32Array::from(vec![20_000; n_rows])),
    ];
    let schema = Arc::new(published_schema("pointwise", &[]).unwrap());
    RecordBatch::try_new(schema, columns).unwrap()
}

fn plan(run_key: &str, as_of: &str) -> RunPlan {
    RunPlan {
        run_key: run_key.to_owned(),
        as_of: as_of.parse().unwrap(),
        inputs: Vec::new(),
        duration_max: Duration::from_hours(1),
        order: AsOfOrder::Forward,
        follows: Follows::Any,
    }
}

async fn begun(dataset: &Dataset, plan: RunPlan) -> Run {
    match dataset.begin(plan).await.unwrap() {
        Begin::Run(run) => *run,
        Begin::AlreadyPublished(commit) => panic!("already published: {commit:?}"),
    }
}

async fn written(
    run: &Run,
    spec: TableSpec,
    rows: &RecordBatch,
    batch_rows: usize,
) -> Result<WrittenTable> {
    let starts = (0..rows.num_rows()).step_by(batch_rows.max(1));
    let slices = starts
        .map(|start| Ok::<_, Error>(rows.slice(start, batch_rows.min(rows.num_rows() - start))));
    run.table_writer(spec).write_all(stream::iter(slices)).await
}

async fn written_pointwise(run: &Run, sizes: &[usize], batch_rows: usize) -> Vec<WrittenTable> {
    let rows = pointwise(sizes);
    let spec = TableSpec::of_split("pointwise", "train", rows.num_rows() as u64, &[]).unwrap();
    vec![written(run, spec, &rows, batch_rows).await.unwrap()]
}

/// The tables of one split, as they are published.
async fn written_split(run: &Run, queries: &[lawful::Query]) -> Vec<WrittenTable> {
    let mut tables = Vec::new();
    for (table, rows) in [
        ("pointwise", lawful::pointwise(queries, run.as_of())),
        ("lists", lawful::lists(queries)),
        ("pairs", lawful::pairs(queries)),
    ] {
        let spec = TableSpec::of_split(table, "train", rows.num_rows() as u64, &[]).unwrap();
        tables.push(written(run, spec, &rows, 4).await.unwrap());
    }
    tables
}

async fn written_lawful(run: &Run, sizes: &[usize]) -> Vec<WrittenTable> {
    written_split(run, &lawful::queries("train", sizes)).await
}

async fn published(dataset: &Dataset, plan: RunPlan) -> Result<Outcome> {
    let run = begun(dataset, plan).await;
    let tables = written_lawful(&run, &[2, 3]).await;
    run.finish(&tables, Ending::default()).await
}

/// A dataset on disk, and one in a bucket that lives in memory.
fn datasets() -> (tempfile::TempDir, [Dataset; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::new().with_bucket("bucket", Arc::new(InMemory::new()));
    let storage = Arc::new(storage);
    let places = [folder.path().to_str().unwrap(), "s3://bucket/shop"];
    let datasets = places.map(|place| {
        let location = Location::parse(place).unwrap().join("out");
        Dataset::open(Arc::clone(&storage), location)
    });
    (folder, datasets)
}

async fn stored_paths(dataset: &Dataset) -> Vec<String> {
    let stored = dataset.storage.list(&dataset.output).await.unwrap();
    stored
        .into_iter()
        .map(|object| object.relative_path)
        .collect()
}

#[tokio::test]
async fn a_run_becomes_current_and_the_same_run_again_writes_nothing() {
    let (_folder, datasets) = datasets();
    for dataset in &datasets {
        assert_eq!(dataset.current().await.unwrap(), None);
        let Outcome::Published(commit) =
            published(dataset, plan("k1", "2026-11-20")).await.unwrap()
        else {
            panic!("not published")
        };
        assert_eq!((commit.commit, commit.parent), (1, None));
        let before = stored_paths(dataset).await;
        let expected: Vec<String> = [
            "README.md",
            "SHA256SUMS",
            "_SUCCESS",
            "croissant.json",
            "lists/train/train-00000-of-00001.parquet",
            "manifest.json",
            "pairs/train/train-00000-of-00001.parquet",
            "pointwise/train/train-00000-of-00001.parquet",
            "report.html",
        ]
        .iter()
        .map(|name| format!("{}/{name}", commit.snapshot))
        .collect();
        assert_eq!(before[0], "_commits/00000000000000000001.json");
        assert_eq!(before[1], "latest.json", "the intent is gone");
        assert_eq!(before[2..], expected);

        let again = dataset.begin(plan("k1", "2026-11-20")).await.unwrap();
        assert!(matches!(again, Begin::AlreadyPublished(found) if *found == commit));
        assert_eq!(stored_paths(dataset).await, before);

        let manifest = dataset.output.join(&commit.snapshot).join("manifest.json");
        let bytes = dataset.storage.read(&manifest).await.unwrap();
        assert_eq!(sha256_hex(&bytes), commit.manifest_sha256);
        let manifest: Manifest = from_json(&manifest, &bytes).unwrap();
        assert_eq!(
            (manifest.splits[0].queries, manifest.splits[0].rows),
            (2, 5)
        );
        assert!(manifest.audits.iter().all(|audit| audit.passed));
    }
}

#[tokio::test]
async fn groups_stay_whole_and_batches_do_not_change_a_byte() {
    let (_folder, [dataset, _]) = datasets();
    let sizes: Vec<usize> = (0..60).map(|group| 1 + group * 797 % 5003).collect();
    let n_rows: usize = sizes.iter().sum();
    assert!(
        n_rows > ROW_GROUP_ROWS_MAX,
        "{n_rows} rows make two row groups"
    );
    let mut hashes = BTreeMap::new();
    for (name, batch_rows) in [("one batch", n_rows), ("small batches", 977)] {
        let run = begun(&dataset, plan(name, "2026-11-20")).await;
        let tables = written_pointwise(&run, &sizes, batch_rows).await;
        let location = run.snapshot().join(&tables[0].files[0].path);
        hashes.insert(content_sha256(&tables[0].files), name);
        let bytes = dataset.storage.read(&location).await.unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        assert_eq!(
            reader.schema().fields(),
            published_schema("pointwise", &[]).unwrap().fields()
        );
        let metadata = reader.metadata();
        assert_eq!(metadata.num_row_groups(), 2);
        assert!(
            metadata
                .row_group(0)
                .column(0)
                .column_index_offset()
                .is_some()
        );
        let sorting = metadata.row_group(0).sorting_columns().unwrap();
        assert_eq!(sorting[0].column_idx, 1);
    }
    assert_eq!(hashes.len(), 1, "{hashes:?}");
}

#[tokio::test]
async fn shards_are_named_by_their_number_and_hold_whole_groups() {
    let (_folder, datasets) = datasets();
    let sizes: Vec<usize> = (0..100).map(|group| 2000 + group * 31 % 997).collect();
    let rows = pointwise(&sizes);
    let mut hashes = BTreeMap::new();
    for (dataset, batch_rows) in datasets.iter().zip([50_000, 8192]) {
        let run = begun(dataset, plan("k", "2026-11-20")).await;
        let spec = TableSpec::of_split("pointwise", "test", rows.num_rows() as u64, &[]).unwrap();
        let mut writer = run.table_writer(spec);
        (writer.sharding.bytes_target, writer.sharding.rows_min) = (200_000, 50_000);
        for start in (0..rows.num_rows()).step_by(batch_rows) {
            let n_rows = batch_rows.min(rows.num_rows() - start);
            writer.write(&rows.slice(start, n_rows)).await.unwrap();
        }
        let table = writer.finish().await.unwrap();
        let n_files = table.files.len();
        assert!(n_files > 1, "{:?}", table.files);
        for (index, file) in table.files.iter().enumerate() {
            let name = format!("pointwise/test/test-{index:05}-of-{n_files:05}.parquet");
            assert_eq!(file.path, name);
        }
        hashes.insert(content_sha256(&table.files), batch_rows);
    }
    assert_eq!(hashes.len(), 1, "disk and bucket hold the same bytes");
}

#[tokio::test]
async fn every_published_table_can_be_empty_and_reads_back_with_its_schema() {
    let (_folder, [_, dataset]) = datasets();
    let run = begun(&dataset, plan("k", "2026-11-20")).await;
    let mut tables = Vec::new();
    for name in table_names() {
        let schema = Arc::new(published_schema(name, &[]).unwrap());
        let rows = RecordBatch::new_empty(schema);
        let spec = TableSpec::of_table(name, 0).unwrap();
        tables.push(written(&run, spec, &rows, 1).await.unwrap());
    }
    let sealed = run.seal(&tables, Ending::default()).await.unwrap();
    assert_eq!(sealed.manifest.files.len(), table_names().count());
    assert!(sealed.manifest.files.iter().all(|file| file.rows == 0));
}

#[tokio::test]
async fn rows_that_break_the_promise_are_refused() {
    let (_folder, [dataset, _]) = datasets();
    let run = begun(&dataset, plan("k", "2026-11-20")).await;
    let rows = pointwise(&[3, GROUP_ROWS_MAX + 1]);
    let spec = TableSpec::of_split("pointwise", "train", rows.num_rows() as u64, &[]).unwrap();
    let oversized = written(&run, spec.clone(), &rows, 4096).await.unwrap_err();
    assert_eq!(oversized.exit_code(), 3, "{oversized}");
    let short = written(&run, spec, &rows.slice(0, 2), 4096)
        .await
        .unwrap_err();
    assert!(short.to_string().contains("2 came"), "{short}");
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_the_old_state() {
    let (_folder, datasets) = datasets();
    for dataset in &datasets {
        published(dataset, plan("k1", "2026-11-20")).await.unwrap();
        let before = dataset.current().await.unwrap();
        let run = begun(dataset, plan("k2", "2026-11-21")).await;
        let tables = written_lawful(&run, &[2, 2]).await;
        let sealed = run.seal(&tables, Ending::default()).await.unwrap();
        drop(sealed);
        assert_eq!(dataset.current().await.unwrap(), before);
        let next = published(dataset, plan("k2", "2026-11-21")).await.unwrap();
        assert!(matches!(next, Outcome::Published(commit) if commit.commit == 2));
    }
}

async fn sealed(dataset: &Dataset, plan: RunPlan) -> Sealed {
    let run = begun(dataset, plan).await;
    let tables = written_lawful(&run, &[2, 3]).await;
    run.seal(&tables, Ending::default()).await.unwrap()
}

#[tokio::test]
async fn of_racing_runs_the_later_moment_stays_and_equal_work_is_done_once() {
    let (_folder, datasets) = datasets();
    for dataset in &datasets {
        let older = sealed(dataset, plan("older", "2026-11-19")).await;
        let newer = sealed(dataset, plan("newer", "2026-11-20")).await;
        let twin = sealed(dataset, plan("newer", "2026-11-20")).await;
        let allowed = RunPlan {
            order: AsOfOrder::AllowOlder,
            ..plan("allowed", "2026-11-18")
        };
        let allowed = sealed(dataset, allowed).await;
        let published = newer.commit().await.unwrap();
        assert!(matches!(published, Outcome::Published(commit) if commit.commit == 1));
        assert_eq!(older.commit().await.unwrap_err().exit_code(), 5);
        let done = twin.commit().await.unwrap();
        assert!(matches!(done, Outcome::AlreadyPublished(commit) if commit.commit == 1));
        let replaced = allowed.commit().await.unwrap();
        assert!(matches!(replaced, Outcome::Published(commit) if commit.parent == Some(1)));
        let late = dataset.begin(plan("late", "2026-11-17")).await.unwrap_err();
        assert_eq!(late.exit_code(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_at_the_same_moment_form_one_chain() {
    let (_folder, datasets) = datasets();
    for dataset in &datasets {
        let mut runs = Vec::new();
        for number in 0..4 {
            runs.push(sealed(dataset, plan(&format!("k{number}"), "2026-11-20")).await);
        }
        let commits = runs.into_iter().map(|run| tokio::spawn(run.commit()));
        let mut numbers = Vec::new();
        for outcome in futures::future::join_all(commits).await {
            match outcome.unwrap().unwrap() {
                Outcome::Published(commit) => numbers.push(commit.commit),
                Outcome::AlreadyPublished(commit) => panic!("{commit:?}"),
            }
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4]);
        for number in 2..=4 {
            let head = dataset.commit(number).await.unwrap();
            let parent = dataset.commit(number - 1).await.unwrap();
            assert_eq!(head.commit.parent_sha256, Some(parent.sha256));
        }
    }
}

#[tokio::test]
async fn damage_between_writing_and_committing_is_found() {
    let (_folder, [disk, bucket]) = datasets();
    let codes = ["stored_bytes", "stored_files", "stored_files"];
    for (damage, code) in codes.into_iter().enumerate() {
        // On disk a file that vanished fails earlier, in fsync.
        let dataset = if damage == 2 { &bucket } else { &disk };
        let run = begun(dataset, plan("k", "2026-11-20")).await;
        let tables = written_lawful(&run, &[2, 3]).await;
        let file = run.snapshot().join(&tables[0].files[0].path);
        let mut bytes = dataset.storage.read(&file).await.unwrap().to_vec();
        match damage {
            0 => {
                bytes[100] ^= 1;
                dataset.storage.put(&file, bytes.into()).await.unwrap();
            }
            1 => {
                let foreign = file.parent().join("notes.txt");
                dataset.storage.put(&foreign, "x".into()).await.unwrap();
            }
            _ => dataset.storage.delete(&file).await.unwrap(),
        }
        let error = run.finish(&tables, Ending::default()).await.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().starts_with(code), "{error}");
        assert_eq!(dataset.current().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_ledger_that_does_not_add_up_and_failed_audits_of_the_caller_stop_the_run() {
    let (_folder, [_, dataset]) = datasets();
    let line = LedgerLine {
        stage: "quality".to_owned(),
        rows_in: 10,
        rows_out: 7,
        dropped: BTreeMap::from([("rejected".to_owned(), 2)]),
    };
    let audit = Audit {
        code: "train_has_rows".to_owned(),
        severity: Severity::Fail,
        passed: false,
        observed: "0 rows".to_owned(),
    };
    let endings = [
        (
            Ending {
                ledger: vec![line],
                ..Ending::default()
            },
            "ledger",
        ),
        (
            Ending {
                audits: vec![audit],
                ..Ending::default()
            },
            "train_has_rows",
        ),
    ];
    for (ending, code) in endings {
        let run = begun(&dataset, plan("k", "2026-11-20")).await;
        let tables = written_lawful(&run, &[2]).await;
        let error = run.finish(&tables, ending).await.unwrap_err();
        assert!(error.to_string().starts_with(code), "{error}");
    }
}

#[tokio::test]
async fn a_changed_parent_breaks_the_chain() {
    let (_folder, [dataset, _]) = datasets();
    published(&dataset, plan("k1", "2026-11-20")).await.unwrap();
    published(&dataset, plan("k2", "2026-11-20")).await.unwrap();
    let parent = dataset.output.join(&layout::commit_path(1));
    let text = String::from_utf8(dataset.storage.read(&parent).await.unwrap().to_vec()).unwrap();
    let changed = text.replace("k1", "k9");
    dataset.storage.put(&parent, changed.into()).await.unwrap();
    assert_eq!(dataset.current().await.unwrap_err().exit_code(), 8);
}

/// What the bucket does with the next creates of commit files.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    AppliedButUnanswered,
    LostAndUnanswered,
    /// As before, and nothing below `_commits` can be read or listed afterwards.
    SilentFromThenOn,
}

/// A bucket in memory that fails as told.
#[derive(Debug)]
struct FaultyBucket {
    inner: InMemory,
    faults: Mutex<Vec<Fault>>,
    n_silent: AtomicUsize,
}

impl fmt::Display for FaultyBucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("faulty bucket")
    }
}

fn unanswered() -> StoreError {
    StoreError::Generic {
        store: "faulty",
        source: "operation timed out".into(),
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultyBucket {
    async fn put_opts(
        &self,
        location: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let is_commit = location.as_ref().contains("_commits");
        let fault = if is_commit {
            self.faults.lock().unwrap().pop()
        } else {
            None
        };
        match fault {
            None => self.inner.put_opts(location, payload, options).await,
            Some(fault) => {
                if fault == Fault::AppliedButUnanswered {
                    self.inner.put_opts(location, payload, options).await?;
                }
                if fault == Fault::SilentFromThenOn {
                    self.n_silent.store(1, Ordering::SeqCst);
                }
                Err(unanswered())
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &ObjectPath,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &ObjectPath,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        if self.n_silent.load(Ordering::SeqCst) > 0 {
            return Err(unanswered());
        }
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<ObjectPath>>,
    ) -> BoxStream<'static, object_store::Result<ObjectPath>> {
        self.inner.delete_stream(locations)
    }

    fn list(
        &self,
        prefix: Option<&ObjectPath>,
    ) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(
        &self,
        prefix: Option<&ObjectPath>,
    ) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &ObjectPath,
        to: &ObjectPath,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn faulty_dataset(faults: Vec<Fault>) -> Dataset {
    let bucket = FaultyBucket {
        inner: InMemory::new(),
        faults: Mutex::new(faults),
        n_silent: AtomicUsize::new(0),
    };
    let storage = Storage::new().with_bucket("bucket", Arc::new(bucket));
    let mut dataset = Dataset::open(
        Arc::new(storage),
        Location::parse("s3://bucket/out").unwrap(),
    );
    dataset.read_waits = &[Duration::ZERO; 3];
    dataset
}

#[tokio::test]
async fn a_commit_without_an_answer_is_read_back() {
    for faults in [
        vec![Fault::AppliedButUnanswered],
        vec![Fault::LostAndUnanswered; 3],
    ] {
        let dataset = faulty_dataset(faults);
        let outcome = published(&dataset, plan("k", "2026-11-20")).await.unwrap();
        assert!(matches!(outcome, Outcome::Published(commit) if commit.commit == 1));
        let head = dataset.current().await.unwrap().unwrap();
        assert_eq!(head.commit.commit, 1, "committed once");
    }
}

#[tokio::test]
async fn a_commit_that_nobody_can_read_back_is_unknown_and_keeps_its_files() {
    for faults in [
        vec![Fault::SilentFromThenOn],
        vec![Fault::LostAndUnanswered; 5],
    ] {
        let dataset = faulty_dataset(faults);
        let error = published(&dataset, plan("k", "2026-11-20"))
            .await
            .unwrap_err();
        assert_eq!(error.exit_code(), 9, "{error}");
        let paths = stored_paths(&dataset).await;
        assert!(
            paths.iter().any(|path| path.starts_with("_runs/")),
            "{paths:?}"
        );
        assert!(
            paths.iter().any(|path| path.ends_with("manifest.json")),
            "{paths:?}"
        );
    }
}

mod writing;
