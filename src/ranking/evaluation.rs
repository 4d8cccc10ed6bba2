//! How well methods predict answers that they have not seen, and agree with a truth where one is known.
//!
//! It changes no ranking; printing and reading tables are done elsewhere.
//!
//! A fixed share of the answers is held out, chosen by a hash of each answer's key; every candidate is
//! fitted to the other answers of the same groups and predicts what the left side of each held-out one
//! gets. With p the expected share and t = 1 (left won), ½ (tie), 0:
//!
//! - log loss: weighted mean of −[t log p + (1 − t) log(1 − p)]; log 2 is a coin's;
//! - accuracy: weighted share of answers whose winner was expected; ½ for a tie and for p = ½;
//! - calibration: see [`CalibrationBin`]; its error is the mean distance of expected and observed.
//!
//! The weights are those of the answers, the same for all candidates. A log strength has chances of its
//! own, σ(difference). For every method one slope k for all groups is learnt from training answers that
//! take turns in being held out, and σ(k × difference) are its calibrated chances: the only ones of
//! other scores, and those by which methods are compared, because a scale that suits is no better order.
//! An item without training answers has the method's own score without
//! answers (0, the prior's) if that is a log strength, and the mean score of its group otherwise. A
//! group without scores predicts ½.
//!
//! Agreement with a truth is that of the fit to all answers: the truth is never trained on.
//!
//! Cost: six fits of each group and candidate, one more with truths.

pub(super) mod agreement;
mod bootstrap;
mod calibration;
pub(super) mod held_out;
mod keyed_panel;
pub(super) mod prediction_quality;
mod recommendation;
mod truths;

pub use agreement::Gain;
pub use bootstrap::{Estimate, Interval};
pub use calibration::CalibrationBin;
pub use keyed_panel::{KeyedAnswer, KeyedPanel};
pub use prediction_quality::HeldOut;
pub use recommendation::{Recommendation, recommend};
pub use truths::{Agreement, GroupTruth};

use super::{Method, Panel, Parameters};
use held_out::{Predictions, Split, Trainer};
use prediction_quality::judge_predictions;
use truths::{Truths, judge_agreement};

/// A way to rank.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// How the result calls it.
    pub name: &'a str,
    /// The method.
    pub method: &'static dyn Method,
    /// What the operator chose for it.
    pub parameters: Parameters,
    /// What is learnt from all groups at once before any is fitted; `None`: nothing.
    pub learn: Option<&'a Learn<'a>>,
}

/// Learns from the training answers of all groups; called again with all answers when there are truths.
pub type Learn<'a> = dyn Fn(&Panel, &Parameters) -> Learnt + Sync + 'a;

/// What is learnt from many groups.
#[derive(Debug, Clone)]
pub struct Learnt {
    /// Parameters for every group, say with a prior or a position bias that is now known.
    pub parameters: Parameters,
    /// Times the weight of each answer of the worker, in fits only; one for each worker of the panel.
    pub worker_weights: Option<Vec<f64>>,
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvaluationSettings {
    /// Share of the answers that is held out, above 0 and below 1.
    pub held_out_share: f64,
    /// Another salt is another choice of answers, and other draws for the intervals.
    pub salt: u64,
    /// Draws for the intervals.
    pub n_bootstrap: usize,
    /// The k of NDCG@k.
    pub ndcg_at: usize,
}

impl Default for EvaluationSettings {
    fn default() -> Self {
        Self {
            held_out_share: 0.2,
            salt: 0,
            n_bootstrap: 200,
            ndcg_at: 5,
        }
    }
}

/// What was found out about all candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationReport {
    /// Groups.
    pub n_groups: usize,
    /// Answers that were trained on.
    pub n_training: usize,
    /// Answers that were predicted.
    pub n_held_out: usize,
    /// Of these, how many are about an item that no training answer knows.
    pub n_unseen: usize,
    /// How NDCG values a truth; `None` without truths.
    pub gain: Option<Gain>,
    /// One for each candidate, in their order, and the coin.
    pub evaluations: Vec<Evaluation>,
}

/// What was found out about one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The candidate's name, or `coin`.
    pub name: String,
    /// Whether it is the coin: every answer has the chance ½.
    pub is_coin: bool,
    /// `None` when no answer was held out.
    pub held_out: Option<HeldOut>,
    /// `None` without truths, or when no group has two different ones.
    pub agreement: Option<Agreement>,
}

/// Evaluates the candidates; the first is the one that the others are compared with.
///
/// The same bits for the same groups, whatever the order of the answers within them and the number of threads.
///
/// # Panics
/// When `truths` has not one entry for each group and item, or one that is not finite, when the share is
/// not within 0 and 1, or when `learn` gives too few weights: mistakes of the caller.
#[must_use]
pub fn evaluate(
    panel: &KeyedPanel,
    truths: Option<&[GroupTruth]>,
    candidates: &[Candidate<'_>],
    settings: &EvaluationSettings,
) -> EvaluationReport {
    assert!(
        settings.held_out_share > 0.0 && settings.held_out_share < 1.0,
        "a share of answers to hold out lies between 0 and 1"
    );
    let split = Split {
        held_out_share: settings.held_out_share,
        salt: settings.salt,
    };
    let counts = Counts::of(panel, split);
    let predictions = candidates
        .iter()
        .map(|candidate| predictions_of(panel, split, candidate))
        .chain(std::iter::once_with(|| Predictions::coin(panel, split)));
    let mut held_out = judge_predictions(predictions, settings).into_iter();
    let truths = truths.map(|truths| Truths::new(panel, truths, settings));
    let mut agreements = truths.as_ref().map_or_else(Vec::new, |truths| {
        let of_candidates = candidates.iter().map(|candidate| {
            candidate.with_trainer(panel, |_| true, |trainer| truths.compare(panel, trainer))
        });
        judge_agreement(of_candidates, settings)
    });
    // The coin has no scores.
    agreements.resize(candidates.len() + 1, None);
    let names = candidates.iter().map(|candidate| candidate.name);
    let evaluations = names
        .chain(["coin"])
        .zip(agreements)
        .enumerate()
        .map(|(idx, (name, agreement))| Evaluation {
            name: name.to_owned(),
            is_coin: idx == candidates.len(),
            held_out: held_out.next(),
            agreement,
        })
        .collect();
    EvaluationReport {
        n_groups: panel.n_groups(),
        n_training: panel.n_answers() - counts.n_held_out,
        n_held_out: counts.n_held_out,
        n_unseen: counts.n_unseen,
        gain: truths.map(|truths| truths.gain),
        evaluations,
    }
}

fn predictions_of(panel: &KeyedPanel, split: Split, candidate: &Candidate<'_>) -> Predictions {
    candidate.with_trainer(
        panel,
        |answer| !split.holds_out(answer),
        |trainer| Predictions::of(panel, split, trainer),
    )
}

impl Candidate<'_> {
    /// Learns from the wanted answers what is learnt from all groups, and trains with that.
    fn with_trainer<T>(
        &self,
        panel: &KeyedPanel,
        is_wanted: impl Fn(&KeyedAnswer) -> bool,
        train: impl FnOnce(Trainer<'_>) -> T,
    ) -> T {
        let Some(learn) = self.learn else {
            return train(Trainer {
                method: self.method,
                parameters: &self.parameters,
                worker_weights: None,
            });
        };
        let learnt = learn(&panel.panel_of(is_wanted), &self.parameters);
        train(Trainer {
            method: self.method,
            parameters: &learnt.parameters,
            worker_weights: learnt.worker_weights.as_deref(),
        })
    }
}

/// How many answers are held out, and how many of these meet an item that training does not know.
#[derive(Default)]
struct Counts {
    n_held_out: usize,
    n_unseen: usize,
}

impl Counts {
    fn of(panel: &KeyedPanel, split: Split) -> Self {
        let mut counts = Self::default();
        for group_idx in 0..panel.n_groups() {
            let group = panel.group(group_idx);
            let mut is_seen = vec![false; group.n_items];
            let (held_out, training): (Vec<_>, Vec<_>) = group
                .answers
                .iter()
                .partition(|answer| split.holds_out(answer));
            for KeyedAnswer { comparison, .. } in training {
                is_seen[comparison.left as usize] = true;
                is_seen[comparison.right as usize] = true;
            }
            counts.n_held_out += held_out.len();
            let unseen = held_out.iter().filter(|KeyedAnswer { comparison, .. }| {
                !is_seen[comparison.left as usize] || !is_seen[comparison.right as usize]
            });
            counts.n_unseen += unseen.count();
        }
        counts
    }
}
