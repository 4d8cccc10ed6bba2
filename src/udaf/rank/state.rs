//! The answers of a group as bytes: what spills, and what partial results hand over.
//!
//! Texts stand once for each group. Whole numbers are LEB128, weights 8 bytes, everything little-endian:
//! items, workers (each: how many, then length and text of each), rows (how many, then left, right,
//! worker, outcome, weight of each). It lives no longer than a query.

use datafusion::common::{Result, internal_datafusion_err};

use super::rows::Row;
use super::texts::Texts;
use crate::ranking::{Comparison, Outcome};

/// The texts of the items and workers of all groups.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) items: Texts,
    pub(super) workers: Texts,
}

impl Names {
    /// Bytes of memory held.
    pub(super) fn size(&self) -> usize {
        self.items.size() + self.workers.size()
    }
}

/// Appends one group: its items and workers, and its answers by their numbers in these lists.
pub(super) fn encode<'a>(
    items: impl ExactSizeIterator<Item = &'a str>,
    workers: impl ExactSizeIterator<Item = &'a str>,
    comparisons: &[Comparison],
    bytes: &mut Vec<u8>,
) {
    encode_texts(items, bytes);
    encode_texts(workers, bytes);
    encode_number(comparisons.len(), bytes);
    for comparison in comparisons {
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

fn encode_texts<'a>(texts: impl ExactSizeIterator<Item = &'a str>, bytes: &mut Vec<u8>) {
    encode_number(texts.len(), bytes);
    for text in texts {
        encode_number(text.len(), bytes);
        bytes.extend(text.as_bytes());
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
    items: Vec<u32>,
    workers: Vec<u32>,
}

impl Decoder {
    /// Hands each row of the group to `keep`; new texts go to `names`.
    pub(super) fn decode(
        &mut self,
        bytes: &[u8],
        names: &mut Names,
        keep: impl FnMut(Row),
    ) -> Result<()> {
        let rows = self.decode_rows(bytes, names, keep);
        rows.ok_or_else(|| internal_datafusion_err!("the state of a ranking is damaged"))
    }

    fn decode_rows(
        &mut self,
        mut bytes: &[u8],
        names: &mut Names,
        mut keep: impl FnMut(Row),
    ) -> Option<()> {
        decode_texts(&mut bytes, &mut names.items, &mut self.items)?;
        decode_texts(&mut bytes, &mut names.workers, &mut self.workers)?;
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

fn decode_texts(bytes: &mut &[u8], texts: &mut Texts, numbers: &mut Vec<u32>) -> Option<()> {
    numbers.clear();
    for _ in 0..decode_number(bytes)? {
        let length = decode_number(bytes)?;
        let text = bytes.split_off(..length)?;
        numbers.push(texts.number(std::str::from_utf8(text).ok()?));
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
