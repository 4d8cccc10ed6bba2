//! Elo ratings: every answer moves points from the loser to the winner, in the order of time.
//!
//! All items begin at 1000. An answer of weight w about i and j changes the ratings by
//!
//! ```text
//! rᵢ ← rᵢ + 4 w (t − E),   rⱼ ← rⱼ − 4 w (t − E),   E = 1 / (1 + 10^((rⱼ − rᵢ) / 400))
//! ```
//!
//! with t = 1 (i won), ½ (tie), 0 (j won): E is what was expected. Ratings add up to 1000 per item.
//! A rating is a weighted mean of the recent past, not an estimate from all answers: it depends on
//! the order of rows by definition, an answer of weight 2 is not two answers of weight 1, and with so
//! small a step the ratings of a small group hardly leave 1000. Prefer `bradley_terry`. It has no
//! standard error.
//!
//! Ties: half a win for each side. Disconnected graph: nothing changes; islands keep the mean 1000,
//! so they are compared as if they were equally strong. An item without comparisons has 1000. Cost:
//! one pass. Source: A. E. Elo, The Rating of Chessplayers (1978).

use super::logistic::{SCORE_MAX, sigmoid};
use super::{Fit, Method, Outcomes, Parameters, RowOrder, Scale, opening_lines};

/// See the module.
#[derive(Debug)]
pub(super) struct Elo;

impl Method for Elo {
    fn name(&self) -> &'static str {
        "elo"
    }

    fn summary(&self) -> &'static str {
        "Elo ratings from 1000, in the order of time, 4 points per answer"
    }

    fn page(&self) -> String {
        opening_lines(include_str!("elo.rs"))
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn row_order(&self) -> RowOrder {
        RowOrder::Time
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        let mut ratings = vec![RATING_START; outcomes.n_items()];
        for comparison in outcomes.comparisons() {
            // Always seen from the smaller item, so that the side shown changes no bit.
            let (low, high) = comparison.low_high();
            let (low, high) = (low as usize, high as usize);
            let difference = (ratings[low] - ratings[high]) * LOG_ODDS_PER_POINT;
            let expected = sigmoid(difference.clamp(-SCORE_MAX, SCORE_MAX));
            let (won_by_low, _) = comparison.won_lost();
            let change = POINTS_PER_ANSWER * (won_by_low - comparison.weight * expected);
            ratings[low] += change;
            ratings[high] -= change;
        }
        Fit::exact(ratings)
    }
}

/// The rating of an item that has not been compared yet.
const RATING_START: f64 = 1000.0;

/// How many points an answer of weight 1 moves at most (Elo's K).
const POINTS_PER_ANSWER: f64 = 4.0;

/// 400 points are odds of 10 to 1.
const LOG_ODDS_PER_POINT: f64 = std::f64::consts::LN_10 / 400.0;
