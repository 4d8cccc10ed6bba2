//! What workers are asked: real pairs in query order, and obvious pairs with known answers.
//!
//! It does not hold all real tasks: they are made window by window.

use super::Shop;
use super::random::{Purpose, Stream};
use super::taste::{Query, pairs, query};

/// A real pair as shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) number: u64,
    pub(super) query: u64,
    pub(super) left: u64,
    pub(super) right: u64,
    /// True log-strength of left less that of right.
    pub(super) gap: f64,
    /// The same by the colluders' agreed strengths.
    pub(super) rumour_gap: f64,
}

/// An obvious pair with its right answer, for golden and training tasks.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownTask {
    pub(super) query: u64,
    pub(super) left: u64,
    pub(super) right: u64,
    pub(super) is_left_better: bool,
    /// Whether the colluders, who share answers to golden tasks, share the right one.
    pub(super) is_rumour_right: bool,
}

/// Makes the real tasks in order; remembers the query it is in.
pub(super) struct TaskSource<'a> {
    shop: &'a Shop,
    pairs: Vec<(usize, usize)>,
    current: Option<Query>,
}

impl<'a> TaskSource<'a> {
    pub(super) fn new(shop: &'a Shop) -> Self {
        let n_candidates = shop.candidates_per_query as usize;
        Self {
            shop,
            pairs: pairs(n_candidates, shop.pairs_per_query as usize),
            current: None,
        }
    }

    /// The task of this number; cheap when the numbers come in order.
    pub(super) fn task(&mut self, number: u64) -> Task {
        let n_pairs = self.pairs.len() as u64;
        let query_number = number / n_pairs;
        let pair_idx = (number % n_pairs) as usize;
        let query = match self.current.take() {
            Some(current) if current.number == query_number => current,
            _ => query(self.shop, query_number),
        };
        let (first, second) = self.pairs[pair_idx];
        let is_swapped = Stream::new(self.shop.seed, Purpose::Shuffle, number).chance(0.5);
        let (left, right) = if is_swapped {
            (second, first)
        } else {
            (first, second)
        };
        let task = Task {
            number,
            query: query_number,
            left: query.candidates[left],
            right: query.candidates[right],
            gap: query.scores[left] - query.scores[right],
            rumour_gap: query.rumours[left] - query.rumours[right],
        };
        self.current = Some(query);
        task
    }
}

/// Obvious pairs: best against worst of queries drawn at random, with a wide gap.
pub(super) fn known_tasks(shop: &Shop, purpose: Purpose, n_tasks: u64) -> Vec<KnownTask> {
    (0..n_tasks)
        .map(|number| known_task(shop, &mut Stream::new(shop.seed, purpose, number)))
        .collect()
}

/// The widest of a few tries, or the first that is wide enough.
fn known_task(shop: &Shop, stream: &mut Stream) -> KnownTask {
    /// A log-strength gap that an honest worker sees at once.
    const GAP_MIN: f64 = 3.5;
    const N_TRIES: usize = 20;
    let (mut gap, mut task) = best_against_worst(shop, stream);
    for _ in 1..N_TRIES {
        if gap >= GAP_MIN {
            break;
        }
        let (other_gap, other_task) = best_against_worst(shop, stream);
        if other_gap > gap {
            (gap, task) = (other_gap, other_task);
        }
    }
    task
}

/// The strength gap and the pair of some query's best and worst candidates.
fn best_against_worst(shop: &Shop, stream: &mut Stream) -> (f64, KnownTask) {
    let query = query(shop, stream.below(shop.n_queries));
    let (mut best, mut worst) = (0, 1);
    for (idx, score) in query.scores.iter().enumerate() {
        if *score > query.scores[best] {
            best = idx;
        }
        if *score < query.scores[worst] {
            worst = idx;
        }
    }
    let is_left_better = stream.chance(0.5);
    let (left, right) = if is_left_better {
        (best, worst)
    } else {
        (worst, best)
    };
    let task = KnownTask {
        query: query.number,
        left: query.candidates[left],
        right: query.candidates[right],
        is_left_better,
        is_rumour_right: stream.chance(0.45),
    };
    (query.scores[best] - query.scores[worst], task)
}
