//! The graph that is left while items are eliminated: lists of joints, and who is next.
//!
//! It keeps no factor.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::ranking::mixing::mixed;
use crate::ranking::sparse::rows::Rows;

/// An item of those still joined to the one that is eliminated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbour {
    pub(super) item: u32,
    /// Of all joints with it.
    pub(super) weight: f64,
    /// The half of one of these joints that is in the list of the eliminated item.
    half: u32,
}

/// No half, no place.
const NONE: u32 = u32::MAX;

/// Weighted joints between items that are not yet eliminated; two items may have several.
pub(super) struct Joints {
    /// Halves 2j and 2j + 1 of joint j stand in the lists of its two items, and each points to the other
    /// item. Halves that point to an eliminated item are dead.
    targets: Vec<u32>,
    /// The next half in the same list.
    nexts: Vec<u32>,
    weights: Vec<f64>,
    /// The first half in each item's list.
    heads: Vec<u32>,
    /// How many living halves are in each item's list.
    degrees: Vec<u32>,
    is_eliminated: Vec<bool>,
    /// Where an item stands among the neighbours being collected.
    places: Vec<u32>,
    /// (degree, item): the least is next. An item's degree may have grown since, never fallen.
    queue: BinaryHeap<Reverse<(u32, u32)>>,
    /// The degree of each item's best place in the queue.
    queued: Vec<u32>,
    /// Running sums of weights.
    sums: Vec<f64>,
}

impl Joints {
    /// For the first `n_items` items, which met nobody else. One joint for each entry above the diagonal; `None` for more entries than 32 bits can number.
    pub(super) fn new(n_items: usize, rows: &Rows, curvatures: &[f32]) -> Option<Self> {
        let n_halves = rows.offsets[n_items];
        if u32::try_from(n_halves).is_err() {
            return None;
        }
        let n_joints = n_halves / 2;
        let mut joints = Self {
            targets: Vec::with_capacity(2 * n_joints),
            nexts: Vec::with_capacity(2 * n_joints),
            weights: Vec::with_capacity(n_joints),
            heads: vec![NONE; n_items],
            degrees: vec![0; n_items],
            is_eliminated: vec![false; n_items],
            places: vec![NONE; n_items],
            queue: BinaryHeap::new(),
            queued: Vec::new(),
            sums: Vec::new(),
        };
        for (item, low) in (0..n_items).zip(0_u32..) {
            for entry in rows.range(item) {
                let high = rows.neighbours[entry];
                if low < high {
                    joints.weights.push(f64::from(curvatures[entry]));
                    joints.add_half(low, high);
                    joints.add_half(high, low);
                }
            }
        }
        joints.queued.clone_from(&joints.degrees);
        let all = joints.degrees.iter().copied().zip(0_u32..).map(Reverse);
        joints.queue = all.collect::<Vec<_>>().into();
        Some(joints)
    }

    fn add_half(&mut self, item: u32, target: u32) {
        let half = self.targets.len() as u32;
        self.targets.push(target);
        self.nexts.push(self.heads[item as usize]);
        self.heads[item as usize] = half;
        self.degrees[item as usize] += 1;
    }

    /// The item with the fewest joints, the smaller number first, and how many these are; `None` when all
    /// are eliminated.
    pub(super) fn next_item(&mut self) -> Option<(u32, u32)> {
        while let Some(Reverse((degree, item))) = self.queue.pop() {
            let place = item as usize;
            if self.is_eliminated[place] {
                continue;
            }
            if self.degrees[place] > degree {
                self.queued[place] = self.degrees[place];
                self.queue.push(Reverse((self.degrees[place], item)));
                continue;
            }
            return Some((item, degree));
        }
        None
    }

    /// Weight of all joints of an item that was not eliminated.
    pub(super) fn weight_left(&self, item: u32) -> Option<f64> {
        if self.is_eliminated[item as usize] {
            return None;
        }
        let mut sum = 0.0;
        let mut half = self.heads[item as usize];
        while half != NONE {
            let other = self.targets[half as usize];
            if !self.is_eliminated[other as usize] {
                sum += self.weights[half as usize / 2];
            }
            half = self.nexts[half as usize];
        }
        Some(sum)
    }

    /// Removes an item; its neighbours come by ascending weight.
    pub(super) fn take_neighbours(&mut self, item: u32, neighbours: &mut Vec<Neighbour>) {
        self.is_eliminated[item as usize] = true;
        neighbours.clear();
        let mut half = self.heads[item as usize];
        while half != NONE {
            let other = self.targets[half as usize];
            let weight = self.weights[half as usize / 2];
            let place = &mut self.places[other as usize];
            if self.is_eliminated[other as usize] {
                // Dead.
            } else if *place == NONE {
                *place = neighbours.len() as u32;
                neighbours.push(Neighbour {
                    item: other,
                    weight,
                    half,
                });
            } else {
                neighbours[*place as usize].weight += weight;
                self.degrees[other as usize] -= 1;
            }
            half = self.nexts[half as usize];
        }
        for neighbour in &*neighbours {
            self.places[neighbour.item as usize] = NONE;
        }
        neighbours.sort_unstable_by(|one, other| {
            let by_weight = one.weight.total_cmp(&other.weight);
            by_weight.then(one.item.cmp(&other.item))
        });
    }

    /// Joins each neighbour of an eliminated item, whose pivot is `total`, with one heavier neighbour.
    ///
    /// Exact elimination joins i and j with weight wᵢ wⱼ / total. Instead, i is joined with one heavier j
    /// drawn with chance wⱼ / Σ heavier w, and gets what it would have got from all of these.
    pub(super) fn join(&mut self, item: u32, neighbours: &[Neighbour], total: f64) {
        let mut sums = std::mem::take(&mut self.sums);
        sums.clear();
        let mut sum = 0.0;
        for neighbour in neighbours {
            sum += neighbour.weight;
            sums.push(sum);
        }
        for (place, neighbour) in neighbours.iter().enumerate() {
            let heavier = sum - sums[place];
            if place + 1 == neighbours.len() || heavier <= 0.0 {
                self.degrees[neighbour.item as usize] -= 1;
                self.requeue(neighbour.item);
                continue;
            }
            let drawn = sums[place] + share_of(item, place) * heavier;
            let found = sums.partition_point(|sum| *sum <= drawn);
            let partner = neighbours[found.clamp(place + 1, neighbours.len() - 1)].item;
            // The joint with the eliminated item becomes the new one: no memory is needed.
            let half = neighbour.half as usize;
            self.weights[half / 2] = neighbour.weight * (heavier / total);
            self.targets[half ^ 1] = partner;
            self.targets[half] = neighbour.item;
            self.nexts[half] = self.heads[partner as usize];
            self.heads[partner as usize] = neighbour.half;
            self.degrees[partner as usize] += 1;
            self.requeue(neighbour.item);
        }
        self.sums = sums;
    }

    /// Gives an item whose degree has fallen its place in the queue.
    fn requeue(&mut self, item: u32) {
        let degree = self.degrees[item as usize];
        if degree < self.queued[item as usize] {
            self.queued[item as usize] = degree;
            self.queue.push(Reverse((degree, item)));
        }
    }
}

/// A number in [0, 1): the same in every run and on every thread.
fn share_of(item: u32, place: usize) -> f64 {
    let bits = mixed((u64::from(item) << 32) | place as u64);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
