//! How fast the publisher writes a training table: `pointwise` with eight features, read from Parquet and published.
//!
//! `cargo bench --bench writing` makes and writes a million rows; `tests/bench/writing_beside_peers` asks for more and
//! measures others beside. It judges nothing.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measured, and one that cannot start has nothing to report"
)]

#[path = "writing/source.rs"]
mod source;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crowdrank::error::Error;
use crowdrank::publish::{
    AsOfOrder, AuditRules, Begin, Dataset, Follows, Run, RunPlan, TableSpec, WrittenTable,
};
use crowdrank::storage::{Location, Storage};
use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use futures::StreamExt;

/// Rows that the reader hands over at once, as the nightly job does.
const BATCH_ROWS: usize = 8192;

/// Batches between the reader's thread and the writer.
const N_BATCHES_AHEAD: usize = 8;

const USAGE: &str = "writing make FOLDER ROWS | writing write|audit FOLDER OUTPUT THREADS";

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (source, output, threads, ends) = match words[..] {
        ["make", folder, n_rows] => {
            source::make(Path::new(folder), number(n_rows));
            return;
        }
        ["write", source, output, threads] => (source, output, number(threads), Ends::Write),
        ["audit", source, output, threads] => (source, output, number(threads), Ends::Audit),
        [] => {
            small();
            return;
        }
        _ => {
            println!("{USAGE}");
            return;
        }
    };
    let (source, output) = (Path::new(source), Path::new(output));
    println!("{}", written(source, output, threads, ends));
}

/// Makes and writes a million rows.
fn small() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("source");
    source::make(&source, 1_000_000);
    let output = folder.path().join("output");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{}", written(&source, &output, threads, Ends::Write));
}

fn number(text: &str) -> usize {
    text.replace('_', "").parse().expect(USAGE)
}

/// How far a run goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// All files are durable.
    Write,
    /// Read back and audited, too.
    Audit,
}

/// Writes the source as the train split of a new dataset; says what that took.
fn written(source: &Path, output: &Path, n_threads: usize, ends: Ends) -> String {
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build_global()
        .expect("the first pool");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(n_threads)
        .enable_all()
        .build()
        .expect("a runtime");
    let started = Instant::now();
    let (table, audits) = runtime.block_on(write(source, output, ends));
    let seconds = started.elapsed().as_secs_f64();
    let n_bytes: u64 = table.files.iter().map(|file| file.bytes).sum();
    let n_rows = table.spec.n_rows;
    let n_row_groups: u64 = table.files.iter().map(|file| file.row_groups).sum();
    format!(
        "{n_rows} rows, {n_bytes} bytes, {} files, {n_row_groups} row groups, {n_threads} threads: {seconds:.2} s, \
         {:.0} rows/s, {:.1} MB/s{audits}",
        table.files.len(),
        n_rows as f64 / seconds,
        n_bytes as f64 / seconds / 1e6,
    )
}

async fn write(source: &Path, output: &Path, ends: Ends) -> (WrittenTable, String) {
    let files = source::files(source);
    let schema = source::schema();
    let storage = Arc::new(Storage::new());
    let location = Location::parse(&output.to_string_lossy()).expect("a folder");
    let run = begun(Dataset::open(Arc::clone(&storage), location)).await;
    let spec = TableSpec {
        table: "pointwise".to_owned(),
        folder: "pointwise/train".to_owned(),
        prefix: "train".to_owned(),
        group_column: schema.index_of("qid").ok(),
        group_rows_max: crowdrank::publish::GROUP_ROWS_MAX,
        n_rows: files.iter().map(n_rows).sum(),
        schema,
    };
    let (sender, receiver) = tokio::sync::mpsc::channel(N_BATCHES_AHEAD);
    let reader = std::thread::spawn(move || read(&files, &sender));
    let batches = futures::stream::unfold(receiver, async |mut receiver| {
        Some((receiver.recv().await?, receiver))
    });
    let batches = batches.map(Ok::<RecordBatch, Error>);
    let table = run.table_writer(spec).write_all(batches).await;
    let table = table.expect("a written table");
    reader.join().expect("a reader");
    if ends == Ends::Write {
        let paths = table.files.iter();
        let locations: Vec<Location> = paths.map(|file| run.snapshot().join(&file.path)).collect();
        storage.fsync(&locations).await.expect("durable files");
        return (table, String::new());
    }
    let tables = std::slice::from_ref(&table);
    let audited = run.audit(tables, &AuditRules::default()).await;
    // A lone table has no lists and pairs beside it: what the audits say of that is no matter here.
    let n_findings = audited.expect("readable files").findings.len();
    (table, format!("; {n_findings} audits"))
}

async fn begun(dataset: Dataset) -> Run {
    let plan = RunPlan {
        run_key: "writing".to_owned(),
        as_of: "2026-11-20".parse().expect("a day"),
        inputs: Vec::new(),
        duration_max: Duration::from_hours(1),
        order: AsOfOrder::Forward,
        follows: Follows::Any,
    };
    match dataset.begin(plan).await.expect("a new run") {
        Begin::Run(run) => *run,
        Begin::AlreadyPublished(_) => unreachable!("a run without a commit is never done"),
    }
}

fn n_rows(path: &PathBuf) -> u64 {
    let file = File::open(path).expect("a source file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
    reader.metadata().file_metadata().num_rows() as u64
}

fn read(files: &[PathBuf], sender: &tokio::sync::mpsc::Sender<RecordBatch>) {
    for path in files {
        let file = File::open(path).expect("a source file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file");
        let batches = reader.with_batch_size(BATCH_ROWS).build();
        for batch in batches.expect("readable columns") {
            let sent = sender.blocking_send(batch.expect("readable rows"));
            if sent.is_err() {
                return;
            }
        }
    }
}
