//! Intervals by drawing the units (groups, or the answers of a single group) again, with replacement.
//!
//! It does not know what is measured: a measure is a ratio of sums over units. All measures see the
//! same draws, so that differences between methods are paired. The fits are not repeated: the intervals
//! stand for other groups of the same kind, not for other answers about these (Efron and Tibshirani, An
//! Introduction to the Bootstrap, 1993, chapter 13: percentiles).

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::super::mixing::mixed;

/// A measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value from all units.
    pub value: f64,
    /// `None` with fewer than two units.
    pub interval: Option<Interval>,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The 2.5 % quantile.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
}

/// Part of a ratio that one unit brings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Part {
    pub(super) sum: f64,
    pub(super) weight: f64,
}

impl Part {
    pub(super) fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.weight += other.weight;
    }
}

/// One ratio from all units, and from each draw of units.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    value: f64,
    drawn: Vec<f64>,
}

impl Measure {
    pub(super) fn estimate(&self) -> Estimate {
        Estimate {
            value: self.value,
            interval: interval_of(self.drawn.clone()),
        }
    }

    /// This less another one, from the same draws.
    pub(super) fn difference(&self, other: &Self) -> Estimate {
        let pairs = self.drawn.iter().zip(&other.drawn);
        Estimate {
            value: self.value - other.value,
            interval: interval_of(pairs.map(|(one, another)| one - another).collect()),
        }
    }
}

/// More units than this are first put together, each into the block of its place modulo this: blocks
/// of independent units vary as much in sum, and drawing them costs the same for any number of units.
pub(super) const BLOCKS_MAX: usize = 10_000;

/// How often each unit is drawn, draw after draw.
#[derive(Debug)]
pub(super) struct Draws {
    counts: Vec<Vec<u32>>,
}

impl Draws {
    /// `n_draws` times `n_units` out of `n_units`; none for a single unit.
    pub(super) fn new(n_units: usize, n_draws: usize, seed: u64) -> Self {
        let n_draws = if n_units < 2 { 0 } else { n_draws as u64 };
        let counts = (0..n_draws)
            .into_par_iter()
            .map(|draw| {
                let mut counts = vec![0; n_units];
                let start = mixed(seed ^ mixed(draw));
                for step in 0..n_units as u64 {
                    let bits = u128::from(mixed(start.wrapping_add(step)));
                    // The product's upper half is uniform in 0..n_units.
                    counts[((bits * n_units as u128) >> 64) as usize] += 1;
                }
                counts
            })
            .collect();
        Self { counts }
    }

    /// The ratio of sums of these parts, one for each unit.
    pub(super) fn measure(&self, parts: &[Part]) -> Measure {
        let mut all = Part::default();
        for part in parts {
            all.add(*part);
        }
        let drawn = self.counts.iter().map(|counts| {
            let mut drawn = Part::default();
            for (part, &count) in parts.iter().zip(counts) {
                drawn.sum += f64::from(count) * part.sum;
                drawn.weight += f64::from(count) * part.weight;
            }
            drawn.sum / drawn.weight
        });
        Measure {
            value: all.sum / all.weight,
            drawn: drawn.collect(),
        }
    }
}

/// From the 2.5 % to the 97.5 % quantile, interpolated.
fn interval_of(mut drawn: Vec<f64>) -> Option<Interval> {
    // A draw of units that all weigh nothing has no ratio.
    drawn.retain(|value| value.is_finite());
    if drawn.is_empty() {
        return None;
    }
    drawn.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| {
        let place = share * (drawn.len() - 1) as f64;
        let below = drawn[place.floor() as usize];
        let above = drawn[place.ceil() as usize];
        below + (place - place.floor()) * (above - below)
    };
    Some(Interval {
        low: quantile(0.025),
        high: quantile(0.975),
    })
}
