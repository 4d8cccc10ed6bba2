//! Examples 13, 16, 17 and 23: reviews, skills that admit to a pool, and what a page costs. Each has pools with rules of
//! its own, and all share one run.

use std::sync::LazyLock;

use serde_json::json;

use super::found::{Ban, Looks, Outcome, Relabel, assert_close};
use super::handmade::{Handmade, Written};
use super::page::{DAY, at};
use super::rules::{ban, collector, one_more_answer_after, rule, skill_from};

static RUN: LazyLock<(Written, Outcome, Looks)> = LazyLock::new(|| {
    let mut shop = Handmade::new(&[]);
    write_example_13(&mut shop);
    write_example_16(&mut shop);
    write_example_17(&mut shop);
    write_example_23(&mut shop);
    let shop = shop.write();
    let (outcome, looks) = (shop.publish(&[]), shop.looks());
    (shop, outcome, looks)
});

const KEPT: [&str; 0] = [];

fn write_example_13(shop: &mut Handmade) {
    let rejected = rule(
        "total_assignments_count GT 2 AND rejected_assignments_rate GT 50",
        &ban("PROJECT", 15),
    );
    shop.pool("P13")
        .rules(&[collector("ACCEPTANCE_RATE", &json!({}), &[rejected])]);
    let verdicts = [
        Some("ACCEPT"),
        Some("REJECT"),
        None,
        Some("ACCEPT"),
        Some("REJECT"),
        None,
        Some("REJECT"),
    ];
    for (hour, verdict) in (1..).zip(verdicts) {
        shop.page("W13", "P13", at(0, hour))
            .answers(&format!("task {hour} of 13"), "left");
        if let Some(verdict) = verdict {
            shop.review(at(1, hour), verdict);
        }
    }
}

#[test]
fn example_13_rejections_ban_at_the_fifth_review_and_pages_without_one_do_not_count() {
    let (_, outcome, looks) = &*RUN;
    // The fifth review is that of the seventh page.
    let at_the_fifth = Ban::new("PROJECT", at(1, 7), 15 * DAY);
    assert_eq!(outcome.bans("W13"), [at_the_fifth]);
    let totals = looks.after_each("W13", "total_assignments_count");
    assert_close(&totals, &[1.0, 2.0, 3.0, 4.0, 5.0]);
    let rates = looks.after_each("W13", "rejected_assignments_rate");
    assert_close(&rates, &[0.0, 50.0, 100.0 / 3.0, 50.0, 60.0]);
}

fn write_example_16(shop: &mut Handmade) {
    for (pool, skill) in [("P16", "2626"), ("P16, other skill", "9999")] {
        let loss = format!("pool_access_revoked_reason EQ SKILL_CHANGE AND skill_id EQ {skill}");
        shop.pool(pool)
            .project("P16")
            .rules(&[one_more_answer_after(&loss)])
            .admits("2626", 70)
            .overlap(1);
        for hour in [1, 2] {
            shop.page("W16", pool, at(0, hour))
                .answers(&format!("{pool}, {hour} one"), "left")
                .answers(&format!("{pool}, {hour} two"), "left");
        }
    }
    shop.skill("W16", "2626", 75.0, at(0, 0));
    shop.skill("W16", "2626", 66.7, at(1, 0));
}

#[test]
fn example_16_a_skill_below_the_filter_gives_out_again_every_page_of_the_pool() {
    let (_, outcome, _) = &*RUN;
    let tasks = ["P16, 1 one", "P16, 1 two", "P16, 2 one", "P16, 2 two"];
    let lost = tasks.map(|task| Relabel::one(task, "skill_lost", "W16"));
    assert_eq!(outcome.relabels("P16"), lost);
    assert_eq!(outcome.relabels("P16, other skill"), []);
    for pool in ["P16", "P16, other skill"] {
        assert_eq!(outcome.reject_reasons("W16", pool, at(0, 1)), KEPT);
    }
}

const POOLS_OF_17: [(&str, i64); 2] = [("level 80", 80), ("level 81", 81)];

fn write_example_17(shop: &mut Handmade) {
    let done = rule(
        "submitted_assignments_count GTE 1",
        &skill_from("trained", "correct_answers_rate"),
    );
    shop.pool("training")
        .project("P17")
        .rules(&[collector("TRAINING", &json!({}), &[done])]);
    shop.page("W17", "training", at(0, 1))
        .training(true)
        .training(true)
        .training(false)
        .training(true)
        .training(true);
    for (pool, level) in POOLS_OF_17 {
        let by_training = format!("{pool} by training");
        shop.pool(pool)
            .project("P17")
            .rules(&[])
            .admits("trained", level);
        shop.pool(&by_training)
            .project("P17")
            .requires("training", level);
        for pool in [pool, &by_training] {
            shop.page("W17", pool, at(0, 2))
                .answers(&format!("task of {pool}"), "left");
        }
    }
}

#[test]
fn example_17_a_training_of_eighty_percent_admits_at_level_80_and_not_at_81() {
    let (_, outcome, _) = &*RUN;
    assert_close(&outcome.skill_values("W17", "trained"), &[80.0]);
    let reasons = |pool: &str| outcome.reject_reasons("W17", pool, at(0, 2));
    assert_eq!(reasons("level 80"), KEPT);
    assert_eq!(reasons("level 80 by training"), KEPT);
    assert_eq!(reasons("level 81"), ["not_admitted"]);
    assert_eq!(reasons("level 81 by training"), ["not_admitted"]);
}

fn write_example_23(shop: &mut Handmade) {
    let rich = rule("income_sum_for_last_24_hours GT 5", &ban("PROJECT", 1));
    shop.pool("P23")
        .rules(&[collector("INCOME", &json!({}), &[rich])])
        .overlap(1);
    let page = shop
        .page("W23", "P23", at(0, 1))
        .reward_usd(0.05)
        .control(true);
    for number in 1..=9 {
        page.answers(&format!("task {number} of 23"), "left");
    }
    shop.review(at(0, 2), "REJECT");
}

#[test]
fn example_23_the_pay_of_a_page_counts_once_and_is_shared_by_its_tasks() {
    let (shop, outcome, looks) = &*RUN;
    let incomes = looks.after_each("W23", "income_sum_for_last_24_hours");
    assert_close(&incomes, &[0.05]);
    let pages = "select reward_usd / n_tasks as usd from ingest.pages where pool_id = 'P23'";
    let per_task: Vec<f64> = shop
        .sql(pages)
        .iter()
        .filter_map(|row| row["usd"].as_f64())
        .collect();
    assert_close(&per_task, &[0.005]);
    // A rejected page is asked for again, and paid by the answer to a real task.
    let rows = outcome.rows("relabel", "pool_id", "P23");
    let per_answer: Vec<f64> = rows.map(|row| row.real("extra_cost_usd")).collect();
    assert_close(&per_answer, &[0.05 / 9.0; 9]);
}
