//! Shares of a random walk: where a walker ends up who moves from an item to one that beat it.
//!
//! From item i the walker goes to j with chance 0.85 wⱼᵢ / Σₖ wₖᵢ, where wⱼᵢ is the weight that j won
//! against i (a tie counts half), and with chance 0.15 anywhere: all items are equally likely. From an
//! item that nobody beat it always goes anywhere. The score is the share of time that the walker
//! spends at the item; shares have sum 1. Whoever beats those who are hard to beat is on top, never
//! the loser.
//!
//! Only the proportions of an item's own losses count, so an item that lost once in a hundred and one
//! that always lost send on equally much: two items that won 3 : 1 score ½ each. Use it to find items
//! that beat strong ones, not to measure strength. It has no standard error.
//!
//! Ties: half a win for each side. Disconnected graph: the jumps make the answer unique, and it says
//! little about two islands; an item without comparisons scores like one that never won. Cost: up to
//! 128 items n³/3 multiplications, exactly; beyond, some 20 passes over the pairs, to 11 digits.
//!
//! Source: L. Page, S. Brin, R. Motwani, T. Winograd, Stanford technical report 1999-66.

use super::graph::{Pair, sum_to_pairs};
use super::markov::{Arc, Chain};
use super::{Fit, Method, Outcomes, Parameters, Scale, Status, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct PageRank;

impl Method for PageRank {
    fn name(&self) -> &'static str {
        "pagerank"
    }

    fn summary(&self) -> &'static str {
        "share of time at the item on a walk from losers to winners, damping 0.85"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("pagerank.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        if outcomes.n_items() == 0 {
            return Fit::exact(Vec::new());
        }
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
        let stationary = walk(outcomes.n_items(), &pairs).stationary();
        let is_converged = stationary.is_converged && stationary.shares.is_some();
        Fit {
            iterations: stationary.sweeps,
            gradient_norm: stationary.change,
            scores: stationary.shares,
            ..Fit::without_scores(if is_converged {
                Status::Ok
            } else {
                Status::NotConverged
            })
        }
    }
}

/// The chance to follow a defeat and not to jump.
const DAMPING: f64 = 0.85;

fn walk(n_items: usize, pairs: &[Pair]) -> Chain {
    let mut lost = vec![0.0; n_items];
    for pair in pairs {
        lost[pair.low as usize] += pair.lost;
        lost[pair.high as usize] += pair.won;
    }
    let anywhere = 1.0 / n_items as f64;
    let background: Vec<f64> = lost
        .iter()
        .map(|&lost| {
            if lost > 0.0 {
                (1.0 - DAMPING) * anywhere
            } else {
                anywhere
            }
        })
        .collect();
    let mut arcs = Vec::with_capacity(2 * pairs.len());
    for pair in pairs {
        for (loser, winner, weight) in [
            (pair.low, pair.high, pair.lost),
            (pair.high, pair.low, pair.won),
        ] {
            let source = loser as usize;
            if weight > 0.0 {
                arcs.push(Arc {
                    source: loser,
                    target: winner,
                    rate: background[source] + DAMPING * (weight / lost[source]),
                });
            }
        }
    }
    Chain::new(background, &arcs)
}
