//! Keeps the offending rows of audits for a look, and words why a snapshot was refused.
//!
//! It lies beside the snapshots, not in one: what failed is never published.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use super::audits::Finding;
use super::layout::VERDICTS;
use crate::error::{Error, Result};
use crate::manifest::{Audit, Severity, to_json};
use crate::storage::{Location, Storage};

/// One audit, and where its offending rows are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What the manifest says.
    #[serde(flatten)]
    pub audit: Audit,
    /// The file of its offending rows, one JSON object per line; null where there are none.
    pub rows_kept_at: Option<String>,
}

impl Verdict {
    /// A verdict without rows.
    pub fn of(audit: Audit) -> Self {
        Self {
            audit,
            rows_kept_at: None,
        }
    }

    fn is_fatal(&self) -> bool {
        !self.audit.passed && self.audit.severity == Severity::Fail
    }
}

/// Why a snapshot was refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Every audit that ran.
    pub verdicts: Vec<Verdict>,
    /// The sentence for the operator.
    problem: String,
}

impl Refusal {
    /// The refusal by failed audits; `None` where there are none.
    pub(super) fn of(verdicts: &[Verdict]) -> Option<Self> {
        let mut failed = verdicts.iter().filter(|verdict| verdict.is_fatal());
        let first = failed.next()?;
        let more: Vec<&str> = failed.map(|verdict| verdict.audit.code.as_str()).collect();
        let others = if more.is_empty() {
            String::new()
        } else {
            format!("; {} more audits failed: {}", more.len(), more.join(", "))
        };
        let place = first.rows_kept_at.as_ref();
        let place = place.map_or_else(String::new, |path| format!("; look at {path}"));
        let problem = format!(
            "{} failed: {}{others}; nothing was published{place}",
            first.audit.code, first.audit.observed
        );
        Some(Self {
            verdicts: verdicts.to_vec(),
            problem,
        })
    }

    /// The refusal by a check that stopped the run before anything was written.
    pub(crate) fn by_check(audits: Vec<Audit>, problem: String) -> Self {
        Self {
            verdicts: audits.into_iter().map(Verdict::of).collect(),
            problem,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.problem)
    }
}

/// Writes `<code>.ndjson` for each audit that did not pass, and all verdicts; nothing where all passed.
pub(super) async fn keep_rows(
    storage: &Storage,
    folder: &Location,
    findings: &[Finding],
) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::with_capacity(findings.len());
    for finding in findings {
        let is_kept = !finding.audit.passed && !finding.rows.is_empty();
        let rows_kept_at = if is_kept {
            let location = folder.join(&format!("{}.ndjson", finding.audit.code));
            storage.put(&location, lines(finding)?).await?;
            Some(location.to_string())
        } else {
            None
        };
        verdicts.push(Verdict {
            audit: finding.audit.clone(),
            rows_kept_at,
        });
    }
    if verdicts.iter().any(|verdict| !verdict.audit.passed) {
        keep_verdicts(storage, folder, &verdicts).await?;
    }
    Ok(verdicts)
}

/// Writes all verdicts.
pub(super) async fn keep_verdicts(
    storage: &Storage,
    folder: &Location,
    verdicts: &[Verdict],
) -> Result<()> {
    let location = folder.join(VERDICTS);
    storage.put(&location, to_json(&verdicts)?).await
}

fn lines(finding: &Finding) -> Result<Bytes> {
    let mut bytes = Vec::new();
    for row in &finding.rows {
        serde_json::to_writer(&mut bytes, row)
            .map_err(|error| Error::Bug(format!("a row is not JSON: {error}")))?;
        bytes.push(b'\n');
    }
    Ok(Bytes::from(bytes))
}
