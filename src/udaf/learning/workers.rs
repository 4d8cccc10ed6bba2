//! `learn_workers` and `learn_scores`: how reliable each worker is and the scores of all items, found together by a
//! worker model; each tells one of the two.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::super::columns::{list_of, lists, numbers, texts, wholes};
use super::super::grouped_rows::{GroupFunction, fields_of};
use super::super::panels::{Ids, NamedPanel, answer_fields};
use super::super::{Call, GroupAggregate, Make};
use super::counts;
use crate::ranking::{
    GoldenEvidence, OwnAnswer, WorkerFit, WorkerModel, WorkerParameters, fit_workers, ranks_of,
    worker_model,
};

/// The place of the constant arguments.
const OWN_ANSWER_ARGUMENT: usize = 8;
const MODEL_ARGUMENT: usize = 9;

/// `learn_workers` and `learn_scores`.
pub(super) fn aggregates() -> [GroupAggregate; 2] {
    let of = |name, result_type, tells: Tells| {
        let columns = row_fields();
        let types = columns.iter().map(|field| field.data_type().clone());
        GroupAggregate::new(
            name,
            "query, left, right, outcome, weight, worker, n_golden, n_golden_correct, own_answer, model",
            types.chain([DataType::Utf8, DataType::Utf8]).collect(),
            MODEL_ARGUMENT + 1,
            result_type,
            MakeFit(tells),
        )
    };
    [
        of(
            "learn_workers",
            DataType::Struct(fit_fields()),
            fits_as_column,
        )
        .described("reliability of each worker, by a worker model over all queries"),
        of("learn_scores", list_of(item_fields()), items_as_lists)
            .described("scores of all items, by a worker model over all queries"),
    ]
}

/// What is told of the fits.
type Tells = fn(&[Option<NamedFit<'_>>]) -> Result<ArrayRef>;

fn row_fields() -> Fields {
    let golden = ["n_golden", "n_golden_correct"]
        .map(|name| Arc::new(Field::new(name, DataType::Int64, true)));
    answer_fields().iter().cloned().chain(golden).collect()
}

#[derive(Debug)]
struct MakeFit(Tells);

impl Make for MakeFit {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let word = call.constant_text(OWN_ANSWER_ARGUMENT, "own_answer")?;
        let fitting = fitting(word.as_deref().unwrap_or_default())?;
        let name = call.constant_text(MODEL_ARGUMENT, "model")?;
        Ok(Arc::new(Fit {
            tells: self.0,
            parameters: fitting,
            model: name
                .filter(|name| name != NO_MODEL)
                .map(|name| known(&name))
                .transpose()?,
        }))
    }
}

/// The weight of the prior where an answer is judged by the others: few of them remain.
const LEFT_OUT_PRIOR_WINS: f64 = 2.0;

/// No reliability moves by more in the last round: scores move some hundred times as far.
const TOLERANCE: f64 = 1e-9;

/// `counted`, the model as published, or `left_out`.
fn fitting(word: &str) -> Result<WorkerParameters> {
    let counted = WorkerParameters {
        tolerance: TOLERANCE,
        ..WorkerParameters::default()
    };
    match word {
        "" | "counted" => Ok(counted),
        "left_out" => Ok(WorkerParameters {
            prior_wins: LEFT_OUT_PRIOR_WINS,
            own_answer: OwnAnswer::LeftOut,
            ..counted
        }),
        other => exec_err!("how a worker's own answer counts is counted or left_out, not {other}"),
    }
}

/// Where no model is asked for; then there must be no rows either.
const NO_MODEL: &str = "none";

fn known(name: &str) -> Result<&'static dyn WorkerModel> {
    worker_model(name).ok_or_else(|| exec_datafusion_err!("unknown worker model \"{name}\""))
}

#[derive(Debug)]
struct Fit {
    tells: Tells,
    parameters: WorkerParameters,
    model: Option<&'static dyn WorkerModel>,
}

/// What one group's fit is called by its ids.
struct NamedFit<'a> {
    ids: Ids<'a>,
    fit: WorkerFit,
    weights: Vec<f64>,
}

impl GroupFunction for Fit {
    fn row_fields(&self) -> Fields {
        row_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let fits: Vec<Option<NamedFit<'_>>> = groups
            .iter()
            .map(|rows| self.fit(columns, rows))
            .collect::<Result<_>>()?;
        (self.tells)(&fits)
    }
}

impl Fit {
    fn fit<'a>(
        &self,
        columns: &'a [ArrayRef],
        rows: &Range<usize>,
    ) -> Result<Option<NamedFit<'a>>> {
        if rows.is_empty() {
            return Ok(None);
        }
        let Some(model) = self.model else {
            return exec_err!("name a worker model as the last argument");
        };
        let named = NamedPanel::new(columns, rows)?;
        let evidence = golden_evidence(columns, rows, &named.ids.workers);
        let fit = fit_workers(&named.panel, model, &evidence, &self.parameters);
        let weights = fit
            .workers
            .iter()
            .map(|worker| model.weight_of_reliability(worker.reliability))
            .collect();
        Ok(Some(NamedFit {
            ids: named.ids,
            fit,
            weights,
        }))
    }
}

/// The control answers of each worker: the same on all rows of a worker; the greatest where they are not.
fn golden_evidence(
    columns: &[ArrayRef],
    rows: &Range<usize>,
    worker_ids: &[&str],
) -> Vec<GoldenEvidence> {
    let workers = columns[5].as_string::<i32>();
    let counts = [6, 7].map(|idx| columns[idx].as_primitive::<Int64Type>());
    let mut evidence = vec![GoldenEvidence { n: 0, n_correct: 0 }; worker_ids.len()];
    for row_idx in rows.clone() {
        let worker = worker_ids.partition_point(|known| *known < workers.value(row_idx));
        let [n, n_correct] = counts.map(|column| {
            let count = if column.is_valid(row_idx) {
                column.value(row_idx)
            } else {
                0
            };
            u64::try_from(count).unwrap_or(0)
        });
        let known = &mut evidence[worker];
        known.n = known.n.max(n);
        known.n_correct = known.n_correct.max(n_correct).min(known.n);
    }
    evidence
}

fn worker_fields() -> Fields {
    fields_of(&[
        ("worker_id", DataType::Utf8, false),
        ("n_answers", DataType::Int64, false),
        ("reliability", DataType::Float64, false),
        ("left_bias", DataType::Float64, false),
        ("weight", DataType::Float64, false),
    ])
}

fn item_fields() -> Fields {
    fields_of(&[
        ("query_id", DataType::Utf8, false),
        ("item_id", DataType::Utf8, false),
        ("score", DataType::Float64, false),
        ("rank", DataType::Int32, false),
    ])
}

fn fit_fields() -> Fields {
    fields_of(&[
        ("workers", list_of(worker_fields()), false),
        ("rounds", DataType::Int32, true),
        ("is_converged", DataType::Boolean, true),
    ])
}

fn fits_as_column(fits: &[Option<NamedFit<'_>>]) -> Result<ArrayRef> {
    let known = || fits.iter().map(Option::as_ref);
    let rounds = known().map(|fit| fit.and_then(|fit| i32::try_from(fit.fit.rounds).ok()));
    let columns: Vec<ArrayRef> = vec![
        workers_as_lists(fits)?,
        Arc::new(rounds.collect::<Int32Array>()),
        Arc::new(
            known()
                .map(|fit| fit.map(|fit| fit.fit.is_converged))
                .collect::<BooleanArray>(),
        ),
    ];
    Ok(Arc::new(StructArray::try_new(fit_fields(), columns, None)?))
}

fn workers_as_lists(fits: &[Option<NamedFit<'_>>]) -> Result<ArrayRef> {
    let all = || fits.iter().flatten();
    let workers = || all().flat_map(|named| &named.fit.workers);
    let lengths = fits
        .iter()
        .map(|fit| fit.as_ref().map_or(0, |fit| fit.ids.workers.len()));
    let columns: Vec<ArrayRef> = vec![
        texts(all().flat_map(|named| named.ids.workers.iter().map(|id| Some(*id)))),
        counts(workers().map(|worker| worker.n_answers)),
        numbers(workers().map(|worker| Some(worker.reliability))),
        numbers(workers().map(|worker| Some(worker.left_bias))),
        numbers(all().flat_map(|named| named.weights.iter().map(|weight| Some(*weight)))),
    ];
    lists(worker_fields(), columns, lengths.collect())
}

fn items_as_lists(fits: &[Option<NamedFit<'_>>]) -> Result<ArrayRef> {
    let all = || fits.iter().flatten();
    let queries = all().flat_map(|named| {
        let groups = named.ids.queries.iter().zip(&named.ids.items);
        groups.flat_map(|(query, items)| std::iter::repeat_n(Some(*query), items.len()))
    });
    let items = all().flat_map(|named| named.ids.items.iter().flatten().map(|id| Some(*id)));
    let ranks = all().flat_map(|named| {
        let ends = named.fit.offsets.windows(2);
        ends.flat_map(|ends| ranks_of(&named.fit.scores[ends[0]..ends[1]]))
    });
    let columns: Vec<ArrayRef> = vec![
        texts(queries),
        texts(items),
        numbers(all().flat_map(|named| named.fit.scores.iter().map(|score| Some(*score)))),
        wholes(ranks.map(Some)),
    ];
    let lengths = fits
        .iter()
        .map(|fit| fit.as_ref().map_or(0, |fit| fit.fit.scores.len()));
    lists(item_fields(), columns, lengths.collect())
}
