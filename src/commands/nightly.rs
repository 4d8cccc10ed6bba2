//! `run`: the nightly job.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::args::RunArguments;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::functions::WORKER_KEY_VARIABLE;
use crate::inputs::DateRange;
use crate::job::{Done, Job, RunRequest};
use crate::manifest::LedgerLine;
use crate::refusal::Verdict;
use crate::report;

pub(super) async fn run(arguments: &RunArguments) -> Result<()> {
    let config = Config::load(&arguments.config.config, &arguments.config.settings)?;
    let request = RunRequest {
        as_of: arguments.as_of.as_deref().map(str::parse).transpose()?,
        dates: date_range(arguments)?,
        is_older_allowed: arguments.allow_older,
    };
    let done = execute(config, &request).await;
    if arguments.json {
        report::json(&RunEnded::of(&done))?;
        return done.map(|_| ());
    }
    report::done(&done?);
    Ok(())
}

/// How a run ended, for programs.
#[derive(Debug, Serialize)]
struct RunEnded<'a> {
    /// `published`, `up_to_date`, `refused` (by a check or an audit) or `failed`.
    outcome: &'static str,
    commit: Option<u64>,
    snapshot: Option<String>,
    error: Option<String>,
    audits: &'a [Verdict],
    ledger: &'a [LedgerLine],
    statistics: Option<&'a BTreeMap<String, f64>>,
    warnings: &'a [String],
}

impl<'a> RunEnded<'a> {
    fn of(done: &'a Result<Done>) -> Self {
        let nothing = Self {
            outcome: "up_to_date",
            commit: None,
            snapshot: None,
            error: None,
            audits: &[],
            ledger: &[],
            statistics: None,
            warnings: &[],
        };
        match done {
            Ok(Done::UpToDate { commit, snapshot }) => Self {
                commit: Some(*commit),
                snapshot: Some(snapshot.to_string()),
                ..nothing
            },
            Ok(Done::Published(published)) => Self {
                outcome: "published",
                commit: Some(published.commit),
                snapshot: Some(published.snapshot.to_string()),
                error: None,
                audits: &published.verdicts,
                ledger: &published.manifest.ledger,
                statistics: Some(&published.manifest.statistics),
                warnings: &published.warnings,
            },
            Err(error @ Error::Refused(refusal)) => Self {
                outcome: "refused",
                error: Some(error.to_string()),
                audits: &refusal.verdicts,
                ..nothing
            },
            Err(error) => Self {
                outcome: if error.exit_code() == 3 {
                    "refused"
                } else {
                    "failed"
                },
                error: Some(error.to_string()),
                ..nothing
            },
        }
    }
}

/// Prepares and runs one job, with progress on stderr.
pub(super) async fn execute(config: Config, request: &RunRequest) -> Result<Done> {
    use_threads(config.run.threads);
    let job = Job::prepare(config, request).await?;
    if !job.config.output.publish_worker_ids && std::env::var_os(WORKER_KEY_VARIABLE).is_none() {
        tracing::warn!(
            "{WORKER_KEY_VARIABLE} is not set: anybody who knows a worker's id can find its pseudonym"
        );
    }
    for warning in &job.rule_warnings {
        tracing::warn!("{warning}");
    }
    let progress = report::Display::new();
    job.run(request, &progress).await
}

/// Ranking uses the same number of threads as the engine.
pub(super) fn use_threads(n_threads: usize) {
    // Fails only where a pool was built before: then that one stays.
    if let Err(error) = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build_global()
    {
        tracing::debug!(%error, "the thread pool was set up before");
    }
}

fn date_range(arguments: &RunArguments) -> Result<DateRange> {
    let day = |text: &Option<String>, option: &str| {
        text.as_ref()
            .map(|text| {
                text.parse::<chrono::NaiveDate>().map_err(|_| {
                    Error::Usage(format!("{option} {text}: write a day such as 2026-11-20"))
                })
            })
            .transpose()
    };
    let from = day(&arguments.from, "--from")?;
    let to = day(&arguments.to, "--to")?;
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Error::Usage(format!("--from {from} lies after --to {to}")));
    }
    Ok(DateRange {
        from: from.map(|day| day.to_string()),
        // The last day is included.
        to: to.and_then(|day| day.succ_opt()).map(|day| day.to_string()),
    })
}
