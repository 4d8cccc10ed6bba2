//! Examples 14, 15 and 22: what a rejection or a ban takes away and gives out again, as of day 3 and as of day 7.

use std::sync::LazyLock;

use serde_json::json;

use super::found::{Ban, Outcome, Relabel};
use super::handmade::{Handmade, Written};
use super::page::{DAY, at, midnight};
use super::rules::{BANNED, ban, collector, more_answers, one_more_answer_after, rule};

/// The run as of each day.
struct Runs {
    shop: Written,
    /// As of day 3, with answers of banned workers kept.
    keeping: Outcome,
    day_3: Outcome,
    day_7: Outcome,
}

static RUNS: LazyLock<Runs> = LazyLock::new(|| {
    let mut shop = Handmade::anchored(0, &[]);
    write_example_14(&mut shop);
    write_example_15(&mut shop);
    write_example_22(&mut shop);
    let shop = shop.write();
    let publish = |day: i64, banned_answers: &str| {
        let setting = format!("quality.banned_answers={banned_answers}");
        shop.publish(&["--as-of", &midnight(day), "--set", &setting])
    };
    let keeping = publish(3, "keep");
    let day_3 = publish(3, "active_at_as_of");
    let day_7 = publish(7, "active_at_as_of");
    Runs {
        shop,
        keeping,
        day_3,
        day_7,
    }
});

const KEPT: [&str; 0] = [];

fn write_example_14(shop: &mut Handmade) {
    let rejected = rule("assessment_event EQ REJECT", &more_answers(1));
    shop.pool("P14")
        .rules(&[collector("ASSIGNMENTS_ASSESSMENT", &json!({}), &[rejected])])
        .overlap(1);
    shop.page("first", "P14", at(1, 0))
        .suite("X")
        .answers("task of X", "left");
    shop.review(at(1, 1), "REJECT");
    shop.page("second", "P14", at(4, 0))
        .suite("X")
        .answers("task of X", "right");
    shop.review(at(4, 1), "ACCEPT");
}

#[test]
fn example_14_a_rejected_page_is_given_out_again_until_somebody_else_answered() {
    let again = Relabel::one("task of X", "rejected", "first");
    assert_eq!(RUNS.day_3.relabels("P14"), [again]);
    let raises = RUNS
        .shop
        .sql("select delta from quality.raises where reason = 'rejected'");
    assert_eq!(raises.len(), 1);
    assert_eq!(raises[0]["delta"], 1, "an overlap of 1 becomes 2");

    assert_eq!(RUNS.day_7.relabels("P14"), []);
    assert_eq!(
        RUNS.day_7.reject_reasons("first", "P14", at(1, 0)),
        ["rejected"]
    );
    let ranked = RUNS
        .day_7
        .rows("pointwise", "query_id", "query of task of X");
    let ranked: Vec<_> = ranked
        .map(|row| (row.id("item_id"), row.whole("rank"), row.whole("n_workers")))
        .collect();
    // The second worker chose the right one.
    assert!(ranked.contains(&("task of X, two".to_owned(), Some(1), Some(1))));
    assert!(ranked.contains(&("task of X, one".to_owned(), Some(2), Some(1))));
    assert_eq!(ranked.len(), 2);
}

const TASKS_OF_15: [&str; 3] = ["T1", "T2", "T3"];

fn write_example_15(shop: &mut Handmade) {
    for (pool, scope) in [("P15", "PROJECT"), ("P15 paused", "POOL")] {
        let robot = rule("fail_rate GTE 100", &ban(scope, 5));
        let captchas = collector("CAPTCHA", &json!({}), &[robot]);
        shop.pool(pool)
            .rules(&[captchas, one_more_answer_after(BANNED)])
            .overlap(3);
        for (hour, worker) in (1..).zip(["W1", "U1", "U2"]) {
            let page = shop.page(&format!("{worker} of {pool}"), pool, at(0, hour));
            for task in TASKS_OF_15 {
                page.answers(&format!("{task} of {pool}"), "left");
            }
        }
        shop.captcha(&format!("W1 of {pool}"), pool, at(1, 0), false);
    }
}

#[test]
fn example_15_a_ban_gives_out_again_the_pages_of_the_worker_and_a_pause_does_not() {
    let again =
        TASKS_OF_15.map(|task| Relabel::one(&format!("{task} of P15"), "banned", "W1 of P15"));
    let runs = [
        (&RUNS.keeping, vec![]),
        (&RUNS.day_3, vec!["before_ban".to_owned()]),
        (&RUNS.day_7, vec![]),
    ];
    for (outcome, reasons) in runs {
        let of_project = Ban::new("PROJECT", at(1, 0), 5 * DAY);
        assert_eq!(outcome.bans("W1 of P15"), [of_project]);
        assert_eq!(outcome.relabels("P15"), again);
        let found = outcome.reject_reasons("W1 of P15", "P15", at(0, 1));
        assert_eq!(found, reasons, "excluded only while the ban is in force");

        let of_pool = Ban::new("POOL", at(1, 0), 5 * DAY);
        assert_eq!(outcome.bans("W1 of P15 paused"), [of_pool]);
        assert_eq!(outcome.relabels("P15 paused"), []);
        let found = outcome.reject_reasons("W1 of P15 paused", "P15 paused", at(0, 1));
        assert_eq!(found, KEPT);
    }
}

fn write_example_22(shop: &mut Handmade) {
    shop.page("W22", "P22", at(0, 0))
        .answers("task of 22", "left");
    shop.restriction("W22", "P22", at(1, 0), at(6, 0));
}

#[test]
fn example_22_answers_of_a_banned_worker_are_dropped_as_of_the_ban_and_kept_after_it() {
    let reasons = |outcome: &Outcome| outcome.reject_reasons("W22", "P22", at(0, 0));
    assert_eq!(reasons(&RUNS.day_3), ["before_ban"]);
    assert_eq!(reasons(&RUNS.day_7), KEPT);
    assert_eq!(RUNS.day_3.worker("W22").whole("n_votes"), Some(0));
    assert_eq!(RUNS.day_7.worker("W22").whole("n_votes"), Some(1));
}
