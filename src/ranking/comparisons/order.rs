//! Canonical order for many rows: by the bits of the two items first, then by comparing.
//!
//! It does not define the order; `Comparison::canonical_cmp` does, and it is total, so that neither the
//! way of sorting nor the number of threads shows in the result.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::Comparison;

/// Fewer rows than this are compared at once: counting buckets would take longer.
const COMPARED_ROWS_MAX: usize = 128;

/// Rows from which buckets are sorted by several threads.
const PARALLEL_ROWS_MIN: usize = 50_000;

/// Rows that a bucket should have on average: a few comparisons finish it.
const ROWS_PER_BUCKET_BITS: u32 = 2;

/// At most 2 to this many buckets, so that the place where each goes on stays in the fast cache.
const BUCKET_BITS_MAX: u32 = 10;

/// Sorts in place; no memory beside the rows but a few thousand counts for each thread.
pub(super) fn sort_canonically(n_items: usize, rows: &mut [Comparison]) {
    let item_bits = usize::BITS - n_items.leading_zeros();
    sort_by_bits(
        rows,
        Bits {
            item: item_bits,
            open: 2 * item_bits,
        },
    );
}

/// How the two items make one number, and how much of it is still to be sorted.
#[derive(Clone, Copy)]
struct Bits {
    /// Bits of an item's number.
    item: u32,
    /// Lower bits of the pair's number that differ between the rows.
    open: u32,
}

fn sort_by_bits(rows: &mut [Comparison], bits: Bits) {
    if rows.len() <= COMPARED_ROWS_MAX || bits.open == 0 {
        rows.sort_unstable_by(Comparison::canonical_cmp);
        return;
    }
    let useful = rows.len().ilog2() - ROWS_PER_BUCKET_BITS;
    let bucket_bits = useful.min(BUCKET_BITS_MAX).min(bits.open);
    let rest = Bits {
        open: bits.open - bucket_bits,
        ..bits
    };
    let bucket_of = |row: &Comparison| {
        let (low, high) = row.low_high();
        let pair = (u64::from(low) << bits.item) | u64::from(high);
        (pair >> rest.open) as usize & ((1 << bucket_bits) - 1)
    };
    let ends = partition(rows, 1 << bucket_bits, bucket_of);
    let is_parallel = rows.len() >= PARALLEL_ROWS_MIN;
    let mut buckets = Vec::new();
    let mut remaining = rows;
    let mut start = 0;
    for end in ends {
        let (bucket, tail) = remaining.split_at_mut(end - start);
        (remaining, start) = (tail, end);
        if is_parallel {
            buckets.push(bucket);
        } else if bucket.len() > 1 {
            sort_by_bits(bucket, rest);
        }
    }
    buckets
        .into_par_iter()
        .for_each(|bucket| sort_by_bits(bucket, rest));
}

/// Brings the rows of each bucket together, in the order of buckets; returns where each one ends.
fn partition(
    rows: &mut [Comparison],
    n_buckets: usize,
    bucket_of: impl Fn(&Comparison) -> usize,
) -> Vec<usize> {
    let mut nexts = vec![0; n_buckets];
    for row in rows.iter() {
        nexts[bucket_of(row)] += 1;
    }
    let mut ends = nexts.clone();
    let mut n_before = 0;
    for (next, end) in nexts.iter_mut().zip(&mut ends) {
        let n_rows = *next;
        *next = n_before;
        n_before += n_rows;
        *end = n_before;
    }
    // Every swap brings one row to its place, and neighbouring swaps do not wait for each other as they
    // would when following one row after the other (Skarupke 2016, "ska sort").
    let mut is_open = true;
    while is_open {
        is_open = false;
        for bucket in 0..n_buckets {
            for place in nexts[bucket]..ends[bucket] {
                let home = bucket_of(&rows[place]);
                rows.swap(place, nexts[home]);
                nexts[home] += 1;
            }
            is_open |= nexts[bucket] < ends[bucket];
        }
    }
    ends
}
