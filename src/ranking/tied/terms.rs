//! The two models of ties: likelihood, slope and curvature of one pair's answers.
//!
//! It knows neither groups nor solvers.

use crate::ranking::logistic::{SCORE_MAX, exp_of_nonpositive, log_sigmoid, sigmoid};

/// A model in which ties have their own parameter, one for all comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieModel {
    /// P(tie) = ν √(πᵢ πⱼ) / (πᵢ + πⱼ + ν √(πᵢ πⱼ)).
    Davidson,
    /// P(tie) = (θ² − 1) πᵢ πⱼ / ((πᵢ + θ πⱼ) (πⱼ + θ πᵢ)).
    RaoKupper,
}

/// All answers about two items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ranking) struct TiedPair {
    pub(in crate::ranking) low: u32,
    pub(in crate::ranking) high: u32,
    /// Weight of the answers won by `low`, ties not included.
    pub(in crate::ranking) won: f64,
    /// Weight of the answers won by `high`, ties not included.
    pub(in crate::ranking) lost: f64,
    /// Weight of the ties.
    pub(in crate::ranking) tied: f64,
}

/// The tie parameter as a number without bounds: log ν, or log (θ² − 1). In these the log-likelihood
/// is concave together with the scores.
pub(in crate::ranking) const COORDINATE_MAX: f64 = 600.0;

/// The tie parameter, ready for use.
#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) enum Tie {
    Davidson {
        /// log ν.
        coordinate: f64,
    },
    RaoKupper {
        /// log (θ² − 1).
        coordinate: f64,
        /// log θ.
        threshold: f64,
    },
}

/// Derivatives of one pair's log-likelihood by the difference d of scores and by the coordinate c.
#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) struct Terms {
    /// ∂/∂d.
    pub(in crate::ranking) slope: f64,
    /// ∂/∂c.
    pub(in crate::ranking) tie_slope: f64,
    /// −∂²/∂d².
    pub(in crate::ranking) curvature: f64,
    /// −∂²/∂d∂c.
    pub(in crate::ranking) cross: f64,
    /// −∂²/∂c².
    pub(in crate::ranking) tie_curvature: f64,
}

impl TieModel {
    /// The tie parameter with this coordinate.
    pub(in crate::ranking) fn at(self, coordinate: f64) -> Tie {
        match self {
            Self::Davidson => Tie::Davidson { coordinate },
            // θ = √(1 + eᶜ).
            Self::RaoKupper => Tie::RaoKupper {
                coordinate,
                threshold: -0.5 * log_sigmoid(-coordinate),
            },
        }
    }

    /// The coordinate of this ν or θ.
    ///
    /// # Panics
    /// On a ν that is not finite and positive, or a θ that is not finite or below 1: the caller rejects
    /// them where the operator wrote them.
    pub(in crate::ranking) fn coordinate(self, parameter: f64) -> f64 {
        let coordinate = match self {
            Self::Davidson => {
                assert!(
                    parameter.is_finite() && parameter > 0.0,
                    "tie parameter of davidson must be finite and positive"
                );
                parameter.ln()
            }
            Self::RaoKupper => {
                assert!(
                    parameter.is_finite() && parameter >= 1.0,
                    "tie parameter of rao_kupper must be finite and at least 1"
                );
                (parameter - 1.0).ln() + (parameter + 1.0).ln()
            }
        };
        coordinate.clamp(-COORDINATE_MAX, COORDINATE_MAX)
    }

    /// The coordinate that explains this share of ties best among equal items.
    pub(in crate::ranking) fn coordinate_of_share(self, tied: f64, decided: f64) -> f64 {
        let odds = tied / decided;
        let coordinate = match self {
            Self::Davidson => (2.0 * odds).ln(),
            // θ = 1 + 2 × odds.
            Self::RaoKupper => (4.0 * odds).ln() + odds.ln_1p(),
        };
        coordinate.clamp(-COORDINATE_MAX, COORDINATE_MAX)
    }

    /// The parameter of a model in which ties do not happen.
    pub(in crate::ranking) fn parameter_without_ties(self) -> f64 {
        match self {
            Self::Davidson => 0.0,
            Self::RaoKupper => 1.0,
        }
    }

    /// Logit of P(win) + ½ P(tie) at this difference of scores, within ± 60, and this ν or θ.
    pub(in crate::ranking) fn expected_logit(self, difference: f64, parameter: f64) -> f64 {
        let difference = difference.clamp(-2.0 * SCORE_MAX, 2.0 * SCORE_MAX);
        let expected = |difference: f64| match self {
            Self::Davidson => (0.5 * difference).exp() + 0.5 * parameter,
            // P(win) + ½ P(tie) = ½ + ½ [P(win) − P(loss)], and P(loss) = 1 − σ(d + log θ).
            Self::RaoKupper => {
                sigmoid(difference - parameter.ln()) + sigmoid(difference + parameter.ln())
            }
        };
        (expected(difference) / expected(-difference)).ln()
    }
}

impl Tie {
    /// ν or θ.
    pub(in crate::ranking) fn parameter(self) -> f64 {
        match self {
            Self::Davidson { coordinate } => coordinate.exp(),
            Self::RaoKupper { threshold, .. } => threshold.exp(),
        }
    }

    /// How fast ν or θ grows with the coordinate.
    pub(in crate::ranking) fn parameter_slope(self) -> f64 {
        match self {
            Self::Davidson { coordinate } => coordinate.exp(),
            Self::RaoKupper {
                coordinate,
                threshold,
            } => 0.5 * sigmoid(coordinate) * threshold.exp(),
        }
    }

    /// Log-likelihood of the pair's answers at this difference of scores.
    pub(in crate::ranking) fn log_likelihood(self, pair: &TiedPair, difference: f64) -> f64 {
        let half = 0.5 * difference;
        match self {
            Self::Davidson { coordinate } => {
                let (greatest, sum, _) = davidson_sum(half, coordinate);
                let all = pair.won + pair.lost + pair.tied;
                (pair.won - pair.lost) * half + pair.tied * coordinate - all * (greatest + sum.ln())
            }
            Self::RaoKupper {
                coordinate,
                threshold,
            } => {
                (pair.won + pair.tied) * log_sigmoid(difference - threshold)
                    + (pair.lost + pair.tied) * log_sigmoid(-difference - threshold)
                    + pair.tied * coordinate
            }
        }
    }

    /// Its derivatives.
    pub(in crate::ranking) fn terms(self, pair: &TiedPair, difference: f64) -> Terms {
        match self {
            Self::Davidson { coordinate } => {
                let (_, sum, [wins, loses, ties]) = davidson_sum(0.5 * difference, coordinate);
                let (win, lose, tie) = (wins / sum, loses / sum, ties / sum);
                let all = pair.won + pair.lost + pair.tied;
                Terms {
                    slope: 0.5 * (pair.won - pair.lost - all * (win - lose)),
                    tie_slope: pair.tied - all * tie,
                    // The same as win + lose − (win − lose)², without cancellation.
                    curvature: 0.25 * all * (4.0 * win * lose + tie * (win + lose)),
                    cross: 0.5 * all * tie * (lose - win),
                    tie_curvature: all * tie * (win + lose),
                }
            }
            Self::RaoKupper {
                coordinate,
                threshold,
            } => {
                let (won, lost) = (pair.won + pair.tied, pair.lost + pair.tied);
                let (above, below) = (difference - threshold, -difference - threshold);
                let (won_slope, lost_slope) = (won * sigmoid(-above), lost * sigmoid(-below));
                let (won_curvature, lost_curvature) =
                    (won_slope * sigmoid(above), lost_slope * sigmoid(below));
                // The threshold's first and second derivative by the coordinate.
                let rate = 0.5 * sigmoid(coordinate);
                let bend = rate * sigmoid(-coordinate);
                let threshold_slope = won_slope + lost_slope;
                Terms {
                    slope: won_slope - lost_slope,
                    tie_slope: pair.tied - rate * threshold_slope,
                    curvature: won_curvature + lost_curvature,
                    cross: rate * (lost_curvature - won_curvature),
                    tie_curvature: rate * rate * (won_curvature + lost_curvature)
                        + bend * threshold_slope,
                }
            }
        }
    }
}

/// The greatest of d/2, −d/2 and log ν; the sum of e to the power of each less that; the summands.
fn davidson_sum(half: f64, coordinate: f64) -> (f64, f64, [f64; 3]) {
    let greatest = half.abs().max(coordinate);
    let summands = [half, -half, coordinate].map(|power| exp_of_nonpositive(power - greatest));
    (greatest, summands.iter().sum(), summands)
}
