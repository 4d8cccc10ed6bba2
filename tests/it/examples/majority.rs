//! Examples 5 to 7: agreement with the majority. OK is left, BAD right, 404 error: all are values for a majority.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::found::{Looks, Outcome, assert_close};
use super::handmade::Handmade;
use super::page::at;
use super::rules::{collector, rule, skill_from};

static RUN: LazyLock<(Outcome, Looks)> = LazyLock::new(|| {
    let mut shop = Handmade::new(&[]);
    write_example_05(&mut shop);
    write_example_06(&mut shop);
    write_example_07(&mut shop);
    let shop = shop.write();
    (shop.publish(&[]), shop.looks())
});

const OK: &str = "left";
const BAD: &str = "right";
const NOT_FOUND: &str = "error";

/// After so many tasks with a majority, the share of them where the worker agreed.
fn agreement(answer_threshold: i64, n_tasks: i64) -> Value {
    let enough = format!("total_answers_count EQ {n_tasks}");
    let set = rule(&enough, &skill_from("agreeing", "correct_answers_rate"));
    let parameters = json!({"answer_threshold": answer_threshold});
    collector("MAJORITY_VOTE", &parameters, &[set])
}

/// Worker `<pool>-<n>` gives the n-th answer to the task, at hour n.
fn write_votes(shop: &mut Handmade, pool: &str, answers: &[&str]) {
    for (number, answer) in (1..).zip(answers) {
        shop.page(&format!("{pool}-{number}"), pool, at(0, number))
            .answers(&format!("task of {pool}"), answer);
    }
}

fn values(pool: &str, n_workers: usize) -> Vec<Vec<f64>> {
    let value = |number| RUN.0.skill_values(&format!("{pool}-{number}"), "agreeing");
    (1..=n_workers).map(value).collect()
}

fn write_example_05(shop: &mut Handmade) {
    shop.pool("P5").rules(&[agreement(3, 3)]).overlap(5);
    let votes = [
        [OK, BAD, OK, BAD, OK],
        [BAD, OK, OK, BAD, NOT_FOUND],
        [NOT_FOUND, OK, NOT_FOUND, OK, OK],
        [OK, BAD, OK, NOT_FOUND, NOT_FOUND],
        [OK, BAD, OK, NOT_FOUND, OK],
    ];
    for (worker_idx, hour) in (0..5).zip(1..) {
        let worker = format!("P5-{hour}");
        let page = shop.page(&worker, "P5", at(0, hour));
        for (number, answers) in (1..).zip(&votes) {
            page.answers(&format!("task {number} of P5"), answers[worker_idx]);
        }
    }
}

#[test]
fn example_05_tasks_without_a_majority_are_dropped_for_everybody() {
    let (outcome, looks) = &*RUN;
    let [one_third, two_thirds] = [100.0 / 3.0, 200.0 / 3.0];
    let expected = [two_thirds, one_third, two_thirds, one_third, 100.0];
    for (number, expected) in (1..).zip(expected) {
        let worker = format!("P5-{number}");
        assert_close(&outcome.skill_values(&worker, "agreeing"), &[expected]);
        assert_eq!(outcome.skills(&worker, "agreeing")[0].at, at(0, 5));
        let totals = looks.after_each(&worker, "total_answers_count");
        assert_close(&totals, &[1.0, 2.0, 3.0]);
        let row = outcome.worker(&worker);
        assert_eq!(row.whole("n_majority"), Some(3), "{worker}");
        assert_close(&[100.0 * row.real("majority_agreement")], &[expected]);
    }
}

fn write_example_06(shop: &mut Handmade) {
    shop.pool("P6").rules(&[agreement(2, 1)]).overlap(5);
    write_votes(shop, "P6", &[OK, OK, BAD, BAD, NOT_FOUND]);
}

#[test]
fn example_06_with_a_low_threshold_several_answers_are_right_at_once() {
    assert_eq!(values("P6", 5), [[100.0], [100.0], [100.0], [100.0], [0.0]]);
}

fn write_example_07(shop: &mut Handmade) {
    for pool in ["P7 waiting", "P7"] {
        shop.pool(pool).rules(&[agreement(2, 1)]).overlap(3);
    }
    write_votes(shop, "P7 waiting", &[OK, OK]);
    write_votes(shop, "P7", &[OK, OK, BAD]);
}

#[test]
fn example_07_nobody_is_judged_before_the_overlap_is_full() {
    let (outcome, looks) = &*RUN;
    assert_eq!(values("P7 waiting", 2), [[], []] as [[f64; 0]; 2]);
    for number in 1..=2 {
        let worker = format!("P7 waiting-{number}");
        let totals = looks.after_each(&worker, "total_answers_count");
        assert_close(&totals, &[]);
    }
    assert_eq!(values("P7", 3), [[100.0], [100.0], [0.0]]);
    for number in 1..=3 {
        let changes = outcome.skills(&format!("P7-{number}"), "agreeing");
        assert_eq!(changes[0].at, at(0, 3), "when the third answer came");
    }
}
