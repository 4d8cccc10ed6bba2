//! The mean chance against the others: by definition in small groups, the same to 12 decimals in large ones.

use super::*;

fn scored(scores: &[f64]) -> Vec<RankedItem> {
    let items = (0_u32..).zip(scores).map(|(item, score)| RankedItem {
        rank_lo: None,
        rank_hi: None,
        gradient_norm: 0.0,
        item,
        score: Some(*score),
        score_se: None,
        score_lo: None,
        score_hi: None,
        win_probability: Some(0.5),
        rank: None,
        n_comparisons: 0,
        n_workers: 0,
        component_id: 0,
        status: Status::Ok,
        iterations: 0,
    });
    items.collect()
}

fn by_definition(scores: &[f64], item: usize) -> f64 {
    let others = (0..scores.len()).filter(|other| *other != item);
    let chances = others.map(|other| 1.0 / (1.0 + (scores[other] - scores[item]).exp()));
    chances.sum::<f64>() / (scores.len() - 1) as f64
}

#[test]
fn the_mean_chance_against_the_others_is_that_of_the_definition() {
    for n_items in [2, 6, 14, 700] {
        for spread in [0.0, 1.0, 12.0] {
            // A whole number and its neighbours are where intervals meet.
            let place =
                |item: usize| ((item * 7919 % n_items) as f64 / n_items as f64 - 0.5) * spread;
            let mut scores: Vec<f64> = (0..n_items).map(place).collect();
            scores[0] = 1.0;
            scores[1] = 1.0_f64.next_down();
            let found = mean_win_probabilities(&scored(&scores));
            for (item, mean) in found.iter().enumerate() {
                let (mean, expected) = (mean.expect("a mean"), by_definition(&scores, item));
                assert!(
                    (mean - expected).abs() < 1e-12,
                    "{n_items} {spread}: {mean} {expected}"
                );
            }
        }
    }
}

#[test]
fn an_item_without_others_or_strength_has_no_mean_chance() {
    assert_eq!(mean_win_probabilities(&scored(&[0.3])), [None]);
    let mut items = scored(&[0.3, 0.5]);
    items[1].win_probability = None;
    assert_eq!(mean_win_probabilities(&items), [None, None]);
}
