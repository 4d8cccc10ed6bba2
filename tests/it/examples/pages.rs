//! Examples 8 to 12: how pages end, how fast, how many, for how much, and captchas between them. Each has pools with
//! rules of its own, but for the last, whose rule is the shop's; all share one run.

use std::sync::LazyLock;

use serde_json::json;

use super::found::{Ban, Looks, Outcome, assert_close};
use super::handmade::Handmade;
use super::page::{DAY, at};
use super::rules::{BANNED, ban, collector, one_more_answer_after, rule, skill};

static RUN: LazyLock<(Outcome, Looks)> = LazyLock::new(|| {
    let rich = rule("income_sum_for_last_24_hours GT 5", &ban("PROJECT", 1));
    let mut shop = Handmade::new(&[collector("INCOME", &json!({}), &[rich])]);
    write_example_08(&mut shop);
    write_example_08b(&mut shop);
    write_example_09(&mut shop);
    write_example_10(&mut shop);
    write_example_11(&mut shop);
    write_example_12(&mut shop);
    let shop = shop.write();
    (shop.publish(&[]), shop.looks())
});

fn write_example_08(shop: &mut Handmade) {
    let hasty = rule(
        "total_submitted_count EQ 10 AND fast_submitted_count GTE 4",
        &ban("PROJECT", 10),
    );
    let parameters = json!({"history_size": 10, "fast_submit_threshold_seconds": 3});
    shop.pool("P8")
        .rules(&[collector("ASSIGNMENT_SUBMIT_TIME", &parameters, &[hasty])]);
    let milliseconds = [
        2_900, 3_000, 2_000, 10_000, 1_000, 9_000, 8_000, 7_000, 2_500, 6_000,
    ];
    for (worker, n_pages) in [("ten pages", 10), ("nine pages", 9)] {
        for (hour, duration) in (1..=n_pages).zip(milliseconds) {
            shop.page(worker, "P8", at(0, hour))
                .answers(&format!("task {hour} of 8"), "left")
                .lasting_ms(duration);
        }
    }
}

#[test]
fn example_08_four_of_ten_fast_pages_ban_and_exactly_three_seconds_are_not_fast() {
    let (outcome, looks) = &*RUN;
    let at_the_tenth = Ban::new("PROJECT", at(0, 10), 10 * DAY);
    assert_eq!(outcome.bans("ten pages"), [at_the_tenth]);
    assert_eq!(outcome.bans("nine pages"), []);
    let counts = looks.after_each("ten pages", "fast_submitted_count");
    assert_close(&counts, &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 4.0, 4.0]);
    let counts = looks.after_each("nine pages", "fast_submitted_count");
    assert_close(&counts[8..], &[4.0]);
}

fn write_example_08b(shop: &mut Handmade) {
    let hasty = rule("fast_submitted_count GTE 3", &ban("PROJECT", 5));
    let parameters = json!({"history_size": 10, "fast_submit_threshold_seconds": 15});
    shop.pool("P8b")
        .rules(&[collector("ASSIGNMENT_SUBMIT_TIME", &parameters, &[hasty])]);
    for (hour, duration) in (1..).zip([20_000, 14_000, 16_000, 14_900, 15_000, 3_000]) {
        shop.page("W8b", "P8b", at(0, hour))
            .answers(&format!("task {hour} of 8b"), "left")
            .lasting_ms(duration);
    }
}

#[test]
fn example_08b_a_fraction_of_a_second_below_the_threshold_is_fast() {
    let (outcome, looks) = &*RUN;
    let at_the_sixth = Ban::new("PROJECT", at(0, 6), 5 * DAY);
    assert_eq!(outcome.bans("W8b"), [at_the_sixth]);
    let counts = looks.after_each("W8b", "fast_submitted_count");
    assert_close(&counts, &[0.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
}

fn write_example_09(shop: &mut Handmade) {
    let robot = rule(
        "stored_results_count EQ 10 AND success_rate LTE 70",
        &ban("PROJECT", 3),
    );
    let window = json!({"history_size": 10});
    shop.pool("P9")
        .rules(&[collector("CAPTCHA", &window, &[robot])]);
    let workers = [("seven", 10, 7), ("eight", 10, 8), ("nine wrong", 9, 0)];
    for (worker, n_entries, n_right) in workers {
        shop.page(worker, "P9", at(0, 0))
            .answers("task of 9", "left");
        for number in 1..=n_entries {
            shop.captcha(worker, "P9", at(0, number), number <= n_right);
        }
    }
}

#[test]
fn example_09_ten_captchas_ban_at_seventy_percent_and_not_above_it_or_before_the_tenth() {
    let (outcome, looks) = &*RUN;
    let at_the_tenth = Ban::new("PROJECT", at(0, 10), 3 * DAY);
    assert_eq!(outcome.bans("seven"), [at_the_tenth]);
    assert_eq!(outcome.bans("eight"), []);
    assert_eq!(outcome.bans("nine wrong"), []);
    assert_close(&looks.after_each("seven", "success_rate")[9..], &[70.0]);
    assert_close(&looks.after_each("eight", "success_rate")[9..], &[80.0]);
    assert_close(&looks.after_each("nine wrong", "success_rate")[8..], &[0.0]);
}

fn write_example_10(shop: &mut Handmade) {
    let idle = rule("skipped_in_row_count GTE 3", &ban("PROJECT", 1));
    let skips = collector("SKIPPED_IN_ROW_ASSIGNMENTS", &json!({}), &[idle]);
    shop.pool("P10").rules(&[skips]);
    for (worker, third) in [("hands in", "SUBMITTED"), ("runs out", "EXPIRED")] {
        let ends = ["SKIPPED", "SKIPPED", third, "SKIPPED", "SKIPPED", "SKIPPED"];
        for (hour, status) in (1..).zip(ends) {
            shop.page(worker, "P10", at(0, hour))
                .answers(&format!("task {hour} of 10"), "left")
                .status(status);
        }
    }
}

#[test]
fn example_10_a_page_handed_in_ends_a_row_of_skips_and_one_out_of_time_does_not() {
    let (outcome, looks) = &*RUN;
    let at_the_sixth = Ban::new("PROJECT", at(0, 6), DAY);
    assert_eq!(outcome.bans("hands in"), [at_the_sixth]);
    let at_the_fourth = Ban::new("PROJECT", at(0, 4), DAY);
    assert_eq!(outcome.bans("runs out"), [at_the_fourth]);
    let streaks = looks.after_each("hands in", "skipped_in_row_count");
    assert_close(&streaks, &[1.0, 2.0, 0.0, 1.0, 2.0, 3.0]);
    let streaks = looks.after_each("runs out", "skipped_in_row_count");
    assert_close(&streaks, &[1.0, 2.0, 2.0, 3.0]);
}

const HOURS_OF_11: [i64; 3] = [10, 12, 24 + 11];

fn write_example_11(shop: &mut Handmade) {
    let enough = rule("assignments_accepted_count EQ 1", &ban("POOL", 1));
    let count = collector("ANSWER_COUNT", &json!({}), &[enough]);
    shop.pool("P11")
        .rules(&[count, one_more_answer_after(BANNED)])
        .overlap(1);
    for hour in HOURS_OF_11 {
        shop.page("W11", "P11", at(0, hour))
            .answers(&format!("hour {hour}"), "left");
    }
}

#[test]
fn example_11_one_page_a_day_is_a_pause_that_clears_the_count_and_takes_nothing_back() {
    let (outcome, looks) = &*RUN;
    let pauses = [at(0, 10), at(1, 11)].map(|start| Ban::new("POOL", start, DAY));
    assert_eq!(outcome.bans("W11"), pauses);
    let reasons = HOURS_OF_11.map(|hour| outcome.reject_reasons("W11", "P11", at(0, hour)));
    assert_eq!(reasons, [vec![], vec!["blocked_by_ban".to_owned()], vec![]]);
    // The answer inside the pause is asked for again; no page handed in is: a pause is no ban.
    let relabels = outcome.relabels("P11");
    let tasks: Vec<&str> = relabels
        .iter()
        .map(|relabel| relabel.task.as_str())
        .collect();
    assert_eq!(tasks, ["hour 12"]);
    let counts = looks.after_each("W11", "assignments_accepted_count");
    assert_close(&counts, &[1.0, 1.0]);
}

fn write_example_12(shop: &mut Handmade) {
    for (hour, pool) in (1..).zip(["P12, one", "P12, two", "P12, three"]) {
        shop.pool(pool).project("three pools");
        shop.page("in three pools", pool, at(0, hour))
            .answers(pool, "left")
            .reward_usd(2.0);
    }
    // The same condition without a ban: the third page then is looked at.
    let seen = rule("income_sum_for_last_24_hours GT 5", &skill("rich", 1));
    shop.pool("without a ban")
        .rules(&[collector("INCOME", &json!({}), &[seen])]);
    for (hour, reward_usd) in [(0, 2.6), (20, 2.5), (25, 2.5)] {
        for worker in ["with a ban", "without a ban"] {
            shop.page(worker, worker, at(0, hour))
                .answers(&format!("{worker}, hour {hour}"), "left")
                .reward_usd(reward_usd);
        }
    }
}

#[test]
fn example_12_income_is_that_of_one_pool_in_the_last_24_hours() {
    let (outcome, looks) = &*RUN;
    assert_eq!(outcome.bans("in three pools"), []);
    let at_the_second = Ban::new("PROJECT", at(0, 20), DAY);
    assert_eq!(outcome.bans("with a ban"), [at_the_second]);
    let reasons = outcome.reject_reasons("with a ban", "with a ban", at(0, 25));
    assert_eq!(reasons, ["blocked_by_ban"]);
    let changes = outcome.skills("without a ban", "rich");
    let instants: Vec<i64> = changes.iter().map(|change| change.at).collect();
    assert_eq!(instants, [at(0, 20)], "not at the third page");
    let sums = |worker: &str| looks.after_each(worker, "income_sum_for_last_24_hours");
    assert_close(&sums("in three pools"), &[2.0, 2.0, 2.0]);
    assert_close(&sums("with a ban"), &[2.6, 5.1]);
    assert_close(&sums("without a ban"), &[2.6, 5.1, 5.0]);
}
