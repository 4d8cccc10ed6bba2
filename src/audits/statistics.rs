//! The figures of a snapshot that later ones are compared with: counts as they are, shares made of them.
//!
//! What a change of them means is `drift`'s.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Result;
use crate::runner::Runner;

/// The query of the counts.
pub(super) const SQL: &str = include_str!("statistics.sql");

/// A count by its name.
#[derive(Debug, Deserialize)]
struct Counted {
    name: String,
    value: f64,
}

/// The start of the names of counts and of shares of labels.
const LABEL_COUNT: &str = "n_label_";
pub(super) const LABEL_SHARE: &str = "label_share_";

/// A share: its name, its numerator and its denominator.
pub(super) const SHARES: [(&str, &str, &str); 3] = [
    ("ban_rate", "n_banned_workers", "n_workers"),
    ("rejected_share", "n_rejects", "n_input_rows"),
    ("agreement", "n_majority_agreed", "n_majority"),
];

/// The count that a share is of.
pub(super) fn denominator(share: &str) -> Option<&'static str> {
    if share.starts_with(LABEL_SHARE) {
        return Some("n_rows");
    }
    let known = SHARES.iter().find(|(name, _, _)| *name == share);
    known.map(|(_, _, denominator)| *denominator)
}

/// Counts what is stored, and what led to it.
pub(crate) async fn statistics(runner: &Runner) -> Result<BTreeMap<String, f64>> {
    let counted: Vec<Counted> = runner.ask("the statistics", SQL, &[]).await?;
    Ok(with_shares(counted))
}

fn with_shares(counted: Vec<Counted>) -> BTreeMap<String, f64> {
    let mut statistics = BTreeMap::new();
    for Counted { name, value } in counted {
        // One of two queries counts in a project of the other kind: nothing.
        *statistics.entry(name).or_insert(0.0) += value;
    }
    let count = |name: &str| statistics.get(name).copied().unwrap_or(0.0);
    let mut shares = Vec::new();
    for (share, numerator, denominator) in SHARES {
        if count(denominator) > 0.0 {
            shares.push((share.to_owned(), count(numerator) / count(denominator)));
        }
    }
    let n_rows = count("n_rows");
    for (name, n_label) in &statistics {
        if let Some(label) = name.strip_prefix(LABEL_COUNT) {
            shares.push((format!("{LABEL_SHARE}{label}"), n_label / n_rows.max(1.0)));
        }
    }
    statistics.retain(|name, _| !name.starts_with(LABEL_COUNT) && name != "n_majority_agreed");
    statistics.extend(shares);
    statistics
}
