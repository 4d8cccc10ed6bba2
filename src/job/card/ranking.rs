//! The card of ranked candidates: what the scores, labels, weights and splits are, and what may be wrong with them.
//!
//! What rankings and classifications share is said elsewhere.

use super::Card;
use super::figures::LabelMix;
use super::markdown::{count, counted, number, percentage, share, table};
use crate::config::{Errors, GroupBy, Labels};
use crate::publish::SPLITS;
use crate::ranking::method;

/// What the dataset is, in a paragraph.
pub(super) fn introduction(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    let sizes = match (totals.n_items_min, totals.n_items_max) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most} candidates each"),
        (_, Some(most)) => counted(most, "candidate each", "candidates each"),
        _ => "no candidates".to_owned(),
    };
    format!(
        "Workers saw an initial product (the *query*) with two candidates and said which goes better with it. From {} of {} \
         comes a ranking of the candidates of {} ({} rows, {sizes}), with labels for training.\n",
        counted(totals.n_votes, "answer", "answers"),
        counted(totals.n_voters, "worker", "workers"),
        counted(totals.n_queries, "query", "queries"),
        count(totals.n_items),
    )
}

/// How answers became scores.
pub(super) fn scores(card: &Card<'_>) -> String {
    let ranking = &card.config.ranking;
    let fits = &card.figures.fits;
    let summary = method(ranking.fit_method()).map_or("", |method| method.summary());
    let workers = match ranking.worker_model() {
        Some(model) => format!(" Answers are weighted by the worker model `{model}`."),
        None => String::new(),
    };
    let errors = match ranking.errors {
        Errors::Curvature => "take every answer as independent",
        Errors::ByWorker => "let answers of one worker depend on each other",
    };
    format!(
        "Method `{}`: {}.{workers} {} Intervals are 95 % normal ones and {errors}. Scores are comparable within a query only. {} of {} \
         rankings did not converge; in {} some candidate won or lost all its comparisons, so that only the prior keeps its score \
         finite.\n",
        ranking.fit_method(),
        summary.trim_end_matches(" (default)"),
        prior(card),
        fits.n_not_converged,
        count(card.figures.totals.n_queries),
        fits.n_not_strongly_connected,
    )
}

fn prior(card: &Card<'_>) -> String {
    let ranking = &card.config.ranking;
    let each = "imaginary wins and losses of each candidate against an average one";
    match card.figures.fits.prior {
        Some(wins) if ranking.is_prior_found() => {
            format!("Prior: {wins} {each}, the weight under which held-out answers are likeliest.")
        }
        _ if ranking.prior_l2.is_some() => format!("Prior: {}.", ranking.prior_in_words()),
        _ => format!("Prior: {} {each}.", ranking.prior_in_words()),
    }
}

/// How scores became labels, and how many there are of each.
pub(super) fn labels(card: &Card<'_>) -> String {
    let labels = &card.config.training.labels;
    let formula = match labels {
        Labels::Quantile => {
            "`label = floor(4 · (b + (e − 1) / 2) / (n − 1) + 1/2)`, where b of the n candidates of a query score lower and e score \
             the same, the candidate itself among them"
        }
        Labels::Rank => "`label = max(0, 5 − rank)`",
        Labels::Probability => {
            "`label = floor(4 · p + 1/2)`, where p is the mean probability to be preferred to another candidate of the query"
        }
    };
    format!(
        "Labels are relative to their query (`training.labels = \"{}\"`): {formula}. A 4 is the best of its query, not a good \
         product.\n\n{}\n**Do not sort the rows of a query by label, score or rank.** LightGBM and XGBoost break ties in file order: \
         a model that gives every row the same score would reach NDCG 1.0. Here the rows stand in an order by hash that tells \
         nothing of the label.\n",
        labels.name(),
        label_mix(card),
    )
}

fn label_mix(card: &Card<'_>) -> String {
    let empty = LabelMix::default();
    let rows: Vec<Vec<String>> = SPLITS
        .iter()
        .map(|split| {
            let mix = card.figures.label_mix.get(*split).unwrap_or(&empty);
            let mut cells = vec![(*split).to_owned(), count(mix.n_queries), count(mix.n_rows)];
            cells.extend(
                mix.n_by_label
                    .iter()
                    .map(|n_rows| share(*n_rows, mix.n_rows)),
            );
            cells
        })
        .collect();
    let headings = [
        "split", "queries", "rows", "label 0", "label 1", "label 2", "label 3", "label 4",
    ];
    table(&headings, &rows)
}

/// What the weights of rows, queries and pairs stand for.
pub(super) fn weights() -> &'static str {
    "- `weight` of a row is 1 / (1 + squared standard error of its score): what is uncertain counts less.\n\
     - `group_weight` is the mean of a query's weights, the same on all its rows: for readers that take one weight for each query.\n\
     - `weight` of a pair is the sum of the weights of the workers who compared the two; `prob` is what the scores say.\n"
}

/// The rule that deals queries to splits.
pub(super) fn splits(card: &Card<'_>) -> String {
    let training = &card.config.training;
    let (train_end, validation_end) = training.split_bounds();
    let [train, validation, test] = training.split_shares.map(percentage);
    let unit = match training.group_by {
        GroupBy::Query => {
            "A query is dealt by its id alone, so that it never changes its split as data grows."
        }
        GroupBy::Component => {
            "Queries that share a candidate, directly or over others, are dealt together, by the id of the oldest of them."
        }
    };
    format!(
        "{unit} `bucket = u64_be(sha256(salt ‖ 0x00 ‖ id)[0..8]) mod 10000` with the salt {}: below {train_end} train \
         ({train}), below {validation_end} validation ({validation}), the rest test ({test}). Rows of a query stand together, in the \
         order of `qid`, and never cross a file or a row group.\n",
        serde_json::Value::from(training.split_salt.as_str()),
    )
}

/// How far the workers agree.
pub(super) fn agreement(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    if totals.n_pairs_asked_again == 0 {
        return "No pair was compared twice, so that nothing can be said about agreement.\n"
            .to_owned();
    }
    format!(
        "Of {} compared pairs {} have two or more answers. There, {} of the answers are the pair's most frequent one, and {} of the \
         pairs are unanimous.\n",
        count(totals.n_pairs),
        count(totals.n_pairs_asked_again),
        totals.pair_agreement.map_or_else(String::new, percentage),
        share(totals.n_unanimous_pairs, totals.n_pairs_asked_again),
    )
}

/// Biases that are known, and what was done about them.
pub(super) fn biases(card: &Card<'_>) -> String {
    let placement = card.figures.totals.first_id_left_share.map(|share| {
        format!(
            "- **Placement.** The candidate with the smaller id stood on the left in {} of the kept answers; 50 % is what chance gives.\n",
            percentage(share)
        )
    });
    format!(
        "{}{}- **Selection.** Only products that somebody chose to compare are here, and each was seen beside a few others only.\n",
        side(card),
        placement.unwrap_or_default(),
    )
}

fn side(card: &Card<'_>) -> String {
    let fits = &card.figures.fits;
    let Some(left_share) = fits.left_share else {
        return String::new();
    };
    let found = format!(
        "{} of the answers that chose a side chose the left one (z = {})",
        percentage(left_share),
        number(fits.left_share_z, 2),
    );
    let bias = format!(
        "{} in log strength, standard error {}",
        number(fits.position_bias, 4),
        number(fits.position_bias_se, 4),
    );
    let done = match fits.position_bias_status.as_str() {
        "corrected" => {
            format!("The favour of the left side is {bias}; it is taken out of the scores.")
        }
        "not_significant" => {
            format!(
                "Beside the strength of the candidates the favour of a side is {bias}: not significant, and left in."
            )
        }
        "off" => "The scores take no notice of it.".to_owned(),
        reason => format!(
            "It could not be told from the strength of the candidates ({}), and is left in.",
            reason.replace('_', " ")
        ),
    };
    format!("- **Sides.** {found}. {done}\n")
}

/// What the dataset is not good for.
pub(super) fn limits(card: &Card<'_>) -> String {
    let totals = &card.figures.totals;
    let mut limits = vec![
        "- A score says how a candidate fares against the others of its query, not how good it is.\n".to_owned(),
        "- Splits share no query, but they may share candidates: a model that learns item ids sees some of them in several splits.\n"
            .to_owned(),
    ];
    if card.features.is_empty() {
        limits.push(
            "- There are no feature columns: join `items` and `queries`, or name features in the configuration.\n".to_owned(),
        );
    }
    if totals.n_items_without_title > 0 {
        limits.push(format!(
            "- {} of {} have no title: the catalog lacks them.\n",
            count(totals.n_items_without_title),
            counted(totals.n_known_items, "candidate", "candidates"),
        ));
    }
    limits.concat()
}
