//! Numbers the ids of one group densely, by byte order.
//!
//! One table serves millions of groups.

use super::ids::{Id, Ids};

/// The different ids of one group.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// Open addressing: 0 or 1 + a place in `members`; the first `mask + 1` slots belong to the group.
    slots: Vec<u32>,
    mask: usize,
    /// The ids in the order in which they were met.
    members: Vec<Id>,
    /// Places in `members` by byte order of the ids.
    order: Vec<u32>,
    /// The other way round.
    ranks: Vec<u32>,
}

impl Numbering {
    /// Begins a group with at most `n_max` different ids.
    pub(super) fn begin(&mut self, n_max: usize) {
        // Half of the slots stay free. A table that large is rare: it grows as ids are met.
        let n_slots = (2 * n_max.min(IDS_AT_FIRST)).next_power_of_two();
        self.members.clear();
        self.set_slots(n_slots);
    }

    fn set_slots(&mut self, n_slots: usize) {
        if self.slots.len() < n_slots {
            self.slots.resize(n_slots, 0);
        }
        self.slots[..n_slots].fill(0);
        self.mask = n_slots - 1;
        for (place, member) in (1..).zip(&self.members) {
            let mut idx = member.hash() as usize & self.mask;
            while self.slots[idx] != 0 {
                idx = (idx + 1) & self.mask;
            }
            self.slots[idx] = place;
        }
    }

    /// The id's place in order of meeting.
    pub(super) fn place(&mut self, id: Id) -> u32 {
        let mut idx = id.hash() as usize & self.mask;
        loop {
            match self.slots[idx].checked_sub(1) {
                Some(place) if self.members[place as usize] == id => return place,
                Some(_) => idx = (idx + 1) & self.mask,
                None => break,
            }
        }
        let place = self.members.len() as u32;
        self.members.push(id);
        self.slots[idx] = place + 1;
        if 2 * self.members.len() > self.mask + 1 {
            self.set_slots(2 * (self.mask + 1));
        }
        place
    }

    /// Orders the ids by bytes: the number of each, in order of meeting.
    pub(super) fn sort(&mut self, ids: &Ids) -> &[u32] {
        let members = &self.members;
        self.order.clear();
        self.order.extend(0..members.len() as u32);
        self.order.sort_unstable_by(|one, other| {
            ids.compare(members[*one as usize], members[*other as usize])
        });
        self.ranks.resize(members.len(), 0);
        for (rank, place) in (0_u32..).zip(&self.order) {
            self.ranks[*place as usize] = rank;
        }
        &self.ranks
    }

    /// The ids by number; `sort` came before.
    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = Id> {
        self.order.iter().map(|place| self.members[*place as usize])
    }
}

/// Different ids that a table has room for at first.
const IDS_AT_FIRST: usize = 1024;
