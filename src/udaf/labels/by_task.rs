//! `majority_label` and `by_skill_label`: the label of one task, its answers being a group.
//!
//! That each worker votes once is the caller's care.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, StringArray, StructArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Fields, Float64Type};
use datafusion::common::{Result, exec_err};
use rayon::prelude::*;

use super::super::grouped_rows::{GroupFunction, fields_of};
use super::super::numbering::text_at;
use super::super::{Call, GroupAggregate, Make};
use super::{Options, json_argument, number_at, texts};
use crate::labels::{SkilledVote, TaskLabel, by_skill, majority};

/// Groups that one thread takes at least: most tasks have a handful of answers.
pub(super) const GROUPS_PER_THREAD_MIN: usize = 256;

/// `majority_label` and `by_skill_label`.
pub(super) fn aggregates() -> [GroupAggregate; 2] {
    let text = || DataType::Utf8;
    let number = || DataType::Float64;
    let label = || DataType::Struct(label_fields());
    [
        GroupAggregate::new(
            "majority_label",
            "answer [, options]",
            vec![text(), text()],
            1,
            label(),
            MakeMajority,
        )
        .described("the most frequent label of a task, and its share"),
        GroupAggregate::new(
            "by_skill_label",
            "answer, q, options",
            vec![text(), number(), text()],
            3,
            label(),
            MakeBySkill,
        )
        .described("the most probable label of a task, given how accurate its workers are"),
    ]
}

#[derive(Debug)]
struct MakeMajority;

impl Make for MakeMajority {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let listed: Option<Vec<String>> = if call.n_arguments() > 1 {
            json_argument(&call, 1)?
        } else {
            None
        };
        let options = listed.map(|listed| Options::new(&listed)).transpose()?;
        Ok(Arc::new(Majority { options }))
    }
}

/// Without options every answer that is not null counts.
#[derive(Debug)]
struct Majority {
    options: Option<Options>,
}

impl GroupFunction for Majority {
    fn row_fields(&self) -> Fields {
        fields_of(&[("answer", DataType::Utf8, true)])
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let [answers] = columns else {
            return exec_err!("a majority needs answers");
        };
        let answers = answers.as_string::<i32>();
        let labels: Vec<Option<NamedLabel<'_>>> = groups
            .par_iter()
            .with_min_len(GROUPS_PER_THREAD_MIN)
            .map(|rows| self.label(answers, rows))
            .collect();
        labels_as_column(&labels)
    }
}

impl Majority {
    fn label<'a>(
        &'a self,
        answers: &'a StringArray,
        rows: &Range<usize>,
    ) -> Option<NamedLabel<'a>> {
        let counted = rows.clone();
        if let Some(options) = &self.options {
            let votes: Vec<u32> = counted
                .filter_map(|row_idx| options.number(answers, row_idx))
                .collect();
            return majority(&votes).map(|label| NamedLabel::new(&label, |idx| options.text(idx)));
        }
        let given: Vec<&str> = counted
            .filter_map(|row_idx| text_at(answers, row_idx))
            .collect();
        let mut different = given.clone();
        different.sort_unstable();
        different.dedup();
        let number = |answer: &&str| different.partition_point(|known| known < answer) as u32;
        let votes: Vec<u32> = given.iter().map(number).collect();
        majority(&votes).map(|label| NamedLabel::new(&label, |idx| different[idx as usize]))
    }
}

#[derive(Debug)]
struct MakeBySkill;

impl Make for MakeBySkill {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let listed: Vec<String> = json_argument(&call, 2)?.unwrap_or_default();
        let options = match call {
            Call::Planned(_) => Options::default(),
            Call::Bound(_) => Options::new(&listed)?,
        };
        Ok(Arc::new(BySkill { options }))
    }
}

#[derive(Debug)]
struct BySkill {
    options: Options,
}

impl GroupFunction for BySkill {
    fn row_fields(&self) -> Fields {
        fields_of(&[
            ("answer", DataType::Utf8, true),
            ("q", DataType::Float64, true),
        ])
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let answers = Answers::new(columns)?;
        let n_options = self.options.len() as u32;
        let labels: Vec<Option<NamedLabel<'_>>> = groups
            .par_iter()
            .with_min_len(GROUPS_PER_THREAD_MIN)
            .map(|rows| {
                let votes: Vec<SkilledVote> = rows
                    .clone()
                    .filter_map(|row_idx| answers.vote(&self.options, row_idx).transpose())
                    .collect::<Result<_>>()?;
                let label = by_skill(n_options, &votes, &[]);
                Ok(label.map(|label| NamedLabel::new(&label, |idx| self.options.text(idx))))
            })
            .collect::<Result<_>>()?;
        labels_as_column(&labels)
    }
}

/// The answers of all groups and the accuracy of their workers.
pub(super) struct Answers<'a> {
    answer: &'a StringArray,
    q: &'a Float64Array,
}

impl<'a> Answers<'a> {
    pub(super) fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [answer, q, ..] = columns else {
            return exec_err!("a label by skill needs answers and q");
        };
        Ok(Self {
            answer: answer.as_string(),
            q: q.as_primitive::<Float64Type>(),
        })
    }

    /// None where the answer does not count.
    pub(super) fn vote(&self, options: &Options, row_idx: usize) -> Result<Option<SkilledVote>> {
        let Some(label) = options.number(self.answer, row_idx) else {
            return Ok(None);
        };
        let q = number_at(self.q, row_idx).unwrap_or(f64::NAN);
        if !q.is_nan() && !(0.0..=1.0).contains(&q) {
            return exec_err!(
                "q must lie in 0..1, found {q}; of a skill in percent q is a hundredth"
            );
        }
        Ok(Some(SkilledVote { label, q }))
    }
}

/// The label of a task, in words.
struct NamedLabel<'a> {
    label: &'a str,
    posterior_label: &'a str,
    numbers: TaskLabel,
}

impl<'a> NamedLabel<'a> {
    fn new(numbers: &TaskLabel, text: impl Fn(u32) -> &'a str) -> Self {
        Self {
            label: text(numbers.label),
            posterior_label: text(numbers.posterior_label),
            numbers: *numbers,
        }
    }
}

fn label_fields() -> Fields {
    fields_of(&[
        ("label", DataType::Utf8, true),
        ("confidence", DataType::Float64, true),
        ("n_answers", DataType::Int32, true),
        ("posterior_label", DataType::Utf8, true),
        ("posterior_confidence", DataType::Float64, true),
        ("is_tie", DataType::Boolean, true),
    ])
}

/// A task without any counted answer is null.
fn labels_as_column(labels: &[Option<NamedLabel<'_>>]) -> Result<ArrayRef> {
    let named = || labels.iter().map(Option::as_ref);
    let numbers = || named().map(|label| label.map(|label| label.numbers));
    let columns: Vec<ArrayRef> = vec![
        texts(named().map(|label| label.map(|label| label.label))),
        Arc::new(
            numbers()
                .map(|label| Some(label?.confidence))
                .collect::<Float64Array>(),
        ),
        Arc::new(
            numbers()
                .map(|label| Some(label?.n_answers as i32))
                .collect::<Int32Array>(),
        ),
        texts(named().map(|label| label.map(|label| label.posterior_label))),
        Arc::new(
            numbers()
                .map(|label| Some(label?.posterior_confidence))
                .collect::<Float64Array>(),
        ),
        Arc::new(
            numbers()
                .map(|label| Some(label?.is_tie))
                .collect::<BooleanArray>(),
        ),
    ];
    let nulls: NullBuffer = labels.iter().map(Option::is_some).collect();
    Ok(Arc::new(StructArray::try_new(
        label_fields(),
        columns,
        Some(nulls),
    )?))
}
