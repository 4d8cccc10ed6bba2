//! Evaluation of methods: against plain loops, and what it promises.

use super::super::evaluation::{
    agreement::agreement,
    held_out::{Prediction, Predictions, Split, slope_of},
    prediction_quality::judge_predictions,
};
use super::*;

/// Groups of items with normal-like truths, answered by the model; each answer its own key and time.
struct Shop {
    panel: KeyedPanel,
    truths: Vec<GroupTruth>,
    groups: Vec<(u32, Vec<KeyedAnswer>)>,
}

fn shop(seed: u64, n_groups: usize, n_answers: usize) -> Shop {
    let mut draws = Draws(seed);
    let (mut truths, mut groups) = (Vec::new(), Vec::new());
    for _ in 0..n_groups {
        let truth: Vec<f64> = (0..6).map(|_| 5.0 * draws.share() - 2.5).collect();
        let answers: Vec<KeyedAnswer> = (0..n_answers)
            .map(|time| KeyedAnswer {
                comparison: Comparison {
                    worker: draws.below(5) as u32,
                    ..draws.answer(&truth)
                },
                key: (draws.share() * 1e18) as u64,
                time: time as i64,
            })
            .collect();
        truths.push(Some(truth.into_iter().map(Some).collect()));
        groups.push((6, answers));
    }
    Shop {
        panel: panel_of(&groups),
        truths,
        groups,
    }
}

fn panel_of(groups: &[(u32, Vec<KeyedAnswer>)]) -> KeyedPanel {
    let mut panel = KeyedPanel::new(5);
    for (n_items, answers) in groups {
        panel.push(*n_items, &mut answers.clone());
    }
    panel
}

fn candidate(name: &'static str) -> Candidate<'static> {
    Candidate {
        name,
        method: method(name).expect("registered"),
        parameters: Parameters::default(),
        learn: None,
    }
}

fn three() -> [Candidate<'static>; 3] {
    ["bradley_terry", "win_rate", "counting"].map(candidate)
}

fn report(shop: &Shop) -> EvaluationReport {
    let settings = EvaluationSettings::default();
    evaluate(&shop.panel, Some(&shop.truths), &three(), &settings)
}

fn held_out(report: &EvaluationReport, idx: usize) -> &HeldOut {
    report.evaluations[idx].held_out.as_ref().expect("held out")
}

fn agreement_of(report: &EvaluationReport, idx: usize) -> &Agreement {
    report.evaluations[idx].agreement.as_ref().expect("truths")
}

fn close(one: f64, other: f64, what: &str) {
    assert!((one - other).abs() < 1e-9, "{what}: {one} {other}");
}

#[test]
fn losses_and_accuracy_are_those_of_a_plain_loop() {
    let mut shop = shop(1, 8, 30);
    for (_, answers) in &mut shop.groups {
        answers[3].comparison.outcome = Outcome::Tie;
        answers[5].comparison.weight = 2.5;
    }
    shop.panel = panel_of(&shop.groups);
    let split = Split {
        held_out_share: 0.2,
        salt: 0,
    };
    let (mut loss, mut credit, mut weight, mut n_tested) = (0.0, 0.0, 0.0, 0);
    for (_, answers) in &shop.groups {
        let (tested, training): (Vec<&KeyedAnswer>, Vec<&KeyedAnswer>) =
            answers.iter().partition(|answer| split.holds_out(answer));
        let rows: Vec<Comparison> = training.iter().map(|answer| answer.comparison).collect();
        let scores = reference_scores(6, &rows, 0.5);
        for answer in tested {
            let row = answer.comparison;
            let d: f64 = scores[row.left as usize] - scores[row.right as usize];
            let p: f64 = 1.0 / (1.0 + (-d).exp());
            let (won, right) = match row.outcome {
                Outcome::Left => (1.0, f64::from(p > 0.5)),
                Outcome::Right => (0.0, f64::from(p < 0.5)),
                Outcome::Tie => (0.5, 0.5),
            };
            loss -= row.weight * (won * p.ln() + (1.0 - won) * (1.0 - p).ln());
            credit += row.weight * right;
            weight += row.weight;
            n_tested += 1;
        }
    }
    let report = report(&shop);
    assert_eq!((report.n_held_out, report.n_groups), (n_tested, 8));
    assert_eq!(report.n_training + n_tested, 240);
    let found = held_out(&report, 0);
    assert!((found.log_loss.value - loss / weight).abs() < 1e-6);
    close(found.accuracy.value, credit / weight, "accuracy");
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_change_no_bit() {
    let mut shop = shop(2, 12, 25);
    let direct = report(&shop);
    let mut draws = Draws(3);
    for (_, answers) in &mut shop.groups {
        draws.shuffle(answers);
    }
    shop.panel = panel_of(&shop.groups);
    assert_eq!(direct, report(&shop));
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("threads");
        assert_eq!(direct, pool.install(|| report(&shop)));
    }
}

#[test]
fn another_salt_holds_out_other_answers_and_the_share_is_kept() {
    let shop = shop(4, 40, 50);
    let held_out = |salt| {
        let split = Split {
            held_out_share: 0.2,
            salt,
        };
        let answers = shop.groups.iter().flat_map(|(_, answers)| answers);
        answers
            .map(|answer| split.holds_out(answer))
            .collect::<Vec<bool>>()
    };
    let (one, other) = (held_out(0), held_out(1));
    let n_out = |flags: &[bool]| flags.iter().filter(|flag| **flag).count();
    assert!((340..=460).contains(&n_out(&one)), "{}", n_out(&one));
    let both = one.iter().zip(&other).filter(|(a, b)| **a && **b).count();
    assert!((50..=115).contains(&both), "{both} of 2,000, 80 expected");
}

#[test]
fn held_out_answers_never_reach_the_fit() {
    // Turning round every held-out answer must turn the losses, not the predictions.
    let mut shop = shop(5, 10, 30);
    let direct = report(&shop);
    let split = Split {
        held_out_share: 0.2,
        salt: 0,
    };
    for (_, answers) in &mut shop.groups {
        for answer in answers.iter_mut().filter(|answer| split.holds_out(answer)) {
            answer.comparison.outcome = match answer.comparison.outcome {
                Outcome::Left => Outcome::Right,
                Outcome::Right => Outcome::Left,
                Outcome::Tie => Outcome::Tie,
            };
        }
    }
    shop.panel = panel_of(&shop.groups);
    let turned = report(&shop);
    for idx in 0..3 {
        let (one, other) = (held_out(&direct, idx), held_out(&turned, idx));
        assert_eq!(one.slope.to_bits(), other.slope.to_bits());
        close(one.accuracy.value, 1.0 - other.accuracy.value, "accuracy");
        let bins = one.calibration.iter().zip(&other.calibration);
        for (bin, turned_bin) in bins {
            close(bin.expected_share, turned_bin.expected_share, "expected");
            close(bin.observed_share, 1.0 - turned_bin.observed_share, "seen");
        }
    }
}

#[test]
fn the_coin_loses_log_2_and_is_half_right() {
    let report = report(&shop(6, 10, 20));
    let coin = report.evaluations.last().expect("the coin");
    assert!(coin.is_coin && coin.agreement.is_none());
    let held_out = coin.held_out.as_ref().expect("held out");
    close(held_out.log_loss.value, std::f64::consts::LN_2, "loss");
    close(held_out.accuracy.value, 0.5, "accuracy");
    assert_eq!(held_out.calibration.len(), 1);
}

#[test]
fn a_tie_and_an_even_prediction_count_half() {
    // One held-out tie between known items, one answer about items nobody knows.
    let split = Split {
        held_out_share: 0.2,
        salt: 0,
    };
    let answer = |comparison, key| KeyedAnswer {
        comparison,
        key,
        time: 0,
    };
    let keys =
        |is_out| (0..).filter(move |&key| split.holds_out(&answer(win(0, 1), key)) == is_out);
    let mut training: Vec<KeyedAnswer> = keys(false)
        .take(10)
        .map(|key| answer(win(0, 1), key))
        .collect();
    let tested = [tie(0, 1), win(2, 3)];
    training.extend(keys(true).zip(tested).map(|(key, row)| answer(row, key)));
    let panel = panel_of(&[(4, training)]);
    let report = evaluate(&panel, None, &three(), &EvaluationSettings::default());
    assert_eq!((report.n_held_out, report.n_unseen), (2, 1));
    for idx in 0..3 {
        close(held_out(&report, idx).accuracy.value, 0.5, "half credit");
    }
}

#[test]
fn chances_of_a_true_model_are_calibrated_and_bins_add_up() {
    let report = report(&shop(7, 150, 60));
    for idx in 0..3 {
        let held_out = held_out(&report, idx);
        let n_answers: usize = held_out.calibration.iter().map(|bin| bin.n_answers).sum();
        assert_eq!(n_answers, report.n_held_out);
        assert!(held_out.calibration.len() <= 10);
        let shares = held_out.calibration.iter().map(|bin| bin.expected_share);
        assert!(shares.is_sorted());
        let error = held_out.calibration_error;
        assert!(error < 0.05, "{idx}: {error}");
    }
}

#[test]
fn the_slope_is_that_of_a_fine_search() {
    let mut draws = Draws(8);
    let differences: Vec<Prediction> = (0..300)
        .map(|_| {
            let x = 8.0 * draws.share() - 4.0;
            Prediction {
                logit: x,
                target: f64::from(draws.share() < 1.0 / (1.0 + (-0.7 * x).exp())),
                weight: 0.5 + draws.share(),
            }
        })
        .collect();
    let objective = |slope: f64| {
        let log_share = |x: f64| -(1.0 + (-x).exp()).ln();
        let weight: f64 = differences.iter().map(|one| one.weight).sum();
        let squares: f64 = differences
            .iter()
            .map(|one| one.weight * one.logit.powi(2))
            .sum();
        let unit = (squares / weight).sqrt();
        let terms = differences.iter().map(|one| {
            let (won, lost) = (one.target, 1.0 - one.target);
            one.weight * (won * log_share(slope * one.logit) + lost * log_share(-slope * one.logit))
        });
        let imaginary = 0.5 * (log_share(slope * unit) + log_share(-slope * unit));
        terms.sum::<f64>() + imaginary
    };
    let found = slope_of(&differences);
    for other in [found - 1e-4, found + 1e-4] {
        assert!(objective(found) > objective(other), "{found} {other}");
    }
    assert!((0.5..0.9).contains(&found), "{found}");
}

#[test]
fn a_slope_is_never_negative_and_always_finite() {
    let of = |targets: &[f64]| {
        let predictions = targets.iter().map(|&target| Prediction {
            logit: 2.0,
            target,
            weight: 1.0,
        });
        slope_of(&predictions.collect::<Vec<_>>())
    };
    close(of(&[0.0, 0.0, 1.0]), 0.0, "the loser on top");
    let certain = of(&[1.0; 1000]);
    assert!(certain > 3.0 && certain.is_finite(), "{certain}");
    close(of(&[]), 0.0, "nothing");
}

/// tau-b by looking at all pairs.
fn plain_tau(scores: &[f64], truths: &[f64]) -> f64 {
    let (mut sum, mut in_score, mut in_truth) = (0.0, 0.0, 0.0);
    for i in 0..scores.len() {
        for j in 0..i {
            let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
            let (a, b) = (sign(scores[i] - scores[j]), sign(truths[i] - truths[j]));
            sum += a * b;
            in_score += a * a;
            in_truth += b * b;
        }
    }
    sum / f64::sqrt(in_score * in_truth)
}

#[test]
fn tau_by_merging_is_tau_by_all_pairs() {
    let mut draws = Draws(9);
    for case in 0..300 {
        let n_items = 2 + draws.below(30);
        let coarse = 1 + draws.below(20);
        let scores: Vec<f64> = (0..n_items)
            .map(|_| draws.below(coarse) as f64 - 3.0)
            .collect();
        let truths: Vec<f64> = (0..n_items).map(|_| draws.below(5) as f64 - 2.0).collect();
        let known: Vec<Option<f64>> = truths.iter().copied().map(Some).collect();
        let found = agreement(Some(&scores), &known, Gain::Linear, 5);
        if truths.windows(2).all(|two| (two[0] - two[1]).abs() < 0.5) {
            assert!(found.is_none());
            continue;
        }
        let expected = plain_tau(&scores, &truths);
        let expected = if expected.is_nan() { 0.0 } else { expected };
        close(found.expect("tau").kendall_tau, expected, &case.to_string());
    }
}

#[test]
fn ndcg_and_the_best_item_are_those_worked_out_by_hand() {
    let truths = [Some(3.0), Some(0.0), None, Some(2.0)];
    let found = agreement(Some(&[1.0, 3.0, 9.0, 2.0]), &truths, Gain::Graded, 2).expect("two");
    // Order 0, 2 of the truths 0, 2, 3 with gains 0, 3, 7; the best order has 7, then 3.
    let third = 1.0 / 3.0_f64.log2();
    close(found.ndcg, (3.0 * third) / (7.0 + 3.0 * third), "graded");
    close(found.top_1, 0.0, "top");
    close(found.kendall_tau, -1.0, "tau");
    let equal = agreement(None, &truths, Gain::Linear, 1).expect("two");
    // Any of the three on top: gains 1, 0, 2/3.
    close(equal.ndcg, 5.0 / 9.0, "all equal");
    close(equal.top_1, 1.0 / 3.0, "all equal");
    close(equal.kendall_tau, 0.0, "all equal");
    assert_eq!(Gain::suiting([0.0, 4.0].into_iter()), Gain::Graded);
    assert_eq!(Gain::suiting([0.0, 4.5].into_iter()), Gain::Linear);
}

#[test]
fn intervals_hold_the_value_and_narrow_with_more_groups() {
    let width = |n_groups| {
        let report = report(&shop(10, n_groups, 25));
        let loss = held_out(&report, 0).log_loss;
        let interval = loss.interval.expect("many groups");
        assert!(interval.low < loss.value && loss.value < interval.high);
        let tau = agreement_of(&report, 0).kendall_tau;
        let tau_interval = tau.interval.expect("many groups");
        assert!(tau_interval.low < tau.value && tau.value < tau_interval.high);
        interval.high - interval.low
    };
    let (few, many) = (width(15), width(240));
    let ratio = few / many;
    assert!((2.5..6.5).contains(&ratio), "four is expected: {ratio}");
}

#[test]
fn a_single_group_has_intervals_from_its_answers() {
    let report = report(&shop(11, 1, 400));
    assert!(held_out(&report, 0).log_loss.interval.is_some());
    assert!(agreement_of(&report, 0).kendall_tau.interval.is_none());
}

#[test]
fn an_interval_of_a_mean_is_as_wide_as_its_formula_says() {
    // Blocks keep the width: 30,000 units are put into 10,000.
    for n_units in [400, 30_000] {
        let mut draws = Draws(12);
        let predictions = Predictions {
            of_answers: (0..n_units)
                .map(|_| Prediction {
                    logit: 0.0,
                    target: 0.5,
                    weight: 0.5 + draws.share(),
                })
                .chain([Prediction {
                    logit: 1.0,
                    target: 1.0,
                    weight: 1e-9,
                }])
                .collect(),
            n_of_group: vec![n_units + 1],
            slope: 1.0,
            scale: Scale::LogStrength,
        };
        let mut varied = predictions;
        for one in &mut varied.of_answers {
            one.logit = if draws.share() < 0.3 { 1.0 } else { -1.0 };
            one.target = 1.0;
        }
        let settings = EvaluationSettings {
            n_bootstrap: 400,
            ..EvaluationSettings::default()
        };
        let judged = judge_predictions([varied].into_iter(), &settings);
        let interval = judged[0].accuracy.interval.expect("many answers");
        let width = interval.high - interval.low;
        // The weights' spread adds 1/12 to their squared mean.
        let expected = 2.0 * 1.96 * (0.3 * 0.7 * (1.0 + 1.0 / 12.0) / n_units as f64).sqrt();
        assert!(
            (0.8..1.2).contains(&(width / expected)),
            "{width} {expected}"
        );
    }
}

#[test]
fn a_worse_method_is_surely_worse_and_an_equal_one_is_not() {
    let mut backwards = candidate("bradley_terry");
    backwards.name = "twin";
    let settings = EvaluationSettings::default();
    let shop = shop(13, 60, 30);
    let mut candidates = three().to_vec();
    candidates.push(backwards);
    let report = evaluate(&shop.panel, None, &candidates, &settings);
    let twin = held_out(&report, 3).loss_difference;
    close(twin.value, 0.0, "the same method");
    let coin = held_out(&report, 4)
        .loss_difference
        .interval
        .expect("groups");
    assert!(coin.low > 0.05, "{coin:?}");
    let recommendation = recommend(&report.evaluations);
    assert_eq!(recommendation.name.as_deref(), Some("bradley_terry"));
    assert!(recommendation.is_better_than_coin);
}

#[test]
fn a_surely_better_method_is_recommended_over_the_first() {
    let shop = shop(14, 60, 40);
    let settings = EvaluationSettings::default();
    let candidates = ["counting", "bradley_terry"].map(candidate);
    let report = evaluate(&shop.panel, None, &candidates, &settings);
    let recommendation = recommend(&report.evaluations);
    assert_eq!(recommendation.name.as_deref(), Some("bradley_terry"));
    assert!(recommendation.reason.contains("less than that of counting"));
}

#[test]
fn a_prior_that_flattens_all_scores_alike_is_no_worse_once_calibrated() {
    let flat = Candidate {
        name: "flat",
        parameters: with_prior(50.0),
        ..candidate("bradley_terry")
    };
    let shop = shop(14, 60, 40);
    let settings = EvaluationSettings::default();
    let report = evaluate(
        &shop.panel,
        None,
        &[candidate("bradley_terry"), flat],
        &settings,
    );
    let (plain, flat) = (held_out(&report, 0), held_out(&report, 1));
    let own = flat.loss_difference.interval.expect("many groups");
    assert!(own.low > 0.02, "{own:?}");
    assert!(flat.slope > 5.0 && plain.slope < 1.0);
    assert!(flat.calibrated_difference.value.abs() < 0.02);
    assert!(flat.calibrated_loss.value < flat.log_loss.value);
}

#[test]
fn coins_are_not_mistaken_for_answers() {
    let mut shop = shop(15, 40, 20);
    let mut draws = Draws(16);
    for (_, answers) in &mut shop.groups {
        for answer in answers {
            let is_left = draws.share() < 0.5;
            answer.comparison.outcome = if is_left {
                Outcome::Left
            } else {
                Outcome::Right
            };
        }
    }
    shop.panel = panel_of(&shop.groups);
    let recommendation = recommend(&report(&shop).evaluations);
    assert!(!recommendation.is_better_than_coin, "{recommendation:?}");
    assert!(recommendation.reason.contains("coin"));
}

#[test]
fn what_is_learnt_comes_from_training_answers_and_weighs_workers() {
    // Worker 0 answers the opposite in every group; a learner that sees it gives it no weight.
    let mut shop = shop(17, 60, 40);
    for (_, answers) in &mut shop.groups {
        for answer in answers
            .iter_mut()
            .filter(|answer| answer.comparison.worker == 0)
        {
            let row = &mut answer.comparison;
            std::mem::swap(&mut row.left, &mut row.right);
        }
    }
    shop.panel = panel_of(&shop.groups);
    let seen = std::sync::Mutex::new(Vec::new());
    let learn = |panel: &Panel, parameters: &Parameters| {
        seen.lock().expect("a lock").push(panel.comparisons().len());
        Learnt {
            parameters: *parameters,
            worker_weights: Some(vec![0.0, 1.0, 1.0, 1.0, 1.0]),
        }
    };
    let weighted = Candidate {
        name: "weighted",
        learn: Some(&learn),
        ..candidate("bradley_terry")
    };
    let candidates = [candidate("bradley_terry"), weighted];
    let settings = EvaluationSettings::default();
    let report = evaluate(&shop.panel, Some(&shop.truths), &candidates, &settings);
    let tau = agreement_of(&report, 1)
        .tau_difference
        .interval
        .expect("groups");
    assert!(tau.low > 0.0, "{tau:?}");
    let n_seen = seen.into_inner().expect("a lock");
    assert_eq!(n_seen, [report.n_training, 60 * 40]);
}

#[test]
fn an_unknown_worker_keeps_its_weight() {
    let mut shop = shop(19, 10, 30);
    for (_, answers) in &mut shop.groups {
        for answer in answers {
            answer.comparison.worker = Comparison::UNKNOWN_WORKER;
        }
    }
    shop.panel = panel_of(&shop.groups);
    let learn = |_: &Panel, parameters: &Parameters| Learnt {
        parameters: *parameters,
        worker_weights: Some(vec![0.0; 5]),
    };
    let weighted = Candidate {
        learn: Some(&learn),
        ..candidate("bradley_terry")
    };
    let candidates = [candidate("bradley_terry"), weighted];
    let settings = EvaluationSettings::default();
    let report = evaluate(&shop.panel, None, &candidates, &settings);
    let difference = held_out(&report, 1).loss_difference.value;
    close(difference, 0.0, "nobody is weighed");
}

#[test]
fn models_of_ties_expect_a_win_and_half_a_tie() {
    for name in ["davidson", "rao_kupper"] {
        let method = method(name).expect("registered");
        for (d, parameter) in [(0.0, 1.5), (1.3, 1.5), (-2.0, 4.0), (0.7, 1.0)] {
            let (left, right) = (f64::exp(d), 1.0);
            let [wins, loses, ties] = if name == "davidson" {
                [left, right, parameter * f64::sqrt(left * right)]
            } else {
                let (beyond, behind) = (left + parameter * right, right + parameter * left);
                let tie = (parameter * parameter - 1.0) * left * right / (beyond * behind);
                [left / beyond, right / behind, tie]
            };
            let share = (wins + 0.5 * ties) / (wins + loses + ties);
            let found = Found {
                tie_parameter: Some(parameter),
                position_bias: Some(0.2),
                ..Found::default()
            };
            let logit = method.expected_logit(d - 0.2, &found);
            close(logit, (share / (1.0 - share)).ln(), name);
        }
        let sure = Found {
            tie_parameter: Some(2.0),
            ..Found::default()
        };
        for d in [60.0, -1e9] {
            assert!(method.expected_logit(d, &sure).is_finite());
        }
    }
    let davidson = method("davidson").expect("registered");
    let without_ties = Found {
        tie_parameter: Some(0.0),
        ..Found::default()
    };
    close(davidson.expected_logit(1.3, &without_ties), 1.3, "no ties");
}

#[test]
fn empty_panels_and_panels_without_held_out_answers_say_so() {
    let empty = KeyedPanel::new(0);
    let lonely = panel_of(&[(1, Vec::new()), (0, Vec::new())]);
    for (panel, truths) in [(&empty, vec![]), (&lonely, vec![None, None])] {
        let settings = EvaluationSettings::default();
        let report = evaluate(panel, Some(&truths), &three(), &settings);
        assert_eq!(report.evaluations.len(), 4);
        for evaluation in &report.evaluations {
            assert!(evaluation.held_out.is_none() && evaluation.agreement.is_none());
        }
        assert_eq!(recommend(&report.evaluations).name, None);
    }
}

#[test]
fn groups_without_scores_predict_a_coin_and_agree_with_nothing() {
    let answers = (0..200).map(|key| KeyedAnswer {
        comparison: win(0, 1),
        key,
        time: 0,
    });
    let panel = panel_of(&[(2, answers.collect())]);
    let undetermined = Candidate {
        parameters: with_prior(0.0),
        ..candidate("bradley_terry")
    };
    let truths = [Some(vec![Some(1.0), Some(0.0)])];
    let settings = EvaluationSettings::default();
    let report = evaluate(&panel, Some(&truths), &[undetermined], &settings);
    close(
        held_out(&report, 0).log_loss.value,
        std::f64::consts::LN_2,
        "loss",
    );
    close(agreement_of(&report, 0).kendall_tau.value, 0.0, "tau");
    close(agreement_of(&report, 0).top_1.value, 0.5, "top");
}

/// Scores an item by when it won last: only right when the answers come in the order of time.
#[derive(Debug)]
struct LastWin;

impl Method for LastWin {
    fn name(&self) -> &'static str {
        "last_win"
    }

    fn summary(&self) -> &'static str {
        "for tests"
    }

    fn page(&self) -> String {
        String::new()
    }

    fn scale(&self) -> Scale {
        Scale::Points
    }

    fn row_order(&self) -> RowOrder {
        RowOrder::Time
    }

    fn fit(&self, outcomes: &Outcomes<'_>, _: &Parameters) -> Fit {
        let mut scores = vec![0.0; outcomes.n_items()];
        for (place, row) in outcomes.comparisons().iter().enumerate() {
            scores[row.left as usize] = place as f64;
        }
        Fit {
            scores: Some(scores),
            ..fit(method("counting").expect("registered"), 0, &[], 0.5)
        }
    }
}

#[test]
fn methods_that_want_time_get_the_answers_in_time() {
    let mut answers: Vec<KeyedAnswer> = (0..40)
        .map(|time| KeyedAnswer {
            comparison: win((time % 4) as usize, ((time + 1) % 4) as usize),
            key: time,
            time: time as i64,
        })
        .collect();
    Draws(18).shuffle(&mut answers);
    let panel = panel_of(&[(4, answers)]);
    let truths = [Some(vec![Some(0.0), Some(1.0), Some(2.0), Some(3.0)])];
    let last_win = Candidate {
        method: &LastWin,
        ..candidate("counting")
    };
    let settings = EvaluationSettings::default();
    let report = evaluate(&panel, Some(&truths), &[last_win], &settings);
    close(agreement_of(&report, 0).kendall_tau.value, 1.0, "tau");
}
