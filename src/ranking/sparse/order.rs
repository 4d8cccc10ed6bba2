//! In which order the solver keeps the items of a large group: neighbours near each other, small islands apart.
//!
//! Callers number items as they like; nothing of this order shows outside the solver but rounding.

use std::collections::VecDeque;
use std::ops::Range;

use crate::ranking::graph::{Pair, components};
use crate::ranking::pull::Pull;

/// Components of up to so many items are solved each on its own, by a full matrix.
const ISLAND_ITEMS_MAX: usize = 64;

/// Fewer items stay in the fast cache in any order.
const SCATTERED_ITEMS_MIN: usize = 20_000;

/// Not placed yet.
const NOWHERE: u32 = u32::MAX;

/// A place for each item.
pub(super) struct Order {
    /// Place of each item.
    pub(super) places: Vec<u32>,
    /// The first so many places belong to large components,
    pub(super) n_core: usize,
    /// each of these ranges to a small one.
    pub(super) islands: Vec<Range<usize>>,
}

impl Order {
    /// From unique pairs, or pairs and sides. Where nothing holds an island but its neighbours, there are no
    /// islands: their equations have no single solution.
    pub(super) fn of(n_items: usize, pairs: &[Pair], pull: Pull) -> Self {
        let island_items_max = if pull.is_none() { 0 } else { ISLAND_ITEMS_MAX };
        let component_ids = components(n_items, pairs.iter().map(|pair| (pair.low, pair.high)));
        let mut sizes = vec![0_u32; n_items];
        for &id in &component_ids {
            sizes[id as usize] += 1;
        }
        let is_small =
            |item: usize| sizes[component_ids[item] as usize] as usize <= island_items_max;
        let mut order = Self {
            places: vec![NOWHERE; n_items],
            n_core: 0,
            islands: Vec::new(),
        };
        if n_items < SCATTERED_ITEMS_MIN {
            for item in 0..n_items {
                if !is_small(item) {
                    order.places[item] = order.n_core as u32;
                    order.n_core += 1;
                }
            }
        } else {
            let meetings = Meetings::new(n_items, pairs);
            for item in 0..n_items {
                if !is_small(item) && order.places[item] == NOWHERE {
                    order.place_component(item as u32, &meetings);
                }
            }
        }
        order.place_islands(&component_ids, &sizes);
        order
    }

    /// Gives the items of a component their places in the order of their distance from this one.
    fn place_component(&mut self, first: u32, meetings: &Meetings) {
        let mut queue = VecDeque::from([first]);
        self.places[first as usize] = self.n_core as u32;
        self.n_core += 1;
        while let Some(item) = queue.pop_front() {
            for &neighbour in meetings.of(item) {
                if self.places[neighbour as usize] == NOWHERE {
                    self.places[neighbour as usize] = self.n_core as u32;
                    self.n_core += 1;
                    queue.push_back(neighbour);
                }
            }
        }
    }

    /// Gives the items without a place theirs, one component after the other.
    fn place_islands(&mut self, component_ids: &[i32], sizes: &[u32]) {
        let mut next = self.n_core;
        let mut nexts = vec![0; sizes.len()];
        for (place, &id) in self.places.iter_mut().zip(component_ids) {
            if *place != NOWHERE {
                continue;
            }
            let id = id as usize;
            if nexts[id] == 0 {
                nexts[id] = next;
                let end = next + sizes[id] as usize;
                self.islands.push(next..end);
                next = end;
            }
            *place = nexts[id] as u32;
            nexts[id] += 1;
        }
    }
}

impl Order {
    /// Writes each item's value at its place.
    pub(super) fn inward(&self, of_items: &[f64], of_places: &mut [f64]) {
        for (&place, value) in self.places.iter().zip(of_items) {
            of_places[place as usize] = *value;
        }
    }

    /// Writes each place's value at its item.
    pub(super) fn outward(&self, of_places: &[f64], of_items: &mut [f64]) {
        for (&place, value) in self.places.iter().zip(of_items) {
            *value = of_places[place as usize];
        }
    }
}

/// Whom each item met.
struct Meetings {
    /// Item i met `others[starts[i]..starts[i + 1]]`.
    starts: Vec<usize>,
    others: Vec<u32>,
}

impl Meetings {
    fn new(n_items: usize, pairs: &[Pair]) -> Self {
        // Filling the list of an item moves its start to the next one's: hence two more than items.
        let mut starts = vec![0; n_items + 2];
        for pair in pairs {
            starts[pair.low as usize + 2] += 1;
            starts[pair.high as usize + 2] += 1;
        }
        for item in 0..n_items {
            starts[item + 2] += starts[item + 1];
        }
        let mut others = vec![0; 2 * pairs.len()];
        for pair in pairs {
            for (item, other) in [(pair.low, pair.high), (pair.high, pair.low)] {
                let next = &mut starts[item as usize + 1];
                others[*next] = other;
                *next += 1;
            }
        }
        Self { starts, others }
    }

    fn of(&self, item: u32) -> &[u32] {
        &self.others[self.starts[item as usize]..self.starts[item as usize + 1]]
    }
}
