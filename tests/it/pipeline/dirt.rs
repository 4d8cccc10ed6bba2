//! Spoils a shop's answers in every way that has a drop reason, in one file.
//!
//! It does not say what should become of them: the judge does.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::TimestampMicrosecondType;

use super::judge::Judged;
use crate::rows::{read_one_batch, taken, with_column, write_file};
use crate::shop::{Shop, files_below};

/// Writes a spoilt copy of the shop's answers into the folder `target`.
pub(super) fn spoil(shop: &Shop, judged: &Judged, target: &str) {
    let clean = read_one_batch(&files_below(&shop.path("data/responses")));
    let spoilt = spoil_rows(&clean);
    // Repetitions of rows that count, so that "duplicate" is the only reason that fits.
    let kept: BTreeSet<(String, String)> = judged
        .kept()
        .map(|answer| (answer.assignment.clone(), answer.task.clone()))
        .collect();
    let (assignments, tasks) = (text(&clean, "assignment_id"), text(&clean, "task_id"));
    let counting: Vec<u64> = (0..clean.num_rows())
        .filter(|row_idx| is_left_alone(*row_idx))
        .filter(|row_idx| {
            let key = (
                assignments.value(*row_idx).to_owned(),
                tasks.value(*row_idx).to_owned(),
            );
            kept.contains(&key)
        })
        .map(|row_idx| row_idx as u64)
        .collect();
    let same = taken(&spoilt, &counting[..5]);
    let older = a_second_earlier(&taken(&spoilt, &counting[5..10]));
    let all = concat_batches(&spoilt.schema(), [&older, &spoilt, &same]).expect("one schema");
    write_file(&shop.path(&format!("{target}/part.parquet")), &all);
}

/// Whether no answer of this row is spoilt.
fn is_left_alone(row_idx: usize) -> bool {
    [97, 101, 103, 107]
        .iter()
        .all(|period| !row_idx.is_multiple_of(*period))
}

fn text<'a>(batch: &'a RecordBatch, column: &str) -> &'a StringArray {
    batch
        .column_by_name(column)
        .expect("a known column")
        .as_string::<i32>()
}

fn byte_sum(text: &str) -> usize {
    text.bytes().map(usize::from).sum()
}

fn spoil_rows(clean: &RecordBatch) -> RecordBatch {
    let change = |column: &str, changed: &dyn Fn(usize, Option<&str>) -> Option<String>| {
        let values = text(clean, column).iter().enumerate();
        let column: StringArray = values
            .map(|(row_idx, value)| changed(row_idx, value))
            .collect();
        Arc::new(column) as ArrayRef
    };
    let kinds = text(clean, "task_kind");
    let is_real = |row_idx: usize| kinds.value(row_idx) == "REAL";
    let queries = text(clean, "query_id");
    let is_torn = |row_idx: usize| byte_sum(queries.value(row_idx)).is_multiple_of(20);
    let answers = change("answer", &|row_idx, value| match row_idx {
        // Nothing but ties: a group without a decided pair.
        _ if is_torn(row_idx) && is_real(row_idx) => value.map(|_| "tie".to_owned()),
        _ if row_idx.is_multiple_of(97) => Some("banana".to_owned()),
        _ if row_idx.is_multiple_of(103) => None,
        _ => value.map(ToOwned::to_owned),
    });
    let left = text(clean, "left_item_id");
    let right = change("right_item_id", &|row_idx, value| match row_idx {
        _ if !is_real(row_idx) => value.map(ToOwned::to_owned),
        _ if row_idx.is_multiple_of(101) => Some(left.value(row_idx).to_owned()),
        _ if row_idx.is_multiple_of(107) => Some("not-in-the-catalog".to_owned()),
        _ => value.map(ToOwned::to_owned),
    });
    let golden = text(clean, "golden_answer");
    let kinds = change("task_kind", &|row_idx, value| {
        let is_clear = is_real(row_idx) || golden.is_valid(row_idx) && value == Some("GOLDEN");
        let value = value.map(ToOwned::to_owned);
        value.filter(|_| !(is_clear && row_idx.is_multiple_of(5)))
    });
    let pages = text(clean, "assignment_id");
    let statuses = change("status", &|row_idx, value| {
        let page_sum = byte_sum(pages.value(row_idx));
        let value = value.expect("status has no null");
        Some(match page_sum % 7 {
            0 => value.to_lowercase(),
            1 if value == "ACCEPTED" => "Approved".to_owned(),
            _ => value.to_owned(),
        })
    });
    let spoilt = with_column(clean, "answer", answers);
    let spoilt = with_column(&spoilt, "right_item_id", right);
    let spoilt = with_column(&spoilt, "task_kind", kinds);
    with_column(&spoilt, "status", statuses)
}

/// Another answer to the same tasks, handed in and accepted a second earlier.
fn a_second_earlier(batch: &RecordBatch) -> RecordBatch {
    let earlier = |column: &str| -> ArrayRef {
        let instants = batch.column_by_name(column).expect("a known column");
        let instants = instants.as_primitive::<TimestampMicrosecondType>();
        let moved: TimestampMicrosecondArray = instants
            .iter()
            .map(|at| at.map(|at| at - 1_000_000))
            .collect();
        Arc::new(moved.with_timezone("UTC"))
    };
    let ties = StringArray::from(vec!["tie"; batch.num_rows()]);
    let (submitted, accepted) = (earlier("submitted_at"), earlier("accepted_at"));
    let batch = with_column(batch, "answer", Arc::new(ties));
    let batch = with_column(&batch, "submitted_at", submitted);
    with_column(&batch, "accepted_at", accepted)
}
