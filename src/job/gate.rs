//! From stored tables to a commit: every audit runs, then either all of it becomes visible or nothing.
//!
//! What the audits are stands in `publish` and `audits`; here they are only brought together.

use super::card::{Card, Figures};
use super::fits::Fits;
use super::previous::Stored;
use super::{Done, Job, Published, card, previous, tables};
use crate::audits::{self, Maker, N_SNAPSHOTS_COMPARED, Night};
use crate::config::{GroupBy, Labels};
use crate::error::{Error, Result};
use crate::manifest::{Audit, FileEntry, LedgerLine, Ranking, Severity};
use crate::pipeline::sql_sha256;
use crate::publish::{AuditRules, Audited, Ending, Outcome, Run, Sealed, SplitRule, WrittenTable};
use crate::runner::{Progress, Runner, Stopwatch};

impl Job {
    /// Audits what was written and makes it current.
    pub(super) async fn publish(
        &self,
        runner: &Runner,
        run: Run,
        written: Vec<WrittenTable>,
        progress: &dyn Progress,
    ) -> Result<Done> {
        let stopwatch = Stopwatch::start();
        let mut warnings = runner.warnings();
        let sealed = self
            .audit_and_seal(runner, run, written, &mut warnings)
            .await?;
        let snapshot = sealed.snapshot().clone();
        let (manifest, verdicts) = (sealed.manifest.clone(), sealed.verdicts.clone());
        let outcome = sealed.commit().await?;
        let n_rows = manifest.files.iter().map(|file| file.rows).sum::<u64>();
        let report = stopwatch.report("auditing", usize::try_from(n_rows).ok());
        progress.finished(&report);
        Ok(match outcome {
            Outcome::Published(commit) => Done::Published(Box::new(Published {
                commit: commit.commit,
                snapshot,
                manifest,
                warnings,
                verdicts,
            })),
            Outcome::AlreadyPublished(commit) => Done::UpToDate {
                commit: commit.commit,
                snapshot,
            },
        })
    }

    /// Every audit of the stored tables, then the seal; further warnings go to `warnings`.
    pub(super) async fn audit_and_seal(
        &self,
        runner: &Runner,
        run: Run,
        written: Vec<WrittenTable>,
        warnings: &mut Vec<String>,
    ) -> Result<Sealed> {
        let n_responses = self.inputs.n_responses(runner.session()).await?;
        let ledger = tables::ledger(runner, n_responses).await?;
        let figures = Figures::read(runner).await?;
        figures.fits.log();
        self.inputs.check_unchanged(&self.storage).await?;
        let mut audited = run.audit(&written, &self.audit_rules()).await?;
        let mut ending = self.ending(&figures.fits, ledger);
        ending.audits = runner.audits();
        ending.audits.push(self.options_in_force()?);
        // Damaged files are refused for what they are, not for what a query makes of them.
        if audited.is_readable() {
            self.audit_by_sql(runner, &run, &mut audited, &mut ending, warnings)
                .await?;
        }
        for finding in &audited.findings {
            let audit = &finding.audit;
            if !audit.passed && audit.severity == Severity::Warn {
                warnings.push(format!("{}: {}", audit.code, audit.observed));
            }
        }
        let card = Card {
            config: &self.config,
            as_of: self.as_of,
            snapshot_id: run.snapshot_id(),
            inputs: &ending.inputs,
            tables: &written,
            features: &self.inputs.features().columns(),
            ledger: &ending.ledger,
            figures: &figures,
        };
        let audits: Vec<&Audit> = audited
            .findings
            .iter()
            .map(|finding| &finding.audit)
            .collect();
        (ending.readme, ending.croissant, ending.report) = (
            card::readme(&card),
            card::croissant(&card)?,
            card::report_html(&card, warnings, &audits),
        );
        run.seal_audited(audited, ending).await
    }

    async fn audit_by_sql(
        &self,
        runner: &Runner,
        run: &Run,
        audited: &mut Audited,
        ending: &mut Ending,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let files: Vec<FileEntry> = audited
            .tables
            .iter()
            .flat_map(|table| table.files.iter().cloned())
            .collect();
        let stored = Stored {
            files: Some((run.snapshot(), &files)),
            features: &self.feature_names(),
        };
        previous::register_stored(runner.session(), &self.engine, &self.storage, stored).await?;
        let findings = audits::run(runner, &self.user_audits).await?;
        audited.findings.extend(findings);
        ending.statistics = audits::statistics(runner).await?;
        let Some(dataset) = self.dataset()? else {
            return Ok(());
        };
        let history = dataset.history(run.parent(), N_SNAPSHOTS_COMPARED).await?;
        warnings.extend(history.warnings);
        let maker = Maker {
            config_sha256: &ending.config_sha256,
            sql_sha256: &ending.sql_sha256,
            binary_version: env!("CARGO_PKG_VERSION"),
        };
        let night = Night {
            maker,
            order: run.order(),
        };
        let limits = &self.config.audits;
        let drift = audits::drift(&ending.statistics, night, &history.manifests, limits);
        audited.findings.push(drift);
        Ok(())
    }

    /// Plans the audits over empty tables; the models must be planned before.
    pub(super) async fn plan_audits(&self, runner: &Runner) -> Result<()> {
        let nothing = Stored {
            files: None,
            features: &self.feature_names(),
        };
        previous::register_stored(runner.session(), &self.engine, &self.storage, nothing).await?;
        audits::plan(runner, &self.user_audits).await?;
        Ok(())
    }

    fn audit_rules(&self) -> AuditRules {
        let training = &self.config.training;
        let (train_end, validation_end) = training.split_bounds();
        let splits = match training.group_by {
            GroupBy::Component => SplitRule::ByComponent,
            GroupBy::Query => SplitRule::ByQuery {
                salt: training.split_salt.clone(),
                train_end: train_end.unsigned_abs(),
                validation_end: validation_end.unsigned_abs(),
            },
        };
        AuditRules {
            splits,
            order_tolerance: self.config.audits.order_tolerance,
            // Only there may candidates of different ranks come to the same label, all of them.
            equal_labels: match training.labels {
                Labels::Probability => Severity::Warn,
                Labels::Quantile | Labels::Rank => Severity::Fail,
            },
        }
    }

    fn ending(&self, fits: &Fits, ledger: Vec<LedgerLine>) -> Ending {
        Ending {
            inputs: self.manifest_inputs(),
            config_sha256: self.config.sha256(),
            sql_sha256: sql_sha256(),
            ranking: Ranking {
                method: self.config.ranking.method.clone(),
                parameters: fits.parameters(),
                tolerance: self.config.ranking.tolerance,
                prior: self.config.ranking.prior_wins().or(fits.prior),
            },
            features: self.feature_names(),
            ledger,
            ..Ending::default()
        }
    }

    /// The choices where the platform's documents are silent, as they were for this run.
    fn options_in_force(&self) -> Result<Audit> {
        let options = self.config.quality.replay_options();
        let observed = serde_json::to_string(&options)
            .map_err(|error| Error::Bug(format!("options are not JSON: {error}")))?;
        Ok(Audit {
            code: "quality.options".to_owned(),
            severity: Severity::Warn,
            passed: true,
            observed,
        })
    }
}
