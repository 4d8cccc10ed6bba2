//! What all queries together tell of the ranking model, as aggregates over a whole table: favour of a side,
//! weight of the prior, likelihood of ties, reliability of workers.
//!
//! How it is found is the core's.

mod workers;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, StructArray};
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::Result;

use super::columns::{lists, numbers, texts};
use super::grouped_rows::{GroupFunction, fields_of};
use super::options::{method_named, parse_options};
use super::panels::{NamedPanel, answer_fields};
use super::{Call, GroupAggregate, Make};
use crate::ranking::{
    Method, Panel, Parameters, PositionBias, PositionEstimate, PriorChoice, Refusal, TieEstimate,
    choose_prior, position_bias, tie_parameter,
};

/// Query, items, outcome and weight; those of workers follow.
const N_COLUMNS: usize = 5;

/// The aggregates of this file, and those of `workers`.
pub(super) fn aggregates() -> impl Iterator<Item = GroupAggregate> {
    let arguments = |n_texts: usize| {
        let columns = answer_fields();
        let types = columns
            .iter()
            .take(N_COLUMNS)
            .map(|field| field.data_type().clone());
        types
            .chain(vec![DataType::Utf8; n_texts])
            .collect::<Vec<_>>()
    };
    [
        GroupAggregate::new(
            "position_bias",
            "query, left, right, outcome, weight [, options]",
            arguments(1),
            N_COLUMNS,
            DataType::Struct(side_fields()),
            MakeLearner(What::Side),
        )
        .described("how much the crowd favours the left side, one estimate over all queries"),
        GroupAggregate::new(
            "choose_prior",
            "query, left, right, outcome, weight [, options]",
            arguments(1),
            N_COLUMNS,
            DataType::Struct(prior_fields()),
            MakeLearner(What::Prior),
        )
        .described(
            "the weight of the prior that predicts answers held out best, one for all queries",
        ),
        GroupAggregate::new(
            "tie_parameter",
            "query, left, right, outcome, weight, options, method",
            arguments(2),
            N_COLUMNS + 2,
            DataType::Struct(tie_fields()),
            MakeLearner(What::Ties),
        )
        .described(
            "how likely ties are under davidson or rao_kupper, one estimate over all queries",
        ),
    ]
    .into_iter()
    .chain(workers::aggregates())
}

#[derive(Debug, Clone, Copy)]
enum What {
    Side,
    Prior,
    Ties,
}

#[derive(Debug)]
struct MakeLearner(What);

impl Make for MakeLearner {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let options = call
            .constant_text(N_COLUMNS, "options")?
            .unwrap_or_default();
        let method = call
            .constant_text(N_COLUMNS + 1, "method")?
            .map(|name| method_named(&name))
            .transpose()?;
        Ok(Arc::new(Learner {
            what: self.0,
            parameters: parse_options(&options)?,
            method,
        }))
    }
}

#[derive(Debug)]
struct Learner {
    what: What,
    parameters: Parameters,
    /// Only ties ask for one.
    method: Option<&'static dyn Method>,
}

impl GroupFunction for Learner {
    fn row_fields(&self) -> Fields {
        answer_fields().iter().take(N_COLUMNS).cloned().collect()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let panels: Vec<Panel> = groups
            .iter()
            .map(|rows| Ok(NamedPanel::new(columns, rows)?.panel))
            .collect::<Result<_>>()?;
        let parameters = &self.parameters;
        match self.what {
            What::Side => {
                let found = panels.iter().map(|panel| position_bias(panel, parameters));
                sides(&found.collect::<Vec<_>>())
            }
            What::Prior => {
                let found = panels.iter().map(|panel| choose_prior(panel, parameters));
                priors(&found.collect::<Vec<_>>())
            }
            What::Ties => {
                let found = panels.iter().map(|panel| {
                    self.method
                        .and_then(Method::tie_model)
                        .and_then(|model| tie_parameter(panel, model, parameters))
                });
                ties(&found.collect::<Vec<_>>())
            }
        }
    }
}

fn side_fields() -> Fields {
    fields_of(&[
        ("n_left", DataType::Int64, false),
        ("n_right", DataType::Int64, false),
        ("n_ties", DataType::Int64, false),
        ("left_share", DataType::Float64, true),
        ("z", DataType::Float64, true),
        ("bias", DataType::Float64, true),
        ("standard_error", DataType::Float64, true),
        ("is_significant", DataType::Boolean, false),
        ("refusal", DataType::Utf8, true),
    ])
}

fn sides(found: &[PositionEstimate]) -> Result<ArrayRef> {
    let is_significant = found
        .iter()
        .map(|side| side.correction(PositionBias::Auto).is_some());
    let columns: Vec<ArrayRef> = vec![
        counts(found.iter().map(|side| side.n_left as u64)),
        counts(found.iter().map(|side| side.n_right as u64)),
        counts(found.iter().map(|side| side.n_ties as u64)),
        numbers(found.iter().map(|side| side.left_share)),
        numbers(found.iter().map(|side| side.z)),
        numbers(found.iter().map(|side| side.bias)),
        numbers(found.iter().map(|side| side.standard_error)),
        Arc::new(is_significant.map(Some).collect::<BooleanArray>()),
        texts(found.iter().map(|side| side.refusal.map(Refusal::as_str))),
    ];
    Ok(Arc::new(StructArray::try_new(
        side_fields(),
        columns,
        None,
    )?))
}

fn loss_fields() -> Fields {
    fields_of(&[
        ("wins", DataType::Float64, false),
        ("log_loss", DataType::Float64, true),
    ])
}

fn prior_fields() -> Fields {
    let losses = DataType::new_list(DataType::Struct(loss_fields()), true);
    fields_of(&[
        ("wins", DataType::Float64, true),
        ("n_held_out", DataType::Int64, false),
        ("losses", losses, false),
    ])
}

fn priors(found: &[PriorChoice]) -> Result<ArrayRef> {
    let all = || found.iter().flat_map(|choice| choice.losses.iter());
    let finite = |number: f64| Some(number).filter(|number| number.is_finite());
    let losses = lists(
        loss_fields(),
        vec![
            numbers(all().map(|(wins, _)| Some(*wins))),
            numbers(all().map(|(_, loss)| finite(*loss))),
        ],
        found.iter().map(|choice| choice.losses.len()).collect(),
    )?;
    let columns: Vec<ArrayRef> = vec![
        numbers(found.iter().map(|choice| Some(choice.wins))),
        counts(found.iter().map(|choice| choice.n_held_out as u64)),
        losses,
    ];
    Ok(Arc::new(StructArray::try_new(
        prior_fields(),
        columns,
        None,
    )?))
}

fn tie_fields() -> Fields {
    fields_of(&[
        ("value", DataType::Float64, true),
        ("standard_error", DataType::Float64, true),
        ("n_ties", DataType::Int64, true),
        ("n_answers", DataType::Int64, true),
    ])
}

fn ties(found: &[Option<TieEstimate>]) -> Result<ArrayRef> {
    let known = || found.iter().map(Option::as_ref);
    let count = |value: fn(&TieEstimate) -> u64| -> ArrayRef {
        Arc::new(
            known()
                .map(|estimate| estimate.map(|estimate| value(estimate) as i64))
                .collect::<Int64Array>(),
        )
    };
    let columns: Vec<ArrayRef> = vec![
        numbers(known().map(|estimate| estimate.map(|estimate| estimate.value))),
        numbers(known().map(|estimate| estimate.map(|estimate| estimate.standard_error))),
        count(|estimate| estimate.n_ties as u64),
        count(|estimate| estimate.n_answers as u64),
    ];
    Ok(Arc::new(StructArray::try_new(tie_fields(), columns, None)?))
}

fn counts(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(
        values.map(|value| value as i64),
    ))
}
