//! The audit `drift`: volumes, bans, agreement and labels against the snapshots before.
//!
//! It compares with the median of the last seven snapshots of the commit chain, those made by the same
//! configuration, SQL and binary where there are any. A relative change above `audits.drift_warn` (25 %) warns,
//! above `audits.drift_stop` (60 %) stops the run. Against false alarms:
//!
//! - Shares (`ban_rate`, `rejected_share`, `agreement`, `label_share_*`) count only where the difference is also
//!   beyond chance: more than three standard errors of the difference of two proportions.
//! - Loss of volume (`n_input_rows`, `n_kept_votes`, `n_queries`, `n_rows`) stops whenever there is a snapshot to
//!   compare with; growth stops only beside three or more of them, and warns before.
//! - Where the operator changed something since (no snapshot was made by the same configuration, SQL and binary), it
//!   only warns. So does `--set audits.drift_stop=10`, which is a change, for a night that is known to be odd.
//!
//! It does not know what the figures are made of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::statistics::{LABEL_SHARE, denominator};
use crate::config::Audits;
use crate::manifest::{Audit, Manifest, Severity};
use crate::publish::Finding;

/// The audit's code.
pub(crate) const DRIFT: &str = "drift";

/// Snapshots that a new one is compared with.
pub(crate) const N_SNAPSHOTS_COMPARED: usize = 7;
/// Snapshots that show what growth is usual.
const N_SNAPSHOTS_FOR_GROWTH: usize = 3;
/// Standard errors that are beyond chance.
const Z_MIN: f64 = 3.0;

/// Counts whose change means something by itself.
const VOLUMES: [&str; 4] = ["n_input_rows", "n_kept_votes", "n_queries", "n_rows"];

/// What made a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Maker<'a> {
    pub(crate) config_sha256: &'a str,
    pub(crate) sql_sha256: &'a str,
    pub(crate) binary_version: &'a str,
}

impl<'a> Maker<'a> {
    fn of(manifest: &'a Manifest) -> Self {
        Self {
            config_sha256: &manifest.config_sha256,
            sql_sha256: &manifest.sql_sha256,
            binary_version: &manifest.binary_version,
        }
    }
}

/// A figure that changed.
struct Change {
    name: String,
    /// None where there is no such figure any more.
    now: Option<f64>,
    median: f64,
    n_snapshots: usize,
    severity: Severity,
}

/// Compares `now` with the snapshots before, the newest first.
pub(crate) fn drift(
    now: &BTreeMap<String, f64>,
    maker: Maker<'_>,
    history: &[Manifest],
    limits: &Audits,
) -> Finding {
    let with_figures = history.iter().filter(|past| !past.statistics.is_empty());
    let (same, other): (Vec<&Manifest>, Vec<&Manifest>) =
        with_figures.partition(|past| Maker::of(past) == maker);
    let is_same = !same.is_empty();
    let compared = if is_same { same } else { other };
    let of_past = compared.iter().flat_map(|past| past.statistics.keys());
    let names: BTreeSet<&String> = now.keys().chain(of_past).collect();
    let mut changes = Vec::new();
    for name in names {
        let Some(mut change) = change_of(name, now, &compared, limits) else {
            continue;
        };
        if !is_same {
            change.severity = Severity::Warn;
        }
        changes.push(change);
    }
    finding(&changes, compared.len(), is_same)
}

fn change_of(
    name: &str,
    all: &BTreeMap<String, f64>,
    compared: &[&Manifest],
    limits: &Audits,
) -> Option<Change> {
    let share_of = denominator(name);
    if share_of.is_none() && !VOLUMES.contains(&name) {
        return None;
    }
    // No row has the label: its share is 0, then as now.
    let figure = |figures: &BTreeMap<String, f64>, name: &str| {
        let absent = name.starts_with(LABEL_SHARE).then_some(0.0);
        figures.get(name).copied().or(absent)
    };
    let median_of = |name: &str| {
        let past = compared.iter();
        median(past.filter_map(|past| figure(&past.statistics, name)))
    };
    let (median, n_snapshots) = median_of(name)?;
    let Some(now) = figure(all, name) else {
        return Some(Change {
            name: name.to_owned(),
            now: None,
            median,
            n_snapshots,
            severity: Severity::Warn,
        });
    };
    let relative = relative_change(now, median);
    if relative <= limits.drift_warn {
        return None;
    }
    if let Some(share_of) = share_of {
        let n_now = all.get(share_of).copied().unwrap_or(0.0);
        let (n_before, _) = median_of(share_of)?;
        if z_of_shares((now, n_now), (median, n_before)) <= Z_MIN {
            return None;
        }
    }
    let is_usual_growth =
        share_of.is_none() && now > median && n_snapshots < N_SNAPSHOTS_FOR_GROWTH;
    let is_fatal = relative > limits.drift_stop && !is_usual_growth;
    Some(Change {
        name: name.to_owned(),
        now: Some(now),
        median,
        n_snapshots,
        severity: if is_fatal {
            Severity::Fail
        } else {
            Severity::Warn
        },
    })
}

fn finding(changes: &[Change], n_snapshots: usize, is_same: bool) -> Finding {
    let severity = if changes
        .iter()
        .any(|change| change.severity == Severity::Fail)
        || changes.is_empty()
    {
        Severity::Fail
    } else {
        Severity::Warn
    };
    let sentence = |change: &Change| {
        let now = change.now.map_or("gone".to_owned(), |now| now.to_string());
        format!(
            "{} is {now}, the median of {} snapshots {}",
            change.name, change.n_snapshots, change.median
        )
    };
    let mut observed = if changes.is_empty() {
        format!("compared with {n_snapshots} snapshots")
    } else {
        changes.iter().map(sentence).collect::<Vec<_>>().join("; ")
    };
    if n_snapshots > 0 && !is_same {
        observed.push_str("; configuration, SQL or binary changed since, so this only warns");
    }
    let row = |change: &Change| {
        json!({
            "statistic": change.name,
            "now": change.now,
            "median": change.median,
            "n_snapshots": change.n_snapshots,
            "severity": change.severity,
        })
    };
    Finding {
        audit: Audit {
            code: DRIFT.to_owned(),
            severity,
            passed: changes.is_empty(),
            observed,
        },
        rows: changes.iter().map(row).collect(),
    }
}

/// The median, and of how many.
fn median(values: impl Iterator<Item = f64>) -> Option<(f64, usize)> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some((f64::midpoint(lower, upper), values.len()))
}

fn relative_change(now: f64, before: f64) -> f64 {
    let difference = (now - before).abs();
    // Where nothing was before, anything is infinitely more; nothing again is no change.
    if difference > 0.0 {
        difference / before.abs()
    } else {
        0.0
    }
}

/// The difference of two shares over its standard error: each is a share and what it is of.
fn z_of_shares((first, n_first): (f64, f64), (second, n_second): (f64, f64)) -> f64 {
    if n_first <= 0.0 || n_second <= 0.0 {
        return 0.0;
    }
    let pooled = (first * n_first + second * n_second) / (n_first + n_second);
    let error = (pooled * (1.0 - pooled) * (n_first.recip() + n_second.recip())).sqrt();
    if error > 0.0 {
        (first - second).abs() / error
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests;
