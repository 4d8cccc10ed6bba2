//! Newton's method for one group: curvature, steps, the safeguard, standard errors.
//!
//! The tie parameter is either held or climbs along; the other unknowns are eliminated first, so that
//! a shared parameter can collect what every group says about it.

use super::{COORDINATE_MAX, Terms, Tie, TieModel, TiedPair};
use crate::ranking::laplacian::{Anchor, Components, Laplacian};
use crate::ranking::logistic::SCORE_MAX;
use crate::ranking::pull::Pull;

/// Iterations allowed; 8 are usual.
const ITERATIONS_MAX: u32 = 100;

/// Nothing moves further in one iteration: beyond, the quadratic model says nothing.
const STEP_CAP: f64 = 2.0;

/// A step is halved at most this often; then rounding, not the step, is the obstacle.
const HALVINGS_MAX: u32 = 30;

/// The gradient may be at most this, in units of 1 + the greatest weight of an item.
const GRADIENT_TOLERANCE: f64 = 1e-8;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) struct Stop {
    /// Neither a score nor the tie parameter's coordinate may move by more than this,
    step_max: f64,
    /// and no entry of the gradient be greater.
    gradient_max: f64,
}

impl Stop {
    pub(in crate::ranking) fn of(n_items: usize, pairs: &[TiedPair], tolerance: f64) -> Self {
        let mut item_weights = vec![0.0; n_items];
        for pair in pairs {
            for item in [pair.low, pair.high] {
                item_weights[item as usize] += pair.won + pair.lost + pair.tied;
            }
        }
        let greatest = item_weights.iter().copied().fold(0.0, f64::max);
        Self {
            step_max: tolerance,
            gradient_max: GRADIENT_TOLERANCE * (1.0 + greatest),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(in crate::ranking) struct Climb {
    pub(in crate::ranking) iterations: u32,
    pub(in crate::ranking) gradient_norm: f64,
    pub(in crate::ranking) is_converged: bool,
}

/// What a group says about the tie parameter's coordinate when its scores follow: the slope of the
/// objective and minus its second derivative.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ranking) struct TieResponse {
    pub(in crate::ranking) slope: f64,
    pub(in crate::ranking) curvature: f64,
}

/// One group's objective, linearised at some scores and tie parameter.
pub(in crate::ranking) struct TiedGroup {
    pairs: Vec<TiedPair>,
    pull: Pull,
    laplacian: Laplacian,
    /// By the scores.
    gradient: Vec<f64>,
    /// By the coordinate.
    tie_slope: f64,
    /// Minus the second derivatives: by score and coordinate, and by the coordinate.
    border: Vec<f64>,
    corner: f64,
    /// Whether the curvature by the scores is positive definite in floats.
    is_solvable: bool,
    weights: Vec<f64>,
    diagonal: Vec<f64>,
}

/// A Newton step.
struct Step {
    scores: Vec<f64>,
    coordinate: f64,
}

/// How the tie parameter takes part.
#[derive(Clone, Copy)]
enum Course {
    Held(Tie),
    Climbing(TieModel, f64),
}

impl Course {
    fn tie(self) -> Tie {
        match self {
            Self::Held(tie) => tie,
            Self::Climbing(model, coordinate) => model.at(coordinate),
        }
    }

    /// The same, moved.
    fn moved(self, by: f64) -> Self {
        match self {
            Self::Held(_) => self,
            Self::Climbing(model, coordinate) => {
                let moved = (coordinate + by).clamp(-COORDINATE_MAX, COORDINATE_MAX);
                Self::Climbing(model, moved)
            }
        }
    }
}

impl TiedGroup {
    /// Without a prior the pairs must connect all items.
    pub(in crate::ranking) fn new(n_items: usize, pairs: Vec<TiedPair>, pull: Pull) -> Self {
        let anchor = if pull.is_none() {
            Anchor::Means(Components::new(vec![0; n_items]))
        } else {
            Anchor::Diagonal
        };
        let ends = pairs.iter().map(|pair| (pair.low, pair.high)).collect();
        Self {
            laplacian: Laplacian::new(n_items, ends, anchor),
            gradient: vec![0.0; n_items],
            tie_slope: 0.0,
            border: vec![0.0; n_items],
            corner: 0.0,
            is_solvable: false,
            weights: vec![0.0; pairs.len()],
            diagonal: vec![0.0; n_items],
            pairs,
            pull,
        }
    }

    /// Climbs from these scores at a given tie parameter; leaves the group linearised where the last
    /// step began.
    pub(in crate::ranking) fn climb(
        &mut self,
        scores: &mut Vec<f64>,
        tie: Tie,
        stop: &Stop,
    ) -> Climb {
        self.ascend(scores, &mut Course::Held(tie), stop)
    }

    /// The same with the tie parameter, from this coordinate; also returns the parameter.
    pub(in crate::ranking) fn climb_with_tie(
        &mut self,
        scores: &mut Vec<f64>,
        model: TieModel,
        coordinate: f64,
        stop: &Stop,
    ) -> (Climb, Tie) {
        let mut course = Course::Climbing(model, coordinate);
        let climb = self.ascend(scores, &mut course, stop);
        (climb, course.tie())
    }

    /// What the group says about the coordinate, at the last linearisation plus one step of the scores.
    pub(in crate::ranking) fn tie_response(&self) -> Option<TieResponse> {
        let step = self.laplacian.solve(&self.gradient)?;
        let response = self.laplacian.solve(&self.border)?;
        Some(TieResponse {
            slope: self.tie_slope - product(&self.border, &step),
            curvature: self.corner - product(&self.border, &response),
        })
    }

    /// Square roots of the diagonal of the inverse curvature at the last linearisation; with the
    /// tie parameter's uncertainty if it was estimated.
    pub(in crate::ranking) fn standard_errors(&self, is_tie_estimated: bool) -> Option<Vec<f64>> {
        let mut variances = self.laplacian.inverse_diagonal()?;
        if is_tie_estimated {
            // The inverse of a bordered matrix: H⁻¹ + H⁻¹c (H⁻¹c)ᵀ / (k − cᵀH⁻¹c).
            let response = self.laplacian.solve(&self.border)?;
            let curvature = self.corner - product(&self.border, &response);
            for (variance, entry) in variances.iter_mut().zip(&response) {
                *variance += entry * entry / curvature;
            }
        }
        let errors = variances.iter().map(|variance| variance.max(0.0).sqrt());
        let errors: Vec<f64> = errors.collect();
        let is_finite = errors.iter().all(|error| error.is_finite());
        is_finite.then_some(errors)
    }

    fn ascend(&mut self, scores: &mut Vec<f64>, course: &mut Course, stop: &Stop) -> Climb {
        let mut climb = Climb {
            iterations: 0,
            gradient_norm: 0.0,
            is_converged: false,
        };
        self.linearise(scores, *course);
        while climb.iterations < ITERATIONS_MAX {
            climb.iterations += 1;
            climb.gradient_norm = greatest_magnitude(&self.gradient);
            if let Course::Climbing(..) = course {
                climb.gradient_norm = climb.gradient_norm.max(self.tie_slope.abs());
            }
            let Some(newton) = self.step(*course) else {
                break;
            };
            let longest = greatest_magnitude(&newton.scores).max(newton.coordinate.abs());
            if !longest.is_finite() {
                break;
            }
            if longest < stop.step_max && climb.gradient_norm <= stop.gradient_max {
                climb.is_converged = true;
                // It costs nothing and squares the error.
                for (score, move_by) in scores.iter_mut().zip(&newton.scores) {
                    *score += move_by;
                }
                *course = course.moved(newton.coordinate);
                break;
            }
            self.advance(scores, course, &newton, longest);
        }
        climb
    }

    /// Curvature × step = gradient, the scores eliminated before the coordinate.
    fn step(&self, course: Course) -> Option<Step> {
        if !self.is_solvable {
            return None;
        }
        let mut scores = self.laplacian.solve(&self.gradient)?;
        if let Course::Held(_) = course {
            return Some(Step {
                scores,
                coordinate: 0.0,
            });
        }
        let response = self.laplacian.solve(&self.border)?;
        let slope = self.tie_slope - product(&self.border, &scores);
        let coordinate = slope / (self.corner - product(&self.border, &response));
        for (score, entry) in scores.iter_mut().zip(&response) {
            *score -= coordinate * entry;
        }
        Some(Step { scores, coordinate })
    }

    /// Takes the step, shortened until the objective rises, and linearises there.
    fn advance(&mut self, scores: &mut Vec<f64>, course: &mut Course, step: &Step, longest: f64) {
        let slope_here = self.slope_along(step);
        let mut share = (STEP_CAP / longest).min(1.0);
        let (mut trial, mut trial_course) = (scores.clone(), *course);
        for _ in 0..HALVINGS_MAX {
            let moves = scores.iter().zip(&step.scores);
            for (target, (score, move_by)) in trial.iter_mut().zip(moves) {
                *target = (score + share * move_by).clamp(-SCORE_MAX, SCORE_MAX);
            }
            trial_course = course.moved(share * step.coordinate);
            self.linearise(&trial, trial_course);
            // The slope falls along the step, from its full height to 0 if the quadratic model is
            // right. Not far below 0 it rose, for curvature does not multiply within the cap. Only
            // else is the objective asked: near the maximum it drowns in rounding.
            if self.slope_along(step) >= -0.5 * slope_here
                || self.objective(&trial, trial_course) > self.objective(scores, *course)
            {
                break;
            }
            share *= 0.5;
        }
        (*scores, *course) = (trial, trial_course);
    }

    fn slope_along(&self, step: &Step) -> f64 {
        product(&self.gradient, &step.scores) + self.tie_slope * step.coordinate
    }

    /// Moves to these scores: gradient and curvature.
    fn linearise(&mut self, scores: &[f64], course: Course) {
        let tie = course.tie();
        let own = self.gradient.iter_mut().zip(&mut self.diagonal);
        for ((slope, curvature), &score) in own.zip(scores) {
            *slope = self.pull.slope(score);
            *curvature = self.pull.curvature(score);
        }
        self.border.fill(0.0);
        (self.tie_slope, self.corner) = (0.0, 0.0);
        for (pair, weight) in self.pairs.iter().zip(&mut self.weights) {
            let (low, high) = (pair.low as usize, pair.high as usize);
            let terms: Terms = tie.terms(pair, scores[low] - scores[high]);
            *weight = terms.curvature;
            self.gradient[low] += terms.slope;
            self.gradient[high] -= terms.slope;
            self.border[low] += terms.cross;
            self.border[high] -= terms.cross;
            self.tie_slope += terms.tie_slope;
            self.corner += terms.tie_curvature;
        }
        self.is_solvable = self.laplacian.set_weights(&self.weights, &self.diagonal);
    }

    fn objective(&self, scores: &[f64], course: Course) -> f64 {
        let tie = course.tie();
        let of_prior = scores.iter().map(|&score| self.pull.value(score));
        let of_pairs = self.pairs.iter().map(|pair| {
            let difference = scores[pair.low as usize] - scores[pair.high as usize];
            tie.log_likelihood(pair, difference)
        });
        of_prior.sum::<f64>() + of_pairs.sum::<f64>()
    }
}

fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Greatest absolute value; NaN if there is one, 0 for none.
fn greatest_magnitude(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |greatest: f64, value| {
        if value.is_nan() || greatest.is_nan() {
            f64::NAN
        } else {
            greatest.max(value.abs())
        }
    })
}
