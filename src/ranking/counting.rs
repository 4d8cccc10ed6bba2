//! Weighted wins: score of item i = Σ over its comparisons of weight × (1 won, ½ tie, 0 lost).
//!
//! The oldest rule (Copeland's, with every comparison counted). It ignores who the opponent was, so
//! an item that is shown more often scores more; it has no standard error.
//!
//! Ties: half a win for each side. Disconnected graph: nothing changes, scores of two islands are
//! compared as if they had met. An item without comparisons scores 0. Cost: one pass.

use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct Counting;

impl Method for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn summary(&self) -> &'static str {
        "weighted wins, a tie counts half"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("counting.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        Fit::exact(weights_won(outcomes))
    }
}

/// Weight won by each item, a tie as half a win.
pub(super) fn weights_won(outcomes: &Outcomes<'_>) -> Vec<f64> {
    let mut won = vec![0.0; outcomes.n_items()];
    for comparison in outcomes.comparisons() {
        let (low, high) = comparison.low_high();
        let (won_by_low, won_by_high) = comparison.won_lost();
        won[low as usize] += won_by_low;
        won[high as usize] += won_by_high;
    }
    won
}
