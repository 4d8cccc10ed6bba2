//! What a method gives back for one group.
//!
//! It knows no method.

use super::Refusal;

/// Whether, and in what sense, the scores can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The one answer of a well-posed problem.
    Ok,
    /// Some items never won, or never lost, against some others: their distance is the prior's.
    NotStronglyConnected,
    /// Without a prior the answers do not determine the scores: there are none.
    NotIdentified,
    /// The limit of iterations was reached; the scores are those of the last one, if finite.
    NotConverged,
}

impl Status {
    /// The word in published tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotStronglyConnected => "not_strongly_connected",
            Self::NotIdentified => "not_identified",
            Self::NotConverged => "not_converged",
        }
    }
}

/// The result of a method for one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// One finite score per item, greater is better; `None` when the answers do not determine them.
    pub scores: Option<Vec<f64>>,
    /// One standard error per item; `None` when the method has none or did not converge.
    pub standard_errors: Option<Vec<f64>>,
    /// One pair of bounds per item, where the method knows the errors of differences.
    pub rank_bounds: Option<Vec<RankBounds>>,
    /// Whether the scores can be trusted.
    pub status: Status,
    /// Iterations used; 0 for a formula.
    pub iterations: u32,
    /// Greatest absolute entry of the gradient where the last step began; 0 for a formula.
    pub gradient_norm: f64,
    /// What else was found out about the group as a whole.
    pub found: Found,
}

/// The ranks that an item can have for all we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankBounds {
    /// 1 + the number of items that are surely better.
    pub lo: i32,
    /// The number of items that are not surely worse.
    pub hi: i32,
}

impl RankBounds {
    /// Any of `n_items` ranks.
    pub(super) fn open(n_items: usize) -> Self {
        Self {
            lo: 1,
            hi: n_items as i32,
        }
    }
}

/// What a fit finds out about a group beside the items' scores; `None` where the method has no such thing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Found {
    /// Favour of the left side that the scores take into account, in units of log strength.
    pub position_bias: Option<f64>,
    /// Its standard error, where it was estimated here.
    pub position_bias_se: Option<f64>,
    /// Why a favour of the left side was asked for and not taken into account.
    pub position_refusal: Option<Refusal>,
    /// Davidson's ν or Rao and Kupper's θ.
    pub tie_parameter: Option<f64>,
    /// Share of the answers' weighted square that no scores can explain.
    pub inconsistent_share: Option<f64>,
    /// The prior that `Prior::Auto` picked, in wins.
    pub prior: Option<f64>,
}

impl Fit {
    /// The result of a formula: nothing to iterate, nothing to doubt. Weights too great for a finite sum
    /// give no scores.
    pub(super) fn exact(scores: Vec<f64>) -> Self {
        if !scores.iter().all(|score| score.is_finite()) {
            return Self::without_scores(Status::NotConverged);
        }
        Self {
            scores: Some(scores),
            standard_errors: None,
            rank_bounds: None,
            status: Status::Ok,
            iterations: 0,
            gradient_norm: 0.0,
            found: Found::default(),
        }
    }

    /// No scores, for this reason.
    pub(super) fn without_scores(status: Status) -> Self {
        Self {
            scores: None,
            standard_errors: None,
            rank_bounds: None,
            status,
            iterations: 0,
            gradient_norm: 0.0,
            found: Found::default(),
        }
    }
}
