//! Ranking from side-by-side answers: what a method gets, what it gives back, and the list of methods.
//!
//! It knows nothing of tables, files or SQL: the aggregate that hands over the groups is elsewhere.

mod bradley_terry;
mod comparisons;
mod counting;
mod dense;
mod fit;
mod graph;
mod logistic;
mod mean_win_probability;
mod newton;
mod panel;
mod parameters;
mod ranked;
mod sparse;
#[cfg(test)]
mod tests;
mod win_rate;

use std::fmt::Debug;

pub use comparisons::{Comparison, Outcome, Outcomes};
pub use fit::{Fit, Found, Status};
pub use mean_win_probability::mean_win_probabilities;
pub use panel::Panel;
pub use parameters::{ErrorModel, Parameters, PositionBias, Prior};
pub use ranked::{RankedItem, items_at_rank, rank_group};

/// Every method, in the order of `--help`; a new one is a file, a `mod` line and a row here.
pub const METHODS: &[&dyn Method] = &[
    &counting::Counting,
    &win_rate::WinRate,
    &bradley_terry::BradleyTerry,
];

/// The method of this name, if there is one.
pub fn method(name: &str) -> Option<&'static dyn Method> {
    METHODS.iter().copied().find(|method| method.name() == name)
}

/// Turns the answers of one group into a score for each item.
pub trait Method: Debug + Send + Sync {
    /// The name in SQL, in the configuration and in published tables.
    fn name(&self) -> &'static str;

    /// One line for `--help`, without a full stop.
    fn summary(&self) -> &'static str;

    /// What the scores mean.
    fn scale(&self) -> Scale;

    /// Formula, symbols, source, ties, disconnected graph, cost: the opening lines of the method's own file.
    fn page(&self) -> String;

    /// In which order the method wants the answers.
    fn row_order(&self) -> RowOrder {
        RowOrder::Canonical
    }

    /// Scores the items; pure: the same bits for the same answers, whatever the number of threads.
    fn fit(&self, outcomes: &Outcomes<'_>, parameters: &Parameters) -> Fit;
}

/// What a method's score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Logarithm of a strength: σ(score) is the chance to win against an item of score 0.
    LogStrength,
    /// Anything else: only the order and the method's own definition count.
    Points,
}

/// In which order a method wants the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// One order for every order of rows ([`Outcomes::prepare`]): the result cannot depend on it.
    Canonical,
    /// As they were given ([`Outcomes::in_time`]): the method learns from one answer after the other.
    Time,
}

/// The opening `//!` lines of a source file, without the marks.
fn opening_lines(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let texts: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    texts.join("\n")
}
