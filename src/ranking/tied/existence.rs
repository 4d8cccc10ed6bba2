//! Whether a tie parameter and scores can grow together for ever, so that no maximum exists.
//!
//! It looks at which answers exist, not at their weights.

use super::TiedPair;

/// Whether some cycle of items, each beaten by or tied with the one before, has more wins than ties.
///
/// Let scores and tie parameter move in one direction; in units of the tie parameter's move, the
/// likelihood of a tie does not fall if its difference of scores moves by at most 2 (1 for Rao and
/// Kupper), that of a win if its difference grows by at least as much. Scores that do all this exist
/// exactly if no cycle has more wins than ties (Bellman and Ford's condition for inequalities of
/// differences); then there is no maximum, unless the scores' prior holds them.
pub(in crate::ranking) fn has_cycle_of_more_wins_than_ties(
    n_items: usize,
    pairs: &[TiedPair],
) -> bool {
    if pairs.iter().any(|pair| pair.won > 0.0 && pair.lost > 0.0) {
        return true;
    }
    let steps = steps(pairs);
    let mut lengths = vec![0_i64; n_items];
    let mut parents: Vec<u32> = (0_u32..).take(n_items).collect();
    loop {
        let mut is_changed = false;
        for step in &steps {
            let length = lengths[step.source as usize] + step.gain;
            if length > lengths[step.target as usize] {
                lengths[step.target as usize] = length;
                parents[step.target as usize] = step.source;
                is_changed = true;
            }
        }
        if !is_changed {
            return false;
        }
        // Longest paths can grow for ever only around a cycle, which then closes in the parents.
        if has_cycle(&parents) {
            return true;
        }
    }
}

/// From an item to one that it beat (+1) or tied with (−1).
struct Step {
    source: u32,
    target: u32,
    gain: i64,
}

fn steps(pairs: &[TiedPair]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(2 * pairs.len());
    for pair in pairs {
        for (source, target, won) in [
            (pair.low, pair.high, pair.won),
            (pair.high, pair.low, pair.lost),
        ] {
            // A win both ways is no worse than a tie, so the tie counts only where there is no win.
            let gain = if won > 0.0 {
                1
            } else if pair.tied > 0.0 {
                -1
            } else {
                continue;
            };
            steps.push(Step {
                source,
                target,
                gain,
            });
        }
    }
    steps
}

/// Whether following parents from some item leads around a cycle; a root is its own parent.
fn has_cycle(parents: &[u32]) -> bool {
    let n_items = parents.len();
    // The walk that came here first; walks are numbered by their first item.
    let mut seen_by = vec![n_items; n_items];
    for start in 0..n_items {
        let mut item = start;
        while seen_by[item] == n_items {
            seen_by[item] = start;
            let parent = parents[item] as usize;
            if parent == item {
                break;
            }
            if seen_by[parent] == start {
                return true;
            }
            item = parent;
        }
    }
    false
}
