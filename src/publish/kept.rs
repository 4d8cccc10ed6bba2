//! Keeps the offending rows of audits, and how every audit ended, for a look.
//!
//! It lies beside the snapshots, not in one: what failed is never published.

use bytes::Bytes;

use super::audits::Finding;
use super::layout::VERDICTS;
use crate::error::{Error, Result};
use crate::manifest::to_json;
use crate::refusal::Verdict;
use crate::storage::{Location, Storage};

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
