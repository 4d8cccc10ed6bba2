//! Labels are whole numbers from 0 to 4 that follow the scores, and differ within a query.
//!
//! How a label is made of a score is the model's; here only what every way has in common.

use super::ranks::is_surely_higher;
use super::{Law, Offence};
use crate::publish::audits::group::Group;

/// The highest label; `LightGBM` stops above 30.
const LABEL_MAX: i8 = 4;

/// 0, 1, 2, 3 or 4.
#[derive(Debug)]
pub(super) struct LabelsInRange;

impl Law for LabelsInRange {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let mut labels = group.candidates.labels.iter().enumerate();
        match labels.find(|(_, label)| !(0..=LABEL_MAX).contains(*label)) {
            Some((index, label)) => {
                let problem = format!("label {label} is not one of 0 to {LABEL_MAX}");
                Err(Offence::of_candidate(index, problem))
            }
            None => Ok(()),
        }
    }
}

/// A higher score has no lower label; an equal rank has an equal label.
#[derive(Debug)]
pub(super) struct LabelsMonotone;

impl Law for LabelsMonotone {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let (scores, labels) = (group.candidates.scores, group.candidates.labels);
        let ranks = group.candidates.ranks;
        let mut n_higher = 0;
        let mut lowest_above = i8::MAX;
        for (place, &index) in group.by_score.iter().enumerate() {
            while is_surely_higher(scores[group.by_score[n_higher]], scores[index]) {
                lowest_above = lowest_above.min(labels[group.by_score[n_higher]]);
                n_higher += 1;
            }
            if labels[index] > lowest_above {
                let problem = format!(
                    "score {} has label {}, a higher score has label {lowest_above}",
                    scores[index], labels[index]
                );
                return Err(Offence::of_candidate(index, problem));
            }
            let before = place.checked_sub(1).map(|place| group.by_score[place]);
            let is_split =
                |before: &usize| ranks[*before] == ranks[index] && labels[*before] != labels[index];
            if before.as_ref().is_some_and(is_split) {
                let problem = format!("candidates of rank {} have different labels", ranks[index]);
                return Err(Offence::of_candidate(index, problem));
            }
        }
        Ok(())
    }
}

/// At least two labels: a query whose labels are equal teaches nothing.
#[derive(Debug)]
pub(super) struct LabelsVary;

impl Law for LabelsVary {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let labels = group.candidates.labels;
        if labels.windows(2).any(|two| two[0] != two[1]) {
            return Ok(());
        }
        let label = labels.first().copied().unwrap_or_default();
        Err(Offence::of_group(format!("all its labels are {label}")))
    }
}
