//! The comparisons of a large group by item: who its neighbours are, and with what weight.
//!
//! Fixed from the start; what depends on scores is elsewhere.

use std::ops::Range;

use crate::ranking::graph::Pair;
use crate::ranking::logistic::exp_of_nonpositive;

use super::sum_of;

/// Each term of the objective twice, once in the row of each of its two items. Items are known by place.
pub(super) struct Rows {
    /// Row i is `offsets[i]..offsets[i + 1]` of the next three.
    pub(super) offsets: Vec<usize>,
    pub(super) neighbours: Vec<u32>,
    /// Weight of the comparisons with the neighbour.
    pub(super) weights: Vec<f64>,
    /// e^−bias, with the sign of the side; the bias as seen from the row's item. Empty when the sides
    /// make no difference.
    pub(super) shifts: Vec<f64>,
    /// Weight won by each item.
    pub(super) won: Vec<f64>,
    /// The part of a bias's slope that no score changes.
    pub(super) won_by_sides: f64,
    /// 1 + the greatest weight of an item: a gradient is small or large compared with this.
    pub(super) gradient_unit: f64,
}

impl Rows {
    /// From unique pairs, or pairs and sides; each item's row is at its place.
    pub(super) fn new(places: &[u32], pairs: &[Pair]) -> Self {
        let n_items = places.len();
        // Filling a row moves its start to the next one's: hence one more for a while.
        let mut offsets = vec![0; n_items + 2];
        let mut has_sides = false;
        for pair in pairs {
            offsets[places[pair.low as usize] as usize + 2] += 1;
            offsets[places[pair.high as usize] as usize + 2] += 1;
            has_sides |= pair.offset.to_bits() != 0.0_f64.to_bits();
        }
        for place in 0..n_items {
            offsets[place + 2] += offsets[place + 1];
        }
        let n_entries = offsets[n_items + 1];
        let mut rows = Self {
            neighbours: vec![0; n_entries],
            weights: vec![0.0; n_entries],
            shifts: vec![0.0; if has_sides { n_entries } else { 0 }],
            won: vec![0.0; n_items],
            won_by_sides: 0.0,
            gradient_unit: 1.0,
            offsets,
        };
        rows.fill(places, pairs);
        rows.offsets.pop();
        let totals = (0..n_items).map(|place| sum_of(&rows.weights[rows.range(place)]));
        rows.gradient_unit = 1.0 + totals.fold(0.0, f64::max);
        rows
    }

    fn fill(&mut self, places: &[u32], pairs: &[Pair]) {
        for pair in pairs {
            let (low, high) = (places[pair.low as usize], places[pair.high as usize]);
            for (item, neighbour, won, bias) in [
                (low, high, pair.won, pair.offset),
                (high, low, pair.lost, -pair.offset),
            ] {
                let next = &mut self.offsets[item as usize + 1];
                self.neighbours[*next] = neighbour;
                self.weights[*next] = pair.weight();
                if let Some(shift) = self.shifts.get_mut(*next) {
                    *shift = exponential(-bias).copysign(bias);
                }
                *next += 1;
                self.won[item as usize] += won;
            }
            let side = 1.0_f64.copysign(pair.offset);
            self.won_by_sides += side * 0.5 * (pair.won - pair.lost);
        }
    }

    /// Where the entries of the item at a place are.
    #[inline]
    pub(super) fn range(&self, item: usize) -> Range<usize> {
        self.offsets[item]..self.offsets[item + 1]
    }

    /// An entry's shift, 1 when the sides make no difference.
    pub(super) fn shift(&self, entry: usize) -> f64 {
        self.shifts.get(entry).copied().unwrap_or(1.0)
    }
}

/// eˣ for |x| <= 700.
fn exponential(x: f64) -> f64 {
    let of_nonpositive = exp_of_nonpositive(-x.abs());
    if x > 0.0 {
        1.0 / of_nonpositive
    } else {
        of_nonpositive
    }
}
