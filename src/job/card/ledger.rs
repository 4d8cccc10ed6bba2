//! What became of every answer: each reason to drop one, in a sentence.
//!
//! It decides about no answer; `sql/2_quality` does.

use super::markdown::{count, share, table};
use crate::config::BannedAnswers;
use crate::manifest::LedgerLine;

/// Reasons in the order of the data model.
const REASONS: [(&str, &str); 16] = [
    (
        "not_submitted",
        "The page was not handed in: skipped, expired or still open.",
    ),
    ("rejected", "A reviewer rejected the page."),
    (
        "training",
        "The task was a training task: it teaches and makes no label.",
    ),
    (
        "golden",
        "The task was a control task: it measures the worker and makes no label.",
    ),
    ("no_answer", "The worker left the task without an answer."),
    (
        "error_answer",
        "The worker said that the task could not be judged, such as a broken picture.",
    ),
    (
        "unknown_answer",
        "The answer is none of those that can be given.",
    ),
    ("self_comparison", "Both sides showed the same candidate."),
    (
        "blocked_by_ban",
        "It was given while a ban of the worker was in force.",
    ),
    (
        "before_ban",
        "It was given before a ban, by the worker who was then banned.",
    ),
    (
        "not_admitted",
        "The worker had not passed the exam or the training that the pool asks for.",
    ),
    (
        "skill_below_minimum",
        "The worker's skill lies below the configured minimum.",
    ),
    (
        "after_as_of",
        "It was given after the moment that the snapshot stands for.",
    ),
    (
        "duplicate",
        "It repeats another row of the same page and task.",
    ),
    (
        "over_worker_cap",
        "The worker has more than the configured share of all answers.",
    ),
    (
        "no_effective_pairs",
        "Nothing is decided between the candidates of its query.",
    ),
];

/// The sentence of a reason.
pub(super) fn reason_meaning(reason: &str) -> &'static str {
    let known = REASONS.iter().find(|(name, _)| *name == reason);
    known.map_or("", |(_, meaning)| meaning)
}

/// A table of every reason that dropped a row, with its share of the input.
pub(super) fn dropped(ledger: &[LedgerLine]) -> String {
    let rows_in = ledger.first().map_or(0, |line| line.rows_in);
    let rows_out = ledger.last().map_or(0, |line| line.rows_out);
    let mut rows = Vec::new();
    for line in ledger {
        for (reason, n_rows) in &line.dropped {
            rows.push(vec![
                line.stage.clone(),
                format!("`{reason}`"),
                count(*n_rows),
                share(*n_rows, rows_in),
                reason_meaning(reason).to_owned(),
            ]);
        }
    }
    let mut row = |what: &str, n_rows: u64, meaning: &str| {
        rows.push(vec![
            String::new(),
            what.to_owned(),
            count(n_rows),
            share(n_rows, rows_in),
            meaning.to_owned(),
        ]);
    };
    row(
        "**kept**",
        rows_out,
        "It stands behind the published tables.",
    );
    row(
        "**input**",
        rows_in,
        "Kept and dropped add up to it exactly.",
    );
    table(&["stage", "reason", "answers", "share", "meaning"], &rows)
}

/// What a ban does to answers that were given outside it.
pub(super) fn banned_answers(rule: BannedAnswers) -> &'static str {
    match rule {
        BannedAnswers::DropBeforeBan => {
            "A ban from a project removes what the worker answered there before it and during it; answers after its end count again."
        }
        BannedAnswers::ActiveAtAsOf => {
            "Of workers whose ban is in force at the snapshot's moment, all answers are removed."
        }
        BannedAnswers::Keep => "Only answers given during a ban are removed.",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_reason_has_a_sentence_and_shares_add_up_to_the_input() {
        for (reason, meaning) in REASONS {
            assert!(meaning.ends_with('.') && !meaning.contains('|'), "{reason}");
        }
        let line = LedgerLine {
            stage: "quality".to_owned(),
            rows_in: 8,
            rows_out: 6,
            dropped: BTreeMap::from([("golden".to_owned(), 2)]),
        };
        let text = dropped(&[line]);
        assert!(text.contains("| quality | `golden` | 2 | 25.0 % | The task was a control task"));
        assert!(text.contains("| **kept** | 6 | 75.0 % |"), "{text}");
        assert!(text.contains("| **input** | 8 | 100.0 % |"), "{text}");
    }

    #[test]
    fn every_reason_that_a_model_gives_has_a_sentence() {
        let judged = include_str!("../../../sql/2_quality/judged.sql");
        let (_, listed) = judged.split_once("first_reason(").unwrap();
        let (listed, _) = listed.split_once(") as drop_reason").unwrap();
        let lines = listed
            .lines()
            .filter_map(|line| line.trim().strip_prefix('\''));
        let mut given: Vec<&str> = lines.filter_map(|line| line.split('\'').next()).collect();
        given.extend(["over_worker_cap", "no_effective_pairs"]);
        assert_eq!(given.len(), REASONS.len());
        for reason in given {
            assert!(!reason_meaning(reason).is_empty(), "{reason}");
        }
    }
}
