//! The label with the most skill behind it, and how sure the answers make it: the platform's rule.
//!
//! Symbols: q is a worker's accuracy, Y the number of allowed labels, a the worker's answer.
//!
//! - label: argmax over labels of the sum of q of its voters;
//! - likelihood: L(x) = product over workers of (q if a = x, else (1 − q) / (Y − 1));
//! - confidence of a label: L(label) / sum of L over all Y labels, for each label is as likely beforehand.
//!
//! The label may be an unlikely one: two workers of 0.51 outvote one of 0.95. Therefore the most probable
//! label is given as well. Where q comes from is the caller's.

use super::{TIE_TOLERANCE, TaskLabel};

/// Skills 0 and 100 in conflict would give 0 / 0.
const Q_MIN: f64 = 0.01;
const Q_MAX: f64 = 0.99;

/// The accuracy of a worker of whom nothing is known.
const Q_UNKNOWN: f64 = 0.5;

/// Sums of q are exact in billionths: no order of votes changes them, and 0.7 + 0.2 ties with 0.5 + 0.4.
const Q_UNITS: f64 = 1e9;

/// Logarithms are summed in multiples of 2⁻⁵⁰, about the precision of the logarithm itself, so that their
/// sums are exact too.
const LOG_UNITS: f64 = (1_u64 << 50) as f64;

/// One answer and how good its worker is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkilledVote {
    /// The label, `0..n_options`.
    pub label: u32,
    /// The worker's accuracy; NaN when unknown, which counts as 0.5. Clamped to 0.01..=0.99.
    pub q: f64,
}

/// The label of one task by the skill of its voters; none without any vote.
///
/// `n_options` is Y, the number of labels that the project allows, answered or not; with 1 the confidence
/// is 1. `pre_votes` (answers known beforehand, with their weight as q) vote like workers but are no
/// answers. Ties of the sum of q go to the first label and are marked. Among equally probable labels the
/// posterior label is the label, else the first. Cost: O(votes · log(different labels)); Y costs nothing.
///
/// # Panics
/// On a label outside `0..n_options`: the caller leaves such answers out.
pub fn by_skill(
    n_options: u32,
    votes: &[SkilledVote],
    pre_votes: &[SkilledVote],
) -> Option<TaskLabel> {
    let mut tally = Tally::new(n_options);
    for vote in pre_votes.iter().chain(votes) {
        tally.add(vote, 1);
    }
    tally.label(votes.len() as u32)
}

/// The votes of one task so far; every sum is exact, so that their order does not matter.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    n_options: u32,
    /// In label order; labels without votes are left out.
    voted: Vec<Voted>,
}

/// One label that has votes.
#[derive(Debug, Clone)]
struct Voted {
    label: u32,
    /// Sum of q in billionths.
    q_sum: u64,
    /// Logarithm of how much likelier the label is than one without votes, in multiples of 2⁻⁵⁰.
    log_gain: i128,
}

impl Tally {
    pub(super) fn new(n_options: u32) -> Self {
        let voted = Vec::new();
        Self { n_options, voted }
    }

    /// Counts `n_times` equal votes.
    pub(super) fn add(&mut self, vote: &SkilledVote, n_times: u32) {
        assert!(vote.label < self.n_options, "label out of range");
        let q = clamped(vote.q);
        let q_sum = (q * Q_UNITS).round() as u64 * u64::from(n_times);
        let log_gain = self.log_gain(q) * i128::from(n_times);
        match self
            .voted
            .binary_search_by_key(&vote.label, |voted| voted.label)
        {
            Ok(idx) => {
                self.voted[idx].q_sum += q_sum;
                self.voted[idx].log_gain += log_gain;
            }
            Err(idx) => self.voted.insert(
                idx,
                Voted {
                    label: vote.label,
                    q_sum,
                    log_gain,
                },
            ),
        }
    }

    /// Whether a vote of such a worker makes its label more probable.
    pub(super) fn is_informative(&self, q: f64) -> bool {
        self.log_gain(clamped(q)) > 0
    }

    fn log_gain(&self, q: f64) -> i128 {
        let n_others = f64::from(self.n_options.max(2) - 1);
        ((q.ln() - ((1.0 - q) / n_others).ln()) * LOG_UNITS).round() as i128
    }

    /// The label after these votes; none without any vote.
    pub(super) fn label(&self, n_answers: u32) -> Option<TaskLabel> {
        let q_most = self.voted.iter().map(|voted| voted.q_sum).max()?;
        let mut winners = self.voted.iter().filter(|voted| voted.q_sum == q_most);
        let winner = winners.next()?;
        let is_tie = winners.next().is_some();

        let gain = |voted: &Voted| voted.log_gain as f64 / LOG_UNITS;
        // A label without votes has gain 0.
        let unvoted = self.first_unvoted().map(|label| (label, 0.0));
        let candidates = || {
            let voted = self.voted.iter().map(|voted| (voted.label, gain(voted)));
            voted.chain(unvoted)
        };
        let top = candidates()
            .map(|(_, gain)| gain)
            .fold(f64::NEG_INFINITY, f64::max);
        let is_at_top = |gain: f64| gain >= top - TIE_TOLERANCE;
        let first_at_top = candidates()
            .filter(|(_, gain)| is_at_top(*gain))
            .min_by_key(|(label, _)| *label)?;
        let chosen = (winner.label, gain(winner));
        let most_probable = if is_at_top(chosen.1) {
            chosen
        } else {
            first_at_top
        };

        let n_unvoted = f64::from(self.n_options) - self.voted.len() as f64;
        let of_voted: f64 = self.voted.iter().map(|one| (gain(one) - top).exp()).sum();
        // Without unvoted labels the term must be 0 even where exp overflows.
        let of_unvoted = match unvoted {
            Some(_) => n_unvoted * (-top).exp(),
            None => 0.0,
        };
        let share = |gain: f64| (gain - top).exp() / (of_voted + of_unvoted);
        Some(TaskLabel {
            label: winner.label,
            confidence: share(chosen.1),
            n_answers,
            posterior_label: most_probable.0,
            posterior_confidence: share(most_probable.1),
            is_tie,
        })
    }

    /// The first label that nobody chose, if there is one.
    fn first_unvoted(&self) -> Option<u32> {
        let taken = (0..).zip(&self.voted);
        let first = taken
            .take_while(|(label, voted)| *label == voted.label)
            .count() as u32;
        (first < self.n_options).then_some(first)
    }
}

fn clamped(q: f64) -> f64 {
    if q.is_nan() {
        Q_UNKNOWN
    } else {
        q.clamp(Q_MIN, Q_MAX)
    }
}
