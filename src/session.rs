//! The engine's sessions: memory, spilling, partitions, and every option that matters, set explicitly.
//!
//! It knows no table and no stage.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::object_store::ObjectStore;
use datafusion::prelude::{SessionConfig, SessionContext};
use url::Url;

use crate::config::{Config, parse_bytes};
use crate::error::{Error, Result};
use crate::spill::SpillFolder;
use crate::{functions, udaf};

/// Rows per batch where the configuration says nothing.
const DEFAULT_BATCH_SIZE: usize = 8192;

/// The engine's own memory pool is this part of the process's budget: decoding, sinks and allocator slack
/// take the rest (measured: a pool of P let the process reach 2 to 5 P).
const POOL_DIVISOR: u64 = 4;

/// What all sessions of a process share.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    runtime: Arc<RuntimeEnv>,
    pub(crate) pool_bytes: usize,
    batch_size: usize,
    pub(crate) n_threads: usize,
    spill_folder: Arc<SpillFolder>,
}

impl Engine {
    /// Sets up memory, spilling and the thread pool by `config.run`.
    ///
    /// # Errors
    /// [`Error::Usage`]: a size that is none.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let memory_limit_bytes = match &config.run.memory_limit {
            Some(text) => parse_bytes(text)?,
            None => default_memory_limit_bytes(),
        };
        let n_threads = match config.run.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n_threads => n_threads,
        };
        let spill_dir = config
            .run
            .spill_dir
            .as_ref()
            .map_or_else(std::env::temp_dir, |folder| config.folder.join(folder));
        let spill_dir = std::path::absolute(&spill_dir).map_err(|error| {
            Error::Usage(format!("run.spill_dir {}: {error}", spill_dir.display()))
        })?;
        let spill_folder = Arc::new(SpillFolder::create(&spill_dir)?);
        let pool_bytes = usize::try_from(memory_limit_bytes / POOL_DIVISOR).unwrap_or(usize::MAX);
        let n_named_consumers = std::num::NonZeroUsize::MIN.saturating_add(4);
        let pool = TrackConsumersPool::new(FairSpillPool::new(pool_bytes), n_named_consumers);
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![
            spill_folder.path().to_path_buf(),
        ]));
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(|error| Error::Exhausted(format!("cannot set up the engine: {error}")))?;
        Ok(Self {
            runtime,
            pool_bytes,
            batch_size: match config.run.batch_size {
                0 => DEFAULT_BATCH_SIZE,
                batch_size => batch_size,
            },
            n_threads,
            spill_folder,
        })
    }

    /// Lets the engine read from `store` under `url`.
    pub(crate) fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) {
        self.runtime.register_object_store(url, store);
    }

    /// An empty session with all our functions.
    pub(crate) fn session(&self, n_partitions: usize) -> SessionContext {
        let mut config = SessionConfig::new()
            .with_target_partitions(n_partitions)
            .with_batch_size(self.batch_size)
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(true);
        let options = config.options_mut();
        // Wrong minima and maxima in 55.2 (datafusion#24816).
        options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
        // Published text must be plain `string`, and views keep whole buffers alive.
        options.execution.parquet.schema_force_view_types = false;
        options.sql_parser.map_string_types_to_utf8view = false;
        options.execution.parquet.pushdown_filters = false;
        options.execution.collect_statistics = true;
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(&self.runtime))
            .with_default_features()
            .with_physical_optimizer_rule(Arc::new(udaf::OnePhase {
                pool_bytes: self.pool_bytes,
            }))
            .build();
        let session = SessionContext::new_with_state(state);
        functions::register(&session);
        udaf::register(&session);
        session
    }

    /// The folder for a run's tables.
    pub(crate) fn table_folder(&self, run_id: &str) -> PathBuf {
        self.spill_folder.path().join(run_id)
    }
}

/// 70 % of what the machine, or the cgroup around this process, allows.
fn default_memory_limit_bytes() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let total = system
        .cgroup_limits()
        .map_or(system.total_memory(), |limits| limits.total_memory);
    total / 10 * 7
}
