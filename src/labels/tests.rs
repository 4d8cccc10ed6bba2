//! What the labels of a task promise: worked examples by hand, ties, unknown skills, overlap.

#![expect(
    clippy::float_cmp,
    reason = "what is exact by definition must be exact, and bits must not change"
)]

mod agreement;
mod dawid_skene;

use super::*;

const A: u32 = 0;
const B: u32 = 1;

/// A small generator (`SplitMix64`): the same cases in every run.
struct Draws(u64);

impl Draws {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.share() * f64::from(limit)) as u32
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for i in (1..values.len()).rev() {
            let other = self.below(i as u32 + 1) as usize;
            values.swap(i, other);
        }
    }
}

fn skilled(votes: &[(u32, f64)]) -> Vec<SkilledVote> {
    let votes = votes.iter();
    votes.map(|&(label, q)| SkilledVote { label, q }).collect()
}

fn by_skill_of(n_options: u32, votes: &[(u32, f64)]) -> TaskLabel {
    by_skill(n_options, &skilled(votes), &[]).expect("there are votes")
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}

/// Half of the last of five printed digits.
const PRINTED: f64 = 0.5e-5;

#[test]
fn the_majority_wins_with_its_share_of_the_votes() {
    let label = majority(&[2, 0, 2, 1, 2]).expect("there are votes");
    assert_eq!((label.label, label.n_answers, label.is_tie), (2, 5, false));
    assert_eq!(label.confidence, 0.6);
    assert_eq!(label.posterior_label, 2);
    assert_eq!(label.posterior_confidence, 0.6);
}

#[test]
fn a_tied_majority_goes_to_the_first_label_and_is_marked() {
    let label = majority(&[2, 1, 2, 1, 0]).expect("there are votes");
    assert_eq!((label.label, label.is_tie), (1, true));
    assert_eq!(label.confidence, 0.4);
}

#[test]
fn without_votes_there_is_no_label() {
    assert_eq!(majority(&[]), None);
    assert_eq!(by_skill(2, &[], &[]), None);
}

#[test]
fn the_platform_s_example_of_confidence_by_skill_is_met() {
    let (ok, bad) = (0, 1);
    let agreed = by_skill_of(3, &[(ok, 0.7), (ok, 0.9)]);
    assert_eq!(agreed.label, ok);
    assert_close(agreed.confidence, 0.97674, PRINTED);
    let split = by_skill_of(3, &[(ok, 0.7), (bad, 0.9)]);
    assert_eq!(split.label, bad);
    assert_close(split.confidence, 0.76056, PRINTED);
    let settled = by_skill_of(3, &[(ok, 0.7), (bad, 0.9), (bad, 0.8)]);
    assert_eq!(settled.label, bad);
    assert_close(settled.confidence, 0.96214, PRINTED);
}

#[test]
fn the_platform_s_example_of_confidence_is_replayed_vote_by_vote() {
    let (ok, bad) = (0, 1);
    let rule = OverlapRule {
        n_options: 3,
        min_confidence: 0.95,
        min_overlap: 2,
        max_overlap: 3,
        typical_q: Some(0.8),
    };
    let agreed = dynamic_overlap(&rule, &skilled(&[(ok, 0.7), (ok, 0.9)]), &[]);
    assert!(agreed.is_enough);
    assert_eq!((agreed.n_next, agreed.n_more, agreed.n_wasted), (0, 0, 0));
    let split = dynamic_overlap(&rule, &skilled(&[(ok, 0.7), (bad, 0.9)]), &[]);
    assert_close(split.confidence, 0.76056, PRINTED);
    assert!(!split.is_enough);
    assert_eq!((split.n_next, split.n_more, split.n_wasted), (1, 1, 0));
    let votes = skilled(&[(ok, 0.7), (bad, 0.9), (bad, 0.8)]);
    let settled = dynamic_overlap(&rule, &votes, &[]);
    assert_close(settled.confidence, 0.96214, PRINTED);
    assert!(settled.is_enough);
}

#[test]
fn smoothed_accuracies_give_the_worked_confidence() {
    let smoothed = |correct: f64, total: f64| (0.5 + correct) / (1.0 + total);
    let (first, second, third) = (
        smoothed(9.0, 10.0),
        smoothed(5.0, 10.0),
        smoothed(7.0, 10.0),
    );
    assert_close(first, 0.86364, PRINTED);
    assert_close(second, 0.5, PRINTED);
    assert_close(third, 0.68182, PRINTED);
    assert_eq!(smoothed(0.0, 0.0), 0.5);
    assert_eq!((smoothed(3.0, 3.0), smoothed(0.0, 3.0)), (0.875, 0.125));
    let label = by_skill_of(2, &[(A, first), (B, second), (A, third)]);
    assert_eq!(label.label, A);
    assert_close(label.confidence, 0.93137, PRINTED);
}

#[test]
fn two_weak_voters_outvote_a_strong_one_but_not_the_posterior() {
    let label = by_skill_of(2, &[(A, 0.51), (A, 0.51), (B, 0.95)]);
    assert_eq!((label.label, label.posterior_label), (A, B));
    assert_close(label.confidence, 0.05394, PRINTED);
    assert_close(label.posterior_confidence, 0.94606, PRINTED);
    assert!(!label.is_tie);
}

#[test]
fn equal_sums_of_decimal_skills_tie_and_the_first_label_wins() {
    let label = by_skill_of(3, &[(2, 0.7), (1, 0.5), (2, 0.2), (1, 0.4)]);
    assert_eq!((label.label, label.is_tie), (1, true));
}

#[test]
fn one_allowed_label_is_certain() {
    let label = by_skill_of(1, &[(0, 0.2), (0, f64::NAN)]);
    assert_eq!((label.label, label.confidence), (0, 1.0));
    assert_eq!(label.posterior_confidence, 1.0);
}

#[test]
fn skills_0_and_100_in_conflict_are_clamped() {
    let label = by_skill_of(2, &[(A, 1.0), (B, 1.0)]);
    assert_eq!((label.label, label.is_tie), (A, true));
    assert_close(label.confidence, 0.5, 1e-12);
    // A worker who is always wrong speaks for the other label.
    let against = by_skill_of(2, &[(A, 0.0)]);
    assert_eq!((against.label, against.posterior_label), (A, B));
    assert_close(against.confidence, 0.01, 1e-12);
}

#[test]
fn an_unknown_skill_is_a_half() {
    let unknown = by_skill_of(3, &[(A, 0.8), (B, f64::NAN)]);
    assert_eq!(unknown, by_skill_of(3, &[(A, 0.8), (B, 0.5)]));
}

#[test]
fn voters_of_whom_nothing_is_known_do_not_contradict_their_label() {
    let label = by_skill_of(2, &[(B, f64::NAN)]);
    assert_eq!((label.label, label.posterior_label), (B, B));
    assert_close(label.confidence, 0.5, 1e-12);
}

#[test]
fn labels_nobody_chose_take_their_part_of_the_probability() {
    let mut expected = Vec::new();
    for n_options in [2_u32, 3, 10, 1000] {
        let (right, wrong) = (0.7, 0.3 / f64::from(n_options - 1));
        expected.push(right / (right + wrong * f64::from(n_options - 1)));
        let label = by_skill_of(n_options, &[(n_options - 1, 0.7)]);
        assert_close(label.confidence, expected[expected.len() - 1], 1e-12);
    }
}

#[test]
fn pre_votes_count_like_voters_but_are_no_answers() {
    let label = by_skill(2, &skilled(&[(A, 0.7)]), &skilled(&[(B, 0.9)])).expect("votes");
    assert_eq!((label.label, label.n_answers), (B, 1));
    let as_voter = by_skill_of(2, &[(A, 0.7), (B, 0.9)]);
    assert_eq!(label.confidence, as_voter.confidence);
}

/// The definition, by direct products over all labels.
fn plain_by_skill(n_options: u32, votes: &[SkilledVote]) -> (u32, f64, f64) {
    let q_sum = |label: u32| -> f64 {
        let of_label = votes.iter().filter(|vote| vote.label == label);
        of_label.map(|vote| vote.q).sum()
    };
    let likelihood = |label: u32| -> f64 {
        let wrong = |q: f64| (1.0 - q) / f64::from(n_options - 1);
        let factor = |vote: &SkilledVote| {
            if vote.label == label {
                vote.q
            } else {
                wrong(vote.q)
            }
        };
        votes.iter().map(factor).product()
    };
    let first_of = |value: &dyn Fn(u32) -> f64| {
        let better = |best: u32, label: u32| {
            if value(label) > value(best) {
                label
            } else {
                best
            }
        };
        (1..n_options).fold(0, better)
    };
    let total: f64 = (0..n_options).map(likelihood).sum();
    let (label, posterior) = (first_of(&q_sum), first_of(&likelihood));
    (
        label,
        likelihood(label) / total,
        likelihood(posterior) / total,
    )
}

fn random_votes(draws: &mut Draws, n_options: u32, n_votes: u32) -> Vec<SkilledVote> {
    (0..n_votes)
        .map(|_| SkilledVote {
            label: draws.below(n_options),
            q: 0.02 + 0.96 * draws.share(),
        })
        .collect()
}

#[test]
fn the_label_by_skill_agrees_with_its_definition() {
    let mut draws = Draws(1);
    for _ in 0..2000 {
        let n_options = 2 + draws.below(5);
        let n_votes = 1 + draws.below(8);
        let votes = random_votes(&mut draws, n_options, n_votes);
        let found = by_skill(n_options, &votes, &[]).expect("votes");
        let (label, confidence, posterior_confidence) = plain_by_skill(n_options, &votes);
        assert_eq!(found.label, label);
        assert_close(found.confidence, confidence, 1e-9);
        assert_close(found.posterior_confidence, posterior_confidence, 1e-9);
    }
}

#[test]
fn the_order_of_voters_changes_no_bit_of_the_label_by_skill() {
    let mut draws = Draws(2);
    for _ in 0..200 {
        let mut votes = random_votes(&mut draws, 4, 9);
        let before = by_skill(4, &votes, &[]);
        draws.shuffle(&mut votes);
        assert_eq!(before, by_skill(4, &votes, &[]));
    }
}

#[test]
fn thousands_of_votes_neither_overflow_nor_vanish() {
    let votes: Vec<SkilledVote> = (0..100_000)
        .map(|idx| SkilledVote {
            label: u32::from(idx % 3 == 0),
            q: 0.9,
        })
        .collect();
    let label = by_skill(5, &votes, &[]).expect("votes");
    assert_eq!((label.label, label.confidence), (A, 1.0));
}

fn two_to_five(min_confidence: f64) -> OverlapRule {
    OverlapRule {
        n_options: 2,
        min_confidence,
        min_overlap: 2,
        max_overlap: 5,
        typical_q: Some(0.8),
    }
}

#[test]
fn a_task_without_votes_asks_for_the_minimum() {
    let overlap = dynamic_overlap(&two_to_five(0.9), &[], &[]);
    assert_eq!((overlap.confidence, overlap.is_enough), (0.5, false));
    // Two agreeing votes of 0.8 reach 0.64 / 0.68.
    assert_eq!((overlap.n_next, overlap.n_more), (2, 2));
    let strict = dynamic_overlap(&two_to_five(0.98), &[], &[]);
    assert_eq!((strict.n_next, strict.n_more), (2, 3));
}

#[test]
fn a_confidence_that_is_just_reached_is_enough() {
    let rule = OverlapRule {
        min_overlap: 1,
        ..two_to_five(0.75)
    };
    let overlap = dynamic_overlap(&rule, &skilled(&[(A, 0.75)]), &[]);
    assert!(overlap.is_enough, "{overlap:?}");
}

#[test]
fn confidence_before_the_minimum_is_not_enough_yet() {
    let overlap = dynamic_overlap(&two_to_five(0.9), &skilled(&[(A, 0.95)]), &[]);
    assert!(!overlap.is_enough);
    assert_eq!(
        (overlap.n_next, overlap.n_more, overlap.n_wasted),
        (1, 1, 0)
    );
}

#[test]
fn votes_after_the_confidence_was_first_reached_are_wasted() {
    let votes = skilled(&[(A, 0.8), (A, 0.8), (A, 0.8), (B, 0.8)]);
    let overlap = dynamic_overlap(&two_to_five(0.9), &votes, &[]);
    assert_eq!(overlap.n_wasted, 2);
    // 0.94 after two votes, 0.94 again after all four.
    assert!(overlap.is_enough);
    let doubtful = skilled(&[(A, 0.8), (A, 0.8), (B, 0.8), (B, 0.8)]);
    let overlap = dynamic_overlap(&two_to_five(0.9), &doubtful, &[]);
    assert!(!overlap.is_enough);
    assert_eq!((overlap.n_wasted, overlap.n_next), (2, 1));
}

#[test]
fn nobody_is_asked_beyond_the_maximum() {
    let votes = skilled(&[(A, 0.6), (B, 0.6), (A, 0.6), (B, 0.6), (A, 0.6)]);
    let overlap = dynamic_overlap(&two_to_five(0.9), &votes, &[]);
    assert!(!overlap.is_enough);
    assert_eq!((overlap.n_next, overlap.n_more), (0, 0));
}

#[test]
fn workers_who_guess_never_make_a_task_sure() {
    let rule = OverlapRule {
        typical_q: Some(0.5),
        ..two_to_five(0.9)
    };
    let overlap = dynamic_overlap(&rule, &skilled(&[(A, 0.6), (B, 0.6)]), &[]);
    assert_eq!((overlap.n_next, overlap.n_more), (1, 3));
}

#[test]
fn the_next_worker_is_as_good_as_those_before_unless_said_otherwise() {
    let rule = OverlapRule {
        typical_q: None,
        ..two_to_five(0.9)
    };
    let good = skilled(&[(A, 0.9), (B, 0.9)]);
    assert_eq!(dynamic_overlap(&rule, &good, &[]).n_more, 1);
    let weak = skilled(&[(A, 0.6), (B, 0.6)]);
    assert_eq!(dynamic_overlap(&rule, &weak, &[]).n_more, 3);
}

#[test]
fn pre_votes_make_the_first_answers_surer() {
    let rule = two_to_five(0.98);
    let votes = skilled(&[(A, 0.8), (A, 0.8)]);
    assert!(!dynamic_overlap(&rule, &votes, &[]).is_enough);
    assert!(dynamic_overlap(&rule, &votes, &skilled(&[(A, 0.9)])).is_enough);
}

#[test]
fn the_number_of_further_votes_is_the_smallest_that_does() {
    let mut draws = Draws(3);
    for _ in 0..2000 {
        let n_options = 2 + draws.below(3);
        let n_votes = draws.below(6);
        let votes = random_votes(&mut draws, n_options, n_votes);
        let rule = OverlapRule {
            n_options,
            min_confidence: 0.6 + 0.39 * draws.share(),
            min_overlap: 1 + draws.below(4),
            max_overlap: 4 + draws.below(8),
            typical_q: Some(draws.share()),
        };
        let overlap = dynamic_overlap(&rule, &votes, &[]);
        assert_eq!(
            overlap.n_more,
            plain_n_more(&rule, &votes),
            "{rule:?} {votes:?}"
        );
    }
}

/// Tries 0, 1, 2, … further votes.
fn plain_n_more(rule: &OverlapRule, votes: &[SkilledVote]) -> u32 {
    let n_votes = votes.len() as u32;
    let n_allowed = rule.max_overlap.saturating_sub(n_votes);
    let now = by_skill(rule.n_options, votes, &[]);
    let is_enough = |label: &TaskLabel| label.confidence >= rule.min_confidence;
    if n_votes >= rule.min_overlap && now.as_ref().is_some_and(is_enough) {
        return 0;
    }
    let labels = now.map_or([0, 0], |now| [now.label, now.posterior_label]);
    for n_more in rule.min_overlap.saturating_sub(n_votes)..n_allowed {
        for label in labels {
            let further = SkilledVote {
                label,
                q: rule.typical_q.expect("given"),
            };
            let mut later = votes.to_vec();
            later.extend(std::iter::repeat_n(further, n_more as usize));
            let then = by_skill(rule.n_options, &later, &[]);
            if then.is_some_and(|then| then.label == label && is_enough(&then)) {
                return n_more;
            }
        }
    }
    n_allowed
}
