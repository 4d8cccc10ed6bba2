//! The simulation of intervals: what it finds, and that it finds the same in every run.

use super::*;
use crate::ranking::coverage::{KINDS, simulate};

fn rows_of(graph: &str, n_answers: usize, truths: &str, n_groups: usize) -> Vec<CoverageRow> {
    let settings = CoverageSettings { seed: 1, n_groups };
    let wanted =
        |row: &CoverageRow| (row.graph, row.n_answers, row.truths) == (graph, n_answers, truths);
    let small = CoverageSettings {
        n_groups: 1,
        ..settings
    };
    let kind = KINDS
        .iter()
        .find(|kind| simulate(kind, &small).iter().any(wanted))
        .expect("such a kind");
    simulate(kind, &settings)
}

fn covered(rows: &[CoverageRow], estimator: &str, errors: &str) -> f64 {
    rows.iter()
        .find(|row| (row.estimator, row.errors) == (estimator, errors))
        .and_then(|row| row.covered_share)
        .expect("intervals")
}

#[test]
fn curvature_covers_a_ring_where_the_diagonal_alone_does_not() {
    let rows = rows_of("ring", 960, "normal_mean_0", 60);
    let of = |errors| covered(&rows, "maximum_likelihood", errors);
    assert!((0.92..=0.98).contains(&of("curvature")), "{rows:?}");
    assert!((0.92..=0.98).contains(&of("by_worker")), "{rows:?}");
    assert!(of("diagonal") < 0.7, "{rows:?}");
    // The default prior's interval also says where the whole ring may lie.
    assert!(covered(&rows, "prior_0.5", "curvature") > 0.98, "{rows:?}");
}

#[test]
fn a_prior_that_is_true_makes_intervals_of_the_smallest_groups_honest() {
    let rows = rows_of("context", 15, "normal", 300);
    let share = covered(&rows, "prior_l2_0.5", "curvature");
    assert!((0.93..=0.97).contains(&share), "{rows:?}");
    assert_eq!(rows[0].n_intervals, 300 * 6);
    assert!(rows[0].rank_covered_share > Some(0.97), "{rows:?}");
}

#[test]
fn a_simulation_gives_the_same_rows_on_any_number_of_threads_and_others_for_another_seed() {
    let with = |n_threads, seed| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        let settings = CoverageSettings { seed, n_groups: 10 };
        pool.expect("threads")
            .install(|| simulate(&KINDS[3], &settings))
    };
    assert_eq!(with(1, 7), with(3, 7));
    assert_ne!(with(1, 7), with(1, 8));
}

#[test]
fn every_kind_of_group_gives_a_row_for_each_kind_of_errors() {
    let rows = simulate_coverage(&CoverageSettings {
        seed: 2,
        n_groups: 1,
    });
    assert_eq!(rows.len() % 4, 0);
    let mut keys: Vec<_> = rows
        .iter()
        .map(|row| {
            let group = (row.graph, row.n_answers, row.answers, row.truths);
            (group, row.estimator, row.errors)
        })
        .collect();
    let n_rows = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), n_rows);
}
