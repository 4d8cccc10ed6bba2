//! The weight of a candidate lies in (0, 1]; that of its query is the mean over its candidates.
//!
//! How sure a score is, from which weights are made, is not in the files.

use super::{Law, Offence};
use crate::publish::audits::group::Group;

/// The mean was taken in double precision and its rows were rounded to single afterwards.
const MEAN_TOLERANCE: f64 = 1e-6;

/// Weights of rows and groups.
#[derive(Debug)]
pub(super) struct Weights;

impl Law for Weights {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let (weights, group_weights) = (group.candidates.weights, group.candidates.group_weights);
        let mut rows = weights.iter().enumerate();
        if let Some((index, weight)) = rows.find(|(_, weight)| !(**weight > 0.0 && **weight <= 1.0))
        {
            let problem = format!("weight {weight} does not lie in (0, 1]");
            return Err(Offence::of_candidate(index, problem));
        }
        let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let mean = sum / weights.len() as f64;
        let differs = |weight: f32| (f64::from(weight) - mean).abs() > MEAN_TOLERANCE;
        let first = group_weights.first();
        let is_wrong = |weight: &f32| differs(*weight) || first != Some(weight);
        match group_weights.iter().position(is_wrong) {
            Some(index) => {
                let problem = format!(
                    "group_weight is {}, the mean of its weights {mean}",
                    group_weights[index]
                );
                Err(Offence::of_candidate(index, problem))
            }
            None => Ok(()),
        }
    }
}
