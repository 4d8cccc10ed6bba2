//! The job in its steps, over tables that are computed once: for tests of what lies between the steps.
//!
//! It does nothing that the job does not do.

use super::{Job, RunRequest};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::manifest::AsOf;
use crate::publish::{Begin, Run, Sealed, WrittenTable};
use crate::runner::{Progress, Runner, StepReport};
use crate::storage::Location;

/// Tables that are ready to be written.
pub(crate) struct Rehearsed {
    job: Job,
    runner: Runner,
    /// The snapshot that they were written to, which is never sealed.
    first: Location,
    tables: Vec<WrittenTable>,
}

/// Hears nothing.
struct Silence;

impl Progress for Silence {
    fn started(&self, _table: &str) {}
    fn finished(&self, _step: &StepReport) {}
    fn warned(&self, _table: &str, _sentence: &str, _rows: &str) {}
}

impl Rehearsed {
    /// Computes and writes everything, continuing the snapshot that is current now.
    pub(crate) async fn compute(config: Config, as_of: AsOf) -> Result<Self> {
        let request = RunRequest {
            as_of: Some(as_of),
            ..RunRequest::default()
        };
        let job = Job::prepare(config, &request).await?;
        let run = begin(&job).await?;
        let runner = job.compute(&run, &Silence).await?;
        let tables = job.write(&runner, &run).await?;
        Ok(Self {
            job,
            runner,
            first: run.snapshot().clone(),
            tables,
        })
    }

    /// Begins another run, with a copy of every file in its snapshot.
    pub(crate) async fn write(&self) -> Result<(Run, Vec<WrittenTable>)> {
        let run = begin(&self.job).await?;
        let storage = &self.job.storage;
        for file in self.tables.iter().flat_map(|table| &table.files) {
            let bytes = storage.read(&self.first.join(&file.path)).await?;
            storage.put(&run.snapshot().join(&file.path), bytes).await?;
        }
        Ok((run, self.tables.clone()))
    }

    /// Audits and seals what is stored; returns the warnings, too.
    pub(crate) async fn seal(
        &self,
        run: Run,
        written: Vec<WrittenTable>,
    ) -> Result<(Sealed, Vec<String>)> {
        let mut warnings = Vec::new();
        let runner = &self.runner;
        let sealed = self
            .job
            .audit_and_seal(runner, run, written, &mut warnings)
            .await?;
        Ok((sealed, warnings))
    }
}

async fn begin(job: &Job) -> Result<Run> {
    let dataset = job.dataset()?;
    let dataset = dataset.ok_or_else(|| Error::Usage("output.url is missing".to_owned()))?;
    match dataset.begin(job.run_plan(&RunRequest::default())).await? {
        Begin::Run(run) => Ok(*run),
        Begin::AlreadyPublished(commit) => Err(Error::Usage(format!(
            "commit {} is the same",
            commit.commit
        ))),
    }
}
