//! `photo_review`: a collecting project whose verdicts are what a reviewing project publishes.

use super::{DAY, Example, Log, column};
use crate::rows::Value;

const COLLECT: &str = "collect/crowdrank.toml";
const REVIEW: &str = "review/crowdrank.toml";
const WITHOUT_REVIEWS: &str = "inputs.review_events.urls=[]";

/// Two photos of the market and the bridge are planned, one of the castle.
fn photos() -> Log {
    let mut log = Log::new("photos", "place_id", "photo_url");
    for (place, overlap) in [("market", 2), ("bridge", 2), ("castle", 1)] {
        log.overlap.insert(place.to_owned(), overlap);
    }
    log.answer("anna-1", "anna", "market", "s3://p/1.jpg", 0);
    log.answer("anna-2", "anna", "bridge", "s3://p/2.jpg", 10);
    // The limit is two a day.
    log.answer("anna-3", "anna", "castle", "s3://p/3.jpg", 20);
    log.answer("boris-1", "boris", "market", "s3://p/4.jpg", 5);
    log.answer("boris-2", "boris", "bridge", "s3://p/5.jpg", 15);
    log.answer("clara-1", "clara", "castle", "s3://p/6.jpg", 30);
    log
}

fn judged(reviews: &mut Log, photo: &str, verdicts: [&str; 3], minute: i64) {
    let [first, second, third] = verdicts;
    let verdicts = [("rosa", first), ("rita", second), ("rolf", third)];
    reviews.answers(photo, &verdicts, minute);
}

/// The first night's reviews: a bad bridge, and a castle on which the third reviewer is still out.
fn first_reviews() -> Log {
    let mut reviews = Log::new("reviews", "photo_assignment_id", "verdict");
    judged(&mut reviews, "anna-1", ["ok", "ok", "ok"], 60);
    judged(&mut reviews, "anna-2", ["ok", "bad", "ok"], 60);
    judged(&mut reviews, "boris-1", ["ok", "ok", "bad"], 60);
    judged(&mut reviews, "boris-2", ["bad", "ok", "bad"], 60);
    reviews.answers("clara-1", &[("rosa", "bad"), ("rita", "ok")], 60);
    reviews
}

fn next_reviews(example: &Example) -> Vec<String> {
    let rows = example.rows(&["--config", COLLECT, "-f", "collect/review_tasks.sql"]);
    column(&rows, "task_id")
}

fn accepted_photos(example: &Example) -> Vec<String> {
    let rows = example.rows(&["--config", COLLECT, "-f", "collect/accepted_photos.sql"]);
    let mut pages = column(&rows, "assignment_id");
    pages.sort();
    pages
}

fn night(example: &Example) {
    example.run(REVIEW).succeeded();
    example.run(COLLECT).succeeded();
}

#[test]
fn every_photo_within_the_limit_is_first_given_to_reviewers() {
    let example = Example::copied("photo_review");
    photos().write(&example.path("collect/responses/1.parquet"));
    example
        .run(COLLECT)
        .refused(4)
        .explains(&["review/published", "nothing is published there yet"]);
    let tasks = example.rows(&[
        "--config",
        COLLECT,
        "--set",
        WITHOUT_REVIEWS,
        "-f",
        "collect/review_tasks.sql",
    ]);
    let expected = ["anna-1", "anna-2", "boris-1", "boris-2", "clara-1"];
    assert_eq!(column(&tasks, "task_id"), expected);
    assert_eq!(tasks[0].id("photo_url"), "s3://p/1.jpg");
    assert_eq!(tasks[0].id("place_id"), "market");
}

#[test]
fn rejected_photos_are_asked_for_again_until_enough_are_accepted() {
    let example = Example::copied("photo_review");
    let mut log = photos();
    log.write(&example.path("collect/responses/1.parquet"));
    let mut reviews = first_reviews();
    reviews.write(&example.path("review/responses/1.parquet"));
    night(&example);

    let snapshot = example.published("collect/published");
    let mut rejects: Vec<(String, String)> = snapshot
        .rows("rejects")
        .iter()
        .map(|row| (row.id("assignment_id"), row.id("drop_reason")))
        .collect();
    rejects.sort();
    let reject = |page: &str, reason: &str| (page.to_owned(), reason.to_owned());
    let expected = [
        reject("anna-3", "blocked_by_ban"),
        reject("boris-2", "rejected"),
    ];
    assert_eq!(rejects, expected);
    let relabel = snapshot.rows("relabel");
    assert_eq!(column(&relabel, "task_id"), ["bridge"]);
    assert_eq!(column(&relabel, "reason"), ["rejected"]);
    assert_eq!(relabel[0].whole("extra_overlap"), Some(1));
    let excluded = [Value::Text("boris".to_owned())];
    assert_eq!(relabel[0].list("excluded_worker_ids"), excluded);
    let cost_usd = relabel[0].real("extra_cost_usd");
    assert!((cost_usd - 0.05).abs() < 1e-12, "{cost_usd}");
    let bans = snapshot.rows("bans");
    assert!(column(&bans, "scope").iter().all(|scope| scope == "POOL"));
    assert_eq!(accepted_photos(&example), ["anna-1", "anna-2", "boris-1"]);
    // Two judgements are no verdict: the castle waits, neither accepted nor rejected.
    assert_eq!(next_reviews(&example), ["clara-1"]);

    log.answer("dora-1", "dora", "bridge", "s3://p/7.jpg", DAY);
    log.write(&example.path("collect/responses/1.parquet"));
    reviews.answers("clara-1", &[("rolf", "ok")], DAY);
    judged(&mut reviews, "dora-1", ["ok", "ok", "ok"], DAY + 60);
    reviews.write(&example.path("review/responses/1.parquet"));
    night(&example);

    let snapshot = example.published("collect/published");
    assert!(snapshot.rows("relabel").is_empty());
    let expected = ["anna-1", "anna-2", "boris-1", "clara-1", "dora-1"];
    assert_eq!(accepted_photos(&example), expected);
    assert!(next_reviews(&example).is_empty());
    let counted: Vec<(String, Option<i64>)> = snapshot
        .rows("labels")
        .iter()
        .map(|row| (row.id("task_id"), row.whole("n_answers")))
        .collect();
    let place = |name: &str, n_photos: i64| (name.to_owned(), Some(n_photos));
    let expected = [place("bridge", 2), place("castle", 1), place("market", 2)];
    assert_eq!(counted, expected);
}
