//! What pulls every score towards 0: the priors of the strength methods, as terms of the objective.
//!
//! It does not choose a prior; `Parameters` and `prior_choice` do.

use super::Prior;
use super::logistic::{log_sigmoid, sigmoid};

/// Adds wins × [log σ(s) + log σ(−s)] − squares × s² to the objective for each item's score s.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pull {
    /// Imaginary wins, and as many losses, against an item of score 0.
    pub(super) wins: f64,
    /// Weight of the squared score.
    pub(super) squares: f64,
}

/// Wins of the prior when nothing else is asked for.
pub(super) const PRIOR_WINS: f64 = 0.5;

impl Pull {
    /// So many wins and as many losses.
    pub(super) fn of_wins(wins: f64) -> Self {
        Self { wins, squares: 0.0 }
    }

    /// The prior asked for; `Auto` must have been decided before.
    ///
    /// # Panics
    /// On a negative, infinite or undecided prior: the caller checks what the operator wrote.
    pub(super) fn of(prior: Prior) -> Self {
        let pull = match prior {
            Prior::Wins(wins) => Self::of_wins(wins),
            Prior::SquaredScores(squares) => Self { wins: 0.0, squares },
            Prior::Auto => Self::of_wins(f64::NAN),
        };
        assert!(
            pull.wins >= 0.0
                && pull.wins.is_finite()
                && pull.squares >= 0.0
                && pull.squares.is_finite(),
            "prior must be decided, finite and not negative"
        );
        pull
    }

    /// Whether nothing pulls: pure maximum likelihood, whose scores have mean 0 by definition.
    pub(super) fn is_none(self) -> bool {
        self.wins <= 0.0 && self.squares <= 0.0
    }

    /// The terms of one score.
    pub(super) fn value(self, score: f64) -> f64 {
        self.wins * (log_sigmoid(score) + log_sigmoid(-score)) - self.squares * score * score
    }

    /// Their derivative.
    pub(super) fn slope(self, score: f64) -> f64 {
        self.wins * (1.0 - 2.0 * sigmoid(score)) - 2.0 * self.squares * score
    }

    /// Their second derivative, sign reversed: not negative.
    pub(super) fn curvature(self, score: f64) -> f64 {
        2.0 * self.wins * sigmoid(score) * sigmoid(-score) + 2.0 * self.squares
    }
}
