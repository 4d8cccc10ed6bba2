//! Whether every item of a group can be compared with every other one by a chain of wins.
//!
//! It looks at which wins exist, never at their weight nor at scores.

use super::Pair;

/// Whether every item beats every other one directly or through others; a tie beats both ways.
///
/// By Ford (1957) exactly then do the maximum likelihood scores exist and are unique.
pub(in crate::ranking) fn is_strongly_connected(n_items: usize, pairs: &[Pair]) -> bool {
    if n_items <= 64 {
        small_is_strongly_connected(n_items, pairs)
    } else if !everybody_won_and_lost(n_items, pairs) {
        // The usual reason, and found in one sweep.
        false
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

/// Whether no item lacks a win or a defeat.
fn everybody_won_and_lost(n_items: usize, pairs: &[Pair]) -> bool {
    // Bit 0: has won; bit 1: has lost.
    let mut fates = vec![0_u8; n_items];
    for pair in pairs {
        let (won, lost) = (u8::from(pair.won > 0.0), u8::from(pair.lost > 0.0));
        fates[pair.low as usize] |= won | (lost << 1);
        fates[pair.high as usize] |= lost | (won << 1);
    }
    fates.iter().all(|&fate| fate == 0b11)
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
