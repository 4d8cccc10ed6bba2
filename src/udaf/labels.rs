//! Labels of classification projects as aggregates: their names, and how labels are named and numbered.
//!
//! By task: `majority_label(answer [, options])`, `by_skill_label(answer, q, options)` and
//! `dynamic_overlap(answer, q, submitted_at, assignment_id, options)`. By project:
//! `dawid_skene(task_id, worker_id, answer, golden_answer, prior_correct, prior_wrong, options)` and
//! `krippendorff_alpha(task_id, worker_id, answer)`. The last `options` is constant JSON. Label order, which
//! decides every tie, is the byte order of labels, however they are listed. Answers that are null or not
//! among the options do not count. The methods' meaning lives in `crate::labels`.

mod by_task;
mod dawid_skene;
mod dynamic_overlap;
mod krippendorff_alpha;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array, StringArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use serde::de::DeserializeOwned;

use super::grouped_rows::fields_of;
use super::numbering::{Numbered, text_at};
use super::{Call, GroupAggregate};
use crate::labels::Vote;

/// The five aggregates.
pub(super) fn aggregates() -> impl Iterator<Item = GroupAggregate> {
    let of_projects = [dawid_skene::aggregate(), krippendorff_alpha::aggregate()];
    by_task::aggregates()
        .into_iter()
        .chain([dynamic_overlap::aggregate()])
        .chain(of_projects)
}

/// The allowed labels of a project; a label's number is its place in byte order.
#[derive(Debug, Clone, Default)]
struct Options {
    sorted: Vec<String>,
    /// The number of each label, in the order in which they were listed.
    numbers_as_listed: Vec<u32>,
}

impl Options {
    fn new(listed: &[String]) -> Result<Self> {
        let mut sorted = listed.to_vec();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]);
        if let Some([label, ..]) = twice {
            return exec_err!("options list \"{label}\" twice");
        }
        if sorted.is_empty() {
            return exec_err!("options are empty; list every label that workers may choose");
        }
        let number = |label: &String| sorted.partition_point(|known| known < label) as u32;
        Ok(Self {
            numbers_as_listed: listed.iter().map(number).collect(),
            sorted,
        })
    }

    fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The number of the label in this row; none where the answer does not count.
    fn number(&self, answers: &StringArray, row_idx: usize) -> Option<u32> {
        let answer = text_at(answers, row_idx)?;
        let place = self.sorted.binary_search_by(|label| (**label).cmp(answer));
        place.ok().map(|number| number as u32)
    }

    fn text(&self, number: u32) -> &str {
        &self.sorted[number as usize]
    }
}

/// The constant JSON argument at `idx`; none while only the types are planned.
fn json_argument<T: DeserializeOwned>(call: &Call<'_>, idx: usize) -> Result<Option<T>> {
    let Some(json) = call.constant_text(idx, "options")? else {
        return match call {
            Call::Planned(_) => Ok(None),
            Call::Bound(_) => exec_err!("options are null"),
        };
    };
    serde_json::from_str(&json)
        .map(Some)
        .map_err(|error| exec_datafusion_err!("options are not of the expected JSON: {error}"))
}

fn number_at(column: &Float64Array, row_idx: usize) -> Option<f64> {
    column.is_valid(row_idx).then(|| column.value(row_idx))
}

fn vote_fields() -> Fields {
    fields_of(&[
        ("task_id", DataType::Utf8, true),
        ("worker_id", DataType::Utf8, true),
        ("answer", DataType::Utf8, true),
    ])
}

/// The answers that count.
fn votes(
    rows: &Range<usize>,
    tasks: &Numbered<'_>,
    workers: &Numbered<'_>,
    label_at: impl Fn(usize) -> Option<u32>,
) -> Result<Vec<Vote>> {
    let mut votes = Vec::with_capacity(rows.len());
    for (place, row_idx) in rows.clone().enumerate() {
        let Some(label) = label_at(row_idx) else {
            continue;
        };
        let (Some(task), Some(worker)) = (tasks.numbers[place], workers.numbers[place]) else {
            return exec_err!("an answer without task or worker; filter such rows out first");
        };
        votes.push(Vote {
            task,
            worker,
            label,
        });
    }
    Ok(votes)
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    let mut column = StringBuilder::new();
    values.for_each(|value| column.append_option(value));
    Arc::new(column.finish())
}
