//! Which pairs to ask the crowd next.
//!
//! It asks nobody and knows no table: it sees the answers so far and gives a list, the best pair first.
//!
//! From the Bradley–Terry fit of a group, with its prior, the difference d of two scores is known up to
//! a variance v. An answer about the two has information h = σ(d) σ(−d) about d, and is expected to bring
//! ½ log(1 + h v) nats about the scores. That alone would also settle how far apart items are whose
//! order is clear, so it is weighed by e^(−d² / 2v), the likelihood of "no difference" next to that of d:
//!
//! ```text
//! priority = ½ log(1 + h v) e^(−d² / 2v) / (n c)
//! ```
//!
//! n is the number of items: each group's order counts the same, and one score is the greater part of a
//! smaller group. c is the cost of an answer in that group. After each choice the variances are those
//! after one more answer about the pair (Sherman and Morrison 1950), the scores stay: so a group does
//! not get the same pair again and again. Variances only fall, so priorities do, and the best of all
//! groups' lists are the best list.
//!
//! Up to 256 items: all pairs, with the exact covariance. Above: each item with its next four in the
//! order of scores, and covariances between items taken as 0, which makes v too great, never too small.
//!
//! Without a prior, a group that the answers do not determine is fitted with the default prior. A group
//! whose fit does not converge gets no pairs.
//!
//! Measured against random pairs with synthetic groups of 6 to 12 items, in rounds of half an answer per
//! item: the share of answers that gives the same mean Kendall tau as random pairs give with 6 to 12
//! answers per item is 51–58 % where scores have a standard deviation of 2, 55–65 % for 1.5, 67–77 %
//! for 1. With a coin for one answer in ten it is 53–61 %, 62–69 % and 72–78 %, and 84–87 % for 0.7: where
//! items are hardly different, there is little to choose (each figure ± 3). Rounds of two answers per
//! item cost up to 12 points. Among thirteen criteria tried, the information alone needed up to 10 points
//! more, and the chance of a wrong order alone did worse than random pairs: it asks about hopeless ones.
//!
//! Sources: D. V. Lindley, Ann. Math. Statist. 27 (1956) 986 (expected information); M. E. Glickman,
//! S. T. Jensen, J. Statist. Plann. Inference 127 (2005) 279 (paired comparisons).

mod choosing;
mod knowledge;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::logistic::sigmoid;
use super::mixing::mixed;
use super::{Fit, Method, Outcomes, Panel, Parameters, Prior, Status, bradley_terry::BradleyTerry};
use choosing::{Choice, Limits, choose, coin, expected_information};
use knowledge::Knowledge;

/// How many pairs, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct PairRequest {
    /// Pairs in all.
    pub budget: usize,
    /// At most so many in one group.
    pub per_query_max: usize,
    /// At most so many with the same item.
    pub per_item_max: usize,
    /// What an answer costs in each group, positive and finite; `None`: the same everywhere.
    pub costs: Option<Vec<f64>>,
    /// Decides between equally good pairs and sides.
    pub seed: u64,
}

/// A pair to ask. Numbers are those after answers about the pairs before it in the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NextPair {
    /// The group's number in the panel.
    pub group: usize,
    /// The item to show on the left: the one that was there less often, net of the right.
    pub left: u32,
    /// The other one.
    pub right: u32,
    /// Nats about the scores that one answer is expected to bring.
    pub expected_information: f64,
    /// Chance that the left one wins, at the scores as they are.
    pub win_probability: f64,
    /// Standard error of the difference of the two scores.
    pub standard_error_of_difference: f64,
}

/// The pairs of most priority, in that order; fewer than the budget when the limits allow no more.
///
/// The same list for any order of answers and any number of threads.
///
/// # Panics
/// When `costs` has not one positive, finite number for each group: a mistake of the caller.
#[must_use]
pub fn next_pairs(panel: &Panel, parameters: &Parameters, request: &PairRequest) -> Vec<NextPair> {
    if let Some(costs) = &request.costs {
        assert_eq!(costs.len(), panel.n_groups(), "one cost for each group");
        let is_cost = |cost: &f64| *cost > 0.0 && cost.is_finite();
        assert!(costs.iter().all(is_cost), "costs are positive and finite");
    }
    let mut queue = Queue {
        panel,
        parameters,
        request,
        best: Vec::new(),
    };
    let limit_max = request.per_query_max.min(request.budget);
    let mut open: Vec<Open> = (0..panel.n_groups())
        .map(|group| Open {
            group,
            n_known: 0,
            limit: first_limit(panel.group(group).n_items()).min(limit_max),
        })
        .collect();
    while !open.is_empty() {
        for chunk in open.chunks(GROUPS_AT_ONCE) {
            queue.extend(chunk);
        }
        open = queue.cut_short(&open, limit_max);
    }
    queue.best.into_iter().map(|ranked| ranked.pair).collect()
}

/// Pairs first listed for a group of so many items; the list is made longer where all of it is taken.
fn first_limit(n_items: usize) -> usize {
    // One more pair costs little beside the fit.
    n_items.div_ceil(2).max(4)
}

/// Groups listed before the lists are cut to the budget: bounds the memory.
const GROUPS_AT_ONCE: usize = 16_384;

/// A group whose list may have to be longer.
struct Open {
    group: usize,
    /// Pairs of the list that were already looked at.
    n_known: usize,
    /// Pairs to list.
    limit: usize,
}

/// A pair, its place in the list of its group, and what it is worth.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    priority: f64,
    place: usize,
    pair: NextPair,
}

/// The best pairs so far.
struct Queue<'a> {
    panel: &'a Panel,
    parameters: &'a Parameters,
    request: &'a PairRequest,
    best: Vec<Ranked>,
}

impl Queue<'_> {
    /// Lists more pairs of these groups, and keeps the best of all.
    fn extend(&mut self, open: &[Open]) {
        let worst = self.best.last().map(|ranked| ranked.priority);
        let floor = worst.filter(|_| self.best.len() >= self.request.budget);
        let lists: Vec<Vec<Ranked>> = open
            .par_iter()
            .map(|open| self.list(open, floor.unwrap_or(0.0)))
            .collect();
        self.best.extend(lists.into_iter().flatten());
        self.best.sort_unstable_by(|one, other| {
            let by_priority = other.priority.total_cmp(&one.priority);
            by_priority
                .then(one.pair.group.cmp(&other.pair.group))
                .then(one.place.cmp(&other.place))
        });
        self.best.truncate(self.request.budget);
    }

    /// Pairs `n_known..limit` of a group's list, as far as none is below the floor.
    fn list(&self, open: &Open, floor: f64) -> Vec<Ranked> {
        let outcomes = self.panel.group(open.group);
        let Some((parameters, fit)) = fitted(&outcomes, self.parameters) else {
            return Vec::new();
        };
        let cost = self
            .request
            .costs
            .as_ref()
            .map_or(1.0, |all| all[open.group]);
        let Some(mut knowledge) = Knowledge::of(&outcomes, &parameters, &fit) else {
            return Vec::new();
        };
        let limits = Limits {
            n_pairs: open.limit,
            per_item: self.request.per_item_max,
            cost,
            floor,
        };
        let coins = mixed(self.request.seed ^ mixed(open.group as u64));
        let choices = choose(&mut knowledge, &limits, coins);
        let mut sides = Sides::new(&outcomes, coins);
        let ranked = choices
            .into_iter()
            .enumerate()
            .map(|(place, choice)| Ranked {
                priority: choice.priority,
                place,
                pair: sides.arrange(open.group, &choice),
            });
        // Those known are listed again, because the others depend on them.
        ranked.skip(open.n_known).collect()
    }

    /// Groups whose whole list is among the best, although it might be longer.
    fn cut_short(&self, open: &[Open], limit_max: usize) -> Vec<Open> {
        let mut n_taken = vec![0_usize; self.panel.n_groups()];
        for ranked in &self.best {
            n_taken[ranked.pair.group] += 1;
        }
        open.iter()
            .filter(|open| n_taken[open.group] == open.limit && open.limit < limit_max)
            .map(|open| Open {
                group: open.group,
                n_known: open.limit,
                limit: (2 * open.limit).min(limit_max),
            })
            .collect()
    }
}

/// A converged fit of a group with at least two items, and the parameters that it was made with.
fn fitted(outcomes: &Outcomes<'_>, parameters: &Parameters) -> Option<(Parameters, Fit)> {
    if outcomes.n_items() < 2 {
        return None;
    }
    let mut parameters = *parameters;
    let mut fit = BradleyTerry.fit(outcomes, &parameters);
    if fit.status == Status::NotIdentified {
        parameters.prior = None::<Prior>;
        fit = BradleyTerry.fit(outcomes, &parameters);
    }
    (fit.status != Status::NotConverged).then_some((parameters, fit))
}

/// Who stands on the left.
struct Sides {
    /// Times shown on the left less times shown on the right.
    excess: Vec<i64>,
    coins: u64,
}

impl Sides {
    fn new(outcomes: &Outcomes<'_>, coins: u64) -> Self {
        let mut excess = vec![0; outcomes.n_items()];
        for comparison in outcomes.comparisons() {
            excess[comparison.left as usize] += 1;
            excess[comparison.right as usize] -= 1;
        }
        Self { excess, coins }
    }

    fn arrange(&mut self, group: usize, choice: &Choice) -> NextPair {
        let Choice {
            low,
            high,
            difference,
            variance,
            ..
        } = *choice;
        let (of_low, of_high) = (self.excess[low as usize], self.excess[high as usize]);
        // Another coin than the one that chose the pair, and than that of the pair before.
        self.coins = mixed(self.coins);
        let is_head = coin(self.coins, low, high) & 1 == 0;
        let low_is_left = of_low < of_high || (of_low == of_high && is_head);
        let (left, right, sign) = if low_is_left {
            (low, high, 1.0)
        } else {
            (high, low, -1.0)
        };
        self.excess[left as usize] += 1;
        self.excess[right as usize] -= 1;
        NextPair {
            group,
            left,
            right,
            expected_information: expected_information(difference, variance),
            win_probability: sigmoid(sign * difference),
            standard_error_of_difference: variance.sqrt(),
        }
    }
}
