//! `opening_hours`: three to five answers per location, until they agree.

use super::{DAY, Example, Log, column};
use crate::published::Snapshot;
use crate::rows::{Row, Value};

const CONFIG: &str = "crowdrank.toml";
const WORKERS: [&str; 6] = ["ada", "ben", "cem", "dan", "eva", "fay"];

/// Workers who are right nine times out of ten, and three answers about each location.
fn log() -> Log {
    let mut log = Log::new("hours", "location_id", "answer");
    for worker in WORKERS {
        for number in 0..10 {
            let answer = if number == 0 { "closed" } else { "as_listed" };
            log.control(worker, &format!("known-{number}"), answer, "as_listed");
        }
    }
    let agreed = [("ada", "changed"), ("ben", "changed"), ("cem", "changed")];
    log.answers("bakery", &agreed, 10);
    let divided = [("ada", "closed"), ("ben", "as_listed"), ("cem", "closed")];
    log.answers("library", &divided, 11);
    log.answers("museum", &divided, 12);
    log
}

fn night(example: &Example, log: &Log) -> Snapshot {
    log.write(&example.path("responses/1.parquet"));
    example.run(CONFIG).succeeded();
    example.published("published")
}

/// Location, more answers, answers in all.
fn next_tasks(example: &Example) -> Vec<(String, Option<i64>, Option<i64>)> {
    let rows = example.rows(&["--config", CONFIG, "-f", "next_tasks.sql"]);
    rows.iter()
        .map(|row| {
            let (more, all) = (row.whole("extra_overlap"), row.whole("overlap"));
            (row.id("location_id"), more, all)
        })
        .collect()
}

fn next(location: &str, more: i64, all: i64) -> (String, Option<i64>, Option<i64>) {
    (location.to_owned(), Some(more), Some(all))
}

fn label<'a>(labels: &'a [Row], location: &str) -> Option<&'a str> {
    let of_location = |row: &&Row| row.text("task_id") == Some(location);
    labels.iter().find(of_location)?.text("label")
}

#[test]
fn locations_are_asked_again_until_answers_agree_or_there_are_five() {
    let example = Example::copied("opening_hours");
    let mut log = log();
    let snapshot = night(&example, &log);
    let relabel = snapshot.rows("relabel");
    assert_eq!(column(&relabel, "reason"), ["low_confidence"; 2]);
    let asked = ["ada", "ben", "cem"].map(|worker| Value::Text(worker.to_owned()));
    assert_eq!(relabel[0].list("excluded_worker_ids"), asked);
    assert_eq!(
        next_tasks(&example),
        [next("library", 1, 4), next("museum", 1, 4)]
    );

    log.answers("library", &[("dan", "closed")], DAY);
    log.answers("museum", &[("dan", "as_listed")], DAY);
    night(&example, &log);
    assert_eq!(next_tasks(&example), [next("museum", 1, 5)]);

    log.answers("museum", &[("eva", "closed")], 2 * DAY);
    let snapshot = night(&example, &log);
    // Three against two is not sure, but five answers are all there are.
    assert!(snapshot.rows("relabel").is_empty());
    let labels = snapshot.rows("labels");
    assert_eq!(labels.len(), 3, "control tasks have no label");
    assert_eq!(label(&labels, "bakery"), Some("changed"));
    assert_eq!(label(&labels, "library"), Some("closed"));
    assert_eq!(label(&labels, "museum"), Some("closed"));

    let rows = example.rows(&["--config", CONFIG, "-f", "disagreements.sql"]);
    assert_eq!(column(&rows, "location_id"), ["museum", "library"]);
    let settled: Vec<Option<i64>> = rows.iter().map(|row| row.whole("is_settled")).collect();
    assert_eq!(settled, [Some(0), Some(1)]);
    assert_eq!(
        rows[0].id("answers"),
        "as_listed, as_listed, closed, closed, closed"
    );
}
