//! The two priors of strengths: imaginary wins and losses, and squared scores.
//!
//! It holds their weights; the solvers compute with them.

/// Adds wins × [log σ(s) + log σ(−s)] − squares × s² to the objective for each score s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pull {
    pub(super) wins: f64,
    pub(super) squares: f64,
}
