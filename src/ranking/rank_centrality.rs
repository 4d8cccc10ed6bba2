//! Rank Centrality: log of the time that a walker spends at an item, who prefers the more often better.
//!
//! For every two items i and j the walker moves from i to j at the rate
//!
//! ```text
//! (wⱼᵢ + a) / (wᵢⱼ + wⱼᵢ + 2a)
//! ```
//!
//! where wⱼᵢ is the weight that j won against i (a tie counts half) and a is the prior's weight, 0.1
//! unless `Prior::Wins` says otherwise (another prior has no meaning here). If the answers follow the
//! Bradley–Terry model, each item's share of time approaches its strength as answers grow; the score
//! is the logarithm of that share, with mean 0 over the group. It has no standard error.
//!
//! Two items that never met have the rate ½ both ways, as if they were equally strong. So scores
//! shrink the more, the fewer pairs have met, and in a sparse graph even the order can suffer: of the
//! chain 0 beats 1 beats 2 beats 3 it puts 2 before 1. It is meant for graphs in which most have met;
//! `bradley_terry` needs no such care. With a = 0 items that never met have no rate (Negahban's walk).
//!
//! Ties: half a win for each side. Disconnected graph: finite through a, and the status says
//! `NotStronglyConnected` as it does for an item that never won or never lost; with a = 0 the status
//! is `NotIdentified` and there are no scores. Cost: up to 128 items n³/3 multiplications, exactly;
//! beyond, passes over the pairs, 10 to 50 as a rule; for a = 0 on a long ring or chain more than the
//! limit of 2,000, and then the status is `NotConverged`.
//!
//! Sources: S. Negahban, S. Oh, D. Shah, Oper. Res. 65 (2017) 266; the pseudo-counts are those of
//! choix (Maystre).

use super::graph::{Pair, is_strongly_connected, sum_to_pairs};
use super::markov::{Arc, Chain};
use super::{Fit, Method, Outcomes, Parameters, Prior, Scale, Status, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct RankCentrality;

impl Method for RankCentrality {
    fn name(&self) -> &'static str {
        "rank_centrality"
    }

    fn summary(&self) -> &'static str {
        "log of the stationary share of a walk between items by how often each was better"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("rank_centrality.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::LogStrength
    }

    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit {
        let n_items = outcomes.n_items();
        if n_items < 2 {
            return Fit::exact(vec![0.0; n_items]);
        }
        let prior = match parameters.prior {
            Some(Prior::Wins(wins)) => wins,
            _ => PRIOR_WINS,
        };
        assert!(
            prior.is_finite() && prior >= 0.0,
            "prior must be finite and not negative"
        );
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
        let is_connected = is_strongly_connected(n_items, &pairs);
        if prior <= 0.0 && !is_connected {
            return Fit::without_scores(Status::NotIdentified);
        }
        let stationary = walk(n_items, &pairs, prior).stationary();
        let status = match &stationary.shares {
            Some(_) if stationary.is_converged && is_connected => Status::Ok,
            Some(_) if stationary.is_converged => Status::NotStronglyConnected,
            _ => Status::NotConverged,
        };
        Fit {
            iterations: stationary.sweeps,
            gradient_norm: stationary.change,
            scores: stationary.shares.map(centred_logarithms),
            ..Fit::without_scores(status)
        }
    }
}

/// Weight of the prior when nothing else is asked for.
const PRIOR_WINS: f64 = 0.1;

fn walk(n_items: usize, pairs: &[Pair], prior: f64) -> Chain {
    let never_met = if prior > 0.0 { 0.5 } else { 0.0 };
    let mut arcs = Vec::with_capacity(2 * pairs.len());
    for pair in pairs {
        let all = pair.weight() + 2.0 * prior;
        for (source, target, won) in [
            (pair.low, pair.high, pair.lost),
            (pair.high, pair.low, pair.won),
        ] {
            let rate = (won + prior) / all;
            arcs.push(Arc {
                source,
                target,
                rate,
            });
        }
    }
    Chain::new(vec![never_met; n_items], &arcs)
}

fn centred_logarithms(mut shares: Vec<f64>) -> Vec<f64> {
    for share in &mut shares {
        *share = share.ln();
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    shares.iter().map(|score| score - mean).collect()
}
