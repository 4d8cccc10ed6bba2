//! The list of a query repeats its rows of `pointwise`, in their order.
//!
//! Whether those rows are right is the other laws'.

use super::{Law, Offence};
use crate::publish::audits::group::Group;

/// Lists and groups are the same.
#[derive(Debug)]
pub(super) struct Lists;

impl Law for Lists {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let Some(list) = &group.list else {
            return Err(Offence::of_group("it has no list here".to_owned()));
        };
        let candidates = &group.candidates;
        let is_same_items = list.item_ids.len() == candidates.len()
            && list.item_ids.iter().eq(candidates.item_ids.iter());
        let differing = [
            ("query_id", list.query_id == group.query_id),
            ("item_ids", is_same_items),
            ("item_idx", list.item_idx == candidates.item_idx),
            ("labels", list.labels == candidates.labels),
            ("scores", list.scores == candidates.scores),
            (
                "list_size",
                usize::try_from(list.list_size) == Ok(candidates.len()),
            ),
            (
                "group_weight",
                candidates.group_weights.first() == Some(&list.group_weight),
            ),
        ]
        .into_iter()
        .find(|(_, is_same)| !is_same);
        match differing {
            Some((column, _)) => Err(Offence::of_group(format!(
                "{column} of its list differ from pointwise"
            ))),
            None => Ok(()),
        }
    }
}
