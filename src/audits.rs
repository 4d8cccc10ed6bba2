//! Audits of the stored snapshot that need more than its files: SQL over `published.*`, `previous.*` and the stages.
//!
//! Laws of single queries are `publish`'s; what keeps offending rows, and what stops the run, too.

mod drift;
mod statistics;
mod user;

use serde_json::{Value, json};

use crate::checks::{self, Check, Severity};
use crate::error::{Error, Result};
use crate::manifest::{Audit, Severity as AuditSeverity};
use crate::publish::{Finding, ROWS_KEPT_MAX};
use crate::runner::Runner;

pub(crate) use drift::{DRIFT, Maker, N_SNAPSHOTS_COMPARED, Night, drift};
pub(crate) use statistics::statistics;
pub(crate) use user::UserAudits;

/// Embeds an audit: `sql/8_audits/<code>.sql`.
macro_rules! audit {
    ($code:literal) => {
        SqlAudit {
            code: $code,
            text: include_str!(concat!("../sql/8_audits/", $code, ".sql")),
        }
    };
}

/// One file of `sql/8_audits`.
#[derive(Debug)]
pub(crate) struct SqlAudit {
    pub(crate) code: &'static str,
    text: &'static str,
}

/// Every audit in SQL, in the order of the manifest.
pub(crate) const AUDITS: &[SqlAudit] = &[
    audit!("keys"),
    audit!("foreign_keys"),
    audit!("vocabularies"),
    audit!("disjoint_splits"),
    audit!("golden_absent"),
    audit!("ledger_adds_up"),
    audit!("pseudonyms"),
    audit!("item_overlap"),
];

/// 0.7 % of 1,000 rows are 7, whatever binary fractions say.
const ROUNDING: f64 = 1e-6;

/// Offences shown in the sentence of an audit.
const ROWS_SHOWN: usize = 3;

/// The queries of one audit, ours or the operator's.
#[derive(Debug, Clone)]
struct Queries {
    code: String,
    checks: Vec<Check>,
    /// The operator's file.
    file: Option<String>,
}

/// The code of every audit beyond those of stored files.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    AUDITS.iter().map(|audit| audit.code).chain([DRIFT])
}

/// Runs our audits and the operator's, over tables that `runner` already knows.
///
/// # Errors
/// [`Error::Usage`] for an audit of the operator that is no query; what offends is a finding.
pub(crate) async fn run(runner: &Runner, users: &UserAudits) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for queries in all(users)? {
        findings.push(queries.run(runner).await?);
    }
    Ok(findings)
}

/// Plans every audit and runs none.
pub(crate) async fn plan(runner: &Runner, users: &UserAudits) -> Result<usize> {
    let all = all(users)?;
    for queries in &all {
        for check in &queries.checks {
            let count_allowed = check
                .allowed
                .iter()
                .map(|allowed| count_of_table(&allowed.table));
            for sql in std::iter::once(count_of(check)).chain(count_allowed) {
                queries.frame(runner, check, &sql).await?;
            }
        }
    }
    Ok(all.len())
}

fn all(users: &UserAudits) -> Result<Vec<Queries>> {
    let mut all = Vec::new();
    for audit in AUDITS {
        all.push(Queries {
            code: audit.code.to_owned(),
            checks: checks::parse(audit.text, audit.code)?,
            file: None,
        });
    }
    all.extend(users.queries.iter().cloned());
    Ok(all)
}

/// Names and texts of our audits and of the figures that `drift` compares: part of what makes two runs the same.
pub(crate) fn texts() -> impl Iterator<Item = &'static str> {
    let audits = AUDITS.iter().flat_map(|audit| [audit.code, audit.text]);
    audits.chain([statistics::SQL])
}

impl Queries {
    async fn run(&self, runner: &Runner) -> Result<Finding> {
        let mut rows = Vec::new();
        let mut severity = None;
        let (mut offences, mut figures) = (Vec::new(), Vec::new());
        for check in &self.checks {
            let found = self.rows(runner, check).await?;
            if check.severity == Severity::Note {
                figures.extend(found.iter().map(cells));
                continue;
            }
            let n_found = found.len() as u64;
            let n_offences = if found.len() < ROWS_KEPT_MAX {
                n_found
            } else {
                self.count(runner, check, &count_of(check)).await?
            };
            let n_allowed = self.n_allowed(runner, check).await?;
            if n_offences as f64 <= n_allowed + ROUNDING {
                continue;
            }
            let is_fatal = check.severity == Severity::Fail;
            if severity != Some(AuditSeverity::Fail) {
                severity = Some(if is_fatal {
                    AuditSeverity::Fail
                } else {
                    AuditSeverity::Warn
                });
            }
            offences.push(format!(
                "{} ({n_offences} rows{})",
                check.sentence,
                self.shown(&found)
            ));
            let more = found
                .into_iter()
                .map(|row| json!({"audit": check.sentence, "row": row}));
            rows.extend(more.take(ROWS_KEPT_MAX - rows.len()));
        }
        let can_fail = self
            .checks
            .iter()
            .any(|check| check.severity == Severity::Fail);
        let unless = if can_fail {
            AuditSeverity::Fail
        } else {
            AuditSeverity::Warn
        };
        let passed = offences.is_empty();
        Ok(Finding {
            audit: Audit {
                code: self.code.clone(),
                severity: severity.unwrap_or(unless),
                passed,
                observed: match (passed, figures.is_empty()) {
                    (false, _) => offences.join("; "),
                    (true, false) => figures.join("; "),
                    (true, true) => "no offending row".to_owned(),
                },
            },
            rows,
        })
    }

    /// The first offending rows, in the order of the query: around a subquery the engine forgets it.
    async fn rows(&self, runner: &Runner, check: &Check) -> Result<Vec<Value>> {
        let frame = self.frame(runner, check, &check.sql).await?;
        let limited = frame.limit(0, Some(ROWS_KEPT_MAX));
        let limited = limited.map_err(|error| self.failed(error))?;
        let rows = limited.collect().await;
        let rows = rows.map_err(|error| self.failed(error))?;
        crate::runner::typed(&self.name(), &rows)
    }

    async fn count(&self, runner: &Runner, check: &Check, sql: &str) -> Result<u64> {
        let frame = self.frame(runner, check, sql).await?;
        let rows = frame.collect().await.map_err(|error| self.failed(error))?;
        let counts: Vec<Value> = crate::runner::typed(&self.name(), &rows)?;
        Ok(counts
            .first()
            .and_then(|row| row["n"].as_u64())
            .unwrap_or(0))
    }

    async fn n_allowed(&self, runner: &Runner, check: &Check) -> Result<f64> {
        let Some(allowed) = &check.allowed else {
            return Ok(0.0);
        };
        let sql = count_of_table(&allowed.table);
        let n_rows = self.count(runner, check, &sql).await?;
        Ok(n_rows as f64 * allowed.share)
    }

    async fn frame(
        &self,
        runner: &Runner,
        check: &Check,
        sql: &str,
    ) -> Result<datafusion::dataframe::DataFrame> {
        let planned = runner.frame(&self.name(), sql, &[]).await;
        let Some(file) = &self.file else {
            return planned;
        };
        planned.map_err(|error| {
            let problem = match &error {
                Error::Step { source, .. } => source.to_string(),
                other => other.to_string(),
            };
            Error::Usage(format!("{file}:{}: {problem}", check.line))
        })
    }

    /// The first rows in words. Those of the operator's audits stand in the kept file alone: a manifest is published, and
    /// nobody knows what they select.
    fn shown(&self, rows: &[Value]) -> String {
        if self.file.is_some() {
            return String::new();
        }
        let shown: Vec<String> = rows.iter().take(ROWS_SHOWN).map(cells).collect();
        format!(": {}", shown.join("; "))
    }

    fn failed(&self, error: datafusion::error::DataFusionError) -> Error {
        let error = crate::runner::step_error(&self.name(), error);
        match (&error, &self.file) {
            // What a query of the operator cannot compute is neither our bug nor damage of an input.
            (Error::Bug(_) | Error::Corrupt { .. } | Error::Step { .. }, Some(file)) => {
                Error::Usage(format!("{file}: {error}"))
            }
            _ => error,
        }
    }

    fn name(&self) -> String {
        self.file
            .clone()
            .unwrap_or_else(|| format!("the audit {}", self.code))
    }
}

/// A query may end with a comment, and nothing but a query fits in here.
fn count_of(check: &Check) -> String {
    format!("select count(*) as n from (\n{}\n)", check.sql)
}

fn count_of_table(table: &str) -> String {
    format!("select count(*) as n from {table}")
}

/// A row as `name value, name value`.
fn cells(row: &Value) -> String {
    let Some(cells) = row.as_object() else {
        return row.to_string();
    };
    let texts = cells.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    texts.collect::<Vec<_>>().join(", ")
}
