//! The list of pairs of a group too large for its full covariance: neighbours in the order of scores.
//!
//! What a pair is worth is defined in `next_pairs`.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::Fit;
use super::super::curvature::answer_information;
use super::{Choice, Limits, coin, worth};

/// Scores and their variances, which shrink with every pair chosen.
pub(super) struct LargeGroup<'a> {
    scores: &'a [f64],
    variances: Vec<f64>,
}

/// Partners of each item further down in the order of scores.
const N_NEIGHBOURS: usize = 4;

impl<'a> LargeGroup<'a> {
    /// `None` when the fit has no scores or no errors.
    pub(super) fn new(fit: &'a Fit) -> Option<Self> {
        let errors = fit.standard_errors.as_ref()?;
        Some(Self {
            scores: fit.scores.as_deref()?,
            variances: errors.iter().map(|error| error * error).collect(),
        })
    }

    /// The pairs to ask, best first, each given answers about those before it.
    pub(super) fn choose(&mut self, limits: &Limits, coins: u64) -> Vec<Choice> {
        let mut heap = self.neighbours(limits, coins);
        let mut n_of_item = vec![0; self.scores.len()];
        let mut choices: Vec<Choice> = Vec::new();
        while choices.len() < limits.n_pairs {
            let Some(Entry { choice, .. }) = heap.pop() else {
                break;
            };
            let (low, high) = (choice.low, choice.high);
            if [low, high]
                .iter()
                .any(|item| n_of_item[*item as usize] >= limits.per_item)
            {
                continue;
            }
            // Worth only falls, so an entry that is still on top once it is up to date is the best.
            let mut current = self.entry(low, high, limits, coins);
            if heap.peek().is_some_and(|next| current < *next) {
                heap.push(current);
                continue;
            }
            if current.choice.priority < limits.floor {
                break;
            }
            if let Some(last) = choices.last() {
                let priority = current.choice.priority.min(last.priority);
                current.choice.priority = priority;
            }
            n_of_item[low as usize] += 1;
            n_of_item[high as usize] += 1;
            self.expect_answer(&current.choice);
            choices.push(current.choice);
            heap.push(self.entry(low, high, limits, coins));
        }
        choices
    }

    fn neighbours(&self, limits: &Limits, coins: u64) -> BinaryHeap<Entry> {
        let mut order: Vec<u32> = (0_u32..).take(self.scores.len()).collect();
        order.sort_unstable_by(|one, other| {
            let (one_score, other_score) =
                (self.scores[*one as usize], self.scores[*other as usize]);
            other_score.total_cmp(&one_score).then(one.cmp(other))
        });
        let mut entries = Vec::with_capacity(N_NEIGHBOURS * order.len());
        for (place, &item) in order.iter().enumerate() {
            for &other in order[place + 1..].iter().take(N_NEIGHBOURS) {
                let (low, high) = (item.min(other), item.max(other));
                entries.push(self.entry(low, high, limits, coins));
            }
        }
        BinaryHeap::from(entries)
    }

    fn entry(&self, low: u32, high: u32, limits: &Limits, coins: u64) -> Entry {
        let difference = self.scores[low as usize] - self.scores[high as usize];
        let variance = self.variances[low as usize] + self.variances[high as usize];
        let choice = Choice {
            low,
            high,
            difference,
            variance,
            priority: worth(difference, variance) / limits.unit,
        };
        Entry {
            choice,
            coin: coin(coins, low, high),
        }
    }

    /// The variances after one more answer about the pair, whatever it says.
    fn expect_answer(&mut self, choice: &Choice) {
        let information = answer_information(choice.difference);
        let factor = information / (1.0 + information * choice.variance);
        for item in [choice.low, choice.high] {
            let variance = &mut self.variances[item as usize];
            *variance -= factor * *variance * *variance;
        }
    }
}

/// A pair in the heap; the greatest is worth most.
struct Entry {
    choice: Choice,
    coin: u64,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_priority = self.choice.priority.total_cmp(&other.choice.priority);
        by_priority.then(self.coin.cmp(&other.coin))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}
