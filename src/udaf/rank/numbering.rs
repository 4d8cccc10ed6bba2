//! Numbers the texts of one group densely, by byte order.
//!
//! One table serves millions of groups; it knows numbers of texts, and asks for their order only.

use super::texts::Texts;

/// The different texts of one group.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// Open addressing, a power of two; only the first `mask + 1` slots belong to the group.
    slots: Vec<Slot>,
    mask: usize,
    /// The texts in the order in which they were met; after `sort`, by byte order.
    members: Vec<u32>,
    /// For each text in order of meeting, its place by byte order.
    ranks: Vec<u32>,
    order: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    text: u32,
    place: u32,
}

const FREE: Slot = Slot {
    text: u32::MAX,
    place: 0,
};

impl Numbering {
    /// Begins a group with at most `n_max` different texts.
    pub(super) fn begin(&mut self, n_max: usize) {
        let n_slots = (2 * n_max).next_power_of_two();
        if self.slots.len() < n_slots {
            self.slots.resize(n_slots, FREE);
        }
        self.slots[..n_slots].fill(FREE);
        self.mask = n_slots - 1;
        self.members.clear();
    }

    /// The text's place in order of meeting.
    pub(super) fn place(&mut self, text: u32) -> u32 {
        // Fibonacci hashing: neighbouring numbers fall far apart.
        let hash = u64::from(text).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut idx = (hash >> 32) as usize & self.mask;
        loop {
            let slot = self.slots[idx];
            if slot.text == text {
                return slot.place;
            }
            if slot.text == u32::MAX {
                let place = self.members.len() as u32;
                self.slots[idx] = Slot { text, place };
                self.members.push(text);
                return place;
            }
            idx = (idx + 1) & self.mask;
        }
    }

    /// Orders the group's texts by bytes; what `place` gave is then looked up in what this returns.
    pub(super) fn sort(&mut self, texts: &Texts) -> &[u32] {
        let members = &self.members;
        self.order.clear();
        self.order.extend(0..members.len() as u32);
        self.order.sort_unstable_by(|one, other| {
            texts.compare(members[*one as usize], members[*other as usize])
        });
        self.ranks.resize(members.len(), 0);
        for (rank, place) in (0_u32..).zip(&self.order) {
            self.ranks[*place as usize] = rank;
        }
        &self.ranks
    }

    /// The group's texts by byte order; `sort` came before.
    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = u32> {
        self.order.iter().map(|place| self.members[*place as usize])
    }
}
