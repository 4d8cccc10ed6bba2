//! Groups are contiguous, numbered densely from 0, whole in one row group, and of a size that trainers take.
//!
//! The order of groups and of their rows is `hash_order`'s.

use super::{Law, Offence};
use crate::publish::GROUP_ROWS_MAX;
use crate::publish::audits::group::Group;

/// One item cannot be ranked.
const GROUP_ROWS_MIN: usize = 2;

/// `qid` counts 0, 1, 2 …; `pos` counts the rows of a group; a group has one query.
#[derive(Debug, Default)]
pub(super) struct Groups {
    last_qid: Option<i32>,
}

impl Law for Groups {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let last = self.last_qid.replace(group.qid);
        if last == Some(group.qid) {
            let problem = "the group goes on in the next row group or file";
            return Err(Offence::of_group(problem.to_owned()));
        }
        let expected = last.map_or(Some(0), |last| last.checked_add(1));
        if expected != Some(group.qid) {
            let before = last.map_or_else(|| "nothing".to_owned(), |last| format!("qid {last}"));
            return Err(Offence::of_group(format!(
                "it follows {before}; qid is not dense from 0"
            )));
        }
        let positions = (0_i32..).zip(group.candidates.pos).enumerate();
        for (index, (expected, pos)) in positions {
            if expected != *pos {
                let problem = format!("pos is {pos} in row {expected} of the group");
                return Err(Offence::of_candidate(index, problem));
            }
        }
        let query_ids = group.candidates.query_ids.iter();
        match query_ids.enumerate().find(|(_, id)| *id != group.query_id) {
            Some((index, id)) => {
                let problem = format!("a row belongs to another query, {id}");
                Err(Offence::of_candidate(index, problem))
            }
            None => Ok(()),
        }
    }
}

/// 2 to 10,000 rows: `LightGBM` aborts on more.
#[derive(Debug)]
pub(super) struct GroupSizes;

impl Law for GroupSizes {
    fn look(&mut self, group: &Group<'_>) -> Result<(), Offence> {
        let n_rows = group.candidates.len();
        if (GROUP_ROWS_MIN..=GROUP_ROWS_MAX).contains(&n_rows) {
            return Ok(());
        }
        Err(Offence::of_group(format!(
            "{n_rows} candidates, allowed are {GROUP_ROWS_MIN} to {GROUP_ROWS_MAX}"
        )))
    }
}
