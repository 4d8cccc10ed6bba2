//! Every ranking method as an aggregate: answers of one query in, its ranked items out.
//!
//! `bradley_terry(left, right, outcome [, weight [, worker [, options]]])` and so on for each row of
//! `METHODS`; `rank_candidates(left, right, outcome, weight, worker, options, method)` takes the method's
//! name. `options` is constant text such as `'prior=0.1 tolerance=1e-8'`.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Builder, Int32Builder, Int64Array, Int64Builder, ListArray,
    StringBuilder, StructArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Fields, Float64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use rayon::prelude::*;

use super::grouped_rows::{GroupFunction, fields_of};
use super::{Call, GroupAggregate, Make};
use crate::ranking::{self, Comparison, Method, Outcome, Outcomes, Parameters, Prior, RankedItem};

/// Rows that one task ranks: a constant, so that the work is cut alike for any number of threads.
const ROWS_PER_TASK: usize = 4096;

/// The aggregate of one method, or of the method that the last argument names.
pub(super) fn aggregate(method: Option<&'static dyn Method>) -> GroupAggregate {
    let text = DataType::Utf8;
    let mut arguments = vec![
        text.clone(),
        text.clone(),
        text.clone(),
        DataType::Float64,
        text.clone(),
        text.clone(),
    ];
    let result = DataType::new_list(DataType::Struct(item_fields()), true);
    let make = MakeRank { method };
    if let Some(method) = method {
        GroupAggregate::new(
            method.name(),
            "left, right, outcome [, weight [, worker [, options]]]",
            arguments,
            3,
            result,
            make,
        )
    } else {
        arguments.push(text);
        GroupAggregate::new(
            "rank_candidates",
            "left, right, outcome, weight, worker, options, method",
            arguments,
            7,
            result,
            make,
        )
    }
}

#[derive(Debug)]
struct MakeRank {
    method: Option<&'static dyn Method>,
}

impl Make for MakeRank {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let options = call.constant_text(5, "options")?.unwrap_or_default();
        let method = match (self.method, call.constant_text(6, "method")?) {
            (Some(method), _) => method,
            (None, Some(name)) => ranking::method(&name)
                .ok_or_else(|| exec_datafusion_err!("unknown ranking method \"{name}\""))?,
            // Only the type of the state is wanted: it is the same for all methods.
            (None, None) => ranking::METHODS[0],
        };
        Ok(Arc::new(Rank {
            method,
            parameters: parse_options(&options)?,
            n_columns: call.n_arguments().min(5),
        }))
    }
}

/// Reads `name=value` pairs separated by spaces.
fn parse_options(text: &str) -> Result<Parameters> {
    let mut parameters = Parameters::default();
    for pair in text.split_whitespace() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let number = value
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite() && *number >= 0.0);
        let Some(number) = number else {
            return exec_err!("option {pair}: expected name=number, such as prior=0.5");
        };
        match name {
            "prior" => parameters.prior = Some(Prior::Wins(number)),
            "tolerance" => parameters.tolerance = number,
            _ => return exec_err!("unknown option {name}; one of prior, tolerance"),
        }
    }
    Ok(parameters)
}

/// One method with its parameters.
#[derive(Debug)]
struct Rank {
    method: &'static dyn Method,
    parameters: Parameters,
    n_columns: usize,
}

impl GroupFunction for Rank {
    fn row_fields(&self) -> Fields {
        let text = || DataType::Utf8;
        let columns = [
            ("left", text(), true),
            ("right", text(), true),
            ("outcome", text(), true),
            ("weight", DataType::Float64, true),
            ("worker", text(), true),
        ];
        fields_of(&columns[..self.n_columns])
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let answers = Answers::new(columns)?;
        let tasks = cut_into_tasks(groups);
        let ranked: Vec<RankedGroups> = tasks
            .par_iter()
            .map(|task| self.rank_groups(&answers, &groups[task.clone()]))
            .collect::<Result<_>>()?;
        ranked_as_lists(&ranked)
    }
}

/// Neighbouring groups of about [`ROWS_PER_TASK`] rows together.
fn cut_into_tasks(groups: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut tasks = Vec::new();
    let mut start = 0;
    let mut n_rows = 0;
    for (group_idx, group) in groups.iter().enumerate() {
        n_rows += group.len();
        if n_rows >= ROWS_PER_TASK {
            tasks.push(start..group_idx + 1);
            start = group_idx + 1;
            n_rows = 0;
        }
    }
    if start < groups.len() {
        tasks.push(start..groups.len());
    }
    tasks
}

/// The argument columns of all rows.
struct Answers<'a> {
    left: &'a datafusion::arrow::array::StringArray,
    right: &'a datafusion::arrow::array::StringArray,
    outcome: &'a datafusion::arrow::array::StringArray,
    weight: Option<&'a datafusion::arrow::array::Float64Array>,
    worker: Option<&'a datafusion::arrow::array::StringArray>,
}

impl<'a> Answers<'a> {
    fn new(columns: &'a [ArrayRef]) -> Result<Self> {
        let [left, right, outcome, rest @ ..] = columns else {
            return exec_err!("a ranking needs left, right and outcome");
        };
        Ok(Self {
            left: left.as_string(),
            right: right.as_string(),
            outcome: outcome.as_string(),
            weight: rest.first().map(AsArray::as_primitive::<Float64Type>),
            worker: rest.get(1).map(AsArray::as_string),
        })
    }

    fn outcome(&self, row_idx: usize) -> Result<Outcome> {
        match self
            .outcome
            .is_valid(row_idx)
            .then(|| self.outcome.value(row_idx))
        {
            Some("left") => Ok(Outcome::Left),
            Some("right") => Ok(Outcome::Right),
            Some("tie") => Ok(Outcome::Tie),
            other => exec_err!(
                "outcome must be left, right or tie, found {}; filter other answers out first",
                other.unwrap_or("null")
            ),
        }
    }

    fn weight(&self, row_idx: usize) -> Result<f64> {
        let Some(weights) = self.weight else {
            return Ok(1.0);
        };
        let weight = weights.is_valid(row_idx).then(|| weights.value(row_idx));
        match weight {
            Some(weight) if weight.is_finite() && weight >= 0.0 => Ok(weight),
            other => exec_err!("weight must be a finite number >= 0, found {other:?}"),
        }
    }

    fn check_items(&self, rows: &Range<usize>) -> Result<()> {
        for row_idx in rows.clone() {
            if self.left.is_null(row_idx) || self.right.is_null(row_idx) {
                return exec_err!("an item is null; filter such rows out first");
            }
        }
        Ok(())
    }
}

/// The items of some neighbouring groups.
#[derive(Default)]
struct RankedGroups {
    /// The number of items of each group.
    n_items: Vec<usize>,
    item_ids: Vec<String>,
    items: Vec<RankedItem>,
    /// Items that share the rank.
    n_at_rank: Vec<i64>,
    /// Mean chance to win against each other item of the group.
    mean_win_probabilities: Vec<Option<f64>>,
}

impl Rank {
    fn rank_groups(&self, answers: &Answers<'_>, groups: &[Range<usize>]) -> Result<RankedGroups> {
        let mut ranked = RankedGroups::default();
        let mut item_ids: Vec<&str> = Vec::new();
        let mut worker_ids: Vec<&str> = Vec::new();
        let mut comparisons = Vec::new();
        for rows in groups {
            answers.check_items(rows)?;
            number_texts(&mut item_ids, [answers.left, answers.right], rows);
            if let Some(workers) = answers.worker {
                number_texts(&mut worker_ids, [workers], rows);
            }
            comparisons.clear();
            for row_idx in rows.clone() {
                comparisons.push(Comparison {
                    left: number_of(&item_ids, answers.left.value(row_idx)),
                    right: number_of(&item_ids, answers.right.value(row_idx)),
                    worker: answers
                        .worker
                        .map_or(0, |workers| number_of(&worker_ids, workers.value(row_idx))),
                    outcome: answers.outcome(row_idx)?,
                    weight: answers.weight(row_idx)?,
                });
            }
            let outcomes = Outcomes::prepare(item_ids.len(), &mut comparisons);
            let items = ranking::rank_group(self.method, &outcomes, &self.parameters).items;
            ranked.n_items.push(items.len());
            ranked
                .item_ids
                .extend(item_ids.iter().map(|id| (*id).to_owned()));
            ranked.n_at_rank.extend(ranking::items_at_rank(&items));
            ranked
                .mean_win_probabilities
                .extend(ranking::mean_win_probabilities(&items));
            ranked.items.extend(items);
        }
        Ok(ranked)
    }
}

/// The different texts of some columns in byte order: a text's number is its place.
fn number_texts<'a, const N: usize>(
    texts: &mut Vec<&'a str>,
    columns: [&'a datafusion::arrow::array::StringArray; N],
    rows: &Range<usize>,
) {
    texts.clear();
    for column in columns {
        texts.extend(rows.clone().map(|row_idx| column.value(row_idx)));
    }
    texts.sort_unstable();
    texts.dedup();
}

fn number_of(texts: &[&str], text: &str) -> u32 {
    texts.partition_point(|known| *known < text) as u32
}

fn item_fields() -> Fields {
    fields_of(&[
        ("item_id", DataType::Utf8, false),
        ("score", DataType::Float64, true),
        ("score_se", DataType::Float64, true),
        ("score_lo", DataType::Float64, true),
        ("score_hi", DataType::Float64, true),
        ("win_probability", DataType::Float64, true),
        ("mean_win_probability", DataType::Float64, true),
        ("rank", DataType::Int32, true),
        ("n_at_rank", DataType::Int64, false),
        ("n_comparisons", DataType::Int64, false),
        ("n_workers", DataType::Int64, false),
        ("component_id", DataType::Int32, false),
        ("status", DataType::Utf8, false),
        ("iterations", DataType::Int32, false),
    ])
}

fn ranked_as_lists(ranked: &[RankedGroups]) -> Result<ArrayRef> {
    let items = || ranked.iter().flat_map(|groups| &groups.items);
    let doubles = |value: fn(&RankedItem) -> Option<f64>| -> ArrayRef {
        let mut column = Float64Builder::with_capacity(items().count());
        items().for_each(|item| column.append_option(value(item)));
        Arc::new(column.finish())
    };
    let counts = |value: fn(&RankedItem) -> i64| -> ArrayRef {
        let mut column = Int64Builder::new();
        items().for_each(|item| column.append_value(value(item)));
        Arc::new(column.finish())
    };
    let integers = |value: fn(&RankedItem) -> Option<i32>| -> ArrayRef {
        let mut column = Int32Builder::new();
        items().for_each(|item| column.append_option(value(item)));
        Arc::new(column.finish())
    };
    let mut ids = StringBuilder::new();
    ranked
        .iter()
        .flat_map(|groups| &groups.item_ids)
        .for_each(|id| ids.append_value(id));
    let mut statuses = StringBuilder::new();
    items().for_each(|item| statuses.append_value(item.status.as_str()));
    let mut means = Float64Builder::new();
    ranked
        .iter()
        .flat_map(|groups| &groups.mean_win_probabilities)
        .for_each(|mean| means.append_option(*mean));
    let n_at_rank = ranked
        .iter()
        .flat_map(|groups| groups.n_at_rank.iter().copied());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids.finish()),
        doubles(|item| item.score),
        doubles(|item| item.score_se),
        doubles(|item| item.score_lo),
        doubles(|item| item.score_hi),
        doubles(|item| item.win_probability),
        Arc::new(means.finish()),
        integers(|item| item.rank),
        Arc::new(Int64Array::from_iter_values(n_at_rank)),
        counts(|item| item.n_comparisons),
        counts(|item| item.n_workers),
        integers(|item| Some(item.component_id)),
        Arc::new(statuses.finish()),
        integers(|item| i32::try_from(item.iterations).ok()),
    ];
    let rows = StructArray::try_new(item_fields(), columns, None)?;
    let field = Arc::new(datafusion::arrow::datatypes::Field::new_list_field(
        DataType::Struct(item_fields()),
        true,
    ));
    let lengths = ranked
        .iter()
        .flat_map(|groups| groups.n_items.iter().copied());
    Ok(Arc::new(ListArray::try_new(
        field,
        OffsetBuffer::from_lengths(lengths),
        Arc::new(rows),
        None,
    )?))
}
