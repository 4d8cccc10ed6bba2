//! Worker models: what they find, that the leaps between rounds change nothing, and what they survive.

use super::*;

fn noisy() -> &'static dyn WorkerModel {
    worker_model("noisy_bradley_terry").expect("registered")
}

fn crowd() -> &'static dyn WorkerModel {
    worker_model("crowd_bradley_terry").expect("registered")
}

fn panel_of(n_workers: usize, groups: &[(u32, Vec<Comparison>)]) -> Panel {
    let mut panel = Panel::new(n_workers);
    for (n_items, rows) in groups {
        panel.push(*n_items, &mut rows.clone());
    }
    panel
}

fn without_evidence(n_workers: usize) -> Vec<GoldenEvidence> {
    vec![GoldenEvidence::default(); n_workers]
}

fn fit_panel(panel: &Panel, model: &dyn WorkerModel, tolerance: f64) -> WorkerFit {
    let parameters = WorkerParameters {
        tolerance,
        ..WorkerParameters::default()
    };
    let evidence = without_evidence(panel.n_workers());
    fit_workers(panel, model, &evidence, &parameters)
}

fn reliabilities(fit: &WorkerFit) -> Vec<f64> {
    fit.workers
        .iter()
        .map(|worker| worker.reliability)
        .collect()
}

fn left_biases(fit: &WorkerFit) -> Vec<f64> {
    fit.workers.iter().map(|worker| worker.left_bias).collect()
}

fn bits_of(fit: &WorkerFit) -> Vec<u64> {
    let numbers = [fit.scores.clone(), reliabilities(fit), left_biases(fit)];
    numbers
        .iter()
        .flatten()
        .map(|number| number.to_bits())
        .collect()
}

/// Groups with ties and fractional weights, answered by workers who differ.
fn varied_groups(
    draws: &mut Draws,
    n_groups: usize,
    n_workers: usize,
) -> Vec<(u32, Vec<Comparison>)> {
    (0..n_groups)
        .map(|_| {
            let n_items = 2 + draws.below(5);
            let mut rows = draws.group(n_items, 15);
            for row in &mut rows {
                row.worker = draws.below(n_workers) as u32;
                if draws.share() < 0.7 * f64::from(row.worker) / n_workers as f64 {
                    row.outcome = if draws.share() < 0.8 {
                        Outcome::Left
                    } else {
                        Outcome::Right
                    };
                }
            }
            (n_items as u32, rows)
        })
        .collect()
}

// Reference values.

#[test]
fn fixtures_are_met_to_six_decimals() {
    let Some(fixtures) = fixtures() else { return };
    let case = &fixtures["worker_cases"][0];
    let integer = |value: &Value| value.as_u64().expect("an integer") as u32;
    let mut rows: Vec<Comparison> = golden_rows(case);
    for (row, columns) in rows.iter_mut().zip(case["rows"].as_array().expect("rows")) {
        (row.worker, row.weight) = (integer(&columns[3]), 1.0);
    }
    let panel = panel_of(8, &[(6, rows.clone())]);
    for (key, model) in [("noisy", noisy()), ("crowdbt", crowd())] {
        let expected = |column: &str| -> Vec<f64> {
            let values = case["expected"][key][column].as_array().expect("values");
            values
                .iter()
                .map(|v| v.as_f64().expect("a number"))
                .collect()
        };
        let exact = fit_panel(&panel, model, 1e-10);
        assert_close(&exact.scores, &expected("scores"), 1e-6, key);
        assert_close(&reliabilities(&exact), &expected("reliability"), 1e-7, key);
        assert_close(&left_biases(&exact), &expected("left_bias"), 1e-7, key);
        let usual = fit_panel(&panel, model, 1e-6);
        assert_close(&usual.scores, &expected("scores"), 1e-3, key);
        assert_close(&reliabilities(&usual), &expected("reliability"), 1e-4, key);
        // Plain rounds need 86 and 77.
        assert!(usual.is_converged && usual.rounds <= 30, "{}", usual.rounds);
        assert_close(&scores(model, 6, &rows), &expected("scores"), 1e-6, key);
    }
}

/// A model as it is printed in the documentation, in plain loops.
struct Reference<'a> {
    groups: &'a [(u32, Vec<Comparison>)],
    evidence: &'a [GoldenEvidence],
    is_crowd: bool,
    scores: Vec<Vec<f64>>,
    /// Reliability and left bias.
    workers: Vec<(f64, f64)>,
}

fn logistic_share(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl<'a> Reference<'a> {
    fn new(
        groups: &'a [(u32, Vec<Comparison>)],
        evidence: &'a [GoldenEvidence],
        model: &dyn WorkerModel,
    ) -> Self {
        Self {
            groups,
            evidence,
            is_crowd: !model.has_bias(),
            scores: groups.iter().map(|(n, _)| vec![0.0; *n as usize]).collect(),
            workers: vec![(0.8, 0.5); evidence.len()],
        }
    }

    /// The same at the result of a fit.
    fn at(mut self, fit: &WorkerFit) -> Self {
        for (group_idx, scores) in self.scores.iter_mut().enumerate() {
            let items = fit.offsets[group_idx]..fit.offsets[group_idx + 1];
            scores.copy_from_slice(&fit.scores[items]);
        }
        self.workers = fit
            .workers
            .iter()
            .map(|w| (w.reliability, w.left_bias))
            .collect();
        self
    }

    /// Winner, loser, weight, and the winner's side, of each answer or half of one.
    fn halves(row: &Comparison) -> Vec<(usize, usize, f64, Outcome)> {
        let (left, right) = (row.left as usize, row.right as usize);
        let on_left = |weight| (left, right, weight, Outcome::Left);
        let on_right = |weight| (right, left, weight, Outcome::Right);
        match row.outcome {
            Outcome::Left => vec![on_left(row.weight)],
            Outcome::Right => vec![on_right(row.weight)],
            Outcome::Tie => vec![on_left(row.weight / 2.0), on_right(row.weight / 2.0)],
        }
    }

    /// Chances of an answer that is careful, and of one that is not.
    fn chances(&self, worker: usize, difference: f64, side: Outcome) -> (f64, f64) {
        let (reliability, left_bias) = self.workers[worker];
        let careless = match side {
            _ if self.is_crowd => logistic_share(-difference),
            Outcome::Left => left_bias,
            _ => 1.0 - left_bias,
        };
        let careful = reliability * logistic_share(difference);
        (careful, (1.0 - reliability) * careless)
    }

    /// A round as in the specification, with short steps uphill for the items.
    fn round(&mut self) {
        let mut sums = vec![(0.0, 0.0, 0.0); self.workers.len()];
        for (group_idx, (_, rows)) in self.groups.iter().enumerate() {
            let before = self.scores[group_idx].clone();
            let mut votes = Vec::new();
            for row in rows {
                for (winner, loser, weight, side) in Self::halves(row) {
                    let worker = row.worker as usize;
                    let (careful, careless) =
                        self.chances(worker, before[winner] - before[loser], side);
                    let share = careful / (careful + careless);
                    sums[worker].0 += weight * share;
                    match side {
                        Outcome::Left => sums[worker].1 += weight * (1.0 - share),
                        _ => sums[worker].2 += weight * (1.0 - share),
                    }
                    votes.push((winner, loser, weight * share));
                    if self.is_crowd {
                        votes.push((loser, winner, weight * (1.0 - share)));
                    }
                }
            }
            for _ in 0..4 {
                climb(&mut self.scores[group_idx], &votes);
            }
        }
        for ((worker, sums), golden) in self.workers.iter_mut().zip(sums).zip(self.evidence) {
            let (n, n_correct) = (golden.n as f64, golden.n_correct as f64);
            let (careful, left, right) = sums;
            worker.0 = (careful + n_correct + 4.0) / (careful + left + right + n + 5.0);
            if !self.is_crowd {
                worker.1 = (left + 2.0) / (left + right + 4.0);
            }
        }
    }

    fn objective(&self) -> f64 {
        let mut sum = 0.0;
        for (scores, (_, rows)) in self.scores.iter().zip(self.groups) {
            for score in scores {
                sum += 0.5 * (logistic_share(*score) * logistic_share(-score)).ln();
            }
            for row in rows {
                for (winner, loser, weight, side) in Self::halves(row) {
                    let difference = scores[winner] - scores[loser];
                    let (careful, careless) = self.chances(row.worker as usize, difference, side);
                    sum += weight * (careful + careless).ln();
                }
            }
        }
        for ((reliability, left_bias), golden) in self.workers.iter().zip(self.evidence) {
            sum += (4 + golden.n_correct) as f64 * reliability.ln();
            sum += (1 + golden.n - golden.n_correct) as f64 * (1.0 - reliability).ln();
            sum += 2.0 * (left_bias * (1.0 - left_bias)).ln();
        }
        sum
    }
}

/// One step along the gradient, short enough for any curvature.
fn climb(scores: &mut [f64], votes: &[(usize, usize, f64)]) {
    let mut gradient: Vec<f64> = scores
        .iter()
        .map(|&score| 0.5 * (1.0 - 2.0 * logistic_share(score)))
        .collect();
    let mut weights = vec![0.5; scores.len()];
    for &(winner, loser, weight) in votes {
        let slope = weight * logistic_share(scores[loser] - scores[winner]);
        gradient[winner] += slope;
        gradient[loser] -= slope;
        weights[winner] += weight;
        weights[loser] += weight;
    }
    let heaviest = weights
        .iter()
        .fold(0.0_f64, |most, weight| most.max(*weight));
    for (score, slope) in scores.iter_mut().zip(&gradient) {
        // The curvature is at most twice a quarter of the heaviest item's weight.
        *score += 2.0 * slope / heaviest;
    }
}

fn uneven_evidence(n_workers: usize) -> Vec<GoldenEvidence> {
    (0..n_workers as u64)
        .map(|worker| GoldenEvidence {
            n: 3 * worker,
            n_correct: 2 * worker,
        })
        .collect()
}

#[test]
fn plain_loops_find_the_same_fixed_point() {
    let mut draws = Draws(20);
    for case in 0..3 {
        let groups = varied_groups(&mut draws, 5, 3);
        let evidence = uneven_evidence(3);
        let panel = panel_of(3, &groups);
        for model in WORKER_MODELS {
            let parameters = WorkerParameters {
                tolerance: 1e-10,
                ..WorkerParameters::default()
            };
            let fit = fit_workers(&panel, *model, &evidence, &parameters);
            assert!(fit.is_converged, "{} rounds", fit.rounds);
            let mut reference = Reference::new(&groups, &evidence, *model);
            for _ in 0..1_500 {
                reference.round();
            }
            let what = format!("case {case} {}", model.name());
            let workers = &reference.workers;
            let expected: Vec<f64> = workers.iter().map(|worker| worker.0).collect();
            assert_close(&reliabilities(&fit), &expected, 1e-6, &what);
            let expected: Vec<f64> = workers.iter().map(|worker| worker.1).collect();
            assert_close(&left_biases(&fit), &expected, 1e-6, &what);
            assert_close(&fit.scores, &reference.scores.concat(), 1e-5, &what);
        }
    }
}

#[test]
fn no_score_and_no_worker_can_be_moved_to_gain_anything() {
    let mut draws = Draws(21);
    let mut groups = varied_groups(&mut draws, 20, 6);
    // Large enough for the sparse solver.
    let mut large = draws.group(260, 1_500);
    for row in &mut large {
        row.worker = draws.below(6) as u32;
    }
    groups.push((260, large));
    let evidence = uneven_evidence(6);
    let panel = panel_of(6, &groups);
    for model in WORKER_MODELS {
        let parameters = WorkerParameters {
            tolerance: 1e-10,
            ..WorkerParameters::default()
        };
        let fit = fit_workers(&panel, *model, &evidence, &parameters);
        assert!(fit.is_converged, "{} rounds", fit.rounds);
        let mut at = Reference::new(&groups, &evidence, *model).at(&fit);
        let height = 1e-5;
        let mut flat = |slope: &mut dyn FnMut(&mut Reference<'_>, f64)| {
            slope(&mut at, height);
            let above = at.objective();
            slope(&mut at, -2.0 * height);
            let below = at.objective();
            slope(&mut at, height);
            let slope = (above - below) / (2.0 * height);
            assert!(slope.abs() < 1e-4, "{} {slope}", model.name());
        };
        for (group_idx, item) in [(0, 0), (3, 1), (19, 0), (20, 7), (20, 259)] {
            flat(&mut |at, by| at.scores[group_idx][item] += by);
        }
        for worker in 0..6 {
            flat(&mut |at, by| at.workers[worker].0 += by);
            if model.has_bias() {
                flat(&mut |at, by| at.workers[worker].1 += by);
            }
        }
    }
}

/// Where a difference would stand after one Newton step without an answer of this slope and curvature.
fn difference_without(
    scores: &[f64],
    curvature: &[Vec<f64>],
    (left, right): (usize, usize),
    (slope, own_curvature): (f64, f64),
) -> f64 {
    let mut system: Vec<Vec<f64>> = curvature.to_vec();
    for (one, other, sign) in [
        (left, left, 1.0),
        (right, right, 1.0),
        (left, right, -1.0),
        (right, left, -1.0),
    ] {
        system[one][other] -= sign * own_curvature;
    }
    let n = scores.len();
    let mut step = vec![0.0; n];
    (step[left], step[right]) = (-slope, slope);
    for k in 0..n {
        for i in k + 1..n {
            let (above, below) = system.split_at_mut(i);
            let factor = below[0][k] / above[k][k];
            for (entry, pivot) in below[0].iter_mut().zip(&above[k]) {
                *entry -= factor * pivot;
            }
            step[i] -= factor * step[k];
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            step[k] -= system[k][j] * step[j];
        }
        step[k] /= system[k][k];
    }
    scores[left] + step[left] - scores[right] - step[right]
}

impl Reference<'_> {
    /// What an answer does to the difference left − right: slope and curvature; no ties.
    fn pull(&self, row: &Comparison, scores: &[f64]) -> (f64, f64) {
        let (winner, loser, weight, side) = Self::halves(row)[0];
        let share = logistic_share(scores[winner] - scores[loser]);
        let (careful, careless) =
            self.chances(row.worker as usize, scores[winner] - scores[loser], side);
        let trusted = careful / (careful + careless);
        let curvature = weight * share * (1.0 - share);
        let (slope, curvature) = if self.is_crowd {
            (weight * (trusted - share), curvature)
        } else {
            (weight * trusted * (1.0 - share), trusted * curvature)
        };
        let sign = if side == Outcome::Left { 1.0 } else { -1.0 };
        (sign * slope, curvature)
    }

    fn curvature(&self, rows: &[Comparison], scores: &[f64]) -> Vec<Vec<f64>> {
        let mut curvature = vec![vec![0.0; scores.len()]; scores.len()];
        for (item, score) in scores.iter().enumerate() {
            curvature[item][item] = logistic_share(*score) * logistic_share(-score);
        }
        for row in rows {
            let (left, right) = (row.left as usize, row.right as usize);
            let (_, own) = self.pull(row, scores);
            curvature[left][left] += own;
            curvature[right][right] += own;
            curvature[left][right] -= own;
            curvature[right][left] -= own;
        }
        curvature
    }

    /// The workers as judged by scores without the answer at hand.
    fn judged_by_others(&self) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0, 0.0); self.workers.len()];
        for (scores, (_, rows)) in self.scores.iter().zip(self.groups) {
            let curvature = self.curvature(rows, scores);
            for row in rows {
                let pair = (row.left as usize, row.right as usize);
                let without = difference_without(scores, &curvature, pair, self.pull(row, scores));
                let difference = match row.outcome {
                    Outcome::Left => without,
                    _ => -without,
                };
                let (careful, careless) =
                    self.chances(row.worker as usize, difference, row.outcome);
                let share = careful / (careful + careless);
                let sum = &mut sums[row.worker as usize];
                sum.0 += row.weight * share;
                match row.outcome {
                    Outcome::Left => sum.1 += row.weight * (1.0 - share),
                    _ => sum.2 += row.weight * (1.0 - share),
                }
            }
        }
        let judged = sums.iter().map(|(careful, left, right)| {
            let reliability = (careful + 4.0) / (careful + left + right + 5.0);
            let left_bias = (left + 2.0) / (left + right + 4.0);
            (reliability, if self.is_crowd { 0.5 } else { left_bias })
        });
        judged.collect()
    }
}

const LEFT_OUT: WorkerParameters = WorkerParameters {
    prior_wins: 0.5,
    tolerance: 1e-9,
    rounds_max: 200,
    own_answer: OwnAnswer::LeftOut,
};

#[test]
fn answers_left_out_are_judged_by_the_others() {
    let mut draws = Draws(27);
    let mut groups = varied_groups(&mut draws, 12, 3);
    for row in groups.iter_mut().flat_map(|(_, rows)| rows) {
        if row.outcome == Outcome::Tie {
            row.outcome = Outcome::Left;
        }
    }
    let panel = panel_of(3, &groups);
    let evidence = without_evidence(3);
    for model in WORKER_MODELS {
        let fit = fit_workers(&panel, *model, &evidence, &LEFT_OUT);
        assert!(fit.is_converged, "{} rounds", fit.rounds);
        let judged = Reference::new(&groups, &evidence, *model)
            .at(&fit)
            .judged_by_others();
        let (expected, biases): (Vec<f64>, Vec<f64>) = judged.into_iter().unzip();
        assert_close(&reliabilities(&fit), &expected, 1e-6, model.name());
        assert_close(&left_biases(&fit), &biases, 1e-6, model.name());
        let counted = fit_panel(&panel, *model, 1e-9);
        let moved = (fit.workers[0].reliability - counted.workers[0].reliability).abs();
        assert!(moved > 1e-3, "{} {moved}", model.name());
    }
}

// What workers do.

const CLICKER: usize = 5;
const ALWAYS_LEFT: usize = 6;
const OPPOSITE: usize = 7;

/// Five good workers, and one of each bad kind, about six items.
fn planted(n_groups: usize, n_answers: usize) -> Panel {
    let mut draws = Draws(22);
    let groups: Vec<(u32, Vec<Comparison>)> = (0..n_groups)
        .map(|_| {
            let truth: Vec<f64> = (0..6).map(|_| 6.0 * draws.share() - 3.0).collect();
            let rows = (0..n_answers).map(|_| {
                let mut row = draws.answer(&truth);
                row.worker = draws.below(8) as u32;
                let clicked = [Outcome::Left, Outcome::Right][draws.below(2)];
                row.outcome = match (row.worker as usize, row.outcome) {
                    (CLICKER, _) => clicked,
                    (OPPOSITE, Outcome::Left) => Outcome::Right,
                    (OPPOSITE | ALWAYS_LEFT, _) => Outcome::Left,
                    (_, outcome) => outcome,
                };
                row
            });
            (6, rows.collect())
        })
        .collect();
    panel_of(8, &groups)
}

#[test]
fn bad_workers_are_told_from_good_ones() {
    let panel = planted(100, 40);
    let fit = fit_panel(&panel, noisy(), 1e-6);
    assert!(fit.is_converged);
    let (found, biases) = (reliabilities(&fit), left_biases(&fit));
    assert!(
        found[..CLICKER].iter().all(|share| *share > 0.8),
        "{found:?}"
    );
    assert!(
        found[CLICKER..].iter().all(|share| *share < 0.3),
        "{found:?}"
    );
    assert!(biases[ALWAYS_LEFT] > 0.95, "{biases:?}");
    assert!((0.3..0.7).contains(&biases[CLICKER]), "{biases:?}");
    let n_answers: u64 = fit.workers.iter().map(|worker| worker.n_answers).sum();
    assert_eq!(n_answers, 100 * 40);
}

#[test]
fn only_the_crowd_model_learns_from_who_answers_the_opposite() {
    let panel = planted(100, 40);
    let fit = fit_panel(&panel, crowd(), 1e-6);
    assert!(fit.is_converged);
    let found = reliabilities(&fit);
    assert!(
        found[..CLICKER].iter().all(|share| *share > 0.9),
        "{found:?}"
    );
    assert!((0.35..0.65).contains(&found[CLICKER]), "{found:?}");
    assert!((0.35..0.65).contains(&found[ALWAYS_LEFT]), "{found:?}");
    assert!(found[OPPOSITE] < 0.1, "{found:?}");
    assert_close(&left_biases(&fit), &[0.5; 8], 0.0, "no bias");
}

#[test]
fn in_small_groups_only_answers_left_out_betray_a_random_clicker() {
    let panel = planted(200, 15);
    let parameters = WorkerParameters {
        prior_wins: 2.0,
        ..LEFT_OUT
    };
    for model in WORKER_MODELS {
        let counted = fit_panel(&panel, *model, 1e-6);
        let left_out = fit_workers(&panel, *model, &without_evidence(8), &parameters);
        assert!(left_out.is_converged, "{} rounds", left_out.rounds);
        let weights = |fit: &WorkerFit| -> Vec<f64> {
            let weight = |share: &f64| model.weight_of_reliability(*share);
            reliabilities(fit).iter().map(weight).collect()
        };
        let (fooled, found) = (weights(&counted), weights(&left_out));
        assert!(fooled[CLICKER] > 3.0, "{fooled:?}");
        assert!(
            found[CLICKER..].iter().all(|weight| *weight < 0.8),
            "{found:?}"
        );
        assert!(
            found[..CLICKER].iter().all(|weight| *weight > 2.0),
            "{found:?}"
        );
    }
}

#[test]
fn control_answers_move_the_reliability() {
    let panel = planted(40, 40);
    for model in WORKER_MODELS {
        let reliability = |n, n_correct| {
            let mut evidence = without_evidence(8);
            evidence[0] = GoldenEvidence { n, n_correct };
            let fit = fit_workers(&panel, *model, &evidence, &WorkerParameters::default());
            fit.workers[0].reliability
        };
        let found = [(50, 0), (50, 25), (0, 0), (50, 50)].map(|(n, right)| reliability(n, right));
        assert!(
            found.is_sorted_by(|one, other| one + 0.001 < *other),
            "{found:?}"
        );
    }
}

#[test]
fn weights_grow_from_none_for_a_coin_to_four() {
    let weights = |model: &dyn WorkerModel, shares: [f64; 5]| {
        shares.map(|share| model.weight_of_reliability(share))
    };
    let found = weights(noisy(), [0.0, 0.5, 0.8, 0.99, 1.0]);
    assert_close(
        &found,
        &[0.0, 3_f64.ln(), 9_f64.ln(), 4.0, 4.0],
        1e-12,
        "noisy",
    );
    let found = weights(crowd(), [0.0, 0.5, 0.75, 0.9, 1.0]);
    assert_close(
        &found,
        &[0.0, 0.0, 3_f64.ln(), 9_f64.ln(), 4.0],
        1e-12,
        "crowd",
    );
}

// What must not matter.

#[test]
fn threads_and_the_order_of_rows_change_no_bit() {
    let mut draws = Draws(23);
    let mut groups = varied_groups(&mut draws, 3_000, 40);
    let mut large = draws.group(300, 2_000);
    for row in &mut large {
        row.worker = draws.below(40) as u32;
    }
    groups.insert(1_000, (300, large));
    let fit_with = |n_threads: usize, own_answer, groups: &[(u32, Vec<Comparison>)]| {
        let parameters = WorkerParameters {
            rounds_max: 5,
            own_answer,
            ..WorkerParameters::default()
        };
        let panel = panel_of(40, groups);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        let fit = || fit_workers(&panel, noisy(), &uneven_evidence(40), &parameters);
        bits_of(&pool.expect("threads").install(fit))
    };
    let judgements = [OwnAnswer::Counted, OwnAnswer::LeftOut];
    let alone = judgements.map(|own_answer| fit_with(1, own_answer, &groups));
    for (_, rows) in &mut groups {
        draws.shuffle(rows);
    }
    let together = judgements.map(|own_answer| fit_with(3, own_answer, &groups));
    assert!(alone == together && alone[0] != alone[1]);
}

#[test]
fn swapping_the_sides_only_swaps_the_bias() {
    let groups = varied_groups(&mut Draws(24), 30, 4);
    let mut mirrored = groups.clone();
    for row in mirrored.iter_mut().flat_map(|(_, rows)| rows) {
        (row.left, row.right) = (row.right, row.left);
        row.outcome = match row.outcome {
            Outcome::Left => Outcome::Right,
            Outcome::Right => Outcome::Left,
            Outcome::Tie => Outcome::Tie,
        };
    }
    let fit = fit_panel(&panel_of(4, &groups), noisy(), 1e-9);
    let mirror = fit_panel(&panel_of(4, &mirrored), noisy(), 1e-9);
    assert_eq!(fit.scores, mirror.scores);
    assert_eq!(reliabilities(&fit), reliabilities(&mirror));
    let swapped: Vec<f64> = left_biases(&mirror).iter().map(|bias| 1.0 - bias).collect();
    assert_close(&left_biases(&fit), &swapped, 1e-15, "bias");
}

#[test]
fn the_order_of_groups_matters_only_to_rounding() {
    let mut groups = varied_groups(&mut Draws(25), 60, 5);
    for model in WORKER_MODELS {
        let fit = fit_panel(&panel_of(5, &groups), *model, 1e-10);
        groups.reverse();
        let reversed = fit_panel(&panel_of(5, &groups), *model, 1e-10);
        let what = model.name();
        assert_close(&reliabilities(&fit), &reliabilities(&reversed), 1e-7, what);
    }
}

#[test]
fn in_one_group_only_the_order_of_the_workers_numbers_counts() {
    let mut rows = Draws(26).group(5, 40);
    let direct = fit(noisy(), 5, &rows, 0.5);
    for row in &mut rows {
        row.worker = 7 + 800_000_000 * row.worker;
    }
    assert_eq!(bits(&direct), bits(&fit(noisy(), 5, &rows, 0.5)));
}

// What must be survived.

#[test]
fn little_or_odd_evidence_stays_finite() {
    let ties = vec![tie(0, 1), tie(1, 2), tie(0, 2)];
    let one_sided: Vec<Comparison> = (0..50).map(|_| win(0, 1)).collect();
    let heavy = vec![
        row(0, 1, Outcome::Left, 1e12),
        row(1, 2, Outcome::Right, 1e-12),
    ];
    let cases = [
        (0, vec![]),
        (3, vec![]),
        (3, vec![(1, vec![]), (1, vec![win(0, 0)])]),
        (3, vec![(2, vec![win(0, 1)])]),
        (1, vec![(3, ties)]),
        (1, vec![(2, one_sided)]),
        (2, vec![(3, heavy)]),
        (2, vec![(0, vec![]), (4, vec![win(3, 1)])]),
    ];
    for (n_workers, groups) in cases {
        let panel = panel_of(n_workers, &groups);
        let judgements = [OwnAnswer::Counted, OwnAnswer::LeftOut].into_iter();
        for (model, own_answer) in
            judgements.flat_map(|own| WORKER_MODELS.iter().map(move |m| (m, own)))
        {
            let parameters = WorkerParameters {
                own_answer,
                ..WorkerParameters::default()
            };
            let evidence = without_evidence(n_workers);
            let fit = fit_workers(&panel, *model, &evidence, &parameters);
            let what = format!("{} {groups:?} {fit:?}", model.name());
            // An answer that outweighs all others cannot be left out by one step.
            let outweighs = |row: &Comparison| row.weight > 1e6 && own_answer == OwnAnswer::LeftOut;
            let is_hopeless = groups.iter().any(|(_, rows)| rows.iter().any(outweighs));
            assert!(fit.is_converged || is_hopeless, "{what}");
            assert_eq!(fit.workers.len(), n_workers, "{what}");
            let n_items: u32 = groups.iter().map(|group| group.0).sum();
            assert_eq!(fit.scores.len(), n_items as usize, "{what}");
            assert_eq!(fit.offsets.len(), groups.len() + 1, "{what}");
            assert!(fit.scores.iter().all(|score| score.abs() < 40.0), "{what}");
            let inside = |share: &f64| *share > 0.0 && *share < 1.0;
            assert!(reliabilities(&fit).iter().all(inside), "{what}");
            assert!(left_biases(&fit).iter().all(inside), "{what}");
        }
    }
}

#[test]
fn a_worker_without_answers_is_judged_by_control_answers_alone() {
    let panel = panel_of(2, &[(2, vec![win(0, 1), win(1, 0)])]);
    let golden = GoldenEvidence {
        n: 10,
        n_correct: 3,
    };
    for model in WORKER_MODELS {
        let evidence = [GoldenEvidence::default(), golden];
        let fit = fit_workers(&panel, *model, &evidence, &WorkerParameters::default());
        let unseen = fit.workers[1];
        assert_close(&[unseen.reliability], &[7.0 / 15.0], 1e-12, "reliability");
        assert_eq!((unseen.left_bias, unseen.n_answers), (0.5, 0));
    }
}

#[test]
fn too_few_rounds_are_reported() {
    let parameters = WorkerParameters {
        rounds_max: 3,
        ..WorkerParameters::default()
    };
    let fit = fit_workers(&planted(20, 40), noisy(), &without_evidence(8), &parameters);
    assert_eq!((fit.rounds, fit.is_converged), (3, false));
    assert!(fit.largest_move > parameters.tolerance);
}

#[test]
fn without_a_prior_noise_explains_everything() {
    for model in WORKER_MODELS {
        let cycle = [win(0, 1), win(1, 2), win(2, 0)];
        let fit = fit(*model, 3, &cycle, 0.0);
        assert_eq!((fit.scores, fit.status), (None, Status::NotIdentified));
    }
}

#[test]
#[should_panic(expected = "evidence per worker")]
fn evidence_for_other_workers_is_the_callers_mistake() {
    fit_workers(&planted(1, 40), noisy(), &[], &WorkerParameters::default());
}
