//! How every audit ended, and why a snapshot was refused.
//!
//! It audits nothing.

use std::fmt;

use serde::Serialize;

use crate::manifest::{Audit, Severity};

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
    pub(crate) fn of(verdicts: &[Verdict]) -> Option<Self> {
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
