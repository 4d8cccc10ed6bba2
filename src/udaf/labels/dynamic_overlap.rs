//! `dynamic_overlap`: whether a task needs more answers, its answers being a group.
//!
//! Answers are replayed by the time when they were handed in; at the same instant the assignment's id
//! decides, then the answer and q. That each worker votes once is the caller's care.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Fields, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use rayon::prelude::*;
use serde::Deserialize;

use super::super::grouped_rows::{GroupFunction, fields_of};
use super::super::numbering::text_at;
use super::super::{Call, GroupAggregate, Make};
use super::by_task::{Answers, GROUPS_PER_THREAD_MIN};
use super::{Options, json_argument};
use crate::contract::timestamp_type;
use crate::labels::{Overlap, OverlapRule, SkilledVote, dynamic_overlap};

/// The place of the constant argument.
const OPTIONS_ARGUMENT: usize = 4;

/// `dynamic_overlap`.
pub(super) fn aggregate() -> GroupAggregate {
    let fields = row_fields();
    let arguments = fields.iter().map(|field| field.data_type().clone());
    GroupAggregate::new(
        "dynamic_overlap",
        "answer, q, submitted_at, assignment_id, options",
        arguments.chain([DataType::Utf8]).collect(),
        OPTIONS_ARGUMENT + 1,
        DataType::Struct(overlap_fields()),
        MakeDynamicOverlap,
    )
    .described("the label of a task, and how many more answers would make it sure enough")
}

/// The options of `dynamic_overlap` as they are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverlapArgument {
    options: Vec<String>,
    min_confidence: f64,
    min_overlap: u16,
    max_overlap: u16,
    /// The accuracy of a worker who may answer next; absent: the mean of those who answered.
    typical_q: Option<f64>,
}

#[derive(Debug)]
struct MakeDynamicOverlap;

impl Make for MakeDynamicOverlap {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let argument: Option<OverlapArgument> = json_argument(&call, OPTIONS_ARGUMENT)?;
        let overlaps = match argument {
            Some(argument) => Overlaps::new(&argument)?,
            None => Overlaps::default(),
        };
        Ok(Arc::new(overlaps))
    }
}

/// Without a rule only the types are wanted.
#[derive(Debug, Default)]
struct Overlaps {
    options: Options,
    rule: Option<OverlapRule>,
}

impl Overlaps {
    fn new(argument: &OverlapArgument) -> Result<Self> {
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        if !is_share(argument.min_confidence) {
            return exec_err!(
                "min_confidence must lie in 0..1, found {}",
                argument.min_confidence
            );
        }
        if let Some(q) = argument.typical_q.filter(|q| !is_share(*q)) {
            return exec_err!("typical_q must lie in 0..1, found {q}");
        }
        let (low, high) = (argument.min_overlap, argument.max_overlap);
        if low == 0 || low > high {
            return exec_err!("expected 1 <= min_overlap <= max_overlap, found {low} and {high}");
        }
        let options = Options::new(&argument.options)?;
        let rule = OverlapRule {
            n_options: options.len() as u32,
            min_confidence: argument.min_confidence,
            min_overlap: u32::from(low),
            max_overlap: u32::from(high),
            typical_q: argument.typical_q,
        };
        Ok(Self {
            options,
            rule: Some(rule),
        })
    }

    /// The votes in the order of submission; at the same instant the assignment's id decides.
    fn votes(&self, answers: &TimedAnswers<'_>, rows: &Range<usize>) -> Result<Vec<SkilledVote>> {
        let mut votes = Vec::with_capacity(rows.len());
        for row_idx in rows.clone() {
            let Some(vote) = answers.answers.vote(&self.options, row_idx)? else {
                continue;
            };
            if answers.submitted_at.is_null(row_idx) {
                return exec_err!("an answer needs the time when its page was handed in");
            }
            let submitted_at = answers.submitted_at.value(row_idx);
            votes.push((submitted_at, text_at(answers.assignment_id, row_idx), vote));
        }
        votes.sort_unstable_by(|left, right| {
            (left.0, left.1, left.2.label)
                .cmp(&(right.0, right.1, right.2.label))
                .then_with(|| left.2.q.total_cmp(&right.2.q))
        });
        Ok(votes.into_iter().map(|(_, _, vote)| vote).collect())
    }
}

struct TimedAnswers<'a> {
    answers: Answers<'a>,
    submitted_at: &'a TimestampMicrosecondArray,
    assignment_id: &'a StringArray,
}

impl GroupFunction for Overlaps {
    fn row_fields(&self) -> Fields {
        row_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let ([_, _, submitted_at, assignment_id], Some(rule)) = (columns, &self.rule) else {
            return exec_err!("a dynamic overlap needs answers in their order, and options");
        };
        let answers = TimedAnswers {
            answers: Answers::new(columns)?,
            submitted_at: submitted_at.as_primitive::<TimestampMicrosecondType>(),
            assignment_id: assignment_id.as_string(),
        };
        let overlaps: Vec<Overlap> = groups
            .par_iter()
            .with_min_len(GROUPS_PER_THREAD_MIN)
            .map(|rows| Ok(dynamic_overlap(rule, &self.votes(&answers, rows)?, &[])))
            .collect::<Result<_>>()?;
        let counts = |count: fn(&Overlap) -> u32| -> ArrayRef {
            let counts = overlaps.iter().map(|overlap| count(overlap) as i32);
            Arc::new(Int32Array::from_iter_values(counts))
        };
        let confidences = overlaps.iter().map(|overlap| overlap.confidence);
        let is_enough = overlaps.iter().map(|overlap| Some(overlap.is_enough));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from_iter_values(confidences)),
            Arc::new(is_enough.collect::<BooleanArray>()),
            counts(|overlap| overlap.n_next),
            counts(|overlap| overlap.n_more),
            counts(|overlap| overlap.n_wasted),
        ];
        Ok(Arc::new(StructArray::try_new(
            overlap_fields(),
            columns,
            None,
        )?))
    }
}

fn row_fields() -> Fields {
    fields_of(&[
        ("answer", DataType::Utf8, true),
        ("q", DataType::Float64, true),
        ("submitted_at", timestamp_type(), true),
        ("assignment_id", DataType::Utf8, true),
    ])
}

fn overlap_fields() -> Fields {
    fields_of(&[
        ("confidence", DataType::Float64, true),
        ("is_enough", DataType::Boolean, true),
        ("n_next", DataType::Int32, true),
        ("n_more", DataType::Int32, true),
        ("n_wasted", DataType::Int32, true),
    ])
}
