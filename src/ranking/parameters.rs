//! What the operator may choose about a fit.
//!
//! Reading it from the configuration or from SQL is done elsewhere.

/// What the operator may choose about a fit; a method ignores what it has no use for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// How scores are held finite; `None` is the method's own way.
    pub prior: Option<Prior>,
    /// An iteration stops when no score moves by more than this (and the gradient is small).
    pub tolerance: f64,
    /// Whether the side on which an item was shown is part of the model.
    pub position_bias: PositionBias,
    /// How likely ties are, where the method has a parameter for it; `None`: estimated.
    pub tie_parameter: Option<f64>,
    /// What standard errors stand for.
    pub errors: ErrorModel,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            prior: None,
            tolerance: 1e-6,
            position_bias: PositionBias::Off,
            tie_parameter: None,
            errors: ErrorModel::Curvature,
        }
    }
}

/// How scores of a strength method are held finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prior {
    /// So many imaginary wins and as many losses of each item against an item of score 0; finite, not
    /// negative; 0 is pure maximum likelihood.
    Wins(f64),
    /// This times Σ sᵢ² is taken off the objective; finite, positive. (The objective of choix.)
    SquaredScores(f64),
    /// The wins among `PRIOR_CHOICES` with the least loss on answers held out.
    Auto,
}

/// Whether the side on which an item was shown is part of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PositionBias {
    /// No.
    Off,
    /// Yes: estimated from the answers of the group.
    On,
    /// If it is significant and the answers determine it.
    Auto,
    /// Known, in units of log strength; positive favours the left side.
    Known(f64),
}

/// What standard errors stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorModel {
    /// Inverse curvature of the objective: every answer is independent and the model holds.
    Curvature,
    /// Sandwich estimate with one cluster for each worker: answers of a worker may depend on each other.
    ByWorker,
}
