//! The counts of `whatif/*.sql` on a few rows by hand.
//!
//! Whole comparisons are run by tests/it.

use datafusion::prelude::SessionContext;
use serde_json::{Value, json};

use crate::config::Config;
use crate::runner::{create_schema, typed};
use crate::session::Engine;

const RANKS: &str = "as t(query_id, item_id, rank)";

/// A session with these tables: schema, name, and rows as SQL.
async fn session_with(tables: &[(&str, &str, &str)]) -> SessionContext {
    let session = Engine::new(&Config::default()).unwrap().session(1);
    for (schema, table, rows) in tables {
        create_schema(&session, schema).await.unwrap();
        let sql = format!("create table {schema}.{table} as select * from (values {rows}");
        session.sql(&sql).await.unwrap().collect().await.unwrap();
    }
    session
}

async fn asked(session: &SessionContext, sql: &str) -> Value {
    let rows = session.sql(sql).await.unwrap().collect().await.unwrap();
    let mut rows: Vec<Value> = typed("a test", &rows).unwrap();
    assert_eq!(rows.len(), 1, "one row: {rows:?}");
    rows.remove(0)
}

async fn rank_changes(here: &str, first: &str) -> Value {
    let session = session_with(&[
        ("shard", "here", &format!("{here}) {RANKS}")),
        ("shard", "first", &format!("{first}) {RANKS}")),
    ])
    .await;
    asked(&session, include_str!("rank_changes.sql")).await
}

#[tokio::test]
async fn a_reversed_ranking_has_tau_minus_one_and_another_top() {
    let changes = rank_changes(
        "('q', 'a', 1), ('q', 'b', 2), ('q', 'c', 3)",
        "('q', 'a', 3), ('q', 'b', 2), ('q', 'c', 1)",
    );
    let expected =
        json!({"n_queries": 1, "n_tops_changed": 1, "n_taus": 1, "tau_nano": -1_000_000_000});
    assert_eq!(changes.await, expected);
}

#[tokio::test]
async fn only_common_candidates_of_common_queries_are_compared() {
    // In q one of three pairs changes its order: tau = (2 - 1) / 3; x and new are ranked by one side only.
    let changes = rank_changes(
        "('q', 'a', 1), ('q', 'b', 2), ('q', 'c', 3), ('x', 'a', 1), ('x', 'b', 2)",
        "('q', 'a', 1), ('q', 'new', 2), ('q', 'c', 3), ('q', 'b', 4)",
    );
    let expected =
        json!({"n_queries": 1, "n_tops_changed": 0, "n_taus": 1, "tau_nano": 333_333_333});
    assert_eq!(changes.await, expected);
}

#[tokio::test]
async fn a_shared_top_is_another_top_and_an_order_of_equals_has_no_tau() {
    let changes = rank_changes(
        "('q', 'a', 1), ('q', 'b', 1)",
        "('q', 'a', 1), ('q', 'b', 2)",
    );
    let expected = json!({"n_queries": 1, "n_tops_changed": 1, "n_taus": 0, "tau_nano": 0});
    assert_eq!(changes.await, expected);
}

#[tokio::test]
async fn shards_without_rows_count_nothing() {
    let changes = rank_changes("('q', 'a', 1)", "('other', 'a', 1)");
    let expected = json!({"n_queries": 0, "n_tops_changed": 0, "n_taus": 0, "tau_nano": 0});
    assert_eq!(changes.await, expected);
}

#[tokio::test]
async fn agreement_leaves_out_what_has_one_answer() {
    // Of u 2 of 3 agree, of v one of two; w has one answer.
    let votes = "('u', 'left'), ('u', 'left'), ('u', 'tie'), ('v', 'left'), ('v', 'right'), ('w', 'left')) \
                 as t(unit_id, vote)";
    let session = session_with(&[("whatif", "kept_votes", votes)]).await;
    let agreement = asked(&session, include_str!("agreement.sql")).await;
    assert_eq!(agreement, json!({"n_compared": 5, "n_agreeing": 3}));
}

#[tokio::test]
async fn control_answers_count_once_and_each_worker_by_its_kept_answers() {
    // W1 is right in 1 of 2 (the second answer to g1 is none), W2 in 0 of 1; W3 had no control task.
    let answers = "('W1', 'p', 'GOLDEN', 'g1', 'A1', 1, 1.0, 1), ('W1', 'p', 'GOLDEN', 'g1', 'A2', 1, 0.0, 2), \
                   ('W1', 'p', 'GOLDEN', 'g2', 'A2', 2, 0.5, 2), ('W1', 'p', 'TRAINING', 't1', 'A2', 3, 0.0, 2), \
                   ('W2', 'p', 'GOLDEN', 'g1', 'A3', 1, 0.0, 3)) \
                   as t(worker_id, project_id, task_kind, task_id, assignment_id, task_index, credit, submitted_at)";
    let workers =
        "('W1', 'p', 30), ('W2', 'p', 10), ('W3', 'p', 5)) as t(worker_id, project_id, n_votes)";
    let session = session_with(&[
        ("quality", "control_answers", answers),
        ("skills", "workers", workers),
    ])
    .await;
    let golden = asked(&session, include_str!("golden.sql")).await;
    let expected = json!({"n_kept": 45, "n_measured": 40, "accuracy_nano": 15_000_000_000_i64});
    assert_eq!(golden, expected);
}
