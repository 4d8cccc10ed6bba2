//! Who met whom: sums over unique pairs, connected components, workers per item.
//!
//! It looks at which comparisons exist, never at scores.

mod connectivity;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{Comparison, Outcomes};

pub(super) use connectivity::is_strongly_connected;

/// All comparisons of two items, or those with the same item on the left, summed in canonical order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    /// The item of the smaller number.
    pub(super) low: u32,
    /// The other one.
    pub(super) high: u32,
    /// Weight won by `low`, half of the ties included.
    pub(super) won: f64,
    /// Weight won by `high`, half of the ties included.
    pub(super) lost: f64,
    /// Added to the difference of the scores: the bias of the side, seen from `low`.
    ///
    /// Its sign, also that of 0, tells the sides apart.
    pub(super) offset: f64,
}

impl Pair {
    /// One comparison alone.
    fn of(comparison: &Comparison, offset: f64) -> Self {
        let (low, high) = comparison.low_high();
        let (won, lost) = comparison.won_lost();
        Self {
            low,
            high,
            won,
            lost,
            offset,
        }
    }

    /// Adds another comparison of the same two items.
    fn add(&mut self, other: &Self) {
        self.won += other.won;
        self.lost += other.lost;
    }

    /// Whether both are about the same two items.
    fn meets(&self, other: &Self) -> bool {
        (self.low, self.high) == (other.low, other.high)
    }

    /// Total weight.
    pub(super) fn weight(&self) -> f64 {
        self.won + self.lost
    }
}

/// Rows from which counting the pairs first pays: a vector that grows by doubling takes twice the memory.
const COUNTED_ROWS_MIN: usize = 10_000;

/// Replaces `pairs` by the sums over unique pairs, ordered by (`low`, `high`).
///
/// Without a bias the sides make no difference. With one, rows that show `low` on the left get the
/// offset +bias and come first; the others get −bias.
pub(super) fn sum_to_pairs(comparisons: &[Comparison], bias: Option<f64>, pairs: &mut Vec<Pair>) {
    pairs.clear();
    if comparisons.len() >= COUNTED_ROWS_MIN {
        pairs.reserve_exact(n_pairs(comparisons, bias));
    }
    match bias {
        None => sum_sides_together(comparisons, pairs),
        Some(bias) => sum_sides_apart(comparisons, bias, pairs),
    }
}

/// How many pairs the sums will have, both sides of two items counted with a bias.
fn n_pairs(comparisons: &[Comparison], bias: Option<f64>) -> usize {
    let mut n_pairs = 0;
    let mut last = (0, 0);
    let mut seen = [false; 2];
    for comparison in comparisons {
        let items = comparison.low_high();
        if items != last {
            (last, seen) = (items, [false; 2]);
        }
        let side = usize::from(bias.is_some() && comparison.left > comparison.right);
        n_pairs += usize::from(!seen[side]);
        seen[side] = true;
    }
    n_pairs
}

fn sum_sides_together(comparisons: &[Comparison], pairs: &mut Vec<Pair>) {
    let mut comparisons = comparisons.iter();
    let Some(first) = comparisons.next() else {
        return;
    };
    let mut open = Pair::of(first, 0.0);
    for comparison in comparisons {
        let next = Pair::of(comparison, 0.0);
        if next.meets(&open) {
            open.add(&next);
        } else {
            pairs.push(open);
            open = next;
        }
    }
    pairs.push(open);
}

fn sum_sides_apart(comparisons: &[Comparison], bias: f64, pairs: &mut Vec<Pair>) {
    // The sums so far of the two items that are open: `low` on the left, and on the right.
    let mut open: [Option<Pair>; 2] = [None, None];
    for comparison in comparisons {
        let is_right = comparison.left > comparison.right;
        let next = Pair::of(comparison, if is_right { -bias } else { bias });
        if !open.iter().flatten().all(|pair| pair.meets(&next)) {
            pairs.extend(std::mem::take(&mut open).into_iter().flatten());
        }
        match &mut open[usize::from(is_right)] {
            Some(pair) => pair.add(&next),
            none => *none = Some(next),
        }
    }
    pairs.extend(open.into_iter().flatten());
}

/// Connected component of each item, numbered from 0 by its smallest item.
pub(super) fn component_ids(outcomes: &Outcomes<'_>) -> Vec<i32> {
    let meetings = outcomes.comparisons().iter().map(Comparison::low_high);
    components(outcomes.n_items(), meetings)
}

/// The same for any list of two items that met; repetitions cost least one after the other.
pub(super) fn components(n_items: usize, meetings: impl Iterator<Item = (u32, u32)>) -> Vec<i32> {
    let mut parents: Vec<u32> = (0_u32..).take(n_items).collect();
    let mut n_open_components = parents.len();
    let mut joined = None;
    for (low, high) in meetings {
        if joined == Some((low, high)) {
            continue;
        }
        joined = Some((low, high));
        let (one, other) = (root(&mut parents, low), root(&mut parents, high));
        if one == other {
            continue;
        }
        // The smaller item is the root, so that the numbering below meets roots first.
        parents[one.max(other) as usize] = one.min(other);
        n_open_components -= 1;
        // Well-connected groups get here after a small part of their rows.
        if n_open_components == 1 {
            return vec![0; parents.len()];
        }
    }
    let mut ids = vec![0_i32; parents.len()];
    let mut n_components = 0;
    for item in 0..parents.len() {
        let parent = parents[item] as usize;
        if parent == item {
            ids[item] = n_components;
            n_components += 1;
        } else {
            // A parent has a smaller number than its child, so its id is known.
            ids[item] = ids[parent];
        }
    }
    ids
}

/// The root of an item's tree; halves the path on the way.
fn root(parents: &mut [u32], mut item: u32) -> u32 {
    while parents[item as usize] != item {
        let grandparent = parents[parents[item as usize] as usize];
        parents[item as usize] = grandparent;
        item = grandparent;
    }
    item
}

/// Number of different workers who saw each item.
pub(super) fn workers_per_item(outcomes: &Outcomes<'_>) -> Vec<i64> {
    let comparisons = outcomes.comparisons();
    if comparisons.iter().all(|comparison| comparison.worker < 64) {
        let mut seen_by = vec![0_u64; outcomes.n_items()];
        for comparison in comparisons {
            seen_by[comparison.left as usize] |= 1 << comparison.worker;
            seen_by[comparison.right as usize] |= 1 << comparison.worker;
        }
        return seen_by
            .iter()
            .map(|seen| i64::from(seen.count_ones()))
            .collect();
    }
    many_workers_per_item(outcomes)
}

/// Workers in all lists together from which other threads are worth waking.
const PARALLEL_SIGHTINGS_MIN: usize = 50_000;

/// The same for any number of workers: each item gets the list of its workers, with repetitions.
fn many_workers_per_item(outcomes: &Outcomes<'_>) -> Vec<i64> {
    let mut ends = vec![0_usize; outcomes.n_items()];
    for comparison in outcomes.comparisons() {
        ends[comparison.left as usize] += 1;
        ends[comparison.right as usize] += 1;
    }
    let mut n_before = 0;
    for end in &mut ends {
        // Where the item's list starts; filling it moves this to where it ends.
        let n_seen = std::mem::replace(end, n_before);
        n_before += n_seen;
    }
    let mut workers = vec![0_u32; n_before];
    for comparison in outcomes.comparisons() {
        for item in [comparison.left as usize, comparison.right as usize] {
            workers[ends[item]] = comparison.worker;
            ends[item] += 1;
        }
    }
    let mut lists = Vec::with_capacity(ends.len());
    let mut rest = workers.as_mut_slice();
    let mut start = 0;
    for end in ends {
        let (list, tail) = rest.split_at_mut(end - start);
        lists.push(list);
        (rest, start) = (tail, end);
    }
    if n_before < PARALLEL_SIGHTINGS_MIN {
        lists.into_iter().map(n_different).collect()
    } else {
        lists.into_par_iter().map(n_different).collect()
    }
}

fn n_different(workers: &mut [u32]) -> i64 {
    workers.sort_unstable();
    workers.chunk_by(|one, other| one == other).count() as i64
}
