//! Examples 18 to 20 and 24: labels by skill and scores, through the functions of `crowdrank sql`.

use std::sync::LazyLock;

use serde_json::Value;

use super::found::{Outcome, assert_close, assert_close_to};
use super::handmade::{Handmade, Written, sql};
use super::page::at;

/// The specification gives five digits.
const FIVE_DIGITS: f64 = 5.1e-6;

static RUN: LazyLock<(Written, Outcome)> = LazyLock::new(|| {
    let mut shop = Handmade::new(&[]);
    write_example_19(&mut shop);
    write_example_24(&mut shop);
    let shop = shop.write();
    let exactly = ["ranking.prior=0.0", "ranking.tolerance=1e-10"];
    let arguments: Vec<&str> = exactly.iter().flat_map(|value| ["--set", value]).collect();
    let outcome = shop.publish(&arguments);
    (shop, outcome)
});

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn example_18_confidence_by_skill_decides_whether_one_more_answer_is_asked_for() {
    let rows = sql(r#"
        with answers as (
            select
                column1 as task, column2 as worker, column3 as answer, column4 / 100.0 as q,
                timestamp '2026-11-01T00:00:00Z' as submitted_at
            from (values
                (1, 'A', 'OK', 70), (1, 'B', 'OK', 90),
                (2, 'A', 'OK', 70), (2, 'B', 'BAD', 90),
                (3, 'A', 'OK', 70), (3, 'B', 'BAD', 90), (3, 'C', 'BAD', 80)
            )
        )
        select
            by_skill_label(answer, q, '["OK", "BAD", "404"]') as label,
            dynamic_overlap(answer, q, submitted_at, worker, '{
                "options": ["OK", "BAD", "404"],
                "min_confidence": 0.95, "min_overlap": 2, "max_overlap": 3
            }') as overlap
        from answers group by task order by task
    "#);
    let expected = [
        ("OK", 0.97674, true, 0),
        ("BAD", 0.76056, false, 1),
        ("BAD", 0.96214, true, 0),
    ];
    assert_eq!(rows.len(), expected.len());
    for (row, (label, confidence, is_enough, n_next)) in rows.iter().zip(expected) {
        assert_eq!(row["label"]["label"], label);
        let confidences = [&row["label"], &row["overlap"]].map(|part| number(&part["confidence"]));
        assert_close_to(FIVE_DIGITS, &confidences, &[confidence; 2]);
        assert_eq!(row["overlap"]["is_enough"], is_enough, "{row}");
        assert_eq!(row["overlap"]["n_next"], n_next, "{row}");
    }
}

fn write_example_19(shop: &mut Handmade) {
    let workers = [
        ("nine of ten", 9, 10, Some("left")),
        ("five of ten", 5, 10, Some("right")),
        ("seven of ten", 7, 10, Some("left")),
        ("three of three", 3, 3, None),
        ("none of three", 0, 3, None),
    ];
    for (worker, n_right, n_answers, vote) in workers {
        let page = shop.page(worker, "P19", at(0, 1));
        for number in 0..n_answers {
            page.control(number < n_right);
        }
        if let Some(vote) = vote {
            page.answers("task of 19", vote);
        }
    }
}

/// `(K + right) / (2K + all)` with K = 0.5, over the published workers.
const SMOOTHED: &str = "(0.5 + n_golden_correct) / (1.0 + n_golden)";

#[test]
fn example_19_smoothed_accuracies_give_the_label_and_its_confidence() {
    let (shop, outcome) = &*RUN;
    let row = outcome.worker("seven of ten");
    let counts = (row.whole("n_golden"), row.whole("n_golden_correct"));
    assert_eq!(counts, (Some(10), Some(7)));
    let accuracies = shop.sql(&format!(
        "select worker_id, {SMOOTHED} as q from published.workers"
    ));
    let expected = [
        ("nine of ten", 0.86364),
        ("five of ten", 0.5),
        ("seven of ten", 0.68182),
        ("honest one", 0.5),
        ("three of three", 0.875),
        ("none of three", 0.125),
    ];
    for (worker, expected) in expected {
        let row = accuracies.iter().find(|row| row["worker_id"] == worker);
        let found = number(&row.expect("the worker")["q"]);
        assert_close_to(FIVE_DIGITS, &[found], &[expected]);
    }
    let labels = shop.sql(&format!(
        r#"
        with workers as (select worker_id, {SMOOTHED} as q from published.workers)
        select
            by_skill_label(answer, q, '["left", "right"]') as label,
            sum(q) filter (where answer = 'left') as q_left,
            sum(q) filter (where answer = 'right') as q_right
        from ingest.responses
        inner join workers on responses.worker_id = workers.worker_id
        where task_id = 'task of 19'
        "#
    ));
    let [row] = &labels[..] else {
        panic!("one task has one label: {labels:?}");
    };
    assert_eq!(row["label"]["label"], "left");
    let sums = [&row["q_left"], &row["q_right"]].map(number);
    assert_close_to(FIVE_DIGITS, &sums, &[1.54545, 0.5]);
    let confidence = number(&row["label"]["confidence"]);
    assert_close_to(FIVE_DIGITS, &[confidence], &[0.93137]);
}

#[test]
fn example_20_a_label_that_the_posterior_contradicts_says_so() {
    let rows = sql(r#"
        select by_skill_label(column1, column2, '["A", "B"]') as label
        from (values ('A', 0.51), ('A', 0.51), ('B', 0.95))
    "#);
    let label = &rows[0]["label"];
    assert_eq!(label["label"], "A", "1.02 is more than 0.95");
    assert_eq!(label["posterior_label"], "B");
    let found = ["confidence", "posterior_confidence"].map(|name| number(&label[name]));
    assert_close_to(FIVE_DIGITS, &found, &[0.05394, 0.94606]);
}

const ITEMS_OF_24: [&str; 3] = ["item 1", "item 2", "item 3"];
const EXPECTED_OF_24: [f64; 3] = [0.55974, 0.29000, 0.15025];

fn write_example_24(shop: &mut Handmade) {
    let n_wins = [[0, 3, 2], [1, 0, 3], [1, 1, 0]];
    let page = shop.page("W24", "P24", at(0, 1));
    for (winner, row) in ITEMS_OF_24.into_iter().zip(n_wins) {
        for (loser, n_wins) in ITEMS_OF_24.into_iter().zip(row) {
            for number in 0..n_wins {
                let task = format!("{winner} beats {loser}, {number}");
                page.compares(&task, ["query of 24", winner, loser], "left");
            }
        }
    }
}

/// Strengths as shares of their sum.
fn shares(scores: &[f64]) -> Vec<f64> {
    let strengths: Vec<f64> = scores.iter().map(|score| score.exp()).collect();
    let sum: f64 = strengths.iter().sum();
    strengths.iter().map(|strength| strength / sum).collect()
}

#[test]
fn example_24_bradley_terry_converges_to_the_maximum_of_the_likelihood() {
    let (shop, outcome) = &*RUN;
    let published = ITEMS_OF_24.map(|item| {
        let mut rows = outcome.rows("pointwise", "item_id", item);
        rows.next().expect("a candidate").real("score")
    });
    assert_close_to(FIVE_DIGITS, &shares(&published), &EXPECTED_OF_24);

    let rows = shop.sql(
        "select item['item_id'] as item_id, item['score'] as score from (
            select unnest(bradley_terry(
                left_item_id, right_item_id, answer, 1.0, null, 'prior=0 tolerance=1e-10'
            )) as item
            from ingest.responses where query_id = 'query of 24'
        ) order by item_id",
    );
    let scores: Vec<f64> = rows.iter().map(|row| number(&row["score"])).collect();
    let shares = shares(&scores);
    assert_close_to(FIVE_DIGITS, &shares, &EXPECTED_OF_24);
    assert_close(&[shares.iter().sum()], &[1.0]);
}
