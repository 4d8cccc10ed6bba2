//! The list of pairs of one group, best first.
//!
//! What a pair is worth is said in `next_pairs`.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::super::curvature::answer_information;
use super::super::logistic::exp_of_nonpositive;
use super::super::mixing::mixed;
use super::knowledge::Knowledge;

/// How long a group's list may become.
pub(super) struct Limits {
    pub(super) n_pairs: usize,
    pub(super) per_item: usize,
    /// Cost of an answer.
    pub(super) cost: f64,
    /// Pairs of less priority are not wanted.
    pub(super) floor: f64,
}

/// A pair chosen within its group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) priority: f64,
    pub(super) low: u32,
    pub(super) high: u32,
    /// score of `low` − score of `high`.
    pub(super) difference: f64,
    /// Its variance, given answers about the pairs before.
    pub(super) variance: f64,
}

/// The pairs to ask, best first, each given answers about those before it.
pub(super) fn choose(knowledge: &mut Knowledge<'_>, limits: &Limits, coins: u64) -> Vec<Choice> {
    let unit = knowledge.n_items() as f64 * limits.cost;
    let entries = knowledge.candidates().into_iter().map(|(low, high)| Entry {
        coin: coin(coins, low, high),
        choice: assess(knowledge, low, high, unit),
    });
    let mut heap: BinaryHeap<Entry> = entries.collect();
    let mut n_of_item = vec![0; knowledge.n_items()];
    let mut choices: Vec<Choice> = Vec::new();
    while choices.len() < limits.n_pairs {
        let Some(Entry {
            choice: known,
            coin,
        }) = heap.pop()
        else {
            break;
        };
        let pair = [known.low as usize, known.high as usize];
        if pair.iter().any(|item| n_of_item[*item] >= limits.per_item) {
            continue;
        }
        let mut choice = assess(knowledge, known.low, known.high, unit);
        // Worth only falls, but for rounding; so what is still on top once it is up to date is the best.
        choice.priority = choice.priority.min(known.priority);
        let current = Entry { coin, choice };
        if heap.peek().is_some_and(|next| current < *next) {
            heap.push(current);
            continue;
        }
        if choice.priority < limits.floor {
            break;
        }
        for item in pair {
            n_of_item[item] += 1;
        }
        knowledge.expect_answer(choice.low, choice.high);
        choices.push(choice);
        heap.push(current);
    }
    choices
}

fn assess(knowledge: &Knowledge<'_>, low: u32, high: u32, unit: f64) -> Choice {
    let difference = knowledge.difference(low, high);
    let variance = knowledge.variance(low, high).max(0.0);
    Choice {
        priority: worth(difference, variance) / unit,
        low,
        high,
        difference,
        variance,
    }
}

/// Nats about the scores from one answer.
pub(super) fn expected_information(difference: f64, variance: f64) -> f64 {
    0.5 * (answer_information(difference) * variance).ln_1p()
}

/// What a pair is worth, before size and cost of its group.
fn worth(difference: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return 0.0;
    }
    let exponent = -0.5 * difference * difference / variance;
    expected_information(difference, variance) * exp_of_nonpositive(exponent.max(EXPONENT_MIN))
}

/// Beyond, our exponential is not defined and the pair is worth nothing.
const EXPONENT_MIN: f64 = -700.0;

/// Decides between pairs that are worth the same.
pub(super) fn coin(coins: u64, low: u32, high: u32) -> u64 {
    mixed(coins ^ mixed((u64::from(low) << 32) | u64::from(high)))
}

/// A pair as it was when last looked at; the greatest is worth most.
struct Entry {
    coin: u64,
    choice: Choice,
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
