//! Bradley–Terry with a prior by plain Newton steps, and what a group's scores imply.
//!
//! Written from the specification alone; it is slow and knows no table.

/// One answer about items of a group: `share` of the win goes to `left`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Game {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) share: f64,
    pub(super) weight: f64,
}

const PRIOR: f64 = 0.5;

/// σ.
pub(super) fn chance(difference: f64) -> f64 {
    1.0 / (1.0 + (-difference).exp())
}

/// Scores and their standard errors.
pub(super) fn fit(n_items: usize, games: &[Game]) -> (Vec<f64>, Vec<f64>) {
    let mut scores = vec![0.0; n_items];
    for _ in 0..500 {
        let (gradient, curvature) = slopes(&scores, games);
        let step = solve(curvature, gradient);
        let longest = step.iter().fold(0.0_f64, |longest, s| longest.max(s.abs()));
        let damping = if longest > 1.0 { 1.0 / longest } else { 1.0 };
        for (score, step) in scores.iter_mut().zip(&step) {
            *score += damping * step;
        }
        if longest < 1e-13 {
            break;
        }
    }
    let (_, curvature) = slopes(&scores, games);
    let errors = (0..n_items).map(|item| {
        let mut unit = vec![0.0; n_items];
        unit[item] = 1.0;
        solve(curvature.clone(), unit)[item].sqrt()
    });
    let errors = errors.collect();
    (scores, errors)
}

/// The objective's gradient and its negative Hessian.
fn slopes(scores: &[f64], games: &[Game]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n_items = scores.len();
    let mut gradient = vec![0.0; n_items];
    let mut curvature = vec![vec![0.0; n_items]; n_items];
    for (item, score) in scores.iter().enumerate() {
        let p = chance(*score);
        gradient[item] += PRIOR * (1.0 - 2.0 * p);
        curvature[item][item] += 2.0 * PRIOR * p * (1.0 - p);
    }
    for game in games {
        let (left, right) = (game.left, game.right);
        let p = chance(scores[left] - scores[right]);
        let pull = game.weight * (game.share - p);
        gradient[left] += pull;
        gradient[right] -= pull;
        let stiffness = game.weight * p * (1.0 - p);
        curvature[left][left] += stiffness;
        curvature[right][right] += stiffness;
        curvature[left][right] -= stiffness;
        curvature[right][left] -= stiffness;
    }
    (gradient, curvature)
}

/// Solves a positive definite system by elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for pivot in 0..n {
        for row in pivot + 1..n {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            let pivot_row = matrix[pivot].clone();
            for (entry, above) in matrix[row].iter_mut().zip(&pivot_row).skip(pivot) {
                *entry -= factor * above;
            }
            right[row] -= factor * right[pivot];
        }
    }
    for pivot in (0..n).rev() {
        for column in pivot + 1..n {
            right[pivot] -= matrix[pivot][column] * right[column];
        }
        right[pivot] /= matrix[pivot][pivot];
    }
    right
}

/// Scores are compared after rounding to 9 decimals.
pub(super) fn rounded(score: f64) -> i64 {
    (score * 1e9).round() as i64
}

/// Rank (1 is best, equal scores share) and quantile label of every item.
pub(super) fn ranks_and_labels(scores: &[f64]) -> Vec<(i64, i64)> {
    let rounded: Vec<i64> = scores.iter().map(|score| rounded(*score)).collect();
    let n_others = scores.len() as i64 - 1;
    let of_one = |own: &i64| {
        let n_above = rounded.iter().filter(|other| *other > own).count() as i64;
        let n_below = rounded.iter().filter(|other| *other < own).count() as i64;
        let n_equal = rounded.iter().filter(|other| *other == own).count() as i64;
        // floor(4 (b + (e - 1)/2) / (n - 1) + 1/2) in whole numbers.
        let label = (4 * (2 * n_below + n_equal - 1) + n_others).div_euclid(2 * n_others);
        (n_above + 1, label)
    };
    rounded.iter().map(of_one).collect()
}

#[test]
fn three_wins_and_one_loss_give_the_published_score() {
    let game = |share: f64| Game {
        left: 0,
        right: 1,
        share,
        weight: 1.0,
    };
    let games = [game(1.0), game(1.0), game(0.0), game(1.0)];
    let (scores, errors) = fit(2, &games);
    // Symmetric: 4 (3/4 - p) + 1/2 (1 - 2 q) = 0 with p = σ(2s), q = σ(s).
    let s = scores[0];
    assert!((scores[1] + s).abs() < 1e-12);
    assert!((4.0 * (0.75 - chance(2.0 * s)) + 0.5 * (1.0 - 2.0 * chance(s))).abs() < 1e-12);
    assert!((errors[0] - errors[1]).abs() < 1e-12 && errors[0] > 0.0);
    assert_eq!(ranks_and_labels(&scores), [(1, 4), (2, 0)]);
    assert_eq!(ranks_and_labels(&[0.0, 0.0]), [(1, 2), (1, 2)]);
}
