//! A query stands in the split that the hash of its id gives it, and so in one split only.
//!
//! Where queries that share an item go together, the hash does not decide: that each stands in one split, and each
//! item too, is then checked over all splits at once by SQL.

use super::hash_order::sha256_key;
use super::{Law, Offence};
use crate::publish::SPLITS;
use crate::publish::audits::SplitRule;
use crate::publish::audits::group::Group;

/// Buckets that hashes fall into.
const N_BUCKETS: u64 = 10_000;

/// Recomputes the split of each query.
#[derive(Debug)]
pub(super) struct Splits {
    rule: SplitRule,
}

impl Splits {
    pub(super) fn new(rule: &SplitRule) -> Self {
        Self { rule: rule.clone() }
    }
}

impl Law for Splits {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let SplitRule::ByQuery {
            salt,
            train_end,
            validation_end,
        } = &self.rule
        else {
            return Ok(());
        };
        let bucket = sha256_key(&[salt, group.query_id]) % N_BUCKETS;
        let [train, validation, test] = SPLITS;
        let split = if bucket < *train_end {
            train
        } else if bucket < *validation_end {
            validation
        } else {
            test
        };
        if split == group.split {
            return Ok(());
        }
        Err(Offence::of_group(format!("its hash puts it into {split}")))
    }
}
