//! Which method to use, and why.
//!
//! It measures nothing and changes no configuration.

use super::{Estimate, Evaluation, HeldOut};

/// What an evaluation says to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// A candidate's name; `None` when no answers were held out.
    pub name: Option<String>,
    /// A sentence for the operator.
    pub reason: String,
    /// Whether the answers allow predictions that are surely better than a coin's.
    pub is_better_than_coin: bool,
}

/// The first candidate, unless others predict better beyond the interval of the paired difference: then
/// the one with the least calibrated loss of these.
///
/// So the first one should be the default or the simplest. A better method that does not show as such
/// is not worth a change.
#[must_use]
pub fn recommend(evaluations: &[Evaluation]) -> Recommendation {
    let judged: Vec<(&Evaluation, &HeldOut)> = evaluations
        .iter()
        .filter(|evaluation| !evaluation.is_coin)
        .filter_map(|evaluation| Some((evaluation, evaluation.held_out.as_ref()?)))
        .collect();
    let Some(&first) = judged.first() else {
        return Recommendation {
            name: None,
            reason: "no answer was held out, so nothing tells the methods apart".to_owned(),
            is_better_than_coin: false,
        };
    };
    let best = judged
        .iter()
        .filter(|(_, held_out)| surely_below(&held_out.calibrated_difference, 0.0))
        .min_by(|(_, one), (_, other)| {
            let (one, other) = (&one.calibrated_loss, &other.calibrated_loss);
            one.value.total_cmp(&other.value)
        });
    let (chosen, held_out) = best.copied().unwrap_or(first);
    let is_better_than_coin = surely_below(&held_out.calibrated_loss, std::f64::consts::LN_2);
    let mut reason = if best.is_some() {
        let difference = held_out.calibrated_difference;
        format!(
            "its calibrated log loss on the answers held out, {:.4}, is less than that of {} by {:.4}{}",
            held_out.calibrated_loss.value,
            first.0.name,
            -difference.value,
            interval_text(&difference),
        )
    } else if judged.len() == 1 {
        format!(
            "it is the only one; its calibrated log loss is {:.4}",
            held_out.calibrated_loss.value
        )
    } else {
        format!(
            "no other method's calibrated log loss is surely less than its {:.4}",
            held_out.calibrated_loss.value
        )
    };
    if !is_better_than_coin {
        reason.push_str("; but it is not surely better than a coin: more answers are needed");
    } else if agrees_surely_less(chosen) {
        reason.push_str("; but it agrees less with the known truth");
    }
    Recommendation {
        name: Some(chosen.name.clone()),
        reason,
        is_better_than_coin,
    }
}

/// Without an interval nothing is sure.
fn surely_below(estimate: &Estimate, limit: f64) -> bool {
    estimate
        .interval
        .is_some_and(|interval| interval.high < limit)
}

fn agrees_surely_less(evaluation: &Evaluation) -> bool {
    let agreement = evaluation.agreement.as_ref();
    agreement.is_some_and(|agreement| surely_below(&agreement.tau_difference, 0.0))
}

/// A difference's interval, turned round as the sentence says how much less.
fn interval_text(difference: &Estimate) -> String {
    difference.interval.map_or_else(String::new, |interval| {
        format!(" (95 %: {:.4} to {:.4})", -interval.high, -interval.low)
    })
}
