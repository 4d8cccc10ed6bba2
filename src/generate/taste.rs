//! What truly goes well together: the candidates of a query and their latent strengths.
//!
//! It does not answer anything: `answers` does, from the differences of these strengths.

use super::Shop;
use super::catalog::{SHELVES, SHELVES_PER_THEME, quality, shelf_idx};
use super::random::{Purpose, Stream, rounded};

/// Deviations of the parts of a strength; together about 1.6, so that an honest answer on an
/// average pair is right four times in five.
const QUALITY_WEIGHT: f64 = 0.8;
const OWN_WEIGHT: f64 = 1.15;

/// An initial product with what may stand beside it.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// The product number of the initial product.
    pub(super) number: u64,
    /// Product numbers of the candidates, all different, in random order.
    pub(super) candidates: Vec<u64>,
    /// Log-strength of each candidate, centred, six decimals.
    pub(super) scores: Vec<f64>,
    /// The wrong log-strengths that colluding workers agree on: the true ones, turned round.
    pub(super) rumours: Vec<f64>,
}

/// The query of this number: the same for the truth and for the tasks.
pub(super) fn query(shop: &Shop, number: u64) -> Query {
    let mut stream = Stream::new(shop.seed, Purpose::Query, number);
    let candidates = candidates(shop, number, &mut stream);
    let raw_scores: Vec<f64> = candidates
        .iter()
        .map(|&candidate| {
            QUALITY_WEIGHT * quality(shop.seed, candidate)
                + affinity(shop.seed, number, candidate)
                + OWN_WEIGHT * stream.normal()
        })
        .collect();
    let mean = raw_scores.iter().sum::<f64>() / raw_scores.len() as f64;
    let scores: Vec<f64> = raw_scores
        .iter()
        .map(|score| rounded(score - mean, 1e6))
        .collect();
    let mut rumours = scores.clone();
    let shift = 1 + stream.below(scores.len() as u64 - 1) as usize;
    rumours.rotate_left(shift);
    Query {
        number,
        candidates,
        scores,
        rumours,
    }
}

/// Index pairs of a query's tasks: a ring, then chords of rising length, so that even the fewest
/// pairs allowed (candidates - 1, a path) connect everything.
pub(super) fn pairs(n_candidates: usize, n_pairs: usize) -> Vec<(usize, usize)> {
    (1..=n_candidates / 2)
        .flat_map(|step| {
            // The longest chords of an even ring meet each other half way round.
            let is_half_turn = 2 * step == n_candidates;
            let n_chords = if is_half_turn { step } else { n_candidates };
            (0..n_chords).map(move |first| (first, (first + step) % n_candidates))
        })
        .take(n_pairs)
        .collect()
}

fn candidates(shop: &Shop, query: u64, stream: &mut Stream) -> Vec<u64> {
    let mut chosen: Vec<u64> = Vec::with_capacity(shop.candidates_per_query as usize);
    while chosen.len() < shop.candidates_per_query as usize {
        let mut candidate = candidate(shop, query, stream);
        while candidate == query || chosen.contains(&candidate) {
            candidate = (candidate + 1) % shop.n_products;
        }
        chosen.push(candidate);
    }
    chosen
}

/// Mostly from the other shelves of the query's theme, some substitutes, some out of the blue.
fn candidate(shop: &Shop, query: u64, stream: &mut Stream) -> u64 {
    let n_shelves = SHELVES.len() as u64;
    let own_shelf = shelf_idx(query);
    let kind = stream.unit();
    let shelf = if kind < 0.55 {
        let step = 1 + stream.below(SHELVES_PER_THEME as u64 - 1) as usize;
        let theme_start = own_shelf - own_shelf % SHELVES_PER_THEME;
        theme_start + (own_shelf + step) % SHELVES_PER_THEME
    } else if kind < 0.75 {
        own_shelf
    } else {
        stream.below(n_shelves) as usize
    };
    let n_on_shelf = shop
        .n_products
        .saturating_sub(shelf as u64)
        .div_ceil(n_shelves);
    let position = stream.below(n_on_shelf);
    (shelf as u64 + n_shelves * position) % shop.n_products
}

/// Things of one theme go together, two of the same kind less so, strangers least.
fn affinity(seed: u64, query: u64, candidate: u64) -> f64 {
    let (from, to) = (shelf_idx(query), shelf_idx(candidate));
    let kinship = if from == to {
        0.0
    } else if from / SHELVES_PER_THEME == to / SHELVES_PER_THEME {
        0.7
    } else {
        -0.7
    };
    let shelf_pair = (from * SHELVES.len() + to) as u64;
    kinship + 0.3 * Stream::new(seed, Purpose::ShelfAffinity, shelf_pair).normal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_distinct_and_connect_all_candidates() {
        for n_candidates in 2..=9_usize {
            let n_all = n_candidates * (n_candidates - 1) / 2;
            for n_pairs in n_candidates - 1..=n_all {
                let pairs = pairs(n_candidates, n_pairs);
                let mut unordered: Vec<_> =
                    pairs.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
                unordered.sort_unstable();
                unordered.dedup();
                assert_eq!(unordered.len(), n_pairs);
                let mut component: Vec<usize> = (0..n_candidates).collect();
                for (first, second) in unordered {
                    let (kept, gone) = (component[first], component[second]);
                    component
                        .iter_mut()
                        .filter(|c| **c == gone)
                        .for_each(|c| *c = kept);
                }
                assert!(component.iter().all(|c| *c == component[0]));
            }
        }
    }

    #[test]
    fn the_candidates_of_a_query_are_distinct_products_other_than_itself() {
        let shop = Shop::demo(7);
        for number in 0..shop.n_queries {
            let mut candidates = query(&shop, number).candidates;
            candidates.push(number);
            candidates.sort_unstable();
            candidates.dedup();
            assert_eq!(candidates.len(), shop.candidates_per_query as usize + 1);
            assert!(candidates.iter().all(|&c| c < shop.n_products));
        }
    }
}
