//! Different texts and a number for each, so that a row keeps 4 bytes instead of an id.
//!
//! Numbers stand in order of arrival and mean nothing: what leaves the aggregate is ordered by bytes.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts by number and numbers by text.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// All texts, one after the other.
    all: String,
    entries: Vec<Entry>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// One text.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Its first 8 bytes as a number, zeros where it is shorter: it decides most comparisons.
    prefix: u64,
    /// Where it ends; it starts where the one before ends.
    end: usize,
}

impl Texts {
    /// The text's number; a new one when it was never seen.
    ///
    /// # Panics
    /// On 4,294,967,296 different texts: memory ends long before.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text.as_bytes());
        let (all, entries) = (&self.all, &self.entries);
        let is_same = |number: &u32| text_at(all, entries, *number) == text.as_bytes();
        if let Some(number) = self.numbers.find(hash, is_same) {
            return *number;
        }
        let number = entries.len() as u32;
        assert!(
            number < u32::MAX,
            "fewer than 4,294,967,295 different texts"
        );
        self.all.push_str(text);
        self.entries.push(Entry {
            prefix: prefix_of(text.as_bytes()),
            end: self.all.len(),
        });
        let (all, entries, hasher) = (&self.all, &self.entries, &self.hasher);
        let hash_of = |number: &u32| hasher.hash_one(text_at(all, entries, *number));
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }

    /// The text of a number that `number` gave.
    pub(super) fn text(&self, number: u32) -> &str {
        &self.all[range_of(&self.entries, number)]
    }

    /// Byte order of two texts.
    pub(super) fn compare(&self, one: u32, other: u32) -> Ordering {
        let prefixes = self.entries[one as usize]
            .prefix
            .cmp(&self.entries[other as usize].prefix);
        prefixes.then_with(|| self.text(one).cmp(self.text(other)))
    }

    /// How many different texts there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of memory held.
    pub(super) fn size(&self) -> usize {
        self.all.capacity()
            + self.entries.capacity() * size_of::<Entry>()
            + self.numbers.allocation_size()
    }
}

fn range_of(entries: &[Entry], number: u32) -> std::ops::Range<usize> {
    let idx = number as usize;
    let start = idx.checked_sub(1).map_or(0, |before| entries[before].end);
    start..entries[idx].end
}

fn text_at<'a>(all: &'a str, entries: &[Entry], number: u32) -> &'a [u8] {
    &all.as_bytes()[range_of(entries, number)]
}

fn prefix_of(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut padded = [0; 8];
    padded[..text.len()].copy_from_slice(text);
    u64::from_be_bytes(padded)
}
