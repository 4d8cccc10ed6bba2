//! Mean over an item's opponents of the share won against each: every opponent counts once.
//!
//! Score of item i = (1 / |Nᵢ|) Σ over j in Nᵢ of wᵢⱼ / (wᵢⱼ + wⱼᵢ), where Nᵢ are the items that i
//! met and wᵢⱼ is the weight that i won against j (a tie counts half). Unlike `win_rate` it does not
//! move when one pair is shown more often than another; like it, it ignores how strong the opponents
//! are. It has no standard error. Source: the function of this name in evalica (Ustalov 2024).
//!
//! Ties: half a win for each side. Disconnected graph: nothing changes. An item that met nobody
//! scores ½: nothing speaks for or against it. Cost: one pass.

use super::graph::sum_to_pairs;
use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct AverageWinRate;

impl Method for AverageWinRate {
    fn name(&self) -> &'static str {
        "average_win_rate"
    }

    fn summary(&self) -> &'static str {
        "mean over opponents of the share won against each, a tie counts half"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("average_win_rate.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        let mut pairs = Vec::new();
        sum_to_pairs(outcomes.comparisons(), None, &mut pairs);
        let mut share_sums = vec![0.0; outcomes.n_items()];
        let mut n_opponents = vec![0_u32; outcomes.n_items()];
        for pair in &pairs {
            let shares = [
                (pair.low as usize, pair.won / pair.weight()),
                (pair.high as usize, pair.lost / pair.weight()),
            ];
            for (item, share) in shares {
                share_sums[item] += share;
                n_opponents[item] += 1;
            }
        }
        let mean = |(sum, n): (&f64, &u32)| if *n > 0 { sum / f64::from(*n) } else { 0.5 };
        Fit::exact(share_sums.iter().zip(&n_opponents).map(mean).collect())
    }
}
