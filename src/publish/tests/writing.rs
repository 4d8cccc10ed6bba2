//! The table writer: the same bytes however many row groups are encoded at once, bounded memory, failing uploads.

use datafusion::object_store::UploadPart;
use datafusion::parquet::basic::Encoding as ParquetEncoding;

use super::*;
use crate::manifest::content_sha256;
use crate::publish::writer::Sharding;

const PART_BYTES: usize = 1000;

/// Rows in groups of three: 20 row groups of 30 rows each.
fn rows() -> RecordBatch {
    pointwise(&[3; 200])
}

/// A writer whose row groups, shards and parts are small enough for a test.
fn writer(run: &Run, n_in_flight: usize) -> TableWriter {
    let spec = TableSpec::of_split("pointwise", "train", rows().num_rows() as u64, &[]).unwrap();
    let mut writer = run.table_writer(spec);
    writer.cutter.limits.rows = 30;
    writer.in_flight.n_max = n_in_flight;
    (writer.sharding.bytes_target, writer.sharding.rows_min) = (5000, 50);
    writer.part_bytes = PART_BYTES;
    writer
}

#[test]
fn small_tables_have_one_shard_and_large_ones_shards_near_the_target() {
    const MIB: u64 = 1 << 20;
    let sharding = Sharding {
        bytes_target: SHARD_BYTES_TARGET,
        rows_min: SHARD_ROWS_MIN,
    };
    let n_shards = |n_rows, n_sample_rows, n_sample_bytes| {
        sharding.n_shards(n_rows, n_sample_rows, n_sample_bytes)
    };
    assert_eq!(n_shards(49_999, 1000, 64 * MIB), 1);
    assert_eq!(n_shards(0, 0, 4), 1);
    assert_eq!(n_shards(1_000_000, 100_000, 64 * MIB), 5);
    assert_eq!(n_shards(1_000_000, 100_000, MIB), 1);
    assert_eq!(
        n_shards(200_000, 1000, 64 * MIB),
        4,
        "never below 50,000 rows"
    );
}

#[tokio::test]
async fn the_bytes_are_the_same_however_many_row_groups_are_encoded_at_once() {
    let (_folder, datasets) = datasets();
    let rows = rows();
    let mut hashes = BTreeMap::new();
    for dataset in &datasets {
        for (n_in_flight, batch_rows) in [(1, 600), (2, 7), (4, 100), (100, 64)] {
            let run = begun(dataset, plan("k", "2026-11-20")).await;
            let starts = (0..rows.num_rows()).step_by(batch_rows);
            let slices = starts.map(|start| {
                let n_rows = batch_rows.min(rows.num_rows() - start);
                Ok::<_, Error>(rows.slice(start, n_rows))
            });
            let writer = writer(&run, n_in_flight);
            let table = writer.write_all(stream::iter(slices)).await.unwrap();
            let n_row_groups: u64 = table.files.iter().map(|file| file.row_groups).sum();
            assert!(table.files.len() > 2, "{:?}", table.files);
            assert!(n_row_groups >= 20, "{n_row_groups}");
            hashes.insert(content_sha256(&table.files), n_in_flight);
        }
    }
    assert_eq!(hashes.len(), 1, "{hashes:?}");
}

#[tokio::test]
async fn row_groups_in_flight_are_bounded_in_number_and_in_bytes() {
    let (_folder, [_, dataset]) = datasets();
    let rows = rows();
    for (n_max, n_bytes_max, expected) in [(3, u64::MAX, 3), (8, 1, 1), (1, u64::MAX, 1)] {
        let run = begun(&dataset, plan("k", "2026-11-20")).await;
        let mut writer = writer(&run, n_max).with_bytes_in_flight(n_bytes_max);
        let mut n_seen = 0;
        for start in (0..rows.num_rows()).step_by(30) {
            writer.write(&rows.slice(start, 30)).await.unwrap();
            n_seen = n_seen.max(writer.in_flight.len());
        }
        assert_eq!(n_seen, expected);
        writer.finish().await.unwrap();
    }
}

#[tokio::test]
async fn columns_whose_values_nearly_all_differ_have_no_dictionary() {
    let (_folder, [_, dataset]) = datasets();
    let run = begun(&dataset, plan("k", "2026-11-20")).await;
    let rows = pointwise(&[2; 100]);
    let spec = TableSpec::of_split("pointwise", "train", 200, &[]).unwrap();
    let table = written(&run, spec, &rows, 50).await.unwrap();
    let location = run.snapshot().join(&table.files[0].path);
    let bytes = dataset.storage.read(&location).await.unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let row_group = reader.metadata().row_group(0);
    for column in row_group.columns() {
        let mut encodings = column.encodings();
        let has_dictionary = encodings.any(|encoding| encoding == ParquetEncoding::RLE_DICTIONARY);
        // Scores differ between groups: one half of the values are new.
        assert!(has_dictionary, "{}", column.column_path());
    }
    let run = begun(&dataset, plan("k", "2026-11-20")).await;
    let rows = pointwise(&[1; 100]);
    let spec = TableSpec::of_split("pointwise", "train", 100, &[]).unwrap();
    let table = written(&run, spec, &rows, 50).await.unwrap();
    let location = run.snapshot().join(&table.files[0].path);
    let bytes = dataset.storage.read(&location).await.unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let with_dictionary: Vec<String> = reader
        .metadata()
        .row_group(0)
        .columns()
        .iter()
        .filter(|column| column.dictionary_page_offset().is_some())
        .map(|column| column.column_path().string())
        .collect();
    for (name, expected) in [("query_id", false), ("score", false), ("label", true)] {
        assert_eq!(
            with_dictionary.iter().any(|with| with == name),
            expected,
            "{name}"
        );
    }
}

/// What goes wrong in an upload of parts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Breakage {
    /// The part of this number is refused.
    Part(usize),
    /// The last part is refused, which only the end of the file waits for.
    LastPart,
    Completion,
}

/// A bucket in memory whose uploads break; it counts what was given up.
#[derive(Debug)]
struct BreakingBucket {
    inner: InMemory,
    breakage: Breakage,
    n_aborted: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct BreakingUpload {
    inner: Box<dyn MultipartUpload>,
    breakage: Breakage,
    n_parts: usize,
    n_aborted: Arc<AtomicUsize>,
}

fn refused() -> StoreError {
    StoreError::Generic {
        store: "breaking",
        source: "refused".into(),
    }
}

#[async_trait::async_trait]
impl MultipartUpload for BreakingUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        self.n_parts += 1;
        let is_refused = match self.breakage {
            Breakage::Part(number) => self.n_parts == number,
            Breakage::LastPart => payload.content_length() < PART_BYTES,
            Breakage::Completion => false,
        };
        if is_refused {
            return Box::pin(std::future::ready(Err(refused())));
        }
        self.inner.put_part(payload)
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        if self.breakage == Breakage::Completion {
            return Err(refused());
        }
        self.inner.complete().await
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.n_aborted.fetch_add(1, Ordering::SeqCst);
        self.inner.abort().await
    }
}

impl fmt::Display for BreakingBucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.breakage)
    }
}

#[async_trait::async_trait]
impl ObjectStore for BreakingBucket {
    async fn put_opts(
        &self,
        location: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &ObjectPath,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(BreakingUpload {
            inner: self.inner.put_multipart_opts(location, options).await?,
            breakage: self.breakage,
            n_parts: 0,
            n_aborted: Arc::clone(&self.n_aborted),
        }))
    }

    async fn get_opts(
        &self,
        location: &ObjectPath,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
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

#[tokio::test]
async fn an_upload_that_fails_anywhere_is_given_up_and_leaves_no_file() {
    let rows = rows();
    for breakage in [
        Breakage::Part(1),
        Breakage::Part(3),
        Breakage::LastPart,
        Breakage::Completion,
    ] {
        let n_aborted = Arc::new(AtomicUsize::new(0));
        let bucket = BreakingBucket {
            inner: InMemory::new(),
            breakage,
            n_aborted: Arc::clone(&n_aborted),
        };
        let storage = Storage::new().with_bucket("bucket", Arc::new(bucket));
        let location = Location::parse("s3://bucket/out").unwrap();
        let dataset = Dataset::open(Arc::new(storage), location);
        let run = begun(&dataset, plan("k", "2026-11-20")).await;
        let slices = (0..rows.num_rows())
            .step_by(30)
            .map(|start| Ok::<_, Error>(rows.slice(start, 30)));
        let written = writer(&run, 4).write_all(stream::iter(slices)).await;
        assert!(
            matches!(written, Err(Error::Storage { .. })),
            "{breakage:?}: {written:?}"
        );
        assert_eq!(n_aborted.load(Ordering::SeqCst), 1, "{breakage:?}");
        let paths = stored_paths(&dataset).await;
        assert!(
            paths.iter().all(|path| path.starts_with("_runs/")),
            "{paths:?}"
        );
    }
}
