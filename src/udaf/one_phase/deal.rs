//! Deals rows to many files by the hash of their group, and hands over one file after the other.
//!
//! It is for input that does not fit in memory: a file's groups do. It is the engine's own way of dealing
//! (`Partitioning::Hash`) with another place to wait. It knows nothing of aggregates.

use std::fmt::{Formatter, Result as FormatResult};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::BatchCoalescer;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, exec_datafusion_err, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::spill_file::SpillFile;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::metrics::Time;
use datafusion::physical_plan::repartition::BatchPartitioner;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties, ReplaceChildrenOptions,
};
use futures::future::{BoxFuture, FutureExt, Shared};
use futures::{TryStreamExt, stream};

use crate::spill::{SpillWriter, SpilledFile, read_batches};

/// Rows that are written, and read, at once.
const ROWS_PER_BATCH: usize = 4096;

/// The files, once all rows are dealt.
type Dealt = Shared<BoxFuture<'static, Result<Arc<Files>, Arc<DataFusionError>>>>;

/// See the module.
#[derive(Debug)]
pub(super) struct DealExec {
    input: Arc<dyn ExecutionPlan>,
    by: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    dealt: OnceLock<Dealt>,
}

impl DealExec {
    /// Deals the rows of `input` to `n_files` by the hash of `by`.
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        by: Vec<Arc<dyn PhysicalExpr>>,
        n_files: usize,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::Hash(by.clone(), n_files),
            EmissionType::Final,
            input.boundedness(),
        );
        Self {
            input,
            by,
            properties: Arc::new(properties),
            dealt: OnceLock::new(),
        }
    }

    fn n_files(&self) -> usize {
        self.properties.partitioning.partition_count()
    }

    fn over(&self, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let Ok([input]) = <[_; 1]>::try_from(children) else {
            return internal_err!("dealing has one input");
        };
        Ok(Arc::new(Self::new(input, self.by.clone(), self.n_files())))
    }

    /// Starts to deal all of the input; the files are there when the future ends.
    fn start(&self, context: &Arc<TaskContext>) -> Dealt {
        let open = Files::create(self, context).map(Arc::new);
        let tasks = open.and_then(|files| {
            let deal_partition = |partition_idx| {
                let rows = self.input.execute(partition_idx, Arc::clone(context))?;
                let dealer = BatchPartitioner::new_hash_partitioner(
                    self.by.clone(),
                    self.n_files(),
                    Time::new(),
                )?;
                Ok(SpawnedTask::spawn(deal(rows, dealer, Arc::clone(&files))))
            };
            let n_partitions = self.input.output_partitioning().partition_count();
            let tasks = (0..n_partitions)
                .map(deal_partition)
                .collect::<Result<Vec<_>>>()?;
            Ok((files, tasks))
        });
        let done = async move {
            let (files, tasks) = tasks?;
            for task in tasks {
                task.join_unwind()
                    .await
                    .map_err(|error| exec_datafusion_err!("a task was stopped: {error}"))??;
            }
            files.finish()?;
            Ok(files)
        };
        done.map(|result: Result<_>| result.map_err(Arc::new))
            .boxed()
            .shared()
    }
}

async fn deal(
    mut rows: SendableRecordBatchStream,
    mut dealer: BatchPartitioner,
    files: Arc<Files>,
) -> Result<()> {
    while let Some(batch) = rows.try_next().await? {
        dealer.partition(batch, |file_idx, rows| files.lock(file_idx)?.push(rows))?;
    }
    Ok(())
}

/// All files.
struct Files(Vec<Mutex<Option<OpenFile>>>);

/// One file while it is written, and until it is read.
struct OpenFile {
    /// Goes, with the file itself, when this is dropped.
    temporary: Arc<dyn SpillFile>,
    waiting: BatchCoalescer,
    writer: Option<SpillWriter>,
    written: Option<SpilledFile>,
}

impl Files {
    fn create(dealing: &DealExec, context: &TaskContext) -> Result<Self> {
        let disk = &context.runtime_env().disk_manager;
        let schema = dealing.input.schema();
        let create = |_| {
            let temporary = disk.create_tmp_file("dealing the rows of an aggregate")?;
            let path: PathBuf = match temporary.path() {
                Some(path) => path.to_path_buf(),
                None => return internal_err!("rows are dealt to local files only"),
            };
            Ok(Mutex::new(Some(OpenFile {
                temporary,
                waiting: BatchCoalescer::new(Arc::clone(&schema), ROWS_PER_BATCH),
                writer: Some(SpillWriter::new(path, Arc::clone(&schema))),
                written: None,
            })))
        };
        (0..dealing.n_files())
            .map(create)
            .collect::<Result<_>>()
            .map(Self)
    }

    fn lock(&self, file_idx: usize) -> Result<OpenFileGuard<'_>> {
        let file = self.0.get(file_idx);
        file.map(|file| OpenFileGuard(file.lock().unwrap_or_else(PoisonError::into_inner)))
            .ok_or_else(|| exec_datafusion_err!("there is no file {file_idx}"))
    }

    fn finish(&self) -> Result<()> {
        (0..self.0.len()).try_for_each(|file_idx| self.lock(file_idx)?.finish())
    }

    /// The rows of one file, once.
    fn read(&self, file_idx: usize) -> Result<Reading> {
        let Some(file) = self.lock(file_idx)?.0.take() else {
            return internal_err!("rows that were dealt are read twice");
        };
        let written = file.written.as_ref();
        Ok(Reading {
            batches: written.map(|written| read_batches(written, None)),
            _temporary: file.temporary,
        })
    }
}

/// The rows of one file; the file goes with it.
struct Reading {
    batches: Option<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>>,
    _temporary: Arc<dyn SpillFile>,
}

impl Iterator for Reading {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.as_mut()?.next()
    }
}

/// A file that nobody else writes to meanwhile.
struct OpenFileGuard<'a>(MutexGuard<'a, Option<OpenFile>>);

impl OpenFileGuard<'_> {
    fn push(&mut self, rows: RecordBatch) -> Result<()> {
        let Some(file) = self.0.as_mut() else {
            return internal_err!("rows are dealt before they are read");
        };
        file.waiting.push_batch(rows)?;
        file.write_completed()
    }

    fn finish(&mut self) -> Result<()> {
        let Some(file) = self.0.as_mut() else {
            return Ok(());
        };
        file.waiting.finish_buffered_batch()?;
        file.write_completed()?;
        if let Some(writer) = file.writer.take() {
            file.written = writer.finish()?;
        }
        Ok(())
    }
}

impl OpenFile {
    fn write_completed(&mut self) -> Result<()> {
        while let (Some(batch), Some(writer)) =
            (self.waiting.next_completed_batch(), &mut self.writer)
        {
            writer.write(&batch)?;
        }
        Ok(())
    }
}

impl DisplayAs for DealExec {
    fn fmt_as(&self, _format: DisplayFormatType, formatter: &mut Formatter<'_>) -> FormatResult {
        write!(formatter, "DealExec: {} files", self.n_files())
    }
}

impl ExecutionPlan for DealExec {
    fn name(&self) -> &'static str {
        "DealExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for expression in &self.by {
            visit(expression)?;
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.over(children)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.over(children)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let dealt = self.dealt.get_or_init(|| self.start(&context)).clone();
        let batches = async move {
            let files = dealt.await.map_err(DataFusionError::Shared)?;
            Ok::<_, DataFusionError>(stream::iter(files.read(partition)?))
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema(),
            stream::once(batches).try_flatten(),
        )))
    }
}
