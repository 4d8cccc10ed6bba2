//! Ranking from side-by-side answers: what a method gets, what it gives back, and the list of methods.
//!
//! It knows nothing of tables, files or SQL: the aggregate that hands over the groups is elsewhere.

mod average_win_rate;
mod bradley_terry;
mod comparisons;
mod counting;
mod coverage;
mod crowd_bradley_terry;
mod curvature;
mod davidson;
mod dense;
mod elo;
mod evaluation;
mod fit;
mod graph;
mod hodgerank;
mod laplacian;
mod logistic;
mod markov;
mod mean_win_probability;
mod mixing;
mod newton;
mod next_pairs;
mod noisy_bradley_terry;
mod pagerank;
mod pair_story;
mod panel;
mod parameters;
mod position;
mod prior_choice;
mod pull;
mod rank_centrality;
mod ranked;
mod rao_kupper;
mod residuals;
mod solver;
mod sparse;
#[cfg(test)]
mod tests;
mod tie_parameter;
mod tied;
mod win_rate;
mod worker_models;

use std::fmt::Debug;

pub use comparisons::{Comparison, Outcome, Outcomes};
pub use coverage::{CoverageRow, CoverageSettings, simulate_coverage};
pub use evaluation::{
    Agreement, CalibrationBin, Candidate, Estimate, Evaluation, EvaluationReport,
    EvaluationSettings, Gain, GroupTruth, HeldOut, Interval, KeyedAnswer, KeyedPanel, Learn,
    Learnt, Recommendation, evaluate, recommend,
};
pub use fit::{Fit, Found, RankBounds, Status};
pub use mean_win_probability::mean_win_probabilities;
pub use next_pairs::{NextPair, PairRequest, next_pairs};
pub use pair_story::{DirectEvidence, PairEstimate, PairStory, pair_story};
pub use panel::Panel;
pub use parameters::{ErrorModel, Parameters, PositionBias, Prior};
pub use position::{PositionEstimate, Refusal, position_bias};
pub use prior_choice::{PRIOR_CHOICES, PriorChoice, choose_prior};
pub use ranked::{RankedGroup, RankedItem, items_at_rank, rank_group, ranks_of};
pub use tie_parameter::{TieEstimate, tie_parameter};
pub use tied::TieModel;
pub use worker_models::{
    CarelessVote, GoldenEvidence, OwnAnswer, WEIGHT_MAX, WORKER_MODELS, WorkerEstimate, WorkerFit,
    WorkerModel, WorkerParameters, fit_workers, worker_model,
};

/// Every method, in the order of `--help`; a new one is a file, a `mod` line and a row here.
pub const METHODS: &[&dyn Method] = &[
    &counting::Counting,
    &win_rate::WinRate,
    &average_win_rate::AverageWinRate,
    &elo::Elo,
    &bradley_terry::BradleyTerry,
    &davidson::Davidson,
    &rao_kupper::RaoKupper,
    &pagerank::PageRank,
    &rank_centrality::RankCentrality,
    &hodgerank::HodgeRank,
    &noisy_bradley_terry::NoisyBradleyTerry,
    &crowd_bradley_terry::CrowdBradleyTerry,
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

    /// Whether it reads [`Parameters::position_bias`].
    fn corrects_position_bias(&self) -> bool {
        false
    }

    /// The model of ties, where it reads [`Parameters::tie_parameter`].
    fn tie_model(&self) -> Option<TieModel> {
        None
    }

    /// Logit of what the left item is expected to get (1 for a win, ½ for a tie) when its score is greater
    /// by `difference`; only asked of log strengths.
    fn expected_logit(&self, difference: f64, found: &Found) -> f64 {
        let difference = difference + found.position_bias.unwrap_or(0.0);
        match (self.tie_model(), found.tie_parameter) {
            (Some(model), Some(parameter)) => model.expected_logit(difference, parameter),
            _ => difference,
        }
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
pub(crate) fn opening_lines(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let texts: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    texts.join("\n")
}
