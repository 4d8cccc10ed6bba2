//! Example 21: selective majority vote, over a stage table.

use serde_json::Value as Json;

use super::handmade::{Handmade, sql};
use super::page::at;

/// Every third of the first five tasks, then every fifth, from the thousandth on every eighth.
const INTERVALS: &str = r#"[
    {"from": 1, "to": 5, "frequency": 3},
    {"from": 6, "to": 1000, "frequency": 5},
    {"from": 1001, "frequency": 8}
]"#;

#[test]
fn example_21_checkpoints_are_every_third_of_the_first_tasks_and_then_fewer() {
    let mut shop = Handmade::new(&[]);
    for hour in 1..=13 {
        shop.page("W21", "P21", at(0, hour))
            .answers(&format!("{} of 21", 2 * hour - 1), "left")
            .answers(&format!("{} of 21", 2 * hour), "left");
    }
    let shop = shop.write();
    let rows = shop.sql(&format!(
        r"
        with numbered as (
            select
                row_number() over (
                    partition by worker_id, pool_id order by submitted_at, assignment_id, task_index
                ) as number,
                task_id
            from ingest.responses where pool_id = 'P21'
        )
        select number, task_id from numbered where is_checkpoint(number, '{INTERVALS}') order by number
        "
    ));
    let numbers: Vec<i64> = rows
        .iter()
        .filter_map(|row| row["number"].as_i64())
        .collect();
    assert_eq!(numbers, [1, 4, 6, 11, 16, 21, 26]);
    let is_named = |row: &Json| row["task_id"] == format!("{} of 21", row["number"]);
    assert!(rows.iter().all(is_named), "{rows:?}");
}

#[test]
fn example_21_the_last_interval_has_no_end() {
    let rows = sql(&format!(
        "select value from generate_series(990, 1030) where is_checkpoint(value, '{INTERVALS}') order by value"
    ));
    let numbers: Vec<i64> = rows
        .iter()
        .filter_map(|row| row["value"].as_i64())
        .collect();
    assert_eq!(numbers, [991, 996, 1001, 1009, 1017, 1025]);
}
