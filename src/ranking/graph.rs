//! Who met whom: sums over unique pairs, connected components, strong connectivity, workers per item.
//!
//! It looks at which comparisons exist, never at scores.

use super::{Comparison, Outcomes};

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
    pub(super) offset: f64,
}

impl Pair {
    /// Total weight.
    pub(super) fn weight(&self) -> f64 {
        self.won + self.lost
    }
}

/// Replaces `pairs` by the sums over unique pairs, ordered by (`low`, `high`).
///
/// Without a bias the sides make no difference. With one, rows that show `low` on the left get the
/// offset +bias and come first; the others get −bias.
pub(super) fn sum_to_pairs(comparisons: &[Comparison], bias: Option<f64>, pairs: &mut Vec<Pair>) {
    pairs.clear();
    for of_two_items in comparisons.chunk_by(|one, other| one.low_high() == other.low_high()) {
        match bias {
            None => pairs.extend(sum_of(of_two_items.iter(), 0.0)),
            Some(bias) => {
                let is_low_left = |row: &&Comparison| row.left < row.right;
                let rows = || of_two_items.iter();
                pairs.extend(sum_of(rows().filter(is_low_left), bias));
                pairs.extend(sum_of(rows().filter(|row| !is_low_left(row)), -bias));
            }
        }
    }
}

/// Sum of rows about the same two items; `None` for no row.
fn sum_of<'a>(mut rows: impl Iterator<Item = &'a Comparison>, offset: f64) -> Option<Pair> {
    let first = rows.next()?;
    let (low, high) = first.low_high();
    let (mut won, mut lost) = first.won_lost();
    for row in rows {
        let (won_here, lost_here) = row.won_lost();
        won += won_here;
        lost += lost_here;
    }
    Some(Pair {
        low,
        high,
        won,
        lost,
        offset,
    })
}

/// Connected component of each item, numbered from 0 by its smallest item.
pub(super) fn component_ids(outcomes: &Outcomes<'_>) -> Vec<i32> {
    let mut parents: Vec<u32> = (0_u32..).take(outcomes.n_items()).collect();
    let mut joined = None;
    for comparison in outcomes.comparisons() {
        let (low, high) = comparison.low_high();
        if joined == Some((low, high)) {
            continue;
        }
        joined = Some((low, high));
        let (one, other) = (root(&mut parents, low), root(&mut parents, high));
        // The smaller item is the root, so that the numbering below meets roots first.
        parents[one.max(other) as usize] = one.min(other);
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

/// Whether every item beats every other one directly or through others; a tie beats both ways.
///
/// By Ford (1957) exactly then do the maximum likelihood scores exist and are unique.
pub(super) fn is_strongly_connected(n_items: usize, pairs: &[Pair]) -> bool {
    if n_items <= 64 {
        small_is_strongly_connected(n_items, pairs)
    } else if sweeps_reach_all(n_items, pairs) {
        true
    } else {
        [Direction::Wins, Direction::Losses]
            .into_iter()
            .all(|direction| Arcs::new(n_items, pairs, direction).reach_all())
    }
}

/// One bit per item: beaten sets are words.
fn small_is_strongly_connected(n_items: usize, pairs: &[Pair]) -> bool {
    if n_items == 0 {
        return true;
    }
    let mut beaten_by = [0_u64; 64];
    let mut losing_to = [0_u64; 64];
    for pair in pairs {
        let (low, high) = (pair.low as usize & 63, pair.high as usize & 63);
        if pair.won > 0.0 {
            beaten_by[low] |= 1 << high;
            losing_to[high] |= 1 << low;
        }
        if pair.lost > 0.0 {
            beaten_by[high] |= 1 << low;
            losing_to[low] |= 1 << high;
        }
    }
    let everything = u64::MAX >> (64 - n_items);
    reachable(&beaten_by) == everything && reachable(&losing_to) == everything
}

/// Items that the first one reaches, itself included.
fn reachable(next: &[u64; 64]) -> u64 {
    let mut reached = 1_u64;
    let mut open = 1_u64;
    while open != 0 {
        let item = open.trailing_zeros() as usize & 63;
        open &= open - 1;
        open |= next[item] & !reached;
        reached |= next[item];
    }
    reached
}

/// Sweeps over all pairs before arcs are worth building.
const SWEEPS_MAX: usize = 6;

/// Whether a few sweeps over the pairs find every item both reached from the first one and reaching
/// it. False says nothing: long chains need more sweeps.
fn sweeps_reach_all(n_items: usize, pairs: &[Pair]) -> bool {
    // Bit 0: reached by wins; bit 1: by losses.
    let mut reached = vec![0_u8; n_items];
    reached[0] = 0b11;
    for _ in 0..SWEEPS_MAX {
        for pair in pairs {
            let (low, high) = (reached[pair.low as usize], reached[pair.high as usize]);
            let (won, lost) = (u8::from(pair.won > 0.0), u8::from(pair.lost > 0.0));
            reached[pair.high as usize] = high | (low & (won | (lost << 1)));
            reached[pair.low as usize] = low | (high & (lost | (won << 1)));
        }
        if reached.iter().all(|&bits| bits == 0b11) {
            return true;
        }
    }
    false
}

/// Which way an arc points.
#[derive(Clone, Copy)]
enum Direction {
    Wins,
    Losses,
}

/// For each item, those it beat (or lost to), one after the other.
struct Arcs {
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

impl Arcs {
    fn new(n_items: usize, pairs: &[Pair], direction: Direction) -> Self {
        let each = |pair: &Pair| {
            let (forward, backward) = match direction {
                Direction::Wins => (pair.won, pair.lost),
                Direction::Losses => (pair.lost, pair.won),
            };
            [
                (forward > 0.0).then_some((pair.low, pair.high)),
                (backward > 0.0).then_some((pair.high, pair.low)),
            ]
        };
        let mut offsets = vec![0; n_items + 1];
        for (source, _) in pairs.iter().flat_map(each).flatten() {
            offsets[source as usize + 1] += 1;
        }
        for item in 0..n_items {
            offsets[item + 1] += offsets[item];
        }
        let mut targets = vec![0; offsets[n_items]];
        let mut cursors = offsets.clone();
        for (source, target) in pairs.iter().flat_map(each).flatten() {
            targets[cursors[source as usize]] = target;
            cursors[source as usize] += 1;
        }
        Self { offsets, targets }
    }

    /// Whether the first item reaches all others.
    fn reach_all(&self) -> bool {
        let n_items = self.offsets.len() - 1;
        let mut is_reached = vec![false; n_items];
        is_reached[0] = true;
        let mut open = vec![0_usize];
        let mut n_reached = 1;
        while let Some(item) = open.pop() {
            for &target in &self.targets[self.offsets[item]..self.offsets[item + 1]] {
                let target = target as usize;
                if !is_reached[target] {
                    is_reached[target] = true;
                    n_reached += 1;
                    open.push(target);
                }
            }
        }
        n_reached == n_items
    }
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
    let mut by_worker: Vec<(u32, u32, u32)> = comparisons
        .iter()
        .map(|comparison| (comparison.worker, comparison.left, comparison.right))
        .collect();
    by_worker.sort_unstable();
    let mut n_workers = vec![0; outcomes.n_items()];
    let mut last_worker = vec![None; outcomes.n_items()];
    for (worker, left, right) in by_worker {
        for item in [left as usize, right as usize] {
            if last_worker[item] != Some(worker) {
                last_worker[item] = Some(worker);
                n_workers[item] += 1;
            }
        }
    }
    n_workers
}
