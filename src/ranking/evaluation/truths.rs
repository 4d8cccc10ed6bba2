//! Agreement of a candidate with the known truths of all groups.
//!
//! What agreement is, is defined in `agreement`.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::EvaluationSettings;
use super::agreement::{Gain, GroupAgreement, agreement};
use super::bootstrap::{BLOCKS_MAX, Draws, Estimate, Measure, Part};
use super::held_out::Trainer;
use super::keyed_panel::KeyedPanel;

/// Truths of one group's items, where known: greater is better.
pub type GroupTruth = Option<Vec<Option<f64>>>;

/// Means over groups; differences are from the first candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Groups with two different truths.
    pub n_groups: usize,
    /// Kendall's tau-b.
    pub kendall_tau: Estimate,
    /// More than 0 is better than the first candidate.
    pub tau_difference: Estimate,
    /// NDCG at the k of the settings.
    pub ndcg: Estimate,
    /// How often the best-scored item is truly the best.
    pub top_1: Estimate,
}

/// The truths of all groups, and what they are worth.
pub(super) struct Truths<'a> {
    of_groups: &'a [GroupTruth],
    pub(super) gain: Gain,
    ndcg_at: usize,
}

impl<'a> Truths<'a> {
    pub(super) fn new(
        panel: &KeyedPanel,
        of_groups: &'a [GroupTruth],
        settings: &EvaluationSettings,
    ) -> Self {
        assert_eq!(
            of_groups.len(),
            panel.n_groups(),
            "one truth for each group"
        );
        for (group_idx, truths) in of_groups.iter().enumerate() {
            let Some(truths) = truths else { continue };
            let n_items = panel.group(group_idx).n_items;
            assert_eq!(truths.len(), n_items, "one truth for each item, or none");
            let is_finite = |truth: &f64| truth.is_finite();
            assert!(truths.iter().flatten().all(is_finite), "truths are finite");
        }
        let known = of_groups.iter().flatten().flatten().flatten();
        Self {
            of_groups,
            gain: Gain::suiting(known.copied()),
            ndcg_at: settings.ndcg_at,
        }
    }

    /// Agreement of each group with two different truths, by the fit to all its answers.
    pub(super) fn compare(&self, panel: &KeyedPanel, trainer: Trainer<'_>) -> Vec<GroupAgreement> {
        let of_groups: Vec<Option<GroupAgreement>> = (0..panel.n_groups())
            .into_par_iter()
            .map(|group_idx| {
                let truths = self.of_groups[group_idx].as_ref()?;
                let fit = trainer.fit(panel.group(group_idx), |_| true);
                agreement(fit.scores.as_deref(), truths, self.gain, self.ndcg_at)
            })
            .collect();
        of_groups.into_iter().flatten().collect()
    }
}

/// Means, intervals and differences; each candidate comes with the same groups.
pub(super) fn judge_agreement(
    of_candidates: impl Iterator<Item = Vec<GroupAgreement>>,
    settings: &EvaluationSettings,
) -> Vec<Option<Agreement>> {
    let mut draws = None;
    let mut first_tau = None;
    let judge = |groups: Vec<GroupAgreement>| {
        if groups.is_empty() {
            return None;
        }
        let n_units = groups.len().min(BLOCKS_MAX);
        let draws =
            draws.get_or_insert_with(|| Draws::new(n_units, settings.n_bootstrap, settings.salt));
        let mean = |value: fn(&GroupAgreement) -> f64| mean_of(draws, n_units, &groups, value);
        let kendall_tau = mean(|group| group.kendall_tau);
        let first = first_tau.get_or_insert_with(|| kendall_tau.clone());
        Some(Agreement {
            n_groups: groups.len(),
            kendall_tau: kendall_tau.estimate(),
            tau_difference: kendall_tau.difference(first),
            ndcg: mean(|group| group.ndcg).estimate(),
            top_1: mean(|group| group.top_1).estimate(),
        })
    };
    of_candidates.map(judge).collect()
}

fn mean_of(
    draws: &Draws,
    n_units: usize,
    groups: &[GroupAgreement],
    value: fn(&GroupAgreement) -> f64,
) -> Measure {
    let mut parts = vec![Part::default(); n_units];
    for (group, block) in groups.iter().zip((0..n_units).cycle()) {
        parts[block].add(Part {
            sum: value(group),
            weight: 1.0,
        });
    }
    draws.measure(&parts)
}
