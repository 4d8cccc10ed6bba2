//! The row groups of one table that are being encoded: how many may be, and in which order they come back.
//!
//! It encodes nothing and knows no file.

use std::collections::VecDeque;

use super::encoding::Encoding;
use super::row_groups::RowGroup;

/// Row groups that are encoded, or wait for their turn in the file: the oldest first.
pub(super) struct InFlight {
    encodings: VecDeque<Encoding>,
    /// Plain bytes of their rows.
    n_bytes: u64,
    pub(super) n_max: usize,
    pub(super) n_bytes_max: u64,
}

impl InFlight {
    /// At most `n_max` row groups, of any size.
    pub(super) fn new(n_max: usize) -> Self {
        Self {
            encodings: VecDeque::new(),
            n_bytes: 0,
            n_max,
            n_bytes_max: u64::MAX,
        }
    }

    /// Whether `row_group` must wait until an older one is in its file; one alone never waits.
    pub(super) fn is_full_for(&self, row_group: &RowGroup) -> bool {
        !self.encodings.is_empty()
            && (self.encodings.len() >= self.n_max
                || self.n_bytes + row_group.n_bytes > self.n_bytes_max)
    }

    pub(super) fn push(&mut self, encoding: Encoding) {
        self.n_bytes += encoding.n_bytes;
        self.encodings.push_back(encoding);
    }

    pub(super) fn pop(&mut self) -> Option<Encoding> {
        let encoding = self.encodings.pop_front()?;
        self.n_bytes -= encoding.n_bytes;
        Some(encoding)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.encodings.len()
    }
}
