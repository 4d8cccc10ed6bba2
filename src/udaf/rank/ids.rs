//! Ids in 12 bytes each: short ones stand there themselves, long ones are kept once and have a number.
//!
//! So a row of short ids needs no look-up in a table that outgrows the processor's cache, neither when it
//! arrives nor when ids are compared. An id is bytes here; it was text when it came.

use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

/// An id of an item or a worker; equal when the bytes are, within one [`Ids`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    head: Head,
    /// The 9th to 11th byte and, lowest, the length; or [`LONG`].
    tail: u32,
}

/// The first 8 bytes as a number, zeros where there are fewer; of a long id, its number.
///
/// In two halves, so that an id needs 12 bytes and not 16.
type Head = [u32; 2];

/// The longest id that stands in its own place.
const SHORT_BYTES_MAX: usize = 11;

/// In place of a length.
const LONG: u32 = u32::MAX;

impl Id {
    /// Of an id without bytes.
    pub(super) const EMPTY: Self = Self {
        head: [0; 2],
        tail: 0,
    };

    fn new(head: u64, tail: u32) -> Self {
        Self {
            head: [(head >> 32) as u32, head as u32],
            tail,
        }
    }

    fn head(self) -> u64 {
        u64::from(self.head[0]) << 32 | u64::from(self.head[1])
    }

    fn short(text: &[u8]) -> Self {
        let (eight, rest) = text.split_at(text.len().min(8));
        Self::new(
            padded(eight),
            (padded(rest) >> 32) as u32 | text.len() as u32,
        )
    }

    /// Mixed bits of the id, for tables.
    pub(super) fn hash(self) -> u64 {
        let mixed = self.head() ^ u64::from(self.tail).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let product = u128::from(mixed) * 0xD6E8_FEB8_6659_FD93_u128;
        (product >> 64) as u64 ^ product as u64
    }
}

/// Up to 8 bytes as a number, the first one highest, zeros behind the last one.
fn padded(bytes: &[u8]) -> u64 {
    let halves = bytes.first_chunk::<4>().zip(bytes.last_chunk::<4>());
    if let Some((first, last)) = halves {
        // The halves overlap where there are fewer than 8.
        let n_missing = 8 - bytes.len() as u32;
        let first = u64::from(u32::from_be_bytes(*first)) << 32;
        let last = u64::from(u32::from_be_bytes(*last)) << (8 * n_missing);
        return first | last;
    }
    let shifted = |(idx, byte): (usize, &u8)| u64::from(*byte) << (56 - 8 * idx);
    bytes.iter().enumerate().map(shifted).sum()
}

/// The long ids that were met.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// One after the other.
    bytes: Vec<u8>,
    /// Where each ends; it starts where the one before ends.
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    /// The id of this text.
    ///
    /// # Panics
    /// On 4,294,967,295 different long ids: memory ends long before.
    pub(super) fn id(&mut self, text: &[u8]) -> Id {
        if text.len() <= SHORT_BYTES_MAX {
            Id::short(text)
        } else {
            Id::new(u64::from(self.number(text)), LONG)
        }
    }

    fn number(&mut self, text: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let is_same = |number: &u32| &bytes[range_of(ends, *number as usize)] == text;
        if let Some(number) = self.numbers.find(hash, is_same) {
            return *number;
        }
        let number = ends.len() as u32;
        assert!(number < u32::MAX, "fewer than 4,294,967,295 long ids");
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        let hash_of = |number: &u32| hasher.hash_one(&bytes[range_of(ends, *number as usize)]);
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }

    /// Appends the bytes of an id.
    pub(super) fn append(&self, id: Id, to: &mut Vec<u8>) {
        if id.tail == LONG {
            to.extend_from_slice(self.long(id));
        } else {
            to.extend_from_slice(&short_bytes(id)[..length(id)]);
        }
    }

    /// How many bytes an id has.
    pub(super) fn length(&self, id: Id) -> usize {
        if id.tail == LONG {
            self.long(id).len()
        } else {
            length(id)
        }
    }

    /// Byte order.
    pub(super) fn compare(&self, one: Id, other: Id) -> Ordering {
        match (one.tail == LONG, other.tail == LONG) {
            (false, false) => one
                .head()
                .cmp(&other.head())
                .then(one.tail.cmp(&other.tail)),
            (true, true) => self.long(one).cmp(self.long(other)),
            (true, false) => self.long(one).cmp(&short_bytes(other)[..length(other)]),
            (false, true) => short_bytes(one)[..length(one)].cmp(self.long(other)),
        }
    }

    /// Bytes of memory held.
    pub(super) fn size(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.numbers.allocation_size()
    }

    fn long(&self, id: Id) -> &[u8] {
        &self.bytes[range_of(&self.ends, id.head() as usize)]
    }
}

fn range_of(ends: &[usize], number: usize) -> Range<usize> {
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    start..ends[number]
}

/// The bytes of a short id, and zeros or its length behind them.
fn short_bytes(id: Id) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&id.head().to_be_bytes());
    bytes[8..].copy_from_slice(&id.tail.to_be_bytes());
    bytes
}

fn length(id: Id) -> usize {
    (id.tail & 0xff) as usize
}
