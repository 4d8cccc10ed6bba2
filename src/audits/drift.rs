//! The audit `drift`: volumes, bans, agreement and labels against the snapshots before.
//!
//! It compares with the last seven snapshots of the commit chain: a change is the relative distance to the nearest of
//! them, so that a log that grows by days, and a night that was let through, set the level for the next. Above
//! `audits.drift_warn` (25 %) it warns, above `audits.drift_stop` (60 %) it stops the run. Against false alarms:
//!
//! - Shares (`ban_rate`, `rejected_share`, `agreement`, `label_share_*`) count only where the difference is also
//!   beyond chance: more than three standard errors of the difference of two proportions. One that was 0 warns.
//! - Loss of volume (`n_input_rows`, `n_kept_votes`, `n_queries`, `n_rows`) stops whenever there is a snapshot to
//!   compare with, and so does a share that moves by more than `drift_stop` of the whole; everything else stops only
//!   beside three or more of them, and warns before.
//! - Where the operator asked for it, it only warns: with `--allow-older`, and where the last snapshot was not made by
//!   the same configuration, SQL and binary. So does `--set audits.drift_stop=10`, for a night that is known to be odd.
//!
//! It does not know what the figures are made of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::statistics::{LABEL_SHARE, denominator};
use crate::config::Audits;
use crate::manifest::{Audit, Manifest, Severity};
use crate::publish::{AsOfOrder, Finding};

/// The audit's code.
pub(crate) const DRIFT: &str = "drift";

/// Snapshots that a new one is compared with.
pub(crate) const N_SNAPSHOTS_COMPARED: usize = 7;
/// Snapshots that show what is usual.
const N_SNAPSHOTS_TO_STOP: usize = 3;
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
    /// The nearest of the snapshots before.
    before: f64,
    n_snapshots: usize,
    severity: Severity,
}

/// What the night is, beyond its figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Night<'a> {
    pub(crate) maker: Maker<'a>,
    /// Whether a state before the current one was asked for.
    pub(crate) order: AsOfOrder,
}

/// Compares `now` with the snapshots before, the newest first.
pub(crate) fn drift(
    now: &BTreeMap<String, f64>,
    night: Night<'_>,
    history: &[Manifest],
    limits: &Audits,
) -> Finding {
    let is_asked_for = night.order == AsOfOrder::AllowOlder
        || history
            .first()
            .is_some_and(|last| Maker::of(last) != night.maker);
    let with_figures = history.iter().filter(|past| !past.statistics.is_empty());
    let compared: Vec<&BTreeMap<String, f64>> = with_figures.map(|past| &past.statistics).collect();
    let of_past = compared.iter().flat_map(|past| past.keys());
    let names: BTreeSet<&String> = now.keys().chain(of_past).collect();
    let mut changes = Vec::new();
    for name in names {
        let Some(mut change) = change_of(name, now, &compared, limits) else {
            continue;
        };
        if is_asked_for {
            change.severity = Severity::Warn;
        }
        changes.push(change);
    }
    finding(&changes, compared.len(), is_asked_for)
}

fn change_of(
    name: &str,
    all: &BTreeMap<String, f64>,
    compared: &[&BTreeMap<String, f64>],
    limits: &Audits,
) -> Option<Change> {
    let share_of = denominator(name);
    if share_of.is_none() && !VOLUMES.contains(&name) {
        return None;
    }
    let figures = compared
        .iter()
        .filter_map(|past| Some((*past, figure(past, name)?)));
    let figures: Vec<(&BTreeMap<String, f64>, f64)> = figures.collect();
    let now = figure(all, name);
    let distance = |before: f64| now.map_or(f64::INFINITY, |now| relative_change(now, before));
    let nearest = figures
        .iter()
        .min_by(|(_, left), (_, right)| distance(*left).total_cmp(&distance(*right)));
    let (past, before) = *nearest?;
    let change = |severity| Change {
        name: name.to_owned(),
        now,
        before,
        n_snapshots: figures.len(),
        severity,
    };
    let Some(value) = now else {
        return Some(change(Severity::Warn));
    };
    let relative = relative_change(value, before);
    if relative <= limits.drift_warn {
        return None;
    }
    if let Some(share_of) = share_of {
        let n_of = |figures: &BTreeMap<String, f64>| figures.get(share_of).copied().unwrap_or(0.0);
        if z_of_shares((value, n_of(all)), (before, n_of(past))) <= Z_MIN {
            return None;
        }
    }
    let is_loss_of_volume = share_of.is_none() && value < before;
    let is_sure = is_loss_of_volume || figures.len() >= N_SNAPSHOTS_TO_STOP;
    let is_upheaval = share_of.is_some() && (value - before).abs() > limits.drift_stop;
    let is_fatal = is_upheaval || (relative > limits.drift_stop && relative.is_finite() && is_sure);
    Some(change(if is_fatal {
        Severity::Fail
    } else {
        Severity::Warn
    }))
}

/// A figure of a snapshot; a label that no row has is a share of 0.
fn figure(figures: &BTreeMap<String, f64>, name: &str) -> Option<f64> {
    let absent = name.starts_with(LABEL_SHARE).then_some(0.0);
    figures.get(name).copied().or(absent)
}

fn finding(changes: &[Change], n_snapshots: usize, is_asked_for: bool) -> Finding {
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
            "{} is {now}, the nearest of {} snapshots before {}",
            change.name, change.n_snapshots, change.before
        )
    };
    let mut observed = if changes.is_empty() {
        format!("compared with {n_snapshots} snapshots")
    } else {
        changes.iter().map(sentence).collect::<Vec<_>>().join("; ")
    };
    if n_snapshots > 0 && is_asked_for {
        observed.push_str("; the operator asked for it by another configuration, SQL, binary or --allow-older: only a warning");
    }
    let row = |change: &Change| {
        json!({
            "statistic": change.name,
            "now": change.now,
            "before": change.before,
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
