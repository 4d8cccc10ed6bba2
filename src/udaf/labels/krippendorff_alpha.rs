//! `krippendorff_alpha`: how far workers agree, all answers of a project being a group.
//!
//! A worker counts once per task: of several answers the first in byte order.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::{Result, exec_err};

use super::super::grouped_rows::GroupFunction;
use super::super::numbering::Numbered;
use super::super::{Call, GroupAggregate, Make};
use super::{vote_fields, votes};
use crate::labels::krippendorff_alpha;

/// `krippendorff_alpha`.
pub(super) fn aggregate() -> GroupAggregate {
    GroupAggregate::new(
        "krippendorff_alpha",
        "task_id, worker_id, answer",
        vec![DataType::Utf8; 3],
        3,
        DataType::Float64,
        MakeAlpha,
    )
    .described("agreement of workers beyond chance (Krippendorff 2004)")
}

#[derive(Debug)]
pub(super) struct MakeAlpha;

impl Make for MakeAlpha {
    fn function(&self, _call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        Ok(Arc::new(Alpha))
    }
}

#[derive(Debug)]
struct Alpha;

impl GroupFunction for Alpha {
    fn row_fields(&self) -> Fields {
        vote_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let [task_id, worker_id, answer] = columns else {
            return exec_err!("krippendorff_alpha needs tasks, workers and answers");
        };
        let answers = answer.as_string::<i32>();
        let alphas = groups.iter().map(|rows| {
            let tasks = Numbered::new(task_id.as_string(), rows);
            let workers = Numbered::new(worker_id.as_string(), rows);
            let labels = Numbered::new(answers, rows);
            let label_at = |row_idx: usize| labels.numbers[row_idx - rows.start];
            let votes = votes(rows, &tasks, &workers, label_at)?;
            Ok(krippendorff_alpha(votes))
        });
        let alphas = alphas.collect::<Result<Float64Array>>()?;
        Ok(Arc::new(alphas))
    }
}
