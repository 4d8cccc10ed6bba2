//! The comparisons of a large group by item: who its neighbours are, and with what weight.
//!
//! Fixed from the start; what depends on scores is elsewhere.

use std::ops::Range;

use crate::ranking::graph::Pair;
use crate::ranking::logistic::exp_of_nonpositive;

/// Each term of the objective twice, once in the row of each of its two items.
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
    /// From unique pairs, or pairs and sides, ordered by items: neighbours then ascend in each row.
    pub(super) fn new(n_items: usize, pairs: &[Pair]) -> Self {
        let mut offsets = vec![0; n_items + 1];
        for pair in pairs {
            offsets[pair.low as usize + 1] += 1;
            offsets[pair.high as usize + 1] += 1;
        }
        for item in 0..n_items {
            offsets[item + 1] += offsets[item];
        }
        let n_entries = offsets[n_items];
        let has_sides = pairs
            .iter()
            .any(|pair| pair.offset.to_bits() != 0.0_f64.to_bits());
        let mut rows = Self {
            neighbours: vec![0; n_entries],
            weights: vec![0.0; n_entries],
            shifts: vec![0.0; if has_sides { n_entries } else { 0 }],
            won: vec![0.0; n_items],
            won_by_sides: 0.0,
            gradient_unit: 1.0,
            offsets,
        };
        rows.fill(pairs);
        rows
    }

    fn fill(&mut self, pairs: &[Pair]) {
        let mut cursors = self.offsets.clone();
        for pair in pairs {
            let weight = pair.weight();
            for (item, neighbour, won, bias) in [
                (pair.low, pair.high, pair.won, pair.offset),
                (pair.high, pair.low, pair.lost, -pair.offset),
            ] {
                let item = item as usize;
                let entry = cursors[item];
                cursors[item] += 1;
                self.neighbours[entry] = neighbour;
                self.weights[entry] = weight;
                if let Some(shift) = self.shifts.get_mut(entry) {
                    *shift = exponential(-bias).copysign(bias);
                }
                self.won[item] += won;
            }
            let side = 1.0_f64.copysign(pair.offset);
            self.won_by_sides += side * 0.5 * (pair.won - pair.lost);
        }
        let totals = (0..self.won.len()).map(|item| self.weights[self.range(item)].iter().sum());
        self.gradient_unit = 1.0 + totals.fold(0.0, f64::max);
    }

    /// Where an item's entries are.
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
