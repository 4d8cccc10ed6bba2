//! The story of a pair as text and as numbers for JSON.
//!
//! It computes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Answer, Score, Story};
use crate::ranking::{PairEstimate, PairStory};

/// What the votes say, `first` against `second`.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    status: &'static str,
    all: Option<Estimate>,
    direct: Direct,
    indirect: Option<Estimate>,
    is_linked_by_others: bool,
    conflict: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Estimate {
    first_score: f64,
    second_score: f64,
    difference: f64,
    difference_se: f64,
    win_probability: f64,
}

#[derive(Debug, Serialize)]
struct Direct {
    n_first_won: usize,
    n_second_won: usize,
    n_ties: usize,
    n_workers: usize,
    first_weight: f64,
    second_weight: f64,
    difference: Option<f64>,
    difference_se: Option<f64>,
}

impl Evidence {
    pub(super) fn new(story: &PairStory) -> Self {
        let direct = &story.direct;
        Self {
            status: story.status.as_str(),
            all: story.all.as_ref().map(Estimate::new),
            direct: Direct {
                n_first_won: direct.n_left_won,
                n_second_won: direct.n_right_won,
                n_ties: direct.n_ties,
                n_workers: direct.n_workers,
                first_weight: direct.left_weight,
                second_weight: direct.right_weight,
                difference: direct.difference,
                difference_se: direct.difference_error,
            },
            indirect: story.indirect.as_ref().map(Estimate::new),
            is_linked_by_others: story.is_linked,
            conflict: story.conflict,
        }
    }
}

impl Estimate {
    fn new(estimate: &PairEstimate) -> Self {
        Self {
            first_score: estimate.left_score,
            second_score: estimate.right_score,
            difference: estimate.difference,
            difference_se: estimate.difference_error,
            win_probability: estimate.win_probability,
        }
    }
}

/// The lines of the story.
pub(super) fn lines(story: &Story) -> Vec<String> {
    let mut lines = vec![
        format!(
            "query {}: A = {} against B = {}",
            story.query_id, story.first_item_id, story.second_item_id
        ),
        format!("as of {}", story.as_of),
        String::new(),
    ];
    lines.extend(answers(story));
    lines.push(String::new());
    lines.extend(scores(story));
    lines.push(String::new());
    match &story.evidence {
        Some(evidence) => lines.extend(arithmetic(evidence, story)),
        None => lines.push("no vote is left that tells of both".to_owned()),
    }
    lines
}

fn answers(story: &Story) -> Vec<String> {
    let n_kept = story.answers.iter().filter(|answer| answer.is_kept).count();
    let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in &story.answers {
        if let Some(reason) = &answer.drop_reason {
            *dropped.entry(reason).or_default() += 1;
        }
    }
    let reasons: Vec<String> = dropped
        .iter()
        .map(|(reason, n)| format!("{reason} {n}"))
        .collect();
    let lost = if reasons.is_empty() {
        String::new()
    } else {
        format!("; dropped: {}", reasons.join(", "))
    };
    let mut lines = vec![format!(
        "answers about the two: {}, {n_kept} kept{lost}",
        story.answers.len()
    )];
    lines.extend(
        story
            .answers
            .iter()
            .map(|answer| format!("    {}", answer_line(answer, story))),
    );
    lines
}

fn answer_line(answer: &Answer, story: &Story) -> String {
    let letter = |item: &str| {
        if item == story.first_item_id {
            "A"
        } else {
            "B"
        }
    };
    let said = match (&answer.chosen_item_id, &answer.answer) {
        (Some(item), _) => letter(item).to_owned(),
        (None, Some(answer)) => answer.clone(),
        (None, None) => "none".to_owned(),
    };
    let weight = match &answer.drop_reason {
        Some(reason) => format!("does not count: {reason}"),
        None => format!("weight {}", number(answer.weight)),
    };
    format!(
        "{}  worker {:<12} skill {:>6}  shown {} | {}  said {:<5} {weight}",
        answer.submitted_at.as_deref().unwrap_or("never handed in"),
        answer.worker_id,
        number(answer.skill),
        letter(&answer.left_item_id),
        letter(&answer.right_item_id),
        said,
    )
}

fn scores(story: &Story) -> Vec<String> {
    let mut lines = vec![format!(
        "all candidates by {} ({})",
        story.method, story.fit_options
    )];
    for score in &story.scores {
        lines.push(format!("    {}", score_line(score, story)));
    }
    lines
}

fn score_line(score: &Score, story: &Story) -> String {
    let mark = match score.item_id.as_str() {
        id if id == story.first_item_id => "A ",
        id if id == story.second_item_id => "B ",
        _ => "  ",
    };
    let whole = |rank: Option<i64>| rank.map_or_else(|| "?".to_owned(), |rank| rank.to_string());
    format!(
        "{mark}rank {:>3} ({}..{})  score {:>8} ± {:<7} {} answers of {} workers  {}{}",
        whole(score.rank),
        whole(score.rank_lo),
        whole(score.rank_hi),
        number(score.score),
        number(score.score_se),
        score.n_comparisons,
        score.n_workers,
        score.item_id,
        if score.status == "ok" {
            String::new()
        } else {
            format!("  ({})", score.status.replace('_', " "))
        }
    )
}

fn arithmetic(evidence: &Evidence, story: &Story) -> Vec<String> {
    let mut lines =
        vec!["the arithmetic (Bradley-Terry; differences are log odds that A wins)".to_owned()];
    if let Some(all) = &evidence.all {
        lines.push(format!(
            "    all votes        {:.4} - {:.4} = {:.4} ± {:.4}; A wins with probability {:.1} %",
            all.first_score,
            all.second_score,
            all.difference,
            all.difference_se,
            100.0 * all.win_probability
        ));
    }
    let direct = &evidence.direct;
    lines.push(format!(
        "    these votes      A {} B {} ties {}, by weight {:.3} to {:.3}{}",
        direct.n_first_won,
        direct.n_second_won,
        direct.n_ties,
        direct.first_weight,
        direct.second_weight,
        difference(direct.difference, direct.difference_se)
    ));
    match (&evidence.indirect, evidence.is_linked_by_others) {
        (Some(indirect), true) => lines.push(format!(
            "    all other votes  {}",
            difference(Some(indirect.difference), Some(indirect.difference_se))
                .trim_start_matches(": ")
        )),
        _ => lines.push("    all other votes  do not link the two; only the prior does".to_owned()),
    }
    if let Some(conflict) = evidence.conflict {
        let verdict = if conflict.abs() > 2.0 {
            "they contradict each other"
        } else {
            "they agree as well as chance allows"
        };
        lines.push(format!(
            "    direct against indirect: {conflict:.2} standard errors apart; {verdict}"
        ));
    }
    if story.method != "bradley_terry" {
        lines.push(format!(
            "    the scores above are those of {}, not of this model",
            story.method
        ));
    }
    lines
}

fn difference(value: Option<f64>, error: Option<f64>) -> String {
    match (value, error) {
        (Some(value), Some(error)) => format!(": {value:.4} ± {error:.4}"),
        _ => String::new(),
    }
}

/// Four decimals, or a dash.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}
