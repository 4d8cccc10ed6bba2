//! How often nominal 95 % intervals contain the truth: a simulation whose answers obey the model.
//!
//! It prints nothing and judges nothing; whoever shows the rows does.
//!
//! An interval is a statement about one of two things. Without a prior it is about fixed scores,
//! whatever they are, with mean 0. With a prior the estimate is drawn towards 0 on purpose, and the
//! interval is about scores drawn from that prior: it holds on average over them, not for each, and
//! only as far as a normal curve around the maximum looks like the posterior: not for the far scores
//! that the default prior believes possible. It also covers where the whole group lies, which answers
//! cannot show: against true scores with mean 0 it is too wide, unless the scores' common mean is taken
//! out of the estimate, the truth and the error alike (`curvature_about_mean`).

mod kinds;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::bradley_terry::BradleyTerry;
use super::logistic::sigmoid;
use super::mixing::mixed;
use super::pull::{PRIOR_WINS, Pull};
use super::solver::with_solver;
use super::{ErrorModel, Fit, Method, Outcomes, Parameters, Prior, dense, solver};
use kinds::{Dice, Drawn, Kind, Truths};

pub(super) use kinds::KINDS;

/// How much to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverageSettings {
    /// Every seed gives other answers, and the same ones in every run.
    pub seed: u64,
    /// Groups per row of the result.
    pub n_groups: usize,
}

/// Coverage in one kind of group, by one estimator with one kind of errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoverageRow {
    /// Who meets whom: `random`, `context` (a small group, as of one query), `linked_contexts` (five of
    /// them, 3 % of the answers about two of them) or `ring`.
    pub graph: &'static str,
    /// Items per group.
    pub n_items: usize,
    /// Answers per group.
    pub n_answers: usize,
    /// Whether each answer is a new one (`independent`), or is given twice by its worker (`repeated`).
    pub answers: &'static str,
    /// Where true scores come from: `normal_mean_0` (standard deviation 1, moved to mean 0 in each
    /// group), `normal` (not moved) or `prior_0.5`.
    pub truths: &'static str,
    /// `maximum_likelihood` (groups that identify it), `prior_0.5`, or `prior_l2_0.5`: squared scores,
    /// a normal prior of standard deviation 1.
    pub estimator: &'static str,
    /// `curvature`, `curvature_about_mean`, `by_worker`, or `diagonal`: 1 / √(diagonal of the
    /// curvature), as others do.
    pub errors: &'static str,
    /// Share of intervals that contain the true score; `None` without intervals.
    pub covered_share: Option<f64>,
    /// Share of bounds that contain the true rank, where there are bounds.
    pub rank_covered_share: Option<f64>,
    /// How many intervals there were: one for each item of each group that has an estimate.
    pub n_intervals: usize,
}

/// Simulates every kind of group; the same rows for the same settings, on any number of threads.
pub fn simulate_coverage(settings: &CoverageSettings) -> Vec<CoverageRow> {
    KINDS
        .iter()
        .flat_map(|kind| simulate(kind, settings))
        .collect()
}

/// The rows of one kind.
pub(super) fn simulate(kind: &Kind, settings: &CoverageSettings) -> Vec<CoverageRow> {
    let mut rows = Vec::new();
    for estimator in estimators_of(kind.truths) {
        // Counts are whole numbers: their sum does not depend on the order.
        let counts = (0..settings.n_groups)
            .into_par_iter()
            .map(|group_idx| {
                let mut dice = Dice::of(settings.seed ^ mixed(group_idx as u64));
                kind.draw(&mut dice).count(*estimator)
            })
            .reduce(<[Counts; N_ERRORS]>::default, added);
        rows.extend(kind.rows(*estimator, &counts));
    }
    rows
}

/// The estimators about which such true scores say something.
fn estimators_of(truths: Truths) -> &'static [Estimator] {
    match truths {
        Truths::NormalMean0 => &[Estimator::MaximumLikelihood, Estimator::DefaultPrior],
        Truths::Normal => &[Estimator::NormalPrior],
        Truths::DefaultPrior => &[Estimator::DefaultPrior],
    }
}

#[derive(Debug, Clone, Copy)]
enum Estimator {
    MaximumLikelihood,
    DefaultPrior,
    NormalPrior,
}

impl Estimator {
    fn name(self) -> &'static str {
        match self {
            Self::MaximumLikelihood => "maximum_likelihood",
            Self::DefaultPrior => "prior_0.5",
            Self::NormalPrior => "prior_l2_0.5",
        }
    }

    fn prior(self) -> Prior {
        match self {
            Self::MaximumLikelihood => Prior::Wins(0.0),
            Self::DefaultPrior => Prior::Wins(PRIOR_WINS),
            // Variance 1 / (2 × 0.5), that of the true scores.
            Self::NormalPrior => Prior::SquaredScores(0.5),
        }
    }
}

impl Kind {
    fn rows(
        self,
        estimator: Estimator,
        counts: &[Counts; N_ERRORS],
    ) -> impl Iterator<Item = CoverageRow> {
        ERRORS
            .into_iter()
            .zip(*counts)
            .map(move |(errors, counts)| CoverageRow {
                graph: self.graph.name(),
                n_items: self.n_items,
                n_answers: self.n_answers,
                answers: if self.n_repeats == 1 {
                    "independent"
                } else {
                    "repeated"
                },
                truths: self.truths.name(),
                estimator: estimator.name(),
                errors,
                covered_share: counts.intervals.share(),
                rank_covered_share: counts.ranks.share(),
                n_intervals: counts.intervals.n_tries,
            })
    }
}

/// Kinds of errors, in the order of a group's counts.
const ERRORS: [&str; N_ERRORS] = ["curvature", "curvature_about_mean", "by_worker", "diagonal"];

const N_ERRORS: usize = 4;

/// Tries, and how many of them succeeded.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    n_hits: usize,
    n_tries: usize,
}

impl Tally {
    fn add(&mut self, is_hit: bool) {
        self.n_hits += usize::from(is_hit);
        self.n_tries += 1;
    }

    fn share(self) -> Option<f64> {
        (self.n_tries > 0).then(|| self.n_hits as f64 / self.n_tries as f64)
    }
}

/// What a group gave.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    intervals: Tally,
    ranks: Tally,
}

/// One sum for each kind of errors.
fn added(mut sums: [Counts; N_ERRORS], others: [Counts; N_ERRORS]) -> [Counts; N_ERRORS] {
    for (sum, other) in sums.iter_mut().zip(others) {
        for (sum, other) in [
            (&mut sum.intervals, other.intervals),
            (&mut sum.ranks, other.ranks),
        ] {
            sum.n_hits += other.n_hits;
            sum.n_tries += other.n_tries;
        }
    }
    sums
}

impl Drawn {
    fn count(mut self, estimator: Estimator) -> [Counts; N_ERRORS] {
        let outcomes = Outcomes::prepare(self.truths.len(), &mut self.answers);
        let parameters = |errors| Parameters {
            prior: Some(estimator.prior()),
            errors,
            ..Parameters::default()
        };
        let fit = BradleyTerry.fit(&outcomes, &parameters(ErrorModel::Curvature));
        let clustered = BradleyTerry.fit(&outcomes, &parameters(ErrorModel::ByWorker));
        let (Some(scores), Some(errors), Some(clustered_errors)) = (
            &fit.scores,
            &fit.standard_errors,
            &clustered.standard_errors,
        ) else {
            return Default::default();
        };
        let pull = Pull::of(estimator.prior());
        let plain = |errors: &[f64]| covered(scores, errors, &self.truths);
        let mut counts = [
            plain(errors),
            covered(
                &about_mean(scores),
                &errors_about_mean(&outcomes, pull),
                &about_mean(&self.truths),
            ),
            plain(clustered_errors),
            plain(&diagonal_errors(scores, &outcomes, pull)),
        ];
        counts[0].add_ranks(&fit, &self.truths);
        counts[2].add_ranks(&clustered, &self.truths);
        counts
    }
}

/// The values less their mean.
fn about_mean(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

/// Errors of scores less their mean.
fn errors_about_mean(outcomes: &Outcomes<'_>, pull: Pull) -> Vec<f64> {
    let group = solver::Group {
        n_items: outcomes.n_items(),
        comparisons: outcomes.comparisons(),
        pull,
        tolerance: Parameters::default().tolerance,
    };
    with_solver(group.n_items, |solver| {
        solver.begin(&group, None);
        solver.climb(&group);
        solver.errors_about_mean()
    })
}

/// 1 / √ of the curvature's diagonal: as if all other scores were known.
fn diagonal_errors(scores: &[f64], outcomes: &Outcomes<'_>, pull: Pull) -> Vec<f64> {
    let mut curvatures: Vec<f64> = scores.iter().map(|score| pull.curvature(*score)).collect();
    for answer in outcomes.comparisons() {
        let (left, right) = (answer.left as usize, answer.right as usize);
        let difference = scores[left] - scores[right];
        let curvature = answer.weight * sigmoid(difference) * sigmoid(-difference);
        curvatures[left] += curvature;
        curvatures[right] += curvature;
    }
    curvatures
        .iter()
        .map(|curvature| 1.0 / curvature.sqrt())
        .collect()
}

fn covered(scores: &[f64], errors: &[f64], truths: &[f64]) -> Counts {
    let mut counts = Counts::default();
    for ((score, error), truth) in scores.iter().zip(errors).zip(truths) {
        let reach = dense::INTERVAL_STANDARD_ERRORS * error;
        counts.intervals.add((score - truth).abs() <= reach);
    }
    counts
}

impl Counts {
    fn add_ranks(&mut self, fit: &Fit, truths: &[f64]) {
        for (bounds, truth) in fit.rank_bounds.iter().flatten().zip(truths) {
            let rank = 1 + truths.iter().filter(|other| *other > truth).count() as i32;
            self.ranks.add((bounds.lo..=bounds.hi).contains(&rank));
        }
    }
}
