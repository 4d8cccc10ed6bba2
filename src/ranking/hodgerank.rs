//! Scores whose differences come nearest to the answers (Hodge ranking), and what no scores explain.
//!
//! The scores minimise
//!
//! ```text
//! Σ w (s(left) − s(right) − t)²
//! ```
//!
//! over all comparisons, with weight w and t = 1 (left won), 0 (tie), −1 (right won). The least squares
//! that are also smallest: mean 0 in each connected component. A score of 0.2 means: won about 0.2
//! more of its comparisons than it lost, opponents taken into account.
//!
//! With the mean answer mᵢⱼ of each pair and its weight wᵢⱼ, the inconsistent share is
//! Σ wᵢⱼ (mᵢⱼ − sᵢ + sⱼ)² / Σ wᵢⱼ mᵢⱼ²: 0 when some scores explain every pair, 1 for a cycle in which
//! each beat the next. Disagreement within a pair is not part of it. There is none without a decided
//! pair. No standard errors: a mean answer's variance depends on its size, which least squares ignore.
//!
//! Ties: as above. Disconnected graph: scores are comparable within a component only, and the status
//! says `NotStronglyConnected`; an item without comparisons scores 0. It needs no prior: an item that
//! always won is a finite distance ahead. Cost: up to 256 items n³/6 multiplications; beyond,
//! conjugate gradients, linear in the unique pairs.
//!
//! Source: X. Jiang, L.-H. Lim, Y. Yao, Y. Ye, Math. Program. 127 (2011) 203.

use super::graph::{Pair, component_ids, sum_to_pairs};
use super::laplacian::{Anchor, Components, Laplacian};
use super::{Fit, Found, Method, Outcomes, Parameters, Scale, Status, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct HodgeRank;

impl Method for HodgeRank {
    fn name(&self) -> &'static str {
        "hodgerank"
    }

    fn summary(&self) -> &'static str {
        "least squares on wins and losses; also the share of answers that no scores explain"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("hodgerank.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        let n_items = outcomes.n_items();
        if n_items == 0 {
            return Fit::exact(Vec::new());
        }
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
        let components = Components::new(component_ids(outcomes));
        let status = if components.len() > 1 {
            Status::NotStronglyConnected
        } else {
            Status::Ok
        };
        let ends = pairs.iter().map(|pair| (pair.low, pair.high)).collect();
        let weights: Vec<f64> = pairs.iter().map(Pair::weight).collect();
        let mut laplacian = Laplacian::new(n_items, ends, Anchor::Means(components));
        let is_set = laplacian.set_weights(&weights, &vec![0.0; n_items]);
        let solution = is_set.then(|| laplacian.solve(&excess_wins(n_items, &pairs)));
        let Some(scores) = solution.flatten() else {
            return Fit::without_scores(Status::NotConverged);
        };
        Fit {
            status,
            found: Found {
                inconsistent_share: inconsistent_share(&pairs, &scores),
                ..Found::default()
            },
            ..Fit::exact(scores)
        }
    }
}

/// Weight won less weight lost.
fn excess_wins(n_items: usize, pairs: &[Pair]) -> Vec<f64> {
    let mut excess = vec![0.0; n_items];
    for pair in pairs {
        excess[pair.low as usize] += pair.won - pair.lost;
        excess[pair.high as usize] += pair.lost - pair.won;
    }
    excess
}

fn inconsistent_share(pairs: &[Pair], scores: &[f64]) -> Option<f64> {
    let (mut unexplained, mut all) = (0.0, 0.0);
    for pair in pairs {
        let mean = (pair.won - pair.lost) / pair.weight();
        let difference = scores[pair.low as usize] - scores[pair.high as usize];
        unexplained += pair.weight() * (mean - difference) * (mean - difference);
        all += pair.weight() * mean * mean;
    }
    let share = unexplained / all;
    // 0 / 0 for ties only.
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}
