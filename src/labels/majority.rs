//! The label that most workers chose: no skill, no model.
//!
//! Ties go to the first label in label order and are marked. It does not ask whether enough workers answered.

use super::TaskLabel;

/// The label with the most votes among `labels`, one per worker; none without votes.
///
/// Confidence is the share of the votes that chose it. There is no other opinion about what is probable, so
/// the posterior label is the label. Cost: sorting the votes.
pub fn majority(labels: &[u32]) -> Option<TaskLabel> {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let runs = || sorted.chunk_by(|left, right| left == right);
    let n_most = runs().map(<[u32]>::len).max()?;
    let mut winners = runs().filter(|run| run.len() == n_most);
    let label = *winners.next()?.first()?;
    let confidence = n_most as f64 / labels.len() as f64;
    Some(TaskLabel {
        label,
        confidence,
        n_answers: labels.len() as u32,
        posterior_label: label,
        posterior_confidence: confidence,
        is_tie: winners.next().is_some(),
    })
}
