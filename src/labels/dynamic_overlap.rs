//! How many more workers a task needs until its label is sure enough: the platform's dynamic overlap.
//!
//! The platform asks `min_overlap` workers, then one more at a time while the confidence (see `by_skill`)
//! is below `min_confidence` and fewer than `max_overlap` answered. Replayed on the answers of a task, this
//! tells what to ask next and what was asked in vain. It issues no task.

use super::by_skill::{SkilledVote, Tally};

/// When a task has enough answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverlapRule {
    /// The number of labels that the project allows.
    pub n_options: u32,
    /// The confidence that is enough (`>=`).
    pub min_confidence: f64,
    /// Answers that every task gets.
    pub min_overlap: u32,
    /// Answers that no task exceeds.
    pub max_overlap: u32,
    /// The accuracy of a worker who may answer next; none: the mean of those who voted.
    pub typical_q: Option<f64>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The confidence after all votes; 1/Y without any.
    pub confidence: f64,
    /// Whether there are `min_overlap` votes and all of them together are sure enough. A task at
    /// `max_overlap` may not be.
    pub is_enough: bool,
    /// What the platform asks for now: the votes missing to `min_overlap`; from there on 1 while the
    /// confidence is too low and `max_overlap` is not reached, else 0.
    pub n_next: u32,
    /// Votes expected beyond those given: the smallest number of further votes by typical workers, all
    /// for the label or all for the most probable label, that make it the label and sure enough; at most
    /// `max_overlap` less the votes given, also where even that many would not do.
    pub n_more: u32,
    /// Votes given after the confidence was first enough: what a platform that stops would have saved.
    pub n_wasted: u32,
}

/// Replays `votes`, in the order in which they were given.
///
/// `pre_votes` are known beforehand: they raise the confidence but are no answers. Cost:
/// O(different labels) for each vote, and for each doubling of `max_overlap`.
///
/// # Panics
/// On a label outside `0..n_options`.
pub fn dynamic_overlap(
    rule: &OverlapRule,
    votes: &[SkilledVote],
    pre_votes: &[SkilledVote],
) -> Overlap {
    let mut tally = Tally::new(rule.n_options);
    for vote in pre_votes {
        tally.add(vote, 1);
    }
    let mut n_at_first_enough = None;
    for (n_before, vote) in (0..).zip(votes) {
        tally.add(vote, 1);
        let n_votes = n_before + 1;
        if n_at_first_enough.is_none() && rule.is_enough(&tally, n_votes) {
            n_at_first_enough = Some(n_votes);
        }
    }
    let n_votes = votes.len() as u32;
    let is_enough = rule.is_enough(&tally, n_votes);
    let n_allowed = rule.max_overlap.saturating_sub(n_votes);
    let n_to_minimum = rule.min_overlap.saturating_sub(n_votes);
    let n_next = match n_to_minimum {
        0 => u32::from(!is_enough),
        n_missing => n_missing,
    };
    let n_more = if is_enough {
        0
    } else {
        let q = rule.typical_q.unwrap_or_else(|| mean_q(votes));
        rule.n_agreeing(&tally, q, n_to_minimum..=n_allowed)
    };
    Overlap {
        confidence: rule.confidence(&tally),
        is_enough,
        n_next: n_next.min(n_allowed),
        n_more,
        n_wasted: n_at_first_enough.map_or(0, |n_first| n_votes - n_first),
    }
}

impl OverlapRule {
    fn confidence(&self, tally: &Tally) -> f64 {
        let of_nobody = 1.0 / f64::from(self.n_options.max(1));
        tally.label(0).map_or(of_nobody, |label| label.confidence)
    }

    fn is_enough(&self, tally: &Tally, n_votes: u32) -> bool {
        n_votes >= self.min_overlap && self.confidence(tally) >= self.min_confidence
    }

    /// The smallest number in `allowed` of votes by workers of accuracy `q` for one label that is enough;
    /// the greatest where none is.
    fn n_agreeing(&self, tally: &Tally, q: f64, allowed: std::ops::RangeInclusive<u32>) -> u32 {
        let n_most = *allowed.end();
        let labels = tally
            .label(0)
            .map_or([0, 0], |now| [now.label, now.posterior_label]);
        let of_label = |label: u32| {
            let after = |n_votes: u32| {
                let mut later = tally.clone();
                later.add(&SkilledVote { label, q }, n_votes);
                later.label(0).filter(|then| then.label == label)
            };
            let is_sure_after = |n_votes: u32| {
                after(n_votes).is_some_and(|then| then.confidence >= self.min_confidence)
            };
            if tally.is_informative(q) {
                return first_true(*allowed.start(), n_most, is_sure_after);
            }
            // More such votes only make the label less sure: those that make it the label, or none, do.
            let n_to_label =
                first_true(*allowed.start(), n_most, |n_votes| after(n_votes).is_some());
            if is_sure_after(n_to_label) {
                n_to_label
            } else {
                n_most
            }
        };
        labels.map(of_label).into_iter().min().unwrap_or(n_most)
    }
}

/// The smallest number in `low..high` for which `is_true` holds, or `high`; once true, it stays true.
fn first_true(low: u32, high: u32, is_true: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (low.min(high), high);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_true(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The same for every order of votes.
fn mean_q(votes: &[SkilledVote]) -> f64 {
    let mut known: Vec<f64> = votes
        .iter()
        .map(|vote| vote.q)
        .filter(|q| !q.is_nan())
        .collect();
    known.sort_unstable_by(f64::total_cmp);
    // Without any this is NaN: a worker of unknown accuracy.
    known.iter().sum::<f64>() / known.len() as f64
}
