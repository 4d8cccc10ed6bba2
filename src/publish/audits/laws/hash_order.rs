//! The order of rows is that of hashes of their ids: it tells nothing of a label, however small the data.
//!
//! Queries ascend by the first eight bytes of sha256(`query_id`), then by id; items by those of
//! sha256(`query_id` ‖ 0 ‖ `item_id`), then by id. So no query and no item stands there twice either.

use sha2::{Digest, Sha256};

use super::{Law, Offence};
use crate::publish::audits::group::Group;

/// The first eight bytes, big-endian, of the SHA-256 of the texts joined by a zero byte.
pub(super) fn sha256_key(texts: &[&str]) -> u64 {
    let mut sha256 = Sha256::new();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            sha256.update([0]);
        }
        sha256.update(text.as_bytes());
    }
    let digest = sha256.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

/// Hashes ascend.
#[derive(Debug, Default)]
pub(super) struct HashOrder {
    last_query: Option<(u64, String)>,
}

impl Law for HashOrder {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let query = (sha256_key(&[group.query_id]), group.query_id.to_owned());
        let is_after = self.last_query.as_ref().is_none_or(|last| *last < query);
        let last = self.last_query.replace(query);
        if !is_after {
            let last = last.map_or_else(String::new, |(_, id)| id);
            let problem =
                format!("it stands after query {last}, against the order of their hashes");
            return Err(Offence::of_group(problem));
        }
        let mut last_item: Option<(u64, &str)> = None;
        for (index, item_id) in group.candidates.item_ids.iter().enumerate() {
            let item = (sha256_key(&[group.query_id, item_id]), item_id);
            if last_item.is_some_and(|last| last >= item) {
                let problem = "its items are not in the order of their hashes";
                return Err(Offence::of_candidate(index, problem.to_owned()));
            }
            last_item = Some(item);
        }
        Ok(())
    }
}
