//! Share of weighted comparisons won: the baseline that every other method must beat.
//!
//! Score of item i = wᵢ / mᵢ, where wᵢ is the weight it won (a tie counts half; see `counting`) and
//! mᵢ the weight of all its comparisons. It ignores who the opponent was and has no standard error.
//!
//! Ties: half a win for each side. Disconnected graph: nothing changes. An item that met nobody
//! scores ½: nothing speaks for or against it. Cost: two passes.

use super::counting::weights_won;
use super::{Fit, Method, Outcomes, Parameters, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct WinRate;

impl Method for WinRate {
    fn name(&self) -> &'static str {
        "win_rate"
    }

    fn summary(&self) -> &'static str {
        "share of weighted comparisons won, a tie counts half"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("win_rate.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        let mut met = vec![0.0; outcomes.n_items()];
        for comparison in outcomes.comparisons() {
            met[comparison.left as usize] += comparison.weight;
            met[comparison.right as usize] += comparison.weight;
        }
        let share = |(won, met): (&f64, &f64)| if *met > 0.0 { won / met } else { 0.5 };
        let won = weights_won(outcomes);
        Fit::exact(won.iter().zip(&met).map(share).collect())
    }
}
