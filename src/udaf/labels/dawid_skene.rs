//! `dawid_skene`: labels and workers' errors together, all answers of a project being a group.
//!
//! A worker counts once per task: of several answers the first in byte order. A row without an answer that
//! counts still names its worker, whose earlier answers may tell enough. The result has every task that
//! somebody answered and every worker, by id; confusion matrices are row by row of true labels, rows and
//! columns in the order in which the options are listed.

mod result;

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Fields, Float64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use serde::Deserialize;

use super::super::grouped_rows::{GroupFunction, fields_of};
use super::super::numbering::Numbered;
use super::super::{Call, GroupAggregate, Make};
use super::{Options, json_argument, number_at, vote_fields, votes};
use crate::labels::{DawidSkene, Form, PriorAnswers, dawid_skene};
use result::{ProjectFit, fit_fields, fits_as_column};

/// Cells of all workers' matrices together: 2 GiB.
const CELLS_MAX: usize = 1 << 28;

/// `dawid_skene`.
pub(super) fn aggregate() -> GroupAggregate {
    let fields = fit_row_fields();
    let arguments = fields.iter().map(|field| field.data_type().clone());
    GroupAggregate::new(
        "dawid_skene",
        "task_id, worker_id, answer, golden_answer, prior_correct, prior_wrong, options",
        arguments.chain([DataType::Utf8]).collect(),
        OPTIONS_ARGUMENT + 1,
        DataType::Struct(fit_fields()),
        MakeDawidSkene,
    )
        .described("labels of tasks and errors of workers together (Dawid and Skene 1979), all answers being one group")
}

/// The place of the constant argument.
const OPTIONS_ARGUMENT: usize = 6;

/// The options of `dawid_skene` as they are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FitArgument {
    options: Vec<String>,
    #[serde(default)]
    form: FormName,
    /// Imaginary tasks of each label, in the order of `options`.
    #[serde(default)]
    class_prior: Vec<f64>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormName {
    #[default]
    Full,
    OneCoin,
}

#[derive(Debug)]
struct MakeDawidSkene;

impl Make for MakeDawidSkene {
    fn function(&self, call: Call<'_>) -> Result<Arc<dyn GroupFunction>> {
        let argument: Option<FitArgument> = json_argument(&call, OPTIONS_ARGUMENT)?;
        let fits = match argument {
            Some(argument) => Fits::new(&argument)?,
            // Only the type of the state is wanted.
            None => Fits {
                options: Options::default(),
                form: Form::Full,
                class_prior: Vec::new(),
            },
        };
        Ok(Arc::new(fits))
    }
}

#[derive(Debug)]
struct Fits {
    options: Options,
    form: Form,
    /// By number of the label.
    class_prior: Vec<f64>,
}

impl Fits {
    fn new(argument: &FitArgument) -> Result<Self> {
        let options = Options::new(&argument.options)?;
        let listed = &argument.class_prior;
        if !listed.is_empty() && listed.len() != options.len() {
            return exec_err!("class_prior needs one number per option, or none");
        }
        if let Some(count) = listed.iter().find(|count| !is_count(**count)) {
            return exec_err!("class_prior must be finite numbers >= 0, found {count}");
        }
        let mut class_prior = vec![0.0; listed.len()];
        for (number, count) in options.numbers_as_listed.iter().zip(listed) {
            class_prior[*number as usize] = *count;
        }
        let form = match argument.form {
            FormName::Full => Form::Full,
            FormName::OneCoin => Form::OneCoin,
        };
        Ok(Self {
            options,
            form,
            class_prior,
        })
    }

    fn fit<'a>(&self, columns: &ProjectColumns<'a>, rows: &Range<usize>) -> Result<ProjectFit<'a>> {
        let tasks = Numbered::new(columns.task_id, rows);
        let workers = Numbered::new(columns.worker_id, rows);
        let n_cells_of_worker = self.options.len().saturating_mul(self.options.len());
        let n_cells = workers.texts.len().saturating_mul(n_cells_of_worker);
        if n_cells > CELLS_MAX {
            return exec_err!(
                "{} workers and {} options make {n_cells} cells, more than {CELLS_MAX}; list fewer options, or fit parts of the project",
                workers.texts.len(),
                self.options.len()
            );
        }
        let golden = self.golden(columns, rows, &tasks)?;
        let worker_prior = worker_prior(columns, rows, &workers)?;
        let votes = votes(rows, &tasks, &workers, |row_idx| {
            self.options.number(columns.answer, row_idx)
        })?;
        let known = DawidSkene {
            form: self.form,
            n_tasks: tasks.texts.len(),
            n_workers: workers.texts.len(),
            n_labels: self.options.len(),
            golden: &golden,
            class_prior: &self.class_prior,
            worker_prior: &worker_prior,
        };
        Ok(ProjectFit {
            fit: dawid_skene(votes, &known),
            task_ids: tasks.texts,
            worker_ids: workers.texts,
        })
    }

    /// The known label of each task; a golden answer that is no option is none.
    fn golden(
        &self,
        columns: &ProjectColumns<'_>,
        rows: &Range<usize>,
        tasks: &Numbered<'_>,
    ) -> Result<Vec<Option<u32>>> {
        let mut golden = vec![None; tasks.texts.len()];
        for (row_idx, task) in rows.clone().zip(&tasks.numbers) {
            let label = self.options.number(columns.golden_answer, row_idx);
            let (Some(task), Some(label)) = (*task, label) else {
                continue;
            };
            let known = golden[task as usize].get_or_insert(label);
            if *known != label {
                return exec_err!(
                    "task {} has two golden answers, {} and {}",
                    tasks.texts[task as usize],
                    self.options.text(label.min(*known)),
                    self.options.text(label.max(*known))
                );
            }
        }
        Ok(golden)
    }
}

/// Every row of a worker tells the same earlier answers; null is 0.
fn worker_prior(
    columns: &ProjectColumns<'_>,
    rows: &Range<usize>,
    workers: &Numbered<'_>,
) -> Result<Vec<PriorAnswers>> {
    let mut priors: Vec<Option<PriorAnswers>> = vec![None; workers.texts.len()];
    for (row_idx, worker) in rows.clone().zip(&workers.numbers) {
        let Some(worker) = *worker else {
            continue;
        };
        let count = |column: &Float64Array| {
            let count = number_at(column, row_idx).unwrap_or(0.0);
            is_count(count).then_some(count).ok_or_else(|| {
                exec_datafusion_err!("earlier answers must be a finite number >= 0, found {count}")
            })
        };
        let prior = PriorAnswers {
            correct: count(columns.prior_correct)?,
            wrong: count(columns.prior_wrong)?,
        };
        let known = priors[worker as usize].get_or_insert(prior);
        if *known != prior {
            let worker_id = workers.texts[worker as usize];
            return exec_err!("earlier answers of worker {worker_id} differ from row to row");
        }
    }
    Ok(priors.into_iter().map(Option::unwrap_or_default).collect())
}

fn is_count(count: f64) -> bool {
    count.is_finite() && count >= 0.0
}

/// The argument columns of all rows.
struct ProjectColumns<'a> {
    task_id: &'a StringArray,
    worker_id: &'a StringArray,
    answer: &'a StringArray,
    golden_answer: &'a StringArray,
    prior_correct: &'a Float64Array,
    prior_wrong: &'a Float64Array,
}

fn fit_row_fields() -> Fields {
    let mut fields = vote_fields().to_vec();
    let others = fields_of(&[
        ("golden_answer", DataType::Utf8, true),
        ("prior_correct", DataType::Float64, true),
        ("prior_wrong", DataType::Float64, true),
    ]);
    fields.extend(others.iter().map(Arc::clone));
    fields.into()
}

impl GroupFunction for Fits {
    fn row_fields(&self) -> Fields {
        fit_row_fields()
    }

    fn evaluate(&self, columns: &[ArrayRef], groups: &[Range<usize>]) -> Result<ArrayRef> {
        let [task_id, worker_id, answer, golden_answer, correct, wrong] = columns else {
            return exec_err!("dawid_skene needs all its arguments");
        };
        let columns = ProjectColumns {
            task_id: task_id.as_string(),
            worker_id: worker_id.as_string(),
            answer: answer.as_string(),
            golden_answer: golden_answer.as_string(),
            prior_correct: correct.as_primitive::<Float64Type>(),
            prior_wrong: wrong.as_primitive::<Float64Type>(),
        };
        // One project after the other: each is fitted on all threads.
        let fits: Vec<ProjectFit<'_>> = groups
            .iter()
            .map(|rows| self.fit(&columns, rows))
            .collect::<Result<_>>()?;
        fits_as_column(&fits, &self.options)
    }
}
