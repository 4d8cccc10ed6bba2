//! Newton's method for a strictly concave sum of logistic terms, shared by the dense and the sparse
//! solver.
//!
//! It does not know how a linear system is solved, nor where the terms come from.

use super::logistic::SCORE_MAX;

/// One way to store the terms and to solve with their curvature.
pub(super) trait System {
    /// Moves to these scores: writes the gradient there and keeps the curvature.
    fn linearise(&mut self, scores: &[f64], gradient: &mut [f64]);

    /// Writes the Newton step: curvature × step = gradient. False when it cannot be computed.
    fn solve(&mut self, gradient: &[f64], step: &mut [f64]) -> bool;

    /// The objective at these scores; rarely needed.
    fn objective(&self, scores: &[f64]) -> f64;

    /// How the objective answers to a bias of the sides at these scores, where the gradient has
    /// vanished and the last `solve` was no further away than its step.
    ///
    /// The terms must tell sides apart: an offset that is not negative (+0 included) belongs to one
    /// side, a negative one (−0 included) to the other. The bias counts in the direction of the first.
    fn bias_response(&mut self, scores: &[f64]) -> BiasResponse;
}

/// First and second derivative of the objective's maximum over the scores, in the bias of the sides.
pub(super) struct BiasResponse {
    /// Σ ± (won − weight × expected share): the maximum's derivative.
    pub(super) slope: f64,
    /// Σ h − cᵀ H⁻¹ c, with c the derivative of the scores' gradient, sign reversed: not negative.
    pub(super) curvature: f64,
    /// Σ h: what the curvature would be if the scores stood still.
    pub(super) curvature_alone: f64,
    /// H⁻¹ c: each score falls by so much when the bias grows by 1.
    pub(super) shift: Vec<f64>,
}

/// When to stop.
pub(super) struct Stop {
    /// No score may move by more than this,
    pub(super) step_max: f64,
    /// and no entry of the gradient be greater: a small step alone is not a small error.
    pub(super) gradient_max: f64,
}

/// What happened.
pub(super) struct Ascent {
    pub(super) iterations: u32,
    pub(super) gradient_norm: f64,
    pub(super) is_converged: bool,
}

/// Vectors of one entry per item, kept by the caller so that small groups do not allocate.
#[derive(Default)]
pub(super) struct Vectors {
    pub(super) scores: Vec<f64>,
    pub(super) gradient: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f64>,
}

impl Vectors {
    /// All zero, for this many items.
    pub(super) fn reset(&mut self, n_items: usize) {
        for vector in [
            &mut self.scores,
            &mut self.gradient,
            &mut self.step,
            &mut self.trial,
        ] {
            vector.clear();
            vector.resize(n_items, 0.0);
        }
    }
}

/// Iterations allowed; 5 or 6 are usual, 20 rare.
const ITERATIONS_MAX: u32 = 100;

/// No score moves further in one iteration: beyond, the quadratic model says nothing.
const STEP_CAP: f64 = 2.0;

/// A step is halved at most this often; then rounding, not the step, is the obstacle.
const HALVINGS_MAX: u32 = 30;

/// Climbs from the scores in `vectors` and leaves the system linearised where the last step began.
///
/// That last step, shorter than `step_max`, is taken as well: it costs nothing and squares the error.
pub(super) fn maximise(system: &mut impl System, vectors: &mut Vectors, stop: &Stop) -> Ascent {
    let mut ascent = Ascent {
        iterations: 0,
        gradient_norm: 0.0,
        is_converged: false,
    };
    system.linearise(&vectors.scores, &mut vectors.gradient);
    while ascent.iterations < ITERATIONS_MAX {
        ascent.iterations += 1;
        ascent.gradient_norm = greatest_magnitude(&vectors.gradient);
        if !system.solve(&vectors.gradient, &mut vectors.step) {
            break;
        }
        let longest = greatest_magnitude(&vectors.step);
        if !longest.is_finite() {
            break;
        }
        if longest < stop.step_max && ascent.gradient_norm <= stop.gradient_max {
            ascent.is_converged = true;
            for (score, step) in vectors.scores.iter_mut().zip(&vectors.step) {
                *score += step;
            }
            break;
        }
        advance(system, vectors, longest);
    }
    ascent
}

/// Takes the step, shortened until the objective rises, and linearises there.
fn advance(system: &mut impl System, vectors: &mut Vectors, longest: f64) {
    let mut share = (STEP_CAP / longest).min(1.0);
    for _ in 0..HALVINGS_MAX {
        for ((trial, score), step) in vectors
            .trial
            .iter_mut()
            .zip(&vectors.scores)
            .zip(&vectors.step)
        {
            *trial = (score + share * step).clamp(-SCORE_MAX, SCORE_MAX);
        }
        system.linearise(&vectors.trial, &mut vectors.gradient);
        if surely_rises(longest, share)
            || still_climbing(&vectors.gradient, &vectors.step)
            || system.objective(&vectors.trial) > system.objective(&vectors.scores)
        {
            break;
        }
        share *= 0.5;
    }
    std::mem::swap(&mut vectors.scores, &mut vectors.trial);
}

/// Whether this share of a Newton step raises the objective whatever the terms are.
///
/// A logistic term's curvature h changes at most as fast as its argument: |h'| <= h |δ|, δ the change
/// of the argument, |δ| <= R = 2 × the longest move. So the rise is at least, in units of
/// gradient × step, share − (eʳ − r − 1) / R² with r = share × R. A full step passes up to R = 1.79.
fn surely_rises(longest: f64, share: f64) -> bool {
    let all = 2.0 * longest;
    let taken = share * all;
    // share >= 1 only when the step is whole: the usual case, without an exponential.
    if share >= 1.0 {
        return all <= 1.79;
    }
    taken.exp_m1() - taken <= taken * all
}

/// Whether the slope along the step is still upwards at its end: then it was all the way, by concavity.
fn still_climbing(gradient: &[f64], step: &[f64]) -> bool {
    let slope: f64 = gradient
        .iter()
        .zip(step)
        .map(|(one, other)| one * other)
        .sum();
    slope >= 0.0
}

/// Greatest absolute value; NaN if there is one, 0 for none.
fn greatest_magnitude(values: &[f64]) -> f64 {
    let mut greatest: f64 = 0.0;
    for value in values {
        let magnitude = value.abs();
        // No later magnitude is greater than NaN: it stays.
        if magnitude > greatest || magnitude.is_nan() {
            greatest = magnitude;
        }
    }
    greatest
}
