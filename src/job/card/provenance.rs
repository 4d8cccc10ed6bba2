//! Where a snapshot comes from: its sources, its workers, and how to check it.
//!
//! It names no path and no host of an input: those stand in the manifest.

use std::collections::BTreeMap;

use super::markdown::{count, counted, listed, number, percentage, table};
use super::{Card, loaders};
use crate::config::{ProjectKind, WeightRule};

/// The tables that were read.
pub(super) fn sources(card: &Card<'_>) -> String {
    let mut tables: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for input in card.inputs {
        let (n_files, n_rows) = tables.entry(&input.table).or_default();
        *n_files += 1;
        *n_rows += input.rows;
    }
    let rows: Vec<Vec<String>> = tables
        .iter()
        .map(|(table, (n_files, n_rows))| {
            vec![format!("`{table}`"), count(*n_files), count(*n_rows)]
        })
        .collect();
    let truth = if tables.contains_key("truth") {
        " `truth` is for evaluation only and touches no published row."
    } else {
        ""
    };
    format!(
        "{}\n`manifest.json` names every file with its size and version.{truth}\n",
        table(&["input", "files", "rows"], &rows)
    )
}

/// Who answered, who was banned, and how much each counts.
pub(super) fn workers(card: &Card<'_>) -> String {
    let ids = if card.config.output.publish_worker_ids {
        "Workers are published under their own ids."
    } else {
        "Workers are published under pseudonyms: a keyed hash of their id."
    };
    let banned = super::ledger::banned_answers(card.config.quality.banned_answers);
    let paragraphs = [
        crowd(card),
        weights(card),
        format!("{banned} {ids}\n"),
        bans(card),
    ];
    let said: Vec<String> = paragraphs
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    said.join("\n")
}

fn crowd(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    let skill = match totals.golden_accuracy_median {
        Some(share) => format!(
            "the median worker has {} of the control tasks right",
            percentage(share)
        ),
        None => "nobody answered a control task".to_owned(),
    };
    format!(
        "{} answered, {} of them with answers that count; {} banned at some time, pauses of a pool aside. The skill of {} is known \
         (`skills.source`: {}); {skill}.\n",
        counted(totals.n_workers, "worker", "workers"),
        count(totals.n_voters),
        counted(totals.n_banned, "was", "were"),
        count(totals.n_with_skill),
        listed(&card.config.skills.source.names()),
    )
}

/// What an answer counts. Labels of tasks do not look at these weights.
fn weights(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    let busiest = totals.busiest_share.map(|share| {
        format!(
            "The median worker has {} kept answers; the ten busiest gave {} of all.\n",
            number(totals.n_votes_median, 0),
            percentage(share),
        )
    });
    let busiest = busiest.unwrap_or_default();
    match card.config.project.kind {
        ProjectKind::Classification => busiest,
        ProjectKind::SideBySide => format!(
            "{} Weights lie between {} and {}, the median is {}. {busiest}",
            weight_rule(card),
            number(totals.weight_min, 2),
            number(totals.weight_max, 2),
            number(totals.weight_median, 2),
        ),
    }
}

fn weight_rule(card: &Card<'_>) -> &'static str {
    if card.config.ranking.worker_model().is_some() {
        return "Each answer weighs what a model learned of its worker's reliability.";
    }
    match card.config.skills.weight {
        WeightRule::LogOdds => {
            "Each answer weighs the log odds that its worker is right (at least 0), scaled so that the mean over all answers is 1."
        }
        WeightRule::Linear => "Each answer weighs its worker's skill divided by 100.",
        WeightRule::Equal => "All answers weigh the same.",
        WeightRule::Model => "Each answer weighs what a model learned of its worker's reliability.",
    }
}

fn bans(card: &Card<'_>) -> String {
    let rows: Vec<Vec<String>> = card
        .figures
        .bans
        .iter()
        .map(|line| {
            vec![
                format!("`{}`", line.rule),
                line.source.clone(),
                line.scope.clone(),
                count(line.n_bans),
                count(line.n_workers),
            ]
        })
        .collect();
    table(&["rule", "source", "scope", "bans", "workers"], &rows)
}

/// How to check the bytes and how to find the newest snapshot.
pub(super) fn checks() -> String {
    format!(
        "Every file is listed with its SHA-256. From this folder:\n\n\
         ```sh\nsha256sum --check --quiet SHA256SUMS\n```\n\n\
         `manifest.json` holds the audits that passed before the snapshot became visible, the schema of each table and what became of \
         every row. A published folder never changes. The commit with the highest number names the newest one; resolve it once, then \
         read:\n\n{}",
        loaders::newest()
    )
}
