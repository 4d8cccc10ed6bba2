//! Every row stands for the day of the snapshot.
//!
//! The moment itself stands in the footers, and is checked there.

use super::{Law, Offence};
use crate::publish::audits::Rules;
use crate::publish::audits::group::Group;

/// `as_of` is the snapshot's day.
#[derive(Debug)]
pub(super) struct AsOfDay {
    days: i32,
}

impl AsOfDay {
    pub(super) fn new(rules: &Rules) -> Self {
        Self {
            days: rules.as_of.date().to_epoch_days(),
        }
    }
}

impl Law for AsOfDay {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let mut days = group.candidates.as_of.iter().enumerate();
        match days.find(|(_, days)| **days != self.days) {
            Some((index, days)) => {
                let problem = format!("as_of is {days} days after 1970, not {}", self.days);
                Err(Offence::of_candidate(index, problem))
            }
            None => Ok(()),
        }
    }
}
