//! The answers of a group as bytes: what spills, and what partial results hand over.
//!
//! Ids stand once for each group. Whole numbers are LEB128, weights 8 bytes, everything little-endian:
//! items, workers (each: how many, then length and bytes of each), rows (how many, then left, right,
//! worker, outcome, weight of each). It lives no longer than a query.

use datafusion::common::{Result, internal_datafusion_err};

use super::ids::{Id, Ids};
use super::ranker::Group;
use super::rows::Row;
use crate::ranking::Outcome;

/// Appends one group.
pub(super) fn encode(group: &Group<'_>, bytes: &mut Vec<u8>) {
    encode_ids(group.items(), group.ids(), bytes);
    encode_ids(group.workers(), group.ids(), bytes);
    encode_number(group.comparisons().len(), bytes);
    for comparison in group.comparisons() {
        for number in [comparison.left, comparison.right, comparison.worker] {
            encode_number(number as usize, bytes);
        }
        bytes.push(match comparison.outcome {
            Outcome::Left => 0,
            Outcome::Right => 1,
            Outcome::Tie => 2,
        });
        bytes.extend(comparison.weight.to_le_bytes());
    }
}

fn encode_ids(members: impl ExactSizeIterator<Item = Id>, ids: &Ids, bytes: &mut Vec<u8>) {
    encode_number(members.len(), bytes);
    for member in members {
        encode_number(ids.length(member), bytes);
        ids.append(member, bytes);
    }
}

fn encode_number(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Reads what [`encode`] wrote, row by row; what one group needs is kept for the next.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    items: Vec<Id>,
    workers: Vec<Id>,
}

impl Decoder {
    /// Hands each row of the group to `keep`.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        ids: &mut Ids,
        keep: impl FnMut(Row),
    ) -> Result<()> {
        let rows = self.decode_rows(bytes, ids, keep);
        rows.ok_or_else(|| internal_datafusion_err!("the state of a ranking is damaged"))
    }

    fn decode_rows(
        &mut self,
        mut bytes: &[u8],
        ids: &mut Ids,
        mut keep: impl FnMut(Row),
    ) -> Option<()> {
        decode_ids(&mut bytes, ids, &mut self.items)?;
        decode_ids(&mut bytes, ids, &mut self.workers)?;
        for _ in 0..decode_number(&mut bytes)? {
            let left = *self.items.get(decode_number(&mut bytes)?)?;
            let right = *self.items.get(decode_number(&mut bytes)?)?;
            let worker = *self.workers.get(decode_number(&mut bytes)?)?;
            let outcome = match bytes.split_off_first()? {
                0 => Outcome::Left,
                1 => Outcome::Right,
                2 => Outcome::Tie,
                _ => return None,
            };
            let (weight, rest) = bytes.split_first_chunk::<8>()?;
            bytes = rest;
            let weight = f64::from_le_bytes(*weight);
            keep(Row::new([left, right, worker], outcome, weight));
        }
        bytes.is_empty().then_some(())
    }
}

fn decode_ids(bytes: &mut &[u8], ids: &mut Ids, members: &mut Vec<Id>) -> Option<()> {
    members.clear();
    for _ in 0..decode_number(bytes)? {
        let length = decode_number(bytes)?;
        members.push(ids.id(bytes.split_off(..length)?));
    }
    Some(())
}

fn decode_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *bytes.split_off_first()?;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
