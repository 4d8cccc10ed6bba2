//! How fast one thread ranks millions of small groups, and how long one large graph takes.
//!
//! Run with `cargo bench --bench solver`; items per second are comparisons per second.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot start has nothing to report"
)]

use std::hint::black_box;

use crowdrank::ranking::{Comparison, Outcome, Outcomes, Parameters, method, rank_group};
use divan::Bencher;
use divan::counter::ItemsCount;

const N_GROUPS: usize = 200_000;
const N_ANSWERS: usize = 15;
const N_ITEMS: u32 = 6;

fn main() {
    divan::main();
}

/// A small generator (`SplitMix64`), so that every run measures the same answers.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() % u64::from(limit)).unwrap_or_default()
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// An answer about two of `n_items` items, whose true scores spread evenly over [-2, 2].
    fn answer(&mut self, n_items: u32) -> Comparison {
        let left = self.below(n_items);
        let right = (left + 1 + self.below(n_items - 1)) % n_items;
        let difference = 4.0 * (f64::from(left) - f64::from(right)) / f64::from(n_items);
        let outcome = if self.share() < 0.1 {
            Outcome::Tie
        } else if self.share() < 1.0 / (1.0 + (-difference).exp()) {
            Outcome::Left
        } else {
            Outcome::Right
        };
        Comparison {
            left,
            right,
            worker: self.below(40),
            outcome,
            weight: 1.0,
        }
    }
}

fn groups() -> Vec<Comparison> {
    let mut draws = Draws(1);
    (0..N_GROUPS * N_ANSWERS)
        .map(|_| draws.answer(N_ITEMS))
        .collect()
}

/// The solver alone, standard errors included; the answers are in canonical order already.
#[divan::bench(args = ["counting", "win_rate", "bradley_terry"], sample_count = 5)]
fn fit_small_groups(bencher: Bencher, name: &str) {
    let method = method(name).expect("a known name");
    let parameters = Parameters::default();
    let mut answers: Vec<Vec<Comparison>> = groups().chunks(N_ANSWERS).map(<[_]>::to_vec).collect();
    let outcomes: Vec<Outcomes<'_>> = answers
        .iter_mut()
        .map(|answers| Outcomes::prepare(N_ITEMS as usize, answers))
        .collect();
    bencher
        .counter(ItemsCount::new(N_GROUPS * N_ANSWERS))
        .bench_local(|| {
            for outcomes in &outcomes {
                black_box(method.fit(outcomes, &parameters));
            }
        });
}

/// From unsorted answers to ranked items.
#[divan::bench(args = ["counting", "win_rate", "bradley_terry"], sample_count = 5)]
fn rank_small_groups(bencher: Bencher, name: &str) {
    let method = method(name).expect("a known name");
    let parameters = Parameters::default();
    let answers = groups();
    let mut buffer = Vec::new();
    bencher
        .counter(ItemsCount::new(N_GROUPS * N_ANSWERS))
        .bench_local(|| {
            for group in answers.chunks(N_ANSWERS) {
                buffer.clear();
                buffer.extend_from_slice(group);
                let outcomes = Outcomes::prepare(N_ITEMS as usize, &mut buffer);
                black_box(rank_group(method, &outcomes, &parameters));
            }
        });
}

/// One graph of a million comparisons over 10,000 items, standard errors included.
#[divan::bench(sample_count = 3)]
fn fit_one_large_graph(bencher: Bencher) {
    let method = method("bradley_terry").expect("a known name");
    let parameters = Parameters::default();
    let mut draws = Draws(2);
    let mut answers: Vec<Comparison> = (0..1_000_000).map(|_| draws.answer(10_000)).collect();
    let outcomes = Outcomes::prepare(10_000, &mut answers);
    bencher
        .counter(ItemsCount::new(1_000_000_usize))
        .bench_local(|| black_box(method.fit(&outcomes, &parameters)));
}
