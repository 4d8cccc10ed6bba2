//! The job in its steps, over tables that are computed once: for tests of what lies between the steps.
//!
//! It does nothing that the job does not do.

use super::{Job, RunRequest, Vocabulary, is_nightly};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::manifest::AsOf;
use crate::publish::{Begin, Run, Sealed, WrittenTable};
use crate::runner::{Progress, Runner, StepReport};

/// Tables that are ready to be written.
pub(crate) struct Rehearsed {
    job: Job,
    runner: Runner,
}

/// Hears nothing.
struct Silence;

impl Progress for Silence {
    fn started(&self, _table: &str) {}
    fn finished(&self, _step: &StepReport) {}
    fn warned(&self, _table: &str, _sentence: &str, _rows: &str) {}
}

impl Rehearsed {
    /// Computes everything, continuing the snapshot that is current now.
    pub(crate) async fn compute(config: Config, as_of: AsOf) -> Result<Self> {
        let request = RunRequest {
            as_of: Some(as_of),
            ..RunRequest::default()
        };
        let job = Job::prepare(config, &request).await?;
        let run_id = ulid::Ulid::new().to_string();
        let mut runner = job.runner(&run_id, Vocabulary::Current).await?;
        runner.run(is_nightly, &Silence).await?;
        Ok(Self { job, runner })
    }

    /// Begins a run and writes its tables.
    pub(crate) async fn write(&self) -> Result<(Run, Vec<WrittenTable>)> {
        let dataset = self.job.dataset()?;
        let dataset = dataset.ok_or_else(|| Error::Usage("output.url is missing".to_owned()))?;
        let plan = self.job.run_plan(&RunRequest::default());
        match dataset.begin(plan).await? {
            Begin::Run(run) => {
                let written = self.job.write(&self.runner, &run).await?;
                Ok((*run, written))
            }
            Begin::AlreadyPublished(commit) => Err(Error::Usage(format!(
                "commit {} is the same",
                commit.commit
            ))),
        }
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
