//! The nightly job: from a configuration to a published snapshot, in the order of the publishing steps.
//!
//! What is computed stands in `pipeline` and `sql/`; how it becomes visible stands in `publish`.

mod card;
mod fits;
mod gate;
mod parameters;
mod previous;
mod rehearsal;
mod rule_sets;
mod tables;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::ParamValues;

use crate::audits::UserAudits;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::functions::WORKER_KEY_VARIABLE;
use crate::inputs::{DateRange, FoundInput, Inputs};
use crate::manifest::{AsOf, Manifest, ManifestInput};
use crate::pipeline::{Model, sql_sha256};
use crate::publish::{AsOfOrder, Begin, Dataset, Follows, Run, RunPlan, WrittenTable};
use crate::refusal::{Refusal, Verdict};
use crate::runner::{Progress, Runner, Stopwatch};
use crate::session::Engine;
use crate::storage::{Location, Storage};

use parameters::RunRules;
pub(crate) use previous::{Stored, Vocabulary, register_published, register_stores};
pub(crate) use rehearsal::Rehearsed;
pub(crate) use rule_sets::RuleSet;

/// Input rows per shard: a shard's tables then fit in a few hundred megabytes.
const ROWS_PER_SHARD: u64 = 400_000;

/// After this time nobody waits for a run any more.
const RUN_DURATION_MAX: Duration = Duration::from_hours(24);

/// What the command line asks of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunRequest {
    pub(crate) as_of: Option<AsOf>,
    pub(crate) dates: DateRange,
    pub(crate) is_older_allowed: bool,
}

/// How closely inputs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Names, types, sizes, and what footers tell of values.
    Footers,
    /// Also what only the values tell.
    Values,
}

/// Inputs found and held against their contract; nothing is computed yet.
pub(crate) struct Job {
    pub(crate) config: Config,
    pub(crate) engine: Engine,
    pub(crate) storage: Arc<Storage>,
    pub(crate) inputs: Inputs,
    pub(crate) as_of: AsOf,
    pub(crate) rule_warnings: Vec<String>,
    user_audits: UserAudits,
    dates: DateRange,
    rules_json: String,
    parameters: ParamValues,
}

/// What a run did.
#[derive(Debug)]
pub(crate) enum Done {
    /// A snapshot became current.
    Published(Box<Published>),
    /// Nothing was written: the current commit has the same inputs, configuration, SQL and binary.
    UpToDate { commit: u64, snapshot: Location },
}

/// A published snapshot and what led to it.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) commit: u64,
    pub(crate) snapshot: Location,
    pub(crate) manifest: Manifest,
    pub(crate) warnings: Vec<String>,
    /// Every audit, and where its offending rows are kept.
    pub(crate) verdicts: Vec<Verdict>,
}

impl Job {
    /// Finds the inputs, holds them against the contract, and reads the rules.
    pub(crate) async fn prepare(config: Config, request: &RunRequest) -> Result<Self> {
        Self::open(config, &request.dates, request.as_of, Depth::Values).await
    }

    async fn open(
        config: Config,
        dates: &DateRange,
        as_of: Option<AsOf>,
        depth: Depth,
    ) -> Result<Self> {
        let engine = Engine::new(&config)?;
        let user_audits = UserAudits::read(&config)?;
        let storage = Arc::new(Storage::new());
        let inputs = Inputs::find(&config, &storage, &engine).await?;
        let session = engine.session(engine.n_threads);
        inputs.register(&session, &storage, dates).await?;
        if depth == Depth::Values {
            inputs.check_values(&session).await?;
            inputs.check_duplicate_products(&session).await?;
        }
        let as_of = match as_of {
            Some(as_of) => as_of,
            None => parameters::latest_event(&session).await?,
        };
        let rules = RunRules::read(&config, &session).await?;
        let parameters = parameters::bind(&config, as_of, &rules, &inputs.features());
        Ok(Self {
            config,
            engine,
            storage,
            inputs,
            as_of,
            rule_warnings: rules.warnings,
            user_audits,
            dates: dates.clone(),
            rules_json: rules.json,
            parameters,
        })
    }

    /// The same without reading a row of responses or products; as-of is the epoch.
    pub(crate) async fn inspect(config: Config) -> Result<Self> {
        let as_of = AsOf(chrono::DateTime::UNIX_EPOCH);
        Self::open(config, &DateRange::default(), Some(as_of), Depth::Footers).await
    }

    /// Plans every model, check and audit, and computes none.
    pub(crate) async fn plan_all(&self) -> Result<usize> {
        let runner = self
            .runner(&ulid::Ulid::new().to_string(), Vocabulary::Current)
            .await?;
        let n_models = runner.plan_all().await?;
        self.plan_audits(&runner).await?;
        Ok(n_models)
    }

    /// A runner over the inputs and, where there is one, the current snapshot of the output.
    pub(crate) async fn runner(&self, run_id: &str, vocabulary: Vocabulary) -> Result<Runner> {
        let runner = self
            .runner_of_inputs(run_id, self.parameters.clone())
            .await?;
        let dataset = self.dataset()?;
        previous::register(
            runner.session(),
            &self.engine,
            &self.storage,
            dataset.as_ref(),
            vocabulary,
        )
        .await?;
        Ok(runner)
    }

    /// A runner over the inputs alone, for what never meets a published snapshot.
    async fn runner_of_inputs(&self, run_id: &str, parameters: ParamValues) -> Result<Runner> {
        let folder: PathBuf = self.engine.table_folder(run_id);
        let n_responses = self.inputs.table("responses").map_or(0, FoundInput::n_rows);
        let n_shards = usize::try_from(n_responses.div_ceil(ROWS_PER_SHARD)).unwrap_or(1);
        let runner = Runner::new(&self.engine, folder, n_shards, parameters).await?;
        self.inputs
            .register(runner.session(), &self.storage, &self.dates)
            .await?;
        Ok(runner)
    }

    /// The dataset that the configuration publishes to.
    pub(crate) fn dataset(&self) -> Result<Option<Dataset>> {
        let Some(url) = &self.config.output.url else {
            return Ok(None);
        };
        let location = self.config.locate(url)?;
        Ok(Some(Dataset::open(Arc::clone(&self.storage), location)))
    }

    /// Runs the whole flow and publishes what comes out.
    pub(crate) async fn run(&self, request: &RunRequest, progress: &dyn Progress) -> Result<Done> {
        let dataset = self.dataset()?.ok_or_else(|| {
            Error::Usage(
                "output.url is missing: say where to publish, such as url = \"s3://training/complementary/\"".to_owned(),
            )
        })?;
        if !self.user_audits.is_empty() {
            // What is no query is better said now than when the work is done.
            self.plan_all().await?;
        }
        let run = match dataset.begin(self.run_plan(request)).await? {
            Begin::Run(run) => *run,
            Begin::AlreadyPublished(commit) => {
                return Ok(Done::UpToDate {
                    commit: commit.commit,
                    snapshot: dataset.location().join(&commit.snapshot),
                });
            }
        };
        let runner = self.compute(&run, progress).await?;
        progress.started("writing");
        let stopwatch = Stopwatch::start();
        let written = self.write(&runner, &run).await?;
        let n_rows: u64 = written.iter().map(WrittenTable::n_rows).sum();
        let report = stopwatch.report("writing", usize::try_from(n_rows).ok());
        progress.finished(&report);
        progress.started("auditing");
        self.publish(&runner, run, written, progress).await
    }

    fn run_plan(&self, request: &RunRequest) -> RunPlan {
        RunPlan {
            run_key: self.run_key(),
            as_of: self.as_of,
            inputs: self.manifest_inputs(),
            duration_max: RUN_DURATION_MAX,
            order: if request.is_older_allowed {
                AsOfOrder::AllowOlder
            } else {
                AsOfOrder::Forward
            },
            follows: Follows::Parent,
        }
    }

    /// Computes every table of a run; a check that fails refuses it.
    async fn compute(&self, run: &Run, progress: &dyn Progress) -> Result<Runner> {
        let mut runner = self
            .runner(run.run_id(), Vocabulary::Of(run.parent()))
            .await?;
        if let Err(error) = runner.run(is_nightly, progress).await {
            // An input that changed under the run explains most of what can go wrong in it.
            self.inputs.check_unchanged(&self.storage).await?;
            return Err(match error {
                Error::Check { .. } => {
                    let refusal = Refusal::by_check(runner.audits(), error.to_string());
                    Error::Refused(Box::new(refusal))
                }
                other => other,
            });
        }
        Ok(runner)
    }

    /// Writes every table into the run's snapshot.
    async fn write(&self, runner: &Runner, run: &Run) -> Result<Vec<WrittenTable>> {
        let (kind, features) = (self.config.project.kind, self.feature_names());
        tables::write_all(runner, &self.engine, run, kind, &features).await
    }

    /// The feature columns of `pointwise`, in order.
    fn feature_names(&self) -> Vec<String> {
        let columns = self.inputs.features().columns();
        columns.into_iter().map(|column| column.name).collect()
    }

    fn manifest_inputs(&self) -> Vec<ManifestInput> {
        let mut listed = Vec::new();
        for input in &self.inputs.found {
            for (file, rows) in input.files.iter().zip(&input.rows) {
                listed.push(ManifestInput {
                    table: input.contract.table.to_owned(),
                    url: file.location.to_string(),
                    bytes: file.size,
                    etag: file.etag.clone(),
                    rows: *rows,
                });
            }
        }
        listed
    }

    /// What makes two runs the same: as-of time, inputs with sizes and versions, configuration, SQL, rules,
    /// binary.
    fn run_key(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hasher = Sha256::new();
        let mut add = |part: &str| {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        };
        add(&self.as_of.to_string());
        for input in &self.inputs.found {
            add(input.contract.table);
            for file in &input.files {
                // The whole address: how it was typed does not matter.
                add(&file.location.url());
                add(&file.size.to_string());
                add(file.etag.as_deref().unwrap_or(""));
            }
        }
        add(&self.config.sha256());
        if !self.config.output.publish_worker_ids {
            // Another key means other pseudonyms; the key itself goes nowhere.
            let key = std::env::var(WORKER_KEY_VARIABLE).unwrap_or_default();
            add(&crate::manifest::sha256_hex(key.as_bytes()));
        }
        add(&format!("{:?}", self.dates));
        add(&sql_sha256());
        for text in &self.user_audits.texts {
            add(text);
        }
        add(&self.rules_json);
        add(env!("CARGO_PKG_VERSION"));
        crate::manifest::hex(&hasher.finalize())
    }
}

/// Views are planned with the rest; nothing of the flow is left out of a nightly run.
fn is_nightly(_model: &Model) -> bool {
    true
}
