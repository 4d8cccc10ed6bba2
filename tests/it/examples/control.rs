//! Examples 1 to 4: control and training answers. Each has a pool with rules of its own, and all share one run.

use std::sync::LazyLock;

use serde_json::json;

use super::found::{Ban, Looks, Outcome, assert_close};
use super::handmade::Handmade;
use super::page::{DAY, at};
use super::rules::{ban, collector, rule, skill_from};

static RUN: LazyLock<(Outcome, Looks)> = LazyLock::new(|| {
    let mut shop = Handmade::new(&[]);
    write_example_01(&mut shop);
    write_example_02(&mut shop);
    write_example_03(&mut shop);
    write_example_04(&mut shop);
    let shop = shop.write();
    (shop.publish(&[]), shop.looks())
});

const TWO_THIRDS: f64 = 200.0 / 3.0;

fn write_example_01(shop: &mut Handmade) {
    let skill = rule(
        "total_answers_count GTE 3",
        &skill_from("careful", "correct_answers_rate"),
    );
    let window = json!({"history_size": 10});
    shop.pool("P1")
        .rules(&[collector("GOLDEN_SET", &window, &[skill])]);
    for (hour, credit) in (1..).zip([1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1]) {
        shop.page("W1", "P1", at(0, hour)).control(credit == 1);
    }
}

#[test]
fn example_01_a_window_of_ten_control_answers_sets_the_skill_from_the_third_on() {
    let changes = RUN.0.skills("W1", "careful");
    let exact: Vec<f64> = changes.iter().map(|change| change.exact_value).collect();
    let expected = [
        TWO_THIRDS,
        75.0,
        60.0,
        TWO_THIRDS,
        500.0 / 7.0,
        62.5,
        500.0 / 9.0,
        50.0,
        50.0,
        60.0,
    ];
    assert_close(&exact, &expected);
    let instants: Vec<i64> = changes.iter().map(|change| change.at).collect();
    let from_the_third: Vec<i64> = (3..=12).map(|hour| at(0, hour)).collect();
    assert_eq!(instants, from_the_third, "none after the first and second");
    let rounded: Vec<i64> = changes.iter().map(|change| change.value).collect();
    assert_eq!(rounded, [67, 75, 60, 67, 71, 63, 56, 50, 50, 60]);
    let actions: Vec<&str> = changes
        .iter()
        .map(|change| change.action.as_str())
        .collect();
    assert_eq!(actions[0], "CREATE");
    assert!(actions[1..].iter().all(|action| *action == "MODIFY"));
    let last = changes.last().expect("a change");
    assert_eq!(last.exact_value.to_bits(), 60.0_f64.to_bits(), "exactly 60");
}

fn write_example_02(shop: &mut Handmade) {
    let careless = rule(
        "total_answers_count GTE 4 AND correct_answers_rate LT 60",
        &ban("PROJECT", 10),
    );
    let skill = rule(
        "total_answers_count GTE 3",
        &skill_from("careful", "correct_answers_rate"),
    );
    shop.pool("P2").rules(&[
        collector("GOLDEN_SET", &json!({"history_size": 5}), &[careless]),
        collector("GOLDEN_SET", &json!({"history_size": 10}), &[skill]),
    ]);
    for (hour, credit) in (1..).zip([1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0]) {
        shop.page("W2", "P2", at(0, hour)).control(credit == 1);
    }
}

#[test]
fn example_02_of_two_windows_the_short_one_bans_below_sixty_percent_and_not_at_it() {
    let (outcome, looks) = &*RUN;
    let at_the_twelfth = Ban::new("PROJECT", at(0, 12), 10 * DAY);
    assert_eq!(outcome.bans("W2"), [at_the_twelfth]);
    let values = outcome.skill_values("W2", "careful");
    assert_eq!(values.len(), 10);
    assert_close(&values[9..], &[60.0]);
    let rates = looks.after_each("W2", "correct_answers_rate");
    assert_close(
        &rates[3..],
        &[75.0, 80.0, 80.0, 80.0, 100.0, 80.0, 60.0, 60.0, 40.0],
    );
}

const RATES_OF_03: [&str; 3] = [
    "correct_answers_rate",
    "golden_set_correct_answers_rate",
    "golden_set_incorrect_answers_rate",
];

fn write_example_03(shop: &mut Handmade) {
    let whole_page = "total_answers_count EQ 3 AND golden_set_answers_count EQ 2";
    let set = RATES_OF_03.map(|rate| rule(whole_page, &skill_from(rate, rate)));
    shop.pool("P3")
        .rules(&[collector("GOLDEN_SET", &json!({}), &set)]);
    shop.page("W3", "P3", at(0, 1))
        .control(true)
        .training(false)
        .control(false);
}

#[test]
fn example_03_training_answers_count_by_their_first_attempt_and_not_as_control_answers() {
    for (rate, expected) in RATES_OF_03.into_iter().zip([100.0 / 3.0, 50.0, 50.0]) {
        assert_close(&RUN.0.skill_values("W3", rate), &[expected]);
    }
}

const RATES_OF_04: [&str; 2] = ["correct_answers_rate", "incorrect_answers_rate"];

fn write_example_04(shop: &mut Handmade) {
    let set = RATES_OF_04.map(|rate| rule("total_answers_count EQ 3", &skill_from(rate, rate)));
    shop.pool("P4")
        .rules(&[collector("GOLDEN_SET", &json!({}), &set)]);
    // OK is left, MAYBE a tie, BAD right.
    let solutions = [("left", 1.0), ("tie", 0.5)];
    shop.page("W4", "P4", at(0, 1))
        .control_with("left", &solutions)
        .control_with("tie", &solutions)
        .control_with("right", &solutions);
}

#[test]
fn example_04_a_solution_of_half_the_weight_is_half_right() {
    for rate in RATES_OF_04 {
        assert_close(&RUN.0.skill_values("W4", rate), &[50.0]);
    }
}
